"""Feedback on pages: remarks by plain forms, the talk, thanks, reports, who may what; the queue and saved replies."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from classprojects.accounts.models import Role
from classprojects.accounts.queries import get_person
from classprojects.classes import actions, queries
from classprojects.classes.actions import saved_replies, talk
from classprojects.classes.anchors import Passage, RemarkDraft
from classprojects.classes.models import (
    ClassInstructor,
    ClassProject,
    Feedback,
    FeedbackReport,
    InstructorRole,
    SavedReply,
    Submission,
    SubmissionState,
)
from classprojects.classes.queries import feedback as said
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.memo import forget
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose
from classprojects.policy import Denied, may
from classprojects.policy import Permission as P
from classprojects.web.accounts.export import write_export
from classprojects.web.accounts.leaving import leave
from classprojects.works.actions import PictureDraft
from classprojects.works.models import Medium
from tests.client import PageClient
from tests.factories.classes import join, make_class, make_learner, say, submit
from tests.factories.media import sound_file
from tests.factories.people import Cast, inside, make_person
from tests.factories.works import make_file

Browse = Callable[..., PageClient]

TEXT = "Dear Ada,\n\nthe room is *still* as you left it. The room is cold.\n\nYours"


@pytest.fixture
def scene(context: Flask, cast: Cast) -> dict[str, Any]:
    """A class of two who lead it, with a learner's letter, a classmate, and what the classmate said."""
    project = make_class(cast.instructor, assignments=2)
    with inside():
        actions.add_instructor(queries.get_class(project.slug), cast.other_instructor)
    learner, mate = make_learner(project), make_learner(project)
    submission = submit(learner, project, body=TEXT)
    feedback = say(mate, submission, remarks=(RemarkDraft("Keep this.", Passage("as you left it")),))
    return {"project": project, "learner": learner, "mate": mate, "submission": submission, "feedback": feedback}


def fields_of(page: Any, action: str) -> dict[str, Any]:
    """What the form with this address sends, without its files."""
    form = next(one for one in page("form") if one.get("action") == action)
    return {name: value for name, value in form.form_values() if name != "file"}


def feedback_form(browser: PageClient, submission: Submission, query: str = "") -> dict[str, Any]:
    return fields_of(browser.get(submission.url + query), f"{submission.url}/feedback")


def test_remarks_by_a_plain_form(scene: dict[str, Any], browse: Browse) -> None:
    """What is wrong is said beside the remark, and nothing that was typed is lost."""
    submission, mate = scene["submission"], browse(make_learner(scene["project"]))
    address, form = f"{submission.url}/feedback", feedback_form(mate, submission)
    more = mate.post(address, {**form, "works_well": "All of it", "remark_quote": "as you", "remark_text": "x", "add_remark": "1"})
    assert more.status == 200 and len(more(".feedback-form__form .remark-row")) == 2
    assert more("#works_well")[0].text.strip() == "All of it"
    two = {"remark_quote": ["The room", "still as"], "remark_start": ["", ""], "remark_end": ["", ""], "remark_text": ["Cold", ""]}
    wrong = mate.post(address, {**form, **two, "works_well": "All of it"})
    assert wrong.status == 422 and "Write a few more" in wrong("#remark-1")[0].text_content()
    assert "Say something about this place" not in wrong.text  # one thing at a time, the first one first
    assert [area.text.strip() for area in wrong("[name=remark_quote]")[:2]] == ["The room", "still as"]
    dropped = mate.post(address, {**form, **two, "works_well": "All of it", "drop_remark": "1"})
    assert [area.text.strip() for area in dropped(".feedback-form__form [name=remark_quote]")] == ["still as"]
    right = {"remark_quote": "still as", "remark_text": "This <b>word</b>", "works_well": "All of it"}
    for _time in range(2):
        assert mate.post(address, {**form, **right}).status == 303
    page = mate.get(submission.url)
    # Who may answer may record; the one who reads needs no microphone.
    assert "microphone=(self)" in page.headers["Permissions-Policy"]
    assert "microphone=()" in browse(scene["learner"]).get(submission.url).headers["Permissions-Policy"]
    assert len(page(".feedback-card")) == 2 and "This <b>word</b>" in page.text
    assert "still" in "".join(mark.text_content() for mark in page("#attempt-1 mark"))
    # The link of the readable list leads to the words in the text, without any script.
    for link in page("a.remark-list__place"):
        assert page(link.get("href")), link.get("href")
    assert page("mark.passage")[0].text_content()


