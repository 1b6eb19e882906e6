"""What every store does, held against a folder and against an S3 service over HTTP."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classprojects.gateways.storage import BadKey, Delivery, Storage, StorageTrouble, check_key, open_storage
from tests.gateways.object_store import make_bucket, object_store, store_url


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """A running S3 service."""
    with object_store() as endpoint:
        yield endpoint


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty store."""
    if request.param == "folder":
        return open_storage(f"file://{tmp_path}/store", tmp_path / "scratch")
    endpoint = request.getfixturevalue("service")
    make_bucket(endpoint, "media")
    return open_storage(store_url(endpoint), tmp_path / "scratch")


def put(storage: Storage, key: str, data: bytes) -> None:
    """Store ``data`` the way uploads do."""
    file, path = storage.incoming()
    with file:
        file.write(data)
    storage.put_file(key, path, move=True)
    assert not path.exists()


def bytes_of(storage: Storage, key: str) -> bytes:
    """All that is under ``key``."""
    with storage.open(key) as file:
        return file.read()


def test_puts_and_opens_at_any_place(storage: Storage) -> None:
    """What was put comes out, from the beginning, the middle or the end."""
    put(storage, "originals/abc_-1.jpg", b"0123456789")
    assert storage.exists("originals/abc_-1.jpg")
    assert storage.size("originals/abc_-1.jpg") == 10
    with storage.open("originals/abc_-1.jpg") as file:
        assert file.seekable()
        assert file.read(3) == b"012"
        file.seek(-2, 2)
        assert file.read() == b"89"
        assert file.read() == b""
        assert file.seek(4) == 4
        assert file.read(2) == b"45"


def test_large_files_at_random_places(storage: Storage, tmp_path: Path) -> None:
    """20 MB and a bit, sent in parts, read in ranges: byte for byte, in any order."""
    chance = random.Random(20)
    data = chance.randbytes(20 * 1024 * 1024 + 77)
    put(storage, "originals/large.mp4", data)
    assert storage.size("originals/large.mp4") == len(data)
    assert bytes_of(storage, "originals/large.mp4") == data
    with storage.open("originals/large.mp4") as file:
        for _ in range(30):
            start, length = chance.randrange(len(data)), chance.choice([1, 100, 65_536, 300_000])
            file.seek(start)
            assert file.read(length) == data[start : start + length]


def test_an_empty_file(storage: Storage) -> None:
    """Nothing is something, too."""
    put(storage, "renditions/a/empty.txt", b"")
    assert storage.size("renditions/a/empty.txt") == 0
    assert bytes_of(storage, "renditions/a/empty.txt") == b""


def test_copying_keeps_the_source(storage: Storage, tmp_path: Path) -> None:
    """Without ``move`` the file stays where it was."""
    source = tmp_path / "source"
    source.write_bytes(b"hello")
    storage.put_file("originals/one.png", source)
    assert source.exists()
    storage.put_file("originals/two.png", source, move=True)
    assert not source.exists()
    assert storage.size("originals/two.png") == 5


def test_lends_a_file_with_the_same_bytes(storage: Storage) -> None:
    """For decoders, which want a path; what was copied for that is gone afterwards, also when they fail."""
    put(storage, "originals/a.mov", b"film")
    with storage.borrowed_path("originals/a.mov") as path:
        assert path.read_bytes() == b"film"
        assert path.suffix == ".mov"
    with pytest.raises(RuntimeError), storage.borrowed_path("originals/a.mov"):
        raise RuntimeError
    assert bytes_of(storage, "originals/a.mov") == b"film"
    assert storage.sweep_incoming(older_than=-10) == 0


def test_deletes_and_forgets_what_is_not_there(storage: Storage) -> None:
    """Deleting twice is the same as once; afterwards nothing is found."""
    put(storage, "renditions/abc/w480.avif", b"x")
    storage.delete("renditions/abc/w480.avif")
    storage.delete("renditions/abc/w480.avif")
    assert not storage.exists("renditions/abc/w480.avif")
    assert list(storage.list_keys()) == []
    with pytest.raises(FileNotFoundError):
        storage.open("renditions/abc/w480.avif")
    with pytest.raises(FileNotFoundError):
        storage.size("renditions/abc/w480.avif")
    with pytest.raises(FileNotFoundError), storage.borrowed_path("renditions/abc/w480.avif"):
        pass


