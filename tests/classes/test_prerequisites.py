"""What opens after what: only after what comes before, never in a circle, whatever is moved, taken out or brought back."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classprojects.classes import actions, queries
from classprojects.classes.actions.prerequisites import require_answers
from classprojects.classes.models import Prerequisite
from classprojects.classes.queries.prerequisites import find_prerequisites, find_way, list_prerequisites
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError
from tests.factories.classes import make_class


def fresh(project):
    return queries.get_class_by_id(project.id)


def require(project, kind, number, *numbers):
    with transaction():
        item = next(one for one in fresh(project).outline if (one.kind, one.number) == (kind, number))
        require_answers(fresh(project), item, numbers)


def rules(project):
    project = fresh(project)
    found = find_prerequisites(project)
    return {
        (item.kind, item.number): [needed.number for needed in found[item.kind, item.id]]
        for item in project.outline if (item.kind, item.id) in found
    }  # fmt: skip


def test_rules_are_kept_in_words(cast):
    project = make_class(cast.instructor, lessons=3, assignments=3)
    require(project, "lesson", 3, 1, 2, 1)
    require(project, "assignment", 3, 2)
    assert rules(project) == {("lesson", 3): [1, 2], ("assignment", 3): [2]}
    for kind, number, needed, words in (
        ("lesson", 1, 1, "comes after"),
        ("assignment", 2, 2, "cannot wait for itself"),
        ("assignment", 2, 3, "waits for “Assignment 2"),
        ("assignment", 1, 2, "comes after"),
        ("lesson", 2, 9, "not in this class any more"),
    ):
        with pytest.raises(DomainError, match=words):
            require(project, kind, number, needed)
    require(project, "assignment", 2, 1)
    # By way of another one, too.
    with pytest.raises(DomainError, match="by way of “Assignment 2"):
        require(project, "assignment", 1, 3)
    # The order of the outline keeps them.
    with pytest.raises(DomainError, match="must stay after it"), transaction():
        actions.move_item(fresh(project), fresh(project).assignments[1], True)
        actions.move_item(fresh(project), fresh(project).assignments[1], True)
    with pytest.raises(DomainError, match="opens after this assignment"), transaction():
        actions.delete_assignment(fresh(project), fresh(project).assignments[1])
    require(project, "assignment", 3)
    assert ("assignment", 3) not in rules(project)


def test_what_comes_back_waits_only_for_what_is_there(cast):
    project = make_class(cast.instructor, lessons=3, assignments=3, publish=False)
    require(project, "lesson", 3, 2)
    require(project, "assignment", 3, 2, 1)
    lesson, assignments = fresh(project).lessons[2], fresh(project).assignments
    with transaction():
        actions.delete_lesson(fresh(project), lesson)
        actions.delete_assignment(fresh(project), assignments[2])
        actions.delete_assignment(fresh(project), assignments[1])
    assert rules(project) == {}
    for item in (lesson, assignments[2]):
        with transaction():
            actions.restore_item(fresh(project), item)
    assert rules(project) == {("assignment", 3): [1]}


moves = st.lists(
    st.one_of(
        st.tuples(st.just("require"), st.integers(1, 4), st.lists(st.integers(1, 4), max_size=3)),
        st.tuples(st.just("move"), st.integers(1, 4), st.booleans()),
        st.tuples(st.just("delete"), st.integers(1, 4), st.none()),
        st.tuples(st.just("restore"), st.integers(1, 4), st.none()),
    ),
    max_size=10,
)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=moves)
def test_nothing_ever_waits_in_a_circle(cast, moves):
    project = make_class(cast.instructor, lessons=1, assignments=4, publish=False)
    for verb, number, how in moves:
        try:
            with transaction():
                now = fresh(project)
                item = next((one for one in now.assignments if one.number == number), None)
                if verb == "restore" and item is None:
                    actions.restore_item(now, queries.find_deleted_item(now, "assignment", number))
                elif item is None or verb == "restore":
                    continue
                elif verb == "require":
                    require_answers(now, item, how)
                elif verb == "move":
                    actions.move_item(now, item, how)
                else:
                    actions.delete_assignment(now, item)
        except DomainError:
            pass
        now = fresh(project)
        places = {one.id: one.position for one in now.assignments}
        edges: dict[int, list[int]] = {}
        for row in list_prerequisites(project.id):
            if row.assignment_id in places and row.requires_id in places:
                edges.setdefault(row.assignment_id, []).append(row.requires_id)
                assert places[row.requires_id] < places[row.assignment_id]
        assert not any(find_way(edges, needed, start) for start in edges for needed in edges[start])


@pytest.mark.slow
def test_two_editors_at_once_make_no_circle(cast, app):
    """Each move is fine alone; together they would close a circle, or turn the order round."""
    project = make_class(cast.instructor, lessons=1, assignments=2, publish=False)
    first, second = (one.id for one in project.assignments)
    start = threading.Barrier(2)
    said = []

    def act(what):
        with app.app_context():
            try:
                start.wait(10)
                with transaction():
                    now = fresh(project)
                    by_id = {one.id: one for one in now.assignments}
                    what(now, by_id)
            except DomainError as error:
                said.append(error.message)
            finally:
                db.session.remove()

    threads = [
        threading.Thread(target=act, args=(lambda now, known: require_answers(now, known[second], [1]),)),
        threading.Thread(target=act, args=(lambda now, known: actions.move_item(now, known[second], True),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    places = {one.id: one.position for one in fresh(project).assignments}
    kept = [(row.assignment_id, row.requires_id) for row in db.session.query(Prerequisite)]
    assert len(said) == 1, said
    assert all(places[needed] < places[item] for item, needed in kept) and kept in ([], [(second, first)])