def test_moments_and_regions_by_plain_forms(scene: dict[str, Any], browse: Browse, cast: Cast) -> None:
    project = scene["project"]
    with inside():
        for assignment in queries.get_class(project.slug).assignments:
            assignment.media_allowed = ["text", "image", "audio"]
    heard = make_file(scene["learner"], kind=MediaKind.AUDIO, duration_ms=42_000)
    sound = submit(scene["learner"], project, number=2, medium=Medium.AUDIO, body="", file_id=heard.id)
    teacher = browse(cast.instructor)
    address, form = f"{sound.url}/feedback", feedback_form(teacher, sound)
    for at, until, words in (("soon", "", "minutes and seconds"), ("0:43", "", "only 0:42 long"), ("0:09", "0:08", "ends after"), ("", "0:08", "begins")):
        wrong = teacher.post(address, {**form, "works_well": "x", "remark_at": at, "remark_until": until, "remark_text": "Here"})
        assert wrong.status == 422 and words in wrong("#remark-1")[0].text_content(), at
    assert teacher.post(address, {**form, "works_well": "x", "remark_at": "0:40", "remark_until": "0:42", "remark_text": "Here"}).status == 303
    [link] = teacher.get(sound.url)("a.remark-list__place")
    assert (link.get("data-at"), link.get("data-until")) == ("40", "42")
    # Without a script the film begins there.
    assert "#t=40" in teacher.get(link.get("href").partition("#")[0]).html
    first, second = (make_file(scene["mate"], kind=MediaKind.IMAGE).id for _ in range(2))
    seen = submit(scene["mate"], project, medium=Medium.IMAGE, body="", file_id=first, pictures=(PictureDraft(second, "B"),))
    address, form = f"{seen.url}/feedback", feedback_form(teacher, seen)
    part = {"works_well": "x", "remark_text": "This", "remark_picture": "2", "remark_x": "10", "remark_y": "12,5", "remark_width": "50 %", "remark_height": "20"}
    for name, value, words in (("remark_x", "far", "in percent"), ("remark_width", "95", "beyond the picture"), ("remark_picture", "3", "has 2 pictures"), ("remark_height", "0", "a little wide")):
        wrong = teacher.post(address, {**form, **part, name: value})
        assert wrong.status == 422 and words in wrong("#remark-1")[0].text_content(), name
    assert teacher.post(address, {**form, **part}).status == 303
    page = teacher.get(seen.url)
    [link] = page("a.remark-list__place")
    [region] = page(link.get("href"))
    assert region.tag == "rect" and [region.get(side) for side in ("x", "y", "width", "height")] == ["10.0", "12.5", "50.0", "20.0"]


