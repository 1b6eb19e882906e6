"""Feedback: anchored remarks, marks, states, colleagues, thanks, talk, reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from classprojects.classes import actions, queries
from classprojects.classes.actions import FeedbackDraft, saved_replies, talk
from classprojects.classes.actions.feedback import AnsweredMeanwhile
from classprojects.classes.anchors import BadRemark, Moment, Passage, Region, RemarkDraft, check_remarks
from classprojects.classes.models import Feedback, Submission, SubmissionState
from classprojects.classes.passages import Mark, Text, mark_passages, plain_text
from classprojects.classes.queries import feedback as said
from classprojects.classes.queries.unanswered import PATIENCE, list_unanswered
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError, Refused
from classprojects.core.prose import render_text
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose
from classprojects.notifications.models import Mail, Notification, NotificationKind
from classprojects.works.models import WorkPicture, WorkVersion
from tests.factories.classes import make_class, make_learner, say, submit
from tests.factories.people import Cast, inside
from tests.factories.works import make_file

TEXT = "Dear Ada,\n\nthe room is *still* as you left it. The room is cold.\n\nYours"


@pytest.fixture
def scene(context: Flask, cast: Cast) -> dict[str, Any]:
    """A class with a rubric, a learner's letter in it, a classmate, and two who lead it."""
    project = make_class(cast.instructor, assignments=1)
    with inside():
        actions.add_instructor(queries.get_class(project.slug), cast.other_instructor)
        project.assignments[0].rubric = [
            {"id": "c1", "title": "Warmth", "help": "", "levels": [{"label": "cool", "help": ""}, {"label": "warm", "help": "One feels meant."}]},
            {"id": "c2", "title": "Shape", "help": "", "levels": [{"label": "loose", "help": ""}, {"label": "tight", "help": ""}]},
        ]
    learner, mate = make_learner(project), make_learner(project)
    return {
        "project": queries.get_class(project.slug), "learner": learner, "mate": mate,
        "one": cast.instructor, "other": cast.other_instructor, "staff": cast.staff,
        "submission": submit(learner, project, body=TEXT),
    }  # fmt: skip


def again(submission: Submission) -> Submission:
    db.session.expire_all()
    return queries.get_submission(submission.id)


def version_with(*files: MediaFile, body: str = "") -> WorkVersion:
    """A version that is in no database."""
    pictures = [WorkPicture(position=place, file=file) for place, file in enumerate(files[1:], start=2)]
    return WorkVersion(body=body, body_html=render_text(body) if body else "", file=files[0] if files else None, pictures=pictures)


def sound(milliseconds: int | None = 42_500) -> MediaFile:
    return MediaFile(kind=MediaKind.AUDIO, duration_ms=milliseconds)


def picture() -> MediaFile:
    return MediaFile(kind=MediaKind.IMAGE, width=400, height=300)


GOOD: list[tuple[WorkVersion, Any, dict[str, Any]]] = [
    (version_with(sound()), Moment(42), {"kind": "moment", "at": 42, "until": None}),
    (version_with(sound()), Moment(0, 42), {"kind": "moment", "at": 0, "until": 42}),
    (version_with(sound(None)), Moment(9999), {"kind": "moment", "at": 9999, "until": None}),
    (version_with(picture()), Region(1, 0, 0, 1, 1), {"kind": "region", "picture": 1, "x": 0, "y": 0, "width": 1, "height": 1}),
    (version_with(picture(), picture()), Region(2, 0.5, 0.25, 0.5, 0.1), {"kind": "region", "picture": 2, "x": 0.5, "y": 0.25, "width": 0.5, "height": 0.1}),
    (version_with(picture()), Region(1, 0.667, 0, 0.337, 1), {"kind": "region", "picture": 1, "x": 0.667, "y": 0, "width": 0.333, "height": 1}),
    (version_with(body=TEXT), Passage("as YOU  left"), {"kind": "passage", "start": 28, "end": 39, "quote": "as you left"}),
]
BAD: list[tuple[WorkVersion, Any, str]] = [
    (version_with(sound()), Moment(43), "only 0:42 long"),
    (version_with(sound()), Moment(10, 10), "ends after it begins"),
    (version_with(picture()), Moment(1), "no sound or film"),
    (version_with(sound()), Region(1, 0, 0, 1, 1), "no picture"),
    (version_with(picture()), Region(2, 0, 0, 1, 1), "has 1 picture"),
    (version_with(picture()), Region(1, 0.9, 0, 0.2, 1), "beyond the picture"),
    (version_with(picture()), Region(1, -0.1, 0, 0.2, 1), "beyond the picture"),
    (version_with(picture()), Region(1, 0.1, 0, 0, 1), "a little wide"),
    (version_with(body=TEXT), Passage("the room is"), "more than once"),
    (version_with(body=TEXT), Passage("as I left"), "do not stand"),
    (version_with(body=TEXT), Passage(" "), "which words"),
    (version_with(body=TEXT), Passage("x" * 2000), "long"),
    (version_with(picture()), Passage("the room"), "no text"),
    (version_with(body=TEXT), None, "which words"),
    (version_with(sound()), None, "which moment"),
    (version_with(picture()), None, "which part"),
]


