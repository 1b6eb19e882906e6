"""Forms of the tools that cut: moments and numbers as people write them, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice

from classprojects.media import recipes
from classprojects.media.models import MediaFile
from classprojects.media.recipes import BadCut, Crop, Layer, Mix, Part, Recipe, Sound, Still, Track, Trim, clock_time
from classprojects.web.shared.forms import Form, one_line

#: 83, 83.5, 83,5, 1:23 or 1:02:03.5
_MOMENT = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,6})(?:[.,](\d{1,6}))?", re.ASCII)
_NUMBER = re.compile(r"([+-]?)(\d{1,6})(?:[.,](\d{1,6}))?", re.ASCII)
#: what players show of an end may be this much later than the end itself
SLACK_MS = 500

HOW_TO_WRITE = _l("Such as 12.5 or 1:07.")


def read_moment(text: str) -> int | None:
    """A moment as people write it, in milliseconds; None when it is none."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds, part = found.groups()
    thousandths = round(int((part or "0").ljust(6, "0")) / 1000)
    return (int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds)) * 1000 + thousandths


def read_number(text: str) -> float | None:
    """A number with or without sign and decimals, by point or comma; None when it is none."""
    found = _NUMBER.fullmatch(text.strip().replace("\u2212", "-"))
    if found is None:
        return None
    sign, whole, part = found.groups()
    return float(f"{sign}{whole}.{part or 0}")


class MomentField(StringField):
    """A moment of a sound or film; ``data`` in milliseconds. What was typed stays as it was typed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = read_moment(str(valuelist[0]))
            if self.data is None:
                raise ValueError(_("Write the moment like 12.5 or 1:07."))

    def _value(self) -> str:
        if self.raw_data:
            return str(one_line(str(self.raw_data[0])))[:20]
        return clock_time(self.data) if isinstance(self.data, int) else ""


class NumberField(StringField):
    """A number; ``data`` is a float. What was typed stays as it was typed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = read_number(str(valuelist[0]))
            if self.data is None:
                raise ValueError(_("Write a number, such as 12 or 1.5."))

    def _value(self) -> str:
        if self.raw_data:
            return str(one_line(str(self.raw_data[0])))[:20]
        return f"{self.data:g}" if isinstance(self.data, (int, float)) else ""


