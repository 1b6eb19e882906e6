"""The desk's forms."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from classprojects.core import clock
from classprojects.web.shared.composer import LANGUAGE_CHOICES
from classprojects.web.shared.forms import Form, one_line
from classprojects.works.models import Medium

FARTHEST = timedelta(days=3652)

_NEEDED = _l("Fill this in.")
_FROM_LIST = _l("Choose one from the list.")


class WritePromptForm(Form):
    """A prompt, as members see it."""

    medium = RadioField(
        _l("What is to be made"),
        choices=[
            SelectChoice(Medium.TEXT.value, _l("Text")),
            SelectChoice(Medium.IMAGE.value, _l("Image")),
            SelectChoice(Medium.AUDIO.value, _l("Sound")),
            SelectChoice(Medium.VIDEO.value, _l("Video")),
        ],
        default=Medium.TEXT.value,
        invalid_choice_message=_FROM_LIST,
        validators=[InputRequired(_NEEDED)],
    )
    title = StringField(
        _l("The ask"),
        filters=[one_line],
        validators=[InputRequired(_NEEDED), Length(max=200, message=_l("Use at most 200 characters."))],
        description=_l("One line that says what to make, such as: four words about rain."),
    )
    takes = StringField(
        _l("What it takes"),
        filters=[one_line],
        validators=[InputRequired(_NEEDED), Length(max=60, message=_l("Use at most 60 characters."))],
        description=_l("Such as: 4 words, 1 photo, 10 seconds."),
    )
    body = TextAreaField(
        _l("A few sentences that help to begin"),
        validators=[Length(max=5000, message=_l("Use at most 5,000 characters."))],
    )
    difficulty = SelectField(
        _l("Difficulty"),
        choices=[
            SelectChoice("1", _l("1, anybody in a minute")),
            SelectChoice("2", _l("2, easy")),
            SelectChoice("3", _l("3, some work")),
            SelectChoice("4", _l("4, a challenge")),
            SelectChoice("5", _l("5, a big one")),
        ],
        default="1",
        invalid_choice_message=_FROM_LIST,
    )
    language = SelectField(
        _l("Language"), choices=LANGUAGE_CHOICES, default="en", invalid_choice_message=_FROM_LIST
    )
    closes = DateField(_l("Takes answers until the end of"), validators=[Optional()])
    role = StringField(
        _l("Your role, as it stands under your name"),
        filters=[one_line],
        default=_l("community team"),
        validators=[InputRequired(_NEEDED), Length(max=60, message=_l("Use at most 60 characters."))],
    )

    def validate_closes(self, field: DateField) -> None:
        """A last day lies ahead, and within what anybody plans."""
        today = clock.now().date()
        if field.data is not None and not today <= field.data <= today + FARTHEST:
            raise ValidationError(_("Choose a day from today on, within the next ten years."))
