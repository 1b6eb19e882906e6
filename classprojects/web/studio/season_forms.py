"""Forms of seasons: all times are those of the season's zone, as clocks there show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, ValidationError

from classprojects.classes.actions.seasons import DateDraft, EventDraft, SeasonDraft
from classprojects.classes.dates import to_local, to_moment, zone_of
from classprojects.classes.models import Assignment, ClassProject, Lesson, Season, SeasonEvent, SeasonEventKind
from classprojects.classes.queries.seasons import Learner, find_dated
from classprojects.core import clock
from classprojects.core.errors import DomainError
from classprojects.web.accounts.forms import ZONES
from classprojects.web.shared.forms import Form, one_line
from classprojects.web.studio.forms import at_most, version_named

MOST_PLACES = 100_000


class MomentField(DateTimeLocalField):
    """A day and a time on the clocks of some zone, without the zone."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(
            label, validators, format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **kwargs
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_l("Write day and time, such as 2026-09-01T18:00.")) from None

    def moment_in(self, zone: ZoneInfo) -> datetime | None:
        """What was typed, as a moment; a time that the zone's clocks skip is refused beside this field."""
        if self.data is None:
            return None
        try:
            return to_moment(self.data, zone)
        except DomainError as error:
            raise DomainError(error.message, field=self.short_name) from None


class DayField(DateField):
    """A day, with words of ours where it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_l("Write the day as year, month and day, such as 2026-09-01.")) from None


def zone_choices(*also: str) -> list[SelectChoice]:
    """All zones by name; those of the reader and the season first."""
    first = [zone for zone in dict.fromkeys(also) if zone in ZONES]
    return [SelectChoice(zone, zone.replace("_", " ")) for zone in [*first, *(zone for zone in ZONES if zone not in first)]]


class SeasonForm(Form):
    """What a season says, from when to when it runs, and how many may join."""

    title = StringField(
        _l("Title"),
        [DataRequired(_l("Give it a name, such as Autumn 2026.")), at_most(120)],
        filters=[one_line],
        description=_l("Learners tell seasons apart by it, such as Autumn 2026."),
    )
    time_zone = SelectField(
        _l("Time zone"),
        description=_l("In which all of these times are meant. Each learner reads them in their own."),
    )
    starts_at = MomentField(_l("Starts"), [InputRequired(_l("Say when it starts."))])
    ends_at = MomentField(_l("Ends"), [InputRequired(_l("Say when it ends."))])
    places = IntegerField(
        _l("Places"),
        [Optional(), NumberRange(1, MOST_PLACES, _l("Between 1 and 100000."))],
        description=_l("Leave it empty when everybody may join."),
    )
    note = TextAreaField(
        _l("A word to those who think about joining"),
        [at_most(1000)],
        description=_l("How often you meet, how much time it takes."),
    )
    version = HiddenField()

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return version_named(self.version.data)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that was chosen."""
        return ZoneInfo(self.time_zone.data)

    def suggest(self, person_zone: str, number: int) -> None:
        """Begin with something sensible: four weeks, from the Monday after next, in the evening."""
        self.time_zone.data = person_zone if person_zone in ZONES else "UTC"
        today = to_local(clock.now(), self.zone).date()
        monday = today + timedelta(days=14 - today.weekday())
        self.starts_at.data = datetime.combine(monday, time(18))
        self.ends_at.data = datetime.combine(monday + timedelta(days=27), time(20))
        self.title.data = str(_l("Season %(number)s", number=number))

    def fill(self, season: Season) -> None:
        """Show what the season says now."""
        zone = zone_of(season)
        self.title.data, self.note.data, self.places.data = season.title, season.note, season.places
        self.time_zone.data = season.time_zone
        self.starts_at.data, self.ends_at.data = to_local(season.starts_at, zone), to_local(season.ends_at, zone)
        self.version.data = str(season.version)

    def draft(self) -> SeasonDraft:
        """What was typed. Raises DomainError for a time that does not exist."""
        starts_at, ends_at = self.starts_at.moment_in(self.zone), self.ends_at.moment_in(self.zone)
        if starts_at is None or ends_at is None:
            raise DomainError(str(_l("Say when it starts, and when it ends.")))
        return SeasonDraft(
            title=self.title.data or "",
            starts_at=starts_at,
            ends_at=ends_at,
            time_zone=self.time_zone.data,
            note=(self.note.data or "").strip(),
            places=self.places.data,
        )


@dataclass(frozen=True)
class DateRow:
    """One line of the form of dates."""

    item: Lesson | Assignment
    opens: Any
    due: Any
    firm: Any

    @property
    def errors(self) -> bool:
        return bool(self.opens.errors or (self.due is not None and self.due.errors))


