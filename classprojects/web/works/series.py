"""A series of pictures in one download: a ZIP that is made while it is sent."""

from __future__ import annotations

from flask import Response

from classprojects.accounts.models import Person
from classprojects.core.errors import NotFound
from classprojects.gateways.storage import get_storage
from classprojects.media.queries import list_downloads
from classprojects.web.media.serving import attachment
from classprojects.web.shared.zipping import Item, zipped
from classprojects.web.works import showing
from classprojects.works.models import Work, WorkVersion
from classprojects.works.provenance import signed_copy
from classprojects.works.queries import files_of


def send_series(work: Work, version: WorkVersion, person: Person | None) -> Response:
    """Every picture of a series as ``person`` may have it, numbered in order, with the credit line.

    Raises NotFound as long as one of them is being prepared, or when bytes are gone.
    """
    files = files_of(version)
    downloads = list_downloads(files, person)
    if any(download is None for download in downloads):
        raise NotFound
    keys: list[tuple[str, str]] = []
    for place, (file, download) in enumerate(zip(files, downloads, strict=True), start=1):
        if download is not None:
            rendition = download.rendition
            key = signed_copy(work, file, rendition).storage_key if rendition is not None else file.storage_key
            keys.append((key, f"{place:02}.{download.extension}"))
    if not all(get_storage().exists(key) for key, _name in keys):
        raise NotFound
    items = [Item("CREDITS.txt", _words(work, version)), *(Item(name, key=key) for key, name in keys)]
    response = Response(zipped(items), mimetype="application/zip")
    response.headers["Content-Disposition"] = attachment(showing.file_name(work, "zip"))
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Cookie")
    return response


def _words(work: Work, version: WorkVersion) -> str:
    described = [version.alt_text, *(picture.alt_text for picture in version.pictures)]
    lines = [f"{place:02}  {alt_text}" for place, alt_text in enumerate(described, start=1) if alt_text]
    return "\n".join([showing.credit_line(work), "", *lines, ""])
