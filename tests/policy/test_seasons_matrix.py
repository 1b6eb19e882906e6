"""Who may do what with seasons, dates and learners: person by permission by state, the whole table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from classprojects.classes import queries
from classprojects.classes.actions import publishing
from classprojects.classes.actions.seasons import EventDraft, add_event
from classprojects.classes.models import ClassInstructor, InstructorRole
from classprojects.classes.queries.seasons import get_learner, get_season, get_season_event
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.policy import Denied, may
from classprojects.policy import Permission as P
from classprojects.policy.facts_opening import NotOpenYet
from tests.factories.classes import join, make_class, make_learner
from tests.factories.people import Cast, inside, make_person
from tests.factories.seasons import make_season, open_all, put_into_season

YES, SIGN_IN, HIDDEN, NO, MEMBERS, LATER = "yes", "sign_in", "hidden", "forbidden", "members", "later"

PEOPLE = ("visitor", "free", "subscriber", "lapsed", "cohort", "classmate", "opened", "assistant", "instructor", "other_instructor", "staff")

#: state -> (permission, target) -> answers in the order of PEOPLE
TABLE: dict[str, dict[tuple[P, str], tuple[str, ...]]] = {
    "to come": {
        (P.VIEW_SEASON, "season"): (YES,) * 11,
        (P.JOIN_SEASON, "season"): (SIGN_IN, MEMBERS, YES, MEMBERS, YES, YES, YES, MEMBERS, YES, YES, YES),
        (P.LEAVE_SEASON, "project"): (SIGN_IN, HIDDEN, HIDDEN, YES, YES, YES, YES, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
        (P.VIEW_GALLERY, "season"): (MEMBERS, MEMBERS, NO, MEMBERS, YES, YES, YES, YES, YES, NO, YES),
        (P.VIEW_LESSON, "lesson"): (MEMBERS, MEMBERS, NO, MEMBERS, LATER, YES, YES, YES, YES, NO, YES),
        (P.VIEW_ASSIGNMENT, "assignment"): (MEMBERS, MEMBERS, NO, MEMBERS, LATER, YES, YES, YES, YES, NO, YES),
        (P.SUBMIT_WORK, "assignment"): (MEMBERS, MEMBERS, NO, MEMBERS, LATER, YES, YES, NO, NO, NO, NO),
        (P.EDIT_CLASS, "season"): (SIGN_IN, NO, NO, NO, NO, NO, NO, NO, YES, NO, YES),
        (P.EDIT_CLASS, "event"): (SIGN_IN, NO, NO, NO, NO, NO, NO, NO, YES, NO, YES),
        (P.TEND_CLASS, "learner"): (SIGN_IN, NO, NO, NO, NO, NO, NO, YES, YES, NO, YES),
    },
    "running": {
        (P.VIEW_LESSON, "lesson"): (MEMBERS, MEMBERS, NO, MEMBERS, YES, YES, YES, YES, YES, NO, YES),
        (P.SUBMIT_WORK, "assignment"): (MEMBERS, MEMBERS, NO, MEMBERS, YES, YES, YES, NO, NO, NO, NO),
    },
    "cancelled": {
        (P.VIEW_SEASON, "season"): (YES,) * 11,
        (P.VIEW_LESSON, "lesson"): (MEMBERS, MEMBERS, NO, MEMBERS, YES, YES, YES, YES, YES, NO, YES),
    },
    "archived": {
        (P.VIEW_SEASON, "season"): (HIDDEN, HIDDEN, HIDDEN, YES, YES, YES, YES, YES, YES, HIDDEN, YES),
        (P.JOIN_SEASON, "season"): (HIDDEN, HIDDEN, HIDDEN, MEMBERS, YES, YES, YES, MEMBERS, YES, HIDDEN, YES),
        (P.LEAVE_SEASON, "project"): (HIDDEN, HIDDEN, HIDDEN, YES, YES, YES, YES, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    },
}


@pytest.mark.parametrize("state", TABLE)
def test_the_table(context: Flask, cast: Cast, state: str) -> None:
    project, people = _set(cast, state)
    slug = project.slug
    targets = _targets(slug)
    wrong = []
    for (permission, target), answers in TABLE[state].items():
        for name, right in zip(PEOPLE, answers, strict=True):
            decision = may(people[name], permission, targets[target])
            said = YES if decision else LATER if isinstance(decision, NotOpenYet) else decision.reason.value if isinstance(decision, Denied) else "?"
            if said != right:
                wrong.append(f"{name} {permission.value} on {target}: {said}, not {right}")
    assert not wrong, "\n".join(wrong)


def _set(cast: Cast, state: str) -> tuple[Any, dict[str, Any]]:
    """A class with a season in this state, and everybody in their place; the lapsed one was a learner, too."""
    project = make_class(cast.instructor, lessons=2)
    starts_at = clock.now() + timedelta(days=-1 if state == "running" else 7)
    season = make_season(project, starts_at=starts_at, cancelled_at=clock.now() if state == "cancelled" else None)
    people: dict[str, Any] = {name: getattr(cast, name) for name in ("visitor", "free", "subscriber", "lapsed", "instructor", "other_instructor", "staff")}
    people |= {name: make_learner(project, name) for name in ("cohort", "classmate", "opened")}
    join(cast.lapsed, project)
    for name in ("cohort", "opened"):
        put_into_season(people[name], season)
    open_all(people["opened"], project)
    people["assistant"] = make_person("assistant")
    with inside():
        db.session.add(ClassInstructor(class_id=project.id, person_id=people["assistant"].id, role=InstructorRole.ASSISTANT))
        db.session.flush()
        if state != "cancelled":
            add_event(get_season(project.slug, 1), EventDraft("meeting", "Meet", clock.now()), cast.instructor)
        if state == "archived":
            publishing.archive_class(queries.get_class(project.slug))
    return project, people


def _targets(slug: str) -> dict[str, Any]:
    project, season = queries.get_class(slug), get_season(slug, 1)
    return {
        "project": project,
        "season": season,
        "event": get_season_event(slug, 1, season.events[0].id) if season.events else None,
        "learner": get_learner(slug, "cohort"),
        "lesson": project.lessons[1],
        "assignment": project.assignments[0],
    }
