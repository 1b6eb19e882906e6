"""Seeding makes the demo once, through the actions, and says nothing new the second time."""

from __future__ import annotations

from pathlib import Path

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
from classprojects.demo.media import library
from classprojects.works.models import RemixEdge, Work, WorkStatus


@pytest.fixture
def made_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file in the right order, without other processes."""

    def make_all(recipes: dict, folder: Path, workers: int | None = None):  # noqa: ANN202
        done: dict[str, Path] = {}
        left = dict(recipes)
        while left:
            for key in [key for key, media in left.items() if all(source in done for source in media.of)]:
                media = left.pop(key)
                done[key] = library.make(media, [done[source] for source in media.of], folder / f"{key}{media.ending}")
                yield key, done[key]

    monkeypatch.setattr(seeding, "make_all", make_all)
    monkeypatch.setattr(seeding.conversations, "open_checkout", _no_sandbox)


def _no_sandbox(*_: object) -> str:
    raise OSError("no sandbox in this test")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_seed_makes_everything_once_and_goes_on_after_an_interruption(
    context: Flask, made_in_this_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(seeding, "share", _break_off)
    with pytest.raises(InterruptedError):
        seeding.seed(said.append)
    works_by_then = db.session.scalar(sa.select(sa.func.count(Work.id)))
    assert works_by_then > 30

    monkeypatch.undo()
    monkeypatch.setattr(seeding.conversations, "open_checkout", _no_sandbox)
    assert seeding.seed(said.append) is True

    count = lambda model: db.session.scalar(sa.select(sa.func.count()).select_from(model))  # noqa: E731
    works, edges = count(Work), count(RemixEdge)
    open_works = db.session.scalar(sa.select(sa.func.count(Work.id)).where(Work.space_id.is_(None), Work.status == WorkStatus.PUBLISHED))
    assert open_works >= 60
    assert edges >= 60
    assert count(ClassProject) == 5
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
