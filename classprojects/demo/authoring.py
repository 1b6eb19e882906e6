"""What the demo shows of writing a class with others: one that staff look at, a rubric, an order of things, an invitation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from classprojects.accounts.models import Person
from classprojects.classes import actions, queries
from classprojects.classes.actions import AssignmentDraft, ClassDraft, LessonDraft, people, reviewing
from classprojects.classes.actions.prerequisites import require_answers
from classprojects.classes.actions.rubrics import Criterion, RubricLevel
from classprojects.classes.models import InstructorRole, Level
from classprojects.classes.queries import reviews
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.core.ids import slugify
from classprojects.works.models import Medium

PersonOf = Callable[[str], Person]

TITLE = "The letter you do not send"
KITCHEN = "A song from your kitchen"
RUBRIC = (
    Criterion("Silence", "Is there a breath between the sounds?", (
        RubricLevel("Crowded", "One sound treads on the next."),
        RubricLevel("Room to breathe", "Each sound ends before the next begins."),
        RubricLevel("The silence plays too", "One waits for the next sound."),
    )),
    Criterion("Nearness", "How near is the microphone to the thing?", (
        RubricLevel("In the room"), RubricLevel("At the table"), RubricLevel("At the ear", "One hears what it is made of."),
    )),
)  # fmt: skip


def write_with_others(person: PersonOf, now: datetime) -> None:
    """Make all of it; what is there already stays. ``person``: who has this handle."""
    if not queries.is_slug_taken(slugify(TITLE)):
        with clock.at(now - timedelta(days=3)), transaction():
            _write_letters(person)
        with clock.at(now - timedelta(days=1.4)), transaction():
            _talk(person)
    kitchen = queries.get_class(slugify(KITCHEN))
    if not kitchen.assignments[0].rubric:
        with clock.at(now - timedelta(days=2)), transaction():
            _say_what_is_looked_at(person)


def _write_letters(person: PersonOf) -> None:
    lead = person("rania")
    project = actions.create_class(
        lead,
        ClassDraft(
            TITLE,
            "three letters to the same person, each shorter than the one before, the last of them one line long",
            Medium.TEXT,
            Level.BEGINNER,
            "You write to somebody whom you will not send it to. That is what makes it honest.\n\nThree letters in three "
            "weeks. Nobody reads the first one but the people in this class, and they answer the writing, not the life.",
        ),
        "Translates from Spanish and English into Arabic.",
    )
    actions.add_lesson(project, LessonDraft(
        "To whom, and from where", "Write down a name, and the table at which you sit. A letter knows both.\n\nThen write "
        "the first line as if you had stopped talking a minute ago.", is_preview=True, minutes=4,
    ), lead)  # fmt: skip
    first = actions.add_assignment(project, AssignmentDraft(
        "A page to one person", "One page. No greeting and no excuse for not writing earlier. Begin in the middle.",
        (Medium.TEXT,), 30, rubric=(
            Criterion("One listener", "Could this have been written to anybody else?", (
                RubricLevel("To everybody"), RubricLevel("To somebody"), RubricLevel("To this one", "A name would add nothing."),
            )),
        ),
    ), lead)  # fmt: skip
    lesson = actions.add_lesson(project, LessonDraft(
        "What to leave out", "Cross out every sentence that explains the one before it. What is left is the letter.\n\n"
        "Read it aloud. Where you take a breath that the page does not have, put a full stop.", minutes=5,
    ), lead)  # fmt: skip
    second = actions.add_assignment(project, AssignmentDraft(
        "The same, in half", "Half a page now. You may keep three sentences of the first one.", (Medium.TEXT,), 20, feedback_count=1,
    ), lead)  # fmt: skip
    for item in (lesson, second):
        require_answers(queries.get_class_by_id(project.id), item, [first.number])
    project = queries.get_class_by_id(project.id)
    invitation = people.invite_instructor(project, lead, "ewan", InstructorRole.CO_INSTRUCTOR)
    people.accept_invitation(invitation)
    people.invite_instructor(queries.get_class_by_id(project.id), lead, "camille", InstructorRole.ASSISTANT)
    reviewing.send_to_review(
        queries.get_class_by_id(project.id), lead,
        "Is the first assignment too private for people who do not know one another yet? I could begin with a letter to a place.",
    )  # fmt: skip


def _talk(person: PersonOf) -> None:
    project = queries.get_class(slugify(TITLE))
    review = reviews.find_open_review(project)
    if review is None:
        return
    review = reviews.get_review(review.id)
    reviewing.say_in_review(
        review, person("ines"), "I wrote one to see. It was not too private; it was too *long*. Could the brief say how many words a page is?"
    )
    lesson = project.lessons[1]
    draft = LessonDraft(lesson.title, f"{lesson.body}\n\nA page is about 200 words.", minutes=lesson.minutes)
    actions.edit_lesson(project, lesson, draft, lesson.version, person("rania"))
    reviewing.say_in_review(review, person("rania"), "It says so now, at the end of the second lesson.")


def _say_what_is_looked_at(person: PersonOf) -> None:
    project = queries.get_class(slugify(KITCHEN))
    one = project.assignments[0]
    starters = tuple(work.id for work in queries.list_starters(one))
    draft = AssignmentDraft(
        one.title, one.brief, tuple(Medium(medium) for medium in one.media_allowed), one.minutes, None, one.feedback_count,
        one.is_required, one.is_closed, starters, RUBRIC, note="It now says what I listen for. Nothing else is asked of you than before.",
    )  # fmt: skip
    actions.edit_assignment(project, one, draft, one.version, person("wanjiru"))
