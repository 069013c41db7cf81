"""Slots that are not what the configuration and the checkpoint say."""

import subprocess
import unittest

import psycopg2

from check_case import CheckCase
from pipeline import Database, wait_until

POSTGRES15_BIN = "/usr/lib/postgresql/15/bin"


class SlotTest(CheckCase):
    def make_slot(self, plugin="pgoutput", name="wakestream", more=""):
        self.database.do(f"SELECT pg_create_logical_replication_slot('{name}', '{plugin}'{more})")

    def existing(self):
        self.config = self.configure(source=["slot: existing"])

    def test_slot_missing(self):
        self.existing()
        self.finds_and_mends("slot_missing")

    def test_slot_not_ours(self):
        self.make_slot()
        self.finds_and_mends("slot_not_ours")

    def test_slot_plugin(self):
        self.make_slot("test_decoding")
        self.finds_and_mends("slot_plugin")

    def test_slot_plugin_of_one_that_should_exist(self):
        self.make_slot("test_decoding")
        self.existing()
        self.finds_and_mends("slot_plugin")

    def test_slot_plugin_of_a_physical_one(self):
        self.database.do("SELECT pg_create_physical_replication_slot('wakestream')")
        self.finds_and_mends("slot_plugin")

    def test_slot_database(self):
        Database(self.server, "template").do("SELECT pg_create_logical_replication_slot('wakestream', 'pgoutput')")
        self.existing()
        self.finds_and_mends("slot_database")

    def test_slot_temporary(self):
        connection = psycopg2.connect(self.database.dsn)
        self.addCleanup(connection.close)
        connection.autocommit = True
        connection.cursor().execute("SELECT pg_create_logical_replication_slot('wakestream', 'pgoutput', true)")
        self.existing()
        self.finds_and_mends("slot_temporary")

    def test_slot_two_phase(self):
        self.make_slot(more=", false, true")
        self.existing()
        self.finds_and_mends("slot_two_phase")

    def test_slot_gone(self):
        self.born_and_stopped()
        self.database.do("SELECT pg_drop_replication_slot('wakestream')")
        self.finds_and_mends("slot_gone")

    def test_slot_ahead(self):
        self.born_and_stopped()
        self.database.new_account()
        self.database.do("SELECT pg_replication_slot_advance('wakestream', pg_current_wal_lsn())")
        self.finds_and_mends("slot_ahead")

    def test_slot_changed(self):
        self.born_and_stopped()
        self.config = self.configure(source=["slot_name: another"])
        self.finds_and_mends("slot_changed")

    def test_slot_in_use(self):
        self.make_slot()
        self.existing()
        reader = subprocess.Popen([f"{POSTGRES15_BIN}/pg_recvlogical", "-d", self.database.dsn, "--slot=wakestream", "--start", "--no-loop",
                                   "-o", "proto_version=1", "-o", "publication_names=wakestream", "-f", "-"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (reader.kill(), reader.wait()))
        wait_until("the slot is in use", lambda: self.database.slot_active(), 20)
        self.finds_and_mends("slot_in_use")

    def test_already_running(self):
        program = self.start_streaming()
        found = self.check()
        self.assertIn("already_running", self.ids(found, "note"))
        self.assertEqual(self.ids(found, "error", "warning"), set())
        program.stop()

    def fill_wal(self, segments):
        for _ in range(segments):
            self.database.do("SELECT pg_logical_emit_message(false, 'x', 'x')", "SELECT pg_switch_wal()")
        self.database.do("CHECKPOINT")

    def test_slot_lost(self):
        self.make_slot()
        self.existing()
        self.set(max_slot_wal_keep_size="16MB")
        self.fill_wal(5)
        wait_until("the slot is lost", lambda: self.database.slot("wal_status") == "lost", 20)
        self.finds_and_mends("slot_lost", "slot_wal_limit_small")

    def test_slot_headroom(self):
        self.make_slot()
        self.existing()
        self.set(max_slot_wal_keep_size="128MB")

        def nearly_used_up():
            self.fill_wal(1)
            return int(self.database.slot("safe_wal_size")) < 32 << 20
        wait_until("the slot keeps much", nearly_used_up, 30, 0)
        self.finds_and_mends("slot_headroom", "slot_wal_limit_small")


if __name__ == "__main__":
    unittest.main()
