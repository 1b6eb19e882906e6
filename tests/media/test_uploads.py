"""Resumable uploads and quotas, below the door: claims, pieces on the disk, room."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.core import clock, sizes
from classprojects.core.database import db, transaction
from classprojects.gateways import pieces
from classprojects.media import actions, jobs, queries, quotas, uploading
from classprojects.media.models import MediaKind, MediaPurpose, Upload, UploadState
from classprojects.web.accounts.leaving import leave
from tests.client import counted_queries
from tests.factories.media import picture_file
from tests.factories.people import make_person
from tests.media.conftest import ANY_KIND


@pytest.fixture
def begin(ada: Person) -> Callable[..., Upload]:
    def begin(length: int, kind: MediaKind = MediaKind.IMAGE) -> Upload:
        with transaction():
            return uploading.begin_upload(ada, kind, "a.png", length)

    return begin


@pytest.fixture
def settings(context: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def change(**values: Any) -> None:
        monkeypatch.setitem(context.config, "SETTINGS", replace(context.config["SETTINGS"], **values))

    return change


def arrive(upload: Upload, data: bytes) -> None:
    """All of ``data`` arrives in one piece."""
    with transaction():
        claim = uploading.claim_upload(upload, 0, 0)
    for received in pieces.write(upload.public_id, 0, io.BytesIO(data), len(data)):
        with transaction():
            assert uploading.note_received(upload.id, claim, received)
    with transaction():
        assert uploading.let_go(upload.id, claim)


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=3000), cuts=st.lists(st.integers(0, 3000), max_size=8))
def test_pieces_of_any_size_make_the_whole(context: Flask, data: bytes, cuts: list[int]) -> None:
    """However a file is cut, and wherever a line breaks: what lies on the disk is the file so far."""
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    try:
        for begin, end in zip(edges, edges[1:], strict=False):
            # More came than was asked for, or the line broke behind it: neither is in the way.
            assert list(pieces.write("some-file", begin, io.BytesIO(data[begin:]), end - begin))[-1] == end
            assert pieces.path_of("some-file").read_bytes() == data[:end]
    finally:
        pieces.remove("some-file")


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a.b", "x" * 41, "é", "a\x00"])
def test_names_that_lead_elsewhere(context: Flask, name: str) -> None:
    with pytest.raises(ValueError, match="name of ours"):
        pieces.path_of(name)


def test_one_claim_at_a_time(context: Flask, begin: Callable[..., Upload]) -> None:
    """A claim is exclusive, is renewed by counting, ends by letting go, and lapses when its holder died."""
    upload = begin(100)
    with transaction():
        first = uploading.claim_upload(upload, 0, 0)
    with transaction(), pytest.raises(uploading.UploadBusy):
        uploading.claim_upload(upload, 0, 0)
    with clock.at(clock.now() + timedelta(seconds=10)):
        with transaction():
            assert uploading.note_received(upload.id, first, 40)
    with clock.at(clock.now() + timedelta(seconds=20)):
        with transaction(), pytest.raises(uploading.UploadBusy):
            uploading.claim_upload(upload, 40, 40)
    with clock.at(clock.now() + timedelta(seconds=40)):
        with transaction():
            second = uploading.claim_upload(upload, 40, 40)
        with transaction():
            assert not uploading.note_received(upload.id, first, 90)
            assert not uploading.hold_on(upload.id, first)
            assert not uploading.let_go(upload.id, first)
            assert uploading.let_go(upload.id, second)
    db.session.expire_all()
    assert queries.get_upload(upload.public_id).received == 40


def test_a_crash_between_storing_and_recording(context: Flask, begin: Callable[..., Upload], tmp_path: Path, ada: Person) -> None:
    """The bytes stay until the row knows its file: whoever comes next does it again, and there is one file."""
    data = picture_file(tmp_path / "a.png").read_bytes()
    upload = begin(len(data))
    arrive(upload, data)
    with transaction():
        claimed = uploading.claim_check(upload.id)
    assert claimed is not None
    lost = uploading.check_whole(claimed)  # and here the process dies
    jobs.finish_upload(upload.id)
    assert queries.get_upload(upload.public_id).state is UploadState.OPEN
    with clock.at(clock.now() + uploading.time_to_check(upload) + timedelta(seconds=1)):
        jobs.finish_upload(upload.id)
    fresh = queries.get_upload(upload.public_id)
    assert fresh.state is UploadState.FINISHED
    file = queries.find_unused_file_of(fresh)
    assert file is not None
    assert (file.size, file.owner_id) == (len(data), ada.id)
    assert file.storage_key != lost.storage_key
    assert pieces.size_of(upload.public_id) == 0
    actions.discard_upload(lost)


def test_given_up_while_it_is_looked_at(context: Flask, begin: Callable[..., Upload], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept of it, in the store either."""
    data = picture_file(tmp_path / "a.png").read_bytes()
    upload = begin(len(data))
    arrive(upload, data)
    look = uploading.check_whole
    stored = []

    def look_and_give_up(claimed: Upload) -> actions.Received:
        stored.append(look(claimed))
        with transaction():
            uploading.delete_upload(queries.get_upload(upload.public_id))
        return stored[0]

    monkeypatch.setattr(uploading, "check_whole", look_and_give_up)
    jobs.finish_upload(upload.id)
    assert queries.find_upload(upload.public_id) is None
    assert not actions.get_storage().exists(stored[0].storage_key)
    assert queries.find_file_by_public_id(stored[0].public_id) is None


