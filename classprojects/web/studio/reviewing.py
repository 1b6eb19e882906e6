"""Sending a class to staff, and the talk with them about it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes import actions, queries
from classprojects.classes.actions import reviewing
from classprojects.classes.models import ClassProject, ClassReview
from classprojects.classes.queries import reviews
from classprojects.core.database import transaction
from classprojects.core.errors import NotFound
from classprojects.policy import Permission, may
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.publishing import move
from classprojects.web.studio.review_forms import RemarkForm, SendToReviewForm
from classprojects.web.studio.states import publishing_facts, shown_remarks


@bp.get("/classes/<slug>/review")
@requires(Permission.TEND_CLASS, on=queries.get_class)
def show_review(project: ClassProject) -> Any:
    """Where the class stands on its way: what staff said, and what to answer."""
    return _review_page(project, SendToReviewForm(formdata=None), RemarkForm(formdata=None))


def _review_page(project: ClassProject, form: SendToReviewForm, remark_form: RemarkForm, refusal: str | None = None) -> str:
    person, history = signed_in_person(), reviews.list_reviews_of(project)
    last = history[0] if history else None
    remarks, following = shown_remarks(last.thread_id, project, request.args.get("after")) if last else ([], None)
    checks = actions.checklist(project)
    return render_template(
        "studio/show_review.html",
        **publishing_facts(project, person),
        project=project,
        form=form,
        remark_form=remark_form,
        refusal=refusal,
        last=last,
        earlier=history[1:],
        remarks=remarks,
        next_url=url_for("studio.show_review", slug=project.slug, after=following) if following else None,
        missing=[check for check in checks if check.is_required and not check.is_done],
        edits=bool(may(person, Permission.EDIT_CLASS, project)),
    )


@bp.post("/classes/<slug>/review")
@requires(Permission.PUBLISH_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def send_to_review(project: ClassProject) -> Any:
    """Ask staff to look at the class before its first learners do."""
    person, form = signed_in_person(), SendToReviewForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            reviewing.send_to_review(project, person, form.message.data or "", form.moment_for(person))
    if form.errors:
        return _review_page(queries.get_class_by_id(project.id), form, RemarkForm(formdata=None)), 422
    flash(_("Sent. Somebody of the staff looks at it, and you hear from them here and by mail."), "success")
    return redirect(url_for("studio.show_review", slug=project.slug), 303)


def _get_open_review(slug: str) -> ClassReview:
    """The newest review of a class; raises NotFound where it was never sent."""
    last = reviews.find_last_review(queries.get_class(slug))
    if last is None:
        raise NotFound
    return reviews.get_review(last.id)


@bp.post("/classes/<slug>/review/delete")
@requires(Permission.PUBLISH_CLASS, on=_get_open_review)
def take_back_review(review: ClassReview) -> Any:
    """Go on writing first."""
    person, project = signed_in_person(), review.project
    return move(
        project,
        lambda _project: reviewing.take_back_review(review, person),
        _("Taken back. Send it again when you like."),
    )


@bp.post("/classes/<slug>/review/remarks")
@requires(Permission.PUBLISH_CLASS, on=_get_open_review)
@limiter.limit(POSTING, key_func=per_person)
def say_in_review(review: ClassReview) -> Any:
    """Answer staff."""
    person, form, project = signed_in_person(), RemarkForm(), review.project
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            reviewing.say_in_review(review, person, form.body.data or "", form.once.data or None)
    if form.errors:
        return _review_page(project, SendToReviewForm(formdata=None), form), 422
    return redirect(url_for("studio.show_review", slug=project.slug, _anchor="remarks"), 303)
