"""What is talked about on the demo's boards: a question that was answered, an announcement, a cohort's own talk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions import board as actions
from classprojects.classes.actions.board import TopicDraft
from classprojects.classes.models import Season
from classprojects.classes.queries import board
from classprojects.classes.queries.seasons import list_seasons
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.core.ids import slugify


@dataclass(frozen=True)
class Talk:
    """A topic: in which class, who began it so many days ago, and who answered."""

    class_title: str
    person: str
    days: float
    title: str
    body: str
    answers: tuple[tuple[str, float, str], ...] = ()
    assignment: int | None = None
    is_announcement: bool = False
    is_pinned: bool = False
    is_closed: bool = False
    is_for_cohort: bool = False


PAPER, KITCHEN = "A place you miss, in cut paper", "A song from your kitchen"
TALKS = (
    Talk(KITCHEN, "wanjiru", 30.0, "Bring one thing that nobody else has",
         "Next week I listen to all that came in and answer each of you by voice. Until then: go through your kitchen once more, "
         "and bring **one sound** that you think no other kitchen in this class has.\n\n- A drawer that sticks counts.\n- So does a fridge, if it sings.",
         is_announcement=True, is_pinned=True),
    Talk(KITCHEN, "dale", 21.4, "My tap is louder than everything else", "I recorded it four times, and each time it eats the spoon. Do you all turn it down afterwards, or is there a trick?",
         (("devika", 21.0, "Put the telephone *in* the cupboard and shut the door halfway. The tap stays wet, but it stops shouting."),
          ("wanjiru", 20.6, "What Devika says. And record the spoon first: then you know how loud the tap may be."),
          ("dale", 19.9, "The cupboard! It sounds like somebody else's kitchen now, which I rather like.")), assignment=1),
    Talk(KITCHEN, "zeynep", 9.2, "Does a kettle count twice?", "Once for the boil and once for the click when it is done. I would say that these are two instruments.",
         (("camille", 9.0, "Two. The click is percussion."),)),
    Talk(PAPER, "giulia", 40.0, "Which paper, and which knife", "So many of you ask that it stands here for good: **120 grams, matt, any colour that is not white.** A new blade matters more than a good knife.",
         (("hanna", 39.0, "Wallpaper samples are free in every shop, by the way."),), is_pinned=True, is_closed=True),
    Talk(PAPER, "amina", 5.2, "Shall we cut together on Sunday?", "I put a call on in the afternoon and cut without talking. Come with tea.",
         (("mateo", 4.9, "I come. Without talking I am at my best."), ("roya", 4.1, "From seven my time. I bring the noise of my street.")), is_for_cohort=True),
)  # fmt: skip


def fill_boards(person: Callable[[str], Person], now: datetime) -> None:
    """Begin the topics and answer them; a class whose board has something on it stays as it is."""
    for class_title in dict.fromkeys(talk.class_title for talk in TALKS):
        project = queries.get_class(slugify(class_title))
        if board.list_topics(project, None, leads=True, size=1).items or board.list_pinned(project, None, leads=True):
            continue
        season = next(iter(list_seasons(project)), None)
        for talk in TALKS:
            if talk.class_title == class_title:
                _live(talk, person, now, season if talk.is_for_cohort else None)


def _live(talk: Talk, person: Callable[[str], Person], now: datetime, season: Season | None) -> None:
    if talk.is_for_cohort and season is None:
        return
    project = queries.get_class(slugify(talk.class_title))
    assignment = project.assignments[talk.assignment - 1] if talk.assignment else None
    with transaction(), clock.at(now - timedelta(days=talk.days)):
        draft = TopicDraft(talk.title, talk.body, assignment, season, talk.is_announcement)
        topic = actions.open_topic(project, person(talk.person), draft)
        if talk.is_announcement:
            # Long ago: nobody is mailed about it now.
            actions.record_all_mailed(topic)
    topic = board.get_topic(project.slug, topic.id)
    for handle, days, words in talk.answers:
        with transaction(), clock.at(now - timedelta(days=days)):
            actions.answer_topic(topic, person(handle), words)
    with transaction(), clock.at(now - timedelta(days=talk.days)):
        if talk.is_pinned:
            actions.pin_topic(topic)
        if talk.is_closed:
            actions.close_topic(topic)
