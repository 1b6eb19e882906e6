"""Saying what works and what to try next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions.building import _as_it_stands
from classprojects.classes.models import (
    Feedback,
    Submission,
    SubmissionState,
)
from classprojects.core import clock
from classprojects.core.database import db, hold
from classprojects.core.errors import DomainError, Refused
from classprojects.core.ids import once_key
from classprojects.notifications.actions import notify
from classprojects.notifications.models import NotificationKind


@dataclass(frozen=True)
class FeedbackDraft:
    """What works, what to try next; ``is_done`` is the instructor's word that it needs no other try."""

    works_well: str
    try_next: str = ""
    at_seconds: int | None = None
    is_done: bool = False
    once: str | None = None


def give_feedback(submission: Submission, author: Person, draft: FeedbackDraft, *, as_instructor: bool) -> Feedback:
    """Say something about the newest attempt; an instructor's word moves the submission on."""
    if submission.person_id == author.id:
        raise Refused(_("Feedback comes from others. Yours goes to your classmates."))
    attempt = queries.find_newest_attempt(submission)
    if attempt is None or not submission.is_handed_in:
        raise DomainError(_("This answer was taken back, so there is nothing to say about it now."))
    if not draft.works_well.strip() and not draft.try_next.strip():
        raise DomainError(_("Say what works, or what to try next."), field="works_well")
    key = once_key(author.id, draft.once)
    # One at a time: the same form twice is one piece of feedback, and two people's are counted as two.
    hold(db.session, "feedback", submission.id)
    _as_it_stands(submission)
    if key:
        known = db.session.scalar(sa.select(Feedback).where(Feedback.submission_key == key))
        if known is not None:
            return known
    now: datetime = clock.now()
    feedback = Feedback(
        attempt_id=attempt.id,
        author_id=author.id,
        works_well=draft.works_well,
        try_next=draft.try_next,
        remarks=[{"text": "", "anchor": {"kind": "moment", "at": draft.at_seconds}}] if draft.at_seconds is not None else [],
        by_instructor=as_instructor,
        submission_key=key,
        created_at=now,
    )
    db.session.add(feedback)
    submission.feedback_count += 1
    submission.first_feedback_at = submission.first_feedback_at or now
    if as_instructor:
        submission.state = SubmissionState.REVIEWED if draft.is_done else SubmissionState.RETURNED
    db.session.flush()
    notify(
        submission.person_id,
        NotificationKind.FEEDBACK,
        f"feedback:{feedback.id}",
        actor_id=author.id,
        work_id=submission.work_id,
        path=submission.url,
    )
    db.session.expire(attempt, ["feedback"])
    return feedback
