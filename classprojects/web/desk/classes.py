"""The desk: classes that wait to be looked at before their first learners come."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes import actions
from classprojects.classes.actions import reviewing
from classprojects.classes.models import ClassReview
from classprojects.classes.queries import reviews
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.policy import Permission, may
from classprojects.web.classes.shown import show_file
from classprojects.web.shared.class_cards import leaders_of, level_words
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.review_forms import DecideReviewForm, RemarkForm
from classprojects.web.studio.states import named_edits, shown_remarks

bp = Blueprint("class_reviews", __name__, url_prefix="/desk/classes")


@bp.get("")
@requires(Permission.USE_DESK)
def list_reviews() -> Any:
    """What waits, the longest first; or what was decided."""
    decided = request.args.get("show") == "decided"
    find = reviews.list_reviews_decided if decided else reviews.list_reviews_waiting
    page = find(request.args.get("after"))
    show = "decided" if decided else None
    return render_template(
        "desk/list_class_reviews.html",
        reviews=page.items,
        decided=decided,
        waiting=reviews.count_reviews_waiting(),
        next_url=url_for("class_reviews.list_reviews", show=show, after=page.next_cursor) if page.next_cursor else None,
    )


@bp.get("/<id:review_id>")
@requires(Permission.VIEW_REVIEW, on=reviews.get_review)
def show_review(review: ClassReview) -> Any:
    """One class: what it holds, what is missing, what changed since it was sent, and what was said."""
    return _page(review, DecideReviewForm(formdata=None), RemarkForm(formdata=None))


def _page(review: ClassReview, form: DecideReviewForm, remark_form: RemarkForm, refusal: str | None = None) -> str:
    project = review.project
    remarks, following = shown_remarks(review.thread_id, project, request.args.get("after"))
    return render_template(
        "desk/show_class_review.html",
        review=review,
        project=project,
        form=form,
        remark_form=remark_form,
        refusal=refusal,
        leaders=leaders_of(project),
        level=level_words(project.level),
        cover=show_file(project.cover, project.cover_alt).picture,
        checks=actions.checklist(project),
        edits=named_edits(project, reviews.list_edits_since(project, review.sent_at)),
        removed=reviews.list_removed_since(project, review.sent_at),
        remarks=remarks,
        next_url=url_for("class_reviews.show_review", review_id=review.id, after=following) if following else None,
        earlier=[one for one in reviews.list_reviews_of(project) if one.id < review.id],
        deciding=may(signed_in_person(), Permission.DECIDE_REVIEW, review),
    )


@bp.post("/<id:review_id>/approval")
@requires(Permission.DECIDE_REVIEW, on=reviews.get_review)
def approve_class(review: ClassReview) -> Any:
    """Say yes: it is published, at once or when its instructor wants it."""
    try:
        with transaction():
            reviewing.approve_class(review, signed_in_person())
    except DomainError as error:
        fresh = reviews.get_review(review.id)
        return _page(fresh, DecideReviewForm(formdata=None), RemarkForm(formdata=None), error.message), 422
    flash(_("Approved. Those who lead it hear of it."), "success")
    return redirect(url_for("class_reviews.list_reviews"), 303)


@bp.post("/<id:review_id>/changes")
@requires(Permission.DECIDE_REVIEW, on=reviews.get_review)
def ask_for_changes(review: ClassReview) -> Any:
    """Say what to change first."""
    form = DecideReviewForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            reviewing.ask_for_changes(review, signed_in_person(), form.reason.data or "")
    if form.errors:
        return _page(reviews.get_review(review.id), form, RemarkForm(formdata=None)), 422
    flash(_("Said. Those who lead it read it here and in their mail."), "success")
    return redirect(url_for("class_reviews.list_reviews"), 303)


@bp.post("/<id:review_id>/remarks")
@requires(Permission.VIEW_REVIEW, on=reviews.get_review)
@limiter.limit(POSTING, key_func=per_person)
def say_in_review(review: ClassReview) -> Any:
    """Ask or say something without deciding."""
    form = RemarkForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            reviewing.say_in_review(review, signed_in_person(), form.body.data or "", form.once.data or None)
    if form.errors:
        return _page(reviews.get_review(review.id), DecideReviewForm(formdata=None), form), 422
    return redirect(url_for("class_reviews.show_review", review_id=review.id, _anchor="remarks"), 303)
