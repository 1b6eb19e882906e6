"""Files that we make out of others: asked for within reason, made once whatever happens, told in words when not."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from classprojects.accounts.models import Person
from classprojects.app import create_app
from classprojects.core import clock
from classprojects.core.database import Model, db, transaction
from classprojects.core.errors import NotFound
from classprojects.gateways.storage import get_storage
from classprojects.gateways.transcoder import MediaRefused
from classprojects.media import actions, cutting, jobs, queries, quotas, recipes
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose, MediaState
from classprojects.media.quotas import NoRoom
from classprojects.media.recipes import BadCut, Crop, Layer, Mix, Part, Recipe, Sound, Still, Track, Trim
from classprojects.media.stages import stages_of
from classprojects.settings import read_settings
from tests.factories.media import film_file, picture_file, sound_file
from tests.factories.works import make_file

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def part(file: MediaFile, work: int = 1) -> Part:
    """The file as a source; what stands above does not matter here."""
    return Part(work, work * 10, file.id)


def fresh(file: MediaFile) -> MediaFile:
    """The file as it is now."""
    found = queries.find_file(file.id)
    assert found is not None
    return found


def begin(person: Person, recipe: Recipe, name: str = "A part") -> MediaFile:
    with transaction():
        return cutting.begin_cut(person, recipe, name)


@pytest.fixture
def sound(tmp_path: Path, take_in: Callable[..., MediaFile]) -> MediaFile:
    """Ada's sound of three seconds, ready."""
    file = take_in(sound_file(tmp_path / "sound.wav", 3.0))
    jobs.process_file(file.id)
    return fresh(file)


def test_from_asking_to_what_a_page_shows(sound: MediaFile, make_person: Callable[[str], Person]) -> None:
    """A cut is made from its recipe, then checked and processed as any upload."""
    bo = make_person("bo")
    file = begin(bo, Trim(part(sound), 500, 2000), "Tide (part)")
    assert (file.size, file.state, file.original_name) == (0, MediaState.UPLOADED, "Tide (part).flac")
    assert not get_storage().exists(file.storage_key)
    jobs.process_file(file.id)
    file = fresh(file)
    assert file.state is MediaState.READY
    assert file.duration_ms == 1500
    assert (file.kind, file.mime, file.extension) == (MediaKind.AUDIO, "audio/flac", "flac")
    assert file.size == get_storage().size(file.storage_key) > 0
    assert len(file.sha256) == 64
    assert file.peaks is not None
    assert len(file.peaks) == 200
    assert {one.name for one in file.renditions} >= {"opus", "aac", "original-clean"}
    assert cutting.list_sources([file, sound, None]) == {1: 10}


@pytest.mark.parametrize(
    "recipe",
    [
        Trim(Part(1, 2, 3), 0, 1000),
        Crop(Part(1, 2, 3), 1, 2, 30, 40, 90),
        Still(Part(1, 2, 3), 77),
        Sound(Part(1, 2, 3), 5, 500),
        Mix((Track(Part(1, 2, 3), 0, 500), Track(Part(4, 5, 6), 0, 500, 250, -6.5, 10, 20))),
        Layer(Part(1, 2, 3), Part(4, 5, 6), 1.5, 2.0, 50.0, 99.0),
    ],
)
def test_written_down_and_read_again(recipe: Recipe) -> None:
    """What stands in the database means the same."""
    assert recipes.from_json(recipes.as_json(recipe)) == recipe


@pytest.mark.parametrize(
    "data", [{}, {"v": 2, "tool": "trim"}, {"v": 1, "tool": "rm"}, {"v": 1, "tool": "trim"}, {"v": 1, "tool": "trim", "x": 1}]
)
def test_what_is_no_recipe(data: dict[str, Any]) -> None:
    """Said so, not followed."""
    with pytest.raises(ValueError, match="recipe"):
        recipes.from_json(data)


