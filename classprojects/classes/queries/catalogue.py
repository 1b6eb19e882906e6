"""The catalogue of class projects, narrowed by what one looks for; and works that learners showed to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.classes.models import ClassInstructor, ClassProject, ClassState, Level
from classprojects.classes.queries.classes import _for_card
from classprojects.classes.queries.seasons import starts_season
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.pagination import PAGE_SIZE, Page, keyset_page
from classprojects.works.models import Medium, Work, WorkStatus
from classprojects.works.queries import VISITOR, for_card, published_works

#: what "soon" means for a season
SOON = timedelta(days=14)
#: how many of a class's newest works are looked through for those that everybody may see
LOOKED_THROUGH = 2000

#: minutes that one assignment takes: from, up to
MINUTES = {"short": (1, 20), "middle": (21, 60), "long": (61, None)}
#: things to make: from, up to
THINGS = {"few": (1, 3), "some": (4, 8), "many": (9, None)}
STARTS = ("soon", "month", "self")


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in the catalogue; '' in a field: whatever there is."""

    q: str = ""
    medium: str = ""
    level: str = ""
    #: one of MINUTES, one of THINGS, one of STARTS
    minutes: str = ""
    things: str = ""
    starts: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether anything in particular is looked for."""
        return any((self.q, self.medium, self.level, self.minutes, self.things, self.starts))


def list_catalogue(
    wanted: Wanted, month_ends_at: datetime | None = None, after: str | None = None, size: int = PAGE_SIZE
) -> Page[ClassProject]:
    """One page of the published classes that are ``wanted``, newest first.

    ``month_ends_at``: the end of this month on the reader's calendar.
    """
    statement = sa.select(ClassProject).where(ClassProject.state == ClassState.PUBLISHED).options(*_for_card())
    if wanted.medium in set(Medium):
        statement = statement.where(ClassProject.medium == Medium(wanted.medium))
    if wanted.level in set(Level):
        statement = statement.where(ClassProject.level == Level(wanted.level))
    if wanted.minutes in MINUTES:
        statement = statement.where(_within(ClassProject.assignments_minutes, *MINUTES[wanted.minutes]))
    if wanted.things in THINGS:
        statement = statement.where(_within(ClassProject.assignments_count, *THINGS[wanted.things]))
    if wanted.starts == "soon":
        statement = statement.where(starts_season(clock.now() + SOON))
    elif wanted.starts == "month":
        statement = statement.where(starts_season(month_ends_at or clock.now() + timedelta(days=30)))
    elif wanted.starts == "self":
        statement = statement.where(~starts_season())
    for word in wanted.q.split()[:6]:
        statement = statement.where(_says(word))
    page: Page[ClassProject] = keyset_page(
        db.session, statement, [(ClassProject.published_at, datetime), (ClassProject.id, int)], after, size
    )
    return page


def _within(column: sa.SQLColumnExpression[int], least: int, most: int | None) -> sa.ColumnElement[bool]:
    return sa.and_(column >= least, column <= most) if most is not None else column >= least


def _says(word: str) -> sa.ColumnElement[bool]:
    """Whether a class has this word in what it is called, in what one makes, or in who leads it."""
    leads = (
        sa.exists()
        .where(
            ClassInstructor.class_id == ClassProject.id,
            Person.id == ClassInstructor.person_id,
            Person.name.icontains(word, autoescape=True),
        )
        .correlate(ClassProject)
    )
    return sa.or_(
        ClassProject.title.icontains(word, autoescape=True), ClassProject.outcome.icontains(word, autoescape=True), leads
    )


def list_shared_works(project: ClassProject, size: int = 8) -> list[Work]:
    """Works made in ``project`` that everybody may see, newest first (P4, P8).

    Most works of a large class stay in it, and no index knows the few that were shared:
    its newest works are looked through, and no more, however large it grows.
    """
    newest = (
        sa.select(Work.id)
        .where(Work.space_id == project.space_id)
        .order_by(Work.published_at.desc(), Work.id.desc())
        .limit(LOOKED_THROUGH)
    )
    return _shown(Work.id.in_(newest), size)


def list_newest_shared_works(size: int = 8) -> list[Work]:
    """Works made in whichever class that everybody may see, the newest first among the newest works of all."""
    newest = (
        sa.select(Work.id)
        .where(Work.status == WorkStatus.PUBLISHED)
        .order_by(Work.published_at.desc(), Work.id.desc())
        .limit(LOOKED_THROUGH)
    )
    return _shown(sa.and_(Work.id.in_(newest), Work.space_id.is_not(None)), size)


def _shown(which: sa.ColumnElement[bool], size: int) -> list[Work]:
    statement = published_works(VISITOR).where(which).order_by(Work.published_at.desc(), Work.id.desc()).limit(size)
    return list(db.session.scalars(statement.options(*for_card())).unique())
