"""P4, P20: others download a work without its past; its maker the file as sent, here and in the export."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.core.database import db, transaction
from classprojects.media import actions, jobs
from classprojects.media.models import MediaFile, MediaPurpose, MediaState
from classprojects.web.accounts.export import write_export
from classprojects.works.models import Medium, Work
from tests.client import Page, PageClient
from tests.factories.media import picture_file
from tests.factories.people import Cast
from tests.factories.works import make_work

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

Browse = Callable[..., PageClient]


@pytest.fixture
def sent(tmp_path: Path) -> bytes:
    """A photo as a telephone takes it: with its place, held sideways."""
    return picture_file(tmp_path / "photo.jpg", 300, 200, gps=True, orientation=6).read_bytes()


@pytest.fixture
def work(client: PageClient, cast: Cast, sent: bytes) -> Work:
    """An open work with that photo, not processed yet."""
    received = actions.receive_upload(FileStorage(io.BytesIO(sent), filename="photo.jpg"), ("image",))
    with transaction():
        file = actions.accept_upload(cast.maker, received, MediaPurpose.WORK)
    return make_work(cast.maker, medium=Medium.IMAGE, file_id=file.id, alt_text="A wall", title="Wall")


def its_file() -> MediaFile:
    """The one file that there is."""
    return db.session.scalars(sa.select(MediaFile)).one()


def process() -> None:
    """As the worker does."""
    jobs.process_file(its_file().id)


def download(browse: Browse, person: Person | None, work: Work) -> Page:
    """What ``person`` gets who asks for the original."""
    return browse(person).get(f"{work.url}/download", buffered=True)


def test_others_get_it_without_its_place(browse: Browse, cast: Cast, work: Work, sent: bytes) -> None:
    """The same pixels, upright, under the same name; no place, no camera."""
    process()
    for person in (None, cast.free, cast.staff):
        page = download(browse, person, work)
        assert page.status == 200
        data = page.response.data
        assert data != sent
        assert b"Telltale" not in data
        with Image.open(io.BytesIO(data)) as image, Image.open(io.BytesIO(sent)) as original:
            assert original.getexif().get_ifd(0x8825)
            assert dict(image.getexif()) == {0x0112: 6}
            assert image.tobytes() == original.tobytes()
        assert page.headers["Content-Disposition"] == 'attachment; filename="Wall by Maker.jpg"'
        assert page.headers["Content-Type"] == "image/jpeg"
        assert "Cookie" in page.headers["Vary"]


def test_the_maker_gets_it_as_sent(browse: Browse, cast: Cast, work: Work, sent: bytes) -> None:
    """At any time, and no cache keeps it for somebody else."""
    before = download(browse, cast.maker, work)
    process()
    after = download(browse, cast.maker, work)
    for page in (before, after):
        assert page.response.data == sent
        assert page.headers["Cache-Control"] == "private, no-cache"
        assert page.headers["Content-Disposition"] == 'attachment; filename="Wall by Maker.jpg"'


def test_a_copy_seen_before_does_not_stand_for_the_other(browse: Browse, cast: Cast, work: Work, sent: bytes) -> None:
    """Who comes with the clean copy's tag is given the maker's own when they are the maker, and the other way round."""
    process()
    clean, own = download(browse, None, work), download(browse, cast.maker, work)
    assert clean.headers["ETag"] != own.headers["ETag"]
    again = browse(cast.maker).get(
        f"{work.url}/download", headers={"If-None-Match": clean.headers["ETag"]}, buffered=True
    )
    assert again.response.data == sent
    again = browse(None).get(f"{work.url}/download", headers={"If-None-Match": own.headers["ETag"]}, buffered=True)
    assert again.response.data == clean.response.data


def test_before_it_is_prepared_others_wait(browse: Browse, cast: Cast, work: Work) -> None:
    """Words instead of the file, and no link that leads nowhere."""
    for person in (None, cast.free):
        page = download(browse, person, work)
        assert page.status == 404
        assert "still being prepared" in page.text
        assert not browse(person).get(work.url)("a.work-page__download")
    assert browse(cast.maker).get(work.url)("a.work-page__download")
    process()
    assert browse(None).get(work.url)("a.work-page__download")
    assert browse(cast.free).get(f"{work.url}/remix")(f"a[href='{work.url}/download']")


def test_the_export_holds_it_as_sent(browse: Browse, cast: Cast, work: Work, sent: bytes, tmp_path: Path) -> None:
    """P20: everything one made, as one sent it."""
    process()
    path = tmp_path / "export.zip"
    with path.open("wb") as file:
        write_export(cast.maker, file)
    with zipfile.ZipFile(path) as archive:
        (name,) = [one for one in archive.namelist() if one.startswith("files/")]
        assert archive.read(name) == sent


def test_a_failed_file_can_be_tried_again(browse: Browse, cast: Cast, work: Work) -> None:
    """Its maker, and nobody else, finds the button on the page."""
    with transaction():
        file = its_file()
        file.state, file.failure = MediaState.FAILED, "It broke."
    assert not browse(cast.free).get(work.url)("form[action$='/processing']")
    maker = browse(cast.maker)
    page = maker.get(work.url)
    (form,) = page("form[action$='/processing']")
    assert "Try again" in page.text
    assert browse(cast.free).post(form.get("action")).status in (403, 404)
    assert maker.post(form.get("action")).status == 303
    process()
    assert browse(None).get(work.url)("figure.work-media-image")
