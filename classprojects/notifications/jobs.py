"""Sending what is in the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from flask import current_app, g, render_template
from flask_babel import force_locale
from jinja2 import TemplateNotFound

from classprojects.accounts import queries as people
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.gateways import mail as gateway
from classprojects.gateways.queue import enqueue
from classprojects.notifications import actions, queries
from classprojects.notifications.models import Mail

log = structlog.get_logger(__name__)


def send_mail(mail_id: int) -> None:
    """Send one mail: claim, send outside of any transaction, record. Twice is once."""
    with transaction():
        claimed = actions.claim_mail(mail_id)
    if not claimed:
        return
    mail = queries.get_mail(mail_id)
    address = mail.address or (people.find_mail_address(mail.person) if mail.person else None)
    if not address:
        with transaction():
            actions.record_dropped(queries.get_mail(mail_id))
        return
    try:
        gateway.send(compose_mail(mail, address))
    except gateway.MailFailed as error:
        log.warning("mail refused", mail=mail_id, template=mail.template, error=str(error), attempt=mail.attempts)
        with transaction():
            actions.record_refused(queries.get_mail(mail_id), str(error))
        return
    with transaction():
        actions.record_sent(queries.get_mail(mail_id))


def compose_mail(mail: Mail, address: str) -> gateway.Message:
    """The mail's template, filled in, in the site's language with the reader's time zone."""
    context = {name: _rich(value) for name, value in mail.context.items()}
    context.update(person=mail.person, base_url=current_app.config["SETTINGS"].base_url)
    # A context of its own: the time zone is that of the person who reads it. The language is the site's: dates in
    # another one than the sentences around them would read oddly.
    with current_app.app_context(), force_locale("en"):
        g.mail_reader = mail.person
        head, _, text = render_template(f"email/{mail.template}.txt", **context).lstrip().partition("\n")
        try:
            html = render_template(f"email/{mail.template}.html", **context)
        except TemplateNotFound:
            html = ""
    if not head.startswith("Subject:"):
        raise ValueError(f"email/{mail.template}.txt must begin with 'Subject: '")
    return gateway.Message(address, head.removeprefix("Subject:").strip(), text.strip() + "\n", html)


def _rich(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"moment"}:
        return datetime.fromisoformat(value["moment"])
    return value


def sweep_mail() -> None:
    """Wake workers for every mail that is due and may have been forgotten."""
    for mail_id in queries.list_due_mail_ids(clock.now()):
        enqueue(send_mail, mail_id)
