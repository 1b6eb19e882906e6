"""The tools that cut, by hand and by keyboard: what is done on the picture or film stands in the fields, which are what counts."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browsers


def number(page: Page, name: str) -> float:
    return float(page.locator(f"input[name={name}]").input_value())


def test_crop_by_keys_and_pointer(browsers: Browsers, gallery: dict[str, Any]) -> None:
    """Arrow keys move the part and its corners, a pointer does too, and nothing leaves the picture."""
    page = browsers.open("subscriber")
    page.goto(f"/works/{gallery['works']['image']}/use/crop")
    whole = page.get_by_role("button", name=re.compile("The part that is kept"))
    whole.press("ArrowRight")
    assert (number(page, "x"), number(page, "width")) == (132, 960)
    page.get_by_role("button", name=re.compile("Its right bottom corner")).press("Shift+ArrowUp")
    assert number(page, "height") == 640 - 120
    for _ in range(30):
        whole.press("Shift+ArrowLeft")
    assert number(page, "x") == 0
    box = page.locator(".crop-frame__sheet").bounding_box()
    corner = page.get_by_role("button", name=re.compile("Its left top corner")).bounding_box()
    assert box and corner
    page.mouse.move(corner["x"] + 9, corner["y"] + 12)
    page.mouse.down()
    page.mouse.move(corner["x"] + 9 + box["width"] / 4, corner["y"] + 12)
    page.mouse.up()
    assert abs(number(page, "x") - 300) <= 3
    assert number(page, "x") + number(page, "width") <= 1200
    page.get_by_role("button", name="Crop it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your cut")
    expect(page.locator("#cut img")).to_be_visible(timeout=60_000)


def test_still_of_the_moment_that_is_shown(browsers: Browsers, gallery: dict[str, Any]) -> None:
    """The film shows what the field says; a frame on, and taken."""
    page = browsers.open("subscriber")
    page.goto(f"/works/{gallery['works']['video']}/use/still")
    field = page.get_by_label("At which moment")
    field.fill("2")
    page.wait_for_function("document.querySelector('still-picker video').currentTime === 2")
    page.get_by_role("button", name="A little on").click()
    page.wait_for_function("document.querySelector('still-picker video').currentTime > 2")
    page.get_by_role("button", name="Use the moment shown now").click()
    expect(field).to_have_value("0:02.04")
    expect(page.locator(".still-picker__tools")).to_contain_text("0:02.04")


def test_layer_by_keys(browsers: Browsers, gallery: dict[str, Any]) -> None:
    """The upper picture is moved by arrow keys, a hundredth at a time."""
    page = browsers.open("subscriber")
    image = gallery["works"]["image"]
    page.goto(f"/works/{image}/use/layer?over={image}&x=25&y=25&width=50&opacity=80")
    upper = page.get_by_role("button", name=re.compile("The picture on top"))
    upper.press("ArrowDown")
    upper.press("Shift+ArrowRight")
    assert (number(page, "x"), number(page, "y")) == (35, 26)
