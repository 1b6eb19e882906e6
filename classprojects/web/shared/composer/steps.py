"""Buttons of the composer that do not post: each keeps what is there as a draft and comes back to the same page.

So every step works by a plain form, and a page that is closed in between loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from classprojects.accounts.models import Person
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.media.texts import take_text
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.composer.fields import ComposerForm, Piece, lines_kept
from classprojects.web.shared.composer.files import read_captions, take_in
from classprojects.web.shared.composer.sources import address_of, lines_of, work_id_in
from classprojects.web.shared.forms import clean_text
from classprojects.works import actions, drafts, queries
from classprojects.works.models import Medium, Work

#: fields that a draft keeps; others, such as tokens and files, are the page's own
KEPT = (
    "medium", "title", "body", "layout", "captions", "note", "sources", "edge_kind", "external_address", "external_author",
    "external_licence", "external_licence_other", "tags", "language", "space", "upload", "alt_text", "find_source",
)  # fmt: skip

#: how one source was used
_KIND = re.compile(r"kind_[0-9]{1,19}", re.ASCII)

Fields = MultiDict[str, str]


def fields_to_keep(sent: MultiDict[str, str]) -> Fields:
    """What a draft keeps of a form: its known fields, cleaned; of repeated fields every value."""
    kept: Fields = MultiDict()
    for name, values in sent.lists():
        if name in KEPT or _KIND.fullmatch(name):
            kept.setlist(name, [str(clean_text(value)) for value in values[:200]])
    return kept


def revision_of(sent: MultiDict[str, str]) -> int | None:
    """The state of the draft that the page knows; None when the form says nothing about it."""
    value = sent.get("draft_revision", "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None


def take_step(form: ComposerForm, person: Person, current: Work | None = None) -> Any:
    """The answer to a button that does not post; None when the form is to be posted, or shown again with its errors.

    Outside of a transaction. Files that came along are kept too.
    """
    step = _find_step(form)
    if step is None or not form.key or not form.is_submitted():
        return None
    take_in(form, person, current)
    read_captions(form)
    fields = fields_to_keep(form.sent)
    if step is not _find:
        fields.pop("find_source", None)
    if form.pieces:
        _write_pieces(fields, form.pieces)
    if form.captions.data:
        fields["captions"] = form.captions.data
    anchor = ""
    with form.showing_refusals():
        anchor = step(form, person, fields)
    try:
        with transaction():
            drafts.keep_draft(person, form.key, fields.to_dict(flat=False), seen=revision_of(form.sent))
    except drafts.DraftConflict as conflict:
        form.is_stale = True
        form.draft_revision.data = str(conflict.revision)
        form.refuse(conflict)
        return None
    except DomainError as refusal:
        form.is_kept = False
        form.refuse(refusal)
        return None
    for message in _said(form):
        flash(message, "error")
    return redirect(f"{request.path}{anchor}", 303)


def _said(form: ComposerForm) -> list[str]:
    """What was refused on the way: the page that comes next says it."""
    return [str(error) for errors in form.errors.values() for error in errors]


Step = Callable[[ComposerForm, Person, Fields], str]


def _find_step(form: ComposerForm) -> Step | None:
    sent = form.sent
    for name, step in _STEPS.items():
        if sent.get(name):
            return step
    if form.medium.data == Medium.TEXT.value and form.text_file.data is not None and form.text_file.data.filename:
        return _read_text  # what was read is looked over before it is posted
    # Return in the search field looks for something; it never posts.
    if sent.get("find_source", "").strip() and not sent.get("save"):
        return _find
    return _keep if sent.get("save") == "draft" else None


def _keep(form: ComposerForm, _person: Person, _fields: Fields) -> str:
    flash(_("Kept as a draft. You find it under your drafts, on any device."), "success")
    return ""


def _find(_form: ComposerForm, _person: Person, _fields: Fields) -> str:
    return "#find-source"


def _use(form: ComposerForm, person: Person, fields: Fields) -> str:
    """Attach a work, if it may be used where this goes (P8)."""
    with form.showing_refusals():
        work = find_usable(form.sent["use_source"], person, form)
        fields["sources"] = "\n".join([*lines_of(form), address_of(work)])
    return "#composer-sources"


def find_usable(line: str, person: Person, form: ComposerForm) -> Work:
    """The work that ``line`` names; raises BadSource, in words, when ``person`` may not use it where this goes (P8)."""
    number = work_id_in(line.strip())
    works = queries.list_works_by_ids([number]) if number is not None else []
    if not works or not queries.is_visible(works[0], viewer_for(person)):
        raise actions.BadSource(_("“%(line)s”: there is no such work here that you could use.", line=line[:80]))
    trouble = actions.trouble_with(works[0], form.space_id)
    if trouble:
        raise actions.BadSource(trouble)
    return works[0]


def _drop_source(form: ComposerForm, _person: Person, fields: Fields) -> str:
    dropped = work_id_in(form.sent["drop_source"])
    fields["sources"] = "\n".join(line for line in lines_of(form) if work_id_in(line) != dropped or dropped is None)
    return "#composer-sources"


def _add_row(form: ComposerForm, _person: Person, fields: Fields) -> str:
    fields.setlist("external_address", [*(row.address for row in form.rows), ""])
    fields.setlist("external_author", [*(row.author for row in form.rows), ""])
    fields.setlist("external_licence", [*("other" if row.is_other else row.licence for row in form.rows), ""])
    fields.setlist("external_licence_other", [*(row.licence if row.is_other else "" for row in form.rows), ""])
    return "#composer-elsewhere"


def _upload(_form: ComposerForm, _person: Person, _fields: Fields) -> str:
    return "#composer-files"


def _move(form: ComposerForm, _person: Person, fields: Fields) -> str:
    way, _colon, name = form.sent["move"].partition(":")
    place = next((place for place, piece in enumerate(form.pieces) if piece.file.public_id == name), None)
    if place is not None:
        piece = form.pieces.pop(place)
        form.pieces.insert(max(0, place - 1) if way == "up" else place + 1, piece)
    _write_pieces(fields, form.pieces)
    return "#composer-files"


def _drop_piece(form: ComposerForm, _person: Person, fields: Fields) -> str:
    form.pieces = [piece for piece in form.pieces if piece.file.public_id != form.sent["drop"]]
    _write_pieces(fields, form.pieces)
    return "#composer-files"


def _write_pieces(fields: Fields, pieces: list[Piece]) -> None:
    fields.setlist("upload", [piece.file.public_id for piece in pieces])
    fields.setlist("alt_text", [piece.alt_text for piece in pieces])


def _read_text(form: ComposerForm, _person: Person, fields: Fields) -> str:
    """Put what a text file says after what is written already; it is looked over before it is posted."""
    sent = form.text_file.data
    if sent is None or not sent.filename:
        raise DomainError(_("Choose a text file first."), field="text_file")
    taken = take_text(sent)
    text = taken.text
    written = (form.body.data or "").rstrip()
    form.body.data = lines_kept(f"{written}\n\n{text}" if written else text)
    fields["body"] = form.body.data
    flash(" ".join((_("We read this from your file. Look it over before you post it."), taken.remark)).strip(), "success")
    return "#body"


_STEPS: dict[str, Step] = {
    "use_source": _use,
    "drop_source": _drop_source,
    "find": _find,
    "add_source": _add_row,
    "add_files": _upload,
    "move": _move,
    "drop": _drop_piece,
    "read_text": _read_text,
}
