"""What people do with class projects: build and publish them, join, hand in, answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.models import (
    Assignment,
    Attempt,
    ClassInstructor,
    ClassProject,
    ClassState,
    Enrollment,
    Feedback,
    InstructorRole,
    Lesson,
    LessonFinish,
    Level,
    OutlineChange,
    StarterWork,
    Submission,
    SubmissionState,
)
from classprojects.core import clock
from classprojects.core.database import db, hold, insert_into, lock_row
from classprojects.core.errors import DomainError, Refused
from classprojects.core.ids import new_token, once_key, slugify
from classprojects.core.memo import forget
from classprojects.core.prose import render_text
from classprojects.media.captions import clean_captions
from classprojects.media.models import MediaFile, MediaKind
from classprojects.notifications.actions import notify
from classprojects.notifications.models import NotificationKind
from classprojects.works import actions as works
from classprojects.works.actions import WorkDraft
from classprojects.works.models import Medium, Space, Work, WorkStatus
from classprojects.works.news import tell_of_remix
from classprojects.works.queries import Viewer, get_plain_work, list_works_by_ids


class EditedMeanwhile(DomainError):
    """Somebody else saved this while the form was open. Nothing of either is lost."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else saved this while you were writing. What you wrote is still in the form; what they saved "
              "stands below it. Bring the two together, then save again.")
        )


class Unfinished(DomainError):
    """A class project cannot be published yet; says what is missing."""


class SubmissionsClosed(DomainError):
    """This assignment takes no answers now."""


class Unfitting(DomainError):
    """A work that is not what the assignment asks for."""


# Building a class project


@dataclass(frozen=True)
class ClassDraft:
    """What the page of a class project says."""

    title: str
    outcome: str
    medium: Medium
    level: Level = Level.BEGINNER
    description: str = ""
    cover_alt: str = ""
    language: str = "en"


@dataclass(frozen=True)
class LessonDraft:
    """A lesson as its instructor writes it. ``file`` None: the one it has, if any, stays."""

    title: str
    body: str = ""
    file: MediaFile | None = None
    without_file: bool = False
    captions: str = ""
    captions_language: str = "en"
    transcript: str = ""
    is_preview: bool = False
    minutes: int = 0
    #: what changed, for learners
    note: str = ""


@dataclass(frozen=True)
class AssignmentDraft:
    """An assignment as its instructor writes it; ``from_number``: the remix rule."""

    title: str
    brief: str
    media_allowed: tuple[Medium, ...]
    minutes: int = 0
    from_number: int | None = None
    feedback_count: int = 0
    is_required: bool = True
    is_closed: bool = False
    starter_ids: tuple[int, ...] = ()
    note: str = ""


def create_class(person: Person, draft: ClassDraft, line: str = "") -> ClassProject:
    """A new class project in draft, led by ``person``, with a space of its own for the works made in it."""
    space = works.open_space(draft.title)
    project = ClassProject(slug=_free_slug(draft.title), space_id=space.id)
    _write_class(project, draft)
    db.session.add(project)
    db.session.flush()
    db.session.add(ClassInstructor(class_id=project.id, person_id=person.id, role=InstructorRole.LEAD, line=line))
    db.session.flush()
    forget()
    return queries.get_class_by_id(project.id)


def _free_slug(title: str) -> str:
    # A title in another script has no ASCII letters to make an address of.
    slug = slugify(title) or f"class-{new_token(4).lower().replace('_', 'x').replace('-', 'y')}"
    if slug == "new" or queries.is_slug_taken(slug):
        slug = f"{slug}-{new_token(3).lower().replace('_', 'x').replace('-', 'y')}"
    return slug


def _write_class(project: ClassProject, draft: ClassDraft) -> None:
    project.title, project.outcome = draft.title, draft.outcome
    project.medium, project.level, project.language = draft.medium, draft.level, draft.language
    project.description, project.description_html = draft.description, render_text(draft.description)
    project.cover_alt = draft.cover_alt


