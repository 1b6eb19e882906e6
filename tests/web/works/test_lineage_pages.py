"""Lineage as page, JSON and drawing; hearts and comments as people send them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lxml.etree
from flask import Flask

from classprojects.core.database import transaction
from classprojects.web.works import drawing, outline
from classprojects.works import actions, lineage, queries
from classprojects.works.actions import SourceDraft
from classprojects.works.models import EdgeKind
from classprojects.works.queries import VISITOR
from tests.client import PageClient
from tests.factories.people import Cast
from tests.factories.works import make_space, make_work

Browse = Callable[[Any], PageClient]
SVG = "{http://www.w3.org/2000/svg}"


def make_family(cast: Cast) -> list[int]:
    """A poem, its translation, a remix of both in a class, and a tombstone."""
    first = make_work(cast.maker, title="First & <foremost>")
    second = make_work(cast.free, title="Second", sources=[SourceDraft(first.id, EdgeKind.TRANSLATED)])
    hidden = make_work(cast.free, title="Hidden", sources=[first, second], space=make_space())
    gone = make_work(cast.free, title="Gone", sources=[second])
    with transaction():
        actions.erase_work(gone)
    return [first.id, second.id, hidden.id, gone.id]


def test_p4_lineage_json_has_the_agreed_form_and_names_nothing_hidden(client: PageClient, cast: Cast) -> None:
    first, second, hidden, gone = make_family(cast)
    for address, headers in ((f"/works/{first}/lineage.json", {}), (f"/works/{first}/lineage", {"Accept": "application/json"})):
        found = client.get(address, headers=headers).json
        assert found["work"] == str(first)
        nodes = {node["id"]: node for node in found["nodes"]}
        assert set(nodes) == {str(id) for id in (first, second, hidden, gone)}
        assert nodes[str(second)] == {
            "id": str(second), "title": "Second", "maker": cast.free.name, "medium": "text",
            "url": f"http://localhost/works/{second}", "tombstone": False,
        }  # fmt: skip
        assert nodes[str(hidden)] == {
            "id": str(hidden), "title": None, "maker": None, "medium": "text", "url": None, "tombstone": False
        }  # fmt: skip
        assert nodes[str(gone)]["tombstone"] and nodes[str(gone)]["title"] is None
        assert {"child": str(second), "parent": str(first), "kind": "translated"} in found["edges"]
        assert len(found["edges"]) == 4


def test_the_map_is_drawn_with_a_link_for_every_node_that_may_be_seen(client: PageClient, cast: Cast) -> None:
    first, second, hidden, gone = make_family(cast)
    page = client.get(f"/works/{first}/lineage")
    links = {link.get("href") for link in page("svg.family-tree a")}
    assert links == {f"/works/{id}" for id in (first, second, gone)}
    assert "Hidden" not in page.html and "A class work" in page.text
    listed = [a.get("href") for a in page(".lineage-outline a")]
    assert set(listed) == links
    answer = client.get(f"/works/{first}/lineage.svg")
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    tree = lxml.etree.fromstring(answer.response.get_data())
    assert tree.tag == f"{SVG}svg"
    assert {a.get("href") for a in tree.iter(f"{SVG}a")} == {f"http://localhost{link}" for link in links}
    assert not list(tree.iter(f"{SVG}script")) and not tree.xpath("//@style")
    assert "First & <forem" in "".join(tree.itertext())


def test_lineage_takes_few_queries_however_large(client: PageClient, browse: Browse, cast: Cast) -> None:
    first = make_work(cast.maker)
    works = [first]
    for n in range(12):
        works.append(make_work(cast.free, sources=works[max(0, n - 2) : n + 1]))
    assert len(client.get(f"/works/{first.id}/lineage").queries) <= 8
    assert len(browse(cast.free).get(f"/works/{works[6].id}/lineage").queries) <= 14


def test_boxes_never_touch_and_roots_stand_left(context: Flask, cast: Cast) -> None:
    works = [make_work(cast.maker) for _ in range(3)]
    for n in range(12):
        works.append(make_work(cast.maker, sources=[works[n], works[(n * 2) % len(works)]] if n % 2 else [works[n // 2]]))
    tree = lineage.get_lineage(queries.get_plain_work(works[0].id), VISITOR)
    drawn = drawing.draw(tree)
    boxes = [(one.x, one.y) for one in drawn.nodes]
    for place, (x, y) in enumerate(boxes):
        assert x >= 0 and y >= 0 and x + drawing.WIDTH <= drawn.width and y + drawing.HEIGHT <= drawn.height
        assert not any(x == a and abs(y - b) < drawing.HEIGHT for a, b in boxes[place + 1 :])
    at = {one.node.id: one.x for one in drawn.nodes}
    assert all(at[edge.parent] < at[edge.child] for edge in tree.edges)


def test_the_outline_of_a_very_deep_lineage_is_a_proper_list(client: PageClient, cast: Cast) -> None:
    work = first = make_work(cast.maker)
    for _ in range(40):
        work = make_work(cast.maker, sources=[work])
    page = client.get(f"/works/{first.id}/lineage")
    assert len(page(".lineage-outline li")) == 41
    deepest = max(len(list(li.iterancestors("ul"))) for li in page(".lineage-outline li"))
    assert deepest == outline.DEEPEST + 1


def test_a_heart_is_given_and_taken_back(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker)
    browser = browse(cast.free)
    assert browser.post(f"{work.url}/heart").location == work.url
    assert browser.get(work.url)(".heart-button__press[aria-pressed=true]")
    part = browser.post(f"{work.url}/heart", headers={"HX-Request": "true"})
    assert 'aria-pressed="false"' in part.html and "<html" not in part.html
    json = browser.post(f"{work.url}/heart", headers={"Accept": "application/json"}).json
    assert json == {"hearts": 1, "is_hearted": True}
    assert browser.post(f"{work.url}/unheart", headers={"Accept": "application/json"}).json == {
        "hearts": 0,
        "is_hearted": False,
    }
    assert browse(None).post(f"{work.url}/heart").location.startswith("/login")


def test_a_comment_is_said_shown_and_taken_back(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker)
    browser = browse(cast.free)
    page = browser.post(f"{work.url}/comments", {"body": "Lovely *tide*", "once": "k"})
    assert page.status == 303 and "#comment-" in page.location
    assert browser.post(f"{work.url}/comments", {"body": "Lovely *tide*", "once": "k"}).location == page.location
    shown = browser.get(work.url)
    assert len(shown(".comment")) == 1 and shown(".comment em")[0].text == "tide"
    number = page.location.rpartition("-")[2]
    assert browse(cast.maker).post(f"/comments/{number}/delete").status == 403
    assert browser.get(f"/comments/{number}/delete").status == 200
    assert browser.post(f"/comments/{number}/delete").status == 303
    assert "Lovely" not in browser.get(work.url).html and "taken away" in browser.get(work.url).text


def test_a_comment_that_is_wrong_comes_back_with_words(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker)
    browser = browse(cast.free)
    for body in ("", "  \n", "\x00", "x" * 5001):
        page = browser.post(f"{work.url}/comments", {"body": body})
        assert page.status == 422 and page("#body-error"), body[:5]
        assert page("textarea[name=body]")[0].text.strip() == body.replace("\x00", "").strip()
    assert browser.get(work.url)("h2#talk-title")[0].text == "Comments"


def test_later_comments_are_a_link_away(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker)
    with transaction():
        for n in range(33):
            actions.comment_on_work(cast.free, work, f"Remark {n}")
    browser = browse(None)
    page = browser.get(work.url)
    assert len(page(".comment")) == 30
    link = page("a.load-more")[0].get("href")
    more = browser.get(link)
    assert len(more(".comment")) == 3 and "Remark 32" in more.text
    part = browser.get(link, headers={"HX-Request": "true"})
    assert "<html" not in part.html and "Remark 32" in part.html


def test_pressing_the_heart_twice_does_what_was_seen_on_the_button(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker)
    browser = browse(cast.free)
    seen = browser.get(work.url).form("form.heart-button")
    assert seen["wanted"] == "1"
    for _ in range(2):
        browser.post(f"{work.url}/heart", seen)
    given = browser.get(work.url)
    assert given("form.heart-button button[aria-pressed=true]") and given(".heart-button__count")[0].text == "1"
    for _ in range(2):
        browser.post(f"{work.url}/heart", given.form("form.heart-button"))
    assert browser.get(work.url)(".heart-button__count")[0].text == "0"
