"""P2, P4, P5, P6, P7 and P8 for any history of works: whatever happened, what each reader is told fits a plain model of it.

The model knows works as dictionaries and edges as pairs. Histories are drawn at random:
works are made in the open area, in a class or as drafts, built on each other, published,
taken back, shared, removed by moderation, restored and deleted. Then everybody looks:
a visitor, their makers, somebody in the class, somebody whose membership has ended, staff.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from classprojects.accounts.models import Person
from classprojects.accounts.queries import get_person
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError
from classprojects.policy.viewing import viewer_for
from classprojects.works import actions, credits, kinship, lineage, queries
from classprojects.works.actions import SourceDraft, WorkDraft
from classprojects.works.models import Medium, RemixEdge, Work, WorkStatus
from classprojects.works.queries import VISITOR, Viewer
from classprojects.works.tree import View
from tests.client import PageClient
from tests.factories.classes import join, make_class, make_learner
from tests.factories.memberships import give_membership
from tests.factories.people import Cast, make_person
from tests.factories.works import make_space, make_work

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

PUBLISHED, DRAFT, UNPUBLISHED, REMOVED, ERASED = (
    WorkStatus.PUBLISHED, WorkStatus.DRAFT, WorkStatus.UNPUBLISHED, WorkStatus.REMOVED, WorkStatus.ERASED,
)  # fmt: skip
MAKERS = ("learner", "classmate", "lapsed", "free")
READERS = ("visitor", *MAKERS, "staff")
_tokens = count(1)


@dataclass
class Modelled:
    """What the model knows of a work."""

    id: int
    maker: str
    in_class: bool
    secret: str
    status: WorkStatus
    is_shared: bool = False
    was_published: bool = False
    sources: set[int] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        return not self.in_class or self.is_shared


class World:
    """The people, and the model beside what the application keeps."""

    def __init__(self, people: dict[str, Person | None], space_id: int) -> None:
        self.people, self.space_id = people, space_id
        self.works: list[Modelled] = []

    def viewer(self, name: str) -> Viewer:
        person = self.people[name]
        return VISITOR if person is None else viewer_for(get_person(person.id))

    # What the model says.

    def in_class(self, name: str) -> bool:
        return name in {"learner", "classmate", "staff"}

    def sees(self, name: str, work: Modelled) -> bool:
        """P2 (one's own, in any state) and P4."""
        if work.status is ERASED:
            return False
        if work.maker == name:
            return True
        if work.status is PUBLISHED:
            return work.is_open or self.in_class(name)
        return name == "staff" and work.status is not DRAFT

    def page_of(self, name: str, work: Modelled) -> int:
        """The status that the work's page answers."""
        if work.status is ERASED:
            is_told = work.was_published and (work.is_open or work.maker == name or self.in_class(name))
            return 410 if is_told else 404
        return 200 if self.sees(name, work) else 404

    def is_usable(self, name: str, parent: Modelled, in_class: bool) -> bool:
        """P8: where a source may be used."""
        return parent.status is PUBLISHED and self.sees(name, parent) and (parent.is_open or in_class)

    def edges(self, name: str | None = None) -> set[tuple[int, int]]:
        """(child, parent) that ``name`` may be told of; None: all."""
        return {(w.id, p) for w in self.works for p in w.sources if name is None or w.was_published or w.maker == name}

    def reach(self, start: int, pairs: set[tuple[int, int]], from_: int) -> set[int]:
        found, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            for pair in pairs:
                if pair[from_] == here and pair[1 - from_] not in found:
                    found.add(pair[1 - from_])
                    waiting.append(pair[1 - from_])
        return found

    # What happens.

    def make(self, maker: str, place: str, picks: list[int]) -> None:
        in_class = place == "class"
        parents = {self.works[pick % len(self.works)].id: self.works[pick % len(self.works)] for pick in picks if self.works}
        secret = f"Zwielicht{next(_tokens):05d}x"
        fits = all(self.is_usable(maker, parent, in_class) for parent in parents.values()) and (not in_class or self.in_class(maker))
        person = get_person(self.people[maker].id)  # type: ignore[union-attr]
        draft = WorkDraft(Medium.TEXT, secret, f"{secret} in a line.", note=secret, tags=(secret.lower(),), sources=tuple(map(SourceDraft, parents)))
        try:
            with transaction():
                work = actions.create_work(person, draft, viewer=viewer_for(person), space_id=self.space_id if in_class else None, publish=place != "draft")
        except DomainError:
            assert not fits, "P8: it may be made"
            return
        assert fits, "P8: it may not be made"
        is_published = place != "draft"
        self.works.append(Modelled(work.id, maker, in_class, secret, PUBLISHED if is_published else DRAFT, False, is_published, set(parents)))

    def tie(self, one: int, two: int) -> None:
        """The maker of one work adds the other as a source."""
        if not self.works:
            return
        child, parent = self.works[one % len(self.works)], self.works[two % len(self.works)]
        if parent.id in child.sources:
            return
        fits = (
            child.status is not ERASED
            and self.is_usable(child.maker, parent, child.in_class and not child.is_shared)
            and parent.id not in self.reach(child.id, self.edges(), 1)
        )
        person = get_person(self.people[child.maker].id)  # type: ignore[union-attr]
        try:
            with transaction():
                actions.add_source(queries.get_work(child.id), SourceDraft(parent.id), viewer=viewer_for(person))
        except DomainError:
            assert not fits, "P5, P8: it may be tied"
            return
        assert fits, "P5, P8: it may not be tied"
        child.sources.add(parent.id)

    def change(self, verb: str, one: int) -> None:
        """One of the things that happen to a work later."""
        if not self.works:
            return
        work = self.works[one % len(self.works)]
        if work.status is ERASED:
            return
        kept = queries.get_work(work.id)
        if verb == "erase":
            with transaction():
                actions.erase_work(kept)
            work.status = ERASED
        elif verb == "publish" and work.status is not REMOVED:
            parents = [other for other in self.works if other.id in work.sources]
            fits = work.was_published or all(
                parent.status is PUBLISHED and (parent.is_open or work.in_class) for parent in parents
            )
            try:
                with transaction():
                    actions.publish_work(kept)
            except DomainError:
                assert not fits, "P6, P8: it may be published"
                return
            assert fits, "P8: it may not be published"
            work.status, work.was_published = PUBLISHED, True
        elif verb == "unpublish" and work.status is PUBLISHED:
            with transaction():
                actions.unpublish_work(kept)
            work.status = UNPUBLISHED
        elif verb == "share" and work.in_class:
            fits = work.is_shared or work.status is PUBLISHED and all(other.is_open for other in self.works if other.id in work.sources)
            try:
                with transaction():
                    actions.share_work(kept)
            except DomainError:
                assert not fits, "P8: it may be shared"
                return
            assert fits, "P8: it may not be shared"
            work.is_shared = True
        elif (verb, work.status) in {("remove", PUBLISHED), ("restore", REMOVED)}:
            work.status = REMOVED if verb == "remove" else PUBLISHED
            with transaction() as session:
                session.execute(sa.update(Work).where(Work.id == work.id).values(status=work.status))


VERBS = ("erase", "publish", "unpublish", "share", "share", "share", "remove", "restore")
PLACES = ("open", "open", "class", "class", "class", "draft")
MOST_WORKS = 9

#: histories are few, since each is looked at from everywhere; shrinking one takes as long as a run
RUN = settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck), derandomize=True)
READ = settings(RUN, max_examples=4)
#: every history follows from its number: all kinds of things happen in each, which drawing step by step does not give
NUMBER = st.integers(0, 2**32 - 1)


