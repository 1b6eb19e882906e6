"""Forms of a class's board."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from classprojects.classes.actions.board import LONGEST_TITLE, TopicDraft
from classprojects.classes.models import ClassProject, Season
from classprojects.discussions.actions import LONGEST
from classprojects.web.shared.composer import lines_kept
from classprojects.web.shared.forms import Form, OnceForm, one_line


class TopicForm(OnceForm):
    """Begin a topic: what it is about, and the first thing to say."""

    title = StringField(
        _l("What is it about?"),
        [
            DataRequired(_l("Say in a few words what it is about.")),
            Length(max=LONGEST_TITLE, message=_l("At most %(max)d characters.")),
        ],
        filters=[one_line],
        description=_l("So that others see at once whether they can help."),
    )
    body = TextAreaField(
        _l("What do you want to say?"),
        filters=[lines_kept],
        validators=[
            InputRequired(_l("Write something first; a few words are enough.")),
            Length(max=LONGEST, message=_l("At most %(max)d characters.")),
        ],
        description=_l("*One star* leans, **two** shout, a line that begins with - is a list."),
    )
    assignment = SelectField(_l("About"), default="")
    season = SelectField(_l("Who reads it"), default="")
    is_announcement = BooleanField(
        _l("Announce it"), description=_l("Every learner whom it is for gets it by mail and among their notifications.")
    )

    def offer(self, project: ClassProject, seasons: list[Season], *, leads: bool) -> None:
        """Offer the assignments and cohorts of this class; only who leads it announces."""
        self.assignment.choices = [
            SelectChoice("", _("The class as a whole")),
            *(SelectChoice(str(one.number), one.title) for one in project.assignments),
        ]
        self.season.choices = [
            SelectChoice("", _("Everybody in the class")),
            *(SelectChoice(str(one.number), _("Only the cohort “%(title)s”", title=one.title)) for one in seasons),
        ]
        if not seasons:
            del self.season
        if not leads:
            del self.is_announcement

    def draft(self, project: ClassProject, seasons: list[Season]) -> TopicDraft:
        """What was typed."""
        chosen = self.season.data if "season" in self else ""
        return TopicDraft(
            title=self.title.data or "",
            body=self.body.data or "",
            assignment=next((one for one in project.assignments if str(one.number) == self.assignment.data), None),
            season=next((one for one in seasons if str(one.number) == chosen), None),
            is_announcement="is_announcement" in self and bool(self.is_announcement.data),
            once=self.once.data or None,
        )


class AnswerForm(OnceForm):
    """Say something in a topic."""

    body = TextAreaField(
        _l("Your answer"),
        filters=[lines_kept],
        validators=[InputRequired(_l("Write something first; a few words are enough."))],
    )


class DeleteTopicForm(Form):
    """Why somebody else's topic goes."""

    reason = TextAreaField(
        _l("Why"),
        [Length(max=1000, message=_l("At most %(max)d characters."))],
        description=_l("The person who began it reads this, by mail. Name the rule, and what would be welcome instead."),
    )