def test_anchors_are_checked_against_the_version(context: Flask) -> None:
    for version, anchor, kept in GOOD:
        assert check_remarks(version, [RemarkDraft(" Here ", anchor)]) == [{"text": "Here", "anchor": kept}]
    for version, anchor, words in BAD:
        with pytest.raises(BadRemark, match=words) as refusal:
            check_remarks(version, [RemarkDraft("Here", anchor)])
        assert refusal.value.number == 1
    with pytest.raises(BadRemark, match="Say something") as refusal:
        check_remarks(version_with(sound()), [RemarkDraft("Here", Moment(1)), RemarkDraft(" ", Moment(2))])
    assert refusal.value.number == 2
    with pytest.raises(BadRemark, match="At most 20"):
        check_remarks(version_with(sound()), [RemarkDraft("Here", Moment(1))] * 21)


def test_a_passage_is_found_where_it_was_chosen(context: Flask) -> None:
    text = plain_text(render_text(TEXT))
    second = text.index("The room")
    chosen = Passage(text[second : second + 8], second, second + 8)
    assert check_remarks(version_with(body=TEXT), [RemarkDraft("x", chosen)])[0]["anchor"]["start"] == second
    # Positions of a page that was set in another way: the nearest of the same words is meant.
    moved = check_remarks(version_with(body=TEXT), [RemarkDraft("x", Passage("the room", second + 4, second + 12))])
    assert moved[0]["anchor"] | {"end": 0} == {"kind": "passage", "start": second, "end": 0, "quote": "The room"}


@settings(max_examples=60, deadline=None)
@given(
    body=st.text(alphabet="ab é“'<&*_\n#İß🙂", min_size=1, max_size=60),
    spans=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=4),
)
def test_marking_changes_nothing_that_is_read(body: str, spans: list[tuple[int, int]]) -> None:
    """Tags and words stay, whatever is marked; and what is marked is what was meant."""
    html = render_text(body)
    text = plain_text(html)
    marks = [Mark(f"p{place}", start, min(start + length, len(text))) for place, (start, length) in enumerate(spans) if start < len(text)]
    marked = mark_passages(html, marks)
    assert plain_text(marked) == text
    assert marked.replace("<mark", "").count("<p>") == html.count("<p>")
    for mark in marks:
        quote = text[mark.start : mark.end]
        assert (f'id="{mark.name}"' in marked) == bool(quote.strip())
        if quote.strip():
            assert any(start <= mark.start and mark.end <= end + len(quote) for start, end in Text(text).find(quote)) or Text(text).find(quote)


