"""The versions of a work: which are shown to whom, what each changed, and taking an older one up again.

What a maker changed before they published, or before they shared a class work with
everybody, was never shown there: those versions stay theirs (and their class's). From
then on each version is shown to whoever sees the work, since remixes point at the one
that they used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import aliased, joinedload, selectinload

from classprojects.core.database import UTCDateTime, db
from classprojects.core.errors import DomainError, NotFound
from classprojects.core.pagination import Page, keyset_page
from classprojects.works import actions, queries
from classprojects.works.actions import ExternalDraft, PictureDraft, SourceDraft, WorkDraft
from classprojects.works.models import Work, WorkPicture, WorkVersion
from classprojects.works.queries import Viewer, versions_with_file

SIZE = 50

#: later than any version can be superseded
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Moved(DomainError):
    """The work went on while somebody looked at an older page of it."""


@dataclass(frozen=True)
class PlacedWork:
    """A work, and until when something of it was the newest (None: it still is): decides on who sees that."""

    work: Work
    superseded_at: datetime | None


@dataclass(frozen=True)
class PlacedVersion(PlacedWork):
    """A version with its place among the others of its work."""

    version: WorkVersion

    @property
    def newest(self) -> int:
        """The number of the newest version."""
        return self.work.current_version.number if self.work.current_version else self.version.number


@dataclass(frozen=True)
class Change:
    """A version as the history lists it: when, called what, and which parts of it became others."""

    number: int
    title: str
    created_at: datetime
    #: names of what became another: title, body, layout, note, alt_text, language, captions, file, pictures
    parts: tuple[str, ...]
    #: whether it is the first one that the reader may see
    is_first: bool = False


def was_shown(work: Work, superseded_at: datetime | None, viewer: Viewer) -> bool:
    """Whether a version of ``work``, which ``viewer`` may see now, was ever shown where they look."""
    if superseded_at is None or work.maker_id == viewer.person_id:
        return True
    since = shown_since(work, viewer)
    return since is not None and superseded_at >= since


def shown_since(work: Work, viewer: Viewer) -> datetime | None:
    """From when on ``work`` was shown where ``viewer`` looks; None: it never was."""
    if work.published_at is None or work.space_id is None or viewer.sees_space(work.space_id):
        return work.published_at
    return max(work.published_at, work.shared_at) if work.shared_at is not None else None


def get_version(work_id: int, number: int) -> PlacedVersion:
    """One version with its files, and its work; raises NotFound."""
    work = queries.get_plain_work(work_id)
    later = aliased(WorkVersion)
    found = db.session.execute(
        sa.select(WorkVersion, later.created_at)
        .outerjoin(later, sa.and_(later.work_id == WorkVersion.work_id, later.number == WorkVersion.number + 1))
        .where(WorkVersion.work_id == work_id, WorkVersion.number == number)
        .options(joinedload(WorkVersion.file), selectinload(WorkVersion.pictures).joinedload(WorkPicture.file))
        # The card's loader left out columns that a version's page shows.
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound
    return PlacedVersion(work, found[1], found[0])


def find_place(work: Work, number: int) -> PlacedWork | None:
    """Until when this version of ``work`` was the newest; None where there is none of that number."""
    rows = db.session.execute(
        sa.select(WorkVersion.number, WorkVersion.created_at).where(
            WorkVersion.work_id == work.id, WorkVersion.number.in_([number, number + 1])
        )
    )
    moments = {row.number: row.created_at for row in rows}
    return PlacedWork(work, moments.get(number + 1)) if number in moments else None


def list_works_with_file(file_id: int) -> list[PlacedWork]:
    """The works in whose versions this file is, each with when the last of these was superseded: who may see it follows."""
    later = aliased(WorkVersion)
    never = sa.literal(_NEVER, UTCDateTime())
    until = sa.func.max(sa.func.coalesce(later.created_at, never), type_=UTCDateTime()).label("until")
    held = (
        sa.select(WorkVersion.work_id, until)
        .outerjoin(later, sa.and_(later.work_id == WorkVersion.work_id, later.number == WorkVersion.number + 1))
        .where(WorkVersion.id.in_(versions_with_file(file_id)))
        .group_by(WorkVersion.work_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(Work, held.c.until).join(held, held.c.work_id == Work.id).options(joinedload(Work.maker))
    )
    return [PlacedWork(work, None if until == _NEVER else until) for work, until in rows]


def list_changes(work: Work, viewer: Viewer, after: str | None = None, size: int = SIZE) -> Page[Change]:
    """One page of the versions of ``work`` that ``viewer`` may see, the newest first, with what each changed."""
    before, later = aliased(WorkVersion), aliased(WorkVersion)
    parts = {
        name: getattr(WorkVersion, name).is_distinct_from(getattr(before, name))
        for name in ("title", "body", "layout", "note", "alt_text", "language", "captions", "file_id")
    }
    statement = (
        sa.select(
            WorkVersion.id,
            WorkVersion.number,
            WorkVersion.title,
            WorkVersion.created_at,
            before.id.label("before_id"),
            *(differs.label(f"new_{name}") for name, differs in parts.items()),
        )
        .outerjoin(before, sa.and_(before.work_id == WorkVersion.work_id, before.number == WorkVersion.number - 1))
        .outerjoin(later, sa.and_(later.work_id == WorkVersion.work_id, later.number == WorkVersion.number + 1))
        .where(WorkVersion.work_id == work.id)
    )
    since = None
    if work.maker_id != viewer.person_id:
        since = shown_since(work, viewer)
        statement = statement.where(sa.or_(later.id.is_(None), later.created_at >= (since or _NEVER)))
    page = keyset_page(
        db.session, statement, [(WorkVersion.number, int)], after, size, key=lambda row: [row.number], as_rows=True
    )
    series = _pictures_of([row.id for row in page.items] + [row.before_id for row in page.items if row.before_id])

    def change(row: Any) -> Change:
        is_first = row.before_id is None or (since is not None and row.created_at < since)
        names = [] if is_first else [name for name in parts if getattr(row, f"new_{name}")]
        if not is_first and series.get(row.id) != series.get(row.before_id):
            names.append("pictures")
        return Change(row.number, row.title, row.created_at, tuple(dict.fromkeys(names)), is_first)

    return page.map(change)


def _pictures_of(version_ids: Sequence[int]) -> Mapping[int, list[tuple[int, str]]]:
    """The further pictures of these versions: (file, what it shows), in order."""
    found: dict[int, list[tuple[int, str]]] = {}
    rows = db.session.execute(
        sa.select(WorkPicture.version_id, WorkPicture.file_id, WorkPicture.alt_text)
        .where(WorkPicture.version_id.in_(version_ids))
        .order_by(WorkPicture.version_id, WorkPicture.position)
    )
    for version_id, file_id, alt_text in rows:
        found.setdefault(version_id, []).append((file_id, alt_text))
    return found


def draft_of(work: Work, version: WorkVersion) -> WorkDraft:
    """What a version says, as a draft, with the tags and sources that its work (loaded with them) has now."""
    return WorkDraft(
        medium=work.medium,
        title=version.title,
        body=version.body,
        note=version.note,
        alt_text=version.alt_text,
        language=version.language,
        tags=tuple(tag.name for tag in work.tags),
        file_id=version.file_id,
        sources=tuple(SourceDraft(edge.parent_id, edge.kind, edge.note) for edge in work.sources),
        external_sources=tuple(
            ExternalDraft(source.address, source.author, source.licence) for source in work.external_sources
        ),
        layout=version.layout,
        pictures=tuple(PictureDraft(picture.file_id, picture.alt_text) for picture in version.pictures),
        captions=version.captions,
    )


def bring_back(placed: PlacedVersion, *, seen: int, viewer: Viewer) -> WorkVersion:
    """Take an older version up again, as a new one; the versions between stay.

    ``seen``: the number of the newest version that the person had before them. When
    another came since, nothing is done and Moved is raised, unless it already says the
    same: so that sending the form twice does it once.
    """
    work = queries.get_work(placed.work.id)
    draft = draft_of(work, placed.version)
    if work.current_version is not None and work.current_version.number != seen:
        if draft_of(work, work.current_version) == draft:
            return work.current_version
        raise Moved(_("This work has a newer version by now. Look at it first; then bring back what you want."))
    return actions.revise_work(work, draft, viewer=viewer)
