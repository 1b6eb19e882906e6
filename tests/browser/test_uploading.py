"""static/js/uploading.js in a real browser, on lines that are slow, break, and come back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Browsers
from tests.browser.site import TOP, Site, patiently
from tests.factories.media import picture_file, sound_file
from tests.faults.receiving import node

pytestmark = pytest.mark.timeout(180)

#: what a page does with the module: everything that it is told is noted
DRIVE = """
window.begin = (kind) => {
  const seen = window.seen = { progress: [], waiting: 0 };
  const file = document.querySelector("#sent").files[0];
  window.upload = uploading.startUpload(file, {
    kind,
    csrfToken: document.querySelector("[name=csrf_token]").value,
    onProgress: (news) => seen.progress.push(news),
    onDone: (answer) => { seen.done = answer; },
    onRefused: (message) => { seen.refused = message ?? "no words"; },
    onWaiting: () => { seen.waiting += 1; },
  });
};
true;
"""


@pytest.fixture(scope="module")
def script() -> str:
    """The module and what it imports, as one script."""
    command = [node(), TOP / "node_modules" / "esbuild" / "bin" / "esbuild", "static/js/uploading.js"]
    options = ["--bundle", "--format=iife", "--global-name=uploading", "--log-level=error"]
    return subprocess.run([*command, *options], cwd=TOP, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six megabytes of sound."""
    return sound_file(tmp_path_factory.mktemp("song") / "song.wav", 32, channels=2)


def choose(page: Page, script: str, path: Path) -> None:
    """A page that may send ``path``."""
    page.goto("/account")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input type=file id=sent>')")
    page.set_input_files("#sent", path)
    page.evaluate(f"{script}\nwindow.uploading = uploading;\n{DRIVE}")


