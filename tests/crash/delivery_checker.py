"""The judge of deliveries to one consumer: what is due, what its receiver saw, and what the receipts say, in; a verdict out.

What is due comes from the database's truth; what was seen from the receiver; receipts from an independent reader. Nothing here
does I/O; tests/crash/delivery_checker_test.py feeds it broken histories, and it must name each breakage.

What a receiver that keeps the highest sequence of each account, and drops the rest, would end with is what counts:

    lost         due, and never taken, with no receipt that says why
    misordered   a sequence that fell, or stood for two events; an event behind a later one of its account that may not overtake;
                 anything of an account behind its deletion
    again        sent once more though it was on record that it had been delivered
    unannounced  sent without an intent on record, once for each time
    altered      not what the database has
    unexpected   not due
    untold       taken, and the receipts do not say that it was delivered, though whoever sent it neither died nor gave it up
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Iterable, NamedTuple, Optional

DELETION = "customer.deletion_requested"
# May go before older ones of their account: a deletion, and a consent that became narrower.
URGENT = (DELETION, "customer.consent_changed")
# Ends of an event that was not delivered.
WITHHELD, ERASED, SUPERSEDED, SKIPPED = "withheld", "erased", "superseded", "skipped"
UNKNOWN = "unknown"  # of an attempt

LOST, MISORDERED, AGAIN, UNANNOUNCED, ALTERED = "lost", "misordered", "again", "unannounced", "altered"
UNEXPECTED, UNTOLD = "unexpected", "untold"
ALWAYS = (LOST, MISORDERED, AGAIN)
ONLY_WHEN_ANY = (UNANNOUNCED, ALTERED, UNEXPECTED, UNTOLD)


class Due(NamedTuple):
    """An event that the consumer is to get. Ids of one account rise in commit order."""

    id: str
    account: str
    type: str
    content: Optional[str] = None  # digest of what of it must be seen; None: not compared


class Arrival(NamedTuple):
    """A request, in the order in which requests came."""

    id: str
    account: str
    sequence: str
    taken: bool  # the sender knows, or could know, that it was taken
    content: Optional[str] = None


class Noted(NamedTuple):
    """A receipt; those of one event in the order of their partition."""

    id: str
    kind: str  # intent, outcome, withheld
    fate: str = ""


@dataclass
class Verdict:
    due: int = 0
    delivered: int = 0  # different events
    requests: int = 0
    repeated: int = 0  # requests beyond the first of each event
    ends: Counter = field(default_factory=Counter)  # of what was not delivered, by the receipts
    problems: dict = field(default_factory=lambda: defaultdict(list))  # kind -> sentences

    def count(self, kind):
        return len(self.problems[kind])

    @property
    def clean(self):
        return self.due > 0 and self.due == self.delivered + sum(self.ends.values()) and not any(self.problems.values())

    def line(self, consumer):
        parts = [f"due={self.due}", f"delivered={self.delivered}", *(f"{end}={count}" for end, count in sorted(self.ends.items())),
                 f"requests={self.requests}", f"repeated={self.repeated}"]
        parts += [f"{kind}={self.count(kind)}" for kind in ALWAYS]
        parts += [f"{kind}={self.count(kind)}" for kind in ONLY_WHEN_ANY if self.count(kind)]
        return f"delivery to {consumer}: " + " ".join(parts)

    def explain(self, per_kind=5):
        """The first problems of each kind, as sentences."""
        sentences = []
        for kind in ALWAYS + ONLY_WHEN_ANY:
            sentences += [f"{kind}: {text}" for text in self.problems[kind][:per_kind]]
            if self.count(kind) > per_kind:
                sentences.append(f"{kind}: and {self.count(kind) - per_kind} more")
        return sentences


def judge(due: Iterable[Due], arrivals: Iterable[Arrival], receipts: Iterable[Noted], may_come_late=()) -> Verdict:
    """`may_come_late` are ids that were set aside and replayed: later ones of their account went out before."""
    due = {one.id: one for one in due}
    arrivals = list(arrivals)
    notes = defaultdict(list)
    for note in receipts:
        notes[note.id].append(note)
    requests = Counter(one.id for one in arrivals)
    verdict = Verdict(due=len(due), requests=len(arrivals), repeated=len(arrivals) - len(requests))
    _check_presence(verdict, due, arrivals, notes)
    _check_order(verdict, due, arrivals, set(may_come_late))
    _check_receipts(verdict, due, requests, notes)
    return verdict


def _check_presence(verdict, due, arrivals, notes):
    taken = {one.id for one in arrivals if one.taken}
    deleted = defaultdict(str)  # the last deletion of each account
    for one in due.values():
        if one.type == DELETION:
            deleted[one.account] = max(deleted[one.account], one.id)
    for one in arrivals:
        wanted = due.get(one.id)
        if wanted is None or wanted.account != one.account:
            verdict.problems[UNEXPECTED].append(f"{one.id} of account {one.account} is not due")
        elif wanted.content is not None and wanted.content != one.content:
            verdict.problems[ALTERED].append(f"{one.id}: not what was committed")
    for one in due.values():
        fates = {note.fate for note in notes[one.id]}
        if one.id in taken:
            verdict.delivered += 1
            if "delivered" not in fates and not _ended_unknowing(notes[one.id]):
                verdict.problems[UNTOLD].append(f"{one.id} was taken; its receipts say {sorted(fates)}")
            continue
        end = next((fate for fate in (ERASED, WITHHELD, SUPERSEDED, SKIPPED) if fate in fates), None)
        if end == ERASED and deleted[one.account] < one.id:
            end = None  # by no deletion
        if end is None:
            verdict.problems[LOST].append(f"{one.id} ({one.type} of account {one.account}); its receipts say "
                                          f"{[note.fate or note.kind for note in notes[one.id]]}")
        else:
            verdict.ends[end] += 1


def _ended_unknowing(notes):
    """An attempt has no outcome on record (whoever sent it died) or an unknown one (the answer came too late), and before the next one
    policy or a deletion ended the event."""
    tries = sum(note.kind == "intent" for note in notes)
    outcomes = sum(note.kind == "outcome" and note.fate not in (ERASED, SUPERSEDED, UNKNOWN) for note in notes)
    return tries > outcomes and notes[-1].fate in (ERASED, WITHHELD, SUPERSEDED)


def _check_order(verdict, due, arrivals, may_come_late):
    last = {}  # by account: (sequence, id) of the highest sequence sent
    latest = defaultdict(str)  # by account: the latest id that may not overtake
    deleted = defaultdict(str)  # by account: the latest deletion that was sent
    for one in arrivals:
        before = last.get(one.account)
        if before and (one.sequence < before[0] or one.sequence == before[0] and one.id != before[1]):
            verdict.problems[MISORDERED].append(f"{one.id} with sequence {one.sequence} behind {before[1]} with {before[0]}")
        if not before or one.sequence >= before[0]:
            last[one.account] = (one.sequence, one.id)
        if one.id < latest[one.account] and one.id not in may_come_late:
            verdict.problems[MISORDERED].append(f"{one.id} of account {one.account} behind {latest[one.account]}")
        if one.id < deleted[one.account]:
            verdict.problems[MISORDERED].append(f"{one.id} of account {one.account} behind its deletion {deleted[one.account]}")
        event = due.get(one.id)
        if event is None:
            continue
        if event.type not in URGENT:
            latest[one.account] = max(latest[one.account], one.id)
        if event.type == DELETION:
            deleted[one.account] = max(deleted[one.account], one.id)


def _check_receipts(verdict, due, requests, notes):
    for id_, count in requests.items():
        announced = sum(note.kind == "intent" for note in notes[id_])
        if count > announced:
            verdict.problems[UNANNOUNCED].append(f"{id_} was sent {count} times, with {announced} intents on record")
    for id_ in due:
        known = False
        for note in notes[id_]:
            if known and (note.kind == "intent" or note.fate == "delivered"):
                verdict.problems[AGAIN].append(f"{id_}: {note.fate or note.kind} behind the receipt that it was delivered")
                break
            known = known or note.fate == "delivered"
