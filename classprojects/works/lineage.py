"""Where a work comes from and what grew from it: the graph of remixes as one reader may see it.

Reads only. Written against one rule that the actions keep: the graph is acyclic (P5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.core.database import db
from classprojects.works.models import EdgeKind, Medium, RemixEdge, Work, WorkStatus, WorkVersion
from classprojects.works.queries import Viewer, is_tombstone_for, is_visible

#: most works that one lineage shows in each direction
MOST = 250


@dataclass(frozen=True)
class Node:
    """A work in a lineage. What the reader may not see has neither title nor maker nor address (P4)."""

    id: int
    medium: Medium
    title: str | None
    maker: str | None
    url: str | None
    is_tombstone: bool
    #: whether it lives in a class only: an anonymous "class work" to those outside
    is_class_work: bool
    #: how many steps of remixing lie before it, along the longest way
    generation: int = 0


@dataclass(frozen=True)
class Edge:
    """``child`` was made from ``parent``."""

    child: int
    parent: int
    kind: EdgeKind


@dataclass(frozen=True)
class Lineage:
    """Ancestors and descendants of one work; ``nodes`` in order of generation."""

    work_id: int
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    #: whether there is more than is shown
    is_cut: bool = False

    def node(self, id: int) -> Node:
        """The node of this work."""
        return next(node for node in self.nodes if node.id == id)

    @property
    def roots(self) -> list[Node]:
        """The works that were built on nothing that is shown here."""
        children = {edge.child for edge in self.edges}
        return [node for node in self.nodes if node.id not in children]


def ancestor_ids(session: Any, work_id: int, limit: int | None = None) -> list[int]:
    """Ids of every work that ``work_id`` was made from, directly or not, nearest first."""
    return _walk(session, work_id, RemixEdge.child_id, RemixEdge.parent_id, limit)


def descendant_ids(session: Any, work_id: int, limit: int | None = None) -> list[int]:
    """Ids of every work that was made from ``work_id``, directly or not, nearest first."""
    return _walk(session, work_id, RemixEdge.parent_id, RemixEdge.child_id, limit)


def _walk(session: Any, work_id: int, from_: Any, to: Any, limit: int | None) -> list[int]:
    # UNION, not UNION ALL: a work that is reached on many ways is walked through once,
    # so that diamonds cost nothing and even a damaged graph would end.
    reached = sa.select(to.label("id")).where(from_ == work_id).cte("reached", recursive=True)
    reached = reached.union(sa.select(to).where(from_ == reached.c.id))
    statement = sa.select(reached.c.id)
    return list(session.scalars(statement.limit(limit) if limit else statement))


def get_lineage(work: Work, viewer: Viewer, most: int = MOST) -> Lineage:
    """The lineage of ``work`` as ``viewer`` may see it, in four queries.

    Drafts are nobody's business but their maker's: an edge from a work that was never
    published does not show at all.
    """
    before = ancestor_ids(db.session, work.id, most + 1)
    after = descendant_ids(db.session, work.id, most + 1)
    is_cut = len(before) > most or len(after) > most
    ids = {work.id, *before[:most], *after[:most]}
    rows = db.session.execute(
        sa.select(Work, WorkVersion.title, Person.name)
        .join(Person, Person.id == Work.maker_id)
        .outerjoin(WorkVersion, WorkVersion.id == Work.current_version_id)
        .where(Work.id.in_(ids))
    ).all()
    shown = {
        row[0].id: row for row in rows if row[0].published_at is not None or row[0].maker_id == viewer.person_id or row[0].id == work.id
    }
    edges = [
        Edge(child, parent, kind)
        for child, parent, kind in db.session.execute(
            sa.select(RemixEdge.child_id, RemixEdge.parent_id, RemixEdge.kind)
            .where(RemixEdge.child_id.in_(ids), RemixEdge.parent_id.in_(ids))
            .order_by(RemixEdge.id)
        )
        if child in shown and parent in shown
    ]
    generations = _generations(list(shown), edges)
    nodes = [
        _node(work, title, maker, viewer, generations[work.id]) for work, title, maker in shown.values()
    ]
    nodes.sort(key=lambda node: (node.generation, node.id))
    return Lineage(work.id, nodes, edges, is_cut)


def _node(work: Work, title: str | None, maker: str, viewer: Viewer, generation: int) -> Node:
    gone = work.status is WorkStatus.ERASED
    seen = is_visible(work, viewer)
    return Node(
        id=work.id,
        medium=work.medium,
        title=title if seen else None,
        maker=maker if seen else None,
        url=work.url if seen or is_tombstone_for(work, viewer) and work.is_open else None,
        is_tombstone=gone,
        is_class_work=not work.is_open,
        generation=generation,
    )


def _generations(ids: Sequence[int], edges: Sequence[Edge]) -> dict[int, int]:
    """Longest distance from a root, for each id (Kahn's order)."""
    generation = dict.fromkeys(ids, 0)
    waiting: dict[int, int] = defaultdict(int)
    children: dict[int, list[int]] = defaultdict(list)
    for edge in edges:
        waiting[edge.child] += 1
        children[edge.parent].append(edge.child)
    ready = [id for id in ids if not waiting[id]]
    while ready:
        parent = ready.pop()
        for child in children[parent]:
            generation[child] = max(generation[child], generation[parent] + 1)
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return generation
