"""A snapshot that gives only what differs from what was said last, as after a lost slot.

The truth is the database: whoever keeps the newest event of each account and type has what its tables have; and what the snapshot said is no
more than what had changed.
"""

import json
import random
import threading
import unittest

from pipeline import ProgramTest, wait_until

HEAD = "new.account_id, new.version, new.banner, new.jurisdiction, new.consent"
ROWS = "WHERE op IN ('INSERT', 'UPDATE', 'SNAPSHOT')"
RULES = (f"CREATE VIEW customer.state AS SELECT {HEAD}, new.email, new.points FROM graph.account {ROWS};\n"
         f"CREATE VIEW customer.subscribed AS SELECT {HEAD}, new.subscription_id, new.plan FROM graph.subscription {ROWS};\n"
         f"CREATE VIEW customer.moved AS SELECT {HEAD}, old.banner AS previous FROM graph.account "
         "WHERE op = 'UPDATE' AND old.banner <> new.banner;\n")


class Differences:
    def setUp(self):
        super().setUp()
        self.database.do("GRANT USAGE ON SCHEMA graph TO wakestream", "GRANT SELECT ON ALL TABLES IN SCHEMA graph TO wakestream",
                         "ALTER TABLE graph.account REPLICA IDENTITY FULL")
        self.config = self.configured()

    def configured(self, *more):
        return self.configure(rules=self.rules(RULES), log=self.log_section(), more=more)

    def accounts(self, count):
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) SELECT 'banner-a', 'DE', '{}', "
                         f"'e' || i || '@x', 1 FROM generate_series(1, {count}) i", "ANALYZE graph.account")
        return [row[0] for row in self.rows("SELECT account_id::text FROM graph.account ORDER BY account_id")]

    def rows(self, query):
        connection = self.database.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()
        finally:
            connection.close()

    def snapshot(self, *words):
        done = self.command("snapshot", "start", *words, timeout_s=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def status(self):
        done = self.command("snapshot", "status", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def said_by(self, number):
        """The events of that snapshot, as (type, account)."""
        return [(event["headers"]["ce_type"], event["key"]) for event in self.tail()
                if event["headers"].get("ce_snapshot") == str(number)]

    def table_done(self, number):
        return {record["value"]["table"]: record["value"] for record in self.tail("decisions")
                if record["value"]["command"] == "snapshot_table" and record["value"]["snapshot"] == str(number)}

    def lose_the_slot(self, program, *meanwhile):
        """`meanwhile` is committed and never streamed."""
        self.database.wait_until_confirmed(program)
        program.stop()
        self.database.do("SELECT pg_drop_replication_slot('wakestream')", *meanwhile)
        self.assert_refused(self.start(), "wakestream checkpoint adopt-slot")
        done = self.command("checkpoint", "adopt-slot", "--yes", "--why", "the slot is gone")
        self.assertEqual(done.returncode, 0, done.stderr)

    def assert_newest_is_what_is_there(self, gone=()):
        """Of each account and type; of subscriptions, of which an account has several, of each of those."""
        newest = {}
        for event in self.tail():
            type, value = event["headers"]["ce_type"], event["value"]
            of = value["subscription_id"] if type == "customer.subscribed" else event["key"]
            newest[type, of] = max(newest.get((type, of), ("",)), (event["headers"]["ce_sequence"], value), key=lambda one: one[0])
        states = {key: (value["email"], value["points"], value["version"]) for (type, key), (_, value) in newest.items()
                  if type == "customer.state" and key not in gone}
        self.assertEqual(states, {row[0]: tuple(row[1:]) for row in
                                  self.rows("SELECT account_id::text, email, points, version FROM graph.account")})
        plans = {key: value["plan"] for (type, key), (_, value) in newest.items() if type == "customer.subscribed"}
        self.assertEqual(plans, dict(self.rows("SELECT subscription_id::text, plan FROM graph.subscription")))

    def test_after_a_lost_slot_exactly_the_rows_that_changed_are_said(self):
        known = self.accounts(2000)
        program = self.start_streaming()
        self.snapshot("--follow")
        self.database.do(f"UPDATE graph.account SET points = 5 WHERE account_id IN ('{known[0]}', '{known[1]}')",
                         f"DELETE FROM graph.account WHERE account_id = '{known[9]}'")
        streamed = self.database.new_account("streamed@x")
        self.lose_the_slot(program, f"UPDATE graph.account SET points = 7 WHERE account_id IN ('{known[1]}', '{known[2]}')",
                           f"DELETE FROM graph.account WHERE account_id = '{known[8]}'")
        added = self.database.new_account("added@x")
        program = self.start_streaming(name="again")
        # In the stream again, before and while the snapshot runs: said, so not said again.
        self.database.do(f"UPDATE graph.account SET points = 1 WHERE account_id = '{streamed}'")
        self.database.wait_until_confirmed(program)
        shown = self.snapshot("--table", "graph.account", "--differences", "--follow")
        self.assertEqual(set(self.said_by(2)), {("customer.state", account) for account in (known[1], known[2], added)})
        self.assertEqual(len(self.said_by(2)), 3)
        done = self.table_done(2)["graph.account"]
        self.assertEqual((done["rows"], done["unchanged"], done["said_but_not_found"], done["differences"]), ("2000", "1997", "2", True))
        last = [line for line in map(json.loads, shown.stderr.splitlines()) if line["event"] == "snapshot_table_done"]
        self.assertEqual([(line["unchanged"], line["said_but_not_found"]) for line in last], [("1997", "2")])
        told = self.said(program, "snapshot_table_done")
        self.assertEqual([(line["unchanged"], line["said_but_not_found"]) for line in told], [("1997", "2")])
        self.assert_newest_is_what_is_there(gone={known[8], known[9]})
        # And then nothing differs.
        self.snapshot("--differences", "--follow")
        self.assertEqual(self.said_by(3), [])
        self.assertEqual(self.table_done(3)["graph.account"]["unchanged"], "2000")

    def test_killed_on_its_way_under_writes_whoever_keeps_the_newest_has_what_is_there(self):
        """The index is thrown away and made anew; what the snapshot had said by then was said."""
        known = self.accounts(4000)
        some = known[::40]
        self.database.do("INSERT INTO graph.subscription (account_id, version, banner, jurisdiction, consent, plan) SELECT account_id, 1, "
                         "banner, jurisdiction, consent, 'plan-' || i FROM graph.account, generate_series(1, 3) i "
                         f"WHERE account_id IN ({', '.join(f'{account!r}' for account in some)})")
        program = self.start_streaming()
        self.snapshot("--follow")
        # A subscription's change raises its account's version.
        changed = {*known[5::20], some[3]}
        listed = ", ".join(f"'{account}'" for account in known[5::20])
        self.config = self.configured("snapshot: { rows_per_s_max: 1000 }")
        self.lose_the_slot(program, f"UPDATE graph.account SET points = points + 7 WHERE account_id IN ({listed})",
                           f"UPDATE graph.subscription SET plan = 'other' WHERE account_id = '{some[3]}' AND plan = 'plan-2'")
        touched, ends = set(), threading.Event()

        def change():
            choose = random.Random(5)
            connection = self.database.connect()
            connection.autocommit = True
            with connection.cursor() as cursor:
                while not ends.wait(0.01):
                    account = choose.choice(known)
                    touched.add(account)
                    cursor.execute("UPDATE graph.account SET points = points + 1 WHERE account_id = %s", (account,))
            connection.close()
        program = self.start_streaming(name="again")
        writer = threading.Thread(target=change)
        writer.start()
        try:
            self.snapshot("--differences")
            killed_at = set()
            for least in (500, 2000):
                wait_until("rows are done", lambda least=least: self.status()["rows"] >= least, 60)
                program.kill()
                status = self.status()
                self.assertTrue(status["differences"])
                killed_at.add(status["rows"])
                program.start()
            wait_until("the snapshot is done", lambda: self.status() is None, 60)
        finally:
            ends.set()
            writer.join()
        self.database.wait_until_confirmed(program)
        self.assertEqual(len(killed_at), 2, killed_at)
        said = self.said_by(2)
        states = [account for type, account in said if type == "customer.state"]
        self.assertEqual(len(states), len(set(states)), "a row came twice")
        self.assertEqual(set(states) - changed - touched, set(), "said though nobody had changed it")
        self.assertEqual(changed - touched - set(states), set(), "changed and not said")
        done = self.table_done(2)
        self.assertIsNone(done["graph.account"]["said_but_not_found"], "it began anew in the midst of it")
        self.assertEqual(done["graph.subscription"]["said_but_not_found"], "0")
        self.assert_newest_is_what_is_there()


class EmbeddedDifferences(Differences, ProgramTest):
    def log_section(self):
        return None


class KafkaDifferences(Differences, ProgramTest):
    version = 18
    with_kafka = True

    def log_section(self):
        return self.kafka_log()


if __name__ == "__main__":
    unittest.main()
