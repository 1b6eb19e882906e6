"""What others say about a work's sources: suggest one, decide about it, dispute an edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from classprojects.accounts.models import Person
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.policy import Permission, may
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.arguments import text_argument
from classprojects.web.shared.cards import Card, card_for, cards_for
from classprojects.web.shared.composer import EDGE_KINDS, lines_kept, work_id_in
from classprojects.web.shared.filters import absolute
from classprojects.web.shared.forms import Form, one_line
from classprojects.web.shared.guards import current_person, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, SUGGESTING, limiter, per_person
from classprojects.works import claims, queries, sources
from classprojects.works.bylines import Byline, maker_of
from classprojects.works.models import EdgeDispute, EdgeKind, RemixEdge, SourceSuggestion, Work
from classprojects.works.queries import Viewer, is_visible

bp = Blueprint("sources", __name__)

_AT_MOST = _l("Use at most %(max)d characters.")


class SuggestSourceForm(Form):
    """A source that was forgotten."""

    source = StringField(
        _l("The work it was also made from"),
        filters=[one_line],
        description=_l("Its number or its address here, such as 12 or /works/12."),
        validators=[InputRequired(_l("Say which work it is.")), Length(max=1000, message=_l("Say which work it is."))],
    )
    kind = SelectField(
        _l("How it was used"),
        choices=[SelectChoice(kind.value, words) for kind, words in EDGE_KINDS.items()],
        default=EdgeKind.BUILT_ON.value,
        invalid_choice_message=_l("Choose how it was used from the list."),
    )
    note = TextAreaField(
        _l("How do you know?"),
        filters=[lines_kept],
        description=_l("Where one can see or hear it. Everybody reads this."),
        validators=[Length(max=sources.LONGEST_NOTE, message=_AT_MOST)],
    )

    def refuse(self, error: DomainError) -> None:
        """What the works' rules say about ``sources`` is said beside the one source that is asked for here."""
        super().refuse(DomainError(error.message, field="source") if error.field == "sources" else error)


class DecideForm(Form):
    """The maker's answer."""

    decision = RadioField(
        _l("Was your work made from it?"),
        choices=[
            SelectChoice("accept", _l("Yes, name it as a source")),
            SelectChoice("decline", _l("No, it is not a source")),
        ],
        invalid_choice_message=_l("Choose yes or no."),
        validators=[InputRequired(_l("Choose yes or no."))],
    )
    answer = TextAreaField(
        _l("A word to who suggested it"),
        filters=[lines_kept],
        validators=[Length(max=sources.LONGEST_NOTE, message=_AT_MOST)],
    )


class DisputeForm(Form):
    """Why an edge is not true."""

    reason = TextAreaField(
        _l("Why is it not true?"),
        filters=[lines_kept],
        description=_l("Everybody who sees the work reads this, with your name."),
        validators=[
            InputRequired(_l("Say in a sentence or two why it is not true.")),
            Length(max=sources.LONGEST_REASON, message=_AT_MOST),
        ],
    )


class ReplyForm(Form):
    """What the other maker says to it."""

    reply = TextAreaField(
        _l("Your answer"),
        filters=[lines_kept],
        description=_l("You can answer once. Everybody who sees the work reads it, with your name."),
        validators=[
            InputRequired(_l("Write your answer first; a sentence is enough.")),
            Length(max=sources.LONGEST_REASON, message=_AT_MOST),
        ],
    )


# Suggesting


@bp.get("/works/<id:work_id>/suggestions/new")
@requires(Permission.SUGGEST_SOURCE, on=queries.get_work)
def show_suggest_source(work: Work) -> Any:
    """The form; with ``q`` in the address, works to choose from, with ``source`` the chosen one."""
    return _suggest_page(SuggestSourceForm(formdata=None, source=text_argument("source", 1000)), work)


