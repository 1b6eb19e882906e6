"""Notes that learners keep for themselves: every SELECT asks for one person's own."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.accounts.models import Person
from classprojects.classes.models import Assignment, ClassProject, LearnerNote, Lesson
from classprojects.core.database import MAX_ID, db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import PAGE_SIZE, Page, keyset_page


def get_note(note_id: int) -> LearnerNote:
    """The note with the lesson or assignment that it stands at, and their class; raises NotFound."""
    note = None
    if 0 < note_id <= MAX_ID:
        note = db.session.scalar(
            sa.select(LearnerNote)
            .where(LearnerNote.id == note_id)
            .options(
                joinedload(LearnerNote.lesson).joinedload(Lesson.project),
                joinedload(LearnerNote.assignment).joinedload(Assignment.project),
            )
        )
    if note is None:
        raise NotFound
    return note


def list_notes_at(person: Person, item: Lesson | Assignment, limit: int = 100) -> list[LearnerNote]:
    """``person``'s notes at a lesson, by the moments that they are about, or at an assignment, as they were written."""
    column = LearnerNote.lesson_id if isinstance(item, Lesson) else LearnerNote.assignment_id
    statement = (
        sa.select(LearnerNote)
        .where(LearnerNote.person_id == person.id, LearnerNote.class_id == item.class_id, column == item.id)
        .order_by(sa.func.coalesce(LearnerNote.at_seconds, -1), LearnerNote.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_notes(
    person: Person, project: ClassProject, q: str = "", after: str | None = None, size: int = PAGE_SIZE
) -> Page[LearnerNote]:
    """One page of ``person``'s notes in a class, the newest first; with all words of ``q`` in them."""
    statement = (
        sa.select(LearnerNote)
        .where(LearnerNote.person_id == person.id, LearnerNote.class_id == project.id)
        .options(joinedload(LearnerNote.lesson), joinedload(LearnerNote.assignment))
    )
    for word in q.split()[:6]:
        statement = statement.where(LearnerNote.body.icontains(word, autoescape=True))
    page: Page[LearnerNote] = keyset_page(db.session, statement, [(LearnerNote.id, int)], after, size)
    return page


def has_notes(person_id: int, class_id: int) -> bool:
    """Whether this person keeps notes in this class."""
    return bool(
        db.session.scalar(
            sa.select(sa.exists().where(LearnerNote.person_id == person_id, LearnerNote.class_id == class_id))
        )
    )


def count_notes(person_id: int) -> int:
    """How many notes this person keeps, in all classes."""
    return (
        db.session.scalar(sa.select(sa.func.count()).select_from(LearnerNote).where(LearnerNote.person_id == person_id))
        or 0
    )


def find_note_by_key(submission_key: str) -> LearnerNote | None:
    """The note that a form with this one-time key made."""
    return db.session.scalar(sa.select(LearnerNote).where(LearnerNote.submission_key == submission_key))


def list_all_notes(person: Person) -> list[tuple[LearnerNote, ClassProject]]:
    """Every note of ``person`` with its class: for their own export (P20)."""
    statement = (
        sa.select(LearnerNote, ClassProject)
        .join(ClassProject, ClassProject.id == LearnerNote.class_id)
        .where(LearnerNote.person_id == person.id)
        .order_by(LearnerNote.class_id, LearnerNote.id)
        .options(joinedload(LearnerNote.lesson), joinedload(LearnerNote.assignment))
    )
    return [(note, project) for note, project in db.session.execute(statement)]
