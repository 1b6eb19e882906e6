"""Every screen in every role, light and dark, narrow and wide: axe and the Nu checker find nothing, nothing sticks
out, no link is dead; the wall is light."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.conftest import Browsers
from tests.browser.screens import ROLES, screens
from tests.browser.site import TOP, Site, patiently

WIDE, NARROW, SMALL = {"width": 1280, "height": 900}, {"width": 360, "height": 740}, {"width": 320, "height": 640}
FINISH_CHANGES = (
    """document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finish()).length === 0"""
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PARTS = 3  # of a role's screens, so that several workers share them
WEIGHT = 150_000  # bytes over the wire that the wall may take without its media


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.timeout(600)
def test_screens_are_for_everybody(browsers: Browsers, gallery: dict[str, Any], role: str, part: int) -> None:
    """axe in both schemes and at both widths; no sideways scrolling at 360 px, at 320 px with letters twice as big, or
    from right to left."""
    page = open_as(browsers, role)
    problems: list[str] = []
    for address, status in list(screens(gallery)[role].items())[part::PARTS]:
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        answer = page.goto(address)
        assert answer is not None
        if answer.status != status:
            problems.append(f"{address}: answers {answer.status}, not {status}")
            continue
        problems += look(page, address)
    assert problems == [], "\n" + "\n".join(problems)


def open_as(browsers: Browsers, role: str) -> Page:
    return browsers.open(None if role == "visitor" else role)


def look(page: Page, address: str) -> list[str]:
    """What is wrong with a page that was opened light and wide."""
    found = judge(page, f"{address} light, wide")
    draw(page, scheme="dark", size=NARROW)
    found += surely(page, lambda: judge(page, f"{address} dark, narrow"))
    found += surely(page, lambda: overflow(page, f"{address} at 360"))
    draw(page, size=SMALL, style="document.documentElement.style.fontSize = '200%'")
    found += surely(page, lambda: overflow(page, f"{address} at 320 with large letters"))
    draw(page, size=NARROW, style="document.documentElement.style.fontSize = ''; document.documentElement.dir = 'rtl'")
    found += surely(page, lambda: overflow(page, f"{address} from right to left at 360"))
    draw(page, size=WIDE)
    found += surely(page, lambda: overflow(page, f"{address} from right to left at 1280"))
    return found


def surely(page: Page, find: Callable[[], list[str]]) -> list[str]:
    """What `find` still finds at the third look: on a busy machine a page may be asked before a change is drawn."""
    for _ in range(2):
        found = find()
        if not found:
            return []
        page.wait_for_timeout(500)
    return find()


def draw(page: Page, *, size: Any = None, scheme: Any = None, style: str = "") -> None:
    """Changes how a page is looked at, and waits until that has been drawn."""
    if size:
        page.set_viewport_size(size)
    if scheme:
        page.emulate_media(color_scheme=scheme)
    if style:
        page.evaluate(style)
    width = size["width"] if size else page.viewport_size["width"]  # type: ignore[index]
    frames = "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))"
    patiently(
        lambda: page.evaluate(f"(width) => new Promise((done) => {frames}).then(() => innerWidth === width)", width),
        10,
        0.05,
    )
    if scheme:
        # Words in a link in a heading begin to change when what they inherit from has changed: until none does.
        patiently(lambda: page.evaluate(f"new Promise((done) => {frames}).then(() => {FINISH_CHANGES})"), 10, 0.01)


def judge(page: Page, where: str) -> list[str]:
    """What axe finds, one line each."""
    only = {"type": "tag", "values": RULES}
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    # What axe found right is much to hand over, and nobody asks for it.
    violations = page.evaluate(
        "(options) => axe.run(options).then((results) => results.violations.map(({id, nodes}) => "
        "({id, nodes: nodes.slice(0, 3).map(({target, failureSummary}) => ({target, failureSummary}))})))",
        {"resultTypes": ["violations"], "runOnly": only},
    )
    return [
        f"{where}: {violation['id']}: {node['target'][0]}: {node['failureSummary'].splitlines()[-1].strip()}"
        for violation in violations
        for node in violation["nodes"]
    ]


def overflow(page: Page, where: str) -> list[str]:
    """Whether the page scrolls sideways, and what makes it."""
    culprits = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return null;
            const name = (e) => e.localName + (e.classList.length ? '.' + [...e.classList].join('.') : '');
            const wide = [...document.body.querySelectorAll('*')]
                .filter((e) => { const box = e.getBoundingClientRect(); return box.width && (box.right > width + 1 || box.left < -1 || box.left + e.scrollWidth > width + 1); });
            const likely = wide.filter((e) => !e.closest('.visually-hidden, [tabindex="0"], svg, input, select, textarea'));
            return (likely.length ? likely : wide).slice(-4).map(name);
        }"""
    )
    return [] if culprits is None else [f"{where}: scrolls sideways because of {', '.join(culprits) or 'something'}"]


