"""PostgreSQL's password is changed while the program runs: it goes on with the one that the file holds then, and loses nothing."""

from pipeline import ProgramTest, wait_until


class PasswordTest(ProgramTest):
    role = "rotated"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.do(f"CREATE ROLE {cls.role} LOGIN REPLICATION")
        cls.template.ask_password_of(cls.role)

    def setUp(self):
        super().setUp()
        self.accounts = []
        self.server_takes("first")
        self.file_holds("first")

    def server_takes(self, password):
        self.database.do(f"ALTER ROLE {self.role} PASSWORD '{password}'")

    def file_holds(self, password):
        (self.place / "password").write_text(password + "\n")

    def start_with(self, password):
        self.config = self.configure(url=f'"postgresql://{self.role}:{password}@127.0.0.1:{self.server.port}/{self.database.name}"')
        return self.start_streaming()

    def new_account(self):
        self.accounts.append(self.database.new_account())

    def end_its_connection(self):
        self.new_account()
        self.database.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{self.role}'")
        self.new_account()

    def assert_each_once(self, program):
        self.database.wait_until_confirmed(program)
        program.stop()
        self.assertEqual([event["key"] for event in self.tail()], self.accounts)

    def test_the_file_first_and_then_the_server(self):
        program = self.start_with("${file:password}")
        for number in range(2):
            self.file_holds(f"next{number}")
            self.server_takes(f"next{number}")
            self.end_its_connection()
            self.wait_for_event(program, "streaming", count=number + 2)
        self.assertFalse(any("password" in line["message"] for line in self.said(program, "postgres_away")))
        self.assert_each_once(program)

    def test_the_server_first_and_the_file_when_somebody_has_the_time(self):
        program = self.start_with("${file:password}")
        self.server_takes("next")
        self.end_its_connection()
        wait_until("it says that the password is wrong",
                   lambda: any("password authentication failed" in line["message"] for line in self.said(program, "postgres_away")), 20)
        said = self.said(program, "postgres_away")[-1]["message"]
        self.assertIn("It was let in before; trying again, with the password that its file holds then", said)
        self.file_holds("next")
        self.wait_for_event(program, "streaming", 40, count=2)
        self.assert_each_once(program)

    def test_libpqs_own_password_file(self):
        def holds(password):
            path = self.place / "pgpass"
            path.write_text(f"127.0.0.1:{self.server.port}:*:{self.role}:{password}\n")
            path.chmod(0o600)
        holds("first")
        self.config = self.configure(
            url=f"postgresql://{self.role}@127.0.0.1:{self.server.port}/{self.database.name}?passfile={self.place / 'pgpass'}")
        program = self.start_streaming()
        holds("next")
        self.server_takes("next")
        self.end_its_connection()
        self.wait_for_event(program, "streaming", count=2)
        self.assert_each_once(program)

    def test_a_wrong_password_at_the_start_is_a_matter_for_a_person(self):
        self.file_holds("wrong")
        self.config = self.configure(url=f'"postgresql://{self.role}:${{file:password}}@127.0.0.1:{self.server.port}/{self.database.name}"')
        self.assert_refused(self.start(), "password authentication failed")
