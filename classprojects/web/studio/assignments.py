"""Assignments in the studio: what to make, of what, from what, and what feedback looks at."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from classprojects.classes import actions, queries
from classprojects.classes.actions.rubrics import MOST_CRITERIA, MOST_LEVELS
from classprojects.classes.models import Assignment, ClassProject
from classprojects.classes.queries.prerequisites import find_prerequisites
from classprojects.classes.queries.rubrics import count_marked_feedback
from classprojects.core.database import transaction
from classprojects.policy import Permission
from classprojects.web.shared.composer import work_id_in
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.assignment_forms import AssignmentForm
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.outline import delete_item
from classprojects.works import queries as works
from classprojects.works.models import Work, WorkStatus
from classprojects.works.queries import VISITOR

#: works that a search shows
FOUND = 6


@bp.get("/classes/<slug>/assignments/new")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def new_assignment(project: ClassProject) -> Any:
    """Begin an assignment."""
    form = AssignmentForm()
    form.media_allowed.data = [project.medium.value]
    return _assignment_page(project, None, form)


def _assignment_page(
    project: ClassProject, assignment: Assignment | None, form: AssignmentForm, theirs: Assignment | None = None
) -> str:
    form.offer_sources(project, assignment)
    q = form.find_starter.data or ""
    chosen = works.list_works_by_ids(form.starter_ids[:40])
    needs = find_prerequisites(project).get((assignment.kind, assignment.id), []) if assignment is not None else []
    return render_template(
        "studio/edit_assignment.html",
        project=project,
        assignment=assignment,
        form=form,
        theirs=theirs,
        chosen=chosen,
        q=q,
        found=[work for work in _find_works(q) if work.id not in form.starter_ids] if q else [],
        needs=needs,
        marked=count_marked_feedback(assignment) if assignment is not None else 0,
        names_settled=assignment is not None and bool(queries.count_people_who_answered(assignment)),
        most_criteria=MOST_CRITERIA,
        most_levels=MOST_LEVELS,
    )


def _find_works(q: str) -> list[Work]:
    """Works in the open area that have these words, this number or this address."""
    number = work_id_in(q)
    if number is not None:
        return [work for work in works.list_works_by_ids([number]) if work.status is WorkStatus.PUBLISHED and work.is_open]
    # Marks alone are no words: they would find everything.
    return list(works.search_works(q, VISITOR, size=FOUND).items) if any(letter.isalnum() for letter in q) else []


def _step() -> str:
    """The button that was pressed, where it was one that saves nothing."""
    return request.form.get("step", "")[:60]


@bp.post("/classes/<slug>/assignments/new")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def add_assignment(project: ClassProject) -> Any:
    """Put an assignment at the end of the outline."""
    person, form = signed_in_person(), AssignmentForm()
    form.offer_sources(project, None)
    if step := _step():
        form.take_step(step)
        return _assignment_page(project, None, form)
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.add_assignment(project, form.draft(), person)
    if form.errors:
        return _assignment_page(project, None, form), 422
    flash(_("Added at the end of the outline."), "success")
    return redirect(project.studio_url, 303)


@bp.get("/classes/<slug>/assignments/<int:number>")
@requires(Permission.EDIT_CLASS, on=queries.get_assignment)
def edit_assignment(assignment: Assignment) -> Any:
    """Change an assignment."""
    form = AssignmentForm()
    form.fill(assignment.project, assignment, [work.id for work in queries.list_starters(assignment)])
    return _assignment_page(assignment.project, assignment, form)


@bp.post("/classes/<slug>/assignments/<int:number>")
@requires(Permission.EDIT_CLASS, on=queries.get_assignment)
def save_assignment(assignment: Assignment) -> Any:
    """Save an assignment; a later editor is told and loses nothing."""
    project, person, form, theirs = assignment.project, signed_in_person(), AssignmentForm(), None
    slug, number, before = project.slug, assignment.number, assignment.rubric
    form.offer_sources(project, assignment)
    if step := _step():
        form.take_step(step)
        return _assignment_page(project, assignment, form)
    if queries.count_people_who_answered(assignment):
        form.settled_names = assignment.is_anonymous
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.edit_assignment(project, assignment, form.draft(), form.base, person)
        if form.errors:
            assignment = queries.get_assignment(slug, number)
            if assignment.version != form.base:
                theirs, form.version.data = assignment, str(assignment.version)
    if form.errors:
        return _assignment_page(assignment.project, assignment, form, theirs), 422
    flash(_saved_words(assignment, before), "success")
    return redirect(project.studio_url, 303)


def _saved_words(assignment: Assignment, before: list[dict[str, Any]]) -> str:
    marked = count_marked_feedback(assignment) if assignment.rubric != before else 0
    if not marked:
        return _("Saved.")
    return ngettext(
        "Saved. %(num)d piece of feedback keeps the words of the earlier rubric.",
        "Saved. %(num)d pieces of feedback keep the words of the earlier rubric.",
        marked,
    )


@bp.post("/classes/<slug>/assignments/<int:number>/delete")
@requires(Permission.EDIT_CLASS, on=queries.get_assignment)
def delete_assignment(assignment: Assignment) -> Any:
    """Take an assignment out, with a way back; refused once people answered it."""
    return delete_item(assignment.project, assignment)
