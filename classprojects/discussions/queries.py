"""Every SELECT about threads and comments."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.core.database import db, prepared
from classprojects.core.errors import NotFound
from classprojects.core.pagination import Page, keyset_page, read_cursor, write_cursor
from classprojects.discussions.models import Comment

#: comments on a page
SIZE = 30


def list_comments(thread_id: int, after: str | None = None, size: int = SIZE) -> Page[Comment]:
    """One page of a thread, oldest first, each comment with its author."""
    values = read_cursor(after, [int])
    statement, facts = _comments_after(size), {"thread_id": thread_id, "last_id": values[0] if values else 0}
    comments = list(db.session.scalars(statement, facts))
    cursor = write_cursor([comments[size - 1].id]) if len(comments) > size else None
    return Page(comments[:size], cursor)


@prepared
def _comments_after(size: int) -> sa.Select[Comment]:
    return (
        sa.select(Comment)
        .where(Comment.thread_id == sa.bindparam("thread_id"), Comment.id > sa.bindparam("last_id"))
        .options(joinedload(Comment.author))
        .order_by(Comment.id)
        .limit(size + 1)
    )


def list_comments_by(person_id: int, after: str | None = None, size: int = SIZE) -> Page[Comment]:
    """One page of what somebody said, newest first: for their own export."""
    statement = sa.select(Comment).where(Comment.author_id == person_id, Comment.erased_at.is_(None))
    page: Page[Comment] = keyset_page(db.session, statement, [(Comment.id, int)], after, size)
    return page


def get_comment(comment_id: int) -> Comment:
    """The comment with its author; raises NotFound."""
    comment = db.session.scalar(
        sa.select(Comment).where(Comment.id == comment_id).options(joinedload(Comment.author))
    )
    if comment is None:
        raise NotFound
    return comment


def find_comment_by_key(submission_key: str) -> Comment | None:
    """The comment that a form with this one-time key already made."""
    return db.session.scalar(
        sa.select(Comment).where(Comment.submission_key == submission_key).options(joinedload(Comment.author))
    )
