"""What machines ask for."""

from __future__ import annotations

import lxml.etree
import pytest

from tests.factories.people import PASSWORD, make_person
from tests.factories.prompts import make_prompt
from tests.factories.works import make_space, make_work

ATOM = "{http://www.w3.org/2005/Atom}"


def test_health_says_that_the_process_answers(client) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_readiness_names_what_does_not_answer(client) -> None:
    page = client.get("/readyz")
    assert page.status == 503, "there is no Redis in this test"
    assert page.json == {"status": "unavailable", "database": "ok", "redis": "unavailable", "storage": "ok"}


def test_p19_collectors_of_training_material_are_refused(client) -> None:
    page = client.get("/robots.txt")
    text = page.response.get_data(as_text=True)
    for name in ("GPTBot", "CCBot", "ClaudeBot", "Google-Extended", "Bytespider", "PerplexityBot", "Meta-ExternalAgent"):
        assert f"User-agent: {name}\n" in text
    refused, others = text.split("\n\n")[:2]
    assert refused.endswith("Disallow: /") and others.startswith("User-agent: *\n") and "Disallow: /\n" not in others
    for address in ("/", "/open", "/prompts"):
        headers = client.get(address).headers
        assert "noai" in headers["X-Robots-Tag"] and headers["TDM-Reservation"] == "1"


def test_p4_feeds_and_sitemap_hold_only_what_everybody_may_see(client) -> None:
    ada = make_person("ada", name="Ada <b>&")
    make_work(ada, title="Open \u202e<script>alert(1)</script> & one")
    secret = make_work(ada, title="Secret class work", space=make_space())
    make_work(ada, title="Draft work", publish=False)
    make_prompt(ada, "Seven seconds of wind")
    for address in ("/feeds/open.atom", "/feeds/prompts.atom", "/people/ada/feed.atom", "/sitemap.xml"):
        page = client.get(address)
        assert page.status == 200, address
        body = page.response.get_data()
        tree = lxml.etree.fromstring(body)
        assert b"Secret" not in body and b"Draft" not in body and secret.url.encode() + b"<" not in body, address
        if address.endswith("atom"):
            assert tree.tag == f"{ATOM}feed" and len(tree.findall(f"{ATOM}entry")) == 1, address
    assert client.get("/people/nobody/feed.atom").status == 404


def test_the_description_names_addresses_that_answer(client) -> None:
    ada = make_person("ada")
    work = make_work(ada)
    prompt = make_prompt(ada)
    description = client.get("/openapi.json").json
    values = {"id": work.id, "slug": prompt.slug, "handle": "ada"}
    for path in description["paths"]:
        if path.startswith("/classes/"):
            continue
        page = client.get(path.format(**values), headers={"Accept": "application/json"})
        assert page.status == 200 and page.json is not None, path


@pytest.mark.parametrize("address", ["/", "/open", "/prompts", "/how-it-works", "/terms", "/privacy", "/nothing-here"])
def test_looking_around_sets_no_cookie_and_is_headed_safely(client, address: str) -> None:
    headers = client.get(address).headers
    assert "Set-Cookie" not in headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Request-ID"]


@pytest.mark.parametrize("address", ["/robots.txt", "/sitemap.xml", "/feeds/open.atom", "/feeds/prompts.atom", "/openapi.json"])
def test_what_caches_may_keep_carries_nobodys_session(browse, client, address: str) -> None:
    make_person("ada")
    browser = browse()
    browser.post("/login", {"email": "ada", "password": PASSWORD})
    assert "Set-Cookie" in browser.get("/open").headers
    headers = browser.get(address).headers
    assert headers["Cache-Control"].startswith("public") and "Set-Cookie" not in headers


def test_an_address_that_answers_json_too_says_so_to_caches(client) -> None:
    ada = make_person("ada")
    work, prompt = make_work(ada), make_prompt(ada)
    for address in (work.url, f"{work.url}/lineage", prompt.url, "/prompts", "/people/ada"):
        for kind in ("text/html", "application/json"):
            assert "Accept" in client.get(address, headers={"Accept": kind}).headers["Vary"], (address, kind)
    assert "HX-Request" in client.get("/open").headers["Vary"]
