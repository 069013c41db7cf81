"""A ninth consumer: it gets the members that are there already, and nobody else does; then live events, without gap or stale row."""

import json
import time
import unittest

from delivery_case import POLICY, Changes, DeliveryCase
from pipeline import RULES, wait_until

MEMBERS = """
CREATE VIEW customer.member AS
SELECT new.account_id, new.parent_id, new.version, new.banner, new.jurisdiction, new.consent, new.email, new.phone
FROM   graph.account
WHERE  op = 'SNAPSHOT';
COMMENT ON COLUMN customer.member.email IS 'pii: user.contact.email';
COMMENT ON COLUMN customer.member.phone IS 'pii: user.contact.phone_number';
"""
FIELDS = ("email", "phone")


class BootstrapTests:
    def deliver(self, *consumers):
        self.deliver_to(POLICY + "  - { name: a ninth, allow: pass, when: { purpose: ninth, consent: any } }\n",
                        rules=self.rules(RULES.read_text() + MEMBERS), more=["snapshot: { rows_per_s_max: 400 }"],
                        **{name: self.by_http(name, **({"starts_from": "latest"} if name == "ninth" else {})) for name in consumers})
        policy = (self.place / "policy.yaml").read_text()
        (self.place / "policy.yaml").write_text(policy.replace("  crm:", "  ninth: { purpose: ninth, categories: [system, user] }\n  crm:")
                                                .replace("  service:", "  ninth: { consent: not_needed }\n  service:"))

    def bootstrap(self, *words, code=0):
        done = self.command("consumer", "bootstrap", "ninth", *words, timeout_s=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def receivers_view(self, consumer):
        """By account what somebody knows who did all that came, in the order in which it came, and dropped what is not newer."""
        known, sequences = {}, {}
        for one in self.receiver.taken(consumer):
            if one.sequence <= sequences.get(one.account, ""):
                continue
            sequences[one.account] = one.sequence
            mine = known.setdefault(one.account, {})
            self.assertGreaterEqual(one.data["version"], mine.get("version", 0), f"{one} is older than what came before it")
            mine.update({name: one.data[name] for name in ("version", *FIELDS) if name in one.data})
        return known

    def members(self):
        connection = self.database.connect()
        with connection.cursor() as cursor:
            cursor.execute("SELECT account_id::text, email, phone FROM graph.account")
            rows = {account: dict(zip(FIELDS, values)) for account, *values in cursor}
        connection.close()
        return rows

    def assert_has_all(self, consumer):
        known = {account: {name: fields.get(name) for name in FIELDS} for account, fields in self.receivers_view(consumer).items()}
        self.assertEqual(known, self.members())

    def assert_snapshot_is_done(self):
        wait_until("the rows are read", lambda: self.done("snapshot", "status", "--json").strip() == "null", 60, 0.3)

    def test_a_ninth_system_gets_todays_members_and_then_each_change_though_killed_in_the_middle(self):
        self.deliver("crm")
        program = self.start_delivering("crm")
        accounts = [self.account(f"banner-{'ab'[number % 2]}", email=f"first-{number}@example.com") for number in range(300)]
        for account in accounts[:20]:
            self.update(account, email="changed@example.com")
        before = self.due(program)
        self.wait_until_taken("crm", before, program)
        gone = accounts.pop()
        self.database.do(f"DELETE FROM graph.account WHERE account_id = '{gone}'")
        self.database.wait_until_confirmed(program)
        program.stop()

        self.deliver("crm", "ninth")
        self.bootstrap(code=1)  # nobody has delivered to it yet
        program = self.start(self.config, "second")
        self.wait_until_delivering(program, "crm", "ninth")
        changes = Changes(self.database, accounts)
        decision = json.loads(self.bootstrap("--why", "listings is new").stdout)
        self.assertEqual((decision["outcome"], decision["consumer"]), ("done", "ninth"))
        wait_until("some rows have come", lambda: any(one.type == "customer.member" for one in self.receiver.taken("ninth")), 30)
        self.assertNotEqual(self.done("snapshot", "status", "--json").strip(), "null", "it goes on")
        program.kill()
        program = self.start(self.config, "third")
        self.assert_snapshot_is_done()
        changes.stop()
        due = self.due(program)
        self.wait_until_taken("crm", due, program)
        live = [one for one in due if one.id > max(one.id for one in before)]
        self.wait_until_taken("ninth", live, program)
        wait_until("each member has come", lambda: set(self.receivers_view("ninth")) >= set(accounts), 60, 0.5)
        program.stop()

        self.assert_has_all("ninth")
        self.assertFalse([one for one in self.receiver.taken("crm") if one.type == "customer.member"], "the rows are for nobody else")
        self.assertFalse({one.id for one in before} & {one.id for one in self.receiver.requests("ninth")}, "it got no history")
        self.assertNotIn(gone, self.receivers_view("ninth"))
        self.judge("crm", due)

    def test_only_the_rows_that_are_asked_for(self):
        self.deliver("ninth")
        program = self.start_delivering("ninth")
        accounts = [self.account(f"banner-{'ab'[number % 2]}") for number in range(10)]
        self.wait_until_taken("ninth", self.due(program), program)
        self.bootstrap("--table", "graph.account", "--where", "banner = 'banner-a'", "--follow")
        def came():
            return {one.account for one in self.receiver.taken("ninth") if one.type == "customer.member"}
        wait_until("the rows came", lambda: came() == set(accounts[::2]), 30)
        time.sleep(1)  # of silence
        self.assertEqual(came(), set(accounts[::2]))
        program.stop()


class EmbeddedBootstrap(BootstrapTests, DeliveryCase):
    pass


class KafkaBootstrap(BootstrapTests, DeliveryCase):
    with_kafka = True


if __name__ == "__main__":
    unittest.main()