def line_of(page: Page, bytes_a_second: int) -> Callable[[bool], None]:
    """Makes the page's line slow; the answer cuts it, and mends it again."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def set_line(is_cut: bool) -> None:
        speeds = {"offline": is_cut, "latency": 5, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
        session.send("Network.emulateNetworkConditions", speeds)

    set_line(False)
    return set_line


def sent(page: Page) -> int:
    return int(page.evaluate("window.seen.progress.at(-1)?.sent ?? 0"))


def counted(site: Site) -> int:
    """What the server has of the newest upload."""
    return int((site.ask("SELECT received FROM uploads ORDER BY id DESC LIMIT 1") or [(0,)])[0][0])


def arrived(site: Site, page: Page, path: Path) -> None:
    """The page was told of the file, and it is the very one."""
    done = patiently(lambda: page.evaluate("window.seen.done ?? window.seen.refused"), 60)
    assert isinstance(done, dict), done
    ((key,),) = site.ask("SELECT storage_key FROM media_files WHERE public_id = ?", done["file"])
    assert (site.data_dir / "media" / key).read_bytes() == path.read_bytes()


def test_progress_speed_and_time_left(browsers: Browsers, site: Site, script: str, song: Path) -> None:
    """They say what is so: smoothly, never backwards, and down to nothing."""
    page = browsers.open("free", bypass_csp=True)
    choose(page, script, song)
    line_of(page, 2_000_000)
    page.evaluate("begin('audio')")
    arrived(site, page, song)
    news: list[dict[str, Any]] = page.evaluate("window.seen.progress")
    assert news[-1]["sent"] == news[-1]["total"] == song.stat().st_size
    assert [one["sent"] for one in news] == sorted(one["sent"] for one in news)
    assert news[0]["speed"] is None
    speeds = [one["speed"] for one in news if one["speed"]]
    assert 500_000 < speeds[-1] < 8_000_000
    left = [one["secondsLeft"] for one in news if one["secondsLeft"] is not None]
    assert left[-1] == 0


def test_a_lost_connection_is_waited_for(browsers: Browsers, site: Site, script: str, song: Path) -> None:
    page = browsers.open("free", bypass_csp=True)
    choose(page, script, song)
    cut = line_of(page, 1_500_000)
    page.evaluate("begin('audio')")
    patiently(lambda: sent(page) > 1_000_000)
    cut(True)
    patiently(lambda: page.evaluate("window.seen.waiting") > 0)
    cut(False)
    arrived(site, page, song)
    assert page.evaluate("window.seen.waiting") >= 1


def test_a_reload_goes_on_where_it_was(browsers: Browsers, site: Site, script: str, song: Path) -> None:
    """The same file, chosen again, is found again: nothing that had arrived is sent twice."""
    page = browsers.open("free", bypass_csp=True)
    before = len(site.ask("SELECT 1 FROM uploads"))
    choose(page, script, song)
    line_of(page, 1_500_000)
    page.evaluate("begin('audio')")
    patiently(lambda: sent(page) > 4_500_000 and counted(site) > 0)
    choose(page, script, song)
    page.evaluate("begin('audio')")
    patiently(lambda: page.evaluate("window.seen.progress.length"))
    assert page.evaluate("window.seen.progress[0].sent") >= 4 * 1024 * 1024
    arrived(site, page, song)
    assert len(site.ask("SELECT 1 FROM uploads")) == before + 1

    # It is there already: chosen once more, nothing is sent at all.
    done = page.evaluate("window.seen.done.file")
    choose(page, script, song)
    page.evaluate("begin('audio')")
    arrived(site, page, song)
    assert page.evaluate("window.seen.done.file") == done

    # A work uses it now: the next time it is another file.
    with site.database() as database:
        database.execute("UPDATE media_files SET attached_at = created_at WHERE public_id = ?", (done,))
    choose(page, script, song)
    page.evaluate("begin('audio')")
    arrived(site, page, song)
    assert page.evaluate("window.seen.done.file") != done


def test_two_tabs(browsers: Browsers, site: Site, script: str, tmp_path: Path) -> None:
    """Both send one file: one writes, the other waits, and goes on when the first is closed."""
    song = sound_file(tmp_path / "tabs.wav", 32, channels=2)
    first = browsers.open("free", bypass_csp=True)
    choose(first, script, song)
    line_of(first, 800_000)
    first.evaluate("begin('audio')")
    patiently(lambda: sent(first) > 500_000)
    second = first.context.new_page()
    choose(second, script, song)
    second.evaluate("begin('audio')")
    patiently(lambda: second.evaluate("window.seen.waiting") > 0)
    first.close()
    arrived(site, second, song)


def test_pausing_and_giving_up(browsers: Browsers, site: Site, script: str, tmp_path: Path) -> None:
    song = sound_file(tmp_path / "paused.wav", 32, channels=2)
    page = browsers.open("free", bypass_csp=True)
    choose(page, script, song)
    line_of(page, 1_000_000)
    page.evaluate("begin('audio')")
    patiently(lambda: sent(page) > 500_000)
    page.evaluate("upload.pause()")
    page.wait_for_timeout(300)
    paused_at = sent(page)
    page.wait_for_timeout(700)
    assert sent(page) == paused_at
    page.evaluate("upload.resume()")
    patiently(lambda: sent(page) > paused_at)
    page.evaluate("upload.cancel()")
    patiently(lambda: not site.ask("SELECT 1 FROM uploads WHERE original_name = 'paused.wav'"))
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('paused.wav')).length") == 0


def test_what_is_refused_comes_in_words(browsers: Browsers, site: Site, script: str, tmp_path: Path) -> None:
    """By its content, and before anything is sent."""
    page = browsers.open("free", bypass_csp=True)
    choose(page, script, picture_file(tmp_path / "really-a-picture.png"))
    page.evaluate("begin('audio')")
    words = patiently(lambda: page.evaluate("window.seen.refused"))
    assert "this file is a picture" in words
    (tmp_path / "empty.wav").write_bytes(b"")
    choose(page, script, tmp_path / "empty.wav")
    page.evaluate("begin('audio')")
    assert "empty" in patiently(lambda: page.evaluate("window.seen.refused"))
    assert json.dumps(page.evaluate("Object.keys(localStorage)")).count("tus::") == 0
