"""Forms of instructors: a class, a lesson, an assignment."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from classprojects.accounts.models import Person
from classprojects.classes.actions import AssignmentDraft, ClassDraft, LessonDraft
from classprojects.classes.models import Assignment, ClassProject, Lesson, Level
from classprojects.core.database import MAX_ID, transaction
from classprojects.core.errors import DomainError
from classprojects.media import actions as media
from classprojects.media.captions import LONGEST, clean_captions, decode_captions
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.media.queries import find_pending_upload
from classprojects.web.shared.class_cards import level_words
from classprojects.web.shared.composer import LANGUAGE_CHOICES, work_id_in
from classprojects.web.shared.forms import Form, one_line
from classprojects.works.models import Medium

LONGEST_TEXT = 60_000

MEDIA_WORDS = [
    (Medium.TEXT, _l("Texts")),
    (Medium.IMAGE, _l("Pictures")),
    (Medium.AUDIO, _l("Sounds")),
    (Medium.VIDEO, _l("Films")),
]


def _at_most(number: int) -> Length:
    return Length(max=number, message=_l("At most %(max)d characters."))


def _version(value: Any) -> int:
    """The version that the form was opened on; 0, which is never the newest, for anything odd."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class FileForm(Form):
    """A form that a file may come with: sent once, kept when the rest of the form is wrong."""

    upload = HiddenField(filters=[lambda value: (value or "")[:40]])
    #: the file that came with this form, or before
    kept: MediaFile | None = None

    def take_in(self, person: Person, purpose: MediaPurpose, kinds: Collection[str]) -> None:
        """Store and keep the file that came along. Outside of a transaction; a refusal is shown beside the field."""
        field = self._fields["file"]
        sent = field.data
        if sent is not None and getattr(sent, "filename", None):
            try:
                received = media.receive_upload(sent, kinds, owner=person)
                with transaction():
                    self.kept = media.keep_upload(person, received, purpose)
            except DomainError as error:
                self.refuse(DomainError(error.message, field="file"))
        elif self.upload.data:
            self.kept = find_pending_upload(person.id, self.upload.data)
            if self.kept is None:
                self.refuse(DomainError(_("The file you sent earlier is not here any more. Choose it again."), field="file"))
            elif self.kept.kind.value not in kinds:
                self.kept = None
        self.upload.data = self.kept.public_id if self.kept is not None else ""
        if self.kept is not None:
            field.description = _("We have “%(name)s” already; you need not send it again.", name=self.kept.original_name)


class ClassForm(FileForm):
    """What the page of a class says."""

    title = StringField(
        _l("Title"), [DataRequired(_l("Give it a title; you can change it later.")), _at_most(120)], filters=[one_line]
    )
    outcome = StringField(
        _l("By the end people will have made"),
        [_at_most(300)],
        filters=[one_line],
        description=_l("One thing, so clear that one can see it: a two-minute radio play with three voices."),
    )
    medium = SelectField(
        _l("What they make it of"),
        choices=[
            SelectChoice(Medium.TEXT.value, _l("Writing")),
            SelectChoice(Medium.IMAGE, _l("Images")),
            SelectChoice(Medium.AUDIO.value, _l("Sound")),
            SelectChoice(Medium.VIDEO.value, _l("Video")),
        ],
    )
    level = SelectField(_l("Experience"), default=Level.BEGINNER.value)
    description = TextAreaField(
        _l("What it is about, and how it runs"),
        [_at_most(LONGEST_TEXT)],
        description=_l("Two or three paragraphs. *One star* leans, **two** shout, a line that begins with - is a list."),
    )
    line = StringField(
        _l("You, in one line"),
        [_at_most(200)],
        filters=[one_line],
        description=_l("What you make, and where people may have seen or heard it."),
    )
    file = FileField(_l("Cover"), description=_l("A picture of what people make here, wider than high."))
    cover_alt = StringField(
        _l("Describe the cover"),
        [_at_most(300)],
        filters=[one_line],
        description=_l("For people who cannot see it: what would you say on the phone?"),
    )
    language = SelectField(_l("Language of the class"), choices=LANGUAGE_CHOICES, default="en")
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level.choices = [SelectChoice(level.value, level_words(level)) for level in Level]

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return _version(self.version.data)

    def fill(self, project: ClassProject, person: Person) -> None:
        """Show what the class says now."""
        for name in ("title", "outcome", "description", "cover_alt", "language"):
            self._fields[name].data = getattr(project, name)
        self.medium.data, self.level.data = project.medium.value, project.level.value
        self.line.data = next((one.line for one in project.instructors if one.person_id == person.id), "")
        self.version.data = str(project.version)

    def draft(self) -> ClassDraft:
        """What was typed."""
        return ClassDraft(
            title=self.title.data or "",
            outcome=self.outcome.data or "",
            medium=Medium(self.medium.data),
            level=Level(self.level.data),
            description=self.description.data or "",
            cover_alt=self.cover_alt.data or "",
            language=self.language.data,
        )


