"""Versions: what one holds, that it never changes, which are shown to whom, and taking an older one up again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.media.models import MediaFile, MediaKind
from classprojects.works import actions, queries, versions
from classprojects.works.actions import MOST_PICTURES, BadWork, PictureDraft, WorkDraft
from classprojects.works.models import EdgeKind, Medium, TextLayout, Work, WorkPicture, WorkVersion
from classprojects.works.queries import VISITOR, Viewer
from tests.conftest import empty_database
from tests.factories.people import Cast, make_person
from tests.factories.works import make_file, make_space, make_work

CAPTIONS = "1\n00:00:01,000 --> 00:00:02,000\nHello\n"
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\n"
DAY = datetime(2026, 5, 1, 12, tzinfo=UTC)


def revise(work: Work, **changes: Any) -> WorkVersion:
    """Save the work with these changes, as its maker does."""
    now = queries.get_work(work.id)
    draft = replace(versions.draft_of(now, now.current_version), **changes)
    with transaction():
        return actions.revise_work(now, draft, viewer=Viewer(now.maker_id))


def series(maker: Any, number: int = 3, **values: Any) -> tuple[Work, list[MediaFile]]:
    """A work of so many pictures."""
    files = [make_file(maker) for _ in range(number)]
    pictures = [PictureDraft(file.id, f"Picture {place}") for place, file in enumerate(files[1:], start=2)]
    work = make_work(maker, medium=Medium.IMAGE, file_id=files[0].id, alt_text="Picture 1", pictures=pictures, **values)
    return work, files


def test_a_series_keeps_its_order_and_each_pictures_words(context: Flask, cast: Cast) -> None:
    work, files = series(cast.maker)
    version = versions.get_version(work.id, 1).version
    assert [file.id for file in queries.files_of(version)] == [file.id for file in files]
    assert [(one.position, one.alt_text) for one in version.pictures] == [(2, "Picture 2"), (3, "Picture 3")]
    assert all(db.session.get(MediaFile, file.id).attached_at for file in files)
    turned = [PictureDraft(files[2].id, "Third"), PictureDraft(files[1].id, "Second")]
    assert revise(work, pictures=turned).number == 2
    assert [one.file_id for one in versions.get_version(work.id, 2).version.pictures] == [files[2].id, files[1].id]
    assert [one.file_id for one in versions.get_version(work.id, 1).version.pictures] == [files[1].id, files[2].id]


def test_a_series_is_bounded_and_its_pictures_are_ones_own(context: Flask, cast: Cast) -> None:
    files = [make_file(cast.maker) for _ in range(MOST_PICTURES + 1)]
    stranger, sound = make_file(cast.free), make_file(cast.maker, MediaKind.AUDIO)
    first = files[0].id
    wrong: list[list[PictureDraft]] = [
        [PictureDraft(file.id) for file in files[1:]],
        [PictureDraft(stranger.id)],
        [PictureDraft(sound.id)],
        [PictureDraft(2**63)],
        [PictureDraft(-1)],
        [PictureDraft(files[1].id, "x" * 1001)],
    ]
    for pictures in wrong:
        with pytest.raises(BadWork) as refusal:
            make_work(cast.maker, medium=Medium.IMAGE, file_id=first, pictures=pictures)
        assert refusal.value.field in {"file", "alt_text"}
    assert make_work(cast.maker, medium=Medium.IMAGE, file_id=first, pictures=[PictureDraft(f.id) for f in files[1:20]])


def test_captions_are_written_anew_and_kept_with_what_is_heard(context: Flask, cast: Cast) -> None:
    sound = make_file(cast.maker, MediaKind.AUDIO)
    work = make_work(cast.maker, medium=Medium.AUDIO, file_id=sound.id, captions=CAPTIONS)
    assert queries.get_work(work.id).current_version.captions == VTT
    assert revise(work, captions=CAPTIONS).number == 1  # the same, whichever way it is written
    assert revise(work, captions="").captions == ""
    with pytest.raises(actions.DomainError) as refusal:
        revise(work, captions="no times at all")
    assert refusal.value.field == "captions"
    assert make_work(cast.maker, captions=CAPTIONS).current_version.captions == ""


def test_a_layout_is_a_texts_alone_and_a_change_of_its_own(context: Flask, cast: Cast) -> None:
    work = make_work(cast.maker, body="One\n  two", layout=TextLayout.POEM)
    assert "\u00a0\u00a0two" in work.current_version.body_html.replace("&nbsp;", "\u00a0")
    assert revise(work, layout=TextLayout.PROSE).number == 2
    picture = make_file(cast.maker)
    assert make_work(cast.maker, medium=Medium.IMAGE, file_id=picture.id, layout=TextLayout.POEM).current_version.layout is TextLayout.PROSE


def test_saving_the_same_again_makes_no_version(context: Flask, cast: Cast) -> None:
    work, _files = series(cast.maker)
    assert revise(work).number == 1
    assert revise(work, tags=("one",)).number == 1


def test_deleting_takes_every_picture_of_every_version(context: Flask, cast: Cast) -> None:
    work, files = series(cast.maker)
    kept = make_work(cast.maker, medium=Medium.IMAGE, file_id=files[1].id)
    revise(work, pictures=[PictureDraft(files[2].id)])
    with transaction():
        actions.erase_work(queries.get_work(work.id))
    left = set(db.session.scalars(sa.select(MediaFile.id)))
    assert left == {files[1].id}, "what another work shows stays"
    assert queries.get_work(kept.id).current_version.file_id == files[1].id
    assert not db.session.scalars(sa.select(WorkPicture)).all()
    assert {(v.title, v.alt_text, v.captions, v.file_id) for v in db.session.scalars(sa.select(WorkVersion).where(WorkVersion.work_id == work.id))} == {("", "", "", None)}


@pytest.mark.parametrize(
    "change",
    [
        lambda version: setattr(version, "title", "Another"),
        lambda version: setattr(version, "body", "Another"),
        lambda version: setattr(version, "captions", VTT),
        lambda version: setattr(version, "layout", TextLayout.POEM),
        lambda version: setattr(version, "number", 7),
        lambda version: db.session.delete(version),
        lambda version: db.session.execute(sa.update(WorkVersion).values(title="Another")),
        lambda version: db.session.execute(sa.delete(WorkVersion)),
    ],
)
def test_a_version_is_never_changed(context: Flask, cast: Cast, change: Callable[[WorkVersion], object]) -> None:
    work = make_work(cast.maker, title="As it was")
    with pytest.raises(RuntimeError, match="never changed"), transaction():
        change(work.current_version)
        db.session.flush()
    db.session.expire_all()
    assert queries.get_work(work.id).current_version.title == "As it was"


def test_a_picture_of_a_series_is_never_changed(context: Flask, cast: Cast) -> None:
    work, files = series(cast.maker)
    picture = versions.get_version(work.id, 1).version.pictures[0]
    with pytest.raises(RuntimeError, match="never changed"), transaction():
        picture.file_id = files[2].id
        db.session.flush()


def test_p5_a_remix_points_at_the_version_it_used(context: Flask, cast: Cast) -> None:
    parent = make_work(cast.maker, title="First")
    early = make_work(cast.free, sources=[parent])
    revise(parent, title="Second")
    late = make_work(cast.free, sources=[parent])
    numbers = {work.id: queries.get_work(work.id).sources[0].parent_version.number for work in (early, late)}
    assert numbers == {early.id: 1, late.id: 2}


def test_p4_what_changed_before_it_was_published_stays_the_makers(context: Flask, cast: Cast) -> None:
    with clock.at(DAY):
        work = make_work(cast.maker, title="Private thoughts", publish=False)
    with clock.at(DAY + timedelta(hours=1)):
        revise(work, title="For everybody")
    with clock.at(DAY + timedelta(hours=2)), transaction():
        actions.publish_work(queries.get_work(work.id))
    with clock.at(DAY + timedelta(hours=3)):
        revise(work, title="For everybody, better")
    maker, other = Viewer(cast.maker.id), Viewer(cast.free.id)
    work = queries.get_work(work.id)
    assert [change.number for change in versions.list_changes(work, maker).items] == [3, 2, 1]
    seen = versions.list_changes(work, other).items
    assert [(change.number, change.is_first) for change in seen] == [(3, False), (2, True)]
    assert "Private" not in str(seen) and seen[1].parts == ()
    one = versions.get_version(work.id, 1)
    assert versions.was_shown(work, one.superseded_at, maker)
    assert not versions.was_shown(work, one.superseded_at, other) and not versions.was_shown(work, one.superseded_at, VISITOR)
    assert versions.was_shown(work, versions.get_version(work.id, 2).superseded_at, VISITOR)


def test_p4_what_changed_in_a_class_before_it_was_shared_stays_in_it(context: Flask, cast: Cast) -> None:
    space = make_space()
    file, later = make_file(cast.maker), make_file(cast.maker)
    with clock.at(DAY):
        work = make_work(cast.maker, space=space, medium=Medium.IMAGE, file_id=file.id)
    with clock.at(DAY + timedelta(hours=1)):
        revise(work, file_id=later.id)
    with clock.at(DAY + timedelta(hours=2)), transaction():
        actions.share_work(queries.get_work(work.id))
    classmate, stranger = Viewer(cast.free.id, frozenset({space.id})), Viewer(cast.free.id)
    work = queries.get_work(work.id)
    assert [change.number for change in versions.list_changes(work, classmate).items] == [2, 1]
    assert [change.number for change in versions.list_changes(work, stranger).items] == [2]
    (placed,) = versions.list_works_with_file(file.id)
    assert versions.was_shown(placed.work, placed.superseded_at, classmate)
    assert not versions.was_shown(placed.work, placed.superseded_at, stranger)
    (placed,) = versions.list_works_with_file(later.id)
    assert placed.superseded_at is None


def test_the_history_says_what_each_version_changed(context: Flask, cast: Cast) -> None:
    work, files = series(cast.maker)
    revise(work, title="Other", note="A note")
    revise(work, pictures=[PictureDraft(files[2].id, "Third")])
    revise(work, alt_text="Seen", language="de")
    revise(work, file_id=files[1].id)
    found = versions.list_changes(queries.get_work(work.id), VISITOR).items
    assert [change.parts for change in found] == [("file_id",), ("alt_text", "language"), ("pictures",), ("title", "note"), ()]
    assert found[-1].is_first


def test_a_long_history_comes_in_pages(context: Flask, cast: Cast) -> None:
    work = make_work(cast.maker)
    for number in range(6):
        revise(work, title=f"Title {number}")
    work = queries.get_work(work.id)
    numbers, after = [], None
    while True:
        page = versions.list_changes(work, VISITOR, after, size=3)
        numbers.append([change.number for change in page.items])
        after = page.next_cursor
        if after is None:
            break
    assert numbers == [[7, 6, 5], [4, 3, 2], [1]]


def test_bringing_back_makes_a_new_version_once(context: Flask, cast: Cast) -> None:
    work, files = series(cast.maker, title="First")
    viewer = Viewer(cast.maker.id)
    revise(work, title="Second", pictures=())
    for _twice in range(2):
        with transaction():
            back = versions.bring_back(versions.get_version(work.id, 1), seen=2, viewer=viewer)
        assert (back.number, back.title) == (3, "First")
    now = queries.get_work(work.id).current_version
    assert [file.id for file in queries.files_of(now)] == [file.id for file in files]
    assert versions.get_version(work.id, 2).version.title == "Second"
    revise(work, title="Fourth")
    with pytest.raises(versions.Moved), transaction():
        versions.bring_back(versions.get_version(work.id, 2), seen=3, viewer=viewer)


TITLES = st.sampled_from(["a", "b", "c"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("text"), TITLES, st.sampled_from(["one", "one\n\n  two", "INT. A\n\nB\nc"]), st.sampled_from(TextLayout)),
        st.tuples(st.just("pictures"), TITLES, st.lists(st.integers(0, 3), max_size=4)),
        st.tuples(st.just("sound"), st.sampled_from(["", "x", "y"])),
        st.tuples(st.just("back"), st.integers(0, 2), st.integers(0, 9)),
        st.tuples(st.just("remix"), st.integers(0, 2)),
    ),
    min_size=1,
    max_size=10,
)


def said(work_id: int) -> list[tuple[Any, ...]]:
    """Everything that every version of a work says."""
    found = db.session.scalars(sa.select(WorkVersion).where(WorkVersion.work_id == work_id).order_by(WorkVersion.number))
    return [
        (
            one.id, one.number, one.title, one.body, one.body_html, one.layout, one.note, one.captions, one.alt_text, one.file_id, one.created_at,
            tuple(db.session.execute(sa.select(WorkPicture.position, WorkPicture.file_id, WorkPicture.alt_text).where(WorkPicture.version_id == one.id).order_by(WorkPicture.position))),
        )
        for one in found
    ]  # fmt: skip


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_p5_whatever_is_edited_earlier_versions_stay_and_edges_point_at_theirs(context: Flask, steps: list[tuple[Any, ...]]) -> None:
    """Any edits, returns and remixes: what a version said it says for ever, and no statement ever wrote over one."""
    empty_database()
    db.session.remove()
    maker, other = make_person(), make_person()
    pictures = [make_file(maker) for _ in range(4)]
    sound = make_file(maker, MediaKind.AUDIO)
    works = [
        make_work(maker, body="begin"),
        make_work(maker, medium=Medium.IMAGE, file_id=pictures[0].id),
        make_work(maker, medium=Medium.AUDIO, file_id=sound.id),
    ]
    before = {work.id: said(work.id) for work in works}
    edges: dict[int, int] = {}
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("UPDATE", "DELETE")) and ("work_versions" in statement.split("SET")[0] or "work_pictures" in statement.split("WHERE")[0]):
            written.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for step in steps:
            match step:
                case ("text", title, body, layout):
                    revise(works[0], title=title, body=body, layout=layout)
                case ("pictures", title, places):
                    revise(works[1], title=title, pictures=[PictureDraft(pictures[place].id, title) for place in places])
                case ("sound", words):
                    revise(works[2], captions=f"00:01.000 --> 00:02.000\n{words}\n" if words else "")
                case ("back", which, number):
                    work = queries.get_work(works[which].id)
                    newest = work.current_version.number
                    with transaction():
                        versions.bring_back(versions.get_version(work.id, 1 + number % newest), seen=newest, viewer=Viewer(maker.id))
                case ("remix", which):
                    child = make_work(other, sources=[works[which]])
                    edges[child.id] = queries.get_work(works[which].id).current_version.id
            db.session.expire_all()
            for work_id, known in before.items():
                now = said(work_id)
                assert now[: len(known)] == known
                assert [row[1] for row in now] == list(range(1, len(now) + 1))
                before[work_id] = now
        for child_id, version_id in edges.items():
            edge = queries.get_work(child_id).sources[0]
            assert (edge.parent_version_id, edge.kind) == (version_id, EdgeKind.BUILT_ON)
        for work_id, known in before.items():
            for row in known:
                assert versions.get_version(work_id, row[1]).version.title == row[2]
        assert written == []
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_draft_of_a_version_is_the_whole_of_it(context: Flask, cast: Cast) -> None:
    """Saving it again changes nothing: no part of a version is missing in a draft."""
    for work in (series(cast.maker)[0], make_work(cast.maker, layout=TextLayout.SCREENPLAY, note="n", tags=("t",))):
        work = queries.get_work(work.id)
        assert isinstance(versions.draft_of(work, work.current_version), WorkDraft)
        assert revise(work).number == 1
