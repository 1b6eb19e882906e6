"""The dates of a season as bars over time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from classprojects.classes.models import Assignment, ClassProject, Lesson, Season
from classprojects.classes.queries.seasons import find_dated


@dataclass(frozen=True)
class Bar:
    """One line: from when something is open, until when an answer is asked for; places in percent of the whole."""

    title: str
    kind: str
    url: str | None
    opens_at: datetime | None
    due_at: datetime | None
    is_firm: bool
    x: float
    width: float
    #: where the date stands up to which an answer is asked for
    due_x: float | None


@dataclass(frozen=True)
class Timeline:
    """What ``components/season-timeline.html`` draws."""

    bars: list[Bar]
    #: where the season starts and ends, in percent
    starts_x: float
    ends_x: float
    #: how many days the whole is wide
    days: float


def draw_timeline(project: ClassProject, season: Season, urls: dict[tuple[str, int], str] | None = None) -> Timeline:
    """The outline of ``project`` over the time of ``season``, which is loaded with its dates."""
    moments = [season.starts_at, season.ends_at]
    for dates in season.dates:
        moments += [moment for moment in (dates.opens_at, dates.due_at) if moment is not None]
    first, last = min(moments), max(moments)
    length = (last - first).total_seconds() or 1.0

    def place(moment: datetime) -> float:
        return round((moment - first).total_seconds() / length * 100, 2)

    bars = [_bar(item, season, place, (urls or {}).get((item.kind, item.id))) for item in project.outline]
    return Timeline(bars, place(season.starts_at), place(season.ends_at), round(length / 86400, 3))


def _bar(item: Lesson | Assignment, season: Season, place: Callable[[datetime], float], url: str | None) -> Bar:
    dates = find_dated(season, item)
    opens_at = dates.opens_at if dates is not None else None
    due_at = dates.due_at if dates is not None else None
    x = place(opens_at or season.starts_at)
    end = place(due_at) if due_at is not None else place(season.ends_at)
    return Bar(
        title=item.title,
        kind=item.kind,
        url=url,
        opens_at=opens_at,
        due_at=due_at,
        is_firm=dates is not None and dates.is_firm,
        x=x,
        width=max(round(end - x, 2), 0.6),
        due_x=end if due_at is not None else None,
    )
