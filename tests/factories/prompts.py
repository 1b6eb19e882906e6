"""Prompts, made by the same action that people use."""

from __future__ import annotations

from typing import Any

from classprojects.accounts.models import Person
from classprojects.community import actions
from classprojects.community.models import Prompt
from classprojects.core.database import transaction
from classprojects.works.models import Medium


def make_prompt(author: Person, title: str = "Four words about rain", *, role: str = "", publish: bool = True, **draft: Any) -> Prompt:
    """A prompt by ``author``; what is not given is an easy one for a text."""
    values = {"medium": Medium.TEXT, "takes": "4 words", **draft}
    with transaction():
        return actions.write_prompt(author, actions.PromptDraft(title=title, **values), role=role, publish=publish)