def test_the_rubric_a_colleague_and_a_recording(scene: dict[str, Any], browse: Browse, cast: Cast, tmp_path: Path) -> None:
    project, submission = scene["project"], scene["submission"]
    rubric = [{"id": "c1", "title": "Warmth", "help": "", "levels": [{"label": "cool"}, {"label": "warm"}]}]
    with inside():
        queries.get_class(project.slug).assignments[0].rubric = rubric
    one, other = browse(cast.instructor), browse(cast.other_instructor)
    address = f"{submission.url}/feedback"
    form, late = feedback_form(one, submission), feedback_form(other, submission)
    voice = sound_file(tmp_path / "voice.wav", seconds=1).read_bytes()
    wrong = one.post(address, {**form, "mark-c1": "1", "file": (io.BytesIO(voice), "voice.wav")})
    assert wrong.status == 422 and "Say what works" in wrong.text and "voice.wav" in wrong.text
    kept = fields_of(wrong, address)
    assert kept["mark-c1"] == "1" and kept["upload"]
    assert one.post(address, {**kept, "works_well": "Heard it", "verdict": "reviewed"}).status == 303
    # Her colleague wrote at the same time: he is told, and nothing of his is lost.
    told = other.post(address, {**late, "works_well": "Mine", "mark-c1": "0", "verdict": "returned"})
    assert told.status == 422 and "answered this while you were writing" in told.text
    assert told("#works_well")[0].text.strip() == "Mine"
    assert queries.get_submission(submission.id).state is SubmissionState.REVIEWED
    with inside():
        queries.get_class(project.slug).assignments[0].rubric = [{**rubric[0], "levels": [{"label": "icy"}, {"label": "cool"}]}]
    changed = other.post(address, {**fields_of(told, address), "works_well": "Mine", "verdict": "returned"})
    assert changed.status == 422 and "rubric was changed" in changed.text
    assert other.post(address, {**fields_of(changed, address), "works_well": "Mine", "verdict": "returned"}).status == 303
    page = browse(scene["learner"]).get(submission.url)
    assert [dd.text_content().strip() for dd in page(".feedback-card__marks dd strong")] == ["warm", "icy"]
    spoken = db.session.query(Feedback).filter(Feedback.file_id.is_not(None)).one()
    file = db.session.get(MediaFile, spoken.file_id)
    assert file is not None and file.purpose is MediaPurpose.FEEDBACK
    # P4: whoever may see the submission may hear it, and nobody else.
    heard = {name: bool(may(get_person(person.id) if person else None, P.VIEW_MEDIA, file)) for name, person in {
        "learner": scene["learner"], "mate": scene["mate"], "other": cast.other_instructor, "free": cast.free,
        "subscriber": cast.subscriber, "visitor": None,
    }.items()}  # fmt: skip
    assert heard == {"learner": True, "mate": True, "other": True, "free": False, "subscriber": False, "visitor": False}


def test_talk_thanks_and_reports(scene: dict[str, Any], browse: Browse, cast: Cast) -> None:
    submission, feedback = scene["submission"], scene["feedback"]
    learner, mate, staff = browse(scene["learner"]), browse(scene["mate"]), browse(cast.staff)
    replies, thanks, report = (f"/feedback/{feedback.id}/{name}" for name in ("replies", "thanks", "report"))
    empty = learner.post(replies, {"body": " "})
    assert empty.status == 422 and "a few words are enough" in empty(f"#reply-{feedback.id}-error")[0].text_content()
    long = learner.post(replies, {"body": "x" * 5001})
    assert long.status == 422 and len(long(f"#reply-{feedback.id}")[0].text.strip()) == 5001
    form = fields_of(learner.get(submission.url), replies)
    for _time in range(2):
        assert learner.post(replies, {**form, "body": "Which <i>line</i>?"}).status == 303
    assert mate.post(replies, {"body": "The last."}).location == f"{submission.url}#feedback-{feedback.id}"
    page = mate.get(submission.url)
    assert [one.text_content().strip() for one in page(".feedback-card__talk .comment__body")] == ["Which <i>line</i>?", "The last."]
    own = page(".comment__acts a")
    assert len(own) == 1 and mate.get(own[0].get("href")).status == 200
    assert learner.get(own[0].get("href")).status == 403 and browse(cast.free).get(own[0].get("href")).status == 404
    assert mate.post(own[0].get("href")).status == 303
    assert "The last." not in mate.get(submission.url).text
    assert learner.post(thanks, {"thanks": "1"}).status == 303
    assert "says that this helped" in mate.get(submission.url).text
    assert "says that your feedback" in mate.get("/account/notifications").text
    assert "replied to feedback" in mate.get("/account/notifications").text
    assert learner.post(thanks, {"thanks": "0"}).status == 303
    assert "helped." not in mate.get(submission.url).text
    assert mate.post(thanks).status == 403
    assert learner.post(report, {"reason": ""}).status == 422
    assert learner.post(report, {"reason": "It is about me."}).status == 303
    assert "You reported it" in learner.get(report).text
    assert mate.get(report).status == 403
    assert "1 report waits" in staff.get("/desk").text
    [waiting] = staff.get("/desk/feedback")("form[action^='/desk/feedback/']")
    decide = waiting.get("action")
    assert browse(cast.instructor).post(decide, {"decision": "hide", "answer": "x"}).status == 403
    assert staff.post(decide, {"decision": "hide", "answer": ""}).status == 422
    assert "Choose what becomes" in staff.post(decide, {"answer": "x"}).text
    assert staff.post(decide, {"decision": "hide", "answer": "Talk about the letter."}).status == 303
    assert staff.post(decide, {"decision": "stay", "answer": "No"}).status == 422
    seen = {name: browse(person).get(submission.url) for name, person in {"learner": scene["learner"], "mate": scene["mate"], "teacher": cast.instructor}.items()}
    assert "The last line." not in seen["learner"].text and "taken away after a report" in seen["learner"].text
    assert "as you left it" in seen["learner"].text and not seen["learner"]("mark")
    for name in ("mate", "teacher"):
        assert "The last line." in seen[name].text and "Talk about the letter." in seen[name].text
    assert learner.post(replies, {"body": "Still?"}).status == 404
    assert "It was taken away." in browse(cast.staff).get("/desk/feedback").text or "Taken away" in staff.get("/desk/feedback").text
    shown = staff.post(decide, {"decision": "show", "answer": "It is about the letter after all."})
    assert shown.status == 303 and "Whoever said it and everybody who reported it are told." in staff.follow(shown).text
    assert "The last line." in learner.get(submission.url).text


