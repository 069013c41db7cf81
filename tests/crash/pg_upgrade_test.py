"""pg_upgrade from PostgreSQL 15 to 18, step by step as docs/upgrade.md has it: the pipeline goes on under a new epoch, nothing is lost.

Real servers and the real pg_upgrade; the checker, which knows nothing of wakestream, has the last word.
"""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from checker import judge
from history import read_records, read_truth, to_seen
from parts import PIPELINE, REPOSITORY, Postgres, Program, Reader, Workload, embedded_section, free_port, run, wait_until, write_config

BINARY = Path(os.environ.get("WAKESTREAM_BINARY", REPOSITORY / "build/dev/app/wakestream"))
FIRST_PORT = 28000 + os.getpid() % 400 * 5
EVENTS = 300  # at least, before and after


class PgUpgradeTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="wakestream-upgrade-"))
        self.folder.chmod(0o777)  # the servers may run as another user
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.old = Postgres(self.folder / "old", free_port(FIRST_PORT, FIRST_PORT + 400), 15)
        self.new = Postgres(self.folder / "new", free_port(self.old.port + 1, self.old.port + 400), 18)
        for server in (self.old, self.new):
            self.addCleanup(server.stop, "immediate")
        self.old.start()
        self.old.script(REPOSITORY / "sql/setup.sql", REPOSITORY / "tests/crash/truth.sql")
        self.log = self.folder / "log"
        self.config = self.folder / "wakestream.yaml"
        write_config(self.config, self.old, embedded_section(self.log))
        self.program = Program(BINARY, self.config, self.folder / "run.log")
        self.addCleanup(self.program.kill)

    def change(self, server, seed):
        """Until there are so many events more."""
        workload = Workload(server, "--seed", seed, "--members", 100, "--rate", 200, "--connections", 4, "--large-every-s", 0)
        try:
            workload.wait_until_enrolled()
            target = self.reader.count() + EVENTS
            wait_until(f"{EVENTS} events more are in the log", lambda: self.reader.count() >= target, 60)
            workload.stop()
        finally:
            workload.kill()
        server.wait_until_confirmed(self.program)

    def pg_upgrade(self):
        # Its programs, and the libraries that they look for beside them, in a folder that the servers' user may read.
        installed = (REPOSITORY / ".cache/postgres18-client").resolve()
        tools = self.folder / "pg18" / installed.parent.name / installed.name
        shutil.copytree(installed, tools)
        for libraries in installed.parent.parent.glob(f"{installed.parent.name}.libs"):
            shutil.copytree(libraries, self.folder / "pg18" / libraries.name)
        self.new.start()  # makes it; with checksums, which 15 has not by itself
        self.new.stop()
        work = self.folder / "work"
        work.mkdir()
        work.chmod(0o777)
        as_server = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        old_bin = run(REPOSITORY / "scripts/postgres", "bin", "--version", "15").strip()
        for command in ([tools / "bin/pg_checksums", "--disable", "--no-sync", "-D", self.new.folder / "data"],
                        [tools / "bin/pg_upgrade", "-U", "postgres", "-b", old_bin, "-B", tools / "bin", "-d", self.old.folder / "data",
                         "-D", self.new.folder / "data", "--no-sync", "-s", work]):
            done = subprocess.run([*as_server, *map(str, command)], cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def command(self, *words):
        return subprocess.run([str(BINARY), *words, "-c", str(self.config)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=30)

    def test_nothing_is_lost_over_an_upgrade_from_15_to_18(self):
        self.program.start()
        self.program.wait_for_event("streaming")
        self.reader = Reader.embedded(self.log, self.folder / "live.jsonl")
        self.addCleanup(self.reader.stop)
        # 1. Writers stop, the log has everything, and the pipeline stops.
        self.change(self.old, 1)
        self.program.stop()
        # 2. The upgrade. The servers' addresses change here, as they may elsewhere.
        self.old.stop()
        self.pg_upgrade()
        self.new.start()
        self.assertEqual(self.new.value("SELECT count(*) FROM pg_replication_slots"), 0, "15's slots are not taken over")
        write_config(self.config, self.new, embedded_section(self.log))
        # Before the epoch is raised nothing goes on.
        self.program.start()
        self.assertEqual(self.program.wait(60), 1)
        self.assertIn("wakestream checkpoint epoch", self.program.last_words())
        # 3. The epoch.
        foretold = self.command("checkpoint", "epoch")
        self.assertEqual(foretold.returncode, 0, foretold.stderr)
        self.assertIn("the epoch rises from 1 to 2", foretold.stdout)
        done = self.command("checkpoint", "epoch", "--yes", "--why", "pg_upgrade to 18")
        self.assertEqual(done.returncode, 0, done.stderr)
        # 4. The pipeline, then writers.
        self.program.start()
        self.program.wait_for_event("streaming", count=2)
        self.change(self.new, 2)
        self.program.stop()
        self.assert_nothing_is_wrong()

    def assert_nothing_is_wrong(self):
        self.reader.drain()
        last = Reader.embedded(self.log, self.folder / "final.jsonl")
        last.drain()
        self.assertEqual(last.stop(), 0)
        connection = self.new.connect()
        truth = read_truth(connection)
        connection.close()
        records = list(read_records(last.output))
        verdict = judge(truth, map(to_seen, records), map(to_seen, read_records(self.reader.output)))
        self.assertTrue(verdict.clean, "\n".join([verdict.line(0), *verdict.explain()]))
        epochs = {record.headers["ce_id"][:8] for record in records}
        self.assertEqual(epochs, {"00000001", "00000002"}, json.dumps(sorted(epochs)))


if __name__ == "__main__":
    unittest.main()
