"""schema/*.json and the program's own readers say the same of a file: of every key, of good files and of bad ones."""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("WAKESTREAM_BINARY", str(ROOT / "build/dev/app/wakestream"))
NO_KEY = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"  # far from every key, so that the known ones are listed


class Loader(yaml.SafeLoader):
    """YAML 1.2's core: `on` and `no` are words, a date is a text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers
            if tag.split(":")[-1] in ("int", "float", "null", "merge")] + [("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"))]
    for first, resolvers in {**{letter: [] for letter in "tf"}, **yaml.SafeLoader.yaml_implicit_resolvers}.items()}

CONFIG = """\
pipeline: demo
source:
  url: dbname=x
log:
  embedded:
    path: ./log
rules: [RULES]
"""

CONTEXT = "context: {table: graph.account, account_id: account_id, banner: banner, jurisdiction: jurisdiction, consent: consent}\n"

CONSUMER = CONFIG + """\
policy: p.yaml
consumers:
  esp:
    recipe: r.yaml
"""

RULES = """\
rules:
  - event: customer.x
    table: t.account
    key: id
    fields: [version, banner, jurisdiction, consent]
"""


def with_field(field):
    return RULES.replace("consent]", f"consent, {field}]")


def schema_of(name):
    schema = json.loads((ROOT / "schema" / name).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


class SchemaTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "good.yaml").write_text(RULES)

    def problems_of_schema(self, name, text):
        content = yaml.load(text, Loader)
        return [error.message for error in jsonschema.Draft202012Validator(schema_of(name)).iter_errors(content)]

    def said(self, *words):
        done = subprocess.run([BINARY, "rules", "show", *words, "--log-format", "text"], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "WAKESTREAM_TEST_VALUE": "7"}, stdin=subprocess.DEVNULL)
        return done.returncode, done.stderr

    def load_config(self, text):
        path = self.folder / "wakestream.yaml"
        path.write_text(text.replace("RULES", str(self.folder / "good.yaml")))
        return self.said("-c", str(path))

    def load_rules(self, text):
        path = self.folder / "rules.yaml"
        path.write_text(text)
        return self.said(str(path))

    def known_keys(self, said):
        """What a section of the program knows, by the error for a key that it does not."""
        listed = re.search(rf"{NO_KEY} is not known; known here: ([a-z0-9_, ]+)", said)
        self.assertIsNotNone(listed, said)
        return set(listed.group(1).split(", "))

    def keys_of_schema(self, name, *path):
        schema = schema_of(name)
        for step in path:
            schema = schema[step]
        return set(schema["properties"])


class ConfigSchemaTest(SchemaTest):
    NAME = "wakestream.schema.json"

    # Where a key that nobody knows is put, by the section's path in the schema.
    SECTIONS = {
        (): CONFIG + f"{NO_KEY}: 1\n",
        ("source",): CONFIG.replace("  url: dbname=x\n", f"  url: dbname=x\n  {NO_KEY}: 1\n"),
        ("log",): CONFIG.replace("log:\n", f"log:\n  {NO_KEY}: 1\n"),
        ("log", "embedded"): CONFIG.replace("    path: ./log\n", f"    path: ./log\n    {NO_KEY}: 1\n"),
        ("log", "kafka"): CONFIG.replace("  embedded:\n    path: ./log\n", f"  kafka:\n    brokers: b\n    {NO_KEY}: 1\n"),
        ("log", "embedded", "retention"): CONFIG.replace("./log\n", f"./log\n    retention:\n      {NO_KEY}: 1\n"),
        ("context",): CONFIG + CONTEXT.replace("}", f", {NO_KEY}: 1}}"),
        ("keys",): CONFIG + f"keys:\n  folder: keys\n  {NO_KEY}: 1\n",
        ("snapshot",): CONFIG + f"snapshot:\n  initial: true\n  {NO_KEY}: 1\n",
        ("bulk",): CONFIG + f"bulk:\n  origins: [a]\n  {NO_KEY}: 1\n",
        ("metrics",): CONFIG + f"metrics:\n  listen: 1\n  {NO_KEY}: 1\n",
        ("publish",): CONFIG + f"policy: p.yaml\npublish:\n  {NO_KEY}: 1\n",
        ("consumers", "*"): CONSUMER + f"    {NO_KEY}: 1\n",
        ("consumers", "*", "file"): CONSUMER.replace("recipe: r.yaml", f"file: {{folder: out, {NO_KEY}: 1}}"),
        ("consumers", "*", "retries"): CONSUMER + f"    retries: {{{NO_KEY}: 1}}\n",
        ("consumers", "*", "replay"): CONSUMER + f"    replay: {{schedule: 0 4 * * *, {NO_KEY}: 1}}\n",
    }

    GOOD = [
        CONFIG,
        CONFIG + "snapshot: { initial: true, rows_per_s_max: 5000 }\n",
        CONFIG.replace("  embedded:\n    path: ./log\n", "  kafka: {brokers: 'b:1', event_partitions: 8, create_topics: false, "
                       "options: {security.protocol: ssl, linger.ms: 5}}\n"),
        CONFIG.replace("dbname=x\n", "'${env:WAKESTREAM_TEST_VALUE}'\n  slot: existing\n  slot_name: a_1\n  publication: P\n  row_bytes_max: 64KiB\n"),
        CONFIG.replace("./log\n", "./log\n    event_partitions: '${env:WAKESTREAM_TEST_VALUE}'\n"),
        CONFIG.replace("./log\n", "./log\n    retention: {age: 7d, size: 10GiB}\n"),
        CONFIG.replace("./log\n", "./log\n    retention: {size: 1048576}\n"),
        CONFIG + "metrics: {listen: 9187}\n",
        CONFIG + "bulk: {origins: [backfill, load]}\n",
        CONFIG + "bulk: {message_prefix: wakestream.bulk}\n",
        CONSUMER + "    bulk: mute\n",
        CONSUMER + "    bulk: slow\n    bulk_rate_per_s: 50\n",
        CONFIG + CONTEXT,
        CONFIG + CONTEXT.replace("}", ", parent: {value: 'new.parent_id::text'}, store: ./accounts, memory: 32MiB}"),
        CONFIG + CONTEXT.replace("consent: consent", "consent: {literal: null}"),
        CONFIG + "keys: {folder: ./keys, given_up: [0c2e7f7a4b1d9e33]}\n",
        CONFIG + "keys: {command: [vault, read], timeout_s: 5}\n",
        CONFIG + "metrics: {listen: '0.0.0.0:9187'}\n",
        CONFIG + "policy: p.yaml\n",
        CONFIG + "policy: p.yaml\npublish: {}\n",
        CONFIG + "policy: p.yaml\npublish: {consumer: everybody, partitions: 4, retention: 36h, topic_names: {Shop: shop}}\n",
        CONSUMER,
        CONSUMER + "    events: [customer.x]\n    banners: [a, b]\n    rate_per_s: 200\n    burst: 400\n    starts_from: latest\n"
                   "    retries: {attempts: 3, first_pause: 2s, longest_pause: 1h}\n    exhausted: {customer.x: supersede, customer.y: skip}\n",
        CONSUMER + "    replay: {schedule: 15 */2 * * *}\n",
        CONSUMER + "    replay: {schedule: '*/5 8-18/2 1,15 jan,JUL mon-fri', types: [customer.x], errors: [answer 500], times_max: 1}\n",
        CONSUMER.replace("recipe: r.yaml", "file: {folder: out, rotate_bytes: 1MiB, rotate_after: 5m}") + "  sms_2-b: {recipe: s.yaml}\n",
        CONFIG + "policy: p.yaml\nconsumers: {}\n",
        CONFIG.replace("dbname=x\n", "dbname=x\n  row_bytes_max: 4096\n"),
    ]

    BAD = [
        CONFIG.replace("pipeline: demo\n", ""),
        CONFIG.replace("demo", "a/b"),
        CONFIG.replace("demo", "[]"),
        CONFIG.replace("  url: dbname=x\n", "  slot: create\n"),
        CONFIG.replace("source:\n  url: dbname=x", "source: 7"),
        CONFIG.replace("dbname=x\n", "dbname=x\n  slot: new\n"),
        CONFIG.replace("dbname=x\n", "dbname=x\n  slot_name: Big\n"),
        CONFIG.replace("dbname=x\n", "dbname=x\n  row_bytes_max: 5TB\n"),
        CONFIG.replace("dbname=x\n", "dbname=x\n  row_bytes_max: 7\n"),
        CONFIG.replace("./log\n", "./log\n    event_partitions: 0\n"),
        CONFIG.replace("./log\n", "./log\n    retention: {age: 7}\n"),
        CONFIG.replace("./log\n", "./log\n    retention: {age: 1w}\n"),
        CONFIG.replace("./log\n", "./log\n    retention: {size: 7}\n"),
        CONFIG.replace("./log\n", "./log\n    event_partitions: 1001\n"),
        CONFIG.replace("  embedded:\n    path: ./log\n", "  embedded: {path: l}\n  kafka: {brokers: b}\n"),
        CONFIG.replace("  embedded:\n    path: ./log\n", "  kafka: {brokers: b, create_topics: maybe}\n"),
        CONFIG.replace("  embedded:\n    path: ./log\n", "  kafka: {brokers: b, options: [a]}\n"),
        CONFIG.replace("  embedded:\n    path: ./log\n", "  kafka: {brokers: b, options: {a: [b]}}\n"),
        CONFIG.replace("[RULES]", "[]"),
        CONFIG.replace("[RULES]", "r.sql"),
        CONFIG + "metrics: {}\n",
        CONFIG + "bulk: {}\n",
        CONFIG + "bulk: {origins: []}\n",
        CONFIG + "bulk: {message_prefix: ''}\n",
        CONFIG + "bulk: backfill\n",
        CONFIG + CONTEXT.replace("banner: banner, ", ""),
        CONFIG + CONTEXT.replace("banner: banner", "banner: {}"),
        CONFIG + CONTEXT.replace("banner: banner", "banner: {value: new.a, literal: a}"),
        CONFIG + CONTEXT.replace("banner: banner", "banner: [a]"),
        CONFIG + CONTEXT.replace("}", ", memory: 7}"),
        CONFIG + "context: account\n",
        CONFIG + "keys: {folder: ./keys, command: [vault]}\n",
        CONFIG + "keys: {folder: ./keys, timeout_s: 5}\n",
        CONFIG + "keys: {command: vault}\n",
        CONFIG + "keys: {command: [vault], timeout_s: 61}\n",
        CONFIG + "keys: {given_up: []}\n",
        CONFIG + "metrics: {listen: 70000}\n",
        CONFIG + "publish: {}\n",
        CONFIG + "policy: p.yaml\npublish: {partitions: 0}\n",
        CONFIG + "policy: p.yaml\npublish: {retention: 7}\n",
        CONFIG + "policy: p.yaml\npublish: {topic_names: [a]}\n",
        CONFIG + "policy: p.yaml\npublish: {topic_names: {a: ''}}\n",
        CONFIG + "policy: p.yaml\npublish: on\n",
        CONSUMER.replace("policy: p.yaml\n", ""),
        CONSUMER.replace("recipe: r.yaml", "events: [customer.x]"),
        CONSUMER + "    file: {folder: out}\n",
        CONSUMER.replace("esp:", "e.sp:"),
        CONSUMER.replace("esp:", "a" * 101 + ":"),
        CONSUMER.replace("recipe: r.yaml", "file: {}"),
        CONSUMER.replace("recipe: r.yaml", "file: {folder: out, rotate_bytes: 100}"),
        CONSUMER.replace("recipe: r.yaml", "file: {folder: out, rotate_after: 1}"),
        *(CONSUMER + f"    {line}\n" for line in (
            "events: []", "events: customer.x", "banners: [[a]]", "rate_per_s: 0", "starts_from: now", "burst: 5", "rate_per_s: 1.5", "retries: 3",
            "retries: {attempts: 0}", "bulk: later", "bulk: {treat: slow}", "bulk_rate_per_s: 0", "retries: {first_pause: 100ms}", "exhausted: {customer.x: forget}", "exhausted: [customer.x]",
            "replay: {}", "replay: 0 4 * * *", "replay: {schedule: daily}", "replay: {schedule: '@daily'}", "replay: {schedule: 0 4 * *}",
            "replay: {schedule: 0 0 4 * * *}", "replay: {schedule: 0 4 L * *}", "replay: {schedule: [0, 4]}",
            "replay: {schedule: 0 4 * * *, times_max: 0}", "replay: {schedule: 0 4 * * *, types: []}",
            "replay: {schedule: 0 4 * * *, errors: answer 500}")),
        CONFIG + "policy: p.yaml\nconsumers: [esp]\n",
        CONFIG + "policy: p.yaml\nconsumers: {esp: recipe.yaml}\n",
    ]

    def test_every_key_that_the_program_knows_is_in_the_schema_and_no_other(self):
        sections = {()}

        def visit(schema, path):
            for name, one in schema["properties"].items():
                by_name = one.get("additionalProperties")
                if "properties" in one:
                    sections.add((*path, name))
                    visit(one, (*path, name))
                elif isinstance(by_name, dict) and "properties" in by_name:
                    sections.add((*path, name, "*"))
                    visit(by_name, (*path, name, "*"))
        visit(schema_of(self.NAME), ())
        self.assertEqual(sections, set(self.SECTIONS), "a section without a probe, or a probe without a section")
        for path, text in self.SECTIONS.items():
            steps = [step for name in path for step in (("additionalProperties",) if name == "*" else ("properties", name))]
            self.assertEqual(self.known_keys(self.load_config(text)[1]), self.keys_of_schema(self.NAME, *steps), path)
            self.assertNotEqual(self.problems_of_schema(self.NAME, text), [], path)

    def test_good_files_are_good_to_both(self):
        for text in self.GOOD:
            self.assertEqual(self.problems_of_schema(self.NAME, text), [], text)
            self.assertEqual(self.load_config(text), (0, ""), text)
        self.assertEqual(self.problems_of_schema(self.NAME, (ROOT / "examples/wakestream.yaml").read_text()), [])

    def test_bad_files_are_refused_by_both(self):
        for text in self.BAD:
            self.assertNotEqual(self.problems_of_schema(self.NAME, text), [], text)
            code, said = self.load_config(text)
            self.assertEqual(code, 1, text)
            self.assertIn("wakestream.yaml", said, text)

    def test_the_reference_page_is_what_the_schema_says(self):
        done = subprocess.run([ROOT / "scripts/config-reference", "--check"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class RulesSchemaTest(SchemaTest):
    NAME = "rules.schema.json"

    SECTIONS = {
        (): RULES + f"{NO_KEY}: 1\n",
        ("properties", "defaults"): f"defaults: {{{NO_KEY}: 1}}\n" + RULES,
        ("properties", "rules", "items"): RULES + f"    {NO_KEY}: 1\n",
        ("$defs", "fields", "items", "anyOf", 1): with_field(f"{{column: a, {NO_KEY}: 1}}"),
        ("$defs", "key", "anyOf", 1): RULES.replace("key: id", f"key: {{column: a, {NO_KEY}: 1}}"),
    }

    GOOD = [
        RULES,
        RULES + "    op: [insert, update]\n    watch: email\n    when: new.a = 'x'\n    description: What.\n",
        RULES + "    op: delete\n", RULES + "    bulk: new.a = 'x'\n",
        RULES.replace("[version, banner,", "[version, context.banner,") + "    join: context\n",
        RULES.replace("t.account", "'\"odd.schema\".Account'"),
        "defaults: {table: t.a, key: {value: new.id::text, pii: user.id}, fields: [version, banner, jurisdiction]}\n"
        "rules: [{event: customer.x, fields: [{literal: NO, as: consent}]}]\n",
        "rules: []\n",
        *map(with_field, (
            "{column: old.email, as: previous_email, pii: user.contact.email}", "{literal: null, as: a}", "{literal: -7, as: a}",
            "{literal: true, as: a}", "{value: \"COALESCE(new.a, 'b')\", as: c}", "{value: new.a}", "new.a",
            "{column: a, pii: [user.a, user.b], description: What.}", "{column: a, pii: 'user.a, user.b'}")),
    ]

    BAD = [
        "- a\n", "rules: {a: b}\n", "rules: [a]\n", "x: 1\n", "defaults: []\n" + RULES,
        RULES.replace("event: customer.x", "description: x"), RULES.replace("customer.x", "customer"), RULES.replace("customer.x", "a.b.c"),
        RULES.replace("t.account", "account"), RULES.replace("t.account", "a.b.c"), RULES.replace("key: id", "key: [id]"),
        RULES.replace("key: id", "key: {column: id, as: x}"), RULES.replace("[version, banner, jurisdiction, consent]", "version"),
        RULES + "    join: t.account\n", RULES + "    op: upsert\n", RULES + "    op: INSERT\n", RULES + "    op: []\n", RULES + "    watch: []\n", RULES + "    when: [a]\n", RULES + "    bulk: [a]\n", RULES + "    bulk: ''\n",
        RULES + "    watch: " + "a" * 64 + "\n",
        *map(with_field, (
            "[a]", "{}", "{as: a}", "{column: a, value: new.b, as: c}", "{literal: 1}", "{literal: [1], as: a}", "{value: [], as: a}",
            "{column: a, pii: E-Mail}", "{column: a, as: " + "a" * 64 + "}")),
    ]

    def test_every_key_that_the_program_knows_is_in_the_schema_and_no_other(self):
        for path, text in self.SECTIONS.items():
            self.assertEqual(self.known_keys(self.load_rules(text)[1]), self.keys_of_schema(self.NAME, *path), path)
            self.assertNotEqual(self.problems_of_schema(self.NAME, text), [], path)

    def test_good_files_are_good_to_both(self):
        printed = subprocess.run([BINARY, "rules", "show", "--as", "yaml", ROOT / "sql/rules/customer.sql"], capture_output=True, text=True,
                                 check=True).stdout
        for text in [*self.GOOD, printed]:
            self.assertEqual(self.problems_of_schema(self.NAME, text), [], text)
            self.assertEqual(self.load_rules(text), (0, ""), text)

    def test_bad_files_are_refused_by_both(self):
        for text in self.BAD:
            self.assertNotEqual(self.problems_of_schema(self.NAME, text), [], text)
            code, said = self.load_rules(text)
            self.assertEqual(code, 1, text)
            self.assertIn("rules.yaml:", said, text)

    def test_every_word_is_in_the_page(self):
        page = (ROOT / "docs/rules.md").read_text()
        for path in self.SECTIONS:
            for word in self.keys_of_schema(self.NAME, *path):
                self.assertTrue(re.search(rf"[`{{ ,]{word}[`:]", page), f"docs/rules.md does not have {word}")


POLICY = """\
purposes:
  service: {consent: not_needed}
