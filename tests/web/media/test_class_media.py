"""P2, P4: a lesson's film like its lesson, a cover like its class; and seeking in a film asks little."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from classprojects.accounts.models import Person
from classprojects.classes.models import ClassProject, Lesson
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.media.models import MediaFile, MediaPurpose
from tests.client import PageClient
from tests.factories.classes import join, make_class, make_learner
from tests.factories.memberships import give_membership
from tests.factories.people import Cast, make_person
from tests.web.media.test_who_sees_media import look, make_stored_file

Browse = Callable[..., PageClient]


@pytest.fixture
def project(cast: Cast) -> ClassProject:
    """A published class of three lessons; the first is free."""
    return make_class(cast.instructor, lessons=3)


def put_into(project: ClassProject, number: int, owner: Person, tmp_path: Path) -> MediaFile:
    """A film into the lesson of that number."""
    file = make_stored_file(owner, tmp_path, MediaPurpose.LESSON)
    with transaction():
        lesson = db.session.get(Lesson, project.lessons[number - 1].id)
        assert lesson is not None
        lesson.file_id = file.id
    return file


def test_of_a_lesson(browse: Browse, cast: Cast, project: ClassProject, tmp_path: Path) -> None:
    """Learners and leaders, nobody else. A learner costs one query more: their membership, at this moment (P2)."""
    file = put_into(project, 2, cast.instructor, tmp_path)
    for person, cap in ((make_learner(project), 5), (cast.instructor, 4), (cast.staff, 4)):
        page = look(browse, person, file)
        assert page.status == 200
        assert page.headers["Cache-Control"] == "private, no-cache"
        assert len(page.queries) <= cap, page.queries
    assert look(browse, cast.free, file).status == 404
    assert look(browse, None, file).status == 404


def test_p2_of_a_lesson_after_the_membership_ended(
    browse: Browse, cast: Cast, project: ClassProject, tmp_path: Path
) -> None:
    """A second later the film is refused, however it was asked for before."""
    file = put_into(project, 2, cast.instructor, tmp_path)
    person = make_person("leaves")
    give_membership(person, ends_at=clock.now() + timedelta(minutes=10))
    join(person, project)
    assert look(browse, person, file).status == 200
    with clock.at(clock.now() + timedelta(minutes=10, seconds=1)):
        assert look(browse, person, file).status == 404


def test_of_the_free_lesson(browse: Browse, cast: Cast, project: ClassProject, tmp_path: Path) -> None:
    """Everybody, in at most four queries."""
    file = put_into(project, 1, cast.instructor, tmp_path)
    for person in (None, cast.free, make_learner(project)):
        page = look(browse, person, file)
        assert page.status == 200
        assert "max-age=3600" in page.headers["Cache-Control"]
        assert len(page.queries) <= 4, page.queries


def test_of_a_cover(browse: Browse, cast: Cast, project: ClassProject, tmp_path: Path) -> None:
    """Everybody once the class is published, in at most four queries; before, those who lead it."""
    draft = make_class(cast.instructor, publish=False)
    files = {}
    for one in (project, draft):
        file = files[one.id] = make_stored_file(cast.instructor, tmp_path, MediaPurpose.COVER)
        with transaction():
            found = db.session.get(ClassProject, one.id)
            assert found is not None
            found.cover_file_id = file.id
    for person in (None, cast.free, cast.instructor):
        page = look(browse, person, files[project.id])
        assert page.status == 200
        assert len(page.queries) <= 4, page.queries
    assert look(browse, cast.instructor, files[draft.id]).status == 200
    assert look(browse, cast.staff, files[draft.id]).status == 200
    assert look(browse, None, files[draft.id]).status == 404
    assert look(browse, cast.free, files[draft.id]).status == 404


def test_many_lessons_ask_no_more(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    """The number of queries does not grow with the class or with its leaders."""
    give_membership(cast.free)
    counts = set()
    for lessons in (2, 12):
        project = make_class(cast.instructor, lessons=lessons)
        file = put_into(project, 2, cast.instructor, tmp_path)
        counts.add(len(look(browse, make_learner(project), file).queries))
    assert len(counts) == 1
