"""Tables of media files (original bytes) and their renditions (processed versions)."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column
from classprojects.core.ids import new_token


class MediaKind(enum.StrEnum):
    """What a file is, by its content."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"


class MediaPurpose(enum.StrEnum):
    """What a file was uploaded for."""

    WORK = "work"
    LESSON = "lesson"
    PICTURE = "picture"
    COVER = "cover"


class MediaState(enum.StrEnum):
    """Where the processing of a file stands."""

    UPLOADED = "uploaded"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class MediaFile(Model):
    """One file as somebody uploaded it, and what processing found out about it."""

    __tablename__ = "media_files"
    __table_args__ = (
        sa.Index("ix_media_files_state_locked_until", "state", "locked_until"),
        sa.Index("ix_media_files_attached_at_created_at", "attached_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: what its addresses are made of; cannot be guessed
    public_id: Mapped[str] = mapped_column(sa.String(40), unique=True, default=new_token)
    owner_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    purpose: Mapped[MediaPurpose] = mapped_column(enum_column(MediaPurpose))
    kind: Mapped[MediaKind] = mapped_column(enum_column(MediaKind))
    mime: Mapped[str] = mapped_column(sa.String(80))
    extension: Mapped[str] = mapped_column(sa.String(10))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    #: as the person named it, without what could harm a file system or a reader
    original_name: Mapped[str] = mapped_column(sa.String(120))
    #: pixels of the picture as it is seen (turned upright); None for audio
    width: Mapped[int | None]
    height: Mapped[int | None]
    #: milliseconds; None for images
    duration_ms: Mapped[int | None]
    has_audio: Mapped[bool] = mapped_column(default=False)
    storage_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    state: Mapped[MediaState] = mapped_column(enum_column(MediaState), default=MediaState.UPLOADED)
    #: why processing failed, in words for its owner
    failure: Mapped[str | None] = mapped_column(sa.String(500))
    attempts: Mapped[int] = mapped_column(default=0)
    #: until when the worker that claimed it has it for itself
    locked_until: Mapped[datetime | None]
    #: who holds the claim, so that a worker that lost it records nothing
    claim: Mapped[str | None] = mapped_column(sa.String(40))
    #: when a worker was last asked to come
    woken_at: Mapped[datetime | None]
    #: the colour that covers most of it, as #rrggbb
    colour: Mapped[str | None] = mapped_column(sa.String(7))
    #: the waveform: 200 numbers from 0 to 1, relative to the loudest moment
    peaks: Mapped[list[float] | None] = mapped_column(sa.JSON)
    #: widths of the image renditions, smallest first: what a card needs without their rows
    widths: Mapped[list[int] | None] = mapped_column(sa.JSON)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: when a page began to use it; one that none uses is swept after a day
    attached_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]

    renditions: Mapped[list[Rendition]] = relationship(
        back_populates="file", lazy="raise", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def is_ready(self) -> bool:
        return self.state is MediaState.READY

    @property
    def is_failed(self) -> bool:
        return self.state is MediaState.FAILED

    @property
    def is_processing(self) -> bool:
        """Whether it is waiting for a worker or with one."""
        return self.state in (MediaState.UPLOADED, MediaState.PROCESSING)


class Rendition(Model):
    """One processed version of a file, made by us: its type is always as it says."""

    __tablename__ = "media_renditions"
    __table_args__ = (sa.UniqueConstraint("file_id", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    file_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("media_files.id", ondelete="CASCADE"))
    #: such as w480-avif, fallback-jpeg, opus, aac, h264, poster-webp
    name: Mapped[str] = mapped_column(sa.String(40))
    mime: Mapped[str] = mapped_column(sa.String(80))
    width: Mapped[int | None]
    height: Mapped[int | None]
    size: Mapped[int]
    storage_key: Mapped[str] = mapped_column(sa.String(200), unique=True)

    file: Mapped[MediaFile] = relationship(back_populates="renditions", lazy="raise")
