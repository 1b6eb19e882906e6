"""An instructor builds and publishes a class from nothing, in the browser."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from classprojects.classes import queries
from classprojects.classes.models import ClassState
from classprojects.classes.queries.reviews import find_open_review
from tests.factories.classes import CAPTIONS, add_assignment, make_class, make_learner, submit
from tests.factories.media import film_file, picture_file
from tests.factories.works import make_work

FORM = "main form.form"


def test_from_nothing_to_published(cast, browse, client, tmp_path: Path):
    teacher = browse(cast.instructor)
    assert "You lead no class yet" in teacher.get("/studio").text
    form = teacher.get("/studio/classes/new").form(FORM)
    cover = picture_file(tmp_path / "cover.jpg", 1600, 900)
    form.update(title="Letters that stay", outcome="One letter, two pages long.", medium="text", description="word " * 12)
    form["file"] = (io.BytesIO(cover.read_bytes()), "cover.jpg")
    made = teacher.post("/studio/classes/new", form)
    assert made.status == 303 and made.location == "/studio/classes/letters-that-stay"
    page = teacher.follow(made)
    assert "Add at least one lesson" in page.text

    # A draft is not there for anybody else.
    assert client.get("/classes/letters-that-stay").status == 404
    assert browse(cast.subscriber).get("/classes/letters-that-stay").status == 404
    assert browse(cast.other_instructor).get("/studio/classes/letters-that-stay").status == 404
    assert "Letters that stay" not in client.get("/classes").text
    refused = teacher.post("/studio/classes/letters-that-stay/publication")
    assert refused.status == 422 and "Not published yet" in refused.text

    form = teacher.get("/studio/classes/letters-that-stay/lessons/new").form(FORM)
    assert form["is_preview"] == "y"
    film = film_file(tmp_path / "film.mp4", 1.0)
    form.update(title="Hear the room", body="Listen *first*.", captions=CAPTIONS)
    form["file"] = (io.BytesIO(film.read_bytes()), "film.mp4")
    assert teacher.post("/studio/classes/letters-that-stay/lessons/new", form).status == 303
    form = teacher.get("/studio/classes/letters-that-stay/assignments/new").form(FORM)
    form.update(title="A first page", brief="Write it.", minutes="30")
    assert teacher.post("/studio/classes/letters-that-stay/assignments/new", form).status == 303

    project = queries.get_class("letters-that-stay")
    assert [item.kind for item in project.outline] == ["lesson", "assignment"]
    assert project.assignments[0].media_allowed == ["text"]
    # The film still waits for a worker.
    assert "prepared" in teacher.post("/studio/classes/letters-that-stay/publication").text
    from classprojects.media.jobs import process_file

    process_file(queries.get_lesson("letters-that-stay", 1).file_id)
    # Staff look at it before its first learners do.
    assert teacher.post("/studio/classes/letters-that-stay/review").status == 303
    assert queries.get_class("letters-that-stay").state is ClassState.IN_REVIEW
    review = find_open_review(queries.get_class("letters-that-stay"))
    assert browse(cast.staff).post(f"/desk/classes/{review.id}/approval").status == 303
    assert queries.get_class("letters-that-stay").state is ClassState.PUBLISHED

    page = client.get("/classes/letters-that-stay/lessons/1")
    assert page.status == 200 and page("video source") and page("track[kind=captions]")
    assert "Hear the room first." in page.text and "Then speak." in page.text
    captions = client.get(page("track")[0].get("src"))
    assert captions.response.mimetype == "text/vtt"
    film = client.get(page("video source")[0].get("src"))
    assert film.status == 200
    film.response.close()
    assert "Letters that stay" in client.get("/classes").text


@pytest.mark.parametrize(
    ("captions", "words"),
    [
        ("<script>alert(1)</script>", "no captions in this text"),
        ("WEBVTT\n\n00:05.000 --> 00:01.000\nback", "ends before it begins"),
        ("WEBVTT\n\nsoon --> later\nback", "cannot be read"),
    ],
)
def test_bad_captions_are_told_and_nothing_is_lost(cast, browse, captions, words):
    project = make_class(cast.instructor, publish=False)
    teacher = browse(cast.instructor)
    form = teacher.get(f"{project.studio_url}/lessons/1").form(FORM)
    page = teacher.post(f"{project.studio_url}/lessons/1", {**form, "captions": captions, "title": "Typed just now"})
    assert page.status == 422 and words in page.text
    assert page("#title")[0].get("value") == "Typed just now"


def test_a_wrong_file_is_told(cast, browse):
    project = make_class(cast.instructor, publish=False)
    teacher = browse(cast.instructor)
    form = teacher.get(f"{project.studio_url}/lessons/new").form(FORM)
    page = teacher.post(
        f"{project.studio_url}/lessons/new", {**form, "title": "A lesson", "file": (io.BytesIO(b"<html>"), "film.mp4")}
    )
    assert page.status == 422 and page("#file-error, .field__error")
    page = teacher.post(
        f"{project.studio_url}/lessons/new", {**form, "title": "A lesson", "captions_file": (io.BytesIO(b"\xff\xfe\x00"), "a.vtt")}
    )
    assert page.status == 422 and "UTF-8" in page.text


def test_the_outline_moves_by_buttons(cast, browse):
    project = make_class(cast.instructor, lessons=3, assignments=1, publish=False)
    teacher = browse(cast.instructor)
    order = lambda: [(item.kind, item.number) for item in queries.get_class(project.slug).outline]  # noqa: E731
    assert order() == [("lesson", 1), ("assignment", 1), ("lesson", 2), ("lesson", 3)]
    address = f"{project.studio_url}/order"
    assert teacher.post(address, {"item": "lesson-3", "direction": "up"}).status == 303
    assert order() == [("lesson", 1), ("assignment", 1), ("lesson", 3), ("lesson", 2)]
    assert teacher.post(address, {"item": "lesson-1", "direction": "up"}).status == 303  # already first
    for bad in ({"item": "lesson-9", "direction": "up"}, {"item": "lesson-1", "direction": "sideways"}, {}, {"item": "x\x00-1"}):
        assert teacher.post(address, bad).status == 422
    for bad in (["lesson-1"], ["lesson-1"] * 4, ["lesson-1", "assignment-1", "lesson-3", "lesson-99"]):
        assert teacher.post(address, {"order": bad}).status == 422
    assert teacher.post(address, {"order": ["lesson-2", "lesson-1", "lesson-3", "assignment-1"]}).status == 303
    assert order() == [("lesson", 2), ("lesson", 1), ("lesson", 3), ("assignment", 1)]


def test_the_later_of_two_editors_is_told_and_loses_nothing(cast, browse):
    project = make_class(cast.instructor)
    one, two = browse(cast.instructor), browse(cast.staff)
    address = f"{project.studio_url}/lessons/1"
    mine, theirs = one.get(address).form(FORM), two.get(address).form(FORM)
    assert two.post(address, {**theirs, "body": "Their words."}).status == 303
    page = one.post(address, {**mine, "body": "My words."})
    assert page.status == 422
    assert "Somebody else saved this" in page.text and "Their words." in page.text
    assert "My words." in page("textarea[name=body]")[0].text
    assert one.post(address, {**page.form(FORM), "body": "Both."}).status == 303
    assert queries.get_lesson(project.slug, 1).body == "Both."

    address = f"{project.studio_url}/details"
    mine, theirs = one.get(address).form(FORM), two.get(address).form(FORM)
    assert two.post(address, {**theirs, "outcome": "Theirs"}).status == 303
    page = one.post(address, {**mine, "outcome": "Mine"})
    assert page.status == 422 and "Theirs" in page.text and page("#outcome")[0].get("value") == "Mine"
    assert one.post(address, page.form(FORM)).status == 303

    address = f"{project.studio_url}/assignments/1"
    mine, theirs = one.get(address).form(FORM), two.get(address).form(FORM)
    assert two.post(address, {**theirs, "brief": "Theirs."}).status == 303
    assert one.post(address, {**mine, "brief": "Mine.", "version": "nonsense"}).status == 422


def test_an_edit_shows_to_learners(cast, browse):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    submission = submit(learner, project)
    teacher, pupil = browse(cast.instructor), browse(learner)
    address = f"{project.studio_url}/assignments/1"
    form = teacher.get(address).form(FORM)
    assert teacher.post(address, {**form, "brief": "Now write two pages.", "note": "Two pages instead of one"}).status == 303
    assert "Two pages instead of one" in pupil.get(f"{project.url}/assignments/1").text
    assert "Two pages instead of one" in pupil.get(f"{project.url}/changes").text
    page = pupil.get(submission.url)
    assert "was reworded since" in page.text and "Write to somebody you miss." in page.text


def test_deleting_what_people_answered_is_refused_with_a_way_on(cast, browse):
    project = make_class(cast.instructor, assignments=2)
    submit(make_learner(project), project)
    teacher = browse(cast.instructor)
    page = teacher.post(f"{project.studio_url}/assignments/1/delete")
    assert page.status == 422 and "Close it instead" in page.text
    gone = teacher.post(f"{project.studio_url}/assignments/2/delete")
    assert gone.status == 303
    assert teacher.get(f"{project.url}/assignments/2").status == 404
    page = teacher.follow(gone)
    assert "Bring it back" in page.text
    assert teacher.post(f"{project.studio_url}/restoration", {"item": "assignment-2"}).status == 303
    assert teacher.get(f"{project.url}/assignments/2").status == 200
    assert teacher.post(f"{project.studio_url}/restoration", {"item": "assignment-2"}).status == 404


def test_a_remix_rule_cannot_refer_to_itself_or_forward(cast, browse):
    project = make_class(cast.instructor, assignments=2, lessons=1)
    teacher = browse(cast.instructor)
    address = f"{project.studio_url}/assignments/1"
    form = teacher.get(address).form(FORM)
    for number in ("1", "2", "99", "x"):
        page = teacher.post(address, {**form, "from_number": number})
        assert page.status == 422
    address = f"{project.studio_url}/assignments/2"
    form = teacher.get(address).form(FORM)
    assert teacher.post(address, {**form, "from_number": "1"}).status == 303
    # What it builds on cannot be moved behind it, nor taken away.
    page = teacher.post(f"{project.studio_url}/order", {"item": "assignment-2", "direction": "up"})
    assert page.status == 422 and "must stay after" in page.text
    page = teacher.post(f"{project.studio_url}/assignments/1/delete")
    assert page.status == 422 and "builds on this assignment" in page.text


def test_starters_must_be_open(cast, browse):
    project = make_class(cast.instructor)
    open_work = make_work(cast.free, title="A seed for everybody")
    hidden = submit(make_learner(project), project).work
    teacher = browse(cast.instructor)
    address = f"{project.studio_url}/assignments/1"
    form = teacher.get(address).form(FORM)
    for line in (str(hidden.id), "https://elsewhere.test/1", "9" * 30, "\x00"):
        page = teacher.post(address, {**form, "starters": line})
        assert page.status == (303 if line == "\x00" else 422), line
        form["version"] = teacher.get(address).form(FORM)["version"]
    assert teacher.post(address, {**form, "starters": f"http://localhost/works/{open_work.id}"}).status == 303
    assert "A seed for everybody" in teacher.get(f"{project.url}/assignments/1").text


def test_publishing_can_be_undone_until_somebody_joins(cast, browse):
    project = make_class(cast.instructor)
    teacher = browse(cast.instructor)
    assert teacher.post(f"{project.studio_url}/publication/delete").status == 303
    assert queries.get_class(project.slug).state is ClassState.DRAFT
    assert teacher.post(f"{project.studio_url}/archive").status == 422
    assert teacher.post(f"{project.studio_url}/publication").status == 303
    learner = make_learner(project)
    page = teacher.post(f"{project.studio_url}/publication/delete")
    assert page.status == 422 and "Archive it instead" in page.text
    assert teacher.post(f"{project.studio_url}/archive").status == 303
    # Archived: open to those who joined, gone for the others.
    assert browse(learner).get(f"{project.url}/room").status == 200
    assert browse(learner).get(project.url).status == 200
    assert browse(cast.subscriber).get(project.url).status == 404
    assert browse(cast.subscriber).post(f"{project.url}/join").status == 404


def test_only_instructors_come_in(cast, browse, client):
    project = make_class(cast.instructor)
    assert client.get("/studio").status == 303
    assert browse(cast.free).get("/studio").status == 403
    learner = browse(make_learner(project))
    for address in ("", "/details", "/lessons/1", "/assignments/1", "/lessons/new", "/roster"):
        assert learner.get(project.studio_url + address).status == 403
        assert browse(cast.other_instructor).get(project.studio_url + address).status == 403
        assert client.get(project.studio_url + address).status == 303
    for address in ("/order", "/publication", "/archive", "/lessons/1/delete", "/lessons/1", "/details", "/restoration"):
        assert learner.post(project.studio_url + address, {"title": "Mine"}).status == 403
    assert browse(cast.staff).get(project.studio_url).status == 200


def test_odd_input_is_answered(cast, browse):
    project = make_class(cast.instructor)
    teacher = browse(cast.instructor)
    for title in ("", " ", "x" * 121, "\x00"):
        assert teacher.post("/studio/classes/new", {"title": title, "medium": "text", "level": "beginner"}).status == 422
    assert teacher.post("/studio/classes/new", {"title": "A", "medium": "smell", "level": "9"}).status == 422
    made = teacher.post("/studio/classes/new", {"title": "كتابة 🎈", "medium": "text", "level": "beginner", "language": "ar"})
    assert made.status == 303 and teacher.follow(made).status == 200
    twin = teacher.post("/studio/classes/new", {"title": "New", "medium": "text", "level": "beginner", "language": "en"})
    assert twin.status == 303 and twin.location != "/studio/classes/new"
    for address in ("/lessons/0", "/lessons/999999999999999999999", "/assignments/77"):
        assert teacher.get(project.studio_url + address).status == 404
    form = teacher.get(f"{project.studio_url}/assignments/1").form(FORM)
    for change in ({"minutes": "-1"}, {"minutes": "lots"}, {"feedback_count": "99999"}, {"media_allowed": []}, {"media_allowed": ["smell"]}):
        assert teacher.post(f"{project.studio_url}/assignments/1", {**form, **change}).status == 422, change
    form = teacher.get(f"{project.studio_url}/lessons/1").form(FORM)
    assert teacher.post(f"{project.studio_url}/lessons/1", {**form, "upload": "forged"}).status == 422
    form.pop("is_preview")
    page = teacher.post(f"{project.studio_url}/lessons/1", form)
    assert page.status == 422 and "Make another one free first" in page.text


def test_pages_take_few_queries_however_many_rows(cast, browse):
    project = make_class(cast.instructor, lessons=12, assignments=6)
    for _number in range(6):
        learner = make_learner(project)
        for number in range(1, 4):
            submit(learner, project, number)
    add_assignment(project, cast.instructor, starter_ids=(make_work(cast.free).id, make_work(cast.free).id))
    teacher = browse(cast.instructor)
    counts = {}
    for address in ("/studio", "/studio/feedback", project.studio_url, f"{project.studio_url}/roster", f"{project.studio_url}/lessons/1",
                    f"{project.studio_url}/assignments/7"):
        page = teacher.get(address)
        assert page.status == 200
        counts[address] = len(page.queries)
        assert len(page.queries) <= 14, "\n".join(page.queries)
    print(counts)