def test_remarks_and_marks_stay_with_their_attempt(scene: dict[str, Any]) -> None:
    submission, learner = scene["submission"], scene["learner"]
    draft = {"remarks": (RemarkDraft("Keep this.", Passage("as you left it")),), "marks": {"c1": 1}}
    first = say(scene["mate"], submission, **draft)
    assert first.marks == [{"criterion": "c1", "title": "Warmth", "level": 1, "label": "warm", "help": "One feels meant."}]
    submit(learner, scene["project"], body="All new.")
    with transaction():
        scene["project"].assignments[0].rubric = [{"id": "c9", "title": "Else", "help": "", "levels": [{"label": "a"}, {"label": "b"}]}]
    found = again(submission)
    assert [len(attempt.feedback) for attempt in found.attempts] == [1, 0]
    kept = found.attempts[0].feedback[0]
    assert kept.marks[0]["label"] == "warm"
    assert kept.remarks[0]["anchor"]["quote"] == "as you left it"
    # What is said now is measured against the newest attempt, unless the form was opened on an earlier one.
    with pytest.raises(BadRemark):
        say(scene["mate"], submission, **{**draft, "marks": {}})
    assert say(scene["mate"], submission, attempt=1, **{**draft, "marks": {}}).attempt_id == found.attempts[0].id
    with pytest.raises(DomainError, match="rubric was changed"):
        say(scene["mate"], submission, marks={"c1": 1})


def test_an_instructor_moves_on_only_what_they_looked_at(scene: dict[str, Any]) -> None:
    submission, one = scene["submission"], scene["one"]
    assert submission.first_feedback_at is None
    say(scene["mate"], submission)
    found = again(submission)
    assert found.state is SubmissionState.SUBMITTED and found.first_feedback_at is not None
    submit(scene["learner"], scene["project"], body="Second.")
    say(one, submission, as_instructor=True, attempt=1, is_done=True)
    assert again(submission).state is SubmissionState.RESUBMITTED
    say(one, submission, as_instructor=True)
    assert again(submission).state is SubmissionState.RETURNED
    say(one, submission, as_instructor=True, is_done=True)
    assert again(submission).state is SubmissionState.REVIEWED
    assert again(submission).feedback_count == 4


def test_a_colleague_who_was_faster_is_noticed(scene: dict[str, Any]) -> None:
    submission = scene["submission"]
    theirs = say(scene["one"], submission, as_instructor=True)
    with pytest.raises(AnsweredMeanwhile, match="answered this while you were writing") as refusal:
        say(scene["other"], submission, as_instructor=True, seen=0)
    assert again(submission).feedback_count == 1
    say(scene["other"], submission, as_instructor=True, seen=refusal.value.theirs_id)
    say(scene["one"], submission, as_instructor=True, seen=theirs.id + 100)
    # One's own earlier word, and a classmate's, are nobody's surprise.
    say(scene["mate"], submission)
    assert again(submission).feedback_count == 4


def test_the_same_form_says_it_once(scene: dict[str, Any]) -> None:
    submission, mate = scene["submission"], scene["mate"]
    first = say(mate, submission, once="k")
    assert say(mate, submission, once="k", remarks=(RemarkDraft("x", Moment(1)),)).id == first.id
    assert actions.feedback.is_said(mate, "k") and not actions.feedback.is_said(scene["one"], "k")
    assert again(submission).feedback_count == 1
    with pytest.raises(Refused):
        say(scene["learner"], submission)
    for empty in ({"works_well": " "}, {"works_well": "x" * 4001}):
        with pytest.raises(DomainError):
            say(mate, submission, **empty)


def test_a_spoken_answer_belongs_to_who_says_it(scene: dict[str, Any]) -> None:
    mate = scene["mate"]
    mine = make_file(mate, kind=MediaKind.AUDIO, purpose=MediaPurpose.WORK)
    said_in = say(mate, scene["submission"], file=mine)
    assert said_in.file_id == mine.id
    db.session.expire_all()
    assert db.session.get(MediaFile, mine.id).purpose is MediaPurpose.FEEDBACK  # type: ignore[union-attr]
    assert db.session.get(MediaFile, mine.id).attached_at is not None  # type: ignore[union-attr]
    for wrong in (make_file(scene["one"], kind=MediaKind.AUDIO), make_file(mate, kind=MediaKind.IMAGE)):
        with pytest.raises(DomainError):
            say(mate, scene["submission"], file=wrong)


def told(person: Any, kind: NotificationKind) -> list[Notification]:
    return list(db.session.query(Notification).filter_by(person_id=person.id, kind=kind))


