"""Where a class stands on its way to its learners, as the studio shows it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from classprojects.accounts.models import Person
from classprojects.classes.models import ClassProject, OutlineChange
from classprojects.classes.queries import reviews
from classprojects.discussions import queries as discussions
from classprojects.discussions.models import Comment
from classprojects.web.shared.filters import ago
from classprojects.web.studio.review_forms import MomentForm, zone_of


def publishing_facts(project: ClassProject, person: Person, form: MomentForm | None = None) -> dict[str, Any]:
    """What ``studio/_publishing.html`` takes besides the class and its checklist; ``form``: as it was sent, when it was refused."""
    return {
        "review": reviews.find_last_review(project) if not project.is_running else None,
        "is_approved": reviews.was_approved(project),
        "moment_form": form or MomentForm(formdata=None),
        "zone_name": zone_of(person).key,
    }


def shown_remarks(thread_id: int, project: ClassProject, after: str | None = None) -> tuple[list[dict[str, Any]], str | None]:
    """One page of the talk about a class, as ``components/comment.html`` takes it, and where the next begins."""
    page = discussions.list_comments(thread_id, after)
    return [_shown_remark(comment, project) for comment in page.items], page.next_cursor


def _shown_remark(comment: Comment, project: ClassProject) -> dict[str, Any]:
    leads = any(one.person_id == comment.author_id for one in project.instructors)
    return {
        "id": comment.id,
        "author_name": comment.author.name,
        "author_url": comment.author.url,
        "author_picture_url": comment.author.picture_url,
        "author_role": _("leads the class") if leads else _("community team"),
        "when": ago(comment.created_at),
        "html": Markup(comment.body_html),  # noqa: S704  rendered and cleaned when it was said
        "is_removed": comment.erased_at is not None,
    }


def named_edits(project: ClassProject, edits: list[OutlineChange]) -> list[tuple[str, OutlineChange]]:
    """Edits with what each was made to: the newest of each lesson and assignment only."""
    seen: set[tuple[int | None, int | None]] = set()
    found = []
    for edit in edits:
        key = (edit.lesson_id, edit.assignment_id)
        if key not in seen:
            seen.add(key)
            found.append((str(edit.content.get("title") or project.title), edit))
    return found
