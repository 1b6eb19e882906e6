"""A work with what it was made from, as one ZIP: originals, sources, and a file of credits."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.core.errors import NotFound
from classprojects.gateways.storage import get_storage
from classprojects.media.models import MediaFile
from classprojects.media.queries import get_download
from classprojects.web.shared.zipping import Item
from classprojects.web.works import showing
from classprojects.web.works.crediting import PENS, write_credits
from classprojects.works.credits import Credits
from classprojects.works.models import Work
from classprojects.works.provenance import signed_copy

#: how many sources come along at most, nearest first
MOST_SOURCES = 50
#: how many bytes of files there are at most
MOST_BYTES = 2 * 1000**3


def pack(work: Work, sources: Sequence[Work], credits: Credits, person: Person | None) -> list[Item]:
    """What goes in, in order: credits first, the work, then its sources in a folder.

    ``sources``: works that ``person`` may download, nearest first. What has no room or is
    not ready is named in a file of its own.
    """
    names = Names()
    files = [*_files_of(work, person, names, "")]
    left_out: list[str] = []
    total = sum(item.size for item in files)
    for source in sources[:MOST_SOURCES]:
        items = _files_of(source, person, names, f"{_('sources')}/")
        if not items or total + sum(item.size for item in items) > MOST_BYTES:
            left_out.append(showing.credit_line(source))
            continue
        total += sum(item.size for item in items)
        files += items
    left_out += [showing.credit_line(source) for source in sources[MOST_SOURCES:]]
    written = [Item("CREDITS.txt", write_credits(credits, PENS["text"])), Item("CREDITS.md", write_credits(credits, PENS["markdown"]))]
    if left_out:
        words = _("These are not in here, because there was no room or they are still being prepared. Each can be downloaded from its page.")
        written.append(Item("NOT-INCLUDED.txt", "\n".join([words, "", *left_out, ""])))
    return written + files


def _files_of(work: Work, person: Person | None, names: Names, folder: str) -> list[Item]:
    """The originals of a work as ``person`` gets them; none while they are being prepared."""
    version = work.current_version
    if version is None:
        return []
    if version.file is None:
        text = f"{version.body}\n\n---\n\n{showing.credit_line(work)}\n"
        return [Item(names.free(folder + showing.file_name(work)), text)]
    items = []
    for file in [version.file, *(picture.file for picture in version.pictures)]:
        item = _stored(work, file, person, names, folder)
        if item is None:
            return []
        items.append(item)
    return items


def _stored(work: Work, file: MediaFile, person: Person | None, names: Names, folder: str) -> Item | None:
    try:
        download = get_download(file, person)
    except NotFound:
        return None
    rendition = download.rendition
    key = signed_copy(work, file, rendition).storage_key if rendition is not None else file.storage_key
    try:
        size = get_storage().size(key)
    except FileNotFoundError:
        return None
    return Item(names.free(folder + showing.file_name(work, download.extension)), key=key, size=size)


class Names:
    """Names inside the ZIP: whole paths that stay inside a folder on any system, each once."""

    def __init__(self) -> None:
        self._taken = {"credits.txt", "credits.md", "not-included.txt"}

    def free(self, wanted: str) -> str:
        """``wanted`` made safe; with a number where it was given out already."""
        folder, _slash, name = wanted.rpartition("/")
        name = self._plain(name)
        stem, dot, extension = name.rpartition(".")
        stem, extension = (stem, dot + extension) if stem else (name, "")
        path = f"{folder}/{name}" if folder else name
        number = 2
        # Some systems see no difference between A and a, or between two ways of writing an accent.
        while unicodedata.normalize("NFC", path).casefold() in self._taken:
            name = f"{stem} {number}{extension}"
            path = f"{folder}/{name}" if folder else name
            number += 1
        self._taken.add(unicodedata.normalize("NFC", path).casefold())
        return path

    def _plain(self, name: str) -> str:
        kept = "".join(c for c in name if c.isprintable() and c not in '/\\:*?"<>|').strip(" .")
        stem = kept.partition(".")[0].strip().upper()
        # What Windows takes for a device, and what would be hidden or no name at all.
        is_device = stem in {"CON", "PRN", "AUX", "NUL"} or (len(stem) == 4 and stem[:3] in {"COM", "LPT"} and stem[3].isdigit())
        return f"_{kept}" if is_device or not stem else kept
