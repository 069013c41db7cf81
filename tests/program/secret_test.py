"""A password stands in no output, whatever is wrong: not in the program's words, nor in a library's that it passes on."""

import os

from pipeline import ProgramTest, wait_until

PASSWORD = "hunter2hunter2"
USER = "keeper"
COMMANDS = (["run"], ["preview", "--until-idle", "1"], ["tail"], ["check"], ["check", "--json"], ["check", "--fix"], ["status"],
            ["status", "--json"], ["rules", "show"], ["rules", "reload", "--timeout", "1"], ["quarantine", "list"], ["quarantine", "show"])


class SecretTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.do(f"CREATE ROLE {USER} LOGIN REPLICATION PASSWORD '{PASSWORD}'")
        cls.template.ask_password_of(USER)

    def url(self, password):
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.server.port}/{self.database.name}"

    def assert_hidden(self, *texts):
        for text in texts:
            for piece in (PASSWORD, PASSWORD[:7], PASSWORD[7:]):
                self.assertNotIn(piece, text)

    def said_by_all_commands(self, config, environment=None):
        """Every command, both formats of its words; what it said, after a look for the secret."""
        said = {}
        for words in COMMANDS:
            for form in ("text", "json"):
                if words == ["run"]:
                    continue  # it waits; started as a program below
                done = self.command(*words, "--log-format", form, config=config, environment=environment)
                self.assert_hidden(done.stdout, done.stderr)
                said[" ".join(words)] = done.stderr
        return said

    def test_a_right_password_from_a_file_and_from_the_environment(self):
        (self.place / "secret").write_text(PASSWORD + "\n")
        for number, reference in enumerate(("${file:secret}", "${env:WAKESTREAM_TEST_SECRET}")):
            config = self.configure(url='"' + self.url(reference) + '"')
            os.environ["WAKESTREAM_TEST_SECRET"] = PASSWORD
            self.addCleanup(os.environ.pop, "WAKESTREAM_TEST_SECRET", None)
            program = self.start_streaming(config, name=f"run{number}")
            self.database.new_account()
            self.database.wait_until_confirmed(program)
            self.said_by_all_commands(config)
            # A restart of the server makes it say more.
            self.server.restart("fast")
            self.wait_for_event(program, "streaming", count=2)
            program.stop()
            self.assert_hidden(program.log_path.read_text(), *(path.read_text(errors="replace") for path in (self.place / "log").iterdir()))

    def test_a_wrong_password(self):
        config = self.configure(url=self.url(PASSWORD + "x"))
        program = self.start(config)
        message = self.refusal_of(program)
        self.assertIn("password authentication failed", message)
        self.assert_hidden(program.log_path.read_text())
        self.assertIn("password authentication failed", self.said_by_all_commands(config)["preview --until-idle 1"])

    def test_a_password_that_breaks_the_uri(self):
        # libpq would take what follows for the host, the port or the database, and name it.
        for number, (left, right) in enumerate((("@", ""), ("/", ""), ("#", "@"), ("%", ""))):
            password = PASSWORD[:7] + left + PASSWORD[7:] + right
            config = self.configure(f"{number}.yaml", url='"' + self.url(password) + '"')
            program = self.start(config, name=f"run{number}")
            self.assertIn("source.url", self.refusal_of(program))
            self.assert_hidden(program.log_path.read_text())
            self.said_by_all_commands(config)

    def test_a_password_alone_or_in_a_broken_string(self):
        for number, url in enumerate((PASSWORD, f"host=127.0.0.1 password='{PASSWORD}", f"host=127.0.0.1 passwort={PASSWORD}")):
            config = self.configure(f"{number}.yaml", url='"' + url + '"')
            program = self.start(config, name=f"run{number}")
            self.assertIn("source.url is not a libpq connection string or URI", self.refusal_of(program))
            self.assert_hidden(program.log_path.read_text())
            self.said_by_all_commands(config)

    def test_a_secret_where_yaml_is_broken(self):
        for number, line in enumerate((f"*{PASSWORD}", f"&{PASSWORD} [", f"!{PASSWORD} {{", f'"{PASSWORD}', f"@{PASSWORD}", f"%{PASSWORD}: a: b")):
            config = self.configure(f"{number}.yaml", url=line)
            said = self.said_by_all_commands(config)
            self.assertIn(f"{number}.yaml", said["tail"])

    def test_secrets_of_the_broker(self):
        for number, options in enumerate((f"sasl.password: {PASSWORD}, security.protocol: {PASSWORD}", f"sasl.password: {PASSWORD}, no.such: 1",
                                          f"sasl.password: {PASSWORD}, security.protocol: sasl_plaintext, sasl.mechanism: PLAIN, sasl.username: a",
                                          f"ssl.key.password: {PASSWORD}, security.protocol: ssl, ssl.key.pem: {PASSWORD}",
                                          f"acks: {PASSWORD}", f"sasl.password: [{PASSWORD}]")):
            log = f'kafka: {{ brokers: "127.0.0.1:1", options: {{ {options} }} }}'
            config = self.configure(f"{number}.yaml", log=log)
            program = self.start(config, name=f"run{number}")
            wait_until("it says what is wrong", lambda: any(line.get("level") in ("warning", "error") for line in program.said()), 30)
            program.kill()
            self.assert_hidden(program.log_path.read_text())
            done = self.command("tail", "--log-format", "text", "--limit", "1", config=config, timeout_s=60)
            self.assert_hidden(done.stdout, done.stderr)
            self.assertNotEqual(done.returncode, 0)

