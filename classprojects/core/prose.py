"""What people write: Markdown in, clean HTML and plain first lines out.

Rendered once, when it is saved, and stored beside its source. Poems keep their line
breaks. HTML in the source is shown as text, never run; pictures from elsewhere and
headings of a page's own size are left out. CommonMark: https://spec.commonmark.org/0.31.2/
"""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAGS = {"p", "br", "em", "strong", "a", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "code", "pre", "hr"}


def _renderer(*left_out: str) -> MarkdownIt:
    # Indented lines are verses more often than code; that rule is out for both.
    renderer = MarkdownIt("commonmark", {"breaks": True, "html": False})
    return renderer.disable(["image", "code", "html_block", "html_inline", "reference", *left_out])


_text = _renderer()
_remark = _renderer("heading", "lheading", "hr")


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
    html = renderer.renderer.render(tokens, renderer.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow ugc",
    ).strip()


def excerpt(source: str, limit: int = 600) -> str:
    """The first lines as plain text, line breaks kept, cut between words at ``limit`` characters."""
    # The beginning is enough, and a long text need not be read twice.
    lines: list[str] = []
    for token in _text.parse(source[: limit * 8]):
        if token.type == "inline":
            lines.append(_plain(token.children or []))
        elif token.type == "fence":
            lines.append(token.content.strip("\n"))
    text = "\n".join(line for line in lines if line.strip())
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = max(cut.rfind(" "), cut.rfind("\n"))
    return (cut[:space] if space > limit // 2 else cut).rstrip() + "…"


def _plain(tokens: list[Token]) -> str:
    return "".join("\n" if token.type in {"softbreak", "hardbreak"} else token.content for token in tokens)
