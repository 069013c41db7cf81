"""Nothing leaks: every byte that left is searched for values that its reader may not see, under faults and replays too.

Each value that an application wrote is a canary: unique, and of a form that is found again. What left is everything but the
private topics: requests, files, public topics, receipts, lanes, commands, what the program and its commands say, metrics.

The private events and the dead letters hold every field by design, and the account context ids: whoever may read those topics may
see it all (docs/deadletters.md). The test holds that it is those topics alone.
"""

import base64
import json
import random
import re
import sqlite3
import subprocess
import unittest
import urllib.request
from collections import defaultdict

from delivery_case import DeliveryCase
from delivery_receiver import Fault
from graph_fields import GRAPH_FIELDS
from pipeline import VENV, free_port, wait_until

POLICY = GRAPH_FIELDS + """keys: { audiences: "${file:audiences.key}" }
purposes:
  service: { consent: not_needed }
  email_marketing: { consent: email }
  sms_marketing: { consent: sms }
  advertising: { consent: share }
agreements: [none]
consumers:
  esp: { purpose: email_marketing, categories: [system.operations, user.unique_id, user.contact.email] }
  sms: { purpose: sms_marketing, categories: [system.operations, user.unique_id, user.contact.phone_number] }
  audiences: { purpose: advertising, categories: [system.operations, user.unique_id, user.contact.email, user.contact.phone_number] }
  listings: { purpose: service, categories: [system.operations, user.unique_id, user.contact.address] }
  publish: { purpose: advertising, categories: [system.operations, user.unique_id, user.loyalty] }
banners: { banner-a: {}, banner-b: {} }
rules:
  - { name: versions, allow: pass, when: { category: system.operations, consent: any } }
  - { name: whose it is, allow: pass, when: { category: user.unique_id, consumer: [esp, sms, listings, publish], consent: any } }
  - { name: audiences know a hash, allow: { hmac: { key: audiences } }, when: { category: user.unique_id, consumer: audiences, consent: any } }
  - { name: marketing, allow: pass, when: { purpose: [email_marketing, sms_marketing], category: user.contact, consent: granted } }
  - { name: hashed e-mail, allow: { hmac: { key: audiences, spelling: email } }, when: { consumer: audiences, category: user.contact.email, consent: granted } }
  - { name: hashed phone, allow: { hmac: { key: audiences, spelling: phone } }, when: { consumer: audiences, category: user.contact.phone_number, consent: granted } }
  - { name: where and not the door, allow: { generalize: { to: members, members: [city] } }, when: { consumer: listings, category: user.contact.address } }
  - { name: tiers are public, allow: pass, when: { consumer: publish, category: user.loyalty, consent: granted } }
"""

ID = {"account", "parent"}
EVERYTHING = {kind + denied for kind in ("email", "phone", "tier") for denied in ("", " without consent")} | {"street", "city", "plan", "reason"} | ID
# Who may see what; whatever is not here may see nothing.
MAY_SEE = [
    (r"requests of esp", {"email"} | ID),
    (r"requests of sms", {"phone"} | ID),
    (r"files of listings", {"city"} | ID),
    (r"topic customer\..*", {"tier"} | ID),
    (r"topic wakestream\.\w+\.(events|deadletter\.\w+)", EVERYTHING),
    (r"topic wakestream\.\w+\.context", ID),
    (r"topic wakestream\.\w+\.lanes\.\w+", {"account"}),
]
# Places that the search must have found something in, or it has not searched.
SEEN = {"requests of esp": {"email"} | ID, "requests of sms": {"phone"} | ID, "files of listings": {"city"} | ID}

READ_ALL = """
import json, sys
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
consumer = Consumer({"bootstrap.servers": sys.argv[1], "group.id": "leak-test", "enable.auto.commit": False, "isolation.level": "read_uncommitted",
                     "enable.partition.eof": True})
parts = [TopicPartition(name, number, OFFSET_BEGINNING) for name, topic in consumer.list_topics(timeout=10).topics.items()
         if name.startswith(tuple(sys.argv[2:])) for number in topic.partitions]
consumer.assign(parts)
ends = 0
while ends < len(parts):
    for message in consumer.consume(5000, 1):
        if message.error() is None:
            text = [message.key() or b"", message.value() or b"", *(value or b"" for _, value in message.headers() or [])]
            print(json.dumps([message.topic(), b"\\n".join(text).decode("utf-8", "replace")]))
        elif message.error().code() == KafkaError._PARTITION_EOF:
            ends += 1
        else:
            sys.exit(str(message.error()))
"""


