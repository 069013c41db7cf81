"""Rows of a table that has no banner of its own get that of their account, as it was when they were changed; whatever is killed."""

import json
import random
import re
import sqlite3
import threading
import time
import unittest
from contextlib import closing

from pipeline import ProgramTest, wait_until

# A child's row says itself which banner its account had when it was written: events are held against that.
TABLE = ("CREATE TABLE graph.address (address_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id uuid NOT NULL, "
         "city text NOT NULL, banner_then text NOT NULL)")
JOINED = ("CREATE VIEW customer.address_added AS SELECT new.account_id, NULL AS version, context.banner, context.jurisdiction, "
          "context.consent, context.parent AS parent_id, new.city, new.address_id, new.banner_then FROM graph.address "
          "JOIN context USING (account_id) WHERE op = 'INSERT';\n")
PLAIN = ("CREATE VIEW customer.created AS SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent "
         "FROM graph.account WHERE op = 'INSERT';\n")
CONTEXT = ["context:", "  table: graph.account", "  account_id: account_id", "  banner: banner", "  parent: parent_id",
           "  jurisdiction: jurisdiction", "  consent: consent"]


class Changes:
    """Two writers that change accounts, and add addresses that say which banner theirs had then, as long as it is open."""

    def __init__(self, database, address, accounts, large=False):
        self.database, self.address, self.large = database, address, large
        self.accounts = database.value(f"SELECT array_agg(account_id::text) FROM ({accounts}) AS chosen")
        self.ends = threading.Event()
        self.writers = [threading.Thread(target=self.change, args=(seed,)) for seed in range(2)]

    def __enter__(self):
        for writer in self.writers:
            writer.start()

    def __exit__(self, *problem):
        self.ends.set()
        for writer in self.writers:
            writer.join()

    def change(self, seed):
        choose = random.Random(seed)
        connection = self.database.connect()
        connection.autocommit = False
        with connection.cursor() as cursor:
            while not self.ends.is_set():
                account = choose.choice(self.accounts)
                cursor.execute("SELECT banner FROM graph.account WHERE account_id = %s FOR UPDATE", (account,))
                banner = cursor.fetchone()[0]
                for _ in range(3000 if self.large and choose.random() < 0.005 else choose.choice([1, 2, 3])):
                    if choose.random() < 0.3:
                        banner = f"banner-{choose.randrange(10 ** 6)}"
                        cursor.execute("UPDATE graph.account SET banner = %s WHERE account_id = %s", (banner, account))
                    cursor.execute(self.address(account, banner))
                connection.commit()
                time.sleep(0.002)
        connection.close()


