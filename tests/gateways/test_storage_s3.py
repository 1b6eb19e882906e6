"""The store at an S3 service: its addresses, its signatures, and what a network can do wrong."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from classprojects.gateways.storage import Delivery, S3Storage, StorageTrouble, open_storage, origin_of, s3
from classprojects.gateways.storage.s3 import read_address
from classprojects.gateways.storage.signing import AccessKeys, sign_address
from tests.gateways.object_store import Line, make_bucket, object_store, store_url
from tests.gateways.test_storage import bytes_of, put

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """A running S3 service."""
    with object_store() as endpoint:
        yield endpoint


@pytest.fixture
def storage(service: str, tmp_path: Path) -> S3Storage:
    """An empty store there."""
    make_bucket(service, "media")
    opened = open_storage(store_url(service), tmp_path / "scratch")
    assert isinstance(opened, S3Storage)
    return opened


@pytest.fixture
def line(service: str, storage: S3Storage) -> Iterator[Line]:
    """A line to the service that can be disturbed."""
    line = Line(service)
    yield line
    line.close()


@pytest.fixture
def distant(line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> S3Storage:
    """The same store, over that line, by somebody with little patience."""
    monkeypatch.setattr(s3, "READ_TIMEOUT", 0.4)
    monkeypatch.setattr(s3, "CONNECT_TIMEOUT", 0.4)
    opened = open_storage(store_url(line.endpoint), tmp_path / "scratch")
    assert isinstance(opened, S3Storage)
    return opened


def some_file(path: Path, size: int) -> bytes:
    """A file of ``size`` random bytes; what they are."""
    data = random.Random(size).randbytes(size)
    path.write_bytes(data)
    return data


def open_uploads(storage: S3Storage) -> list[str]:
    """Large objects that were begun and neither completed nor given up."""
    answer = storage._client.list_multipart_uploads(Bucket="media")
    return [one["Key"] for one in answer.get("Uploads", ())]


# -- Addresses ---------------------------------------------------------------------------------


def test_reads_addresses() -> None:
    """Amazon's own, and services that speak like it."""
    plain = read_address("s3://my-bucket/media/site?region=eu-central-1")
    assert plain.url("originals/a.jpg") == "https://my-bucket.s3.eu-central-1.amazonaws.com/media/site/originals/a.jpg"
    assert plain.keys is None
    dotted = read_address("s3://media.example.org?region=eu-central-1")
    assert dotted.url("originals/a.jpg") == "https://s3.eu-central-1.amazonaws.com/media.example.org/originals/a.jpg"
    other = read_address("s3://id:se%2Fcret@bucket?endpoint=https://s3.example.org:9000/&encryption=AES256")
    assert other.url("originals/a.jpg") == "https://s3.example.org:9000/bucket/originals/a.jpg"
    assert other.keys == AccessKeys("id", "se/cret")
    assert other.encryption == "AES256"
    hosted = read_address("s3://bucket?endpoint=https://s3.example.org&addressing=host")
    assert hosted.url("originals/a.jpg") == "https://bucket.s3.example.org/originals/a.jpg"
    assert origin_of("s3://bucket?region=eu-central-1") == "https://bucket.s3.eu-central-1.amazonaws.com"
    assert origin_of("file:///srv/media") is None


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3://A",
        "s3://a_bucket",
        "s3://bucket/../other",
        "s3://bucket/a b",
        "s3://id@bucket",
        "s3://bucket?endpoint=ftp://host",
        "s3://bucket?endpoint=https://host/path",
        "s3://bucket?addressing=sideways",
        "s3://bucket?encryption=rot13",
        "s3://bucket?regoin=eu",
    ],
)
def test_refuses_addresses_that_are_none(url: str) -> None:
    """In words, when the application starts."""
    with pytest.raises(ValueError, match="S3 store"):
        read_address(url)


def test_secrets_are_not_shown() -> None:
    """Neither in what is logged nor in a traceback's values."""
    address = read_address("s3://AKID:topsecret@bucket")
    assert "topsecret" not in repr(address)
    assert "topsecret" not in repr(address.keys)


# -- Signatures --------------------------------------------------------------------------------


