"""Taking a file in: streamed, looked at, stored whole or refused without a trace."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.core.database import db, transaction
from classprojects.core.errors import NotFound
from classprojects.gateways.storage import LocalStorage, get_storage
from classprojects.gateways.transcoder import MediaRefused
from classprojects.media import actions, queries
from classprojects.media.jobs import process_file
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose, MediaState
from tests.factories.media import film_file, picture_file, sound_file
from tests.media.conftest import ANY_KIND


def send(path: Path, name: str | None = None, kinds: tuple[str, ...] = ANY_KIND) -> actions.Received:
    """What receiving ``path`` from a form gives."""
    with path.open("rb") as stream:
        return actions.receive_upload(FileStorage(stream=stream, filename=name or path.name), kinds)


def stored_files() -> set[str]:
    """Everything that lies in the store."""
    storage = get_storage()
    assert isinstance(storage, LocalStorage)
    return {str(path.relative_to(storage.root)) for path in storage.root.rglob("*") if path.is_file()}


def test_a_file_arrives_whole(context: Flask, tmp_path: Path) -> None:
    """Same bytes, same hash, under a key that nobody can guess, with facts from the content."""
    path = picture_file(tmp_path / "a.png", 320, 200)
    received = send(path, "Föto 🎈.JPG")
    assert received.size == path.stat().st_size
    assert received.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert received.storage_key == f"originals/{received.public_id}.png"
    assert get_storage().local_path(received.storage_key).read_bytes() == path.read_bytes()
    assert len(received.public_id) >= 20
    assert received.original_name == "Föto 🎈.JPG"
    assert (received.probe.width, received.probe.height) == (320, 200)


@pytest.mark.parametrize("data", [b"", b"<svg onload=alert(1)>", b"\xff\xd8\xff\xe0 broken", b"MZ program"])
def test_what_is_refused_leaves_nothing(context: Flask, data: bytes) -> None:
    """No file, no scrap, no row."""
    before = stored_files()
    with pytest.raises(MediaRefused) as caught:
        actions.receive_upload(FileStorage(stream=io.BytesIO(data), filename="a.jpg"), ANY_KIND)
    assert caught.value.field == "file"
    assert stored_files() == before


def test_no_file_at_all(context: Flask) -> None:
    """A form sent without a file."""
    for nothing in (None, FileStorage(stream=io.BytesIO(b""), filename="")):
        with pytest.raises(MediaRefused, match="Choose a file"):
            actions.receive_upload(nothing, ANY_KIND)


def test_the_wrong_kind(context: Flask, tmp_path: Path) -> None:
    """A sound where a picture or video is asked for, called what it is."""
    path = sound_file(tmp_path / "a.wav", 0.5)
    before = stored_files()
    with pytest.raises(MediaRefused, match=r"this file is a sound.* must be a picture or a video"):
        send(path, "holiday.jpg", ("image", "video"))
    assert stored_files() == before


def test_too_large_is_stopped_on_the_way(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the limit is not even read to its end."""
    settings = dataclasses.replace(context.config["SETTINGS"], upload_limit=2_000_000)
    monkeypatch.setitem(context.config, "SETTINGS", settings)
    endless = io.BytesIO(bytes(9 * 1024 * 1024))
    before = stored_files()
    with pytest.raises(MediaRefused, match="larger than 2 MB"):
        actions.receive_upload(FileStorage(stream=endless, filename="a.mp4"), ANY_KIND)
    assert endless.tell() <= 4 * 1024 * 1024
    assert stored_files() == before


