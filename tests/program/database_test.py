"""A database that does not give what the rules need: found before the first event, with the statement that mends it."""

import re

from pipeline import RULES, Database, ProgramTest


def partitioned_accounts(database):
    database.do("ALTER PUBLICATION wakestream DROP TABLE graph.account", "ALTER TABLE graph.account RENAME TO account_of_old",
                "CREATE TABLE graph.account (LIKE graph.account_of_old INCLUDING DEFAULTS, PRIMARY KEY (account_id, banner)) "
                "PARTITION BY LIST (banner)",
                "ALTER TABLE graph.account REPLICA IDENTITY FULL", "ALTER PUBLICATION wakestream ADD TABLE graph.account")


def partition(banner, identity):
    """One for that banner, and named after it."""
    return (f"CREATE TABLE graph.\"{banner}\" PARTITION OF graph.account FOR VALUES IN ('{banner}')",
            f'ALTER TABLE graph."{banner}" REPLICA IDENTITY {identity}')


class DatabaseTest(ProgramTest):
    def test_a_role_without_replication(self):
        admin = Database(self.server, "postgres")
        admin.do("CREATE ROLE plain LOGIN")
        self.addCleanup(admin.do, "DROP ROLE plain")
        config = self.configure(url=self.database.url.replace("wakestream@", "plain@"))
        self.assert_refused(self.start(config), "REPLICATION")

    def test_a_role_that_does_not_exist(self):
        config = self.configure(url=self.database.url.replace("wakestream@", "nobody@"))
        self.assert_refused(self.start(config), "nobody")

    def test_a_database_that_does_not_exist(self):
        config = self.configure(url=self.database.url.replace(self.database.name, "no_such_database"))
        self.assert_refused(self.start(config), "no_such_database")

    def test_a_server_that_is_not_there_is_waited_for(self):
        program = self.start(self.configure(url="postgresql://wakestream@127.0.0.1:1/postgres"))
        line = self.wait_for_event(program, "postgres_away")
        self.assertIn("127.0.0.1", line["message"])
        program.stop()

    def test_a_publication_that_is_missing(self):
        self.database.do("DROP PUBLICATION wakestream")
        self.assert_refused(self.start(), 'publication "wakestream"', "Create the publication")

    def test_a_table_that_is_not_published(self):
        self.database.do("ALTER PUBLICATION wakestream DROP TABLE graph.subscription")
        message = self.assert_refused(self.start(), "graph.subscription", "customer.subscription_changed", "ALTER PUBLICATION")
        self.assertNotIn("customer.created", message)

    def test_a_publication_that_leaves_out_an_operation(self):
        self.database.do("ALTER PUBLICATION wakestream SET (publish = 'insert')")
        message = self.assert_refused(self.start(), "does not publish UPDATE, which this rule matches", "customer.email_changed",
                                      "ALTER PUBLICATION wakestream SET (publish = 'insert, update, delete, truncate')")
        self.assertNotIn("customer.created", message)

    def test_a_column_list_that_leaves_out_what_a_rule_needs(self):
        self.database.do("ALTER PUBLICATION wakestream SET TABLE graph.account (account_id, version, banner), graph.subscription, "
                         "graph.deletion_request")
        self.assert_refused(self.start(), "graph.account", "has no column", "column list")

    def test_a_replica_identity_too_small_for_a_rule(self):
        self.database.do("ALTER TABLE graph.account REPLICA IDENTITY DEFAULT")
        message = self.assert_refused(self.start(), "ALTER TABLE graph.account REPLICA IDENTITY FULL", "customer.email_changed")
        self.assertNotIn("customer.created", message)

    def test_a_partition_whose_replica_identity_is_too_small(self):
        """The stream would describe the whole as FULL and send NULL for what the partition left out of the WAL."""
        partitioned_accounts(self.database)
        self.database.do(*partition("banner-a", "FULL"), *partition("banner-b", "DEFAULT"))
        message = self.assert_refused(self.start(), 'ALTER TABLE graph."banner-b" REPLICA IDENTITY FULL')
        self.assertNotIn('"banner-a"', message)
        self.database.do('ALTER TABLE graph."banner-b" REPLICA IDENTITY FULL')
        self.start_streaming()

    def test_a_column_that_the_table_does_not_have_is_named_with_its_place_in_the_file(self):
        text = RULES.read_text().replace("new.email,", "new.e_mail AS email,", 1)
        message = self.assert_refused(self.start(self.configure(rules=self.rules(text))), "has no column e_mail", "is it email?")
        self.assertRegex(message, r"rules\.sql:\d+:\d+: ")

    def test_all_problems_are_said_at_once(self):
        self.database.do("ALTER TABLE graph.account REPLICA IDENTITY DEFAULT", "ALTER PUBLICATION wakestream DROP TABLE graph.subscription")
        self.assert_refused(self.start(), "graph.account", "graph.subscription")

    def test_what_was_refused_left_no_slot_behind(self):
        self.database.do("ALTER TABLE graph.account REPLICA IDENTITY DEFAULT")
        self.assert_refused(self.start(), "REPLICA IDENTITY")
        self.assertIsNone(self.database.slot("slot_name"))
        self.database.do("ALTER TABLE graph.account REPLICA IDENTITY FULL")
        self.start_streaming()


