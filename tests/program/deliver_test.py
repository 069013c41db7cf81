"""Deliveries: each consumer gets what it may see, each account in order, whatever its receiver does and however the program ends."""

import json
import random
import sqlite3
import sys
import time
import unittest

from delivery_case import BATCH, ESP_EVENTS, Changes, DeliveryCase, esp_sees
from delivery_receiver import Fault
from parts import HERE as CRASH, Reader
from pipeline import VENV, wait_until

ALL_SORTS = [Fault("500", share=0.10), Fault("cut", share=0.04), Fault("dropped", share=0.04), Fault("inside", share=0.04),
             Fault("late", share=0.01), Fault("429", share=0.005)]
OF_BATCHES = [Fault("item busy", share=0.1), Fault("item missing", share=0.1), Fault("500", share=0.05), Fault("cut", share=0.05),
              Fault("dropped", share=0.05), Fault("inside", share=0.05)]
KILLED_AT = ["deliver_commit_before", "deliver_commit_after", "deliver_send_before", "deliver_send_after", "deliver_outcome"]


class DeliveryTests:
    # --- order, completeness, what each may see

    def test_each_consumer_gets_all_that_is_its_own_in_order_and_no_more_than_it_may_see(self):
        self.deliver_to(crm=self.by_http("crm"), esp=self.by_http("esp", events=ESP_EVENTS, banners=["banner-a"]))
        program = self.start_delivering("crm", "esp")
        accounts = [self.account(f"banner-{'ab'[number % 2]}", consent='{"email": %s}' % ("true" if number % 3 else "false")) for number in range(30)]
        changes = Changes(self.database, accounts)
        time.sleep(3)
        changes.stop()
        crm = self.due(program, sees=lambda _, payload: payload)
        esp = self.due(program, ESP_EVENTS, ["banner-a"], esp_sees)
        self.wait_until_taken("crm", crm, program)
        self.wait_until_taken("esp", esp, program)
        program.stop()
        self.judge("crm", crm)
        self.judge("esp", esp)
        self.assertGreater(len(crm), 200)
        self.assertGreater(len(crm), len(esp))
        self.assert_one_at_a_time("crm")
        self.assertFalse([one for one in self.receiver.requests() if one.answer != "ok"])
        sums = {line["consumer"]: line for line in program.said("deliver_stopped")}
        self.assertEqual({consumer: line["delivered"] for consumer, line in sums.items()}, {"crm": str(len(crm)), "esp": str(len(esp))})

    def assert_one_at_a_time(self, consumer):
        """No request of an account came before the one before it was answered."""
        last = {}
        for one in self.receiver.requests(consumer):
            before = last.get(one.account)
            self.assertFalse(before and one.at < before.answered_at, f"{one} came beside {before}")
            last[one.account] = one

    # --- a consumer that is away

    def test_a_consumer_that_refuses_connections_keeps_nobody_waiting_and_gets_all_in_order_afterwards(self):
        away = self.new_receiver()
        self.deliver_to(crm=self.by_http("crm", away), esp=self.by_http("esp", events=ESP_EVENTS))
        program = self.start_delivering("crm", "esp")
        away.refuse()
        accounts = [self.account() for _ in range(30)]
        changes = Changes(self.database, accounts)
        time.sleep(2)
        changes.stop()
        esp = self.due(program, ESP_EVENTS, sees=esp_sees)
        self.wait_until_taken("esp", esp, program)
        program.wait_for_event("consumer_away", 30)
        self.assertEqual(away.requests(), [])
        away.listen()
        crm = self.due(program, sees=lambda _, payload: payload)
        self.wait_until_taken("crm", crm, program, away)
        program.wait_for_event("consumer_back", 30)
        program.stop()
        self.judge("esp", esp)
        self.judge("crm", crm, away)

    # --- dead letters

    def test_what_is_refused_for_good_parks_its_account_until_it_is_replayed_in_order(self):
        self.deliver_to(crm=self.by_http("crm"))
        program = self.start_delivering("crm")
        refused, other = self.account(), self.account()
        self.wait_until_taken("crm", self.due(program), program)
        self.receiver.plan(Fault("400", "crm", frozenset([refused])))
        for number in range(3):
            for account in (refused, other):
                self.update(account, email=f"{number}@example.com")
        def asked_of_refused():
            return {one.data["email"] for one in self.receiver.requests("crm", refused)}
        wait_until("it was refused", lambda: "0@example.com" in asked_of_refused())
        due = self.due(program, sees=lambda _, payload: payload)
        self.wait_until_taken("crm", due, program, but=lambda one: one.account == refused)
        self.assertEqual(program.wait_for_event("lanes_parked", 30)["consumer"], "crm")
        wait_until("all three wait", lambda: self.done("dlq", "show", "--consumer", "crm", "--account", refused).count("\n") == 3, 30, 0.5)
        self.assertEqual(asked_of_refused(), {"a@example.com", "0@example.com"}, "later events of the account wait behind it")
        groups = [json.loads(line) for line in self.done("dlq", "list", "--json").splitlines()]
        self.assertEqual([(group["consumer"], group["type"]) for group in groups], [("crm", "customer.email_changed")])
        self.receiver.plan()
        sums = json.loads(self.replay("crm", "--dry-run").splitlines()[-1])
        self.assertEqual((sums["lanes"], sums["letters"], sums["behind"]), (1, 1, 2))
        self.assertEqual(asked_of_refused(), {"a@example.com", "0@example.com"}, "a dry run moves nothing")
        self.replay("crm")
        self.wait_until_taken("crm", due, program)
        program.stop()
        self.assertEqual([one.data["email"] for one in self.receiver.taken("crm", refused)],
                         ["a@example.com", "0@example.com", "1@example.com", "2@example.com"])
        self.assertGreaterEqual(self.judge("crm", due).repeated, 1)
        self.assertEqual(self.done("dlq", "list", "--json"), "")

    def test_when_retries_are_used_up_an_event_is_moot_by_a_newer_one_or_set_aside_as_its_type_says(self):
        self.deliver_to(crm=self.by_http("crm", attempts=2, exhausted={"customer.tier_changed": "supersede", "customer.subscription_changed": "skip"}))
        program = self.start_delivering("crm")
        moot, aside = self.account(), self.account()
        self.wait_until_taken("crm", self.due(program), program)
        self.receiver.plan(Fault("500", "crm", frozenset([moot, aside])))
        for tier in ("silver", "gold"):
            self.update(moot, tier=tier)
        self.database.do(f"INSERT INTO graph.subscription (account_id, plan) VALUES ('{aside}', 'weekly-box')")
        def failed(account, type_):
            return sum(one.type == type_ for one in self.receiver.requests("crm", account))
        wait_until("both have failed twice", lambda: failed(moot, "customer.tier_changed") >= 3 and failed(aside, "customer.subscription_changed") == 2, 40)
        self.receiver.plan()
        self.update(aside, email="b@example.com")
        due = self.due(program, sees=lambda _, payload: payload)
        silver, = [one.id for one in due if one.type == "customer.tier_changed"][:1]
        late = [one.id for one in due if one.type == "customer.subscription_changed"]
        # The newer tier was tried once while all failed; where it failed twice it is parked, until the replay below.
        wait_until("the later event has gone out", lambda: [one for one in self.receiver.taken("crm", aside) if one.type == "customer.email_changed"], 40)
        self.assertEqual(failed(aside, "customer.subscription_changed"), 2, "what was set aside is not tried again by itself")
        self.replay("crm")
        self.wait_until_taken("crm", due, program, but=lambda one: one.id == silver)
        program.stop()
        verdict = self.judge("crm", due, may_come_late=late)
        self.assertEqual(verdict.ends, {"superseded": 1})
        sequences = [one.sequence for one in self.receiver.taken("crm", aside)]
        self.assertEqual(sequences, sorted(sequences))
        self.assertEqual([one.type for one in self.receiver.taken("crm", aside)][-2:], ["customer.email_changed", "customer.subscription_changed"])

    # --- out of the log

    def replay_log(self, consumer, *words):
        return [json.loads(line) for line in self.done("replay", "--from", "log", "--consumer", consumer, *words).splitlines()]

    def report(self, consumer, replay):
        return json.loads(self.done("replay", "--report", replay["id"], "--consumer", consumer))

    def lsn(self):
        return self.database.value("SELECT pg_current_wal_lsn()::text")

    def test_a_range_of_the_log_goes_out_once_more_in_order_and_no_old_value_goes_last(self):
        self.deliver_to(crm=self.by_http("crm", events=["customer.email_changed", "customer.deletion_requested"]))
        program = self.start_delivering("crm")
        one, other = self.account(), self.account()
        self.update(one, email="1@example.com")
        self.update(other, email="1@example.com")
        since = self.lsn()
        self.update(one, email="2@example.com")
        until = self.lsn()
        self.update(one, email="3@example.com")
        self.update(other, email="3@example.com")
        self.update(one, tier="gold")
        first = self.due(program, ["customer.email_changed"], sees=lambda _, payload: payload)
        self.wait_until_taken("crm", first, program)
        self.judge("crm", first)
        wait_until("it is on record", lambda: sum(line.get("fate") == "delivered" for line in self.receipts("crm")) == 5)
        def again():
            return [(request.account, request.data.get("email")) for request in self.receiver.taken("crm")[len(first):]]

        self.assertEqual(self.command("replay", "--from", "log", "--consumer", "crm", "--since", "yesterday").returncode, 2)
        sums = self.replay_log("crm", "--since", since, "--until", until, "--dry-run")
        self.assertEqual(sums, [{"type": "customer.email_changed", "events": 2}, {"outcome": "dry run", "events": 2}])
        replay, = self.replay_log("crm", "--since", since, "--until", until, "--why", "they lost a minute")
        self.assertEqual(replay["moved"], 2)
        wait_until("it has gone out", lambda: len(again()) == 2)
        self.assertEqual(again(), [(one, "2@example.com"), (one, "3@example.com")], "what follows the range comes too, nobody else's")
        highest = max(request.sequence for request in self.receiver.taken("crm")[:len(first)])
        sequences = [request.sequence for request in self.receiver.taken("crm")[len(first):]]
        self.assertEqual(sequences, sorted(sequences))
        self.assertGreater(sequences[0], highest, "else a receiver that keeps the highest would drop it")
        self.assertEqual(len({request.id for request in self.receiver.taken("crm")}), len(first), "each under its own id")
        wait_until("that is on record", lambda: self.report("crm", replay)["delivered"] == 2)
        self.assertEqual(self.report("crm", replay)["wait"], 0)

        self.replay_log("crm", "--account", other, "--type", "customer.email_changed")
        wait_until("it has gone out", lambda: len(again()) == 4)
        self.assertEqual(again()[2:], [(other, "1@example.com"), (other, "3@example.com")])

        self.database.do(f"INSERT INTO graph.deletion_request (account_id, reason) VALUES ('{one}', 'asked')")
        self.wait_until_taken("crm", self.due(program, ["customer.deletion_requested"]), program)
        came = len(again())
        self.assertEqual(self.replay_log("crm", "--dry-run")[-1], {"outcome": "dry run", "events": 3})
        replay, = self.replay_log("crm")
        wait_until("that is on record", lambda: self.report("crm", replay)["wait"] == 0)
        self.assertCountEqual(again()[came:], [(one, None), (other, "1@example.com"), (other, "3@example.com")],
                              "of one that was deleted nothing older goes out")
        program.stop()

    def test_a_replay_of_the_log_goes_on_after_a_crash_and_can_be_stopped(self):
        self.deliver_to(crm=self.by_http("crm", events=["customer.email_changed"], rate_per_s=150))
        program = self.start_delivering("crm")
        accounts = [self.account() for _ in range(60)]
        for number in range(10):
            self.database.do(f"UPDATE graph.account SET email = '{number}@example.com'")
        first = self.due(program, ["customer.email_changed"])
        self.assertEqual(len(first), 600)
        self.wait_until_taken("crm", first, program)
        def again():
            return self.receiver.taken("crm")[len(first):]
        replay, = self.replay_log("crm", "--timeout", "60")
        self.assertEqual(replay["moved"], 600)
        wait_until("some have gone out", lambda: len(again()) > 100, 30)
        program.kill()
        program = self.start(self.config, "second")
        wait_until("all have gone out", lambda: len({request.id for request in again()}) == 600, 60)
        wait_until("that is on record", lambda: self.report("crm", replay)["wait"] == 0, 30)
        self.assertLessEqual(len(again()), 600 + 50, "only what was under way came a third time")
        for account in accounts:
            seen = [request.data["email"] for request in again() if request.account == account]
            self.assertEqual(sorted(set(seen), key=seen.index), [f"{number}@example.com" for number in range(10)])
        stop = self.command("replay", "--from", "log", "--consumer", "crm", "--stop", timeout_s=60)
        self.assertEqual(stop.returncode, 1)
        self.assertIn("no replay out of the log is going on", stop.stderr)
        program.stop()

    # --- however it ends

    def test_killed_at_any_step_and_moment_nothing_is_lost_and_only_what_had_no_outcome_comes_again(self):
        types = ESP_EVENTS
        self.deliver_to(crm=self.by_http("crm", timeout_s=1), esp=self.by_http("esp", events=types, timeout_s=1, batch=BATCH))
        capture = self.start_role("capture")
        capture.wait_for_event("context_filled", 60)
        accounts = [self.account() for _ in range(40)]
        deliver = self.start_role("deliver")
        self.wait_until_delivering(deliver, "crm", "esp")
        self.receiver.plan(*ALL_SORTS, *OF_BATCHES[:2])
        changes = Changes(self.database, accounts, per_s=40, consents=True, deletions=True)
        choice = random.Random(5)
        hits = 0
        for failpoint in choice.sample(KILLED_AT * 2, 2 * len(KILLED_AT)):
            deliver.kill()
            deliver.start(f"{failpoint}:{choice.randint(1, 6)}")
            wait_until(f"it was killed at {failpoint}: {deliver.last_words()}", lambda: deliver.exit_code() == -9, 60)
            hits += 1
            if choice.random() < 0.5:
                began = len(deliver.said("delivering"))
                deliver.start()
                wait_until("it delivers", lambda: len(deliver.said("delivering")) >= began + 2, 60)
                time.sleep(choice.random())
        changes.stop()
        self.receiver.plan()
        deliver.kill()
        deliver.start()
        crm = self.due(capture, sees=lambda _, payload: payload)
        esp = self.due(capture, types)
        for consumer, due in (("crm", crm), ("esp", esp)):
            self.wait_until_settled(consumer, due, deliver)
        deliver.stop()
        self.judge("crm", crm)
        self.judge("esp", esp)
        print(f"  {hits} deaths at failpoints, {sum(one.answer != 'ok' for one in self.receiver.requests())} faults")

    # --- several events in one request

    def test_of_a_batch_each_event_has_an_end_of_its_own_whatever_befalls_the_others_and_the_receiver(self):
        batch = {**BATCH, "body": "lines"} if self.with_kafka else BATCH
        self.deliver_to(crm=self.by_http("crm", batch=batch, in_flight_max=200, timeout_s=2))
        program = self.start_delivering("crm")
        accounts = [self.account() for _ in range(60)]
        self.wait_until_taken("crm", self.due(program), program)
        refused, poison = frozenset(accounts[:2]), accounts[2]
        self.receiver.plan(Fault("item refused", "crm", refused), Fault("400", "crm", frozenset([poison])), *OF_BATCHES)
        changes = Changes(self.database, accounts, per_s=300)
        time.sleep(2)
        self.receiver.refuse()
        time.sleep(1)
        self.receiver.listen()
        wait_until("requests have been taken in part", lambda: len(self.taken_in_part()) > 5, 120)
        changes.stop()
        self.receiver.plan(Fault("item refused", "crm", refused), Fault("400", "crm", frozenset([poison])))
        due = self.due(program, sees=lambda _, payload: payload)
        for_good = {*refused, poison}
        self.wait_until_taken("crm", due, program, but=lambda one: one.account in for_good)

        def parked():
            return [json.loads(line) for line in self.done("dlq", "list", "--json").splitlines()]
        wait_until("what is refused for good is parked", lambda: sum(group["lanes_parked"] for group in parked()) == len(for_good), 60, 0.5)
        errors = {group["error"] for group in parked()}
        self.assertEqual(errors, {"partial success: it answered 200, batch.results.answers[1] by error", "it answered 400"})
        self.receiver.plan()
        self.replay("crm")
        self.wait_until_taken("crm", due, program)
        program.stop()
        self.judge("crm", due)
        self.assert_batched()

    def batches(self):
        batches = {}
        for one in self.receiver.requests("crm"):
            batches.setdefault((one.batch, one.at), []).append(one)
        return batches

    def taken_in_part(self):
        return [events for events in self.batches().values() if len({one.taken for one in events}) > 1]

    def assert_batched(self):
        """Requests had several events, no two of an account, the same ones under the same id; and who was known to be taken came no more."""
        batches, events_of = self.batches(), {}
        for (name, _), events in batches.items():
            self.assertEqual(len({one.account for one in events}), len(events), "two of an account in one request")
            self.assertLessEqual(len(events), BATCH["items_max"])
            self.assertEqual(events_of.setdefault(name, [one.id for one in events]), [one.id for one in events])
        fates = {}
        for receipt in self.receipts("crm"):
            if receipt["kind"] == "outcome":
                fates.setdefault(receipt["event_id"], []).append(receipt["fate"])
        taken = set()
        for one in self.receiver.requests("crm"):
            if one.id in taken:
                self.assertIn("unknown", fates[one.id], f"{one} was known to have been taken")
            if one.taken:
                taken.add(one.id)
        print(f"  {len(batches)} requests of up to {max(map(len, batches.values()))} events, {len(self.taken_in_part())} of them taken in part")

    # --- consent and deletion

    def test_what_waited_while_consent_was_withdrawn_goes_out_without_what_it_was_for(self):
        self.deliver_to(esp=self.by_http("esp", events=ESP_EVENTS))
        program = self.start_delivering("esp")
        account = self.account()
        self.wait_until_taken("esp", self.due(program), program)
        self.assertEqual(self.receiver.taken("esp")[0].data["email"], "a@example.com")
        self.receiver.plan(Fault("500", "esp"))
        self.update(account, email="canary@example.com")
        wait_until("it failed", lambda: self.of_type("esp", "customer.email_changed"))
        self.assertIn("email", self.of_type("esp", "customer.email_changed")[0].data, "then, consent was there")
        self.update(account, consent='{"email": false}')
        wait_until("the withdrawal was tried", lambda: self.of_type("esp", "customer.consent_changed"))
        before = self.of_type("esp", "customer.consent_changed")[0].number
        self.receiver.plan()
        due = self.due(program)
        self.wait_until_taken("esp", due, program)
        program.stop()
        self.judge("esp", due)
        behind = [one for one in self.receiver.requests("esp") if one.number >= before]
        self.assertEqual({one.type for one in behind}, {"customer.consent_changed", "customer.email_changed"})
        self.assertFalse([one for one in behind if b"canary" in one.body])
        self.assertEqual([one.type for one in behind if one.taken], ["customer.consent_changed", "customer.email_changed"], "a withdrawal overtakes")
        email, = [one.id for one in due if one.type == "customer.email_changed"]
        intents = [one for one in self.receipts("esp") if one["event_id"] == email and one["kind"] == "intent"]
        self.assertIn("email", [field["name"] for field in intents[0]["disclosed"]])
        self.assertIn("email", [field["name"] for field in intents[-1]["held_back"]])

    def of_type(self, consumer, type_):
        return [one for one in self.receiver.requests(consumer) if one.type == type_]

    def test_after_a_deletion_nothing_older_goes_out(self):
        self.deliver_to(crm=self.by_http("crm"))
        program = self.start_delivering("crm")
        asked, gone = self.account(), self.account()
        self.wait_until_taken("crm", self.due(program), program)
        self.receiver.plan(Fault("500", "crm"))
        for account in (asked, gone):
            self.update(account, email="canary@example.com")
        wait_until("both failed", lambda: {one.account for one in self.of_type("crm", "customer.email_changed")} == {asked, gone})
        self.database.do(f"INSERT INTO graph.deletion_request (account_id, reason) VALUES ('{asked}', 'asked')")
        wait_until("the deletion was tried", lambda: self.of_type("crm", "customer.deletion_requested"))
        self.database.do(f"DELETE FROM graph.account WHERE account_id = '{gone}'")
        due = self.due(program, sees=lambda _, payload: payload)
        self.update(asked, tier="gold")
        sent = len(self.receiver.requests("crm"))
        self.receiver.plan()
        wait_until("what came after the deletion is there", lambda: [one for one in self.receiver.taken("crm", asked) if one.type == "customer.tier_changed"], 40)
        old = {one.account: one.id for one in due if one.type == "customer.email_changed"}
        def fates(account):
            return [(one["kind"], one.get("fate"), one.get("reason")) for one in self.receipts("crm") if one["event_id"] == old[account]]
        wait_until("the other one is withheld", lambda: fates(gone)[-1][0] == "withheld", 40, 0.5)
        program.stop()
        self.assertEqual(fates(gone)[-1], ("withheld", "withheld", "account_gone"))
        self.assertEqual(fates(asked)[-1][:2], ("outcome", "erased"))
        deletion = self.of_type("crm", "customer.deletion_requested")[0].number
        self.assertFalse([one for one in self.receiver.requests("crm", asked) if one.number > deletion and b"canary" in one.body])
        self.assertFalse([one for one in self.receiver.requests("crm", gone) if one.number >= sent + 2])
        self.judge("crm", self.due_of_stopped(due, asked))

    def due_of_stopped(self, due, account):
        tier = self.of_type("crm", "customer.tier_changed")[0]
        return [*due, due[0]._replace(id=tier.id, account=account, type=tier.type, content=None)]

    # --- the accounting of disclosures

    def test_the_accounting_of_a_member_has_each_request_that_went_out_and_what_was_in_it(self):
        self.deliver_to(crm=self.by_http("crm"), esp=self.by_http("esp", events=ESP_EVENTS))
        program = self.start_delivering("crm", "esp")
        self.receiver.plan(Fault("500", "crm", share=0.3))
        member, other = self.account(), self.account(consent='{"email": false}')
        for number in range(4):
            for account in (member, other):
                self.update(account, email=f"{number}@example.com")
        self.wait_until_taken("crm", self.due(program), program)
        self.wait_until_taken("esp", self.due(program, ESP_EVENTS), program)
        program.stop()
        for account in (member, other):
            words = ["audit", "subject", account, "--since", "2020-01-01"]
            told = [json.loads(line) for line in self.done(*words, "--json").splitlines()]
            for consumer in ("crm", "esp"):
                sent = [(one.id, one.taken, sorted(one.data)) for one in self.receiver.requests(consumer, account)]
                self.assertEqual([(one["event_id"], one["outcome"] == "delivered", sorted(field["name"] for field in one["disclosed"]))
                                  for one in told if one["consumer"] == consumer and one["outcome"] != "withheld"], sent)
            table = self.done(*words)
            self.assertEqual(table.count("failed (500)"), sum(one.answer == "500" for one in self.receiver.requests("crm", account)))
            self.assertNotIn("@example.com", table)
            self.assertNotIn(account, table)
        self.assertEqual(self.done("audit", "subject", "nobody", "--since", "2020-01-01"), "nothing was disclosed, and nothing withheld, since then\n")

    # --- a person, or the receiver, says stop

    def test_a_paused_consumer_gets_nothing_until_it_is_resumed_and_so_one_that_answered_410(self):
        self.deliver_to(crm=self.by_http("crm"), esp=self.by_http("esp", events=ESP_EVENTS))
        program = self.start_delivering("crm", "esp")
        account = self.account()
        self.wait_until_taken("crm", self.due(program), program)
        self.done("consumer", "pause", "crm", "--why", "maintenance")
        self.update(account, email="b@example.com")
        due = self.due(program)
        self.wait_until_taken("esp", due, program)
        self.assertEqual(len(self.receiver.requests("crm")), 1)
        # It stays so over a restart.
        program.stop()
        program.start()
        self.wait_until_delivering(program, "crm", "esp", lives=2)
        self.update(account, email="c@example.com")
        due = self.due(program)
        self.wait_until_taken("esp", due, program)
        self.assertEqual(len(self.receiver.requests("crm")), 1)
        self.done("consumer", "resume", "crm", "--why", "done")
        self.wait_until_taken("crm", due, program)

        self.receiver.plan(Fault("410", "esp"))
        self.update(account, email="d@example.com")
        self.assertEqual(program.wait_for_event("consumer_disabled", 30)["consumer"], "esp")
        self.receiver.plan()
        asked = len(self.receiver.requests("esp"))
        self.update(account, email="e@example.com")
        due = self.due(program)
        self.wait_until_taken("crm", due, program)
        self.assertEqual(len(self.receiver.requests("esp")), asked)
        listed = self.done("consumer", "list", "--json")
        self.assertIn("receiver", listed)
        self.done("consumer", "resume", "esp", "--why", "the endpoint is back")
        self.wait_until_taken("esp", due, program)
        program.stop()
        self.judge("crm", due)
        self.judge("esp", due)

    # --- receipts

    def test_before_a_request_comes_its_intent_can_be_read(self):
        self.deliver_to(crm=self.by_http("crm"))
        program = self.start_delivering("crm")
        output, seen = self.place / "receipts.jsonl", []
        reader = self.receipt_reader("crm", output)
        self.addCleanup(reader.stop)
        def look(request):
            reader.drain()
            lines = [json.loads(json.loads(line)[5]) for line in output.read_text().splitlines()]
            seen.append((request.id, [(one["kind"], one.get("fate")) for one in lines if one["event_id"] == request.id]))
        self.receiver.on_request = look
        account = self.account()
        wait_until("the first is taken", lambda: self.receiver.taken("crm"))
        self.receiver.plan(Fault("500", "crm"))
        self.update(account, email="b@example.com")
        wait_until("the second fails", lambda: len(self.receiver.requests("crm")) >= 2)
        self.receiver.plan()
        due = self.due(program)
        self.wait_until_taken("crm", due, program)
        program.stop()
        first, second = due[0].id, due[1].id
        intent, failed = ("intent", None), ("outcome", "failed")
        tries = sum(id_ == second for id_, _ in seen)
        self.assertGreater(tries, 1)
        self.assertEqual(seen, [(first, [intent])] + [(second, [intent, failed] * done + [intent]) for done in range(tries)])
        self.assertEqual(self.judge("crm", due).repeated, tries - 1)

    def test_a_request_that_got_no_answer_is_not_sent_again_before_an_intent_says_so(self):
        self.deliver_to(crm=self.by_http("crm"))
        program = self.start_delivering("crm")
        account = self.account()
        self.wait_until_taken("crm", self.due(program), program)
        # On the connection that is there already: a client library would try a new one by itself.
        self.receiver.plan(Fault("dropped", "crm"))
        self.update(account, email="b@example.com")
        wait_until("it came twice", lambda: len(self.receiver.requests("crm")) >= 3)
        self.receiver.plan()
        due = self.due(program)
        self.wait_until_taken("crm", due, program)
        program.stop()
        self.judge("crm", due)
        fates = [one.get("fate") for one in self.receipts("crm") if one["event_id"] == due[1].id and one["kind"] == "outcome"]
        self.assertEqual(fates, ["unknown"] * (len(fates) - 1) + ["delivered"])

    def receipt_reader(self, consumer, output):
        topic = f"wakestream.{self._pipeline()}.receipts.{consumer}"
        if self.with_kafka:
            return Reader([VENV, CRASH / "kafka_reader.py", self.kafka.brokers, topic, output], output)
        return Reader([sys.executable, CRASH / "embedded_reader.py", self.place / f"log/deliver.{consumer}.sqlite", topic, output], output)


class EmbeddedDelivery(DeliveryTests, DeliveryCase):
    def test_while_no_receipt_can_be_written_nothing_is_sent(self):
        self.deliver_to(crm=self.by_http("crm"))
        program = self.start_delivering("crm")
        self.account()
        self.wait_until_taken("crm", self.due(program), program)
        other = sqlite3.connect(self.place / "log/deliver.crm.sqlite", isolation_level=None, timeout=20)
        other.execute("BEGIN IMMEDIATE")
        self.account()
        due = self.due(program)
        time.sleep(3)  # of silence; without the lock it takes milliseconds
        self.assertEqual(len(self.receiver.requests("crm")), 1)
        other.execute("ROLLBACK")
        other.close()
        self.wait_until_taken("crm", due, program)
        program.stop()
        self.judge("crm", due)


class KafkaDelivery(DeliveryTests, DeliveryCase):
    with_kafka = True


if __name__ == "__main__":
    unittest.main()
