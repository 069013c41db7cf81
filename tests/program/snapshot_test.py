"""Rows that were there before the pipeline: read in chunks beside the stream, each once, none behind a newer event."""

import json
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


class EmbeddedSnapshot(SnapshotTests, ProgramTest):
    pass


if __name__ == "__main__":
    unittest.main()
