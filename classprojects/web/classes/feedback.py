"""Saying something about an answer, the talk about what was said, thanks, and reports."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import actions
from classprojects.classes.actions import talk
from classprojects.classes.actions.feedback import SPOKEN, is_said
from classprojects.classes.models import Feedback, Submission
from classprojects.classes.naming import submitter_of
from classprojects.classes.queries import feedback as queries
from classprojects.classes.queries import get_submission
from classprojects.core.database import transaction
from classprojects.discussions.models import Comment
from classprojects.discussions.queries import get_comment
from classprojects.media.models import MediaPurpose
from classprojects.policy import Permission
from classprojects.policy.facts_classes import leads_class
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.closed import closing_classes
from classprojects.web.classes.forms import FeedbackForm, ReplyForm, ReportForm
from classprojects.web.classes.submissions import submission_page
from classprojects.web.shared.guards import accepts_upload, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.scope import after_answering

bp = Blueprint("feedback", __name__)


closing_classes(bp)


@bp.post("/submissions/<id:submission_id>/feedback")
@accepts_upload
@requires(Permission.GIVE_FEEDBACK, on=get_submission)
@limiter.limit(POSTING, key_func=per_person)
def give_feedback(submission: Submission) -> Any:
    """Say what works and what to try next; buttons that only change the form bring it back as it was typed."""
    person, form = signed_in_person(), FeedbackForm()
    leads = bool(leads_class(person, submission))
    if is_said(person, form.once.data):
        return redirect(after_answering(submission, person, leads=leads), 303)  # the same form, sent twice
    if form.is_step:
        form.take_in(person, MediaPurpose.FEEDBACK, SPOKEN)
        form.take_step(queries.list_saved_replies(person) if leads else [])
        return submission_page(submission, form)
    form.validate_on_submit()
    form.take_in(person, MediaPurpose.FEEDBACK, SPOKEN)
    draft = form.draft(submission.assignment, is_done=request.form.get("verdict") == "reviewed")
    name = submitter_of(submission, viewer_for(person)).name
    if draft is not None:
        with form.showing_refusals(), transaction():
            actions.give_feedback(submission, person, draft, as_instructor=leads)
    if form.errors:
        # What was refused took back everything that was read: once more from the beginning.
        return submission_page(get_submission(submission.id), form), 422
    flash(_("Said. %(name)s reads it under the attempt.", name=name), "success")
    return redirect(after_answering(submission, person, leads=leads), 303)


def _beside_feedback(feedback: Feedback) -> str:
    return url_for("classes.show_submission", submission_id=feedback.attempt.submission_id, _anchor=f"feedback-{feedback.id}")


@bp.post("/feedback/<id:feedback_id>/replies")
@requires(Permission.REPLY_TO_FEEDBACK, on=queries.get_feedback)
@limiter.limit(POSTING, key_func=per_person)
def reply_to_feedback(feedback: Feedback) -> Any:
    """Say something about what was said."""
    person, form = signed_in_person(), ReplyForm()
    address, submission_id = _beside_feedback(feedback), feedback.attempt.submission_id
    leads = bool(leads_class(person, feedback.attempt.submission))
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            talk.reply_to_feedback(feedback, person, form.body.data or "", as_instructor=leads, once=form.once.data or None)
    if form.errors:
        return submission_page(get_submission(submission_id), reply=(feedback.id, form)), 422
    return redirect(address, 303)


@bp.get("/feedback/replies/<id:comment_id>/delete")
@requires(Permission.TAKE_BACK_REPLY, on=get_comment)
def confirm_erase_reply(comment: Comment) -> Any:
    """Ask before a reply is taken back."""
    return render_template("classes/erase_reply.html", comment=comment, back=_beside_reply(comment, signed_in_person()))


def _beside_reply(comment: Comment, person: Person) -> str:
    feedback = queries.find_feedback_of_thread(comment.thread_id)
    return _beside_feedback(feedback) if feedback is not None else url_for("community.show_person", handle=person.handle)


@bp.post("/feedback/replies/<id:comment_id>/delete")
@requires(Permission.TAKE_BACK_REPLY, on=get_comment)
def erase_reply(comment: Comment) -> Any:
    """Take a reply back; its place in the talk stays."""
    back = _beside_reply(comment, signed_in_person())
    with transaction():
        talk.erase_reply(comment)
    flash(_("Taken back."), "success")
    return redirect(back, 303)


@bp.post("/feedback/<id:feedback_id>/thanks")
@requires(Permission.THANK_FOR_FEEDBACK, on=queries.get_feedback)
@limiter.limit(POSTING, key_func=per_person)
def thank_for_feedback(feedback: Feedback) -> Any:
    """Say that it helped (``thanks`` = 1), or take that back (``thanks`` = 0)."""
    address = _beside_feedback(feedback)
    with transaction():
        if request.form.get("thanks") == "0":
            talk.take_thanks_back(feedback, signed_in_person())
        else:
            talk.thank_for_feedback(feedback, signed_in_person())
    return redirect(address, 303)


@bp.get("/feedback/<id:feedback_id>/report")
@requires(Permission.REPORT_FEEDBACK, on=queries.get_feedback)
def show_report(feedback: Feedback) -> Any:
    """The form for a report; once it is sent, what became of it."""
    return _report_page(feedback, ReportForm())


def _report_page(feedback: Feedback, form: ReportForm) -> str:
    report = queries.find_report(feedback.id, signed_in_person().id)
    return render_template(
        "classes/report_feedback.html", feedback=feedback, form=form, report=report, back=_beside_feedback(feedback)
    )


@bp.post("/feedback/<id:feedback_id>/report")
@requires(Permission.REPORT_FEEDBACK, on=queries.get_feedback)
@limiter.limit(POSTING, key_func=per_person)
def report_feedback(feedback: Feedback) -> Any:
    """Say that something that was said breaks the rules, and why."""
    form, feedback_id, address = ReportForm(), feedback.id, _beside_feedback(feedback)
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            talk.report_feedback(feedback, signed_in_person(), form.reason.data or "")
    if form.errors:
        return _report_page(queries.get_feedback(feedback_id), form), 422
    flash(_("Thank you. Somebody of our staff reads it and writes to you."), "success")
    return redirect(address, 303)
