"""Files to download beside a lesson, in the studio; and how a text will look."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import StringField

from classprojects.classes import queries
from classprojects.classes.actions import resources
from classprojects.classes.models import Lesson
from classprojects.core import sizes
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError, NotFound
from classprojects.core.prose import render_text
from classprojects.media.documents import LARGEST
from classprojects.media.models import MediaKind, MediaPurpose
from classprojects.policy import Permission
from classprojects.web.classes.resources import resource_rows
from classprojects.web.shared.forms import clean_text, one_line
from classprojects.web.shared.guards import accepts_upload, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.forms import LONGEST_TEXT, FileForm, at_most, version_named


class ResourceForm(FileForm):
    """One more file to download."""

    file = FileField(_l("A file to download"))
    resource_title = StringField(
        _l("What it is"), [at_most(120)], filters=[one_line], description=_l("Leave it empty to show the file's own name.")
    )


@bp.get("/classes/<slug>/lessons/<int:number>/resources")
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
def edit_resources(lesson: Lesson) -> Any:
    """The files beside a lesson."""
    return _resources_page(lesson, ResourceForm())


def _resources_page(lesson: Lesson, form: ResourceForm, refusal: str | None = None, typed: dict[int, str] | None = None) -> str:
    form._fields["file"].description = form.kept and form._fields["file"].description or _(
        "A picture, sound, film, PDF, plain text or ZIP of at most %(size)s. It is handed on as you send it, with all "
        "that it says about where and when it was made.", size=sizes.in_words(LARGEST)
    )
    return render_template(
        "studio/edit_resources.html",
        project=lesson.project,
        lesson=lesson,
        form=form,
        resources=resource_rows(lesson),
        typed=typed or {},
        refusal=refusal,
        most=resources.MOST,
        largest=LARGEST,
    )


@bp.post("/classes/<slug>/lessons/<int:number>/resources")
@accepts_upload
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
@limiter.limit(POSTING, key_func=per_person)
def add_resource(lesson: Lesson) -> Any:
    """Hand one more file on."""
    person, form, slug, number = signed_in_person(), ResourceForm(), lesson.project.slug, lesson.number
    is_whole = form.validate_on_submit()
    form.take_in(person, MediaPurpose.RESOURCE, [MediaKind.DOCUMENT.value])
    if is_whole and not form.errors:
        if form.kept is None:
            form.refuse(DomainError(_("Choose a file first."), field="file"))
        else:
            with form.showing_refusals(), transaction():
                form.use_files(person)
                resources.add_resource(lesson.project, lesson, form.kept, form.resource_title.data or "", person)
    if form.errors:
        return _resources_page(queries.get_lesson(slug, number), form), 422
    flash(_("Added. Learners find it beside the lesson."), "success")
    return redirect(url_for("studio.edit_resources", slug=slug, number=number), 303)


@bp.post("/classes/<slug>/lessons/<int:number>/resources/list")
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
@limiter.limit(POSTING, key_func=per_person)
def save_resources(lesson: Lesson) -> Any:
    """Name the files; besides (``do``) take one away, or move one up or down."""
    slug, number = lesson.project.slug, lesson.number
    act, _dash, named = request.form.get("do", "save").partition("-")
    chosen = int(named) if named.isascii() and named.isdigit() and len(named) < 19 else 0
    titles = {row.id: one_line(clean_text(request.form.get(f"title-{row.id}", row.title)))[:120] for row in resource_rows(lesson)}
    try:
        with transaction():
            resources.change_resources(
                lesson.project,
                lesson,
                titles,
                version_named(request.form.get("version")),
                signed_in_person(),
                removed=chosen if act == "remove" else None,
                moved=(chosen, act == "up") if act in ("up", "down") else None,
            )
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _resources_page(queries.get_lesson(slug, number), ResourceForm(formdata=None), error.message, titles), 422
    flash(_("Saved."), "success")
    return redirect(url_for("studio.edit_resources", slug=slug, number=number), 303)


@bp.post("/preview")
@requires(Permission.USE_STUDIO)
def preview_text() -> Any:
    """How a text will look once it is saved (``body``), as JSON: rendered by the very function that saves it."""
    body = clean_text(request.form.get("body", ""))
    if len(body) > LONGEST_TEXT:
        return jsonify({"error": {"status": 422, "message": _("At most %(max)d characters.", max=LONGEST_TEXT)}}), 422
    return jsonify({"html": render_text(body)})
