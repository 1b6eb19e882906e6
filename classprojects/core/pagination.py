"""Keyset pagination: a page, and the cursor that leads to the next one. Never OFFSET."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

T = TypeVar("T")

#: NUL, which PostgreSQL refuses, and halves of characters, which no encoding knows
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

#: Cards on a page of a wall: divides by 2, 3 and 4 columns.
PAGE_SIZE = 24


@dataclass(frozen=True)
class Page(Generic[T]):
    """``items`` in order, and the cursor of the next page (``None``: this is the last)."""

    items: Sequence[T]
    next_cursor: str | None = None

    def map(self, function: Callable[[T], Any]) -> Page[Any]:
        """The same page with ``function`` applied to every item."""
        return Page([function(item) for item in self.items], self.next_cursor)


def write_cursor(values: Sequence[object]) -> str:
    """A URL-safe text that says where a page ended. Values: int, str or aware datetime."""
    plain = [{"t": v.astimezone(UTC).isoformat()} if isinstance(v, datetime) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(text: str | None, kinds: Sequence[type]) -> list[Any] | None:
    """The values in ``text``, or ``None`` when there is none or it is not one of ours.

    A cursor comes from the address bar, so that anything may stand in it: whatever
    does not fit ``kinds`` means the first page, never an error.
    """
    if not text or len(text) > 400:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        values = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(values, list) or len(values) != len(kinds):
        return None
    found: list[Any] = []
    for value, kind in zip(values, kinds, strict=True):
        if kind is datetime:
            try:
                moment = datetime.fromisoformat(value["t"])
                if moment.tzinfo is None:
                    return None
                # The first morning of the year 1 in the east lies before all that UTC can say.
                found.append(moment.astimezone(UTC))
            except (TypeError, KeyError, ValueError, OverflowError):
                return None
        elif type(value) is kind and _fits(value):
            found.append(value)
        else:
            return None
    return found


def _fits(value: object) -> bool:
    """Whether both databases can hold it."""
    if isinstance(value, int):
        return abs(value) < 2**63
    return not isinstance(value, str) or not _UNSTORABLE.search(value)


def keyset_page(
    session: Any,
    statement: sa.Select[Any],
    order: Sequence[tuple[Any, type]],
    after: str | None,
    size: int = PAGE_SIZE,
    key: Callable[[Any], Sequence[object]] | None = None,
    as_rows: bool = False,
) -> Page[Any]:
    """One page of ``statement``, newest or largest first by ``order``.

    ``order``: (column, python type) pairs, all descending, the last one unique.
    ``key``: the same values of a loaded item; by default its attributes of those names.
    ``as_rows``: the statement gives rows of columns rather than objects.
    """
    columns = [column for column, _ in order]
    values = read_cursor(after, [kind for _, kind in order])
    if values is not None:
        literals = [sa.literal(value, column.type) for value, column in zip(values, columns, strict=True)]
        statement = statement.where(sa.tuple_(*columns) < sa.tuple_(*literals))
    return page_of(session, in_order(statement, order, size), order, size, key, as_rows)


def in_order(statement: sa.Select[Any], order: Sequence[tuple[Any, type]], size: int = PAGE_SIZE) -> sa.Select[Any]:
    """``statement`` ordered, with one row more than a page, which says whether there is a next one."""
    return statement.order_by(*[column.desc() for column, _ in order]).limit(size + 1)


def page_of(
    session: Any,
    statement: sa.Select[Any],
    order: Sequence[tuple[Any, type]],
    size: int = PAGE_SIZE,
    key: Callable[[Any], Sequence[object]] | None = None,
    as_rows: bool = False,
    **parameters: object,
) -> Page[Any]:
    """The page that a statement from :func:`in_order` gives with ``parameters``."""
    items = list(session.execute(statement, parameters) if as_rows else session.scalars(statement, parameters).unique())
    cursor = None
    if len(items) > size:
        items = items[:size]
        read = key or (lambda item: [getattr(item, column.key) for column, _ in order])
        cursor = write_cursor(read(items[-1]))
    return Page(items, cursor)
