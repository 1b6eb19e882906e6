"""Tables of media files (original bytes), their renditions (processed versions), and uploads on their way."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column
from classprojects.core.ids import new_token

#: how long an upload waits to be continued
UPLOAD_LIFE = timedelta(days=1)


class MediaKind(enum.StrEnum):
    """What a file is, by its content."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"  # kept as it is, to download only


class MediaPurpose(enum.StrEnum):
    """What a file was uploaded for."""

    WORK = "work"
    LESSON = "lesson"
    DESCRIPTION = "description"  # what is to be seen in a lesson's film, said
    RESOURCE = "resource"  # to download beside a lesson
    TRAILER = "trailer"
    FEEDBACK = "feedback"
    PICTURE = "picture"
    COVER = "cover"


class MediaState(enum.StrEnum):
    """Where the processing of a file stands."""

    UPLOADED = "uploaded"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class UploadState(enum.StrEnum):
    """Where a resumable upload stands."""

    OPEN = "open"
    FINISHED = "finished"
    REFUSED = "refused"


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
    #: bytes; 0 until a file that we make ourselves (`recipe`) is there
    size: Mapped[int] = mapped_column(sa.BigInteger)
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
    #: how the worker makes the original itself, out of other files; None: somebody sent it
    recipe: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    #: what the worker is doing, and how far it has come (0 to 100); None while nobody is at it
    stage: Mapped[str | None] = mapped_column(sa.String(20))
    progress: Mapped[int | None]
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
    #: short sides of the video renditions, smallest first: which of h264-360, h264-720 and h264-1080 there are
    heights: Mapped[list[int] | None] = mapped_column(sa.JSON)
    #: a few colours, row by row, to show blurred until the picture is there
    blur: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    #: whether there is a short moving preview
    has_preview: Mapped[bool] = mapped_column(default=False)
    #: the moment of a film that its maker chose as the poster, in ms; None: we choose
    poster_ms: Mapped[int | None]
    #: integrated loudness in LUFS and true peak in dBTP (EBU R 128); None: not measured, or silence
    loudness: Mapped[float | None]
    true_peak: Mapped[float | None]
    #: what a C2PA manifest that came with the file says; None: there was none
    provenance: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: when a page began to use it; one that none uses is swept after a day
    attached_at: Mapped[datetime | None]
    #: when its renditions were last written: their addresses carry it, so that what is cached is never old
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
    #: such as w480-avif, fallback-jpeg, opus, aac, h264-720, poster-webp, preview
    name: Mapped[str] = mapped_column(sa.String(40))
    mime: Mapped[str] = mapped_column(sa.String(80))
    width: Mapped[int | None]
    height: Mapped[int | None]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    #: of its bytes, so that a copy can be checked; None for what was made before this was kept
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    storage_key: Mapped[str] = mapped_column(sa.String(200), unique=True)

    file: Mapped[MediaFile] = relationship(back_populates="renditions", lazy="raise")


class Upload(Model):
    """A file that is being sent in pieces (tus 1.0), until it is whole and becomes a :class:`MediaFile`."""

    __tablename__ = "uploads"
    __table_args__ = (sa.Index("ix_uploads_state_touched_at", "state", "touched_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: what its address is made of; cannot be guessed
    public_id: Mapped[str] = mapped_column(sa.String(40), unique=True, default=new_token)
    owner_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    #: which kind of file the form asked for
    kind: Mapped[MediaKind] = mapped_column(enum_column(MediaKind, name="uploadkind"))
    original_name: Mapped[str] = mapped_column(sa.String(120))
    #: bytes: of the whole, and of what is safely here
    length: Mapped[int] = mapped_column(sa.BigInteger)
    received: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    state: Mapped[UploadState] = mapped_column(enum_column(UploadState), default=UploadState.OPEN)
    #: why the whole file was not taken, in words for its owner
    failure: Mapped[str | None] = mapped_column(sa.String(500))
    #: the file that it became
    file_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("media_files.id", ondelete="SET NULL"), index=True)
    #: one request at a time writes: until when, and which
    locked_until: Mapped[datetime | None]
    claim: Mapped[str | None] = mapped_column(sa.String(40))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    touched_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def is_whole(self) -> bool:
        """Whether every byte is here."""
        return self.received == self.length

    @property
    def expires_at(self) -> datetime:
        """When an upload that nobody continues is forgotten."""
        return self.touched_at + UPLOAD_LIFE
