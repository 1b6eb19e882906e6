"""Files to download: what they are is decided by their content, and nothing of them is ever shown by us."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.core.database import transaction
from classprojects.gateways.transcoder import MediaRefused
from classprojects.media import actions, documents, jobs, queries, uploading
from classprojects.media.models import MediaKind, MediaPurpose
from classprojects.media.queries import sources_for
from tests.factories.media import picture_file
from tests.factories.people import make_person
from tests.media.test_uploads import arrive


def zipped() -> bytes:
    """A ZIP with one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("notes.txt", "Stems")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "mime", "called"),
    [
        (b"%PDF-1.7\nrest", "sheet.pdf", "application/pdf", "sheet.pdf"),
        (b"%PDF-1.7\nrest", "sheet.jpg", "application/pdf", "sheet.jpg.pdf"),
        (zipped(), "stems.zip", "application/zip", "stems.zip"),
        ("Notes, ébauche".encode(), "notes.md", "text/plain", "notes.md"),
        (b"<script>alert(1)</script>", "page.html", "text/plain", "page.html.txt"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing.svg", "text/plain", "drawing.svg.txt"),
        (b"echo gone", "run.sh", "text/plain", "run.sh.txt"),
    ],
)
def test_the_content_decides(context: Flask, tmp_path: Path, data: bytes, name: str, mime: str, called: str) -> None:
    path = tmp_path / "sent"
    path.write_bytes(data)
    probe = documents.identify(path, name)
    assert (probe.kind, probe.mime) == ("document", mime)
    assert documents.true_name(name, probe) == called


def test_a_picture_is_looked_at_and_kept_as_it_is(context: Flask, tmp_path: Path) -> None:
    ada = make_person("ada")
    path = picture_file(tmp_path / "poster.png", 64, 48)
    sent = path.read_bytes()
    received = actions.receive_upload(FileStorage(io.BytesIO(sent), "poster.gif"), {"document"}, owner=ada)
    with transaction():
        file = actions.keep_upload(ada, received, MediaPurpose.RESOURCE)
    assert (file.kind, file.mime, file.original_name) == (MediaKind.DOCUMENT, "image/png", "poster.gif.png")
    assert file.is_ready and context.config["RECORDED_JOBS"] == []
    shown = sources_for(file)
    assert shown.is_ready and not (shown.picture or shown.audio or shown.video)
    # A work, or a lesson, is never made of one.
    with pytest.raises(MediaRefused, match="file to download"), transaction():
        actions.claim_upload(ada, file.public_id, MediaPurpose.WORK, {"image"})
    assert queries.list_uploads_of(ada.id, [file.public_id]) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 and nothing after", "cut off"),
        (b"MZ\x90\x00\x03\x00\x00\x00", ""),
        (b"text with a \x00 in it", ""),
        ("halb".encode("utf-16"), ""),
    ],
)
def test_what_is_nothing_we_know_is_refused(context: Flask, tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "sent"
    path.write_bytes(data)
    with pytest.raises(MediaRefused, match=words or None):
        documents.identify(path, "harmless.txt")


def test_too_large_is_refused_before_it_is_sent(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ada: Person = make_person("ada")
    monkeypatch.setattr(documents, "LARGEST", 100)
    with pytest.raises(uploading.TooLarge), transaction():
        uploading.begin_upload(ada, MediaKind.DOCUMENT, "stems.zip", 101)
    with pytest.raises(MediaRefused, match="at most"):
        actions.receive_upload(FileStorage(io.BytesIO(b"x" * 101), "long.txt"), {"document"})


def test_sent_in_pieces(context: Flask) -> None:
    ada = make_person("ada")
    data = zipped()
    with transaction():
        upload = uploading.begin_upload(ada, MediaKind.DOCUMENT, "stems.exe", len(data))
    arrive(upload, data)
    jobs.finish_upload(upload.id)
    file = queries.find_unused_file_of(queries.get_upload(upload.public_id))
    assert file is not None and file.kind is MediaKind.DOCUMENT and file.original_name == "stems.exe.zip"
