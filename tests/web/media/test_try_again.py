"""A failed lesson file or cover: whoever sent it can have it tried again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from classprojects.classes.models import ClassProject
from classprojects.core.database import db, transaction
from classprojects.media import jobs, queries
from classprojects.media.models import MediaFile, MediaPurpose, MediaState
from tests.client import PageClient
from tests.factories.classes import make_class
from tests.factories.people import Cast
from tests.factories.works import make_file
from tests.web.media.test_class_media import put_into

Browse = Callable[..., PageClient]


def fail(file: MediaFile) -> str:
    """The file has failed; the address that tries again."""
    with transaction():
        found = db.session.get(MediaFile, file.id)
        assert found is not None
        found.state, found.failure, found.attempts = MediaState.FAILED, "It broke.", 3
    return f"/media/{file.public_id}/processing"


def state_of(file: MediaFile) -> MediaState:
    """Where its processing stands now."""
    db.session.expire_all()
    found = queries.find_file(file.id)
    assert found is not None
    return found.state


def test_of_a_lesson(context: Flask, browse: Browse, cast: Cast, tmp_path: Path) -> None:
    """The studio's page of the lesson has the button, and one comes back to it."""
    project = make_class(cast.instructor)
    file = put_into(project, 2, cast.instructor, tmp_path)
    teacher, page_address = browse(cast.instructor), f"{project.studio_url}/lessons/2"
    assert not teacher.get(page_address)("form[action$='/processing']")
    address = fail(file)
    page = teacher.get(page_address)
    (form,) = page(f"form[action='{address}']")
    assert "could not be prepared" in page.text
    assert "Try again" in page.text
    context.config["RECORDED_JOBS"].clear()
    answer = teacher.post(address, dict(form.form_values()))
    assert (answer.status, answer.location) == (303, page_address)
    assert state_of(file) is MediaState.UPLOADED
    assert context.config["RECORDED_JOBS"] == [(jobs.process_file, (file.id,))]


def test_of_a_cover(browse: Browse, cast: Cast) -> None:
    """So has the class's page in the studio, for its cover."""
    project = make_class(cast.instructor)
    file = make_file(cast.instructor, purpose=MediaPurpose.COVER)
    with transaction():
        found = db.session.get(ClassProject, project.id)
        assert found is not None
        found.cover_file_id = file.id
    address = fail(file)
    teacher = browse(cast.instructor)
    page = teacher.get(project.studio_url)
    assert "The cover could not be prepared" in page.text
    (form,) = page(f"form[action='{address}']")
    assert teacher.post(address, dict(form.form_values())).location == project.studio_url
    assert "is being prepared" in teacher.get(project.studio_url).text


def test_nobody_else(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    """Not the colleague, not staff, not a visitor, and not at an address that is made up."""
    project = make_class(cast.instructor)
    file = put_into(project, 2, cast.instructor, tmp_path)
    address = fail(file)
    for person in (cast.free, cast.other_instructor, cast.staff):
        assert browse(person).post(address).status == 404
    assert browse(None).post(address).location.startswith("/login")
    assert browse(cast.instructor).post("/media/made-up/processing").status == 404
    assert browse(cast.instructor).get(address).status in (404, 405)
    assert browse(cast.instructor).post(address, csrf=False).status == 400
    assert state_of(file) is MediaState.FAILED


@pytest.mark.parametrize("place", ["https://elsewhere.test/", "//elsewhere.test", "", "/\\elsewhere.test"])
def test_one_is_never_sent_elsewhere(browse: Browse, cast: Cast, place: str) -> None:
    """Back to a page of ours, or home."""
    address = fail(make_file(cast.instructor))
    assert browse(cast.instructor).post(address, {"next": place}).location == "/"


def test_what_did_not_fail_stays_as_it_is(context: Flask, browse: Browse, cast: Cast) -> None:
    """Pressing twice, or late, does nothing."""
    file = make_file(cast.instructor)
    context.config["RECORDED_JOBS"].clear()
    assert browse(cast.instructor).post(f"/media/{file.public_id}/processing").status == 303
    assert state_of(file) is MediaState.READY
    assert context.config["RECORDED_JOBS"] == []
