"""The composer's fields: what one form can know of a work. Rules that depend on the medium stand with the works."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import Field
from wtforms.validators import InputRequired, Length

from classprojects.media.models import MediaFile
from classprojects.media.quotas import Room
from classprojects.web.shared.forms import OnceForm, clean_text, one_line
from classprojects.works import actions
from classprojects.works.models import ComposerDraft, EdgeKind, Medium, TextLayout, Work

#: what ``space`` says for the open area
OPEN = "open"
#: what ``external_licence`` says when the licence is typed
OTHER = "other"

MEDIA = [(Medium.TEXT, _l("Text")), (Medium.IMAGE, _l("Image")), (Medium.AUDIO, _l("Sound")), (Medium.VIDEO, _l("Video"))]

#: in words, as "built on" stands before the source's title
EDGE_KINDS = {
    EdgeKind.BUILT_ON: _l("built on"),
    EdgeKind.SAMPLED: _l("sampled from"),
    EdgeKind.REFINED: _l("refined from"),
    EdgeKind.TRANSLATED: _l("translated from"),
    EdgeKind.PERFORMED: _l("performed from"),
    EdgeKind.INSPIRED_BY: _l("inspired by"),
}

#: how a text is set, in words
LAYOUTS = {
    TextLayout.PROSE: _l("Prose: paragraphs"),
    TextLayout.POEM: _l("A poem: each line as you break it"),
    TextLayout.SCREENPLAY: _l("A screenplay: scenes and dialogue"),
}

#: licences that material from elsewhere often has; anything else is typed
LICENCES = [
    "CC0 1.0", "CC BY 4.0", "CC BY-SA 4.0", "CC BY-NC 4.0", "CC BY-NC-SA 4.0", "CC BY-ND 4.0", "CC BY-NC-ND 4.0",
]  # fmt: skip
PUBLIC_DOMAIN, WITH_PERMISSION = "Public domain", "Used with permission"

#: languages of works, each in its own name
LANGUAGES = [
    ("ar", "العربية"), ("bn", "বাংলা"), ("bg", "Български"), ("ca", "Català"), ("cs", "Čeština"), ("da", "Dansk"),
    ("de", "Deutsch"), ("el", "Ελληνικά"), ("en", "English"), ("es", "Español"), ("et", "Eesti"), ("eu", "Euskara"),
    ("fa", "فارسی"), ("fi", "Suomi"), ("fil", "Filipino"), ("fr", "Français"), ("ga", "Gaeilge"), ("gl", "Galego"),
    ("he", "עברית"), ("hi", "हिन्दी"), ("hr", "Hrvatski"), ("hu", "Magyar"), ("id", "Bahasa Indonesia"),
    ("is", "Íslenska"), ("it", "Italiano"), ("ja", "日本語"), ("ko", "한국어"), ("lt", "Lietuvių"), ("lv", "Latviešu"),
    ("ms", "Bahasa Melayu"), ("nb", "Norsk bokmål"), ("nl", "Nederlands"), ("pa", "ਪੰਜਾਬੀ"), ("pl", "Polski"),
    ("pt", "Português"), ("ro", "Română"), ("ru", "Русский"), ("sk", "Slovenčina"), ("sl", "Slovenščina"),
    ("sr", "Српски"), ("sv", "Svenska"), ("sw", "Kiswahili"), ("ta", "தமிழ்"), ("th", "ไทย"), ("tr", "Türkçe"),
    ("uk", "Українська"), ("ur", "اردو"), ("vi", "Tiếng Việt"), ("yo", "Yorùbá"), ("zh", "中文"), ("zu", "isiZulu"),
]  # fmt: skip

LANGUAGE_CHOICES = [SelectChoice(code, name) for code, name in LANGUAGES]


@dataclass(frozen=True)
class Piece:
    """A file that is here already and waits for the form to be right, and what it shows."""

    file: MediaFile
    alt_text: str = ""


@dataclass(frozen=True)
class ExternalRow:
    """One row of 'something from elsewhere', as it was typed."""

    address: str = ""
    author: str = ""
    licence: str = ""

    @property
    def is_other(self) -> bool:
        """Whether the licence is none of the list."""
        return self.licence not in {"", *LICENCES, PUBLIC_DOMAIN, WITH_PERMISSION}


@dataclass(frozen=True)
class Chosen:
    """A work that was chosen as a source, as the composer shows it; ``trouble`` says why it cannot be used where this goes."""

    work: Work
    address: str
    kind: EdgeKind
    trouble: str = ""


@dataclass
class Around:
    """What a composer's page shows around its fields; filled by ``prepare_composer``."""

    chosen: list[Chosen] = field(default_factory=list)
    #: whether ``sources`` has lines that are none of these works
    has_plain_lines: bool = False
    #: works that were looked for, and the words
    found: list[Chosen] = field(default_factory=list)
    q: str = ""
    #: what the person should know before they go on
    notices: list[str] = field(default_factory=list)
    room: Room | None = None
    max_bytes: int = 0


