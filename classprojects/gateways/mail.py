"""Mail. ``MAIL_URL`` says where it goes:

``file:///folder``  printed to the log by subject and kept as .eml files (development)
``smtp://user:password@host:port``  plain, upgraded by STARTTLS when offered
``smtps://…``  TLS from the first byte
"""

from __future__ import annotations

import logging
import os
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app

log = logging.getLogger(__name__)


class MailFailed(Exception):
    """The message could not be handed over; trying again later may work."""


@dataclass(frozen=True)
class Message:
    """One mail to one person. ``html`` may be empty; ``text`` never is."""

    to: str
    subject: str
    text: str
    html: str = ""


def send(message: Message) -> None:
    """Hand ``message`` over. Raises MailFailed when the other side does not take it."""
    settings = current_app.config["SETTINGS"]
    mail = _compose(message, settings.mail_from)
    outbox = current_app.config.get("RECORDED_MAIL")
    if outbox is not None:
        outbox.append(message)
        return
    url = urlsplit(settings.mail_url)
    if url.scheme == "file":
        _keep(mail, Path(unquote(url.path)))
    elif url.scheme in {"smtp", "smtps"}:
        _deliver(mail, url)
    else:
        raise MailFailed(f"MAIL_URL with scheme {url.scheme!r}: use file, smtp or smtps")


def _compose(message: Message, sender: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.to
    # A line break in a subject would begin a header of its own.
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> ") or "localhost")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail


def _keep(mail: EmailMessage, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = "".join(c for c in mail["Message-ID"] if c.isalnum())[:60]
    path = folder / f"{name}.eml"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(bytes(mail))
    log.info("mail kept", extra={"subject": mail["Subject"], "file": path.name})


def _deliver(mail: EmailMessage, url: object) -> None:
    host, port = url.hostname or "localhost", url.port  # type: ignore[attr-defined]
    secure = ssl.create_default_context()
    try:
        if url.scheme == "smtps":  # type: ignore[attr-defined]
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=15, context=secure)
        else:
            server = smtplib.SMTP(host, port or 25, timeout=15)
        with server:
            if url.scheme == "smtp":  # type: ignore[attr-defined]
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=secure)
            if url.username:  # type: ignore[attr-defined]
                server.login(unquote(url.username), unquote(url.password or ""))  # type: ignore[attr-defined]
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise MailFailed(type(error).__name__) from error
