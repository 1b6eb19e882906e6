"""Files over HTTP: guarded, in ranges, unable to run, and cheap."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.errors import NotFound
from classprojects.core.ids import new_token
from classprojects.gateways.storage import get_storage
from classprojects.media import actions, queries
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose, MediaState, Rendition
from classprojects.policy import Permission
from classprojects.policy.decisions import ALLOWED, HIDDEN, SIGN_IN, Decision
from classprojects.policy.rules import RULES
from classprojects.web.media.serving import attachment, send_media
from tests.client import Page, PageClient
from tests.factories.media import picture_file


@pytest.fixture
def ada(context: Flask) -> Person:
    """Ada, who uploads."""
    with transaction():
        person = Person(handle="ada", email="ada@example.test", name="Ada")
        db.session.add(person)
    return person


@pytest.fixture
def sound(ada: Person, tmp_path: Path) -> MediaFile:
    """A sound that is ready: as processing records one, with bytes that are easy to compare."""
    public_id, renditions = new_token(), []
    for name, ending, mime in (("opus", "webm", "audio/webm"), ("aac", "m4a", "audio/mp4")):
        path = tmp_path / name
        path.write_bytes(bytes(number * len(name) % 251 for number in range(70_000)))
        key = f"renditions/{public_id}/{name}.{ending}"
        get_storage().put_file(key, path)
        renditions.append(Rendition(name=name, mime=mime, size=70_000, storage_key=key))
    with transaction():
        file = MediaFile(
            public_id=public_id,
            owner_id=ada.id,
            purpose=MediaPurpose.WORK,
            kind=MediaKind.AUDIO,
            mime="audio/wav",
            extension="wav",
            size=1,
            sha256="0" * 64,
            original_name="a.wav",
            storage_key=f"originals/{public_id}.wav",
            state=MediaState.READY,
            ready_at=clock.now(),
            renditions=renditions,
        )
        db.session.add(file)
    return file


@pytest.fixture
def _open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody may see every file."""
    monkeypatch.setitem(RULES, Permission.VIEW_MEDIA, lambda person, file: ALLOWED)


@pytest.fixture
def _signed_in_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only people with an account may see files."""

    def rule(person: Person | None, file: MediaFile) -> Decision:
        return ALLOWED if person is not None else SIGN_IN

    monkeypatch.setitem(RULES, Permission.VIEW_MEDIA, rule)


def fetch(client: PageClient, path: str, headers: dict[str, str] | None = None) -> Page:
    """GET to the end, as a server does it: the file is closed afterwards."""
    return client.get(path, headers=headers or {}, buffered=True)


def bytes_of(file: MediaFile, name: str) -> bytes:
    """What is stored for a rendition."""
    (rendition,) = queries.get_file_showing(file.public_id, name).renditions
    return get_storage().local_path(rendition.storage_key).read_bytes()


def address(file: MediaFile, name: str) -> str:
    """Where a rendition is."""
    return f"/media/{file.public_id}/{name}"


@pytest.mark.usefixtures("_open")
def test_the_whole_file(client: PageClient, sound: MediaFile) -> None:
    """Right bytes, right type, and nothing that a browser could run."""
    db.session.expire_all()
    page = fetch(client, address(sound, "opus"))
    data = bytes_of(sound, "opus")
    assert page.status == 200
    assert page.response.data == data
    headers = page.headers
    assert headers["Content-Type"] == "audio/webm"
    assert headers["Content-Length"] == str(len(data))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Cache-Control"] == "public, max-age=3600"
    assert headers["ETag"]
    assert headers["Last-Modified"]
    assert "Set-Cookie" not in headers
    assert "Content-Encoding" not in headers
    assert len(page.queries) <= 4


@pytest.mark.usefixtures("_open")
@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-", 0, None),
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=500-", 500, None),
        ("bytes=-100", -100, None),
        ("bytes=100-99999999", 100, None),
    ],
)
def test_ranges(client: PageClient, sound: MediaFile, wanted: str, start: int, end: int | None) -> None:
    """A player asks for parts and gets just these."""
    data = bytes_of(sound, "aac")
    page = fetch(client, address(sound, "aac"), headers={"Range": wanted})
    part = data[start:end]
    assert page.status == 206
    assert page.response.data == part
    first = start if start >= 0 else len(data) + start
    assert page.headers["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(data)}"
    assert page.headers["Content-Length"] == str(len(part))
    assert page.headers["Content-Type"] == "audio/mp4"


@pytest.mark.usefixtures("_open")
@pytest.mark.parametrize(
    "wanted", ["bytes=99999999-", "bytes=5-2", "bytes=abc", "bytes=99999999999999999999999-", "bytes=-0"]
)
def test_ranges_that_are_not_there(client: PageClient, sound: MediaFile, wanted: str) -> None:
    """416 with the true size, never a 500."""
    page = fetch(client, address(sound, "aac"), headers={"Range": wanted})
    assert page.status == 416
    assert page.headers["Content-Range"] == f"bytes */{len(bytes_of(sound, 'aac'))}"


@pytest.mark.usefixtures("_open")
def test_several_ranges_give_the_whole(client: PageClient, sound: MediaFile) -> None:
    """Allowed, and harmless: no amplification by hundreds of ranges."""
    page = fetch(client, address(sound, "aac"), headers={"Range": "bytes=" + ",".join(["0-1"] * 500)})
    assert page.status == 200
    assert page.response.data == bytes_of(sound, "aac")


@pytest.mark.usefixtures("_open")
def test_who_has_it_already(client: PageClient, sound: MediaFile) -> None:
    """304 by ETag or date; If-Range with another ETag gives the whole."""
    first = fetch(client, address(sound, "aac"))
    again = fetch(client, address(sound, "aac"), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.response.data) == (304, b"")
    again = fetch(client, address(sound, "aac"), headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert again.status == 304
    ranged = {"Range": "bytes=0-9", "If-Range": first.headers["ETag"]}
    assert fetch(client, address(sound, "aac"), headers=ranged).status == 206
    assert fetch(client, address(sound, "aac"), headers=ranged | {"If-Range": '"another"'}).status == 200


@pytest.mark.usefixtures("_open")
def test_head(client: PageClient, sound: MediaFile) -> None:
    """Headers without bytes."""
    response = client.flask.head(address(sound, "aac"), buffered=True)
    assert response.status_code == 200
    assert response.data == b""
    assert response.headers["Content-Length"] == str(len(bytes_of(sound, "aac")))


@pytest.mark.usefixtures("_signed_in_only")
def test_what_is_not_for_everybody_is_not_for_caches(
    client: PageClient, browse: Callable[[Person], PageClient], sound: MediaFile, ada: Person
) -> None:
    """P4: guarded like its page, and kept by no shared cache."""
    refused = fetch(client, address(sound, "aac"))
    assert refused.status in (303, 401, 403)
    assert bytes_of(sound, "aac")[:100] not in refused.response.data
    with db.session.no_autoflush:
        signed_in = browse(db.session.merge(ada, load=False))
    page = fetch(signed_in, address(sound, "aac"), headers={"Range": "bytes=0-9"})
    assert page.status == 206
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert len(page.queries) <= 4


def test_hidden_files_look_as_if_they_were_not_there(
    client: PageClient, sound: MediaFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P4: refused and made-up addresses answer alike."""
    monkeypatch.setitem(RULES, Permission.VIEW_MEDIA, lambda person, file: HIDDEN)
    assert fetch(client, address(sound, "aac")).status == 404
    assert fetch(client, "/media/AAAAAAAAAAAAAAAAAAAAAA/aac").status == 404


