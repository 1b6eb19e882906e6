"""What a work's page shows of its file: how far it is, sizes to choose from, loudness, colours until it is there, its poster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from classprojects.core.database import db, transaction
from classprojects.media import jobs
from classprojects.media.models import MediaFile, MediaKind, MediaState
from classprojects.works.models import Medium, Work
from tests.client import PageClient
from tests.factories.people import Cast
from tests.factories.works import make_file, make_work

Browse = Callable[..., PageClient]

BLUR = {"columns": 4, "rows": 3, "colours": ["#123", "#456", "#789"] * 4}
JSON = {"Accept": "application/json"}


def film(cast: Cast, **values: Any) -> tuple[Work, MediaFile]:
    """An open film of twenty seconds."""
    file = make_file(cast.maker, MediaKind.VIDEO, **{"heights": [360, 720, 1080], **values})
    return make_work(cast.maker, medium=Medium.VIDEO, file_id=file.id), file


def change(file: MediaFile, **values: Any) -> None:
    """The file's row, otherwise."""
    with transaction():
        found = db.session.get(MediaFile, file.id)
        assert found is not None
        for name, value in values.items():
            setattr(found, name, value)


def test_how_far_it_is(client: PageClient, cast: Cast) -> None:
    """In words, as a bar, and for programs."""
    file = make_file(cast.maker, MediaKind.VIDEO, ready=False)
    work = make_work(cast.maker, medium=Medium.VIDEO, file_id=file.id)
    page = client.get(work.url)
    assert "Waiting its turn" in page("live-status")[0].text_content()
    assert not page("live-status progress")
    assert client.get(f"{work.url}/media", headers=JSON).json == {"state": "uploaded", "stage": "queued", "progress": 0}
    change(file, state=MediaState.PROCESSING, stage="film", progress=37)
    page = client.get(work.url)
    (bar,) = page("live-status progress")
    assert (bar.get("value"), bar.get("max")) == ("37", "100")
    assert bar.get("aria-label")
    (here,) = page("live-status [aria-current=step]")
    assert "Film for every screen" in here.text_content()
    assert len(page("live-status .is-done")) == 1
    assert len(page("live-status li")) == 5
    assert client.get(f"{work.url}/media", headers=JSON).json == {
        "state": "processing",
        "stage": "film",
        "progress": 37,
    }
    change(file, state=MediaState.UPLOADED, stage=None, progress=None, attempts=1)
    assert "We try again by ourselves" in client.get(work.url)("live-status")[0].text_content()


def test_a_film_offers_its_sizes(client: PageClient, cast: Cast) -> None:
    """Narrow screens begin with 360p, all others with 720p; 1080p is there to be chosen."""
    work, file = film(cast, loudness=-23.4, true_peak=-6.1)
    page = client.get(work.url)
    sources = page("#work-media video source")
    assert [one.get("data-height") for one in sources] == ["360", "720", "1080"]
    assert [one.get("media") for one in sources] == ["(max-width: 40em)", None, None]
    assert [one.get("src").split("?")[0] for one in sources] == [
        f"/media/{file.public_id}/h264-{rung}" for rung in (360, 720, 1080)
    ]
    (player,) = page("#work-media media-player")
    assert (player.get("data-loudness"), player.get("data-peak")) == ("-23.4", "-6.1")
    assert player.get("data-quality")
    assert client.get(work.url, headers=JSON).json["media"]["url"].split("?")[0].endswith("/h264-720")


@pytest.mark.parametrize(("heights", "expected"), [([240], ["h264-360"]), (None, ["h264"])])
def test_a_film_of_one_size(client: PageClient, cast: Cast, heights: list[int] | None, expected: list[str]) -> None:
    """Small films, and those from when there was one size of each."""
    work, file = film(cast, heights=heights)
    sources = client.get(work.url)("#work-media video source")
    assert [one.get("src").split("?")[0] for one in sources] == [f"/media/{file.public_id}/{name}" for name in expected]
    assert sources[0].get("media") is None


def test_a_sound_says_how_loud_it_is(client: PageClient, cast: Cast) -> None:
    """On its page and on its card; what was never measured says nothing."""
    file = make_file(cast.maker, MediaKind.AUDIO, loudness=-30.0, true_peak=-12.0)
    work = make_work(cast.maker, medium=Medium.AUDIO, file_id=file.id)
    (player,) = client.get(work.url)("#work-media media-player")
    assert (player.get("data-loudness"), player.get("data-peak")) == ("-30.0", "-12.0")
    card = client.get("/open")("media-player")[0]
    assert (card.get("data-loudness"), card.get("data-peak")) == ("-30.0", "-12.0")
    change(file, loudness=None, true_peak=None)
    assert client.get(work.url)("#work-media media-player")[0].get("data-loudness") is None