def edit_class(project: ClassProject, draft: ClassDraft, version: int, cover: MediaFile | None = None) -> None:
    """Change what the class page says. Raises EditedMeanwhile when ``version`` is not the newest."""
    project = _lock_class(project)
    if project.version != version:
        raise EditedMeanwhile
    if project.is_running and not draft.outcome.strip():
        raise DomainError(_("Learners see this class. It must keep saying what they will have made."), field="outcome")
    _write_class(project, draft)
    if cover is not None:
        project.cover_file_id = cover.id
    project.version += 1
    db.session.flush()
    db.session.expire(project, ["cover"])
    space = db.session.get(Space, project.space_id)
    if space is not None:
        space.title = draft.title
    db.session.flush()


def edit_instructor_line(project: ClassProject, person: Person, line: str) -> None:
    """Change the line about ``person`` on the class page."""
    for instructor in project.instructors:
        if instructor.person_id == person.id:
            instructor.line = line
    db.session.flush()


def add_instructor(project: ClassProject, person: Person, line: str = "") -> None:
    """Let ``person`` lead the class too; once is enough."""
    if all(instructor.person_id != person.id for instructor in project.instructors):
        db.session.add(
            ClassInstructor(class_id=project.id, person_id=person.id, role=InstructorRole.CO_INSTRUCTOR, line=line)
        )
        db.session.flush()
        forget()


def _lock_class(project: ClassProject) -> ClassProject:
    """The class's row, held until the transaction ends: outline and state change one after the other."""
    db.session.execute(lock_row(db.session(), sa.select(ClassProject.id).where(ClassProject.id == project.id)))
    return _as_it_stands(project)


def _as_it_stands(thing: Any) -> Any:
    """``thing`` with its columns read again; what is loaded around it stays."""
    db.session.refresh(thing, [column.key for column in sa.inspect(type(thing)).column_attrs])
    return thing


# The outline


def add_lesson(project: ClassProject, draft: LessonDraft, author: Person) -> Lesson:
    """A new lesson at the end of the outline."""
    _lock_class(project)
    number, position = _next_places(Lesson, project)
    lesson = Lesson(class_id=project.id, number=number, position=position)
    _write_lesson(lesson, draft)
    db.session.add(lesson)
    db.session.flush()
    _record_change(project, lesson, author, draft.note or _("New lesson"))
    _count_outline(project)
    return lesson


def edit_lesson(project: ClassProject, lesson: Lesson, draft: LessonDraft, version: int, author: Person) -> None:
    """Change a lesson. Raises EditedMeanwhile when ``version`` is not the newest."""
    _lock_class(project)
    _as_it_stands(lesson)
    if lesson.version != version:
        raise EditedMeanwhile
    if lesson.is_preview and not draft.is_preview:
        _keep_a_preview(project, lesson)
    _write_lesson(lesson, draft)
    if project.is_running and not lesson.has_content:
        raise DomainError(_("Learners are in this class. A lesson needs a text, a sound or a film."), field="body")
    lesson.version += 1
    db.session.flush()
    db.session.expire(lesson, ["file"])
    _record_change(project, lesson, author, draft.note)


def _write_lesson(lesson: Lesson, draft: LessonDraft) -> None:
    lesson.title, lesson.body, lesson.body_html = draft.title, draft.body, render_text(draft.body)
    if draft.file is not None:
        if draft.file.kind is MediaKind.IMAGE:
            raise DomainError(_("A lesson is a text, a sound or a film."), field="file")
        lesson.file_id = draft.file.id
    elif draft.without_file:
        lesson.file_id = None
    lesson.captions = clean_captions(draft.captions)
    lesson.captions_language = draft.captions_language
    lesson.transcript = draft.transcript
    lesson.is_preview, lesson.minutes = draft.is_preview, draft.minutes


def _keep_a_preview(project: ClassProject, lesson: Lesson) -> None:
    if project.is_published and not any(one.is_preview for one in project.lessons if one.id != lesson.id):
        raise DomainError(
            _("This is the one lesson that everybody may watch. Make another one free first."), field="is_preview"
        )


def delete_lesson(project: ClassProject, lesson: Lesson) -> None:
    """Take a lesson out of the outline; restore_item brings it back."""
    _lock_class(project)
    if lesson.is_preview:
        _keep_a_preview(project, lesson)
    if project.is_published and len(project.lessons) == 1:
        raise DomainError(_("This is the only lesson of a class that people are in. Add another one first."))
    lesson.deleted_at = clock.now()
    db.session.flush()
    _count_outline(project)


