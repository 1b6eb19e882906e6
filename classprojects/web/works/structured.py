"""A work in schema.org's words, for search engines and archives: who made it, when, from what."""

from __future__ import annotations

from typing import Any

from classprojects.web.shared.filters import absolute
from classprojects.web.works import showing
from classprojects.web.works.crediting import is_web_address
from classprojects.works.bylines import maker_of
from classprojects.works.models import ExternalSource, Medium, RemixEdge, Work
from classprojects.works.queries import VISITOR, is_visible

TYPES = {
    Medium.TEXT: "CreativeWork",
    Medium.IMAGE: "ImageObject",
    Medium.AUDIO: "AudioObject",
    Medium.VIDEO: "VideoObject",
}


def work_as_linked_data(work: Work) -> dict[str, Any] | None:
    """What anybody may know of ``work`` (loaded as for its page); None where that is nothing.

    Written for a visitor, whoever looks: a source that is not everybody's to see has no name (P4).
    """
    version = work.current_version
    if version is None or not is_visible(work, VISITOR):
        return None
    media = showing.media_of(work)
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": TYPES[work.medium],
        "@id": absolute(work.url),
        "url": absolute(work.url),
        "name": version.title,
        "creator": _maker(work),
        "dateCreated": work.created_at.isoformat(),
        "datePublished": work.published_at.isoformat() if work.published_at else None,
        "inLanguage": version.language,
        "description": version.excerpt or version.note or version.alt_text,
        "keywords": ", ".join(tag.name for tag in work.tags),
        "isAccessibleForFree": True,
        # What may be done with it, and how to name whom it is owed to.
        "license": absolute("/terms"),
        "usageInfo": absolute("/terms"),
        "acquireLicensePage": absolute(f"{work.url}/credits"),
        "creditText": showing.credit_line(work),
        "copyrightNotice": f"© {maker_of(work, VISITOR).name}",
        "isBasedOn": [*map(_source, work.sources), *map(_outside, work.external_sources)],
    }
    if media is not None and media.picture is not None:
        told.update(contentUrl=absolute(media.picture.fallback), width=media.picture.width, height=media.picture.height)
    elif media is not None and media.audio is not None:
        told.update(contentUrl=absolute(media.audio.sources[0].url), duration=_duration(media.audio.duration_ms))
    elif media is not None and media.video is not None:
        told.update(
            contentUrl=absolute(media.video.url),
            thumbnailUrl=absolute(media.video.poster),
            uploadDate=work.published_at.isoformat() if work.published_at else None,
            duration=_duration(media.video.duration_ms),
        )
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def _maker(work: Work) -> dict[str, Any]:
    maker = maker_of(work, VISITOR)
    return _person(maker.name, maker.url)


def _person(name: str, url: str | None) -> dict[str, Any]:
    return {"@type": "Person", "name": name, **({"url": absolute(url)} if url else {})}


def _source(edge: RemixEdge) -> dict[str, Any]:
    parent = edge.parent
    if not is_visible(parent, VISITOR) or parent.current_version is None:
        return {"@type": "CreativeWork"}
    return {
        "@type": TYPES[parent.medium],
        "@id": absolute(parent.url),
        "url": absolute(parent.url),
        "name": parent.current_version.title,
        "creator": _maker(parent),
    }


def _outside(source: ExternalSource) -> dict[str, Any]:
    told: dict[str, Any] = {"@type": "CreativeWork", "url": source.address}
    if source.author:
        told["creator"] = _person(source.author, None)
    if is_web_address(source.licence):
        told["license"] = source.licence
    elif source.licence:
        told["license"] = {"@type": "CreativeWork", "name": source.licence}
    return told


def _duration(milliseconds: int) -> str:
    """As ISO 8601 writes it: ``PT1M3.5S``."""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"PT{f'{minutes}M' if minutes else ''}{rest / 1000:g}S"
