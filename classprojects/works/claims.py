"""Every SELECT about what is said of edges: sources that are suggested, edges that are disputed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.core.database import db, prepared
from classprojects.core.errors import NotFound
from classprojects.works.models import EdgeDispute, RemixEdge, SourceSuggestion, SuggestionState, Work


def find_edge(child_id: int, parent_id: int) -> RemixEdge | None:
    """The edge from ``child_id`` to ``parent_id`` with both works as :func:`get_edge` has them."""
    return db.session.scalar(
        sa.select(RemixEdge)
        .where(RemixEdge.child_id == child_id, RemixEdge.parent_id == parent_id)
        .options(*_both_ends(RemixEdge.child, RemixEdge.parent))
    )


def _both_ends(child: Any, parent: Any) -> list[Any]:
    """Both works, with makers and newest versions."""
    return [joinedload(end).options(joinedload(Work.maker), joinedload(Work.current_version)) for end in (child, parent)]


def get_edge(work_id: int, parent_id: int) -> RemixEdge:
    """The edge with both works, their makers and newest versions; raises NotFound.

    A work that was never published has told nobody of its sources.
    """
    edge = find_edge(work_id, parent_id)
    if edge is None or edge.child.published_at is None:
        raise NotFound
    return edge


def get_suggestion(suggestion_id: int) -> SourceSuggestion:
    """The suggestion with both works and who made it; raises NotFound."""
    suggestion = db.session.scalar(
        sa.select(SourceSuggestion).where(SourceSuggestion.id == suggestion_id).options(*_for_suggestion())
    )
    if suggestion is None:
        raise NotFound
    return suggestion


def _for_suggestion() -> list[Any]:
    return [*_both_ends(SourceSuggestion.child, SourceSuggestion.parent), joinedload(SourceSuggestion.suggested_by)]


def get_dispute(dispute_id: int) -> EdgeDispute:
    """The dispute with its edge, both works and who raised it; raises NotFound."""
    dispute = db.session.scalar(
        sa.select(EdgeDispute)
        .where(EdgeDispute.id == dispute_id)
        .options(
            joinedload(EdgeDispute.person),
            joinedload(EdgeDispute.edge).options(*_both_ends(RemixEdge.child, RemixEdge.parent)),
        )
    )
    if dispute is None:
        raise NotFound
    return dispute


def list_suggestions_of(child_id: int, parent_id: int) -> list[SourceSuggestion]:
    """Whenever this parent was suggested for this child, oldest first, whatever became of it."""
    statement = sa.select(SourceSuggestion).where(
        SourceSuggestion.child_id == child_id, SourceSuggestion.parent_id == parent_id
    )
    return list(db.session.scalars(statement.order_by(SourceSuggestion.id)))


def count_open_suggestions(child_id: int) -> int:
    """How many suggestions wait for the answer of this work's maker."""
    waiting = sa.select(sa.func.count()).select_from(SourceSuggestion).where(
        SourceSuggestion.child_id == child_id, SourceSuggestion.state == SuggestionState.OPEN
    )
    return db.session.scalar(waiting) or 0


def list_disputes_of(edge_id: int) -> list[EdgeDispute]:
    """Everything that was ever said against this edge, oldest first, taken back or not, with who said it."""
    statement = sa.select(EdgeDispute).where(EdgeDispute.edge_id == edge_id).options(joinedload(EdgeDispute.person))
    return list(db.session.scalars(statement.order_by(EdgeDispute.id)))


def find_claims(work_id: int) -> tuple[Sequence[SourceSuggestion], Sequence[EdgeDispute]]:
    """What is said about a work's edges now: sources that wait for its maker's answer, and disputes as child or as parent.

    Most works have neither: one query asks whether there is anything to load.
    """
    facts = {"work_id": work_id}
    is_suggested, is_disputed = db.session.execute(_has_claims(), facts).one()
    suggestions = db.session.scalars(_open_suggestions(), facts).all() if is_suggested else []
    disputes = db.session.scalars(_disputes_around(), facts).all() if is_disputed else []
    return suggestions, disputes


@prepared
def _has_claims() -> sa.Select[bool, bool]:
    suggested = sa.exists().where(
        SourceSuggestion.child_id == sa.bindparam("work_id"), SourceSuggestion.state == SuggestionState.OPEN
    )
    disputed = sa.exists().where(EdgeDispute.edge_id == RemixEdge.id, _touches_work(), EdgeDispute.withdrawn_at.is_(None))
    return sa.select(suggested, disputed)


def _touches_work() -> sa.ColumnElement[bool]:
    work_id: sa.BindParameter[int] = sa.bindparam("work_id")
    return sa.or_(RemixEdge.child_id == work_id, RemixEdge.parent_id == work_id)


@prepared
def _open_suggestions() -> sa.Select[SourceSuggestion]:
    return (
        sa.select(SourceSuggestion)
        .where(SourceSuggestion.child_id == sa.bindparam("work_id"), SourceSuggestion.state == SuggestionState.OPEN)
        .options(*_for_suggestion())
        .order_by(SourceSuggestion.id)
    )


@prepared
def _disputes_around() -> sa.Select[EdgeDispute]:
    return (
        sa.select(EdgeDispute)
        .join(EdgeDispute.edge)
        .where(_touches_work(), EdgeDispute.withdrawn_at.is_(None))
        .options(
            joinedload(EdgeDispute.person),
            joinedload(EdgeDispute.edge).options(*_both_ends(RemixEdge.child, RemixEdge.parent)),
        )
        .order_by(EdgeDispute.id)
        .limit(50)
    )


def list_suggestions_by(person_id: int) -> list[SourceSuggestion]:
    """What somebody suggested, oldest first: for their own export."""
    statement = sa.select(SourceSuggestion).where(SourceSuggestion.suggested_by_id == person_id)
    return list(db.session.scalars(statement.order_by(SourceSuggestion.id)))


def list_disputes_by(person_id: int) -> list[EdgeDispute]:
    """What somebody disputed, oldest first, each with its edge: for their own export."""
    statement = sa.select(EdgeDispute).where(EdgeDispute.person_id == person_id).options(joinedload(EdgeDispute.edge))
    return list(db.session.scalars(statement.order_by(EdgeDispute.id)))
