"""Class projects: the catalogue, landing pages, the class room, lessons, assignments, submissions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from classprojects.accounts.models import Person
from classprojects.classes import actions, queries
from classprojects.classes.models import Assignment, ClassProject, Lesson, Level, Submission
from classprojects.classes.progress import count_made, is_made, next_thing
from classprojects.core.database import transaction
from classprojects.core.errors import NotFound
from classprojects.core.pagination import Page
from classprojects.policy import Permission, may
from classprojects.policy.facts_classes import leads_class
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.closed import closing_classes, offer_to
from classprojects.web.classes.forms import FeedbackForm
from classprojects.web.classes.shown import (
    attempt_rows,
    captions_of,
    media_words,
    show_file,
    submission_words,
    transcript_of,
)
from classprojects.web.shared.arguments import choice_argument, is_fragment_request, wants_json
from classprojects.web.shared.cards import Card, card_for, cards_for
from classprojects.web.shared.class_cards import (
    assignment_url,
    class_card_for,
    leaders_of,
    lesson_rows,
    lesson_url,
    level_words,
    next_words,
    rail_steps,
)
from classprojects.web.shared.composer import (
    MEDIA,
    ComposerForm,
    composer_draft,
    draft_from_version,
    new_composer,
    prepare_composer,
    sent_composer,
    take_step,
)
from classprojects.web.shared.guards import (
    accepts_upload,
    current_person,
    ensure,
    public,
    requires,
    signed_in_person,
)
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.works import actions as works_actions
from classprojects.works import queries as works
from classprojects.works.drafts import drop_draft
from classprojects.works.models import Medium, Work
from classprojects.works.queries import VISITOR, Viewer

bp = Blueprint("classes", __name__)


closing_classes(bp)


# For everybody


@bp.get("/classes")
@public
def list_classes() -> Any:
    """The catalogue: every published class, the newest first."""
    person = current_person()
    chosen = {
        "medium": choice_argument("medium", [medium.value for medium in Medium]),
        "level": choice_argument("level", [level.value for level in Level]),
    }
    after = request.args.get("after")
    page = queries.list_classes(medium=chosen["medium"], level=chosen["level"], after=after)
    joined = queries.find_places(person).joined
    made = queries.count_answers_by_class(person) if person and joined else {}
    cards = [
        class_card_for(one, is_joined=one.id in joined, made=made.get(one.id, 0)) for one in page.items
    ]
    if wants_json():
        return jsonify({"classes": [_as_json(one) for one in page.items], "next": _next("classes.list_classes", page, **chosen)})
    next_url = _next("classes.list_classes", page, **chosen)
    if is_fragment_request() and after:
        return render_template("classes/_class_items.html", cards=cards, next_url=next_url)
    own = [
        class_card_for(one, is_joined=True, made=made.get(one.id, 0))
        for one in (queries.list_joined_classes(person, 6) if person and joined and not after else [])
    ]
    levels = [(level.value, level_words(level)) for level in Level]
    return render_template("classes/list_classes.html", cards=cards, own=own, next_url=next_url, levels=levels, **chosen)


def _next(endpoint: str, page: Page[Any], **parts: Any) -> str | None:
    """Where the next page is; None after the last."""
    if page.next_cursor is None:
        return None
    return url_for(endpoint, **{name: value for name, value in parts.items() if value}, after=page.next_cursor)


def _as_json(project: ClassProject) -> dict[str, Any]:
    return {
        "slug": project.slug,
        "title": project.title,
        "outcome": project.outcome,
        "medium": project.medium.value,
        "level": project.level.value,
        "url": project.url,
        "instructors": [{"name": one.name, "url": one.url} for one in leaders_of(project)],
        "lessons": project.lessons_count,
        "assignments": project.assignments_count,
    }


@bp.get("/classes/<slug>")
@requires(Permission.VIEW_CLASS, on=queries.get_class)
def show_class(project: ClassProject) -> Any:
    """The landing page: what you will have made by the end comes first."""
    person = current_person()
    is_inside = bool(may(person, Permission.VIEW_CLASSROOM, project))
    is_joined = project.id in queries.find_places(person).joined
    if wants_json():
        outline = [
            {"kind": item.kind, "number": item.number, "title": item.title, "url": _item_url(project, item)}
            for item in project.outline
        ]
        return jsonify({**_as_json(project), "description": project.description, "outline": outline})
    progress = queries.find_progress(person, project) if is_joined else queries.Progress()
    # Works made here that their makers shared with everybody: the same for whoever looks.
    shared = works.list_works_in_space(project.space_id, VISITOR, size=8)
    preview = next((lesson for lesson in project.lessons if lesson.is_preview), None)
    return render_template(
        "classes/show_class.html",
        project=project,
        leaders=leaders_of(project),
        level=level_words(project.level),
        cover=show_file(project.cover, project.cover_alt).picture,
        lessons=lesson_rows(project, is_inside=is_inside, progress=progress),
        steps=rail_steps(project, progress, is_inside=is_inside),
        shared=[_class_card(work, VISITOR) for work in shared.items],
        preview=preview,
        preview_url=lesson_url(project, preview) if preview else None,
        preview_shown=show_file(preview.file) if preview else None,
        preview_captions=captions_of(project, preview) if preview else [],
        preview_transcript=transcript_of(preview) if preview else None,
        joining=may(person, Permission.JOIN_CLASS, project),
        is_inside=is_inside,
        is_joined=is_joined,
        leads=bool(leads_class(person, project)),
        **offer_to(None if is_inside else person),
        made=count_made(project, progress),
    )


def _class_card(work: Work, viewer: Viewer) -> Card:
    """A work's card inside its class, where the class need not be named."""
    return replace(card_for(work, viewer), space_label=None)


