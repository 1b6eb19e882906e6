"""Taking files in, claiming them for processing, recording what came of it, letting go of them.

What speaks to the disk or to a decoder is kept apart from what changes rows:
`receive_upload`, `make_renditions` and `remove_objects` run outside of a
transaction, everything else inside.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import after_commit, db
from classprojects.core.errors import NotFound
from classprojects.core.ids import new_token
from classprojects.gateways import transcoder
from classprojects.gateways.queue import enqueue
from classprojects.gateways.storage import get_storage
from classprojects.gateways.transcoder import Made, MadeRendition, MediaRefused, Probe, TranscoderFailed
from classprojects.media import queries
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose, MediaState, Rendition

log = logging.getLogger(__name__)

CHUNK = 1024 * 1024
MAX_ATTEMPTS = 3
#: how long a claim holds without being renewed: so long a file waits after its worker died
LOCK = timedelta(seconds=90)
PROCESS_FILE = "classprojects.media.jobs.process_file"

# Characters that reorder what stands around them (Unicode UAX #9, explicit
# formatting): they can make an .exe read as a .jpg. Letters of right-to-left
# scripts need none of them.
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Received:
    """A file that has arrived, been looked at and stored, but that no row knows yet."""

    public_id: str
    storage_key: str
    original_name: str
    size: int
    sha256: str
    probe: Probe


def receive_upload(upload: FileStorage | None, declared_kinds: Collection[str]) -> Received:
    """Store a file from a form and find out what it is. Outside of a transaction.

    ``declared_kinds``: which of image, audio and video the form asked for. The
    file goes to the disk in pieces, never whole into memory. Raises MediaRefused
    with words for the person; nothing is left behind then.
    """
    if upload is None or not upload.filename:
        raise MediaRefused(_("Choose a file first."), field="file")
    name = clean_name(upload.filename)
    storage = get_storage()
    path: Path | None = None
    try:
        file, path = storage.incoming()
        digest, size = hashlib.sha256(), 0
        limit = current_app.config["SETTINGS"].upload_limit
        with file:
            while chunk := upload.stream.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise MediaRefused(
                        _(
                            "This file is larger than %(megabytes)s MB. Make it smaller and choose it again.",
                            megabytes=limit // 1024 // 1024,
                        ),
                        field="file",
                    )
                digest.update(chunk)
                file.write(chunk)
        probe = transcoder.identify(path, name)
        _check_kind(probe, declared_kinds)
        public_id = new_token()
        key = f"originals/{public_id}.{probe.extension}"
        storage.put_file(key, path, move=True)
        return Received(public_id, key, name, size, digest.hexdigest(), probe)
    except OSError as error:
        log.error("upload not stored", extra={"error": str(error)})
        raise MediaRefused(
            _("We could not store the file just now. Try again in a few minutes."), field="file"
        ) from error
    finally:
        if path is not None:
            path.unlink(missing_ok=True)


def clean_name(name: str) -> str:
    """A file's name without folders, control characters and bidi tricks; at most 120 characters."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = _BIDI_CONTROLS.sub("", unicodedata.normalize("NFC", name))
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp"))
    name = " ".join(name.split()).strip(". ")
    if len(name) > 120:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: 119 - len(ending)]}.{ending}" if dot and len(ending) <= 10 else name[:120]
    return name or "file"


def accept_upload(person: Person, received: Received, purpose: MediaPurpose) -> MediaFile:
    """Take a received file in for good: a page is about to use it. Inside a transaction."""
    file = _add_file(person, received, purpose)
    file.attached_at = clock.now()
    db.session.flush()
    return file


def keep_upload(person: Person, received: Received, purpose: MediaPurpose) -> MediaFile:
    """Keep a received file for a form that was wrong elsewhere, so that it need not be sent again.

    The form carries the file's ``public_id``; `claim_upload` takes it up. A file
    that nobody takes up is swept after a day.
    """
    file = _add_file(person, received, purpose)
    db.session.flush()
    return file


def claim_upload(person: Person, public_id: str, purpose: MediaPurpose, declared_kinds: Collection[str]) -> MediaFile:
    """Use a kept file: its owner's alone, once. Raises MediaRefused or NotFound. Inside a transaction."""
    file = queries.find_pending_upload(person.id, public_id)
    if file is None:
        raise NotFound(_("The file you sent earlier is not here any more. Choose it again."))
    if file.kind.value not in declared_kinds:
        raise MediaRefused(_wrong_kind(file.kind.value, declared_kinds), field="file")
    now = clock.now()
    changed = db.session.execute(
        sa.update(MediaFile)
        .where(MediaFile.id == file.id, MediaFile.attached_at.is_(None))
        .values(attached_at=now, purpose=purpose)
    )
    if cast(Any, changed).rowcount != 1:
        raise NotFound(_("The file you sent earlier is in use already. Choose it again."))
    db.session.refresh(file)
    return file


