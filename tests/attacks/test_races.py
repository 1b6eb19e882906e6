"""The same thing twice at the same moment is one thing, and never a mistake of ours. Telling on PostgreSQL above all."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.accounts.models import Person
from classprojects.classes.models import Attempt, Enrollment, Feedback, LessonFinish, Submission
from classprojects.community.models import Follow
from classprojects.core.database import db
from classprojects.media.models import MediaFile
from classprojects.works.models import Heart, Work
from tests.attacks.scene import Scene, set_scene
from tests.factories.media import picture_file

# Exhaustive: not for the fast checks.
pytestmark = pytest.mark.slow

AT_ONCE = 4


@pytest.fixture
def scene(cast: Any) -> Scene:
    return set_scene(cast)


@pytest.fixture
def at_once(app: Flask, browse: Any) -> Callable[..., list[Any]]:
    """``at_once(person, address, form)``: the same form from four tabs at the same moment; their answers."""

    def send(person: Any, where: str, form: dict[str, Any]) -> list[Any]:
        tabs = [browse(person) for _ in range(AT_ONCE)]
        forms = [{**form, "csrf_token": tab.csrf_token()} for tab in tabs]
        db.session.commit()
        start = Barrier(AT_ONCE)

        def one(number: int) -> Any:
            start.wait(10)
            return tabs[number].flask.post(where, data=forms[number])

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(one, range(AT_ONCE)))
        assert all(answer.status_code in {303, 422} for answer in answers), [answer.status for answer in answers]
        db.session.expire_all()
        return answers

    return send


def count(model: Any, *conditions: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0


def test_posting_once(scene: Scene, at_once: Any) -> None:
    answers = at_once(scene.cast.free, "/works/new", {"medium": "text", "title": "Once", "body": "x", "once": "the same key"})
    assert len({answer.location for answer in answers}) == 1 and count(Work, Work.maker_id == scene.cast.free.id) == 1


def test_following_joining_finishing_once(scene: Scene, at_once: Any) -> None:
    free, subscriber, url = scene.cast.free, scene.cast.subscriber, scene.project.url
    at_once(free, "/people/maker/follow", {})
    at_once(subscriber, f"{url}/join", {})
    at_once(subscriber, f"{url}/lessons/1/finish", {})
    assert (count(Follow), count(Enrollment, Enrollment.person_id == subscriber.id), count(LessonFinish)) == (1, 1, 1)


def test_handing_in_and_feedback_once(scene: Scene, at_once: Any) -> None:
    url, before = scene.project.url, count(Feedback)
    at_once(scene.learner, f"{url}/assignments/2/submit", {"medium": "text", "title": "T", "body": "B", "once": "k"})
    at_once(scene.cast.instructor, f"{scene.submission.url}/feedback", {"works_well": "All of it.", "once": "k"})
    assert (count(Submission), count(Attempt), count(Feedback)) == (2, 2, before + 1)
    at_once(scene.cast.instructor, f"{scene.submission.url}/feedback", {"works_well": "And this."})
    assert db.session.get_one(Submission, scene.submission.id, populate_existing=True).feedback_count == count(Feedback)


def test_hearts_and_comments_are_counted_right(scene: Scene, at_once: Any) -> None:
    at_once(scene.cast.free, f"{scene.open.url}/heart", {})
    at_once(scene.cast.free, f"{scene.open.url}/comments", {"body": "Twice?", "once": "c"})
    work = db.session.get_one(Work, scene.open.id, populate_existing=True)
    assert work.hearts_count == count(Heart, Heart.work_id == work.id) and work.comments_count == 2


def test_one_handle_for_one_person(scene: Scene, at_once: Any) -> None:
    at_once(None, "/signup", {"handle": "wanted", "email": "wanted@example.test", "password": "learn by making"})
    assert count(Person, Person.handle == "wanted") == 1


def test_deleting_and_remixing_at_once(scene: Scene, at_once: Any) -> None:
    at_once(scene.cast.maker, f"{scene.remix.url}/delete", {})
    at_once(scene.cast.free, f"{scene.open.url}/remix", {"medium": "text", "title": "R", "body": "B", "once": "r"})
    at_once(scene.cast.free, f"{scene.open.url}/remix", {"medium": "text", "title": "", "body": "B"})


def test_one_upload_in_two_forms(scene: Scene, at_once: Any, browse: Any, tmp_path: Path) -> None:
    """A file that waits for its form is used by one form, or is one file in two works; nobody else can use it."""
    client, stranger = browse(scene.cast.free), browse(scene.cast.maker)
    content = picture_file(tmp_path / "a.png", 40, 30).read_bytes()
    page = client.post("/works/new", {"medium": "image", "title": "", "file": (io.BytesIO(content), "a.png")})
    (upload,) = {field.get("value") for field in page("input[name=upload]")} - {"", None}
    form = {"medium": "image", "title": "T", "alt_text": "A.", "upload": upload}
    assert stranger.post("/works/new", form).status == 422
    at_once(scene.cast.free, "/works/new", form)
    assert count(MediaFile) == 1 and count(Work, Work.maker_id == scene.cast.free.id) >= 1
    assert stranger.post("/works/new", form).status == 422
