"""`wakestream init` on databases that nobody made for it: from init to the first event in at most six commands, no SQL by hand."""

import json
import os
import pty
import select
import subprocess
import time
import unittest

from check_case import CheckCase
from pipeline import BINARY, REPOSITORY, Database, Program, wait_until

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
COMMANDS_MAX = 6


class InitCase(CheckCase):
    """Each command that a person would type goes through `step`, and is counted."""

    def setUp(self):
        super().setUp()
        self.steps = []
        self.out = self.place / "pipeline"
        # A database without anything of wakestream's.
        name = self.database.name
        Database(self.server, "postgres").do(f'DROP DATABASE "{name}"', f'CREATE DATABASE "{name}"',
                                             "DROP OWNED BY wakestream", "DROP ROLE wakestream")
        self.addCleanup(Database(self.server, "postgres").do,
                        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wakestream') THEN CREATE ROLE wakestream LOGIN; "
                        "END IF; END $$")
        self.admin_url = f"postgresql://postgres@127.0.0.1:{self.server.port}/{name}"

    def step(self, *words, code=0):
        self.steps.append(" ".join(str(word) for word in words))
        done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, code, f"{self.steps[-1]}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def run_in_background(self):
        self.steps.append("wakestream run")
        begin = time.monotonic()
        program = Program(BINARY, self.out / "wakestream.yaml", self.place / "run.log")
        self.programs.append(program)
        program.start()
        wait_until("it streams", lambda: self.said(program, "streaming") or program.exit_code() is not None, 60, 0.005)
        self.assertIsNone(program.exit_code(), program.last_words())
        print(f"{self._testMethodName}: first start to streaming in {time.monotonic() - begin:.2f} s", flush=True)
        return program

    def from_init_to_the_first_event(self, change, *flags):
        """The events of `change`, which is one command."""
        self.step(BINARY, "init", "--url", self.admin_url, "--yes", "--dir", self.out, *flags)
        self.step("psql", "-X", "-d", self.admin_url, "-f", self.out / "prepare.sql")
        self.step(BINARY, "check", "-c", self.out / "wakestream.yaml")
        program = self.run_in_background()
        self.step(*change)
        self.database.wait_until_slot_confirmed(program)
        events = [json.loads(line) for line in
                  self.step(BINARY, "tail", "-c", self.out / "wakestream.yaml").splitlines()]
        self.assertLessEqual(len(self.steps), COMMANDS_MAX, self.steps)
        self.assertTrue(events)
        # Nothing was left out, nothing went to quarantine, and what init wrote has nothing to mend.
        self.assertNotIn("Left out", (self.out / "rules.sql").read_text())
        self.assertEqual(self.quarantined(), [])
        self.config = self.out / "wakestream.yaml"
        self.assertEqual(self.ids(self.check(), "error", "warning"), set())
        return events

    def quarantined(self):
        done = subprocess.run([str(BINARY), "tail", "-c", str(self.out / "wakestream.yaml"), "--topic", "quarantine"],
                              capture_output=True, text=True, timeout=60)
        return done.stdout.splitlines()

    def types(self, events):
        return {event["headers"]["ce_type"] for event in events}


def wait_until_slot_confirmed(self, program, deadline_s=60):
    target = self.value("SELECT pg_current_wal_lsn()::text")
    wait_until("the slot is confirmed", lambda: program.exit_code() is not None or self.value(
        "SELECT bool_and(confirmed_flush_lsn >= %s::pg_lsn) FROM pg_replication_slots WHERE database = current_database()", target), deadline_s)


Database.wait_until_slot_confirmed = wait_until_slot_confirmed


