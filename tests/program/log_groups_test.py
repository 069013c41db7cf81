"""`wakestream log`: a consumer that is gone holds the log's retention, until a person lets the log forget it."""

import json
import sqlite3
import unittest

from pipeline import ProgramTest


class LogGroupsTest(ProgramTest):
    def log(self, *words, code=0, config=None):
        done = self.command("log", *words, config=config)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def test_a_group_is_listed_and_forgotten(self):
        self.born_and_stopped()
        self.assertIn("no consumer group has committed", self.log("groups"))
        # As a role of that name would have left it, long ago.
        file = sqlite3.connect(self.place / "log/capture.sqlite")
        topic = f"wakestream.{self._pipeline()}.events"
        with file:
            file.execute("INSERT INTO consumed VALUES ('deliver.crm', ?, 0, 0)", (topic,))
            file.execute("INSERT INTO consumed_at VALUES ('deliver.crm', 1700000000000)")
        file.close()
        text = self.log("groups")
        self.assertIn(f"deliver.crm  {topic}/0: reads offset 0 next, 1 record(s) unread; last commit ", text)
        self.assertRegex(text, r"\d+ days ago")
        found = json.loads(self.log("groups", "--json"))
        self.assertEqual((found["group"], found["next_offset"], found["end_offset"], found["unread"]), ("deliver.crm", 0, 1, 1))

        self.assertIn("is it deliver.crm?", self.log("forget-group", "deliver.crn", "--yes", code=1))
        self.assertIn("nothing was changed. With --yes", self.log("forget-group", "deliver.crm"))
        self.assertIn("deliver.crm", self.log("groups"))
        program = self.start_streaming(name="again")
        self.assertIn(f"(pid {program.pid}): end that process", self.log("forget-group", "deliver.crm", "--yes", code=75))
        program.stop()
        self.assertIn("forgotten", self.log("forget-group", "deliver.crm", "--yes", "--why", "the CRM was switched off"))
        noted, = (record["value"] for record in self.tail("control"))
        self.assertEqual((noted["command"], noted["group"], noted["why"]), ("forget_group", "deliver.crm", "the CRM was switched off"))
        self.assertIn("no consumer group", self.log("groups"))

    def test_on_kafka_it_names_kafkas_own_tool(self):
        config = self.configure(log='kafka: { brokers: "127.0.0.1:1" }')
        self.assertIn("kafka-consumer-groups.sh --bootstrap-server 127.0.0.1:1 --describe --all-groups", self.log("groups", code=1, config=config))
        self.assertIn("--delete --group crm", self.log("forget-group", "crm", code=1, config=config))


if __name__ == "__main__":
    unittest.main()
