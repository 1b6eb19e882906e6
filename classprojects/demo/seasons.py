"""Seasons of the demo: one that runs, with a cohort, and one that is about to begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions import seasons as actions
from classprojects.classes.dates import to_local, to_moment, zone_of
from classprojects.classes.models import Season, SeasonEventKind
from classprojects.classes.queries.seasons import get_season, list_seasons
from classprojects.core.database import transaction
from classprojects.core.ids import slugify


@dataclass(frozen=True)
class Planned:
    """A season of a class: when it begins, counted in days from the seeding, and who joins it."""

    class_title: str
    title: str
    note: str
    zone: str
    begins: int
    days: int
    places: int | None
    learners: tuple[str, ...]
    meeting: str


PLANNED = (
    Planned(
        "A place you miss, in cut paper", "The window season",
        "Four weeks, one sheet of paper in each. We meet three times, by a window, with the camera on the paper and not on us.",
        "Europe/Rome", -9, 28, 24, ("amina", "mateo", "roya"), "Scissors out: ask me anything",
    ),
    Planned(
        "A poem that travels", "Six languages by spring",
        "Eight lines, carried across twice. Whoever joins brings one language that they dream in.",
        "Europe/London", 12, 42, 12, ("dale", "zeynep"), "Reading aloud, badly",
    ),
)  # fmt: skip


def plan_seasons(person: Callable[[str], Person], now: datetime) -> None:
    """Plan them and let people join; what is there already stays. ``person``: who has this handle."""
    for one in PLANNED:
        slug = slugify(one.class_title)
        if list_seasons(queries.get_class(slug)):
            continue
        with transaction():
            season = actions.plan_season(queries.get_class(slug), _draft(one, now))
        with transaction():
            _add_meeting(get_season(slug, season.number), one)
        for handle in one.learners:
            with transaction():
                actions.join_season(person(handle), get_season(slug, season.number))


def _draft(one: Planned, now: datetime) -> actions.SeasonDraft:
    zone = ZoneInfo(one.zone)
    first = to_local(now, zone).replace(hour=18, minute=0, second=0, microsecond=0) + timedelta(days=one.begins)
    last = (first + timedelta(days=one.days)).replace(hour=20)
    return actions.SeasonDraft(
        title=one.title,
        starts_at=to_moment(first, zone),
        ends_at=to_moment(last, zone),
        time_zone=one.zone,
        note=one.note,
        places=one.places,
    )


def _add_meeting(season: Season, one: Planned) -> None:
    """Half way, beside the two that every season begins with."""
    zone = zone_of(season)
    half = to_local(season.starts_at, zone) + timedelta(days=one.days // 2)
    draft = actions.EventDraft(
        kind=SeasonEventKind.MEETING,
        title=one.meeting,
        starts_at=to_moment(half.replace(hour=19), zone),
        minutes=45,
        address=f"https://meet.example/{slugify(one.title)}",
    )
    leader = season.project.instructors[0].person
    actions.add_event(season, replace(draft, note="Bring what you have, however unfinished."), leader)
