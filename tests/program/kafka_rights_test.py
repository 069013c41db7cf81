"""A broker that wants TLS, a password and rights: the program runs with the rights that docs/kafka.md lists, and with none less;
what is wrong is named, and never the password."""

import os
import re
import unittest

from check_case import CheckCase
from pipeline import REPOSITORY, VENV

CURRENT_LIBRARY = REPOSITORY / ".cache/librdkafka/lib"

# What Kafka's own tool does, for the form in which it is printed: the jars of the tests have no tools.
ACL_TOOL = """#!{python}
import argparse
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, ResourcePatternType,
                                   ResourceType)
words = argparse.ArgumentParser()
for flag in ("--add", "--remove"):
    words.add_argument(flag, action="store_true")
for option in ("--bootstrap-server", "--allow-principal", "--resource-pattern-type", "--topic", "--transactional-id"):
    words.add_argument(option)
words.add_argument("--operation", action="append")
asked = words.parse_args()
# The tool refuses what a resource does not know.
known = {{"--topic": {{"Read", "Write", "Create", "Delete", "Describe", "DescribeConfigs", "Alter", "AlterConfigs"}},
          "--transactional-id": {{"Describe", "Write"}}}}
kind, name = (ResourceType.TOPIC, asked.topic) if asked.topic else (ResourceType.TRANSACTIONAL_ID, asked.transactional_id)
assert set(asked.operation) <= known["--topic" if asked.topic else "--transactional-id"], asked.operation
principal = asked.allow_principal.replace("YOUR-USER", "bob")
operations = [AclOperation[re] for re in (one.upper().replace("DESCRIBECONFIGS", "DESCRIBE_CONFIGS") for one in asked.operation)]
kinds = (kind, name, ResourcePatternType[asked.resource_pattern_type.upper()], principal, "*")
admin = AdminClient({{"bootstrap.servers": "{brokers}"}})
make = AclBindingFilter if asked.remove else AclBinding
bindings = [make(*kinds, operation, AclPermissionType.ALLOW) for operation in operations]
for one in (admin.delete_acls(bindings) if asked.remove else admin.create_acls(bindings)).values():
    one.result(30)
"""


class KafkaRightsTest(CheckCase):
    with_kafka = True
    secure_kafka = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_shims(ACL_TOOL.format(python=VENV, brokers=cls.kafka.brokers), "kafka-acls.sh")
        cls.tls = cls.kafka.folder / "tls"

    def setUp(self):
        super().setUp()
        (self.place / "password").write_text("bobpw\n")
        (self.place / "password").chmod(0o600)
        self.config = self.secured()

    def secured(self, password="${file:password}", mechanism="PLAIN", authority="ca.pem"):
        options = {"security.protocol": "sasl_ssl", "ssl.ca.location": self.tls / authority, "sasl.mechanism": mechanism,
                   "sasl.username": "bob", "sasl.password": password}
        words = ", ".join(f'{name}: "{value}"' for name, value in options.items())
        return self.configure(log=f'kafka: {{ brokers: "localhost:{self.kafka.secure_ports[0]}", options: {{ {words} }} }}')

    def lines_of_the_page(self):
        """The commands of docs/kafka.md, for this pipeline."""
        lines = [line for line in (REPOSITORY / "docs/kafka.md").read_text().splitlines() if line.startswith("kafka-acls.sh ")]
        self.assertEqual(len(lines), 2)
        names = {"BROKER": self.kafka.brokers, "USER": "bob", "PIPELINE": self._pipeline()}
        return [re.sub(r"\b(BROKER|USER|PIPELINE)\b", lambda found: names[found.group()], line) for line in lines]

    def found(self, wanted, *fragments):
        found = self.check()
        self.assertEqual(self.ids(found, "error"), wanted, found)
        for fragment in fragments:
            self.assertIn(fragment, str(found["findings"]))
        self.assertNotIn("bobpw", str(found))

    def test_the_rights_of_the_page_are_enough_for_everything(self):
        for line in self.lines_of_the_page():
            self.shell(line)
        self.found(set())
        self.born_and_stopped()
        program = self.start_streaming()
        account = self.database.new_account()
        self.database.wait_until_confirmed(program)
        self.assertEqual(self.command("rules", "reload").returncode, 0)
        self.assertIn(account, [event["key"] for event in self.tail()])
        for words in (["status"], ["quarantine", "list"], ["check"], ["checkpoint", "show"]):
            done = self.command(*words)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        program.stop()

    def test_each_right_is_needed_and_a_missing_one_is_named(self):
        topics, transactions = self.lines_of_the_page()
        self.shell(topics)
        self.shell(transactions)
        self.born_and_stopped()
        # Describe comes with the others: it is listed for who takes those away.
        for line, operation in ((topics, "Read"), (topics, "Write"), (topics, "DescribeConfigs"), (transactions, "Write")):
            with self.subTest(operation, line=line[-40:]):
                one = re.sub(r"(--operation \w+ )+", f"--operation {operation} ", line)
                self.shell(one.replace("--add", "--remove"))
                program = self.start(name=f"without-{operation}-{len(self.programs)}")
                message = self.refusal_of(program, 40)
                self.assertRegex(message, "(?i)authorization.failed")
                self.assertIn("Check the log's credentials and permissions.", message)
                self.shell(one)
        program = self.start_streaming(name="with-all-again")
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        program.stop()

    def test_what_check_prints_gives_the_rights(self):
        self.finds_and_mends("kafka_denied")
        self.start_streaming().stop()

    def test_what_is_wrong_with_the_connection_is_named(self):
        for line in self.lines_of_the_page():
            self.shell(line)
        self.config = self.secured(password="wrong-bobpw")
        self.found({"kafka_denied"}, "uthentication failed")
        message = self.refusal_of(self.start(name="wrong-password"))
        self.assertIn("uthentication failed", message)
        self.assertNotIn("bobpw", message)
        self.config = self.secured(authority="stranger.pem")
        self.found({"kafka_untrusted"}, "certificate verify failed")
        program = self.start(name="stranger")
        said = self.wait_for_event(program, "log_away", 30)["message"]
        self.assertIn("certificate verify failed", said)
        self.assertIn("ssl.ca.location", said)
        program.stop()

    def test_scram_with_debians_library_and_with_a_current_one(self):
        for line in self.lines_of_the_page():
            self.shell(line)
        self.config = self.secured(password="${env:WAKESTREAM_TEST_PASSWORD}", mechanism="SCRAM-SHA-512")
        self.environment = {"WAKESTREAM_TEST_PASSWORD": "bobpw"}
        self.found({"kafka_denied"}, "kafka_library_old", "cannot log in by SCRAM where the broker is Kafka 3.8.1 or later")
        self.assertTrue(CURRENT_LIBRARY.is_dir(), "run scripts/deps")
        self.environment["LD_LIBRARY_PATH"] = str(CURRENT_LIBRARY)
        self.found(set())
        for name, value in self.environment.items():
            os.environ[name] = value
            self.addCleanup(os.environ.pop, name)
        program = self.start_streaming()
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        program.stop()
        self.assertNotIn("bobpw", program.log_path.read_text())


if __name__ == "__main__":
    unittest.main()
