"""Lessons out of a folder or a table: what a ZIP of Markdown, films, sounds and captions, or a CSV, would make. Pure.

One lesson a Markdown file, in the order of the names (numbers in them count as numbers).
A film or sound of the same name belongs to it, and captions of that name (``.vtt``,
``.srt``; ``name.de.vtt`` says the language); a film or sound alone is a lesson too.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from classprojects.classes.content import LessonContent
from classprojects.classes.packing import LONGEST_TEXT, UNSTORABLE, BadPackage
from classprojects.core.errors import DomainError
from classprojects.media.captions import LONGEST as LONGEST_CAPTIONS
from classprojects.media.captions import clean_captions, decode_captions

MOST_LESSONS = 100
#: bytes
LARGEST_TABLE = 400_000
MARKDOWN = {"md", "markdown", "txt"}
MEDIA = {"mp4", "m4v", "mov", "webm", "mkv", "avi", "mp3", "m4a", "wav", "flac", "ogg", "oga", "opus", "aac", "aiff", "aif"}
CAPTIONS = {"vtt", "srt"}

_NUMBER = re.compile(r"(\d{1,9})")
_LEADING = re.compile(r"^[\s_.-]*\d{1,4}[\s_.-]+")
_HEADING = re.compile(r"\s*#[ \t]+(?P<title>[^\n]+?)[ \t#]*(?:\n|$)")
_FIELD = re.compile(r"(?P<name>[A-Za-z_]{1,30})[ \t]*:[ \t]*(?P<value>.*)")
_LANGUAGE = re.compile(r"(?P<stem>.+)\.(?P<language>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_YES, _NO = {"yes", "y", "true", "1", "x"}, {"no", "n", "false", "0", ""}


@dataclass
class _Set:
    """The files of one name."""

    text: str | None = None
    media: str | None = None
    captions: str | None = None
    language: str = ""


def read_folder(names: Sequence[str], read: Callable[[str, int], bytes]) -> tuple[list[LessonContent], list[str]]:
    """The lessons that these files make, their films and sounds by name; and which files were left out.

    ``read(name, most)`` gives a file's bytes. Raises BadPackage with everything that is wrong, a line each.
    """
    sets: dict[str, _Set] = defaultdict(_Set)
    left_out, wrong = [], []
    for name in names:
        stem, _dot, ending = name.rpartition(".")
        kind = ending.lower()
        language = ""
        if kind in CAPTIONS and (found := _LANGUAGE.fullmatch(stem)):
            stem, language = found["stem"], found["language"]
        slot = "text" if kind in MARKDOWN else "media" if kind in MEDIA else "captions" if kind in CAPTIONS else None
        if slot is None or not stem or stem.endswith("/"):
            left_out.append(name)
            continue
        one = sets[stem]
        if getattr(one, slot) is not None:
            wrong.append(_("“%(name)s”: there is another file of this name and kind. Give each lesson a name of its own.", name=name))
        setattr(one, slot, name)
        one.language = language or one.language
    lessons = []
    for stem in sorted(sets, key=_in_order):
        try:
            lessons.append(_lesson_of(stem, sets[stem], read))
        except DomainError as error:
            wrong.append(f"“{stem}”: {error.message}")
    if not lessons and not wrong:
        wrong.append(_("There is no Markdown file, film or sound in this ZIP, so that no lesson can be made of it."))
    if len(lessons) > MOST_LESSONS:
        wrong.append(_("At most %(most)d lessons at a time.", most=MOST_LESSONS))
    if wrong:
        raise BadPackage("\n".join(wrong[:50]))
    return lessons, left_out


def _in_order(stem: str) -> list[tuple[int, int, str]]:
    """2 before 10, and small letters like large ones."""
    return [(0, int(part), "") if part.isdigit() and part.isascii() else (1, 0, part.casefold()) for part in _NUMBER.split(stem)]


def _lesson_of(stem: str, files: _Set, read: Callable[[str, int], bytes]) -> LessonContent:
    fields: dict[str, str] = {}
    body = ""
    if files.text is not None:
        fields, body = _front_matter(_decoded(read(files.text, 4 * LONGEST_TEXT)))
    heading = _HEADING.match(body)
    title = fields.get("title") or (heading["title"] if heading else "")
    if heading and not fields.get("title"):
        body = body[heading.end() :]
    title = title or _LEADING.sub("", stem.rsplit("/", 1)[-1]).replace("_", " ").replace("-", " ").strip() or stem.rsplit("/", 1)[-1]
    captions = ""
    if files.captions is not None:
        if files.media is None:
            raise BadPackage(_("there are captions, but no film or sound of this name."))
        captions = clean_captions(decode_captions(read(files.captions, LONGEST_CAPTIONS)))
    for name in fields:
        if name not in {"title", "minutes", "preview", "is_preview", "transcript"}:
            raise BadPackage(_("“%(name)s” in its first lines is not known. Known are title, minutes, preview and transcript.", name=name))
    return _checked(
        LessonContent(
            title=_line(title),
            body=body.strip("\n"),
            file=files.media,
            captions=captions,
            captions_language=files.language or "en",
            transcript=fields.get("transcript", ""),
            is_preview=_flag(fields.get("preview", fields.get("is_preview", "")), "preview"),
            minutes=_minutes(fields.get("minutes", "")),
        )
    )


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadPackage(_("it is not UTF-8 text.")) from error
    return UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The ``name: value`` lines between two lines of ``---`` at the top, and the rest."""
    if not text.startswith("---\n"):
        return {}, text
    head, end, rest = text[4:].partition("\n---\n")
    if not end and text.rstrip().endswith("\n---"):
        head, rest = text.rstrip()[4:-4], ""
    elif not end:
        return {}, text  # a rule, and no end of it: that is the text
    fields = {}
    for line in head.split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _FIELD.fullmatch(line.strip())
        if found is None:
            raise BadPackage(_("the line “%(line)s” between the lines of --- must be a name, a colon and a value.", line=line.strip()[:60]))
        fields[found["name"].lower()] = found["value"].strip().strip("\"'")
    return fields, rest


