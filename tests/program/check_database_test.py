"""Misconfigured databases, one at a time: server, role, tables, publication."""

import re
import unittest

import psycopg2

from check_case import CheckCase
from pipeline import REPOSITORY, RULES, Database


class CleanCases:
    def test_a_prepared_database_has_nothing_to_mend(self):
        found = self.check()
        self.assertEqual(self.ids(found, "error", "warning"), set(), found)
        self.assertLess(found["milliseconds"], 10_000)

    def test_what_it_says_to_people_and_to_psql(self):
        self.database.do("ALTER PUBLICATION wakestream DROP TABLE graph.account")
        text = self.run_check().stdout
        self.assertIn("publication_lacks_table", text)
        self.assertIn("> ALTER PUBLICATION wakestream ADD TABLE graph.account;", text)
        script = self.run_check("--fix").stdout
        self.assertIn("\nALTER PUBLICATION wakestream ADD TABLE graph.account;\n", script)
        self.assertEqual(script.count("ADD TABLE graph.account"), 1)
        self.assertIn("\\connect ", script)

    def test_no_secret_is_ever_shown(self):
        self.config = self.configure(url=self.database.url.replace("wakestream@", "wakestream:hunter2@"))
        self.database.do("DROP PUBLICATION wakestream")
        for words in ((), ("--json",), ("--fix",)):
            done = self.run_check(*words)
            self.assertNotIn("hunter2", done.stdout + done.stderr)


class ConnectionCases:
    def test_role_missing(self):
        self.config = self.configure(url=self.database.url.replace("wakestream@", "Somebody%20New@"))
        self.addCleanup(self.admin, 'DROP ROLE IF EXISTS "Somebody New"')
        self.finds_and_mends("role_missing")

    def test_role_no_login(self):
        self.admin("ALTER ROLE wakestream NOLOGIN")
        self.finds_and_mends("role_no_login")

    def test_role_no_connect(self):
        self.admin(f'REVOKE CONNECT ON DATABASE "{self.database.name}" FROM PUBLIC, wakestream')
        self.finds_and_mends("role_no_connect")

    def test_role_connection_limit_of_none(self):
        self.admin("ALTER ROLE wakestream CONNECTION LIMIT 0")
        self.finds_and_mends("role_connection_limit")

    def test_role_connection_limit_of_one(self):
        self.admin("ALTER ROLE wakestream CONNECTION LIMIT 1")
        self.finds_and_mends("role_connection_limit")

    def test_no_hba_entry(self):
        hba = self.server.folder / "data/pg_hba.conf"
        before = hba.read_text()
        self.addCleanup(lambda: (hba.write_text(before), self.server_reload()))
        self.admin("ALTER ROLE wakestream PASSWORD 'open sesame'")
        self.addCleanup(self.admin, "ALTER ROLE wakestream PASSWORD NULL")
        self.environment = {"PGPASSWORD": "open sesame"}
        hba.write_text("local all postgres trust\nhost all postgres 127.0.0.1/32 trust\n")
        self.admin("SELECT pg_reload_conf()")
        self.wait_until_refused()
        self.places = {"pg_hba.conf": hba}
        self.finds_and_mends("no_hba_entry")

    def server_reload(self):
        self.admin("SELECT pg_reload_conf()")

    def wait_until_refused(self):
        from pipeline import wait_until

        def refused():
            try:
                psycopg2.connect(self.database.dsn.replace("user=postgres", "user=wakestream"), password="open sesame").close()
            except psycopg2.OperationalError:
                return True
            return False
        wait_until("the server has read pg_hba.conf", refused, 10)

    def test_connections_that_only_a_person_can_mend(self):
        for url, wanted in ((self.database.url.replace(self.database.name, "no_such_database"), "database_missing"),
                            ("postgresql://wakestream@127.0.0.1:1/postgres", "postgres_unreachable"),
                            (self.database.url + "?sslmode=verify-full&sslrootcert=/nonexistent", "tls_refused")):
            with self.subTest(wanted):
                self.config = self.configure(url=url)
                self.assertEqual(self.ids(self.check(), "error"), {wanted})


