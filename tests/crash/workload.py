#!/usr/bin/python3
"""Changes the reference customer graph like an application would, and like one that has a bad day.

    workload.py --dsn DSN [--members 6000] [--connections 6] [--rate 150] [--large-every-s 15] [--seed S] [--seconds T]

Enrols the members, says "enrolled" on a line of its own, and then runs transactions of every shape over all connections until
the time is over or SIGTERM comes; last it prints one JSON object of what it did. It remembers nothing: the truth is in the
database (truth.sql). A server that restarts is waited for.

--rate is transactions a second over all connections; 0 is as fast as they go. Reproducible by seed as far as the server's own
scheduling allows.
"""

import argparse
import json
import random
import signal
import sys
import threading
import time
import uuid
from collections import Counter

import psycopg2
import psycopg2.errors
import psycopg2.extras

BANNERS = {"banner-a": ("US-CA", "US-NY", "CA-QC"), "banner-b": ("DE", "FR", "AT"), "banner-c": ("GB", "IE")}
TIERS = ("standard", "silver", "gold", "platinum")
PLANS = ("weekly-box", "delivery-pass", "newsletter-plus")
STATUSES = ("active", "paused", "cancelled")
# What breaks encoders: every width of UTF-8, quotes, escapes, line ends, control characters, right-to-left, combining marks.
NAMES = ("ada", "zoë", "łukasz", "李雷", "אבג", "🧀.party", 'o"neil', "back\\slash", "tab\there", "line\nend", "bell\x07",
         "é", "x" * 180, "%s", "'; drop", "\u2028sep", "{}", "𝒳")


class Members:
    """The accounts that are there; shared by all connections."""

    def __init__(self):
        self._ids = []
        self._lock = threading.Lock()

    def add(self, ids):
        with self._lock:
            self._ids.extend(ids)

    def pick(self, rng, count):
        return rng.sample(self._ids, min(count, len(self._ids)))

    def one(self, rng):
        return rng.choice(self._ids)


def new_id(rng):
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def email(rng):
    return f"{rng.choice(NAMES)}.{rng.randrange(10**9)}@example.com"


def phone(rng):
    return rng.choice([None, f"+{rng.randrange(10**11, 10**12)}"])


def address(rng):
    place = {"street": f"{rng.choice(NAMES)} {rng.randrange(1, 999)}", "city": rng.choice(NAMES),
             "postcode": f"{rng.randrange(99999):05}", "geo": [rng.randrange(-90, 90), rng.randrange(-180, 180)],
             "floor": rng.choice([None, 0, -1, 12345678901234567890])}
    # Beyond two kilobytes that do not compress PostgreSQL stores the value apart, and no longer sends it with every change.
    if rng.random() < 0.05:
        place["note"] = "".join(chr(rng.randrange(0x20, 0x2FF)) for _ in range(5000))
    return psycopg2.extras.Json(rng.choice([place] * 20 + [None]))


def consent(rng):
    if rng.random() < 0.05:
        return None  # unknown
    return psycopg2.extras.Json({"email": rng.random() < 0.7, "sms": rng.random() < 0.4, "share": rng.random() < 0.2,
                                 "as_of": f"2026-{rng.randrange(1, 13):02}-01"})


def enrol_row(rng):
    banner = rng.choice(list(BANNERS))
    return (new_id(rng), new_id(rng) if rng.random() < 0.3 else None, banner, rng.choice(BANNERS[banner]), consent(rng),
            email(rng), phone(rng), address(rng), rng.choice(TIERS))


def enrol(cursor, rows):
    psycopg2.extras.execute_values(
        cursor, "INSERT INTO graph.account (account_id, parent_id, banner, jurisdiction, consent, email, phone, address, tier)"
                " VALUES %s", rows, page_size=500)


# --- What a transaction may do. Each takes a cursor inside an open transaction.


def change_account(cursor, rng, account):
    column, value = rng.choice([("email", email), ("phone", phone), ("address", address), ("consent", consent),
                                ("tier", lambda r: r.choice(TIERS))])
    cursor.execute(f"UPDATE graph.account SET {column} = %s WHERE account_id = %s", (value(rng), account))


def one_account(cursor, rng, members):
    change_account(cursor, rng, members.one(rng))


