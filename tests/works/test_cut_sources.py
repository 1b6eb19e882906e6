"""What a file was cut out of stays among the sources of whatever is posted with it: by no way can it be left out."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.accounts.models import Person
from classprojects.core.database import db, transaction
from classprojects.media.models import MediaFile, MediaKind
from classprojects.media.recipes import Mix, Part, Track, as_json
from classprojects.policy.viewing import viewer_for
from classprojects.works import actions, queries
from classprojects.works.actions import BadSource, PictureDraft, SourceDraft, WorkDraft
from classprojects.works.models import EdgeKind, Medium, RemixEdge, Work
from classprojects.works.queries import Viewer
from tests.factories.people import Cast
from tests.factories.works import make_file, make_space, make_work


def make_cut(owner: Person, *works: Work, kind: MediaKind = MediaKind.AUDIO) -> MediaFile:
    """A file that was made out of these works, ready."""
    parts = [Part(work.id, work.current_version.id, work.current_version.file_id or 0) for work in works]
    return make_file(owner, kind, recipe=as_json(Mix(tuple(Track(part, 0, 1000) for part in parts))))


def make_sound(maker: Person, **values: Any) -> Work:
    return make_work(maker, medium=Medium.AUDIO, file_id=make_file(maker, MediaKind.AUDIO).id, **values)


def edges(work: Work) -> dict[int, tuple[EdgeKind, int]]:
    """What the work names: kind and version by parent."""
    found = db.session.scalars(sa.select(RemixEdge).where(RemixEdge.child_id == work.id))
    return {edge.parent_id: (edge.kind, edge.parent_version_id) for edge in found}


def test_named_though_the_form_did_not(context: Flask, cast: Cast) -> None:
    """P6: the lineage cannot be stripped: every work of the recipe becomes a source, sampled."""
    one, two = make_sound(cast.maker), make_sound(cast.staff)
    remix = make_sound(cast.free, sources=())
    mix = make_cut(cast.free, one, two)
    posted = make_work(cast.free, medium=Medium.AUDIO, file_id=mix.id)
    assert edges(posted) == {
        one.id: (EdgeKind.SAMPLED, one.current_version.id),
        two.id: (EdgeKind.SAMPLED, two.current_version.id),
    }
    assert posted.sources_count == 2
    assert queries.get_work(one.id).remixes_count == 1
    assert edges(remix) == {}


def test_what_the_form_said_about_them_stays(context: Flask, cast: Cast) -> None:
    """Kind and note are the maker's; the version is the one that was used, not the newest (P5)."""
    source = make_sound(cast.maker)
    used = source.current_version.id
    mix = make_cut(cast.free, source, source)
    with transaction():
        actions.revise_work(
            source, WorkDraft(Medium.AUDIO, "Another title", file_id=make_file(cast.maker, MediaKind.AUDIO).id),
            viewer=viewer_for(cast.maker),
        )  # fmt: skip
    assert queries.get_work(source.id).current_version.id != used
    posted = make_work(
        cast.free, medium=Medium.AUDIO, file_id=mix.id, sources=[SourceDraft(source.id, EdgeKind.PERFORMED, "the hum")]
    )
    assert edges(posted) == {source.id: (EdgeKind.PERFORMED, used)}


def test_class_works_do_not_come_out_in_a_mix(context: Flask, cast: Cast) -> None:
    """P8: a mix with a classmate's sound is posted in the class; not in the open area, and not in another class."""
    space, other = make_space(), make_space("Another class")
    inside = make_sound(cast.maker, space=space)
    mix = make_cut(cast.free, inside)
    viewer = Viewer(cast.free.id, frozenset({space.id, other.id}))
    draft = {"medium": Medium.AUDIO, "file_id": mix.id}
    with pytest.raises(BadSource, match="belongs to a class"):
        make_work(cast.free, viewer=viewer, **draft)
    with pytest.raises(BadSource, match="another class"):
        make_work(cast.free, viewer=viewer, space=other, **draft)
    posted = make_work(cast.free, viewer=viewer, space=space, **draft)
    assert set(edges(posted)) == {inside.id}
    with pytest.raises(BadSource, match="has not shared"), transaction():
        actions.share_work(posted)


