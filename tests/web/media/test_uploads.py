"""Resumable uploads over HTTP: what tus says, and what goes wrong on the way."""

from __future__ import annotations

import base64
import errno
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways import pieces
from classprojects.gateways.storage import get_storage
from classprojects.media import jobs, queries, uploading
from classprojects.media.models import MediaFile, Upload, UploadState
from tests.client import Page, PageClient
from tests.factories.media import film_file, picture_file, sound_file
from tests.factories.people import Cast

PIECE = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


class Sender:
    """Somebody's browser that sends one file by tus."""

    def __init__(self, client: PageClient) -> None:
        self.client = client
        self.token = client.csrf_token()
        self.address = ""

    def send(self, method: str, address: str, headers: dict[str, Any], data: Any = None) -> Page:
        return self.client._send(method, address, headers={"X-CSRFToken": self.token, **TUS, **headers}, data=data)

    def begin(self, length: int | str, kind: str | None = "image", name: str = "a.png", **headers: Any) -> Page:
        said = [f"filename {base64.b64encode(name.encode()).decode()}"]
        if kind is not None:
            said.append(f"kind {base64.b64encode(kind.encode()).decode()}")
        page = self.send("POST", "/uploads", {"Upload-Length": str(length), "Upload-Metadata": ",".join(said), **headers})
        self.address = page.location or self.address
        return page

    def piece(self, data: bytes, offset: int, **headers: Any) -> Page:
        sent = {"Upload-Offset": str(offset), "Content-Type": PIECE, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.send("PATCH", self.address, sent, data)

    def head(self) -> Page:
        return self.send("HEAD", self.address, {})

    @property
    def offset(self) -> int:
        return int(self.head().headers["Upload-Offset"])

    def tell(self) -> Any:
        return self.client.get(self.address).json

    def give_up(self) -> Page:
        return self.send("DELETE", self.address, {})


@pytest.fixture
def sender(browse: Any, cast: Cast) -> Sender:
    """A free account's browser."""
    return Sender(browse(cast.free))


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    """A picture of a few hundred kilobytes."""
    return picture_file(tmp_path / "noise.png", 700, 500, mode="RGB", compress_level=0).read_bytes()


@pytest.fixture
def settings(context: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``settings(quota=…)``: other settings for this test."""

    def change(**values: Any) -> None:
        monkeypatch.setitem(context.config, "SETTINGS", replace(context.config["SETTINGS"], **values))

    return change


def rows() -> list[Upload]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Upload)))


def lying() -> list[str]:
    """What is in the folder of pieces."""
    folder = pieces._folder()
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture(autouse=True)
def _no_pieces(context: Flask) -> Iterator[None]:
    yield
    pieces.sweep(lying())


def test_a_file_in_pieces_arrives_byte_identical(sender: Sender, picture: bytes, cast: Cast) -> None:
    """Created, continued, whole: a file of mine that a form can take up, with the name I gave it."""
    page = sender.begin(len(picture), name="Föto 🎈.png")
    assert page.status == 201
    assert page.location.startswith("/uploads/")
    assert "Upload-Expires" in page.headers
    cuts = [0, 1, 70_000, 300_001, len(picture)]
    for begin, end in zip(cuts, cuts[1:], strict=False):
        assert sender.offset == begin
        assert sender.tell()["state"] == "open"
        page = sender.piece(picture[begin:end], begin)
        assert (page.status, page.headers["Upload-Offset"]) == (204, str(end))
    told = sender.tell()
    assert told["state"] == "finished"
    file = queries.find_pending_upload(cast.free.id, told["file"])
    assert file is not None
    assert (file.original_name, file.size, file.kind) == ("Föto 🎈.png", len(picture), "image")
    assert file.sha256 == hashlib.sha256(picture).hexdigest()
    with get_storage().open(file.storage_key) as stored:
        assert stored.read() == picture
    assert lying() == []
    # Whoever did not hear the last answer asks, and is told.
    assert sender.offset == len(picture)
    assert sender.piece(b"", len(picture)).status == 204


def test_what_the_server_can_do(client: PageClient, context: Flask) -> None:
    """OPTIONS answers everybody; every answer names the version."""
    page = client._send("OPTIONS", "/uploads")
    assert (page.status, page.headers["Tus-Version"]) == (204, "1.0.0")
    assert set(page.headers["Tus-Extension"].split(",")) >= {"creation", "termination", "expiration"}
    assert page.headers["Tus-Max-Size"] == str(context.config["SETTINGS"].upload_limit)


def test_the_first_piece_may_come_along(sender: Sender, picture: bytes) -> None:
    """Creation with upload: one request for a small file."""
    said = "filename YS5wbmc=,kind aW1hZ2U="
    head = {"Upload-Length": str(len(picture)), "Upload-Metadata": said, "Content-Type": PIECE}
    page = sender.send("POST", "/uploads", head, picture)
    assert (page.status, page.headers["Upload-Offset"]) == (201, str(len(picture)))
    sender.address = page.location
    assert sender.tell()["state"] == "finished"


def test_a_line_that_breaks_keeps_what_arrived(sender: Sender, picture: bytes, context: Flask) -> None:
    """Half a piece arrives, by a server that raises and by one that just ends; the rest follows."""

    class Breaks(io.BytesIO):
        def read(self, *size: Any) -> bytes:
            block = super().read(*size)
            if not block:
                raise ConnectionResetError
            return block

    sender.begin(len(picture))
    head = {"Upload-Offset": "0", "Content-Type": PIECE, "Content-Length": str(len(picture)), "X-CSRFToken": sender.token, **TUS}
    sender.client._send("PATCH", sender.address, headers=head, input_stream=Breaks(picture[:100_000]))
    assert sender.offset == 100_000
    head["Upload-Offset"] = "100000"
    head["Content-Length"] = str(len(picture) - 100_000)
    sender.client._send("PATCH", sender.address, headers=head, input_stream=io.BytesIO(picture[100_000:250_000]))
    assert sender.offset == 250_000
    assert sender.piece(picture[250_000:], 250_000).status == 204
    assert sender.tell()["state"] == "finished"


def test_wrong_offsets(sender: Sender, picture: bytes) -> None:
    """Behind, ahead, of a whole file: 409 and nothing is written."""
    sender.begin(len(picture))
    sender.piece(picture[:1000], 0)
    for offset in (0, 999, 1001, len(picture)):
        page = sender.piece(b"x" * 10 if offset < len(picture) else b"", offset)
        assert page.status == 409
        assert "1000" in page.json["error"]["message"]
    assert sender.offset == 1000
    for offset in ("", "-1", "1e3", "٣", "9" * 30):
        assert sender.piece(b"x", offset).status == 400  # type: ignore[arg-type]
    sender.piece(picture[1000:], 1000)
    assert sender.tell()["state"] == "finished"
    assert sender.piece(picture, 0).status in {409, 413}
    assert sender.piece(picture[:10], 0).status == 409


def test_more_than_was_announced(sender: Sender, picture: bytes) -> None:
    """Refused unread when it is said beforehand, and stopped when it is not."""
    sender.begin(100)
    assert sender.piece(picture, 0).status == 413
    assert sender.offset == 0
    head = {"Upload-Offset": "0", "Content-Type": PIECE, "X-CSRFToken": sender.token, **TUS}
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    page = sender.client._send("PATCH", sender.address, headers=head, input_stream=io.BytesIO(picture), environ_overrides=chunked)
    assert page.status == 413
    assert pieces.size_of(rows()[0].public_id) <= 100


def test_two_tabs_one_upload(sender: Sender, picture: bytes) -> None:
    """The second is told to wait (423), and goes on when the first is gone: at once, or dead for some seconds."""
    sender.begin(len(picture))
    upload = rows()[0]
    with transaction():
        claim = uploading.claim_upload(upload, 0, 0)
    page = sender.piece(picture[:10], 0)
    assert page.status == 423
    assert "another tab" in page.json["error"]["message"]
    assert sender.head().status == 200
    with clock.at(clock.now() + uploading.LOCK + timedelta(seconds=1)):
        assert sender.piece(picture[:10], 0).status == 204
        # The first wakes up: its claim is gone, and so is its right to count.
        with transaction():
            assert not uploading.note_received(upload.id, claim, 5000)
        assert sender.offset == 10


def test_who_lost_its_claim_stops_writing(sender: Sender, picture: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that slept through its lock does not write into what another one sends now."""
    monkeypatch.setattr(pieces, "BEAT_BYTES", 50_000)
    sender.begin(len(picture))
    upload_id = rows()[0].id
    noted = uploading.note_received

    def lose(upload: int, claim: str, received: int) -> bool:
        db.session.execute(sa.update(Upload).where(Upload.id == upload_id).values(claim="somebody else"))
        return noted(upload, claim, received)

    monkeypatch.setattr(uploading, "note_received", lose)
    assert sender.piece(picture, 0).status == 423
    assert pieces.size_of(rows()[0].public_id) < 200_000


def test_wrong_types_versions_and_lengths(sender: Sender, client: PageClient) -> None:
    """415, 412 with the version we speak, 400 in words."""
    sender.begin(10)
    assert sender.send("PATCH", sender.address, {"Upload-Offset": "0", "Content-Type": "text/plain"}, b"x").status == 415
    assert sender.send("PATCH", sender.address, {"Upload-Offset": "0", "Content-Type": "multipart/form-data; boundary=x"}, b"x").status == 415
    for method in ("HEAD", "PATCH", "DELETE"):
        page = sender.send(method, sender.address, {"Tus-Resumable": "0.2.2"})
        assert (page.status, page.headers["Tus-Version"]) == (412, "1.0.0")
    for length in ("", "-1", "x", "0", "1.5", "9" * 40):
        page = sender.begin(length)
        assert page.status == 400
        assert len(page.json["error"]["message"]) > 20
    assert sender.begin(10, **{"Upload-Defer-Length": "1"}).status == 400
    assert sender.begin(10, kind=None).status == 400
    assert sender.begin(10, kind="program").status == 400
    for said in ("kind !!!", "kind", "\x00", "kind " + "a" * 5000, ","):
        assert sender.send("POST", "/uploads", {"Upload-Length": "10", "Upload-Metadata": said.replace("\x00", "")}).status == 400
    assert len(rows()) == 1


def test_other_peoples_uploads_are_not_there(sender: Sender, browse: Any, cast: Cast) -> None:
    """404 to others, staff too; 401 to visitors; 400 without the token."""
    sender.begin(100)
    for other in (cast.maker, cast.staff):
        stranger = Sender(browse(other))
        stranger.address = sender.address
        assert stranger.head().status == 404
        assert stranger.piece(b"x", 0).status == 404
        assert stranger.give_up().status == 404
        assert stranger.client.get(sender.address).status == 404
    visitor = Sender(browse())
    visitor.address = sender.address
    assert visitor.begin(100).status == 401
    assert visitor.piece(b"x", 0).status == 401
    assert visitor.piece(bytes(5 * 1024 * 1024), 0).status == 401
    sender.token = "nonsense"  # noqa: S105
    assert sender.piece(b"x", 0).status == 400
    assert sender.begin(100).status == 400
    assert sender.give_up().status == 400
    assert (len(rows()), rows()[0].received) == (1, 0)


def test_hostile_ids(sender: Sender) -> None:
    for name in ("nothing", "a%00b", "..%2f..%2fetc", "x" * 3000, "%F0%9F%98%80"):
        sender.address = f"/uploads/{name}"
        for page in (sender.head(), sender.piece(b"x", 0), sender.give_up()):
            assert page.status == 404


@pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b"MZ program" * 9, b"\x89PNG\r\n\x1a\n broken", b"GIF89a"])
def test_what_is_refused_says_why_and_leaves_nothing(sender: Sender, data: bytes) -> None:
    """The bytes came whole, and are no picture: words, no file, no bytes; the client learns it by asking."""
    before = set(get_storage().list_keys())
    sender.begin(len(data))
    assert sender.piece(data, 0).status == 204
    told = sender.tell()
    assert (told["state"], told["file"]) == ("refused", None)
    assert len(told["failure"]) > 20
    assert sender.offset == len(data)
    assert lying() == []
    assert set(get_storage().list_keys()) == before
    assert sender.piece(b"", len(data)).status == 204


