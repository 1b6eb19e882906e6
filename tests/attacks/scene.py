"""A small place with something to steal in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from classprojects.accounts.models import Person
from classprojects.classes.actions import (
    FeedbackDraft,
    board,
    give_feedback,
    people,
    reviewing,
    saved_replies,
    showcase,
    talk,
)
from classprojects.classes.actions.board import TopicDraft
from classprojects.classes.actions.notes import keep_note
from classprojects.classes.actions.seasons import EventDraft, add_event
from classprojects.classes.anchors import Passage, RemarkDraft
from classprojects.classes.models import ClassImport, ClassProject, InstructorRole, SeasonEventKind, Submission
from classprojects.classes.queries import get_lesson
from classprojects.classes.queries.feedback import get_feedback
from classprojects.classes.queries.seasons import get_season
from classprojects.community import collecting
from classprojects.community.collecting import CollectionDraft
from classprojects.community.models import Prompt
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.earnings.actions import compute_month
from classprojects.policy.viewing import viewer_for
from classprojects.works import actions, claims, sources
from classprojects.works.models import Work
from classprojects.works.queries import Viewer
from tests.factories.classes import make_class, make_learner, submit
from tests.factories.people import Cast, make_person
from tests.factories.prompts import make_prompt
from tests.factories.seasons import make_season
from tests.factories.works import make_work

#: stands in everything that strangers must not see
SECRET = "Zwielicht"


@dataclass
class Scene:
    """Open works with a class work among their descendants, a draft, a tombstone, a class, a prompt."""

    cast: Cast
    open: Work
    remix: Work
    draft: Work
    gone: Work
    project: ClassProject
    hidden_project: ClassProject
    learner: Person
    submission: Submission
    prompt: Prompt
    comment_id: int
    suggestion_id: int
    dispute_id: int
    set_id: int
    event_id: int
    entry_id: int
    period_id: int
    topic_id: int
    import_id: int
    feedback_id: int
    report_id: int
    reply_id: int
    note_id: int
    #: somebody asked staff to look at the hidden class, and somebody else to lead the open one
    review_id: int = 0
    invitation_id: int = 0

    def values(self) -> dict[str, Any]:
        """What fits the parts of addresses, by their names."""
        return {
            "work_id": self.open.id,
            "comment_id": self.comment_id,
            "parent_id": self.remix.id,
            "suggestion_id": self.suggestion_id,
            "dispute_id": self.dispute_id,
            "submission_id": self.submission.id,
            "slug": self.project.slug,
            "handle": self.cast.maker.handle,
            "number": 1,
            "public_id": "nothing",
            "name": "w480-webp",
            "token": "nothing",
            "tool": "trim",
            "key": "new",
            "set_id": self.set_id,
            "resource_id": 1,
            "review_id": self.review_id,
            "invitation_id": self.invitation_id,
            "season_number": 1,
            "event_id": self.event_id,
            "key_id": "nothing",
            "table": "assignments",
            "entry_id": self.entry_id,
            "period_id": self.period_id,
            "topic_id": self.topic_id,
            "import_id": self.import_id,
            "feedback_id": self.feedback_id,
            "report_id": self.report_id,
            "reply_id": self.reply_id,
            "note_id": self.note_id,
        }


def set_scene(cast: Cast) -> Scene:
    """Everything made through the actions."""
    project = make_class(cast.instructor, assignments=2, title="Letters")
    hidden = make_class(cast.instructor, publish=False, title=f"{SECRET} to come")
    open_work = make_work(cast.maker, title="A stone in the river", tags=("water",))
    remix = make_work(cast.maker, title="The river again", sources=[open_work])
    draft = make_work(cast.maker, title=f"{SECRET} draft", publish=False, sources=[open_work])
    gone = make_work(cast.maker, title=f"{SECRET} gone", body=f"{SECRET} body", tags=(SECRET.lower(),), sources=[open_work])
    learner = make_learner(project, "learner")
    submission = submit(learner, project, title=f"{SECRET} letter", body=f"{SECRET} in a letter", source_ids=[open_work.id], tags=(SECRET.lower(),), note=f"{SECRET} note")
    with transaction():
        comment = actions.comment_on_work(cast.maker, open_work, "A word about stones.")
        actions.erase_work(gone)
    other = make_work(make_person("skimmer"), title="A stone skipped", sources=[remix])
    with transaction():
        suggestion = sources.suggest_source(cast.staff, other, open_work.id, viewer=viewer_for(cast.staff), note="It skips as often.")
        collection = collecting.begin_collection(cast.staff, CollectionDraft("Stones", is_public=True))
        for member in (open_work, submission.work, draft):
            collecting.add_to_collection(collection, member, viewer=Viewer(member.maker_id))
        dispute = sources.dispute_edge(cast.maker, claims.get_edge(other.id, remix.id), "Another stone.")
    make_season(project)
    with transaction():
        meeting = EventDraft(SeasonEventKind.MEETING, "Halfway", clock.now(), address=f"https://meet.example/{SECRET}")
        event = add_event(get_season(project.slug, 1), meeting, cast.instructor)
    with transaction():
        entry = showcase.choose_work(project, submission.work_id, cast.instructor, f"{SECRET} is in it.")
        topic = board.open_topic(project, learner, TopicDraft(f"{SECRET} asked", f"{SECRET} on the board"))
        coming = ClassImport(person_id=cast.instructor.id, storage_key="imports/none.zip", file_name=f"{SECRET}.zip")
        db.session.add(coming)
        db.session.flush()
        said = give_feedback(
            submission, cast.instructor, FeedbackDraft(f"{SECRET} works", remarks=(RemarkDraft(f"{SECRET} here", Passage(SECRET)),)), as_instructor=True
        )
        report = talk.report_feedback(get_feedback(said.id), learner, f"{SECRET} hurts")
        kept = saved_replies.save_reply(cast.instructor, saved_replies.ReplyDraft("Often", f"{SECRET} often"))
        note = keep_note(learner, get_lesson(project.slug, 1), f"{SECRET} for myself")
        (period,) = compute_month(date(2025, 1, 1), 400, "USD")
    with transaction():
        review = reviewing.send_to_review(hidden, cast.instructor, f"{SECRET} message")
        invitation = people.invite_instructor(project, cast.instructor, cast.other_instructor.handle or "", InstructorRole.ASSISTANT)
        asked = (review.id, invitation.id)
    return Scene(
        cast, open_work, remix, draft, gone, project, hidden, learner, submission, make_prompt(cast.staff),
        comment.id, suggestion.id, dispute.id, collection.id, event.id, entry.id, period.id, topic.id, coming.id, said.id, report.id,
        kept.id, note.id,
        review_id=asked[0], invitation_id=asked[1],
    )  # fmt: skip
