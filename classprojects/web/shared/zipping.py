"""A ZIP that is written while it is sent: nothing of it is held in memory or on disk as a whole."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from classprojects.core import clock
from classprojects.gateways.storage import get_storage

BLOCK = 256 * 1024


@dataclass(frozen=True)
class Item:
    """One file of the ZIP: words, or the key of stored bytes."""

    name: str
    text: str = ""
    key: str | None = None
    size: int = 0


class _Pipe(io.RawIOBase):
    """Where the ZIP is written to: what came since it was last asked."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._parts = b"".join(self._parts), []
        return taken


def zipped(items: Sequence[Item]) -> Iterator[bytes]:
    """The ZIP in pieces. Asks for the store at once: a server reads the pieces when no application is around any more."""
    return _zipped(items, get_storage().open)


def _zipped(items: Sequence[Item], open_stored: Callable[[str], BinaryIO]) -> Iterator[bytes]:
    pipe, now = _Pipe(), clock.now().timetuple()[:6]
    with zipfile.ZipFile(pipe, "w") as archive:
        for item in items:
            entry = zipfile.ZipInfo(item.name, date_time=now)
            entry.external_attr = 0o644 << 16
            if item.key is None:
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, item.text)
                yield pipe.take()
                continue
            try:
                source = open_stored(item.key)
            except FileNotFoundError:
                continue  # deleted since this was asked for
            # Media are compressed already, so that they are only stored.
            with source, archive.open(entry, "w", force_zip64=True) as target:
                while block := source.read(BLOCK):
                    target.write(block)
                    yield pipe.take()
            yield pipe.take()
    yield pipe.take()
