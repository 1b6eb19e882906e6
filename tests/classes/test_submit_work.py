"""Handing in: attempts that never change, one submission each, withdrawing, the next thing to do."""

from __future__ import annotations

import pytest

from classprojects.classes import actions, queries
from classprojects.classes.actions import FeedbackDraft, LessonDraft
from classprojects.classes.models import SubmissionState
from classprojects.classes.progress import NextKind, StepState, next_thing, step_state
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError, Refused
from classprojects.policy.viewing import viewer_for
from classprojects.works.actions import WorkDraft
from classprojects.works.models import Medium, WorkStatus
from tests.factories.classes import add_assignment, join, make_class, make_learner, say, submit
from tests.factories.works import make_work


def test_an_attempt_never_changes(cast):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    first = submit(learner, project, body="One")
    again = submit(learner, project, body="Two")
    assert again.id == first.id and again.state is SubmissionState.RESUBMITTED
    assert [attempt.work_version.body for attempt in again.attempts] == ["One", "Two"]
    with pytest.raises(RuntimeError), transaction():
        again.attempts[0].number = 9
        db.session.flush()
    db.session.rollback()
    with pytest.raises(RuntimeError), transaction():
        db.session.delete(queries.get_submission(first.id).attempts[0])
        db.session.flush()
    db.session.rollback()


def test_the_same_form_twice_is_one_attempt(cast):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    for _time in range(3):
        made = submit(learner, project, once="one-form")
    assert made.attempts_count == 1 and len(made.attempts) == 1
    for _time in range(3):
        made = submit(learner, project, body="Two", once="another-form")
    assert made.attempts_count == 2


def test_a_form_that_made_another_work_hands_nothing_in(cast):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    make_work(learner, once="borrowed")
    with pytest.raises(DomainError):
        submit(learner, project, once="borrowed")
    db.session.rollback()
    assert queries.find_submission(queries.get_assignment(project.slug, 1), learner) is None


def test_withdrawing_hides_it_and_it_can_be_handed_in_again(cast):
    project = make_class(cast.instructor)
    learner, mate = make_learner(project), make_learner(project)
    made = submit(learner, project)
    with transaction():
        actions.withdraw_submission(queries.get_submission(made.id))
    made = queries.get_submission(made.id)
    assert made.state is SubmissionState.WITHDRAWN and made.work.status is WorkStatus.UNPUBLISHED
    assert queries.list_gallery(queries.get_class(project.slug)).items == []
    made = submit(learner, project, body="Again")
    assert made.is_handed_in and made.work.status is WorkStatus.PUBLISHED
    assert [one.id for one in queries.list_submissions(queries.get_assignment(project.slug, 1), without=mate).items] == [made.id]


def test_what_another_tab_did_meanwhile_is_seen(context, cast):
    """What this page loaded is from before: attempts are numbered, and answers taken back, as they stand by now."""
    project = make_class(cast.instructor)
    learner = make_learner(project)
    submit(learner, project)
    seen = queries.find_submission(queries.get_assignment(project.slug, 1), learner)
    with context.app_context():
        submit(learner, project, body="Two")
    assert seen.attempts_count == 1
    assert submit(learner, project, body="Three").attempts_count == 3
    with context.app_context(), transaction():
        actions.withdraw_submission(queries.get_submission(seen.id))
        taken_back_at = queries.get_submission(seen.id).withdrawn_at
    with transaction():
        actions.withdraw_submission(seen)
    db.session.expire_all()
    assert queries.get_submission(seen.id).withdrawn_at == taken_back_at
    seen = queries.get_submission(seen.id)
    with context.app_context():
        submit(learner, project, body="Four")
    with transaction():
        actions.withdraw_submission(seen)
    assert queries.get_submission(seen.id).is_withdrawn


def test_medium_and_class_must_fit(cast):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    with pytest.raises(actions.Unfitting):
        submit(learner, project, medium=Medium.AUDIO)
    db.session.rollback()
    submit(learner, project)
    with pytest.raises(actions.Unfitting):
        submit(learner, project, medium=Medium.IMAGE)
    db.session.rollback()
    # Whoever asks, an unpublished class takes nothing.
    draft = make_class(cast.other_instructor, publish=False)
    with pytest.raises(DomainError), transaction():
        assignment = queries.get_assignment(draft.slug, 1)
        actions.submit_work(learner, assignment, WorkDraft(Medium.TEXT, "x", "x"), viewer_for(learner))


