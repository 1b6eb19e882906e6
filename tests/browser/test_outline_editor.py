"""The studio by hand: an outline moved by keys, pointer and finger, a sound sent in pieces, captions line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browsers
from tests.factories.media import sound_file


def begin_class(page: Page, title: str, lessons: tuple[str, ...]) -> str:
    """A draft with lessons to read; the address of its outline."""
    page.goto("/studio/classes/new")
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Make the draft").click()
    studio = page.url.split("#")[0]
    for name in lessons:
        page.goto(f"{studio}/lessons/new")
        page.get_by_label("Title").fill(name)
        page.locator("textarea[name=body]").fill(f"Read about {name}.")
        page.get_by_role("button", name="Add the lesson").click()
        expect(page.locator(".outline-editor")).to_contain_text(name)
    return studio


def expect_order(page: Page, *titles: str) -> None:
    expect(page.locator(".outline-editor__title")).to_have_text(list(titles))


def middle(page: Page, title: str, part: str = "") -> tuple[float, float]:
    """The middle of an item of the outline, or of a part of it."""
    item = page.locator(f".outline-editor__item[data-title='{title}']")
    box = (item.locator(part) if part else item).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_move_by_keys_pointer_and_finger(browsers: Browsers, cast: dict[str, Any]) -> None:
    """Each way gives the same order, the words for it are announced, focus stays, and a stale order is refused in words."""
    page = browsers.open("instructor")
    studio = begin_class(page, "An outline in motion", ("One", "Two", "Three"))
    news = page.locator(".outline-editor__news")

    # By keys alone.
    up = page.get_by_role("button", name="Move “Three” up")
    up.focus()
    page.keyboard.press("Enter")
    expect_order(page, "One", "Three", "Two")
    expect(news).to_have_text("“Three” is now at place 2 of 3.")
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    expect_order(page, "Three", "One", "Two")
    # At the top it goes up no more: focus stays with the item.
    expect(page.get_by_role("button", name="Move “Three” down")).to_be_focused()

    # By pointer; Escape lets go.
    def carry(title: str, onto: str, *, drop: bool = True) -> None:
        x, y = middle(page, title, ".outline-editor__grip")
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, middle(page, onto)[1] + 30, steps=6)
        if drop:
            page.mouse.up()

    carry("Three", "Two", drop=False)
    expect(page.locator(".is-after")).to_contain_text("Two")
    page.locator(".outline-editor").press("Escape")
    page.mouse.up()
    expect_order(page, "Three", "One", "Two")
    carry("Three", "Two")
    expect_order(page, "One", "Two", "Three")
    expect(news).to_have_text("“Three” is now at place 3 of 3.")

    # Somebody else moved something meanwhile: nothing is lost, and it is said.
    other = browsers.open("instructor", javascript=False)
    other.goto(studio)
    other.get_by_role("button", name="Move “Two” up").click()
    expect_order(other, "Two", "One", "Three")
    carry("One", "Three")
    expect(page.get_by_role("alert")).to_contain_text("nothing was moved")
    expect_order(page, "Two", "One", "Three")

    # By finger.
    phone = browsers.open("instructor", has_touch=True, viewport={"width": 390, "height": 800})
    phone.goto(studio)
    phone.locator(".outline-editor__grip").first.scroll_into_view_if_needed()
    finger = phone.context.new_cdp_session(phone)
    x, y = middle(phone, "Three", ".outline-editor__grip")
    target = middle(phone, "Two")[1] - 40
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 6):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y + (target - y) * step / 5}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_order(phone, "Three", "Two", "One")

    # A copy, taken out, and back: by keys.
    page.goto(studio)
    page.get_by_role("button", name="Copy “Two”").press("Enter")
    expect_order(page, "Three", "Two", "Two (copy)", "One")
    page.get_by_role("button", name="Take “Two (copy)” out").press("Enter")
    expect_order(page, "Three", "Two", "One")
    page.get_by_role("button", name="Move “One” up").press("Enter")
    expect_order(page, "Three", "One", "Two")
    page.get_by_role("button", name="Bring it back").press("Enter")
    expect(page.locator(".outline-editor__title")).to_have_count(4)


def test_a_sound_with_captions_written_by_keys(browsers: Browsers, cast: dict[str, Any], tmp_path: Path) -> None:
    """Sent in pieces while one writes; the text is seen as it will look; captions are parted, joined and saved by keys."""
    page = browsers.open("instructor")
    studio = begin_class(page, "A sound to write under", ())
    page.goto(f"{studio}/lessons/new")
    page.get_by_label("Title").fill("Listen")
    page.get_by_label("Film or sound").first.set_input_files(sound_file(tmp_path / "room.wav", 6.0))
    page.locator("textarea[name=body]").fill("Hear the *room* first.")
    expect(page.locator(".text-preview__sheet em")).to_have_text("room")
    expect(page.locator(".file-sender__progress").first).to_contain_text("It is here")
    assert page.locator("input[name=upload]").input_value() and not page.locator("input[name=file]").input_value()
    page.get_by_role("button", name="Add the lesson").press("Enter")
    expect_order(page, "Listen")

    page.get_by_role("link", name="Listen").press("Enter")
    page.get_by_role("link", name="Captions", exact=True).press("Enter")
    page.get_by_label("Words of line 1").fill("Hear the room")
    page.get_by_label("Line 1 ends at").fill("4")
    page.get_by_role("button", name="Part line 1 in two").press("Enter")
    second = page.get_by_label("Words of line 2")
    expect(second).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("other room")
    page.get_by_role("button", name="Add a line after line 2").press("Enter")
    expect(page.get_by_label("Words of line 3")).to_be_focused()
    page.keyboard.type("And out.")
    expect(page.get_by_label("Line 3 begins at")).to_have_value("0:04")
    page.get_by_role("button", name="Join line 1 with the next").press("Enter")
    expect(page.locator(".cue-row")).to_have_count(2)
    page.get_by_label("Line 1 ends at").fill("1")
    # Return in a field saves.
    page.get_by_label("Line 1 begins at").fill("2")
    page.get_by_label("Line 1 begins at").press("Enter")
    expect(page.locator(".error-summary")).to_contain_text("Some lines cannot be saved")
    expect(page.locator("#cue-1-error")).to_contain_text("ends before it begins")
    page.get_by_label("Line 1 begins at").fill("0:00.5")
    page.get_by_label("Line 1 begins at").press("Enter")
    expect(page.locator(".flashes")).to_contain_text("Captions saved.")
    words = page.get_by_label("Words of line 1")
    assert words.input_value().split() == ["Hear", "the", "other", "room"]

    # The same without JavaScript.
    plain = browsers.open("instructor", javascript=False)
    plain.goto(page.url)
    plain.get_by_role("button", name="Part line 1 in two").click()
    expect(plain.locator(".cue-row")).to_have_count(3)
    plain.get_by_role("button", name="Save the captions").click()
    expect(plain.locator(".flashes")).to_contain_text("Captions saved.")
