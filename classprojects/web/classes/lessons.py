"""Lessons: to watch, to hear or to read."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, url_for

from classprojects.classes import actions, queries
from classprojects.classes.models import Lesson
from classprojects.classes.queries.changes import find_last_change
from classprojects.classes.queries.opening import find_opening
from classprojects.core.database import transaction
from classprojects.core.errors import NotFound
from classprojects.media.captions import list_said
from classprojects.policy import Permission, may
from classprojects.policy.facts_classes import leads_class
from classprojects.policy.facts_opening import opening_words
from classprojects.web.classes.notes import current_place_url, show_notes
from classprojects.web.classes.pages import bp, item_url
from classprojects.web.classes.resources import resource_rows
from classprojects.web.classes.shown import captions_of, moment_argument, show_file
from classprojects.web.shared.class_cards import lesson_rows
from classprojects.web.shared.guards import current_person, requires, signed_in_person


@bp.get("/classes/<slug>/lessons/<int:number>")
@requires(Permission.VIEW_LESSON, on=queries.get_lesson)
def show_lesson(lesson: Lesson) -> Any:
    """One lesson: film, sound or text; with captions and what is said in it."""
    project, person = lesson.project, current_person()
    is_inside = bool(may(person, Permission.VIEW_CLASSROOM, project))
    progress = queries.find_progress(person, project) if is_inside else queries.Progress()
    opening = find_opening(person, project)
    outline = project.outline
    at = outline.index(lesson)
    following = outline[at + 1] if at + 1 < len(outline) else None
    begin = moment_argument()
    place = progress.places.get(lesson.id)
    return render_template(
        "classes/show_lesson.html",
        project=project,
        lesson=lesson,
        shown=show_file(lesson.file, begin=begin),
        captions=captions_of(project, lesson),
        transcript=lesson.transcript,
        said=list_said(lesson.captions) if lesson.file_id is not None else [],
        description=show_file(lesson.description, begin=begin),
        begin=begin,
        resources=resource_rows(lesson),
        at_seconds=place.at_seconds if place is not None else None,
        place_url=current_place_url(lesson),
        **show_notes(person if is_inside else None, lesson),
        lessons=lesson_rows(project, is_inside=is_inside, current=lesson, progress=progress, opening=opening),
        place=project.lessons.index(lesson) + 1,
        following=following,
        following_url=item_url(project, following) if following is not None and is_inside else None,
        following_opens=opening_words(opening, following) if following is not None and not opening.is_open(following) else None,
        is_finished=lesson.id in progress.finished,
        is_inside=is_inside,
        is_learner=is_inside and project.id in queries.find_places(person).joined,
        leads=bool(leads_class(person, project)),
        change=find_last_change(lesson)[0] if lesson.version > 1 else None,
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
    following = project.outline[at + 1] if at + 1 < len(project.outline) else None
    if following is not None and find_opening(signed_in_person(), project).is_open(following):
        return redirect(item_url(project, following), 303)
    return redirect(url_for("classes.show_classroom", slug=project.slug), 303)
