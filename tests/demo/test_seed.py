"""Seeding makes the demo once, through the actions, and says nothing new the second time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from classprojects.accounts.actions import authenticate
from classprojects.accounts.queries import find_person_by_handle
from classprojects.billing.queries import has_membership
from classprojects.classes.models import ClassProject, Submission, SubmissionState
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.demo import seed as seeding
from classprojects.demo.content.people import PASSWORD
from classprojects.demo.content.shapes import Media
from classprojects.demo.media import films, library, sound
from classprojects.works.models import RemixEdge, Work, WorkStatus

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow


#: seconds: what the demo says of a moment must be about one that there is
LENGTH = 10


@pytest.fixture(scope="module")
def smallest_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One small file of each kind: what the real ones look and sound like is not the question here."""
    folder = tmp_path_factory.mktemp("smallest")
    picture = Image.new("RGB", (64, 48), "tomato")
    tone = np.stack([np.sin(sound.clock(LENGTH) * 2000)] * 2, axis=1) * 0.5
    files = {}
    for ending in {media.ending for media in seeding.recipes().values()}:
        files[ending] = folder / f"smallest{ending}"
        if ending in sound.CODECS:
            sound.save(tone, files[ending])
        elif ending in (".mp4", ".webm"):
            films.save(films.Film(iter([picture] * 2 * LENGTH), LENGTH, 2, tone), files[ending])
        else:
            picture.save(files[ending])
    return files


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, smallest_files: dict[str, Path]) -> None:
    def make_all(recipes: dict[str, Media], folder: Path) -> Iterator[tuple[str, Path]]:
        for key, media in recipes.items():
            path = folder / f"{key}{media.ending}"
            shutil.copy(smallest_files[media.ending], path)
            yield key, path

    monkeypatch.setattr(seeding, "make_all", make_all)
    monkeypatch.setattr(seeding.conversations, "open_checkout", _no_sandbox)


def _no_sandbox(*_: object) -> str:
    raise OSError("no sandbox in this test")


@pytest.mark.slow
def test_seed_makes_everything_once_and_goes_on_after_an_interruption(
    context: Flask, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(seeding, "share", _break_off)
        with pytest.raises(InterruptedError):
            seeding.seed(said.append)
    works_by_then = db.session.scalar(sa.select(sa.func.count(Work.id)))
    assert works_by_then > 30

    assert seeding.seed(said.append) is True

    count = lambda model: db.session.scalar(sa.select(sa.func.count()).select_from(model))  # noqa: E731
    works, edges = count(Work), count(RemixEdge)
    open_works = db.session.scalar(sa.select(sa.func.count(Work.id)).where(Work.space_id.is_(None), Work.status == WorkStatus.PUBLISHED))
    assert open_works >= 60
    assert edges >= 60
    assert count(ClassProject) == 6  # one of them in the making
    states = set(db.session.scalars(sa.select(Submission.state)))
    assert states >= {SubmissionState.SUBMITTED, SubmissionState.RETURNED, SubmissionState.REVIEWED}
    newest, oldest = db.session.execute(sa.select(sa.func.max(Work.published_at), sa.func.min(Work.published_at))).one()
    assert newest <= clock.now()
    assert (newest - oldest).days > 80

    for address in ("staff@demo.test", "instructor@demo.test", "subscriber@demo.test", "free@demo.test"):
        assert authenticate(address, PASSWORD) is not None
    noor, teo, ines = (find_person_by_handle(handle) for handle in ("noor", "teo", "ines"))
    assert has_membership(noor.id, clock.now())
    assert not has_membership(teo.id, clock.now())
    assert ines.is_staff

    assert seeding.seed(said.append) is False
    assert said[-1] == "The demo is there already."
    assert (count(Work), count(RemixEdge)) == (works, edges)


def _break_off(*_: object) -> None:
    raise InterruptedError


def test_a_remix_shows_its_parents(tmp_path: Path) -> None:
    """The picture of a remix changes with the pictures that it builds on."""
    recipes = seeding.recipes()
    parent = library.make(recipes["i-harbour"], [], tmp_path / "harbour.jpg")
    salt = library.make(recipes["i-salt"], [], tmp_path / "salt.jpg")
    one = library.make(recipes["i-aground"], [parent, salt], tmp_path / "one.jpg")
    other = library.make(recipes["i-aground"], [salt, parent], tmp_path / "other.jpg")
    again = library.make(recipes["i-aground"], [parent, salt], tmp_path / "again.jpg")
    assert one.read_bytes() == again.read_bytes()
    assert Image.open(one).tobytes() != Image.open(other).tobytes()


@pytest.mark.parametrize("key", ["a-drawer", "a-strings", "k-tap"])
def test_a_sound_is_neither_silent_nor_clipped(key: str, tmp_path: Path) -> None:
    recipes = seeding.recipes()
    made: dict[str, Path] = {}

    def make(one: str) -> Path:
        if one not in made:
            media = recipes[one]
            made[one] = library.make(media, [make(source) for source in media.of], tmp_path / f"{one}{media.ending}")
        return made[one]

    heard = sound.load(make(key))
    assert 6 < len(heard) / sound.RATE < 26
    assert 0.5 < np.abs(heard).max() < 0.98
    assert np.sqrt((heard**2).mean()) > 0.05


def test_a_lesson_film_has_words_and_music(tmp_path: Path) -> None:
    media = seeding.recipes()["lesson-ten-seconds-1"]
    path = library.make(media, [], tmp_path / "lesson.mp4")
    frames = list(films.frames_of(path))
    assert len(frames) / 8 == pytest.approx(18, abs=0.3)
    assert frames[0].size == films.SIZE
    assert frames[20].tobytes() != frames[60].tobytes()
    assert np.abs(sound.load(path)).max() > 0.2
