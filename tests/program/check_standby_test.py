"""Misconfigured standbys. What writes to the database is mended at the primary, what is the standby's own at the standby: one
script, run at both."""

import unittest

from check_case import CheckCase
from pipeline import Database, WithStandby, wait_until


class StandbyCase(WithStandby, CheckCase):
    server_settings = {"wal_keep_size": "256MB"}

    def setUp(self):
        self.at_standby("ALTER SYSTEM RESET ALL", "ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()")
        super().setUp()
        self.addCleanup(self.at_standby, "ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()")
        self.url = self.url_at_standby()
        self.config = self.configure(url=self.url)
        self.caught_up()

    def at_standby(self, *statements):
        Database(self.standby, "postgres").do(*statements)

    def servers_to_mend(self):
        return [self.server, self.standby]

    def fed(self):
        """As a standby should be."""
        self.admin("SELECT pg_create_physical_replication_slot('standby')")
        self.at_standby("ALTER SYSTEM SET hot_standby_feedback = on", "ALTER SYSTEM SET primary_slot_name = 'standby'",
                        "SELECT pg_reload_conf()")
        wait_until("the standby uses its slot", lambda: self.database.slot("active", "standby") == "true", 20)


class Standby18Test(StandbyCase):
    version = 18

    def test_a_standby_as_it_should_be_has_nothing_to_mend_and_is_read(self):
        self.fed()
        self.assertEqual(self.ids(self.check(), "error", "warning"), set())
        program = self.start()
        # A slot at a standby begins where the primary says which transactions are running.
        wait_until("the slot is made", lambda: (self.admin("SELECT pg_log_standby_snapshot()"), self.said(program, "streaming"))[1], 20, 0.2)
        self.database.new_account()
        wait_until("the event is there", self.tail, 20)
        program.stop()

    def test_a_slot_that_the_standby_is_to_copy(self):
        self.fed()
        self.config = self.configure(url=self.database.url.replace("/" + self.database.name, f",127.0.0.1:{self.standby.port}/{self.database.name}"
                                                                   "?target_session_attrs=read-write"),
                                     source=["failover: true", "slot_name: copied"])
        self.start_streaming()
        found = self.check()
        self.assertEqual(self.ids(found, "error", "warning"), {"standby_slots_unset", "slot_sync_off", "slot_copy_missing"})
        self.assertIn(f"at 127.0.0.1:{self.standby.port}: ALTER SYSTEM SET sync_replication_slots = 'on';", str(found))
        self.admin("ALTER SYSTEM SET synchronized_standby_slots = 'standby'", "SELECT pg_reload_conf()")

        self.standby.copy_slot_of(self.server, "copied")
        self.at_standby("ALTER SYSTEM SET sync_replication_slots = on", "SELECT pg_reload_conf()")
        wait_until("the check passes", lambda: not self.ids(self.check(), "error", "warning"), 20)
        # At the standby itself nobody can read it yet.
        self.config = self.configure(url=self.url, source=["failover: true", "slot_name: copied"])
        self.assertIn("slot_is_copy", self.ids(self.check(), "warning"))

    def test_what_the_standby_mends_and_what_its_primary_must(self):
        self.database.do("ALTER PUBLICATION wakestream DROP TABLE graph.account", "ALTER TABLE graph.subscription REPLICA IDENTITY DEFAULT")
        self.admin("ALTER ROLE wakestream CREATEDB")
        self.caught_up()
        of_the_standby = ("standby_feedback_off", "standby_without_slot")
        found = self.finds_and_mends("publication_lacks_table", "replica_identity", "role_too_powerful", *of_the_standby)
        for finding in found["findings"]:
            if finding["severity"] != "note" and finding["id"] not in of_the_standby:
                self.assertEqual({mend.get("at") for mend in finding["mends"]}, {"primary"}, finding)
        self.assertEqual(self.standby.value("SHOW hot_standby_feedback"), "on")
        self.assertEqual(self.server.value("SHOW hot_standby_feedback"), "off")

    def test_primary_wal_level(self):
        self.fed()
        self.admin("ALTER SYSTEM SET wal_level = replica")
        self.server.restart("fast")
        wait_until("the standby knows", lambda: "primary_wal_level" in self.ids(self.check(), "error"), 20)
        self.finds_and_mends("primary_wal_level")


class Standby15Test(StandbyCase):
    def test_a_standby_of_15_is_refused_with_the_reason(self):
        self.fed()
        found = self.check()
        self.assertEqual(self.ids(found, "error", "warning"), {"standby_too_old"})
        self.assertIn("decoding on a standby came with 16", str(found))
        self.assert_refused(self.start(), "standby", "16")


if __name__ == "__main__":
    unittest.main()