class ToolForm(Form):
    """What one tool asks for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        #: whether nobody has filled it in yet
        self.is_new = options.get("formdata", True) is None

    def prefill(self, file: MediaFile) -> None:
        """What it begins with."""

    def recipe(self, part: Part, file: MediaFile) -> Recipe:
        """What it means; raises BadCut."""
        raise NotImplementedError


def _moment(field: MomentField) -> int:
    if field.data is None:
        raise BadCut(_("Write the moment like 12.5 or 1:07."), field=field.name)
    return int(field.data)


def _number(field: NumberField) -> float:
    if field.data is None:
        raise BadCut(_("Write a number, such as 12 or 1.5."), field=field.name)
    return float(field.data)


def _whole(field: NumberField) -> int:
    return round(_number(field))


def _end(field: MomentField, file: MediaFile) -> int:
    """The end that was asked for; a little past the last moment is the last moment."""
    moment, last = _moment(field), file.duration_ms or 0
    return last if last < moment <= last + SLACK_MS else moment


class TrimForm(ToolForm):
    """From where to where."""

    start = MomentField(_l("From"), description=HOW_TO_WRITE)
    end = MomentField(_l("To"), description=HOW_TO_WRITE)

    def prefill(self, file: MediaFile) -> None:
        self.start.data, self.end.data = 0, file.duration_ms or 0

    def recipe(self, part: Part, file: MediaFile) -> Recipe:
        recipe = Trim(part, _moment(self.start), _end(self.end, file))
        if (recipe.from_ms, recipe.to_ms) == (0, file.duration_ms):
            raise BadCut(_("That is all of it. Choose where your part begins and where it ends."), field="start")
        return recipe


class SoundForm(TrimForm):
    """The sound of a film, or a part of it."""

    def recipe(self, part: Part, file: MediaFile) -> Recipe:
        return Sound(part, _moment(self.start), _end(self.end, file))


class StillForm(ToolForm):
    """Which moment."""

    at = MomentField(_l("At which moment"), description=HOW_TO_WRITE)

    def prefill(self, file: MediaFile) -> None:
        self.at.data = (file.duration_ms or 0) // 2 // 100 * 100

    def recipe(self, part: Part, file: MediaFile) -> Recipe:
        return Still(part, _end(self.at, file))


class CropForm(ToolForm):
    """Which rectangle, and how it is turned."""

    x = NumberField(_l("From the left"))
    y = NumberField(_l("From the top"))
    width = NumberField(_l("Width"))
    height = NumberField(_l("Height"))
    turn = SelectField(
        _l("Turn it"),
        choices=[
            SelectChoice("0", _l("Not at all")),
            SelectChoice("90", _l("A quarter to the right")),
            SelectChoice("180", _l("Upside down")),
            SelectChoice("270", _l("A quarter to the left")),
        ],
        default="0",
        invalid_choice_message=_l("Turn it by a quarter, a half or three quarters, or not at all."),
    )

    def prefill(self, file: MediaFile) -> None:
        width, height = file.width or 0, file.height or 0
        self.x.data, self.y.data = width // 10, height // 10
        self.width.data, self.height.data = width - 2 * (width // 10), height - 2 * (height // 10)

    def recipe(self, part: Part, file: MediaFile) -> Recipe:
        x, y, width, height = (_whole(field) for field in (self.x, self.y, self.width, self.height))
        return Crop(part, x, y, width, height, int(self.turn.data))


class LayerForm(ToolForm):
    """Which picture lies where, how wide and how clear."""

    find = StringField(
        _l("Find a picture"),
        description=_l("Its number, its address, or words from its title."),
        filters=[one_line],
    )
    over = StringField(filters=[one_line])
    x = NumberField(_l("From the left (%)"))
    y = NumberField(_l("From the top (%)"))
    width = NumberField(_l("Width (%)"))
    opacity = NumberField(_l("How solid (%)"))

    def prefill(self, file: MediaFile) -> None:
        self.x.data, self.y.data, self.width.data, self.opacity.data = 25, 25, 50, 100

    def arguments(self) -> dict[str, str]:
        """For an address that shows this form as it stands."""
        values = {field.name: str(field._value()) for field in (self.x, self.y, self.width, self.opacity)}
        return {name: value for name, value in ({"over": self.over.data or ""} | values).items() if value}

    def layer(self, part: Part, over: Part) -> Layer:
        """The recipe with the other picture in it."""
        x, y, width, opacity = (_number(field) for field in (self.x, self.y, self.width, self.opacity))
        return Layer(part, over, x, y, width, opacity)


class MixForm(ToolForm):
    """Up to eight sounds; their fields are numbered. Those without a work are not there."""

    find = StringField(
        _l("Find another sound"),
        description=_l("Its number, its address, or words from its title. A film brings its sound."),
        filters=[one_line],
    )

    @property
    def rows(self) -> Iterator[Row]:
        """The sounds that are in the mix, each with its number on the form."""
        for number in range(1, recipes.MOST_TRACKS + 1):
            row = self.row(number)
            if row.work_id:
                yield row

    def row(self, number: int) -> Row:
        """One sound's fields."""
        return Row(number, **{name: self[f"{name}_{number}"] for name in ROW_FIELDS})

    def add(self, work_id: int, file: MediaFile) -> None:
        """One sound more, from its first moment to its last, after the others; raises BadCut where there is no room."""
        rows = list(self.rows)
        if len(rows) >= recipes.MOST_TRACKS:
            raise BadCut(_("A mix is made of two to %(most)d sounds.", most=recipes.MOST_TRACKS), field="find")
        taken = {row.number for row in rows}
        row = self.row(next(n for n in range(1, recipes.MOST_TRACKS + 1) if n not in taken))
        values = (str(work_id), 0, file.duration_ms or 0, 0, 0.0, 0, 0)
        for name, value in zip(ROW_FIELDS, values, strict=True):
            field = getattr(row, name)
            field.raw_data, field.data = None, value

    def drop(self, number: int) -> None:
        """One sound less; those after it move up."""
        kept = [self.written(row.number) for row in self.rows if row.number != number]
        for place in range(1, recipes.MOST_TRACKS + 1):
            values = kept[place - 1] if place <= len(kept) else dict.fromkeys(ROW_FIELDS, "")
            for name in ROW_FIELDS:
                field = self[f"{name}_{place}"]
                field.raw_data = [values[name]] if values[name] else None
                field.data = values[name] if name == "work" else None

    def written(self, number: int) -> dict[str, str]:
        """One sound's fields as they stand in the form."""
        return {name: str(self[f"{name}_{number}"]._value()) for name in ROW_FIELDS}

    def arguments(self) -> dict[str, str]:
        """All sounds, for an address that shows this form as it stands."""
        return {
            f"{name}_{row.number}": value for row in self.rows for name, value in self.written(row.number).items() if value
        }

    def mix(self, parts: Mapping[int, Part], files: Mapping[int, MediaFile]) -> Mix:
        """The recipe, given part and file of each work by its id."""
        return Mix(tuple(row.track(parts[row.work_id], files[row.work_id]) for row in self.rows))


