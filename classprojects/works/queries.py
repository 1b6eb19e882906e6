"""Every SELECT about works: who sees which, one with everything its page shows, lists of cards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from classprojects.accounts.models import Person
from classprojects.core.database import MAX_ID, db, prepared
from classprojects.core.errors import NotFound
from classprojects.core.pagination import PAGE_SIZE, Page, in_order, keyset_page, page_of
from classprojects.media.models import MediaFile
from classprojects.works.models import (
    EdgeDispute,
    ExternalSource,
    Heart,
    Medium,
    RemixEdge,
    Space,
    Work,
    WorkPicture,
    WorkStatus,
    WorkTag,
    WorkVersion,
)

#: the walls' orders, by their words in the address
SORTS = ("new", "loved", "remixed")
#: what the wall can be narrowed to: works that wait for an answer (P16), and works that others grew from
FILTERS = ("never-remixed", "no-comments", "roots")


@dataclass(frozen=True)
class Viewer:
    """Who looks, as far as works are concerned: the facts, so that queries ask no policy."""

    person_id: int | None
    #: spaces of the classes that they may look into at this moment
    space_ids: frozenset[int] = field(default_factory=frozenset)
    is_staff: bool = False

    def sees_space(self, space_id: int | None) -> bool:
        """Whether works of this space are theirs to see; None is the open area."""
        return space_id is None or self.is_staff or space_id in self.space_ids


VISITOR = Viewer(None)


class HasPlace(Protocol):
    """What decides on who sees a work: a Work has it, and so has a :class:`Standing`."""

    @property
    def status(self) -> WorkStatus:
        """Where it stands."""

    @property
    def maker_id(self) -> int:
        """Who made it."""

    @property
    def space_id(self) -> int | None:
        """Its class's space; None is the open area."""

    @property
    def is_open(self) -> bool:
        """Whether it is shown in the open area."""


@dataclass(frozen=True)
class Standing:
    """A work as it stands at this moment, read past what the session remembers."""

    id: int
    maker_id: int
    status: WorkStatus
    space_id: int | None
    shared_at: datetime | None
    version_id: int | None
    title: str

    @property
    def is_open(self) -> bool:
        return self.space_id is None or self.shared_at is not None


def is_visible(work: HasPlace, viewer: Viewer) -> bool:
    """Whether ``viewer`` may see what ``work`` shows. The same rule as :func:`visible_works`.

    A maker sees their own in any state (P2), and nobody sees what was erased.
    """
    if work.status is WorkStatus.ERASED:
        return False
    if work.maker_id == viewer.person_id:
        return True
    if work.status is WorkStatus.PUBLISHED:
        return work.is_open or viewer.sees_space(work.space_id)
    return viewer.is_staff and work.status is not WorkStatus.DRAFT


def is_tombstone_for(work: Work, viewer: Viewer) -> bool:
    """Whether ``work`` is gone, and ``viewer`` may know that it was there."""
    if work.status is not WorkStatus.ERASED or work.published_at is None:
        return False
    return work.is_open or work.maker_id == viewer.person_id or viewer.sees_space(work.space_id)


def visible_works(viewer: Viewer) -> sa.Select[Work]:
    """Every work that ``viewer`` may see."""
    return sa.select(Work).where(_visible_to(viewer))


def published_works(viewer: Viewer) -> sa.Select[Work]:
    """Every published work that ``viewer`` may see: what lists are made of."""
    shown = _in_view(viewer)
    if viewer.person_id is not None and not viewer.is_staff:
        shown = sa.or_(shown, Work.maker_id == viewer.person_id)
    return sa.select(Work).where(Work.status == WorkStatus.PUBLISHED, shown)


def open_works() -> sa.Select[Work]:
    """Every published work of the open area: for walls, feeds and sitemaps. Asks nothing about anybody (P1)."""
    return sa.select(Work).where(Work.status == WorkStatus.PUBLISHED, _is_open())


def _is_open() -> sa.ColumnElement[bool]:
    return sa.or_(Work.space_id.is_(None), Work.shared_at.is_not(None))


