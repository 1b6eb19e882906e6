"""Assignments: write them, and take them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions.building import EditedMeanwhile, _as_it_stands, _lock_class
from classprojects.classes.actions.outline import count_outline, next_places, record_change
from classprojects.classes.actions.prerequisites import check_nothing_waits
from classprojects.classes.actions.rubrics import Criterion, write_rubric
from classprojects.classes.models import Assignment, ClassProject, StarterWork
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.errors import DomainError
from classprojects.core.prose import render_text
from classprojects.works.models import Medium, WorkStatus
from classprojects.works.queries import list_works_by_ids


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
    #: what feedback looks at; None: what it says stays
    rubric: tuple[Criterion, ...] | None = None
    #: classmates do not learn whose answer it is, until the names are released
    is_anonymous: bool = False
    note: str = ""


def add_assignment(project: ClassProject, draft: AssignmentDraft, author: Person) -> Assignment:
    """A new assignment at the end of the outline."""
    _lock_class(project)
    project = queries.get_class_by_id(project.id)
    number, position = next_places(Assignment, project)
    assignment = Assignment(class_id=project.id, number=number, position=position)
    _write_assignment(project, assignment, draft)
    db.session.add(assignment)
    db.session.flush()
    _write_starters(assignment, draft.starter_ids)
    record_change(project, assignment, author, draft.note or _("New assignment"))
    count_outline(project)
    return assignment


def edit_assignment(
    project: ClassProject, assignment: Assignment, draft: AssignmentDraft, version: int, author: Person
) -> None:
    """Change an assignment. Raises EditedMeanwhile when ``version`` is not the newest."""
    _lock_class(project)
    project = queries.get_class_by_id(project.id)
    _as_it_stands(assignment)
    if assignment.version != version:
        raise EditedMeanwhile
    if project.is_running and not draft.brief.strip():
        raise DomainError(_("Learners are in this class. An assignment needs its brief."), field="brief")
    _write_assignment(project, assignment, draft)
    _write_starters(assignment, draft.starter_ids)
    assignment.version += 1
    db.session.flush()
    record_change(project, assignment, author, draft.note)
    count_outline(project)


def _write_assignment(project: ClassProject, assignment: Assignment, draft: AssignmentDraft) -> None:
    if not draft.media_allowed:
        raise DomainError(_("Choose at least one kind of work that may answer this."), field="media_allowed")
    assignment.title, assignment.minutes = draft.title, draft.minutes
    assignment.brief, assignment.brief_html = draft.brief, render_text(draft.brief)
    assignment.media_allowed = [medium.value for medium in Medium if medium in draft.media_allowed]
    assignment.from_assignment_id = _source_assignment(project, assignment, draft.from_number)
    assignment.feedback_count, assignment.is_required = draft.feedback_count, draft.is_required
    if draft.rubric is not None:
        assignment.rubric = write_rubric(assignment.rubric or [], draft.rubric)
    if draft.is_anonymous != bool(assignment.is_anonymous):
        _check_names(assignment)
        assignment.is_anonymous = draft.is_anonymous
    if draft.is_closed and assignment.closed_at is None:
        assignment.closed_at = clock.now()
    elif not draft.is_closed:
        assignment.closed_at = None


def _check_names(assignment: Assignment) -> None:
    """Whether names are shown is settled with the first answer: who handed one in did so knowing."""
    if assignment.id is not None and queries.count_people_who_answered(assignment):
        raise DomainError(
            _("People answered this assignment knowing whether classmates see their names. That stays as it is."),
            field="is_anonymous",
        )


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
    """Take an assignment out of the outline; refused, with a way on, once people answered it. Twice is once."""
    _lock_class(project)
    project = queries.get_class_by_id(project.id)
    if _as_it_stands(assignment).deleted_at is not None:
        return
    answers = queries.count_people_who_answered(assignment)
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
    check_nothing_waits(project, assignment)
    if project.is_published and len(project.assignments) == 1:
        raise DomainError(_("This is the only assignment of a class that people are in. Add another one first."))
    assignment.deleted_at = clock.now()
    db.session.flush()
    count_outline(project)
