"""Processing a file in the worker, and the sweeps that lose nothing and leave nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice

from flask import current_app
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.gateways.storage import get_storage
from classprojects.gateways.transcoder import MediaRefused
from classprojects.media import actions, queries
from classprojects.media.models import MediaFile

log = logging.getLogger(__name__)

DAY = 24 * 3600
WOKEN_LONG_AGO = timedelta(minutes=2)
#: seconds between renewals of a claim; several may fail before it is lost
BEAT = 20


def process_file(file_id: int) -> None:
    """Make the renditions of one file. Calling it twice, or from two workers, does it once."""
    with transaction():
        claimed = actions.claim_file(file_id)
    if claimed is None:
        return
    try:
        with _holding(claimed):
            made, renditions = actions.make_renditions(claimed)
    except MediaRefused as refusal:
        with transaction():
            actions.record_refusal(claimed, refusal.message)
        return
    except Exception:
        log.exception("processing failed", extra={"file_id": file_id, "attempt": claimed.attempts})
        with transaction():
            actions.record_trouble(claimed)
        return
    with transaction():
        recorded = actions.record_renditions(claimed, made, renditions)
    if not recorded and queries.find_file(file_id) is None:
        # Deleted while it was being processed.
        actions.remove_objects([rendition.storage_key for rendition in renditions])


@contextmanager
def _holding(claimed: MediaFile) -> Iterator[None]:
    """Renew the claim while a long film is worked on; a worker that dies stops renewing."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    stop = threading.Event()

    def renew() -> None:
        with app.app_context():
            while not stop.wait(BEAT):
                try:
                    with transaction():
                        held = actions.extend_claim(claimed)
                except SQLAlchemyError:
                    log.exception("claim not renewed", extra={"file_id": claimed.id})
                    continue
                if not held:
                    return

    thread = threading.Thread(target=renew, name=f"claim-{claimed.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


def sweep_stale() -> int:
    """Wake workers for files that wait unattended: after a crash of worker, web or queue."""
    now = clock.now()
    stale = queries.list_stale_ids(now, now - WOKEN_LONG_AGO)
    for file_id in stale:
        with transaction():
            actions.wake_worker(file_id)
    return len(stale)


def sweep_orphans() -> int:
    """Delete uploads older than a day that no page uses, and bytes that no row knows."""
    swept = 0
    for file_id in queries.list_unattached_ids(clock.now() - timedelta(seconds=DAY)):
        file = queries.find_file(file_id)
        if file is None:
            continue
        try:
            with transaction():
                actions.delete_file(file)
            swept += 1
        except IntegrityError:
            # Some page refers to it after all.
            with transaction():
                actions.attach_file(file_id)
    storage = get_storage()
    swept += storage.sweep_incoming(older_than=DAY)
    for prefix in ("originals", "renditions"):
        old = storage.list_keys(prefix, older_than=DAY)
        while keys := list(islice(old, 500)):
            owners = {key: key.split("/")[1].split(".")[0] for key in keys}
            known = queries.list_known_public_ids(set(owners.values()))
            orphans = [key for key, public_id in owners.items() if public_id not in known]
            actions.remove_objects(orphans)
            swept += len(orphans)
    return swept
