"""Working on captions cue by cue: split, join, add, take away, shift. Pure; times in milliseconds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask_babel import gettext as _

from classprojects.media.captions import BadCaptions, Cue, make_cue

#: what a new cue lasts, and the shortest that a split leaves
NEW_MS, SHORTEST_MS = 2000, 2
#: 999 hours, 59 minutes and 59.999 seconds: what WebVTT of ours can say
LATEST_MS = 3_599_999_999
_TAG = re.compile(r"<[^<>]{0,200}>")


def split_cue(cues: Sequence[Cue], at: int) -> list[Cue]:
    """Cue number ``at`` as two: its words parted at the gap nearest to the middle, its time by their length.

    A voice or stress that went over the gap goes on in both. Raises BadCaptions for a single word.
    """
    cue = cues[at]
    gaps = _gaps(cue.text)
    if not gaps or cue.end - cue.start < SHORTEST_MS:
        raise BadCaptions(_("“%(words)s” is one word: there is nothing to part.", words=_TAG.sub("", cue.text)[:60]))
    gap = min(gaps, key=lambda place: abs(place - len(cue.text) / 2))
    left, right = cue.text[:gap].rstrip(), cue.text[gap:].lstrip()
    open_tags = _left_open(left)
    moment = cue.start + round((cue.end - cue.start) * len(left) / (len(left) + len(right)))
    moment = min(cue.end - 1, max(cue.start + 1, moment))
    halves = [make_cue(cue.start, moment, left), make_cue(moment, cue.end, "".join(open_tags) + right)]
    return [*cues[:at], *(half for half in halves if half is not None), *cues[at + 1 :]]


def _gaps(text: str) -> list[int]:
    """Where words are apart in ``text``, outside of its tags and with words on both sides."""
    inside = [(tag.start(), tag.end()) for tag in _TAG.finditer(text)]
    places = [found.start() for found in re.finditer(r"\s+", text)]
    return [
        place
        for place in places
        if not any(start < place < end for start, end in inside)
        and _TAG.sub("", text[:place]).strip()
        and _TAG.sub("", text[place:]).strip()
    ]


def _left_open(text: str) -> list[str]:
    open_tags: list[str] = []
    for tag in _TAG.findall(text):
        if tag.startswith("</"):
            name = tag[2:-1]
            for place in range(len(open_tags) - 1, -1, -1):
                if open_tags[place][1:-1].split(" ")[0] == name:
                    del open_tags[place:]
                    break
        else:
            open_tags.append(tag)
    return open_tags


def join_cues(cues: Sequence[Cue], at: int) -> list[Cue]:
    """Cue number ``at`` and the one after it as one."""
    if at + 1 >= len(cues):
        raise BadCaptions(_("There is nothing after the last line to join it with."))
    first, second = cues[at], cues[at + 1]
    joined = Cue(first.start, max(first.end, second.end), f"{first.text}\n{second.text}")
    return [*cues[:at], joined, *cues[at + 2 :]]


def shift_cues(cues: Sequence[Cue], by: int) -> list[Cue]:
    """All cues earlier (less than 0) or later. What would begin before the beginning begins there; what would be over by
    then would be lost, so that it is refused."""
    shifted = []
    for cue in cues:
        start, end = max(0, cue.start + by), cue.end + by
        if end <= start:
            raise BadCaptions(
                _("So much earlier, “%(words)s” would be over before the recording begins.", words=_TAG.sub("", cue.text)[:60])
            )
        if end > LATEST_MS:
            raise BadCaptions(_("That is later than any recording lasts."))
        shifted.append(Cue(start, end, cue.text))
    return shifted
