"""The studio, put together: importing this registers every page of it."""

from __future__ import annotations

from classprojects.web.studio import assignments, lessons, outline, preview, publishing, reviewing, roster, views
from classprojects.web.studio.blueprint import bp

__all__ = ["assignments", "bp", "lessons", "outline", "preview", "publishing", "reviewing", "roster", "views"]
