"""Limits that really limit, and say when to come back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from classprojects.app import create_app
from classprojects.core.database import db
from classprojects.web.shared.limits import limiter
from tests.attacks.test_every_route import routes
from tests.client import PageClient
from tests.factories.people import PASSWORD

PASSED_ON = ("TESTING", "PROPAGATE_EXCEPTIONS", "RECORDED_JOBS", "RECORDED_MAIL", "ARGON2_COST")


@pytest.fixture
def limited(context: Flask) -> Iterator[Any]:
    """``limited(person)``: a browser at a site that counts; in its own memory, since Redis is away."""
    app = create_app(replace(context.config["SETTINGS"], rate_limits=True), **{name: context.config[name] for name in PASSED_ON})

    def open_browser(person: Any = None) -> PageClient:
        client = PageClient(app)
        if person is not None:
            client.sign_in(person)
        return client

    yield open_browser
    limiter.enabled = False
    with app.app_context():
        db.engine.dispose()


def refused_after(client: Any, where: str, form: dict[str, Any], most: int = 40) -> int:
    for number in range(most):
        page = client.post(where, form)
        if page.status == 429:
            assert int(page.headers["Retry-After"]) > 0 and "moment" in page.text
            return number
        assert "Retry-After" not in page.headers
    raise AssertionError(f"{most} times {where} and no limit")


def test_guessing_a_password_ends_soon(limited: Any, cast: Any, caplog: Any) -> None:
    """Ten tries a minute for one name and for one address; the log does not say whose name."""
    caplog.set_level("DEBUG")
    assert refused_after(limited(), "/login", {"email": cast.free.email, "password": "wrong"}) == 10
    assert limited().post("/login", {"email": cast.maker.handle, "password": PASSWORD}).status == 429
    assert cast.free.email not in caplog.text


def test_mail_and_accounts_are_limited(limited: Any) -> None:
    """Nobody fills somebody's mailbox, or the place with accounts."""
    assert refused_after(limited(), "/password/forgotten", {"email": "a@example.test"}) == 5
    assert refused_after(limited(), "/signup", {"handle": "x", "email": "a@example.test", "password": "x"}) == 10


def test_posting_is_limited_by_person(limited: Any, cast: Any) -> None:
    """Thirty a minute, whichever form it is; somebody else goes on."""
    assert refused_after(limited(cast.free), "/works/new", {"medium": "text", "title": ""}) == 30
    assert limited(cast.maker).post("/works/new", {"medium": "text", "title": ""}).status == 422


def test_whatever_takes_files_is_limited(app: Flask) -> None:
    """Every form that may be half a gigabyte has its limit."""
    for rule in routes(app, "POST"):
        view = app.view_functions[rule.endpoint]
        if getattr(view, "accepts_upload", False):
            name = f"{view.__module__}.{view.__name__}"
            assert any(known.startswith(f"{name}.") for known in limiter.limit_manager._decorated_limits), rule.rule


def declared(size: int) -> dict[str, Any]:
    """A form said to be so many bytes."""
    return {"CONTENT_LENGTH": str(size), "CONTENT_TYPE": "multipart/form-data; boundary=x"}


def test_strangers_send_no_files(context: Flask, browse: Any) -> None:
    """A large body from nobody is refused before it is read, with the way to sign in."""

    class Unread(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("it was read")

    client = browse()
    page = client._send("POST", "/works/new", environ_overrides=declared(60_000_000) | {"wsgi.input": Unread()})
    assert page.status == 303 and page.location.startswith("/login")


def test_what_is_declared_too_large_is_not_read(cast: Any, browse: Any) -> None:
    """Three gigabytes, said beforehand: 413 in words."""
    client = browse(cast.free)
    for where, size in (("/works/new", 3 * 1024**3), ("/login", 5 * 1024**2), ("/stripe/webhook", 1024**2)):
        page = client._send("POST", where, environ_overrides=declared(size))
        assert page.status == 413, where


def test_a_calendar_is_read_a_few_times_an_hour(limited: Any, caplog: Any) -> None:
    """Programs look now and then; whoever tries addresses is slowed, and the log does not say which."""
    caplog.set_level("DEBUG")
    client, key = limited(), "a-key-that-is-nobodys-at-all"
    statuses = [client.get(f"/calendar/{key}.ics").status for _time in range(62)]
    assert statuses[0] == 404 and statuses[-1] == 429
    assert key not in caplog.text
