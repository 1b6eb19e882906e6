"""Lineage: acyclic whatever happens at once (P5), never erased (P6), nameless where hidden (P4), bound to spaces (P8)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError
from classprojects.works import actions, lineage, queries
from classprojects.works.actions import BadSource, SourceDraft, WorkDraft
from classprojects.works.kinship import MOST_KIN, find_family
from classprojects.works.models import EdgeDispute, EdgeKind, Medium, RemixEdge, Work, WorkStatus
from classprojects.works.queries import VISITOR, Viewer
from classprojects.works.tree import View
from classprojects.works.walks import Way
from tests.client import counted_queries
from tests.factories.families import SHAPES, plant
from tests.factories.people import Cast, make_person
from tests.factories.works import make_space, make_work


def add_source(child: Work, parent_id: int, viewer: Viewer) -> None:
    """Edit ``child`` so that it names one source more."""
    with transaction():
        draft = WorkDraft(Medium.TEXT, "Changed", "Changed.", sources=[SourceDraft(parent_id)])
        actions.revise_work(child, draft, viewer=viewer)


def edges() -> set[tuple[int, int]]:
    return {(child, parent) for child, parent in db.session.execute(sa.select(RemixEdge.child_id, RemixEdge.parent_id))}


def has_cycle(pairs: set[tuple[int, int]]) -> bool:
    """Whether following parents can lead back, found by taking leaves away."""
    left = set(pairs)
    while left:
        parents = {parent for _, parent in left}
        leaves = {pair for pair in left if pair[0] not in parents}
        if not leaves:
            return True
        left -= leaves
    return False


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 5), st.integers(0, 5)),
        st.tuples(st.just("erase"), st.integers(0, 5), st.just(0)),
    ),
    max_size=10,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_p5_p6_any_history_stays_acyclic_and_loses_no_edge(context: Flask, operations: list[tuple[str, int, int]]) -> None:
    person = queries.db.session.scalar(sa.select(actions.Person)) or make_person()
    viewer = Viewer(person.id)
    works = [make_work(person) for _ in range(6)]
    ids = [work.id for work in works]
    expected: set[tuple[int, int]] = set()
    gone: set[int] = set()

    def reaches(start: int, goal: int) -> bool:
        return start == goal or any(reaches(parent, goal) for child, parent in expected if child == start)

    for verb, one, two in operations:
        child, parent = ids[one], ids[two]
        if verb == "erase":
            with transaction():
                actions.erase_work(queries.get_work(child))
            gone.add(child)
            continue
        fits = child not in gone and (
            (child, parent) in expected or (parent not in gone and not reaches(parent, child))
        )
        try:
            add_source(queries.get_work(child), parent, viewer)
            assert fits, f"{child} was built on {parent}"
            expected.add((child, parent))
        except DomainError:
            assert not fits, f"{child} could not be built on {parent}"
    mine = {pair for pair in edges() if pair[0] in ids}
    assert mine == expected
    assert not has_cycle(mine)
    for child in ids:
        assert set(lineage.ancestor_ids(db.session, child)) == {other for other in ids if other != child and reaches(child, other)}
        assert set(lineage.descendant_ids(db.session, child)) == {other for other in ids if other != child and reaches(other, child)}


def at_once(app: Flask, acts: list[Callable[[], Any]]) -> list[Exception | None]:
    """Run ``acts`` in threads that start together; what each raised."""
    barrier = threading.Barrier(len(acts))
    raised: list[Exception | None] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        with app.app_context():
            try:
                barrier.wait(10)
                act()
            except Exception as error:
                raised[place] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return raised


def test_p5_lineage_stays_acyclic_when_everybody_edits_at_once(context: Flask, cast: Cast) -> None:
    viewer = Viewer(cast.maker.id)
    for _round in range(5):
        ids = [make_work(cast.maker).id for _ in range(4)]
        db.session.commit()
        ring = [(ids[n], ids[(n + 1) % 4]) for n in range(4)]
        raised = at_once(
            context, [lambda child=child, parent=parent: add_source(queries.get_work(child), parent, viewer) for child, parent in ring]
        )
        db.session.rollback()
        assert [type(error) for error in raised if error is not None] == [BadSource], raised
        mine = {pair for pair in edges() if pair[0] in ids}
        assert len(mine) == 3 and not has_cycle(mine)


def test_p6_a_work_that_is_erased_while_it_is_remixed_leaves_no_dangling_half(context: Flask, cast: Cast) -> None:
    for _round in range(5):
        parent = make_work(cast.maker)
        parent_id, person = parent.id, cast.free
        db.session.commit()
        erased, remixed = at_once(
            context,
            [
                partial(_erase, parent_id),
                partial(make_work, person, sources=[SourceDraft(parent_id)], viewer=Viewer(person.id)),
            ],
        )
        db.session.rollback()
        assert erased is None
        assert remixed is None or isinstance(remixed, BadSource)
        assert len({pair for pair in edges() if pair[1] == parent_id}) == (1 if remixed is None else 0)


def _erase(work_id: int) -> None:
    with transaction():
        actions.erase_work(queries.get_work(work_id))


def test_p5_an_edge_to_itself_is_refused_by_the_database(context: Flask, cast: Cast) -> None:
    work = make_work(cast.maker)
    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.execute(
            sa.insert(RemixEdge).values(
                child_id=work.id, parent_id=work.id, parent_version_id=work.current_version_id, kind=EdgeKind.SAMPLED, note=""
            )
        )


def test_p6_a_tombstone_keeps_the_chain_from_descendants_to_ancestors(context: Flask, cast: Cast) -> None:
    first = make_work(cast.maker, title="First")
    second = make_work(cast.free, title="Second", body="words", note="note", sources=[first])
    third = make_work(cast.maker, title="Third", sources=[second])
    with transaction():
        actions.erase_work(second)
    tree = lineage.get_lineage(queries.get_work(third.id), VISITOR)
    assert [(node.id, node.title, node.is_tombstone) for node in tree.nodes] == [
        (first.id, "First", False),
        (second.id, None, True),
        (third.id, "Third", False),
    ]
    assert {(edge.child, edge.parent) for edge in tree.edges} == {(second.id, first.id), (third.id, second.id)}
    left = queries.list_versions(queries.get_work(second.id))[0]
    assert (left.title, left.body, left.body_html, left.excerpt, left.note) == ("",) * 5
    assert queries.get_work(first.id).remixes_count == 0
    with pytest.raises(BadSource):
        make_work(cast.maker, sources=[SourceDraft(second.id)])


def test_p4_strangers_see_class_works_only_as_places_in_a_lineage(context: Flask, cast: Cast) -> None:
    space = make_space("Secret class")
    first = make_work(cast.maker, title="Open one")
    inside = make_work(cast.free, title="Hidden one", sources=[first], space=space)
    draft = make_work(cast.free, title="Draft", sources=[first], publish=False)
    assert queries.get_work(first.id).remixes_count == 0, "a number must not tell either"
    tree = lineage.get_lineage(queries.get_work(first.id), VISITOR)
    hidden = tree.node(inside.id)
    assert (hidden.title, hidden.maker, hidden.url, hidden.is_class_work) == (None, None, None, True)
    assert draft.id not in {node.id for node in tree.nodes}
    seen = lineage.get_lineage(queries.get_work(first.id), Viewer(cast.staff.id, frozenset({space.id})))
    assert seen.node(inside.id).title == "Hidden one"
    own = lineage.get_lineage(queries.get_work(first.id), Viewer(cast.free.id))
    assert own.node(inside.id).title == "Hidden one" and own.node(draft.id).title == "Draft"


def test_p8_class_works_are_sources_only_where_they_may_be(context: Flask, cast: Cast) -> None:
    here, there = make_space("Here"), make_space("There")
    source = make_work(cast.maker, space=here)
    both = Viewer(cast.free.id, frozenset({here.id, there.id}))
    child = make_work(cast.free, sources=[source], space=here, viewer=both)
    for space in (there, None):
        with pytest.raises(BadSource):
            make_work(cast.free, sources=[source], space=space, viewer=both)
    with pytest.raises(BadSource), transaction():
        actions.share_work(child)
    with transaction():
        actions.share_work(source)
    with transaction():
        actions.share_work(queries.get_work(child.id))
    for space in (there, None):
        assert make_work(cast.free, sources=[source], space=space, viewer=both).sources_count == 1
    assert queries.get_work(source.id).remixes_count == 2, "the one that stays in the other class is not counted"


def test_p8_a_shared_work_takes_no_class_source_afterwards(context: Flask, cast: Cast) -> None:
    space = make_space()
    viewer = Viewer(cast.maker.id, frozenset({space.id}))
    work, source = make_work(cast.maker, space=space), make_work(cast.free, space=space)
    with transaction():
        actions.share_work(work)
    with pytest.raises(BadSource):
        add_source(queries.get_work(work.id), source.id, viewer)


def test_a_deep_lineage_is_cut_around_the_work_and_leads_on(context: Flask, cast: Cast) -> None:
    work = make_work(cast.maker)
    chain = [work]
    for _ in range(30):
        chain.append(make_work(cast.maker, sources=chain[-2:]))
    with counted_queries() as asked:
        tree = lineage.get_lineage(queries.get_plain_work(chain[15].id), VISITOR, most=10)
    assert tree.is_cut and len(tree.nodes) == 10 and len(asked) <= 6
    assert {node.id for node in tree.nodes} <= {one.id for one in chain[8:23]}, "the nearest ones"
    assert {bundle.way for bundle in tree.bundles} == {Way.BEFORE, Way.AFTER}
    whole = lineage.get_lineage(queries.get_plain_work(work.id), VISITOR)
    assert len(whole.nodes) == 31 and [node.generation for node in whole.nodes] == list(range(31))
    assert not whole.bundles and not whole.is_cut


@pytest.mark.parametrize("shape", SHAPES)
def test_a_part_of_a_large_family_is_connected_and_says_what_hangs_on_it(context: Flask, cast: Cast, shape: str) -> None:
    pairs = set(SHAPES[shape](700))
    ids = plant(700, pairs, [cast.maker, cast.free])
    place = {id: number for number, id in enumerate(ids)}
    for start in (0, 350, 699):
        for view in View:
            with counted_queries() as asked:
                found = lineage.get_lineage(queries.get_plain_work(ids[start]), VISITOR, view=view)
            assert len(asked) <= 7 and len(found.nodes) <= lineage.MOST_DRAWN
            shown = {place[node.id] for node in found.nodes}
            drawn = {(place[edge.child], place[edge.parent]) for edge in found.edges}
            assert drawn == {pair for pair in pairs if set(pair) <= shown}, "every edge between what is shown, and none else"
            assert reachable(start, drawn) == shown, "connected"
            for bundle in found.bundles:
                here = place[bundle.node_id]
                ends = {child for child, parent in pairs if parent == here} if bundle.way is Way.AFTER else {parent for child, parent in pairs if child == here}
                assert bundle.count == len(ends - shown) and not bundle.is_more
            if view is View.LINEAGE:
                kin = towards(start, pairs, 1, 0) | towards(start, pairs, 0, 1)
                assert shown <= kin
                assert found.is_cut == (len(shown) < len(kin))


def reachable(start: int, pairs: set[tuple[int, int]]) -> set[int]:
    """Everything tied to ``start``, whichever way."""
    return towards(start, pairs | {(parent, child) for child, parent in pairs}, 0, 1)


def towards(start: int, pairs: set[tuple[int, int]], from_: int, to: int) -> set[int]:
    """``start`` and what can be reached from it going only one way."""
    beside: dict[int, list[int]] = {}
    for pair in pairs:
        beside.setdefault(pair[from_], []).append(pair[to])
    found, waiting = {start}, [start]
    while waiting:
        for other in beside.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def test_a_long_row_of_remixes_can_be_looked_at_in_parts_until_its_end(context: Flask, cast: Cast) -> None:
    ids = plant(100, SHAPES["fan"](100), [cast.maker])
    seen: list[int] = []
    after, parts = 0, 0
    while parts < 10:
        part = lineage.get_lineage(queries.get_plain_work(ids[0]), VISITOR, after=after)
        seen += [node.id for node in part.nodes if node.id != ids[0]]
        parts += 1
        if not part.bundles:
            break
        assert part.bundles[0].count == 99 - len(seen)
        after = part.bundles[0].cursor or 0
    assert sorted(seen) == ids[1:] and parts == -(-99 // lineage.FAN)


def test_drafts_are_counted_and_shown_to_nobody_else(context: Flask, cast: Cast) -> None:
    """However many there are, they hide nothing of what is published (P4)."""
    first = make_work(cast.maker)
    for _ in range(40):
        make_work(cast.free, title="Draft", sources=[first], publish=False)
    last = make_work(cast.maker, title="Last", sources=[first])
    for view in View:
        found = lineage.get_lineage(queries.get_plain_work(first.id), VISITOR, view=view)
        assert {node.id for node in found.nodes} == {first.id, last.id} and not found.bundles
        assert {node.id for node in lineage.get_wide_lineage(queries.get_plain_work(first.id), VISITOR, view=view).nodes} == {first.id, last.id}
    family = find_family(queries.get_work(first.id), VISITOR)
    assert family is not None and family.works_count == 2
    assert find_family(queries.get_work(first.id), Viewer(cast.free.id)).works_count == 42  # type: ignore[union-attr]
    assert lineage.get_lineage(queries.get_plain_work(first.id), Viewer(cast.free.id)).bundles[0].count == 41 - lineage.FAN


def test_the_family_of_a_work_is_found_in_one_query_and_counted_up_to_a_limit(context: Flask, cast: Cast) -> None:
    for shape, pairs_of in SHAPES.items():
        ids = plant(400, pairs_of(400), [cast.maker, cast.free])
        work = queries.get_plain_work(ids[200])
        with counted_queries() as asked:
            family = find_family(work, VISITOR)
        assert len(asked) == 1 and family is not None, shape
        assert family.is_cut and family.works_count == MOST_KIN and work.id in {node.id for node in family.nodes}, shape
        assert reachable(work.id, {(edge.child, edge.parent) for edge in family.edges}) == {node.id for node in family.nodes}, shape
    assert find_family(make_work(cast.maker), VISITOR) is None


def test_a_dispute_is_an_annotation_that_names_nobody_hidden(context: Flask, cast: Cast) -> None:
    """P6: the edge stays. P4: the maker of a hidden work is not named."""
    first = make_work(cast.maker)
    remix = make_work(cast.free, sources=[first])
    hidden = make_work(cast.free, sources=[first], space=make_space())
    with transaction() as session:
        for child in (remix, hidden):
            edge = session.scalar(sa.select(RemixEdge).where(RemixEdge.child_id == child.id))
            session.add(EdgeDispute(edge_id=edge.id, person_id=cast.free.id, reason="It was the other one."))
    found = lineage.get_lineage(queries.get_plain_work(first.id), VISITOR)
    told = {edge.child: (edge.is_disputed, edge.disputed_by) for edge in found.edges}
    assert told == {remix.id: (True, cast.free.name), hidden.id: (True, None)}
    with transaction() as session:
        session.execute(sa.update(EdgeDispute).values(withdrawn_at=clock.now()))
    assert not any(edge.is_disputed for edge in lineage.get_lineage(queries.get_plain_work(first.id), VISITOR).edges)


def test_a_diamond_names_every_work_once(context: Flask, cast: Cast) -> None:
    top = make_work(cast.maker)
    left, right = make_work(cast.maker, sources=[top]), make_work(cast.maker, sources=[top])
    bottom = make_work(cast.maker, sources=[left, right])
    tree = lineage.get_lineage(bottom, VISITOR)
    assert [node.generation for node in tree.nodes] == [0, 1, 1, 2] and len(tree.edges) == 4


def test_counts_follow_what_is_shown(context: Flask, cast: Cast) -> None:
    parent = make_work(cast.maker)
    child = make_work(cast.free, sources=[parent])

    def shown() -> int:
        return db.session.scalar(sa.select(Work.remixes_count).where(Work.id == parent.id)) or 0

    assert shown() == 1
    with transaction():
        actions.unpublish_work(child)
    assert shown() == 0 and queries.get_work(child.id).status is WorkStatus.UNPUBLISHED
    with transaction():
        actions.publish_work(child)
    assert shown() == 1
    with transaction():
        actions.erase_work(child)
    assert shown() == 0


def test_p8_a_drafts_sources_are_asked_again_when_it_is_published(context: Flask, cast: Cast) -> None:
    parent = make_work(cast.maker, title="River")
    draft = make_work(cast.free, sources=[parent], publish=False)
    with transaction():
        actions.unpublish_work(parent)
    with pytest.raises(BadSource, match="River"), transaction():
        actions.publish_work(draft)
    assert queries.get_work(draft.id).status is WorkStatus.DRAFT
    with transaction():
        actions.publish_work(queries.get_work(parent.id))
    with transaction():
        actions.publish_work(queries.get_work(draft.id))
    with transaction():
        actions.unpublish_work(queries.get_work(parent.id))
        actions.unpublish_work(queries.get_work(draft.id))
    with transaction():
        actions.publish_work(queries.get_work(draft.id))
    assert queries.get_work(draft.id).is_published, "P6: an edge that was published stands"


def test_p6_a_draft_built_on_what_was_deleted_is_told_so(context: Flask, cast: Cast) -> None:
    parent = make_work(cast.maker, title="River")
    draft = make_work(cast.free, sources=[parent], publish=False)
    with transaction():
        actions.erase_work(parent)
    with pytest.raises(BadSource, match=f"Work {parent.id} was deleted"), transaction():
        actions.publish_work(draft)
