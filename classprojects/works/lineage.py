"""Where a work comes from and what grew from it: the graph of remixes as one reader may see it.

Reads only. Written against one rule that the actions keep: the graph is acyclic (P5).

A lineage can be larger than anybody can look at. What is answered is the part nearest
to the work, connected, with **bundles** that say where more hangs; each leads to a
lineage of its own. The cost follows what is shown, never what there is.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.core.database import db
from classprojects.works import walks
from classprojects.works.bylines import is_maker_hidden
from classprojects.works.models import EdgeDispute, EdgeKind, Medium, RemixEdge, Work, WorkStatus, WorkVersion
from classprojects.works.queries import Viewer, is_visible
from classprojects.works.tree import Bundle, Edge, Lineage, Node, View
from classprojects.works.walks import Way

#: how many works a map draws at most
MOST_DRAWN = 80
#: how many sources or remixes of one work stand beside each other on a map
FAN = 24
#: how far programs, tables and filters look
MOST_LISTED = 2000
#: what hangs in a bundle is counted up to here
MOST_COUNTED = 1000


class Place(NamedTuple):
    """What is asked of a work to put it on a map: one row."""

    id: int
    medium: Medium
    status: WorkStatus
    maker_id: int
    space_id: int | None
    shared_at: datetime | None
    published_at: datetime | None
    sources_count: int
    title: str | None
    maker: str
    handle: str | None
    veiled_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.space_id is None or self.shared_at is not None


#: the columns of a :class:`Place`; the statement joins people and (outer) the newest version
PLACE = (
    Work.id, Work.medium, Work.status, Work.maker_id, Work.space_id, Work.shared_at, Work.published_at, Work.sources_count,
    WorkVersion.title, Person.name, Person.handle, Work.veiled_at,
)  # fmt: skip


def ancestor_ids(session: Any, work_id: int) -> list[int]:
    """Ids of every work that ``work_id`` was made from, directly or not, drafts too: for the rules."""
    return _all_ids(session, work_id, RemixEdge.child_id, RemixEdge.parent_id)


def descendant_ids(session: Any, work_id: int) -> list[int]:
    """Ids of every work that was made from ``work_id``, directly or not, drafts too: for the rules."""
    return _all_ids(session, work_id, RemixEdge.parent_id, RemixEdge.child_id)


def _all_ids(session: Any, work_id: int, from_: Any, to: Any) -> list[int]:
    reached = sa.select(to.label("id")).where(from_ == work_id).cte("reached", recursive=True)
    reached = reached.union(sa.select(to).where(from_ == reached.c.id))
    return list(session.scalars(sa.select(reached.c.id)))


def get_lineage(
    work: Work,
    viewer: Viewer,
    *,
    view: View = View.LINEAGE,
    most: int = MOST_DRAWN,
    fan: int = FAN,
    after: int = 0,
    before: int = 0,
) -> Lineage:
    """What lies nearest to ``work`` in its lineage or family, as ``viewer`` may see it, in five queries.

    At most ``most`` works, of which at most ``fan`` beside each other hang on the same
    one. ``after`` and ``before``: cursors of a :class:`Bundle` of the work itself.
    """
    fan = max(1, min(fan, (most - 1) // 2))
    earlier = walks.walk(work.id, Way.BEFORE, most=most, fan=fan, past=before)
    room = most - 1
    if view is View.FAMILY:
        near = [work.id, *earlier[: room // 2]]
        later = walks.walk_from(near, Way.AFTER, reader=viewer.person_id, most=most, fan=fan)
        near += later[len(near) :]
    else:
        later = walks.walk(work.id, Way.AFTER, reader=viewer.person_id, most=most, fan=fan, past=after)
        up = min(len(earlier), max(room // 2, room - len(later)))
        near = [work.id, *earlier[:up], *later[: room - up]]
    ties = list_edges(set(near))
    # Both ways are walked nearest first, so that the part is connected; were it not, only what is would be shown.
    chosen = nearest_ids(work.id, ties, most)
    places = list_places(chosen)
    lineage = assemble(work.id, places, ties, viewer, view)
    # What may have more before it lies before the work; what may have more after it, after. In a family everything may.
    above, below = chosen & {work.id, *earlier}, chosen & {work.id, *later}
    bundles = _bundles(lineage, places, above, below, viewer, {Way.BEFORE: before, Way.AFTER: after}, fan)
    return replace(lineage, bundles=bundles, is_cut=bool(bundles))


def get_wide_lineage(work: Work, viewer: Viewer, *, view: View = View.LINEAGE, most: int = MOST_LISTED) -> Lineage:
    """As :func:`get_lineage`, as much as programs and tables take, without bundles."""
    earlier = walks.walk(work.id, Way.BEFORE, most=most, fan=most)
    starts = [work.id, *earlier] if view is View.FAMILY else [work.id]
    later = walks.walk_from(starts, Way.AFTER, reader=viewer.person_id, most=most + 1, fan=most)
    edges = list_edges({*earlier, *later})
    chosen = nearest_ids(work.id, edges, most)
    lineage = assemble(work.id, list_places(chosen), edges, viewer, view)
    is_cut = len(earlier) >= most or len(later) > most or len({*earlier, *later}) > len(chosen)
    return replace(lineage, is_cut=is_cut)


def get_ancestry(work: Work, viewer: Viewer, most: int = MOST_LISTED) -> Lineage:
    """The work and everything that it was made from: for credits."""
    ids = {work.id, *walks.walk(work.id, Way.BEFORE, most=most, fan=most)}
    lineage = assemble(work.id, list_places(ids), list_edges(ids), viewer)
    return replace(lineage, is_cut=len(ids) > most)


class Tie(NamedTuple):
    """An edge, and who disputes it."""

    id: int
    child: int
    parent: int
    kind: EdgeKind
    disputer_id: int | None = None
    disputer: str | None = None


#: ids a statement takes at once: PostgreSQL and SQLite allow more, their planners like fewer
CHUNK = 900


def list_edges(ids: Collection[int]) -> list[Tie]:
    """Every edge between two of these works, in the order in which they were made, each once."""
    ordered = sorted(ids)
    found: dict[int, Tie] = {}
    for start in range(0, len(ordered), CHUNK):
        statement = (
            sa.select(RemixEdge.id, RemixEdge.child_id, RemixEdge.parent_id, RemixEdge.kind, EdgeDispute.person_id, Person.name)
            .outerjoin(EdgeDispute, sa.and_(EdgeDispute.edge_id == RemixEdge.id, EdgeDispute.withdrawn_at.is_(None)))
            .outerjoin(Person, Person.id == EdgeDispute.person_id)
            .where(RemixEdge.child_id.in_(ordered[start : start + CHUNK]))
            .order_by(RemixEdge.id, EdgeDispute.id)
        )
        if len(ordered) <= CHUNK:
            statement = statement.where(RemixEdge.parent_id.in_(ordered))
        for row in db.session.execute(statement):
            if row[2] in ids and row[0] not in found:
                found[row[0]] = Tie(*row)
    return [found[id] for id in sorted(found)]


def nearest_ids(start: int, edges: Iterable[Tie | Edge], most: int) -> set[int]:
    """The ``most`` works nearest to ``start``, counted in steps either way; of equally near ones the oldest."""
    beside: dict[int, list[int]] = defaultdict(list)
    for edge in edges:
        beside[edge.child].append(edge.parent)
        beside[edge.parent].append(edge.child)
    chosen, ring = {start}, [start]
    while ring:
        ring = sorted({other for id in ring for other in beside[id]} - chosen)
        for id in ring:
            if len(chosen) == most:
                return chosen
            chosen.add(id)
    return chosen


def nearest_part(lineage: Lineage, most: int) -> Lineage:
    """The ``most`` works of ``lineage`` that are nearest to the one it is about."""
    if len(lineage.nodes) <= most:
        return lineage
    kept = nearest_ids(lineage.work_id, lineage.edges, most)
    edges = [edge for edge in lineage.edges if edge.child in kept and edge.parent in kept]
    generations = generations_of(sorted(kept), [(edge.child, edge.parent) for edge in edges])
    nodes = [replace(node, generation=generations[node.id]) for node in lineage.nodes if node.id in kept]
    return replace(lineage, nodes=nodes, edges=edges, bundles=(), is_cut=True)


def list_places(ids: Collection[int]) -> list[Place]:
    """The rows of these works, whoever asks."""
    ordered = sorted(ids)
    places = []
    for start in range(0, len(ordered), CHUNK):
        statement = (
            sa.select(*PLACE)
            .join(Person, Person.id == Work.maker_id)
            .outerjoin(WorkVersion, WorkVersion.id == Work.current_version_id)
            .where(Work.id.in_(ordered[start : start + CHUNK]))
        )
        places += [Place._make(row) for row in db.session.execute(statement)]
    return places


def assemble(work_id: int, places: Iterable[Place], ties: Iterable[Tie], viewer: Viewer, view: View = View.LINEAGE) -> Lineage:
    """Nodes and edges as ``viewer`` may see them; ties to works that are not among ``places`` are left out."""
    held = {place.id: place for place in places}
    ties = [tie for tie in ties if tie.child in held and tie.parent in held]
    generations = generations_of(list(held), [(tie.child, tie.parent) for tie in ties])
    nodes = sorted((_node(place, viewer, generations[place.id]) for place in held.values()), key=lambda node: (node.generation, node.id))
    makers = {node.id: node.maker_id for node in nodes if node.is_seen}
    return Lineage(work_id, nodes, [_edge(tie, makers) for tie in ties], view=view)


def _node(place: Place, viewer: Viewer, generation: int) -> Node:
    is_gone = place.status is WorkStatus.ERASED
    if is_visible(place, viewer):
        is_named = not is_maker_hidden(place, viewer)
        return Node(
            id=place.id,
            medium=place.medium,
            title=place.title or "",
            maker=place.maker if is_named else None,
            url=f"/works/{place.id}",
            is_tombstone=False,
            is_class_work=not place.is_open,
            generation=generation,
            maker_handle=place.handle if is_named else None,
            maker_id=place.maker_id if is_named else None,
            published_at=place.published_at,
        )
    has_page = is_gone and place.published_at is not None and place.is_open
    return Node(
        id=place.id,
        medium=place.medium,
        title=None,
        maker=None,
        url=f"/works/{place.id}" if has_page else None,
        is_tombstone=is_gone,
        is_class_work=not place.is_open,
        generation=generation,
    )


def _edge(tie: Tie, makers: dict[int, int | None]) -> Edge:
    is_disputed = tie.disputer_id is not None
    # Only makers of the two works dispute: a name would give away who made the hidden one.
    is_told = is_disputed and tie.disputer_id in (makers.get(tie.child), makers.get(tie.parent))
    return Edge(tie.child, tie.parent, tie.kind, 0, is_disputed, tie.disputer if is_told else None, tie.id)


def generations_of(ids: Sequence[int], edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Longest distance from a root, for each id; ``edges``: (child, parent) (Kahn's order)."""
    generation = dict.fromkeys(ids, 0)
    waiting: dict[int, int] = defaultdict(int)
    children: dict[int, list[int]] = defaultdict(list)
    for child, parent in edges:
        waiting[child] += 1
        children[parent].append(child)
    ready = deque(id for id in ids if not waiting[id])
    while ready:
        parent = ready.popleft()
        for child in children[parent]:
            generation[child] = max(generation[child], generation[parent] + 1)
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return generation


