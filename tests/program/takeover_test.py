"""A second instance takes over when the first is killed; and a slot of which little is read holds nothing back."""

import time
import unittest

from pipeline import Database, ProgramTest, wait_until

NOISE = "CREATE TABLE noise AS SELECT md5(n::text) AS text FROM generate_series(1, 100000) AS n; DROP TABLE noise"


class TakeoverTests(ProgramTest):
    def test_a_second_instance_takes_over_from_one_that_is_killed(self):
        first = self.start_streaming(name="first")
        accounts = [self.database.new_account() for _ in range(20)]
        second = self.start(name="second")
        self.wait_for_event(second, "lease_waiting")
        began = time.monotonic()
        first.kill()
        accounts += [self.database.new_account() for _ in range(20)]
        self.wait_for_event(second, "streaming")
        streams = time.monotonic() - began
        self.database.wait_until_confirmed(second)
        print(f"{self.id()}: the second streams {streams:.1f} s after the kill, and has caught up {time.monotonic() - began:.1f} s "
              "after it", flush=True)
        second.stop()
        self.assertEqual(sorted(event["key"] for event in self.tail()), sorted(accounts))


class EmbeddedTakeoverTest(TakeoverTests):
    pass


class KafkaTakeoverTest(TakeoverTests):
    with_kafka = True

    def setUp(self):
        super().setUp()
        self.config = self.configure(log=self.kafka_log())


class QuietSlotTest(ProgramTest):
    def test_a_quiet_slot_in_a_busy_server_pins_no_wal(self):
        program = self.start_streaming()
        self.database.new_account()
        other = Database(self.server, "template")
        for busy in (other, self.database):  # another database, and tables beside the publication in this one
            with self.subTest(busy.name):
                before = self.database.slot("restart_lsn")
                busy.do(*[NOISE] * 4)
                target = self.database.value("SELECT pg_current_wal_lsn()::text")
                busy.do(NOISE)

                def follows(target=target):
                    # Where a slot may begin again is told by what a checkpoint writes.
                    self.server.value("SELECT 1 FROM pg_switch_wal()")
                    Database(self.server, "postgres").do("CHECKPOINT")
                    return self.database.value("SELECT restart_lsn >= %s::pg_lsn FROM pg_replication_slots", target)
                wait_until("the slot follows", follows, 40, 1)
                self.assertNotEqual(self.database.slot("restart_lsn"), before)
        program.stop()


if __name__ == "__main__":
    unittest.main()
