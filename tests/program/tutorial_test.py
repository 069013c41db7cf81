"""docs/tutorial.md, command by command, as it is printed."""

import os
import re
import signal
import subprocess
import unittest

from check_case import CheckCase
from pipeline import BINARY, REPOSITORY, Database, wait_until

PAGE = REPOSITORY / "docs/tutorial.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IN_ANOTHER_TERMINAL = "# in another terminal\n"
READY = ('"event":"previewing"', '"event":"streaming"')


class TutorialTest(CheckCase):
    def setUp(self):
        super().setUp()
        bin_folder = self.place / "bin"
        bin_folder.mkdir()
        (bin_folder / "wakestream").symlink_to(BINARY)
        (self.place / "examples").symlink_to(REPOSITORY / "examples")
        self.surroundings = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "PGHOST": "127.0.0.1", "PGUSER": "postgres",
                             "PGPORT": str(self.server.port), "PGDATABASE": "postgres"}
        self.terminal = None
        Database(self.server, "postgres").do("DROP OWNED BY wakestream", f'DROP DATABASE "{self.database.name}"',
                                             "DROP DATABASE template", "DROP ROLE wakestream")
        self.addCleanup(self.end_terminal)

    def end_terminal(self):
        """Ctrl-C in the other terminal, as the page says."""
        if not self.terminal:
            return ""
        process, path = self.terminal
        self.terminal = None
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(20), 0, path.read_text())
        return path.read_text()

    def in_another_terminal(self, commands):
        path = self.place / "terminal"
        with open(path, "w") as output:
            process = subprocess.Popen(["bash", "-ec", "exec " + commands.removeprefix(IN_ANOTHER_TERMINAL)], cwd=self.place, stdout=output,
                                       stderr=output, stdin=subprocess.DEVNULL, env=self.surroundings, start_new_session=True)
        self.terminal = (process, path)
        wait_until("it is ready", lambda: process.poll() is not None or any(word in path.read_text() for word in READY), 30)
        self.assertIsNone(process.poll(), path.read_text())

    def run_block(self, commands):
        done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", commands], cwd=self.place, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              env=self.surroundings, timeout=120)
        self.assertEqual(done.returncode, 0, f"{commands}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_every_command_of_the_page(self):
        said, commands = "", 0
        for language, text in BLOCK.findall(PAGE.read_text()):
            if language == "sh":
                commands += len([line for line in text.splitlines() if re.match(r"(wakestream|psql|createdb|dropdb|dropuser)\b", line)])
                if text.startswith(IN_ANOTHER_TERMINAL):
                    said += self.end_terminal()
                    self.in_another_terminal(text)
                    continue
                if "pg_drop_replication_slot" in text:
                    said += self.end_terminal()
                said += self.run_block(text)
                if "UPDATE customer" in text:
                    wait_until("the preview shows it", lambda: "customer.email_changed" in self.terminal[1].read_text(), 20)
            elif language == "json":
                # Shortened on the page, but each of its members is there.
                shown = said + self.terminal[1].read_text()
                for member in re.findall(r'"\w+":(?:"[^"]*"|\d+)', text):
                    self.assertIn(member, shown)
            else:
                for line in text.splitlines():
                    self.assertIn(line, said)
        self.assertGreaterEqual(commands, 15)


if __name__ == "__main__":
    unittest.main()
