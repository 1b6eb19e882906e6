"""Handing in, trying again, taking back."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions import peers
from classprojects.classes.actions.building import _as_it_stands, _lock_class
from classprojects.classes.actions.notes import start_assignment
from classprojects.classes.models import (
    Assignment,
    Attempt,
    Submission,
    SubmissionState,
)
from classprojects.classes.queries.opening import Opening, find_opening
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.errors import DomainError
from classprojects.core.ids import once_key
from classprojects.works import actions as works
from classprojects.works.actions import WorkDraft
from classprojects.works.models import Work, WorkStatus
from classprojects.works.news import tell_of_remix
from classprojects.works.queries import Viewer, get_plain_work


class SubmissionsClosed(DomainError):
    """This assignment takes no answers now."""


class Unfitting(DomainError):
    """A work that is not what the assignment asks for."""



def submit_work(person: Person, assignment: Assignment, draft: WorkDraft, viewer: Viewer) -> Submission:
    """Hand in ``draft`` as ``person``'s answer: a class work and attempt 1; once more: the next attempt.

    Raises SubmissionsClosed, Unfitting (a medium or source that the assignment does
    not take), and what making a work raises. Sending the same form twice hands in once.
    """
    project = _lock_class(assignment.project)
    peers.hold_readers(assignment.id)
    submission = queries.find_submission(assignment, person)
    if submission is not None:
        return _resubmit_work(submission, draft, viewer)
    if not project.is_running or assignment.deleted_at is not None:
        raise SubmissionsClosed(_("This class is not open at the moment. Your draft is still here."))
    opening = find_opening(person, project)
    if assignment.is_closed and not opening.has_more_time(assignment):
        raise SubmissionsClosed(_("This assignment takes no new answers."))
    _check_dates(opening, assignment)
    _check_fitting(assignment, person, draft, held=())
    work = works.create_work(person, draft, viewer=viewer, space_id=project.space_id, is_veiled=assignment.hides_names)
    if work.space_id != project.space_id or queries.find_submission_of_work(work.id) is not None:
        # A form's key that already made something else.
        raise DomainError(_("This form was sent before, for another page. Open this one afresh and send it again."))
    now = clock.now()
    submission = Submission(
        assignment_id=assignment.id,
        class_id=project.id,
        person_id=person.id,
        work_id=work.id,
        state=SubmissionState.SUBMITTED,
        submitted_at=now,
        waiting_since=now,
        season_id=opening.season_id,
    )
    db.session.add(submission)
    db.session.flush()
    _add_attempt(submission, assignment, _version_id(work), once_key(person.id, draft.once), opening)
    _tell_insiders(submission, work)
    start_assignment(person, assignment)
    peers.ask_classmates(submission, assignment)
    return submission


def is_attempt(submission: Submission, once: str | None) -> bool:
    """Whether the form with this one-time key made an attempt of ``submission`` already."""
    key = once_key(submission.person_id, once)
    return key is not None and queries.find_attempt_by_key(submission, key) is not None


def _resubmit_work(submission: Submission, draft: WorkDraft, viewer: Viewer) -> Submission:
    """The next attempt at ``submission``; earlier ones stay as they are."""
    if is_attempt(submission, draft.once):
        return submission
    _as_it_stands(submission)
    assignment = submission.assignment
    # What its instructor asked for is measured against no date.
    opening = None if submission.state is SubmissionState.RETURNED else find_opening(submission.person, assignment.project)
    if opening is not None:
        _check_dates(opening, assignment)
    work = get_plain_work(submission.work_id)
    was_withdrawn, was_waiting = submission.is_withdrawn, submission.is_waiting
    if work.is_erased:
        # The next attempt begins a work of its own; what was said about the earlier ones stays.
        _check_fitting(assignment, submission.person, draft, held=())
        work = works.create_work(
            submission.person, draft, viewer=viewer, space_id=work.space_id, is_veiled=assignment.hides_names
        )
        submission.work_id, version_id = work.id, _version_id(work)
    else:
        version_id = _revise(submission, work, draft, viewer)
    submission.state = SubmissionState.RESUBMITTED if submission.attempts_count else SubmissionState.SUBMITTED
    submission.withdrawn_at = None
    if was_withdrawn or not was_waiting:
        # Who hands in a second try before the first was answered keeps their place in the queue.
        submission.waiting_since = clock.now()
    db.session.flush()
    _add_attempt(submission, assignment, version_id, once_key(submission.person_id, draft.once), opening)
    _tell_insiders(submission, work)
    peers.ask_classmates(submission, assignment)
    return submission


def _tell_insiders(submission: Submission, work: Work) -> None:
    """Tell those whose open works it was made from, too, where they have a place in the class and so may see it (P4)."""
    parent_ids = queries.list_source_ids(work.id)
    tell_of_remix(work, parent_ids, insiders=queries.list_makers_inside(submission.class_id, parent_ids))


def _revise(submission: Submission, work: Work, draft: WorkDraft, viewer: Viewer) -> int:
    """The id of the version that ``draft`` makes of ``work``."""
    if work.status is WorkStatus.REMOVED:
        raise SubmissionsClosed(_("The work that you handed in was taken down by moderation, so it cannot be revised."))
    if work.medium is not draft.medium:
        raise Unfitting(
            _("A next attempt stays in the medium of the first. Post the other one as a work of its own."), field="medium"
        )
    _check_fitting(submission.assignment, submission.person, draft, held=queries.list_source_ids(work.id))
    version = works.revise_work(work, draft, viewer=viewer)
    if work.status is not WorkStatus.PUBLISHED:
        works.publish_work(work)
    return version.id


def _check_dates(opening: Opening, assignment: Assignment) -> None:
    """Refuse what opens later, and what comes after a firm date. The composer keeps what was written."""
    if not opening.is_open(assignment):
        raise SubmissionsClosed(_("This assignment is not open to you yet. Your draft is still here."))
    if opening.is_shut(assignment):
        raise SubmissionsClosed(
            _("This assignment took answers until its date, which has passed. Your draft is still here; your instructor can "
              "give you more time.")
        )


def _check_fitting(assignment: Assignment, person: Person, draft: WorkDraft, held: Sequence[int]) -> None:
    if draft.medium.value not in assignment.media_allowed:
        raise Unfitting(_("This assignment asks for another kind of work."), field="medium")
    if assignment.from_assignment_id is None:
        return
    named = [source.work_id for source in draft.sources]
    if not queries.fits_remix_rule(assignment, person, [*named, *held]):
        raise Unfitting(_unfitting_words(assignment, person, named), field="sources")


def _unfitting_words(assignment: Assignment, person: Person, named: Sequence[int]) -> str:
    """Why none of the works that an answer names is one that it may build on."""
    if queries.answers_with(assignment, person, named):
        return _("This one is your own. The assignment builds on a classmate's work: choose one of those offered.")
    if named:
        return _("That work is no classmate's answer to the assignment that this one builds on. Choose one of those offered.")
    return _("This assignment builds on a classmate's work. Choose one of those offered, so that it is named as a source.")


def _add_attempt(
    submission: Submission, assignment: Assignment, version_id: int, once: str | None, opening: Opening | None
) -> Attempt:
    attempt = Attempt(
        submission_id=submission.id,
        number=submission.attempts_count + 1,
        work_version_id=version_id,
        assignment_version=assignment.version,
        is_late=opening is not None and opening.is_late(assignment),
        due_at=opening.due_at(assignment) if opening is not None else None,
        submission_key=once,
        created_at=clock.now(),
    )
    submission.attempts_count += 1
    db.session.add(attempt)
    db.session.flush()
    db.session.expire(submission, ["attempts"])
    return attempt


def _version_id(work: Work) -> int:
    if work.current_version is None:
        raise RuntimeError("a new work has a version")
    return work.current_version.id


def withdraw_submission(submission: Submission) -> None:
    """Take an answer back: classmates no longer see it, its maker keeps it, and may hand in again."""
    peers.hold_readers(submission.assignment_id)
    if _as_it_stands(submission).is_withdrawn:
        return
    work = get_plain_work(submission.work_id)
    submission.state, submission.withdrawn_at = SubmissionState.WITHDRAWN, clock.now()
    if work.status is WorkStatus.PUBLISHED and not work.is_open:
        works.unpublish_work(work)
    db.session.flush()
    peers.release(submission)
