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
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.core import clock, sizes
from classprojects.core.database import after_commit, db
from classprojects.core.errors import NotFound
from classprojects.core.ids import new_token
from classprojects.gateways import provenance, transcoder
from classprojects.gateways.queue import enqueue
from classprojects.gateways.storage import get_storage
from classprojects.gateways.transcoder import Made, MadeRendition, MediaRefused, Probe, TranscoderFailed
from classprojects.media import documents, queries, quotas
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose, MediaState, Rendition
from classprojects.media.stages import overall_progress

log = logging.getLogger(__name__)

CHUNK = 1024 * 1024
MAX_ATTEMPTS = 3
#: how long a claim holds without being renewed: so long a file waits after its worker died
LOCK = timedelta(seconds=90)
#: how long a file waits while the store is away
STORE_AWAY = timedelta(seconds=60)
PROCESS_FILE = "classprojects.media.jobs.process_file"

#: is told the stage that a file is at, and how much of the whole is done (0 to 99)
Report = Callable[[str, int], None]

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


def receive_upload(
    upload: FileStorage | None, declared_kinds: Collection[str], *, owner: Person | None = None
) -> Received:
    """Store a file from a form and find out what it is. Outside of a transaction.

    ``declared_kinds``: which of image, audio and video the form asked for, or document.
    ``owner``: whose it will be, so that one without room is told before the file
    is read. The file goes to the disk in pieces, never whole into memory. Raises
    MediaRefused or NoRoom with words for the person; nothing is left behind then.
    """
    if upload is None or not upload.filename:
        raise MediaRefused(_("Choose a file first."), field="file")
    name = clean_name(upload.filename)
    settings = current_app.config["SETTINGS"]
    limit = min(settings.form_limit, settings.upload_limit)
    room = quotas.find_room(owner) if owner is not None else None
    if room is not None and room.is_full:
        raise quotas.no_room(room)
    path: Path | None = None
    try:
        file, path = get_storage().incoming()
        digest, size = hashlib.sha256(), 0
        with file:
            while chunk := upload.stream.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise MediaRefused(
                        _("This file is larger than %(size)s. Make it smaller and choose it again.", size=sizes.in_words(limit)),
                        field="file",
                    )
                if room is not None and size > room.left:
                    raise quotas.no_room(room)
                digest.update(chunk)
                file.write(chunk)
        return store_file(path, name, declared_kinds, size, digest.hexdigest())
    except OSError as error:
        log.error("upload not stored", extra={"error": str(error)})
        raise MediaRefused(
            _("We could not store the file just now. Try again in a few minutes."), field="file"
        ) from error
    finally:
        if path is not None:
            path.unlink(missing_ok=True)


