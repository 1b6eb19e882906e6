"""The way to pictures, sound and film: asks the darkroom, waits, and puts its refusals into words.

Each call starts a child process with its own limits (memory, CPU seconds, file
size, a wall clock kept here), and not only the queue's timeout: a timeout inside
a worker cannot interrupt a decoder that loops in C, and nothing inside a process
survives its crash. The child costs 0.1 to 0.3 s; a decoder that dies fails one
file. It also gets a bare environment: no secret stands in the memory that reads
strangers' bytes. While it works it says how far it is.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

import classprojects
from classprojects.core.errors import DomainError
from classprojects.gateways.darkroom.moments import STILLS as STILLS
from classprojects.gateways.darkroom.moments import STILLS_ACROSS as STILLS_ACROSS
from classprojects.gateways.darkroom.moments import still_moments as still_moments

log = logging.getLogger(__name__)

ROOT = Path(classprojects.__file__).resolve().parent.parent
GIGABYTE = 1024**3

IDENTIFY_SECONDS = 60
#: bytes a second that the slowest disk reads: looking at a file means reading all of it
SLOW_DISK = 20_000_000
IMAGE_SECONDS = 120
CLEAN_SECONDS = 120
DOCUMENT_SECONDS = 25

#: bytes; no line that a child says is longer
LONGEST_LINE = 4 * 1024**2

#: the name of the rendition that others download
CLEAN = "original-clean"

#: is told the stage a child is at, and how many per cent of that stage are done
Progress = Callable[[str, int], None]


class MediaRefused(DomainError):
    """A file that is not taken; the message says why and how to mend it."""

    #: why, in one word for logs and tests, where the darkroom says so
    code = ""


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
    #: what the record of origin that came with it says (`darkroom.provenance.read`)
    provenance: dict[str, Any] | None = None


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
    heights: list[int] | None = None
    blur: dict[str, Any] | None = None
    has_preview: bool = False
    loudness: float | None = None
    true_peak: float | None = None


def identify(path: Path, declared_name: str = "", anchors: str | None = None) -> Probe:
    """What the file at ``path`` is, decided by its content alone; the whole of it is read.

    ``declared_name`` only helps to word a refusal; ``anchors`` (PEM): whose records of
    origin are known to be ours. Raises MediaRefused for what
    is empty, cut off, too long, too large, dangerous or unknown.
    """
    try:
        order = {"act": "identify", "path": str(path), "anchors": anchors}
        seconds = IDENTIFY_SECONDS + path.stat().st_size // SLOW_DISK
        facts = _ask(order, seconds, 2 * GIGABYTE, declared_name)
    except TranscoderFailed as error:
        raise _refusal("crashed", {}, declared_name) from error
    return Probe(**facts)


def image_renditions(path: Path, outdir: Path, progress: Progress | None = None) -> Made:
    """AVIF, WebP and JPEG up to 480, 960 and 1920 pixels wide, upright, in sRGB, without EXIF; of what moves a preview."""
    order = {"act": "image", "path": str(path), "outdir": str(outdir)}
    return _made(outdir, _ask(order, IMAGE_SECONDS, 3 * GIGABYTE, background=True, progress=progress))


def audio_renditions(path: Path, outdir: Path, duration_ms: int, progress: Progress | None = None) -> Made:
    """Opus, AAC, the 200 peaks of the waveform, and how loud it is."""
    order = {"act": "audio", "path": str(path), "outdir": str(outdir), "duration_ms": duration_ms}
    seconds = budget_seconds("audio", duration_ms)
    return _made(outdir, _ask(order, seconds, 2 * GIGABYTE, background=True, progress=progress))


def video_renditions(
    path: Path, outdir: Path, duration_ms: int, poster_ms: int | None = None, progress: Progress | None = None
) -> Made:
    """H.264 with AAC in up to three sizes, their index first, a poster in WebP and JPEG, stills, and a moving preview."""
    order: dict[str, Any] = {"act": "video", "path": str(path), "outdir": str(outdir)}
    order |= {"duration_ms": duration_ms, "poster_ms": poster_ms}
    seconds = budget_seconds("video", duration_ms)
    return _made(outdir, _ask(order, seconds, 4 * GIGABYTE, background=True, progress=progress))


def poster_renditions(film: Path, outdir: Path, poster_ms: int) -> Made:
    """The poster alone, of a film that we made, at another moment."""
    order: dict[str, Any] = {"act": "poster", "path": str(film), "outdir": str(outdir), "poster_ms": poster_ms}
    return _made(outdir, _ask(order, IMAGE_SECONDS, 2 * GIGABYTE, background=True))


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


def sign_copy(path: Path, outdir: Path, order: dict[str, Any]) -> Path:
    """A copy that carries a signed record of origin; ``order`` as `gateways.provenance` writes it.

    The one act that is told where a key lies: it reads copies that we wrote ourselves.
    """
    order = {**order, "act": "sign", "path": str(path), "outdir": str(outdir)}
    return outdir / _ask(order, CLEAN_SECONDS, 2 * GIGABYTE)["file"]


def make_cut(
    tool: str,
    inputs: Sequence[Path],
    outdir: Path,
    extension: str,
    values: dict[str, Any],
    seconds: int,
    progress: Progress | None = None,
) -> Path:
    """A new original out of others: what `classprojects.gateways.darkroom.tools` offers as ``tool``.

    ``values``: what the tool is told; ``seconds``: how long (wall clock) it may take.
    Raises MediaRefused where the files do not hold what was asked for.
    """
    order: dict[str, Any] = {"act": "cut", "tool": tool, "inputs": [str(path) for path in inputs]}
    order |= {"outdir": str(outdir), "extension": extension, "values": values}
    return outdir / _ask(order, seconds, 4 * GIGABYTE, background=True, progress=progress)["file"]


def document_text(path: Path) -> str:
    """The words of a PDF. Raises MediaRefused when it is locked, too long, damaged or without words."""
    try:
        return str(_ask({"act": "text", "path": str(path)}, DOCUMENT_SECONDS, GIGABYTE)["text"])
    except TranscoderFailed as error:
        raise _refusal("too_heavy", {}, "") from error


def budget_seconds(kind: str, duration_ms: int | None) -> int:
    """How long (wall clock) processing may take before it is stopped."""
    seconds = (duration_ms or 0) // 1000
    if kind == "image":
        return IMAGE_SECONDS
    if kind == "audio":
        return 60 + seconds // 4
    # 1080p takes about its length on two cores, in all three sizes; 4K HEVC about four times.
    return 120 + seconds * 6


def _ask(
    order: dict[str, Any],
    seconds: int,
    memory: int,
    declared_name: str = "",
    *,
    background: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    limits = {"memory": memory, "cpu_seconds": seconds * 2, "background": background}
    with start_child() as child:
        try:
            answer, said = _converse(child, order | limits, seconds, progress)
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        why = signal.Signals(-child.returncode).name if child.returncode < 0 else f"status {child.returncode}"
        log.warning("darkroom failed", extra={"act": order["act"], "why": why, "said": said})
        raise TranscoderFailed(f"ended by {why}")
    if "refusal" in answer:
        if answer["refusal"] == "crashed":
            log.warning("darkroom gave up", extra={"act": order["act"], "said": said})
        raise _refusal(answer["refusal"], answer["facts"], declared_name)
    if "facts" not in answer:
        raise TranscoderFailed("ended without an answer")
    return answer["facts"]


def start_child() -> subprocess.Popen[bytes]:
    """A darkroom of its own for one order, with nothing of our environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "classprojects.gateways.darkroom"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={
            "PATH": os.defpath,
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            # Each thread of the linear algebra library reserves memory it never uses here.
            "OPENBLAS_NUM_THREADS": "1",
        },
    )