def several_accounts(cursor, rng, members):
    accounts = members.pick(rng, rng.randint(2, 6))
    for account in accounts if rng.random() < 0.1 else sorted(accounts):  # unsorted: a deadlock now and then
        change_account(cursor, rng, account)


def one_account_again_and_again(cursor, rng, members):
    account = members.one(rng)
    for _ in range(rng.randint(2, 6)):
        rng.choice([lambda: change_account(cursor, rng, account), lambda: subscribe(cursor, rng, account)])()


def email_and_phone(cursor, rng, members):
    cursor.execute("UPDATE graph.account SET email = %s, phone = %s, tier = %s WHERE account_id = %s",
                   (email(rng), phone(rng), rng.choice(TIERS), members.one(rng)))


def subscribe(cursor, rng, account):
    cursor.execute("INSERT INTO graph.subscription (subscription_id, account_id, plan) VALUES (%s, %s, %s)",
                   (new_id(rng), account, rng.choice(PLANS)))


def subscription(cursor, rng, members):
    account = members.one(rng)
    # The account first: all writers take locks in that order.
    cursor.execute("SELECT FROM graph.account WHERE account_id = %s FOR UPDATE", (account,))
    cursor.execute("SELECT subscription_id FROM graph.subscription WHERE account_id = %s ORDER BY 1", (account,))
    theirs = [row[0] for row in cursor.fetchall()]
    if not theirs:
        subscribe(cursor, rng, account)
    elif rng.random() < 0.4:
        cursor.execute("DELETE FROM graph.subscription WHERE subscription_id = %s", (rng.choice(theirs),))
    else:
        cursor.execute("UPDATE graph.subscription SET status = %s, plan = %s WHERE subscription_id = %s",
                       (rng.choice(STATUSES), rng.choice(PLANS), rng.choice(theirs)))


def subscriptions_by_one_statement(cursor, rng, members):
    cursor.execute("INSERT INTO graph.subscription (account_id, plan) SELECT %s, unnest(%s)",
                   (members.one(rng), list(PLANS)))


def deletion_request(cursor, rng, members):
    cursor.execute("INSERT INTO graph.deletion_request (account_id, reason) VALUES (%s, %s)",
                   (members.one(rng), f"asked by {rng.choice(NAMES)}"))


def new_member(cursor, rng, members):
    row = enrol_row(rng)
    enrol(cursor, [row])
    change_account(cursor, rng, row[0])


def hundreds_by_one_statement(cursor, rng, members):
    cursor.execute("UPDATE graph.account SET tier = %s WHERE account_id = ANY (%s::uuid[])",
                   (rng.choice(TIERS), members.pick(rng, rng.randint(50, 500))))


def nothing_a_rule_cares_about(cursor, rng, members):
    rng.choice([
        lambda: cursor.execute("UPDATE graph.account SET points = points + 1 WHERE account_id = %s", (members.one(rng),)),
        lambda: cursor.execute("UPDATE graph.account SET email = email WHERE account_id = %s", (members.one(rng),)),
        lambda: cursor.execute("UPDATE graph.account SET parent_id = %s WHERE account_id = %s",
                               (new_id(rng), members.one(rng))),
        lambda: cursor.execute("UPDATE graph.subscription SET started_on = started_on + 1 WHERE account_id = %s",
                               (members.one(rng),)),
    ])()


def savepoint_rolled_back(cursor, rng, members):
    change_account(cursor, rng, members.one(rng))
    cursor.execute("SAVEPOINT first")
    several_accounts(cursor, rng, members)
    cursor.execute("SAVEPOINT second")
    subscription(cursor, rng, members)
    cursor.execute(rng.choice(["ROLLBACK TO first", "ROLLBACK TO second", "RELEASE first"]))
    change_account(cursor, rng, members.one(rng))


def failed_statement(cursor, rng, members):
    """An error inside a savepoint, after a change; the transaction goes on and commits the rest."""
    cursor.execute("SAVEPOINT before")
    change_account(cursor, rng, members.one(rng))
    try:
        cursor.execute("INSERT INTO graph.account (account_id, banner, jurisdiction) VALUES (%s, 'banner-a', 'DE')",
                       (members.one(rng),))
    except psycopg2.errors.UniqueViolation:
        cursor.execute("ROLLBACK TO before")
    change_account(cursor, rng, members.one(rng))


