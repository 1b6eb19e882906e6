"""The main journey in a class: look, join, learn, hand in, be answered, hand in again, be remixed."""

from __future__ import annotations

from tests.factories.classes import make_class, make_learner, say, submit


def test_the_whole_way(cast, browse, client):
    project = make_class(cast.instructor, lessons=2, assignments=2)
    page = client.get("/classes")
    assert project.title in page.text

    page = client.get(project.url)
    assert "A letter that somebody keeps" in page.text
    assert "Start your free trial" in page.text
    assert client.get(f"{project.url}/lessons/1").status == 200
    assert client.get(f"{project.url}/lessons/2").status == 403

    learner = browse(cast.subscriber)
    joined = learner.post(f"{project.url}/join")
    assert joined.status == 303
    room = learner.follow(joined)
    assert room.status == 200
    assert "Read “Lesson 1" in room.text
    assert learner.get(f"{project.url}/lessons/2").status == 200
    assert learner.post(f"{project.url}/lessons/1/finish").location.endswith("/assignments/1")
    page = learner.get(f"{project.url}/assignments/1")
    assert page.status == 200 and "Hand in your work" in page.text

    form = learner.get(f"{project.url}/assignments/1/submit").form("main form.composer__form")
    assert "space" not in form
    sent = learner.post(f"{project.url}/assignments/1/submit", {**form, "title": "To Ada", "body": "Dear Ada,"})
    assert sent.status == 303
    again = learner.post(f"{project.url}/assignments/1/submit", {**form, "title": "To Ada", "body": "Dear Ada,"})
    assert again.location == sent.location
    page = learner.follow(sent)
    assert "Dear Ada" in page.text and "Attempt 1" in page.text and "Attempt 2" not in page.text

    teacher = browse(cast.instructor)
    queue = teacher.get("/studio/feedback")
    assert "To Ada" in queue.text
    answered = teacher.post(f"{sent.location}/feedback", {"works_well": "Ada is alive in it.", "try_next": "Cut the first line."})
    assert answered.status == 303
    assert "To Ada" not in teacher.get("/studio/feedback").text

    assert "Read what was said about" in learner.get(f"{project.url}/room").text
    page = learner.get(sent.location)
    assert "Cut the first line." in page.text
    form = learner.get(f"{project.url}/assignments/1/submit").form("main form.composer__form")
    assert form["title"] == "To Ada"
    page = learner.follow(learner.post(f"{project.url}/assignments/1/submit", {**form, "body": "Ada,"}))
    assert "Attempt 2" in page.text and "Dear Ada" in page.text

    mate = browse(make_learner(project, "mate"))
    page = mate.get(sent.location)
    assert "Ada," in page.text
    work = page("a[href$='/remix']")[0].get("href")
    composer = mate.get(work)
    assert composer.status == 200
    form = composer.form("main form.composer__form")
    posted = mate.post(work, {**form, "title": "To Ada, sung", "body": "La la Ada"})
    assert posted.status == 303
    page = mate.follow(posted)
    assert "To Ada" in page.text
    # It lives in the class, and nobody outside sees it.
    assert client.get(posted.location).status == 404


def test_a_deleted_work_leaves_what_was_said(cast, browse):
    project = make_class(cast.instructor)
    learner, mate = make_learner(project), make_learner(project)
    submission = submit(learner, project)
    say(mate, submission, "I kept it.")
    own = browse(learner)
    assert own.post(f"/works/{submission.work_id}/delete").status == 303
    page = own.get(submission.url)
    assert page.status == 200 and "I kept it." in page.text and "Dear you" not in page.text
    assert "My letter" not in browse(mate).get(f"{project.url}/gallery").text
    assert browse(mate).get(submission.url).status == 200
    assert "Nobody waits" in browse(cast.instructor).get("/studio/feedback").text
    # Another try begins a work of its own.
    form = own.get(f"{project.url}/assignments/1/submit").form("main form.composer__form")
    assert own.post(f"{project.url}/assignments/1/submit", {**form, "title": "Afresh", "body": "Once more"}).location == submission.url
    page = own.get(submission.url)
    assert "Once more" in page.text and "I kept it." in page.text and "Dear you" not in page.text
