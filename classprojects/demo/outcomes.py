"""What comes of the demo's classes: credentials of those who made everything, a showcase, a month divided."""

from __future__ import annotations

from datetime import datetime, timedelta

from classprojects.classes.actions import showcase as actions
from classprojects.classes.queries import get_class, showcase
from classprojects.completion.jobs import sweep_completions
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.core.ids import slugify
from classprojects.earnings.jobs import close_months

SHOWN_CLASS = "A poem that travels"
#: why each was chosen, in the instructor's words
CHOSEN = {
    "Sorting frame": "A poem about work in which nobody says the word. Read the last line aloud, then eat your lunch.",
    "قفسهٔ نامه‌ها": "One hard word became a walk to the court. That is what carrying a line across looks like.",
}


def show_outcomes(now: datetime) -> None:
    """Make all of it; what is there already stays."""
    with clock.at(now - timedelta(days=1)):
        sweep_completions()
        choose_works()
    with clock.at(now):
        close_months()


def choose_works() -> None:
    """Choose what its makers show to everybody anyway, and let them agree."""
    project = get_class(slugify(SHOWN_CLASS))
    lead = project.instructors[0].person
    with transaction():
        for submission in showcase.list_choosable(project, size=50).items:
            version = submission.work.current_version
            line = CHOSEN.get(version.title) if version is not None and submission.work.is_open else None
            if line is not None:
                entry = actions.choose_work(project, submission.work_id, lead, line)
                actions.agree_to_showcase(entry, submission.person, share=False)
        if showcase.list_shown(project):
            actions.publish_showcase(project)
