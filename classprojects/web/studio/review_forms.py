"""Forms of those who send a class to staff, and of staff who look at it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from classprojects.accounts.models import Person
from classprojects.classes.dates import FIRST_YEAR, LAST_YEAR, to_moment
from classprojects.core.errors import DomainError
from classprojects.web.shared.forms import Form, OnceForm

_LONG = Length(max=2000, message=_l("Use at most 2,000 characters."))


def zone_of(person: Person) -> ZoneInfo:
    """The zone of somebody's clock; UTC where they named one that is not known here."""
    try:
        return ZoneInfo(person.time_zone or "UTC")
    except (OSError, ValueError):
        return ZoneInfo("UTC")


class MomentForm(Form):
    """A moment on the reader's own clock."""

    moment = DateTimeLocalField(_l("Publish it at"), [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])

    def validate_moment(self, field: Any) -> None:
        """No year that no calendar of ours can name in another zone."""
        if field.data is not None and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
            raise ValidationError(_l("Choose a moment within the next twelve months."))

    def moment_for(self, person: Person) -> datetime | None:
        """What was typed, as it is on ``person``'s clock; a time that it skips is refused beside the field."""
        if self.moment.data is None:
            return None
        try:
            return to_moment(self.moment.data, zone_of(person))
        except DomainError as error:
            raise DomainError(error.message, field="moment") from None


class SendToReviewForm(MomentForm):
    """What staff should know, and when the class shall be there."""

    message = TextAreaField(
        _l("A word to whoever looks at it"),
        [_LONG],
        description=_l("Such as: what is new in it, or what you are not sure of."),
    )
    moment = DateTimeLocalField(
        _l("Publish it at"),
        [Optional()],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        description=_l("Leave it empty to have it published as soon as it is approved."),
    )


class RemarkForm(OnceForm):
    """Something to say about a class."""

    body = TextAreaField(_l("Say something"), [Length(max=5000, message=_l("Use at most 5,000 characters."))])


class DecideReviewForm(Form):
    """What to change before the class can be published."""

    reason = TextAreaField(
        _l("What to change"),
        [_LONG],
        description=_l("The instructor reads this, by mail too. Name the lesson or assignment, and what would make it better."),
    )
