"""Somebody's picture: one at a time, and what it was before is gone."""

from __future__ import annotations

from classprojects.accounts import actions as accounts
from classprojects.accounts.models import Person
from classprojects.media import actions as media
from classprojects.media.actions import Received
from classprojects.media.models import MediaPurpose
from classprojects.media.queries import find_file_by_public_id


def replace_picture(person: Person, received: Received | None) -> None:
    """Show this file as ``person``'s picture (None: initials again) and delete the one before.

    Pictures are everybody's to see: one that was taken down must not stay at its address.
    """
    before = find_file_by_public_id(person.picture_key) if person.picture_key else None
    after = media.accept_upload(person, received, MediaPurpose.PICTURE) if received is not None else None
    accounts.set_picture(person, after.public_id if after is not None else None)
    if before is not None:
        media.delete_file(before)
