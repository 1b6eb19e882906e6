"""The family of one work in one query: for the strip on its page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.core.database import Id, db, prepared
from classprojects.works.lineage import PLACE, Place, Tie, assemble, nearest_ids
from classprojects.works.models import RemixEdge, Work, WorkVersion
from classprojects.works.queries import Viewer
from classprojects.works.tree import Lineage, View
from classprojects.works.walks import Way, follow

#: up to how many works are counted
MOST_KIN = 100
#: how many generations of sources are gone up at most
MOST_UP = 40


def find_family(work: Work, viewer: Viewer) -> Lineage | None:
    """The works related to ``work``: what it was made from, and all that grew from that. None where it stands alone.

    Up to MOST_KIN of them (``is_cut``: there are more), without bundles.
    """
    if not work.sources_count and not work.remixes_count:
        return None  # the second count leaves out only what visitors may not see
    facts = {"start": work.id, "reader": viewer.person_id, "fan": MOST_KIN + 1, "up": MOST_UP, "most": MOST_KIN + 1}
    places: dict[int, Place] = {}
    ties: list[Tie] = []
    for edge_id, parent, kind, *place in db.session.execute(_family(_is_postgres()), facts):
        at = Place(*place)
        places[at.id] = at
        if edge_id is not None:
            ties.append(Tie(edge_id, at.id, parent, kind))
    is_cut = len(places) > MOST_KIN
    if is_cut:
        # Rows come in any order, so that leaving out the last could cut the family in two.
        kept = nearest_ids(work.id, [tie for tie in ties if tie.parent in places], MOST_KIN)
        places = {id: place for id, place in places.items() if id in kept}
    lineage = assemble(work.id, places.values(), sorted(ties), viewer, View.FAMILY)
    return replace(lineage, is_cut=is_cut) if lineage.edges else None


def _is_postgres() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


@prepared
def _family(is_postgres: bool) -> sa.Select[*tuple[Any, ...]]:
    """A row for each edge to a work of the family, and one for each work that has none."""
    start = sa.select(sa.bindparam("start", type_=Id).label("id"))
    up = follow(start, Way.BEFORE, "up", is_postgres)
    sources = sa.select(up.c.id).limit(sa.bindparam("up")).subquery()
    down = follow(sa.select(sources.c.id), Way.AFTER, "down", is_postgres)
    found = sa.select(down.c.id).limit(sa.bindparam("most")).subquery()
    return (
        sa.select(RemixEdge.id, RemixEdge.parent_id, RemixEdge.kind, *PLACE)
        .select_from(found)
        .join(Work, Work.id == found.c.id)
        .join(Person, Person.id == Work.maker_id)
        .outerjoin(WorkVersion, WorkVersion.id == Work.current_version_id)
        .outerjoin(RemixEdge, RemixEdge.child_id == Work.id)
    )