def test_signs_like_the_documented_example() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    signed = sign_address(
        "GET",
        "https://examplebucket.s3.amazonaws.com/test.txt",
        {},
        keys=AccessKeys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region="us-east-1",
        moment=datetime(2013, 5, 24, tzinfo=UTC),
        seconds=86400,
    )
    assert signed.endswith("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


@pytest.mark.parametrize("token", [None, "a/token+of=theirs"])
@pytest.mark.parametrize(
    "where", ["s3://bucket/site?region=eu-west-3", "s3://bucket?region=eu-west-3&endpoint=https://h:9000"]
)
def test_signs_as_botocore_does(where: str, token: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names in every script, both ways of addressing, lent keys: the same address to the letter."""
    import botocore.auth
    import botocore.session
    from botocore.config import Config

    moment = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment.replace(tzinfo=None))
    address = read_address(where)
    client = botocore.session.Session().create_client(
        "s3",
        region_name=address.region,
        endpoint_url=address.endpoint,
        aws_access_key_id="id",
        aws_secret_access_key="sec/ret",
        aws_session_token=token,
        config=Config(signature_version="s3v4", s3={"addressing_style": "virtual" if address.in_host else "path"}),
    )
    said = "attachment; filename=\"Nuit.jpg\"; filename*=UTF-8''Nuit%20%F0%9F%8C%99.jpg"
    theirs = client.generate_presigned_url(
        "get_object",
        Params={
            "Bucket": "bucket",
            "Key": f"{address.prefix}originals/a_b-c.jpg",
            "ResponseContentDisposition": said,
            "ResponseContentType": "image/jpeg",
        },
        ExpiresIn=600,
    )
    ours = sign_address(
        "GET",
        address.url("originals/a_b-c.jpg"),
        {"response-content-disposition": said, "response-content-type": "image/jpeg"},
        keys=AccessKeys("id", "sec/ret", token),
        region=address.region,
        moment=moment,
        seconds=600,
    )
    assert ours.split("?")[0] == theirs.split("?")[0]
    assert parse_qs(urlsplit(ours).query) == parse_qs(urlsplit(theirs).query)


def test_temporary_addresses_answer_ranges_under_the_given_name(storage: S3Storage) -> None:
    """A browser gets the type, the name and the part that it needs from the service itself."""
    put(storage, "originals/a.jpg", b"0123456789")
    delivery = Delivery("GET", 60, "image/jpeg", "private, no-cache", 'attachment; filename="Wall.jpg"')
    address = storage.temporary_address("originals/a.jpg", delivery)
    answer = requests.get(address, headers={"Range": "bytes=2-4"}, timeout=10)
    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["Content-Range"] == "bytes 2-4/10"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Wall.jpg"'
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_an_address_stays_the_same_for_a_while(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a browser finds again what it fetched; and it holds for as long as was asked, at most twice."""
    delivery = Delivery("GET", 600, "image/jpeg", "private")

    def at(moment: int) -> str:
        monkeypatch.setattr(s3, "time", SimpleNamespace(time=lambda: moment + 0.5))
        return str(storage.temporary_address("originals/a.jpg", delivery))

    begin = 1_800_000_000
    assert at(begin) == at(begin + 599)
    assert at(begin) != at(begin + 600)
    for moment in (begin, begin + 1, begin + 599):
        said = parse_qs(urlsplit(at(moment)).query)
        signed = datetime.strptime(said["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        left = signed + int(said["X-Amz-Expires"][0]) - moment
        assert 600 < left <= 1200


def test_keys_of_the_environment(service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without keys in its address the store takes those that every tool of Amazon's takes."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-env")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "lent")
    opened = open_storage(f"s3://media?endpoint={service}", tmp_path)
    said = opened.temporary_address("originals/a.jpg", Delivery("GET", 60, "image/jpeg", "private"))
    assert "X-Amz-Credential=from-env" in str(said)
    assert "X-Amz-Security-Token=lent" in str(said)
    make_bucket(service, "media")
    assert opened.is_writable()


def test_no_keys_at_all_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trouble in words, no crash."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    opened = open_storage("s3://media?endpoint=http://127.0.0.1:1", tmp_path)
    with pytest.raises(StorageTrouble, match="no keys"):
        opened.temporary_address("originals/a.jpg", Delivery("GET", 60, "image/jpeg", "private"))
    assert not opened.is_writable()


def test_botocore_is_loaded_only_to_speak(tmp_path: Path) -> None:
    """The application starts, and hands out addresses, without it."""
    script = (
        "import sys, pathlib, classprojects.app\n"
        "from classprojects.gateways.storage import Delivery, open_storage\n"
        "store = open_storage('s3://id:secret@bucket', pathlib.Path('/nowhere'))\n"
        "print(store.temporary_address('originals/a.jpg', Delivery('GET', 60, 'image/jpeg', 'private')))\n"
        "assert not {'boto3', 'botocore', 's3transfer'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, env={"DATA_DIR": str(tmp_path)})


# -- Objects -----------------------------------------------------------------------------------


def test_objects_are_private_typed_and_encrypted_as_told(service: str, storage: S3Storage, tmp_path: Path) -> None:
    """What stands at an object when somebody reads it past us."""
    opened = open_storage(store_url(service) + "&encryption=AES256", tmp_path)
    put(opened, "renditions/a/w480.avif", b"x")
    head = storage._client.head_object(Bucket="media", Key="site/renditions/a/w480.avif")
    assert head["ContentType"] == "image/avif"
    assert head["CacheControl"] == "private, no-cache"
    assert head["ServerSideEncryption"] == "AES256"
    answer = requests.get(f"{service}/media/site/renditions/a/w480.avif", timeout=10)
    assert answer.status_code == 403


def test_a_large_file_does_not_fill_memory(storage: S3Storage, tmp_path: Path) -> None:
    """One part at a time, one block at a time."""
    data = some_file(tmp_path / "large", 40 * MEGABYTE)
    storage.is_writable()
    # The service lives in this process too: what counts is our side, so that it gets nothing to keep.
    sent = []
    client = storage._client
    patch = pytest.MonkeyPatch()
    patch.setattr(client, "upload_part", lambda Body, **_: sent.append(len(Body)) or {"ETag": "x"})
    patch.setattr(client, "complete_multipart_upload", lambda **_: None)
    tracemalloc.start()
    storage.put_file("originals/large.mp4", tmp_path / "large")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    patch.undo()
    assert sum(sent) == len(data)
    assert peak < 2.5 * s3.PART


def test_lists_more_than_one_page(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service gives a thousand names at a time; here three."""
    for number in range(8):
        put(storage, f"originals/{number}.jpg", b"x")
    client = storage._client
    real = client._make_api_call

    def few(operation: str, asked: dict[str, object]) -> object:
        return real(operation, {**asked, "MaxKeys": 3} if operation == "ListObjectsV2" else asked)

    monkeypatch.setattr(client, "_make_api_call", few)
    assert len(set(storage.list_keys("originals"))) == 8


# -- Trouble -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [MEGABYTE, 20 * MEGABYTE])
def test_the_service_goes_in_mid_upload(
    distant: S3Storage, storage: S3Storage, line: Line, tmp_path: Path, size: int
) -> None:
    """Trouble, not half an object; the file is still there to be sent again; leftovers are swept."""
    data = some_file(tmp_path / "film.mp4", size)
    line.cut_after = size // 2
    began = time.monotonic()
    with pytest.raises(StorageTrouble):
        distant.put_file("originals/film.mp4", tmp_path / "film.mp4", move=True)
    assert time.monotonic() - began < 60
    assert (tmp_path / "film.mp4").read_bytes() == data
    assert not storage.exists("originals/film.mp4")
    if size > s3.PART:
        assert open_uploads(storage) == ["site/originals/film.mp4"]
        assert storage.sweep_incoming(older_than=3600) == 1  # moto says of all uploads that they began in 2010
        assert open_uploads(storage) == []
    for patience in (2, 1, 0):
        try:
            storage.put_file("originals/film.mp4", tmp_path / "film.mp4", move=True)
            break
        except StorageTrouble:  # moto may still be choking on what was torn off
            assert patience
            time.sleep(1)
    assert bytes_of(storage, "originals/film.mp4") == data


def test_a_part_that_is_refused_ends_the_upload(
    storage: S3Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts cost money until somebody gives them up."""
    from botocore.exceptions import ClientError

    some_file(tmp_path / "film.mp4", 20 * MEGABYTE)
    client = storage._client
    real = client.upload_part

    def refuse(**asked: object) -> object:
        if asked["PartNumber"] == 2:
            raise ClientError({"Error": {"Code": "SlowDown"}}, "UploadPart")
        return real(**asked)

    monkeypatch.setattr(client, "upload_part", refuse)
    with pytest.raises(StorageTrouble, match="SlowDown"):
        storage.put_file("originals/film.mp4", tmp_path / "film.mp4")
    assert open_uploads(storage) == []


def test_answers_that_break_off_are_taken_up_again(distant: S3Storage, storage: S3Storage, line: Line) -> None:
    """A reader goes on where the answer broke off; when that goes on for too long, it says so."""
    data = random.Random(1).randbytes(900_000)
    put(storage, "originals/a.mp4", data)
    line.break_off, line.answer_bytes = 2, 50_000
    assert bytes_of(distant, "originals/a.mp4") == data
    assert line.break_off == 0
    with distant.open("originals/a.mp4") as file:
        line.break_off, line.answer_bytes = 1000, 100
        with pytest.raises(StorageTrouble):
            file.read()
    line.break_off = 0


def test_uploads_that_go_on_are_not_swept(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large film may be on its way just now."""
    now = datetime.now(UTC)
    begun = [
        {"Key": "site/originals/a.mp4", "UploadId": "1", "Initiated": now - timedelta(minutes=age)} for age in (5, 90)
    ]
    ended = []
    monkeypatch.setattr(storage._client, "abort_multipart_upload", lambda **asked: ended.append(asked["UploadId"]))
    monkeypatch.setattr(storage, "_pages", lambda *_, **__: iter([{"Uploads": begun}]))
    assert storage.sweep_incoming(older_than=3600) == 1
    assert storage.sweep_incoming(older_than=60) == 2
    assert len(ended) == 3


def test_a_service_that_never_answers(distant: S3Storage, line: Line, tmp_path: Path) -> None:
    """Nobody waits for ever: a bounded number of tries, each of bounded length."""
    some_file(tmp_path / "a", 1000)
    line.silent = True
    began = time.monotonic()
    with pytest.raises(StorageTrouble, match="does not answer"):
        distant.put_file("originals/a.jpg", tmp_path / "a")
    assert not distant.is_writable()
    assert time.monotonic() - began < 20
    assert line.connections == 2 * s3.TRIES
    assert not distant.is_writable()
    assert line.connections == 2 * s3.TRIES  # asked every second, it is believed for a while


def test_a_service_that_is_not_there(tmp_path: Path) -> None:
    """Refused connections, too."""
    opened = open_storage(store_url("http://127.0.0.1:1"), tmp_path)
    assert not opened.is_writable()
    with pytest.raises(StorageTrouble):
        opened.open("originals/a.jpg")
    with pytest.raises(StorageTrouble):
        list(opened.list_keys())
    with pytest.raises(StorageTrouble):
        opened.exists("originals/a.jpg")


def test_a_bucket_that_is_not_there(service: str, storage: S3Storage, tmp_path: Path) -> None:
    """Whoever writes or lists learns what is wrong."""
    some_file(tmp_path / "a", 1000)
    opened = open_storage(store_url(service, bucket="mistyped"), tmp_path)
    assert not opened.is_writable()
    with pytest.raises(StorageTrouble, match="NoSuchBucket"):
        opened.put_file("originals/a.jpg", tmp_path / "a")
    with pytest.raises(StorageTrouble, match="NoSuchBucket"):
        list(opened.list_keys("originals"))


def test_wrong_keys(service: str, storage: S3Storage, tmp_path: Path) -> None:
    """403 is trouble, never 'there is nothing'; no secret stands in what is said."""
    put(storage, "originals/a.jpg", b"x")
    requests.post(f"{service}/moto-api/reset-auth", data="0", timeout=10)
    try:
        some_file(tmp_path / "a", 1000)
        for ask in (
            lambda: storage.put_file("originals/b.jpg", tmp_path / "a"),
            lambda: storage.open("originals/a.jpg"),
            lambda: storage.exists("originals/a.jpg"),
            lambda: list(storage.list_keys()),
        ):
            with pytest.raises(StorageTrouble, match="403") as caught:
                ask()
            assert "secret" not in str(caught.value)
    finally:
        requests.post(f"{service}/moto-api/reset-auth", data="inf", timeout=10)
    assert storage.exists("originals/a.jpg")