def history_of(chance: Random) -> list[Any]:
    """What happens, in order: works first, then everything."""
    history: list[Any] = []
    for step in range(26):
        dice = chance.random()
        if step < 5 or dice < 0.3:
            place = chance.choice(PLACES)
            maker = chance.choice(("learner", "classmate") if place == "class" and dice < 0.9 else MAKERS)
            history.append(("make", maker, place, [chance.randrange(MOST_WORKS) for _ in range(chance.choice((0, 1, 1, 2)))]))
        elif dice < 0.45:
            history.append(("tie", chance.randrange(MOST_WORKS), chance.randrange(MOST_WORKS)))
        else:
            history.append(("change", chance.choice(VERBS), chance.randrange(MOST_WORKS)))
    return history


def people_of(cast: Cast) -> tuple[dict[str, Person | None], int]:
    """Everybody, and the class's space: two learners, and one whose membership ends in an hour."""
    project = make_class(cast.instructor)
    lapsed = make_person("lapsing")
    give_membership(lapsed, ends_at=clock.now() + timedelta(hours=1))
    join(lapsed, project)
    people = {
        "visitor": None,
        "learner": make_learner(project, "learner"),
        "classmate": make_learner(project, "classmate"),
        "lapsed": lapsed,
        "free": cast.free,
        "staff": cast.staff,
    }
    return people, project.space_id


def live(world: World, history: list[Any]) -> None:
    """Let it happen."""
    for verb, *parts in history:
        if verb != "make" or len(world.works) < MOST_WORKS:
            getattr(world, verb)(*parts)


