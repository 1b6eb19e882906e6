"""Files that come with the composer: each is stored at once, and kept whatever else is wrong.

A form that comes back carries the public ids of its files in ``upload``, in the order
of a series, and what each of them shows in as many ``alt_text``.
"""

from __future__ import annotations

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.media import actions as media
from classprojects.media import captions
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.media.queries import list_uploads_of
from classprojects.web.shared.composer.fields import ComposerForm, Piece, values_of
from classprojects.web.shared.forms import one_line
from classprojects.works import actions, queries
from classprojects.works.models import Medium, Work

_MEDIA_WITH_FILES = {Medium.IMAGE.value, Medium.AUDIO.value, Medium.VIDEO.value}


def take_in(form: ComposerForm, person: Person, current: Work | None) -> None:
    """Find the files that the form names, and store and keep those that came along, as ``form.pieces``.

    Outside of a transaction. ``current``: the work that is edited; the files of its
    newest version may be named too.
    """
    wanted = form.medium.data
    find_pieces(form, person, current)
    if wanted not in _MEDIA_WITH_FILES:
        return
    shown = _shown(form)[len(_named(form)) :]
    for place, sent in enumerate(form.file.data or []):
        if not sent.filename:
            continue
        if place >= actions.MOST_PICTURES:
            form.refuse(DomainError(_("A series has at most %(most)d pictures.", most=actions.MOST_PICTURES), field="file"))
            break
        file = _receive(form, person, sent, wanted)
        if file is not None:
            add_piece(form, Piece(file, shown[place] if place < len(shown) else ""))


def _receive(form: ComposerForm, person: Person, sent: FileStorage, wanted: str) -> MediaFile | None:
    try:
        received = media.receive_upload(sent, {wanted}, owner=person)
        with transaction():
            return media.keep_upload(person, received, MediaPurpose.WORK)
    except DomainError as error:
        form.refuse(DomainError(error.message, field="file"))
        return None


def add_piece(form: ComposerForm, piece: Piece) -> None:
    """A picture goes on with the series; a sound or a film takes the place of the one before."""
    kind = piece.file.kind.value
    if any(one.file.id == piece.file.id for one in form.pieces):
        return
    kept = [one for one in form.pieces if kind == Medium.IMAGE.value or one.file.kind.value != kind]
    form.pieces = [*kept, piece]


def find_pieces(form: ComposerForm, person: Person, current: Work | None = None) -> None:
    """Find the files that ``upload`` names: the person's own that no page uses, or those of the work that is edited."""
    names, shown = _named(form), _shown(form)
    wanted = dict.fromkeys(names)
    there = {piece.file.public_id: piece.file for piece in pieces_of(current)} if current is not None else {}
    unknown = [name for name in list(wanted)[: 2 * actions.MOST_PICTURES] if name not in there]
    there |= {file.public_id: file for file in list_uploads_of(person.id, unknown)} if unknown else {}
    placed: dict[str, Piece] = {}
    for place, name in enumerate(names):
        if name in there and name not in placed:
            placed[name] = Piece(there[name], shown[place] if place < len(shown) else "")
    form.pieces = list(placed.values())
    is_wanted = form.is_submitted() and form.medium.data in _MEDIA_WITH_FILES
    if len(placed) < len(wanted) and is_wanted and actions.find_posted(person, form.once.data) is None:
        form.refuse(DomainError(_("The file you sent earlier is not here any more. Choose it again."), field="file"))


def _named(form: ComposerForm) -> list[str]:
    return [name[:40] for name in values_of(form.upload) if name]


def _shown(form: ComposerForm) -> list[str]:
    return [one_line(value) for value in values_of(form.alt_text)]


def pieces_of(work: Work) -> list[Piece]:
    """The files of a work's newest version with what they show, in order."""
    version = work.current_version
    if version is None or version.file is None:
        return []
    further = queries.list_pictures(version) if work.medium is Medium.IMAGE else []
    return [Piece(version.file, version.alt_text), *(Piece(picture.file, picture.alt_text) for picture in further)]


def read_captions(form: ComposerForm) -> None:
    """Put what a captions file says into the field."""
    sent = form.captions_file.data
    if sent is None or not sent.filename:
        return
    with form.showing_refusals():
        form.captions.data = captions.decode_captions(sent.stream.read(captions.LONGEST + 1))
