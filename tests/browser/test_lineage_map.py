"""The drawn family in a real browser: keys walk it, buttons make it larger, and nothing on the page offends its policy."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Browsers


def test_keys_walk_from_work_to_work(browsers: Browsers, gallery: dict[str, Any]) -> None:
    page = browsers.open()
    here = f"/works/{gallery['works']['child']}"
    page.goto(f"{here}/lineage")
    expect(page.locator(".lineage-map__tools")).to_be_visible()
    own = page.locator("svg [aria-current]")
    own.focus()
    parents = (own.get_attribute("data-parents") or "").split()
    assert parents
    page.keyboard.press("ArrowLeft")
    parent = page.evaluate("document.activeElement.dataset.node")
    assert parent in parents
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.node") in (
        page.locator(f'svg [data-node="{parent}"]').get_attribute("data-children") or ""
    ).split()
    before = page.locator("svg.family-tree").evaluate("node => node.getBoundingClientRect().width")
    page.get_by_role("button", name="Larger").click()
    assert page.locator("svg.family-tree").evaluate("node => node.getBoundingClientRect().width") > before
    own.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{here}")


def test_linked_data_is_read_and_never_run(browsers: Browsers, gallery: dict[str, Any]) -> None:
    """The policy allows no inline script; a block of data is none, and the browser reports nothing."""
    page = browsers.open()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"/works/{gallery['works']['child']}")
    told = json.loads(page.locator('script[type="application/ld+json"]').text_content() or "")
    assert told["@context"] == "https://schema.org" and told["isBasedOn"] and told["creator"]["name"]
    assert not [line for line in said if "Content Security Policy" in line]
