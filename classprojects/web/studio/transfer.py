"""Carrying classes elsewhere: clone one, take it along as a ZIP, make one out of a ZIP, add a folder of lessons."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage

from classprojects.classes import queries
from classprojects.classes.actions import copying, importing
from classprojects.classes.foldered import TableRow, read_table
from classprojects.classes.models import ClassImport, ClassProject, ImportState
from classprojects.classes.packing import MANIFEST, pack
from classprojects.classes.queries import transfer
from classprojects.core.database import transaction
from classprojects.policy import Permission
from classprojects.web.shared.guards import accepts_upload, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.shared.zipping import Item, zipped
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.transfer_forms import ParcelForm, TableForm

README = """A class project: %(title)s

class.json says everything, files/ holds the films, sounds, pictures and downloads as they were sent.
Open the studio and choose “Make a class from a file” to make this class again.
"""


@bp.get("/classes/<slug>/clone")
@requires(Permission.COPY_CLASS, on=queries.get_class)
def show_clone_class(project: ClassProject) -> Any:
    """Say what comes along, before it is done."""
    return render_template("studio/clone_class.html", project=project)


@bp.post("/classes/<slug>/clone")
@requires(Permission.COPY_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def clone_class(project: ClassProject) -> Any:
    """Make a new draft that says the same."""
    with transaction():
        copy = copying.clone_class(project, signed_in_person())
    flash(_("This is the copy: a draft that nobody but you sees."), "success")
    return redirect(copy.studio_url, 303)


@bp.get("/classes/<slug>/export")
@requires(Permission.COPY_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def export_class(project: ClassProject) -> Any:
    """The class as a ZIP, written while it is sent."""
    content = copying.read_content(project)
    manifest, files = pack(content, current_app.config["SETTINGS"].base_url)
    items = [
        Item("README.txt", README % {"title": project.title}),
        Item(MANIFEST, manifest),
        *(Item(entry, key=file.storage_key, size=file.size) for entry, file in files.items()),
    ]
    response = Response(zipped(items) if request.method == "GET" else iter(()), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{project.slug}.zip"'
    response.headers["Cache-Control"] = "no-store, private"
    return response


@bp.get("/import")
@requires(Permission.IMPORT_CLASS)
def show_import_class() -> Any:
    """Choose the file that a class is made of."""
    return _import_page(ParcelForm(formdata=None))


def _import_page(form: ParcelForm) -> str:
    return render_template("studio/import_class.html", form=form, imports=_rows(transfer.list_imports_of(signed_in_person())))


def _rows(imports: list[ClassImport]) -> list[tuple[ClassImport, str]]:
    return [(one, import_words(one.state)) for one in imports]


def import_words(state: ImportState) -> str:
    """Where an import stands, in a word or two."""
    return {
        ImportState.WAITING: _("waiting"),
        ImportState.WORKING: _("being worked on"),
        ImportState.DONE: _("done"),
        ImportState.FAILED: _("nothing was made"),
    }[state]


@bp.post("/import")
@accepts_upload
@requires(Permission.IMPORT_CLASS)
@limiter.limit(POSTING, key_func=per_person)
def import_class() -> Any:
    """Take the file in; a worker makes the class."""
    form = ParcelForm()
    coming = _begin(form, None)
    if coming is None:
        return _import_page(form), 422
    return redirect(url_for("studio.show_import", import_id=coming.id), 303)


def _begin(form: ParcelForm, project: ClassProject | None) -> ClassImport | None:
    """Store the file and let a worker come; None when the form says why not."""
    if not form.validate_on_submit():
        return None
    with form.showing_refusals():
        sent = form.file.data if isinstance(form.file.data, FileStorage) else None
        parked = importing.park_parcel(signed_in_person(), sent, form.once.data or None)
        try:
            with transaction():
                return importing.begin_import(signed_in_person(), parked, project)
        except BaseException:
            importing.unpark_parcel(parked)
            raise
    return None


@bp.get("/imports/<id:import_id>")
@requires(Permission.VIEW_IMPORT, on=transfer.get_import)
def show_import(coming: ClassImport) -> Any:
    """What became of a sent file, in words."""
    return render_template(
        "studio/show_import.html",
        coming=coming,
        state=import_words(coming.state),
        is_over=coming.finished_at is not None,
        is_done=coming.state is ImportState.DONE,
    )


@bp.get("/classes/<slug>/lessons/import")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def show_import_lessons(project: ClassProject) -> Any:
    """Add many lessons at once."""
    return _lessons_page(project, ParcelForm(formdata=None), TableForm(formdata=None))


def _lessons_page(project: ClassProject, parcel: ParcelForm, table: TableForm, rows: list[TableRow] | None = None) -> str:
    wrong = sum(bool(row.error) for row in rows or ())
    return render_template(
        "studio/import_lessons.html",
        project=project,
        parcel=parcel,
        table=table,
        rows=rows,
        wrong=wrong,
        columns=[_("Lesson"), {"text": _("Row"), "numeric": True}, {"text": _("Words"), "numeric": True}, {"text": _("Minutes"), "numeric": True}, _("Free for everyone")],
        cells=[
            [
                row.title or _("(no title)"),
                row.number,
                len(row.lesson.body.split()) if row.lesson else "",
                (row.lesson.minutes or "") if row.lesson else "",
                (_("yes") if row.lesson.is_preview else _("no")) if row.lesson else "",
            ]
            for row in rows or ()
        ],
        good_words=ngettext("Add %(num)d lesson", "Add %(num)d lessons", len(rows or ())),
    )


@bp.post("/classes/<slug>/lessons/import")
@accepts_upload
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def import_lessons(project: ClassProject) -> Any:
    """Take a ZIP of a folder in; a worker makes the lessons."""
    form = ParcelForm()
    coming = _begin(form, project)
    if coming is None:
        return _lessons_page(project, form, TableForm(formdata=None)), 422
    return redirect(url_for("studio.show_import", import_id=coming.id), 303)


@bp.post("/classes/<slug>/lessons/table")
@accepts_upload
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def import_table(project: ClassProject) -> Any:
    """Show what a table would make, with what is wrong in which row; once agreed, make all of it or nothing."""
    form, rows = TableForm(), None
    if form.validate_on_submit():
        with form.showing_refusals():
            rows = read_table(form.whole_table())
    is_good = rows is not None and not any(row.error for row in rows)
    if is_good and rows is not None and form.is_agreed.data:
        lessons = [row.lesson for row in rows if row.lesson is not None]
        with form.showing_refusals(), transaction():
            importing.add_lessons(project, lessons, signed_in_person(), seen=form.seen.data)
        if not form.errors:
            flash(ngettext("%(num)d lesson is at the end of the outline.", "%(num)d lessons are at the end of the outline.", len(lessons)), "success")
            return redirect(f"{project.studio_url}#outline", 303)
    status = 422 if form.errors or not is_good else 200
    return _lessons_page(project, ParcelForm(formdata=None), form, rows), status
