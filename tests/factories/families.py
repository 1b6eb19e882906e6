"""Large families, written straight into the tables: ten thousand works through the actions would take minutes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import timedelta

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.discussions.models import Thread
from classprojects.works.models import EdgeKind, Medium, RemixEdge, TextLayout, Work, WorkStatus, WorkVersion
from tests.factories.people import inside

Pairs = Iterable[tuple[int, int]]


def plant(count: int, pairs: Pairs, makers: Sequence[Person]) -> list[int]:
    """``count`` published texts in turn by ``makers``; ``pairs``: (child, parent) by their place from 0. Their ids."""
    pairs = sorted(set(pairs))
    now = clock.now() - timedelta(days=400)
    with inside():
        session = db.session
        first = {model: (session.scalar(sa.select(sa.func.max(model.id))) or 0) + 1 for model in (Thread, Work, WorkVersion, RemixEdge)}
        ids = [first[Work] + place for place in range(count)]
        sources, remixes = [0] * count, [0] * count
        for child, parent in pairs:
            sources[child] += 1
            remixes[parent] += 1
        session.execute(sa.insert(Thread), [{"id": first[Thread] + place, "created_at": now} for place in range(count)])
        session.execute(
            sa.insert(Work),
            [
                {
                    "id": ids[place], "maker_id": makers[place % len(makers)].id, "medium": Medium.TEXT, "status": WorkStatus.PUBLISHED,
                    "thread_id": first[Thread] + place, "created_at": now, "published_at": now + timedelta(minutes=place),
                    "hearts_count": 0, "comments_count": 0, "sources_count": sources[place], "remixes_count": remixes[place],
                }
                for place in range(count)
            ],
        )  # fmt: skip
        session.execute(
            sa.insert(WorkVersion),
            [
                {
                    "id": first[WorkVersion] + place, "work_id": ids[place], "number": 1, "title": f"Work number {place}",
                    "body": "A line.", "body_html": "<p>A line.</p>", "excerpt": "A line.", "note": "", "alt_text": "",
                    "language": "en", "layout": TextLayout.PROSE, "captions": "", "created_at": now,
                }
                for place in range(count)
            ],
        )  # fmt: skip
        session.execute(sa.update(Work).where(Work.id.in_(_range(ids))).values(current_version_id=Work.id + (first[WorkVersion] - ids[0])))
        if pairs:
            session.execute(
                sa.insert(RemixEdge),
                [
                    {
                        "id": first[RemixEdge] + number, "child_id": ids[child], "parent_id": ids[parent],
                        "parent_version_id": first[WorkVersion] + parent, "kind": EdgeKind.BUILT_ON, "note": "", "created_at": now,
                    }
                    for number, (child, parent) in enumerate(pairs)
                ],
            )  # fmt: skip
        _count_on(session)
    db.session.commit()
    return ids


def _range(ids: Sequence[int]) -> sa.Select[tuple[int]]:
    return sa.select(Work.id).where(Work.id.between(ids[0], ids[-1]))


def _count_on(session: sa.orm.scoped_session) -> None:
    """PostgreSQL's counters follow what was written with ids of our own, and its planner what there is now."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for model in (Thread, Work, WorkVersion, RemixEdge):
        table = model.__tablename__
        session.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"))  # noqa: S608
        session.execute(sa.text(f"ANALYZE {table}"))


def fan(count: int) -> Pairs:
    """One work that all others were made from."""
    return [(place, 0) for place in range(1, count)]


def chain(count: int) -> Pairs:
    """Each made from the one before."""
    return [(place, place - 1) for place in range(1, count)]


def tree(count: int, width: int = 8) -> Pairs:
    """Each has ``width`` remixes, until there are enough."""
    return [(place, (place - 1) // width) for place in range(1, count)]


def layers(count: int, width: int = 50, sources: int = 6) -> Pairs:
    """Generations of ``width`` works, each made from ``sources`` of the generation before."""
    return [
        (place, place // width * width - width + (place * 7 + step * 3) % width)
        for place, step in itertools.product(range(width, count), range(sources))
    ]


def diamonds(count: int) -> Pairs:
    """Two made from one, and one from both, again and again: ways double with every generation."""
    pairs = []
    for place in range(1, count):
        if place % 3 == 0:
            pairs += [(place, place - 1), (place, place - 2)]
        else:
            pairs.append((place, (place - 1) // 3 * 3))
    return pairs


#: by name: how the pairs of so many works are made
SHAPES = {"fan": fan, "chain": chain, "tree": tree, "layers": layers, "diamonds": diamonds}
