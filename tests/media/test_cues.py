"""Working on captions cue by cue: whatever is done, what is said stays, and what comes out is captions."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from classprojects.media import cues
from classprojects.media.captions import (
    BadCaptions,
    Cue,
    list_said,
    make_cue,
    read_captions,
    words_to_type,
    write_captions,
)

often = hypothesis_settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

pieces = st.sampled_from(["word", "a", "&", "<", ">", "&amp;", "&lt;b&gt;", "<v Ana>", "</v>", "<i>", "</i>", "\n", "-->", "سلام", "🎈", "&#65;"])
words = st.lists(pieces, min_size=1, max_size=9).map(" ".join)


@st.composite
def captions(draw: st.DrawFn) -> list[Cue]:
    """A few cues, one after the other."""
    said, at = [], 0
    for text in draw(st.lists(words, min_size=1, max_size=6)):
        at += draw(st.integers(0, 4000))
        end = at + draw(st.integers(2, 9000))
        cue = make_cue(at, end, text)
        if cue is not None:
            said.append(cue)
        at = end
    assume(said)
    return said


def heard(said: list[Cue]) -> list[str]:
    """Every word, in order."""
    return " ".join(one.words for one in list_said(write_captions(said))).split()


@often
@given(said=captions())
def test_what_is_typed_again_is_the_same(context: Flask, said: list[Cue]) -> None:
    assert read_captions(write_captions(said)) == said
    for cue in said:
        assert make_cue(cue.start, cue.end, words_to_type(cue)) == cue


@often
@given(said=captions(), data=st.data())
def test_parting_and_joining_lose_no_word(context: Flask, said: list[Cue], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(said) - 1))
    try:
        parted = cues.split_cue(said, at)
    except BadCaptions:
        parted = said
    assert heard(parted) == heard(said)
    assert read_captions(write_captions(parted)) == sorted(parted, key=lambda cue: (cue.start, cue.end))
    if len(parted) > len(said):
        left, right = parted[at], parted[at + 1]
        assert (left.start, right.end) == (said[at].start, said[at].end) and left.end == right.start
        joined = cues.join_cues(parted, at)
        assert heard(joined) == heard(said)
        assert (joined[at].start, joined[at].end) == (said[at].start, said[at].end)


@often
@given(said=captions(), by=st.integers(-5000, 5000))
def test_moving_all_keeps_their_distance(context: Flask, said: list[Cue], by: int) -> None:
    try:
        moved = cues.shift_cues(said, by)
    except BadCaptions:
        assert by < 0 and any(cue.end + by <= 0 for cue in said)
        return
    assert [cue.text for cue in moved] == [cue.text for cue in said]
    assert [cue.end - by for cue in moved] == [cue.end for cue in said]
    assert all(0 <= cue.start < cue.end for cue in moved)
    if all(cue.start + by >= 0 for cue in said):
        assert cues.shift_cues(moved, -by) == said


def test_a_voice_goes_on_after_the_gap(context: Flask) -> None:
    cue = make_cue(0, 4000, "<v Ana>Hear the <i>room first</i>")
    assert cue is not None
    left, right = cues.split_cue([cue], 0)
    assert left.text == "<v Ana>Hear the</v>"
    assert right.text == "<v Ana><i>room first</i></v>"
    with pytest.raises(BadCaptions, match="one word"):
        cues.split_cue([Cue(0, 1000, "<v Ana Lee>Hear</v>")], 0)
    with pytest.raises(BadCaptions, match="nothing after"):
        cues.join_cues([cue], 0)
    with pytest.raises(BadCaptions, match="ends before"):
        make_cue(5, 5, "x")
