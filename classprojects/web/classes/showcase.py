"""The showcase of a class: for everybody, for makers who are asked, and for those who choose."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length

from classprojects.classes import queries
from classprojects.classes.actions import showcase as actions
from classprojects.classes.models import ClassProject, ShowcaseEntry
from classprojects.classes.queries import showcase
from classprojects.core.database import MAX_ID, transaction
from classprojects.core.errors import DomainError, NotFound
from classprojects.policy import Permission, may
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.pages import class_work_card
from classprojects.web.shared.forms import Form, one_line
from classprojects.web.shared.guards import current_person, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.works.queries import VISITOR

bp = Blueprint("showcase", __name__)


class LineForm(Form):
    """Why a work was chosen."""

    line = StringField(
        _l("Why you chose it"),
        [Length(max=300, message=_l("Use at most 300 characters."))],
        filters=[one_line],
        description=_l("One line, for whoever looks at the showcase."),
    )


# For everybody


@bp.get("/classes/<slug>/showcase")
@requires(Permission.VIEW_SHOWCASE, on=queries.get_class)
def show_showcase(project: ClassProject) -> Any:
    """The works that instructors chose and whose makers agreed: the same for whoever looks."""
    entries = showcase.list_shown(project)
    return render_template(
        "classes/show_showcase.html",
        project=project,
        entries=[(entry, class_work_card(entry.work, VISITOR)) for entry in entries],
        edits=bool(may(current_person(), Permission.EDIT_SHOWCASE, project)),
    )


# For the maker of a chosen work


@bp.get("/classes/<slug>/showcase/<id:entry_id>")
@requires(Permission.ANSWER_SHOWCASE, on=showcase.get_entry)
def ask_showcase(entry: ShowcaseEntry) -> Any:
    """Whether one's work may stand in the showcase: what that means, and both answers."""
    return _question(entry)


def _question(entry: ShowcaseEntry, refusal: str | None = None) -> str:
    return render_template(
        "classes/answer_showcase.html",
        entry=entry,
        project=entry.project,
        card=class_work_card(entry.work, viewer_for(signed_in_person())),
        is_open=entry.work.is_open,
        refusal=refusal,
    )


@bp.post("/classes/<slug>/showcase/<id:entry_id>")
@requires(Permission.ANSWER_SHOWCASE, on=showcase.get_entry)
def answer_showcase(entry: ShowcaseEntry) -> Any:
    """Agree (and show the work to everybody), or say no; either can be changed at any time."""
    person, answer = signed_in_person(), request.form.get("answer", "")
    if answer not in {"agree", "agree_and_share", "decline"}:
        return _question(entry, _("Choose one of the answers.")), 422
    slug, entry_id = entry.project.slug, entry.id
    try:
        with transaction():
            if answer == "decline":
                actions.decline_showcase(entry, person)
            else:
                actions.agree_to_showcase(entry, person, share=answer == "agree_and_share")
    except DomainError as error:
        return _question(showcase.get_entry(slug, entry_id), error.message), 422
    words = _("Your work is not shown in the showcase.") if answer == "decline" else _("You agreed. You can take it back here at any time.")
    flash(words, "success")
    return redirect(url_for("showcase.ask_showcase", slug=slug, entry_id=entry_id), 303)


# For those who lead the class


@bp.get("/studio/classes/<slug>/showcase")
@requires(Permission.EDIT_SHOWCASE, on=queries.get_class)
def edit_showcase(project: ClassProject) -> Any:
    """What is chosen, what its makers said, and what else could be."""
    return _studio_page(project)


def _studio_page(project: ClassProject, refusal: str | None = None, typed: tuple[str, str] = ("", "")) -> str:
    """``typed``: the line that was refused, after the field that it was typed into."""
    viewer = viewer_for(signed_in_person())
    entries = showcase.list_entries(project)
    page = showcase.list_choosable(project, request.args.get("after"))
    more = url_for("showcase.edit_showcase", slug=project.slug, after=page.next_cursor, _anchor="more") if page.next_cursor else None
    return render_template(
        "studio/edit_showcase.html",
        project=project,
        entries=[(entry, class_work_card(entry.work, viewer), answer_words(entry)) for entry in entries],
        choosable=[(one, class_work_card(one.work, viewer)) for one in page.items],
        next_url=more,
        shown=sum(showcase.is_shown(entry) for entry in entries),
        after=request.args.get("after"),
        refusal=refusal,
        typed=dict([typed]),
    )


