"""Rows that were there before the pipeline: read in chunks beside the stream, each once, none behind a newer event."""

import json
import os
import pty
import subprocess
import threading
import time
import unittest

from pipeline import ProgramTest, wait_until

HEAD = "new.account_id, new.version, new.banner, new.jurisdiction, new.consent"
RULES = (f"CREATE VIEW customer.listed AS SELECT {HEAD}, new.email, new.points FROM graph.account WHERE op = 'SNAPSHOT';\n"
         f"CREATE VIEW customer.changed AS SELECT {HEAD}, new.email, new.points FROM graph.account "
         "WHERE op IN ('INSERT', 'UPDATE');\n")


class SnapshotTests:
    def setUp(self):
        super().setUp()
        self.database.do("GRANT USAGE ON SCHEMA graph TO wakestream", "GRANT SELECT ON ALL TABLES IN SCHEMA graph TO wakestream")
        self.rule_file = self.rules(RULES)
        self.config = self.configure(rules=self.rule_file, log=self.log_section())

    def log_section(self):
        return None

    def accounts(self, count):
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) SELECT 'banner-a', 'DE', '{}', "
                         f"'e' || i || '@x', 1 FROM generate_series(1, {count}) i", "ANALYZE graph.account")

    def snapshot(self, *words, code=0):
        done = self.command("snapshot", *words)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def status(self):
        return json.loads(self.snapshot("status", "--json").stdout)

    def wait_until_done(self, deadline_s=60):
        wait_until("the snapshot is done", lambda: self.status() is None, deadline_s, 0.1)

    def events(self, type):
        return [event for event in self.tail() if event["headers"]["ce_type"] == type]

    def judge(self):
        """Each row once; and behind an event of its account none that is older."""
        events = self.tail()
        listed = [event["key"] for event in events if event["headers"]["ce_type"] == "customer.listed"]
        self.assertEqual(len(listed), len(set(listed)), "a row came twice")
        last = {}
        for event in events:
            points, sequence = event["value"]["points"], event["headers"]["ce_sequence"]
            before = last.get(event["key"])
            if before:
                self.assertLess(before[1], sequence, event)
                self.assertLessEqual(before[0], points, f"a stale row: {event}")
                if event["headers"]["ce_type"] == "customer.listed":
                    self.assertEqual(before[0], points, f"a row ahead of its events: {event}")
            last[event["key"]] = (points, sequence)
        return set(listed)

    def test_rows_become_events_while_others_change_them(self):
        self.accounts(20000)
        program = self.start_streaming()
        ends = threading.Event()

        def change():
            connection = self.database.connect()
            with connection.cursor() as cursor:
                while not ends.is_set():
                    cursor.execute("UPDATE graph.account SET points = points + 1 WHERE account_id IN "
                                   "(SELECT account_id FROM graph.account TABLESAMPLE SYSTEM (2) LIMIT 40 FOR UPDATE SKIP LOCKED)")
            connection.close()
        writers = [threading.Thread(target=change) for _ in range(2)]
        for writer in writers:
            writer.start()
        try:
            decision = json.loads(self.snapshot("start", "--table", "graph.account", "--why", "first fill").stdout)
            self.assertEqual((decision["outcome"], decision["snapshot"]), ("done", "1"))
            self.wait_until_done()
        finally:
            ends.set()
            for writer in writers:
                writer.join()
        self.database.wait_until_confirmed(program)
        self.assertEqual(len(self.judge()), 20000)
        table, = (record["value"] for record in self.tail("decisions") if record["value"]["command"] == "snapshot_table")
        self.assertEqual((table["table"], table["rows"], table["outcome"]), ("graph.account", "20000", "done"))


    def decisions(self, command):
        return [record["value"] for record in self.tail("decisions") if record["value"]["command"] == command]

    def test_a_new_pipeline_begins_with_one_however_often_its_birth_is_cut_short(self):
        self.accounts(3000)
        self.config = self.configure(rules=self.rule_file, log=self.log_section(), more=["snapshot: { initial: true }"])
        # The log's transactions of a birth are its intent and its claim.
        for point in ("commit_before:1", "commit_after:1", "commit_before:1", "commit_before:2", "commit_after:2", "commit_after:3"):
            program = self.start(failpoint=point)
            self.assertIsNotNone(program.wait(20), f"it did not come to {point}")
        program = self.start_streaming()
        self.wait_until_done()
        program.stop()
        self.start_streaming()
        self.database.new_account()
        self.wait_until_done()
        self.assertEqual(len(self.judge()), 3000)
        table, = self.decisions("snapshot_table")
        self.assertEqual((table["id"], table["table"], table["rows"], table["snapshot"]), ("birth", "graph.account", "3000", "1"))

    def test_a_first_snapshot_that_may_not_read_is_refused_before_anything_is_made(self):
        self.database.do("REVOKE SELECT ON graph.account FROM wakestream")
        self.config = self.configure(rules=self.rule_file, log=self.log_section(), more=["snapshot: { initial: true }"])
        self.assert_refused(self.start(), "GRANT SELECT ON graph.account", "snapshot.initial")
        self.assertIsNone(self.database.slot("slot_name"))

    def test_a_first_snapshot_asks_for_no_right_on_tables_of_which_it_takes_nothing(self):
        self.accounts(10)
        self.database.do("REVOKE SELECT ON graph.subscription FROM wakestream")
        self.rules(RULES + "CREATE VIEW customer.subscribed AS SELECT new.account_id, NULL AS version, 'a' AS banner, 'EU' AS jurisdiction, "
                           "NULL AS consent FROM graph.subscription WHERE op = 'INSERT';\n")
        self.config = self.configure(rules=self.rule_file, log=self.log_section(), more=["snapshot: { initial: true }"])
        self.start_streaming()
        self.wait_until_done()
        self.assertEqual(len(self.judge()), 10)

    def test_a_table_that_is_added_later(self):
        self.start_streaming()
        self.database.do("CREATE TABLE graph.device (device_id int PRIMARY KEY, account_id uuid NOT NULL, version int, banner text, "
                         "jurisdiction text, consent jsonb)",
                         "INSERT INTO graph.device SELECT i, gen_random_uuid(), 1, 'banner-a', 'DE', '{}' FROM generate_series(1, 700) i",
                         "GRANT SELECT ON graph.device TO wakestream", "ALTER PUBLICATION wakestream ADD TABLE graph.device")
        self.rules(RULES + f"CREATE VIEW customer.device AS SELECT {HEAD}, new.device_id FROM graph.device "
                           "WHERE op IN ('INSERT', 'SNAPSHOT');\n")
        self.assertEqual(self.command("rules", "reload").returncode, 0)
        self.database.do("INSERT INTO graph.device VALUES (701, gen_random_uuid(), 1, 'banner-a', 'DE', '{}')")
        self.snapshot("start", "--table", "graph.device")
        self.wait_until_done()
        found = sorted(event["value"]["device_id"] for event in self.events("customer.device")
                       if "ce_snapshot" in event["headers"])
        self.assertEqual(found[:700], list(range(1, 701)))
        self.assertIn(701, [event["value"]["device_id"] for event in self.events("customer.device")
                            if "ce_snapshot" not in event["headers"]])

    def test_a_part_of_a_table(self):
        self.accounts(900)
        kept = {self.database.new_account(f"b{number}@x", "banner-b") for number in range(20)}
        self.start_streaming()
        done = self.snapshot("start", "--table", "graph.account", "--where", "banner = 'banner-b'")
        self.assertEqual(json.loads(done.stdout)["where"], "banner = 'banner-b'")
        self.wait_until_done()
        self.assertEqual(self.judge(), kept)
        self.assertEqual([(one["where"], one["rows"]) for one in self.decisions("snapshot_table")], [("banner = 'banner-b'", "20")])
        refused = self.snapshot("start", "--table", "graph.account", "--where", "baner = 'x'", code=1)
        self.assertRegex(refused.stderr, 'baner.* does not exist')
        refused = self.snapshot("start", "--table", "graph.account", "--where", "true) UNION SELECT (1", code=1)
        self.assertIn("check the condition", refused.stderr)
        refused = self.snapshot("start", "--table", "graph.account", "--table", "graph.subscription", "--where", "true", code=1)
        self.assertIn("the rows of one table", refused.stderr)
        self.snapshot("start", "--where", "true", code=2)

    def test_is_followed_by_a_bar_on_a_terminal_and_by_log_lines_elsewhere(self):
        self.config = self.configure(rules=self.rule_file, log=self.log_section(), more=["snapshot: { rows_per_s_max: 2000 }"])
        self.accounts(3000)
        self.start_streaming()
        terminal, other_end = pty.openpty()
        self.addCleanup(os.close, terminal)
        shown = subprocess.Popen(self.command_words("snapshot", "start", "--table", "graph.account", "--follow"),
                                 stdin=subprocess.DEVNULL, stdout=other_end, stderr=subprocess.PIPE)
        self.addCleanup(shown.stderr.close)
        os.close(other_end)
        text = b""
        while True:
            try:
                text += os.read(terminal, 65536)
            except OSError:  # nobody writes any more
                break
        self.assertEqual(shown.wait(60), 0, shown.stderr.read())
        self.assertRegex(text.decode(), r"\r\x1b\[Kgraph\.account  \[[#.]+\] +\d+ %  \d+ of about 3000 rows")
        self.assertTrue(text.decode().endswith("graph.account  done: 3000 rows\r\n"), text)
        followed = self.snapshot("start", "--table", "graph.account", "--follow")
        done = [line for line in map(json.loads, followed.stderr.splitlines()) if line["event"] == "snapshot_table_done"]
        self.assertEqual([(line["table"], line["rows"], line["snapshot"]) for line in done], [("graph.account", "3000", "2")])
        self.assertEqual(self.snapshot("status", "--follow").stdout, "snapshot: none\n")


