"""Class projects, built, joined and answered as people do: through the actions."""

from __future__ import annotations

import itertools
from typing import Any

from classprojects.accounts.models import Person
from classprojects.accounts.queries import get_person
from classprojects.classes import actions, queries
from classprojects.classes.actions import AssignmentDraft, ClassDraft, FeedbackDraft, LessonDraft
from classprojects.classes.models import Assignment, ClassProject, Feedback, Submission
from classprojects.core.database import transaction
from classprojects.policy.viewing import viewer_for
from classprojects.works.actions import SourceDraft, WorkDraft
from classprojects.works.models import Medium
from tests.factories.people import inside, make_person

_numbers = itertools.count(1)

CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:02.000\nHear the room first.\n\n00:02.000 --> 00:04.000\nThen speak.\n"


def make_class(
    instructor: Person,
    *,
    lessons: int = 2,
    assignments: int = 1,
    publish: bool = True,
    medium: Medium = Medium.TEXT,
    title: str = "",
    **draft: Any,
) -> ClassProject:
    """A class with lessons (the first is free) and assignments in turn; published unless told not to."""
    number = next(_numbers)
    with inside():
        project = actions.create_class(
            instructor,
            ClassDraft(
                **{
                    "title": title or f"Class {number}",
                    "outcome": "A letter that somebody keeps for ten years.",
                    "medium": medium,
                    "description": "You write three letters, each shorter than the one before, and read them aloud.",
                    **draft,
                }
            ),
            "Writes letters for a living.",
        )
        for place in range(max(lessons, assignments)):
            if place < lessons:
                actions.add_lesson(
                    project,
                    LessonDraft(title=f"Lesson {place + 1} of {number}", body=f"Body {place + 1}: the secret of letters.", is_preview=place == 0),
                    instructor,
                )
            if place < assignments:
                actions.add_assignment(
                    project,
                    AssignmentDraft(
                        title=f"Assignment {place + 1} of {number}", brief="Write to somebody you miss.",
                        media_allowed=(Medium.TEXT, Medium.IMAGE), minutes=20,
                    ),
                    instructor,
                )
        if publish:
            actions.publish_class(project)
    return queries.get_class(project.slug)


def add_assignment(project: ClassProject, instructor: Person, **draft: Any) -> Assignment:
    """One more assignment at the end of the outline."""
    values = {"title": "Another", "brief": "Write it again.", "media_allowed": (Medium.TEXT,), **draft}
    with inside():
        assignment = actions.add_assignment(queries.get_class(project.slug), AssignmentDraft(**values), instructor)
    return queries.get_assignment(project.slug, assignment.number)


def join(person: Person, project: ClassProject) -> None:
    """``person`` becomes a learner."""
    with inside():
        actions.join_class(person, queries.get_class(project.slug))


def make_learner(project: ClassProject, handle: str = "") -> Person:
    """Somebody with a membership who joined."""
    from tests.factories.memberships import give_membership

    person = make_person(handle or None)
    give_membership(person)
    join(person, project)
    return person


def submit(
    person: Person, project: ClassProject, number: int = 1, *, title: str = "My letter", body: str = "Dear you,", **draft: Any
) -> Submission:
    """``person`` hands in a text."""
    person = get_person(person.id)
    sources = tuple(SourceDraft(work_id) for work_id in draft.pop("source_ids", ()))
    assignment = queries.get_assignment(project.slug, number)
    values = {"medium": Medium.TEXT, "title": title, "body": body, "sources": sources, **draft}
    with inside():
        submission = actions.submit_work(person, assignment, WorkDraft(**values), viewer_for(person))
    return queries.get_submission(submission.id)


def say(
    author: Person, submission: Submission, works_well: str = "The last line.", *, as_instructor: bool = False, **draft: Any
) -> Feedback:
    """``author`` gives feedback."""
    with transaction():
        return actions.give_feedback(
            queries.get_submission(submission.id), author, FeedbackDraft(works_well=works_well, **draft), as_instructor=as_instructor
        )
