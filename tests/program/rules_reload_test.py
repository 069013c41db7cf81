"""New rules for a running capture: by SIGHUP or by a command, at a commit, or not at all."""

import json
import signal
import unittest

from pipeline import ProgramTest

BASE = ("CREATE VIEW customer.created AS SELECT new.account_id, new.version, new.banner, new.jurisdiction, "
        "new.consent, new.email FROM graph.account WHERE op = 'INSERT';\n")
WITH_TIER = BASE.replace("new.email", "new.email, new.tier")
WITH_SHOE_SIZE = BASE.replace("new.email", "new.email, new.shoe_size")


class ReloadTests:
    def setUp(self):
        super().setUp()
        self.rule_file = self.rules(BASE)
        self.config = self.configure(rules=self.rule_file, log=self.log_section())

    def log_section(self):
        return None

    def reload(self, *words):
        return self.command("rules", "reload", *words)

    def decisions(self):
        return [record["value"] for record in self.tail("decisions")]

    def payloads(self):
        """What each event holds beyond the fields that every event has."""
        common = {"account_id", "version", "banner", "jurisdiction", "consent"}
        return [sorted(set(event["value"]) - common) for event in self.tail()]

    def test_a_command_changes_the_rules_at_a_commit_and_says_where(self):
        program = self.start_streaming()
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        self.rule_file.write_text(WITH_TIER)
        done = self.reload("--why", "tier joins")
        self.assertEqual(done.returncode, 0, done.stderr)
        decision = json.loads(done.stdout)
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        self.assertEqual(self.payloads(), [["email"], ["email", "tier"]])
        self.assertEqual((decision["outcome"], decision["why"]), ("done", "tier joins"))
        self.assertNotEqual(decision["rules_hash"], decision["rules_hash_before"])
        checkpoint = self.tail("checkpoint")[-1]["value"]
        self.assertEqual(checkpoint["rules_hash"], decision["rules_hash"])
        self.assertEqual(checkpoint["rules_since"], decision["rules_since"])
        lsns = [event["headers"]["ce_lsn"] for event in self.tail()]
        self.assertTrue(lsn(lsns[0]) < lsn(decision["rules_since"]["lsn"]) <= lsn(lsns[1]), (lsns, decision))
        self.assertEqual(self.decisions(), [decision])

    def test_sighup_does_the_same(self):
        program = self.start_streaming()
        self.rule_file.write_text(WITH_TIER)
        program.signal(signal.SIGHUP)
        said = self.wait_for_event(program, "rules_reloaded")
        self.assertEqual(said["who"], "SIGHUP")
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        self.assertEqual(self.payloads(), [["email", "tier"]])

    def test_rules_that_cannot_be_carried_out_are_refused_and_the_old_ones_stay(self):
        program = self.start_streaming()
        self.rule_file.write_text(WITH_SHOE_SIZE)
        done = self.reload()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("shoe_size", done.stderr)
        self.rule_file.write_text("CREATE VIEW broken")
        done = self.reload()
        self.assertEqual(done.returncode, 1)
        self.assertIn("rules.sql:1:", done.stderr)
        program.signal(signal.SIGHUP)
        refused = self.wait_for_event(program, "command_refused", count=2)
        self.assertIn("rules.sql:1:", refused["message"])
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        self.assertEqual(self.payloads(), [["email"]])
        self.assertEqual([decision["outcome"] for decision in self.decisions()], ["refused", "refused"])

    def test_a_command_that_was_given_for_other_files_is_refused(self):
        self.start_streaming()
        theirs = self.place / "theirs.sql"
        theirs.write_text(WITH_TIER)
        elsewhere = self.configure("elsewhere.yaml", rules=theirs, log=self.log_section())
        done = self.command("rules", "reload", config=elsewhere)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("bring the same files to it", done.stderr)

    def test_a_rule_file_that_joins_the_configuration_is_taken_as_well(self):
        program = self.start_streaming()
        more = self.place / "more.sql"
        more.write_text(BASE.replace("customer.created", "customer.seen"))
        self.configure(rules=f"{self.rule_file}, {more}", log=self.log_section())
        self.assertEqual(self.reload().returncode, 0)
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        self.assertEqual(sorted(event["headers"]["ce_type"] for event in self.tail()),
                         ["customer.created", "customer.seen"])

    def test_a_column_that_was_added_a_moment_ago_is_not_asked_of_older_rows(self):
        program = self.start_streaming()
        program.signal(signal.SIGSTOP)
        self.database.new_account("before@example.com")
        self.database.do("ALTER TABLE graph.account ADD COLUMN shoe_size integer")
        self.rule_file.write_text(WITH_SHOE_SIZE)
        program.signal(signal.SIGHUP)
        program.signal(signal.SIGCONT)
        self.wait_for_event(program, "rules_reloaded")
        self.database.new_account("after@example.com")
        self.database.wait_until_confirmed(program)
        self.assertEqual(self.payloads(), [["email"], ["email", "shoe_size"]])

    def test_a_command_that_nobody_could_carry_out_is_carried_out_once_by_the_next_capture(self):
        program = self.born_and_stopped()
        self.rule_file.write_text(WITH_TIER)
        done = self.reload("--timeout", "1")
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("no_decision_yet", done.stderr)
        for count in (2, 3):
            program.start()
            self.wait_for_event(program, "streaming", count=count)
            self.wait_for_event(program, "rules_reloaded")
            self.database.new_account()
            self.database.wait_until_confirmed(program)
            program.stop()
        self.assertEqual(len(self.decisions()), 1)
        self.assertEqual(len(self.tail()), 3)


def lsn(text):
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)


class ReloadOnTheEmbeddedLog(ReloadTests, ProgramTest):
    pass


class ReloadOnKafka(ReloadTests, ProgramTest):
    with_kafka = True

    def log_section(self):
        return self.kafka_log(event_partitions=1)


if __name__ == "__main__":
    unittest.main()
