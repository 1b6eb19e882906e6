"""Mailing announcements, in turns, to those who may read them at that moment.

A door of its own rather than a job of the classes' room: whether somebody has a
membership now is known to the policy alone (P2: a lapsed learner is told nothing).
"""

from __future__ import annotations

from datetime import timedelta

from classprojects.classes.actions import board as actions
from classprojects.classes.queries import board
from classprojects.core import clock, memo
from classprojects.core.database import transaction
from classprojects.discussions import queries as discussions
from classprojects.gateways.queue import enqueue
from classprojects.policy import Permission, may

#: enrollments in a turn: what one transaction writes
TURN = 200
#: an announcement that is this old and not all mailed was forgotten
FORGOTTEN = timedelta(minutes=5)


def mail_announcement(topic_id: int) -> None:
    """Tell every learner whom it is for. Dying between two turns repeats nothing and loses nobody: the row knows."""
    while _mail_turn(topic_id):
        pass


def _mail_turn(topic_id: int) -> bool:
    """One turn; whether there may be another."""
    topic = board.find_topic_by_id(topic_id)
    if topic is None or topic.deleted_at is not None or topic.mailed_at is not None or not topic.is_announcement:
        return False
    turn = board.list_learners_to_mail(topic, TURN)
    if not turn:
        with transaction():
            actions.record_all_mailed(topic)
        return False
    first = discussions.list_comments(topic.thread_id, size=1).items
    body = first[0].body if first else ""
    told = []
    for enrollment in turn:
        # Each is asked as if they came themselves.
        token = memo.open_memo()
        try:
            if may(enrollment.person, Permission.VIEW_TOPIC, topic):
                told.append(enrollment)
        finally:
            memo.close_memo(token)
    with transaction():
        return actions.record_mailed(topic, told, turn[-1].id, body)


def sweep_announcements() -> None:
    """Wake a worker for announcements whose mailing stopped halfway."""
    for topic_id in board.list_unmailed_ids(clock.now() - FORGOTTEN):
        enqueue(mail_announcement, topic_id)
