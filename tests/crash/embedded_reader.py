#!/usr/bin/python3
"""An independent reader of the embedded log: Python's sqlite3 on the view `records`, while wakestream writes, dies and starts.

    embedded_reader.py FILE TOPIC OUTPUT [--partitions 1] [--poll-ms 3]

Reads in short transactions and writes each record to OUTPUT as a JSON line (history.Record) with the number of the read
that first showed it: every read is one moment, at which each commit must be there wholly or not at all. What it has seen must
stay: before it reads on it looks at the last record of each partition again.

Commands on stdin: `drain` (read to the end; answers `drained N`), `count` (answers `count N`), and the end of stdin.
"""

import argparse
import json
import queue
import sqlite3
import sys
import threading
import time


class EmbeddedReader:
    def __init__(self, file, topic, output, partitions):
        self.file, self.topic, self.output = file, topic, output
        self.last = {partition: None for partition in range(partitions)}  # (offset, headers) of the newest record
        self.batch = 0
        self.count = 0
        self._connection = None

    def poll(self):
        """One moment: what is new in every partition."""
        rows = self._snapshot()
        if rows is None:
            return
        seen_at_us = time.time_ns() // 1000
        self.batch += 1
        lines = []
        for partition, offset, key, value, headers in rows:
            lines.append(json.dumps([self.batch, seen_at_us, partition, offset, key, value, json.loads(headers)]))
        if lines:
            self.output.write("\n".join(lines) + "\n")
            self.count += len(lines)

    def _snapshot(self):
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=5, isolation_level=None)
            self._connection.execute("BEGIN")
            try:
                return [row for partition in self.last for row in self._new_rows(partition)]
            finally:
                self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            # The file, the view's tables or the WAL's index are not there yet: the program is about to make them.
            if self.count == 0 and any(text in str(error) for text in ("unable to open", "no such table", "locked")):
                self._close()
                return None
            raise

    def _new_rows(self, partition):
        last = self.last[partition]
        rows = self._connection.execute(
            "SELECT partition, offset, key, value, headers FROM records WHERE topic = ? AND partition = ? AND offset >= ?"
            " ORDER BY offset", (self.topic, partition, last[0] if last else 0)).fetchall()
        if last:
            if not rows or (rows[0][1], rows[0][4]) != last:
                raise SystemExit(f"embedded_reader: partition {partition}, offset {last[0]}: a record that was visible is gone")
            del rows[0]
        if rows:
            self.last[partition] = (rows[-1][1], rows[-1][4])
        return rows

    def _close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def read_commands(commands):
    for line in sys.stdin:
        commands.put(line.strip())
    commands.put("stop")


def main():
    parser = argparse.ArgumentParser(description="Reads the embedded log's events as they come.")
    parser.add_argument("file")
    parser.add_argument("topic")
    parser.add_argument("output")
    parser.add_argument("--partitions", type=int, default=1)
    parser.add_argument("--poll-ms", type=float, default=3)
    options = parser.parse_args()
    commands = queue.Queue()
    threading.Thread(target=read_commands, args=(commands,), daemon=True).start()
    with open(options.output, "w", encoding="utf-8") as output:
        reader = EmbeddedReader(options.file, options.topic, output, options.partitions)
        command = None
        while command != "stop":
            try:
                command = commands.get(timeout=options.poll_ms / 1000)
            except queue.Empty:
                command = None
            reader.poll()
            if command == "drain":
                output.flush()
                print(f"drained {reader.count}", flush=True)
            elif command == "count":
                print(f"count {reader.count}", flush=True)


if __name__ == "__main__":
    main()