def add_assignment(project: ClassProject, draft: AssignmentDraft, author: Person) -> Assignment:
    """A new assignment at the end of the outline."""
    _lock_class(project)
    number, position = _next_places(Assignment, project)
    assignment = Assignment(class_id=project.id, number=number, position=position)
    _write_assignment(project, assignment, draft)
    db.session.add(assignment)
    db.session.flush()
    _write_starters(assignment, draft.starter_ids)
    _record_change(project, assignment, author, draft.note or _("New assignment"))
    _count_outline(project)
    return assignment


def edit_assignment(
    project: ClassProject, assignment: Assignment, draft: AssignmentDraft, version: int, author: Person
) -> None:
    """Change an assignment. Raises EditedMeanwhile when ``version`` is not the newest."""
    _lock_class(project)
    _as_it_stands(assignment)
    if assignment.version != version:
        raise EditedMeanwhile
    if project.is_running and not draft.brief.strip():
        raise DomainError(_("Learners are in this class. An assignment needs its brief."), field="brief")
    _write_assignment(project, assignment, draft)
    _write_starters(assignment, draft.starter_ids)
    assignment.version += 1
    db.session.flush()
    _record_change(project, assignment, author, draft.note)
    _count_outline(project)


def _write_assignment(project: ClassProject, assignment: Assignment, draft: AssignmentDraft) -> None:
    if not draft.media_allowed:
        raise DomainError(_("Choose at least one kind of work that may answer this."), field="media_allowed")
    assignment.title, assignment.minutes = draft.title, draft.minutes
    assignment.brief, assignment.brief_html = draft.brief, render_text(draft.brief)
    assignment.media_allowed = [medium.value for medium in Medium if medium in draft.media_allowed]
    assignment.from_assignment_id = _source_assignment(project, assignment, draft.from_number)
    assignment.feedback_count, assignment.is_required = draft.feedback_count, draft.is_required
    if draft.is_closed and assignment.closed_at is None:
        assignment.closed_at = clock.now()
    elif not draft.is_closed:
        assignment.closed_at = None


def _source_assignment(project: ClassProject, assignment: Assignment, from_number: int | None) -> int | None:
    """The id behind the remix rule: an assignment of the same class that comes before this one."""
    if from_number is None:
        return None
    source = next((one for one in project.assignments if one.number == from_number), None)
    if source is None:
        raise DomainError(_("The assignment to build on is not in this class."), field="from_number")
    if source.id == assignment.id:
        raise DomainError(_("An assignment cannot build on itself. Choose an earlier one."), field="from_number")
    if source.position >= assignment.position:
        raise DomainError(
            _("The assignment to build on must come earlier in the outline than this one."), field="from_number"
        )
    return source.id


def _write_starters(assignment: Assignment, work_ids: Iterable[int]) -> None:
    wanted = list(dict.fromkeys(work_ids))
    known = {work.id: work for work in list_works_by_ids(wanted)}
    for number in wanted:
        work = known.get(number)
        # A starter is shown to every learner: it must be one that everybody may see.
        if work is None or work.status is not WorkStatus.PUBLISHED or not work.is_open:
            raise DomainError(
                _("Work %(number)s is not in the open area. Starter works must be open to everyone.", number=number),
                field="starters",
            )
    db.session.execute(sa.delete(StarterWork).where(StarterWork.assignment_id == assignment.id))
    for position, number in enumerate(wanted):
        db.session.add(StarterWork(assignment_id=assignment.id, work_id=number, position=position))
    db.session.flush()


def delete_assignment(project: ClassProject, assignment: Assignment) -> None:
    """Take an assignment out of the outline; refused, with a way on, once people answered it."""
    _lock_class(project)
    answers = queries.has_submissions(assignment)
    if answers:
        raise DomainError(
            ngettext(
                "%(num)d person answered this assignment, and their work stays. Close it instead: it then takes no new "
                "answers, and you may make it optional.",
                "%(num)d people answered this assignment, and their works stay. Close it instead: it then takes no new "
                "answers, and you may make it optional.",
                answers,
            )
        )
    building = queries.list_assignments_from(assignment)
    if building:
        raise DomainError(
            _("“%(title)s” builds on this assignment. Take that rule away first.", title=building[0].title)
        )
    if project.is_published and len(project.assignments) == 1:
        raise DomainError(_("This is the only assignment of a class that people are in. Add another one first."))
    assignment.deleted_at = clock.now()
    db.session.flush()
    _count_outline(project)