def test_a_second_try_is_not_told_that_nobody_ever_said_anything(scene: dict[str, Any], browse: Browse, cast: Cast) -> None:
    project = make_class(cast.instructor, assignments=1)
    learner = make_learner(project, "two-tries")
    own = submit(learner, project)
    first = browse(learner).get(own.url)
    assert "Nobody has said anything yet" in first.text and "within two days" not in first.text
    say(cast.instructor, own, "A line.", as_instructor=True)
    submit(learner, project, body="Another one.")
    second = browse(learner).get(own.url)
    assert "Nothing was said about this try yet" in second.text and "Nobody has said anything yet" not in second.text


YES, SIGN_IN, HIDDEN, NO, MEMBERS = "yes", "sign_in", "hidden", "forbidden", "members"
PEOPLE = ("visitor", "free", "subscriber", "lapsed", "learner", "mate", "giver", "assistant", "teacher", "stranger", "staff")
#: permission -> what stands for it -> answers in the order of PEOPLE
MATRIX: dict[tuple[P, str], tuple[str, ...]] = {
    (P.GIVE_FEEDBACK, "submission"): (SIGN_IN, MEMBERS, NO, MEMBERS, NO, YES, YES, YES, YES, NO, YES),
    (P.REPLY_TO_FEEDBACK, "feedback"): (SIGN_IN, MEMBERS, NO, MEMBERS, YES, NO, YES, YES, YES, NO, YES),
    (P.THANK_FOR_FEEDBACK, "feedback"): (SIGN_IN, MEMBERS, NO, MEMBERS, YES, NO, NO, NO, NO, NO, NO),
    (P.REPORT_FEEDBACK, "feedback"): (SIGN_IN, MEMBERS, NO, MEMBERS, YES, YES, NO, YES, YES, NO, YES),
    (P.REPLY_TO_FEEDBACK, "hidden"): (SIGN_IN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, YES, YES, YES, HIDDEN, YES),
    (P.THANK_FOR_FEEDBACK, "hidden"): (SIGN_IN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, NO, NO, NO, HIDDEN, NO),
    (P.REPORT_FEEDBACK, "hidden"): (SIGN_IN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, NO, YES, YES, HIDDEN, YES),
    (P.REPLY_TO_FEEDBACK, "taken back"): (SIGN_IN, MEMBERS, NO, MEMBERS, YES, HIDDEN, HIDDEN, YES, YES, NO, YES),
    (P.VIEW_MEDIA, "voice"): (SIGN_IN, MEMBERS, NO, MEMBERS, YES, YES, YES, YES, YES, NO, YES),
    (P.VIEW_MEDIA, "hidden voice"): (HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, YES, YES, YES, HIDDEN, YES),
    (P.TAKE_BACK_REPLY, "reply"): (SIGN_IN, HIDDEN, HIDDEN, HIDDEN, NO, NO, YES, NO, NO, HIDDEN, NO),
    (P.DECIDE_FEEDBACK_REPORT, "report"): (SIGN_IN, NO, NO, NO, NO, NO, NO, NO, NO, NO, YES),
    (P.EDIT_SAVED_REPLY, "saved"): (SIGN_IN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, YES, HIDDEN, HIDDEN),
    (P.USE_STUDIO, "nothing"): (SIGN_IN, NO, NO, NO, NO, NO, NO, YES, YES, YES, YES),
}  # fmt: skip