def after_the_lapse() -> Any:
    """Two hours later, when one membership has ended."""
    return clock.at(clock.now() + timedelta(hours=2))


def test_p2_p4_p5_p6_p8_lineages_say_what_each_reader_may_know(context: Flask, cast: Cast) -> None:
    people, space_id = people_of(cast)

    @RUN
    @given(number=NUMBER)
    def holds(number: int) -> None:
        with after_the_lapse():
            world = World(people, space_id)
            live(world, history_of(Random(number)))  # noqa: S311
            ids = [work.id for work in world.works]
            kept = kept_edges(ids)
            assert kept == world.edges(), "P6: no edge is lost, none is made up"
            for id in ids:
                assert all(id not in world.reach(parent, kept, 0) for child, parent in kept if child == id), "P5: no circle"
            for name in READERS:
                look(world, name)

    holds()


def kept_edges(ids: list[int]) -> set[tuple[int, int]]:
    """(child, parent) as the database has them."""
    statement = sa.select(RemixEdge.child_id, RemixEdge.parent_id).where(RemixEdge.child_id.in_(ids))
    return {(child, parent) for child, parent in db.session.execute(statement)}


def look(world: World, name: str) -> None:
    """Every lineage, family and credits of everything that ``name`` may look at, against the model."""
    viewer, pairs = world.viewer(name), world.edges(name)
    held = {work.id: work for work in world.works}
    for work in world.works:
        if world.page_of(name, work) == 404:
            continue
        # One's own draft that was never published is where it starts, though nobody else is told of it.
        before, after = world.reach(work.id, pairs, 0), world.reach(work.id, pairs, 1)
        family = {id for one in before for id in world.reach(one, pairs, 1)}
        plain = queries.get_plain_work(work.id)
        drawn = lineage.get_lineage(plain, viewer, most=200)
        for found, expected in (
            (drawn, before | after),
            (lineage.get_wide_lineage(plain, viewer), before | after),
            (lineage.get_wide_lineage(plain, viewer, view=View.FAMILY), family),
        ):
            assert {node.id for node in found.nodes} == expected, f"{name}: {work}"
            assert {(edge.child, edge.parent) for edge in found.edges} == {pair for pair in pairs if set(pair) <= expected}
            for node in found.nodes:
                seen = world.sees(name, held[node.id])
                assert (node.title == held[node.id].secret) == seen and (node.title is None) == (not seen), f"P4: {name} {node}"
                assert (node.maker is None) == (node.published_at is None and not seen or not seen) or held[node.id].status is DRAFT
                assert node.url == (f"/works/{node.id}" if seen or held[node.id].status is ERASED and held[node.id].is_open and held[node.id].was_published else None)
        assert not drawn.bundles, "all of it is shown"
        strip = kinship.find_family(queries.get_work(work.id), viewer)
        if strip is not None:
            assert strip.works_count == sum(world.sees(name, held[id]) for id in family), "P4: counted is what is seen"
        told = credits.get_credits(queries.get_plain_work(work.id), viewer)
        assert {credit.node.id for credit in told.works} == before - {work.id}, "P6: everybody upstream, also behind what is gone"
        assert all(credit.node.is_seen == world.sees(name, held[credit.node.id]) for credit in told.works)


def test_p2_p4_p7_no_page_feed_file_or_search_tells_what_is_hidden(context: Flask, cast: Cast, browse: Callable[[Any], PageClient]) -> None:
    people, space_id = people_of(cast)

    @READ
    @given(number=NUMBER)
    def holds(number: int) -> None:
        with after_the_lapse():
            world, chance = World(people, space_id), Random(number)  # noqa: S311
            live(world, history_of(chance))
            for name in READERS:
                read(world, name, browse(people[name]), chance)

    holds()


