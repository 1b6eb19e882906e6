"""Tables of class projects, who leads them, and their outline of lessons and assignments."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column
from classprojects.media.models import MediaFile
from classprojects.works.models import Medium, Space, Work


class ClassState(enum.StrEnum):
    """Where a class project stands between an idea and the archive."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Level(enum.StrEnum):
    """How much practice a class project asks for."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class InstructorRole(enum.StrEnum):
    """What an instructor is to a class project."""

    LEAD = "lead"
    CO_INSTRUCTOR = "co_instructor"
    #: answers learners and sees who is where; does not change the class
    ASSISTANT = "assistant"


class ReviewDecision(enum.StrEnum):
    """What came of a review."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    TAKEN_BACK = "taken_back"  # by the instructor


class ImportState(enum.StrEnum):
    """Where the making of a class out of a file stands."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class ClassProject(Model):
    """Something to learn by making it, led by instructors."""

    __tablename__ = "class_projects"
    __table_args__ = (
        # The catalogue, newest first, whole or by medium.
        sa.Index("ix_class_projects_state_published_at", "state", "published_at", "id"),
        sa.Index("ix_class_projects_medium_state_published_at", "medium", "state", "published_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: its address; stays when the title changes
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    #: what you will have made by the end
    outcome: Mapped[str] = mapped_column(sa.String(300), default="")
    #: Markdown: what it is about and how it runs
    description: Mapped[str] = mapped_column(sa.Text, default="")
    description_html: Mapped[str] = mapped_column(sa.Text, default="")
    medium: Mapped[Medium] = mapped_column(enum_column(Medium))
    level: Mapped[Level] = mapped_column(enum_column(Level), default=Level.BEGINNER)
    language: Mapped[str] = mapped_column(sa.String(12), default="en")
    state: Mapped[ClassState] = mapped_column(enum_column(ClassState, "state"), default=ClassState.DRAFT)
    #: where the works made in it live
    space_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("spaces.id"), unique=True)
    cover_file_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("media_files.id"), index=True)
    cover_alt: Mapped[str] = mapped_column(sa.String(300), default="")
    #: a short film or sound that everybody may play
    trailer_file_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("media_files.id"), index=True)
    trailer_captions: Mapped[str] = mapped_column(sa.Text, default="")
    #: approved, and to be published at this moment by itself
    publish_at: Mapped[datetime | None]
    cloned_from_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("class_projects.id"), index=True)
    #: since when its showcase is there for everybody
    showcase_at: Mapped[datetime | None]
    #: grows with each edit of the fields above, so that two editors notice one another
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: when it was published first; publishing again keeps it
    published_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    # Counted when written, so that a catalogue of cards costs no counting.
    lessons_count: Mapped[int] = mapped_column(default=0)
    assignments_count: Mapped[int] = mapped_column(default=0)
    assignments_minutes: Mapped[int] = mapped_column(default=0)
    learners_count: Mapped[int] = mapped_column(default=0)

    space: Mapped[Space] = relationship(lazy="raise")
    cover: Mapped[MediaFile | None] = relationship(lazy="raise", foreign_keys=[cover_file_id])
    trailer: Mapped[MediaFile | None] = relationship(lazy="raise", foreign_keys=[trailer_file_id])
    instructors: Mapped[list[ClassInstructor]] = relationship(
        lazy="raise", back_populates="project", order_by="ClassInstructor.added_at, ClassInstructor.person_id"
    )
    lessons: Mapped[list[Lesson]] = relationship(
        lazy="raise",
        back_populates="project",
        order_by="Lesson.position, Lesson.id",
        primaryjoin="and_(Lesson.class_id == ClassProject.id, Lesson.deleted_at.is_(None))",
    )
    assignments: Mapped[list[Assignment]] = relationship(
        lazy="raise",
        back_populates="project",
        order_by="Assignment.position, Assignment.id",
        primaryjoin="and_(Assignment.class_id == ClassProject.id, Assignment.deleted_at.is_(None))",
    )

    @property
    def is_published(self) -> bool:
        """Whether people may join it."""
        return self.state is ClassState.PUBLISHED

    @property
    def is_archived(self) -> bool:
        """Whether nobody joins it any more, and those who are in it keep it."""
        return self.state is ClassState.ARCHIVED

    @property
    def is_running(self) -> bool:
        """Whether those who joined find it open: published, or archived since."""
        return self.state in (ClassState.PUBLISHED, ClassState.ARCHIVED)

    @property
    def url(self) -> str:
        """The page that everybody may see."""
        return f"/classes/{self.slug}"

    @property
    def studio_url(self) -> str:
        """Where those who lead it change it."""
        return f"/studio/classes/{self.slug}"

    @property
    def outline(self) -> list[Lesson | Assignment]:
        """Lessons and assignments in the one order in which a learner meets them."""
        items: list[Lesson | Assignment] = [*self.lessons, *self.assignments]
        return sorted(items, key=lambda item: (item.position, item.kind != "lesson", item.id))


class ClassInstructor(Model):
    """Who leads a class project, with one line about them for its page."""

    __tablename__ = "class_instructors"

    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), primary_key=True, index=True)
    role: Mapped[InstructorRole] = mapped_column(enum_column(InstructorRole), default=InstructorRole.LEAD)
    line: Mapped[str] = mapped_column(sa.String(200), default="")
    added_at: Mapped[datetime] = mapped_column(default=clock.now)

    project: Mapped[ClassProject] = relationship(lazy="raise", back_populates="instructors")
    person: Mapped[Person] = relationship(lazy="raise")


class InstructorInvitation(Model):
    """Somebody was asked to lead a class too, and what they said."""

    __tablename__ = "instructor_invitations"
    __table_args__ = (sa.Index("ix_instructor_invitations_class_id_person_id", "class_id", "person_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    role: Mapped[InstructorRole] = mapped_column(enum_column(InstructorRole, "invitedrole"), default=InstructorRole.CO_INSTRUCTOR)
    invited_by_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    answered_at: Mapped[datetime | None]
    is_accepted: Mapped[bool | None]
    withdrawn_at: Mapped[datetime | None]

    project: Mapped[ClassProject] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
    invited_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[invited_by_id])


class ClassReview(Model):
    """A class was shown to staff before its first learners, and what they said."""

    __tablename__ = "class_reviews"
    __table_args__ = (
        sa.Index("ix_class_reviews_class_id_id", "class_id", "id"),
        sa.Index("ix_class_reviews_decided_at_sent_at", "decided_at", "sent_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    sent_by_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    sent_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: for whoever reads it
    message: Mapped[str] = mapped_column(sa.String(2000), default="")
    #: when the instructor wants it published; None: at once
    wanted_at: Mapped[datetime | None]
    #: the talk between staff and instructors
    thread_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("threads.id"), unique=True)
    decision: Mapped[ReviewDecision | None] = mapped_column(enum_column(ReviewDecision))
    decided_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(2000), default="")

    project: Mapped[ClassProject] = relationship(lazy="raise")
    sent_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[sent_by_id])
    decided_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[decided_by_id])


class ClassImport(Model):
    """A class that is being made out of an uploaded file, by the worker."""

    __tablename__ = "class_imports"
    __table_args__ = (sa.Index("ix_class_imports_state_created_at", "state", "created_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    #: the class that lessons are added to; the class that was made, once it is
    class_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("class_projects.id"), index=True)
    storage_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    file_name: Mapped[str] = mapped_column(sa.String(120), default="")
    state: Mapped[ImportState] = mapped_column(enum_column(ImportState), default=ImportState.WAITING)
    #: what was taken in and what was left out, in words; or why nothing was
    report: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise")
    project: Mapped[ClassProject | None] = relationship(lazy="raise")


class Lesson(Model):
    """Something to watch, hear or read. Its number is its address and never changes."""

    __tablename__ = "lessons"
    __table_args__ = (sa.UniqueConstraint("class_id", "number"),)
    kind = "lesson"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    number: Mapped[int]
    #: place in the outline, which lessons and assignments share
    position: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(120))
    body: Mapped[str] = mapped_column(sa.Text, default="")
    body_html: Mapped[str] = mapped_column(sa.Text, default="")
    file_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("media_files.id"), index=True)
    #: WebVTT, written anew by us from what was given
    captions: Mapped[str] = mapped_column(sa.Text, default="")
    captions_language: Mapped[str] = mapped_column(sa.String(12), default="en")
    transcript: Mapped[str] = mapped_column(sa.Text, default="")
    #: marks in its sound or film: [{"at": seconds, "title": words}], in the order of time
    chapters: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    #: a sound that says what is to be seen, to play instead of the film's own
    description_file_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("media_files.id"), index=True)
    is_preview: Mapped[bool] = mapped_column(default=False)
    minutes: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    deleted_at: Mapped[datetime | None]

    project: Mapped[ClassProject] = relationship(lazy="raise", back_populates="lessons")
    file: Mapped[MediaFile | None] = relationship(lazy="raise", foreign_keys=[file_id])
    description: Mapped[MediaFile | None] = relationship(lazy="raise", foreign_keys=[description_file_id])
    resources: Mapped[list[LessonResource]] = relationship(
        lazy="raise", order_by="LessonResource.position, LessonResource.id", cascade="all, delete-orphan"
    )

    @property
    def medium(self) -> str:
        """What it is made of: its file's kind, else text. Needs ``file`` loaded when there is one."""
        return self.file.kind.value if self.file_id is not None and self.file is not None else "text"

    @property
    def has_content(self) -> bool:
        """Whether there is anything to read, hear or watch."""
        return bool(self.body.strip()) or self.file_id is not None


