"""Every route, every role, every method, with what no browser would send. Nothing breaks, everything answers in words."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import quote, unquote

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError, MapAdapter, RequestRedirect, Rule

from classprojects.core.database import db
from classprojects.core.pagination import write_cursor
from tests.attacks.scene import Scene, set_scene

# Exhaustive: not for the fast checks.
pytestmark = pytest.mark.slow

#: for every part of an address
HOSTILE_PARTS = (
    "0", "-1", "9223372036854775807", "9223372036854775808", "9" * 400, "1.5", "1e3", "%00", "a%00b", "%FF%FE", "..%2f..%2fetc%2fpasswd",
    "%2e%2e", "'%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", "%E2%80%AE", "%F0%9F%98%80", "' OR 1=1 --", "٣", "{{7*7}}", "new", "x" * 3000,
)  # fmt: skip
#: for every argument after the question mark
HOSTILE_VALUES = (
    "", "\x00", "a\x00b", "\ufffe", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "9" * 5000, "-1", "٣²", "%",
    "' OR '1'='1", "\");alert(1)//", "<script>alert(1)</script>", "//evil.test", "\u202e", "a " * 500, "{{7*7}}", "\\", "%s%n",
    write_cursor([1]), write_cursor([2**63, 1]), write_cursor(["x", 1]), "W10", "WyJ0Il0", "W3sidCI6IjAwMDEtMDEtMDFUMDA6MDA6MDArMTQ6MDAifSwxXQ",
    "W3sidCI6Ijk5OTktMTItMzFUMjM6NTk6NTktMTQ6MDAifSwxXQ", "W1tbW1tb", "W3RydWUsMV0", "\u0130" * 200,
)  # fmt: skip
ARGUMENTS = (
    "after", "q", "medium", "sort", "filter", "level", "next", "body", "source", "assignment", "at", "from", "deleted", "session_id", "plan", "title", "v",
    "view", "since", "until", "maker", "to", "before", "as", "work", "use", "show", "space", "find_source", "quote", "upload", "sources", "starts_on", "spread", "season", "once", "table", "queue", "class", "attempt", "t", "minutes", "things", "starts",
)  # fmt: skip


@pytest.fixture
def scene(cast: Any) -> Scene:
    return set_scene(cast)


def routes(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def address(rule: Rule, values: dict[str, Any]) -> str:
    fitting = dict(values)
    if rule.endpoint.startswith(("community.", "desk.")) and "slug" in rule.arguments:
        fitting["slug"] = values["prompt_slug"]
    built = rule.build({name: fitting[name] for name in rule.arguments}, append_unknown=False)
    if built is None:
        raise BuildError(rule.endpoint, fitting, "GET", None)
    return built[1]


def with_part(rule: Rule, name: str, part: str, values: dict[str, Any]) -> str:
    """The address with one part of it written raw."""
    text = ""
    for is_dynamic, piece in rule._trace:
        if not is_dynamic:
            text += piece.lstrip("|")
        elif piece == name:
            text += part if "%" in part else quote(part, safe="'\" ")
        else:
            text += quote(str(values[piece]))
    return text


def everybody(scene: Scene) -> dict[str, Any]:
    cast = scene.cast
    return {"visitor": None, "free": cast.free, "learner": scene.learner, "instructor": cast.instructor, "staff": cast.staff}


def told(page: Any, where: str) -> None:
    """The answer is no mistake of ours, and one that refuses says so in words."""
    page.response.close()
    assert page.status < 500 or "/readyz" in where, f"{where}: {page.status}"
    if page.status >= 400 and "HEAD" not in where and page.response.mimetype == "text/html":
        assert len(page.text) > 40, f"{where}: {page.status} without words"


def test_every_address_answers_everybody_and_reading_never_writes(app: Flask, scene: Scene, browse: Any) -> None:
    values = scene.values() | {"prompt_slug": scene.prompt.slug}
    for who, person in everybody(scene).items():
        client = browse(person)
        for rule in routes(app, "GET"):
            where = address(rule, values)
            page = client.get(where)
            told(page, f"{who} GET {where}")
            written = [query for query in page.queries if query.lstrip()[:6].upper() in {"INSERT", "UPDATE", "DELETE"}]
            assert not written, f"{who} GET {where} writes: {written[0]}"
            told(client.get(where, headers={"Accept": "application/json"}), f"{who} JSON {where}")


def test_hostile_parts_of_addresses(app: Flask, scene: Scene, browse: Any) -> None:
    """Every part in every address that a route takes. Where none does, all are answered alike and before any view:
    each part is asked for there once, and each address with one of them."""
    values = scene.values() | {"prompt_slug": scene.prompt.slug}
    known = app.url_map.bind("localhost")
    reached, refused = 0, set()
    client = browse(scene.cast.staff)
    for rule in app.url_map.iter_rules():
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        for name in rule.arguments:
            is_refused = False
            for part in HOSTILE_PARTS:
                where = with_part(rule, name, part, values)
                if fits(known, where, method):
                    reached += 1
                elif is_refused and part in refused:
                    continue
                else:
                    is_refused = True
                    refused.add(part)
                page = client.get(where) if method == "GET" else client.post(where)
                told(page, f"staff {method} {where[:120]}")
    assert reached > 1000
    assert {"%00", "%FF%FE", "9" * 400} <= refused


def fits(known: MapAdapter, where: str, method: str) -> bool:
    """Whether some route takes this address as the server reads it."""
    try:
        known.match(unquote(where, errors="replace"), method)
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


@pytest.fixture
def arguments_read(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Grows whenever a request looks at what stands after the question mark."""
    read: list[bool] = []

    class CuriousRequest(app.request_class):  # type: ignore[name-defined, misc]
        @property
        def args(self) -> Any:
            read.append(True)
            return super().args

        @property
        def full_path(self) -> str:
            read.append(True)
            return super().full_path

    monkeypatch.setattr(app, "request_class", CuriousRequest)
    return read


