"""The composer before and after it is filled in: begun with a draft or a work, read into what it means."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import current_app, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from classprojects.accounts.models import Person
from classprojects.classes import queries as classes
from classprojects.core.errors import DomainError, NotFound
from classprojects.media.quotas import find_room
from classprojects.web.shared.composer.fields import LANGUAGES, OPEN, ComposerForm, Piece, values_of
from classprojects.web.shared.composer.files import add_piece, find_pieces, pieces_of, read_captions, take_in
from classprojects.web.shared.composer.sources import choose_works, find_sources, read_sources
from classprojects.web.shared.forms import one_line
from classprojects.web.shared.security import allow_recording
from classprojects.works import actions, drafts, queries
from classprojects.works.actions import PictureDraft, WorkDraft
from classprojects.works.models import Medium, TextLayout, Work, WorkVersion
from classprojects.works.queries import Viewer


def new_composer(person: Person, key: str = "", **values: Any) -> ComposerForm:
    """A composer as it is opened: with the draft of this ``key``, else with ``values``, in the person's language."""
    codes = {code for code, _name in LANGUAGES}
    language = person.language.split("-")[0]
    begun = {"language": language if language in codes else "en", **values}
    draft = drafts.find_draft(person, key) if key else None
    sent: MultiDict[str, str] = MultiDict(draft.fields if draft else {})
    form = ComposerForm(formdata=sent if draft else None, **begun)
    form.key, form.sent, form.draft = key, sent, draft
    form.draft_revision.data = str(draft.revision if draft else 0)
    return form


def sent_composer(key: str = "") -> ComposerForm:
    """A composer as it was sent."""
    form = ComposerForm()
    form.key, form.sent = key, request.form
    return form


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
    if not form.is_submitted() and form.draft is None and source is not None and not source.is_open and source.space_id in ids:
        form.space.data = str(source.space_id)


def draft_from_version(form: ComposerForm, work: Work, version: WorkVersion | None = None) -> None:
    """Fill the composer with what a work says in this version (now, by default), for editing.

    What the person typed before and did not save comes first.
    """
    version = version or work.current_version
    if version is None or form.draft is not None:
        return
    queries.load_words(version)
    form.medium.data = work.medium.value
    form.title.data, form.body.data, form.note.data = version.title, version.body, version.note
    form.alt_text.data, form.language.data = version.alt_text, version.language
    form.layout.data, form.captions.data = version.layout.value, version.captions
    form.tags.data = ", ".join(tag.name for tag in work.tags)
    if version is work.current_version:
        form.pieces = pieces_of(work)


def prepare_composer(form: ComposerForm, person: Person, current: Work | None = None) -> ComposerForm:
    """Make ``form`` ready to be shown: its files, chosen works, what was looked for, and how much room there is."""
    if not form.is_submitted():
        if form.draft is not None:
            find_pieces(form, person, current)
            _say_what_is_gone(form)
        if form.begun_with is not None:
            add_piece(form, form.begun_with)
    form.around.q = one_line(form.sent.get("find_source", ""))[:200]
    form.around.found = find_sources(form.around.q, person, form) if form.around.q else []
    choose_works(form, person)
    if any(choice.value != Medium.TEXT.value for choice in form.medium.choices):
        form.around.room = find_room(person)
    form.around.max_bytes = current_app.config["SETTINGS"].upload_limit
    allow_recording()
    return form


def _say_what_is_gone(form: ComposerForm) -> None:
    """A draft may wait for longer than what it was begun with."""
    named = {name for name in values_of(form.upload) if name}
    if len(form.pieces) < len(named):
        form.around.notices.append(_("A file of this draft is not here any more. Choose it again."))
    if "space" in form and form.space.data not in {choice.value for choice in form.space.choices}:
        # Never quietly the open area instead of a class.
        form.space.data = None if len(form.space.choices) > 1 else OPEN
        form.around.notices.append(
            _("You wanted to show this in a class that you cannot post in at this moment. Look again at who can see it.")
        )


def composer_draft(form: ComposerForm, person: Person, *, current: Work | None = None) -> WorkDraft | None:
    """What the form that was just sent means, or None when it is wrong; its errors then say how.

    Call it outside of a transaction: files that came along are stored first, and kept
    for the next try whatever else is wrong. ``current``: the work that is edited, whose
    file stays unless another one was sent. Validates the form itself.
    """
    if form.is_stale or not form.is_kept:
        return None
    is_whole = form.validate_on_submit()
    take_in(form, person, current)
    read_captions(form)
    sources, external = read_sources(form, person, current)
    if not is_whole or form.errors:
        return None
    medium = Medium(form.medium.data)
    file_id, alt_text, pictures = _files_of(form, person, medium, current)
    if form.errors:
        return None
    draft = WorkDraft(
        medium=medium,
        title=form.title.data or "",
        body=(form.body.data or "") if medium is Medium.TEXT else "",
        note=form.note.data or "",
        alt_text=alt_text if medium is Medium.IMAGE else "",
        language=form.language.data,
        tags=tuple((form.tags.data or "").split(",")),
        file_id=file_id,
        sources=tuple(sources),
        external_sources=tuple(external),
        once=form.once.data or None,
        layout=TextLayout(form.layout.data),
        pictures=pictures,
        captions=(form.captions.data or "") if medium in {Medium.AUDIO, Medium.VIDEO} else "",
    )
    keeps_file = current is not None and current.current_version is not None and current.current_version.file_id
    if not keeps_file or (file_id is None and values_of(form.upload)):
        # What can be said before anything is written is said beside its field.
        with form.showing_refusals():
            actions.check_draft(draft)
    return None if form.errors else draft


def _files_of(
    form: ComposerForm, person: Person, medium: Medium, current: Work | None
) -> tuple[int | None, str, tuple[PictureDraft, ...]]:
    """The first file, what it shows, and a series' further pictures."""
    typed = form.alt_text.data or ""
    if medium is Medium.TEXT:
        return None, "", ()
    pieces = form.fitting()
    if not pieces and form.pieces:
        form.refuse(
            DomainError(_("That file is of another kind than the work. Choose another one."), field="file")
        )
    posted = actions.find_posted(person, form.once.data) if not pieces else None
    if posted is not None and posted.current_version is not None:
        return posted.current_version.file_id, "", ()  # this very form was sent twice
    if not pieces and current is not None and not values_of(form.upload):
        # A form that says nothing about files leaves them as they are.
        pieces = pieces_of(current)
        pieces = [Piece(pieces[0].file, typed), *pieces[1:]] if pieces else []
    if not pieces:
        return None, typed, ()
    first, *further = pieces
    return first.file.id, first.alt_text, tuple(PictureDraft(one.file.id, one.alt_text) for one in further)
