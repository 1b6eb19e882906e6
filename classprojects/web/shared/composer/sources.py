"""What a work is built on, as the composer takes it: numbers, addresses, chosen works, and material from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from flask import current_app, request
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.core.database import MAX_ID
from classprojects.core.errors import DomainError
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.composer.fields import Chosen, ComposerForm, ExternalRow, values_of
from classprojects.works import actions, queries
from classprojects.works.actions import ExternalDraft, SourceDraft, check_address
from classprojects.works.models import EdgeKind, Work, WorkStatus

#: works shown for a search
FOUND = 8
_LONGEST_LINES = 40_000


def lines_of(form: ComposerForm) -> list[str]:
    """Every source that the form names, each once."""
    values = values_of(form.sources) or [form.sources.data or ""]
    lines = (line.strip() for value in values for line in value.split("\n"))
    return list(dict.fromkeys(line for line in lines if line))


def read_sources(
    form: ComposerForm, person: Person, current: Work | None
) -> tuple[list[SourceDraft], list[ExternalDraft]]:
    """What the lines and rows mean; each wrong one becomes an error in words.

    ``current``: the work that is edited; what it names already may be named again.
    """
    lines, rows = lines_of(form), form.rows
    if len(lines) + len(rows) > actions.MOST_SOURCES or sum(map(len, lines)) > _LONGEST_LINES:
        form.refuse(actions.BadSource(_("A work can name at most %(most)d sources.", most=actions.MOST_SOURCES)))
        return [], []
    ids = {line: found for line in lines if (found := work_id_in(line)) is not None}
    there = {work.id: work for work in queries.list_works_by_ids(ids.values())}
    already = {edge.parent_id for edge in current.sources} if current is not None else set()
    viewer = viewer_for(person)
    #: author and licence without an address belong to the addresses among the lines
    of_lines = next((row for row in rows if not row.address), ExternalRow())
    sources, external = [], []
    for line in lines:
        with form.showing_refusals():
            if line in ids:
                work = there.get(ids[line])
                if work is None or not (work.id in already or queries.is_visible(work, viewer)):
                    raise _no_such_work(line)
                sources.append(SourceDraft(work.id, form.kind_for(work.id)))
            else:
                external.append(_external(ExternalRow(line, of_lines.author, of_lines.licence)))
    for row in rows:
        if row.address:
            with form.showing_refusals():
                external.append(_external(row))
    return sources, external


def _no_such_work(line: str) -> DomainError:
    return actions.BadSource(_("“%(line)s”: there is no such work here that you could use.", line=line[:80]))


def _external(row: ExternalRow) -> ExternalDraft:
    check_address(row.address)
    if len(row.author) > 200:
        raise DomainError(_("A name has at most %(most)d characters.", most=200), field="external_author")
    if len(row.licence) > 100:
        raise DomainError(_("A licence has at most %(most)d characters.", most=100), field="external_licence")
    return ExternalDraft(row.address, row.author, row.licence)


_PATH = re.compile(r"/works/(\d{1,30})(?:/\w*)?/?", re.ASCII)


def work_id_in(line: str) -> int | None:
    """The id that a line of ``sources`` names: a number, or the address of a work of ours; else None."""
    number = re.fullmatch(r"#?(\d{1,30})", line, re.ASCII)
    if number:
        return min(int(number[1]), MAX_ID)
    try:
        parts = urlsplit(line)
    except ValueError:
        return None
    ours = {urlsplit(current_app.config["SETTINGS"].base_url).netloc, request.host}
    if parts.netloc and (parts.netloc not in ours or parts.scheme not in {"http", "https"}):
        return None
    path = _PATH.fullmatch(parts.path)
    return min(int(path[1]), MAX_ID) if path else None


def sources_as_lines(works: Sequence[Work]) -> str:
    """What the composer's ``sources`` holds for these works: their addresses, one a line."""
    return "\n".join(address_of(work) for work in works)


def address_of(work: Work) -> str:
    """The whole address of a work, as a line of ``sources`` holds it."""
    return f"{current_app.config['SETTINGS'].base_url}{work.url}"


def choose_works(form: ComposerForm, person: Person) -> None:
    """Show the works among the sources as chosen, each with what is in its way."""
    lines = lines_of(form)
    ids = {line: found for line in lines[: 2 * actions.MOST_SOURCES] if (found := work_id_in(line)) is not None}
    viewer = viewer_for(person)
    works = [work for work in queries.list_works_by_ids(ids.values()) if queries.is_visible(work, viewer)]
    chosen = {work.id for work in works}
    form.around.chosen = [_chosen(work, form, form.kind_for(work.id)) for work in works]
    form.around.has_plain_lines = any(ids.get(line) not in chosen for line in lines)
    form.sources.data = "\n".join(lines)


def find_sources(q: str, person: Person, form: ComposerForm) -> list[Chosen]:
    """Works that ``person`` may see and that have these words, this number or this address; at most :data:`FOUND`."""
    number = work_id_in(q)
    viewer = viewer_for(person)
    if number is not None:
        works: Iterable[Work] = queries.list_works_by_ids([number])
    else:
        # Marks alone are no words: they would find everything.
        has_words = any(letter.isalnum() for letter in q)
        works = queries.search_works(q, viewer, size=FOUND).items if has_words else []
    return [
        _chosen(work, form, EdgeKind.BUILT_ON)
        for work in works
        if work.status is WorkStatus.PUBLISHED and queries.is_visible(work, viewer)
    ]


def _chosen(work: Work, form: ComposerForm, kind: EdgeKind) -> Chosen:
    return Chosen(work, address_of(work), kind, actions.trouble_with(work, form.space_id))
