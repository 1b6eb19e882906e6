"""Staff and what instructors earned: every month, and each of its lines."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from classprojects.earnings import queries
from classprojects.earnings.models import EarningsPeriod
from classprojects.policy import Permission
from classprojects.web.shared.filters import in_money
from classprojects.web.shared.guards import requires
from classprojects.web.studio.earnings import line_row, month_words, percent_words

bp = Blueprint("desk_earnings", __name__, url_prefix="/desk/earnings")


@bp.get("")
@requires(Permission.USE_DESK)
def list_periods() -> Any:
    """The months that were divided, the newest first."""
    rows = [
        [
            {"text": f"{month_words(one)}, {one.currency}", "url": url_for("desk_earnings.show_period", period_id=one.id)},
            in_money(one.revenue, one.currency),
            percent_words(one.share),
            in_money(one.pool, one.currency),
            f"{one.points:,}",
            in_money(one.undivided, one.currency),
        ]
        for one in queries.list_periods()
    ]
    return render_template("desk/list_periods.html", rows=rows)


@bp.get("/<id:period_id>")
@requires(Permission.USE_DESK, on=queries.get_period)
def show_period(period: EarningsPeriod) -> Any:
    """One month, line by line; the lines add up to the pool."""
    rows = []
    for line in period.lines:
        name = line.person.name if line.person.left_at is None else _("Somebody who left")
        rows.append([{"text": name, "url": line.person.url}, *line_row(line)])
    return render_template(
        "desk/show_period.html",
        period=period,
        title=f"{month_words(period)}, {period.currency}",
        share=percent_words(period.share),
        rows=rows,
        total=sum(line.amount for line in period.lines),
    )
