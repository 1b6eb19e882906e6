"""Credits as something to paste: plain words, Markdown, HTML. One text, three pens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import quote

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import escape

from classprojects.web.shared.composer import EDGE_KINDS
from classprojects.web.shared.filters import absolute
from classprojects.web.works.drawing import words_for
from classprojects.works.credits import Credit, Credits, OutsideCredit
from classprojects.works.tree import Node

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


class Pen(Protocol):
    """How a format writes words, links and lists."""

    def words(self, text: str) -> str: ...  # somebody's words, which mean nothing but themselves

    def linked(self, text: str, address: str) -> str: ...  # written words, with where they lead

    def cited(self, text: str, address: str) -> str: ...  # a whole citation, with its address where links do not carry it

    def sheet(self, parts: Sequence[tuple[str, Sequence[str]]]) -> str: ...  # (line, items below it) in turn


class Plain:
    """Words for anywhere: addresses are written out."""

    def words(self, text: str) -> str:
        return text

    def linked(self, text: str, address: str) -> str:
        return text

    def cited(self, text: str, address: str) -> str:
        return f"{text}, {address}"

    def sheet(self, parts: Sequence[tuple[str, Sequence[str]]]) -> str:
        return "\n\n".join("\n".join([line, *(f"- {item}" for item in items)]) for line, items in parts) + "\n"


class Markdown:
    """CommonMark: whatever could mean something is escaped."""

    def words(self, text: str) -> str:
        return _PUNCTUATION.sub(r"\\\1", text)

    def linked(self, text: str, address: str) -> str:
        return f"[{text}](<{safe_address(address)}>)"

    def cited(self, text: str, address: str) -> str:
        return text

    def sheet(self, parts: Sequence[tuple[str, Sequence[str]]]) -> str:
        return "\n\n".join("\n".join([line, *(["", *(f"- {item}" for item in items)] if items else [])]) for line, items in parts) + "\n"


class Html:
    """A piece of a page, without looks of its own."""

    def words(self, text: str) -> str:
        return str(escape(text))

    def linked(self, text: str, address: str) -> str:
        return f'<a href="{escape(safe_address(address))}">{text}</a>'

    def cited(self, text: str, address: str) -> str:
        return text

    def sheet(self, parts: Sequence[tuple[str, Sequence[str]]]) -> str:
        written = []
        for line, items in parts:
            written.append(f"<p>{line}</p>")
            if items:
                written += ["<ul>", *(f"<li>{item}</li>" for item in items), "</ul>"]
        return "\n".join(written) + "\n"


#: by the word in the address
PENS: dict[str, Pen] = {"text": Plain(), "markdown": Markdown(), "html": Html()}


def write_credits(credits: Credits, pen: Pen) -> str:
    """The whole text: the work, what it was made from, what came from elsewhere."""
    parts: list[tuple[str, Sequence[str]]] = [(_cite(credits.work, pen), ())]
    named = [credit for credit in credits.works if credit.node.is_seen]
    if credits.works:
        items = [_item(credit, pen) for credit in named]
        nameless = [credit.node for credit in credits.works if not credit.node.is_seen]
        parts.append((pen.words(_("It is built on:")), [*items, *(pen.words(line) for line in _nameless(nameless))]))
    if credits.outside:
        parts.append((pen.words(_("From elsewhere:")), [_outside(one, credits.work, pen) for one in credits.outside]))
    if credits.is_cut:
        parts.append((pen.words(_("There is more before these; each of them says what it was built on.")), ()))
    return pen.sheet(parts)


def _cite(node: Node, pen: Pen) -> str:
    """“Title” by maker, with its address; the words for it where it is hidden."""
    title, maker = words_for(node)
    if not node.is_seen or node.url is None:
        return pen.words(title)
    address = absolute(node.url)
    linked = pen.linked(pen.words(title), address)
    return pen.cited(_("“%(title)s” by %(maker)s", title=linked, maker=pen.words(maker)), address)


def _item(credit: Credit, pen: Pen) -> str:
    kinds = ", ".join(str(EDGE_KINDS[kind]) for kind in dict.fromkeys(credit.kinds))
    if credit.through is None:
        how = kinds
    elif credit.through.is_seen:
        how = _("%(kind)s in “%(title)s”", kind=kinds, title=credit.through.title)
    else:
        how = _("%(kind)s in a work between", kind=kinds)
    return f"{_cite(credit.node, pen)} {pen.words(f'({how})')}"


def _nameless(nodes: Sequence[Node]) -> list[str]:
    """What is not shown, counted by what stands in its place."""
    gone = sum(node.is_tombstone for node in nodes)
    in_class = sum(node.is_class_work and not node.is_tombstone for node in nodes)
    rest = len(nodes) - gone - in_class
    lines = [
        (gone, ngettext("%(num)d work that is gone", "%(num)d works that are gone", gone)),
        (in_class, ngettext("%(num)d class work", "%(num)d class works", in_class)),
        (rest, ngettext("%(num)d work that is not shown", "%(num)d works that are not shown", rest)),
    ]
    return [line for number, line in lines if number]


def _outside(one: OutsideCredit, work: Node, pen: Pen) -> str:
    line = pen.linked(pen.words(one.address), one.address) if is_web_address(one.address) else pen.words(one.address)
    if one.author:
        line = _("%(title)s by %(maker)s", title=line, maker=pen.words(one.author))
    if one.licence:
        line = f"{line}, {pen.words(one.licence)}"
    if one.used_in.id != work.id:
        line = f"{line} {pen.words('(' + _('used in “%(title)s”', title=one.used_in.title) + ')')}"
    return line


def is_web_address(address: str) -> bool:
    """Whether a link may lead there."""
    return address.startswith(("https://", "http://"))


def safe_address(address: str) -> str:
    """An address without what could end it early in any of the formats."""
    return quote(address, safe="%/:=&?~#+!$,;@()*[]'-._")
