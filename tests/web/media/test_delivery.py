"""Who sends the bytes of media: ourselves, a server in front, or the store; what each of them is told."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask

from classprojects.app import create_app
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways.storage import Storage, get_storage, s3
from classprojects.gateways.transcoder import MediaRefused
from classprojects.media import actions, jobs, queries
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.settings import BadSettings, Settings, read_settings
from classprojects.web.shared.limits import limiter
from classprojects.works.models import Medium, Work, WorkStatus
from tests.client import Page, PageClient
from tests.factories.media import picture_file
from tests.factories.people import Cast
from tests.factories.works import make_work
from tests.gateways.object_store import Line, make_bucket, object_store, store_url
from tests.media.conftest import upload

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

Browse = Callable[..., PageClient]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """A running S3 service."""
    with object_store() as endpoint:
        yield endpoint


@pytest.fixture
def settle(context: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``settle(media_delivery=…)``: the application as it is with these settings, and the store that they name."""

    def change(**values: object) -> None:
        settings = dataclasses.replace(context.config["SETTINGS"], **values)  # type: ignore[arg-type]
        monkeypatch.setitem(context.config, "SETTINGS", settings)
        monkeypatch.delitem(context.extensions, "classprojects.storage", raising=False)

    return change


@pytest.fixture
def at_s3(service: str, settle: Callable[..., None]) -> Storage:
    """The site with its files at an S3 service, which browsers are led to."""
    make_bucket(service, "media")
    settle(storage_url=store_url(service), media_delivery="redirect")
    return get_storage()


def make_photo(cast: Cast, tmp_path: Path) -> tuple[MediaFile, Work]:
    """A photo that came through the form and the worker, on an open work."""
    sent = upload(picture_file(tmp_path / "photo.jpg", 300, 200, gps=True))
    with sent.stream:
        received = actions.receive_upload(sent, ("image",))
    with transaction():
        file = actions.accept_upload(cast.maker, received, MediaPurpose.WORK)
    work = make_work(cast.maker, medium=Medium.IMAGE, file_id=file.id, alt_text="A wall", title="Nuit 🌙")
    jobs.process_file(file.id)
    made = queries.find_file(file.id)
    assert made is not None
    assert made.is_ready, made.failure
    return made, work


def fetch(client: PageClient, where: str, **headers: str) -> Page:
    """GET to the end; redirects are not followed."""
    return client.get(where, headers=headers, buffered=True)


def address(file: MediaFile) -> str:
    """Where pages say that it is."""
    picture = queries.sources_for(file).picture
    assert picture is not None
    return picture.webp.split(" ")[0]


# -- A server in front -------------------------------------------------------------------------


def test_a_proxy_is_told_where_the_file_lies(
    browse: Browse, cast: Cast, settle: Callable[..., None], tmp_path: Path
) -> None:
    """nginx: an internal location; the caching, the type and the name travel with it, no bytes do."""
    file, work = make_photo(cast, tmp_path)
    settle(media_delivery="accel", accel_redirect="/protected-media/")
    page = fetch(browse(None), address(file))
    assert page.response.data == b""
    assert page.headers["X-Accel-Redirect"] == f"/protected-media/renditions/{file.public_id}/w480-webp.webp"
    assert page.headers["Content-Type"] == "image/webp"
    assert page.headers["Cache-Control"].endswith("immutable")
    assert "X-Accel-Redirect" not in fetch(browse(None), "/healthz").headers
    page = fetch(browse(None), f"{work.url}/download")
    assert page.headers["X-Accel-Redirect"].startswith("/protected-media/")
    assert page.headers["Content-Disposition"].startswith("attachment")


def test_a_server_is_given_the_path(browse: Browse, cast: Cast, settle: Callable[..., None], tmp_path: Path) -> None:
    """Apache, lighttpd: the path on this machine; 404 where nothing is."""
    file, _ = make_photo(cast, tmp_path)
    settle(media_delivery="sendfile")
    page = fetch(browse(None), address(file))
    assert page.response.data == b""
    path = Path(page.headers["X-Sendfile"])
    assert path.is_absolute()
    with get_storage().open(f"renditions/{file.public_id}/w480-webp.webp") as stored:
        assert path.read_bytes() == stored.read()
    get_storage().delete(f"renditions/{file.public_id}/w480-webp.webp")
    assert fetch(browse(None), address(file)).status == 404