class RoleCases:
    def test_role_no_replication(self):
        self.admin("ALTER ROLE wakestream NOREPLICATION")
        self.finds_and_mends("role_no_replication")

    def test_role_superuser(self):
        self.admin("ALTER ROLE wakestream SUPERUSER")
        self.finds_and_mends("role_superuser")

    def test_role_too_powerful(self):
        self.admin("ALTER ROLE wakestream CREATEDB BYPASSRLS")
        self.finds_and_mends("role_too_powerful")

    def test_role_expires(self):
        self.admin("ALTER ROLE wakestream VALID UNTIL '2020-01-01'")
        self.finds_and_mends("role_expires")

    def test_role_writes(self):
        self.database.do("GRANT SELECT, INSERT, DELETE ON graph.account, graph.subscription TO wakestream")
        self.finds_and_mends("role_writes")

    def test_snapshot_no_select(self):
        listed = ("CREATE VIEW customer.listed AS SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.email "
                  "FROM graph.account WHERE op = 'SNAPSHOT';\nCOMMENT ON COLUMN customer.listed.email IS 'pii: user.contact.email';\n")
        self.config = self.configure(rules=self.rules(RULES.read_text() + listed), more=["snapshot: { initial: true }"])
        self.finds_and_mends("snapshot_no_select")
        self.admin("ALTER ROLE wakestream CONNECTION LIMIT 2")
        self.finds_and_mends("role_connection_limit")

    def test_context_no_select(self):
        self.database.do("ALTER TABLE graph.account REPLICA IDENTITY FULL")
        self.config = self.configure(more=["context:", "  table: graph.account", "  account_id: account_id", "  banner: banner",
                                           "  jurisdiction: jurisdiction", "  consent: consent"])
        self.finds_and_mends("context_no_select")
        # Once it is filled, nothing reads the table by SQL.
        program = self.start_streaming()
        self.wait_for_event(program, "context_filled")
        program.stop()
        self.database.do("REVOKE SELECT ON graph.account FROM wakestream")
        found = self.check()
        self.assertNotIn("context_no_select", self.ids(found, "error"), found)


class ServerCases:
    def test_wal_sender_timeout_off(self):
        self.set(wal_sender_timeout=0)
        self.finds_and_mends("wal_sender_timeout_off")

    def test_wal_sender_timeout_off_for_the_role(self):
        self.admin("ALTER ROLE wakestream SET wal_sender_timeout = 0")
        self.finds_and_mends("wal_sender_timeout_off")

    def test_wal_sender_timeout_off_for_the_database(self):
        self.admin(f'ALTER DATABASE "{self.database.name}" SET wal_sender_timeout = 0')
        self.finds_and_mends("wal_sender_timeout_off")

    def test_wal_sender_timeout_short(self):
        self.set(wal_sender_timeout="2s")
        self.finds_and_mends("wal_sender_timeout_short")

    def test_slot_wal_limit_small(self):
        self.set(max_slot_wal_keep_size="64MB")
        self.finds_and_mends("slot_wal_limit_small")

    def test_slot_wal_unlimited(self):
        self.finds_and_mends("slot_wal_unlimited")

    def test_fsync_off(self):
        self.admin("ALTER SYSTEM RESET fsync", "SELECT pg_reload_conf()")
        from pipeline import wait_until
        wait_until("fsync is off", lambda: self.server.value("SHOW fsync") == "off", 10)
        self.finds_and_mends("fsync_off")


class RestartCases:
    """What takes effect only at a restart, all at once."""

    def test_no_logical_decoding_no_slot_and_no_walsender(self):
        self.admin(*(f"ALTER SYSTEM SET {name} = {value}" for name, value in
                     {"wal_level": "replica", "max_replication_slots": 0, "max_wal_senders": 0}.items()))
        self.server.restart("fast")
        self.finds_and_mends("wal_level", "no_free_slot", "no_free_walsender")


