"""Whom a work owes something to: everybody upstream, with what was used and how."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from classprojects.core.database import db
from classprojects.works.lineage import CHUNK, get_ancestry
from classprojects.works.models import EdgeKind, ExternalSource, Work, WorkPicture, WorkVersion
from classprojects.works.queries import Viewer
from classprojects.works.tree import Edge, Lineage, Node


@dataclass(frozen=True)
class Credit:
    """A work that was used: directly, or by works that were used (``through``: the nearest of them)."""

    node: Node
    kinds: Sequence[EdgeKind]
    through: Node | None


@dataclass(frozen=True)
class OutsideCredit:
    """Something from elsewhere, and the work that used it."""

    address: str
    author: str
    licence: str
    used_in: Node


@dataclass(frozen=True)
class Credits:
    """Everything upstream of ``work``, nearest first."""

    work: Node
    works: Sequence[Credit]
    outside: Sequence[OutsideCredit]
    is_cut: bool = False


def get_credits(work: Work, viewer: Viewer) -> Credits:
    """Whom ``work`` is to be credited to besides its maker, as far as ``viewer`` may see them.

    What they may not see keeps its line without a name; what such a work used from
    elsewhere is not told, since it would describe it (P4).
    """
    ancestry = get_ancestry(work, viewer)
    nodes = {node.id: node for node in ancestry.nodes}
    used_by: dict[int, list[Edge]] = defaultdict(list)
    for edge in ancestry.edges:
        used_by[edge.parent].append(edge)
    distance = _distances(ancestry)
    works = []
    for id in sorted(distance, key=lambda id: (distance[id], id)):
        if id == work.id:
            continue
        direct = [edge for edge in used_by[id] if edge.child == work.id]
        nearest = min(used_by[id], key=lambda edge: (distance[edge.child], edge.child))
        kinds = [edge.kind for edge in direct] or [nearest.kind]
        works.append(Credit(nodes[id], kinds, None if direct else nodes[nearest.child]))
    return Credits(nodes[work.id], works, _outside(nodes, distance), ancestry.is_cut)


def _distances(ancestry: Lineage) -> dict[int, int]:
    """Steps up from the work to each of its ancestors."""
    parents: dict[int, list[int]] = defaultdict(list)
    for edge in ancestry.edges:
        parents[edge.child].append(edge.parent)
    distance, ring = {ancestry.work_id: 0}, [ancestry.work_id]
    while ring:
        step = distance[ring[0]] + 1
        ring = list(dict.fromkeys(parent for id in ring for parent in parents[id] if parent not in distance))
        distance.update(dict.fromkeys(ring, step))
    return distance


def _outside(nodes: dict[int, Node], distance: dict[int, int]) -> list[OutsideCredit]:
    seen = sorted(id for id, node in nodes.items() if node.is_seen)
    found: list[ExternalSource] = []
    for start in range(0, len(seen), CHUNK):
        statement = sa.select(ExternalSource).where(ExternalSource.work_id.in_(seen[start : start + CHUNK]))
        found += db.session.scalars(statement)
    found.sort(key=lambda source: (distance.get(source.work_id, 0), source.id))
    once = {(source.address, source.author, source.licence): source for source in reversed(found)}
    kept = [source for source in found if once[source.address, source.author, source.licence] is source]
    return [OutsideCredit(one.address, one.author, one.licence, nodes[one.work_id]) for one in kept]


def list_used_works(credits: Credits, most: int) -> list[Work]:
    """The work itself, then the ones it owes to that are seen, nearest first: with what downloading them takes."""
    ids = [credits.work.id, *(credit.node.id for credit in credits.works if credit.node.is_seen)][: most + 1]
    statement = (
        sa.select(Work)
        .where(Work.id.in_(ids))
        .options(
            joinedload(Work.maker),
            joinedload(Work.current_version).options(
                joinedload(WorkVersion.file), selectinload(WorkVersion.pictures).joinedload(WorkPicture.file)
            ),
        )
        .execution_options(populate_existing=True)
    )
    found = {work.id: work for work in db.session.scalars(statement)}
    return [found[id] for id in ids if id in found]