def test_the_wrong_kind(sender: Sender, tmp_path: Path) -> None:
    """A sound where a picture was announced, whatever its name says."""
    data = sound_file(tmp_path / "a.wav", 0.5).read_bytes()
    sender.begin(len(data), "image", "holiday.jpg")
    sender.piece(data, 0)
    assert "this file is a sound" in sender.tell()["failure"]


@pytest.mark.parametrize("tenth", range(1, 10))
def test_truncated_files_are_refused_in_words(sender: Sender, tmp_path: Path, tenth: int) -> None:
    """A film that was cut off before it was sent."""
    data = film_file(tmp_path / "a.mp4", 1.0).read_bytes()
    data = data[: len(data) * tenth // 10]
    sender.begin(len(data), "video", "a.mp4")
    sender.piece(data, 0)
    told = sender.tell()
    assert told["state"] == "refused"
    assert len(told["failure"]) > 20


def test_a_full_disk_loses_nothing(sender: Sender, picture: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """507 in words in the middle of a piece; what fitted is kept, and the rest follows when there is room again."""
    real = os.pwrite

    def full(descriptor: int, data: Any, position: int) -> int:
        if position >= 200_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data, position)

    sender.begin(len(picture))
    monkeypatch.setattr(os, "pwrite", full)
    page = sender.piece(picture, 0)
    assert page.response.status_code == 507
    assert "kept" in page.json["error"]["message"]
    monkeypatch.undo()
    offset = sender.offset
    assert 0 < offset <= 262_144
    assert sender.piece(picture[offset:], offset).status == 204
    assert sender.tell()["state"] == "finished"


def test_no_room_is_said_before_anything_is_sent(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "RESERVE", 10**15)
    page = sender.begin(100)
    assert page.response.status_code == 507
    assert rows() == []


def test_a_store_that_fails_is_tried_again(sender: Sender, picture: bytes, monkeypatch: pytest.MonkeyPatch, context: Flask) -> None:
    """The file is whole, the store is away: it stays 'checking', and the sweep sees to it."""
    sender.begin(len(picture))
    with monkeypatch.context() as patch:
        patch.setattr(type(get_storage()), "put_file", lambda *_, **__: (_ for _ in ()).throw(OSError("away")))
        assert sender.piece(picture, 0).status == 204
    assert sender.tell()["state"] == "checking"
    context.config["RECORDED_JOBS"].clear()
    assert jobs.sweep_uploads() == 0
    assert context.config["RECORDED_JOBS"] == []
    with clock.at(clock.now() + timedelta(minutes=2)):
        jobs.sweep_uploads()
    assert context.config["RECORDED_JOBS"] == [(jobs.finish_upload, (rows()[0].id,))]
    jobs.finish_upload(rows()[0].id)
    jobs.finish_upload(rows()[0].id)
    assert sender.tell()["state"] == "finished"
    assert len(list(db.session.scalars(sa.select(MediaFile)))) == 1


def test_large_files_are_looked_at_by_the_worker(sender: Sender, picture: bytes, monkeypatch: pytest.MonkeyPatch, context: Flask) -> None:
    """Nobody waits for an answer for long: the last piece is thanked for, the rest is asked for."""
    monkeypatch.setattr(uploading, "CHECKED_AT_ONCE", 1000)
    sender.begin(len(picture))
    assert sender.piece(picture, 0).status == 204
    assert sender.tell()["state"] == "checking"
    job, arguments = context.config["RECORDED_JOBS"].pop()
    job(*arguments)
    assert sender.tell()["state"] == "finished"


def test_giving_up(sender: Sender, picture: bytes) -> None:
    """Row and bytes go; what it became too, unless a page uses it."""
    sender.begin(len(picture))
    sender.piece(picture[:1000], 0)
    assert sender.give_up().status == 204
    assert (rows(), lying()) == ([], [])
    assert sender.head().status == 404
    sender.begin(len(picture))
    sender.piece(picture, 0)
    key = db.session.scalars(sa.select(MediaFile)).one().storage_key
    assert sender.give_up().status == 204
    assert not get_storage().exists(key)
    sender.begin(len(picture))
    sender.piece(picture, 0)
    with transaction():
        db.session.execute(sa.update(MediaFile).values(attached_at=clock.now()))
    assert sender.tell()["file"] is None
    assert sender.give_up().status == 204
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MediaFile)) == 1


