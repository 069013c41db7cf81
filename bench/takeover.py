"""A second instance takes over from one that is killed, with many accounts in the context: from SIGKILL to the first event that can only
be the second's, in the hands of an independent reader.

Who was killed is started again and waits in its turn, so that every round finds a waiting instance with a store of its own.
"""
import multiprocessing
import os
import threading
import time

import psycopg2

from drain import TIMEOUT_S, RunEmbedded, RunKafka
from latency import commit_time_s, read_embedded, read_kafka
from measured import Process
from snapshot import Snapshot

TABLE = """
CREATE TABLE graph.visit (visit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id uuid NOT NULL);
ALTER TABLE graph.visit REPLICA IDENTITY FULL;
ALTER PUBLICATION wakestream ADD TABLE graph.visit;
"""
PAUSE_S = 0.01       # between two visits
FOLLOWS_EVERY_S = 5  # a waiting instance (context_follow_ms)


class Visits:
    """Rows whose events join the context, one every few milliseconds, as long as it is open."""

    def __init__(self, postgres, accounts):
        self.postgres, self.accounts = postgres, accounts
        self.ends = threading.Event()
        self.writer = threading.Thread(target=self.write)

    def __enter__(self):
        self.writer.start()

    def __exit__(self, *_):
        self.ends.set()
        self.writer.join()

    def write(self):
        connection = psycopg2.connect(self.postgres.url)
        connection.autocommit = True
        number = 0
        with connection.cursor() as cursor:
            while not self.ends.wait(PAUSE_S):
                # Another account each time: that its context is in somebody's cache is no help.
                number = (number + 7919) % self.accounts
                cursor.execute("INSERT INTO graph.visit (account_id) VALUES (graph.account_id(%s))", (number,))
        connection.close()


class Takeover(Snapshot):
    """Beside RunEmbedded or RunKafka, which know the log."""

    def __init__(self, bench, table, rounds):
        super().__init__(bench, table, 0)
        self.rounds, self.lives = rounds, 0
        self.config = bench.write_config(
            self.folder, self.name, self.name, self.log(), slot="create", rules="bench/takeover_rules.sql",
            context={"table": "graph.account", **{name: name for name in ("account_id", "banner", "jurisdiction", "consent")},
                     "parent": "parent_id", "store": os.path.join(self.folder, "accounts")},
            keys={"folder": os.path.join(self.folder, "keys")})

    def start(self):
        self.lives += 1
        return Process([self.bench.program, "run", "-c", self.config, "--log-format", "json"], os.path.join(self.folder, f"output-{self.lives}"))

    def measure(self):
        holder, waiter = self.start(), None
        rounds = []
        try:
            self.wait_until_said(holder, "context_filled")
            for _ in range(self.rounds):
                waiter = self.start()
                self.wait_until_said(waiter, "lease_waiting")
                self.wait_until_followed(waiter)
                rounds.append(self.round(holder, waiter))
                holder, waiter = waiter, None
            resident_bytes = holder.resident_bytes
        finally:
            for process in (holder, waiter):
                if process:
                    process.end()
        self.postgres.run("SELECT pg_drop_replication_slot(%s)", self.name)
        return {"log": self.label, "accounts": self.table.rows, "rounds": rounds, "resident_bytes": resident_bytes}

    def wait_until_followed(self, waiter):
        """Until it has read what is there: it reads every few seconds, and does nothing in between."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            before = waiter.cpu_now()
            time.sleep(FOLLOWS_EVERY_S + 1)
            if waiter.cpu_now() - before < 0.3:
                return
            if not waiter.running() or time.monotonic() > deadline:
                raise RuntimeError(f"{self.label}: the waiting instance does not come to the end of the context: {waiter.tail()}")

    def round(self, holder, waiter):
        context = multiprocessing.get_context("spawn")
        stop, results = context.Event(), context.Queue()
        reader = context.Process(target=self.reader, args=(self.place(), f"wakestream.{self.name}.events", results, stop))
        reader.start()
        time.sleep(2)
        with Visits(self.postgres, self.table.rows):
            time.sleep(1)
            killed_at = time.time()
            holder.child.kill()
            while holder.running():
                time.sleep(0.0005)
            died_at = time.time()
            streams_at = self.wait_until_said(waiter, "streaming").timestamp()
            time.sleep(1)
        stop.set()
        seen = results.get(timeout=60)
        reader.join()
        # Only the second can have written what was committed when the first was dead.
        readable_at = min((now for text, now in seen if commit_time_s(text) >= died_at), default=None)
        if readable_at is None:
            raise RuntimeError(f"{self.label}: no event of the second: {waiter.tail()}")
        return {"streams_s": streams_at - killed_at, "readable_s": readable_at - killed_at}


class TakeoverEmbedded(Takeover):
    label = "embedded"
    log = RunEmbedded.log
    reader = staticmethod(read_embedded)

    def place(self):
        return os.path.join(self.log()["embedded"]["path"], "capture.sqlite")


class TakeoverKafka(Takeover):
    label = "kafka"
    log = RunKafka.log
    reader = staticmethod(read_kafka)

    def place(self):
        return self.bench.kafka.address()


LOGS = [TakeoverEmbedded, TakeoverKafka]
