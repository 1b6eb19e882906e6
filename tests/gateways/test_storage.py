"""The local store: whole files under our own keys, nothing outside of it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classprojects.gateways.storage import BadKey, LocalStorage, check_key, open_storage


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    """An empty store."""
    return LocalStorage(tmp_path / "store")


def put(storage: LocalStorage, key: str, data: bytes) -> None:
    """Store ``data`` under ``key``."""
    file, path = storage.incoming()
    with file:
        file.write(data)
    storage.put_file(key, path, move=True)


def test_puts_and_opens_at_any_place(storage: LocalStorage) -> None:
    """What went in comes out, and can be read from the middle."""
    put(storage, "originals/abc_-1.jpg", b"0123456789")
    assert storage.exists("originals/abc_-1.jpg")
    assert storage.size("originals/abc_-1.jpg") == 10
    with storage.open("originals/abc_-1.jpg") as file:
        file.seek(6)
        assert file.read() == b"6789"
    assert storage.local_path("originals/abc_-1.jpg").read_bytes() == b"0123456789"


def test_copying_keeps_the_source(storage: LocalStorage, tmp_path: Path) -> None:
    """Without `move` the given file stays where it was."""
    source = tmp_path / "picture"
    source.write_bytes(b"bytes")
    storage.put_file("originals/one.png", source)
    assert source.exists()
    storage.put_file("originals/two.png", source, move=True)
    assert not source.exists()
    assert storage.size("originals/two.png") == 5


def test_deletes_and_forgets_what_is_not_there(storage: LocalStorage) -> None:
    """Deleting twice is the same as once; empty folders of one file go with it."""
    put(storage, "renditions/abc/w480.avif", b"x")
    storage.delete("renditions/abc/w480.avif")
    storage.delete("renditions/abc/w480.avif")
    assert not storage.exists("renditions/abc/w480.avif")
    assert not (storage.root / "renditions" / "abc").exists()
    with pytest.raises(FileNotFoundError):
        storage.local_path("renditions/abc/w480.avif")


def test_a_failing_write_leaves_the_old_file_and_no_scraps(
    storage: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that breaks off shows under no key."""
    put(storage, "originals/a.jpg", b"old")
    source = tmp_path / "new"
    source.write_bytes(b"new")

    def broken(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="no space"):
        storage.put_file("originals/a.jpg", source)
    assert storage.local_path("originals/a.jpg").read_bytes() == b"old"
    assert list((storage.root / ".incoming").iterdir()) == []


def test_readers_see_one_whole_file_while_it_is_replaced(storage: LocalStorage) -> None:
    """Whoever reads while another writes gets the old or the new bytes, never a mixture."""
    put(storage, "originals/a.jpg", b"a" * 200_000)
    stop = threading.Event()
    seen: set[bytes] = set()

    def read() -> None:
        while not stop.is_set():
            with storage.open("originals/a.jpg") as file:
                data = file.read()
            assert len(data) == 200_000
            seen.add(bytes(set(data)))

    reader = threading.Thread(target=read)
    reader.start()
    for letter in b"bcdefg":
        put(storage, "originals/a.jpg", bytes([letter]) * 200_000)
    stop.set()
    reader.join(10)
    assert all(len(one) == 1 for one in seen)


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
def test_refuses_keys_that_are_not_ours(storage: LocalStorage, key: str) -> None:
    """A key can name nothing outside of the store, whoever made it up."""
    with pytest.raises(BadKey):
        storage.open(key)
    with pytest.raises(BadKey):
        storage.delete(key)


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


def test_lists_old_keys_and_sweeps_old_temporary_files(storage: LocalStorage) -> None:
    """Only what is old enough is offered or swept."""
    put(storage, "originals/old.jpg", b"x")
    put(storage, "originals/new.jpg", b"x")
    file, scrap = storage.incoming()
    file.close()
    file, fresh = storage.incoming()
    file.close()
    folder = storage.root / ".incoming" / "work"
    folder.mkdir()
    for path in (storage.local_path("originals/old.jpg"), scrap, folder):
        os.utime(path, (1_000_000, 1_000_000))
    assert list(storage.list_keys("originals", older_than=3600)) == ["originals/old.jpg"]
    assert list(storage.list_keys("nothing", older_than=0)) == []
    assert list(storage.list_keys("..", older_than=0)) == []
    assert storage.sweep_incoming(older_than=3600) == 2
    assert fresh.exists()
    assert not scrap.exists()


def test_opens_folders_only(tmp_path: Path) -> None:
    """An address that is no folder is refused when the application starts, in words."""
    assert open_storage(f"file://{tmp_path}/with%20space").root == tmp_path / "with space"
    for url in ("s3://bucket", "file://relative/x", "media", ""):
        with pytest.raises(ValueError, match="STORAGE_URL"):
            open_storage(url)
    assert open_storage(f"file://{tmp_path}/new").is_writable()
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    assert not open_storage(f"file://{blocked}").is_writable()
