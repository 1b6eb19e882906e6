"""Guards over all routes: none is forgotten."""

from __future__ import annotations

from flask import Flask

from classprojects.policy import Permission
from classprojects.policy.rules import RULES


def test_every_route_declares_its_rule(app: Flask) -> None:
    """A view without @requires or @public does not ship."""
    bare = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if not getattr(view, "permission", None) and not getattr(view, "is_public", False)
    ]
    assert bare == []


def test_every_permission_has_a_rule() -> None:
    """The table answers for every name that exists."""
    assert {permission for permission in Permission if permission not in RULES} == set()


def test_reading_and_writing_are_different_views(app: Flask) -> None:
    """GET routes never share a view with POST: an address that is read is never written to."""
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        assert len(methods) == 1, f"{rule.endpoint} answers {methods}"