class EmbeddedSnapshot(SnapshotTests, ProgramTest):
    pass


class LostSlot(ProgramTest):
    """What was committed while there was no slot is in the rows, and the server knows when."""

    server_settings = {"track_commit_timestamp": "on"}

    def test_after_a_lost_slot_only_rows_that_changed_meanwhile_are_said_again(self):
        self.database.do("GRANT USAGE ON SCHEMA graph TO wakestream", "GRANT SELECT ON graph.account TO wakestream")
        self.config = self.configure(rules=self.rules(RULES))
        known = [self.database.new_account(f"{number}@x") for number in range(40)]
        program = self.start_streaming()
        self.assertEqual(self.command("snapshot", "start", "--follow").returncode, 0)
        self.database.do(f"UPDATE graph.account SET points = 5 WHERE account_id = '{known[0]}'")
        self.database.wait_until_confirmed(program)
        program.stop()
        emitted = max(event["headers"]["ce_time"] for event in self.tail())
        self.database.do("SELECT pg_drop_replication_slot('wakestream')",
                         f"UPDATE graph.account SET points = 7 WHERE account_id IN ('{known[1]}', '{known[2]}')")
        added = self.database.new_account("added@x")
        self.assert_refused(self.start(), "wakestream checkpoint adopt-slot")
        self.assertEqual(self.command("checkpoint", "adopt-slot", "--yes", "--why", "the slot is gone").returncode, 0)
        self.start_streaming()
        done = self.command("snapshot", "start", "--follow", "--table", "graph.account",
                            "--where", f"pg_xact_commit_timestamp(xmin) > '{emitted}'")
        self.assertEqual(done.returncode, 0, done.stderr)
        again = {event["key"]: event["value"]["points"] for event in self.tail() if event["headers"].get("ce_snapshot") == "2"}
        self.assertEqual(again, {known[1]: 7, known[2]: 7, added: 0})


if __name__ == "__main__":
    unittest.main()
