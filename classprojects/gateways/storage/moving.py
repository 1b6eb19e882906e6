"""Copying everything from one store to another, so that a site can move."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from classprojects.gateways.storage.contract import BLOCK, Storage, StorageTrouble

#: seconds between two lines about how far it is
NEWS = 10
#: after so many objects in a row that could not be copied, something is wrong with the store
ENOUGH = 5


@dataclass
class Moved:
    """What came of it: numbers of objects, bytes that were (or would be) copied, and keys that were not."""

    copied: int = 0
    there: int = 0
    bytes: int = 0
    failed: list[str] = field(default_factory=list)


def copy_everything(
    source: Storage, target: Storage, say: Callable[[str], object], *, dry_run: bool = False, compare: bool = False
) -> Moved:
    """Copy each object of ``source`` that ``target`` does not have yet; may be stopped and repeated at any time.

    What is there with the same size counts as there; with ``compare`` its bytes are read and
    compared too. Every copy is read back and its SHA-256 compared. One object at a time,
    in pieces: memory does not grow with them. ``say`` is told how far it is.
    """
    moved, in_a_row, told = Moved(), 0, time.monotonic()
    for key in source.list_keys():
        try:
            size = source.size(key)
            if _is_there(source, target, key, size, compare):
                moved.there += 1
            else:
                if not dry_run:
                    _copy(source, target, key)
                moved.copied += 1
                moved.bytes += size
            in_a_row = 0
        except FileNotFoundError:
            continue  # deleted meanwhile
        except OSError as trouble:
            say(f"{key}: {trouble}")
            moved.failed.append(key)
            in_a_row += 1
            if in_a_row >= ENOUGH:
                raise StorageTrouble(f"{ENOUGH} objects in a row could not be copied; repeat it to go on") from trouble
        if time.monotonic() - told >= NEWS:
            told = time.monotonic()
            say(f"{moved.copied} copied ({in_megabytes(moved.bytes)}), {moved.there} there already …")
    return moved


def _is_there(source: Storage, target: Storage, key: str, size: int, compare: bool) -> bool:
    try:
        if target.size(key) != size:
            return False
        return not compare or digest_of(source, key) == digest_of(target, key)
    except FileNotFoundError:
        return False


def _copy(source: Storage, target: Storage, key: str) -> None:
    with source.borrowed_path(key) as path:
        with path.open("rb") as file:
            wanted = hashlib.file_digest(file, "sha256").hexdigest()
        target.put_file(key, path)
    if digest_of(target, key) != wanted:
        target.delete(key)
        raise StorageTrouble("its copy had other bytes")


def digest_of(storage: Storage, key: str) -> str:
    """The SHA-256 of what is under ``key``, read in pieces."""
    digest = hashlib.sha256()
    with storage.open(key) as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def in_megabytes(size: int) -> str:
    """``12.3 MB``."""
    return f"{size / 1_000_000:.1f} MB"
