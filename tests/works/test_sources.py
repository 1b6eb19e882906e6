"""Sources that others suggest, and edges that makers dispute."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.accounts.models import Person
from classprojects.accounts.queries import get_person
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError, Refused
from classprojects.notifications.models import Notification, NotificationKind
from classprojects.policy.viewing import viewer_for
from classprojects.works import actions, claims, queries, sources
from classprojects.works.actions import BadSource
from classprojects.works.models import EdgeDispute, EdgeKind, RemixEdge, SourceSuggestion, SuggestionState, Work
from classprojects.works.queries import Viewer
from classprojects.works.sources import BadDispute, BadSuggestion
from tests.factories.people import Cast, make_person
from tests.factories.works import make_space, make_work
from tests.works.test_lineage import at_once


def suggest(person: Person, child: Work, parent: Work | int, **more: Any) -> SourceSuggestion:
    viewer = more.pop("viewer", None) or viewer_for(person)
    number = parent if isinstance(parent, int) else parent.id
    with transaction():
        suggestion = sources.suggest_source(person, queries.get_work(child.id), number, viewer=viewer, **more)
    return claims.get_suggestion(suggestion.id)


def accept(suggestion: SourceSuggestion, answer: str = "") -> None:
    with transaction():
        sources.accept_suggestion(suggestion, viewer=viewer_for(suggestion.child.maker), answer=answer)


def edges() -> set[tuple[int, int]]:
    return {(edge.child_id, edge.parent_id) for edge in db.session.scalars(sa.select(RemixEdge))}


def told(person: Person) -> list[NotificationKind]:
    statement = sa.select(Notification.kind).where(Notification.person_id == person.id).order_by(Notification.id)
    return list(db.session.scalars(statement))


def dispute(person: Person, edge: RemixEdge, reason: str = "I never heard it.") -> EdgeDispute:
    with transaction():
        found = sources.dispute_edge(person, edge, reason)
    return claims.get_dispute(found.id)


@pytest.fixture
def remix(context: Flask, cast: Cast) -> RemixEdge:
    """The maker's work, and what a free account made from it."""
    parent = make_work(cast.maker, title="Bell")
    child = make_work(cast.free, title="Bells", sources=[parent])
    return claims.get_edge(child.id, parent.id)


# Suggestions


def test_an_accepted_suggestion_is_an_edge_like_every_other(context: Flask, cast: Cast) -> None:
    parent, child = make_work(cast.maker, title="Bell"), make_work(cast.free, title="Ringing")
    suggestion = suggest(cast.instructor, child, parent, kind=EdgeKind.SAMPLED, note="At 0:20.")
    assert edges() == set()
    assert told(cast.free) == [NotificationKind.SOURCE_SUGGESTED]
    accept(suggestion, "You are right.")
    (edge,) = db.session.scalars(sa.select(RemixEdge))
    assert (edge.child_id, edge.parent_id, edge.kind) == (child.id, parent.id, EdgeKind.SAMPLED)
    assert edge.parent_version_id == parent.current_version_id, "edges point at versions (P5)"
    assert queries.get_work(parent.id).remixes_count == 1 and queries.get_work(child.id).sources_count == 1
    assert queries.get_work(child.id).current_version_id == child.current_version_id, "no new version"
    assert told(cast.instructor) == [NotificationKind.SUGGESTION_DECIDED]
    assert told(cast.maker) == [NotificationKind.REMIXED]
    assert claims.get_suggestion(suggestion.id).answer == "You are right."


def test_a_declined_suggestion_changes_nothing_and_comes_once_more_at_most(context: Flask, cast: Cast) -> None:
    parent, child = make_work(cast.maker), make_work(cast.free)
    for _time in range(2):
        suggestion = suggest(cast.instructor, child, parent)
        with transaction():
            sources.decline_suggestion(suggestion, "No.")
    assert edges() == set() and queries.get_work(child.id).sources_count == 0
    for person in (cast.instructor, cast.staff):
        with pytest.raises(BadSuggestion, match="twice"):
            suggest(person, child, parent)


