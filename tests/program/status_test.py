"""`wakestream status`: what it says, and its exit status, while the capture runs and while it does not."""

import json
import time
import unittest

from pipeline import Database, MonitoredTest, wait_until


class StatusTest(MonitoredTest):
    server_settings = {"max_slot_wal_keep_size": "64MB"}

    def status(self, code, config=None):
        done = self.command("status", "--json", config=config)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def sentences(self, status):
        return " | ".join(finding["sentence"] for finding in status["findings"])

    def test_a_pipeline_that_streams_is_well_with_and_without_its_endpoint(self):
        program = self.start_streaming()
        for _ in range(3):
            self.database.new_account()
        self.database.wait_until_confirmed(program)
        asked = wait_until("the process has counted", lambda: self.counted_by_the_process(3))
        self.assertEqual((asked["verdict"], asked["findings"]), ("well", []))
        self.assertEqual((asked["process"]["stage"], asked["process"]["pid"]), ("streaming", program.pid))
        self.assertIsNone(asked["events"])

        silent = self.configure("silent.yaml")
        read = self.status(0, silent)
        self.assertEqual((read["process"], read["events"]["by_name"]), (None, {"customer.created": 3}))
        self.assertTrue(read["events"]["whole"])
        for status in (asked, read):
            self.assertIn(f"pid {program.pid}", status["writer"]["incarnation"])
            self.assertIn("pid ", status["writer"]["lease_holder"])
            self.assertEqual((status["slot"]["active"], status["slot"]["exists"]), (True, True))
            self.assertGreater(status["slot"]["seconds_left"], 0)
            self.assertLess(status["lag_bytes"], 1 << 20)
            self.assertLess(status["lag_seconds"], 5)
            self.assertTrue(status["lag_from"])
            self.assertEqual(status["quarantine"]["count"], 0)
            self.assertGreater(status["log"]["bytes"], 0)

    def counted_by_the_process(self, count):
        status = self.status(0)
        return status if (status["process"] or {}).get("events", {}).get("customer.created") == count else None

    def test_people_get_sentences(self):
        program = self.start_streaming()
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        done = self.command("status")
        self.assertEqual(done.returncode, 0, done.stdout)
        for words in ("well", "process    streaming for", "checkpoint ", "lag        ", "keeps ", "left before it may be lost",
                      "quarantine empty"):
            self.assertIn(words, done.stdout)

    def test_before_the_first_start_somebody_must_start_it(self):
        status = self.status(1)
        self.assertIn("nothing was captured yet", self.sentences(status))
        self.assertIsNone(status["checkpoint"])

    def test_stopped_it_says_that_nobody_runs_and_how_far_behind_it_is(self):
        self.born_and_stopped()
        self.database.do("CREATE TABLE other AS SELECT generate_series(1, 20000) AS x")
        status = self.status(1)
        self.assertIn("no instance runs", self.sentences(status))
        self.assertEqual(status["writer"]["lease_holder"], "")
        self.assertGreater(status["lag_bytes"], 100_000)
        self.assertGreater(status["lag_seconds"], 0)
        self.assertGreaterEqual(status["slot"]["kept_wal_bytes"], status["lag_bytes"])

    def test_a_slot_that_is_gone_or_lost_needs_a_person(self):
        self.born_and_stopped()
        self.database.do("SELECT pg_drop_replication_slot('wakestream')")
        self.assertIn('no slot "wakestream"', self.sentences(self.status(1)))

    def test_little_room_before_the_limit_needs_a_person(self):
        self.born_and_stopped()
        admin = Database(self.server, "postgres")
        self.database.do("CREATE TABLE other AS SELECT repeat('x', 1000) FROM generate_series(1, 100000)",
                         "SELECT pg_switch_wal()")
        admin.do("CHECKPOINT")
        sentences = wait_until("it sees that the slot is about to be lost", lambda: self.about_the_slot())
        self.assertRegex(sentences, "max_slot_wal_keep_size|lost log")

    def about_the_slot(self):
        sentences = self.sentences(self.status(1))
        return sentences if "max_slot" in sentences or "lost log" in sentences else None

    def test_without_the_database_it_cannot_tell(self):
        self.born_and_stopped()
        self.server.stop("immediate")
        try:
            status = self.status(75)
        finally:
            self.server.start()
        self.assertIn("PostgreSQL", self.sentences(status))
        self.assertIsNotNone(status["checkpoint"], "the log could be read")

    def test_quarantined_rows_are_counted_by_rule(self):
        config = self.configure("small.yaml", source=["row_bytes_max: 2KiB"])
        program = self.start_streaming(config)
        self.database.new_account("x" * 3000)
        self.database.wait_until_confirmed(program)
        status = self.status(0, config)
        self.assertEqual(status["quarantine"]["count"], 1)
        self.assertIn("1 row is in quarantine", self.sentences(status))

    def test_a_thousand_tables_do_not_slow_it_down(self):
        self.database.do(*(f"CREATE TABLE wide_{number} (id bigint PRIMARY KEY, name text)" for number in range(1000)))
        self.database.do("ALTER PUBLICATION wakestream ADD TABLES IN SCHEMA public")
        program = self.start_streaming()
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        took = []
        for _ in range(3):
            began = time.monotonic()
            self.status(0)
            took.append(time.monotonic() - began)
        self.assertLess(min(took), 2)


if __name__ == "__main__":
    unittest.main()