class InitTest(InitCase):
    def test_pgbench(self):
        subprocess.run([PGBENCH, "-i", "-q", "-s", "1", self.admin_url], check=True, capture_output=True)
        events = self.from_init_to_the_first_event([PGBENCH, "-n", "-t", "3", "-c", "1", self.admin_url])
        self.assertEqual(self.types(events), {"customer.balance_changed", "customer.pgbench_history_changed"})
        changed = [event for event in events if event["headers"]["ce_type"] == "customer.balance_changed"]
        self.assertEqual(len(changed), 3)
        balance = self.database.value("SELECT abalance FROM pgbench_accounts WHERE aid = %s", changed[-1]["key"])
        self.assertEqual(changed[-1]["value"]["abalance"], balance)

    def test_a_music_store(self):
        self.database.script(REPOSITORY / "examples/music_store.sql")
        change = ["psql", "-X", "-q", "-d", self.admin_url, "-c",
                  "UPDATE customer SET email = 'new@example.org' WHERE customer_id = 7; INSERT INTO invoice (customer_id, total) VALUES (7, 9.90); "
                  "UPDATE customer SET password_hash = 'x' WHERE customer_id = 7"]
        events = self.from_init_to_the_first_event(change)
        self.assertEqual([(event["headers"]["ce_type"], event["key"]) for event in events],
                         [("customer.email_changed", "7"), ("customer.invoice_changed", "7")])
        self.assertEqual(events[0]["value"]["previous_email"], "customer7@example.org")
        self.assertEqual(events[0]["value"]["jurisdiction"], self.database.value("SELECT country FROM customer WHERE customer_id = 7"))
        rules = (self.out / "rules.sql").read_text()
        self.assertNotIn(".password_hash", rules)
        self.assertIn("left out      password_hash (text)", rules)
        self.assertIn("IS 'pii: user.contact.email'", rules)
        # Never a value: ANALYZE has seen them all.
        for value in ("example.org", "Lime Street", "'AT'"):
            self.assertNotIn(value, rules)

    def odd_names(self):
        """300 tables; the accounts are in one with an odd name, and five odd ones hang on it."""
        statements = ['CREATE SCHEMA "Kunden Daten"', 'CREATE SCHEMA "select"']
        statements += [f'CREATE TABLE "Kunden Daten"."Tabelle {number} ""Nr""" (id integer PRIMARY KEY, "Wert" text)' for number in range(147)]
        statements += [f'CREATE TABLE "select"."order_{number}" ("group" bigint PRIMARY KEY, "user" text, "Größe" numeric)'
                       for number in range(147)]
        account = '"Kunden Daten"."Customer-Accounts"'
        long_name = "a_column_whose_name_has_as_many_letters_as_postgresql_lets_it__"
        assert len(long_name) == 63
        statements += [
            f'CREATE TABLE {account} ("Konto-Nr" text PRIMARY KEY, "E-Mail" text, "Straße" text, "table" jsonb, "previous" integer[], '
            f'"old" boolean, "new" integer, "op" text, "it\'s" varchar(10), "Ländercode" char(2), "version" bigint, banner text, '
            f'"x""y" timestamptz, "Telefon phone" text, {long_name} text, "Σ" double precision)',
            f'CREATE TABLE "select"."from" ("where" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "Konto-Nr" text NOT NULL REFERENCES {account}, '
            '"limit" json, "consent" xml, "document" jsonb)',
            f'CREATE TABLE "Kunden Daten"."Bestellungen 2024.05" ("Nr" serial PRIMARY KEY, "wer" text REFERENCES {account}, "Betrag" money)',
            f'CREATE TABLE "select"."{"t" * 63}" ("Konto-Nr" text REFERENCES {account}, "a" interval)',
            f'CREATE TABLE "Kunden Daten"."表" ("主" integer PRIMARY KEY, "Konto-Nr" text REFERENCES {account}, "値" text)',
            f'CREATE TABLE "select"."Teile" ("Konto-Nr" text NOT NULL REFERENCES {account}, "Nr" integer, PRIMARY KEY ("Konto-Nr", "Nr")) '
            'PARTITION BY HASH ("Konto-Nr")',
            'CREATE TABLE "select"."Teile 0" PARTITION OF "select"."Teile" FOR VALUES WITH (MODULUS 1, REMAINDER 0)',
        ]
        self.database.do(*statements)
        self.assertEqual(self.database.value("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text ~ 'K|s' "
                                             "AND relnamespace::regnamespace::text !~ '^pg_|information'"), 300)

    def test_three_hundred_tables_with_odd_names(self):
        self.odd_names()
        account = '"Kunden Daten"."Customer-Accounts"'
        change = ["psql", "-X", "-q", "-d", self.admin_url, "-v", "ON_ERROR_STOP=1",
                  "-c", f'INSERT INTO {account} ("Konto-Nr", "E-Mail", "it\'s", "x""y") VALUES (\'Kö 1\', \'a@b\', \'q"\', now())',
                  "-c", f'UPDATE {account} SET "E-Mail" = \'c@d\', "previous" = \'{{1,2}}\'',
                  "-c", 'INSERT INTO "select"."from" ("Konto-Nr", "limit") VALUES (\'Kö 1\', \'{"a": 1}\')',
                  "-c", 'INSERT INTO "Kunden Daten"."Bestellungen 2024.05" ("wer", "Betrag") VALUES (\'Kö 1\', \'5\')',
                  "-c", f'INSERT INTO "select"."{"t" * 63}" VALUES (\'Kö 1\', \'1 day\')',
                  "-c", 'INSERT INTO "Kunden Daten"."表" VALUES (1, \'Kö 1\', \'x\')',
                  "-c", 'INSERT INTO "select"."Teile" VALUES (\'Kö 1\', 1)', "-c", 'UPDATE "select"."Teile" SET "Nr" = 2',
                  "-c", 'DELETE FROM "select"."Teile"', "-c", f'DELETE FROM "select"."{"t" * 63}"']
        events = self.from_init_to_the_first_event(change)
        self.assertEqual({event["key"] for event in events}, {"Kö 1"})
        self.assertEqual(self.types(events), {
            "customer.created", "customer.email_changed", "customer.details_changed", "customer.from_changed",
            "customer.bestellungen_2024_05_changed", "customer." + "t" * 40 + "_changed", "customer.table_changed", "customer.teile_changed"})
        self.assertEqual([event["value"]["change"] for event in events if event["headers"]["ce_type"] == "customer.teile_changed"],
                         ["added", "changed", "removed"])

    def test_twice_harms_nothing_and_what_differs_stays(self):
        self.database.script(REPOSITORY / "examples/music_store.sql")
        words = [BINARY, "init", "--url", self.admin_url, "--yes", "--dir", self.out]
        self.step(*words)
        self.step("psql", "-X", "-d", self.admin_url, "-f", self.out / "prepare.sql")
        before = {path.name: path.read_bytes() for path in self.out.iterdir()}
        self.assertEqual(set(before), {"wakestream.yaml", "rules.sql", "prepare.sql"})
        self.assertIn("unchanged", self.step(*words))
        self.step("psql", "-X", "-d", self.admin_url, "-f", self.out / "prepare.sql")
        self.assertEqual({path.name: path.read_bytes() for path in self.out.iterdir()}, before)
        (self.out / "rules.sql").write_text("-- mine\n")
        (self.out / "prepare.sql").unlink()
        self.step(*words, code=1)
        self.assertEqual((self.out / "rules.sql").read_text(), "-- mine\n")
        self.assertFalse((self.out / "prepare.sql").exists())
        self.step(*words, "--force")
        self.assertEqual({path.name: path.read_bytes() for path in self.out.iterdir()}, before)

    def test_flags_say_what_a_person_knows_better(self):
        self.database.script(REPOSITORY / "examples/music_store.sql")
        said = self.step(BINARY, "init", "--url", self.admin_url, "--yes", "--dir", self.out, "--account-table", "public.employee", "--key",
                         "employee_id", "--jurisdiction", "-", "--jurisdiction-literal", "SE", "--tables", "customer", "--family", "staff",
                         "--role", "reader", "--pipeline", "people")
        self.assertIn("public.customer by support_rep_id", said)
        rules = (self.out / "rules.sql").read_text()
        self.assertIn("CREATE VIEW staff.created", rules)
        self.assertIn("'SE' AS jurisdiction", rules)
        self.assertIn("user=reader", (self.out / "wakestream.yaml").read_text())
        for flags, reason in ((["--account-table", "nobody"], "there is no table nobody"), (["--key", "total"], "--key: total"),
                              (["--banner", "nothing"], "has no column nothing"), (["--tables", "genre"], "does not hang on")):
            done = subprocess.run([str(BINARY), "init", "--url", self.admin_url, "--yes", "--dir", str(self.place / "no"), *flags],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn(reason, done.stderr)
        self.assertFalse((self.place / "no").exists())

    def test_on_a_terminal_it_asks(self):
        self.database.script(REPOSITORY / "examples/music_store.sql")
        leader, follower = pty.openpty()
        program = subprocess.Popen([str(BINARY), "init", "--url", self.admin_url, "--dir", str(self.out)], stdin=follower, stdout=follower,
                                   stderr=follower, close_fds=True)
        self.addCleanup(lambda: (program.kill(), program.wait(), os.close(leader)))
        os.close(follower)
        said = ""
        answers = iter(["", "", "-", "", "-", "", "public.invoice"])
        questions = 0
        until = time.monotonic() + 60
        while time.monotonic() < until:
            ready, _, _ = select.select([leader], [], [], 0.2)
            if ready:
                try:
                    said += os.read(leader, 65536).decode()
                except OSError:
                    break
            if said.count("]: ") > questions:
                questions += 1
                os.write(leader, (next(answers) + "\n").encode())
        self.assertEqual(program.wait(20), 0, said)
        self.assertEqual(questions, 7, said)
        self.assertIn("Account table [public.customer]: ", said)
        rules = (self.out / "rules.sql").read_text()
        self.assertIn("customer.invoice_changed", rules)
        self.assertNotIn("playlist", rules)
        self.assertIn("'unknown' AS jurisdiction", rules)


if __name__ == "__main__":
    unittest.main()
