"""Facts about those who lead a class project: what each of their roles may do, and who decides about the class.

Seeing is for everybody who leads (:func:`classprojects.policy.facts_classes.leads_class`); changing is for those who
write it; its people are the lead's.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.models import ClassReview, InstructorInvitation, InstructorRole
from classprojects.policy import facts
from classprojects.policy.decisions import ALLOWED, HIDDEN, SIGN_IN, Decision, forbidden
from classprojects.policy.facts_classes import class_of, leads_class


def uses_studio(person: Person | None, target: Any) -> Decision:
    """Holds the instructor role, or was asked into a class and leads it with others."""
    teaches = facts.is_instructor(person, target)
    return ALLOWED if teaches or queries.find_places(person).leads else teaches


def edits_class(person: Person | None, target: Any) -> Decision:
    """Leads it and may change it; an assistant answers its learners and leaves it as it is."""
    leads = leads_class(person, target)
    if not leads or person is None:
        return leads
    if person.is_staff or queries.find_places(person).edits(class_of(target).id):
        return ALLOWED
    return forbidden(_l("You answer the learners of this class. Those who lead it change what it says."))


def manages_people(person: Person | None, target: Any) -> Decision:
    """Leads it first, or staff: who else leads it is theirs to say."""
    leads = leads_class(person, target)
    if not leads or person is None:
        return leads
    if person.is_staff or queries.find_places(person).roles.get(class_of(target).id) is InstructorRole.LEAD:
        return ALLOWED
    return forbidden(_l("Only whoever leads this class says who else does."))


def was_invited(person: Person | None, invitation: InstructorInvitation) -> Decision:
    """It is to them; to others there is nothing to know about it."""
    if person is None:
        return SIGN_IN
    return ALLOWED if invitation.person_id == person.id else HIDDEN


def decides_review(person: Person | None, review: ClassReview) -> Decision:
    """Staff, and it is no class of their own."""
    works_here = facts.is_staff(person, review)
    if not works_here or person is None:
        return works_here
    if review.class_id in queries.find_places(person).leads or review.sent_by_id == person.id:
        return forbidden(_l("This class is yours. Somebody else of the staff decides about it."))
    return ALLOWED
