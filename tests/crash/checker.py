"""The judge of a crash test: two histories in, a verdict out.

One history is the database's truth (tests/crash/truth.sql): the events that its commits must lead to. The other is what an
independent reader saw in the event log, in the log's order. Nothing here does I/O; tests/crash/checker_test.py feeds it broken
histories, and it must name each breakage.

An event is named by its place in the source (account, type, version, and for subscriptions what was done), not by its id:
so an event that came twice under two ids is a duplicate, and one under a wrong id is not lost.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Iterable, NamedTuple, Optional, Sequence


class Name(NamedTuple):
    """What an event is about: unique in the truth."""

    account: str
    type: str
    version: int
    deed: str  # "started", "changed", "removed" for subscriptions, else empty


class Expected(NamedTuple):
    name: Name
    change: int  # number of the row change; rises in commit order for one account
    transaction: int
    payload: str  # digest


class Seen(NamedTuple):
    """An event in the log. `batch` is the number of the moment at which it was first visible: readers look at moments when
    each commit must be there wholly or not at all, and number them."""

    name: Name
    partition: int
    offset: int
    id: str
    payload: str  # digest
    split: Optional[int] = None  # the part's number, when the record says that its transaction was split
    batch: int = 0


EVENT_ID = re.compile(r"[0-9A-F]{8}-([0-9A-F]{16})-[0-9A-F]-[0-9A-F]{12}-[0-9A-F]{4}")


def commit_of(event_id: str) -> Optional[str]:
    """The commit LSN in an event's id; None when the id has another form."""
    match = EVENT_ID.fullmatch(event_id)
    return match.group(1) if match else None


# In the order of the verdict line. The first three always stand there, the others only when there are any.
LOST, DUPLICATE, MISORDERED = "lost", "duplicate", "misordered"
TORN, ALTERED, UNEXPECTED, VANISHED, MALFORMED = "torn", "altered", "unexpected", "vanished", "malformed"
ALWAYS = (LOST, DUPLICATE, MISORDERED)
ONLY_WHEN_ANY = (TORN, ALTERED, UNEXPECTED, VANISHED, MALFORMED)


@dataclass
class Verdict:
    changes: int = 0  # events that the truth demands
    events: int = 0  # events in the log
    transactions: int = 0
    split: int = 0  # transactions that came in parts
    problems: dict = field(default_factory=lambda: defaultdict(list))  # kind -> sentences

    def count(self, kind: str) -> int:
        return len(self.problems[kind])

    @property
    def clean(self) -> bool:
        return self.changes > 0 and self.changes == self.events and not any(self.problems.values())

    def line(self, kills: int) -> str:
        parts = [f"changes={self.changes}", f"events={self.events}"]
        parts += [f"{kind}={self.count(kind)}" for kind in ALWAYS]
        parts.append(f"kills={kills}")
        parts += [f"{kind}={self.count(kind)}" for kind in ONLY_WHEN_ANY if self.count(kind)]
        return "verdict: " + " ".join(parts)

    def explain(self, per_kind: int = 5) -> list:
        """The first problems of each kind, as sentences."""
        sentences = []
        for kind in ALWAYS + ONLY_WHEN_ANY:
            sentences += [f"{kind}: {text}" for text in self.problems[kind][:per_kind]]
            if self.count(kind) > per_kind:
                sentences.append(f"{kind}: and {self.count(kind) - per_kind} more")
        return sentences


def describe(name: Name) -> str:
    deed = f" ({name.deed})" if name.deed else ""
    return f"{name.type}{deed} of account {name.account}, version {name.version}"


def judge(truth: Iterable[Expected], seen: Iterable[Seen], seen_live: Optional[Iterable[Seen]] = None) -> Verdict:
    """`seen` is the log at the end, read anew; `seen_live` what the reader saw while things happened, with its batches.
    Without the latter, `seen` stands for both."""
    truth = list(truth)
    seen = sorted(seen, key=lambda event: (event.partition, event.offset))
    live = seen if seen_live is None else sorted(seen_live, key=lambda event: (event.partition, event.offset))
    verdict = Verdict(changes=len(truth), events=len(seen), transactions=len({row.transaction for row in truth}))
    expected = {row.name: row for row in truth}
    if len(expected) != len(truth):
        raise ValueError("the truth names two events alike: the test itself is wrong")
    _check_presence(verdict, expected, seen)
    _check_order(verdict, expected, seen)
    _check_wholeness(verdict, expected, live)
    if seen_live is not None:
        _check_permanence(verdict, live, seen)
    return verdict


