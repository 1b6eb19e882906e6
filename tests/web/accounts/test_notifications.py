"""The page of notifications, and the number in the header."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from classprojects.community import actions as community
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.notifications import actions as notifications
from classprojects.notifications.models import Notification, NotificationKind
from classprojects.works import actions
from tests.factories.classes import join, make_class, make_learner, say, submit
from tests.factories.memberships import give_membership
from tests.factories.people import PASSWORD, make_person
from tests.factories.works import make_work


def lines(page: Any) -> list[str]:
    return [" ".join(one.text_content().split()) for one in page(".notification-line__words")]


def comment(person: Any, work: Any, body: str = "Yes") -> None:
    with transaction():
        actions.comment_on_work(person, work, body)


def test_an_empty_page_leads_on(browse, cast) -> None:
    page = browse(cast.free).get("/account/notifications")
    assert page.status == 200 and "Nothing yet" in page.text
    assert not page(".site-header__count") and not page("main form")
    assert browse().get("/account/notifications").location == "/login?next=/account/notifications"


def test_what_happened_is_told_in_sentences(browse, cast) -> None:
    kites, stones = make_work(cast.maker, title="Kites <b>"), make_work(cast.maker, title="Stones")
    comment(cast.free, kites)
    remix = make_work(cast.free, title="Higher", sources=[stones])
    with transaction():
        community.follow_person(cast.free, cast.maker)
    page = browse(cast.maker).get("/account/notifications")
    assert lines(page) == [
        "Free follows you", "Free made “Higher” from your “Stones”", "Free said something about your “Kites <b>”",
    ]  # fmt: skip
    links = [link.get("href") for link in page(".notification-line__words a")]
    assert links[:2] == ["/people/free", remix.url] and links[2].startswith(f"{kites.url}#comment-")


def test_the_same_from_several_people_is_one_line(browse, cast) -> None:
    work = make_work(cast.maker, title="Kites")
    people = [make_person(name) for name in ("ana", "ben", "cleo", "dai")]
    comment(people[0], work)
    comment(people[0], work)
    browser = browse(cast.maker)
    assert lines(browser.get("/account/notifications")) == ["Ana said something about your “Kites”"]
    comment(people[1], work)
    assert lines(browser.get("/account/notifications")) == ["Ben and Ana said something about your “Kites”"]
    comment(people[2], work)
    assert lines(browser.get("/account/notifications")) == ["Cleo, Ben and 1 other said something about your “Kites”"]
    comment(people[3], work)
    assert lines(browser.get("/account/notifications")) == ["Dai, Cleo and 2 others said something about your “Kites”"]
    for person in people[:2]:
        make_work(person, sources=[work])
    assert lines(browser.get("/account/notifications"))[0] == "Ben and Ana made 2 works from your “Kites”"


def test_looking_writes_nothing_and_the_button_marks_what_stood_there(browse, cast) -> None:
    work = make_work(cast.maker, title="Kites")
    comment(cast.free, work)
    browser = browse(cast.maker)
    for _time in range(2):
        page = browser.get("/account/notifications")
        assert page(".notification-line.is-new") and page(".site-header__count")
        assert not [query for query in page.queries if query.lstrip()[:6].upper() in {"INSERT", "UPDATE", "DELETE"}]
    form = page.form("main form")
    comment(cast.free, work, "And another thing.")  # came after the page was drawn
    assert browser.post("/account/notifications", {"until": form["until"]}).status == 303
    seen = db.session.scalars(sa.select(Notification).order_by(Notification.id)).all()
    assert [one.seen_at is not None for one in seen] == [True, False]
    page = browser.get("/account/notifications")
    assert len(page(".notification-line.is-new")) == 1, "old and new are not one line"
    browser.post("/account/notifications", {"until": page.form("main form")["until"]})
    page = browser.get("/account/notifications")
    assert not page(".is-new") and not page("main form") and not page(".site-header__count")


@pytest.mark.parametrize("until", ["", "x", "-1", "9" * 30, "9" * 5000, "\x00", None])
def test_odd_forms_mark_nothing(browse, cast, until) -> None:
    comment(cast.free, make_work(cast.maker))
    page = browse(cast.maker).post("/account/notifications", {} if until is None else {"until": until})
    assert page.status == 303
    assert db.session.scalar(sa.select(Notification.seen_at)) is None


def test_nobody_marks_what_others_were_told(browse, cast) -> None:
    comment(cast.free, make_work(cast.maker))
    assert browse(cast.free).post("/account/notifications", {"until": "999"}).status == 303
    assert db.session.scalar(sa.select(Notification.seen_at)) is None


def test_the_header_counts_to_nine_on_every_page_in_one_query(browse, cast) -> None:
    work = make_work(cast.maker)
    browser = browse(cast.maker)
    before = len(browser.get("/open").queries)
    for number in range(3):
        comment(cast.free, work, str(number))
    page = browser.get("/open")
    assert [one.text_content().split()[0] for one in page(".site-header__count")] == ["3", "3"]
    assert len(page.queries) == before and sum("notifications" in query for query in page.queries) == 1
    for number in range(9):
        comment(cast.free, work, f"more {number}")
    assert page("summary") and "9+" in browser.get("/open").text
    assert not browse().get("/open")(".site-header__count")


def test_p4_what_may_not_be_seen_any_more_has_neither_name_nor_link(browse, cast) -> None:
    work = make_work(cast.maker, title="Kites")
    remix = make_work(cast.free, title="Zwielicht", sources=[work])
    browser = browse(cast.maker)
    assert "Zwielicht" in browser.get("/account/notifications").text
    with transaction():
        actions.unpublish_work(remix)
    page = browser.get("/account/notifications")
    assert lines(page) == ["Somebody made a work that is not shown to you from your “Kites”"]
    assert "Zwielicht" not in page.html and remix.url not in page.html and "Free" not in "".join(lines(page))
    with transaction():
        actions.erase_work(work)
    assert lines(browser.get("/account/notifications")) == ["Somebody made a work that is not shown to you from a work that is gone"]


def test_p4_after_the_membership_classmates_remixes_are_nameless(browse, cast) -> None:
    project = make_class(cast.instructor)
    learner, end = make_person("learner"), clock.now() + timedelta(days=1)
    give_membership(learner, ends_at=end)
    join(learner, project)
    mine = submit(learner, project, title="My letter")
    mate = make_learner(project, "mate")
    submit(mate, project, title="Zwielicht", source_ids=[mine.work_id])
    say(mate, mine)
    browser = browse(learner)
    assert "Zwielicht" in browser.get("/account/notifications").text
    with clock.at(end + timedelta(seconds=1)):
        page = browser.get("/account/notifications")
        assert "Zwielicht" not in page.html
        # P2: what was said about one's own stays readable.
        assert any("gave you feedback on “My letter”" in line for line in lines(page))


def test_a_long_list_comes_in_pages(browse, cast) -> None:
    with transaction():
        for number in range(60):
            notifications.notify(
                cast.maker.id, NotificationKind.FEEDBACK, f"k{number}", actor_id=cast.free.id, work_id=None, path=f"/submissions/{number + 1}"
            )
    browser = browse(cast.maker)
    page = browser.get("/account/notifications")
    assert len(lines(page)) == 50 and page(".load-more")
    later = browser.get(page(".load-more")[0].get("href"))
    assert len(lines(later)) == 10 and not later(".load-more")
    part = browser.get(page(".load-more")[0].get("href"), headers={"HX-Request": "true"})
    assert "<h1" not in part.html and part.html.count("notification-line__words") == 10


def test_queries_do_not_grow_with_lines(browse, cast) -> None:
    browser = browse(cast.maker)
    work = make_work(cast.maker)
    comment(cast.free, work)
    few = len(browser.get("/account/notifications").queries)
    for _number in range(10):
        person = make_person()
        comment(person, make_work(cast.maker))
        make_work(person, sources=[work])
    page = browser.get("/account/notifications")
    assert len(page.queries) <= few <= 14, page.queries


def test_json_for_whoever_asks(browse, cast) -> None:
    work = make_work(cast.maker, title="Kites")
    comment(cast.free, work)
    found = browse(cast.maker).get("/account/notifications", headers={"Accept": "application/json"}).json
    (line,) = found["notifications"]
    assert (line["kind"], line["who"], line["title"], line["is_new"]) == ("commented", ["Free"], "Kites", True)
    assert line["url"].startswith(f"http://localhost{work.url}#comment-") and found["unseen"] == 1 and found["next"] is None


def test_p20_notifications_are_in_the_download_and_go_with_their_person(browse, cast) -> None:
    comment(cast.free, make_work(cast.maker))
    comment(cast.maker, make_work(cast.free, title="Stones"))
    page = browse(cast.maker).get("/account/export.zip")
    archive = zipfile.ZipFile(io.BytesIO(page.response.get_data()))
    page.response.close()
    assert [one["kind"] for one in json.loads(archive.read("notifications.json"))] == ["commented"]
    assert json.loads(archive.read("suggestions.json")) == json.loads(archive.read("disputes.json")) == []
    assert browse(cast.maker).post("/account/delete", {"password": PASSWORD}).status == 303
    (left,) = db.session.scalars(sa.select(Notification))
    assert (left.person_id, left.actor_id) == (cast.free.id, None)
    assert lines(browse(cast.free).get("/account/notifications")) == ["Somebody who left said something about your “Stones”"]
