"""Every SELECT about media files, and what templates need to show one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import contains_eager, selectinload

from classprojects.accounts.models import Person
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.gateways.transcoder import CLEAN
from classprojects.media.models import MediaFile, MediaKind, MediaState, Rendition


@dataclass(frozen=True)
class Source:
    """One address that a browser can play, and its type."""

    url: str
    mime: str


@dataclass(frozen=True)
class Picture:
    """What ``<picture>`` needs: two srcsets, a fallback, the shape and the colour until it is there."""

    avif: str
    webp: str
    fallback: str
    width: int
    height: int
    colour: str


@dataclass(frozen=True)
class Sound:
    """What ``<audio>`` and the waveform need; ``peaks``: 200 numbers from 0 to 1."""

    sources: tuple[Source, ...]
    peaks: list[float]
    duration_ms: int


@dataclass(frozen=True)
class Film:
    """What ``<video>`` needs; ``poster`` is a JPEG, ``poster_webp`` the same, smaller."""

    url: str
    mime: str
    poster: str
    poster_webp: str
    width: int
    height: int
    duration_ms: int
    colour: str


@dataclass(frozen=True)
class Sources:
    """A file as templates see it: exactly one of picture, audio and video once it is ready."""

    state: str
    picture: Picture | None = None
    audio: Sound | None = None
    video: Film | None = None
    failure: str | None = None

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
    if file.state is not MediaState.READY:
        return Sources(state=file.state.value, failure=file.failure)
    base = f"/media/{file.public_id}/"
    colour, width, height = file.colour or "#888888", file.width or 1, file.height or 1
    if file.kind is MediaKind.IMAGE:
        steps = list(zip(SLOTS, file.widths or (), strict=False))
        return Sources(
            state="ready",
            picture=Picture(
                avif=", ".join([f"{base}w{slot}-avif {pixels}w" for slot, pixels in steps]),
                webp=", ".join([f"{base}w{slot}-webp {pixels}w" for slot, pixels in steps]),
                fallback=f"{base}fallback-jpeg",
                width=width,
                height=height,
                colour=colour,
            ),
        )
    if file.kind is MediaKind.AUDIO:
        return Sources(
            state="ready",
            audio=Sound(
                sources=(
                    Source(f"{base}opus", 'audio/webm; codecs="opus"'),
                    Source(f"{base}aac", "audio/mp4"),
                ),
                peaks=file.peaks or [],
                duration_ms=file.duration_ms or 0,
            ),
        )
    return Sources(
        state="ready",
        video=Film(
            url=f"{base}h264",
            mime="video/mp4",
            poster=f"{base}poster-jpeg",
            poster_webp=f"{base}poster-webp",
            width=width,
            height=height,
            duration_ms=file.duration_ms or 0,
            colour=colour,
        ),
    )


#: what others may download, best first
FOR_DOWNLOAD = (CLEAN, "h264", "aac", "w1920-webp", "w960-webp", "w480-webp")

#: what a rendition of a picture is at most as wide as; its name says which
SLOTS = (480, 960, 1920)


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


def list_unattached_ids(created_before: datetime, limit: int = 100) -> list[int]:
    """Files uploaded before then that no page ever used."""
    statement = (
        sa.select(MediaFile.id)
        .where(MediaFile.attached_at.is_(None), MediaFile.created_at < created_before)
        .order_by(MediaFile.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_known_public_ids(public_ids: Iterable[str]) -> set[str]:
    """Those of ``public_ids`` that a file has."""
    return set(db.session.scalars(sa.select(MediaFile.public_id).where(MediaFile.public_id.in_(list(public_ids)))))
