"""The studio: build class projects, publish them, see who is where, answer what waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from classprojects.classes import actions, queries
from classprojects.classes.models import Assignment, ClassProject, Lesson
from classprojects.classes.progress import step_state
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError, NotFound
from classprojects.media import actions as media
from classprojects.media.models import MediaPurpose
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.shown import media_words, show_file, submission_words
from classprojects.web.shared.cards import card_for
from classprojects.web.shared.class_cards import class_card_for, state_words
from classprojects.web.shared.filters import day
from classprojects.web.shared.guards import accepts_upload, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.forms import AssignmentForm, ClassForm, LessonForm

bp = Blueprint("studio", __name__, url_prefix="/studio")

LESSON_KINDS = ("audio", "video")


@bp.get("")
@requires(Permission.USE_STUDIO)
def show_studio() -> Any:
    """The classes that one leads, and what waits for an answer."""
    person = signed_in_person()
    led = queries.list_led_classes(person)
    waiting = queries.count_waiting(project.id for project in led)
    first = queries.list_waiting((project.id for project in led), size=5)
    return render_template(
        "studio/show_studio.html",
        classes=[(class_card_for(project, in_studio=True), project, waiting.get(project.id, 0)) for project in led],
        waiting=first.items,
        waiting_count=sum(waiting.values()),
    )


@bp.get("/feedback")
@requires(Permission.USE_STUDIO)
def list_waiting() -> Any:
    """What waits for an answer: who has waited longest comes first."""
    person = signed_in_person()
    leads = queries.find_places(person).leads
    page = queries.list_waiting(leads, request.args.get("after"))
    viewer = viewer_for(person)
    return render_template(
        "studio/list_waiting.html",
        rows=[(one, replace(card_for(one.work, viewer), space_label=None), submission_words(one.state)) for one in page.items],
        next_url=url_for("studio.list_waiting", after=page.next_cursor) if page.next_cursor else None,
    )


# A class


@bp.get("/classes/new")
@requires(Permission.USE_STUDIO)
def new_class() -> Any:
    """Begin a class project."""
    return render_template("studio/new_class.html", form=ClassForm())


@bp.post("/classes/new")
@accepts_upload
@requires(Permission.USE_STUDIO)
@limiter.limit(POSTING, key_func=per_person)
def create_class() -> Any:
    """Make the draft of a class project."""
    person, form = signed_in_person(), ClassForm()
    is_whole = form.validate_on_submit()
    form.take_in(person, MediaPurpose.COVER, ["image"])
    if is_whole and not form.errors:
        with form.showing_refusals(), transaction():
            project = actions.create_class(person, form.draft(), form.line.data or "")
            _use_cover(form, project)
    if form.errors:
        return render_template("studio/new_class.html", form=form), 422
    return redirect(project.studio_url, 303)


def _use_cover(form: ClassForm, project: ClassProject) -> None:
    if form.kept is not None:
        media.attach_file(form.kept.id)
        project.cover_file_id = form.kept.id


@bp.get("/classes/<slug>")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def edit_class(project: ClassProject) -> Any:
    """The outline, the checklist, and the way to everything else of a class."""
    return _outline_page(project)


def _outline_page(project: ClassProject, refusal: str | None = None) -> str:
    checks = actions.checklist(project)
    deleted = queries.find_deleted_item(project, *_item_named(request.args.get("deleted", "")))
    return render_template(
        "studio/edit_class.html",
        project=project,
        deleted=deleted,
        outline=project.outline,
        answers=queries.count_answers(project),
        checks=checks,
        is_ready=all(check.is_done for check in checks if check.is_required),
        state=state_words(project.state),
        has_learners=project.learners_count > 0,
        cover=show_file(project.cover, project.cover_alt).picture,
        media_words=media_words,
        refusal=refusal,
    )


@bp.get("/classes/<slug>/details")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def edit_details(project: ClassProject) -> Any:
    """What the page of the class says."""
    form = ClassForm()
    form.fill(project, signed_in_person())
    return render_template("studio/edit_details.html", form=form, project=project, theirs=None)


@bp.post("/classes/<slug>/details")
@accepts_upload
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def save_details(project: ClassProject) -> Any:
    """Change what the page of the class says."""
    person, form, theirs = signed_in_person(), ClassForm(), None
    is_whole = form.validate_on_submit()
    form.take_in(person, MediaPurpose.COVER, ["image"])
    if is_whole and not form.errors:
        try:
            with form.showing_refusals(), transaction():
                actions.edit_class(project, form.draft(), form.base, form.kept)
                actions.edit_instructor_line(project, person, form.line.data or "")
                if form.kept is not None:
                    media.attach_file(form.kept.id)
        finally:
            # The class as it stands, whatever became of the change.
            project = queries.get_class_by_id(project.id)
        if form.errors and form.base != project.version:
            theirs, form.version.data = project, str(project.version)
    if form.errors:
        return render_template("studio/edit_details.html", form=form, project=project, theirs=theirs), 422
    flash(_("Saved."), "success")
    return redirect(project.studio_url, 303)


# Lessons


@bp.get("/classes/<slug>/lessons/new")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def new_lesson(project: ClassProject) -> Any:
    """Begin a lesson."""
    form = LessonForm(captions_language=project.language)
    form.is_preview.data = not any(lesson.is_preview for lesson in project.lessons)
    return _lesson_page(project, None, form)


def _lesson_page(project: ClassProject, lesson: Lesson | None, form: LessonForm, theirs: Lesson | None = None) -> str:
    return render_template(
        "studio/edit_lesson.html",
        project=project,
        lesson=lesson,
        form=form,
        theirs=theirs,
        shown=show_file(form.kept or (lesson.file if lesson else None)),
        has_file=form.kept is not None or (lesson is not None and lesson.file_id is not None),
    )


@bp.post("/classes/<slug>/lessons/new")
@accepts_upload
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def add_lesson(project: ClassProject) -> Any:
    """Put a lesson at the end of the outline."""
    person, form = signed_in_person(), LessonForm()
    is_whole = form.validate_on_submit()
    form.take_in(person, MediaPurpose.LESSON, LESSON_KINDS)
    if is_whole and not form.errors:
        with form.showing_refusals(), transaction():
            actions.add_lesson(project, form.draft(), person)
            _use_file(form)
    if form.errors:
        return _lesson_page(project, None, form), 422
    flash(_("Added at the end of the outline."), "success")
    return redirect(project.studio_url, 303)


def _use_file(form: LessonForm) -> None:
    if form.kept is not None:
        media.attach_file(form.kept.id)


@bp.get("/classes/<slug>/lessons/<int:number>")
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
def edit_lesson(lesson: Lesson) -> Any:
    """Change a lesson."""
    form = LessonForm()
    form.fill(lesson)
    return _lesson_page(lesson.project, lesson, form)


@bp.post("/classes/<slug>/lessons/<int:number>")
@accepts_upload
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
@limiter.limit(POSTING, key_func=per_person)
def save_lesson(lesson: Lesson) -> Any:
    """Save a lesson; a later editor is told and loses nothing."""
    project, person, form, theirs = lesson.project, signed_in_person(), LessonForm(), None
    slug, number = project.slug, lesson.number
    is_whole = form.validate_on_submit()
    form.take_in(person, MediaPurpose.LESSON, LESSON_KINDS)
    if is_whole and not form.errors:
        with form.showing_refusals(), transaction():
            actions.edit_lesson(project, lesson, form.draft(), form.base, person)
            _use_file(form)
        if form.errors:
            lesson = queries.get_lesson(slug, number)
            if lesson.version != form.base:
                theirs, form.version.data = lesson, str(lesson.version)
    if form.errors:
        return _lesson_page(lesson.project, lesson, form, theirs), 422
    flash(_("Saved."), "success")
    return redirect(project.studio_url, 303)


@bp.post("/classes/<slug>/lessons/<int:number>/delete")
@requires(Permission.EDIT_CLASS, on=queries.get_lesson)
def delete_lesson(lesson: Lesson) -> Any:
    """Take a lesson out, with a way back."""
    return _delete(lesson.project, lesson)


def _delete(project: ClassProject, item: Lesson | Assignment) -> Any:
    try:
        with transaction():
            if isinstance(item, Lesson):
                actions.delete_lesson(project, item)
            else:
                actions.delete_assignment(project, item)
    except DomainError as error:
        return _outline_page(queries.get_class_by_id(project.id), error.message), 422
    flash(_("“%(title)s” is out of the outline.", title=item.title), "success")
    return redirect(f"{project.studio_url}?deleted={item.kind}-{item.number}", 303)


# Assignments


@bp.get("/classes/<slug>/assignments/new")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def new_assignment(project: ClassProject) -> Any:
    """Begin an assignment."""
    form = AssignmentForm()
    form.media_allowed.data = [project.medium.value]
    return _assignment_page(project, None, form)


def _assignment_page(
    project: ClassProject, assignment: Assignment | None, form: AssignmentForm, theirs: Assignment | None = None
) -> str:
    form.offer_sources(project, assignment)
    return render_template(
        "studio/edit_assignment.html", project=project, assignment=assignment, form=form, theirs=theirs
    )


@bp.post("/classes/<slug>/assignments/new")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def add_assignment(project: ClassProject) -> Any:
    """Put an assignment at the end of the outline."""
    person, form = signed_in_person(), AssignmentForm()
    form.offer_sources(project, None)
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.add_assignment(project, form.draft(), person)
    if form.errors:
        return _assignment_page(project, None, form), 422
    flash(_("Added at the end of the outline."), "success")
    return redirect(project.studio_url, 303)


@bp.get("/classes/<slug>/assignments/<int:number>")
@requires(Permission.EDIT_CLASS, on=queries.get_assignment)
def edit_assignment(assignment: Assignment) -> Any:
    """Change an assignment."""
    form = AssignmentForm()
    form.fill(assignment.project, assignment, [work.id for work in queries.list_starters(assignment)])
    return _assignment_page(assignment.project, assignment, form)


@bp.post("/classes/<slug>/assignments/<int:number>")
@requires(Permission.EDIT_CLASS, on=queries.get_assignment)
def save_assignment(assignment: Assignment) -> Any:
    """Save an assignment; a later editor is told and loses nothing."""
    project, person, form, theirs = assignment.project, signed_in_person(), AssignmentForm(), None
    slug, number = project.slug, assignment.number
    form.offer_sources(project, assignment)
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.edit_assignment(project, assignment, form.draft(), form.base, person)
        if form.errors:
            assignment = queries.get_assignment(slug, number)
            if assignment.version != form.base:
                theirs, form.version.data = assignment, str(assignment.version)
    if form.errors:
        return _assignment_page(assignment.project, assignment, form, theirs), 422
    flash(_("Saved."), "success")
    return redirect(project.studio_url, 303)


@bp.post("/classes/<slug>/assignments/<int:number>/delete")
@requires(Permission.EDIT_CLASS, on=queries.get_assignment)
def delete_assignment(assignment: Assignment) -> Any:
    """Take an assignment out, with a way back; refused once people answered it."""
    return _delete(assignment.project, assignment)


# The outline


@bp.post("/classes/<slug>/restoration")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def restore_item(project: ClassProject) -> Any:
    """Bring a deleted lesson or assignment back."""
    with transaction():
        item = queries.find_deleted_item(project, *_item_named(request.form.get("item", "")))
        if item is None:
            raise NotFound
        actions.restore_item(project, item)
    flash(_("“%(title)s” is back.", title=item.title), "success")
    return redirect(f"{project.studio_url}#outline", 303)


def _item_named(text: str) -> tuple[str, int]:
    """``lesson-3`` as kind and number; a number that nothing has for anything odd."""
    kind, _dash, number = text.partition("-")
    return kind, int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


@bp.post("/classes/<slug>/order")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def reorder_outline(project: ClassProject) -> Any:
    """Move one item up or down (``item``, ``direction``), or give the whole ``order``."""
    try:
        with transaction():
            if "order" in request.form:
                actions.reorder_outline(project, [_item_named(text) for text in request.form.getlist("order")])
            else:
                named = _item_named(request.form.get("item", ""))
                item = next((one for one in project.outline if (one.kind, one.number) == named), None)
                if item is None or request.form.get("direction") not in {"up", "down"}:
                    raise DomainError(_("That lesson or assignment is not in the outline any more. Look at it once more."))
                actions.move_item(project, item, request.form["direction"] == "up")
    except DomainError as error:
        return _outline_page(queries.get_class_by_id(project.id), error.message), 422
    return redirect(f"{project.studio_url}#{request.form.get('item', '')[:20] or 'outline'}", 303)


# Publishing


@bp.post("/classes/<slug>/publication")
@requires(Permission.PUBLISH_CLASS, on=queries.get_class)
def publish_class(project: ClassProject) -> Any:
    """Show the class to everybody."""
    words = _("Published. It is in the catalogue now.")
    link = Markup('{} <a href="{}">{}</a>').format(words, project.url, _("See its page"))
    return _move(project, actions.publish_class, link)


@bp.post("/classes/<slug>/publication/delete")
@requires(Permission.PUBLISH_CLASS, on=queries.get_class)
def unpublish_class(project: ClassProject) -> Any:
    """Take the class back to draft, while nobody is in it."""
    return _move(project, actions.unpublish_class, _("Back to draft: only you and those who lead it with you see it."))


@bp.post("/classes/<slug>/archive")
@requires(Permission.PUBLISH_CLASS, on=queries.get_class)
def archive_class(project: ClassProject) -> Any:
    """Take the class out of the catalogue; those who joined keep it."""
    return _move(project, actions.archive_class, _("Archived. Those who joined keep it; nobody new can join."))


def _move(project: ClassProject, act: Callable[[ClassProject], None], words: str) -> Any:
    """Take the class to another state, or say on its outline why it cannot go there."""
    try:
        with transaction():
            act(project)
    except DomainError as error:
        return _outline_page(queries.get_class_by_id(project.id), error.message), 422
    flash(words, "success")
    return redirect(project.studio_url, 303)


@bp.get("/classes/<slug>/roster")
@requires(Permission.EDIT_CLASS, on=queries.get_class)
def show_roster(project: ClassProject) -> Any:
    """Who joined, and where each of them is."""
    page = queries.list_roster(project, request.args.get("after"))
    words = {
        "not_started": _("not yet"),
        "draft": _("draft"),
        "submitted": _("waits for you"),
        "feedback_waiting": _("answered"),
        "done": _("done"),
    }
    rows = []
    for line in page.items:
        person = line.enrollment.person
        cells: list[Any] = [{"text": person.name, "url": person.url}, day(line.enrollment.joined_at)]
        for assignment in project.assignments:
            submission = line.submissions.get(assignment.id)
            state = words[step_state(submission).value]
            shown = submission is not None and submission.is_handed_in
            cells.append({"text": state, "url": submission.url} if shown and submission is not None else state)
        rows.append(cells)
    return render_template(
        "studio/show_roster.html",
        project=project,
        columns=[_("Learner"), _("Joined"), *[assignment.title for assignment in project.assignments]],
        rows=rows,
        next_url=url_for("studio.show_roster", slug=project.slug, after=page.next_cursor) if page.next_cursor else None,
    )
