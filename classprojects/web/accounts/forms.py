"""Forms about one's account."""

from __future__ import annotations

from zoneinfo import available_timezones

from babel import Locale
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from pytz import all_timezones
from wtforms import EmailField, IntegerField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, Email, InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import HiddenInput

from classprojects.core.database import MAX_ID
from classprojects.web.shared.composer import LANGUAGE_CHOICES
from classprojects.web.shared.forms import Form, one_line

#: two letters of every country that can be named (ISO 3166-1, from CLDR; the rest are unions and codes for no place)
COUNTRIES = frozenset(
    code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha()
) - {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}

#: zones that both libraries know which read the clock for us ("Factory" and "localtime" are no places)
ZONES = sorted(available_timezones() & set(all_timezones))

_NEEDED = _l("Fill this in.")
_EMAIL = _l("Write an address like name@example.org.")
_FROM_LIST = _l("Choose one from the list.")


def _email_field(label: str, **kwargs: object) -> EmailField:
    return EmailField(
        label,
        filters=[one_line],
        # Names under .test, as the demo has, are addresses too; whether mail arrives is what the link in it proves.
        # What a mail's header would read as encoded (RFC 2047) would reach another mailbox than the one that is written here.
        validators=[
            InputRequired(_NEEDED),
            Length(max=254, message=_EMAIL),
            Regexp(r"(?!.*=\?)", message=_EMAIL),
            Email(_EMAIL, test_environment=True),
        ],
        **kwargs,
    )


class SignUpForm(Form):
    """A new account."""

    handle = StringField(
        _l("Handle"),
        filters=[one_line],
        validators=[InputRequired(_NEEDED), Length(max=30, message=_l("Use at most 30 characters."))],
        description=_l("How others find you: 3 to 30 letters a to z, digits, - or _."),
    )
    email = _email_field(_l("Email address"), description=_l("Only for signing in and for mail that you choose."))
    password = PasswordField(
        _l("Password"),
        validators=[InputRequired(_NEEDED)],
        description=_l("At least 10 characters. A few words in a row are easy to remember."),
    )


class SignInForm(Form):
    """Back again. ``email`` takes a handle too."""

    email = StringField(_l("Email address or handle"), filters=[one_line], validators=[InputRequired(_NEEDED), Length(max=254, message=_EMAIL)])
    password = PasswordField(_l("Password"), validators=[InputRequired(_NEEDED)])


class AskResetForm(Form):
    """Where to send the link."""

    email = _email_field(_l("Email address"))


class ResetPasswordForm(Form):
    """A new password by the link that was mailed."""

    password = PasswordField(
        _l("New password"), validators=[InputRequired(_NEEDED)], description=_l("At least 10 characters.")
    )


class EditProfileForm(Form):
    """How one appears."""

    name = StringField(
        _l("Name"),
        filters=[one_line],
        validators=[InputRequired(_NEEDED), Length(max=80, message=_l("Use at most 80 characters."))],
        description=_l("As it stands under your works and in credits."),
    )
    bio = TextAreaField(
        _l("About you"),
        validators=[Length(max=500, message=_l("Use at most 500 characters."))],
        description=_l("A sentence or two: what you make, what you would like to learn."),
    )
    country = StringField(
        _l("Country"),
        filters=[one_line, lambda value: (value or "").upper()],
        validators=[Optional(), AnyOf(COUNTRIES, message=_l("Use the two letters of a country, such as PT or NG."))],
        description=_l("Two letters, such as PT or NG."),
    )
    language = SelectField(
        _l("The language that you mostly write in"), choices=LANGUAGE_CHOICES, invalid_choice_message=_FROM_LIST
    )
    time_zone = SelectField(
        _l("Time zone"), choices=ZONES, invalid_choice_message=_FROM_LIST
    )
    # Flask-WTF's field takes a file and nothing else; words under this name are not one.
    picture = FileField(_l("Picture"), description=_l("A photo or drawing, JPEG, PNG, WebP or HEIC."))


class ChangeEmailForm(Form):
    """A new address, confirmed by the password and then by mail."""

    email = _email_field(_l("New email address"))
    password = PasswordField(_l("Your password"), validators=[InputRequired(_NEEDED)])


class ChangePasswordForm(Form):
    """A new password, knowing the current one."""

    current_password = PasswordField(_l("Current password"), validators=[InputRequired(_NEEDED)])
    password = PasswordField(
        _l("New password"), validators=[InputRequired(_NEEDED)], description=_l("At least 10 characters.")
    )


class EmptyForm(Form):
    """Only a button."""


class LeaveForm(Form):
    """Leaving for good, confirmed by the password."""

    password = PasswordField(_l("Your password"), validators=[InputRequired(_NEEDED)])


class SeenForm(Form):
    """Up to which notification one has looked."""

    until = IntegerField(
        _l("Up to"), widget=HiddenInput(), validators=[NumberRange(min=0, max=MAX_ID, message=_l("Go back, reload and send it again."))]
    )
