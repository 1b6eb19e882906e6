"""How a file is made out of others: what may be asked for, as dataclasses and as JSON, and what comes of it.

A recipe names works by the numbers of work, version and file; the works themselves stand on a floor above. It is
written once, when somebody asks for a cut, and never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask_babel import gettext as _

from classprojects.core.errors import DomainError
from classprojects.media.models import MediaFile, MediaKind

VERSION = 1
#: milliseconds: the shortest cut, and the longest mix
SHORTEST_MS = 100
LONGEST_MIX_MS = 60 * 60 * 1000
MOST_TRACKS = 8
SMALLEST_SIDE = 16
QUIETEST_DB, LOUDEST_DB = -60.0, 24.0
TURNS = (0, 90, 180, 270)


class BadCut(DomainError):
    """What was asked for cannot be made; ``field`` says which part of it."""


@dataclass(frozen=True)
class Part:
    """One file that something is made of: which work and version it belongs to, by their numbers."""

    work: int
    version: int
    file: int


@dataclass(frozen=True)
class Trim:
    """A stretch of a sound or film."""

    source: Part
    from_ms: int
    to_ms: int


@dataclass(frozen=True)
class Crop:
    """A rectangle of the upright picture in its own pixels, then turned clockwise by ``turn`` degrees."""

    source: Part
    x: int
    y: int
    width: int
    height: int
    turn: int = 0


@dataclass(frozen=True)
class Still:
    """One frame of a film."""

    source: Part
    at_ms: int


@dataclass(frozen=True)
class Sound:
    """The sound of a film, or a stretch of it."""

    source: Part
    from_ms: int
    to_ms: int


@dataclass(frozen=True)
class Track:
    """A stretch of a sound in a mix: when it begins there, how loud, and how it comes and goes."""

    source: Part
    from_ms: int
    to_ms: int
    offset_ms: int = 0
    gain_db: float = 0.0
    fade_in_ms: int = 0
    fade_out_ms: int = 0


@dataclass(frozen=True)
class Mix:
    """Several sounds at once; the same one may be in it more than once."""

    tracks: tuple[Track, ...]


@dataclass(frozen=True)
class Layer:
    """A picture laid over another: place and width in hundredths of the lower one, opacity from 1 to 100."""

    source: Part
    over: Part
    x: float = 25.0
    y: float = 25.0
    width: float = 50.0
    opacity: float = 100.0


Recipe = Trim | Crop | Still | Sound | Mix | Layer

TOOLS: dict[str, type[Any]] = {"trim": Trim, "crop": Crop, "still": Still, "sound": Sound, "mix": Mix, "layer": Layer}
NAMES = {kind: name for name, kind in TOOLS.items()}


@dataclass(frozen=True)
class Result:
    """What a recipe gives, as far as that is known before it is made."""

    kind: MediaKind
    mime: str
    extension: str
    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None
    has_audio: bool = False


def as_json(recipe: Recipe) -> dict[str, Any]:
    """The recipe for the database."""
    values = asdict(recipe)
    if isinstance(recipe, Mix):
        values["tracks"] = list(values["tracks"])
    return {"v": VERSION, "tool": NAMES[type(recipe)], **values}


def from_json(data: Mapping[str, Any]) -> Recipe:
    """The recipe that was written down; raises ValueError where it is none of ours."""
    try:
        if data["v"] != VERSION:
            raise ValueError(f"recipe of version {data['v']!r}")
        values = {name: value for name, value in data.items() if name not in ("v", "tool")}
        for name in ("source", "over"):
            if name in values:
                values[name] = Part(**values[name])
        if "tracks" in values:
            tracks = [Track(**{**track, "source": Part(**track["source"])}) for track in values["tracks"]]
            values["tracks"] = tuple(tracks)
        recipe: Recipe = TOOLS[data["tool"]](**values)
    except (KeyError, TypeError) as error:
        raise ValueError("not a recipe") from error
    return recipe


def parts_of(recipe: Recipe) -> list[Part]:
    """Every file that goes in, in order; one that is used twice stands here twice."""
    match recipe:
        case Mix():
            return [track.source for track in recipe.tracks]
        case Layer():
            return [recipe.source, recipe.over]
        case _:
            return [recipe.source]


def used_versions(file: MediaFile | None) -> dict[int, int]:
    """The works that a file was made of by us, each with the version that was used; none for what people sent."""
    if file is None or not file.recipe:
        return {}
    return {part.work: part.version for part in parts_of(from_json(file.recipe))}


def check(recipe: Recipe, files: Mapping[int, MediaFile]) -> Result:
    """What comes of the recipe, given the files that it names by their ids; raises BadCut in words."""
    for part in parts_of(recipe):
        file = files.get(part.file)
        if file is None:
            raise BadCut(_("One of the files is not there any more."))
        if not file.is_ready:
            raise BadCut(_("This file is still being prepared. Try again in a moment."))
    match recipe:
        case Trim():
            file = files[recipe.source.file]
            _need(file, (MediaKind.AUDIO, MediaKind.VIDEO), _("Only a sound or a film has parts in time."))
            _check_range(recipe.from_ms, recipe.to_ms, file)
            length = recipe.to_ms - recipe.from_ms
            if file.kind is MediaKind.AUDIO:
                return _sound_result(length)
            return Result(MediaKind.VIDEO, "video/mp4", "mp4", length, file.width, file.height, file.has_audio)
        case Sound():
            file = files[recipe.source.file]
            _need(file, (MediaKind.VIDEO,), _("Only a film has a sound of its own to take."))
            _need_sound(file)
            _check_range(recipe.from_ms, recipe.to_ms, file)
            return _sound_result(recipe.to_ms - recipe.from_ms)
        case Still():
            file = files[recipe.source.file]
            _need(file, (MediaKind.VIDEO,), _("A still can only be taken from a film."))
            if not 0 <= recipe.at_ms <= (file.duration_ms or 0):
                raise BadCut(_outside(file), field="at")
            return Result(MediaKind.IMAGE, "image/png", "png", width=file.width, height=file.height)
        case Crop():
            return _check_crop(recipe, files[recipe.source.file])
        case Layer():
            return _check_layer(recipe, files)
        case Mix():
            return _check_mix(recipe, files)


def _need(file: MediaFile, kinds: tuple[MediaKind, ...], message: str) -> None:
    if file.kind not in kinds:
        raise BadCut(message)


def _need_sound(file: MediaFile, field: str | None = None) -> None:
    if file.kind is MediaKind.VIDEO and not file.has_audio:
        raise BadCut(_("There is no sound in this film. Choose another one."), field=field)


def _sound_result(length_ms: int) -> Result:
    return Result(MediaKind.AUDIO, "audio/flac", "flac", length_ms, has_audio=True)


def _check_range(from_ms: int, to_ms: int, file: MediaFile, suffix: str = "") -> None:
    if not 0 <= from_ms < (file.duration_ms or 0):
        raise BadCut(_outside(file), field=f"start{suffix}")
    if to_ms > (file.duration_ms or 0):
        raise BadCut(_outside(file), field=f"end{suffix}")
    if to_ms <= from_ms:
        raise BadCut(_("The end must come after the beginning."), field=f"end{suffix}")
    if to_ms - from_ms < SHORTEST_MS:
        raise BadCut(_("That is too short: take at least a tenth of a second."), field=f"end{suffix}")


def _outside(file: MediaFile) -> str:
    return _("That is outside of it: it is %(length)s long.", length=clock_time(file.duration_ms or 0))


def clock_time(milliseconds: int) -> str:
    """A moment as people write it: 1:02.5; thousandths only where they matter."""
    minutes, rest = divmod(milliseconds, 60_000)
    seconds, thousandths = divmod(rest, 1000)
    digits = f"{thousandths:03d}".rstrip("0")
    return f"{minutes}:{seconds:02d}" + (f".{digits}" if digits else "")


def _check_crop(recipe: Crop, file: MediaFile) -> Result:
    _need(file, (MediaKind.IMAGE,), _("Only a picture can be cropped."))
    full_width, full_height = file.width or 0, file.height or 0
    shape = {"full": f"{full_width} × {full_height}"}
    if recipe.turn not in TURNS:
        raise BadCut(_("Turn it by a quarter, a half or three quarters, or not at all."), field="turn")
    for name, value in (("width", recipe.width), ("height", recipe.height)):
        if value < SMALLEST_SIDE:
            raise BadCut(_("That is too small: take at least %(least)d pixels.", least=SMALLEST_SIDE), field=name)
    if not (recipe.x >= 0 and recipe.x + recipe.width <= full_width):
        raise BadCut(_("That is outside of the picture, which has %(full)s pixels.", **shape), field="width")
    if not (recipe.y >= 0 and recipe.y + recipe.height <= full_height):
        raise BadCut(_("That is outside of the picture, which has %(full)s pixels.", **shape), field="height")
    if not recipe.turn and (recipe.width, recipe.height) == (full_width, full_height):
        raise BadCut(_("That is the whole picture. Choose a part of it, or turn it."), field="width")
    size = (recipe.width, recipe.height) if recipe.turn % 180 == 0 else (recipe.height, recipe.width)
    return Result(MediaKind.IMAGE, *_picture_type(file), width=size[0], height=size[1])


def _check_layer(recipe: Layer, files: Mapping[int, MediaFile]) -> Result:
    base, over = files[recipe.source.file], files[recipe.over.file]
    _need(base, (MediaKind.IMAGE,), _("A picture can only be laid over a picture."))
    if over.kind is not MediaKind.IMAGE:
        raise BadCut(_("Only a picture can be laid over this one."), field="over")
    for name, value, low, high in (
        ("x", recipe.x, -100, 100), ("y", recipe.y, -100, 100),
        ("width", recipe.width, 1, 200), ("opacity", recipe.opacity, 1, 100),
    ):  # fmt: skip
        # Also false for what is no number.
        if not low <= value <= high:
            raise BadCut(_("Choose a number from %(low)d to %(high)d.", low=low, high=high), field=name)
    shown_height = (base.width or 1) * recipe.width / 100 * (over.height or 1) / (over.width or 1)
    if recipe.x + recipe.width <= 0 or recipe.y / 100 * (base.height or 1) + shown_height <= 0 or max(recipe.x, recipe.y) >= 100:
        raise BadCut(_("There it lies beside the picture altogether. Move it over."), field="x")
    if shown_height > 24_000 or (base.width or 1) * recipe.width / 100 * shown_height > 100_000_000:
        raise BadCut(_("That makes it too large. Make it narrower."), field="width")
    return Result(MediaKind.IMAGE, *_picture_type(base), width=base.width, height=base.height)


def _picture_type(file: MediaFile) -> tuple[str, str]:
    """What keeps the picture as it is: without loss where it can be clear or has none yet, else the finest JPEG."""
    return ("image/jpeg", "jpg") if file.mime in ("image/jpeg", "image/heic") else ("image/png", "png")


def _check_mix(recipe: Mix, files: Mapping[int, MediaFile]) -> Result:
    if not 2 <= len(recipe.tracks) <= MOST_TRACKS:
        raise BadCut(_("A mix is made of two to %(most)d sounds.", most=MOST_TRACKS))
    length = 0
    for number, track in enumerate(recipe.tracks, 1):
        file, suffix = files[track.source.file], f"_{number}"
        if file.kind is MediaKind.IMAGE:
            raise BadCut(_("There is no sound in a picture."), field=f"work{suffix}")
        _need_sound(file, field=f"work{suffix}")
        _check_range(track.from_ms, track.to_ms, file, suffix)
        if not 0 <= track.offset_ms <= LONGEST_MIX_MS:
            raise BadCut(_("It can begin within the first hour."), field=f"offset{suffix}")
        if not QUIETEST_DB <= track.gain_db <= LOUDEST_DB:
            raise BadCut(
                _("Choose a number from %(low)d to %(high)d.", low=int(QUIETEST_DB), high=int(LOUDEST_DB)),
                field=f"gain{suffix}",
            )
        lasts = track.to_ms - track.from_ms
        for name, fade in (("fade_in", track.fade_in_ms), ("fade_out", track.fade_out_ms)):
            if not 0 <= fade <= lasts:
                raise BadCut(_("A fade cannot be longer than the sound."), field=f"{name}{suffix}")
        length = max(length, track.offset_ms + lasts)
    if length > LONGEST_MIX_MS:
        raise BadCut(_("A mix lasts an hour at most. Begin the sounds earlier, or take less of them."))
    return _sound_result(length)
