"""The poster of a film: chosen by its maker, made by the worker, never lost between the two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.gateways.storage import get_storage
from classprojects.gateways.transcoder import TranscoderFailed, still_moments
from classprojects.media import jobs, posters, queries
from classprojects.media.models import MediaFile, MediaState
from tests.factories.media import film_file

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow


def fresh(file: MediaFile) -> MediaFile:
    """The file as it is now."""
    found = queries.find_file(file.id)
    assert found is not None
    return found


def light_of(file: MediaFile) -> float:
    """How light the poster is."""
    (poster,) = [one for one in fresh(file).renditions if one.name == "poster-jpeg"]
    with get_storage().borrowed_path(poster.storage_key) as path, Image.open(path) as image:
        return image.convert("L").resize((1, 1)).getpixel((0, 0))


@pytest.fixture
def film(take_in: Callable[..., MediaFile], tmp_path: Path) -> MediaFile:
    """A film that is dark for two seconds, then light for two, ready to be shown."""
    file = take_in(film_file(tmp_path / "a.mp4", 4.0, 320, 240, dark_until=2.0))
    jobs.process_file(file.id)
    return fresh(file)


def test_the_moments_to_choose_from() -> None:
    """Spread evenly, none at the very ends."""
    assert still_moments(6000) == [500, 1500, 2500, 3500, 4500, 5500]
    assert still_moments(100) == sorted(still_moments(100))


def test_choosing(context: Flask, film: MediaFile) -> None:
    """The film plays on as it is; the worker makes the poster, under a new address; the old one goes."""
    before = fresh(film)
    keys = {one.name: one.storage_key for one in before.renditions}
    for at_ms, is_dark in ((1000, True), (3000, False), (3999, False)):
        context.config["RECORDED_JOBS"].clear()
        with transaction():
            posters.choose_poster(fresh(film), at_ms)
        assert context.config["RECORDED_JOBS"] == [(jobs.make_poster, (film.id,))]
        assert fresh(film).is_ready
        address = queries.sources_for(fresh(film)).video.poster
        jobs.make_poster(film.id)
        assert (light_of(film) < 20) is is_dark
        after = fresh(film)
        assert (after.stage, after.poster_ms, after.claim, after.locked_until) == (None, at_ms, None, None)
        assert queries.sources_for(after).video.poster != address
        assert not get_storage().exists(keys["poster-jpeg"])
        assert {one.name for one in after.renditions} == set(keys)
        assert all(get_storage().exists(one.storage_key) and one.sha256 for one in after.renditions)
        keys = {one.name: one.storage_key for one in after.renditions}


def test_a_choice_survives_a_crash(context: Flask, film: MediaFile) -> None:
    """The queue forgot it, or a worker died over it: the sweep finds it."""
    with transaction():
        posters.choose_poster(fresh(film), 1000)
    assert jobs.sweep_stale() == 0
    with clock.at(clock.now() + timedelta(minutes=3)):
        context.config["RECORDED_JOBS"].clear()
        assert jobs.sweep_stale() == 1
        assert context.config["RECORDED_JOBS"] == [(jobs.make_poster, (film.id,))]
        with transaction():
            assert posters.claim_poster(film.id) is not None
            assert posters.claim_poster(film.id) is None, "one worker at a time"
        jobs.make_poster(film.id)
        assert fresh(film).stage == "poster"
    with clock.at(clock.now() + timedelta(minutes=20)):
        assert jobs.sweep_stale() == 1
        jobs.make_poster(film.id)
    assert fresh(film).stage is None
    assert light_of(film) < 20


def test_the_last_choice_counts(film: MediaFile) -> None:
    """Who chose again while the first was being made gets the second; the first leaves nothing behind."""
    with transaction():
        posters.choose_poster(fresh(film), 1000)
    with transaction():
        claimed = posters.claim_poster(film.id)
    assert claimed is not None
    made, rows = posters.make_poster(claimed)
    with transaction():
        posters.choose_poster(fresh(film), 3000)
    with transaction():
        assert posters.record_poster(claimed, made, rows) is False
    jobs.make_poster(film.id)
    assert fresh(film).poster_ms == 3000
    assert light_of(film) > 20


def test_trouble_leaves_the_poster_as_it_was(film: MediaFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried three times, then given up; the film was ready all the time."""

    def die(*_: object) -> None:
        raise TranscoderFailed("ended by SIGSEGV")

    monkeypatch.setattr("classprojects.media.posters.transcoder.poster_renditions", die)
    before = light_of(film)
    with transaction():
        posters.choose_poster(fresh(film), 1000)
    for minutes in (0, 10, 20):
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            jobs.make_poster(film.id)
            assert fresh(film).state is MediaState.READY
    assert fresh(film).stage is None
    assert light_of(film) == before


@pytest.mark.parametrize("at_ms", [-1, 4100, 10**9])
def test_moments_outside_of_the_film(film: MediaFile, at_ms: int) -> None:
    """Refused in words, at the field."""
    with pytest.raises(DomainError, match="inside it") as caught, transaction():
        posters.choose_poster(fresh(film), at_ms)
    assert caught.value.field == "seconds"


def test_only_films_that_play(photo: MediaFile, film: MediaFile) -> None:
    """A picture has no moments, and a film in the making none yet."""
    jobs.process_file(photo.id)
    with pytest.raises(DomainError, match="still being prepared"), transaction():
        posters.choose_poster(fresh(photo), 0)


def test_the_choice_is_kept_when_the_film_is_made_again(film: MediaFile) -> None:
    """Processing once more from the original keeps what its maker chose."""
    with transaction():
        file = fresh(film)
        file.poster_ms, file.state, file.attempts = 1000, MediaState.UPLOADED, 0
    jobs.process_file(film.id)
    assert fresh(film).is_ready
    assert light_of(film) < 20
