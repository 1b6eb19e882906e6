"""Facts about a person and what is said about submissions: feedback, the talk about it, reports, saved replies."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from classprojects.accounts.models import Person
from classprojects.classes.models import Feedback, FeedbackReport, SavedReply
from classprojects.classes.queries import feedback as queries
from classprojects.core import memo
from classprojects.discussions.models import Comment
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.policy import facts
from classprojects.policy import facts_classes as classes
from classprojects.policy.decisions import ALLOWED, HIDDEN, SIGN_IN, Decision, forbidden


def can_see_feedback(person: Person | None, feedback: Feedback) -> Decision:
    """Sees the submission; what was hidden after a report, only who said it and who leads the class."""
    if person is None:
        return SIGN_IN
    submission = feedback.attempt.submission
    if feedback.hidden_at is not None and feedback.author_id != person.id and not classes.leads_class(person, submission):
        return HIDDEN
    return classes.can_see_submission(person, submission)


def talks_about_feedback(person: Person | None, feedback: Feedback) -> Decision:
    """Said it, was told it, or leads the class."""
    seen = can_see_feedback(person, feedback)
    if not seen or person is None:
        return seen
    submission = feedback.attempt.submission
    if person.id in {feedback.author_id, submission.person_id} or classes.leads_class(person, submission):
        return ALLOWED
    return forbidden(_l("This talk is between the two, and those who lead the class. You can say something of your own."))


def was_told_feedback(person: Person | None, feedback: Feedback) -> Decision:
    """It was said about an answer of theirs, whatever became of the membership (P2)."""
    seen = can_see_feedback(person, feedback)
    if not seen or person is None:
        return seen
    if feedback.attempt.submission.person_id == person.id:
        return ALLOWED
    return forbidden(_l("Only the person whom it was said to knows whether it helped."))


def can_report_feedback(person: Person | None, feedback: Feedback) -> Decision:
    """Sees it, and did not say it."""
    seen = can_see_feedback(person, feedback)
    if not seen or person is None:
        return seen
    if feedback.author_id == person.id:
        return forbidden(_l("This is your own. Write under it what you would say now."))
    return ALLOWED


def said_reply(person: Person | None, comment: Comment) -> Decision:
    """Said it. Who does not see the feedback is not told that there is a talk about it."""
    if person is None:
        return SIGN_IN
    feedback = queries.find_feedback_of_thread(comment.thread_id)
    if feedback is not None and comment.author_id == person.id:
        return ALLOWED
    if feedback is None or not can_see_feedback(person, feedback):
        return HIDDEN
    return forbidden(_l("Only the person who wrote a reply can take it back."))


def decides_report(person: Person | None, report: FeedbackReport) -> Decision:
    """Is of the staff, and neither said nor reported it (P17)."""
    staff = facts.is_staff(person, report)
    if not staff or person is None:
        return staff
    if person.id in {report.person_id, report.feedback.author_id}:
        return forbidden(_l("Somebody else decides about this: you wrote or reported it."))
    return ALLOWED


def keeps_reply(person: Person | None, reply: SavedReply) -> Decision:
    """It is their own; to others there is nothing to know about it."""
    if person is None:
        return SIGN_IN
    return ALLOWED if reply.person_id == person.id else HIDDEN


def can_see_feedback_file(person: Person | None, file: MediaFile) -> Decision:
    """A spoken or filmed answer, to whoever may see the feedback (P4)."""
    if file.purpose is not MediaPurpose.FEEDBACK:
        return HIDDEN
    for feedback in memo.remember(("feedback with file", file.id), lambda: queries.find_feedback_with_file(file.id)):
        if can_see_feedback(person, feedback):
            return ALLOWED
    return HIDDEN
