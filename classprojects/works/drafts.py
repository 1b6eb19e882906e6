"""Drafts: what somebody typed into a composer and has not posted yet, kept as they left it.

A draft belongs to its person alone: nobody else is ever shown it, staff neither. It
goes when the work is posted, when its person throws it away or leaves, and when
nobody has touched it for a long time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import db, hold
from classprojects.core.errors import DomainError, NotFound
from classprojects.media.models import MediaFile
from classprojects.works.models import ComposerDraft

#: drafts that one person can have at a time
MOST_DRAFTS = 50
#: characters of a draft as it is stored
LONGEST_DRAFT = 400_000
#: how long a draft is kept that nobody touches
KEPT = timedelta(days=90)

_SLUG = r"[a-z0-9][a-z0-9_-]{0,71}"
_KEY = re.compile(rf"new|(?:remix|edit)-[1-9][0-9]{{0,18}}|answer-{_SLUG}|submit-{_SLUG}-[1-9][0-9]{{0,5}}")

#: fields by their names, each with every value that it had
Fields = Mapping[str, Sequence[str]]


class DraftConflict(DomainError):
    """The draft was changed or thrown away since this page was opened; ``revision`` is how it stands now (0: gone)."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        super().__init__(
            _("This draft was changed in another tab.")
            if revision
            else _("This draft was posted or thrown away in another tab.")
        )


class DraftRefused(DomainError):
    """There are too many drafts, or this one is too long."""


def is_draft_key(key: str) -> bool:
    """Whether ``key`` names a composer: ``new``, ``remix-12``, ``edit-12``, ``answer-<slug>``, ``submit-<slug>-<n>``."""
    return len(key) <= 80 and _KEY.fullmatch(key) is not None


def find_draft(person: Person, key: str) -> ComposerDraft | None:
    """What ``person`` has lying in this composer."""
    statement = sa.select(ComposerDraft).where(ComposerDraft.person_id == person.id, ComposerDraft.key == key)
    return db.session.scalar(statement.execution_options(populate_existing=True))


def list_drafts(person: Person) -> list[ComposerDraft]:
    """Everything that ``person`` began and did not post, the last touched first."""
    statement = (
        sa.select(ComposerDraft)
        .where(ComposerDraft.person_id == person.id)
        .order_by(ComposerDraft.touched_at.desc(), ComposerDraft.id.desc())
    )
    return list(db.session.scalars(statement))


def keep_draft(person: Person, key: str, fields: Fields, *, seen: int | None = None) -> ComposerDraft:
    """Keep ``fields`` as the draft of this composer.

    ``seen``: the revision that the person's page knows (0: none), so that a second tab
    does not overwrite what it never showed; None overwrites whatever stands. Raises
    NotFound (no such composer), DraftConflict, DraftRefused.
    """
    if not is_draft_key(key):
        raise NotFound
    # Measured as it is stored: a letter outside of ASCII takes six characters.
    if len(json.dumps(fields)) > LONGEST_DRAFT:
        raise DraftRefused(_("This is too long to keep as a draft. Keep a copy of your own before you close the page."))
    hold(db.session, "drafts", person.id)
    draft = find_draft(person, key)
    revision = draft.revision if draft else 0
    if seen is not None and seen != revision:
        raise DraftConflict(revision)
    kept = {name: list(values) for name, values in fields.items()}
    if draft is None:
        if _count_drafts(person) >= MOST_DRAFTS:
            raise DraftRefused(
                _("You have %(most)d drafts, and more cannot be kept. Post some of them, or throw them away.", most=MOST_DRAFTS)
            )
        draft = ComposerDraft(person_id=person.id, key=key, fields=kept, revision=1, created_at=clock.now())
        db.session.add(draft)
    else:
        draft.fields, draft.revision = kept, revision + 1
    draft.touched_at = clock.now()
    db.session.flush()
    return draft


def _count_drafts(person: Person) -> int:
    counted = sa.select(sa.func.count()).select_from(ComposerDraft).where(ComposerDraft.person_id == person.id)
    return db.session.scalar(counted) or 0


def drop_draft(person: Person, key: str) -> None:
    """Throw the draft of this composer away, if there is one."""
    db.session.execute(sa.delete(ComposerDraft).where(ComposerDraft.person_id == person.id, ComposerDraft.key == key))


def forget_drafts(person: Person) -> None:
    """Throw away every draft of somebody who leaves (P20)."""
    db.session.execute(sa.delete(ComposerDraft).where(ComposerDraft.person_id == person.id))


def drop_old_drafts() -> int:
    """Throw away what nobody has touched for :data:`KEPT`; how many there were."""
    old = sa.delete(ComposerDraft).where(ComposerDraft.touched_at < clock.now() - KEPT)
    return len(db.session.scalars(old.returning(ComposerDraft.id)).all())


def is_drafted() -> sa.ColumnElement[bool]:
    """Whether a media file's owner has it in one of their drafts: then it is not swept yet."""
    text = sa.cast(ComposerDraft.fields, sa.Text)
    named = text.contains(MediaFile.public_id)
    return sa.exists().where(ComposerDraft.person_id == MediaFile.owner_id, named)
