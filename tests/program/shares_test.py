"""A consumer whose partitions are shared by several instances: they come, go and die under load, and commands reach all shares."""

import json
import signal
import subprocess
import time
import unittest

from delivery_case import Changes, DeliveryCase
from delivery_receiver import Fault
from pipeline import VENV, wait_until

SHARES = 4


class SharesCase(DeliveryCase):
    with_kafka = True

    def kafka_log(self, **more):
        return super().kafka_log(event_partitions=SHARES, **more)

    def deliver(self, shares=SHARES, **settings):
        self.deliver_to(crm=self.by_http("crm", **({"shares": shares} if shares > 1 else {}), **settings))

    def second(self, name="second", failpoint=None):
        """Another instance of the role alone: the same configuration, but for the file in which a machine keeps the context."""
        config = self.place / f"{name}.yaml"
        config.write_text(self.config.read_text().replace("context.sqlite", f"context-{name}.sqlite"))
        program = self.program(config, name)
        program.words = ["--role", "deliver"]
        program.start(failpoint)
        return program

    def shares_of(self, program):
        """Those that it has now, by what it said."""
        mine = set()
        for line in program.said():
            if line["event"] == "share_given":
                mine.add(line["share"])
            elif line["event"] == "share_taken":
                mine.discard(line["share"])
        return mine

    def wait_for_shares(self, deadline_s=60, **counts):
        """By name of the program how many each is to have; together they are all."""
        programs = {program.log_path.stem: program for program in self.programs}
        def fit():
            held = {name: self.shares_of(programs[name]) for name in counts}
            return {name: len(shares) for name, shares in held.items()} == counts and len(set().union(*held.values())) == SHARES
        said = lambda: {name: program.last_words(8) for name, program in programs.items()}
        wait_until(f"the shares are divided so: {counts}; {said()}", fit, deadline_s, 0.2)

    def start_first(self):
        program = self.start(self.config, "first")
        program.wait_for_event("context_filled", 60)
        self.wait_for_shares(first=SHARES)
        self.wait_until_delivering(program, "crm", lives=SHARES)
        return program

    def is_replaced_and_lives_on(self, second, first):
        """It stands still; the first delivers its shares, and then it goes on."""
        self.addCleanup(second.signal, signal.SIGCONT)
        self.wait_for_shares(first=SHARES)
        self.wait_until_delivering(first, "crm", lives=SHARES + 2)
        time.sleep(2)
        second.signal(signal.SIGCONT)
        # It was told nothing, and believes that it has two shares: what it commits is refused.
        self.wait_for_shares(first=2, second=2)


