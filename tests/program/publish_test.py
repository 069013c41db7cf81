"""Public topics: what policy leaves of the private events, each exactly once, however the publisher ends."""

import json
import random
import sqlite3
import subprocess
import threading
import time
import unittest
from collections import Counter, defaultdict

import psycopg2

from pipeline import REPOSITORY, RULES, VENV, ProgramTest, wait_until

MOVED = """
CREATE VIEW customer.banner_changed AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, old.banner AS previous_banner
FROM   graph.account
WHERE  op = 'UPDATE' AND old.banner <> new.banner;
"""

POLICY = """
fields: { account_id: user.unique_id, version: system.operations, banner: system.operations, previous_banner: system.operations }
purposes:
  public: { consent: share }
agreements: [none]
consumers:
  publish: { purpose: public, categories: [system, user.unique_id, user.contact] }
banners: { banner-a: {}, banner-b: {}, "Banner C": {} }
rules:
  - { name: what it is about, allow: pass, when: { category: [system, user.unique_id], consent: any } }
  - { name: with consent, allow: pass, when: { category: user.contact, consent: granted } }
  - { name: nothing of France, deny: withhold, when: { jurisdiction: FR } }
"""


class PublishTest(ProgramTest):
    with_kafka = True

    def public(self, name="wakestream.yaml", policy=POLICY, section="publish: {}", **settings):
        """A configuration with public topics."""
        (self.place / "policy.yaml").write_text(policy)
        return self.configure(name, rules=self.rules(RULES.read_text() + MOVED), more=["policy: policy.yaml", section], **settings)

    def setUp(self):
        super().setUp()
        self.parts = {"banner-a": "banner-a", "banner-b": "banner-b", "Banner C": "banner-c"}

    def on_kafka(self):
        """Public topics have no pipeline in their names, and the tests share the broker: each has names of its own."""
        self.parts = {banner: f"{self._testMethodName[5:]}-{part[-1]}" for banner, part in self.parts.items()}
        return self.public(section=f"publish: {{ topic_names: {json.dumps(self.parts)} }}", log=self.kafka_log())

    def topic(self, banner, change="change"):
        return f"customer.{self.parts[banner]}.{change}"

    def start_role(self, role, config, failpoint=None, name=None):
        program = self.program(config, name or role)
        program.words = ["--role", role]
        program.start(failpoint)
        return program

    def account(self, banner, jurisdiction="DE", consent='{"share": true}', email="a@example.com"):
        return self.database.value("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) "
                                   "VALUES (%s, %s, %s, %s, 1) RETURNING account_id::text", banner, jurisdiction, consent, email)

    def read(self, topic, config):
        """What an independent reader sees of a topic, in each partition's order: (partition, key, value, headers)."""
        if "kafka:" in config.read_text():
            output = self.place / "read.jsonl"
            done = subprocess.run([VENV, REPOSITORY / "tests/crash/kafka_reader.py", self.kafka.brokers, topic, output], input="drain\n",
                                  capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            rows = [json.loads(line)[2:] for line in output.read_text().splitlines()]
            return [(partition, key, json.loads(value), headers) for partition, _, key, value, headers in rows]
        file = "capture" if topic.startswith("wakestream.") else "publish"
        log = sqlite3.connect(f"file:{self.place / 'log' / file}.sqlite?mode=ro", uri=True, timeout=20)
        rows = log.execute("SELECT partition, key, value, headers FROM records WHERE topic = ? ORDER BY partition, offset", (topic,)).fetchall()
        log.close()
        return [(partition, key, json.loads(value), json.loads(headers)) for partition, key, value, headers in rows]

    def wait_until_published(self, config, program, topic, count):
        wait_until(f"{count} records are in {topic}: {program.last_words()}", lambda: len(self.tail(topic, config)) >= count, 60)

    # --- what is public

    def what_is_public(self, config):
        program = self.start(config)
        program.wait_for_event("streaming", 60)
        program.wait_for_event("publishing", 60)
        moving = self.account("banner-a")
        silent = self.account("banner-a", consent='{"share": false}', email="canary@example.com")
        self.account("banner-a", jurisdiction="FR", email="canary@example.com")
        self.account("banner-x", email="canary@example.com")
        shouting = self.account("Banner C")
        self.database.do(f"UPDATE graph.account SET email = 'b@example.com' WHERE account_id = '{moving}'",
                         f"UPDATE graph.account SET banner = 'banner-b' WHERE account_id = '{moving}'",
                         f"UPDATE graph.account SET email = 'c@example.com' WHERE account_id = '{moving}'")
        self.wait_until_published(config, program, self.topic("banner-b"), 2)
        program.stop()

        self.assertEqual([(key, value["version"], value.get("email")) for _, key, value, _ in self.read(self.topic("banner-a"), config) if key == moving],
                         [(moving, 1, "a@example.com"), (moving, 2, "b@example.com"), (moving, 3, None)])
        self.assertEqual([(key, value["version"], value.get("email")) for _, key, value, _ in self.read(self.topic("banner-b"), config)],
                         [(moving, 3, None), (moving, 4, "c@example.com")])
        moved_from, = [value for _, key, value, headers in self.read(self.topic("banner-a", "banner_changed"), config)]
        moved_to, = [value for _, key, value, headers in self.read(self.topic("banner-b", "banner_changed"), config)]
        self.assertEqual(moved_from, moved_to)
        self.assertEqual((moved_to["previous_banner"], moved_to["banner"]), ("banner-a", "banner-b"))
        (_, key, value, headers), = self.read(self.topic("Banner C", "created"), config)
        self.assertEqual((key, value["email"]), (shouting, "a@example.com"))
        private, = [headers for _, key, _, headers in self.read(f"wakestream.{self._pipeline()}.events", config) if key == shouting]
        for name in ("ce_id", "ce_type", "ce_subject", "ce_time", "ce_sequence", "ce_source", "ce_schemaversion"):
            self.assertEqual(headers[name], private[name])
        self.assertNotIn("ce_table", headers)
        quiet, = [value for _, key, value, _ in self.read(self.topic("banner-a"), config) if key == silent]
        self.assertNotIn("email", quiet)
        for banner in self.parts:
            self.assertNotIn("canary", json.dumps(self.read(self.topic(banner), config)))
        self.assertTrue(program.said("withheld"))
        sums, = program.said("publish_stopped")
        self.assertEqual((sums["read"], sums["rule"], sums["unknown_banner"]), ("8", "1", "1"))
        self.assertEqual(sums["published"], "7", "four at banner-a, two at banner-b (the move is at both), one at Banner C")

    def test_what_policy_leaves_is_public_on_the_embedded_log(self):
        self.what_is_public(self.public())

    def test_what_policy_leaves_is_public_on_kafka(self):
        self.what_is_public(self.on_kafka())

    # --- exactly once

    def change_accounts(self, accounts, stop):
        """One change of one account after the other, each of which is one event: its version counts them."""
        choice = random.Random(7)
        connection = psycopg2.connect(self.database.dsn)
        connection.autocommit = True
        number = 0
        with connection.cursor() as cursor:
            while not stop.is_set():
                number += 1
                time.sleep(0.002)  # what is published must be checked as well
                account = choice.choice(accounts)
                if choice.random() < 0.2:
                    cursor.execute("UPDATE graph.account SET banner = CASE banner WHEN 'banner-a' THEN 'banner-b' ELSE 'banner-a' END "
                                   "WHERE account_id = %s", (account,))
                else:
                    cursor.execute("UPDATE graph.account SET email = %s WHERE account_id = %s", (f"{number}@example.com", account))
        connection.close()

    def killed_while_it_publishes(self, config):
        capture = self.start_role("capture", config)
        capture.wait_for_event("streaming", 60)
        publisher = self.start_role("publish", config)
        publisher.wait_for_event("publishing", 60)
        accounts = [self.account("banner-a") for _ in range(40)]
        stop = threading.Event()
        workload = threading.Thread(target=self.change_accounts, args=(accounts, stop))
        workload.start()
        try:
            choice = random.Random(11)
            for life in range(9):
                failpoint = [None, "publish_commit_before:2", "publish_commit_after:2"][life % 3]
                began = len(publisher.said("publishing"))
                publisher.kill()
                publisher.start(failpoint)
                if failpoint:
                    wait_until(f"it was killed at {failpoint}", lambda: publisher.exit_code() == -9, 60)
                else:
                    publisher.wait_for_event("publishing", 60, count=began + 1)
                    time.sleep(choice.random())
        finally:
            stop.set()
            workload.join()
        publisher.kill()
        publisher.start()
        self.database.wait_until_confirmed(capture)
        private = self.read(f"wakestream.{self._pipeline()}.events", config)
        versions = {account: int(self.database.value("SELECT version FROM graph.account WHERE account_id = %s", account))
                    for account in accounts}
        self.assertEqual(Counter(key for _, key, _, _ in private), versions, "capture itself gave each change once")
        self.assertGreater(len(private), 500)
        expected = defaultdict(list)  # by topic: (key, id) in the private order of each account
        for _, key, value, headers in private:
            for banner in {value["banner"], value.get("previous_banner") or value["banner"]}:
                for change in ("change", headers["ce_type"].split(".")[1]):
                    expected[self.topic(banner, change)].append((key, headers["ce_id"]))
        both = [self.topic("banner-a"), self.topic("banner-b")]
        wait_until("everything is public", lambda: all(len(self.read(topic, config)) >= len(expected[topic]) for topic in both), 90, 0.5)
        publisher.stop()
        self.assertEqual(len(expected), 7)
        for topic, events in expected.items():
            seen = [(key, headers["ce_id"]) for _, key, _, headers in self.read(topic, config)]
            self.assertEqual(sorted(Counter(seen).items()), sorted(Counter(events).items()), f"{topic}: none lost, none twice")
            for account in accounts:
                self.assertEqual([event for event in seen if event[0] == account], [event for event in events if event[0] == account],
                                 f"{topic}: in order")
        for topic in both:
            partitions = defaultdict(set)
            for partition, key, _, _ in self.read(topic, config):
                partitions[key].add(partition)
            self.assertEqual({len(found) for found in partitions.values()}, {1})
        print(f"{self._testMethodName}: {len(private)} private events, {sum(len(expected[topic]) for topic in both)} public ones, "
              f"{len(publisher.said('publish_starting'))} lives")

    def test_killed_while_it_publishes_on_the_embedded_log(self):
        self.killed_while_it_publishes(self.public())

    def test_killed_while_it_publishes_on_kafka(self):
        self.killed_while_it_publishes(self.on_kafka())

    # --- two instances

    def test_on_kafka_the_newer_instance_publishes_and_the_older_stands_by_until_it_is_gone(self):
        config = self.on_kafka()
        capture = self.start_role("capture", config)
        capture.wait_for_event("streaming", 60)
        older = self.start_role("publish", config, name="older")
        older.wait_for_event("publishing", 60)
        newer = self.start_role("publish", config, name="newer")
        newer.wait_for_event("publishing", 60)
        self.account("banner-a")
        older.wait_for_event("publish_stand_by", 60)
        self.wait_until_published(config, newer, self.topic("banner-a"), 1)
        newer.kill()
        self.account("banner-a")
        self.wait_until_published(config, older, self.topic("banner-a"), 2)
        older.wait_for_event("publish_back", 60)
        ids = [headers["ce_id"] for _, _, _, headers in self.read(self.topic("banner-a"), config)]
        self.assertEqual((len(ids), len(set(ids))), (2, 2))

    def test_on_the_embedded_log_the_second_waits_for_the_first(self):
        config = self.public()
        first = self.start(config, name="first")
        first.wait_for_event("publishing")
        second = self.start_role("publish", config, name="second")
        waiting = second.wait_for_event("publish_waiting", 30)
        self.assertIn(f"pid {first.pid}", waiting["message"])
        first.stop()
        second.wait_for_event("publishing", 30)

    # --- what it refuses

    def refused(self, config, *words, event="publish_invalid"):
        program = self.program(config, f"refused-{len(self.programs)}")
        program.words = list(words)
        program.start()
        self.assertEqual(program.wait(30), 1, program.last_words())
        return " ".join(line["message"] for line in program.said(event))

    def test_what_cannot_be_published_is_refused_before_anything_starts(self):
        clash = POLICY.replace('"Banner C": {}', '"Banner A": {}')
        self.assertIn('all events of banner "banner-a" and all events of banner "Banner A" would share the topic customer.banner-a.change',
                      self.refused(self.public(policy=clash)))
        found = json.loads(self.command("check", "--json").stdout)
        self.assertIn("customer.banner-a.change", str([one for one in found["findings"] if one["id"] == "policy_invalid"]))
        apart = self.public(policy=clash, section='publish: { topic_names: { "Banner A": a2 } }')
        program = self.start(apart, name="apart")
        program.wait_for_event("publishing", 30)
        program.stop()
        self.assertIn("there is no consumer public", self.refused(self.public(section="publish: { consumer: public }")))
        self.assertIn("there is no section publish", self.refused(self.configure("none.yaml"), "--role", "publish", event="config_invalid"))
        self.assertEqual(self.database.value("SELECT count(*) FROM pg_replication_slots"), 1)

    def test_topics_with_another_number_of_partitions_end_publishing_and_not_capture(self):
        program = self.start(self.public())
        program.wait_for_event("publishing")
        program.stop()
        program = self.start(self.public(section="publish: { partitions: 3 }"), name="again")
        refused = program.wait_for_event("publish_refused")
        self.assertIn("has 1 partitions, and publish.partitions says 3", refused["message"])
        program.wait_for_event("streaming", 60)
        self.database.wait_until_confirmed(program)
        program.signal(15)
        self.assertEqual(program.wait(10), 1)


if __name__ == "__main__":
    unittest.main()
