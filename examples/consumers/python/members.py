#!/usr/bin/env python3
"""Keeps a table of a banner's members from its public topic: each record counts once, in its account's order, however often this is killed.

    members.py BROKERS TOPIC BANNER STORE
    members.py kafka-1:9092 customer.banner-a.change banner-a members.sqlite

Needs `pip install confluent-kafka`. STORE is an SQLite file, made at the first start; its view `members` is the result. There is
nothing to do before it is stopped: SIGTERM and SIGKILL are the same to it. Any error ends it; start it again (systemd: Restart=always).
"""

import json
import sqlite3
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException

# What each type of event tells of a member. A field that is told and not there is one that policy does not let us see, or no longer
# (consent was withdrawn): it is forgotten here too. Types that are not named tell nothing that we keep.
TELLS = {
    "customer.created": ["email", "tier"],
    "customer.email_changed": ["email"],
    "customer.tier_changed": ["tier"],
    "customer.consent_changed": ["email"],
    "customer.banner_changed": ["email", "tier"],
    "customer.deletion_requested": ["email", "tier"],
}
EVERYTHING = ["email", "tier"]

SCHEMA = """
-- The highest sequence seen. It outlives the member: after a deletion it still keeps out what comes late.
CREATE TABLE IF NOT EXISTS seen (topic TEXT, account TEXT, sequence TEXT NOT NULL, PRIMARY KEY (topic, account));
-- Where to read on, and for whoever wonders what was read: how many records changed something here, how many came late or twice.
CREATE TABLE IF NOT EXISTS progress (topic TEXT, partition INTEGER, next_offset INTEGER NOT NULL,
                                     applied INTEGER NOT NULL, dropped INTEGER NOT NULL, PRIMARY KEY (topic, partition));
-- A value, and the version of the account's row that it is of.
CREATE TABLE IF NOT EXISTS member_field (account TEXT, field TEXT, value TEXT, version INTEGER NOT NULL, PRIMARY KEY (account, field));
CREATE VIEW IF NOT EXISTS members AS
SELECT account, max(value) FILTER (WHERE field = 'email') AS email, max(value) FILTER (WHERE field = 'tier') AS tier
FROM   member_field GROUP BY account HAVING count(value) > 0;
"""


def open_store(path):
    store = sqlite3.connect(path, isolation_level=None, timeout=30)  # None: transactions begin where the code says so
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = FULL")  # what is committed is on the disk, also when the power fails
    store.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
    store.executescript(SCHEMA)
    return store


def apply(store, banner, message):
    """Inside the store's transaction. False: it came late or twice."""
    headers = dict(message.headers())
    account, sequence = message.key().decode(), headers["ce_sequence"].decode()
    row = store.execute("SELECT sequence FROM seen WHERE topic = ? AND account = ?", (message.topic(), account)).fetchone()
    # As text: sequences are made so that the order of their letters is the order of the events.
    if row and sequence <= row[0]:
        return False
    store.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (message.topic(), account, sequence))

    event_type, payload = headers["ce_type"].decode(), json.loads(message.value())
    gone = event_type == "customer.deletion_requested" or payload["banner"] != banner  # the account moved to another banner
    for field in EVERYTHING if gone else TELLS.get(event_type, []):
        # A row that could not become an event in its time comes behind newer ones (header ce_late), with a sequence of now and the
        # values of then. So a value never makes way for one of an older version.
        store.execute("INSERT INTO member_field VALUES (?, ?, ?, ?) ON CONFLICT (account, field) DO UPDATE "
                      "SET value = excluded.value, version = excluded.version WHERE excluded.version >= member_field.version",
                      (account, field, None if gone else payload.get(field), payload["version"]))
    return True


def apply_batch(store, banner, batch):
    """What the records say and that they were read are one transaction: a kill leaves both or neither."""
    store.execute("BEGIN IMMEDIATE")
    for message in batch:
        if message.error():  # e.g. retention took what was next: better no answer than one with a hole
            raise KafkaException(message.error())
        applied = apply(store, banner, message)
        store.execute("INSERT INTO progress VALUES (?, ?, ?, ?, ?) ON CONFLICT (topic, partition) DO UPDATE SET "
                      "next_offset = excluded.next_offset, applied = applied + excluded.applied, dropped = dropped + excluded.dropped",
                      (message.topic(), message.partition(), message.offset() + 1, applied, not applied))
    store.execute("COMMIT")


def main():
    brokers, topic, banner, path = sys.argv[1:]
    store = open_store(path)
    consumer = Consumer({
        "bootstrap.servers": brokers,
        "group.id": "members-python",        # one store, one group
        "group.instance.id": "members",      # who is started again takes its partitions at once; a second one ends the first
        "isolation.level": "read_committed",  # else records of transactions that were given up are read too
        "enable.auto.commit": False,         # the store knows where to read on, and Kafka cannot know better
        "auto.offset.reset": "error",
    })

    def read_on(consumer, partitions):
        known = dict(store.execute("SELECT partition, next_offset FROM progress WHERE topic = ?", (topic,)))
        for partition in partitions:
            partition.offset = known.get(partition.partition, OFFSET_BEGINNING)
        consumer.assign(partitions)

    consumer.subscribe([topic], on_assign=read_on)
    while True:
        batch = consumer.consume(500, timeout=0.2)
        if batch:
            apply_batch(store, banner, batch)


if __name__ == "__main__":
    main()
