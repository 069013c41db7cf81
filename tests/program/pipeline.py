"""The real program on real servers, as an operator meets it: what it is asked to do, and what it says.

One PostgreSQL (and one broker) serves all tests of a class; each test has a database, a configuration and a log of its own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPOSITORY / "tests" / "crash"))

from parts import Kafka, Postgres, Program, free_port, wait_until  # noqa: E402

BINARY = Path(os.environ.get("WAKESTREAM_BINARY", REPOSITORY / "build/dev/app/wakestream"))
VENV = str(REPOSITORY / ".cache/venv/bin/python")
RULES = REPOSITORY / "sql/rules/customer.sql"
FIRST_PORT = 25200


class Database(Postgres):
    """One database of a server that others share."""

    def __init__(self, server, name):
        super().__init__(server.folder, server.port, server.version)
        self.name = name
        self.dsn = f"host=127.0.0.1 port={server.port} user=postgres dbname={name}"
        self.url = f"postgresql://wakestream@127.0.0.1:{server.port}/{name}"

    def do(self, *statements):
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def ask_password_of(self, role):
        """Whoever else has been let in without one still is."""
        hba = self.folder / "data/pg_hba.conf"
        hba.write_text(f"host all {role} 127.0.0.1/32 scram-sha-256\n" + hba.read_text())
        self.do("SELECT pg_reload_conf()")

    def new_account(self, email="a@example.com", banner="banner-a"):
        return self.value("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) "
                          "VALUES (%s, 'DE', '{}', %s, 1) RETURNING account_id::text", banner, email)

    def slot(self, column, name="wakestream"):
        return self.value(f"SELECT {column}::text FROM pg_replication_slots WHERE slot_name = %s", name)


class ProgramTest(unittest.TestCase):
    """Starts the servers once a class; `server_settings` are PostgreSQL's, `with_kafka` asks for a broker, `secure_kafka` for
    listeners of it that want TLS and passwords."""

    version = 15
    server_settings = {}
    with_kafka = False
    secure_kafka = False
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="wakestream-program-"))
        os.chmod(cls.folder, 0o755)  # the PostgreSQL in it may run as another user
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        port = FIRST_PORT + os.getpid() % 500 * 10
        cls.server = Postgres(cls.folder / "postgres", free_port(port, port + 200), cls.version)
        cls.server.start()
        cls.addClassCleanup(cls.server.stop, "immediate")
        cls.template = Database(cls.server, "template")
        cls.server.value("SELECT 1")
        Database(cls.server, "postgres").do("CREATE DATABASE template")
        cls.template.script(REPOSITORY / "sql/setup.sql")
        if cls.server_settings:
            Database(cls.server, "postgres").do(*(f"ALTER SYSTEM SET {name} = '{value}'"
                                                  for name, value in cls.server_settings.items()))
            cls.server.restart("fast")
        if cls.with_kafka:
            secure_ports = (free_port(port + 400, port + 600), free_port(port + 600, port + 800)) if cls.secure_kafka else None
            cls.kafka = Kafka(cls.folder / "kafka", free_port(port + 200, port + 400), secure_ports)
            cls.kafka.start()
            cls.addClassCleanup(cls.kafka.stop)

    def setUp(self):
        name = "".join(letter for letter in self._testMethodName if letter.isalnum() or letter == "_")[-50:]
        self.place = self.folder / name
        self.place.mkdir()
        Database(self.server, "postgres").do(f'CREATE DATABASE "{name}" TEMPLATE template')
        self.database = Database(self.server, name)
        self.addCleanup(self._drop, name)
        self.programs = []
        self.config = self.configure()

    def _drop(self, name):
        for program in self.programs:
            program.kill()
        admin = Database(self.server, "postgres")
        admin.do("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active")
        wait_until("slots come free", lambda: not admin.value("SELECT count(*) FROM pg_replication_slots WHERE active"))
        admin.do("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots",
                 f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def run(self, result=None):
        result = super().run(result)
        if any(test is self for test, _ in result.failures + result.errors):
            for program in getattr(self, "programs", []):
                said = "\n".join(json.dumps(line) for line in program.said()[-30:])
                print(f"\n{self.id()}: the end of {program.log_path.name}:\n{said}", file=sys.stderr)
        return result

    # --- the program

    def configure(self, name="wakestream.yaml", url=None, source=(), log=None, rules=RULES, pipeline=None, more=()):
        """Writes a configuration; `source` are more lines of that section, `log` the text of the other, `more` lines of
        sections of their own."""
        log = log or f"embedded: {{ path: {self.place / 'log'} }}"
        path = self.place / name
        path.write_text("\n".join([f"pipeline: {pipeline or self._pipeline()}", "source:", f"  url: {url or self.database.url}",
                                   *(f"  {line}" for line in source), "log:", f"  {log}", f"rules: [{rules}]", *more, ""]))
        return path

    def _pipeline(self):
        return self._testMethodName[-60:]

    def kafka_log(self, **more):
        settings = ", ".join(f"{name}: {value}" for name, value in {"event_partitions": 2, **more}.items())
        return f'kafka: {{ brokers: "{self.kafka.brokers}", {settings} }}'

    def small_disk(self, size):
        """A folder on a small file system, and the words before a command that make it see it: a mount namespace of the test's."""
        disk = self.place / "disk"
        disk.mkdir()
        own_root = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
        holder = subprocess.Popen(["unshare", *own_root, "--mount", "sh", "-c",
                                   f"mount -t tmpfs -o size={size} tmpfs {disk} && echo ready && exec sleep 600"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.assertEqual(holder.stdout.readline(), "ready\n", "mounting a tmpfs takes root, or a user namespace")
        return disk, ["nsenter", *(["--user", "--preserve-credentials"] if own_root else []), "--mount", f"--target={holder.pid}"]

    def rules(self, text):
        path = self.place / "rules.sql"
        path.write_text(text)
        return path

    def program(self, config=None, name="run"):
        program = Program(BINARY, config or self.config, self.place / f"{name}.log")
        self.programs.append(program)
        return program

    def start(self, config=None, name="run", failpoint=None):
        program = self.program(config, name)
        program.start(failpoint)
        return program

    def start_streaming(self, config=None, name="run"):
        program = self.start(config, name)
        self.wait_for_event(program, "streaming")
        return program

    def born_and_stopped(self):
        """A pipeline that exists, with one event in its log, and nobody running it."""
        program = self.start_streaming()
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        program.stop()
        return program

    def said(self, program, event):
        return program.said(event)

    def wait_for_event(self, program, event, deadline_s=20, count=1):
        return program.wait_for_event(event, deadline_s, count)

    def refusal_of(self, program, deadline_s=20):
        """What it says when it ends with 1."""
        code = program.wait(deadline_s)
        self.assertEqual(code, 1, program.last_words())
        return self.said(program, "refused")[-1]["message"]

    def assert_refused(self, program, *fragments):
        message = self.refusal_of(program)
        for fragment in fragments:
            self.assertIn(fragment, message)
        return message

    def command_words(self, *words, config=None):
        return [str(BINARY), *words, "-c", str(config or self.config)]

    def command(self, *words, config=None, environment=None, timeout_s=30):
        return subprocess.run(self.command_words(*words, config=config), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout_s, env={**os.environ, **(environment or {})})

    def tail(self, topic="events", config=None, until_idle_s=1):
        done = self.command("tail", "--topic", topic, "--until-idle", str(until_idle_s), config=config)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]


class MonitoredTest(ProgramTest):
    """A program that serves metrics at a port of its own."""

    def setUp(self):
        super().setUp()
        self.config = self.monitored()

    def monitored(self, name="wakestream.yaml", **settings):
        port = FIRST_PORT + os.getpid() % 500 * 10 + 5000
        self.port = free_port(port, port + 400)
        return self.configure(name, more=["metrics:", f"  listen: {self.port}"], **settings)

    def get(self, path):
        """(status, body)"""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def metrics(self, name):
        """(labels, value) of each sample of that name."""
        found = []
        for line in self.get("/metrics")[1].splitlines():
            match = re.fullmatch(re.escape(name) + r"\{(.*)\} (\S+)", line)
            if match:
                found.append((dict(re.findall(r'(\w+)="([^"]*)"', match.group(1))), float(match.group(2))))
        return found

    def metric(self, name, **labels):
        for found, value in self.metrics(name):
            if labels.items() <= found.items():
                return value
        return None

    def sum_of(self, name):
        return sum(value for _, value in self.metrics(name))


class WithStandby:
    """Of a ProgramTest: its server has a standby, `standby`. Give the server a `wal_keep_size`: a test's clean-up drops the
    standby's slot, and what it has not received yet must stay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.standby = cls.server.standby(cls.folder / "standby", free_port(cls.server.port + 1, cls.server.port + 200))
        cls.addClassCleanup(cls.standby.stop, "immediate")

    def url_at_standby(self):
        return self.database.url.replace(f":{self.server.port}/", f":{self.standby.port}/")

    def caught_up(self, deadline_s=20):
        """Until the standby has what the primary has now: that position."""
        target = self.server.value("SELECT pg_current_wal_lsn()::text")
        wait_until("the standby has what the primary has",
                   lambda: self.standby.value("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", target), deadline_s)
        return target
