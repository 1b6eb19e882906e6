"""A whole season is moved by its start: dragged, by the keys, and without JavaScript by a date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browsers


def first_day(page: Page) -> date:
    return date.fromisoformat(page.get_by_label("New first day").input_value())


def test_a_season_is_moved_by_its_start(browsers: Browsers, gallery: dict[str, Any]) -> None:
    address = f"/studio/classes/{gallery['season']}/seasons/1"
    page = browsers.open("instructor")
    page.goto(address)
    began = first_day(page)
    mover = page.get_by_role("slider", name="Move the whole season")
    mover.focus()
    for key in ("ArrowRight", "ArrowRight", "PageUp", "ArrowLeft"):
        page.keyboard.press(key)
    assert first_day(page) == began + timedelta(days=8)
    expect(mover).to_have_attribute("aria-valuetext", "8 days later")
    page.keyboard.press("Home")
    assert first_day(page) == began

    box = mover.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 240, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    moved = first_day(page)
    assert moved > began
    page.get_by_role("button", name="See the new dates").click()
    expect(page.locator(".page-head__lead")).to_contain_text(f"{(moved - began).days} day")
    page.goto(address)
    assert first_day(page) == began  # nothing was saved by looking

    # Typing the day does the same; and the whole goes back to where it was, without JavaScript.
    page.get_by_label("New first day").fill((began + timedelta(days=3)).isoformat())
    page.get_by_role("button", name="See the new dates").click()
    page.get_by_role("button", name="Move everything").click()
    expect(page.locator(".flash")).to_contain_text("Moved")
    plain = browsers.open("instructor", javascript=False)
    plain.goto(address)
    assert first_day(plain) == began + timedelta(days=3)
    plain.get_by_label("New first day").fill(began.isoformat())
    plain.get_by_role("button", name="See the new dates").click()
    plain.get_by_role("button", name="Move everything").click()
    plain.goto(address)
    assert first_day(plain) == began