def test_a_full_disk_is_said_in_words(context: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room: a sentence, no half file."""
    path = picture_file(tmp_path / "a.png")
    before = stored_files()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MediaRefused, match="could not store"):
        send(path)
    assert stored_files() == before


@pytest.mark.slow
def test_a_large_file_does_not_fill_memory(context: Flask, tmp_path: Path) -> None:
    """60 MB pass through in pieces."""
    path = sound_file(tmp_path / "a.wav", 320, channels=2)
    assert path.stat().st_size > 60_000_000
    tracemalloc.start()
    received = send(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024
    actions.discard_upload(received)
    assert not get_storage().exists(received.storage_key)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\photo.jpg", "photo.jpg"),
        ("a\x00b\x1f\r\n.jpg", "ab.jpg"),
        ("holiday\u202egpj.exe", "holidaygpj.exe"),
        ("\u2067\u05e9\u05dc\u05d5\u05dd\u2069.png", "\u05e9\u05dc\u05d5\u05dd.png"),
        ("👩‍🎨 work.png", "👩‍🎨 work.png"),
        ("...", "file"),
        ("", "file"),
        ("  a   b  .png ", "a b .png"),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
    ],
)
def test_names(given_name: str, kept: str) -> None:
    """Emoji and right-to-left names stay; folders, control characters and disguises go."""
    assert actions.clean_name(given_name) == kept


@given(st.text(max_size=300))
@example("A\x1f\u0323")
@example("a" * 119 + " " + "b" * 20)
def test_names_of_any_text(name: str) -> None:
    """Always 1 to 120 characters, no separators, storable in UTF-8, and stable."""
    kept = actions.clean_name(name)
    assert 1 <= len(kept) <= 120
    assert not set(kept) & set("/\\\x00\r\n\u202e\u2066")
    kept.encode()
    assert actions.clean_name(kept) == kept


def test_accepting_makes_a_row_and_wakes_a_worker(context: Flask, ada: Person, tmp_path: Path) -> None:
    """The row says what the content is; the worker is asked after the commit."""
    received = send(film_file(tmp_path / "a.mp4", 1.0))
    with transaction():
        file = actions.accept_upload(ada, received, MediaPurpose.LESSON)
        assert context.config["RECORDED_JOBS"] == []
    assert context.config["RECORDED_JOBS"] == [(process_file, (file.id,))]
    kept = queries.get_file_by_public_id(received.public_id)
    assert (kept.owner_id, kept.kind, kept.state) == (ada.id, MediaKind.VIDEO, MediaState.UPLOADED)
    assert (kept.width, kept.height, kept.has_audio) == (320, 240, True)
    assert kept.attached_at is not None
    assert queries.sources_for(kept).state == "uploaded"


def test_a_form_that_fails_elsewhere_keeps_its_file(
    context: Flask, ada: Person, make_person: Callable[[str], Person], tmp_path: Path
) -> None:
    """The file need not be sent again; only its owner takes it up, once, for the right kind of field."""
    with transaction():
        kept = actions.keep_upload(ada, send(picture_file(tmp_path / "a.png")), MediaPurpose.WORK)
    ben = make_person("ben")
    with transaction(), pytest.raises(NotFound):
        actions.claim_upload(ben, kept.public_id, MediaPurpose.WORK, ANY_KIND)
    with transaction(), pytest.raises(MediaRefused, match="must be a sound"):
        actions.claim_upload(ada, kept.public_id, MediaPurpose.WORK, ("audio",))
    with transaction():
        claimed = actions.claim_upload(ada, kept.public_id, MediaPurpose.COVER, ("image",))
    assert (claimed.id, claimed.purpose) == (kept.id, MediaPurpose.COVER)
    assert claimed.attached_at is not None
    with transaction(), pytest.raises(NotFound):
        actions.claim_upload(ada, kept.public_id, MediaPurpose.WORK, ANY_KIND)


@pytest.mark.parametrize("public_id", ["", "nothing", "a\x00b", "é", "x" * 5000, "../../x"])
def test_forged_upload_ids(context: Flask, ada: Person, public_id: str) -> None:
    """A made-up id is not there, on any database."""
    with transaction(), pytest.raises(NotFound):
        actions.claim_upload(ada, public_id, MediaPurpose.WORK, ANY_KIND)


def test_deleting_takes_rows_and_bytes(context: Flask, photo: MediaFile) -> None:
    """Row, renditions and all bytes go; bytes only once the commit stands."""
    process_file(photo.id)
    file = queries.find_file(photo.id)
    assert file is not None
    keys = [file.storage_key, *(rendition.storage_key for rendition in file.renditions)]
    assert all(get_storage().exists(key) for key in keys)

    def delete_and_break() -> None:
        with transaction():
            actions.delete_file(file)
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        delete_and_break()
    assert all(get_storage().exists(key) for key in keys)
    with transaction():
        actions.delete_file(file)
    assert not any(get_storage().exists(key) for key in keys)
    assert queries.find_file(photo.id) is None
    db.session.rollback()
