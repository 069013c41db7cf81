"""An account that is deleted leaves a record for good, which says nothing of it to whoever has no key; whatever is killed or lost."""

import hashlib
import hmac
import json
import unittest

from check_case import CheckCase
from pipeline import ProgramTest

RULES = ("CREATE VIEW customer.created AS SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent "
         "FROM graph.account WHERE op = 'INSERT';\n"
         "CREATE VIEW customer.deleted AS SELECT old.account_id, old.version, old.banner, old.jurisdiction, old.consent "
         "FROM graph.account WHERE op = 'DELETE';\n")
CONTEXT = ["context:", "  table: graph.account", "  account_id: account_id", "  banner: banner", "  parent: parent_id",
           "  jurisdiction: jurisdiction", "  consent: consent"]
KILLED_AT = ["produce_before:1", "produce_after:1", "begin_after:2", "checkpoint_before:2", "checkpoint_after:2", "commit_before:2",
             "commit_after:2"]


def lsn_of(event):
    """Of the commit, as PostgreSQL writes it: it stands in the event's id."""
    digits = event["headers"]["ce_id"][9:25]
    return f"{int(digits[:8], 16):X}/{int(digits[8:], 16):X}"


class DeletionCase(ProgramTest):
    def setUp(self):
        super().setUp()
        self.database.do("ALTER TABLE graph.account REPLICA IDENTITY FULL", "GRANT USAGE ON SCHEMA graph TO wakestream",
                         "GRANT SELECT ON ALL TABLES IN SCHEMA graph TO wakestream")
        self.rule_file = self.rules(RULES)
        self.config = self.with_keys(*self.keys_section())

    def with_keys(self, *lines, name="wakestream.yaml"):
        return self.configure(name, rules=self.rule_file, log=self.log_section(), more=[*CONTEXT, *self.store_line(), *lines])

    def log_section(self):
        return None

    def store_line(self):
        return []

    def keys_section(self):
        return []

    def key_file(self):
        return self.place / f"log.keys/{self._pipeline()}.pseudonym.key"

    def fill(self):
        program = self.start_streaming()
        self.wait_for_event(program, "context_filled", 30)
        return program

    def delete(self, *accounts):
        self.database.do(*[f"DELETE FROM graph.account WHERE account_id = '{account}'" for account in accounts])

    def deletions(self, until_idle_s=1):
        return self.tail("deletions", until_idle_s=until_idle_s)

    def deleted_events(self):
        return {event["key"]: event for event in self.tail() if event["headers"]["ce_type"] == "customer.deleted"}

    def pseudonym(self, account):
        key = bytes.fromhex(self.key_file().read_text().strip())
        return hmac.new(key, b"wakestream pseudonym\0" + account.encode(), hashlib.sha256).hexdigest()

    def shown(self, account, *words):
        done = self.command("deletion", "show", account, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()


class DeletionTests:
    def test_a_deleted_account_leaves_a_record_that_says_nothing_of_it(self):
        kept, gone, renamed = (self.database.new_account(email="ada@example.com", banner="banner-secret") for _ in range(3))
        other = self.database.value("SELECT gen_random_uuid()::text")
        program = self.fill()
        self.assertEqual(self.shown(gone), "there is no record that it was deleted")
        self.delete(gone)
        self.database.do(f"UPDATE graph.account SET account_id = '{other}' WHERE account_id = '{renamed}'")
        self.database.wait_until_confirmed(program)
        records = self.deletions()
        self.assertEqual([record["key"] for record in records], [self.pseudonym(gone)])
        value = records[0]["value"]
        self.assertEqual(set(value), {"format_version", "pseudonym", "epoch", "deletion_lsn", "jurisdiction", "key_id"})
        self.assertEqual((value["pseudonym"], value["jurisdiction"], value["epoch"]), (self.pseudonym(gone), "DE", 1))
        self.assertEqual(value["deletion_lsn"], lsn_of(self.deleted_events()[gone]))
        self.assertEqual(records[0]["headers"], {})
        for personal in (gone, gone.replace("-", ""), "ada", "banner"):
            self.assertNotIn(personal, json.dumps(records))
        tombstones = [record["key"] for record in self.tail("context") if record["value"] is None]
        self.assertEqual(sorted(tombstones), sorted([gone, renamed]))
        self.assertEqual(json.loads(self.shown(gone, "--json")), value)
        self.assertIn(value["deletion_lsn"], self.shown(gone))
        for account in (kept, renamed, other):
            self.assertEqual(self.shown(account, "--json"), "null")

    def test_made_anew_it_keeps_its_record_and_deleted_again_the_later_place_counts(self):
        account = self.database.new_account()
        program = self.fill()
        anew = (f"INSERT INTO graph.account (account_id, banner, jurisdiction, consent, version) "
                f"VALUES ('{account}', 'banner-b', 'FR', '{{}}', 1)")
        self.delete(account)
        self.database.do(anew)
        self.database.wait_until_confirmed(program)
        first = json.loads(self.shown(account, "--json"))
        self.assertEqual(first["jurisdiction"], "DE")
        self.assertEqual([record["value"] for record in self.tail("context") if record["key"] == account][-1]["banner"], "banner-b")
        self.delete(account)
        self.database.wait_until_confirmed(program)
        second = json.loads(self.shown(account, "--json"))
        self.assertEqual(second["jurisdiction"], "FR")
        self.assertGreater(int(second["deletion_lsn"].split("/")[1], 16), int(first["deletion_lsn"].split("/")[1], 16))
        self.assertEqual({record["key"] for record in self.deletions()}, {self.pseudonym(account)})

    def test_killed_at_any_step_each_deletion_is_on_record_once_and_with_its_tombstone(self):
        accounts = [self.database.new_account() for _ in range(2 * len(KILLED_AT))]
        self.fill().stop()
        deleted = []
        for number, failpoint in enumerate(KILLED_AT):
            deleted += accounts[2 * number:2 * number + 2]
            self.delete(*deleted[-2:])
            # The claim is its first transaction, what was deleted its second.
            program = self.start(name=f"killed-{number}", failpoint=failpoint)
            self.assertEqual(program.wait(30), -9, failpoint)
        self.database.wait_until_confirmed(self.start_streaming(name="last"))
        records = self.deletions(2)
        self.assertEqual(sorted(record["key"] for record in records), sorted(self.pseudonym(account) for account in deleted))
        events = self.deleted_events()
        self.assertEqual({record["key"]: record["value"]["deletion_lsn"] for record in records},
                         {self.pseudonym(account): lsn_of(events[account]) for account in deleted})
        tombstones = [record["key"] for record in self.tail("context") if record["value"] is None]
        self.assertEqual(sorted(tombstones), sorted(deleted))


class EmbeddedDeletions(DeletionTests, DeletionCase):
    pass


class KafkaDeletions(DeletionTests, DeletionCase):
    with_kafka = True

    def log_section(self):
        return self.kafka_log()

    def store_line(self):
        return [f"  store: {self.place / 'p.context'}"]

    def keys_section(self):
        return ["keys:", f"  folder: {self.place / 'log.keys'}"]


class KeyTest(DeletionCase):
    def born(self):
        """A pipeline with a deletion on record, and nobody running it."""
        account = self.database.new_account()
        program = self.fill()
        self.delete(account)
        self.database.wait_until_confirmed(program)
        program.stop()
        return account

    def key_id(self):
        key = bytes.fromhex(self.key_file().read_text().strip())
        return hmac.new(key, b"wakestream key id", hashlib.sha256).hexdigest()[:16]

    def test_a_key_that_is_lost_is_not_made_anew(self):
        account = self.born()
        self.assertEqual(oct(self.key_file().stat().st_mode & 0o777), "0o600")
        lost = self.key_file().rename(self.place / "kept")
        message = self.assert_refused(self.start(name="lost"), "there is no key", str(self.key_file()), "keys.given_up")
        self.assertFalse(self.key_file().exists())
        shown = self.command("deletion", "show", account)
        self.assertEqual(shown.returncode, 1)
        self.assertIn("there is no key", shown.stderr)
        lost.rename(self.key_file())
        self.assertIn(self.key_id(), message)
        self.start_streaming(name="back").stop()
        # Of what is said nothing is a key.
        key = self.key_file().read_text().strip()
        for log in self.place.glob("*.log"):
            self.assertNotIn(key, log.read_text())

    def test_another_key_is_refused_until_the_lost_one_is_given_up(self):
        account = self.born()
        theirs = self.key_id()
        self.key_file().write_text("00" * 32 + "\n")
        self.assert_refused(self.start(name="other"), "is another one", self.key_id(), theirs)
        self.config = self.with_keys("keys:", f"  given_up: [{theirs}]")
        program = self.start_streaming(name="given-up")
        second = self.database.new_account()
        self.delete(second)
        self.database.wait_until_confirmed(program)
        self.assertIn("keys.given_up say of nobody", self.shown(account))
        self.assertEqual(json.loads(self.shown(second, "--json"))["key_id"], self.key_id())
        self.assertEqual({record["value"]["key_id"] for record in self.deletions()}, {theirs, self.key_id()})

    def test_a_key_that_others_may_read_is_refused(self):
        self.born()
        self.key_file().chmod(0o644)
        self.assert_refused(self.start(name="open"), "others on this machine may read the key", "chmod 600")
        self.key_file().chmod(0o600)
        self.key_file().write_text("0001\n")
        self.assert_refused(self.start(name="short"), "does not hold a key")

    def test_a_command_gives_the_key_and_is_waited_for_while_it_fails(self):
        command = self.place / "key"
        command.write_text("#!/bin/sh\necho \"$1\" >> $0.asked\n[ -e $0.open ] || { echo sealed >&2; exit 7; }\ncat $0.open\n")
        command.chmod(0o755)
        self.config = self.with_keys("keys:", f"  command: [{command}]")
        account = self.database.new_account()
        program = self.start()
        self.wait_for_event(program, "key_away")
        self.assertRegex(self.said(program, "key_away")[0]["message"], "waiting for the key store: .* ended with 7 for the key .*: sealed")
        (self.place / "key.open").write_text("ab" * 32 + "\n")
        self.wait_for_event(program, "context_filled", 40)
        self.delete(account)
        self.database.wait_until_confirmed(program)
        self.assertEqual(set((self.place / "key.asked").read_text().split()), {f"{self._pipeline()}.pseudonym"})
        self.assertEqual(json.loads(self.shown(account, "--json"))["jurisdiction"], "DE")
        (self.place / "key.open").write_text("cd" * 32 + "\n")
        program.stop()
        self.assert_refused(self.start(name="changed"), "is another one")


class CheckKeyTest(CheckCase, DeletionCase):
    def test_key_unusable(self):
        self.born_and_stopped()
        self.key_file().chmod(0o640)
        self.finds_and_mends("key_unusable")


if __name__ == "__main__":
    unittest.main()