def reply(feedback: Feedback, author: Any, body: str, **more: Any) -> None:
    with transaction():
        talk.reply_to_feedback(said.get_feedback(feedback.id), author, body, **{"as_instructor": False, **more})


def test_talk_begins_with_the_first_reply_and_tells_those_in_it(scene: dict[str, Any]) -> None:
    feedback = say(scene["mate"], scene["submission"])
    assert feedback.thread_id is None
    reply(feedback, scene["learner"], "Which line?", once="a")
    reply(feedback, scene["learner"], "Which line?", once="a")
    reply(feedback, scene["mate"], "The last.")
    reply(feedback, scene["one"], "And the first.", as_instructor=True)
    found = said.get_feedback(feedback.id)
    assert found.replies_count == 3
    assert [one.body for one in said.list_replies([found])[found.thread_id]] == ["Which line?", "The last.", "And the first."]
    assert len(told(scene["mate"], NotificationKind.FEEDBACK_REPLIED)) == 2
    assert len(told(scene["learner"], NotificationKind.FEEDBACK_REPLIED)) == 2
    assert not told(scene["one"], NotificationKind.FEEDBACK_REPLIED)
    with transaction():
        talk.erase_reply(said.list_replies([found])[found.thread_id][1])
    assert said.get_feedback(feedback.id).replies_count == 2
    with pytest.raises(DomainError):
        reply(feedback, scene["learner"], "  ")


def test_thanks_are_the_makers_and_can_be_taken_back(scene: dict[str, Any]) -> None:
    feedback = say(scene["mate"], scene["submission"])
    with transaction():
        for _ in range(2):
            talk.thank_for_feedback(said.get_feedback(feedback.id), scene["learner"])
    assert len(told(scene["mate"], NotificationKind.FEEDBACK_THANKED)) == 1
    assert said.get_feedback(feedback.id).thanked_at is not None
    with transaction():
        talk.take_thanks_back(said.get_feedback(feedback.id), scene["learner"])
    assert said.get_feedback(feedback.id).thanked_at is None
    for other in (scene["mate"], scene["one"]):
        with pytest.raises(Refused), transaction():
            talk.thank_for_feedback(said.get_feedback(feedback.id), other)


def test_a_report_is_decided_by_somebody_else_with_words_to_both(scene: dict[str, Any], cast: Cast) -> None:
    """P17: the reason is said, the decider has no part in it, and what was hidden can be shown again."""
    submission, staff = scene["submission"], scene["staff"]
    feedback = say(scene["mate"], submission, "You are a fool.")
    with transaction():
        report = talk.report_feedback(said.get_feedback(feedback.id), scene["learner"], "It is about me, not the letter.")
        assert talk.report_feedback(said.get_feedback(feedback.id), scene["learner"], "Again").id == report.id
        other = talk.report_feedback(said.get_feedback(feedback.id), scene["one"], "Rude.")
    for wrong in (scene["mate"], scene["learner"]):
        with pytest.raises(Refused), transaction():
            talk.decide_report(said.get_report(report.id), wrong, is_upheld=True, answer="Yes")
    with pytest.raises(DomainError, match="Say why"), transaction():
        talk.decide_report(said.get_report(report.id), staff, is_upheld=True, answer=" ")
    assert [one.id for one in said.list_open_reports()] == [report.id, other.id]
    with transaction():
        talk.decide_report(said.get_report(report.id), staff, is_upheld=True, answer="Be kind to people.")
    assert not said.list_open_reports() and said.count_open_reports() == 0
    hidden = said.get_feedback(feedback.id)
    assert hidden.hidden_at is not None and again(submission).feedback_count == 0
    # What is hidden was no answer: the learner waits for one, and staff look after it.
    late = clock.real_now() + PATIENCE + timedelta(minutes=1)
    assert again(submission).first_feedback_at is None
    assert [one.id for one in list_unanswered(late).items] == [submission.id]
    mails = {(mail.template, mail.person_id): mail.context for mail in db.session.query(Mail)}
    assert mails["classes/feedback_hidden", scene["mate"].id]["answer"] == "Be kind to people."
    assert mails["classes/feedback_report_decided", scene["learner"].id]["is_upheld"] is True
    assert ("classes/feedback_report_decided", scene["one"].id) in mails
    with pytest.raises(DomainError, match="meanwhile"), transaction():
        talk.decide_report(said.get_report(report.id), cast.admin if hasattr(cast, "admin") else staff, is_upheld=False, answer="No")
    with pytest.raises(DomainError), transaction():
        talk.reply_to_feedback(said.get_feedback(feedback.id), scene["learner"], "Well", as_instructor=False)
    say(scene["one"], submission, "A kind word.", as_instructor=True)
    with transaction():
        talk.show_again(said.get_report(report.id), staff, "On second thoughts it is about the letter.")
    shown = said.get_feedback(feedback.id)
    assert shown.hidden_at is None and again(submission).feedback_count == 2
    assert again(submission).first_feedback_at == shown.created_at and not list_unanswered(late).items
    with pytest.raises(DomainError, match="shown already"), transaction():
        talk.show_again(said.get_report(report.id), staff, "Once more.")
    assert db.session.query(Mail).filter_by(template="classes/feedback_shown_again").count() == 1
    told = db.session.query(Mail).filter_by(template="classes/reported_shown_again").all()
    assert sorted(mail.person_id for mail in told) == sorted([scene["learner"].id, scene["one"].id]), "everybody who reported it"
    assert {mail.context["answer"] for mail in told} == {"On second thoughts it is about the letter."}


