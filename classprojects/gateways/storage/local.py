"""The store as a folder of this machine."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from classprojects.gateways.storage.contract import BLOCK, KEY, PREFIX, Delivery, check_key, new_scrap, sweep_scraps

TEMPORARY = ".incoming"


class LocalStorage:
    """Files in a folder: written beside, made durable, then renamed into place."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def incoming(self) -> tuple[BinaryIO, Path]:
        """A new, empty temporary file on the same disk: (open for writing, path)."""
        return new_scrap(self.root / TEMPORARY)

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
                    shutil.copyfileobj(source, copy, BLOCK)
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

    @contextmanager
    def borrowed_path(self, key: str) -> Iterator[Path]:
        """The file itself; not to be written to."""
        yield self.local_path(key)

    def local_path(self, key: str) -> Path:
        """Where the file is on this machine: for a server in front that reads the same folder."""
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

    def list_keys(self, prefix: str = "", *, older_than: float = 0) -> Iterator[str]:
        """Keys in the folder ``prefix`` whose files were written that many seconds ago or more.

        Files that are not ours by their names are passed over.
        """
        before = time.time() - older_than if older_than > 0 else float("inf")
        folder = self.root / prefix
        if not PREFIX.fullmatch(prefix) or not folder.is_dir():
            return
        for path in folder.rglob("*"):
            key = path.relative_to(self.root).as_posix()
            with suppress(FileNotFoundError):
                if KEY.fullmatch(key) and path.is_file() and path.stat().st_mtime <= before:
                    yield key

    def sweep_incoming(self, *, older_than: float) -> int:
        """Delete temporary files (and folders) that nobody finished; how many there were."""
        return sweep_scraps(self.root / TEMPORARY, older_than=older_than)

    def is_writable(self) -> bool:
        """Whether a file can be written now: for ``/readyz``."""
        try:
            file, path = self.incoming()
            file.close()
            path.unlink()
        except OSError:
            return False
        return True

    def temporary_address(self, key: str, delivery: Delivery) -> str | None:
        """None: a folder has no addresses."""
        return None

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
