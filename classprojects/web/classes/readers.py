"""Which classmates' answers wait for a word from the reader: a part of the class room and of assignment pages."""

from __future__ import annotations

from dataclasses import dataclass

from classprojects.classes.models import Assignment, ClassProject
from classprojects.classes.queries import peers
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.pages import bp
from classprojects.web.shared.guards import current_person
from classprojects.works.bylines import hidden_name, is_maker_hidden


@dataclass(frozen=True)
class ToAnswer:
    """One classmate's answer that waits for a word."""

    title: str
    medium: str
    url: str
    #: whose it is, as far as the reader is told
    maker: str
    assignment: str


@dataclass(frozen=True)
class Readers:
    """What ``classes/_readers.html`` shows."""

    waiting: list[ToAnswer]
    #: how many are still asked of the reader; the rest is only offered
    left: int


@bp.app_template_global("classmates_to_answer")
def classmates_to_answer(project: ClassProject, assignment: Assignment | None = None) -> Readers:
    """What the person who asks is to say about classmates' answers, in ``project`` or to one assignment."""
    person = current_person()
    asked = peers.find_asked(person, project)
    wanted = {id: one for id, one in asked.items() if assignment is None or id == assignment.id}
    titles = {one.id: one.title for one in project.assignments}
    viewer = viewer_for(person)
    rows = [
        ToAnswer(
            title=work.title,
            medium=work.medium.value,
            url=f"/submissions/{id}#give",
            maker=hidden_name() if is_maker_hidden(work, viewer) else work.maker_name,
            assignment=titles.get(assignment_id, ""),
        )
        for assignment_id, one in wanted.items()
        if one.left
        for id in one.waiting
        if (work := one.works.get(id)) is not None
    ]
    return Readers(rows, sum(one.left for one in wanted.values()))
