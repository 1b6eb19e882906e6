"""The form of a lesson."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, NumberRange, Optional, ValidationError

from classprojects.classes.actions import LessonDraft
from classprojects.classes.actions.lessons import MOST_CHAPTERS, Chapter
from classprojects.classes.models import Lesson
from classprojects.media.recipes import clock_time
from classprojects.web.shared.composer import LANGUAGE_CHOICES
from classprojects.web.shared.forms import one_line
from classprojects.web.studio.forms import LONGEST_TEXT, FileForm, at_most, read_captions_field, version_named
from classprojects.web.works.cut_forms import read_moment


@dataclass(frozen=True)
class ChapterRow:
    """A chapter as it was typed."""

    at: str = ""
    title: str = ""


class ChaptersField(Field):
    """Chapters as rows of two inputs of one name: the moment, the title. ``data``: the rows as they were typed.

    A row with nothing in it is no chapter. What a row means is said by `chapters`.
    """

    #: rows that are empty, to write into
    SPARE = 3

    def process_data(self, value: Any) -> None:
        self.data = [ChapterRow(clock_time(round(one["at"] * 1000)), one["title"]) for one in value or ()]

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = [one_line(str(value)) for value in valuelist[: 4 * MOST_CHAPTERS]]
        rows = [ChapterRow(at, title) for at, title in zip(typed[::2], typed[1::2], strict=False)]
        self.data = [row for row in rows if row.at or row.title]

    def pre_validate(self, form: Any) -> None:
        for row in self.data or ():
            if read_moment(row.at) is None:
                raise ValidationError(
                    _("“%(typed)s” is no moment. Write when the chapter “%(title)s” begins like 12.5 or 1:07.",
                      typed=row.at[:40], title=row.title[:60])
                )

    @property
    def rows(self) -> list[ChapterRow]:
        """What the page shows: every chapter, and room for more."""
        return [*(self.data or ()), *[ChapterRow()] * self.SPARE]

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """What the rows mean; those that mean nothing are left out."""
        read = [(read_moment(row.at), row.title) for row in self.data or ()]
        return tuple(Chapter(at, title) for at, title in read if at is not None)


class LessonForm(FileForm):
    """A lesson: a text, a sound or a film, with captions, chapters and what is said of its pictures."""

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
    chapters = ChaptersField(_l("Chapters"))
    description_file = FileField(
        _l("Audio description"),
        description=_l("A sound as long as the film, in which somebody also says what is to be seen. It can be played instead of the film's own sound."),
    )
    description_file_upload = HiddenField(filters=[lambda value: (value or "")[:40]])
    without_description = BooleanField(_l("Take the audio description away"))
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
        read_captions_field(self.captions_file, field)

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return version_named(self.version.data)

    def fill(self, lesson: Lesson) -> None:
        """Show what the lesson says now."""
        for name in ("title", "body", "captions", "captions_language", "transcript", "is_preview"):
            self._fields[name].data = getattr(lesson, name)
        self.chapters.process_data(lesson.chapters)
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
            chapters=self.chapters.chapters,
            description=self.files.get("description_file"),
            without_description=bool(self.without_description.data),
            is_preview=bool(self.is_preview.data),
            minutes=self.minutes.data or 0,
            note=self.note.data or "",
        )
