"""Seasons in words: where they stand, from when to when."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from flask_babel import get_locale, get_timezone, ngettext
from flask_babel import gettext as _

from classprojects.classes.models import Season
from classprojects.core import clock, moments
from classprojects.web.shared.filters import moment as in_words


def season_words(season: Season) -> str:
    """Where a season stands, in a word or two."""
    now = clock.now()
    if season.is_cancelled:
        return _("called off")
    if season.ends_at <= now:
        return _("over")
    if season.starts_at <= now:
        return _("running")
    days = (season.starts_at - now).days
    if days == 0:
        return _("starts within a day")
    return ngettext("starts in %(num)d day", "starts in %(num)d days", days)


def span_words(season: Season, zone: tzinfo | None = None) -> str:
    """From when to when, on the clocks of ``zone``, else of the reader, named."""
    zone, locale = zone or get_timezone() or UTC, get_locale()
    first = moments.in_words(season.starts_at, zone, locale)
    last = moments.in_words(season.ends_at, zone, locale)
    return _("%(first)s to %(last)s", first=first, last=last)


def place_words(season: Season) -> str:
    """How many places there are, and how many are left."""
    if season.places is None:
        return _("room for everybody")
    left = max(0, season.places - season.learners_count)
    if left == 0:
        return _("all places taken")
    return ngettext("%(num)d place left", "%(num)d places left", left)


def due_words(due_at: datetime | None, *, is_made: bool, is_firm: bool, now: datetime | None = None) -> str:
    """Until when an answer is asked for, kindly: nobody who made it is reminded, nobody who is late is told off."""
    if due_at is None or is_made:
        return ""
    when = in_words(due_at)
    if (now or clock.now()) <= due_at:
        return _("until %(when)s", when=when)
    if is_firm:
        return _("took answers until %(when)s", when=when)
    return _("was due %(when)s; you can still hand it in", when=when)
