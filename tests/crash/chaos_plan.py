"""What happens in which round, by seed: a pure function, so that a run can be repeated."""

import random
from dataclasses import dataclass
from typing import List, Optional

# The steps of the protocol (roles/capture/failpoint.h), and how often a step is passed within a second or two of a busy
# stream: the hit at which to die is drawn from 1 to that.
FAILPOINTS = {
    "begin_before": 60, "begin_after": 60, "produce_before": 60, "produce_after": 60, "checkpoint_before": 60,
    "checkpoint_after": 60, "commit_before": 60, "commit_after": 60, "feedback_before": 4, "feedback_after": 4,
}
# Those of a delivery (roles/deliver/deliver_loop.cc): each round has a life that ends at one of them.
DELIVERY_FAILPOINTS = {
    "deliver_commit_before": 20, "deliver_commit_after": 20, "deliver_send_before": 20, "deliver_send_after": 20, "deliver_outcome": 20,
}
# What the consumer's receiver does to a share of what comes, or to all of it (tests/crash/chaos_delivery.py).
RECEIVER = ("well", "all sorts", "500", "throttles", "late", "away", "gone")
# What becomes of the other instance for a round (tests/crash/chaos_second.py); when the next one begins it is well again, or started again.
LIVES, DIES, STOPS, FREEZES, FREEZES_BEFORE_SENDING = FATES = ("lives", "dies", "stops", "freezes", "freezes before sending")
OUTSIDE = {
    "embedded": ("postgres fast", "postgres immediate", "freeze"),
    "kafka": ("broker kill", "broker kill", "postgres fast", "postgres immediate", "freeze"),
}


@dataclass(frozen=True)
class Round:
    number: int
    failpoint: str
    hit: int
    outside: Optional[str]  # what else is hurt, while the program is on its way to the failpoint
    outside_after_s: float
    outside_for_s: float  # how long it is away, or frozen
    random_kill_after_s: Optional[float]  # another life in this round, killed at a random moment
    delivery_failpoint: str  # where the last life of this round ends
    delivery_hit: int
    receiver: str  # what it does meanwhile
    second: str  # of FATES, where there is another instance
    second_hit: int

    def __str__(self):
        text = f"{self.failpoint}:{self.hit}"
        if self.outside:
            text += f", {self.outside}"
        if self.random_kill_after_s is not None:
            text += f", then at {self.random_kill_after_s:.2f} s"
        return f"{text}, then {self.delivery_failpoint}:{self.delivery_hit}; receiver: {self.receiver}"


def hits_min(rounds: List[Round]) -> dict:
    """So often each failpoint must have killed, at the least. Fewer rounds than failpoints cannot have them all."""
    drawn = {current.failpoint for current in rounds} | {current.delivery_failpoint for current in rounds}
    return {name: max(1, len(rounds) // 15) for name in drawn}


def plan(seed: str, rounds: int, log: str) -> List[Round]:
    rng = random.Random(f"{seed}/{log}")
    second_rng = random.Random(f"{seed}/second")
    seconds = drawn(second_rng, list(FATES), rounds)
    names, deliveries, receivers = (drawn(rng, list(kinds), rounds) for kinds in (FAILPOINTS, DELIVERY_FAILPOINTS, RECEIVER))
    made = []
    for number, name in enumerate(names, start=1):
        hurt = rng.random() < 0.4
        made.append(Round(
            number, name,
            # Early steps (fencing, claim) deserve as much as the middle of a busy stream.
            hit=rng.choice([1, 2, 3, rng.randint(1, FAILPOINTS[name])]) if FAILPOINTS[name] > 4 else rng.randint(1, FAILPOINTS[name]),
            outside=rng.choice(OUTSIDE[log]) if hurt else None,
            outside_after_s=rng.uniform(0, 1), outside_for_s=rng.uniform(0, 2),
            random_kill_after_s=rng.uniform(0, 2) if rng.random() < 0.5 else None,
            delivery_failpoint=deliveries[number - 1], delivery_hit=rng.choice([1, 2, rng.randint(1, DELIVERY_FAILPOINTS[deliveries[number - 1]])]),
            receiver=receivers[number - 1], second=seconds[number - 1], second_hit=second_rng.choice([1, 2, second_rng.randint(1, 20)])))
    return made


def drawn(rng, kinds, count):
    """Each kind once before any comes again."""
    names = []
    while len(names) < count:
        names += rng.sample(kinds, len(kinds))
    return names[:count]


def birth_failpoints(seed: str) -> List[str]:
    """Where it dies while the pipeline is being made: before the first record, between slot and checkpoint, after."""
    rng = random.Random(f"{seed}/birth")
    steps = [name for name in FAILPOINTS if not name.startswith(("produce", "feedback"))]
    return [f"{name}:{hit}" for hit, name in zip((1, 1, 2), rng.sample(steps, 3))]
