"""What tests of deliveries share: a pipeline with consumers, their receivers, the database's truth, and independent readers."""

import json
import random
import sqlite3
import subprocess
import threading

from pipeline import REPOSITORY, VENV, ProgramTest, wait_until
from parts import PartFailed

import delivery_checker
from delivery_checker import Arrival, Due, Noted
from delivery_receiver import DeliveryReceiver
from graph_fields import GRAPH_FIELDS
from history import digest, name_of

CONTEXT = ["context:", "  table: graph.account", "  account_id: account_id", "  banner: banner", "  parent: parent_id",
           "  jurisdiction: jurisdiction", "  consent: consent"]

# The CRM sees all, whatever members consent to; the e-mail service provider the address, of those who consent to that.
POLICY = GRAPH_FIELDS + """purposes:
  service: { consent: not_needed }
  email_marketing: { consent: email }
agreements: [none]
consumers:
  crm: { purpose: service, categories: [system, user] }
  esp: { purpose: email_marketing, categories: [system.operations, user.unique_id, user.contact.email] }
banners: { banner-a: {}, banner-b: {}, banner-c: {} }
rules:
  - { name: what it is about, allow: pass, when: { category: [system, user.unique_id], consent: any } }
  - { name: service, allow: pass, when: { purpose: service, consent: any } }
  - { name: with consent, allow: pass, when: { purpose: email_marketing, category: user.contact.email, consent: granted } }
"""
# The answers of delivery_receiver.py to batches; nothing said of an event is nothing known.
BATCH = {"items_max": 20, "results": {"list": "results", "id": "id", "answers": [
    {"field": "error.code", "is": "busy", "means": "retry"}, {"field": "error", "means": "park"}, {"field": "state", "is": "taken", "means": "delivered"}]}}
ESP_EVENTS = ["customer.created", "customer.email_changed", "customer.phone_changed", "customer.consent_changed", "customer.deletion_requested"]


def esp_sees(event_type, payload):
    """What of an event POLICY leaves to the e-mail service provider, by the consent that stands in it."""
    names = ["account_id", "parent_id", "version", "banner"]
    if (payload["consent"] or {}).get("email") is True:
        names += ["email", "previous_email"]
    return {name: payload[name] for name in names if name in payload}


