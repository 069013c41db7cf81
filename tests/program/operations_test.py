"""docs/operations.md, command by command, on the paths that it names (put below a folder of the test's) and under the unit that is
installed: systemd itself does not run here, so a small `systemctl` does what the unit says."""

import json
import os
import re
import subprocess

from pipeline import BINARY, REPOSITORY, ProgramTest, wait_until

PAGE = REPOSITORY / "docs/operations.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACES = ("/etc/wakestream", "/var/lib/wakestream", "/var/backups/wakestream")

SYSTEMCTL = r"""#!/usr/bin/python3
# start, stop, reload and restart of wakestream@NAME, as the unit file says.
import json, os, re, signal, subprocess, sys, time
root, verb, (name,) = os.environ["TEST_ROOT"], sys.argv[1], re.fullmatch(r"wakestream@(\w+)", sys.argv[2]).groups()
unit = open(os.environ["TEST_UNIT"]).read().replace("%i", name)
setting = lambda key: re.search(rf"^{key}=(.*)$", unit, re.MULTILINE).group(1)
pid_file = f"{root}/{name}.pid"
def placed(path):
    return re.sub(r"^(?=/(etc|var)/)", root, path)
def stop():
    pid = int(open(pid_file).read())
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + float(setting("TimeoutStopSec"))
    while os.path.exists(f"/proc/{pid}") and open(f"/proc/{pid}/stat").read().split(") ")[1][0] != "Z":
        if time.monotonic() > until:
            sys.exit("it did not end in time")
        time.sleep(0.05)
def start():
    environment = dict(os.environ)
    file = placed(setting("EnvironmentFile").lstrip("-"))
    if os.path.exists(file):
        environment.update(line.strip().split("=", 1) for line in open(file) if "=" in line)
    command = [placed(word) for word in setting("ExecStart").split()]
    command[0] = os.environ["TEST_BINARY"]
    with open(f"{root}/journal", "ab") as journal:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=journal, stderr=journal, env=environment, start_new_session=True)
    open(pid_file, "w").write(str(process.pid))
if verb == "reload":
    subprocess.run(setting("ExecReload").replace("$MAINPID", open(pid_file).read()).split(), check=True)
else:
    {"start": [start], "stop": [stop], "restart": [stop, start]}[verb][0]()
"""


