"""The history of a work: its versions, one of them as it was, two of them compared, an older one taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from classprojects.core.database import transaction
from classprojects.core.differences import Budget, Piece, Row, compare_lines, compare_words
from classprojects.core.errors import DomainError, NotFound
from classprojects.media.captions import list_said
from classprojects.media.models import MediaFile
from classprojects.policy import Permission, may
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.composer import LANGUAGES
from classprojects.web.shared.filters import duration
from classprojects.web.shared.guards import current_person, ensure, requires, signed_in_person
from classprojects.web.shared.limits import COMPARING, POSTING, limiter, per_person
from classprojects.web.works.shown import shown_file, version_parts
from classprojects.works import queries, versions
from classprojects.works.models import Medium, TextLayout, Work, WorkVersion
from classprojects.works.versions import PlacedVersion

bp = Blueprint("versions", __name__)

LAYOUTS = {TextLayout.PROSE: _l("Prose"), TextLayout.POEM: _l("Poem"), TextLayout.SCREENPLAY: _l("Screenplay")}

#: what a version changed, in words, as the history lists it
PARTS = {
    "title": _l("title"),
    "body": _l("text"),
    "layout": _l("layout"),
    "note": _l("note"),
    "alt_text": _l("description"),
    "language": _l("language"),
    "captions": _l("captions"),
    "pictures": _l("the other pictures"),
}

#: what the file of a work is, by its medium
FILES = {Medium.IMAGE: _l("picture"), Medium.AUDIO: _l("sound"), Medium.VIDEO: _l("film"), Medium.TEXT: _l("file")}

#: lines that stayed and stand between two changes: so many are shown before and after
AROUND = 2
MOST_ROWS = 600


@bp.get("/works/<id:work_id>/versions")
@requires(Permission.VIEW_HISTORY, on=queries.get_plain_work)
def list_versions(work: Work) -> Any:
    """Every version, the newest first: when it came and what it changed."""
    page = versions.list_changes(work, viewer_for(current_person()), request.args.get("after"))
    return render_template(
        "works/list_versions.html",
        work=work,
        changes=[(change, _parts_in_words(work, change.parts)) for change in page.items],
        newest=work.current_version.number if work.current_version else 0,
        next_url=url_for("versions.list_versions", work_id=work.id, after=page.next_cursor) if page.next_cursor else None,
        earlier_url=url_for("versions.list_versions", work_id=work.id) if request.args.get("after") else None,
    )


def _parts_in_words(work: Work, parts: Sequence[str]) -> str:
    return ", ".join(str(FILES[work.medium] if part == "file_id" else PARTS[part]) for part in parts)


@bp.get("/works/<id:work_id>/versions/<id:number>")
@requires(Permission.VIEW_VERSION, on=versions.get_version)
def show_version(placed: PlacedVersion) -> Any:
    """One version as it was."""
    work, version = placed.work, placed.version
    return render_template(
        "works/show_version.html",
        work=work,
        version=version,
        newest=placed.newest,
        before=_neighbour(placed, -1),
        after=_neighbour(placed, 1),
        can_bring_back=version.number != placed.newest and may(current_person(), Permission.BRING_BACK_VERSION, placed),
        layout=LAYOUTS[version.layout],
        **version_parts(work, version),
    )


def _neighbour(placed: PlacedVersion, step: int) -> int | None:
    """The number of the version beside this one, while the reader may see it."""
    number = placed.version.number + step
    if not 1 <= number <= placed.newest:
        return None
    found = versions.find_place(placed.work, number)
    return number if found is not None and may(current_person(), Permission.VIEW_VERSION, found) else None


@bp.post("/works/<id:work_id>/versions/<id:number>/return")
@requires(Permission.BRING_BACK_VERSION, on=versions.get_version)
@limiter.limit(POSTING, key_func=per_person)
def bring_back_version(placed: PlacedVersion) -> Any:
    """Make a new version that says what this one said."""
    seen = request.form.get("seen", "")
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 12 else placed.newest
    try:
        with transaction():
            versions.bring_back(placed, seen=number, viewer=viewer_for(signed_in_person()))
    except DomainError as error:
        flash(error.message, "error")
        return redirect(url_for("versions.list_versions", work_id=placed.work.id), 303)
    flash(_("Version %(number)s is back, as the newest.", number=placed.version.number), "success")
    return redirect(placed.work.url, 303)


@bp.get("/works/<id:work_id>/versions/compare")
@requires(Permission.VIEW_HISTORY, on=queries.get_plain_work)
@limiter.limit(COMPARING, key_func=per_person)
def compare_versions(work: Work) -> Any:
    """Two versions side by side: ``from`` and ``to`` are their numbers; by default the newest and the one before."""
    newest = work.current_version.number if work.current_version else 1
    last = _number("to", newest)
    first = _number("from", max(1, last - 1))
    old, new = (versions.get_version(work.id, number) for number in sorted((first, last)))
    for placed in (old, new):
        ensure(Permission.VIEW_VERSION, placed)
    return render_template(
        "works/compare_versions.html",
        work=work,
        old=old.version,
        new=new.version,
        newest=newest,
        **compare(work, old.version, new.version),
    )


def _number(name: str, default: int) -> int:
    """A version's number from the address; raises NotFound for what is none."""
    text = request.args.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 12):
        raise NotFound
    return int(text)


