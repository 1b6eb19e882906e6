"""What was said about the attempts at a submission, made ready for the page: beside the work that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from classprojects.accounts.models import Person
from classprojects.classes.anchors import find_in_text
from classprojects.classes.models import Attempt, Feedback, Submission
from classprojects.classes.naming import giver_of, speaker_of
from classprojects.classes.passages import Mark, Text, mark_passages, plain_text
from classprojects.classes.queries import feedback as queries
from classprojects.discussions.models import Comment
from classprojects.policy import Permission, may
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.forms import ReplyForm
from classprojects.web.classes.shown import Shown, moment_argument, show_file
from classprojects.web.shared.filters import ago, duration
from classprojects.works.models import Medium, WorkPicture, WorkVersion


@dataclass(frozen=True)
class RemarkLine:
    """One remark on one place, with the way there: ``data`` is what the page's script needs to go there."""

    text: str
    label: str
    url: str
    kind: str
    data: Mapping[str, Any]
    quote: str = ""


@dataclass(frozen=True)
class FeedbackRow:
    """What ``components/feedback-card.html`` takes."""

    id: int
    author_name: str
    author_url: str | None
    author_picture_url: str | None
    author_role: str | None
    when: str
    works_well: str
    try_next: str
    marks: Sequence[Mapping[str, Any]] = ()
    remarks: Sequence[RemarkLine] = ()
    shown: Shown = field(default_factory=Shown)
    #: hidden after a report: None: no; else why, in words for those who may still see it ("" where nobody said)
    ground: str | None = None
    #: hidden from whoever looks
    is_gone: bool = False
    is_thanked: bool = False
    thanks_words: str = ""
    may_thank: bool = False
    may_reply: bool = False
    may_report: bool = False
    replies: Sequence[Mapping[str, Any]] = ()
    form: ReplyForm | None = None


@dataclass(frozen=True)
class PictureShown:
    """One picture of an attempt, and the parts of it that remarks are about."""

    number: int
    shown: Shown
    alt: str
    regions: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class AttemptRow:
    """One attempt with what was said about it."""

    number: int
    attempt: Attempt
    version: WorkVersion
    shown: Shown
    pictures: Sequence[PictureShown]
    body_html: str
    feedback: Sequence[FeedbackRow]


def attempt_rows(submission: Submission, person: Person, *, leads: bool, reply: tuple[int, ReplyForm] | None = None) -> list[AttemptRow]:
    """The attempts at ``submission`` with what was said about each, the newest first, as ``person`` may see it.

    ``reply``: the id of a piece of feedback, and the reply that somebody tried to give to it.
    """
    said = [one for attempt in submission.attempts for one in attempt.feedback]
    around = _Around(
        submission,
        person,
        leads,
        queries.list_replies(said),
        queries.list_grounds(said),
        reply,
    )
    further: Mapping[int, Sequence[WorkPicture]] = {}
    if submission.work.medium is Medium.IMAGE:
        further = queries.load_pictures(attempt.work_version for attempt in submission.attempts)
    return [_attempt_row(attempt, around, further.get(attempt.work_version_id, ())) for attempt in reversed(submission.attempts)]


@dataclass(frozen=True)
class _Around:
    submission: Submission
    person: Person
    leads: bool
    replies: Mapping[int, Sequence[Comment]]
    grounds: Mapping[int, str]
    reply: tuple[int, ReplyForm] | None

    def sees(self, one: Feedback) -> bool:
        """Whether what was hidden after a report is still shown to whoever looks."""
        return one.hidden_at is None or one.author_id == self.person.id or self.leads


def _attempt_row(attempt: Attempt, around: _Around, further: Sequence[WorkPicture]) -> AttemptRow:
    version = attempt.work_version
    shown = [one for one in attempt.feedback if around.sees(one)]
    begin = moment_argument() if request.args.get("attempt") == str(attempt.number) else None
    file = show_file(version.file, version.alt_text, begin)
    pictures: list[PictureShown] = []
    if file.picture is not None and version.file is not None and version.file.kind.value == "image":
        files = [(version.file, version.alt_text), *((one.file, one.alt_text) for one in further)]
        pictures = [
            PictureShown(number, show_file(one, alt), alt, _regions(shown, number))
            for number, (one, alt) in enumerate(files, start=1)
        ]
    text, body_html = None, version.body_html
    if body_html and any(_kinds(one) & {"passage"} for one in shown):
        text = Text(plain_text(body_html))
        body_html = mark_passages(body_html, _marks(shown, text))
    # Of a work that was deleted nothing is quoted any more.
    text = text or (None if version.title else Text(""))
    return AttemptRow(
        attempt.number,
        attempt,
        version,
        file,
        pictures,
        body_html,
        [_feedback_row(one, attempt, around, text) for one in attempt.feedback],
    )


def _kinds(one: Feedback) -> set[str]:
    return {remark["anchor"]["kind"] for remark in one.remarks or []}


def _name(one: Feedback, place: int, kind: str) -> str:
    return f"{kind}-{one.id}-{place}"


