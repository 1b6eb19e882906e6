"""What the product promises of class projects: P2, P4 and P8, each by its name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from classprojects.classes import queries
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.media.models import MediaKind, MediaPurpose
from classprojects.works.models import Medium
from tests.factories.classes import CAPTIONS, add_assignment, join, make_class, make_learner, say, submit
from tests.factories.memberships import give_membership
from tests.factories.people import make_person
from tests.factories.works import make_file

SECRET = "the secret of letters"


@pytest.fixture
def lapse(cast, browse):
    """A class, a learner whose membership ends at ``end`` with one answered letter, a classmate's letter."""
    project = make_class(cast.instructor, lessons=2, assignments=2)
    end = clock.now() + timedelta(days=3)
    learner = make_person("learner")
    give_membership(learner, ends_at=end)
    join(learner, project)
    own = submit(learner, project, title="Letter of mine")
    say(cast.instructor, own, "Ada is alive in it.", as_instructor=True)
    other = submit(make_learner(project, "mate"), project, title="Letter of a mate")
    return project, learner, own, other, end


def test_P2_one_second_after_the_end_lessons_and_classmates_works_are_refused(lapse, browse):
    project, learner, own, other, end = lapse
    pupil = browse(learner)
    inside = [f"{project.url}/lessons/2", f"{project.url}/assignments/1", f"{project.url}/gallery", f"{project.url}/room", other.url]
    with clock.at(end - timedelta(seconds=1)):
        for address in [*inside, f"/works/{other.work_id}"]:
            assert pupil.get(address).status == 200, address
        assert SECRET in pupil.get(f"{project.url}/lessons/2").text
    with clock.at(end + timedelta(seconds=1)):
        for address in inside:
            page = pupil.get(address)
            assert page.status == 403, address
            # Never a dead end: what is inside, and the outline.
            assert "is part of the membership" in page.text
            assert "Lesson 2 of" in page.text
            assert SECRET not in page.text and "Letter of a mate" not in page.text
        assert pupil.get(f"/works/{other.work_id}").status == 404
        assert pupil.get(f"/works/{other.work_id}/lineage").status == 404
        assert pupil.post(f"{project.url}/assignments/2/submit", {"title": "x", "medium": "text", "body": "x"}).status == 403
        assert pupil.post(f"{other.url}/feedback", {"works_well": "x"}).status == 403
        # The free lesson stays free.
        assert pupil.get(f"{project.url}/lessons/1").status == 200


def test_P2_own_submissions_and_what_was_said_stay_readable(lapse, browse):
    project, learner, own, other, end = lapse
    pupil = browse(learner)
    with clock.at(end + timedelta(days=400)):
        page = pupil.get(own.url)
        assert page.status == 200 and "Ada is alive in it." in page.text
        assert "Letter of mine" in pupil.get(f"{project.url}/lessons/2").text  # among what they made
        assert pupil.get(f"/works/{own.work_id}").status == 200
        assert pupil.get(f"/works/{own.work_id}/edit").status == 200
        assert pupil.get(f"{own.url}/withdraw").status == 200
        assert pupil.post(f"{own.url}/withdraw").status == 303
        assert pupil.get(own.url).status == 200


def test_P4_a_draft_class_is_not_there(cast, browse, client):
    project = make_class(cast.instructor, publish=False)
    addresses = ["", "/lessons/1", "/lessons/1/captions.vtt", "/assignments/1", "/assignments/1/submit", "/gallery", "/room", "/changes"]
    for browser in (client, browse(cast.free), browse(cast.subscriber), browse(cast.other_instructor)):
        for address in addresses:
            assert browser.get(project.url + address).status in (404,), address
        assert browser.post(f"{project.url}/join").status == 404
    for browser in (browse(cast.instructor), browse(cast.staff)):
        for address in ("", "/lessons/1", "/assignments/1", "/gallery", "/room", "/changes"):
            assert browser.get(project.url + address).status == 200, address


def test_P4_every_page_answers_everybody(cast, browse, client):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    submission = submit(learner, project)
    insiders = {"room", "gallery", "changes", "lessons/2", "assignments/1"}
    expected = {
        "visitor": (client, 403), "free": (browse(cast.free), 403), "subscriber": (browse(cast.subscriber), 403),
        "lapsed": (browse(cast.lapsed), 403), "learner": (browse(learner), 200), "instructor": (browse(cast.instructor), 200),
        "other": (browse(cast.other_instructor), 403), "staff": (browse(cast.staff), 200),
    }
    for who, (browser, status) in expected.items():
        assert browser.get(project.url).status == 200
        assert browser.get(f"{project.url}/lessons/1").status == 200
        for address in insiders:
            page = browser.get(f"{project.url}/{address}")
            assert page.status == status, (who, address)
            assert SECRET in page.text if (status, address) == (200, "lessons/2") else True
            assert "My letter" not in page.text or status == 200
        shown = browser.get(submission.url)
        assert shown.status == (303 if who == "visitor" else status), who
        assert "Dear you" not in shown.text or status == 200
    assert "Join the class to go in" in browse(cast.subscriber).get(f"{project.url}/room").text
    assert "Start your free trial" in browse(cast.free).get(f"{project.url}/room").text