def test_hostile_arguments(app: Flask, scene: Scene, browse: Any, arguments_read: list[bool]) -> None:
    """Every value in every argument, wherever arguments are looked at at all."""
    values = scene.values() | {"prompt_slug": scene.prompt.slug}
    readers = set()
    for who, person in (("visitor", None), ("staff", scene.cast.staff)):
        client = browse(person)
        for rule in routes(app, "GET"):
            where = address(rule, values)
            arguments_read.clear()
            for number, value in enumerate(HOSTILE_VALUES if person else HOSTILE_VALUES[::4]):
                page = client.get(where, query_string=dict.fromkeys(ARGUMENTS, value))
                told(page, f"{who} GET {where} {value[:60]!r}")
                if number and not arguments_read:
                    break  # what does not look at any cannot be hurt by the others
            if person and arguments_read:
                readers.add(rule.endpoint)
            page = client.get(where, query_string={"after": write_cursor([3])}, headers={"HX-Request": "true"})
            page.response.close()
    assert readers >= {"community.show_open", "classes.list_classes", "lineage.show_lineage", "board.list_topics"}
    assert len(readers) < len(routes(app, "GET")) * 3 / 4, "nearly every page looks: then nothing is saved here"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_change_nothing(app: Flask, scene: Scene, browse: Any, method: str) -> None:
    values = scene.values() | {"prompt_slug": scene.prompt.slug}
    client = browse(scene.cast.staff)
    token = client.csrf_token()
    taken: dict[str, set[str]] = defaultdict(set)
    for rule in app.url_map.iter_rules():
        taken[rule.rule] |= rule.methods or set()
    for rule in app.url_map.iter_rules():
        where = address(rule, values)
        page = client._send(method, where, headers={"X-CSRFToken": token})
        told(page, f"{method} {where}")
        assert not [query for query in page.queries if query.lstrip()[:6].upper() in {"INSERT", "UPDATE", "DELETE"}], f"{method} {where} writes"
        if method in {"PUT", "DELETE", "PATCH", "TRACE"} - taken[rule.rule]:
            assert page.status == 405, f"{method} {where}: {page.status}"


def test_no_form_goes_without_its_token(app: Flask, scene: Scene, browse: Any) -> None:
    """Without a token, with a stale one, with another person's: nothing happens."""
    values = scene.values() | {"prompt_slug": scene.prompt.slug}
    client, other = browse(scene.cast.staff), browse(scene.cast.free)
    foreign = other.csrf_token()
    for rule in routes(app, "POST"):
        if rule.endpoint == "webhooks.receive_stripe_event":
            continue
        where = address(rule, values)
        for token in (None, "", "nonsense", foreign, foreign[:-3]):
            page = client.post(where, {} if token is None else {"csrf_token": token}, csrf=False)
            assert page.status == 400, f"POST {where} with token {token!r}: {page.status}"
            assert "reload" in page.text
    db.session.rollback()
