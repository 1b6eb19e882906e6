"""Words that bring somebody back to what they were at, and that say how regularly they make things."""

from __future__ import annotations

from datetime import UTC

from flask_babel import get_timezone, ngettext
from flask_babel import gettext as _

from classprojects.classes.models import ClassProject
from classprojects.classes.queries import Progress
from classprojects.classes.streaks import rhythm_of
from classprojects.core import clock
from classprojects.web.shared.class_cards import Next, lesson_url
from classprojects.web.shared.filters import duration


def resume_words(project: ClassProject, progress: Progress, following: Next) -> Next | None:
    """The lesson that one was in last, where it is not the next thing anyway."""
    last = progress.last_place
    lesson = next((one for one in project.lessons if last is not None and one.id == last[0]), None)
    if last is None or lesson is None:
        return None
    url = lesson_url(project, lesson, last[1].at_seconds)
    if url == following.url:
        return None
    return Next(_("Continue “%(title)s” at %(moment)s", title=lesson.title, moment=duration(last[1].at_seconds)), url)


def rhythm_words(progress: Progress) -> str | None:
    """How regularly somebody makes things: said when it encourages, and never that something was lost."""
    rhythm = rhythm_of(progress.made_at, clock.now(), get_timezone() or UTC)
    if rhythm.running >= 2:
        return ngettext(
            "You made something in %(num)d week running.", "You made something in %(num)d weeks running.", rhythm.running
        )
    if rhythm.altogether >= 2:
        return ngettext(
            "You have made something in %(num)d week so far.", "You have made something in %(num)d weeks so far.",
            rhythm.altogether,
        )
    return None
