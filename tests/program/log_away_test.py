"""The broker is away for long: PostgreSQL can be shut down meanwhile, what the slot keeps is said, and nothing is lost."""

import time
import unittest

from pipeline import MonitoredTest, wait_until

MIB = 1 << 20
# Some 6 MiB of WAL that concern nobody.
NOISE = "CREATE TABLE noise AS SELECT md5(n::text) AS text FROM generate_series(1, 100000) AS n; DROP TABLE noise"


class LogAwayTest(MonitoredTest):
    with_kafka = True
    server_settings = {"max_slot_wal_keep_size": "1GB"}

    def setUp(self):
        super().setUp()
        self.config = self.monitored(log=self.kafka_log())

    def kept(self):
        return self.metric("wakestream_slot_kept_wal_bytes")

    def test_postgresql_shuts_down_and_its_wal_is_watched_while_the_broker_is_away(self):
        program = self.start_streaming()
        accounts = [self.database.new_account() for _ in range(20)]
        self.database.wait_until_confirmed(program)
        self.kafka.stop(kill=True)
        accounts += [self.database.new_account() for _ in range(20)]
        self.wait_for_event(program, "log_away", 40)
        wait_until("the connection to PostgreSQL is closed", lambda: not self.database.slot_active(), 20)

        began = time.monotonic()
        self.server.restart("fast")  # a failure when the server did not end
        print(f"{self._testMethodName}: a fast shutdown and a start took {time.monotonic() - began:.1f} s", flush=True)

        first = self.wait_for_event(program, "slot_keeps_wal", 40)
        self.assertEqual(first["level"], "warning")
        self.assertRegex(first["message"], r'keeps [0-9.]+ [KM]iB of WAL for slot "wakestream", which nobody reads')
        self.assertRegex(first["message"], r"may be lost after [0-9.]+ \wiB more")
        self.database.do(*[NOISE] * 5)
        wait_until("it is said again", lambda: int(self.said(program, "slot_keeps_wal")[-1]["kept_wal_bytes"]) > 16 * MIB, 40)
        wait_until("the metric says it too", lambda: (self.kept() or 0) > 16 * MIB, 20)
        accounts += [self.database.new_account() for _ in range(20)]

        self.kafka.start()
        self.wait_for_event(program, "streaming", 60, count=2)
        self.database.wait_until_confirmed(program)
        self.assertEqual(program.exit_code(), None)
        program.stop()
        self.assertEqual(sorted(event["key"] for event in self.tail(until_idle_s=2)), sorted(accounts))


if __name__ == "__main__":
    unittest.main()
