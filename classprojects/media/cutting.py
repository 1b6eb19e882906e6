"""Files that we make ourselves out of others: asking for one, and making it in the worker.

A cut is a media file like any other, owned by whoever asked for it, whose original is not sent but made from its
recipe. Claims, retries and sweeps are those of every file.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.core.database import db, hold
from classprojects.core.errors import NotFound
from classprojects.core.ids import new_token
from classprojects.gateways import transcoder
from classprojects.gateways.storage import get_storage
from classprojects.gateways.transcoder import MediaRefused, Probe, Progress
from classprojects.media import actions, queries, quotas, recipes
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose, MediaState
from classprojects.media.recipes import BadCut, Crop, Layer, Mix, Part, Recipe, Result, Sound, Still, Trim

CHUNK = 1024 * 1024
#: how many of one person may be in the making at once
MOST_AT_ONCE = 5


@dataclass(frozen=True)
class Original:
    """What was made and stored: facts that its row does not have yet."""

    size: int
    sha256: str
    probe: Probe


def begin_cut(person: Person, recipe: Recipe, name: str) -> MediaFile:
    """Have a cut made: its row now, its bytes by the worker. Inside a transaction.

    ``name``: what the file is called, without its ending. Raises BadCut or NoRoom in
    words; whether the person may use the works is asked before.
    """
    hold(db.session, "cuts", person.id)
    if count_in_the_making(person.id) >= MOST_AT_ONCE:
        raise BadCut(
            _("%(most)d of your cuts are being made already. Wait until one of them is done.", most=MOST_AT_ONCE)
        )
    files = find_files(part.file for part in recipes.parts_of(recipe))
    result = recipes.check(recipe, files)
    quotas.check_room(person, likely_size(result))
    public_id = new_token()
    file = MediaFile(
        public_id=public_id,
        owner_id=person.id,
        purpose=MediaPurpose.WORK,
        kind=result.kind,
        mime=result.mime,
        extension=result.extension,
        size=0,
        sha256="",
        original_name=actions.clean_name(f"{name}.{result.extension}"),
        width=result.width,
        height=result.height,
        duration_ms=result.duration_ms,
        has_audio=result.has_audio,
        storage_key=f"originals/{public_id}.{result.extension}",
        recipe=recipes.as_json(recipe),
    )
    db.session.add(file)
    db.session.flush()
    actions.wake_worker(file.id)
    return file


def likely_size(result: Result) -> int:
    """About how many bytes it takes, before it is made: what is asked of the room that its owner has."""
    seconds = (result.duration_ms or 0) / 1000
    pixels = (result.width or 0) * (result.height or 0)
    if result.kind is MediaKind.IMAGE:
        return pixels if result.extension == "png" else pixels // 3
    if result.kind is MediaKind.AUDIO:
        return round(seconds * 80_000)
    return round(seconds * (32_000 + pixels // 3))


def count_in_the_making(person_id: int) -> int:
    """How many cuts of this person wait for the worker or are with it."""
    statement = (
        sa.select(sa.func.count())
        .select_from(MediaFile)
        .where(
            MediaFile.owner_id == person_id,
            MediaFile.state.in_([MediaState.UPLOADED, MediaState.PROCESSING]),
            MediaFile.recipe.is_not(None),
        )
    )
    return db.session.scalar(statement) or 0


def find_files(file_ids: Iterable[int]) -> dict[int, MediaFile]:
    """These files by id, without their renditions."""
    found = db.session.scalars(sa.select(MediaFile).where(MediaFile.id.in_(set(file_ids))))
    return {file.id: file for file in found}


def get_cut(public_id: str) -> MediaFile:
    """The cut behind an address, whoever asks; raises NotFound, also for a file that somebody sent."""
    file = queries.get_file_by_public_id(public_id)
    if not file.recipe:
        raise NotFound
    return file


def make_original(claimed: MediaFile, progress: Progress | None = None) -> Original:
    """Make and store what the recipe says. Outside of a transaction.

    ``progress`` is told how much of that is done, in per cent.
    Raises MediaRefused where a source is gone or does not hold what was asked for,
    TranscoderFailed or OSError when trying again may help.
    """
    recipe = recipes.from_json(claimed.recipe or {})
    keys = [_input_key(part, claimed.owner_id) for part in recipes.parts_of(recipe)]
    tool, values = _order(recipe, claimed)
    storage = get_storage()
    # Beside the store, so that what was made moves into place without being copied.
    handle, marker = storage.incoming()
    handle.close()
    folder = Path(tempfile.mkdtemp(dir=marker.parent))
    marker.unlink()
    try:
        with ExitStack() as borrowed:
            try:
                paths = {key: borrowed.enter_context(storage.borrowed_path(key)) for key in dict.fromkeys(keys)}
            except FileNotFoundError as error:
                raise MediaRefused(_source_gone()) from error
            made = transcoder.make_cut(
                tool, [paths[key] for key in keys], folder, claimed.extension, values, seconds_for(claimed), progress
            )
        probe = transcoder.identify(made)
        digest, size = hashlib.sha256(), 0
        with made.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        storage.put_file(claimed.storage_key, made, move=True)
        return Original(size, digest.hexdigest(), probe)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _input_key(part: Part, owner_id: int) -> str:
    """Where the bytes of a source lie: the owner's very own file, of others the copy without place and device."""
    file = queries.find_file(part.file)
    if file is None:
        raise MediaRefused(_source_gone())
    try:
        download = queries.get_download(file, db.session.get(Person, owner_id))
    except NotFound as error:
        raise MediaRefused(_source_gone()) from error
    return download.rendition.storage_key if download.rendition is not None else file.storage_key