def restore_item(project: ClassProject, item: Lesson | Assignment) -> None:
    """Bring a deleted lesson or assignment back to where it was."""
    _lock_class(project)
    item.deleted_at = None
    db.session.flush()
    _count_outline(project)


def move_item(project: ClassProject, item: Lesson | Assignment, up: bool) -> None:
    """Change places with the neighbour above or below; at the end of the outline nothing happens."""
    _lock_class(project)
    outline = queries.get_class_by_id(project.id).outline
    at = next(index for index, one in enumerate(outline) if one.kind == item.kind and one.id == item.id)
    to = at - 1 if up else at + 1
    if 0 <= to < len(outline):
        outline[at], outline[to] = outline[to], outline[at]
        _number_outline(outline)


def reorder_outline(project: ClassProject, order: Sequence[tuple[str, int]]) -> None:
    """Put the whole outline into this order of (kind, number); refused unless it names each item once."""
    _lock_class(project)
    items = {(item.kind, item.number): item for item in queries.get_class_by_id(project.id).outline}
    if len(order) != len(items) or set(order) != set(items):
        raise DomainError(_("The outline changed meanwhile, so that this order no longer fits. Look at it once more."))
    _number_outline([items[key] for key in order])


def _number_outline(outline: Sequence[Lesson | Assignment]) -> None:
    places = {item.id: number for number, item in enumerate(outline, 1) if isinstance(item, Assignment)}
    for number, item in enumerate(outline, 1):
        source = item.from_assignment_id if isinstance(item, Assignment) else None
        if source is not None and places.get(source, 0) >= number:
            raise DomainError(
                _("“%(title)s” builds on a classmate's answer to an earlier assignment, so it must stay after that one.",
                  title=item.title)
            )
        item.position = number
    db.session.flush()


def _next_places(kind: type[Lesson] | type[Assignment], project: ClassProject) -> tuple[int, int]:
    """The next number of this kind (deleted ones keep theirs) and the place after the last of the outline."""
    number = db.session.scalar(sa.select(sa.func.max(kind.number)).where(kind.class_id == project.id)) or 0
    last = 0
    for model in (Lesson, Assignment):
        last = max(last, db.session.scalar(sa.select(sa.func.max(model.position)).where(model.class_id == project.id)) or 0)
    return number + 1, last + 1


def _record_change(project: ClassProject, item: Lesson | Assignment, author: Person, note: str) -> None:
    """Keep what ``item`` says in its present version."""
    if isinstance(item, Lesson):
        content: dict[str, Any] = {
            "title": item.title, "body": item.body, "file_id": item.file_id, "captions": item.captions,
            "transcript": item.transcript, "is_preview": item.is_preview, "minutes": item.minutes,
        }
    else:
        content = {
            "title": item.title, "brief": item.brief, "media_allowed": item.media_allowed, "minutes": item.minutes,
            "from_assignment_id": item.from_assignment_id, "feedback_count": item.feedback_count,
            "is_required": item.is_required, "is_closed": item.is_closed,
        }
    db.session.add(
        OutlineChange(
            class_id=project.id,
            lesson_id=item.id if isinstance(item, Lesson) else None,
            assignment_id=item.id if isinstance(item, Assignment) else None,
            version=item.version,
            author_id=author.id,
            note=note,
            content=content,
            was_published=project.is_running,
        )
    )
    db.session.flush()


def _count_outline(project: ClassProject) -> None:
    """Keep the numbers that cards show, and the outline that the caller holds, as they are now."""
    fresh = queries.get_class_by_id(project.id)
    fresh.lessons_count, fresh.assignments_count = len(fresh.lessons), len(fresh.assignments)
    minutes = [assignment.minutes for assignment in fresh.assignments if assignment.minutes]
    fresh.assignments_minutes = round(sum(minutes) / len(minutes)) if minutes else 0
    db.session.flush()


