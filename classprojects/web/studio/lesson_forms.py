"""The form of a lesson."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, NumberRange, Optional, ValidationError

from classprojects.classes.actions import LessonDraft
from classprojects.classes.models import Lesson
from classprojects.core.errors import DomainError
from classprojects.media.captions import LONGEST, clean_captions, decode_captions
from classprojects.web.shared.composer import LANGUAGE_CHOICES
from classprojects.web.shared.forms import one_line
from classprojects.web.studio.forms import LONGEST_TEXT, FileForm, at_most, version_named


class LessonForm(FileForm):
    """A lesson: a text, a sound or a film, with captions."""

    title = StringField(_l("Title"), [DataRequired(_l("Give the lesson a title.")), at_most(120)], filters=[one_line])
    file = FileField(_l("Film or sound"), description=_l("Leave it empty for a lesson to read."))
    without_file = BooleanField(_l("Take the film or sound away"))
    body = TextAreaField(
        _l("Text"),
        [at_most(LONGEST_TEXT)],
        description=_l("What to read under the film, or the lesson itself. *One star* leans, **two** shout, ## begins a heading."),
    )
    captions_file = FileField(_l("Captions, as a file"), description=_l("WebVTT (.vtt) or SubRip (.srt). It takes the place of the text below."))
    captions = TextAreaField(
        _l("Captions, as text"),
        description=_l("A line such as 00:01.000 --> 00:04.000, then the words, then an empty line."),
    )
    captions_language = SelectField(_l("Language of the captions"), choices=LANGUAGE_CHOICES, default="en")
    transcript = TextAreaField(
        _l("Transcript"), [at_most(LONGEST_TEXT)], description=_l("Leave it empty to have it made from the captions.")
    )
    is_preview = BooleanField(_l("Free for everyone"), description=_l("Anybody may watch this lesson before they join."))
    minutes = IntegerField(
        _l("Minutes it takes"),
        [Optional(), NumberRange(0, 600, _l("Between 0 and 600."))],
        description=_l("To read; of a film or sound we know it."),
    )
    note = StringField(
        _l("What did you change?"), [at_most(300)], filters=[one_line], description=_l("Learners see this beside the lesson.")
    )
    version = HiddenField()

    def validate_captions(self, field: Any) -> None:
        sent = self.captions_file.data
        try:
            if sent is not None and getattr(sent, "filename", None):
                field.data = decode_captions(sent.stream.read(LONGEST + 1))
            clean_captions(field.data or "")
        except DomainError as error:
            raise ValidationError(error.message) from error

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return version_named(self.version.data)

    def fill(self, lesson: Lesson) -> None:
        """Show what the lesson says now."""
        for name in ("title", "body", "captions", "captions_language", "transcript", "is_preview"):
            self._fields[name].data = getattr(lesson, name)
        self.minutes.data = lesson.minutes or None
        self.version.data = str(lesson.version)

    def draft(self) -> LessonDraft:
        """What was typed, with the file that came along."""
        return LessonDraft(
            title=self.title.data or "",
            body=self.body.data or "",
            file=self.kept,
            without_file=bool(self.without_file.data),
            captions=self.captions.data or "",
            captions_language=self.captions_language.data,
            transcript=(self.transcript.data or "").strip(),
            is_preview=bool(self.is_preview.data),
            minutes=self.minutes.data or 0,
            note=self.note.data or "",
        )
