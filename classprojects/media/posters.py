"""The poster of a film, where its maker chooses the moment: the wish in a transaction, the making in the worker.

The wish lies in the film's row (``stage`` is "poster" while it is unfulfilled), so that a
crash between commit and queue loses nothing: the sweep finds it. The film stays as it is.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.core import clock
from classprojects.core.database import after_commit, db
from classprojects.core.errors import DomainError
from classprojects.core.ids import new_token
from classprojects.gateways import transcoder
from classprojects.gateways.queue import enqueue
from classprojects.gateways.storage import get_storage
from classprojects.gateways.transcoder import Made
from classprojects.media import actions, queries
from classprojects.media.models import MediaFile, MediaKind, MediaState, Rendition
from classprojects.media.stages import POSTER

log = logging.getLogger(__name__)

MAKE_POSTER = "classprojects.media.jobs.make_poster"
#: the renditions that a poster can come from, best first
FILMS = ("h264-720", "h264", "h264-360")
NAMES = ("poster-webp", "poster-jpeg")


def choose_poster(file: MediaFile, at_ms: int) -> None:
    """Have the film stand for itself as it is at that moment. Raises DomainError. Inside a transaction."""
    if file.kind is not MediaKind.VIDEO or not file.is_ready:
        raise DomainError(_("This film is still being prepared. Choose its poster once it plays."))
    if not 0 <= at_ms < (file.duration_ms or 0):
        seconds = (file.duration_ms or 0) / 1000
        raise DomainError(
            _("The film is %(seconds)s seconds long. Choose a moment inside it.", seconds=f"{seconds:.1f}"), field="seconds"
        )
    file.poster_ms, file.stage, file.progress = at_ms, POSTER, 0
    file.attempts, file.locked_until, file.claim = 0, None, None
    wake_poster(file.id)


def wake_poster(file_id: int) -> None:
    """Ask for a worker for a poster that was chosen. Inside a transaction."""
    db.session.flush()
    db.session.execute(sa.update(MediaFile).where(MediaFile.id == file_id).values(woken_at=clock.now()))
    after_commit(_enqueue, file_id)


def _enqueue(file_id: int) -> None:
    enqueue(MAKE_POSTER, file_id, queue="media", timeout=transcoder.IMAGE_SECONDS + 120)


def claim_poster(file_id: int) -> MediaFile | None:
    """Take a wish for one worker and a limited time; None when there is none to be had. Inside a transaction."""
    now = clock.now()
    changed = db.session.execute(
        sa.update(MediaFile)
        .where(
            MediaFile.id == file_id,
            MediaFile.state == MediaState.READY,
            MediaFile.stage == POSTER,
            sa.or_(MediaFile.locked_until.is_(None), MediaFile.locked_until < now),
        )
        .values(
            attempts=MediaFile.attempts + 1,
            # Nobody renews it: what makes a poster takes no longer than that.
            locked_until=now + timedelta(seconds=transcoder.IMAGE_SECONDS + 60),
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


def make_poster(claimed: MediaFile) -> tuple[Made, list[Rendition]]:
    """Take the picture and store it under a name of its own. Outside of a transaction.

    Raises MediaRefused, TranscoderFailed or OSError.
    """
    storage = get_storage()
    film = min(
        (one for one in claimed.renditions if one.name in FILMS), key=lambda one: FILMS.index(one.name), default=None
    )
    if film is None:
        raise FileNotFoundError(f"no film of {claimed.public_id}")
    handle, marker = storage.incoming()
    handle.close()
    folder = Path(tempfile.mkdtemp(dir=marker.parent))
    marker.unlink()
    try:
        with storage.borrowed_path(film.storage_key) as path:
            made = transcoder.poster_renditions(path, folder, claimed.poster_ms or 0)
        rows = []
        for one in made.renditions:
            key = f"renditions/{claimed.public_id}/{one.path.stem}-{(claimed.claim or '')[:12]}{one.path.suffix}"
            rows.append(actions.store_rendition(one, key))
        return made, rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def record_poster(claimed: MediaFile, made: Made, rows: list[Rendition]) -> bool:
    """Show the new poster instead of the old one; False when another was chosen meanwhile. Inside a transaction."""
    file = queries.find_file(claimed.id)
    if file is None or file.claim != claimed.claim:
        return False
    old = [one for one in file.renditions if one.name in NAMES]
    keys = [one.storage_key for one in old]
    for one in old:
        file.renditions.remove(one)
    db.session.flush()
    file.renditions.extend(rows)
    file.colour, file.blur = made.colour, made.blur
    file.ready_at = actions.written_now(file)
    file.stage = file.progress = file.locked_until = file.claim = None
    db.session.flush()
    after_commit(actions.remove_objects, keys)
    return True


def record_trouble(claimed: MediaFile) -> None:
    """It did not work: try again in a while, at most three times; then the poster stays as it was. Inside a transaction."""
    file = queries.find_file(claimed.id)
    if file is None or file.claim != claimed.claim:
        return
    file.claim = None
    if file.attempts < actions.MAX_ATTEMPTS:
        file.locked_until, file.woken_at = clock.now() + timedelta(seconds=20 * 3 ** (file.attempts - 1)), None
    else:
        file.stage = file.progress = file.locked_until = None
    db.session.flush()
