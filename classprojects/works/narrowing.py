"""A lineage narrowed to some of its works, with the ways between them kept.

What does not fit is left out, and a tie that led through it becomes one line that says
how many works lie between. So that "only sounds" still shows how one sound led to another.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from classprojects.works.lineage import generations_of
from classprojects.works.models import EdgeKind, Medium
from classprojects.works.tree import Edge, Lineage, Node


@dataclass(frozen=True)
class Choice:
    """What is asked for; empty values ask for nothing."""

    medium: Medium | None = None
    since: datetime | None = None
    #: the first moment that is too late
    until: datetime | None = None
    #: a handle
    maker: str = ""

    def __bool__(self) -> bool:
        return bool(self.medium or self.since or self.until or self.maker)

    def fits(self, node: Node) -> bool:
        """Whether the node is asked for. What the reader may not see fits nothing: an answer would tell of it (P4)."""
        if not node.is_seen or node.published_at is None:
            return False
        return (
            (self.medium is None or node.medium is self.medium)
            and (self.since is None or node.published_at >= self.since)
            and (self.until is None or node.published_at < self.until)
            and (not self.maker or node.maker_handle == self.maker)
        )


def narrow(lineage: Lineage, choice: Choice, most: int) -> Lineage:
    """The works of ``lineage`` that fit, at most ``most`` of them, and the one that it is about, tied as before.

    A tie through works that were left out has the kind of its last step and ``through``,
    the fewest works between. Where a work is tied directly, a way around is not drawn too.
    """
    fitting = [node for node in lineage.nodes if node.id == lineage.work_id or choice.fits(node)]
    kept = {node.id for node in _nearest_generations(fitting, lineage, most)}
    parents: dict[int, list[Edge]] = defaultdict(list)
    for edge in lineage.edges:
        parents[edge.child].append(edge)
    # By generation every parent comes before its children, so that one pass is enough.
    ways: dict[int, dict[int, int]] = {}
    edges: list[Edge] = []
    for node in lineage.nodes:
        here: dict[int, tuple[int, EdgeKind]] = {}
        for edge in parents[node.id]:
            if edge.parent in kept:
                here[edge.parent] = (0, edge.kind)
                continue
            for ancestor, through in ways.get(edge.parent, {}).items():
                if ancestor not in here or through + 1 < here[ancestor][0]:
                    here[ancestor] = (through + 1, edge.kind)
        if node.id in kept:
            direct = {edge.parent: edge for edge in parents[node.id]}
            edges += [
                direct[ancestor] if not through else Edge(node.id, ancestor, kind, through)
                for ancestor, (through, kind) in here.items()
            ]
        else:
            ways[node.id] = {ancestor: through for ancestor, (through, _kind) in here.items()}
    generations = generations_of(list(kept), [(edge.child, edge.parent) for edge in edges])
    nodes = sorted(
        (replace(node, generation=generations[node.id]) for node in lineage.nodes if node.id in kept),
        key=lambda node: (node.generation, node.id),
    )
    return replace(lineage, nodes=nodes, edges=edges, bundles=(), is_cut=lineage.is_cut or len(fitting) > len(kept))


def _nearest_generations(fitting: list[Node], lineage: Lineage, most: int) -> list[Node]:
    here = lineage.node(lineage.work_id).generation
    return sorted(fitting, key=lambda node: (node.id != lineage.work_id, abs(node.generation - here), node.id))[:most]
