"""The family tree of a work as the SVG template takes it: boxes, lines, what hangs in bundles.

Roots stand at the left, each generation one column further right; a root that is only
used late stands right before what uses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from classprojects.web.shared.composer import EDGE_KINDS
from classprojects.web.works.layout import Layout, lay_out
from classprojects.works.bylines import hidden_name
from classprojects.works.models import EdgeKind, Medium
from classprojects.works.tree import Bundle, Edge, Lineage, Node
from classprojects.works.walks import Way

WIDTH, HEIGHT = 208, 60
BUNDLE_HEIGHT = 32
GAP_X, GAP_Y = 72, 18
MARGIN = 16

#: in words, as they stand before what grew from the line above
GREW = {
    EdgeKind.BUILT_ON: _l("built into"),
    EdgeKind.SAMPLED: _l("sampled in"),
    EdgeKind.REFINED: _l("refined into"),
    EdgeKind.TRANSLATED: _l("translated into"),
    EdgeKind.PERFORMED: _l("performed as"),
    EdgeKind.INSPIRED_BY: _l("inspired"),
}


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
    #: ids of what it is tied to, as keys walk
    parents: str = ""
    children: str = ""


@dataclass(frozen=True)
class DrawnEdge:
    """A curve from a parent's right side to a child's left side."""

    path: str
    words: str
    is_through_here: bool
    is_disputed: bool = False
    #: works were left out in between
    is_contracted: bool = False


@dataclass(frozen=True)
class DrawnBundle:
    """A small box that stands for works that are not shown; ``url`` leads to them where there is a way."""

    bundle: Bundle
    x: int
    y: int
    label: str
    words: str
    url: str | None


@dataclass(frozen=True)
class Drawing:
    """Everything that the SVG template needs."""

    width: int
    height: int
    nodes: Sequence[DrawnNode]
    edges: Sequence[DrawnEdge]
    bundles: Sequence[DrawnBundle] = ()


def draw(lineage: Lineage) -> Drawing:
    """Lay the lineage out."""
    columns = columns_of(lineage)
    bundles = {max(columns) + 1 + number: bundle for number, bundle in enumerate(lineage.bundles)}
    for id, bundle in bundles.items():
        columns[id] = columns[bundle.node_id] + (1 if bundle.way is Way.AFTER else -1)
    leftmost = min(columns.values())
    columns = {id: column - leftmost for id, column in columns.items()}
    ties = [(edge.parent, edge.child) for edge in lineage.edges]
    ties += [(one.node_id, id) if one.way is Way.AFTER else (id, one.node_id) for id, one in bundles.items()]
    heights = {id: float(BUNDLE_HEIGHT if id in bundles else HEIGHT) for id in columns}
    layout = lay_out(columns, ties, heights, GAP_Y)
    middles = {id: (MARGIN + columns[id] * (WIDTH + GAP_X), MARGIN + round(layout.y[id])) for id in columns}
    parents, children = _neighbours(lineage.edges, middles)
    seen = {node.id: node for node in lineage.nodes}
    # Read column by column from the top: the order of the tab key is that of the drawing.
    media = medium_words()
    nodes = [
        _drawn_node(seen[id], middles[id], media, lineage.work_id, parents[id], children[id])
        for id in sorted(seen, key=lambda id: (columns[id], middles[id][1]))
    ]
    kinds = {kind: str(words) for kind, words in EDGE_KINDS.items()}
    edges = [_drawn_edge(edge, middles, layout, lineage.work_id, kinds) for edge in lineage.edges]
    edges += [_line_to_bundle(one, id, middles) for id, one in bundles.items()]
    return Drawing(
        width=max(x for x, _y in middles.values()) + WIDTH + MARGIN,
        height=round(max(middles[id][1] + heights[id] / 2 for id in middles)) + MARGIN,
        nodes=nodes,
        edges=edges,
        bundles=[_drawn_bundle(one, middles[id], seen[one.node_id], lineage) for id, one in bundles.items()],
    )


def columns_of(lineage: Lineage) -> dict[int, int]:
    """Each node's column: its generation; a root stands right before the first work that used it."""
    columns = {node.id: node.generation for node in lineage.nodes}
    first: dict[int, int] = {}
    children = set()
    for edge in lineage.edges:
        children.add(edge.child)
        first[edge.parent] = min(first.get(edge.parent, columns[edge.child]), columns[edge.child])
    return {id: first[id] - 1 if id in first and id not in children else column for id, column in columns.items()}


def _neighbours(edges: Iterable[Edge], middles: dict[int, tuple[int, int]]) -> tuple[dict[int, str], dict[int, str]]:
    parents: dict[int, list[int]] = defaultdict(list)
    children: dict[int, list[int]] = defaultdict(list)
    for edge in edges:
        parents[edge.child].append(edge.parent)
        children[edge.parent].append(edge.child)

    def told(of: dict[int, list[int]]) -> dict[int, str]:
        words = {id: " ".join(map(str, sorted(ids, key=lambda one: middles[one][1]))) for id, ids in of.items()}
        return defaultdict(str, words)

    return told(parents), told(children)


