"""Resumable uploads (tus 1.0): begun, continued piece by piece, looked at once they are whole, given up.

The bytes are the gateway's (`gateways.pieces`), the rows are here. One request at
a time writes to an upload: it claims the row by a conditional UPDATE and renews
its claim whenever it counts what is safely on the disk. A process that dies stops
renewing. `check_whole` runs outside of a transaction, everything else that changes
rows inside.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.core import clock, sizes
from classprojects.core.database import after_commit, db
from classprojects.core.errors import DomainError
from classprojects.core.ids import new_token
from classprojects.gateways import pieces
from classprojects.gateways.queue import enqueue
from classprojects.gateways.transcoder import MediaRefused
from classprojects.media import actions, documents, queries, quotas
from classprojects.media.actions import Received
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose, Upload, UploadState

log = logging.getLogger(__name__)

#: how long a claim holds without being renewed; a request that writes renews it every few seconds
LOCK = timedelta(seconds=15)
#: seconds for looking at a whole file and storing it, beside one for so many bytes
CHECK_SECONDS = 120
SLOW_STORE = 5_000_000
#: a larger file is looked at by the worker: nobody waits for an answer for so long
CHECKED_AT_ONCE = 256 * 1024 * 1024
FINISH_UPLOAD = "classprojects.media.jobs.finish_upload"


class BadUpload(DomainError):
    """What was asked for makes no sense."""


class TooLarge(DomainError):
    """More bytes than we take, or than were announced."""


class WrongOffset(DomainError):
    """The piece does not begin where the last one ended."""


class UploadBusy(DomainError):
    """Another request is writing to this upload."""


class UploadOver(DomainError):
    """Nothing can be added any more: it was given up, refused, or not continued for too long."""


class DiskFull(DomainError):
    """No room on our side."""


def begin_upload(person: Person, kind: MediaKind, name: str, length: int) -> Upload:
    """A new upload of ``length`` bytes; what does not fit is refused before a byte is sent."""
    limit = current_app.config["SETTINGS"].upload_limit
    if kind is MediaKind.DOCUMENT:
        limit = min(limit, documents.LARGEST)
    if length < 1:
        raise BadUpload(_("This file is empty. Choose it again; if it lives in a cloud folder, let it finish downloading first."))
    if length > limit:
        raise TooLarge(_("This file is larger than %(size)s. Make it smaller and choose it again.", size=sizes.in_words(limit)))
    quotas.check_room(person, length)
    upload = Upload(owner_id=person.id, kind=kind, original_name=actions.clean_name(name), length=length)
    db.session.add(upload)
    db.session.flush()
    return upload


def claim_upload(upload: Upload, offset: int, here: int) -> str:
    """Have the upload for oneself, to write from byte ``offset`` on; a claim for `note_received` and `let_go`.

    ``here``: how many bytes lie on the disk, should it have lost some.
    """
    check_open(upload)
    now, claim = clock.now(), new_token()
    changed = db.session.execute(
        sa.update(Upload)
        .where(
            Upload.id == upload.id,
            Upload.state == UploadState.OPEN,
            sa.or_(Upload.locked_until.is_(None), Upload.locked_until < now),
        )
        .values(claim=claim, locked_until=now + LOCK, touched_at=now)
        .execution_options(synchronize_session=False)
    )
    fresh = queries.get_upload(upload.public_id)
    if cast(Any, changed).rowcount != 1:
        check_open(fresh)
        if fresh.is_whole:
            raise wrong_offset(fresh.length)
        raise UploadBusy(_("This file is being sent from another tab or device at this moment."))
    if min(fresh.received, here) != offset:
        raise wrong_offset(min(fresh.received, here))
    return claim


def wrong_offset(right: int) -> WrongOffset:
    """What to say to whoever begins a piece elsewhere than at byte ``right``."""
    return WrongOffset(_("The next piece must begin at byte %(offset)s.", offset=right))


def check_open(upload: Upload) -> None:
    """Raise UploadOver when nothing can be added any more."""
    if upload.state is UploadState.REFUSED:
        raise UploadOver(upload.failure or _("This file was not taken."))
    if upload.expires_at < clock.now():
        raise UploadOver(_("This upload was not continued for a day. Choose the file again."))


def note_received(upload_id: int, claim: str, received: int) -> bool:
    """Count what is safely here, and hold the upload a little longer; False when it is somebody else's by now."""
    now = clock.now()
    return _change(upload_id, claim, received=received, touched_at=now, locked_until=now + LOCK)


def hold_on(upload_id: int, claim: str) -> bool:
    """Hold the upload a little longer, and count nothing yet."""
    return _change(upload_id, claim, locked_until=clock.now() + LOCK)


def let_go(upload_id: int, claim: str) -> bool:
    """Let others write, or look."""
    return _change(upload_id, claim, locked_until=None, claim=None)


