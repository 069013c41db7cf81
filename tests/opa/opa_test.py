"""Random policies and events, judged by wakestream and by OPA from policy.rego: they agree on every field.

    make opa

Needs OPA (scripts/deps-opa) and wakestream_policy_answers. WAKESTREAM_OPA_POLICIES says how many policies."""

import collections
import json
import os
import random
import subprocess
import tempfile
import unittest
from pathlib import Path

OPA = os.environ.get("OPA", ".cache/opa/opa")
ANSWERS = os.environ.get("WAKESTREAM_POLICY_ANSWERS", "build/dev/tests/opa/wakestream_policy_answers")
POLICIES = int(os.environ.get("WAKESTREAM_OPA_POLICIES", "50"))
QUESTIONS = 500  # a policy, of five fields each
FIELDS = 5
REGO = Path(__file__).with_name("policy.rego")

ACTIONS = ["pass", "generalize", "mask", "tokenize", "hmac", "nullify", "drop", "withhold"]
CHANGES = {"generalize": {"generalize": {"to": "year"}}, "mask": {"mask": {"keep_last": 2}}, "tokenize": {"tokenize": {"key": "k"}},
           "hmac": {"hmac": {"key": "k"}}}
WORDS = {
    "category": ["user", "user.contact", "user.contact.email", "user.contact.phone_number", "user.health", "user.health.genetic", "user.loyalty",
                 "user.unique_id", "system", "system.operations"],
    "consumer": ["esp", "ads", "crm", "desk"],
    "purpose": ["marketing", "sharing", "service"],
    "regime": ["gdpr", "hipaa", "ferpa", "ccpa", "cpra", "us_state_privacy", "vcdpa", "own"],
    "jurisdiction": ["DE", "FR", "GB", "CA", "CA-QC", "US-CA", "US-VA", "US-AL", "US-WA"],
    "banner": ["banner-a", "banner-b"],
    "event": ["customer.created", "customer.moved"],
    "agreement": ["hipaa_baa", "processor_contract"],
    "without": ["hipaa_baa", "processor_contract"],
    "consent": ["granted", "not_asked", "denied"],
}
DAYS = ["2019-06-01", "2022-03-01", "2023-01-01", "2024-07-01", "2026-01-01"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def some(self, words):
        return sorted(set(self.random.choices(words, k=self.random.choice([1, 1, 2, 3]))))

    def rule(self, name):
        side = self.random.choice(["allow", "allow", "deny"])
        odds = {"category": 0.6, "consumer": 0.2, "purpose": 0.2, "regime": 0.2, "jurisdiction": 0.15, "banner": 0.15, "event": 0.15,
                "agreement": 0.2 * (side == "allow"), "without": 0.3 * (side == "deny"), "consent": 0.3}
        when = {key: self.some(WORDS[key]) for key, chance in odds.items() if self.random.random() < chance}
        if side == "allow" and self.random.random() < 0.15:
            when["consent"] = ["any"]
        plain = ["pass"] * 4 if side == "allow" else ["nullify"] * 3 + ["drop", "drop"] + ["withhold"] * (self.random.random() < 0.2)
        action = self.random.choice(plain + list(CHANGES))
        rule = {"name": name, side: action, "when": when}
        first = self.random.randrange(len(DAYS))
        if self.random.random() < 0.2:
            rule["from"] = DAYS[first]
        if self.random.random() < 0.2 and first + 1 < len(DAYS):
            rule["until"] = DAYS[first + 1]
        return rule

    def policy(self):
        # Most let everybody see whose event it is: else the whole event is withheld, and no field of it is compared.
        subject = {"name": "subject", "allow": "pass", "when": {"category": ["user.unique_id"], "consent": ["any"]}}
        rules = [subject] * (self.random.random() < 0.8)
        def consumer(purpose):
            return {"purpose": purpose, "agreements": self.some(WORDS["agreement"]) if self.random.random() < 0.7 else [],
                    "categories": self.random.choice([["user", "system"], ["user"], self.some(WORDS["category"])])}
        return {"categories": ["user.loyalty"], "fields": {"account_id": "user.unique_id", "version": "system.operations"},
                "purposes": {"marketing": ["email"], "sharing": ["email", "share"], "service": []},
                "consumers": {"esp": consumer("marketing"), "ads": consumer("sharing"), "crm": consumer("service"), "desk": consumer("service")},
                "banners": ["banner-a", "banner-b"], "rules": rules + [self.rule(f"r{at}") for at in range(self.random.randrange(3, 18))]}

    def consent(self):
        if self.random.random() < 0.1:
            return self.random.choice([None, "null", "[]", "{", '"granted"', "{\"email\":true"])
        said = {}
        for key in ("email", "share"):
            if self.random.random() < 0.9:
                said[key] = self.random.choice([True, True, "granted", "opt_in", False, "denied", "withdrawn", "not_asked", "perhaps", 1, None, {}])
        return json.dumps(said)

    def question(self):
        fields = [{"name": "account_id", "tags": []}]
        for at in range(FIELDS - 1):
            tags = self.random.choices(WORDS["category"] + ["user.name.first", "user.unheard_of"], k=self.random.choice([0, 1, 1, 1, 2]))
            fields.append({"name": self.random.choice([f"f{at}"] * 9 + ["version"]) if at == 0 else f"f{at}", "tags": tags})
        def known(words, *others):
            return self.random.choice(words) if self.random.random() < 0.95 else self.random.choice(others)
        question = {"consumer": known(WORDS["consumer"], "nobody"), "type": known([*WORDS["event"], "customer.gone"], None),
                    "banner": known(WORDS["banner"], None, "banner-z"),
                    "jurisdiction": known([*WORDS["jurisdiction"], "DE-BY", "US-TX", "CA-ON"], None, "US", "XX", "us-ca", "US-ZZ", "EU"),
                    "consent": self.consent(),
                    "at": f"{self.random.randrange(2018, 2028)}-{self.random.randrange(1, 13):02}-{self.random.choice(['01', '15', '28'])}",
                    "fields": fields}
        return {key: value for key, value in question.items() if value is not None}


def as_yaml(policy):
    """What wakestream reads; JSON is YAML."""
    def rule(one):
        side = "allow" if "allow" in one else "deny"
        return {**one, side: CHANGES.get(one[side], one[side])}
    return json.dumps({
        **policy, "keys": {"k": "${env:WAKESTREAM_TEST_KEY}"}, "agreements": WORDS["agreement"],
        "jurisdictions": {"CA": ["own"], "CA-QC": ["quebec"]},
        "purposes": {name: {"consent": keys or "not_needed"} for name, keys in policy["purposes"].items()},
        "consumers": {name: {key: value for key, value in one.items() if value} for name, one in policy["consumers"].items()},
        "banners": {name: {} for name in policy["banners"]}, "rules": [rule(one) for one in policy["rules"]]})


class OpaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        knowledge = json.loads(subprocess.run([ANSWERS, "--knowledge"], capture_output=True, text=True, check=True).stdout)
        cls.categories = [*knowledge["categories"], "user.loyalty"]
        cls.in_force = [{"place": place, "regime": regime, "from": law["from"]} for law in knowledge["laws"] for place in law["places"].split()
                        for regime in (law["name"], law["family"]) if regime]
        cls.in_force += [{"place": "CA", "regime": "own", "from": ""}, {"place": "CA-QC", "regime": "own", "from": ""},
                         {"place": "CA-QC", "regime": "quebec", "from": ""}]

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.place = Path(folder.name)

    def wakestream(self, policy, questions):
        (self.place / "policy.yaml").write_text(as_yaml(policy))
        done = subprocess.run([ANSWERS, self.place / "policy.yaml"], input="\n".join(map(json.dumps, questions)) + "\n", capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def opa(self, policy, questions):
        data = {"policy": policy, "categories": self.categories, "in_force": self.in_force,
                "codes": sorted({one["place"] for one in self.in_force})}
        (self.place / "data.json").write_text(json.dumps(data))
        (self.place / "input.json").write_text(json.dumps({"questions": questions}))
        done = subprocess.run([OPA, "eval", "--format", "json", "-d", REGO, "-d", self.place / "data.json", "-i", self.place / "input.json",
                               "data.wakestream.answers"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)["result"][0]["expressions"][0]["value"]

    def test_they_agree_on_every_field(self):
        cases, actions, kinds = 0, collections.Counter(), collections.Counter()
        for seed in range(POLICIES):
            generator = Generator(seed)
            policy = generator.policy()
            questions = [generator.question() for _ in range(QUESTIONS)]
            ours, theirs = self.wakestream(policy, questions), self.opa(policy, questions)
            self.assertEqual(len(ours), QUESTIONS)
            for question, one, other in zip(questions, ours, theirs, strict=True):
                self.assertEqual(one, other, json.dumps([seed, question, policy]))
                shown = one["fields"] or ["withhold"] * FIELDS
                actions.update(shown)
                cases += len(shown)
            for rule in policy["rules"]:
                side = "allow" if "allow" in rule else "deny"
                kinds.update((side, key) for key in [*rule["when"], *(day for day in ("from", "until") if day in rule)])
                kinds[side, rule[side]] += 1
        print(f"\n{cases} verdicts of {POLICIES} policies; {dict(actions)}")
        self.assertEqual(set(actions), set(ACTIONS))
        if POLICIES >= 40:
            self.assertGreaterEqual(cases, 100_000)
            wanted = {(side, key) for side in ("allow", "deny") for key in [*WORDS, "from", "until", *CHANGES]} - {("allow", "without"), ("deny", "agreement")}
            wanted |= {("allow", "pass"), ("deny", "nullify"), ("deny", "drop"), ("deny", "withhold")}
            self.assertEqual(wanted - set(kinds), set())
            print(f"rules by kind: { {' '.join(kind): count for kind, count in sorted(kinds.items())} }")


if __name__ == "__main__":
    unittest.main()
