"""Classmates answer one another, fairly: what holds whatever people do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from classprojects.accounts.models import Person
from classprojects.accounts.queries import get_person
from classprojects.classes import actions, queries
from classprojects.classes.actions import peers
from classprojects.classes.jobs.peers import sweep_readers
from classprojects.classes.models import HANDED_IN, Assignment, ClassProject, PeerReview, Submission
from classprojects.classes.queries.peers import find_asked
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.notifications.models import Notification, NotificationKind
from classprojects.works import actions as works
from classprojects.works.models import WorkStatus
from classprojects.works.queries import get_plain_work
from tests.conftest import empty_database
from tests.factories.classes import add_assignment, join, make_class, make_learner, say, submit
from tests.factories.people import make_person

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow


def ruled(instructor: Person, count: int) -> tuple[ClassProject, Assignment]:
    """A class whose first assignment asks everybody to answer ``count`` classmates."""
    project = make_class(instructor, lessons=1, assignments=0, publish=False)
    assignment = add_assignment(project, instructor, feedback_count=count)
    with transaction():
        actions.publish_class(queries.get_class(project.slug))
    return queries.get_class(project.slug), assignment


def later_by(time: timedelta) -> Any:
    """The clock stands ``time`` after now."""
    return clock.at(clock.real_now() + time)


def reviews(**wanted: Any) -> list[PeerReview]:
    return list(db.session.scalars(sa.select(PeerReview).filter_by(**wanted).order_by(PeerReview.id).execution_options(populate_existing=True)))


def fresh(submission: Submission) -> Submission:
    db.session.expire_all()
    return queries.get_submission(submission.id)


def test_everybody_gives_and_gets_as_many(cast: Any) -> None:
    """Four people, three classmates each: once all have handed in, everybody answers and is answered by all others."""
    project, assignment = ruled(cast.instructor, 3)
    people = [make_learner(project) for _ in range(4)]
    first = submit(people[0], project)
    assert reviews() == [], "nobody is there yet, and nothing is owed"
    assert find_asked(people[0], project)[assignment.id].left == 0
    handed = [first, *(submit(person, project) for person in people[1:])]
    for person, own in zip(people, handed, strict=True):
        asked = find_asked(person, project)[assignment.id]
        assert sorted(asked.waiting) == sorted(one.id for one in handed if one.id != own.id)
        assert asked.left == 3
        assert fresh(own).readers_count == 3
    told = db.session.scalars(sa.select(Notification.person_id).where(Notification.kind == NotificationKind.FEEDBACK_ASKED)).all()
    assert sorted(told) == sorted([people[0].id] * 3 + [people[1].id] * 2 + [people[2].id]), "who handed in themselves sees it on the page"


def test_the_newest_without_any_comes_first(cast: Any) -> None:
    project, assignment = ruled(cast.instructor, 1)
    people = [make_learner(project) for _ in range(5)]
    handed = [submit(person, project) for person in people[:4]]
    assert [fresh(one).readers_count for one in handed] == [1, 1, 1, 1], "each takes over whom another has above the rule"
    for person in people[:4]:
        say(person, queries.get_submission(find_asked(person, project)[assignment.id].waiting[0]))
    # Everybody has answered: the fifth is without any until somebody comes after them, who is asked about them first.
    newest = submit(people[4], project)
    assert fresh(newest).readers_count == 0
    last = make_learner(project)
    submit(last, project)
    assert find_asked(last, project)[assignment.id].waiting == (newest.id,)


def test_an_answer_of_ones_own_accord_counts_and_lets_off(cast: Any) -> None:
    project, assignment = ruled(cast.instructor, 1)
    people = [make_learner(project) for _ in range(4)]
    handed = [submit(person, project) for person in people]
    waits = find_asked(people[3], project)[assignment.id].waiting[0]
    other = next(one for one in handed[:3] if one.id != waits)
    before = {one.id: fresh(one).readers_count for one in handed}
    say(people[3], other)
    asked = find_asked(people[3], project)[assignment.id]
    assert asked.answered == (other.id,) and asked.waiting == () and asked.left == 0
    assert fresh(other).readers_count == before[other.id] + 1
    # Somebody else stands in where there is one who answered all they were asked.
    say(people[3], other)
    assert len(reviews(reviewer_id=people[3].id)) == 1, "a second word to the same classmate counts once"
    say(cast.instructor, handed[3], as_instructor=True)
    assert not reviews(reviewer_id=cast.instructor.id), "an instructor's word is no classmate's"


def test_what_is_not_answered_in_time_is_given_to_somebody_else(cast: Any) -> None:
    project, assignment = ruled(cast.instructor, 1)
    a, b, c = (make_learner(project) for _ in range(3))
    of_a, of_b = submit(a, project), submit(b, project)
    say(b, of_a)
    of_c = submit(c, project)
    assert find_asked(c, project)[assignment.id].waiting == (of_b.id,)
    say(c, of_b)
    assert find_asked(a, project)[assignment.id].waiting == (of_c.id,), "c takes over whom b has above the rule"
    with later_by(peers.PATIENCE - timedelta(minutes=1)):
        assert sweep_readers() == 0
    with later_by(peers.PATIENCE + timedelta(minutes=1)):
        sweep_readers()
        lapsed = reviews(reviewer_id=a.id)[0]
        assert lapsed.lapsed_at is not None
        assert reviews(submission_id=of_c.id, reviewer_id=b.id), "b answered all that they were asked, and stands in"
        assert find_asked(a, project)[assignment.id].waiting == (of_c.id,), "whoever let it lapse may still answer"
        say(a, of_c)
        assert find_asked(a, project)[assignment.id].left == 0
        assert fresh(of_c).readers_count == 2
        assert sweep_readers() == 0, "once is enough"


def test_taking_back_deleting_and_leaving_let_everybody_off(cast: Any) -> None:
    """P20: whoever leaves is waited for by nobody, and nobody is left with something that is gone."""
    project, assignment = ruled(cast.instructor, 2)
    a, b, c, d = (make_learner(project) for _ in range(4))
    handed = {person.id: submit(person, project) for person in (a, b, c, d)}
    with transaction():
        actions.withdraw_submission(queries.get_submission(handed[a.id].id))
    assert not reviews(submission_id=handed[a.id].id) and not reviews(reviewer_id=a.id)
    assert fresh(handed[a.id]).readers_count == peers.PARKED
    for person in (b, c, d):
        asked = find_asked(person, project)[assignment.id]
        assert len(asked.waiting) == 2 and handed[a.id].id not in asked.waiting
    with transaction():
        actions.leave_class(b, queries.get_class(project.slug))
    assert not reviews(submission_id=handed[b.id].id) and not reviews(reviewer_id=b.id)
    assert find_asked(c, project)[assignment.id].left == 1, "what is owed shrinks to what is there"
    join(b, project)
    assert fresh(handed[b.id]).readers_count >= 0 and len(find_asked(b, project)[assignment.id].waiting) == 2
    sweep_readers()
    with transaction():
        works.erase_work(get_plain_work(handed[d.id].work_id))
    assert handed[d.id].id not in find_asked(c, project)[assignment.id].waiting
    with later_by(peers.PATIENCE * 2):
        sweep_readers()
        assert fresh(handed[d.id]).readers_count == peers.PARKED
        assert not reviews(submission_id=handed[d.id].id)


def rule(project: ClassProject, count: int) -> None:
    """The first assignment asks for so many from now on."""
    with transaction():
        queries.get_assignment(project.slug, 1).feedback_count = count


@pytest.mark.parametrize("back", ["in the class", "once more"])
def test_what_came_back_while_nobody_was_asked_is_read_later(cast: Any, back: str) -> None:
    project, _ = ruled(cast.instructor, 1)
    a, b = make_learner(project), make_learner(project)
    of_a = submit(a, project)
    submit(b, project)
    with transaction():
        if back == "once more":
            actions.withdraw_submission(queries.get_submission(of_a.id))
        else:
            actions.leave_class(a, queries.get_class(project.slug))
    assert fresh(of_a).readers_count == peers.PARKED
    rule(project, 0)
    if back == "once more":
        submit(a, project, body="Dear you, again")
    else:
        join(a, project)
    assert fresh(of_a).readers_count == 0
    rule(project, 1)
    sweep_readers()
    assert fresh(of_a).readers_count == 1


def test_a_work_that_was_brought_back_is_read_again(cast: Any) -> None:
    project, assignment = ruled(cast.instructor, 1)
    a, b = make_learner(project), make_learner(project)
    of_a = submit(a, project)
    with transaction():
        get_plain_work(of_a.work_id).status = WorkStatus.REMOVED
    submit(b, project)
    assert fresh(of_a).readers_count == peers.PARKED
    sweep_readers()
    assert fresh(of_a).readers_count == peers.PARKED
    with transaction():
        get_plain_work(of_a.work_id).status = WorkStatus.PUBLISHED
    sweep_readers()
    assert fresh(of_a).readers_count == 1 and find_asked(b, project)[assignment.id].waiting == (of_a.id,)


STEPS = st.lists(st.tuples(st.sampled_from(["hand in", "hand in", "hand in", "answer", "answer anybody", "take back", "leave", "lapse", "delete"]), st.integers(0, 8), st.integers(0, 8)), min_size=8, max_size=30)


@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 3), steps=STEPS)
def test_whatever_people_do(context: Any, count: int, steps: list[tuple[str, int, int]]) -> None:
    """Random joins, hand-ins, leaves, withdrawals, lapses and answers: the rules of fairness hold after each."""
    empty_database()
    db.session.expunge_all()
    instructor = make_person("lead", ["instructor"])
    project, assignment = ruled(instructor, count)
    people: dict[int, Person] = {}
    later = timedelta()
    for what, who, other in steps:
        if who not in people:
            people[who] = make_learner(project)
        person = get_person(people[who].id)
        own = queries.find_submission(assignment, person)
        with later_by(later):
            later += timedelta(minutes=1)
            if what == "hand in":
                join(person, project)
                submit(person, project, body=f"Try {later}")
            elif what == "take back" and own is not None and own.is_handed_in and not own.work.is_erased:
                with transaction():
                    actions.withdraw_submission(queries.get_submission(own.id))
            elif what == "leave":
                with transaction():
                    actions.leave_class(person, queries.get_class(project.slug))
            elif what == "delete" and own is not None and own.is_handed_in:
                with transaction():
                    works.erase_work(get_plain_work(own.work_id))
            elif what == "lapse":
                later += peers.PATIENCE * 2
            elif what in ("answer", "answer anybody"):
                _answer(person, project, assignment, what == "answer", people.get(other))
        db.session.expire_all()
        _check(assignment, count)
        with later_by(later):
            sweep_readers()
        _check(assignment, count)
    _check_nothing_is_left_to_ask(project, assignment, count)


def _answer(person: Person, project: ClassProject, assignment: Assignment, as_asked: bool, other: Person | None) -> None:
    waiting = find_asked(person, queries.get_class(project.slug))[assignment.id].waiting
    target = waiting[0] if as_asked and waiting else None
    if target is None and other is not None and other.id != person.id:
        found = queries.find_submission(assignment, other)
        target = found.id if found is not None and found.is_handed_in else None
    if target is not None:
        say(person, queries.get_submission(target))


def _check(assignment: Assignment, count: int) -> None:
    db.session.expire_all()
    asked = reviews(assignment_id=assignment.id)
    submissions = {one.id: one for one in db.session.scalars(sa.select(Submission).where(Submission.assignment_id == assignment.id))}
    assert all(submissions[one.submission_id].person_id != one.reviewer_id for one in asked), "nobody reads their own"
    pairs = [(one.submission_id, one.reviewer_id) for one in asked]
    assert len(set(pairs)) == len(pairs), "nobody reads the same twice"
    for submission in submissions.values():
        counted = [one for one in asked if one.submission_id == submission.id and (one.done_at or not one.lapsed_at)]
        still = [one for one in counted if not one.done_at]
        own_accord = [one for one in counted if one.done_at and one.asked_at == one.open_until]
        if submission.readers_count != peers.PARKED:
            assert submission.readers_count == len(counted), "what is counted is what is there"
            assert submission.readers_count - len(own_accord) <= count + 1, "no answer has many more readers than the rule says"
        elif still:
            # Deleted: whoever was asked is let off when it lapses.
            assert db.session.scalar(sa.select(sa.literal(1)).where(sa.exists().where(works_gone(submission))))
    for reader in {one.reviewer_id for one in asked}:
        theirs = [one for one in asked if one.reviewer_id == reader and one.asked_at != one.open_until]
        assert len(theirs) <= count + 1, "nobody is asked for many more than the rule says"


def works_gone(submission: Submission) -> Any:
    from classprojects.works.models import Work

    return sa.and_(Work.id == submission.work_id, Work.status != WorkStatus.PUBLISHED)


def _check_nothing_is_left_to_ask(project: ClassProject, assignment: Assignment, count: int) -> None:
    """Whoever was asked too little knows every answer that has room: nobody waits while somebody could be asked."""
    from classprojects.classes.models import Enrollment
    from classprojects.works.models import Work

    asked = reviews(assignment_id=assignment.id)
    room = db.session.scalars(
        sa.select(Submission)
        .join(Work, Work.id == Submission.work_id)
        .where(Submission.assignment_id == assignment.id, Submission.state.in_(HANDED_IN), Work.status == WorkStatus.PUBLISHED, Submission.readers_count.between(0, count))
    ).all()
    readers = db.session.scalars(
        sa.select(Submission.person_id)
        .join(Enrollment, sa.and_(Enrollment.person_id == Submission.person_id, Enrollment.class_id == Submission.class_id))
        .where(Submission.assignment_id == assignment.id, Submission.state.in_(HANDED_IN), Enrollment.left_at.is_(None))
    ).all()
    for reader in readers:
        known = {one.submission_id for one in asked if one.reviewer_id == reader}
        if len(known) < count:
            free = [one.id for one in room if one.person_id != reader and one.id not in known]
            assert not free, f"{reader} could be asked about {free}"


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 4), learners=st.integers(2, 14))
def test_everybody_gets_as_many_readers_as_they_are_asked_to_be(context: Any, count: int, learners: int) -> None:
    """However many hand in: as long as nobody has answered, each has exactly ``count`` readers; all others where they are fewer."""
    empty_database()
    db.session.expunge_all()
    project, assignment = ruled(make_person("lead", ["instructor"]), count)
    handed = [submit(make_learner(project), project) for _ in range(learners)]
    counts = [fresh(one).readers_count for one in handed]
    assert sum(counts) == len(reviews())
    assert set(counts) == {min(count, learners - 1)}


def test_among_many_the_clock_gives_the_last_their_readers(cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classprojects.classes.queries.peers.WINDOW", 3)
    project, _ = ruled(cast.instructor, 2)
    handed = [submit(make_learner(project), project) for _ in range(7)]
    assert min(fresh(one).readers_count for one in handed) < 2
    sweep_readers()
    assert {fresh(one).readers_count for one in handed} == {2}
    assert sweep_readers() == 0, "once is enough"
