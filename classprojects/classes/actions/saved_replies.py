"""Words that an instructor often needs: kept, changed, thrown away."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.actions.feedback import LONGEST
from classprojects.classes.models import SavedReply
from classprojects.classes.queries import feedback as queries
from classprojects.core import clock
from classprojects.core.database import db, hold
from classprojects.core.errors import DomainError

#: how many one person keeps
MOST = 50
LONGEST_TITLE = 80


@dataclass(frozen=True)
class ReplyDraft:
    """A saved reply as it is written."""

    title: str
    works_well: str = ""
    try_next: str = ""


def save_reply(person: Person, draft: ReplyDraft) -> SavedReply:
    """Keep these words for ``person``. The same words twice are kept once."""
    _check(draft)
    hold(db.session, "saved replies", person.id)
    for known in queries.list_saved_replies(person):
        if (known.title, known.works_well, known.try_next) == _written(draft):
            return known
    if queries.count_saved_replies(person) >= MOST:
        raise DomainError(_("You keep %(most)s replies already. Throw one away first.", most=MOST))
    reply = SavedReply(person_id=person.id, created_at=clock.now())
    _write(reply, draft)
    db.session.add(reply)
    db.session.flush()
    return reply


def edit_reply(reply: SavedReply, draft: ReplyDraft) -> None:
    """Change what is kept; what was sent stays as it was sent."""
    _check(draft)
    _write(reply, draft)
    db.session.flush()


def delete_reply(reply: SavedReply) -> None:
    """Throw it away; what was sent stays."""
    db.session.delete(reply)
    db.session.flush()


def _check(draft: ReplyDraft) -> None:
    if not draft.title.strip():
        raise DomainError(_("Give it a name that you find it by."), field="title")
    if len(draft.title) > LONGEST_TITLE:
        raise DomainError(_("At most %(most)s characters.", most=LONGEST_TITLE), field="title")
    if not draft.works_well.strip() and not draft.try_next.strip():
        raise DomainError(_("Write the words that you want to keep."), field="works_well")
    for name, words in (("works_well", draft.works_well), ("try_next", draft.try_next)):
        if len(words) > LONGEST:
            raise DomainError(_("At most %(most)s characters.", most=LONGEST), field=name)


def _write(reply: SavedReply, draft: ReplyDraft) -> None:
    reply.title, reply.works_well, reply.try_next = _written(draft)


def _written(draft: ReplyDraft) -> tuple[str, str, str]:
    return draft.title.strip(), draft.works_well.strip(), draft.try_next.strip()
