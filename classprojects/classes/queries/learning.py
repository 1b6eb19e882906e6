"""How far somebody is in a class."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    Assignment,
    AssignmentStart,
    Attempt,
    ClassProject,
    Feedback,
    Lesson,
    LessonFinish,
    LessonPlace,
    StarterWork,
    Submission,
)
from classprojects.classes.queries.peers import Asked, find_asked
from classprojects.core.database import Id, UTCDateTime, db
from classprojects.core.memo import recall
from classprojects.works.models import ComposerDraft

#: how many of somebody's attempts are looked at for their rhythm
MOST_MOMENTS = 400


@dataclass(frozen=True)
class Place:
    """Where somebody is in a lesson's sound or film, and since when."""

    at_seconds: int
    touched_at: datetime


@dataclass(frozen=True)
class Progress:
    """What one person did in one class: lessons finished or begun, drafts, own submissions, feedback given."""

    finished: frozenset[int] = frozenset()
    submissions: dict[int, Submission] = field(default_factory=dict)
    given: dict[int, int] = field(default_factory=dict)
    #: what they are asked to say about classmates' answers, by assignment id
    asked: dict[int, Asked] = field(default_factory=dict)
    #: where they are in lessons, by lesson id
    places: dict[int, Place] = field(default_factory=dict)
    #: assignments that they have a draft of, by assignment id: when it was kept last
    drafted: dict[int, datetime] = field(default_factory=dict)
    #: when they handed something in, in whichever class, the newest first; only where it was asked for
    made_at: tuple[datetime, ...] = ()
    #: assignments of the class that offer works to start from: known here, so that nobody asks where there are none
    with_starters: frozenset[int] = frozenset()

    @property
    def last_place(self) -> tuple[int, Place] | None:
        """The lesson that they were in last without finishing it, by its id."""
        begun = [(number, place) for number, place in self.places.items() if number not in self.finished]
        return max(begun, key=lambda one: one[1].touched_at, default=None)


def progress_key(person_id: int, class_id: int) -> tuple[str, int, int]:
    """Under which a request may remember how far somebody is: a preview says it of nobody."""
    return ("progress", person_id, class_id)


def find_progress(person: Person | None, project: ClassProject, *, with_moments: bool = False) -> Progress:
    """How far ``person`` is in ``project``: lesson ids, submissions and feedback given by assignment id.

    ``with_moments``: also when they made something. Two queries, whatever is asked for; one more where classmates answer one another.
    """
    if person is None:
        return Progress()
    told: Progress | None = recall(progress_key(person.id, project.id))
    if told is not None:
        return told
    finished: set[int] = set()
    places: dict[int, Place] = {}
    drafted: dict[int, datetime] = {}
    given: dict[int, int] = {}
    made_at: list[datetime] = []
    with_starters: set[int] = set()
    numbers = {draft_key(project, assignment): assignment.id for assignment in project.assignments}
    for what, number, at_seconds, moment, key in db.session.execute(_done_and_begun(person.id, project, list(numbers), with_moments)):
        if what == "finish":
            finished.add(number)
        elif what == "place":
            places[number] = Place(at_seconds, moment)
        elif what == "given":
            given[number] = at_seconds
        elif what == "starters":
            with_starters.add(number)
        elif what == "made":
            made_at.append(moment)
        else:
            drafted[numbers[key]] = moment
    submissions = db.session.scalars(
        sa.select(Submission).where(Submission.person_id == person.id, Submission.class_id == project.id)
    )
    return Progress(
        frozenset(finished),
        {one.assignment_id: one for one in submissions},
        given,
        find_asked(person, project),
        places,
        drafted,
        tuple(sorted(made_at, reverse=True)),
        frozenset(with_starters),
    )


def draft_key(project: ClassProject, assignment: Assignment) -> str:
    """What the draft of an answer to ``assignment`` is called."""
    return f"submit-{project.slug}-{assignment.number}"


