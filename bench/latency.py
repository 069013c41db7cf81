"""From commit to readable, at a steady rate: pgbench changes one row a transaction, an independent reader notes when it sees
the event. The commit time is PostgreSQL's own (ce_time, written before its WAL is flushed), both clocks are this machine's.
"""
import datetime
import json
import multiprocessing
import os
import sqlite3
import subprocess
import time

import confluent_kafka

from drain import committed_consumer
from measured import Process

WARM_UP_S = 3
CHANGE = """\\set id random(0, 9999)
UPDATE graph.account SET version = version + 1, points = points + 10, updated_at = now(),
  tier = CASE tier WHEN 'gold' THEN 'standard' ELSE 'gold' END WHERE account_id = graph.account_id(:id);
"""


def commit_time_s(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def read_kafka(brokers, topic, results, stop):
    """Each record's (commit time, time when it was in the reader's hands)."""
    consumer, _ = committed_consumer(brokers, topic)
    seen = []
    while not stop.is_set():
        messages = consumer.consume(1000, timeout=0.002)
        now = time.time()
        for message in messages:
            if not message.error():
                seen.append((dict(message.headers())["ce_time"].decode(), now))
            elif message.error().code() != confluent_kafka.KafkaError._PARTITION_EOF:
                raise RuntimeError(f"{topic}: {message.error()}")
    consumer.close()
    results.put(seen)


def read_embedded(path, topic, results, stop):
    """Asks once a millisecond: SQLite tells nobody that there is something new."""
    log = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    seen, next_offset = [], 0
    while not stop.is_set():
        rows = log.execute('SELECT "offset", headers FROM records WHERE topic = ? AND "partition" = 0 AND "offset" >= ? '
                           'ORDER BY "offset"', (topic, next_offset)).fetchall()
        now = time.time()
        for offset, headers in rows:
            seen.append((json.loads(headers)["ce_time"], now))
            next_offset = offset + 1
        if not rows:
            time.sleep(0.001)
    results.put(seen)


def quantile(ordered, share):
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Latency:
    def __init__(self, bench, label, rate, seconds):
        self.bench, self.label, self.rate, self.seconds = bench, label, rate, seconds
        self.name = f"latency_{label}"
        self.folder = os.path.join(bench.folder, self.name)
        os.makedirs(self.folder)

    def measure(self):
        log = {"kafka": {"brokers": self.bench.kafka.address()}} if self.label == "kafka" else \
            {"embedded": {"path": f"{self.folder}/log"}}
        config = self.bench.write_config(self.folder, self.name, self.name, log, slot="create")
        process = Process([self.bench.program, "run", "-c", config], os.path.join(self.folder, "output"))
        try:
            self.wait_until_streaming(process)
            samples = self.drive()
            process.wait_cpu = process.cpu_now()
        finally:
            process.end()
        if process.status != 0:
            raise RuntimeError(f"run {self.label} ended with {process.status}: {process.tail()}")
        self.bench.postgres.run("SELECT pg_drop_replication_slot(%s)", self.name)
        if len(samples) < self.rate * self.seconds * 0.9:
            raise RuntimeError(f"{self.label}: only {len(samples)} events in {self.seconds} s at {self.rate} a second")
        ordered = sorted(samples)
        return {"log": self.label, "rate": self.rate, "events": len(ordered), "p50_ms": quantile(ordered, 0.5) * 1e3,
                "p99_ms": quantile(ordered, 0.99) * 1e3, "max_ms": ordered[-1] * 1e3,
                "resident_bytes": process.resident_bytes}

    def wait_until_streaming(self, process):
        deadline = time.monotonic() + 30
        while not self.bench.postgres.row("SELECT 1 FROM pg_stat_replication r JOIN pg_replication_slots s ON s.active_pid = r.pid "
                                          "WHERE s.slot_name = %s AND r.state = 'streaming'", self.name):
            if not process.running() or time.monotonic() > deadline:
                raise RuntimeError(f"run {self.label} did not begin to stream: {process.tail()}")
            time.sleep(0.05)

    def drive(self):
        """Latencies in seconds, without those of the warm-up."""
        script = os.path.join(self.folder, "change.sql")
        with open(script, "w", encoding="utf-8") as file:
            file.write(CHANGE)
        context = multiprocessing.get_context("spawn")
        stop, results = context.Event(), context.Queue()
        topic = f"wakestream.{self.name}.events"
        if self.label == "kafka":
            reader = context.Process(target=read_kafka, args=(self.bench.kafka.address(), topic, results, stop))
        else:
            reader = context.Process(target=read_embedded, args=(f"{self.folder}/log/capture.sqlite", topic, results, stop))
        reader.start()
        time.sleep(1)
        counted_from = time.time() + WARM_UP_S
        pgbench = subprocess.run(
            [f"{self.bench.postgres.bin}/pgbench", "-n", "-h", "127.0.0.1", "-p", str(self.bench.postgres.port), "-U", "postgres",
             "-M", "prepared", "-c", "2", "-R", str(self.rate), "-T", str(WARM_UP_S + self.seconds), "-f", script, "postgres"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        time.sleep(1)
        stop.set()
        seen = results.get(timeout=30)
        reader.join()
        if pgbench.returncode != 0:
            raise RuntimeError(f"pgbench: {pgbench.stdout[-500:]}")
        return [now - commit_time_s(text) for text, now in seen if commit_time_s(text) >= counted_from]
