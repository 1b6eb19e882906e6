"""Works as pages and programs see them: credit lines, sources, comments, JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from classprojects.accounts.models import Person
from classprojects.discussions.models import Comment
from classprojects.media.queries import Sources, sources_for
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.composer import EDGE_KINDS
from classprojects.web.shared.filters import absolute, ago
from classprojects.web.shared.guards import current_person
from classprojects.works.bylines import Byline, byline_of, commenter_of, is_maker_hidden, maker_of
from classprojects.works.models import Medium, RemixEdge, Work, WorkVersion
from classprojects.works.queries import Viewer, is_visible
from classprojects.works.versions import was_shown


def credit_line(work: Work) -> str:
    """What to keep with a copy of ``work``: title, maker, where it is."""
    title = work.current_version.title if work.current_version else ""
    return _("“%(title)s” by %(maker)s, %(address)s", title=title, maker=shown_maker(work).name, address=absolute(work.url))


def shown_maker(work: Work) -> Byline:
    """Who made ``work`` as whoever asks is told."""
    return maker_of(work, viewer_for(current_person()))


def file_name(work: Work, extension: str = "md") -> str:
    """What the original is saved as: it carries its title and maker."""
    version = work.current_version
    name = _("%(title)s by %(maker)s", title=version.title if version else "", maker=shown_maker(work).name)
    name = "".join(" " if c in '/\\:*?"<>|' else c for c in name).strip(". ")
    return f"{' '.join(name.split())[:120]}.{extension}"


def media_of(work: Work) -> Sources | None:
    """The work's file as players and pictures take it; None for a text."""
    version = work.current_version
    if work.medium is Medium.TEXT or version is None or version.file is None:
        return None
    return sources_for(version.file)


def media_state(media: Sources | None) -> dict[str, Any]:
    """How far a work's file is, for programs; ``stage`` and ``progress`` (per cent) as long as it is being prepared."""
    if media is None or media.stage is None:
        return {"state": media.state if media is not None else "ready"}
    return {"state": media.state, "stage": media.stage, "progress": media.progress}


@dataclass(frozen=True)
class ShownSource:
    """A work that was built on, as ``components/source-list.html`` takes it; nameless where it is hidden (P4)."""

    kind: str
    title: str | None
    url: str | None
    maker_name: str | None
    maker_url: str | None
    note: str
    is_tombstone: bool
    is_hidden: bool
    #: the version that was used, where its work has moved on since; and where that is shown, if it is
    version: int | None = None
    version_url: str | None = None


def shown_source(edge: RemixEdge, viewer: Viewer) -> ShownSource:
    """One source of a work, as far as ``viewer`` may see it."""
    parent = edge.parent
    seen = is_visible(parent, viewer)
    maker = maker_of(parent, viewer)
    used = edge.parent_version.number if seen and edge.parent_version_id != parent.current_version_id else None
    return ShownSource(
        kind=str(EDGE_KINDS[edge.kind]),
        title=parent.current_version.title if seen and parent.current_version else None,
        url=parent.url if seen else None,
        maker_name=maker.name if seen else None,
        maker_url=maker.url if seen else None,
        note=edge.note,
        is_tombstone=parent.is_erased,
        is_hidden=not seen,
        version=used,
        version_url=url_for("versions.show_version", work_id=parent.id, number=used)
        if used is not None and was_shown(parent, edge.created_at, viewer)
        else None,
    )


def shown_sources(work: Work, viewer: Viewer) -> dict[str, Any]:
    """What ``source_list`` takes: works here, and things from elsewhere."""
    return {
        "sources": [shown_source(edge, viewer) for edge in work.sources],
        "externals": [
            {"url": source.address, "author": source.author, "licence": source.licence} for source in work.external_sources
        ],
    }