ROW_FIELDS = ("work", "start", "end", "offset", "gain", "fade_in", "fade_out")
_LABELS = {
    "start": _l("Take it from"),
    "end": _l("to"),
    "offset": _l("It begins in the mix at"),
    "gain": _l("Louder or quieter, in decibels"),
    "fade_in": _l("Comes in over"),
    "fade_out": _l("Goes out over"),
}
for _number_of_row in range(1, recipes.MOST_TRACKS + 1):
    setattr(MixForm, f"work_{_number_of_row}", StringField(filters=[one_line]))
    for _name, _label in _LABELS.items():
        _kind = NumberField if _name == "gain" else MomentField
        setattr(MixForm, f"{_name}_{_number_of_row}", _kind(_label))


@dataclass(frozen=True)
class Row:
    """The fields of one sound in the mix."""

    number: int
    work: StringField
    start: MomentField
    end: MomentField
    offset: MomentField
    gain: NumberField
    fade_in: MomentField
    fade_out: MomentField

    @property
    def work_id(self) -> int:
        """The work's number; 0 where the row is empty or holds something else."""
        typed = str(self.work.data or "")
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0

    @property
    def fields(self) -> Sequence[StringField]:
        """Everything that can be typed."""
        return [self.start, self.end, self.offset, self.gain, self.fade_in, self.fade_out]

    def track(self, part: Part, file: MediaFile) -> Track:
        """What the row means; raises BadCut."""
        return Track(
            part,
            _moment(self.start),
            _end(self.end, file),
            _moment(self.offset),
            _number(self.gain),
            _moment(self.fade_in),
            _moment(self.fade_out),
        )


def as_arguments(recipe: Recipe) -> dict[str, Any]:
    """What the tool's form holds for a recipe: to change one that was made."""
    match recipe:
        case Trim() | Sound():
            return {"start": clock_time(recipe.from_ms), "end": clock_time(recipe.to_ms)}
        case Still():
            return {"at": clock_time(recipe.at_ms)}
        case Crop():
            return {name: str(getattr(recipe, name)) for name in ("x", "y", "width", "height", "turn")}
        case Layer():
            values = {name: f"{getattr(recipe, name):g}" for name in ("x", "y", "width", "opacity")}
            return {"over": str(recipe.over.work), **values}
        case Mix():
            found: dict[str, str] = {}
            for number, track in enumerate(recipe.tracks, 1):
                typed = (
                    str(track.source.work),
                    *(clock_time(moment) for moment in (track.from_ms, track.to_ms, track.offset_ms)),
                    f"{track.gain_db:g}",
                    *(clock_time(moment) for moment in (track.fade_in_ms, track.fade_out_ms)),
                )
                found.update({f"{name}_{number}": value for name, value in zip(ROW_FIELDS, typed, strict=True)})
            return found