def _in_view(viewer: Viewer) -> sa.ColumnElement[bool]:
    if viewer.is_staff:
        return sa.true()
    if viewer.space_ids:
        return sa.or_(_is_open(), Work.space_id.in_(viewer.space_ids))
    return _is_open()


def _visible_to(viewer: Viewer) -> sa.ColumnElement[bool]:
    ways = [sa.and_(Work.status == WorkStatus.PUBLISHED, _in_view(viewer))]
    if viewer.person_id is not None:
        ways.append(Work.maker_id == viewer.person_id)
    if viewer.is_staff:
        ways.append(Work.status != WorkStatus.DRAFT)
    return sa.and_(Work.status != WorkStatus.ERASED, sa.or_(*ways))


def for_card() -> tuple[Any, ...]:
    """Loader options for what a card shows: maker, newest version, its file and its space, in one query.

    Only the columns that a card shows: a wall loads a hundred rows, and whole texts
    stay where they are until somebody asks.
    """
    return (
        defer(Work.created_at),
        defer(Work.submission_key),
        defer(Work.erased_at),
        joinedload(Work.maker).load_only(Person.handle, Person.name, Person.picture_key, Person.left_at),
        joinedload(Work.current_version).options(
            defer(WorkVersion.body),
            defer(WorkVersion.body_html),
            defer(WorkVersion.note),
            defer(WorkVersion.captions),
            defer(WorkVersion.created_at),
            joinedload(WorkVersion.file).load_only(
                MediaFile.public_id,
                MediaFile.owner_id,
                MediaFile.kind,
                MediaFile.state,
                MediaFile.width,
                MediaFile.height,
                MediaFile.widths,
                MediaFile.colour,
                MediaFile.duration_ms,
                MediaFile.peaks,
                MediaFile.stage,
                MediaFile.progress,
                MediaFile.attempts,
                MediaFile.recipe,
                MediaFile.heights,
                MediaFile.blur,
                MediaFile.has_preview,
                MediaFile.loudness,
                MediaFile.true_peak,
                MediaFile.ready_at,
                MediaFile.failure,
            ),
        ),
        joinedload(Work.space).load_only(Space.title),
    )


def _for_page() -> tuple[Any, ...]:
    """As :func:`for_card`, with everything that the work's own page shows."""
    return (
        joinedload(Work.maker),
        joinedload(Work.current_version).joinedload(WorkVersion.file),
        joinedload(Work.space),
    )


@prepared
def _work_for_page() -> sa.Select[Work]:
    return sa.select(Work).where(Work.id == sa.bindparam("work_id")).options(*_for_page(), joinedload(Work.tags))


@prepared
def _edges_of() -> sa.Select[RemixEdge]:
    return (
        sa.select(RemixEdge)
        .where(RemixEdge.child_id == sa.bindparam("work_id"))
        .options(
            joinedload(RemixEdge.parent).options(joinedload(Work.maker), joinedload(Work.current_version)),
            joinedload(RemixEdge.parent_version).load_only(WorkVersion.number),
        )
        .order_by(RemixEdge.id)
    )


@prepared
def _external_sources_of() -> sa.Select[ExternalSource]:
    return sa.select(ExternalSource).where(ExternalSource.work_id == sa.bindparam("work_id")).order_by(ExternalSource.id)


def find_work(work_id: int) -> Work | None:
    """The work with everything that its page shows (also a tombstone), whoever asks."""
    facts = {"work_id": work_id}
    work = db.session.scalars(_work_for_page(), facts).unique().first()
    if work is not None:
        # By hand rather than by loader options: most works are first ones, and then nothing need be asked.
        edges = db.session.scalars(_edges_of(), facts).all() if work.sources_count else []
        set_committed_value(work, "sources", list(edges))
        set_committed_value(work, "external_sources", list(db.session.scalars(_external_sources_of(), facts)))
        if work.current_version is not None:
            is_series = work.medium is Medium.IMAGE
            set_committed_value(work.current_version, "pictures", list_pictures(work.current_version) if is_series else [])
    return work


def get_work(work_id: int) -> Work:
    """As :func:`find_work`; raises NotFound."""
    work = find_work(work_id)
    if work is None:
        raise NotFound
    return work