#: kinds of files by number, as `check` is given them
FILES: dict[int, dict[str, Any]] = {
    1: {"kind": MediaKind.AUDIO, "mime": "audio/wav", "duration_ms": 10_000, "has_audio": True},
    2: {"kind": MediaKind.VIDEO, "mime": "video/mp4", "duration_ms": 10_000, "width": 640, "height": 360, "has_audio": True},
    3: {"kind": MediaKind.VIDEO, "mime": "video/mp4", "duration_ms": 10_000, "width": 640, "height": 360, "has_audio": False},
    4: {"kind": MediaKind.IMAGE, "mime": "image/jpeg", "width": 400, "height": 300},
    5: {"kind": MediaKind.IMAGE, "mime": "image/png", "width": 10, "height": 5000},
    6: {"kind": MediaKind.AUDIO, "mime": "audio/wav", "duration_ms": 10_000, "state": MediaState.PROCESSING},
    7: {"kind": MediaKind.AUDIO, "mime": "audio/wav", "duration_ms": 3_600_000, "has_audio": True},
}
AUDIO, FILM, SILENT, PICTURE, TALL, UNREADY, LONG, GONE = (Part(n, n, n) for n in range(1, 9))


def files() -> Mapping[int, MediaFile]:
    return {number: MediaFile(id=number, **{"state": MediaState.READY, **facts}) for number, facts in FILES.items()}


BAD: list[tuple[Recipe, str | None]] = [
    (Trim(AUDIO, -1, 500), "start"),
    (Trim(AUDIO, 10_000, 10_500), "start"),
    (Trim(AUDIO, 9_000, 10_001), "end"),
    (Trim(AUDIO, 500, 500), "end"),
    (Trim(AUDIO, 600, 500), "end"),
    (Trim(AUDIO, 500, 599), "end"),
    (Trim(AUDIO, 0, 10**30), "end"),
    (Trim(PICTURE, 0, 500), None),
    (Trim(UNREADY, 0, 500), None),
    (Trim(GONE, 0, 500), None),
    (Sound(AUDIO, 0, 500), None),
    (Sound(SILENT, 0, 500), None),
    (Still(FILM, -1), "at"),
    (Still(FILM, 10_001), "at"),
    (Still(PICTURE, 0), None),
    (Crop(FILM, 0, 0, 100, 100), None),
    (Crop(PICTURE, -1, 0, 100, 100), "width"),
    (Crop(PICTURE, 301, 0, 100, 100), "width"),
    (Crop(PICTURE, 0, 201, 100, 100), "height"),
    (Crop(PICTURE, 0, 0, 0, 100), "width"),
    (Crop(PICTURE, 0, 0, 100, -5), "height"),
    (Crop(PICTURE, 0, 0, 400, 300), "width"),
    (Crop(PICTURE, 0, 0, 100, 100, 45), "turn"),
    (Layer(PICTURE, AUDIO), "over"),
    (Layer(FILM, PICTURE), None),
    (Layer(PICTURE, PICTURE, x=math.nan), "x"),
    (Layer(PICTURE, PICTURE, width=math.inf), "width"),
    (Layer(PICTURE, PICTURE, opacity=0), "opacity"),
    (Layer(PICTURE, PICTURE, x=-60, width=50), "x"),
    (Layer(PICTURE, TALL, width=200), "width"),
    (Mix((Track(AUDIO, 0, 500),)), None),
    (Mix((Track(AUDIO, 0, 500),) * 9), None),
    (Mix((Track(AUDIO, 0, 500), Track(PICTURE, 0, 500))), "work_2"),
    (Mix((Track(AUDIO, 0, 500), Track(SILENT, 0, 500))), "work_2"),
    (Mix((Track(AUDIO, 0, 500), Track(FILM, 0, 500, -1))), "offset_2"),
    (Mix((Track(AUDIO, 0, 500, gain_db=math.nan), Track(FILM, 0, 500))), "gain_1"),
    (Mix((Track(AUDIO, 0, 500, gain_db=25), Track(FILM, 0, 500))), "gain_1"),
    (Mix((Track(AUDIO, 0, 500, fade_in_ms=501), Track(FILM, 0, 500))), "fade_in_1"),
    (Mix((Track(AUDIO, 0, 500, fade_out_ms=-1), Track(FILM, 0, 500))), "fade_out_1"),
    (Mix((Track(AUDIO, 0, 20_000), Track(FILM, 0, 500))), "end_1"),
    (Mix((Track(LONG, 0, 3_600_000, 1000), Track(FILM, 0, 500))), None),
]


@pytest.mark.parametrize(("recipe", "field"), BAD, ids=str)
def test_what_cannot_be_made(context: Flask, recipe: Recipe, field: str | None) -> None:
    """Refused in words, beside the field that it is about."""
    with pytest.raises(BadCut) as refusal:
        recipes.check(recipe, files())
    assert refusal.value.field == field
    assert refusal.value.message.endswith(".")