def test_pictures_in_three_formats_over_their_colours(client: PageClient, cast: Cast) -> None:
    """A blurred drawing stands behind the picture, without a style in the page; old pictures have one colour."""
    new = make_file(cast.maker, blur=BLUR)
    make_work(cast.maker, medium=Medium.IMAGE, file_id=new.id, alt_text="A door")
    page = client.get("/open")
    assert len(page("svg.is-blurred path")) == 12 * len(page("svg.is-blurred")) > 0
    image = page(".picture-frame img")[0]
    assert image.get("srcset").split()[0].split("?")[0] == f"/media/{new.public_id}/w480-jpeg"
    assert image.get("sizes")
    change(new, blur=None)
    page = client.get("/open")
    assert not page("svg.is-blurred")
    assert page("svg.picture-frame__colour rect")
    assert page(".picture-frame img")[0].get("srcset") is None
    change(new, blur={"columns": 4, "rows": 3, "colours": []})
    page = client.get("/open")
    assert page("svg.picture-frame__colour rect")
    assert page(".picture-frame img")[0].get("srcset")


def test_what_moves_says_so_on_its_card(client: PageClient, cast: Cast) -> None:
    """The address of the preview, which nobody asks for before somebody points at the card."""
    _work, file = film(cast, has_preview=True)
    preview = client.get("/open")("card-preview")[0]
    assert preview.get("data-src").split("?")[0] == f"/media/{file.public_id}/preview"
    change(file, has_preview=False)
    assert not client.get("/open")("card-preview")


def test_choosing_a_poster(context: Flask, browse: Browse, cast: Cast) -> None:
    """Stills of the film to choose from, or a moment in words; the worker makes it."""
    work, file = film(cast)
    maker = browse(cast.maker)
    assert f"{work.url}/poster" in [link.get("href") for link in maker.get(work.url)(".work-page__own a")]
    page = maker.get(f"{work.url}/poster")
    stills = page("input[name=moment]")
    assert len(stills) == 6
    assert stills[0].get("value") == "1666"
    assert {one.get("href").split("?")[0] for one in page("svg image")} == {f"/media/{file.public_id}/stills-webp"}
    context.config["RECORDED_JOBS"].clear()
    answer = maker.post(f"{work.url}/poster", {"moment": "5000"})
    assert (answer.status, answer.location) == (303, work.url)
    assert context.config["RECORDED_JOBS"] == [(jobs.make_poster, (file.id,))]
    page = maker.get(f"{work.url}/poster")
    assert page.status == 200
    for typed, at_ms in (("12.5", 12_500), ("0:07", 7_000), ("3,25", 3_250), ("0:00:19", 19_000)):
        assert maker.post(f"{work.url}/poster", {"moment": "5000", "seconds": typed}).status == 303
        db.session.expire_all()
        assert db.session.get(MediaFile, file.id).poster_ms == at_ms


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"moment": "-5"},
        {"moment": "99999999999999999999"},
        {"moment": "½"},
        {"seconds": "soon"},
        {"seconds": "20"},
        {"seconds": "1e9"},
        {"seconds": "99999"},
        {"seconds": "1:2:3:4"},
        {"seconds": "\u0661\u0662"},
        {"seconds": "1" * 500},
        {"moment": ["1", "2"], "seconds": "\x00"},
    ],
)
def test_no_moment(browse: Browse, cast: Cast, sent: dict[str, Any]) -> None:
    """Said at the field, with what was typed still there."""
    work, file = film(cast)
    maker = browse(cast.maker)
    if sent.get("moment") == ["1", "2"]:
        assert maker.post(f"{work.url}/poster", sent).status in (303, 422)
        return
    page = maker.post(f"{work.url}/poster", sent)
    assert page.status == 422
    assert page(".field__error")
    if "seconds" in sent:
        assert page("input[name=seconds]")[0].get("value") == sent["seconds"]
    db.session.expire_all()
    assert db.session.get(MediaFile, file.id).poster_ms is None


def test_who_chooses_a_poster(browse: Browse, client: PageClient, cast: Cast) -> None:
    """The maker of a film that plays, and nobody else."""
    work, file = film(cast)
    assert browse(cast.free).get(f"{work.url}/poster").status == 403
    assert client.get(f"{work.url}/poster").status in (302, 303, 401)
    assert browse(cast.staff).post(f"{work.url}/poster", {"moment": "1"}).status == 403
    maker = browse(cast.maker)
    text = make_work(cast.maker)
    assert maker.get(f"{text.url}/poster").status == 404
    change(file, state=MediaState.PROCESSING)
    page = maker.get(f"{work.url}/poster")
    assert page.status == 404
    assert "still being prepared" in page.text
    assert "poster" not in [
        str(link.get("href")).rpartition("/")[2] for link in maker.get(work.url)(".work-page__own a")
    ]
