"""What the address of a lineage asks for: which view of it, narrowed to which works, from where on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request, url_for
from flask_babel import get_timezone
from flask_babel import gettext as _

from classprojects.core.database import MAX_ID
from classprojects.web.shared.arguments import choice_argument, text_argument
from classprojects.works.lineage import MOST_DRAWN, get_lineage, get_wide_lineage
from classprojects.works.models import Medium, Work
from classprojects.works.narrowing import Choice, narrow
from classprojects.works.queries import Viewer
from classprojects.works.tree import Lineage, View


@dataclass(frozen=True)
class Asked:
    """The words as they were typed (for the form), and what they mean."""

    view: View
    choice: Choice
    medium: str = ""
    since: str = ""
    until: str = ""
    maker: str = ""
    after: int = 0
    before: int = 0
    #: field -> what is wrong with it
    errors: dict[str, str] = field(default_factory=dict)

    def look(self, work: Work, viewer: Viewer) -> Lineage:
        """What a map draws."""
        if self.choice:
            return narrow(get_wide_lineage(work, viewer, view=self.view), self.choice, MOST_DRAWN)
        return get_lineage(work, viewer, view=self.view, after=self.after, before=self.before)

    def look_wide(self, work: Work, viewer: Viewer) -> Lineage:
        """What programs and tables take."""
        lineage = get_wide_lineage(work, viewer, view=self.view)
        return narrow(lineage, self.choice, len(lineage.nodes)) if self.choice else lineage

    def url(self, endpoint: str, work: Work, **changed: Any) -> str:
        """The address of another form of the same; ``changed``: arguments that differ."""
        parts: dict[str, Any] = {
            "view": self.view.value if self.view is not View.LINEAGE else None,
            "medium": self.medium or None,
            "since": self.since or None,
            "until": self.until or None,
            "maker": self.maker or None,
            **changed,
        }
        return url_for(endpoint, work_id=work.id, **parts)


def asked_for() -> Asked:
    """What stands in the address of this request. Whatever makes no sense there asks for nothing."""
    medium = choice_argument("medium", [medium.value for medium in Medium])
    since, until, maker = text_argument("since", 20), text_argument("until", 20), _handle(text_argument("maker"))
    errors: dict[str, str] = {}
    choice = Choice(
        medium=Medium(medium) if medium else None,
        since=_day("since", since, errors),
        until=_day("until", until, errors, days=1),
        maker=maker,
    )
    return Asked(
        view=View(choice_argument("view", [view.value for view in View], View.LINEAGE.value)),
        choice=choice,
        medium=medium,
        since=since,
        until=until,
        maker=maker,
        after=_cursor("after"),
        before=_cursor("before"),
        errors=errors,
    )


def _handle(text: str) -> str:
    """The handle in what was typed: alone, with an @, or as the address of somebody's page."""
    return text.rstrip("/").rpartition("/")[2].lstrip("@").lower()[:60]


def _day(name: str, text: str, errors: dict[str, str], days: int = 0) -> datetime | None:
    """The first moment of that day (or so many days later) where the reader is."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        if not 1970 <= day.year <= 2200:
            raise ValueError
    except ValueError:
        errors[name] = _("Write a date as year, month and day, such as 2026-11-24.")
        return None
    zone = get_timezone()
    moment = datetime.combine(day + timedelta(days=days), time())
    # pytz zones know the offset of a day only when asked to localise it; others take it as it is.
    return zone.localize(moment) if hasattr(zone, "localize") else moment.replace(tzinfo=zone)


def _cursor(name: str) -> int:
    text = request.args.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    return number if number <= MAX_ID else 0
