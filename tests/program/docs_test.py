"""Every command that README and docs/ print is a command, and does what it is printed for. The tutorial and operations.md, which are
to be followed from top to bottom, have tests of their own."""

import os
import re
import shlex
import signal
import subprocess
import time

from pipeline import BINARY, REPOSITORY, RULES, ProgramTest

IN_ORDER = {"docs/tutorial.md", "docs/operations.md"}
ENDLESS = re.compile(r" run\b|tail .*--follow|--watch|wakestream preview(?!.*(--until-idle|--diff|--from snapshot|--from \S+\.rec))")
# What they print for their exit status: 1 where something is wrong, as it is meant to be in the place of these tests (a snapshot
# needs grants and rules that streaming does not, and cannot go on before it has begun: snapshot_test and preview_test have the other
# cases; there is no account context, no consumer, and nothing was delivered).
ONE_IS_FINE = re.compile(r"wakestream (check|status|preview .*(--diff|--from snapshot)|snapshot|tail --topic context|deletion show|audit subject|dlq show|consumer (pause|resume|bootstrap)|replay (--from (deadletter|log)|--consumer))")
GROUP = re.compile(r"wakestream (audit( subject)?|checkpoint|consumer( try| pause| resume| bootstrap)?|dlq|log|policy|quarantine|rules|snapshot)$")


def pages():
    for path in [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]:
        name = str(path.relative_to(REPOSITORY))
        if name not in IN_ORDER:
            yield name, path.read_text()


def commands_of(text, first_word):
    """In fences, in lines that are indented, and between backticks; what follows two spaces or a pipe is no part of it."""
    places = re.findall(r"^(?:    |\$ )?(" + first_word + r" [^\n]*)$", text, re.MULTILINE) + re.findall(r"`(" + first_word + r" [^`\n]*)`", text)
    for place in places:
        yield re.split(r"  +| \| | > | >> | && | # |; ", place.strip())[0]


def is_whole(command):
    """Not a name for any of them: `wakestream preview --from ...`, `wakestream rules show --as yaml` (or `sql`)."""
    return not GROUP.match(command) and not re.search(r"\.\.\.|…|<|\||\[|\bX\b", command) and re.match(r"wakestream( [a-z]+)+( -|$)|wakestream record \S+\.rec", command)


class DocsTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.words = sorted({command for _, text in pages() for command in commands_of(text, "wakestream") if is_whole(command)})
        (self.place / "new.sql").write_text(RULES.read_text())
        (self.place / "policy.yaml").write_text((REPOSITORY / "examples/policy.yaml").read_text())
        (self.place / "rules").mkdir()
        (self.place / "rules/customer.sql").write_text(RULES.read_text())

    def run_as_printed(self, command):
        command = re.sub(r"\bREASON\b", "'a test'", command).replace(" FILE", " new.sql")
        words = shlex.split(command)
        # A configuration that is not named is ./wakestream.yaml, which is here.
        words = [str(BINARY) if word == "wakestream" else word for word in words]
        process = subprocess.Popen(words, cwd=self.place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env={**os.environ, "WAKESTREAM_SOURCE_URL": self.database.url})
        try:
            if ENDLESS.search(command):
                time.sleep(1.5)
                if process.poll() is not None:
                    self.fail(f"{command}: ended by itself: {process.communicate()[0]}")
                process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=60)
        finally:
            process.kill()
        return process.returncode, said

    def test_every_command_of_wakestream(self):
        self.assertGreaterEqual(len(self.words), 12, self.words)
        program = self.start_streaming()
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        # What writes a recording comes before what reads it.
        for command in sorted(self.words, key=lambda command: (" record " not in command, command)):
            if re.search(r"wakestream init\b", command):
                command = "wakestream init --url " + self.database.url + " --dir made --yes"
            with self.subTest(command=command):
                if "record " in command:
                    (self.place / "changes.rec").unlink(missing_ok=True)
                status, said = self.run_as_printed(command)
                allowed = (0, 1) if ONE_IS_FINE.match(command) else (0,)
                self.assertIn(status, allowed, f"{command}: {said}")
        self.assertIsNone(program.exit_code())

    def test_every_target_of_make(self):
        makefile = (REPOSITORY / "Makefile").read_text()
        targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
        variables = set(re.findall(r"^([A-Z_]+) \?=", makefile, re.MULTILINE))
        seen = 0
        for name, text in pages():
            if name == "docs/errors.md":
                continue  # messages, in which one can make a folder
            for command in commands_of(text, "make"):
                for word in command.split()[1:]:
                    with self.subTest(page=name, command=command):
                        self.assertTrue(word in targets or word.split("=")[0] in variables, f"{word} is neither a target nor a variable")
                        seen += 1
        self.assertGreater(seen, 15)

    def test_every_script_and_test_of_the_repository(self):
        for name, text in pages():
            for path in re.findall(r"(?<![\w./-])((?:scripts|tests|bench|examples|sql|packaging|schema)/[\w./@-]+\w)", text):
                with self.subTest(page=name, path=path):
                    found = (REPOSITORY / path).exists() or list(REPOSITORY.glob(path + ".*")) or list(REPOSITORY.glob(path + "*"))
                    self.assertTrue(found, f"{path} is not there")
            for step in re.findall(r"scripts/test --only (\w+)", text):
                listed = subprocess.run([REPOSITORY / "scripts/test", "--list"], capture_output=True, text=True, check=True).stdout
                self.assertIn(step, listed)
