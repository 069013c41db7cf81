"""Connected but not fed: PostgreSQL 17 and later keep a failover slot back until a standby has the changes."""

import json
import unittest

from pipeline import Database, MonitoredTest, wait_until


class HeldBackTest(MonitoredTest):
    version = 18

    def setUp(self):
        super().setUp()
        self.admin = Database(self.server, "postgres")
        self.database.do("SELECT pg_create_physical_replication_slot('standby_1')",
                         "SELECT pg_create_logical_replication_slot('wakestream', 'pgoutput', failover => true)")
        self.config = self.monitored(source=["slot: existing"])
        self.addCleanup(self.wait_for, "")

    def wait_for(self, standby):
        self.admin.do(f"ALTER SYSTEM SET synchronized_standby_slots = '{standby}'")
        self.admin.do("SELECT pg_reload_conf()")

    def feed(self):
        return next(labels["feed"] for labels, value in self.metrics("wakestream_feed") if value == 1)

    def test_held_back_is_told_from_quiet_and_ends_by_itself(self):
        program = self.start_streaming()
        self.database.new_account("first@example.com")
        self.database.wait_until_confirmed(program)
        wait_until("it is quiet", lambda: self.feed() == "quiet", 40)
        self.assertEqual(self.get("/readyz")[0], 200)

        self.wait_for("standby_1")
        self.database.new_account("second@example.com")
        wait_until("it is held back", lambda: self.feed() == "held_back", 60)
        self.assertEqual(len(self.tail()), 1)
        self.assertGreater(self.metric("wakestream_lag_bytes"), 0)
        self.assertGreater(self.metric("wakestream_lag_seconds"), 3)
        status, body = self.get("/readyz")
        self.assertEqual(status, 503)
        self.assertIn('slot "standby_1" of synchronized_standby_slots', json.loads(body)["reasons"][0])
        self.assertEqual(self.get("/healthz")[0], 200)
        for config in (self.config, self.configure("silent.yaml", source=["slot: existing"])):
            done = self.command("status", "--json", config=config)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertEqual(json.loads(done.stdout)["feed"], "held_back")
            self.assertIn("standby_1", done.stdout)
        # Without an endpoint it says what it could see: the event of an account that came before is the newest.
        seen = json.loads(done.stdout)
        self.assertGreater(seen["lag_seconds_min"], 0.5)
        self.assertGreater(seen["lag_seconds"], 3)
        self.assertIn("newest event", seen["lag_from"])

        self.wait_for("")
        self.database.wait_until_confirmed(program)
        self.assertEqual(len(self.tail()), 2)
        wait_until("it is quiet again", lambda: self.feed() == "quiet", 40)
        self.assertEqual(self.metric("wakestream_streams_total"), 1, "the connection was never given up")


if __name__ == "__main__":
    unittest.main()
