"""What is done to the pieces that markdown-it reads before they become HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

#: stress within stress goes no deeper than this
DEEPEST = 12

#: where a link may lead: to pages, to a person's mail, and within this place
SCHEMES = ("https://", "http://", "mailto:", "/", "#", "?")


def is_link(url: str) -> bool:
    """Whether ``url`` (normalised) is one that a link may lead to; what is none stays as it was typed."""
    return url.lower().startswith(SCHEMES)


def tame(state: StateCore) -> None:
    """Let pictures be links to them, and nothing nest without end."""
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = list(shallow(_without_pictures(block.children)))


def shallow(tokens: Iterator[Token] | Sequence[Token]) -> Iterator[Token]:
    """The tokens without what is nested too deep; its words stay."""
    depth = 0
    for token in tokens:
        if token.nesting > 0:
            depth += 1
        if token.nesting == 0 or depth <= DEEPEST:
            yield token
        if token.nesting < 0:
            depth -= 1


def _without_pictures(tokens: Sequence[Token]) -> Iterator[Token]:
    """Each picture as a link to it; inside of a link only its words."""
    depth = 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type != "image":
            yield token
            continue
        address = str(token.attrGet("src") or "")
        words = Token("text", "", 0)
        words.content = token.content or address
        if depth or not address.lower().startswith(("https://", "http://")):
            yield words
        else:
            yield Token("link_open", "a", 1, attrs={"href": address})
            yield words
            yield Token("link_close", "a", -1)
