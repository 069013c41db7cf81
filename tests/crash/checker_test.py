"""The checker against histories that are whole, and against every way in which one can be broken."""

import random
import unittest

from checker import Expected, Name, Seen, judge


def event_id(commit: int, ordinal: int, type_index: int = 0) -> str:
    return f"00000001-{commit:016X}-0-{ordinal:012X}-{type_index:04X}"


def history(transactions: int = 40, accounts: int = 7, seed: int = 1):
    """A clean pair: commits of one to six row changes over a few accounts, some of them two events, in two partitions.
    Every tenth commit is split in parts of two events."""
    rng = random.Random(seed)
    truth, seen, version, offset, change = [], [], {}, [0, 0], 0
    for transaction in range(1, transactions + 1):
        commit, written, split = 0x1000 + transaction * 0x100, 0, transaction % 10 == 0
        for ordinal in range(1, rng.randint(4 if split else 1, 6) + 1):
            account = f"account-{rng.randrange(accounts)}"
            version[account] = version.get(account, 0) + 1
            change += 1
            for index, kind in enumerate(rng.choice([["email_changed"], ["email_changed", "phone_changed"]])):
                name = Name(account, f"customer.{kind}", version[account], "")
                partition = hash_of(account) % 2
                part = written // 2 + 1 if split else None
                truth.append(Expected(name, change, transaction, f"digest {change} {kind}"))
                seen.append(Seen(name, partition, offset[partition], event_id(commit, ordinal, index),
                                 f"digest {change} {kind}", part, transaction * 10 + (part or 0)))
                offset[partition] += 1
                written += 1
    return truth, seen


def hash_of(account: str) -> int:
    return sum(account.encode())


