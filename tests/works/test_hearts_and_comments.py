"""Hearts and comments: counted once, whatever comes at once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.accounts.queries import get_person
from classprojects.core.database import db, transaction
from classprojects.discussions import queries as discussions
from classprojects.discussions.actions import CommentTooLong, EmptyComment
from classprojects.works import actions, queries
from classprojects.works.models import Heart, Work
from classprojects.works.queries import Viewer
from tests.factories.people import Cast, make_person
from tests.factories.works import make_work
from tests.works.test_lineage import at_once


def counts(work_id: int) -> tuple[int, int]:
    row = db.session.execute(sa.select(Work.hearts_count, Work.comments_count).where(Work.id == work_id)).one()
    return row[0], row[1]


def test_a_heart_counts_once_and_can_be_taken_back(context: Flask, cast: Cast) -> None:
    work = make_work(cast.maker)
    for verb, answers, number in (
        (actions.heart_work, True, 1),
        (actions.heart_work, False, 1),
        (actions.unheart_work, True, 0),
        (actions.unheart_work, False, 0),
    ):
        with transaction():
            assert verb(cast.free, work) is answers
        assert counts(work.id)[0] == number


def test_hearts_given_at_once_are_all_counted_once(context: Flask, cast: Cast) -> None:
    work_id = make_work(cast.maker).id
    people = [make_person().id for _ in range(4)]
    db.session.commit()

    def give(person_id: int) -> None:
        person, work = get_person(person_id), queries.get_plain_work(work_id)
        with transaction():
            actions.heart_work(person, work)

    raised = at_once(context, [lambda p=person: give(p) for person in people for _twice in range(2)])
    db.session.rollback()
    assert not any(raised)
    assert counts(work_id)[0] == 4 == db.session.scalar(sa.select(sa.func.count()).select_from(Heart))


def test_comments_made_at_once_are_all_counted(context: Flask, cast: Cast) -> None:
    work_id, person_id = make_work(cast.maker).id, cast.free.id
    db.session.commit()

    def say(once: str) -> None:
        person, work = get_person(person_id), queries.get_plain_work(work_id)
        with transaction():
            actions.comment_on_work(person, work, "Yes", once)

    raised = at_once(context, [lambda k=key: say(k) for key in ("a", "a", "a", "b", "c", "c")])
    db.session.rollback()
    assert not any(raised)
    assert counts(work_id)[1] == 3
    assert len(discussions.list_comments(queries.get_plain_work(work_id).thread_id).items) == 3


def test_the_same_form_sent_at_once_makes_one_work(context: Flask, cast: Cast) -> None:
    person = cast.free
    db.session.commit()
    raised = at_once(context, [lambda: make_work(person, once="same", viewer=Viewer(person.id)) for _ in range(4)])
    db.session.rollback()
    assert not any(raised)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Work)) == 1


def test_comments_are_cleaned_checked_and_keep_their_place(context: Flask, cast: Cast) -> None:
    work = make_work(cast.maker)
    with transaction():
        comment = actions.comment_on_work(cast.free, work, "# Not *so* big <b>x</b>\nline")
    assert comment.body_html == "<p># Not <em>so</em> big &lt;b&gt;x&lt;/b&gt;<br>\nline</p>"
    for body, error in ((" \n ", EmptyComment), ("x" * 5001, CommentTooLong)):
        with pytest.raises(error), transaction():
            actions.comment_on_work(cast.free, work, body)
    with transaction():
        actions.erase_comment_on_work(comment)
    with transaction():
        actions.erase_comment_on_work(comment)
    assert counts(work.id)[1] == 0
    left = discussions.list_comments(work.thread_id).items[0]
    assert (left.body, left.body_html) == ("", "") and left.erased_at is not None


def test_a_long_conversation_comes_in_pages_that_miss_and_repeat_nothing(context: Flask, cast: Cast) -> None:
    work = make_work(cast.maker)
    with transaction():
        said = [actions.comment_on_work(cast.free, work, f"c{n}").id for n in range(7)]
    found, after = [], None
    while True:
        page = discussions.list_comments(work.thread_id, after, size=3)
        found += [comment.id for comment in page.items]
        after = page.next_cursor
        if after is None:
            break
    assert found == said
    assert discussions.list_comments(work.thread_id, "forged", size=3).items[0].id == said[0]
