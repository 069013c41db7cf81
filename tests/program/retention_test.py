"""Retention of the embedded log by the running program, while it is read along."""

import subprocess
import unittest

from pipeline import BINARY, MonitoredTest, wait_until


class RetentionTest(MonitoredTest):
    def setUp(self):
        super().setUp()
        self.config = self.monitored(log=f"embedded: {{ path: {self.place / 'log'}, retention: {{ size: 2MiB }} }}")

    def insert(self, count):
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, version, email) SELECT 'banner-a', 'DE', 1, repeat('x', 200) "
                         f"FROM generate_series(1, {count})")

    def test_the_oldest_events_go_the_rest_goes_on_and_who_reads_too_late_is_told(self):
        program = self.start_streaming()
        self.insert(1000)
        self.database.wait_until_confirmed(program)
        late = subprocess.Popen([BINARY, "tail", "--follow", "-c", self.config], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(late.kill)
        late.stdout.readline()  # it has begun, and then nobody reads what it writes
        inserted = 1000
        while self.metric("wakestream_log_removed_records_total") < 5_000:
            self.insert(3000)
            inserted += 3000
            self.database.wait_until_confirmed(program)
            self.assertLess(inserted, 200_000)
        self.wait_for_event(program, "retention_removed")

        self.assertGreater(self.first_offset(), 4_999)
        removed = self.metric("wakestream_log_removed_records_total")
        wait_until("all that was not removed is there",
                   lambda: inserted - self.metric("wakestream_log_removed_records_total") == len(self.tail()))
        self.assertEqual(self.sum_of("wakestream_events_total"), inserted)
        self.assertGreaterEqual(removed, 5_000)

        _, said = late.communicate(timeout=60)
        self.assertEqual(late.returncode, 1, said)
        self.assertIn("retention removed offsets", said)

        program.kill()
        program = self.start_streaming(name="again")
        self.database.new_account("after@example.com")
        self.database.wait_until_confirmed(program)
        self.assertEqual(self.tail()[-1]["value"]["email"], "after@example.com")
        self.assertEqual(self.tail()[-1]["offset"], inserted)

    def first_offset(self):
        return self.tail()[0]["offset"]


if __name__ == "__main__":
    unittest.main()
