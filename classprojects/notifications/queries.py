"""Every SELECT about the outbox and what people are told."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.core.database import db, prepared
from classprojects.core.pagination import Page, keyset_page
from classprojects.notifications.models import Mail, MailState, Notification

#: notifications on a page
SIZE = 50
#: more unseen ones than this are not counted
MOST_COUNTED = 10


def get_mail(mail_id: int) -> Mail:
    """The mail with its person; raises LookupError."""
    mail = db.session.scalar(
        sa.select(Mail).where(Mail.id == mail_id).options(joinedload(Mail.person)).execution_options(populate_existing=True)
    )
    if mail is None:
        raise LookupError(mail_id)
    return mail


def list_due_mail_ids(moment: datetime, limit: int = 500) -> list[int]:
    """Mails that should be on their way at ``moment``: never begun, to be retried, or left by a worker that died."""
    statement = (
        sa.select(Mail.id)
        .where(Mail.state.in_([MailState.QUEUED, MailState.SENDING]), Mail.next_at <= moment)
        .order_by(Mail.next_at)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_notifications(person_id: int, after: str | None = None, size: int = SIZE) -> Page[Notification]:
    """One page of what somebody was told, newest first, each with who did it."""
    statement = (
        sa.select(Notification).where(Notification.person_id == person_id).options(joinedload(Notification.actor))
    )
    page: Page[Notification] = keyset_page(db.session, statement, [(Notification.id, int)], after, size)
    return page


def count_unseen(person_id: int) -> int:
    """How much somebody was told that they have not seen yet, counted up to :data:`MOST_COUNTED`."""
    return db.session.scalar(_unseen(), {"person_id": person_id}) or 0


@prepared
def _unseen() -> sa.Select[int]:
    few = (
        sa.select(Notification.id)
        .where(Notification.person_id == sa.bindparam("person_id"), Notification.seen_at.is_(None))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return sa.select(sa.func.count()).select_from(few)
