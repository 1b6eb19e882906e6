"""A class's board: topics about the class, an assignment, or among a cohort; announcements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions import board as actions
from classprojects.classes.models import Assignment, ClassProject, Topic
from classprojects.classes.queries import board
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.discussions import queries as discussions
from classprojects.discussions.models import Comment
from classprojects.policy import Permission, may
from classprojects.policy.facts_board import Answer, cohort_of
from classprojects.policy.facts_classes import leads_class
from classprojects.web.classes.board_forms import AnswerForm, DeleteTopicForm, TopicForm
from classprojects.web.classes.closed import closing_classes
from classprojects.web.shared.arguments import is_fragment_request, text_argument
from classprojects.web.shared.class_cards import assignment_url
from classprojects.web.shared.filters import ago
from classprojects.web.shared.guards import current_person, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person

bp = Blueprint("board", __name__)

closing_classes(bp)


@dataclass(frozen=True)
class TopicRow:
    """A topic as lists show it."""

    topic: Topic
    url: str
    title: str
    about: str | None
    cohort: str | None


def topic_row(topic: Topic, project: ClassProject) -> TopicRow:
    """One line of the board; ``topic`` with author, season and assignment."""
    return TopicRow(
        topic,
        f"{project.url}/topics/{topic.id}",
        topic_title(topic),
        topic.assignment.title if topic.assignment is not None else None,
        topic.season.title if topic.season is not None else None,
    )


def topic_title(topic: Topic) -> str:
    """What a topic is called; one whose author left has lost its words."""
    return topic.title or _("Begun by somebody who left")


@bp.app_template_global("newest_topics")
def newest_topics(project: ClassProject, assignment: Assignment | None = None) -> list[TopicRow]:
    """What ``classes/_newest_topics.html`` shows in the class room and beside an assignment: one query."""
    person = current_person()
    if not may(person, Permission.VIEW_BOARD, project):
        return []
    leads = bool(leads_class(person, project))
    topics = board.list_newest_topics(project, cohort_of(person, project), leads=leads, assignment=assignment)
    return [topic_row(topic, project) for topic in topics]


@bp.get("/classes/<slug>/topics")
@requires(Permission.VIEW_BOARD, on=queries.get_class)
def list_topics(project: ClassProject) -> Any:
    """The board: pinned topics, then what was talked about last; narrowed down by assignment, cohort and words."""
    person, after, q = signed_in_person(), request.args.get("after"), text_argument("q")
    leads, cohort = bool(leads_class(person, project)), cohort_of(person, project)
    seasons = board.list_board_seasons(project, cohort, leads=leads)
    assignment = _numbered(project.assignments, request.args.get("assignment", ""))
    season = _numbered(seasons, request.args.get("season", ""))
    narrowed: dict[str, Any] = {
        "leads": leads, "assignment": assignment, "season_id": season.id if season else None, "q": q,
    }  # fmt: skip
    page = board.list_topics(project, cohort, after=after, **narrowed)
    pinned = board.list_pinned(project, cohort, **narrowed) if not after else []
    chosen = {
        "assignment": str(assignment.number) if assignment else "",
        "season": str(season.number) if season else "",
        "q": q,
    }
    next_url = None
    if page.next_cursor:
        parts: dict[str, Any] = {name: value for name, value in chosen.items() if value}
        next_url = url_for("board.list_topics", slug=project.slug, after=page.next_cursor, **parts)
    rows = [topic_row(topic, project) for topic in [*pinned, *page.items]]
    if is_fragment_request() and after:
        return render_template("classes/_topic_items.html", rows=rows, next_url=next_url)
    return render_template(
        "classes/list_topics.html",
        project=project,
        rows=rows,
        next_url=next_url,
        seasons=seasons,
        leads=leads,
        chosen=chosen,
        is_narrowed=any(chosen.values()),
    )


def _numbered(items: Any, text: str) -> Any:
    """The assignment or season whose number stands in the address; None for anything else."""
    return next((one for one in items if str(one.number) == text), None)


@bp.get("/classes/<slug>/topics/new")
@requires(Permission.OPEN_TOPIC, on=queries.get_class)
def new_topic(project: ClassProject) -> Any:
    """Begin a topic."""
    form = TopicForm(formdata=None)
    seasons = _offer(form, project)
    form.assignment.data = _among(form.assignment, request.args.get("assignment", ""))
    if seasons:
        form.season.data = _among(form.season, request.args.get("season", ""))
    return render_template("classes/new_topic.html", form=form, project=project)


def _offer(form: TopicForm, project: ClassProject) -> list[Any]:
    person = signed_in_person()
    leads = bool(may(person, Permission.ANNOUNCE, project))
    seasons = board.list_board_seasons(project, cohort_of(person, project), leads=leads)
    form.offer(project, seasons, leads=leads)
    return seasons


def _among(field: Any, value: str) -> str:
    return value if value in {choice.value for choice in field.choices} else ""


@bp.post("/classes/<slug>/topics/new")
@requires(Permission.OPEN_TOPIC, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def open_topic(project: ClassProject) -> Any:
    """Begin a topic; an announcement goes out by mail."""
    form = TopicForm()
    seasons = _offer(form, project)
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            topic = actions.open_topic(project, signed_in_person(), form.draft(project, seasons))
    if form.errors or form.form_errors:
        return render_template("classes/new_topic.html", form=form, project=project), 422
    if topic.is_announcement:
        flash(_("Announced. Everybody whom it is for gets it by mail in the next minutes."), "success")
    return redirect(url_for("board.show_topic", slug=project.slug, topic_id=topic.id), 303)


@bp.get("/classes/<slug>/topics/<id:topic_id>")
@requires(Permission.VIEW_TOPIC, on=board.get_topic)
def show_topic(topic: Topic) -> Any:
    """What was said, the oldest first."""
    if is_fragment_request() and request.args.get("after"):
        return render_template("works/_comments.html", **_talk(topic))
    return _topic_page(topic, AnswerForm(formdata=None))


def _talk(topic: Topic) -> dict[str, Any]:
    """One page of a topic's comments, as ``works/_comments.html`` takes it."""
    person, after = signed_in_person(), request.args.get("after")
    page = discussions.list_comments(topic.thread_id, after)
    first_id = page.items[0].id if page.items and not after else 0
    leaders = {one.person_id for one in topic.project.instructors}
    here = url_for("board.show_topic", slug=topic.project.slug, topic_id=topic.id)
    return {
        "comments": [
            _shown(topic, comment, person, is_first=comment.id == first_id, is_leader=comment.author_id in leaders)
            for comment in page.items
        ],
        "next_url": f"{here}?after={page.next_cursor}" if page.next_cursor else None,
        "earlier_url": here if after else None,
    }


