"""The lineage for programs and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from typing import Any

from classprojects.web.shared.filters import absolute
from classprojects.works.tree import Edge, Lineage, Node

#: a cell that begins with one of these is a formula to spreadsheets (OWASP, CSV injection); a tab or a line end before it does not help
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

COLUMNS = ("id", "title", "maker", "medium", "published", "url", "state", "generation", "sources")


def lineage_as_json(lineage: Lineage) -> dict[str, Any]:
    """The lineage in the form that programs rely on. An edge says more only where there is more to say."""
    return {
        "work": str(lineage.work_id),
        "view": lineage.view.value,
        "is_cut": lineage.is_cut,
        "nodes": [
            {
                "id": str(node.id),
                "title": node.title,
                "maker": node.maker,
                "medium": node.medium.value,
                "url": absolute(node.url) if node.url else None,
                "tombstone": node.is_tombstone,
            }
            for node in lineage.nodes
        ],
        "edges": [_edge_as_json(edge) for edge in lineage.edges],
    }


def _edge_as_json(edge: Edge) -> dict[str, Any]:
    told: dict[str, Any] = {"child": str(edge.child), "parent": str(edge.parent), "kind": edge.kind.value}
    if edge.through:
        told["through"] = edge.through
    if edge.is_disputed:
        told["disputed"] = True
        told["disputed_by"] = edge.disputed_by
    return told


def lineage_as_csv(lineage: Lineage) -> str:
    """A table of works, one a line, with their sources as ``id:kind`` (RFC 4180)."""
    sources: dict[int, list[Edge]] = defaultdict(list)
    for edge in lineage.edges:
        sources[edge.child].append(edge)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for node in lineage.nodes:
        table.writerow([cell(value) for value in _row(node, sources[node.id])])
    return text.getvalue()


def _row(node: Node, sources: list[Edge]) -> tuple[str, ...]:
    state = "gone" if node.is_tombstone else "shown" if node.is_seen else "hidden"
    return (
        str(node.id),
        node.title or "",
        node.maker or "",
        node.medium.value,
        node.published_at.isoformat(timespec="seconds") if node.published_at else "",
        absolute(node.url) if node.url else "",
        state,
        str(node.generation),
        " ".join(f"{edge.parent}:{edge.kind.value}{':disputed' if edge.is_disputed else ''}" for edge in sources),
    )


def cell(value: str) -> str:
    """``value`` as a spreadsheet takes it for words, whatever it begins with."""
    return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value