def _bundles(
    lineage: Lineage,
    places: Sequence[Place],
    above: set[int],
    below: set[int],
    viewer: Viewer,
    past: dict[Way, int],
    fan: int,
) -> list[Bundle]:
    """What hangs on the nodes and is not shown."""
    centre = lineage.work_id
    shown: dict[Way, dict[int, list[int]]] = {Way.BEFORE: defaultdict(list), Way.AFTER: defaultdict(list)}
    for edge in lineage.edges:
        shown[Way.BEFORE][edge.child].append(edge.id)
        shown[Way.AFTER][edge.parent].append(edge.id)
    before = {place.id: place.sources_count for place in places if place.id in above}
    if past[Way.BEFORE]:
        before[centre] = _count_sources(centre, past[Way.BEFORE])
    after = walks.count_next(sorted(below), viewer.person_id, MOST_COUNTED, centre, past[Way.AFTER])
    bundles = []
    for way, counted in ((Way.BEFORE, before), (Way.AFTER, after)):
        for node in lineage.nodes:
            start = past[way] if node.id == centre else 0
            ids = sorted(id for id in shown[way][node.id] if id > start)
            rest = counted.get(node.id, 0) - len(ids)
            is_more = way is Way.AFTER and counted.get(node.id, 0) >= MOST_COUNTED
            if rest > 0 or is_more:
                # All of the first ``fan`` are drawn; any further one is drawn because of another tie.
                cursor = ids[min(fan, len(ids)) - 1] if node.id == centre and ids else None
                bundles.append(Bundle(node.id, way, max(rest, 1), is_more, cursor))
    return bundles


def _count_sources(work_id: int, past: int) -> int:
    statement = sa.select(sa.func.count()).select_from(RemixEdge).where(RemixEdge.child_id == work_id, RemixEdge.id > past)
    return db.session.scalar(statement) or 0
