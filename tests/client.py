"""A browser without a window: sends requests, checks every page that comes back.

Every HTML answer is parsed and must be a proper page: one h1, unique ids, no
inline script or style, labels for fields. The queries that it took are counted.
"""

from __future__ import annotations

import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import Context
from typing import Any

import lxml.html
from flask import Flask
from flask import session as flask_session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import event
from werkzeug.test import TestResponse

from classprojects.core import clock
from classprojects.core.database import db

_COUNTED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The statements that run inside the block (not BEGIN, COMMIT or PRAGMA)."""
    seen: list[str] = []

    def remember(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if _COUNTED.match(statement):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", remember)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", remember)


class Page:
    """An answer, parsed. ``page("css selector")`` lists elements; ``text`` is all that can be read."""

    def __init__(self, response: TestResponse, queries: list[str]) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.location = response.headers.get("Location")
        self.queries = queries
        self.html = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
        self.tree = lxml.html.document_fromstring(self.html) if self.html.strip() else None

    def __call__(self, selector: str) -> list[Any]:
        return [] if self.tree is None else list(self.tree.cssselect(selector))

    @property
    def text(self) -> str:
        return "" if self.tree is None else " ".join(self.tree.text_content().split())

    @property
    def json(self) -> Any:
        return self.response.get_json()

    def form(self, selector: str = "main form") -> dict[str, Any]:
        """The values that the first matching form would send as it stands."""
        form = self(selector)[0]
        return dict(form.form_values())


class PageClient:
    """Requests as one browser makes them. Forms are sent with their CSRF token."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.flask: FlaskClient = app.test_client()

    def sign_in(self, person: Any) -> None:
        """Be ``person`` from now on (the sign-in form has tests of its own)."""
        with self.flask.session_transaction() as session:
            session["_user_id"] = person.get_id()
            session["_fresh"] = True
            session["nonce"] = secrets.token_hex(8)
            session["since"] = int(time.time())

    def get(self, address: str, **options: Any) -> Page:
        """GET; redirects are not followed. Never writes."""
        return self._send("GET", address, **options)

    def post(self, address: str, data: dict[str, Any] | None = None, csrf: bool = True, **options: Any) -> Page:
        """POST a form (multipart where it holds files), with a CSRF token unless told not to."""
        fields = dict(data or {})
        if csrf and "csrf_token" not in fields:
            fields["csrf_token"] = self.csrf_token()
        return self._send("POST", address, data=fields, **options)

    def follow(self, page: Page) -> Page:
        """Where ``page`` redirects to."""
        assert page.location, f"no redirect: {page.status}"
        return self.get(page.location)

    def csrf_token(self) -> str:
        """A token that fits this browser's session."""
        with self.flask.session_transaction() as session:
            held = dict(session)
        token, made = Context().run(self._make_token, held)
        with self.flask.session_transaction() as session:
            session["csrf_token"] = made
        return token

    def _make_token(self, held: dict[str, Any]) -> tuple[str, str]:
        """A token for a session that holds ``held``, and the secret that it fits."""
        with self.app.test_request_context():
            flask_session.update(held)
            return generate_csrf(), flask_session["csrf_token"]

    def _elsewhere(self, act: Callable[[], TestResponse]) -> TestResponse:
        """Run ``act`` as a server would: outside of the test's own application context,
        but at the test's time."""
        moment = clock.held()

        def run() -> TestResponse:
            with clock.at(moment) if moment else nullcontext():
                return act()

        return Context().run(run)

    def _send(self, method: str, address: str, **options: Any) -> Page:
        db.session.commit()  # end what this test was reading: the request is somebody else
        with counted_queries() as queries:
            response = self._elsewhere(lambda: self.flask.open(address, method=method, **options))
        page = Page(response, queries)
        assert page.status < 500 or page.status == 507 or address == "/readyz", f"{method} {address}: {page.status}"
        if page.tree is not None and "HX-Request" not in (options.get("headers") or {}):
            check_page(page, f"{method} {address}")
        db.session.expire_all()
        return page


def check_page(page: Page, where: str) -> None:
    """Assert what must hold of every page that we ever send."""
    assert len(page("h1")) == 1, f"{where}: {len(page('h1'))} h1"
    assert page("html")[0].get("lang"), f"{where}: no language"
    assert page("title") and page("title")[0].text_content().strip(), f"{where}: no title"
    twice = [name for name, number in Counter(e.get("id") for e in page("[id]")).items() if number > 1]
    assert not twice, f"{where}: ids twice: {twice}"
    for element in page("[style], [onclick], [onload], [onerror], [onsubmit], [onchange]"):
        raise AssertionError(f"{where}: inline style or handler on <{element.tag}>")
    for script in page("script:not([src])"):
        assert script.get("type") in {"application/json", "application/ld+json"}, f"{where}: inline script"
    assert not page("style"), f"{where}: inline style sheet"
    for image in page("img"):
        assert image.get("alt") is not None, f"{where}: picture without alt"
    labelled = {label.get("for") for label in page("label[for]")}
    for field in page("input:not([type=hidden]):not([type=submit]), select, textarea"):
        named = field.get("aria-label") or field.get("aria-labelledby") or field.get("id") in labelled
        assert named or any(parent.tag == "label" for parent in field.iterancestors()), (
            f"{where}: field {field.get('name')} has no label"
        )
