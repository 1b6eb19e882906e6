"""Making classes and lessons out of files that people send: sent, claimed by one worker, made whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions.building import _lock_class
from classprojects.classes.actions.copying import write_class, write_item
from classprojects.classes.content import KINDS, ClassContent, LessonContent, lesson_uses
from classprojects.classes.foldered import MARKDOWN, read_folder
from classprojects.classes.models import ClassImport, ClassProject, ImportState
from classprojects.classes.packing import LONGEST_MANIFEST, MANIFEST, BadPackage, PackedFile, unpack
from classprojects.classes.parcels import Parcel, open_parcel
from classprojects.classes.queries import transfer
from classprojects.core import clock, sizes
from classprojects.core.database import after_commit, db, hold
from classprojects.core.errors import DomainError
from classprojects.core.ids import new_token, once_key
from classprojects.gateways.queue import enqueue
from classprojects.gateways.storage import get_storage
from classprojects.media import actions as media
from classprojects.media import quotas
from classprojects.media.actions import Received
from classprojects.media.models import MediaFile, MediaPurpose

IMPORT_CLASS = "classprojects.classes.jobs.importing.import_class"
#: where sent files lie until they are done with
PREFIX = "imports"
MAX_ATTEMPTS = 3
#: how long a worker has an import for itself; renewed with every file that it unpacks
LOCK = timedelta(minutes=10)
#: of one person, at a time
MOST_WAITING = 3
CHUNK = 1024 * 1024


class ImportLost(Exception):
    """Another worker has it by now, or it was over before."""


@dataclass(frozen=True)
class Parked:
    """A ZIP that has arrived and lies in the store, but that no row knows yet."""

    storage_key: str
    name: str


def park_parcel(person: Person, upload: FileStorage | None, once: str | None = None) -> Parked:
    """Take in a ZIP from a form, in pieces. Outside of a transaction. What is in it is looked at by the worker.

    The same form (``once``) sent twice has the same place in the store, so that one import comes of it.
    """
    if upload is None or not upload.filename:
        raise DomainError(_("Choose a ZIP file first."), field="file")
    settings = current_app.config["SETTINGS"]
    limit = min(settings.form_limit, settings.upload_limit)
    key = f"{PREFIX}/{once_key(person.id, once) or new_token(32)}.zip"
    try:
        handle, path = get_storage().incoming()
        try:
            size = 0
            with handle:
                while chunk := upload.stream.read(CHUNK):
                    if not size and not chunk.startswith(b"PK"):
                        raise DomainError(_("This is not a ZIP file. Choose one that ends in .zip."), field="file")
                    size += len(chunk)
                    if size > limit:
                        raise DomainError(_("This file is larger than %(size)s.", size=sizes.in_words(limit)), field="file")
                    handle.write(chunk)
            if not size:
                raise DomainError(_("This file is empty. Choose it again."), field="file")
            get_storage().put_file(key, path, move=True)
        finally:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise DomainError(_("We could not store the file just now. Try again in a few minutes."), field="file") from error
    return Parked(key, media.clean_name(upload.filename))


def unpark_parcel(parked: Parked) -> None:
    """Forget a ZIP that no row will know. Outside of a transaction."""
    get_storage().delete(parked.storage_key)


def begin_import(person: Person, parked: Parked, project: ClassProject | None = None) -> ClassImport:
    """Let a worker make a class out of the ZIP, or lessons of ``project``."""
    hold(db.session, "imports", person.id)
    known = transfer.find_import_by_key(parked.storage_key)
    if known is not None:
        return known
    if transfer.count_waiting_imports(person) >= MOST_WAITING:
        raise DomainError(_("Three of your files are being worked on. Wait until one of them is done."), field="file")
    coming = ClassImport(
        person_id=person.id,
        class_id=project.id if project is not None else None,
        storage_key=parked.storage_key,
        file_name=parked.name,
    )
    db.session.add(coming)
    db.session.flush()
    after_commit(_wake, coming.id)
    return coming


def _wake(import_id: int) -> None:
    enqueue(IMPORT_CLASS, import_id, timeout=3600)


def claim_import(import_id: int) -> ClassImport | None:
    """Take an import, for one worker and a limited time; None when it is not to be had. Comes out of the session."""
    now = clock.now()
    coming = transfer.find_import(import_id)
    if coming is None or coming.finished_at is not None:
        return None
    if coming.locked_until is not None and coming.locked_until >= now:
        return None
    if coming.attempts >= MAX_ATTEMPTS:
        _finish(coming, ImportState.FAILED, [_("We tried three times and something broke on our side. Send the file again later.")])
        return None
    changed = db.session.execute(
        _still(coming, coming.attempts).values(
            state=ImportState.WORKING, attempts=ClassImport.attempts + 1, locked_until=now + LOCK
        )
    )
    if cast(Any, changed).rowcount != 1:
        return None
    claimed = transfer.find_import(import_id)
    if claimed is not None:
        # The worker's own copy says what was claimed, while the row may go on without it.
        db.session.expunge(claimed)
    return claimed


def _still(coming: ClassImport, attempts: int) -> sa.Update:
    """An UPDATE that only touches the row while nobody else took it: the number of tries is the claim."""
    open_ = ClassImport.state.in_([ImportState.WAITING, ImportState.WORKING])
    statement = sa.update(ClassImport).where(ClassImport.id == coming.id, ClassImport.attempts == attempts, open_)
    return statement.execution_options(synchronize_session=False)


def extend_import(coming: ClassImport) -> None:
    """Hold it a little longer. Raises ImportLost when it is somebody else's by now."""
    changed = db.session.execute(_still(coming, coming.attempts).values(locked_until=clock.now() + LOCK))
    if cast(Any, changed).rowcount != 1:
        raise ImportLost


