"""`wakestream checkpoint`: each way out of a refusal, on both logs. A dry run changes nothing and says what it would cost; carried out,
it costs that, the next start goes on, and it is on record."""

import json
import os
import signal
import sqlite3
import subprocess
import unittest
from pathlib import Path

from pipeline import BINARY, VENV, Database, ProgramTest, wait_until
from parts import is_stopped


class CheckpointTest:
    def events(self):
        return [(event["value"]["email"], event["headers"]["ce_id"]) for event in self.tail()]

    def emails(self):
        return [email for email, _ in self.events()]

    def checkpoint(self):
        return self.shown()[1]["checkpoint"]

    def tail(self, topic="events", config=None, until_idle_s=0.3):
        return super().tail(topic, config, until_idle_s)

    def shown(self):
        done = self.command("checkpoint", "show", "--json")
        return done.returncode, json.loads(done.stdout)

    def way_out(self, *words, fragments=(), nothing=()):
        """The dry run says it and changes nothing; then it is done, and recorded."""
        before = self.checkpoint()
        dry = self.command("checkpoint", *words)
        self.assertEqual(dry.returncode, 0, dry.stderr)
        for fragment in fragments:
            self.assertIn(fragment, dry.stdout)
        self.assertIn(f"wakestream checkpoint {' '.join(words)} --yes", dry.stdout)
        self.assertEqual(self.checkpoint(), before)
        done = self.command("checkpoint", *words, "--yes", "--why", "ticket 4711")
        self.assertEqual(done.returncode, 0, done.stderr)
        decision = self.tail("decisions")[-1]["value"]
        self.assertEqual((decision["command"], decision["outcome"], decision["why"]),
                         (f"checkpoint_{words[0]}".replace("-", "_"), "done", "ticket 4711"))
        self.assertIn("@", decision["who"])
        self.assertEqual(decision["checkpoint_before"], before)
        self.assertEqual(decision["checkpoint_after"], self.checkpoint())
        for consequence in decision["consequences"]:
            self.assertIn(consequence["what"], done.stdout)
        return decision

    def goes_on_with(self, email, config=None, name="again"):
        program = self.start_streaming(config, name=name)
        self.database.new_account(email)
        self.database.wait_until_confirmed(program)
        program.stop()

    def test_a_slot_that_went_missing(self):
        self.born_and_stopped()
        self.database.do("SELECT pg_drop_replication_slot('wakestream')")
        self.database.new_account("lost@example.com")
        self.assert_refused(self.start(), "wakestream checkpoint adopt-slot")
        code, shown = self.shown()
        self.assertEqual((code, shown["slot"]), (1, None))
        self.assertIn("wakestream checkpoint adopt-slot", shown["start"]["reason"])
        read_through = self.checkpoint()["read_through_lsn"]
        self.way_out("adopt-slot", fragments=[f"commits from {read_through}", "never written", "made by the next start"])
        self.goes_on_with("after@example.com")
        self.assertEqual(self.emails(), ["a@example.com", "after@example.com"])

    def test_the_checkpoint_is_lost(self):
        self.born_and_stopped()
        self.database.new_account("later@example.com")
        first_id = self.events()[0][1]
        self.lose_checkpoint()
        self.assert_refused(self.start(), "no checkpoint", "wakestream checkpoint adopt-slot")
        dry = self.command("checkpoint", "adopt-slot")
        self.assertEqual(dry.returncode, 0, dry.stderr)
        self.assertIn("the epoch rises from 1 to 2", dry.stdout)
        done = self.command("checkpoint", "adopt-slot", "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIsNone(self.tail("decisions")[-1]["value"]["checkpoint_before"])
        self.goes_on_with("after@example.com")
        events = self.events()
        self.assertEqual([email for email, _ in events[-2:]], ["later@example.com", "after@example.com"])
        self.assertTrue(all(event_id > first_id for _, event_id in events[1:]))

    def test_while_a_capture_runs_nothing_is_touched(self):
        program = self.start_streaming()
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        for words in (["epoch"], ["epoch", "--yes"], ["adopt-slot", "--yes"], ["set", "--lsn", "0/1", "--yes"]):
            refused = self.command("checkpoint", *words)
            self.assertEqual(refused.returncode, 75, refused.stderr)
            self.assertIn(str(self.database.value("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")), refused.stderr)
        code, shown = self.shown()
        self.assertEqual(code, 0)
        self.assertIn("pid", shown["lease_holder"])
        self.database.new_account("after@example.com")
        self.database.wait_until_confirmed(program)
        self.assertEqual(len(self.said(program, "commit_in_doubt")), 0)
        self.assertEqual(self.checkpoint()["epoch"], 1)
        self.assertEqual(self.tail("decisions"), [])

    def test_nothing_is_written_once_a_capture_has_taken_over(self):
        """Stopped inside its transaction, its lease taken away: who comes next has the last word."""
        self.born_and_stopped()
        change = subprocess.Popen([str(BINARY), "checkpoint", "epoch", "--yes", "-c", str(self.config)], stdin=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  env={**os.environ, "WAKESTREAM_FAILPOINT": "checkpoint_after:1:stop"})
        self.addCleanup(change.kill)
        wait_until("it stands still inside its transaction", lambda: is_stopped(change.pid))
        self.database.do("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        program = self.start(name="next")
        self.after_the_lease_is_gone(program, change)


class EmbeddedCheckpointTest(CheckpointTest, ProgramTest):
    def change_checkpoint(self, statement):
        with sqlite3.connect(self.place / "log/capture.sqlite") as log:
            (number,) = log.execute("SELECT id FROM topics WHERE name LIKE '%.checkpoint'").fetchone()
            log.execute(statement.format(table=f"records_{number}_0"))

    def lose_checkpoint(self):
        self.change_checkpoint("DELETE FROM {table}")

    def test_a_slot_ahead_of_the_checkpoint(self):
        self.born_and_stopped()
        self.database.new_account("lost@example.com")
        self.database.do("SELECT pg_replication_slot_advance('wakestream', pg_current_wal_lsn())")
        self.assert_refused(self.start(), "wakestream checkpoint adopt-slot")
        decision = self.way_out("adopt-slot", fragments=["never written"])
        lost = [one for one in decision["consequences"] if one["kind"] == "lost"]
        self.assertEqual([one["to_lsn"] for one in lost], [self.database.slot("confirmed_flush_lsn")])
        self.goes_on_with("after@example.com")
        self.assertEqual(self.emails(), ["a@example.com", "after@example.com"])

    def test_set_leaves_commits_out_and_brings_them_again(self):
        program = self.start_streaming()
        self.database.new_account("one@example.com")
        self.database.wait_until_confirmed(program)
        program.kill()
        self.database.new_account("unwanted@example.com")
        behind = self.database.value("SELECT pg_current_wal_lsn()::text")
        self.way_out("set", "--lsn", behind, fragments=["lost", f"to {behind}"])
        self.goes_on_with("two@example.com")
        self.assertEqual(self.emails(), ["one@example.com", "two@example.com"])
        # And back, as far as the slot can: what was confirmed is gone.
        before = self.command("checkpoint", "set", "--lsn", self.checkpoint()["born_at_lsn"])
        self.assertEqual(before.returncode, 1)
        self.assertIn("may forget", before.stderr)

    def test_set_back_repeats_under_the_same_ids(self):
        program = self.start_streaming()
        # Nothing is confirmed beyond here: a slot that was copied while it stood there still can.
        self.database.do("SELECT pg_copy_logical_replication_slot('wakestream', 'copied')")
        stands_at = self.database.slot("confirmed_flush_lsn", "copied")
        self.database.new_account("twice@example.com")
        self.database.wait_until_confirmed(program)
        program.stop()
        self.config = self.configure(source=["slot_name: copied"])
        self.assert_refused(self.start(name="other-slot"), '"copied"', "wakestream checkpoint adopt-slot")
        self.way_out("adopt-slot", fragments=['slot "copied" instead of "wakestream"', "reads on from"])
        self.way_out("set", "--lsn", stands_at, fragments=["repeated", "with the ids that they had"])
        self.goes_on_with_copied()
        first, again, after = self.events()
        self.assertEqual(first, again)
        self.assertEqual(after[0], "after@example.com")

    def goes_on_with_copied(self):
        program = self.start(name="again")
        self.wait_for_event(program, "streaming")
        self.database.new_account("after@example.com")
        self.database.wait_until_confirmed(program, slot="copied")
        program.stop()

    def test_an_epoch_where_nothing_is_wrong(self):
        self.born_and_stopped()
        self.way_out("epoch", fragments=["the epoch rises from 1 to 2", "reads on from"])
        self.goes_on_with("after@example.com")
        ids = [event_id for _, event_id in self.events()]
        self.assertEqual([event_id[:8] for event_id in ids], ["00000001", "00000002"])

    def test_a_pipeline_that_never_began_needs_no_way_out(self):
        self.database.new_account()
        refused = self.command("checkpoint", "epoch")
        self.assertNotEqual(refused.returncode, 0)

    def after_the_lease_is_gone(self, program, change):
        # Nobody can fence a stopped holder of the lock: the capture waits and names it.
        waiting = self.wait_for_event(program, "log_away")
        self.assertIn(f"pid {change.pid}", waiting["message"])
        change.kill()
        change.communicate()
        self.wait_for_event(program, "streaming")
        self.assertEqual(self.checkpoint()["epoch"], 1)
        self.assertEqual(self.tail("decisions"), [])

    def test_a_record_that_cannot_be_read(self):
        self.born_and_stopped()
        self.change_checkpoint("UPDATE {table} SET value = '{{\"format_version\": 2}}'")
        self.assert_refused(self.start(), "cannot be read", "wakestream checkpoint adopt-slot")
        done = self.command("checkpoint", "adopt-slot", "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.goes_on_with("after@example.com")
        # One of a newer release is not put aside.
        self.change_checkpoint("UPDATE {table} SET value = '{{\"format_version\": 99}}'")
        newer = self.command("checkpoint", "adopt-slot", "--yes")
        self.assertEqual(newer.returncode, 1)
        self.assertIn("format version 99", newer.stderr)

    def test_another_database_and_a_slot_that_was_half_made(self):
        self.born_and_stopped()
        other = Database(self.server, "template")
        config = self.configure(url=other.url)
        self.assert_refused(self.start(config), "wakestream checkpoint adopt-slot")
        refused = self.command("checkpoint", "adopt-slot", config=config)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("Choose another slot_name", refused.stderr)


class KafkaCheckpointTest(CheckpointTest, ProgramTest):
    with_kafka = True

    def configure(self, *arguments, log=None, **more):
        return super().configure(*arguments, log=log or self.kafka_log(event_partitions=1), **more)

    def lose_checkpoint(self):
        script = ("from confluent_kafka.admin import AdminClient\n"
                  f"admin = AdminClient({{'bootstrap.servers': '{self.kafka.brokers}'}})\n"
                  f"for done in admin.delete_topics(['wakestream.{self._pipeline()}.checkpoint']).values(): done.result(30)\n")
        subprocess.run([VENV, "-c", script], check=True, capture_output=True, text=True)

    def after_the_lease_is_gone(self, program, change):
        self.wait_for_event(program, "streaming")
        change.send_signal(signal.SIGCONT)
        _, said = change.communicate(timeout=30)
        self.assertEqual(change.returncode, 75)
        self.assertIn("wakestream checkpoint show", said)
        self.assertEqual(self.checkpoint()["epoch"], 1)
        self.assertEqual(self.tail("decisions"), [])


if __name__ == "__main__":
    unittest.main()
