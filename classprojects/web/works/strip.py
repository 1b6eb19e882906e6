"""The family of a work on its own page: how many there are, and a drawing in small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from classprojects.web.works.drawing import columns_of
from classprojects.web.works.layout import lay_out
from classprojects.works.kinship import MOST_KIN, find_family
from classprojects.works.lineage import nearest_part
from classprojects.works.models import Work
from classprojects.works.queries import Viewer
from classprojects.works.tree import Lineage

#: how many works the drawing shows at most
MOST_DOTS = 24
STEP_X, STEP_Y, RADIUS = 26, 14, 6


@dataclass(frozen=True)
class Dot:
    """A work; ``kind``: is-here, is-quiet (not shown to the reader), or nothing."""

    x: int
    y: int
    kind: str


@dataclass(frozen=True)
class SmallDrawing:
    """What ``family_in_small`` takes."""

    width: int
    height: int
    dots: Sequence[Dot]
    lines: Sequence[str]


@dataclass(frozen=True)
class FamilyStrip:
    """``words``: what the family comes to; ``url``: where it is drawn whole."""

    words: str
    url: str
    drawing: SmallDrawing


def family_strip(work: Work, viewer: Viewer) -> FamilyStrip | None:
    """What a work's page says of its family, in one query; None where it stands alone.

    Counts are of works that the reader may see: what is hidden has a dot and no number (P4).
    """
    family = find_family(work, viewer)
    if family is None or family.works_count < 2:
        return None
    return FamilyStrip(_words(family), f"{work.url}/lineage?view=family", draw_small(nearest_part(family, MOST_DOTS)))


def _words(family: Lineage) -> str:
    if family.is_cut:
        return _("Part of a family of more than %(num)d works", num=MOST_KIN)
    works = ngettext("Part of a family of %(num)d work", "Part of a family of %(num)d works", family.works_count)
    return _("%(works)s by %(people)s", works=works, people=ngettext("%(num)d person", "%(num)d people", family.makers_count))


def draw_small(family: Lineage) -> SmallDrawing:
    """The family as dots and lines, roots at the left."""
    columns = columns_of(family)
    leftmost = min(columns.values())
    columns = {id: column - leftmost for id, column in columns.items()}
    layout = lay_out(columns, [(edge.parent, edge.child) for edge in family.edges], dict.fromkeys(columns, 2.0), STEP_Y - 2)
    margin = RADIUS + 2
    at = {id: (margin + columns[id] * STEP_X, margin + round(layout.y[id])) for id in columns}
    dots = [
        Dot(*at[node.id], "is-here" if node.id == family.work_id else "" if node.is_seen else "is-quiet") for node in family.nodes
    ]
    lines = []
    for edge in family.edges:
        bends = [(margin + column * STEP_X, margin + round(y)) for column, y in layout.bends.get((edge.parent, edge.child), ())]
        lines.append(_curve([at[edge.parent], *bends, at[edge.child]]))
    return SmallDrawing(max(x for x, _y in at.values()) + margin, max(y for _x, y in at.values()) + margin, dots, lines)


def _curve(points: Sequence[tuple[int, int]]) -> str:
    (x, y), *rest = points
    path = f"M{x} {y}"
    for to_x, to_y in rest:
        middle = (x + to_x) // 2
        path += f"C{middle} {y} {middle} {to_y} {to_x} {to_y}"
        x, y = to_x, to_y
    return path
