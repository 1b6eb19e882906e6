"""The demo's seasons: one that runs and one to come, planned once."""

from __future__ import annotations

from typing import Any

from classprojects.accounts.queries import get_person_by_handle
from classprojects.classes import queries
from classprojects.classes.queries.seasons import list_seasons
from classprojects.core import clock
from classprojects.core.ids import slugify
from classprojects.demo.seasons import PLANNED, plan_seasons
from tests.factories.classes import make_class
from tests.factories.people import Cast, make_person


def test_seasons_of_the_demo_are_planned_once(context: Any, cast: Cast) -> None:
    for one in PLANNED:
        make_class(cast.instructor, title=one.class_title, assignments=3)
        for handle in one.learners:
            make_person(handle)
    now = clock.now()
    for _time in range(2):
        plan_seasons(get_person_by_handle, now)
    (running,), (coming,) = (list_seasons(queries.get_class(slugify(one.class_title))) for one in PLANNED)
    assert running.starts_at < now < running.ends_at and coming.starts_at > now
    assert running.learners_count == 3 and coming.learners_count == 2
