"""The composer: one form to post a work with, and what it means.

A file is sent once: it is received and kept before the rest is looked at, and when the
form comes back with errors it carries the file's public id in ``upload``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from classprojects.accounts.models import Person
from classprojects.classes import queries as classes
from classprojects.core.database import MAX_ID, transaction
from classprojects.core.errors import DomainError, NotFound
from classprojects.media import actions as media
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.media.queries import find_pending_upload
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.forms import OnceForm, one_line
from classprojects.works import actions, queries
from classprojects.works.actions import ExternalDraft, SourceDraft, WorkDraft, check_address
from classprojects.works.models import EdgeKind, Medium, Work, WorkVersion
from classprojects.works.queries import Viewer

#: what ``space`` says for the open area
OPEN = "open"

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


def lines_kept(value: Any) -> Any:
    """A text as typed, without blank lines around it; leading spaces of its first line stay."""
    return value.strip("\n").rstrip() if isinstance(value, str) else value


class ComposerForm(OnceForm):
    """Post a work of any medium. Rules that depend on the medium stand with the works; here is what a form can know."""

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
    file = FileField(_l("Your file"), description=_l("A picture, a sound or a film; we check what is in it, not its name."))
    upload = HiddenField(filters=[lambda value: (value or "")[:40]])
    alt_text = TextAreaField(
        _l("Describe the picture"),
        description=_l("For people who cannot see it: what would you say on the phone?"),
        filters=[one_line],
        validators=[Length(max=actions.LONGEST_ALT_TEXT, message=_l("A description has at most %(max)d characters."))],
    )
    note = TextAreaField(
        _l("A note about it"),
        filters=[lines_kept],
        validators=[Length(max=actions.LONGEST_NOTE, message=_l("A note has at most %(max)d characters."))],
    )
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
    external_author = StringField(
        _l("Whose it is, if it is from elsewhere"),
        filters=[one_line],
        validators=[Length(max=200, message=_l("At most %(max)d characters."))],
    )
    external_licence = StringField(
        _l("Its licence, if it is from elsewhere"),
        description=_l("Such as CC BY 4.0, or public domain."),
        filters=[one_line],
        validators=[Length(max=100, message=_l("At most %(max)d characters."))],
    )
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
    space = SelectField(
        _l("Who can see it"),
        choices=[SelectChoice(OPEN, _l("Everybody, in the open area"))],
        default=OPEN,
        invalid_choice_message=_l("Choose the open area, or a class that you are in."),
    )

    #: the file that was sent already and waits for the form to be right
    kept: MediaFile | None = None

    def offer_spaces(self, spaces: Iterable[tuple[str, str]]) -> None:
        """Let the work be posted in these classes too: (value of ``space``, words)."""
        self.space.choices = [*self.space.choices, *(SelectChoice(value, words) for value, words in spaces)]

    @property
    def space_id(self) -> int | None:
        """The space that was chosen; None is the open area."""
        value = self.space.data
        return int(value) if value and value != OPEN else None

    @property
    def has_file(self) -> bool:
        """Whether a file was sent with this form before."""
        return self.kept is not None


def new_composer(person: Person, **values: Any) -> ComposerForm:
    """An empty composer in the person's language."""
    codes = {code for code, _name in LANGUAGES}
    language = person.language.split("-")[0]
    return ComposerForm(**{"language": language if language in codes else "en", **values})


def offer_class_spaces(form: ComposerForm, viewer: Viewer, source: Work | None = None) -> None:
    """Let the composer post in the classes that the person is in; a class work is remixed there first."""
    ids = set(viewer.space_ids)
    if source is not None and source.space_id is not None and viewer.sees_space(source.space_id):
        ids.add(source.space_id)
    spaces = queries.list_spaces(ids)
    form.offer_spaces((str(space.id), _("Only people in “%(class)s”", **{"class": space.title})) for space in spaces)
    chosen = form.space.data
    if chosen and chosen != OPEN and not chosen.isdigit():
        # A class may be named by its slug too.
        with suppress(NotFound):
            form.space.data = str(classes.get_class(chosen[:100]).space_id)
    if not form.is_submitted() and source is not None and not source.is_open and source.space_id in ids:
        form.space.data = str(source.space_id)


def draft_from_version(form: ComposerForm, work: Work, version: WorkVersion | None = None) -> None:
    """Fill the composer with what a work says in this version (now, by default), for editing."""
    version = version or work.current_version
    if version is None:
        return
    form.medium.data = work.medium.value
    form.title.data, form.body.data, form.note.data = version.title, version.body, version.note
    form.alt_text.data, form.language.data = version.alt_text, version.language
    form.tags.data = ", ".join(tag.name for tag in work.tags)


