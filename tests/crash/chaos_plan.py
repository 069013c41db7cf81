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
    random_kill_after_s: Optional[float]  # a second life in this round, killed at a random moment

    def __str__(self):
        text = f"{self.failpoint}:{self.hit}"
        if self.outside:
            text += f", {self.outside}"
        if self.random_kill_after_s is not None:
            text += f", then at {self.random_kill_after_s:.2f} s"
        return text


def hits_min(rounds: List[Round]) -> dict:
    """So often each failpoint must have killed, at the least. Fewer rounds than failpoints cannot have them all."""
    return {name: max(1, len(rounds) // 15) for name in {current.failpoint for current in rounds}}


def plan(seed: str, rounds: int, log: str) -> List[Round]:
    rng = random.Random(f"{seed}/{log}")
    names = []
    while len(names) < rounds:
        names += rng.sample(list(FAILPOINTS), len(FAILPOINTS))
    made = []
    for number, name in enumerate(names[:rounds], start=1):
        hurt = rng.random() < 0.4
        made.append(Round(
            number, name,
            # Early steps (fencing, claim) deserve as much as the middle of a busy stream.
            hit=rng.choice([1, 2, 3, rng.randint(1, FAILPOINTS[name])]) if FAILPOINTS[name] > 4 else rng.randint(1, FAILPOINTS[name]),
            outside=rng.choice(OUTSIDE[log]) if hurt else None,
            outside_after_s=rng.uniform(0, 1), outside_for_s=rng.uniform(0, 2),
            random_kill_after_s=rng.uniform(0, 2) if rng.random() < 0.5 else None))
    return made


def birth_failpoints(seed: str) -> List[str]:
    """Where it dies while the pipeline is being made: before the first record, between slot and checkpoint, after."""
    rng = random.Random(f"{seed}/birth")
    steps = [name for name in FAILPOINTS if not name.startswith(("produce", "feedback"))]
    return [f"{name}:{hit}" for hit, name in zip((1, 1, 2), rng.sample(steps, 3))]