@pytest.mark.parametrize("delivery", ["accel", "sendfile", "redirect"])
def test_p4_nobody_is_led_to_what_they_may_not_see(
    browse: Browse, cast: Cast, at_s3: Storage, settle: Callable[..., None], tmp_path: Path, delivery: str
) -> None:
    """Whoever sends the bytes, we are asked first, each time."""
    file, work = make_photo(cast, tmp_path)
    if delivery != "redirect":
        settle(media_delivery=delivery, accel_redirect="/protected-media/")
    with transaction():
        found = db.session.get(Work, work.id)
        assert found is not None
        found.status = WorkStatus.UNPUBLISHED
    for person in (None, cast.free):
        for where in (address(file), f"{work.url}/download"):
            page = fetch(browse(person), where)
            assert page.status == 404
            assert not {"Location", "X-Accel-Redirect", "X-Sendfile"} & set(page.headers.keys())


# -- The store itself --------------------------------------------------------------------------


def test_everything_works_at_s3(browse: Browse, cast: Cast, at_s3: Storage, tmp_path: Path) -> None:
    """Form, worker, page, download, deletion: nothing lies on this machine afterwards."""
    file, work = make_photo(cast, tmp_path)
    keys = set(at_s3.list_keys())
    assert f"originals/{file.public_id}.jpg" in keys
    assert f"renditions/{file.public_id}/w480-webp.webp" in keys
    assert at_s3.sweep_incoming(older_than=-10) == 0
    assert browse(None).get(work.url).status == 200
    sent = upload(picture_file(tmp_path / "b.png", 60, 40))
    with sent.stream:
        received = actions.receive_upload(sent, ("image",))
    with transaction():
        other = actions.accept_upload(cast.maker, received, MediaPurpose.WORK)
    jobs.process_file(other.id)
    assert set(at_s3.list_keys()) > keys
    with transaction():
        actions.delete_file(other)
    assert set(at_s3.list_keys()) == keys


def test_the_browser_is_led_to_the_store(browse: Browse, cast: Cast, at_s3: Storage, tmp_path: Path) -> None:
    """302 to an address that gives these bytes, in ranges too, with their type; public ones the same for an hour."""
    file, _ = make_photo(cast, tmp_path)
    with at_s3.open(f"renditions/{file.public_id}/w480-webp.webp") as stored:
        data = stored.read()
    page = fetch(browse(None), address(file))
    assert page.status == 302
    assert page.response.data == b""
    assert page.headers["Cache-Control"] == "public, max-age=3600"
    answer = requests.get(page.location, headers={"Range": "bytes=0-9"}, timeout=10)
    assert (answer.status_code, answer.content) == (206, data[:10])
    assert answer.headers["Content-Type"] == "image/webp"
    assert requests.get(page.location, timeout=10).content == data
    said = parse_qs(urlsplit(page.location).query)
    assert int(said["X-Amz-Expires"][0]) == 2 * 3600
    # What is redirected must hold for as long as caches may keep the redirect.
    assert fetch(browse(cast.free), address(file)).headers["Cache-Control"] == "private, max-age=3600"


def test_downloads_carry_their_name_to_the_store(browse: Browse, cast: Cast, at_s3: Storage, tmp_path: Path) -> None:
    """The maker gets the file as sent, others the clean one, each under title and maker, in any script."""
    file, work = make_photo(cast, tmp_path)
    sent = (tmp_path / "photo.jpg").read_bytes()
    own, clean = fetch(browse(cast.maker), f"{work.url}/download"), fetch(browse(None), f"{work.url}/download")
    for page in (own, clean):
        assert page.headers["Cache-Control"] == "private, no-cache"
        assert page.status == 302
        assert "Cookie" in page.headers["Vary"]
        answer = requests.get(page.location, timeout=10)
        assert "filename*=UTF-8''Nuit%20%F0%9F%8C%99" in answer.headers["Content-Disposition"]
        assert (answer.content == sent) == (page is own)
    assert f"originals/{file.public_id}" not in clean.location