def test_one_suggestion_of_a_source_waits_at_a_time(context: Flask, cast: Cast) -> None:
    parent, child = make_work(cast.maker), make_work(cast.free)
    first = suggest(cast.instructor, child, parent)
    assert suggest(cast.instructor, child, parent).id == first.id, "a form sent twice"
    with pytest.raises(BadSuggestion, match="already"):
        suggest(cast.staff, child, parent)
    with transaction():
        sources.withdraw_suggestion(first)
        sources.withdraw_suggestion(first)
    assert suggest(cast.staff, child, parent).id != first.id
    assert claims.count_open_suggestions(child.id) == 1


def test_suggestions_made_at_once_are_one(context: Flask, cast: Cast) -> None:
    parent_id, child_id = make_work(cast.maker).id, make_work(cast.free).id
    people = [make_person().id for _ in range(4)]
    db.session.commit()

    def say(person_id: int) -> None:
        person, child = get_person(person_id), queries.get_work(child_id)
        with transaction():
            sources.suggest_source(person, child, parent_id, viewer=Viewer(person_id))

    raised = at_once(context, [lambda p=person: say(p) for person in people])
    db.session.rollback()
    assert sum(isinstance(error, BadSuggestion) for error in raised if error) == 3
    assert claims.count_open_suggestions(child_id) == 1


def test_what_is_decided_stays_decided(context: Flask, cast: Cast) -> None:
    suggestion = suggest(cast.instructor, make_work(cast.free), make_work(cast.maker))
    accept(suggestion)
    for verb in (lambda: sources.decline_suggestion(suggestion), lambda: sources.withdraw_suggestion(suggestion)):
        with pytest.raises(BadSuggestion), transaction():
            verb()
    with pytest.raises(BadSuggestion):
        accept(suggestion)
    assert len(edges()) == 1
    assert claims.get_suggestion(suggestion.id).state is SuggestionState.ACCEPTED


def test_decisions_made_at_once_are_one(context: Flask, cast: Cast) -> None:
    suggestion_id = suggest(cast.instructor, make_work(cast.free), make_work(cast.maker)).id
    viewer = Viewer(cast.free.id)
    db.session.commit()

    def say_yes() -> None:
        suggestion = claims.get_suggestion(suggestion_id)
        with transaction():
            sources.accept_suggestion(suggestion, viewer=viewer)

    def say_no() -> None:
        suggestion = claims.get_suggestion(suggestion_id)
        with transaction():
            sources.decline_suggestion(suggestion)

    raised = at_once(context, [say_yes, say_no, say_yes, say_no])
    db.session.rollback()
    assert sum(isinstance(error, BadSuggestion) for error in raised if error) == 3
    is_accepted = claims.get_suggestion(suggestion_id).state is SuggestionState.ACCEPTED
    assert len(edges()) == int(is_accepted)


def test_p5_no_circle_is_suggested_or_accepted(context: Flask, cast: Cast) -> None:
    first = make_work(cast.free, title="First")
    second = make_work(cast.maker, title="Second", sources=[first])
    for parent in (second, first):
        with pytest.raises(BadSource):
            suggest(cast.instructor, first, parent)
    # What was no circle when it was suggested may be one when it is accepted.
    third = make_work(cast.maker, title="Third")
    suggestion = suggest(cast.instructor, first, third)
    accept(suggest(cast.instructor, third, second))
    with pytest.raises(BadSource, match="grew from this work"):
        accept(suggestion)
    assert claims.get_suggestion(suggestion.id).state is SuggestionState.OPEN
    assert edges() == {(second.id, first.id), (third.id, second.id)}


def test_p5_suggestions_that_cross_make_no_circle(context: Flask, cast: Cast) -> None:
    one, two = make_work(cast.free), make_work(cast.maker)
    pairs = [suggest(cast.instructor, one, two).id, suggest(cast.instructor, two, one).id]
    db.session.commit()

    def say_yes(suggestion_id: int) -> None:
        suggestion = claims.get_suggestion(suggestion_id)
        with transaction():
            sources.accept_suggestion(suggestion, viewer=Viewer(suggestion.child.maker_id))

    raised = at_once(context, [lambda s=number: say_yes(s) for number in pairs])
    db.session.rollback()
    assert sum(isinstance(error, BadSource) for error in raised if error) == 1 and len(edges()) == 1


