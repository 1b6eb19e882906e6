"""What people write: Markdown in, clean HTML and plain first lines out.

Rendered once, when it is saved, and stored beside its source. HTML in the source is
shown as text, never run; a picture from elsewhere becomes a link to it, so that no
other server learns who reads; a heading as large as the page's own becomes a smaller
one. CommonMark: https://spec.commonmark.org/0.31.2/

A text is set in one of three layouts. Prose is Markdown; line breaks stay. A poem
keeps its indentation and its gaps besides, and nothing at the beginning of a line
means anything but a heading or a rule. A screenplay is read by the rules of Fountain
(:mod:`classprojects.core.screenplay`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from classprojects.core import screenplay
from classprojects.core.tokens import is_link, tame

_TAGS = {
    "p", "br", "em", "strong", "a", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "u", "div",
}  # fmt: skip

#: what a layout may call its paragraphs
_CLASSES = {"p": {"stanza", *screenplay.CLASSES}, "h2": {"scene"}, "div": {"speech"}}

#: a space that no browser takes for nothing
_KEPT_SPACE = "\u00a0"


def _renderer(*left_out: str) -> MarkdownIt:
    # Indented lines are verses more often than code; that rule is out for both.
    renderer = MarkdownIt("commonmark", {"breaks": True, "html": False})
    renderer.disable(["code", "html_block", "html_inline", "reference", *left_out])
    renderer.core.ruler.push("tame", tame)
    renderer.validateLink = is_link  # type: ignore[method-assign]
    return renderer


_text = _renderer()
_remark = _renderer("heading", "lheading", "hr")


def render(source: str, layout: str = "prose") -> str:
    """A text in its layout (``prose``, ``poem``, ``screenplay``) as clean HTML."""
    if layout == "poem":
        return _clean(_render_poem(source))
    if layout == "screenplay":
        return _clean(screenplay.render(source))
    return render_text(source)


def render_text(source: str) -> str:
    """A whole text (a work, a brief, a transcript) as clean HTML."""
    return _render(_text, source)


def render_remark(source: str) -> str:
    """Something said in passing (a comment, a note) as clean HTML: no headings, no rules."""
    return _render(_remark, source)


def _render(renderer: MarkdownIt, source: str) -> str:
    tokens = renderer.parse(source)
    # A page has one h1, and it is not the text's: the text's largest heading is an h2, the next an h3.
    levels = sorted({token.tag for token in tokens if token.type == "heading_open"})
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(2 + levels.index(token.tag), 4)}"
    return _clean(renderer.renderer.render(tokens, renderer.options, {}))


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow ugc",
    ).strip()


_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_RULE = re.compile(r"[ \t]*([*_-])(?:[ \t]*\1){2,}[ \t]*")


def _render_poem(source: str) -> str:
    blocks = list(_stanzas(source))
    levels = sorted({len(found[1]) for stanza in blocks if (found := _heading_in(stanza))})
    written = []
    for stanza in blocks:
        heading = _heading_in(stanza)
        if heading:
            level = min(2 + levels.index(len(heading[1])), 4)
            written.append(f"<h{level}>{_text.renderInline(heading[2].strip())}</h{level}>")
        elif len(stanza) == 1 and _RULE.fullmatch(stanza[0]):
            written.append("<hr>")
        else:
            lines = "\n".join(keep_spaces(line) for line in stanza)
            written.append(f'<p class="stanza">{_text.renderInline(lines)}</p>')
    return "\n".join(written)


def _stanzas(source: str) -> Iterator[list[str]]:
    """Lines that stand together; a heading or a rule stands alone."""
    stanza: list[str] = []
    for line in [*source.split("\n"), ""]:
        alone = bool(_HEADING.fullmatch(line) or _RULE.fullmatch(line))
        if stanza and (alone or not line.strip()):
            yield stanza
            stanza = []
        if alone:
            yield [line]
        elif line.strip():
            stanza.append(line)


def _heading_in(stanza: list[str]) -> re.Match[str] | None:
    return _HEADING.fullmatch(stanza[0]) if len(stanza) == 1 else None


_GAP = re.compile(r"(?<=\S)  +(?=\S)")


def keep_spaces(line: str) -> str:
    """A line whose indentation, and whose gaps of more than one space, browsers leave as they are."""
    line = line.expandtabs(4).rstrip()
    words = line.lstrip(" ")
    return _KEPT_SPACE * (len(line) - len(words)) + _GAP.sub(lambda gap: _KEPT_SPACE * len(gap[0]), words)


def excerpt_of(source: str, layout: str = "prose", limit: int = 600) -> str:
    """The first lines of a text in its layout, as :func:`excerpt` gives those of prose."""
    if layout == "screenplay":
        return _cut(screenplay.plain(source[: limit * 8]), limit)
    if layout == "poem":
        stanzas = ("\n".join(line.strip() for line in stanza) for stanza in _stanzas(source[: limit * 8]))
        parsed = (_plain(_text.parseInline(stanza)[0].children or []) for stanza in stanzas)
        return _cut("\n".join(words for words in parsed if words.strip()), limit)
    return excerpt(source, limit)


def excerpt(source: str, limit: int = 600) -> str:
    """The first lines as plain text, line breaks kept, cut between words at ``limit`` characters."""
    # The beginning is enough, and a long text need not be read twice.
    lines: list[str] = []
    for token in _text.parse(source[: limit * 8]):
        if token.type == "inline":
            lines.append(_plain(token.children or []))
        elif token.type == "fence":
            lines.append(token.content.strip("\n"))
    return _cut("\n".join(line for line in lines if line.strip()), limit)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = max(cut.rfind(" "), cut.rfind("\n"))
    return (cut[:space] if space > limit // 2 else cut).rstrip() + "…"


def _plain(tokens: list[Token]) -> str:
    return "".join("\n" if token.type in {"softbreak", "hardbreak"} else token.content for token in tokens)
