"""Tables of threads and their comments."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import Id, Model


class Thread(Model):
    """A conversation; what it is about points at it."""

    __tablename__ = "threads"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class ThreadFollow(Model):
    """Somebody wants to hear of what is said in a thread."""

    __tablename__ = "thread_follows"

    thread_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("threads.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), primary_key=True, index=True)
    followed_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: since when they want to hear no more of it: taking part does not make them follow again
    muted_at: Mapped[datetime | None]


class Comment(Model):
    """What somebody said in a thread. Erasing empties it and keeps its place."""

    __tablename__ = "comments"
    __table_args__ = (sa.Index("ix_comments_thread_id_id", "thread_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    thread_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("threads.id"))
    author_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    body: Mapped[str] = mapped_column(sa.Text)
    #: ``body`` rendered and cleaned once, so that no view renders
    body_html: Mapped[str] = mapped_column(sa.Text)
    submission_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    erased_at: Mapped[datetime | None]

    author: Mapped[Person] = relationship(lazy="raise")
    thread: Mapped[Thread] = relationship(lazy="raise")
