"""Passages of a text as its reader sees it: found by their words, and marked in the page.

Positions count the characters of the text that is left when the tags are taken away,
which is what a browser calls the text content of the element.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

#: marks that people type in another way than a text is set
_SAME = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."}


def plain_text(body_html: str) -> str:
    """What there is to read in ``body_html``."""
    reader = _Reader()
    reader.feed(body_html)
    reader.close()
    return "".join(reader.texts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


class Text:
    """A text in which passages are looked for by their words: case, line breaks and typographic marks do not matter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._letters, self._places = _folded(text)

    def find(self, quote: str) -> list[tuple[int, int]]:
        """Where ``quote`` stands, from the beginning on: first character, and the one after the last."""
        wanted = _folded(quote)[0].strip()
        found: list[tuple[int, int]] = []
        at = self._letters.find(wanted) if wanted else -1
        while at >= 0:
            found.append((self._places[at], self._places[at + len(wanted) - 1] + 1))
            at = self._letters.find(wanted, at + len(wanted))
        return found

    def nearest(self, quote: str, start: int) -> tuple[int, int] | None:
        """Where ``quote`` stands that is nearest to ``start``; None: nowhere."""
        return min(self.find(quote), key=lambda one: abs(one[0] - start), default=None)


def _folded(text: str) -> tuple[str, list[int]]:
    """``text`` for comparing, and from which character of it each letter comes."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character.isspace():
            if not letters or letters[-1] != " ":
                letters.append(" ")
                places.append(place)
            continue
        for letter in _SAME.get(character, character.casefold()):
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


@dataclass(frozen=True)
class Mark:
    """A passage to be marked: ``name`` becomes the address of its beginning."""

    name: str
    start: int
    end: int


def mark_passages(body_html: str, marks: Sequence[Mark]) -> str:
    """``body_html`` (cleaned) with each passage in ``<mark>``; they may overlap. Tags stay as they are."""
    if not marks:
        return body_html
    marker = _Marker(marks)
    marker.feed(body_html)
    marker.close()
    return "".join(marker.written)


class _Marker(HTMLParser):
    def __init__(self, marks: Sequence[Mark]) -> None:
        super().__init__(convert_charrefs=True)
        self.marks = sorted(marks, key=lambda mark: (mark.start, mark.end))
        self.begun: set[str] = set()
        self.written: list[str] = []
        self.at = 0

    def handle_starttag(self, _tag: str, _attributes: object) -> None:
        self.written.append(self.get_starttag_text() or "")

    def handle_startendtag(self, _tag: str, _attributes: object) -> None:
        self.written.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        for start, piece in self._pieces(data):
            words = html.escape(piece, quote=False)
            covering = [mark for mark in self.marks if mark.start <= start < mark.end]
            # Between two blocks there is only white space, where no mark may stand.
            if not covering or not piece.strip():
                self.written.append(words)
                continue
            for mark in covering:
                if mark.name not in self.begun:
                    self.begun.add(mark.name)
                    self.written.append(f'<span class="passage-start" id="{html.escape(mark.name)}"></span>')
            names = html.escape(" ".join(mark.name for mark in covering))
            self.written.append(f'<mark class="passage" data-passages="{names}">{words}</mark>')
        self.at += len(data)

    def _pieces(self, data: str) -> Iterator[tuple[int, str]]:
        """``data`` cut wherever a passage begins or ends."""
        end = self.at + len(data)
        cuts = {place for mark in self.marks for place in (mark.start, mark.end) if self.at < place < end}
        places = [self.at, *sorted(cuts), end]
        for start, stop in zip(places, places[1:], strict=False):
            yield start, data[start - self.at : stop - self.at]
