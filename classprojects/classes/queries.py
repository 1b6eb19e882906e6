"""Every SELECT about class projects: what is offered, who is in, what was made, who waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    HANDED_IN,
    WAITING,
    Assignment,
    Attempt,
    ClassInstructor,
    ClassProject,
    ClassState,
    Enrollment,
    Feedback,
    Lesson,
    LessonFinish,
    Level,
    OutlineChange,
    StarterWork,
    Submission,
)
from classprojects.core.database import MAX_ID, db
from classprojects.core.errors import NotFound
from classprojects.core.memo import remember
from classprojects.core.pagination import PAGE_SIZE, Page, keyset_page, read_cursor, write_cursor
from classprojects.works.models import Medium, RemixEdge, Work, WorkStatus, WorkVersion
from classprojects.works.queries import for_card

# Who stands where


@dataclass(frozen=True)
class Places:
    """The classes that somebody leads and those they joined: class id to space id."""

    leads: dict[int, int] = field(default_factory=dict)
    joined: dict[int, int] = field(default_factory=dict)


NOWHERE = Places()


def find_places(person: Person | None) -> Places:
    """Where ``person`` leads and where they are a learner, asked once a request.

    A class that nobody may read at the moment (unpublished) is not among the joined.
    """
    if person is None:
        return NOWHERE
    return remember(("class places", person.id), lambda: _ask_places(person.id))


def _ask_places(person_id: int) -> Places:
    leads = (
        sa.select(sa.literal("leads"), ClassProject.id, ClassProject.space_id)
        .join(ClassInstructor, ClassInstructor.class_id == ClassProject.id)
        .where(ClassInstructor.person_id == person_id)
    )
    joined = (
        sa.select(sa.literal("joined"), ClassProject.id, ClassProject.space_id)
        .join(Enrollment, Enrollment.class_id == ClassProject.id)
        .where(
            Enrollment.person_id == person_id,
            Enrollment.left_at.is_(None),
            ClassProject.state.in_([ClassState.PUBLISHED, ClassState.ARCHIVED]),
        )
    )
    found: dict[str, dict[int, int]] = {"leads": {}, "joined": {}}
    for place, class_id, space_id in db.session.execute(leads.union_all(joined)):
        found[place][class_id] = space_id
    return Places(found["leads"], found["joined"])


def find_enrollment(person_id: int, class_id: int) -> Enrollment | None:
    """Whether and when this person joined this class; also one who left."""
    return db.session.scalar(
        sa.select(Enrollment).where(Enrollment.person_id == person_id, Enrollment.class_id == class_id)
    )


# Class projects


def _for_page() -> tuple[Any, ...]:
    return (
        joinedload(ClassProject.cover),
        selectinload(ClassProject.instructors).joinedload(ClassInstructor.person),
        selectinload(ClassProject.lessons).joinedload(Lesson.file),
        selectinload(ClassProject.assignments),
    )


def get_class(slug: str) -> ClassProject:
    """The class with cover, instructors, lessons and assignments; raises NotFound."""
    if "\x00" in slug or len(slug) > 80:
        raise NotFound
    project = db.session.scalar(sa.select(ClassProject).where(ClassProject.slug == slug).options(*_for_page()))
    if project is None:
        raise NotFound
    return _tied(project)


def _tied(project: ClassProject) -> ClassProject:
    """``project``, known to its lessons and assignments as theirs."""
    for item in (*project.lessons, *project.assignments):
        set_committed_value(item, "project", project)
    return project


def get_class_by_id(class_id: int) -> ClassProject:
    """As :func:`get_class`, by id, afresh: what the session held of its outline is read again."""
    db.session.flush()
    known = db.session.get(ClassProject, class_id)
    if known is None:
        raise NotFound
    for name in ("lessons", "assignments"):
        for item in known.__dict__.get(name, ()):
            file = item.__dict__.get("file")
            if file is not None:
                db.session.expire(file)  # its processing goes on elsewhere
            db.session.expire(item)
    db.session.expire(known)
    return _tied(db.session.scalars(sa.select(ClassProject).where(ClassProject.id == class_id).options(*_for_page())).one())


def find_class_in_space(space_id: int) -> ClassProject | None:
    """The class whose works live in this space."""
    return db.session.scalar(sa.select(ClassProject).where(ClassProject.space_id == space_id))


def is_slug_taken(slug: str) -> bool:
    """Whether a class has this address."""
    return bool(db.session.scalar(sa.select(sa.exists().where(ClassProject.slug == slug))))


def _for_card() -> tuple[Any, ...]:
    return (
        joinedload(ClassProject.cover),
        selectinload(ClassProject.instructors).joinedload(ClassInstructor.person),
    )


def list_classes(
    *,
    medium: str | None = None,
    level: str | None = None,
    q: str = "",
    after: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[ClassProject]:
    """One page of the catalogue, newest first: every published class with all words of ``q`` in title or outcome."""
    statement = sa.select(ClassProject).where(ClassProject.state == ClassState.PUBLISHED).options(*_for_card())
    if medium in set(Medium):
        statement = statement.where(ClassProject.medium == Medium(medium))
    if level in set(Level):
        statement = statement.where(ClassProject.level == Level(level))
    for word in q.split()[:6]:
        statement = statement.where(
            sa.or_(
                ClassProject.title.icontains(word, autoescape=True), ClassProject.outcome.icontains(word, autoescape=True)
            )
        )
    page: Page[ClassProject] = keyset_page(
        db.session, statement, [(ClassProject.published_at, datetime), (ClassProject.id, int)], after, size
    )
    return page


def list_joined_classes(person: Person, limit: int = 50) -> list[ClassProject]:
    """The classes that ``person`` joined and has not left, the newest joined first."""
    statement = (
        sa.select(ClassProject)
        .join(Enrollment, Enrollment.class_id == ClassProject.id)
        .where(Enrollment.person_id == person.id, Enrollment.left_at.is_(None))
        .where(ClassProject.state.in_([ClassState.PUBLISHED, ClassState.ARCHIVED]))
        .order_by(Enrollment.joined_at.desc(), Enrollment.id.desc())
        .limit(limit)
        .options(*_for_card())
    )
    return list(db.session.scalars(statement))


def list_led_classes(person: Person, limit: int = 100) -> list[ClassProject]:
    """The classes that ``person`` leads, in any state, the newest first."""
    leads = sa.select(ClassInstructor.class_id).where(ClassInstructor.person_id == person.id)
    statement = (
        sa.select(ClassProject)
        .where(ClassProject.id.in_(leads))
        .order_by(ClassProject.id.desc())
        .limit(limit)
        .options(*_for_card())
    )
    return list(db.session.scalars(statement))


def count_answers_by_class(person: Person) -> dict[int, int]:
    """How many assignments ``person`` has answered, class by class."""
    statement = (
        sa.select(Submission.class_id, sa.func.count())
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .where(Submission.person_id == person.id, Submission.state.in_(HANDED_IN), Assignment.deleted_at.is_(None))
        .group_by(Submission.class_id)
    )
    return dict(db.session.execute(statement).all())


def count_waiting(class_ids: Iterable[int]) -> dict[int, int]:
    """How many submissions wait for their instructor, class by class."""
    wanted = list(class_ids)
    if not wanted:
        return {}
    statement = (
        sa.select(Submission.class_id, sa.func.count())
        .where(Submission.class_id.in_(wanted), *_is_waiting())
        .group_by(Submission.class_id)
    )
    return dict(db.session.execute(statement).all())


def _is_waiting() -> tuple[sa.ColumnElement[bool], ...]:
    """Handed in and not answered by an instructor since; a work that was deleted waits for nobody."""
    is_there = sa.exists().where(Work.id == Submission.work_id, Work.status == WorkStatus.PUBLISHED)
    return (Submission.state.in_(WAITING), is_there)


# Lessons and assignments


def get_lesson(slug: str, number: int) -> Lesson:
    """The lesson with its class's whole outline and its file's renditions; raises NotFound."""
    project = get_class(slug)
    for lesson in project.lessons:
        if lesson.number == number:
            return lesson
    raise NotFound


def get_assignment(slug: str, number: int) -> Assignment:
    """The assignment with its class's whole outline; raises NotFound."""
    project = get_class(slug)
    for assignment in project.assignments:
        if assignment.number == number:
            return assignment
    raise NotFound


