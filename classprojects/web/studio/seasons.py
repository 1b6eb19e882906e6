"""Seasons in the studio: plan them, set their dates, move them by their start, meet, call them off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from classprojects.classes import queries
from classprojects.classes.actions import seasons as actions
from classprojects.classes.dates import days_to, propose_dates, to_local, zone_of
from classprojects.classes.models import ClassProject, Season, SeasonEvent
from classprojects.classes.queries.seasons import (
    find_dated,
    get_season,
    get_season_event,
    list_seasons,
    read_season_afresh,
)
from classprojects.core import clock, moments
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.policy import Permission
from classprojects.web.classes.season_pages import season_words, span_words
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.shared.timeline import draw_timeline
from classprojects.web.studio.blueprint import bp
from classprojects.web.studio.season_forms import (
    EVENT_WORDS,
    EventForm,
    MoveForm,
    SeasonDatesForm,
    SeasonForm,
    dates_form_for,
    zone_choices,
)


@bp.get("/classes/<slug>/seasons")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def list_class_seasons(project: ClassProject) -> Any:
    """All seasons of a class, the latest start first."""
    seasons = list_seasons(project)
    return render_template(
        "studio/list_seasons.html",
        project=project,
        seasons=[(one, season_words(one), span_words(one, zone_of(one)), url_of(project, one)) for one in seasons],
    )


def url_of(project: ClassProject, season: Season) -> str:
    """The studio's page of a season."""
    return f"{project.studio_url}/seasons/{season.number}"


@bp.get("/classes/<slug>/seasons/new")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def new_season(project: ClassProject) -> Any:
    """Begin to plan a season."""
    form = SeasonForm()
    form.time_zone.choices = zone_choices(signed_in_person().time_zone)
    form.suggest(signed_in_person().time_zone, len(list_seasons(project)) + 1)
    return render_template("studio/new_season.html", project=project, form=form)


@bp.post("/classes/<slug>/seasons/new")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def plan_season(project: ClassProject) -> Any:
    """Plan a season: its dates are spread evenly, to be changed after."""
    form = SeasonForm()
    form.time_zone.choices = zone_choices(signed_in_person().time_zone)
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            season = actions.plan_season(project, form.draft())
    if form.errors:
        return render_template("studio/new_season.html", project=project, form=form), 422
    flash(_("Planned. We spread the dates evenly; change what does not fit."), "success")
    return redirect(url_of(project, season), 303)


@bp.get("/classes/<slug>/seasons/<int:season_number>")
@requires(Permission.EDIT_CLASS, on=get_season)
def show_class_season(season: Season) -> Any:
    """One season: its dates drawn, who is in it, when they meet."""
    return _season_page(season)


def _season_page(season: Season, refusal: str | None = None, form: MoveForm | None = None) -> str:
    project, zone = season.project, zone_of(season)
    if form is None:
        form = MoveForm(formdata=None)
        form.starts_on.data = to_local(season.starts_at, zone).date()
    return render_template(
        "studio/show_season.html",
        project=project,
        season=season,
        state=season_words(season),
        span=span_words(season, zone),
        in_zone=_in_zone(season),
        timeline=draw_timeline(project, season),
        starts_on=to_local(season.starts_at, zone).date(),
        events=season.events,
        event_words=dict(EVENT_WORDS),
        url=url_of(project, season),
        refusal=refusal,
        form=form,
    )


def _in_zone(season: Season) -> Any:
    """Says a moment on the clocks of the season's zone, which it names."""
    zone, locale = zone_of(season), get_locale()
    return lambda moment: moments.in_words(moment, zone, locale, "EEE d MMM y, HH:mm") if moment is not None else ""


@bp.get("/classes/<slug>/seasons/<int:season_number>/edit")
@requires(Permission.EDIT_CLASS, on=get_season)
def edit_class_season(season: Season) -> Any:
    """What a season says, and all of its dates; with ``?spread=evenly`` as we would set them anew."""
    form = _dates_form(season)
    form.fill(season)
    form.fill_dates(season)
    is_spread = request.args.get("spread") == "evenly"
    if is_spread:
        _spread(form, season)
    return _edit_page(season, form, is_spread=is_spread)


def _dates_form(season: Season) -> SeasonDatesForm:
    form = dates_form_for(season.project)
    form.time_zone.choices = zone_choices(season.time_zone, signed_in_person().time_zone)
    return form


