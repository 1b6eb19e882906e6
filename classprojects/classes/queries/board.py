"""What is talked about in a class: the board, one topic, who follows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from classprojects.accounts.models import Person, PersonRole, Role
from classprojects.classes.models import Assignment, ClassInstructor, ClassProject, Enrollment, Season, Topic
from classprojects.classes.queries.classes import get_class
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import Page, keyset_page
from classprojects.discussions.models import Comment, ThreadFollow

#: topics on a page
SIZE = 30
#: words that a search looks for
MOST_WORDS = 6


def get_topic(slug: str, topic_id: int) -> Topic:
    """The topic with its class's whole outline, its author, season and assignment; raises NotFound."""
    project = get_class(slug)
    statement = sa.select(Topic).where(
        Topic.id == topic_id, Topic.class_id == project.id, Topic.deleted_at.is_(None)
    )
    topic = db.session.scalar(statement.options(*_for_list()))
    if topic is None:
        raise NotFound
    set_committed_value(topic, "project", project)
    return topic


def _for_list() -> tuple[Any, ...]:
    return joinedload(Topic.author), joinedload(Topic.season), joinedload(Topic.assignment)


def find_topic_by_key(submission_key: str) -> Topic | None:
    """The topic that a form with this one-time key already opened."""
    return db.session.scalar(sa.select(Topic).where(Topic.submission_key == submission_key))


def find_topic_by_id(topic_id: int) -> Topic | None:
    """The topic with its class and author, also a deleted one."""
    statement = sa.select(Topic).where(Topic.id == topic_id).options(joinedload(Topic.project), joinedload(Topic.author))
    return db.session.scalar(statement.execution_options(populate_existing=True))


def list_topics(
    project: ClassProject,
    cohort: int | None,
    *,
    leads: bool = False,
    assignment: Assignment | None = None,
    season_id: int | None = None,
    q: str = "",
    after: str | None = None,
    size: int = SIZE,
) -> Page[Topic]:
    """One page of the topics that are not pinned, what was talked about last first.

    ``cohort``: the season that the reader learns in; who ``leads`` reads every
    cohort's. ``q``: all of its words stand in the title or in one of the comments.
    """
    statement = _shown(project, cohort, leads, assignment, season_id, q).where(Topic.pinned_at.is_(None))
    page: Page[Topic] = keyset_page(
        db.session, statement.options(*_for_list()), [(Topic.said_at, datetime), (Topic.id, int)], after, size
    )
    return page


def list_pinned(
    project: ClassProject,
    cohort: int | None,
    *,
    leads: bool = False,
    assignment: Assignment | None = None,
    season_id: int | None = None,
    q: str = "",
) -> list[Topic]:
    """The pinned topics, the newest pinned first; there are only a few."""
    statement = _shown(project, cohort, leads, assignment, season_id, q).where(Topic.pinned_at.is_not(None))
    return list(db.session.scalars(statement.order_by(Topic.pinned_at.desc(), Topic.id.desc()).options(*_for_list())))


def list_newest_topics(
    project: ClassProject, cohort: int | None, *, leads: bool = False, assignment: Assignment | None = None, size: int = 3
) -> list[Topic]:
    """A few topics for the class room or an assignment: what was talked about last."""
    statement = _shown(project, cohort, leads, assignment, None, "")
    return list(
        db.session.scalars(statement.order_by(Topic.said_at.desc(), Topic.id.desc()).limit(size).options(*_for_list()))
    )


def _shown(
    project: ClassProject, cohort: int | None, leads: bool, assignment: Assignment | None, season_id: int | None, q: str
) -> sa.Select[Any]:
    """What a reader may see of a class's board (P4), narrowed down."""
    statement = sa.select(Topic).where(Topic.class_id == project.id, Topic.deleted_at.is_(None))
    if not leads:
        # A cohort's talk is its own.
        statement = statement.where(sa.or_(Topic.season_id.is_(None), Topic.season_id == cohort))
    if assignment is not None:
        statement = statement.where(Topic.assignment_id == assignment.id)
    if season_id is not None:
        statement = statement.where(Topic.season_id == season_id)
    for word in q.split()[:MOST_WORDS]:
        said = sa.exists().where(
            Comment.thread_id == Topic.thread_id,
            Comment.erased_at.is_(None),
            Comment.body.icontains(word, autoescape=True),
        )
        statement = statement.where(sa.or_(Topic.title.icontains(word, autoescape=True), said))
    return statement


def count_pinned(project: ClassProject) -> int:
    """How many topics of a class are pinned."""
    return (
        db.session.scalar(
            sa.select(sa.func.count()).where(
                Topic.class_id == project.id, Topic.deleted_at.is_(None), Topic.pinned_at.is_not(None)
            )
        )
        or 0
    )


