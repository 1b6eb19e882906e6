"""Making works: what is kept, and what is refused in words."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.core.database import db, transaction
from classprojects.core.errors import Refused
from classprojects.works import actions, queries
from classprojects.works.actions import BadSource, BadWork, ExternalDraft, SourceDraft, WorkDraft
from classprojects.works.models import EdgeKind, Medium, Work, WorkStatus
from classprojects.works.queries import Viewer
from tests.factories.people import Cast, make_person
from tests.factories.works import make_file, make_space, make_work


def test_a_text_is_published_with_its_rendered_body_and_first_lines(context: Flask, cast: Cast) -> None:
    work = make_work(cast.maker, title=" A tide ", body="First line\nsecond *line*\n\n<script>alert(1)</script>", tags=("#Sea", "sea", "Slow  water"))
    version = work.current_version
    assert (version.title, version.number) == ("A tide", 1)
    assert "First line<br>\nsecond <em>line</em>" in version.body_html
    assert "<script" not in version.body_html
    assert version.excerpt.startswith("First line\nsecond line")
    assert [tag.name for tag in work.tags] == ["sea", "slow water"]
    assert work.status is WorkStatus.PUBLISHED and work.published_at is not None


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", {"title": "  "}),
        ("title", {"title": "x" * 201}),
        ("body", {"body": " \n"}),
        ("body", {"body": "x" * 100_001}),
        ("note", {"note": "x" * 2001}),
        ("tags", {"tags": [f"t{n}" for n in range(11)]}),
        ("tags", {"tags": ["x" * 41]}),
        ("language", {"language": "<b>"}),
        ("file", {"medium": Medium.IMAGE}),
        ("file", {"medium": Medium.IMAGE, "file_id": 999_999}),
        ("sources", {"external_sources": [ExternalDraft("javascript:alert(1)")]}),
        ("sources", {"external_sources": [ExternalDraft("http://[oops")]}),
        ("sources", {"external_sources": [ExternalDraft("https://me:secret@example.test/")]}),
        ("sources", {"sources": [SourceDraft(2**62)]}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_stays(context: Flask, cast: Cast, field: str, values: dict) -> None:
    draft = WorkDraft(**{"medium": Medium.TEXT, "title": "A title", "body": "A line.", **values})
    with pytest.raises((BadWork, BadSource)) as caught, transaction():
        actions.create_work(cast.maker, draft, viewer=Viewer(cast.maker.id))
    assert caught.value.field == field and caught.value.message
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Work)) == 0


def test_somebody_elses_file_is_refused(context: Flask, cast: Cast) -> None:
    file = make_file(cast.free)
    with pytest.raises(BadWork):
        make_work(cast.maker, medium=Medium.IMAGE, file_id=file.id)
    with pytest.raises(BadWork):
        make_work(cast.free, medium=Medium.AUDIO, file_id=file.id)
    assert make_work(cast.free, medium=Medium.IMAGE, file_id=file.id).current_version.file.id == file.id


def test_the_same_key_makes_one_work_for_each_person(context: Flask, cast: Cast) -> None:
    first = make_work(cast.maker, once="k")
    assert make_work(cast.maker, once="k").id == first.id
    assert make_work(cast.free, once="k").id != first.id
    assert make_work(cast.maker, once="l").id != first.id


def test_sources_become_edges_to_the_version_of_that_moment(context: Flask, cast: Cast) -> None:
    parent = make_work(cast.free)
    old = parent.current_version.id
    child = make_work(
        cast.maker,
        sources=[SourceDraft(parent.id, EdgeKind.TRANSLATED, "into verse")],
        external_sources=[ExternalDraft("https://example.test/a", "A. Author", "CC BY 4.0")],
    )
    with transaction():
        actions.revise_work(parent, WorkDraft(Medium.TEXT, "New", "New line."), viewer=Viewer(cast.free.id))
    child, parent = queries.get_work(child.id), queries.get_work(parent.id)
    edge = child.sources[0]
    assert (edge.parent_id, edge.parent_version_id, edge.kind, edge.note) == (parent.id, old, EdgeKind.TRANSLATED, "into verse")
    assert parent.current_version.id != old
    assert (child.sources_count, parent.remixes_count) == (1, 1)
    assert [s.author for s in child.external_sources] == ["A. Author"]


def test_a_space_is_only_for_those_who_see_it(context: Flask, cast: Cast) -> None:
    space = make_space()
    with pytest.raises(Refused):
        make_work(cast.free, space=space, viewer=Viewer(cast.free.id))
    assert make_work(cast.free, space=space).space_id == space.id


def test_drafts_cannot_be_sources_of_others_and_count_nowhere(context: Flask, cast: Cast) -> None:
    parent = make_work(cast.maker)
    draft = make_work(cast.free, sources=[parent], publish=False)
    assert queries.get_work(parent.id).remixes_count == 0
    with pytest.raises(BadSource):
        make_work(make_person(), sources=[draft])
    with transaction():
        actions.publish_work(draft)
    assert queries.get_work(parent.id).remixes_count == 1