def _item_url(project: ClassProject, item: Lesson | Assignment) -> str:
    return lesson_url(project, item) if isinstance(item, Lesson) else assignment_url(project, item)


@bp.post("/classes/<slug>/join")
@requires(Permission.JOIN_CLASS, on=queries.get_class)
def join_class(project: ClassProject) -> Any:
    """Become a learner."""
    with transaction():
        actions.join_class(signed_in_person(), project)
    flash(_("You are in. Begin with the first thing; it is small."), "success")
    return redirect(url_for("classes.show_classroom", slug=project.slug), 303)


@bp.post("/classes/<slug>/leave")
@requires(Permission.VIEW_CLASS, on=queries.get_class)
def leave_class(project: ClassProject) -> Any:
    """Stop being a learner; what was made stays."""
    ensure(Permission.MANAGE_ACCOUNT)
    with transaction():
        actions.leave_class(signed_in_person(), project)
    flash(_("You left. What you made is still yours, on your page."), "success")
    return redirect(url_for("classes.list_classes"), 303)


# In the class


@bp.get("/classes/<slug>/room")
@requires(Permission.VIEW_CLASSROOM, on=queries.get_class)
def show_classroom(project: ClassProject) -> Any:
    """The class room: always the next thing to do."""
    person = signed_in_person()
    progress = queries.find_progress(person, project)
    newest = queries.list_gallery(project, size=8)
    viewer = viewer_for(person)
    return render_template(
        "classes/show_classroom.html",
        **_frame(project, person, progress),
        lessons=lesson_rows(project, is_inside=True, progress=progress),
        newest=[_class_card(one.work, viewer) for one in newest.items],
        is_joined=project.id in queries.find_places(person).joined,
        description_html=project.description_html,
    )


def _frame(project: ClassProject, person: Person, progress: queries.Progress, current: Any = None) -> dict[str, Any]:
    """What every page inside a class shows beside its own matter: the rail, and the next thing to do."""
    thing = next_thing(project, progress)
    return {
        "project": project,
        "steps": rail_steps(project, progress, current=current if isinstance(current, Assignment) else None),
        "next": next_words(project, thing, person),
        "next_kind": thing.kind.value,
        "made": count_made(project, progress),
        "leads": bool(leads_class(person, project)),
    }


