"""Draining a backlog: the same WAL, from a copy of the same slot, by one client after another.

The clock starts when the server begins to stream to the client (its slot is active), and stops when the client has ended by
itself with everything (pg_recvlogical, preview), or when it has told the server that the log has everything (run): the time to
start a program or to create a topic is not the subject here.
"""
import os
import sqlite3
import time

import confluent_kafka

from measured import Process

TIMEOUT_S = 300


class Backlog:
    """`rows` updates in transactions of `size`, and the slot that stands before the first of them."""

    def __init__(self, postgres, rows, size):
        self.postgres, self.rows, self.size = postgres, rows, size
        self.slot = f"before_{size}"
        postgres.run("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", self.slot)
        postgres.run("CALL graph.backlog(%s, %s)", rows, size)
        self.end_lsn = postgres.row("SELECT pg_current_wal_insert_lsn()")[0]

    def copy_of_slot(self, name):
        self.postgres.run("SELECT pg_copy_logical_replication_slot(%s, %s)", self.slot, name)
        return name

    def drop(self):
        self.postgres.run("SELECT pg_drop_replication_slot(%s)", self.slot)


class Drain:
    """One client, one drain. A subclass says what to run and when it is done."""

    def __init__(self, bench, backlog, number):
        self.bench, self.backlog, self.postgres = bench, backlog, bench.postgres
        self.name = f"{type(self).label.replace('-', '_').replace(' ', '_')}_{backlog.size}_{number}"
        self.folder = os.path.join(bench.folder, self.name)
        os.makedirs(self.folder)

    def measure(self):
        slot = self.backlog.copy_of_slot(self.name)
        process = Process(self.command(slot), os.path.join(self.folder, "output"))
        try:
            walsender = self.wait_until_streaming(process)
            process.watched_pid = walsender
            start = time.monotonic()
            self.wait_until_done(process, slot)
            wall_s = time.monotonic() - start
            cpu_s = process.cpu_now()
        finally:
            process.end()
        if process.status != 0:
            raise RuntimeError(f"{self.label} ended with {process.status}: {process.tail()}")
        self.drop(slot)
        events = self.count_events()
        if events is not None and events != self.backlog.rows:
            raise RuntimeError(f"{self.label}: {events} events of {self.backlog.rows} rows; a figure for that is worth nothing")
        return {"client": self.label, "transaction_rows": self.backlog.size, "rows": self.backlog.rows, "wall_s": wall_s,
                "cpu_s": cpu_s, "walsender_cpu_s": process.watched_cpu_s, "resident_bytes": process.resident_bytes}

    def wait_until_streaming(self, process):
        deadline = time.monotonic() + 30
        while True:
            active = self.postgres.row("SELECT active_pid FROM pg_replication_slots WHERE active")
            if active:
                return active[0]
            if not process.running() or time.monotonic() > deadline:
                raise RuntimeError(f"{self.label} did not begin to stream: {process.tail()}")
            time.sleep(0.002)

    def drop(self, slot):
        deadline = time.monotonic() + 10
        while self.postgres.row("SELECT active FROM pg_replication_slots WHERE slot_name = %s", slot)[0]:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{slot} is still active")
            time.sleep(0.02)
        self.postgres.run("SELECT pg_drop_replication_slot(%s)", slot)

    def wait_until_done(self, process, _slot):
        process.wait(TIMEOUT_S)

    def count_events(self):
        return None


class PgRecvlogical(Drain):
    label = "pg_recvlogical"

    def command(self, slot):
        return [f"{self.postgres.bin}/pg_recvlogical", "-d", self.postgres.url, "--slot", slot, "--start", "--no-loop",
                "--endpos", self.backlog.end_lsn, "--fsync-interval", "0", "-o", "proto_version=1",
                "-o", "publication_names=wakestream", "-f", "/dev/null"]


class Preview(Drain):
    label = "preview"

    def command(self, slot):
        config = self.bench.write_config(self.folder, self.name, slot, {"embedded": {"path": f"{self.folder}/log"}})
        return [self.bench.program, "preview", "-c", config, "--from", "slot", "--null", "--limit", str(self.backlog.rows)]


class Run(Drain):
    """The pipeline itself, on one of the logs."""

    def command(self, slot):
        return [self.bench.program, "run", "-c", self.bench.write_config(self.folder, self.name, slot, self.log())]

    def wait_until_done(self, process, slot):
        deadline = time.monotonic() + TIMEOUT_S
        while not self.postgres.row("SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s",
                                    self.backlog.end_lsn, slot)[0]:
            if not process.running() or time.monotonic() > deadline:
                raise RuntimeError(f"{self.label} has not caught up: {process.tail()}")
            time.sleep(0.01)


class RunEmbedded(Run):
    label = "run embedded"

    def log(self):
        return {"embedded": {"path": f"{self.folder}/log"}}

    def count_events(self):
        with sqlite3.connect(f"file:{self.folder}/log/capture.sqlite?mode=ro", uri=True) as log:
            return log.execute("SELECT count(*) FROM records WHERE topic = ?", (f"wakestream.{self.name}.events",)).fetchone()[0]


class RunKafka(Run):
    label = "run kafka"

    def log(self):
        return {"kafka": {"brokers": self.bench.kafka.address()}}

    def count_events(self):
        return count_committed(self.bench.kafka.address(), f"wakestream.{self.name}.events")


def committed_consumer(brokers, topic):
    """Reads every partition from the beginning; what is open or aborted stays invisible."""
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": brokers, "group.id": "bench", "isolation.level": "read_committed", "enable.auto.commit": False,
        "enable.partition.eof": True, "fetch.wait.max.ms": 5, "fetch.error.backoff.ms": 5})
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([confluent_kafka.TopicPartition(topic, number, confluent_kafka.OFFSET_BEGINNING) for number in partitions])
    return consumer, len(partitions)


def count_committed(brokers, topic):
    consumer, partition_count = committed_consumer(brokers, topic)
    count, at_end = 0, set()
    while len(at_end) < partition_count:
        for message in consumer.consume(10_000, timeout=1.0):
            if not message.error():
                count += 1
            elif message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                at_end.add(message.partition())
            else:
                raise RuntimeError(f"{topic}: {message.error()}")
    consumer.close()
    return count


CLIENTS = [PgRecvlogical, Preview, RunEmbedded, RunKafka]
