"""The clock, names for addresses, money in words."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classprojects.core import clock, money
from classprojects.core.ids import slugify


def test_the_clock_follows_the_sandbox_and_lets_go(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    try:
        clock.follow(str(file))
        assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5
        for number, (text, days) in enumerate((("86400", 1), ("172800\n", 2), ("nonsense", 2), ("", 0))):
            file.write_text(text)
            os.utime(file, (number, number))
            assert abs((clock.now() - datetime.now(UTC) - timedelta(days=days)).total_seconds()) < 5, text
    finally:
        clock.follow(None)
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5


def test_the_clock_is_held_inside_a_block() -> None:
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    with clock.at(moment):
        assert clock.now() == moment
    assert clock.now() != moment
    with pytest.raises(ValueError), clock.at(datetime(2030, 1, 1)):  # noqa: DTZ001
        pass


@given(st.text(max_size=200))
def test_a_slug_is_plain_or_empty(text: str) -> None:
    slug = slugify(text)
    assert slug == "" or (slug.isascii() and slug == slug.lower() and not slug.startswith("-") and len(slug) <= 60)


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [(999, "usd", "US$9.99"), (500, "jpy", "¥500"), (1230, "kwd", "KWD1.230"), (5999, "eur", "€59.99"), (0, "usd", "US$0.00")],
)
def test_money_names_its_currency(minor: int, currency: str, words: str) -> None:
    assert money.in_words(minor, currency).replace("\xa0", " ") == words
