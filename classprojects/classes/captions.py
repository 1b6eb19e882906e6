"""Captions: read WebVTT or SubRip as people have it, written anew as plain WebVTT.

The grammar is the W3C's (https://www.w3.org/TR/webvtt1/). Only what a caption needs
survives: moments, text, and the tags for a voice and for stress. Styles, regions,
notes, settings and every other tag are left out, so that nothing in the file that we
serve could ever be more than words.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from flask_babel import gettext as _

from classprojects.core.errors import DomainError

LONGEST = 500_000
MOST_CUES = 5_000

_TIMING = re.compile(
    r"^(?P<start>(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})[ \t]+-->[ \t]+(?P<end>(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})"
)
# No tag holds another's beginning: looking past one for its end would read the rest of the line again for each.
_VOICE = re.compile(r"<v(?:\.[^ <>]*)?[ \t]+([^<>]{1,60})>", re.IGNORECASE)
_STRESS = re.compile(r"<(/?)(i|b|u)(?:\.[^<>]*)?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>?")


class BadCaptions(DomainError):
    """What was given is no captions; says in which line."""


@dataclass(frozen=True)
class Cue:
    """Words shown from ``start`` to ``end`` (milliseconds), as safe WebVTT text."""

    start: int
    end: int
    text: str


def read_captions(text: str) -> list[Cue]:
    """The cues of a WebVTT or SubRip file, in order of their beginnings; raises BadCaptions."""
    if len(text) > LONGEST:
        raise BadCaptions(_("These captions are longer than any lesson. Is it the right file?"), field="captions")
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cues: list[Cue] = []
    at = 0
    while at < len(lines):
        timing = _TIMING.match(lines[at].strip())
        at += 1
        if timing is None:
            if "-->" in lines[at - 1]:
                raise BadCaptions(
                    _("Line %(line)s of the captions has a time that cannot be read. Write it as 00:01.000 --> 00:04.000.", line=at),
                    field="captions",
                )
            continue
        start, end = _milliseconds(timing["start"]), _milliseconds(timing["end"])
        if end <= start:
            raise BadCaptions(_("Line %(line)s of the captions ends before it begins.", line=at), field="captions")
        words = []
        while at < len(lines) and lines[at].strip():
            words.append(_clean(lines[at]))
            at += 1
        said = "\n".join(word for word in words if word)
        if said:
            cues.append(Cue(start, end, said))
        if len(cues) > MOST_CUES:
            raise BadCaptions(_("These captions have more lines than any lesson. Is it the right file?"), field="captions")
    if not cues:
        raise BadCaptions(
            _("There are no captions in this text. Each needs a line such as 00:01.000 --> 00:04.000 and words under it."),
            field="captions",
        )
    return sorted(cues, key=lambda cue: (cue.start, cue.end))


def write_captions(cues: list[Cue]) -> str:
    """``cues`` as a WebVTT file."""
    blocks = [f"{_clock(cue.start)} --> {_clock(cue.end)}\n{cue.text}" for cue in cues]
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def spoken_words(captions: str) -> str:
    """What is said in ``captions`` (as written by us), as paragraphs: a transcript to begin with."""
    if not captions:
        return ""
    words: list[str] = []
    for cue in read_captions(captions):
        words.append(" ".join(html.unescape(_TAG.sub("", cue.text)).split()))
    paragraphs: list[str] = []
    for number in range(0, len(words), 6):
        paragraphs.append(" ".join(words[number : number + 6]))
    return "\n\n".join(paragraphs)


def _milliseconds(stamp: str) -> int:
    whole, _dot, fraction = stamp.replace(",", ".").partition(".")
    parts = [int(part) for part in whole.split(":")]
    hours, minutes, seconds = [0, *parts] if len(parts) == 2 else parts
    if minutes > 59 or seconds > 59:
        raise BadCaptions(_("%(stamp)s is no time.", stamp=stamp), field="captions")
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(fraction.ljust(3, "0"))


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _clean(line: str) -> str:
    """One line of words, its tags for voice and stress kept and everything else written as text."""
    kept: list[str] = []

    def keep(tag: str) -> str:
        kept.append(tag)
        return f"\x00{len(kept) - 1}\x00"

    line = line.replace("\x00", "").replace("-->", "→")
    line = _VOICE.sub(lambda found: keep(f"<v {html.escape(html.unescape(found[1]).strip(), quote=False)}>"), line)
    line = _STRESS.sub(lambda found: keep(f"<{found[1]}{found[2].lower()}>"), line)
    line = html.escape(html.unescape(_TAG.sub("", line)), quote=False).strip().replace("-->", "→")
    return re.sub("\x00(\\d+)\x00", lambda found: kept[int(found[1])], line)
