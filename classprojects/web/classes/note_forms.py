"""Forms of what learners keep for themselves."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from classprojects.web.shared.forms import Form, OnceForm, one_line

LONGEST_NOTE = 4000
#: seconds, minutes and seconds, or hours, minutes and seconds: 42, 0:42, 1:02:03
_MOMENT = re.compile(r"(?:(?:(?P<hours>[0-9]{1,2}):)?(?P<minutes>[0-9]{1,4}):)?(?P<seconds>[0-9]{1,5})")


def seconds_in(text: str) -> int | None:
    """Seconds from ``0:42``, ``1:02:03`` or ``42``, up to a day; None where it is none of these."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds = (int(found[name] or 0) for name in ("hours", "minutes", "seconds"))
    whole = hours * 3600 + minutes * 60 + seconds
    return whole if whole < 86400 else None


class NoteForm(OnceForm):
    """A note for oneself; about a moment, where there are moments."""

    body = TextAreaField(
        _l("Your note"),
        [
            InputRequired(_l("There is nothing in this note yet.")),
            Length(max=LONGEST_NOTE, message=_l("At most 4000 characters.")),
        ],
        description=_l("Only you ever see it."),
    )
    at = StringField(_l("About the moment"), filters=[one_line], description=_l("Such as 0:42; or leave it empty."))

    def validate_at(self, field: Any) -> None:
        if field.data and seconds_in(field.data) is None:
            raise ValidationError(_l("Write the moment as minutes and seconds, such as 0:42."))

    @property
    def at_seconds(self) -> int | None:
        """The moment; None: about the whole."""
        return seconds_in(self.at.data or "")


class PlaceForm(Form):
    """Where one is in a sound or film."""

    at = StringField(_l("Where you are"), filters=[one_line], description=_l("Such as 3:12."))

    def validate_at(self, field: Any) -> None:
        if seconds_in(field.data or "") is None:
            raise ValidationError(_l("Write where you are as minutes and seconds, such as 3:12."))

    @property
    def at_seconds(self) -> int:
        """Seconds from the beginning."""
        return seconds_in(self.at.data or "") or 0
