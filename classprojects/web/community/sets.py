"""Sets: works that somebody gathered, in an order, for everybody or for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from classprojects.accounts.models import Person
from classprojects.community import collecting, collections
from classprojects.community.collecting import CollectionDraft
from classprojects.community.collections import Listed
from classprojects.community.models import Collection
from classprojects.core.database import MAX_ID, transaction
from classprojects.core.errors import DomainError
from classprojects.core.pagination import Page
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.arguments import is_fragment_request, wants_json
from classprojects.web.shared.cards import Card, card_for, card_of_face
from classprojects.web.shared.filters import absolute
from classprojects.web.shared.forms import OnceForm, clean_text, one_line
from classprojects.web.shared.guards import current_person, public, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.works import queries as works
from classprojects.works.models import Work

bp = Blueprint("sets", __name__)


class SetForm(OnceForm):
    """What a set is called, and who sees it."""

    title = StringField(
        _l("Its name"),
        filters=[one_line],
        validators=[
            InputRequired(_l("Give the set a name.")),
            Length(max=collecting.LONGEST_TITLE, message=_l("A name has at most %(max)d characters.")),
        ],
    )
    description = TextAreaField(
        _l("What holds it together"),
        filters=[lambda value: value.strip() if isinstance(value, str) else value],
        validators=[
            Length(max=collecting.LONGEST_DESCRIPTION, message=_l("A description has at most %(max)d characters."))
        ],
    )
    is_public = BooleanField(_l("Everybody can see it"), description=_l("Otherwise only you. You can change it at any time."))

    def draft(self) -> CollectionDraft:
        """The set as it was meant."""
        return CollectionDraft(
            self.title.data or "", self.description.data or "", bool(self.is_public.data), self.once.data or None
        )


@dataclass(frozen=True)
class SetCard:
    """A set as ``components/set-card.html`` takes it."""

    url: str
    title: str
    owner_name: str
    owner_url: str | None
    count: int
    is_public: bool
    cover: tuple[Card, ...]


def set_card(listed: Listed, person: Person | None) -> SetCard:
    """The card of a set in a list."""
    one, viewer = listed.collection, viewer_for(person)
    cover = tuple(card_of_face(face, viewer) for face in listed.cover)
    return SetCard(one.url, one.title, one.owner.name, one.owner.url, listed.count, one.is_public, cover)


@bp.get("/sets")
@public
def list_sets() -> Any:
    """Public sets, the latest changed first; one's own above them."""
    person, after = current_person(), request.args.get("after")
    page: Page[SetCard] = collections.list_public(after).map(lambda listed: set_card(listed, person))
    next_url = url_for("sets.list_sets", after=page.next_cursor) if page.next_cursor else None
    own = collections.list_own(person) if person is not None and not after else []
    return render_template("community/list_sets.html", page=page, next_url=next_url, own=own)


@bp.get("/sets/new")
@requires(Permission.MAKE_SET)
def show_make_set() -> Any:
    """The form for a new set; a work may come along in the address, to be the first in it."""
    return render_template("community/make_set.html", form=SetForm(is_public=True), work=_named_work(request.args.get("work")))


@bp.post("/sets/new")
@requires(Permission.MAKE_SET)
@limiter.limit(POSTING, key_func=per_person)
def make_set() -> Any:
    """A new set, with a work in it if one was named."""
    person, form = signed_in_person(), SetForm()
    work = _named_work(request.form.get("work"))
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            collection = collecting.begin_collection(person, form.draft())
            if work is not None:
                collecting.add_to_collection(collection, work, viewer=viewer_for(person))
    if form.errors or form.form_errors:
        return render_template("community/make_set.html", form=form, work=work), 422
    return redirect(collection.url, 303)


def _named_work(number: str | None) -> Work | None:
    """A work that the person may see, by its number; None for anything else."""
    if not number or not number.isascii() or not number.isdigit() or len(number) > 19 or int(number) > MAX_ID:
        return None
    found = works.list_works_by_ids([int(number)])
    viewer = viewer_for(current_person())
    return found[0] if found and works.is_visible(found[0], viewer) else None


@bp.get("/sets/<id:set_id>")
@requires(Permission.VIEW_SET, on=collections.get_collection)
def show_set(collection: Collection) -> Any:
    """The works of a set, in order, as far as one may see them."""
    viewer = viewer_for(current_person())
    page = collections.list_items(collection, viewer, request.args.get("after"))
    entries = page.map(lambda item: {"card": card_for(item.work, viewer), "note": item.note})
    if wants_json():
        return jsonify(_as_json(collection, entries))
    next_url = url_for("sets.show_set", set_id=collection.id, after=page.next_cursor) if page.next_cursor else None
    if is_fragment_request() and request.args.get("after"):
        return render_template("community/_set_items.html", page=entries, next_url=next_url)
    count = collections.count_items(collection, viewer)
    return render_template("community/show_set.html", collection=collection, page=entries, next_url=next_url, count=count)


