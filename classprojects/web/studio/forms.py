"""Forms of instructors: what the page of a class says; and what all their forms share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from classprojects.accounts.models import Person
from classprojects.classes.actions import ClassDraft
from classprojects.classes.models import ClassProject, Level
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.media import actions as media
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
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level.choices = [SelectChoice(level.value, level_words(level)) for level in Level]

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return version_named(self.version.data)

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
