"""One learner, as those who lead the class look at them: where they are, more time for them, everything opened."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from classprojects.classes import queries
from classprojects.classes.actions import extensions as actions
from classprojects.classes.dates import to_local, zone_of
from classprojects.classes.models import Assignment, Submission
from classprojects.classes.progress import count_made, is_made
from classprojects.classes.queries.opening import find_opening
from classprojects.classes.queries.seasons import Learner, get_learner
from classprojects.core import clock, moments
from classprojects.core.database import transaction
from classprojects.core.errors import NotFound
from classprojects.policy import Permission
from classprojects.policy.facts_opening import opening_words
from classprojects.web.classes.shown import submission_words
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.review_forms import zone_of as zone_of_clock
from classprojects.web.studio.season_forms import ExtensionForm


@bp.get("/classes/<slug>/learners/<handle>")
@requires(Permission.TEND_CLASS, on=get_learner)
def show_learner(learner: Learner) -> Any:
    """Where a learner is, and what an instructor can do for them."""
    form = ExtensionForm(formdata=None)
    form.offer(learner)
    form.assignment.data = request.args.get("assignment", "")
    form.due_at.data = _in_a_week(learner)
    return _learner_page(learner, form)


def _zone_for(learner: Learner) -> ZoneInfo:
    """In which zone more time is given: the season's, else the instructor's own."""
    season = learner.enrollment.season
    return zone_of(season) if season is not None else zone_of_clock(signed_in_person())


def _in_a_week(learner: Learner) -> Any:
    evening = to_local(clock.now() + timedelta(days=7), _zone_for(learner))
    return evening.replace(hour=20, minute=0, second=0, microsecond=0)


def _learner_page(learner: Learner, form: ExtensionForm) -> str:
    project, person = learner.project, learner.person
    progress, opening = queries.find_progress(person, project), find_opening(person, project)
    zone, locale = _zone_for(learner), get_locale()
    rows = []
    for assignment in project.assignments:
        submission = progress.submissions.get(assignment.id)
        rows.append(
            {
                "assignment": assignment,
                **_shown_state(assignment, submission),
                "is_open": opening.is_open(assignment),
                "opens": opening_words(opening, assignment),
                "due_at": opening.due_at(assignment),
                "is_late": not is_made(submission) and opening.is_late(assignment),
                "extension": learner.extensions.get(assignment.id),
            }
        )
    return render_template(
        "studio/show_learner.html",
        project=project,
        learner=learner,
        who=person,
        season=learner.enrollment.season,
        rows=rows,
        made=count_made(project, progress),
        finished=sum(lesson.id in progress.finished for lesson in project.lessons),
        form=form,
        zone_words=zone.key.replace("_", " "),
        in_zone=lambda moment: moments.in_words(moment, zone or UTC, locale),
        url=url_of(learner),
    )


def _shown_state(assignment: Assignment, submission: Submission | None) -> dict[str, str | None]:
    """In words where an answer stands, and where to read it."""
    if submission is None or not submission.is_handed_in:
        return {"state": submission_words(submission.state) if submission is not None else _("not yet"), "url": None}
    if assignment.hides_names:
        # A way from the name to the work would say who made it, and so would a state that changes as the work is answered.
        return {"state": _("handed in"), "url": None}
    return {"state": submission_words(submission.state), "url": submission.url}


def url_of(learner: Learner) -> str:
    """The studio's page of a learner."""
    return url_for("studio.show_learner", slug=learner.project.slug, handle=learner.person.handle)


@bp.post("/classes/<slug>/learners/<handle>/extensions")
@requires(Permission.TEND_CLASS, on=get_learner)
@limiter.limit(POSTING, key_func=per_person)
def give_extension(learner: Learner) -> Any:
    """Give a learner more time for one assignment."""
    form = ExtensionForm()
    form.offer(learner)
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            due_at = form.due_at.moment_in(_zone_for(learner))
            assignment = _assignment_of(learner, form.assignment.data)
            if due_at is not None:
                actions.give_extension(learner, assignment, due_at, signed_in_person(), form.note.data or "")
    if form.errors:
        return _learner_page(learner, form), 422
    flash(_("%(name)s has more time, and is told.", name=learner.person.name), "success")
    return redirect(url_of(learner), 303)


def _assignment_of(learner: Learner, number: Any) -> Assignment:
    for assignment in learner.project.assignments:
        if str(assignment.number) == str(number):
            return assignment
    raise NotFound


@bp.post("/classes/<slug>/learners/<handle>/extensions/<int:number>/delete")
@requires(Permission.TEND_CLASS, on=get_learner)
def take_back_extension(learner: Learner, number: int) -> Any:
    """The date of everybody counts for this learner again."""
    with transaction():
        actions.take_back_extension(learner, _assignment_of(learner, number))
    flash(_("Taken back. The date of everybody counts for %(name)s again.", name=learner.person.name), "success")
    return redirect(url_of(learner), 303)


@bp.post("/classes/<slug>/learners/<handle>/opening")
@requires(Permission.TEND_CLASS, on=get_learner)
def open_everything(learner: Learner) -> Any:
    """Open all lessons and assignments to one learner; the page offers the way back."""
    with transaction():
        actions.open_everything(learner, signed_in_person())
    flash(_("Everything is open to %(name)s now.", name=learner.person.name), "success")
    return redirect(url_of(learner), 303)


@bp.post("/classes/<slug>/learners/<handle>/opening/delete")
@requires(Permission.TEND_CLASS, on=get_learner)
def stop_opening_everything(learner: Learner) -> Any:
    """Dates and prerequisites count for this learner again."""
    with transaction():
        actions.stop_opening_everything(learner)
    flash(_("Dates count for %(name)s again. What they made or were through with stays open.", name=learner.person.name), "success")
    return redirect(url_of(learner), 303)
