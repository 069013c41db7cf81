"""Three brokers, each topic on all of them, two of which must acknowledge: one is killed with SIGKILL during transactions, and then all
are restarted in turn. The program goes on, and the checker, which knows nothing of it, has the last word."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from checker import judge
from history import read_records, read_truth, to_seen
from kafka_cluster import KafkaCluster
from parts import PIPELINE, REPOSITORY, VENV_PYTHON, Postgres, Program, Reader, Workload, free_port, kafka_section, wait_until, write_config

BINARY = os.environ.get("WAKESTREAM_BINARY", REPOSITORY / "build/dev/app/wakestream")
FIRST_PORT = 29000 + os.getpid() % 200 * 5
EVENTS_BETWEEN = 200

# Which broker leads the topic's partition, how many copies each topic of the pipeline has, and how many of them are in sync.
ASK_TOPICS = """
import json, sys
from confluent_kafka.admin import AdminClient
topics = AdminClient({"bootstrap.servers": sys.argv[1]}).list_topics(timeout=10).topics
print(json.dumps({name: [[one.leader, len(one.replicas), len(one.isrs)] for one in topic.partitions.values()]
                  for name, topic in topics.items() if name.startswith(sys.argv[2])}))
"""


class ReplicasTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="wakestream-replicas-"))
        os.chmod(self.folder, 0o755)  # the PostgreSQL in it may run as another user
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.kafka = KafkaCluster(self.folder, FIRST_PORT)
        self.addCleanup(self.kafka.stop)
        self.kafka.start()
        self.postgres = Postgres(self.folder / "postgres", free_port(FIRST_PORT + 130, FIRST_PORT + 170))
        self.postgres.start()
        self.addCleanup(self.postgres.stop, "immediate")
        self.postgres.script(REPOSITORY / "sql/setup.sql", REPOSITORY / "tests/crash/truth.sql")
        write_config(self.folder / "wakestream.yaml", self.postgres, kafka_section(self.kafka))
        self.program = Program(BINARY, self.folder / "wakestream.yaml", self.folder / "run.log")
        self.addCleanup(self.program.kill)
        self.program.start()
        self.program.wait_for_event("streaming", 60)
        self.workload = Workload(self.postgres, "--seed", self._testMethodName, "--members", 150, "--rate", 60, "--connections", 3,
                                 "--large-every-s", 0)
        self.addCleanup(self.workload.kill)
        self.workload.wait_until_enrolled()
        self.reader = Reader.kafka(self.kafka, self.folder / "live.jsonl")
        self.addCleanup(self.reader.stop)

    def topics(self):
        done = subprocess.run([VENV_PYTHON, "-c", ASK_TOPICS, self.kafka.brokers, f"wakestream.{PIPELINE}."], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def wait_for_events(self, more=EVENTS_BETWEEN):
        target = self.reader.count() + more
        wait_until(f"{more} events more are in the log", lambda: self.reader.count() >= target, 90)

    def wait_until_in_sync(self):
        wait_until("every copy is in sync",
                   lambda: all(copies == [3, 3] for topic in self.topics().values() for _, *copies in topic), 90, 0.5)

    def report(self, what, began):
        print(f"{self._testMethodName}: {what} in {time.monotonic() - began:.1f} s", flush=True)

    def test_a_broker_is_killed_during_transactions_and_then_all_are_restarted_in_turn(self):
        began = time.monotonic()
        self.wait_for_events()
        self.assertEqual(len(self.topics()), 5, "events, checkpoint, quarantine, control and decisions")
        self.wait_until_in_sync()
        leader, *_ = self.topics()[f"wakestream.{PIPELINE}.checkpoint"][0]
        self.kafka.stop_one(leader - 1, kill=True)
        self.wait_for_events()
        self.report("one broker was killed, and the next events came", began)
        self.kafka.start_one(leader - 1)
        self.wait_until_in_sync()
        for number in range(3):
            self.kafka.stop_one(number)
            self.wait_for_events()
            self.kafka.start_one(number)
            self.wait_until_in_sync()
        self.report("every broker was restarted, too", began)
        self.assert_nothing_wrong()

    def assert_nothing_wrong(self):
        self.workload.stop()
        self.postgres.wait_until_confirmed(self.program)
        self.assertIsNone(self.program.exit_code(), self.program.last_words())
        self.program.stop()
        self.reader.drain()
        last = Reader.kafka(self.kafka, self.folder / "final.jsonl")
        last.drain()
        self.assertEqual(last.stop(), 0)
        connection = self.postgres.connect()
        truth = read_truth(connection)
        connection.close()
        verdict = judge(truth, map(to_seen, read_records(last.output)), map(to_seen, read_records(self.reader.output)))
        print(verdict.line(1), flush=True)
        self.assertTrue(verdict.clean, "\n".join([verdict.line(1), *verdict.explain()]))
        self.assertGreater(verdict.changes, 4 * EVENTS_BETWEEN)


if __name__ == "__main__":
    unittest.main()
