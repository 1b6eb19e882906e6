"""Lessons and assignments: write them, put them in order, take them out and bring them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions.building import EditedMeanwhile, _as_it_stands, _lock_class
from classprojects.classes.models import (
    Assignment,
    ClassProject,
    Lesson,
    OutlineChange,
    StarterWork,
)
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.errors import DomainError
from classprojects.core.prose import render_text
from classprojects.media.captions import clean_captions
from classprojects.media.models import MediaFile, MediaKind
from classprojects.works.models import Medium, WorkStatus
from classprojects.works.queries import list_works_by_ids


@dataclass(frozen=True)
class LessonDraft:
    """A lesson as its instructor writes it. ``file`` None: the one it has, if any, stays."""

    title: str
    body: str = ""
    file: MediaFile | None = None
    without_file: bool = False
    captions: str = ""
    captions_language: str = "en"
    transcript: str = ""
    is_preview: bool = False
    minutes: int = 0
    #: what changed, for learners
    note: str = ""


@dataclass(frozen=True)
class AssignmentDraft:
    """An assignment as its instructor writes it; ``from_number``: the remix rule."""

    title: str
    brief: str
    media_allowed: tuple[Medium, ...]
    minutes: int = 0
    from_number: int | None = None
    feedback_count: int = 0
    is_required: bool = True
    is_closed: bool = False
    starter_ids: tuple[int, ...] = ()
    note: str = ""



def add_lesson(project: ClassProject, draft: LessonDraft, author: Person) -> Lesson:
    """A new lesson at the end of the outline."""
    _lock_class(project)
    number, position = _next_places(Lesson, project)
    lesson = Lesson(class_id=project.id, number=number, position=position)
    _write_lesson(lesson, draft)
    db.session.add(lesson)
    db.session.flush()
    _record_change(project, lesson, author, draft.note or _("New lesson"))
    _count_outline(project)
    return lesson


def edit_lesson(project: ClassProject, lesson: Lesson, draft: LessonDraft, version: int, author: Person) -> None:
    """Change a lesson. Raises EditedMeanwhile when ``version`` is not the newest."""
    _lock_class(project)
    _as_it_stands(lesson)
    if lesson.version != version:
        raise EditedMeanwhile
    if lesson.is_preview and not draft.is_preview:
        _keep_a_preview(project, lesson)
    _write_lesson(lesson, draft)
    if project.is_running and not lesson.has_content:
        raise DomainError(_("Learners are in this class. A lesson needs a text, a sound or a film."), field="body")
    lesson.version += 1
    db.session.flush()
    db.session.expire(lesson, ["file"])
    _record_change(project, lesson, author, draft.note)


def _write_lesson(lesson: Lesson, draft: LessonDraft) -> None:
    lesson.title, lesson.body, lesson.body_html = draft.title, draft.body, render_text(draft.body)
    if draft.file is not None:
        if draft.file.kind is MediaKind.IMAGE:
            raise DomainError(_("A lesson is a text, a sound or a film."), field="file")
        lesson.file_id = draft.file.id
    elif draft.without_file:
        lesson.file_id = None
    lesson.captions = clean_captions(draft.captions)
    lesson.captions_language = draft.captions_language
    lesson.transcript = draft.transcript
    lesson.is_preview, lesson.minutes = draft.is_preview, draft.minutes


def _keep_a_preview(project: ClassProject, lesson: Lesson) -> None:
    if project.is_published and not any(one.is_preview for one in project.lessons if one.id != lesson.id):
        raise DomainError(
            _("This is the one lesson that everybody may watch. Make another one free first."), field="is_preview"
        )


def delete_lesson(project: ClassProject, lesson: Lesson) -> None:
    """Take a lesson out of the outline; restore_item brings it back."""
    _lock_class(project)
    if lesson.is_preview:
        _keep_a_preview(project, lesson)
    if project.is_published and len(project.lessons) == 1:
        raise DomainError(_("This is the only lesson of a class that people are in. Add another one first."))
    lesson.deleted_at = clock.now()
    db.session.flush()
    _count_outline(project)


def add_assignment(project: ClassProject, draft: AssignmentDraft, author: Person) -> Assignment:
    """A new assignment at the end of the outline."""
    _lock_class(project)
    number, position = _next_places(Assignment, project)
    assignment = Assignment(class_id=project.id, number=number, position=position)
    _write_assignment(project, assignment, draft)
    db.session.add(assignment)
    db.session.flush()
    _write_starters(assignment, draft.starter_ids)
    _record_change(project, assignment, author, draft.note or _("New assignment"))
    _count_outline(project)
    return assignment


def edit_assignment(
    project: ClassProject, assignment: Assignment, draft: AssignmentDraft, version: int, author: Person
) -> None:
    """Change an assignment. Raises EditedMeanwhile when ``version`` is not the newest."""
    _lock_class(project)
    _as_it_stands(assignment)
    if assignment.version != version:
        raise EditedMeanwhile
    if project.is_running and not draft.brief.strip():
        raise DomainError(_("Learners are in this class. An assignment needs its brief."), field="brief")
    _write_assignment(project, assignment, draft)
    _write_starters(assignment, draft.starter_ids)
    assignment.version += 1
    db.session.flush()
    _record_change(project, assignment, author, draft.note)
    _count_outline(project)


def _write_assignment(project: ClassProject, assignment: Assignment, draft: AssignmentDraft) -> None:
    if not draft.media_allowed:
        raise DomainError(_("Choose at least one kind of work that may answer this."), field="media_allowed")
    assignment.title, assignment.minutes = draft.title, draft.minutes
    assignment.brief, assignment.brief_html = draft.brief, render_text(draft.brief)
    assignment.media_allowed = [medium.value for medium in Medium if medium in draft.media_allowed]
    assignment.from_assignment_id = _source_assignment(project, assignment, draft.from_number)
    assignment.feedback_count, assignment.is_required = draft.feedback_count, draft.is_required
    if draft.is_closed and assignment.closed_at is None:
        assignment.closed_at = clock.now()
    elif not draft.is_closed:
        assignment.closed_at = None


def _source_assignment(project: ClassProject, assignment: Assignment, from_number: int | None) -> int | None:
    """The id behind the remix rule: an assignment of the same class that comes before this one."""
    if from_number is None:
        return None
    source = next((one for one in project.assignments if one.number == from_number), None)
    if source is None:
        raise DomainError(_("The assignment to build on is not in this class."), field="from_number")
    if source.id == assignment.id:
        raise DomainError(_("An assignment cannot build on itself. Choose an earlier one."), field="from_number")
    if source.position >= assignment.position:
        raise DomainError(
            _("The assignment to build on must come earlier in the outline than this one."), field="from_number"
        )
    return source.id


def _write_starters(assignment: Assignment, work_ids: Iterable[int]) -> None:
    wanted = list(dict.fromkeys(work_ids))
    known = {work.id: work for work in list_works_by_ids(wanted)}
    for number in wanted:
        work = known.get(number)
        # A starter is shown to every learner: it must be one that everybody may see.
        if work is None or work.status is not WorkStatus.PUBLISHED or not work.is_open:
            raise DomainError(
                _("Work %(number)s is not in the open area. Starter works must be open to everyone.", number=number),
                field="starters",
            )
    db.session.execute(sa.delete(StarterWork).where(StarterWork.assignment_id == assignment.id))
    for position, number in enumerate(wanted):
        db.session.add(StarterWork(assignment_id=assignment.id, work_id=number, position=position))
    db.session.flush()


def delete_assignment(project: ClassProject, assignment: Assignment) -> None:
    """Take an assignment out of the outline; refused, with a way on, once people answered it."""
    _lock_class(project)
    answers = queries.has_submissions(assignment)
    if answers:
        raise DomainError(
            ngettext(
                "%(num)d person answered this assignment, and their work stays. Close it instead: it then takes no new "
                "answers, and you may make it optional.",
                "%(num)d people answered this assignment, and their works stay. Close it instead: it then takes no new "
                "answers, and you may make it optional.",
                answers,
            )
        )
    building = queries.list_assignments_from(assignment)
    if building:
        raise DomainError(
            _("“%(title)s” builds on this assignment. Take that rule away first.", title=building[0].title)
        )
    if project.is_published and len(project.assignments) == 1:
        raise DomainError(_("This is the only assignment of a class that people are in. Add another one first."))
    assignment.deleted_at = clock.now()
    db.session.flush()
    _count_outline(project)


def restore_item(project: ClassProject, item: Lesson | Assignment) -> None:
    """Bring a deleted lesson or assignment back to where it was."""
    _lock_class(project)
    item.deleted_at = None
    db.session.flush()
    _count_outline(project)


def move_item(project: ClassProject, item: Lesson | Assignment, up: bool) -> None:
    """Change places with the neighbour above or below; at the end of the outline nothing happens."""
    _lock_class(project)
    outline = queries.get_class_by_id(project.id).outline
    at = next(index for index, one in enumerate(outline) if one.kind == item.kind and one.id == item.id)
    to = at - 1 if up else at + 1
    if 0 <= to < len(outline):
        outline[at], outline[to] = outline[to], outline[at]
        _number_outline(outline)


def reorder_outline(project: ClassProject, order: Sequence[tuple[str, int]]) -> None:
    """Put the whole outline into this order of (kind, number); refused unless it names each item once."""
    _lock_class(project)
    items = {(item.kind, item.number): item for item in queries.get_class_by_id(project.id).outline}
    if len(order) != len(items) or set(order) != set(items):
        raise DomainError(_("The outline changed meanwhile, so that this order no longer fits. Look at it once more."))
    _number_outline([items[key] for key in order])


def _number_outline(outline: Sequence[Lesson | Assignment]) -> None:
    places = {item.id: number for number, item in enumerate(outline, 1) if isinstance(item, Assignment)}
    for number, item in enumerate(outline, 1):
        source = item.from_assignment_id if isinstance(item, Assignment) else None
        if source is not None and places.get(source, 0) >= number:
            raise DomainError(
                _("“%(title)s” builds on a classmate's answer to an earlier assignment, so it must stay after that one.",
                  title=item.title)
            )
        item.position = number
    db.session.flush()


def _next_places(kind: type[Lesson] | type[Assignment], project: ClassProject) -> tuple[int, int]:
    """The next number of this kind (deleted ones keep theirs) and the place after the last of the outline."""
    number = db.session.scalar(sa.select(sa.func.max(kind.number)).where(kind.class_id == project.id)) or 0
    last = 0
    for model in (Lesson, Assignment):
        last = max(last, db.session.scalar(sa.select(sa.func.max(model.position)).where(model.class_id == project.id)) or 0)
    return number + 1, last + 1


def _record_change(project: ClassProject, item: Lesson | Assignment, author: Person, note: str) -> None:
    """Keep what ``item`` says in its present version."""
    if isinstance(item, Lesson):
        content: dict[str, Any] = {
            "title": item.title, "body": item.body, "file_id": item.file_id, "captions": item.captions,
            "transcript": item.transcript, "is_preview": item.is_preview, "minutes": item.minutes,
        }
    else:
        content = {
            "title": item.title, "brief": item.brief, "media_allowed": item.media_allowed, "minutes": item.minutes,
            "from_assignment_id": item.from_assignment_id, "feedback_count": item.feedback_count,
            "is_required": item.is_required, "is_closed": item.is_closed,
        }
    db.session.add(
        OutlineChange(
            class_id=project.id,
            lesson_id=item.id if isinstance(item, Lesson) else None,
            assignment_id=item.id if isinstance(item, Assignment) else None,
            version=item.version,
            author_id=author.id,
            note=note,
            content=content,
            was_published=project.is_running,
        )
    )
    db.session.flush()


def _count_outline(project: ClassProject) -> None:
    """Keep the numbers that cards show, and the outline that the caller holds, as they are now."""
    fresh = queries.get_class_by_id(project.id)
    fresh.lessons_count, fresh.assignments_count = len(fresh.lessons), len(fresh.assignments)
    minutes = [assignment.minutes for assignment in fresh.assignments if assignment.minutes]
    fresh.assignments_minutes = round(sum(minutes) / len(minutes)) if minutes else 0
    db.session.flush()
