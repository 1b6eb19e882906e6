"""What tests of class pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from classprojects.accounts.models import Person
from classprojects.classes import actions, queries
from classprojects.classes.actions.lessons import Chapter, LessonDraft
from classprojects.classes.models import ClassProject, Lesson
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose, MediaState
from tests.factories.classes import CAPTIONS, make_class


def _file(owner: Person, kind: MediaKind, purpose: MediaPurpose, seconds: int, **values: Any) -> MediaFile:
    """A file as if it had been prepared: what pages show of it asks for no bytes."""
    file = MediaFile(
        owner_id=owner.id, purpose=purpose, kind=kind, mime="video/mp4" if kind is MediaKind.VIDEO else "audio/mpeg",
        extension="mp4" if kind is MediaKind.VIDEO else "mp3", size=10, sha256=f"{kind}{purpose}", original_name="film",
        duration_ms=seconds * 1000, storage_key=f"test/{owner.id}-{kind}-{purpose}", state=MediaState.READY,
        ready_at=clock.now(), attached_at=clock.now(), peaks=[0.5] * 200, **values,
    )  # fmt: skip
    db.session.add(file)
    db.session.flush()
    return file


@pytest.fixture
def film_lesson() -> Callable[[Person], ClassProject]:
    """``film_lesson(instructor)``: a class whose second lesson is a film of four minutes, with all that belongs to one."""

    def make(instructor: Person) -> ClassProject:
        project = make_class(instructor, lessons=1, assignments=1, publish=False)
        with transaction():
            film = _file(instructor, MediaKind.VIDEO, MediaPurpose.LESSON, 240, width=1280, height=720, heights=[360, 720])
            said = _file(instructor, MediaKind.AUDIO, MediaPurpose.DESCRIPTION, 240)
            fresh = queries.get_class(project.slug)
            actions.add_lesson(
                fresh,
                LessonDraft(
                    title="A film", file=film, captions=CAPTIONS,
                    chapters=(Chapter(0, "The room"), Chapter(2000, "The voice")),
                ),
                instructor,
            )  # fmt: skip
            lesson = db.session.get(Lesson, next(one.id for one in queries.get_class_by_id(fresh.id).lessons if one.title == "A film"))
            assert lesson is not None
            lesson.description_file_id = said.id
        with transaction():
            actions.publish_class(queries.get_class(project.slug))
        db.session.expire_all()
        return queries.get_class(project.slug)

    return make
