"""What notifications of the board are about, as far as their reader may see it at the moment of looking (P4)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from classprojects.classes.queries import board
from classprojects.notifications.models import NotificationKind
from classprojects.policy import Permission, may
from classprojects.web.classes.board import topic_title
from classprojects.web.shared.guards import current_person

#: notifications whose path leads to a topic
OF_THE_BOARD = frozenset({NotificationKind.ANNOUNCED, NotificationKind.TOPIC_ANSWERED})

_TOPIC = re.compile(r"/classes/[^/]+/topics/(\d{1,18})", re.ASCII)


def topics_told(paths: Iterable[str]) -> dict[str, str]:
    """What the topics at these paths are called, by path; those that the reader may not see are left out. One query."""
    ids = {path: int(found[1]) for path in paths if (found := _TOPIC.match(path))}
    topics, person = board.list_topics_by_ids(list(ids.values())), current_person()
    return {
        path: topic_title(topics[topic_id])
        for path, topic_id in ids.items()
        if topic_id in topics and may(person, Permission.VIEW_TOPIC, topics[topic_id])
    }
