"""A class project as a card shows it; and its outline as a list of lessons and a rail of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from classprojects.accounts.models import Person
from classprojects.classes.models import Assignment, ClassProject, ClassState, Lesson, Level
from classprojects.classes.progress import NextKind, NextThing, step_state
from classprojects.classes.queries import Progress
from classprojects.web.shared.cards import CardPicture, picture_of


@dataclass(frozen=True)
class Leader:
    """Somebody who leads a class."""

    name: str
    picture_url: str | None
    url: str | None
    line: str = ""


@dataclass(frozen=True)
class ClassCard:
    """What ``components/class-card.html`` takes."""

    url: str
    title: str
    outcome: str
    medium: str
    level: str
    cover: CardPicture | None
    instructors: Sequence[Leader]
    assignments: int
    minutes: int | None
    pace: str
    state_label: str | None = None
    done: int | None = None
    total: int | None = None
    preview: bool = False


def class_card_for(
    project: ClassProject, *, is_joined: bool = False, made: int = 0, in_studio: bool = False
) -> ClassCard:
    """The card of ``project`` (loaded with cover and instructors): in the catalogue, one's own, or the studio's."""
    label = state_words(project.state) if in_studio else _("You are in") if is_joined else None
    return ClassCard(
        url=project.studio_url if in_studio else f"{project.url}/room" if is_joined else project.url,
        title=project.title,
        outcome=project.outcome,
        medium=project.medium.value,
        level=level_words(project.level),
        cover=picture_of(project.cover, project.cover_alt) if project.cover is not None else None,
        instructors=leaders_of(project),
        assignments=project.assignments_count,
        minutes=project.assignments_minutes or None,
        pace=_("at your own pace"),
        state_label=label,
        done=made if is_joined else None,
        total=project.assignments_count if is_joined else None,
        preview=not is_joined and not in_studio,
    )


def leaders_of(project: ClassProject) -> list[Leader]:
    """Who leads the class, as its pages show them."""
    return [
        Leader(one.person.name, one.person.picture_url, one.person.url, one.line) for one in project.instructors
    ]


def level_words(level: Level) -> str:
    """How much practice a class asks for."""
    return {
        Level.BEGINNER: _("no experience needed"),
        Level.INTERMEDIATE: _("some practice helps"),
        Level.ADVANCED: _("for the practised"),
    }[level]


def state_words(state: ClassState) -> str:
    """Where a class stands, for those who lead it."""
    return {
        ClassState.DRAFT: _("draft"),
        ClassState.IN_REVIEW: _("in review"),
        ClassState.CHANGES_REQUESTED: _("changes requested"),
        ClassState.SCHEDULED: _("scheduled"),
        ClassState.PUBLISHED: _("published"),
        ClassState.ARCHIVED: _("archived"),
    }[state]


@dataclass(frozen=True)
class LessonRow:
    """What ``components/lesson-list.html`` takes."""

    title: str
    url: str | None
    medium: str
    duration: float | None
    is_preview: bool
    is_locked: bool
    is_current: bool
    summary: str = ""


def lesson_rows(
    project: ClassProject, *, is_inside: bool, current: Lesson | None = None, progress: Progress | None = None
) -> list[LessonRow]:
    """The lessons in their order; for those outside only the free ones can be opened, and all can be read about."""
    finished = progress.finished if progress else frozenset()
    rows = []
    for lesson in project.lessons:
        is_open = is_inside or (lesson.is_preview and project.is_published)
        rows.append(
            LessonRow(
                title=lesson.title,
                url=lesson_url(project, lesson) if is_open else None,
                medium=lesson.medium,
                duration=_length(lesson),
                is_preview=lesson.is_preview,
                is_locked=not is_open,
                is_current=current is not None and lesson.id == current.id,
                summary=_("You are through with it.") if lesson.id in finished else "",
            )
        )
    return rows


def _length(lesson: Lesson) -> float | None:
    if lesson.file is not None and lesson.file.duration_ms:
        return lesson.file.duration_ms / 1000
    return lesson.minutes * 60 or None


def lesson_url(project: ClassProject, lesson: Lesson) -> str:
    """A lesson's address."""
    return f"{project.url}/lessons/{lesson.number}"


def assignment_url(project: ClassProject, assignment: Assignment) -> str:
    """An assignment's address."""
    return f"{project.url}/assignments/{assignment.number}"


@dataclass(frozen=True)
class Step:
    """One step of ``components/progress-rail.html``."""

    title: str
    url: str | None
    state: str
    due: str | None = None
    is_current: bool = False


def rail_steps(
    project: ClassProject, progress: Progress, *, is_inside: bool = True, current: Assignment | None = None
) -> list[Step]:
    """The assignments as steps; for those outside, what awaits them."""
    return [
        Step(
            title=assignment.title,
            url=assignment_url(project, assignment) if is_inside else None,
            state=step_state(progress.submissions.get(assignment.id)).value if is_inside else "locked",
            due=(_("closed") if assignment.is_closed else None if assignment.is_required else _("if you like")),
            is_current=current is not None and assignment.id == current.id,
        )
        for assignment in project.assignments
    ]


@dataclass(frozen=True)
class Next:
    """The next thing to do, in words, and where."""

    words: str
    url: str | None
    why: str = ""


def next_words(project: ClassProject, thing: NextThing, person: Person | None = None) -> Next:
    """What to do next, as the room and the rail say it."""
    if thing.kind is NextKind.TRY_AGAIN and thing.submission and thing.assignment:
        return Next(
            _("Read what was said about “%(title)s”", title=thing.assignment.title),
            thing.submission.url,
            _("Your instructor answered and suggests another try. Read it, change one thing, hand it in again."),
        )
    if thing.kind is NextKind.LESSON and thing.lesson:
        verb = {"video": _("Watch “%(title)s”"), "audio": _("Listen to “%(title)s”")}.get(
            thing.lesson.medium, _("Read “%(title)s”")
        )
        return Next(
            verb % {"title": thing.lesson.title},
            lesson_url(project, thing.lesson),
            _("Then you make something with it."),
        )
    if thing.kind is NextKind.ASSIGNMENT and thing.assignment:
        minutes = thing.assignment.minutes
        return Next(
            _("Make “%(title)s”", title=thing.assignment.title),
            assignment_url(project, thing.assignment),
            ngettext("Takes about %(num)d minute.", "Takes about %(num)d minutes.", minutes) if minutes else "",
        )
    if thing.kind is NextKind.GIVE_FEEDBACK and thing.assignment:
        return Next(
            ngettext("Say something about %(num)d classmate's work", "Say something about %(num)d classmates' works", thing.left),
            f"{assignment_url(project, thing.assignment)}#classmates",
            _("What works, and what they could try next. It helps you as much as them."),
        )
    if thing.kind is NextKind.COMPLETE:
        return Next(
            _("See what everybody made"),
            f"{project.url}/gallery",
            _("You have made everything there is to make here. Look at what others did with the same briefs."),
        )
    return Next(_("Nothing to do here yet. Your instructor is still building this class."), None)
