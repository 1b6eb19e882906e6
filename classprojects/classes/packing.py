"""``class.json``: a class's content as JSON, written and read. The format is described in docs/class-format.md.

Reading trusts nothing: every field has a type and a length, none is unknown, and what
is wrong is said with the place where it stands. Pure: no database, no files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from classprojects.classes.actions.lessons import LONGEST_CHAPTER_TITLE, MOST_CHAPTERS, Chapter
from classprojects.classes.actions.resources import MOST as MOST_RESOURCES
from classprojects.classes.actions.rubrics import (
    LONGEST_HELP,
    LONGEST_LABEL,
    MOST_CRITERIA,
    MOST_LEVELS,
    Criterion,
    RubricLevel,
)
from classprojects.classes.actions.rubrics import LONGEST_TITLE as LONGEST_CRITERION
from classprojects.classes.content import AssignmentContent, ClassContent, LessonContent, ResourceContent
from classprojects.classes.models import Level
from classprojects.core.errors import DomainError
from classprojects.media.captions import LONGEST as LONGEST_CAPTIONS
from classprojects.media.models import MediaFile
from classprojects.works.models import Medium

FORMAT = "class-project"
VERSION = 1
#: the one name in the ZIP that is always the same
MANIFEST = "class.json"
#: bytes
LONGEST_MANIFEST = 20_000_000
LONGEST_TEXT = 60_000
MOST_ITEMS = 300
MOST_STARTERS = 12

#: what no database and no page takes: control characters but tabs and line ends, halves of characters, no characters
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("[\t\n\r\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadPackage(DomainError):
    """A file that no class can be made of; says what is wrong and where."""


@dataclass(frozen=True)
class PackedFile:
    """What the manifest says of one file."""

    entry: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Packed:
    """What a manifest holds: the content, its files named by their entries, and what is said of those."""

    content: ClassContent
    files: dict[str, PackedFile]


# Writing


def pack(content: ClassContent, base_url: str) -> tuple[str, dict[str, MediaFile]]:
    """The manifest, and which media file goes into the ZIP under which name. ``content`` as the database gives it."""
    entries: dict[int, str] = {}
    files: dict[str, MediaFile] = {}
    for file, purpose in content.uses():
        if file.id not in entries:
            entry = f"files/{len(files) + 1:03}-{purpose.value}.{file.extension}"
            entries[file.id], files[entry] = entry, file
    named = _Naming(entries, base_url.rstrip("/"))
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "class": {
            "title": content.title,
            "outcome": content.outcome,
            "description": content.description,
            "medium": content.medium.value,
            "level": content.level.value,
            "language": content.language,
            "cover": named.entry(content.cover),
            "cover_alt": content.cover_alt,
            "trailer": named.entry(content.trailer),
            "trailer_captions": content.trailer_captions,
        },
        "outline": [named.item(item) for item in content.outline],
        "files": {
            entry: {"name": file.original_name, "size": file.size, "sha256": file.sha256}
            for entry, file in files.items()
        },
    }
    return json.dumps(manifest, ensure_ascii=False, indent=1), files


@dataclass(frozen=True)
class _Naming:
    """Writes lessons and assignments, their files by entry and their starters by address."""

    entries: Mapping[int, str]
    base_url: str

    def entry(self, file: MediaFile | None) -> str | None:
        return None if file is None else self.entries[file.id]

    def item(self, item: LessonContent | AssignmentContent) -> dict[str, Any]:
        if isinstance(item, LessonContent):
            return {
                "kind": "lesson",
                "title": item.title,
                "body": item.body,
                "file": self.entry(item.file),
                "captions": item.captions,
                "captions_language": item.captions_language,
                "transcript": item.transcript,
                "chapters": [{"at_ms": one.at_ms, "title": one.title} for one in item.chapters],
                "description": self.entry(item.description),
                "resources": [{"file": self.entry(one.file), "title": one.title} for one in item.resources],
                "is_preview": item.is_preview,
                "minutes": item.minutes,
                "requires": list(item.requires),
            }
        return {
            "kind": "assignment",
            "title": item.title,
            "brief": item.brief,
            "media_allowed": [medium.value for medium in item.media_allowed],
            "minutes": item.minutes,
            "builds_on": item.builds_on,
            "feedback_count": item.feedback_count,
            "is_required": item.is_required,
            "is_closed": item.is_closed,
            "is_anonymous": item.is_anonymous,
            "rubric": [
                {
                    "title": one.title,
                    "help": one.help,
                    "levels": [{"label": level.label, "help": level.help} for level in one.levels],
                }
                for one in item.rubric
            ],
            "starters": [f"{self.base_url}/works/{number}" for number in item.starters],
            "requires": list(item.requires),
        }


# Reading


def unpack(text: bytes, base_url: str) -> Packed:
    """The content that a manifest describes. Raises BadPackage in words."""
    whole = _Part(_parse(text), "class.json")
    if whole.value.get("format") != FORMAT:
        raise BadPackage(_("class.json does not describe a class project: its “format” must be “%(format)s”.", format=FORMAT))
    version = whole.value.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise BadPackage(
            _("This file was written by a newer version of the product (format %(theirs)s; this one reads up to %(ours)s). "
              "Export it again from there in the older format, or wait for the update here.",
              theirs=str(version)[:20], ours=VERSION)
        )  # fmt: skip
    if version != VERSION or isinstance(version, bool):
        raise BadPackage(_("class.json says no version of its format that there ever was."))
    whole.only("format", "version", "class", "outline", "files")
    files = {entry: _read_file(entry, whole) for entry in whole.part("files").value}
    page = whole.part("class")
    page.only(
        "title", "outcome", "description", "medium", "level", "language", "cover", "cover_alt", "trailer", "trailer_captions"
    )
    items = whole.parts("outline", MOST_ITEMS)
    count = sum(item.value.get("kind") == "assignment" for item in items)
    works = re.compile(re.escape(base_url.rstrip("/")) + r"/works/([1-9][0-9]{0,17})")
    content = ClassContent(
        title=page.line("title", 120, is_needed=True),
        outcome=page.line("outcome", 300),
        description=page.text("description", LONGEST_TEXT),
        medium=page.choice("medium", Medium),
        level=page.choice("level", Level),
        language=page.language("language"),
        cover=page.entry("cover", files),
        cover_alt=page.line("cover_alt", 300),
        trailer=page.entry("trailer", files),
        trailer_captions=page.text("trailer_captions", LONGEST_CAPTIONS),
        outline=tuple(_read_item(item, files, count, works) for item in items),
    )
    used = {entry for entry, _purpose in content.uses()}
    for entry in files:
        if entry not in used:
            raise BadPackage(_("%(where)s: nothing in the class uses this file.", where=f"files › {entry[:100]}"))
    return Packed(content, files)


def _parse(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text.decode("utf-8-sig"), object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadPackage(_("class.json is not UTF-8 text.")) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError):
            raise BadPackage(_("class.json is broken at line %(line)s.", line=error.lineno)) from error
        raise BadPackage(_("class.json is broken: it cannot be read as JSON.")) from error
    if not isinstance(value, dict):
        raise BadPackage(_("class.json must hold an object."))
    return value


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadPackage(_("class.json is broken: the same name stands twice in one object."))
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _read_file(entry: str, whole: _Part) -> PackedFile:
    told = whole.part("files").part(entry)
    told.only("name", "size", "sha256")
    sha256 = told.line("sha256", 64, is_needed=True)
    if not _SHA256.fullmatch(sha256):
        told.refuse("sha256", _("must be a SHA-256 in 64 hexadecimal digits"))
    return PackedFile(entry, told.line("name", 120, is_needed=True), told.number("size", 1, 2**50), sha256)


def _read_item(
    item: _Part, files: Mapping[str, PackedFile], assignments: int, works: re.Pattern[str]
) -> LessonContent | AssignmentContent:
    kind = item.value.get("kind")
    if kind == "lesson":
        return _read_lesson(item, files, assignments)
    if kind == "assignment":
        return _read_assignment(item, assignments, works)
    raise item.refusal("kind", _("must be “lesson” or “assignment”"))


def _read_lesson(item: _Part, files: Mapping[str, PackedFile], assignments: int) -> LessonContent:
    item.only(
        "kind", "title", "body", "file", "captions", "captions_language", "transcript", "chapters", "description",
        "resources", "is_preview", "minutes", "requires",
    )  # fmt: skip
    chapters = item.parts("chapters", MOST_CHAPTERS, "at_ms", "title")
    resources = item.parts("resources", MOST_RESOURCES, "file", "title")
    return LessonContent(
        title=item.line("title", 120, is_needed=True),
        body=item.text("body", LONGEST_TEXT),
        file=item.entry("file", files),
        captions=item.text("captions", LONGEST_CAPTIONS),
        captions_language=item.language("captions_language"),
        transcript=item.text("transcript", LONGEST_TEXT),
        chapters=tuple(
            Chapter(one.number("at_ms", 0, 10**10), one.line("title", LONGEST_CHAPTER_TITLE, is_needed=True)) for one in chapters
        ),
        description=item.entry("description", files),
        resources=tuple(ResourceContent(one.entry("file", files, is_needed=True), one.line("title", 120)) for one in resources),
        is_preview=item.flag("is_preview"),
        minutes=item.number("minutes", 0, 600),
        requires=item.places("requires", assignments),
    )


def _read_assignment(item: _Part, assignments: int, works: re.Pattern[str]) -> AssignmentContent:
    item.only(
        "kind", "title", "brief", "media_allowed", "minutes", "builds_on", "feedback_count", "is_required", "is_closed",
        "is_anonymous", "rubric", "starters", "requires",
    )  # fmt: skip
    media = item.lines("media_allowed", len(Medium), 20)
    if not media or set(media) - {medium.value for medium in Medium} or len(set(media)) != len(media):
        item.refuse("media_allowed", _("must name some of text, image, audio and video"))
    starters = [works.fullmatch(address) for address in item.lines("starters", MOST_STARTERS, 300)]
    return AssignmentContent(
        title=item.line("title", 120, is_needed=True),
        brief=item.text("brief", LONGEST_TEXT),
        media_allowed=tuple(medium for medium in Medium if medium.value in media),
        minutes=item.number("minutes", 0, 6000),
        builds_on=None if item.value.get("builds_on") is None else item.number("builds_on", 1, assignments),
        feedback_count=item.number("feedback_count", 0, 10),
        is_required=item.flag("is_required"),
        is_closed=item.flag("is_closed"),
        is_anonymous=item.flag("is_anonymous"),
        rubric=tuple(_read_criterion(one) for one in item.parts("rubric", MOST_CRITERIA, "title", "help", "levels")),
        # A work of another place is nobody's here: it is left out, and the report says so.
        starters=tuple(int(found[1]) if found else 0 for found in starters),
        requires=item.places("requires", assignments),
    )


def _read_criterion(part: _Part) -> Criterion:
    levels = part.parts("levels", MOST_LEVELS, "label", "help")
    return Criterion(
        part.line("title", LONGEST_CRITERION, is_needed=True),
        part.line("help", LONGEST_HELP),
        tuple(
            RubricLevel(one.line("label", LONGEST_LABEL, is_needed=True), one.line("help", LONGEST_HELP)) for one in levels
        ),
    )


class _Part:
    """An object of the manifest, and where it stands."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise BadPackage(_("%(where)s: must be an object.", where=where))
        self.value: dict[str, Any] = value
        self.where = where

    def refusal(self, name: str, words: str) -> BadPackage:
        return BadPackage(f"{self.where} › {name[:60]}: {words}.")

    def refuse(self, name: str, words: str) -> None:
        raise self.refusal(name, words)

    def only(self, *names: str) -> None:
        """Refuse what the format does not know: it would be lost without a word. Everything else must be there."""
        for name in self.value:
            if name not in names:
                self.refuse(_printable(name), _("is not known in this version of the format"))
        for name in names:
            if name not in self.value:
                self.refuse(name, _("is missing"))

    def part(self, name: str) -> _Part:
        return _Part(self.value.get(name), f"{self.where} › {_printable(name)}")

    def parts(self, name: str, most: int, *names: str) -> list[_Part]:
        found = [_Part(one, f"{self.where} › {name} {number}") for number, one in enumerate(self._list(name, most), 1)]
        for one in found if names else ():
            one.only(*names)
        return found

    def _list(self, name: str, most: int) -> list[Any]:
        value = self.value.get(name)
        if not isinstance(value, list) or len(value) > most:
            raise self.refusal(name, _("must be a list of at most %(most)d", most=most))
        return value

    def text(self, name: str, most: int, *, is_needed: bool = False) -> str:
        value = self.value.get(name)
        if not isinstance(value, str):
            raise self.refusal(name, _("must be a text"))
        if len(value) > most:
            raise self.refusal(name, _("must have at most %(most)d characters", most=most))
        if UNSTORABLE.search(value):
            raise self.refusal(name, _("holds control characters"))
        if is_needed and not value.strip():
            raise self.refusal(name, _("must not be empty"))
        return value

    def line(self, name: str, most: int, *, is_needed: bool = False) -> str:
        value = self.text(name, most, is_needed=is_needed)
        if _BREAKS.search(value):
            raise self.refusal(name, _("must be one line"))
        return value

    def lines(self, name: str, most: int, longest: int) -> list[str]:
        found = self._list(name, most)
        if not all(isinstance(one, str) and len(one) <= longest for one in found):
            self.refuse(name, _("must be a list of texts"))
        return found

    def language(self, name: str) -> str:
        value = self.line(name, 12, is_needed=True)
        if not _LANGUAGE.fullmatch(value):
            self.refuse(name, _("must be a language, such as en or pt-BR"))
        return value

    def number(self, name: str, least: int, most: int) -> int:
        value = self.value.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.refusal(name, _("must be a whole number from %(least)d to %(most)d", least=least, most=most))
        return value

    def places(self, name: str, most: int) -> tuple[int, ...]:
        found = self._list(name, 20)
        whole = all(isinstance(one, int) and not isinstance(one, bool) and 1 <= one <= most for one in found)
        if not whole or len(set(found)) != len(found):
            self.refuse(name, _("must name assignments by their place"))
        return tuple(sorted(found))

    def flag(self, name: str) -> bool:
        value = self.value.get(name)
        if not isinstance(value, bool):
            raise self.refusal(name, _("must be true or false"))
        return value

    def choice(self, name: str, kind: type[Medium] | type[Level]) -> Any:
        value = self.value.get(name)
        known = [member.value for member in kind]
        if value not in known:
            raise self.refusal(name, _("must be one of %(known)s", known=", ".join(known)))
        return kind(value)

    def entry(self, name: str, files: Mapping[str, PackedFile], *, is_needed: bool = False) -> str | None:
        value = self.value.get(name)
        if value is None and not is_needed:
            return None
        if not isinstance(value, str) or value not in files:
            raise self.refusal(name, _("must name one of the files"))
        return value


def _printable(text: str) -> str:
    return _BREAKS.sub(" ", UNSTORABLE.sub("", text))[:100]
