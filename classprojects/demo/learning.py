"""What the demo's learners keep for themselves: a place in a lesson, and notes."""

from __future__ import annotations

from collections.abc import Callable

from classprojects.accounts.models import Person
from classprojects.classes.actions.notes import keep_note, keep_place
from classprojects.classes.models import ClassProject, Lesson
from classprojects.classes.queries import get_class
from classprojects.classes.queries.notes import list_notes_at
from classprojects.core.database import transaction

#: (who, class, lesson, second, note)
NOTES = (
    ("noor", "a-song-from-your-kitchen", 2, 5, "The lid begins long before it bangs. Cut there, not at the bang."),
    ("noor", "a-song-from-your-kitchen", 2, None, "Try it with the enamel pot from the balcony, with one hand only."),
)  # fmt: skip
#: (who, class, lesson, second)
PLACES = (("noor", "a-song-from-your-kitchen", 2, 7),)


def add_learning(person: Callable[[str], Person]) -> None:
    """Notes and places; what is there already stays. ``person``: who has this handle."""
    for handle, slug, number, at_seconds, body in NOTES:
        writer, lesson = person(handle), _lesson(get_class(slug), number)
        if body not in {note.body for note in list_notes_at(writer, lesson)}:
            with transaction():
                keep_note(writer, lesson, body, at_seconds)
    for handle, slug, number, at_seconds in PLACES:
        with transaction():
            keep_place(person(handle), _lesson(get_class(slug), number), at_seconds)


def _lesson(project: ClassProject, number: int) -> Lesson:
    return next(lesson for lesson in project.lessons if lesson.number == number)
