"""The journey that the product exists for, from nothing to one's own works after the membership: by browser,
with JavaScript and without (P1, P2, P4, P6, P8)."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, Browsers
from tests.browser.site import Site, patiently
from tests.factories.media import film_file, picture_file

PROCESSED = 60  # seconds that a small file may take on a busy machine


@dataclass
class Learner:
    """Who makes the journey, and what they make on it."""

    handle: str
    page: Page
    photo: Path
    first_film: Path
    second_film: Path
    has_javascript: bool
    photo_url: str = ""
    submission_url: str = ""
    work_url: str = ""


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_from_signing_up_to_what_stays(
    browsers: Browsers, site: Site, cast: dict[str, Any], tmp_path: Path, javascript: bool
) -> None:
    """Sign up, answer, be remixed, subscribe, learn, hand in, be answered, hand in again, be remixed, leave, keep."""
    learner = Learner(
        handle="mira-script" if javascript else "mira-plain",
        page=browsers.open(javascript=javascript),
        photo=picture_file(tmp_path / "Tür 🚪.jpg", 1000, 700, gps=True),
        first_film=film_file(tmp_path / "first.mp4", 2.0, 640, 360),
        second_film=film_file(tmp_path / "second.mp4", 3.0, 640, 360),
        has_javascript=javascript,
    )
    free, teacher, classmate = (
        browsers.open(who, javascript=javascript) for who in ("free", "instructor", "subscriber")
    )
    film_class = f"/classes/{cast['class']}"

    sign_up(learner, site)
    answer_a_prompt_with_a_photo(learner, cast["prompts"]["image"])
    first_remix = remix_it(free, learner)
    meet_the_paywall(learner, film_class)
    subscribe(learner, film_class)
    join_the_class(learner, film_class)
    watch_the_lesson(learner, film_class, browsers)
    hand_in_a_film(learner, film_class)
    give_feedback(teacher, learner)
    hand_in_again(learner)
    second_remix = remix_in_the_class(classmate, learner)
    read_the_lineage(learner, browsers, [first_remix, learner.work_url, second_remix])
    cancel(learner)
    outlive_the_membership(learner, site, film_class)
    keep_everything(learner)


def sign_up(learner: Learner, site: Site) -> None:
    page = learner.page
    page.goto("/")
    page.get_by_role("link", name="Sign up", exact=True).click()
    page.get_by_label("Handle").fill(learner.handle)
    page.get_by_label("Email address").fill(f"{learner.handle}@example.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(page.locator(".person-menu")).to_be_visible()

    # The mail that proves the address is kept in the data folder.
    letter = patiently(lambda: find_letter(site, f"{learner.handle}@example.test"))
    page.goto(letter)
    page.locator("main form button").click()
    expect(page.locator(".flash-success")).to_be_visible()


def find_letter(site: Site, address: str) -> str | None:
    """The link of the newest mail to an address."""
    for path in sorted((site.data_dir / "mail").glob("*"), reverse=True):
        text = path.read_text()
        if address in text and (found := re.search(rf"{re.escape(site.url)}/email/\S+", text)):
            return found.group()
    return None


def answer_a_prompt_with_a_photo(learner: Learner, prompt: str) -> None:
    page = learner.page
    page.goto("/prompts")
    page.locator(f"main a[href='/prompts/{prompt}']").first.click()
    page.get_by_role("link", name="Answer it").first.click()
    expect(page.get_by_role("radio", name="Image")).to_be_checked()
    expect(page.locator(".composer__promise")).to_contain_text("remix")  # P7
    page.get_by_label("Title").fill("A door in Tartu")
    page.get_by_label("Your file").set_input_files(learner.photo)
    page.get_by_label("Describe the picture").fill("A red and blue door")
    page.get_by_role("button", name="Post it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A door in Tartu")
    learner.photo_url = page.url
    picture = page.locator("#work-media img[alt='A red and blue door']")
    appear(learner, picture)
    expect(page.locator("main")).to_contain_text("Answers the prompt")
    assert b"Telltale" not in page.request.get(picture.get_attribute("src") or "").body(), (
        "the picture shows where it was taken"
    )


def appear(learner: Learner, what: Any) -> None:
    """Waits for something that the worker prepares: it comes by itself with JavaScript, by looking again without."""
    if learner.has_javascript and learner.page.locator("live-status").count():
        expect(what).to_be_visible(timeout=PROCESSED * 1000)
    else:

        def look() -> bool:
            return bool(what.count()) or not learner.page.reload()

        patiently(look, PROCESSED)
    expect(what).to_be_visible()


def remix_it(page: Page, learner: Learner) -> str:
    """Somebody else builds on the photo; the address of what they made."""
    page.goto(learner.photo_url)
    page.get_by_role("link", name="Remix this").first.click()
    page.locator("label.choice-card", has_text="Text").click()
    page.get_by_label("Title").fill("What the door heard")
    page.get_by_label("Your text").fill("Keys, keys,\nand once a name.")
    page.get_by_role("button", name="Post the remix").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What the door heard")
    expect(page.locator(".source-list")).to_contain_text("A door in Tartu")
    url = page.url
    page.goto(learner.photo_url)
    expect(page.locator(".work-page__lineage")).to_contain_text("grew into 1")
    expect(page.locator("main")).to_contain_text("What the door heard")
    return url


def meet_the_paywall(learner: Learner, film_class: str) -> None:
    """Before subscribing: the free lesson opens, the other does not and says how it would."""
    page = learner.page
    page.goto(f"{film_class}/lessons/1")
    expect(page.locator("main")).to_contain_text("Stand still for a minute")
    refused(page, f"{film_class}/lessons/2")


def refused(page: Page, address: str) -> None:
    """A lesson that is closed: the paywall panel, the outline, and nothing of what is inside."""
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 403
    expect(page.locator(".paywall-panel")).to_be_visible()
    expect(page.locator("main aside")).to_contain_text("One shot is enough")
    expect(page.locator("main aside")).to_contain_text("Shoot six seconds")
    body = page.content()
    assert "secret of the single shot" not in body
    assert "/media/" not in body, "the address of a film leaks"


def subscribe(learner: Learner, film_class: str) -> None:
    page = learner.page
    page.goto(film_class)
    page.get_by_role("link", name="Start your free trial").first.click()
    page.get_by_role("button", name="Try the monthly plan free").click()
    expect(page.get_by_label("Card number")).to_be_visible()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Mira Maker")
    page.get_by_role("button", name="Start trial").click()
    # The page of waiting goes on by itself; without scripts one looks again.
    heading = page.get_by_role("heading", level=1, name="You are a member")
    if not learner.has_javascript:

        def look() -> bool:
            if not heading.count():
                page.get_by_role("link", name="Look again").click()
            return bool(heading.count())

        patiently(look, 30)
    expect(heading).to_be_visible()
    page.goto("/account/membership")
    expect(page.locator(".membership")).to_contain_text("Your free trial runs until")


def join_the_class(learner: Learner, film_class: str) -> None:
    page = learner.page
    page.goto("/classes")
    page.locator(f"main a[href='{film_class}']").first.click()
    page.get_by_role("button", name="Join this class").click()
    page.wait_for_url(f"**{film_class}/room")
    expect(page.locator(".class-next")).to_be_visible()


def watch_the_lesson(learner: Learner, film_class: str, browsers: Browsers) -> None:
    page = learner.page
    page.goto(f"{film_class}/lessons/2")
    expect(page.locator("main")).to_contain_text("The secret of the single shot.")
    source = page.locator("video source").first.get_attribute("src")
    captions = page.locator("video track").get_attribute("src")
    assert source
    assert captions
    if learner.has_javascript:
        film = page.locator("video")
        film.evaluate("film => film.play()")
        patiently(lambda: film.evaluate("film => film.currentTime > 0.5"), 20, 0.1)
        assert film.evaluate("film => film.textTracks[0].activeCues[0].text") == "Hear the room first."
        film.evaluate("film => { film.currentTime = 4.2 }")
        patiently(lambda: film.evaluate("film => !film.seeking && film.currentTime >= 4.2"), 20, 0.1)
        assert film.evaluate("film => film.videoWidth") == 640

    whole = page.request.get(source)
    assert whole.status == 200
    part = page.request.get(source, headers={"Range": "bytes=100-299"})
    assert part.status == 206
    assert part.headers["content-range"] == f"bytes 100-299/{len(whole.body())}"
    assert part.body() == whole.body()[100:300]
    assert page.request.get(captions).text().startswith("WEBVTT")
    # The file is guarded by what guards the page.
    stranger = browsers.open("free", javascript=False)
    assert stranger.request.get(source).status in {403, 404}
    assert stranger.request.get(captions).status in {403, 404}


def hand_in_a_film(learner: Learner, film_class: str) -> None:
    page = learner.page
    page.goto(f"{film_class}/room")
    page.locator(f"main a[href='{film_class}/assignments/1']").first.click()
    page.get_by_role("link", name="Hand in your work").click()
    page.get_by_label("Title").fill("Washing on a line")
    page.get_by_label("Your file").set_input_files(learner.first_film)
    page.get_by_text("Or name them by number or address").click()
    page.get_by_label("What it is built on").fill(learner.photo_url)
    page.get_by_role("button", name="Hand it in").click()
    page.wait_for_url("**/submissions/*")
    learner.submission_url = page.url
    expect(page.get_by_role("heading", name="Attempt 1")).to_be_visible()
    appear(learner, page.locator("#attempt-1 video"))
    learner.work_url = page.get_by_role("link", name="Open it as a work").get_attribute("href") or ""
    assert learner.work_url


def give_feedback(page: Page, learner: Learner) -> None:
    page.goto("/studio/feedback")
    page.get_by_role("link", name=f"Answer {learner.handle}").first.click()
    page.get_by_label("What works").fill("The sheet fills the frame like a sail.")
    page.get_by_label("try next").fill("Hold the last second still.")
    page.get_by_role("button", name="Send, and suggest another try").click()
    expect(page.locator("body")).to_contain_text("Said.")
    page.goto(learner.submission_url)
    expect(page.locator(".feedback-card")).to_contain_text("like a sail")


def hand_in_again(learner: Learner) -> None:
    page = learner.page
    page.goto(learner.submission_url)
    expect(page.locator("main")).to_contain_text("Your instructor answered")
    expect(page.locator(".feedback-card")).to_contain_text("Hold the last second still.")
    page.get_by_role("link", name="Hand in another try").first.click()
    expect(page.get_by_label("Title")).to_have_value("Washing on a line")
    page.get_by_label("Title").fill("Washing on a line, still")
    page.get_by_label("Choose another file").set_input_files(learner.second_film)
    page.get_by_role("button", name="Hand in this try").click()
    expect(page.get_by_role("heading", name="Attempt 2")).to_be_visible()
    expect(page.get_by_role("heading", name="Attempt 1")).to_be_visible()
    appear(learner, page.locator("#attempt-2 video"))
    assert page.url == learner.submission_url


def remix_in_the_class(page: Page, learner: Learner) -> str:
    """A classmate builds on the film inside the class (P8); the address of what they made."""
    page.goto(learner.submission_url)
    page.get_by_role("link", name="Remix this: Washing on a line, still").click()
    page.locator("label.choice-card", has_text="Text").click()
    expect(page.locator("input[name=space]:checked")).not_to_have_value("open")
    page.get_by_label("Title").fill("Sail")
    page.get_by_label("Your text").fill("A sheet,\na harbour.")
    page.get_by_role("button", name="Post the remix").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sail")
    expect(page.locator(".source-list")).to_contain_text("Washing on a line, still")
    return page.url


def read_the_lineage(learner: Learner, browsers: Browsers, others: list[str]) -> None:
    page = learner.page
    page.goto(f"{learner.photo_url}/lineage")
    for title in ("A door in Tartu", "What the door heard", "Washing on a line, still", "Sail"):
        expect(page.locator(".lineage-outline")).to_contain_text(title)
        expect(page.locator(".lineage-map svg")).to_contain_text(title.split(",")[0])
    photo, remix, film, sail = (work_id(url) for url in (learner.photo_url, *others))
    seen = page.request.get(f"{learner.photo_url}/lineage.json").json()
    assert {(edge["child"], edge["parent"]) for edge in seen["edges"]} == {(remix, photo), (film, photo), (sail, film)}
    assert all(node["title"] for node in seen["nodes"])

    # Who is not in the class sees that there is something, and not what (P4).
    visitor = browsers.open(javascript=learner.has_javascript)
    veiled = {node["id"]: node for node in visitor.request.get(f"{learner.photo_url}/lineage.json").json()["nodes"]}
    assert veiled[remix]["title"] == "What the door heard"
    for hidden in (film, sail):
        assert (
            hidden not in veiled or veiled[hidden]["title"] is veiled[hidden]["maker"] is veiled[hidden]["url"] is None
        )
    visitor.goto(f"{learner.photo_url}/lineage")
    assert "Washing on a line" not in visitor.content()
    for hidden in (learner.work_url, others[2]):
        assert visitor.request.get(hidden, max_redirects=0).status in {302, 303, 403, 404}


def work_id(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def cancel(learner: Learner) -> None:
    """No more steps than subscribing took (P3)."""
    page = learner.page
    page.goto("/account/membership")
    page.get_by_role("button", name="Cancel the trial").click()
    expect(page.locator(".membership")).to_contain_text("Cancelled; open until")


def outlive_the_membership(learner: Learner, site: Site, film_class: str) -> None:
    """While it runs the lesson stays open; when it has ended it is refused, and the outline stays (P2)."""
    page = learner.page
    page.goto(f"{film_class}/lessons/2")
    expect(page.locator("video")).to_be_visible()
    film = page.locator("video source").first.get_attribute("src") or ""
    site.advance(days=7)
    site.advance(seconds=3600)

    def is_told() -> bool:
        page.goto("/account/membership")
        return "Your membership ended on" in page.locator("main").inner_text()

    patiently(is_told, 40)
    refused(page, f"{film_class}/lessons/2")
    assert page.request.get(film).status in {403, 404}
    answer = page.goto(f"{film_class}/assignments/1")
    assert answer is not None
    assert answer.status == 403


def keep_everything(learner: Learner) -> None:
    """What one made is there, to be looked at, edited, downloaded, with what was said about it (P2, P6)."""
    page = learner.page
    page.goto(f"/people/{learner.handle}")
    for title in ("A door in Tartu", "Washing on a line, still"):
        expect(page.locator("main")).to_contain_text(title)
    page.goto(learner.submission_url)
    expect(page.locator(".feedback-card")).to_contain_text("like a sail")
    expect(page.locator("#attempt-1 video")).to_be_visible()
    downloaded: Callable[[str], str] = lambda url: digest(page.request.get(f"{url}/download").body())  # noqa: E731
    assert downloaded(learner.photo_url) == digest(learner.photo.read_bytes())
    assert downloaded(learner.work_url) == digest(learner.second_film.read_bytes())
    page.goto(f"{learner.work_url}/edit")
    page.get_by_label("A note about it").fill("Mine, still.")
    page.locator("main form.composer__form").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".work-page__note")).to_have_text("Mine, still.")
    page.goto("/account/export")
    address = page.get_by_role("link", name="Download the file").get_attribute("href") or ""
    with zipfile.ZipFile(io.BytesIO(page.request.get(address).body())) as archive:
        files = {digest(archive.read(name)) for name in archive.namelist()}
    assert {digest(path.read_bytes()) for path in (learner.photo, learner.first_film, learner.second_film)} <= files


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