def test_p8_a_class_work_is_no_source_of_an_open_one(context: Flask, cast: Cast) -> None:
    space, other = make_space(), make_space()
    classmate = Viewer(cast.instructor.id, frozenset({space.id, other.id}))
    inside, elsewhere = make_work(cast.maker, space=space), make_work(cast.maker, space=other)
    child, open_child = make_work(cast.free, space=space), make_work(cast.free)
    with pytest.raises(BadSource, match="belongs to a class"):
        suggest(cast.instructor, open_child, inside, viewer=classmate)
    with pytest.raises(BadSource, match="another class"):
        suggest(cast.instructor, child, elsewhere, viewer=classmate)
    suggestion = suggest(cast.instructor, child, inside, viewer=classmate)
    with transaction():
        sources.accept_suggestion(suggestion, viewer=Viewer(cast.free.id, frozenset({space.id})))
    assert edges() == {(child.id, inside.id)}
    # P4: it is not said whether what one may not see is there at all.
    hidden = str(pytest.raises(BadSource, suggest, cast.instructor, open_child, inside).value.args[0])
    nothing = str(pytest.raises(BadSource, suggest, cast.instructor, open_child, 10**9).value.args[0])
    assert hidden.replace(str(inside.id), "N") == nothing.replace(str(10**9), "N")


def test_p8_what_was_usable_is_asked_again_when_it_is_accepted(context: Flask, cast: Cast) -> None:
    parent, child = make_work(cast.maker), make_work(cast.free)
    suggestion = suggest(cast.instructor, child, parent)
    with transaction():
        actions.unpublish_work(parent)
    with pytest.raises(BadSource):
        accept(suggestion)
    assert edges() == set()


def test_what_cannot_be_suggested_is_said_in_words(context: Flask, cast: Cast) -> None:
    parent, child = make_work(cast.maker), make_work(cast.free)
    draft, named = make_work(cast.free, publish=False), make_work(cast.free, sources=[parent])
    for person, work, source, error in (
        (cast.free, child, parent, BadSuggestion),  # one's own
        (cast.instructor, draft, parent, BadSuggestion),  # a draft
        (cast.instructor, child, draft, BadSource),  # somebody's draft
        (cast.instructor, child, child, BadSource),  # itself
        (cast.instructor, named, parent, BadSuggestion),  # named already
    ):
        with pytest.raises(error):
            suggest(person, work, source)
    with pytest.raises(BadSuggestion, match="500"):
        suggest(cast.instructor, child, parent, note="x" * 501)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SourceSuggestion)) == 0


def test_a_maker_is_not_buried_under_suggestions(context: Flask, cast: Cast) -> None:
    child = make_work(cast.free)
    for _number in range(sources.MOST_WAITING):
        suggest(cast.instructor, child, make_work(cast.maker))
    with pytest.raises(BadSuggestion, match="Many"):
        suggest(cast.instructor, child, make_work(cast.maker))


def test_a_work_names_at_most_thirty_sources_however_they_come(context: Flask, cast: Cast) -> None:
    child = make_work(cast.free, sources=[make_work(cast.maker) for _ in range(actions.MOST_SOURCES)])
    with pytest.raises(BadSource, match="30"):
        accept(suggest(cast.instructor, child, make_work(cast.maker)))


# Disputes


def test_p6_a_dispute_is_an_annotation_and_the_edge_stays(context: Flask, cast: Cast, remix: RemixEdge) -> None:
    before = edges()
    said = dispute(cast.maker, remix)
    assert edges() == before and queries.get_work(remix.parent_id).remixes_count == 1
    assert [one.id for one in queries.list_disputes([remix.id])] == [said.id]
    with transaction():
        sources.reply_to_dispute(cast.free, said, "Listen at 0:20.")
    assert edges() == before
    with transaction():
        sources.withdraw_dispute(said)
        sources.withdraw_dispute(said)
    assert queries.list_disputes([remix.id]) == [] and edges() == before


