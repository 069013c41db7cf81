"""Configuration files and event logs that are not what is needed."""

import json
import os
import subprocess
import unittest

from check_case import CheckCase
from pipeline import VENV

# What Kafka's own tools do, for the one form in which they are printed: the jars of the tests have no tools.
TOPIC_TOOL = """#!{python}
import argparse, sys
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic
words = argparse.ArgumentParser()
for flag in ("--create", "--delete", "--alter"):
    words.add_argument(flag, action="store_true")
for option in ("--bootstrap-server", "--topic", "--entity-name", "--entity-type", "--add-config", "--config"):
    words.add_argument(option)
words.add_argument("--partitions", type=int)
asked = words.parse_args()
admin = AdminClient({{"bootstrap.servers": asked.bootstrap_server}})
if asked.create:
    name, value = asked.config.split("=")
    done = admin.create_topics([NewTopic(asked.topic, asked.partitions, 1, config={{name: value}})])
elif asked.delete:
    done = admin.delete_topics([asked.topic], operation_timeout=30)
else:
    name, value = asked.add_config.split("=")
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    done = admin.incremental_alter_configs([ConfigResource("TOPIC", asked.entity_name, incremental_configs=[entry])])
for one in done.values():
    one.result(30)
"""


# Another program, with a transaction of its own on our topic.
HANGING_WRITER = """
import sys
from confluent_kafka import Producer
producer = Producer({"bootstrap.servers": sys.argv[1], "transactional.id": "somebody-else"})
producer.init_transactions(30)
producer.begin_transaction()
producer.produce(sys.argv[2], b"not ours", partition=1)
producer.flush(30)
print("open", flush=True)
sys.stdin.read()
producer.abort_transaction(30)
"""


class FileTest(CheckCase):
    def test_config_readable(self):
        self.config = self.configure(url=self.database.url.replace("wakestream@", "wakestream:secret@"))
        self.config.chmod(0o644)
        self.finds_and_mends("config_readable")

    def spoil(self, line, instead):
        text = self.config.read_text()
        self.assertIn(line, text)
        self.config.write_text(text.replace(line, instead))

    def test_config_invalid_by_keys_that_nobody_knows(self):
        self.spoil("pipeline:", "pipelin:")
        self.spoil("log:", "logs:")
        found = self.check()
        self.assertEqual(self.ids(found, "error"), {"config_invalid"})
        self.finds_and_mends("config_invalid")

    def test_config_invalid_by_values_that_cannot_be(self):
        self.config = self.configure(source=["slot: make", "row_bytes_max: 3TB"],
                                     log=f"embedded: {{ path: {self.place / 'log'}, event_partitions: many }}")
        self.finds_and_mends("config_invalid")

    def test_files_that_only_a_person_can_mend(self):
        for text, wanted in (("pipeline: [", "config_invalid"), (self.config.read_text() + "sauce: 1\n", "config_invalid"),
                             (self.config.read_text().replace("customer.sql", "nobody.sql"), "rule_invalid")):
            with self.subTest(text[-40:]):
                self.config.write_text(text)
                found = self.check()
                self.assertEqual(self.ids(found, "error"), {wanted})
        self.config.unlink()
        self.assertEqual(self.ids(self.check(), "error"), {"config_unreadable"})

    def test_log_not_a_folder(self):
        (self.place / "log").write_text("not a log")
        self.finds_and_mends("log_not_a_folder")

    def test_log_readable(self):
        (self.place / "log").mkdir(mode=0o755)
        self.finds_and_mends("log_readable")

    def test_log_unwritable(self):
        folder = self.place / "log"
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            # Root may write everywhere; the program runs as somebody else, and the folder is root's.
            folder.chmod(0o500)
            self.command_prefix = ["runuser", "-u", "postgres", "--"]
            folder.chmod(0o755)
        else:
            folder.chmod(0o500)
        self.finds_and_mends("log_unwritable", also=("log_readable",))

    def test_log_corrupt(self):
        (self.place / "log").mkdir(mode=0o700)
        (self.place / "log/capture.sqlite").write_bytes(b"this is no database" * 100)
        self.finds_and_mends("log_corrupt")

    def test_event_partitions(self):
        self.born_and_stopped()
        self.config = self.configure(log=f"embedded: {{ path: {self.place / 'log'}, event_partitions: 3 }}")
        self.finds_and_mends("event_partitions")


