"""Works as material for cuts: which file of a work is used, and which works there are to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.core.database import db
from classprojects.media.models import MediaFile, MediaKind, MediaState
from classprojects.media.recipes import BadCut, Part
from classprojects.works import queries
from classprojects.works.models import Medium, Work, WorkVersion
from classprojects.works.queries import Viewer

#: works shown for a search
FOUND = 6


@dataclass(frozen=True)
class Material:
    """One file of a work as it stands now: what a cut is made of."""

    work: Work
    version_id: int
    file: MediaFile

    @property
    def part(self) -> Part:
        """As a recipe names it."""
        return Part(self.work.id, self.version_id, self.file.id)


def material_of(work: Work, picture: int = 1) -> Material:
    """The file of ``work`` (as cards load it) that is used: of a series of pictures the ``picture``-th.

    Raises BadCut in words where there is none.
    """
    version = work.current_version
    file = version.file if version is not None else None
    if version is not None and picture > 1:
        further = {one.position: one.file for one in queries.list_pictures(version)}
        file = further.get(picture)
    if version is None or file is None:
        raise BadCut(_("There is no file in this work that a part could be taken of."))
    return Material(work, version.id, file)


def check_together(works: Sequence[Work]) -> None:
    """Raise BadCut when works of different classes would come together: nowhere could that be posted (P8)."""
    spaces = {work.space_id for work in works if not work.is_open}
    if len(spaces) > 1:
        raise BadCut(_("These belong to different classes, and what belongs to a class stays in it."))


def find_material(words: str, viewer: Viewer, media: Sequence[Medium]) -> list[Work]:
    """Published works of these media that ``viewer`` may see and that have these words; without words, their own.

    Newest first; a film only with its sound, where sounds are looked for.
    """
    version, file = sa.orm.aliased(WorkVersion), sa.orm.aliased(MediaFile)
    statement = (
        queries.published_works(viewer)
        .join(version, version.id == Work.current_version_id)
        .join(file, file.id == version.file_id)
        .where(Work.medium.in_(media), file.state == MediaState.READY)
    )
    if Medium.AUDIO in media:
        statement = statement.where(sa.or_(file.kind == MediaKind.AUDIO, file.has_audio.is_(True)))
    if words:
        statement = queries.with_words(statement, words)
    else:
        statement = statement.where(Work.maker_id == viewer.person_id)
    statement = statement.options(*queries.for_card()).order_by(Work.published_at.desc(), Work.id.desc())
    return list(db.session.scalars(statement.limit(FOUND)))
