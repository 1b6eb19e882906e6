"""Where a work comes from and what grew from it: map, list, files, the way between two works, credits, ZIP."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import gettext as _

from classprojects.core.errors import NotFound
from classprojects.policy import Permission, may
from classprojects.policy.viewing import viewer_for
from classprojects.web.media.serving import attachment
from classprojects.web.shared.arguments import choice_argument, text_argument, wants_json
from classprojects.web.shared.composer import work_id_in
from classprojects.web.shared.filters import absolute
from classprojects.web.shared.guards import current_person, requires
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.shared.zipping import zipped
from classprojects.web.works import drawing, showing
from classprojects.web.works.asked import asked_for
from classprojects.web.works.bundle import MOST_SOURCES, pack
from classprojects.web.works.crediting import PENS, write_credits
from classprojects.web.works.lineage_files import lineage_as_csv, lineage_as_json
from classprojects.web.works.outline import outline
from classprojects.works import queries
from classprojects.works.credits import get_credits, list_used_works
from classprojects.works.models import Work
from classprojects.works.paths import Path, find_path
from classprojects.works.tree import Lineage

bp = Blueprint("lineage", __name__)


@bp.get("/works/<id:work_id>/lineage")
@requires(Permission.VIEW_LINEAGE, on=queries.get_plain_work)
def show_lineage(work: Work) -> Any:
    """Ancestors and descendants, or the whole family: a drawn map, and the same as a list."""
    asked, viewer = asked_for(), viewer_for(current_person())
    if wants_json():
        return jsonify(lineage_as_json(asked.look_wide(work, viewer)))
    lineage = asked.look(work, viewer)
    drawn = drawing.draw(lineage)
    page = render_template(
        "works/show_lineage.html",
        work=work,
        asked=asked,
        lineage=lineage,
        drawing=drawn,
        outline=outline(lineage, drawn.bundles),
    )
    return page, 422 if asked.errors else 200


@bp.get("/works/<id:work_id>/lineage.json")
@requires(Permission.VIEW_LINEAGE, on=queries.get_plain_work)
def show_lineage_json(work: Work) -> Any:
    """The lineage for programs."""
    return jsonify(lineage_as_json(asked_for().look_wide(work, viewer_for(current_person()))))


@bp.get("/works/<id:work_id>/lineage.csv")
@requires(Permission.VIEW_LINEAGE, on=queries.get_plain_work)
def show_lineage_csv(work: Work) -> Any:
    """The lineage for spreadsheets."""
    table = lineage_as_csv(asked_for().look_wide(work, viewer_for(current_person())))
    response = Response(table, mimetype="text/csv", content_type="text/csv; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = attachment(f"lineage-{work.id}.csv")
    return response


@bp.get("/works/<id:work_id>/lineage.svg")
@requires(Permission.VIEW_LINEAGE, on=queries.get_plain_work)
def show_lineage_svg(work: Work) -> Any:
    """The drawn map alone."""
    lineage = asked_for().look(work, viewer_for(current_person()))
    picture = render_template("works/lineage.svg", drawing=drawing.draw(lineage), base=absolute(""), work=work)
    return Response(picture, mimetype="image/svg+xml")


@bp.get("/works/<id:work_id>/lineage/path")
@requires(Permission.VIEW_LINEAGE, on=queries.get_plain_work)
def show_path(work: Work) -> Any:
    """How this work and another one (``to``: its number or address) are related."""
    typed = text_argument("to", 500)
    other = _find_other(typed)
    error = _("There is no such work here. Give its number, or the address of its page.") if typed and other is None else ""
    path = find_path(work, other, viewer_for(current_person())) if other is not None else None
    page = render_template(
        "works/show_path.html",
        work=work,
        other=other,
        typed=typed,
        error=error,
        path=path,
        steps=[_told(step) for step in path.steps or ()] if path else [],
        start=drawing.words_for(path.start) if path else None,
        drawing=drawing.draw(_as_lineage(path)) if path and path.steps else None,
    )
    return page, 422 if error else 200


def _find_other(typed: str) -> Work | None:
    """The work that was meant, if whoever asks may know of it: else there is none (P4)."""
    number = work_id_in(typed)
    if number is None:
        return None
    try:
        work = queries.get_plain_work(number)
    except NotFound:
        return None
    return work if may(current_person(), Permission.VIEW_LINEAGE, work) else None


def _told(step: Any) -> dict[str, Any]:
    """One step in words: with time what the source became, against it what the work was made from."""
    title, maker = drawing.words_for(step.node)
    kind = drawing.GREW[step.edge.kind] if step.is_onward else drawing.EDGE_KINDS[step.edge.kind]
    return {
        "kind": str(kind),
        "is_onward": step.is_onward,
        "title": title,
        "maker": maker,
        "url": step.node.url,
        "medium": step.node.medium.value,
        "dispute": drawing.dispute_words(step.edge),
    }


def _as_lineage(path: Path) -> Lineage:
    steps = path.steps or ()
    nodes = {node.id: node for node in [path.start, *(step.node for step in steps)]}
    return Lineage(path.start.id, sorted(nodes.values(), key=lambda node: (node.generation, node.id)), [step.edge for step in steps])


@bp.get("/works/<id:work_id>/credits")
@requires(Permission.VIEW_LINEAGE, on=queries.get_plain_work)
def show_credits(work: Work) -> Any:
    """Everybody upstream, as words to paste; alone with ``?as=`` text, markdown or html."""
    credits = get_credits(work, viewer_for(current_person()))
    wanted = choice_argument("as", PENS)
    if wanted:
        types = {"text": "text/plain", "markdown": "text/markdown", "html": "text/plain"}
        return Response(write_credits(credits, PENS[wanted]), mimetype=types[wanted])
    written = {name: write_credits(credits, pen) for name, pen in PENS.items()}
    return render_template("works/show_credits.html", work=work, credits=credits, written=written)


@bp.get("/works/<id:work_id>/bundle.zip")
@requires(Permission.DOWNLOAD_WORK, on=queries.get_plain_work)
@limiter.limit(POSTING, key_func=per_person)
def download_bundle(work: Work) -> Any:
    """The original with its sources and a file of credits."""
    if work.is_erased:
        raise NotFound
    person = current_person()
    credits = get_credits(work, viewer_for(person))
    # One more than fit, so that the file can say what stayed behind.
    whole, *sources = list_used_works(credits, MOST_SOURCES * 2)
    items = pack(whole, [one for one in sources if may(person, Permission.DOWNLOAD_WORK, one)], credits, person)
    pieces = zipped(items) if request.method == "GET" else iter(())
    response = Response(pieces, mimetype="application/zip")
    response.headers["Content-Disposition"] = attachment(showing.file_name(work, "zip"))
    return response
