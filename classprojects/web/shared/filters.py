"""What templates can say: dates with their zone, money with its currency, icons, assets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date
from flask import Flask, current_app
from flask_babel import get_locale, get_timezone, ngettext
from flask_babel import gettext as _

from classprojects.core import clock, moments, money, sizes
from classprojects.policy import Permission, may
from classprojects.web.shared.drawing import wave_path
from classprojects.web.shared.guards import current_person


def day(moment: datetime | None) -> str:
    """The date in the reader's time zone: ``24 Nov 2026``."""
    return "" if moment is None else format_date(moment.astimezone(get_timezone()), "d MMM y", locale=get_locale())


def moment(value: datetime | None) -> str:
    """Date and time with the reader's zone named: ``24 Nov 2026, 05:44 UTC``."""
    if value is None:
        return ""
    return moments.in_words(value, get_timezone() or UTC, get_locale())


def ago(value: datetime | None) -> str:
    """How long ago in words; the date once it is older than a month."""
    if value is None:
        return ""
    seconds = max(0, int((clock.now() - value).total_seconds()))
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        return ngettext("%(num)d minute ago", "%(num)d minutes ago", seconds // 60)
    if seconds < 86400:
        return ngettext("%(num)d hour ago", "%(num)d hours ago", seconds // 3600)
    if seconds < 30 * 86400:
        return ngettext("%(num)d day ago", "%(num)d days ago", seconds // 86400)
    return day(value)


def waited(since: datetime, days_from: int = 48) -> str:
    """How long that is ago in whole hours, from ``days_from`` hours on in whole days: ``50 hours``, ``3 days``."""
    hours = max(0, int((clock.now() - since).total_seconds())) // 3600
    if hours == 0:
        return _("less than an hour")
    if hours < days_from:
        return ngettext("%(num)d hour", "%(num)d hours", hours)
    return ngettext("%(num)d day", "%(num)d days", hours // 24)


def duration(seconds: float | None) -> str:
    """Length of a sound or film: ``3:07``, ``1:02:03``."""
    if seconds is None:
        return ""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def in_money(minor: int, currency: str) -> str:
    """Minor units with their currency: ``US$9.99``."""
    return money.in_words(minor, currency, str(get_locale() or "en_US"))


def country(code: str | None) -> str:
    """The country's name in the reader's language: ``PT`` -> ``Portugal``; '' for a code of nowhere."""
    locale = get_locale()
    return str(locale.territories.get(code or "", "")) if locale else ""


def file_size(size: int | None) -> str:
    """Bytes in words: ``3.4 MB``."""
    return sizes.in_words(size or 0)


def absolute(path: str) -> str:
    """``path`` as a whole address, by the site's own name (never by the request's Host)."""
    base: str = current_app.config["SETTINGS"].base_url
    return base + path


class Assets:
    """Names of built files: ``asset("app.css")`` -> ``/static/dist/app-3f2a.css``."""

    def __init__(self, folder: Path) -> None:
        self._manifest = folder / "manifest.json"

    @lru_cache(maxsize=1)  # noqa: B019 - one instance an application
    def _names(self) -> dict[str, Any]:
        try:
            names: dict[str, Any] = json.loads(self._manifest.read_text())
        except FileNotFoundError:
            return {}
        return names

    def url(self, name: str) -> str:
        """The address of the built file ``name``; of the plain one where nothing was built."""
        built = self._names().get(name)
        return f"/static/dist/{built}" if built else f"/static/{name}"

    def preloads(self) -> list[str]:
        """Addresses of the fonts that every page needs at once."""
        return [f"/static/dist/{name}" for name in self._names().get("preload", [])]


def _may(name: str, target: Any = None) -> bool:
    return bool(may(current_person(), Permission(name), target))


def install_filters(app: Flask, static: Path) -> None:
    """Make all of it known to the templates."""
    assets = Assets(static / "dist")
    app.jinja_env.filters.update(
        day=day,
        moment=moment,
        ago=ago,
        duration=duration,
        money=in_money,
        file_size=file_size,
        wave_path=wave_path,
        country=country,
    )
    settings = app.config["SETTINGS"]
    app.jinja_env.globals.update(
        asset=assets.url,
        absolute=absolute,
        preloads=assets.preloads,
        may=_may,
        now=clock.now,
        support_email=settings.support_email,
        is_sandbox=settings.billing_mode == "sandbox",
        shows_components=settings.show_components,
    )

    @app.context_processor
    def _about_the_reader() -> dict[str, Any]:
        locale = get_locale()
        return {
            "current_person": current_person(),
            "page_lang": locale.language if locale else "en",
            "page_dir": "rtl" if locale and locale.text_direction == "rtl" else "ltr",
        }
