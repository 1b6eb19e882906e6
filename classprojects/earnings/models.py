"""Tables of what instructors earned in a month. Amounts are integers in minor units of one currency."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.classes.models import ClassProject
from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column


class EarningKind(enum.StrEnum):
    """What a line is for."""

    ASSIGNMENTS = "assignments"  # that learners handed in for the first time
    FEEDBACK = "feedback"  # that the instructor gave


class EarningsPeriod(Model):
    """One month in one currency: what came in, the share of it, and how it was divided. Written once it is over."""

    __tablename__ = "earnings_periods"
    __table_args__ = (sa.UniqueConstraint("month", "currency"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: its first day, in UTC
    month: Mapped[date] = mapped_column(sa.Date)
    currency: Mapped[str] = mapped_column(sa.String(3))
    #: what subscribers paid, less taxes; refunds and lost disputes are not taken off, since billing does not know of them yet
    revenue: Mapped[int] = mapped_column(sa.BigInteger)
    #: the part of it that goes to instructors, in thousandths
    share: Mapped[int]
    pool: Mapped[int] = mapped_column(sa.BigInteger)
    #: of the pool, what nobody earned because nothing was done that month
    undivided: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    points: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    #: which wording of the formula it follows
    formula: Mapped[int] = mapped_column(default=1)
    computed_at: Mapped[datetime] = mapped_column(default=clock.now)

    lines: Mapped[list[EarningsLine]] = relationship(
        lazy="raise", back_populates="period", order_by="EarningsLine.id", cascade="all, delete-orphan"
    )


class EarningsLine(Model):
    """What one person earned with one class in one way."""

    __tablename__ = "earnings_lines"
    __table_args__ = (
        sa.UniqueConstraint("period_id", "person_id", "class_id", "kind"),
        sa.Index("ix_earnings_lines_person_id_period_id", "person_id", "period_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    period_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("earnings_periods.id"))
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"), index=True)
    kind: Mapped[EarningKind] = mapped_column(enum_column(EarningKind))
    #: how many assignments or pieces of feedback
    units: Mapped[int]
    points: Mapped[int] = mapped_column(sa.BigInteger)
    amount: Mapped[int] = mapped_column(sa.BigInteger)

    period: Mapped[EarningsPeriod] = relationship(lazy="raise", back_populates="lines")
    person: Mapped[Person] = relationship(lazy="raise")
    project: Mapped[ClassProject] = relationship(lazy="raise")
