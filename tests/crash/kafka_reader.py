#!/usr/bin/env python3
"""An independent reader of the log on Kafka: confluent-kafka's consumer, read_committed, on all partitions.

    kafka_reader.py BROKERS TOPIC OUTPUT [read_uncommitted]

Needs the Python of .cache/venv. Writes each record to OUTPUT as a JSON line (history.Record). Partitions cannot be read at one
moment while they are written, so its moments are the drains: the caller asks for one when no program writes, and then every
commit must be there wholly or not at all. Records between two drains share a number.

Commands on stdin: `drain` (read to the last stable offset of every partition; answers `drained N`), `count` (answers `count
N`), and the end of stdin.
"""

import json
import queue
import sys
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

# A commit that was decided when its producer died is still being marked, partition by partition, by the broker. So a drain
# is over when it brought nothing new so many times in a row.
QUIET_ROUNDS = 3
QUIET_PAUSE_S = 0.15
DRAIN_DEADLINE_S = 60


class KafkaReader:
    def __init__(self, brokers, topic, output, isolation_level):
        self.topic, self.output = topic, output
        self.next_offset = {}
        self.at_end = set()
        self.batch = 0
        self.count = 0
        self.consumer = Consumer({
            "bootstrap.servers": brokers, "group.id": "crash-test-reader", "enable.auto.commit": False,
            "isolation.level": isolation_level, "enable.partition.eof": True, "auto.offset.reset": "error",
            "fetch.wait.max.ms": 10, "reconnect.backoff.max.ms": 500, "topic.metadata.refresh.interval.ms": 2000,
            "log_level": 0})

    def wait_for_topic(self):
        while True:
            try:
                found = self.consumer.list_topics(self.topic, timeout=5).topics[self.topic]
                if found.error is None and found.partitions:
                    break
            except KafkaException:
                pass  # the broker is away
            time.sleep(0.2)
        self.next_offset = {partition: OFFSET_BEGINNING for partition in found.partitions}
        self.assign()

    def assign(self):
        """Anew from where it stands: each partition then says once more when its end is reached."""
        self.at_end = set()
        self.consumer.assign([TopicPartition(self.topic, partition, offset) for partition, offset in self.next_offset.items()])

    def poll(self, timeout_s):
        for message in self.consumer.consume(5000, timeout_s):
            error = message.error()
            if error is None:
                self.write(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                self.at_end.add(message.partition())
            elif not error.retriable() and error.code() not in (
                    KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE, KafkaError._TIMED_OUT,
                    KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION, KafkaError._UNKNOWN_TOPIC):
                raise SystemExit(f"kafka_reader: {error}")

    def write(self, message):
        # What was fetched before partitions were assigned anew may come out behind that, and then comes once more: an offset is one record.
        if message.offset() < self.next_offset[message.partition()]:
            return
        headers = {name: value.decode() for name, value in message.headers() or []}
        value = message.value()
        self.output.write(json.dumps([
            self.batch, time.time_ns() // 1000, message.partition(), message.offset(), message.key().decode(),
            value.decode() if value is not None else None, headers]) + "\n")
        self.next_offset[message.partition()] = message.offset() + 1
        self.count += 1

    def drain(self):
        deadline = time.monotonic() + DRAIN_DEADLINE_S
        quiet = 0
        while quiet < QUIET_ROUNDS:
            before = self.count
            self.assign()
            while len(self.at_end) < len(self.next_offset):
                if time.monotonic() > deadline:
                    raise SystemExit(f"kafka_reader: the end was not reached within {DRAIN_DEADLINE_S} s")
                self.poll(0.05)
            quiet = quiet + 1 if self.count == before else 0
            time.sleep(QUIET_PAUSE_S)
        self.output.flush()
        self.batch += 1


def read_commands(commands):
    for line in sys.stdin:
        commands.put(line.strip())
    commands.put("stop")


def main():
    brokers, topic, output_path = sys.argv[1:4]
    isolation_level = sys.argv[4] if len(sys.argv) > 4 else "read_committed"
    commands = queue.Queue()
    threading.Thread(target=read_commands, args=(commands,), daemon=True).start()
    with open(output_path, "w", encoding="utf-8") as output:
        reader = KafkaReader(brokers, topic, output, isolation_level)
        reader.wait_for_topic()
        command = None
        while command != "stop":
            reader.poll(0.01)
            try:
                command = commands.get_nowait()
            except queue.Empty:
                command = None
            if command == "drain":
                reader.drain()
                print(f"drained {reader.count}", flush=True)
            elif command == "count":
                print(f"count {reader.count}", flush=True)
        reader.consumer.close()


if __name__ == "__main__":
    main()
