"""P4: a file is guarded by the policy of the pages that it is on, and asks the database little."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from classprojects.accounts.models import Person
from classprojects.core.database import db, transaction
from classprojects.gateways.storage import get_storage
from classprojects.media.models import MediaFile, MediaPurpose, Rendition
from classprojects.works.models import Medium, Work, WorkStatus
from tests.client import Page, PageClient
from tests.factories.people import make_person
from tests.factories.works import make_file, make_space, make_work

Browse = Callable[..., PageClient]


def make_stored_file(owner: Person, tmp_path: Path, purpose: MediaPurpose = MediaPurpose.WORK) -> MediaFile:
    """A picture that is ready, with one rendition that has bytes."""
    file = make_file(owner, purpose=purpose)
    path = tmp_path / "bytes"
    path.write_bytes(b"AVIF")
    key = f"renditions/{file.public_id}/w480-avif.avif"
    get_storage().put_file(key, path)
    with transaction():
        db.session.add(Rendition(file_id=file.id, name="w480-avif", mime="image/avif", size=4, storage_key=key))
    return file


def look(browse: Browse, person: Person | None, file: MediaFile) -> Page:
    """What ``person`` gets at the file's address."""
    return browse(person).get(f"/media/{file.public_id}/w480-avif", buffered=True)


@pytest.fixture
def maker(client: PageClient) -> Person:
    """Whose files they are."""
    return make_person("maker")


@pytest.fixture
def other(client: PageClient) -> Person:
    """Somebody else with an account."""
    return make_person("other")


def test_of_an_open_work(browse: Browse, maker: Person, other: Person, tmp_path: Path) -> None:
    """Everybody, in at most four queries; only visitors' answers are for shared caches."""
    file = make_stored_file(maker, tmp_path)
    make_work(maker, medium=Medium.IMAGE, file_id=file.id, alt_text="A picture")
    expected = {None: "public, max-age=3600", other: "private, max-age=3600", maker: "private, max-age=3600"}
    for person, caching in expected.items():
        page = look(browse, person, file)
        assert page.status == 200
        assert page.response.data == b"AVIF"
        assert page.headers["Cache-Control"] == caching
        assert len(page.queries) <= 4, page.queries


def test_of_a_class_work(browse: Browse, maker: Person, other: Person, tmp_path: Path) -> None:
    """Its maker sees it; to visitors and strangers there is nothing at this address."""
    file = make_stored_file(maker, tmp_path)
    make_work(maker, medium=Medium.IMAGE, file_id=file.id, alt_text="A picture", space=make_space())
    assert look(browse, None, file).status == 404
    assert look(browse, other, file).status == 404
    own = look(browse, maker, file)
    assert own.status == 200
    assert own.headers["Cache-Control"] == "private, no-cache"


def test_of_a_work_that_was_taken_down(browse: Browse, maker: Person, other: Person, tmp_path: Path) -> None:
    """The file goes with its page; the maker keeps it."""
    file = make_stored_file(maker, tmp_path)
    work = make_work(maker, medium=Medium.IMAGE, file_id=file.id, alt_text="A picture")
    with transaction():
        found = db.session.get(Work, work.id)
        assert found is not None
        found.status = WorkStatus.UNPUBLISHED
    assert look(browse, None, file).status == 404
    assert look(browse, other, file).status == 404
    assert look(browse, maker, file).status == 200


def test_of_no_page_yet(browse: Browse, maker: Person, other: Person, tmp_path: Path) -> None:
    """An upload that no page shows is its owner's alone; a lesson's file that no lesson shows too."""
    for purpose in (MediaPurpose.WORK, MediaPurpose.LESSON, MediaPurpose.COVER):
        file = make_stored_file(maker, tmp_path, purpose)
        assert look(browse, None, file).status == 404
        assert look(browse, other, file).status == 404
        assert look(browse, maker, file).status == 200


def test_of_a_person(browse: Browse, maker: Person, tmp_path: Path) -> None:
    """A profile picture is as open as the profile."""
    assert look(browse, None, make_stored_file(maker, tmp_path, MediaPurpose.PICTURE)).status == 200
