"""Processing a file in the worker, and the sweeps that lose nothing and leave nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.gateways.storage import StorageTrouble, get_storage
from classprojects.gateways.transcoder import MediaRefused
from classprojects.media import actions, cutting, posters, queries, uploading
from classprojects.media.models import UPLOAD_LIFE, MediaFile
from classprojects.media.stages import MAKING

log = logging.getLogger(__name__)

DAY = 24 * 3600
WOKEN_LONG_AGO = timedelta(minutes=2)
#: whoever received the last byte of an upload looks at it at once; after so long they do not any more
UNCHECKED_LONG = timedelta(minutes=1)
#: of so many files in the store a site knows some, if they are its own
SUSPICIOUS = 100
#: seconds between renewals of a claim; several may fail before it is lost
BEAT = 20
#: seconds that a signed copy is kept: its name changes with what it says, and it is quickly made again
KEPT_SIGNED = DAY
#: seconds between writing down how far it is, when there is news
NEWS = 2


def process_file(file_id: int) -> None:
    """Make the renditions of one file. Calling it twice, or from two workers, does it once."""
    with transaction():
        claimed = actions.claim_file(file_id)
    if claimed is None:
        return
    try:
        with _holding(claimed) as report:
            if claimed.recipe and not claimed.size:
                if not _make_original(claimed, report):
                    return
                report = _second_half(report)
            made, renditions = actions.make_renditions(claimed, report)
    except MediaRefused as refusal:
        with transaction():
            actions.record_refusal(claimed, refusal.message)
        return
    except StorageTrouble as trouble:
        log.warning("store away while processing", extra={"file_id": file_id, "why": str(trouble)})
        with transaction():
            actions.postpone_file(claimed)
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


def _make_original(claimed: MediaFile, report: actions.Report) -> bool:
    """Make what nobody sent; False when the claim was lost meanwhile."""
    report(MAKING, 0)
    original = cutting.make_original(claimed, lambda _stage, percent: report(MAKING, percent // 2))
    with transaction():
        recorded = cutting.record_original(claimed, original)
    if not recorded and queries.find_file(claimed.id) is None:
        # Deleted while it was being made.
        actions.remove_objects([claimed.storage_key])
    return recorded


def _second_half(report: actions.Report) -> actions.Report:
    """What comes after the making: the bar goes on from its middle."""
    return lambda stage, percent: report(stage, 50 + percent // 2)


@contextmanager
def _holding(claimed: MediaFile) -> Iterator[actions.Report]:
    """Renew the claim while a long film is worked on, and write down how far it is; who dies stops renewing.

    What comes back is to be told the stage and the progress. It only notes them, so that
    listening to the darkroom never waits for the database.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    stop = threading.Event()
    news: list[tuple[str, int]] = []

    def renew() -> None:
        written, waited = None, 0.0
        pace = min(BEAT, NEWS)
        with app.app_context():
            while not stop.wait(pace):
                waited += pace
                latest = news[-1] if news else None
                if latest == written and waited < BEAT:
                    continue
                try:
                    with transaction():
                        held = actions.extend_claim(claimed, *(latest or ()))
                except SQLAlchemyError:
                    log.exception("claim not renewed", extra={"file_id": claimed.id})
                    continue
                if not held:
                    return
                written, waited = latest, 0.0

    def report(stage: str, progress: int) -> None:
        news[:] = [(stage, progress)]

    thread = threading.Thread(target=renew, name=f"claim-{claimed.id}", daemon=True)
    thread.start()
    try:
        yield report
    finally:
        stop.set()
        thread.join(30)


def make_poster(file_id: int) -> None:
    """Make the poster that a film's maker chose. Calling it twice does it once."""
    with transaction():
        claimed = posters.claim_poster(file_id)
    if claimed is None:
        return
    try:
        made, rows = posters.make_poster(claimed)
    except Exception:
        log.exception("poster not made", extra={"file_id": file_id, "attempt": claimed.attempts})
        with transaction():
            posters.record_trouble(claimed)
        return
    with transaction():
        recorded = posters.record_poster(claimed, made, rows)
    if not recorded:
        # Another was chosen, or the film deleted, meanwhile.
        actions.remove_objects([row.storage_key for row in rows])


def sweep_stale() -> int:
    """Wake workers for files and posters that wait unattended: after a crash of worker, web or queue."""
    now = clock.now()
    stale = queries.list_stale_ids(now, now - WOKEN_LONG_AGO)
    for file_id in stale:
        with transaction():
            actions.wake_worker(file_id)
    unmade = queries.list_unmade_poster_ids(now, now - WOKEN_LONG_AGO)
    for file_id in unmade:
        with transaction():
            posters.wake_poster(file_id)
    return len(stale) + len(unmade)


def sweep_orphans(spared: sa.ColumnElement[bool] | None = None) -> int:
    """Delete uploads older than a day that no page uses, bytes that no row knows, and signed copies of yesterday.

    ``spared``: what a page above may still want to use, as a condition on MediaFile.
    """
    swept = 0
    for file_id in queries.list_unattached_ids(clock.now() - timedelta(seconds=DAY), spared=spared):
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
    for prefix in ("originals", "renditions", "signed"):
        old = storage.list_keys(prefix, older_than=KEPT_SIGNED if prefix == "signed" else DAY)
        while keys := list(islice(old, 500)):
            known = _known_signed(keys) if prefix == "signed" else queries.list_known_keys(keys)
            if not known and len(keys) >= SUSPICIOUS:
                # Rather keep rubbish than delete the files of another site whose store this is.
                log.error("no file in the store is known: is STORAGE_URL another site's?", extra={"prefix": prefix})
                break
            orphans = keys if prefix == "signed" else [key for key in keys if key not in known]
            actions.remove_objects(orphans)
            swept += len(orphans)
    return swept


def _known_signed(keys: list[str]) -> set[str]:
    """Those of ``signed/<public id>-<fingerprint>.<ending>`` whose file there is: no row has their names."""
    owners = {key: key.split("/")[1].split(".")[0].rpartition("-")[0] for key in keys}
    known = queries.list_known_public_ids(set(owners.values()))
    return {key for key, public_id in owners.items() if public_id in known}


def finish_upload(upload_id: int) -> None:
    """Look at a file that arrived in pieces and is whole: keep it for a form, or refuse it. Calling it twice does it once."""
    with transaction():
        claimed = uploading.claim_check(upload_id)
    if claimed is None:
        return
    try:
        received = uploading.check_whole(claimed)
    except MediaRefused as refusal:
        with transaction():
            uploading.record_refusal(claimed, refusal.message)
        return
    except Exception:
        log.exception("upload not checked", extra={"upload_id": upload_id})
        with transaction():
            uploading.record_trouble(claimed)
        return
    with transaction():
        file = uploading.record_file(claimed, received)
    if file is None:
        # Given up while it was looked at.
        actions.discard_upload(received)


def sweep_uploads() -> int:
    """Look at whole files that nobody looked at, and forget what nobody continues, with its bytes."""
    now = clock.now()
    for upload_id in queries.list_unchecked_upload_ids(now, now - UNCHECKED_LONG):
        uploading.ask_for_check(upload_id)
    old = queries.list_old_upload_ids(now, now - UPLOAD_LIFE)
    for upload_id in old:
        with transaction():
            uploading.forget_old(upload_id)
    return len(old) + uploading.sweep_pieces(older_than=DAY + 3600)
