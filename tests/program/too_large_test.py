"""A topic takes less than it did: what does not fit goes to quarantine, in its place, and all the rest is in the log once."""

import json
import subprocess

from pipeline import VENV, ProgramTest, wait_until

SET_LIMIT = """
import sys
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource
limit = ConfigEntry("max.message.bytes", sys.argv[2], incremental_operation=AlterConfigOpType.SET)
admin = AdminClient({"bootstrap.servers": sys.argv[1]})
for topic in sys.argv[3:]:
    for done in admin.incremental_alter_configs([ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[limit])]).values():
        done.result(20)
"""
LIMIT = 20_000
LARGE = "x" * (2 * LIMIT)


class TooLargeTest(ProgramTest):
    with_kafka = True

    def setUp(self):
        super().setUp()
        self.config = self.configure(log=self.kafka_log(event_partitions=1))

    def limit(self, *topics, limit_bytes=LIMIT):
        subprocess.run([VENV, "-c", SET_LIMIT, self.kafka.brokers, str(limit_bytes),
                        *(f"wakestream.{self._pipeline()}.{topic}" for topic in topics)], check=True, stdin=subprocess.DEVNULL)

    def small_and_large_in_one_transaction(self):
        """The keys of the small ones and of the large one."""
        insert = ("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) "
                  "SELECT 'banner-a', 'DE', '{}', email, 1 FROM unnest(%s::text[]) AS email RETURNING account_id::text")
        connection = self.database.connect()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(insert, (["a@example.com"] * 300 + [LARGE] + ["b@example.com"] * 300,))
                keys = [key for key, in cursor.fetchall()]
        finally:
            connection.close()
        return keys[:300] + keys[301:], keys[300]

    def assert_in_its_place(self, program, expected, large):
        self.database.wait_until_confirmed(program)
        self.assertIsNone(program.exit_code(), program.last_words())
        program.stop()
        self.assertEqual([event["key"] for event in self.tail(until_idle_s=2)], expected)
        row, = self.tail("quarantine", until_idle_s=2)
        headers = row["headers"]
        self.assertRegex(headers["reason"], rf"^the event has \d+ bytes, and the log takes records of at most {LIMIT}$")
        self.assertEqual((headers["table"], headers["rule"], headers["account"], headers["row"]),
                         ("graph.account", "customer.created", large, "left out: too large"))
        self.assertRegex(headers["hash"], "^[0-9A-F]{32}$")
        self.assertNotIn(LARGE[:100], json.dumps(row))
        shown = json.loads(self.command("quarantine", "show").stdout)
        self.assertEqual((shown["hash"], "account" in shown), (headers["hash"], False))

    def test_a_limit_that_was_lower_from_the_start(self):
        self.start_streaming(name="first").stop()
        self.limit("events", "quarantine")
        program = self.start_streaming()
        small, large = self.small_and_large_in_one_transaction()
        self.assert_in_its_place(program, small, large)
        self.assertEqual(self.said(program, "back_to_start"), [])

    def test_a_limit_that_is_lowered_while_it_runs(self):
        program = self.start_streaming()
        before = self.database.new_account()
        self.database.wait_until_confirmed(program)
        self.limit("events")
        small, large = self.small_and_large_in_one_transaction()
        wait_until("it begins anew", lambda: self.said(program, "back_to_start"), 20)
        self.wait_for_event(program, "streaming", count=2)
        self.assertIn("a topic takes less than it did when this was mapped", self.said(program, "back_to_start")[0]["message"])
        self.assert_in_its_place(program, [before, *small], large)

    def test_a_checkpoint_that_does_not_fit_is_a_matter_for_a_person(self):
        program = self.start_streaming()
        self.limit("checkpoint", limit_bytes=200)
        self.database.new_account()
        self.assertIn("max.message.bytes of the topic", self.refusal_of(program, 60))
