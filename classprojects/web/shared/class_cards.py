"""A class project as a card shows it; and its outline as a list of lessons and a rail of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from classprojects.accounts.models import Person
from classprojects.classes.models import Assignment, ClassProject, ClassState, Lesson, Level
from classprojects.classes.progress import NextKind, NextThing, step_state
from classprojects.classes.queries import Progress
from classprojects.classes.queries.opening import Opening
from classprojects.policy.facts_opening import opening_words
from classprojects.web.shared.cards import CardPicture, picture_of
from classprojects.web.shared.filters import day, duration, moment


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
    project: ClassProject,
    *,
    is_joined: bool = False,
    made: int = 0,
    in_studio: bool = False,
    starts_at: datetime | None = None,
) -> ClassCard:
    """The card of ``project`` (loaded with cover and instructors): in the catalogue, one's own, or the studio's.

    ``starts_at``: when its next season begins.
    """
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
        pace=_("starts %(day)s", day=day(starts_at)) if starts_at else _("at your own pace"),
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
    #: what keeps it shut, for those who hear it only
    lock_label: str | None = None


def lesson_rows(
    project: ClassProject,
    *,
    is_inside: bool,
    current: Lesson | None = None,
    progress: Progress | None = None,
    opening: Opening | None = None,
) -> list[LessonRow]:
    """The lessons in their order; for those outside only the free ones can be opened, and all can be read about.

    What opens to a learner later says when, and after what.
    """
    progress = progress or Progress()
    rows = []
    for lesson in project.lessons:
        waits = is_inside and opening is not None and not opening.is_open(lesson)
        is_open = (is_inside and not waits) or (lesson.is_preview and project.is_published)
        rows.append(
            LessonRow(
                title=lesson.title,
                url=lesson_url(project, lesson) if is_open else None,
                medium=lesson.medium,
                duration=_length(lesson),
                is_preview=lesson.is_preview,
                is_locked=not is_open,
                is_current=current is not None and lesson.id == current.id,
                summary=opening_words(opening, lesson) if waits and opening else _summary_of(lesson, progress),
                lock_label=_("opens later") if waits else None,
            )
        )
    return rows


def _summary_of(lesson: Lesson, progress: Progress) -> str:
    """How far one is in a lesson."""
    if lesson.id in progress.finished:
        return _("You are through with it.")
    place = progress.places.get(lesson.id)
    return _("You are at %(moment)s.", moment=duration(place.at_seconds)) if place else ""


def _length(lesson: Lesson) -> float | None:
    if lesson.file is not None and lesson.file.duration_ms:
        return lesson.file.duration_ms / 1000
    return lesson.minutes * 60 or None


def lesson_url(project: ClassProject, lesson: Lesson, at_seconds: int = 0) -> str:
    """A lesson's address; ``at_seconds``: its sound or film begins there."""
    return f"{project.url}/lessons/{lesson.number}" + (f"?t={at_seconds}#player" if at_seconds else "")


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
    #: when or after what it opens to a learner
    opens: str | None = None


def rail_steps(
    project: ClassProject,
    progress: Progress,
    *,
    is_inside: bool = True,
    current: Assignment | None = None,
    opening: Opening | None = None,
) -> list[Step]:
    """The assignments as steps; for those outside, what awaits them; with their dates for a learner of a season."""
    steps = []
    for assignment in project.assignments:
        waits = is_inside and opening is not None and not opening.is_open(assignment)
        submission = progress.submissions.get(assignment.id)
        state = step_state(submission, assignment.id in progress.drafted).value if is_inside and not waits else "locked"
        steps.append(
            Step(
                title=assignment.title,
                url=assignment_url(project, assignment) if is_inside and not waits else None,
                state=state,
                due=_due_words(assignment, opening if state in ("not_started", "draft") else None),
                is_current=current is not None and assignment.id == current.id,
                opens=opening_words(opening, assignment) if waits and opening else None,
            )
        )
    return steps


def _due_words(assignment: Assignment, opening: Opening | None) -> str | None:
    """Until when an answer is asked for, and whether it is asked for at all."""
    words = []
    due_at = opening.due_at(assignment) if opening else None
    if opening is not None and due_at is not None:
        if opening.is_shut(assignment):
            words.append(_("closed since %(day)s", day=day(due_at)))
        else:
            words.append(_("until %(moment)s", moment=moment(due_at)) if opening.is_firm(assignment) else _("wanted by %(day)s", day=day(due_at)))
    if assignment.is_closed and not (opening is not None and opening.has_more_time(assignment)):
        words.append(_("closed"))
    elif not assignment.is_required:
        words.append(_("if you like"))
    return " · ".join(words) or None


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
    if thing.kind is NextKind.LESSON and thing.lesson and thing.at_seconds:
        return Next(
            _("Go on with “%(title)s” at %(moment)s", title=thing.lesson.title, moment=duration(thing.at_seconds)),
            lesson_url(project, thing.lesson, thing.at_seconds),
            _("You stopped in the middle of it. It begins where you were."),
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
    if thing.kind is NextKind.DRAFT and thing.assignment:
        return Next(
            _("Go on with your draft of “%(title)s”", title=thing.assignment.title),
            f"{assignment_url(project, thing.assignment)}/submit",
            _("It is as you left it. Hand it in when you like; it need not be perfect."),
        )
    if thing.kind is NextKind.GIVE_FEEDBACK and thing.assignment:
        return Next(
            ngettext("Say something about %(num)d classmate's work", "Say something about %(num)d classmates' works", thing.left),
            f"/submissions/{thing.asked_id}#give" if thing.asked_id else f"{assignment_url(project, thing.assignment)}#classmates",
            _("What works, and what they could try next. It helps you as much as them."),
        )
    if thing.kind is NextKind.WAIT and (item := thing.lesson or thing.assignment):
        if thing.opens_at is None:
            return Next(_("“%(title)s” opens later", title=item.title), None)
        return Next(
            _("“%(title)s” opens on %(moment)s", title=item.title, moment=moment(thing.opens_at)),
            f"{project.url}/gallery",
            _("You have done all that is open so far. Until then: look at what the others made, and say something about it."),
        )
    if thing.kind is NextKind.COMPLETE:
        return Next(
            _("See what everybody made"),
            f"{project.url}/gallery",
            _("You have made everything there is to make here. Look at what others did with the same briefs."),
        )
    return Next(_("Nothing to do here yet. Your instructor is still building this class."), None)
