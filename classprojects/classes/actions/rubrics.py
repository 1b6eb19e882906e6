"""What feedback looks at: criteria, each with levels in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from classprojects.core.errors import DomainError
from classprojects.core.ids import new_token

MOST_CRITERIA = 10
#: of one criterion
FEWEST_LEVELS, MOST_LEVELS = 2, 6
LONGEST_TITLE, LONGEST_LABEL, LONGEST_HELP = 120, 60, 300


@dataclass(frozen=True)
class RubricLevel:
    """One way in which a work may stand before a criterion."""

    label: str
    help: str = ""


@dataclass(frozen=True)
class Criterion:
    """One thing that feedback looks at. ``id`` empty: it is new."""

    title: str
    help: str = ""
    levels: tuple[RubricLevel, ...] = ()
    id: str = ""


def write_rubric(before: Sequence[dict[str, Any]], criteria: Sequence[Criterion]) -> list[dict[str, Any]]:
    """The rubric as it is kept: a criterion that was there keeps its id, whatever it is called now.

    Marks that were given keep a copy of the words that they were given in. Raises
    DomainError for one that says nothing, says it twice, or says too much.
    """
    if len(criteria) > MOST_CRITERIA:
        raise DomainError(_("At most %(max)d criteria: nobody can look at more at once.", max=MOST_CRITERIA), field="rubric")
    known = {criterion["id"] for criterion in before}
    taken: set[str] = set()
    written = []
    for criterion in criteria:
        _check(criterion)
        id_ = criterion.id if criterion.id in known and criterion.id not in taken else new_token(6)
        taken.add(id_)
        written.append(
            {
                "id": id_,
                "title": criterion.title,
                "help": criterion.help,
                "levels": [{"label": level.label, "help": level.help} for level in criterion.levels],
            }
        )
    titles = [criterion.title.casefold() for criterion in criteria]
    if len(set(titles)) != len(titles):
        raise DomainError(_("Two criteria are called the same. Feedback could not tell them apart."), field="rubric")
    return written


def _check(criterion: Criterion) -> None:
    if not criterion.title:
        raise DomainError(_("Give every criterion a title, or take it out."), field="rubric")
    if len(criterion.title) > LONGEST_TITLE or len(criterion.help) > LONGEST_HELP:
        raise DomainError(_("“%(title)s” is too long.", title=criterion.title[:60]), field="rubric")
    if not FEWEST_LEVELS <= len(criterion.levels) <= MOST_LEVELS:
        raise DomainError(
            _("“%(title)s” needs between %(least)d and %(most)d levels.",
              title=criterion.title, least=FEWEST_LEVELS, most=MOST_LEVELS),
            field="rubric",
        )
    labels = [level.label.casefold() for level in criterion.levels]
    if not all(labels):
        raise DomainError(_("Give every level of “%(title)s” a name.", title=criterion.title), field="rubric")
    if len(set(labels)) != len(labels):
        raise DomainError(_("Two levels of “%(title)s” are called the same.", title=criterion.title), field="rubric")
    if any(len(level.label) > LONGEST_LABEL or len(level.help) > LONGEST_HELP for level in criterion.levels):
        raise DomainError(_("A level of “%(title)s” is too long.", title=criterion.title), field="rubric")
