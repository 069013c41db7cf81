"""A misconfiguration: `wakestream check` finds it by its id, and what it prints, applied as printed, makes it pass.

SQL is taken from `check --fix` and run by psql as an administrator; edits and commands, which no psql can carry out, from
`check --json`. A note asks for nothing, so its statements are taken from there too.
"""

import json
import os
import subprocess
from pathlib import Path

from pipeline import Database, ProgramTest, wait_until

RESET_ROLE = ("ALTER ROLE wakestream LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS CONNECTION LIMIT -1 "
              "VALID UNTIL 'infinity'")


def apply_edit(edit):
    """Where it says, what stands there must be what it says."""
    path = Path(edit["file"])
    lines = path.read_bytes().decode().splitlines(keepends=True)
    if edit["line"] == 0:
        lines.append(edit["new"] + "\n")
    else:
        line = lines[edit["line"] - 1].encode()
        at, old = edit["column"] - 1, edit["old"].encode()
        assert line[at:at + len(old)] == old, f"{edit}: there stands {line!r}"
        lines[edit["line"] - 1] = (line[:at] + edit["new"].encode() + line[at + len(old):]).decode()
    path.write_text("".join(lines))


class CheckCase(ProgramTest):
    """`environment` and `command_prefix` are how the program is started; `shims` a folder of commands for the printed ones."""

    shims = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # fsync is off for speed, and that is a finding.
        cls.settings = {"fsync": "on", **cls.server_settings}

    def setUp(self):
        self.environment, self.command_prefix, self.places = {}, [], {}
        admin = Database(self.server, "postgres")
        admin.do(RESET_ROLE, "ALTER ROLE wakestream RESET ALL", "ALTER SYSTEM RESET ALL",
                 *(f"ALTER SYSTEM SET {name} = '{value}'" for name, value in self.settings.items()), "SELECT pg_reload_conf()")
        super().setUp()

    def admin(self, *statements):
        """At the server, outside of the test's own database."""
        Database(self.server, "postgres").do(*statements)

    def set(self, **settings):
        """As ALTER SYSTEM, and wait until new sessions see it."""
        self.admin(*(f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()), "SELECT pg_reload_conf()")
        for name, value in settings.items():
            wait_until(f"{name} is {value}", lambda name=name, value=value:
                       self.server.value("SELECT setting <> boot_val FROM pg_settings WHERE name = %s", name), 10)

    def run_check(self, *words):
        from pipeline import BINARY
        return subprocess.run([*self.command_prefix, str(BINARY), "check", "-c", str(self.config), *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, env={**os.environ, **self.environment})

    def check(self):
        done = self.run_check("--json")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if found["errors"] else 0)
        return found

    def ids(self, found, *severities):
        return {finding["id"] for finding in found["findings"] if finding["severity"] in severities}

    @classmethod
    def put_shims(cls, text, *names):
        cls.shims = cls.folder / "bin"
        cls.shims.mkdir()
        for name in names:
            (cls.shims / name).write_text(text)
            (cls.shims / name).chmod(0o755)

    def shell(self, line):
        path = f"{self.shims}:{os.environ['PATH']}" if self.shims else os.environ["PATH"]
        subprocess.run(["bash", "-ec", line], check=True, capture_output=True, text=True, env={**os.environ, "PATH": path})

    def servers_to_mend(self):
        """Where the script is run, in this order."""
        return [self.server]

    def run_script(self, script):
        for server in self.servers_to_mend():
            done = subprocess.run(["psql", "-X", "-d", Database(server, self.database.name).dsn, "-f", str(script)],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, f"{done.stderr}\n{script.read_text()}")

    def apply(self, found, notes=()):
        """Everything that is printed, as printed; what a note says only for those."""
        script = self.place / "fix.sql"
        script.write_text(self.run_check("--fix").stdout)
        self.run_script(script)
        edits = []
        restart = False
        for finding in found["findings"]:
            for mend in finding["mends"]:
                if mend["kind"] == "edit":
                    edits.append({**mend, "file": str(self.places.get(mend["file"], mend["file"]))})
                elif mend["kind"] == "command":
                    self.shell(mend["text"])
                elif mend["kind"] == "restart":
                    restart = True
                elif mend["kind"] == "sql" and finding["id"] in notes:
                    self.database.do(mend["text"])
        # From behind, so that no edit moves another one's place.
        for edit in sorted(edits, key=lambda one: (one["file"], one["line"], one["column"]), reverse=True):
            apply_edit(edit)
        # pg_hba.conf is mended by an edit, and read again only when asked.
        self.admin("SELECT pg_reload_conf()")
        if restart:
            self.server.restart("fast")

    def finds_and_mends(self, *ids, also=()):
        """These and no other errors or warnings are found (`also` may be there); what is printed makes the check pass."""
        found = self.check()
        shown = self.ids(found, "error", "warning", "note")
        for wanted in ids:
            self.assertIn(wanted, shown, json.dumps(found, indent=1))
        surplus = self.ids(found, "error", "warning") - set(ids) - set(also)
        self.assertEqual(surplus, set(), json.dumps(found, indent=1))
        self.apply(found, self.ids(found, "note") & set(ids))

        def passes():
            last = self.check()
            remaining = self.ids(last, "error", "warning") | (self.ids(last, "note") & set(ids))
            return not remaining
        try:
            wait_until("the check passes", passes, 10, 0.1)
        except Exception as failure:
            raise AssertionError(f"{failure}\n{self.run_check().stdout}") from None
        return found