class SeasonDatesForm(SeasonForm):
    """A season with all of its dates. Made for one class by :func:`dates_form_for`."""

    items: Sequence[Lesson | Assignment] = ()

    @property
    def rows(self) -> list[DateRow]:
        """The lines of dates, in the order of the outline."""
        return [
            DateRow(
                item,
                *(self._fields.get(f"{name}_{item.kind}_{item.number}") for name in ("opens", "due", "firm")),
            )
            for item in self.items
        ]

    def fill_dates(self, season: Season) -> None:
        """Show the dates as they stand."""
        zone = zone_of(season)
        for row in self.rows:
            dates = find_dated(season, row.item)
            if dates is None:
                continue
            row.opens.data = to_local(dates.opens_at, zone) if dates.opens_at is not None else None
            if row.due is not None:
                row.due.data = to_local(dates.due_at, zone) if dates.due_at is not None else None
                row.firm.data = dates.is_firm

    def date_drafts(self) -> dict[tuple[str, int], DateDraft]:
        """What was typed, by kind and number. Raises DomainError for a time that does not exist."""
        return {
            (row.item.kind, row.item.number): DateDraft(
                opens_at=row.opens.moment_in(self.zone),
                due_at=row.due.moment_in(self.zone) if row.due is not None else None,
                is_firm=bool(row.firm.data) if row.firm is not None else False,
            )
            for row in self.rows
        }


def dates_form_for(project: ClassProject) -> SeasonDatesForm:
    """The form of a season with one line for each lesson and assignment of ``project``."""
    fields: dict[str, Any] = {"items": project.outline}
    for item in project.outline:
        named = f"{item.kind}_{item.number}"
        fields[f"opens_{named}"] = MomentField(_l("Opens"), [Optional()])
        if isinstance(item, Assignment):
            fields[f"due_{named}"] = MomentField(_l("Answer asked for until"), [Optional()])
            fields[f"firm_{named}"] = BooleanField(_l("Firm: nothing is taken after it"))
    form: SeasonDatesForm = type("DatesOfClassForm", (SeasonDatesForm,), fields)()
    return form


EVENT_WORDS = [
    (SeasonEventKind.KICK_OFF, _l("Kick-off")),
    (SeasonEventKind.MEETING, _l("Meeting")),
    (SeasonEventKind.WRAP_UP, _l("Wrap-up")),
]


class EventForm(Form):
    """A moment at which a cohort meets."""

    kind = SelectField(_l("What for"), choices=[SelectChoice(kind.value, words) for kind, words in EVENT_WORDS], default="meeting")
    title = StringField(_l("Title"), [DataRequired(_l("Give it a name.")), at_most(120)], filters=[one_line])
    starts_at = MomentField(_l("Starts"), [InputRequired(_l("Say when you meet."))])
    minutes = IntegerField(
        _l("Minutes"), [InputRequired(_l("Say how long it takes.")), NumberRange(5, 1440, _l("Between 5 and 1440."))], default=60
    )
    address = StringField(
        _l("Where on the web"),
        [at_most(500)],
        filters=[one_line],
        description=_l("An address that begins with https. Only this cohort and those who lead the class see it."),
    )
    note = TextAreaField(_l("What to bring, what you will do"), [at_most(1000)])
    version = HiddenField()

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return version_named(self.version.data)

    def validate_address(self, field: Any) -> None:
        if field.data and not (field.data.startswith(("https://", "http://")) and len(field.data) > 8 and " " not in field.data):
            raise ValidationError(_l("Write the whole address, beginning with https://."))

    def fill(self, event: SeasonEvent) -> None:
        """Show the event as it stands."""
        for name in ("title", "minutes", "address", "note"):
            self._fields[name].data = getattr(event, name)
        self.kind.data, self.version.data = event.kind.value, str(event.version)
        self.starts_at.data = to_local(event.starts_at, zone_of(event.season))

    def draft(self, season: Season) -> EventDraft:
        """What was typed, in the zone of ``season``. Raises DomainError for a time that does not exist."""
        starts_at = self.starts_at.moment_in(zone_of(season))
        if starts_at is None:
            raise DomainError(str(_l("Say when you meet.")), field="starts_at")
        return EventDraft(
            kind=SeasonEventKind(self.kind.data),
            title=self.title.data or "",
            starts_at=starts_at,
            minutes=self.minutes.data or 60,
            note=(self.note.data or "").strip(),
            address=self.address.data or "",
        )


class MoveForm(Form):
    """The new first day of a season."""

    starts_on = DayField(_l("New first day"), [InputRequired(_l("Say on which day it starts."))])
    version = HiddenField()

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return version_named(self.version.data)

    @property
    def day(self) -> date | None:
        """The day that was named."""
        return self.starts_on.data


class ExtensionForm(Form):
    """More time for one learner and one assignment."""

    assignment = SelectField(_l("Assignment"))
    due_at = MomentField(_l("Until"), [InputRequired(_l("Say until when."))])
    note = StringField(_l("A word to them"), [at_most(500)], filters=[one_line])

    def offer(self, learner: Learner) -> None:
        """Let it be one of the class's assignments."""
        self.assignment.choices = [SelectChoice(str(one.number), one.title) for one in learner.project.assignments]
