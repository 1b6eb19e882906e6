"""The talk about feedback: replies, thanks, and reports of what breaks the rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.actions.building import _as_it_stands
from classprojects.classes.models import Feedback, FeedbackReport, SavedReply
from classprojects.classes.naming import actor_id_of
from classprojects.classes.queries import feedback as queries
from classprojects.core import clock
from classprojects.core.database import db, hold
from classprojects.core.errors import DomainError, Refused
from classprojects.discussions import actions as discussions
from classprojects.discussions.models import Comment
from classprojects.media import actions as media
from classprojects.notifications.actions import notify, queue_mail
from classprojects.notifications.models import NotificationKind

#: characters of a report's reason, and of the staff's answer
LONGEST_REASON = 1000


def reply_to_feedback(
    feedback: Feedback, author: Person, body: str, *, as_instructor: bool, once: str | None = None
) -> Comment:
    """Say something about a piece of feedback (loaded with its submission and the work). The first reply begins the talk.

    Its author, the maker of the answer, and everybody who took part before are told.
    """
    if feedback.hidden_at is not None:
        raise DomainError(_("This feedback is not shown any more, so that the talk about it has ended."))
    discussions.check_comment(body)
    # Two first replies at once begin one talk.
    hold(db.session, "feedback talk", feedback.id)
    _as_it_stands(feedback)
    if feedback.thread_id is None:
        feedback.thread_id = discussions.open_thread().id
    earlier = queries.list_talkers(feedback.thread_id)
    comment = discussions.add_comment(feedback.thread_id, author, body, once)
    _count_replies(feedback)
    submission = feedback.attempt.submission
    # Where the name is hidden there is no actor, so that who speaks is left out here.
    for person_id in sorted({feedback.author_id, submission.person_id, *earlier} - {author.id}):
        notify(
            person_id,
            NotificationKind.FEEDBACK_REPLIED,
            f"feedback-reply:{comment.id}:{person_id}",
            actor_id=actor_id_of(author, submission, by_instructor=as_instructor),
            work_id=submission.work_id,
            path=f"{submission.url}#feedback-{feedback.id}",
        )
    return comment


def erase_reply(comment: Comment) -> None:
    """Take a reply back; its place in the talk stays."""
    if discussions.erase_comment(comment):
        feedback = queries.find_feedback_of_thread(comment.thread_id)
        if feedback is not None:
            hold(db.session, "feedback talk", feedback.id)
            _count_replies(feedback)


def _count_replies(feedback: Feedback) -> None:
    feedback.replies_count = (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Comment)
            .where(Comment.thread_id == feedback.thread_id, Comment.erased_at.is_(None))
        )
        or 0
    )
    db.session.flush()


def thank_for_feedback(feedback: Feedback, person: Person) -> None:
    """Say that it helped: only whoever it was said to. Twice is once."""
    if feedback.attempt.submission.person_id != person.id:
        raise Refused(_("Only the person whom it was said to knows whether it helped."))
    if feedback.hidden_at is not None:
        raise DomainError(_("This feedback is not shown any more."))
    if feedback.thanked_at is not None:
        return
    feedback.thanked_at = clock.now()
    db.session.flush()
    submission = feedback.attempt.submission
    notify(
        feedback.author_id,
        NotificationKind.FEEDBACK_THANKED,
        f"feedback-thanks:{feedback.id}",
        actor_id=actor_id_of(person, submission),
        work_id=submission.work_id,
        path=f"{submission.url}#feedback-{feedback.id}",
    )


def take_thanks_back(feedback: Feedback, person: Person) -> None:
    """Undo :func:`thank_for_feedback`."""
    if feedback.attempt.submission.person_id != person.id:
        raise Refused(_("Only the person whom it was said to knows whether it helped."))
    feedback.thanked_at = None
    db.session.flush()


def report_feedback(feedback: Feedback, person: Person, reason: str) -> FeedbackReport:
    """Say that it breaks the rules, and why. Once a person: a second report is the first one."""
    if feedback.author_id == person.id:
        raise Refused(_("This is your own. Write under it what you would say now."))
    if not reason.strip():
        raise DomainError(_("Say what is wrong with it, so that somebody can decide."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError(_("At most %(most)s characters.", most=LONGEST_REASON), field="reason")
    hold(db.session, "feedback report", feedback.id)
    known = queries.find_report(feedback.id, person.id)
    if known is not None:
        return known
    report = FeedbackReport(feedback_id=feedback.id, person_id=person.id, reason=reason.strip(), created_at=clock.now())
    db.session.add(report)
    db.session.flush()
    return report


def decide_report(report: FeedbackReport, decider: Person, *, is_upheld: bool, answer: str) -> None:
    """Hide what was reported, or leave it; with words to those who reported it and, where it is hidden, to whoever said it (P17).

    Nobody decides about what they said or reported themselves. Upholding one report
    answers the others about the same feedback too. Raises DomainError once it is decided.
    """
    feedback = report.feedback
    if decider.id in {report.person_id, feedback.author_id}:
        raise Refused(_("Somebody else decides about this: you wrote or reported it."))
    if not answer.strip():
        raise DomainError(_("Say why. Whoever is told reads it."), field="answer")
    if len(answer) > LONGEST_REASON:
        raise DomainError(_("At most %(most)s characters.", most=LONGEST_REASON), field="answer")
    hold(db.session, "feedback report", feedback.id)
    _as_it_stands(report)
    _as_it_stands(feedback)
    if report.decided_at is not None:
        raise DomainError(_("Somebody else has decided this meanwhile."))
    now = clock.now()
    decided = queries.list_open_reports_of(feedback.id) if is_upheld else [report]
    for one in decided:
        if one.person_id == decider.id:
            continue
        one.decided_by_id, one.decided_at, one.is_upheld, one.answer = decider.id, now, is_upheld, answer.strip()
    if is_upheld and feedback.hidden_at is None:
        _show(feedback, hidden_at=now)
    db.session.flush()
    _tell_about(report, decided)


def _show(feedback: Feedback, *, hidden_at: datetime | None) -> None:
    """Hide a piece of feedback, or show it again, and count it so: what is hidden answers nobody."""
    submission = feedback.attempt.submission
    hold(db.session, "feedback", submission.id)
    _as_it_stands(submission)
    feedback.hidden_at = hidden_at
    submission.feedback_count += 1 if hidden_at is None else -1
    db.session.flush()
    submission.first_feedback_at = queries.find_first_said_at(submission)


def _tell_about(report: FeedbackReport, decided: list[FeedbackReport]) -> None:
    """Words by mail to whoever said it, where it is hidden, and to all who reported it."""
    feedback, submission = report.feedback, report.feedback.attempt.submission
    told: dict[str, Any] = {"title": submission.assignment.title, "answer": report.answer, "path": submission.url}
    if report.is_upheld:
        queue_mail(feedback.author, "classes/feedback_hidden", f"feedback-hidden:{report.id}", works_well=feedback.works_well[:300], **told)
    for one in decided:
        if one.decided_at is not None:
            queue_mail(one.person, "classes/feedback_report_decided", f"feedback-report:{one.id}", is_upheld=bool(report.is_upheld), **told)


def show_again(report: FeedbackReport, decider: Person, answer: str) -> None:
    """Show feedback again that was hidden after this report: what was taken away can be brought back (P17).

    Whoever said it is told, and all whose reports it was hidden after.
    """
    feedback = report.feedback
    if decider.id in {report.person_id, feedback.author_id}:
        raise Refused(_("Somebody else decides about this: you wrote or reported it."))
    if not answer.strip():
        raise DomainError(_("Say why. Whoever is told reads it."), field="answer")
    hold(db.session, "feedback report", feedback.id)
    _as_it_stands(feedback)
    if feedback.hidden_at is None:
        raise DomainError(_("This feedback is shown already. Nobody was told anything."))
    now, reports = clock.now(), queries.list_upheld_reports_of(feedback.id)
    upheld = sa.update(FeedbackReport).where(FeedbackReport.feedback_id == feedback.id, FeedbackReport.is_upheld.is_(True))
    values = {"is_upheld": False, "decided_by_id": decider.id, "decided_at": now, "answer": answer.strip()[:LONGEST_REASON]}
    db.session.execute(upheld.values(**values).execution_options(synchronize_session="fetch"))
    _show(feedback, hidden_at=None)
    db.session.flush()
    submission = feedback.attempt.submission
    told: dict[str, Any] = {"title": submission.assignment.title, "answer": answer.strip()[:LONGEST_REASON], "path": submission.url}
    queue_mail(feedback.author, "classes/feedback_shown_again", f"feedback-shown:{report.id}:{now.isoformat()}", **told)
    for one in reports:
        queue_mail(one.person, "classes/reported_shown_again", f"feedback-shown:{one.id}:{now.isoformat()}:reported", **told)


def forget_talk(person: Person) -> None:
    """Whoever leaves takes along what they keep, their voice and face, what they reported, and their own words where
    others quote them (P20). What they said in writing stays with those it was said to, without their name.
    """
    db.session.execute(sa.delete(SavedReply).where(SavedReply.person_id == person.id))
    theirs = FeedbackReport.person_id == person.id
    db.session.execute(sa.delete(FeedbackReport).where(theirs, FeedbackReport.decided_at.is_(None)))
    db.session.execute(sa.update(FeedbackReport).where(theirs).values(reason="").execution_options(synchronize_session=False))
    for feedback in queries.list_feedback_files_by(person):
        file, feedback.file_id = feedback.file, None
        db.session.flush()
        if file is not None:
            media.delete_file(file)
    for feedback in queries.list_feedback_for(person):
        if any(remark["anchor"]["kind"] == "passage" for remark in feedback.remarks or []):
            feedback.remarks = [_without_quote(remark) for remark in feedback.remarks]
    db.session.flush()


def _without_quote(remark: dict[str, Any]) -> dict[str, Any]:
    anchor = remark["anchor"]
    return {**remark, "anchor": {**anchor, "quote": ""}} if anchor["kind"] == "passage" else remark
