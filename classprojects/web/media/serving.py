"""Sending a stored file: in ranges, with its true type, unable to do anything but be looked at."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from flask import Response, current_app, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper, wrap_file

from classprojects.core.errors import NotFound
from classprojects.gateways.storage import get_storage
from classprojects.media.models import MediaFile, Rendition
from classprojects.web.shared.guards import current_person

HOUR = 3600
BLOCK = 64 * 1024


def send_media(
    file: MediaFile, rendition: Rendition | None, *, download_name: str | None = None, public: bool = False
) -> Response:
    """One rendition of ``file``, or (None) the original, which is always a download.

    ``public``: a visitor may see it, so that it may be kept for an hour.
    Answers 206 to one range, 416 to a range that is not there, 304 to who has
    it already (RFC 9110, 13 and 14). Raises NotFound when the bytes are gone.
    """
    key = rendition.storage_key if rendition is not None else file.storage_key
    response = Response(mimetype=rendition.mime if rendition is not None else file.mime)
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Cache-Control"] = _caching(public)
    headers["Accept-Ranges"] = "bytes"
    if rendition is None or download_name:
        headers["Content-Disposition"] = attachment(download_name or file.original_name)
    response.set_etag(f"{file.sha256[:24]}-{rendition.name}-{rendition.size}" if rendition else file.sha256[:40])
    response.last_modified = (file.ready_at if rendition is not None else None) or file.created_at
    accel = current_app.config["SETTINGS"].accel_redirect
    if accel:
        # The proxy in front sends the bytes, and answers ranges itself.
        headers["X-Accel-Redirect"] = f"{accel.rstrip('/')}/{key}"
        return response
    return _with_bytes(response, key)


def _caching(public: bool) -> str:
    """Shared caches keep only what a visitor was answered: other answers may renew somebody's session."""
    if not public:
        return "private, no-cache"
    return f"{'public' if current_person() is None else 'private'}, max-age={HOUR}"


def attachment(name: str) -> str:
    """A Content-Disposition that saves under ``name`` in any script (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(c for c in plain if c.isprintable() and c not in '"\\%;').strip() or "file"
    value = f'attachment; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='')}"


def _with_bytes(response: Response, key: str) -> Response:
    storage = get_storage()
    try:
        size, stream = storage.size(key), storage.open(key)
    except FileNotFoundError as error:
        raise NotFound from error
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
