"""The studio: the classes that one leads, what waits, and what the page of a class says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes import actions, queries
from classprojects.classes.models import ClassProject
from classprojects.core.database import transaction
from classprojects.media import actions as media
from classprojects.media.models import MediaPurpose
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.shown import submission_words
from classprojects.web.shared.cards import card_for
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
    )


@bp.get("/feedback")
@requires(Permission.USE_STUDIO)
def list_waiting() -> Any:
    """What waits for an answer: who has waited longest comes first."""
    person = signed_in_person()
    leads = queries.find_places(person).leads
    page = queries.list_waiting(leads, request.args.get("after"))
    viewer = viewer_for(person)
    return render_template(
        "studio/list_waiting.html",
        rows=[(one, replace(card_for(one.work, viewer), space_label=None), submission_words(one.state)) for one in page.items],
        next_url=url_for("studio.list_waiting", after=page.next_cursor) if page.next_cursor else None,
    )


# A class


@bp.get("/classes/new")
@requires(Permission.USE_STUDIO)
def new_class() -> Any:
    """Begin a class project."""
    return render_template("studio/new_class.html", form=ClassForm())


@bp.post("/classes/new")
@accepts_upload
@requires(Permission.USE_STUDIO)
@limiter.limit(POSTING, key_func=per_person)
def create_class() -> Any:
    """Make the draft of a class project."""
    person, form = signed_in_person(), ClassForm()
    is_whole = form.validate_on_submit()
    form.take_in(person, MediaPurpose.COVER, ["image"])
    if is_whole and not form.errors:
        with form.showing_refusals(), transaction():
            project = actions.create_class(person, form.draft(), form.line.data or "")
            _use_cover(form, project)
    if form.errors:
        return render_template("studio/new_class.html", form=form), 422
    return redirect(project.studio_url, 303)


def _use_cover(form: ClassForm, project: ClassProject) -> None:
    if form.kept is not None:
        media.attach_file(form.kept.id)
        project.cover_file_id = form.kept.id


@bp.get("/classes/<slug>/details")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def edit_details(project: ClassProject) -> Any:
    """What the page of the class says."""
    form = ClassForm()
    form.fill(project, signed_in_person())
    return render_template("studio/edit_details.html", form=form, project=project, theirs=None)


@bp.post("/classes/<slug>/details")
@accepts_upload
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def save_details(project: ClassProject) -> Any:
    """Change what the page of the class says."""
    person, form, theirs = signed_in_person(), ClassForm(), None
    is_whole = form.validate_on_submit()
    form.take_in(person, MediaPurpose.COVER, ["image"])
    if is_whole and not form.errors:
        try:
            with form.showing_refusals(), transaction():
                actions.edit_class(project, form.draft(), form.base, form.kept)
                actions.edit_instructor_line(project, person, form.line.data or "")
                if form.kept is not None:
                    media.attach_file(form.kept.id)
        finally:
            # The class as it stands, whatever became of the change.
            project = queries.get_class_by_id(project.id)
        if form.errors and form.base != project.version:
            theirs, form.version.data = project, str(project.version)
    if form.errors:
        return render_template("studio/edit_details.html", form=form, project=project, theirs=theirs), 422
    flash(_("Saved."), "success")
    return redirect(project.studio_url, 303)
