"""Staff look at a class before its first learners do: sent, decided, published in time, exactly once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from classprojects.classes import actions, queries
from classprojects.classes.actions import AssignmentDraft, LessonDraft, Unfinished, reviewing
from classprojects.classes.jobs import publishing
from classprojects.classes.models import ClassState, InstructorRole, ReviewDecision
from classprojects.classes.queries import reviews
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError, Refused
from classprojects.notifications.models import Mail, Notification, NotificationKind
from classprojects.works.models import Medium
from tests.factories.classes import make_class, make_learner
from tests.factories.people import make_person

SOON = timedelta(days=2)


@pytest.fixture(autouse=True)
def everybody(cast):
    """Signed up before anything is tried that may be undone."""
    return cast.staff, cast.instructor


def fresh(project):
    return queries.get_class_by_id(project.id)


def send(project, person, **said):
    with transaction():
        return reviews.get_review(reviewing.send_to_review(fresh(project), person, **said).id)


def told(person):
    return list(
        db.session.scalars(
            sa.select(Notification.path).where(
                Notification.person_id == person.id, Notification.kind == NotificationKind.CLASS_REVIEWED
            )
        )
    )


def mails(person):
    return list(db.session.scalars(sa.select(Mail).where(Mail.person_id == person.id, Mail.template.like("classes/%"))))


def test_a_class_is_sent_answered_sent_again_and_published(cast):
    project = make_class(cast.instructor, publish=False)
    assistant, co = make_person("helps"), make_person("leads-too")
    with transaction():
        actions.add_instructor(fresh(project), co)
        actions.add_instructor(fresh(project), assistant)
        fresh(project).instructors[-1].role = InstructorRole.ASSISTANT
    review = send(project, cast.instructor, message="Please be kind.")
    assert fresh(project).state is ClassState.IN_REVIEW
    # Sent twice, it is one review.
    assert send(project, cast.instructor).id == review.id
    assert [one.id for one in reviews.list_reviews_waiting().items] == [review.id]
    with pytest.raises(DomainError, match="Say what to change"), transaction():
        reviewing.ask_for_changes(review, cast.staff, "  ")
    with transaction():
        reviewing.ask_for_changes(review, cast.staff, "The second lesson is a list of links.")
    assert fresh(project).state is ClassState.CHANGES_REQUESTED
    # Those who can change it are told, here and by mail; an assistant cannot.
    assert told(cast.instructor) == told(co) == [f"{project.studio_url}/review"]
    assert not told(assistant) and len(mails(cast.instructor)) == 1 and not mails(assistant)
    with pytest.raises(DomainError, match="decided about it meanwhile"), transaction():
        reviewing.approve_class(reviews.get_review(review.id), cast.staff)
    again = send(project, cast.instructor)
    assert again.id != review.id
    with transaction():
        reviewing.approve_class(again, cast.staff)
    with transaction():
        reviewing.approve_class(reviews.get_review(again.id), cast.staff)
    project = fresh(project)
    assert project.is_published and len(told(cast.instructor)) == 2 and len(mails(cast.instructor)) == 2
    assert not reviews.list_reviews_waiting().items
    assert [one.decision for one in reviews.list_reviews_decided().items] == [
        ReviewDecision.APPROVED, ReviewDecision.CHANGES_REQUESTED,
    ]  # fmt: skip


def test_only_what_is_whole_is_sent_and_approved(cast):
    project = make_class(cast.instructor, publish=False, assignments=0)
    with pytest.raises(Unfinished, match="Add at least one assignment"):
        send(project, cast.instructor)
    whole = make_class(cast.instructor, publish=False)
    review = send(whole, cast.instructor)
    # Writing goes on meanwhile; what was changed since is seen, and what is not whole any more is not published.
    lesson = fresh(whole).lessons[1]
    with transaction():
        actions.edit_lesson(fresh(whole), lesson, LessonDraft(title="Half", body=""), lesson.version, cast.instructor)
    assert [edit.content["title"] for edit in reviews.list_edits_since(whole, review.sent_at)] == ["Half"]
    with pytest.raises(Unfinished, match="Give every lesson"), transaction():
        reviewing.approve_class(reviews.get_review(review.id), cast.staff)
    assert fresh(whole).state is ClassState.IN_REVIEW and reviews.find_open_review(whole) is not None


def test_nobody_decides_about_their_own_class(cast):
    """P17's spirit, and P12's: whoever leads or sent it is not the one who says yes."""
    project = make_class(cast.staff, publish=False)
    review = send(project, cast.staff)
    for decide in (lambda: reviewing.approve_class(review, cast.staff), lambda: reviewing.ask_for_changes(review, cast.staff, "No")):
        with pytest.raises(Refused, match="This class is yours"), transaction():
            decide()
    sender = make_person("other-staff", ["staff"])
    other = make_class(cast.instructor, publish=False)
    sent = send(other, sender)
    with pytest.raises(Refused), transaction():
        reviewing.approve_class(sent, sender)
    with transaction():
        reviewing.approve_class(reviews.get_review(sent.id), cast.staff)
    assert fresh(other).is_published


def test_taken_back_it_can_be_sent_again(cast):
    project = make_class(cast.instructor, publish=False)
    review = send(project, cast.instructor)
    with transaction():
        reviewing.take_back_review(review, cast.instructor)
    assert fresh(project).state is ClassState.DRAFT and review.decision is ReviewDecision.TAKEN_BACK
    with pytest.raises(DomainError), transaction():
        reviewing.approve_class(reviews.get_review(review.id), cast.staff)
    with pytest.raises(reviewing.NeedsReview), transaction():
        reviewing.release_class(fresh(project))
    assert send(project, cast.instructor).decision is None


def test_published_by_the_clock_exactly_once(cast):
    project = make_class(cast.instructor, publish=False)
    moment = clock.now() + SOON
    for wrong in (clock.now() - SOON, clock.now() + timedelta(days=900)):
        with pytest.raises(DomainError, match="moment|twelve"):
            send(project, cast.instructor, wanted_at=wrong)
    review = send(project, cast.instructor, wanted_at=moment)
    with transaction():
        reviewing.approve_class(review, cast.staff)
    assert fresh(project).state is ClassState.SCHEDULED and fresh(project).publish_at == moment
    publishing.publish_due_classes()
    assert fresh(project).state is ClassState.SCHEDULED
    with clock.at(moment + timedelta(seconds=1)):
        publishing.publish_due_classes()
        project = fresh(project)
        assert project.is_published and project.published_at == clock.now()
        count = len(told(cast.instructor))
        with transaction():
            assert reviewing.publish_due(project.id) is False
        publishing.publish_due_classes()
    assert len(told(cast.instructor)) == count == 2 and len(mails(cast.instructor)) == 2


def test_what_is_no_longer_whole_is_not_published_by_the_clock(cast):
    project = make_class(cast.instructor, publish=False)
    moment = clock.now() + SOON
    review = send(project, cast.instructor, wanted_at=moment)
    with transaction():
        reviewing.approve_class(review, cast.staff)
    assignment = fresh(project).assignments[0]
    with transaction():
        draft = AssignmentDraft(title="Empty now", brief=" ", media_allowed=(Medium.TEXT,))
        actions.edit_assignment(fresh(project), assignment, draft, assignment.version, cast.instructor)
    with clock.at(moment):
        publishing.publish_due_classes()
    last = reviews.find_last_review(project)
    assert fresh(project).state is ClassState.CHANGES_REQUESTED and fresh(project).publish_at is None
    assert last.id != review.id and "Give every assignment its brief." in last.reason and last.decided_by_id is None
    assert "brief" in mails(cast.instructor)[-1].context["reason"]
    # It was approved as it was; as it is now, somebody looks at it again.
    assert not reviews.was_approved(fresh(project))
    assert reviews.get_review(review.id).decision is ReviewDecision.APPROVED


def test_what_was_approved_needs_no_second_look(cast):
    project = make_class(cast.instructor)
    with transaction():
        actions.unpublish_class(fresh(project))
    with pytest.raises(DomainError, match="approved already"):
        send(project, cast.instructor)
    moment = clock.now() + SOON
    with transaction():
        reviewing.release_class(fresh(project), moment)
    assert fresh(project).state is ClassState.SCHEDULED
    with transaction():
        reviewing.unschedule_class(fresh(project))
    assert fresh(project).state is ClassState.DRAFT
    with transaction():
        reviewing.release_class(fresh(project))
    make_learner(project)
    with transaction():
        actions.archive_class(fresh(project))
    with pytest.raises(DomainError, match="People are in this class"), transaction():
        reviewing.release_class(fresh(project), moment)
    with transaction():
        reviewing.release_class(fresh(project))
    assert fresh(project).is_published


def test_the_talk_about_a_class(cast):
    project = make_class(cast.instructor, publish=False)
    review = send(project, cast.instructor)
    with transaction():
        reviewing.say_in_review(review, cast.staff, "Is the *second* lesson yours?", once="a")
        reviewing.say_in_review(review, cast.staff, "Is the *second* lesson yours?", once="a")
        reviewing.say_in_review(review, cast.instructor, "It is.")
    assert told(cast.instructor) == [f"{project.studio_url}/review"]
    assert told(cast.staff) == [f"/desk/classes/{review.id}"]


def test_the_checklist_asks_for_what_the_class_needs(cast):
    project = make_class(cast.instructor, publish=False, assignments=2)

    def checks():
        return {check.text: (check.is_done, check.is_required) for check in actions.checklist(fresh(project))}

    assert not any("remix" in text or "captions" in text for text in checks())
    assert checks()["Say in a rubric what feedback looks at."] == (False, False)
    assert checks()["Show in a trailer what people make here."] == (False, False)

    def write(number, **how):
        with transaction():
            one = queries.get_assignment(project.slug, number)
            draft = AssignmentDraft(title=one.title, brief="Write.", media_allowed=(Medium.TEXT,), **how)
            actions.edit_assignment(fresh(project), one, draft, one.version, cast.instructor)

    remix = "Let every remix build on an earlier assignment that takes answers."
    write(2, from_number=1)
    assert checks()[remix] == (True, True)
    write(1, is_closed=True)
    assert checks()[remix] == (False, True)
    with pytest.raises(Unfinished, match="Let every remix"):
        send(project, cast.instructor)