def _spread(form: SeasonDatesForm, season: Season) -> None:
    zone = zone_of(season)
    proposed = propose_dates(season.project.outline, season.starts_at, season.ends_at, zone)
    for row in form.rows:
        one = proposed[row.item.kind, row.item.id]
        row.opens.data = to_local(one.opens_at, zone)
        if row.due is not None and one.due_at is not None:
            row.due.data = to_local(one.due_at, zone)


def _edit_page(season: Season, form: SeasonDatesForm, *, theirs: Season | None = None, is_spread: bool = False) -> str:
    saved = []
    if theirs is not None:
        say = _in_zone(theirs)
        saved = [(_("Title"), theirs.title), (_("Starts"), say(theirs.starts_at)), (_("Ends"), say(theirs.ends_at))]
        for item in season.project.outline:
            dates = find_dated(theirs, item)
            if dates is not None:
                saved.append((item.title, " – ".join(say(one) for one in (dates.opens_at, dates.due_at) if one is not None)))
    return render_template(
        "studio/edit_season.html",
        project=season.project,
        season=season,
        form=form,
        url=url_of(season.project, season),
        saved=saved,
        is_spread=is_spread,
    )


@bp.post("/classes/<slug>/seasons/<int:season_number>/edit")
@requires(Permission.EDIT_CLASS, on=get_season)
@limiter.limit(POSTING, key_func=per_person)
def save_class_season(season: Season) -> Any:
    """Save a season with its dates; a later editor is told and loses nothing."""
    form, theirs = _dates_form(season), None
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.edit_season(season, form.draft(), form.date_drafts(), form.base, signed_in_person())
        if form.errors:
            season = read_season_afresh(season)
            if season.version != form.base:
                theirs, form.version.data = season, str(season.version)
    if form.errors:
        return _edit_page(season, form, theirs=theirs), 422
    flash(_("Saved."), "success")
    return redirect(url_of(season.project, season), 303)


# Moving it all


@bp.get("/classes/<slug>/seasons/<int:season_number>/move")
@requires(Permission.EDIT_CLASS, on=get_season)
def preview_move(season: Season) -> Any:
    """All dates as they would be with another first day (``?starts_on=``), before anything is saved."""
    form = MoveForm(formdata=request.args)
    if not form.starts_on.validate(form) or form.day is None:
        return _season_page(season, form=form), 422
    try:
        days = days_to(season, form.day)
        moved = actions.work_out_move(season, days)
    except DomainError as error:
        return _season_page(season, error.message, form), 422
    say = _in_zone(season)
    form.version.data = str(season.version)
    return render_template(
        "studio/move_season.html",
        project=season.project,
        season=season,
        url=url_of(season.project, season),
        form=form,
        days=days,
        distance=_distance(days),
        lines=_lines_of_move(season, moved, say),
        begins_in_past=moved.starts_at < clock.now() and days != 0,
        passed=sum(one.due_at is not None and one.due_at < clock.now() for one in moved.dates.values()),
    )


def _distance(days: int) -> str:
    if days < 0:
        return ngettext("%(num)d day earlier", "%(num)d days earlier", -days)
    return ngettext("%(num)d day later", "%(num)d days later", days)


def _lines_of_move(season: Season, moved: actions.Moved, say: Any) -> list[list[Any]]:
    """Every date, as it is and as it would be."""
    lines = [[_("Season starts"), say(season.starts_at), say(moved.starts_at)]]
    for item in season.project.outline:
        dates = find_dated(season, item)
        if dates is None:
            continue
        new = moved.dates[dates.id]
        if dates.opens_at is not None:
            lines.append([_("“%(title)s” opens", title=item.title), say(dates.opens_at), say(new.opens_at)])
        if dates.due_at is not None:
            lines.append([_("“%(title)s” is due", title=item.title), say(dates.due_at), say(new.due_at)])
    for event in season.events:
        if event.id in moved.events:
            lines.append([event.title, say(event.starts_at), say(moved.events[event.id])])
    return [*lines, [_("Season ends"), say(season.ends_at), say(moved.ends_at)]]


@bp.post("/classes/<slug>/seasons/<int:season_number>/move")
@requires(Permission.EDIT_CLASS, on=get_season)
@limiter.limit(POSTING, key_func=per_person)
def move_class_season(season: Season) -> Any:
    """Reschedule everything; the cohort is told once."""
    form = MoveForm()
    if form.validate_on_submit() and form.day is not None:
        with form.showing_refusals(), transaction():
            actions.move_season(season, form.day, form.base, signed_in_person())
    if form.errors:
        refusal = " ".join(str(words) for words in form.form_errors) or None
        return _season_page(read_season_afresh(season), refusal, form), 422
    flash(_("Moved. Everybody in this season is told."), "success")
    return redirect(url_of(season.project, season), 303)


