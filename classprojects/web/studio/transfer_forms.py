"""Forms that files come with which classes and lessons are made of."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import Length, ValidationError

from classprojects.classes.foldered import LARGEST_TABLE
from classprojects.web.shared.forms import Form, OnceForm


class ParcelForm(OnceForm):
    """A ZIP."""

    file = FileField(_l("ZIP file"))


class TableForm(Form):
    """A table of lessons, as a file or as text; looked at first, then agreed to."""

    table_file = FileField(_l("Table, as a file"), description=_l("CSV in UTF-8, with commas, semicolons or tabs. It takes the place of the text below."))
    table = TextAreaField(
        _l("Table, as text"),
        [Length(max=LARGEST_TABLE, message=_l("At most %(max)d characters."))],
        description=_l("The first row names the columns: title, and if you like body, minutes, is_preview, transcript."),
    )
    #: how many lessons there were when the table was looked at
    seen = HiddenField()
    is_agreed = BooleanField(_l("Make them as shown"))

    def validate_table(self, field: Any) -> None:
        sent = self.table_file.data
        if sent is not None and getattr(sent, "filename", None):
            data = sent.stream.read(LARGEST_TABLE + 1)
            if len(data) > LARGEST_TABLE:
                raise ValidationError(_("This table is larger than %(size)d kB. Split it.", size=LARGEST_TABLE // 1000))
            try:
                field.data = data.decode("utf-8-sig").replace("\x00", "")
            except UnicodeDecodeError as error:
                raise ValidationError(_("The table is not UTF-8 text. Save it as CSV in UTF-8 and send it again.")) from error
        if not (field.data or "").strip():
            raise ValidationError(_("Choose a file, or put the table here."))

    def whole_table(self) -> str:
        """The text of the table, whichever way it came."""
        return self.table.data or ""
