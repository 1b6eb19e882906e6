"""The form of the captions editor: lines with a begin, an end and words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import ValidationError

from classprojects.core.errors import DomainError
from classprojects.media import cues
from classprojects.media.captions import (
    LONGEST,
    MOST_CUES,
    Cue,
    clean_captions,
    decode_captions,
    make_cue,
    words_to_type,
)
from classprojects.media.recipes import clock_time
from classprojects.web.shared.composer import LANGUAGE_CHOICES
from classprojects.web.shared.forms import Form, clean_text, one_line
from classprojects.web.studio.forms import version_named
from classprojects.web.works.cut_forms import read_moment, read_number

#: how many lines one page of the editor has
PAGE_OF_CUES = 100
LONGEST_WORDS = 2000


@dataclass(frozen=True)
class Row:
    """A line as it was typed."""

    start: str = ""
    end: str = ""
    words: str = ""
    error: str = ""

    @classmethod
    def between(cls, before: Row | None, after: Row | None) -> Row:
        """An empty line that begins where the one before ends, and is over before the next one begins."""
        start = (read_moment(before.end) if before is not None else None) or 0
        end = start + cues.NEW_MS
        limit = read_moment(after.start) if after is not None else None
        if limit is not None and limit > start:
            end = min(end, limit)
        return cls(clock_time(start), clock_time(end))


def rows_of(said: Sequence[Cue]) -> list[Row]:
    """Cues as lines to type into."""
    return [Row(clock_time(cue.start), clock_time(cue.end), words_to_type(cue)) for cue in said]


class CaptionsForm(Form):
    """Some of the lines of a lesson's captions: from ``from`` on, in place of ``covers`` of them."""

    captions_language = SelectField(_l("Language of the captions"), choices=LANGUAGE_CHOICES, default="en")
    shift_by = StringField(
        _l("Seconds"), filters=[one_line], description=_l("Such as 0.5 for later, or -1.25 for earlier.")
    )
    version = HiddenField()
    #: what stood there as the page was opened: see `marks_of`
    marks = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows: list[Row] = []
        self.first = self.covers = 0
        if request.method == "POST" and kwargs.get("formdata", True) is not None:
            self._read()

    def _read(self) -> None:
        sent = request.form
        self.first, self.covers = _count(sent.get("from", "")), _count(sent.get("covers", ""))
        columns = [[clean_text(value) for value in sent.getlist(name)] for name in ("start", "end", "words")]
        rows = (Row(one_line(start)[:20], one_line(end)[:20], words[:LONGEST_WORDS]) for start, end, words in zip(*columns, strict=False))
        # One more than there may be: `cues` refuses them in words.
        self.rows = list(islice((row for row in rows if row.start or row.end or row.words.strip()), MOST_CUES + 1))

    def show(self, said: Sequence[Cue], first: int) -> None:
        """Show the page of lines that begins with number ``first`` (from 0)."""
        shown = said[first : first + PAGE_OF_CUES]
        self.first, self.covers, self.rows = first, len(shown), rows_of(shown)
        if not self.rows:
            self.rows = [Row.between(None, None)]
        self.marks.data = marks_of(said, self.first, self.covers)

    def follow(self, said: Sequence[Cue]) -> bool:
        """Take the place among ``said``, which somebody else has changed, that the lines had which this page was opened on.

        Right where the change was before them, after them or only among them. False where it was on both sides of an
        edge: then no place is theirs, and nothing is changed.
        """
        total, *before = (self.marks.data or "").split("-")
        first, covers = self.first, self.covers
        after = _count(total) - first - covers
        for place, length in ((first, covers), (len(said) - after - covers, covers), (first, len(said) - after - first)):
            if min(place, length, len(said) - place - length) < 0:
                continue
            marks = marks_of(said, place, length)
            # Two of the three parts stand as they stood: the lines and one side of them, or both sides.
            if sum(new == old for new, old in zip(marks.split("-")[1:], before, strict=False)) >= 2:
                self.first, self.covers, self.marks.data = place, length, marks
                return True
        return False

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return version_named(self.version.data)

    def cues(self) -> list[Cue]:
        """What the lines mean; those without words mean nothing. Marks the lines that are wrong, and raises DomainError."""
        if len(self.rows) > MOST_CUES:
            raise DomainError(_("Captions have at most %(most)d parts. Is it the right file?", most=MOST_CUES))
        said, rows, wrong = [], [], 0
        for row in self.rows:
            start, end = read_moment(row.start), read_moment(row.end)
            error = ""
            if not row.words.strip():
                rows.append(row)
                continue
            if start is None or end is None:
                error = _("Write the moment like 12.5 or 1:07.")
            elif end > cues.LATEST_MS:
                error = _("That is later than any recording lasts.")
            elif end <= start:
                error = _("This line ends before it begins.")
            else:
                cue = make_cue(start, end, row.words)
                if cue is not None:
                    said.append(cue)
            wrong += bool(error)
            rows.append(Row(row.start, row.end, row.words, error))
        self.rows = rows
        if wrong:
            raise DomainError(_("Some lines cannot be saved as they are. What is wrong stands beside each."))
        return said

    def shift(self) -> int:
        """How much later all lines are to be, in milliseconds. Raises DomainError for anything but a number of seconds."""
        seconds = read_number(self.shift_by.data or "")
        if seconds is None or seconds == 0:
            raise DomainError(_("Write by how many seconds, such as 0.5 or -1.25."), field="shift_by")
        return round(seconds * 1000)


def marks_of(said: Sequence[Cue], first: int, covers: int) -> str:
    """By what one knows again which captions a page was opened on: how many lines there are, then the marks of those before
    the page, on it and after it."""
    parts = (said[:first], said[first : first + covers], said[first + covers :])
    return "-".join([str(len(said)), *(hashlib.sha256(repr(list(part)).encode()).hexdigest()[:16] for part in parts)])


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return min(number, MOST_CUES)


class CaptionsFileForm(Form):
    """Captions out of a file."""

    captions_file = FileField(_l("A captions file"), description=_l("WebVTT (.vtt) or SubRip (.srt)."))
    version = HiddenField(id="file-version")

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return version_named(self.version.data)

    def validate_captions_file(self, field: Any) -> None:
        self.text = ""
        sent = field.data
        if sent is None or not getattr(sent, "filename", None):
            raise ValidationError(_("Choose a file first."))
        try:
            self.text = clean_captions(decode_captions(sent.stream.read(LONGEST + 1)))
        except DomainError as error:
            raise ValidationError(error.message) from error
        if not self.text:
            raise ValidationError(_("This file is empty. Choose it again."))
