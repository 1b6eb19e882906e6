"""What feedback looks at: kept with ids that stay, and marks that keep their words."""

from __future__ import annotations

import pytest

from classprojects.classes import actions, queries
from classprojects.classes.actions import AssignmentDraft
from classprojects.classes.actions.rubrics import Criterion, RubricLevel, write_rubric
from classprojects.classes.models import Feedback
from classprojects.classes.queries.rubrics import count_marked_feedback
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError
from classprojects.works.models import Medium
from tests.factories.classes import make_class, make_learner, say, submit

LEVELS = (RubricLevel("Not yet"), RubricLevel("There", "One hears it at once."))


def edit(project, author, **changes):
    with transaction():
        assignment = queries.get_assignment(project.slug, 1)
        draft = AssignmentDraft(title="A letter", brief="Write.", media_allowed=(Medium.TEXT,), **changes)
        actions.edit_assignment(queries.get_class(project.slug), assignment, draft, assignment.version, author)
    return queries.get_assignment(project.slug, 1)


def test_ids_stay_whatever_a_criterion_is_called():
    first = write_rubric([], [Criterion("Voice", levels=LEVELS), Criterion("Ending", levels=LEVELS)])
    voice, ending = (one["id"] for one in first)
    assert voice != ending and first[0]["levels"][1] == {"label": "There", "help": "One hears it at once."}
    second = write_rubric(
        first, [Criterion("The end", "Does it stop?", LEVELS, ending), Criterion("New", levels=LEVELS, id="made up"),
                Criterion("Voice", levels=LEVELS, id=voice), Criterion("Twice", levels=LEVELS, id=voice)]
    )  # fmt: skip
    ids = [one["id"] for one in second]
    assert ids[0] == ending and ids[2] == voice and len(set(ids)) == 4 and "made up" not in ids


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        ([Criterion("", levels=LEVELS)], "title"),
        ([Criterion("A", levels=LEVELS[:1])], "between 2 and 6"),
        ([Criterion("A", levels=LEVELS * 4)], "between 2 and 6"),
        ([Criterion("A", levels=(*LEVELS, RubricLevel("")))], "name"),
        ([Criterion("A", levels=(*LEVELS, RubricLevel("there")))], "called the same"),
        ([Criterion("A", levels=LEVELS), Criterion("a", levels=LEVELS)], "called the same"),
        ([Criterion(str(number), levels=LEVELS) for number in range(11)], "At most 10"),
        ([Criterion("A" * 121, levels=LEVELS)], "too long"),
        ([Criterion("A", levels=(*LEVELS, RubricLevel("b" * 61)))], "too long"),
    ],
)
def test_what_a_rubric_must_not_be(context, criteria, words):
    with pytest.raises(DomainError, match=words):
        write_rubric([], criteria)


def test_a_rubric_changed_after_feedback(cast):
    """Allowed: what was marked keeps the words that it was marked in."""
    project = make_class(cast.instructor)
    assignment = edit(project, cast.instructor, rubric=(Criterion("Voice", levels=LEVELS),))
    feedback = say(cast.instructor, submit(make_learner(project), project), as_instructor=True)
    assert count_marked_feedback(assignment) == 0
    marks = [{"criterion": assignment.rubric[0]["id"], "title": "Voice", "level": 1, "label": "There", "help": ""}]
    with transaction():
        db.session.get(Feedback, feedback.id).marks = marks
    changed = edit(project, cast.instructor, rubric=(Criterion("Another", levels=LEVELS),))
    assert count_marked_feedback(changed) == 1
    assert db.session.get(Feedback, feedback.id, populate_existing=True).marks == marks
    # An edit that says nothing of the rubric leaves it alone.
    assert edit(project, cast.instructor).rubric == changed.rubric
    assert queries.find_version(changed, changed.version).content["rubric"] == changed.rubric


def test_whether_names_are_shown_is_settled_with_the_first_answer(cast):
    project = make_class(cast.instructor)
    assert edit(project, cast.instructor, is_anonymous=True).is_anonymous
    submit(make_learner(project), project)
    with pytest.raises(DomainError, match="stays as it is"):
        edit(project, cast.instructor, is_anonymous=False)
    assert edit(project, cast.instructor, is_anonymous=True).is_anonymous
