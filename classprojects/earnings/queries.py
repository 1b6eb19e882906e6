"""Every SELECT about what instructors earn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from classprojects.accounts.models import Person
from classprojects.billing.models import Grant, InvoiceCopy, Subscription, SubscriptionStatus
from classprojects.classes.models import HANDED_IN, Attempt, ClassInstructor, Feedback, InstructorRole, Submission
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.earnings.formula import FEEDBACK_LIMIT
from classprojects.earnings.models import EarningsLine, EarningsPeriod


def bounds_of(month: date) -> tuple[datetime, datetime]:
    """The month's first moment and the one after its last, in UTC."""
    first = datetime(month.year, month.month, 1, tzinfo=UTC)
    return first, datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)


def sum_revenue(month: date) -> dict[str, int]:
    """What was paid for invoices that were issued in the month, less tax, by currency. What was not paid in full counts for nothing."""
    first, end = bounds_of(month)
    net = sa.case((InvoiceCopy.amount_paid > InvoiceCopy.tax, InvoiceCopy.amount_paid - InvoiceCopy.tax), else_=0)
    statement = (
        sa.select(sa.func.upper(InvoiceCopy.currency), sa.func.sum(net))
        .where(InvoiceCopy.status == "paid", InvoiceCopy.issued_at >= first, InvoiceCopy.issued_at < end)
        .group_by(sa.func.upper(InvoiceCopy.currency))
    )
    return {row[0]: int(row[1]) for row in db.session.execute(statement)}


def _is_members() -> sa.ColumnElement[bool]:
    """Of a submission: its maker had a membership when they handed it in, and does not lead the class."""
    begun = [SubscriptionStatus.INCOMPLETE, SubscriptionStatus.INCOMPLETE_EXPIRED]
    paid = sa.exists().where(
        Subscription.person_id == Submission.person_id,
        Subscription.status.not_in(begun),
        Subscription.started_at <= Submission.submitted_at,
        sa.or_(Subscription.ended_at.is_(None), Subscription.ended_at > Submission.submitted_at),
    )
    given = sa.exists().where(
        Grant.person_id == Submission.person_id,
        Grant.revoked_at.is_(None),
        Grant.starts_at <= Submission.submitted_at,
        sa.or_(Grant.ends_at.is_(None), Grant.ends_at > Submission.submitted_at),
    )
    leads = sa.exists().where(
        ClassInstructor.class_id == Submission.class_id, ClassInstructor.person_id == Submission.person_id
    )
    return sa.and_(Submission.state.in_(HANDED_IN), sa.or_(paid, given), ~leads)


def count_assignments(month: date) -> dict[int, int]:
    """How many answers members handed in for the first time in the month, by class. Trying again counts no second time."""
    first, end = bounds_of(month)
    statement = (
        sa.select(Submission.class_id, sa.func.count())
        .where(Submission.submitted_at >= first, Submission.submitted_at < end, _is_members())
        .group_by(Submission.class_id)
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}


def count_feedback(month: date) -> dict[tuple[int, int], int]:
    """How many pieces of feedback count in the month, by (person, class): of each answer the first few, hidden ones not."""
    first, end = bounds_of(month)
    ranked = (
        sa.select(
            Feedback.author_id,
            Submission.class_id,
            Feedback.created_at,
            sa.func.row_number()
            .over(partition_by=Submission.id, order_by=(Feedback.created_at, Feedback.id))
            .label("place"),
        )
        .join(Attempt, Attempt.id == Feedback.attempt_id)
        .join(Submission, Submission.id == Attempt.submission_id)
        .where(
            Feedback.by_instructor,
            Feedback.hidden_at.is_(None),
            Feedback.created_at < end,
            # An answer that got a word this month; its earlier ones are needed to number them.
            sa.exists()
            .where(Attempt.submission_id == Submission.id, Feedback.attempt_id == Attempt.id, Feedback.created_at >= first)
            .correlate(Submission),
            _is_members(),
        )
        .subquery()
    )
    statement = (
        sa.select(ranked.c.author_id, ranked.c.class_id, sa.func.count())
        .where(ranked.c.place <= FEEDBACK_LIMIT, ranked.c.created_at >= first)
        .group_by(ranked.c.author_id, ranked.c.class_id)
    )
    return {(row[0], row[1]): row[2] for row in db.session.execute(statement)}


def list_leaders(class_ids: Sequence[int]) -> dict[int, list[int]]:
    """Who leads each of these classes, assistants left out."""
    found: dict[int, list[int]] = defaultdict(list)
    statement = sa.select(ClassInstructor.class_id, ClassInstructor.person_id).where(
        ClassInstructor.class_id.in_(class_ids), ClassInstructor.role != InstructorRole.ASSISTANT
    )
    for class_id, person_id in db.session.execute(statement):
        found[class_id].append(person_id)
    return found


def is_computed(month: date) -> bool:
    """Whether this month was divided already."""
    return bool(db.session.scalar(sa.select(sa.exists().where(EarningsPeriod.month == month))))


def find_last_month() -> date | None:
    """The newest month that was divided."""
    return db.session.scalar(sa.select(sa.func.max(EarningsPeriod.month)))


def list_periods(limit: int = 60) -> Sequence[EarningsPeriod]:
    """The months that were divided, the newest first."""
    statement = sa.select(EarningsPeriod).order_by(EarningsPeriod.month.desc(), EarningsPeriod.currency).limit(limit)
    return db.session.scalars(statement).all()


def _with_all() -> tuple[Any, ...]:
    return (joinedload(EarningsLine.person), joinedload(EarningsLine.project))


def get_period(period_id: int) -> EarningsPeriod:
    """A month with all its lines; raises NotFound."""
    period = db.session.scalar(
        sa.select(EarningsPeriod)
        .where(EarningsPeriod.id == period_id)
        .options(selectinload(EarningsPeriod.lines).options(*_with_all(), joinedload(EarningsLine.period)))
    )
    if period is None:
        raise NotFound
    return period


def list_lines_of(person: Person, limit: int = 1000) -> Sequence[EarningsLine]:
    """Everything that ``person`` earned, line by line, the newest month first."""
    statement = (
        sa.select(EarningsLine)
        .join(EarningsPeriod, EarningsPeriod.id == EarningsLine.period_id)
        .where(EarningsLine.person_id == person.id)
        .order_by(EarningsPeriod.month.desc(), EarningsPeriod.currency, EarningsLine.class_id, EarningsLine.kind)
        .limit(limit)
        .options(joinedload(EarningsLine.period), joinedload(EarningsLine.project))
    )
    return db.session.scalars(statement).all()
