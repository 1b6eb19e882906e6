"""The mails about accounts: which link goes where."""

from __future__ import annotations

from typing import Any

from flask import url_for

from classprojects.accounts import actions, queries
from classprojects.accounts.models import Person, TokenPurpose
from classprojects.core import clock
from classprojects.core.ids import new_token
from classprojects.notifications.actions import queue_mail
from classprojects.web.shared.filters import absolute

#: purpose -> (endpoint behind the link, template of the mail)
LINKS = {
    TokenPurpose.VERIFY_EMAIL: ("accounts.show_verify_email", "accounts/verify_email"),
    TokenPurpose.CHANGE_EMAIL: ("accounts.show_verify_email", "accounts/change_email"),
    TokenPurpose.RESET_PASSWORD: ("accounts.show_reset_password", "accounts/reset_password"),
}


def mail_sign_up(person: Person) -> None:
    """After signing up: a link that proves the address, or word that it has an account already."""
    address = person.claimed_email or ""
    owner = queries.find_person_by_email(address)
    if owner is None:
        mail_link(person, TokenPurpose.VERIFY_EMAIL, address)
        return
    queue_mail(
        owner,
        "accounts/already_here",
        f"already_here:{person.id}",
        handle=owner.handle,
        sign_in_url=absolute(url_for("accounts.show_sign_in")),
        reset_url=absolute(url_for("accounts.show_ask_reset")),
    )


def mail_link(person: Person, purpose: TokenPurpose, address: str) -> None:
    """Mail ``person`` a one-time link for ``purpose`` to ``address``."""
    endpoint, template = LINKS[purpose]
    token = actions.make_link_token(person, purpose, address)
    queue_mail(
        person,
        template,
        f"{purpose.value}:{new_token(9)}",
        to=address,
        name=person.name,
        handle=person.handle,
        url=absolute(url_for(endpoint, token=token)),
    )


def mail_password_changed(person: Person) -> None:
    """Tell ``person`` that their password is another one now (ASVS 2.5.5): if it was not them, they hear of it."""
    _tell_of_change(person, "accounts/password_changed", None)


def mail_address_changed(person: Person, before: str | None) -> None:
    """Tell ``person``, at the address from ``before`` and at the new one, that mail goes elsewhere now.

    Nothing when the address is their first that was proven, or the same.
    """
    if before and before != person.email:
        for address in (before, person.email):
            _tell_of_change(person, "accounts/address_changed", address, new_address=person.email)


def _tell_of_change(person: Person, template: str, address: str | None, **more: Any) -> None:
    queue_mail(
        person,
        template,
        f"{template}:{person.id}:{new_token(9)}",
        to=address,
        name=person.name,
        handle=person.handle,
        changed_at=clock.now(),
        reset_url=absolute(url_for("accounts.show_ask_reset")),
        **more,
    )