@dataclass
class Unpacked:
    """What came out of a ZIP: content whose files are named by their entries, and those files, stored."""

    content: ClassContent | None = None
    lessons: list[LessonContent] = field(default_factory=list)
    received: dict[tuple[str, MediaPurpose], Received] = field(default_factory=dict)
    report: list[str] = field(default_factory=list)


def unpack_import(coming: ClassImport, beat: Callable[[], None]) -> Unpacked:
    """Read the ZIP, check everything, store its files. Outside of a transaction.

    ``beat`` is called after every file. Raises BadPackage and other DomainErrors in
    words; nothing that was stored stays then.
    """
    unpacked = Unpacked()
    room = quotas.find_room(coming.person)
    try:
        with get_storage().borrowed_path(coming.storage_key) as path:
            # Its own table and texts come on top of what is kept.
            with open_parcel(path, room.left + LONGEST_MANIFEST) as parcel:
                if coming.class_id is None:
                    told = _read_class(parcel, unpacked)
                else:
                    unpacked.lessons, left_out = read_folder(parcel.names, parcel.read)
                    told = {}
                    unpacked.report += _left_out(left_out)
                uses = unpacked.content.uses() if unpacked.content else lesson_uses(tuple(unpacked.lessons))
                for entry, purpose in dict.fromkeys(uses):
                    unpacked.received[entry, purpose] = _receive(parcel, entry, purpose, told.get(entry))
                    beat()
    except BaseException:
        discard_unpacked(unpacked)
        raise
    return unpacked


def _read_class(parcel: Parcel, unpacked: Unpacked) -> dict[str, PackedFile]:
    """The manifest, held against what is really in the ZIP."""
    if MANIFEST not in parcel.names:
        inside = [name for name in parcel.names if name.endswith(f"/{MANIFEST}")]
        if inside:
            raise BadPackage(_("class.json lies in a folder of the ZIP. Pack what is in the folder, not the folder itself."))
        if any(name.rpartition(".")[2].lower() in MARKDOWN for name in parcel.names):
            raise BadPackage(_("There is no class.json in this ZIP. To add a folder of lessons, open a class in the studio and add them there."))
        raise BadPackage(_("There is no class.json in this ZIP, so it is no class."))
    packed = unpack(parcel.read(MANIFEST, LONGEST_MANIFEST), current_app.config["SETTINGS"].base_url)
    for entry, file in packed.files.items():
        if entry not in parcel.names:
            raise BadPackage(_("class.json speaks of “%(name)s”, which is not in the ZIP.", name=entry[:100]))
        if parcel.size_of(entry) != file.size:
            raise BadPackage(_("“%(name)s” has another size than class.json says. The ZIP was changed or cut off.", name=entry[:100]))
    unpacked.content = packed.content
    unpacked.report += _left_out([name for name in parcel.names if name not in packed.files and name not in (MANIFEST, "README.txt")])
    return packed.files


def _left_out(names: list[str]) -> list[str]:
    if not names:
        return []
    shown = ", ".join(f"“{name[:80]}”" for name in names[:5])
    rest = len(names) - 5
    if rest > 0:
        return [ngettext("Left out: %(shown)s and %(num)s other file.", "Left out: %(shown)s and %(num)s other files.", rest, shown=shown)]
    return [_("Left out: %(shown)s.", shown=shown)]


def _receive(parcel: Parcel, entry: str, purpose: MediaPurpose, told: PackedFile | None) -> Received:
    """One file, checked like an upload."""
    handle, path = get_storage().incoming()
    try:
        with handle:
            size, sha256 = parcel.unpack(entry, handle)
        if told is not None and sha256 != told.sha256:
            raise BadPackage(_("“%(name)s” is not the file that class.json speaks of: its checksum is another.", name=entry[:100]))
        name = media.clean_name(told.name if told is not None else entry)
        try:
            return media.store_file(path, name, KINDS[purpose], size, sha256)
        except DomainError as error:
            raise BadPackage(f"“{entry[:100]}”: {error.message}") from error
    finally:
        path.unlink(missing_ok=True)


