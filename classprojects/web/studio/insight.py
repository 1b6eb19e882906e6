"""What instructors see of a class as a whole: pages, a picture, tables to take along."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from classprojects.classes import queries
from classprojects.classes.models import ClassProject, Season
from classprojects.classes.queries import insight
from classprojects.classes.queries.insight import AssignmentCounts, Cohort, Leading
from classprojects.classes.queries.seasons import list_seasons
from classprojects.core import clock
from classprojects.core.errors import NotFound
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.media.serving import attachment
from classprojects.web.shared.filters import absolute, day
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.works import drawing
from classprojects.web.works.lineage_files import cell
from classprojects.works.bylines import maker_of
from classprojects.works.models import Work
from classprojects.works.queries import Viewer, is_visible, list_works_by_ids
from classprojects.works.tree import Bundle, Edge, Lineage, Node
from classprojects.works.walks import Way

bp = Blueprint("insight", __name__, url_prefix="/studio/classes/<slug>/insight")

SELF_PACED = "own-pace"
#: keeps a date on one line
NARROW = "\u00a0"


def _chosen(seasons: Sequence[Season]) -> tuple[str, Cohort]:
    """Which cohort the address asks for; anything odd means everybody."""
    asked = request.args.get("season", "")
    if asked == SELF_PACED:
        return asked, Cohort(is_self_paced=True)
    season = next((one for one in seasons if str(one.number) == asked), None)
    return (asked, Cohort(season.id)) if season is not None else ("", Cohort())


@bp.get("")
@requires(Permission.VIEW_INSIGHT, on=queries.get_class)
def show_insight(project: ClassProject) -> Any:
    """How the class goes: what is made, where people stop, how long they wait, what is built on what."""
    seasons = list_seasons(project)
    asked, cohort = _chosen(seasons)
    viewer = viewer_for(signed_in_person())
    leading = insight.list_leading(project, cohort)
    lineage = _family(leading, viewer)
    reached = insight.count_reached(project, cohort)
    return render_template(
        "studio/show_insight.html",
        project=project,
        asked=asked,
        choices=_choices(seasons),
        counts=_assignment_rows(project, cohort),
        reached=reached,
        steps=[(item.kind, item.title, number, _share(number, reached.joined)) for item, number in reached.steps],
        completed_share=_share(reached.completed, reached.joined),
        waits=[
            [day(one.week).replace(" ", NARROW), one.submitted, one.answered, span_words(one.median), span_words(one.slow)]
            for one in insight.list_waits(project, clock.now(), cohort)
        ],
        leading=_leading_rows(leading, lineage),
        drawing=drawing.draw(lineage) if lineage.nodes else None,
        tables=[
            (words, url_for("insight.download_table", slug=project.slug, table=name, season=asked or None))
            for name, words in table_words().items()
        ],
    )


def _choices(seasons: Sequence[Season]) -> list[tuple[str, str]]:
    """The cohorts to choose from; nothing to choose where there never was a season."""
    if not seasons:
        return []
    return [("", _("Everybody")), *((str(one.number), one.title) for one in seasons), (SELF_PACED, _("At their own pace"))]


def _share(part: int, whole: int) -> int:
    """In whole per cent."""
    return round(100 * part / whole) if whole else 0


def span_words(seconds: int | None) -> str:
    """How long something took, as one would say it: ``40 minutes``, ``9 hours``, ``3 days``."""
    if seconds is None:
        return "–"
    if seconds < 5400:
        minutes = max(1, round(seconds / 60))
        return ngettext("%(num)d minute", "%(num)d minutes", minutes)
    if seconds < 48 * 3600:
        return ngettext("%(num)d hour", "%(num)d hours", round(seconds / 3600))
    return ngettext("%(num)d day", "%(num)d days", round(seconds / 86400))


def _assignment_rows(project: ClassProject, cohort: Cohort) -> list[list[Any]]:
    counts = insight.count_by_assignment(project, cohort)
    rows = []
    for assignment in project.assignments:
        one = counts.get(assignment.id, AssignmentCounts())
        rows.append([assignment.title, one.started, one.submitted, one.answered, one.revised])
    return rows


def _family(leading: Sequence[Leading], viewer: Viewer) -> Lineage:
    """Works that were built on, and what was built on them, as a family tree with several roots."""
    ids = dict.fromkeys(number for one in leading for number in (one.work_id, *(child for child, _kind in one.children)))
    works = {work.id: work for work in list_works_by_ids(ids)}
    edges = [
        Edge(child, one.work_id, kind) for one in leading for child, kind in one.children if child in works and one.work_id in works
    ]
    generation = dict.fromkeys(works, 0)
    for _round in range(len(leading)):
        # A chain is no longer than there are works that were built on.
        for edge in edges:
            generation[edge.child] = max(generation[edge.child], generation[edge.parent] + 1)
    nodes = [_node(work, generation[work.id], viewer) for work in works.values()]
    more = [
        Bundle(one.work_id, Way.AFTER, one.remixes - len(one.children))
        for one in leading
        if one.remixes > len(one.children) and one.work_id in works
    ]
    return Lineage(0, sorted(nodes, key=lambda node: node.generation), edges, more)


def _node(work: Work, generation: int, viewer: Viewer) -> Node:
    """A work as whoever looks may see it; its maker as they are told (P4)."""
    is_seen = is_visible(work, viewer) and work.current_version is not None
    maker = maker_of(work, viewer)
    return Node(
        id=work.id,
        medium=work.medium,
        title=work.current_version.title if is_seen and work.current_version is not None else None,
        maker=maker.name if is_seen else None,
        url=work.url if is_seen else None,
        is_tombstone=work.is_erased,
        is_class_work=not work.is_open,
        generation=generation,
    )


def _leading_rows(leading: Sequence[Leading], lineage: Lineage) -> list[list[Any]]:
    nodes = {node.id: node for node in lineage.nodes}
    rows: list[list[Any]] = []
    for one in leading:
        if one.work_id in nodes:
            node = nodes[one.work_id]
            title, maker = drawing.words_for(node)
            rows.append([{"text": title, "url": node.url}, maker, one.remixes])
    return rows


# Tables to take along


def table_words() -> dict[str, str]:
    """The tables there are, by the names in their addresses."""
    return {
        "assignments": _("Assignments"),
        "steps": _("How far people came"),
        "waiting": _("Waiting times"),
        "leading": _("Works that lead"),
    }


@bp.get("/<table>.csv")
@requires(Permission.VIEW_INSIGHT, on=queries.get_class)
def download_table(project: ClassProject, table: str) -> Any:
    """One of the tables for spreadsheets (RFC 4180), for the cohort that the page shows. It names no learner but makers of works."""
    if table not in table_words():
        raise NotFound
    _asked, cohort = _chosen(list_seasons(project))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in _table(project, cohort, table):
        writer.writerow([cell(str(value)) if isinstance(value, str) else value for value in row])
    response = Response(text.getvalue(), content_type="text/csv; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = attachment(f"{project.slug}-{table}.csv")
    return response


def _table(project: ClassProject, cohort: Cohort, table: str) -> list[list[Any]]:
    if table == "assignments":
        return [["assignment", "started", "submitted", "answered", "revised"], *_assignment_rows(project, cohort)]
    if table == "steps":
        reached = insight.count_reached(project, cohort)
        rows = [[item.kind, item.title, number] for item, number in reached.steps]
        return [["step", "title", "people"], ["joined", "", reached.joined], *rows, ["completed", "", reached.completed]]
    if table == "waiting":
        waits = insight.list_waits(project, clock.now(), cohort)
        head = ["week_from", "submitted", "answered", "median_seconds", "nine_of_ten_seconds"]
        return [head, *([one.week.date().isoformat(), one.submitted, one.answered, one.median, one.slow] for one in waits)]
    leading, viewer = insight.list_leading(project, cohort), viewer_for(signed_in_person())
    rows = [
        [row[0]["text"], row[1], row[2], absolute(row[0]["url"]) if row[0]["url"] else ""]
        for row in _leading_rows(leading, _family(leading, viewer))
    ]
    return [["title", "maker", "remixes", "url"], *rows]
