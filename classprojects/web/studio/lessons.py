"""Lessons in the studio: write them, with a sound or a film and its captions."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from wtforms import Field

from classprojects.accounts.models import Person
from classprojects.classes import actions, queries
from classprojects.classes.models import ClassProject, Lesson
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.media.captions import clean_captions, spoken_words
from classprojects.media.models import MediaPurpose
from classprojects.media.recipes import clock_time
from classprojects.policy import Permission
from classprojects.web.classes.shown import captions_of, show_file
from classprojects.web.shared.guards import accepts_upload, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.lesson_forms import LessonForm
from classprojects.web.studio.outline import delete_item

LESSON_KINDS = ("audio", "video")


@bp.get("/classes/<slug>/lessons/new")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def new_lesson(project: ClassProject) -> Any:
    """Begin a lesson."""
    form = LessonForm(captions_language=project.language)
    form.is_preview.data = not any(lesson.is_preview for lesson in project.lessons)
    return _lesson_page(project, None, form)


def _lesson_page(project: ClassProject, lesson: Lesson | None, form: LessonForm, theirs: Lesson | None = None) -> str:
    description = form.files.get("description_file") or (lesson.description if lesson else None)
    return render_template(
        "studio/edit_lesson.html",
        project=project,
        lesson=lesson,
        form=form,
        theirs=theirs,
        shown=show_file(form.kept or (lesson.file if lesson else None)),
        has_file=form.kept is not None or (lesson is not None and lesson.file_id is not None),
        tracks=captions_of(project, lesson) if lesson else [],
        description=description,
        shown_description=show_file(description),
        their_chapters="\n".join(f"{clock_time(round(one['at'] * 1000))} {one['title']}" for one in theirs.chapters) if theirs else "",
    )


@bp.post("/classes/<slug>/lessons/new")
@accepts_upload
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def add_lesson(project: ClassProject) -> Any:
    """Put a lesson at the end of the outline."""
    person, form = signed_in_person(), LessonForm()
    is_whole = form.validate_on_submit()
    _take_files_in(form, person)
    if _is_asking(form):
        return _lesson_page(project, None, form)
    if is_whole and not form.errors:
        with form.showing_refusals(), transaction():
            actions.add_lesson(project, form.draft(), person)
            form.use_files(person)
    if form.errors:
        return _lesson_page(project, None, form), 422
    flash(_("Added at the end of the outline."), "success")
    return redirect(project.studio_url, 303)


def _take_files_in(form: LessonForm, person: Person) -> None:
    form.take_in(person, MediaPurpose.LESSON, LESSON_KINDS)
    form.take_in(person, MediaPurpose.DESCRIPTION, ["audio"], "description_file")


def _is_asking(form: LessonForm) -> bool:
    """Whether the page is to come back with more in it, and nothing is saved yet."""
    if "make_transcript" in request.form and not form.captions.errors:
        form.transcript.data = _words_of(form.captions)
        if not form.transcript.data:
            form.refuse(DomainError(_("There are no captions yet to make it from."), field="transcript"))
    return "make_transcript" in request.form or "more_rows" in request.form


def _words_of(captions: Field) -> str:
    """What is said in the captions: a transcript to begin with."""
    return spoken_words(clean_captions(captions.data or ""))


@bp.get("/classes/<slug>/lessons/<int:number>")
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
def edit_lesson(lesson: Lesson) -> Any:
    """Change a lesson."""
    form = LessonForm()
    form.fill(lesson)
    return _lesson_page(lesson.project, lesson, form)


@bp.post("/classes/<slug>/lessons/<int:number>")
@accepts_upload
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
@limiter.limit(POSTING, key_func=per_person)
def save_lesson(lesson: Lesson) -> Any:
    """Save a lesson; a later editor is told and loses nothing."""
    project, person, form, theirs = lesson.project, signed_in_person(), LessonForm(), None
    slug, number = project.slug, lesson.number
    is_whole = form.validate_on_submit()
    _take_files_in(form, person)
    if _is_asking(form):
        return _lesson_page(project, lesson, form)
    if is_whole and not form.errors:
        with form.showing_refusals(), transaction():
            actions.edit_lesson(project, lesson, form.draft(), form.base, person)
            form.use_files(person)
        if form.errors:
            lesson = queries.get_lesson(slug, number)
            if lesson.version != form.base:
                theirs, form.version.data = lesson, str(lesson.version)
    if form.errors:
        return _lesson_page(lesson.project, lesson, form, theirs), 422
    flash(_("Saved."), "success")
    return redirect(project.studio_url, 303)


@bp.post("/classes/<slug>/lessons/<int:number>/delete")
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
def delete_lesson(lesson: Lesson) -> Any:
    """Take a lesson out, with a way back."""
    return delete_item(lesson.project, lesson)