def get_plain_work(work_id: int) -> Work:
    """The work with maker, version and file, for what needs no page; raises NotFound."""
    work = db.session.scalar(sa.select(Work).where(Work.id == work_id).options(*for_card()))
    if work is None:
        raise NotFound
    return work


def find_work_by_key(submission_key: str) -> Work | None:
    """The work that a form with this one-time key already made."""
    return db.session.scalar(sa.select(Work).where(Work.submission_key == submission_key).options(*for_card()))


def list_works_by_ids(work_ids: Iterable[int]) -> list[Work]:
    """These works as cards need them, in the order asked for; unknown ids are left out. Whoever asks."""
    wanted = [number for number in dict.fromkeys(work_ids) if 0 < number <= MAX_ID]
    if not wanted:
        return []
    found = {
        work.id: work
        for work in db.session.scalars(sa.select(Work).where(Work.id.in_(wanted)).options(*for_card()))
    }
    return [found[number] for number in wanted if number in found]


def list_standings(work_ids: Iterable[int]) -> list[Standing]:
    """How these works stand now, in the order asked for; unknown ids are left out. Whoever asks."""
    wanted = [number for number in dict.fromkeys(work_ids) if 0 < number <= MAX_ID]
    if not wanted:
        return []
    rows = db.session.execute(
        sa.select(
            Work.id, Work.maker_id, Work.status, Work.space_id, Work.shared_at, WorkVersion.id, WorkVersion.title
        )
        .outerjoin(WorkVersion, WorkVersion.id == Work.current_version_id)
        .where(Work.id.in_(wanted))
    )
    found = {row[0]: Standing(*row[:6], title=row[6] or "") for row in rows}
    return [found[number] for number in wanted if number in found]


def list_open_works(
    viewer: Viewer = VISITOR,
    *,
    medium: Medium | str | None = None,
    sort: str = "new",
    q: str = "",
    filter: str = "",
    after: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Work]:
    """One page of the open wall. The same for everybody: ``viewer`` is not asked about anything (P1).

    ``medium``, ``sort`` (:data:`SORTS`) and ``filter`` (:data:`FILTERS`) come from the
    address: a word that is none of them changes nothing. ``q``: words that must all
    stand in the title, the text or the tags.
    """
    narrowed = (Medium(medium) if medium in set(Medium) else None, filter if filter in FILTERS else "")
    if not q and not after:
        # What most people ask for: the statement is ready.
        order = order_of(sort)
        page: Page[Work] = page_of(db.session, _first_of_wall(*narrowed, sort if sort in SORTS else "new", size), order, size)
        return page
    return _page(with_words(wall(*narrowed), q), sort, after, size)


def wall(medium: Medium | None, filter: str) -> sa.Select[Work]:
    """The open area's works of one medium (None: of all), narrowed by one of :data:`FILTERS`."""
    statement = open_works()
    if medium is not None:
        statement = statement.where(Work.medium == medium)
    if filter == "never-remixed":
        statement = statement.where(Work.remixes_count == 0)
    elif filter == "no-comments":
        statement = statement.where(Work.comments_count == 0)
    elif filter == "roots":
        statement = statement.where(Work.sources_count == 0, Work.remixes_count > 0)
    return statement


@prepared
def _first_of_wall(medium: Medium | None, filter: str, sort: str, size: int) -> sa.Select[Work]:
    return in_order(wall(medium, filter).options(*for_card()), order_of(sort), size)


def with_words(statement: sa.Select[Work], q: str) -> sa.Select[Work]:
    """``statement`` narrowed to works that have every word of ``q`` in title, text, maker's name or tags."""
    words = [word for word in q.replace("\x00", " ").lower().split()[:6] if word.strip("#%_")]
    if not words:
        return statement
    version = sa.orm.aliased(WorkVersion)
    maker = sa.orm.aliased(Person)
    statement = statement.join(version, version.id == Work.current_version_id).join(maker, maker.id == Work.maker_id)
    for word in words:
        # A tag may be several words, of which each is looked for alone.
        tagged = sa.select(WorkTag.work_id).where(WorkTag.name.icontains(word.lstrip("#")[:40], autoescape=True))
        statement = statement.where(
            sa.or_(
                version.title.icontains(word, autoescape=True),
                version.excerpt.icontains(word, autoescape=True),
                # A search by name must not find what is veiled.
                sa.and_(Work.veiled_at.is_(None), maker.name.icontains(word, autoescape=True)),
                Work.id.in_(tagged),
            )
        )
    return statement


