"""A snapshot of a table, beside COPY of the same table in the same turn: what the table's rows cost when nothing is done with them.

The clock of a snapshot is the program's own: from the moment when it streams to the one when it says that the snapshot is done.
"""
import datetime
import json
import os
import time

from drain import TIMEOUT_S, RunEmbedded, RunKafka
from measured import Process


class Table:
    """Accounts up to number `rows`."""

    def __init__(self, postgres, rows):
        self.postgres, self.rows = postgres, rows
        postgres.run("INSERT INTO graph.account SELECT graph.account_id(n), a.version, a.parent_id, a.banner, a.jurisdiction, a.consent, "
                     "a.email, a.phone, a.address, a.tier, a.points, a.updated_at FROM generate_series(10000, %s) n "
                     "JOIN graph.account a ON a.account_id = graph.account_id(n %% 10000)", rows - 1)
        postgres.run("VACUUM ANALYZE graph.account")


class Copy:
    label = "COPY"

    def __init__(self, bench, table, _number):
        self.bench, self.table = bench, table

    def measure(self):
        start = time.monotonic()
        process = Process([f"{self.bench.postgres.bin}/psql", self.bench.postgres.url, "-X", "-c", "COPY graph.account TO STDOUT"], "/dev/null")
        process.wait(TIMEOUT_S)
        if process.status != 0:
            raise RuntimeError(f"psql ended with {process.status}")
        return {"client": self.label, "rows": self.table.rows, "wall_s": time.monotonic() - start, "cpu_s": process.cpu_s,
                "resident_bytes": process.resident_bytes}


class Preview:
    """The rows as JSON lines that nobody reads: read, mapped, written nowhere."""
    label = "preview"

    def __init__(self, bench, table, number):
        self.bench, self.table = bench, table
        self.folder = os.path.join(bench.folder, f"snapshot_preview_{number}")
        os.makedirs(self.folder)

    def measure(self):
        config = self.bench.write_config(self.folder, "preview", "preview", {"embedded": {"path": os.path.join(self.folder, "log")}},
                                         rules="bench/snapshot_rules.sql")
        start = time.monotonic()
        process = Process([self.bench.program, "preview", "-c", config, "--from", "snapshot", "--null"], os.path.join(self.folder, "output"))
        process.wait(TIMEOUT_S)
        wall_s = time.monotonic() - start
        with open(process.output_path, encoding="utf-8") as said:
            ended = next((line for line in map(json.loads, said) if line["event"] == "previewed"), None)
        if ended is None or int(ended["events"]) != self.table.rows:
            raise RuntimeError(f"{self.label}: not {self.table.rows} events: {process.tail()}")
        return {"client": self.label, "rows": self.table.rows, "wall_s": wall_s, "cpu_s": process.cpu_s,
                "resident_bytes": process.resident_bytes}


class Snapshot:
    """A pipeline that is born with a snapshot, until that is done. Beside RunEmbedded or RunKafka, which know the log."""

    def __init__(self, bench, table, number):
        self.bench, self.table, self.postgres = bench, table, bench.postgres
        self.name = f"{type(self).label.replace(' ', '_')}_{number}"
        self.folder = os.path.join(bench.folder, self.name)
        os.makedirs(self.folder)

    def measure(self):
        config = self.bench.write_config(self.folder, self.name, self.name, self.log(), slot="create", rules="bench/snapshot_rules.sql",
                                         snapshot={"initial": True})
        process = Process([self.bench.program, "run", "-c", config], os.path.join(self.folder, "output"))
        try:
            done = self.wait_until_said(process, "snapshot_done")
            cpu_s = process.cpu_now()
        finally:
            process.end()
        begun = self.wait_until_said(process, "streaming")
        self.postgres.run("SELECT pg_drop_replication_slot(%s)", self.name)
        events = self.count_events()
        if events != self.table.rows:
            raise RuntimeError(f"{self.label}: {events} events of {self.table.rows} rows; a figure for that is worth nothing")
        return {"client": self.label, "rows": self.table.rows, "wall_s": (done - begun).total_seconds(), "cpu_s": cpu_s,
                "resident_bytes": process.resident_bytes}

    def wait_until_said(self, process, event):
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            with open(process.output_path, encoding="utf-8") as said:
                for line in said:
                    if line.endswith("\n") and json.loads(line)["event"] == event:
                        return datetime.datetime.fromisoformat(json.loads(line)["time"].replace("Z", "+00:00"))
            if not process.running() or time.monotonic() > deadline:
                raise RuntimeError(f"{self.label} did not say {event}: {process.tail()}")
            time.sleep(0.05)


class SnapshotEmbedded(Snapshot):
    label = "snapshot embedded"
    log, count_events = RunEmbedded.log, RunEmbedded.count_events


class SnapshotKafka(Snapshot):
    label = "snapshot kafka"
    log, count_events = RunKafka.log, RunKafka.count_events


CLIENTS = [Copy, Preview, SnapshotEmbedded, SnapshotKafka]