@bp.get("/classes/<slug>/lessons/<int:number>")
@requires(Permission.VIEW_LESSON, on=queries.get_lesson)
def show_lesson(lesson: Lesson) -> Any:
    """One lesson: film, sound or text; with captions and what is said in it."""
    project, person = lesson.project, current_person()
    is_inside = bool(may(person, Permission.VIEW_CLASSROOM, project))
    progress = queries.find_progress(person, project) if is_inside else queries.Progress()
    outline = project.outline
    at = outline.index(lesson)
    following = outline[at + 1] if at + 1 < len(outline) else None
    return render_template(
        "classes/show_lesson.html",
        project=project,
        lesson=lesson,
        shown=show_file(lesson.file),
        captions=captions_of(project, lesson),
        transcript=transcript_of(lesson),
        lessons=lesson_rows(project, is_inside=is_inside, current=lesson, progress=progress),
        place=project.lessons.index(lesson) + 1,
        following=following,
        following_url=_item_url(project, following) if following is not None and is_inside else None,
        is_finished=lesson.id in progress.finished,
        is_inside=is_inside,
        is_learner=is_inside and project.id in queries.find_places(person).joined,
        leads=bool(leads_class(person, project)),
        change=queries.find_last_change(lesson) if lesson.version > 1 else None,
    )


@bp.get("/classes/<slug>/lessons/<int:number>/captions.vtt")
@requires(Permission.VIEW_LESSON, on=queries.get_lesson)
def show_captions(lesson: Lesson) -> Response:
    """The captions of a lesson, to whoever may see the lesson (P4)."""
    if not lesson.captions:
        raise NotFound
    response = Response(lesson.captions, mimetype="text/vtt")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@bp.post("/classes/<slug>/lessons/<int:number>/finish")
@requires(Permission.VIEW_CLASSROOM, on=queries.get_lesson)
def finish_lesson(lesson: Lesson) -> Any:
    """Go on to what comes after this lesson."""
    project = lesson.project
    with transaction():
        actions.finish_lesson(signed_in_person(), lesson)
    at = project.outline.index(lesson)
    if at + 1 < len(project.outline):
        return redirect(_item_url(project, project.outline[at + 1]), 303)
    return redirect(url_for("classes.show_classroom", slug=project.slug), 303)


@bp.get("/classes/<slug>/assignments/<int:number>")
@requires(Permission.VIEW_ASSIGNMENT, on=queries.get_assignment)
def show_assignment(assignment: Assignment) -> Any:
    """What to make, one's own answer, and what classmates made of it."""
    project, person, after = assignment.project, signed_in_person(), request.args.get("after")
    viewer = viewer_for(person)
    page = queries.list_submissions(assignment, without=person, after=after, size=12)
    answers = page.map(lambda one: (one, _class_card(one.work, viewer)))
    next_url = _next("classes.show_assignment", page, slug=project.slug, number=assignment.number)
    if is_fragment_request() and after:
        return render_template("classes/_answer_items.html", answers=answers, next_url=next_url)
    progress = queries.find_progress(person, project)
    own = progress.submissions.get(assignment.id)
    return render_template(
        "classes/show_assignment.html",
        **_frame(project, person, progress, assignment),
        assignment=assignment,
        media=media_words(assignment.media_allowed),
        place=project.assignments.index(assignment) + 1,
        own=own,
        own_words=submission_words(own.state) if own else None,
        is_made=is_made(own),
        source=_source_of(project, assignment),
        starters=cards_for(queries.list_starters(assignment), viewer),
        answers=answers,
        next_url=next_url,
        given=progress.given.get(assignment.id, 0),
        change=queries.find_last_change(assignment) if assignment.version > 1 else None,
        may_submit=bool(may(person, Permission.SUBMIT_WORK, assignment)),
    )


def _source_of(project: ClassProject, assignment: Assignment) -> Assignment | None:
    """The assignment whose answers this one builds on."""
    return next((one for one in project.assignments if one.id == assignment.from_assignment_id), None)


@bp.get("/classes/<slug>/assignments/<int:number>/submit")
@requires(Permission.SUBMIT_WORK, on=queries.get_assignment)
def show_submit_work(assignment: Assignment) -> Any:
    """The composer for an answer; for another try it begins with the last one."""
    person = signed_in_person()
    own = queries.find_submission(assignment, person)
    return _submit_page(assignment, _begin_answer(assignment, person, own), own)


def _begin_answer(assignment: Assignment, person: Person, own: Submission | None) -> ComposerForm:
    medium = assignment.media_allowed[0] if assignment.media_allowed else "text"
    form = new_composer(person, _draft_key(assignment), medium=medium)
    if own is not None and own.work.current_version is not None and not own.work.is_erased:
        draft_from_version(form, own.work, own.work.current_version)
    elif (source := request.args.get("source", "")[:200]) or form.draft is None:
        form.sources.raw_data, form.sources.data = None, source
    return _fit_form(form, assignment, own)


