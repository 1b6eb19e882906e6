"""Captions as people have them, written anew as plain WebVTT."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classprojects.classes.captions import BadCaptions, read_captions, spoken_words, write_captions


def test_webvtt_keeps_words_voices_and_stress(context):
    cues = read_captions(
        "\ufeffWEBVTT - a title\r\n\r\nSTYLE\r\n::cue { background: url(//evil) }\r\n\r\nNOTE never\r\n\r\n"
        "one\r\n00:01.5 --> 00:02.500 position:10%\r\n<v Ada>Hear <i>the</i> room</v> & wait\r\n<script>alert(1)</script>\r\n\r\n"
        "1:00:00.000 --> 1:00:01.000\r\n2 &lt; 3 --> so"
    )
    assert [(cue.start, cue.end) for cue in cues] == [(1500, 2500), (3_600_000, 3_601_000)]
    text = write_captions(cues)
    assert text.startswith("WEBVTT\n\n00:00:01.500 --> 00:00:02.500\n<v Ada>Hear <i>the</i> room &amp; wait\nalert(1)\n")
    assert "evil" not in text and "<script" not in text and "2 &lt; 3 → so" in text
    assert read_captions(text) == cues
    assert spoken_words(text) == "Hear the room & wait alert(1) 2 < 3 → so"


def test_subrip_is_understood(context):
    cues = read_captions("1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:02,000 --> 00:00:03,500\nTwo\n")
    assert [cue.text for cue in cues] == ["One", "Two"]


@pytest.mark.parametrize("text", ["", "WEBVTT", "00:02.000 --> 00:01.000\nx", "a --> b\nx", "00:99.000 --> 01:00.000\nx", "x" * 600_000])
def test_what_is_no_captions_is_refused(context, text):
    with pytest.raises(BadCaptions):
        read_captions(text)


@given(st.text(max_size=200))
def test_nothing_but_words_survives(text):
    from classprojects.classes.captions import _clean

    left = _clean(text.replace("\n", " ").replace("\r", " "))
    for tag in ("<i>", "</i>", "<b>", "</b>", "<u>", "</u>"):
        left = left.replace(tag, "")
    if "<v " not in left:
        assert "<" not in left and "-->" not in left
