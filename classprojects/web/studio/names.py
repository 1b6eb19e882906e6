"""Releasing the names of an anonymous assignment, after saying what that means."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from classprojects.classes import queries
from classprojects.classes.actions import names
from classprojects.classes.models import Assignment
from classprojects.core.database import transaction
from classprojects.policy import Permission
from classprojects.web.shared.guards import requires
from classprojects.web.studio.blueprint import bp


@bp.get("/classes/<slug>/assignments/<int:number>/names")
@requires(Permission.RELEASE_NAMES, on=queries.get_assignment)
def confirm_release_names(assignment: Assignment) -> Any:
    """What releasing the names means, before it is done."""
    if not assignment.hides_names:
        return redirect(_page_of(assignment), 303)
    return render_template(
        "studio/release_names.html", assignment=assignment, project=assignment.project, answers=queries.count_people_who_answered(assignment)
    )


@bp.post("/classes/<slug>/assignments/<int:number>/names")
@requires(Permission.RELEASE_NAMES, on=queries.get_assignment)
def release_names(assignment: Assignment) -> Any:
    """Release them, for good."""
    with transaction():
        is_new = names.release_names(assignment)
    if is_new:
        flash(_("The names are shown now, of those who answered and of those who gave feedback."), "success")
    return redirect(_page_of(assignment), 303)


def _page_of(assignment: Assignment) -> str:
    return url_for("studio.edit_assignment", slug=assignment.project.slug, number=assignment.number)
