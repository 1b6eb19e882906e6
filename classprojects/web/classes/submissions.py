"""Submissions: an answer with its attempts, and what was said about each."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from classprojects.classes import actions, queries
from classprojects.classes.models import Submission
from classprojects.classes.naming import submitter_of
from classprojects.classes.queries.feedback import list_saved_replies
from classprojects.core.database import transaction
from classprojects.policy import Permission, may
from classprojects.policy.facts_classes import leads_class
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.forms import FeedbackForm, ReplyForm
from classprojects.web.classes.pages import bp
from classprojects.web.classes.said import attempt_rows, may_talk, newest_colleague_word
from classprojects.web.classes.shown import submission_words
from classprojects.web.shared.class_cards import assignment_url
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.shared.security import allow_recording
from classprojects.web.studio.scope import is_in_queue, scope_around
from classprojects.works import actions as works_actions
from classprojects.works.models import Work


@bp.get("/submissions/<id:submission_id>")
@requires(Permission.VIEW_SUBMISSION, on=queries.get_submission)
def show_submission(submission: Submission) -> Any:
    """An answer with its attempts, and what was said about each."""
    return submission_page(submission)


def submission_page(
    submission: Submission, form: FeedbackForm | None = None, reply: tuple[int, ReplyForm] | None = None
) -> str:
    """The page of a submission: as it is, or with what somebody tried to say about it (``form``, or ``reply`` to one thing)."""
    project, person = submission.project, signed_in_person()
    leads = bool(leads_class(person, submission))
    is_own = submission.person_id == person.id
    is_inside = bool(may(person, Permission.VIEW_CLASSROOM, project))
    may_give = may_talk(person, submission)
    if may_give:
        allow_recording()
    earlier = None
    if is_own and submission.attempts and submission.attempts[-1].assignment_version < submission.assignment.version:
        earlier = queries.find_version(submission.assignment, submission.attempts[-1].assignment_version)
    if form is None:
        form = FeedbackForm(formdata=None)
        form.begin(submission.attempts_count, newest_colleague_word(submission, person), submission.assignment)
    scope = scope_around(submission, person) if leads else None
    return render_template(
        "classes/show_submission.html",
        project=project,
        assignment=submission.assignment,
        assignment_url=assignment_url(project, submission.assignment) if is_inside else None,
        submission=submission,
        maker=submitter_of(submission, viewer_for(person)),
        attempts=attempt_rows(submission, person, leads=leads, reply=reply),
        state=submission_words(submission.state),
        is_own=is_own,
        is_inside=is_inside,
        leads=leads,
        form=form,
        saved_replies=list_saved_replies(person) if leads and may_give else [],
        earlier=earlier,
        scope=scope,
        around=scope.around(submission) if scope is not None else None,
        is_in_queue=leads and is_in_queue(),
        may_give=may_give,
        may_submit=is_own and bool(may(person, Permission.SUBMIT_WORK, submission.assignment)),
        may_remix=not submission.work.is_erased and bool(may(person, Permission.REMIX_WORK, submission.work)),
        may_share=is_own and submission.is_handed_in and bool(may(person, Permission.SHARE_WORK, submission.work)),
    )


@bp.get("/submissions/<id:submission_id>/withdraw")
@requires(Permission.WITHDRAW_SUBMISSION, on=queries.get_submission)
def confirm_withdraw_submission(submission: Submission) -> Any:
    """Ask before taking an answer back."""
    return render_template("classes/withdraw_submission.html", submission=submission, project=submission.project)


@bp.post("/submissions/<id:submission_id>/withdraw")
@requires(Permission.WITHDRAW_SUBMISSION, on=queries.get_submission)
def withdraw_submission(submission: Submission) -> Any:
    """Take an answer back."""
    with transaction():
        actions.withdraw_submission(submission)
    flash(_("Taken back. You still have it, and may hand it in again."), "success")
    return redirect(url_for("classes.show_submission", submission_id=submission.id), 303)


def _get_work_of_submission(submission_id: int) -> Work:
    """The work that was handed in: sharing is a matter of the work."""
    return queries.get_submission(submission_id).work


@bp.get("/submissions/<id:submission_id>/share")
@requires(Permission.SHARE_WORK, on=_get_work_of_submission)
def confirm_share_submission(work: Work) -> Any:
    """Say what showing it to everyone means, before it is done."""
    submission = queries.find_submission_of_work(work.id)
    return render_template("classes/share_submission.html", submission=submission)


@bp.post("/submissions/<id:submission_id>/share")
@requires(Permission.SHARE_WORK, on=_get_work_of_submission)
def share_submission(work: Work) -> Any:
    """Show the work in the open area too (P8)."""
    with transaction():
        works_actions.share_work(work)
    flash(_("Everyone can see it now."), "success")
    return redirect(work.url, 303)
