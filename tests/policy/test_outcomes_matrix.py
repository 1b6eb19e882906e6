"""Who may see, choose, answer, count and revoke what comes of classes: the whole table."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from classprojects.classes import actions as classes
from classprojects.classes.actions import showcase as actions
from classprojects.classes.models import ClassInstructor, InstructorRole
from classprojects.classes.queries import get_class, showcase
from classprojects.completion.actions import complete_class
from classprojects.completion.queries import get_credential
from classprojects.core import clock, memo
from classprojects.core.database import db, transaction
from classprojects.gateways.credential_keys import find_keys
from classprojects.policy import Denied, may
from classprojects.policy import Permission as P
from tests.factories.classes import make_class, make_learner, submit
from tests.factories.memberships import give_lapsed_membership
from tests.factories.people import Cast, make_person

PEOPLE = ("visitor", "free", "subscriber", "learner", "lapsed learner", "lead", "co-instructor", "assistant", "other instructor", "staff")
YES, NO, SIGN_IN, HIDDEN = "yes", "forbidden", "sign_in", "hidden"

#: whoever you are: the address of a certificate cannot be guessed; only staff revoke; one's own statement is one's own
ALWAYS: dict[P, tuple[str, ...]] = {
    P.VIEW_CREDENTIAL: (YES,) * 10,
    P.REVOKE_CREDENTIAL: (SIGN_IN, *(NO,) * 8, YES),
    P.VIEW_EARNINGS: (SIGN_IN, *(YES,) * 9),
    P.ANSWER_SHOWCASE: (SIGN_IN, HIDDEN, HIDDEN, YES, *(HIDDEN,) * 6),
}
LEADERS_SEE = (SIGN_IN, NO, NO, NO, NO, YES, YES, YES, NO, YES)
WRITERS_CHANGE = (SIGN_IN, NO, NO, NO, NO, YES, YES, NO, NO, YES)
TABLE: dict[str, dict[P, tuple[str, ...]]] = {
    "running": {
        **ALWAYS,
        P.VIEW_SHOWCASE: (*(HIDDEN,) * 5, YES, YES, YES, HIDDEN, YES),
        P.EDIT_SHOWCASE: WRITERS_CHANGE,
        P.VIEW_INSIGHT: LEADERS_SEE,
    },
    "showcase published": {
        **ALWAYS,
        P.VIEW_SHOWCASE: (YES,) * 10,
        P.EDIT_SHOWCASE: WRITERS_CHANGE,
        P.VIEW_INSIGHT: LEADERS_SEE,
    },
    # Those who joined keep an archived class, its showcase too.
    "archived": {
        **ALWAYS,
        P.VIEW_SHOWCASE: (HIDDEN, HIDDEN, HIDDEN, YES, YES, YES, YES, YES, HIDDEN, YES),
        P.EDIT_SHOWCASE: WRITERS_CHANGE,
        P.VIEW_INSIGHT: LEADERS_SEE,
    },
    "taken out": {**ALWAYS, P.ANSWER_SHOWCASE: (SIGN_IN, *(HIDDEN,) * 9)},
}


@pytest.mark.parametrize("state", list(TABLE))
def test_the_whole_table(context: Flask, cast: Cast, state: str) -> None:
    project = make_class(cast.instructor)
    co, assistant, learner = make_person("co-lead"), make_person("helper"), make_learner(project, "learner")
    lapsed = make_person("was-here")
    with transaction():
        classes.join_class(lapsed, get_class(project.slug))
    give_lapsed_membership(lapsed)
    submission = submit(learner, project)
    with transaction():
        for person, role in ((co, InstructorRole.CO_INSTRUCTOR), (assistant, InstructorRole.ASSISTANT)):
            db.session.add(ClassInstructor(class_id=project.id, person_id=person.id, role=role))
        credential = complete_class(learner, project.id, find_keys())
        entry = actions.choose_work(project, submission.work_id, cast.instructor)
        if state in {"showcase published", "archived"}:
            project.showcase_at = clock.now()
        if state == "archived":
            classes.archive_class(project)
        if state == "taken out":
            actions.remove_entry(entry)
    project = get_class(project.slug)
    targets: dict[P, Any] = {
        P.VIEW_CREDENTIAL: get_credential(credential.public_id), P.REVOKE_CREDENTIAL: get_credential(credential.public_id),
        P.VIEW_EARNINGS: None, P.ANSWER_SHOWCASE: showcase.get_entry(project.slug, entry.id),
        P.VIEW_SHOWCASE: project, P.EDIT_SHOWCASE: project, P.VIEW_INSIGHT: project,
    }  # fmt: skip
    people = dict(
        zip(PEOPLE, (None, cast.free, cast.subscriber, learner, lapsed, cast.instructor, co, assistant, cast.other_instructor, cast.staff), strict=True)
    )
    wrong = []
    for permission, answers in TABLE[state].items():
        for (name, person), expected in zip(people.items(), answers, strict=True):
            memo.forget()
            decision = may(person, permission, targets[permission])
            found = decision.reason.value if isinstance(decision, Denied) else YES
            if found != expected:
                wrong.append(f"{name} {permission} {state}: {found}, not {expected}")
    assert not wrong, "\n".join(wrong)
