"""Insight: counted by the database, and the same by hand; it names nobody whom it must not."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from classprojects.classes.queries import get_class, insight
from classprojects.classes.queries.insight import Cohort
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.web.studio.insight import span_words
from classprojects.works.queries import get_plain_work
from tests.factories.classes import add_assignment, make_class, make_learner, submit
from tests.factories.crowds import fill_class
from tests.factories.seasons import make_season

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow


def test_what_the_database_counts_is_what_one_counts_by_hand(context, cast) -> None:
    project = make_class(cast.instructor, lessons=3, assignments=3)
    season = make_season(project)
    own = fill_class(project, 60, seed=4)
    theirs = fill_class(project, 50, seed=5, season_id=season.id)
    project = get_class(project.slug)
    for cohort, crowds in (
        (Cohort(), [own, theirs]), (Cohort(season.id), [theirs]), (Cohort(is_self_paced=True), [own]),
    ):  # fmt: skip
        answers = [one for crowd in crowds for one in crowd.answers]
        starts = {pair for crowd in crowds for pair in crowd.starts}
        counts = insight.count_by_assignment(project, cohort)
        for assignment in project.assignments:
            mine = [one for one in answers if one["assignment_id"] == assignment.id]
            began = {person for person, number in starts if number == assignment.id} | {one["person_id"] for one in mine}
            by_hand = (len(began), len(mine), sum(one["first_feedback_at"] is not None for one in mine), sum(one["attempts_count"] > 1 for one in mine))
            found = counts[assignment.id]
            assert (found.started, found.submitted, found.answered, found.revised) == by_hand
        # How far: whoever came further counts in all before.
        did = {("lesson", person, number) for crowd in crowds for person, number in crowd.finishes}
        did |= {("assignment", one["person_id"], one["assignment_id"]) for one in answers}
        people = [person for crowd in crowds for person in crowd.people]
        outline = project.outline
        farthest = [max((at for at, item in enumerate(outline) if (item.kind, person, item.id) in did), default=-1) for person in people]
        reached = insight.count_reached(project, cohort)
        assert reached.joined == len(people)
        assert [number for _item, number in reached.steps] == [sum(far >= at for far in farthest) for at in range(len(outline))]
        assert reached.completed == len({one["person_id"] for one in answers if one["assignment_id"] == project.assignments[-1].id})
        # Waiting, by nearest rank.
        for week in insight.list_waits(project, clock.now(), cohort):
            inside = [one for one in answers if week.week <= one["submitted_at"] < week.week + timedelta(days=7)]
            waits = sorted((one["first_feedback_at"] - one["submitted_at"]).total_seconds() for one in inside if one["first_feedback_at"])
            assert (week.submitted, week.answered) == (len(inside), len(waits))
            if waits:
                assert abs(week.median - waits[(len(waits) + 1) // 2 - 1]) <= 1
                assert abs(week.slow - waits[(9 * len(waits) + 9) // 10 - 1]) <= 1
        # What leads.
        known = {one["work_id"] for one in answers}
        edges = [pair for crowd in crowds for pair in crowd.edges if set(pair) <= known]
        remixes = {parent: sum(one == parent for _child, one in edges) for _child, parent in edges}
        leading = insight.list_leading(project, cohort)
        assert [one.remixes for one in leading] == sorted(remixes.values(), reverse=True)[: insight.MOST_LEADING]
        for one in leading:
            assert one.remixes == remixes[one.work_id] and len(one.children) == min(one.remixes, insight.MOST_REMIXES)
            assert all((child, one.work_id) in edges for child, _kind in one.children)


def test_the_page_asks_as_many_questions_of_a_crowd_as_of_nobody(cast, browse) -> None:
    project = make_class(cast.instructor, lessons=2, assignments=2)
    studio, address = browse(cast.instructor), f"/studio{project.url}/insight"
    others = (cast.other_instructor, cast.free, None)
    empty = studio.get(address)
    assert empty.status == 200 and "Nobody has built on a classmate" in empty.text
    season = make_season(project)
    fill_class(project, 120, season_id=season.id)
    full = studio.get(address)
    assert full.status == 200 and "120 people have joined." in full.text and full("svg.family-tree a")
    assert len(full.queries) <= 14, len(full.queries)
    nobody = studio.get(f"{address}?season=own-pace")
    assert "0 people have joined." in nobody.text and "120 people" in studio.get(f"{address}?season={season.number}").text
    assert "120 people" in studio.get(f"{address}?season=%00nonsense").text
    for person in others:
        assert browse(person).get(address).status in {302, 303, 401, 403}


def test_P4_an_anonymous_work_names_nobody_in_picture_or_table(cast, browse) -> None:
    project = make_class(cast.instructor, assignments=2)
    ada, ben = make_learner(project, "ada-lovelace"), make_learner(project, "ben")
    first = submit(ada, project, 1, title="Who wrote this")
    submit(ben, project, 2, title="An answer", source_ids=[first.work_id])
    studio, address = browse(cast.instructor), f"/studio{project.url}/insight"
    assert "Ada Lovelace" in studio.get(address).text
    with transaction():
        get_plain_work(first.work_id).veiled_at = clock.now()
    page, table = studio.get(address), studio.get(f"{address}/leading.csv").response.text
    assert "Who wrote this" in page.text and "Who wrote this" in table
    assert "Ada Lovelace" not in page.html and "ada-lovelace" not in page.html and "Ada Lovelace" not in table


def test_tables_are_no_formulas(cast, browse) -> None:
    project = make_class(cast.instructor, assignments=1)
    for title in ("=HYPERLINK(1)", "+1", "-1", "@sum", "plain, with a comma"):
        add_assignment(project, cast.instructor, title=title)
    fill_class(get_class(project.slug), 9)
    studio, address = browse(cast.instructor), f"/studio{project.url}/insight"
    for name in ("assignments", "steps", "waiting", "leading"):
        answer = studio.get(f"{address}/{name}.csv")
        assert answer.status == 200 and "attachment" in answer.headers["Content-Disposition"]
        rows = list(csv.reader(io.StringIO(answer.response.text)))
        assert rows and all(len(row) == len(rows[0]) for row in rows)
        assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row)
    assert studio.get(f"{address}/nothing.csv").status == 404


@pytest.mark.parametrize(("seconds", "words"), [(None, "–"), (20, "1 minute"), (3600, "60 minutes"), (7200, "2 hours"), (3 * 86400, "3 days")])
def test_spans_in_words(app, seconds, words) -> None:
    with app.test_request_context():
        assert span_words(seconds) == words