class LessonResource(Model):
    """Something to download beside a lesson."""

    __tablename__ = "lesson_resources"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lesson_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("lessons.id"), index=True)
    file_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("media_files.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(120), default="")
    position: Mapped[int] = mapped_column(default=0)

    file: Mapped[MediaFile] = relationship(lazy="raise")


class Assignment(Model):
    """Something to make. Its number is its address and never changes."""

    __tablename__ = "assignments"
    __table_args__ = (
        sa.UniqueConstraint("class_id", "number"),
        sa.CheckConstraint("from_assignment_id <> id", name="not_itself"),
    )
    kind = "assignment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    number: Mapped[int]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(120))
    brief: Mapped[str] = mapped_column(sa.Text, default="")
    brief_html: Mapped[str] = mapped_column(sa.Text, default="")
    #: the media that an answer may be made of
    media_allowed: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    minutes: Mapped[int] = mapped_column(default=0)
    #: the remix rule: an answer builds on a classmate's answer to this earlier one
    from_assignment_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("assignments.id"), index=True)
    #: the feedback rule: how many classmates' answers to say something about
    feedback_count: Mapped[int] = mapped_column(default=0)
    is_required: Mapped[bool] = mapped_column(default=True)
    #: what feedback looks at: [{"id", "title", "help", "levels": [{"label", "help"}]}]; marks keep a copy of what they say
    rubric: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    #: classmates do not learn whose answer it is, until the names are released
    is_anonymous: Mapped[bool] = mapped_column(default=False)
    names_released_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: since when it takes no new answers
    closed_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    project: Mapped[ClassProject] = relationship(lazy="raise", back_populates="assignments")
    from_assignment: Mapped[Assignment | None] = relationship(lazy="raise", remote_side=[id])
    starters: Mapped[list[StarterWork]] = relationship(
        lazy="raise", order_by="StarterWork.position", cascade="all, delete-orphan"
    )

    @property
    def is_closed(self) -> bool:
        """Whether it takes no new answers; those that are there may be tried again."""
        return self.closed_at is not None

    @property
    def hides_names(self) -> bool:
        """Whether what is handed in now is veiled."""
        return self.is_anonymous and self.names_released_at is None


