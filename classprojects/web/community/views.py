"""The open area: the wall, prompts, people, search. Free for everybody, for ever (P1)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.accounts import queries as accounts
from classprojects.accounts.models import Person
from classprojects.classes import queries as classes
from classprojects.community import actions, collections, queries
from classprojects.community.models import Prompt
from classprojects.core.database import transaction
from classprojects.core.pagination import Page
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.community.cards import PromptCard, prompt_card_for, prompt_cards_for
from classprojects.web.community.sets import set_card
from classprojects.web.shared.arguments import choice_argument, is_fragment_request, text_argument, wants_json
from classprojects.web.shared.cards import Card, card_of_face, cards_for, cards_on, faces_on
from classprojects.web.shared.class_cards import ClassCard, class_card_for
from classprojects.web.shared.composer import (
    ComposerForm,
    composer_draft,
    new_composer,
    prepare_composer,
    sent_composer,
    take_step,
)
from classprojects.web.shared.filters import absolute
from classprojects.web.shared.forms import clean_text
from classprojects.web.shared.guards import accepts_upload, current_person, public, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.works import faces
from classprojects.works import queries as works
from classprojects.works.drafts import drop_draft
from classprojects.works.models import Medium

bp = Blueprint("community", __name__)


@bp.get("/open")
@public
def show_open() -> Any:
    """The wall of open works."""
    chosen: dict[str, Any] = {
        "medium": choice_argument("medium", [medium.value for medium in Medium]),
        "sort": choice_argument("sort", works.SORTS, "new"),
        "filter": choice_argument("filter", works.FILTERS),
        "q": text_argument("q"),
    }
    viewer = viewer_for(current_person())
    after = request.args.get("after")
    page = faces_on(faces.list_open_faces(**chosen, after=after), viewer)
    next_url = _next_url("community.show_open", page, **chosen)
    if is_fragment_request() and after:
        return render_template("community/_open_items.html", page=page, next_url=next_url)
    # Whoever looks at the plain wall is shown what still waits for an answer (P16).
    is_plain = not after and not chosen["q"] and not chosen["filter"] and chosen["sort"] == "new" and not chosen["medium"]
    waiting = [card_of_face(face, viewer) for face in queries.list_waiting_works()] if is_plain else []
    return render_template("community/show_open.html", page=page, next_url=next_url, waiting=waiting, **chosen)


def _next_url(endpoint: str, page: Page[Any], **parts: Any) -> str | None:
    """Where the next page is; None after the last."""
    if page.next_cursor is None:
        return None
    return url_for(endpoint, **{name: value for name, value in parts.items() if value}, after=page.next_cursor)


@bp.get("/prompts")
@public
def list_prompts() -> Any:
    """Every prompt, the newest first."""
    medium = choice_argument("medium", [medium.value for medium in Medium])
    page = queries.list_prompts(medium=medium, after=request.args.get("after"))
    if wants_json():
        return jsonify({"prompts": [_prompt_as_json(prompt) for prompt in page.items], "next": page.next_cursor})
    cards = prompt_cards_for(page.items, viewer_for(current_person()))
    next_url = _next_url("community.list_prompts", page, medium=medium)
    if is_fragment_request() and request.args.get("after"):
        return render_template("community/_prompt_items.html", cards=cards, next_url=next_url)
    return render_template("community/list_prompts.html", cards=cards, medium=medium, next_url=next_url)


@bp.get("/prompts/<slug>")
@requires(Permission.VIEW_PROMPT, on=queries.get_prompt)
def show_prompt(prompt: Prompt) -> Any:
    """One prompt and everything that people made of it."""
    if wants_json():
        return jsonify(_prompt_as_json(prompt))
    viewer = viewer_for(current_person())
    page = cards_on(works.list_responses(prompt.id, viewer, request.args.get("after")), viewer)
    next_url = _next_url("community.show_prompt", page, slug=prompt.slug)
    if is_fragment_request() and request.args.get("after"):
        return render_template("community/_open_items.html", page=page, next_url=next_url)
    card = prompt_card_for(prompt)
    return render_template("community/show_prompt.html", prompt=prompt, card=card, page=page, next_url=next_url)


def _prompt_as_json(prompt: Prompt) -> dict[str, Any]:
    return {
        "slug": prompt.slug,
        "url": absolute(prompt.url),
        "title": prompt.title,
        "medium": prompt.medium.value,
        "takes": prompt.takes,
        "difficulty": prompt.difficulty,
        "language": prompt.language,
        "answers": prompt.answers_count,
        "author": {"handle": prompt.author.handle, "name": prompt.author.name, "role": prompt.author_role},
        "closes_at": prompt.closes_at.isoformat() if prompt.closes_at else None,
    }


@bp.get("/prompts/<slug>/answer")
@requires(Permission.ANSWER_PROMPT, on=queries.get_prompt)
def show_answer_prompt(prompt: Prompt) -> Any:
    """The composer for an answer; words that were begun on the home page come along in the address."""
    begun = str(clean_text(request.args.get("body", "")))[:2000]
    form = new_composer(signed_in_person(), f"answer-{prompt.slug}", medium=prompt.medium.value, body=begun)
    return _render_answer(form, prompt)


@bp.post("/prompts/<slug>/answer")
@accepts_upload
@requires(Permission.ANSWER_PROMPT, on=queries.get_prompt)
@limiter.limit(POSTING, key_func=per_person)
def answer_prompt(prompt: Prompt) -> Any:
    """Post the answer in the open area."""
    person, form = signed_in_person(), sent_composer(f"answer-{prompt.slug}")
    if step := take_step(form, person):
        return step
    draft = composer_draft(form, person)
    if draft is not None:
        with form.showing_refusals(), transaction():
            work = actions.answer_prompt(person, prompt, draft, viewer=viewer_for(person))
            drop_draft(person, form.key)
    if form.errors:
        return _render_answer(form, prompt), 422
    flash(_("Posted. Everybody can see it, answer it and build on it."), "success")
    return redirect(url_for("works.show_work", work_id=work.id), 303)


def _render_answer(form: ComposerForm, prompt: Prompt) -> str:
    del form.space  # an answer stands beside the prompt, in the open area
    prepare_composer(form, signed_in_person())
    return render_template("community/answer_prompt.html", form=form, prompt=prompt, card=prompt_card_for(prompt))


@bp.get("/people/<handle>")
@requires(Permission.VIEW_PERSON, on=accounts.get_person_by_handle)
def show_person(shown: Person) -> Any:
    """Somebody's page: who they are and what they made."""
    viewer = viewer_for(current_person())
    counts = queries.count_of_person(shown)
    if wants_json():
        address = absolute(url_for("community.show_person", handle=shown.handle))
        return jsonify({"handle": shown.handle, "name": shown.name, "bio": shown.bio, "url": address, **counts})
    page = cards_on(works.list_works_by(shown, viewer, request.args.get("after")), viewer)
    next_url = _next_url("community.show_person", page, handle=shown.handle)
    if is_fragment_request() and request.args.get("after"):
        return render_template("community/_open_items.html", page=page, next_url=next_url)
    is_own = current_person() is not None and viewer.person_id == shown.id
    return render_template(
        "community/show_person.html",
        shown=shown,
        drafts=cards_for(works.list_drafts_by(shown), viewer) if is_own and not request.args.get("after") else [],
        counts=counts,
        page=page,
        next_url=next_url,
        is_followed=queries.is_following(current_person(), shown),
        sets=[set_card(listed, current_person()) for listed in collections.list_public_by(shown)] if not request.args.get("after") else [],
    )