def read(world: World, name: str, client: PageClient, chance: Random) -> None:
    """Pages of works answer as the model says; nothing else that ``name`` can open has a word of what is hidden."""
    hidden = [work for work in world.works if not world.sees(name, work)]
    everywhere = ["/open", "/open?sort=remixed&filter=roots", "/search?q=in+a+line", "/feeds/open.atom", "/sitemap.xml", "/people/learner", "/people/free"]
    for work in world.works:
        page = client.get(f"/works/{work.id}")
        assert page.status == world.page_of(name, work), f"{name}: {work}"
        if page.status == 200:
            assert work.secret in page.html and "/lineage" in page.html
        if work.maker == name and page.status == 200:
            # P2: to change it, to take it along, whatever became of the membership.
            assert client.get(f"/works/{work.id}/edit").status == 200
            assert work.secret in client.get(f"/works/{work.id}/download").response.get_data(as_text=True)
        elif page.status == 404:
            assert client.get(f"/works/{work.id}/download").status == 404
        assert not words(page.response.get_data(), hidden), f"P4: {name} reads on {work}"
    for work in chance.sample(world.works, min(2, len(world.works))):
        parts = ("lineage", "lineage?view=family", "lineage.json?view=family", "lineage.csv?view=family", "lineage.svg", "credits", "bundle.zip", "lineage/path?to=")
        for part in parts:
            to = f"{chance.choice(world.works).id}" if part.endswith("to=") else ""
            everywhere.append(f"/works/{work.id}/{part}{to}")
    for work in chance.sample(hidden, min(2, len(hidden))):
        everywhere.append(f"/open?q={work.secret[-7:]}")
    for where in everywhere:
        page = client.get(where)
        told = page.response.get_data()
        assert not words(told, hidden), f"P4: {name} reads {where}"
        if where.startswith(("/sitemap", "/feeds", "/open")):
            assert not [work for work in hidden if f"/works/{work.id}<".encode() in told or f'/works/{work.id}"'.encode() in told], f"P4: {name} is led from {where}"


def words(told: bytes, hidden: list[Modelled]) -> list[str]:
    """Secrets of hidden works in an answer."""
    lower = told.lower()
    return [work.secret for work in hidden if work.secret.lower().encode() in lower]


def test_p5_circles_are_never_closed_by_many_writers_at_once(context: Flask, cast: Cast) -> None:
    """Four people tie the same works to each other in all directions at the same moment."""
    person, chance = cast.maker, Random(5)  # noqa: S311
    viewer = Viewer(person.id)
    for _round in range(3):
        ids = [make_work(person).id for _ in range(5)]
        db.session.commit()
        wishes = [[tuple(chance.sample(ids, 2)) for _ in range(5)] for _ in range(4)]
        made, odd = tie_at_once(context, viewer, wishes)
        db.session.rollback()
        kept = kept_edges(ids)
        assert not odd and kept == made, "what was accepted is there, and nothing else"
        world = World({}, 0)
        assert all(child not in world.reach(parent, kept, 0) for child, parent in kept)
        for child, parent in {pair for pairs in wishes for pair in pairs} - kept:
            assert child in world.reach(parent, kept, 0), "only what would close a circle was refused"


def tie_at_once(app: Flask, viewer: Viewer, wishes: list[list[Any]]) -> tuple[set[tuple[int, int]], list[Exception]]:
    """Let every list of (child, parent) run in a thread of its own; what was accepted, and what broke."""
    barrier, made, odd = threading.Barrier(len(wishes)), set(), []

    def run(pairs: list[Any]) -> None:
        with app.app_context():
            try:
                barrier.wait(20)
                for child, parent in pairs:
                    try:
                        with transaction():
                            actions.add_source(queries.get_work(child), SourceDraft(parent), viewer=viewer)
                        made.add((child, parent))
                    except DomainError:
                        continue
            except Exception as error:
                odd.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(pairs,)) for pairs in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return made, odd


def test_p7_posting_says_first_that_it_allows_remixing(context: Flask, cast: Cast, browse: Callable[[Any], PageClient]) -> None:
    source = make_work(cast.maker)
    for where in ("/works/new", f"{source.url}/remix"):
        assert "lets others remix this work" in browse(cast.free).get(where)(".composer__promise")[0].text_content(), where


def test_p7_a_change_of_mind_takes_no_remix_away(context: Flask, cast: Cast) -> None:
    source = make_work(cast.maker)
    remix = make_work(cast.free, sources=[source])
    for undo in (actions.unpublish_work, actions.erase_work):
        with transaction():
            undo(queries.get_work(source.id))
        kept = queries.get_work(remix.id)
        assert kept.is_published and [edge.parent_id for edge in kept.sources] == [source.id]


def test_p8_what_a_class_keeps_stays_there_after_any_detour(context: Flask, cast: Cast) -> None:
    """A remix of a remix of a class work leaves the class only after all of them were shared, one after the other."""
    space = make_space()
    one = make_work(cast.maker, space=space)
    two = make_work(cast.free, space=space, sources=[one])
    three = make_work(cast.maker, space=space, sources=[two])
    for work in (three, two):
        try:
            with transaction():
                actions.share_work(queries.get_work(work.id))
            raise AssertionError("it was shared before its source")
        except DomainError:
            assert not queries.get_work(work.id).is_open
    for work in (one, two, three):
        with transaction():
            actions.share_work(queries.get_work(work.id))
        assert queries.get_work(work.id).is_open
