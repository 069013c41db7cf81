"""Two processes, one log. A stops (SIGSTOP) inside an open log transaction, loses its connection to PostgreSQL and with it the
lease, B takes over, A goes on where it stopped.

On Kafka nothing that A had open may ever be seen, and A must stand down. On the embedded log nothing can fence a stopped holder
of the lock: B must wait, name A, write nothing, and take over when A is gone. In every case the checker has the last word.
"""

import os
import re
import shutil
import signal
import socket
import tempfile
import time
import unittest
from pathlib import Path

from checker import judge
from history import read_records, read_truth, to_seen
from parts import (REPOSITORY, Kafka, PartFailed, Postgres, Program, Reader, Workload, embedded_section, free_port, kafka_section,
                   wait_until, write_config)

BINARY = os.environ.get("WAKESTREAM_BINARY", REPOSITORY / "build/dev/app/wakestream")
LEASE_HOLDER = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"


class Instance(Program):
    """One of the two, with what it says in a file of its own."""

    def wait_for(self, event, after=0, deadline_s=40):
        """The first line of that event behind the `after` first ones."""
        def found():
            if self.exit_code() is not None:
                raise PartFailed(f"ended with {self.exit_code()} before it said {event}: {self.last_words()}")
            return self.said(event)[after:]
        try:
            return wait_until(f"it says {event}", found, deadline_s, 0.02)[0]
        except PartFailed as failure:
            raise PartFailed(f"{failure}; it said: {self.last_words(6)}") from None


class FencingTest:
    """One PostgreSQL, one log and its readers for all tests of a class; each test has two processes and a workload."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="wakestream-fencing-"))
        os.chmod(cls.folder, 0o755)  # the PostgreSQL in it may run as another user
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.postgres = Postgres(cls.folder / "postgres", free_port(cls.first_port, cls.first_port + 40))
        cls.postgres.start()
        cls.addClassCleanup(cls.postgres.stop, "immediate")
        cls.postgres.script(REPOSITORY / "sql/setup.sql", REPOSITORY / "tests/crash/truth.sql")
        cls.config = cls.folder / "wakestream.yaml"
        write_config(cls.config, cls.postgres, cls.start_log())
        # What follows the pipeline's birth must be in its log.
        first = Instance(BINARY, cls.config, cls.folder / "first.log")
        first.start()
        cls.addClassCleanup(first.kill)
        first.wait_for("streaming")
        first.stop()
        cls.live = cls.reader("live.jsonl")
        cls.addClassCleanup(cls.live.stop)

    def setUp(self):
        self.workload = Workload(self.postgres, "--seed", self._testMethodName, "--members", 200, "--large-every-s", 0)
        self.addCleanup(self.workload.kill)
        self.workload.wait_until_enrolled()
        self.a, self.b = (Instance(BINARY, self.config, self.folder / f"{self._testMethodName}.{name}.log") for name in "ab")
        self.addCleanup(self.a.kill)
        self.addCleanup(self.b.kill)

    def stop_a_at(self, failpoint):
        """A stands still, exactly there; B waits for the lease and knows who has it."""
        self.a.start(f"{failpoint}:stop")
        wait_until(f"A stops at {failpoint}", self.a.is_stopped, 40, 0.02)
        self.b.start()
        waiting = self.b.wait_for("lease_waiting")
        self.holder = self.postgres.value(LEASE_HOLDER)
        self.assertIn(str(self.holder), str(waiting))

    def take_the_lease_away(self):
        self.assertTrue(self.postgres.value("SELECT pg_terminate_backend(%s)", self.holder))

    def assert_clean(self):
        """The workload ends, whoever is in charge writes the rest, and nothing is wrong in all that the log holds."""
        self.workload.stop()
        self.postgres.wait_until_confirmed(self.b)
        for instance in (self.a, self.b):
            if instance.exit_code() is None:
                instance.stop()
        self.live.drain()
        last = self.reader("final.jsonl")
        last.drain()
        self.assertEqual(last.stop(), 0)
        connection = self.postgres.connect()
        truth = read_truth(connection)
        connection.close()
        self.final = list(read_records(last.output))
        verdict = judge(truth, map(to_seen, self.final), map(to_seen, read_records(self.live.output)))
        self.assertTrue(verdict.clean, "\n".join([verdict.line(0), *verdict.explain()]))


class KafkaFencingTest(FencingTest, unittest.TestCase):
    first_port = 25120
    aborted = set()  # offsets of what the tests before have left open

    @classmethod
    def start_log(cls):
        cls.kafka = Kafka(cls.folder / "kafka", free_port(25160, 25180))
        cls.kafka.start()
        cls.addClassCleanup(cls.kafka.stop)
        return kafka_section(cls.kafka)

    @classmethod
    def reader(cls, name, isolation_level="read_committed"):
        return Reader.kafka(cls.kafka, cls.folder / name, isolation_level)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.uncommitted = cls.reader("uncommitted.jsonl", "read_uncommitted")
        cls.addClassCleanup(cls.uncommitted.stop)

    def offsets(self, reader):
        reader.drain()
        return {(record.partition, record.offset) for record in read_records(reader.output)}

    def fence(self, failpoint, open_records):
        """`open_records`: are records of A's open transaction with the broker when it stops? None: as chance will have it."""
        self.stop_a_at(failpoint)
        dirty = self.offsets(self.uncommitted) - self.offsets(self.live) - self.aborted
        if open_records is not None:
            self.assertEqual(bool(dirty), open_records, f"records of an open transaction at {failpoint}")
        self.take_the_lease_away()
        # B fences A. If it only waited until the broker gives A's transaction up it would take half a minute.
        self.b.wait_for("streaming", deadline_s=20)
        self.postgres.wait_until_confirmed(self.b)
        said_before = len(self.a.said("lease_waiting"))
        self.a.signal(signal.SIGCONT)
        # It stands down: it says why its connection went, waits for the lease, and knows that B has it.
        waiting = self.a.wait_for("lease_waiting", said_before)
        self.assertIn(str(self.postgres.value(LEASE_HOLDER)), str(waiting))
        if open_records:
            self.assertIn("fenced", str(self.a.said("commit_in_doubt") + self.a.said("commit_abandoned")))
        self.postgres.wait_until_confirmed(self.b)
        self.assertEqual(len(self.b.said("streaming")), 1, "A has not disturbed B")
        self.assert_clean()
        self.assertEqual(self.a.exit_code(), 0, "SIGTERM ends one that waits with 0")
        self.assertFalse(dirty & {(record.partition, record.offset) for record in self.final})
        type(self).aborted |= dirty

    def test_stopped_before_begin(self):
        self.fence("begin_before:20", open_records=False)

    def test_stopped_while_it_produces(self):
        self.fence("produce_after:20", open_records=True)

    def test_stopped_in_its_claim(self):
        self.fence("commit_before:1", open_records=False)

    def test_stopped_before_commit(self):
        self.fence("commit_before:25", open_records=True)

    def test_stopped_after_commit_before_feedback(self):
        self.fence("commit_after:20", open_records=False)

    def test_stopped_in_feedback(self):
        self.fence("feedback_before:3", open_records=None)


