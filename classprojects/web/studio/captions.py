"""The captions editor: what is said in a lesson, line by line beside its player."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes import queries
from classprojects.classes.actions.building import EditedMeanwhile
from classprojects.classes.actions.lessons import edit_captions
from classprojects.classes.models import Lesson
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.media import cues
from classprojects.media.captions import Cue, read_captions, write_captions
from classprojects.policy import Permission
from classprojects.web.classes.shown import show_file
from classprojects.web.shared.guards import accepts_upload, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.caption_forms import PAGE_OF_CUES, CaptionsFileForm, CaptionsForm, Row, rows_of


@bp.get("/classes/<slug>/lessons/<int:number>/captions")
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
def edit_lesson_captions(lesson: Lesson) -> Any:
    """The captions of a lesson, some of them at a time."""
    said = _cues(lesson)
    form = CaptionsForm(captions_language=lesson.captions_language, version=str(lesson.version))
    form.show(said, _page_of(_number(request.args.get("from", "")), said))
    return _captions_page(lesson, form)


def _page_of(number: int, said: list[Cue]) -> int:
    """The first line of the page on which line ``number`` (from 0) is, or of the last page."""
    return min(number - number % PAGE_OF_CUES, max(0, (len(said) - 1) // PAGE_OF_CUES * PAGE_OF_CUES))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _cues(lesson: Lesson) -> list[Cue]:
    return read_captions(lesson.captions) if lesson.captions else []


def _captions_page(
    lesson: Lesson,
    form: CaptionsForm,
    theirs: Lesson | None = None,
    file_form: CaptionsFileForm | None = None,
    typed: Sequence[Row] = (),
) -> str:
    total, first = len(_cues(lesson)), form.first
    address = url_for("studio.edit_lesson_captions", slug=lesson.project.slug, number=lesson.number)
    return render_template(
        "studio/edit_captions.html",
        project=lesson.project,
        lesson=lesson,
        form=form,
        file_form=file_form or CaptionsFileForm(version=str(lesson.version)),
        theirs=theirs,
        typed=typed,
        shown=show_file(lesson.file),
        total=total,
        earlier=f"{address}?from={max(0, first - PAGE_OF_CUES)}" if first else None,
        later=f"{address}?from={first + form.covers}" if first + form.covers < total else None,
    )


@bp.post("/classes/<slug>/lessons/<int:number>/captions")
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
@limiter.limit(POSTING, key_func=per_person)
def save_lesson_captions(lesson: Lesson) -> Any:
    """Save the lines (``do``: save, or shift all of them); or bring the page back with one of them split, joined, added
    or taken away, which is not saved yet."""
    form, said = CaptionsForm(), _cues(lesson)
    act, _dash, place = request.form.get("do", "save").partition("-")
    with form.showing_refusals():
        form.validate_on_submit()
        if act in ("add", "remove"):
            form.rows = _with_row(form.rows, act, _number(place))
            return _captions_page(lesson, form)
        if not form.form_errors and act in ("split", "join"):
            work = cues.split_cue if act == "split" else cues.join_cues
            here = form.cues()
            if not 1 <= _number(place) <= len(here):
                raise DomainError(_("That line is not there any more."))
            form.rows = rows_of(work(here, _number(place) - 1))
            return _captions_page(lesson, form)
        if not form.errors:
            return _save(lesson, form, said, form.shift() if act == "shift" else 0)
    if act in ("split", "join"):
        return _captions_page(lesson, form), 422
    fresh = queries.get_lesson(lesson.project.slug, lesson.number)
    if fresh.version == form.base:
        return _captions_page(fresh, form), 422
    form.version.data, typed = str(fresh.version), form.rows
    if form.follow(_cues(fresh)):
        return _captions_page(fresh, form, theirs=fresh), 422
    form.show(_cues(fresh), _page_of(form.first, _cues(fresh)))
    form.form_errors = [
        _("Somebody else saved other lines around these while you were writing. The form shows what they saved; what you wrote "
          "stands below it. Bring the two together, then save again.")
    ]  # fmt: skip
    return _captions_page(fresh, form, typed=typed), 422


def _with_row(rows: list[Row], act: str, place: int) -> list[Row]:
    if act == "remove":
        return [row for number, row in enumerate(rows, 1) if number != place]
    after = rows[place - 1] if 0 < place <= len(rows) else None
    following = rows[place] if place < len(rows) else None
    return [*rows[:place], Row.between(after, following), *rows[place:]]


def _save(lesson: Lesson, form: CaptionsForm, said: list[Cue], shift: int) -> Any:
    slug, number, first = lesson.project.slug, lesson.number, form.first
    if lesson.version != form.base:
        raise EditedMeanwhile
    # Whoever sends a line twice, or takes over one that stands there already, means it once.
    whole = list(dict.fromkeys([*said[:first], *form.cues(), *said[first + form.covers :]]))
    if shift:
        whole = cues.shift_cues(whole, shift)
    with transaction():
        edit_captions(
            lesson.project, lesson, write_captions(whole) if whole else "", form.captions_language.data, form.base, signed_in_person()
        )
    flash(_("Captions saved."), "success")
    address = url_for("studio.edit_lesson_captions", slug=slug, number=number)
    return redirect(f"{address}?from={first}" if first else address, 303)


@bp.post("/classes/<slug>/lessons/<int:number>/captions/file")
@accepts_upload
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
@limiter.limit(POSTING, key_func=per_person)
def read_lesson_captions(lesson: Lesson) -> Any:
    """Take the captions out of a file, in place of those that there are."""
    form, slug, number = CaptionsFileForm(), lesson.project.slug, lesson.number
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            edit_captions(lesson.project, lesson, form.text, lesson.captions_language, form.base, signed_in_person())
    if form.errors:
        fresh = queries.get_lesson(slug, number)
        editor = CaptionsForm(formdata=None, captions_language=fresh.captions_language, version=str(fresh.version))
        editor.show(_cues(fresh), 0)
        form.version.data = str(fresh.version)
        return _captions_page(fresh, editor, file_form=form), 422
    flash(_("Captions saved."), "success")
    return redirect(url_for("studio.edit_lesson_captions", slug=slug, number=number), 303)