def list_starters(assignment: Assignment) -> list[Work]:
    """The works that the assignment offers to remix, whoever asks."""
    statement = (
        sa.select(Work)
        .join(StarterWork, StarterWork.work_id == Work.id)
        .where(StarterWork.assignment_id == assignment.id, Work.status == WorkStatus.PUBLISHED)
        .order_by(StarterWork.position)
        .options(*for_card())
    )
    return list(db.session.scalars(statement))


def find_assignment_by_id(assignment_id: int) -> Assignment | None:
    """The assignment with this id, also a deleted one."""
    return db.session.get(Assignment, assignment_id)


def find_deleted_item(project: ClassProject, kind: str, number: int) -> Lesson | Assignment | None:
    """The lesson or assignment of this number that was taken out of the outline."""
    kinds: dict[str, type[Lesson] | type[Assignment]] = {"lesson": Lesson, "assignment": Assignment}
    model = kinds.get(kind)
    if model is None or number < 1:
        return None
    item: Any = db.session.scalar(
        sa.select(model).where(model.class_id == project.id, model.number == number, model.deleted_at.is_not(None))
    )
    return item


def find_lessons_with_file(file_id: int) -> list[Lesson]:
    """Lessons that show this file, with their class: who may see the file follows."""
    statement = (
        sa.select(Lesson)
        .where(Lesson.file_id == file_id, Lesson.deleted_at.is_(None))
        .options(joinedload(Lesson.project))
    )
    return list(db.session.scalars(statement))


