"""The two histories, read from where they are: the database's truth, and what a reader wrote down."""

import hashlib
import json
from typing import Iterator, NamedTuple, Optional

from checker import Expected, Name, Seen


class Record(NamedTuple):
    """A line of a reader's file: a record of the log as it was read."""

    batch: int  # moment at which it was first visible, see checker.Seen
    seen_at_us: int  # by the reader's clock, since the Unix epoch
    partition: int
    offset: int
    key: str
    value: str
    headers: dict


def read_records(path: str) -> Iterator[Record]:
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield Record(*json.loads(line))


def digest(payload: dict) -> str:
    """Equal for equal JSON values, whatever their spelling."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def name_of(event_type: str, payload: dict) -> Name:
    deed = payload.get("change") if event_type == "customer.subscription_changed" else None
    return Name(str(payload.get("account_id")), event_type, payload.get("version") or 0, deed or "")


def read_truth(connection) -> list:
    with connection.cursor() as cursor:
        cursor.execute("SELECT change, transaction, event_type, payload::text FROM truth.expected ORDER BY change")
        truth = []
        for change, transaction, event_type, text in cursor:
            payload = json.loads(text)
            truth.append(Expected(name_of(event_type, payload), change, transaction, digest(payload)))
        return truth


def to_seen(record: Record) -> Seen:
    """What the headers say and what the payload says must be one thing; where they differ the event becomes one that no
    commit demands."""
    headers = record.headers
    payload = json.loads(record.value)
    event_id = headers.get("ce_id", "")
    name = name_of(headers.get("ce_type", ""), payload)
    problem = _contradiction(record, name, event_id)
    if problem:
        name = name._replace(type=f"{name.type} [{problem}]")
    return Seen(name, record.partition, record.offset, event_id, digest(payload), _number(headers.get("ce_split")), record.batch)


def _contradiction(record: Record, name: Name, event_id: str) -> Optional[str]:
    headers = record.headers
    if record.key != name.account or headers.get("ce_subject") != name.account:
        return "key, subject and payload name different accounts"
    if headers.get("ce_sequence") != event_id:
        return "sequence is not the id"
    high, _, low = headers.get("ce_lsn", "").partition("/")
    if not low or f"{int(high, 16):08X}{int(low, 16):08X}" != event_id[9:25]:
        return "the LSN is not the id's"
    if headers.get("ce_specversion") != "1.0" or not headers.get("ce_time", "").endswith("Z"):
        return "not a CloudEvent"
    return None


def _number(text: Optional[str]) -> Optional[int]:
    return int(text) if text is not None else None
