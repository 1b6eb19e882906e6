"""Who is who around a submission, as one reader is told: for pages, threads, queues, exports.

In an anonymous assignment names are hidden both ways until an instructor releases them:
nobody is told whose answer it is, those who lead the class included, and the maker is
not told which classmate said something about it. An instructor's own word is never
hidden: learners know who leads their class, and it moves the submission on.

Every function takes rows loaded with the people in question, and a
:class:`~classprojects.works.queries.Viewer` (``policy.viewing.viewer_for(person)``), and answers a
:class:`~classprojects.works.bylines.Byline`: ``name``, ``handle``, ``url``, ``picture_url``, ``person_id`` and
``is_hidden``; where it is hidden all but the name are None.
"""

from __future__ import annotations

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.models import Feedback, Submission
from classprojects.works.bylines import Byline, byline_of, hidden_name, is_maker_hidden
from classprojects.works.queries import Viewer


def is_veiled(submission: Submission) -> bool:
    """Whether names around this submission (loaded with its work) are hidden now."""
    return submission.work.veiled_at is not None


def submitter_of(submission: Submission, viewer: Viewer) -> Byline:
    """Whose answer it is. ``submission`` with its work and its person."""
    if is_maker_hidden(submission.work, viewer):
        return Byline(hidden_name(), is_hidden=True)
    return byline_of(submission.person)


def giver_of(feedback: Feedback, submission: Submission, viewer: Viewer) -> Byline:
    """Who said it: a classmate is hidden as long as the work is veiled, from everybody but themselves.

    ``feedback`` with its author, ``submission`` with its work.
    """
    return speaker_of(feedback.author, submission, viewer, by_instructor=feedback.by_instructor)


def speaker_of(person: Person, submission: Submission, viewer: Viewer, *, by_instructor: bool) -> Byline:
    """Who speaks in the talk about a submission: the maker, a classmate, or somebody who leads the class.

    ``by_instructor``: whether they speak as one of those who lead it.
    """
    if not is_veiled(submission) or person.id == viewer.person_id:
        return byline_of(person)
    if person.id == submission.person_id:
        return Byline(_("The maker"), is_hidden=True)
    return byline_of(person) if by_instructor else Byline(_("A classmate"), is_hidden=True)


def actor_id_of(person: Person, submission: Submission, *, by_instructor: bool = False) -> int | None:
    """Whom to name as the actor of a notification about this submission: None where their name is hidden.

    Whoever sends one checks first that it does not go to ``person`` themselves: without an actor nobody can tell.
    """
    return person.id if by_instructor or not is_veiled(submission) else None
