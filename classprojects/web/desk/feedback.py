"""The staff's desk: feedback that somebody reported."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import Length

from classprojects.accounts.models import Person
from classprojects.classes.actions import talk
from classprojects.classes.models import FeedbackReport, Submission
from classprojects.classes.naming import speaker_of
from classprojects.classes.queries import feedback as queries
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.forms import Form
from classprojects.web.shared.guards import requires, signed_in_person

bp = Blueprint("desk_feedback", __name__)


class DecideReportForm(Form):
    """What is decided about a report, and why."""

    answer = TextAreaField(
        _l("Why"),
        [Length(max=talk.LONGEST_REASON, message=_l("At most %(max)d characters."))],
        description=_l("Name the rule and the reason. Whoever reported it reads that by mail; whoever said it too, unless it stays."),
    )


@bp.get("/desk/feedback")
@requires(Permission.USE_DESK)
def list_reports() -> Any:
    """Reports that wait, the oldest first; then what was decided."""
    return _desk_page()


def _desk_page(report: FeedbackReport | None = None, form: DecideReportForm | None = None) -> str:
    decided = queries.list_decided_reports(request.args.get("after"))
    return render_template(
        "desk/list_reports.html",
        waiting=queries.list_open_reports(),
        decided=decided.items,
        next_url=url_for("desk_feedback.list_reports", after=decided.next_cursor) if decided.next_cursor else None,
        tried=report.id if report is not None else None,
        form=form,
        person=signed_in_person(),
        named=_named,
    )


def _named(who: Person, submission: Submission, by_instructor: bool = False) -> str:
    """Somebody around an answer, as staff are told: where names are hidden, it is decided without them."""
    return speaker_of(who, submission, viewer_for(signed_in_person()), by_instructor=by_instructor).name


@bp.post("/desk/feedback/<id:report_id>")
@requires(Permission.DECIDE_FEEDBACK_REPORT, on=queries.get_report)
def decide_report(report: FeedbackReport) -> Any:
    """Take the feedback away (``decision`` = hide), let it stay (stay), or show it again (show)."""
    form, report_id, decision = DecideReportForm(), report.id, request.form.get("decision", "")
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            if decision == "show":
                talk.show_again(report, signed_in_person(), form.answer.data or "")
            elif decision in {"hide", "stay"}:
                is_upheld = decision == "hide"
                talk.decide_report(report, signed_in_person(), is_upheld=is_upheld, answer=form.answer.data or "")
            else:
                raise DomainError(_("Choose what becomes of it: take it away, or let it stay."))
    if form.errors:
        return _desk_page(queries.get_report(report_id), form), 422
    told = {
        "hide": _("Taken away. Whoever said it and everybody who reported it are told."),
        "stay": _("It stays. Whoever reported it is told."),
        "show": _("Shown again. Whoever said it and everybody who reported it are told."),
    }
    flash(told[decision], "success")
    return redirect(url_for("desk_feedback.list_reports"), 303)
