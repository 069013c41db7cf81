"""A piece of network between the program and a server, which a test can cut: every byte goes through a thread of the test's."""

import selectors
import socket
import struct
import threading


class Wire:
    """Listens at `port` of this machine and hands everything on to `target`."""

    def __init__(self, target):
        self._target = target
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._peers = {}  # each socket's other half
        self._lock = threading.Lock()
        self._frozen = self._closed = self._ends = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def freeze(self):
        """Nothing passes any more, and nobody is told: what a firewall does that has forgotten a connection."""
        with self._lock:
            self._frozen = True

    def thaw(self):
        with self._lock:
            self._frozen = False

    def cut(self):
        """Every connection is reset; new ones are made."""
        with self._lock:
            for end in list(self._peers):
                if end not in self._peers:
                    continue  # went with its other half
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._drop(end)

    def close(self):
        with self._lock:
            self._ends = True
        self._thread.join()
        for end in [self._listener, *self._peers]:
            end.close()
        self._selector.close()

    def _run(self):
        while True:
            ready = self._selector.select(0.02)
            with self._lock:
                if self._ends:
                    return
                if self._frozen:
                    ready = ()
                for key, _ in ready:
                    self._accept() if key.fileobj is self._listener else self._pass_on(key.fileobj)
            if self._frozen:
                threading.Event().wait(0.02)

    def _accept(self):
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self._target), 5)
        except OSError:
            near.close()
            return
        for end, other in ((near, far), (far, near)):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers[end] = other
            self._selector.register(end, selectors.EVENT_READ)

    def _pass_on(self, end):
        if end not in self._peers:
            return  # its other half went a moment ago
        try:
            data = end.recv(65536)
            if data:
                self._peers[end].sendall(data)
                return
        except OSError:
            pass
        self._drop(end)

    def _drop(self, end):
        other = self._peers.pop(end, None)
        if other is None:
            return
        self._peers.pop(other, None)
        for one in (end, other):
            self._selector.unregister(one)
            one.close()