def test_what_nobody_continues_goes_after_a_day(sender: Sender, picture: bytes) -> None:
    """410 when its day is over; then row and bytes are swept. One that was continued has its day anew."""
    sender.begin(len(picture))
    sender.piece(picture[:1000], 0)
    with clock.at(clock.now() + timedelta(hours=20)):
        sender.piece(picture[1000:2000], 1000)
    with clock.at(clock.now() + timedelta(hours=30)):
        assert jobs.sweep_uploads() == 0
        assert sender.offset == 2000
    with clock.at(clock.now() + timedelta(hours=45)):
        assert sender.head().status == 410
        assert sender.piece(b"x", 2000).status == 410
        assert jobs.sweep_uploads() == 1
        assert (rows(), lying()) == ([], [])
        assert sender.head().status == 404


def test_bytes_that_no_row_knows_are_swept(sender: Sender, picture: bytes) -> None:
    sender.begin(len(picture))
    sender.piece(picture[:1000], 0)
    (name,) = lying()
    (pieces._folder() / "lost").write_bytes(b"x")
    (pieces._folder() / f"{name}.12345678").write_bytes(b"x")
    for path in pieces._folder().iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    assert jobs.sweep_uploads() == 2
    assert lying() == [name]


def test_a_disk_that_forgot(sender: Sender, picture: bytes) -> None:
    """Bytes that were counted are not there any more: the client is told to send them again."""
    sender.begin(len(picture))
    sender.piece(picture[:300_000], 0)
    os.truncate(pieces.path_of(rows()[0].public_id), 1000)
    assert sender.offset == 1000
    assert sender.piece(picture[300_000:], 300_000).status == 409
    assert sender.piece(picture[1000:], 1000).status == 204
    assert sender.tell()["state"] == "finished"


