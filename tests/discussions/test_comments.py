"""Threads by themselves: what is said, once, cleaned, in pages."""

from __future__ import annotations

import pytest
from flask import Flask

from classprojects.core.database import transaction
from classprojects.core.errors import NotFound
from classprojects.discussions import actions, queries
from classprojects.discussions.actions import CommentTooLong, EmptyComment
from tests.factories.people import Cast


def test_a_comment_is_rendered_once_and_cleaned(context: Flask, cast: Cast) -> None:
    with transaction():
        thread = actions.open_thread()
        comment = actions.add_comment(thread.id, cast.free, "  **Yes** [here](https://example.test) <script>x</script>\nand  ")
    assert comment.body.startswith("**Yes**") and comment.body.endswith("and")
    assert "<strong>Yes</strong>" in comment.body_html and "<script" not in comment.body_html
    assert 'rel="noopener nofollow ugc"' in comment.body_html and "<br>" in comment.body_html


def test_the_same_key_says_it_once_for_its_author_alone(context: Flask, cast: Cast) -> None:
    with transaction():
        thread = actions.open_thread()
        first = actions.add_comment(thread.id, cast.free, "One", once="k")
        assert actions.add_comment(thread.id, cast.free, "Two", once="k") is first
        assert actions.add_comment(thread.id, cast.maker, "Three", once="k") is not first
    assert [comment.body for comment in queries.list_comments(thread.id).items] == ["One", "Three"]


@pytest.mark.parametrize(("body", "error"), [("", EmptyComment), (" \n\t", EmptyComment), ("x" * 5001, CommentTooLong)])
def test_too_little_and_too_much_is_refused_in_words(context: Flask, cast: Cast, body: str, error: type) -> None:
    with transaction():
        thread = actions.open_thread()
    with pytest.raises(error) as caught, transaction():
        actions.add_comment(thread.id, cast.free, body)
    assert caught.value.field == "body" and len(caught.value.message) > 10
    assert not queries.list_comments(thread.id).items


def test_an_erased_comment_keeps_its_place_and_nothing_else(context: Flask, cast: Cast) -> None:
    with transaction():
        thread = actions.open_thread()
        comment = actions.add_comment(thread.id, cast.free, "Words")
        assert actions.erase_comment(comment) is True
        assert actions.erase_comment(comment) is False
    found = queries.get_comment(comment.id)
    assert (found.body, found.body_html) == ("", "") and found.erased_at is not None
    assert not queries.list_comments_by(cast.free.id).items


def test_an_unknown_comment_is_not_there(context: Flask) -> None:
    with pytest.raises(NotFound):
        queries.get_comment(2**62)
