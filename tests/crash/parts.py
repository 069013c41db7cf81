"""The real parts of a crash test, each as an object that is started, hurt and stopped: PostgreSQL, Kafka, the program, its
workload and its reader. Every one ends only processes that it started itself."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import psycopg2.errors

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
VENV_PYTHON = REPOSITORY / ".cache" / "venv" / "bin" / "python"
PIPELINE = "crash"


class PartFailed(Exception):
    """A part did not do what the test needs; the message is for a person."""


def run(*command):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise PartFailed(f"{Path(str(command[0])).name} {command[1] if len(command) > 1 else ''}: "
                         f"{(done.stderr or done.stdout).strip()}")
    return done.stdout


def free_port(first, last):
    for port in range(first, last):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise PartFailed(f"no port is free from {first} to {last - 1}")


def wait_until(what, condition, deadline_s=20, pause_s=0.05):
    """What `condition` gives once it gives something."""
    until = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise PartFailed(f"waited {deadline_s} s in vain: {what}")
        time.sleep(pause_s)


class Postgres:
    def __init__(self, folder, port, version=15):
        self.folder, self.port, self.version = folder, port, version
        self.dsn = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"

    def start(self):
        # track_commit_timestamp is not needed: the commit's time comes with the stream.
        run(REPOSITORY / "scripts/postgres", "start", "--dir", self.folder, "--port", self.port, "--version", self.version)

    def standby(self, folder, port):
        """A standby of this server, streaming from it."""
        run(REPOSITORY / "scripts/postgres", "standby", "--dir", folder, "--port", port, "--of", self.folder)
        return Postgres(folder, port, self.version)

    def stop(self, mode="fast"):
        run(REPOSITORY / "scripts/postgres", "stop", "--dir", self.folder, "--mode", mode)

    def restart(self, mode):
        self.stop(mode)
        self.start()

    def script(self, *files, **variables):
        settings = [f"--set={name}={value}" for name, value in variables.items()]
        for file in files:
            run("psql", "-X", "-q", "-d", self.dsn, *settings, "-f", file)

    def connect(self):
        connection = psycopg2.connect(self.dsn, connect_timeout=5)
        connection.autocommit = True
        return connection

    def value(self, query, *arguments):
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, arguments)
                row = cursor.fetchone()
                return row[0] if row else None
        finally:
            connection.close()

    def copy_slot_of(self, primary, slot):
        """At a standby: until its copy of the primary's slot would outlive a promotion."""
        def copied():
            # The copy is made where the standby has what the slot needs; the slot must move for that.
            primary.value("SELECT pg_log_standby_snapshot()")
            try:
                self.value("SELECT pg_sync_replication_slots()")
            except psycopg2.errors.ObjectNotInPrerequisiteState:  # the standby has not what the slot has read
                return False
            return self.value("SELECT synced AND NOT temporary AND invalidation_reason IS NULL FROM pg_replication_slots "
                              "WHERE slot_name = %s", slot)
        wait_until("the slot is copied", copied, 30, 0.3)

    def slot_active(self, slot="wakestream"):
        return bool(self.value("SELECT active FROM pg_replication_slots WHERE slot_name = %s", slot))

    def wait_for_stream(self, program, deadline_s=30, slot="wakestream"):
        """Until the program streams, or PartFailed: with its exit code when it ended."""
        until = time.monotonic() + deadline_s
        while not self.slot_active(slot):
            if program.exit_code() is not None:
                raise PartFailed(f"wakestream ended with {program.exit_code()} before it streamed: {program.last_words()}")
            if time.monotonic() > until:
                raise PartFailed(f"wakestream does not stream after {deadline_s} s: {program.last_words()}")
            time.sleep(0.05)

    def wait_until_confirmed(self, program, deadline_s=120, slot="wakestream"):
        """Until the program has told PostgreSQL that everything committed up to now is in the log."""
        target = self.value("SELECT pg_current_wal_lsn()::text")
        until = time.monotonic() + deadline_s
        while not self.value("SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s",
                             target, slot):
            if program.exit_code() is not None:
                raise PartFailed(f"wakestream ended with {program.exit_code()} while catching up: {program.last_words()}")
            if time.monotonic() > until:
                raise PartFailed(f"wakestream has not caught up within {deadline_s} s: {program.last_words()}")
            time.sleep(0.05)


class Kafka:
    """`secure_ports` are those of the listeners that want a password and a certificate, `settings` more key=value lines of its
    own: see scripts/kafka."""

    def __init__(self, folder, port, secure_ports=None, settings=()):
        self.folder, self.port, self.secure_ports, self.settings = folder, port, secure_ports, settings
        self.brokers = f"127.0.0.1:{port}"

    def start(self):
        secure = ["--secure-ports", "{},{}".format(*self.secure_ports)] if self.secure_ports else []
        run(REPOSITORY / "scripts/kafka", "start", "--dir", self.folder, "--port", self.port, *secure,
            *(word for setting in self.settings for word in ("-c", setting)))

    def stop(self, kill=False):
        run(REPOSITORY / "scripts/kafka", "stop", "--dir", self.folder, *(["--kill"] if kill else []))


