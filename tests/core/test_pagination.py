"""Cursors come from the address bar: anything may stand in them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from classprojects.core.database import db, transaction
from classprojects.core.pagination import keyset_page, read_cursor, write_cursor
from classprojects.discussions.models import Thread

moments = st.datetimes(timezones=st.just(UTC))
whole = st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1)
words = st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)


@given(moments, whole, words)
def test_a_cursor_says_what_was_written(moment: datetime, number: int, word: str) -> None:
    text = write_cursor([moment, number, word])
    assert read_cursor(text, [datetime, int, str]) == [moment, number, word]


@given(st.text(max_size=300))
def test_anything_else_means_the_first_page(text: str) -> None:
    found = read_cursor(text, [datetime, int])
    assert found is None or [type(value) for value in found] == [datetime, int]


@pytest.mark.parametrize("values", [[2**63], [-(2**63)], [True], [1.5], ["1"], [None], [[1]], [1, 2]])
def test_values_that_no_column_holds_are_refused(values: list[object]) -> None:
    assert read_cursor(write_cursor(values), [int]) is None


def test_pages_hold_every_row_once(context: Flask) -> None:
    with transaction():
        db.session.add_all([Thread() for _ in range(25)])
    seen, after, pages = [], None, 0
    while True:
        page = keyset_page(db.session, sa.select(Thread), [(Thread.id, int)], after, size=7)
        seen += [thread.id for thread in page.items]
        pages, after = pages + 1, page.next_cursor
        if after is None:
            break
    assert len(seen) == 25 and seen == sorted(set(seen), reverse=True) and pages == 4


@pytest.mark.parametrize(
    ("values", "kinds"),
    [([{"t": "0001-01-01T00:00:00+14:00"}, 1], [datetime, int]), (["\ud800"], [str]), (["a\x00"], [str])],
)
def test_a_cursor_that_no_database_holds_means_the_first_page(values: list[object], kinds: list[type]) -> None:
    text = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    assert read_cursor(text, kinds) is None