def find_classes_with_cover(file_id: int) -> list[ClassProject]:
    """Classes that have this file as their cover."""
    return list(db.session.scalars(sa.select(ClassProject).where(ClassProject.cover_file_id == file_id)))


def list_changes(project: ClassProject, after: str | None = None, size: int = PAGE_SIZE) -> Page[OutlineChange]:
    """One page of the edits that learners had the earlier version of, newest first."""
    statement = (
        sa.select(OutlineChange)
        .where(OutlineChange.class_id == project.id, OutlineChange.was_published)
        .options(joinedload(OutlineChange.author))
    )
    page: Page[OutlineChange] = keyset_page(db.session, statement, [(OutlineChange.id, int)], after, size)
    return page


def find_last_change(item: Lesson | Assignment) -> OutlineChange | None:
    """The last edit of a lesson or assignment that learners saw happen."""
    column = OutlineChange.lesson_id if isinstance(item, Lesson) else OutlineChange.assignment_id
    return db.session.scalar(
        sa.select(OutlineChange)
        .where(column == item.id, OutlineChange.was_published)
        .order_by(OutlineChange.version.desc())
        .limit(1)
    )


def find_version(item: Lesson | Assignment, version: int) -> OutlineChange | None:
    """What a lesson or assignment said in this version."""
    column = OutlineChange.lesson_id if isinstance(item, Lesson) else OutlineChange.assignment_id
    return db.session.scalar(sa.select(OutlineChange).where(column == item.id, OutlineChange.version == version))


# A learner's own way


@dataclass(frozen=True)
class Progress:
    """What one person did in one class: finished lessons, own submissions, feedback given."""

    finished: frozenset[int] = frozenset()
    submissions: dict[int, Submission] = field(default_factory=dict)
    given: dict[int, int] = field(default_factory=dict)


def find_progress(person: Person | None, project: ClassProject) -> Progress:
    """How far ``person`` is in ``project``: lesson ids, submissions and feedback given by assignment id."""
    if person is None:
        return Progress()
    lesson_ids = [lesson.id for lesson in project.lessons]
    finished = db.session.scalars(
        sa.select(LessonFinish.lesson_id).where(
            LessonFinish.person_id == person.id, LessonFinish.lesson_id.in_(lesson_ids)
        )
    )
    submissions = db.session.scalars(
        sa.select(Submission).where(Submission.person_id == person.id, Submission.class_id == project.id)
    )
    given: dict[int, int] = {}
    if any(assignment.feedback_count for assignment in project.assignments):
        given = count_feedback_given(person, project)
    return Progress(frozenset(finished), {one.assignment_id: one for one in submissions}, given)