class EmbeddedFencingTest(FencingTest, unittest.TestCase):
    first_port = 25180

    @classmethod
    def start_log(cls):
        return embedded_section(cls.folder / "log")

    @classmethod
    def reader(cls, name):
        return Reader.embedded(cls.folder / "log", cls.folder / name)

    def b_waits_and_names_a(self):
        """While A stands still with the lock, B has the lease and cannot write."""
        self.take_the_lease_away()
        line = self.b.wait_for("log_away")
        self.assertRegex(line["message"], rf"held by {re.escape(socket.gethostname())}\b.*\bpid {self.a.pid}\b")
        before = self.live.drain()
        time.sleep(1)
        self.assertEqual(self.live.drain(), before, "somebody wrote while A had the lock and stood still")
        self.assertIsNone(self.b.exit_code())
        self.assertEqual(self.b.said("streaming"), [])

    def test_a_holder_that_was_stopped_goes_on_and_stands_down(self):
        self.stop_a_at("commit_before:25")
        self.b_waits_and_names_a()
        self.a.signal(signal.SIGCONT)
        self.a.wait_for("postgres_away")
        self.b.wait_for("streaming")
        self.a.wait_for("lease_waiting")
        self.assert_clean()
        self.assertEqual(self.a.exit_code(), 0)

    def test_a_holder_stopped_between_transactions_is_waited_for_until_it_is_killed(self):
        self.stop_a_at("commit_after:20")
        self.b_waits_and_names_a()
        self.a.kill()
        self.b.wait_for("streaming")
        self.assert_clean()


if __name__ == "__main__":
    unittest.main()
