"""`preview` shows and writes nothing; `tail` reads what is written; both are made for pipes, and plain where nobody looks on."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time

from pipeline import BINARY, Database, ProgramTest, wait_until


class ReadingTest(ProgramTest):
    def start_command(self, *words, config=None):
        """A command that goes on until it is told to end."""
        command = subprocess.Popen([str(BINARY), *words, "-c", str(config or self.config)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(command.stderr.close)
        self.addCleanup(command.stdout.close)
        self.addCleanup(command.wait)
        self.addCleanup(command.kill)
        return command

    def next_line(self, stream, deadline_s=30):
        """One line, read byte by byte, so that select sees what is left."""
        line, until = b"", time.monotonic() + deadline_s
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([stream], [], [], max(0, until - time.monotonic()))
            self.assertTrue(ready, f"no line in {deadline_s} s; so far: {line}")
            byte = os.read(stream.fileno(), 1)
            self.assertTrue(byte, f"it ended; so far: {line}")
            line += byte
        return json.loads(line)


class PreviewTest(ReadingTest):
    def test_it_shows_events_and_writes_nothing(self):
        preview = self.start_command("preview")
        self.assertEqual(self.next_line(preview.stderr)["event"], "previewing")
        account = self.database.new_account("a@example.com")
        event = self.next_line(preview.stdout)
        self.assertEqual((event["type"], event["subject"], event["table"]), ("customer.created", account, "graph.account"))
        self.assertEqual(event["data"]["email"], "a@example.com")
        self.assertRegex(event["id"], r"^[0-9A-F]{8}-[0-9A-F]{16}-")
        self.assertRegex(event["lsn"], r"^[0-9A-F]+/[0-9A-F]+$")
        self.database.do(f"UPDATE graph.account SET email = 'b@example.com' WHERE account_id = '{account}'")
        self.assertEqual(self.next_line(preview.stdout)["type"], "customer.email_changed")
        preview.send_signal(signal.SIGTERM)
        self.assertEqual(preview.wait(10), 0)
        said = json.loads(preview.stderr.read().splitlines()[-1])
        self.assertEqual((said["event"], said["events"], said["customer.created"]), ("previewed", "2", "1"))
        self.assertFalse((self.place / "log").exists())
        wait_until("its slot is gone", lambda: not self.database.value("SELECT count(*) FROM pg_replication_slots"))

    def test_what_the_slot_has_not_confirmed_is_shown_and_stays_unconfirmed(self):
        self.born_and_stopped()
        account = self.database.new_account("later@example.com")
        confirmed = self.database.slot("confirmed_flush_lsn")
        done = self.command("preview", "--from", "slot", "--until-idle", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([json.loads(line)["subject"] for line in done.stdout.splitlines()], [account])
        self.assertEqual(self.database.slot("confirmed_flush_lsn"), confirmed)
        program = self.start_streaming(name="again")
        self.database.wait_until_confirmed(program)
        # The preview had shown the very event that is then written.
        shown, written = json.loads(done.stdout), self.tail()[-1]
        self.assertEqual((shown["id"], shown["data"]), (written["headers"]["ce_id"], written["value"]))

    def test_it_ends_after_so_many_events(self):
        preview = self.start_command("preview", "--limit", "2")
        self.next_line(preview.stderr)
        for _ in range(3):
            self.database.new_account()
        self.assertEqual(preview.wait(30), 0)
        self.assertEqual(len(preview.stdout.read().splitlines()), 2)

    def test_a_row_that_fails_is_shown_without_its_values_unless_they_are_asked_for(self):
        rule = ("CREATE VIEW customer.points_given AS SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, "
                "new.phone::integer AS points FROM graph.account WHERE op = 'INSERT';\n")
        config = self.configure(rules=self.rules(rule))
        for words, shown in (((), False), (("--show-values",), True)):
            preview = self.start_command("preview", "--until-idle", "3", *words, config=config)
            self.next_line(preview.stderr)
            self.database.do("INSERT INTO graph.account (banner, jurisdiction, version, phone) VALUES ('banner-a', 'DE', 1, 'secret-number')")
            line = self.next_line(preview.stdout)
            self.assertEqual((line["quarantined"], line["column"]), ("customer.points_given", "points"))
            self.assertEqual("secret-number" in json.dumps(line), shown)
            self.assertEqual(preview.wait(30), 0)

    def test_the_end_of_a_pipe_ends_it(self):
        preview = self.start_command("preview")
        self.next_line(preview.stderr)
        self.database.new_account()
        self.next_line(preview.stdout)
        preview.stdout.close()
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, version) SELECT 'banner-a', 'DE', 1 FROM generate_series(1, 2000)")
        self.assertEqual(preview.wait(30), 0)

    def test_its_exit_status(self):
        self.assertEqual(self.command("preview", config=self.place / "none.yaml").returncode, 1)
        self.assertEqual(self.command("preview", "--from", "yesterday").returncode, 1, "there is no such recording")
        self.assertEqual(self.command("preview", "--until-idle", "-1").returncode, 2)
        away = self.configure("away.yaml", url="postgresql://wakestream@127.0.0.1:1/postgres")
        self.assertEqual(self.command("preview", config=away).returncode, 75)
        done = self.command("preview", "--from", "slot")
        self.assertEqual(done.returncode, 1, "there is no slot yet")
        self.assertIn("wakestream", done.stderr)
        Database(self.server, self.database.name).do("ALTER TABLE graph.account REPLICA IDENTITY DEFAULT")
        done = self.command("preview")
        self.assertEqual(done.returncode, 1)
        self.assertIn("REPLICA IDENTITY FULL", done.stderr)


class TailTest(ReadingTest):
    def test_it_follows(self):
        program = self.start_streaming()
        before = self.database.new_account("before@example.com")
        self.database.wait_until_confirmed(program)
        tail = self.start_command("tail", "--follow")
        self.assertEqual(self.next_line(tail.stdout)["key"], before)
        for number in range(3):
            self.database.new_account(f"{number}@example.com")
            self.assertEqual(self.next_line(tail.stdout)["value"]["email"], f"{number}@example.com")
        tail.send_signal(signal.SIGTERM)
        self.assertEqual(tail.wait(10), 0)
        latest = self.start_command("tail", "--from", "latest", "--follow")
        time.sleep(1)  # nothing says that it has begun
        self.database.new_account("latest@example.com")
        self.assertEqual(self.next_line(latest.stdout)["value"]["email"], "latest@example.com")

    def test_its_forms(self):
        self.born_and_stopped()
        event, = self.tail()
        self.assertEqual(sorted(event), ["headers", "key", "offset", "partition", "timestamp_ms", "topic", "value"])
        self.assertEqual(event["topic"], f"wakestream.{self._pipeline()}.events")
        self.assertEqual(self.tail(event["topic"]), [event])
        pretty = self.command("tail", "--pretty").stdout
        self.assertRegex(pretty, r"^\S+  customer\.created +" + event["key"] + r" +\{")
        checkpoint = self.tail("checkpoint")[-1]["value"]
        self.assertEqual(checkpoint["pipeline"], self._pipeline())
        self.assertEqual(self.tail("quarantine"), [])

    def test_its_exit_status(self):
        # Nothing was written yet: there is no log.
        self.assertEqual(self.command("tail").returncode, 1)
        self.assertEqual(self.command("tail", "--topic").returncode, 2)
        self.assertEqual(self.command("tail", "--from", "middle").returncode, 2)
        away = self.configure("away.yaml", log='kafka: { brokers: "127.0.0.1:1" }')
        self.assertEqual(self.command("tail", config=away, timeout_s=60).returncode, 75)
        self.born_and_stopped()
        done = self.command("tail", "--topic", "no-such-topic")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no-such-topic", done.stderr)
        self.assertEqual(self.command("tail").returncode, 0)


class WordsTest(ProgramTest):
    """What it says, to whom."""

    def on_a_terminal(self, *words):
        """What a person would see, with colours as the terminal gets them."""
        leader, follower = pty.openpty()
        done = subprocess.Popen([str(BINARY), *words], stdin=follower, stdout=follower, stderr=follower, close_fds=True,
                                env={**os.environ, "TERM": "xterm-256color"})
        os.close(follower)
        shown = b""
        while True:
            try:
                piece = os.read(leader, 4096)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece
        os.close(leader)
        done.wait(30)
        return shown.decode()

    def test_colours_and_text_on_a_terminal_and_json_elsewhere(self):
        self.config.write_text("pipeline: [")
        self.assertIn("\x1b[", self.on_a_terminal("tail", "-c", str(self.config)))
        piped = self.command("tail")
        self.assertEqual(piped.returncode, 1)
        self.assertNotIn("\x1b", piped.stderr)
        self.assertEqual(json.loads(piped.stderr)["event"], "config_invalid")
        text = self.command("tail", "--log-format", "text").stderr
        self.assertNotIn("\x1b", text)
        self.assertRegex(text, r"^\d\d:\d\d:\d\d error   .*wakestream\.yaml:1:")
        self.assertTrue(json.loads(self.on_a_terminal("tail", "-c", str(self.config), "--log-format", "json")))

    def test_every_command_has_its_help(self):
        def help_of(*words):
            done = subprocess.run([str(BINARY), *words, "--help"], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            return done.stdout

        def commands_in(text):
            listed = text.partition("Subcommands:")[2].partition("\n\n")[0]
            return re.findall(r"^  (\S+) ", listed, re.MULTILINE)

        top = help_of()
        self.assertIn("Exit codes: 0 done, 1 a problem to mend", top)
        commands = commands_in(top)
        self.assertGreaterEqual(len(commands), 9)
        for command in commands:
            text = help_of(command)
            self.assertIn(f"Usage: wakestream {command} [OPTIONS]", text)
            for words in [[command, below] for below in commands_in(text)] or [[command]]:
                self.assertRegex(help_of(*words), r"(?m)^  wakestream " + " ".join(words) + r" [-\w]", f"{words}: no example")

    def test_usage_errors_end_with_2_and_say_where_help_is(self):
        for words in ([], ["fly"], ["run", "--fast"], ["tail", "--limit", "0"], ["rules"], ["--log-format", "xml", "run"]):
            done = subprocess.run([str(BINARY), *words], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("--help", done.stderr + done.stdout, words)
        done = subprocess.run([str(BINARY), "--version"], capture_output=True, text=True, check=True)
        self.assertRegex(done.stdout, r"^wakestream \d+\.\d+\.\d+\n$")