def count_feedback_given(person: Person, project: ClassProject) -> dict[int, int]:
    """How many classmates' answers ``person`` said something about, by assignment id."""
    statement = (
        sa.select(Submission.assignment_id, sa.func.count(sa.distinct(Submission.id)))
        .join(Attempt, Attempt.submission_id == Submission.id)
        .join(Feedback, Feedback.attempt_id == Attempt.id)
        .where(
            Feedback.author_id == person.id, Submission.class_id == project.id, Submission.person_id != person.id
        )
        .group_by(Submission.assignment_id)
    )
    return dict(db.session.execute(statement).all())


# Submissions


def _with_work() -> tuple[Any, ...]:
    return (
        joinedload(Submission.work).options(*for_card()),
        joinedload(Submission.assignment),
        joinedload(Submission.person),
    )


def get_submission(submission_id: int) -> Submission:
    """The submission with its class's outline, its work, and all attempts with what was said; raises NotFound."""
    if not 0 < submission_id <= MAX_ID:
        raise NotFound
    submission = db.session.scalar(
        sa.select(Submission)
        .where(Submission.id == submission_id)
        .options(
            *_with_work(),
            selectinload(Submission.project).options(*_for_page()),
            selectinload(Submission.attempts).options(
                joinedload(Attempt.work_version).joinedload(WorkVersion.file),
                selectinload(Attempt.feedback).joinedload(Feedback.author),
            ),
        )
    )
    if submission is None:
        raise NotFound
    set_committed_value(submission.assignment, "project", _tied(submission.project))
    return submission


def find_submission(assignment: Assignment, person: Person) -> Submission | None:
    """``person``'s answer to ``assignment``, with its work as it can be revised, and its attempts."""
    statement = (
        sa.select(Submission)
        .where(Submission.assignment_id == assignment.id, Submission.person_id == person.id)
        .options(
            *_with_work(),
            selectinload(Submission.attempts),
            # A handful of each: one question for all is cheaper than three.
            joinedload(Submission.work).options(joinedload(Work.tags), joinedload(Work.sources)),
        )
    )
    return db.session.scalars(statement).unique().first()


def find_newest_attempt(submission: Submission) -> Attempt | None:
    """The last attempt at ``submission``."""
    return db.session.scalar(
        sa.select(Attempt).where(Attempt.submission_id == submission.id).order_by(Attempt.number.desc()).limit(1)
    )


def find_attempt_by_key(submission: Submission, submission_key: str) -> Attempt | None:
    """The attempt that a form with this one-time key made."""
    return db.session.scalar(
        sa.select(Attempt).where(Attempt.submission_id == submission.id, Attempt.submission_key == submission_key)
    )


def list_own_submissions(person: Person, project: ClassProject) -> list[Submission]:
    """What ``person`` handed in in this class, with works, the newest first."""
    return list(
        db.session.scalars(
            sa.select(Submission)
            .where(Submission.person_id == person.id, Submission.class_id == project.id)
            .order_by(Submission.id.desc())
            .options(*_with_work())
        )
    )


def find_submission_of_work(work_id: int) -> Submission | None:
    """The submission that this work was made for, with assignment and class."""
    return db.session.scalar(
        sa.select(Submission)
        .where(Submission.work_id == work_id)
        .options(*_with_work(), joinedload(Submission.project))
    )


def _shown_submissions() -> sa.Select[Any]:
    """What classmates see: handed in, and its work still published."""
    return (
        sa.select(Submission)
        .join(Work, Work.id == Submission.work_id)
        .where(Submission.state.in_(HANDED_IN), Work.status == WorkStatus.PUBLISHED)
    )


def list_submissions(
    assignment: Assignment, without: Person | None = None, after: str | None = None, size: int = PAGE_SIZE
) -> Page[Submission]:
    """One page of the answers to ``assignment``, newest first, ``without`` one person's own."""
    statement = _shown_submissions().where(Submission.assignment_id == assignment.id).options(*_with_work())
    if without is not None:
        statement = statement.where(Submission.person_id != without.id)
    page: Page[Submission] = keyset_page(
        db.session, statement, [(Submission.submitted_at, datetime), (Submission.id, int)], after, size
    )
    return page


