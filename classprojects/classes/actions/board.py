"""What people do on a class's board: begin a topic, answer, announce, pin, close, follow, take away."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.models import Assignment, ClassProject, Enrollment, Season, Topic
from classprojects.classes.queries import board
from classprojects.core import clock
from classprojects.core.database import after_commit, db, hold, insert_into, lock_row
from classprojects.core.errors import DomainError
from classprojects.core.ids import once_key
from classprojects.core.pagination import write_cursor
from classprojects.discussions import actions as discussions
from classprojects.discussions.models import Comment, ThreadFollow
from classprojects.discussions.queries import SIZE
from classprojects.gateways.queue import enqueue
from classprojects.notifications.actions import notify_all, queue_mail
from classprojects.notifications.models import NotificationKind

#: characters
LONGEST_TITLE = 120
#: more than a few pinned topics are none
MOST_PINNED = 5
#: the job that mails an announcement; it stands above this room, hence by name
MAIL_ANNOUNCEMENT = "classprojects.web.classes.announcing.mail_announcement"


class TopicClosed(DomainError):
    """Nobody answers any more."""


@dataclass(frozen=True)
class TopicDraft:
    """A topic as it is begun. ``season``: for this cohort only; ``assignment``: about it."""

    title: str
    body: str
    assignment: Assignment | None = None
    season: Season | None = None
    is_announcement: bool = False
    once: str | None = None


def open_topic(project: ClassProject, author: Person, draft: TopicDraft) -> Topic:
    """Begin a topic; its author follows it. An announcement is mailed to learners once the transaction stands.

    The same form twice begins one. Raises EmptyComment, CommentTooLong.
    """
    title = draft.title.strip()
    if not title:
        raise DomainError(_("Say in a few words what it is about."), field="title")
    discussions.check_comment(draft.body)
    for part in (draft.assignment, draft.season):
        if part is not None and part.class_id != project.id:
            raise DomainError(_("That is not in this class."))
    key = once_key(author.id, draft.once)
    hold(db.session, "topic", author.id)
    if key and (known := board.find_topic_by_key(key)) is not None:
        return known
    thread = discussions.open_thread()
    discussions.add_comment(thread.id, author, draft.body)
    now = clock.now()
    topic = Topic(
        class_id=project.id,
        season_id=draft.season.id if draft.season else None,
        assignment_id=draft.assignment.id if draft.assignment else None,
        thread_id=thread.id,
        author_id=author.id,
        title=title[:LONGEST_TITLE],
        is_announcement=draft.is_announcement,
        submission_key=key,
        created_at=now,
        said_at=now,
    )
    db.session.add(topic)
    db.session.flush()
    _take_part(topic, author)
    if draft.is_announcement:
        after_commit(enqueue, MAIL_ANNOUNCEMENT, topic.id)
    return topic


def answer_topic(topic: Topic, author: Person, body: str, once: str | None = None, *, leads: bool = False) -> Comment:
    """Say something in a topic; whoever follows it is told, and its author follows it from now on unless they muted it.

    Raises TopicClosed (those who lead may still answer), EmptyComment, CommentTooLong.
    """
    _hold_topic(topic)
    if topic.deleted_at is not None:
        raise TopicClosed(_("This topic was taken away meanwhile. Copy what you wrote, and begin another one."))
    if topic.closed_at is not None and not leads:
        raise TopicClosed(_("This topic is closed: nobody answers any more. Begin another one if there is more to say."))
    comment = discussions.add_comment(topic.thread_id, author, body, once)
    if comment.thread_id != topic.thread_id:
        raise DomainError(_("This form was sent before, for another page. Open this one afresh and send it again."))
    _count_answers(topic)
    topic.said_at = max(topic.said_at, comment.created_at)
    db.session.flush()
    _take_part(topic, author)
    notify_all(
        board.followers(topic),
        NotificationKind.TOPIC_ANSWERED,
        f"topic_answered:{comment.id}",
        actor_id=author.id,
        path=place_of(topic, comment.id),
    )
    return comment


def place_of(topic: Topic, comment_id: int) -> str:
    """Where a comment stands: in a long talk on a later page."""
    after = f"?after={write_cursor([comment_id - 1])}" if topic.comments_count >= SIZE else ""
    return f"{topic.project.url}/topics/{topic.id}{after}#comment-{comment_id}"


def take_back_answer(topic: Topic, comment: Comment) -> None:
    """Empty one's own comment; its place stays."""
    _hold_topic(topic)
    if discussions.erase_comment(comment):
        _count_answers(topic)


def _hold_topic(topic: Topic) -> None:
    """The topic's row, until the transaction ends: who answers at the same moment counts after us."""
    db.session.execute(lock_row(db.session, sa.select(Topic.id).where(Topic.id == topic.id)))
    db.session.refresh(topic, ["comments_count", "closed_at", "deleted_at", "said_at"])