@bp.get("/classes/<slug>/seasons/<int:season_number>/cancel")
@requires(Permission.EDIT_CLASS, on=get_season)
def confirm_cancel_season(season: Season) -> Any:
    """Ask before a season is called off."""
    return render_template(
        "studio/cancel_season.html", project=season.project, season=season, url=url_of(season.project, season)
    )


@bp.post("/classes/<slug>/seasons/<int:season_number>/cancel")
@requires(Permission.EDIT_CLASS, on=get_season)
def cancel_season(season: Season) -> Any:
    """Call a season off; its learners are told and keep all that they made."""
    with transaction():
        actions.cancel_season(season, signed_in_person())
    flash(_("Called off. Everybody in it is told, and goes on at their own pace."), "success")
    return redirect(url_for("studio.list_class_seasons", slug=season.project.slug), 303)


# Meetings


@bp.get("/classes/<slug>/seasons/<int:season_number>/events/new")
@requires(Permission.EDIT_CLASS, on=get_season)
def new_season_event(season: Season) -> Any:
    """Begin a meeting."""
    form = EventForm()
    form.starts_at.data = _next_evening(season)
    return _event_page(season, None, form)


def _next_evening(season: Season) -> datetime:
    """A sensible first guess: a week after the start, or in a week."""
    zone = zone_of(season)
    begin = max(season.starts_at, clock.now()) + timedelta(days=7)
    return to_local(begin, zone).replace(hour=18, minute=0, second=0, microsecond=0)


def _event_page(season: Season, event: SeasonEvent | None, form: EventForm, theirs: SeasonEvent | None = None) -> str:
    say = _in_zone(season)
    saved = [(_("Title"), theirs.title), (_("Starts"), say(theirs.starts_at))] if theirs is not None else []
    return render_template(
        "studio/edit_season_event.html",
        project=season.project,
        season=season,
        event=event,
        form=form,
        url=url_of(season.project, season),
        saved=saved,
    )


@bp.post("/classes/<slug>/seasons/<int:season_number>/events/new")
@requires(Permission.EDIT_CLASS, on=get_season)
@limiter.limit(POSTING, key_func=per_person)
def add_season_event(season: Season) -> Any:
    """Add a meeting; the cohort is told."""
    form = EventForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.add_event(season, form.draft(season), signed_in_person())
    if form.errors:
        return _event_page(season, None, form), 422
    flash(_("Added."), "success")
    return redirect(f"{url_of(season.project, season)}#events", 303)


@bp.get("/classes/<slug>/seasons/<int:season_number>/events/<id:event_id>")
@requires(Permission.EDIT_CLASS, on=get_season_event)
def edit_season_event(event: SeasonEvent) -> Any:
    """Change a meeting."""
    form = EventForm()
    form.fill(event)
    return _event_page(event.season, event, form)


@bp.post("/classes/<slug>/seasons/<int:season_number>/events/<id:event_id>")
@requires(Permission.EDIT_CLASS, on=get_season_event)
@limiter.limit(POSTING, key_func=per_person)
def save_season_event(event: SeasonEvent) -> Any:
    """Save a meeting; a later editor is told and loses nothing."""
    form, season, theirs = EventForm(), event.season, None
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.edit_event(event, form.draft(season), form.base, signed_in_person())
        if form.errors:
            event = get_season_event(season.project.slug, season.number, event.id)
            if event.version != form.base:
                theirs, form.version.data = event, str(event.version)
    if form.errors:
        return _event_page(season, event, form, theirs), 422
    flash(_("Saved."), "success")
    return redirect(f"{url_of(season.project, season)}#events", 303)


@bp.post("/classes/<slug>/seasons/<int:season_number>/events/<id:event_id>/cancel")
@requires(Permission.EDIT_CLASS, on=get_season_event)
def cancel_season_event(event: SeasonEvent) -> Any:
    """Call a meeting off."""
    season = event.season
    with transaction():
        actions.cancel_event(event, signed_in_person())
    flash(_("“%(title)s” is called off.", title=event.title), "success")
    return redirect(f"{url_of(season.project, season)}#events", 303)