def store_file(
    path: Path, name: str, declared_kinds: Collection[str], size: int, sha256: str | None = None
) -> Received:
    """Find out what the file at ``path`` is, and move it into the store. Outside of a transaction.

    ``declared_kinds``: with a document among them it is one, whatever it holds.
    ``sha256``: its hash, if that is known already. Raises MediaRefused when it is
    not taken; ``path`` is still there then.
    """
    is_document = MediaKind.DOCUMENT.value in declared_kinds
    with ThreadPoolExecutor(1) as beside:
        # Reading it for its hash and walking through it are one trip to the disk, on two processors.
        hashing = beside.submit(_sha256_of, path) if sha256 is None else None
        if is_document:
            probe = documents.identify(path, name)
            name = documents.true_name(name, probe)
        else:
            probe = transcoder.identify(path, name, provenance.find_anchors())
            _check_kind(probe, declared_kinds)
        sha256 = sha256 or (hashing.result() if hashing is not None else "")
    public_id = new_token()
    key = f"originals/{public_id}.{probe.extension}"
    get_storage().put_file(key, path, move=True)
    return Received(public_id, key, name, size, sha256, probe)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def clean_name(name: str) -> str:
    """A file's name without folders, control characters and bidi tricks; at most 120 characters."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = _BIDI_CONTROLS.sub("", name)
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp"))
    # Last: what stood on both sides of something that was taken out may be one letter now.
    name = " ".join(unicodedata.normalize("NFC", name).split()).strip(". ")
    if len(name) > 120:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: 119 - len(ending)]}.{ending}" if dot and len(ending) <= 10 else name[:120].rstrip(". ")
    return name or "file"


def accept_upload(person: Person, received: Received, purpose: MediaPurpose) -> MediaFile:
    """Take a received file in for good: a page is about to use it. Inside a transaction. Raises NoRoom."""
    quotas.check_room(person, received.size)
    file = _add_file(person, received, purpose)
    file.attached_at = clock.now()
    db.session.flush()
    return file


def keep_upload(
    person: Person, received: Received, purpose: MediaPurpose, *, is_counted: bool = False
) -> MediaFile:
    """Keep a received file for a form that was wrong elsewhere, so that it need not be sent again.

    The form carries the file's ``public_id``; `claim_upload` takes it up. A file
    that nobody takes up is swept after a day. ``is_counted``: its owner was found
    to have room for it before. Raises NoRoom.
    """
    if not is_counted:
        quotas.check_room(person, received.size)
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
    if file.recipe and purpose is not MediaPurpose.WORK:
        # As a work it names what it was made of; nowhere else would anybody learn of that.
        raise MediaRefused(_("What was made out of a work can only be posted as a work."), field="file")
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
            stage=None,
            progress=None,
        )
        .execution_options(synchronize_session=False)
    )
    if cast(Any, changed).rowcount != 1:
        return None
    claimed = queries.find_file(file_id)
    if claimed is not None:
        db.session.expunge(claimed)
    return claimed


def extend_claim(claimed: MediaFile, stage: str | None = None, progress: int | None = None) -> bool:
    """Hold the file a little longer, and note how far it is; False when somebody else has it by now. Inside a transaction."""
    news = {} if stage is None else {"stage": stage, "progress": progress}
    changed = db.session.execute(
        sa.update(MediaFile)
        .where(MediaFile.id == claimed.id, MediaFile.claim == claimed.claim)
        .values(locked_until=clock.now() + LOCK, **news)
        .execution_options(synchronize_session=False)
    )
    return cast(Any, changed).rowcount == 1


def _to_nobody(stage: str, progress: int) -> None:
    """Who listens to no news."""


def make_renditions(file: MediaFile, report: Report = _to_nobody) -> tuple[Made, list[Rendition]]:
    """Decode, encode and store: everything of processing that takes time. Outside of a transaction.

    ``report`` is told the stage and how much of the whole is done, in per cent.
    Raises MediaRefused when the file is no good, TranscoderFailed or OSError when trying again may help.
    """
    storage = get_storage()

    def tell(stage: str, percent: int) -> None:
        report(stage, overall_progress(file.kind, stage, percent))

    tell("checking", 0)
    # Beside the store, so that what was made moves into place without being copied.
    handle, marker = storage.incoming()
    handle.close()
    folder = Path(tempfile.mkdtemp(dir=marker.parent))
    marker.unlink()
    try:
        with storage.borrowed_path(file.storage_key) as source:
            duration = file.duration_ms or 0
            if file.kind is MediaKind.IMAGE:
                made = transcoder.image_renditions(source, folder, tell)
            elif file.kind is MediaKind.AUDIO:
                made = transcoder.audio_renditions(source, folder, duration, tell)
            else:
                made = transcoder.video_renditions(source, folder, duration, file.poster_ms, tell)
            tell("copy", 0)
            written = (*made.renditions, *_clean_copies(file, source, folder))
            renditions = []
            for number, one in enumerate(written):
                tell("storing", number * 100 // len(written))
                renditions.append(store_rendition(one, f"renditions/{file.public_id}/{one.path.name}"))
            return made, renditions
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def store_rendition(one: MadeRendition, key: str) -> Rendition:
    """Move what the darkroom wrote into the store, and its row, not yet in the database. Outside of a transaction."""
    size = one.path.stat().st_size
    with one.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    get_storage().put_file(key, one.path, move=True)
    return Rendition(
        name=one.name, mime=one.mime, width=one.width, height=one.height, size=size, sha256=digest, storage_key=key
    )


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
    file.colour, file.peaks, file.widths, file.heights = made.colour, made.peaks, made.widths, made.heights
    file.blur, file.has_preview = made.blur, made.has_preview
    file.loudness, file.true_peak = made.loudness, made.true_peak
    file.state, file.ready_at, file.failure = MediaState.READY, written_now(file), None
    file.locked_until = file.claim = file.stage = file.progress = None
    db.session.flush()
    return True


def written_now(file: MediaFile) -> datetime:
    """The moment that new renditions get, later than the last one's also where a clock stands: addresses carry it."""
    now = clock.now()
    return now if file.ready_at is None else max(now, file.ready_at + timedelta(milliseconds=1))


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
    file.stage = file.progress = None
    file.locked_until = clock.now() + timedelta(seconds=20 * 3 ** (file.attempts - 1))
    file.woken_at = None
    db.session.flush()


def postpone_file(claimed: MediaFile) -> None:
    """The store is away, which is no fault of the file: come back in a minute, and do not count it as a try."""
    file = _still_claimed(claimed)
    if file is None:
        return
    file.state, file.claim, file.woken_at = MediaState.UPLOADED, None, None
    file.stage = file.progress = None
    file.attempts = max(0, file.attempts - 1)
    file.locked_until = clock.now() + STORE_AWAY
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
    names = {"image": _("a picture"), "audio": _("a sound"), "video": _("a video"), "document": _("a file to download")}
    wanted = _(" or ").join(names[one] for one in names if one in declared_kinds)
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
        provenance=probe.provenance,
    )
    db.session.add(file)
    if file.kind is MediaKind.DOCUMENT:
        # Kept as it is: there is nothing to prepare.
        file.state, file.ready_at = MediaState.READY, clock.now()
        db.session.flush()
        return file
    db.session.flush()
    _wake(file)
    return file


def _wake(file: MediaFile) -> None:
    file.woken_at = clock.now()
    timeout = transcoder.budget_seconds(file.kind.value, file.duration_ms) + transcoder.CLEAN_SECONDS + 120
    if file.recipe:
        # The original is made first.
        timeout += transcoder.budget_seconds(file.kind.value, file.duration_ms) + 300
    after_commit(_enqueue_processing, file.id, timeout)


def _enqueue_processing(file_id: int, timeout: int) -> None:
    enqueue(PROCESS_FILE, file_id, queue="media", timeout=timeout)


def _still_claimed(claimed: MediaFile) -> MediaFile | None:
    claim = claimed.claim
    file = queries.find_file(claimed.id)
    return file if file is not None and file.claim == claim and claim is not None else None


def _fail(file: MediaFile, message: str) -> None:
    file.state, file.failure = MediaState.FAILED, message[:500]
    file.locked_until = file.claim = file.stage = file.progress = None
    db.session.flush()


def _gave_up() -> str:
    return _(
        "We tried three times and could not process this file. The original is kept. "
        "Try again later, or export it in another format and send that."
    )
