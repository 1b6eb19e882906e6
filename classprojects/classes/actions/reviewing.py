"""A class is shown to staff before its first learners: sent, talked about, decided, published in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions.building import _as_it_stands, _lock_class
from classprojects.classes.actions.publishing import Unfinished, missing_in, publish_class
from classprojects.classes.models import ClassInstructor, ClassProject, ClassReview, ClassState, ReviewDecision
from classprojects.classes.queries import reviews
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.errors import DomainError, Refused
from classprojects.core.memo import forget
from classprojects.discussions import actions as discussions
from classprojects.discussions.models import Comment
from classprojects.notifications.actions import notify, queue_mail
from classprojects.notifications.models import NotificationKind

#: how far ahead a class may be set to be published
FARTHEST = timedelta(days=366)
LONGEST = 2000


class NeedsReview(DomainError):
    """Nobody of the staff has looked at the class yet."""


def send_to_review(
    project: ClassProject, person: Person, message: str = "", wanted_at: datetime | None = None
) -> ClassReview:
    """Ask staff to look at the class; ``wanted_at``: when it shall be published, None: as soon as it is approved.

    Sending it twice is one review. Raises Unfinished with what is missing.
    """
    _lock_class(project)
    project = queries.get_class_by_id(project.id)
    if project.state is ClassState.IN_REVIEW:
        known = reviews.find_open_review(project)
        if known is not None:
            return known
    if reviews.was_approved(project):
        raise DomainError(_("This class was approved already. Publish it; it need not be looked at again."))
    if project.state not in (ClassState.DRAFT, ClassState.CHANGES_REQUESTED):
        raise DomainError(_("This class is on its way already."))
    if missing := missing_in(project):
        raise Unfinished(_("Not sent yet. First: %(missing)s", missing=" ".join(missing)))
    _check_moment(wanted_at, "wanted_at")
    review = ClassReview(
        class_id=project.id,
        sent_by_id=person.id,
        sent_at=clock.now(),
        message=message.strip()[:LONGEST],
        wanted_at=wanted_at,
        thread_id=discussions.open_thread().id,
    )
    db.session.add(review)
    project.state, project.publish_at = ClassState.IN_REVIEW, None
    db.session.flush()
    forget()
    return review


def _check_moment(moment: datetime | None, field: str) -> None:
    if moment is None:
        return
    now = clock.now()
    if moment <= now:
        raise DomainError(_("That moment has passed. Choose a later one, or leave it empty."), field=field)
    if moment > now + FARTHEST:
        raise DomainError(_("Choose a moment within the next twelve months."), field=field)


def take_back_review(review: ClassReview, person: Person) -> None:
    """The instructor wants to go on writing first: back to draft. Of a decided one nothing is taken back."""
    project = _lock_class(review.project)
    _as_it_stands(review)
    if review.decided_at is not None:
        raise DomainError(_("It was decided meanwhile. Look at what was said."))
    _decide(review, ReviewDecision.TAKEN_BACK, person)
    project.state = ClassState.DRAFT
    db.session.flush()
    forget()


def approve_class(review: ClassReview, person: Person) -> None:
    """Say yes: the class is published, at once or at the wanted moment. Twice is once.

    Raises Refused for whoever leads the class or sent it, Unfinished when the checklist
    does not hold any more.
    """
    _lock_class(review.project)
    _as_it_stands(review)
    if review.decision is ReviewDecision.APPROVED:
        return
    _check_reviewer(review, person)
    project = queries.get_class_by_id(review.class_id)
    if missing := missing_in(project):
        raise Unfinished(
            _("It was whole when it was sent, and is not any more: %(missing)s Ask for changes, or wait.",
              missing=" ".join(missing))
        )
    _decide(review, ReviewDecision.APPROVED, person)
    if review.wanted_at is not None and review.wanted_at > clock.now():
        project.state, project.publish_at = ClassState.SCHEDULED, review.wanted_at
        db.session.flush()
        forget()
    else:
        publish_class(project)
    _tell_teachers(project, review, person)


def ask_for_changes(review: ClassReview, person: Person, reason: str) -> None:
    """Say what to change before it can be published; ``reason`` is what the instructor reads."""
    project = _lock_class(review.project)
    _as_it_stands(review)
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say what to change: without it nobody knows how to go on."), field="reason")
    if len(reason) > LONGEST:
        raise DomainError(_("At most %(max)d characters.", max=LONGEST), field="reason")
    _check_reviewer(review, person)
    _decide(review, ReviewDecision.CHANGES_REQUESTED, person, reason)
    project.state, project.publish_at = ClassState.CHANGES_REQUESTED, None
    db.session.flush()
    forget()
    _tell_teachers(project, review, person)


def _check_reviewer(review: ClassReview, person: Person) -> None:
    """Nobody decides about their own class; a review is decided once."""
    if review.decided_at is not None:
        raise DomainError(_("Somebody decided about it meanwhile. Look at what they said."))
    leads = db.session.get(ClassInstructor, (review.class_id, person.id)) is not None
    if leads or review.sent_by_id == person.id:
        raise Refused(_("This class is yours. Somebody else of the staff decides about it."))


def _decide(review: ClassReview, decision: ReviewDecision, person: Person | None, reason: str = "") -> None:
    review.decision, review.decided_at, review.reason = decision, clock.now(), reason
    review.decided_by_id = person.id if person is not None else None
    db.session.flush()
    db.session.expire(review, ["decided_by"])


def _tell_teachers(project: ClassProject, review: ClassReview, actor: Person | None) -> None:
    """Everybody who may change the class hears what became of it: here, and by mail."""
    occasion = f"class_review:{review.id}:{review.decision}:{project.state}"
    for teacher in reviews.list_teachers(project):
        if actor is not None and teacher.id == actor.id:
            continue
        notify(
            teacher.id,
            NotificationKind.CLASS_REVIEWED,
            f"{occasion}:{teacher.id}",
            actor_id=actor.id if actor is not None else None,
            work_id=None,
            path=f"{project.studio_url}/review",
        )
        queue_mail(
            teacher,
            "classes/class_reviewed",
            f"{occasion}:{teacher.id}",
            title=project.title,
            state=project.state.value,
            reason=review.reason,
            publish_at=project.publish_at,
            path=f"{project.studio_url}/review",
        )


def say_in_review(review: ClassReview, person: Person, body: str, once: str | None = None) -> Comment:
    """A remark for the other side; those who lead the class, and whoever spoke about it, are told."""
    comment = discussions.add_comment(review.thread_id, person, body, once)
    teachers = {teacher.id for teacher in reviews.list_teachers(review.project)}
    for reader_id in sorted({*teachers, *reviews.list_speakers(review)}):
        notify(
            reader_id,
            NotificationKind.CLASS_REVIEWED,
            f"class_review_remark:{comment.id}:{reader_id}",
            actor_id=person.id,
            work_id=None,
            path=f"{review.project.studio_url}/review" if reader_id in teachers else f"/desk/classes/{review.id}",
        )
    return comment


def release_class(project: ClassProject, publish_at: datetime | None = None) -> None:
    """Publish a class that was approved before, at once or at ``publish_at``.

    Raises NeedsReview for one that nobody looked at, Unfinished with what is missing.
    """
    _lock_class(project)
    project = queries.get_class_by_id(project.id)
    if project.is_published:
        return
    if missing := missing_in(project):
        raise Unfinished(_("Not published yet. First: %(missing)s", missing=" ".join(missing)))
    if not reviews.was_approved(project):
        raise NeedsReview(_("Somebody of the staff looks at a class before its first learners do. Send it to them."))
    if publish_at is None:
        publish_class(project)
        return
    if project.state is ClassState.ARCHIVED:
        raise DomainError(_("People are in this class. It opens again at once, or stays in the archive."))
    _check_moment(publish_at, "publish_at")
    project.state, project.publish_at = ClassState.SCHEDULED, publish_at
    db.session.flush()
    forget()


def unschedule_class(project: ClassProject) -> None:
    """Do not publish it by the clock after all: back to draft, still approved."""
    project = _lock_class(project)
    if project.state is not ClassState.SCHEDULED:
        raise DomainError(_("It is not set to be published by the clock."))
    project.state, project.publish_at = ClassState.DRAFT, None
    db.session.flush()
    forget()


def publish_due(class_id: int) -> bool:
    """Publish a class whose moment has come; whether it was published. Called twice, it happens once.

    Where the checklist does not hold any more, nothing is published: the class goes back to
    those who write it, with the reason.
    """
    project = queries.get_class_by_id(class_id)
    _lock_class(project)
    project = queries.get_class_by_id(class_id)
    if project.state is not ClassState.SCHEDULED or project.publish_at is None or project.publish_at > clock.now():
        return False
    before = reviews.find_last_review(project)
    missing = missing_in(project)
    if not missing:
        publish_class(project)
        if before is not None:
            _tell_teachers(project, before, None)
        return True
    teachers = reviews.list_teachers(project)
    sent_by_id = before.sent_by_id if before is not None else teachers[0].id if teachers else None
    project.state, project.publish_at = ClassState.CHANGES_REQUESTED, None
    if sent_by_id is not None:
        # A row of its own: what staff said about the class as they saw it stays as they said it.
        review = ClassReview(
            class_id=project.id,
            sent_by_id=sent_by_id,
            sent_at=clock.now(),
            thread_id=discussions.open_thread().id,
        )
        db.session.add(review)
        db.session.flush()
        reason = _("It was to be published now, and something is missing: %(missing)s", missing=" ".join(missing))
        _decide(review, ReviewDecision.CHANGES_REQUESTED, None, reason[:LONGEST])
        _tell_teachers(project, review, None)
    db.session.flush()
    forget()
    return False


def forget_reviews(person: Person) -> None:
    """Whoever leaves: what they wrote to staff goes, what was decided stays (P20)."""
    for review in reviews.list_reviews_by(person.id):
        review.message = ""
    db.session.flush()
