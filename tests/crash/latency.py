"""How long from a commit in PostgreSQL until an independent reader could read all of its events.

Counted by commit and not by event, so that one transaction of ten thousand rows does not outweigh ten thousand small ones.
The commit's time is PostgreSQL's (ce_time), the other the reader's clock: on one machine they are the same clock."""

from collections import defaultdict
from datetime import datetime, timezone
from typing import Iterable, List, NamedTuple, Sequence, Tuple

from history import Record

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
LARGE_EVENTS_MIN = 5_000


class Commit(NamedTuple):
    committed_us: int
    readable_us: int  # the last of its events
    events: int

    @property
    def latency_ms(self) -> float:
        return (self.readable_us - self.committed_us) / 1000


def time_us(ce_time: str) -> int:
    return (datetime.fromisoformat(ce_time.replace("Z", "+00:00")) - EPOCH) // (EPOCH.resolution)


def commits(records: Iterable[Record]) -> List[Commit]:
    found = defaultdict(lambda: [0, 0, 0])
    for record in records:
        entry = found[record.headers["ce_id"][9:25]]
        entry[0] = entry[0] or time_us(record.headers["ce_time"])
        entry[1] = max(entry[1], record.seen_at_us)
        entry[2] += 1
    return sorted(Commit(*entry) for entry in found.values())


def classify(all_commits: Sequence[Commit], dead: Sequence[Tuple[int, int]]) -> dict:
    """`dead` are the spans (microseconds) in which the program was killed, or had just come back. A commit in one of them is
    "killed"; a large one, or one that waited behind it, is "large"; every other is "ordinary"."""
    large = [(commit.committed_us, commit.readable_us) for commit in all_commits if commit.events >= LARGE_EVENTS_MIN]
    classes = {"ordinary": [], "large": [], "killed": []}
    for commit in all_commits:
        if _inside(commit, dead):
            classes["killed"].append(commit.latency_ms)
        elif _inside(commit, large):
            classes["large"].append(commit.latency_ms)
        else:
            classes["ordinary"].append(commit.latency_ms)
    return classes


def _inside(commit: Commit, spans: Sequence[Tuple[int, int]]) -> bool:
    return any(begin <= commit.readable_us and commit.committed_us <= end for begin, end in spans)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * round(share * 1000) // 1000) - 1)]
