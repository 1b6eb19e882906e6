"""The staff's desk."""

from __future__ import annotations

from classprojects.core import clock
from tests.factories.prompts import make_prompt


def test_only_staff_sit_at_the_desk(browse, cast) -> None:
    for address in ("/desk", "/desk/prompts/new"):
        assert browse().get(address).location.startswith("/login?next=/desk")
        assert browse(cast.free).get(address).status == 403
        assert browse(cast.instructor).get(address).status == 403
        assert browse(cast.staff).get(address).status == 200


def test_staff_write_show_and_put_away_prompts(browse, cast) -> None:
    browser = browse(cast.staff)
    form = browser.get("/desk/prompts/new").form("main form[method=post]")
    page = browser.post("/desk/prompts/new", {**form, "title": "One red thing", "takes": "1 photo", "medium": "image"})
    assert page.location == "/prompts/one-red-thing"
    assert "community team" in browser.follow(page).text
    assert browser.post("/desk/prompts/one-red-thing/retirement").status == 303
    assert browse().get("/prompts/one-red-thing").status == 404
    assert browse(cast.free).post("/desk/prompts/one-red-thing/publication").status == 403
    assert browser.post("/desk/prompts/one-red-thing/publication").status == 303
    assert browse().get("/prompts/one-red-thing").status == 200


def test_a_wrong_prompt_is_said_in_words_and_kept(browse, cast) -> None:
    browser = browse(cast.staff)
    good = {"medium": "image", "title": "One red thing", "takes": "1 photo", "difficulty": "1", "language": "en", "role": "team"}
    for wrong in ({"title": ""}, {"takes": ""}, {"difficulty": "9"}, {"medium": "smell"}, {"closes": "32.13.2026"}, {"title": "x" * 201}):
        page = browser.post("/desk/prompts/new", {**good, **wrong})
        assert page.status == 422, wrong
        assert page("input[name=role]")[0].get("value") == "team"


def test_a_suggestion_waits_for_staff(browse, cast) -> None:
    make_prompt(cast.free, "Draw your door", publish=False)
    page = browse(cast.staff).get("/desk")
    assert "Draw your door" in page.text and "suggested" in page.text


def test_closing_days_are_whole(browse, cast) -> None:
    from datetime import timedelta

    browser = browse(cast.staff)
    today = clock.now().date()
    browser.post(
        "/desk/prompts/new",
        {"medium": "text", "title": "Today only", "takes": "1 line", "difficulty": "1", "language": "en", "role": "team", "closes": today.isoformat()},
    )
    with clock.at(clock.now().replace(hour=23, minute=59)):
        assert browse(cast.free).get("/prompts/today-only/answer").status == 200
    with clock.at(clock.now() + timedelta(days=1)):
        assert browse(cast.free).get("/prompts/today-only/answer").status == 403


def test_a_last_day_lies_ahead(browse, cast) -> None:
    browser = browse(cast.staff)
    good = {"medium": "text", "title": "Late", "takes": "1 line", "difficulty": "1", "language": "en", "role": "team"}
    for wrong in ("2001-01-01", "9999-12-31"):
        page = browser.post("/desk/prompts/new", {**good, "closes": wrong})
        assert page.status == 422 and page("#closes-error")
