"""How far a file is: told by the darkroom, written down by the worker, forgotten when it is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.gateways.transcoder import TranscoderFailed
from classprojects.media import actions, jobs, queries
from classprojects.media.models import MediaFile, MediaKind, MediaState
from classprojects.media.stages import SHARES, overall_progress, stages_of
from tests.factories.media import film_file

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow


def fresh(file: MediaFile) -> MediaFile:
    """The file as it is now."""
    found = queries.find_file(file.id)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", [kind for kind in MediaKind if kind is not MediaKind.DOCUMENT])
def test_shares_make_a_whole(kind: MediaKind) -> None:
    """A hundred per cent, and the last stage ends just before."""
    assert sum(SHARES[kind].values()) == 100
    assert overall_progress(kind, stages_of(kind)[-1], 100) == 99
    assert overall_progress(kind, stages_of(kind)[0], 0) == 0
    assert stages_of(kind, is_made_here=True) == ("making", *stages_of(kind))


@given(st.sampled_from(list(MediaKind)), st.text(max_size=12), st.integers(-(10**6), 10**6))
def test_whatever_a_child_says(kind: MediaKind, stage: str, percent: int) -> None:
    """Always between nothing and nearly all."""
    assert 0 <= overall_progress(kind, stage, percent) <= 99


@given(st.sampled_from(list(MediaKind)), st.data())
def test_progress_only_rises(kind: MediaKind, data: st.DataObject) -> None:
    """Through all stages in their order."""
    told = [
        (stage, percent)
        for stage in stages_of(kind)
        for percent in sorted(data.draw(st.lists(st.integers(0, 100), max_size=4)))
    ]
    progress = [overall_progress(kind, stage, percent) for stage, percent in told]
    assert progress == sorted(progress)


def test_a_film_on_its_way(take_in: Callable[..., MediaFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written at most so often, seen by everybody, and gone with the work; no news, no writing."""
    monkeypatch.setattr(jobs, "NEWS", 0.1)
    file = take_in(film_file(tmp_path / "a.mp4", 6.0, 640, 480))
    assert queries.sources_for(fresh(file)).stage == "queued"
    written: list[tuple[str | None, int | None]] = []
    real = actions.extend_claim

    def seen(claimed: MediaFile, stage: str | None = None, progress: int | None = None) -> bool:
        written.append((stage, progress))
        return real(claimed, stage, progress)

    monkeypatch.setattr(actions, "extend_claim", seen)
    begin = time.monotonic()
    jobs.process_file(file.id)
    took = time.monotonic() - begin
    assert "film" in {stage for stage, _ in written}
    assert len(written) <= took / 0.1 + 1
    assert len(set(written)) == len(written), "only news is written"
    progress = [percent or 0 for _, percent in written]
    assert progress == sorted(progress)
    done = fresh(file)
    assert (done.state, done.stage, done.progress) == (MediaState.READY, None, None)
    assert queries.sources_for(done).stage is None


def test_what_a_page_is_told(photo: MediaFile) -> None:
    """While a worker has it: the stage and the whole; before and after trouble: that it waits."""
    with transaction():
        claimed = actions.claim_file(photo.id)
    assert claimed is not None
    sources = queries.sources_for(fresh(photo))
    assert (sources.stage, sources.progress, sources.is_tried_again) == ("checking", 0, False)
    with transaction():
        assert actions.extend_claim(claimed, "pictures", 42)
    sources = queries.sources_for(fresh(photo))
    assert (sources.stage, sources.progress) == ("pictures", 42)
    assert sources.stages == ("checking", "pictures", "copy", "storing")
    with transaction():
        assert actions.extend_claim(claimed)
    assert queries.sources_for(fresh(photo)).progress == 42, "holding on longer is no step back"
    with transaction():
        actions.record_trouble(claimed)
    sources = queries.sources_for(fresh(photo))
    assert (sources.stage, sources.progress, sources.is_tried_again) == ("queued", 0, True)


def test_a_worker_that_was_killed_leaves_no_old_stage(photo: MediaFile) -> None:
    """Who takes the file over begins at the beginning."""
    with transaction():
        claimed = actions.claim_file(photo.id)
        assert claimed is not None
    with transaction():
        actions.extend_claim(claimed, "copy", 90)
    with clock.at(clock.now() + timedelta(minutes=10)):
        with transaction():
            assert actions.claim_file(photo.id) is not None
        assert (fresh(photo).stage, fresh(photo).progress) == (None, None)
        with transaction():
            assert actions.extend_claim(claimed, "storing", 99) is False, "who lost it writes nothing"
    assert fresh(photo).progress is None


def test_a_disk_that_is_full_is_no_fault_of_the_file(photo: MediaFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits, says so in words on the page, and is tried again."""

    def full(*_: object) -> None:
        raise TranscoderFailed("ended by status 1")

    with monkeypatch.context() as patch:
        patch.setattr("classprojects.media.actions.transcoder.image_renditions", full)
        jobs.process_file(photo.id)
    file = fresh(photo)
    assert (file.state, file.stage, file.failure) == (MediaState.UPLOADED, None, None)
    assert queries.sources_for(file).is_tried_again
    with clock.at(clock.now() + timedelta(minutes=1)):
        jobs.process_file(photo.id)
    assert fresh(photo).is_ready
