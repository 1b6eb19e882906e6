"""What people are told: once, in the transaction in which it happens, and never what they may not know."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.accounts.models import Person
from classprojects.community import actions as community
from classprojects.core.database import db, transaction
from classprojects.notifications import actions, queries
from classprojects.notifications.models import Notification, NotificationKind
from classprojects.works import actions as works
from classprojects.works.queries import Viewer, get_work
from tests.factories.classes import make_class, make_learner, say, submit
from tests.factories.people import Cast, make_person
from tests.factories.works import make_space, make_work


def told(person: Person) -> list[tuple[NotificationKind, str]]:
    statement = sa.select(Notification).where(Notification.person_id == person.id).order_by(Notification.id)
    return [(one.kind, one.path) for one in db.session.scalars(statement)]


def tell(person: Person, key: str = "once", actor: Person | None = None) -> None:
    actions.notify(
        person.id, NotificationKind.COMMENTED, key, actor_id=actor.id if actor else None, work_id=None, path="/works/1"
    )


def test_the_same_occasion_is_told_once(context: Flask, cast: Cast) -> None:
    with transaction():
        tell(cast.maker)
        tell(cast.maker)
    with transaction():
        tell(cast.maker)
    assert len(told(cast.maker)) == 1


def test_nobody_is_told_what_they_did_and_who_left_is_told_nothing(context: Flask, cast: Cast) -> None:
    from classprojects.accounts import actions as accounts

    with transaction():
        tell(cast.maker, "own", cast.maker)
        accounts.leave(cast.free)
        tell(cast.free, "gone")
    assert told(cast.maker) == told(cast.free) == []


def test_nothing_is_told_of_what_does_not_stand(context: Flask, cast: Cast) -> None:
    work = make_work(cast.maker)

    def fail_after_saying() -> None:
        with transaction():
            works.comment_on_work(cast.free, work, "Yes")
            raise KeyError

    with pytest.raises(KeyError):
        fail_after_saying()
    assert told(cast.maker) == []


def test_a_comment_is_told_with_its_place(context: Flask, cast: Cast) -> None:
    work = make_work(cast.maker)
    with transaction():
        comment = works.comment_on_work(cast.free, work, "Yes", once="k")
        works.comment_on_work(cast.free, work, "Yes", once="k")
        works.comment_on_work(cast.maker, work, "Thank you")
    assert told(cast.maker) == [(NotificationKind.COMMENTED, f"{work.url}#comment-{comment.id}")]
    with transaction():
        for number in range(31):
            late = works.comment_on_work(cast.free, work, f"c{number}")
    path = told(cast.maker)[-1][1]
    assert path.startswith(f"{work.url}?after=") and path.endswith(f"#comment-{late.id}")


def test_a_remix_is_told_to_the_maker_of_each_source(context: Flask, cast: Cast) -> None:
    one, two, own = make_work(cast.maker), make_work(cast.instructor), make_work(cast.free)
    remix = make_work(cast.free, sources=[one, two, own])
    assert told(cast.maker) == told(cast.instructor) == [(NotificationKind.REMIXED, remix.url)]
    assert told(cast.free) == []


def test_a_draft_is_told_when_it_is_published_and_once(context: Flask, cast: Cast) -> None:
    source, later = make_work(cast.maker), make_work(cast.instructor)
    draft = make_work(cast.free, sources=[source], publish=False)
    assert told(cast.maker) == []
    with transaction():
        works.publish_work(draft)
    assert told(cast.maker) == [(NotificationKind.REMIXED, draft.url)]
    with transaction():
        works.unpublish_work(draft)
        works.publish_work(draft)
    assert len(told(cast.maker)) == 1
    # A source that is added to what is published is told then.
    version = get_work(draft.id).current_version
    change = works.WorkDraft(medium=draft.medium, title=version.title, body=version.body, sources=(works.SourceDraft(source.id), works.SourceDraft(later.id)))
    with transaction():
        works.revise_work(get_work(draft.id), change, viewer=Viewer(cast.free.id))
    assert len(told(cast.maker)) == 1 and len(told(cast.instructor)) == 1


def test_p4_a_class_remix_is_told_only_in_its_class(context: Flask, cast: Cast) -> None:
    space = make_space()
    inside, outside = make_work(cast.maker, space=space), make_work(cast.instructor)
    remix = make_work(cast.free, space=space, sources=[inside, outside])
    assert told(cast.maker) == [(NotificationKind.REMIXED, remix.url)]
    assert told(cast.instructor) == []
    with transaction():
        works.share_work(inside)
        works.share_work(remix)
    assert told(cast.instructor) == [(NotificationKind.REMIXED, remix.url)], "shared with everybody, told then"
    assert len(told(cast.maker)) == 1


def test_p4_a_class_remix_of_an_open_work_is_told_to_those_inside_alone(context: Flask, cast: Cast) -> None:
    project = make_class(cast.instructor)
    learner, mate = make_learner(project), make_learner(project)
    starter, mates, stranger = make_work(cast.instructor), make_work(mate), make_work(cast.maker)
    submission = submit(learner, project, source_ids=[starter.id, mates.id, stranger.id])
    assert told(cast.instructor) == told(mate) == [(NotificationKind.REMIXED, f"/works/{submission.work_id}")]
    assert told(cast.maker) == []


def test_feedback_is_told_to_the_learner(context: Flask, cast: Cast) -> None:
    project = make_class(cast.instructor)
    learner = make_learner(project)
    submission = submit(learner, project)
    said = say(cast.instructor, submission, as_instructor=True)
    assert told(learner) == [(NotificationKind.FEEDBACK, f"{submission.url}#feedback-{said.id}")]


def test_being_followed_is_told_once(context: Flask, cast: Cast) -> None:
    with transaction():
        community.follow_person(cast.free, cast.maker)
        community.unfollow_person(cast.free, cast.maker)
        community.follow_person(cast.free, cast.maker)
    assert told(cast.maker) == [(NotificationKind.FOLLOWED, "/people/free")]


def test_unseen_ones_are_counted_up_to_ten(context: Flask, cast: Cast) -> None:
    for number in range(12):
        with transaction():
            tell(cast.maker, str(number))
        assert queries.count_unseen(cast.maker.id) == min(number + 1, 10)
    page = queries.list_notifications(cast.maker.id, size=5)
    with transaction():
        actions.mark_seen(cast.maker, page.items[2].id)
    assert queries.count_unseen(cast.maker.id) == 2, "what came after stays new"
    assert queries.count_unseen(cast.free.id) == 0


def test_pages_miss_and_repeat_nothing(context: Flask, cast: Cast) -> None:
    with transaction():
        for number in range(7):
            tell(cast.maker, str(number), cast.free)
    found, after = [], None
    while True:
        page = queries.list_notifications(cast.maker.id, after, size=3)
        found += [one.dedupe_key for one in page.items]
        after = page.next_cursor
        if after is None:
            break
    assert found == [str(number) for number in reversed(range(7))]


def test_p20_leaving_forgets_what_was_told_by_and_to_somebody(context: Flask, cast: Cast) -> None:
    other = make_person("other")
    with transaction():
        tell(cast.maker, "a", cast.free)
        tell(cast.free, "b", cast.maker)
        community.follow_person(cast.free, other)
    with transaction():
        actions.forget_notifications(cast.free)
    left = db.session.scalars(sa.select(Notification)).all()
    assert [(one.dedupe_key, one.actor_id) for one in left] == [("a", None)]
