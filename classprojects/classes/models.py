"""Tables of class projects, their outline, their people, submissions and feedback."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column
from classprojects.media.models import MediaFile
from classprojects.works.models import Medium, Space, Work, WorkVersion


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


class SubmissionState(enum.StrEnum):
    """Where an answer to an assignment stands. Returned: the instructor suggests another try."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    RESUBMITTED = "resubmitted"
    REVIEWED = "reviewed"
    WITHDRAWN = "withdrawn"


#: the answer has been handed in: it counts as made, and classmates see it
HANDED_IN = (
    SubmissionState.SUBMITTED,
    SubmissionState.RETURNED,
    SubmissionState.RESUBMITTED,
    SubmissionState.REVIEWED,
)
#: the answer waits for its instructor
WAITING = (SubmissionState.SUBMITTED, SubmissionState.RESUBMITTED)


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
    cover: Mapped[MediaFile | None] = relationship(lazy="raise")
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
        return self.state is ClassState.PUBLISHED

    @property
    def is_archived(self) -> bool:
        return self.state is ClassState.ARCHIVED

    @property
    def is_running(self) -> bool:
        """Whether those who joined find it open: published, or archived since."""
        return self.state in (ClassState.PUBLISHED, ClassState.ARCHIVED)

    @property
    def url(self) -> str:
        return f"/classes/{self.slug}"

    @property
    def studio_url(self) -> str:
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
    is_preview: Mapped[bool] = mapped_column(default=False)
    minutes: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    deleted_at: Mapped[datetime | None]

    project: Mapped[ClassProject] = relationship(lazy="raise", back_populates="lessons")
    file: Mapped[MediaFile | None] = relationship(lazy="raise")

    @property
    def medium(self) -> str:
        """What it is made of: its file's kind, else text. Needs ``file`` loaded when there is one."""
        return self.file.kind.value if self.file_id is not None and self.file is not None else "text"

    @property
    def has_content(self) -> bool:
        return bool(self.body.strip()) or self.file_id is not None


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
        return self.closed_at is not None


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


class Enrollment(Model):
    """Somebody joined a class project. Leaving keeps the row and what they made."""

    __tablename__ = "enrollments"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "class_id"),
        sa.Index("ix_enrollments_class_id_joined_at", "class_id", "joined_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    joined_at: Mapped[datetime] = mapped_column(default=clock.now)
    left_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise")
    project: Mapped[ClassProject] = relationship(lazy="raise")


class LessonFinish(Model):
    """A learner said that they are through with a lesson: where the class room goes on."""

    __tablename__ = "lesson_finishes"

    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), primary_key=True)
    lesson_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("lessons.id"), primary_key=True, index=True)
    finished_at: Mapped[datetime] = mapped_column(default=clock.now)


class Submission(Model):
    """One learner's answer to one assignment: a work, and the attempts at it."""

    __tablename__ = "submissions"
    __table_args__ = (
        sa.UniqueConstraint("assignment_id", "person_id"),
        # The feedback queue: who has waited longest in the classes that one leads.
        sa.Index("ix_submissions_class_id_state_waiting_since", "class_id", "state", "waiting_since", "id"),
        # An assignment's gallery, newest first.
        sa.Index("ix_submissions_assignment_id_state_submitted_at", "assignment_id", "state", "submitted_at", "id"),
        sa.Index("ix_submissions_person_id_class_id", "person_id", "class_id"),
        # A class's gallery, newest first.
        sa.Index("ix_submissions_class_id_id", "class_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    assignment_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("assignments.id"))
    #: the assignment's class, beside it for the queue
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    work_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"), unique=True)
    state: Mapped[SubmissionState] = mapped_column(
        enum_column(SubmissionState, "state"), default=SubmissionState.SUBMITTED
    )
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: when it was handed in first
    submitted_at: Mapped[datetime | None]
    #: since when it waits for its instructor; kept when it no longer does
    waiting_since: Mapped[datetime] = mapped_column(default=clock.now)
    #: when the first human other than its maker said something about it
    first_feedback_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    attempts_count: Mapped[int] = mapped_column(default=0)
    feedback_count: Mapped[int] = mapped_column(default=0)

    assignment: Mapped[Assignment] = relationship(lazy="raise")
    project: Mapped[ClassProject] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    work: Mapped[Work] = relationship(lazy="raise")
    attempts: Mapped[list[Attempt]] = relationship(
        lazy="raise", back_populates="submission", order_by="Attempt.number"
    )

    @property
    def is_handed_in(self) -> bool:
        return self.state in HANDED_IN

    @property
    def is_withdrawn(self) -> bool:
        return self.state is SubmissionState.WITHDRAWN

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING

    @property
    def url(self) -> str:
        return f"/submissions/{self.id}"


class Attempt(Model):
    """One handed-in version of a submission. Never changed, never deleted."""

    __tablename__ = "attempts"
    __table_args__ = (sa.UniqueConstraint("submission_id", "number"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    submission_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("submissions.id"))
    number: Mapped[int]
    work_version_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("work_versions.id"), index=True)
    #: the wording of the assignment that it answers
    assignment_version: Mapped[int]
    is_late: Mapped[bool] = mapped_column(default=False)
    #: the form's one-time key, so that sending a form twice makes one attempt
    submission_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    submission: Mapped[Submission] = relationship(lazy="raise", back_populates="attempts")
    work_version: Mapped[WorkVersion] = relationship(lazy="raise")
    feedback: Mapped[list[Feedback]] = relationship(lazy="raise", back_populates="attempt", order_by="Feedback.id")


class Feedback(Model):
    """What works and what to try next, said by one person about one attempt."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    attempt_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("attempts.id"), index=True)
    author_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    works_well: Mapped[str] = mapped_column(sa.Text)
    try_next: Mapped[str] = mapped_column(sa.Text, default="")
    #: the moment of a sound or film that it is about
    at_seconds: Mapped[int | None]
    #: as it was when it was said: roles change
    by_instructor: Mapped[bool] = mapped_column(default=False)
    submission_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    attempt: Mapped[Attempt] = relationship(lazy="raise", back_populates="feedback")
    author: Mapped[Person] = relationship(lazy="raise")


def _refuse_change(_mapper: object, _connection: object, target: Attempt) -> None:
    raise RuntimeError(f"attempt {target.id} is written once")


event.listen(Attempt, "before_update", _refuse_change)
event.listen(Attempt, "before_delete", _refuse_change)