def _check_presence(verdict: Verdict, expected: dict, seen: Sequence[Seen]) -> None:
    by_name = {}
    by_id = {}
    for event in seen:
        if commit_of(event.id) is None:
            verdict.problems[MALFORMED].append(f"{describe(event.name)} has an id of no known form: {event.id!r}")
        wanted = expected.get(event.name)
        if wanted is None:
            verdict.problems[UNEXPECTED].append(f"{event.id}: no commit demands {describe(event.name)}")
        elif event.name in by_name:
            verdict.problems[DUPLICATE].append(f"{describe(event.name)}: {by_name[event.name].id} and {event.id}")
        elif event.id in by_id:
            verdict.problems[DUPLICATE].append(f"id {event.id} stands for {describe(by_id[event.id])} and {describe(event.name)}")
        if wanted is not None and wanted.payload != event.payload:
            verdict.problems[ALTERED].append(f"{event.id}: the payload of {describe(event.name)} is not what was committed")
        by_name.setdefault(event.name, event)
        by_id.setdefault(event.id, event.name)
    for name, row in expected.items():
        if name not in by_name:
            verdict.problems[LOST].append(f"{describe(name)} (transaction {row.transaction})")


def _check_order(verdict: Verdict, expected: dict, seen: Sequence[Seen]) -> None:
    last = {}
    for event in seen:
        # What no commit demands has no place in the order; it is judged above.
        if event.name not in expected:
            continue
        before = last.get(event.name.account)
        last[event.name.account] = event
        if before is None:
            continue
        if before.partition != event.partition:
            verdict.problems[MISORDERED].append(
                f"account {event.name.account} is in partition {before.partition} and in {event.partition}")
        elif event.id < before.id:
            verdict.problems[MISORDERED].append(f"{event.id} stands behind {before.id}")
        elif expected[event.name].change < expected[before.name].change:
            verdict.problems[MISORDERED].append(f"{describe(event.name)} stands behind {describe(before.name)}")


def _check_wholeness(verdict: Verdict, expected: dict, live: Sequence[Seen]) -> None:
    commits = defaultdict(list)
    for event in live:
        commits[commit_of(event.id)].append(event)
    sizes = defaultdict(int)
    for row in expected.values():
        sizes[row.transaction] += 1
    for commit, events in commits.items():
        if any(event.split for event in events):
            verdict.split += 1
        for reason in _tears(events, expected, sizes):
            verdict.problems[TORN].append(f"commit {commit}: {reason}")
            break


def _tears(events: Sequence[Seen], expected: dict, sizes: dict):
    transactions = {expected[event.name].transaction for event in events if event.name in expected}
    if len(transactions) > 1:
        yield f"holds events of {len(transactions)} transactions"
    present = len({event.name for event in events if event.name in expected})
    for transaction in transactions:
        if len(transactions) == 1 and present != sizes[transaction]:
            yield f"{present} of its {sizes[transaction]} events are there"
    parts = {event.split for event in events}
    if None in parts and len(parts) > 1:
        yield "some of its records say that it was split, others do not"
    if None not in parts and parts != set(range(1, len(parts) + 1)):
        yield f"its parts are numbered {sorted(parts)}"
    in_source_order = [event.split or 0 for event in sorted(events, key=lambda event: event.id)]
    if in_source_order != sorted(in_source_order):
        yield "its parts are out of order"
    batches = defaultdict(set)
    for event in events:
        batches[event.split].add(event.batch)
    for part, moments in batches.items():
        if len(moments) > 1:
            what = "it" if part is None else f"its part {part}"
            yield f"{what} became visible at {len(moments)} different moments"


def _check_permanence(verdict: Verdict, live: Sequence[Seen], final: Sequence[Seen]) -> None:
    """What was visible once must stay as it was; and what is there at the end must have been seen."""
    at_end = {(event.partition, event.offset): event for event in final}
    for event in live:
        still = at_end.pop((event.partition, event.offset), None)
        if still is None:
            verdict.problems[VANISHED].append(f"{event.id} was visible and is gone (or was shown twice)")
        elif (still.id, still.name, still.payload) != (event.id, event.name, event.payload):
            verdict.problems[VANISHED].append(f"{event.id} was visible and has become {still.id}")
    for event in at_end.values():
        verdict.problems[VANISHED].append(f"{event.id} is in the log and was never visible to the reader")
