"""What was said about attempts, the talk about it, reports, and words that instructors keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    Attempt,
    Feedback,
    FeedbackReport,
    SavedReply,
    Submission,
)
from classprojects.classes.queries.classes import _for_page
from classprojects.core.database import MAX_ID, db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import Page, keyset_page
from classprojects.discussions.models import Comment
from classprojects.works.models import WorkPicture, WorkVersion

#: replies that a page shows under one piece of feedback; the newest ones
MOST_REPLIES = 200


def find_attempt(submission: Submission, number: int | None = None) -> Attempt | None:
    """The attempt with this number, or the newest, with its version and every file of it."""
    statement = (
        sa.select(Attempt)
        .where(Attempt.submission_id == submission.id)
        .order_by(Attempt.number.desc())
        .limit(1)
        .options(
            joinedload(Attempt.work_version).options(
                joinedload(WorkVersion.file), selectinload(WorkVersion.pictures).joinedload(WorkPicture.file)
            )
        )
    )
    if number is not None:
        statement = statement.where(Attempt.number == number)
    return db.session.scalar(statement)


def load_pictures(versions: Iterable[WorkVersion]) -> dict[int, list[WorkPicture]]:
    """The further pictures of each of these versions, in order: version id to pictures with their files."""
    wanted = [version.id for version in versions]
    found: dict[int, list[WorkPicture]] = {number: [] for number in wanted}
    if wanted:
        statement = sa.select(WorkPicture).where(WorkPicture.version_id.in_(wanted)).options(joinedload(WorkPicture.file))
        for one in db.session.scalars(statement.order_by(WorkPicture.version_id, WorkPicture.position)):
            found[one.version_id].append(one)
    return found


def find_colleague_answer(submission: Submission, person: Person, seen: int) -> Feedback | None:
    """What another instructor said about ``submission`` since feedback number ``seen``: the newest, with its author."""
    return db.session.scalar(
        sa.select(Feedback)
        .join(Attempt, Attempt.id == Feedback.attempt_id)
        .where(
            Attempt.submission_id == submission.id,
            Feedback.by_instructor.is_(True),
            Feedback.author_id != person.id,
            Feedback.id > seen,
        )
        .order_by(Feedback.id.desc())
        .limit(1)
        .options(joinedload(Feedback.author))
    )


def get_feedback(feedback_id: int) -> Feedback:
    """One piece of feedback with its author, its submission and the class around it; raises NotFound."""
    feedback = db.session.scalar(
        sa.select(Feedback).where(Feedback.id == feedback_id).options(*_with_surroundings())
    ) if 0 < feedback_id <= MAX_ID else None
    if feedback is None:
        raise NotFound
    return feedback


def _with_surroundings() -> tuple[sa.orm.interfaces.ORMOption, ...]:
    return (
        joinedload(Feedback.author),
        joinedload(Feedback.file),
        joinedload(Feedback.attempt)
        .joinedload(Attempt.submission)
        .options(
            joinedload(Submission.person),
            joinedload(Submission.assignment),
            joinedload(Submission.work),
            selectinload(Submission.project).options(*_for_page()),
        ),
    )


def find_feedback_with_file(file_id: int) -> list[Feedback]:
    """The feedback that is spoken or filmed in this file, with what it belongs to."""
    return list(db.session.scalars(sa.select(Feedback).where(Feedback.file_id == file_id).options(*_with_surroundings())))


def find_feedback_of_thread(thread_id: int) -> Feedback | None:
    """The feedback that this thread talks about."""
    return db.session.scalar(sa.select(Feedback).where(Feedback.thread_id == thread_id).options(*_with_surroundings()))


def find_first_said_at(submission: Submission) -> datetime | None:
    """When somebody else first said something about ``submission`` that is not hidden; None: nobody did."""
    return db.session.scalar(
        sa.select(sa.func.min(Feedback.created_at))
        .join(Attempt, Attempt.id == Feedback.attempt_id)
        .where(
            Attempt.submission_id == submission.id,
            Feedback.author_id != submission.person_id,
            Feedback.hidden_at.is_(None),
        )
    )


def list_replies(feedback: Sequence[Feedback]) -> dict[int, list[Comment]]:
    """The talk about each of these, oldest first, with who said it: thread id to comments; one question for all."""
    threads = [one.thread_id for one in feedback if one.thread_id is not None]
    found: dict[int, list[Comment]] = {number: [] for number in threads}
    if threads:
        # Counted thread by thread, so that a busy one takes no room from the others.
        place = sa.func.row_number().over(partition_by=Comment.thread_id, order_by=Comment.id.desc())
        placed = sa.select(Comment.id, place.label("place")).where(Comment.thread_id.in_(threads)).subquery()
        statement = (
            sa.select(Comment)
            .join(placed, placed.c.id == Comment.id)
            .where(placed.c.place <= MOST_REPLIES)
            .options(joinedload(Comment.author))
            .order_by(Comment.id)
        )
        for comment in db.session.scalars(statement):
            found[comment.thread_id].append(comment)
    return found


def list_talkers(thread_id: int) -> list[int]:
    """Who said something in a thread that is still there."""
    return list(
        db.session.scalars(
            sa.select(Comment.author_id)
            .where(Comment.thread_id == thread_id, Comment.erased_at.is_(None))
            .distinct()
            .order_by(Comment.author_id)
        )
    )


# Reports


def find_report(feedback_id: int, person_id: int) -> FeedbackReport | None:
    """What this person reported about this feedback."""
    return db.session.scalar(
        sa.select(FeedbackReport).where(FeedbackReport.feedback_id == feedback_id, FeedbackReport.person_id == person_id)
    )


def list_grounds(feedback: Sequence[Feedback]) -> dict[int, str]:
    """Why each of these is hidden, in the staff's words: feedback id to words."""
    hidden = [one.id for one in feedback if one.hidden_at is not None]
    if not hidden:
        return {}
    statement = (
        sa.select(FeedbackReport.feedback_id, FeedbackReport.answer)
        .where(FeedbackReport.feedback_id.in_(hidden), FeedbackReport.is_upheld.is_(True))
        .order_by(FeedbackReport.id)
    )
    return dict(db.session.execute(statement).all())


