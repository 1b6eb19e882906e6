"""Forms of learners and classmates: feedback with remarks on one place, marks and a recording; replies; reports."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length, ValidationError

from classprojects.classes.actions import FeedbackDraft
from classprojects.classes.actions.feedback import LONGEST, AnsweredMeanwhile
from classprojects.classes.anchors import (
    LONGEST_PASSAGE,
    LONGEST_REMARK,
    MOST_REMARKS,
    Anchor,
    BadRemark,
    Moment,
    Passage,
    Region,
    RemarkDraft,
)
from classprojects.classes.models import Assignment, SavedReply
from classprojects.core.errors import DomainError
from classprojects.web.classes.note_forms import seconds_in
from classprojects.web.shared.forms import Form, OnceForm, clean_text, one_line
from classprojects.web.studio.forms import FileForm

#: what a row of "about one place" is sent as; the first values belong together, the second, and so on
_PARTS = ("text", "at", "until", "picture", "x", "y", "width", "height", "quote", "start", "end")
_MARK = "mark-"


@dataclass
class RemarkRow:
    """One remark as it was typed, and what is wrong with it."""

    text: str = ""
    at: str = ""
    until: str = ""
    picture: str = "1"
    x: str = ""
    y: str = ""
    width: str = ""
    height: str = ""
    quote: str = ""
    start: str = ""
    end: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed that anybody would miss."""
        return not any((self.text, self.at, self.until, self.x, self.y, self.width, self.height, self.quote))

    def draft(self) -> RemarkDraft:
        """What was meant. Raises ValidationError for a moment or number that cannot be read."""
        return RemarkDraft(self.text, self._anchor())

    def _anchor(self) -> Anchor | None:
        if self.quote:
            # Positions without one of them, or that are no numbers, are none: then the words are looked for.
            start, end = _whole(self.start), _whole(self.end)
            return Passage(self.quote, start, end)
        if self.at or self.until:
            if not self.at:
                raise ValidationError(_("Say where the stretch begins."))
            return Moment(_moment(self.at), _moment(self.until) if self.until else None)
        sides = (self.x, self.y, self.width, self.height)
        if any(sides):
            x, y, width, height = (_share(side) for side in sides)
            return Region(_whole(self.picture) or 0, x, y, width, height)
        return None


def _moment(text: str) -> int:
    seconds = seconds_in(text)
    if seconds is None:
        raise ValidationError(_("Write the moment as minutes and seconds, such as 0:42."))
    return seconds


def _share(text: str) -> float:
    """A share of a side from a percentage as people write it."""
    number = text.replace(",", ".").strip().removesuffix("%").strip()
    if len(number) > 8 or not number.replace(".", "", 1).isdecimal() or not number.isascii():
        raise ValidationError(_("Write how far and how large in percent of the picture, from 0 to 100."))
    return float(number) / 100


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


