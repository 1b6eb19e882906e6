"""An S3 service on this machine (moto, over HTTP), and a line to it that can be cut, held up or broken off."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import requests
from moto.server import ThreadedMotoServer

KEYS = "test-key:test%2Fsecret"


@contextmanager
def object_store() -> Iterator[str]:
    """The address of a running service, such as ``http://127.0.0.1:40123``."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def make_bucket(endpoint: str, name: str) -> None:
    """A bucket of this name, empty."""
    requests.post(f"{endpoint}/moto-api/reset", timeout=10)
    assert requests.put(f"{endpoint}/{name}", timeout=10).status_code == 200


def store_url(endpoint: str, bucket: str = "media", folder: str = "site", keys: str = KEYS) -> str:
    """The STORAGE_URL of a folder in a bucket there."""
    return f"s3://{keys}@{bucket}/{folder}?region=eu-west-1&endpoint={endpoint}"


class Line:
    """A TCP line to a service. What is set here happens from then on.

    ``cut_after``: bytes that get through to the service before the line is cut for good;
    ``break_off``: how many answers break off after ``answer_bytes``; ``silent``: nothing is answered.
    """

    def __init__(self, endpoint: str) -> None:
        host, port = endpoint.removeprefix("http://").split(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut_after: int | None = None
        self.break_off, self.answer_bytes = 0, 0
        self.silent = False
        self.connections = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """No line any more: connections are refused."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(caller)
            if self.silent:
                continue
            service = socket.create_connection(self._target, 10)
            self._open.append(service)
            threading.Thread(target=self._there, args=(caller, service), daemon=True).start()
            threading.Thread(target=self._back, args=(service, caller), daemon=True).start()

    def _there(self, caller: socket.socket, service: socket.socket) -> None:
        with suppress(OSError):
            while block := caller.recv(65536):
                if self.cut_after is not None:
                    self.cut_after -= len(block)
                    if self.cut_after <= 0:
                        self.close()
                        return
                service.sendall(block)
        with suppress(OSError):
            service.shutdown(socket.SHUT_WR)

    def _back(self, service: socket.socket, caller: socket.socket) -> None:
        sent = 0
        with suppress(OSError):
            while block := service.recv(65536):
                breaks = self.break_off > 0 and sent + len(block) > self.answer_bytes
                caller.sendall(block[: max(0, self.answer_bytes - sent)] if breaks else block)
                sent += len(block)
                if breaks:
                    self.break_off -= 1
                    break
        with suppress(OSError):
            caller.shutdown(socket.SHUT_RDWR)
