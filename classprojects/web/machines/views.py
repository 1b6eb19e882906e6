"""Addresses that machines ask: health, robots, feeds, the sitemap, the description of our JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from feedgen.feed import FeedGenerator
from flask import Blueprint, Response, current_app, jsonify, render_template, url_for
from flask_babel import gettext as _

from classprojects.accounts import queries as accounts
from classprojects.accounts.models import Person
from classprojects.classes import queries as classes
from classprojects.community import queries as community
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.gateways import queue
from classprojects.gateways.storage import get_storage
from classprojects.policy import Permission
from classprojects.web.machines.crawlers import AI_CRAWLERS
from classprojects.web.machines.openapi import describe
from classprojects.web.shared.filters import absolute
from classprojects.web.shared.guards import public, requires
from classprojects.works import queries as works
from classprojects.works.bylines import maker_of
from classprojects.works.models import Work

bp = Blueprint("machines", __name__)


@bp.get("/healthz")
@public
def show_health() -> Response:
    """This process answers."""
    return jsonify({"status": "ok"})


@bp.get("/readyz")
@public
def show_readiness() -> tuple[Response, int]:
    """Whether database, Redis and storage answer; 503 names what does not."""
    parts = {
        "database": _database_answers(),
        "redis": queue.is_reachable(),
        "storage": get_storage().is_writable(),
    }
    ready = all(parts.values())
    words = {name: "ok" if fine else "unavailable" for name, fine in parts.items()}
    return jsonify({"status": "ok" if ready else "unavailable", **words}), 200 if ready else 503


def _database_answers() -> bool:
    try:
        db.session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        return False
    return True


@bp.get("/robots.txt")
@public
def show_robots() -> Response:
    """Search engines are welcome in the open area; collectors of training material are not (P19)."""
    refused = "".join(f"User-agent: {name}\n" for name in AI_CRAWLERS)
    text = (
        f"{refused}Disallow: /\n\n"
        "User-agent: *\n"
        "Disallow: /account\nDisallow: /desk\nDisallow: /studio\nDisallow: /search\nDisallow: /login\nDisallow: /signup\n"
        "Disallow: /media/\n\n"
        f"Sitemap: {absolute('/sitemap.xml')}\n"
    )
    return _cached(Response(text, mimetype="text/plain"))


@bp.get("/.well-known/security.txt")
@public
def show_security_contact() -> Response:
    """Whom to tell about a hole (RFC 9116)."""
    expires = (clock.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    address = current_app.config["SETTINGS"].support_email
    text = f"Contact: mailto:{address}\nExpires: {expires}\nPreferred-Languages: en\n"
    return _cached(Response(text, mimetype="text/plain"))


@bp.get("/sitemap.xml")
@public
def show_sitemap() -> Response:
    """The newest open pages: works, prompts, classes. Nothing that somebody may not see (P4)."""
    fixed = ["/", "/open", "/prompts", "/classes", "/how-it-works", "/pricing", "/terms", "/privacy"]
    prompts = [prompt.url for prompt in community.list_prompts(size=500).items]
    projects = [project.url for project in classes.list_classes(size=500).items]
    made = [url_for("works.show_work", work_id=number) for number in works.list_open_ids(5000)]
    addresses = [absolute(path) for path in (*fixed, *projects, *prompts, *made)]
    return _cached(Response(render_template("machines/sitemap.xml", addresses=addresses), mimetype="application/xml"))


@bp.get("/feeds/open.atom")
@public
def show_open_feed() -> Response:
    """The newest works of the open area."""
    feed = _feed(_("New works in the open area"), "/open", url_for("machines.show_open_feed"))
    return _works_feed(feed, works.list_open_works(size=50).items)


@bp.get("/feeds/prompts.atom")
@public
def show_prompts_feed() -> Response:
    """The newest prompts."""
    feed = _feed(_("New prompts"), "/prompts", url_for("machines.show_prompts_feed"))
    for prompt in reversed(community.list_prompts(size=50).items):
        entry = _entry(feed, prompt.url, prompt.title, prompt.author.name, prompt.published_at)
        entry.summary(prompt.takes)
        entry.content(prompt.body_html, type="html")
    return _atom(feed)


@bp.get("/people/<handle>/feed.atom")
@requires(Permission.VIEW_PERSON, on=accounts.get_person_by_handle)
def show_person_feed(shown: Person) -> Response:
    """What one person put into the open area."""
    feed = _feed(_("Works by %(name)s", name=shown.name), shown.url or "/", url_for("machines.show_person_feed", handle=shown.handle))
    return _works_feed(feed, works.list_works_by(shown, works.VISITOR, size=50).items)


@bp.get("/openapi.json")
@public
def show_openapi() -> Response:
    """What we answer to whoever asks with ``Accept: application/json``."""
    return _cached(jsonify(describe(absolute(""))))


def _feed(title: str, page: str, own: str) -> FeedGenerator:
    feed = FeedGenerator()
    feed.id(absolute(own))
    feed.title(title)
    feed.link(href=absolute(page), rel="alternate")
    feed.link(href=absolute(own), rel="self")
    feed.rights(_("Each work belongs to its maker. Not for training AI."))
    feed.updated(clock.now())
    return feed


def _works_feed(feed: FeedGenerator, made: Any) -> Response:
    for work in reversed(made):
        _add_work(feed, work)
    return _atom(feed)


def _add_work(feed: FeedGenerator, work: Work) -> None:
    version = work.current_version
    if version is None:
        return
    entry = _entry(feed, work.url, version.title, maker_of(work, works.VISITOR).name, work.published_at)
    if version.excerpt:
        entry.summary(version.excerpt)
    entry.category(term=work.medium.value)


def _entry(feed: FeedGenerator, path: str, title: str, author: str, moment: Any) -> Any:
    entry = feed.add_entry()
    entry.id(absolute(path))
    entry.link(href=absolute(path), rel="alternate")
    entry.title(title)
    entry.author(name=author or "-")
    entry.published(moment)
    entry.updated(moment)
    return entry


def _atom(feed: FeedGenerator) -> Response:
    return _cached(Response(feed.atom_str(pretty=False), mimetype="application/atom+xml"), seconds=300)


def _cached(response: Response, seconds: int = 3600) -> Response:
    """The same for everybody, for a while."""
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    return response
