"""A snapshot that is killed again and again on its way, under writes: each row once, none behind a newer event of its account.

An independent reader of the log has the last word (tests/crash/snapshot_judge.py).
"""

import json
import random
import signal
import sys
import time
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPOSITORY / "tests" / "program"))

from history import read_records  # noqa: E402
from parts import PIPELINE, PartFailed, Reader  # noqa: E402
from pipeline import Database, ProgramTest, WithStandby, wait_until  # noqa: E402
from snapshot_judge import RULES, Changes, accounts, fill, problems  # noqa: E402

ROWS = 150_000
KILLS_MIN = 10
# Where a life ends, and how often it comes there before: past the start, on the way.
FAILPOINTS = [("chunk_read_before", 2, 4), ("chunk_read_after", 2, 4), ("begin_after", 2, 5), ("produce_after", 1, 4),
              ("checkpoint_before", 2, 5), ("checkpoint_after", 2, 5), ("commit_before", 2, 5), ("commit_after", 2, 5),
              ("feedback_after", 3, 8)]


class Killed:
    def setUp(self):
        super().setUp()
        fill(self.database, ROWS)
        self.config = self.configure(rules=self.rules(RULES), log=self.log_section(), pipeline=PIPELINE)
        self.rng = random.Random(7)

    def reader(self):
        return Reader.embedded(self.place / "log", self.place / "final.jsonl")

    def progress(self):
        """The snapshot's rows so far; None when there is none."""
        done = self.command("snapshot", "status", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        status = json.loads(done.stdout)
        return status and status["rows"]

    def live(self, program):
        """One life, to its death: at a failpoint, or at a moment on the way. Returns the rows that were done before it."""
        rows = self.progress()
        if self.rng.random() < 0.2:
            program.start()
            # On a busy machine the failpoints are all met by the stream, before a chunk is done.
            wait_until("rows are done", lambda: self.progress() != rows, 30)
            program.kill()
        else:
            name, least, most = self.rng.choice(FAILPOINTS)
            program.start(f"{name}:{self.rng.randint(least, most)}")
            code = program.wait(6)
            if code is None:
                program.kill()
            elif code != -signal.SIGKILL:
                raise PartFailed(f"wakestream ended with {code} by itself: {program.last_words()}")
        return rows

    def seen(self):
        reader = self.reader()
        reader.drain()
        self.assertEqual(reader.stop(), 0)
        events = []
        for record in sorted(read_records(self.place / "final.jsonl"), key=lambda one: (one.partition, one.offset)):
            value = json.loads(record.value)
            events.append((record.headers["ce_type"], record.key, value["points"], record.headers["ce_id"],
                           record.headers["ce_sequence"]))
        return events

    def test_each_row_comes_once_and_none_is_stale(self):
        before = accounts(self.database)
        program = self.start_streaming()
        changes = Changes(self.database.dsn)
        self.addCleanup(changes.stop)
        self.assertEqual(self.command("snapshot", "start").returncode, 0)
        program.kill()
        on_the_way = []
        while len(on_the_way) < 60 and self.progress() is not None:
            on_the_way.append(self.live(program))
        program.start()
        until = time.monotonic() + 120
        while self.progress() is not None:
            self.assertLess(time.monotonic(), until, program.last_words())
            time.sleep(0.2)
        changes.stop()
        self.confirmed(program)
        program.stop()
        after = accounts(self.database)
        found = problems(self.seen(), before, before & after)
        self.assertEqual(found[:5], [], f"{len(found)} problems")
        self.assertGreaterEqual(len(on_the_way), KILLS_MIN, on_the_way)
        self.assertGreaterEqual(len(set(on_the_way)), 4, f"killed before it came anywhere: {on_the_way}")

    def confirmed(self, program):
        self.database.wait_until_confirmed(program)


class EmbeddedSnapshotKilled(Killed, ProgramTest):
    def log_section(self):
        return None


class KafkaSnapshotKilled(Killed, ProgramTest):
    version = 18
    with_kafka = True

    def log_section(self):
        return self.kafka_log()

    def reader(self):
        return Reader.kafka(self.kafka, self.place / "final.jsonl")


class StandbySnapshotKilled(Killed, WithStandby, ProgramTest):
    """Reads a standby, stream and chunks, while others write to its primary."""

    version = 18
    server_settings = {"wal_keep_size": "512MB"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Database(cls.standby, "postgres").do("ALTER SYSTEM SET hot_standby_feedback = on",
                                             "SELECT pg_reload_conf()")

    def setUp(self):
        super().setUp()
        self.at_standby = Database(self.standby, self.database.name)
        self.config = self.configure(rules=self.rules(RULES), pipeline=PIPELINE, url=self.url_at_standby())
        self.caught_up(60)
        # Before the database goes.
        self.addCleanup(self.forget_slot)

    def forget_slot(self):
        for program in self.programs:
            program.kill()
        admin = Database(self.standby, "postgres")
        wait_until("the slot comes free", lambda: not admin.value("SELECT count(*) FROM pg_replication_slots WHERE active"))
        admin.do("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")

    def log_section(self):
        return None

    def start_streaming(self, config=None, name="run"):
        program = self.start(config, name)
        # A slot at a standby begins where the primary says which transactions are running.
        wait_until("the slot is made", lambda: (self.database.value("SELECT pg_log_standby_snapshot()"),
                                                self.said(program, "streaming"))[1], 30, 0.2)
        return program

    def confirmed(self, program):
        target = self.caught_up(60)
        wait_until("everything is in the log",
                   lambda: self.at_standby.value("SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots", target), 120)


if __name__ == "__main__":
    unittest.main()