def test_lost_bytes_are_said(context: Flask, begin: Callable[..., Upload]) -> None:
    upload = begin(100)
    arrive(upload, b"x" * 100)
    pieces.remove(upload.public_id)
    jobs.finish_upload(upload.id)
    fresh = queries.get_upload(upload.public_id)
    assert (fresh.state, fresh.failure is not None and "our fault" in fresh.failure) == (UploadState.REFUSED, True)


def test_room_is_one_query(context: Flask, ada: Person, begin: Callable[..., Upload], take_in: Any, tmp_path: Path) -> None:
    """Files and open uploads of this person; what was refused, finished or forgotten does not count twice."""
    data = picture_file(tmp_path / "a.png").read_bytes()
    take_in(picture_file(tmp_path / "b.png"))
    upload = begin(len(data))
    begin(5000)
    with transaction():
        uploading.begin_upload(make_person("ben"), MediaKind.IMAGE, "a.png", 9000)
    with counted_queries() as seen:
        room = quotas.find_room(ada)
    assert len(seen) == 1
    assert room.used == len(data) * 2 + 5000
    arrive(upload, data)
    jobs.finish_upload(upload.id)
    assert quotas.find_room(ada).used == len(data) * 2 + 5000
    with clock.at(clock.now() + timedelta(hours=25)):
        assert quotas.find_room(ada).used == len(data) * 2


def test_a_plain_form_meets_the_quota_too(context: Flask, ada: Person, settings: Any, tmp_path: Path) -> None:
    """Full: not a byte is read. Nearly full: it ends where the room ends. And again when the file is kept."""
    data = picture_file(tmp_path / "a.png", 900, 600, compress_level=0).read_bytes()
    settings(quota=1_000_000)
    stream = io.BytesIO(data)
    with pytest.raises(quotas.NoRoom, match="0 B of 1 MB used") as caught:
        actions.receive_upload(FileStorage(stream=stream, filename="a.png"), ANY_KIND, owner=ada)
    assert caught.value.field == "file"
    received = actions.receive_upload(FileStorage(stream=io.BytesIO(data), filename="a.png"), ANY_KIND)
    for take in (actions.keep_upload, actions.accept_upload):
        with transaction(), pytest.raises(quotas.NoRoom):
            take(ada, received, MediaPurpose.WORK)
    settings(quota=0)
    stream.seek(0)
    with pytest.raises(quotas.NoRoom):
        actions.receive_upload(FileStorage(stream=stream, filename="a.png"), ANY_KIND, owner=ada)
    assert stream.tell() == 0


def test_what_the_meter_says(context: Flask) -> None:
    room = quotas.Room(1_200_000_000, 10_000_000_000)
    assert room.words == "1.2 GB of 10 GB used"
    assert (room.is_near, room.is_full, room.left) == (False, False, 8_800_000_000)
    assert quotas.Room(9_000_000_000, 10_000_000_000).is_near
    assert quotas.Room(11, 10).is_full
    assert quotas.Room(11, 10).left == 0


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (3_440_000, "3.4 MB"), (999_600, "1 MB"), (512_000_000, "512 MB"), (10**10, "10 GB"), (5 * 10**15, "5000 TB")],
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert sizes.in_words(size) == words


def test_leaving_forgets_uploads(context: Flask, ada: Person, begin: Callable[..., Upload]) -> None:
    """P20: what was on its way goes with its sender, bytes and name."""
    upload = begin(100)
    arrive(upload, b"x" * 100)
    with transaction():
        leave(ada)
    assert queries.find_upload(upload.public_id) is None
    assert pieces.size_of(upload.public_id) == 0
