"""What happened to one's works, newest first: as far as one may see it at the moment of looking (P4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from classprojects.accounts.models import Person
from classprojects.core.database import transaction
from classprojects.core.memo import remember
from classprojects.notifications import actions, queries
from classprojects.notifications.models import Notification, NotificationKind
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.accounts.forms import SeenForm
from classprojects.web.classes.board_news import OF_THE_BOARD, topics_told
from classprojects.web.shared.arguments import is_fragment_request, wants_json
from classprojects.web.shared.filters import absolute
from classprojects.web.shared.guards import current_person, requires, signed_in_person
from classprojects.works import queries as works
from classprojects.works.bylines import hidden_name, is_maker_hidden
from classprojects.works.models import Work
from classprojects.works.queries import Viewer, is_visible

bp = Blueprint("notifications", __name__)

#: what may stand in one line when several did it
TOGETHER = {NotificationKind.COMMENTED, NotificationKind.REMIXED, NotificationKind.FOLLOWED}
#: names that a line says before it counts
NAMED = 2

#: these come without a name where an assignment hides names
FROM_CLASSMATES = {NotificationKind.FEEDBACK, NotificationKind.FEEDBACK_REPLIED, NotificationKind.FEEDBACK_THANKED, NotificationKind.FEEDBACK_ASKED}

_WORKS = re.compile(r"/(?:works|sources)/(\d{1,18})", re.ASCII)
_WORK = re.compile(r"/works/(\d+)", re.ASCII)


@dataclass
class Line:
    """One line of the page: what was done, by whom, to which work. Nothing in it that its reader may not see."""

    kind: NotificationKind
    when: datetime
    is_new: bool
    #: None: there is nothing to look at (any more)
    url: str | None
    #: the reader's own work, or the one that they suggested a source for; None where it is about none, or gone
    title: str | None = None
    #: what was made from it
    made: str | None = None
    is_made_hidden: bool = False
    names: list[str] = field(default_factory=list)
    #: how many times it happened
    number: int = 1

    @property
    def who(self) -> Markup:
        """Who did it, in words: two by name, the rest counted."""
        named = [Markup("<bdi>{}</bdi>").format(name) for name in self.names[:NAMED]]
        rest = len(self.names) - len(named)
        if not named:
            return Markup.escape(_("Somebody"))
        if rest:
            words = ngettext("%(names)s and %(num)s other", "%(names)s and %(num)s others", rest, names="{names}")
            return Markup.escape(words).format(names=Markup(", ").join(named))
        return named[0] if len(named) == 1 else Markup.escape(_("%(one)s and %(two)s", one="{one}", two="{two}")).format(
            one=named[0], two=named[1]
        )


@bp.get("/account/notifications")
@requires(Permission.MANAGE_ACCOUNT)
def list_notifications() -> Any:
    """What one was told. Looking changes nothing: a button says that one has seen it."""
    person = signed_in_person()
    page = queries.list_notifications(person.id, request.args.get("after"))
    lines = shown_lines(page.items, viewer_for(person))
    next_url = url_for("notifications.list_notifications", after=page.next_cursor) if page.next_cursor else None
    if wants_json():
        return jsonify(
            {
                "notifications": [_line_as_json(line) for line in lines],
                "unseen": unseen_notifications(),
                "next": page.next_cursor,
            }
        )
    if is_fragment_request() and request.args.get("after"):
        return render_template("accounts/_notification_items.html", lines=lines, next_url=next_url)
    newest = max((one.id for one in page.items), default=0)
    form = SeenForm(until=newest, formdata=None) if any(line.is_new for line in lines) or unseen_notifications() else None
    return render_template("accounts/list_notifications.html", lines=lines, next_url=next_url, form=form)


@bp.post("/account/notifications")
@requires(Permission.MANAGE_ACCOUNT)
def mark_notifications_seen() -> Any:
    """All that stood on the page is seen; what came since stays new."""
    form = SeenForm()
    if form.validate_on_submit():
        with transaction():
            actions.mark_seen(signed_in_person(), form.until.data or 0)
    return redirect(url_for("notifications.list_notifications"), 303)


@bp.app_template_global("unseen_notifications")
def unseen_notifications() -> int:
    """How many the person who asks has not seen, counted up to ten, asked once a request."""
    person = current_person()
    return remember(("unseen", person.id), lambda: queries.count_unseen(person.id)) if person is not None else 0


def shown_lines(told: Sequence[Notification], viewer: Viewer) -> list[Line]:
    """Notifications as lines: the same thing done to the same work by several people is one."""
    known = _works_in(told)
    topics = topics_told(one.path for one in told if one.kind in OF_THE_BOARD)
    lines: dict[Any, Line] = {}
    for one in told:
        line = _line(one, known, viewer)
        if one.kind in OF_THE_BOARD:
            line.title = topics.get(one.path)
            if line.title is None:
                line.url, line.names = None, []
        together = (one.kind, one.work_id, line.is_new) if one.kind in TOGETHER else one.id
        first = lines.setdefault(together, line)
        if first is not line:
            first.number += 1
            first.names += [name for name in line.names if name not in first.names]
            first.url = first.url or line.url
    return list(lines.values())


def _works_in(told: Iterable[Notification]) -> dict[int, Work]:
    """Every work that these are about or lead to, by its id."""
    ids = [number for one in told for number in (one.work_id, *_work_ids_in(one)) if number is not None]
    return {work.id: work for work in works.list_works_by_ids(ids)}


def _linked_work_id(one: Notification) -> int | None:
    found = _WORK.match(one.path)
    return int(found[1]) if found else None


def _work_ids_in(one: Notification) -> list[int]:
    """The work that its address leads to; of a tie between two both."""
    return [int(number) for number in _WORKS.findall(one.path)]


def _actor(one: Notification, known: dict[int, Work], viewer: Viewer) -> str:
    """Who did it, as the reader is told: a veiled work has no maker (P4)."""
    if one.actor is None:
        return _("A classmate") if one.kind in FROM_CLASSMATES else _("Somebody who left")
    works_around = (known.get(number or 0) for number in (one.work_id, *_work_ids_in(one)))
    if any(work is not None and work.maker_id == one.actor_id and is_maker_hidden(work, viewer) for work in works_around):
        return hidden_name()
    return one.actor.name


def _line(one: Notification, known: dict[int, Work], viewer: Viewer) -> Line:
    about, linked_id = known.get(one.work_id or 0), _linked_work_id(one)
    linked = known.get(linked_id or 0)
    is_shown = linked_id is None or (linked is not None and is_visible(linked, viewer))
    line = Line(
        kind=one.kind,
        when=one.created_at,
        is_new=one.seen_at is None,
        url=one.path if is_shown and one.path else None,
        title=_title(about, viewer),
        # Who made a work that is not to be seen is not to be known either.
        names=[_actor(one, known, viewer)] if is_shown else [],
    )
    if one.kind is NotificationKind.REMIXED:
        line.made, line.is_made_hidden = _title(linked, viewer), not is_shown
    return line


def _title(work: Work | None, viewer: Viewer) -> str | None:
    if work is None or work.current_version is None or not is_visible(work, viewer):
        return None
    return work.current_version.title


def _line_as_json(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind.value,
        "who": line.names,
        "title": line.title,
        "made": line.made,
        "times": line.number,
        "url": absolute(line.url) if line.url else None,
        "at": line.when.isoformat(),
        "is_new": line.is_new,
    }


def notifications_of(person: Person) -> list[dict[str, Any]]:
    """Everything that somebody was told, for their own export (P20)."""
    found, after = [], None
    while True:
        page = queries.list_notifications(person.id, after, size=500)
        found += [
            {"kind": one.kind.value, "where": absolute(one.path), "at": one.created_at, "seen_at": one.seen_at}
            for one in page.items
        ]
        after = page.next_cursor
        if after is None:
            return found
