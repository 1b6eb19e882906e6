"""Assignments: what to make, and handing it in."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from classprojects.accounts.models import Person
from classprojects.classes import actions, queries
from classprojects.classes.actions.notes import start_assignment
from classprojects.classes.models import Assignment, Submission
from classprojects.classes.progress import is_made
from classprojects.classes.queries.learning import draft_key
from classprojects.core.database import transaction
from classprojects.policy import Permission, may
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.changes import last_change
from classprojects.web.classes.completing import complete_after
from classprojects.web.classes.notes import show_notes
from classprojects.web.classes.pages import bp, class_frame, class_work_card, next_address, source_of
from classprojects.web.classes.shown import media_words, submission_words
from classprojects.web.shared.arguments import is_fragment_request
from classprojects.web.shared.cards import cards_for
from classprojects.web.shared.composer import (
    MEDIA,
    ComposerForm,
    composer_draft,
    draft_from_version,
    new_composer,
    prepare_composer,
    sent_composer,
    take_step,
)
from classprojects.web.shared.guards import accepts_upload, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.works.drafts import drop_draft


@bp.get("/classes/<slug>/assignments/<int:number>")
@requires(Permission.VIEW_ASSIGNMENT, on=queries.get_assignment)
def show_assignment(assignment: Assignment) -> Any:
    """What to make, one's own answer, and what classmates made of it."""
    project, person, after = assignment.project, signed_in_person(), request.args.get("after")
    viewer = viewer_for(person)
    page = queries.list_submissions(assignment, without=person, after=after, size=12)
    answers = page.map(lambda one: (one, class_work_card(one.work, viewer)))
    next_url = next_address("classes.show_assignment", page, slug=project.slug, number=assignment.number)
    if is_fragment_request() and after:
        return render_template("classes/_answer_items.html", answers=answers, next_url=next_url)
    progress = queries.find_progress(person, project)
    own = progress.submissions.get(assignment.id)
    return render_template(
        "classes/show_assignment.html",
        **class_frame(project, person, progress, assignment),
        **show_notes(person, assignment),
        assignment=assignment,
        drafted_at=progress.drafted.get(assignment.id),
        draft_key=draft_key(project, assignment),
        media=media_words(assignment.media_allowed),
        place=project.assignments.index(assignment) + 1,
        own=own,
        own_words=submission_words(own.state) if own else None,
        is_made=is_made(own),
        source=source_of(project, assignment),
        starters=cards_for(queries.list_starters(assignment), viewer) if assignment.id in progress.with_starters else [],
        answers=answers,
        next_url=next_url,
        given=progress.given.get(assignment.id, 0),
        **last_change(assignment, own),
        may_submit=bool(may(person, Permission.SUBMIT_WORK, assignment)),
    )


@bp.get("/classes/<slug>/assignments/<int:number>/submit")
@requires(Permission.SUBMIT_WORK, on=queries.get_assignment)
def show_submit_work(assignment: Assignment) -> Any:
    """The composer for an answer; for another try it begins with the last one."""
    person = signed_in_person()
    own = queries.find_submission(assignment, person)
    return _submit_page(assignment, _begin_answer(assignment, person, own), own)


def _begin_answer(assignment: Assignment, person: Person, own: Submission | None) -> ComposerForm:
    medium = assignment.media_allowed[0] if assignment.media_allowed else "text"
    form = new_composer(person, draft_key(assignment.project, assignment), medium=medium)
    if own is not None and own.work.current_version is not None and not own.work.is_erased:
        draft_from_version(form, own.work, own.work.current_version)
    elif (source := request.args.get("source", "")[:200]) or form.draft is None:
        form.sources.raw_data, form.sources.data = None, source
    return _fit_form(form, assignment, own)


def _fit_form(form: ComposerForm, assignment: Assignment, own: Submission | None) -> ComposerForm:
    """Offer only the media that the assignment takes; the place is the class, and no choice."""
    allowed = [own.work.medium.value] if own is not None and not own.work.is_erased else assignment.media_allowed
    form.medium.choices = [SelectChoice(medium.value, words) for medium, words in MEDIA if medium.value in allowed]
    if "space" in form:
        del form.space
    form.fixed_space_id = assignment.project.space_id
    return form


def _submit_page(assignment: Assignment, form: ComposerForm, own: Submission | None) -> str:
    if own is not None and own.work.is_erased:
        own = None  # the next attempt begins afresh
    project, person = assignment.project, signed_in_person()
    prepare_composer(form, person, own.work if own is not None else None)
    offered = queries.list_fitting_sources(assignment, person) if own is None else []
    progress = queries.find_progress(person, project)
    has_starters = own is None and assignment.id in progress.with_starters
    return render_template(
        "classes/submit_work.html",
        **class_frame(project, person, progress, assignment),
        assignment=assignment,
        media=media_words(assignment.media_allowed),
        form=form,
        own=own,
        has_file=own is not None and own.work.current_version is not None and own.work.current_version.file_id is not None,
        source=source_of(project, assignment),
        offered=[class_work_card(work, viewer_for(person)) for work in offered],
        starters=cards_for(queries.list_starters(assignment), viewer_for(person)) if has_starters else [],
        chosen=[str(one.work.id) for one in form.around.chosen],
    )


@bp.post("/classes/<slug>/assignments/<int:number>/submit")
@accepts_upload
@requires(Permission.SUBMIT_WORK, on=queries.get_assignment)
@limiter.limit(POSTING, key_func=per_person)
def submit_work(assignment: Assignment) -> Any:
    """Hand in: the first attempt, or the next."""
    person = signed_in_person()
    own = queries.find_submission(assignment, person)
    form = _fit_form(sent_composer(draft_key(assignment.project, assignment)), assignment, own)
    if own is not None and actions.is_attempt(own, form.once.data):
        return redirect(own.url, 303)  # the same form, sent twice
    current = own.work if own is not None and not own.work.is_erased else None
    if step := take_step(form, person, current):
        with transaction():
            start_assignment(person, assignment)
        return step
    draft = composer_draft(form, person, current=current)
    if draft is not None:
        with form.showing_refusals(), transaction():
            submission = actions.submit_work(person, assignment, draft, viewer_for(person))
            drop_draft(person, form.key)
    if form.errors:
        return _submit_page(assignment, form, own), 422
    flash(_("Handed in. Your instructor and classmates can see it."), "success")
    complete_after(person, assignment)
    return redirect(url_for("classes.show_submission", submission_id=submission.id), 303)
