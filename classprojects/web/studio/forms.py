"""Forms of instructors: what the page of a class says; and what all their forms share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, ValidationError

from classprojects.accounts.models import Person
from classprojects.classes.actions import ClassDraft
from classprojects.classes.models import ClassProject, Level
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.media import actions as media
from classprojects.media.captions import LONGEST, clean_captions, decode_captions
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.media.queries import find_pending_upload
from classprojects.web.shared.class_cards import level_words
from classprojects.web.shared.composer import LANGUAGE_CHOICES
from classprojects.web.shared.forms import Form, one_line
from classprojects.works.models import Medium

LONGEST_TEXT = 60_000


def at_most(number: int) -> Length:
    """No longer than this many characters."""
    return Length(max=number, message=_l("At most %(max)d characters."))


def version_named(value: Any) -> int:
    """The version that the form was opened on; 0, which is never the newest, for anything odd."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def read_captions_field(file_field: Any, field: Any) -> None:
    """Put what a captions file says into ``field``, and check it. For a form's ``validate_…``."""
    sent = file_field.data
    try:
        if sent is not None and getattr(sent, "filename", None):
            field.data = decode_captions(sent.stream.read(LONGEST + 1))
        clean_captions(field.data or "")
    except DomainError as error:
        raise ValidationError(error.message) from error


class FileForm(Form):
    """A form that files may come with: each sent once, kept when the rest of the form is wrong.

    A field ``x`` of files goes with a hidden field ``x_upload`` (``file`` with ``upload``): what was sent
    in pieces beforehand, or came with the form when it was wrong elsewhere.
    """

    upload = HiddenField(filters=[lambda value: (value or "")[:40]])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: by field: the file that came with this form, or before
        self.files: dict[str, MediaFile] = {}
        self._purposes: dict[str, tuple[MediaPurpose, Collection[str]]] = {}

    @property
    def kept(self) -> MediaFile | None:
        """What came in the field ``file``."""
        return self.files.get("file")

    def take_in(self, person: Person, purpose: MediaPurpose, kinds: Collection[str], name: str = "file") -> None:
        """Store and keep the file that came along. Outside of a transaction; a refusal is shown beside the field."""
        field, before = self._fields[name], self._fields["upload" if name == "file" else f"{name}_upload"]
        sent, file = field.data, None
        self._purposes[name] = (purpose, kinds)
        if sent is not None and getattr(sent, "filename", None):
            try:
                received = media.receive_upload(sent, kinds, owner=person)
                with transaction():
                    file = media.keep_upload(person, received, purpose)
            except DomainError as error:
                self.refuse(DomainError(error.message, field=name))
        elif before.data:
            file = find_pending_upload(person.id, before.data)
            if file is None:
                self.refuse(DomainError(_("The file you sent earlier is not here any more. Choose it again."), field=name))
            elif file.kind.value not in kinds:
                self.refuse(DomainError(_("The file you sent earlier is of another kind. Choose one that fits."), field=name))
                file = None
        before.data = file.public_id if file is not None else ""
        if file is not None:
            self.files[name] = file
            field.description = _("We have “%(name)s” already; you need not send it again.", name=file.original_name)

    def use_files(self, person: Person) -> None:
        """The page uses what came along from now on: each file once, for what it was asked for. Inside a transaction."""
        for name, file in self.files.items():
            purpose, kinds = self._purposes[name]
            try:
                media.claim_upload(person, file.public_id, purpose, kinds)
            except DomainError as error:
                raise DomainError(error.message, field=name) from error


class ClassForm(FileForm):
    """What the page of a class says."""

    title = StringField(
        _l("Title"), [DataRequired(_l("Give it a title; you can change it later.")), at_most(120)], filters=[one_line]
    )
    outcome = StringField(
        _l("By the end people will have made"),
        [at_most(300)],
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
        [at_most(LONGEST_TEXT)],
        description=_l("Two or three paragraphs. *One star* leans, **two** shout, a line that begins with - is a list."),
    )
    line = StringField(
        _l("You, in one line"),
        [at_most(200)],
        filters=[one_line],
        description=_l("What you make, and where people may have seen or heard it."),
    )
    file = FileField(_l("Cover"), description=_l("A picture of what people make here, wider than high."))
    cover_alt = StringField(
        _l("Describe the cover"),
        [at_most(300)],
        filters=[one_line],
        description=_l("For people who cannot see it: what would you say on the phone?"),
    )
    language = SelectField(_l("Language of the class"), choices=LANGUAGE_CHOICES, default="en")
    trailer_file = FileField(
        _l("Trailer"), description=_l("A minute of film or sound that makes people want to join. Everybody may play it.")
    )
    trailer_file_upload = HiddenField(filters=[lambda value: (value or "")[:40]])
    without_trailer = BooleanField(_l("Take the trailer away"))
    trailer_captions_file = FileField(
        _l("Captions of the trailer, as a file"), description=_l("WebVTT (.vtt) or SubRip (.srt). It takes the place of the text below.")
    )
    trailer_captions = TextAreaField(
        _l("Captions of the trailer, as text"),
        description=_l("A line such as 00:01.000 --> 00:04.000, then the words, then an empty line."),
    )
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level.choices = [SelectChoice(level.value, level_words(level)) for level in Level]

    def validate_trailer_captions(self, field: Any) -> None:
        read_captions_field(self.trailer_captions_file, field)

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return version_named(self.version.data)

    def fill(self, project: ClassProject, person: Person) -> None:
        """Show what the class says now."""
        for name in ("title", "outcome", "description", "cover_alt", "language", "trailer_captions"):
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
            trailer_captions=self.trailer_captions.data or "",
        )
