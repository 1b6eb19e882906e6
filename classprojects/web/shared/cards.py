"""A work as a card shows it; without a name for whom it is not to be seen (P4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from classprojects.core.pagination import Page
from classprojects.media.models import MediaState
from classprojects.media.queries import Picture, Sources, sources_for
from classprojects.works.bylines import maker_of
from classprojects.works.models import Medium, Work
from classprojects.works.queries import Viewer, is_visible


@dataclass(frozen=True)
class CardPicture:
    """An image at its own shape, in three formats with a fallback; ``blur``: what stands for it until it is there."""

    avif: str
    webp: str
    url: str
    width: int
    height: int
    colour: str
    alt: str
    jpeg: str = ""
    blur: Markup | None = None


@dataclass(frozen=True)
class Card:
    """What ``components/work-card.html`` takes. An anonymous class work has neither title nor maker nor address."""

    id: int | None
    url: str | None
    title: str | None
    medium: str
    state: str = "ready"
    maker_name: str | None = None
    maker_url: str | None = None
    excerpt: str = ""
    picture: CardPicture | None = None
    poster: CardPicture | None = None
    peaks: list[float] | None = None
    duration: float | None = None
    audio_url: str | None = None
    #: moving seconds without sound, for who points at the card
    preview: str | None = None
    #: of the sound: LUFS and dBTP
    loudness: float | None = None
    true_peak: float | None = None
    hearts: int = 0
    comments: int = 0
    sources_count: int = 0
    remixes_count: int = 0
    language: str | None = None
    space_label: str | None = None
    is_tombstone: bool = False


def card_for(work: Work, viewer: Viewer) -> Card:
    """The card of ``work`` (loaded with ``queries.for_card()``) as ``viewer`` may see it."""
    if work.is_erased:
        return Card(
            id=None,
            url=work.url if work.is_open else None,
            title=None,
            medium=work.medium.value,
            is_tombstone=True,
            remixes_count=work.remixes_count,
            sources_count=work.sources_count,
        )
    if not is_visible(work, viewer) or work.current_version is None:
        return Card(id=None, url=None, title=None, medium=work.medium.value)
    version, maker = work.current_version, maker_of(work, viewer)
    return Card(
        id=work.id,
        url=work.url,
        title=version.title,
        medium=work.medium.value,
        maker_name=maker.name,
        maker_url=maker.url,
        excerpt=version.excerpt,
        hearts=work.hearts_count,
        comments=work.comments_count,
        sources_count=work.sources_count,
        remixes_count=work.remixes_count,
        language=version.language,
        space_label=work.space.title if work.space is not None and viewer.sees_space(work.space_id) else None,
        **_media(work),
    )


def card_of_face(face: Any, viewer: Viewer) -> Card:
    """The card of a row of :mod:`classprojects.works.faces`, which hold open works only, and so none that is veiled."""
    medium = face.medium
    return Card(
        id=face.id,
        url=f"/works/{face.id}",
        title=face.title,
        medium=medium.value,
        maker_name=face.maker_name,
        maker_url=f"/people/{face.maker_handle}" if face.maker_handle else None,
        excerpt=face.excerpt,
        hearts=face.hearts_count,
        comments=face.comments_count,
        sources_count=face.sources_count,
        remixes_count=face.remixes_count,
        language=face.language,
        space_label=face.space_title if face.space_id is not None and viewer.sees_space(face.space_id) else None,
        **(_media_of(face, face.alt_text) if medium is not Medium.TEXT else {}),
    )


def faces_on(page: Page[Any], viewer: Viewer) -> Page[Card]:
    """A page of faces as a page of cards."""
    return page.map(lambda face: card_of_face(face, viewer))


def cards_for(works: Iterable[Work], viewer: Viewer) -> list[Card]:
    """The cards of ``works``, in order."""
    return [card_for(work, viewer) for work in works]


def cards_on(page: Page[Work], viewer: Viewer) -> Page[Card]:
    """A page of works as a page of cards."""
    return page.map(lambda work: card_for(work, viewer))


def _media(work: Work) -> dict[str, Any]:
    version = work.current_version
    if work.medium is Medium.TEXT or version is None:
        return {}
    return _media_of(version.file, version.alt_text)


def _media_of(file: Any, alt_text: str) -> dict[str, Any]:
    """What a card shows of ``file``: a MediaFile, or a face, which has its columns."""
    if file is None or file.state is None:
        return {"state": "failed"}
    sources = sources_for(file)
    if not sources.is_ready:
        return {"state": "failed" if file.state is MediaState.FAILED else "processing"}
    if sources.picture:
        return {"picture": _picture(sources.picture, alt_text), "preview": sources.picture.preview}
    if sources.audio:
        return {
            "peaks": sources.audio.peaks,
            "duration": sources.audio.duration_ms / 1000,
            # The one that every browser plays.
            "audio_url": sources.audio.sources[-1].url,
            "loudness": sources.audio.loudness,
            "true_peak": sources.audio.true_peak,
        }
    film = sources.video
    if film is None:
        return {"state": "failed"}
    # The poster shows a frame of the film, whose title stands beside it.
    poster = CardPicture(
        "", f"{film.poster_webp} {film.width}w", film.poster, film.width, film.height, film.colour, "", blur=blurred(film.blur)
    )
    return {"poster": poster, "duration": film.duration_ms / 1000, "preview": film.preview}


def picture_of(file: Any, alt: str = "") -> CardPicture | None:
    """A ready image file as ``picture_frame`` takes it; None until it is ready."""
    found = sources_for(file).picture
    return _picture(found, alt) if found is not None else None


def _picture(found: Picture, alt: str) -> CardPicture:
    return CardPicture(
        found.avif, found.webp, found.fallback, found.width, found.height, found.colour, alt, found.jpeg, blurred(found.blur)
    )


def blurred(blur: dict[str, Any] | None) -> Markup | None:
    """A few colours as a drawing that the style sheet blurs; None where there are none.

    Drawn here and not in the template, since a wall has hundreds of cells; the cells differ
    in their colour alone, so that a compressed page hardly grows (40 bytes a picture).
    """
    colours = blur["colours"] if blur else ()
    if not colours:
        return None
    columns, rows = blur["columns"], blur["rows"]  # type: ignore[index]
    cells = "".join(
        f'<path fill="{colour}" d="M{place % columns} {place // columns}h1v1h-1z"/>' for place, colour in enumerate(colours)
    )
    return Markup(  # noqa: S704 - colours that the darkroom measured
        f'<svg class="picture-frame__colour is-blurred" viewBox="0 0 {columns} {rows}" preserveAspectRatio="none"'
        f' aria-hidden="true" focusable="false">{cells}</svg>'
    )


def playable(sources: Sources) -> list[dict[str, Any]]:
    """The addresses of a sound or film as the player takes them, the best first."""
    found = sources.audio.sources if sources.audio else sources.video.sources if sources.video else ()
    return [{"url": one.url, "type": one.mime, "height": one.height, "media": one.media} for one in found]