def shown_comment(comment: Comment, person: Person | None, work: Work | None = None) -> dict[str, Any]:
    """A comment as ``components/comment.html`` takes it. ``work``: the one that it is about; its maker may be hidden."""
    author = commenter_of(comment.author, work, viewer_for(person)) if work is not None else byline_of(comment.author)
    return {
        "id": comment.id,
        "author_name": author.name,
        "author_url": author.url,
        "author_picture_url": author.picture_url,
        "author_role": None,
        "when": ago(comment.created_at),
        "html": Markup(comment.body_html),  # noqa: S704 - rendered and cleaned when it was saved
        "is_removed": comment.erased_at is not None,
        "delete_url": url_for("works.show_delete_comment", comment_id=comment.id)
        if person is not None and comment.author_id == person.id and comment.erased_at is None
        else None,
    }


def work_as_json(work: Work, viewer: Viewer) -> dict[str, Any]:
    """A work for programs, as far as ``viewer`` may see it. Ids are strings."""
    version = work.current_version
    media = media_of(work)
    shown = shown_sources(work, viewer)
    maker = maker_of(work, viewer)
    return {
        "id": str(work.id),
        "url": absolute(work.url),
        "title": version.title if version else "",
        "medium": work.medium.value,
        "status": work.status.value,
        "language": version.language if version else None,
        "maker": {
            "handle": maker.handle,
            "name": None if maker.is_hidden else maker.name,
            "url": absolute(maker.url) if maker.url else None,
        },
        "is_open": work.is_open,
        "note": version.note if version else "",
        "body": version.body if version else "",
        "body_html": version.body_html if version else "",
        "layout": version.layout.value if version else None,
        "alt_text": version.alt_text if version else "",
        "pictures": _series_as_json(version) if version else [],
        "captions": absolute(f"{work.url}/captions.vtt?v={version.number}") if version and version.captions else None,
        "tags": [tag.name for tag in work.tags],
        "version": version.number if version else None,
        "versions": absolute(f"{work.url}/versions"),
        "published_at": _moment(work.published_at),
        "media": _media_as_json(media) if media is not None else None,
        "hearts": work.hearts_count,
        "comments": work.comments_count,
        "remixes": work.remixes_count,
        "sources": [
            {
                "id": str(edge.parent_id),
                "kind": edge.kind.value,
                "note": edge.note,
                "title": one.title,
                "maker": None if is_maker_hidden(edge.parent, viewer) else one.maker_name,
                "url": absolute(one.url) if one.url else None,
                "tombstone": one.is_tombstone,
                "version": None if one.is_hidden else edge.parent_version.number,
            }
            for edge, one in zip(work.sources, shown["sources"], strict=True)
        ],
        "external_sources": shown["externals"],
        "credit_line": credit_line(work),
        "download": absolute(f"{work.url}/download"),
        "lineage": absolute(f"{work.url}/lineage.json"),
    }


def _series_as_json(version: WorkVersion) -> list[dict[str, Any]]:
    """The further pictures of a series, in order."""
    return [
        {"alt_text": picture.alt_text, "media": _media_as_json(sources_for(picture.file))} for picture in version.pictures
    ]


def _media_as_json(media: Sources) -> dict[str, Any]:
    found: dict[str, Any] = {"state": media.state}
    if media.picture:
        found.update(url=absolute(media.picture.fallback), width=media.picture.width, height=media.picture.height)
    elif media.audio:
        found.update(
            urls=[{"url": absolute(one.url), "type": one.mime} for one in media.audio.sources],
            duration_ms=media.audio.duration_ms,
        )
    elif media.video:
        found.update(
            url=absolute(media.video.url),
            poster=absolute(media.video.poster),
            width=media.video.width,
            height=media.video.height,
            duration_ms=media.video.duration_ms,
        )
    return found


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value is not None else None


def tombstone_as_json(work: Work) -> dict[str, Any]:
    """What is left of an erased work: its place."""
    return {
        "id": str(work.id),
        "url": absolute(work.url),
        "title": None,
        "medium": work.medium.value,
        "status": work.status.value,
        "tombstone": True,
        "lineage": absolute(f"{work.url}/lineage.json"),
    }
