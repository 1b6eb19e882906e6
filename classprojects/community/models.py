"""Tables of prompts and their variants for languages and countries, who follows whom, and collections of works."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column
from classprojects.works.models import Medium, Work


class PromptState(enum.StrEnum):
    """Suggested by a member, shown to everybody, or put away."""

    SUGGESTED = "suggested"
    PUBLISHED = "published"
    RETIRED = "retired"


class Prompt(Model):
    """A small invitation to make something."""

    __tablename__ = "prompts"
    __table_args__ = (
        sa.CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty"),
        sa.Index("ix_prompts_state_published_at", "state", "published_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    medium: Mapped[Medium] = mapped_column(enum_column(Medium))
    #: the ask, in one line
    title: Mapped[str] = mapped_column(sa.String(200))
    #: a few sentences that help to begin; Markdown, and the same rendered and cleaned
    body: Mapped[str] = mapped_column(sa.Text, default="")
    body_html: Mapped[str] = mapped_column(sa.Text, default="")
    #: what it takes: "4 words", "1 photo", "10 seconds"
    takes: Mapped[str] = mapped_column(sa.String(60))
    difficulty: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    language: Mapped[str] = mapped_column(sa.String(12), default="en")
    state: Mapped[PromptState] = mapped_column(enum_column(PromptState), default=PromptState.SUGGESTED)
    #: whoever wrote it is shown by name and role (P18)
    author_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    author_role: Mapped[str] = mapped_column(sa.String(60), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    published_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    answers_count: Mapped[int] = mapped_column(default=0)

    author: Mapped[Person] = relationship(lazy="raise")
    locales: Mapped[list[PromptLocale]] = relationship(lazy="raise", back_populates="prompt")

    @property
    def is_published(self) -> bool:
        return self.state is PromptState.PUBLISHED

    @property
    def is_open(self) -> bool:
        """Whether it takes answers now."""
        return self.is_published and (self.closes_at is None or self.closes_at > clock.now())

    @property
    def url(self) -> str:
        return f"/prompts/{self.slug}"

    def wording(self, language: str, country: str | None = None) -> Prompt | PromptLocale:
        """The variant that fits a reader best: language and country, language alone, the prompt itself."""
        fitting = [one for one in self.locales if one.language == language and one.country in (country, None)]
        return max(fitting, key=lambda one: one.country is not None, default=self)


class PromptLocale(Model):
    """A prompt's wording for one language, or for that language in one country."""

    __tablename__ = "prompt_locales"
    __table_args__ = (sa.UniqueConstraint("prompt_id", "language", "country"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    prompt_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("prompts.id"))
    language: Mapped[str] = mapped_column(sa.String(12))
    country: Mapped[str | None] = mapped_column(sa.String(2))
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text, default="")
    body_html: Mapped[str] = mapped_column(sa.Text, default="")
    takes: Mapped[str] = mapped_column(sa.String(60))

    prompt: Mapped[Prompt] = relationship(lazy="raise", back_populates="locales")


class Follow(Model):
    """Somebody wants to see what somebody else makes."""

    __tablename__ = "follows"
    __table_args__ = (sa.CheckConstraint("follower_id <> followed_id", name="not_oneself"),)

    follower_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), primary_key=True)
    followed_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Collection(Model):
    """Works that somebody gathered, in an order, under a name. On pages it is called a set."""

    __tablename__ = "collections"
    __table_args__ = (sa.Index("ix_collections_owner_id_touched_at", "owner_id", "touched_at", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    title: Mapped[str] = mapped_column(sa.String(120))
    description: Mapped[str] = mapped_column(sa.String(1000), default="")
    is_public: Mapped[bool] = mapped_column(default=False)
    #: what the form's one-time key was, so that sending a form twice makes one
    once: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    #: counted when written
    items_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    touched_at: Mapped[datetime] = mapped_column(default=clock.now)

    owner: Mapped[Person] = relationship(lazy="raise")

    @property
    def url(self) -> str:
        return f"/sets/{self.id}"


class CollectionItem(Model):
    """A work's place in a collection; positions have gaps, so that moving one moves one."""

    __tablename__ = "collection_items"
    __table_args__ = (sa.Index("ix_collection_items_collection_id_position", "collection_id", "position", "work_id"),)

    collection_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True)
    work_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(sa.BigInteger)
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    added_at: Mapped[datetime] = mapped_column(default=clock.now)

    work: Mapped[Work] = relationship(lazy="raise")
