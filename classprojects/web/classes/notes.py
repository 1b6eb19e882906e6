"""Notes that learners keep for themselves, and their place in a lesson's sound or film."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions import notes as actions
from classprojects.classes.models import Assignment, ClassProject, LearnerNote, Lesson
from classprojects.classes.queries import notes
from classprojects.core.database import transaction
from classprojects.policy import Permission, may
from classprojects.policy.facts_classes import leads_class
from classprojects.web.classes.closed import closing_classes
from classprojects.web.classes.note_forms import NoteForm, PlaceForm
from classprojects.web.classes.pages import item_url, next_address
from classprojects.web.shared.arguments import text_argument, wants_json
from classprojects.web.shared.class_cards import lesson_url
from classprojects.web.shared.filters import duration
from classprojects.web.shared.guards import current_person, requires, signed_in_person
from classprojects.web.shared.limits import AUTOSAVE, POSTING, limiter, per_person

bp = Blueprint("notes", __name__)


closing_classes(bp)


@dataclass(frozen=True)
class ShownNote:
    """A note as ``classes/_notes.html`` takes it."""

    id: int
    body: str
    written_at: datetime
    #: the moment that it is about, in words, and where it is
    moment: str | None
    moment_url: str | None
    at_seconds: int | None
    #: where it stands; None in its own place
    title: str | None = None
    url: str | None = None


def show_notes(person: Person | None, item: Lesson | Assignment) -> dict[str, Any]:
    """What a lesson's or an assignment's page needs for ``classes/_notes.html``; nothing for who may keep none."""
    if person is None or not may(person, Permission.KEEP_NOTE, item):
        return {"notes": None}
    own = notes.list_notes_at(person, item)
    # The page shows one form besides: its fields have names of their own.
    form = NoteForm(formdata=None)
    return {"notes": [_shown(item.project, item, note) for note in own], "note_form": form}


def _shown(project: ClassProject, item: Lesson | Assignment | None, note: LearnerNote, is_listed: bool = False) -> ShownNote:
    moment_url = None
    if isinstance(item, Lesson) and item.deleted_at is None and note.at_seconds is not None:
        moment_url = f"{lesson_url(project, item)}?t={note.at_seconds}#player"
    return ShownNote(
        id=note.id,
        body=note.body,
        written_at=note.touched_at,
        moment=duration(note.at_seconds) if note.at_seconds is not None else None,
        moment_url=moment_url,
        at_seconds=note.at_seconds,
        title=item.title if is_listed and item else None,
        url=item_url(project, item) if is_listed and item and item.deleted_at is None else None,
    )


@bp.get("/classes/<slug>/notes")
@requires(Permission.VIEW_NOTES, on=queries.get_class)
def list_notes(project: ClassProject) -> Any:
    """One's own notes in a class, the newest first; found by their words."""
    person, q = signed_in_person(), text_argument("q")
    page = notes.list_notes(person, project, q, request.args.get("after"))
    is_inside = bool(may(person, Permission.VIEW_CLASSROOM, project))
    return render_template(
        "classes/list_notes.html",
        project=project,
        notes=[_shown(project, note.lesson or note.assignment, note, is_listed=True) for note in page.items],
        q=q,
        is_inside=is_inside,
        leads=is_inside and bool(leads_class(person, project)),
        next_url=next_address("notes.list_notes", page, slug=project.slug, q=q),
    )


@bp.post("/classes/<slug>/lessons/<int:number>/notes")
@requires(Permission.KEEP_NOTE, on=queries.get_lesson)
@limiter.limit(POSTING, key_func=per_person)
def keep_lesson_note(lesson: Lesson) -> Any:
    """Note something at a lesson."""
    return _keep(lesson)


@bp.post("/classes/<slug>/assignments/<int:number>/notes")
@requires(Permission.KEEP_NOTE, on=queries.get_assignment)
@limiter.limit(POSTING, key_func=per_person)
def keep_assignment_note(assignment: Assignment) -> Any:
    """Note something at an assignment."""
    return _keep(assignment)


