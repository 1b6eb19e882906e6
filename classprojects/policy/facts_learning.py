"""Facts about what learners keep for themselves: notes, and their place in a lesson. Nobody else is ever shown them."""

from __future__ import annotations

from classprojects.accounts.models import Person
from classprojects.classes.models import Assignment, ClassProject, LearnerNote, Lesson
from classprojects.classes.queries.notes import has_notes
from classprojects.core.memo import remember
from classprojects.policy.decisions import ALLOWED, HIDDEN, SIGN_IN, Decision
from classprojects.policy.facts_classes import is_in_class
from classprojects.policy.facts_opening import is_open_to


def can_keep_notes(person: Person | None, item: Lesson | Assignment) -> Decision:
    """In the class with a membership now, and the lesson or assignment is open to them."""
    inside = is_in_class(person, item)
    return is_open_to(person, item) if inside else inside


def can_see_notes(person: Person | None, project: ClassProject) -> Decision:
    """In the class; or keeps notes in it, whatever became of the membership (P2). Only one's own are ever listed."""
    if person is None:
        return SIGN_IN
    inside = is_in_class(person, project)
    if inside:
        return inside
    person_id, class_id = person.id, project.id
    keeps = remember(("keeps notes", person_id, class_id), lambda: has_notes(person_id, class_id))
    return ALLOWED if keeps else inside


def wrote_note(person: Person | None, note: LearnerNote) -> Decision:
    """It is their own. To anybody else, staff and instructors too, there is no such note."""
    if person is None:
        return SIGN_IN
    return ALLOWED if note.person_id == person.id else HIDDEN