class KafkaShares(SharesCase):
    def test_an_instance_that_comes_gets_its_part_and_one_that_dies_or_stops_leaves_it_to_the_other(self):
        self.receiver.plan(Fault("500", share=0.05), Fault("slow", share=0.05))
        self.deliver()
        first = self.start_first()
        accounts = [self.account() for _ in range(60)]
        changes = Changes(self.database, accounts, per_s=100)
        time.sleep(2)

        second = self.second()
        self.wait_for_shares(first=2, second=2)
        self.wait_until_delivering(second, "crm", lives=2)
        before = {one.id for one in self.receiver.taken("crm")}
        time.sleep(3)
        second.kill()
        # Nobody says that it is gone: the group finds out.
        self.wait_for_shares(first=SHARES)
        self.assertGreater(len({one.id for one in self.receiver.taken("crm")} - before), 50)

        third = self.second("third")
        self.wait_for_shares(first=2, third=2)
        # Where the second died in the middle of a transaction, Kafka's time limit for that is waited for.
        self.wait_until_delivering(third, "crm", lives=2)
        time.sleep(2)
        third.stop(30)
        self.wait_for_shares(first=SHARES)
        time.sleep(1)
        changes.stop()
        due = self.due(first, sees=lambda _, payload: payload)
        self.wait_until_settled("crm", due, first)
        first.stop(30)
        verdict = self.judge("crm", due)
        self.assertGreater(len(due), 500)
        for program in (second, third):
            self.assertTrue(program.said("delivering"))
        self.assertLess(verdict.repeated, len(due) / 5)

    def test_an_instance_that_is_cut_off_and_lives_on_sends_nothing_of_what_another_has_now(self):
        self.receiver.plan(Fault("slow", share=0.05))
        self.deliver()
        first = self.start_first()
        accounts = [self.account() for _ in range(60)]
        changes = Changes(self.database, accounts, per_s=100)
        second = self.second()
        self.wait_for_shares(first=2, second=2)
        self.wait_until_delivering(second, "crm", lives=2)
        time.sleep(2)

        second.signal(signal.SIGSTOP)
        self.is_replaced_and_lives_on(second, first)
        time.sleep(2)
        changes.stop()
        due = self.due(first, sees=lambda _, payload: payload)
        self.wait_until_settled("crm", due, first)
        for program in (first, second):
            program.stop(30)
        verdict = self.judge("crm", due)
        self.assertGreater(len(due), 500)
        self.assertLess(verdict.repeated, 100)

    def test_an_instance_that_stood_still_between_its_commit_and_its_requests_does_not_make_them(self):
        self.deliver()
        first = self.start_first()
        changes = Changes(self.database, [self.account() for _ in range(60)], per_s=100)
        second = self.second(failpoint="deliver_send_before:40:stop")
        wait_until("the second stands still with attempts in hand", second.is_stopped, 60, 0.02)
        self.is_replaced_and_lives_on(second, first)
        changes.stop()
        due = self.due(first, sees=lambda _, payload: payload)
        self.wait_until_settled("crm", due, first)
        for program in (first, second):
            program.stop(30)
        self.judge("crm", due)

    def test_commands_reach_all_shares_wherever_they_are(self):
        self.deliver()
        first = self.start_first()
        second = self.second()
        self.wait_for_shares(first=2, second=2)
        self.wait_until_delivering(second, "crm", lives=2)
        accounts = [self.account() for _ in range(40)]
        self.wait_until_taken("crm", self.due(first), first)

        # Dead letters.
        refused = frozenset(accounts[:20])
        self.receiver.plan(Fault("400", "crm", refused))
        for account in accounts:
            self.update(account, email="refused@example.com")
        due = self.due(first, sees=lambda _, payload: payload)
        self.wait_until_taken("crm", due, first, but=lambda one: one.account in refused)
        def parked():
            groups = [json.loads(line) for line in self.done("dlq", "list", "--json").splitlines()]
            return sum(group["lanes_parked"] for group in groups)
        wait_until("all of them are parked", lambda: parked() == len(refused), 60, 0.5)
        self.receiver.plan()
        sums = json.loads(self.replay("crm", "--dry-run").splitlines()[-1])
        self.assertEqual((sums["lanes"], sums["letters"]), (20, 20))
        replayed = json.loads(self.replay("crm"))
        self.assertEqual((replayed["outcome"], replayed["moved"]), ("done", 20), "of all shares")
        self.wait_until_taken("crm", due, first)
        def report():
            return json.loads(self.done("replay", "--consumer", "crm", "--report", replayed["id"]))
        wait_until("its report says so", lambda: (report()["moved"], report()["delivered"]) == (20, 20), 30, 0.5)
        self.assertEqual(self.done("dlq", "list", "--json"), "")

        # Pause, which a share keeps that goes to another instance.
        decisions = [json.loads(line) for line in self.done("consumer", "pause", "crm", "--why", "they move").splitlines()]
        self.assertEqual(sorted((one["outcome"], one["share"], one["shares"]) for one in decisions), [("done", share, SHARES) for share in range(SHARES)])
        def standing():
            return json.loads(self.done("consumer", "list", "--json"))
        self.assertTrue(standing()["paused"])
        second.stop(30)
        self.wait_for_shares(first=SHARES)
        self.wait_until_delivering(first, "crm", lives=SHARES + 2)
        came = len(self.receiver.requests("crm"))
        for account in accounts:
            self.update(account, email="paused@example.com")
        due = self.due(first, sees=lambda _, payload: payload)
        time.sleep(2)  # of silence
        self.assertEqual(len(self.receiver.requests("crm")), came)
        self.done("consumer", "resume", "crm")
        self.wait_until_taken("crm", due, first)
        wait_until("nothing is behind", lambda: standing()["paused"] is False and standing()["letters_waiting"] == 0, 30, 0.5)

        # Out of the log, each share its own.
        taken = len(self.receiver.taken("crm"))
        again = json.loads(self.done("replay", "--from", "log", "--consumer", "crm", "--type", "customer.created", "--why", "they lost them"))
        self.assertEqual(again["moved"], len(accounts))
        wait_until("they came once more", lambda: len(self.receiver.taken("crm")) == taken + len(accounts), 30)
        first.stop(30)

    def test_another_number_of_shares_is_refused_until_the_topic_is_deleted_and_then_everything_goes_on(self):
        self.deliver()
        first = self.start_first()
        accounts = [self.account() for _ in range(20)]
        self.wait_until_taken("crm", self.due(first), first)
        self.done("consumer", "pause", "crm", "--why", "before the change")
        first.stop(30)
        topic = f"wakestream.{self._pipeline()}.shares.crm"
        for shares in (1, 2):
            self.deliver(shares)
            program = self.start_role("deliver", name=f"with {shares}")
            self.assertEqual(program.wait(60), 1)
            said = program.said("deliver_refused")[-1]["message"]
            self.assertIn("stop all of them, delete the topic", said)
            self.assertIn(topic, said)
        self.delete_topic(topic)
        for shares in (1, 2):  # from one that is not divided there is none to delete
            self.deliver(shares)
            program = self.start(self.config, f"again with {shares}")
            self.wait_until_delivering(program, "crm", lives=shares)
            for account in accounts:
                self.update(account, email=f"{shares}@example.com")
            due = self.due(program, sees=lambda _, payload: payload)
            self.assertTrue(json.loads(self.done("consumer", "list", "--json"))["paused"], "it stays paused")
            self.done("consumer", "resume", "crm")
            self.wait_until_taken("crm", due, program)
            self.done("consumer", "pause", "crm", "--why", "before the next change")
            program.stop(30)
        verdict = self.judge("crm", due)
        self.assertEqual(verdict.repeated, 0)

    def delete_topic(self, topic):
        script = ("from confluent_kafka.admin import AdminClient\n"
                  f"admin = AdminClient({{'bootstrap.servers': '{self.kafka.brokers}'}})\n"
                  f"for done in admin.delete_topics(['{topic}']).values(): done.result(30)\n")
        subprocess.run([VENV, "-c", script], check=True, capture_output=True, text=True)
        # A broker may tell of it a moment longer.
        time.sleep(1)


class EmbeddedShares(DeliveryCase):
    def test_shares_need_kafka(self):
        self.deliver_to(crm=self.by_http("crm", shares=2))
        program = self.start(self.config)
        self.assertEqual(program.wait(20), 1)
        self.assertIn("consumers.crm.shares must be 1 with the embedded log", json.dumps(program.said()) + str(program.log_path.read_text()))


if __name__ == "__main__":
    unittest.main()