@bp.post("/people/<handle>/follow")
@requires(Permission.FOLLOW_PERSON, on=accounts.get_person_by_handle)
@limiter.limit(POSTING, key_func=per_person)
def follow_person(followed: Person) -> Any:
    """Follow, or stop following: the form says which."""
    with transaction():
        if request.form.get("stop"):
            actions.unfollow_person(signed_in_person(), followed)
        else:
            actions.follow_person(signed_in_person(), followed)
    return redirect(url_for("community.show_person", handle=followed.handle), 303)


@bp.get("/search")
@public
def search() -> Any:
    """Works, wherever one may see them, prompts and people that have every word."""
    q, viewer = text_argument("q"), viewer_for(current_person())
    page: Page[Card] = Page([])
    prompts: list[PromptCard] = []
    projects: list[ClassCard] = []
    people: list[Person] = []
    if q:
        page = cards_on(works.search_works(q, viewer, request.args.get("after")), viewer)
        prompts = prompt_cards_for(queries.list_prompts(q=q, size=4).items, viewer, with_answers=False)
        projects = [class_card_for(project) for project in classes.list_classes(q=q, size=4).items]
        people = queries.list_people(q)
    next_url = _next_url("community.search", page, q=q)
    if is_fragment_request() and request.args.get("after"):
        return render_template("community/_open_items.html", page=page, next_url=next_url)
    return render_template(
        "community/search.html", q=q, page=page, next_url=next_url, prompts=prompts, people=people, projects=projects
    )
