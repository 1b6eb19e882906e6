"""Processing: done once, whatever crashes or repeats, and told in words when it cannot be done."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.errors import NotFound
from classprojects.gateways.storage import get_storage
from classprojects.gateways.transcoder import MediaRefused, TranscoderFailed
from classprojects.media import actions, jobs, queries
from classprojects.media.models import MediaFile, MediaPurpose, MediaState, Rendition
from tests.client import counted_queries
from tests.factories.media import film_file, picture_file, sound_file

# Films and sounds are really made: left to the whole run.
pytestmark = pytest.mark.slow


def fresh(file: MediaFile) -> MediaFile:
    """The file as it is now."""
    found = queries.find_file(file.id)
    assert found is not None
    return found


def later(**passed: float) -> object:
    """The clock so much later."""
    return clock.at(clock.now() + timedelta(**passed))


def test_a_photo(photo: MediaFile) -> None:
    """From upload to what a page shows."""
    jobs.process_file(photo.id)
    file = fresh(photo)
    assert file.state is MediaState.READY
    assert file.ready_at is not None
    assert file.widths == [480, 640]
    assert {one.name for one in file.renditions} == {
        "w480-avif", "w480-webp", "w480-jpeg", "w960-avif", "w960-webp", "fallback-jpeg", "original-clean",
    }  # fmt: skip
    for one in file.renditions:
        assert get_storage().size(one.storage_key) == one.size
        assert one.sha256 == hashlib.sha256(get_storage().local_path(one.storage_key).read_bytes()).hexdigest()
    sources = queries.sources_for(file)
    assert sources.is_ready
    assert sources.picture is not None
    base, v = f"/media/{file.public_id}", f"?v={queries.fingerprint_of(file)}"
    assert sources.picture.avif == f"{base}/w480-avif{v} 480w, {base}/w960-avif{v} 640w"
    assert sources.picture.jpeg == f"{base}/w480-jpeg{v} 480w, {base}/fallback-jpeg{v} 640w"
    assert sources.picture.fallback == f"{base}/fallback-jpeg{v}"
    assert sources.picture.blur is not None
    assert len(sources.picture.blur["colours"]) == 12
    assert (sources.picture.width, sources.picture.height) == (640, 480)
    with counted_queries() as seen:
        for _ in range(24):
            queries.sources_for(file)
    assert seen == []


def test_a_sound(take_in: Callable[..., MediaFile], tmp_path: Path) -> None:
    """Two formats and the waveform."""
    file = take_in(sound_file(tmp_path / "a.wav", 2.0))
    jobs.process_file(file.id)
    sound = queries.sources_for(fresh(file)).audio
    assert sound is not None
    assert [source.url.rsplit("/", 1)[1].split("?")[0] for source in sound.sources] == ["opus", "aac"]
    assert len(sound.peaks) == 200
    assert max(sound.peaks) == 1.0
    assert sound.duration_ms == pytest.approx(2000, abs=30)


def test_a_film(take_in: Callable[..., MediaFile], tmp_path: Path) -> None:
    """One format that plays everywhere, a poster, and what one is chosen from."""
    file = take_in(film_file(tmp_path / "a.mov", 1.0))
    jobs.process_file(file.id)
    film = queries.sources_for(fresh(file)).video
    assert film is not None
    assert {one.name for one in fresh(file).renditions} == {
        "h264-360", "poster-webp", "poster-jpeg", "stills-webp", "preview", "original-clean",
    }  # fmt: skip
    assert "/poster-jpeg?v=" in film.poster
    assert (film.width, film.height) == (320, 240)
    assert film.colour.startswith("#")


def test_twice_is_once(photo: MediaFile) -> None:
    """A job delivered twice does its work once."""
    jobs.process_file(photo.id)
    first = fresh(photo)
    jobs.process_file(photo.id)
    assert fresh(photo).attempts == 1
    assert fresh(photo).ready_at == first.ready_at
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Rendition)) == 7


def test_two_workers_at_once(app: Flask, photo: MediaFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers woken for one file: one processes it."""
    calls: list[int] = []
    real = actions.make_renditions

    def counted(file: MediaFile, *rest: object) -> object:
        calls.append(file.id)
        return real(file, *rest)

    monkeypatch.setattr(actions, "make_renditions", counted)
    ready = threading.Barrier(2)

    def work() -> None:
        with app.app_context():
            ready.wait(10)
            jobs.process_file(photo.id)
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert calls == [photo.id]
    assert fresh(photo).state is MediaState.READY


def test_a_worker_that_was_killed(context: Flask, photo: MediaFile) -> None:
    """kill -9 in the middle: the lock expires, the sweep wakes another, nothing is lost."""
    with transaction():
        assert actions.claim_file(photo.id) is not None
    jobs.process_file(photo.id)
    assert fresh(photo).state is MediaState.PROCESSING
    assert jobs.sweep_stale() == 0
    context.config["RECORDED_JOBS"].clear()
    with later(minutes=10):
        assert jobs.sweep_stale() == 1
        assert context.config["RECORDED_JOBS"] == [(jobs.process_file, (photo.id,))]
        assert jobs.sweep_stale() == 0, "just woken: not again at once"
        jobs.process_file(photo.id)
    assert fresh(photo).state is MediaState.READY
    assert fresh(photo).attempts == 2


