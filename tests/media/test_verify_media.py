"""``flask media verify``: names every file that is missing or damaged, and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from classprojects.core.database import db, transaction
from classprojects.gateways.storage import get_storage
from classprojects.media import jobs, queries
from classprojects.media.models import MediaFile, Rendition
from classprojects.media.verification import verify_objects
from tests.factories.media import picture_file

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow


@pytest.fixture
def photos(context: Flask, take_in: Callable[..., MediaFile], tmp_path: Path) -> list[MediaFile]:
    """Three processed photos."""
    found = []
    for number in range(3):
        file = take_in(picture_file(tmp_path / f"{number}.png", 60 + number, 40))
        jobs.process_file(file.id)
        made = queries.find_file(file.id)
        assert made is not None
        assert made.is_ready
        found.append(made)
    return found


def verify(context: Flask, *words: str) -> tuple[int, str]:
    """The command's exit status and what it said."""
    answer = context.test_cli_runner().invoke(args=["media", "verify", *words])
    return answer.exit_code, answer.output


def spoil(key: str) -> None:
    """Other bytes, as many."""
    path = get_storage().local_path(key)  # type: ignore[attr-defined]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def test_whole_files(context: Flask, photos: list[MediaFile]) -> None:
    """Everything is as it was stored."""
    number = sum(1 + len(photo.renditions) for photo in photos)
    assert number >= 12
    assert verify(context) == (0, f"{number} looked at, 0 faults.\n")
    assert verify(context, "--sizes-only") == (0, f"{number} looked at, 0 faults.\n")


def test_names_what_is_wrong(context: Flask, photos: list[MediaFile]) -> None:
    """Missing, cut off, changed: originals and renditions; exit status 1."""
    missing, cut, changed = photos[0].storage_key, photos[1].renditions[0].storage_key, photos[2].storage_key
    shown = photos[2].renditions[0].storage_key
    get_storage().delete(missing)
    get_storage().local_path(cut).write_bytes(b"x")  # type: ignore[attr-defined]
    spoil(changed)
    spoil(shown)
    status, said = verify(context)
    assert status == 1
    lines = said.splitlines()
    assert f"{missing} is missing" in lines
    assert any(line.startswith(f"{cut} is damaged: 1 bytes instead of") for line in lines)
    assert f"{changed} is damaged: other bytes of the same size" in lines
    assert f"{shown} is damaged: other bytes of the same size" in lines
    assert lines[-1].endswith("4 faults.")
    status, said = verify(context, "--sizes-only")
    assert status == 1
    assert len(said.splitlines()) == 3


def test_old_renditions_have_no_checksum(context: Flask, photos: list[MediaFile]) -> None:
    """What was made before checksums were kept is judged by its size."""
    with transaction():
        rendition = db.session.get(Rendition, photos[0].renditions[0].id)
        assert rendition is not None
        rendition.sha256 = None
        key = rendition.storage_key
    spoil(key)
    assert verify(context)[0] == 0
    get_storage().delete(key)
    assert f"{key} is missing" in verify(context)[1]


def test_what_changes_meanwhile_is_no_fault(
    context: Flask, photos: list[MediaFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site goes on: a file deleted after its row was read is looked up again."""
    known = list(queries.list_stored_objects())
    stale = dataclasses.replace(known[0], size=known[0].size + 1)
    gone = dataclasses.replace(known[0], key="originals/gone.png")
    monkeypatch.setattr(queries, "list_stored_objects", lambda: iter([stale, gone, *known[1:]]))
    assert [one for one in verify_objects() if one.fault] == []


def test_what_is_not_made_yet_is_not_missing(context: Flask, photos: list[MediaFile]) -> None:
    """A file that the worker makes itself has no bytes until then."""
    get_storage().delete(photos[0].storage_key)
    with transaction():
        file = db.session.get(MediaFile, photos[0].id)
        assert file is not None
        file.size = 0
    assert verify(context)[0] == 0


def test_many_rows_are_read_in_pieces(context: Flask, photos: list[MediaFile]) -> None:
    """All of them, each once, whatever the size of a piece."""
    whole = list(queries.list_stored_objects())
    assert list(queries.list_stored_objects(size=2)) == whole
    assert len({one.key for one in whole}) == len(whole)


def test_a_store_that_is_away_is_not_a_thousand_faults(
    context: Flask, photos: list[MediaFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with words and status 1."""
    settings = dataclasses.replace(
        context.config["SETTINGS"], storage_url="s3://id:secret@bucket?endpoint=http://127.0.0.1:1"
    )
    monkeypatch.setitem(context.config, "SETTINGS", settings)
    monkeypatch.delitem(context.extensions, "classprojects.storage", raising=False)
    from classprojects.gateways.storage import s3

    monkeypatch.setattr(s3, "TRIES", 1)
    status, said = verify(context)
    assert status == 1
    assert "the store was away" in said
    assert "secret" not in said
