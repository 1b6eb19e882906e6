"""What people write is shown as words: in pages, pictures, feeds and JSON. And no text takes long."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

import pytest

from classprojects.accounts import actions as accounts
from classprojects.accounts import queries as people
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.core.prose import excerpt, excerpt_of, render, render_remark
from classprojects.media.captions import read_captions
from tests.factories.classes import make_class, make_learner, say, submit
from tests.factories.prompts import make_prompt

# Exhaustive: not for the fast checks.
pytestmark = pytest.mark.slow

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>]]></title></svg>{{7*7}}"
MARKDOWN = f"{EVIL}\n\n[a](javascript:alert(3)) [b](data:text/html,x) <javascript:alert(4)> ![c](https://evil.test/p.png) [d](//evil.test 'onclick=x')"


def harmless(page: Any, where: str) -> None:
    for script in page("script"):
        if script.get("type") == "application/ld+json":
            # Data, which no browser runs: nothing may end it early.
            assert json.loads(script.text)["@context"] == "https://schema.org", where
        else:
            assert "alert" not in (script.text or ""), where
    assert not page("[onerror], [onclick], [onload], [style]"), where
    assert not page('[href^="javascript:"], [href^="data:"], [src*="evil.test"], [action*="evil.test"]'), where
    for block in page('script[type="application/ld+json"]'):
        json.loads(block.text)


def test_nothing_that_is_written_runs(cast: Any, browse: Any) -> None:
    """Titles, names, texts, tags, notes, sources, classes, lessons, feedback, comments: everywhere they are shown."""
    maker = cast.maker
    with transaction():
        accounts.edit_profile(people.get_person(maker.id), name=EVIL[:80], bio=EVIL, country=None, language="en", time_zone="UTC")
    client = browse(maker)
    form = {"medium": "text", "title": EVIL, "body": MARKDOWN, "note": MARKDOWN, "tags": "<b>x, \"><i>", "sources": "https://evil.test/\"><script>alert(1)</script>", "external_author": EVIL[:100], "external_licence": EVIL[:90]}
    first = client.post("/works/new", form)
    assert first.status == 303
    second = client.post("/works/new", {**form, "sources": first.location})
    client.post(f"{first.location}/comments", {"body": MARKDOWN})
    project = make_class(cast.instructor, title=EVIL[:100], outcome=EVIL, description=MARKDOWN + " one two three four five six seven eight nine ten")
    learner = make_learner(project)
    answer = submit(learner, project, title=EVIL, body=MARKDOWN)
    say(cast.instructor, answer, EVIL, as_instructor=True, try_next=EVIL)
    prompt = make_prompt(cast.staff, EVIL, role=EVIL[:60], body=MARKDOWN)
    pages = ["/", "/open", "/search?q=script", "/prompts", prompt.url, first.location, f"{first.location}/lineage", f"{first.location}/edit", f"{first.location}/remix", second.location, f"{maker.url}", "/account", "/classes", project.url, f"{project.url}/room", f"{project.url}/lessons/1", f"{project.url}/assignments/1", f"{project.url}/gallery", answer.url, "/studio", project.studio_url, f"{project.studio_url}/roster", "/studio/feedback", "/desk"]
    for person in (None, maker, learner, cast.instructor, cast.staff):
        reader = browse(person)
        for where in pages:
            harmless(reader.get(where), where)
    for where in (f"{second.location}/lineage.svg", "/feeds/open.atom", "/feeds/prompts.atom", f"{maker.url}/feed.atom", "/sitemap.xml"):
        found = browse().get(where).response.get_data()
        tree = ElementTree.fromstring(found)  # noqa: S314 - our own
        assert not [one for one in tree.iter() if one.tag.rpartition("}")[2] in {"script", "img"}], where
        addresses = [value for one in tree.iter() for name, value in one.attrib.items() if name.rpartition("}")[2] == "href"]
        assert addresses or where == "/sitemap.xml"
        assert all(value.startswith(("http://localhost", "/", "#")) for value in addresses), where
        assert b'href="javascript:' not in found and b"href=&quot;javascript:" not in found
    for address in (first.location, f"{second.location}/lineage.json"):
        page = browse().get(address, headers={"Accept": "application/json"})
        assert page.response.mimetype == "application/json" and page.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("odd", ["\ufffe\uffff", "\x00", "\x0b\x1f", "\u2028", "\ud7ff\ue000", "\U0010ffff", "\u202e"])
def test_odd_letters_break_no_feed(cast: Any, browse: Any, odd: str) -> None:
    """XML knows fewer characters than forms accept."""
    client = browse(cast.maker)
    client.post("/account", {"name": f"N{odd}", "bio": odd, "language": "en", "time_zone": "UTC"})
    page = client.post("/works/new", {"medium": "text", "title": f"T{odd}T", "body": f"B{odd}", "tags": f"t{odd}"})
    assert page.status == 303
    for where in ("/feeds/open.atom", f"{cast.maker.url}/feed.atom", f"{page.location}/lineage.svg", "/sitemap.xml"):
        ElementTree.fromstring(browse().get(where).response.get_data())  # noqa: S314 - our own
    assert odd not in browse().get(page.location)("h1")[0].text_content() or odd.isprintable() or odd >= "\ud7ff"


@pytest.mark.parametrize("layout", ["prose", "poem", "screenplay"])
@pytest.mark.parametrize(
    "piece",
    ["![[]()", "INT. ", "A\nB\n\n", "/*", "[[", "~a\n", "(", "@A\n(b)\n", "> a <\n", "[", "![", "](", "[a](", "*a_", "**", "_*", "`", "``a`", "<", "<a", "<!--", "&", "&#", "> ", "- ", "1. ", "\n> ", "\n- a\n  ", "~~~\n", "#", "|", "\\", "a\n=\n", "<https://a", "[a]: /b\n", "\t", " " * 50 + "\n", "* * ", "((((", "[x][y]", "e\u0301"],
)  # fmt: skip
def test_no_text_takes_long(piece: str, layout: str) -> None:
    """The longest text there may be, made of one thing again and again, is rendered in a second or two."""
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    began = time.process_time()
    render(text, layout)
    excerpt_of(text, layout)
    excerpt(text)
    render_remark(text[:5000])
    assert time.process_time() - began < 5


@pytest.mark.parametrize("piece", ["<v ", "<v a", "<b.", "<", "00:00.000 --> ", "00:00.000 --> 00:01.000\n<v x>", "-->", "\x001\x00"])
def test_no_captions_take_long(piece: str) -> None:
    """The same for captions."""
    text = "WEBVTT\n\n00:00.000 --> 00:01.000\n" + (piece * (990_000 // len(piece)))[:990_000]
    began = time.process_time()
    with suppress(DomainError):
        read_captions(text)
    assert time.process_time() - began < 5
