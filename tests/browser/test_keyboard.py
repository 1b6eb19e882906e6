"""By the keyboard alone, in the dark, and from right to left."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, Browsers
from tests.browser.test_screens import WIDE

MOST_TABS = 60


def test_sign_up_and_post_a_text_by_keyboard(browsers: Browsers, cast: dict[str, Any]) -> None:
    """Nothing but keys; wherever the focus is, one sees it."""
    page = browsers.open()
    page.goto("/")
    page.keyboard.press("Tab")
    assert focused(page)["text"] == "Skip to the page"
    tab_to(page, "text", "Sign up")
    page.keyboard.press("Enter")
    page.wait_for_url("**/signup*")
    for name, words in (("handle", "keyboard-kim"), ("email", "kim@example.test"), ("password", PASSWORD)):
        tab_to(page, "name", name)
        page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.locator(".person-menu")).to_be_visible()

    # The menu opens and closes by keys.
    tab_to(page, "text", "Menu of")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Your page")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Your page")).to_be_hidden()

    page.goto("/")
    tab_to(page, "text", "Make something")
    page.keyboard.press("Enter")
    page.wait_for_url("**/works/new")
    tab_to(page, "name", "medium")
    assert page.evaluate("document.activeElement.value") == "text"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    tab_to(page, "name", "title")
    page.keyboard.type("Written without a mouse")
    tab_to(page, "name", "body")
    page.keyboard.type("Tab, tab, tab.")
    page.keyboard.press("Enter")
    page.keyboard.type("Enter.")
    tab_to(page, "text", "Post it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Written without a mouse")
    expect(page.locator(".set-text")).to_contain_text("Tab, tab, tab.")

    # And the lineage map is a place that keys reach.
    page.goto(f"{page.url}/lineage")
    tab_to(page, "label", "Map of the lineage")


def focused(page: Page) -> dict[str, Any]:
    """What has the focus: its words, its name, and whether one sees that it has it."""
    return dict(
        page.evaluate(
            """() => {
                const e = document.activeElement, style = getComputedStyle(e);
                // A card draws the ring of the link that covers it, a choice that of its button.
                const around = [e, e.parentElement, e.closest('label'), e.closest('article'), e.closest('li')].filter(Boolean);
                const drawn = around.map((one) => getComputedStyle(one))
                    .some((s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2);
                return {text: e.textContent.trim(), name: e.name ?? '', label: e.getAttribute('aria-label') ?? '',
                        seen: drawn || style.boxShadow !== 'none', is: e.outerHTML.slice(0, 120)};
            }"""
        )
    )


def tab_to(page: Page, what: str, words: str) -> None:
    """Presses Tab until the focus is there; every stop on the way must be visible."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        now = focused(page)
        if now["is"].startswith("<body"):
            continue
        assert now["seen"], f"the focus is not seen on {now['is']}"
        if words in now[what]:
            return
    raise AssertionError(f"{MOST_TABS} tabs on {page.url} do not reach {words!r}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_scheme(browsers: Browsers, cast: dict[str, Any], scheme: str) -> None:
    """Paper and ink as interface.md has them."""
    page = browsers.open(color_scheme=scheme)
    page.goto("/open")
    paper, ink = page.evaluate(
        "[getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert (paper, ink) == {
        "light": ("rgb(251, 248, 243)", "rgb(27, 22, 18)"),
        "dark": ("rgb(20, 17, 14)", "rgb(243, 237, 228)"),
    }[scheme]


def test_from_right_to_left_the_page_turns_round(browsers: Browsers, cast: dict[str, Any]) -> None:
    """The name of the place stands where a line begins."""
    page = browsers.open()
    page.goto("/")
    page.evaluate("document.documentElement.dir = 'rtl'")
    box = page.locator(".site-header__home").bounding_box()
    assert box is not None
    assert box["x"] > WIDE["width"] / 2
