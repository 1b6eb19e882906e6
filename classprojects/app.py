"""The application, wired: settings, extensions, blueprints, commands."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from flask import Flask, g, request
from flask_babel import Babel
from flask_compress import Compress
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from classprojects.commands import register_commands
from classprojects.core import clock, memo
from classprojects.core.database import db, engine_options, prepare
from classprojects.gateways.credential_keys import BadKeys, read_keys
from classprojects.gateways.provenance import BadCertificate, read_identity
from classprojects.gateways.storage import open_storage
from classprojects.settings import BadSettings, Settings, read_settings
from classprojects.web import blueprints
from classprojects.web.accounts.sessions import find_signed_in
from classprojects.web.shared.arguments import IdConverter
from classprojects.web.shared.errors import install_error_pages
from classprojects.web.shared.filters import install_filters
from classprojects.web.shared.guards import current_person
from classprojects.web.shared.limits import install_limits
from classprojects.web.shared.logs import configure_logging, install_request_logs
from classprojects.web.shared.security import install_security
from classprojects.web.shared.templating import PageEnvironment, install_copy

TOP = Path(__file__).resolve().parent.parent
YEAR = 365 * 86400


class Application(Flask):
    """Flask with our template environment."""

    jinja_environment = PageEnvironment


csrf = CSRFProtect()


def create_app(settings: Settings | None = None, **config: Any) -> Flask:
    """A ready application. ``config`` goes over Flask's own configuration (tests)."""
    settings = settings or read_settings()
    app = Application("classprojects", root_path=str(TOP / "classprojects"), template_folder=str(TOP / "templates"), static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        SESSION_COOKIE_NAME="__Host-session" if settings.is_secure else "session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_secure,
        # A browser that does not come back for so long is signed out; see web/accounts/sessions.py for the rest.
        PERMANENT_SESSION_LIFETIME=14 * 86400,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.is_secure,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        # Text comes as form fields of at most 1 MB that we answer in words; files stream to disk.
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=500,
        BABEL_DEFAULT_LOCALE="en",
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_LEVEL=5,
        COMPRESS_STREAMS=False,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.config.update(config)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.converters["id"] = IdConverter
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    clock.follow(settings.sandbox_clock_file)

    if settings.environment != "test":
        configure_logging(json_lines=settings.is_production)
    # A mistyped address is found now, and not when somebody sends a file.
    open_storage(settings.storage_url, settings.data_dir / "incoming")
    _check_certificate(settings)
    _check_credential_keys(settings)
    _make_room(settings)
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    Migrate(app, db, directory=str(TOP / "migrations"), render_as_batch=True, compare_type=True)

    install_request_logs(app)
    install_security(app)
    csrf.init_app(app)
    _install_sign_in(app)
    install_limits(app)
    Babel(app, locale_selector=_choose_locale, timezone_selector=_choose_time_zone)
    install_copy(app)
    Compress(app)
    install_filters(app, TOP / "static")
    install_error_pages(app)
    _install_memo(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
        if getattr(blueprint, "is_csrf_exempt", False):
            csrf.exempt(blueprint)
    register_commands(app)

    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies)  # type: ignore[method-assign]
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=TOP / "static",
        prefix="static/",
        max_age=YEAR,
        immutable_file_test=_is_fingerprinted,
        allow_all_origins=False,
        add_headers_function=_add_static_headers,
    )
    return app


def _check_certificate(settings: Settings) -> None:
    """A certificate that cannot be signed with is found now, and not by downloads that lack their record."""
    if settings.provenance == "on" and settings.c2pa_certificate is not None and settings.c2pa_key is not None:
        try:
            read_identity(settings.c2pa_certificate, settings.c2pa_key)
        except BadCertificate as error:
            raise BadSettings(str(error)) from error


def _check_credential_keys(settings: Settings) -> None:
    """Keys that nothing can be signed with are found now, and not when somebody completes a class."""
    if settings.credential_keys is not None:
        try:
            read_keys(settings.credential_keys)
        except BadKeys as error:
            raise BadSettings(str(error)) from error


def _make_room(settings: Settings) -> None:
    """A file database and its folder, for no other account of this machine to read.

    SQLite gives the files beside it (-wal, -shm) the rights of the file itself.
    """
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith((":memory:", "file:")):
        path = Path(url.database)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        mode = path.stat().st_mode
        if mode & 0o007:
            with suppress(PermissionError):  # somebody else's file, lent to us
                path.chmod(stat.S_IMODE(mode) & ~0o007)


def _install_sign_in(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # addresses change on phones; the session key is what counts
    manager.user_loader(find_signed_in)


def _install_memo(app: Flask) -> None:
    """What access asks is remembered for one request, never longer."""
    key = "classprojects.memo"

    @app.before_request
    def _open() -> None:
        request.environ[key] = memo.open_memo()

    @app.teardown_request
    def _close(_error: BaseException | None) -> None:
        token = request.environ.pop(key, None)
        if token is not None:
            memo.close_memo(token)


def _choose_locale() -> str:
    return "en"


def _choose_time_zone() -> str:
    person = current_person() or g.get("mail_reader")
    return person.time_zone if person else "UTC"


def _add_static_headers(headers: Headers, _path: str, _url: str) -> None:
    """Files of ours pass by the application's own headers: they are what they say, and only ours to use."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


def _is_fingerprinted(path: str, url: str) -> bool:
    """Built files carry their content's hash in their name, so that they never change."""
    return url.startswith("/static/dist/") and not url.endswith("manifest.json")
