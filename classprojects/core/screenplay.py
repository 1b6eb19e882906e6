"""A screenplay as people type it, set as a page: the plain rules of Fountain.

https://fountain.io/syntax: what a line is shows from how it is written and from the
empty lines around it. Scenes, action, characters with what they say, asides in
brackets, lyrics, transitions, centred lines, page breaks and the title page are set;
notes, synopses, sections and what was taken out (boneyard) are the writer's own and
stay in the source. Two people who speak at once are set one after the other.

What comes out is HTML with classes of :data:`CLASSES`, to be cleaned like all HTML.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt

from classprojects.core.tokens import shallow

CLASSES = frozenset({"action", "character", "aside", "lyric", "transition", "centred", "credit"})


class Kind(enum.Enum):
    """What a line is."""

    CREDIT = "credit"
    SCENE = "scene"
    ACTION = "action"
    CHARACTER = "character"
    SPEECH = "speech"
    ASIDE = "aside"
    LYRIC = "lyric"
    TRANSITION = "transition"
    CENTRED = "centred"
    BREAK = "break"
    #: the empty line that ends what was begun
    END = "end"


@dataclass(frozen=True)
class Line:
    """One line and what it is."""

    kind: Kind
    words: str = ""


# Emphasis alone: Fountain knows no links, and its underscore underlines.
_inline = MarkdownIt("zero", {"breaks": True, "html": False}).enable(["emphasis", "escape", "newline"])

_SCENE = re.compile(r"(?:INT|EXT|EST|INT\.?/EXT|EXT\.?/INT|I/E)[. ]", re.IGNORECASE)
_NUMBER = re.compile(r"#[\w.-]{1,20}#$")
_KEY = re.compile(r"(?P<key>[A-Za-z][A-Za-z ]{0,30}):(?P<value>.*)")
_EXTENSION = re.compile(r"\([^()]*\)")
_KEYS_SHOWN = {"title", "credit", "author", "authors", "source", "contact", "copyright", "draft date"}


def render(source: str) -> str:
    """The screenplay as HTML."""
    written: list[str] = []
    speech: list[str] = []
    block: list[str] = []
    kind = Kind.END

    def close() -> None:
        nonlocal block
        if block:
            words = _words("\n".join(block))
            target = speech if kind in _SPOKEN else written
            target.append(_set(kind, words))
            block = []

    def end_speech() -> None:
        if speech:
            written.append(f'<div class="speech">{"".join(speech)}</div>')
            speech.clear()

    for line in [*read(source), Line(Kind.END)]:
        if line.kind is not kind or kind in {Kind.SCENE, Kind.CHARACTER, Kind.ASIDE, Kind.TRANSITION}:
            close()
            if line.kind not in _SPOKEN or line.kind is Kind.CHARACTER:
                end_speech()
        kind = line.kind
        if kind is Kind.BREAK:
            written.append("<hr>")
        elif kind is not Kind.END:
            block.append(line.words)
    return "\n".join(written)


_SPOKEN = {Kind.CHARACTER, Kind.SPEECH, Kind.ASIDE, Kind.LYRIC}


def _set(kind: Kind, words: str) -> str:
    if kind is Kind.SCENE:
        return f'<h2 class="scene">{words}</h2>'
    if kind is Kind.SPEECH:
        return f"<p>{words}</p>"
    return f'<p class="{kind.value}">{words}</p>'


def _words(text: str) -> str:
    # Underlined by one underscore; two would be strong in Markdown, which Fountain does not say.
    tokens = _inline.parseInline(text)
    tokens[0].children = list(shallow(tokens[0].children or ()))
    for token in tokens[0].children:
        if token.type in {"em_open", "em_close"} and token.markup == "_":
            token.tag = "u"
    return _inline.renderer.render(tokens, _inline.options, {})


def plain(source: str) -> str:
    """The words of the screenplay, a line each, without what tells how they are set."""
    kept = []
    for line in read(source):
        if line.words.strip():
            tokens = _inline.parseInline(line.words.strip())[0].children or []
            kept.append("".join(token.content for token in tokens))
    return "\n".join(kept)


def read(source: str) -> list[Line]:
    """Every line of the screenplay that is set, with what it is."""
    text = _without_hidden(source.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4))
    lines = text.split("\n")
    found: list[Line] = []
    at = _read_title_page(lines, found)
    is_after_gap, is_speaking = True, False
    while at < len(lines):
        raw, line = lines[at], lines[at].strip()
        is_before_gap = at + 1 >= len(lines) or not lines[at + 1].strip()
        at += 1
        if not line:
            # Two spaces on an empty line keep somebody speaking.
            if is_speaking and len(raw) >= 2:
                found.append(Line(Kind.SPEECH, ""))
                continue
            is_after_gap, is_speaking = True, False
            found.append(Line(Kind.END))
            continue
        if line.startswith("#") or (line.startswith("=") and not line.startswith("===")):
            continue  # sections and synopses are the writer's own
        kind, words = _read_line(raw, line, is_after_gap, is_before_gap, is_speaking)
        found.append(Line(kind, words))
        is_speaking = kind in _SPOKEN
        is_after_gap = kind is Kind.BREAK
    return found


def _read_line(raw: str, line: str, is_after_gap: bool, is_before_gap: bool, is_speaking: bool) -> tuple[Kind, str]:
    """What a line is, and its words."""
    if re.fullmatch(r"={3,}", line):
        return Kind.BREAK, ""
    if line.startswith("~"):
        return Kind.LYRIC, line[1:].strip()
    if line.startswith(">") and line.endswith("<") and len(line) > 1:
        return Kind.CENTRED, line[1:-1].strip()
    if is_speaking:
        return (Kind.ASIDE if line.startswith("(") and line.endswith(")") else Kind.SPEECH), line
    if line.startswith("!"):
        return Kind.ACTION, _kept(raw.replace("!", "", 1))
    if line.startswith(">"):
        return Kind.TRANSITION, line[1:].strip()
    if line.startswith("@") and len(line) > 1:
        return Kind.CHARACTER, line[1:].rstrip("^ ").strip()
    if is_after_gap:
        if re.match(r"\.\w", line):
            return Kind.SCENE, _NUMBER.sub("", line[1:]).strip()
        if _SCENE.match(line):
            return Kind.SCENE, _NUMBER.sub("", line).strip()
        if is_before_gap and line.endswith("TO:") and line == line.upper():
            return Kind.TRANSITION, line
        if not is_before_gap and _is_name(line):
            return Kind.CHARACTER, line.rstrip("^ ")
    return Kind.ACTION, _kept(raw)


def _is_name(line: str) -> bool:
    """Whether a line is in capitals, apart from what stands in brackets after the name."""
    name = _EXTENSION.sub("", line)
    return name == name.upper() and name != name.lower()


def _kept(raw: str) -> str:
    """Action keeps its indentation."""
    words = raw.rstrip().lstrip(" ")
    return "\u00a0" * (len(raw.rstrip()) - len(words)) + words


def _read_title_page(lines: list[str], found: list[Line]) -> int:
    """Read ``Key: value`` lines at the very beginning; where the screenplay itself begins."""
    first = _KEY.fullmatch(lines[0]) if lines else None
    if first is None or first["key"].strip().lower() not in _KEYS_SHOWN:
        return 0
    at, is_shown = 0, False
    while at < len(lines) and lines[at].strip():
        key = _KEY.fullmatch(lines[at])
        value = key["value"] if key else lines[at]
        if key:
            is_shown = key["key"].strip().lower() in _KEYS_SHOWN
        if is_shown and value.strip():
            found.append(Line(Kind.CREDIT, value.strip()))
        at += 1
    found.append(Line(Kind.END))
    return at


def _without_hidden(text: str) -> str:
    """The text without what was taken out (``/* */``) and without notes (``[[ ]]``); what is not closed stays."""
    return "".join(_shown(_shown_pieces(text, "/*", "*/"), "[[", "]]"))


def _shown(pieces: Iterator[str], begin: str, end: str) -> Iterator[str]:
    return _shown_pieces("".join(pieces), begin, end)


def _shown_pieces(text: str, begin: str, end: str) -> Iterator[str]:
    at = 0
    while True:
        opened = text.find(begin, at)
        closed = text.find(end, opened + len(begin)) if opened >= 0 else -1
        if closed < 0:
            yield text[at:]
            return
        yield text[at:opened]
        at = closed + len(end)
