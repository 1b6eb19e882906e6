"""The way to pictures, sound and film: asks the darkroom, waits, and puts its refusals into words.

Each call starts a child process with its own limits (memory, CPU seconds, file
size, a wall clock kept here), and not only the queue's timeout: a timeout inside
a worker cannot interrupt a decoder that loops in C, and nothing inside a process
survives its crash. The child costs 0.1 to 0.3 s; a decoder that dies fails one
file. It also gets a bare environment: no secret stands in the memory that reads
strangers' bytes.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

import classprojects
from classprojects.core.errors import DomainError

log = logging.getLogger(__name__)

ROOT = Path(classprojects.__file__).resolve().parent.parent
GIGABYTE = 1024**3

IDENTIFY_SECONDS = 60
IMAGE_SECONDS = 120
CLEAN_SECONDS = 120

#: the name of the rendition that others download
CLEAN = "original-clean"


class MediaRefused(DomainError):
    """A file that is not taken; the message says why and how to mend it."""


class TranscoderFailed(Exception):
    """The child died or ran out of time; trying again may help."""


@dataclass(frozen=True)
class Probe:
    """What a file is, by its content."""

    kind: str  # image | audio | video
    mime: str
    extension: str
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    has_audio: bool = False


@dataclass(frozen=True)
class MadeRendition:
    """One file that the darkroom wrote."""

    name: str
    path: Path
    mime: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Made:
    """All that processing one file gave."""

    renditions: tuple[MadeRendition, ...]
    colour: str | None = None
    peaks: list[float] | None = None
    widths: list[int] | None = field(default=None)


def identify(path: Path, declared_name: str = "") -> Probe:
    """What the file at ``path`` is, decided by its content alone; the whole of it is read.

    ``declared_name`` only helps to word a refusal. Raises MediaRefused for what
    is empty, cut off, too long, too large, dangerous or unknown.
    """
    try:
        facts = _ask({"act": "identify", "path": str(path)}, IDENTIFY_SECONDS, 2 * GIGABYTE, declared_name)
    except TranscoderFailed as error:
        raise MediaRefused(_words("crashed", {}, declared_name)) from error
    return Probe(**facts)


def image_renditions(path: Path, outdir: Path) -> Made:
    """AVIF and WebP up to 480, 960 and 1920 pixels wide and a JPEG, upright, in sRGB, without EXIF."""
    order = {"act": "image", "path": str(path), "outdir": str(outdir)}
    return _made(outdir, _ask(order, IMAGE_SECONDS, 3 * GIGABYTE, background=True))


def audio_renditions(path: Path, outdir: Path, duration_ms: int) -> Made:
    """Opus, AAC and the 200 peaks of the waveform."""
    order = {"act": "audio", "path": str(path), "outdir": str(outdir)}
    return _made(outdir, _ask(order, budget_seconds("audio", duration_ms), 2 * GIGABYTE, background=True))


def video_renditions(path: Path, outdir: Path, duration_ms: int) -> Made:
    """H.264 with AAC up to 720p, its index first, and a poster in WebP and JPEG."""
    order = {"act": "video", "path": str(path), "outdir": str(outdir)}
    return _made(outdir, _ask(order, budget_seconds("video", duration_ms), 4 * GIGABYTE, background=True))


def clean_copy(path: Path, outdir: Path, kind: str, extension: str, mime: str) -> MadeRendition:
    """The original without place, camera, names and notes: what others may download.

    Not one pixel or sample is changed in the formats people send; a picture of
    a rarer format (HEIC, AVIF) becomes a JPEG or PNG. Raises MediaRefused where
    no such copy can be made.
    """
    order = {"act": "clean", "path": str(path), "outdir": str(outdir)}
    order |= {"kind": kind, "extension": extension, "mime": mime}
    facts = _ask(order, CLEAN_SECONDS, 3 * GIGABYTE, background=True)
    return MadeRendition(CLEAN, outdir / facts["file"], facts["mime"], facts.get("width"), facts.get("height"))


def make_cut(
    tool: str, inputs: Sequence[Path], outdir: Path, extension: str, values: dict[str, Any], seconds: int
) -> Path:
    """A new original out of others: what `classprojects.gateways.darkroom.cutting` offers as ``tool``.

    ``values``: what the tool is told; ``seconds``: how long (wall clock) it may take.
    Raises MediaRefused where the files do not hold what was asked for.
    """
    order: dict[str, Any] = {"act": "cut", "tool": tool, "inputs": [str(path) for path in inputs]}
    order |= {"outdir": str(outdir), "extension": extension, "values": values}
    return outdir / _ask(order, seconds, 4 * GIGABYTE, background=True)["file"]


def budget_seconds(kind: str, duration_ms: int | None) -> int:
    """How long (wall clock) processing may take before it is stopped."""
    seconds = (duration_ms or 0) // 1000
    if kind == "image":
        return IMAGE_SECONDS
    if kind == "audio":
        return 60 + seconds // 4
    # 1080p takes about half its length on two cores; 4K HEVC about three times.
    return 120 + seconds * 4


def _ask(
    order: dict[str, Any], seconds: int, memory: int, declared_name: str = "", *, background: bool = False
) -> dict[str, Any]:
    limits = {"memory": memory, "cpu_seconds": seconds * 2, "background": background}
    try:
        child = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "classprojects.gateways.darkroom"],
            input=json.dumps(order | limits),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            cwd=ROOT,
            env={
                "PATH": os.defpath,
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
                # Each thread of the linear algebra library reserves memory it never uses here.
                "OPENBLAS_NUM_THREADS": "1",
            },
        )
    except subprocess.TimeoutExpired as error:
        raise TranscoderFailed(f"stopped after {seconds} s") from error
    if child.returncode != 0:
        why = signal.Signals(-child.returncode).name if child.returncode < 0 else f"status {child.returncode}"
        log.warning("darkroom failed", extra={"act": order["act"], "why": why, "said": child.stderr[-500:]})
        raise TranscoderFailed(f"ended by {why}")
    answer = json.loads(child.stdout)
    if "refusal" in answer:
        if answer["refusal"] == "crashed":
            log.warning("darkroom gave up", extra={"act": order["act"], "said": child.stderr[-500:]})
        raise MediaRefused(_words(answer["refusal"], answer["facts"], declared_name), field="file")
    return answer["facts"]


def _made(outdir: Path, facts: dict[str, Any]) -> Made:
    renditions = tuple(
        MadeRendition(
            name=one["name"],
            path=outdir / one["file"],
            mime=one["mime"],
            width=one.get("width"),
            height=one.get("height"),
        )
        for one in facts["renditions"]
    )
    return Made(renditions, facts.get("colour"), facts.get("peaks"), facts.get("widths"))


def _words(code: str, facts: dict[str, Any], declared_name: str) -> str:
    return WORDS.get(code, WORDS["crashed"])(facts | {"declared": declared_name})


def _unknown(facts: dict[str, Any]) -> str:
    taken = _(
        "We take pictures (JPEG, PNG, WebP, AVIF, GIF, HEIC), sound (MP3, WAV, FLAC, M4A, Ogg, WebM) "
        "and video (MP4, MOV, WebM, MKV)."
    )
    if facts.get("name"):
        return _("By its content this file looks like “%(name)s”.", name=facts["name"]) + " " + taken
    return _("We cannot tell what this file is: its content is no picture, sound or video.") + " " + taken


WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "empty": lambda f: _(
        "This file is empty. Choose it again; if it lives in a cloud folder, let it finish downloading first."
    ),
    "markup": lambda f: _(
        "This file is a page or drawing in code (HTML, SVG or XML), whatever its name says. "
        "Export it as a PNG or JPEG and choose that."
    ),
    "program": lambda f: _(
        "This file is a program, whatever its name says. Choose the picture, sound or video itself."
    ),
    "archive": lambda f: _(
        "This file is an archive or an office document. Unpack or export it, and choose the picture, sound or video itself."
    ),
    "playlist": lambda f: _(
        "This file is a playlist: it only points to other files. Choose the sound or video itself."
    ),
    "unknown": _unknown,
    "truncated": lambda f: _(
        "This file is cut off: its end is missing. Export or copy it again, let that finish, and choose the new copy."
    ),
    "picture_unreadable": lambda f: _(
        "This picture is damaged and cannot be opened. Open it in a picture program, export it as JPEG or PNG, and choose that."
    ),
    "media_unreadable": lambda f: _(
        "This recording is damaged and cannot be played. Export it again, as MP3 or WAV for sound or as MP4 for video."
    ),
    "too_many_pixels": lambda f: _(
        "This picture is too large: at most %(megapixels)s megapixels and %(side)s pixels a side. "
        "Make it smaller and choose it again.",
        megapixels=f["megapixels"],
        side=f["side"],
    ),
    "video_too_large": lambda f: _(
        "This video has too many pixels (%(width)s × %(height)s). Export it at 4K or smaller.",
        width=f["width"],
        height=f["height"],
    ),
    "too_short": lambda f: _("This recording has no length: there is nothing to hear or see. Record it again."),
    "too_long": lambda f: (
        _("This video is longer than %(minutes)s minutes. Shorten it, or post it in parts.", minutes=f["minutes"])
        if f["kind"] == "video"
        else _("This sound is longer than %(minutes)s minutes. Shorten it, or post it in parts.", minutes=f["minutes"])
    ),
    "too_many_streams": lambda f: _(
        "This file holds %(count)s tracks. Export it with one picture track and one sound track.", count=f["count"]
    ),
    "sample_rate": lambda f: _(
        "This sound has an unusual sample rate (%(rate)s Hz). Export it at 44100 or 48000 Hz.", rate=f["rate"]
    ),
    "channels": lambda f: _("This sound has %(count)s channels. Export it in stereo.", count=f["count"]),
    "codec": lambda f: _(
        "This recording uses a format inside (%(codec)s) that browsers do not play. "
        "Export it as MP4 (H.264) for video, or MP3 for sound.",
        codec=f["codec"],
    ),
    "no_sound": lambda f: _("There is no sound in this film. Choose another one."),
    "out_of_range": lambda f: _("There is nothing at this place of the file. Choose another part of it."),
    "too_heavy": lambda f: _("This file takes more memory to open than we allow. Make it smaller and choose it again."),
    "crashed": lambda f: _(
        "This file could not be opened: it is damaged in an unusual way. Export it again and choose that."
    ),
}