def _converse(
    child: subprocess.Popen[bytes], order: dict[str, Any], seconds: float, progress: Progress | None
) -> tuple[dict[str, Any], str]:
    """Give the order, listen until the child is gone: its answer, and the end of what it said beside it.

    Never waits longer than ``seconds``, and never for one pipe while another is full. Raises TranscoderFailed.
    """
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    deadline = time.monotonic() + seconds
    answer: dict[str, Any] = {}
    line, said = b"", b""
    with suppress(BrokenPipeError):
        # An order is far smaller than a pipe holds.
        child.stdin.write(json.dumps(order).encode())
        child.stdin.close()
    with selectors.DefaultSelector() as ears:
        ears.register(child.stdout, selectors.EVENT_READ)
        ears.register(child.stderr, selectors.EVENT_READ)
        while ears.get_map():
            ready = ears.select(max(0, deadline - time.monotonic()))
            if not ready:
                raise TranscoderFailed(f"stopped after {seconds} s")
            for key, _events in ready:
                data = os.read(key.fd, 65536)
                if not data:
                    ears.unregister(key.fileobj)
                elif key.fileobj is child.stderr:
                    said = (said + data)[-500:]
                else:
                    *whole, line = (line + data).split(b"\n")
                    for one in whole:
                        answer = _heard(one, progress) or answer
                    if len(line) > LONGEST_LINE:
                        raise TranscoderFailed("said too much")
    try:
        child.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise TranscoderFailed(f"stopped after {seconds} s") from error
    return answer, said.decode(errors="replace")


def _heard(line: bytes, progress: Progress | None) -> dict[str, Any] | None:
    """One line of the child: passed on when it says how far it is, else its answer."""
    try:
        news = json.loads(line)
    except ValueError as error:
        raise TranscoderFailed("said what is no answer") from error
    if not isinstance(news, dict):
        raise TranscoderFailed("said what is no answer")
    if "stage" not in news:
        return news
    if progress is not None:
        progress(str(news["stage"])[:20], min(100, max(0, int(news["progress"]))))
    return None


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
    known = ("colour", "peaks", "widths", "heights", "blur", "has_preview", "loudness", "true_peak")
    return Made(renditions, **{name: facts[name] for name in known if name in facts})


def _refusal(code: str, facts: dict[str, Any], declared_name: str) -> MediaRefused:
    words = WORDS.get(code, WORDS["crashed"])(facts | {"declared": declared_name})
    refusal = MediaRefused(words, field="file")
    refusal.code = code
    return refusal


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
    "pdf_locked": lambda f: _("This PDF is locked with a password. Save it without one and choose it again."),
    "pdf_pages": lambda f: _(
        "This PDF has %(count)s pages; we take at most %(most)s. Post it in parts.", count=f["count"], most=f["most"]
    ),
    "pdf_without_text": lambda f: _(
        "There are no words in this PDF, only pictures of them. Type the text, or post its pages as pictures."
    ),
    "pdf_unreadable": lambda f: _("This PDF is damaged and cannot be read. Export it again, or copy its text."),
    "text_too_long": lambda f: _("There is more text in this PDF than one work can hold. Post it in parts."),
    "too_heavy": lambda f: _("This file takes more memory to open than we allow. Make it smaller and choose it again."),
    "crashed": lambda f: _(
        "This file could not be opened: it is damaged in an unusual way. Export it again and choose that."
    ),
}
