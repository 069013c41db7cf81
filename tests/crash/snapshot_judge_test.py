"""The judge of snapshots is fed broken histories: it must name each breakage."""

import unittest

from snapshot_judge import problems


def history(*events):
    """(type, account, points): ids and sequences are as they should be."""
    return [(f"customer.{kind}", account, points, f"id{number}", f"{number:03}") for number, (kind, account, points) in enumerate(events)]


SOUND = [("changed", "a", 1), ("listed", "a", 1), ("changed", "a", 2), ("listed", "b", 0), ("changed", "c", 0), ("listed", "c", 0),
         ("gone", "b", 0)]


class JudgeTest(unittest.TestCase):
    def said(self, events, after=("a", "c")):
        return " ".join(problems(events, {"a", "b"}, set(after)))

    def test_a_sound_history_is_none(self):
        self.assertEqual(self.said(history(*SOUND)), "")

    def test_breakages_are_named(self):
        broken = {
            "behind an event with 2": [SOUND[0], SOUND[2], SOUND[1], SOUND[4], SOUND[5]],  # stale
            "was listed 2 times": [*SOUND, ("listed", "a", 2)],
            "was never listed": [SOUND[0], SOUND[2], SOUND[4], SOUND[5]],
            "has 1 points behind an event with 0": [SOUND[1], SOUND[0], SOUND[4], SOUND[5]],  # ahead of its event
            "changes from 0 points to 2": [("listed", "a", 0), ("changed", "a", 2), ("listed", "c", 0), ("changed", "c", 0)],
            "behind an event with None": [("gone", "a", 0), ("listed", "a", 0), SOUND[4], SOUND[5]],  # risen from the dead
        }
        for sentence, events in broken.items():
            self.assertIn(sentence, self.said(history(*events)))

    def test_ids_and_sequences_are_held_too(self):
        events = history(*SOUND)
        events[1] = (*events[1][:3], "id0", events[1][4])
        self.assertIn("id id0 stands for 2 events", self.said(events))
        events = history(*SOUND)
        events[1] = (*events[1][:4], "000")
        self.assertIn("is not behind 000", self.said(events))


if __name__ == "__main__":
    unittest.main()