def _regions(shown: Sequence[Feedback], picture: int) -> list[dict[str, Any]]:
    found = []
    for one in shown:
        for place, remark in enumerate(one.remarks or [], start=1):
            anchor = remark["anchor"]
            if anchor["kind"] == "region" and anchor["picture"] == picture:
                sides = {side: round(100 * anchor[side], 2) for side in ("x", "y", "width", "height")}
                found.append({"id": _name(one, place, "region"), **sides})
    return found


def _marks(shown: Sequence[Feedback], text: Text) -> list[Mark]:
    marks = []
    for one in shown:
        for place, remark in enumerate(one.remarks or [], start=1):
            span = find_in_text(remark["anchor"], text) if remark["anchor"]["kind"] == "passage" else None
            if span is not None:
                marks.append(Mark(_name(one, place, "passage"), *span))
    return marks


def _feedback_row(one: Feedback, attempt: Attempt, around: _Around, text: Text | None) -> FeedbackRow:
    submission, person = around.submission, around.person
    author = giver_of(one, submission, viewer_for(person))
    row = FeedbackRow(
        id=one.id,
        author_name=author.name,
        author_url=author.url,
        author_picture_url=author.picture_url,
        author_role=_("instructor") if one.by_instructor else _("classmate"),
        when=ago(one.created_at),
        works_well=one.works_well,
        try_next=one.try_next,
    )
    if not around.sees(one):
        return replace(row, is_gone=True, works_well="", try_next="")
    is_shown, is_own = one.hidden_at is None, one.author_id == person.id
    is_told = submission.person_id == person.id
    may_reply = is_shown and (is_own or is_told or around.leads)
    form = around.reply[1] if around.reply is not None and around.reply[0] == one.id else ReplyForm(formdata=None) if may_reply else None
    return replace(
        row,
        marks=one.marks or [],
        remarks=[_remark_line(one, remark, place, attempt, text) for place, remark in enumerate(one.remarks or [], start=1)],
        shown=show_file(one.file),
        ground=None if is_shown else around.grounds.get(one.id, ""),
        is_thanked=one.thanked_at is not None,
        thanks_words=_thanks_words(one, around),
        may_thank=is_shown and is_told,
        may_reply=may_reply,
        may_report=is_shown and not is_own,
        replies=[_reply_row(comment, around) for comment in around.replies.get(one.thread_id or 0, ())],
        form=form,
    )


def _thanks_words(one: Feedback, around: _Around) -> str:
    if one.thanked_at is None:
        return ""
    submission, person = around.submission, around.person
    if submission.person_id == person.id:
        return _("You said that this helped.")
    maker = speaker_of(submission.person, submission, viewer_for(person), by_instructor=False)
    return _("%(name)s says that this helped.", name=maker.name)


def _remark_line(one: Feedback, remark: Mapping[str, Any], place: int, attempt: Attempt, text: Text | None) -> RemarkLine:
    anchor, home = remark["anchor"], f"#attempt-{attempt.number}"
    if anchor["kind"] == "moment":
        label = duration(anchor["at"])
        if anchor.get("until"):
            label = _("%(begin)s to %(end)s", begin=label, end=duration(anchor["until"]))
        address = url_for("classes.show_submission", submission_id=attempt.submission_id, t=anchor["at"] or None, attempt=attempt.number)
        data = {"at": anchor["at"], "until": anchor.get("until")}
        return RemarkLine(remark["text"], label, address + home, "moment", data)
    if anchor["kind"] == "region":
        name = _name(one, place, "region")
        label = _("in picture %(number)s", number=anchor["picture"]) if anchor["picture"] > 1 else _("in the picture")
        return RemarkLine(remark["text"], label, f"#{name}", "region", {"region": name})
    if text is None or find_in_text(anchor, text) is None:
        return RemarkLine(remark["text"], _("in the text"), home, "passage", {})
    name = _name(one, place, "passage")
    return RemarkLine(remark["text"], _("in the text"), f"#{name}", "passage", {"passage": name}, anchor["quote"])


def _reply_row(comment: Comment, around: _Around) -> dict[str, Any]:
    """What ``components/comment.html`` takes, and where it can be taken back."""
    submission, person = around.submission, around.person
    leads = any(one.person_id == comment.author_id for one in submission.project.instructors)
    author = speaker_of(comment.author, submission, viewer_for(person), by_instructor=leads)
    is_own = comment.author_id == person.id and comment.erased_at is None
    return {
        "id": comment.id,
        "author_name": author.name,
        "author_url": author.url,
        "author_picture_url": author.picture_url,
        "author_role": _("instructor") if leads else None,
        "when": ago(comment.created_at),
        "html": Markup(comment.body_html),  # noqa: S704 - rendered and cleaned when it was said
        "is_removed": comment.erased_at is not None,
        "delete_url": url_for("feedback.confirm_erase_reply", comment_id=comment.id) if is_own else None,
    }


def newest_colleague_word(submission: Submission, person: Person) -> int:
    """The id of what another instructor said last about ``submission``, as loaded; 0: nobody did."""
    said = (one for attempt in submission.attempts for one in attempt.feedback)
    return max((one.id for one in said if one.by_instructor and one.author_id != person.id), default=0)


def may_talk(person: Person, submission: Submission) -> bool:
    """Whether ``person`` may say something about ``submission`` at this moment."""
    return submission.is_handed_in and bool(may(person, Permission.GIVE_FEEDBACK, submission))
