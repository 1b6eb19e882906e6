"""Making classes and lessons out of sent files, in the worker."""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import islice

from classprojects.classes.actions import importing as actions
from classprojects.classes.models import ClassImport
from classprojects.classes.queries import transfer
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError
from classprojects.gateways.queue import enqueue
from classprojects.gateways.storage import get_storage

log = logging.getLogger(__name__)

FORGOTTEN = timedelta(minutes=2)
DAY = 24 * 3600


def import_class(import_id: int) -> None:
    """Make what a sent file holds, whole or not at all. Calling it twice, or from two workers, makes it once."""
    with transaction():
        coming = actions.claim_import(import_id)
    if coming is None:
        return
    unpacked = None
    try:
        unpacked = actions.unpack_import(coming, lambda: _hold_on(coming))
        with transaction():
            actions.record_import(coming, unpacked)
    except actions.ImportLost:
        log.warning("import lost", extra={"import_id": import_id})
        _undo(unpacked)
    except DomainError as error:
        _undo(unpacked)
        with transaction():
            actions.record_refusal(coming, error.message)
    except Exception:
        log.exception("import failed", extra={"import_id": import_id, "attempt": coming.attempts})
        _undo(unpacked)
        with transaction():
            actions.record_trouble(coming)


def _undo(unpacked: actions.Unpacked | None) -> None:
    """Let go of what was stored, and of what the session still takes for rows."""
    db.session.remove()
    if unpacked is not None:
        actions.discard_unpacked(unpacked)


def _hold_on(coming: ClassImport) -> None:
    with transaction():
        actions.extend_import(coming)


def sweep_imports() -> None:
    """Wake workers for imports that nobody is at, and let go of files that none needs any more."""
    now = clock.now()
    for import_id in transfer.list_stale_import_ids(now, now - FORGOTTEN):
        enqueue(import_class, import_id, timeout=3600)
    old = get_storage().list_keys(actions.PREFIX, older_than=DAY)
    while keys := list(islice(old, 500)):
        for key in set(keys) - transfer.list_waiting_keys(keys):
            actions.remove_parcel(key)
