"""What an address brings into the composer: sources, a file that was made from them, words to begin with."""

from __future__ import annotations

import re

from classprojects.accounts.models import Person
from classprojects.media.queries import list_uploads_of
from classprojects.web.shared.arguments import text_argument
from classprojects.web.shared.composer import ComposerForm, find_usable, sources_as_lines
from classprojects.web.shared.composer.fields import Piece
from classprojects.web.shared.composer.sources import lines_of
from classprojects.web.works import showing
from classprojects.works import actions
from classprojects.works.models import Medium, Work


def begin_with(form: ComposerForm, person: Person, work: Work | None = None) -> None:
    """Put what the address says into a composer that was just opened, beside what a draft has already.

    ``sources=1,2``: works to build on; ``upload=<public id>``: a file of the person's
    that no page uses yet; ``quote=1``: the text of ``work``, with its credit.
    """
    _add_sources(form, person, work)
    _add_upload(form, person)
    if work is not None and work.medium is Medium.TEXT and text_argument("quote") == "1":
        _quote(form, work)


def _add_sources(form: ComposerForm, person: Person, work: Work | None) -> None:
    wanted = [sources_as_lines([work])] if work is not None else []
    for number in dict.fromkeys(text_argument("sources", 1000).split(",")[: actions.MOST_SOURCES]):
        if not number.strip():
            continue
        try:
            wanted.append(sources_as_lines([find_usable(number, person, form)]))
        except actions.BadSource as refusal:
            form.around.notices.append(refusal.message)
    there = lines_of(form)
    lines = [*there, *(line for line in wanted if line not in there)]
    form.sources.raw_data, form.sources.data = None, "\n".join(lines)


def _add_upload(form: ComposerForm, person: Person) -> None:
    """Take up a file that was made elsewhere, such as a cut; it says of which medium the work is."""
    name = text_argument("upload", 40)
    files = list_uploads_of(person.id, [name]) if name else []
    if not files:
        return
    form.medium.data = files[0].kind.value
    form.begun_with = Piece(files[0])


def _quote(form: ComposerForm, work: Work) -> None:
    """The text as a Markdown quotation with whose it is; what was written before stays in front of it."""
    version = work.current_version
    if version is None or not version.body:
        return
    quoted = "\n".join(f"> {line}".rstrip() for line in version.body.split("\n"))
    credit = f"— {_plain(showing.credit_line(work))}"
    words = f"{quoted}\n>\n> {credit}\n\n"
    written = (form.body.data or "").rstrip()
    if quoted in written:
        return
    form.medium.data = Medium.TEXT.value
    form.layout.data = version.layout.value if not written else form.layout.data
    form.body.data = f"{written}\n\n{words}" if written else words


def _plain(line: str) -> str:
    """A line of words in which Markdown sees no marks."""
    return re.sub(r"([\\`*_\[\]<>#])", r"\\\1", line)
