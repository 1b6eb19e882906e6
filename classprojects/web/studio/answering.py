"""What waits for an instructor's answer, and the words that they keep for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from classprojects.classes import queries
from classprojects.classes.actions import saved_replies
from classprojects.classes.actions.saved_replies import ReplyDraft
from classprojects.classes.models import SavedReply, Submission
from classprojects.classes.naming import submitter_of
from classprojects.classes.queries import feedback as kept
from classprojects.classes.queries.waiting import list_queue_classes
from classprojects.core.database import transaction
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.pages import class_work_card
from classprojects.web.shared.cards import Card
from classprojects.web.shared.filters import waited
from classprojects.web.shared.forms import Form, one_line
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.scope import scope_named
from classprojects.works.bylines import Byline
from classprojects.works.queries import Viewer

#: answers on a page of the queue
QUEUE_SIZE = 20


@dataclass(frozen=True)
class WaitingRow:
    """One who waits."""

    submission: Submission
    card: Card
    person: Byline
    url: str
    waiting: str


@bp.get("/feedback")
@requires(Permission.USE_STUDIO)
def list_waiting() -> Any:
    """What waits for an answer in all classes that one leads: who has waited longest comes first."""
    person = signed_in_person()
    led = list_queue_classes(person)
    wanted = request.args.get("class", "")[:80] + "." + request.args.get("assignment", "")[:6]
    leads = list(queries.find_places(person).leads)
    scope = scope_named(wanted, led, leads)
    page = queries.list_waiting(scope.class_ids, request.args.get("after"), QUEUE_SIZE, scope.assignment_id)
    viewer = viewer_for(person)
    rows = [_row(one, scope.address_of(one.id), viewer) for one in page.items]
    return render_template(
        "studio/list_waiting.html",
        rows=rows,
        scope=scope,
        led=led,
        next_url=_next_url(scope.url, page.next_cursor),
    )


def _next_url(url: str, cursor: str | None) -> str | None:
    return None if cursor is None else f"{url}{'&' if '?' in url else '?'}after={cursor}"


def _row(one: Submission, url: str, viewer: Viewer) -> WaitingRow:
    return WaitingRow(one, class_work_card(one.work, viewer), submitter_of(one, viewer), url, _("waiting for %(time)s", time=waited(one.waiting_since)))


# Saved replies


class SavedReplyForm(Form):
    """Words that one often needs."""

    title = StringField(
        _l("Name"),
        [Length(max=saved_replies.LONGEST_TITLE, message=_l("At most %(max)d characters."))],
        filters=[one_line],
        description=_l("Only you see it: you choose the reply by it."),
    )
    works_well = TextAreaField(_l("What works"), [Length(max=4000, message=_l("At most %(max)d characters."))])
    try_next = TextAreaField(_l("What to try next"), [Length(max=4000, message=_l("At most %(max)d characters."))])

    def draft(self) -> ReplyDraft:
        """What was typed."""
        return ReplyDraft(self.title.data or "", self.works_well.data or "", self.try_next.data or "")


@bp.get("/replies")
@requires(Permission.USE_STUDIO)
def list_saved_replies() -> Any:
    """The replies that one keeps."""
    return render_template("studio/list_saved_replies.html", replies=kept.list_saved_replies(signed_in_person()))


@bp.get("/replies/new")
@requires(Permission.USE_STUDIO)
def new_saved_reply() -> Any:
    """Begin a reply to keep."""
    return render_template("studio/edit_saved_reply.html", form=SavedReplyForm(), reply=None)


@bp.post("/replies/new")
@requires(Permission.USE_STUDIO)
@limiter.limit(POSTING, key_func=per_person)
def save_reply() -> Any:
    """Keep a reply."""
    form = SavedReplyForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            saved_replies.save_reply(signed_in_person(), form.draft())
    if form.errors:
        return render_template("studio/edit_saved_reply.html", form=form, reply=None), 422
    flash(_("Kept. You find it under every answer that you write."), "success")
    return redirect(url_for("studio.list_saved_replies"), 303)


@bp.get("/replies/<id:reply_id>")
@requires(Permission.EDIT_SAVED_REPLY, on=kept.get_saved_reply)
def show_saved_reply(reply: SavedReply) -> Any:
    """Change a reply."""
    return render_template("studio/edit_saved_reply.html", form=SavedReplyForm(obj=reply), reply=reply)


@bp.post("/replies/<id:reply_id>")
@requires(Permission.EDIT_SAVED_REPLY, on=kept.get_saved_reply)
def edit_saved_reply(reply: SavedReply) -> Any:
    """Save a changed reply."""
    form, reply_id = SavedReplyForm(), reply.id
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            saved_replies.edit_reply(reply, form.draft())
    if form.errors:
        return render_template("studio/edit_saved_reply.html", form=form, reply=kept.get_saved_reply(reply_id)), 422
    flash(_("Saved."), "success")
    return redirect(url_for("studio.list_saved_replies"), 303)


@bp.post("/replies/<id:reply_id>/delete")
@requires(Permission.EDIT_SAVED_REPLY, on=kept.get_saved_reply)
def delete_saved_reply(reply: SavedReply) -> Any:
    """Throw a reply away."""
    title = reply.title
    with transaction():
        saved_replies.delete_reply(reply)
    flash(_("“%(title)s” is thrown away. What you sent with it stays.", title=title), "success")
    return redirect(url_for("studio.list_saved_replies"), 303)
