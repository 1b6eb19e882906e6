"""What opens when: which assignments have to be answered before a lesson or another assignment opens."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes import queries
from classprojects.classes.actions.prerequisites import require_answers
from classprojects.classes.models import ClassProject
from classprojects.classes.queries.prerequisites import find_prerequisites
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.policy import Permission
from classprojects.web.shared.guards import requires
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.outline import item_in


@bp.get("/classes/<slug>/openings")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def edit_openings(project: ClassProject) -> Any:
    """The whole outline, each with what it waits for."""
    return _page(project)


def _page(project: ClassProject, refused: str = "", words: str = "", wanted: list[str] | None = None) -> str:
    needs = find_prerequisites(project)
    rows = []
    for item in project.outline:
        key, needed = f"{item.kind}-{item.number}", needs.get((item.kind, item.id), [])
        numbers = [one.number for one in needed]
        chosen = wanted if key == refused and wanted is not None else [str(number) for number in numbers]
        others = [one for one in project.assignments if one is not item]
        # Those that come earlier can be waited for; a later one only stands here while it was asked for.
        offered = [one for one in others if one.position < item.position or str(one.number) in chosen]
        rows.append({"item": item, "key": key, "needed": needed, "offered": offered, "chosen": chosen, "error": words if key == refused else ""})
    return render_template("studio/edit_openings.html", project=project, rows=rows)


@bp.post("/classes/<slug>/openings")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def save_opening(project: ClassProject) -> Any:
    """Let one lesson or assignment (``item``) wait for these assignments (``requires``), or for none."""
    key, wanted = request.form.get("item", "")[:30], request.form.getlist("requires")[:50]
    item, numbers = None, [int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0 for text in wanted]
    try:
        with transaction():
            item = item_in(project)
            require_answers(project, item, numbers)
    except DomainError as error:
        if item is None:
            flash(error.message, "error")
        return _page(queries.get_class_by_id(project.id), key, error.message, wanted), 422
    flash(_("Saved."), "success")
    return redirect(url_for("studio.edit_openings", slug=project.slug, _anchor=key), 303)