class DeliveryCase(ProgramTest):
    """`with_kafka` chooses the log."""

    def setUp(self):
        super().setUp()
        self.database.script(REPOSITORY / "tests/crash/truth.sql")
        self.database.do("GRANT USAGE ON SCHEMA graph TO wakestream", "GRANT SELECT ON ALL TABLES IN SCHEMA graph TO wakestream")
        (self.place / "hook.secret").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
        self.receiver = self.new_receiver()

    def new_receiver(self, **settings):
        receiver = DeliveryReceiver(**settings)
        self.addCleanup(receiver.end)
        return receiver

    # --- configuration

    def by_http(self, name, receiver=None, timeout_s=10, first_pause="1s", longest_pause="1s", attempts=1000, batch=None, in_flight_max=50, **more):
        """A consumer of the configuration, and its recipe."""
        recipe = {"request": {"url": f"http://127.0.0.1:{(receiver or self.receiver).port}/{name}"},
                  "webhook": {"secrets": ["${file:hook.secret}"]},
                  "answers": [{"status": 200, "field": "error", "is": ["busy"], "means": "retry"}],
                  "network": {"plain_http": True, "allow": ["127.0.0.1"], "timeout_s": timeout_s, "in_flight_max": in_flight_max}}
        if batch:
            recipe["batch"] = batch
        (self.place / f"{name}.recipe.yaml").write_text(json.dumps(recipe))
        return {"recipe": f"{name}.recipe.yaml",
                "retries": {"attempts": attempts, "first_pause": first_pause, "longest_pause": longest_pause}, **more}

    def deliver_to(self, policy=POLICY, more=(), name="wakestream.yaml", rules=None, **consumers):
        """Writes the configuration; the section log is that of the class."""
        (self.place / "policy.yaml").write_text(policy)
        log, places = None, []
        if self.with_kafka:
            log = self.kafka_log()
            places = [f"  store: {self.place / 'context.sqlite'}", "keys:", f"  folder: {self.place / 'keys'}"]
        settings = {"rules": rules} if rules else {}
        self.config = self.configure(name, log=log, more=[*CONTEXT, *places, "policy: policy.yaml", "consumers: " + json.dumps(consumers), *more],
                                     **settings)
        return self.config

    def start_role(self, role, failpoint=None, name=None):
        program = self.program(self.config, name or role)
        program.words = ["--role", role]
        program.start(failpoint)
        return program

    def start_delivering(self, *consumers, name="run"):
        """All roles in one process, and the context filled."""
        program = self.start(self.config, name)
        program.wait_for_event("context_filled", 60)
        self.wait_until_delivering(program, *consumers)
        return program

    def wait_until_delivering(self, program, *consumers, lives=1):
        for consumer in consumers:
            wait_until(f"events are delivered to {consumer}: {program.last_words(6)}",
                       lambda: sum(line.get("consumer") == consumer for line in program.said("delivering")) >= lives, 60)

    # --- the database

    def account(self, banner="banner-a", consent='{"email": true}', email="a@example.com", jurisdiction="DE"):
        return self.database.value("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) "
                                   "VALUES (%s, %s, %s, %s, 1) RETURNING account_id::text", banner, jurisdiction, consent, email)

    def update(self, account, **columns):
        for column, value in columns.items():
            self.database.value(f"UPDATE graph.account SET {column} = %s WHERE account_id = %s RETURNING version", value, account)

    # --- what is due

    def log_rows(self, topic, writer, private=True):
        """(partition, key, value, headers) of each record as an independent reader sees them, in each partition's order."""
        topic = f"wakestream.{self._pipeline()}.{topic}" if private else topic
        if self.with_kafka:
            output = self.place / "read.jsonl"
            done = subprocess.run([VENV, REPOSITORY / "tests/crash/kafka_reader.py", self.kafka.brokers, topic, output], input="drain\n",
                                  capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            return [(partition, key, value, headers) for _, _, partition, _, key, value, headers in
                    map(json.loads, output.read_text().splitlines())]
        log = sqlite3.connect(f"file:{self.place / 'log' / writer}.sqlite?mode=ro", uri=True, timeout=20)
        rows = log.execute("SELECT partition, key, value, headers FROM records WHERE topic = ? ORDER BY partition, offset", (topic,)).fetchall()
        log.close()
        return [(partition, key, value, json.loads(headers)) for partition, key, value, headers in rows]

    def receipts(self, consumer):
        return [json.loads(value) for _, _, value, _ in self.log_rows(f"receipts.{consumer}", f"deliver.{consumer}")]

    def due(self, capture, types=None, banners=None, sees=None):
        """All that the database's commits so far must bring to a consumer, under the ids that the log gave."""
        self.database.wait_until_confirmed(capture)
        ids = {}
        for _, _, value, headers in self.log_rows("events", "capture"):
            ids[name_of(headers["ce_type"], json.loads(value))] = headers["ce_id"]
        connection = self.database.connect()
        with connection.cursor() as cursor:
            cursor.execute("SELECT event_type, payload::text FROM truth.expected ORDER BY change")
            rows = [(event_type, json.loads(text)) for event_type, text in cursor]
        connection.close()
        return [Due(ids[name_of(event_type, payload)], payload["account_id"], event_type, digest(sees(event_type, payload)) if sees else None)
                for event_type, payload in rows
                if (types is None or event_type in types) and (banners is None or payload["banner"] in banners)]

    def wait_until_taken(self, consumer, due, program, receiver=None, deadline_s=90, but=lambda one: False):
        wanted = {one.id for one in due if not but(one)}
        def missing():
            return wanted - {request.id for request in (receiver or self.receiver).taken(consumer)}
        wait_until(f"{consumer} has its {len(wanted)} events: {program.last_words(6)}", lambda: not missing(), deadline_s, 0.1)

    def wait_until_settled(self, consumer, due, program, deadline_s=90):
        """Each event was taken, or a deletion came behind it."""
        def unsettled():
            taken = {one.id for one in self.receiver.taken(consumer)}
            deleted = {one.account: one.id for one in due if one.type == delivery_checker.DELETION and one.id in taken}
            return [one for one in due if one.id not in taken and deleted.get(one.account, "") < one.id]
        try:
            wait_until(f"{consumer} has what is due", lambda: not unsettled(), deadline_s, 0.3)
        except PartFailed as late:
            self.fail(f"{late}: {unsettled()[:5]}; the last that came: {self.receiver.requests(consumer)[-1]}; it said {program.last_words(6)}")

    def judge(self, consumer, due, receiver=None, may_come_late=(), compare=True):
        """Whatever is wrong fails the test."""
        requests = (receiver or self.receiver).requests(consumer)
        arrivals = [Arrival(one.id, one.account, one.sequence, one.taken, digest(one.data)) for one in requests]
        notes = [Noted(one["event_id"], one["kind"], one.get("fate", "")) for one in self.receipts(consumer)]
        due = due if compare else [one._replace(content=None) for one in due]
        verdict = delivery_checker.judge(due, arrivals, notes, may_come_late)
        self.assertTrue(verdict.clean, "\n".join([verdict.line(consumer), *verdict.explain()]))
        print(f"{self.id().split('.', 1)[1]}: {verdict.line(consumer)}")
        return verdict

    # --- commands

    def done(self, *words):
        done = self.command(*words, timeout_s=60)
        self.assertEqual(done.returncode, 0, f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def replay(self, consumer, *words):
        return self.done("replay", "--from", "deadletter", "--consumer", consumer, "--why", "mended", *words)


class Changes(threading.Thread):
    """Changes accounts, one commit after the other, each of which is one event, until it is told to stop."""

    def __init__(self, database, accounts, per_s=200, consents=False, deletions=False, seed=3):
        super().__init__(daemon=True)
        self.accounts, self.per_s = accounts, per_s
        self.consents, self.deletions = consents, deletions
        self.count = 0
        self._choice = random.Random(seed)
        self._ends = threading.Event()
        self._connection = database.connect()
        self.start()

    def run(self):
        with self._connection.cursor() as cursor:
            while not self._ends.wait(1 / self.per_s):
                self.count += 1
                self._change(cursor, self._choice.choice(self.accounts), self._choice.random())
        self._connection.close()

    def _change(self, cursor, account, die):
        if self.deletions and die < 0.02:
            cursor.execute("INSERT INTO graph.deletion_request (account_id, reason) VALUES (%s, 'asked')", (account,))
        elif self.consents and die < 0.08:
            cursor.execute("UPDATE graph.account SET consent = jsonb_build_object('email', consent->>'email' <> 'true', 'at', version) "
                           "WHERE account_id = %s", (account,))
        elif die < 0.2:
            cursor.execute("INSERT INTO graph.subscription (account_id, plan) VALUES (%s, 'weekly-box')", (account,))
        elif die < 0.4:
            cursor.execute("UPDATE graph.account SET phone = %s WHERE account_id = %s", (f"+49{self.count}", account))
        elif die < 0.5:
            cursor.execute("UPDATE graph.account SET tier = 'tier ' || version WHERE account_id = %s", (account,))
        else:
            cursor.execute("UPDATE graph.account SET email = %s WHERE account_id = %s", (f"{self.count}@example.com", account))

    def stop(self):
        self._ends.set()
        self.join()