def _line(text: str) -> str:
    return " ".join(_BIDI.sub("", text).split())


def _minutes(text: str) -> int:
    if not text.strip():
        return 0
    if not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 5 and int(text) <= 600):
        raise BadPackage(_("the minutes must be a whole number from 0 to 600, not “%(text)s”.", text=text[:20]))
    return int(text)


def _flag(text: str, name: str) -> bool:
    value = text.strip().casefold()
    if value not in _YES | _NO:
        raise BadPackage(_("“%(name)s” must be yes or no, not “%(text)s”.", name=name, text=text[:20]))
    return value in _YES


def _checked(lesson: LessonContent) -> LessonContent:
    if not lesson.title:
        raise BadPackage(_("it has no title."))
    if len(lesson.title) > 120:
        raise BadPackage(_("its title has more than %(most)d characters.", most=120))
    if len(lesson.body) > LONGEST_TEXT or len(lesson.transcript) > LONGEST_TEXT:
        raise BadPackage(_("its text has more than %(most)d characters.", most=LONGEST_TEXT))
    return lesson


# Tables


@dataclass(frozen=True)
class TableRow:
    """One row of a table of lessons: the lesson, or what is wrong with it."""

    #: as a spreadsheet counts, the heading being row 1
    number: int
    title: str
    lesson: LessonContent | None = None
    error: str = ""


COLUMNS = ("title", "body", "minutes", "is_preview", "transcript")


def read_table(text: str) -> list[TableRow]:
    """The lessons in a CSV with a heading (comma, semicolon or tab between cells). Raises BadPackage where it is no table."""
    text = UNSTORABLE.sub("", text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadPackage(_("The table cannot be read: a quotation mark that opens a cell has no end, or a cell is far too long.")) from error
    columns = [cell.strip().casefold() for cell in rows[0]] if rows else []
    if "title" not in columns:
        raise BadPackage(_("The first row must name the columns, and one of them must be “title”."))
    for column in columns:
        if column not in COLUMNS:
            raise BadPackage(
                _("The column “%(column)s” is not known. Known are %(known)s.", column=column[:40], known=", ".join(COLUMNS))
            )
    if len(set(columns)) != len(columns):
        raise BadPackage(_("Two columns have the same name."))
    found = [_table_row(number, columns, cells) for number, cells in enumerate(rows[1:], 2) if any(cell.strip() for cell in cells)]
    if not found:
        raise BadPackage(_("There is no lesson in this table, only its first row."))
    if len(found) > MOST_LESSONS:
        raise BadPackage(_("At most %(most)d lessons at a time.", most=MOST_LESSONS))
    return found


def _table_row(number: int, columns: Sequence[str], cells: Sequence[str]) -> TableRow:
    values = dict(zip(columns, cells, strict=False))
    title = _line(values.get("title", ""))
    try:
        if len(cells) > len(columns):
            raise BadPackage(_("there are more cells than columns."))
        lesson = _checked(
            LessonContent(
                title=title,
                body=values.get("body", "").strip("\n"),
                transcript=values.get("transcript", "").strip(),
                is_preview=_flag(values.get("is_preview", ""), "is_preview"),
                minutes=_minutes(values.get("minutes", "")),
            )
        )
    except BadPackage as error:
        return TableRow(number, title[:120], error=error.message)
    return TableRow(number, title, lesson)