@bp.post("/works/<id:work_id>/suggestions/new")
@requires(Permission.SUGGEST_SOURCE, on=queries.get_work)
@limiter.limit(SUGGESTING, key_func=per_person)
def suggest_source(work: Work) -> Any:
    """Ask the maker whether their work was made from this one too."""
    person, form = signed_in_person(), SuggestSourceForm()
    if form.validate_on_submit():
        number = work_id_in(form.source.data)
        with form.showing_refusals(), transaction():
            if number is None:
                raise sources.BadSuggestion(_("Give the number or the address of a work that is here."), field="source")
            kind = EdgeKind(form.kind.data)
            sources.suggest_source(person, work, number, viewer=viewer_for(person), kind=kind, note=form.note.data or "")
    if form.errors:
        return _suggest_page(form, work), 422
    flash(_("Sent. The maker decides, and you hear of it."), "success")
    return redirect(f"{work.url}#sources", 303)


def _suggest_page(form: SuggestSourceForm, work: Work) -> Any:
    viewer, q = viewer_for(current_person()), text_argument("q")
    found = [one for one in queries.search_works(q, viewer, size=9).items if one.id != work.id][:8] if q else []
    chosen = _chosen(form.source.data, viewer)
    return render_template(
        "works/suggest_source.html", form=form, work=work, q=q, found=cards_for(found, viewer), chosen=chosen
    )


def _chosen(line: str | None, viewer: Viewer) -> Card | None:
    """The work that the field names, where it is one that they may see."""
    number = work_id_in(line) if line else None
    works = queries.list_works_by_ids([number]) if number else []
    return card_for(works[0], viewer) if works and is_visible(works[0], viewer) else None


@bp.get("/suggestions/<id:suggestion_id>")
@requires(Permission.VIEW_SUGGESTION, on=claims.get_suggestion)
def show_suggestion(suggestion: SourceSuggestion) -> Any:
    """What was suggested, and what became of it; the maker answers here."""
    return _suggestion_page(suggestion, DecideForm(formdata=None))


@bp.post("/suggestions/<id:suggestion_id>/decision")
@requires(Permission.DECIDE_SUGGESTION, on=claims.get_suggestion)
@limiter.limit(POSTING, key_func=per_person)
def decide_suggestion(suggestion: SourceSuggestion) -> Any:
    """The maker says yes, which names the source for good, or no."""
    form = DecideForm()
    is_yes = form.decision.data == "accept"
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            if is_yes:
                sources.accept_suggestion(suggestion, viewer=viewer_for(signed_in_person()), answer=form.answer.data or "")
            else:
                sources.decline_suggestion(suggestion, form.answer.data or "")
    if form.errors:
        return _suggestion_page(claims.get_suggestion(suggestion.id), form), 422
    flash(_("The source is named now.") if is_yes else _("Answered. The source is not named."), "success")
    return redirect(f"{suggestion.child.url}#sources", 303)


def _suggestion_page(suggestion: SourceSuggestion, form: DecideForm) -> Any:
    viewer = viewer_for(current_person())
    return render_template(
        "works/show_suggestion.html",
        suggestion=suggestion,
        form=form,
        kind=EDGE_KINDS[suggestion.kind],
        child=_end(suggestion.child, viewer),
        parent=_end(suggestion.parent, viewer),
    )


@bp.post("/suggestions/<id:suggestion_id>/withdrawal")
@requires(Permission.WITHDRAW_SUGGESTION, on=claims.get_suggestion)
@limiter.limit(POSTING, key_func=per_person)
def withdraw_suggestion(suggestion: SourceSuggestion) -> Any:
    """Take a suggestion back before it is answered."""
    with transaction():
        sources.withdraw_suggestion(suggestion)
    flash(_("Taken back."), "success")
    return redirect(url_for("sources.show_suggestion", suggestion_id=suggestion.id), 303)


# Disputing


@bp.get("/works/<id:work_id>/sources/<id:parent_id>/dispute")
@requires(Permission.DISPUTE_EDGE, on=claims.get_edge)
def show_dispute_edge(edge: RemixEdge) -> Any:
    """What the two makers say about whether this edge is true."""
    return _dispute_page(edge, DisputeForm(formdata=None), ReplyForm(formdata=None))