def _as_json(collection: Collection, entries: Page[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": str(collection.id),
        "url": absolute(collection.url),
        "title": collection.title,
        "description": collection.description,
        "is_public": collection.is_public,
        "owner": {"handle": collection.owner.handle, "name": collection.owner.name},
        "works": [
            {"id": str(entry["card"].id), "title": entry["card"].title, "url": absolute(entry["card"].url), "note": entry["note"]}
            for entry in entries.items
        ],
        "next": entries.next_cursor,
    }


@bp.get("/sets/<id:set_id>/edit")
@requires(Permission.EDIT_SET, on=collections.get_collection)
def show_edit_set(collection: Collection) -> Any:
    """Its name, and its works to put in order."""
    form = SetForm(title=collection.title, description=collection.description, is_public=collection.is_public)
    return _edit_page(collection, form)


@bp.post("/sets/<id:set_id>/edit")
@requires(Permission.EDIT_SET, on=collections.get_collection)
@limiter.limit(POSTING, key_func=per_person)
def edit_set(collection: Collection) -> Any:
    """Keep another name, description or audience."""
    form = SetForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            collecting.describe_collection(collection, form.draft())
    if form.errors or form.form_errors:
        return _edit_page(collection, form), 422
    flash(_("Saved."), "success")
    return redirect(collection.url, 303)


def _edit_page(collection: Collection, form: SetForm) -> str:
    viewer = viewer_for(current_person())
    items = [{"work_id": item.work_id, "card": card_for(item.work, viewer), "note": item.note} for item in collections.list_all_items(collection)]
    return render_template("community/edit_set.html", collection=collection, form=form, items=items)


@bp.post("/sets/<id:set_id>/works/<id:work_id>")
@requires(Permission.EDIT_SET, on=collections.get_collection)
@limiter.limit(POSTING, key_func=per_person)
def arrange_set(collection: Collection, work_id: int) -> Any:
    """Move a work (``place``, from 1), take it out (``out``), or say something about it (``note``)."""
    try:
        with transaction():
            place = request.form.get("place", "")
            if request.form.get("out"):
                collecting.take_from_collection(collection, work_id)
            elif place.isascii() and place.isdigit() and len(place) < 6:
                collecting.move_in_collection(collection, work_id, int(place))
            elif "note" in request.form:
                collecting.note_in_collection(collection, work_id, one_line(clean_text(request.form["note"])))
    except DomainError as error:
        flash(error.message, "error")
    return redirect(url_for("sets.show_edit_set", set_id=collection.id, _anchor=f"work-{work_id}"), 303)


@bp.get("/sets/<id:set_id>/delete")
@requires(Permission.EDIT_SET, on=collections.get_collection)
def show_delete_set(collection: Collection) -> Any:
    """Ask before a set goes."""
    return render_template("community/delete_set.html", collection=collection)


@bp.post("/sets/<id:set_id>/delete")
@requires(Permission.EDIT_SET, on=collections.get_collection)
def delete_set(collection: Collection) -> Any:
    """Take a set apart."""
    with transaction():
        collecting.delete_collection(collection)
    flash(_("The set is gone. Its works are where they were."), "success")
    return redirect(url_for("sets.list_sets"), 303)


@bp.get("/works/<id:work_id>/sets")
@requires(Permission.GATHER_WORK, on=works.get_plain_work)
def show_gather_work(work: Work) -> Any:
    """One's sets, to put a work into some of them."""
    person = signed_in_person()
    return render_template(
        "community/gather_work.html",
        work=work,
        sets=collections.list_own(person),
        holding=collections.list_own_ids_with(person, work),
    )


@bp.post("/works/<id:work_id>/sets")
@requires(Permission.GATHER_WORK, on=works.get_plain_work)
@limiter.limit(POSTING, key_func=per_person)
def gather_work(work: Work) -> Any:
    """Put a work into the sets that are ticked, and out of those that are not any more."""
    person = signed_in_person()
    wanted = {int(one) for one in request.form.getlist("sets") if one.isascii() and one.isdigit() and len(one) < 19}
    #: what the form showed: a set that was begun in another tab meanwhile stays as it is
    shown = {int(one) for one in request.form.getlist("shown") if one.isascii() and one.isdigit() and len(one) < 19}
    try:
        with transaction():
            for collection in collections.list_own(person):
                if collection.id in wanted:
                    collecting.add_to_collection(collection, work, viewer=viewer_for(person))
                elif collection.id in shown:
                    collecting.take_from_collection(collection, work.id)
    except DomainError as error:
        flash(error.message, "error")
        return redirect(url_for("sets.show_gather_work", work_id=work.id), 303)
    flash(_("Saved."), "success")
    return redirect(work.url, 303)
