"""Telling people what happened: a line on their notifications page, a mail in the outbox, and what becomes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import after_commit, db, insert_into
from classprojects.gateways.queue import enqueue
from classprojects.notifications.models import Mail, MailState, Notification, NotificationKind

#: how long to wait after each refusal; after the last one the mail is dead
BACKOFF = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600)
)
#: the job that sends it; it stands above this room, hence by name
SEND_MAIL = "classprojects.notifications.jobs.send_mail"
#: how long a worker may hold a mail before another one may take it
CLAIM = timedelta(minutes=5)


def notify(
    person_id: int, kind: NotificationKind, dedupe_key: str, *, actor_id: int | None, work_id: int | None, path: str
) -> None:
    """Tell somebody what happened, in the transaction in which it happens.

    Nobody is told what they did themselves, nobody who left is told anything, and the
    same occasion (``dedupe_key``) is told once. ``work_id``: the work that it is about;
    ``path``: where it happened. What these are called is looked up when the line is
    shown, so that it tells no more than its reader may see then (P4).
    """
    if person_id == actor_id:
        return
    told: dict[str, Any] = {
        "kind": kind,
        "dedupe_key": dedupe_key[:200],
        "actor_id": actor_id,
        "work_id": work_id,
        "path": path,
        "created_at": clock.now(),
    }
    columns = Notification.__table__.c
    there = sa.select(Person.id, *[sa.literal(value, columns[name].type) for name, value in told.items()]).where(
        Person.id == person_id, Person.left_at.is_(None)
    )
    statement = insert_into(db.session, Notification).from_select(["person_id", *told], there)
    db.session.execute(statement.on_conflict_do_nothing(index_elements=["dedupe_key"]))


def notify_all(
    people: sa.Select[Any], kind: NotificationKind, occasion: str, *, actor_id: int | None, path: str
) -> None:
    """As :func:`notify`, for all whose ids ``people`` selects, in one statement however many they are."""
    ids = people.subquery()
    person_id = ids.c[0]
    told: dict[str, Any] = {"kind": kind, "actor_id": actor_id, "path": path, "created_at": clock.now()}
    columns = Notification.__table__.c
    there = (
        sa.select(
            Person.id,
            sa.literal(occasion[:180] + ":") + sa.cast(Person.id, sa.String),
            *[sa.literal(value, columns[name].type) for name, value in told.items()],
        )
        .join(ids, person_id == Person.id)
        .where(Person.left_at.is_(None), Person.id != (actor_id or 0))
    )
    statement = insert_into(db.session, Notification).from_select(["person_id", "dedupe_key", *told], there)
    db.session.execute(statement.on_conflict_do_nothing(index_elements=["dedupe_key"]))


def mark_seen(person: Person, until_id: int) -> None:
    """``person`` has looked at what they were told, up to this notification; what came after stays new."""
    unseen = sa.update(Notification).where(
        Notification.person_id == person.id, Notification.id <= until_id, Notification.seen_at.is_(None)
    )
    db.session.execute(unseen.values(seen_at=clock.now()).execution_options(synchronize_session=False))


def forget_notifications(person: Person) -> None:
    """Whoever leaves is told nothing any more, and what others were told names them no longer (P20)."""
    theirs = sa.or_(
        Notification.person_id == person.id,
        # These lead to a page under the handle.
        sa.and_(Notification.actor_id == person.id, Notification.kind == NotificationKind.FOLLOWED),
    )
    db.session.execute(sa.delete(Notification).where(theirs).execution_options(synchronize_session=False))
    done = sa.update(Notification).where(Notification.actor_id == person.id).values(actor_id=None)
    db.session.execute(done.execution_options(synchronize_session=False))


def queue_mail(
    person: Person | None,
    template: str,
    dedupe_key: str,
    to: str | None = None,
    at: datetime | None = None,
    **context: Any,
) -> int | None:
    """Mail ``person`` from ``templates/email/<template>.txt`` once the transaction stands.

    The template's first line is ``Subject: …``; a ``.html`` beside it is sent along.
    ``dedupe_key`` names the occasion (``trial_ending:sub_…``): a second call with the
    same one does nothing. ``to``: another address than the person's own, which is the
    one they proved, else the one they gave (whoever pays must hear of it). ``at``: not
    before that moment. ``context``: what JSON can hold; datetimes are handed to the
    template as datetimes. Returns the mail's id, None when it was queued before.
    """
    values = {
        "dedupe_key": dedupe_key[:200],
        "person_id": person.id if person else None,
        "address": to,
        "template": template,
        "context": {name: _plain(value) for name, value in context.items()},
        "state": MailState.QUEUED,
        "attempts": 0,
        "next_at": at or clock.now(),
        "error": "",
        "created_at": clock.now(),
    }
    statement = insert_into(db.session, Mail).values(**values).on_conflict_do_nothing(index_elements=["dedupe_key"])
    mail_id: int | None = db.session.scalar(statement.returning(Mail.id))
    if mail_id is not None and (at is None or at <= clock.now()):
        after_commit(enqueue, SEND_MAIL, mail_id)
    return mail_id


def _plain(value: Any) -> Any:
    return {"moment": value.isoformat()} if isinstance(value, datetime) else value


def claim_mail(mail_id: int) -> bool:
    """Take the mail for this worker; False when it is sent, not due or in other hands."""
    now = clock.now()
    taken = db.session.execute(
        sa.update(Mail)
        .where(Mail.id == mail_id, Mail.state.in_([MailState.QUEUED, MailState.SENDING]), Mail.next_at <= now)
        .values(state=MailState.SENDING, next_at=now + CLAIM, attempts=Mail.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def forget_mails(person: Person) -> None:
    """Whoever leaves gets no more mail, and no row keeps their address or what was said to them (P20).

    The rows themselves stay: they say which occasions were mailed.
    """
    theirs = sa.update(Mail).where(Mail.person_id == person.id).execution_options(synchronize_session=False)
    waiting = Mail.state.in_([MailState.QUEUED, MailState.SENDING])
    db.session.execute(theirs.where(waiting).values(state=MailState.DROPPED))
    db.session.execute(theirs.values(address=None, context={}))


def record_sent(mail: Mail) -> None:
    """It is out. What it said is forgotten here: it may have held a one-time link."""
    mail.state, mail.sent_at, mail.context, mail.error = MailState.SENT, clock.now(), {}, ""


def record_dropped(mail: Mail) -> None:
    """There is nobody to send it to: the person left."""
    mail.state, mail.context = MailState.DROPPED, {}


def record_refused(mail: Mail, reason: str) -> None:
    """It was not taken: wait longer each time, give up in the end."""
    mail.error = reason[:200]
    if mail.attempts > len(BACKOFF):
        mail.state = MailState.DEAD
        return
    mail.state = MailState.QUEUED
    mail.next_at = clock.now() + BACKOFF[mail.attempts - 1]
