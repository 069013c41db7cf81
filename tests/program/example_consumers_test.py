"""The examples of examples/consumers, killed while they read a public topic: each keeps what the database says, and reads each record once."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import threading
import time
import unittest

import psycopg2

from pipeline import REPOSITORY, RULES, VENV, ProgramTest, wait_until

EXAMPLES = REPOSITORY / "examples/consumers"
SOURCE = EXAMPLES / "java/Members.java"
KAFKA_LIBS = os.environ.get("WAKESTREAM_KAFKA_LIBS", str(REPOSITORY / ".cache/kafka/libs"))
LIVES = 4
PATIENCE_S = 120  # a JVM that starts on a busy machine

# What examples/consumers/README.md asks of the rules: a consent that is given or moved tells the fields that it is about.
MOVED = """
CREATE VIEW customer.banner_changed AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, old.banner AS previous_banner, new.email, new.tier
FROM   graph.account
WHERE  op = 'UPDATE' AND old.banner <> new.banner;
COMMENT ON COLUMN customer.banner_changed.email  IS 'pii: user.contact.email';
COMMENT ON COLUMN customer.consent_changed.email IS 'pii: user.contact.email';
"""
WITH_EMAIL = ("old.consent AS previous_consent", "old.consent AS previous_consent, new.email")

POLICY = """
fields: { account_id: user.unique_id, version: system.operations, banner: system.operations, previous_banner: system.operations,
          tier: system.operations, previous_tier: system.operations }
purposes:
  public: { consent: share }
agreements: [none]
consumers:
  publish: { purpose: public, categories: [system, user.unique_id, user.contact] }
banners: { banner-a: {}, banner-b: {} }
rules:
  - { name: what it is about, allow: pass, when: { category: [system, user.unique_id], consent: any } }
  - { name: with consent, allow: pass, when: { category: user.contact, consent: granted } }
"""

# Records as they are on stdin, one JSON line each: partition, key, value, headers.
PRODUCE = """
import json, sys
from confluent_kafka import Producer
producer = Producer({"bootstrap.servers": sys.argv[1], "transactional.id": "late"})
producer.init_transactions()
producer.begin_transaction()
for line in sys.stdin:
    partition, key, value, headers = json.loads(line)
    producer.produce(sys.argv[2], json.dumps(value), key, partition, headers=headers)
