"""What a file really is, whatever its name says: first bytes first, then the decoder."""

from __future__ import annotations

import traceback
import warnings
from pathlib import Path
from typing import Any

from classprojects.gateways.darkroom.limits import Refusal

HEAD = 4096

# Formats that browsers or servers run or follow. They are named before any
# decoder looks, so that a file which is two things at once is taken as the
# dangerous one.
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\x00asm")
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"[Reference]", b"v=0", b"RTSPtext")
BLANKS = b" \t\r\n\x0b\x0c\x00\xef\xbb\xbf"


def identify(path: Path, anchors: str | None = None) -> dict[str, Any]:
    """Facts of a file: kind, mime, extension, width, height, duration_ms, has_audio, provenance.

    Raises Refusal with a code when it is nothing that we take.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    refuse_dangerous(head)
    from classprojects.gateways.darkroom import image

    format_name = image.picture_format(head)
    if format_name:
        return _with_provenance(image.identify(path, format_name), path, anchors)
    from classprojects.gateways.darkroom import sound

    try:
        return _with_provenance(sound.identify(path, head), path, anchors)
    except Refusal as refusal:
        if refusal.code == "unknown":
            raise Refusal("unknown", **_looks_like(path, head)) from refusal
        raise


def _with_provenance(facts: dict[str, Any], path: Path, anchors: str | None) -> dict[str, Any]:
    """The facts, with what a record of origin says that came along. A bad record is no reason to refuse the file."""
    from classprojects.gateways.darkroom import provenance

    try:
        told = provenance.read(path, facts["mime"], anchors)
    except Exception:
        traceback.print_exc()
        told = {"state": "broken"}
    return facts | {"provenance": told} if told else facts


def refuse_dangerous(head: bytes) -> None:
    """Raise Refusal for what is empty, markup, a program, an archive or a playlist."""
    if not head:
        raise Refusal("empty")
    text = head
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.replace(b"\x00", b"")[2:]
    begin = text.lstrip(BLANKS)
    if begin.startswith(b"<"):
        raise Refusal("markup")
    if head.startswith(PROGRAMS):
        raise Refusal("program")
    if head.startswith(ARCHIVES):
        raise Refusal("archive")
    if begin.startswith(PLAYLISTS):
        raise Refusal("playlist")


def _looks_like(path: Path, head: bytes) -> dict[str, str]:
    """What puremagic takes the file for: only to name it in the refusal."""
    import puremagic

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return {}
    best = next((match for match in matches if match.confidence >= 0.3 and match.name), None)
    return {"name": best.name[:60]} if best else {}
