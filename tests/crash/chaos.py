#!/usr/bin/python3
"""Kills wakestream at every step of its protocol, and compares what an independent reader and a receiver saw with the database's own truth.

    chaos.py [--log embedded|kafka] [--instances 1|2] [--rounds 10] [--seed S] [--binary build/dev/app/wakestream] [--keep]

A round is a life that ends at a failpoint of capture, often with something else hurt on the way (broker killed, PostgreSQL restarted, the
program frozen), sometimes a life that ends at a random moment, and one that ends at a failpoint of delivery. The workload goes on all the
while, and so does a receiver with faults of its own. With two instances (on Kafka) another one delivers shares of the consumer beside
it, and dies, stops or stands still in rounds of its own. Exit 0 when the verdicts are clean and each failpoint has killed often enough; else 1,
and the folder with everything stays.
"""

import argparse
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import chaos_plan
from chaos_delivery import Delivery
from chaos_second import SecondInstance
from checker import judge
from history import read_records, read_truth, to_seen
from parts import (REPOSITORY, Kafka, PartFailed, Postgres, Program, Reader, Workload, embedded_section, free_port, kafka_section,
                   write_config)

FAILPOINT_DEADLINE_S = 40  # with a broker away for some of it


class Chaos:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.rounds = chaos_plan.plan(options.seed, options.rounds, options.log)
        self.postgres = Postgres(folder / "postgres", free_port(25040, 25090), options.postgres_version)
        self.kafka = Kafka(folder / "kafka", free_port(25090, 25100)) if options.log == "kafka" else None
        self.log_folder = folder / "log"
        self.delivery = Delivery(folder, self.new_receipt_reader, options.seed, shares=1 if options.instances == 1 else 4)
        self.program = self.second = None
        self.workload = None
        self.reader = None
        self.hits = Counter()
        self.missed = Counter()
        self.kills = 0

    # --- setting up and taking down

    def set_up(self):
        self.postgres.start()
        self.postgres.script(REPOSITORY / "sql/setup.sql", REPOSITORY / "tests/crash/truth.sql")
        if self.kafka:
            self.kafka.start()
        section = kafka_section(self.kafka) if self.kafka else embedded_section(self.log_folder)
        write_config(self.folder / "wakestream.yaml", self.postgres, section, more=self.delivery.write_sections())
        # A copy: what is tried stays the same, whatever is built meanwhile.
        binary = shutil.copy(self.options.binary, self.folder / "wakestream")
        self.program = Program(binary, self.folder / "wakestream.yaml", self.folder / "wakestream.log")
        if self.options.instances == 2:
            self.second = SecondInstance(binary, self.folder / "wakestream.yaml", self.folder / "second.log")
        self.reader = self.new_reader("live.jsonl")

    def new_reader(self, name):
        output = self.folder / name
        return Reader.kafka(self.kafka, output) if self.kafka else Reader.embedded(self.log_folder, output)

    def new_receipt_reader(self, output, consumer):
        topic = f"receipts.{consumer}"
        if self.kafka:
            return Reader.kafka(self.kafka, output, topic=topic)
        return Reader.embedded(self.log_folder, output, topic=topic, writer=f"deliver.{consumer}")

    def take_down(self):
        for part, end in ((self.workload, "kill"), (self.program, "kill"), (self.second, "kill"), (self.delivery, "end"), (self.reader, "stop"), (self.kafka, "stop")):
            if part is not None:
                try:
                    getattr(part, end)()
                except PartFailed as failure:
                    print(f"chaos: {failure}", file=sys.stderr)
        self.postgres.stop("immediate")

    # --- lives and deaths

    def run_rounds(self):
        for failpoint in chaos_plan.birth_failpoints(self.options.seed):
            print(f"birth        {failpoint:<22}", end="", flush=True)
            self.program.start(failpoint)
            print(self.die_at_failpoint(failpoint.partition(":")[0], 5, counts=False))
        self.program.start()
        self.postgres.wait_for_stream(self.program)
        self.workload = Workload(self.postgres, "--seed", self.options.seed, "--members", self.options.members,
                                 "--rate", self.options.rate)
        self.workload.wait_until_enrolled()
        self.program.kill()
        self.kills += 1
        for current in self.rounds:
            began = time.monotonic()
            print(f"round {current.number:>3}/{len(self.rounds)} {str(current) + (f'; the second {current.second}' if self.second else ''):<110}", end="", flush=True)
            word = self.play(current)
            self.workload.check_alive()
            print(f"{word:<10} {time.monotonic() - began:5.1f} s  {self.reader.drain():>9,} events", flush=True)

    def play(self, current):
        self.delivery.misbehave(current.receiver)
        if self.second:
            self.second.begin_round(current.second, current.second_hit)
        self.program.start(f"{current.failpoint}:{current.hit}")
        if current.outside:
            time.sleep(current.outside_after_s)
            self.hurt(current)
        word = self.die_at_failpoint(current.failpoint, FAILPOINT_DEADLINE_S)
        if current.random_kill_after_s is not None:
            self.reader.drain()
            self.program.start()
            time.sleep(current.random_kill_after_s)
            self.check_not_ended()
            self.program.kill()
            self.kills += 1
        self.delivery.behave(self.program)
        self.program.start(f"{current.delivery_failpoint}:{current.delivery_hit}")
        self.die_at_failpoint(current.delivery_failpoint, FAILPOINT_DEADLINE_S)
        return word

    def hurt(self, current):
        if current.outside == "broker kill":
            self.kafka.stop(kill=True)
            time.sleep(current.outside_for_s)
            self.kafka.start()
        elif current.outside == "freeze":
            self.program.signal(signal.SIGSTOP)
            time.sleep(current.outside_for_s)
            self.program.signal(signal.SIGCONT)
        else:
            self.postgres.restart(current.outside.split()[1])

    def die_at_failpoint(self, name, deadline_s, counts=True):
        code = self.program.wait(deadline_s)
        if code is None:
            self.program.kill()
            self.missed[name] += 1
        elif code == -signal.SIGKILL:
            self.hits[name] += counts
        else:
            raise PartFailed(f"wakestream ended with {code} by itself: {self.program.last_words()}")
        self.kills += 1
        return "killed" if code is not None else "not reached"

    def check_not_ended(self):
        if self.program.exit_code() is not None:
            raise PartFailed(f"wakestream ended with {self.program.exit_code()} by itself: {self.program.last_words()}")

    # --- the end

    def verdict(self):
        self.program.start()
        self.workload.stop()
        self.postgres.wait_for_stream(self.program)
        self.postgres.wait_until_confirmed(self.program)
        self.program.stop()
        self.reader.drain()
        if self.reader.stop() != 0:
            raise PartFailed("the reader failed")
        last = self.new_reader("final.jsonl")
        last.drain()
        if last.stop() != 0:
            raise PartFailed("the last reader failed")
        self.reader = None
        connection = self.postgres.connect()
        truth = read_truth(connection)
        connection.close()
        if self.second:
            self.second.recover()
        self.delivery.settle(self.program, truth, map(to_seen, read_records(self.folder / "final.jsonl")))
        if self.second:
            self.second.stop()
        return judge(truth, map(to_seen, read_records(self.folder / "final.jsonl")),
                     map(to_seen, read_records(self.folder / "live.jsonl")))

    def report(self, verdict):
        least = chaos_plan.hits_min(self.rounds)
        print("\nworkload: " + ", ".join(f"{count:,} {what}" for what, count in self.workload.counts.items()))
        print(f"log: {verdict.transactions:,} transactions, {verdict.split} of them split")
        print("killed at: " + ", ".join(f"{name} {self.hits[name]}" for name in [*chaos_plan.FAILPOINTS, *chaos_plan.DELIVERY_FAILPOINTS]))
        rare = [name for name in least if self.hits[name] < least[name]]
        for name in rare:
            print(f"chaos: {name} killed {self.hits[name]} times ({self.missed[name]} times not reached); {least[name]} are demanded")
        delivered = self.delivery.verdict()
        for sentence in verdict.explain() + delivered.explain():
            print(f"  {sentence}")
        print(f"receiver: {self.delivery.account()}")
        print(f"{verdict.line(self.kills)}; {delivered.line(self.delivery.consumer)}")
        return verdict.clean and delivered.clean and not rare