# Publishing


@dataclass(frozen=True)
class Check:
    """One line of the checklist before publishing; what is only advised does not hold it up."""

    text: str
    is_done: bool
    is_required: bool = True
    anchor: str = ""


def checklist(project: ClassProject) -> list[Check]:
    """What a class project needs before learners see it, in the order in which one would do it."""
    lessons, assignments = project.lessons, project.assignments
    filmed = [lesson for lesson in lessons if lesson.file_id is not None]
    processed = all(lesson.file is None or lesson.file.is_ready for lesson in filmed)
    return [
        Check(_("Say what people will have made by the end."), bool(project.outcome.strip()), anchor="details"),
        Check(_("Describe what it is about and how it runs."), len(project.description.split()) >= 10, anchor="details"),
        Check(_("Add at least one lesson."), bool(lessons), anchor="outline"),
        Check(_("Give every lesson a text, a sound or a film."),
              bool(lessons) and all(lesson.has_content for lesson in lessons), anchor="outline"),
        Check(_("Make one lesson free for everybody."), any(lesson.is_preview for lesson in lessons), anchor="outline"),
        Check(_("Wait until every sound and film is prepared."), processed, anchor="outline"),
        Check(_("Add at least one assignment: people learn by making."), bool(assignments), anchor="outline"),
        Check(_("Give every assignment its brief."),
              bool(assignments) and all(assignment.brief.strip() for assignment in assignments), anchor="outline"),
        Check(_("Choose a cover."), project.cover_file_id is not None, is_required=False, anchor="details"),
        Check(_("Give every sound and film captions or a transcript."),
              all(lesson.captions or lesson.transcript for lesson in filmed), is_required=False, anchor="outline"),
        Check(_("Say how many minutes each assignment takes."),
              bool(assignments) and all(assignment.minutes for assignment in assignments), is_required=False,
              anchor="outline"),
    ]


def publish_class(project: ClassProject) -> None:
    """Show the class to everybody; raises Unfinished with what is missing. Publishing twice changes nothing."""
    _lock_class(project)
    project = queries.get_class_by_id(project.id)
    if project.is_published:
        return
    missing = [check.text for check in checklist(project) if check.is_required and not check.is_done]
    if missing:
        raise Unfinished(_("Not published yet. First: %(missing)s", missing=" ".join(missing)))
    project.state, project.archived_at = ClassState.PUBLISHED, None
    project.published_at = project.published_at or clock.now()
    db.session.flush()
    forget()


def unpublish_class(project: ClassProject) -> None:
    """Take the class back to draft; refused once people are in it."""
    _lock_class(project)
    if queries.has_learners(project):
        raise DomainError(
            _("People have joined this class. Archive it instead: nobody new can join, and those who are in keep it.")
        )
    if project.is_running:
        project.state = ClassState.DRAFT
    db.session.flush()
    forget()


def archive_class(project: ClassProject) -> None:
    """Take the class out of the catalogue. It stays open to those who joined."""
    _lock_class(project)
    if not project.is_running:
        raise DomainError(_("Only a published class can be archived."))
    project.state, project.archived_at = ClassState.ARCHIVED, clock.now()
    db.session.flush()
    forget()


# Learning


def join_class(person: Person, project: ClassProject) -> Enrollment:
    """Become a learner in ``project``; joining twice, or again after leaving, is one enrollment."""
    project = _lock_class(project)
    enrollment = queries.find_enrollment(person.id, project.id)
    if enrollment is not None and enrollment.left_at is None:
        return enrollment
    if not project.is_published:
        raise DomainError(_("This class takes no new people now."))
    if enrollment is None:
        enrollment = Enrollment(person_id=person.id, class_id=project.id, joined_at=clock.now())
        db.session.add(enrollment)
    enrollment.left_at = None
    project.learners_count += 1
    db.session.flush()
    forget()
    return enrollment


def leave_class(person: Person, project: ClassProject) -> None:
    """Leave; what one made stays one's own."""
    project = _lock_class(project)
    enrollment = queries.find_enrollment(person.id, project.id)
    if enrollment is not None and enrollment.left_at is None:
        enrollment.left_at = clock.now()
        project.learners_count -= 1
        db.session.flush()
        forget()


