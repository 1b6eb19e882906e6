"""Lessons: write them, and take them out."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.actions.building import EditedMeanwhile, _as_it_stands, _lock_class
from classprojects.classes.actions.outline import count_outline, next_places, record_change
from classprojects.classes.models import ClassProject, Lesson
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.errors import DomainError
from classprojects.core.prose import render_text
from classprojects.media.captions import clean_captions
from classprojects.media.models import MediaFile, MediaKind


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


def add_lesson(project: ClassProject, draft: LessonDraft, author: Person) -> Lesson:
    """A new lesson at the end of the outline."""
    _lock_class(project)
    number, position = next_places(Lesson, project)
    lesson = Lesson(class_id=project.id, number=number, position=position)
    _write_lesson(lesson, draft)
    db.session.add(lesson)
    db.session.flush()
    record_change(project, lesson, author, draft.note or _("New lesson"))
    count_outline(project)
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
    record_change(project, lesson, author, draft.note)


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
    count_outline(project)
