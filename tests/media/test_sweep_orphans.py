"""What nobody uses goes after a day; what somebody uses never does."""

from __future__ import annotations

import dataclasses
import os
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways.storage import LocalStorage, Storage, get_storage
from classprojects.media import actions, jobs, queries
from classprojects.media.models import MediaFile, MediaPurpose
from tests.factories.media import picture_file
from tests.gateways.object_store import make_bucket, object_store, store_url
from tests.media.conftest import ANY_KIND


@pytest.fixture(autouse=True)
def _nothing_from_before(context: Flask) -> None:
    """Other tests leave files in the store whose rows are gone."""
    for key in list(get_storage().list_keys()):
        get_storage().delete(key)


def age(key: str) -> None:
    """Make the stored file days old."""
    os.utime(get_storage().local_path(key), (1_700_000_000, 1_700_000_000))


def receive(path: Path) -> actions.Received:
    """``path`` received from a form."""
    with path.open("rb") as stream:
        return actions.receive_upload(FileStorage(stream=stream, filename=path.name), ANY_KIND)


def test_kept_uploads_go_after_a_day(context: Flask, ada: Person, photo: MediaFile, tmp_path: Path) -> None:
    """The one of an abandoned form goes, the one that a page uses stays."""
    with transaction():
        kept = actions.keep_upload(ada, receive(picture_file(tmp_path / "a.png")), MediaPurpose.WORK)
    assert jobs.sweep_orphans() == 0
    with clock.at(clock.now() + timedelta(hours=25)):
        assert jobs.sweep_orphans() == 1
    assert queries.find_file(kept.id) is None
    assert not get_storage().exists(kept.storage_key)
    assert queries.find_file(photo.id) is not None
    assert get_storage().exists(photo.storage_key)


def test_what_a_page_uses_after_all_stays(context: Flask, ada: Person, photo: MediaFile) -> None:
    """A row that refers to the file saves it, though nobody noted that it does."""
    with transaction():
        db.session.execute(sa.text("CREATE TABLE uses_media (file_id BIGINT REFERENCES media_files (id))"))
        db.session.execute(sa.text("INSERT INTO uses_media VALUES (:id)"), {"id": photo.id})
        db.session.execute(sa.update(MediaFile).values(attached_at=None))
    try:
        with clock.at(clock.now() + timedelta(hours=25)):
            jobs.sweep_orphans()
        file = queries.find_file(photo.id)
        assert file is not None
        assert file.attached_at is not None
        assert get_storage().exists(photo.storage_key)
    finally:
        with transaction():
            db.session.execute(sa.text("DROP TABLE uses_media"))


def test_bytes_without_a_row_go(context: Flask, photo: MediaFile, tmp_path: Path) -> None:
    """What a crash between storing and committing left behind."""
    jobs.process_file(photo.id)
    lost = receive(picture_file(tmp_path / "a.png"))
    fresh = receive(picture_file(tmp_path / "b.png"))
    file = queries.find_file(photo.id)
    assert file is not None
    kept = [file.storage_key, *(rendition.storage_key for rendition in file.renditions)]
    for key in [lost.storage_key, *kept]:
        age(key)
    handle, scrap = get_storage().incoming()
    handle.close()
    os.utime(scrap, (1_700_000_000, 1_700_000_000))
    jobs.sweep_orphans()
    assert not get_storage().exists(lost.storage_key)
    assert not scrap.exists()
    assert get_storage().exists(fresh.storage_key)
    assert all(get_storage().exists(key) for key in kept)


def put(key: str, storage: Storage | None = None) -> str:
    """Something old under ``key``."""
    storage = storage or get_storage()
    file, path = storage.incoming()
    with file:
        file.write(b"x")
    storage.put_file(key, path, move=True)
    if storage is get_storage() and isinstance(storage, LocalStorage):
        age(key)
    return key


def test_renditions_that_no_row_knows_go(context: Flask, photo: MediaFile) -> None:
    """A poster that nobody came to record goes, also when its file is there; what its rows know stays."""
    jobs.process_file(photo.id)
    file = queries.find_file(photo.id)
    assert file is not None
    known = [file.storage_key, *(rendition.storage_key for rendition in file.renditions)]
    for key in known:
        age(key)
    lost = put(f"renditions/{photo.public_id}/poster-webp-abc.webp")
    assert jobs.sweep_orphans() == 1
    assert not get_storage().exists(lost)
    assert all(get_storage().exists(key) for key in known)


def test_signed_copies_go_after_a_day(context: Flask, photo: MediaFile) -> None:
    """They have no row: yesterday's are made anew when somebody asks for them, today's stay."""
    old = [put(f"signed/{photo.public_id}-1f2e.jpg"), put("signed/nobody-1f2e.mp4")]
    fresh = put(f"signed/{photo.public_id}-aaaa.jpg")
    os.utime(get_storage().local_path(fresh))
    assert jobs.sweep_orphans() == 2
    assert get_storage().exists(fresh)
    assert not any(get_storage().exists(key) for key in old)


def test_names_that_we_do_not_give_are_left_alone(context: Flask, photo: MediaFile) -> None:
    """What somebody else put into the folder is theirs, and stops nothing."""
    storage = get_storage()
    assert isinstance(storage, LocalStorage)
    stranger = storage.root / "originals" / "My notes.txt"
    stranger.write_text("hello")
    os.utime(stranger, (1_700_000_000, 1_700_000_000))
    lost = put("originals/nobody.jpg")
    assert jobs.sweep_orphans() == 1
    assert stranger.exists()
    stranger.unlink()
    assert not storage.exists(lost)


def test_the_files_of_another_site_are_not_swept(context: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """Pointed at a store of which it knows nothing, a site deletes nothing and says so."""
    keys = [put(f"originals/theirs-{number}.jpg") for number in range(jobs.SUSPICIOUS)]
    assert jobs.sweep_orphans() == 0
    assert "STORAGE_URL" in caplog.text
    assert all(get_storage().exists(key) for key in keys)
    get_storage().delete(keys[0])
    assert jobs.sweep_orphans() == jobs.SUSPICIOUS - 1


def test_at_an_s3_service(context: Flask, photo: MediaFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same by the service's own dates: old orphans go, new ones wait, what a row knows stays."""
    with object_store() as endpoint:
        make_bucket(endpoint, "media")
        settings = dataclasses.replace(context.config["SETTINGS"], storage_url=store_url(endpoint))
        monkeypatch.setitem(context.config, "SETTINGS", settings)
        monkeypatch.delitem(context.extensions, "classprojects.storage", raising=False)
        storage = get_storage()
        kept, lost, signed = put(photo.storage_key), put("renditions/nobody/w480.avif"), put("signed/nobody-1f.jpg")
        assert jobs.sweep_orphans() == 0
        assert storage.exists(lost)
        monkeypatch.setattr(jobs, "DAY", -60)  # everything is older than that
        monkeypatch.setattr(jobs, "KEPT_SIGNED", -60)
        with clock.at(clock.now() - timedelta(days=1)):
            assert jobs.sweep_orphans() == 2
        assert storage.exists(kept)
        assert not storage.exists(lost)
        assert not storage.exists(signed)
