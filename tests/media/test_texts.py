"""Texts that come as a file: read, or refused in words."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from flask import Flask
from pypdf import PdfReader, PdfWriter
from werkzeug.datastructures import FileStorage

from classprojects.gateways.transcoder import MediaRefused
from classprojects.media.texts import LONGEST_PDF, LONGEST_TEXT, read_text, take_text


def sent(data: bytes, name: str = "text.txt") -> FileStorage:
    return FileStorage(io.BytesIO(data), filename=name)


def pdf(*lines: str, pages: int = 1) -> bytes:
    """A PDF with these lines on each page, written by hand."""
    shown = " ".join(f"({line}) Tj 0 -16 Td" for line in lines)
    stream = f"BT /F1 12 Tf 72 720 Td {shown} ET".encode()
    kids = " ".join(f"{5 + number} 0 R" for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        *[
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
            for _ in range(pages)
        ],
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def locked(data: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("A line\r\nand é\r\n\r\n  indented\n".encode(), "A line\nand é\n\n  indented"),
        (b"\xef\xbb\xbf\n\n# Title\nx", "# Title\nx"),
        ("Zażółć 🪁".encode("utf-16"), "Zażółć 🪁"),
        (b"\xfe\xff" + "Ω".encode("utf-16-be"), "Ω"),
        (b"a\x0cb\x07c", "a\nbc"),
    ],
)
def test_plain_text_is_read_as_it_is(context: Flask, data: bytes, text: str) -> None:
    taken = take_text(sent(data, "a.md"))
    assert (taken.text, taken.remark) == (text, "")


def test_letters_that_are_not_utf_8_are_read_and_said(context: Flask) -> None:
    taken = take_text(sent("Café “à la”".encode("cp1252")))
    assert taken.text == "Café “à la”"
    assert "Western European" in taken.remark


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n\t\n",
        b"a\x00b",
        b"\xff\xfea",
        b"x" * (LONGEST_TEXT + 1),
        b"{\\rtf1 hello}",
        b"%PDF-1.4\nnothing else",
        b"%PDF-1.7\n" + b"\x00\xff" * 4000,
    ],
)
def test_what_is_no_text_is_refused_in_words(context: Flask, data: bytes) -> None:
    with pytest.raises(MediaRefused) as refusal:
        read_text(sent(data))
    assert refusal.value.field == "text_file" and refusal.value.message.endswith(".")


def test_an_office_document_is_named(context: Flask) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../word/document.xml", "<w:t>hello</w:t>")
    with pytest.raises(MediaRefused, match="office document"):
        read_text(sent(out.getvalue(), "poem.docx"))


def test_the_words_of_a_pdf_whatever_it_is_called(context: Flask) -> None:
    assert read_text(sent(pdf("First line", "second line", pages=2), "poem.txt")) == "First line\nsecond line\n\nFirst line\nsecond line"


def test_a_pdf_that_is_only_locked_against_printing_is_read(context: Flask) -> None:
    assert read_text(sent(locked(pdf("Open"), ""))) == "Open"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (locked(pdf("Secret"), "hunter2"), "password"),
        (pdf("x", pages=201), "201 pages"),
        (pdf(), "only pictures"),
        (pdf("Cut off", pages=3)[:400], "damaged"),
    ],
)
def test_a_pdf_that_cannot_be_taken_is_refused_in_words(context: Flask, data: bytes, word: str) -> None:
    with pytest.raises(MediaRefused, match=word) as refusal:
        read_text(sent(data, "a.pdf"))
    assert refusal.value.field == "text_file"


def test_a_pdf_with_too_much_text_is_refused(context: Flask) -> None:
    with pytest.raises(MediaRefused, match="more text"):
        read_text(sent(pdf("x" * 5000, pages=100)))


def test_a_pdf_that_swells_ends_in_words_and_in_time(context: Flask) -> None:
    """A page tree that names itself, and a stream that unpacks to a gigabyte."""
    import zlib

    bomb = zlib.compress(b"BT /F1 12 Tf (aaaaaaaa) Tj ET " * 3_000_000, 9)
    begin = pdf("x")
    body = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(bomb), bomb)
    at = begin.index(b"4 0 obj\n") + len(b"4 0 obj\n")
    swollen = begin[:at] + body + begin[begin.index(b"\nendobj", at) :]
    looped = begin.replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]")
    for data in (swollen, looped):
        began = time.monotonic()
        with pytest.raises(MediaRefused):
            read_text(sent(data))
        assert time.monotonic() - began < 40


def test_what_is_larger_is_not_even_read_to_its_end(context: Flask) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"%PDF-" + b"x" * (size - 5)

    stream = Endless()
    with pytest.raises(MediaRefused, match="larger"):
        read_text(FileStorage(stream, filename="a.pdf"))  # type: ignore[arg-type]
    assert stream.given < LONGEST_PDF + 1_000_000
