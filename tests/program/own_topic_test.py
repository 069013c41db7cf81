"""A consumer that has a topic of its own in the log: what it may see of each event, exactly once, however the program ends."""

import json
import random
import time
import unittest
from collections import Counter, defaultdict

from delivery_case import Changes, DeliveryCase, esp_sees
from pipeline import wait_until


class OwnTopicTests:
    def rows(self):
        return [(key, json.loads(value), headers) for _, key, value, headers in self.log_rows(self.topic, "deliver.esp", private=False)]

    def test_each_event_is_there_once_in_order_and_redacted_however_often_it_is_killed(self):
        self.topic = f"warehouse.{self._pipeline()}"
        self.deliver_to(esp={"topic": self.topic})
        capture = self.start_role("capture")
        capture.wait_for_event("context_filled", 60)
        accounts = [self.account(consent='{"email": %s}' % ("true" if number % 2 else "false"), jurisdiction="DE") for number in range(20)]
        withheld = self.account(jurisdiction="nowhere", email="canary@example.com")
        deliver = self.start_role("deliver")
        self.wait_until_delivering(deliver, "esp")
        changes = Changes(self.database, accounts, per_s=100)
        choice = random.Random(3)
        for failpoint in ("deliver_commit_before", "deliver_commit_after", None) * 2:
            deliver.kill()
            deliver.start(failpoint and f"{failpoint}:{choice.randint(2, 6)}")
            if failpoint:
                wait_until(f"it was killed at {failpoint}: {deliver.last_words()}", lambda: deliver.exit_code() == -9, 60)
            else:
                time.sleep(choice.random())
        changes.stop()
        deliver.kill()
        deliver.start()
        due = [one for one in self.due(capture) if one.account != withheld]
        wait_until("all of it is there", lambda: len(self.rows()) >= len(due), 60, 0.5)
        deliver.stop()

        rows = self.rows()
        self.assertGreater(len(due), 100)
        self.assertEqual(Counter(headers["ce_id"] for _, _, headers in rows), Counter(one.id for one in due), "none lost, none twice")
        seen, wanted = defaultdict(list), defaultdict(list)
        for key, _, headers in rows:
            seen[key].append(headers["ce_sequence"])
            self.assertEqual(headers["ce_subject"], key)
            self.assertNotIn("ce_table", headers)
        for one in due:
            wanted[one.account].append(one.id)
        self.assertEqual(seen, wanted, "each account in order")
        private = {headers["ce_id"]: (headers["ce_type"], json.loads(value)) for _, _, value, headers in self.log_rows("events", "capture")}
        for _, value, headers in rows:
            self.assertEqual(value, esp_sees(*private[headers["ce_id"]]))
        self.assertNotIn("canary", json.dumps(rows))
        fates = Counter(one["fate"] for one in self.receipts("esp") if one["kind"] != "intent")
        self.assertEqual(fates, {"delivered": len(due), "withheld": 1})

    def test_another_consumers_topic_and_a_public_one_are_refused(self):
        self.deliver_to(esp={"topic": "customer.esp"}, crm={"topic": "customer.esp"})
        found = json.loads(self.command("check", "--json").stdout)["findings"]
        said = str([one for one in found if one["id"] == "delivery_invalid"])
        self.assertIn("topics that begin with customer. are the public ones", said)
        self.assertIn("consumers.crm.topic is that of consumers.esp too", said)


class EmbeddedOwnTopic(OwnTopicTests, DeliveryCase):
    with_kafka = False


class KafkaOwnTopic(OwnTopicTests, DeliveryCase):
    with_kafka = True


if __name__ == "__main__":
    unittest.main()