assert producer.flush(30) == 0
producer.commit_transaction() if sys.argv[3] == "commit" else producer.abort_transaction()
"""


class Example:
    """One of them, one life after the other."""

    def __init__(self, name, command, store):
        self.name, self.command, self.store = name, command, store
        self.process = None
        self.log_path = store.with_name(f"{name}.log")

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def progress(self):
        """(next offset, applied, dropped) of each partition."""
        if not self.store.exists():
            return {}
        return self._progress()

    def said(self):
        return f"{self.name}: exit code {self.process.poll()}, {self.log_path.read_text()[-2000:]}"


class PythonExampleCase(Example):
    def __init__(self, brokers, topic, folder):
        store = folder / "members.sqlite"
        self.as_printed = [VENV, EXAMPLES / "python/members.py", brokers, topic, "banner-a", store]
        super().__init__("python", self.as_printed, store)

    def ask(self, query):
        store = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=20)
        try:
            return store.execute(query).fetchall()
        except sqlite3.OperationalError:  # it was killed before it had made its tables
            return []
        finally:
            store.close()

    def _progress(self):
        return {partition: counts for partition, *counts in self.ask("SELECT partition, next_offset, applied, dropped FROM progress")}

    def members(self):
        return {account: (email, tier) for account, email, tier in self.ask("SELECT account, email, tier FROM members")}

    def sequences(self):
        return dict(self.ask("SELECT account, sequence FROM seen"))


class JavaExampleCase(Example):
    def __init__(self, brokers, topic, folder):
        store = folder / "members.json"
        jvm = ["java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        arguments = [brokers, topic, "banner-a", store]
        # Compiled once; its last life is from the source, as the README has it.
        subprocess.run(["javac", "-Xlint:all", "-Werror", "-d", folder, "-cp", f"{KAFKA_LIBS}/*", SOURCE], check=True, timeout=120)
        super().__init__("java", [*jvm, "-cp", f"{folder}:{KAFKA_LIBS}/*", "Members", *arguments], store)
        self.as_printed = [*jvm, "-cp", f"{KAFKA_LIBS}/*", SOURCE, *arguments]

    def read(self):
        return json.loads(self.store.read_text())

    def _progress(self):
        return {int(partition): [one["nextOffset"], one["applied"], one["dropped"]]
                for partition, one in self.read()["partitions"].items()}

    def members(self):
        told = {account: tuple((member["fields"].get(name) or {}).get("value") for name in ("email", "tier"))
                for account, member in self.read()["members"].items()}
        return {account: values for account, values in told.items() if any(values)}

    def sequences(self):
        return {account: member["sequence"] for account, member in self.read()["members"].items()}


class ExampleConsumersTest(ProgramTest):
    with_kafka = True

    def account(self, banner):
        return self.database.value("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) "
                                   "VALUES (%s, 'DE', '{\"share\": true}', 'first@example.com', 1) RETURNING account_id::text", banner)

    def read(self, topic=None):
        """What an independent reader sees of a topic: (partition, offset, key, value, headers)."""
        output = self.place / "read.jsonl"
        done = subprocess.run([VENV, REPOSITORY / "tests/crash/kafka_reader.py", self.kafka.brokers, topic or self.topic, output],
                              input="drain\n", capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)[2:] for line in output.read_text().splitlines()]

    def public_records(self, count):
        wait_until(f"{count} records are in {self.topic}", lambda: len(self.read()) >= count, PATIENCE_S, 0.3)
        records = self.read()
        self.assertEqual(len(records), count)
        return records

    def produce(self, *records, end="commit"):
        done = subprocess.run([VENV, "-c", PRODUCE, self.kafka.brokers, self.topic, end], capture_output=True, text=True, timeout=60,
                              input="\n".join(json.dumps(record) for record in records))
        self.assertEqual(done.returncode, 0, done.stderr)

    def change_accounts(self, accounts, stop):
        choice = random.Random(5)
        connection = psycopg2.connect(self.database.dsn)
        connection.autocommit = True
        number = 0
        with connection.cursor() as cursor:
            while not stop.is_set():
                number += 1
                time.sleep(0.01)
                change = choice.choices(["email = %(email)s", "tier = %(tier)s", "email = %(email)s, tier = %(tier)s",
                                         "banner = CASE banner WHEN 'banner-a' THEN 'banner-b' ELSE 'banner-a' END",
                                         "consent = jsonb_build_object('share', NOT (consent->>'share')::boolean)"], [6, 3, 2, 1, 1])[0]
                cursor.execute(f"UPDATE graph.account SET {change} WHERE account_id = %(account)s",
                               {"email": f"{number}@example.com", "tier": f"tier {number}", "account": choice.choice(accounts)})
        connection.close()

    def wait_until_read(self, example, records):
        ends = {}
        for partition, offset, *_ in records:
            ends[partition] = offset + 1
        wait_until(f"all of {self.topic} is read: {example.said()}",
                   lambda: {partition: counts[0] for partition, counts in example.progress().items()} == ends
                   or (example.process.poll() is not None and self.fail(example.said())), PATIENCE_S, 0.1)

    def assert_kept(self, example, records, dropped):
        """Everything was read once, and what is kept is what the database says of the banner's members, as far as they consent."""
        with self.subTest(example.name):
            self.wait_until_read(example, records)
            counts = example.progress().values()
            self.assertEqual((sum(one[1] for one in counts), sum(one[2] for one in counts)), (len(records) - dropped, dropped),
                             "applied and dropped: each record counts once")
            connection = self.database.connect()
            with connection.cursor() as cursor:
                cursor.execute("SELECT account_id::text, CASE WHEN consent->>'share' = 'true' THEN email END, tier FROM graph.account a "
                               "WHERE banner = 'banner-a' AND NOT EXISTS (SELECT FROM graph.deletion_request d WHERE d.account_id = a.account_id)")
                expected = {account: (email, tier) for account, email, tier in cursor}
            connection.close()
            self.assertEqual(example.members(), expected)
            highest = {}
            for _, _, account, _, headers in records:
                highest[account] = max(headers["ce_sequence"], highest.get(account, ""))
            self.assertEqual(example.sequences(), highest)

    def test_each_is_killed_and_keeps_what_the_database_says(self):
        self.topic = "customer.examples-a.change"
        (self.place / "policy.yaml").write_text(POLICY)
        text = RULES.read_text()
        self.assertIn(WITH_EMAIL[0], text)
        config = self.configure(rules=self.rules(text.replace(*WITH_EMAIL) + MOVED), log=self.kafka_log(), more=[
            "policy: policy.yaml", 'publish: { topic_names: { "banner-a": examples-a, "banner-b": examples-b } }'])
        program = self.start(config)
        program.wait_for_event("streaming", 60)
        program.wait_for_event("publishing", 60)

        examples = [kind(self.kafka.brokers, self.topic, self.place) for kind in (PythonExampleCase, JavaExampleCase)]
        for example in examples:
            self.addCleanup(example.kill)
            example.start()
        accounts = [self.account("banner-a") for _ in range(30)]
        stop = threading.Event()
        workload = threading.Thread(target=self.change_accounts, args=(accounts, stop))
        workload.start()
        try:
            choice = random.Random(3)
            for life in range(LIVES):
                if life == 1:  # the publisher dies as well: what it wrote and did not commit must count for nobody
                    program.kill()
                    program.start("publish_commit_before:3")
                    wait_until("it was killed before a commit", lambda: program.exit_code() == -9, 60)
                    program.start()
                for example in examples:  # in the midst of reading: it has got on since its last life
                    before = example.progress()
                    wait_until(f"it reads: {example.said()}", lambda: example.progress() != before, PATIENCE_S)
                    time.sleep(choice.random() * 0.4)
                    example.kill()
                    example.start()
        finally:
            stop.set()
            workload.join()
        gone = accounts[0]
        self.database.do(f"UPDATE graph.account SET banner = 'banner-a' WHERE account_id = '{gone}'",
                         "INSERT INTO graph.deletion_request (account_id, version, banner, jurisdiction, reason) SELECT account_id, version, "
                         f"banner, jurisdiction, 'test' FROM graph.account WHERE account_id = '{gone}'")
        last = self.account("banner-a")
        self.database.wait_until_confirmed(program)
        private = [json.loads(one[3]) for one in self.read(f"wakestream.{self._pipeline()}.events")]
        expected = sum("banner-a" in (value["banner"], value.get("previous_banner")) for value in private)
        records = self.public_records(expected)
        self.assertGreater(expected, 300)
        for example in examples:
            self.assert_kept(example, records, dropped=0)

        # What comes late: an event twice, one that is older than what was seen, and one of a row that was in quarantine, whose sequence
        # is of now and whose version is of then. What each says must change nothing.
        partition, _, member, value, headers = next(one for one in records if one[2] == last)
        first = next(one for one in records if one[2] == gone)
        highest = max(one[4]["ce_sequence"] for one in records if one[2] == member)
        lie = {**json.loads(value), "version": 1 << 40, "email": "late@example.com", "tier": "late"}
        again = {**json.loads(first[3]), "version": 1 << 40, "email": "late@example.com", "tier": "late"}
        older = {**headers, "ce_sequence": headers["ce_sequence"][:-4] + "!"}
        self.assertLess(older["ce_sequence"], highest)
        self.produce([partition, member, json.loads(value), headers],
                     [partition, member, lie, older],
                     [first[0], gone, again, first[4]],
                     [partition, member, {**lie, "version": 0}, {**headers, "ce_sequence": highest + "+0001", "ce_late": "true"}])
        # And one that never counted.
        self.produce([partition, member, lie, {**headers, "ce_sequence": highest + "+0001"}], end="abort")
        self.account("banner-a")
        records = self.public_records(expected + 4 + 1)
        for example in examples:
            self.wait_until_read(example, records)
            example.kill()
            example.command = example.as_printed
            example.start()  # and after one more life it is as it was
        self.database.do(f"UPDATE graph.account SET email = 'end@example.com' WHERE account_id = '{last}'")
        records = self.public_records(expected + 4 + 2)
        for example in examples:
            self.assert_kept(example, records, dropped=3)
        print(f"{self._testMethodName}: {len(records)} public records, {LIVES + 2} lives each")


if __name__ == "__main__":
    unittest.main()
