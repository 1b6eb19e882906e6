"""The studio, put together: importing this registers every page of it."""

from __future__ import annotations

from classprojects.web.studio import (
    answering,
    assignments,
    captions,
    learners,
    lessons,
    names,
    openings,
    outline,
    people,
    preview,
    publishing,
    resources,
    reviewing,
    roster,
    seasons,
    transfer,
    views,
)
from classprojects.web.studio.blueprint import bp

__all__ = ["answering", "assignments", "bp", "captions", "learners", "lessons", "names", "openings", "outline", "people", "preview", "publishing", "resources", "reviewing", "roster", "seasons", "transfer", "views"]
