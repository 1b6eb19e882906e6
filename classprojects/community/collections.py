"""Every SELECT about collections: works that somebody gathered. On pages they are called sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.accounts.models import Person
from classprojects.community.models import Collection, CollectionItem
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import PAGE_SIZE, Page, keyset_page, read_cursor, write_cursor
from classprojects.works.faces import list_faces_of
from classprojects.works.models import Work
from classprojects.works.queries import Viewer, for_card, open_works, visible_works

#: how many works the cover of a collection shows
COVER = 3


@dataclass(frozen=True)
class Listed:
    """A collection in a list: with what everybody sees of it, and how many that are."""

    collection: Collection
    count: int
    #: faces of its first works (see `works.faces`)
    cover: tuple[Any, ...]


def get_collection(set_id: int) -> Collection:
    """The collection with its owner; raises NotFound."""
    found = db.session.scalar(sa.select(Collection).where(Collection.id == set_id).options(joinedload(Collection.owner)))
    if found is None:
        raise NotFound
    return found


def find_by_once(key: str) -> Collection | None:
    """The collection that a form with this one-time key made."""
    return db.session.scalar(sa.select(Collection).where(Collection.once == key))


def list_items(collection: Collection, viewer: Viewer, after: str | None = None, size: int = PAGE_SIZE) -> Page[CollectionItem]:
    """One page of its works in order, as far as ``viewer`` may see them: the others are not there for them (P4)."""
    seen = visible_works(viewer).with_only_columns(Work.id)
    statement = (
        sa.select(CollectionItem)
        .where(CollectionItem.collection_id == collection.id, CollectionItem.work_id.in_(seen))
        .options(joinedload(CollectionItem.work).options(*for_card()))
        .order_by(CollectionItem.position, CollectionItem.work_id)
        .limit(size + 1)
    )
    place = read_cursor(after, [int, int])
    if place is not None:
        statement = statement.where(sa.tuple_(CollectionItem.position, CollectionItem.work_id) > sa.tuple_(*map(sa.literal, place)))
    items = list(db.session.scalars(statement))
    cursor = None
    if len(items) > size:
        items = items[:size]
        cursor = write_cursor([items[-1].position, items[-1].work_id])
    return Page(items, cursor)


def list_all_items(collection: Collection) -> list[CollectionItem]:
    """All of its places in order with their works, for its owner, who also sees which are not to be seen any more."""
    statement = (
        sa.select(CollectionItem)
        .where(CollectionItem.collection_id == collection.id)
        .options(joinedload(CollectionItem.work).options(*for_card()))
        .order_by(CollectionItem.position, CollectionItem.work_id)
    )
    return list(db.session.scalars(statement))


def count_items(collection: Collection, viewer: Viewer) -> int:
    """How many of its works ``viewer`` may see."""
    seen = visible_works(viewer).with_only_columns(Work.id)
    statement = sa.select(sa.func.count()).where(
        CollectionItem.collection_id == collection.id, CollectionItem.work_id.in_(seen)
    )
    return db.session.scalar(statement) or 0


def list_public(after: str | None = None, size: int = 12) -> Page[Listed]:
    """One page of public collections in which there is something to see, the latest changed first."""
    statement = _public().where(_shown_count() > 0)
    return _listed(_in_order(statement, after, size))


def list_public_by(person: Person, size: int = 12) -> list[Listed]:
    """The latest public collections of ``person`` in which there is something to see."""
    statement = _public().where(Collection.owner_id == person.id, _shown_count() > 0)
    return list(_listed(_in_order(statement, None, size)).items)


def list_own(person: Person) -> list[Collection]:
    """All collections of ``person``, the latest changed first, for themselves."""
    statement = sa.select(Collection).where(Collection.owner_id == person.id)
    return list(db.session.scalars(statement.order_by(Collection.touched_at.desc(), Collection.id.desc())))


def list_own_ids_with(person: Person, work: Work) -> set[int]:
    """Which of their collections hold ``work`` already."""
    statement = (
        sa.select(CollectionItem.collection_id)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(Collection.owner_id == person.id, CollectionItem.work_id == work.id)
    )
    return set(db.session.scalars(statement))


def _public() -> sa.Select[Collection]:
    return sa.select(Collection).where(Collection.is_public).options(joinedload(Collection.owner))


def _shown_count() -> sa.ScalarSelect[int]:
    """How many works of a collection everybody sees."""
    return (
        open_works()
        .with_only_columns(sa.func.count(), maintain_column_froms=True)
        .join(CollectionItem, CollectionItem.work_id == Work.id)
        .where(CollectionItem.collection_id == Collection.id)
        .correlate(Collection)
        .scalar_subquery()
    )


def _in_order(statement: sa.Select[Collection], after: str | None, size: int) -> Page[Collection]:
    order: list[tuple[Any, type]] = [(Collection.touched_at, datetime), (Collection.id, int)]
    return keyset_page(db.session, statement, order, after, size)


def _listed(page: Page[Collection]) -> Page[Listed]:
    """Counts and covers for a page of collections, in two queries more."""
    ids = [one.id for one in page.items]
    counts, firsts = _counts_of(ids), _firsts_of(ids)
    faces = {face.id: face for face in list_faces_of({id for found in firsts.values() for id in found})}
    return page.map(
        lambda one: Listed(
            one,
            counts.get(one.id, 0),
            tuple(faces[id] for id in firsts.get(one.id, ()) if id in faces),
        )
    )


def _counts_of(ids: Iterable[int]) -> dict[int, int]:
    statement = (
        open_works()
        .with_only_columns(CollectionItem.collection_id, sa.func.count())
        .where(CollectionItem.work_id == Work.id)
        .where(CollectionItem.collection_id.in_(list(ids)))
        .group_by(CollectionItem.collection_id)
    )
    return {id: number for id, number in db.session.execute(statement)}  # noqa: C416 - rows are no pairs to a type checker


def _firsts_of(ids: Iterable[int]) -> dict[int, list[int]]:
    """The first works that everybody sees, of each collection."""
    place = sa.func.row_number().over(
        partition_by=CollectionItem.collection_id, order_by=(CollectionItem.position, CollectionItem.work_id)
    )
    ranked = (
        open_works()
        .with_only_columns(CollectionItem.collection_id, CollectionItem.work_id, place.label("place"))
        .where(CollectionItem.work_id == Work.id)
        .where(CollectionItem.collection_id.in_(list(ids)))
        .subquery()
    )
    firsts: dict[int, list[int]] = {}
    statement = sa.select(ranked.c.collection_id, ranked.c.work_id).where(ranked.c.place <= COVER).order_by(ranked.c.place)
    for collection_id, work_id in db.session.execute(statement):
        firsts.setdefault(collection_id, []).append(work_id)
    return firsts