def _keep(item: Lesson | Assignment) -> Any:
    form = NoteForm()
    note = None
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            note = actions.keep_note(
                signed_in_person(), item, form.body.data or "", form.at_seconds, form.once.data or None
            )
    if note is None:
        return _note_page(form, item), 422
    if wants_json():
        return jsonify({"id": str(note.id)})
    return redirect(f"{item_url(item.project, item)}#note-{note.id}", 303)


def _note_page(form: NoteForm, item: Lesson | Assignment, note: LearnerNote | None = None) -> str:
    """A note's form on a page of its own."""
    return render_template(
        "classes/edit_note.html", form=form, item=item, item_url=item_url(item.project, item), note=note,
        has_moments=isinstance(item, Lesson) and item.file_id is not None, project=item.project,
        action=url_for("notes.edit_note", note_id=note.id) if note is not None else f"{item_url(item.project, item)}/notes",
    )


@bp.get("/notes/<id:note_id>")
@requires(Permission.EDIT_NOTE, on=notes.get_note)
def show_note(note: LearnerNote) -> Any:
    """A note, to write it anew."""
    item = _item_of(note)
    form = NoteForm(formdata=None, body=note.body, at=duration(note.at_seconds))
    return _note_page(form, item, note)


def _item_of(note: LearnerNote) -> Lesson | Assignment:
    item = note.lesson or note.assignment
    if item is None:
        raise RuntimeError(f"note {note.id} stands nowhere")
    return item


@bp.post("/notes/<id:note_id>")
@requires(Permission.EDIT_NOTE, on=notes.get_note)
@limiter.limit(POSTING, key_func=per_person)
def edit_note(note: LearnerNote) -> Any:
    """Write a note anew."""
    form, item = NoteForm(), _item_of(note)
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.edit_note(note, form.body.data or "", form.at_seconds)
    if form.errors or form.form_errors:
        return _note_page(form, item, note), 422
    return redirect(f"{url_for('notes.list_notes', slug=item.project.slug)}#note-{note.id}", 303)


@bp.post("/notes/<id:note_id>/delete")
@requires(Permission.EDIT_NOTE, on=notes.get_note)
def delete_note(note: LearnerNote) -> Any:
    """Throw a note away."""
    slug = _item_of(note).project.slug
    with transaction():
        actions.delete_note(note)
    flash(_("Your note is gone."), "success")
    return redirect(url_for("notes.list_notes", slug=slug), 303)


@bp.post("/classes/<slug>/lessons/<int:number>/place")
@requires(Permission.KEEP_PLACE, on=queries.get_lesson)
@limiter.limit(AUTOSAVE, key_func=per_person)
def keep_place(lesson: Lesson) -> Any:
    """Where one is in a lesson's sound or film: the player sends it as it plays; without it, a form does."""
    form = PlaceForm()
    if not form.validate_on_submit():
        if wants_json():
            return jsonify({"error": {"status": 422, "message": str(form.at.errors[0]) if form.at.errors else ""}}), 422
        return render_template("classes/keep_place.html", form=form, lesson=lesson, project=lesson.project), 422
    with transaction():
        actions.keep_place(signed_in_person(), lesson, form.at_seconds)
    if wants_json():
        return jsonify({"at": form.at_seconds})
    flash(_("Kept. The class room takes you back to it."), "success")
    return redirect(lesson_url(lesson.project, lesson, form.at_seconds), 303)


def current_place_url(lesson: Lesson) -> str | None:
    """Where the player sends one's place to; None for who learns nothing here."""
    if lesson.file_id is None or not may(current_person(), Permission.KEEP_PLACE, lesson):
        return None
    return url_for("notes.keep_place", slug=lesson.project.slug, number=lesson.number)