agreements: [baa]
keys: {k: "${env:K}"}
consumers:
  crm: {purpose: service}
banners:
  a: {}
rules:
  - name: r
    allow: pass
"""
POLICY_TEST = ("tests:\n  - {name: t, consumer: crm, event: {type: x, banner: a, jurisdiction: DE, at: 2026-01-01, fields: {f: }}, "
               "expect: {f: drop}}\n")


def with_action(side, action):
    return POLICY.replace("allow: pass", f"{side}: {action}")


class PolicySchemaTest(SchemaTest):
    NAME = "policy.schema.json"

    SECTIONS = {
        (): POLICY + f"{NO_KEY}: 1\n",
        ("properties", "consent"): POLICY + f"consent: {{{NO_KEY}: 1}}\n",
        ("properties", "purposes", "additionalProperties"): POLICY.replace("not_needed", f"not_needed, {NO_KEY}: 1"),
        ("properties", "consumers", "additionalProperties"): POLICY.replace("{purpose: service", f"{{purpose: service, {NO_KEY}: 1"),
        ("properties", "banners", "additionalProperties"): POLICY.replace("a: {}", f"a: {{{NO_KEY}: 1}}"),
        ("properties", "claims", "items"): POLICY + f"claims: [{{name: c, never: {{}}, {NO_KEY}: 1}}]\n",
        ("properties", "tests", "items"): POLICY + POLICY_TEST.replace("expect:", f"{NO_KEY}: 1, expect:"),
        ("properties", "tests", "items", "properties", "event"): POLICY + POLICY_TEST.replace("type: x", f"type: x, {NO_KEY}: 1"),
        ("$defs", "rule"): POLICY + f"    {NO_KEY}: 1\n",
        ("$defs", "when"): POLICY + f"    when: {{{NO_KEY}: 1}}\n",
        ("$defs", "change", "oneOf", 0, "properties", "mask"): with_action("allow", f"{{mask: {{{NO_KEY}: 1}}}}"),
        ("$defs", "change", "oneOf", 2, "properties", "hmac"): with_action("allow", f"{{hmac: {{key: k, {NO_KEY}: 1}}}}"),
    }

    GOOD = [
        POLICY, POLICY + POLICY_TEST, POLICY + POLICY_TEST.replace("{f: drop}", "withheld").replace("banner: a, ", ""),
        POLICY + "categories: [user.loyalty, user.loyalty.tier]\nfields: {tier: user.loyalty, customer.x.plan: user.loyalty}\n",
        POLICY + "jurisdictions: {CA: pipeda, CA-QC: [a, b]}\nconsent: {granted: [Y], denied: N}\n",
        POLICY + "claims: [{name: c, never: {category: user}, at_most: pass}]\n",
        POLICY + "    when: {category: user, consumer: [crm], purpose: service, regime: gdpr, jurisdiction: DE, banner: a, event: x.y,\n"
                 "           agreement: baa, consent: [granted, not_asked]}\n    from: 2026-01-01\n    until: 2027-01-01\n    because: so\n",
        with_action("deny", "drop") + "    when: {without: baa}\n",
        *(with_action("allow", action) for action in (
            "{mask: {keep_last: 4}}", "{mask: {}}", "{tokenize: {key: k}}", "{hmac: {key: k, spelling: email}}", "{generalize: {to: year}}",
            "{generalize: {to: prefix, size: 3}}", "{generalize: {to: members, members: [a]}}")),
        *(with_action("deny", action) for action in ("nullify", "withhold", "{mask: {}}")),
    ]

    BAD = [
        "- a\n", POLICY.replace("rules:\n  - name: r\n    allow: pass\n", ""), POLICY.replace("    allow: pass\n", ""),
        POLICY + "    deny: drop\n", POLICY.replace("  - name: r\n    allow", "  - allow"), POLICY.replace("{purpose: service}", "{}"),
        POLICY.replace("consent: not_needed", ""), POLICY.replace("${env:K}", "sixteen bytes at least"), POLICY + "categories: {}\n",
        POLICY + "    when: {consent: unknown}\n", POLICY + "    when: {category: []}\n", POLICY + "    from: soon\n",
        POLICY + "claims: [{name: c}]\n", POLICY + "claims: [{name: c, never: {}, at_most: most}]\n", POLICY + "claims: {}\n",
        POLICY + POLICY_TEST.replace("at: 2026-01-01, ", ""), POLICY + POLICY_TEST.replace("drop", "gone"),
        POLICY + POLICY_TEST.replace("{f: drop}", "{}"),
        *(with_action("allow", action) for action in (
            "drop", "mask", "[pass]", "{shred: {}}", "{mask: {keep_last: 9}}", "{hmac: {}}", "{hmac: {key: k, spelling: mail}}", "{generalize: {}}",
            "{generalize: {to: decade}}", "{mask: {}, hmac: {key: k}}")),
        with_action("deny", "pass"),
    ]

    def load_policy(self, text):
        path = self.folder / "policy.yaml"
        path.write_text(text)
        done = subprocess.run([BINARY, "policy", "prove", path, "--log-format", "text"], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stderr

    def test_every_key_that_the_program_knows_is_in_the_schema_and_no_other(self):
        for path, text in self.SECTIONS.items():
            self.assertEqual(self.known_keys(self.load_policy(text)[1]), self.keys_of_schema(self.NAME, *path), path)
            self.assertNotEqual(self.problems_of_schema(self.NAME, text), [], path)

    def test_good_files_are_good_to_both(self):
        for text in [*self.GOOD, (ROOT / "examples/policy.yaml").read_text()]:
            self.assertEqual(self.problems_of_schema(self.NAME, text), [], text)
            self.assertEqual(self.load_policy(text), (0, ""), text)

    def test_bad_files_are_refused_by_both(self):
        for text in self.BAD:
            self.assertNotEqual(self.problems_of_schema(self.NAME, text), [], text)
            code, said = self.load_policy(text)
            self.assertEqual(code, 1, text)
            self.assertIn("policy.yaml:", said, text)

    def test_every_word_is_in_the_page(self):
        page = (ROOT / "docs/policy.md").read_text()
        for path in self.SECTIONS:
            for word in self.keys_of_schema(self.NAME, *path):
                self.assertTrue(re.search(rf"[`{{ ,]{word}[`:,}} ]", page), f"docs/policy.md does not have {word}")


RECIPE = """\
request: {url: https://a.b/, body: {json: {}}}
auth: {bearer: "${env:WAKESTREAM_TEST_VALUE}"}
webhook: {secrets: [whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=]}
answers: [{status: 200, means: park}]
network: {allow: [10.0.0.0/8]}
"""


def with_auth(auth):
    return RECIPE.replace('{bearer: "${env:WAKESTREAM_TEST_VALUE}"}', auth)


def with_batch(batch):
    return RECIPE.replace("{json: {}}", "event") + f"batch: {batch}\n"


class RecipeSchemaTest(SchemaTest):
    NAME = "recipe.schema.json"

    SECTIONS = {
        (): RECIPE + f"{NO_KEY}: 1\n",
        ("properties", "request"): RECIPE.replace("request: {", f"request: {{{NO_KEY}: 1, "),
        ("properties", "auth"): with_auth(f"{{bearer: a, {NO_KEY}: 1}}"),
        ("properties", "auth", "properties", "basic"): with_auth(f"{{basic: {{user: a, password: b, {NO_KEY}: 1}}}}"),
        ("properties", "auth", "properties", "hmac"): with_auth(f"{{hmac: {{key: a, header: b, {NO_KEY}: 1}}}}"),
        ("properties", "auth", "properties", "oauth2"): with_auth(
            f"{{oauth2: {{token_url: https://a.b/, client_id: a, client_secret: b, {NO_KEY}: 1}}}}"),
        ("properties", "webhook"): RECIPE.replace("webhook: {", f"webhook: {{{NO_KEY}: 1, "),
        ("properties", "answers", "items"): RECIPE.replace("[{", f"[{{{NO_KEY}: 1, "),
        ("properties", "network"): RECIPE.replace("network: {", f"network: {{{NO_KEY}: 1, "),
        ("properties", "batch"): with_batch(f"{{{NO_KEY}: 1, results: all}}"),
        ("properties", "batch", "properties", "results", "anyOf", 1): with_batch(f"{{results: {{{NO_KEY}: 1, status: a}}}}"),
        ("properties", "batch", "properties", "results", "anyOf", 1, "properties", "answers", "items"):
            with_batch(f"{{results: {{answers: [{{{NO_KEY}: 1, means: park}}]}}}}"),
    }

    GOOD = [
        RECIPE, "request: {url: https://a.b/}\n", "request: {url: 'https://a.b/${data.x}', method: PUT, headers: {X-A: 1, X-B: '${id}'}}\n",
        *(RECIPE.replace("{json: {}}", body) for body in (
            "event", "data", "none", "{form: {a: '${data.x}', b: 2}}", "{json: [1, {a: '${data.x}'}, null, true]}")),
        *map(with_auth, (
            "{basic: {user: a, password: b}}", "{hmac: {key: a, header: X-Sig}}",
            "{hmac: {key: a, header: X-Sig, digest: sha512, encoding: base64, prefix: v1=, timestamp_header: X-Time}}",
            "{oauth2: {token_url: https://a.b/t, client_id: a, client_secret: b, scope: c, audience: d, credentials_in: body}}")),
        *(RECIPE.replace("{status: 200, means: park}", rule) for rule in (
            "{status: 4xx, means: unknown}", "{status: [200, 500-502], means: retry}", "{status: 200, field: a.0, is: [1, b], means: delivered}",
            "{status: 200, field: a, means: throttle}", "{status: 410, field: a, is: b, means: disable}")),
        RECIPE.replace("{allow: [10.0.0.0/8]}", "{plain_http: true, ca_file: a, client_cert_file: b, client_key_file: c,"
                       " client_key_password: '${env:WAKESTREAM_TEST_VALUE}', proxy: 'http://a:1', connect_timeout_s: 1, timeout_s: 300,"
                       " in_flight_max: '${env:WAKESTREAM_TEST_VALUE}', answer_bytes_max: 1MiB}"),
        *map(with_batch, (
            "{results: all}", "{results: all, items_max: '${env:WAKESTREAM_TEST_VALUE}', bytes_max: 1MiB, body: lines}",
            "{results: {status: a.b}, items_max: 1, bytes_max: 4096, body: list}", "{results: {answers: [{means: delivered}]}}",
            "{results: {list: a, id: b, echoes: '${type}', status: c, unnamed: retry, answers: [{status: 4xx, field: d, is: e, means: park}]},"
            " body: {json: {a: '${id}', b: ['${items}']}}}",
            "{results: {list: a, index: b.0, unnamed: delivered, answers: [{field: c, means: throttle}]}}")),
    ]

    BAD = [
        "- a\n", "auth: {bearer: a}\n", RECIPE.replace("url: https://a.b/", "method: PUT"), RECIPE.replace("https://a.b/", "a.b/"),
        RECIPE.replace("https://a.b/", "'https://${data.host}/'"), RECIPE.replace("https://a.b/", "'https://u:p@a.b/'"),
        RECIPE.replace("{url", "{method: SEND, url"), RECIPE.replace("{url", "{headers: {'X Y': a}, url"), RECIPE.replace("{url", "{headers: {X: [a]}, url"),
        *(RECIPE.replace("{json: {}}", body) for body in ("all", "{xml: a}", "{json: 1, form: {}}", "{form: [a]}", "{form: {a: [b]}}")),
        *map(with_auth, ("{}", "token", "{bearer: a, basic: {user: a, password: b}}", "{basic: {user: a}}", "{basic: {user: 'a:b', password: c}}",
                         "{hmac: {key: a}}", "{hmac: {key: a, header: b, digest: md5}}", "{oauth2: {client_id: a, client_secret: b}}",
                         "{oauth2: {token_url: a.b, client_id: a, client_secret: b}}")),
        RECIPE.replace("whsec_AAE", "AAE"), "request: {url: https://a.b/}\nwebhook: {}\n", "request: {url: https://a.b/}\nwebhook: {secrets: []}\n",
        *(RECIPE.replace("{status: 200, means: park}", rule) for rule in (
            "{}", "{status: 200}", "{means: park}", "{status: 600, means: park}", "{status: [], means: park}", "{status: 200, means: done}",
            "{status: 200, is: a, means: park}", "{status: 200, field: a..b, means: park}", "{status: 200, field: a, is: {a: b}, means: park}", "a")),
        "request: {url: https://a.b/}\nanswers: {status: 200}\n",
        *(RECIPE.replace("{allow: [10.0.0.0/8]}", network) for network in (
            "none", "{allow: []}", "{allow: [localhost]}", "{plain_http: maybe}", "{proxy: 'socks5://a'}", "{timeout_s: 0}", "{timeout_s: 301}",
            "{in_flight_max: many}", "{answer_bytes_max: 1TB}")),
        *map(with_batch, (
            "{}", "lines", "{results: none}", "{results: all, items_max: 0}", "{results: all, items_max: 1001}", "{results: all, bytes_max: 100}",
            "{results: all, body: array}", "{results: all, body: {form: {}}}", "{results: {}}", "{results: {list: a..b, status: c}}",
            "{results: {id: a, index: b, status: c}}", "{results: {echoes: '${subject}', status: c}}", "{results: {id: a, echoes: x, status: c}}",
            "{results: {unnamed: delivered, status: c}}", "{results: {id: a, unnamed: fine, status: c}}", "{results: {answers: [{status: 200}]}}",
            "{results: {answers: {means: park}}}")),
    ]

    def load_recipe(self, text):
        path = self.folder / "recipe.yaml"
        path.write_text(text)
        done = subprocess.run([BINARY, "consumer", "try", path, "--event", "-", "--log-format", "text"], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "WAKESTREAM_TEST_VALUE": "7"}, input='{"id": "i", "type": "customer.x", "data": {"x": 1}}\n')
        return done.returncode, done.stderr

    def test_every_key_that_the_program_knows_is_in_the_schema_and_no_other(self):
        for path, text in self.SECTIONS.items():
            self.assertEqual(self.known_keys(self.load_recipe(text)[1]), self.keys_of_schema(self.NAME, *path), path)
            self.assertNotEqual(self.problems_of_schema(self.NAME, text), [], path)

    def test_good_files_are_good_to_both(self):
        for text in self.GOOD:
            self.assertEqual(self.problems_of_schema(self.NAME, text), [], text)
            self.assertEqual(self.load_recipe(text), (0, ""), text)
        for path in sorted((ROOT / "examples/recipes").glob("*.yaml")):
            self.assertEqual(self.problems_of_schema(self.NAME, path.read_text()), [], path)

    def test_bad_files_are_refused_by_both(self):
        for text in self.BAD:
            self.assertNotEqual(self.problems_of_schema(self.NAME, text), [], text)
            code, said = self.load_recipe(text)
            self.assertEqual(code, 1, text)
            self.assertIn("recipe.yaml:", said, text)

    def test_every_word_is_in_the_page(self):
        page = (ROOT / "docs/consumers.md").read_text()
        for path in self.SECTIONS:
            for word in self.keys_of_schema(self.NAME, *path):
                self.assertTrue(re.search(rf"[`{{ ,]{word}[`:,}} ]", page), f"docs/consumers.md does not have {word}")


if __name__ == "__main__":
    unittest.main()