def test_putting_again_replaces(storage: Storage) -> None:
    """The new bytes, whole."""
    put(storage, "originals/a.jpg", b"old and longer")
    put(storage, "originals/a.jpg", b"new")
    assert bytes_of(storage, "originals/a.jpg") == b"new"


def test_readers_see_one_whole_file_while_it_is_replaced(storage: Storage) -> None:
    """Whoever reads while another writes gets the old or the new bytes (or is told to come again), never a mixture."""
    put(storage, "originals/a.jpg", b"a" * 300_000)
    stop, mixed = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                data = bytes_of(storage, "originals/a.jpg")
            except StorageTrouble:
                continue
            if len(data) != 300_000 or len(set(data)) != 1:
                mixed.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    for letter in b"bcdefg":
        put(storage, "originals/a.jpg", bytes([letter]) * 300_000)
    stop.set()
    reader.join(30)
    assert not mixed
    assert set(bytes_of(storage, "originals/a.jpg")) == set(b"g")


def test_lists_keys_of_ours_only(storage: Storage, storage_kind: str) -> None:
    """All, or those of one folder; nothing that was put there under a name that we do not give."""
    for key in ("originals/a.jpg", "renditions/b/w480.avif", "signed/b-1f.jpg"):
        put(storage, key, b"x")
    if storage_kind == "folder":
        (storage.root / "originals" / ".DS_Store").write_bytes(b"x")  # type: ignore[attr-defined]
    else:
        storage._client.put_object(Bucket="media", Key="site/originals/not ours.txt", Body=b"x")  # type: ignore[attr-defined]
        storage._client.put_object(Bucket="media", Key="another/originals/a.jpg", Body=b"x")  # type: ignore[attr-defined]
    assert storage.is_writable()
    assert sorted(storage.list_keys()) == ["originals/a.jpg", "renditions/b/w480.avif", "signed/b-1f.jpg"]
    assert list(storage.list_keys("originals")) == ["originals/a.jpg"]
    assert list(storage.list_keys("signed", older_than=3600)) == []
    assert list(storage.list_keys("nothing")) == []
    assert list(storage.list_keys("..")) == []


@pytest.fixture
def storage_kind(request: pytest.FixtureRequest) -> str:
    """Which of the two it is."""
    return str(request.node.callspec.params["storage"])


def test_sweeps_what_nobody_finished(storage: Storage) -> None:
    """Old temporary files and folders go, new ones stay."""
    file, scrap = storage.incoming()
    file.close()
    file, fresh = storage.incoming()
    file.close()
    folder = scrap.parent / "work"
    folder.mkdir()
    for path in (scrap, folder):
        os.utime(path, (1_000_000, 1_000_000))
    assert storage.sweep_incoming(older_than=3600) == 2
    assert fresh.exists()
    assert not scrap.exists()
    assert scrap.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../secret_key",
        "originals/../../secret_key",
        "originals/..",
        "originals//a",
        "originals/a\x00.jpg",
        "originals/a.jpg\n",
        ".incoming/tmp",
        "originals/.hidden",
        "originals/a b",
        "originals\\a",
        "originals/é",
        "alone",
        "originals/" + "a" * 300,
    ],
)
def test_refuses_keys_that_are_not_ours(storage: Storage, key: str, tmp_path: Path) -> None:
    """A key can name nothing outside of the store, whoever made it up."""
    delivery = Delivery("GET", 60, "image/jpeg", "no-store")
    asks: list[Callable[[], object]] = [
        lambda: storage.open(key),
        lambda: storage.delete(key),
        lambda: storage.size(key),
        lambda: storage.put_file(key, tmp_path / "missing"),
    ]
    if storage.temporary_address("originals/a.jpg", delivery) is not None:
        asks.append(lambda: storage.temporary_address(key, delivery))
    for ask in asks:
        with pytest.raises((BadKey, FileNotFoundError)) as caught:
            ask()
        assert caught.type is BadKey


@given(st.text(alphabet="ab/.\\\x00-_ é%", max_size=30))
def test_no_accepted_key_leads_outside(key: str) -> None:
    """Every key that passes stays below the root."""
    root = Path("/store")
    try:
        check_key(key)
    except BadKey:
        return
    assert Path(os.path.normpath(root / key)).is_relative_to(root)
    assert ".." not in key