@bp.post("/works/<id:work_id>/sources/<id:parent_id>/dispute")
@requires(Permission.DISPUTE_EDGE, on=claims.get_edge)
@limiter.limit(SUGGESTING, key_func=per_person)
def dispute_edge(edge: RemixEdge) -> Any:
    """Say that it is not true. The edge stays, and this beside it (P6)."""
    form = DisputeForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            sources.dispute_edge(signed_in_person(), edge, form.reason.data)
    if form.errors:
        return _dispute_page(edge, form, ReplyForm(formdata=None)), 422
    flash(_("Said. It stands beside the source now, and the other maker can answer."), "success")
    return redirect(sources.path_of_edge(edge), 303)


def _dispute_page(edge: RemixEdge, form: DisputeForm, reply_form: ReplyForm) -> Any:
    person = signed_in_person()
    viewer = viewer_for(person)
    disputes = [one for one in claims.list_disputes_of(edge.id) if one.withdrawn_at is None]
    is_one_maker = edge.child.maker_id == edge.parent.maker_id
    return render_template(
        "works/dispute_edge.html",
        edge=edge,
        kind=EDGE_KINDS[edge.kind],
        child=_end(edge.child, viewer),
        parent=_end(edge.parent, viewer),
        disputes=disputes,
        names={one.id: _disputer(one, edge, viewer).name for one in disputes},
        form=form if not is_one_maker and all(one.person_id != person.id for one in disputes) else None,
        reply_form=reply_form,
        person=person,
    )


def _disputer(one: EdgeDispute, edge: RemixEdge, viewer: Viewer) -> Byline:
    return maker_of(edge.child if one.person_id == edge.child.maker_id else edge.parent, viewer)


@bp.post("/disputes/<id:dispute_id>/reply")
@requires(Permission.REPLY_TO_DISPUTE, on=claims.get_dispute)
@limiter.limit(POSTING, key_func=per_person)
def reply_to_dispute(dispute: EdgeDispute) -> Any:
    """The other maker answers, once."""
    form = ReplyForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            sources.reply_to_dispute(signed_in_person(), dispute, form.reply.data)
    if form.errors:
        return _dispute_page(dispute.edge, DisputeForm(formdata=None), form), 422
    flash(_("Your answer stands beside it now."), "success")
    return redirect(sources.path_of_edge(dispute.edge), 303)


@bp.post("/disputes/<id:dispute_id>/withdrawal")
@requires(Permission.WITHDRAW_DISPUTE, on=claims.get_dispute)
@limiter.limit(POSTING, key_func=per_person)
def withdraw_dispute(dispute: EdgeDispute) -> Any:
    """Take it back: it is shown no longer."""
    with transaction():
        sources.withdraw_dispute(dispute)
    flash(_("Taken back. It is no longer shown."), "success")
    return redirect(dispute.edge.child.url if may(current_person(), Permission.VIEW_WORK, dispute.edge.child) else "/", 303)


# On the pages of the two works


@dataclass(frozen=True)
class End:
    """One of the two works as far as the reader may see it; nameless where it is hidden or gone (P4)."""

    title: str | None
    url: str | None
    maker_name: str | None
    is_gone: bool

    @property
    def words(self) -> str:
        """What to call it."""
        return self.title or (_("a work that is gone") if self.is_gone else _("a work that is not shown"))


def _end(work: Work, viewer: Viewer) -> End:
    seen = is_visible(work, viewer) and work.current_version is not None
    return End(
        title=work.current_version.title if seen and work.current_version else None,
        url=work.url if seen else None,
        maker_name=maker_of(work, viewer).name if seen else None,
        is_gone=work.is_erased,
    )


@dataclass(frozen=True)
class ShownSuggestion:
    """A source that waits for the maker's answer, as the work's page shows it."""

    id: int
    by: str
    by_url: str | None
    kind: str
    parent: End
    note: str
    can_decide: bool
    can_withdraw: bool


@dataclass(frozen=True)
class ShownDispute:
    """What is said against an edge, on the pages of both works."""

    id: int
    by: str
    by_url: str | None
    kind: str
    child: End
    parent: End
    reason: str
    reply: str
    reply_by: str
    #: where the two makers go on; None for everybody else
    url: str | None
    can_reply: bool