def discard_upload(received: Received) -> None:
    """Forget a received file that nobody will take in. Outside of a transaction."""
    get_storage().delete(received.storage_key)


def claim_file(file_id: int) -> MediaFile | None:
    """Take a file for processing, for one worker and a limited time; None when it is not to be had.

    What comes back is the worker's own copy, out of the session: it says what
    was claimed, while the row may go on without it.
    """
    now = clock.now()
    file = queries.find_file(file_id)
    if file is None or not file.is_processing:
        return None
    if file.locked_until is not None and file.locked_until >= now:
        return None
    if file.attempts >= MAX_ATTEMPTS:
        _fail(file, _gave_up())
        return None
    changed = db.session.execute(
        sa.update(MediaFile)
        .where(
            MediaFile.id == file_id,
            MediaFile.attempts == file.attempts,
            MediaFile.state.in_([MediaState.UPLOADED, MediaState.PROCESSING]),
            sa.or_(MediaFile.locked_until.is_(None), MediaFile.locked_until < now),
        )
        .values(
            state=MediaState.PROCESSING,
            attempts=MediaFile.attempts + 1,
            locked_until=now + LOCK,
            claim=new_token(),
        )
        .execution_options(synchronize_session=False)
    )
    if cast(Any, changed).rowcount != 1:
        return None
    claimed = queries.find_file(file_id)
    if claimed is not None:
        db.session.expunge(claimed)
    return claimed


def extend_claim(claimed: MediaFile) -> bool:
    """Hold the file a little longer; False when somebody else has it by now. Inside a transaction."""
    changed = db.session.execute(
        sa.update(MediaFile)
        .where(MediaFile.id == claimed.id, MediaFile.claim == claimed.claim)
        .values(locked_until=clock.now() + LOCK)
        .execution_options(synchronize_session=False)
    )
    return cast(Any, changed).rowcount == 1


def make_renditions(file: MediaFile) -> tuple[Made, list[Rendition]]:
    """Decode, encode and store: everything of processing that takes time. Outside of a transaction.

    Raises MediaRefused when the file is no good, TranscoderFailed or OSError when trying again may help.
    """
    storage = get_storage()
    # Beside the store, so that what was made moves into place without being copied.
    handle, marker = storage.incoming()
    handle.close()
    folder = Path(tempfile.mkdtemp(dir=marker.parent))
    marker.unlink()
    try:
        source = storage.local_path(file.storage_key)
        duration = file.duration_ms or 0
        if file.kind is MediaKind.IMAGE:
            made = transcoder.image_renditions(source, folder)
        elif file.kind is MediaKind.AUDIO:
            made = transcoder.audio_renditions(source, folder, duration)
        else:
            made = transcoder.video_renditions(source, folder, duration)
        renditions = []
        for one in (*made.renditions, *_clean_copies(file, source, folder)):
            key = f"renditions/{file.public_id}/{one.path.name}"
            size = one.path.stat().st_size
            storage.put_file(key, one.path, move=True)
            renditions.append(
                Rendition(name=one.name, mime=one.mime, width=one.width, height=one.height, size=size, storage_key=key)
            )
        return made, renditions
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clean_copies(file: MediaFile, source: Path, folder: Path) -> list[MadeRendition]:
    """The copy that others download, of what can be downloaded; none where it cannot be made.

    Without it others get the best of the renditions, never the file as it was sent.
    """
    if file.purpose is not MediaPurpose.WORK:
        return []
    try:
        return [transcoder.clean_copy(source, folder, file.kind.value, file.extension, file.mime)]
    except MediaRefused as refusal:
        log.warning("no clean copy", extra={"file_id": file.id, "why": refusal.message})
    except TranscoderFailed:
        # What can be shown is made: at the last attempt it does not fail for this.
        if file.attempts < MAX_ATTEMPTS:
            raise
        log.exception("no clean copy", extra={"file_id": file.id})
    return []


def record_renditions(claimed: MediaFile, made: Made, renditions: list[Rendition]) -> bool:
    """Write down what was made, all at once; False when the claim was lost meanwhile."""
    file = _still_claimed(claimed)
    if file is None:
        return False
    file.renditions.clear()
    db.session.flush()
    file.renditions.extend(renditions)
    file.colour, file.peaks, file.widths = made.colour, made.peaks, made.widths
    file.state, file.ready_at, file.failure = MediaState.READY, clock.now(), None
    file.locked_until = file.claim = None
    db.session.flush()
    return True


