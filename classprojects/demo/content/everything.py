"""All recipes of the demo's files under one name each."""

from __future__ import annotations

from classprojects.demo.content.classes import CLASSES
from classprojects.demo.content.classwork import SUBMISSIONS
from classprojects.demo.content.made import MADE
from classprojects.demo.content.people import PEOPLE
from classprojects.demo.content.shapes import Assignment, Lesson, Media
from classprojects.demo.content.texts import TEXTS

WORKS = tuple(sorted((*TEXTS, *MADE), key=lambda work: -work.days))


def lesson_key(class_key: str, number: int) -> str:
    return f"lesson-{class_key}-{number}"


def attempt_key(work_key: str, number: int) -> str:
    """The name of an attempt's file. A remix builds on the newest: that one carries the work's own name."""
    return f"{work_key}-{number}"


def recipes() -> dict[str, Media]:
    """Every file of the demo: portraits, works, covers, lessons and attempts."""
    found: dict[str, Media] = {}
    for index, person in enumerate(PEOPLE):
        found[f"portrait-{person.handle}"] = Media("portrait", ".jpg", 500 + index, params=person.portrait)
    for work in WORKS:
        if work.media:
            found[work.key] = work.media
    for project in CLASSES:
        found[f"cover-{project.key}"] = project.cover
        for number, lesson in enumerate((item for item in project.outline if isinstance(item, Lesson)), start=1):
            if lesson.media:
                found[lesson_key(project.key, number)] = lesson.media
    for submission in SUBMISSIONS:
        for number, attempt in enumerate(submission.attempts, start=1):
            if attempt.work.media:
                last = number == len(submission.attempts)
                found[attempt.work.key if last else attempt_key(attempt.work.key, number)] = attempt.work.media
    return found


def assignments(class_key: str) -> list[Assignment]:
    """The assignments of a class in order; number n is the nth."""
    project = next(one for one in CLASSES if one.key == class_key)
    return [item for item in project.outline if isinstance(item, Assignment)]
