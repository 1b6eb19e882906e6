"""Moving all files from one store to another: whole, checked, repeatable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from classprojects.gateways.storage import LocalStorage, Storage, StorageTrouble, open_storage
from classprojects.gateways.storage.moving import copy_everything
from tests.gateways.object_store import Line, make_bucket, object_store, store_url
from tests.gateways.test_storage import bytes_of, put

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

FILES = {
    "originals/a.jpg": b"a" * 1000,
    "originals/b.mp4": b"b" * 300_000,
    "renditions/a/w480.avif": b"c" * 77,
    "signed/a-1f.jpg": b"",
}


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """A running S3 service."""
    with object_store() as endpoint:
        yield endpoint


@pytest.fixture
def here(tmp_path: Path) -> LocalStorage:
    """A folder with a few files."""
    storage = LocalStorage(tmp_path / "here")
    for key, data in FILES.items():
        put(storage, key, data)
    return storage


@pytest.fixture
def there(service: str, tmp_path: Path) -> Storage:
    """An empty store at the service."""
    make_bucket(service, "media")
    return open_storage(store_url(service), tmp_path / "scratch")


def all_in(storage: Storage) -> dict[str, bytes]:
    """Everything."""
    return {key: bytes_of(storage, key) for key in storage.list_keys()}


def test_there_and_back(here: LocalStorage, there: Storage, tmp_path: Path) -> None:
    """From a folder to a service, and from there into another folder: byte for byte; a second time nothing is left to do."""
    back = LocalStorage(tmp_path / "back")
    for source, target in ((here, there), (there, back)):
        moved = copy_everything(source, target, print)
        assert (moved.copied, moved.there, moved.failed) == (4, 0, [])
        assert moved.bytes == sum(map(len, FILES.values()))
        assert all_in(target) == FILES
        again = copy_everything(source, target, print, compare=True)
        assert (again.copied, again.there) == (0, 4)
    assert all_in(here) == FILES
    assert there.sweep_incoming(older_than=-10) == 0


def test_a_dry_run_copies_nothing(here: LocalStorage, there: Storage) -> None:
    """It only says what would be."""
    moved = copy_everything(here, there, print, dry_run=True)
    assert moved.copied == 4
    assert all_in(there) == {}


def test_what_is_half_there_is_made_good(here: LocalStorage, there: Storage) -> None:
    """Another size is another file; the same size is trusted, unless asked to compare."""
    put(there, "originals/a.jpg", b"a" * 10)
    put(there, "originals/b.mp4", b"x" * 300_000)
    assert copy_everything(here, there, print).copied == 3
    assert bytes_of(there, "originals/a.jpg") == FILES["originals/a.jpg"]
    assert bytes_of(there, "originals/b.mp4") == b"x" * 300_000
    assert copy_everything(here, there, print, compare=True).copied == 1
    assert all_in(there) == FILES


def test_goes_on_after_the_line_was_cut(
    here: LocalStorage, there: Storage, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What broke off is said, what was copied stays copied; repeating it does the rest."""
    for number in range(12):
        put(here, f"originals/more-{number}.jpg", bytes([number]) * 20_000)
    line = Line(service)
    line.cut_after = 150_000
    said: list[str] = []
    with pytest.raises(StorageTrouble, match="in a row"):
        copy_everything(here, open_storage(store_url(line.endpoint), tmp_path / "scratch"), said.append)
    assert said
    copied = set(there.list_keys())
    assert 0 < len(copied) < 16
    moved = copy_everything(here, there, print)
    assert moved.there == len(copied)
    assert moved.copied == 16 - len(copied)
    assert all_in(there) == all_in(here)


def test_a_copy_with_other_bytes_does_not_stay(
    here: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that gives back other bytes than it was given is found out."""
    target = LocalStorage(tmp_path / "target")
    real = LocalStorage.put_file

    def spoil(self: LocalStorage, key: str, path: Path, *, move: bool = False) -> None:
        real(self, key, path, move=move)
        if self is target and key == "originals/b.mp4":
            self.local_path(key).write_bytes(b"B" * 300_000)

    monkeypatch.setattr(LocalStorage, "put_file", spoil)
    moved = copy_everything(here, target, print)
    assert moved.failed == ["originals/b.mp4"]
    assert moved.copied == 3
    assert not target.exists("originals/b.mp4")


def test_what_is_deleted_meanwhile_is_passed_over(here: LocalStorage, tmp_path: Path) -> None:
    """The site goes on while files are copied."""
    target = LocalStorage(tmp_path / "target")

    class Vanishing(LocalStorage):
        def size(self, key: str) -> int:
            size = super().size(key)
            if key == "originals/a.jpg":
                self.delete(key)
            return size

    moved = copy_everything(Vanishing(here.root), target, print)
    assert (moved.copied, moved.failed) == (3, [])


def test_the_command(context: Flask, here: LocalStorage, there: Storage, service: str, tmp_path: Path) -> None:
    """Says what it did and what to do next; no secret of an address is printed."""
    run = context.test_cli_runner().invoke
    source, target = f"file://{here.root}", store_url(service)
    answer = run(args=["media", "move", "--from", source, "--to", target, "--dry-run"])
    assert answer.exit_code == 0, answer.output
    assert "4 would be copied" in answer.output
    answer = run(args=["media", "move", "--from", source, "--to", target])
    assert answer.exit_code == 0, answer.output
    assert "4 copied and checked (0.3 MB), 0 there already, 0 failed." in answer.output
    assert "set STORAGE_URL" in answer.output
    assert "secret" not in answer.output
    assert all_in(there) == FILES
    assert "4 there already" in run(args=["media", "move", "--from", source, "--to", target]).output
    for wrong in ("s3://", "ftp://x", source):
        assert run(args=["media", "move", "--from", source, "--to", wrong]).exit_code == 2
    answer = run(args=["media", "move", "--from", source, "--to", store_url(service, bucket="mistyped")])
    assert answer.exit_code == 1
    assert "cannot be written to" in answer.output