def _draft_key(assignment: Assignment) -> str:
    return f"submit-{assignment.project.slug}-{assignment.number}"


def _fit_form(form: ComposerForm, assignment: Assignment, own: Submission | None) -> ComposerForm:
    """Offer only the media that the assignment takes; the place is the class, and no choice."""
    allowed = [own.work.medium.value] if own is not None and not own.work.is_erased else assignment.media_allowed
    form.medium.choices = [SelectChoice(medium.value, words) for medium, words in MEDIA if medium.value in allowed]
    if "space" in form:
        del form.space
    form.fixed_space_id = assignment.project.space_id
    return form


def _submit_page(assignment: Assignment, form: ComposerForm, own: Submission | None) -> str:
    if own is not None and own.work.is_erased:
        own = None  # the next attempt begins afresh
    project, person = assignment.project, signed_in_person()
    prepare_composer(form, person, own.work if own is not None else None)
    offered = queries.list_fitting_sources(assignment, person) if own is None else []
    return render_template(
        "classes/submit_work.html",
        **_frame(project, person, queries.find_progress(person, project), assignment),
        assignment=assignment,
        media=media_words(assignment.media_allowed),
        form=form,
        own=own,
        has_file=own is not None and own.work.current_version is not None and own.work.current_version.file_id is not None,
        source=_source_of(project, assignment),
        offered=[_class_card(work, viewer_for(person)) for work in offered],
        starters=cards_for(queries.list_starters(assignment), viewer_for(person)) if own is None else [],
        chosen=[str(one.work.id) for one in form.around.chosen],
    )


@bp.post("/classes/<slug>/assignments/<int:number>/submit")
@accepts_upload
@requires(Permission.SUBMIT_WORK, on=queries.get_assignment)
@limiter.limit(POSTING, key_func=per_person)
def submit_work(assignment: Assignment) -> Any:
    """Hand in: the first attempt, or the next."""
    person = signed_in_person()
    own = queries.find_submission(assignment, person)
    form = _fit_form(sent_composer(_draft_key(assignment)), assignment, own)
    if own is not None and actions.is_attempt(own, form.once.data):
        return redirect(own.url, 303)  # the same form, sent twice
    current = own.work if own is not None and not own.work.is_erased else None
    if step := take_step(form, person, current):
        return step
    draft = composer_draft(form, person, current=current)
    if draft is not None:
        with form.showing_refusals(), transaction():
            submission = actions.submit_work(person, assignment, draft, viewer_for(person))
            drop_draft(person, form.key)
    if form.errors:
        return _submit_page(assignment, form, own), 422
    flash(_("Handed in. Your instructor and classmates can see it."), "success")
    return redirect(url_for("classes.show_submission", submission_id=submission.id), 303)


@bp.get("/classes/<slug>/gallery")
@requires(Permission.VIEW_GALLERY, on=queries.get_class)
def show_gallery(project: ClassProject) -> Any:
    """Everything that was handed in, or for one assignment."""
    chosen, after = request.args.get("assignment", ""), request.args.get("after")
    assignment = next((one for one in project.assignments if str(one.number) == chosen), None)
    viewer = viewer_for(current_person())
    page = queries.list_gallery(project, assignment, after)
    answers = page.map(lambda one: (one, _class_card(one.work, viewer)))
    next_url = _next(
        "classes.show_gallery", page, slug=project.slug, assignment=assignment.number if assignment else None
    )
    if is_fragment_request() and after:
        return render_template("classes/_answer_items.html", answers=answers, next_url=next_url)
    return render_template(
        "classes/show_gallery.html", project=project, assignment=assignment, answers=answers, next_url=next_url
    )


@bp.get("/classes/<slug>/changes")
@requires(Permission.VIEW_CLASSROOM, on=queries.get_class)
def list_changes(project: ClassProject) -> Any:
    """What was edited since learners first saw it, newest first."""
    page = queries.list_changes(project, request.args.get("after"))
    lessons, assignments = ({one.id: one for one in items} for items in (project.lessons, project.assignments))
    changes = [
        (change, lessons.get(change.lesson_id or 0) or assignments.get(change.assignment_id or 0)) for change in page.items
    ]
    return render_template(
        "classes/list_changes.html",
        project=project,
        changes=[(change, item, _item_url(project, item) if item else None) for change, item in changes],
        next_url=_next("classes.list_changes", page, slug=project.slug),
    )


