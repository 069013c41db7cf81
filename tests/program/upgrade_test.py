"""What an earlier release wrote, this one reads: tests/program/old/<release> holds an embedded log as that release left it, and what
`tail` showed of it then.

At a release: WAKESTREAM_KEEP_OLD=1 python3 -m unittest upgrade_test.UpgradeTest.test_keep_this_release (from this folder) adds a folder.
None is ever changed or removed.
"""

import json
import os
import shutil
import unittest
from pathlib import Path

from pipeline import RULES, ProgramTest

OLD = Path(__file__).resolve().parent / "old"
TOPICS = ("events", "quarantine", "checkpoint")
FAILING_RULE = ("CREATE VIEW customer.points_given AS SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, "
                "new.phone::integer AS points FROM graph.account WHERE op = 'INSERT';\n")


class UpgradeTest(ProgramTest):
    def _pipeline(self):
        return "kept"

    def put_back(self, folder):
        """The old log under this test's configuration."""
        (self.place / "log").mkdir()
        shutil.copy(folder / "capture.sqlite", self.place / "log/capture.sqlite")

    def releases(self):
        found = sorted(folder for folder in OLD.iterdir() if folder.is_dir())
        self.assertGreaterEqual(len(found), 1)
        return found

    def test_every_record_of_an_old_log_reads_as_it_did(self):
        for folder in self.releases():
            with self.subTest(release=folder.name):
                shutil.rmtree(self.place / "log", ignore_errors=True)
                self.put_back(folder)
                for topic in TOPICS:
                    then = [json.loads(line) for line in (folder / f"{topic}.jsonl").read_text().splitlines()]
                    self.assertGreaterEqual(len(then), 1)
                    self.assertEqual(self.tail(topic), then)

    def test_run_understands_an_old_checkpoint(self):
        for folder in self.releases():
            with self.subTest(release=folder.name):
                shutil.rmtree(self.place / "log", ignore_errors=True)
                self.put_back(folder)
                checkpoint = json.loads((folder / "checkpoint.jsonl").read_text().splitlines()[-1])["value"]
                # It has read the record when it finds that the record is of another cluster.
                self.assert_refused(self.start(name=f"run-{folder.name}"), "this is another database cluster",
                                    str(checkpoint["system_identifier"]))
                self.assertEqual(len(self.tail("events")), len((folder / "events.jsonl").read_text().splitlines()))

    @unittest.skipUnless(os.environ.get("WAKESTREAM_KEEP_OLD"), "adds a folder to the repository")
    def test_keep_this_release(self):
        config = self.configure(rules=self.rules(FAILING_RULE + RULES.read_text()))
        program = self.start_streaming(config)
        account = self.database.new_account("before@example.com")
        self.database.do(f"UPDATE graph.account SET email = 'after@example.com', tier = 'gold' WHERE account_id = '{account}'",
                         f"DELETE FROM graph.account WHERE account_id = '{account}'",
                         "INSERT INTO graph.account (banner, jurisdiction, version, phone) VALUES ('banner-b', 'CH', 1, 'no number')")
        self.database.wait_until_confirmed(program)
        program.stop()
        release = self.command("--version").stdout.split()[1]
        folder = OLD / release
        folder.mkdir(parents=True)
        self.assertFalse((self.place / "log/capture.sqlite-wal").exists(), "not everything is in the file yet")
        shutil.copy(self.place / "log/capture.sqlite", folder / "capture.sqlite")
        for topic in TOPICS:
            (folder / f"{topic}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in self.tail(topic)))
