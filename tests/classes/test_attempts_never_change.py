"""Attempts are written once: whatever is done afterwards, what was handed in then is what one reads now."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classprojects.accounts.queries import get_person
from classprojects.classes import actions, queries
from classprojects.classes.actions import AssignmentDraft
from classprojects.classes.models import Attempt, Submission
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError
from classprojects.policy.viewing import viewer_for
from classprojects.works import actions as works
from classprojects.works import queries as made
from classprojects.works.actions import WorkDraft
from classprojects.works.models import Medium, WorkStatus, WorkVersion
from tests.factories.classes import make_class, make_learner, say, submit

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

OPERATIONS = (
    "resubmit", "withdraw", "edit work", "edit assignment", "answer", "close", "take down", "bring back", "share", "rename", "leave",
)  # fmt: skip


@given(st.lists(st.sampled_from(OPERATIONS), min_size=1, max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_afterwards_earlier_attempts_never_change(cast, operations):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    submission_id = submit(learner, project, body="As it was first.").id
    kept = _attempts(submission_id)
    for number, operation in enumerate(operations):
        with suppress(DomainError):  # refused: nothing may have changed either
            _do(operation, number, cast, learner, project, submission_id)
        now = _attempts(submission_id)
        assert now[: len(kept)] == kept, operation
        kept = now
    assert [one["number"] for one in kept] == list(range(1, len(kept) + 1))


def _attempts(submission_id: int) -> list[dict[str, Any]]:
    """Every attempt as the tables have it, with the content of its version."""
    db.session.expire_all()
    rows = db.session.execute(
        sa.select(*Attempt.__table__.columns, WorkVersion.title, WorkVersion.body, WorkVersion.note, WorkVersion.file_id)
        .join(WorkVersion, WorkVersion.id == Attempt.work_version_id)
        .where(Attempt.submission_id == submission_id)
        .order_by(Attempt.number)
    )
    return [dict(row) for row in rows.mappings()]


def _do(operation: str, number: int, cast: Any, learner: Any, project: Any, submission_id: int) -> None:
    learner = get_person(learner.id)
    submission = queries.get_submission(submission_id)
    fresh = queries.get_class(project.slug)
    draft = WorkDraft(medium=Medium.TEXT, title=f"Title {number}", body=f"Body {number}")
    if operation == "resubmit":
        submit(learner, project, title=f"Try {number}", body=f"Once more {number}")
    elif operation == "answer":
        say(cast.instructor, submission, as_instructor=True, is_done=bool(number % 2))
    else:
        with transaction():
            work = made.get_work(submission.work_id)
            if operation == "withdraw":
                actions.withdraw_submission(submission)
            elif operation == "edit work":
                works.revise_work(work, draft, viewer=viewer_for(learner))
            elif operation in ("edit assignment", "close"):
                assignment = fresh.assignments[0]
                changed = AssignmentDraft(
                    title=f"Asked anew {number}", brief="Another brief", media_allowed=(Medium.IMAGE,),
                    is_closed=operation == "close",
                )  # fmt: skip
                actions.edit_assignment(fresh, assignment, changed, assignment.version, cast.instructor)
            elif operation == "take down":
                work.status = WorkStatus.REMOVED
            elif operation == "bring back":
                work.status = WorkStatus.PUBLISHED
            elif operation == "share":
                works.share_work(work)
            elif operation == "rename":
                learner.name = f"Name {number}"
            else:
                actions.leave_class(learner, fresh)


def test_attempts_refuse_to_be_written_again(cast):
    """By the object, by the row, by a statement over all of them."""
    project = make_class(cast.instructor)
    submission = submit(make_learner(project), project)
    attempt = db.session.scalar(sa.select(Attempt))
    with pytest.raises(RuntimeError, match="written once"), transaction():
        attempt.is_late = True
        db.session.flush()
    db.session.rollback()
    for statement in (sa.update(Attempt).values(is_late=True), sa.delete(Attempt), sa.delete(Attempt).where(Attempt.id == 1)):
        with pytest.raises(RuntimeError, match="written once"), transaction():
            db.session.execute(statement)
    with pytest.raises(RuntimeError, match="written once"), transaction():
        db.session.delete(db.session.get(Attempt, attempt.id))
        db.session.flush()
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Attempt)) == 1
    # What is beside them can be written.
    with transaction():
        db.session.execute(sa.update(Submission).where(Submission.id == submission.id).values(readers_count=3))