def test_P4_class_works_do_not_leak(cast, browse, client):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    first = submit(learner, project, title="Whispered title")
    mate = make_learner(project)
    second = submit(mate, project, title="Answer to it", source_ids=[first.work_id])
    for browser in (client, browse(cast.free), browse(cast.subscriber), browse(cast.lapsed)):
        for address in ("/", "/open", "/classes", project.url, f"/people/{learner.handle}", "/search?q=Whispered", "/open?q=Whispered"):
            page = browser.get(address)
            assert "Whispered title" not in page.text, address
            assert "Answer to it" not in page.text
        for work_id in (first.work_id, second.work_id):
            for part in ("", "/lineage", "/lineage.json", "/download"):
                assert browser.get(f"/works/{work_id}{part}").status in (404, 303), part
    inside = browse(mate)
    assert "Whispered title" in inside.get(f"{project.url}/gallery").text
    assert "Whispered title" in inside.get(f"/works/{second.work_id}").text


def test_P4_lesson_media_and_captions_are_guarded_like_the_lesson(cast, browse, client):
    project = make_class(cast.instructor, lessons=2)
    free, closed = (make_file(cast.instructor, MediaKind.AUDIO, purpose=MediaPurpose.LESSON) for _number in range(2))
    with transaction():
        for number, file in ((1, free), (2, closed)):
            lesson = queries.get_lesson(project.slug, number)
            lesson.file_id, lesson.captions = file.id, CAPTIONS
    from classprojects.policy import Permission, may

    learner = make_learner(project)
    for person, sees in ((None, False), (cast.free, False), (cast.lapsed, False), (cast.subscriber, False), (learner, True),
                         (cast.staff, True), (cast.other_instructor, False)):
        assert may(person, Permission.VIEW_MEDIA, free)
        assert bool(may(person, Permission.VIEW_MEDIA, closed)) is sees
    address = f"{project.url}/lessons/2/captions.vtt"
    assert browse(learner).get(address).response.get_data(as_text=True).startswith("WEBVTT")
    for browser in (client, browse(cast.free), browse(cast.lapsed)):
        answer = browser.get(address)
        assert answer.status == 403 and "Hear the room" not in answer.response.get_data(as_text=True)
    assert client.get(f"{project.url}/lessons/1/captions.vtt").status == 200


def test_P8_a_class_work_is_remixed_inside_and_not_outside(cast, browse, client):
    project = make_class(cast.instructor)
    maker, mate = make_learner(project), make_learner(project)
    first = submit(maker, project, title="First")
    second = submit(mate, project, title="Second", source_ids=[first.work_id])
    own, other = browse(maker), browse(mate)
    # Into the open area only once every source is there.
    page = other.get(f"{second.url}/share")
    assert page.status == 200 and "they must have shown theirs to everyone first" in page.text
    refused = other.post(f"{second.url}/share")
    assert refused.status == 422 and "has not shared" in refused.text
    posted = other.post("/works/new", {"medium": "text", "title": "Out", "body": "x", "sources": str(first.work_id), "space": "open",
                                       "edge_kind": "built_on", "language": "en"})
    assert posted.status == 422
    # Only its maker may share it.
    assert other.post(f"{first.url}/share").status == 403
    assert own.post(f"{first.url}/share").status == 303
    assert other.post(f"{second.url}/share").status == 303
    assert client.get(f"/works/{second.work_id}").status == 200
    assert "First" in client.get(project.url).text
    # What was said stays in the class.
    say(cast.instructor, first, "Only for you.", as_instructor=True)
    assert "Only for you." not in client.get(f"/works/{first.work_id}").text
    assert client.get(first.url).status == 303


def test_P8_people_of_another_class_cannot_build_on_it(cast, browse):
    project, other = make_class(cast.instructor), make_class(cast.other_instructor)
    first = submit(make_learner(project), project)
    stranger = browse(make_learner(other))
    page = stranger.post(
        f"{other.url}/assignments/1/submit",
        {"medium": "text", "title": "x", "body": "x", "sources": str(first.work_id), "edge_kind": "built_on", "language": "en"},
    )
    assert page.status == 422 and "no such work" in page.text
    assert stranger.get(first.url).status == 403