def test_p2_addresses_of_what_is_for_some_end_soon(
    browse: Browse, cast: Cast, at_s3: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address handed out for a private file holds for minutes, whatever the product's clock says."""
    file, work = make_photo(cast, tmp_path)
    with transaction():
        found = db.session.get(Work, work.id)
        assert found is not None
        found.status = WorkStatus.UNPUBLISHED
    for offset in range(0, 240, 7):
        now = 1_800_000_000 + offset
        monkeypatch.setattr(s3, "time", SimpleNamespace(time=lambda now=now: float(now), monotonic=time.monotonic))
        page = fetch(browse(cast.maker), address(file))
        assert page.headers["Cache-Control"] == "private, no-cache"
        said = parse_qs(urlsplit(page.location).query)
        assert said["response-cache-control"] == ["private, no-cache"]
        signed = time.mktime(time.strptime(said["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ")) - time.timezone
        assert 120 <= signed + int(said["X-Amz-Expires"][0]) - now <= 240


def test_an_address_holds_until_a_film_is_watched(browse: Browse, cast: Cast, at_s3: Storage, tmp_path: Path) -> None:
    """Chromium asks the store itself for every later part: it must be let in until the end, and some pauses."""
    file, work = make_photo(cast, tmp_path)
    for status, duration, least in (
        (WorkStatus.PUBLISHED, None, 3600),
        (WorkStatus.PUBLISHED, 2 * 3600_000, 7200 + 600),
        (WorkStatus.UNPUBLISHED, None, 120),
        (WorkStatus.UNPUBLISHED, 90_000, 90 + 600),
    ):
        with transaction():
            found, shown = db.session.get(MediaFile, file.id), db.session.get(Work, work.id)
            assert found is not None
            assert shown is not None
            found.duration_ms, shown.status = duration, status
        said = parse_qs(urlsplit(fetch(browse(cast.maker), address(file)).location).query)
        assert int(said["X-Amz-Expires"][0]) == 2 * least


def test_what_works_on_sound_gets_the_bytes_from_here(
    browse: Browse, cast: Cast, at_s3: Storage, tmp_path: Path
) -> None:
    """Browsers give a mixer silence from another origin; the rules are the same."""
    file, work = make_photo(cast, tmp_path)
    with at_s3.open(f"renditions/{file.public_id}/w480-webp.webp") as stored:
        data = stored.read()
    page = fetch(browse(None), f"{address(file)}&here=1", Range="bytes=0-9")
    assert (page.status, page.response.data) == (206, data[:10])
    with transaction():
        found = db.session.get(Work, work.id)
        assert found is not None
        found.status = WorkStatus.UNPUBLISHED
    assert fetch(browse(None), f"{address(file)}&here=1").status == 404


def test_head_is_signed_as_head(browse: Browse, cast: Cast, at_s3: Storage, tmp_path: Path) -> None:
    """A signature fits one method."""
    file, _ = make_photo(cast, tmp_path)
    got = browse(None).flask.get(address(file)).headers["Location"]
    asked = browse(None).flask.head(address(file)).headers["Location"]
    assert got.split("X-Amz-Signature=")[1] != asked.split("X-Amz-Signature=")[1]


def test_s3_through_ourselves(
    browse: Browse, cast: Cast, at_s3: Storage, service: str, settle: Callable[..., None], tmp_path: Path
) -> None:
    """MEDIA_DELIVERY=stream: the store stays out of sight, ranges and tags are ours."""
    file, _ = make_photo(cast, tmp_path)
    with at_s3.open(f"renditions/{file.public_id}/w480-webp.webp") as stored:
        data = stored.read()
    settle(media_delivery="stream")
    page = fetch(browse(None), address(file))
    assert (page.status, page.response.data) == (200, data)
    assert page.headers["Cache-Control"].endswith("immutable")
    part = fetch(browse(None), address(file), Range="bytes=5-14")
    assert (part.status, part.response.data) == (206, data[5:15])
    assert fetch(browse(None), address(file), **{"If-None-Match": page.headers["ETag"]}).status == 304
    assert fetch(browse(None), address(file), Range=f"bytes={len(data)}-").status == 416
    settle(storage_url=store_url("http://127.0.0.1:1"))
    assert fetch_unavailable(browse(None), address(file)) == 503
    assert fetch(browse(None), address(file), **{"If-None-Match": page.headers["ETag"]}).status == 304


def fetch_unavailable(client: PageClient, where: str) -> int:
    """The status of an answer that is a failure of ours."""
    return client.flask.get(where).status_code


# -- Trouble -----------------------------------------------------------------------------------


def test_the_store_goes_while_a_file_is_sent(
    cast: Cast, at_s3: Storage, service: str, settle: Callable[..., None], tmp_path: Path
) -> None:
    """Its sender is told in words; nothing is left behind on this machine or there."""
    sent = upload(picture_file(tmp_path / "photo.jpg", 900, 700))
    line = Line(service)
    settle(storage_url=store_url(line.endpoint))
    line.cut_after = 1500
    with sent.stream, pytest.raises(MediaRefused, match="could not store the file just now"):
        actions.receive_upload(sent, ("image",))
    line.close()
    assert list(at_s3.list_keys()) == []
    assert get_storage().scratch.is_dir()  # type: ignore[attr-defined]
    assert list(get_storage().scratch.iterdir()) == []  # type: ignore[attr-defined]


def test_the_worker_comes_back_when_the_store_is_there_again(
    cast: Cast, at_s3: Storage, service: str, settle: Callable[..., None], tmp_path: Path
) -> None:
    """However long the store was away: an outage is no fault of the file, so that it does not count as a try."""
    sent = upload(picture_file(tmp_path / "photo.jpg", 300, 200))
    with sent.stream:
        received = actions.receive_upload(sent, ("image",))
    with transaction():
        file = actions.accept_upload(cast.maker, received, MediaPurpose.WORK)
    settle(storage_url=store_url("http://127.0.0.1:1"))
    moment = clock.now()
    for outage in range(5):
        with clock.at(moment + outage * actions.STORE_AWAY * 1.5):
            jobs.process_file(file.id)
            found = queries.find_file(file.id)
            assert found is not None
            assert found.is_processing
            assert found.attempts == 0
            jobs.process_file(file.id)  # too early: nobody claims it
            assert file.id in queries.list_stale_ids(clock.now() + actions.STORE_AWAY * 1.1, clock.now())
    settle(storage_url=store_url(service))
    with clock.at(moment + 10 * actions.STORE_AWAY):
        jobs.process_file(file.id)
    found = queries.find_file(file.id)
    assert found is not None
    assert found.is_ready


# -- Settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "delivery"),
    [
        ({}, "stream"),
        ({"ACCEL_REDIRECT": "/m/"}, "accel"),
        ({"STORAGE_URL": "s3://bucket"}, "redirect"),
        ({"STORAGE_URL": "s3://bucket", "MEDIA_DELIVERY": "stream"}, "stream"),
        ({"MEDIA_DELIVERY": "sendfile"}, "sendfile"),
    ],
)
def test_what_is_chosen_by_itself(tmp_path: Path, env: dict[str, str], delivery: str) -> None:
    """What fits the store and the proxy."""
    assert read_settings({"DATA_DIR": str(tmp_path), **env}).media_delivery == delivery


@pytest.mark.parametrize(
    "env",
    [
        {"MEDIA_DELIVERY": "pigeon"},
        {"MEDIA_DELIVERY": "redirect"},
        {"MEDIA_DELIVERY": "accel"},
        {"MEDIA_DELIVERY": "accel", "ACCEL_REDIRECT": "/m/", "STORAGE_URL": "s3://bucket"},
        {"MEDIA_DELIVERY": "sendfile", "STORAGE_URL": "s3://bucket"},
    ],
)
def test_what_cannot_be_is_refused_at_start(tmp_path: Path, env: dict[str, str]) -> None:
    """In words."""
    with pytest.raises(BadSettings, match="MEDIA_DELIVERY"):
        read_settings({"DATA_DIR": str(tmp_path), **env})


def test_keys_stay_out_of_what_is_printed(tmp_path: Path) -> None:
    """Settings may end up in a log."""
    settings = read_settings({"DATA_DIR": str(tmp_path), "STORAGE_URL": "s3://AKID:topsecret@bucket"})
    assert "topsecret" not in repr(settings)


def test_pages_may_show_what_the_store_sends(tmp_path: Path) -> None:
    """The content policy names the store's origin for pictures, sound and film, and for nothing else."""

    def policy_of(settings: Settings) -> dict[str, list[str]]:
        app = create_app(settings, TESTING=True, RECORDED_JOBS=[], RECORDED_MAIL=[])
        limiter.enabled = False
        answer = app.test_client().get("/healthz").headers["Content-Security-Policy"]
        with app.app_context():
            db.engine.dispose()
        return {part.split()[0]: part.split()[1:] for part in answer.split("; ")}

    env = {"CLASSPROJECTS_ENV": "test", "DATA_DIR": str(tmp_path), "RATE_LIMITS": "0"}
    at_home = policy_of(read_settings(env))
    led = policy_of(read_settings(env | {"STORAGE_URL": "s3://id:secret@bucket?region=eu-west-1"}))
    store = "https://bucket.s3.eu-west-1.amazonaws.com"
    assert led.pop("img-src") == [*at_home.pop("img-src"), store]
    assert led.pop("media-src") == [*at_home.pop("media-src"), store]
    assert led == at_home
    through_us = policy_of(read_settings(env | {"STORAGE_URL": "s3://id:secret@bucket", "MEDIA_DELIVERY": "stream"}))
    assert "amazonaws" not in str(through_us)


def test_addresses_that_are_none_stop_the_start(tmp_path: Path) -> None:
    """A mistyped store is found when the process starts, not when somebody sends a file."""
    for wrong, said in (("s3://bucket?regoin=x", "S3 store"), ("file://media", "STORAGE_URL")):
        env = {"CLASSPROJECTS_ENV": "test", "DATA_DIR": str(tmp_path), "STORAGE_URL": wrong, "MEDIA_DELIVERY": "stream"}
        with pytest.raises(ValueError, match=said):
            create_app(read_settings(env))
