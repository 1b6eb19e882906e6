"""Home, and the pages that explain the place."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template

from classprojects.classes import queries as classes
from classprojects.community import queries as community
from classprojects.core import clock
from classprojects.core.errors import NotFound
from classprojects.policy.viewing import viewer_for
from classprojects.web.community.cards import prompt_card_for
from classprojects.web.shared.cards import faces_on
from classprojects.web.shared.class_cards import class_card_for
from classprojects.web.shared.guards import current_person, public
from classprojects.works import faces

bp = Blueprint("home", __name__)

#: works on the home page's wall, classes in its row
WALL, CLASSES = 12, 3


@bp.get("/")
@public
def show_home() -> Any:
    """The front door: today's prompt, what people just made, classes to join."""
    viewer = viewer_for(current_person())
    prompt = community.find_todays_prompt(clock.now())
    return render_template(
        "home/show_home.html",
        prompt=prompt_card_for(prompt) if prompt else None,
        cards=faces_on(faces.list_open_faces(size=WALL), viewer).items,
        classes=[class_card_for(project) for project in classes.list_classes(size=CLASSES).items],
    )


@bp.get("/how-it-works")
@public
def show_how_it_works() -> str:
    """What is free, what the membership adds, how remixing and credit work."""
    return render_template("home/show_how_it_works.html")


@bp.get("/terms")
@public
def show_terms() -> str:
    """The terms, written for people."""
    return render_template("home/show_terms.html")


@bp.get("/privacy")
@public
def show_privacy() -> str:
    """What we keep about people and why."""
    return render_template("home/show_privacy.html")


@bp.get("/components")
@public
def show_components() -> str:
    """Every component in every state: for those who build the pages, not in production."""
    if not current_app.config["SETTINGS"].show_components:
        raise NotFound
    return render_template("components/index.html")
