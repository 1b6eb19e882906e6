"""Facts about a person and what is talked about in a class. Who is not in the class learns nothing of it (P2, P4)."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.models import ClassProject, Topic
from classprojects.discussions.models import Comment
from classprojects.policy.decisions import ALLOWED, HIDDEN, SIGN_IN, Decision, forbidden
from classprojects.policy.facts_classes import is_in_class, leads_class


@dataclass(frozen=True)
class Answer:
    """A comment and the topic in which it stands."""

    topic: Topic
    comment: Comment

    @property
    def project(self) -> ClassProject:
        """The class in which it is talked about: what facts about a class look at."""
        return self.topic.project


def cohort_of(person: Person | None, project: ClassProject) -> int | None:
    """The season that ``person`` learns in; None: at their own pace, or no learner."""
    learning = queries.find_places(person).learning.get(project.id)
    return learning.season_id if learning is not None else None


def can_see_topic(person: Person | None, topic: Topic) -> Decision:
    """Is in the class; a cohort's talk is for that cohort and for those who lead."""
    inside = is_in_class(person, topic)
    if not inside:
        return inside
    if topic.deleted_at is not None:
        return HIDDEN
    if topic.season_id is None or leads_class(person, topic):
        return ALLOWED
    return ALLOWED if cohort_of(person, topic.project) == topic.season_id else HIDDEN


def can_answer_topic(person: Person | None, topic: Topic) -> Decision:
    """Sees it, and it is not closed; who leads has the last word."""
    seen = can_see_topic(person, topic)
    if not seen or topic.closed_at is None or leads_class(person, topic):
        return seen
    return forbidden(_l("This topic is closed: nobody answers any more. Begin another one if there is more to say."))


def tends_topic(person: Person | None, topic: Topic) -> Decision:
    """Sees it, and leads the class."""
    seen = can_see_topic(person, topic)
    return leads_class(person, topic) if seen else seen


def can_delete_topic(person: Person | None, topic: Topic) -> Decision:
    """Began it, or leads the class. One's own goes whatever became of the membership (P2)."""
    if person is not None and topic.author_id == person.id and topic.deleted_at is None:
        return ALLOWED
    seen = can_see_topic(person, topic)
    if not seen or leads_class(person, topic):
        return seen
    return forbidden(_l("Only the person who began a topic, and those who lead the class, can take it away."))


def said_answer(person: Person | None, answer: Answer) -> Decision:
    """Said it; one's own goes whatever became of the membership (P2)."""
    if person is not None and answer.comment.author_id == person.id:
        return ALLOWED
    seen = can_see_topic(person, answer.topic)
    if not seen:
        return seen
    return SIGN_IN if person is None else forbidden(_l("Only the person who wrote a comment can take it back."))