def main():
    parser = argparse.ArgumentParser(description="Kills wakestream at every step and judges what came of it.")
    parser.add_argument("--log", choices=("embedded", "kafka"), default="embedded")
    parser.add_argument("--instances", type=int, choices=(1, 2), default=1, help="that deliver; 2 on Kafka alone")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", default="")
    parser.add_argument("--binary", default=str(REPOSITORY / "build/dev/app/wakestream"))
    parser.add_argument("--postgres-version", type=int, default=15, choices=(15, 18))
    parser.add_argument("--members", type=int, default=6000)
    parser.add_argument("--rate", type=float, default=150, help="transactions a second of the workload")
    parser.add_argument("--keep", action="store_true", help="leave the folder in any case")
    options = parser.parse_args()
    options.seed = options.seed or secrets.token_hex(4)
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    if options.instances == 2 and options.log != "kafka":
        parser.error("--instances 2: only with --log kafka")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="wakestream-chaos-"))
    os.chmod(folder, 0o755)  # the PostgreSQL in it may run as another user
    print(f"chaos on the {options.log} log, {options.rounds} rounds, seed {options.seed} (again: make chaos LOG={options.log} "
          f"ROUNDS={options.rounds} SEED={options.seed}{' INSTANCES=2' if options.instances == 2 else ''})", flush=True)
    chaos = Chaos(options, folder)
    clean = False
    try:
        chaos.set_up()
        chaos.run_rounds()
        clean = chaos.report(chaos.verdict())
    except PartFailed as failure:
        print(f"\nchaos: {failure}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nchaos: interrupted", file=sys.stderr)
    finally:
        chaos.take_down()
        if clean and not options.keep:
            shutil.rmtree(folder)
        else:
            print(f"chaos: everything is in {folder}", file=sys.stderr)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