def answer_words(entry: ShowcaseEntry) -> tuple[str, str]:
    """How an entry stands, for those who chose it: the kind of pill, and words."""
    work = entry.work
    if work.is_erased or not work.is_published:
        return "warning", _("taken back by its maker")
    if work.veiled_at is not None:
        return "warning", _("anonymous at the moment")
    if entry.declined_at is not None:
        return "plain", _("its maker said no")
    if entry.agreed_at is None:
        return "plain", _("its maker is asked")
    return ("free", _("shown")) if work.is_open else ("warning", _("agreed, but not shown to everyone yet"))


@bp.post("/studio/classes/<slug>/showcase")
@requires(Permission.EDIT_SHOWCASE, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def choose_work(project: ClassProject) -> Any:
    """Choose a work and ask its maker."""
    form, work_id = LineForm(), request.form.get("work", "")
    if not (work_id.isascii() and work_id.isdigit() and len(work_id) < 20 and 0 < int(work_id) <= MAX_ID):
        raise NotFound
    typed = f"choose-{int(work_id)}", form.line.data or ""
    if not form.validate_on_submit():
        return _studio_page(project, " ".join(form.line.errors), typed), 422
    return _act(project, lambda: actions.choose_work(project, int(work_id), signed_in_person(), form.line.data or ""), typed)


def _act(project: ClassProject, act: Any, typed: tuple[str, str] = ("", "")) -> Any:
    """Do something with the showcase, or say on its page why not, with what was typed."""
    try:
        with transaction():
            act()
    except DomainError as error:
        return _studio_page(queries.get_class_by_id(project.id), error.message, typed), 422
    return redirect(url_for("showcase.edit_showcase", slug=project.slug), 303)


@bp.post("/studio/classes/<slug>/showcase/<id:entry_id>/line")
@requires(Permission.EDIT_SHOWCASE, on=queries.get_class)
def write_line(project: ClassProject, entry_id: int) -> Any:
    """Say why it was chosen."""
    entry, form = showcase.get_entry(project.slug, entry_id), LineForm()
    typed = f"line-{entry.id}", form.line.data or ""
    if not form.validate_on_submit():
        return _studio_page(project, " ".join(form.line.errors), typed), 422
    return _act(project, lambda: actions.write_line(entry, form.line.data or ""), typed)


@bp.post("/studio/classes/<slug>/showcase/<id:entry_id>/place")
@requires(Permission.EDIT_SHOWCASE, on=queries.get_class)
def move_entry(project: ClassProject, entry_id: int) -> Any:
    """One place up or down (``direction``)."""
    entry, direction = showcase.get_entry(project.slug, entry_id), request.form.get("direction", "")
    if direction not in {"up", "down"}:
        raise NotFound
    return _act(project, lambda: actions.move_entry(project, entry, direction == "up"))


@bp.post("/studio/classes/<slug>/showcase/<id:entry_id>/delete")
@requires(Permission.EDIT_SHOWCASE, on=queries.get_class)
def remove_entry(project: ClassProject, entry_id: int) -> Any:
    """Take it out."""
    entry = showcase.get_entry(project.slug, entry_id)
    return _act(project, lambda: actions.remove_entry(entry))


@bp.post("/studio/classes/<slug>/showcase/publication")
@requires(Permission.EDIT_SHOWCASE, on=queries.get_class)
def publish_showcase(project: ClassProject) -> Any:
    """Show it to everybody."""
    return _act(project, lambda: actions.publish_showcase(project))


@bp.post("/studio/classes/<slug>/showcase/publication/delete")
@requires(Permission.EDIT_SHOWCASE, on=queries.get_class)
def unpublish_showcase(project: ClassProject) -> Any:
    """Show it to nobody else."""
    return _act(project, lambda: actions.unpublish_showcase(project))
