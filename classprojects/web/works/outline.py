"""The lineage in words: a nested list that says the same as the map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from classprojects.web.shared.composer import EDGE_KINDS
from classprojects.web.works.drawing import GREW, DrawnBundle, dispute_words, words_for
from classprojects.works.models import EdgeKind
from classprojects.works.tree import Edge, Lineage, Node
from classprojects.works.walks import Way

#: an outline is not indented further than this, so that it stays readable
DEEPEST = 10
#: of a work's further sources so many are named
MOST_NAMED = 4


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
    dispute: str = ""
    #: what it was made from besides the line that it stands under
    also: str = ""
    #: (words, address or None) of what hangs on it and is not shown
    more: Sequence[tuple[str, str | None]] = ()


@dataclass(frozen=True)
class Outline:
    """The lineage in words; ``depth``: lists that are still open after the last line."""

    items: Sequence[OutlineItem]
    depth: int


def outline(lineage: Lineage, bundles: Sequence[DrawnBundle] = ()) -> Outline:
    """The lineage as a nested list: every root, and under it what grew from it; each work once.

    A work of several sources stands under the first of them that is met, and names the others.
    ``bundles``: as they were drawn.
    """
    by_id = {node.id: node for node in lineage.nodes}
    children: dict[int, list[Edge]] = defaultdict(list)
    parents: dict[int, list[Edge]] = defaultdict(list)
    for one in lineage.edges:
        children[one.parent].append(one)
        parents[one.child].append(one)
    more: dict[int, list[tuple[str, str | None]]] = defaultdict(list)
    for drawn in sorted(bundles, key=lambda one: one.bundle.way is Way.AFTER):
        more[drawn.bundle.node_id].append((drawn.words, drawn.url))
    grew = {kind: str(words) for kind, words in GREW.items()}
    built = {kind: str(words) for kind, words in EDGE_KINDS.items()}
    items: list[OutlineItem] = []
    told: set[int] = set()
    depth = 0
    # A stack, not recursion: a lineage can be deeper than Python's.
    waiting: list[tuple[int, Edge | None, int]] = [(node.id, None, 0) for node in reversed(lineage.roots)]
    while waiting:
        id, edge, level = waiting.pop()
        if id in told:
            continue
        told.add(id)
        level = min(level, DEEPEST)
        title, maker = words_for(by_id[id])
        others = [one for one in parents[id] if one is not edge]
        items.append(
            OutlineItem(
                node=by_id[id],
                title=title,
                maker=maker,
                kind="" if edge is None else grew[edge.kind] if not edge.through else _through(edge),
                opens=level > depth or not items,
                closes=max(0, depth - level),
                is_here=id == lineage.work_id,
                dispute=dispute_words(edge) if edge else "",
                also=_also(others, by_id, built) if others else "",
                more=more.get(id, ()),
            )
        )
        depth = level
        waiting.extend((one.child, one, level + 1) for one in reversed(children[id]))
    return Outline(items, depth)


def _through(edge: Edge) -> str:
    return ngettext("after %(num)d work that is left out", "after %(num)d works that are left out", edge.through)


def _also(edges: Sequence[Edge], by_id: dict[int, Node], built: dict[EdgeKind, str]) -> str:
    """The further sources in words, such as: also built on “First”, sampled from “Second”."""
    parts = []
    for edge in edges[:MOST_NAMED]:
        part = f"{built[edge.kind]} “{words_for(by_id[edge.parent])[0]}”"
        parts.append(f"{part} ({dispute_words(edge)})" if edge.is_disputed else part)
    words = _("also %(sources)s", sources=", ".join(parts))
    rest = len(edges) - MOST_NAMED
    return words if rest <= 0 else ngettext("%(words)s and %(num)d more", "%(words)s and %(num)d more", rest, words=words)
