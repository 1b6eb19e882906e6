"""Where files lie: a store of keys. Its first end is a local folder; an S3 end can join.

Keys are made by us, never by people: lower-case folders and names of URL-safe
letters, joined by slashes. A file appears under its key whole or not at all.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from flask import current_app

KEY = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*/[A-Za-z0-9_-]+(?:\.[a-z0-9]{1,8})?")
KEY_LENGTH = 200
TEMPORARY = ".incoming"


class BadKey(ValueError):
    """A key that we did not make; reaching outside of the store is impossible."""


class Storage(Protocol):
    """What every end can do. `open`, `size` and `local_path` raise FileNotFoundError."""

    def incoming(self) -> tuple[BinaryIO, Path]: ...  # a new temporary file, near the store

    def put_file(self, key: str, path: Path, *, move: bool = False) -> None: ...  # whole or not at all

    def open(self, key: str) -> BinaryIO: ...  # seekable

    def local_path(self, key: str) -> Path: ...  # a readable file with these bytes

    def size(self, key: str) -> int: ...

    def exists(self, key: str) -> bool: ...

    def delete(self, key: str) -> None: ...  # of what is not there: nothing

    def list_keys(self, prefix: str, *, older_than: float) -> Iterator[str]: ...  # age in seconds

    def sweep_incoming(self, *, older_than: float) -> int: ...  # how many were left behind

    def is_writable(self) -> bool: ...


def get_storage() -> Storage:
    """The store that the settings name."""
    storage = current_app.extensions.get("classprojects.storage")
    if storage is None:
        storage = open_storage(current_app.config["SETTINGS"].storage_url)
        current_app.extensions["classprojects.storage"] = storage
    return storage


def open_storage(url: str) -> Storage:
    """The store at ``url`` (``file:///folder``); ValueError for any other kind of address."""
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return LocalStorage(Path(unquote(parts.path)))
    raise ValueError("STORAGE_URL must be a local folder, such as file:///srv/classprojects/media")


def check_key(key: str) -> str:
    """``key`` itself, when it is one of ours; raises BadKey."""
    if len(key) > KEY_LENGTH or not KEY.fullmatch(key):
        raise BadKey(f"not a storage key: {key!r}")
    return key


class LocalStorage:
    """Files in a folder: written beside, made durable, then renamed into place."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def incoming(self) -> tuple[BinaryIO, Path]:
        """A new, empty temporary file on the same disk: (open for writing, path)."""
        folder = self.root / TEMPORARY
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        return os.fdopen(handle, "wb"), Path(name)

    def put_file(self, key: str, path: Path, *, move: bool = False) -> None:
        """Store the bytes of ``path`` under ``key``; with ``move``, ``path`` itself goes there.

        Survives a power cut: the bytes, then the name, are flushed to the disk.
        """
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        if move and path.stat().st_dev == target.parent.stat().st_dev:
            with path.open("rb") as file:
                os.fsync(file.fileno())
            path.chmod(0o644)
            path.replace(target)
        else:
            copy, temporary = self.incoming()
            try:
                with copy, path.open("rb") as source:
                    shutil.copyfileobj(source, copy, 1024 * 1024)
                    copy.flush()
                    os.fsync(copy.fileno())
                temporary.chmod(0o644)
                temporary.replace(target)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            if move:
                path.unlink()
        _flush_folder(target.parent)

    def open(self, key: str) -> BinaryIO:
        """The bytes under ``key``, seekable."""
        return self._path(key).open("rb")

    def local_path(self, key: str) -> Path:
        """The file itself; not to be written to."""
        path = self._path(key)
        if not path.is_file():
            raise FileNotFoundError(key)
        return path

    def size(self, key: str) -> int:
        """Bytes under ``key``."""
        return self._path(key).stat().st_size

    def exists(self, key: str) -> bool:
        """Whether there is something under ``key``."""
        return self._path(key).is_file()

    def delete(self, key: str) -> None:
        """Take away what is under ``key``, and its folder once that is empty."""
        path = self._path(key)
        path.unlink(missing_ok=True)
        if path.parent.parent != self.root:
            # First folders stay: somebody may be about to write there.
            with suppress(OSError):
                path.parent.rmdir()

    def list_keys(self, prefix: str, *, older_than: float) -> Iterator[str]:
        """Keys in the folder ``prefix`` whose files were written that many seconds ago or more."""
        before = time.time() - older_than
        folder = self.root / prefix
        if not re.fullmatch(r"[a-z]+", prefix) or not folder.is_dir():
            return
        for path in folder.rglob("*"):
            with suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime <= before:
                    yield path.relative_to(self.root).as_posix()

    def sweep_incoming(self, *, older_than: float) -> int:
        """Delete temporary files (and folders) that nobody finished; how many there were."""
        before, swept = time.time() - older_than, 0
        folder = self.root / TEMPORARY
        for path in folder.iterdir() if folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime <= before:
                    if path.is_dir():
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink()
                    swept += 1
        return swept

    def is_writable(self) -> bool:
        """Whether a file can be written now: for ``/readyz``."""
        try:
            file, path = self.incoming()
            file.close()
            path.unlink()
        except OSError:
            return False
        return True

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
