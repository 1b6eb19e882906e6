"""People who upload, and files as a form hands them over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.core.database import db, transaction
from classprojects.media import actions
from classprojects.media.models import MediaFile, MediaPurpose
from tests.factories.media import picture_file

ANY_KIND = ("image", "audio", "video")


def upload(path: Path, name: str | None = None) -> FileStorage:
    """``path`` as a form's file field, under any name."""
    return FileStorage(stream=path.open("rb"), filename=path.name if name is None else name)


@pytest.fixture
def make_person(context: Flask) -> Callable[[str], Person]:
    """``make_person("ada")``: somebody with an account."""

    def make(handle: str) -> Person:
        with transaction():
            person = Person(handle=handle, email=f"{handle}@example.test", name=handle.title())
            db.session.add(person)
        return person

    return make


@pytest.fixture
def ada(make_person: Callable[[str], Person]) -> Person:
    """Ada, who makes things."""
    return make_person("ada")


@pytest.fixture
def take_in(ada: Person) -> Callable[..., MediaFile]:
    """``take_in(path)``: the file uploaded and accepted, not yet processed."""

    def take(path: Path, purpose: MediaPurpose = MediaPurpose.WORK, person: Person | None = None) -> MediaFile:
        with path.open("rb") as stream:
            received = actions.receive_upload(FileStorage(stream=stream, filename=path.name), ANY_KIND)
        with transaction():
            return actions.accept_upload(person or ada, received, purpose)

    return take


@pytest.fixture
def photo(tmp_path: Path, take_in: Callable[..., MediaFile]) -> MediaFile:
    """A small photo, accepted."""
    return take_in(picture_file(tmp_path / "photo.jpg", 640, 480))
