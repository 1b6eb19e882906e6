"""What the demo says about attempts beside the two halves: remarks on one place, thanks, talk, and saved replies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.classes.actions import saved_replies, talk
from classprojects.classes.actions.saved_replies import ReplyDraft
from classprojects.classes.anchors import Anchor, Moment, Passage, Region, RemarkDraft
from classprojects.classes.models import Attempt, Feedback, SavedReply, Submission
from classprojects.classes.queries import feedback as queries
from classprojects.core.database import db, transaction
from classprojects.demo.content import shapes

#: (who made it, who said something, what was answered: by whom)
TALK = (
    ("zeynep", "camille", (("zeynep", "It is my mother's saucer. I shall tell her that she plays in a band."), ("camille", "Ask her for the other five."))),
    ("noor", "giulia", (("noor", "I waited until five today. You are right: now the houses lie down."),)),
    ("dale", "ewan", (("dale", "Without line two my supervisor understands it, and I do not. Keeping it out."),)),
)  # fmt: skip
#: (who made it, who helped)
THANKED = (("zeynep", "wanjiru"), ("noor", "giulia"), ("dale", "ewan"), ("luiza", "linh"))
#: what instructors keep for their answers
KEPT = {
    "wanjiru": (
        ("Go nearer", "", "Go nearer with the microphone: a hand's width, then half of it. Small sounds grow when one comes to them."),
        ("Leave the silence", "You left the silence alone, and it works for you.", ""),
    ),
    "giulia": (("Photograph it later", "", "Photograph it when the sun is lower. Paper is nothing but its shadows."),),
}  # fmt: skip


def remarks_of(feedback: shapes.Feedback) -> Iterator[RemarkDraft]:
    """What is said about one place each."""
    for place, words in feedback.remarks:
        yield RemarkDraft(words, _anchor(place))


def _anchor(place: int | tuple[int, int, int, int] | str) -> Anchor:
    if isinstance(place, int):
        return Moment(place)
    if isinstance(place, str):
        return Passage(place)
    x, y, width, height = (side / 100 for side in place)
    return Region(1, x, y, width, height)


def add_talk(person: Callable[[str], Person]) -> None:
    """Replies, thanks and saved replies; what is there already stays. ``person``: who has this handle."""
    for maker, author, replies in TALK:
        feedback = _find(person(maker), person(author))
        if feedback is None or feedback.replies_count:
            continue
        for place, (speaker, words) in enumerate(replies):
            leads = feedback.by_instructor and speaker == author
            with transaction():
                talk.reply_to_feedback(
                    queries.get_feedback(feedback.id), person(speaker), words, as_instructor=leads, once=f"demo-talk-{feedback.id}-{place}"
                )
    for maker, author in THANKED:
        feedback = _find(person(maker), person(author))
        if feedback is not None:
            with transaction():
                talk.thank_for_feedback(queries.get_feedback(feedback.id), person(maker))
    for handle, kept in KEPT.items():
        if db.session.scalar(sa.select(sa.exists().where(SavedReply.person_id == person(handle).id))):
            continue
        with transaction():
            for title, works_well, try_next in kept:
                saved_replies.save_reply(person(handle), ReplyDraft(title, works_well, try_next))


def _find(maker: Person, author: Person) -> Feedback | None:
    """The first thing that ``author`` said about an answer of ``maker``'s."""
    return db.session.scalar(
        sa.select(Feedback)
        .join(Attempt, Attempt.id == Feedback.attempt_id)
        .join(Submission, Submission.id == Attempt.submission_id)
        .where(Submission.person_id == maker.id, Feedback.author_id == author.id)
        .order_by(Feedback.id)
        .limit(1)
    )