def list_gallery(
    project: ClassProject, assignment: Assignment | None = None, after: str | None = None, size: int = PAGE_SIZE
) -> Page[Submission]:
    """One page of everything handed in in ``project``, or for one assignment, newest first."""
    if assignment is not None:
        return list_submissions(assignment, after=after, size=size)
    statement = _shown_submissions().where(Submission.class_id == project.id).options(*_with_work())
    page: Page[Submission] = keyset_page(db.session, statement, [(Submission.id, int)], after, size)
    return page


def list_fitting_sources(assignment: Assignment, person: Person, limit: int = 60) -> list[Work]:
    """Classmates' works that an answer to ``assignment`` may build on: those not yet remixed first.

    Where no classmate has made one yet, one's own stands in: nobody waits for the absent.
    """
    if assignment.from_assignment_id is None:
        return []
    statement = (
        sa.select(Work)
        .join(Submission, Submission.work_id == Work.id)
        .where(
            Submission.assignment_id == assignment.from_assignment_id,
            Submission.state.in_(HANDED_IN),
            Work.status == WorkStatus.PUBLISHED,
        )
        .order_by(Work.remixes_count, Work.published_at.desc(), Work.id.desc())
        .limit(limit)
        .options(*for_card())
    )
    others = list(db.session.scalars(statement.where(Submission.person_id != person.id)))
    return others or list(db.session.scalars(statement.where(Submission.person_id == person.id)))


def list_source_ids(work_id: int) -> list[int]:
    """The works that this one was made from."""
    return list(db.session.scalars(sa.select(RemixEdge.parent_id).where(RemixEdge.child_id == work_id)))


def list_makers_inside(class_id: int, work_ids: Sequence[int]) -> list[int]:
    """Who made one of these works and has a place in the class: joined it, or leads it."""
    inside = sa.union(
        sa.select(Enrollment.person_id).where(Enrollment.class_id == class_id, Enrollment.left_at.is_(None)),
        sa.select(ClassInstructor.person_id).where(ClassInstructor.class_id == class_id),
    )
    makers = sa.select(Work.maker_id).where(Work.id.in_(work_ids), Work.maker_id.in_(inside)).distinct()
    return list(db.session.scalars(makers)) if work_ids else []


def fits_remix_rule(assignment: Assignment, person: Person, work_ids: Sequence[int]) -> bool:
    """Whether one of ``work_ids`` is what an answer to ``assignment`` may build on."""
    if assignment.from_assignment_id is None:
        return True
    known = [number for number in work_ids if 0 < number <= MAX_ID]
    if not known:
        return False
    handed_in = [
        Submission.assignment_id == assignment.from_assignment_id,
        Submission.state.in_(HANDED_IN),
        Submission.work_id == Work.id,
    ]
    published = Work.status == WorkStatus.PUBLISHED
    others = Submission.person_id != person.id
    if db.session.scalar(sa.select(sa.exists().where(*handed_in, others, Work.id.in_(known)))):
        return True
    # A classmate's that went away since, or one's own, will do where there is nothing else.
    if db.session.scalar(sa.select(sa.exists().where(*handed_in, published, others))):
        return False
    return bool(db.session.scalar(sa.select(sa.exists().where(*handed_in, ~others, Work.id.in_(known)))))


def has_submissions(assignment: Assignment) -> int:
    """How many people answered ``assignment``, also those who withdrew."""
    return (
        db.session.scalar(
            sa.select(sa.func.count()).select_from(Submission).where(Submission.assignment_id == assignment.id)
        )
        or 0
    )


def list_assignments_from(assignment: Assignment) -> list[Assignment]:
    """The assignments whose answers build on ``assignment``'s."""
    return list(
        db.session.scalars(
            sa.select(Assignment).where(
                Assignment.from_assignment_id == assignment.id, Assignment.deleted_at.is_(None)
            )
        )
    )


# The instructor's side


