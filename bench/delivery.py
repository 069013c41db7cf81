"""Deliveries to a local receiver that is not the bottleneck (bench/http_sink.cc): how many a second, beside wrk, which sends
the same requests to the same receiver and does nothing else; and how long from a commit in PostgreSQL to the receiver, for
eight consumers at once.
"""
import http.client
import json
import os
import re
import signal
import subprocess
import time

import psycopg2

from measured import Process

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONSUMERS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
TIMEOUT_S = 300
WRK_S = 5
CONNECTIONS = 500
WARM_UP_S = 10
# A broker's JVM compiles for about a minute under load, on the cores that all others need. One that runs for longer than a
# benchmark has that behind it.
WARM_UP_FIRST_S = {"embedded": WARM_UP_S, "kafka": 75}


class Sink:
    def __init__(self, build, port):
        self.port = port
        self.child = subprocess.Popen([os.path.join(build, "bench/wakestream_http_sink"), str(port)])

    def __enter__(self):
        deadline = time.monotonic() + 10
        while True:
            try:
                self.sums()
                return self
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def sums(self):
        """By consumer, since it was asked last."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/sums")
        sums = json.loads(connection.getresponse().read())
        connection.close()
        return {path.lstrip("/"): tally for path, tally in sums.items()}


class Delivery:
    def __init__(self, bench, build, port, label):
        self.bench, self.build, self.port, self.label = bench, build, port, label
        self.name = f"delivery_{label}"
        self.folder = os.path.join(bench.folder, self.name)
        os.makedirs(self.folder)

    def config(self, name, consumers, refuses=()):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder)
        log = {"kafka": {"brokers": self.bench.kafka.address()}} if self.label == "kafka" else {"embedded": {"path": f"{folder}/log"}}
        for consumer in consumers:
            with open(f"{folder}/{consumer}.yaml", "w", encoding="utf-8") as recipe:
                json.dump({"request": {"url": f"http://127.0.0.1:{self.port}/{'refuse/' if consumer in refuses else ''}{consumer}"},
                           "network": {"allow": ["127.0.0.0/8"], "plain_http": True, "in_flight_max": CONNECTIONS}}, recipe)
        slot = f"{self.name}_{name}"
        return slot, self.bench.write_config(folder, slot, slot, log, slot="create", policy=os.path.join(ROOT, "bench/policy.yaml"),
                                             keys={"folder": f"{folder}/keys"}, metrics={"listen": self.port + 1}, consumers={consumer: {"recipe": f"{consumer}.yaml"} for consumer in consumers})

    def start(self, config, *roles):
        words = ["--role", ",".join(roles)] if roles else []
        return Process([self.bench.program, "run", "-c", config, "--log-format", "json", *words], os.path.join(self.folder, f"output-{time.monotonic_ns()}"))

    @staticmethod
    def wait_until_said(process, event):
        deadline = time.monotonic() + 60
        while f'"{event}"' not in open(process.output_path, encoding="utf-8").read():
            if time.monotonic() > deadline or process.child.poll() is not None:
                raise RuntimeError(f"no {event}: " + open(process.output_path, encoding="utf-8").read()[-2000:])
            time.sleep(0.05)

    # --- how many a second

    def capacity(self, events):
        slot, config = self.config("capacity", ["one"])
        capture = self.start(config, "capture")
        try:
            self.wait_until_said(capture, "streaming")
            self.bench.postgres.run("CALL graph.backlog(%s, 1000)", events)
            self.wait_until_captured(config, events)
        finally:
            capture.end()
        self.bench.postgres.run("SELECT pg_drop_replication_slot(%s)", slot)
        with Sink(self.build, self.port) as sink:
            peer = self.wrk(sink)
            process = self.start(config, "deliver")
            try:
                figures = self.drain(sink, process, events)
            finally:
                process.end()
        return {"log": self.label, "events": events, "wrk_per_s": peer, **figures}

    def wait_until_captured(self, config, events):
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            done = subprocess.run([self.bench.program, "tail", "-c", config], capture_output=True, text=True, check=True)
            if done.stdout.count("\n") >= events:
                return
            time.sleep(1)
        raise RuntimeError("the backlog was not captured in time")

    def wrk(self, sink):
        script = os.path.join(self.folder, "wrk.lua")
        body = {"type": "customer.tier_changed", "subject": "x" * 36, "sequence": "x" * 50, "data": {"filler": "x" * 300}}
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = [[{json.dumps(body)}]]\n")
        done = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WRK_S}s", "-s", script, f"http://127.0.0.1:{self.port}/wrk"],
                              capture_output=True, text=True, check=True)
        sink.sums()
        return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1))

    def drain(self, sink, process, events):
        delivered, began, cpu_before = 0, None, None
        deadline = time.monotonic() + TIMEOUT_S
        while delivered < events:
            if time.monotonic() > deadline or process.child.poll() is not None:
                raise RuntimeError(f"{delivered} of {events} were delivered: " + open(process.output_path, encoding="utf-8").read()[-2000:])
            time.sleep(0.02)
            delivered += sink.sums().get("one", {}).get("count", 0)
            if delivered and began is None:
                began, first, cpu_before = time.monotonic(), delivered, process.cpu_now()
        wall_s = time.monotonic() - began
        return {"per_s": (events - first) / wall_s, "cpu_us": (process.cpu_now() - cpu_before) / (events - first) * 1e6,
                "resident_bytes": process.resident_bytes}

    # --- how long

    def latency(self, rate, seconds):
        slot, config = self.config("latency", CONSUMERS)
        with Sink(self.build, self.port) as sink:
            process = self.start(config)
            try:
                self.wait_until_said(process, "streaming")
                self.drive(rate, WARM_UP_FIRST_S[self.label])
                time.sleep(1)
                sink.sums()
                cpu_before = process.cpu_now()
                self.drive(rate, seconds)
                time.sleep(1)
                cpu_s = process.cpu_now() - cpu_before
                sums = sink.sums()
                resident_bytes = process.resident_bytes
            finally:
                process.end()
        self.bench.postgres.run("SELECT pg_drop_replication_slot(%s)", slot)
        missing = [consumer for consumer in CONSUMERS if sums.get(consumer, {}).get("count", 0) < rate * seconds * 0.9]
        if missing:
            raise RuntimeError(f"{missing} did not get what was committed: {sums}")
        return {"log": self.label, "rate": rate, "consumers": len(CONSUMERS), "deliveries": sum(tally["count"] for tally in sums.values()),
                "p50_ms": max(tally["p50_ms"] for tally in sums.values()), "p99_ms": max(tally["p99_ms"] for tally in sums.values()),
                "cpu_share": cpu_s / seconds, "resident_bytes": resident_bytes}

    # --- what waits

    def parked(self, events, rate, seconds):
        """One receiver takes nothing: an event of each account parks its lane, and all others wait behind it. How long the
        other seven take then, and what memory that costs."""
        slot, config = self.config("parked", CONSUMERS, refuses=[CONSUMERS[0]])
        with Sink(self.build, self.port) as sink:
            process = self.start(config)
            try:
                self.wait_until_said(process, "streaming")
                self.bench.postgres.run("CALL graph.backlog(%s, 1000)", 10_000)
                self.wait_until_parked(10_000)
                self.drive(rate, WARM_UP_S)
                time.sleep(1)
                sink.sums()
                self.drive(rate, seconds)
                time.sleep(1)
                sums = {consumer: tally for consumer, tally in sink.sums().items() if consumer in CONSUMERS}
            finally:
                process.end()
            self.bench.postgres.run("SELECT pg_drop_replication_slot(%s)", slot)
            slot, config = self.config("waiting", CONSUMERS[:1], refuses=[CONSUMERS[0]])
            process = self.start(config)
            try:
                self.wait_until_said(process, "streaming")
                self.bench.postgres.run("CALL graph.backlog(%s, 1000)", events)
                self.wait_until_parked(events)
                resident_bytes = process.resident_bytes
            finally:
                process.end()
        self.bench.postgres.run("SELECT pg_drop_replication_slot(%s)", slot)
        return {"log": self.label, "lanes": 10_000, "p50_ms": max(tally["p50_ms"] for tally in sums.values()),
                "p99_ms": max(tally["p99_ms"] for tally in sums.values()), "letters": events, "resident_bytes": resident_bytes}

    def wait_until_parked(self, letters):
        deadline = time.monotonic() + 3 * TIMEOUT_S
        found = None
        while time.monotonic() < deadline:
            connection = http.client.HTTPConnection("127.0.0.1", self.port + 1, timeout=10)
            connection.request("GET", "/metrics")
            metrics = connection.getresponse().read().decode()
            connection.close()
            found = re.search(rf'wakestream_letters_waiting{{[^}}]*consumer="{CONSUMERS[0]}"[^}}]*}} (\d+)', metrics)
            if found and int(found.group(1)) >= letters:
                return
            time.sleep(0.5)
        raise RuntimeError(f"not all of it waits: {found and found.group(0)}")

    def drive(self, rate, seconds):
        """One change a transaction, evenly."""
        connection = psycopg2.connect(self.bench.postgres.url)
        connection.autocommit = True
        began = time.monotonic()
        with connection.cursor() as cursor:
            for number in range(rate * seconds):
                time.sleep(max(0.0, began + number / rate - time.monotonic()))
                cursor.execute("UPDATE graph.account SET version = version + 1, tier = CASE tier WHEN 'gold' THEN 'standard' ELSE 'gold' END "
                               "WHERE account_id = graph.account_id(%s)", (number * 7919 % 10_000,))
        connection.close()
