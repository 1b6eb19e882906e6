"""Texts that come as a file: plain text and Markdown in whichever letters, and the words of a PDF."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from classprojects.gateways import transcoder
from classprojects.gateways.transcoder import MediaRefused

FIELD = "text_file"
#: bytes
LONGEST_TEXT = 2_000_000
LONGEST_PDF = 20_000_000
CHUNK = 256 * 1024

#: what no text needs; tabs and line ends stay
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True)
class TakenText:
    """The text of a file, and what the person should know about how it was read (empty: nothing)."""

    text: str
    remark: str = ""


def read_text(upload: FileStorage) -> str:
    """The text of a file from a form: as :func:`take_text`, without the remark."""
    return take_text(upload).text


def take_text(upload: FileStorage) -> TakenText:
    """Read a .txt, .md or .pdf file, decided by its content. Outside of a transaction.

    Raises MediaRefused with words for the person when it is too large, empty, no text,
    or a PDF that is locked, too long or without text.
    """
    data = bytearray()
    while chunk := upload.stream.read(CHUNK):
        data += chunk
        if len(data) > LONGEST_PDF:
            raise _refused(_("This file is larger than %(most)s MB. Make it smaller and choose it again.", most=LONGEST_PDF // 1_000_000))
    if not data:
        raise _refused(_("This file is empty. Choose another one."))
    if b"%PDF-" in data[:1024]:
        return TakenText(_clean(_words_of_pdf(bytes(data))))
    return _decode(bytes(data))


def _words_of_pdf(data: bytes) -> str:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()
        try:
            return transcoder.document_text(Path(file.name))
        except MediaRefused as refusal:
            raise _refused(refusal.message) from refusal


def _decode(data: bytes) -> TakenText:
    """Plain text: UTF-8, UTF-16 that says so, else the letters of western Europe."""
    if data.startswith(_OTHERS):
        raise _refused(
            _("This file is no plain text: it is an archive, an office document or another program's own format. Save it as plain text or PDF and choose that.")
        )
    if len(data) > LONGEST_TEXT:
        raise _refused(_("This text is larger than %(most)s MB. Post it in parts.", most=LONGEST_TEXT // 1_000_000))
    remark = ""
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = data.decode("utf-16")
        else:
            _refuse_zeros(data)
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise _refused(_("The letters of this file cannot be read. Save it in UTF-8 and choose it again.")) from error
        text = data.decode("cp1252", "replace")
        remark = _("This file does not say which letters it uses; we read it as Western European. Look at its accents and quotation marks before you post.")
    text = _clean(text)
    if not text.strip():
        raise _refused(_("There is no text in this file. Choose another one."))
    return TakenText(text, remark)


#: beginnings of what people choose by mistake: ZIP (and with it .docx, .odt), RTF, old Word, PNG, JPEG, GIF
_OTHERS = (b"PK\x03\x04", b"{\\rtf", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")


def _refuse_zeros(data: bytes) -> None:
    if b"\x00" in data:
        raise _refused(_("This file is no plain text: there are zero bytes in it. Save it as plain text in UTF-8 and choose it again."))


def _clean(text: str) -> str:
    """The text with plain line ends, without control characters and without blank lines around it."""
    text = _CONTROL.sub("", _LINE_ENDS.sub("\n", text.lstrip("\ufeff")))
    return text.strip("\n").rstrip()


def _refused(message: str) -> MediaRefused:
    return MediaRefused(message, field=FIELD)