class OperationsTest(ProgramTest):
    with_kafka = True

    def setUp(self):
        super().setUp()
        self.root = self.place / "root"
        for path in PLACES[:2]:
            (self.root / path[1:]).mkdir(parents=True)
        words = self.place / "bin"
        words.mkdir()
        (words / "wakestream").symlink_to(BINARY)
        (words / "systemctl").write_text(SYSTEMCTL)
        (words / "systemctl").chmod(0o755)
        self.surroundings = {**os.environ, "PATH": f"{words}:{os.environ['PATH']}", "TEST_ROOT": str(self.root), "TEST_BINARY": str(BINARY),
                             "TEST_UNIT": str(REPOSITORY / "packaging/systemd/wakestream@.service"), "PGHOST": "127.0.0.1",
                             "PGUSER": "postgres", "PGPORT": str(self.server.port)}
        self.surroundings["WAKESTREAM_SOURCE_URL"] = self.database.url  # for the commands; the service has its own file
        etc = self.root / "etc/wakestream"
        (etc / "shop.env").write_text(f"WAKESTREAM_SOURCE_URL={self.database.url}\n")
        (etc / "shop.yaml").write_text("pipeline: shop\nsource:\n  url: ${env:WAKESTREAM_SOURCE_URL}\nlog:\n"
                                       f"  embedded: {{ path: {self.root}/var/lib/wakestream/shop }}\nrules: [{REPOSITORY}/sql/rules/customer.sql]\n")
        self.addCleanup(self.end_service)

    def end_service(self):
        pid = self.root / "shop.pid"
        if pid.exists():
            subprocess.run(["kill", "-KILL", pid.read_text()], check=False, stderr=subprocess.DEVNULL)

    def placed(self, commands):
        for path in PLACES:
            commands = commands.replace(path, f"{self.root}{path}")
        return commands.replace("127.0.0.1:9092", self.kafka.brokers).replace("-d shop", f"-d {self.database.name}")

    def run_block(self, commands):
        done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", self.placed(commands)], cwd=self.place, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env=self.surroundings, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, f"{commands}\n{done.stdout}\n{done.stderr}\n{self.journal()[-5:]}")
        return done.stdout

    def journal(self):
        path = self.root / "journal"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def times_said(self, event):
        return sum(line["event"] == event for line in self.journal())

    def changed_and_confirmed(self, email):
        self.database.new_account(email)
        target = self.database.value("SELECT pg_current_wal_lsn()::text")
        wait_until("it is confirmed", lambda: self.database.value(
            "SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = 'wakestream'", target), 60)

    def emails(self, config):
        done = self.command("tail", "--until-idle", "1", config=config, environment={"WAKESTREAM_SOURCE_URL": self.database.url})
        self.assertEqual(done.returncode, 0, done.stderr)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        return [event["value"]["email"] for event in events], [event["headers"]["ce_id"] for event in events]

    def test_every_command_of_the_page(self):
        config = self.root / "etc/wakestream/shop.yaml"
        blocks = BLOCK.findall(PAGE.read_text())
        first = next(block for block in blocks if "systemctl start" in block)
        starts = 0
        for number, block in enumerate(blocks):
            if block is first:
                # The slot is made at the start; status is asked once it streams.
                head, _, tail = block.rpartition("wakestream status")
                self.run_block(head)
                wait_until("it streams", lambda: self.times_said("streaming"), 30)
                self.run_block("wakestream status" + tail)
                starts = 1
            else:
                if "kafka:" in block:
                    old = config.with_name("embedded.yaml")
                    old.write_text(config.read_text())
                said = self.run_block(block)
                if block.startswith("wakestream status") and "--json" in block:
                    self.assertEqual(json.loads(said.splitlines()[0])["verdict"], "well")
                if "systemctl reload" in block:
                    wait_until("the rules are loaded anew", lambda: self.times_said("rules_reloaded"), 30)
                if "systemctl start" in block:
                    starts += 1
                    wait_until("it streams again", lambda: self.times_said("streaming") >= starts, 60)
                elif block == "systemctl stop wakestream@shop\n":
                    self.assertEqual(self.journal()[-1]["message"], "stopped as asked")
                    continue
                if "pg_drop_replication_slot" in block:
                    continue
            if self.times_said("streaming") == starts and "systemctl stop" not in block or "start" in block:
                self.changed_and_confirmed(f"{number}@example.com")
        # What came before the move is in the one log, what came after in the other, each once and in one order.
        before, ids_before = self.emails(old)
        after, ids_after = self.emails(config)
        self.assertGreaterEqual(len(before), 4)
        self.assertGreaterEqual(len(after), 1)
        ids = ids_before + ids_after
        self.assertEqual(ids, sorted(set(ids)))
        self.assertEqual(len(ids), self.database.value("SELECT count(*) FROM graph.account"))
        backup = self.root / "var/backups/wakestream/capture.sqlite"
        counted = subprocess.run(["sqlite3", backup, "SELECT count(*) FROM records WHERE topic LIKE '%.events'"], capture_output=True, text=True,
                                 check=True).stdout
        self.assertGreaterEqual(int(counted), 3)
        self.assertIsNone(self.database.slot("slot_name"))

    def test_an_older_log_than_the_slot_is_refused(self):
        """What the page says of a backup that is put back."""
        first, *_ = [block for block in BLOCK.findall(PAGE.read_text()) if "systemctl start" in block]
        self.run_block(first.rpartition("wakestream status")[0])
        wait_until("it streams", lambda: self.times_said("streaming"), 30)
        self.changed_and_confirmed("kept@example.com")
        log = self.root / "var/lib/wakestream/shop"
        self.run_block("systemctl stop wakestream@shop\ncp -a /var/lib/wakestream/shop /var/lib/wakestream/shop.before\nsystemctl start wakestream@shop")
        wait_until("it streams again", lambda: self.times_said("streaming") == 2, 30)
        self.changed_and_confirmed("later@example.com")
        self.run_block("systemctl stop wakestream@shop")
        self.run_block("rm -r /var/lib/wakestream/shop; mv /var/lib/wakestream/shop.before /var/lib/wakestream/shop\nsystemctl start wakestream@shop")
        wait_until("it refuses", lambda: self.times_said("refused"), 30)
        self.assertIn("PostgreSQL would skip what lies between in silence", self.journal()[-1]["message"])
        self.assertTrue(log.exists())
