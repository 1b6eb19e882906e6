"""A class that one may not enter: what is inside, and the way in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from classprojects.accounts.models import Person
from classprojects.billing.queries import Offer, has_used_trial, list_offers
from classprojects.classes import queries
from classprojects.classes.models import Assignment, Lesson
from classprojects.classes.queries.opening import find_opening
from classprojects.policy import Reason
from classprojects.policy.facts_classes import NOT_JOINED, class_of
from classprojects.policy.facts_opening import NotOpenYet
from classprojects.web.classes.shown import submission_words
from classprojects.web.shared.arguments import wants_json
from classprojects.web.shared.class_cards import lesson_rows, rail_steps
from classprojects.web.shared.errors import show_denied
from classprojects.web.shared.guards import AccessDenied, current_person


def closing_classes(bp: Blueprint) -> None:
    """Whoever is refused on one of ``bp``'s pages is shown what the class holds and how to join."""
    bp.register_error_handler(AccessDenied, show_closed)


def show_closed(error: AccessDenied) -> Any:
    """What is inside, and the way in, for those who may not enter. The outline stays visible (P2)."""
    reason, target = error.decision.reason, error.target
    if isinstance(error.decision, NotOpenYet) and not wants_json():
        return _show_not_open_yet(error.decision, target)
    not_joined = error.decision is NOT_JOINED
    if wants_json() or not (reason is Reason.MEMBERS or not_joined):
        return show_denied(error)
    project = class_of(target)
    person = current_person()
    made = queries.list_own_submissions(person, project) if person else []
    return render_template(
        "classes/closed_class.html",
        project=project,
        item=target if isinstance(target, Lesson | Assignment) else None,
        lessons=lesson_rows(project, is_inside=False),
        **offer_to(person),
        not_joined=not_joined,
        made=[(one, submission_words(one.state)) for one in made],
    ), 403


def _show_not_open_yet(decision: NotOpenYet, item: Lesson | Assignment) -> Any:
    """When it opens, or after what; and the outline, with what is open already."""
    project, person = item.project, current_person()
    progress, opening = queries.find_progress(person, project), find_opening(person, project)
    return render_template(
        "classes/not_open_yet.html",
        project=project,
        item=item,
        words=str(decision.message),
        has_season=opening.season_id is not None,
        lessons=lesson_rows(project, is_inside=True, progress=progress, opening=opening),
        steps=rail_steps(project, progress, opening=opening),
    ), 403


def offer_to(person: Person | None) -> dict[str, Any]:
    """What a membership costs, and whether this person still has a free trial before them."""
    offer: Offer = list_offers()[0]
    return {"offer": offer, "has_trial": offer.trial_days > 0 and not (person is not None and has_used_trial(person))}