def test_a_remix_assignment_takes_only_a_fitting_source(cast, browse):
    project = make_class(cast.instructor)
    add_assignment(project, cast.instructor, title="Answer it", from_number=1)
    maker, mate = make_learner(project), make_learner(project)
    address = f"{project.url}/assignments/2/submit"
    pupil = browse(mate)
    fields = {"medium": "text", "title": "Mine", "body": "x", "edge_kind": "built_on", "language": "en"}
    assert "Make that one first" in pupil.get(address).text
    assert pupil.post(address, fields).status == 422
    # While no classmate has made one, one's own will do: nobody waits for the absent.
    own = submit(mate, project, title="Own first")
    assert "Own first" in pupil.get(address).text
    first = submit(maker, project, title="Theirs first")
    page = pupil.get(address)
    assert "Theirs first" in page.text and "Own first" not in page.text
    page = pupil.post(address, {**fields, "sources": str(own.work_id)})
    assert page.status == 422 and "builds on a classmate's work" in page.text
    assert page("textarea[name=body]")[0].text.strip() == "x"
    chosen = pupil.get(f"{address}?source={first.work_id}")
    form = chosen.form("main form.composer__form")
    assert form["sources"].strip() == str(first.work_id) and "You build on this one" in chosen.text
    sent = pupil.post(address, {**form, "title": "Mine", "body": "x"})
    assert sent.status == 303
    # Another try needs the source no more: it is named.
    again = pupil.get(address).form("main form.composer__form")
    assert pupil.post(address, {**again, "body": "y"}).status == 303


def test_wrong_answers_are_told(cast, browse):
    project = make_class(cast.instructor)
    closed = add_assignment(project, cast.instructor, is_closed=True)
    pupil = browse(make_learner(project))
    fields = {"medium": "text", "title": "Mine", "body": "x", "edge_kind": "built_on", "language": "en"}
    address = f"{project.url}/assignments/1/submit"
    assert pupil.post(f"{project.url}/assignments/{closed.number}/submit", fields).status == 422
    for change in ({"medium": "video"}, {"medium": "smell"}, {"title": ""}, {"body": " "}, {"sources": "99999999"}, {"sources": "\x00"},
                   {"space": "7"}, {"upload": "forged"}, {"medium": "image", "upload": "forged"}):
        page = pupil.post(address, {**fields, **change})
        assert page.status == (303 if change in ({"sources": "\x00"}, {"space": "7"}, {"upload": "forged"}) else 422), change
        if page.status == 303:
            assert pupil.get(page.location).status == 200
    assert queries.find_submission(queries.get_assignment(project.slug, 1), pupil_person(pupil)).work.medium is Medium.TEXT
    for address in ("/submissions/0", "/submissions/99999999999999999999", "/submissions/4444", "/classes/%00", "/classes/" + "x" * 300):
        assert pupil.get(address).status == 404


def pupil_person(browser):
    from classprojects.accounts.queries import find_signed_in

    with browser.flask.session_transaction() as session:
        return find_signed_in(session["_user_id"])


def test_feedback_comes_from_others_and_counts_once(cast, browse):
    project = make_class(cast.instructor)
    maker = make_learner(project)
    submission = submit(maker, project)
    mate = browse(make_learner(project))
    address = f"{submission.url}/feedback"
    assert browse(maker).post(address, {"works_well": "Brilliant"}).status == 403
    assert browse(cast.free).post(address, {"works_well": "x"}).status == 403
    page = mate.post(address, {"works_well": " ", "try_next": "", "at": "soon"})
    assert page.status == 422 and "Say what works" in page.text
    assert mate.post(address, {"works_well": "x" * 5000}).status == 422
    form = mate.get(submission.url).form("main aside form")
    for _time in range(2):
        assert mate.post(address, {**form, "works_well": "The <b>end</b>", "try_next": "שלום"}).status == 303
    page = mate.get(submission.url)
    assert page.text.count("The <b>end</b>") == 1
    # A classmate's word leaves it waiting for the instructor.
    assert queries.get_submission(submission.id).is_waiting
    teacher = browse(cast.instructor)
    assert teacher.post(address, {"works_well": "Done.", "verdict": "reviewed"}).status == 303
    assert queries.get_submission(submission.id).state == "reviewed"
    assert browse(maker).post(f"{submission.url}/withdraw").status == 303
    assert mate.get(submission.url).status == 404
    assert teacher.post(address, {"works_well": "More."}).status == 422


def test_pages_take_few_queries_however_many_rows(cast, browse, client):
    project = make_class(cast.instructor, lessons=3, assignments=2)
    viewer = make_learner(project)
    submission = submit(viewer, project)
    pages = ["/classes", project.url, f"{project.url}/room", f"{project.url}/lessons/2", f"{project.url}/assignments/1",
             f"{project.url}/assignments/1/submit", f"{project.url}/gallery", f"{project.url}/changes", submission.url]
    pupil = browse(viewer)
    few = {address: len(pupil.get(address).queries) for address in pages}
    few_out = {address: len(client.get(address).queries) for address in pages[:2]}
    for _number in range(5):
        mate = make_learner(project)
        for number in (1, 2):
            made = submit(mate, project, number)
        say(mate, submission)
    say(viewer, made)
    for _number in range(3):
        make_class(cast.other_instructor, lessons=6, assignments=5)
        add_assignment(project, cast.instructor, from_number=1)
    many = {address: len(pupil.get(address).queries) for address in pages}
    print(few, many, few_out)
    for address in pages:
        assert many[address] <= 14, (address, many[address])
        assert many[address] <= few[address] + 1, (address, few[address], many[address])
    for address in pages[:2]:
        assert len(client.get(address).queries) <= 8