def _change(upload_id: int, held: str, **values: Any) -> bool:
    changed = db.session.execute(
        sa.update(Upload)
        .where(Upload.id == upload_id, Upload.claim == held, Upload.state == UploadState.OPEN)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return cast(Any, changed).rowcount == 1


def is_checked_at_once(upload: Upload) -> bool:
    """Whether looking at the file takes so little time that its sender waits for it."""
    return upload.length <= CHECKED_AT_ONCE


def ask_for_check(upload_id: int) -> None:
    """Let a worker look at a whole file; a worker that does not come is asked again by the sweep."""
    upload = queries.find_upload_by_id(upload_id)
    if upload is not None:
        timeout = int(time_to_check(upload).total_seconds()) + 60
        enqueue(FINISH_UPLOAD, upload_id, queue="default", timeout=timeout, at_front=True)


def time_to_check(upload: Upload) -> timedelta:
    """How long whoever looks at a whole file has it for themselves."""
    return timedelta(seconds=CHECK_SECONDS + upload.length // SLOW_STORE)


def claim_check(upload_id: int) -> Upload | None:
    """Take a whole upload for looking at it; None when it is not to be had. What comes back is out of the session."""
    now = clock.now()
    found = queries.find_upload_by_id(upload_id)
    if found is None:
        return None
    changed = db.session.execute(
        sa.update(Upload)
        .where(
            Upload.id == upload_id,
            Upload.state == UploadState.OPEN,
            Upload.received == Upload.length,
            sa.or_(Upload.locked_until.is_(None), Upload.locked_until < now),
        )
        .values(claim=new_token(), locked_until=now + time_to_check(found), touched_at=now)
        .execution_options(synchronize_session=False)
    )
    if cast(Any, changed).rowcount != 1:
        return None
    claimed = queries.find_upload_by_id(upload_id)
    if claimed is not None:
        db.session.expunge(claimed)
    return claimed


def check_whole(claimed: Upload) -> Received:
    """Find out what the file is, and store it. Outside of a transaction.

    Raises MediaRefused when it is not taken, OSError when trying again may help.
    """
    if pieces.size_of(claimed.public_id) != claimed.length:
        raise MediaRefused(_("We lost a part of this file, which is our fault. Choose it again."))
    path = pieces.second_name(claimed.public_id)
    try:
        return actions.store_file(path, claimed.original_name, {claimed.kind.value}, claimed.length)
    finally:
        if path != pieces.path_of(claimed.public_id):
            path.unlink(missing_ok=True)


def record_file(claimed: Upload, received: Received) -> MediaFile | None:
    """Keep the file for a form; None when the upload was given up meanwhile."""
    upload = _still_claimed(claimed)
    owner = db.session.get(Person, upload.owner_id) if upload is not None else None
    if upload is None or owner is None:
        return None
    upload.state, upload.locked_until, upload.claim, upload.touched_at = UploadState.FINISHED, None, None, clock.now()
    db.session.flush()
    file = actions.keep_upload(owner, received, MediaPurpose.WORK, is_counted=True)
    upload.file_id = file.id
    db.session.flush()
    after_commit(pieces.remove, upload.public_id)
    return file


def record_refusal(claimed: Upload, message: str) -> None:
    """The file is not taken: say why, and keep none of it."""
    upload = _still_claimed(claimed)
    if upload is None:
        return
    upload.state, upload.failure, upload.touched_at = UploadState.REFUSED, message[:500], clock.now()
    upload.locked_until = upload.claim = None
    db.session.flush()
    after_commit(pieces.remove, upload.public_id)


def record_trouble(claimed: Upload) -> None:
    """Something broke on our side: the sweep has it looked at again."""
    let_go(claimed.id, claimed.claim or "")


def _still_claimed(claimed: Upload) -> Upload | None:
    upload = queries.find_upload_by_id(claimed.id)
    is_ours = upload is not None and upload.state is UploadState.OPEN and upload.claim == claimed.claim
    return upload if is_ours else None


def delete_upload(upload: Upload) -> None:
    """Forget an upload, its bytes, and the file that it became unless a page uses it. Whoever writes to it loses it."""
    file = queries.find_unused_file_of(upload)
    db.session.delete(upload)
    db.session.flush()
    if file is not None:
        actions.delete_file(file)
    after_commit(pieces.remove, upload.public_id)


def delete_uploads_of(person: Person) -> None:
    """Forget every upload of somebody who leaves."""
    for upload_id in queries.list_upload_ids_of(person.id):
        upload = queries.find_upload_by_id(upload_id)
        if upload is not None:
            delete_upload(upload)


def forget_old(upload_id: int) -> None:
    """Forget an upload that nobody continued for a day; what it became stays."""
    upload = queries.find_upload_by_id(upload_id)
    if upload is not None and upload.expires_at < clock.now():
        db.session.delete(upload)
        db.session.flush()
        after_commit(pieces.remove, upload.public_id)


def sweep_pieces(older_than: float) -> int:
    """Remove bytes that no open upload knows. Outside of a transaction."""
    old = pieces.list_old(older_than)
    known = queries.list_open_public_ids(old) if old else set()
    with suppress(OSError):
        return pieces.sweep([name for name in old if name not in known])
    return 0
