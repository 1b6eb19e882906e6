"""Who may do what to a work: person by permission by state, the whole table."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from classprojects.core.database import transaction
from classprojects.policy import Denied, Reason, facts_works, may
from classprojects.policy import Permission as P
from classprojects.works import actions, queries
from classprojects.works.models import Work
from classprojects.works.queries import Viewer, is_visible, visible_works
from tests.factories.people import Cast
from tests.factories.works import make_space, make_work

YES, SIGN_IN, HIDDEN, NO = "yes", "sign_in", "hidden", "forbidden"

PEOPLE = ("visitor", "free", "maker", "classmate", "staff")

VIEW, LINEAGE, EDIT, DELETE, DOWNLOAD, HISTORY, REMIX, SHARE, HEART, COMMENT = (
    P.VIEW_WORK, P.VIEW_LINEAGE, P.EDIT_WORK, P.DELETE_WORK, P.DOWNLOAD_WORK, P.VIEW_HISTORY, P.REMIX_WORK, P.SHARE_WORK, P.HEART_WORK, P.COMMENT_WORK,
)  # fmt: skip

#: state -> permissions -> answers in the order of PEOPLE
TABLE: dict[str, dict[tuple[P, ...], tuple[str, ...]]] = {
    "open": {
        (VIEW, LINEAGE, DOWNLOAD, HISTORY): (YES, YES, YES, YES, YES),
        (EDIT, DELETE): (SIGN_IN, NO, YES, NO, NO),
        (REMIX, HEART, COMMENT): (SIGN_IN, YES, YES, YES, YES),
        (SHARE,): (SIGN_IN, NO, NO, NO, NO),
    },
    "class": {
        (VIEW, LINEAGE, DOWNLOAD, HISTORY): (HIDDEN, HIDDEN, YES, YES, YES),
        (EDIT, DELETE, SHARE): (HIDDEN, HIDDEN, YES, NO, NO),
        (REMIX, HEART, COMMENT): (HIDDEN, HIDDEN, YES, YES, YES),
    },
    "shared": {
        (VIEW, LINEAGE, DOWNLOAD, HISTORY): (YES, YES, YES, YES, YES),
        (EDIT, DELETE): (SIGN_IN, NO, YES, NO, NO),
        (REMIX, HEART, COMMENT): (SIGN_IN, YES, YES, YES, YES),
        (SHARE,): (SIGN_IN, NO, NO, NO, NO),
    },
    "draft": {
        (VIEW, LINEAGE, DOWNLOAD, HISTORY): (HIDDEN, HIDDEN, YES, HIDDEN, HIDDEN),
        (EDIT, DELETE): (HIDDEN, HIDDEN, YES, HIDDEN, HIDDEN),
        (REMIX, HEART): (HIDDEN, HIDDEN, NO, HIDDEN, HIDDEN),
        (COMMENT,): (HIDDEN, HIDDEN, YES, HIDDEN, HIDDEN),
    },
    "unpublished": {
        (VIEW, LINEAGE, DOWNLOAD, HISTORY): (HIDDEN, HIDDEN, YES, HIDDEN, YES),
        (EDIT, DELETE): (HIDDEN, HIDDEN, YES, HIDDEN, NO),
        (REMIX, HEART): (HIDDEN, HIDDEN, NO, HIDDEN, NO),
    },
    "tombstone": {
        (VIEW, LINEAGE): (YES, YES, YES, YES, YES),
        (EDIT, DELETE, DOWNLOAD, HISTORY, REMIX, SHARE, HEART, COMMENT): (HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    },
    "class tombstone": {
        (VIEW, LINEAGE): (HIDDEN, HIDDEN, YES, YES, YES),
        (EDIT, DELETE, DOWNLOAD, HISTORY, REMIX, SHARE, HEART, COMMENT): (HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    },
    "erased draft": {
        (VIEW, LINEAGE, EDIT, DOWNLOAD, HISTORY, REMIX): (HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    },
}


def make_state(cast: Cast, state: str, space: Any) -> Work:
    """A work of the maker's in this state."""
    in_class = state in {"class", "shared", "class tombstone"}
    work = make_work(cast.maker, space=space if in_class else None, publish="draft" not in state)
    verb = {
        "shared": actions.share_work,
        "unpublished": actions.unpublish_work,
        "tombstone": actions.erase_work,
        "class tombstone": actions.erase_work,
        "erased draft": actions.erase_work,
    }.get(state)
    if verb:
        with transaction():
            verb(work)
    return queries.get_work(work.id)


@pytest.fixture
def people(context: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The cast, one of whom is in the class whose space is ``space``."""
    space = make_space()
    classmate, real = cast.other_instructor, facts_works.viewer_for

    def viewer_for(person: Any) -> Viewer:
        if person is classmate:
            return Viewer(person.id, frozenset({space.id}))
        return real(person)

    monkeypatch.setattr(facts_works, "viewer_for", viewer_for)
    return {
        "visitor": None, "free": cast.free, "maker": cast.maker, "classmate": classmate, "staff": cast.staff,
        "space": space, "viewer_for": viewer_for,
    }  # fmt: skip


@pytest.mark.parametrize("state", list(TABLE))
def test_the_whole_table(people: dict[str, Any], cast: Cast, state: str) -> None:
    work = make_state(cast, state, people["space"])
    wrong = []
    for permissions, answers in TABLE[state].items():
        for permission in permissions:
            for name, expected in zip(PEOPLE, answers, strict=True):
                decision = may(people[name], permission, work)
                found = decision.reason.value if isinstance(decision, Denied) else YES
                if found != expected:
                    wrong.append(f"{name} {permission} {state}: {found}, not {expected}")
    assert not wrong, "\n".join(wrong)


def test_lists_and_single_works_follow_the_same_rule(people: dict[str, Any], cast: Cast) -> None:
    works = [make_state(cast, state, people["space"]) for state in TABLE]
    for name in PEOPLE:
        viewer = people["viewer_for"](people[name])
        listed = set(queries.db.session.scalars(visible_works(viewer)))
        assert listed == {work for work in works if is_visible(work, viewer)}, name
        for work in works:
            if not work.is_erased:
                assert bool(may(people[name], P.VIEW_WORK, work)) == (work in listed), (name, work.status)


def test_a_comment_is_taken_back_by_its_author_alone(people: dict[str, Any], cast: Cast) -> None:
    work = make_state(cast, "class", people["space"])
    with transaction():
        comment = actions.comment_on_work(people["classmate"], work, "Hi")
    answers = {name: may(people[name], P.DELETE_COMMENT, comment) for name in PEOPLE}
    assert {name for name, decision in answers.items() if decision} == {"classmate"}
    # P4: where the work is hidden, that somebody spoke about it is hidden too.
    assert answers["visitor"].reason is Reason.HIDDEN
    assert answers["free"].reason is Reason.HIDDEN
    assert answers["maker"].reason is Reason.FORBIDDEN
    with transaction():
        public = actions.comment_on_work(people["classmate"], make_state(cast, "open", people["space"]), "Hi")
    assert may(None, P.DELETE_COMMENT, public).reason is Reason.SIGN_IN


def test_whoever_has_an_account_may_post(people: dict[str, Any]) -> None:
    assert may(None, P.POST_WORK).reason is Reason.SIGN_IN
    assert all(may(people[name], P.POST_WORK) for name in PEOPLE[1:])
