"""The staff's desk: what waits for somebody, and prompts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes.queries.feedback import count_open_reports
from classprojects.classes.queries.reviews import count_reviews_waiting
from classprojects.classes.queries.unanswered import count_unanswered
from classprojects.community import actions, queries
from classprojects.community.actions import PromptDraft
from classprojects.community.models import Prompt
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.policy import Permission
from classprojects.web.desk.forms import WritePromptForm
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.works.models import Medium

bp = Blueprint("desk", __name__)


@bp.get("/desk")
@requires(Permission.USE_DESK)
def show_desk() -> Any:
    """Prompts in every state, newest first."""
    page = queries.list_all_prompts(request.args.get("after"))
    return render_template("desk/show_desk.html", page=page, classes_waiting=count_reviews_waiting(), reports_waiting=count_open_reports(), unanswered=count_unanswered(clock.now()))


@bp.get("/desk/prompts/new")
@requires(Permission.USE_DESK)
def new_prompt() -> Any:
    """The form for a prompt."""
    return render_template("desk/write_prompt.html", form=WritePromptForm())


@bp.post("/desk/prompts/new")
@requires(Permission.USE_DESK)
def write_prompt() -> Any:
    """Publish a prompt in one's own name and role (P18)."""
    form = WritePromptForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            prompt = actions.write_prompt(signed_in_person(), _draft(form), role=form.role.data)
    if form.errors:
        return render_template("desk/write_prompt.html", form=form), 422
    flash(_("The prompt is there for everybody."), "success")
    return redirect(url_for("community.show_prompt", slug=prompt.slug), 303)


def _draft(form: WritePromptForm) -> PromptDraft:
    closes = form.closes.data
    return PromptDraft(
        medium=Medium(form.medium.data),
        title=form.title.data,
        takes=form.takes.data,
        body=form.body.data or "",
        difficulty=int(form.difficulty.data),
        language=form.language.data,
        closes_at=datetime.combine(closes, time(), UTC) + timedelta(days=1) if closes else None,
    )


@bp.post("/desk/prompts/<slug>/publication")
@requires(Permission.EDIT_PROMPT, on=queries.get_prompt)
def publish_prompt(prompt: Prompt) -> Any:
    """Show a suggested or retired prompt to everybody."""
    with transaction():
        actions.publish_prompt(prompt)
    flash(_("The prompt is there for everybody."), "success")
    return redirect(url_for("desk.show_desk"), 303)


@bp.post("/desk/prompts/<slug>/retirement")
@requires(Permission.EDIT_PROMPT, on=queries.get_prompt)
def retire_prompt(prompt: Prompt) -> Any:
    """Put a prompt away; its answers stay."""
    with transaction():
        actions.retire_prompt(prompt)
    flash(_("The prompt is put away. Its answers stay."), "success")
    return redirect(url_for("desk.show_desk"), 303)
