"""A learner in a film: by keyboard, with what is said beside it, notes, and back again where they were; and without JavaScript."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browsers
from tests.browser.site import patiently


def test_resume_in_a_film_follow_what_is_said_and_note_it(browsers: Browsers, cast: dict[str, Any]) -> None:
    page = browsers.open("subscriber")
    room = f"/classes/{cast['class']}/room"
    page.goto(f"/classes/{cast['class']}/lessons/2")
    film = page.locator(".lesson-player video")
    becomes_true(page, "document.querySelector('.lesson-player video').readyState >= 1")
    expect(page.locator(".media-player__keys")).to_be_visible()
    # Captions are there from the start.
    assert page.evaluate("document.querySelector('video').textTracks[0].mode") == "showing"

    # A line of what is said, by keyboard.
    line = page.get_by_role("button", name="Go to 0:02")
    line.focus()
    page.keyboard.press("Enter")
    becomes_true(page, "document.querySelector('video').currentTime >= 2")
    expect(page.locator(".caption-list .is-heard")).to_contain_text("Then speak.")
    page.keyboard.press("k")
    becomes_true(page, "document.querySelector('video').paused")

    # Keys, while the focus is at the film.
    film.focus()
    page.keyboard.press("j")
    assert at(page) == 0
    page.keyboard.press("c")
    assert page.evaluate("document.querySelector('video').textTracks[0].mode") == "hidden"
    page.keyboard.press("c")
    page.keyboard.press("m")
    assert page.evaluate("document.querySelector('video').muted")
    page.keyboard.press(">")
    assert page.evaluate("document.querySelector('video').playbackRate") == 1.25
    page.keyboard.press("<")
    page.keyboard.press("ArrowRight")
    becomes_true(page, "document.querySelector('video').currentTime > 4")
    page.keyboard.press("Space")
    becomes_true(page, "!document.querySelector('video').paused")
    page.keyboard.press("Space")
    becomes_true(page, "document.querySelector('video').paused")
    # No trap: one leaves the film as one came.
    for _step in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("!document.activeElement.closest('.lesson-player')"):
            break
    assert page.evaluate("!document.activeElement.closest('.lesson-player')")

    # What is said is searched; Enter goes to the first that fits.
    search = page.get_by_label("Search what is said")
    search.fill("ROOM")
    expect(page.locator(".caption-list li:visible")).to_have_count(1)
    search.press("Enter")
    becomes_true(page, "document.querySelector('video').currentTime < 2")
    becomes_true(page, "document.querySelector('video').currentTime >= 1.2")

    # A note takes the moment with it, and keeping it leaves the film where it is.
    note = page.get_by_label("Note something for yourself")
    note.press_sequentially("Stand still first.")
    expect(page.get_by_label("About the moment")).to_have_value(re.compile(r"0:0[1-6]"))
    page.get_by_label("About the moment").fill("0:03")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator(".own-note")).to_contain_text("Stand still first.")
    page.locator(".own-note a[data-seek]").click()
    becomes_true(page, "document.querySelector('video').currentTime >= 3")
    with page.expect_response(lambda answer: answer.url.endswith("/lessons/2/place")) as sent:
        page.evaluate("document.querySelector('video').pause()")
    assert sent.value.status == 200
    kept = at(page)

    # The class room takes them back there, in another browser too; without JavaScript the film begins there by itself.
    plain = browsers.open("subscriber", javascript=False)
    plain.goto(room)
    back = plain.get_by_role("link", name=re.compile("0:0[3-6]")).first
    expect(back).to_be_visible()
    back.click()
    expect(plain.locator("video source").first).to_have_attribute("src", re.compile(rf"#t={int(kept)}$"))
    expect(plain.get_by_text("Hear the room first.")).to_be_visible()
    plain.get_by_label("Note something for yourself").fill("Noted without a script.")
    plain.get_by_role("button", name="Keep the note").click()
    plain.get_by_role("link", name="All your notes of this class").click()
    expect(plain.locator(".own-note")).to_have_count(2)
    plain.get_by_label("Search your notes").fill("script")
    plain.get_by_role("button", name="Search", exact=True).last.click()
    expect(plain.locator(".own-note")).to_have_count(1)

    other = browsers.open("subscriber")
    other.goto(f"/classes/{cast['class']}/lessons/2")
    becomes_true(other, f"document.querySelector('video').currentTime >= {int(kept)}")


def becomes_true(page: Page, expression: str) -> None:
    """Waits for it by asking again: the page's policy forbids what would wait inside of it."""
    assert patiently(lambda: page.evaluate(expression), 12), expression


def at(page: Page) -> float:
    """Where the film is, in seconds."""
    seconds: float = page.evaluate("document.querySelector('video').currentTime")
    return seconds
