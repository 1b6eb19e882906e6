"""A prompt as a card shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import get_locale

from classprojects.community import queries
from classprojects.community.models import Prompt
from classprojects.web.shared.cards import Card, cards_for
from classprojects.web.shared.filters import day
from classprojects.works.queries import Viewer


@dataclass(frozen=True)
class PromptCard:
    """What ``components/prompt-card.html`` takes."""

    url: str
    answer_url: str
    title: str
    takes: str
    language: str
    body_html: str
    medium: str
    difficulty: int
    author_name: str
    author_role: str
    answers: int
    closes: str | None
    is_closed: bool
    newest: Sequence[Card] = ()


def prompt_card_for(prompt: Prompt, newest: Sequence[Card] = ()) -> PromptCard:
    """The card of ``prompt`` (loaded with author and variants), in the reader's language where it has one."""
    locale = get_locale()
    words = prompt.wording(locale.language if locale else "en")
    return PromptCard(
        url=prompt.url,
        answer_url=url_for("community.show_answer_prompt", slug=prompt.slug),
        title=words.title,
        takes=words.takes,
        language=words.language,
        body_html=words.body_html,
        medium=prompt.medium.value,
        difficulty=prompt.difficulty,
        author_name=prompt.author.name,
        author_role=prompt.author_role,
        answers=prompt.answers_count,
        closes=day(prompt.closes_at) if prompt.closes_at else None,
        is_closed=not prompt.is_open,
        newest=newest,
    )


def prompt_cards_for(prompts: Sequence[Prompt], viewer: Viewer, with_answers: bool = True) -> list[PromptCard]:
    """Cards for several prompts; one query for all their newest answers."""
    answers = queries.list_newest_answers([prompt.id for prompt in prompts]) if with_answers else {}
    return [prompt_card_for(prompt, cards_for(answers.get(prompt.id, []), viewer)) for prompt in prompts]
