"""The judge of deliveries against histories that are whole, and against every way in which one can be broken."""

import random
import unittest

from delivery_checker import DELETION, Arrival, Due, Noted, judge


def history(accounts=5, events=8, seed=1):
    """A clean triple: each account's events in order, some attempts fail first; the last event of account-0 is a deletion."""
    rng = random.Random(seed)
    due = [Due(f"{number:08X}", f"account-{number % accounts}", "customer.email_changed", f"digest {number}")
           for number in range(1, accounts * events + 1)]
    last = max(one.id for one in due if one.account == "account-0")
    due = [one._replace(type=DELETION) if one.id == last else one for one in due]
    arrivals, receipts = [], []
    for one in due:
        for taken in [False] * rng.choice([0, 0, 1, 2]) + [True]:
            receipts += [Noted(one.id, "intent"), Noted(one.id, "outcome", "delivered" if taken else "failed")]
            arrivals.append(Arrival(one.id, one.account, one.id, taken, one.content))
    return due, arrivals, receipts


class DeliveryCheckerTest(unittest.TestCase):
    def setUp(self):
        self.due, self.arrivals, self.receipts = history()

    def judged(self, wanted, **more):
        verdict = judge(self.due, self.arrivals, self.receipts, **more)
        self.assertEqual({kind: len(texts) for kind, texts in verdict.problems.items() if texts}, wanted, verdict.explain())
        self.assertEqual(verdict.clean, not wanted)
        return verdict

    def of(self, account):
        return [number for number, one in enumerate(self.arrivals) if one.account == account]

    def first_taken(self, account="account-1"):
        return next(number for number in self.of(account) if self.arrivals[number].taken)

    def forget(self, id_):
        """It was never sent."""
        self.arrivals = [one for one in self.arrivals if one.id != id_]
        self.receipts = [note for note in self.receipts if note.id != id_]

    def test_a_whole_history_is_clean(self):
        verdict = self.judged({})
        self.assertEqual(verdict.delivered, len(self.due))
        self.assertEqual(verdict.repeated, len(self.arrivals) - len(self.due))
        self.assertGreater(verdict.repeated, 0)
        self.assertRegex(verdict.line("esp"), r"delivery to esp: due=40 delivered=40 requests=\d+ repeated=\d+ lost=0 misordered=0 again=0$")

    def test_nothing_due_is_not_clean(self):
        self.assertFalse(judge([], [], []).clean)

    def test_one_that_never_came_is_lost(self):
        self.forget(self.due[6].id)
        self.judged({"lost": 1})

    def test_one_that_was_only_refused_is_lost(self):
        number = self.first_taken()
        id_ = self.arrivals[number].id
        self.arrivals[number] = self.arrivals[number]._replace(taken=False)
        self.receipts = [Noted(id_, "outcome", "failed") if note.id == id_ and note.fate == "delivered" else note for note in self.receipts]
        self.judged({"lost": 1})

    def test_a_receipt_that_says_delivered_of_what_was_not_taken_is_lost_too(self):
        number = self.first_taken()
        self.arrivals[number] = self.arrivals[number]._replace(taken=False)
        self.judged({"lost": 1})

    def test_one_that_policy_withheld_is_not_lost(self):
        self.forget(self.due[6].id)
        self.receipts.append(Noted(self.due[6].id, "withheld", "withheld"))
        self.assertEqual(self.judged({}).ends, {"withheld": 1})

    def test_one_that_a_deletion_erased_is_not_lost_and_without_a_deletion_it_is(self):
        erased = next(one for one in self.due if one.account == "account-0")
        self.forget(erased.id)
        self.receipts.append(Noted(erased.id, "outcome", "erased"))
        self.judged({})
        other = next(one for one in self.due if one.account == "account-1")
        self.forget(other.id)
        self.receipts.append(Noted(other.id, "outcome", "erased"))
        self.judged({"lost": 1})

    def test_two_events_of_an_account_the_wrong_way_round(self):
        first, second = [number for number in self.of("account-1") if self.arrivals[number].taken][:2]
        self.arrivals[first], self.arrivals[second] = self.arrivals[second], self.arrivals[first]
        verdict = judge(self.due, self.arrivals, self.receipts)
        self.assertGreater(verdict.count("misordered"), 0)

    def test_a_sequence_of_its_own_does_not_excuse_an_event_behind_a_later_one(self):
        first, second = [number for number in self.of("account-1") if self.arrivals[number].taken][:2]
        early, late = self.arrivals[first], self.arrivals[second]
        self.arrivals = [one for one in self.arrivals if one.account != "account-1"]
        self.due = [one for one in self.due if one.account != "account-1" or one.id in (early.id, late.id)]
        self.receipts = [note for note in self.receipts if note.id in {one.id for one in self.due}]
        self.arrivals += [late, early._replace(sequence=late.sequence + "+1")]
        self.judged({"misordered": 1})
        self.judged({}, may_come_late=[early.id])

    def test_different_accounts_have_no_order(self):
        self.arrivals = [self.arrivals[number] for account in ("account-3", "account-0", "account-4", "account-1", "account-2")
                         for number in self.of(account)]
        self.judged({})

    def test_one_sequence_for_two_events(self):
        first, second = [number for number in self.of("account-1") if self.arrivals[number].taken][:2]
        attempts = [number for number in self.of("account-1") if self.arrivals[number].id == self.arrivals[second].id]
        for number in attempts:
            self.arrivals[number] = self.arrivals[number]._replace(sequence=self.arrivals[first].sequence)
        self.judged({"misordered": 1})

    def test_an_urgent_one_may_overtake_with_what_it_overtook_behind_it_in_sequence(self):
        first, second = [number for number in self.of("account-1") if self.arrivals[number].taken][:2]
        early, late = self.arrivals[first], self.arrivals[second]
        self.due = [one._replace(type="customer.consent_changed") if one.id == late.id else one for one in self.due]
        others = [one for one in self.arrivals if one.id not in (early.id, late.id)]
        self.receipts = [note for note in self.receipts if note.id not in (early.id, late.id)]
        self.receipts += [Noted(id_, *rest) for id_ in (early.id, late.id) for rest in (("intent",), ("outcome", "delivered"))]
        self.arrivals = [late, early._replace(sequence=late.id + "+1")] + others
        self.judged({})
        self.arrivals = [late, early] + others
        self.judged({"misordered": 1})

    def test_something_older_behind_the_deletion(self):
        old = self.arrivals[self.first_taken("account-0")]
        self.arrivals.append(old._replace(sequence="FFFFFFFF"))
        self.receipts.append(Noted(old.id, "intent"))
        verdict = judge(self.due, self.arrivals, self.receipts)
        self.assertTrue(any("behind its deletion" in text for text in verdict.problems["misordered"]))

    def test_once_more_behind_the_receipt_that_it_was_delivered(self):
        number = self.first_taken()
        self.arrivals.insert(number, self.arrivals[number])
        at = max(place for place, note in enumerate(self.receipts) if note.id == self.arrivals[number].id)
        self.receipts.insert(at + 1, Noted(self.arrivals[number].id, "intent"))
        self.judged({"again": 1})

    def test_once_more_after_an_attempt_without_an_outcome_is_only_counted(self):
        number = self.first_taken()
        before = self.judged({}).repeated
        self.arrivals.insert(number, self.arrivals[number])
        at = min(place for place, note in enumerate(self.receipts) if note.id == self.arrivals[number].id)
        self.receipts.insert(at, Noted(self.arrivals[number].id, "intent"))
        self.assertEqual(self.judged({}).repeated, before + 1)

    def test_sent_without_an_intent(self):
        number = self.first_taken()
        at = next(place for place, note in enumerate(self.receipts) if note.id == self.arrivals[number].id and note.kind == "intent")
        del self.receipts[at]
        self.judged({"unannounced": 1})

    def test_a_payload_that_is_not_what_was_committed(self):
        number = self.first_taken()
        self.arrivals[number] = self.arrivals[number]._replace(content="other")
        self.judged({"altered": 1})

    def test_an_event_that_is_not_due_and_one_of_another_account(self):
        self.arrivals.append(Arrival("00000FFF", "account-1", "00000FFF", True))
        self.receipts.append(Noted("00000FFF", "intent"))
        self.judged({"unexpected": 1})
        number = self.first_taken("account-2")
        self.arrivals[number] = self.arrivals[number]._replace(account="account-9")
        self.judged({"unexpected": 2})

    def test_taken_and_not_told(self):
        number = self.first_taken()
        self.receipts = [note for note in self.receipts if not (note.id == self.arrivals[number].id and note.fate == "delivered")]
        self.judged({"untold": 1})

    def test_taken_by_an_attempt_without_an_outcome_and_then_ended_by_a_deletion(self):
        first = next(one for one in self.due if one.account == "account-0")
        self.receipts = [note for note in self.receipts if not (note.id == first.id and note.fate == "delivered")]
        self.receipts.append(Noted(first.id, "outcome", "erased"))
        self.judged({})
        self.receipts = [note for note in self.receipts if not (note.id == first.id and note.kind == "intent")]
        self.assertEqual(judge(self.due, self.arrivals, self.receipts).count("untold"), 1)

    def test_taken_by_an_attempt_whose_answer_came_too_late_and_then_ended_by_a_deletion(self):
        first = next(one for one in self.due if one.account == "account-0")
        self.receipts = [note._replace(fate="unknown") if note.id == first.id and note.fate == "delivered" else note for note in self.receipts]
        self.assertEqual(judge(self.due, self.arrivals, self.receipts).count("untold"), 1)
        self.receipts.append(Noted(first.id, "outcome", "erased"))
        self.judged({})


if __name__ == "__main__":
    unittest.main()
