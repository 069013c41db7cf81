"""Rows that became no event: listed, looked at, and replayed after the mend, once."""

import json
import signal
import subprocess
import unittest

from pipeline import ProgramTest

HEAD = "new.account_id, new.version, new.banner, new.jurisdiction, new.consent"
BROKEN = (f"CREATE VIEW customer.ranked AS SELECT {HEAD}, new.tier::integer AS rank "
          "FROM graph.account WHERE op = 'INSERT';\n"
          f"CREATE VIEW customer.created AS SELECT {HEAD}, new.email FROM graph.account WHERE op = 'INSERT';\n")
MENDED = BROKEN.replace("new.tier::integer AS rank",
                        "CASE WHEN new.tier IN ('1', '2', '3') THEN new.tier::integer ELSE 0 END AS rank")
SECRET = "somebody@example.com"


class QuarantineTests:
    def setUp(self):
        super().setUp()
        self.rule_file = self.rules(BROKEN)
        self.config = self.configure(rules=self.rule_file, log=self.log_section())

    def log_section(self):
        return None

    def rows_with_tiers(self, *tiers):
        for tier in tiers:
            self.database.do("INSERT INTO graph.account (banner, jurisdiction, consent, email, version, tier) "
                             f"VALUES ('banner-a', 'DE', '{{}}', '{SECRET}', 1, '{tier}')")

    def lines(self, *words, code=0):
        done = self.command(*words)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def with_three_in_quarantine(self):
        program = self.start_streaming()
        self.rows_with_tiers("1", "gold", "silver", "gold")
        self.database.wait_until_confirmed(program)
        return program

    def mend(self):
        self.rule_file.write_text(MENDED)
        self.assertEqual(self.command("rules", "reload").returncode, 0)

    def ranked(self):
        return [event for event in self.tail() if event["headers"]["ce_type"] == "customer.ranked"]

    def test_list_groups_by_cause_and_shows_no_values(self):
        self.with_three_in_quarantine()
        cause, = self.lines("quarantine", "list", "--json")
        self.assertEqual((cause["rule"], cause["table"], cause["column"], cause["waiting"]),
                         ("customer.ranked", "graph.account", "rank", 3))
        for words in (["list"], ["list", "--json"], ["show"]):
            done = self.command("quarantine", *words)
            self.assertIn("customer.ranked", done.stdout)
            self.assertNotIn(SECRET, done.stdout + done.stderr)
            self.assertNotIn("gold", done.stdout + done.stderr)

    def test_values_are_shown_on_request_and_the_request_is_on_record(self):
        program = self.with_three_in_quarantine()
        self.assertEqual(self.command("quarantine", "show", "--values").returncode, 2)
        row, = self.lines("quarantine", "show", "--values", "--why", "ticket 4711", "--limit", "1")
        self.assertEqual((row["row"]["after"]["tier"], row["row"]["after"]["email"]), ("gold", SECRET))
        asked, = (record["value"] for record in self.tail("control"))
        self.assertEqual((asked["command"], asked["why"]), ("show_values", "ticket 4711"))
        self.assertTrue(asked["who"])
        self.wait_for_event(program, "values_shown")

    def test_replay_gives_each_row_its_event_once_and_marks_it_as_late(self):
        program = self.with_three_in_quarantine()
        before = self.ranked()
        self.assertEqual(len(before), 1)
        self.assertEqual(self.lines("replay", "--from", "quarantine"),
                         [{"outcome": "done", "replayed": 0, "no_event": 0, "left": 3}], "the rule is not mended")
        self.mend()
        self.assertEqual(self.lines("replay", "--from", "quarantine", "--dry-run"),
                         [{"outcome": "dry run", "replayed": 3, "no_event": 0, "left": 0}])
        self.assertEqual(len(self.ranked()), 1, "a dry run writes nothing")
        self.assertEqual(self.lines("status", "--json")[0]["quarantine"]["by_name"], {"customer.ranked": 3})
        self.assertEqual(self.lines("replay", "--from", "quarantine", "--why", "rule mended"),
                         [{"outcome": "done", "replayed": 3, "no_event": 0, "left": 0}])
        self.assertEqual(self.lines("replay", "--from", "quarantine"),
                         [{"outcome": "done", "replayed": 0, "no_event": 0, "left": 0}])
        self.rows_with_tiers("2")
        self.database.wait_until_confirmed(program)
        events = self.ranked()
        self.assertEqual([event["value"]["rank"] for event in events], [1, 0, 0, 0, 2])
        self.assertEqual([event["headers"].get("ce_late") for event in events], [None, "true", "true", "true", None])
        ids = [event["headers"]["ce_id"] for event in events]
        self.assertEqual((len(set(ids)), sorted(ids)), (5, ids), "the ids are those of the changes")
        sequences = [event["headers"]["ce_sequence"] for event in events]
        self.assertEqual(sequences, sorted(set(sequences)), "the sequence is the order in the log")
        self.assertEqual(self.lines("status", "--json")[0]["quarantine"]["count"], 0)
        self.assertEqual(self.lines("quarantine", "show"), [])
        self.assertEqual(len(self.lines("quarantine", "show", "--resolved")), 3)
        cause, = self.lines("quarantine", "list", "--json")
        self.assertEqual((cause["waiting"], cause["resolved"]), (0, 3))

    def test_a_replay_may_be_narrowed(self):
        self.with_three_in_quarantine()
        self.mend()
        self.assertEqual(self.lines("replay", "--from", "quarantine", "--rule", "customer.moved")[0]["replayed"], 0)
        self.assertEqual(self.lines("replay", "--from", "quarantine", "--table", "graph.other")[0]["replayed"], 0)
        self.assertEqual(self.lines("replay", "--from", "quarantine", "--rule", "customer.ranked",
                                    "--table", "graph.account")[0]["replayed"], 3)

    def test_rows_whose_rule_is_gone_stay(self):
        self.with_three_in_quarantine()
        self.rule_file.write_text(BROKEN[BROKEN.index("CREATE VIEW customer.created"):])
        self.assertEqual(self.command("rules", "reload").returncode, 0)
        self.assertEqual(self.lines("replay", "--from", "quarantine")[0]["left"], 3)
        self.assertEqual(len(self.lines("quarantine", "show")), 3)

    def test_a_replay_in_many_steps_survives_sigkill_and_gives_every_event_once(self):
        program = self.start_streaming()
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, version, tier) "
                         "SELECT 'banner-a', 'DE', 1, 'gold' FROM generate_series(1, 4000)")
        self.database.wait_until_confirmed(program)
        self.mend()
        giver = subprocess.Popen([*self.command_words("replay", "--from", "quarantine", "--timeout", "60")],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(giver.kill)
        for count in range(2, 5):
            self.wait_for_event(program, "quarantine_replayed", count=count - 1)
            program.signal(signal.SIGKILL)
            program.wait(10)
            program.start()
            self.wait_for_event(program, "streaming", count=count)
        printed, said = giver.communicate(timeout=90)
        self.assertEqual(giver.returncode, 0, said)
        self.assertEqual(json.loads(printed)["replayed"], 4000)
        ids = [event["headers"]["ce_id"] for event in self.ranked()]
        self.assertEqual((len(ids), len(set(ids))), (4000, 4000))


class QuarantineOnTheEmbeddedLog(QuarantineTests, ProgramTest):
    pass


class QuarantineOnKafka(QuarantineTests, ProgramTest):
    with_kafka = True

    def log_section(self):
        return self.kafka_log(event_partitions=1)


if __name__ == "__main__":
    unittest.main()