def all_members(cursor, rng, members):
    """Two events a member, and a third for some: more than one transaction of the log can hold.
    The table lock spares it the deadlocks that it would otherwise always lose."""
    cursor.execute("LOCK TABLE graph.account IN SHARE ROW EXCLUSIVE MODE")
    cursor.execute("UPDATE graph.account SET email = %s || account_id, phone = '+49' || (random() * 1e9)::bigint,"
                   " tier = CASE WHEN points %% 3 = 0 THEN %s ELSE tier END",
                   (email(rng), rng.choice(TIERS)))


SHAPES = [(30, one_account), (12, subscription), (15, several_accounts), (10, one_account_again_and_again), (8, email_and_phone),
          (3, subscriptions_by_one_statement), (2, deletion_request), (3, new_member), (1, hundreds_by_one_statement),
          (8, nothing_a_rule_cares_about), (5, savepoint_rolled_back), (3, failed_statement)]
ROLLED_BACK = 0.06  # of all transactions, at their end

# Errors of a transaction that another took the way of, or whose server went down: what the database says counts.
CONFLICTS = (psycopg2.errors.DeadlockDetected, psycopg2.errors.SerializationFailure)


class Connection(threading.Thread):
    def __init__(self, number, options, members, stop, counts):
        super().__init__(daemon=True)
        self.rng = random.Random(f"{options.seed}/{number}")
        self.number, self.options, self.members, self.stop, self.counts = number, options, members, stop, counts
        self.failure = None
        self._connection = None

    def run(self):
        try:
            pause = self.options.connections / self.options.rate if self.options.rate else 0
            while not self.stop.is_set():
                self.transaction(self.rng.choices([shape for _, shape in SHAPES], [weight for weight, _ in SHAPES])[0])
                if pause:
                    self.stop.wait(self.rng.expovariate(1 / pause))
        except Exception as error:  # the main thread reports it
            self.failure = error
            self.stop.set()

    def transaction(self, shape):
        """True when it was committed, as far as this client knows."""
        try:
            if self._connection is None:
                self._connection = connect(self.options.dsn)
            with self._connection.cursor() as cursor:
                shape(cursor, self.rng, self.members)
            if shape is not all_members and self.rng.random() < ROLLED_BACK:
                self._connection.rollback()
                self.counts["rolled back"] += 1
                return False
            self._connection.commit()
            self.counts["committed"] += 1
            return True
        except CONFLICTS:
            self._connection.rollback()
            self.counts["deadlocks"] += 1
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self._connection = None
            self.counts["interrupted"] += 1
            self.stop.wait(0.2)
        return False


def connect(dsn):
    return psycopg2.connect(dsn, application_name="workload", connect_timeout=5)


class LargeTransactions(Connection):
    """One connection that now and then changes every member in one transaction."""

    def run(self):
        try:
            while not self.stop.wait(self.options.large_every_s * self.rng.uniform(0.6, 1.4)):
                if self.transaction(all_members):
                    self.counts["large"] += 1
        except Exception as error:
            self.failure = error
            self.stop.set()


def main():
    parser = argparse.ArgumentParser(description="Changes the reference customer graph.")
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--members", type=int, default=6000)
    parser.add_argument("--connections", type=int, default=6)
    parser.add_argument("--rate", type=float, default=150)
    parser.add_argument("--large-every-s", type=float, default=15)
    parser.add_argument("--seconds", type=float, default=0, help="0: until SIGTERM")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()

    stop, members, counts = threading.Event(), Members(), Counter()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    rng = random.Random(options.seed)
    rows = [enrol_row(rng) for _ in range(options.members)]
    database = connect(options.dsn)
    for start in range(0, len(rows), 500):
        with database, database.cursor() as cursor:
            enrol(cursor, rows[start:start + 500])
    database.close()
    members.add([row[0] for row in rows])
    print("enrolled", flush=True)

    connections = [Connection(number, options, members, stop, counts) for number in range(options.connections)]
    if options.large_every_s > 0:
        connections.append(LargeTransactions("large", options, members, stop, counts))
    for connection in connections:
        connection.start()
    stop.wait(options.seconds or None)
    stop.set()
    for connection in connections:
        connection.join(60)
    print(json.dumps(counts), flush=True)
    for connection in connections:
        if connection.failure:
            print(f"workload: {type(connection.failure).__name__}: {connection.failure}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