@dataclass(frozen=True)
class Fold:
    """Lines in a row that stayed as they were, and are not shown."""

    count: int


@dataclass(frozen=True)
class ComparedFile:
    """A picture, sound or film of either version; nothing on the side where there was none."""

    place: int
    old: Any
    new: Any
    alt: list[Piece]


def compare(work: Work, old: WorkVersion, new: WorkVersion) -> dict[str, Any]:
    """What ``works/compare_versions.html`` takes: fields that changed, lines of the text, files."""
    budget = Budget()
    fields = [(words, compare_words(a, b, budget)) for words, a, b in _fields(work, old, new) if a != b]
    lines: list[Row] = []
    if work.medium is Medium.TEXT and old.body != new.body:
        lines = compare_lines(old.body, new.body, budget)
    elif old.captions != new.captions:
        lines = compare_lines(_said(old), _said(new), budget)
    rows = folded(lines)
    return {
        "fields": fields,
        "rows": rows[:MOST_ROWS],
        "is_cut": len(rows) > MOST_ROWS,
        "files": _files(work, old, new, budget),
        "is_same": not fields and not lines and _file_ids(old) == _file_ids(new),
    }


def _fields(work: Work, old: WorkVersion, new: WorkVersion) -> list[tuple[str, str, str]]:
    names = dict(LANGUAGES)
    return [
        (_("Title"), old.title, new.title),
        (_("Note"), old.note, new.note),
        (_("Layout"), str(LAYOUTS[old.layout]), str(LAYOUTS[new.layout])),
        (_("Language"), names.get(old.language, old.language), names.get(new.language, new.language)),
    ]


def _said(version: WorkVersion) -> str:
    return "\n".join(
        f"{duration(said.start / 1000)} {said.voice + ': ' if said.voice else ''}{said.words}"
        for said in list_said(version.captions)
    )


def folded(rows: list[Row]) -> list[Row | Fold]:
    """The lines that changed, with a few around them; what stayed in between is counted."""
    shown = [False] * len(rows)
    for place, row in enumerate(rows):
        if not row.is_same:
            for near in range(max(0, place - AROUND), min(len(rows), place + AROUND + 1)):
                shown[near] = True
    folded: list[Row | Fold] = []
    hidden = 0
    for is_shown, row in zip(shown, rows, strict=True):
        if is_shown:
            if hidden:
                folded.append(Fold(hidden))
                hidden = 0
            folded.append(row)
        else:
            hidden += 1
    return [*folded, Fold(hidden)] if hidden and folded else folded


def _file_ids(version: WorkVersion) -> list[int]:
    return [file.id for file in queries.files_of(version)]


def _files(work: Work, old: WorkVersion, new: WorkVersion, budget: Budget) -> list[ComparedFile]:
    """Files that became others, or whose description did, place by place."""
    before, after = _described(old), _described(new)
    found = []
    for place in range(max(len(before), len(after))):
        one = before[place] if place < len(before) else None
        other = after[place] if place < len(after) else None
        if one is None or other is None or one[0].id != other[0].id or one[1] != other[1]:
            found.append(
                ComparedFile(
                    place + 1,
                    shown_file(*one) if one else None,
                    shown_file(*other) if other else None,
                    compare_words(one[1] if one else "", other[1] if other else "", budget),
                )
            )
    return found


def _described(version: WorkVersion) -> list[tuple[MediaFile, str]]:
    series = [(picture.file, picture.alt_text) for picture in version.pictures]
    return [(version.file, version.alt_text), *series] if version.file is not None else series


def captions_asked_for(work_id: int) -> PlacedVersion:
    """The version whose captions ``v`` asks for; the newest by default. Raises NotFound."""
    work = queries.get_plain_work(work_id)
    return versions.get_version(work_id, _number("v", work.current_version.number if work.current_version else 1))


@bp.get("/works/<id:work_id>/captions.vtt")
@requires(Permission.VIEW_VERSION, on=captions_asked_for)
def show_captions(placed: PlacedVersion) -> Response:
    """The captions of a sound or film, to whoever may see it (P4)."""
    if not placed.version.captions:
        raise NotFound
    response = Response(placed.version.captions, mimetype="text/vtt")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
