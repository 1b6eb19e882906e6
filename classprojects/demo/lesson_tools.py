"""What the demo shows of lessons: chapters in a film, and a sheet to download beside it."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from classprojects.classes import actions, queries
from classprojects.classes.actions import LessonDraft
from classprojects.classes.actions.lessons import Chapter
from classprojects.classes.actions.resources import add_resource
from classprojects.classes.queries.resources import list_resources
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.core.ids import slugify
from classprojects.media import actions as media
from classprojects.media.models import MediaKind, MediaPurpose

KITCHEN = "A song from your kitchen"
CHAPTERS = (Chapter(0, "A glass and a lid"), Chapter(7200, "A drawer and a spoon"), Chapter(14_400, "Your five"))
SHEET = """Five sounds from one kitchen

Walk through the room with your ears. Tick what you found.

[ ] One that rings      What is it?            Where is it thin?
[ ] One that knocks     What is it?            What is in it?
[ ] One that drips      What is it?            How long is the gap?
[ ] One that scrapes    What is it?            Slow, or fast?
[ ] One that breathes   What is it?            When does it stop?

Record each for ten seconds. Leave a second of silence before and after.
"""


def write_chapters(now: datetime) -> None:
    """Chapters in the first lesson that has a film or sound, and a sheet beside it; what is there already stays."""
    project = queries.get_class(slugify(KITCHEN))
    lesson = next((one for one in project.lessons if one.file_id is not None), None)
    if lesson is None or lesson.chapters or list_resources(lesson):
        return
    teacher = project.instructors[0].person
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "five-sounds.txt"
        path.write_text(SHEET, encoding="utf-8")
        received = media.store_file(path, path.name, {MediaKind.DOCUMENT.value}, path.stat().st_size)
    with clock.at(now - timedelta(days=2)), transaction():
        length = lesson.file.duration_ms if lesson.file is not None else None
        draft = LessonDraft(
            title=lesson.title,
            body=lesson.body,
            captions=lesson.captions,
            captions_language=lesson.captions_language,
            transcript=lesson.transcript,
            chapters=tuple(chapter for chapter in CHAPTERS if not length or chapter.at_ms < length),
            is_preview=lesson.is_preview,
            minutes=lesson.minutes,
            note="Chapters, to find your way in it",
        )
        actions.edit_lesson(project, lesson, draft, lesson.version, teacher)
        sheet = media.accept_upload(teacher, received, MediaPurpose.RESOURCE)
        add_resource(project, lesson, sheet, "Five sounds, to tick off", teacher)
