"""Making a class project: what its page says, and who leads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.models import (
    ClassInstructor,
    ClassProject,
    InstructorRole,
    Level,
    OutlineChange,
)
from classprojects.core.database import db, lock_row
from classprojects.core.errors import DomainError
from classprojects.core.ids import new_token, slugify
from classprojects.core.memo import forget
from classprojects.core.prose import render_text
from classprojects.media.captions import clean_captions
from classprojects.media.models import MediaFile, MediaKind
from classprojects.works import actions as works
from classprojects.works.models import Medium, Space


class EditedMeanwhile(DomainError):
    """Somebody else saved this while the form was open. Nothing of either is lost."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else saved this while you were writing. What you wrote is still in the form; what they saved "
              "stands below it. Bring the two together, then save again.")
        )



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
    #: None: they stay as they are
    trailer_captions: str | None = None


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
    if draft.trailer_captions is not None:
        project.trailer_captions = clean_captions(draft.trailer_captions)


def use_trailer(project: ClassProject, trailer: MediaFile | None) -> None:
    """Show this film or sound on the class page, which everybody who sees that may play; None: none any more."""
    if trailer is not None and trailer.kind not in (MediaKind.AUDIO, MediaKind.VIDEO):
        raise DomainError(_("A trailer is a film or a sound."), field="trailer_file")
    project.trailer_file_id = trailer.id if trailer is not None else None
    db.session.flush()
    db.session.expire(project, ["trailer"])


def edit_class(
    project: ClassProject, draft: ClassDraft, version: int, cover: MediaFile | None = None, author: Person | None = None
) -> None:
    """Change what the class page says. Raises EditedMeanwhile when ``version`` is not the newest.

    ``author``: who is named for it where learners, and whoever reviews the class, read what changed.
    """
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
    if author is not None:
        _record_edit(project, author)
    db.session.flush()


def _record_edit(project: ClassProject, author: Person) -> None:
    """Keep what the page of the class says in its present version: a change about no lesson and no assignment."""
    content = {
        "title": project.title, "outcome": project.outcome, "description": project.description, "level": project.level.value,
    }  # fmt: skip
    db.session.add(
        OutlineChange(
            class_id=project.id, version=project.version, author_id=author.id, content=content, was_published=project.is_running
        )
    )


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
