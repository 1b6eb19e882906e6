"""The front door and the pages that explain."""

from __future__ import annotations

from datetime import UTC, datetime

from classprojects.core import clock
from classprojects.works.models import Medium
from tests.factories.people import make_person
from tests.factories.prompts import make_prompt
from tests.factories.works import make_work


def test_an_empty_house_still_leads_on(client) -> None:
    page = client.get("/")
    assert page.status == 200 and page("main a[href='/works/new']")


def test_todays_prompt_is_answerable_right_there(client) -> None:
    make_prompt(make_person("noor"), "Four words about rain")
    page = client.get("/")
    form = page("form.home-prompt__form")[0]
    assert form.get("action") == "/prompts/four-words-about-rain/answer" and form.get("method") == "get"


def test_every_day_has_another_easy_prompt(client) -> None:
    noor = make_person("noor")
    for number in range(3):
        make_prompt(noor, f"Easy {number}", medium=Medium.IMAGE)
    make_prompt(noor, "Hard one", difficulty=4)
    seen = set()
    for day in (1, 2, 3):
        with clock.at(datetime(2026, 11, day, 12, tzinfo=UTC)):
            seen.add(client.get("/")(".home-prompt__ask")[0].text_content().strip())
    assert seen == {"Easy 0", "Easy 1", "Easy 2"}


def test_new_works_are_on_the_wall(client) -> None:
    make_work(make_person("ada"), title="A kite for Tuesday")
    assert "A kite for Tuesday" in client.get("/").text


def test_the_books_are_open(client) -> None:
    for address in ("/how-it-works", "/terms", "/privacy"):
        page = client.get(address)
        assert page.status == 200 and len(page("main h2")) >= 4
    assert "to train AI" in client.get("/terms").text


def test_components_are_shown_outside_of_production(client, app, monkeypatch) -> None:
    from dataclasses import replace

    assert client.get("/components").status == 200
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], show_components=False))
    assert client.get("/components").status == 404
