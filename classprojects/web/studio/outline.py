"""The outline of a class: its order, what was taken out of it, and the way to everything else."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes import actions, queries
from classprojects.classes.actions import duplicating
from classprojects.classes.models import Assignment, ClassProject, Lesson
from classprojects.classes.queries.outline import list_deleted_items
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError, NotFound
from classprojects.policy import Permission, may
from classprojects.web.classes.shown import media_words, show_file
from classprojects.web.shared.class_cards import state_words
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.review_forms import MomentForm
from classprojects.web.studio.states import publishing_facts


@bp.get("/classes/<slug>")
@requires(Permission.TEND_CLASS, on=queries.get_class)
def edit_class(project: ClassProject) -> Any:
    """The outline, the checklist, and the way to everything else of a class. An assistant finds its learners."""
    if not may(signed_in_person(), Permission.EDIT_CLASS, project):
        return redirect(url_for("studio.show_roster", slug=project.slug))
    return outline_page(project)


def outline_page(project: ClassProject, refusal: str | None = None, moment_form: MomentForm | None = None) -> str:
    """The page of the outline, with why something was refused."""
    checks = actions.checklist(project)
    deleted = queries.find_deleted_item(project, *item_named(request.args.get("deleted", "")))
    return render_template(
        "studio/edit_class.html",
        project=project,
        deleted=deleted,
        taken_out=list_deleted_items(project),
        outline=project.outline,
        answers=queries.count_answers(project),
        checks=checks,
        is_ready=all(check.is_done for check in checks if check.is_required),
        state=state_words(project.state),
        has_learners=project.learners_count > 0,
        cover=show_file(project.cover, project.cover_alt).picture,
        media_words=media_words,
        refusal=refusal,
        **publishing_facts(project, signed_in_person(), moment_form),
    )


def delete_item(project: ClassProject, item: Lesson | Assignment) -> Any:
    """Take a lesson or assignment out, and answer with the way back; or say why it stays."""
    try:
        with transaction():
            if isinstance(item, Lesson):
                actions.delete_lesson(project, item)
            else:
                actions.delete_assignment(project, item)
    except DomainError as error:
        return outline_page(queries.get_class_by_id(project.id), error.message), 422
    flash(_("“%(title)s” is out of the outline.", title=item.title), "success")
    return redirect(f"{project.studio_url}?deleted={item.kind}-{item.number}", 303)


@bp.post("/classes/<slug>/copies")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def duplicate_item(project: ClassProject) -> Any:
    """A lesson or assignment once more, right after itself."""
    try:
        with transaction():
            copy = duplicating.duplicate_item(project, item_in(project), signed_in_person())
    except DomainError as error:
        return outline_page(queries.get_class_by_id(project.id), error.message), 422
    flash(_("“%(title)s” stands right below the first one. Change what is to be different.", title=copy.title), "success")
    return redirect(f"{project.studio_url}#{copy.kind}-{copy.number}", 303)


def item_in(project: ClassProject) -> Lesson | Assignment:
    """The lesson or assignment that ``item`` of the form names; raises DomainError when the outline has it no more."""
    named = item_named(request.form.get("item", ""))
    item = next((one for one in project.outline if (one.kind, one.number) == named), None)
    if item is None:
        raise DomainError(_("That lesson or assignment is not in the outline any more. Look at it once more."))
    return item


@bp.post("/classes/<slug>/restoration")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def restore_item(project: ClassProject) -> Any:
    """Bring a deleted lesson or assignment back, also long after, and after other edits."""
    item = queries.find_deleted_item(project, *item_named(request.form.get("item", "")))
    if item is None:
        raise NotFound
    try:
        with transaction():
            actions.restore_item(project, item)
    except DomainError as error:
        return outline_page(queries.get_class_by_id(project.id), error.message), 422
    flash(_("“%(title)s” is back.", title=item.title), "success")
    return redirect(f"{project.studio_url}#{item.kind}-{item.number}", 303)


def item_named(text: str) -> tuple[str, int]:
    """``lesson-3`` as kind and number; a number that nothing has for anything odd."""
    kind, _dash, number = text.partition("-")
    return kind, int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


@bp.post("/classes/<slug>/order")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def reorder_outline(project: ClassProject) -> Any:
    """Move one item up or down (``item``, ``direction``), or give the whole ``order``."""
    moved: Lesson | Assignment | None = None
    try:
        with transaction():
            if "order" in request.form:
                seen = [item_named(text) for text in request.form.getlist("seen")] if "seen" in request.form else None
                actions.reorder_outline(project, [item_named(text) for text in request.form.getlist("order")], seen)
                moved = item_in(project) if "item" in request.form else None
            else:
                moved = item_in(project)
                if request.form.get("direction") not in {"up", "down"}:
                    raise DomainError(_("Say whether it goes up or down."))
                actions.move_item(project, moved, request.form["direction"] == "up")
    except DomainError as error:
        return outline_page(queries.get_class_by_id(project.id), error.message), 422
    if moved is not None:
        outline = queries.get_class_by_id(project.id).outline
        place = next(at for at, one in enumerate(outline, 1) if one.kind == moved.kind and one.id == moved.id)
        flash(_("“%(title)s” is now at place %(place)s of %(total)s.", title=moved.title, place=place, total=len(outline)), "success")
    return redirect(f"{project.studio_url}#{f'{moved.kind}-{moved.number}' if moved is not None else 'outline'}", 303)
