"""A series of pictures in one download: a ZIP that is made while it is sent."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from flask import Response

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.errors import NotFound
from classprojects.gateways.storage import get_storage
from classprojects.media.queries import list_downloads
from classprojects.web.media.serving import attachment
from classprojects.web.works import showing
from classprojects.works.models import Work, WorkVersion
from classprojects.works.provenance import signed_copy
from classprojects.works.queries import files_of

BLOCK = 256 * 1024


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
    response = Response(_zip(keys, _words(work, version)), mimetype="application/zip")
    response.headers["Content-Disposition"] = attachment(showing.file_name(work, "zip"))
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Cookie")
    return response


def _words(work: Work, version: WorkVersion) -> str:
    described = [version.alt_text, *(picture.alt_text for picture in version.pictures)]
    lines = [f"{place:02}  {alt_text}" for place, alt_text in enumerate(described, start=1) if alt_text]
    return "\n".join([showing.credit_line(work), "", *lines, ""])


class _Passage(io.RawIOBase):
    """What is written goes through: it is taken out again at once, so that no ZIP is ever held as a whole."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        block = bytes(data)  # type: ignore[call-overload]
        self.held.append(block)
        return len(block)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self.held)
        self.held.clear()
        return taken


def _zip(keys: list[tuple[str, str]], words: str) -> Iterator[bytes]:
    passage = _Passage()
    moment = clock.now().timetuple()[:6]
    # Pictures are compressed already, so that they are only stored.
    with zipfile.ZipFile(passage, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("CREDITS.txt", moment), words)
        for key, name in keys:
            with get_storage().open(key) as source, archive.open(zipfile.ZipInfo(name, moment), "w", force_zip64=True) as entry:
                while block := source.read(BLOCK):
                    entry.write(block)
                    yield passage.take()
            yield passage.take()
    yield passage.take()