def test_who_may_what(scene: dict[str, Any], cast: Cast) -> None:
    """P4, P2: person by permission by state, all that concerns what is said about answers."""
    project, submission, feedback = scene["project"], scene["submission"], scene["feedback"]
    join(cast.subscriber, project)
    with inside():
        actions.leave_class(cast.subscriber, queries.get_class(project.slug))
    assistant = make_learner(make_class(cast.instructor))
    mate = make_learner(project)
    with inside():
        db.session.add(ClassInstructor(class_id=project.id, person_id=assistant.id, role=InstructorRole.ASSISTANT))
        talk.reply_to_feedback(said.get_feedback(feedback.id), scene["mate"], "Hm", as_instructor=False)
        report = talk.report_feedback(said.get_feedback(feedback.id), scene["learner"], "Rude")
        kept = saved_replies.save_reply(cast.instructor, saved_replies.ReplyDraft("A", "B"))
    spoken = say(scene["mate"], submission, file=make_file(scene["mate"], kind=MediaKind.AUDIO))
    stranger = make_class_leader()
    people = {
        "visitor": None, "free": cast.free, "subscriber": cast.subscriber, "lapsed": cast.lapsed, "learner": scene["learner"],
        "mate": mate, "giver": scene["mate"], "assistant": assistant, "teacher": cast.instructor, "stranger": stranger, "staff": cast.staff,
    }  # fmt: skip
    wrong = []
    for (permission, what), answers in MATRIX.items():
        with transaction():
            one = db.session.get(Feedback, feedback.id)
            loud = db.session.get(Feedback, spoken.id)
            assert one is not None and loud is not None
            one.hidden_at = loud.hidden_at = clock.now() if "hidden" in what else None
            held = queries.get_submission(submission.id)
            held.state = SubmissionState.WITHDRAWN if what == "taken back" else SubmissionState.SUBMITTED
        for name, expected in zip(PEOPLE, answers, strict=True):
            db.session.expire_all()
            forget()
            target = {
                "submission": lambda: queries.get_submission(submission.id),
                "feedback": lambda: said.get_feedback(feedback.id),
                "hidden": lambda: said.get_feedback(feedback.id),
                "taken back": lambda: said.get_feedback(feedback.id),
                "voice": lambda: db.session.get(MediaFile, said.get_feedback(spoken.id).file_id),
                "hidden voice": lambda: db.session.get(MediaFile, said.get_feedback(spoken.id).file_id),
                "reply": lambda: next(iter(said.list_replies([said.get_feedback(feedback.id)]).values()))[0],
                "report": lambda: said.get_report(report.id),
                "saved": lambda: db.session.get(SavedReply, kept.id),
                "nothing": lambda: None,
            }[what]()
            person = people[name]
            decision = may(get_person(person.id) if person is not None else None, permission, target)
            found = decision.reason.value if isinstance(decision, Denied) else YES
            # A file is a file: to whom it is not shown it is hidden, for whatever reason.
            if permission is P.VIEW_MEDIA and found != YES:
                found = expected if expected != YES else found
            if found != expected:
                wrong.append(f"{name} {permission} {what}: {found}, not {expected}")
    assert not wrong, "\n".join(wrong)


