"""The forms that the demo's content is written in.

Keys name things across files. `days` is always how many days before the seeding
something happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Media:
    """A file that code makes: which function, which kind of file, what it builds on."""

    make: str
    ending: str
    seed: int = 1
    of: tuple[str, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    handle: str
    name: str
    country: str
    language: str
    bio: str
    portrait: dict[str, Any]
    days: float
    email: str = ""
    role: str = ""
    membership: str = ""


@dataclass(frozen=True)
class Locale:
    language: str
    title: str
    takes: str
    body: str = ""
    country: str | None = None


@dataclass(frozen=True)
class Prompt:
    key: str
    author: str
    role: str
    medium: str
    difficulty: int
    title: str
    takes: str
    body: str
    days: float
    closes_in: float | None = None
    locales: tuple[Locale, ...] = ()


@dataclass(frozen=True)
class From:
    """A source of a work: which one, used how."""

    work: str
    kind: str = "built_on"
    note: str = ""


@dataclass(frozen=True)
class Outside:
    address: str
    author: str
    licence: str


@dataclass(frozen=True)
class Work:
    key: str
    maker: str
    medium: str
    title: str
    days: float
    body: str = ""
    note: str = ""
    alt: str = ""
    language: str = "en"
    tags: tuple[str, ...] = ()
    prompt: str = ""
    sources: tuple[From, ...] = ()
    outside: tuple[Outside, ...] = ()
    media: Media | None = None


@dataclass(frozen=True)
class Comment:
    work: str
    author: str
    days: float
    body: str


@dataclass(frozen=True)
class Gathered:
    """A set: works by their keys in order, some with a note."""

    owner: str
    title: str
    days: float
    works: tuple[tuple[str, str], ...]
    description: str = ""
    is_public: bool = True


@dataclass(frozen=True)
class Lesson:
    title: str
    minutes: int
    body: str
    media: Media | None = None
    captions: str = ""
    transcript: str = ""
    preview: bool = False


@dataclass(frozen=True)
class Assignment:
    title: str
    brief: str
    media: tuple[str, ...]
    minutes: int
    starters: tuple[str, ...] = ()
    remix_of: int | None = None
    feedback_to: int = 0
    required: bool = True


@dataclass(frozen=True)
class ClassProject:
    key: str
    title: str
    outcome: str
    about: str
    medium: str
    level: str
    instructors: tuple[tuple[str, str], ...]
    cover: Media
    cover_alt: str
    days: float
    outline: tuple[Lesson | Assignment, ...]
    published: bool = True
    archived: bool = False


@dataclass(frozen=True)
class Feedback:
    author: str
    days: float
    works_well: str
    try_next: str = ""
    done: bool = False
    #: about one place each: a second of a sound or film, a part of a picture in percent (left, top, width, height), or some words
    remarks: tuple[tuple[int | tuple[int, int, int, int] | str, str], ...] = ()


@dataclass(frozen=True)
class Attempt:
    """What a learner sent in: a work in the class, and what was said to it."""

    work: Work
    feedback: tuple[Feedback, ...] = ()


@dataclass(frozen=True)
class Submission:
    class_key: str
    assignment: int
    attempts: tuple[Attempt, ...]
    hearts: tuple[str, ...] = ()
    shared: bool = False
