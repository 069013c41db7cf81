"""`wakestream policy`: what its commands say of the example, of a policy that is wrong, and of two that differ."""

import html.parser
import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from pipeline import BINARY, REPOSITORY, RULES

EXAMPLE = REPOSITORY / "examples/policy.yaml"


class PolicyTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.place = Path(folder.name)

    def policy(self, *words, status=0, stdin=""):
        done = subprocess.run([BINARY, "policy", *map(str, words), "--log-format", "text"], capture_output=True, text=True, timeout=60, input=stdin)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stdout + done.stderr

    def changed(self, before, after):
        text = EXAMPLE.read_text()
        self.assertIn(before, text)
        path = self.place / "changed.yaml"
        path.write_text(text.replace(before, after))
        return path

    def event(self, **payload):
        data = {"account_id": "7", "version": 1, "banner": "banner-a", "jurisdiction": "DE", "consent": {"email": True},
                "email": "canary@example.com", **payload}
        return json.dumps({"type": "customer.created", "data": data}) + "\n"

    def test_the_example_is_tested_and_known_by_its_digest(self):
        said = self.policy("test", EXAMPLE, "--rules", RULES)
        digest = subprocess.run(["sha256sum", EXAMPLE], capture_output=True, text=True, check=True).stdout.split()[0]
        self.assertRegex(said, r"8 tests pass; 8 consumers, \d+ rules, 3 claims; sha256 " + digest)

    def test_a_test_that_fails_refuses_the_file(self):
        wrong = self.changed("expect: { account_id: pass, email: drop }", "expect: { account_id: pass, email: pass }")
        said = self.policy("test", wrong, "--rules", RULES, status=1)
        self.assertRegex(said, r'changed.yaml:\d+:\d+: the test "a withdrawn consent closes the e-mail" fails: email is drop and not pass')

    def test_an_event_that_no_rule_makes_is_named(self):
        wrong = self.changed("event: [customer.consent_changed, customer.deletion_requested]", "event: [customer.consent_changed, customer.deletion_request]")
        said = self.policy("test", wrong, "--rules", RULES, status=1)
        self.assertIn("no rule makes an event customer.deletion_request; did you mean customer.deletion_requested?", said)

    def test_a_field_that_nobody_described_is_named(self):
        said = self.policy("test", self.changed("  created_at: user.account\n", ""), "--rules", RULES)
        self.assertIn("customer.created.created_at: nobody may see it", said)

    def test_explain_shows_the_trail_and_no_value(self):
        (self.place / "event.json").write_text(self.event())
        said = self.policy("explain", self.place / "event.json", "--consumer", "esp", "--policy", EXAMPLE, "--rules", RULES, "--at", "2026-06-01", "--all")
        self.assertIn("banner banner-a; jurisdiction DE, so gdpr; purpose email_marketing, consent granted", said)
        self.assertIn("  email: pass, rule marketing with consent\n    user.contact.email\n", said)
        self.assertIn("      + allow pass: marketing with consent\n", said)
        self.assertIn("      - allow hmac: hashed e-mail for audiences (not so: purpose)\n", said)
        self.assertIn("  phone: drop, not_authorized\n    user.contact.phone_number, for which the consumer is not authorized\n", said)
        self.assertNotIn("canary", said)

    def test_explain_says_what_was_missing(self):
        def told(consumer="esp", **payload):
            return self.policy("explain", "-", "--consumer", consumer, "--policy", EXAMPLE, "--rules", RULES, stdin=self.event(**payload)).splitlines()[0]
        self.assertEqual(told(jurisdiction="US"), "customer.created for esp: withheld, unknown_jurisdiction")
        self.assertEqual(told(banner=None), "customer.created for esp: withheld, unknown_banner")
        self.assertEqual(told("nobody"), "customer.created for nobody: withheld, unknown_consumer")

    def test_explain_reads_what_tail_prints(self):
        line = json.loads(self.event())
        line = json.dumps({"headers": {"ce_type": line["type"]}, "value": line["data"]}) + "\n"
        said = self.policy("explain", "-", "--consumer", "esp", "--policy", EXAMPLE, "--rules", RULES, stdin=line)
        self.assertTrue(said.startswith("customer.created for esp: goes out"), said)
        self.policy("explain", "-", "--consumer", "esp", "--policy", EXAMPLE, "--rules", RULES, stdin="what\n", status=1)

    def test_the_matrix_has_a_column_where_something_differs(self):
        said = self.policy("matrix", EXAMPLE, "--rules", RULES, "--consumer", "esp", "--consent", "not_asked", "--at", "2026-06-01")
        lines = {line.split()[0]: line.split()[1:] for line in said.splitlines() if line.startswith("  customer.")}
        columns = [set(places.split()) for places in re.findall(r"^  \[\d+\] (.*)$", said, re.MULTILINE)]
        states, others = sorted(columns, key=lambda places: "US-CA" not in places)
        self.assertTrue({"US-CA", "US-VA", "US-TX"} <= states and {"DE", "GB", "US-AL", "CA-QC"} <= others, said)
        self.assertEqual(set(lines["customer.created.email"]), {"pass", "drop"})
        self.assertEqual(lines["customer.created.phone"], ["drop", "drop"])

    def test_the_page_of_the_matrix_is_html_with_every_consumer(self):
        page = self.policy("matrix", EXAMPLE, "--rules", RULES, "--html")
        open_tags, headings = [], []

        class Reader(html.parser.HTMLParser):
            def handle_starttag(self, tag, attributes):
                if tag != "meta":
                    open_tags.append(tag)

            def handle_endtag(self, tag):
                if open_tags.pop() != tag:
                    raise AssertionError(f"{tag} is closed where another is open")

            def handle_data(self, data):
                if open_tags and open_tags[-1] == "h2":
                    headings.append(data)
        Reader().feed(page)
        self.assertEqual(open_tags, [])
        self.assertEqual(sorted(headings), ["audiences", "contact_centre", "crm", "esp", "listings", "loyalty", "push", "sms"])
        self.assertNotRegex(page, r"(src|href)=")

    def test_diff_says_who_gains_and_who_loses(self):
        self.assertEqual(self.policy("diff", EXAMPLE, EXAMPLE, "--rules", RULES), "")
        wider = self.changed("categories: [system.operations, user.unique_id, user.contact.phone_number,",
                             "categories: [system.operations, user.unique_id, user.contact.phone_number, user.contact.email,")
        said = self.policy("diff", EXAMPLE, wider, "--rules", RULES)
        self.assertIn("+ sms gains customer.created.email: drop -> pass\n    banner banner-a banner-b banner-c; consent granted;", said)
        self.assertNotIn("loses", said)
        said = self.policy("diff", wider, EXAMPLE, "--rules", RULES)
        self.assertIn("- sms loses customer.created.email: pass -> drop\n", said)
        self.assertNotIn("gains", said)

    def test_prove_holds_for_the_example_and_finds_the_hole(self):
        said = self.policy("prove", EXAMPLE)
        self.assertEqual([line.split()[0] for line in said.splitlines()], ["holds"] * 3, said)
        hole = self.changed("    when: { category: user.health, regime: hipaa, without: hipaa_baa }\n    because",
                            "    when: { category: user.health.genetic, regime: hipaa, without: hipaa_baa }\n    because")
        text = hole.read_text()
        hole.write_text(text[:text.index("\ntests:")] + "\n")
        said = self.policy("prove", hole, status=1)
        self.assertRegex(said, r"fails  no health field reaches a consumer without a BAA \(\d+ of \d+ combinations\)\n"
                               r"    user\.health\S* is pass \(rule \S.*\) for loyalty\n    at banner-a, US-")

    def test_a_claim_about_nothing_proves_nothing(self):
        empty = self.changed("never: { category: user.health, regime: hipaa, without: hipaa_baa }",
                             "never: { category: user.health, regime: hipaa, jurisdiction: DE }")
        self.assertIn("empty  no health field", self.policy("prove", empty, status=1))


if __name__ == "__main__":
    unittest.main()
