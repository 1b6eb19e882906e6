"""ZIP files that people send: opened with care, since nothing in one can be trusted.

What a name says, how large an entry says it is and how much it grows are looked at
before a byte is unpacked, and what is unpacked is counted and hashed on the way. Only
the two plain methods of packing are read. See D. Fifield, "A better zip bomb",
https://www.usenix.org/conference/woot19/presentation/fifield, and APPNOTE.TXT 6.3.10.
"""

from __future__ import annotations

import hashlib
import io
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _

from classprojects.classes.packing import BadPackage
from classprojects.core import sizes

#: files in a ZIP
MOST_ENTRIES = 1000
#: bytes of its table of contents: so much is read at once when it is opened
LARGEST_TABLE = 2_000_000
#: how many times as large as packed something may be; text is about 3 to 20 times, a bomb 1,000
LARGEST_RATIO = 100
#: a small file may be all blanks
RATIO_MATTERS = 1_000_000
BLOCK = 256 * 1024
#: what the tools of some systems add for themselves
_THEIR_OWN = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


class _Careful(io.BufferedReader):
    """A file that does not let itself be read into memory as a whole by what a ZIP says of itself."""

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = LARGEST_TABLE + 1 if size is None or size < 0 else size
        data = super().read(min(wanted, LARGEST_TABLE + 1))
        if len(data) > LARGEST_TABLE or wanted > LARGEST_TABLE + 1:
            raise zipfile.BadZipFile("its table of contents is too large")
        return data


class Parcel:
    """An opened ZIP. Its names are relative, plain and all different."""

    def __init__(self, archive: zipfile.ZipFile, largest: int) -> None:
        self._archive = archive
        self._entries = _checked(archive.infolist(), largest)

    @property
    def names(self) -> list[str]:
        """The names of its files, in the order in which they lie in it."""
        return list(self._entries)

    @property
    def size(self) -> int:
        """Bytes of all its files, unpacked."""
        return sum(entry.file_size for entry in self._entries.values())

    def size_of(self, name: str) -> int:
        """Bytes of one file, unpacked, as the ZIP says."""
        return self._entries[name].file_size

    def read(self, name: str, most: int) -> bytes:
        """A small file as a whole. Raises BadPackage where it is larger than ``most`` or broken."""
        entry = self._entries[name]
        if entry.file_size > most:
            raise BadPackage(_("“%(name)s” is larger than %(size)s.", name=name, size=sizes.in_words(most)))
        target = io.BytesIO()
        self._copy(entry, target)
        return target.getvalue()

    def unpack(self, name: str, target: BinaryIO) -> tuple[int, str]:
        """Write one file into ``target``, in pieces; how many bytes it was, and their SHA-256."""
        return self._copy(self._entries[name], target)

    def _copy(self, entry: zipfile.ZipInfo, target: BinaryIO) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        try:
            with self._archive.open(entry) as source:
                while block := source.read(BLOCK):
                    size += len(block)
                    if size > entry.file_size:
                        raise zipfile.BadZipFile("longer than it says")
                    digest.update(block)
                    target.write(block)
        except _BROKEN as error:
            raise BadPackage(_("“%(name)s” in the ZIP is broken. Make the ZIP again and send it again.", name=entry.filename[:100])) from error
        if size != entry.file_size:
            raise BadPackage(_("“%(name)s” in the ZIP is broken. Make the ZIP again and send it again.", name=entry.filename[:100]))
        return size, digest.hexdigest()


@contextmanager
def open_parcel(path: Path, largest: int) -> Iterator[Parcel]:
    """The ZIP at ``path``; ``largest``: bytes of all that is in it. Raises BadPackage in words for a hostile or broken one."""
    with _Careful(io.FileIO(path)) as file:
        try:
            archive = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise BadPackage(_("This is not a ZIP file that can be read. Make it again and send it again.")) from error
        with archive:
            yield Parcel(archive, largest)


def _checked(entries: list[zipfile.ZipInfo], largest: int) -> dict[str, zipfile.ZipInfo]:
    """The files by their names, in order; folders and what systems add for themselves are left out."""
    if len(entries) > MOST_ENTRIES:
        raise BadPackage(_("There are more than %(most)d files in this ZIP.", most=MOST_ENTRIES))
    found: dict[str, zipfile.ZipInfo] = {}
    alike: set[str] = set()
    whole = 0
    for entry in entries:
        name = entry.filename
        _check_name(name, entry.orig_filename)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadPackage(_("“%(name)s” in the ZIP is a link or a device, not a file.", name=name[:100]))
        if entry.is_dir():
            continue
        if entry.flag_bits & 0x1:
            raise BadPackage(_("This ZIP is locked with a password. Make one without."))
        if entry.compress_type not in _METHODS:
            raise BadPackage(_("“%(name)s” is packed in a way that is not read here. Make a plain ZIP.", name=name[:100]))
        key = unicodedata.normalize("NFC", name).casefold()
        if key in alike:
            raise BadPackage(_("“%(name)s” stands twice in the ZIP.", name=name[:100]))
        alike.add(key)
        whole += entry.file_size
        if whole > largest:
            raise BadPackage(_("What is in this ZIP takes more than %(size)s unpacked.", size=sizes.in_words(largest)))
        if entry.file_size > RATIO_MATTERS and entry.file_size > LARGEST_RATIO * max(1, entry.compress_size):
            raise BadPackage(
                _("“%(name)s” would grow to more than %(ratio)d times its size when unpacked. That is not what works do.",
                  name=name[:100], ratio=LARGEST_RATIO)
            )  # fmt: skip
        if not name.startswith(_THEIR_OWN[0]) and name.rsplit("/", 1)[-1] not in _THEIR_OWN[1:] and not name.rsplit("/", 1)[-1].startswith("._"):
            found[name] = entry
    return found


def _check_name(name: str, original: str) -> None:
    """Refuse what leads elsewhere, or reads as something else than it is."""
    parts = name.split("/")
    leads_away = name.startswith("/") or "\\" in original or "\x00" in original or ".." in parts or ":" in parts[0]
    if leads_away or not name or len(name) > 300:
        raise BadPackage(_("“%(name)s” in the ZIP is a path that leads out of it.", name=_shown(name)))
    if any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c not in "\u200c\u200d" for c in name):
        raise BadPackage(_("The name “%(name)s” in the ZIP holds characters that hide what it is.", name=_shown(name)))


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in name)[:100]
