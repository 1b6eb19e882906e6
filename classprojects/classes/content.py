"""What a class project says, apart from where it lives: what is cloned, taken along as a file, and made again.

Pure values. Nothing in them is about people, submissions or seasons, and nothing has an
id: assignments are named by their place among the assignments, from 1. A file is named
by whatever fits the occasion: a media file of ours, or a name in a ZIP.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from classprojects.classes.actions.lessons import Chapter
from classprojects.classes.actions.rubrics import Criterion
from classprojects.classes.models import Level
from classprojects.media.models import MediaPurpose
from classprojects.works.models import Medium

#: what each use of a file may be, by its content
KINDS: dict[MediaPurpose, tuple[str, ...]] = {
    MediaPurpose.COVER: ("image",),
    MediaPurpose.TRAILER: ("audio", "video"),
    MediaPurpose.LESSON: ("audio", "video"),
    MediaPurpose.DESCRIPTION: ("audio",),
    MediaPurpose.RESOURCE: ("document",),
}


@dataclass(frozen=True)
class ResourceContent:
    """Something to download beside a lesson."""

    file: Any
    title: str = ""


@dataclass(frozen=True)
class LessonContent:
    """A lesson. ``requires``: places of the assignments that are answered before it opens."""

    title: str
    body: str = ""
    file: Any = None
    captions: str = ""
    captions_language: str = "en"
    transcript: str = ""
    chapters: tuple[Chapter, ...] = ()
    description: Any = None
    resources: tuple[ResourceContent, ...] = ()
    is_preview: bool = False
    minutes: int = 0
    requires: tuple[int, ...] = ()


@dataclass(frozen=True)
class AssignmentContent:
    """An assignment. ``builds_on``: the place of the one whose answers it remixes; ``starters``: ids of works."""

    title: str
    brief: str = ""
    media_allowed: tuple[Medium, ...] = ()
    minutes: int = 0
    builds_on: int | None = None
    feedback_count: int = 0
    is_required: bool = True
    is_closed: bool = False
    is_anonymous: bool = False
    #: without ids: a copy's criteria are its own
    rubric: tuple[Criterion, ...] = ()
    starters: tuple[int, ...] = ()
    requires: tuple[int, ...] = ()


@dataclass(frozen=True)
class ClassContent:
    """A whole class."""

    title: str
    medium: Medium
    outcome: str = ""
    description: str = ""
    level: Level = Level.BEGINNER
    language: str = "en"
    cover: Any = None
    cover_alt: str = ""
    trailer: Any = None
    trailer_captions: str = ""
    outline: tuple[LessonContent | AssignmentContent, ...] = ()

    def uses(self) -> Iterator[tuple[Any, MediaPurpose]]:
        """Every file in it, with what it is for, in the order of the page; one that is used twice comes twice."""
        if self.cover is not None:
            yield self.cover, MediaPurpose.COVER
        if self.trailer is not None:
            yield self.trailer, MediaPurpose.TRAILER
        yield from lesson_uses(self.outline)


def lesson_uses(outline: tuple[LessonContent | AssignmentContent, ...]) -> Iterator[tuple[Any, MediaPurpose]]:
    """Every file of these lessons, with what it is for."""
    for item in outline:
        if isinstance(item, LessonContent):
            if item.file is not None:
                yield item.file, MediaPurpose.LESSON
            if item.description is not None:
                yield item.description, MediaPurpose.DESCRIPTION
            for resource in item.resources:
                yield resource.file, MediaPurpose.RESOURCE
