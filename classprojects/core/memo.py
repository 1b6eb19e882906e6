"""Answers remembered for the length of one request.

Access asks the same questions again and again (is this person a subscriber?); the
door opens a memo for each request, and outside of one nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextvars import ContextVar, Token
from typing import Any, TypeVar

T = TypeVar("T")
_memo: ContextVar[dict[Hashable, Any] | None] = ContextVar("memo", default=None)


def open_memo() -> Token[dict[Hashable, Any] | None]:
    """Begin to remember; give the token back to :func:`close_memo`."""
    return _memo.set({})


def close_memo(token: Token[dict[Hashable, Any] | None]) -> None:
    """Forget everything since :func:`open_memo`."""
    _memo.reset(token)


def forget() -> None:
    """Forget what was remembered so far: something changed."""
    memo = _memo.get()
    if memo is not None:
        memo.clear()


def recall(key: Hashable) -> Any:
    """What is remembered under ``key``; None where nothing is."""
    memo = _memo.get()
    return None if memo is None else memo.get(key)


def remember(key: Hashable, ask: Callable[[], T]) -> T:
    """The answer to ``ask()``, asked at most once per ``key`` and request."""
    memo = _memo.get()
    if memo is None:
        return ask()
    if key not in memo:
        memo[key] = ask()
    return memo[key]
