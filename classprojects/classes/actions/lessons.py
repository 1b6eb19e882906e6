"""Lessons: write them, and take them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions.building import EditedMeanwhile, _as_it_stands, _lock_class
from classprojects.classes.actions.outline import count_outline, next_places, record_change
from classprojects.classes.models import ClassProject, Lesson
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.errors import DomainError
from classprojects.core.prose import render_text
from classprojects.media.captions import clean_captions
from classprojects.media.models import MediaFile, MediaKind
from classprojects.media.recipes import clock_time

MOST_CHAPTERS = 100
LONGEST_CHAPTER_TITLE = 120


@dataclass(frozen=True)
class Chapter:
    """A mark in a sound or film: from this moment (milliseconds) on it is about ``title``."""

    at_ms: int
    title: str


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
    chapters: tuple[Chapter, ...] = ()
    #: a sound that says what is to be seen; None: the one it has stays
    description: MediaFile | None = None
    without_description: bool = False
    is_preview: bool = False
    minutes: int = 0
    #: what changed, for learners
    note: str = ""


def add_lesson(project: ClassProject, draft: LessonDraft, author: Person) -> Lesson:
    """A new lesson at the end of the outline."""
    _lock_class(project)
    number, position = next_places(Lesson, project)
    lesson = Lesson(class_id=project.id, number=number, position=position)
    _write_lesson(lesson, draft, draft.file)
    db.session.add(lesson)
    db.session.flush()
    record_change(project, lesson, author, draft.note or _("New lesson"))
    count_outline(project)
    return lesson


def edit_lesson(project: ClassProject, lesson: Lesson, draft: LessonDraft, version: int, author: Person) -> None:
    """Change a lesson. Raises EditedMeanwhile when ``version`` is not the newest."""
    _lock_class(project)
    project = queries.get_class_by_id(project.id)
    _as_it_stands(lesson)
    if lesson.version != version:
        raise EditedMeanwhile
    if lesson.is_preview and not draft.is_preview:
        _keep_a_preview(project, lesson)
    file = draft.file or (None if draft.without_file or lesson.file_id is None else db.session.get(MediaFile, lesson.file_id))
    _write_lesson(lesson, draft, file)
    if project.is_running and not lesson.has_content:
        raise DomainError(_("Learners are in this class. A lesson needs a text, a sound or a film."), field="body")
    note_version(project, lesson, author, draft.note)


def edit_captions(
    project: ClassProject, lesson: Lesson, captions: str, language: str, version: int, author: Person, note: str = ""
) -> None:
    """Change what is written under a lesson's sound or film. Raises EditedMeanwhile, or BadCaptions."""
    _lock_class(project)
    _as_it_stands(lesson)
    if lesson.version != version:
        raise EditedMeanwhile
    if lesson.file_id is None:
        raise DomainError(_("This lesson has no sound or film to write captions for. Choose one first."))
    lesson.captions, lesson.captions_language = clean_captions(captions), language
    note_version(project, lesson, author, note or _("Captions"))


def note_version(project: ClassProject, lesson: Lesson, author: Person, note: str) -> None:
    """``lesson`` says something else from now on: count it, and keep what it says."""
    lesson.version += 1
    db.session.flush()
    db.session.expire(lesson, ["file", "description"])
    record_change(project, lesson, author, note)


def _write_lesson(lesson: Lesson, draft: LessonDraft, file: MediaFile | None) -> None:
    lesson.title, lesson.body, lesson.body_html = draft.title, draft.body, render_text(draft.body)
    if draft.file is not None:
        if draft.file.kind not in (MediaKind.AUDIO, MediaKind.VIDEO):
            raise DomainError(_("A lesson is a text, a sound or a film."), field="file")
        lesson.file_id = draft.file.id
    elif draft.without_file:
        lesson.file_id = None
    lesson.captions = clean_captions(draft.captions)
    lesson.captions_language = draft.captions_language
    lesson.transcript = draft.transcript
    check_chapters(draft.chapters, file)
    lesson.chapters = [{"at": chapter.at_ms / 1000, "title": chapter.title} for chapter in draft.chapters]
    if draft.description is not None:
        if draft.description.kind is not MediaKind.AUDIO:
            raise DomainError(_("An audio description is a sound."), field="description_file")
        lesson.description_file_id = draft.description.id
    elif draft.without_description:
        lesson.description_file_id = None
    if lesson.description_file_id is not None and (file is None or file.kind is not MediaKind.VIDEO):
        raise DomainError(
            _("An audio description says what is to be seen in a film. Choose a film too, or take the description away."),
            field="description_file",
        )
    lesson.is_preview, lesson.minutes = draft.is_preview, draft.minutes


def check_chapters(chapters: Sequence[Chapter], file: MediaFile | None) -> None:
    """Raise DomainError unless these mark ``file`` from its beginning to its end, each later than the one before."""
    if not chapters:
        return
    if file is None:
        raise DomainError(
            _("Chapters mark a sound or film. Choose one for this lesson, or empty the chapters."), field="chapters"
        )
    if len(chapters) > MOST_CHAPTERS:
        raise DomainError(_("At most %(most)d chapters.", most=MOST_CHAPTERS), field="chapters")
    before: Chapter | None = None
    for chapter in chapters:
        if not chapter.title.strip():
            raise DomainError(_("The chapter at %(moment)s has no title.", moment=clock_time(chapter.at_ms)), field="chapters")
        if len(chapter.title) > LONGEST_CHAPTER_TITLE:
            raise DomainError(
                _("The title of the chapter at %(moment)s has more than %(most)d characters.",
                  moment=clock_time(chapter.at_ms), most=LONGEST_CHAPTER_TITLE),
                field="chapters",
            )
        if before is not None and chapter.at_ms <= before.at_ms:
            raise DomainError(
                _("“%(title)s” begins at %(moment)s, which is not after “%(before)s”. Put the chapters in the order of time.",
                  title=chapter.title, moment=clock_time(chapter.at_ms), before=before.title),
                field="chapters",
            )
        if file.duration_ms and chapter.at_ms >= file.duration_ms:
            raise DomainError(
                _("“%(title)s” begins at %(moment)s, but the recording is over at %(end)s.",
                  title=chapter.title, moment=clock_time(chapter.at_ms), end=clock_time(file.duration_ms)),
                field="chapters",
            )
        before = chapter


def _keep_a_preview(project: ClassProject, lesson: Lesson) -> None:
    if project.is_published and not any(one.is_preview for one in project.lessons if one.id != lesson.id):
        raise DomainError(
            _("This is the one lesson that everybody may watch. Make another one free first."), field="is_preview"
        )


def delete_lesson(project: ClassProject, lesson: Lesson) -> None:
    """Take a lesson out of the outline; restore_item brings it back. Twice is once."""
    _lock_class(project)
    project = queries.get_class_by_id(project.id)
    if _as_it_stands(lesson).deleted_at is not None:
        return
    if lesson.is_preview:
        _keep_a_preview(project, lesson)
    if project.is_published and len(project.lessons) == 1:
        raise DomainError(_("This is the only lesson of a class that people are in. Add another one first."))
    lesson.deleted_at = clock.now()
    db.session.flush()
    count_outline(project)
