"""The catalogue of class projects: found by what one will make, and by how much time one has."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import jsonify, render_template, request, url_for
from flask_babel import get_timezone
from flask_babel import gettext as _

from classprojects.classes import queries
from classprojects.classes.models import ClassProject, Level
from classprojects.classes.queries import catalogue
from classprojects.classes.queries.catalogue import MINUTES, STARTS, THINGS, Wanted
from classprojects.classes.queries.seasons import next_starts
from classprojects.core import clock
from classprojects.web.classes.pages import bp, next_address
from classprojects.web.shared.arguments import choice_argument, is_fragment_request, text_argument, wants_json
from classprojects.web.shared.cards import card_for
from classprojects.web.shared.class_cards import class_card_for, leaders_of, level_words
from classprojects.web.shared.guards import current_person, public
from classprojects.works.models import Medium
from classprojects.works.queries import VISITOR


@bp.get("/classes")
@public
def list_classes() -> Any:
    """The catalogue: every published class, the newest first, narrowed by a plain form."""
    person, after, wanted = current_person(), request.args.get("after"), _read_wanted()
    page = catalogue.list_catalogue(wanted, _end_of_month(), after)
    next_url = next_address("classes.list_classes", page, **asdict(wanted))
    if wants_json():
        return jsonify({"classes": [class_as_json(one) for one in page.items], "next": next_url})
    joined = queries.find_places(person).joined
    made = queries.count_answers_by_class(person) if person and joined else {}
    starts = next_starts(one.id for one in page.items)
    cards = [
        class_card_for(
            one,
            is_joined=one.id in joined,
            made=made.get(one.id, 0),
            starts_at=starts[one.id].starts_at if one.id in starts else None,
        )
        for one in page.items
    ]
    if is_fragment_request() and after:
        return render_template("classes/_class_items.html", cards=cards, next_url=next_url)
    is_first = not after and not wanted.is_narrow
    own = queries.list_joined_classes(person, 6) if person and joined and is_first else []
    return render_template(
        "classes/list_classes.html",
        cards=cards,
        own=[class_card_for(one, is_joined=True, made=made.get(one.id, 0)) for one in own],
        shared=[card_for(work, VISITOR) for work in catalogue.list_newest_shared_works()] if is_first else [],
        next_url=next_url,
        wanted=wanted,
        media=_media_tabs(wanted),
        levels=[(level.value, level_words(level)) for level in Level],
        lengths=_length_choices(),
        starts=[("soon", _("within two weeks")), ("month", _("this month")), ("self", _("at your own pace"))],
    )


def _read_wanted() -> Wanted:
    return Wanted(
        q=text_argument("q"),
        medium=choice_argument("medium", [medium.value for medium in Medium]),
        level=choice_argument("level", [level.value for level in Level]),
        minutes=choice_argument("minutes", MINUTES),
        things=choice_argument("things", THINGS),
        starts=choice_argument("starts", STARTS),
    )


def _end_of_month() -> datetime:
    """When this month is over on the reader's calendar."""
    here = clock.now().astimezone(get_timezone() or UTC)
    year, month = (here.year + 1, 1) if here.month == 12 else (here.year, here.month + 1)
    first = here.replace(year=year, month=month, day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.astimezone(UTC)


def _media_tabs(wanted: Wanted) -> list[dict[str, Any]]:
    kept = {name: value for name, value in asdict(wanted).items() if value and name != "medium"}
    media = [
        ("", _("Everything"), None),
        ("text", _("Writing"), "type"),
        ("image", _("Images"), "image"),
        ("audio", _("Sound"), "audio-lines"),
        ("video", _("Video"), "video"),
    ]
    return [
        {
            "text": words,
            "icon": icon,
            "current": value == wanted.medium,
            "url": url_for("classes.list_classes", medium=value or None, **kept),
        }
        for value, words, icon in media
    ]


def _length_choices() -> dict[str, list[tuple[str, str]]]:
    return {
        "minutes": [
            ("short", _("up to 20 minutes each")),
            ("middle", _("up to an hour each")),
            ("long", _("more than an hour each")),
        ],
        "things": [
            ("few", _("1 to 3 things")),
            ("some", _("4 to 8 things")),
            ("many", _("9 things or more")),
        ],
    }


def class_as_json(project: ClassProject) -> dict[str, Any]:
    """A class for programs."""
    return {
        "slug": project.slug,
        "title": project.title,
        "outcome": project.outcome,
        "medium": project.medium.value,
        "level": project.level.value,
        "url": project.url,
        "instructors": [{"name": one.name, "url": one.url} for one in leaders_of(project)],
        "lessons": project.lessons_count,
        "assignments": project.assignments_count,
    }