class FeedbackForm(FileForm, OnceForm):
    """What works, what to try next; remarks on one place, marks on the rubric, the same in one's own voice."""

    works_well = TextAreaField(
        _l("What works"),
        [Length(max=LONGEST, message=_l("At most %(max)d characters."))],
        description=_l("Name one thing, and say what it does to you."),
    )
    try_next = TextAreaField(
        _l("What to try next"),
        [Length(max=LONGEST, message=_l("At most %(max)d characters."))],
        description=_l("One thing to change in the next attempt. Small is good."),
    )
    file = FileField(
        _l("Say it, or show it"),
        description=_l(
            "A sound or a film. Write the heart of it above too, for those who cannot hear you or want to read it again."
        ),
    )
    #: which attempt was looked at, and the newest word of a colleague that was before one
    attempt = HiddenField(filters=[lambda value: (value or "")[:6]])
    seen = HiddenField(filters=[lambda value: (value or "")[:19]])
    #: the rubric that the marks were chosen from
    rubric = HiddenField(filters=[lambda value: (value or "")[:16]])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        #: remarks as they were typed
        self.rows: list[RemarkRow] = []
        #: criterion id to the number of the level that was chosen
        self.marks: dict[str, int] = {}
        if self.is_submitted():
            self.rows = _sent_rows()
            self.marks = _sent_marks()

    def begin(self, attempt: int, seen: int, assignment: Assignment) -> None:
        """Note what the page shows that this form is on."""
        self.attempt.data, self.seen.data, self.rubric.data = str(attempt), str(seen), fingerprint(assignment)

    def validate_works_well(self, field: Any) -> None:
        if not (field.data or "").strip() and not (self.try_next.data or "").strip():
            raise ValidationError(_l("Say what works, or what to try next."))

    @property
    def is_step(self) -> bool:
        """Whether a button was pressed that only changes the form."""
        return any(request.form.get(name) for name in ("add_remark", "drop_remark", "insert_reply"))

    def take_step(self, replies: Sequence[SavedReply]) -> None:
        """One row more or less, or the words of a saved reply after what is written already."""
        dropped = request.form.get("drop_remark", "")
        if request.form.get("add_remark"):
            if len(self.rows) < MOST_REMARKS:
                self.rows.append(RemarkRow())
        elif dropped:
            place = (_whole(dropped) or 0) - 1
            if 0 <= place < len(self.rows):
                del self.rows[place]
        elif request.form.get("insert_reply"):
            chosen = next((one for one in replies if str(one.id) == request.form.get("saved_reply", "")), None)
            if chosen is not None:
                for one, words in ((self.works_well, chosen.works_well), (self.try_next, chosen.try_next)):
                    if words:
                        one.data = f"{one.data.rstrip()}\n\n{words}" if (one.data or "").strip() else words

    def draft(self, assignment: Assignment, *, is_done: bool) -> FeedbackDraft | None:
        """What was said; None where a remark cannot be read. ``is_done``: the instructor asks for no other try."""
        self.rows = [row for row in self.rows if not row.is_empty]
        remarks = []
        for number, row in enumerate(self.rows, start=1):
            try:
                remarks.append(row.draft())
            except ValidationError as error:
                self.refuse(BadRemark(str(error), number))
        if self.marks and self.rubric.data != fingerprint(assignment):
            self.rubric.data = fingerprint(assignment)
            self.refuse(DomainError(_("The rubric was changed meanwhile. Look at it once more; what you wrote is still here.")))
        if self.errors:
            return None
        return FeedbackDraft(
            works_well=(self.works_well.data or "").strip(),
            try_next=(self.try_next.data or "").strip(),
            remarks=tuple(remarks),
            marks=self.marks,
            file=self.kept,
            is_done=is_done,
            attempt=_whole(self.attempt.data or ""),
            seen=_number(self.seen.data),
            once=self.once.data or None,
        )

    def refuse(self, error: DomainError) -> None:
        """Beside the remark that it is about; what a colleague said meanwhile counts as read from now on."""
        if isinstance(error, BadRemark) and error.number <= len(self.rows):
            self.rows[error.number - 1].errors.append(error.message)
            self.form_errors.append(_("Remark %(number)s: %(message)s", number=error.number, message=error.message))
            return
        if isinstance(error, AnsweredMeanwhile):
            self.seen.data = str(error.theirs_id)
        super().refuse(DomainError(error.message) if isinstance(error, BadRemark) else error)

    @property
    def summary(self) -> list[dict[str, str]]:
        """What is wrong, each with the place to mend it."""
        found = [{"text": str(words)} for words in self.form_errors]
        for place, row in enumerate(self.rows, start=1):
            for one in found:
                if any(one["text"].endswith(words) for words in row.errors):
                    one.setdefault("href", f"#remark-{place}")
        for one in self:
            found += [{"text": f"{one.label.text}: {words}", "href": f"#{one.id}"} for words in one.errors]
        return found


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def _sent_rows() -> list[RemarkRow]:
    columns = {name: request.form.getlist(f"remark_{name}")[: MOST_REMARKS + 1] for name in _PARTS}
    limits = {"text": LONGEST_REMARK + 1, "quote": LONGEST_PASSAGE + 1}
    rows = []
    for place in range(max(map(len, columns.values()), default=0)):
        row = RemarkRow()
        for name, values in columns.items():
            if place < len(values):
                # A passage is compared character by character: nothing of it is trimmed away here.
                value = clean_text(values[place]) if name in {"text", "quote"} else one_line(values[place])
                setattr(row, name, value.strip("\n")[: limits.get(name, 20)] if value.strip() else "")
        rows.append(row)
    return rows


def _sent_marks() -> dict[str, int]:
    marks: dict[str, int] = {}
    for name, value in request.form.items():
        place = _whole(value)
        if name.startswith(_MARK) and place is not None and len(marks) < 30:
            marks[name.removeprefix(_MARK)[:40]] = place
    return marks


def fingerprint(assignment: Assignment) -> str:
    """A short name of the rubric as it stands: a mark is meant in the words that it was chosen in."""
    return hashlib.sha256(json.dumps(assignment.rubric or [], sort_keys=True).encode()).hexdigest()[:16]


class ReplyForm(OnceForm):
    """A reply to a piece of feedback."""

    body = TextAreaField(_l("Your reply"), [Length(max=5000, message=_l("At most %(max)d characters."))])


class ReportForm(Form):
    """What is wrong with a piece of feedback."""

    reason = TextAreaField(
        _l("What is wrong with it?"),
        [Length(max=1000, message=_l("At most %(max)d characters."))],
        description=_l("Somebody of our staff reads it, decides, and writes to you. Whoever said it is not told that it was you."),
    )
