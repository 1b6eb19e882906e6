"""Learners read what changed, in words and side by side; nobody reads what was never theirs."""

from __future__ import annotations

import pytest

from classprojects.classes import actions, queries
from classprojects.classes.actions import AssignmentDraft, LessonDraft
from classprojects.classes.actions.prerequisites import require_answers
from classprojects.classes.actions.rubrics import Criterion, RubricLevel
from classprojects.core.database import transaction
from classprojects.works.models import Medium
from tests.factories.classes import make_class, make_learner, submit

LEVELS = (RubricLevel("Not yet"), RubricLevel("There"))


def edit_lesson(project, number, author, body, note="", **more):
    with transaction():
        lesson = queries.get_lesson(project.slug, number)
        draft = LessonDraft(title=lesson.title, body=body, is_preview=lesson.is_preview, note=note, **more)
        actions.edit_lesson(queries.get_class(project.slug), lesson, draft, lesson.version, author)


def edit_assignment(project, author, brief, note="", **more):
    with transaction():
        assignment = queries.get_assignment(project.slug, 1)
        draft = AssignmentDraft(title=assignment.title, brief=brief, media_allowed=(Medium.TEXT,), minutes=20, note=note, **more)
        actions.edit_assignment(queries.get_class(project.slug), assignment, draft, assignment.version, author)


@pytest.fixture
def project(cast):
    made = make_class(cast.instructor, publish=False)
    edit_lesson(made, 2, cast.instructor, "A draft that nobody was to read.")
    edit_lesson(made, 2, cast.instructor, "What learners met first.\n\nIt has two parts.")
    with transaction():
        actions.publish_class(queries.get_class_by_id(made.id))
    return queries.get_class(made.slug)


def test_what_changed_is_said_and_compared(cast, browse, project):
    learner = make_learner(project)
    edit_lesson(project, 2, cast.instructor, "What learners met second.\n\nIt has two parts.", note="Clearer, <i>I hope</i>.")
    reader = browse(learner)
    page = reader.get(f"{project.url}/changes")
    assert "Clearer, <i>I hope</i>." in page.text and "Changed: the text." in page.text and "Instructor" in page.text
    assert len(page.queries) <= 14
    compared = reader.get(page(".change-list__things a")[0].get("href"))
    assert [one.text_content() for one in compared("ins")] == ["added: second"]
    assert [one.text_content() for one in compared("del")] == ["removed: first"]
    address = f"{project.url}/lessons/2/changes"
    assert reader.get(address).status == 200
    # What was only a draft stays the instructor's.
    for odd in ("?from=1&to=4", "?from=2", "?from=9", "?from=x", "?from=4&to=4", "?from=-1", "?to=1", "?from=" + "9" * 20):
        assert reader.get(address + odd).status == 404, odd
    assert "A draft that nobody" not in reader.get(address).text
    assert reader.get(f"{project.url}/lessons/1/changes").status == 404  # nothing changed in it
    # Those outside see no more of it than of the lesson (P2, P4).
    assert browse(None).get(address).status in (303, 403) and browse(cast.free).get(address).status == 403
    assert browse(cast.lapsed).get(address).status == 403


def test_changed_since_one_handed_in(cast, browse, project):
    learner = make_learner(project)
    submission = submit(learner, project)
    reader, assignment = browse(learner), f"{project.url}/assignments/1"
    assert "Changed since you handed in" not in reader.get(assignment).text
    edit_assignment(project, cast.instructor, "Write to somebody you have not met.", rubric=(Criterion("Voice", levels=LEVELS),), note="Harder.")
    edit_assignment(project, cast.instructor, "Write to somebody you have not met.", is_closed=True, rubric=(Criterion("Voice", levels=LEVELS),))
    page = reader.get(assignment)
    link = page(".class-change a")[0]
    assert link.text_content().startswith("Changed since you handed in") and len(page.queries) <= 14
    compared = reader.get(link.get("href"))
    assert "you have not met" in compared.text.replace("added: ", "") and "Voice" in compared.text and "Takes new answers" in compared.text
    assert "See what changed since you handed in" in reader.get(submission.url).text
    listed = reader.get(f"{project.url}/changes").text
    assert "Changed: the brief, what may be handed in, what feedback looks at." in listed and "Changed: closed." in listed


def test_what_is_not_open_yet_is_not_compared(cast, browse, project):
    """P2's neighbour: a lesson behind an assignment shows its earlier words no sooner than its present ones."""
    learner = make_learner(project)
    edit_lesson(project, 2, cast.instructor, "A secret of the second lesson.")
    with transaction():
        require_answers(queries.get_class_by_id(project.id), queries.get_lesson(project.slug, 2), [1])
        actions.reorder_outline(queries.get_class_by_id(project.id), [("lesson", 1), ("assignment", 1), ("lesson", 2)])
    reader = browse(learner)
    page = reader.get(f"{project.url}/lessons/2/changes")
    assert page.status == 403 and "A secret" not in page.text
    submit(learner, project)
    assert reader.get(f"{project.url}/lessons/2/changes").status == 200


def test_an_edit_of_the_class_page_is_told_too(cast, browse, project):
    teacher = browse(cast.instructor)
    for outcome in ("One letter.", "Two letters."):
        form = teacher.get(f"{project.studio_url}/details").form("main form.form")
        assert teacher.post(f"{project.studio_url}/details", {**form, "outcome": outcome}).status == 303
    text = browse(make_learner(project)).get(f"{project.url}/changes").text
    assert "Changed: what people will have made" in text and "Changed: what its page says." in text