def _shown(topic: Topic, comment: Comment, person: Person, *, is_first: bool, is_leader: bool) -> dict[str, Any]:
    """A comment as ``components/comment.html`` takes it. The first one goes with its topic."""
    is_own = comment.author_id == person.id and comment.erased_at is None and not is_first
    return {
        "id": comment.id,
        "author_name": comment.author.name,
        "author_url": comment.author.url,
        "author_picture_url": comment.author.picture_url,
        "author_role": _("instructor") if is_leader else None,
        "when": ago(comment.created_at),
        "html": Markup(comment.body_html),  # noqa: S704 - rendered and cleaned when it was saved
        "is_removed": comment.erased_at is not None,
        "delete_url": url_for(
            "board.show_take_back_answer", slug=topic.project.slug, topic_id=topic.id, comment_id=comment.id
        )
        if is_own
        else None,
    }


def _topic_page(topic: Topic, form: AnswerForm, refusal: str | None = None) -> str:
    person, project = signed_in_person(), topic.project
    follow = board.find_follow(topic, person)
    return render_template(
        "classes/show_topic.html",
        **_talk(topic),
        topic=topic,
        title=topic_title(topic),
        project=project,
        form=form,
        refusal=refusal,
        about_url=assignment_url(project, topic.assignment) if topic.assignment is not None else None,
        follows=follow is not None and follow.muted_at is None,
        may_answer=bool(may(person, Permission.ANSWER_TOPIC, topic)),
        may_tend=bool(may(person, Permission.TEND_TOPIC, topic)),
        may_delete=bool(may(person, Permission.DELETE_TOPIC, topic)),
    )


@bp.post("/classes/<slug>/topics/<id:topic_id>/comments")
@requires(Permission.ANSWER_TOPIC, on=board.get_topic)
@limiter.limit(POSTING, key_func=per_person)
def answer_topic(topic: Topic) -> Any:
    """Say something."""
    person, form = signed_in_person(), AnswerForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            leads = bool(leads_class(person, topic))
            said = actions.answer_topic(topic, person, form.body.data or "", form.once.data or None, leads=leads)
    if form.errors or form.form_errors:
        return _topic_page(topic, form), 422
    return redirect(actions.place_of(topic, said.id), 303)