@pytest.mark.parametrize(
    ("recipe", "kind", "extension", "shape"),
    [
        (Trim(AUDIO, 0, 10_000), "audio", "flac", (10_000, None, None)),
        (Trim(FILM, 500, 600), "video", "mp4", (100, 640, 360)),
        (Sound(FILM, 0, 10_000), "audio", "flac", (10_000, None, None)),
        (Still(FILM, 10_000), "image", "png", (None, 640, 360)),
        (Crop(PICTURE, 0, 0, 400, 299), "image", "jpg", (None, 400, 299)),
        (Crop(PICTURE, 0, 0, 400, 300, 90), "image", "jpg", (None, 300, 400)),
        (Layer(PICTURE, TALL, x=-4, width=5), "image", "jpg", (None, 400, 300)),
        (Layer(TALL, PICTURE), "image", "png", (None, 10, 5000)),
        (Mix((Track(AUDIO, 0, 500), Track(FILM, 0, 500, 250))), "audio", "flac", (750, None, None)),
        (Mix((Track(LONG, 0, 3_600_000), Track(AUDIO, 0, 500))), "audio", "flac", (3_600_000, None, None)),
    ],
    ids=str,
)
def test_what_can_be_made(
    context: Flask, recipe: Recipe, kind: str, extension: str, shape: tuple[int | None, ...]
) -> None:
    """And what it gives is known before."""
    result = recipes.check(recipe, files())
    assert (result.kind.value, result.extension) == (kind, extension)
    assert (result.duration_ms, result.width, result.height) == shape


@pytest.mark.parametrize(("milliseconds", "words"), [(0, "0:00"), (62_500, "1:02.5"), (59_999, "0:59.999"), (3_600_000, "60:00")])
def test_clock_time(milliseconds: int, words: str) -> None:
    assert recipes.clock_time(milliseconds) == words


def test_others_get_the_copy_without_a_past(
    tmp_path: Path, take_in: Callable[..., MediaFile], make_person: Callable[[str], Person]
) -> None:
    """A crop of somebody's photo is made from its clean copy and tells nothing about place and camera (P4)."""
    photo = take_in(picture_file(tmp_path / "photo.jpg", 640, 480, gps=True))
    jobs.process_file(photo.id)
    file = begin(make_person("bo"), Crop(part(photo), 0, 0, 100, 100))
    clean = next(one for one in fresh(photo).renditions if one.name == "original-clean")
    assert cutting._input_key(part(photo), file.owner_id) == clean.storage_key
    assert cutting._input_key(part(photo), photo.owner_id) == photo.storage_key
    jobs.process_file(file.id)
    assert (fresh(file).width, fresh(file).height) == (100, 100)
    for key in [file.storage_key, *(one.storage_key for one in fresh(file).renditions)]:
        with get_storage().open(key) as stored:
            assert b"Telltale" not in stored.read()
    with get_storage().open(file.storage_key) as stored:
        assert not Image.open(stored).getexif()


@pytest.mark.slow
def test_a_film_gives_a_still_and_a_mix_its_sound(
    tmp_path: Path, take_in: Callable[..., MediaFile], sound: MediaFile, ada: Person
) -> None:
    """Each tool through the whole of it."""
    film = take_in(film_file(tmp_path / "film.mp4", 2.0))
    jobs.process_file(film.id)
    still = begin(ada, Still(part(film, 2), 1000))
    mix = begin(ada, Mix((Track(part(film, 2), 0, 1000), Track(part(sound), 0, 3000, 500, -3.0, 100, 100))))
    trim = begin(ada, Trim(part(film, 2), 500, 1500))
    for file in (still, mix, trim):
        jobs.process_file(file.id)
        assert fresh(file).is_ready, fresh(file).failure
    assert (fresh(still).width, fresh(still).height, fresh(still).kind) == (320, 240, MediaKind.IMAGE)
    assert fresh(mix).duration_ms == 3500
    assert fresh(trim).duration_ms == pytest.approx(1000, abs=45)
    assert cutting.list_sources([mix]) == {2: 20, 1: 10}


def test_five_at_once(sound: MediaFile, ada: Person, make_person: Callable[[str], Person]) -> None:
    """A sixth waits; those of others, and what is done, do not count."""
    made = [begin(ada, Trim(part(sound), 0, 500)) for _ in range(5)]
    with pytest.raises(BadCut, match="5 of your cuts"):
        begin(ada, Trim(part(sound), 0, 500))
    begin(make_person("bo"), Trim(part(sound), 0, 500))
    jobs.process_file(made[0].id)
    begin(ada, Trim(part(sound), 0, 500))


