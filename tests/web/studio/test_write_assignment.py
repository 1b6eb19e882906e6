"""An assignment is written by plain forms: rows of its rubric, works to start from, names shown or not."""

from __future__ import annotations

import pytest

from classprojects.classes import queries
from classprojects.classes.models import Feedback
from classprojects.core.database import db, transaction
from tests.factories.classes import make_class, make_learner, say, submit
from tests.factories.works import make_work

FORM = "main form.form"


@pytest.fixture
def project(cast):
    return make_class(cast.instructor)


def test_a_rubric_is_built_row_by_row(cast, browse, project):
    teacher = browse(cast.instructor)
    address = f"{project.studio_url}/assignments/1"

    def press(form, step):
        page = teacher.post(address, {**form, "step": step})
        assert page.status == 200
        return page.form(FORM)

    form = press({**teacher.get(address).form(FORM), "title": "Typed, not saved"}, "criterion-add")
    # What was typed elsewhere stays; nothing was saved.
    assert form["title"] == "Typed, not saved" and form["rubric-0-level-2-label"] == "There"
    assert queries.get_assignment(project.slug, 1).version == 1
    form = press({**form, "rubric-0-title": "Voice"}, "criterion-add")
    form = press({**form, "rubric-1-title": "Ending", "rubric-1-help": "Does it stop?"}, "criterion-up-1")
    assert (form["rubric-0-title"], form["rubric-1-title"]) == ("Ending", "Voice")
    form = press(form, "level-drop-1-0")
    assert form["rubric-1-level-0-label"] == "Getting there" and "rubric-1-level-2-label" not in form
    form = press(press(form, "level-add-1"), "criterion-down-0")
    assert form["rubric-0-title"] == "Voice" and form["rubric-0-level-2-label"] == ""
    for odd in ("criterion-up-99", "level-drop-9-9", "criterion", "level-add", "criterion-drop-x", "nothing", "-", "level-drop-0--1", "use-x", "drop-"):
        assert press(form, odd)["rubric-1-title"] == "Ending"
    assert teacher.post(address, form).status == 303
    rubric = queries.get_assignment(project.slug, 1).rubric
    assert [(one["title"], [level["label"] for level in one["levels"]]) for one in rubric] == [
        ("Voice", ["Getting there", "There"]), ("Ending", ["Not yet", "Getting there", "There"]),
    ]  # fmt: skip
    # Its ids stay when it is saved again; a criterion without a title is refused in words, and stays in the form.
    form = teacher.get(address).form(FORM)
    assert form["rubric-0-id"] == rubric[0]["id"]
    page = teacher.post(address, {**form, "rubric-0-title": ""})
    assert page.status == 422 and "Give every criterion a title" in page.text and page("#rubric.has-error")
    assert teacher.post(address, press(form, "criterion-drop-0")).status == 303
    assert [one["id"] for one in queries.get_assignment(project.slug, 1).rubric] == [rubric[1]["id"]]
    # A new row that nobody wrote into is no criterion.
    assert teacher.post(address, press(teacher.get(address).form(FORM), "criterion-add")).status == 303
    assert len(queries.get_assignment(project.slug, 1).rubric) == 1


def test_a_rubric_after_feedback_says_how_often_it_was_used(cast, browse, project):
    teacher = browse(cast.instructor)
    address = f"{project.studio_url}/assignments/1"
    levels = {f"rubric-0-level-{at}-label": words for at, words in enumerate(("No", "Yes"))}
    form = {**teacher.get(address).form(FORM), "rubric-0-title": "Voice", "rubric-0-id": "", "media_allowed": ["text"], **levels}
    assert teacher.post(address, form).status == 303
    feedback = say(cast.instructor, submit(make_learner(project), project), as_instructor=True)
    with transaction():
        db.session.get(Feedback, feedback.id).marks = [{"criterion": "a", "title": "Voice", "level": 1, "label": "Yes", "help": ""}]
    page = teacher.get(address)
    assert "1 piece of feedback was given with this rubric" in page.text and len(page.queries) <= 14
    assert "answered this with their names shown" in page.text
    saved = teacher.post(address, {**page.form(FORM), "rubric-0-title": "Tone", "media_allowed": ["text"], "is_anonymous": "y"})
    assert "1 piece of feedback keeps the words of the earlier rubric" in teacher.follow(saved).text
    # Whether names are shown is settled.
    assert queries.get_assignment(project.slug, 1).is_anonymous is False


def test_works_to_start_from_are_found_by_words(cast, browse, project):
    seed = make_work(cast.free, title="A seed for everybody")
    make_work(cast.free, title="A seed in a drawer", publish=False)
    make_class(cast.other_instructor)
    hidden = submit(make_learner(project), project, title="A seed in class").work
    teacher = browse(cast.instructor)
    address = f"{project.studio_url}/assignments/1"
    form = teacher.get(address).form(FORM)
    page = teacher.post(address, {**form, "find_starter": "seed", "step": "find"})
    found = [button.get("value") for button in page("button[name=step][value^=use-]")]
    assert found == [f"use-{seed.id}"]
    page = teacher.post(address, {**page.form(FORM), "step": found[0]})
    assert page.form(FORM)["starters"].strip() == str(seed.id) and page(".chosen-source")
    for odd in ("***", "\x00", "9" * 60, "https://elsewhere.test", str(hidden.id)):
        page = teacher.post(address, {**form, "find_starter": odd, "step": "find"})
        assert page.status == 200 and not page("button[value^=use-]"), odd
    assert teacher.post(address, {**form, "starters": str(seed.id)}).status == 303
    assert [work.id for work in queries.list_starters(queries.get_assignment(project.slug, 1))] == [seed.id]
    page = teacher.post(address, {**teacher.get(address).form(FORM), "step": f"drop-{seed.id}"})
    assert page.form(FORM)["starters"].strip() == ""
    # The same at a new one.
    new = f"{project.studio_url}/assignments/new"
    page = teacher.post(new, {**teacher.get(new).form(FORM), "step": "criterion-add", "title": "Next"})
    assert page.status == 200 and page.form(FORM)["title"] == "Next"
    assert teacher.post(new, {**page.form(FORM), "brief": "Do it.", "rubric-0-title": "Voice", "is_anonymous": "y"}).status == 303
    made = queries.get_assignment(project.slug, 2)
    assert made.is_anonymous and made.rubric[0]["title"] == "Voice"
