"""Dividing a month among those who taught in it: once, and then it stands."""

from __future__ import annotations

from datetime import date

from classprojects.core import clock
from classprojects.core.database import db, hold
from classprojects.core.errors import DomainError
from classprojects.earnings import queries
from classprojects.earnings.formula import (
    ASSIGNMENT_POINTS,
    FEEDBACK_POINTS,
    FORMULA,
    divide,
    pool_of,
    split_points,
)
from classprojects.earnings.models import EarningKind, EarningsLine, EarningsPeriod

#: (person, class, kind): what a line is about
Claim = tuple[int, int, EarningKind]


def compute_month(month: date, share: int, currency: str) -> list[EarningsPeriod]:
    """Divide a month that is over: one period for each currency that was paid in, and for ``currency`` in any case.

    A month that was divided before stays as it is; then nothing is returned.
    ``share``: thousandths. Every currency is divided by the same points.
    """
    month = month.replace(day=1)
    if queries.bounds_of(month)[1] > clock.now():
        raise DomainError("The month is not over.")
    hold(db.session, "earnings")
    if queries.is_computed(month):
        return []
    units, points = claims_of(month)
    revenues = {currency.upper(): 0, **queries.sum_revenue(month)}
    periods = []
    for code, revenue in sorted(revenues.items()):
        pool, total = pool_of(revenue, share), sum(points.values())
        amounts = divide(pool, points)
        period = EarningsPeriod(
            month=month,
            currency=code,
            revenue=revenue,
            share=share,
            pool=pool,
            undivided=pool - sum(amounts.values()),
            points=total,
            formula=FORMULA,
            computed_at=clock.now(),
            lines=[
                EarningsLine(
                    person_id=claim[0], class_id=claim[1], kind=claim[2], units=units[claim], points=points[claim], amount=amount
                )
                for claim, amount in sorted(amounts.items())
            ],
        )
        db.session.add(period)
        periods.append(period)
    db.session.flush()
    return periods


def claims_of(month: date) -> tuple[dict[Claim, int], dict[Claim, int]]:
    """What was done in a month: pieces and points, claim by claim."""
    units: dict[Claim, int] = {}
    points: dict[Claim, int] = {}
    made = queries.count_assignments(month)
    leaders = queries.list_leaders(sorted(made))
    for class_id, number in made.items():
        for person_id, part in split_points(number * ASSIGNMENT_POINTS, leaders.get(class_id, [])).items():
            claim = (person_id, class_id, EarningKind.ASSIGNMENTS)
            units[claim], points[claim] = number, part
    for (person_id, class_id), number in queries.count_feedback(month).items():
        claim = (person_id, class_id, EarningKind.FEEDBACK)
        units[claim], points[claim] = number, number * FEEDBACK_POINTS
    return units, points