def list_waiting(
    class_ids: Iterable[int], after: str | None = None, size: int = PAGE_SIZE
) -> Page[Submission]:
    """One page of what waits for an instructor in these classes: who has waited longest comes first."""
    wanted = list(class_ids)
    if not wanted:
        return Page([])
    # Only what sorts is sorted; the page is loaded after.
    keys = (
        sa.select(Submission.id, Submission.waiting_since)
        .where(Submission.class_id.in_(wanted), *_is_waiting())
        .order_by(Submission.waiting_since, Submission.id)
        .limit(size + 1)
    )
    last = read_cursor(after, [datetime, int])
    if last is not None:
        columns = (Submission.waiting_since, Submission.id)
        ends = [sa.literal(value, column.type) for value, column in zip(last, columns, strict=True)]
        keys = keys.where(sa.tuple_(*columns) > sa.tuple_(*ends))
    found = db.session.execute(keys).all()
    cursor = write_cursor([found[size - 1].waiting_since, found[size - 1].id]) if len(found) > size else None
    statement = (
        sa.select(Submission)
        .where(Submission.id.in_([row.id for row in found[:size]]))
        .options(*_with_work(), joinedload(Submission.project))
        .order_by(Submission.waiting_since, Submission.id)
    )
    return Page(list(db.session.scalars(statement)), cursor)


def find_next_waiting(submission: Submission, class_ids: Iterable[int]) -> Submission | None:
    """Who has waited longest besides ``submission``."""
    wanted = list(class_ids)
    if not wanted:
        return None
    return db.session.scalar(
        sa.select(Submission)
        .where(Submission.class_id.in_(wanted), *_is_waiting(), Submission.id != submission.id)
        .order_by(Submission.waiting_since, Submission.id)
        .limit(1)
    )


@dataclass(frozen=True)
class RosterLine:
    """One learner: when they joined, and the state of each of their submissions by assignment id."""

    enrollment: Enrollment
    submissions: dict[int, Submission]


def list_roster(project: ClassProject, after: str | None = None, size: int = 50) -> Page[RosterLine]:
    """One page of who joined, the newest first, with what they handed in."""
    statement = (
        sa.select(Enrollment)
        .where(Enrollment.class_id == project.id, Enrollment.left_at.is_(None))
        .options(joinedload(Enrollment.person))
    )
    page: Page[Enrollment] = keyset_page(
        db.session, statement, [(Enrollment.joined_at, datetime), (Enrollment.id, int)], after, size
    )
    people = [enrollment.person_id for enrollment in page.items]
    made: dict[int, dict[int, Submission]] = defaultdict(dict)
    if people:
        for one in db.session.scalars(
            sa.select(Submission).where(Submission.class_id == project.id, Submission.person_id.in_(people))
        ):
            made[one.person_id][one.assignment_id] = one
    return page.map(lambda enrollment: RosterLine(enrollment, made.get(enrollment.person_id, {})))


def has_learners(project: ClassProject) -> bool:
    """Whether anybody ever joined."""
    return bool(db.session.scalar(sa.select(sa.exists().where(Enrollment.class_id == project.id))))


def count_answers(project: ClassProject) -> dict[int, int]:
    """How many answers each assignment has: assignment id to number."""
    statement = (
        sa.select(Submission.assignment_id, sa.func.count())
        .where(Submission.class_id == project.id, Submission.state.in_(HANDED_IN))
        .group_by(Submission.assignment_id)
    )
    return dict(db.session.execute(statement).all())




def list_submissions_of(person: Person) -> list[Submission]:
    """Everything that ``person`` handed in, with attempts and what was said about them: for their own export."""
    statement = (
        sa.select(Submission)
        .where(Submission.person_id == person.id)
        .options(selectinload(Submission.attempts).selectinload(Attempt.feedback), joinedload(Submission.assignment))
        .order_by(Submission.id)
    )
    return list(db.session.scalars(statement))


def list_feedback_by(person: Person) -> list[Feedback]:
    """Everything that ``person`` said about others' attempts: for their own export."""
    return list(db.session.scalars(sa.select(Feedback).where(Feedback.author_id == person.id).order_by(Feedback.id)))
