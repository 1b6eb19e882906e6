"""Saying what works and what to try next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.actions import peers
from classprojects.classes.actions.building import _as_it_stands
from classprojects.classes.anchors import RemarkDraft, check_remarks
from classprojects.classes.models import (
    Assignment,
    Feedback,
    Submission,
    SubmissionState,
)
from classprojects.classes.naming import actor_id_of
from classprojects.classes.queries import feedback as queries
from classprojects.core import clock
from classprojects.core.database import db, hold
from classprojects.core.errors import DomainError, Refused
from classprojects.core.ids import once_key
from classprojects.media import actions as media
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose
from classprojects.notifications.actions import notify
from classprojects.notifications.models import NotificationKind

#: what an answer may be spoken or filmed as
SPOKEN = (MediaKind.AUDIO.value, MediaKind.VIDEO.value)
#: characters of each half
LONGEST = 4000


@dataclass(frozen=True)
class FeedbackDraft:
    """What works, what to try next; ``is_done`` is the instructor's word that it needs no other try."""

    works_well: str
    try_next: str = ""
    remarks: tuple[RemarkDraft, ...] = ()
    #: of the assignment's rubric: criterion id to the number of its level, counted from 0
    marks: Mapping[str, int] = field(default_factory=dict)
    #: the same, spoken or filmed: an upload that no page uses yet
    file: MediaFile | None = None
    is_done: bool = False
    #: the attempt that was looked at; None: the newest
    attempt: int | None = None
    #: the newest word of a colleague that an instructor had before them; None: not asked
    seen: int | None = None
    once: str | None = None


class AnsweredMeanwhile(DomainError):
    """A colleague answered while the form was open. Nothing is lost: sending once more sends it."""

    def __init__(self, theirs: Feedback) -> None:
        super().__init__(
            _(
                "%(name)s answered this while you were writing. Read it below; what you wrote is still here. "
                "Send once more to say it too, or go on to the next.",
                name=theirs.author.name,
            )
        )
        self.theirs_id = theirs.id


def give_feedback(submission: Submission, author: Person, draft: FeedbackDraft, *, as_instructor: bool) -> Feedback:
    """Say something about an attempt; an instructor's word about the newest moves the submission on.

    Raises BadRemark, AnsweredMeanwhile. Sending the same form twice says it once.
    """
    if submission.person_id == author.id:
        raise Refused(_("Feedback comes from others. Yours goes to your classmates."))
    # One at a time: the same form twice is one piece of feedback, and two people's are counted as two.
    peers.hold_readers(submission.assignment_id)
    hold(db.session, "feedback", submission.id)
    _as_it_stands(submission)
    key = once_key(author.id, draft.once)
    if key:
        known = db.session.scalar(sa.select(Feedback).where(Feedback.submission_key == key))
        if known is not None:
            return known
    attempt = queries.find_attempt(submission, draft.attempt)
    if attempt is None or not submission.is_handed_in:
        raise DomainError(_("This answer was taken back, so there is nothing to say about it now."))
    _check_words(draft)
    remarks = check_remarks(attempt.work_version, draft.remarks)
    marks = mark_rubric(submission.assignment, draft.marks)
    if as_instructor and draft.seen is not None:
        theirs = queries.find_colleague_answer(submission, author, draft.seen)
        if theirs is not None:
            raise AnsweredMeanwhile(theirs)
    now: datetime = clock.now()
    feedback = Feedback(
        attempt_id=attempt.id,
        author_id=author.id,
        works_well=draft.works_well,
        try_next=draft.try_next,
        remarks=remarks,
        marks=marks,
        file_id=_take_file(draft.file, author),
        by_instructor=as_instructor,
        submission_key=key,
        created_at=now,
    )
    db.session.add(feedback)
    submission.feedback_count += 1
    submission.first_feedback_at = submission.first_feedback_at or now
    if as_instructor and attempt.number == submission.attempts_count:
        submission.state = SubmissionState.REVIEWED if draft.is_done else SubmissionState.RETURNED
    db.session.flush()
    peers.record_feedback(feedback, submission)
    notify(
        submission.person_id,
        NotificationKind.FEEDBACK,
        f"feedback:{feedback.id}",
        actor_id=actor_id_of(author, submission, by_instructor=as_instructor),
        work_id=submission.work_id,
        path=f"{submission.url}#feedback-{feedback.id}",
    )
    db.session.expire(attempt, ["feedback"])
    return feedback


def is_said(author: Person, once: str | None) -> bool:
    """Whether the form with this one-time key was sent before."""
    key = once_key(author.id, once)
    return key is not None and bool(db.session.scalar(sa.select(sa.exists().where(Feedback.submission_key == key))))


def _check_words(draft: FeedbackDraft) -> None:
    if not draft.works_well.strip() and not draft.try_next.strip():
        raise DomainError(_("Say what works, or what to try next."), field="works_well")
    for name, words in (("works_well", draft.works_well), ("try_next", draft.try_next)):
        if len(words) > LONGEST:
            raise DomainError(_("At most %(most)s characters.", most=LONGEST), field=name)


def mark_rubric(assignment: Assignment, chosen: Mapping[str, int]) -> list[dict[str, Any]]:
    """What the rubric says at the chosen levels, as it stands now: later changes of the rubric change no mark."""
    marks = []
    known = {str(criterion["id"]): criterion for criterion in assignment.rubric or []}
    for name in chosen:
        if name not in known:
            raise DomainError(_("The rubric was changed meanwhile. Look at it once more; what you wrote is still here."))
    for name, criterion in known.items():
        if name not in chosen:
            continue
        levels, place = criterion["levels"], chosen[name]
        if not 0 <= place < len(levels):
            raise DomainError(_("The rubric was changed meanwhile. Look at it once more; what you wrote is still here."))
        marks.append(
            {
                "criterion": criterion["id"],
                "title": criterion["title"],
                "level": place,
                "label": levels[place]["label"],
                "help": levels[place].get("help", ""),
            }
        )
    return marks


def _take_file(file: MediaFile | None, author: Person) -> int | None:
    if file is None:
        return None
    return media.claim_upload(author, file.public_id, MediaPurpose.FEEDBACK, SPOKEN).id
