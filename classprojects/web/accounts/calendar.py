"""The private calendar: its address, and what is found there by whoever knows it."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.accounts import actions
from classprojects.classes.queries.seasons import find_person_by_calendar
from classprojects.core.database import transaction
from classprojects.core.errors import NotFound
from classprojects.policy import Permission
from classprojects.web.accounts.calendar_feed import write_calendar
from classprojects.web.shared.filters import absolute
from classprojects.web.shared.guards import public, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person

bp = Blueprint("calendar", __name__)

#: programs look a few times an hour at most
LOOKING = "60 per hour"


def _per_calendar() -> str:
    """Which calendar is looked at, hashed: a limit that is reached is logged with its key."""
    token = str((request.view_args or {}).get("token", ""))
    return f"calendar:{hashlib.sha256(token.encode('utf-8', 'replace')).hexdigest()[:32]}"


@bp.get("/account/calendar")
@requires(Permission.MANAGE_ACCOUNT)
def show_calendar() -> Any:
    """Where one's own dates are to be found, for a calendar program."""
    key = signed_in_person().calendar_key
    address = absolute(url_for("calendar.show_feed", token=key)) if key else None
    return render_template("accounts/show_calendar.html", address=address)


@bp.post("/account/calendar")
@requires(Permission.MANAGE_ACCOUNT)
@limiter.limit(POSTING, key_func=per_person)
def make_calendar() -> Any:
    """Make the address, or a new one: the old one then leads nowhere."""
    person = signed_in_person()
    was_there = person.calendar_key is not None
    with transaction():
        actions.make_calendar_key(person)
    words = _("This is the new address; the old one leads nowhere now.") if was_there else _("Made. Give the address to your calendar.")
    flash(words, "success")
    return redirect(url_for("calendar.show_calendar"), 303)


@bp.post("/account/calendar/delete")
@requires(Permission.MANAGE_ACCOUNT)
def remove_calendar() -> Any:
    """The address leads nowhere any more."""
    with transaction():
        actions.remove_calendar_key(signed_in_person())
    flash(_("Removed. Calendars that had the address find nothing there."), "success")
    return redirect(url_for("calendar.show_calendar"), 303)


@bp.get("/calendar/<token>.ics")
@public
@limiter.limit(LOOKING, key_func=_per_calendar)
def show_feed(token: str) -> Any:
    """All dates of the classes of whoever made this address. Who knows it needs no sign-in: programs have none."""
    person = find_person_by_calendar(token)
    if person is None:
        raise NotFound
    response = Response(write_calendar(person), mimetype="text/calendar", content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="class-projects.ics"'
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)
