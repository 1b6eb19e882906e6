"""What instructors earn: the formula for everybody, one's own statement line by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from babel.dates import format_date
from flask import Blueprint, Response, current_app, render_template
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from classprojects.earnings import formula, queries
from classprojects.earnings.models import EarningKind, EarningsLine, EarningsPeriod
from classprojects.policy import Permission
from classprojects.web.media.serving import attachment
from classprojects.web.shared.filters import in_money
from classprojects.web.shared.guards import public, requires, signed_in_person
from classprojects.web.works.lineage_files import cell

bp = Blueprint("earnings", __name__)


@bp.get("/how-instructors-earn")
@public
def show_formula() -> Any:
    """The formula in plain words, with an example that the very code computes which divides a real month."""
    settings = current_app.config["SETTINGS"]
    revenue, pool, points, rows = formula.worked_example(settings.earnings_share)
    return render_template(
        "earnings/show_formula.html",
        share=percent_words(settings.earnings_share),
        formula=formula,
        revenue=revenue,
        pool=pool,
        points=points,
        rows=[
            [row.name, _assignments_words(row.assignments, row.shared_by), row.feedback, f"{row.points:,}", in_money(row.amount, settings.currency)]
            for row in rows
        ],
        total=in_money(sum(row.amount for row in rows), settings.currency),
        currency=settings.currency,
    )


def percent_words(thousandths: int) -> str:
    """``400`` as ``40 %``, ``125`` as ``12.5 %``."""
    whole, rest = divmod(thousandths, 10)
    return f"{whole}.{rest} %" if rest else f"{whole} %"


def _assignments_words(number: int, shared_by: int) -> str:
    words = ngettext("%(num)s assignment", "%(num)s assignments", number)
    return _("%(words)s, shared by %(people)s", words=words, people=shared_by) if shared_by > 1 else words


def month_words(period: EarningsPeriod) -> str:
    """``October 2026``."""
    return format_date(period.month, "LLLL y", locale=get_locale())


@dataclass
class Statement:
    """One month in one currency: each line as a row, and what they come to."""

    period: EarningsPeriod
    title: str
    rows: list[list[Any]] = field(default_factory=list)
    total: str = ""


@bp.get("/studio/earnings")
@requires(Permission.VIEW_EARNINGS)
def show_earnings() -> Any:
    """One's own statement, the newest month first, every line with how it came about."""
    lines = queries.list_lines_of(signed_in_person())
    statements = []
    for period, own in groupby(lines, key=lambda line: line.period):
        one = Statement(period, month_words(period))
        mine = list(own)
        one.rows = [line_row(line) for line in mine]
        one.total = in_money(sum(line.amount for line in mine), period.currency)
        statements.append(one)
    return render_template("earnings/show_earnings.html", statements=statements)


def line_row(line: EarningsLine) -> list[Any]:
    """A line as a row: the class, the amount, and how it came about: what was done, its points, their part of all."""
    period = line.period
    return [
        {"text": line.project.title, "url": line.project.url},
        in_money(line.amount, period.currency),
        what_words(line),
        points_words(line),
        _("%(points)s of %(all)s", points=f"{line.points:,}", all=f"{period.points:,}"),
    ]


def what_words(line: EarningsLine) -> str:
    """What a line is for, counted."""
    if line.kind is EarningKind.ASSIGNMENTS:
        return ngettext("%(num)s assignment handed in", "%(num)s assignments handed in", line.units)
    return ngettext("%(num)s piece of feedback given", "%(num)s pieces of feedback given", line.units)


def points_words(line: EarningsLine) -> str:
    """How many points that makes: ``12 × 60, shared by 2 = 360``."""
    each = formula.ASSIGNMENT_POINTS if line.kind is EarningKind.ASSIGNMENTS else formula.FEEDBACK_POINTS
    shared = round(line.units * each / line.points) if line.points else 1
    words = f"{line.units:,} × {each}"
    if shared > 1:
        words = _("%(words)s, shared by %(people)s", words=words, people=shared)
    return f"{words} = {line.points:,}"


@bp.get("/studio/earnings.csv")
@requires(Permission.VIEW_EARNINGS)
def download_earnings() -> Any:
    """The same for spreadsheets: amounts in the currency's smallest unit (RFC 4180)."""
    return csv_of(queries.list_lines_of(signed_in_person()), "earnings")


def csv_of(lines: Sequence[EarningsLine], name: str) -> Response:
    """Lines as a table that explains itself: amount = pool × points ÷ all points, but for the rounding."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["month", "currency", "class", "kind", "units", "points", "all_points", "pool", "amount", "formula"])
    for line in lines:
        period = line.period
        told = [period.month.isoformat()[:7], period.currency, cell(line.project.title), line.kind.value]
        writer.writerow([*told, line.units, line.points, period.points, period.pool, line.amount, period.formula])
    response = Response(text.getvalue(), content_type="text/csv; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = attachment(f"{name}.csv")
    response.headers["Cache-Control"] = "private, no-store"
    return response
