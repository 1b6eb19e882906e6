"""The history of a work: its pages, who sees them, and what they cost."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways.storage import get_storage
from classprojects.media.models import MediaFile, MediaKind, MediaState, Rendition
from classprojects.web.accounts.export import write_export
from classprojects.works import actions, queries
from classprojects.works.actions import PictureDraft
from classprojects.works.models import Medium, TextLayout, Work, WorkStatus
from tests.client import PageClient
from tests.factories.people import Cast, make_person
from tests.factories.works import make_file, make_space, make_work
from tests.works.test_versions import revise, series

Browse = Callable[..., PageClient]
DAY = datetime(2026, 5, 1, 12, tzinfo=UTC)
CUES = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Ada>Hello\n\n00:01:05.000 --> 00:01:06.000\nGood <i>bye</i>\n"


@pytest.fixture
def poem(cast: Cast) -> Work:
    """A text in three versions."""
    work = make_work(cast.maker, title="Tide", body="The sea\n  comes in with the moon", layout=TextLayout.POEM)
    revise(work, body="The sea\n  goes out with the moon", note="Turned")
    revise(work, title="Ebb")
    return queries.get_work(work.id)


def test_the_list_says_what_each_version_changed(browse: Browse, poem: Work) -> None:
    page = browse().get(f"{poem.url}/versions")
    assert page.status == 200 and page('meta[name="robots"][content="noindex"]')
    rows = [" ".join(row.text_content().split()) for row in page(".version-list__one")]
    assert [row.split(" UTC")[0][:10] for row in rows] == ["Version 3 ", "Version 2 ", "Version 1 "]
    assert "Changed: title." in rows[0] and "Changed: text, note." in rows[1] and "As it was posted." in rows[2]
    assert page(f'a[href="{poem.url}/versions/2"]')
    assert f"{poem.url}/versions" in browse().get(poem.url).html


def test_one_version_is_shown_as_it_was(browse: Browse, poem: Work) -> None:
    page = browse().get(f"{poem.url}/versions/1")
    assert page.status == 200 and page('meta[name="robots"][content="noindex"]')
    assert page("h1")[0].text_content() == "Tide"
    assert "This is version 1 of 3" in page.text
    assert page(".set-text-poem .stanza")[0].text_content() == "The sea\n\u00a0\u00a0comes in with the moon"
    assert page('a[rel="next"]') and not page('a[rel="prev"]')
    assert "the newest" in browse().get(f"{poem.url}/versions/3").text


def test_two_versions_are_compared_word_by_word(browse: Browse, poem: Work) -> None:
    page = browse().get(f"{poem.url}/versions/compare?from=1&to=3")
    assert page.status == 200
    assert [one.text_content() for one in page(".comparison__fields del, .comparison__fields ins")] == ["removed: Tide", "added: Ebb", "added: Turned"]
    assert [one.text_content() for one in page(".text-comparison del")] == ["removed: comes in"]
    assert [one.text_content() for one in page(".text-comparison ins")] == ["added: goes out"]
    turned = browse().get(f"{poem.url}/versions/compare?from=3&to=1")
    assert [one.text_content() for one in turned(".text-comparison ins")] == ["added: goes out"]
    assert "Both say the same" in browse().get(f"{poem.url}/versions/compare?from=2&to=2").text
    assert "Ebb" in browse().get(f"{poem.url}/versions/compare").text


@pytest.mark.parametrize("query", ["from=0", "from=4", "to=99999999999999999999", "from=x", "to=-1", "from=1&to=%00", "from=٣"])
def test_versions_that_are_not_there_are_not_found(browse: Browse, poem: Work, query: str) -> None:
    assert browse().get(f"{poem.url}/versions/compare?{query}").status == 404


@pytest.mark.parametrize("number", ["0", "4", "99999999999999999999", "x"])
def test_a_version_that_is_not_there_is_not_found(browse: Browse, poem: Work, number: str) -> None:
    assert browse().get(f"{poem.url}/versions/{number}").status == 404


def test_long_and_hostile_texts_are_compared_as_words(browse: Browse, cast: Cast) -> None:
    evil = "<script>alert(1)</script> & ]]>\n"
    work = make_work(cast.maker, body=evil * 2000)
    revise(work, body="x\n" + evil.replace("1", "2") * 2000)
    page = browse().get(f"{work.url}/versions/compare")
    assert page.status == 200 and "There is more than fits on this page" in page.text
    assert not [script for script in page("script") if "alert" in (script.text or "")]
    assert len(page.html) < 700_000


def test_what_stayed_is_folded(browse: Browse, cast: Cast) -> None:
    lines = [f"Line {number}" for number in range(50)]
    work = make_work(cast.maker, body="\n".join(lines))
    revise(work, body="\n".join([*lines[:25], "Another", *lines[26:]]))
    page = browse().get(f"{work.url}/versions/compare")
    assert [fold.text_content() for fold in page(".text-comparison__fold")] == ["23 lines are the same", "22 lines are the same"]
    assert len(page(".text-comparison .is-same")) == 4


def test_bringing_back(browse: Browse, cast: Cast, poem: Work) -> None:
    client = browse(cast.maker)
    page = client.get(f"{poem.url}/versions/1")
    fields = page.form(".post-button")
    for _twice in range(2):
        assert client.post(f"{poem.url}/versions/1/return", fields).status == 303
    work = queries.get_work(poem.id)
    assert (work.current_version.number, work.current_version.title) == (4, "Tide")
    revise(work, title="Later")
    late = client.post(f"{poem.url}/versions/2/return", {**fields, "seen": "4"})
    assert late.status == 303 and "newer version by now" in client.follow(late).text
    assert queries.get_work(poem.id).current_version.number == 5


@pytest.mark.parametrize("seen", ["", "x", "9" * 30, "-1"])
def test_bringing_back_bears_odd_forms(browse: Browse, cast: Cast, poem: Work, seen: str) -> None:
    assert browse(cast.maker).post(f"{poem.url}/versions/1/return", {"seen": seen}).status == 303


def test_only_the_maker_brings_back(browse: Browse, cast: Cast, poem: Work) -> None:
    assert browse(cast.free).post(f"{poem.url}/versions/1/return", {}).status == 403
    assert browse().post(f"{poem.url}/versions/1/return", {}).status in {303, 401}
    assert not browse(cast.free).get(f"{poem.url}/versions/1")(".post-button")
    assert not browse(cast.maker).get(f"{poem.url}/versions/3")(".version-bar .post-button")


def pages_of(work: Work) -> list[str]:
    return [f"{work.url}/versions", f"{work.url}/versions/1", f"{work.url}/versions/compare?from=1&to=2"]


@pytest.mark.parametrize("status", [WorkStatus.DRAFT, WorkStatus.UNPUBLISHED, WorkStatus.REMOVED])
def test_p4_the_history_of_what_is_not_shown_is_not_shown(browse: Browse, cast: Cast, poem: Work, status: WorkStatus) -> None:
    with transaction():
        db.session.get(Work, poem.id).status = status
    for address in pages_of(poem):
        assert browse().get(address).status == browse(cast.free).get(address).status == 404
        assert browse(cast.maker).get(address).status == 200


def test_p4_the_history_of_a_class_work_is_its_classs(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker, space=make_space())
    revise(work, title="Second")
    for address in pages_of(work):
        assert browse().get(address).status == browse(cast.free).get(address).status == 404
        assert browse(cast.maker).get(address).status == browse(cast.staff).get(address).status == 200


def test_p4_versions_from_before_publishing_are_the_makers(browse: Browse, cast: Cast) -> None:
    with clock.at(DAY):
        work = make_work(cast.maker, title="Private thoughts", publish=False)
    with clock.at(DAY + timedelta(hours=1)):
        revise(work, title="Open thoughts")
    with clock.at(DAY + timedelta(hours=2)), transaction():
        actions.publish_work(queries.get_work(work.id))
    with clock.at(DAY + timedelta(hours=3)):
        revise(work, title="Open, better")
    for person in (None, cast.free, cast.staff):
        client = browse(person)
        assert "Private" not in client.get(f"{work.url}/versions").html
        assert client.get(f"{work.url}/versions/1").status == 404
        assert client.get(f"{work.url}/versions/compare?from=1&to=3").status == 404
        second = client.get(f"{work.url}/versions/2")
        assert second.status == 200 and not second('a[rel="prev"]')
    assert browse(cast.maker).get(f"{work.url}/versions/1").status == 200


def test_p6_a_tombstone_has_no_history(browse: Browse, cast: Cast, poem: Work) -> None:
    with transaction():
        actions.erase_work(queries.get_work(poem.id))
    for address in pages_of(poem):
        for person in (None, cast.free, cast.maker, cast.staff):
            assert browse(person).get(address).status == 404


def stored(owner: Any, tmp_path: Path, data: bytes) -> MediaFile:
    """A picture with bytes: the original, one rendition, and the copy that others download."""
    file = make_file(owner)
    path = tmp_path / "bytes"
    path.write_bytes(data)
    get_storage().put_file(file.storage_key, path)
    with transaction():
        for name in ("w480-avif", "original-clean"):
            key = f"renditions/{file.public_id}/{name}.jpg"
            get_storage().put_file(key, path)
            db.session.add(Rendition(file_id=file.id, name=name, mime="image/jpeg", size=len(data), storage_key=key))
    return file


def test_p4_a_file_is_seen_by_whoever_sees_a_version_with_it(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    """Replaced before it was shared: the old file stays in the class. Replaced later: it stays in the history."""
    first, second, third = (stored(cast.maker, tmp_path, bytes([number])) for number in (1, 2, 3))
    space = make_space()
    with clock.at(DAY):
        work = make_work(cast.maker, space=space, medium=Medium.IMAGE, file_id=first.id, pictures=[PictureDraft(first.id)])
    with clock.at(DAY + timedelta(hours=1)):
        revise(work, file_id=second.id, pictures=[PictureDraft(third.id)])
    addresses = [f"/media/{file.public_id}/w480-avif" for file in (first, second, third)]
    assert [browse().get(address, buffered=True).status for address in addresses] == [404, 404, 404]
    with clock.at(DAY + timedelta(hours=2)), transaction():
        actions.share_work(queries.get_work(work.id))
    with clock.at(DAY + timedelta(hours=3)):
        revise(work, pictures=())
    assert [browse().get(address, buffered=True).status for address in addresses] == [404, 200, 200]
    assert [browse(cast.staff).get(address, buffered=True).status for address in addresses] == [200, 200, 200]
    with transaction():
        actions.unpublish_work(queries.get_work(work.id))
    assert [browse().get(address, buffered=True).status for address in addresses] == [404, 404, 404]


def test_a_series_is_shown_in_order_with_words_for_each(browse: Browse, cast: Cast) -> None:
    work, files = series(cast.maker, 4, title="Walls")
    revise(work, pictures=[PictureDraft(file.id, "Moss" if file is files[2] else "") for file in files[1:]])
    page = browse().get(work.url)
    assert [image.get("alt") for image in page(".picture-series img")] == ["Picture 1", "Walls, picture 2 of 4", "Moss", "Walls, picture 4 of 4"]
    assert all(source.get("srcset") and source.get("sizes") for source in page(".picture-series source"))
    assert [image.get("loading") for image in page(".picture-series img")] == [None, "lazy", "lazy", "lazy"]
    old = browse().get(f"{work.url}/versions/1")
    assert [image.get("alt") for image in old(".picture-series img")] == ["Picture 1", "Picture 2", "Picture 3", "Picture 4"]


def test_a_series_is_shown_once_all_of_it_is_ready(browse: Browse, cast: Cast) -> None:
    work, files = series(cast.maker)
    with transaction():
        db.session.get(MediaFile, files[2].id).state = MediaState.UPLOADED
    page = browse().get(work.url)
    assert page("live-status#work-media") and not page(".picture-series")
    with transaction():
        db.session.get(MediaFile, files[2].id).state = MediaState.FAILED
    page = browse().get(work.url)
    assert len(page(".picture-series img")) == 2 and "could not be prepared" in page.text
    assert not page(".picture-series .post-button")
    maker = browse(cast.maker)
    assert maker.get(work.url)(".picture-series .post-button")
    maker.post(f"{work.url}/processing", {})
    assert db.session.get(MediaFile, files[2].id).state is MediaState.UPLOADED


def test_a_series_comes_as_a_zip(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    files = [stored(cast.maker, tmp_path, bytes([number]) * 1000) for number in (1, 2, 3)]
    pictures = [PictureDraft(file.id, f"Picture {file.id}") for file in files[1:]]
    work = make_work(cast.maker, title="Walls", medium=Medium.IMAGE, file_id=files[0].id, pictures=pictures)
    for person in (None, cast.maker):
        page = browse(person).get(f"{work.url}/download", buffered=True)
        assert page.status == 200 and page.response.mimetype == "application/zip"
        assert "Walls by Maker.zip" in page.headers["Content-Disposition"]
        archive = zipfile.ZipFile(io.BytesIO(page.response.data))
        assert archive.testzip() is None
        assert archive.namelist() == ["CREDITS.txt", "01.jpg", "02.jpg", "03.jpg"]
        assert [archive.read(f"0{number}.jpg") for number in (1, 2, 3)] == [bytes([number]) * 1000 for number in (1, 2, 3)]
        assert work.url in archive.read("CREDITS.txt").decode()
        assert len(page.queries) <= 10
    with transaction():
        db.session.get(MediaFile, files[1].id).state = MediaState.UPLOADED
    assert browse().get(f"{work.url}/download").status == 404


def sound_work(maker: Any, **values: Any) -> Work:
    return make_work(maker, medium=Medium.AUDIO, file_id=make_file(maker, MediaKind.AUDIO).id, captions=CUES, **values)


@pytest.mark.parametrize("kind", [MediaKind.AUDIO, MediaKind.VIDEO])
def test_captions_are_a_track_of_the_player_and_words_beside_it(browse: Browse, cast: Cast, kind: MediaKind) -> None:
    medium = Medium(kind.value)
    work = make_work(cast.maker, medium=medium, file_id=make_file(cast.maker, kind).id, captions=CUES, language="de")
    page = browse().get(work.url)
    (track,) = page(f"{kind.value} track")
    assert track.get("kind") == "captions" and track.get("default") is not None and track.get("srclang") == "de"
    assert [(line.get("data-at"), " ".join(line.text_content().split())) for line in page(".caption-list li")] == [("1.0", "0:01 Ada: Hello"), ("65.0", "1:05 Good bye")]
    answer = browse().get(track.get("src"))
    assert answer.status == 200 and answer.response.mimetype == "text/vtt"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.response.get_data(as_text=True).startswith("WEBVTT\n\n00:00:01.000 --> ")


def test_p4_captions_are_guarded_like_their_version(browse: Browse, cast: Cast) -> None:
    with clock.at(DAY):
        work = sound_work(cast.maker, publish=False)
    with clock.at(DAY + timedelta(hours=1)):
        revise(work, captions="00:01.000 --> 00:02.000\nNew")
    assert browse().get(f"{work.url}/captions.vtt").status == 404
    with clock.at(DAY + timedelta(hours=2)), transaction():
        actions.publish_work(queries.get_work(work.id))
    assert b"New" in browse().get(f"{work.url}/captions.vtt").response.data
    assert browse().get(f"{work.url}/captions.vtt?v=2").status == 200
    assert browse().get(f"{work.url}/captions.vtt?v=1").status == 404
    assert browse(cast.maker).get(f"{work.url}/captions.vtt?v=1").status == 200
    assert browse().get(f"{work.url}/captions.vtt?v=3").status == browse().get(f"{work.url}/captions.vtt?v=x").status == 404
    assert browse().get(f"{make_work(cast.maker).url}/captions.vtt").status == 404


def test_pictures_sounds_and_captions_are_compared(browse: Browse, cast: Cast) -> None:
    work, files = series(cast.maker, 2)
    revise(work, file_id=make_file(cast.maker).id, pictures=[PictureDraft(files[1].id, "Moss"), PictureDraft(files[0].id, "Wall")])
    page = browse().get(f"{work.url}/versions/compare")
    assert len(page("before-after img")) == 2
    assert len(page(".comparison__file")) == 3 and "There was none." in page.text and "The picture is the same." in page.text
    assert page(".comparison__file ins")[0].text_content() == "added: Moss"
    sound = sound_work(cast.maker)
    revise(sound, captions=CUES.replace("Hello", "Welcome"), file_id=make_file(cast.maker, MediaKind.AUDIO).id)
    page = browse().get(f"{sound.url}/versions/compare")
    assert len(page(".comparison__pair audio")) == 2
    assert [one.text_content() for one in page(".text-comparison ins")] == ["added: Welcome"]


def test_p5_a_source_says_which_version_was_used(browse: Browse, cast: Cast) -> None:
    parent = make_work(cast.maker, title="Root")
    child = make_work(cast.free, sources=[parent])
    assert not browse().get(child.url)(".source-list__version")
    revise(parent, title="Root, better")
    page = browse().get(child.url)
    assert [(link.text_content(), link.get("href")) for link in page(".source-list__version a")] == [("version 1", f"{parent.url}/versions/1")]
    with transaction():
        actions.unpublish_work(queries.get_work(parent.id))
    assert not browse().get(child.url)(".source-list__version")


def test_the_json_of_a_work_holds_the_whole_version(browse: Browse, cast: Cast) -> None:
    work, _files = series(cast.maker)
    found = browse().get(work.url, headers={"Accept": "application/json"}).json
    assert [one["alt_text"] for one in found["pictures"]] == ["Picture 2", "Picture 3"]
    assert all(one["media"]["state"] == "ready" for one in found["pictures"]) and found["layout"] == "prose"
    sound = sound_work(cast.maker)
    assert browse().get(sound.url, headers={"Accept": "application/json"}).json["captions"].endswith("/captions.vtt?v=1")


def test_p20_the_export_holds_series_captions_and_layouts(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    files = [stored(cast.maker, tmp_path, bytes([number])) for number in (1, 2)]
    make_work(cast.maker, medium=Medium.IMAGE, file_id=files[0].id, pictures=[PictureDraft(files[1].id, "Moss")])
    sound_work(cast.maker)
    make_work(cast.maker, layout=TextLayout.POEM)
    target = io.BytesIO()
    write_export(cast.maker, target)
    archive = zipfile.ZipFile(target)
    image, sound, text = (work["versions"][0] for work in json.loads(archive.read("works.json")))
    assert image["pictures"][0]["alt_text"] == "Moss" and archive.read(image["pictures"][0]["file"]) == b"\x02"
    assert sound["captions"].startswith("WEBVTT") and text["layout"] == "poem"


def test_the_history_takes_few_queries_however_long(browse: Browse, cast: Cast) -> None:
    work, files = series(cast.maker)
    costs = {}
    for length in (4, 60):
        while queries.get_work(work.id).current_version.number < length:
            revise(work, title=f"Title {queries.get_work(work.id).current_version.number}")
        for place, address in enumerate((f"{work.url}/versions", f"{work.url}/versions/2", f"{work.url}/versions/compare?from=1&to=2", work.url)):
            for person in (None, cast.maker):
                costs.setdefault((place, person is None), []).append(len(browse(person).get(address).queries))
    assert all(first == second for first, second in costs.values()), costs
    assert all(max(cost) <= (8 if is_visitor else 14) for (_place, is_visitor), cost in costs.items()), costs
    page = browse().get(f"{work.url}/versions")
    assert len(page(".version-list__one")) == 50 and page('a[href*="after="]')


def test_each_text_is_set_in_its_layout(browse: Browse, cast: Cast) -> None:
    play = make_work(cast.maker, layout=TextLayout.SCREENPLAY, body="INT. KITCHEN - NIGHT\n\nADA\nIs it <b>on</b>?")
    page = browse().get(play.url)
    assert page(".set-text-screenplay h2.scene")[0].text_content() == "INT. KITCHEN - NIGHT"
    assert page(".set-text-screenplay .speech .character")[0].text_content() == "ADA"
    assert page(".set-text")[0].get("dir") == "auto" and not page(".set-text b")


def test_a_stranger_is_not_told_of_others(browse: Browse, cast: Cast) -> None:
    """The maker of a version has a name, and nobody else is named with it."""
    work = make_work(cast.maker)
    revise(work, title="Second")
    other = make_person("bystander")
    assert other.name not in browse().get(f"{work.url}/versions/1").html
