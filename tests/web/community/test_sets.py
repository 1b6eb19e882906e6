"""Sets: gathered, ordered, public or not; they show nobody more than they may see anyway (P4)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classprojects.accounts.models import Person
from classprojects.accounts.queries import get_person
from classprojects.community import collecting, collections
from classprojects.community.collecting import BadCollection, CollectionDraft
from classprojects.community.models import Collection, CollectionItem
from classprojects.core.database import db, transaction
from classprojects.core.errors import NotFound
from classprojects.policy.viewing import viewer_for
from classprojects.web.accounts.export import write_export
from classprojects.web.accounts.leaving import leave
from classprojects.works import actions as works
from classprojects.works.models import Work
from classprojects.works.queries import Viewer
from tests.client import PageClient
from tests.factories.people import Cast
from tests.factories.works import make_space, make_work

Browse = Callable[..., PageClient]
EVERYTHING = Viewer(None, is_staff=True)


def make_set(owner: Person, *members: Work, title: str = "Rivers", is_public: bool = True) -> Collection:
    """A set of ``owner`` with these works in it, whoever may see them."""
    with transaction():
        collection = collecting.begin_collection(owner, CollectionDraft(title, is_public=is_public))
        for work in members:
            collecting.add_to_collection(collection, work, viewer=EVERYTHING)
    return collection


def titles(browser: PageClient, collection: Collection) -> list[str]:
    """What stands in a set, in order."""
    found = browser.get(collection.url, headers={"Accept": "application/json"}).json
    return [work["title"] for work in found["works"]]


def test_from_a_work_to_a_set_in_order(browse: Browse, cast: Cast) -> None:
    one, two, three = (make_work(cast.maker, title=title) for title in ("One", "Two", "Three"))
    browser = browse(cast.free)
    assert browser.get(one.url)(f"a[href='{one.url}/sets']")
    assert "You have no set yet" in browser.get(f"{one.url}/sets").text
    page = browser.get(f"/sets/new?work={one.id}")
    answer = browser.post("/sets/new", {**page.form(), "title": "Numbers", "description": "Small ones.", "is_public": "y"})
    assert answer.status == 303
    address = answer.location
    collection = db.session.scalars(sa.select(Collection)).one()
    for work in (two, three):
        fields = {"sets": [str(collection.id)], "shown": [str(collection.id)]}
        assert browser.post(f"{work.url}/sets", fields).status == 303
    assert titles(browse(None), collection) == ["One", "Two", "Three"]
    browser.post(f"{address}/works/{three.id}", {"place": "1"})
    browser.post(f"{address}/works/{one.id}", {"note": "Where it began"})
    assert titles(browse(None), collection) == ["Three", "One", "Two"]
    page = browse(None).get(address)
    assert "Where it began" in page.text and "Small ones." in page.text
    browser.post(f"{address}/works/{one.id}", {"out": "1"})
    browser.post(f"{two.url}/sets", {"shown": [str(collection.id)]})
    assert titles(browse(None), collection) == ["Three"]
    assert browser.get(f"{address}/edit").status == 200
    assert browser.post(f"{address}/edit", {"title": "Odd ones", "is_public": ""}).status == 303
    assert browse(None).get(address).status == 404, "it is for themselves now"
    assert browser.get(address).status == 200
    assert browser.post(f"{address}/delete").status == 303
    assert browser.get(address).status == 404
    assert browser.get(three.url).status == 200, "the works stay"


def test_a_form_sent_twice_makes_one_set(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    form = {**browser.get("/sets/new").form(), "title": "Once"}
    assert browser.post("/sets/new", form).location == browser.post("/sets/new", form).location
    assert len(collections.list_own(cast.free)) == 1


def test_wrong_forms_are_told_and_kept(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    page = browser.post("/sets/new", {"title": " ", "description": "still here"})
    assert page.status == 422 and "Give the set a name" in page.text and "still here" in page.html
    assert browser.post("/sets/new", {"title": "x" * 121}).status == 422
    own = make_set(cast.free)
    assert browser.post(f"{own.url}/edit", {"title": "", "description": "y" * 1001}).status == 422
    for odd in ({"place": "0"}, {"place": "-1"}, {"place": "x"}, {"place": "99999"}, {"note": "z" * 501}, {"out": "1"}, {}):
        assert browser.post(f"{own.url}/works/12345", odd).status == 303
    work = make_work(cast.maker)
    for odd in ({"sets": ["x", "-1", "9" * 40]}, {"shown": ["\x00"]}):
        assert browser.post(f"{work.url}/sets", odd).status == 303
    for odd in ("x", "9" * 40, "-1", "%00"):
        assert browser.get(f"/sets/new?work={odd}").status == 200


def test_others_can_neither_see_nor_change_what_is_not_theirs(browse: Browse, cast: Cast) -> None:
    shown, hidden = make_set(cast.maker), make_set(cast.maker, title="Hidden", is_public=False)
    work = make_work(cast.maker)
    for person, wanted in ((None, 302), (cast.free, 403), (cast.staff, 403)):
        browser = browse(person)
        assert browser.get(f"{shown.url}/edit").status in (wanted, 303 if wanted == 302 else wanted)
        assert browser.post(f"{shown.url}/works/{work.id}", {"out": "1"}).status in (wanted, 303 if wanted == 302 else wanted)
        for address in (hidden.url, f"{hidden.url}/edit", f"{hidden.url}/delete"):
            assert browser.get(address).status == 404
    assert "Hidden" not in browse(None).get("/sets").text
    assert "Hidden" in browse(cast.maker).get("/sets").text


def test_p4_a_set_shows_nothing_hidden_and_counts_it_neither(browse: Browse, cast: Cast) -> None:
    open_work, gone = make_work(cast.maker, title="Open"), make_work(cast.maker, title="Gone")
    secret = make_work(cast.maker, title="Secret", space=make_space())
    shown = make_set(cast.free, secret, open_work, gone)
    with transaction():
        works.erase_work(db.session.merge(gone))
    for person in (None, cast.free):
        browser = browse(person)
        page = browser.get(shown.url)
        assert "Open" in page.text and "Secret" not in page.html and "Gone" not in page.html
        assert "1 work" in page.text and "3 works" not in page.text
        listed = browser.get("/sets")
        assert "Secret" not in listed.html and f"/works/{secret.id}" not in listed.html
        assert "1 work" in listed(".set-card")[0].text_content()
    assert titles(browse(cast.staff), shown) == ["Secret", "Open"]
    edit = browse(cast.free).get(f"{shown.url}/edit")
    assert "Secret" not in edit.html and edit.text.count("A work that is not shown") >= 1
    assert "Secret" not in browse(None).get(f"/people/{cast.free.handle}").html


def test_p4_what_one_may_not_see_cannot_be_gathered(browse: Browse, cast: Cast) -> None:
    secret = make_work(cast.maker, title="Secret", space=make_space())
    own = make_set(cast.free)
    browser = browse(cast.free)
    assert browser.get(f"{secret.url}/sets").status == 404
    assert browser.post(f"{secret.url}/sets", {"sets": [str(own.id)]}).status == 404
    assert "Secret" not in browser.get(f"/sets/new?work={secret.id}").html
    browser.post("/sets/new", {"title": "Sly", "work": str(secret.id)})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CollectionItem)) == 0
    with pytest.raises(NotFound), transaction():
        collecting.add_to_collection(own, secret, viewer=viewer_for(get_person(cast.free.id)))


def test_a_set_that_another_tab_began_keeps_the_work(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker)
    old, new = make_set(cast.free, work), make_set(cast.free, work, title="New")
    browse(cast.free).post(f"{work.url}/sets", {"shown": [str(old.id)]})
    assert collections.list_own_ids_with(cast.free, work) == {new.id}


def test_sets_end_somewhere(cast: Cast, context: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MOST_ITEMS", 2)
    monkeypatch.setattr(collecting, "MOST_COLLECTIONS", 2)
    made = [make_work(cast.maker) for _ in range(3)]
    full = make_set(cast.free, *made[:2])
    with pytest.raises(BadCollection, match="at most 2 works"), transaction():
        collecting.add_to_collection(full, made[2], viewer=EVERYTHING)
    with transaction():
        assert collecting.add_to_collection(full, made[0], viewer=EVERYTHING) is False, "it is there already"
    make_set(cast.free)
    with pytest.raises(BadCollection, match="2 sets"):
        make_set(cast.free)


def test_pages_take_few_queries_and_go_on(browse: Browse, cast: Cast) -> None:
    made = [make_work(cast.maker, title=f"Work no {number}") for number in range(30)]
    for number in range(14):
        make_set(cast.free, *made[number : number + 3], title=f"Set {number}")
    large = make_set(cast.free, *made, title="Large")
    browser = browse(None)
    first = browser.get(large.url)
    assert len(first.queries) <= 8
    (more,) = first("a.load-more")
    second = browser.get(more.get("href"))
    seen = [link.text_content().strip() for page in (first, second) for link in page(".work-card h2")]
    assert len(seen) == 30
    assert len(browser.get("/sets").queries) <= 8
    assert len(browse(cast.free).get("/sets").queries) <= 14
    assert len(browse(cast.free).get(f"{large.url}/edit").queries) <= 14
    assert len(browse(cast.free).get(f"{made[0].url}/sets").queries) <= 14


def test_p20_the_export_holds_ones_sets_and_leaving_takes_them(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker, title="Theirs")
    make_set(cast.free, work, title="Kept", is_public=False)
    file = io.BytesIO()
    write_export(get_person(cast.free.id), file)
    with zipfile.ZipFile(file) as archive:
        (one,) = json.loads(archive.read("sets.json"))
    assert one["title"] == "Kept" and one["works"][0]["url"].endswith(work.url)
    with transaction():
        leave(get_person(cast.free.id))
    assert db.session.scalars(sa.select(Collection)).all() == []


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 4), st.integers(-2, 9)), max_size=12))
def test_any_moves_give_the_order_of_a_list(cast: Cast, context: object, moves: list[tuple[int, int]]) -> None:
    made = [make_work(cast.maker) for _ in range(5)]
    collection = make_set(cast.free, *made)
    wanted = [work.id for work in made]
    for index, place in moves:
        id = made[index].id
        wanted.remove(id)
        wanted.insert(min(max(place - 1, 0), len(wanted)), id)
        with transaction():
            collecting.move_in_collection(collection, id, place)
    assert [item.work_id for item in collections.list_all_items(collection)] == wanted
    with transaction():
        collecting.delete_collection(collection)