class TopicTest(CheckCase):
    with_kafka = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_shims(TOPIC_TOOL.format(python=VENV), "kafka-topics.sh", "kafka-configs.sh")

    def setUp(self):
        super().setUp()
        self.config = self.configure(log=self.kafka_log())

    def make(self, name, partitions, cleanup):
        self.shell(f"kafka-topics.sh --bootstrap-server {self.kafka.brokers} --create --topic wakestream.{self._pipeline()}.{name} "
                   f"--partitions {partitions} --config cleanup.policy={cleanup}")

    def test_topic_missing(self):
        self.config = self.configure(log=self.kafka_log(create_topics="false"))
        self.finds_and_mends("topic_missing")

    def test_topic_cleanup(self):
        self.make("checkpoint", 1, "delete")
        self.finds_and_mends("topic_cleanup")

    def test_topic_partitions(self):
        self.make("checkpoint", 3, "compact")
        self.finds_and_mends("topic_partitions")

    def test_event_partitions(self):
        self.make("events", 5, "delete")
        self.finds_and_mends("event_partitions")

    def test_topic_in_sync(self):
        self.make("quarantine", 1, "delete")
        self.shell(f"kafka-configs.sh --bootstrap-server {self.kafka.brokers} --alter --entity-type topics "
                   f"--entity-name wakestream.{self._pipeline()}.quarantine --add-config min.insync.replicas=2")
        self.finds_and_mends("topic_in_sync")

    def test_kafka_transaction_open(self):
        self.start_streaming().stop()
        topic = f"wakestream.{self._pipeline()}.events"
        somebody = subprocess.Popen([VENV, "-c", HANGING_WRITER, self.kafka.brokers, topic], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True)
        self.addCleanup(somebody.stdout.close)
        self.addCleanup(somebody.wait)
        self.addCleanup(somebody.kill)
        self.assertEqual(somebody.stdout.readline(), "open\n")
        found, = (one for one in self.check()["findings"] if one["id"] == "kafka_transaction_open")
        self.assertEqual(found["where"], f"topic {topic}")
        self.assertIn("a transaction that began at offset 0 of partition 1 stays open", found["reason"])
        self.assertIn(f"describe-producers --topic {topic} --partition 1", json.dumps(found))
        self.assertIn(f"abort --topic {topic} --partition 1 --start-offset 0", json.dumps(found))
        somebody.stdin.close()  # it aborts
        self.assertEqual(somebody.wait(30), 0)
        self.assertNotIn("kafka_transaction_open", self.ids(self.check(), "warning"))

    def test_brokers_that_only_a_person_can_mend(self):
        for log, wanted in (('kafka: { brokers: "127.0.0.1:1" }', "kafka_unreachable"),
                            (f'kafka: {{ brokers: "{self.kafka.brokers}", options: {{ acks: "1" }} }}', "kafka_option")):
            with self.subTest(wanted):
                self.config = self.configure(log=log)
                self.assertEqual(self.ids(self.check(), "error"), {wanted})

    def test_a_check_leaves_no_topic_behind(self):
        self.assertEqual(self.ids(self.check(), "error", "warning"), set())
        script = ("from confluent_kafka.admin import AdminClient\n"
                  f"print(*AdminClient({{'bootstrap.servers': '{self.kafka.brokers}'}}).list_topics().topics)\n")
        topics = subprocess.run([VENV, "-c", script], check=True, capture_output=True, text=True).stdout.split()
        self.assertEqual([name for name in topics if self._pipeline() in name], [])


if __name__ == "__main__":
    unittest.main()
