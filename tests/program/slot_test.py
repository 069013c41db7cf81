"""A slot that is not what the checkpoint says: each a refusal with its reason and way out, and nothing lost."""

import signal
import subprocess

from pipeline import Database, ProgramTest, wait_until


class SlotTest(ProgramTest):
    def test_a_slot_that_went_missing(self):
        self.born_and_stopped()
        self.database.do("SELECT pg_drop_replication_slot('wakestream')")
        self.assert_refused(self.start(), 'no slot "wakestream"', "the WAL since the checkpoint")

    def test_a_slot_ahead_of_the_checkpoint_says_what_would_be_skipped(self):
        self.born_and_stopped()
        self.database.new_account("skipped@example.com")
        self.database.do("SELECT pg_replication_slot_advance('wakestream', pg_current_wal_lsn())")
        message = self.assert_refused(self.start(), "PostgreSQL would skip what lies between in silence")
        self.assertIn(self.database.slot("confirmed_flush_lsn"), message)
        self.assertEqual(len(self.tail()), 1)

    def test_a_slot_that_lost_its_wal(self):
        self.born_and_stopped()
        admin = Database(self.server, "postgres")
        admin.do("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'", "SELECT pg_reload_conf()")
        self.addCleanup(admin.do, "ALTER SYSTEM RESET max_slot_wal_keep_size", "SELECT pg_reload_conf()")

        def is_lost():
            self.database.do("SELECT pg_switch_wal()", "CREATE TABLE IF NOT EXISTS t (x int)", "INSERT INTO t VALUES (1)", "CHECKPOINT")
            return self.database.slot("wal_status") == "lost"
        wait_until("the slot is lost", is_lost)
        self.assert_refused(self.start(), 'slot "wakestream" is lost', "max_slot_wal_keep_size")

    def test_a_slot_of_another_database(self):
        self.born_and_stopped()
        other = Database(self.server, "template")
        self.assert_refused(self.start(self.configure(url=other.url)), "belongs to database", self.database.name, "template")

    def test_a_slot_without_a_checkpoint_may_be_somebody_elses(self):
        self.database.do("SELECT pg_create_logical_replication_slot('wakestream', 'pgoutput')")
        self.assert_refused(self.start(), "the log has no checkpoint", "wakestream checkpoint adopt-slot")

    def test_an_existing_slot_that_is_not_there(self):
        self.assert_refused(self.start(self.configure(source=["slot: existing"])), "slot: existing")

    def test_an_existing_slot_is_taken_over_where_it_stands(self):
        self.database.do("SELECT pg_create_logical_replication_slot('wakestream', 'pgoutput')")
        account = self.database.new_account()
        program = self.start_streaming(self.configure(source=["slot: existing"]))
        self.database.wait_until_confirmed(program)
        self.assertEqual([event["key"] for event in self.tail()], [account])

    def test_an_existing_slot_of_another_plugin(self):
        self.database.do("SELECT pg_create_logical_replication_slot('wakestream', 'test_decoding')")
        self.assert_refused(self.start(self.configure(source=["slot: existing"])), "test_decoding", "pgoutput")

    def test_an_existing_slot_with_two_phase(self):
        self.database.do("SELECT pg_create_logical_replication_slot('wakestream', 'pgoutput', false, true)")
        self.assert_refused(self.start(self.configure(source=["slot: existing"])), "two_phase")

    def test_a_slot_in_use_is_waited_for_and_its_user_is_named(self):
        self.born_and_stopped()
        other = subprocess.Popen(
            ["pg_recvlogical", "-d", self.database.dsn.replace("user=postgres", "user=wakestream"), "--slot", "wakestream", "--start",
             "-f", "/dev/null", "-o", "proto_version=1", "-o", "publication_names=wakestream", "-F", "0", "-s", "1"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(other.kill)
        wait_until("pg_recvlogical streams", self.database.slot_active)
        program = self.start()
        waiting = self.wait_for_event(program, "slot_waiting")
        self.assertEqual(waiting["pid"], self.database.slot("active_pid"))
        self.assertIsNone(program.exit_code())
        other.send_signal(signal.SIGKILL)
        other.wait()
        self.wait_for_event(program, "streaming", count=1)

    def test_another_slot_name_than_the_checkpoints(self):
        self.born_and_stopped()
        self.assert_refused(self.start(self.configure(source=["slot_name: other"])), '"wakestream"', '"other"')
