"""An event log that is away, full, or not of the shape that is needed: it waits and says for what, or refuses."""

import os
import subprocess
import time

from pipeline import VENV, Database, ProgramTest, wait_until


class FullDiskTest(ProgramTest):
    def test_a_full_disk_is_waited_out_and_nothing_is_lost(self):
        disk, inside = self.small_disk("2m")
        self.config = self.configure(log=f"embedded: {{ path: {disk / 'log'} }}")
        program = self.program()
        program.command_prefix = inside
        program.start()
        self.wait_for_event(program, "streaming")
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, version, email) "
                         "SELECT 'banner-a', 'DE', 1, repeat('x', 500) || i FROM generate_series(1, 5000) i")
        line = wait_until("it says that the disk is full",
                          lambda: next((line for line in program.said() if "disk full" in line.get("message", "")), None), 30)
        self.assertIn(str(disk), line["message"])
        self.assertIsNone(program.exit_code())
        subprocess.run([*inside, "mount", "-o", "remount,size=200m", str(disk)], check=True)
        self.database.wait_until_confirmed(program)
        program.stop()
        done = subprocess.run([*inside, str(program.binary), "tail", "-c", str(self.config), "--until-idle", "1", "--pretty"],
                              capture_output=True, text=True, check=True)
        self.assertEqual(len(done.stdout.splitlines()), 5000)


class BrokerTest(ProgramTest):
    with_kafka = True

    def setUp(self):
        super().setUp()
        self.config = self.configure(log=self.kafka_log())

    def admin(self, statement):
        """Kafka's own words for topics, by an independent client."""
        script = ("import sys\nfrom confluent_kafka.admin import AdminClient, NewTopic, ConfigResource, NewPartitions\n"
                  f"admin = AdminClient({{'bootstrap.servers': '{self.kafka.brokers}'}})\n"
                  f"for done in ({statement}).values(): done.result(30)\n")
        subprocess.run([VENV, "-c", script], check=True, capture_output=True, text=True)

    def topic(self, name):
        return f"wakestream.{self._pipeline()}.{name}"

    def test_a_broker_that_is_not_there_is_waited_for_with_its_reason(self):
        self.config = self.configure(log='kafka: { brokers: "127.0.0.1:1" }')
        program = self.start()
        line = self.wait_for_event(program, "log_away", 30)
        self.assertIn("127.0.0.1:1", line["message"])
        self.assertIn("Connection refused", line["message"])
        program.stop(10)

    def test_a_broker_that_dies_is_waited_out_and_every_event_is_there_once(self):
        program = self.start_streaming()
        self.database.new_account("before@example.com")
        self.database.wait_until_confirmed(program)
        self.kafka.stop(kill=True)
        for number in range(50):
            self.database.new_account(f"{number}@example.com")
        self.wait_for_event(program, "log_away", 60)
        # PostgreSQL is not held up by a client that cannot confirm.
        self.assertFalse(self.database.slot_active())
        self.kafka.start()
        self.database.wait_until_confirmed(program)
        self.assertEqual(len({event["value"]["email"] for event in self.tail()}), 51)
        self.assertEqual(len(self.tail()), 51)

    def test_sigterm_while_the_broker_is_silent(self):
        program = self.start_streaming()
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        self.kafka.stop(kill=True)
        try:
            self.database.new_account()
            time.sleep(1)
            program.stop(10)
        finally:
            self.kafka.start()

    def test_a_missing_topic_is_refused_when_it_may_not_be_made(self):
        self.config = self.configure(log=self.kafka_log(create_topics="false"))
        self.assert_refused(self.start(), self.topic("events"), "create_topics")

    def test_a_checkpoint_topic_that_is_not_compacted_is_refused(self):
        self.admin(f"admin.create_topics([NewTopic('{self.topic('checkpoint')}', 1, 1)])")
        self.assert_refused(self.start(), self.topic("checkpoint"), "cleanup.policy", "compact")

    def test_a_checkpoint_topic_of_two_partitions_is_refused(self):
        self.admin(f"admin.create_topics([NewTopic('{self.topic('checkpoint')}', 2, 1, config={{'cleanup.policy': 'compact'}})])")
        self.assert_refused(self.start(), self.topic("checkpoint"), "partition")

    def test_an_event_topic_that_got_more_partitions_is_refused(self):
        self.born_and_stopped()
        self.admin(f"admin.create_partitions([NewPartitions('{self.topic('events')}', 3)])")
        self.assert_refused(self.start(), "the events topic has 3 partitions, and had 2")

    def test_a_checkpoint_topic_that_lost_its_records_is_refused(self):
        self.born_and_stopped()
        self.admin(f"admin.delete_topics(['{self.topic('checkpoint')}'])")
        self.assert_refused(self.start(), "no checkpoint", "Restore it")

    def test_topics_are_made_with_what_they_need(self):
        self.start_streaming()
        script = ("from confluent_kafka.admin import AdminClient, ConfigResource\n"
                  f"admin = AdminClient({{'bootstrap.servers': '{self.kafka.brokers}'}})\n"
                  f"for name in {[self.topic(name) for name in ('events', 'checkpoint', 'quarantine')]!r}:\n"
                  "    found = list(admin.describe_configs([ConfigResource('TOPIC', name)]).values())[0].result(30)\n"
                  "    print(name.split('.')[-1], len(admin.list_topics(name).topics[name].partitions), found['cleanup.policy'].value)\n")
        shown = subprocess.run([VENV, "-c", script], check=True, capture_output=True, text=True).stdout.split("\n")
        self.assertEqual(shown, ["events 2 delete", "checkpoint 1 compact", "quarantine 1 delete", ""])
