"""A version as its pages show it: what is seen, heard or read of it, and its captions as words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from classprojects.media.captions import Said, list_said
from classprojects.media.models import MediaFile
from classprojects.media.queries import Sources, sources_for
from classprojects.web.shared.cards import CardPicture, picture_of, playable
from classprojects.web.shared.composer import LANGUAGES
from classprojects.works.models import Medium, Work, WorkVersion


@dataclass(frozen=True)
class ShownFile:
    """A file of a version with what is needed to show it."""

    sources: Sources
    #: addresses for a player
    playable: list[dict[str, Any]]
    #: the picture, once it is ready
    picture: CardPicture | None
    alt_text: str


def shown_file(file: MediaFile, alt_text: str) -> ShownFile:
    """A file as pages show it."""
    sources = sources_for(file)
    return ShownFile(sources, playable(sources), picture_of(file, alt_text), alt_text)


def version_parts(work: Work, version: WorkVersion | None) -> dict[str, Any]:
    """What ``works/_media.html`` takes, for a version loaded with its files.

    ``series``: every picture when there are several. ``media`` is then one that is
    still being prepared, if there is one: what is shown appears at once.
    """
    if version is None or version.file is None or work.medium is Medium.TEXT:
        return {"media": None, "media_sources": [], "picture": None, "series": [], "captions": [], "said": []}
    shown = [
        shown_file(version.file, version.alt_text),
        *(shown_file(picture.file, picture.alt_text) for picture in version.pictures),
    ]
    first = shown[0]
    waiting = [one.sources for one in shown if not one.sources.is_ready and one.sources.state != "failed"]
    return {
        "media": waiting[0] if waiting else first.sources,
        "media_sources": first.playable,
        "picture": first.picture,
        "series": shown if len(shown) > 1 else [],
        "captions": captions_of(work, version),
        "said": said_in(version),
    }


def captions_of(work: Work, version: WorkVersion) -> list[dict[str, str]]:
    """The captions track of a version, as the player takes it."""
    if not version.captions:
        return []
    label = dict(LANGUAGES).get(version.language, version.language)
    return [
        {
            "url": f"{work.url}/captions.vtt?v={version.number}",
            "language": version.language,
            "label": _("Captions (%(language)s)", language=label),
        }
    ]


def said_in(version: WorkVersion) -> list[Said]:
    """What is said in a sound or film, line by line with its moments."""
    return list_said(version.captions)
