"""Tables of what a class shows of itself."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.classes.models.outline import ClassProject
from classprojects.classes.models.seasons import Season
from classprojects.core import clock
from classprojects.core.database import Id, Model
from classprojects.works.models import Work


class ShowcaseEntry(Model):
    """A work that an instructor chose for the showcase of a class, and what its maker said to that."""

    __tablename__ = "showcase_entries"
    __table_args__ = (
        sa.UniqueConstraint("class_id", "work_id"),
        sa.Index("ix_showcase_entries_class_id_position", "class_id", "position", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    season_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("seasons.id"), index=True)
    work_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    #: why it was chosen, in the instructor's words
    line: Mapped[str] = mapped_column(sa.String(300), default="")
    chosen_by_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    chosen_at: Mapped[datetime] = mapped_column(default=clock.now)
    agreed_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]

    project: Mapped[ClassProject] = relationship(lazy="raise")
    season: Mapped[Season | None] = relationship(lazy="raise")
    work: Mapped[Work] = relationship(lazy="raise")
    chosen_by: Mapped[Person] = relationship(lazy="raise")