def finish_lesson(person: Person, lesson: Lesson) -> None:
    """Note that ``person`` is through with ``lesson``; once is enough."""
    finish = insert_into(db.session, LessonFinish).values(person_id=person.id, lesson_id=lesson.id, finished_at=clock.now())
    db.session.execute(finish.on_conflict_do_nothing())


# Handing in


def submit_work(person: Person, assignment: Assignment, draft: WorkDraft, viewer: Viewer) -> Submission:
    """Hand in ``draft`` as ``person``'s answer: a class work and attempt 1; once more: the next attempt.

    Raises SubmissionsClosed, Unfitting (a medium or source that the assignment does
    not take), and what making a work raises. Sending the same form twice hands in once.
    """
    project = _lock_class(assignment.project)
    submission = queries.find_submission(assignment, person)
    if submission is not None:
        return resubmit_work(submission, draft, viewer)
    if not project.is_running or assignment.deleted_at is not None:
        raise SubmissionsClosed(_("This class is not open at the moment. Your draft is still here."))
    if assignment.is_closed:
        raise SubmissionsClosed(_("This assignment takes no new answers."))
    _check_fitting(assignment, person, draft, held=())
    work = works.create_work(person, draft, viewer=viewer, space_id=project.space_id)
    if work.space_id != project.space_id or queries.find_submission_of_work(work.id) is not None:
        # A form's key that already made something else.
        raise DomainError(_("This form was sent before, for another page. Open this one afresh and send it again."))
    now = clock.now()
    submission = Submission(
        assignment_id=assignment.id,
        class_id=project.id,
        person_id=person.id,
        work_id=work.id,
        state=SubmissionState.SUBMITTED,
        submitted_at=now,
        waiting_since=now,
    )
    db.session.add(submission)
    db.session.flush()
    _add_attempt(submission, assignment, _version_id(work), once_key(person.id, draft.once))
    _tell_insiders(submission, work)
    return submission


def is_attempt(submission: Submission, once: str | None) -> bool:
    """Whether the form with this one-time key made an attempt of ``submission`` already."""
    key = once_key(submission.person_id, once)
    return key is not None and queries.find_attempt_by_key(submission, key) is not None


def resubmit_work(submission: Submission, draft: WorkDraft, viewer: Viewer) -> Submission:
    """The next attempt at ``submission``; earlier ones stay as they are."""
    if is_attempt(submission, draft.once):
        return submission
    assignment = submission.assignment
    work = get_plain_work(submission.work_id)
    was_withdrawn, was_waiting = submission.is_withdrawn, submission.is_waiting
    if work.is_erased:
        # The next attempt begins a work of its own; what was said about the earlier ones stays.
        _check_fitting(assignment, submission.person, draft, held=())
        work = works.create_work(submission.person, draft, viewer=viewer, space_id=work.space_id)
        submission.work_id, version_id = work.id, _version_id(work)
    else:
        version_id = _revise(submission, work, draft, viewer)
    submission.state = SubmissionState.RESUBMITTED if submission.attempts_count else SubmissionState.SUBMITTED
    submission.withdrawn_at = None
    if was_withdrawn or not was_waiting:
        # Who hands in a second try before the first was answered keeps their place in the queue.
        submission.waiting_since = clock.now()
    db.session.flush()
    _add_attempt(submission, assignment, version_id, once_key(submission.person_id, draft.once))
    _tell_insiders(submission, work)
    return submission


def _tell_insiders(submission: Submission, work: Work) -> None:
    """Tell those whose open works it was made from, too, where they have a place in the class and so may see it (P4)."""
    parent_ids = queries.list_source_ids(work.id)
    tell_of_remix(work, parent_ids, insiders=queries.list_makers_inside(submission.class_id, parent_ids))


