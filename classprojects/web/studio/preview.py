"""A class exactly as a learner in any state sees it, without an account for it and without writing anything.

The real pages are asked, by somebody who is in no table: they hold a membership, joined, and did as much as the
chosen state says. All that is known about them is remembered for the length of this one request. So whatever a page
learns to show, the preview shows too. Their forms do nothing, and their links stay in the preview.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import current_app, g, make_response, url_for
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin
from sqlalchemy.orm.attributes import set_committed_value

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.models import Assignment, ClassProject, ClassState, Lesson, Submission, SubmissionState
from classprojects.classes.queries import Places, Progress
from classprojects.classes.queries.learning import progress_key
from classprojects.classes.queries.opening import Opening
from classprojects.classes.queries.places import Learning
from classprojects.classes.queries.prerequisites import find_prerequisites
from classprojects.core import clock
from classprojects.core.errors import NotFound
from classprojects.core.memo import remember
from classprojects.policy import Permission
from classprojects.web.classes.closed import show_closed
from classprojects.web.shared.arguments import choice_argument, text_argument
from classprojects.web.shared.guards import AccessDenied, requires
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.outline import item_named

STATES = ("visitor", "new", "halfway", "returned", "complete")
#: nobody has it: the tables count from one
NOBODY = 0

_POSTING = re.compile(r'(<form\b[^>]*\bmethod="post"[^>]*>)(.*?)(</form>)', re.DOTALL)
_KEPT_PLACE = re.compile(r'\sdata-place-url="[^"]*"')


@bp.get("/classes/<slug>/preview")
@requires(Permission.TEND_CLASS, on=queries.get_class)
def show_preview(project: ClassProject) -> Any:
    """The page, the room, a lesson or an assignment, as a visitor, or as a learner who is so far, finds it."""
    state = choice_argument("as", STATES, "new")
    at = text_argument("at", 30) or ("page" if state == "visitor" else "room")
    endpoint, number = _endpoint_at(project, at)
    g.preview = {
        "project": project,
        "as": state,
        "at": at,
        "states": _state_tabs(project, state, at),
        "places": _place_tabs(project, state, at),
    }
    _pretend(project, state)
    view = current_app.view_functions[endpoint]
    parts = {"slug": project.slug} if number is None else {"slug": project.slug, "number": number}
    try:
        answer = view(**parts)
    except AccessDenied as refusal:
        answer = show_closed(refusal)
    response = make_response(answer)
    if response.mimetype == "text/html":
        response.set_data(_held_still(response.get_data(as_text=True), project, state))
    response.status_code = 200
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _endpoint_at(project: ClassProject, at: str) -> tuple[str, int | None]:
    """The view behind ``page``, ``room``, ``lesson-2`` or ``assignment-1``; raises NotFound."""
    if at in {"page", "room"}:
        return ("classes.show_class" if at == "page" else "classes.show_classroom"), None
    kind, number = item_named(at)
    if not any((item.kind, item.number) == (kind, number) for item in project.outline):
        raise NotFound
    return f"classes.show_{kind}", number


def _state_tabs(project: ClassProject, state: str, at: str) -> list[dict[str, Any]]:
    words = {
        "visitor": _("Visitor"),
        "new": _("Just joined"),
        "halfway": _("Half way"),
        "returned": _("Answered, another try"),
        "complete": _("All made"),
    }
    return [{"text": words[one], "url": _address(project, one, at), "current": one == state} for one in STATES]


def _place_tabs(project: ClassProject, state: str, at: str) -> list[dict[str, Any]]:
    places = [("page", _("Its page")), ("room", _("Class room"))]
    places += [(f"{item.kind}-{item.number}", item.title) for item in project.outline]
    return [{"value": place, "text": words, "current": place == at} for place, words in places]


def _address(project: ClassProject, state: str, at: str) -> str:
    parts: dict[str, Any] = {"slug": project.slug, "as": state, "at": at}
    return url_for("studio.show_preview", **parts)


def _pretend(project: ClassProject, state: str) -> None:
    """Let this request be asked by somebody in ``state``. Nothing of it is written: the session learns it as read."""
    if not project.is_running:
        set_committed_value(project, "state", ClassState.PUBLISHED)
    if state == "visitor":
        g._login_user = AnonymousUserMixin()
        return
    somebody = Person(id=NOBODY, name=_("A learner"), language="en", time_zone=_own_zone(), session_key="", roles=[])
    progress = imagine_progress(project, state)
    needs = {place: tuple(found) for place, found in find_prerequisites(project).items()}
    learning = Learning(is_gated=bool(needs))
    places = Places(joined={project.id: project.space_id}, learning={project.id: learning})
    done = {("lesson", number) for number in progress.finished} | {("assignment", number) for number in progress.submissions}
    opening = Opening(clock.now(), is_all_open=False, done=frozenset(done), required=needs)
    remember(("class places", NOBODY), lambda: places)
    remember(("has_membership", NOBODY), lambda: True)
    remember(("opening", NOBODY, project.id), lambda: opening)
    remember(progress_key(NOBODY, project.id), lambda: progress)
    g._login_user = somebody


def _own_zone() -> str:
    zone = getattr(g.get("_login_user"), "time_zone", None)
    return str(zone or "UTC")


def imagine_progress(project: ClassProject, state: str) -> Progress:
    """What a learner in ``state`` did: nothing, half of it, one thing that came back, or everything."""
    outline = project.outline
    if state == "returned":
        first = next((at for at, item in enumerate(outline) if isinstance(item, Assignment)), -1)
        done: Sequence[Lesson | Assignment] = outline[: first + 1]
    else:
        share = {"halfway": (len(outline) + 1) // 2, "complete": len(outline)}.get(state, 0)
        done = outline[:share]
    made = [item for item in done if isinstance(item, Assignment)]
    how = SubmissionState.RETURNED if state == "returned" else SubmissionState.REVIEWED
    return Progress(
        finished=frozenset(item.id for item in done if isinstance(item, Lesson)),
        submissions={item.id: _imagine_answer(project, item, how) for item in made},
        given={item.id: item.feedback_count for item in made} if state == "complete" else {},
    )


def _imagine_answer(project: ClassProject, assignment: Assignment, how: SubmissionState) -> Submission:
    now = clock.now()
    return Submission(
        id=NOBODY,
        assignment_id=assignment.id,
        class_id=project.id,
        person_id=NOBODY,
        work_id=NOBODY,
        state=how,
        created_at=now,
        submitted_at=now,
        waiting_since=now,
        first_feedback_at=now,
        attempts_count=1,
        feedback_count=1,
        readers_count=0,
    )


def _held_still(html: str, project: ClassProject, state: str) -> str:
    """The page with forms that do nothing and links that stay in the preview."""
    before, main, rest = html.partition("<main")
    main, end, after = rest.partition("</main>")
    main = _POSTING.sub(r'\1<fieldset class="preview-off" disabled>\2</fieldset>\3', main)
    main = _KEPT_PLACE.sub("", main)
    links = re.compile(r'href="(/classes/' + re.escape(project.slug) + r'|/submissions/0)(?=["/?#])([^"]*)"')

    def stay(found: re.Match[str]) -> str:
        at = _place_behind(found[1], found[2])
        return f'href="{_address(project, state, at).replace("&", "&amp;")}"' if at else 'href="#preview-banner"'

    return f"{before}<main{links.sub(stay, main)}{end}{after}" if end else html


def _place_behind(start: str, rest: str) -> str | None:
    """What of the preview stands behind an address of the class; None: it is not in the preview."""
    if start.startswith("/submissions"):
        return None
    path = rest.partition("?")[0].partition("#")[0]
    if path in {"", "/room"}:
        return "room" if path else "page"
    found = re.fullmatch(r"/(lesson|assignment)s/([0-9]{1,9})", path)
    return f"{found[1]}-{found[2]}" if found else None