def _done_and_begun(
    person_id: int, project: ClassProject, keys: list[str], with_moments: bool
) -> sa.CompoundSelect[str, int, int, datetime, str]:
    """Lessons finished, places in lessons, drafts of answers, feedback given: one answer of the database."""
    lesson_ids = [lesson.id for lesson in project.lessons]
    nothing, no_key = sa.literal(None, Id), sa.literal(None, sa.String)
    finishes = sa.select(sa.literal("finish"), LessonFinish.lesson_id, nothing, LessonFinish.finished_at, no_key).where(
        LessonFinish.person_id == person_id, LessonFinish.lesson_id.in_(lesson_ids)
    )
    places = sa.select(
        sa.literal("place"), LessonPlace.lesson_id, LessonPlace.at_seconds, LessonPlace.touched_at, no_key
    ).where(LessonPlace.person_id == person_id, LessonPlace.lesson_id.in_(lesson_ids))
    drafts = sa.select(sa.literal("draft"), nothing, nothing, ComposerDraft.touched_at, ComposerDraft.key).where(
        ComposerDraft.person_id == person_id, ComposerDraft.key.in_(keys)
    )
    starters = (
        sa.select(sa.literal("starters"), StarterWork.assignment_id, nothing, sa.literal(None, UTCDateTime()), no_key)
        .where(StarterWork.assignment_id.in_([assignment.id for assignment in project.assignments]))
        .distinct()
    )
    parts: list[sa.Select[str, int, int, datetime, str]] = [places, drafts, starters]
    if any(assignment.feedback_count for assignment in project.assignments):
        counted = _feedback_given(person_id, project.id).subquery()
        parts.append(sa.select(sa.literal("given"), counted.c[0], counted.c[1], sa.literal(None, UTCDateTime()), no_key))
    if with_moments:
        newest = (
            sa.select(Attempt.created_at)
            .join(Submission, Submission.id == Attempt.submission_id)
            .where(Submission.person_id == person_id)
            .order_by(Attempt.id.desc())
            .limit(MOST_MOMENTS)
            .subquery()
        )
        parts.append(sa.select(sa.literal("made"), nothing, nothing, newest.c.created_at, no_key))
    return finishes.union_all(*parts)


@dataclass(frozen=True)
class Learned:
    """What somebody did as a learner, apart from what they handed in: for their own export."""

    finishes: list[tuple[Lesson, datetime]]
    places: list[tuple[Lesson, LessonPlace]]
    starts: list[tuple[Assignment, datetime]]


def find_learned(person: Person) -> Learned:
    """Lessons that ``person`` finished or is in the middle of, and assignments that they began."""
    finishes = db.session.execute(
        sa.select(Lesson, LessonFinish.finished_at)
        .join(LessonFinish, LessonFinish.lesson_id == Lesson.id)
        .where(LessonFinish.person_id == person.id)
        .order_by(LessonFinish.finished_at, Lesson.id)
    )
    places = db.session.execute(
        sa.select(Lesson, LessonPlace)
        .join(LessonPlace, LessonPlace.lesson_id == Lesson.id)
        .where(LessonPlace.person_id == person.id)
        .order_by(Lesson.id)
    )
    starts = db.session.execute(
        sa.select(Assignment, AssignmentStart.started_at)
        .join(AssignmentStart, AssignmentStart.assignment_id == Assignment.id)
        .where(AssignmentStart.person_id == person.id)
        .order_by(AssignmentStart.started_at, Assignment.id)
    )
    return Learned(
        [(lesson, moment) for lesson, moment in finishes],
        [(lesson, place) for lesson, place in places],
        [(assignment, moment) for assignment, moment in starts],
    )


def _feedback_given(person_id: int, class_id: int) -> sa.Select[int, int]:
    return (
        sa.select(Submission.assignment_id, sa.func.count(sa.distinct(Submission.id)).label("given"))
        .join(Attempt, Attempt.submission_id == Submission.id)
        .join(Feedback, Feedback.attempt_id == Attempt.id)
        .where(
            Feedback.author_id == person_id, Submission.class_id == class_id, Submission.person_id != person_id
        )
        .group_by(Submission.assignment_id)
    )
