"""Class projects: landing pages, the class room, the gallery, what changed."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.classes import actions, queries
from classprojects.classes.models import ClassProject
from classprojects.classes.progress import count_made
from classprojects.classes.queries.catalogue import list_shared_works
from classprojects.core.database import transaction
from classprojects.policy import Permission, may
from classprojects.policy.facts_classes import leads_class
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes import assignments, catalogue, changes, lessons, readers, submissions
from classprojects.web.classes.catalogue import class_as_json
from classprojects.web.classes.closed import offer_to
from classprojects.web.classes.going_on import resume_words, rhythm_words
from classprojects.web.classes.pages import bp, class_frame, class_work_card, item_url, next_address
from classprojects.web.classes.shown import captions_of, show_file, transcript_of
from classprojects.web.shared.arguments import is_fragment_request, wants_json
from classprojects.web.shared.class_cards import (
    leaders_of,
    lesson_rows,
    lesson_url,
    level_words,
    rail_steps,
)
from classprojects.web.shared.guards import current_person, ensure, requires, signed_in_person
from classprojects.works.queries import VISITOR

#: pages of the same blueprint, each area in its own module
AREAS = (catalogue, lessons, assignments, submissions, changes, readers)


# For everybody


@bp.get("/classes/<slug>")
@requires(Permission.VIEW_CLASS, on=queries.get_class)
def show_class(project: ClassProject) -> Any:
    """The landing page: what you will have made by the end comes first."""
    person = current_person()
    is_inside = bool(may(person, Permission.VIEW_CLASSROOM, project))
    is_joined = project.id in queries.find_places(person).joined
    if wants_json():
        outline = [
            {"kind": item.kind, "number": item.number, "title": item.title, "url": item_url(project, item)}
            for item in project.outline
        ]
        return jsonify({**class_as_json(project), "description": project.description, "outline": outline})
    progress = queries.find_progress(person, project) if is_joined else queries.Progress()
    # Works made here that their makers shared with everybody: the same for whoever looks.
    shared = list_shared_works(project)
    preview = next((lesson for lesson in project.lessons if lesson.is_preview), None)
    return render_template(
        "classes/show_class.html",
        project=project,
        leaders=leaders_of(project),
        level=level_words(project.level),
        cover=show_file(project.cover, project.cover_alt).picture,
        lessons=lesson_rows(project, is_inside=is_inside, progress=progress),
        steps=rail_steps(project, progress, is_inside=is_inside),
        shared=[class_work_card(work, VISITOR) for work in shared],
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
    progress = queries.find_progress(person, project, with_moments=True)
    newest = queries.list_gallery(project, size=8)
    viewer = viewer_for(person)
    frame = class_frame(project, person, progress)
    learning = queries.find_places(person).learning.get(project.id)
    return render_template(
        "classes/show_classroom.html",
        **frame,
        resume=resume_words(project, progress, frame["next"]),
        rhythm=rhythm_words(progress),
        lessons=lesson_rows(project, is_inside=True, progress=progress, opening=frame["opening"]),
        newest=[class_work_card(one.work, viewer) for one in newest.items],
        is_joined=learning is not None,
        is_completed=learning is not None and learning.is_completed,
    )


@bp.get("/classes/<slug>/gallery")
@requires(Permission.VIEW_GALLERY, on=queries.get_class)
def show_gallery(project: ClassProject) -> Any:
    """Everything that was handed in, or for one assignment."""
    chosen, after = request.args.get("assignment", ""), request.args.get("after")
    assignment = next((one for one in project.assignments if str(one.number) == chosen), None)
    viewer = viewer_for(current_person())
    page = queries.list_gallery(project, assignment, after)
    answers = page.map(lambda one: (one, class_work_card(one.work, viewer)))
    next_url = next_address(
        "classes.show_gallery", page, slug=project.slug, assignment=assignment.number if assignment else None
    )
    if is_fragment_request() and after:
        return render_template("classes/_answer_items.html", answers=answers, next_url=next_url)
    return render_template(
        "classes/show_gallery.html", project=project, assignment=assignment, answers=answers, next_url=next_url
    )
