"""Every SELECT about the outbox."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.core.database import db
from classprojects.notifications.models import Mail, MailState


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
