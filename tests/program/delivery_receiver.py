"""The receivers of a delivery test: fast, with a plan of faults that is switched while they run, and with a record of all that came.

receiver.py answers by what the path says, for one request of one test. Here a path is a consumer's, many requests come at a time,
and which fault meets which request is the plan's matter. What came, what was answered and which plan held are on record.

A body that is a list, or a line an event, is a batch: each event in it is a Request of its own here, and has a result of its own in
the answer.
"""

import json
import random
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import FrozenSet, NamedTuple, Optional

ANSWERS = {  # what may be answered, beside a status in digits: (status line, body)
    "ok": ("200 OK", b'{"ok": true}'),
    "slow": ("200 OK", b'{"ok": true}'),   # whole, and in time
    "late": ("200 OK", b'{"ok": true}'),   # whole, when the sender has given it up
    "inside": ("200 OK", b'{"error": "busy"}'),
    "cut": ("200 OK", b'{"ok": true}'),    # half of it
    "dropped": ("", b""),                  # the connection ends without an answer
}
WHOLE = ("ok", "slow")  # after these the sender knows that it was taken
RESULTS = {  # what is said of an event of a batch within a 200, where it is not taken
    "item busy": {"error": {"code": "busy"}},
    "item refused": {"error": {"code": "invalid"}},
    "item missing": None,  # nothing
}
LINES = re.compile(rb"(?i)\r\ncontent-type: *application/x-ndjson")
CONTENT_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
WEBHOOK_ID = re.compile(rb"(?i)\r\nwebhook-id: *([^\r]*)")


class Fault(NamedTuple):
    """Of a consumer's requests, of these accounts' (None: all of them), this share is answered so. What is in RESULTS is of events of a
    batch, each by itself; anything else of a whole request, and of a batch where any event of it is meant."""

    answer: str
    consumer: Optional[str] = None
    accounts: Optional[FrozenSet[str]] = None
    share: float = 1.0

    def fits(self, requests, die):
        return (self.consumer in (None, requests[0].consumer)
                and (self.accounts is None or any(one.account in self.accounts for one in requests))
                and (self.share >= 1 or die.random() < self.share))


@dataclass
class Request:
    number: int  # in the order in which they were whole
    at: float  # seconds since the epoch
    consumer: str  # the first part of the path
    id: str
    type: str
    account: str
    sequence: str
    data: dict
    head: bytes = field(repr=False)
    body: bytes = field(repr=False)
    batch: Optional[str] = None  # the webhook-id of the whole, and in `id` is the event's own
    answer: str = "ok"
    answered_at: Optional[float] = None  # when the answer was sent, whatever it was

    @property
    def taken(self):
        """The sender knows, or could know, that it was taken."""
        return self.answer in WHOLE and self.answered_at is not None


class DeliveryReceiver:
    """Consumers' endpoints at one port: http://127.0.0.1:<port>/<consumer>."""

    def __init__(self, seed=0, slow_s=0.15, late_s=2.0):
        self.slow_s, self.late_s = slow_s, late_s
        self.on_request = None  # asked about each request before it is answered
        self.plans = []  # (time, faults) of every switch
        self.faults = ()
        self._requests = []
        self._die = random.Random(seed)
        self._lock = threading.Lock()
        self._connections = set()
        self._listener = None
        self.port = 0
        self.listen()

    # --- what came

    def requests(self, consumer=None, account=None):
        with self._lock:
            return [one for one in self._requests if consumer in (None, one.consumer) and account in (None, one.account)]

    def taken(self, consumer=None, account=None):
        return [one for one in self.requests(consumer, account) if one.taken]

    # --- what goes wrong

    def plan(self, *faults):
        """From now on; the first that fits decides. Without any all goes well."""
        with self._lock:
            self.plans.append((time.time(), faults))
            self.faults = faults

    def refuse(self):
        """Nobody listens any more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._listener = None
        with self._lock:
            self.plans.append((time.time(), "refuses connections"))
            open_ones = list(self._connections)
        for connection in open_ones:
            end(connection)

    def listen(self):
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self.port = self._listener.getsockname()[1]
        with self._lock:
            self.plans.append((time.time(), "listens"))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def end(self):
        if self._listener is not None:
            self.refuse()

    # --- threads, one a connection

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            buffer = bytearray()
            while True:
                message = read_message(connection, buffer)
                if message is None or not self._answer(connection, *self._take(*message)):
                    return
        except OSError:
            pass  # a sender that goes away is part of these tests
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _take(self, head, body):
        """(events of the request, answer to the whole of it, its body)"""
        content = list(map(json.loads, body.splitlines())) if LINES.search(head) else json.loads(body)
        found = WEBHOOK_ID.search(head)
        webhook_id = found.group(1).decode() if found else ""
        consumer = head.split(b" ", 2)[1].decode().strip("/").split("/")[0]
        batched = isinstance(content, list)
        with self._lock:
            now = time.time()
            requests = [Request(len(self._requests) + number, now, consumer, event["id"] if batched else webhook_id, event.get("type", ""),
                                event.get("subject", ""), event.get("sequence", ""), event.get("data", {}), head, body, webhook_id if batched else None)
                        for number, event in enumerate(content if batched else [content])]
            whole = self._first(requests, of_item=False)
            for one in requests:
                one.answer = self._first([one], of_item=True) if batched and whole in WHOLE else whole
            self._requests += requests
        if self.on_request:
            for one in requests:
                self.on_request(one)
        return requests, whole, results_of(requests) if batched and whole in (*WHOLE, "late", "cut") else None

    def _first(self, requests, of_item):
        return next((fault.answer for fault in self.faults if (fault.answer in RESULTS) == of_item and fault.fits(requests, self._die)), "ok")

    def _answer(self, connection, requests, word, results):
        """False: the connection has ended."""
        status, body = ANSWERS.get(word, (f"{word} .", b""))
        body = body if results is None else results
        if word in ("slow", "late"):
            time.sleep(self.slow_s if word == "slow" else self.late_s)
        if word == "dropped":
            end(connection)
            return False
        more = "Retry-After: 1\r\n" if word == "429" else ""
        answer = f"HTTP/1.1 {status}\r\n{more}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        if word == "cut":
            connection.sendall(answer[:-len(body) // 2])
            connection.shutdown(socket.SHUT_RDWR)
            return False
        connection.sendall(answer)
        for one in requests:
            one.answered_at = time.time()
        return True


def results_of(requests):
    """What an answer says of each event of a batch, the last one first: nobody promises an order."""
    results = [{"id": one.id, **(RESULTS[one.answer] if one.answer in RESULTS else {"state": "taken"})}
               for one in reversed(requests) if one.answer not in RESULTS or RESULTS[one.answer]]
    return json.dumps({"results": results}).encode()


def read_message(connection, buffer):
    """(head, body) of the next request; None when there is none."""
    def receive():
        data = connection.recv(65536)
        buffer.extend(data)
        return bool(data)
    while (at := buffer.find(b"\r\n\r\n")) < 0:
        if not receive():
            return None
    found = CONTENT_LENGTH.search(buffer, 0, at)
    whole = at + 4 + (int(found.group(1)) if found else 0)
    while len(buffer) < whole:
        if not receive():
            return None
    head, body = bytes(buffer[:at]), bytes(buffer[at + 4:whole])
    del buffer[:whole]
    return head, body


def end(connection):
    """With a reset: what a process that dies leaves behind."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