def _source_gone() -> str:
    return _("A work that this is made of was deleted in the meantime.")


def _order(recipe: Recipe, claimed: MediaFile) -> tuple[str, dict[str, Any]]:
    """The recipe as the darkroom takes it: which tool, and what it is told."""
    match recipe:
        case Trim():
            tool = "sound" if claimed.kind.value == "audio" else "film"
            return tool, {"from_ms": recipe.from_ms, "to_ms": recipe.to_ms}
        case Sound():
            return "sound", {"from_ms": recipe.from_ms, "to_ms": recipe.to_ms}
        case Still():
            return "still", {"at_ms": recipe.at_ms}
        case Crop():
            whole = find_files([recipe.source.file])[recipe.source.file]
            box = {"x": recipe.x, "y": recipe.y, "width": recipe.width, "height": recipe.height, "turn": recipe.turn}
            return "crop", {**box, "full_width": whole.width, "full_height": whole.height}
        case Layer():
            place = {"x": recipe.x, "y": recipe.y, "width": recipe.width, "opacity": recipe.opacity}
            return "layer", place
        case Mix():
            names = ("from_ms", "to_ms", "offset_ms", "gain_db", "fade_in_ms", "fade_out_ms")
            return "mix", {"tracks": [{name: getattr(track, name) for name in names} for track in recipe.tracks]}


def seconds_for(file: MediaFile) -> int:
    """How long (wall clock) making the original may take: decoding what comes before it, and encoding."""
    return transcoder.budget_seconds(file.kind.value, file.duration_ms) + 300


def record_original(claimed: MediaFile, original: Original) -> bool:
    """Write down what was made; False when the claim was lost meanwhile. Inside a transaction.

    The worker's copy learns it too: what follows is processing as of any file.
    """
    probe = original.probe
    facts: dict[str, Any] = {
        "size": original.size,
        "sha256": original.sha256,
        "mime": probe.mime,
        "width": probe.width,
        "height": probe.height,
        "duration_ms": probe.duration_ms,
        "has_audio": probe.has_audio,
    }
    changed = db.session.execute(
        sa.update(MediaFile)
        .where(MediaFile.id == claimed.id, MediaFile.claim == claimed.claim)
        .values(facts)
        .execution_options(synchronize_session=False)
    )
    if cast(Any, changed).rowcount != 1:
        return False
    for name, value in facts.items():
        setattr(claimed, name, value)
    return True


def list_sources(files: Collection[MediaFile | None]) -> dict[int, int]:
    """The works that these files were made of by us, each with the version that was used."""
    found: dict[int, int] = {}
    for file in files:
        found.update(recipes.used_versions(file))
    return found