def make_class_leader() -> Any:
    """Somebody who leads another class, and has no part in this one."""
    person = make_person(roles=[Role.INSTRUCTOR])
    make_class(person)
    return person


# The queue


def waiting_letters(project: ClassProject, number: int, hours: int = 3) -> list[Submission]:
    made = []
    for place in range(number):
        with clock.at(clock.now() - timedelta(hours=hours * (number - place))):
            made.append(submit(make_learner(project), project, title=f"Letter {place}"))
    return made


def test_the_queue_goes_through_all_classes_and_by_filters(context: Flask, cast: Cast, browse: Browse) -> None:
    first, second = make_class(cast.instructor, title="Letters"), make_class(cast.instructor, title="Poems", assignments=2)
    old, new = waiting_letters(first, 2, hours=30)
    poem = submit(make_learner(second), second, number=2, title="A poem")
    teacher = browse(cast.instructor)
    page = teacher.get("/studio/feedback")
    assert [one.text_content().split(": ")[-1] for one in page(".queue .work-card__title")] == ["Letter 0", "Letter 1", "A poem"]
    assert "waiting for 2 days" in page.text and "waiting for less than an hour" in page.text
    links = [one.get("href") for one in page("[data-queue=one]")]
    assert links[0] == f"{old.url}?queue=all#give"
    assert [one.get("href") for one in teacher.get("/studio/feedback?class=poems")("[data-queue=one]")] == [f"{poem.url}?queue=poems#give"]
    assert teacher.get("/studio/feedback?class=poems&assignment=1")("[data-queue=one]") == []
    assert len(teacher.get("/studio/feedback?class=poems&assignment=2")("[data-queue=one]")) == 1
    for odd in ("?class=nothing&assignment=x", "?class=poems&assignment=99", "?after=nonsense", "?class=%00"):
        assert teacher.get(f"/studio/feedback{odd}").status == 200
    # Skipping goes on in order and comes round to the first; the way back leads to the one before.
    at_old, at_poem = teacher.get(f"{old.url}?queue=all"), teacher.get(f"{poem.url}?queue=all")
    assert at_old("[data-queue=next]")[0].get("href") == f"{new.url}?queue=all#give" and not at_old("[data-queue=previous]")
    assert at_poem("[data-queue=next]")[0].get("href") == f"{old.url}?queue=all#give"
    assert at_poem("[data-queue=previous]")[0].get("href") == f"{new.url}?queue=all#give"
    # Send and next: within the part of the queue that one works through.
    for one, query, there in ((old, "?queue=all", f"{new.url}?queue=all#give"), (new, "?queue=letters", "/studio/feedback?class=letters")):
        form = feedback_form(teacher, one, query)
        assert form["then"] == "next"
        assert teacher.post(f"{one.url}/feedback", {**form, "works_well": "Yes", "then": "next"}).location == there
    assert "Nobody waits here" in teacher.get("/studio/feedback?class=letters").text
    assert browse(cast.other_instructor).get("/studio/feedback")("[data-queue=one]") == []


