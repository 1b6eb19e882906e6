"""Walks through the graph of remixes, nearest works first.

Each walk is one recursive statement whose cost is bounded by what it answers: at most
``fan`` works are followed from any one work, and it ends after ``most``. A parent of
10,000 remixes and a chain of 200 generations cost the same handful of index look-ups.

The two databases differ in how a step is limited, and only here: PostgreSQL joins a
LATERAL subquery, SQLite (which has none) asks for edges whose ids are in one.

Drafts are nobody's business but their maker's: a work that was never published is only
reached when ``reader`` made it. Nobody can build on a draft, so that only the last step
down can lead to one.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from classprojects.core.database import Id, db, prepared
from classprojects.works.models import RemixEdge, Work


class Way(enum.StrEnum):
    """Towards what came before, or towards what grew."""

    BEFORE = "before"
    AFTER = "after"


def walk(
    start: int, way: Way, *, reader: int | None = None, most: int = 1000, fan: int = 1000, past: int = 0
) -> list[int]:
    """Ids of up to ``most`` works that lie before or after ``start``, nearest first, without itself.

    ``past``: leaves out ``start``'s own edges up to this id, so that a long row of
    remixes can be looked at in parts.
    """
    facts = {"start": start, "past": past, "reader": reader, "most": most, "fan": fan}
    return list(db.session.scalars(_from_one(way, _is_postgres()), facts))


def walk_from(starts: Sequence[int], way: Way, *, reader: int | None = None, most: int = 1000, fan: int = 1000) -> list[int]:
    """As :func:`walk`, from several works at once, which come first in the answer."""
    facts = {"starts": list(starts), "reader": reader, "most": most, "fan": fan}
    return list(db.session.scalars(_from_many(way, _is_postgres()), facts))


def _is_postgres() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


@prepared
def _from_one(way: Way, is_postgres: bool) -> sa.Select[Any]:
    first = next_ids(way, sa.bindparam("start", type_=Id), is_postgres, past=sa.bindparam("past", type_=Id)).subquery()
    reached = follow(sa.select(first.c.id), way, "reached", is_postgres)
    return sa.select(reached.c.id).where(reached.c.id != sa.bindparam("start", type_=Id)).limit(sa.bindparam("most"))


@prepared
def _from_many(way: Way, is_postgres: bool) -> sa.Select[Any]:
    starts = sa.select(Work.id.label("id")).where(Work.id.in_(sa.bindparam("starts", expanding=True)))
    reached = follow(starts, way, "reached", is_postgres)
    return sa.select(reached.c.id).limit(sa.bindparam("most"))


def follow(starts: sa.Select[Any], way: Way, name: str, is_postgres: bool) -> sa.CTE:
    """All that can be reached from ``starts`` (a select of one column ``id``), itself included: a column ``id``.

    The statement that holds it gives ``fan`` and ``reader``.
    """
    # UNION, not UNION ALL: a work that is reached on many ways is walked through once,
    # so that diamonds cost nothing and even a damaged graph would end.
    reached = starts.cte(name, recursive=True)
    if is_postgres:
        near = next_ids(way, reached.c.id, is_postgres).lateral()
        return reached.union(sa.select(near.c.id).select_from(reached).join(near, sa.true()))
    edge = sa.orm.aliased(RemixEdge)
    near_edges = next_ids(way, reached.c.id, is_postgres).with_only_columns(_EDGE.id).correlate(reached)
    to = edge.parent_id if way is Way.BEFORE else edge.child_id
    return reached.union(sa.select(to).select_from(reached).join(edge, edge.id.in_(near_edges)))


_EDGE = sa.orm.aliased(RemixEdge, name="near_edge")
_CHILD = sa.orm.aliased(Work, name="near_child")


def next_ids(way: Way, of: Any, is_postgres: bool, past: Any = None) -> sa.Select[Any]:
    """The works one step before or after ``of``, in the order in which they were tied to it, ``fan`` at most."""
    if way is Way.BEFORE:
        statement = sa.select(_EDGE.parent_id.label("id")).where(_EDGE.child_id == of)
    else:
        statement = sa.select(_EDGE.child_id.label("id")).join(_CHILD, _CHILD.id == _EDGE.child_id)
        statement = statement.where(_EDGE.parent_id == of, is_told(_CHILD))
    if past is not None:
        statement = statement.where(_EDGE.id > past)
    # Asked for the first few by id, PostgreSQL would read all edges in that order, hoping to meet them soon: for a late
    # work it reads the whole table. A sum has no index, so that it looks up the work's own edges and sorts those.
    order = _EDGE.id + 0 if is_postgres else _EDGE.id
    return statement.order_by(order).limit(sa.bindparam("fan", type_=sa.BigInteger))


def is_told(child: Any) -> sa.ColumnElement[bool]:
    """Whether an edge from this work may be told of: it was published once, or ``reader`` made it."""
    return sa.or_(child.published_at.is_not(None), child.maker_id == sa.bindparam("reader", type_=Id))


def count_next(work_ids: Sequence[int], reader: int | None, most: int, centre: int = 0, past: int = 0) -> dict[int, int]:
    """How many works were made directly from each of these, counted up to ``most``.

    Of ``centre`` only edges after the id ``past`` are counted.
    """
    if not work_ids:
        return {}
    facts = {"starts": list(work_ids), "reader": reader, "fan": most, "centre": centre, "past": past}
    return {row[0]: row[1] for row in db.session.execute(_counts(), facts)}


@prepared
def _counts() -> sa.Select[Any]:
    of = sa.orm.aliased(Work, name="counted")
    one = sa.select(sa.literal(1).label("one")).select_from(_EDGE).join(_CHILD, _CHILD.id == _EDGE.child_id)
    is_later = sa.or_(of.id != sa.bindparam("centre", type_=Id), _EDGE.id > sa.bindparam("past", type_=Id))
    some = one.where(_EDGE.parent_id == of.id, is_told(_CHILD), is_later).limit(sa.bindparam("fan", type_=sa.BigInteger))
    # Correlated through the inner subquery to the outermost table: both databases look one level further out.
    number = sa.select(sa.func.count()).select_from(some.correlate(of).subquery()).scalar_subquery()
    return sa.select(of.id, number).where(of.id.in_(sa.bindparam("starts", expanding=True)))
