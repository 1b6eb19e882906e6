"""Forms of the works' pages, apart from the composer."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired

from classprojects.web.shared.composer import lines_kept
from classprojects.web.shared.forms import OnceForm


class CommentForm(OnceForm):
    """Say something about a work."""

    body = TextAreaField(
        _l("Say something about it"),
        filters=[lines_kept],
        validators=[InputRequired(_l("Write something first; a few words are enough."))],
    )
