"""Lines between a client and a server that break where they are told to."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
import time
from collections.abc import Sequence

BLOCK = 16 * 1024
#: closing a socket with this set tells the other side at once, and drops what was on its way
AT_ONCE = struct.pack("ii", 1, 0)


class BreakingLine:
    """Passes connections on to a server; breaks one after another after so many bytes have gone up.

    ``cuts``: after how many bytes of a connection each break comes; a negative one breaks when the server
    answers to so many bytes or more: they arrived, and the sender never hears of it. What comes after the last
    break passes. ``rate``: bytes a second that go up, 0 for as fast as it goes.
    """

    def __init__(self, port: int, cuts: Sequence[int] = (), *, rate: int = 0) -> None:
        self.server = ("127.0.0.1", port)
        self.cuts, self.rate = list(cuts), rate
        self.broken = 0
        self.passed = 0
        self._lock = threading.Lock()
        self._ears = socket.create_server(("127.0.0.1", 0))
        self._ears.settimeout(0.2)
        self.port = int(self._ears.getsockname()[1])
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(10)
        self._ears.close()

    def _listen(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError, OSError):
                client, _ = self._ears.accept()
                thread = threading.Thread(target=self._carry, args=(client,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket() as server:
            try:
                server.connect(self.server)
            except OSError:
                return
            up = 0
            with selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
                ready.register(client, selectors.EVENT_READ, server)
                ready.register(server, selectors.EVENT_READ, client)
                while not self._stop.is_set():
                    for key, _ in ready.select(0.2):
                        source: socket.socket = key.fileobj  # type: ignore[assignment]
                        block = source.recv(BLOCK)
                        if source is client:
                            block = block[: self._room(up)]
                            up += len(block)
                            self.passed += len(block)
                        elif self._drops_answer(up):
                            self._break(client, server)
                            return
                        if not block:
                            return
                        key.data.sendall(block)
                        if source is client and self._is_reached(up):
                            self._break(client, server)
                            return
                        if self.rate and source is client:
                            time.sleep(len(block) / self.rate)

    def _room(self, up: int) -> int:
        with self._lock:
            return self.cuts[0] - up if self.cuts and self.cuts[0] > up else BLOCK

    def _is_reached(self, up: int) -> bool:
        with self._lock:
            if self.cuts and 0 < self.cuts[0] <= up:
                self.cuts.pop(0)
                return True
            return False

    def _drops_answer(self, up: int) -> bool:
        with self._lock:
            if self.cuts and self.cuts[0] < 0 and up >= -self.cuts[0]:
                self.cuts.pop(0)
                return True
            return False

    def _break(self, *ends: socket.socket) -> None:
        self.broken += 1
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