def medium_words() -> dict[Medium, str]:
    """The media by name."""
    return {Medium.TEXT: _("Text"), Medium.IMAGE: _("Image"), Medium.AUDIO: _("Sound"), Medium.VIDEO: _("Video")}


def _drawn_node(
    node: Node, middle: tuple[int, int], media: Mapping[Medium, str], here: int, parents: str, children: str
) -> DrawnNode:
    title, maker = words_for(node)
    medium = media[node.medium]
    words = _("%(medium)s: %(title)s by %(maker)s", medium=medium, title=title, maker=maker) if maker else f"{medium}: {title}"
    x, y = middle[0], middle[1] - HEIGHT // 2
    return DrawnNode(node, x, y, _short(title, 19), _short(maker, 23), words, node.id == here, parents, children)


def words_for(node: Node) -> tuple[str, str]:
    """Title and maker of a node; what stands instead where the reader may not see them."""
    if node.is_tombstone:
        return _("A work that is gone"), ""
    if node.title is None:
        return (_("A class work"), "") if node.is_class_work else (_("A work that is not shown"), "")
    return node.title, hidden_name() if node.maker is None else node.maker


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _words_for_edge(edge: Edge, kinds: Mapping[EdgeKind, str]) -> str:
    """How the child used the parent, what lies between, and who says that it is not so."""
    words = kinds[edge.kind]
    if edge.through:
        words = ngettext("through %(num)d work that is left out", "through %(num)d works that are left out", edge.through)
    return f"{words}, {dispute_words(edge)}" if edge.is_disputed else words


def dispute_words(edge: Edge) -> str:
    """Who says that the edge is not true; '' where nobody does."""
    if not edge.is_disputed:
        return ""
    return _("disputed by %(maker)s", maker=edge.disputed_by) if edge.disputed_by else _("disputed")


def _drawn_edge(
    edge: Edge, middles: dict[int, tuple[int, int]], layout: Layout, here: int, kinds: Mapping[EdgeKind, str]
) -> DrawnEdge:
    bends = layout.bends.get((edge.parent, edge.child), ())
    path = _curve(middles[edge.parent], middles[edge.child], bends)
    return DrawnEdge(path, _words_for_edge(edge, kinds), here in (edge.child, edge.parent), edge.is_disputed, bool(edge.through))


def _curve(start: tuple[int, int], end: tuple[int, int], bends: Sequence[tuple[int, float]] = ()) -> str:
    """From the right side of a box to the left side of another, level through the columns between."""
    x, y = start[0] + WIDTH, start[1]
    path = f"M{x} {y}"
    points = [(MARGIN + column * (WIDTH + GAP_X), MARGIN + round(height)) for column, height in bends]
    for to_x, to_y in [*points, end]:
        bend = max(GAP_X // 2, (to_x - x) // 2)
        path += f"C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"
        if (to_x, to_y) != end:
            path += f"H{to_x + WIDTH}"
        x, y = to_x + WIDTH, to_y
    return path


def _line_to_bundle(bundle: Bundle, id: int, middles: dict[int, tuple[int, int]]) -> DrawnEdge:
    start, end = (bundle.node_id, id) if bundle.way is Way.AFTER else (id, bundle.node_id)
    return DrawnEdge(_curve(middles[start], middles[end]), "", False, is_contracted=True)


def _drawn_bundle(bundle: Bundle, middle: tuple[int, int], node: Node, lineage: Lineage) -> DrawnBundle:
    words = _bundle_words(bundle, node)
    label = _("more than %(num)s more", num=f"{bundle.count:,}") if bundle.is_more else _("%(num)s more", num=f"{bundle.count:,}")
    return DrawnBundle(bundle, middle[0], middle[1] - BUNDLE_HEIGHT // 2, label, words, _bundle_url(bundle, node, lineage))


def _bundle_words(bundle: Bundle, node: Node) -> str:
    """What a bundle holds, in words."""
    title, _maker = words_for(node)
    if bundle.is_more:
        return _("More than %(num)s works more that grew from “%(title)s”", num=f"{bundle.count:,}", title=title)
    if bundle.way is Way.AFTER:
        return ngettext(
            "%(num)d work more that grew from “%(title)s”", "%(num)d works more that grew from “%(title)s”", bundle.count, title=title
        )
    return ngettext(
        "%(num)d work more that “%(title)s” was built on", "%(num)d works more that “%(title)s” was built on", bundle.count, title=title
    )


def _bundle_url(bundle: Bundle, node: Node, lineage: Lineage) -> str | None:
    """Where the works of a bundle are: on the lineage of the work that they hang on; of the work itself, its next part."""
    if node.id == lineage.work_id:
        return f"/works/{node.id}/lineage?{bundle.way.value}={bundle.cursor or 0}"
    return f"{node.url}/lineage" if node.url else None
