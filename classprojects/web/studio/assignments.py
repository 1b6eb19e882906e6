"""Assignments in the studio: what to make, of what, and from what."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template
from flask_babel import gettext as _

from classprojects.classes import actions, queries
from classprojects.classes.models import Assignment, ClassProject
from classprojects.core.database import transaction
from classprojects.policy import Permission
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.assignment_forms import AssignmentForm
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.outline import delete_item


@bp.get("/classes/<slug>/assignments/new")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def new_assignment(project: ClassProject) -> Any:
    """Begin an assignment."""
    form = AssignmentForm()
    form.media_allowed.data = [project.medium.value]
    return _assignment_page(project, None, form)


def _assignment_page(
    project: ClassProject, assignment: Assignment | None, form: AssignmentForm, theirs: Assignment | None = None
) -> str:
    form.offer_sources(project, assignment)
    return render_template(
        "studio/edit_assignment.html", project=project, assignment=assignment, form=form, theirs=theirs
    )


@bp.post("/classes/<slug>/assignments/new")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def add_assignment(project: ClassProject) -> Any:
    """Put an assignment at the end of the outline."""
    person, form = signed_in_person(), AssignmentForm()
    form.offer_sources(project, None)
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.add_assignment(project, form.draft(), person)
    if form.errors:
        return _assignment_page(project, None, form), 422
    flash(_("Added at the end of the outline."), "success")
    return redirect(project.studio_url, 303)


@bp.get("/classes/<slug>/assignments/<int:number>")
@requires(Permission.EDIT_CLASS, on=queries.get_assignment)
def edit_assignment(assignment: Assignment) -> Any:
    """Change an assignment."""
    form = AssignmentForm()
    form.fill(assignment.project, assignment, [work.id for work in queries.list_starters(assignment)])
    return _assignment_page(assignment.project, assignment, form)


@bp.post("/classes/<slug>/assignments/<int:number>")
@requires(Permission.EDIT_CLASS, on=queries.get_assignment)
def save_assignment(assignment: Assignment) -> Any:
    """Save an assignment; a later editor is told and loses nothing."""
    project, person, form, theirs = assignment.project, signed_in_person(), AssignmentForm(), None
    slug, number = project.slug, assignment.number
    form.offer_sources(project, assignment)
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.edit_assignment(project, assignment, form.draft(), form.base, person)
        if form.errors:
            assignment = queries.get_assignment(slug, number)
            if assignment.version != form.base:
                theirs, form.version.data = assignment, str(assignment.version)
    if form.errors:
        return _assignment_page(assignment.project, assignment, form, theirs), 422
    flash(_("Saved."), "success")
    return redirect(project.studio_url, 303)


@bp.post("/classes/<slug>/assignments/<int:number>/delete")
@requires(Permission.EDIT_CLASS, on=queries.get_assignment)
def delete_assignment(assignment: Assignment) -> Any:
    """Take an assignment out, with a way back; refused once people answered it."""
    return delete_item(assignment.project, assignment)
