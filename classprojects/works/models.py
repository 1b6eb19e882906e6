"""Tables of works, their immutable versions, the edges between them, what is said about edges, hearts, tags, drafts."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column
from classprojects.discussions.models import Thread
from classprojects.media.models import MediaFile


class Medium(enum.StrEnum):
    """What a work is made of."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"


class WorkStatus(enum.StrEnum):
    """Where a work stands. Removed: by moderation, restorable. Erased: a tombstone."""

    DRAFT = "draft"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    REMOVED = "removed"
    ERASED = "erased"


class EdgeKind(enum.StrEnum):
    """How a remix used its source."""

    SAMPLED = "sampled"
    BUILT_ON = "built_on"
    REFINED = "refined"
    TRANSLATED = "translated"
    PERFORMED = "performed"
    INSPIRED_BY = "inspired_by"


class TextLayout(enum.StrEnum):
    """How the lines of a text are set."""

    PROSE = "prose"
    POEM = "poem"
    SCREENPLAY = "screenplay"


class SuggestionState(enum.StrEnum):
    """What became of a source that somebody suggested."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Space(Model):
    """A place that works live in other than the open area: one for each class project."""

    __tablename__ = "spaces"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Work(Model):
    """One piece that somebody made. What it says or shows stands in its versions."""

    __tablename__ = "works"
    __table_args__ = (
        # The open wall, newest first, whole or by medium.
        sa.Index("ix_works_status_published_at", "status", "published_at", "id"),
        sa.Index("ix_works_medium_status_published_at", "medium", "status", "published_at", "id"),
        sa.Index("ix_works_maker_id_published_at", "maker_id", "published_at", "id"),
        sa.Index("ix_works_space_id_published_at", "space_id", "published_at", "id"),
        sa.Index("ix_works_prompt_id_published_at", "prompt_id", "published_at", "id"),
        sa.Index("ix_works_hearts_count", "status", "hearts_count", "id"),
        sa.Index("ix_works_remixes_count", "status", "remixes_count", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    maker_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    medium: Mapped[Medium] = mapped_column(enum_column(Medium))
    status: Mapped[WorkStatus] = mapped_column(enum_column(WorkStatus), default=WorkStatus.DRAFT)
    #: None: the open area
    space_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("spaces.id"))
    #: when its maker shared this class work to the open area too
    shared_at: Mapped[datetime | None]
    #: since when nobody but its maker is told who made it; None: everybody who sees it is
    veiled_at: Mapped[datetime | None]
    #: id of the prompt that it answers (prompts stand on a floor above)
    prompt_id: Mapped[int | None] = mapped_column(Id)
    #: the newest version; set in the same transaction that makes the first
    current_version_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("work_versions.id", use_alter=True, name="fk_works_current_version_id")
    )
    #: where it is talked about
    thread_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("threads.id"), unique=True)
    #: what the form's one-time key was, so that sending a form twice makes one work
    submission_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    published_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    # Counted when written, so that a wall of cards costs no counting.
    hearts_count: Mapped[int] = mapped_column(default=0)
    comments_count: Mapped[int] = mapped_column(default=0)
    sources_count: Mapped[int] = mapped_column(default=0)
    remixes_count: Mapped[int] = mapped_column(default=0)

    maker: Mapped[Person] = relationship(lazy="raise")
    thread: Mapped[Thread] = relationship(lazy="raise")
    space: Mapped[Space | None] = relationship(lazy="raise")
    current_version: Mapped[WorkVersion | None] = relationship(
        lazy="raise", foreign_keys=[current_version_id], post_update=True
    )
    versions: Mapped[list[WorkVersion]] = relationship(
        lazy="raise", foreign_keys="WorkVersion.work_id", back_populates="work", order_by="WorkVersion.number"
    )
    tags: Mapped[list[WorkTag]] = relationship(lazy="raise", order_by="WorkTag.name")
    sources: Mapped[list[RemixEdge]] = relationship(
        lazy="raise", foreign_keys="RemixEdge.child_id", back_populates="child", order_by="RemixEdge.id"
    )
    external_sources: Mapped[list[ExternalSource]] = relationship(lazy="raise", order_by="ExternalSource.id")

    @property
    def is_published(self) -> bool:
        return self.status is WorkStatus.PUBLISHED

    @property
    def is_erased(self) -> bool:
        return self.status is WorkStatus.ERASED

    @property
    def is_open(self) -> bool:
        """Whether it is shown in the open area: made there, or shared there by its maker."""
        return self.space_id is None or self.shared_at is not None

    @property
    def url(self) -> str:
        return f"/works/{self.id}"


class WorkVersion(Model):
    """What a work said or showed at one moment. Never changed, only erased with its work."""

    __tablename__ = "work_versions"
    __table_args__ = (sa.UniqueConstraint("work_id", "number"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    work_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200))
    #: Markdown of a text work; empty for the other media
    body: Mapped[str] = mapped_column(sa.Text, default="")
    #: ``body`` rendered and cleaned once, so that no view renders
    body_html: Mapped[str] = mapped_column(sa.Text, default="")
    #: the first lines as plain text, for cards and descriptions
    excerpt: Mapped[str] = mapped_column(sa.String(600), default="")
    note: Mapped[str] = mapped_column(sa.String(2000), default="")
    alt_text: Mapped[str] = mapped_column(sa.String(1000), default="")
    language: Mapped[str] = mapped_column(sa.String(12), default="en")
    layout: Mapped[TextLayout] = mapped_column(enum_column(TextLayout), default=TextLayout.PROSE)
    #: WebVTT of a sound or film, checked and written anew; empty: none
    captions: Mapped[str] = mapped_column(sa.Text, default="")
    #: the file; of a series of pictures the first
    file_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("media_files.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    work: Mapped[Work] = relationship(lazy="raise", foreign_keys=[work_id], back_populates="versions")
    file: Mapped[MediaFile | None] = relationship(lazy="raise")
    pictures: Mapped[list[WorkPicture]] = relationship(lazy="raise", order_by="WorkPicture.position")


class WorkPicture(Model):
    """A further picture of a series, after the version's own file: positions count from 2."""

    __tablename__ = "work_pictures"

    version_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("work_versions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("media_files.id"), index=True)
    alt_text: Mapped[str] = mapped_column(sa.String(1000), default="")

    file: Mapped[MediaFile] = relationship(lazy="raise")


#: what a version says: written once. What is rendered from it may be rendered anew.
CONTENT = ("work_id", "number", "title", "body", "note", "alt_text", "language", "layout", "captions", "file_id", "created_at")


@event.listens_for(WorkVersion, "before_update")
def _refuse_changed_version(_mapper: object, _connection: object, version: WorkVersion) -> None:
    """A version may lose what it says, when its work is erased, and never say anything else."""
    for name in CONTENT:
        if any(value not in ("", None) for value in sa.inspect(version).attrs[name].history.added or ()):
            raise RuntimeError(f"a version is never changed: {name}")


@event.listens_for(WorkPicture, "before_update")
@event.listens_for(WorkVersion, "before_delete")
def _refuse_changed_picture(_mapper: object, _connection: object, changed: object) -> None:
    raise RuntimeError(f"a version is never changed: {changed}")


@event.listens_for(Session, "do_orm_execute")
def _refuse_changed_versions(state: ORMExecuteState) -> None:
    """Nor many versions at once."""
    mapper = state.bind_mapper
    if mapper is not None and (state.is_update or state.is_delete) and mapper.class_ in (WorkVersion, WorkPicture):
        raise RuntimeError("a version is never changed")


class WorkTag(Model):
    """One word that a maker put on a work; lower case."""

    __tablename__ = "work_tags"
    __table_args__ = (sa.Index("ix_work_tags_name_work_id", "name", "work_id"),)

    work_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class RemixEdge(Model):
    """``child`` was made from this version of ``parent``. Published edges are never erased."""

    __tablename__ = "remix_edges"
    __table_args__ = (
        sa.UniqueConstraint("child_id", "parent_id"),
        sa.CheckConstraint("child_id <> parent_id", name="not_itself"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    child_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"))
    parent_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"), index=True)
    parent_version_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("work_versions.id"))
    kind: Mapped[EdgeKind] = mapped_column(enum_column(EdgeKind), default=EdgeKind.BUILT_ON)
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    child: Mapped[Work] = relationship(lazy="raise", foreign_keys=[child_id], back_populates="sources")
    parent: Mapped[Work] = relationship(lazy="raise", foreign_keys=[parent_id])
    parent_version: Mapped[WorkVersion] = relationship(lazy="raise")


class SourceSuggestion(Model):
    """Somebody says that ``child`` was made from ``parent`` too; the maker of ``child`` decides."""

    __tablename__ = "source_suggestions"
    __table_args__ = (
        sa.Index("ix_source_suggestions_child_id_state", "child_id", "state"),
        sa.CheckConstraint("child_id <> parent_id", name="not_itself"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    child_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"))
    parent_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"), index=True)
    suggested_by_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    kind: Mapped[EdgeKind] = mapped_column(enum_column(EdgeKind, name="suggestionkind"), default=EdgeKind.BUILT_ON)
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    state: Mapped[SuggestionState] = mapped_column(enum_column(SuggestionState), default=SuggestionState.OPEN)
    #: what the maker answered
    answer: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[datetime | None]

    child: Mapped[Work] = relationship(lazy="raise", foreign_keys=[child_id])
    parent: Mapped[Work] = relationship(lazy="raise", foreign_keys=[parent_id])
    suggested_by: Mapped[Person] = relationship(lazy="raise")


class EdgeDispute(Model):
    """One of the two makers says that an edge is not true. An annotation: the edge stays (P6)."""

    __tablename__ = "edge_disputes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    edge_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("remix_edges.id"), index=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(1000))
    #: what the other side says to it
    reply: Mapped[str] = mapped_column(sa.String(1000), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    replied_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    edge: Mapped[RemixEdge] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")


class ExternalSource(Model):
    """Something from outside that a work used: where it is, whose it is, under which licence."""

    __tablename__ = "external_sources"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    work_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"), index=True)
    address: Mapped[str] = mapped_column(sa.String(1000))
    author: Mapped[str] = mapped_column(sa.String(200), default="")
    licence: Mapped[str] = mapped_column(sa.String(100), default="")


class Heart(Model):
    """Somebody loves a work: a row, once."""

    __tablename__ = "hearts"

    work_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class ComposerDraft(Model):
    """What somebody typed into a composer and has not posted yet; ``key`` names the composer, such as ``remix-12``."""

    __tablename__ = "composer_drafts"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "key"),
        sa.Index("ix_composer_drafts_person_id_touched_at", "person_id", "touched_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    key: Mapped[str] = mapped_column(sa.String(80))
    #: the form's fields as typed, by their names
    fields: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    #: counted up with each save, so that a second tab does not overwrite what it never saw
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    touched_at: Mapped[datetime] = mapped_column(default=clock.now)
