"""P4, P19: copies say where they come from and that they are not for training; files that come in are asked the same."""

from __future__ import annotations

import io
import json
import threading
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import c2pa
import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.accounts.queries import get_person
from classprojects.app import create_app
from classprojects.core.database import db, transaction
from classprojects.gateways import provenance, transcoder
from classprojects.gateways.provenance import Claim
from classprojects.gateways.storage import get_storage
from classprojects.media import actions, jobs
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.policy.viewing import viewer_for
from classprojects.settings import BadSettings, read_settings
from classprojects.works import actions as works
from classprojects.works import queries
from classprojects.works.actions import ExternalDraft, PictureDraft
from classprojects.works.models import Medium, Work
from tests.client import PageClient
from tests.factories.media import film_file, picture_file, sound_file
from tests.factories.people import Cast
from tests.factories.works import make_space, make_work

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

Browse = Callable[..., PageClient]

MADE: dict[str, tuple[Medium, Callable[[Path], Path]]] = {
    "a.jpg": (Medium.IMAGE, picture_file),
    "a.png": (Medium.IMAGE, picture_file),
    "a.webp": (Medium.IMAGE, picture_file),
    "a.gif": (Medium.IMAGE, picture_file),
    "a.mp4": (Medium.VIDEO, lambda path: film_file(path, 1.0)),
    "a.m4a": (Medium.AUDIO, lambda path: sound_file(path, 1.0)),
    "a.wav": (Medium.AUDIO, lambda path: sound_file(path, 1.0)),
    "a.mp3": (Medium.AUDIO, lambda path: sound_file(path, 1.0)),
    "a.flac": (Medium.AUDIO, lambda path: sound_file(path, 1.0)),
}
MIMES = {
    "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "mp4": "video/mp4",
    "m4a": "audio/mp4", "wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac",
}  # fmt: skip


def posted(maker: Person, data: bytes, name: str, medium: Medium, **draft: Any) -> Work:
    """A work with this file, prepared as the worker does."""
    received = actions.receive_upload(FileStorage(io.BytesIO(data), filename=name), (medium.value,))
    with transaction():
        file = actions.accept_upload(maker, received, MediaPurpose.WORK)
    draft = {"title": "Wall", "alt_text": "A wall", **draft}
    work = make_work(maker, medium=medium, file_id=file.id, **draft)
    jobs.process_file(db.session.scalars(sa.select(MediaFile.id).order_by(MediaFile.id.desc())).first() or 0)
    return work


def download(browse: Browse, person: Person | None, work: Work) -> bytes:
    page = browse(person).get(f"{work.url}/download", buffered=True)
    assert page.status == 200
    return page.response.data


def record(data: bytes, mime: str) -> dict[str, Any]:
    """What the library's own reader says, trusting the site's certificate."""
    identity = provenance.find_identity()
    assert identity is not None
    settings = {"verify": {"verify_trust": True}, "trust": {"trust_anchors": identity.anchors}}
    with c2pa.Context.from_dict(settings) as context, c2pa.Reader(mime, io.BytesIO(data), context=context) as reader:
        return json.loads(reader.json())


def manifest(data: bytes, mime: str) -> dict[str, Any]:
    found = record(data, mime)
    return found["manifests"][found["active_manifest"]]


@pytest.mark.parametrize("name", MADE)
def test_a_copy_carries_a_valid_record(browse: Browse, cast: Cast, tmp_path: Path, name: str) -> None:
    medium, make = MADE[name]
    parent = make_work(cast.free, title="The river")
    work = posted(
        cast.maker,
        make(tmp_path / name).read_bytes(),
        name,
        medium,
        sources=[parent],
        external_sources=[ExternalDraft("https://example.org/bell", "Bo Bell", "CC BY 4.0")],
    )
    mime = MIMES[name.rsplit(".", 1)[1]]
    data = download(browse, None, work)
    found = record(data, mime)
    assert found["validation_state"] == "Trusted"
    told = found["manifests"][found["active_manifest"]]
    assert told["title"] == "Wall"
    assertions = {one["label"]: one["data"] for one in told["assertions"]}
    creative = assertions["stds.schema-org.CreativeWork"]
    assert creative["author"][0]["name"] == cast.maker.name and creative["url"].endswith(work.url)
    for label in ("cawg.training-mining", "c2pa.training-mining"):
        assert {entry["use"] for entry in assertions[label]["entries"].values()} == {"notAllowed"}
    sources = {one.get("informational_URI"): one for one in told["ingredients"]}
    (river,) = [one for address, one in sources.items() if address and address.endswith(parent.url)]
    assert river["title"] == f"The river — {cast.free.name}" and river["relationship"] == "componentOf"
    assert "https://example.org/bell" in sources