def search_works(q: str, viewer: Viewer, after: str | None = None, size: int = PAGE_SIZE) -> Page[Work]:
    """One page of the works that have every word of ``q``, newest first, wherever ``viewer`` may see them."""
    return _page(with_words(published_works(viewer), q), "new", after, size)


def list_open_ids(limit: int) -> list[int]:
    """Ids of the newest works of the open area: for the sitemap, which names thousands."""
    statement = open_works().with_only_columns(Work.id).order_by(Work.published_at.desc(), Work.id.desc())
    return list(db.session.scalars(statement.limit(limit)))


def list_works_by(person: Person, viewer: Viewer, after: str | None = None, size: int = PAGE_SIZE) -> Page[Work]:
    """One page of what ``person`` published, newest first, as far as ``viewer`` may see it."""
    works = published_works(viewer).where(Work.maker_id == person.id)
    if viewer.person_id != person.id:
        works = works.where(Work.veiled_at.is_(None))  # to stand there would say whose it is
    return _page(works, "new", after, size)


def list_drafts_by(person: Person) -> list[Work]:
    """What ``person`` began and did not publish, newest first: for themselves."""
    statement = (
        sa.select(Work)
        .where(Work.maker_id == person.id, Work.status.in_([WorkStatus.DRAFT, WorkStatus.UNPUBLISHED]))
        .options(*for_card())
        .order_by(Work.id.desc())
        .limit(100)
    )
    return list(db.session.scalars(statement))


def list_works_in_space(space_id: int, viewer: Viewer, after: str | None = None, size: int = PAGE_SIZE) -> Page[Work]:
    """One page of a class's works, newest first, as far as ``viewer`` may see them."""
    return _page(published_works(viewer).where(Work.space_id == space_id), "new", after, size)


def list_responses(prompt_id: int, viewer: Viewer, after: str | None = None, size: int = PAGE_SIZE) -> Page[Work]:
    """One page of the works that answer a prompt, newest first, as far as ``viewer`` may see them."""
    return _page(published_works(viewer).where(Work.prompt_id == prompt_id), "new", after, size)


def list_remixes(work: Work, viewer: Viewer, after: str | None = None, size: int = 12) -> Page[Work]:
    """One page of the works made directly from ``work``, newest first, as far as ``viewer`` may see them."""
    if not work.remixes_count and viewer.person_id is None:
        return Page([])  # the count leaves out only what visitors may not see
    if not after:
        page: Page[Work] = page_of(db.session, _first_remixes(viewer, size), order_of("new"), size, parent_id=work.id)
        return page
    return _page(_remixes(viewer).params(parent_id=work.id), "new", after, size)


def _remixes(viewer: Viewer) -> sa.Select[Work]:
    children = sa.select(RemixEdge.child_id).where(RemixEdge.parent_id == sa.bindparam("parent_id"))
    return published_works(viewer).where(Work.id.in_(children))


@prepared
def _first_remixes(viewer: Viewer, size: int) -> sa.Select[Work]:
    return in_order(_remixes(viewer).options(*for_card()), order_of("new"), size)


def order_of(sort: str) -> Sequence[tuple[Any, type]]:
    """The columns that a wall is ordered by."""
    return {
        "loved": [(Work.hearts_count, int), (Work.id, int)],
        "remixed": [(Work.remixes_count, int), (Work.id, int)],
    }.get(sort) or [(Work.published_at, datetime), (Work.id, int)]


def _page(statement: sa.Select[Any], sort: str, after: str | None, size: int) -> Page[Work]:
    page: Page[Work] = keyset_page(db.session, statement.options(*for_card()), order_of(sort), after, size)
    return page


def files_of(version: WorkVersion) -> list[MediaFile]:
    """Every file of a version (loaded with its pictures), in order; a series has several."""
    return [file for file in (version.file, *(picture.file for picture in version.pictures)) if file is not None]


