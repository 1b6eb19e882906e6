"""Prompts and answering them."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from classprojects.community.models import Prompt
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.works.models import Work
from tests.factories.media import picture_file
from tests.factories.people import PASSWORD, make_person
from tests.factories.prompts import make_prompt
from tests.factories.works import make_work


def test_p18_a_prompt_shows_who_wrote_it_and_their_role(client) -> None:
    author = make_person("noor", name="Noor Haddad")
    make_prompt(author, role="community team")
    page = client.get("/prompts")
    assert "Posted by Noor Haddad, community team" in page.text
    assert "Noor Haddad" in client.get("/prompts/four-words-about-rain").text


def test_p1_answering_asks_for_an_account_and_nothing_else(client, browse) -> None:
    make_prompt(make_person("noor"))
    page = client.get("/prompts/four-words-about-rain/answer?body=Wet%20paper%20boats%20sail")
    assert page.status == 303
    assert page.location == "/login?next=/prompts/four-words-about-rain/answer?body%3DWet%2520paper%2520boats%2520sail"
    free = browse(make_person("free"))
    page = free.get("/prompts/four-words-about-rain/answer?body=Wet%20paper%20boats%20sail")
    assert page('textarea[name=body]')[0].text_content().strip() == "Wet paper boats sail"
    form = page.form("main form[method=post]")
    page = free.post("/prompts/four-words-about-rain/answer", {**form, "title": "Boats"})
    assert page.status == 303
    assert "Boats" in free.follow(page).text
    prompt = client.get("/prompts/four-words-about-rain")
    assert "Boats" in prompt.text and "1 answer so far" in prompt.text


def test_an_answer_with_a_photo(browse, tmp_path: Path) -> None:
    from classprojects.works.models import Medium

    make_prompt(make_person("noor"), "One photo of a door", takes="1 photo", medium=Medium.IMAGE)
    browser = browse(make_person("free"))
    address = "/prompts/one-photo-of-a-door/answer"
    form = browser.get(address).form("main form[method=post]")
    assert form["medium"] == "image"
    photo = (io.BytesIO(picture_file(tmp_path / "door.jpg").read_bytes()), "door.jpg")
    page = browser.post(address, {**form, "title": "Blue door", "alt_text": "A blue door", "file": photo})
    assert page.status == 303, page.text
    assert "Blue door" in browser.follow(page).text


def test_a_form_sent_twice_is_one_answer(browse) -> None:
    make_prompt(make_person("noor"))
    browser = browse(make_person("free"))
    form = browser.get("/prompts/four-words-about-rain/answer").form("main form[method=post]")
    data = {**form, "title": "Boats", "body": "Wet paper boats sail"}
    first, second = (browser.post("/prompts/four-words-about-rain/answer", data) for _ in range(2))
    assert first.location == second.location
    assert db.session.scalar(sa.select(sa.func.count(Work.id))) == 1
    assert db.session.scalar(sa.select(Prompt.answers_count)) == 1


def test_a_closed_prompt_takes_no_answers(browse) -> None:
    make_prompt(make_person("noor"), closes_at=clock.now() + timedelta(hours=1))
    browser = browse(make_person("free"))
    assert browser.get("/prompts/four-words-about-rain/answer").status == 200
    with clock.at(clock.now() + timedelta(hours=2)):
        assert browser.get("/prompts/four-words-about-rain/answer").status == 403
        page = browser.post("/prompts/four-words-about-rain/answer", {"medium": "text", "title": "x", "body": "y"})
        assert page.status == 403 and "no longer takes answers" in page.text


def test_p4_a_suggested_prompt_is_hidden_from_others(client, browse) -> None:
    author = make_person("noor")
    make_prompt(author, publish=False)
    assert client.get("/prompts/four-words-about-rain").status == 404
    assert browse(make_person("eve")).get("/prompts/four-words-about-rain").status == 404
    assert browse(author).get("/prompts/four-words-about-rain").status == 200
    assert "Four words" not in client.get("/prompts").text


@pytest.mark.parametrize("rows", [1, 11])
def test_queries_do_not_grow_with_prompts_and_answers(client, browse, rows: int) -> None:
    author = make_person("noor")
    for number in range(rows):
        prompt = make_prompt(author, f"Prompt {number}")
        for _ in range(min(rows, 4)):
            make_work(author, prompt_id=prompt.id)
    for address, cap in (("/prompts", 8), ("/prompts/prompt-0", 8), ("/", 8), ("/open", 8), ("/people/noor", 8)):
        page = client.get(address)
        assert page.status == 200 and len(page.queries) <= cap, (address, len(page.queries))
        signed = browse(author).get(address)
        assert len(signed.queries) <= 14, (address, len(signed.queries))


def test_odd_addresses_get_an_answer(client) -> None:
    make_prompt(make_person("noor"))
    for address in ("/prompts/none", "/prompts/%00", "/prompts/" + "x" * 3000, "/people/%00", "/people/nobody", "/prompts/%F0%9F%8C%A7"):
        assert client.get(address).status == 404, address
    for address in (
        "/open?medium=smell&sort=%00&filter=x&q=%00%25_", "/open?after=zzz", "/open?after=WzEsMl0", "/prompts?after=%00",
        "/open?q=" + "x" * 5000, "/search?q=%25%25", "/search?q=%00", "/search", "/open?q=a&q=b", "/search?q=%E2%80%AE",
    ):  # fmt: skip
        assert client.get(address).status == 200, address


def test_json_for_whoever_asks(client) -> None:
    make_prompt(make_person("noor"))
    page = client.get("/prompts/four-words-about-rain", headers={"Accept": "application/json"})
    assert page.json["title"] == "Four words about rain" and page.json["author"]["handle"] == "noor"
    assert client.get("/prompts", headers={"Accept": "application/json"}).json["prompts"][0]["takes"] == "4 words"
    assert client.get("/people/noor", headers={"Accept": "application/json"}).json["works"] == 0


def test_a_prompts_answers_are_counted_again_when_one_is_gone(browse, client) -> None:
    ada, ben = make_person("ada"), make_person("ben")
    prompt = make_prompt(ada, "Say one word")
    for person in (ada, ben):
        browse(person).post(f"{prompt.url}/answer", {"medium": "text", "title": person.handle, "body": "word", "language": "en"})
    count = lambda: client.get(prompt.url, headers={"Accept": "application/json"}).json["answers"]  # noqa: E731
    assert count() == 2
    number = int(client.get("/people/ada")(".work-card__title a")[0].get("href").rsplit("/", 1)[-1])
    assert browse(ada).post(f"/works/{number}/delete").status == 303
    assert count() == 1
    assert browse(ben).post("/account/delete", {"password": PASSWORD}).status == 303
    assert count() == 0


def test_a_work_does_not_link_to_a_prompt_that_was_put_away(browse, client, cast) -> None:
    ada = make_person("ada")
    prompt = make_prompt(ada, "Say one word")
    page = browse(ada).post(f"{prompt.url}/answer", {"medium": "text", "title": "It", "body": "word", "language": "en"})
    assert prompt.url in client.get(page.location).html
    browse(cast.staff).post(f"/desk{prompt.url}/retirement")
    assert prompt.url not in client.get(page.location).html
