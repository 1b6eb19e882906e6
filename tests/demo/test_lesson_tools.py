"""The demo's chapters and sheet: made once, whatever the length of the film."""

from __future__ import annotations

from flask import Flask

from classprojects.classes import actions, queries
from classprojects.classes.actions import LessonDraft
from classprojects.classes.queries.resources import list_resources
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.demo.lesson_tools import KITCHEN, write_chapters
from classprojects.media.models import MediaKind, MediaPurpose
from tests.classes.test_outline import stored
from tests.factories.classes import make_class
from tests.factories.people import Cast


def test_chapters_and_a_sheet(context: Flask, cast: Cast) -> None:
    project = make_class(cast.instructor, lessons=2, title=KITCHEN)
    write_chapters(clock.now())  # nothing to play yet
    sound = stored(cast.instructor, MediaKind.AUDIO, MediaPurpose.LESSON, 10_000)
    with transaction():
        lesson = queries.get_lesson(project.slug, 2)
        actions.edit_lesson(lesson.project, lesson, LessonDraft(lesson.title, lesson.body, file=sound), lesson.version, cast.instructor)
    write_chapters(clock.now())
    write_chapters(clock.now())
    lesson = queries.get_lesson(project.slug, 2)
    assert [chapter["at"] for chapter in lesson.chapters] == [0.0, 7.2]
    assert [one.file.original_name for one in list_resources(lesson)] == ["five-sounds.txt"]
