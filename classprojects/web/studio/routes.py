"""The studio, put together: importing this registers every page of it."""

from __future__ import annotations

from classprojects.web.studio import assignments, lessons, openings, outline, people, preview, publishing, reviewing, roster, views
from classprojects.web.studio.blueprint import bp

__all__ = ["assignments", "bp", "lessons", "openings", "outline", "people", "preview", "publishing", "reviewing", "roster", "views"]