def test_asked_again_when_it_is_posted(context: Flask, cast: Cast) -> None:
    """P8: what was taken back, or may not be seen any more, between cutting and posting is not posted."""
    source = make_sound(cast.maker)
    mix = make_cut(cast.free, source)
    with transaction():
        actions.unpublish_work(source)
    with pytest.raises(BadSource):
        make_work(cast.free, medium=Medium.AUDIO, file_id=mix.id)
    space = make_space()
    inside = make_sound(cast.maker, space=space)
    with pytest.raises(BadSource):
        make_work(cast.free, medium=Medium.AUDIO, file_id=make_cut(cast.free, inside).id)


def test_a_draft_cannot_drop_them(context: Flask, cast: Cast) -> None:
    """Of a draft the sources become those of the form, and those of its file; with another file they go."""
    source, other = make_sound(cast.maker), make_sound(cast.maker)
    work = make_work(cast.free, medium=Medium.AUDIO, file_id=make_cut(cast.free, source).id, publish=False)
    with transaction():
        actions.revise_work(
            work, WorkDraft(Medium.AUDIO, "Again", sources=[SourceDraft(other.id)]), viewer=viewer_for(cast.free)
        )
    assert set(edges(work)) == {source.id, other.id}
    with transaction():
        plain = WorkDraft(Medium.AUDIO, "Again", file_id=make_file(cast.free, MediaKind.AUDIO).id)
        actions.revise_work(queries.get_work(work.id), plain, viewer=viewer_for(cast.free))
    assert set(edges(work)) == set()


def test_a_new_version_names_what_its_file_was_cut_out_of(context: Flask, cast: Cast) -> None:
    """Exchanging the file of a work that is posted already adds the edges."""
    source, work = make_sound(cast.maker), make_sound(cast.free)
    with transaction():
        cut = make_cut(cast.free, source, work)
        actions.revise_work(work, WorkDraft(Medium.AUDIO, "Again", file_id=cut.id), viewer=viewer_for(cast.free))
    # Its own earlier version is no source of its own.
    assert edges(work) == {source.id: (EdgeKind.SAMPLED, source.current_version.id)}


def test_no_circle_through_a_cut(context: Flask, cast: Cast) -> None:
    """P5: a work cannot take in what grew from it."""
    work = make_sound(cast.free)
    grown = make_work(cast.maker, medium=Medium.AUDIO, file_id=make_cut(cast.maker, work).id)
    with pytest.raises(BadSource, match="grew from this work"), transaction():
        cut = make_cut(cast.free, grown)
        actions.revise_work(work, WorkDraft(Medium.AUDIO, "Again", file_id=cut.id), viewer=viewer_for(cast.free))


def test_every_picture_of_a_series_counts(context: Flask, cast: Cast) -> None:
    """Not only the first."""
    source = make_work(cast.maker, medium=Medium.IMAGE, file_id=make_file(cast.maker).id)
    first, second = make_file(cast.free), make_cut(cast.free, source, kind=MediaKind.IMAGE)
    posted = make_work(cast.free, medium=Medium.IMAGE, file_id=first.id, pictures=[PictureDraft(second.id)])
    assert set(edges(posted)) == {source.id}


def test_not_more_than_a_work_can_name(context: Flask, cast: Cast) -> None:
    """Thirty at most, those of the file counted in: said in words."""
    source = make_sound(cast.maker)
    others = [SourceDraft(make_work(cast.maker).id) for _ in range(actions.MOST_SOURCES)]
    with pytest.raises(BadSource, match="at most 30"):
        make_work(cast.free, medium=Medium.AUDIO, file_id=make_cut(cast.free, source).id, sources=others)
