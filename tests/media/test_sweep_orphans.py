"""What nobody uses goes after a day; what somebody uses never does."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways.storage import get_storage
from classprojects.media import actions, jobs, queries
from classprojects.media.models import MediaFile, MediaPurpose
from tests.factories.media import picture_file
from tests.media.conftest import ANY_KIND


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
