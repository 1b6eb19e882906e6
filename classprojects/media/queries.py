"""Every SELECT about media files, and what templates need to show one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import contains_eager, selectinload

from classprojects.accounts.models import Person
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.gateways.transcoder import CLEAN
from classprojects.media.models import UPLOAD_LIFE, MediaFile, MediaKind, MediaState, Rendition, Upload, UploadState
from classprojects.media.stages import POSTER, stages_of


@dataclass(frozen=True)
class Source:
    """One address that a browser can play, and its type; of a film also its lines, and for which screens it is meant."""

    url: str
    mime: str
    height: int | None = None
    media: str | None = None


@dataclass(frozen=True)
class Picture:
    """What ``<picture>`` needs: three srcsets, a fallback, the shape and the colours until it is there.

    ``jpeg`` is empty for what was made before there were several JPEGs; ``preview`` is the address of moving seconds.
    """

    avif: str
    webp: str
    fallback: str
    width: int
    height: int
    colour: str
    jpeg: str = ""
    blur: dict[str, Any] | None = None
    preview: str | None = None


@dataclass(frozen=True)
class Sound:
    """What ``<audio>`` and the waveform need; ``peaks``: 200 numbers from 0 to 1.

    ``loudness`` in LUFS, ``true_peak`` in dBTP; None where they are not known.
    """

    sources: tuple[Source, ...]
    peaks: list[float]
    duration_ms: int
    loudness: float | None = None
    true_peak: float | None = None


@dataclass(frozen=True)
class Film:
    """What ``<video>`` needs; ``poster`` is a JPEG, ``poster_webp`` the same, smaller.

    ``sources``: first the one for narrow screens, then the one for all others, then what is
    only chosen by hand; ``url`` is the one for all others. ``stills`` and ``preview``: None where there are none.
    """

    url: str
    mime: str
    poster: str
    poster_webp: str
    width: int
    height: int
    duration_ms: int
    colour: str
    sources: tuple[Source, ...] = ()
    blur: dict[str, Any] | None = None
    preview: str | None = None
    stills: str | None = None
    loudness: float | None = None
    true_peak: float | None = None


@dataclass(frozen=True)
class Sources:
    """A file as templates see it: exactly one of picture, audio and video once it is ready.

    Until then: the ``stage`` it is at ("queued" while nobody is at it), all its ``stages``, how much
    is done in per cent, and whether it is waiting to be tried again after trouble.
    """

    state: str
    picture: Picture | None = None
    audio: Sound | None = None
    video: Film | None = None
    failure: str | None = None
    stage: str | None = None
    progress: int = 0
    stages: tuple[str, ...] = ()
    is_tried_again: bool = False

    @property
    def is_ready(self) -> bool:
        return self.state == "ready"


@dataclass(frozen=True)
class Download:
    """What to send to somebody who downloads a file: a rendition, or (None) the file as it was sent."""

    rendition: Rendition | None
    extension: str


def sources_for(file: MediaFile) -> Sources:
    """Addresses and shape of ``file``; asks the database nothing, so that a wall can have many."""
    if file.state is MediaState.FAILED:
        return Sources(state="failed", failure=file.failure)
    if file.state is not MediaState.READY:
        return _in_the_making(file)
    if file.kind is MediaKind.DOCUMENT:
        return Sources(state="ready")  # to download only
    base = f"/media/{file.public_id}/"
    v = f"?v={fingerprint_of(file)}" if file.ready_at is not None else ""
    colour, width, height = file.colour or "#888888", file.width or 1, file.height or 1
    if file.kind is MediaKind.IMAGE:
        steps = list(zip(SLOTS, file.widths or (), strict=False))
        return Sources(
            state="ready",
            picture=Picture(
                avif=", ".join([f"{base}w{slot}-avif{v} {pixels}w" for slot, pixels in steps]),
                webp=", ".join([f"{base}w{slot}-webp{v} {pixels}w" for slot, pixels in steps]),
                fallback=f"{base}fallback-jpeg{v}",
                width=width,
                height=height,
                colour=colour,
                jpeg=", ".join([f"{base}{_jpeg_of(slot)}{v} {pixels}w" for slot, pixels in steps]) if file.blur else "",
                blur=file.blur,
                preview=f"{base}preview{v}" if file.has_preview else None,
            ),
        )
    if file.kind is MediaKind.AUDIO:
        return Sources(
            state="ready",
            audio=Sound(
                sources=(
                    Source(f"{base}opus{v}", 'audio/webm; codecs="opus"'),
                    Source(f"{base}aac{v}", "audio/mp4"),
                ),
                peaks=file.peaks or [],
                duration_ms=file.duration_ms or 0,
                loudness=file.loudness,
                true_peak=file.true_peak,
            ),
        )
    films = _films(file, base, v)
    return Sources(
        state="ready",
        video=Film(
            url=next(film.url for film in films if film.media is None),
            mime="video/mp4",
            sources=films,
            blur=file.blur,
            preview=f"{base}preview{v}" if file.has_preview else None,
            stills=f"{base}stills-webp{v}" if file.heights else None,
            loudness=file.loudness,
            true_peak=file.true_peak,
            poster=f"{base}poster-jpeg{v}",
            poster_webp=f"{base}poster-webp{v}",
            width=width,
            height=height,
            duration_ms=file.duration_ms or 0,
            colour=colour,
        ),
    )


def _in_the_making(file: MediaFile) -> Sources:
    """Where a file stands that is not ready; a row of faces knows no more than that."""
    is_claimed = file.state is MediaState.PROCESSING
    return Sources(
        state=file.state.value,
        stage=(getattr(file, "stage", None) or "checking") if is_claimed else "queued",
        progress=(getattr(file, "progress", None) or 0) if is_claimed else 0,
        stages=stages_of(file.kind, is_made_here=bool(getattr(file, "recipe", None))),
        is_tried_again=not is_claimed and getattr(file, "attempts", 0) > 0,
    )


def _films(file: MediaFile, base: str, v: str) -> tuple[Source, ...]:
    """A film's sizes: for narrow screens, for all others, then those that are only chosen by hand."""
    if not file.heights:
        # Made when there was one size of each.
        return (Source(f"{base}h264{v}", "video/mp4"),)
    rungs = list(zip(RUNGS, file.heights, strict=False))
    small, *larger = (Source(f"{base}h264-{rung}{v}", "video/mp4", height) for rung, height in rungs)
    return (replace(small, media=NARROW), *larger) if larger else (small,)


