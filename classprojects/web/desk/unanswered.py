"""The staff's desk: first tries that nobody has said anything about, and how many are answered in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes.queries import unanswered as queries
from classprojects.classes.queries.unanswered import FEWEST, Answered, InTime
from classprojects.core import clock
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.cards import card_for
from classprojects.web.shared.filters import day, waited
from classprojects.web.shared.guards import current_person, requires

bp = Blueprint("desk_unanswered", __name__)

#: the drawing: a column a week, and the height of a hundred per cent
COLUMN, HEIGHT, FOOT, LEFT = 76, 160, 48, 44


@dataclass(frozen=True)
class Bar:
    """One week of the drawing; ``height`` 0 where there are too few to say."""

    x: int
    y: int
    height: int
    label: str
    week: str
    words: str


@bp.get("/desk/unanswered")
@requires(Permission.USE_DESK)
def list_unanswered() -> Any:
    """What nobody has said anything about for 36 hours, the oldest first; and the weeks behind us.

    Nobody is named here: whoever answers needs no name, and some hand in without one.
    """
    now, viewer = clock.now(), viewer_for(current_person())
    page = queries.list_unanswered(now, request.args.get("after"))
    told = queries.find_answered_in_time(now)
    return render_template(
        "desk/list_unanswered.html",
        rows=[(one, card_for(one.work, viewer), waited(one.submitted_at or now, days_from=72)) for one in page.items],
        next_url=url_for("desk_unanswered.list_unanswered", after=page.next_cursor) if page.next_cursor else None,
        bars=_bars(told),
        width=LEFT + COLUMN * len(told.weeks),
        height=HEIGHT,
        foot=FOOT,
        left=LEFT,
        columns=[_("Class"), *({"text": day(week), "numeric": True} for week in told.weeks)],
        table=_table(told),
        fewest=FEWEST,
    )


def _bars(told: Answered) -> list[Bar]:
    bars = []
    for place, (week, cell) in enumerate(zip(told.weeks, told.all, strict=True)):
        share = cell.share or 0
        height = round(HEIGHT * share / 100)
        words = _words(cell)
        bars.append(Bar(LEFT + place * COLUMN, 16 + HEIGHT - height, height, words, day(week), f"{day(week)}: {words}"))
    return bars


def _words(cell: InTime) -> str:
    if cell.share is None:
        return _("too few") if cell.whole else _("none")
    return _("%(share)s %%", share=cell.share)


def _table(told: Answered) -> list[list[Any]]:
    rows: list[list[Any]] = [[_("All classes"), *(_words(cell) for cell in told.all)]]
    for (title, slug), cells in told.classes.items():
        rows.append([{"text": title, "url": url_for("classes.show_class", slug=slug)}, *(_words(cell) for cell in cells)])
    return rows
