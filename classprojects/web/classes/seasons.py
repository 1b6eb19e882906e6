"""Seasons for learners: which there are, one of them with its dates and its cohort, joining and leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes import queries
from classprojects.classes.actions import seasons as actions
from classprojects.classes.models import Assignment, ClassProject, Lesson, Season
from classprojects.classes.progress import is_made
from classprojects.classes.queries.opening import find_opening
from classprojects.classes.queries.seasons import (
    find_dated,
    get_season,
    list_cohort,
    list_open_seasons,
    list_season_gallery,
)
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.policy import Permission, may
from classprojects.policy.facts_classes import leads_class
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.closed import closing_classes
from classprojects.web.classes.pages import class_work_card, item_url, next_address
from classprojects.web.classes.season_pages import due_words, place_words, season_words, span_words
from classprojects.web.shared.arguments import is_fragment_request
from classprojects.web.shared.guards import current_person, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person

bp = Blueprint("seasons", __name__)


closing_classes(bp)


@dataclass(frozen=True)
class SeasonCard:
    """What ``classes/_season_card.html`` takes."""

    season: Season
    url: str
    state: str
    span: str
    places: str
    is_own: bool
    #: it takes this reader now
    is_open: bool


def season_cards(project: ClassProject) -> list[SeasonCard]:
    """The seasons of a class that are not over, for whoever looks, asked once a request of a page."""
    person = current_person()
    learning = queries.find_places(person).learning.get(project.id)
    own_id = learning.season_id if learning is not None else None
    may_join = project.is_published or learning is not None
    return [
        SeasonCard(
            season,
            url_for("seasons.show_season", slug=project.slug, season_number=season.number),
            season_words(season),
            span_words(season),
            place_words(season),
            is_own=season.id == own_id,
            is_open=may_join and not season.is_full and season.id != own_id,
        )
        for season in list_open_seasons(project)
    ]


bp.add_app_template_global(season_cards, "season_cards")
bp.add_app_template_global(due_words, "due_words")


@bp.get("/classes/<slug>/seasons")
@requires(Permission.VIEW_CLASS, on=queries.get_class)
def list_seasons(project: ClassProject) -> Any:
    """The seasons to choose from; and one's own pace."""
    return _seasons_page(project)


def _seasons_page(project: ClassProject, refusal: str | None = None) -> str:
    person = current_person()
    learning = queries.find_places(person).learning.get(project.id)
    return render_template(
        "classes/list_seasons.html",
        project=project,
        cards=season_cards(project),
        joining=may(person, Permission.JOIN_CLASS, project),
        is_joined=learning is not None,
        has_season=learning is not None and learning.season_id is not None,
        refusal=refusal,
    )


@dataclass(frozen=True)
class DatedItem:
    """One line of a season's dates."""

    item: Lesson | Assignment
    url: str | None
    opens_at: datetime | None
    due_at: datetime | None
    is_firm: bool
    is_made: bool
    #: the reader was given more time
    is_own_date: bool
    words: str


@bp.get("/classes/<slug>/seasons/<int:season_number>")
@requires(Permission.VIEW_SEASON, on=get_season)
def show_season(season: Season) -> Any:
    """One season: its dates on the reader's clock, when it meets, who is in it."""
    return _season_page(season)


def _season_page(season: Season, refusal: str | None = None) -> str:
    project, person = season.project, current_person()
    learning = queries.find_places(person).learning.get(project.id)
    is_own = learning is not None and learning.season_id == season.id
    leads = bool(leads_class(person, project))
    is_inside = bool(may(person, Permission.VIEW_CLASSROOM, project))
    cohort = list_cohort(season, request.args.get("after"), size=60) if is_inside else None
    return render_template(
        "classes/show_season.html",
        project=project,
        season=season,
        state=season_words(season),
        span=span_words(season),
        places=place_words(season),
        items=_dated_items(season, is_inside, is_own),
        is_own=is_own,
        is_inside=is_inside,
        is_joined=learning is not None,
        leads=leads,
        sees_address=leads or (is_own and is_inside),
        joining=may(person, Permission.JOIN_SEASON, season),
        cohort=cohort,
        next_url=next_address("seasons.show_season", cohort, slug=project.slug, season_number=season.number) if cohort else None,
        refusal=refusal,
    )


def _dated_items(season: Season, is_inside: bool, is_own: bool) -> list[DatedItem]:
    """The outline with the season's dates; for whoever is in it with their own dates, and what they made."""
    project, person = season.project, current_person()
    opening = find_opening(person, project) if is_own else None
    made = queries.find_progress(person, project).submissions if is_own else {}
    items = []
    for item in project.outline:
        dates = find_dated(season, item)
        due_at, was_made, own_date = (dates.due_at if dates else None), False, False
        if opening is not None and isinstance(item, Assignment):
            due_at, was_made = opening.due_at(item), is_made(made.get(item.id))
            own_date = dates is not None and dates.due_at is not None and due_at != dates.due_at
        is_firm = dates is not None and dates.is_firm
        is_open = is_inside and (opening is None or opening.is_open(item))
        items.append(
            DatedItem(
                item=item,
                url=item_url(project, item) if is_open else None,
                opens_at=(dates.opens_at if dates else None) or season.starts_at,
                due_at=due_at,
                is_firm=is_firm,
                is_made=was_made,
                is_own_date=own_date,
                words=due_words(due_at, is_made=False, is_firm=is_firm) if is_own and not was_made else "",
            )
        )
    return items


@bp.post("/classes/<slug>/seasons/<int:season_number>/join")
@requires(Permission.JOIN_SEASON, on=get_season)
@limiter.limit(POSTING, key_func=per_person)
def join_season(season: Season) -> Any:
    """Learn with this cohort: join the class, change from another season, or from one's own pace."""
    project = season.project
    try:
        with transaction():
            actions.join_season(signed_in_person(), season)
    except DomainError as error:
        return _season_page(get_season(project.slug, season.number), error.message), 422
    flash(_("You are in “%(title)s”. Here are its dates.", title=season.title), "success")
    return redirect(url_for("seasons.show_season", slug=project.slug, season_number=season.number), 303)


@bp.post("/classes/<slug>/seasons/leave")
@requires(Permission.LEAVE_SEASON, on=queries.get_class)
def leave_season(project: ClassProject) -> Any:
    """Go on at one's own pace; what one made stays."""
    with transaction():
        actions.leave_season(signed_in_person(), project)
    flash(_("You go on at your own pace. Everything that you made is still there."), "success")
    return redirect(url_for("seasons.list_seasons", slug=project.slug), 303)


@bp.get("/classes/<slug>/seasons/<int:season_number>/gallery")
@requires(Permission.VIEW_GALLERY, on=get_season)
def show_season_gallery(season: Season) -> Any:
    """What this cohort handed in, newest first."""
    project, after = season.project, request.args.get("after")
    viewer = viewer_for(current_person())
    page = list_season_gallery(season, after)
    answers = page.map(lambda one: (one, class_work_card(one.work, viewer)))
    next_url = next_address("seasons.show_season_gallery", page, slug=project.slug, season_number=season.number)
    if is_fragment_request() and after:
        return render_template("classes/_answer_items.html", answers=answers, next_url=next_url)
    return render_template(
        "classes/show_season_gallery.html", project=project, season=season, answers=answers, next_url=next_url
    )
