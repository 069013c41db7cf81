"""sql/: set up twice, look, take down twice, on every PostgreSQL that we test with; and what the triggers promise."""

import os
import shutil
import tempfile
import unittest

import psycopg2
import psycopg2.extras

from parts import REPOSITORY, PartFailed, Postgres, free_port, run


class SqlTest:
    version = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wakestream-sql-")
        os.chmod(cls.folder, 0o755)
        cls.postgres = Postgres(os.path.join(cls.folder, "postgres"), free_port(25100, 25120), cls.version)
        cls.postgres.start()

    @classmethod
    def tearDownClass(cls):
        cls.postgres.stop("immediate")
        shutil.rmtree(cls.folder)

    def setUp(self):
        self.postgres.script(REPOSITORY / "sql/setup.sql")
        self.connection = self.postgres.connect()
        self.cursor = self.connection.cursor()

    def tearDown(self):
        self.connection.close()
        self.postgres.script(REPOSITORY / "sql/teardown.sql", drop_graph="yes")

    def rows(self, query, *arguments):
        self.cursor.execute(query, arguments)
        return self.cursor.fetchall()

    def new_account(self):
        return self.rows("INSERT INTO graph.account (banner, jurisdiction, consent, parent_id, version) "
                         "VALUES ('banner-a', 'DE', '{\"email\": true}', gen_random_uuid(), 77) RETURNING account_id")[0][0]

    def version_of(self, account):
        return self.rows("SELECT version FROM graph.account WHERE account_id = %s", account)[0][0]

    def inspect(self):
        return run("psql", "-X", "-d", self.postgres.dsn, "-f", REPOSITORY / "sql/inspect.sql")

    def test_setting_up_again_keeps_what_is_there(self):
        account = self.new_account()
        self.postgres.script(REPOSITORY / "sql/setup.sql")
        self.assertEqual(self.version_of(account), 1)

    def test_setting_up_again_corrects_what_differs(self):
        self.cursor.execute("ALTER PUBLICATION wakestream SET (publish = 'insert')")
        self.cursor.execute("ALTER PUBLICATION wakestream DROP TABLE graph.account")
        self.cursor.execute("ALTER TABLE graph.subscription REPLICA IDENTITY DEFAULT")
        self.cursor.execute("ALTER ROLE wakestream SUPERUSER NOREPLICATION")
        self.postgres.script(REPOSITORY / "sql/setup.sql")
        self.assertEqual(self.rows("SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate FROM pg_publication"), [(True,)])
        self.assertEqual(self.rows("SELECT count(*) FROM pg_publication_tables"), [(3,)])
        self.assertEqual(self.rows("SELECT DISTINCT relreplident::text FROM pg_class WHERE relkind = 'r' "
                                   "AND relnamespace = 'graph'::regnamespace"), [("f",)])
        self.assertEqual(self.rows("SELECT rolsuper, rolreplication FROM pg_roles WHERE rolname = 'wakestream'"), [(False, True)])

    def test_the_role_may_stream_and_may_not_read_tables(self):
        self.cursor.execute("SELECT pg_create_logical_replication_slot('wakestream', 'pgoutput')")
        role = psycopg2.connect(self.postgres.dsn.replace("user=postgres", "user=wakestream"))
        role.autocommit = True
        with role.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_publication_tables WHERE pubname = 'wakestream'")
            self.assertEqual(cursor.fetchone(), (3,))
            cursor.execute("SELECT pg_drop_replication_slot('wakestream')")
            for forbidden in ("SELECT FROM graph.account", "CREATE TABLE public.mine (id int)", "CREATE ROLE other"):
                with self.assertRaises(psycopg2.errors.InsufficientPrivilege, msg=forbidden):
                    cursor.execute(forbidden)
        role.close()

    def test_inspect_shows_the_slot_and_each_table(self):
        self.assertIn("there is no such slot", self.inspect())
        self.cursor.execute("SELECT pg_create_logical_replication_slot('wakestream', 'pgoutput')")
        page = self.inspect()
        for text in ("graph.account", "graph.subscription", "graph.deletion_request", "full", "reserved", "logical"):
            self.assertIn(text, page)

    def test_taking_down_leaves_nothing_and_can_be_done_again(self):
        self.cursor.execute("SELECT pg_create_logical_replication_slot('wakestream', 'pgoutput')")
        for _ in range(2):
            self.postgres.script(REPOSITORY / "sql/teardown.sql", drop_graph="yes")
            self.assertEqual(self.rows("SELECT (SELECT count(*) FROM pg_replication_slots) + (SELECT count(*) FROM pg_publication)"
                                       " + (SELECT count(*) FROM pg_roles WHERE rolname = 'wakestream')"
                                       " + (SELECT count(*) FROM pg_namespace WHERE nspname = 'graph')"), [(0,)])

    def test_taking_down_keeps_the_graph_unless_told(self):
        account = self.new_account()
        self.postgres.script(REPOSITORY / "sql/teardown.sql")
        self.assertEqual(self.version_of(account), 1)

    def test_taking_down_stops_at_a_slot_in_use(self):
        self.cursor.execute("SELECT pg_create_logical_replication_slot('wakestream', 'pgoutput')")
        streaming = psycopg2.connect(self.postgres.dsn, connection_factory=psycopg2.extras.LogicalReplicationConnection)
        stream = streaming.cursor()
        stream.start_replication("wakestream", options={"proto_version": "1", "publication_names": "wakestream"})
        with self.assertRaisesRegex(PartFailed, "is active"):
            self.postgres.script(REPOSITORY / "sql/teardown.sql")
        self.assertEqual(self.rows("SELECT count(*) FROM pg_publication"), [(1,)])
        streaming.close()

    def test_every_change_of_an_account_raises_its_version(self):
        account = self.new_account()
        self.assertEqual(self.version_of(account), 1)
        self.cursor.execute("UPDATE graph.account SET tier = 'gold', version = 500 WHERE account_id = %s", (account,))
        self.assertEqual(self.version_of(account), 2)
        self.cursor.execute("INSERT INTO graph.subscription (account_id, plan) SELECT %s, unnest('{a,b}'::text[])", (account,))
        self.assertEqual(self.version_of(account), 4)
        self.cursor.execute("DELETE FROM graph.subscription WHERE plan = 'a'")
        self.assertEqual(self.version_of(account), 5)
        self.cursor.execute("INSERT INTO graph.deletion_request (account_id, reason) VALUES (%s, 'asked')", (account,))
        self.assertEqual(self.version_of(account), 6)

    def test_a_subscription_carries_the_context_of_its_account(self):
        account = self.new_account()
        self.cursor.execute("UPDATE graph.account SET consent = NULL, jurisdiction = 'FR' WHERE account_id = %s", (account,))
        self.cursor.execute("INSERT INTO graph.subscription (account_id, plan, banner, consent) "
                            "VALUES (%s, 'a', 'forged', '{\"email\": true}')", (account,))
        self.assertEqual(self.rows("SELECT s.version = a.version, s.banner, s.jurisdiction, s.consent, s.parent_id = a.parent_id "
                                   "FROM graph.subscription s JOIN graph.account a USING (account_id)"),
                         [(True, "banner-a", "FR", None, True)])

    def test_a_subscription_of_nobody_is_refused(self):
        with self.assertRaises(psycopg2.errors.ForeignKeyViolation):
            self.cursor.execute("INSERT INTO graph.subscription (account_id, plan) VALUES (gen_random_uuid(), 'a')")


class SqlOnPostgres15Test(SqlTest, unittest.TestCase):
    version = 15


class SqlOnPostgres18Test(SqlTest, unittest.TestCase):
    version = 18


if __name__ == "__main__":
    unittest.main()