class Prerequisite(Model):
    """A lesson or assignment that opens once an assignment was answered."""

    __tablename__ = "prerequisites"
    __table_args__ = (
        sa.UniqueConstraint("lesson_id", "requires_id"),
        sa.UniqueConstraint("assignment_id", "requires_id"),
        sa.CheckConstraint("assignment_id <> requires_id", name="not_itself"),
        sa.CheckConstraint("(lesson_id IS NULL) <> (assignment_id IS NULL)", name="one_item"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"), index=True)
    lesson_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("lessons.id"))
    assignment_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("assignments.id"))
    requires_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("assignments.id"), index=True)


class StarterWork(Model):
    """A work that an assignment offers to remix."""

    __tablename__ = "starter_works"

    assignment_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("assignments.id"), primary_key=True)
    work_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)

    work: Mapped[Work] = relationship(lazy="raise")


class OutlineChange(Model):
    """What a lesson or assignment says from one version on: an edit never moves the ground silently."""

    __tablename__ = "outline_changes"
    __table_args__ = (
        sa.Index("ix_outline_changes_class_id_id", "class_id", "id"),
        sa.UniqueConstraint("lesson_id", "version"),
        sa.UniqueConstraint("assignment_id", "version"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    lesson_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("lessons.id"))
    assignment_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("assignments.id"))
    version: Mapped[int]
    author_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    #: what changed, in the instructor's words; learners read it
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    #: the fields as they stood in this version
    content: Mapped[dict[str, Any]]
    #: whether learners had the earlier version before them
    was_published: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    author: Mapped[Person] = relationship(lazy="raise")