def composer_draft(form: ComposerForm, person: Person, *, current: Work | None = None) -> WorkDraft | None:
    """What the form that was just sent means, or None when it is wrong; its errors then say how.

    Call it outside of a transaction: a file that came along is stored first, and kept
    for the next try whatever else is wrong. ``current``: the work that is edited, whose
    file stays unless another one was sent. Validates the form itself.
    """
    is_whole = form.validate_on_submit()
    file = _take_in(form, person)
    sources, external = _read_sources(form, person, current)
    if not is_whole or form.errors:
        return None
    medium = Medium(form.medium.data)
    draft = WorkDraft(
        medium=medium,
        title=form.title.data or "",
        body=(form.body.data or "") if medium is Medium.TEXT else "",
        note=form.note.data or "",
        alt_text=(form.alt_text.data or "") if medium is Medium.IMAGE else "",
        language=form.language.data,
        tags=tuple((form.tags.data or "").split(",")),
        file_id=file.id if file is not None and medium is not Medium.TEXT else None,
        sources=tuple(sources),
        external_sources=tuple(external),
        once=form.once.data or None,
    )
    if current is None or current.current_version is None or current.current_version.file_id is None:
        # What can be said before anything is written is said beside its field.
        with form.showing_refusals():
            actions.check_draft(draft)
    return None if form.errors else draft


def _take_in(form: ComposerForm, person: Person) -> MediaFile | None:
    """Store and keep the file that came along, or find the one that came before."""
    wanted = form.medium.data
    if wanted not in {Medium.IMAGE.value, Medium.AUDIO.value, Medium.VIDEO.value}:
        return None
    sent = form.file.data
    if sent is not None and sent.filename:
        try:
            received = media.receive_upload(sent, {wanted})
            with transaction():
                form.kept = media.keep_upload(person, received, MediaPurpose.WORK)
        except DomainError as error:
            form.refuse(DomainError(error.message, field="file"))
    elif form.upload.data:
        form.kept = find_pending_upload(person.id, form.upload.data)
        posted = actions.find_posted(person, form.once.data) if form.kept is None else None
        if posted is not None and posted.current_version is not None:
            return posted.current_version.file  # this very form was sent twice
        if form.kept is None:
            form.refuse(DomainError(_("The file you sent earlier is not here any more. Choose it again."), field="file"))
    form.upload.data = form.kept.public_id if form.kept is not None else ""
    if form.kept is not None:
        form.file.description = _("We have “%(name)s” already; you need not send it again.", name=form.kept.original_name)
    return form.kept


def _read_sources(
    form: ComposerForm, person: Person, current: Work | None
) -> tuple[list[SourceDraft], list[ExternalDraft]]:
    """The lines of ``sources``; each wrong one becomes an error in words."""
    kind = EdgeKind(form.edge_kind.data) if form.edge_kind.data in set(EdgeKind) else EdgeKind.BUILT_ON
    text = form.sources.data or ""
    lines = list(dict.fromkeys(line.strip() for line in text.split("\n") if line.strip()))
    if len(lines) > actions.MOST_SOURCES or len(text) > 40_000:
        form.refuse(actions.BadSource(_("A work can name at most %(most)d sources.", most=actions.MOST_SOURCES)))
        return [], []
    ids = {line: found for line in lines if (found := work_id_in(line)) is not None}
    there = {work.id: work for work in queries.list_works_by_ids(ids.values())}
    already = {edge.parent_id for edge in current.sources} if current is not None else set()
    viewer = viewer_for(person)
    sources, external = [], []
    for line in lines:
        with form.showing_refusals():
            if line in ids:
                work = there.get(ids[line])
                if work is None or not (work.id in already or queries.is_visible(work, viewer)):
                    raise actions.BadSource(_("“%(line)s”: there is no such work here that you could use.", line=line[:80]))
                sources.append(SourceDraft(work.id, kind))
            else:
                external.append(_external(line, form))
    return sources, external


def _external(line: str, form: ComposerForm) -> ExternalDraft:
    check_address(line)
    return ExternalDraft(line, form.external_author.data or "", form.external_licence.data or "")


_PATH = re.compile(r"/works/(\d{1,30})(?:/\w*)?/?", re.ASCII)


def work_id_in(line: str) -> int | None:
    """The id that a line of ``sources`` names: a number, or the address of a work of ours; else None."""
    number = re.fullmatch(r"#?(\d{1,30})", line, re.ASCII)
    if number:
        return min(int(number[1]), MAX_ID)
    try:
        parts = urlsplit(line)
    except ValueError:
        return None
    ours = {urlsplit(current_app.config["SETTINGS"].base_url).netloc, request.host}
    if parts.netloc and (parts.netloc not in ours or parts.scheme not in {"http", "https"}):
        return None
    path = _PATH.fullmatch(parts.path)
    return min(int(path[1]), MAX_ID) if path else None


def sources_as_lines(works: Sequence[Work]) -> str:
    """What the composer's ``sources`` holds for these works: their addresses, one a line."""
    base = current_app.config["SETTINGS"].base_url
    return "\n".join(f"{base}{work.url}" for work in works)
