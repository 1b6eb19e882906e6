"""What class pages have in common: their blueprint, their frame, their addresses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, url_for

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.models import Assignment, ClassProject, Lesson
from classprojects.classes.progress import count_made, count_to_make, next_thing
from classprojects.classes.queries.opening import find_opening
from classprojects.core.pagination import Page
from classprojects.policy.facts_classes import leads_class
from classprojects.web.classes.closed import closing_classes
from classprojects.web.shared.cards import Card, card_for
from classprojects.web.shared.class_cards import assignment_url, lesson_url, next_words, rail_steps
from classprojects.works.models import Work
from classprojects.works.queries import Viewer

bp = Blueprint("classes", __name__)


closing_classes(bp)


def class_frame(project: ClassProject, person: Person, progress: queries.Progress, current: Any = None) -> dict[str, Any]:
    """What every page inside a class shows beside its own matter: the rail, and the next thing to do."""
    opening = find_opening(person, project)
    thing = next_thing(project, progress, opening)
    return {
        "project": project,
        "steps": rail_steps(
            project, progress, current=current if isinstance(current, Assignment) else None, opening=opening
        ),
        "next": next_words(project, thing, person),
        "next_kind": thing.kind.value,
        "made": count_made(project, progress),
        "to_make": count_to_make(project, progress),
        "opening": opening,
        "leads": bool(leads_class(person, project)),
    }


def source_of(project: ClassProject, assignment: Assignment) -> Assignment | None:
    """The assignment whose answers this one builds on."""
    return next((one for one in project.assignments if one.id == assignment.from_assignment_id), None)


def class_work_card(work: Work, viewer: Viewer) -> Card:
    """A work's card inside its class, where the class need not be named."""
    return replace(card_for(work, viewer), space_label=None)


def item_url(project: ClassProject, item: Lesson | Assignment) -> str:
    """The page of a lesson or assignment in the outline of ``project``."""
    return lesson_url(project, item) if isinstance(item, Lesson) else assignment_url(project, item)


def next_address(endpoint: str, page: Page[Any], **parts: Any) -> str | None:
    """Where the next page is; None after the last."""
    if page.next_cursor is None:
        return None
    return url_for(endpoint, **{name: value for name, value in parts.items() if value}, after=page.next_cursor)
