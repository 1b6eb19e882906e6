"""Forms of learners and classmates."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from classprojects.classes.actions import FeedbackDraft
from classprojects.web.shared.forms import OnceForm, one_line

LONGEST_FEEDBACK = 4000


class FeedbackForm(OnceForm):
    """What works, what to try next; about a moment where the work has moments."""

    works_well = TextAreaField(
        _l("What works"),
        [Length(max=LONGEST_FEEDBACK, message=_l("At most 4000 characters."))],
        description=_l("Name one thing, and say what it does to you."),
    )
    try_next = TextAreaField(
        _l("What to try next"),
        [Length(max=LONGEST_FEEDBACK, message=_l("At most 4000 characters."))],
        description=_l("One thing to change in the next attempt. Small is good."),
    )
    at = StringField(
        _l("About the moment"),
        filters=[one_line],
        description=_l("Such as 0:42. Leave it empty when it is about the whole."),
    )

    def validate_works_well(self, field: Any) -> None:
        if not (field.data or "").strip() and not (self.try_next.data or "").strip():
            raise ValidationError(_l("Say what works, or what to try next."))

    def validate_at(self, field: Any) -> None:
        if field.data and read_moment(field.data) is None:
            raise ValidationError(_l("Write the moment as minutes and seconds, such as 0:42."))

    def draft(self, is_done: bool) -> FeedbackDraft:
        """What was said; ``is_done``: the instructor asks for no other try."""
        return FeedbackDraft(
            works_well=(self.works_well.data or "").strip(),
            try_next=(self.try_next.data or "").strip(),
            at_seconds=read_moment(self.at.data or ""),
            is_done=is_done,
            once=self.once.data or None,
        )


def read_moment(text: str) -> int | None:
    """Seconds from ``0:42``, ``1:02:03`` or ``42``; None where it is none of these."""
    parts = text.strip().split(":")
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return None
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part)
    return seconds if seconds < 86400 else None
