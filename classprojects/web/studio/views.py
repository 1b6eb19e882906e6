"""The studio: the classes that one leads, what waits, and what the page of a class says."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template
from flask_babel import gettext as _

from classprojects.classes import actions, queries
from classprojects.classes.actions.building import use_trailer
from classprojects.classes.models import ClassProject
from classprojects.classes.queries.people import list_invitations_to
from classprojects.core.database import transaction
from classprojects.media.models import MediaPurpose
from classprojects.policy import Permission
from classprojects.web.classes.shown import show_file
from classprojects.web.classes.trailer import trailer_captions
from classprojects.web.shared.class_cards import class_card_for
from classprojects.web.shared.guards import accepts_upload, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.forms import ClassForm


@bp.get("")
@requires(Permission.USE_STUDIO)
def show_studio() -> Any:
    """The classes that one leads, and what waits for an answer."""
    person = signed_in_person()
    led = queries.list_led_classes(person)
    waiting = queries.count_waiting(project.id for project in led)
    first = queries.list_waiting((project.id for project in led), size=5)
    return render_template(
        "studio/show_studio.html",
        classes=[(class_card_for(project, in_studio=True), project, waiting.get(project.id, 0)) for project in led],
        waiting=first.items,
        waiting_count=sum(waiting.values()),
        invitations=list_invitations_to(person.id),
    )


# A class


@bp.get("/classes/new")
@requires(Permission.MAKE_CLASS)
def new_class() -> Any:
    """Begin a class project."""
    return render_template("studio/new_class.html", form=ClassForm())


@bp.post("/classes/new")
@accepts_upload
@requires(Permission.MAKE_CLASS)
@limiter.limit(POSTING, key_func=per_person)
def create_class() -> Any:
    """Make the draft of a class project."""
    person, form = signed_in_person(), ClassForm()
    is_whole = form.validate_on_submit()
    form.take_in(person, MediaPurpose.COVER, ["image"])
    if is_whole and not form.errors:
        with form.showing_refusals(), transaction():
            project = actions.create_class(person, form.draft(), form.line.data or "")
            if form.kept is not None:
                project.cover_file_id = form.kept.id
            form.use_files(person)
    if form.errors:
        return render_template("studio/new_class.html", form=form), 422
    return redirect(project.studio_url, 303)


@bp.get("/classes/<slug>/details")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def edit_details(project: ClassProject) -> Any:
    """What the page of the class says."""
    form = ClassForm()
    form.fill(project, signed_in_person())
    return _details_page(project, form)


def _details_page(project: ClassProject, form: ClassForm, theirs: ClassProject | None = None) -> str:
    trailer = form.files.get("trailer_file") or project.trailer
    return render_template(
        "studio/edit_details.html",
        form=form,
        project=project,
        theirs=theirs,
        trailer=trailer,
        shown_trailer=show_file(trailer),
        trailer_tracks=trailer_captions(project),
    )


@bp.post("/classes/<slug>/details")
@accepts_upload
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def save_details(project: ClassProject) -> Any:
    """Change what the page of the class says."""
    person, form, theirs = signed_in_person(), ClassForm(), None
    is_whole = form.validate_on_submit()
    form.take_in(person, MediaPurpose.COVER, ["image"])
    form.take_in(person, MediaPurpose.TRAILER, ["audio", "video"], "trailer_file")
    if is_whole and not form.errors:
        try:
            with form.showing_refusals(), transaction():
                actions.edit_class(project, form.draft(), form.base, form.kept, person)
                actions.edit_instructor_line(project, person, form.line.data or "")
                trailer = form.files.get("trailer_file")
                if trailer is not None or form.without_trailer.data:
                    use_trailer(project, trailer)
                form.use_files(person)
        finally:
            # The class as it stands, whatever became of the change.
            project = queries.get_class_by_id(project.id)
        if form.errors and form.base != project.version:
            theirs, form.version.data = project, str(project.version)
    if form.errors:
        return _details_page(project, form, theirs), 422
    flash(_("Saved."), "success")
    return redirect(project.studio_url, 303)