def test_forms_that_come_back_are_for_everybody(browsers: Browsers, cast: dict[str, Any]) -> None:
    """A wrong form, with its errors, is as readable as a right one."""
    problems: list[str] = []
    page = browsers.open()
    page.emulate_media(reduced_motion="reduce")
    page.goto("/signup")
    page.get_by_label("Handle").fill("x")
    page.get_by_role("button", name="Make my account").click()
    page.locator("error-summary, .error-summary").first.wait_for()
    problems += look(page, "/signup, wrong")

    page = browsers.open("free")
    page.emulate_media(reduced_motion="reduce")
    page.goto("/works/new")
    page.get_by_label("Title").fill("Words without words")
    page.get_by_role("button", name="Post it").click()
    page.locator("error-summary, .error-summary").first.wait_for()
    problems += look(page, "/works/new, wrong")
    assert problems == [], "\n" + "\n".join(problems)


def test_the_sandbox_is_for_everybody(browsers: Browsers, site: Site) -> None:
    """The stand-in for Stripe is a screen of this project too."""
    page = browsers.open()
    problems: list[str] = []
    for path in ("/", "/_sandbox/deliveries"):
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(site.sandbox_url + path)
        problems += look(page, f"sandbox {path}")
    assert problems == [], "\n" + "\n".join(problems)


@pytest.fixture(scope="module")
def pages(site: Site, gallery: dict[str, Any], chromium: Any, sessions: dict[str, Any]) -> dict[tuple[str, str], str]:
    """(role, address) → the HTML as it was sent."""
    browsers = Browsers(site, chromium, gallery["people"], sessions)
    html, wrong = {}, []
    try:
        for role, addresses in screens(gallery).items():
            page = open_as(browsers, role)
            for address, status in addresses.items():
                answer = page.request.get(address)
                if answer.status != status:
                    wrong.append(f"{address} answers {answer.status} to {role}, not {status}")
                html[role, address] = answer.text()
    finally:
        browsers.close()
    assert wrong == []
    return html


def test_pages_are_valid_html(pages: dict[tuple[str, str], str], tmp_path: Path) -> None:
    """The Nu checker has no error on any page."""
    names = {}
    for number, (where, html) in enumerate(pages.items()):
        path = tmp_path / f"{number}.html"
        path.write_text(html)
        names[path.name] = where
    command = [
        "java",
        "-Xmx512m",
        "-jar",
        TOP / "node_modules/vnu-jar/build/dist/vnu.jar",
        "--errors-only",
        "--format",
        "json",
        tmp_path,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    messages = json.loads(done.stderr)["messages"]
    problems = [
        f"{' '.join(names[message['url'].rpartition('/')[2]])}: {message['message']} … {message.get('extract', '').strip()!r}"
        for message in messages
    ]
    assert problems == [], "\n" + "\n".join(sorted(set(problems)))


@pytest.mark.timeout(240)
def test_no_link_is_dead(pages: dict[tuple[str, str], str], browsers: Browsers, site: Site) -> None:
    """Whatever address a page of ours names answers, whoever reads it."""
    leads: dict[tuple[str, str], str] = {}
    for (role, address), html in pages.items():
        if "/nothing-here" in address:
            continue
        for link in re.findall(r"\b(?:href|src|poster|data-src)=\"([^\"#][^\"]*)\"", html):
            target = urljoin(site.url + address, link.replace("&amp;", "&"))
            if target.startswith(f"{site.url}/") and "/components" not in address:
                # What is the same for everybody is asked for once.
                everybody = urlsplit(target).path.startswith(("/static/", "/media/"))
                leads.setdefault(("" if everybody else role, target.partition("#")[0]), f"{role} on {address}")
    readers = {role: open_as(browsers, role).request for role in ROLES}
    problems = []
    for (role, target), found in leads.items():
        method = readers[role or found.split()[0]]
        answer = method.get(target, max_redirects=0)
        # What is closed to somebody, or gone and said to be gone, is no dead end.
        if answer.status >= 400 and answer.status not in {403, 410}:
            problems.append(f"{target} answers {answer.status} ({found})")
        answer.dispose()
    assert len(leads) > 200
    assert problems == [], "\n" + "\n".join(problems)


def test_the_wall_is_light(browsers: Browsers, gallery: dict[str, Any]) -> None:
    """HTML, styles, fonts and scripts of the open wall weigh at most 150 KB over the wire."""
    page = browsers.open()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    addresses: dict[str, tuple[str, str]] = {}
    weights: dict[str, float] = {}

    def note(event: dict[str, Any]) -> None:
        answer = event["response"]
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        addresses[event["requestId"]] = (answer["url"], headers.get("content-encoding", ""))

    session.on("Network.responseReceived", note)
    session.on(
        "Network.loadingFinished", lambda event: weights.update({event["requestId"]: event["encodedDataLength"]})
    )
    page.goto("/open", wait_until="networkidle")
    parts = {
        urlsplit(url).path: round(weights[number])
        for number, (url, _) in addresses.items()
        if number in weights and "/media/" not in url
    }
    encodings = {urlsplit(url).path: encoding for url, encoding in addresses.values()}
    assert encodings["/open"] == "br"
    assert sum(parts.values()) <= WEIGHT, parts
    print(f"the wall weighs {sum(parts.values())} bytes: {parts}")