def test_joining_twice_is_once_and_leaving_keeps_what_was_made(cast):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    join(learner, project)
    assert queries.get_class(project.slug).learners_count == 1
    made = submit(learner, project)
    with transaction():
        actions.leave_class(learner, queries.get_class(project.slug))
        actions.leave_class(learner, queries.get_class(project.slug))
    assert queries.get_class(project.slug).learners_count == 0
    assert queries.find_places(learner).joined == {}
    assert queries.get_submission(made.id).is_handed_in
    join(learner, project)
    assert queries.get_class(project.slug).learners_count == 1


def test_an_instructors_word_moves_it_on_and_a_classmates_does_not(cast):
    project = make_class(cast.instructor)
    learner, mate = make_learner(project), make_learner(project)
    made = submit(learner, project)
    assert [one.id for one in queries.list_waiting([project.id]).items] == [made.id]
    say(mate, made)
    assert queries.get_submission(made.id).state is SubmissionState.SUBMITTED
    say(cast.instructor, made, as_instructor=True)
    assert queries.get_submission(made.id).state is SubmissionState.RETURNED
    assert queries.list_waiting([project.id]).items == []
    submit(learner, project, body="Two")
    say(cast.instructor, made, as_instructor=True, is_done=True)
    made = queries.get_submission(made.id)
    assert made.state is SubmissionState.REVIEWED and [len(attempt.feedback) for attempt in made.attempts] == [2, 1]
    with pytest.raises(Refused), transaction():
        actions.give_feedback(made, learner, FeedbackDraft("Me"), as_instructor=False)


def test_the_queue_is_longest_first_page_by_page(cast):
    project = make_class(cast.instructor)
    made = [submit(make_learner(project), project).id for _number in range(5)]
    seen, after = [], None
    for _page in range(3):
        page = queries.list_waiting([project.id], after, size=2)
        seen += [one.id for one in page.items]
        after = page.next_cursor
    assert seen == made and after is None


def test_the_room_always_says_the_next_thing(cast):
    project = make_class(cast.instructor, lessons=2, assignments=2)
    add_assignment(project, cast.instructor, feedback_count=1)
    learner, mate = make_learner(project), make_learner(project)

    def following():
        fresh = queries.get_class(project.slug)
        return next_thing(fresh, queries.find_progress(learner, fresh))

    assert (following().kind, following().lesson.number) == (NextKind.LESSON, 1)
    with transaction():
        actions.finish_lesson(learner, queries.get_lesson(project.slug, 1))
        actions.finish_lesson(learner, queries.get_lesson(project.slug, 1))
    assert (following().kind, following().assignment.number) == (NextKind.ASSIGNMENT, 1)
    first = submit(learner, project)
    assert (following().kind, following().lesson.number) == (NextKind.LESSON, 2)
    # Who makes the next thing without the lesson is not sent back to it.
    submit(learner, project, 2)
    assert (following().kind, following().assignment.number) == (NextKind.ASSIGNMENT, 3)
    say(cast.instructor, first, as_instructor=True)
    assert following().kind is NextKind.TRY_AGAIN
    assert step_state(queries.get_submission(first.id)) is StepState.FEEDBACK_WAITING
    submit(learner, project, body="Two")
    submit(learner, project, 3)
    # There is nobody to answer yet, so that nothing is owed.
    assert following().kind is NextKind.COMPLETE
    answer = submit(mate, project, 3)
    assert (following().kind, following().left) == (NextKind.GIVE_FEEDBACK, 1)
    say(learner, answer)
    assert following().kind is NextKind.COMPLETE


def test_progress_is_not_lost_when_the_class_is_edited(cast):
    project = make_class(cast.instructor, lessons=2, assignments=2)
    learner = make_learner(project)
    submit(learner, project)
    with transaction():
        project = queries.get_class(project.slug)
        actions.reorder_outline(project, [("assignment", 2), ("lesson", 2), ("assignment", 1), ("lesson", 1)])
        actions.add_lesson(project, LessonDraft("New", "Body"), cast.instructor)
        lesson = queries.get_lesson(project.slug, 2)
        actions.delete_lesson(project, lesson)
    fresh = queries.get_class(project.slug)
    assert [(item.kind, item.number) for item in fresh.outline] == [("assignment", 2), ("assignment", 1), ("lesson", 1), ("lesson", 3)]
    assert list(queries.find_progress(learner, fresh).submissions) == [queries.get_assignment(project.slug, 1).id]
    assert fresh.lessons_count == 2
