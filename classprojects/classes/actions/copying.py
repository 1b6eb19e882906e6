"""A class's content read as values, and a class made out of such values: what cloning, export and import share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions.assignments import AssignmentDraft, add_assignment
from classprojects.classes.actions.building import ClassDraft, create_class
from classprojects.classes.actions.lessons import Chapter, LessonDraft, add_lesson
from classprojects.classes.actions.prerequisites import require_answers
from classprojects.classes.actions.rubrics import Criterion, RubricLevel
from classprojects.classes.content import KINDS, AssignmentContent, ClassContent, LessonContent, ResourceContent
from classprojects.classes.models import Assignment, ClassProject, Lesson, LessonResource
from classprojects.classes.queries import transfer
from classprojects.classes.queries.prerequisites import find_prerequisites
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.errors import DomainError
from classprojects.media.captions import clean_captions
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.works.models import Medium, WorkStatus
from classprojects.works.queries import list_works_by_ids

#: the media file for a file of the content, used for this
FindFile = Callable[[Any, MediaPurpose], MediaFile]


def read_content(project: ClassProject) -> ClassContent:
    """Everything that ``project`` says; its files are media files. What was taken out of the outline is left out."""
    project = queries.get_class_by_id(project.id)
    resources, starters = transfer.list_resources_in(project), transfer.list_starter_ids_in(project)
    needs = find_prerequisites(project)
    places = {assignment.id: place for place, assignment in enumerate(project.assignments, 1)}
    wanted = {project.trailer_file_id, *(lesson.description_file_id for lesson in project.lessons)}
    files = transfer.find_files([number for number in wanted if number is not None])
    outline: list[LessonContent | AssignmentContent] = []
    for item in project.outline:
        requires = tuple(sorted(places[needed.id] for needed in needs.get((item.kind, item.id), ())))
        if isinstance(item, Lesson):
            outline.append(_lesson_content(item, files, resources.get(item.id, ()), requires))
        else:
            outline.append(_assignment_content(item, places, starters.get(item.id, ()), requires))
    return ClassContent(
        title=project.title,
        medium=project.medium,
        outcome=project.outcome,
        description=project.description,
        level=project.level,
        language=project.language,
        cover=project.cover,
        cover_alt=project.cover_alt,
        trailer=files.get(project.trailer_file_id or 0),
        trailer_captions=project.trailer_captions,
        outline=tuple(outline),
    )


def _lesson_content(
    lesson: Lesson, files: dict[int, MediaFile], resources: Sequence[LessonResource], requires: tuple[int, ...]
) -> LessonContent:
    return LessonContent(
        title=lesson.title,
        body=lesson.body,
        file=lesson.file,
        captions=lesson.captions,
        captions_language=lesson.captions_language,
        transcript=lesson.transcript,
        chapters=tuple(Chapter(round(one["at"] * 1000), one["title"]) for one in lesson.chapters or ()),
        description=files.get(lesson.description_file_id or 0),
        resources=tuple(ResourceContent(one.file, one.title) for one in resources),
        is_preview=lesson.is_preview,
        minutes=lesson.minutes,
        requires=requires,
    )


def _assignment_content(
    assignment: Assignment, places: dict[int, int], starters: Sequence[int], requires: tuple[int, ...]
) -> AssignmentContent:
    return AssignmentContent(
        title=assignment.title,
        brief=assignment.brief,
        media_allowed=tuple(Medium(value) for value in assignment.media_allowed),
        minutes=assignment.minutes,
        builds_on=places.get(assignment.from_assignment_id or 0),
        feedback_count=assignment.feedback_count,
        is_required=assignment.is_required,
        is_closed=assignment.is_closed,
        is_anonymous=assignment.is_anonymous,
        rubric=tuple(
            Criterion(
                one["title"],
                one.get("help", ""),
                tuple(RubricLevel(level["label"], level.get("help", "")) for level in one["levels"]),
            )
            for one in assignment.rubric or ()
        ),
        starters=tuple(starters),
        requires=requires,
    )


def write_class(
    person: Person, content: ClassContent, find_file: FindFile, *, line: str = "", report: list[str] | None = None
) -> ClassProject:
    """A new draft that says what ``content`` says, led by ``person``.

    What cannot come along (works to start from that are not open to everyone here)
    is left out, and said in ``report``. Raises DomainError for content that breaks a
    rule, naming the lesson or assignment; then nothing of it may stay: the door rolls back.
    """
    draft = ClassDraft(
        content.title, content.outcome, content.medium, content.level, content.description, content.cover_alt,
        content.language,
    )  # fmt: skip
    project = create_class(person, draft, line)
    if content.cover is not None:
        project.cover_file_id = _file(find_file, content.cover, MediaPurpose.COVER).id
    if content.trailer is not None:
        project.trailer_file_id = _file(find_file, content.trailer, MediaPurpose.TRAILER).id
    project.trailer_captions = clean_captions(content.trailer_captions)
    db.session.flush()
    made = [write_item(project, item, person, find_file, report) for item in content.outline]
    project = queries.get_class_by_id(project.id)
    for item, content_item in zip(made, content.outline, strict=True):
        if content_item.requires:
            with _naming(content_item):
                require_answers(project, item, content_item.requires)
    # Closed last: nothing may begin to wait for what takes no answers.
    for item, content_item in zip(made, content.outline, strict=True):
        if isinstance(item, Assignment) and isinstance(content_item, AssignmentContent) and content_item.is_closed:
            item.closed_at = clock.now()
            _complete_change(item, is_closed=True)
    db.session.flush()
    return queries.get_class_by_id(project.id)


def write_item(
    project: ClassProject,
    content: LessonContent | AssignmentContent,
    person: Person,
    find_file: FindFile,
    report: list[str] | None = None,
) -> Lesson | Assignment:
    """One more lesson or assignment at the end of the outline; rules about what opens when come after all are there."""
    with _naming(content):
        if isinstance(content, LessonContent):
            return _write_lesson(project, content, person, find_file)
        return _write_assignment(project, content, person, report)


def _write_lesson(project: ClassProject, content: LessonContent, person: Person, find_file: FindFile) -> Lesson:
    file = None if content.file is None else _file(find_file, content.file, MediaPurpose.LESSON)
    description = None if content.description is None else _file(find_file, content.description, MediaPurpose.DESCRIPTION)
    draft = LessonDraft(
        title=content.title,
        body=content.body,
        file=file,
        captions=content.captions,
        captions_language=content.captions_language,
        transcript=content.transcript,
        chapters=content.chapters,
        description=description,
        is_preview=content.is_preview,
        minutes=content.minutes,
    )
    lesson = add_lesson(project, draft, person)
    if content.resources:
        resources = [(_file(find_file, one.file, MediaPurpose.RESOURCE), one.title) for one in content.resources]
        for place, (resource, title) in enumerate(resources, 1):
            db.session.add(LessonResource(lesson_id=lesson.id, file_id=resource.id, title=title, position=place))
        db.session.flush()
        _complete_change(lesson, resources=[{"file_id": one.id, "title": title} for one, title in resources])
    return lesson


def _complete_change(item: Lesson | Assignment, **values: Any) -> None:
    """Let the record of an item's first version say what was added to it at once."""
    change = queries.find_version(item, item.version)
    if change is not None:
        change.content = {**change.content, **values}
        db.session.flush()


