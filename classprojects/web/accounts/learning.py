"""What somebody did and noted as a learner, for their own export (P20)."""

from __future__ import annotations

from typing import Any

from classprojects.accounts.models import Person
from classprojects.classes.queries.learning import find_learned
from classprojects.classes.queries.notes import list_all_notes


def learning_of(person: Person) -> dict[str, Any]:
    """Lessons finished and begun, assignments begun, and every note."""
    learned = find_learned(person)
    return {
        "lessons_finished": [{"lesson": lesson.title, "at": moment} for lesson, moment in learned.finishes],
        "places_in_lessons": [
            {"lesson": lesson.title, "at_seconds": place.at_seconds, "kept_at": place.touched_at}
            for lesson, place in learned.places
        ],
        "assignments_begun": [{"assignment": assignment.title, "at": moment} for assignment, moment in learned.starts],
        "notes": [
            {
                "class": project.title,
                "lesson": note.lesson.title if note.lesson else None,
                "assignment": note.assignment.title if note.assignment else None,
                "at_seconds": note.at_seconds,
                "body": note.body,
                "written_at": note.created_at,
                "changed_at": note.touched_at,
            }
            for note, project in list_all_notes(person)
        ],
    }
