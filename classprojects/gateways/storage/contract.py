"""What every store can do, and how its keys look.

Keys are made by us, never by people: lower-case folders and names of URL-safe
letters, joined by slashes. A file appears under its key whole or not at all.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

KEY = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*/[A-Za-z0-9_-]+(?:\.[a-z0-9]{1,8})?")
PREFIX = re.compile(r"(?:[a-z]+)?")
KEY_LENGTH = 200
BLOCK = 1024 * 1024


class BadKey(ValueError):
    """A key that we did not make; reaching outside of the store is impossible."""


class StorageTrouble(OSError):
    """The store cannot be reached, or does not do as it should; later it may."""


@dataclass(frozen=True)
class Delivery:
    """How a store is to hand a file to a browser by itself."""

    method: str  # GET or HEAD
    seconds: int  # how long the address holds at least, and at most twice as long
    mime: str
    cache_control: str
    disposition: str | None = None  # a Content-Disposition


class Storage(Protocol):
    """What every end can do.

    `open`, `size` and `borrowed_path` raise FileNotFoundError for what is not there;
    everything raises OSError (StorageTrouble is one) when the store is in trouble.
    """

    def incoming(self) -> tuple[BinaryIO, Path]: ...  # a new temporary file, near the store

    def put_file(self, key: str, path: Path, *, move: bool = False) -> None: ...  # whole or not at all

    def open(self, key: str) -> BinaryIO: ...  # seekable, for reading

    def borrowed_path(self, key: str) -> AbstractContextManager[Path]: ...  # a file with these bytes, to read

    def size(self, key: str) -> int: ...

    def exists(self, key: str) -> bool: ...

    def delete(self, key: str) -> None: ...  # of what is not there: nothing

    def list_keys(self, prefix: str = "", *, older_than: float = 0) -> Iterator[str]: ...  # age in seconds; 0: all

    def sweep_incoming(self, *, older_than: float) -> int: ...  # how many were left behind

    def is_writable(self) -> bool: ...

    def temporary_address(self, key: str, delivery: Delivery) -> str | None: ...  # None: it has none


def check_key(key: str) -> str:
    """``key`` itself, when it is one of ours; raises BadKey."""
    if len(key) > KEY_LENGTH or not KEY.fullmatch(key):
        raise BadKey(f"not a storage key: {key!r}")
    return key


def new_scrap(folder: Path, suffix: str = "") -> tuple[BinaryIO, Path]:
    """A new, empty temporary file in ``folder`` that no other account can read: (open for writing, path)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, suffix=suffix)
    return open(handle, "wb"), Path(name)


def sweep_scraps(folder: Path, *, older_than: float) -> int:
    """Delete temporary files (and folders) that nobody finished; how many there were."""
    before, swept = time.time() - older_than, 0
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime <= before:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()
                swept += 1
    return swept