def test_the_media_itself_is_untouched(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    work = posted(cast.maker, sound_file(tmp_path / "a.wav", 1.0).read_bytes(), "a.wav", Medium.AUDIO)
    signed = download(browse, None, work)
    (tmp_path / "signed.wav").write_bytes(signed)
    assert transcoder.identify(tmp_path / "signed.wav").duration_ms == 1000
    own = download(browse, cast.maker, work)
    assert own == (tmp_path / "a.wav").read_bytes(), "the maker gets the very file back"
    samples = own[own.index(b"data") + 8 :]
    assert samples in signed


def test_a_tampered_copy_is_shown_as_such(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    work = posted(cast.maker, picture_file(tmp_path / "a.png").read_bytes(), "a.png", Medium.IMAGE)
    data = download(browse, None, work)
    assert record(data, "image/png")["validation_state"] == "Trusted"
    pixels = zlib.decompress(b"".join(body for name, body in _chunks(data) if name == b"IDAT"))
    # The same record, around another picture.
    forged = _with_idat(data, zlib.compress(bytes(255 - byte if n % 1921 else byte for n, byte in enumerate(pixels))))
    assert record(forged, "image/png")["validation_state"] == "Invalid"
    again = posted(cast.free, forged, "b.png", Medium.IMAGE, title="Forged")
    page = browse(None).get(again.url)
    assert "changed after it was signed" in page.text
    assert page("form[action$='/named-sources']") == []
    assert browse(cast.free).get(again.url)("form[action$='/named-sources']") == []


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    at, found = 8, []
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _with_idat(data: bytes, idat: bytes) -> bytes:
    out, done = data[:8], False
    for name, body in _chunks(data):
        if name == b"IDAT":
            if done:
                continue
            body, done = idat, True
        out += len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
    return out


def test_who_posts_a_copy_again_is_offered_its_source(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    work = posted(cast.maker, picture_file(tmp_path / "a.jpg").read_bytes(), "a.jpg", Medium.IMAGE)
    again = posted(cast.free, download(browse, None, work), "a.jpg", Medium.IMAGE, title="Mine")
    shown = browse(None).get(again.url).text
    assert "nobody changed it since" in shown and "Made with" not in shown
    assert browse(None).get(again.url)("form[action$='/named-sources']") == [], "for its maker alone"
    browser = browse(cast.free)
    assert len(browser.get(again.url)("form[action$='/named-sources']")) == 1
    assert browser.post(f"{again.url}/named-sources").status == 303
    assert browser.post(f"{again.url}/named-sources").status == 303, "twice is once"
    page = browser.get(again.url, headers={"Accept": "application/json"})
    assert [source["id"] for source in page.json["sources"]] == [str(work.id)]
    assert browser.get(again.url)("form[action$='/named-sources']") == []
    assert browse(cast.maker).post(f"{again.url}/named-sources").status == 403


def test_p4_a_copy_names_nothing_hidden(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    parent = make_work(cast.free, title="The secret river")
    work = posted(cast.maker, picture_file(tmp_path / "a.jpg").read_bytes(), "a.jpg", Medium.IMAGE, sources=[parent])
    before = download(browse, None, work)
    assert b"The secret river" in before
    with transaction():
        works.unpublish_work(db.session.merge(parent))
    after = download(browse, None, work)
    assert b"The secret river" not in after and cast.free.name.encode() not in after
    ingredients = manifest(after, "image/jpeg")["ingredients"]
    assert [one["title"] for one in ingredients] == ["Wall", "A work that is not shown"]
    assert all(f"/works/{parent.id}" not in str(one) for one in ingredients)


def test_p4_a_class_work_carries_no_record(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    """What is not for everybody says nothing about itself to whoever finds it."""
    work = posted(cast.maker, picture_file(tmp_path / "a.jpg").read_bytes(), "a.jpg", Medium.IMAGE, space=make_space())
    assert b"c2pa" not in download(browse, cast.staff, work)


def test_a_new_title_is_signed_anew_and_the_old_copy_goes(
    browse: Browse, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = posted(cast.maker, picture_file(tmp_path / "a.jpg").read_bytes(), "a.jpg", Medium.IMAGE)
    first = download(browse, None, work)
    signs = []
    real = provenance.sign_copy
    monkeypatch.setattr(provenance, "sign_copy", lambda *order: signs.append(1) or real(*order))
    assert download(browse, None, work) == first and signs == [], "signed once, then kept"
    draft = works.WorkDraft(Medium.IMAGE, "Another wall", alt_text="A wall")
    with transaction():
        works.revise_work(queries.get_work(work.id), draft, viewer=viewer_for(get_person(cast.maker.id)))
    assert manifest(download(browse, None, work), "image/jpeg")["title"] == "Another wall"
    public_id = db.session.scalars(sa.select(MediaFile.public_id)).one()

    def kept() -> list[str]:
        return [key for key in get_storage().list_keys("signed") if key.startswith(f"signed/{public_id}-")]

    assert len(kept()) == 2
    monkeypatch.setattr(jobs, "KEPT_SIGNED", 0)
    jobs.sweep_orphans()
    assert kept() == []
    assert manifest(download(browse, None, work), "image/jpeg")["title"] == "Another wall"


def test_what_cannot_be_signed_is_downloaded_all_the_same(
    browse: Browse, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = posted(cast.maker, picture_file(tmp_path / "a.jpg").read_bytes(), "a.jpg", Medium.IMAGE)

    def fail(*_order: object) -> Path:
        raise transcoder.TranscoderFailed("no")

    monkeypatch.setattr(provenance, "sign_copy", fail)
    assert b"c2pa" not in download(browse, None, work)


def test_a_series_is_signed_picture_by_picture(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    received = actions.receive_upload(
        FileStorage(io.BytesIO(picture_file(tmp_path / "b.jpg", 200, 300).read_bytes()), filename="b.jpg"), ("image",)
    )
    with transaction():
        second = actions.accept_upload(cast.maker, received, MediaPurpose.WORK)
    jobs.process_file(second.id)
    work = posted(
        cast.maker,
        picture_file(tmp_path / "a.jpg").read_bytes(),
        "a.jpg",
        Medium.IMAGE,
        pictures=[PictureDraft(second.id, "Another")],
    )
    for id in db.session.scalars(sa.select(MediaFile.id)).all():
        jobs.process_file(id)
    with zipfile.ZipFile(io.BytesIO(download(browse, None, work))) as archive:
        pictures = [archive.read(name) for name in archive.namelist() if name.endswith(".jpg")]
    assert len(pictures) == 2
    assert all(record(one, "image/jpeg")["validation_state"] == "Trusted" for one in pictures)


def test_foreign_records_are_told_and_not_believed(app: Flask, browse: Browse, cast: Cast, tmp_path: Path) -> None:
    """Anybody can make a certificate and write our address into a file: such a record is shown, and offers nothing."""
    target = make_work(cast.maker, title="Target")
    foreign = provenance.self_made_identity(tmp_path / "elsewhere")
    claim = Claim("<script>x</script>\u202egnp.exe", "M\x00allory", f"{app.config['SETTINGS'].base_url}{target.url}")
    made = provenance.sign_copy(picture_file(tmp_path / "a.jpg"), tmp_path, "image/jpeg", claim, foreign)
    work = posted(cast.free, made.read_bytes(), "a.jpg", Medium.IMAGE)
    page = browse(cast.free).get(work.url)
    assert "We cannot tell who that is" in page.text and "Made with Class Projects" in page.text
    assert page("form[action$='/named-sources']") == []
    told = db.session.scalars(sa.select(MediaFile.provenance)).one()
    assert told["state"] == "signed" and told["title"] == "<script>x</script>gnp.exe"
    assert "<script>x" not in page.text


@pytest.mark.parametrize("noise", [b"c2pa" * 50, b"jumb\x00\x00\x00\x01c2pa" + b"\xff" * 400])
def test_what_only_looks_like_a_record_harms_nothing(app: Flask, cast: Cast, tmp_path: Path, noise: bytes) -> None:
    data = picture_file(tmp_path / "a.jpg").read_bytes() + noise
    (tmp_path / "b.jpg").write_bytes(data)
    probe = transcoder.identify(tmp_path / "b.jpg")
    assert probe.mime == "image/jpeg" and (probe.provenance or {}).get("state") in (None, "broken")


@pytest.mark.parametrize("name", ["a.jpg", "a.mp4", "a.wav"])
def test_records_with_wrong_bytes_never_break_the_upload(
    app: Flask, cast: Cast, browse: Browse, tmp_path: Path, name: str
) -> None:
    medium, make = MADE[name]
    identity = provenance.find_identity()
    assert identity is not None
    mime = MIMES[name.rsplit(".", 1)[1]]
    made = provenance.sign_copy(make(tmp_path / name), tmp_path, mime, Claim("A", "B", "http://x/works/1"), identity)
    whole = made.read_bytes()
    begin = whole.index(b"jumb")
    for step in range(0, 3000, 375):
        spoilt = bytearray(whole)
        spoilt[begin + step] ^= 0xFF
        path = tmp_path / f"spoilt{step}{made.suffix}"
        path.write_bytes(spoilt)
        with suppress(transcoder.MediaRefused):
            probe = transcoder.identify(path, anchors=identity.anchors)
            assert (probe.provenance or {"state": "broken"})["state"] in {"broken", "changed"}, step


def test_the_certificate_is_made_once_by_however_many(tmp_path: Path) -> None:
    found: list[provenance.Identity] = []
    threads = [threading.Thread(target=lambda: found.append(provenance.self_made_identity(tmp_path))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len({one.fingerprint for one in found}) == 1
    assert found[0].key.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["self-made"]
    provenance.read_identity(found[0].certificate, found[0].key)


def test_a_key_that_does_not_fit_is_told(tmp_path: Path) -> None:
    one, other = provenance.self_made_identity(tmp_path / "a"), provenance.self_made_identity(tmp_path / "b")
    with pytest.raises(provenance.BadCertificate, match="not the key"):
        provenance.read_identity(one.certificate, other.key)
    with pytest.raises(provenance.BadCertificate, match="cannot be read"):
        provenance.read_identity(tmp_path / "none", one.key)


def test_the_bundle_holds_signed_copies(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    parent = posted(cast.maker, picture_file(tmp_path / "a.jpg").read_bytes(), "a.jpg", Medium.IMAGE)
    work = posted(
        cast.free, picture_file(tmp_path / "b.png", 90, 60).read_bytes(), "b.png", Medium.IMAGE, title="Roof", sources=[parent]
    )
    page = browse(None).get(f"{work.url}/bundle.zip", buffered=True)
    with zipfile.ZipFile(io.BytesIO(page.response.data)) as archive:
        files = {name.rsplit(".", 1)[1]: archive.read(name) for name in archive.namelist() if name.endswith((".jpg", ".png"))}
    assert manifest(files["jpg"], "image/jpeg")["title"] == "Wall"
    assert manifest(files["png"], "image/png")["title"] == "Roof"


def test_a_site_with_a_key_that_does_not_fit_does_not_start(tmp_path: Path) -> None:
    one, other = provenance.self_made_identity(tmp_path / "a"), provenance.self_made_identity(tmp_path / "b")
    env = {"CLASSPROJECTS_ENV": "test", "DATA_DIR": str(tmp_path), "C2PA_CERTIFICATE": str(one.certificate)}
    with pytest.raises(BadSettings, match="not the key"):
        create_app(read_settings({**env, "C2PA_KEY": str(other.key)}))
    create_app(read_settings({**env, "C2PA_KEY": str(one.key)}))
    create_app(read_settings({**env, "C2PA_KEY": str(other.key), "PROVENANCE": "off"}))