class TableCases:
    def with_rules(self, old, new):
        text = RULES.read_text()
        self.assertIn(old, text)
        self.config = self.configure(rules=self.rules(text.replace(old, new)))

    def test_table_missing(self):
        self.with_rules("FROM   graph.deletion_request", "FROM   graph.deletion_requests")
        self.finds_and_mends("table_missing")

    def test_column_missing(self):
        self.with_rules("old.email AS previous_email, new.email\n", "old.email AS previous_email, new.e_mail AS email\n")
        self.finds_and_mends("column_missing")

    def test_table_unlogged(self):
        self.database.do("ALTER PUBLICATION wakestream DROP TABLE graph.deletion_request",
                         "ALTER TABLE graph.deletion_request SET UNLOGGED")
        self.finds_and_mends("table_unlogged", "publication_lacks_table")

    def partitioned(self, identity="FULL", parts=1, name="graph.deletion_request"):
        """With partitions {name}_0, {name}_1 ... of that replica identity; the whole has FULL."""
        self.database.do(
            "ALTER PUBLICATION wakestream DROP TABLE graph.deletion_request", "DROP TABLE graph.deletion_request",
            "CREATE TABLE graph.deletion_request (request_id uuid, account_id uuid NOT NULL, version bigint, parent_id uuid, banner text, "
            "jurisdiction text, consent jsonb, reason text, requested_at timestamptz, PRIMARY KEY (request_id, account_id)) "
            "PARTITION BY HASH (account_id)",
            "ALTER TABLE graph.deletion_request REPLICA IDENTITY FULL", "ALTER PUBLICATION wakestream ADD TABLE graph.deletion_request",
            *(f'CREATE TABLE graph."Part {part}" PARTITION OF graph.deletion_request FOR VALUES WITH (MODULUS {parts}, REMAINDER {part})'
              for part in range(parts)),
            *(f'ALTER TABLE graph."Part {part}" REPLICA IDENTITY {identity}' for part in range(parts)))

    def rule_of_old_reason(self):
        self.with_rules("FROM   graph.deletion_request\nWHERE  op = 'INSERT'",
                        "FROM   graph.deletion_request\nWHERE  op = 'UPDATE' AND old.reason <> new.reason")

    def test_rule_names_partition(self):
        self.partitioned()
        self.with_rules("FROM   graph.deletion_request", 'FROM   graph."Part 0"')
        self.finds_and_mends("rule_names_partition")

    def test_publication_partitions(self):
        self.partitioned()
        self.database.do("ALTER PUBLICATION wakestream SET (publish_via_partition_root = false)")
        self.finds_and_mends("publication_partitions")

    def test_replica_identity_of_partitions(self):
        self.partitioned("DEFAULT", parts=7)
        self.database.do('ALTER TABLE graph."Part 3" REPLICA IDENTITY FULL')
        self.rule_of_old_reason()
        found = self.finds_and_mends("replica_identity")
        mends = str(found["findings"])
        self.assertIn('ALTER TABLE graph."Part 0" REPLICA IDENTITY FULL;', mends)
        self.assertNotIn('"Part 3"', mends)
        self.assertIn("graph.Part 5 and 1 more", mends)

    def test_no_replica_identity_of_a_partition(self):
        self.partitioned(parts=2)
        self.database.do('ALTER TABLE graph."Part 1" REPLICA IDENTITY NOTHING')
        self.finds_and_mends("no_replica_identity")

    def test_replica_identity(self):
        self.database.do("ALTER TABLE graph.account REPLICA IDENTITY DEFAULT")
        self.finds_and_mends("replica_identity")

    def test_replica_identity_of_an_index(self):
        self.database.do("ALTER TABLE graph.subscription REPLICA IDENTITY USING INDEX subscription_pkey")
        self.finds_and_mends("replica_identity")

    def test_no_replica_identity(self):
        self.database.do("CREATE TABLE public.keyless (a integer)", "ALTER PUBLICATION wakestream ADD TABLE public.keyless")
        with self.assertRaises(psycopg2.Error):
            self.database.do("INSERT INTO public.keyless VALUES (1)", "UPDATE public.keyless SET a = 2")
        self.finds_and_mends("no_replica_identity")
        self.database.do("UPDATE public.keyless SET a = 2")

    def test_no_replica_identity_because_its_index_is_gone(self):
        self.database.do("ALTER TABLE graph.subscription REPLICA IDENTITY USING INDEX subscription_pkey",
                         "ALTER TABLE graph.subscription DROP CONSTRAINT subscription_pkey")
        self.finds_and_mends("no_replica_identity", "replica_identity")

    def test_account_nullable(self):
        self.database.do("ALTER TABLE graph.deletion_request ALTER COLUMN account_id DROP NOT NULL")
        self.finds_and_mends("account_nullable")

    def test_rules_that_only_a_person_can_mend(self):
        self.database.do("CREATE VIEW graph.all_accounts AS SELECT * FROM graph.account")
        with self.subTest("not_a_table"):
            self.with_rules("FROM   graph.account\nWHERE  op = 'INSERT'", "FROM   graph.all_accounts\nWHERE  op = 'INSERT'")
            self.assertEqual(self.ids(self.check(), "error"), {"not_a_table"})
        with self.subTest("rule_does_not_fit"):
            self.with_rules("old.tier <> new.tier", "old.tier <> new.points")
            self.assertEqual(self.ids(self.check(), "error"), {"rule_does_not_fit"})


