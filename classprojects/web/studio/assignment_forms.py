"""The form of an assignment."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from classprojects.classes.actions import AssignmentDraft
from classprojects.classes.models import Assignment, ClassProject
from classprojects.core.database import MAX_ID
from classprojects.web.shared.composer import work_id_in
from classprojects.web.shared.forms import Form, one_line
from classprojects.web.studio.forms import LONGEST_TEXT, at_most, version_named
from classprojects.web.studio.rubric_fields import RubricField
from classprojects.works.models import Medium

MEDIA_WORDS = [
    (Medium.TEXT, _l("Texts")),
    (Medium.IMAGE, _l("Pictures")),
    (Medium.AUDIO, _l("Sounds")),
    (Medium.VIDEO, _l("Films")),
]


class AssignmentForm(Form):
    """An assignment: what to make, of what, and from what."""

    title = StringField(_l("Title"), [DataRequired(_l("Give the assignment a title.")), at_most(120)], filters=[one_line])
    brief = TextAreaField(
        _l("Brief"),
        [at_most(LONGEST_TEXT)],
        description=_l("What to make, how small it may be, and what to look for. *One star* leans, **two** shout."),
    )
    media_allowed = SelectMultipleField(
        _l("What people may hand in"),
        choices=[SelectChoice(medium.value, words) for medium, words in MEDIA_WORDS],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=True,
    )
    minutes = IntegerField(
        _l("Minutes it takes"), [Optional(), NumberRange(0, 6000, _l("Between 0 and 6000."))], description=_l("Honest, for a beginner.")
    )
    from_number = SelectField(
        _l("Build on a classmate's work from"),
        default="",
        description=_l("Learners then choose a classmate's answer to that assignment, and theirs grows out of it."),
    )
    feedback_count = IntegerField(
        _l("Classmates to answer"),
        [Optional(), NumberRange(0, 10, _l("Between 0 and 10."))],
        default=0,
        description=_l("How many classmates' works each learner says something about."),
    )
    is_required = BooleanField(_l("Needed to finish the class"), default=True)
    is_closed = BooleanField(_l("Closed: takes no new answers"))
    starters = TextAreaField(
        _l("Works to start from"),
        [at_most(4000)],
        description=_l("Numbers or addresses of works in the open area, one a line."),
    )
    #: words to look for among the works of the open area
    find_starter = StringField(_l("Find a work in the open area"), filters=[one_line, lambda words: (words or "")[:200]])
    rubric = RubricField(_l("Rubric"))
    is_anonymous = BooleanField(
        _l("Without names"),
        description=_l(
            "Classmates do not learn whose answer it is until you show the names. It can be changed until the first "
            "answer is there."
        ),
    )
    note = StringField(
        _l("What did you change?"),
        [at_most(300)],
        filters=[one_line],
        description=_l("People are in this class. A few words are enough; they read them beside the assignment."),
    )
    version = HiddenField()
    #: whether names are shown, once answers have settled it
    settled_names: bool | None = None

    def offer_sources(self, project: ClassProject, assignment: Assignment | None) -> None:
        """Let the remix rule name the assignments that come before this one."""
        before = [
            one for one in project.assignments if assignment is None or (one.id != assignment.id and one.position < assignment.position)
        ]
        self.from_number.choices = [
            SelectChoice("", _("Nothing: begin afresh")),
            *(SelectChoice(str(one.number), one.title) for one in before),
        ]

    def validate_media_allowed(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_l("Choose at least one kind of work that may answer this."))

    def validate_starters(self, field: Any) -> None:
        for line in self._starter_lines():
            if work_id_in(line) in (None, MAX_ID):
                raise ValidationError(_("“%(line)s” is not a work here.", line=line[:80]))
        if len(self._starter_lines()) > 12:
            raise ValidationError(_l("At most 12 works to start from."))

    def _starter_lines(self) -> list[str]:
        return [line.strip() for line in (self.starters.data or "").split("\n") if line.strip()]

    @property
    def base(self) -> int:
        """The version that this form was opened on."""
        return version_named(self.version.data)

    def fill(self, project: ClassProject, assignment: Assignment, starter_ids: list[int]) -> None:
        """Show what the assignment says now."""
        for name in ("title", "brief", "media_allowed", "feedback_count", "is_required", "is_closed"):
            self._fields[name].data = getattr(assignment, name)
        self.minutes.data = assignment.minutes or None
        source = next((one for one in project.assignments if one.id == assignment.from_assignment_id), None)
        self.from_number.data = str(source.number) if source else ""
        self.starters.data = "\n".join(str(number) for number in starter_ids)
        self.rubric.data = [dict(criterion) for criterion in assignment.rubric]
        self.is_anonymous.data = assignment.is_anonymous
        self.version.data = str(assignment.version)

    def draft(self) -> AssignmentDraft:
        """What was typed."""
        return AssignmentDraft(
            title=self.title.data or "",
            brief=self.brief.data or "",
            media_allowed=tuple(Medium(value) for value in self.media_allowed.data or ()),
            minutes=self.minutes.data or 0,
            from_number=int(self.from_number.data) if self.from_number.data else None,
            feedback_count=self.feedback_count.data or 0,
            is_required=bool(self.is_required.data),
            is_closed=bool(self.is_closed.data),
            starter_ids=tuple(number for line in self._starter_lines() if (number := work_id_in(line)) is not None),
            rubric=self.rubric.criteria(),
            is_anonymous=bool(self.is_anonymous.data) if self.settled_names is None else self.settled_names,
            note=self.note.data or "",
        )

    def take_step(self, step: str) -> None:
        """A button that saves nothing: rows of the rubric, and works to start from. What was typed stays."""
        verb, _dash, number = step.partition("-")
        lines = self._starter_lines()
        if verb == "use" and number not in lines and work_id_in(number) is not None:
            lines.append(number)
        elif verb == "drop":
            lines = [line for line in lines if str(work_id_in(line)) != number]
        elif verb != "find":
            self.rubric.take_step(step)
            return
        self.starters.data = "\n".join(lines[:40])

    @property
    def starter_ids(self) -> list[int]:
        """The works that the lines name."""
        return [number for line in self._starter_lines() if (number := work_id_in(line)) is not None]
