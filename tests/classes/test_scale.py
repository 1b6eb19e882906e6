"""A large class asks as few queries as a small one, and no page reads a table whole. bench/classes.py measures the time."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from classprojects.classes import queries
from classprojects.core.database import db
from tests.client import counted_queries
from tests.factories.classes import add_assignment, make_class, make_learner, say, submit
from tests.factories.crowds import fill_class
from tests.factories.people import make_person

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

#: tables that grow with the learners of a class
GROWING = ("submissions", "attempts", "works", "work_versions", "enrollments", "learner_notes", "lesson_places", "lesson_finishes")


def test_pages_ask_as_few_queries_however_large_the_class(cast, browse):
    counts: list[dict[str, int]] = []
    for learners in (4, 60):
        project = make_class(cast.instructor, lessons=2, assignments=3)
        add_assignment(project, cast.instructor, title="Round", from_number=1, feedback_count=1)
        fill_class(project, learners, share=1.0)
        db.session.remove()
        project = queries.get_class(project.slug)
        reader = make_learner(project)
        submission = submit(reader, project)
        say(cast.instructor, submission, as_instructor=True)
        learner, leader = browse(reader), browse(cast.instructor)
        pages = {
            f"{place}": (learner, f"{project.url}{place}")
            for place in ("", "/room", "/lessons/2", "/assignments/2", "/assignments/4/submit", "/gallery", "/gallery?assignment=2")
        }
        pages |= {
            "submission": (learner, submission.url), "leading": (leader, submission.url), "queue": (leader, "/studio/feedback"),
            "roster": (leader, f"{project.studio_url}/roster"),
        }  # fmt: skip
        counts.append({name: len(browser.get(address).queries) for name, (browser, address) in pages.items()})
    assert max(counts[1].values()) <= 14, counts[1]
    assert counts[0] == counts[1]


def test_the_lists_of_an_assignment_are_read_by_their_index(cast):
    """Offers to build on, an assignment's gallery, a class's gallery: SQLite's plans name no scan of what grows."""
    if db.engine.dialect.name != "sqlite":
        return  # small tables are scanned by PostgreSQL whatever the index; there the bench measures
    project = make_class(cast.instructor, assignments=2)
    assignment = add_assignment(project, cast.instructor, title="Round", from_number=1)
    person = make_person("reader")
    with counted_queries() as seen:
        queries.list_fitting_sources(assignment, person)
        queries.list_submissions(assignment)
        queries.list_gallery(assignment.project)
        queries.list_roster(assignment.project)
        queries.find_progress(person, assignment.project, with_moments=True)
    assert len(seen) >= 5
    for statement in seen:
        marks = re.sub(r"\?", "1", statement)
        plan = [row[3] for row in db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {marks}"))]
        scans = [line for line in plan if re.match(rf"SCAN (?:{'|'.join(GROWING)})\b(?!.*USING)", line)]
        assert not scans, (scans, statement)


def test_everybody_is_offered_and_those_not_remixed_yet_first(cast):
    """As long as there are few, all of them; and old ones that nobody took have their turn."""
    project = make_class(cast.instructor, assignments=2)
    add_assignment(project, cast.instructor, title="Round", from_number=1)
    makers = [make_learner(project) for _number in range(4)]
    works = [submit(maker, project, 1).work_id for maker in makers]
    taker = make_learner(project)
    assignment = queries.get_assignment(project.slug, 3)
    assert {work.id for work in queries.list_fitting_sources(assignment, taker)} == set(works)
    submit(taker, project, 3, source_ids=[works[3]])
    db.session.expire_all()
    assignment = queries.get_assignment(project.slug, 3)
    offered = [work.id for work in queries.list_fitting_sources(assignment, make_learner(project))]
    assert offered[-1] == works[3] and set(offered) == set(works)
