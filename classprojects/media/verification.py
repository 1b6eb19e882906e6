"""Checking that what the rows say of files is what lies in the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from classprojects.core.database import db
from classprojects.gateways.storage import StorageTrouble, get_storage
from classprojects.gateways.storage.moving import digest_of
from classprojects.media import queries
from classprojects.media.queries import StoredObject

#: after so many objects in a row that could not be read, something is wrong with the store
ENOUGH = 5


@dataclass(frozen=True)
class Verdict:
    """What is wrong with one object; None: nothing."""

    key: str
    fault: str | None


def verify_objects(*, sizes_only: bool = False) -> Iterator[Verdict]:
    """Look at every object that a row knows: is it there, has it the size and (where one was kept) the SHA-256.

    Reads every byte unless ``sizes_only``. Changes nothing. Raises StorageTrouble when the store is away.
    """
    in_a_row = 0
    for known in queries.list_stored_objects():
        # What was read from the database is at hand; hashing takes long, and must not hold a transaction open.
        db.session.rollback()
        try:
            fault = _fault_of(known, sizes_only)
            if fault is not None:
                fault = _second_look(known, sizes_only)
            in_a_row = 0
        except StorageTrouble as trouble:
            fault, in_a_row = f"cannot be read: {trouble}", in_a_row + 1
            if in_a_row >= ENOUGH:
                raise
        yield Verdict(known.key, fault)


def _fault_of(known: StoredObject, sizes_only: bool) -> str | None:
    storage = get_storage()
    try:
        size = storage.size(known.key)
        if size != known.size:
            return f"is damaged: {size} bytes instead of {known.size}"
        if known.sha256 and not sizes_only and digest_of(storage, known.key) != known.sha256:
            return "is damaged: other bytes of the same size"
    except FileNotFoundError:
        return "is missing"
    return None


def _second_look(known: StoredObject, sizes_only: bool) -> str | None:
    """Judge by the row as it stands now: it may have been deleted, or its bytes written anew, meanwhile."""
    now = queries.find_stored_object(known.key)
    db.session.rollback()
    return _fault_of(now, sizes_only) if now is not None else None
