"""P4: what caches may keep of media, and for how long; what is shown always under an address that fits its bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways.storage import get_storage
from classprojects.media import actions, jobs, queries
from classprojects.media.models import MediaFile, MediaPurpose, MediaState, Rendition
from classprojects.works import faces
from classprojects.works.models import Medium, Work, WorkStatus
from tests.client import Page, PageClient
from tests.factories.classes import make_class
from tests.factories.media import picture_file
from tests.factories.people import Cast
from tests.factories.works import make_space, make_work
from tests.media.conftest import upload
from tests.web.media.test_class_media import put_into
from tests.web.media.test_who_sees_media import make_stored_file

Browse = Callable[..., PageClient]
HOUR, YEAR = "max-age=3600", "max-age=31536000"
FOR_GOOD = f"public, {YEAR}, s-maxage=3600, immutable"


@pytest.fixture
def file(cast: Cast, tmp_path: Path) -> MediaFile:
    """A picture that is ready since a moment."""
    file = make_stored_file(cast.maker, tmp_path)
    with transaction():
        found = db.session.get(MediaFile, file.id)
        assert found is not None
        found.ready_at = clock.now()
    return found


@pytest.fixture
def work(cast: Cast, file: MediaFile) -> Work:
    """The open work that shows it."""
    return make_work(cast.maker, medium=Medium.IMAGE, file_id=file.id, alt_text="A picture", title="Wall")


def address(file: MediaFile) -> str:
    """Where pages say that it is."""
    picture = queries.sources_for(file).picture
    assert picture is not None
    return picture.avif.split(" ")[0]


def fetch(client: PageClient, where: str, **headers: str) -> Page:
    """GET to the end."""
    return client.get(where, headers=headers, buffered=True)


@pytest.mark.usefixtures("work")
def test_browsers_keep_what_is_open_for_good(browse: Browse, cast: Cast, file: MediaFile) -> None:
    """By its fingerprint; shared caches ask again every hour, since what was published can be taken back."""
    where = address(file)
    assert where == f"/media/{file.public_id}/w480-avif?v={queries.fingerprint_of(file)}"
    page = fetch(browse(None), where)
    assert page.headers["Cache-Control"] == FOR_GOOD
    assert "Set-Cookie" not in page.headers
    assert page.headers["Vary"] == "Accept-Encoding"  # one copy serves everybody, whatever their cookies
    assert page.headers["ETag"]
    assert len(page.queries) <= 4
    for person in (cast.free, cast.maker):
        page = fetch(browse(person), where)
        assert page.headers["Cache-Control"] == f"private, {YEAR}, immutable"


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("ending", ["", "?v=", "?v=1", "?v=x%00", "?v=ffffffffff&v=1"])
def test_other_fingerprints_promise_nothing(browse: Browse, file: MediaFile, ending: str) -> None:
    """An old page's address gives what is there now, for an hour; nobody can have the future cached by guessing."""
    page = fetch(browse(None), f"/media/{file.public_id}/w480-avif{ending}")
    assert page.status == 200
    assert page.headers["Cache-Control"] == f"public, {HOUR}"


