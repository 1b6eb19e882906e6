"""Feedback in a browser: the queue by keys alone; a part of a picture, a moment, some words; a voice; what the maker sees of it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browsers
from tests.browser.site import Site, patiently
from tests.browser.test_screens import look

SELECT = """
(words) => {
  const walker = document.createTreeWalker(document.querySelector(".attempt__text"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(words);
    if (at < 0) continue;
    getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + words.length);
    return;
  }
}
"""


def value(page: Page, name: str) -> str:
    return page.locator(f"[name=remark_{name}]").first.input_value()


def open_part(page: Page, words: str) -> None:
    summary = page.locator("summary", has_text=words)
    summary.focus()
    summary.press("Enter")


def test_the_queue_by_keys(browsers: Browsers, site: Site, cast: dict[str, Any]) -> None:
    things = site.play("answers")
    picture, sound, text = (f"/submissions/{number}" for number in things["submissions"])
    page = browsers.open("instructor", permissions=["microphone"])
    page.goto(f"/studio/feedback?class={things['class']}")
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_visible()  # the keys have come to life
    page.keyboard.press("j")
    expect(page.locator("[data-queue=one]").first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("[data-queue=one]").first).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_text("open the one that is chosen")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{picture}?queue=**")
    answer_picture(page)
    page.wait_for_url(f"**{sound}?queue=**")
    assert look(page, "an answer in the queue") == []
    answer_sound(page)
    page.wait_for_url(f"**{text}?queue=**")
    answer_text(page)
    page.wait_for_url("**/studio/feedback?class=*")
    expect(page.locator("main")).to_contain_text("Nobody waits here")
    see_what_was_said(browsers.open("subscriber"), site, picture, sound, text)


def answer_picture(page: Page) -> None:
    """A part is moved and sized with the arrow keys, then drawn anew with a pointer."""
    expect(page.locator(".feedback-form__point")).to_be_attached()
    page.keyboard.press("r")
    expect(page.get_by_label("What works")).to_be_focused()
    page.keyboard.type("The light on the left; j and k and r are letters here.")
    open_part(page, "About one part")
    page.get_by_role("button", name="Point at a part").press("Enter")
    whole = page.get_by_role("button", name=re.compile("The part that you point at"))
    expect(whole).to_be_focused()
    whole.press("Shift+ArrowRight")
    whole.press("ArrowDown")
    page.get_by_role("button", name=re.compile("Its end")).press("Shift+ArrowDown")
    assert [value(page, side) for side in ("x", "y", "width", "height")] == ["40", "31", "40", "50"]
    for _ in range(8):
        whole.press("Shift+ArrowRight")
    assert float(value(page, "x")) + float(value(page, "width")) == 100
    page.locator(".region-frame").scroll_into_view_if_needed()
    frame = page.locator(".region-frame").bounding_box()
    assert frame
    page.mouse.move(frame["x"] + frame["width"] * 0.1, frame["y"] + frame["height"] * 0.1)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.35, frame["y"] + frame["height"] * 0.3, steps=3)
    page.mouse.up()
    drawn = [float(value(page, side)) for side in ("x", "y", "width", "height")]
    assert all(abs(is_ - wanted) < 1.5 for is_, wanted in zip(drawn, (10, 10, 25, 20), strict=True)), drawn
    expect(page.locator("[name=remark_text]").first).to_be_focused()
    page.keyboard.type("It comes from here.")
    page.keyboard.press("Control+Enter")


def answer_sound(page: Page) -> None:
    """The moment where the sound stands, and an answer in one's own voice."""
    page.get_by_label("What works").fill("The silence.")
    open_part(page, "About one moment")
    page.evaluate("document.querySelector('#attempt-1 audio').currentTime = 1")
    page.wait_for_function("document.querySelector('#attempt-1 audio').currentTime >= 1")
    page.get_by_role("button", name="Take the moment").click()
    assert value(page, "at") == "0:01"
    page.locator("[name=remark_text]").first.fill("Here.")
    page.get_by_role("button", name="Another remark").click()
    page.locator("[name=remark_at]").nth(1).fill("9:99")
    page.locator("[name=remark_text]").nth(1).fill("And here.")
    open_part(page, "own voice")
    page.get_by_role("button", name="Record a sound").click()
    page.get_by_role("button", name="Start", exact=True).click()
    patiently(lambda: page.get_by_role("timer").inner_text() != "0:00")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Use it").click()
    expect(page.locator(".feedback-form__recorded")).to_have_text(re.compile("Your recording is here"))
    page.get_by_label("What works").press("Control+Enter")
    # One remark is wrong: the voice is kept, with all that was typed.
    expect(page.locator("#remark-2")).to_contain_text("only 0:03 long")
    expect(page.get_by_label("What works")).to_have_value("The silence.")
    expect(page.locator("input[name=upload]")).not_to_have_value("")
    page.locator("#remark-2").get_by_role("button", name="Take this remark away").click()
    page.get_by_label("What works").press("Control+Enter")


def answer_text(page: Page) -> None:
    """Some words, a mark, and a saved reply at the cursor."""
    open_part(page, "About some of its words")
    page.get_by_role("button", name="Take the words").click()
    expect(page.locator(".feedback-form__words")).to_contain_text("Select some words")
    page.evaluate(SELECT, "walks here")
    page.get_by_role("button", name="Take the words").click()
    assert value(page, "quote") == "walks here"
    page.locator("[name=remark_text]").first.fill("Slowly, I think.")
    open_part(page, "Marks on the rubric")
    page.get_by_label("very near").check()
    page.get_by_label("What works").fill("The dog.")
    page.get_by_label("What works").press("Control+Shift+Enter")


def see_what_was_said(page: Page, site: Site, picture: str, sound: str, text: str) -> None:
    """The places lead into the work; the voice is heard; thanks are one click, and one more takes them back."""
    page.goto(picture)
    place = page.locator("a.remark-list__place")
    patiently(lambda: page.evaluate("Boolean(customElements.get('remark-list'))"))
    place.click()
    expect(page.locator("rect.is-pointed-at")).to_have_count(1)
    page.get_by_role("button", name=re.compile("This helped")).click()
    expect(page.locator("main")).to_contain_text("You said that this helped.")
    page.get_by_role("button", name=re.compile("Undo")).click()
    expect(page.get_by_role("button", name=re.compile("This helped"))).to_be_visible()
    site.wait_until_processed()
    page.goto(sound)
    patiently(lambda: page.evaluate("Boolean(customElements.get('remark-list'))"))
    page.locator("a.remark-list__place").click()
    page.wait_for_function("document.querySelector('#attempt-1 > * audio, #attempt-1 audio').currentTime >= 1")
    expect(page.locator(".feedback-card__spoken audio")).to_be_visible()
    page.wait_for_function("document.querySelector('.feedback-card__spoken audio').readyState >= 1")
    page.goto(text)
    expect(page.locator(".feedback-card__marks")).to_contain_text("very near")
    patiently(lambda: page.evaluate("Boolean(customElements.get('remark-list'))"))
    page.locator("a.remark-list__place").click()
    expect(page.locator("mark.is-pointed-at")).to_have_text("walks here")
    page.locator("summary", has_text="Reply to").click()
    page.get_by_label("Your reply").fill("It was running.")
    page.get_by_role("button", name="Send the reply").click()
    expect(page.locator(".feedback-card__talk")).to_contain_text("It was running.")
