"""A part of a family as one reader may see it: nodes, the edges between them, bundles of what is not shown."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from classprojects.works.models import EdgeKind, Medium
from classprojects.works.walks import Way


class View(enum.StrEnum):
    """What is looked at. Lineage: ancestors and descendants. Family: descendants of the ancestors too."""

    LINEAGE = "lineage"
    FAMILY = "family"


@dataclass(frozen=True)
class Node:
    """A work in a lineage. What the reader may not see has neither title nor maker nor address nor time (P4).

    A veiled work that they may see has no maker.
    """

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
    maker_handle: str | None = None
    maker_id: int | None = None
    published_at: datetime | None = None

    @property
    def is_seen(self) -> bool:
        """Whether the reader may see the work itself."""
        return self.title is not None


@dataclass(frozen=True)
class Edge:
    """``child`` was made from ``parent``."""

    child: int
    parent: int
    kind: EdgeKind
    #: how many works lie between, where a filter left them out
    through: int = 0
    #: one of the two makers says that it is not true (P6: the edge stays)
    is_disputed: bool = False
    #: who says so, unless that would name the maker of a hidden work
    disputed_by: str | None = None
    id: int = 0


@dataclass(frozen=True)
class Bundle:
    """``count`` works more that hang before or after a node and are not shown."""

    node_id: int
    way: Way
    count: int
    #: whether counting stopped there
    is_more: bool = False
    #: of the work in the middle: where the next part of its own sources or remixes begins
    cursor: int | None = None


@dataclass(frozen=True)
class Lineage:
    """A connected part of the family of one work; ``nodes`` in order of generation."""

    work_id: int
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    bundles: Sequence[Bundle] = ()
    #: whether there is more than is shown
    is_cut: bool = False
    view: View = View.LINEAGE

    def node(self, id: int) -> Node:
        """The node of this work."""
        return next(node for node in self.nodes if node.id == id)

    @property
    def roots(self) -> list[Node]:
        """The works that were built on nothing that is shown here."""
        children = {edge.child for edge in self.edges}
        return [node for node in self.nodes if node.id not in children]

    @property
    def works_count(self) -> int:
        """How many of the works the reader may see."""
        return sum(node.is_seen for node in self.nodes)

    @property
    def makers_count(self) -> int:
        """How many people made those."""
        # Of veiled works nobody is told whether one person made them: each counts as somebody's.
        return len({node.maker_id or -node.id for node in self.nodes if node.is_seen})