class PublicationCases:
    def test_publication_missing(self):
        self.database.do("DROP PUBLICATION wakestream")
        self.finds_and_mends("publication_missing")

    def test_publication_missing_of_an_odd_name(self):
        self.config = self.configure(source=['publication: "all of it"'])
        self.finds_and_mends("publication_missing")

    def test_publication_lacks_table(self):
        self.database.do("ALTER PUBLICATION wakestream DROP TABLE graph.account, graph.subscription")
        self.finds_and_mends("publication_lacks_table")

    def test_publication_columns(self):
        self.database.do("ALTER TABLE graph.deletion_request REPLICA IDENTITY DEFAULT",
                         "ALTER PUBLICATION wakestream SET TABLE graph.account, graph.subscription, graph.deletion_request "
                         "(request_id, account_id, version, banner, jurisdiction, consent, parent_id, requested_at)")
        self.finds_and_mends("publication_columns")

    def test_column_list_without_identity(self):
        self.database.do("ALTER PUBLICATION wakestream SET TABLE graph.account, graph.subscription, graph.deletion_request "
                         "(account_id, version, banner, jurisdiction, consent, parent_id, reason, requested_at, request_id)",
                         "ALTER TABLE graph.deletion_request ADD COLUMN note text")
        account = self.database.new_account()
        self.database.do("INSERT INTO graph.deletion_request (account_id, reason, version, banner, jurisdiction) "
                         f"VALUES ('{account}', 'x', 1, '', '')")
        with self.assertRaises(psycopg2.Error):
            self.database.do("DELETE FROM graph.deletion_request")
        self.finds_and_mends("column_list_without_identity")
        self.database.do("DELETE FROM graph.deletion_request")

    def test_publication_operations(self):
        self.database.do("ALTER PUBLICATION wakestream SET (publish = 'insert, update')")
        self.finds_and_mends("publication_operations")

    def test_row_filter(self):
        self.database.do("ALTER PUBLICATION wakestream SET TABLE graph.account WHERE (banner = 'banner-a'), graph.subscription, "
                         "graph.deletion_request")
        self.finds_and_mends("row_filter")

    def test_publication_surplus(self):
        self.database.do('CREATE TABLE public."Order" (id integer PRIMARY KEY)', 'ALTER PUBLICATION wakestream ADD TABLE public."Order"')
        self.finds_and_mends("publication_surplus", "slot_wal_unlimited")

    def test_publication_all_tables(self):
        self.database.do("DROP PUBLICATION wakestream", "CREATE PUBLICATION wakestream FOR ALL TABLES WITH (publish_via_partition_root)")
        self.assertIn("publication_all_tables", self.ids(self.check(), "note"))


class Server18Test(CheckCase):
    version = 18

    def test_idle_slot_timeout(self):
        self.set(idle_replication_slot_timeout="1h")
        self.finds_and_mends("idle_slot_timeout")

    def test_generated_column(self):
        self.database.do("ALTER TABLE graph.deletion_request ADD COLUMN shout text GENERATED ALWAYS AS (upper(reason)) STORED")
        text = RULES.read_text().replace("new.request_id, new.reason,", "new.request_id, new.shout AS reason,")
        self.config = self.configure(rules=self.rules(text))
        self.finds_and_mends("generated_column")


class SizeCases:
    """A database with 1,000 tables."""

    def test_a_thousand_tables_take_less_than_two_seconds(self):
        self.database.do("CREATE SCHEMA many", "DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE many.table_%s (id bigint "
                         "PRIMARY KEY, account_id uuid REFERENCES graph.account, a text, b jsonb, c timestamptz, d numeric, e text, "
                         "f integer)', i); END LOOP; END $$",
                         "ALTER PUBLICATION wakestream ADD TABLES IN SCHEMA many")
        found = self.check()
        print(f"check of 1,000 published tables: {found['milliseconds']} ms", flush=True)
        self.assertEqual(self.ids(found, "error"), set(), found)
        self.assertLess(found["milliseconds"], 20_000)


class DatabaseTest(CleanCases, RestartCases, ConnectionCases, RoleCases, ServerCases, TableCases, PublicationCases, SizeCases, CheckCase):
    """One server for all of them."""


if __name__ == "__main__":
    unittest.main()
