"""The class room and what learners keep for themselves: the next thing, places in lessons, drafts, notes."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa

from classprojects.accounts.queries import get_person
from classprojects.classes import queries
from classprojects.classes.models import AssignmentStart, LearnerNote, LessonFinish, LessonPlace
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.web.accounts.export import write_export
from classprojects.web.accounts.leaving import leave
from tests.factories.classes import add_assignment, make_class, make_learner, say, submit
from tests.factories.memberships import give_lapsed_membership
from tests.factories.people import make_person
from tests.factories.seasons import make_season, put_into_season, set_dates

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

SECRET = "what I would never say aloud"


def test_the_room_always_says_the_next_thing(cast, browse):
    project = make_class(cast.instructor, lessons=2, assignments=2)
    person = make_learner(project)
    learner = browse(person)

    def next_words() -> str:
        return learner.get(f"{project.url}/room")("#next")[0].text_content()

    assert "Read “Lesson 1" in next_words()
    assert "You are through with it." not in learner.get(f"{project.url}/lessons/1").text
    learner.post(f"{project.url}/lessons/1/finish")
    assert "You are through with it." in learner.get(f"{project.url}/lessons/1").text
    assert "Make “Assignment 1" in next_words()
    form = learner.get(f"{project.url}/assignments/1/submit").form("main form.composer__form")
    learner.post(f"{project.url}/assignments/1/submit", {**form, "title": "Half a letter", "body": "Dear", "save": "draft"})
    assert "Go on with your draft of “Assignment 1" in next_words()
    page = learner.get(f"{project.url}/assignments/1")
    assert "Your draft" in page.text and "Nobody sees it before you hand it in" in page.text
    assert page(".progress-rail__step.is-draft")
    # It was begun with the first draft, and is not begun again by the second.
    began = db.session.scalars(sa.select(AssignmentStart.started_at)).all()
    with clock_moved(days=1):
        submission = submit(person, project, 1)
    assert db.session.scalars(sa.select(AssignmentStart.started_at)).all() == began and len(began) == 1
    say(cast.instructor, submission, as_instructor=True)
    assert "Read what was said about “Assignment 1" in next_words()
    say(cast.instructor, submission, as_instructor=True, is_done=True)
    learner.post(f"{project.url}/lessons/2/finish")
    submit(person, project, 2)
    assert "See what everybody made" in next_words()
    assert "2 of 2 made" in learner.get(f"{project.url}/room").text


class clock_moved:  # noqa: N801 - reads as a sentence
    """Inside, it is later."""

    def __init__(self, **later: float) -> None:
        self.later = timedelta(**later)

    def __enter__(self) -> None:
        self.real, now = clock.now, clock.now() + self.later
        clock.now = lambda: now  # type: ignore[assignment]

    def __exit__(self, *_: object) -> None:
        clock.now = self.real  # type: ignore[assignment]


def test_what_opens_later_says_when_and_is_no_dead_end(cast, browse):
    project = make_class(cast.instructor, lessons=2, assignments=2)
    person = make_learner(project)
    season = make_season(project)
    later, title = clock.now() + timedelta(days=9), project.assignments[0].title
    for item in (project.lessons[1], *project.assignments):
        set_dates(season, item, opens_at=later)
    put_into_season(person, season)
    learner = browse(person)
    learner.post(f"{project.url}/lessons/1/finish")
    page = learner.get(f"{project.url}/room")
    assert f"“{title}” opens on" in page("#next")[0].text_content()
    assert page(".progress-rail__step.is-locked") and "This opens on" in page(".progress-rail")[0].text_content()
    assert "This opens on" in page(".lesson-list")[0].text_content()
    assert not page(f"a[href='{project.url}/lessons/2']")
    assert len(page.queries) <= 14
    with clock_moved(days=10):
        assert "Make “" in learner.get(f"{project.url}/room")("#next")[0].text_content()


def test_optional_and_closed_things_are_owed_by_nobody(cast, browse):
    project = make_class(cast.instructor, assignments=1)
    add_assignment(project, cast.instructor, title="If you like", is_required=False)
    add_assignment(project, cast.instructor, title="Over", is_closed=True)
    person = make_learner(project)
    assert "0 of 1 made" in browse(person).get(f"{project.url}/room").text
    submit(person, project, 2)
    assert "1 of 2 made" in browse(person).get(f"{project.url}/room").text


def test_a_rhythm_is_said_when_it_encourages_and_never_that_it_was_lost(cast, browse):
    project = make_class(cast.instructor, assignments=3)
    person = make_learner(project)
    submit(person, project, 1)
    with clock_moved(weeks=1):
        submit(person, project, 2)
        assert "You made something in 2 weeks running." in browse(person).get(f"{project.url}/room").text
    with clock_moved(weeks=6):
        assert "You have made something in 2 weeks so far." in browse(person).get(f"{project.url}/room").text


def test_a_place_is_kept_and_taken_up_with_and_without_javascript(cast, browse, film_lesson):
    project = film_lesson(cast.instructor)
    person = make_learner(project)
    learner = browse(person)
    address = f"{project.url}/lessons/2"
    kept = learner.post(f"{address}/place", {"at": "192"}, headers={"Accept": "application/json"})
    assert kept.status == 200 and kept.json == {"at": 192}
    page = learner.get(address)
    assert page("media-player[data-place='192'][data-place-url$='/place']")
    assert page("a[href='?t=192#player']")[0].text_content() == "Continue at 3:12"
    assert not page("media-player[data-begin]")
    learner.post(f"{project.url}/lessons/1/finish")
    learner.post(f"{project.url}/assignments/1/notes", {"body": "x"})
    submit(person, project, 1)
    room = learner.get(f"{project.url}/room")
    assert "Go on with “A film” at 3:12" in room("#next")[0].text_content() or "Continue “A film” at 3:12" in room.text
    there = learner.get(f"{address}?t=192")
    assert there("media-player[data-begin='192']") and all(one.get("src").endswith("#t=192") for one in there("media-player video > source"))
    # Without JavaScript one writes it down.
    by_hand = learner.post(f"{address}/place", {"at": "1:02"})
    assert by_hand.status == 303 and by_hand.location.endswith("?t=62#player")
    assert learner.post(f"{address}/place", {"at": "soon"}).status == 422
    assert learner.post(f"{address}/place", {"at": "9" * 40}, headers={"Accept": "application/json"}).status == 422
    # At the end, and at the beginning, there is no place to go back to.
    learner.post(f"{address}/place", {"at": "0"})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LessonPlace)) == 0


def test_what_is_said_chapters_and_the_description_are_there_without_javascript(cast, browse, film_lesson):
    project = film_lesson(cast.instructor)
    page = browse(make_learner(project)).get(f"{project.url}/lessons/2")
    assert [line.get("data-at") for line in page(".caption-list__lines > li")] == ["0.0", "2.0"]
    assert "Hear the room first." in page(".caption-list")[0].text_content()
    assert [(one.get("href"), one.get("data-at")) for one in page(".media-player__chapters a")] == [("?t=0#player", "0.0"), ("?t=2#player", "2.0")]
    assert len(page(".media-player__marks rect")) == 2
    assert page(".media-player__described audio > source")
    assert page("track[kind=captions][default]")
    assert len(page.queries) <= 14


def test_notes_are_kept_found_and_changed(cast, browse, film_lesson):
    project = film_lesson(cast.instructor)
    learner = browse(make_learner(project))
    form = learner.get(f"{project.url}/lessons/2").form(".own-notes__form")
    sent = {**form, "body": "Watch the hands", "at": "0:42"}
    kept = learner.post(f"{project.url}/lessons/2/notes", sent)
    assert kept.status == 303
    assert learner.post(f"{project.url}/lessons/2/notes", sent).location == kept.location  # the same form, sent twice
    learner.post(f"{project.url}/assignments/1/notes", {"body": "Begin with the end\n<b>bold</b>", "at": "1:00"})
    page = learner.get(f"{project.url}/lessons/2")
    assert "Watch the hands" in page(".own-note")[0].text_content()
    assert page("a[data-seek='42'][href$='?t=42#player']")
    page = learner.get(f"{project.url}/notes")
    assert len(page(".own-note")) == 2 and "<b>bold</b>" in page.text and len(page("a[data-seek]")) == 1
    assert len(page.queries) <= 14
    found = learner.get(f"{project.url}/notes?q=HANDS")
    assert len(found(".own-note")) == 1
    assert "None of your notes says that." in learner.get(f"{project.url}/notes?q=100%25").text
    number = db.session.scalar(sa.select(LearnerNote.id).where(LearnerNote.at_seconds == 42))
    edited = learner.get(f"/notes/{number}").form("main form.form")
    assert edited["at"] == "0:42"
    assert learner.post(f"/notes/{number}", {**edited, "body": ""}).status == 422
    assert learner.post(f"/notes/{number}", {**edited, "at": "never", "body": "kept as typed"}).html.count("kept as typed") == 1
    assert learner.post(f"/notes/{number}", {**edited, "body": "Watch the feet"}).status == 303
    assert "Watch the feet" in learner.get(f"{project.url}/notes").text
    assert learner.post(f"/notes/{number}/delete").status == 303
    assert learner.get(f"/notes/{number}").status == 404


def test_nobody_else_ever_sees_a_note(cast, browse, client):
    """Not the instructor, not staff, not a classmate: on no page, in no search, by no address (P4)."""
    project = make_class(cast.instructor, lessons=2, assignments=2)
    person, mate = make_learner(project), make_learner(project)
    learner = browse(person)
    for place in ("lessons/2", "assignments/1"):
        assert learner.post(f"{project.url}/{place}/notes", {"body": SECRET}).status == 303
    submission = submit(person, project, 1)
    numbers = db.session.scalars(sa.select(LearnerNote.id)).all()
    assert len(numbers) == 2
    for who in (cast.instructor, cast.other_instructor, cast.staff, mate, cast.free, None):
        other = browse(who) if who else client
        for number in numbers:
            assert other.get(f"/notes/{number}").status in (302, 303, 401, 404), who
            assert other.post(f"/notes/{number}", {"body": "mine now"}).status in (302, 303, 401, 403, 404), who
            assert other.post(f"/notes/{number}/delete").status in (302, 303, 401, 403, 404), who
        for address in (
            f"{project.url}/notes", f"{project.url}/room", f"{project.url}/lessons/2", f"{project.url}/assignments/1",
            f"{project.url}/notes?q=aloud", "/search?q=aloud", submission.url, f"{project.studio_url}/roster", person.url,
        ):  # fmt: skip
            assert SECRET not in other.get(address).html, (who, address)
    assert db.session.scalars(sa.select(LearnerNote.body)).all() == [SECRET, SECRET]


def test_P2_notes_stay_readable_and_deletable_after_a_lapse(cast, browse):
    project = make_class(cast.instructor)
    person = make_learner(project)
    browse(person).post(f"{project.url}/lessons/1/notes", {"body": SECRET})
    with transaction():
        from classprojects.billing.models import Grant

        db.session.execute(sa.update(Grant).where(Grant.person_id == person.id).values(ends_at=clock.now() - timedelta(seconds=1)))
    give_lapsed_membership(person)
    learner = browse(person)
    assert learner.get(f"{project.url}/room").status == 403
    page = learner.get(f"{project.url}/notes")
    assert page.status == 200 and SECRET in page.text
    number = db.session.scalar(sa.select(LearnerNote.id))
    assert learner.get(f"/notes/{number}").status == 200
    assert learner.post(f"{project.url}/assignments/1/notes", {"body": "more"}).status == 403
    assert learner.post(f"/notes/{number}/delete").status == 303


def test_P20_what_one_noted_is_in_the_export_and_goes_when_one_leaves(cast, browse):
    project = make_class(cast.instructor)
    person = make_learner(project)
    learner = browse(person)
    learner.post(f"{project.url}/lessons/1/notes", {"body": SECRET})
    learner.post(f"{project.url}/lessons/1/finish")
    learner.post(f"{project.url}/lessons/2/place", {"at": "12"})
    submit(person, project)
    target = io.BytesIO()
    write_export(get_person(person.id), target)
    told = json.loads(zipfile.ZipFile(target).read("learning.json"))
    assert told["notes"][0]["body"] == SECRET and told["lessons_finished"] and told["assignments_begun"]
    assert told["places_in_lessons"][0]["at_seconds"] == 12
    with transaction():
        leave(get_person(person.id))
    for model in (LearnerNote, LessonPlace, LessonFinish, AssignmentStart):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0, model


def test_only_learners_of_the_class_begin_an_assignment(cast, browse):
    project = make_class(cast.instructor)
    stranger = browse(make_person("stranger"))
    key = f"submit-{project.slug}-1"
    stranger.post(f"/works/drafts/{key}", {"title": "I only look", "draft_revision": "0"})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AssignmentStart)) == 0
    browse(make_learner(project)).post(f"/works/drafts/{key}", {"title": "I begin", "draft_revision": "0"})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AssignmentStart)) == 1


def test_pages_for_learners_take_few_queries_whatever_is_there(cast, browse):
    project = make_class(cast.instructor, lessons=3, assignments=3)
    add_assignment(project, cast.instructor, title="Round", from_number=1, feedback_count=1)
    person = make_learner(project)
    season = make_season(project)
    put_into_season(person, season)
    for number in (1, 2):
        submit(person, project, number)
        say(cast.instructor, submit(make_learner(project), project, number), as_instructor=True)
    learner = browse(person)
    for place in ("lessons/1", "assignments/1", "assignments/3"):
        for word in ("one", "two", "three"):
            learner.post(f"{project.url}/{place}/notes", {"body": word})
    for address in ("/room", "/lessons/1", "/assignments/1", "/assignments/4", "/assignments/4/submit", "/gallery", "/notes"):
        page = learner.get(project.url + address)
        assert page.status == 200 and len(page.queries) <= 14, (address, page.status, len(page.queries), page.queries)
    assert queries.get_class(project.slug).assignments_count == 4
