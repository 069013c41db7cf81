"""The second half of the demo: eight receivers get what each may see, one of them refuses everything for a while, and a member
withdraws consent in the middle of it. At the end: who got what, what was withheld and why, and that every lane went on in order.

The recipes are those of examples/recipes, the policy is examples/policy.yaml; only the addresses are this machine's.
"""

import http.server
import json
import os
import secrets
import subprocess
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path

from parts import PartFailed, Program, wait_until

REPOSITORY = Path(__file__).resolve().parent.parent
CONSUMERS = ("esp", "crm", "loyalty", "sms", "push", "audiences", "contact_centre", "listings")
BATCHED = ("audiences",)  # get several events in a request; here each counts for one, as at the others
REFUSES = "esp"
MEMBERS = 300
SECONDS = 14
REFUSES_FROM_S, REFUSES_UNTIL_S = 3, 8
CHANGES_PER_S = 40
ADDRESS_BEFORE, ADDRESS_WAITING, ADDRESS_AFTER = "ada@home.example", "ada@new.example", "ada@hidden.example"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def take(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        consumer = self.path.split("/")[1]
        status, answer = 200, b"{}"
        if self.path.endswith("/token"):
            answer = json.dumps({"access_token": "demo", "expires_in": 3600, "token_type": "Bearer"}).encode()
        elif consumer in self.server.refusing:
            status = 503
            self.server.refused[consumer] += 1
        elif consumer in BATCHED:
            members = json.loads(body)["members"]
            self.server.requests[consumer] += [(self.path, dict(self.headers), json.dumps(member).encode()) for member in members]
            answer = json.dumps({"results": [{"id": member["id"], "status": "accepted"} for member in members]}).encode()
        else:
            self.server.requests[consumer].append((self.path, dict(self.headers), body))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_PUT = do_PATCH = do_DELETE = take

    def log_message(self, *_):
        pass


class Receivers(http.server.ThreadingHTTPServer):
    """All eight, told apart by the beginning of the path."""

    request_queue_size = 512

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.refusing, self.refused, self.requests = set(), Counter(), defaultdict(list)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass


class Delivery:
    def __init__(self, binary, postgres, folder):
        self.binary, self.postgres, self.folder = binary, postgres, folder
        self.receivers = Receivers()
        self.program = None

    # --- set up

    def configure(self):
        (self.folder / "recipes").mkdir()
        for consumer in CONSUMERS:
            recipe = (REPOSITORY / f"examples/recipes/{consumer}.yaml").read_text()
            (self.folder / f"recipes/{consumer}.yaml").write_text(
                recipe.replace("network:\n", "network:\n  plain_http: true\n  allow: [127.0.0.0/8]\n", 1))
        consumers = "".join(f"  {consumer}: {{ recipe: recipes/{consumer}.yaml, retries: {{ first_pause: 1s, longest_pause: 2s }} }}\n"
                            for consumer in CONSUMERS)
        (self.folder / "delivery.yaml").write_text(
            "pipeline: delivery\n"
            f"source: {{ url: 'postgresql://wakestream@127.0.0.1:{self.postgres.port}/postgres', slot_name: delivery, publication: wakestream }}\n"
            f"log: {{ embedded: {{ path: {self.folder / 'delivery'} }} }}\n"
            f"rules: [{REPOSITORY / 'sql/rules/customer.sql'}]\n"
            "context: { table: graph.account, account_id: account_id, banner: banner, parent: parent_id, jurisdiction: jurisdiction, consent: consent }\n"
            f"policy: {REPOSITORY / 'examples/policy.yaml'}\n"
            f"consumers:\n{consumers}")
        port = self.receivers.server_address[1]
        os.environ.update({f"{consumer.upper()}_URL": f"http://127.0.0.1:{port}/{consumer}" for consumer in CONSUMERS})
        os.environ.update({name: secrets.token_hex(16) for name in (
            "AUDIENCES_CLIENT_SECRET", "CONTACT_CENTRE_TOKEN", "CRM_TOKEN", "ESP_CLIENT_SECRET", "LOYALTY_KEY", "PUSH_KEY", "SMS_TOKEN",
            "WAKESTREAM_AUDIENCES_KEY")})
        os.environ["LISTINGS_HOOK_SECRET"] = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    def start(self):
        connection = self.postgres.connect()
        with connection.cursor() as cursor:
            # Until now the role only streamed; to know the accounts that are there already it reads them once.
            cursor.execute("GRANT USAGE ON SCHEMA graph TO wakestream; GRANT SELECT ON graph.account TO wakestream")
        connection.close()
        self.program = Program(self.binary, self.folder / "delivery.yaml", self.folder / "delivery.log")
        self.program.start()
        wait_until("every consumer is delivered to", lambda: len(self.program.said("delivering")) == len(CONSUMERS) or self.check(), 60)
        wait_until("the account context is filled", lambda: self.program.said("context_filled") or self.check(), 60)

    def check(self):
        if self.program.exit_code() is not None:
            raise PartFailed(f"wakestream ended with {self.program.exit_code()} by itself: {self.program.last_words()}")

    # --- what happens

    def live(self, rng, step):
        """Members change their minds; one of them is Ada."""
        connection = self.postgres.connect()
        with connection.cursor() as cursor:
            members = [self.enrol(cursor, rng) for _ in range(MEMBERS)]
            ada = self.enrol(cursor, rng, "DE", ADDRESS_BEFORE)
            step(f"{MEMBERS:,} members and Ada enrolled; she said yes to e-mail")
            began, told = time.monotonic(), set()
            for number in range(SECONDS * CHANGES_PER_S):
                now = time.monotonic() - began
                time.sleep(max(0.0, number / CHANGES_PER_S - now))
                self.one_change(cursor, rng, rng.choice(members))
                self.events_of_the_day(cursor, ada, now, told, step)
        connection.close()
        return ada

    def enrol(self, cursor, rng, jurisdiction=None, email=None):
        consent = {"email": email is not None or rng.random() < 0.7, "sms": rng.random() < 0.5, "push": rng.random() < 0.5, "share": rng.random() < 0.3}
        cursor.execute("INSERT INTO graph.account (banner, jurisdiction, consent, email, phone, address) VALUES (%s, %s, %s, %s, %s, %s) RETURNING account_id::text",
                       (rng.choice(("banner-a", "banner-b")), jurisdiction or rng.choice(("DE", "US-CA", "FR", "US")), json.dumps(consent),
                        email or f"m{rng.randrange(10**9)}@example.com", f"+49{rng.randrange(10**9, 10**10)}",
                        json.dumps({"street": f"{rng.randrange(99)} Main Street", "city": "Springfield", "postcode": "12345"})))
        return cursor.fetchone()[0]

    @staticmethod
    def one_change(cursor, rng, account):
        column, value = rng.choice((("email", f"m{rng.randrange(10**9)}@example.com"), ("phone", f"+49{rng.randrange(10**9, 10**10)}"),
                                    ("tier", rng.choice(("standard", "silver", "gold")))))
        cursor.execute(f"UPDATE graph.account SET {column} = %s WHERE account_id = %s", (value, account))

    def events_of_the_day(self, cursor, ada, now, told, step):
        def once(at, what, *statements):
            if now < at or what in told:
                return
            told.add(what)
            for statement, value in statements:
                cursor.execute(f"UPDATE graph.account SET {statement} WHERE account_id = %s", (*value, ada))
            step(what)

        if REFUSES_FROM_S <= now and "refuses" not in told:
            told.add("refuses")
            self.receivers.refusing.add(REFUSES)
        once(REFUSES_FROM_S, "the ESP refuses everything from now on (503)")
        once(REFUSES_FROM_S + 1, f"Ada mends her address: {ADDRESS_WAITING}. It waits for the ESP", ("email = %s", (ADDRESS_WAITING,)))
        once(REFUSES_FROM_S + 3, "Ada withdraws her consent to e-mail", ("consent = consent || %s::jsonb", ('{"email": false}',)))
        if now >= REFUSES_UNTIL_S:
            self.receivers.refusing.discard(REFUSES)
        once(REFUSES_UNTIL_S, f"the ESP is back; it had refused {self.receivers.refused[REFUSES]:,} attempts")
        once(REFUSES_UNTIL_S + 2, "Ada changes her address once more", ("email = %s", (ADDRESS_AFTER,)))

    # --- what came of it

    def topic(self, name):
        done = subprocess.run([self.binary, "tail", "-c", self.folder / "delivery.yaml", "--topic", name], capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def receipts(self, consumer):
        return [record["value"] for record in self.topic(f"wakestream.delivery.receipts.{consumer}")]

    def wait_until_drained(self):
        """Every event has, at every consumer, an end on record."""
        events = {event["headers"]["ce_id"] for event in self.topic("events")}

        def drained():
            self.check()
            return all(self.ended(consumer).keys() >= events for consumer in CONSUMERS)
        wait_until("every event has come to an end at every consumer", drained, 90, pause_s=1)
        self.program.stop()
        return events

    def ended(self, consumer):
        return {receipt["event_id"]: receipt for receipt in self.receipts(consumer)
                if receipt["kind"] != "intent" and receipt["fate"] in ("delivered", "withheld", "erased", "superseded")}

    def judge(self, events, ada):
        """(rows of the table, problems)."""
        rows, problems = [], []
        order = {event["headers"]["ce_id"]: (event["key"], number) for number, event in enumerate(self.topic("events"))}
        for consumer in CONSUMERS:
            receipts = self.receipts(consumer)
            ended = self.ended(consumer)
            fates = Counter(receipt["fate"] for receipt in ended.values())
            if ended.keys() != events:
                problems.append(f"{consumer}: {len(events - ended.keys())} events have no end on record")
            if fates["delivered"] > len(self.receivers.requests[consumer]):
                problems.append(f"{consumer}: more is said to be delivered than came")
            problems += self.judge_order(consumer, receipts, order)
            disclosed, held_back = Counter(), Counter()
            for receipt in receipts:
                if receipt["kind"] == "intent":
                    disclosed.update(field["name"] for field in receipt["disclosed"])
                    held_back.update((field["name"], field["reason"]) for field in receipt["held_back"])
            whole = Counter(receipt["reason"] for receipt in ended.values() if receipt["fate"] == "withheld")
            held_back = Counter({("whole events", reason): count for reason, count in whole.items()}) + Counter(dict(held_back.most_common(2)))
            rows.append((consumer, len(self.receivers.requests[consumer]), self.receivers.refused[consumer], fates, disclosed, held_back))
        problems += self.judge_ada()
        return rows, problems

    def judge_order(self, consumer, receipts, order):
        """An account's events end in their order; what may overtake is left out."""
        last, problems = {}, []
        for receipt in receipts:
            if receipt["kind"] != "outcome" or receipt["fate"] != "delivered" or receipt["type"] in ("customer.consent_changed", "customer.deletion_requested"):
                continue
            account, number = order[receipt["event_id"]]
            if number < last.get(account, -1):
                problems.append(f"{consumer}: {receipt['event_id']} came behind a later one of its account")
            last[account] = number
        return problems

    def disclosures(self, account, consumer):
        """What the accounting of disclosures says."""
        return subprocess.run([self.binary, "audit", "subject", account, "--since", "2026-01-01T00:00:00Z", "--consumer", consumer, "-c", self.folder / "delivery.yaml"],
                              capture_output=True, text=True, check=True).stdout

    def judge_ada(self):
        bodies = [body.decode(errors="replace") for _, _, body in self.receivers.requests[REFUSES]]
        problems = []
        if not any(ADDRESS_BEFORE in body for body in bodies):
            problems.append("the ESP never got the address that Ada gave it")
        for address in (ADDRESS_WAITING, ADDRESS_AFTER):
            if any(address in body for body in bodies):
                problems.append(f"the ESP got {address} after Ada had withdrawn her consent")
            if not any(address in body.decode(errors="replace") for _, _, body in self.receivers.requests["crm"]):
                problems.append(f"the CRM, which needs no consent, never got {address}")
        for _, _, body in self.receivers.requests["audiences"]:
            if b"@" in body:
                problems.append("audiences got an address that is not hashed")
                break
        return problems

    def clean_up(self):
        if self.program:
            self.program.kill()
        self.receivers.shutdown()
        self.receivers.server_close()