def test_p6_the_maker_of_the_remix_cannot_dispute_its_source_away(context: Flask, cast: Cast, remix: RemixEdge) -> None:
    dispute(cast.free, remix, "I named it by mistake.")
    assert (remix.child_id, remix.parent_id) in edges()
    assert told(cast.maker) == [NotificationKind.REMIXED, NotificationKind.EDGE_DISPUTED]


def test_third_persons_have_no_say(context: Flask, cast: Cast, remix: RemixEdge) -> None:
    with pytest.raises(Refused):
        dispute(cast.instructor, remix)
    said = dispute(cast.maker, remix)
    for person in (cast.instructor, cast.maker):
        with pytest.raises(Refused), transaction():
            sources.reply_to_dispute(person, said, "Me too.")


def test_each_maker_says_it_once_and_the_other_answers_once(context: Flask, cast: Cast, remix: RemixEdge) -> None:
    said = dispute(cast.maker, remix)
    assert dispute(cast.maker, remix).id == said.id, "a form sent twice"
    with pytest.raises(BadDispute):
        dispute(cast.maker, remix, "And another thing.")
    with transaction():
        sources.reply_to_dispute(cast.free, said, "Listen at 0:20.")
    with pytest.raises(BadDispute, match="already"), transaction():
        sources.reply_to_dispute(cast.free, said, "And at 0:40.")
    assert told(cast.maker)[-1] is NotificationKind.DISPUTE_ANSWERED
    other = dispute(cast.free, remix, "It was another bell.")
    assert {one.id for one in queries.list_disputes([remix.id])} == {said.id, other.id}
    with transaction():
        sources.withdraw_dispute(other)
    other = dispute(cast.free, remix, "It was another bell.")
    with transaction():
        sources.withdraw_dispute(other)
    with pytest.raises(BadDispute, match="twice"):
        dispute(cast.free, remix, "It was another bell.")
    assert [one.person_id for one in queries.list_disputes([remix.id])] == [cast.maker.id]


def test_what_was_taken_back_is_not_answered(context: Flask, cast: Cast, remix: RemixEdge) -> None:
    said = dispute(cast.maker, remix)
    with transaction():
        sources.withdraw_dispute(said)
    with pytest.raises(BadDispute, match="taken back"), transaction():
        sources.reply_to_dispute(cast.free, said, "Listen.")


@pytest.mark.parametrize("reason", ["", " \n ", "x" * 1001])
def test_a_dispute_has_a_reason(context: Flask, cast: Cast, remix: RemixEdge, reason: str) -> None:
    with pytest.raises(BadDispute):
        dispute(cast.maker, remix, reason)


def test_nobody_disagrees_with_themselves(context: Flask, cast: Cast) -> None:
    parent = make_work(cast.maker)
    child = make_work(cast.maker, sources=[parent])
    with pytest.raises(DomainError, match="your own"):
        dispute(cast.maker, claims.get_edge(child.id, parent.id))


def test_p20_leaving_takes_back_what_was_said_and_keeps_every_edge(context: Flask, cast: Cast, remix: RemixEdge) -> None:
    said = dispute(cast.maker, remix, "A secret of mine.")
    with transaction():
        sources.reply_to_dispute(cast.free, said, "A secret of yours.")
    waiting = suggest(cast.maker, make_work(cast.free), make_work(cast.instructor), note="A secret note.")
    accepted = suggest(cast.maker, make_work(cast.free), make_work(cast.instructor), note="Another secret.")
    accept(accepted, "Thanks, secretly.")
    before = edges()
    with transaction():
        sources.forget_sayings(cast.maker)
    db.session.expire_all()
    assert edges() == before, "P6"
    assert claims.get_dispute(said.id).reason == "" and queries.list_disputes([remix.id]) == []
    assert claims.get_suggestion(waiting.id).state is SuggestionState.WITHDRAWN
    assert claims.get_suggestion(accepted.id).state is SuggestionState.ACCEPTED
    assert {claims.get_suggestion(one.id).note for one in (waiting, accepted)} == {""}
    with transaction():
        sources.forget_sayings(cast.free)
    db.session.expire_all()
    assert claims.get_dispute(said.id).reply == "" and claims.get_suggestion(accepted.id).answer == ""
