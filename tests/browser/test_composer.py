"""The composer in a browser: record, drop, paste, put in order, come back to it, find sources, post."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browsers
from tests.browser.site import Site, patiently
from tests.browser.test_screens import look
from tests.factories.media import picture_file

#: a drop or a paste of files, as the system would send it
SEND_FILES = """
({ type, files }) => {
  const held = new DataTransfer();
  for (const [name, mime, content] of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    held.items.add(new File([bytes], name, { type: mime }));
  }
  const at = document.querySelector("main");
  const event = type === "paste"
    ? new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true });
  at.dispatchEvent(event);
}
"""


def send_files(page: Page, kind: str, *paths: Path) -> None:
    files = [[path.name, "image/jpeg", base64.b64encode(path.read_bytes()).decode()] for path in paths]
    page.evaluate(SEND_FILES, {"type": kind, "files": files})


def begin(page: Page, address: str = "/works/new") -> None:
    """Open a composer, without what another test left in it."""
    page.goto(address)
    afresh = page.get_by_role("button", name="Start afresh")
    if afresh.count():
        afresh.click()
        page.wait_for_url(f"**{address}")
    expect(page.locator("button[name=read_text]")).to_be_hidden()  # the composer has come to life


def post(page: Page, title: str) -> None:
    page.get_by_role("button", name="Post it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.wait_for_url(re.compile(r"/works/\d+$"))


def choose(page: Page, medium: str) -> None:
    page.locator("label.choice-card", has_text=medium).click()


def kept(page: Page) -> None:
    expect(page.locator(".composer__kept")).to_have_text("Your draft is kept.")


def test_a_sound_is_recorded_taken_again_and_posted(browsers: Browsers, site: Site) -> None:
    page = browsers.open("free")
    begin(page)
    choose(page, "Sound")
    page.get_by_label("Title").fill("A beep")
    page.get_by_role("button", name="Record a sound").click()
    page.get_by_role("button", name="Start", exact=True).click()
    level = page.get_by_label("How loud it is")
    levels = patiently(lambda: (seen := {round(level.evaluate("e => e.value"), 2) for _ in range(9)}) and len(seen) > 2 and seen)
    assert max(levels) > 0.1, "the meter does not move"
    page.get_by_role("button", name="Pause", exact=True).click()
    stood = page.get_by_role("timer").inner_text()
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.get_by_role("timer")).not_to_have_text(stood)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".media-recorder__play audio")).to_be_visible()
    page.get_by_role("button", name="Take it again").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("timer")).to_have_text("0:01")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Use it").click()
    expect(page.locator(".piece__name")).to_contain_text("Recording")
    assert look(page, "recorded") == []
    post(page, "A beep")
    site.wait_until_processed()
    page.reload()
    expect(page.locator("#work-media audio")).to_have_count(1)
    assert site.ask("SELECT duration_ms FROM media_files ORDER BY id DESC LIMIT 1")[0][0] > 700


def test_a_film_is_recorded(browsers: Browsers, site: Site) -> None:
    page = browsers.open("free")
    begin(page)
    choose(page, "Video")
    page.get_by_label("Title").fill("A green clock")
    page.get_by_role("button", name="Record with the camera").click()
    expect(page.locator(".media-recorder__view")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("timer")).to_have_text("0:01")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Use it").click()
    post(page, "A green clock")
    facts = site.ask("SELECT kind, has_audio, width FROM media_files ORDER BY id DESC LIMIT 1")[0]
    assert facts[0] == "video" and facts[1] and facts[2]


def test_who_says_no_is_told_in_words(browsers: Browsers) -> None:
    page = browsers.open("free")
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', window.trouble ?? 'NotAllowedError'))"
    )
    begin(page)
    choose(page, "Sound")
    words = page.locator(".media-recorder__words")
    for trouble, said in (("NotAllowedError", "keeps us from"), ("NotFoundError", "was found"), ("NotReadableError", "Another program")):
        page.evaluate("name => { window.trouble = name; }", trouble)
        page.get_by_role("button", name="Record a sound").click()
        expect(words).to_contain_text(said)


def test_pictures_are_dropped_pasted_ordered_and_kept_over_a_reload(
    browsers: Browsers, site: Site, tmp_path: Path
) -> None:
    red, green, blue = (picture_file(tmp_path / f"{name}.jpg", 300 + 10 * n, 200) for n, name in enumerate(("red", "green", "blue")))
    page = browsers.open("free")
    begin(page)
    page.get_by_label("Title").fill("Three doors")
    page.get_by_label("Tags").fill("doors")
    send_files(page, "drop", red, green)
    expect(page.get_by_role("radio", name="Image")).to_be_checked()
    send_files(page, "paste", blue)
    pieces = page.locator(".piece")
    expect(pieces).to_have_count(3)
    for number, words in enumerate(("A red door", "A green door", "A blue door"), start=1):
        page.get_by_label(f"Describe picture {number}").fill(words)
    # By the keyboard: the last one forward, twice.
    forward = pieces.nth(2).get_by_role("button", name="Move forward")
    forward.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(pieces.nth(0).locator(".piece__name")).to_contain_text("blue.jpg")
    expect(page.locator(".piece[data-id]")).to_have_count(3)  # all of them are here
    kept(page)
    assert look(page, "series") == []

    page.reload()
    expect(page.get_by_label("Title")).to_have_value("Three doors")
    expect(page.get_by_label("Tags")).to_have_value("doors")
    expect(pieces).to_have_count(3)
    expect(pieces.nth(0).locator(".piece__name")).to_contain_text("blue.jpg")
    expect(page.get_by_label("Describe picture 1")).to_have_value("A blue door")
    pieces.nth(1).get_by_role("button", name="Take “red.jpg” away").click()
    expect(pieces).to_have_count(2)
    post(page, "Three doors")
    work = int(page.url.rsplit("/", 1)[1])
    first = site.ask(
        "SELECT v.alt_text, p.alt_text FROM work_versions v JOIN work_pictures p ON p.version_id = v.id WHERE v.work_id = ?", work
    )
    assert first == [("A blue door", "A green door")]
    page.goto("/works/new")
    expect(page.get_by_label("Title")).to_have_value("")  # the draft is gone


def test_two_tabs_do_not_overwrite_each_other(browsers: Browsers) -> None:
    one = browsers.open("free")
    begin(one)
    other = one.context.new_page()
    other.goto("/works/new")
    one.get_by_label("Title").fill("From the first tab")
    kept(one)
    other.get_by_label("Title").fill("From the second tab")
    expect(other.locator(".composer__kept")).to_contain_text("changed in another tab")
    other.get_by_role("button", name="Show the other").click()
    expect(other.get_by_label("Title")).to_have_value("From the first tab")
    other.get_by_label("Title").fill("Together")
    kept(other)
    one.get_by_label("Title").fill("Not this")
    expect(one.locator(".composer__kept")).to_contain_text("changed in another tab")
    one.get_by_role("button", name="Keep what is here").click()
    kept(one)
    other.reload()
    expect(other.get_by_label("Title")).to_have_value("Not this")


def test_what_is_typed_last_is_kept_when_the_page_goes(browsers: Browsers) -> None:
    page = browsers.open("free")
    begin(page)
    page.get_by_label("Title").fill("Typed and left at once")
    page.goto("/works/drafts")
    expect(page.locator("main")).to_contain_text("Your drafts")

    def is_there() -> bool:
        page.reload()
        return bool(page.get_by_role("link", name="Typed and left at once").count())

    patiently(is_there, 10)
    page.get_by_role("button", name="Throw away").first.click()
    expect(page.locator("main")).not_to_contain_text("Typed and left at once")


def test_sources_are_found_while_one_types(browsers: Browsers, site: Site, gallery: dict[str, Any]) -> None:
    title = site.ask("SELECT title FROM work_versions WHERE work_id = ?", gallery["works"]["image"])[0][0]
    page = browsers.open("subscriber")
    begin(page)
    page.get_by_label("Title").fill("Grown from it")
    page.get_by_label("Your text").fill("Words")
    page.get_by_label("Find a work here").fill(title)
    found = page.get_by_role("button", name=f"Build on this: {title}").first
    found.click()
    expect(page.locator(".chosen-source")).to_contain_text(title)
    page.get_by_label(f"How you used “{title}”").select_option(label="sampled from")
    page.get_by_text("Something from elsewhere?").click()
    page.get_by_label("Its address").fill("https://example.test/song")
    page.get_by_label("Its licence").select_option("CC BY 4.0")
    page.get_by_role("button", name="Add another").click()
    expect(page.get_by_label("Its address")).to_have_count(2)
    # A number that was typed is a chosen work too; one that cannot be used is told.
    page.get_by_text("Or name them by number or address").click()
    lines = page.get_by_label("What it is built on")
    lines.fill(lines.input_value() + f"\n{gallery['works']['text']}\n{gallery['works']['draft']}")
    page.get_by_label("Tags").focus()
    expect(page.locator(".chosen-source")).to_have_count(2)
    expect(page.locator("#found-sources")).to_contain_text("no such work")
    lines.fill("\n".join(lines.input_value().split("\n")[:2]))
    assert look(page, "sources") == []
    post(page, "Grown from it")
    expect(page.locator(".source-list")).to_contain_text(title)
    expect(page.locator(".source-list")).to_contain_text("CC BY 4.0")


def test_a_text_file_is_read_in_at_once(browsers: Browsers, tmp_path: Path) -> None:
    page = browsers.open("free")
    begin(page)
    page.get_by_label("Title").fill("From a file")
    path = tmp_path / "poem.txt"
    path.write_text("Line one\nline two", encoding="utf-8")
    page.get_by_label("Begin with a text file").set_input_files(path)
    expect(page.get_by_label("Your text")).to_have_value("Line one\nline two")
    expect(page.get_by_label("Title")).to_have_value("From a file")
    expect(page.locator(".flashes")).to_contain_text("Look it over")
    post(page, "From a file")


def test_the_wall_does_not_pay_for_the_composer(browsers: Browsers) -> None:
    page = browsers.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/open", wait_until="networkidle")
    scripts = [url for url in asked if url.endswith(".js")]
    assert scripts and not [url for url in scripts if "composer" in url or "recorder" in url or "upload" in url], scripts
