"""What people are told about their works: that somebody spoke of one, or built on it.

Told in the transaction in which it happens; a work that is published later, or shared
with everybody later, tells then. The same news is told once (``notifications.notify``).
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from classprojects.core.pagination import write_cursor
from classprojects.discussions import queries as discussions
from classprojects.discussions.models import Comment
from classprojects.notifications.actions import notify
from classprojects.notifications.models import NotificationKind
from classprojects.works import queries
from classprojects.works.models import Work, WorkStatus


def tell_of_comment(work: Work, comment: Comment) -> None:
    """Tell the maker that somebody said something about ``work``, and where it stands in the conversation."""
    after = f"?after={write_cursor([comment.id - 1])}" if work.comments_count > discussions.SIZE else ""
    notify(
        work.maker_id,
        NotificationKind.COMMENTED,
        f"commented:{comment.id}",
        actor_id=comment.author_id,
        work_id=work.id,
        path=f"{work.url}{after}#comment-{comment.id}",
    )


def tell_of_remix(work: Work, parent_ids: Iterable[int], *, insiders: Container[int] = ()) -> None:
    """Tell the makers of these parents that ``work`` was made from theirs, once it is shown.

    Of a work that stays in a class only those are told whose own work lives in that
    class, and ``insiders``, people who may look into it: strangers must not hear of it
    (P4).
    """
    if work.status is not WorkStatus.PUBLISHED:
        return
    for parent in queries.list_standings(parent_ids):
        if parent.status is not WorkStatus.ERASED and (
            work.is_open or parent.space_id == work.space_id or parent.maker_id in insiders
        ):
            notify(
                parent.maker_id,
                NotificationKind.REMIXED,
                f"remixed:{work.id}:{parent.id}",
                actor_id=work.maker_id,
                work_id=parent.id,
                path=work.url,
            )