def find_works_with_file(file_id: int) -> list[Work]:
    """The works that have this file in any of their versions, with their maker."""
    versions = sa.select(WorkVersion.work_id).where(WorkVersion.id.in_(versions_with_file(file_id)))
    return list(db.session.scalars(sa.select(Work).where(Work.id.in_(versions)).options(joinedload(Work.maker))))


def versions_with_file(file_id: int) -> sa.CompoundSelect[int]:
    """Ids of the versions that have this file, as their own or in their series."""
    return sa.union(
        sa.select(WorkVersion.id).where(WorkVersion.file_id == file_id),
        sa.select(WorkPicture.version_id).where(WorkPicture.file_id == file_id),
    )


def is_hearted(person: Person | None, work: Work) -> bool:
    """Whether ``person`` loves this work."""
    if person is None:
        return False
    return db.session.scalar(
        sa.select(sa.exists().where(Heart.work_id == work.id, Heart.person_id == person.id))
    ) or False


def find_work_by_thread(thread_id: int) -> Work | None:
    """The work that this thread talks about, with what a card needs."""
    return db.session.scalar(sa.select(Work).where(Work.thread_id == thread_id).options(*for_card()))


def list_spaces(space_ids: Iterable[int]) -> list[Space]:
    """These spaces, by title."""
    ids = list(space_ids)
    if not ids:
        return []
    return list(db.session.scalars(sa.select(Space).where(Space.id.in_(ids)).order_by(Space.title, Space.id)))


def load_words(version: WorkVersion) -> None:
    """Everything that was written in a version that was loaded for a card, in one query."""
    words = ["body", "note", "captions"]
    if sa.inspect(version).unloaded.intersection(words):
        db.session.refresh(version, words)


def list_pictures(version: WorkVersion) -> list[WorkPicture]:
    """The further pictures of a version's series with their files, in order."""
    return list(
        db.session.scalars(
            sa.select(WorkPicture)
            .where(WorkPicture.version_id == version.id)
            .options(joinedload(WorkPicture.file))
            .order_by(WorkPicture.position)
        )
    )


def list_versions(work: Work) -> list[WorkVersion]:
    """Every version of ``work`` with its files, oldest first."""
    return list(
        db.session.scalars(
            sa.select(WorkVersion)
            .where(WorkVersion.work_id == work.id)
            .options(joinedload(WorkVersion.file), selectinload(WorkVersion.pictures).joinedload(WorkPicture.file))
            .order_by(WorkVersion.number)
        )
    )


def list_work_ids_by(person: Person) -> list[int]:
    """Every work of ``person`` that was not erased, oldest first."""
    statement = sa.select(Work.id).where(Work.maker_id == person.id, Work.status != WorkStatus.ERASED)
    return list(db.session.scalars(statement.order_by(Work.id)))


def get_work_for_export(work_id: int) -> Work:
    """A work with all of its versions, files, sources and tags; raises NotFound."""
    work = db.session.scalar(
        sa.select(Work)
        .where(Work.id == work_id)
        .options(
            selectinload(Work.versions).options(
                joinedload(WorkVersion.file), selectinload(WorkVersion.pictures).joinedload(WorkPicture.file)
            ),
            selectinload(Work.tags),
            selectinload(Work.external_sources),
            selectinload(Work.sources),
        )
    )
    if work is None:
        raise NotFound
    return work


def list_disputes(edge_ids: Iterable[int]) -> list[EdgeDispute]:
    """What is said against these edges now, oldest first, with who says it. Whoever asks."""
    ids = list(edge_ids)
    if not ids:
        return []
    statement = (
        sa.select(EdgeDispute)
        .where(EdgeDispute.edge_id.in_(ids), EdgeDispute.withdrawn_at.is_(None))
        .options(joinedload(EdgeDispute.person))
        .order_by(EdgeDispute.id)
    )
    return list(db.session.scalars(statement))


def list_hearted_ids(person: Person) -> list[int]:
    """The works that ``person`` loves."""
    return list(db.session.scalars(sa.select(Heart.work_id).where(Heart.person_id == person.id).order_by(Heart.work_id)))
