"""Tables of what is talked about in a class."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.classes.models.outline import Assignment, ClassProject
from classprojects.classes.models.seasons import Season
from classprojects.core import clock
from classprojects.core.database import Id, Model
from classprojects.discussions.models import Thread


class Topic(Model):
    """A question, an idea or an announcement: the first comment of its thread says it, the others answer."""

    __tablename__ = "topics"
    __table_args__ = (
        # A class's board: what is pinned, then what was talked about last.
        sa.Index("ix_topics_class_id_said_at", "class_id", "deleted_at", "said_at", "id"),
        sa.Index("ix_topics_assignment_id_said_at", "assignment_id", "deleted_at", "said_at", "id"),
        sa.Index("ix_topics_season_id_said_at", "season_id", "deleted_at", "said_at", "id"),
        sa.Index("ix_topics_mailing", "is_announcement", "mailed_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    #: only for this cohort; None: for everybody in the class
    season_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("seasons.id"))
    #: about this assignment; None: about the class
    assignment_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("assignments.id"))
    thread_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("threads.id"), unique=True)
    author_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    is_announcement: Mapped[bool] = mapped_column(default=False)
    #: an announcement is mailed to learners in turns: up to which enrollment that is done, and when it was over
    mailed_to_id: Mapped[int] = mapped_column(Id, default=0)
    mailed_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    #: since when nobody answers any more
    closed_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    comments_count: Mapped[int] = mapped_column(default=0)
    submission_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: when something was said in it last
    said_at: Mapped[datetime] = mapped_column(default=clock.now)

    project: Mapped[ClassProject] = relationship(lazy="raise")
    season: Mapped[Season | None] = relationship(lazy="raise")
    assignment: Mapped[Assignment | None] = relationship(lazy="raise")
    author: Mapped[Person] = relationship(lazy="raise")
    thread: Mapped[Thread] = relationship(lazy="raise")