def _count_answers(topic: Topic) -> None:
    """What stands in the topic beside the comment that opened it."""
    topic.comments_count = (
        db.session.scalar(
            sa.select(sa.func.count()).where(
                Comment.thread_id == topic.thread_id,
                Comment.erased_at.is_(None),
                Comment.id > board.find_first_comment_id(topic),
            )
        )
        or 0
    )
    db.session.flush()


def _take_part(topic: Topic, person: Person) -> None:
    """Follow, unless they once said that they want to hear no more of it."""
    follow = insert_into(db.session, ThreadFollow).values(
        thread_id=topic.thread_id, person_id=person.id, followed_at=clock.now()
    )
    db.session.execute(follow.on_conflict_do_nothing())


def follow_topic(topic: Topic, person: Person) -> None:
    """Hear of what is said in it."""
    _set_follow(topic, person, muted=False)


def mute_topic(topic: Topic, person: Person) -> None:
    """Hear no more of it, also after saying something in it."""
    _set_follow(topic, person, muted=True)


def _set_follow(topic: Topic, person: Person, *, muted: bool) -> None:
    now = clock.now()
    values = {"muted_at": now if muted else None}
    row = insert_into(db.session, ThreadFollow).values(
        thread_id=topic.thread_id, person_id=person.id, followed_at=now, **values
    )
    db.session.execute(row.on_conflict_do_update(index_elements=["thread_id", "person_id"], set_=values))


def pin_topic(topic: Topic) -> None:
    """Keep it at the top of the board. A few at a time."""
    hold(db.session, "pins", topic.class_id)
    if topic.pinned_at is None and board.count_pinned(topic.project) >= MOST_PINNED:
        raise DomainError(_("Five topics are pinned already. Let one of them go first, so that they stand out."))
    topic.pinned_at = topic.pinned_at or clock.now()
    db.session.flush()


def unpin_topic(topic: Topic) -> None:
    """Let it sink again."""
    topic.pinned_at = None
    db.session.flush()


def close_topic(topic: Topic) -> None:
    """Nobody but those who lead answers any more; everything stays readable."""
    topic.closed_at = topic.closed_at or clock.now()
    db.session.flush()


def reopen_topic(topic: Topic) -> None:
    """Let people answer again."""
    topic.closed_at = None
    db.session.flush()


def delete_topic(topic: Topic, person: Person, reason: str = "") -> None:
    """Take a topic away with all that was said in it. Somebody else's: its author is told why (P17)."""
    if topic.deleted_at is not None:
        return
    if person.id != topic.author_id:
        if not reason.strip():
            raise DomainError(_("Say why, in words: the person who began it reads them."), field="reason")
        queue_mail(
            topic.author,
            "classes/topic_deleted",
            f"topic_deleted:{topic.id}",
            title=topic.title,
            class_title=topic.project.title,
            reason=reason.strip(),
            name=topic.author.name,
        )
    topic.deleted_at = clock.now()
    db.session.flush()


def record_mailed(topic: Topic, told: list[Enrollment], last_id: int, body: str) -> bool:
    """Tell these learners of an announcement and put their mails into the outbox: a turn, whole or not at all.

    ``last_id``: the last enrollment of the turn; ``told`` are those of it who may
    read the announcement. False when another worker did this turn meanwhile.
    """
    mine = sa.update(Topic).where(
        Topic.id == topic.id, Topic.mailed_to_id == topic.mailed_to_id, Topic.deleted_at.is_(None)
    )
    changed = db.session.execute(mine.values(mailed_to_id=last_id).execution_options(synchronize_session=False))
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        return False
    ids = [enrollment.person_id for enrollment in told if enrollment.person_id != topic.author_id]
    path = f"{topic.project.url}/topics/{topic.id}"
    notify_all(
        sa.select(Person.id).where(Person.id.in_(ids)),
        NotificationKind.ANNOUNCED,
        f"announced:{topic.id}",
        actor_id=topic.author_id,
        path=path,
    )
    for enrollment in told:
        if enrollment.person_id != topic.author_id:
            queue_mail(
                enrollment.person,
                "classes/announcement",
                f"announced:{topic.id}:{enrollment.person_id}",
                title=topic.title,
                body=body,
                class_title=topic.project.title,
                author=topic.author.name,
                path=path,
            )
    return True


def record_all_mailed(topic: Topic) -> None:
    """Everybody whom an announcement is for has been told."""
    done = sa.update(Topic).where(Topic.id == topic.id, Topic.mailed_at.is_(None)).values(mailed_at=clock.now())
    db.session.execute(done.execution_options(synchronize_session=False))


def forget_board(person: Person) -> None:
    """Whoever leaves follows nothing; what they began has no title any more, and is gone where nobody answered (P20).

    To be called once their comments are erased.
    """
    db.session.execute(sa.delete(ThreadFollow).where(ThreadFollow.person_id == person.id))
    for topic in board.list_threads_talked_in(person):
        _count_answers(topic)
        if topic.author_id == person.id:
            topic.title, topic.pinned_at = "", None
            if not topic.comments_count and topic.deleted_at is None:
                topic.deleted_at = clock.now()
    db.session.flush()
