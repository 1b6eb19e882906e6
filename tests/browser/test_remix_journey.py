"""The journey of a sound: recorded in the browser, trimmed, mixed with two others' sounds, its family looked at (P6, P7)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import ARGUMENTS, Browsers
from tests.browser.site import Site

PROCESSED = 60_000  # milliseconds that a short sound may take on a busy machine


@pytest.fixture
def recording_browsers(
    site: Site, chromium: Browser, cast: dict[str, Any], sessions: dict[str, Any]
) -> Iterator[Browsers]:
    """Browsers with a microphone that beeps once a second, which pages may use."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    arguments = (*ARGUMENTS, "--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    browser = chromium.browser_type.launch(executable_path=program, args=arguments)
    browsers = Browsers(site, browser, cast["people"], sessions)
    yield browsers
    browsers.close()
    browser.close()
    assert browsers.troubles == []


def test_record_trim_mix_and_see_the_family(recording_browsers: Browsers, site: Site) -> None:
    """What the issue of the lineage shows: nothing is lost on the way from a recording to a mix of three."""
    others = site.play("sounds")
    page = recording_browsers.open("free", permissions=["microphone"])
    hum = record(page, "A hum in the hall", seconds=4)
    piece = trim(page, hum, "A piece of the hum")
    mix = mix_with(page, piece, others, "Three at once")

    page.goto(mix)
    page.locator(".work-page__lineage a[href$='/lineage']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Three at once")
    family = page.locator("main")
    for title in ("A hum in the hall", "A piece of the hum", *others["titles"]):
        expect(family.get_by_role("link", name=re.compile(re.escape(title))).first).to_be_visible()
    told = page.request.get(f"{mix}/lineage.json").json()
    number = mix.rsplit("/", 1)[1]
    parents = {edge["parent"] for edge in told["edges"] if edge["child"] == number}
    assert parents == {piece.rsplit("/", 1)[1], *(str(work) for work in others["works"])}
    assert {edge["kind"] for edge in told["edges"] if edge["child"] == number} <= {"sampled", "built_on"}


def record(page: Page, title: str, seconds: int) -> str:
    """Records with the microphone and posts; the address of the work."""
    page.goto("/works/new?medium=audio")
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Record a sound").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".media-recorder__time")).to_have_text(f"0:0{seconds}")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Use it", exact=True).click()
    expect(page.locator(".composer__files")).to_contain_text("It is here.")
    expect(page.locator(".composer__promise")).to_contain_text("remix")  # P7
    page.get_by_role("button", name="Post it").click()
    return arrived(page, title)


def arrived(page: Page, title: str) -> str:
    """The page of the work that was just posted, once its sound plays."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator("#work-media audio")).to_be_visible(timeout=PROCESSED)
    return page.url


def trim(page: Page, work: str, title: str) -> str:
    """Takes from half a second to two and a half, the end by keyboard, and posts that."""
    page.get_by_role("link", name="Use this", exact=True).click()
    page.get_by_role("link", name=re.compile("Take a part of it")).click()
    page.get_by_label("From").fill("0.5")
    page.get_by_label("To").fill("2.4")
    end = page.get_by_role("slider", name="End")
    for _ in range(10):
        end.press("ArrowRight")
    expect(page.get_by_label("To")).to_have_value("0:02.5")
    expect(page.locator(".cut-range__tools")).to_contain_text("0:02")
    page.get_by_role("button", name="Play this part").click()
    page.get_by_role("button", name="Take this part").click()
    go_on(page, "A hum in the hall")
    return post(page, title)


def go_on(page: Page, made_from: str) -> None:
    """From the page of a cut, once it plays, to the composer."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Your cut")
    expect(page.locator("main")).to_contain_text(made_from)
    expect(page.locator("#cut audio")).to_be_visible(timeout=PROCESSED)
    page.get_by_role("link", name="Go on to the composer").click()


def post(page: Page, title: str) -> str:
    """Posts what stands ready in the remix composer."""
    expect(page.locator(".composer__promise")).to_contain_text("remix")  # P7
    expect(page.get_by_role("radio", name="Sound")).to_be_checked()
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Post the remix").click()
    return arrived(page, title)


def mix_with(page: Page, work: str, others: dict[str, Any], title: str) -> str:
    """Mixes it with two others' sounds: one looked for, one by its address."""
    page.get_by_role("link", name="Use this", exact=True).click()
    page.get_by_role("link", name=re.compile("Mix it with other sounds")).click()
    finder = page.get_by_label("Find another sound")
    finder.fill("drips")
    finder.press("Enter")
    page.get_by_role("button", name=f"Add: {others['titles'][0]}").click()
    expect(page.locator(".sound-track")).to_have_count(2)
    finder.fill(f"{page.url.split('/works/')[0]}/works/{others['works'][1]}")
    page.get_by_role("button", name="Find", exact=True).click()
    tracks = page.locator(".sound-track")
    expect(tracks).to_have_count(3)
    quieter(tracks.nth(1))
    tracks.nth(2).get_by_label("It begins in the mix at").first.fill("1.5")
    expect(page.locator(".sound-mixer__tools")).to_contain_text("The mix is 0:04.5")
    page.get_by_role("button", name="Listen to the mix").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    page.get_by_role("button", name="Make the mix").click()
    go_on(page, others["titles"][1])
    for one in others["titles"]:
        expect(page.locator("#composer-sources")).to_contain_text(one)
    return post(page, title)


def quieter(track: Locator) -> None:
    """Six decibels down, by the keyboard."""
    slider = track.get_by_role("slider", name="Louder or quieter, in decibels")
    for _ in range(12):
        slider.press("ArrowLeft")
    expect(track.get_by_role("textbox", name="Louder or quieter, in decibels")).to_have_value("-6")