class ContextTests:
    def setUp(self):
        super().setUp()
        self.database.do(TABLE, "ALTER TABLE graph.address REPLICA IDENTITY FULL", "ALTER PUBLICATION wakestream ADD TABLE graph.address",
                         "GRANT USAGE ON SCHEMA graph TO wakestream", "GRANT SELECT ON ALL TABLES IN SCHEMA graph TO wakestream")
        self.rule_file = self.rules(PLAIN + JOINED)
        self.config = self.configure(rules=self.rule_file, log=self.log_section(), more=self.context_section())

    def log_section(self):
        return None

    def context_section(self):
        return CONTEXT

    def fill(self):
        """A new pipeline, whose context holds every account."""
        program = self.start_streaming()
        self.wait_for_event(program, "context_filled", 30)
        return program

    def events(self, type="customer.address_added"):
        """In commit order, whatever their partition: that is what ids say."""
        return sorted((event for event in self.tail() if event["headers"]["ce_type"] == type), key=lambda event: event["headers"]["ce_id"])

    def address(self, account, banner, city="Ulm"):
        return (f"INSERT INTO graph.address (account_id, city, banner_then) VALUES ('{account}', '{city}', '{banner}')")

    def test_a_child_has_the_context_of_its_account_as_of_its_row(self):
        old = self.database.new_account(banner="banner-old")
        program = self.fill()
        new, late = self.database.value("SELECT gen_random_uuid()::text"), self.database.value("SELECT gen_random_uuid()::text")
        account = "INSERT INTO graph.account (account_id, banner, jurisdiction, consent, version) VALUES ('{}', '{}', 'DE', '{{\"a\": 1.50}}', 1)"
        self.database.do(
            self.address(old, "banner-old"),
            f"UPDATE graph.account SET banner = 'banner-b' WHERE account_id = '{old}'",
            self.address(old, "banner-b"),
            # The change counts from its row on, in its own transaction too.
            f"BEGIN; {self.address(old, 'banner-b')}; UPDATE graph.account SET banner = 'banner-c' WHERE account_id = '{old}'; "
            f"{self.address(old, 'banner-c')}; COMMIT",
            f"BEGIN; {account.format(new, 'banner-n')}; {self.address(new, 'banner-n')}; COMMIT",
            # A child before its account waits for it.
            f"BEGIN; {self.address(late, 'banner-l')}; {account.format(late, 'banner-l')}; COMMIT",
            # Nobody knows this one.
            self.address("00000000-0000-4000-8000-000000000000", "none"),
            # A deleted account is known to its transaction, and to nobody after it.
            f"BEGIN; DELETE FROM graph.account WHERE account_id = '{new}'; {self.address(new, 'banner-n')}; COMMIT",
            self.address(new, "none"))
        self.database.wait_until_confirmed(program)
        events = self.events()
        self.assertEqual([event["value"]["banner_then"] for event in events],
                         ["banner-old", "banner-b", "banner-b", "banner-c", "banner-n", "banner-l", "banner-n"])
        for event in events:
            self.assertEqual(event["value"]["banner"], event["value"]["banner_then"], event)
            self.assertEqual(event["value"]["jurisdiction"], "DE")
        self.assertEqual(events[-1]["value"]["consent"], {"a": 1.50})
        # The child's event stands before its account's, as their rows do.
        of_late = [event["headers"]["ce_type"] for event in self.tail() if event["key"] == late]
        self.assertEqual(of_late, ["customer.address_added", "customer.created"])
        quarantined = self.command("quarantine", "list", "--json")
        self.assertIn('"reason":"the account context knows no such account","waiting":2', quarantined.stdout)

    def test_a_pipeline_that_was_born_earlier_fills_its_context_before_rules_join(self):
        old = self.database.new_account(banner="banner-old")
        for _ in range(19):
            self.database.new_account()
        self.rule_file.write_text(PLAIN)
        without = self.configure("without.yaml", rules=self.rule_file, log=self.log_section())
        self.start_streaming(config=without, name="without").stop()
        slowly = self.configure(rules=self.rule_file, log=self.log_section(),
                                more=[*self.context_section(), "snapshot:", "  rows_per_s_max: 4"])
        program = self.start_streaming(config=slowly, name="with")
        self.rule_file.write_text(PLAIN + JOINED)
        refused = self.command("rules", "reload")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("does not hold every account yet", refused.stderr)
        self.wait_for_event(program, "context_filled", 30)
        reloaded = self.command("rules", "reload")
        self.assertEqual(reloaded.returncode, 0, reloaded.stderr)
        self.database.do(self.address(old, "banner-old"))
        self.database.wait_until_confirmed(program)
        self.assertEqual([event["value"]["banner"] for event in self.events()], ["banner-old"])
        program.stop()
        self.assertIn("has no section context", self.command("rules", "show", config=without).stderr)
        other = [line.replace("banner: banner", "banner: jurisdiction") for line in self.context_section()]
        self.assert_refused(self.start(config=self.configure(rules=self.rule_file, log=self.log_section(), more=other), name="other"),
                            "the section context says something else than before")

    def test_a_new_pipeline_begins_with_the_context_and_then_the_snapshot_of_the_childs_table(self):
        accounts = [self.database.new_account(banner=f"banner-{number}") for number in range(30)]
        self.database.do(*[self.address(account, f"banner-{number}") for number, account in enumerate(accounts)])
        self.rule_file.write_text((PLAIN + JOINED).replace("op = 'INSERT'", "op IN ('INSERT', 'SNAPSHOT')"))
        self.configure(rules=self.rule_file, log=self.log_section(), more=[*self.context_section(), "snapshot:", "  initial: true"])
        program = self.start_streaming()
        self.wait_for_event(program, "snapshot_done", 30)
        events = self.events()
        self.assertEqual(len(events), 30)
        self.assertEqual([event["value"]["banner"] for event in events], [event["value"]["banner_then"] for event in events])
        self.assertEqual(len(self.events("customer.created")), 30)

    def checkpoint(self):
        return json.loads(self.command("checkpoint", "show", "--json").stdout)["checkpoint"]

    def slowly(self, accounts):
        """So many more accounts, and a fill of four seconds."""
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, consent, version) "
                         f"SELECT 'banner-0', 'DE', '{{}}', 1 FROM generate_series(1, {accounts})")
        self.configure(rules=self.rule_file, log=self.log_section(),
                       more=[*self.context_section(), "snapshot:", f"  rows_per_s_max: {accounts // 4}"])

    def addresses_behind(self, slot, lsn):
        """What was committed behind it, by another slot and another plugin."""
        found, of_transaction = [], []
        for end, data in self.database.value("SELECT json_agg(json_build_array((lsn - '0/0'::pg_lsn)::bigint, data)) "
                                             f"FROM pg_logical_slot_get_changes('{slot}', NULL, NULL)"):
            if data.startswith("COMMIT"):
                found += of_transaction if end > lsn else []
                of_transaction = []
            address = re.match(r"table graph\.address: INSERT: address_id\[bigint\]:(\d+)", data)
            of_transaction += [int(address[1])] if address else []
        return found

    def test_killed_while_a_new_pipeline_fills_it_rules_that_join_miss_nothing_from_the_first_commit_behind_the_slot(self):
        self.database.value("SELECT pg_create_logical_replication_slot('truth', 'test_decoding')")
        deleted = self.database.new_account(banner="banner-deleted")
        self.slowly(4000)
        with Changes(self.database, self.address, f"SELECT account_id FROM graph.account WHERE account_id <> '{deleted}' LIMIT 200"):
            for kill in range(3):
                program = self.start(name=f"killed-{kill}")
                self.wait_for_event(program, "context_filling")
                time.sleep(0.8 + kill * 0.4)
                program.kill()
                self.assertEqual(program.said("context_filled"), [])
                self.assertEqual(self.checkpoint()["birth"], "filling context")
                if kill == 1:
                    self.assertIn(deleted, {record["key"] for record in self.tail("context")})
                    self.database.do(f"DELETE FROM graph.account WHERE account_id = '{deleted}'")
            program = self.start_streaming(name="filled")
            time.sleep(1)
        self.database.do(self.address(deleted, "none"))
        self.database.wait_until_confirmed(program)
        born_at = self.checkpoint()["born_at_lsn"]
        self.assertEqual(self.checkpoint()["context"]["filled_at"], born_at)
        self.assertEqual([said["lsn"] for said in program.said("context_filled")], [born_at])
        high, low = born_at.split("/")
        committed = self.addresses_behind("truth", (int(high, 16) << 32) + int(low, 16))
        events = self.events()
        self.assertEqual([event for event in events if event["value"]["banner"] != event["value"]["banner_then"]], [])
        # In commit order; the last is of the account that was deleted between two fills, and nobody knows it.
        self.assertEqual([event["value"]["address_id"] for event in events], committed[:-1])
        self.assertGreater(len(events), 200)
        quarantined = self.command("quarantine", "list", "--json")
        self.assertIn('"reason":"the account context knows no such account","waiting":1', quarantined.stdout)

    def test_a_new_pipeline_is_refused_before_its_slot_when_the_table_cannot_be_read(self):
        self.database.do("REVOKE SELECT ON graph.account FROM wakestream")
        self.assert_refused(self.start(), "the account context cannot be filled", "may not read graph.account")
        self.assertEqual(int(self.database.value("SELECT count(*) FROM pg_replication_slots")), 0)

    def test_killed_while_it_is_filled_beside_the_stream_no_row_has_a_wrong_context_and_none_is_quarantined(self):
        self.rule_file.write_text(PLAIN)
        self.start_streaming(config=self.configure("without.yaml", rules=self.rule_file, log=self.log_section()), name="without").stop()
        self.rule_file.write_text(PLAIN + JOINED)
        self.slowly(4000)
        with Changes(self.database, self.address, "SELECT account_id FROM graph.account LIMIT 200"):
            program = self.start_streaming()
            for kill in range(3):
                time.sleep(0.8)
                program.kill()
                program = self.start_streaming(name=f"after-{kill}")
            self.wait_for_event(program, "context_filled", 60)
            filled_at = int(self.database.value("SELECT max(address_id) FROM graph.address"))
            time.sleep(1)
        self.database.wait_until_confirmed(program)
        events = self.events()
        self.assertEqual([event for event in events if event["value"]["banner"] != event["value"]["banner_then"]], [])
        seen = {event["value"]["address_id"] for event in events}
        wanted = set(self.database.value("SELECT array_agg(address_id) FROM graph.address WHERE address_id > %s", filled_at + 100))
        self.assertGreater(len(wanted), 20)
        self.assertEqual(wanted - seen, set())
        self.assertEqual(self.command("quarantine", "list", "--json").stdout.strip(), "")

    def test_killed_at_any_time_each_event_has_the_context_as_of_its_commit(self):
        for number in range(20):
            self.database.new_account(banner=f"banner-{number}")
        program = self.fill()
        with Changes(self.database, self.address, "SELECT account_id FROM graph.account", large=True):
            for kill in range(5):
                time.sleep(1.2)
                program.kill()
                if kill == 2:
                    for file in self.store_folder().glob("*.context*"):
                        file.unlink()
                program = self.start_streaming(name=f"after-{kill}")
        self.database.wait_until_confirmed(program)
        events = self.events()
        wrong = [event for event in events if event["value"]["banner"] != event["value"]["banner_then"]]
        self.assertEqual(wrong, [])
        places = [event["value"]["address_id"] for event in events]
        self.assertEqual(len(places), len(set(places)), "an event came twice")
        self.assertEqual(len(places), int(self.database.value("SELECT count(*) FROM graph.address")))
        self.assertGreater(len(places), 500)

    def test_an_instance_that_waits_keeps_its_own_store_near_the_topics_end(self):
        for number in range(20):
            self.database.new_account(banner=f"banner-{number}")
        first = self.fill()
        late = self.database.new_account(banner="banner-late")
        self.database.wait_until_confirmed(first)
        written = len(self.tail("context"))

        def has_followed():
            """What the store of one that only ever waited says. While it runs it has the file for itself."""
            second = self.start(name="second")
            self.wait_for_event(second, "lease_waiting")
            time.sleep(2)
            second.kill()
            with closing(sqlite3.connect(next(self.store_folder().glob("*.context.1")))) as store:
                read, whole = store.execute("SELECT sum(next_offset), (SELECT filled FROM topic) FROM position").fetchone()
            return whole and read >= written
        wait_until("a waiting instance's store holds what the topic does", has_followed, 60)
        third = self.start(name="third")
        self.wait_for_event(third, "lease_waiting")
        first.kill()
        self.wait_for_event(third, "streaming")
        self.database.do(self.address(late, "banner-late"))
        self.database.wait_until_confirmed(third)
        self.assertEqual([event["value"]["banner"] for event in self.events()], ["banner-late"])

    def store_folder(self):
        return self.place / "log"


class EmbeddedContext(ContextTests, ProgramTest):
    pass


class KafkaContext(ContextTests, ProgramTest):
    with_kafka = True

    def log_section(self):
        return self.kafka_log()

    def context_section(self):
        return [*CONTEXT, f"  store: {self.place / 'log' / 'p.context'}", "keys:", f"  folder: {self.place / 'log.keys'}"]


if __name__ == "__main__":
    unittest.main()
