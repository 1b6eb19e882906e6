"""What went and what came between two texts, within a budget."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classprojects.core.differences import Budget, Fate, Piece, compare_lines, compare_words

TEXTS = st.text(alphabet="ab .\n漢字é", max_size=40)


def told(pieces: list[Piece]) -> str:
    marks = {Fate.SAME: "{}", Fate.GONE: "[-{}-]", Fate.NEW: "[+{}+]"}
    return "".join(marks[piece.fate].format(piece.text) for piece in pieces)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("", "all new", "[+all new+]"),
        ("all gone", "", "[-all gone-]"),
        ("the quick brown fox", "the slow brown fox", "the [-quick-][+slow+] brown fox"),
        ("one two three", "one 2 3", "one [-two three-][+2 3+]"),
        ("Ada waits, then goes", "Ada waits and goes", "Ada waits[-,-] [-then-][+and+] goes"),
        ("海は青い", "海は黒い", "海は[-青-][+黒+]い"),
        ("سلام على الجميع", "سلام على الناس", "سلام على [-الجميع-][+الناس+]"),
    ],
)
def test_words_are_told_apart(old: str, new: str, expected: str) -> None:
    assert told(compare_words(old, new)) == expected


def test_lines_that_became_others_stand_side_by_side() -> None:
    rows = compare_lines("one\nthe tide comes in\nthree", "one\nthe tide goes in\nquite another thing\nthree")
    assert [row.is_same for row in rows] == [True, False, False, True]
    assert told(list(rows[1].old or ())) == "the tide [-comes-] in" and told(list(rows[1].new or ())) == "the tide [+goes+] in"
    assert rows[2].old is None and told(list(rows[2].new or ())) == "[+quite another thing+]"


@given(old=TEXTS, new=TEXTS)
def test_both_texts_can_be_read_from_what_is_told(old: str, new: str) -> None:
    pieces = compare_words(old, new)
    assert "".join(piece.text for piece in pieces if piece.fate is not Fate.NEW) == old
    assert "".join(piece.text for piece in pieces if piece.fate is not Fate.GONE) == new
    rows = compare_lines(old, new)
    assert "\n".join("".join(piece.text for piece in row.old) for row in rows if row.old is not None) == old
    assert "\n".join("".join(piece.text for piece in row.new) for row in rows if row.new is not None) == new
    assert all(row.old is not None or row.new is not None for row in rows)


@given(text=TEXTS, place=st.integers(0, 40))
def test_what_stayed_is_said_to_have_stayed(text: str, place: int) -> None:
    assert all(row.is_same for row in compare_lines(text, text))
    changed = text[:place] + "ZZ" + text[place:]
    kept = sum(len(piece.text) for piece in compare_words(text, changed) if piece.fate is Fate.SAME)
    assert kept >= len(text) - max((len(word) for word in text.split(" ")), default=0) - 2


def worst() -> list[tuple[str, str]]:
    """Pairs of the longest texts that are hard to compare."""
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefgh", k=5)) for _ in range(400)]
    one, other = (" ".join(chance.choices(words, k=16_000)) for _ in range(2))
    return [
        (one, other),
        (one.replace(" ", "\n"), other.replace(" ", "\n")),
        ("\n" * 100_000, "\n" * 99_000 + "x"),
        ("a\nb\n" * 25_000, "b\na\n" * 25_000),
        ("ab " * 33_000, "ba " * 33_000),
        ("x" * 100_000, "y" * 100_000),
    ]


@pytest.mark.parametrize("place", range(6))
def test_no_comparison_takes_long(place: int) -> None:
    """The longest texts there may be, however little they have in common."""
    old, new = worst()[place]
    began = time.process_time()
    compare_lines(old, new)
    assert time.process_time() - began < 5


def test_a_spent_budget_tells_less_and_never_wrongly() -> None:
    rows = compare_lines("a\nb\nc\nd", "x\nb\ny\nd", Budget(0))
    assert "\n".join("".join(piece.text for piece in row.new) for row in rows if row.new) == "x\nb\ny\nd"
