"""Who may keep notes and a place, and who may see them: the whole table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.billing.models import Grant
from classprojects.classes import actions, queries
from classprojects.classes.actions.notes import keep_note
from classprojects.classes.queries.notes import get_note
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.memo import forget
from classprojects.policy import Denied, may
from classprojects.policy import Permission as P
from tests.factories.classes import make_class, make_learner
from tests.factories.people import Cast
from tests.factories.seasons import make_season, put_into_season, set_dates

PEOPLE = ("visitor", "free", "writer", "mate", "subscriber", "instructor", "other instructor", "staff")
YES, NO, SIGN_IN, HIDDEN, MEMBERS = "yes", "forbidden", "sign_in", "hidden", "members"

#: nobody but the writer ever gets at a note
PRIVATE = (SIGN_IN, HIDDEN, YES, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN)

TABLE: dict[str, dict[P, tuple[str, ...]]] = {
    "running": {
        P.KEEP_NOTE: (MEMBERS, MEMBERS, YES, YES, NO, YES, NO, YES),
        P.KEEP_PLACE: (MEMBERS, MEMBERS, YES, YES, NO, YES, NO, YES),
        P.VIEW_NOTES: (SIGN_IN, MEMBERS, YES, YES, NO, YES, NO, YES),
        P.EDIT_NOTE: PRIVATE,
    },
    # The lesson opens to this cohort later: the writer learns with it, the mate at their own pace.
    "opens later": {
        P.KEEP_NOTE: (MEMBERS, MEMBERS, NO, YES, NO, YES, NO, YES),
        P.KEEP_PLACE: (MEMBERS, MEMBERS, NO, YES, NO, YES, NO, YES),
        P.VIEW_NOTES: (SIGN_IN, MEMBERS, YES, YES, NO, YES, NO, YES),
        P.EDIT_NOTE: PRIVATE,
    },
    # P2: the memberships of writer and mate ended a second ago.
    "lapsed": {
        P.KEEP_NOTE: (MEMBERS, MEMBERS, MEMBERS, MEMBERS, NO, YES, NO, YES),
        P.KEEP_PLACE: (MEMBERS, MEMBERS, MEMBERS, MEMBERS, NO, YES, NO, YES),
        P.VIEW_NOTES: (SIGN_IN, MEMBERS, YES, MEMBERS, NO, YES, NO, YES),
        P.EDIT_NOTE: PRIVATE,
    },
    "left": {
        P.KEEP_NOTE: (MEMBERS, MEMBERS, NO, NO, NO, YES, NO, YES),
        P.KEEP_PLACE: (MEMBERS, MEMBERS, NO, NO, NO, YES, NO, YES),
        P.VIEW_NOTES: (SIGN_IN, MEMBERS, YES, NO, NO, YES, NO, YES),
        P.EDIT_NOTE: PRIVATE,
    },
    "archived": {
        P.KEEP_NOTE: (HIDDEN, HIDDEN, YES, YES, HIDDEN, YES, HIDDEN, YES),
        P.KEEP_PLACE: (HIDDEN, HIDDEN, YES, YES, HIDDEN, YES, HIDDEN, YES),
        P.VIEW_NOTES: (SIGN_IN, HIDDEN, YES, YES, HIDDEN, YES, HIDDEN, YES),
        P.EDIT_NOTE: PRIVATE,
    },
}


@pytest.mark.parametrize("state", list(TABLE))
def test_the_whole_table(context: Flask, cast: Cast, state: str) -> None:
    project = make_class(cast.instructor)
    writer, mate = make_learner(project, "writer"), make_learner(project, "mate")
    with transaction():
        note_id = keep_note(writer, queries.get_lesson(project.slug, 2), "Mine alone").id
    if state == "opens later":
        season = make_season(project)
        set_dates(season, project.lessons[1], opens_at=clock.now() + timedelta(days=3))
        put_into_season(writer, season)
    elif state == "lapsed":
        with transaction():
            ended = clock.now() - timedelta(seconds=1)
            db.session.execute(sa.update(Grant).where(Grant.person_id.in_([writer.id, mate.id])).values(ends_at=ended))
    elif state == "left":
        with transaction():
            for person in (writer, mate):
                actions.leave_class(person, queries.get_class(project.slug))
    elif state == "archived":
        with transaction():
            actions.archive_class(queries.get_class(project.slug))
    forget()
    people: dict[str, Any] = dict(
        zip(
            PEOPLE,
            (None, cast.free, writer, mate, cast.subscriber, cast.instructor, cast.other_instructor, cast.staff),
            strict=True,
        )
    )
    lesson, note = queries.get_lesson(project.slug, 2), get_note(note_id)
    targets = {P.KEEP_NOTE: lesson, P.KEEP_PLACE: lesson, P.VIEW_NOTES: lesson.project, P.EDIT_NOTE: note}
    wrong = []
    for permission, answers in TABLE[state].items():
        for (name, person), expected in zip(people.items(), answers, strict=True):
            decision = may(person, permission, targets[permission])
            found = decision.reason.value if isinstance(decision, Denied) else YES
            if found != expected:
                wrong.append(f"{name} {permission} {state}: {found}, not {expected}")
    assert not wrong, "\n".join(wrong)
