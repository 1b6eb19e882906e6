"""Which part of the queue somebody works through: everything that waits for them, one class, or one assignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.models import Assignment, ClassProject, Submission
from classprojects.classes.queries.waiting import Neighbours, find_neighbours

#: what ``queue`` says for everything
ALL = "all"


@dataclass(frozen=True)
class Scope:
    """A part of the queue. ``text`` names it in addresses and forms: ``all``, ``letters``, ``letters.2``."""

    text: str
    class_ids: Sequence[int]
    project: ClassProject | None = None
    assignment: Assignment | None = None

    @property
    def url(self) -> str:
        """The list of what waits in this part."""
        number = self.assignment.number if self.assignment is not None else None
        slug = self.project.slug if self.project is not None else None
        parts: dict[str, Any] = {"class": slug, "assignment": number}
        return url_for("studio.list_waiting", **parts)

    def address_of(self, submission_id: int) -> str:
        """Where a submission is answered, on the way through this part."""
        return f"/submissions/{submission_id}?queue={self.text}#give"

    @property
    def assignment_id(self) -> int | None:
        return self.assignment.id if self.assignment is not None else None

    def around(self, submission: Submission) -> Neighbours:
        """Who comes before and after ``submission`` in this part."""
        return find_neighbours(submission, self.class_ids, self.assignment_id)


def scope_named(text: str, projects: Sequence[ClassProject], class_ids: Sequence[int]) -> Scope:
    """The part that ``text`` names among ``projects`` (with their assignments); everything for anything odd."""
    slug, _dot, number = text.partition(".")
    project = next((one for one in projects if one.slug == slug), None)
    if project is None:
        return Scope(ALL, class_ids)
    assignment = next((one for one in project.assignments if str(one.number) == number), None)
    name = f"{slug}.{number}" if assignment is not None else slug
    return Scope(name, [project.id], project, assignment)


def scope_around(submission: Submission, person: Person) -> Scope:
    """The part that the request names (``queue``), as far as ``submission`` belongs to it."""
    text = (request.form.get("queue") or request.args.get("queue") or "")[:120]
    return scope_named(text, [submission.project], list(queries.find_places(person).leads))


def is_in_queue() -> bool:
    """Whether somebody works through the queue, rather than looking at one answer."""
    return bool(request.form.get("queue") or request.args.get("queue"))


def after_answering(submission: Submission, person: Person, *, leads: bool) -> str:
    """Where to go once something was said: to who comes next, where that was asked for; else beside what was said."""
    if not leads or request.form.get("then") != "next":
        return url_for("classes.show_submission", submission_id=submission.id)
    scope = scope_around(submission, person)
    following = scope.around(submission).next_id
    return scope.address_of(following) if following is not None else scope.url