@bp.post("/classes/<slug>/topics/<id:topic_id>/follow")
@requires(Permission.VIEW_TOPIC, on=board.get_topic)
def follow_topic(topic: Topic) -> Any:
    """Hear of what is said in it."""
    return _do(topic, lambda: actions.follow_topic(topic, signed_in_person()))


@bp.post("/classes/<slug>/topics/<id:topic_id>/follow/delete")
@requires(Permission.VIEW_TOPIC, on=board.get_topic)
def mute_topic(topic: Topic) -> Any:
    """Hear no more of it."""
    return _do(topic, lambda: actions.mute_topic(topic, signed_in_person()))


@bp.post("/classes/<slug>/topics/<id:topic_id>/pin")
@requires(Permission.TEND_TOPIC, on=board.get_topic)
def pin_topic(topic: Topic) -> Any:
    """Keep it at the top."""
    return _do(topic, lambda: actions.pin_topic(topic))


@bp.post("/classes/<slug>/topics/<id:topic_id>/pin/delete")
@requires(Permission.TEND_TOPIC, on=board.get_topic)
def unpin_topic(topic: Topic) -> Any:
    """Let it sink again."""
    return _do(topic, lambda: actions.unpin_topic(topic))


@bp.post("/classes/<slug>/topics/<id:topic_id>/closing")
@requires(Permission.TEND_TOPIC, on=board.get_topic)
def close_topic(topic: Topic) -> Any:
    """Take no more answers."""
    return _do(topic, lambda: actions.close_topic(topic))


@bp.post("/classes/<slug>/topics/<id:topic_id>/closing/delete")
@requires(Permission.TEND_TOPIC, on=board.get_topic)
def reopen_topic(topic: Topic) -> Any:
    """Take answers again."""
    return _do(topic, lambda: actions.reopen_topic(topic))


def _do(topic: Topic, act: Callable[[], None]) -> Any:
    """Do it and show the topic, or say on it why it cannot be done."""
    try:
        with transaction():
            act()
    except DomainError as error:
        return _topic_page(topic, AnswerForm(formdata=None), error.message), 422
    return redirect(url_for("board.show_topic", slug=topic.project.slug, topic_id=topic.id), 303)


@bp.get("/classes/<slug>/topics/<id:topic_id>/delete")
@requires(Permission.DELETE_TOPIC, on=board.get_topic)
def show_delete_topic(topic: Topic) -> Any:
    """Ask before a topic goes."""
    return _delete_page(topic, DeleteTopicForm(formdata=None))


def _delete_page(topic: Topic, form: DeleteTopicForm) -> str:
    is_own = topic.author_id == signed_in_person().id
    return render_template("classes/delete_topic.html", topic=topic, title=topic_title(topic), form=form, is_own=is_own)


@bp.post("/classes/<slug>/topics/<id:topic_id>/delete")
@requires(Permission.DELETE_TOPIC, on=board.get_topic)
def delete_topic(topic: Topic) -> Any:
    """Take a topic away; of somebody else's with words."""
    form = DeleteTopicForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.delete_topic(topic, signed_in_person(), form.reason.data or "")
    if form.errors or form.form_errors:
        return _delete_page(topic, form), 422
    flash(_("The topic is gone."), "success")
    return redirect(url_for("board.list_topics", slug=topic.project.slug), 303)


def _get_answer(slug: str, topic_id: int, comment_id: int) -> Answer:
    topic = board.get_topic(slug, topic_id)
    return Answer(topic, board.get_answer(topic, comment_id))


@bp.get("/classes/<slug>/topics/<id:topic_id>/comments/<id:comment_id>/delete")
@requires(Permission.TAKE_BACK_ANSWER, on=_get_answer)
def show_take_back_answer(answer: Answer) -> Any:
    """Ask before a comment goes."""
    return render_template("classes/take_back_answer.html", topic=answer.topic, comment=answer.comment)


@bp.post("/classes/<slug>/topics/<id:topic_id>/comments/<id:comment_id>/delete")
@requires(Permission.TAKE_BACK_ANSWER, on=_get_answer)
def take_back_answer(answer: Answer) -> Any:
    """Take back what one said."""
    with transaction():
        actions.take_back_answer(answer.topic, answer.comment)
    return redirect(url_for("board.show_topic", slug=answer.topic.project.slug, topic_id=answer.topic.id), 303)
