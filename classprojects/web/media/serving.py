"""Sending a stored file: with its true type, unable to do anything but be looked at, and at little cost to us.

Who sends the bytes is a setting (MEDIA_DELIVERY; docs/adr/0011-serving-media.md): ourselves in
ranges, a proxy in front that is told where the file lies, or the store itself, to which
the browser is led by an address that holds for a while.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

import structlog
from flask import Response, current_app, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable, ServiceUnavailable
from werkzeug.http import is_resource_modified
from werkzeug.wsgi import FileWrapper, wrap_file

from classprojects.core.errors import NotFound
from classprojects.gateways.storage import Delivery, LocalStorage, StorageTrouble, get_storage
from classprojects.media.models import MediaFile, MediaPurpose, Rendition
from classprojects.media.queries import fingerprint_of
from classprojects.web.shared.guards import current_person

log = structlog.get_logger(__name__)

MINUTE, HOUR = 60, 3600
YEAR = 365 * 24 * HOUR
BLOCK = 64 * 1024
#: in an address: no redirect, the bytes come from here
HERE = "here"
#: how long at least an address at the store holds: what everybody may see, a picture that some may, and
#: beside its length a film that some may: browsers ask there for each part until it was watched to its end
LENT_TO_ALL, LENT_TO_SOME, PAUSES = HOUR, 2 * MINUTE, 10 * MINUTE


def send_media(
    file: MediaFile, rendition: Rendition | None, *, download_name: str | None = None, public: bool = False
) -> Response:
    """One rendition of ``file``, or (None) the original, which is always a download.

    ``public``: a visitor may see it, so that caches may keep it: for an hour, or, where the
    address carries the fingerprint of what is there now (``?v=``), browsers for good.
    Answers 206 to one range, 416 to a range that is not there, 304 to who has
    it already (RFC 9110, 13 and 14). Raises NotFound when the bytes are gone.
    """
    key = rendition.storage_key if rendition is not None else file.storage_key
    response = Response(mimetype=rendition.mime if rendition is not None else file.mime)
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    is_download = rendition is None or bool(download_name)
    headers["Cache-Control"] = _caching(file, public, is_download)
    headers["Accept-Ranges"] = "bytes"
    if is_download:
        headers["Content-Disposition"] = attachment(download_name or file.original_name)
    response.set_etag(_tag(file, rendition))
    response.last_modified = (file.ready_at if rendition is not None else None) or file.created_at
    settings = current_app.config["SETTINGS"]
    # What works on sound needs bytes from our own origin: a browser gives it silence from any other.
    if settings.media_delivery == "redirect" and HERE not in request.args:
        return _lead_to_store(response, key, _lent_for(file, public), public)
    if settings.media_delivery == "accel":
        # The proxy in front sends the bytes, and answers ranges and tags itself.
        headers["X-Accel-Redirect"] = f"{settings.accel_redirect.rstrip('/')}/{key}"
        return response
    if settings.media_delivery == "sendfile":
        return _by_path(response, key)
    return _with_bytes(response, key)


def _caching(file: MediaFile, public: bool, is_download: bool) -> str:
    """Shared caches keep only what a visitor was answered: other answers may renew somebody's session.

    What was published can be taken back (P4): a shared cache asks again every hour, which
    costs it no bytes. A browser that has shown a work keeps it: what a fingerprint stands for never
    changes. Behind a download's address stands what the work is now, and to its maker another file;
    that it varies by cookie would be lost on the way through a proxy that sends the bytes.
    """
    if not public or is_download:
        return "private, no-cache"
    scope = "public" if current_person() is None else "private"
    is_lasting = file.ready_at is not None and request.args.get("v") == fingerprint_of(file)
    # A lesson that is free today may be for subscribers tomorrow (P2).
    if not is_lasting or file.purpose in (MediaPurpose.LESSON, MediaPurpose.DESCRIPTION):
        return f"{scope}, max-age={HOUR}"
    shared = f", s-maxage={HOUR}" if scope == "public" else ""
    return f"{scope}, max-age={YEAR}{shared}, immutable"


def _tag(file: MediaFile, rendition: Rendition | None) -> str:
    if rendition is None:
        return file.sha256[:40]
    if rendition.sha256:
        return rendition.sha256[:40]
    return f"{file.sha256[:24]}-{rendition.name}-{rendition.size}-{fingerprint_of(file)}"


def attachment(name: str) -> str:
    """A Content-Disposition that saves under ``name`` in any script (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(c for c in plain if c.isprintable() and c not in '"\\%;').strip() or "file"
    value = f'attachment; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='')}"


def _lent_for(file: MediaFile, public: bool) -> int:
    """Seconds that an address at the store holds at least. What was handed out cannot be taken back (P2, P4)."""
    playing = file.duration_ms // 1000 + PAUSES if file.duration_ms else 0
    return max(LENT_TO_ALL if public else LENT_TO_SOME, playing)


def _lead_to_store(response: Response, key: str, seconds: int, public: bool) -> Response:
    """302 to the store. The address is the same for a while, so that browsers find again what they fetched."""
    delivery = Delivery(
        method="HEAD" if request.method == "HEAD" else "GET",
        seconds=seconds,
        mime=response.headers["Content-Type"],
        cache_control=f"private, max-age={seconds * 2}" if public else "private, no-cache",
        disposition=response.headers.get("Content-Disposition"),
    )
    try:
        address = get_storage().temporary_address(key, delivery)
    except StorageTrouble as trouble:
        raise _away(trouble) from trouble
    if address is None:
        return _with_bytes(response, key)
    led = Response(status=302, headers={"Location": address})
    led.headers["Cache-Control"] = "private, no-cache"
    if public and delivery.disposition is None:
        # It may be kept for as long as the address holds at least. A download's is not: what is
        # downloaded is made for the moment, and may be gone from the store tomorrow.
        led.headers["Cache-Control"] = f"{'public' if current_person() is None else 'private'}, max-age={seconds}"
    return led


def _by_path(response: Response, key: str) -> Response:
    """The server in front (Apache with mod_xsendfile, lighttpd) opens the file by its path."""
    storage = get_storage()
    if not isinstance(storage, LocalStorage):
        return _with_bytes(response, key)
    try:
        response.headers["X-Sendfile"] = str(storage.local_path(key))
    except FileNotFoundError as error:
        raise NotFound from error
    return response


def _with_bytes(response: Response, key: str) -> Response:
    unchanged = not is_resource_modified(request.environ, response.get_etag()[0], None, response.last_modified)
    if unchanged and "If-Match" not in request.headers:
        # Nothing is opened, or fetched from a store elsewhere, for who has it already.
        response.status_code = 304
        return response
    try:
        stream = get_storage().open(key)
        size = stream.seek(0, 2)
        stream.seek(0)
    except FileNotFoundError as error:
        raise NotFound from error
    except StorageTrouble as trouble:
        raise _away(trouble) from trouble
    # A server's own wrapper is quicker for whole files, but cannot start in the middle.
    wanted = request.headers.get("Range", "")
    response.response = FileWrapper(stream, BLOCK) if wanted else wrap_file(request.environ, stream, BLOCK)
    response.direct_passthrough = True
    response.call_on_close(stream.close)
    response.content_length = size
    if "," in wanted:
        # Several ranges at once may be answered with the whole (RFC 9110, 14.2).
        environ = {name: value for name, value in request.environ.items() if name != "HTTP_RANGE"}
        response.make_conditional(environ)
        return response
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        stream.close()
        refusal = Response(status=416, mimetype="text/plain")
        refusal.headers["Content-Range"] = f"bytes */{size}"
        return refusal
    return response


def _away(trouble: StorageTrouble) -> ServiceUnavailable:
    log.error("store away", why=str(trouble))
    return ServiceUnavailable()
