"""Facts about a person and a work. Open works ask nothing about membership (P1)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from classprojects.accounts.models import Person
from classprojects.core import memo
from classprojects.discussions.models import Comment
from classprojects.media.models import MediaFile, MediaPurpose, Upload
from classprojects.policy.decisions import ALLOWED, HIDDEN, SIGN_IN, Decision, forbidden
from classprojects.policy.viewing import viewer_for
from classprojects.works import queries, versions
from classprojects.works.models import Work, WorkStatus
from classprojects.works.versions import PlacedWork


def can_see(person: Person | None, work: Work) -> Decision:
    """The work shows itself to them. Class works of others are hidden, not paywalled: a paywall would tell."""
    if work.status is WorkStatus.PUBLISHED and work.is_open:
        return ALLOWED
    if person is None:
        return HIDDEN
    if work.maker_id == person.id and not work.is_erased:
        return ALLOWED  # P2: one's own, whatever became of the membership
    return ALLOWED if queries.is_visible(work, viewer_for(person)) else HIDDEN


def can_see_place(person: Person | None, work: Work) -> Decision:
    """The work, or the tombstone where it was: its page and its lineage."""
    if not work.is_erased:
        return can_see(person, work)
    if work.published_at is not None and work.is_open:
        return ALLOWED
    return ALLOWED if queries.is_tombstone_for(work, viewer_for(person)) else HIDDEN


def is_maker(person: Person | None, work: Work) -> Decision:
    """Made it. To others it is hidden or plainly not theirs, as far as they may see it."""
    seen = can_see_place(person, work)
    if not seen:
        return seen
    if person is None:
        return SIGN_IN
    return ALLOWED if work.maker_id == person.id else forbidden(_l("Only the person who made this work can do that."))


def is_there(person: Person | None, work: Work) -> Decision:
    """Is not a tombstone."""
    return HIDDEN if work.is_erased else ALLOWED


def is_published(person: Person | None, work: Work) -> Decision:
    """Is published: drafts have no hearts and no remixes."""
    if work.status is WorkStatus.PUBLISHED:
        return ALLOWED
    return forbidden(_l("This work is not published, so that nobody else can see it yet."))


def is_class_work(person: Person | None, work: Work) -> Decision:
    """Lives in a class, and is not in the open area yet."""
    return forbidden(_l("This work is in the open area already.")) if work.is_open else ALLOWED


def can_see_file(person: Person | None, file: MediaFile) -> Decision:
    """Their own upload, somebody's picture, or in a version of a work that shows itself to them."""
    if person is not None and file.owner_id == person.id or file.purpose is MediaPurpose.PICTURE:
        return ALLOWED
    if file.purpose is not MediaPurpose.WORK:
        return HIDDEN
    # Asked twice a request: may they, and might a visitor (so that caches may keep it)?
    for placed in memo.remember(("works with file", file.id), lambda: versions.list_works_with_file(file.id)):
        if can_see_version(person, placed):
            return ALLOWED
    return HIDDEN


def can_see_version(person: Person | None, placed: PlacedWork) -> Decision:
    """The work shows itself to them, and so did this version while it was the newest (P4)."""
    seen = can_see(person, placed.work)
    if not seen:
        return seen
    return ALLOWED if versions.was_shown(placed.work, placed.superseded_at, viewer_for(person)) else HIDDEN


def made_version(person: Person | None, placed: PlacedWork) -> Decision:
    """Made the work that it is a version of."""
    return is_maker(person, placed.work)


def uploaded_file(person: Person | None, file: MediaFile | Upload) -> Decision:
    """It is their own upload; to others there is nothing to know about it."""
    if person is None:
        return SIGN_IN
    return ALLOWED if file.owner_id == person.id else HIDDEN


def can_take_back(person: Person | None, comment: Comment) -> Decision:
    """Said it. Whoever sees a comment knows that it is there, so that others are told no."""
    if person is not None and comment.author_id == person.id:
        return ALLOWED
    work = queries.find_work_by_thread(comment.thread_id)
    if work is not None and not can_see_place(person, work):
        return HIDDEN
    if person is None:
        return SIGN_IN
    return forbidden(_l("Only the person who wrote a comment can take it back."))


def can_talk_about(person: Person | None, target: Any) -> Decision:
    """Has an account, and the work is there."""
    seen = can_see(person, target)
    if not seen:
        return seen
    return ALLOWED if person is not None else SIGN_IN
