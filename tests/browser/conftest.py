"""The served product and Chromium, one of each for all these tests; every test has browsers of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect, sync_playwright

from tests.browser.site import Site

HERE = Path(__file__).parent
PASSWORD = "learn-by-making"  # noqa: S105
#: milliseconds that a step may take; the machine may be busy with other things
PATIENCE = 20_000
ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    # A camera and a microphone that are made up, and allowed.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser. What takes longest comes first, so that workers end together."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: "ten_learners" not in item.nodeid)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """bin/run with an empty site, stopped by TERM at the end: nothing may be left."""
    site = Site(tmp_path_factory.mktemp("site") / "data").start()
    yield site
    site.stop()


@pytest.fixture(scope="package")
def cast(site: Site) -> dict[str, Any]:
    """One person for each role, two prompts, a class about films."""
    return site.play("cast")


@pytest.fixture(scope="package")
def gallery(site: Site, cast: dict[str, Any]) -> dict[str, Any]:
    """Works, classes and answers in every state."""
    things = site.play("gallery")
    site.wait_until_processed()
    return {**cast, **things}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "these tests need Chromium; bin/test installs it or says how"
    expect.set_options(timeout=PATIENCE)
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@dataclass
class Browsers:
    """Opens browsers for a test, and knows what went wrong in them."""

    site: Site
    chromium: Browser
    handles: dict[str, str]
    sessions: dict[str, Any]
    opened: list[BrowserContext] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def open(self, who: str | None = None, *, javascript: bool = True, **options: Any) -> Page:
        """A browser of ``who``: a role of the cast, already signed in, or None for a visitor."""
        if who is not None and who not in self.sessions:
            self.sessions[who] = self._sign_in(self.handles[who])
        context = self.chromium.new_context(
            base_url=self.site.url,
            java_script_enabled=javascript,
            storage_state=self.sessions[who] if who else None,
            **{"viewport": {"width": 1280, "height": 800}, "locale": "en", **options},
        )
        context.set_default_timeout(PATIENCE)
        self.opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._note_console(page, message))
        page.on("response", self._note_response)
        return page

    def _sign_in(self, handle: str) -> Any:
        """Signs in by the form, once a person; the browser's cookies."""
        context = self.chromium.new_context(base_url=self.site.url)
        context.set_default_timeout(PATIENCE)
        try:
            page = context.new_page()
            page.goto("/login")
            page.get_by_label("Email address or handle").fill(handle)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.locator(".person-menu").wait_for()
            return context.storage_state()
        finally:
            context.close()

    def _note_console(self, page: Page, message: Any) -> None:
        # A page that is refused on purpose is logged as a failed load; everything else is a fault of ours.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.troubles.append(f"{page.url}: {message.text}")

    def _note_response(self, response: Response) -> None:
        if response.status >= 500:
            self.troubles.append(f"{response.request.method} {response.url}: {response.status}")

    def photograph(self, folder: Path) -> list[str]:
        """Pictures of every open page, for a failing test's message."""
        shots = []
        for number, context in enumerate(self.opened):
            for page in context.pages:
                path = folder / f"page-{number}.png"
                try:
                    page.screenshot(path=path, full_page=True, timeout=5000)
                    shots.append(f"{page.url}: {path}")
                except Exception as problem:  # the page may have died with the test
                    shots.append(f"{page.url}: no picture ({problem})")
        return shots

    def close(self) -> None:
        for context in self.opened:
            context.close()


@pytest.fixture(scope="package")
def sessions() -> dict[str, Any]:
    """Cookies of those who have signed in, by role."""
    return {}


@pytest.fixture
def browsers(site: Site, chromium: Browser, cast: dict[str, Any], sessions: dict[str, Any]) -> Iterator[Browsers]:
    """``browsers.open("free")``; no page may complain in its console or answer 500."""
    browsers = Browsers(site, chromium, cast["people"], sessions)
    yield browsers
    browsers.close()
    assert browsers.troubles == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """A failing test says where its pictures and the server's log are."""
    report = yield
    browsers: Browsers | None = getattr(item, "funcargs", {}).get("browsers")
    if report.when == "call" and report.failed and browsers is not None:
        folder = browsers.site.data_dir.parent / item.name.replace("/", "-")
        folder.mkdir(exist_ok=True)
        words = [
            *browsers.photograph(folder),
            *browsers.troubles,
            f"log: {browsers.site.log}",
            browsers.site.complaints(),
        ]
        report.sections.append(("in the browser", "\n".join(words)))
    return report
