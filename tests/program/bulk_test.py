"""Bulk changes: a backfill delays nobody's live changes, and a consumer that does not want it gets none of it."""

import unittest
from collections import Counter, defaultdict

from delivery_case import DeliveryCase
from pipeline import RULES, wait_until

BACKFILL = 20_000
LIVE = 100
BULK = ["bulk: {origins: [loader], message_prefix: wakestream.bulk}"]


class BulkTests:
    def marks(self):
        """ce_bulk of each event in the log, by account; None: it is live."""
        marks = defaultdict(list)
        for _, key, _, headers in self.log_rows("events", "capture"):
            marks[key].append(headers.get("ce_bulk"))
        return marks

    def in_one(self, *statements):
        """One transaction."""
        connection = self.database.connect()
        connection.autocommit = False
        with connection.cursor() as cursor:
            for statement, *values in statements:
                cursor.execute(statement, values)
        connection.commit()
        connection.close()

    def test_a_transaction_is_marked_by_its_origin_or_by_a_message_in_front_of_its_rows(self):
        self.deliver_to(more=BULK, crm=self.by_http("crm"))
        program = self.start_delivering("crm")
        by_origin, by_message, rolled_back, others, live = (self.account() for _ in range(5))
        email = "UPDATE graph.account SET email = %s WHERE account_id = %s"
        message = "SELECT pg_logical_emit_message(true, 'wakestream.bulk', %s)"
        self.in_one(("SELECT pg_replication_origin_create('loader')",), ("SELECT pg_replication_origin_create('other')",))
        self.in_one(("SELECT pg_replication_origin_session_setup('loader')",), (email, "b@example.com", by_origin))
        self.in_one(("SELECT pg_replication_origin_session_setup('other')",), (email, "b@example.com", others))
        self.in_one((email, "b@example.com", by_message), (message, "tiers"), (email, "c@example.com", by_message),
                    ("SELECT pg_logical_emit_message(true, 'theirs', 'x')",), (email, "d@example.com", by_message))
        self.in_one((message, "canary@example.com"), (email, "c@example.com", others))
        self.in_one(("SELECT pg_logical_emit_message(false, 'wakestream.bulk', 'not of a transaction')",),
                    ("SAVEPOINT here",), (message, "rolled-back"), ("ROLLBACK TO here",), (email, "b@example.com", rolled_back))
        self.in_one((email, "b@example.com", live),)
        due = self.due(program, sees=lambda _, payload: payload)
        self.wait_until_taken("crm", due, program)
        program.stop()
        marks = self.marks()
        self.assertEqual(marks[by_origin], [None, "loader"])
        self.assertEqual(marks[by_message], [None, None, "tiers", "tiers"], "only what stands behind the message")
        self.assertEqual(marks[others], [None, None, "wakestream.bulk"], "what is no name does not become a header")
        self.assertEqual(marks[rolled_back], [None, None])
        self.assertEqual(marks[live], [None, None])
        self.judge("crm", due)
        self.assertNotIn(b"ce_bulk", b"".join(one.head for one in self.receiver.requests()))

    def test_rows_are_marked_by_a_condition_of_their_rule_and_a_consumer_that_mutes_them_gets_the_others(self):
        self.database.do("ALTER TABLE graph.account ADD COLUMN loaded_by text")
        rules = self.rules(RULES.read_text() + "COMMENT ON VIEW customer.email_changed IS 'bulk: new.loaded_by = ''backfill''';\n")
        changed = ["customer.email_changed"]
        self.deliver_to(rules=rules, crm=self.by_http("crm", events=changed), esp=self.by_http("esp", events=changed, bulk="mute"))
        program = self.start_delivering("crm", "esp")
        accounts = [self.account() for _ in range(50)]
        backfilled = accounts[:40]
        self.in_one(("UPDATE graph.account SET email = 'b@example.com'",),
                    ("UPDATE graph.account SET email = 'c@example.com', loaded_by = 'backfill' WHERE account_id = ANY(%s::uuid[])", backfilled))
        for account in accounts:
            self.in_one(("UPDATE graph.account SET email = 'd@example.com', loaded_by = 'a person' WHERE account_id = %s", account))
        due = self.due(program, changed, sees=lambda _, payload: payload)
        self.wait_until_taken("crm", due, program)
        wait_until("esp has what is not muted", lambda: len(self.receiver.taken("esp")) == 2 * len(accounts), 60)
        program.stop()
        self.judge("crm", due)  # who does not mute them has them all, each account in order
        marks = self.marks()
        for account in accounts:
            self.assertEqual(marks[account], [None, None, *(["customer.email_changed"] if account in backfilled else []), None])
            self.assertEqual([request.data["email"] for request in self.receiver.requests("esp") if request.account == account],
                             ["b@example.com", "d@example.com"], "those that the rule does not mark, also of one transaction")
        self.assertEqual(Counter(note.get("fate") for note in self.receipts("esp") if note["kind"] == "withheld"), {"muted": 40})

    def test_live_changes_arrive_while_most_of_a_backfill_waits_and_all_of_it_arrives_in_order(self):
        changed = ["customer.email_changed"]
        self.deliver_to(more=BULK, crm=self.by_http("crm", events=changed), esp=self.by_http("esp", events=changed, bulk="mute"))
        program = self.start_delivering("crm", "esp")
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) "
                         f"SELECT 'banner-a', 'DE', '{{\"email\": true}}', 'a@example.com', 1 FROM generate_series(1, {BACKFILL // 2})")
        live = [self.account() for _ in range(LIVE)]
        one = self.database.value("SELECT account_id::text FROM graph.account WHERE NOT account_id = ANY(%s::uuid[]) LIMIT 1", live)
        backfill = "UPDATE graph.account SET email = %s WHERE NOT account_id = ANY(%s::uuid[])"
        self.in_one(("SELECT pg_logical_emit_message(true, 'wakestream.bulk', 'emails')",),
                    (backfill, "b@example.com", live), (backfill, "c@example.com", live))
        for account in live:
            self.update(account, email="live@example.com")
        self.update(one, email="live@example.com")
        due = self.due(program, changed, sees=lambda _, payload: payload)
        self.wait_until_taken("crm", due, program, deadline_s=300)
        program.stop()
        self.judge("crm", due)  # each account in order, none lost, none twice
        self.assertEqual(Counter(mark for of_account in self.marks().values() for mark in of_account if mark), {"emails": BACKFILL})

        came = self.receiver.requests("crm")
        last = max(number for number, request in enumerate(came) if request.account in set(live))
        waiting = sum(request.account not in set(live) for request in came[last:])
        print(f"  {waiting} of {BACKFILL} were still to come when the last live change arrived")
        self.assertGreater(waiting, BACKFILL // 2)
        self.assertEqual([request.data["email"] for request in came if request.account == one],
                         ["b@example.com", "c@example.com", "live@example.com"], "a live change of the same account stays behind it")
        self.assertEqual(self.done("dlq", "list", "--json"), "")

        self.assertEqual({request.data["email"] for request in self.receiver.requests("esp")}, {"live@example.com"})
        notes = self.receipts("esp")
        self.assertEqual(Counter((note["kind"], note.get("fate")) for note in notes if note["kind"] != "intent"),
                         {("withheld", "muted"): BACKFILL, ("outcome", "delivered"): LIVE + 1})
        self.assertEqual({note["reason"] for note in notes if note["kind"] == "withheld"}, {"bulk, muted"})


class BulkOnEmbeddedTest(BulkTests, DeliveryCase):
    with_kafka = False


class BulkOnKafkaTest(BulkTests, DeliveryCase):
    with_kafka = True


if __name__ == "__main__":
    unittest.main()
