"""Captions as people have them, written anew as plain WebVTT."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from classprojects.media.captions import (
    LONGEST,
    BadCaptions,
    clean_captions,
    decode_captions,
    list_said,
    read_captions,
    spoken_words,
    write_captions,
)


def test_webvtt_keeps_words_voices_and_stress(context: Flask) -> None:
    cues = read_captions(
        "\ufeffWEBVTT - a title\r\n\r\nSTYLE\r\n::cue { background: url(//evil) }\r\n\r\nNOTE never\r\n\r\n"
        "one\r\n00:01.5 --> 00:02.500 position:10%\r\n<v Ada>Hear <i>the</i> room</v> & wait\r\n<script>alert(1)</script>\r\n\r\n"
        "1:00:00.000 --> 1:00:01.000\r\n2 &lt; 3 --> so"
    )
    assert [(cue.start, cue.end) for cue in cues] == [(1500, 2500), (3_600_000, 3_601_000)]
    text = write_captions(cues)
    assert text.startswith("WEBVTT\n\n00:00:01.500 --> 00:00:02.500\n<v Ada>Hear <i>the</i> room</v> &amp; wait\nalert(1)\n")
    assert "evil" not in text and "<script" not in text and "2 &lt; 3 → so" in text
    assert read_captions(text) == cues
    assert spoken_words(text) == "Hear the room & wait alert(1) 2 < 3 → so"
    assert [(said.start, said.voice) for said in list_said(text)] == [(1500, "Ada"), (3_600_000, "")]


def test_subrip_is_understood_and_becomes_webvtt(context: Flask) -> None:
    text = clean_captions("1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:02,000 --> 00:00:03,500\nTwo\n")
    assert text == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nOne\n\n00:00:02.000 --> 00:00:03.500\nTwo\n"


def test_moments_may_overlap_and_are_put_in_order(context: Flask) -> None:
    cues = read_captions("WEBVTT\n\n00:05.000 --> 00:09.000\nlater\n\n00:01.000 --> 00:06.000\nsooner\n")
    assert [cue.text for cue in cues] == ["sooner", "later"]


def test_tags_are_closed_and_strange_ones_left_out(context: Flask) -> None:
    said = "<b>loud <i>both</b> plain</i> <c.red>red</c> <00:00:02.000>now <ruby>a<rt>b</rt></ruby> 1 < 2 <a href=x>y</a>"
    (cue,) = read_captions(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{said}\n")
    assert cue.text == "<b>loud <i>both</i></b> plain red now ab 1 &lt; 2 y"


@pytest.mark.parametrize(
    "text",
    [
        "WEBVTT",
        "WEBVTTX\n\n00:01.000 --> 00:02.000\nx",
        "00:02.000 --> 00:01.000\nx",
        "00:02.000 --> 00:02.000\nx",
        "a --> b\nx",
        "00:99.000 --> 01:00.000\nx",
        "00:01.000 --> 00:02.000junk\nx",
        "00:01.000 --> 00:02.000\n<script></script>\n",
        "<script>alert(1)</script>",
        "x" * (LONGEST + 1),
        "é" * (LONGEST // 2 + 1),
        "00:01.000 --> 00:02.000\nx\n\n" * 5001,
    ],
)
def test_what_is_no_captions_is_refused_in_words(context: Flask, text: str) -> None:
    with pytest.raises(BadCaptions) as refusal:
        clean_captions(text)
    assert refusal.value.field == "captions" and refusal.value.message.endswith((".", "?"))


def test_captions_that_grow_when_written_are_measured_then(context: Flask) -> None:
    with pytest.raises(BadCaptions):
        clean_captions("00:01.000 --> 00:02.000\n" + "&" * (LONGEST // 2))


def test_nothing_stays_nothing(context: Flask) -> None:
    assert clean_captions("") == clean_captions("\ufeff \n\t") == ""


def test_files_say_their_letters(context: Flask) -> None:
    assert decode_captions("\ufeffWEBVTT é".encode()) == "WEBVTT é"
    assert decode_captions("WEBVTT é".encode("utf-16")) == "WEBVTT é"
    assert decode_captions(b"WEB\x00VTT") == "WEBVTT"
    for data in (b"WEBVTT \xe9", b"\xff\xfea", b"x" * (LONGEST + 1)):
        with pytest.raises(BadCaptions):
            decode_captions(data)


@given(st.text(alphabet=st.one_of(st.sampled_from("<>&;/vibuc. -\t\n#x10lgt"), st.characters()), max_size=120))
def test_nothing_but_words_survives_and_writing_again_changes_nothing(app: Flask, said: str) -> None:
    with app.test_request_context():
        try:
            text = clean_captions(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{said}\n")
        except BadCaptions:
            return
        assert clean_captions(text) == text
    body = text.split("\n", 3)[3]
    assert "-->" not in "".join(line for line in body.split("\n") if "00:00:0" not in line)
    for tag in ("<i>", "</i>", "<b>", "</b>", "<u>", "</u>", "</v>"):
        body = body.replace(tag, "")
    body = re.sub(r"<v [^<>]+>", "", body)
    assert "<" not in body and "\x00" not in body