def record_refusal(claimed: MediaFile, message: str) -> None:
    """The file cannot be processed, ever: say why."""
    file = _still_claimed(claimed)
    if file is not None:
        _fail(file, message)


def record_trouble(claimed: MediaFile) -> None:
    """Something broke that may not break again: wait a little, at most three times."""
    file = _still_claimed(claimed)
    if file is None:
        return
    if file.attempts >= MAX_ATTEMPTS:
        _fail(file, _gave_up())
        return
    file.state, file.claim = MediaState.UPLOADED, None
    file.locked_until = clock.now() + timedelta(seconds=20 * 3 ** (file.attempts - 1))
    file.woken_at = None
    db.session.flush()


def retry_file(file: MediaFile) -> None:
    """Process a failed file once more, from the beginning."""
    if file.state is not MediaState.FAILED:
        return
    file.state, file.attempts, file.failure, file.locked_until = MediaState.UPLOADED, 0, None, None
    _wake(file)
    db.session.flush()


def wake_worker(file_id: int) -> None:
    """Ask again for a file that nobody came for."""
    file = queries.find_file(file_id)
    if file is not None and file.is_processing:
        _wake(file)
        db.session.flush()


def delete_file(file: MediaFile) -> None:
    """Delete a file's row, renditions and bytes; fails where a page still refers to it."""
    loaded = queries.find_file(file.id)
    if loaded is None:
        return
    keys = [loaded.storage_key, *(rendition.storage_key for rendition in loaded.renditions)]
    db.session.delete(loaded)
    db.session.flush()
    after_commit(remove_objects, keys)


def attach_file(file_id: int) -> None:
    """Note that a page uses the file, so that it is never swept."""
    db.session.execute(
        sa.update(MediaFile)
        .where(MediaFile.id == file_id, MediaFile.attached_at.is_(None))
        .values(attached_at=clock.now())
    )


def remove_objects(keys: Collection[str]) -> None:
    """Take bytes out of the store. Outside of a transaction."""
    storage = get_storage()
    for key in keys:
        storage.delete(key)


def _check_kind(probe: Probe, declared_kinds: Collection[str]) -> None:
    if probe.kind not in declared_kinds:
        raise MediaRefused(_wrong_kind(probe.kind, declared_kinds), field="file")


def _wrong_kind(kind: str, declared_kinds: Collection[str]) -> str:
    names = {"image": _("a picture"), "audio": _("a sound"), "video": _("a video")}
    wanted = _(" or ").join(names[one] for one in ("image", "audio", "video") if one in declared_kinds)
    return _(
        "By its content this file is %(found)s, whatever its name says; here it must be %(wanted)s.",
        found=names[kind],
        wanted=wanted,
    )


def _add_file(person: Person, received: Received, purpose: MediaPurpose) -> MediaFile:
    probe = received.probe
    file = MediaFile(
        public_id=received.public_id,
        owner_id=person.id,
        purpose=purpose,
        kind=MediaKind(probe.kind),
        mime=probe.mime,
        extension=probe.extension,
        size=received.size,
        sha256=received.sha256,
        original_name=received.original_name,
        width=probe.width,
        height=probe.height,
        duration_ms=probe.duration_ms,
        has_audio=probe.has_audio,
        storage_key=received.storage_key,
    )
    db.session.add(file)
    db.session.flush()
    _wake(file)
    return file


def _wake(file: MediaFile) -> None:
    file.woken_at = clock.now()
    timeout = transcoder.budget_seconds(file.kind.value, file.duration_ms) + transcoder.CLEAN_SECONDS + 120
    after_commit(_enqueue_processing, file.id, timeout)


def _enqueue_processing(file_id: int, timeout: int) -> None:
    enqueue(PROCESS_FILE, file_id, queue="media", timeout=timeout)


def _still_claimed(claimed: MediaFile) -> MediaFile | None:
    claim = claimed.claim
    file = queries.find_file(claimed.id)
    return file if file is not None and file.claim == claim and claim is not None else None


def _fail(file: MediaFile, message: str) -> None:
    file.state, file.failure = MediaState.FAILED, message[:500]
    file.locked_until = file.claim = None
    db.session.flush()


def _gave_up() -> str:
    return _(
        "We tried three times and could not process this file. The original is kept. "
        "Try again later, or export it in another format and send that."
    )
