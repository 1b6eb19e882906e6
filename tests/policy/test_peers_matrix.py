"""Who may release the names of an anonymous assignment, and who sees the desk's queue: the whole table."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from classprojects.classes import actions, queries
from classprojects.classes.models import ClassInstructor, InstructorRole
from classprojects.core import memo
from classprojects.core.database import db, transaction
from classprojects.policy import Denied, may
from classprojects.policy import Permission as P
from tests.factories.classes import add_assignment, make_class, make_learner
from tests.factories.memberships import give_lapsed_membership
from tests.factories.people import Cast, make_person

PEOPLE = ("visitor", "free", "subscriber", "learner", "lapsed learner", "lead", "co-instructor", "assistant", "other instructor", "staff")
YES, NO, SIGN_IN, HIDDEN = "yes", "forbidden", "sign_in", "hidden"

STAFF_ONLY = (SIGN_IN, *(NO,) * 8, YES)
TABLE = {
    "running": {P.RELEASE_NAMES: (SIGN_IN, NO, NO, NO, NO, YES, YES, NO, NO, YES), P.USE_DESK: STAFF_ONLY},
    "archived": {P.RELEASE_NAMES: (SIGN_IN, NO, NO, NO, NO, YES, YES, NO, NO, YES), P.USE_DESK: STAFF_ONLY},
    "draft": {P.RELEASE_NAMES: (*(HIDDEN,) * 5, YES, YES, NO, HIDDEN, YES), P.USE_DESK: STAFF_ONLY},
}


@pytest.mark.parametrize("state", list(TABLE))
def test_the_whole_table(context: Flask, cast: Cast, state: str) -> None:
    project = make_class(cast.instructor, assignments=0, publish=False)
    add_assignment(project, cast.instructor, is_anonymous=True)
    if state != "draft":
        with transaction():
            actions.publish_class(queries.get_class(project.slug))
    co, assistant, lapsed = make_person("co-lead"), make_person("helper"), make_person("was-here")
    learner = make_learner(project, "learner") if state != "draft" else make_person("learner")
    if state != "draft":
        with transaction():
            actions.join_class(lapsed, queries.get_class(project.slug))
        give_lapsed_membership(lapsed)
    with transaction():
        for person, role in ((co, InstructorRole.CO_INSTRUCTOR), (assistant, InstructorRole.ASSISTANT)):
            db.session.add(ClassInstructor(class_id=project.id, person_id=person.id, role=role))
        if state == "archived":
            actions.archive_class(queries.get_class(project.slug))
    memo.forget()
    who: dict[str, Any] = dict(
        zip(PEOPLE, (None, cast.free, cast.subscriber, learner, lapsed, cast.instructor, co, assistant, cast.other_instructor, cast.staff), strict=True)
    )
    for permission, wanted in TABLE[state].items():
        target = queries.get_assignment(project.slug, 1) if permission is P.RELEASE_NAMES else None
        for name, answer in zip(PEOPLE, wanted, strict=True):
            decision = may(who[name], permission, target)
            found = decision.reason.value if isinstance(decision, Denied) else YES
            assert found == answer, f"{state}: {name} {permission.value}"