def test_the_source_goes_before_it_is_made(sound: MediaFile, make_person: Callable[[str], Person]) -> None:
    """Said in words; nothing is made from what its maker took away."""
    file = begin(make_person("bo"), Trim(part(sound), 0, 500))
    with transaction():
        actions.delete_file(fresh(sound))
    jobs.process_file(file.id)
    assert fresh(file).state is MediaState.FAILED
    assert "deleted in the meantime" in (fresh(file).failure or "")


def test_disk_full(sound: MediaFile, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room for what was made: tried again later, and then made."""
    file = begin(ada, Trim(part(sound), 0, 500))
    storage = get_storage()
    with monkeypatch.context() as patch:

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(storage, "put_file", full)
        jobs.process_file(file.id)
    assert (fresh(file).state, fresh(file).size, fresh(file).attempts) == (MediaState.UPLOADED, 0, 1)
    with clock.at(clock.now() + timedelta(minutes=5)):
        jobs.process_file(file.id)
    assert fresh(file).is_ready


def test_made_once_though_the_rest_has_to_be_tried_again(
    sound: MediaFile, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The original stays when its renditions fail."""
    file = begin(ada, Trim(part(sound), 0, 500))
    with monkeypatch.context() as patch:

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("broken")

        patch.setattr(actions, "make_renditions", broken)
        jobs.process_file(file.id)
    assert fresh(file).size > 0
    calls: list[object] = []
    monkeypatch.setattr(cutting, "make_original", lambda *order: calls.append(order))
    with clock.at(clock.now() + timedelta(minutes=5)):
        jobs.process_file(file.id)
    assert fresh(file).is_ready
    assert calls == []


def test_a_worker_that_lost_its_claim_records_nothing(
    sound: MediaFile, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else has it by now: what was made late changes no row."""
    file = begin(ada, Trim(part(sound), 0, 500))
    real = cutting.make_original

    def slow(claimed: MediaFile, *rest: Any) -> object:
        made = real(claimed, *rest)
        with transaction():
            db.session.execute(sa.update(MediaFile).where(MediaFile.id == file.id).values(claim="another's"))
        return made

    monkeypatch.setattr(cutting, "make_original", slow)
    jobs.process_file(file.id)
    assert (fresh(file).size, fresh(file).claim) == (0, "another's")


def test_deleted_while_it_is_made(sound: MediaFile, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """No bytes are left behind."""
    file = begin(ada, Trim(part(sound), 0, 500))
    key, real = file.storage_key, cutting.make_original

    def slow(claimed: MediaFile, *rest: Any) -> object:
        made = real(claimed, *rest)
        with transaction():
            db.session.execute(sa.delete(MediaFile).where(MediaFile.id == claimed.id))
        return made

    monkeypatch.setattr(cutting, "make_original", slow)
    jobs.process_file(file.id)
    assert queries.find_file(file.id) is None
    assert not get_storage().exists(key)


def test_no_room(sound: MediaFile, ada: Person, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut takes its owner's room as an upload does: refused before it is made, counted once it is."""
    file = begin(ada, Trim(part(sound), 0, 500))
    before = quotas.find_room(ada).used
    jobs.process_file(file.id)
    assert quotas.find_room(ada).used == before + fresh(file).size > before
    settings = replace(app.config["SETTINGS"], quota=quotas.find_room(ada).used + 1000)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    with pytest.raises(NoRoom, match="and you have 1 kB left"):
        begin(ada, Trim(part(sound), 0, 500))


def test_how_far_it_is(sound: MediaFile, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar never goes back: making is its first half."""
    file = begin(ada, Trim(part(sound), 0, 2000))
    told: list[tuple[str, int]] = []

    @contextmanager
    def holding(claimed: MediaFile) -> Iterator[actions.Report]:
        yield lambda stage, percent: told.append((stage, percent))

    monkeypatch.setattr(jobs, "_holding", holding)
    jobs.process_file(file.id)
    assert fresh(file).is_ready
    stages = list(dict.fromkeys(stage for stage, _percent in told))
    assert stages[0] == "making"
    assert stages == [stage for stage in stages_of(MediaKind.AUDIO, is_made_here=True) if stage in stages]
    percents = [percent for _stage, percent in told]
    assert percents == sorted(percents)
    assert percents[-1] > 50


def test_only_as_a_work(sound: MediaFile, ada: Person, tmp_path: Path) -> None:
    """Where sources are not named it cannot be used: no cover, no lesson (P8)."""
    file = begin(ada, Trim(part(sound), 0, 500))
    with pytest.raises(MediaRefused, match="only be posted as a work"), transaction():
        actions.claim_upload(ada, file.public_id, MediaPurpose.LESSON, ("audio",))
    with transaction():
        assert actions.claim_upload(ada, file.public_id, MediaPurpose.WORK, ("audio",)).attached_at is not None


def test_only_cuts_have_a_page(sound: MediaFile, ada: Person) -> None:
    """What somebody sent is no cut."""
    file = begin(ada, Trim(part(sound), 0, 500))
    assert cutting.get_cut(file.public_id).id == file.id
    for public_id in (sound.public_id, "nothing", "\x00"):
        with pytest.raises(NotFound):
            cutting.get_cut(public_id)


def test_one_that_nobody_posts_is_swept(sound: MediaFile, ada: Person) -> None:
    """After a day, with its bytes."""
    file = begin(ada, Trim(part(sound), 0, 500))
    jobs.process_file(file.id)
    with transaction():
        db.session.execute(
            sa.update(MediaFile).where(MediaFile.id == file.id).values(created_at=clock.now() - timedelta(days=2))
        )
    jobs.sweep_orphans()
    assert queries.find_file(file.id) is None
    assert not get_storage().exists(file.storage_key)


def test_rows_without_bytes(ada: Person) -> None:
    """A source whose bytes are lost is said in words too."""
    lost = make_file(ada, MediaKind.AUDIO, has_audio=True)
    file = begin(ada, Trim(part(lost), 0, 500))
    jobs.process_file(file.id)
    assert fresh(file).state is MediaState.FAILED


@pytest.mark.faults
def test_worker_killed_in_mid_cut(tmp_path: Path) -> None:
    """kill -9 while a film is cut: the darkroom goes with it, and the next worker makes the cut."""
    env = {
        "CLASSPROJECTS_ENV": "development",
        "DATA_DIR": str(tmp_path),
        "REDIS_URL": f"unix://{tmp_path}/nothing.sock",
        "SECRET_KEY": "a secret for tests only",
        "PORT": "5430",
    }
    app = create_app(read_settings(env))
    with app.app_context():
        Model.metadata.create_all(db.engine)
        worker = None
        try:
            path = film_file(tmp_path / "film.mp4", 6.0, 1280, 720)
            with transaction():
                person = Person(handle="ada", email="ada@example.test", name="Ada")
                db.session.add(person)
                db.session.flush()
                source = make_file(person, MediaKind.VIDEO, duration_ms=6_000, storage_key="originals/film.mp4")
            get_storage().put_file("originals/film.mp4", path)
            file = begin(person, Trim(part(source), 500, 5_500))
            program = (
                "from classprojects.app import create_app\n"
                "from classprojects.media.jobs import process_file\n"
                f"with create_app().app_context(): process_file({file.id})\n"
            )
            worker = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=os.environ | env)
            end = time.monotonic() + 60
            while not (darkrooms := _darkrooms_of(worker.pid)):
                assert time.monotonic() < end and worker.poll() is None
                time.sleep(0.05)
            time.sleep(0.2)
            worker.send_signal(signal.SIGKILL)
            worker.wait(10)
            end = time.monotonic() + 30
            while any(_is_alive(one) for one in darkrooms):
                assert time.monotonic() < end
                time.sleep(0.05)
            db.session.rollback()
            assert (fresh(file).state, fresh(file).size) == (MediaState.PROCESSING, 0)
            with clock.at(clock.now() + timedelta(minutes=5)):
                assert jobs.sweep_stale() == 1
                jobs.process_file(file.id)
            assert fresh(file).is_ready
            assert (fresh(file).attempts, fresh(file).duration_ms) == (2, pytest.approx(5_000, abs=45))
        finally:
            if worker is not None and worker.poll() is None:
                worker.kill()
            db.session.remove()
            db.engine.dispose()


def _darkrooms_of(pid: int) -> list[psutil.Process]:
    return [one for one in psutil.Process(pid).children(recursive=True) if "darkroom" in " ".join(one.cmdline())]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
