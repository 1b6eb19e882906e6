"""What others say about a work's sources: one that was forgotten, one that is not true.

A suggestion becomes an edge when the maker accepts it, by the rules of every other
edge. A dispute is an annotation: whatever is said, the edge stays (P6).
"""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import db, hold
from classprojects.core.errors import DomainError, Refused
from classprojects.notifications.actions import notify
from classprojects.notifications.models import NotificationKind
from classprojects.works import claims, queries
from classprojects.works.actions import SourceDraft, add_source, check_source
from classprojects.works.models import (
    EdgeDispute,
    EdgeKind,
    RemixEdge,
    SourceSuggestion,
    SuggestionState,
    Work,
    WorkStatus,
)
from classprojects.works.queries import Viewer

LONGEST_NOTE = 500
LONGEST_REASON = 1000
#: suggestions that may wait for one maker's answer on one work
MOST_WAITING = 20
#: how often the same source may be suggested for the same work, and the same edge be disputed by the same person
MOST_TIMES = 2


class BadSuggestion(DomainError):
    """This source cannot be suggested, or not any more."""


class BadDispute(DomainError):
    """This cannot be said about an edge, or not any more."""


# Suggestions


def suggest_source(
    person: Person, child: Work, parent_id: int, *, viewer: Viewer, kind: EdgeKind = EdgeKind.BUILT_ON, note: str = ""
) -> SourceSuggestion:
    """``person`` says that ``child`` was made from this work too. Its maker is asked.

    ``viewer``: what ``person`` may see; they must see both. Raises BadSuggestion,
    BadSource (it could not be a source there, P5 and P8).
    """
    if child.status is not WorkStatus.PUBLISHED:
        raise BadSuggestion(_("This work is not published, so that nobody else can see it yet."))
    if child.maker_id == person.id:
        raise BadSuggestion(_("This is your own work: name the source when you edit it."))
    note = _checked(note, LONGEST_NOTE, BadSuggestion, "note")
    # One at a time: a source waits for its answer once, and no circle closes in between.
    hold(db.session, "lineage")
    if claims.find_edge(child.id, parent_id) is not None:
        raise BadSuggestion(_("This work names that source already."), field="source")
    check_source(child, parent_id, viewer=viewer)
    earlier = claims.list_suggestions_of(child.id, parent_id)
    waiting = next((one for one in earlier if one.state is SuggestionState.OPEN), None)
    if waiting is not None and waiting.suggested_by_id == person.id:
        return waiting  # the form was sent twice
    if waiting is not None:
        raise BadSuggestion(_("Somebody suggested that source already. The maker has not answered yet."), field="source")
    if sum(one.state is SuggestionState.DECLINED for one in earlier) >= MOST_TIMES:
        raise BadSuggestion(_("The maker has said twice that this is not a source, and is not asked again."), field="source")
    if claims.count_open_suggestions(child.id) >= MOST_WAITING:
        raise BadSuggestion(_("Many suggestions wait for this maker's answer already. Come back when they had time."))
    suggestion = SourceSuggestion(
        child_id=child.id,
        parent_id=parent_id,
        suggested_by_id=person.id,
        kind=kind,
        note=note,
        state=SuggestionState.OPEN,
        created_at=clock.now(),
    )
    db.session.add(suggestion)
    db.session.flush()
    notify(
        child.maker_id,
        NotificationKind.SOURCE_SUGGESTED,
        f"source_suggested:{suggestion.id}",
        actor_id=person.id,
        work_id=child.id,
        path=f"/suggestions/{suggestion.id}",
    )
    return suggestion


def accept_suggestion(suggestion: SourceSuggestion, *, viewer: Viewer, answer: str = "") -> None:
    """The maker agrees: the edge is written, for good (P6). ``viewer``: what the maker may see.

    Raises BadSuggestion (it was decided or withdrawn), BadSource (it cannot be a source any more).
    """
    suggestion = _lock_open(suggestion)
    add_source(queries.get_work(suggestion.child_id), SourceDraft(suggestion.parent_id, suggestion.kind), viewer=viewer)
    _decide(suggestion, SuggestionState.ACCEPTED, answer)


def decline_suggestion(suggestion: SourceSuggestion, answer: str = "") -> None:
    """The maker says that it is no source. Raises BadSuggestion when it was decided or withdrawn."""
    _decide(_lock_open(suggestion), SuggestionState.DECLINED, answer)


def withdraw_suggestion(suggestion: SourceSuggestion) -> None:
    """Whoever suggested it takes it back. Raises BadSuggestion when it was decided; withdrawn twice is once."""
    if suggestion.state is SuggestionState.WITHDRAWN:
        return
    suggestion = _lock_open(suggestion)
    suggestion.state, suggestion.decided_at = SuggestionState.WITHDRAWN, clock.now()
    db.session.flush()


def _lock_open(suggestion: SourceSuggestion) -> SourceSuggestion:
    """The suggestion as it stands, for this transaction alone; raises BadSuggestion unless it waits."""
    hold(db.session, "lineage")
    db.session.refresh(suggestion, ["state", "decided_at"])
    if suggestion.state is SuggestionState.WITHDRAWN:
        raise BadSuggestion(_("This suggestion was taken back in the meantime."))
    if suggestion.state is not SuggestionState.OPEN:
        raise BadSuggestion(_("This suggestion is answered already."))
    return suggestion


def _decide(suggestion: SourceSuggestion, state: SuggestionState, answer: str) -> None:
    suggestion.answer = _checked(answer, LONGEST_NOTE, BadSuggestion, "answer")
    suggestion.state, suggestion.decided_at = state, clock.now()
    db.session.flush()
    child = queries.list_standings([suggestion.child_id])[0]
    notify(
        suggestion.suggested_by_id,
        NotificationKind.SUGGESTION_DECIDED,
        f"suggestion_decided:{suggestion.id}",
        actor_id=child.maker_id,
        work_id=child.id,
        path=f"/suggestions/{suggestion.id}",
    )