def discard_unpacked(unpacked: Unpacked) -> None:
    """Forget files that no row will know. Outside of a transaction. What cannot be deleted now is swept in a day."""
    for received in unpacked.received.values():
        with suppress(OSError):
            media.discard_upload(received)
    unpacked.received.clear()


def record_import(coming: ClassImport, unpacked: Unpacked) -> ClassProject:
    """Make the class or the lessons, with their files, and close the import: all in this transaction.

    Raises ImportLost when another worker did it meanwhile, DomainError for content
    that breaks a rule.
    """
    person, report = coming.person, list(unpacked.report)
    files: dict[tuple[str, MediaPurpose], MediaFile] = {}
    for key, received in unpacked.received.items():
        files[key] = media.accept_upload(person, received, key[1])

    def find_file(entry: str, purpose: MediaPurpose) -> MediaFile:
        return files[entry, purpose]

    if unpacked.content is not None:
        project = write_class(person, unpacked.content, find_file, report=report)
        made = [
            ngettext("%(num)s lesson", "%(num)s lessons", len(project.lessons)),
            ngettext("%(num)s assignment", "%(num)s assignments", len(project.assignments)),
            ngettext("%(num)s file", "%(num)s files", len(files)),
        ]
        report.insert(0, _("Made: “%(title)s” with %(made)s.", title=project.title, made=", ".join(made)))
    else:
        project = queries.get_class_by_id(coming.class_id or 0)
        add_lessons(project, unpacked.lessons, person, find_file)
        report[:0] = [_("Added: “%(title)s”", title=lesson.title) for lesson in unpacked.lessons]
    if not _finish(coming, ImportState.DONE, report, class_id=project.id):
        raise ImportLost
    return project


def add_lessons(
    project: ClassProject,
    lessons: list[LessonContent],
    person: Person,
    find_file: Callable[[str, MediaPurpose], MediaFile] | None = None,
    seen: str | None = None,
) -> None:
    """Add lessons at the end of the outline, all or none (the door rolls back).

    ``seen``: how many lessons there were when this was looked at, so that what is sent twice is made once.
    """
    project = _lock_class(project)
    if seen is not None and seen != str(project.lessons_count):
        raise DomainError(_("The lessons of this class changed since you looked at the table. Look at the outline, then send the table again if they are still missing."))

    def nothing(entry: str, _purpose: MediaPurpose) -> MediaFile:
        raise DomainError(_("“%(name)s” is not here.", name=entry))

    for lesson in lessons:
        item = write_item(project, lesson, person, find_file or nothing)
        if project.is_running and not lesson.body.strip() and lesson.file is None:
            raise DomainError(
                _("“%(title)s”: learners are in this class, so that a lesson needs a text, a sound or a film.", title=item.title)
            )


def record_refusal(coming: ClassImport, message: str) -> None:
    """Nothing can be made of it: say why."""
    _finish(coming, ImportState.FAILED, [line for line in message.split("\n") if line])


def record_trouble(coming: ClassImport) -> None:
    """Something broke on our side that may not break again: wait a little."""
    wait = timedelta(seconds=20 * 3 ** (coming.attempts - 1))
    if coming.attempts >= MAX_ATTEMPTS:
        _finish(coming, ImportState.FAILED, [_("We tried three times and something broke on our side. Send the file again later.")])
    else:
        db.session.execute(
            _still(coming, coming.attempts).values(state=ImportState.WAITING, locked_until=clock.now() + wait)
        )


def _finish(coming: ClassImport, state: ImportState, report: list[str], **values: Any) -> bool:
    """Close it and let go of the ZIP; False when it is somebody else's by now."""
    changed = db.session.execute(
        _still(coming, coming.attempts).values(
            state=state, report=[line[:1000] for line in report[:200]], locked_until=None, finished_at=clock.now(), **values
        )
    )
    if cast(Any, changed).rowcount != 1:
        return False
    after_commit(remove_parcel, coming.storage_key)
    return True


def remove_parcel(key: str) -> None:
    """Take a ZIP out of the store. Outside of a transaction."""
    with suppress(OSError):
        get_storage().delete(key)


def forget_imports(person: Person) -> None:
    """Whoever leaves has sent nothing (P20)."""
    keys = list(db.session.scalars(sa.select(ClassImport.storage_key).where(ClassImport.person_id == person.id)))
    db.session.execute(sa.delete(ClassImport).where(ClassImport.person_id == person.id))
    for key in keys:
        after_commit(remove_parcel, key)
