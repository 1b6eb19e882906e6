"""The store goes while a file that came in pieces is put into it: nothing of it has to be sent again."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from flask import Flask

from classprojects.accounts.models import Person
from classprojects.core.database import transaction
from classprojects.gateways import pieces
from classprojects.gateways.storage import get_storage
from classprojects.media import jobs, queries, uploading
from classprojects.media.models import MediaKind, UploadState
from tests.factories.media import picture_file
from tests.gateways.object_store import Line, make_bucket, object_store, store_url
from tests.media.test_uploads import arrive

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow


def test_a_whole_upload_waits_for_the_store(
    context: Flask, ada: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut in the middle, it stays whole on this machine, open and counted; looked at again later, it is taken."""
    data = picture_file(tmp_path / "a.png", 400, 300).read_bytes()
    with object_store() as endpoint:
        make_bucket(endpoint, "media")
        line = Line(endpoint)

        def at(where: str) -> None:
            settings = dataclasses.replace(context.config["SETTINGS"], storage_url=store_url(where))
            monkeypatch.setitem(context.config, "SETTINGS", settings)
            monkeypatch.delitem(context.extensions, "classprojects.storage", raising=False)

        at(line.endpoint)
        with transaction():
            upload = uploading.begin_upload(ada, MediaKind.IMAGE, "a.png", len(data))
        arrive(upload, data)
        line.cut_after = len(data) // 2
        for _ in range(2):
            jobs.finish_upload(upload.id)
            fresh = queries.get_upload(upload.public_id)
            assert fresh.state is UploadState.OPEN
            assert fresh.received == len(data)
            assert pieces.path_of(upload.public_id).read_bytes() == data
        at(endpoint)
        assert list(get_storage().list_keys()) == []
        jobs.finish_upload(upload.id)
        fresh = queries.get_upload(upload.public_id)
        assert fresh.state is UploadState.FINISHED
        file = queries.find_unused_file_of(fresh)
        assert file is not None
        with get_storage().open(file.storage_key) as stored:
            assert stored.read() == data
        assert pieces.size_of(upload.public_id) == 0
        line.close()
