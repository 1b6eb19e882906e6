"""An instructor builds a class from nothing and publishes it, in the browser, with JavaScript and without."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Browsers
from tests.browser.site import patiently
from tests.factories.classes import CAPTIONS
from tests.factories.media import picture_file, sound_file


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_build_and_publish_a_class(browsers: Browsers, cast: dict[str, Any], tmp_path: Path, javascript: bool) -> None:
    """Create, fill, order, preview, publish; it then stands in the catalogue, and a learner meets it in that order."""
    page = browsers.open("instructor", javascript=javascript)
    title = f"Sounds of one street, {'scripted' if javascript else 'plain'}"
    page.goto("/studio")
    page.get_by_role("link", name="New class project").first.click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("By the end people will have made").fill(
        "A minute of your own street that makes a stranger homesick."
    )
    page.get_by_label("What they make it of").select_option("audio")
    page.get_by_label("You, in one line").fill("Listens for a living.")
    page.get_by_label("Cover", exact=False).first.set_input_files(picture_file(tmp_path / "street.jpg", 1200, 800))
    page.get_by_label("Describe the cover").fill("A street at night")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    studio = page.url

    # Sending it too early says what is missing.
    page.get_by_role("link", name="Send it to staff").click()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("alert")).to_contain_text("Not sent yet")
    page.goto(studio)

    add_lesson(page, studio, title="Open the window", body="Listen for *one* minute before you record.", free=True)
    add_lesson(
        page, studio, title="One microphone", sound=sound_file(tmp_path / "lesson.wav", 4.0), body="Hold it still."
    )
    add_assignment(page, studio)

    # The assignment moves up, between the lessons.
    expect(titles(page)).to_have_text(["Open the window", "One microphone", "Record your window"])
    page.get_by_role("button", name="Move “Record your window” up").click()
    expect(titles(page)).to_have_text(["Open the window", "Record your window", "One microphone"])

    # What was taken out comes back.
    page.get_by_role("button", name="Take “One microphone” out").click()
    expect(titles(page)).to_have_text(["Open the window", "Record your window"])
    page.get_by_role("button", name="Bring it back").click()
    expect(titles(page)).to_have_count(3)

    page.get_by_role("link", name="See it as a learner").click()
    expect(page.locator(".preview-banner")).to_contain_text("This is what a learner sees")
    page.get_by_role("link", name="Half way").click()
    expect(page.locator("main")).to_contain_text("1 of 1 made")
    page.get_by_role("link", name="Leave the preview").click()
    page.get_by_role("link", name="See its page").click()
    expect(page.locator("main")).to_contain_text("This class is a draft")
    slug = page.url
    stranger = browsers.open("free", javascript=javascript)
    assert stranger.request.get(slug).status == 404

    # The checklist says what is still missing: mended where it says so.
    page.goto(studio)
    expect(page.locator(".checklist__one:not(.is-done)").first).to_contain_text("Describe what it is about")
    page.get_by_role("link", name="About the class").click()
    page.get_by_label("What it is about, and how it runs").fill("You listen for a week, and record for a minute.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)

    def is_sent() -> bool:
        page.goto(f"{studio}/review")
        page.get_by_role("button", name="Send it").click()
        return not page.get_by_role("alert").count()  # while the sound is being prepared it is refused

    patiently(is_sent, 60, 1)
    staff = browsers.open("staff", javascript=javascript)
    staff.goto("/desk/classes")
    staff.get_by_role("link", name=title).click()
    expect(staff.get_by_role("heading", level=1)).to_have_text(title)
    staff.get_by_role("button", name="Approve").click()
    expect(staff.get_by_role("status")).to_contain_text("Approved")
    visitor = browsers.open(javascript=javascript)
    visitor.goto("/classes")
    visitor.get_by_role("link", name=re.compile(title)).first.click()
    expect(visitor.locator(".class-hero__outcome")).to_contain_text("homesick")
    visitor.goto(f"{slug}/lessons/1")
    expect(visitor.locator("main")).to_contain_text("Listen for one minute")

    learner = browsers.open("subscriber", javascript=javascript)
    learner.goto(slug)
    learner.get_by_role("button", name="Join this class").click()
    learner.get_by_role("link", name="Open the lesson").click()
    learner.get_by_role("button", name="Go on to “Record your window”").click()
    expect(learner.get_by_role("heading", level=1)).to_have_text("Record your window")


def add_lesson(
    page: Page, studio: str, *, title: str, body: str = "", sound: Path | None = None, free: bool = False
) -> None:
    page.goto(studio)
    page.get_by_role("link", name="Add a lesson").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text", exact=False).last.fill(body)
    if sound:
        page.get_by_label("Film or sound").first.set_input_files(sound)
        page.get_by_label("Captions, as text").fill(CAPTIONS)
    if free:
        page.get_by_label("Free for everyone").check()
    page.get_by_role("button", name="Add the lesson").click()
    expect(page.locator(".outline-editor")).to_contain_text(title)


def add_assignment(page: Page, studio: str) -> None:
    page.goto(studio)
    page.get_by_role("link", name="Add an assignment").click()
    page.get_by_label("Title").fill("Record your window")
    page.get_by_label("Brief").fill("Open it. Record one minute. Close it.")
    expect(page.get_by_role("checkbox", name="Sounds")).to_be_checked()  # as the class is about sound
    page.get_by_label("Minutes it takes").fill("15")
    page.get_by_role("button", name="Add the assignment").click()
    expect(page.locator(".outline-editor")).to_contain_text("Record your window")


def titles(page: Page) -> Any:
    return page.locator(".outline-editor__title")