@pytest.mark.usefixtures("_open")
@pytest.mark.parametrize(
    "path",
    [
        "nothing/w480-avif",
        "%00/aac",
        "a%00b/aac",
        "%C3%A9/aac",
        "..%2F..%2Fsecret_key/aac",
        "x" * 3000 + "/aac",
        "%FF/aac",
    ],
)
def test_made_up_addresses(client: PageClient, sound: MediaFile, path: str) -> None:
    """404, whatever is in them."""
    assert fetch(client, f"/media/{path}").status == 404


@pytest.mark.usefixtures("_open")
@pytest.mark.parametrize("name", ["w480-avif", "original", "original-clean", "%00", "é", "x" * 500, "AAC"])
def test_made_up_names(client: PageClient, sound: MediaFile, name: str) -> None:
    """A rendition that this file does not have; the original has no address here at all."""
    assert fetch(client, address(sound, name)).status == 404


@pytest.mark.usefixtures("_open")
def test_bytes_that_are_gone(client: PageClient, sound: MediaFile) -> None:
    """Lost bytes are not there: 404 and no 500."""
    (rendition,) = queries.get_file_showing(sound.public_id, "aac").renditions
    get_storage().delete(rendition.storage_key)
    assert fetch(client, address(sound, "aac")).status == 404


@pytest.mark.usefixtures("_open")
def test_a_proxy_in_front_sends_the_bytes(
    context: Flask, client: PageClient, sound: MediaFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ACCEL_REDIRECT only the internal address leaves us."""
    settings = dataclasses.replace(context.config["SETTINGS"], accel_redirect="/protected/", media_delivery="accel")
    monkeypatch.setitem(context.config, "SETTINGS", settings)
    page = fetch(client, address(sound, "aac"))
    assert page.response.data == b""
    assert page.headers["X-Accel-Redirect"] == f"/protected/renditions/{sound.public_id}/aac.m4a"
    assert page.headers["Content-Type"] == "audio/mp4"


def test_the_original_is_always_a_download(context: Flask, ada: Person, tmp_path: Path) -> None:
    """A picture with a page behind it is saved, never shown; under its own name or the one given."""
    path = picture_file(tmp_path / "a.jpg")
    path.write_bytes(path.read_bytes() + b"<html><script>alert(1)</script>")
    with path.open("rb") as stream:
        received = actions.receive_upload(FileStorage(stream=stream, filename="a.jpg"), ("image",))
    with transaction():
        file = actions.accept_upload(ada, received, MediaPurpose.WORK)
    with context.test_request_context("/"):
        response = send_media(file, None)
        response.direct_passthrough = False
        assert response.get_data() == path.read_bytes()
        assert response.headers["Content-Disposition"] == 'attachment; filename="a.jpg"'
        assert response.headers["Content-Type"] == "image/jpeg"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"].startswith("sandbox")
        assert response.headers["Cache-Control"] == "private, no-cache"
        response.close()
        named = send_media(file, None, download_name="Nuit 🌙 by ada.jpg")
        assert "filename*=UTF-8''Nuit%20%F0%9F%8C%99%20by%20ada.jpg" in named.headers["Content-Disposition"]
        named.close()
        get_storage().delete(file.storage_key)
        with pytest.raises(NotFound):
            send_media(file, None)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.jpg", 'attachment; filename="a.jpg"'),
        ('a".jpg', "attachment; filename=\"a.jpg\"; filename*=UTF-8''a%22.jpg"),
        ("a\r\nSet-Cookie: x", "attachment; filename=\"aSet-Cookie: x\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x"),
        ("שלום", "attachment; filename=\"file\"; filename*=UTF-8''%D7%A9%D7%9C%D7%95%D7%9D"),
    ],
)
def test_names_in_headers(name: str, header: str) -> None:
    """No name breaks out of its header."""
    assert attachment(name) == header