def test_a_long_film_is_held_until_it_is_done(photo: MediaFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim is renewed while the work goes on, and only by who holds it."""
    monkeypatch.setattr(jobs, "BEAT", 0.05)
    real, seen = actions.make_renditions, []

    def slow(claimed: MediaFile, *rest: object) -> object:
        with transaction():
            db.session.execute(sa.update(MediaFile).values(locked_until=clock.now()))
        time.sleep(0.5)
        seen.append(fresh(claimed).locked_until)
        return real(claimed, *rest)

    monkeypatch.setattr(actions, "make_renditions", slow)
    jobs.process_file(photo.id)
    assert seen[0] > clock.now() + timedelta(seconds=60)
    assert fresh(photo).state is MediaState.READY
    assert fresh(photo).locked_until is None


def test_a_queue_that_forgot(context: Flask, photo: MediaFile) -> None:
    """The queue lost the job: the sweep asks again after two minutes."""
    context.config["RECORDED_JOBS"].clear()
    assert jobs.sweep_stale() == 0
    with later(minutes=3):
        assert jobs.sweep_stale() == 1
    assert context.config["RECORDED_JOBS"] == [(jobs.process_file, (photo.id,))]


def test_a_late_worker_writes_nothing(photo: MediaFile) -> None:
    """Whoever lost the claim while working records nothing over the one who holds it."""
    with transaction():
        slow = actions.claim_file(photo.id)
    assert slow is not None
    made, renditions = actions.make_renditions(slow)
    with later(minutes=10):
        jobs.process_file(photo.id)
        with transaction():
            assert actions.record_renditions(slow, made, renditions) is False
            actions.record_trouble(slow)
            actions.record_refusal(slow, "no")
    assert fresh(photo).state is MediaState.READY
    assert fresh(photo).failure is None


def test_trouble_is_tried_three_times_then_said(
    context: Flask, photo: MediaFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decoder that dies each time: three attempts, then words, then a retry by hand that works."""

    def die(*_: object) -> None:
        raise TranscoderFailed("ended by SIGSEGV")

    with monkeypatch.context() as patch:
        patch.setattr("classprojects.media.actions.transcoder.image_renditions", die)
        for attempt, minutes in ((1, 0), (2, 10), (3, 20)):
            with later(minutes=minutes):
                jobs.process_file(photo.id)
                assert fresh(photo).attempts == attempt
        assert fresh(photo).state is MediaState.FAILED
        assert "three times" in (fresh(photo).failure or "")
        with later(hours=1):
            jobs.process_file(photo.id)
            assert jobs.sweep_stale() == 0
    assert fresh(photo).attempts == 3
    with transaction():
        actions.retry_file(fresh(photo))
    jobs.process_file(photo.id)
    assert fresh(photo).state is MediaState.READY
    assert fresh(photo).failure is None


def test_a_worker_that_dies_each_time_fails_the_file(photo: MediaFile) -> None:
    """Three claims without an end: the file is given up, in words, not tried for ever."""
    for hours in range(3):
        with later(hours=hours), transaction():
            assert actions.claim_file(photo.id) is not None
    with later(hours=4):
        jobs.process_file(photo.id)
    assert fresh(photo).state is MediaState.FAILED
    assert fresh(photo).failure


def test_trouble_waits_before_it_is_tried_again(photo: MediaFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at once: what broke needs a moment."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("classprojects.media.actions.transcoder.image_renditions", full)
        jobs.process_file(photo.id)
    jobs.process_file(photo.id)
    assert fresh(photo).state is MediaState.UPLOADED
    assert jobs.sweep_stale() == 0
    with later(seconds=30):
        assert jobs.sweep_stale() == 1
        jobs.process_file(photo.id)
    assert fresh(photo).state is MediaState.READY


def test_a_file_that_is_no_good_after_all(photo: MediaFile) -> None:
    """Bytes that went bad on the disk: failed at once, in words, the original kept."""
    get_storage().local_path(photo.storage_key).write_bytes(b"\xff\xd8\xff" + bytes(500))
    jobs.process_file(photo.id)
    file = fresh(photo)
    assert file.state is MediaState.FAILED
    assert "damaged" in (file.failure or "")
    assert queries.sources_for(file).failure == file.failure
    assert get_storage().exists(file.storage_key)
    assert file.attempts == 1


def test_a_file_deleted_while_it_is_processed(photo: MediaFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its renditions do not stay behind."""
    real = actions.make_renditions
    keys: list[str] = []

    def delete_meanwhile(claimed: MediaFile, *rest: object) -> object:
        made, renditions = real(claimed, *rest)
        keys.extend(one.storage_key for one in renditions)
        with transaction():
            actions.delete_file(claimed)
        return made, renditions

    monkeypatch.setattr(actions, "make_renditions", delete_meanwhile)
    jobs.process_file(photo.id)
    assert keys
    assert not any(get_storage().exists(key) for key in keys)


def test_a_file_that_does_not_exist(context: Flask) -> None:
    """A job for a row that is gone is no mistake."""
    jobs.process_file(123456789)


def test_a_crash_while_storing_leaves_no_row_half_written(photo: MediaFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renditions appear all together or not at all."""
    storage = get_storage()
    real, calls = type(storage).put_file, []

    def breaks(self: object, key: str, path: Path, *, move: bool = False) -> None:
        calls.append(key)
        if len(calls) == 3:
            raise OSError(5, "Input/output error")
        real(self, key, path, move=move)

    with monkeypatch.context() as patch:
        patch.setattr(type(storage), "put_file", breaks)
        jobs.process_file(photo.id)
    assert fresh(photo).state is MediaState.UPLOADED
    assert fresh(photo).renditions == []
    with later(minutes=5):
        jobs.process_file(photo.id)
    assert len(fresh(photo).renditions) == 7


def test_place_is_gone_from_what_is_shown(take_in: Callable[..., MediaFile], tmp_path: Path) -> None:
    """End to end: a photo with its place, turned sideways by the camera."""
    file = take_in(picture_file(tmp_path / "a.jpg", 640, 480, gps=True, orientation=6))
    jobs.process_file(file.id)
    file = fresh(file)
    assert (file.width, file.height) == (480, 640)
    for one in file.renditions:
        with Image.open(get_storage().local_path(one.storage_key)) as image:
            exif = image.getexif()
            assert not exif.get_ifd(0x8825)
            if one.name == "original-clean":
                assert dict(exif) == {0x0112: 6}
                continue
            assert not exif
            assert image.height > image.width


def test_only_what_can_be_downloaded_has_a_clean_copy(
    take_in: Callable[..., MediaFile], ada: Person, tmp_path: Path
) -> None:
    """A lesson's film and a profile picture are shown, never given away."""
    for purpose in (MediaPurpose.PICTURE, MediaPurpose.COVER, MediaPurpose.LESSON):
        file = take_in(picture_file(tmp_path / "a.png", 40, 30), purpose)
        jobs.process_file(file.id)
        assert "original-clean" not in {one.name for one in fresh(file).renditions}


def test_what_others_download(photo: MediaFile, ada: Person, make_person: Callable[[str], Person]) -> None:
    """The owner the file as sent, at any time; others the clean copy, once there is one."""
    bo = make_person("bo")
    assert queries.get_download(photo, ada).rendition is None
    for person in (bo, None):
        with pytest.raises(NotFound, match="still being prepared"):
            queries.get_download(photo, person)
    jobs.process_file(photo.id)
    file = fresh(photo)
    assert queries.get_download(file, ada).rendition is None
    for person in (bo, None):
        with counted_queries() as seen:
            download = queries.get_download(file, person)
        assert len(seen) == 1
        assert download.rendition is not None
        assert (download.rendition.name, download.extension) == ("original-clean", "jpg")
    with pytest.raises(NotFound):
        queries.get_file_showing(file.public_id, "original-clean")


def test_without_a_clean_copy_others_get_what_is_shown(
    photo: MediaFile, make_person: Callable[[str], Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never the file as it was sent."""

    def refuse(*_: object) -> None:
        raise MediaRefused("no")

    monkeypatch.setattr("classprojects.media.actions.transcoder.clean_copy", refuse)
    jobs.process_file(photo.id)
    assert fresh(photo).is_ready
    download = queries.get_download(fresh(photo), make_person("bo"))
    assert download.rendition is not None
    assert (download.rendition.name, download.extension) == ("w960-webp", "webp")


def test_a_cleaner_that_dies_is_tried_again_then_done_without(
    photo: MediaFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three attempts; the last shows what can be shown."""

    def die(*_: object) -> None:
        raise TranscoderFailed("ended by SIGKILL")

    monkeypatch.setattr("classprojects.media.actions.transcoder.clean_copy", die)
    for minutes in (0, 10, 20):
        assert not fresh(photo).is_ready
        with later(minutes=minutes):
            jobs.process_file(photo.id)
    assert fresh(photo).is_ready


def test_what_failed_is_its_owners_alone(photo: MediaFile, ada: Person) -> None:
    """Nobody knows what is in a file that could not be read."""
    get_storage().local_path(photo.storage_key).write_bytes(b"\xff\xd8\xff" + bytes(500))
    jobs.process_file(photo.id)
    assert queries.get_download(fresh(photo), ada).rendition is None
    with pytest.raises(NotFound, match="only its maker"):
        queries.get_download(fresh(photo), None)
