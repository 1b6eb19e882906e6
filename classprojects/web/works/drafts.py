"""Drafts of the composer: kept as one types, listed, thrown away. And the composer's search for sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes.actions.notes import note_start
from classprojects.core.database import transaction
from classprojects.core.errors import NotFound
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.arguments import is_fragment_request, text_argument, wants_json
from classprojects.web.shared.cards import cards_for
from classprojects.web.shared.composer import (
    MEDIA,
    ComposerForm,
    fields_to_keep,
    find_sources,
    find_usable,
    new_composer,
    offer_class_spaces,
    revision_of,
    work_id_in,
)
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.shared.limits import AUTOSAVE, POSTING, limiter, per_person
from classprojects.works import actions, drafts, queries
from classprojects.works.models import ComposerDraft

bp = Blueprint("drafts", __name__)


@dataclass(frozen=True)
class ShownDraft:
    """A draft in a list: where it goes on, what it is called, what it will be."""

    key: str
    url: str
    title: str
    begins: str
    medium: str
    kind: str
    files: int
    touched_at: datetime


@bp.get("/works/drafts")
@requires(Permission.POST_WORK)
def list_drafts() -> Any:
    """What the person began: drafts of the composer, and works that are not published."""
    person = signed_in_person()
    return render_template(
        "works/list_drafts.html",
        drafts=[_shown(draft) for draft in drafts.list_drafts(person)],
        unpublished=cards_for(queries.list_drafts_by(person), viewer_for(person)),
    )


def _shown(draft: ComposerDraft) -> ShownDraft:
    fields = draft.fields
    medium = _first(fields, "medium")
    return ShownDraft(
        key=draft.key,
        url=composer_address(draft.key),
        title=_first(fields, "title")[:200],
        begins=" ".join((_first(fields, "body") or _first(fields, "note"))[:400].split())[:160],
        medium=medium if medium in {one.value for one, _words in MEDIA} else "text",
        kind=_kind_of(draft.key),
        files=len([name for name in fields.get("upload", []) if name]),
        touched_at=draft.touched_at,
    )


def _first(fields: dict[str, Any], name: str) -> str:
    values = fields.get(name) or [""]
    return str(values[0])


def _kind_of(key: str) -> str:
    return {
        "remix": _("A remix"),
        "edit": _("Changes to a work"),
        "answer": _("An answer to a prompt"),
        "submit": _("For a class"),
    }.get(key.partition("-")[0], _("A new work"))


def composer_address(key: str) -> str:
    """Where the composer of this draft is. Raises NotFound for what names none."""
    if not drafts.is_draft_key(key):
        raise NotFound
    kind, _dash, rest = key.partition("-")
    if kind == "remix":
        return url_for("works.show_remix_work", work_id=int(rest))
    if kind == "edit":
        return url_for("works.show_edit_work", work_id=int(rest))
    if kind == "answer":
        return url_for("community.show_answer_prompt", slug=rest)
    if kind == "submit":
        slug, _dash, number = rest.rpartition("-")
        return url_for("classes.show_submit_work", slug=slug, number=int(number))
    return url_for("works.show_post_work")


@bp.post("/works/drafts/<key>")
@requires(Permission.POST_WORK)
@limiter.limit(AUTOSAVE, key_func=per_person)
def keep_draft(key: str) -> Any:
    """Keep what stands in a composer at this moment; 409 when another tab has kept something else meanwhile."""
    fields = fields_to_keep(request.form)
    fields.pop("find_source", None)
    try:
        with transaction():
            draft = drafts.keep_draft(
                signed_in_person(), key, fields.to_dict(flat=False), seen=revision_of(request.form)
            )
            if draft.revision == 1:
                note_start(signed_in_person(), key)
    except drafts.DraftConflict as conflict:
        if wants_json():
            return jsonify({"error": {"status": 409, "message": conflict.message}, "revision": conflict.revision}), 409
        flash(conflict.message, "error")
        return redirect(composer_address(key), 303)
    if wants_json():
        return jsonify({"revision": draft.revision})
    return redirect(composer_address(key), 303)


@bp.post("/works/drafts/<key>/delete")
@requires(Permission.POST_WORK)
@limiter.limit(POSTING, key_func=per_person)
def drop_draft(key: str) -> Any:
    """Throw a draft away, and begin afresh or go back to the list."""
    address = composer_address(key)
    with transaction():
        drafts.drop_draft(signed_in_person(), key)
    flash(_("Thrown away."), "success")
    return redirect(url_for("drafts.list_drafts") if request.form.get("from") == "list" else address, 303)


@bp.get("/works/new/sources")
@requires(Permission.POST_WORK)
def find_source() -> Any:
    """Works that fit what is typed into the composer's search; or one of them, as a chosen source."""
    person = signed_in_person()
    form = new_composer(person)
    offer_class_spaces(form, viewer_for(person))
    form.space.data = text_argument("space", 20)
    if line := text_argument("use"):
        return _use(line, form)
    if line := text_argument("show"):
        return _show_chosen(line, form)
    q = text_argument("q")
    found = find_sources(q, person, form)
    if wants_json():
        return jsonify({"works": [{"id": str(one.work.id), "trouble": one.trouble or None} for one in found]})
    if not is_fragment_request():
        return redirect(url_for("works.show_post_work"), 303)
    return render_template("works/_found_sources.html", found=found, q=q)


def _use(line: str, form: ComposerForm) -> Any:
    """A work as a chosen source; 422 in words when it cannot be used where this goes."""
    try:
        find_usable(line, signed_in_person(), form)
    except actions.BadSource as refusal:
        return jsonify({"error": {"status": 422, "message": refusal.message}}), 422
    return _show_chosen(line, form)


def _show_chosen(line: str, form: ComposerForm) -> Any:
    """A work as a chosen source, with what is in its way."""
    found = find_sources(line, signed_in_person(), form) if work_id_in(line) is not None else []
    if not found:
        raise NotFound
    return render_template("works/_chosen_source.html", source=found[0], kinds=form.edge_kind.choices)
