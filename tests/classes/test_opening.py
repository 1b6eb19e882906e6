"""What is open to whom: a season's dates, what must be made first, more time, everything opened."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from classprojects.classes import actions, queries
from classprojects.classes.models import LessonFinish
from classprojects.classes.queries.opening import find_opening
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.errors import Refused
from classprojects.policy import Permission, may
from classprojects.policy.facts_opening import NotOpenYet
from tests.factories.classes import join, make_class, make_learner, submit
from tests.factories.seasons import extend, make_season, open_all, put_into_season, require, set_dates

WEEK = timedelta(days=7)


def _opening(person, project):
    return find_opening(person, queries.get_class(project.slug))


def _count_queries(ask):
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(db.engine, "after_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(db.engine, "after_cursor_execute", note)
    return len(statements)


def test_dates_of_a_season_open_one_thing_after_the_other(cast):
    project = make_class(cast.instructor, lessons=3, assignments=2)
    learner, at_own_pace = make_learner(project), make_learner(project)
    preview, second, third = project.lessons
    first, later = project.assignments
    season = make_season(project)
    now = clock.now()
    set_dates(season, third, opens_at=now + WEEK)
    set_dates(season, later, opens_at=now + WEEK, due_at=now + 2 * WEEK)
    put_into_season(learner, season)
    opening = _opening(learner, project)
    assert [opening.is_open(item) for item in (preview, second, third)] == [True, True, False]
    assert opening.is_open(first) and not opening.is_open(later)
    assert opening.opens_at(third) == now + WEEK and opening.opens_at(second) is None
    assert opening.due_at(later) == now + 2 * WEEK and opening.due_at(first) is None
    with clock.at(now + WEEK):
        assert _opening(learner, project).is_open(later)
    for person in (at_own_pace, cast.instructor, cast.staff, None):
        assert all(_opening(person, project).is_open(item) for item in project.outline)


def test_before_its_start_a_season_shows_only_the_free_lesson(cast):
    project = make_class(cast.instructor, lessons=2)
    learner = make_learner(project)
    put_into_season(learner, make_season(project, starts_at=clock.now() + WEEK))
    opening = _opening(learner, project)
    assert [opening.is_open(item) for item in (*project.lessons, *project.assignments)] == [True, False, False]


def test_what_was_made_stays_open_whatever_is_joined_or_moved(cast):
    """Progress is never lost: neither what was handed in nor a lesson that one was through with closes again."""
    project = make_class(cast.instructor, lessons=2, assignments=2)
    learner = make_learner(project)
    submit(learner, project, 1)
    with transaction():
        actions.finish_lesson(learner, project.lessons[1])
    put_into_season(learner, make_season(project, starts_at=clock.now() + WEEK))
    opening = _opening(learner, project)
    assert opening.is_open(project.assignments[0]) and opening.is_open(project.lessons[1])
    assert not opening.is_open(project.assignments[1])


def test_what_must_be_made_first(cast):
    project = make_class(cast.instructor, lessons=2, assignments=2)
    learner = make_learner(project)
    first, second = project.assignments
    require(second, first)
    require(project.lessons[1], first)
    opening = _opening(learner, project)
    assert not opening.is_open(second) and opening.missing(second) == [first] and not opening.is_open(project.lessons[1])
    refused = may(learner, Permission.SUBMIT_WORK, second)
    assert isinstance(refused, NotOpenYet) and first.title in refused.message
    submit(learner, project, 1)
    assert all(_opening(learner, project).is_open(item) for item in project.outline)


def test_nobody_stands_before_a_door_whose_key_is_gone(cast):
    project = make_class(cast.instructor, assignments=3)
    learner = make_learner(project)
    first, second, third = project.assignments
    require(second, first)
    require(third, second)
    season = make_season(project)
    set_dates(season, first, due_at=clock.now() - timedelta(minutes=1), is_firm=True)
    put_into_season(learner, season)
    assert _opening(learner, project).is_open(second)
    with transaction():
        queries.get_assignment(project.slug, second.number).closed_at = clock.now()
        db.session.flush()
    assert _opening(learner, project).is_open(third)


def test_more_time_beats_late_and_firm_and_closed(cast):
    project = make_class(cast.instructor, assignments=2)
    learner = make_learner(project)
    soft, firm = project.assignments
    season, now = make_season(project), clock.now()
    set_dates(season, soft, due_at=now - timedelta(minutes=1))
    set_dates(season, firm, due_at=now - timedelta(minutes=1), is_firm=True)
    put_into_season(learner, season)
    opening = _opening(learner, project)
    assert opening.is_late(soft) and not opening.is_shut(soft)
    assert opening.is_shut(firm)
    for one in (soft, firm):
        extend(learner, one, now + WEEK, cast.instructor)
    opening = _opening(learner, project)
    assert not opening.is_late(soft) and not opening.is_shut(firm) and opening.due_at(firm) == now + WEEK
    with transaction():
        queries.get_assignment(project.slug, firm.number).closed_at = now
        db.session.flush()
    attempt = submit(learner, project, firm.number).attempts[0]
    assert not attempt.is_late and attempt.due_at == now + WEEK


def test_late_is_taken_and_marked_and_a_firm_date_takes_nothing(cast):
    project = make_class(cast.instructor, assignments=3)
    learner = make_learner(project)
    on_time, soft, firm = project.assignments
    season, now = make_season(project), clock.now()
    set_dates(season, on_time, due_at=now + WEEK)
    set_dates(season, soft, due_at=now - timedelta(minutes=1))
    set_dates(season, firm, due_at=now - timedelta(minutes=1), is_firm=True)
    put_into_season(learner, season)
    made = submit(learner, project, on_time.number)
    assert not made.attempts[0].is_late and made.attempts[0].due_at == now + WEEK and made.season_id == season.id
    late = submit(learner, project, soft.number).attempts[0]
    assert late.is_late and late.due_at == now - timedelta(minutes=1)
    with pytest.raises(actions.SubmissionsClosed):
        submit(learner, project, firm.number)
    db.session.rollback()
    assert queries.find_submission(queries.get_assignment(project.slug, firm.number), learner) is None


def test_what_its_instructor_asked_for_is_late_for_nothing(cast):
    from tests.factories.classes import say

    project = make_class(cast.instructor)
    learner = make_learner(project)
    season, now = make_season(project), clock.now()
    set_dates(season, project.assignments[0], due_at=now + timedelta(minutes=1), is_firm=True)
    put_into_season(learner, season)
    made = submit(learner, project)
    with clock.at(now + WEEK):
        with pytest.raises(actions.SubmissionsClosed):
            submit(learner, project, body="Again")
        db.session.rollback()
        say(cast.instructor, made, as_instructor=True)
        again = submit(learner, project, body="Again").attempts[-1]
    assert not again.is_late and again.due_at is None


def test_everything_opened_for_one_learner(cast):
    project = make_class(cast.instructor, lessons=2, assignments=2)
    learner = make_learner(project)
    require(project.assignments[1], project.assignments[0])
    season = make_season(project, starts_at=clock.now() + WEEK)
    set_dates(season, project.assignments[0], due_at=clock.now() + 2 * WEEK)
    put_into_season(learner, season)
    open_all(learner, project)
    opening = _opening(learner, project)
    assert all(opening.is_open(item) for item in project.outline)
    assert opening.due_at(project.assignments[0]) is not None


def test_a_cancelled_season_holds_nobody_back(cast):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    put_into_season(learner, make_season(project, starts_at=clock.now() + WEEK, cancelled_at=clock.now()))
    opening = _opening(learner, project)
    assert opening.season_id is None and all(opening.is_open(item) for item in project.outline)


def test_policy_refuses_with_words_and_no_lesson_is_finished_unopened(cast):
    project = make_class(cast.instructor, lessons=2)
    learner = make_learner(project)
    put_into_season(learner, make_season(project, starts_at=clock.now() + WEEK))
    lesson, assignment = project.lessons[1], project.assignments[0]
    for permission, item in ((Permission.VIEW_LESSON, lesson), (Permission.VIEW_ASSIGNMENT, assignment), (Permission.SUBMIT_WORK, assignment)):
        refused = may(learner, permission, item)
        assert isinstance(refused, NotOpenYet) and "opens on" in refused.message and "UTC" in refused.message
        for leader in (cast.instructor, cast.staff):
            assert permission is Permission.SUBMIT_WORK or may(leader, permission, item)
    assert may(learner, Permission.VIEW_CLASSROOM, project)  # the outline stays visible
    with pytest.raises(Refused), transaction():
        actions.finish_lesson(learner, lesson)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LessonFinish)) == 0


def test_asks_at_most_twice_and_nothing_where_nothing_is_to_be_asked(cast):
    project, plain = make_class(cast.instructor, assignments=2), make_class(cast.instructor)
    learner = make_learner(project)
    join(learner, plain)
    require(project.assignments[1], project.assignments[0])
    put_into_season(learner, make_season(project))
    places = queries.find_places(learner)
    queries_of = {
        one.id: _count_queries(lambda one=one: find_opening(learner, one)) - _count_queries(lambda: queries.find_places(learner))
        for one in (project, plain)
    }
    assert places.learning[project.id].is_gated
    assert queries_of == {project.id: 2, plain.id: 0}