def _write_assignment(
    project: ClassProject, content: AssignmentContent, person: Person, report: list[str] | None
) -> Assignment:
    known = {work.id: work for work in list_works_by_ids(content.starters)}
    starters = [
        number
        for number in content.starters
        if number in known and known[number].status is WorkStatus.PUBLISHED and known[number].is_open
    ]
    if report is not None and len(starters) < len(content.starters):
        report.append(
            _("“%(title)s”: works to start from that are not open to everyone here were left out.", title=content.title)
        )
    # In a class that is made anew the place of an assignment is its number.
    draft = AssignmentDraft(
        title=content.title,
        brief=content.brief,
        media_allowed=content.media_allowed,
        minutes=content.minutes,
        from_number=content.builds_on,
        feedback_count=content.feedback_count,
        is_required=content.is_required,
        starter_ids=tuple(starters),
        rubric=content.rubric,
        is_anonymous=content.is_anonymous,
    )
    return add_assignment(project, draft, person)


def _file(find_file: FindFile, named: Any, purpose: MediaPurpose) -> MediaFile:
    file = find_file(named, purpose)
    if file.kind.value not in KINDS[purpose]:
        raise DomainError(_("“%(name)s” is of another kind than it must be here.", name=file.original_name))
    return file


class _naming:
    """A rule that is broken inside is said with the title of what breaks it."""

    def __init__(self, content: LessonContent | AssignmentContent) -> None:
        self.title = content.title

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DomainError):
            raise DomainError(f"“{self.title}”: {error.message}") from error


def clone_class(project: ClassProject, person: Person) -> ClassProject:
    """A new draft led by ``person`` that says everything that ``project`` says.

    Its files are shared, not stored twice. People, answers, seasons and talk stay
    where they are.
    """
    content = read_content(project)
    line = next((one.line for one in project.instructors if one.person_id == person.id), "")
    copy = write_class(person, content, lambda file, _purpose: file, line=line)
    copy.cloned_from_id = project.id
    db.session.flush()
    return queries.get_class_by_id(copy.id)
