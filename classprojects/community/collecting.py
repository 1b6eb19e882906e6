"""What people do with collections: begin, name, fill, put in order, take apart."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.community import collections
from classprojects.community.models import Collection, CollectionItem
from classprojects.core import clock
from classprojects.core.database import db, hold, insert_into, lock_row
from classprojects.core.errors import DomainError, NotFound
from classprojects.core.ids import once_key
from classprojects.works.bylines import ensure_named
from classprojects.works.models import Work
from classprojects.works.queries import Viewer, is_visible

LONGEST_TITLE = 120
LONGEST_DESCRIPTION = 1000
LONGEST_NOTE = 500
MOST_ITEMS = 500
MOST_COLLECTIONS = 200
#: between two places, so that a work moves without its neighbours
GAP = 1 << 20


class BadCollection(DomainError):
    """What was said about a collection cannot stand; ``field`` says what."""


@dataclass(frozen=True)
class CollectionDraft:
    """A collection as somebody means it."""

    title: str
    description: str = ""
    is_public: bool = False
    #: the form's one-time key: sending it twice makes one
    once: str | None = None


def begin_collection(owner: Person, draft: CollectionDraft) -> Collection:
    """A new, empty collection. Raises BadCollection."""
    hold(db.session, "collections", owner.id)
    key = once_key(owner.id, draft.once)
    earlier = collections.find_by_once(key) if key else None
    if earlier is not None:
        return earlier
    _check(draft)
    if len(collections.list_own(owner)) >= MOST_COLLECTIONS:
        raise BadCollection(_("You have %(most)d sets, which is as many as one can have. Delete one first.", most=MOST_COLLECTIONS))
    now = clock.now()
    collection = Collection(
        owner_id=owner.id,
        title=draft.title,
        description=draft.description,
        is_public=draft.is_public,
        once=key,
        items_count=0,
        created_at=now,
        touched_at=now,
    )
    db.session.add(collection)
    db.session.flush()
    return collection


def _check(draft: CollectionDraft) -> None:
    if not draft.title:
        raise BadCollection(_("Give the set a name."), field="title")
    if len(draft.title) > LONGEST_TITLE:
        raise BadCollection(_("A name has at most %(most)d characters.", most=LONGEST_TITLE), field="title")
    if len(draft.description) > LONGEST_DESCRIPTION:
        raise BadCollection(_("A description has at most %(most)d characters.", most=LONGEST_DESCRIPTION), field="description")


def describe_collection(collection: Collection, draft: CollectionDraft) -> None:
    """Another name, description or audience. Raises BadCollection."""
    _check(draft)
    collection.title, collection.description, collection.is_public = draft.title, draft.description, draft.is_public
    collection.touched_at = clock.now()
    db.session.flush()


def add_to_collection(collection: Collection, work: Work, *, viewer: Viewer) -> bool:
    """Put ``work`` at the end; whether it is new there. Raises NotFound (they may not see it), BadCollection (full)."""
    if not is_visible(work, viewer):
        raise NotFound
    ensure_named(work)
    _lock(collection)
    last, number = db.session.execute(
        sa.select(sa.func.max(CollectionItem.position), sa.func.count()).where(
            CollectionItem.collection_id == collection.id
        )
    ).one()
    if number >= MOST_ITEMS and work.id not in _work_ids(collection):
        raise BadCollection(_("“%(title)s” is full: a set holds at most %(most)d works.", title=collection.title, most=MOST_ITEMS))
    statement = insert_into(db.session, CollectionItem).values(
        collection_id=collection.id, work_id=work.id, position=(last or 0) + GAP, note="", added_at=clock.now()
    )
    inserted = db.session.scalar(statement.on_conflict_do_nothing().returning(CollectionItem.work_id))
    _count(collection)
    return inserted is not None


def take_from_collection(collection: Collection, work_id: int) -> bool:
    """Take a work out; whether it was there."""
    _lock(collection)
    statement = sa.delete(CollectionItem).where(
        CollectionItem.collection_id == collection.id, CollectionItem.work_id == work_id
    )
    taken = db.session.scalar(statement.returning(CollectionItem.work_id))
    _count(collection)
    return taken is not None


def move_in_collection(collection: Collection, work_id: int, place: int) -> None:
    """Put a work at ``place`` (from 1; past either end means the end). Raises NotFound when it is not in there."""
    _lock(collection)
    ids = _work_ids(collection)
    if work_id not in ids:
        raise NotFound
    others = [id for id in ids if id != work_id]
    at = min(max(place - 1, 0), len(others))
    others.insert(at, work_id)
    # Written anew as a whole: a set has at most 500 places, and gaps need no care then.
    if others != ids:
        items = {item.work_id: item for item in collections.list_all_items(collection)}
        for number, id in enumerate(others, start=1):
            items[id].position = number * GAP
        collection.touched_at = clock.now()
    db.session.flush()


def note_in_collection(collection: Collection, work_id: int, note: str) -> None:
    """Say something about a work's place in the collection. Raises NotFound, BadCollection."""
    if len(note) > LONGEST_NOTE:
        raise BadCollection(_("A note has at most %(most)d characters.", most=LONGEST_NOTE), field="note")
    item = db.session.get(CollectionItem, (collection.id, work_id))
    if item is None:
        raise NotFound
    item.note = note
    db.session.flush()


def delete_collection(collection: Collection) -> None:
    """Take the collection apart; the works stay what they are."""
    db.session.execute(sa.delete(CollectionItem).where(CollectionItem.collection_id == collection.id))
    db.session.delete(collection)
    db.session.flush()


def forget_collections(person: Person) -> None:
    """Delete all that ``person`` gathered: they leave."""
    for collection in collections.list_own(person):
        delete_collection(collection)


def _lock(collection: Collection) -> None:
    """One at a time from here: places and counts are read and written."""
    db.session.scalar(lock_row(db.session, sa.select(Collection.id).where(Collection.id == collection.id)))


def _work_ids(collection: Collection) -> list[int]:
    statement = sa.select(CollectionItem.work_id).where(CollectionItem.collection_id == collection.id)
    return list(db.session.scalars(statement.order_by(CollectionItem.position, CollectionItem.work_id)))


def _count(collection: Collection) -> None:
    collection.items_count = len(_work_ids(collection))
    collection.touched_at = clock.now()
    db.session.flush()