def _jpeg_of(slot: int) -> str:
    return "fallback-jpeg" if slot == FALLBACK_SLOT else f"w{slot}-jpeg"


def fingerprint_of(file: Any) -> str:
    """What the addresses of a file's renditions carry: another whenever they are written anew; "" before they are.

    ``file``: a MediaFile, or a row that has its ``ready_at``.
    """
    ready_at: datetime | None = file.ready_at
    return format((ready_at - _BEGINNING) // _MILLISECOND, "x") if ready_at is not None else ""


_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

#: what others may download, best first
FOR_DOWNLOAD = (
    CLEAN, "h264-1080", "h264-720", "h264", "h264-360", "aac", "w1920-webp", "w960-webp", "w480-webp",
)  # fmt: skip

#: what a rendition of a picture is at most as wide as; its name says which
SLOTS = (480, 960, 1920)
#: the one whose JPEG is for browsers that choose none, and has that name
FALLBACK_SLOT = 960
#: what a rendition of a film is named by: its short side is at most that
RUNGS = (360, 720, 1080)
#: the screens that begin with the smallest film
NARROW = "(max-width: 40em)"


def get_file_by_public_id(public_id: str) -> MediaFile:
    """The file behind an address; raises NotFound."""
    file = find_file_by_public_id(public_id)
    if file is None:
        raise NotFound
    return file


def find_file_by_public_id(public_id: str) -> MediaFile | None:
    """The file behind an address, without its renditions."""
    if not _is_plain(public_id):
        return None
    return db.session.scalar(sa.select(MediaFile).where(MediaFile.public_id == public_id))


def get_file_showing(public_id: str, name: str) -> MediaFile:
    """The file behind an address; of its renditions it holds the one of this name alone, or none.

    In one query, since players ask again and again. What is for downloading is not shown.
    """
    if not _is_plain(public_id) or not _is_plain(name) or name == CLEAN:
        raise NotFound
    file = db.session.scalar(
        sa.select(MediaFile)
        .outerjoin(Rendition, sa.and_(Rendition.file_id == MediaFile.id, Rendition.name == name))
        .where(MediaFile.public_id == public_id)
        .options(contains_eager(MediaFile.renditions))
        .execution_options(populate_existing=True)
    )
    if file is None:
        raise NotFound
    return file


def _is_plain(part: str) -> bool:
    """Whether a part of an address can be in the database at all."""
    return part.isascii() and len(part) <= 40 and "\x00" not in part


def get_download(file: MediaFile, person: Person | None) -> Download:
    """What ``person`` gets who asks for the original: its owner the very file, others the copy without its past.

    A picture or film knows where it was taken, and on whose telephone: that is
    for its owner to tell. Where no clean copy could be made, others get the best
    of what is shown. Raises NotFound as long as there is nothing of that.
    """
    if person is not None and person.id == file.owner_id:
        return Download(None, file.extension)
    if file.is_ready:
        found = db.session.scalars(
            sa.select(Rendition).where(Rendition.file_id == file.id, Rendition.name.in_(FOR_DOWNLOAD))
        )
        best = min(found, key=lambda one: FOR_DOWNLOAD.index(one.name), default=None)
        if best is not None:
            return Download(best, best.storage_key.rsplit(".", 1)[-1])
    if file.is_failed:
        raise NotFound(_("This file could not be prepared, so that only its maker can download it."))
    raise NotFound(_("This file is still being prepared. It can be downloaded once it is shown."))


def list_downloads(files: Sequence[MediaFile], person: Person | None) -> list[Download | None]:
    """As :func:`get_download` for several files, in two queries at most; None where there is nothing to send yet."""
    wanted = [file.id for file in files if file.is_ready and not (person is not None and person.id == file.owner_id)]
    best: dict[int, Rendition] = {}
    if wanted:
        found = db.session.scalars(
            sa.select(Rendition).where(Rendition.file_id.in_(wanted), Rendition.name.in_(FOR_DOWNLOAD))
        )
        for one in sorted(found, key=lambda one: FOR_DOWNLOAD.index(one.name), reverse=True):
            best[one.file_id] = one
    return [
        Download(None, file.extension)
        if person is not None and person.id == file.owner_id
        else Download(best[file.id], best[file.id].storage_key.rsplit(".", 1)[-1])
        if file.id in best
        else None
        for file in files
    ]


def find_file(file_id: int) -> MediaFile | None:
    """The file of this id, fresh, with its renditions."""
    return db.session.scalar(
        sa.select(MediaFile)
        .where(MediaFile.id == file_id)
        .options(selectinload(MediaFile.renditions))
        .execution_options(populate_existing=True)
    )


def find_pending_upload(owner_id: int, public_id: str) -> MediaFile | None:
    """A file that this person uploaded and that no page uses yet."""
    file = find_file_by_public_id(public_id)
    if file is None or file.owner_id != owner_id or file.attached_at is not None:
        return None
    return file


def list_uploads_of(owner_id: int, public_ids: Iterable[str]) -> list[MediaFile]:
    """Those of these files that this person uploaded and that no page uses yet; none that is only to download."""
    wanted = [name for name in public_ids if _is_plain(name)]
    if not wanted:
        return []
    return list(
        db.session.scalars(
            sa.select(MediaFile).where(
                MediaFile.public_id.in_(wanted), MediaFile.owner_id == owner_id, MediaFile.attached_at.is_(None),
                MediaFile.kind != MediaKind.DOCUMENT,
            )
        )
    )


def list_stale_ids(now: datetime, woken_before: datetime, limit: int = 100) -> list[int]:
    """Files that wait for a worker though nobody seems to be coming: oldest first."""
    lock_is_over = sa.or_(MediaFile.locked_until.is_(None), MediaFile.locked_until < now)
    statement = (
        sa.select(MediaFile.id)
        .where(
            MediaFile.state.in_([MediaState.UPLOADED, MediaState.PROCESSING]),
            lock_is_over,
            sa.or_(MediaFile.woken_at.is_(None), MediaFile.woken_at < woken_before),
        )
        .order_by(MediaFile.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_unmade_poster_ids(now: datetime, woken_before: datetime, limit: int = 100) -> list[int]:
    """Films whose maker chose a poster that nobody seems to be making: oldest first."""
    statement = (
        sa.select(MediaFile.id)
        .where(
            MediaFile.state == MediaState.READY,
            sa.or_(MediaFile.locked_until.is_(None), MediaFile.locked_until < now),
            MediaFile.stage == POSTER,
            sa.or_(MediaFile.woken_at.is_(None), MediaFile.woken_at < woken_before),
        )
        .order_by(MediaFile.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_unattached_ids(
    created_before: datetime, limit: int = 100, spared: sa.ColumnElement[bool] | None = None
) -> list[int]:
    """Files uploaded before then that no page ever used, apart from those that ``spared`` is true of."""
    statement = (
        sa.select(MediaFile.id)
        .where(
            MediaFile.attached_at.is_(None),
            MediaFile.created_at < created_before,
            sa.not_(spared) if spared is not None else sa.true(),
        )
        .order_by(MediaFile.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_known_keys(keys: Collection[str]) -> set[str]:
    """Those of ``keys`` that the row of a file or of a rendition has."""
    of_files = sa.select(MediaFile.storage_key).where(MediaFile.storage_key.in_(keys))
    of_renditions = sa.select(Rendition.storage_key).where(Rendition.storage_key.in_(keys))
    return {*db.session.scalars(of_files), *db.session.scalars(of_renditions)}


@dataclass(frozen=True)
class StoredObject:
    """What a row says of the bytes under a key; ``sha256`` None: it was not kept."""

    key: str
    size: int
    sha256: str | None


def list_stored_objects(size: int = 500) -> Iterator[StoredObject]:
    """Every object that a row knows, originals first; a few rows in memory at a time."""
    for table in (MediaFile, Rendition):
        last = 0
        # What we make ourselves has no bytes yet while its size is 0.
        known = sa.select(table.id, table.storage_key, table.size, table.sha256).where(table.size > 0).order_by(table.id)
        while rows := db.session.execute(known.where(table.id > last).limit(size)).all():
            last = rows[-1].id
            yield from [StoredObject(row.storage_key, row.size, row.sha256 or None) for row in rows]


def find_stored_object(key: str) -> StoredObject | None:
    """What a row says of the bytes under ``key`` now; None: no row knows it."""
    for table in (MediaFile, Rendition):
        row = db.session.execute(
            sa.select(table.storage_key, table.size, table.sha256).where(table.storage_key == key, table.size > 0)
        ).one_or_none()
        if row is not None:
            return StoredObject(row.storage_key, row.size, row.sha256 or None)
    return None


def list_known_public_ids(public_ids: Iterable[str]) -> set[str]:
    """Those of ``public_ids`` that a file has."""
    return set(db.session.scalars(sa.select(MediaFile.public_id).where(MediaFile.public_id.in_(list(public_ids)))))


def get_upload(public_id: str) -> Upload:
    """The upload behind an address; raises NotFound."""
    upload = find_upload(public_id)
    if upload is None:
        raise NotFound(_("This upload is not here any more. Choose the file again."))
    return upload


def find_upload(public_id: str) -> Upload | None:
    """The upload behind an address, as it stands now, or None."""
    if not _is_plain(public_id):
        return None
    return db.session.scalar(
        sa.select(Upload).where(Upload.public_id == public_id).execution_options(populate_existing=True)
    )


def find_upload_by_id(upload_id: int) -> Upload | None:
    """The upload of this id, as it stands now."""
    return db.session.scalar(sa.select(Upload).where(Upload.id == upload_id).execution_options(populate_existing=True))


def find_unused_file_of(upload: Upload) -> MediaFile | None:
    """The file that an upload became, as long as no page uses it."""
    if upload.file_id is None:
        return None
    return db.session.scalar(sa.select(MediaFile).where(MediaFile.id == upload.file_id, MediaFile.attached_at.is_(None)))


def list_unchecked_upload_ids(now: datetime, touched_before: datetime, limit: int = 100) -> list[int]:
    """Uploads that are whole, and that nobody seems to be looking at: oldest first."""
    statement = (
        sa.select(Upload.id)
        .where(
            Upload.state == UploadState.OPEN,
            Upload.received == Upload.length,
            Upload.touched_at < touched_before,
            sa.or_(Upload.locked_until.is_(None), Upload.locked_until < now),
        )
        .order_by(Upload.touched_at)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_old_upload_ids(now: datetime, touched_before: datetime, limit: int = 500) -> list[int]:
    """Uploads of any state that nobody touched since then and that nobody holds."""
    statement = (
        sa.select(Upload.id)
        .where(Upload.touched_at < touched_before, sa.or_(Upload.locked_until.is_(None), Upload.locked_until < now))
        .order_by(Upload.touched_at)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_upload_ids_of(owner_id: int) -> list[int]:
    """Every upload of a person."""
    return list(db.session.scalars(sa.select(Upload.id).where(Upload.owner_id == owner_id)))


def list_open_public_ids(public_ids: Iterable[str]) -> set[str]:
    """Those of ``public_ids`` that an open upload has."""
    wanted = Upload.public_id.in_(list(public_ids))
    return set(db.session.scalars(sa.select(Upload.public_id).where(wanted, Upload.state == UploadState.OPEN)))


def sum_bytes_of(owner_id: int, now: datetime) -> int:
    """What a person's files take, and what their open uploads will take."""
    files = sa.select(sa.func.coalesce(sa.func.sum(MediaFile.size), 0)).where(MediaFile.owner_id == owner_id)
    coming = sa.select(sa.func.coalesce(sa.func.sum(Upload.length), 0)).where(
        Upload.owner_id == owner_id, Upload.state == UploadState.OPEN, Upload.touched_at >= now - UPLOAD_LIFE
    )
    return int(db.session.scalar(sa.select(files.scalar_subquery() + coming.scalar_subquery())) or 0)
