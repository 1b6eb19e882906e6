"""What was chosen for the showcase of a class, and what of it may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.accounts.models import Person
from classprojects.classes.models import HANDED_IN, ClassProject, ShowcaseEntry, Submission
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import Page, keyset_page
from classprojects.works.models import Work, WorkStatus
from classprojects.works.queries import for_card

#: a showcase is a choice: no more than this
MOST = 60


def _with_all() -> tuple[Any, ...]:
    return (
        joinedload(ShowcaseEntry.work).options(*for_card()),
        joinedload(ShowcaseEntry.chosen_by),
        joinedload(ShowcaseEntry.project),
    )


def get_entry(slug: str, entry_id: int) -> ShowcaseEntry:
    """What was chosen, with its work, its class and who chose it; raises NotFound."""
    if "\x00" in slug or len(slug) > 80:
        raise NotFound
    entry = db.session.scalar(
        sa.select(ShowcaseEntry)
        .join(ClassProject, ClassProject.id == ShowcaseEntry.class_id)
        .where(ShowcaseEntry.id == entry_id, ClassProject.slug == slug)
        .options(*_with_all())
    )
    if entry is None:
        raise NotFound
    return entry


def find_entry(class_id: int, work_id: int) -> ShowcaseEntry | None:
    """Whether this work was ever chosen for this class."""
    return db.session.scalar(
        sa.select(ShowcaseEntry)
        .where(ShowcaseEntry.class_id == class_id, ShowcaseEntry.work_id == work_id)
        .options(*_with_all())
    )


def list_entries(project: ClassProject) -> list[ShowcaseEntry]:
    """What is chosen, in its order, whatever its makers said."""
    statement = (
        sa.select(ShowcaseEntry)
        .where(ShowcaseEntry.class_id == project.id, ShowcaseEntry.removed_at.is_(None))
        .order_by(ShowcaseEntry.position, ShowcaseEntry.id)
        .options(*_with_all())
    )
    return list(db.session.scalars(statement))


def is_shown(entry: ShowcaseEntry) -> bool:
    """Whether the showcase shows it: its maker agreed, and everybody may see the work and who made it. As :func:`list_shown`."""
    work = entry.work
    agreed = entry.agreed_at is not None and entry.declined_at is None and entry.removed_at is None
    return agreed and work.is_published and work.is_open and work.veiled_at is None


def list_shown(project: ClassProject) -> list[ShowcaseEntry]:
    """What the showcase shows, in its order."""
    statement = (
        sa.select(ShowcaseEntry)
        .join(Work, Work.id == ShowcaseEntry.work_id)
        .where(
            ShowcaseEntry.class_id == project.id,
            ShowcaseEntry.removed_at.is_(None),
            ShowcaseEntry.agreed_at.is_not(None),
            ShowcaseEntry.declined_at.is_(None),
            Work.status == WorkStatus.PUBLISHED,
            sa.or_(Work.space_id.is_(None), Work.shared_at.is_not(None)),
            Work.veiled_at.is_(None),
        )
        .order_by(ShowcaseEntry.position, ShowcaseEntry.id)
        .limit(MOST)
        .options(*_with_all())
    )
    return list(db.session.scalars(statement))


def list_choosable(project: ClassProject, after: str | None = None, size: int = 12) -> Page[Submission]:
    """One page of what was handed in and is not chosen yet, the newest first. What is anonymous cannot be chosen."""
    chosen = sa.select(ShowcaseEntry.work_id).where(
        ShowcaseEntry.class_id == project.id,
        sa.or_(ShowcaseEntry.removed_at.is_(None), ShowcaseEntry.declined_at.is_not(None)),
    )
    statement = (
        sa.select(Submission)
        .join(Work, Work.id == Submission.work_id)
        .where(
            Submission.class_id == project.id,
            Submission.state.in_(HANDED_IN),
            Work.status == WorkStatus.PUBLISHED,
            Work.veiled_at.is_(None),
            Submission.work_id.not_in(chosen),
        )
        .options(
            joinedload(Submission.work).options(*for_card()), joinedload(Submission.assignment), joinedload(Submission.person)
        )
    )
    page: Page[Submission] = keyset_page(
        db.session, statement, [(Submission.submitted_at, datetime), (Submission.id, int)], after, size
    )
    return page


def list_asked(person: Person) -> Sequence[ShowcaseEntry]:
    """Every work of ``person`` that was ever chosen, the oldest first: for their own export."""
    statement = (
        sa.select(ShowcaseEntry)
        .join(Work, Work.id == ShowcaseEntry.work_id)
        .where(Work.maker_id == person.id)
        .order_by(ShowcaseEntry.id)
        .options(*_with_all())
    )
    return db.session.scalars(statement).all()
