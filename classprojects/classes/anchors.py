"""What a remark is about: a moment of a sound or film, a region of a picture, a passage of a text.

A remark stays with the version that it was made about, so each is checked against that version once, when it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from classprojects.classes.passages import Text, plain_text
from classprojects.core.errors import DomainError
from classprojects.works.models import WorkVersion
from classprojects.works.queries import files_of

MOST_REMARKS = 20
#: characters of what is said about one place
LONGEST_REMARK = 1000
#: characters of a passage
LONGEST_PASSAGE = 1500
#: how much of a picture's side may be lost in rounding
_ROUNDING = 0.0051


@dataclass(frozen=True)
class Moment:
    """A moment, or the stretch up to ``until``: in seconds from the beginning."""

    at: int
    until: int | None = None


@dataclass(frozen=True)
class Region:
    """A part of the ``picture``-th picture, counted from 1: in shares of its sides, from the left and the top."""

    picture: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Passage:
    """Some words of a text. Where only the words are known, they are looked for."""

    quote: str
    start: int | None = None
    end: int | None = None


Anchor = Moment | Region | Passage


@dataclass(frozen=True)
class RemarkDraft:
    """Something said about one place. ``anchor`` None: nobody said which."""

    text: str
    anchor: Anchor | None


class BadRemark(DomainError):
    """A remark that fits the version badly; ``number`` says which, counted from 1."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message, field=f"remarks-{number}")
        self.number = number


def check_remarks(version: WorkVersion, drafts: Sequence[RemarkDraft]) -> list[dict[str, Any]]:
    """The remarks as they are kept; raises BadRemark for the first that does not fit ``version`` (loaded with its files)."""
    if len(drafts) > MOST_REMARKS:
        raise BadRemark(
            ngettext("At most %(num)d remark goes with one feedback.", "At most %(num)d remarks go with one feedback.", MOST_REMARKS),
            MOST_REMARKS + 1,
        )
    text: Text | None = None
    kept = []
    for number, draft in enumerate(drafts, start=1):
        if not draft.text.strip():
            raise BadRemark(_("Say something about this place, or take the remark away."), number)
        if len(draft.text) > LONGEST_REMARK:
            raise BadRemark(_("A remark has at most %(most)s characters.", most=LONGEST_REMARK), number)
        match draft.anchor:
            case Moment():
                anchor = _check_moment(draft.anchor, version, number)
            case Region():
                anchor = _check_region(draft.anchor, version, number)
            case Passage():
                text = text or Text(plain_text(version.body_html))
                anchor = _check_passage(draft.anchor, text, number)
            case _:
                raise BadRemark(_no_place(version), number)
        kept.append({"text": draft.text.strip(), "anchor": anchor})
    return kept


def _no_place(version: WorkVersion) -> str:
    if version.file is None:
        return _("Say which words this is about.")
    if version.file.kind.value == "image":
        return _("Say which part of the picture this is about.")
    return _("Say which moment this is about.")


def _check_moment(anchor: Moment, version: WorkVersion, number: int) -> dict[str, Any]:
    file = version.file
    if file is None or file.kind.value not in {"audio", "video"}:
        raise BadRemark(_("This attempt is no sound or film, so it has no moments."), number)
    if anchor.until is not None and anchor.until <= anchor.at:
        raise BadRemark(_("A stretch ends after it begins."), number)
    if file.duration_ms is not None and max(anchor.at, anchor.until or 0) * 1000 > file.duration_ms:
        length = file.duration_ms // 1000
        raise BadRemark(
            _("This attempt is only %(length)s long.", length=f"{length // 60}:{length % 60:02}"), number
        )
    return {"kind": "moment", "at": anchor.at, "until": anchor.until}


def _check_region(anchor: Region, version: WorkVersion, number: int) -> dict[str, Any]:
    pictures = [file for file in files_of(version) if file.kind.value == "image"]
    if not pictures:
        raise BadRemark(_("This attempt is no picture, so it has no parts to point at."), number)
    if not 1 <= anchor.picture <= len(pictures):
        raise BadRemark(
            ngettext("This attempt has %(num)d picture.", "This attempt has %(num)d pictures.", len(pictures)), number
        )
    x, y, width, height = (round(one, 4) for one in (anchor.x, anchor.y, anchor.width, anchor.height))
    if width <= 0 or height <= 0:
        raise BadRemark(_("A part of a picture is at least a little wide and high."), number)
    if x < 0 or y < 0 or x + width > 1 + _ROUNDING or y + height > 1 + _ROUNDING:
        raise BadRemark(_("That part reaches beyond the picture."), number)
    width, height = round(min(width, 1 - x), 4), round(min(height, 1 - y), 4)
    return {"kind": "region", "picture": anchor.picture, "x": x, "y": y, "width": width, "height": height}


def _check_passage(anchor: Passage, text: Text, number: int) -> dict[str, Any]:
    if not text.text.strip():
        raise BadRemark(_("This attempt has no text to take words from."), number)
    if not anchor.quote.strip():
        raise BadRemark(_("Say which words this is about."), number)
    if len(anchor.quote) > LONGEST_PASSAGE:
        raise BadRemark(_("That passage is long. Choose at most %(most)s characters of it.", most=LONGEST_PASSAGE), number)
    start, end = _find_passage(anchor, text, number)
    return {"kind": "passage", "start": start, "end": end, "quote": text.text[start:end]}


def _find_passage(anchor: Passage, text: Text, number: int) -> tuple[int, int]:
    start, end = anchor.start, anchor.end
    if start is not None and end is not None and 0 <= start < end and text.text[start:end] == anchor.quote:
        return start, end
    found = text.find(anchor.quote)
    if not found:
        raise BadRemark(_("These words do not stand in this attempt."), number)
    if start is not None:
        return min(found, key=lambda one: abs(one[0] - start))
    if len(found) > 1:
        raise BadRemark(_("These words stand in it more than once. Write a few more, so that it is clear which you mean."), number)
    return found[0]


def find_in_text(anchor: dict[str, Any], text: Text) -> tuple[int, int] | None:
    """Where a kept passage stands in the text as it is shown now; None where its words are not to be found."""
    start, end, quote = anchor["start"], anchor["end"], anchor["quote"]
    if not quote:
        return None  # its words went with whoever wrote them
    if text.text[start:end] == quote:
        return start, end
    return text.nearest(quote, start)
