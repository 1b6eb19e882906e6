"""Files on their way in: what has arrived of each, in a file of its own until the whole is stored.

They lie beside a local store, so that a whole file moves into it without being
copied; where the store is elsewhere, in the data folder. Every machine that
serves pages must see the same folder.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from flask import current_app

log = logging.getLogger(__name__)

FOLDER = ".pieces"
BLOCK = 64 * 1024
#: how long, and how much, is written before it is made durable and counted
BEAT_SECONDS = 2.0
BEAT_BYTES = 32 * 1024 * 1024
#: bytes that stay free on the disk for everything else
RESERVE = 256 * 1024 * 1024

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


def write(name: str, at: int, stream: IO[bytes], most: int) -> Iterator[int]:
    """Write what ``stream`` brings from byte ``at`` on, at most ``most`` bytes; yields how many bytes are safely here.

    Yields every few seconds, before more is written, so that the caller can stop
    when the file is not its own any more, and once at the end. A line that breaks
    only ends it early. Raises OSError when the disk takes no more, after yielding
    what it took.
    """
    descriptor = _open(name)
    try:
        position, end = at, at + most
        counted, beat = at, time.monotonic()
        trouble: OSError | None = None
        while position < end and trouble is None:
            block = read(stream, min(BLOCK, end - position))
            if not block:
                break
            if time.monotonic() - beat > BEAT_SECONDS or position - counted >= BEAT_BYTES:
                os.fdatasync(descriptor)
                yield position
                counted, beat = position, time.monotonic()
            view = memoryview(block)
            try:
                while view:
                    written = os.pwrite(descriptor, view, position)
                    view, position = view[written:], position + written
            except OSError as error:
                trouble = error
        if position > counted:
            os.fdatasync(descriptor)
        yield position
        if trouble is not None:
            raise trouble
    finally:
        os.close(descriptor)


def _open(name: str) -> int:
    path = path_of(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)


def read(stream: IO[bytes], most: int) -> bytes:
    """The next bytes of a request; none when its line broke, whatever the server raises then."""
    try:
        return stream.read(most)
    except Exception as error:
        log.info("a line broke", extra={"error": type(error).__name__})
        return b""


def size_of(name: str) -> int:
    """How many bytes lie here; 0 when there is nothing."""
    try:
        return path_of(name).stat().st_size
    except FileNotFoundError:
        return 0


def has_space(size: int) -> bool:
    """Whether the disk could take so many bytes more now."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free - RESERVE >= size


def second_name(name: str) -> Path:
    """The same bytes under another name, for the store to take: what is here stays until it is removed.

    So a crash between storing and recording loses nothing. On a disk without hard links it is the file itself.
    """
    path = path_of(name)
    other = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    try:
        os.link(path, other)
    except OSError:
        if not path.exists():
            raise
        return path
    return other


def remove(name: str) -> None:
    """Forget what has arrived; nothing when there is nothing."""
    path_of(name).unlink(missing_ok=True)


def list_old(older_than: float) -> list[str]:
    """Names of what was written that many seconds ago or more, the oldest thousand at most."""
    before = time.time() - older_than
    found = []
    for path in _folder().iterdir() if _folder().is_dir() else ():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime <= before:
                found.append((path.stat().st_mtime, path.name))
    return [name for _moment, name in sorted(found)[:1000]]


def sweep(names: Collection[str]) -> int:
    """Remove these files of the folder; how many there were."""
    swept = 0
    for name in names:
        with suppress(FileNotFoundError):
            (_folder() / Path(name).name).unlink()
            swept += 1
    return swept


def path_of(name: str) -> Path:
    """Where the bytes of ``name`` lie; ValueError for a name that is none of ours."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name of ours: {name!r}")
    return _folder() / name


def _folder() -> Path:
    settings = current_app.config["SETTINGS"]
    store = urlsplit(settings.storage_url)
    return Path(unquote(store.path)) / FOLDER if store.scheme == "file" else settings.data_dir / FOLDER.lstrip(".")
