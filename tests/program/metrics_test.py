"""What a running pipeline shows over HTTP, as Prometheus and a probe meet it."""

import json
import subprocess
import time
import unittest

from pipeline import REPOSITORY, RULES, MonitoredTest, wait_until

PROMTOOL = REPOSITORY / ".cache/promtool"


class MetricsTest(MonitoredTest):
    def test_promtool_has_nothing_to_say_of_them(self):
        self.start_streaming()
        checked = subprocess.run([PROMTOOL, "check", "metrics"], input=self.get("/metrics")[1], capture_output=True, text=True, check=False)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))

    def test_events_rows_and_positions_are_those_of_the_database_and_the_log(self):
        program = self.start_streaming()
        for _ in range(3):
            self.database.new_account()
        self.database.do("UPDATE graph.account SET email = 'b@example.com'")
        self.database.wait_until_confirmed(program)
        events = len(self.tail())
        wait_until("the last commit is counted", lambda: self.sum_of("wakestream_events_total") == events)
        self.assertEqual(self.metric("wakestream_events_total", type="customer.created"), 3)
        self.assertEqual(self.metric("wakestream_events_total", type="customer.email_changed"), 3)
        self.assertEqual(self.metric("wakestream_received_rows_total"), 6)
        self.assertEqual(self.metric("wakestream_received_transactions_total"), 4)
        confirmed = int(self.database.value("SELECT confirmed_flush_lsn - '0/0' FROM pg_replication_slots"))
        self.assertGreaterEqual(self.metric("wakestream_lsn_bytes", position="durable"), confirmed)
        self.assertEqual(self.metric("wakestream_stage", stage="streaming"), 1)
        self.assertGreaterEqual(self.metric("wakestream_log_commit_seconds_count"), 2)
        self.assertAlmostEqual(self.metric("wakestream_newest_commit_timestamp_seconds"), time.time(), delta=60)

    def test_a_row_in_quarantine_is_counted_for_its_rule_and_its_value_is_nowhere(self):
        rule = ("CREATE VIEW customer.points_given AS SELECT new.account_id, new.version, new.banner, new.jurisdiction, "
                "new.consent, new.phone::integer AS points FROM graph.account WHERE op = 'INSERT';\n")
        self.config = self.monitored(rules=self.rules(rule + RULES.read_text()))
        self.start_streaming()
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, version, phone) VALUES ('banner-a', 'DE', 1, 'secret-number')")
        wait_until("it is counted", lambda: self.metric("wakestream_quarantined_rows_total", rule="customer.points_given") == 1)
        for path in ("/metrics", "/healthz", "/readyz"):
            self.assertNotIn("secret-number", self.get(path)[1])

    def test_alive_and_ready_while_it_streams(self):
        self.start_streaming()
        self.assertEqual(self.get("/healthz"), (200, '{"status":"healthy","reasons":[]}\n'))
        wait_until("it is ready", lambda: self.get("/readyz") == (200, '{"status":"ready","reasons":[]}\n'))
        self.assertEqual(self.get("/nothing")[0], 404)

    def test_alive_and_not_ready_while_the_database_is_away_and_says_why(self):
        self.start_streaming()
        self.server.stop("immediate")
        try:
            status, body = wait_until("it says why", lambda: self.not_ready())
            self.assertIn("PostgreSQL", json.loads(body)["reasons"][0])
            self.assertEqual((status, self.get("/healthz")[0]), (503, 200))
            self.assertGreaterEqual(self.metric("wakestream_connection_failures_total"), 1)
        finally:
            self.server.start()
        wait_until("it is ready again", lambda: self.get("/readyz")[0] == 200)
        self.assertEqual(self.metric("wakestream_streams_total"), 2)

    def test_a_waiting_instance_is_not_ready_and_says_for_whom_it_waits(self):
        self.start_streaming(name="first")
        self.config = self.monitored("second.yaml")
        second = self.start(name="second")
        self.wait_for_event(second, "lease_waiting")
        _, body = wait_until("it says why", lambda: self.not_ready())
        self.assertRegex(json.loads(body)["reasons"][0], "^waiting for .* lease")

    def test_an_address_in_use_is_refused_by_name(self):
        self.start_streaming(name="first")
        second = self.start(name="second")
        self.assertEqual(second.wait(20), 1)
        self.assertIn(f"metrics.listen: cannot listen on 127.0.0.1:{self.port}", second.last_words())

    def not_ready(self):
        status, body = self.get("/readyz")
        return (status, body) if status == 503 and json.loads(body)["reasons"] and ": " in body else None


if __name__ == "__main__":
    unittest.main()