def test_new_bytes_have_a_new_address(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    """Made anew, also within the same moment of a clock that stands, a rendition is shown under another address."""
    sent = upload(picture_file(tmp_path / "photo.png", 60, 40))
    with sent.stream:
        received = actions.receive_upload(sent, ("image",))
    with transaction():
        photo = actions.accept_upload(cast.maker, received, MediaPurpose.WORK)
    make_work(cast.maker, medium=Medium.IMAGE, file_id=photo.id, alt_text="A picture", title="Wall")
    with clock.at(clock.now()):
        jobs.process_file(photo.id)
        first = queries.find_file(photo.id)
        assert first is not None
        before = address(first)
        with transaction():
            first.state, first.attempts = MediaState.UPLOADED, 0
        jobs.process_file(photo.id)
        again = queries.find_file(photo.id)
        assert again is not None
        after = address(again)
    assert before.split("?")[0] == after.split("?")[0]
    assert before != after
    visitor = browse(None)
    assert fetch(visitor, after).headers["Cache-Control"] == FOR_GOOD
    assert fetch(visitor, before).headers["Cache-Control"] == f"public, {HOUR}"


@pytest.mark.usefixtures("work")
def test_who_has_it_is_told_so_without_opening_it(browse: Browse, file: MediaFile) -> None:
    """304 by tag, also when the store is away; changed bytes have another tag."""
    first = fetch(browse(None), address(file))
    get_storage().delete(f"renditions/{file.public_id}/w480-avif.avif")
    again = fetch(browse(None), address(file), **{"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.response.data) == (304, b"")
    assert again.headers["Cache-Control"] == FOR_GOOD
    assert fetch(browse(None), address(file)).status == 404
    assert fetch(browse(None), address(file), **{"If-Match": '"another"'}).status == 404
    with transaction():
        rendition = db.session.query(Rendition).filter_by(file_id=file.id).one()
        rendition.sha256 = "ab" * 32
    changed = fetch(browse(None), address(file), **{"If-None-Match": first.headers["ETag"]})
    assert changed.status == 404  # not 304: these bytes it does not have


def test_what_is_taken_back_is_gone(browse: Browse, cast: Cast, work: Work, file: MediaFile) -> None:
    """P4: unpublished or removed, the address that was public for good answers nobody else any more."""
    where = address(file)
    assert fetch(browse(None), where).status == 200
    for status in (WorkStatus.UNPUBLISHED, WorkStatus.REMOVED):
        with transaction():
            found = db.session.get(Work, work.id)
            assert found is not None
            found.status = status
        for person in (None, cast.free):
            page = fetch(browse(person), where)
            assert page.status == 404
            assert "public" not in page.headers["Cache-Control"]
        own = fetch(browse(cast.maker), where)
        assert (own.status, own.headers["Cache-Control"]) == (200, "private, no-cache")


def test_what_is_for_some_is_kept_by_nobody(browse: Browse, cast: Cast, file: MediaFile) -> None:
    """P4: a class work's media are asked for each time, however their address looks."""
    space = make_space("Class")
    make_work(cast.maker, medium=Medium.IMAGE, file_id=file.id, alt_text="A picture", title="Inside", space=space)
    page = fetch(browse(cast.maker), address(file))
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in page.headers["Vary"]
    assert fetch(browse(None), address(file)).status == 404


def test_a_free_lesson_may_stop_being_free(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    """P2: its film is public today, and kept for an hour only."""
    project = make_class(cast.instructor, lessons=3)
    film = put_into(project, 1, cast.instructor, tmp_path)
    with transaction():
        found = db.session.get(MediaFile, film.id)
        assert found is not None
        found.ready_at = clock.now()
    assert found.purpose is MediaPurpose.LESSON
    page = fetch(browse(None), f"/media/{found.public_id}/w480-avif?v={queries.fingerprint_of(found)}")
    assert page.headers["Cache-Control"] == f"public, {HOUR}"


def test_downloads_are_told_apart(browse: Browse, cast: Cast, work: Work, file: MediaFile, tmp_path: Path) -> None:
    """The maker gets another file at the same address: nobody keeps either without asking again."""
    (tmp_path / "clean").write_bytes(b"CLEAN")
    key = f"renditions/{file.public_id}/original-clean.jpg"
    get_storage().put_file(key, tmp_path / "clean")
    with transaction():
        db.session.add(Rendition(file_id=file.id, name="original-clean", mime="image/jpeg", size=5, storage_key=key))
    page = fetch(browse(None), f"{work.url}/download?v={queries.fingerprint_of(file)}")
    assert page.status == 200
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in page.headers["Vary"]


@pytest.mark.usefixtures("work")
def test_walls_and_pages_name_the_same_address(client: PageClient, cast: Cast, file: MediaFile, work: Work) -> None:
    """A card's row knows the fingerprint as the file itself does: otherwise one picture is fetched twice."""
    (face,) = faces.list_open_faces().items
    picture = queries.sources_for(face).picture
    assert picture is not None
    assert picture.avif.split(" ")[0] == address(file)
    assert queries.fingerprint_of(file) in client.get("/open").html
    assert queries.fingerprint_of(file) in client.get(work.url).html


def test_fingerprints(cast: Cast, file: MediaFile) -> None:
    """Short, fit for addresses, another every millisecond."""
    seen = set()
    for milliseconds in range(50):
        file.ready_at = clock.now() if file.ready_at is None else file.ready_at + timedelta(milliseconds=1)
        seen.add(queries.fingerprint_of(file))
        assert milliseconds < 50
    assert len(seen) == 50
    assert all(one.isalnum() and len(one) <= 12 for one in seen)
    file.ready_at = None
    assert queries.fingerprint_of(file) == ""
    db.session.rollback()