def get_report(report_id: int) -> FeedbackReport:
    """A report with the feedback and who reported; raises NotFound."""
    report = db.session.scalar(
        sa.select(FeedbackReport).where(FeedbackReport.id == report_id).options(*_with_feedback())
    ) if 0 < report_id <= MAX_ID else None
    if report is None:
        raise NotFound
    return report


def _with_feedback() -> tuple[sa.orm.interfaces.ORMOption, ...]:
    return (
        joinedload(FeedbackReport.person),
        joinedload(FeedbackReport.feedback).options(
            joinedload(Feedback.author),
            joinedload(Feedback.file),
            joinedload(Feedback.attempt)
            .joinedload(Attempt.submission)
            .options(
                joinedload(Submission.person),
                joinedload(Submission.work),
                joinedload(Submission.assignment),
                joinedload(Submission.project),
            ),
        ),
    )


def list_open_reports(size: int = 50) -> list[FeedbackReport]:
    """The reports that wait for somebody, the oldest first; what comes after them follows as these are decided."""
    return list(
        db.session.scalars(
            sa.select(FeedbackReport)
            .where(FeedbackReport.decided_at.is_(None))
            .order_by(FeedbackReport.created_at, FeedbackReport.id)
            .limit(size)
            .options(*_with_feedback())
        )
    )


def list_decided_reports(after: str | None = None, size: int = 20) -> Page[FeedbackReport]:
    """One page of reports that were decided, the newest decision first."""
    statement = sa.select(FeedbackReport).where(FeedbackReport.decided_at.is_not(None)).options(*_with_feedback())
    keys = [(FeedbackReport.decided_at, datetime), (FeedbackReport.id, int)]
    page: Page[FeedbackReport] = keyset_page(db.session, statement, keys, after, size)
    return page


def count_open_reports() -> int:
    """How many reports wait for somebody."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(FeedbackReport).where(FeedbackReport.decided_at.is_(None))
    ) or 0


def list_open_reports_of(feedback_id: int) -> list[FeedbackReport]:
    """Every undecided report about one piece of feedback."""
    return list(
        db.session.scalars(
            sa.select(FeedbackReport)
            .where(FeedbackReport.feedback_id == feedback_id, FeedbackReport.decided_at.is_(None))
            .order_by(FeedbackReport.id)
            .options(joinedload(FeedbackReport.person))
        )
    )


def list_upheld_reports_of(feedback_id: int) -> list[FeedbackReport]:
    """Every report after which one piece of feedback was hidden."""
    return list(
        db.session.scalars(
            sa.select(FeedbackReport)
            .where(FeedbackReport.feedback_id == feedback_id, FeedbackReport.is_upheld.is_(True))
            .order_by(FeedbackReport.id)
            .options(joinedload(FeedbackReport.person))
        )
    )


# Words that instructors keep


def list_saved_replies(person: Person) -> list[SavedReply]:
    """What ``person`` keeps, by title."""
    return list(
        db.session.scalars(
            sa.select(SavedReply).where(SavedReply.person_id == person.id).order_by(SavedReply.title, SavedReply.id)
        )
    )


def get_saved_reply(reply_id: int) -> SavedReply:
    """The saved reply; raises NotFound."""
    reply = db.session.get(SavedReply, reply_id) if 0 < reply_id <= MAX_ID else None
    if reply is None:
        raise NotFound
    return reply


def count_saved_replies(person: Person) -> int:
    """How many ``person`` keeps."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(SavedReply).where(SavedReply.person_id == person.id)
    ) or 0


# For one's own export


def list_reports_by(person: Person) -> list[FeedbackReport]:
    """What ``person`` reported, and what was answered."""
    return list(
        db.session.scalars(sa.select(FeedbackReport).where(FeedbackReport.person_id == person.id).order_by(FeedbackReport.id))
    )


def list_feedback_files_by(person: Person) -> list[Feedback]:
    """The spoken and filmed answers that ``person`` gave, with their files."""
    return list(
        db.session.scalars(
            sa.select(Feedback)
            .where(Feedback.author_id == person.id, Feedback.file_id.is_not(None))
            .options(joinedload(Feedback.file))
            .order_by(Feedback.id)
        )
    )


def list_feedback_for(person: Person) -> list[Feedback]:
    """Everything that was said about ``person``'s attempts."""
    return list(
        db.session.scalars(
            sa.select(Feedback)
            .join(Attempt, Attempt.id == Feedback.attempt_id)
            .join(Submission, Submission.id == Attempt.submission_id)
            .where(Submission.person_id == person.id)
            .order_by(Feedback.id)
        )
    )