def joined(*pieces):
    return "\n".join(piece.decode("utf-8", "replace") if isinstance(piece, bytes) else piece or "" for piece in pieces)


class Canaries:
    """Makes them, and finds them again, as they are and in the usual encodings."""

    def __init__(self):
        self._die = random.Random(11)
        self._kinds = {}
        # In base64 three bytes are four letters: which ones hold nothing but a canary's beginning depends on what stands before it.
        in_base64 = [base64.b64encode(b"\0" * before + b"kanari")[-(-before * 8 // 6):(before + 6) * 8 // 6] for before in range(3)]
        self._encoded = re.compile(b"|".join([*map(re.escape, in_base64), b"(?i:" + b"kanari".hex().encode() + b")"]))
        self._plain = re.compile(rb"(?i)kanari([0-9a-f]{10})?|4907734[0-9]{8}|ca4a4[12][0-9a-f]{2}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")

    def _digits(self, count, of):
        return "".join(self._die.choice(of) for _ in range(count))

    def _known(self, kind, text):
        self._kinds[text.lower().encode()] = kind
        return text

    def text(self, kind):
        return self._known(kind, "kanari" + self._digits(10, "0123456789abcdef"))

    def phone(self, kind):
        return "+" + self._known(kind, "4907734" + self._digits(8, "0123456789"))

    def uuid(self, kind):
        text = ("ca4a41" if kind == "account" else "ca4a42") + self._digits(26, "0123456789abcdef")
        self._known(kind, text)
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def kinds_in(self, data):
        found = {self._kinds.get(match.group(0).lower().replace(b"-", b""), "a part of one") for match in self._plain.finditer(data)}
        return found | ({"an encoded one"} if self._encoded.search(data) else set())


class LeakCase(DeliveryCase):
    consumers = ("esp", "sms", "audiences")

    def setUp(self):
        super().setUp()
        self.canaries = Canaries()
        (self.place / "audiences.key").write_text("0123456789abcdef0123456789abcdef\n")
        self.left = defaultdict(list)  # by place: what can be read there
        self.public = f"{self._testMethodName[5:25]}-{'k' if self.with_kafka else 'e'}".replace("_", "-").strip("-")
        self.port = free_port(self.server.port + 3000, self.server.port + 3200)

    def begin(self, policy=POLICY):
        names = json.dumps({"banner-a": self.public + "-a", "banner-b": self.public + "-b"})
        self.deliver_to(policy, more=[f"publish: {{ topic_names: {names} }}", "metrics:", f"  listen: {self.port}"],
                        listings={"file": {"folder": "listings"}}, **{name: self.by_http(name, timeout_s=1) for name in self.consumers})
        program = self.start_delivering("listings", *self.consumers)
        program.wait_for_event("publishing", 30)
        return program

    # --- what the application writes

    def enrol(self, count, agrees):
        denied = "" if agrees else " without consent"
        consent = json.dumps(dict.fromkeys(("email", "sms", "share"), agrees))
        accounts = []
        for number in range(count):
            accounts.append(self.canaries.uuid("account"))
            self.database.value(
                "INSERT INTO graph.account (account_id, parent_id, banner, jurisdiction, consent, email, phone, address, tier, version) "
                "VALUES (%s, %s, %s, 'DE', %s, %s, %s, %s, %s, 1) RETURNING version", accounts[-1], self.canaries.uuid("parent"),
                f"banner-{'ab'[number % 2]}", consent, self.email(denied), self.canaries.phone("phone" + denied), self.address(),
                self.canaries.text("tier" + denied))
        return accounts

    def email(self, denied):
        return self.canaries.text("email" + denied) + "@example.com"

    def address(self):
        return json.dumps({"street": self.canaries.text("street"), "city": self.canaries.text("city")})

    def change(self, accounts, agrees):
        denied = "" if agrees else " without consent"
        for account in accounts:
            self.update(account, email=self.email(denied), phone=self.canaries.phone("phone" + denied), address=self.address(),
                        tier=self.canaries.text("tier" + denied))
            self.database.value("INSERT INTO graph.subscription (account_id, plan) VALUES (%s, %s) RETURNING version", account,
                                self.canaries.text("plan"))

    def withdraw(self, accounts):
        for account in accounts:
            self.update(account, consent=json.dumps(dict.fromkeys(("email", "sms", "share"), False)))

    def ask_for_deletion(self, accounts):
        for account in accounts:
            self.database.value("INSERT INTO graph.deletion_request (account_id, reason) VALUES (%s, %s) RETURNING version", account,
                                self.canaries.text("reason"))

    # --- what left

    def wait_until_all_left(self, program):
        due = self.due(program)
        for consumer in self.consumers:
            self.wait_until_taken(consumer, due, program)
        ids = {one.id for one in due}
        wait_until("the file has everything", lambda: ids <= {json.loads(line)["id"] for line in self.lines_of_files()}, 60, 0.2)

    def lines_of_files(self):
        return [line for path in (self.place / "listings").glob("*.jsonl*") for line in path.read_text().splitlines() if line.endswith("}")]

    def note_commands(self, account):
        """What the program says of itself, at this moment, and of one account."""
        for words in (["audit", "subject", account, "--since", "2026-01-01"], ["audit", "subject", account, "--since", "2026-01-01", "--json"],
                      ["status"], ["status", "--json"], ["dlq", "list"], ["dlq", "list", "--json"], ["consumer", "list"], ["consumer", "list", "--json"],
                      *(["dlq", "show", "--consumer", name] for name in self.consumers)):
            done = self.command(*words)
            self.assertEqual(done.returncode, 0, f"{words}: {done.stderr}")
            self.left[f"what {' '.join(words[:2])} says"].append((done.stdout + done.stderr).encode())
        for path in ("metrics", "healthz", "readyz"):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=10) as answer:
                self.left[f"/{path}"].append(answer.read())

    def note_what_left(self, program):
        for request in self.receiver.requests():
            self.left[f"requests of {request.consumer}"].append(request.head + b"\n" + request.body)
        self.left["files of listings"] += [path.read_bytes() for path in (self.place / "listings").iterdir()]
        self.left["stderr"].append(program.log_path.read_bytes())
        self.note_topics()

    def note_topics(self):
        for topic, text in self.all_topics():
            self.left[f"topic {topic}"].append(text.encode())

    def all_topics(self):
        """(topic, all that a record holds) of the whole log."""
        if self.with_kafka:
            done = subprocess.run([VENV, "-c", READ_ALL, self.kafka.brokers, f"wakestream.{self._pipeline()}.", f"customer.{self.public}"],
                                  capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            return [json.loads(line) for line in done.stdout.splitlines()]
        rows = []
        for path in sorted((self.place / "log").glob("*.sqlite")):
            log = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
            log.create_function("joined", -1, joined)
            if log.execute("SELECT count(*) FROM sqlite_master WHERE name = 'records'").fetchone()[0]:
                rows += log.execute("SELECT topic, joined(key, value, headers) FROM records").fetchall()
            log.close()
        return rows

    def seen(self):
        """By place: the kinds of canaries that can be read there."""
        return {place: set().union(*map(self.canaries.kinds_in, pieces)) for place, pieces in self.left.items()}

    def leaks(self):
        """(place, kind) of what somebody can see who may not."""
        found = set()
        for place, kinds in self.seen().items():
            allowed = set().union(*(may for pattern, may in MAY_SEE if re.fullmatch(pattern, place)))
            found |= {(place, kind) for kind in kinds - allowed}
        return found


class LeakTests:
    def test_nothing_is_seen_by_who_may_not_see_it_whatever_fails(self):
        program = self.begin()
        self.receiver.plan(Fault("400", share=0.05), Fault("500", share=0.15), Fault("cut", share=0.05), Fault("dropped", share=0.05))
        agreeing, denying = self.enrol(8, True), self.enrol(8, False)
        self.change(agreeing, True)
        self.change(denying, False)
        self.withdraw(agreeing[:2])
        self.change(agreeing[:2], False)
        wait_until("something is parked", lambda: '"parked"' in self.done("dlq", "show", "--consumer", "esp"), 40, 0.5)
        self.note_commands(agreeing[0])
        self.note_topics()  # now, with letters in them: of what is settled a tombstone stays
        self.receiver.plan()
        for consumer in self.consumers:
            self.replay(consumer)
        self.wait_until_all_left(program)
        self.ask_for_deletion(agreeing[2:4])
        self.wait_until_all_left(program)
        self.database.do(f"DELETE FROM graph.deletion_request WHERE account_id = '{agreeing[2]}'",
                         f"DELETE FROM graph.subscription WHERE account_id = '{agreeing[2]}'",
                         f"DELETE FROM graph.account WHERE account_id = '{agreeing[2]}'")
        self.database.wait_until_confirmed(program)
        self.note_commands(agreeing[2])
        program.stop()
        self.note_what_left(program)
        self.assertEqual(self.leaks(), set())
        seen = self.seen()
        for place, kinds in SEEN.items():
            self.assertEqual(seen[place], kinds, place)
        pipeline = f"topic wakestream.{self._pipeline()}"
        self.assertEqual(seen[f"{pipeline}.events"], EVERYTHING)
        self.assertEqual(seen[f"topic customer.{self.public}-a.change"], {"tier"} | ID)
        for consumer in self.consumers:
            self.assertIn(f"{pipeline}.receipts.{consumer}", seen)
        letters = set().union(*(seen[f"{pipeline}.deadletter.{consumer}"] for consumer in self.consumers))
        self.assertTrue(letters & {"phone", "phone without consent", "street"} and "account" in letters, f"letters are whole, and private: {letters}")
        print(f"{self.id().split('.', 1)[1]}: {sum(len(piece) for pieces in self.left.values() for piece in pieces):,} bytes of {len(seen)} places")


class EmbeddedLeaks(LeakTests, LeakCase):
    def test_a_policy_that_shows_too_much_is_found(self):
        """The search can fail: on the wire, in a file and in a public topic."""
        wide = POLICY.replace("user.contact.phone_number] }\n  audiences", "user.contact.phone_number, user.contact.email] }\n  audiences")
        wide = wide.replace("members: [city]", "members: [city, street]").replace("user.unique_id, user.loyalty] }", "user.unique_id, user.loyalty, user.contact.email] }")
        wide = wide.replace("consumer: publish, category: user.loyalty, consent: granted", "consumer: publish, category: [user.loyalty, user.contact], consent: granted")
        program = self.begin(wide)
        self.change(self.enrol(2, True), True)
        self.wait_until_all_left(program)
        program.stop()
        self.note_what_left(program)
        self.assertEqual({(place.split(".")[0], kind) for place, kind in self.leaks()},
                         {("requests of sms", "email"), ("files of listings", "street"), ("topic customer", "email")})


class KafkaLeaks(LeakTests, LeakCase):
    with_kafka = True


class CanaryTest(unittest.TestCase):
    def test_a_canary_is_found_in_the_usual_encodings(self):
        canaries = Canaries()
        text, phone, account = canaries.text("email"), canaries.phone("phone"), canaries.uuid("account")
        for data, kind in [(text, "email"), (text.upper(), "email"), (phone, "phone"), (phone.lstrip("+"), "phone"), (account, "account"),
                           (account.replace("-", ""), "account"), (text[:9], "a part of one"), (text.encode().hex(), "an encoded one"),
                           *((base64.b64encode(b"x" * shift + text.encode()).decode(), "an encoded one") for shift in range(4))]:
            with self.subTest(data):
                self.assertEqual(canaries.kinds_in(f'{{"a": "{data}"}}'.encode()), {kind})
        self.assertEqual(canaries.kinds_in(b'{"email": "nobody@example.com"}'), set())


if __name__ == "__main__":
    unittest.main()
