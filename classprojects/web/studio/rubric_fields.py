"""A rubric as a form holds it: criteria with their levels, rows that come, go and move by plain buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.utils import unset_value

from classprojects.classes.actions.rubrics import MOST_CRITERIA, MOST_LEVELS, Criterion, RubricLevel
from classprojects.web.shared.forms import clean_text, one_line

#: a row more than is allowed is read, so that it can be refused in words
READ_CRITERIA, READ_LEVELS = MOST_CRITERIA + 1, MOST_LEVELS + 1

Row = dict[str, Any]


def first_levels() -> list[Row]:
    """What a new criterion begins with."""
    return [{"label": words, "help": ""} for words in (_("Not yet"), _("Getting there"), _("There"))]


class RubricField(Field):
    """Rows of criteria; ``data`` is what ``Assignment.rubric`` holds."""

    data: list[Row]

    def process(self, formdata: MultiDict[str, str] | None, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Read the rows that were sent; else show those that are kept."""
        self.process_errors: list[str] = []
        if formdata is not None and self.name in formdata:
            self.data = _read(formdata, self.name)
        else:
            self.data = list(data) if isinstance(data, list) else []

    def criteria(self) -> tuple[Criterion, ...]:
        """The rows as criteria, without those that nobody wrote into."""
        offered = first_levels()
        return tuple(
            Criterion(
                row["title"],
                row["help"],
                tuple(RubricLevel(level["label"], level["help"]) for level in row["levels"] if level["label"] or level["help"]),
                row["id"],
            )
            for row in self.data
            if row["title"] or row["help"] or (row["levels"] != offered and any(level["label"] for level in row["levels"]))
        )

    def take_step(self, step: str) -> bool:
        """Do what a button of the rows says: ``criterion-add``, ``criterion-up-1``, ``level-drop-0-2``; False for another one."""
        kind, _dash, rest = step.partition("-")
        verb, *places = rest.split("-")
        act = _STEPS.get((kind, verb))
        numbers = [int(place) for place in places if place.isascii() and place.isdigit() and len(place) < 3]
        if act is None or len(numbers) != len(places):
            return False
        act(self.data, numbers)
        return True


def _read(formdata: MultiDict[str, str], name: str) -> list[Row]:
    rows: list[Row] = []
    for place in range(READ_CRITERIA):
        key = f"{name}-{place}"
        if f"{key}-title" not in formdata:
            continue
        levels = [
            {"label": _line(formdata, f"{key}-level-{at}-label"), "help": _line(formdata, f"{key}-level-{at}-help")}
            for at in range(READ_LEVELS)
            if f"{key}-level-{at}-label" in formdata
        ]
        rows.append(
            {
                "id": _line(formdata, f"{key}-id")[:40],
                "title": _line(formdata, f"{key}-title"),
                "help": str(clean_text(formdata.get(f"{key}-help", ""))).strip()[:2000],
                "levels": levels,
            }
        )
    return rows


def _line(formdata: MultiDict[str, str], key: str) -> str:
    return str(one_line(formdata.get(key, "")))[:2000]


def _add_criterion(rows: list[Row], _places: Sequence[int]) -> None:
    if len(rows) < MOST_CRITERIA:
        rows.append({"id": "", "title": "", "help": "", "levels": first_levels()})


def _drop(rows: list[Any], place: int) -> None:
    if place < len(rows):
        del rows[place]


def _move(rows: list[Row], place: int, to: int) -> None:
    if place < len(rows) and 0 <= to < len(rows):
        rows[place], rows[to] = rows[to], rows[place]


def _add_level(rows: list[Row], place: int) -> None:
    if place < len(rows) and len(rows[place]["levels"]) < MOST_LEVELS:
        rows[place]["levels"].append({"label": "", "help": ""})


def _drop_level(rows: list[Row], place: int, at: int) -> None:
    if place < len(rows):
        _drop(rows[place]["levels"], at)


def _with(count: int, act: Callable[..., None]) -> Callable[[list[Row], Sequence[int]], None]:
    """``act`` with ``count`` places; with another number of them nothing happens."""
    return lambda rows, places: act(rows, *places) if len(places) == count else None


_STEPS: dict[tuple[str, str], Callable[[list[Row], Sequence[int]], None]] = {
    ("criterion", "add"): _add_criterion,
    ("criterion", "drop"): _with(1, _drop),
    ("criterion", "up"): _with(1, lambda rows, place: _move(rows, place, place - 1)),
    ("criterion", "down"): _with(1, lambda rows, place: _move(rows, place, place + 1)),
    ("level", "add"): _with(1, _add_level),
    ("level", "drop"): _with(2, _drop_level),
}
