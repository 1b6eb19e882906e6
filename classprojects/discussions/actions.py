"""What people do in threads: say something, take it back."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import db, hold
from classprojects.core.errors import DomainError
from classprojects.core.ids import once_key
from classprojects.core.prose import render_remark
from classprojects.discussions import queries
from classprojects.discussions.models import Comment, Thread

#: characters of a comment
LONGEST = 5000


class EmptyComment(DomainError):
    """Nothing was said."""


class CommentTooLong(DomainError):
    """More was said than a comment holds."""


def open_thread() -> Thread:
    """A new conversation; what it is about keeps its id."""
    thread = Thread()
    db.session.add(thread)
    db.session.flush()
    return thread


def add_comment(thread_id: int, author: Person, body: str, once: str | None = None) -> Comment:
    """Say ``body`` (Markdown) in a thread. The same ``once`` from the same author says it once.

    Raises EmptyComment, CommentTooLong.
    """
    body = body.strip()
    check_comment(body)
    key = once_key(author.id, once)
    if key:
        hold(db.session, "comment", author.id)
        earlier = queries.find_comment_by_key(key)
        if earlier is not None:
            return earlier
    comment = Comment(
        thread_id=thread_id,
        author_id=author.id,
        author=author,
        body=body,
        body_html=render_remark(body),
        submission_key=key,
        created_at=clock.now(),
    )
    db.session.add(comment)
    db.session.flush()
    return comment


def check_comment(body: str) -> None:
    """Raise unless ``body`` can be a comment."""
    if not body.strip():
        raise EmptyComment(_("Write something first; a few words are enough."), field="body")
    if len(body) > LONGEST:
        raise CommentTooLong(
            ngettext(
                "A comment holds at most %(most)s characters; yours has %(num)d too many.",
                "A comment holds at most %(most)s characters; yours has %(num)d too many.",
                len(body) - LONGEST,
                most=LONGEST,
            ),
            field="body",
        )


def erase_comment(comment: Comment) -> bool:
    """Empty the comment and keep its place. Whether it was there until now."""
    if comment.erased_at is not None:
        return False
    comment.body = comment.body_html = ""
    comment.erased_at = clock.now()
    db.session.flush()
    return True