class WalLevelTest(ProgramTest):
    server_settings = {"wal_level": "replica"}

    def test_a_server_without_logical_decoding(self):
        self.assert_refused(self.start(), "wal_level is replica", "Set wal_level = logical")


class ChangingTableTest(ProgramTest):
    """A table that changes while it streams."""

    def test_a_partition_that_comes_later_and_keeps_too_little_of_the_old_row(self):
        partitioned_accounts(self.database)
        self.database.do(*partition("banner-a", "FULL"))
        program = self.start_streaming()
        account = self.database.new_account()
        self.database.do(*partition("banner-b", "DEFAULT"))
        self.database.new_account(banner="banner-b")
        self.assertIn('run ALTER TABLE graph."banner-b" REPLICA IDENTITY FULL', self.refusal_of(program))
        self.assertEqual([event["key"] for event in self.tail()], [account])

    def test_a_column_that_no_rule_names_may_come_and_go(self):
        program = self.start_streaming()
        self.database.new_account()
        self.database.do("ALTER TABLE graph.account ADD COLUMN note text DEFAULT 'x'", "ALTER TABLE graph.account DROP COLUMN points")
        account = self.database.new_account("later@example.com")
        self.database.do(f"UPDATE graph.account SET email = 'b@example.com' WHERE account_id = '{account}'")
        self.database.wait_until_confirmed(program)
        self.assertEqual([event["headers"]["ce_type"] for event in self.tail()],
                         ["customer.created", "customer.created", "customer.email_changed"])

    def test_a_column_that_a_rule_needs_stops_it_at_that_commit_and_what_came_before_is_there(self):
        program = self.start_streaming()
        before = self.database.new_account("before@example.com")
        self.database.do("ALTER TABLE graph.account RENAME COLUMN email TO mail")
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, version) VALUES ('banner-a', 'DE', 1)")
        message = self.refusal_of(program)
        for fragment in ("customer.created", "graph.account", "email", "rules/customer.sql:"):
            self.assertIn(fragment, message)
        self.assertRegex(message, r"[0-9A-F]+/[0-9A-F]+")
        self.assertEqual([event["key"] for event in self.tail()], [before])
        # Rules that fit the table as it is now go on with the very change that stopped it.
        text = re.sub(r"\bold\.email\b", "old.mail", re.sub(r"\bnew\.email\b", "new.mail AS email", RULES.read_text()))
        text = text.replace("IS DISTINCT FROM new.mail AS email", "IS DISTINCT FROM new.mail")
        program = self.start_streaming(self.configure(rules=self.rules(text)))
        self.database.wait_until_confirmed(program)
        self.assertEqual(len(self.tail()), 2)

    def test_a_smaller_replica_identity_stops_the_rule_that_needs_the_old_row(self):
        program = self.start_streaming()
        account = self.database.new_account()
        self.database.do("ALTER TABLE graph.account REPLICA IDENTITY DEFAULT",
                         f"UPDATE graph.account SET email = 'b@example.com' WHERE account_id = '{account}'")
        message = self.refusal_of(program)
        self.assertIn("REPLICA IDENTITY FULL", message)
        self.assertIn("customer.email_changed", message)
