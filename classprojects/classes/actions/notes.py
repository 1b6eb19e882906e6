"""Notes that learners keep for themselves, and the place where they are in a lesson."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    Assignment,
    AssignmentStart,
    ClassProject,
    Enrollment,
    LearnerNote,
    Lesson,
    LessonFinish,
    LessonPlace,
)
from classprojects.classes.queries import notes as queries
from classprojects.core import clock
from classprojects.core.database import db, hold, insert_into
from classprojects.core.errors import DomainError
from classprojects.core.ids import once_key

#: notes that one person can keep
MOST_NOTES = 5000
#: the last second that a place can be at
LAST_SECOND = 24 * 3600 - 1


def keep_note(
    person: Person, item: Lesson | Assignment, body: str, at_seconds: int | None = None, once: str | None = None
) -> LearnerNote:
    """A note of ``person``'s own at a lesson or assignment; the same form twice is one note."""
    _check_note(body)
    key = once_key(person.id, once)
    hold(db.session, "notes", person.id)
    if key is not None and (known := queries.find_note_by_key(key)) is not None:
        return known
    if queries.count_notes(person.id) >= MOST_NOTES:
        raise DomainError(_("You keep %(most)d notes, and there is room for no more. Delete some first.", most=MOST_NOTES))
    is_lesson = isinstance(item, Lesson)
    note = LearnerNote(
        person_id=person.id,
        class_id=item.class_id,
        lesson_id=item.id if is_lesson else None,
        assignment_id=None if is_lesson else item.id,
        at_seconds=at_seconds if is_lesson else None,
        body=body.strip(),
        submission_key=key,
        created_at=clock.now(),
        touched_at=clock.now(),
    )
    db.session.add(note)
    db.session.flush()
    return note


def _check_note(body: str) -> None:
    if not body.strip():
        raise DomainError(_("There is nothing in this note yet."), field="body")


def edit_note(note: LearnerNote, body: str, at_seconds: int | None = None) -> None:
    """Write a note anew."""
    _check_note(body)
    note.body, note.touched_at = body.strip(), clock.now()
    note.at_seconds = at_seconds if note.lesson_id is not None else None
    db.session.flush()


def delete_note(note: LearnerNote) -> None:
    """Throw a note away."""
    db.session.execute(sa.delete(LearnerNote).where(LearnerNote.id == note.id))


def keep_place(person: Person, lesson: Lesson, at_seconds: int) -> None:
    """Note where ``person`` is in the sound or film of ``lesson``; at its beginning there is nothing to keep."""
    at_seconds = min(max(at_seconds, 0), LAST_SECOND)
    if at_seconds == 0:
        db.session.execute(
            sa.delete(LessonPlace).where(LessonPlace.person_id == person.id, LessonPlace.lesson_id == lesson.id)
        )
        return
    now = clock.now()
    place = insert_into(db.session, LessonPlace).values(
        person_id=person.id, lesson_id=lesson.id, at_seconds=at_seconds, touched_at=now
    )
    db.session.execute(
        place.on_conflict_do_update(
            index_elements=["person_id", "lesson_id"], set_={"at_seconds": at_seconds, "touched_at": now}
        )
    )


def start_assignment(person: Person, assignment: Assignment) -> None:
    """Note that ``person``, a learner of the class, began to make something; the first time counts."""
    learns = sa.select(Enrollment.id).where(
        Enrollment.person_id == person.id, Enrollment.class_id == assignment.class_id, Enrollment.left_at.is_(None)
    )
    if db.session.scalar(learns) is None:
        return
    start = insert_into(db.session, AssignmentStart).values(
        person_id=person.id, assignment_id=assignment.id, started_at=clock.now()
    )
    db.session.execute(start.on_conflict_do_nothing())


def note_start(person: Person, draft_key: str) -> None:
    """As :func:`start_assignment`, where a draft is the draft of an answer: ``submit-<slug>-<number>``."""
    kind, _dash, rest = draft_key.partition("-")
    slug, _dash, number = rest.rpartition("-")
    if kind != "submit" or not slug:
        return
    assignment = db.session.scalar(
        sa.select(Assignment)
        .join(ClassProject, ClassProject.id == Assignment.class_id)
        .where(ClassProject.slug == slug, Assignment.number == int(number), Assignment.deleted_at.is_(None))
    )
    if assignment is not None:
        start_assignment(person, assignment)


def forget_learning(person: Person) -> None:
    """Erase what somebody who leaves kept for themselves: notes, places, what they were through with and began (P20)."""
    for model in (LearnerNote, LessonPlace, LessonFinish, AssignmentStart):
        db.session.execute(sa.delete(model).where(model.person_id == person.id))