def is_stopped(pid):
    """By SIGSTOP."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


class Program:
    """`wakestream run`, one life after the other. What it says goes to one file."""

    def __init__(self, binary, config, log_path):
        self.binary, self.config, self.log_path = binary, config, log_path
        self.process = None
        self.command_prefix = []  # to start it in other surroundings
        self.words = []  # behind `run`
        if not os.access(binary, os.X_OK):
            raise PartFailed(f"{binary} is not there: build it first")

    def start(self, failpoint=None):
        environment = {name: value for name, value in os.environ.items() if name != "WAKESTREAM_FAILPOINT"}
        if failpoint:
            environment["WAKESTREAM_FAILPOINT"] = failpoint
        with open(self.log_path, "ab") as log:
            # A session of its own: a Ctrl-C meant for the test is not meant for it.
            self.process = subprocess.Popen([*self.command_prefix, self.binary, "run", *self.words, "-c", self.config, "--log-format", "json"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=environment, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def exit_code(self):
        return self.process.poll() if self.process else None

    def wait(self, timeout_s):
        """The exit code (negative: the signal), or None when it still runs."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def is_stopped(self):
        return self.exit_code() is None and is_stopped(self.pid)

    def signal(self, number):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        if self.process:
            self.process.wait()

    def stop(self, deadline_s=10):
        """SIGTERM must end it in good order, soon."""
        self.signal(signal.SIGTERM)
        code = self.wait(deadline_s)
        if code is None:
            self.kill()
            raise PartFailed(f"wakestream did not end within {deadline_s} s of SIGTERM: {self.last_words()}")
        if code != 0:
            raise PartFailed(f"wakestream ended with {code} after SIGTERM: {self.last_words()}")

    def said(self, event=None):
        """What it has said in all its lives: JSON objects; of one kind, where one is named."""
        lines = Path(self.log_path).read_text(errors="replace").splitlines() if Path(self.log_path).exists() else []
        said = []
        for line in lines:
            try:
                said.append(json.loads(line))
            except ValueError:
                said.append({"message": line})
        return said if event is None else [line for line in said if line.get("event") == event]

    def wait_for_event(self, event, deadline_s=20, count=1, meanwhile=lambda: None):
        """The last of `count` lines of that event."""
        def found():
            meanwhile()
            lines = self.said(event)
            if len(lines) >= count:
                return lines[count - 1]
            if self.exit_code() is not None:
                raise PartFailed(f"ended with {self.exit_code()} before it said {event}: {self.last_words()}")
            return None
        try:
            return wait_until(f"the program says {event}", found, deadline_s)
        except PartFailed as failure:
            raise PartFailed(f"{failure}; it said: {self.last_words(6)}") from None

    def last_words(self, count=3):
        return " | ".join(str(line.get("message", line)) for line in self.said()[-count:]) or "(it said nothing)"


def write_config(path, postgres, log, rules=None, more=""):
    """`log` is the text of the section, as in wakestream.yaml; `more` are sections beside those."""
    rules = rules or REPOSITORY / "sql/rules/customer.sql"
    Path(path).write_text(
        f"pipeline: {PIPELINE}\n"
        "source:\n"
        f"  url: postgresql://wakestream@127.0.0.1:{postgres.port}/postgres\n"
        "  slot_name: wakestream\n"
        "  slot: create\n"
        "  publication: wakestream\n"
        f"log:\n  {log}\n"
        f"rules: [{rules}]\n{more}")


def embedded_section(folder):
    return f"embedded: {{ path: {folder} }}"


def kafka_section(kafka):
    return f'kafka: {{ brokers: "{kafka.brokers}", event_partitions: 4, create_topics: true }}'


class Workload:
    def __init__(self, postgres, *options):
        self._process = subprocess.Popen([sys.executable, str(HERE / "workload.py"), "--dsn", postgres.dsn, *map(str, options)],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                         start_new_session=True)
        self.counts = {}

    def wait_until_enrolled(self):
        if self._process.stdout.readline().strip() != "enrolled":
            raise PartFailed(f"the workload did not start: {self._process.stderr.read().strip()}")

    def check_alive(self):
        if self._process.poll() is not None:
            raise PartFailed(f"the workload ended by itself: {self._process.stderr.read().strip()}")

    def stop(self):
        """Ends it after the transactions that are running."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        out, err = self._process.communicate(timeout=90)
        if self._process.returncode != 0:
            raise PartFailed(f"the workload failed: {err.strip()}")
        self.counts = json.loads(out.strip().splitlines()[-1])

    def kill(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Reader:
    """An independent reader in a process of its own; its file holds what it saw."""

    def __init__(self, command, output):
        self.output = output
        self._process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True, start_new_session=True)

    @classmethod
    def embedded(cls, folder, output, poll_ms=3, topic="events", writer="capture"):
        return cls(["/usr/bin/python3", HERE / "embedded_reader.py", Path(folder) / f"{writer}.sqlite", f"wakestream.{PIPELINE}.{topic}",
                    output, "--poll-ms", poll_ms], output)

    @classmethod
    def kafka(cls, kafka, output, isolation_level="read_committed", topic="events"):
        if not VENV_PYTHON.exists():
            raise PartFailed(f"{VENV_PYTHON} is not there: run make deps")
        return cls([VENV_PYTHON, HERE / "kafka_reader.py", kafka.brokers, f"wakestream.{PIPELINE}.{topic}", output,
                    isolation_level], output)

    def drain(self, timeout_s=90):
        return self._ask("drain", timeout_s)

    def count(self, timeout_s=30):
        return self._ask("count", timeout_s)

    def _ask(self, command, timeout_s):
        try:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise PartFailed(f"the reader ended: {self._process.stderr.read().strip()}") from None
        ready, _, _ = select.select([self._process.stdout], [], [], timeout_s)
        if not ready:
            raise PartFailed(f"the reader does not answer to '{command}'")
        answer = self._process.stdout.readline()
        if not answer:
            raise PartFailed(f"the reader ended: {self._process.stderr.read().strip()}")
        return int(answer.split()[1])

    def stop(self):
        if self._process.poll() is None:
            self._process.stdin.close()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process.stdout.close()
            self._process.stderr.close()
        return self._process.returncode