def lines_kept(value: Any) -> Any:
    """A text as typed, without blank lines around it; leading spaces of its first line stay."""
    return value.strip("\n").rstrip() if isinstance(value, str) else value


def values_of(field: Field) -> list[str]:
    """Every value that a field was sent with, cleaned, in order."""
    return [str(clean_text(value)) for value in field.raw_data or [] if isinstance(value, str)]


class ComposerForm(OnceForm):
    """Post a work of any medium."""

    medium = RadioField(
        _l("What is it?"),
        choices=[SelectChoice(medium.value, words) for medium, words in MEDIA],
        default=Medium.TEXT.value,
        invalid_choice_message=_l("Choose what it is: text, image, sound or video."),
        validators=[InputRequired(_l("Choose what it is: text, image, sound or video."))],
    )
    title = StringField(
        _l("Title"),
        filters=[one_line],
        validators=[
            InputRequired(_l("Give it a title; you can change it later.")),
            Length(max=actions.LONGEST_TITLE, message=_l("A title has at most %(max)d characters.")),
        ],
    )
    body = TextAreaField(
        _l("Your text"),
        description=_l("Line breaks stay as you make them. *One star* leans, **two** shout."),
        filters=[lines_kept],
    )
    layout = SelectField(
        _l("How it is set"),
        choices=[SelectChoice(layout.value, words) for layout, words in LAYOUTS.items()],
        default=TextLayout.PROSE.value,
        invalid_choice_message=_l("Choose how the text is set from the list."),
    )
    text_file = FileField(
        _l("Begin with a text file"),
        description=_l("A plain text, Markdown or PDF file. You look over what we read before anything is posted."),
    )
    file = MultipleFileField(
        _l("Your file"), description=_l("A picture, a sound or a film; we check what is in it, not its name.")
    )
    #: public ids of files that are here already, each field one, in the order of a series
    upload = HiddenField()
    #: what each of these files shows, in the same order; then what a file shows that comes along
    alt_text = TextAreaField(
        _l("Describe the picture"),
        description=_l("For people who cannot see it: what would you say on the phone?"),
        filters=[one_line],
        validators=[Length(max=actions.LONGEST_ALT_TEXT, message=_l("A description has at most %(max)d characters."))],
    )
    captions = TextAreaField(
        _l("Captions"),
        description=_l(
            "For people who cannot hear it, or have the sound off. WebVTT or SubRip: a time, an arrow, a time, and below them the words."
        ),
        filters=[lines_kept],
    )
    captions_file = FileField(_l("Or a captions file"), description=_l("One that ends in .vtt or .srt."))
    note = TextAreaField(
        _l("A note about it"),
        filters=[lines_kept],
        validators=[Length(max=actions.LONGEST_NOTE, message=_l("A note has at most %(max)d characters."))],
    )
    #: every source, chosen works too
    sources = TextAreaField(
        _l("What it is built on"),
        description=_l("Numbers or addresses of works here, or the address of something from elsewhere, one a line."),
        filters=[lines_kept],
    )
    edge_kind = SelectField(
        _l("How you used it"),
        choices=[SelectChoice(kind.value, words) for kind, words in EDGE_KINDS.items()],
        default=EdgeKind.BUILT_ON.value,
        invalid_choice_message=_l("Choose how you used it from the list."),
    )
    #: these four are rows: the first values belong together, the second, and so on
    external_address = StringField(_l("Its address"), description=_l("Where others find it."))
    external_author = StringField(_l("Whose it is"))
    external_licence = SelectField(
        _l("Its licence"),
        choices=[
            SelectChoice("", _l("Choose one")),
            *(SelectChoice(name, name) for name in LICENCES),
            SelectChoice(PUBLIC_DOMAIN, _l("Public domain")),
            SelectChoice(WITH_PERMISSION, _l("Its maker said yes")),
            SelectChoice(OTHER, _l("Another one")),
        ],
        validate_choice=False,
    )
    external_licence_other = StringField(_l("Which other licence"))
    tags = StringField(
        _l("Tags"),
        description=_l("A few words, with commas between."),
        filters=[one_line],
        validators=[Length(max=600, message=_l("At most %(max)d characters."))],
    )
    language = SelectField(
        _l("Language"),
        choices=[SelectChoice(code, name) for code, name in LANGUAGES],
        default="en",
        invalid_choice_message=_l("Choose a language from the list."),
    )
    space = RadioField(
        _l("Who can see it"),
        choices=[SelectChoice(OPEN, _l("Everybody, in the open area"))],
        default=OPEN,
        invalid_choice_message=_l("Choose the open area, or a class that you are in."),
    )
    #: which state of the draft this page shows, so that another tab's is not overwritten
    draft_revision = HiddenField(default="0", filters=[lambda value: (value or "0")[:12]])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        #: where the work goes when that is no choice; None is the open area
        self.fixed_space_id: int | None = None
        #: names this composer among the person's drafts; "" keeps none
        self.key = ""
        #: the fields as they were sent, or as the draft has them
        self.sent: MultiDict[str, str] = MultiDict()
        #: the draft that this page began with
        self.draft: ComposerDraft | None = None
        #: whether the draft was changed in another tab meanwhile
        self.is_stale = False
        #: False when it was to be kept as a draft, and could not be
        self.is_kept = True
        self.pieces: list[Piece] = []
        #: a file that the composer was opened with
        self.begun_with: Piece | None = None
        self.around = Around()

    def offer_spaces(self, spaces: Iterable[tuple[str, str]]) -> None:
        """Let the work be posted in these classes too: (value of ``space``, words)."""
        self.space.choices = [*self.space.choices, *(SelectChoice(value, words) for value, words in spaces)]

    @property
    def space_id(self) -> int | None:
        """The space that was chosen; None is the open area."""
        if "space" not in self:
            return self.fixed_space_id
        value = self.space.data
        return int(value) if value and value != OPEN and value.isdecimal() else None

    @property
    def has_file(self) -> bool:
        """Whether a file of this medium is here already."""
        return bool(self.fitting())

    def fitting(self) -> list[Piece]:
        """The files that belong to the medium that was chosen."""
        return [piece for piece in self.pieces if piece.file.kind.value == self.medium.data]

    @property
    def rows(self) -> list[ExternalRow]:
        """What was typed about material from elsewhere; rows with nothing in them are left out."""
        names = ("external_address", "external_author", "external_licence", "external_licence_other")
        columns = [[one_line(value) for value in values_of(self._fields[name])] for name in names]
        rows = []
        for place in range(max(map(len, columns))):
            address, author, licence, other = (column[place] if place < len(column) else "" for column in columns)
            if licence == OTHER or (other and not licence):
                licence = other
            if address or author or licence:
                rows.append(ExternalRow(address, author, licence))
        return rows

    @property
    def licence_options(self) -> list[tuple[str, str]]:
        """What a row's licence can be: value and words."""
        return [(str(choice.value), str(choice.label)) for choice in self.external_licence.choices]

    def kind_for(self, work_id: int) -> EdgeKind:
        """How this source was used: what is said beside it, else what is said of all."""
        for value in (self.sent.get(f"kind_{work_id}"), self.edge_kind.data):
            if value in set(EdgeKind):
                return EdgeKind(value)
        return EdgeKind.BUILT_ON

    def place_words(self) -> dict[str, str]:
        """What each choice of ``space`` means (P8), by its value."""
        in_class = _("Only its people see it, and may build on it there. You can share it with everybody later.")
        words = {str(choice.value): in_class for choice in self.space.choices}
        return {**words, OPEN: _("Anybody sees it and may build on it. It stays free for everybody.")}