class CheckerTest(unittest.TestCase):
    def setUp(self):
        self.truth, self.seen = history()

    def counts(self, seen, live=None):
        verdict = judge(self.truth, seen, live)
        return verdict, {kind: len(texts) for kind, texts in verdict.problems.items() if texts}

    def assert_only(self, seen, wanted, live=None):
        verdict, counts = self.counts(seen, live)
        self.assertEqual(counts, wanted, verdict.explain())
        self.assertEqual(verdict.clean, not wanted)
        return verdict

    def whole_commit(self, size_min=2):
        """The events of one commit that was not split and has at least so many."""
        commits = {}
        for event in self.seen:
            commits.setdefault(event.id[9:25], []).append(event)
        return next(events for events in commits.values() if len(events) >= size_min and events[0].split is None)

    def split_commit(self):
        commits = {}
        for event in self.seen:
            commits.setdefault(event.id[9:25], []).append(event)
        return next(events for events in commits.values() if events[0].split is not None)

    def replaced(self, changes):
        """The history with some events replaced: a dict from event to its successor."""
        return [changes.get(event, event) for event in self.seen]

    def lone_event(self):
        """The only event of its commit."""
        commits = {}
        for event in self.seen:
            commits.setdefault(event.id[9:25], []).append(event)
        return next(events[0] for events in commits.values() if len(events) == 1)

    # --- whole histories

    def test_a_clean_history_passes(self):
        verdict = self.assert_only(self.seen, {}, live=self.seen)
        self.assertEqual(verdict.split, 4)
        self.assertEqual(verdict.line(7), f"verdict: changes={len(self.truth)} events={len(self.truth)} "
                                          "lost=0 duplicate=0 misordered=0 kills=7")

    def test_clean_histories_of_many_seeds_pass(self):
        for seed in range(50):
            self.truth, self.seen = history(seed=seed)
            self.assert_only(self.seen, {}, live=self.seen)

    def test_the_order_in_which_partitions_were_read_does_not_matter(self):
        shuffled = list(self.seen)
        random.Random(3).shuffle(shuffled)
        self.assert_only(shuffled, {}, live=shuffled)

    def test_gaps_between_offsets_are_nothing(self):
        self.assert_only([event._replace(offset=event.offset * 3 + 1) for event in self.seen], {})

    def test_nothing_at_all_is_not_clean(self):
        self.assertFalse(judge([], []).clean)

    # --- lost

    def test_a_lost_event_is_named(self):
        lost = self.lone_event()
        verdict = self.assert_only([event for event in self.seen if event is not lost], {"lost": 1})
        self.assertIn(lost.name.account, verdict.explain()[0])
        self.assertIn("lost=1", verdict.line(0))

    def test_a_lost_tail_is_counted(self):
        gone = {event.id[9:25] for event in self.seen[-5:]}
        kept = [event for event in self.seen if event.id[9:25] not in gone]
        self.assert_only(kept, {"lost": len(self.seen) - len(kept)})

    def test_an_event_lost_out_of_a_commit_is_lost_and_the_commit_torn(self):
        lost = self.whole_commit()[0]
        self.assert_only([event for event in self.seen if event is not lost], {"lost": 1, "torn": 1})

    # --- doubled

    def test_an_event_twice_under_one_id_is_a_duplicate(self):
        twice = self.seen[-1]
        self.assert_only(self.seen + [twice._replace(offset=twice.offset + 1)], {"duplicate": 1})

    def test_an_event_twice_under_two_ids_is_a_duplicate(self):
        last = self.seen[-1]
        other_id = last.id[:-4] + "0009"
        self.assert_only(self.seen + [last._replace(offset=last.offset + 1, id=other_id)], {"duplicate": 1})

    def test_a_whole_commit_written_again_behind_the_end_is_found(self):
        again = [event._replace(offset=event.offset + 1000) for event in self.whole_commit()]
        _, counts = self.counts(self.seen + again)
        self.assertEqual(counts["duplicate"], len(again))

    def test_two_events_under_one_id_are_a_duplicate(self):
        first, second = self.whole_commit()[:2]
        _, counts = self.counts(self.replaced({second: second._replace(id=first.id)}))
        self.assertEqual(counts["duplicate"], 1)

    # --- out of order

    def two_of_one_account(self):
        """Two events of one account, one right behind the other, of different commits."""
        last = {}
        for event in self.seen:
            before = last.get(event.name.account)
            if before and before.id[9:25] != event.id[9:25] and not before.split and not event.split:
                return before, event
            last[event.name.account] = event
        raise AssertionError("the history has none")

    def test_two_swapped_events_are_out_of_order(self):
        first, second = self.two_of_one_account()
        swapped = {first: first._replace(offset=second.offset), second: second._replace(offset=first.offset)}
        verdict, counts = self.counts(self.replaced(swapped))
        self.assertEqual(set(counts), {"misordered"}, verdict.explain())

    def test_right_ids_in_wrong_order_of_commit_are_out_of_order(self):
        """The program's own ids rise, but they were given in another order than the commits."""
        first, second = self.two_of_one_account()
        swapped = {first: second._replace(offset=first.offset, id=first.id, batch=first.batch),
                   second: first._replace(offset=second.offset, id=second.id, batch=second.batch)}
        _, counts = self.counts(self.replaced(swapped))
        self.assertGreaterEqual(counts["misordered"], 1)

    def test_an_account_in_two_partitions_is_out_of_order(self):
        moved = self.seen[-1]
        _, counts = self.counts(self.replaced({moved: moved._replace(partition=5)}))
        self.assertGreaterEqual(counts["misordered"], 1)

    # --- torn

    def test_a_commit_seen_at_two_moments_is_torn(self):
        late = self.whole_commit()[-1]
        self.assert_only(self.seen, {"torn": 1}, live=self.replaced({late: late._replace(batch=late.batch + 1)}))

    def test_a_split_commit_may_come_at_several_moments_but_not_a_part_of_it(self):
        events = self.split_commit()
        part = [event for event in events if event.split == 1]
        self.assert_only(self.seen, {"torn": 1},
                         live=self.replaced({part[-1]: part[-1]._replace(batch=part[-1].batch + 5)}))

    def test_a_split_commit_that_does_not_say_so_is_torn(self):
        silent = {event: event._replace(split=None) for event in self.split_commit()}
        self.assert_only(self.replaced(silent), {"torn": 1})

    def test_a_split_commit_that_says_so_only_in_part_is_torn(self):
        last = self.split_commit()[-1]
        self.assert_only(self.replaced({last: last._replace(split=None)}), {"torn": 1})

    def test_a_missing_number_of_a_part_is_torn(self):
        renumbered = {event: event._replace(split=3) for event in self.split_commit() if event.split == 2}
        _, counts = self.counts(self.replaced(renumbered))
        self.assertIn("torn", counts)

    def test_two_transactions_under_one_commit_are_torn(self):
        first, second = self.two_of_one_account()
        moved = {event: event._replace(id=event.id[:9] + first.id[9:25] + event.id[25:-4] + "0007")
                 for event in self.seen if event.id[9:25] == second.id[9:25]}
        _, counts = self.counts(self.replaced(moved))
        self.assertIn("torn", counts)

    # --- altered, unexpected, malformed

    def test_an_altered_payload_is_named(self):
        altered = self.seen[3]
        self.assert_only(self.replaced({altered: altered._replace(payload="other")}), {"altered": 1})

    def test_an_event_that_no_commit_demands_is_unexpected(self):
        last = self.seen[-1]
        ghost = last._replace(name=last.name._replace(version=999), offset=last.offset + 1, id=event_id(0xFFFFFF, 1),
                              split=None)
        verdict = self.assert_only(self.seen + [ghost], {"unexpected": 1})
        self.assertTrue(verdict.line(1).endswith("kills=1 unexpected=1"))

    def test_an_event_of_a_wrong_account_is_lost_and_unexpected(self):
        event = self.lone_event()
        _, counts = self.counts(self.replaced({event: event._replace(name=event.name._replace(account="another"))}))
        self.assertEqual(counts, {"lost": 1, "unexpected": 1})

    def test_an_id_of_another_form_is_malformed(self):
        event = self.lone_event()
        _, counts = self.counts(self.replaced({event: event._replace(id=event.id.lower() + "x")}))
        self.assertEqual(counts["malformed"], 1)

    # --- vanished: what a reader saw live, against the log at the end

    def test_an_event_that_was_visible_and_is_gone_has_vanished(self):
        ghost = self.seen[-1]._replace(offset=9999, id=event_id(0xFFFFFF, 1))
        _, counts = self.counts(self.seen, live=self.seen + [ghost])
        self.assertEqual(counts["vanished"], 1)

    def test_an_event_that_changed_after_it_was_visible_has_vanished(self):
        event = self.lone_event()
        live = self.replaced({event: event._replace(payload="what it was before")})
        _, counts = self.counts(self.seen, live=live)
        self.assertEqual(counts, {"vanished": 1})

    def test_an_event_shown_twice_at_one_offset_has_vanished(self):
        self.assert_only(self.seen, {"vanished": 1}, live=self.seen + [self.seen[-1]])

    def test_an_event_that_the_reader_was_never_shown_is_named(self):
        _, counts = self.counts(self.seen, live=self.seen[:-1])
        self.assertIn("vanished", counts)

    # --- the test itself

    def test_a_truth_that_names_two_events_alike_is_refused(self):
        with self.assertRaises(ValueError):
            judge(self.truth + [self.truth[0]], self.seen)


if __name__ == "__main__":
    unittest.main()
