"""From draft to the catalogue and to the archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from classprojects.classes import queries
from classprojects.classes.actions.building import _lock_class
from classprojects.classes.models import (
    Assignment,
    ClassProject,
    ClassState,
    Lesson,
)
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.errors import DomainError
from classprojects.core.memo import forget


class Unfinished(DomainError):
    """A class project cannot be published yet; says what is missing."""



@dataclass(frozen=True)
class Check:
    """One line of the checklist before publishing; what is only advised does not hold it up."""

    text: str
    is_done: bool
    is_required: bool = True
    anchor: str = ""


def checklist(project: ClassProject) -> list[Check]:
    """What a class project needs before learners see it, in the order in which one would do it."""
    lessons, assignments = project.lessons, project.assignments
    filmed = [lesson for lesson in lessons if lesson.file_id is not None]
    processed = all(lesson.file is None or lesson.file.is_ready for lesson in filmed)
    return [
        Check(_("Say what people will have made by the end."), bool(project.outcome.strip()), anchor="details"),
        Check(_("Describe what it is about and how it runs."), len(project.description.split()) >= 10, anchor="details"),
        Check(_("Add at least one lesson."), bool(lessons), anchor="outline"),
        Check(_("Give every lesson a text, a sound or a film."),
              bool(lessons) and all(lesson.has_content for lesson in lessons), anchor="outline"),
        Check(_("Make one lesson free for everybody."), any(lesson.is_preview for lesson in lessons), anchor="outline"),
        Check(_("Wait until every sound and film is prepared."), processed, anchor="outline"),
        Check(_("Add at least one assignment: people learn by making."), bool(assignments), anchor="outline"),
        Check(_("Give every assignment its brief."),
              bool(assignments) and all(assignment.brief.strip() for assignment in assignments), anchor="outline"),
        *_remix_checks(project),
        Check(_("Choose a cover."), project.cover_file_id is not None, is_required=False, anchor="details"),
        Check(_("Show in a trailer what people make here."), project.trailer_file_id is not None, is_required=False,
              anchor="details"),
        *_hearing_checks(filmed),
        Check(_("Say how many minutes each assignment takes."),
              bool(assignments) and all(assignment.minutes for assignment in assignments), is_required=False,
              anchor="outline"),
        Check(_("Say in a rubric what feedback looks at."),
              bool(assignments) and any(assignment.rubric for assignment in assignments), is_required=False,
              anchor="outline"),
    ]


def _remix_checks(project: ClassProject) -> list[Check]:
    """Of a class in which something is built on classmates' answers."""
    if all(assignment.from_assignment_id is None for assignment in project.assignments):
        return []
    is_done = all(_is_sane(assignment, project) for assignment in project.assignments)
    return [Check(_("Let every remix build on an earlier assignment that takes answers."), is_done, anchor="outline")]


def _hearing_checks(filmed: Sequence[Lesson]) -> list[Check]:
    """For people who do not hear: of a class with films, and of one with sounds."""
    films = [lesson for lesson in filmed if lesson.medium == "video"]
    sounds = [lesson for lesson in filmed if lesson.medium != "video"]
    checks = []
    if films:
        checks.append(Check(_("Give every film captions."), all(one.captions for one in films), is_required=False, anchor="outline"))
    if sounds:
        is_done = all(one.captions or one.transcript for one in sounds)
        checks.append(Check(_("Give every sound captions or a transcript."), is_done, is_required=False, anchor="outline"))
    return checks


def _is_sane(assignment: Assignment, project: ClassProject) -> bool:
    """Whether the remix rule of ``assignment``, if it has one, can be kept by everybody who comes to it."""
    if assignment.from_assignment_id is None:
        return True
    source = next((one for one in project.assignments if one.id == assignment.from_assignment_id), None)
    return source is not None and source.position < assignment.position and not source.is_closed


def missing_in(project: ClassProject) -> list[str]:
    """What holds the class up, in words."""
    return [check.text for check in checklist(project) if check.is_required and not check.is_done]


def publish_class(project: ClassProject) -> None:
    """Show the class to everybody; raises Unfinished with what is missing. Publishing twice changes nothing."""
    _lock_class(project)
    project = queries.get_class_by_id(project.id)
    if project.is_published:
        return
    if missing := missing_in(project):
        raise Unfinished(_("Not published yet. First: %(missing)s", missing=" ".join(missing)))
    project.state, project.archived_at, project.publish_at = ClassState.PUBLISHED, None, None
    project.published_at = project.published_at or clock.now()
    db.session.flush()
    forget()


def unpublish_class(project: ClassProject) -> None:
    """Take the class back to draft; refused once people are in it."""
    _lock_class(project)
    if queries.has_learners(project):
        raise DomainError(
            _("People have joined this class. Archive it instead: nobody new can join, and those who are in keep it.")
        )
    if project.is_running:
        project.state = ClassState.DRAFT
    db.session.flush()
    forget()


def archive_class(project: ClassProject) -> None:
    """Take the class out of the catalogue. It stays open to those who joined."""
    _lock_class(project)
    if not project.is_running:
        raise DomainError(_("Only a published class can be archived."))
    project.state, project.archived_at = ClassState.ARCHIVED, clock.now()
    db.session.flush()
    forget()