def test_what_is_hidden_is_counted_as_it_stands(context: Flask, scene: dict[str, Any]) -> None:
    """Whoever answers while staff decide is counted too."""
    feedback = say(scene["mate"], scene["submission"], "You are a fool.")
    with transaction():
        talk.report_feedback(said.get_feedback(feedback.id), scene["learner"], "It is about me.")
    (report,) = said.list_open_reports()
    with context.app_context():
        say(scene["one"], scene["submission"], "A kind word.", as_instructor=True)
    with transaction():
        talk.decide_report(report, scene["staff"], is_upheld=True, answer="Be kind to people.")
    assert again(scene["submission"]).feedback_count == 1


def test_a_busy_talk_leaves_the_others_theirs(scene: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said, "MOST_REPLIES", 2)
    quiet, busy = say(scene["mate"], scene["submission"]), say(scene["one"], scene["submission"], as_instructor=True)
    reply(quiet, scene["learner"], "Which line?")
    for number in range(5):
        reply(busy, scene["learner"], f"And {number}?")
    found = [said.get_feedback(quiet.id), said.get_feedback(busy.id)]
    replies = said.list_replies(found)
    assert [[one.body for one in replies[one.thread_id]] for one in found] == [["Which line?"], ["And 3?", "And 4?"]]


def test_saved_replies_are_kept_changed_and_thrown_away(scene: dict[str, Any]) -> None:
    one = scene["one"]
    with transaction():
        kept = saved_replies.save_reply(one, saved_replies.ReplyDraft(" Begin later ", "", "Cut the first line."))
        saved_replies.save_reply(one, saved_replies.ReplyDraft("A warm word", "I felt meant."))
    assert [reply.title for reply in said.list_saved_replies(one)] == ["A warm word", "Begin later"]
    with transaction():
        saved_replies.edit_reply(said.get_saved_reply(kept.id), saved_replies.ReplyDraft("Begin late", "x"))
    for bad in (saved_replies.ReplyDraft("", "x"), saved_replies.ReplyDraft("x"), saved_replies.ReplyDraft("x" * 81, "x")):
        with pytest.raises(DomainError), transaction():
            saved_replies.save_reply(one, bad)
    with transaction():
        saved_replies.delete_reply(said.get_saved_reply(kept.id))
    assert said.count_saved_replies(one) == 1


def test_a_draft_of_long_ago_needs_no_more_than_words(scene: dict[str, Any]) -> None:
    with transaction():
        made = actions.give_feedback(queries.get_submission(scene["submission"].id), scene["mate"], FeedbackDraft("Good"), as_instructor=False)
    assert (made.remarks, made.marks, made.file_id) == ([], [], None)
