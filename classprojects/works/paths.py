"""How two works are related: the shortest chain of remixes between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from classprojects.core.database import Id, db, prepared
from classprojects.works.lineage import CHUNK, Tie, assemble, list_edges, list_places
from classprojects.works.models import RemixEdge, Work
from classprojects.works.queries import Viewer
from classprojects.works.tree import Edge, Node
from classprojects.works.walks import is_told

#: how many works around the first one are looked at
FARTHEST = 10_000
#: and how many ties between them
MOST_TIES = 60_000


@dataclass(frozen=True)
class Step:
    """From the work before to ``node`` by ``edge``; ``is_onward``: with time, from a source to what was made of it."""

    node: Node
    edge: Edge
    is_onward: bool


@dataclass(frozen=True)
class Path:
    """``start``, and the steps to the other work: none where the two are one, None where nothing ties them."""

    start: Node
    steps: Sequence[Step] | None
    #: whether there were more works than could be looked at
    is_cut: bool = False


def find_path(work: Work, other: Work, viewer: Viewer) -> Path:
    """The shortest chain between two works as ``viewer`` may see it, in four queries.

    Ties count both ways: two remixes of one work are two steps apart.
    """
    facts = {"start": work.id, "reader": viewer.person_id, "most": FARTHEST, "most_ties": MOST_TIES}
    pairs = [(child, parent) for child, parent in db.session.execute(_ties_around(), facts)]
    chain = _shortest(work.id, other.id, pairs)
    ids = chain or [work.id]
    ties: list[Tie] = []
    # Neighbours in the chain only: a long one is asked for in parts that overlap by one.
    for start in range(0, len(ids), CHUNK - 1):
        ties += list_edges(set(ids[start : start + CHUNK]))
    shown = assemble(work.id, list_places(ids), ties, viewer)
    nodes = {node.id: node for node in shown.nodes}
    edges = {(edge.child, edge.parent): edge for edge in shown.edges}
    steps = None if chain is None else [_step(one, two, nodes, edges) for one, two in zip(chain, chain[1:], strict=False)]
    return Path(nodes[work.id], steps, chain is None and len(pairs) >= min(FARTHEST - 1, MOST_TIES))


def _step(one: int, two: int, nodes: dict[int, Node], edges: dict[tuple[int, int], Edge]) -> Step:
    is_onward = (two, one) in edges
    return Step(nodes[two], edges[two, one] if is_onward else edges[one, two], is_onward)


@prepared
def _ties_around() -> sa.Select[int, int]:
    """(child, parent) of the ties between the works nearest to ``start``, whichever way they lead."""
    edge, child = sa.orm.aliased(RemixEdge), sa.orm.aliased(Work)
    around = sa.select(sa.bindparam("start", type_=Id).label("id")).cte("around", recursive=True)
    other = sa.case((edge.child_id == around.c.id, edge.parent_id), else_=edge.child_id)
    is_beside = sa.or_(edge.child_id == around.c.id, edge.parent_id == around.c.id)
    around = around.union(
        sa.select(other).select_from(around).join(edge, is_beside).join(child, child.id == edge.child_id).where(is_told(child))
    )
    found = sa.select(around.c.id).limit(sa.bindparam("most")).subquery()
    return (
        sa.select(RemixEdge.child_id, RemixEdge.parent_id)
        .join(found, found.c.id == RemixEdge.child_id)
        .limit(sa.bindparam("most_ties"))
    )


def _shortest(start: int, goal: int, pairs: Sequence[tuple[int, int]]) -> list[int] | None:
    """The ids from ``start`` to ``goal``, both included; None where there is no way."""
    beside: dict[int, list[int]] = {start: []}
    for child, parent in pairs:
        beside.setdefault(child, []).append(parent)
        beside.setdefault(parent, []).append(child)
    came_from: dict[int, int | None] = {start: None}
    waiting = deque([start])
    while waiting and goal not in came_from:
        id = waiting.popleft()
        for other in beside[id]:
            if other not in came_from:
                came_from[other] = id
                waiting.append(other)
    if goal not in came_from:
        return None
    chain: list[int] = []
    at: int | None = goal
    while at is not None:
        chain.append(at)
        at = came_from[at]
    return chain[::-1]
