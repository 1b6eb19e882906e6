"""The base form, and the fields' common rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto, _is_submitted
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import FileField, HiddenField, MultipleFileField
from wtforms.fields.core import Field

from classprojects.core.errors import DomainError
from classprojects.core.ids import new_token

#: control characters that no text needs, and that PostgreSQL (NUL), terminals or XML (U+FFFE, U+FFFF: feeds) choke on
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
#: marks that turn the direction of what follows: harmless in a text, a disguise in a name
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def clean_text(value: Any) -> Any:
    """``value`` without control characters, line ends as ``\\n``. Other types pass unchanged."""
    if isinstance(value, str):
        return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return value


def one_line(value: Any) -> Any:
    """``value`` as one trimmed line without direction marks: for names and titles."""
    if isinstance(value, str):
        return " ".join(_BIDI.sub("", clean_text(value)).split())
    return value

_FILES = (FileField, MultipleFileField)


class Form(FlaskForm):
    """Base of every form: cleans all text, and can show a rule's refusal where it belongs."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            filters = list(unbound_field.kwargs.get("filters", ()))
            if clean_text not in filters:
                unbound_field.kwargs["filters"] = [clean_text, *filters]
            return unbound_field.bind(form=form, **options)

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Words for fields of words, files for fields of files; JSON is nobody's form."""
            if formdata is not _Auto:
                return super().wrap_formdata(form, formdata)
            if not _is_submitted():
                return None
            files = {name: sent for name, sent in request.files.lists() if isinstance(form._fields.get(name), _FILES)}
            return CombinedMultiDict([MultiDict(files), request.form]) if files else request.form

    def refuse(self, error: DomainError) -> None:
        """Show ``error`` beside its field, or at the top of the form."""
        field = self._fields.get(error.field or "")
        if field is not None:
            field.errors = [*field.errors, error.message]
        else:
            self.form_errors.append(error.message)

    @contextmanager
    def showing_refusals(self) -> Iterator[None]:
        """A DomainError raised inside becomes an error of this form; look at ``form.errors`` after."""
        try:
            yield
        except DomainError as error:
            self.refuse(error)


class OnceForm(Form):
    """A form that counts once, however often it is sent: carries a key made when it was shown."""

    once = HiddenField(_l("Form"), default=lambda: new_token(), filters=[lambda value: (value or "")[:64]])
