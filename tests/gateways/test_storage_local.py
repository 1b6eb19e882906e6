"""The store in a folder: what a disk can do wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from classprojects.gateways.storage import Delivery, LocalStorage, open_storage
from tests.gateways.test_storage import put


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    """An empty store."""
    return LocalStorage(tmp_path / "store")


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


def test_deleting_the_last_file_takes_its_folder_too(storage: LocalStorage) -> None:
    """A folder of renditions is gone with them; the first folders stay."""
    put(storage, "renditions/abc/w480.avif", b"x")
    storage.delete("renditions/abc/w480.avif")
    assert not (storage.root / "renditions" / "abc").exists()
    assert (storage.root / "renditions").is_dir()


def test_lists_what_is_old_enough(storage: LocalStorage) -> None:
    """By the moment it was written."""
    put(storage, "originals/old.jpg", b"x")
    put(storage, "originals/new.jpg", b"x")
    os.utime(storage.local_path("originals/old.jpg"), (1_000_000, 1_000_000))
    assert list(storage.list_keys("originals", older_than=3600)) == ["originals/old.jpg"]


def test_has_no_addresses(storage: LocalStorage) -> None:
    """A folder is nowhere on the net."""
    put(storage, "originals/a.jpg", b"x")
    assert storage.temporary_address("originals/a.jpg", Delivery("GET", 60, "image/jpeg", "no-store")) is None


def test_opens_folders(tmp_path: Path) -> None:
    """An address that is none is refused when the application starts, in words."""
    scratch = tmp_path / "scratch"
    opened = open_storage(f"file://{tmp_path}/with%20space", scratch)
    assert isinstance(opened, LocalStorage)
    assert opened.root == tmp_path / "with space"
    for url in ("ftp://host/x", "file://relative/x", "media", ""):
        with pytest.raises(ValueError, match="STORAGE_URL"):
            open_storage(url, scratch)
    assert open_storage(f"file://{tmp_path}/new", scratch).is_writable()
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    assert not open_storage(f"file://{blocked}", scratch).is_writable()
