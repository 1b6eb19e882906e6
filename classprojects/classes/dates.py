"""Dates of a season on the clocks of its zone: pure functions.

A date is meant as people there read it off their clocks, "Friday at 18:00". Moving a
season by days keeps that hour, also across a change of the clocks. Clocks that are
put forward leave out an hour (in Samoa once a whole day): a moment in it does not
exist, and whoever names one is told so. Where clocks are put back and an hour comes
twice, its first time is meant. So dates keep their order, and moving a season by some
days and back again gives the very dates that it had (PEP 495; ``zoneinfo``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from classprojects.classes.models import Assignment, Lesson, Season
from classprojects.core.errors import DomainError

#: no season is planned outside of these
FIRST_YEAR, LAST_YEAR = 2000, 2099


class ImpossibleTime(DomainError):
    """The clocks of the zone never show this time."""

    def __init__(self, local: datetime, zone: ZoneInfo) -> None:
        super().__init__(
            _("%(time)s on %(day)s does not exist in %(zone)s: the clocks are put forward past it. Choose another time.",
              time=f"{local:%H:%M}", day=f"{local:%Y-%m-%d}", zone=zone.key)
        )
        self.local = local


class DateOutOfRange(DomainError):
    """A date that no season has."""

    def __init__(self) -> None:
        super().__init__(
            _("Choose a date between %(first)s and %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)
        )


def zone_of(season: Season) -> ZoneInfo:
    """The zone in which the dates of ``season`` were meant."""
    return ZoneInfo(season.time_zone)


def to_moment(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which clocks in ``zone`` show ``local`` (naive).

    Raises ImpossibleTime, DateOutOfRange. Of an hour that comes twice the first is meant.
    """
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise DateOutOfRange
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) != local.replace(fold=0):
        raise ImpossibleTime(local, zone)
    return moment


def to_local(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks in ``zone`` show at ``moment``, naive."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def shift(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same hour on the clocks of ``zone``, ``days`` later (earlier when negative). Raises as :func:`to_moment`."""
    try:
        local = to_local(moment, zone) + timedelta(days=days)
    except OverflowError:
        raise DateOutOfRange from None
    return to_moment(local, zone)


def days_to(season: Season, starts_on: date) -> int:
    """By how many days ``season`` moves when it starts on ``starts_on`` in its zone."""
    return (starts_on - to_local(season.starts_at, zone_of(season)).date()).days


@dataclass(frozen=True)
class Proposed:
    """When something opens and until when an answer is asked for, as we would do it."""

    opens_at: datetime
    due_at: datetime | None = None


def propose_dates(
    outline: Sequence[Lesson | Assignment], starts_at: datetime, ends_at: datetime, zone: ZoneInfo
) -> dict[tuple[str, int], Proposed]:
    """The outline spread evenly from start to end, by kind and id of its items.

    An assignment and the lessons that lead to it open together; the answer is asked
    for when the next ones open, the last one at the end. Whole days, where there are
    enough of them.
    """
    parts = max(1, sum(isinstance(item, Assignment) for item in outline))
    edges = _edges(starts_at, ends_at, parts, zone)
    proposed, part = {}, 0
    for item in outline:
        opens_at, due_at = edges[min(part, parts - 1)], edges[min(part, parts - 1) + 1]
        if isinstance(item, Assignment):
            proposed["assignment", item.id] = Proposed(opens_at, due_at)
            part += 1
        else:
            proposed["lesson", item.id] = Proposed(opens_at)
    return proposed


def _edges(starts_at: datetime, ends_at: datetime, parts: int, zone: ZoneInfo) -> list[datetime]:
    """``parts`` + 1 moments from start to end, strictly one after the other."""
    first, last = to_local(starts_at, zone), to_local(ends_at, zone)
    days = (last.date() - first.date()).days
    inner: list[datetime] = []
    if days >= parts:
        inner = [_possible(first + timedelta(days=days * place // parts), zone) for place in range(1, parts)]
    edges = [starts_at, *inner, ends_at]
    if any(later <= earlier for earlier, later in zip(edges, edges[1:], strict=False)) or len(inner) < parts - 1:
        edges = [starts_at + (ends_at - starts_at) * place / parts for place in range(parts + 1)]
    return edges


def _possible(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment of ``local``, or where it does not exist, as much later as the clocks are put forward."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
