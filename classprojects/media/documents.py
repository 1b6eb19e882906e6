"""Files to download: kept as they were sent, and never shown by us.

What they are is decided by their content, whatever their name says; their name then ends as
their content does. A picture, a sound or a film is looked at by the darkroom like any other;
a PDF, a ZIP and plain text say in their first bytes what they are. None of them is opened
here or handed to a browser as anything but a download.
"""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path

from flask_babel import gettext as _

from classprojects.core import sizes
from classprojects.gateways import provenance, transcoder
from classprojects.gateways.transcoder import MediaRefused, Probe
from classprojects.media.models import MediaKind

#: bytes of one file
LARGEST = 50 * 1000 * 1000
BLOCK = 1024 * 1024

#: names that plain text may have; anything else is called .txt, so that nothing runs or opens as more than words
_TEXT_NAMES = frozenset({"txt", "md", "csv", "srt", "vtt", "tex", "abc", "fountain"})
#: what no text has: controls other than tab, line feed, form feed and carriage return
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13}


def check_size(size: int) -> None:
    """Raise MediaRefused, in words, for what is too large to be handed on."""
    if size > LARGEST:
        raise MediaRefused(
            _("A file to download has at most %(size)s. Make it smaller, or split it.", size=sizes.in_words(LARGEST)), field="file"
        )


def identify(path: Path, name: str) -> Probe:
    """What the file at ``path`` is, by its content: a PDF, a ZIP, plain text, or a picture, sound or film.

    The kind is always that of a document. Raises MediaRefused for what is empty, too large or anything else.
    """
    check_size(path.stat().st_size)
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise MediaRefused(_("This file is empty. Choose it again."), field="file")
    if head.startswith(b"%PDF-"):
        return Probe(MediaKind.DOCUMENT.value, "application/pdf", "pdf")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if not zipfile.is_zipfile(path):
            raise MediaRefused(_("This ZIP file is cut off. Choose it again."), field="file")
        return Probe(MediaKind.DOCUMENT.value, "application/zip", "zip")
    if _is_text(path):
        ending = name.rpartition(".")[2].lower()
        return Probe(MediaKind.DOCUMENT.value, "text/plain", ending if ending in _TEXT_NAMES else "txt")
    probe = transcoder.identify(path, name, provenance.find_anchors())
    return Probe(MediaKind.DOCUMENT.value, probe.mime, probe.extension, probe.width, probe.height, probe.duration_ms, probe.has_audio)


def _is_text(path: Path) -> bool:
    """Whether every byte of it reads as UTF-8 without controls; a few bytes in memory at a time."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if not _CONTROLS.isdisjoint(block):
                return False
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def true_name(name: str, probe: Probe) -> str:
    """``name`` with the ending that its content has; two names for one thing (.jpg, .jpeg) both stay."""
    stem, dot, ending = name.rpartition(".")
    alike = {"jpeg": "jpg", "tif": "tiff", "m4a": "mp4", "m4v": "mp4", "oga": "ogg", "opus": "ogg", "aif": "aiff", "markdown": "md"}
    same = alike.get(ending.lower(), ending.lower()) == alike.get(probe.extension, probe.extension)
    if dot and same:
        return name
    return f"{name[:110]}.{probe.extension}"

