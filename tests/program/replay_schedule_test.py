"""A consumer that refuses everything for a while: an alert tells of it, and a schedule has what waits tried again, over a restart."""

import json
import unittest

from delivery_case import DeliveryCase
from delivery_receiver import Fault
from pipeline import MonitoredTest, wait_until

LANES = 8
PATTERNS = "wakestream_failure_patterns_of_consumer"


class ScheduleTests:
    # Waits for the next minute of the real clock, once.
    def test_what_a_broken_consumer_refused_goes_out_by_its_schedule_and_an_alert_tells_of_it(self):
        replay = {"schedule": "* * * * *", "types": ["customer.email_changed"], "times_max": 5}
        self.deliver_to(crm=self.by_http("crm", replay=replay), more=["metrics:", f"  listen: {self.port}"])
        program = self.start_delivering("crm")
        accounts = [self.account() for _ in range(LANES)]
        self.wait_until_taken("crm", self.due(program), program)
        self.assertEqual(self.patterns(), 0)

        self.receiver.plan(Fault("400", "crm"))
        for account in accounts:
            self.update(account, email="canary@example.com")
        alert = program.wait_for_event("failure_pattern", 40)
        self.assertEqual({name: alert[name] for name in ("level", "consumer", "type", "lanes", "cause")},
                         {"level": "error", "consumer": "crm", "type": "customer.email_changed", "lanes": alert["lanes"], "cause": "consumer-side"})
        self.assertIn("400", alert["error"])
        self.assertRegex(alert["since"], r"^\d{4}-\d\d-\d\dT")
        wait_until("the metric says so", lambda: self.patterns() == 1, 20)
        wait_until("all are parked", lambda: len({one.account for one in self.receiver.requests("crm") if one.answer == "400"}) == LANES, 20)
        self.assertEqual(len(program.said("failure_pattern")), 1, "once, whatever was tried since")

        program.stop()
        self.receiver.plan()
        program.start()
        wait_until("it is told once more after a start", lambda: len(program.said("failure_pattern")) == 2, 60)
        due = self.due(program, sees=lambda _, payload: payload)
        self.wait_until_taken("crm", due, program)
        wait_until("it is over", lambda: program.said("failure_pattern_over"), 40)
        wait_until("the metric says so", lambda: self.patterns() == 0, 20)
        self.assertEqual(len(program.said("failure_pattern")), 2)
        program.stop()
        self.judge("crm", due)
        self.assertFalse([line for line in map(json.dumps, program.said("failure_pattern")) if "canary" in line or accounts[0] in line])

        # Until it was mended three went first and failed, at each minute; then three, and all others behind them.
        decisions = [json.loads(value) for _, _, value, _ in self.log_rows("decisions.crm", "deliver.crm")]
        self.assertEqual({(one["who"], one["command"], one["outcome"]) for one in decisions}, {("schedule", "replay", "done")})
        self.assertEqual([(one["why"], one["moved"]) for one in decisions][-2:], [("* * * * * (probe)", 3), ("* * * * *", LANES - 3)])
        self.assertEqual({(one["why"], one["moved"]) for one in decisions[:-1]}, {("* * * * * (probe)", 3)})

    def patterns(self):
        return self.metric(PATTERNS, consumer="crm")


class EmbeddedSchedule(ScheduleTests, DeliveryCase, MonitoredTest):
    pass


class KafkaSchedule(ScheduleTests, DeliveryCase, MonitoredTest):
    with_kafka = True


if __name__ == "__main__":
    unittest.main()