def shown_claims(work: Work, person: Person | None) -> dict[str, Any]:
    """What ``works/_claims.html`` takes: suggestions that wait, disputes, and what this reader can do about them.

    A line that would name a work which they may not see is left out (P4), unless they
    are one of those whom it concerns.
    """
    viewer = viewer_for(person)
    suggested, disputed = claims.find_claims(work.id)
    is_maker = person is not None and work.maker_id == person.id
    said = {one.edge_id for one in disputed if one.person_id == viewer.person_id}
    return {
        "suggestions": [
            _shown_suggestion(one, viewer, is_maker=is_maker)
            for one in suggested
            if is_maker or one.suggested_by_id == viewer.person_id or is_visible(one.parent, viewer)
        ],
        "disputes": [_shown_dispute(one, viewer) for one in disputed if _is_shown(one, viewer)],
        "disputable": [
            {"title": _end(edge.parent, viewer).words, "url": sources.path_of_edge(edge)}
            for edge in work.sources
            if person is not None
            and work.published_at is not None
            and edge.id not in said
            and edge.parent.maker_id != work.maker_id
            and person.id in {edge.parent.maker_id, work.maker_id}
        ],
        "can_suggest": may(person, Permission.SUGGEST_SOURCE, work),
    }


def _shown_suggestion(one: SourceSuggestion, viewer: Viewer, *, is_maker: bool) -> ShownSuggestion:
    return ShownSuggestion(
        id=one.id,
        by=one.suggested_by.name,
        by_url=one.suggested_by.url,
        kind=str(EDGE_KINDS[one.kind]),
        parent=_end(one.parent, viewer),
        note=one.note,
        can_decide=is_maker,
        can_withdraw=one.suggested_by_id == viewer.person_id,
    )


def _is_shown(dispute: EdgeDispute, viewer: Viewer) -> bool:
    ends = (dispute.edge.child, dispute.edge.parent)
    if viewer.person_id in {end.maker_id for end in ends}:
        return True
    return all(is_visible(end, viewer) or queries.is_tombstone_for(end, viewer) for end in ends)


def _shown_dispute(one: EdgeDispute, viewer: Viewer) -> ShownDispute:
    edge = one.edge
    is_by_child = one.person_id == edge.child.maker_id
    ends = (edge.child, edge.parent) if is_by_child else (edge.parent, edge.child)
    by, other = (maker_of(end, viewer) for end in ends)
    other_id = ends[1].maker_id
    return ShownDispute(
        id=one.id,
        by=by.name,
        by_url=by.url,
        kind=str(EDGE_KINDS[edge.kind]),
        child=_end(edge.child, viewer),
        parent=_end(edge.parent, viewer),
        reason=one.reason,
        reply=one.reply if one.replied_at is not None else "",
        reply_by=other.name,
        url=sources.path_of_edge(edge) if viewer.person_id in {one.person_id, other_id} else None,
        can_reply=viewer.person_id == other_id and one.replied_at is None,
    )


# For one's own export


def suggestions_of(person: Person) -> list[dict[str, Any]]:
    """Every source that somebody suggested (P20)."""
    return [
        {
            "work": absolute(f"/works/{one.child_id}"),
            "source": absolute(f"/works/{one.parent_id}"),
            "kind": one.kind.value,
            "note": one.note,
            "state": one.state.value,
            "answer": one.answer,
            "at": one.created_at,
        }
        for one in claims.list_suggestions_by(person.id)
    ]


def disputes_of(person: Person) -> list[dict[str, Any]]:
    """Every edge that somebody disputed (P20)."""
    return [
        {
            "work": absolute(f"/works/{one.edge.child_id}"),
            "source": absolute(f"/works/{one.edge.parent_id}"),
            "reason": one.reason,
            "reply": one.reply,
            "at": one.created_at,
            "withdrawn_at": one.withdrawn_at,
        }
        for one in claims.list_disputes_by(person.id)
    ]


