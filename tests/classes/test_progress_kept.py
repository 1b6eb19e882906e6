"""What was made stays made, whatever an instructor does to the class; and how a learner's rhythm is counted."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from classprojects.accounts.queries import get_person
from classprojects.classes import actions, queries
from classprojects.classes.actions import AssignmentDraft, LessonDraft
from classprojects.classes.actions.notes import keep_place
from classprojects.classes.actions.prerequisites import require_answers
from classprojects.classes.models import Lesson
from classprojects.classes.progress import NextKind, count_made, count_to_make, is_made, next_thing
from classprojects.classes.queries.opening import find_opening
from classprojects.classes.streaks import Rhythm, rhythm_of
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError
from classprojects.core.memo import forget
from classprojects.works.models import Medium
from tests.factories.classes import make_class, make_learner, submit

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

OPERATIONS = (
    "move up", "move down", "turn round", "delete lesson", "restore", "delete assignment", "make optional", "close",
    "require", "unrequire", "reword", "add lesson", "add assignment", "make required", "reopen",
)  # fmt: skip
#: edits that ask for something more to be made: only these may lower the share that is made
ASKING = {"add assignment", "make required", "reopen", "restore"}


@given(st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 7)), min_size=1, max_size=10), st.sets(st.integers(1, 4)))
@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_progress_is_never_lost_by_edits_of_the_class(cast, operations, answered):
    project = make_class(cast.instructor, lessons=3, assignments=4)
    learner = make_learner(project)
    for number in answered:
        submit(learner, project, number)
    with transaction():
        actions.finish_lesson(learner, queries.get_lesson(project.slug, 1))
        keep_place(learner, queries.get_lesson(project.slug, 2), 42)
    before = _stand(learner, project)
    for operation, which in operations:
        with suppress(DomainError), transaction():  # refused: nothing may have changed either
            _edit(operation, which, cast.instructor, project)
        now = _stand(learner, project)
        assert now["answers"] == before["answers"], operation
        assert now["made"] == before["made"], operation
        assert now["finished"] and now["place"] in (42, None), operation
        assert now["made"] <= now["to_make"], operation
        if operation not in ASKING:
            assert now["made"] * max(before["to_make"], 1) >= before["made"] * max(now["to_make"], 1), operation
        before = now


def _stand(learner: Any, project: Any) -> dict[str, Any]:
    db.session.expire_all()
    forget()
    learner = get_person(learner.id)
    fresh = queries.get_class(project.slug)
    progress = queries.find_progress(learner, fresh)
    opening = find_opening(learner, fresh)
    thing = next_thing(fresh, progress, opening)
    # Whatever was done: there is one thing to do next, it is open, and it was not done yet.
    item = thing.lesson or thing.assignment
    if item is not None and thing.kind not in (NextKind.WAIT, NextKind.TRY_AGAIN, NextKind.GIVE_FEEDBACK):
        assert opening.is_open(item)
        assert item.id not in progress.finished if isinstance(item, Lesson) else not is_made(progress.submissions.get(item.id))
    finished = progress.finished
    second = progress.places.get(next((one.id for one in fresh.lessons if one.number == 2), 0))
    first = next((one.id for one in fresh.lessons if one.number == 1), None)
    return {
        "answers": {number: (one.id, one.state, one.attempts_count) for number, one in progress.submissions.items()},
        "made": count_made(fresh, progress),
        "to_make": count_to_make(fresh, progress),
        "finished": first is None or first in finished,
        "place": second.at_seconds if second else None,
    }


def _edit(operation: str, which: int, instructor: Any, project: Any) -> None:
    fresh = queries.get_class(project.slug)
    outline = fresh.outline
    item = outline[which % len(outline)]
    assignment = fresh.assignments[which % len(fresh.assignments)]
    if operation in ("move up", "move down"):
        actions.move_item(fresh, item, up=operation == "move up")
    elif operation == "turn round":
        actions.reorder_outline(fresh, [(one.kind, one.number) for one in reversed(outline)])
    elif operation == "delete lesson":
        actions.delete_lesson(fresh, fresh.lessons[which % len(fresh.lessons)])
    elif operation == "restore":
        for kind in ("lesson", "assignment"):
            gone = queries.find_deleted_item(fresh, kind, which % 4 + 1)
            if gone is not None:
                actions.restore_item(fresh, gone)
                return
    elif operation == "delete assignment":
        actions.delete_assignment(fresh, assignment)
    elif operation == "require":
        require_answers(fresh, item, [assignment.number])
    elif operation == "unrequire":
        require_answers(fresh, item, [])
    elif operation == "add lesson":
        actions.add_lesson(fresh, LessonDraft(title="One more", body="More words"), instructor)
    elif operation == "add assignment":
        actions.add_assignment(fresh, AssignmentDraft("One more", "Make it", (Medium.TEXT,)), instructor)
    else:
        draft = AssignmentDraft(
            title="Asked anew", brief=f"Another brief {which}", media_allowed=(Medium.AUDIO,),
            is_required=(assignment.is_required and operation != "make optional") or operation == "make required",
            is_closed=(assignment.is_closed and operation != "reopen") or operation == "close",
        )  # fmt: skip
        actions.edit_assignment(fresh, assignment, draft, assignment.version, instructor)


NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday


def test_a_row_of_weeks_runs_until_a_whole_week_is_missed():
    weeks_ago = [NOON - timedelta(weeks=number) for number in range(12)]
    assert rhythm_of([], NOON, UTC) == Rhythm(0, 0)
    assert rhythm_of(weeks_ago[:3], NOON, UTC) == Rhythm(3, 3)
    # The week that is not over yet breaks nothing.
    assert rhythm_of(weeks_ago[1:4], NOON, UTC) == Rhythm(3, 3)
    # Whoever pauses loses nothing of what they have.
    assert rhythm_of([*weeks_ago[3:6], *weeks_ago[8:9]], NOON, UTC) == Rhythm(0, 4)
    assert rhythm_of([weeks_ago[0]] * 5, NOON, UTC) == Rhythm(1, 1)


def test_weeks_are_those_of_the_readers_calendar():
    sunday_night = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert rhythm_of([sunday_night, NOON], NOON, UTC) == Rhythm(2, 2)
    assert rhythm_of([sunday_night, NOON], NOON, timezone(timedelta(hours=2))) == Rhythm(1, 1)


@given(st.lists(st.datetimes(datetime(2025, 1, 1), datetime(2026, 3, 4), timezones=st.just(UTC)), max_size=20), st.integers(0, 300))
@settings(max_examples=50, deadline=None)
def test_weeks_altogether_only_ever_grow(moments, days):
    rhythm = rhythm_of(moments, NOON, UTC)
    assert rhythm.running <= rhythm.altogether
    assert rhythm_of(moments, NOON + timedelta(days=days), UTC).altogether == rhythm.altogether
    assert rhythm_of([*moments, NOON], NOON, UTC).altogether >= rhythm.altogether