class LessonForm(FileForm):
    """A lesson: a text, a sound or a film, with captions."""

    title = StringField(_l("Title"), [DataRequired(_l("Give the lesson a title.")), _at_most(120)], filters=[one_line])
    file = FileField(_l("Film or sound"), description=_l("Leave it empty for a lesson to read."))
    without_file = BooleanField(_l("Take the film or sound away"))
    body = TextAreaField(
        _l("Text"),
        [_at_most(LONGEST_TEXT)],
        description=_l("What to read under the film, or the lesson itself. *One star* leans, **two** shout, ## begins a heading."),
    )
    captions_file = FileField(_l("Captions, as a file"), description=_l("WebVTT (.vtt) or SubRip (.srt). It takes the place of the text below."))
    captions = TextAreaField(
        _l("Captions, as text"),
        description=_l("A line such as 00:01.000 --> 00:04.000, then the words, then an empty line."),
    )
    captions_language = SelectField(_l("Language of the captions"), choices=LANGUAGE_CHOICES, default="en")
    transcript = TextAreaField(
        _l("Transcript"), [_at_most(LONGEST_TEXT)], description=_l("Leave it empty to have it made from the captions.")
    )
    is_preview = BooleanField(_l("Free for everyone"), description=_l("Anybody may watch this lesson before they join."))
    minutes = IntegerField(
        _l("Minutes it takes"),
        [Optional(), NumberRange(0, 600, _l("Between 0 and 600."))],
        description=_l("To read; of a film or sound we know it."),
    )
    note = StringField(
        _l("What did you change?"), [_at_most(300)], filters=[one_line], description=_l("Learners see this beside the lesson.")
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
        return _version(self.version.data)

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


class AssignmentForm(Form):
    """An assignment: what to make, of what, and from what."""

    title = StringField(_l("Title"), [DataRequired(_l("Give the assignment a title.")), _at_most(120)], filters=[one_line])
    brief = TextAreaField(
        _l("Brief"),
        [_at_most(LONGEST_TEXT)],
        description=_l("What to make, how small it may be, and what to look for. *One star* leans, **two** shout."),
    )
    media_allowed = SelectMultipleField(
        _l("What people may hand in"),
        choices=[SelectChoice(medium.value, words) for medium, words in MEDIA_WORDS],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=True,
    )
    minutes = IntegerField(
        _l("Minutes it takes"), [Optional(), NumberRange(0, 6000, _l("Between 0 and 6000."))], description=_l("Honest, for a beginner.")
    )
    from_number = SelectField(
        _l("Build on a classmate's work from"),
        default="",
        description=_l("Learners then choose a classmate's answer to that assignment, and theirs grows out of it."),
    )
    feedback_count = IntegerField(
        _l("Classmates to answer"),
        [Optional(), NumberRange(0, 10, _l("Between 0 and 10."))],
        default=0,
        description=_l("How many classmates' works each learner says something about."),
    )
    is_required = BooleanField(_l("Needed to finish the class"), default=True)
    is_closed = BooleanField(_l("Closed: takes no new answers"))
    starters = TextAreaField(
        _l("Works to start from"),
        [_at_most(4000)],
        description=_l("Numbers or addresses of works in the open area, one a line."),
    )
    note = StringField(
        _l("What did you change?"), [_at_most(300)], filters=[one_line], description=_l("Learners see this beside the assignment.")
    )
    version = HiddenField()

    def offer_sources(self, project: ClassProject, assignment: Assignment | None) -> None:
        """Let the remix rule name the assignments that come before this one."""
        before = [
            one for one in project.assignments if assignment is None or (one.id != assignment.id and one.position < assignment.position)
        ]
        self.from_number.choices = [
            SelectChoice("", _("Nothing: begin afresh")),
            *(SelectChoice(str(one.number), one.title) for one in before),
        ]

    def validate_media_allowed(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_l("Choose at least one kind of work that may answer this."))

    def validate_starters(self, field: Any) -> None:
        for line in self._starter_lines():
            if work_id_in(line) in (None, MAX_ID):
                raise ValidationError(_("“%(line)s” is not a work here.", line=line[:80]))
        if len(self._starter_lines()) > 12:
            raise ValidationError(_l("At most 12 works to start from."))

    def _starter_lines(self) -> list[str]:
        return [line.strip() for line in (self.starters.data or "").split("\n") if line.strip()]

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return _version(self.version.data)

    def fill(self, project: ClassProject, assignment: Assignment, starter_ids: list[int]) -> None:
        """Show what the assignment says now."""
        for name in ("title", "brief", "media_allowed", "feedback_count", "is_required", "is_closed"):
            self._fields[name].data = getattr(assignment, name)
        self.minutes.data = assignment.minutes or None
        source = next((one for one in project.assignments if one.id == assignment.from_assignment_id), None)
        self.from_number.data = str(source.number) if source else ""
        self.starters.data = "\n".join(str(number) for number in starter_ids)
        self.version.data = str(assignment.version)

    def draft(self) -> AssignmentDraft:
        """What was typed."""
        return AssignmentDraft(
            title=self.title.data or "",
            brief=self.brief.data or "",
            media_allowed=tuple(Medium(value) for value in self.media_allowed.data or ()),
            minutes=self.minutes.data or 0,
            from_number=int(self.from_number.data) if self.from_number.data else None,
            feedback_count=self.feedback_count.data or 0,
            is_required=bool(self.is_required.data),
            is_closed=bool(self.is_closed.data),
            starter_ids=tuple(number for line in self._starter_lines() if (number := work_id_in(line)) is not None),
            note=self.note.data or "",
        )