def _revise(submission: Submission, work: Work, draft: WorkDraft, viewer: Viewer) -> int:
    """The id of the version that ``draft`` makes of ``work``."""
    if work.status is WorkStatus.REMOVED:
        raise SubmissionsClosed(_("The work that you handed in was taken down by moderation, so it cannot be revised."))
    if work.medium is not draft.medium:
        raise Unfitting(
            _("A next attempt stays in the medium of the first. Post the other one as a work of its own."), field="medium"
        )
    _check_fitting(submission.assignment, submission.person, draft, held=queries.list_source_ids(work.id))
    version = works.revise_work(work, draft, viewer=viewer)
    if work.status is not WorkStatus.PUBLISHED:
        works.publish_work(work)
    return version.id


def _check_fitting(assignment: Assignment, person: Person, draft: WorkDraft, held: Sequence[int]) -> None:
    if draft.medium.value not in assignment.media_allowed:
        raise Unfitting(_("This assignment asks for another kind of work."), field="medium")
    if assignment.from_assignment_id is None:
        return
    named = [source.work_id for source in draft.sources]
    if not queries.fits_remix_rule(assignment, person, [*named, *held]):
        raise Unfitting(
            _("This assignment builds on a classmate's work. Choose one of those offered, so that it is named as a source."),
            field="sources",
        )


def _add_attempt(submission: Submission, assignment: Assignment, version_id: int, once: str | None) -> Attempt:
    attempt = Attempt(
        submission_id=submission.id,
        number=submission.attempts_count + 1,
        work_version_id=version_id,
        assignment_version=assignment.version,
        submission_key=once,
        created_at=clock.now(),
    )
    submission.attempts_count += 1
    db.session.add(attempt)
    db.session.flush()
    db.session.expire(submission, ["attempts"])
    return attempt


def _version_id(work: Work) -> int:
    if work.current_version is None:
        raise RuntimeError("a new work has a version")
    return work.current_version.id


def withdraw_submission(submission: Submission) -> None:
    """Take an answer back: classmates no longer see it, its maker keeps it, and may hand in again."""
    if submission.is_withdrawn:
        return
    work = get_plain_work(submission.work_id)
    submission.state, submission.withdrawn_at = SubmissionState.WITHDRAWN, clock.now()
    if work.status is WorkStatus.PUBLISHED and not work.is_open:
        works.unpublish_work(work)
    db.session.flush()


# Feedback


@dataclass(frozen=True)
class FeedbackDraft:
    """What works, what to try next; ``is_done`` is the instructor's word that it needs no other try."""

    works_well: str
    try_next: str = ""
    at_seconds: int | None = None
    is_done: bool = False
    once: str | None = None


def give_feedback(submission: Submission, author: Person, draft: FeedbackDraft, *, as_instructor: bool) -> Feedback:
    """Say something about the newest attempt; an instructor's word moves the submission on."""
    if submission.person_id == author.id:
        raise Refused(_("Feedback comes from others. Yours goes to your classmates."))
    attempt = queries.find_newest_attempt(submission)
    if attempt is None or not submission.is_handed_in:
        raise DomainError(_("This answer was taken back, so there is nothing to say about it now."))
    if not draft.works_well.strip() and not draft.try_next.strip():
        raise DomainError(_("Say what works, or what to try next."), field="works_well")
    key = once_key(author.id, draft.once)
    # One at a time: the same form twice is one piece of feedback, and two people's are counted as two.
    hold(db.session, "feedback", submission.id)
    _as_it_stands(submission)
    if key:
        known = db.session.scalar(sa.select(Feedback).where(Feedback.submission_key == key))
        if known is not None:
            return known
    now: datetime = clock.now()
    feedback = Feedback(
        attempt_id=attempt.id,
        author_id=author.id,
        works_well=draft.works_well,
        try_next=draft.try_next,
        at_seconds=draft.at_seconds,
        by_instructor=as_instructor,
        submission_key=key,
        created_at=now,
    )
    db.session.add(feedback)
    submission.feedback_count += 1
    submission.first_feedback_at = submission.first_feedback_at or now
    if as_instructor:
        submission.state = SubmissionState.REVIEWED if draft.is_done else SubmissionState.RETURNED
    db.session.flush()
    notify(
        submission.person_id,
        NotificationKind.FEEDBACK,
        f"feedback:{feedback.id}",
        actor_id=author.id,
        work_id=submission.work_id,
        path=submission.url,
    )
    db.session.expire(attempt, ["feedback"])
    return feedback
