"""The network between the program and its servers is cut, or goes still without a word: that is noticed, and every account is in the
log once."""

import time
import unittest

from pipeline import Kafka, ProgramTest, free_port, wait_until
from wire import Wire


class NetworkCases(ProgramTest):
    # The least that counts: it is how long a stream may say nothing.
    server_settings = {"wal_sender_timeout": "5s"}

    def setUp(self):
        super().setUp()
        self.accounts = []

    def wire(self, target):
        wire = Wire(target)
        self.addCleanup(wire.close)
        return wire

    def through(self, wire, **more):
        return self.configure(url=f"postgresql://wakestream@127.0.0.1:{wire.port}/{self.database.name}", **more)

    def new_accounts(self, count=20):
        self.accounts += [self.database.new_account() for _ in range(count)]

    def assert_each_once(self, program):
        self.database.wait_until_confirmed(program)
        program.stop()
        self.assertEqual([event["key"] for event in self.tail()], self.accounts)

    def report(self, what, began):
        print(f"{self._testMethodName}: {what} after {time.monotonic() - began:.1f} s", flush=True)


class PostgresNetworkTest(NetworkCases):
    def test_a_connection_that_is_cut(self):
        wire = self.wire(self.server.port)
        program = self.start_streaming(self.through(wire))
        for count in (2, 3, 4):
            self.new_accounts()
            wire.cut()
            self.new_accounts()
            self.wait_for_event(program, "streaming", count=count)
        self.assert_each_once(program)

    def test_a_transaction_of_which_nothing_is_sent_and_that_takes_long_to_decode_is_passed_by(self):
        program = self.start_streaming()
        self.new_accounts()
        self.database.do("CREATE TABLE noise (number integer)")
        began = time.monotonic()
        self.database.do("INSERT INTO noise SELECT generate_series(1, 2000000)")
        self.report("it was committed", began)
        self.new_accounts()
        self.database.wait_until_confirmed(program, 120)
        self.report("it was passed by", began)
        self.assert_each_once(program)

    def test_a_connection_that_is_half_open(self):
        wire = self.wire(self.server.port)
        program = self.start_streaming(self.through(wire))
        self.new_accounts()
        began = time.monotonic()
        wire.freeze()
        self.new_accounts()
        said = self.wait_for_event(program, "back_to_start", 40)["message"]
        self.report("noticed", began)
        self.assertIn("has said nothing for 5 s, though it was asked for a sign of life", said)
        wait_until("the server lets the slot go", lambda: not self.database.slot_active(), 40)
        self.report("the slot is free", began)
        self.new_accounts()
        wire.thaw()
        self.wait_for_event(program, "streaming", 40, count=2)
        self.assert_each_once(program)


class KafkaNetworkTest(NetworkCases):
    # It waits for the broker; the ones with a broker are begun first (scripts/test): with_kafka = True
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        port = free_port(cls.server.port + 200, cls.server.port + 400)
        cls.broker_wire = Wire(port)
        cls.addClassCleanup(cls.broker_wire.close)
        cls.kafka = Kafka(cls.folder / "kafka", port, settings=[f"advertised.listeners=PLAINTEXT://127.0.0.1:{cls.broker_wire.port}"])
        cls.kafka.start()
        cls.addClassCleanup(cls.kafka.stop)

    def setUp(self):
        super().setUp()
        self.config = self.configure(log=f'kafka: {{ brokers: "127.0.0.1:{self.broker_wire.port}" }}')

    def assert_each_once(self, program):
        self.database.wait_until_confirmed(program)
        program.stop()
        self.assertEqual(sorted(event["key"] for event in self.tail(until_idle_s=2)), sorted(self.accounts))

    def test_a_broker_whose_connections_are_cut(self):
        program = self.start_streaming()
        for _ in range(3):
            self.new_accounts()
            self.broker_wire.cut()
            self.new_accounts()
            self.database.wait_until_confirmed(program)
        self.assert_each_once(program)

    def test_a_broker_that_is_half_open(self):
        program = self.start_streaming()
        self.new_accounts()
        began = time.monotonic()
        self.broker_wire.freeze()
        self.new_accounts()
        self.wait_for_event(program, "log_away", 40)
        self.report("noticed", began)
        wait_until("the connection to PostgreSQL is closed", lambda: not self.database.slot_active(), 20)
        self.new_accounts()
        self.broker_wire.thaw()
        began = time.monotonic()
        self.wait_for_event(program, "streaming", 60, count=2)
        self.report("it streams again", began)
        self.assert_each_once(program)


if __name__ == "__main__":
    unittest.main()