# Submissions


@bp.get("/submissions/<id:submission_id>")
@requires(Permission.VIEW_SUBMISSION, on=queries.get_submission)
def show_submission(submission: Submission) -> Any:
    """An answer with its attempts, and what was said about each."""
    return _submission_page(submission, FeedbackForm())


def _submission_page(submission: Submission, form: FeedbackForm) -> str:
    project, person = submission.project, signed_in_person()
    leads = bool(leads_class(person, submission))
    is_own = submission.person_id == person.id
    is_inside = bool(may(person, Permission.VIEW_CLASSROOM, project))
    earlier = None
    if is_own and submission.attempts and submission.attempts[-1].assignment_version < submission.assignment.version:
        earlier = queries.find_version(submission.assignment, submission.attempts[-1].assignment_version)
    following = queries.find_next_waiting(submission, queries.find_places(person).leads) if leads else None
    return render_template(
        "classes/show_submission.html",
        project=project,
        assignment=submission.assignment,
        assignment_url=assignment_url(project, submission.assignment) if is_inside else None,
        submission=submission,
        attempts=attempt_rows(submission.attempts),
        state=submission_words(submission.state),
        is_own=is_own,
        is_inside=is_inside,
        leads=leads,
        form=form,
        earlier=earlier,
        following=following,
        has_moments=submission.work.medium in (Medium.AUDIO, Medium.VIDEO),
        may_give=bool(may(person, Permission.GIVE_FEEDBACK, submission)) and submission.is_handed_in,
        may_submit=is_own and bool(may(person, Permission.SUBMIT_WORK, submission.assignment)),
        may_remix=not submission.work.is_erased and bool(may(person, Permission.REMIX_WORK, submission.work)),
        may_share=is_own and submission.is_handed_in and bool(may(person, Permission.SHARE_WORK, submission.work)),
    )


@bp.post("/submissions/<id:submission_id>/feedback")
@requires(Permission.GIVE_FEEDBACK, on=queries.get_submission)
@limiter.limit(POSTING, key_func=per_person)
def give_feedback(submission: Submission) -> Any:
    """Say what works and what to try next."""
    person, form = signed_in_person(), FeedbackForm()
    leads = bool(leads_class(person, submission))
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            draft = form.draft(is_done=request.form.get("verdict") == "reviewed")
            actions.give_feedback(submission, person, draft, as_instructor=leads)
    if form.errors:
        return _submission_page(submission, form), 422
    flash(_("Said. %(name)s reads it under the attempt.", name=submission.person.name), "success")
    return redirect(url_for("classes.show_submission", submission_id=submission.id), 303)


@bp.get("/submissions/<id:submission_id>/withdraw")
@requires(Permission.WITHDRAW_SUBMISSION, on=queries.get_submission)
def confirm_withdraw_submission(submission: Submission) -> Any:
    """Ask before taking an answer back."""
    return render_template("classes/withdraw_submission.html", submission=submission, project=submission.project)


@bp.post("/submissions/<id:submission_id>/withdraw")
@requires(Permission.WITHDRAW_SUBMISSION, on=queries.get_submission)
def withdraw_submission(submission: Submission) -> Any:
    """Take an answer back."""
    with transaction():
        actions.withdraw_submission(submission)
    flash(_("Taken back. You still have it, and may hand it in again."), "success")
    return redirect(url_for("classes.show_submission", submission_id=submission.id), 303)


def _get_work_of_submission(submission_id: int) -> Work:
    """The work that was handed in: sharing is a matter of the work."""
    return queries.get_submission(submission_id).work


@bp.get("/submissions/<id:submission_id>/share")
@requires(Permission.SHARE_WORK, on=_get_work_of_submission)
def confirm_share_submission(work: Work) -> Any:
    """Say what showing it to everyone means, before it is done."""
    submission = queries.find_submission_of_work(work.id)
    return render_template("classes/share_submission.html", submission=submission)


@bp.post("/submissions/<id:submission_id>/share")
@requires(Permission.SHARE_WORK, on=_get_work_of_submission)
def share_submission(work: Work) -> Any:
    """Show the work in the open area too (P8)."""
    with transaction():
        works_actions.share_work(work)
    flash(_("Everyone can see it now."), "success")
    return redirect(work.url, 303)
