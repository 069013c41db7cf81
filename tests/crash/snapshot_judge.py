"""Judges a log that holds a snapshot beside a stream, and makes the changes that go on meanwhile.

Each account has `points`, which every change of it raises by one, so the newest of two of its events is the one with more points.
The rules give customer.listed for a row of a snapshot, customer.changed for an INSERT or UPDATE, customer.gone for a DELETE.
"""

import random
import threading
from collections import Counter

import psycopg2

HEAD = "new.account_id, new.version, new.banner, new.jurisdiction, new.consent"
RULES = (f"CREATE VIEW customer.listed AS SELECT {HEAD}, new.email, new.points FROM graph.account WHERE op = 'SNAPSHOT';\n"
         f"CREATE VIEW customer.changed AS SELECT {HEAD}, new.email, new.points FROM graph.account "
         "WHERE op IN ('INSERT', 'UPDATE');\n"
         f"CREATE VIEW customer.gone AS SELECT {HEAD.replace('new.', 'old.')}, old.points FROM graph.account WHERE op = 'DELETE';\n")


def problems(events, there_before, there_after):
    """Sentences. `events` are (type, account, points, id, sequence) in the order of each account; `there_before` the accounts that
    were there when the snapshot began, each with 0 points; `there_after` those of them that still are."""
    found = []
    ids = Counter(event_id for _, _, _, event_id, _ in events)
    found += [f"id {event_id} stands for {count} events" for event_id, count in ids.items() if count > 1]
    listed = Counter(account for kind, account, *_ in events if kind == "customer.listed")
    found += [f"account {account} was listed {count} times" for account, count in listed.items() if count > 1]
    found += [f"account {account} was never listed" for account in there_after if account not in listed]
    points_of = dict.fromkeys(there_before, 0)
    sequence_of = {}
    for kind, account, points, event_id, sequence in events:
        expected = points_of.get(account)
        if kind == "customer.listed" and points != expected:
            found.append(f"{event_id}: the row of account {account} has {points} points behind an event with {expected}")
        if kind == "customer.changed" and expected is not None and points != expected + 1:
            found.append(f"{event_id}: account {account} changes from {expected} points to {points}")
        if sequence_of.get(account, "") >= sequence:
            found.append(f"{event_id}: its sequence {sequence} is not behind {sequence_of[account]}")
        sequence_of[account] = sequence
        points_of[account] = None if kind == "customer.gone" else points
    return found


class Changes:
    """Writers that change the accounts until they are stopped; a server that goes away is waited for."""

    def __init__(self, dsn, writers=3, seed=1, pause_s=0.03):
        self._pause_s = pause_s
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(dsn, random.Random(seed * 100 + number)), daemon=True)
                         for number in range(writers)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._ends.set()
        for thread in self._threads:
            thread.join(60)

    def _write(self, dsn, rng):
        while not self._ends.is_set():
            try:
                connection = psycopg2.connect(dsn, connect_timeout=5)
                connection.autocommit = True
                with connection.cursor() as cursor:
                    while not self._ends.is_set():
                        cursor.execute(self._statement(rng))
                        self._ends.wait(rng.uniform(0, 2 * self._pause_s))
            except psycopg2.Error:
                self._ends.wait(0.1)

    @staticmethod
    def _statement(rng):
        count = 2000 if rng.random() < 0.02 else rng.randint(1, 30)
        picked = (f"SELECT account_id FROM graph.account TABLESAMPLE SYSTEM ({5 if count > 100 else 1}) LIMIT {count} "
                  "FOR UPDATE SKIP LOCKED")
        shape = rng.random()
        if shape < 0.8:
            return f"UPDATE graph.account SET points = points + 1 WHERE account_id IN ({picked})"
        if shape < 0.86:
            return f"DELETE FROM graph.account WHERE account_id IN ({picked})"
        if shape < 0.9:  # a new key: of the old account nothing more is said, and its row is gone
            return ("UPDATE graph.account SET account_id = gen_random_uuid(), points = 0 WHERE account_id IN "
                    f"({picked.replace(f'LIMIT {count}', 'LIMIT 3')})")
        return ("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) "
                f"SELECT 'banner-b', 'DE', '{{}}', 'new' || i || '@x', 1 FROM generate_series(1, {count}) i")


def fill(database, count):
    database.do("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) SELECT 'banner-a', 'DE', '{}', "
                f"'e' || i || '@x', 1 FROM generate_series(1, {count}) i", "ANALYZE graph.account",
                "GRANT USAGE ON SCHEMA graph TO wakestream", "GRANT SELECT ON ALL TABLES IN SCHEMA graph TO wakestream")


def accounts(database):
    connection = database.connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id::text FROM graph.account")
        found = {row[0] for row in cursor.fetchall()}
    connection.close()
    return found
