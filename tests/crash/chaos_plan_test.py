"""The plan of a chaos run: the same for the same seed, and every failpoint in it often enough."""

import unittest
from collections import Counter

from chaos_plan import DELIVERY_FAILPOINTS, FAILPOINTS, FATES, OUTSIDE, RECEIVER, birth_failpoints, hits_min, plan


class ChaosPlanTest(unittest.TestCase):
    def test_a_seed_is_a_plan(self):
        self.assertEqual(plan("a", 50, "kafka"), plan("a", 50, "kafka"))
        self.assertNotEqual(plan("a", 50, "kafka"), plan("b", 50, "kafka"))
        self.assertEqual(birth_failpoints("a"), birth_failpoints("a"))

    def test_each_failpoint_comes_often_enough(self):
        for rounds in (10, 11, 15, 50, 200):
            made = plan(str(rounds), rounds, "embedded")
            counts = Counter(current.failpoint for current in made) + Counter(current.delivery_failpoint for current in made)
            self.assertEqual(set(counts), set(FAILPOINTS) | set(DELIVERY_FAILPOINTS))
            self.assertEqual({current.receiver for current in made}, set(RECEIVER))
            self.assertEqual({current.second for current in made}, set(FATES))
            for name, least in hits_min(made).items():
                self.assertGreaterEqual(counts[name], least)

    def test_fifty_rounds_hurt_everything_else_too(self):
        for log, kinds in OUTSIDE.items():
            made = plan("1", 50, log)
            self.assertEqual({current.outside for current in made if current.outside}, set(kinds))
            self.assertGreaterEqual(sum(current.random_kill_after_s is not None for current in made), 10)


if __name__ == "__main__":
    unittest.main()
