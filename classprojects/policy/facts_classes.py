"""Facts about a person and a class project.

Reading inside a class takes both: a place in it and a membership at this moment
(P2: one second after the membership ends, lessons and classmates' works are refused).
One's own submissions ask for neither.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.models import Assignment, ClassImport, ClassProject, Lesson, Submission
from classprojects.classes.queries import resources
from classprojects.core import memo
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.policy import facts
from classprojects.policy.decisions import ALLOWED, HIDDEN, MEMBERS, SIGN_IN, Decision, forbidden
from classprojects.policy.facts_opening import is_open_to

NOT_JOINED = forbidden(_l("Join this class first: it takes one click, and you find everything in it."))


def class_of(target: Any) -> ClassProject:
    """The class that a class, lesson, assignment or submission belongs to."""
    return target if isinstance(target, ClassProject) else target.project


def leads_class(person: Person | None, target: Any) -> Decision:
    """Leads it, or staff. To others a class that is not published is hidden."""
    project = class_of(target)
    if person is not None and (person.is_staff or project.id in queries.find_places(person).leads):
        return ALLOWED
    if not project.is_running:
        return HIDDEN
    if person is None:
        return SIGN_IN
    return forbidden(_l("Only the people who lead this class can do that."))


def can_see_class(person: Person | None, project: ClassProject) -> Decision:
    """Its landing page: everybody's once published; of an archived one, its own people's."""
    if project.is_published or leads_class(person, project):
        return ALLOWED
    if project.is_archived and project.id in queries.find_places(person).joined:
        return ALLOWED
    return HIDDEN


def can_join_class(person: Person | None, project: ClassProject) -> Decision:
    """Has a membership, or teaches here."""
    seen = can_see_class(person, project)
    if not seen:
        return seen
    return SIGN_IN if person is None else can_learn(person, project)


def can_learn(person: Person | None, target: Any) -> Decision:
    """Has a membership at this moment, or teaches here: teachers look into one another's classes."""
    if person is None:
        return MEMBERS
    if person.is_instructor or person.is_staff:
        return ALLOWED
    return facts.is_subscriber(person, target)


def is_in_class(person: Person | None, target: Any) -> Decision:
    """Leads it, or joined it and has a membership now. Anybody else is told what is inside."""
    project = class_of(target)
    seen = can_see_class(person, project)
    if not seen:
        return seen
    if leads_class(person, project):
        return ALLOWED
    learns = can_learn(person, project)
    if not learns:
        return learns
    return ALLOWED if project.id in queries.find_places(person).joined else NOT_JOINED


def can_see_lesson(person: Person | None, lesson: Lesson) -> Decision:
    """The free preview of a published class is everybody's (and search engines'); the others are for those in the class."""
    if lesson.is_preview and class_of(lesson).is_published:
        return ALLOWED
    inside = is_in_class(person, lesson)
    return is_open_to(person, lesson) if inside else inside


def can_see_assignment(person: Person | None, assignment: Assignment) -> Decision:
    """In the class, and it is open to them by now."""
    inside = is_in_class(person, assignment)
    return is_open_to(person, assignment) if inside else inside


def can_submit(person: Person | None, assignment: Assignment) -> Decision:
    """Is a learner of the class, with a membership now, and the assignment is open to them."""
    inside = can_see_assignment(person, assignment)
    if not inside:
        return inside
    project = class_of(assignment)
    return ALLOWED if project.id in queries.find_places(person).joined else NOT_JOINED


def made_submission(person: Person | None, submission: Submission) -> Decision:
    """It is their own, whatever became of the membership (P2)."""
    if person is None:
        return SIGN_IN
    return ALLOWED if submission.person_id == person.id else HIDDEN


def can_see_submission(person: Person | None, submission: Submission) -> Decision:
    """Their own; else handed in, and one is in the class."""
    own = made_submission(person, submission)
    if own or person is None:
        return own
    leads = bool(leads_class(person, submission))
    inside = ALLOWED if leads else is_in_class(person, submission)
    if not inside:
        return inside
    return ALLOWED if leads or submission.is_handed_in else HIDDEN


def can_give_feedback(person: Person | None, submission: Submission) -> Decision:
    """In the class, and not about one's own."""
    seen = can_see_submission(person, submission)
    if not seen:
        return seen
    if person is not None and submission.person_id == person.id:
        return forbidden(_l("Feedback comes from others. Yours goes to your classmates."))
    return is_in_class(person, submission)


def began_import(person: Person | None, coming: ClassImport) -> Decision:
    """They sent the file; to others there is nothing to know about it."""
    if person is None:
        return SIGN_IN
    return ALLOWED if coming.person_id == person.id else HIDDEN


def can_see_class_file(person: Person | None, file: MediaFile) -> Decision:
    """What belongs to a lesson like the lesson, a cover and a trailer like their class: never more than the page."""
    if file.purpose is MediaPurpose.LESSON:
        for lesson in memo.remember(("lessons with file", file.id), lambda: resources.find_lessons_with_file(file.id)):
            if can_see_lesson(person, lesson):
                return ALLOWED
    if file.purpose is MediaPurpose.DESCRIPTION:
        for lesson in memo.remember(("lessons described by", file.id), lambda: resources.find_lessons_described_by(file.id)):
            if can_see_lesson(person, lesson):
                return ALLOWED
    if file.purpose is MediaPurpose.RESOURCE:
        for lesson in memo.remember(("lessons handing out", file.id), lambda: resources.find_lessons_handing_out(file.id)):
            if can_see_lesson(person, lesson):
                return ALLOWED
    if file.purpose is MediaPurpose.TRAILER:
        for project in memo.remember(("trailer of", file.id), lambda: resources.find_classes_with_trailer(file.id)):
            if can_see_class(person, project):
                return ALLOWED
    if file.purpose is MediaPurpose.COVER:
        for project in memo.remember(("cover of", file.id), lambda: queries.find_classes_with_cover(file.id)):
            if can_see_class(person, project):
                return ALLOWED
    return HIDDEN
