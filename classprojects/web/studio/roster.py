"""Who joined a class, and where each of them is."""

from __future__ import annotations

from typing import Any

from flask import get_template_attribute, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes import queries
from classprojects.classes.models import ClassProject
from classprojects.classes.progress import step_state
from classprojects.policy import Permission
from classprojects.web.shared.filters import day
from classprojects.web.shared.guards import requires
from classprojects.web.studio.blueprint import bp


@bp.get("/classes/<slug>/roster")
@requires(Permission.TEND_CLASS, on=queries.get_class)
def show_roster(project: ClassProject) -> Any:
    """Who joined, and where each of them is."""
    page = queries.list_roster(project, request.args.get("after"))
    words = {
        "not_started": _("not yet"),
        "draft": _("draft"),
        "submitted": _("waits for you"),
        "feedback_waiting": _("answered"),
        "done": _("done"),
    }
    rows = []
    for line in page.items:
        person = line.enrollment.person
        url = url_for("studio.show_learner", slug=project.slug, handle=person.handle) if person.handle else None
        cells: list[Any] = [{"text": person.name, "url": url}, day(line.enrollment.joined_at), _opened(line, url)]
        for assignment in project.assignments:
            submission = line.submissions.get(assignment.id)
            shown = submission is not None and submission.is_handed_in
            # A way from the name to the work would say who made it, and so would a state that changes as the work is answered.
            is_veiled = shown and assignment.hides_names
            is_linked = shown and not is_veiled
            state = _("handed in") if is_veiled else words[step_state(submission).value]
            cells.append({"text": state, "url": submission.url} if is_linked and submission is not None else state)
        rows.append(cells)
    return render_template(
        "studio/show_roster.html",
        project=project,
        columns=[_("Learner"), _("Joined"), _("Everything open"), *[assignment.title for assignment in project.assignments]],
        rows=rows,
        next_url=url_for("studio.show_roster", slug=project.slug, after=page.next_cursor) if page.next_cursor else None,
    )


def _opened(line: queries.RosterLine, url: str | None) -> str:
    """Since when everything is open to a learner, or the button that opens it; the way back is on their page."""
    opened_at = line.enrollment.opened_all_at
    if opened_at is not None:
        return _("since %(day)s", day=day(opened_at))
    if url is None:
        return ""
    post_button = get_template_attribute("components/button.html", "post_button")
    words = _("Open everything")
    shown: str = post_button(words, f"{url}/opening", size="s", label=f"{words}: {line.enrollment.person.name}")
    return shown
