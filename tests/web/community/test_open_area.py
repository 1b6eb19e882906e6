"""The wall, people, following, search."""

from __future__ import annotations

from classprojects.core.database import transaction
from classprojects.works import actions
from tests.factories.people import make_person
from tests.factories.works import make_space, make_work


def test_p1_the_open_area_asks_nobody_about_membership(client) -> None:
    maker = make_person("ada")
    work = make_work(maker, title="Kites")
    for address in ("/", "/open", "/prompts", "/people/ada", f"/works/{work.id}", f"/works/{work.id}/lineage", "/search?q=kites"):
        page = client.get(address)
        assert page.status == 200, address
        statements = " ".join(page.queries).lower()
        assert "subscription" not in statements and "grants" not in statements, address


def test_p16_works_that_nobody_answered_are_shown_first_and_can_be_found(client) -> None:
    ada, ben = make_person("ada"), make_person("ben")
    quiet = make_work(ada, title="Quiet one")
    loud = make_work(ada, title="Loud one")
    with transaction():
        actions.comment_on_work(ben, loud, "I hear it.")
    page = client.get("/open")
    waiting = page("[aria-labelledby=waiting] article")
    assert [quiet.url in str(card.xpath("string(.//a/@href)")) for card in waiting] == [True]
    page = client.get("/open?filter=no-comments")
    assert "Quiet one" in page.text and "Loud one" not in page.text


def test_the_wall_goes_on_page_by_page(client) -> None:
    maker = make_person("ada")
    for number in range(30):
        make_work(maker, title=f"Work number {number:02}")
    first = client.get("/open?medium=text")
    assert "Work number 29" in first.text and "Work number 02" not in first.text
    more = first("a[rel=next]")[0].get("href")
    second = client.get(more)
    assert "Work number 02" in second.text and "Work number 29" not in second.text
    part = client.get(more, headers={"HX-Request": "true"})
    assert "<html" not in part.html and "Work number 02" in part.text


def test_words_are_searched_as_they_stand(client) -> None:
    maker = make_person("ada")
    make_work(maker, title="50% rain", tags=("weather",))
    make_work(maker, title="Sunshine")
    for q, found in (("50%25", True), ("weather", True), ("5_%25", False), ("sunshine rain", False), ("RAIN", True)):
        assert ("50% rain" in client.get(f"/open?q={q}").text) is found, q


def test_following_and_stopping(browse) -> None:
    make_person("ada")
    browser = browse(make_person("ben"))
    assert browser.post("/people/ada/follow").status == 303
    assert browser.post("/people/ada/follow").status == 303
    page = browser.get("/people/ada")
    assert "1 follower" in page.text and "Stop following" in page.text
    browser.post("/people/ada/follow", {"stop": "1"})
    assert "0 followers" in browser.get("/people/ada").text
    assert browser.post("/people/ben/follow").status == 422
    assert browse().post("/people/ada/follow").location.startswith("/login")


def test_a_person_who_left_has_no_page(client) -> None:
    from classprojects.accounts import actions as accounts

    ada = make_person("ada")
    with transaction():
        accounts.leave(ada)
    assert client.get("/people/ada").status == 404


def test_a_tag_of_two_words_finds_its_works(client) -> None:
    work = make_work(make_person("ada"), title="Hum", tags=("field recording",))
    (link,) = client.get(work.url)("a.tag")
    assert link.text_content() == "field recording"
    assert "Hum" in client.get(link.get("href")).text


def test_p4_search_finds_class_works_for_those_in_the_class_alone(browse, client, cast) -> None:
    make_work(cast.free, title="Hidden kite", space=make_space())
    assert "Hidden kite" in browse(cast.free).get("/search?q=kite").text
    assert "Hidden kite" in browse(cast.staff).get("/search?q=kite").text
    for browser in (client, browse(cast.subscriber)):
        assert "Hidden kite" not in browser.get("/search?q=kite").text


def test_what_was_taken_back_is_on_ones_own_page_alone(browse, client) -> None:
    ada = make_person("ada")
    work = make_work(ada, title="Second thoughts")
    with transaction():
        actions.unpublish_work(work)
    assert "Second thoughts" in browse(ada).get("/people/ada").text
    assert "Second thoughts" not in client.get("/people/ada").text


def test_search_finds_classes_too(client) -> None:
    from tests.factories.classes import make_class

    project = make_class(make_person("teacher", ["instructor"]))
    word = max(project.title.split(), key=len)
    page = client.get("/search", query_string={"q": word.upper()})
    assert project.title in page.text and page(f"main a[href='{project.url}']")
    assert project.title not in client.get("/search?q=zzzz").text