# Disputes


def dispute_edge(person: Person, edge: RemixEdge, reason: str) -> EdgeDispute:
    """The maker of one of the two works says that ``edge`` is not true. It is shown beside the edge, which stays (P6).

    ``edge`` comes with both works. Raises Refused (for a third person), BadDispute.
    """
    other_id = _other_maker_id(person.id, edge)
    reason = _checked(reason, LONGEST_REASON, BadDispute, "reason")
    if not reason:
        raise BadDispute(_("Say in a sentence or two why it is not true."), field="reason")
    hold(db.session, "dispute", edge.id)
    mine = [one for one in claims.list_disputes_of(edge.id) if one.person_id == person.id]
    standing = next((one for one in mine if one.withdrawn_at is None), None)
    if standing is not None and standing.reason == reason:
        return standing  # the form was sent twice
    if standing is not None:
        raise BadDispute(_("You said already that this is not true. Take that back first, if you mean it otherwise."))
    if len(mine) >= MOST_TIMES:
        raise BadDispute(_("You disputed this twice and took it back both times; that is all there is to say about it."))
    dispute = EdgeDispute(edge_id=edge.id, person_id=person.id, reason=reason, reply="", created_at=clock.now())
    db.session.add(dispute)
    db.session.flush()
    notify(
        other_id,
        NotificationKind.EDGE_DISPUTED,
        f"edge_disputed:{dispute.id}",
        actor_id=person.id,
        work_id=edge.child_id if edge.child.maker_id == other_id else edge.parent_id,
        path=path_of_edge(edge),
    )
    return dispute


def reply_to_dispute(person: Person, dispute: EdgeDispute, reply: str) -> None:
    """The other maker answers, once. ``dispute`` comes with its edge and both works. Raises Refused, BadDispute."""
    edge = dispute.edge
    if person.id == dispute.person_id or person.id != _other_maker_id(dispute.person_id, edge):
        raise Refused(_("Only the maker of the other work can answer this."))
    reply = _checked(reply, LONGEST_REASON, BadDispute, "reply")
    if not reply:
        raise BadDispute(_("Write your answer first; a sentence is enough."), field="reply")
    hold(db.session, "dispute", edge.id)
    db.session.refresh(dispute, ["reply", "replied_at", "withdrawn_at"])
    if dispute.withdrawn_at is not None:
        raise BadDispute(_("This was taken back in the meantime, so that there is nothing to answer."))
    if dispute.replied_at is not None:
        raise BadDispute(_("You answered this already."))
    dispute.reply, dispute.replied_at = reply, clock.now()
    db.session.flush()
    notify(
        dispute.person_id,
        NotificationKind.DISPUTE_ANSWERED,
        f"dispute_answered:{dispute.id}",
        actor_id=person.id,
        work_id=edge.child_id if edge.child.maker_id == dispute.person_id else edge.parent_id,
        path=path_of_edge(edge),
    )


def withdraw_dispute(dispute: EdgeDispute) -> None:
    """Whoever said it takes it back. Twice is once."""
    hold(db.session, "dispute", dispute.edge_id)
    db.session.refresh(dispute, ["withdrawn_at"])
    if dispute.withdrawn_at is None:
        dispute.withdrawn_at = clock.now()
        db.session.flush()


def path_of_edge(edge: RemixEdge) -> str:
    """Where the two makers talk about whether ``edge`` is true."""
    return f"/works/{edge.child_id}/sources/{edge.parent_id}/dispute"


def _other_maker_id(person_id: int, edge: RemixEdge) -> int:
    """The maker at the other end; raises Refused unless the person made one of the two works, and somebody else the other."""
    makers = {edge.child.maker_id, edge.parent.maker_id}
    if person_id not in makers:
        raise Refused(_("Only the makers of the two works can say that this is not true."))
    if len(makers) == 1:
        raise BadDispute(_("Both works are your own, so that there is nobody to disagree with."))
    return (makers - {person_id}).pop()


def _checked(text: str, most: int, error: type[DomainError], field: str) -> str:
    text = text.strip()
    if len(text) > most:
        raise error(_("Use at most %(most)d characters.", most=most), field=field)
    return text


# Leaving


def forget_sayings(person: Person) -> None:
    """Whoever leaves takes back what they suggested and disputed, and no word of theirs stays (P20). Edges stay (P6)."""
    now = clock.now()
    suggested = sa.update(SourceSuggestion).where(SourceSuggestion.suggested_by_id == person.id)
    waiting = suggested.where(SourceSuggestion.state == SuggestionState.OPEN)
    own = sa.select(Work.id).where(Work.maker_id == person.id)
    answered = sa.update(SourceSuggestion).where(SourceSuggestion.child_id.in_(own))
    disputed = sa.update(EdgeDispute).where(EdgeDispute.person_id == person.id)
    edges = sa.select(RemixEdge.id).where(sa.or_(RemixEdge.child_id.in_(own), RemixEdge.parent_id.in_(own)))
    replied = sa.update(EdgeDispute).where(EdgeDispute.edge_id.in_(edges), EdgeDispute.person_id != person.id)
    for statement in (
        waiting.values(state=SuggestionState.WITHDRAWN, decided_at=now),
        suggested.values(note=""),
        answered.values(answer=""),
        disputed.where(EdgeDispute.withdrawn_at.is_(None)).values(withdrawn_at=now),
        disputed.values(reason=""),
        replied.values(reply=""),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
