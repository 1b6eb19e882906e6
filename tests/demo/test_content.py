"""The demo's content fits together before anything is made of it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from classprojects.demo.content import shapes
from classprojects.demo.content.classes import CLASSES
from classprojects.demo.content.classwork import ENROLLED, SUBMISSIONS
from classprojects.demo.content.everything import WORKS, assignments, recipes
from classprojects.demo.content.people import PEOPLE, ZONES
from classprojects.demo.content.prompts import PROMPTS
from classprojects.demo.content.talk import COMMENTS, FOLLOWS, HEARTS
from classprojects.demo.media.library import FILMS, PICTURES, SOUNDS
from classprojects.media.captions import read_captions
from classprojects.works.models import EdgeKind

WORK = {work.key: work for work in WORKS}
PERSON = {person.handle: person for person in PEOPLE}
CLASSWORK = {submission.attempts[-1].work.key: submission.attempts[-1].work for submission in SUBMISSIONS}


def test_it_is_as_large_as_promised() -> None:
    by_medium = {medium: sum(work.medium == medium for work in WORKS) for medium in ("text", "image", "audio", "video")}
    assert len(WORKS) >= 60
    assert by_medium["text"] >= 20
    assert by_medium["image"] >= 16
    assert by_medium["audio"] >= 14
    assert by_medium["video"] >= 8
    assert len(PROMPTS) == 12
    assert {prompt.difficulty for prompt in PROMPTS} == {1, 2, 3}
    assert sum(project.published for project in CLASSES) >= 4
    assert len({work.language for work in WORKS}) >= 8
    assert {source.kind for work in WORKS for source in work.sources} == set(EdgeKind)


def test_the_four_accounts_are_there() -> None:
    assert {person.email for person in PEOPLE if person.email} == {
        "staff@demo.test", "instructor@demo.test", "subscriber@demo.test", "free@demo.test",
    }
    assert all(person.country in ZONES for person in PEOPLE)


def test_lineage_is_deep_and_runs_forward_in_time() -> None:
    def depth(key: str) -> int:
        return 1 + max((depth(source.work) for source in WORK[key].sources), default=0)

    for work in WORKS:
        assert PERSON[work.maker].days > work.days
        for source in work.sources:
            assert WORK[source.work].days > work.days, f"{work.key} is older than {source.work}"
        if work.prompt:
            assert next(one for one in PROMPTS if one.key == work.prompt).days > work.days
    assert max(depth(key) for key in WORK) >= 6
    assert sum(len(work.sources) > 1 for work in WORKS) >= 10


def test_media_build_on_what_the_lineage_says() -> None:
    for work in WORKS:
        if work.media:
            assert set(work.media.of) <= {source.work for source in work.sources}, work.key
        assert (work.media is None) == (work.medium == "text"), work.key
        if work.medium in ("image", "video"):
            assert work.alt, f"{work.key} is not described"


def test_every_recipe_is_known_and_can_be_made_in_some_order() -> None:
    found = recipes()
    done: set[str] = set()
    while len(done) < len(found):
        ready = {key for key, media in found.items() if key not in done and done.issuperset(media.of)}
        assert ready, f"these wait for each other: {found.keys() - done}"
        done |= ready
    assert {media.make for media in found.values()} <= {*PICTURES, *SOUNDS, *FILMS}


def test_talk_is_about_works_that_are_there_already() -> None:
    for comment in COMMENTS:
        assert WORK[comment.work].days > comment.days, comment
        assert PERSON[comment.author].days > comment.days
    for key, handles in HEARTS.items():
        assert len(set(handles)) == len(handles)
        assert WORK[key].maker not in handles
        assert set(handles) <= PERSON.keys()
    assert all(follower != followed for follower, followed in FOLLOWS)


def test_some_works_wait_for_their_first_answer() -> None:
    answered = {comment.work for comment in COMMENTS} | HEARTS.keys()
    remixed = {source.work for work in WORKS for source in work.sources}
    assert len(WORK.keys() - answered) >= 3
    assert len(WORK.keys() - answered - remixed) >= 2


@pytest.mark.parametrize("project", CLASSES, ids=lambda project: project.key)
def test_classes_have_what_publishing_asks_for(project: shapes.ClassProject) -> None:
    lessons = [item for item in project.outline if isinstance(item, shapes.Lesson)]
    assert any(lesson.preview for lesson in lessons)
    for lesson in lessons:
        assert lesson.body or lesson.media
        if lesson.media:
            assert lesson.transcript
            cues = read_captions(lesson.captions)
            assert len(cues) >= 3
            assert all(one.end <= two.start for one, two in pairwise(cues))
    for assignment in assignments(project.key):
        assert assignment.minutes
        assert set(assignment.starters) <= WORK.keys()


def test_submissions_answer_what_was_asked() -> None:
    for submission in SUBMISSIONS:
        asked = assignments(submission.class_key)[submission.assignment - 1]
        joined = dict(ENROLLED[submission.class_key])
        moments = [joined[submission.attempts[0].work.maker]]
        for attempt in submission.attempts:
            work = attempt.work
            assert work.medium in asked.media
            moments += [work.days, *(feedback.days for feedback in attempt.feedback)]
            for source in work.sources:
                assert (WORK.get(source.work) or CLASSWORK[source.work]).days > work.days
            if asked.remix_of:
                assert any(source.work in CLASSWORK for source in work.sources), work.key
        assert moments == sorted(moments, reverse=True), submission.attempts[0].work.key
    waiting = [submission for submission in SUBMISSIONS if not submission.attempts[-1].feedback]
    resubmitted = [submission for submission in SUBMISSIONS if len(submission.attempts) > 1]
    assert len(waiting) >= 2
    assert len(resubmitted) >= 3