def find_first_comment_id(topic: Topic) -> int:
    """The id of the comment that opened the topic."""
    return db.session.scalar(sa.select(sa.func.min(Comment.id)).where(Comment.thread_id == topic.thread_id)) or 0


def get_answer(topic: Topic, comment_id: int) -> Comment:
    """A comment of this topic other than the one that opened it, not taken back; raises NotFound."""
    statement = sa.select(Comment).where(
        Comment.id == comment_id, Comment.thread_id == topic.thread_id, Comment.erased_at.is_(None)
    )
    comment = db.session.scalar(statement.options(joinedload(Comment.author)))
    if comment is None or comment.id == find_first_comment_id(topic):
        raise NotFound
    return comment


def find_follow(topic: Topic, person: Person) -> ThreadFollow | None:
    """Whether ``person`` follows the topic, or wanted to hear no more of it."""
    statement = sa.select(ThreadFollow).where(
        ThreadFollow.thread_id == topic.thread_id, ThreadFollow.person_id == person.id
    )
    return db.session.scalar(statement.execution_options(populate_existing=True))


def followers(topic: Topic) -> sa.Select[Any]:
    """The ids of those who follow the topic and have a place where it is talked about, as a statement."""
    learns = [
        Enrollment.person_id == ThreadFollow.person_id,
        Enrollment.class_id == topic.class_id,
        Enrollment.left_at.is_(None),
    ]
    if topic.season_id is not None:
        learns.append(Enrollment.season_id == topic.season_id)
    leads = sa.and_(ClassInstructor.person_id == ThreadFollow.person_id, ClassInstructor.class_id == topic.class_id)
    runs_it = sa.and_(PersonRole.person_id == ThreadFollow.person_id, PersonRole.role == Role.STAFF)
    return sa.select(ThreadFollow.person_id).where(
        ThreadFollow.thread_id == topic.thread_id,
        ThreadFollow.muted_at.is_(None),
        sa.or_(sa.exists().where(*learns), sa.exists().where(leads), sa.exists().where(runs_it)),
    )


def list_learners_to_mail(topic: Topic, size: int) -> list[Enrollment]:
    """The next enrollments that an announcement is for, with their people and their roles."""
    statement = sa.select(Enrollment).where(
        Enrollment.class_id == topic.class_id, Enrollment.id > topic.mailed_to_id, Enrollment.left_at.is_(None)
    )
    if topic.season_id is not None:
        statement = statement.where(Enrollment.season_id == topic.season_id)
    return list(
        db.session.scalars(statement.order_by(Enrollment.id).limit(size).options(joinedload(Enrollment.person).selectinload(Person.roles)))
    )


def list_unmailed_ids(before: datetime, limit: int = 100) -> list[int]:
    """Announcements made before that moment whose mails are not all in the outbox yet."""
    statement = (
        sa.select(Topic.id)
        .where(Topic.is_announcement, Topic.mailed_at.is_(None), Topic.deleted_at.is_(None), Topic.created_at < before)
        .order_by(Topic.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_topics_by(person: Person) -> list[Topic]:
    """What somebody began to talk about, with the class: for their own export."""
    statement = sa.select(Topic).where(Topic.author_id == person.id, Topic.deleted_at.is_(None)).order_by(Topic.id)
    return list(db.session.scalars(statement.options(joinedload(Topic.project))))


def list_topics_by_ids(topic_ids: list[int]) -> dict[int, Topic]:
    """Topics that are there, with their class, by id."""
    if not topic_ids:
        return {}
    statement = sa.select(Topic).where(Topic.id.in_(topic_ids), Topic.deleted_at.is_(None))
    return {topic.id: topic for topic in db.session.scalars(statement.options(joinedload(Topic.project)))}


def list_threads_talked_in(person: Person) -> list[Topic]:
    """The topics in which ``person`` said something, or which they began."""
    said = sa.exists().where(Comment.thread_id == Topic.thread_id, Comment.author_id == person.id)
    return list(db.session.scalars(sa.select(Topic).where(sa.or_(said, Topic.author_id == person.id))))


def list_board_seasons(project: ClassProject, cohort: int | None, *, leads: bool = False) -> list[Season]:
    """The seasons whose talk a reader may narrow the board down to, the newest first."""
    if not leads and cohort is None:
        return []
    statement = sa.select(Season).where(Season.class_id == project.id, Season.cancelled_at.is_(None))
    if not leads:
        statement = statement.where(Season.id == cohort)
    return list(db.session.scalars(statement.order_by(Season.starts_at.desc(), Season.id.desc()).limit(50)))