@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_checksums(sender: Sender, picture: bytes, name: str) -> None:
    """A piece that was damaged on its way does not count."""
    right = base64.b64encode(hashlib.new(name, picture[:1000]).digest()).decode()
    sender.begin(len(picture))
    assert sender.piece(picture[1:1001], 0, Upload_Checksum=f"{name} {right}").status == 460
    assert sender.offset == 0
    assert sender.piece(picture[:1000], 0, Upload_Checksum=f"{name} {right}").status == 204
    assert sender.offset == 1000
    assert sender.piece(b"x", 1000, Upload_Checksum="crc32 AAAA").status == 400


def test_a_quota_is_refused_in_words_before_a_byte_is_sent(sender: Sender, picture: bytes, settings: Any, cast: Cast) -> None:
    """Files and open uploads count; giving one up gives its room back; other people's do not count."""
    settings(quota=1_000_000)
    page = sender.begin(1_500_000)
    assert page.status == 413
    message = page.json["error"]["message"]
    assert "1.5 MB" in message
    assert "0 B of 1 MB used" in message
    assert sender.begin(600_000).status == 201
    assert sender.begin(600_000).status == 413
    assert sender.give_up().status == 204
    assert sender.begin(600_000).status == 201
    with clock.at(clock.now() + timedelta(hours=25)):
        assert sender.begin(600_000).status == 201
    assert [upload.state for upload in rows()] == [UploadState.OPEN] * 2


def test_the_limit(sender: Sender, settings: Any) -> None:
    settings(upload_limit=1_000_000)
    page = sender.begin(1_000_001)
    assert page.status == 413
    assert "larger than 1 MB" in page.json["error"]["message"]
    assert sender.begin(1_000_000).status == 201


@pytest.mark.parametrize(("used", "words"), [(0, ""), (950_000, "nearly used up"), (1_000_000, "no more files")])
def test_the_account_shows_how_much_room_is_left(sender: Sender, settings: Any, used: int, words: str) -> None:
    """In figures and as a bar; near the end with what one can do."""
    settings(quota=1_000_000)
    if used:
        assert sender.begin(used).status == 201
    page = sender.client.get("/account")
    (meter,) = page(".quota-meter")
    assert "of 1 MB used" in meter.text_content()
    assert page(".quota-meter progress")[0].get("value") == str(used)
    assert (words in meter.text_content()) if words else not page(".quota-meter__advice")
