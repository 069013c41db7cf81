"""The receivers of a delivery test: fast, with a plan of faults that is switched while they run, and with a record of all that came.

receiver.py answers by what the path says, for one request of one test. Here a path is a consumer's, many requests come at a time,
and which fault meets which request is the plan's matter. What came, what was answered and which plan held are on record.
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
CONTENT_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
WEBHOOK_ID = re.compile(rb"(?i)\r\nwebhook-id: *([^\r]*)")


class Fault(NamedTuple):
    """Of a consumer's requests, of these accounts' (None: all of them), this share is answered so."""

    answer: str
    consumer: Optional[str] = None
    accounts: Optional[FrozenSet[str]] = None
    share: float = 1.0

    def fits(self, request, die):
        return (self.consumer in (None, request.consumer) and (self.accounts is None or request.account in self.accounts)
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
                if message is None or not self._answer(connection, self._take(*message)):
                    return
        except OSError:
            pass  # a sender that goes away is part of these tests
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _take(self, head, body):
        event = json.loads(body)
        found = WEBHOOK_ID.search(head)
        path = head.split(b" ", 2)[1].decode()
        with self._lock:
            request = Request(len(self._requests), time.time(), path.strip("/").split("/")[0], found.group(1).decode() if found else "",
                              event.get("type", ""), event.get("subject", ""), event.get("sequence", ""), event.get("data", {}), head, body)
            request.answer = next((fault.answer for fault in self.faults if fault.fits(request, self._die)), "ok")
            self._requests.append(request)
        if self.on_request:
            self.on_request(request)
        return request

    def _answer(self, connection, request):
        """False: the connection has ended."""
        status, body = ANSWERS.get(request.answer, (f"{request.answer} .", b""))
        if request.answer in ("slow", "late"):
            time.sleep(self.slow_s if request.answer == "slow" else self.late_s)
        if request.answer == "dropped":
            end(connection)
            return False
        more = "Retry-After: 1\r\n" if request.answer == "429" else ""
        answer = f"HTTP/1.1 {status}\r\n{more}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        if request.answer == "cut":
            connection.sendall(answer[:-len(body) // 2])
            connection.shutdown(socket.SHUT_RDWR)
            return False
        connection.sendall(answer)
        request.answered_at = time.time()
        return True


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