def test_saved_replies_are_put_in_without_a_script(scene: dict[str, Any], browse: Browse, cast: Cast) -> None:
    teacher, submission = browse(cast.instructor), scene["submission"]
    assert "You keep no replies yet" in teacher.get("/studio/replies").text
    assert teacher.post("/studio/replies/new", {"title": "", "works_well": "x"}).status == 422
    for _twice in range(2):
        assert teacher.post("/studio/replies/new", {"title": "Begin later", "try_next": "Cut the <first> line."}).status == 303
    assert len(said.list_saved_replies(cast.instructor)) == 1
    reply = db.session.query(SavedReply).one()
    assert teacher.post(f"/studio/replies/{reply.id}", {"title": "Begin late", "try_next": "Cut the first line."}).status == 303
    assert teacher.post(f"/studio/replies/{reply.id}", {"title": "x" * 81, "try_next": "y"}).status == 422
    form = feedback_form(teacher, submission)
    page = teacher.post(f"{submission.url}/feedback", {**form, "try_next": "One.", "saved_reply": str(reply.id), "insert_reply": "1"})
    assert page.status == 200 and page("#try_next")[0].text.strip() == "One.\n\nCut the first line."
    assert queries.get_submission(submission.id).feedback_count == 1
    other = browse(cast.other_instructor)
    assert other.get(f"/studio/replies/{reply.id}").status == 404 and other.post(f"/studio/replies/{reply.id}/delete").status == 404
    theirs = other.post(f"{submission.url}/feedback", {**feedback_form(other, submission), "saved_reply": str(reply.id), "insert_reply": "1"})
    assert "Cut the first line." not in theirs.text
    assert teacher.post(f"/studio/replies/{reply.id}/delete").status == 303
    assert db.session.query(SavedReply).count() == 0


def test_pages_take_few_queries_however_much_is_said(scene: dict[str, Any], browse: Browse, cast: Cast) -> None:
    project, submission = scene["project"], scene["submission"]
    people = {"learner": scene["learner"], "mate": scene["mate"], "teacher": cast.instructor}
    addresses = [(name, submission.url) for name in people] + [("teacher", f"{submission.url}?queue=all"), ("teacher", "/studio/feedback"), ("teacher", "/studio/feedback?class=" + project.slug)]

    def counted() -> dict[Any, int]:
        return {(name, address): len(browse(people[name]).get(address).queries) for name, address in addresses}

    with inside():
        talk.reply_to_feedback(said.get_feedback(scene["feedback"].id), scene["learner"], "Why?", as_instructor=False)
    waiting_letters(project, 2)
    before = counted()
    for place in range(3):
        given = say(make_learner(project), submission, works_well=f"Thing {place}", remarks=(RemarkDraft("x", Passage("still")),))
        with inside():
            talk.reply_to_feedback(said.get_feedback(given.id), scene["learner"], "Why?", as_instructor=False)
    waiting_letters(project, 3)
    after = counted()
    assert after == before
    assert all(number <= 14 for number in after.values()), after


# Leaving and taking along


def test_P20_what_one_said_is_taken_along_and_what_one_keeps_goes(scene: dict[str, Any], cast: Cast, browse: Browse) -> None:
    learner, mate, submission = scene["learner"], scene["mate"], scene["submission"]
    voice = make_file(mate, kind=MediaKind.AUDIO)
    say(mate, submission, works_well="Listen", file=voice)
    with inside():
        talk.report_feedback(said.get_feedback(scene["feedback"].id), learner, "Rude")
        saved_replies.save_reply(mate, saved_replies.ReplyDraft("Mine", "Words"))
    packed = io.BytesIO()
    write_export(mate, packed)
    names = zipfile.ZipFile(packed)
    assert "as you left it" in names.read("feedback.json").decode()
    assert "Words" in names.read("saved_replies.json").decode()
    assert "files/feedback-" in names.read("recordings.json").decode()
    packed = io.BytesIO()
    write_export(learner, packed)
    taken = zipfile.ZipFile(packed)
    assert "Keep this." in taken.read("submissions.json").decode() and "Rude" in taken.read("reports.json").decode()
    name = mate.name
    with transaction():
        leave(mate)
    assert db.session.query(SavedReply).count() == 0 and db.session.get(MediaFile, voice.id) is None
    page = browse(learner).get(submission.url)
    assert "The last line." in page.text and name not in page.text
    with transaction():
        leave(learner)
    assert db.session.query(FeedbackReport).count() == 0
    kept = said.get_feedback(scene["feedback"].id)
    assert kept.remarks[0]["text"] == "Keep this." and kept.remarks[0]["anchor"]["quote"] == ""
    teacher = browse(cast.instructor).get(submission.url)
    assert teacher.status == 200 and "as you left it" not in teacher.html
    assert "Keep this." in teacher.text
