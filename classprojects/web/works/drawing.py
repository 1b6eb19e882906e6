"""The family tree of a work: where each node stands, and the same as an outline in words.

Roots stand at the left, each generation one column further right. A node is put as
close as it can be to the middle of what it is tied to, without touching its
neighbours (a few sweeps of the barycentre method of Sugiyama, Tagawa and Toda, 1981).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from classprojects.web.shared.composer import EDGE_KINDS
from classprojects.works.lineage import Edge, Lineage, Node
from classprojects.works.models import EdgeKind

WIDTH, HEIGHT = 208, 60
GAP_X, GAP_Y = 72, 18
MARGIN = 16
SWEEPS = 6

#: in words, as they stand before what grew from the line above
GREW = {
    EdgeKind.BUILT_ON: _l("built into"),
    EdgeKind.SAMPLED: _l("sampled in"),
    EdgeKind.REFINED: _l("refined into"),
    EdgeKind.TRANSLATED: _l("translated into"),
    EdgeKind.PERFORMED: _l("performed as"),
    EdgeKind.INSPIRED_BY: _l("inspired"),
}

#: an outline is not indented further than this, so that it stays readable
DEEPEST = 10


@dataclass(frozen=True)
class DrawnNode:
    """A node and the left top corner of its box."""

    node: Node
    x: int
    y: int
    title: str
    maker: str
    words: str
    is_here: bool


@dataclass(frozen=True)
class DrawnEdge:
    """A curve from a parent's right side to a child's left side."""

    path: str
    words: str
    is_through_here: bool


@dataclass(frozen=True)
class Drawing:
    """Everything that the SVG template needs."""

    width: int
    height: int
    nodes: Sequence[DrawnNode]
    edges: Sequence[DrawnEdge]


def draw(lineage: Lineage) -> Drawing:
    """Lay the lineage out."""
    parents: dict[int, list[int]] = defaultdict(list)
    children: dict[int, list[int]] = defaultdict(list)
    for edge in lineage.edges:
        parents[edge.child].append(edge.parent)
        children[edge.parent].append(edge.child)
    columns: dict[int, list[int]] = defaultdict(list)
    for node in lineage.nodes:
        columns[node.generation].append(node.id)
    y: dict[int, float] = {}
    for column in columns.values():
        for place, id in enumerate(column):
            y[id] = place * (HEIGHT + GAP_Y)
    order = sorted(columns)
    for sweep in range(SWEEPS):
        # To the right children follow their parents, back again parents follow their children.
        ties = parents if sweep % 2 == 0 else children
        for generation in order if sweep % 2 == 0 else reversed(order):
            _settle(columns[generation], y, ties)
    top = min(y.values(), default=0)
    corners = {
        node.id: (MARGIN + node.generation * (WIDTH + GAP_X), MARGIN + round(y[node.id] - top)) for node in lineage.nodes
    }
    drawn = [_drawn_node(node, *corners[node.id], lineage.work_id) for node in lineage.nodes]
    return Drawing(
        width=max((one.x + WIDTH for one in drawn), default=0) + MARGIN,
        height=max((one.y + HEIGHT for one in drawn), default=0) + MARGIN,
        nodes=drawn,
        edges=[_drawn_edge(edge, corners, lineage.work_id) for edge in lineage.edges],
    )


def _settle(column: list[int], y: dict[int, float], ties: dict[int, list[int]]) -> None:
    """Move the column's nodes towards the middle of what they are tied to, in that order, without overlap."""
    wish = {id: _middle(ties[id], y.__getitem__) if ties.get(id) else y[id] for id in column}
    column.sort(key=lambda id: (wish[id], id))
    step = HEIGHT + GAP_Y
    placed: list[float] = []
    for id in column:
        placed.append(max(wish[id], placed[-1] + step) if placed else wish[id])
    # Pushing only downwards lets the column sink: lift it back to where it wished to be on the whole.
    sunk = sum(place - wish[id] for place, id in zip(placed, column, strict=True)) / len(column)
    for place, id in zip(placed, column, strict=True):
        y[id] = place - sunk


def _middle(ids: Sequence[int], of: Callable[[int], float]) -> float:
    return sum(of(id) for id in ids) / len(ids)


def _drawn_node(node: Node, x: int, y: int, here: int) -> DrawnNode:
    title, maker = words_for(node)
    medium = {"text": _("Text"), "image": _("Image"), "audio": _("Sound"), "video": _("Video")}[node.medium.value]
    words = _("%(medium)s: %(title)s by %(maker)s", medium=medium, title=title, maker=maker) if maker else f"{medium}: {title}"
    return DrawnNode(node, x, y, _short(title, 19), _short(maker, 23), words, node.id == here)


def words_for(node: Node) -> tuple[str, str]:
    """Title and maker of a node; what stands instead where the reader may not see them."""
    if node.is_tombstone:
        return _("A work that is gone"), ""
    if node.title is None:
        return (_("A class work"), "") if node.is_class_work else (_("A work that is not shown"), "")
    return node.title, node.maker or ""


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _drawn_edge(edge: Edge, corners: dict[int, tuple[int, int]], here: int) -> DrawnEdge:
    x1, y1 = corners[edge.parent]
    x2, y2 = corners[edge.child]
    x1, y1, y2 = x1 + WIDTH, y1 + HEIGHT // 2, y2 + HEIGHT // 2
    bend = min(GAP_X, (x2 - x1) // 2 + 8)
    path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    return DrawnEdge(path, str(EDGE_KINDS[edge.kind]), here in (edge.child, edge.parent))


@dataclass(frozen=True)
class OutlineItem:
    """One line of the outline. ``opens``: it begins a list inside the line before; ``closes``: lists that end first."""

    node: Node
    title: str
    maker: str
    kind: str
    opens: bool
    closes: int
    is_here: bool
    #: its descendants stand at an earlier line already
    is_repeat: bool


@dataclass(frozen=True)
class Outline:
    """The lineage in words; ``depth``: lists that are still open after the last line."""

    items: Sequence[OutlineItem]
    depth: int


def outline(lineage: Lineage) -> Outline:
    """The lineage as a nested list: every root, and under it what grew from it."""
    by_id = {node.id: node for node in lineage.nodes}
    children: dict[int, list[Edge]] = defaultdict(list)
    for edge in lineage.edges:
        children[edge.parent].append(edge)
    items: list[OutlineItem] = []
    told: set[int] = set()
    depth = 0
    # A stack, not recursion: a lineage can be deeper than Python's.
    waiting: list[tuple[int, str, int]] = [(node.id, "", 0) for node in reversed(lineage.roots)]
    while waiting:
        id, kind, level = waiting.pop()
        level = min(level, DEEPEST)
        title, maker = words_for(by_id[id])
        items.append(
            OutlineItem(
                node=by_id[id],
                title=title,
                maker=maker,
                kind=kind,
                opens=level > depth or not items,
                closes=max(0, depth - level),
                is_here=id == lineage.work_id,
                is_repeat=id in told and bool(children[id]),
            )
        )
        depth = level
        if id in told:
            continue
        told.add(id)
        waiting.extend((edge.child, str(GREW[edge.kind]), level + 1) for edge in reversed(children[id]))
    return Outline(items, depth)
