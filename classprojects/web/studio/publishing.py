"""Publishing: from draft to the catalogue and to the archive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect
from flask_babel import gettext as _
from markupsafe import Markup

from classprojects.classes import actions, queries
from classprojects.classes.actions import reviewing
from classprojects.classes.models import ClassProject
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.policy import Permission
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.outline import outline_page
from classprojects.web.studio.review_forms import MomentForm


@bp.post("/classes/<slug>/publication")
@requires(Permission.PUBLISH_CLASS, on=queries.get_class)
def publish_class(project: ClassProject) -> Any:
    """Show a class that staff approved to everybody: at once, or at a moment of one's choice."""
    form, moment = MomentForm(), None
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            moment = form.moment_for(signed_in_person())
            reviewing.release_class(project, moment)
    if form.errors:
        words = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return outline_page(queries.get_class_by_id(project.id), words, form), 422
    words = _("Published. It is in the catalogue now.")
    link = Markup('{} <a href="{}">{}</a>').format(words, project.url, _("See its page"))
    if moment is not None:
        link = Markup.escape(_("It is published by itself at the moment that you chose."))
    flash(link, "success")
    return redirect(project.studio_url, 303)


@bp.post("/classes/<slug>/schedule/delete")
@requires(Permission.PUBLISH_CLASS, on=queries.get_class)
def unschedule_class(project: ClassProject) -> Any:
    """Do not publish it by the clock after all."""
    return move(project, reviewing.unschedule_class, _("Not published by the clock any more. Publish it when you like."))


@bp.post("/classes/<slug>/publication/delete")
@requires(Permission.PUBLISH_CLASS, on=queries.get_class)
def unpublish_class(project: ClassProject) -> Any:
    """Take the class back to draft, while nobody is in it."""
    return move(project, actions.unpublish_class, _("Back to draft: only you and those who lead it with you see it."))


@bp.post("/classes/<slug>/archive")
@requires(Permission.PUBLISH_CLASS, on=queries.get_class)
def archive_class(project: ClassProject) -> Any:
    """Take the class out of the catalogue; those who joined keep it."""
    return move(project, actions.archive_class, _("Archived. Those who joined keep it; nobody new can join."))


def move(project: ClassProject, act: Callable[[ClassProject], None], words: str) -> Any:
    """Take the class to another state, or say on its outline why it cannot go there."""
    try:
        with transaction():
            act(project)
    except DomainError as error:
        return outline_page(queries.get_class_by_id(project.id), error.message), 422
    flash(words, "success")
    return redirect(project.studio_url, 303)
