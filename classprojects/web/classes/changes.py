"""What changed in a class since learners had it before them: in words, and beside what it said before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from classprojects.classes import queries
from classprojects.classes.models import Assignment, ClassProject, Lesson, OutlineChange, Submission
from classprojects.classes.queries import changes
from classprojects.core.differences import Budget, Piece, compare_lines, compare_words
from classprojects.core.errors import NotFound
from classprojects.media.captions import spoken_words
from classprojects.policy import Permission
from classprojects.web.classes.pages import bp, item_url, next_address
from classprojects.web.classes.shown import media_words
from classprojects.web.shared.guards import requires
from classprojects.web.works.versions import folded


@dataclass(frozen=True)
class ChangeRow:
    """One edit as the page shows it."""

    change: OutlineChange
    title: str
    url: str | None
    #: what is different, in a few words each
    what: list[str]
    compare_url: str | None
    is_new: bool


@bp.get("/classes/<slug>/changes")
@requires(Permission.VIEW_CLASSROOM, on=queries.get_class)
def list_changes(project: ClassProject) -> Any:
    """What was edited since learners first saw it, newest first."""
    page = queries.list_changes(project, request.args.get("after"))
    before = changes.find_before(page.items)
    return render_template(
        "classes/list_changes.html",
        project=project,
        rows=[_row(project, change, before.get(change.id)) for change in page.items],
        next_url=next_address("classes.list_changes", page, slug=project.slug),
    )


def _row(project: ClassProject, change: OutlineChange, before: OutlineChange | None) -> ChangeRow:
    items: list[Lesson | Assignment] = [*project.lessons, *project.assignments]
    item = next((one for one in items if _is_about(change, one)), None)
    about_class = change.lesson_id is None and change.assignment_id is None
    return ChangeRow(
        change=change,
        title=_("About the class") if about_class else item.title if item is not None else str(change.content.get("title", "")),
        url=project.url if about_class else item_url(project, item) if item is not None else None,
        what=changed_things(before.content, change.content) if before is not None else [_("what its page says")] if about_class else [],
        compare_url=f"{item_url(project, item)}/changes?from={before.version}&to={change.version}"
        if item is not None and before is not None
        else None,
        is_new=change.version == 1 and not about_class,
    )


def _is_about(change: OutlineChange, item: Lesson | Assignment) -> bool:
    return item.id == (change.lesson_id if isinstance(item, Lesson) else change.assignment_id)


def changed_things(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What is different between two versions of a lesson or assignment, as a list of things."""
    words = {
        "title": _("the title"),
        "outcome": _("what people will have made"),
        "description": _("what it is about"),
        "level": _("the experience it asks for"),
        "body": _("the text"),
        "file_id": _("the film or sound"),
        "captions": _("the captions"),
        "transcript": _("the transcript"),
        "chapters": _("the chapters"),
        "description_file_id": _("the audio description"),
        "resources": _("the files to download"),
        "is_preview": _("who may see it"),
        "brief": _("the brief"),
        "media_allowed": _("what may be handed in"),
        "minutes": _("how long it takes"),
        "from_assignment_id": _("what it builds on"),
        "feedback_count": _("how many classmates to answer"),
        "rubric": _("what feedback looks at"),
        "is_anonymous": _("whether names are shown"),
        "is_required": _("whether it is needed to finish"),
    }
    found = [
        thing
        for name, thing in words.items()
        if name in after and name in before and _plain(name, before[name]) != _plain(name, after[name])
    ]
    if before.get("is_closed") != after.get("is_closed") and "is_closed" in before:
        found.append(_("closed") if after.get("is_closed") else _("open again"))
    return found


def _plain(name: str, value: Any) -> Any:
    """A value as it is read: the ids inside a rubric are nobody's business."""
    return rubric_lines(value) if name == "rubric" else value


@bp.get("/classes/<slug>/lessons/<int:number>/changes")
@requires(Permission.VIEW_LESSON, on=queries.get_lesson)
def compare_lesson(lesson: Lesson) -> Any:
    """Two versions of a lesson, side by side."""
    return _compare(lesson)


@bp.get("/classes/<slug>/assignments/<int:number>/changes")
@requires(Permission.VIEW_ASSIGNMENT, on=queries.get_assignment)
def compare_assignment(assignment: Assignment) -> Any:
    """Two versions of an assignment, side by side."""
    return _compare(assignment)


def _compare(item: Lesson | Assignment) -> Any:
    project = item.project
    old, new = changes.get_two_versions(item, _version_argument("from"), _version_argument("to"))
    budget = Budget()
    texts = [
        (words, folded(compare_lines(a, b, budget)))
        for words, a, b in _texts(old.content, new.content)
        if a != b
    ]
    return render_template(
        "classes/compare_changes.html",
        project=project,
        item=item,
        url=item_url(project, item),
        old=old,
        new=new,
        versions=changes.list_versions(item),
        fields=_fields(project, old.content, new.content, budget),
        texts=texts,
        what=changed_things(old.content, new.content),
    )


def _version_argument(name: str) -> int | None:
    """A version in the address; raises NotFound for anything odd."""
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise NotFound
    return int(text)


def _texts(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Longer words, compared line by line."""
    return [
        (_("Text"), old.get("body", ""), new.get("body", "")),
        (_("Brief"), old.get("brief", ""), new.get("brief", "")),
        (_("What feedback looks at"), rubric_lines(old.get("rubric")), rubric_lines(new.get("rubric"))),
        (_("What is said"), _said(old), _said(new)),
    ]


def rubric_lines(rubric: list[dict[str, Any]] | None) -> str:
    """A rubric as lines of text, as one would read it out."""
    lines = []
    for criterion in rubric or []:
        lines.append(f"{criterion['title']}{': ' + criterion['help'] if criterion.get('help') else ''}")
        lines += [f"– {level['label']}{': ' + level['help'] if level.get('help') else ''}" for level in criterion.get("levels", ())]
    return "\n".join(lines)


def _said(content: dict[str, Any]) -> str:
    return str(content.get("transcript") or spoken_words(content.get("captions") or "") or "")


def _fields(
    project: ClassProject, old: dict[str, Any], new: dict[str, Any], budget: Budget
) -> list[tuple[str, list[Piece]]]:
    """Short words that changed, each with what went and what came."""
    titles = {one.id: one.title for one in project.assignments}

    def shown(content: dict[str, Any]) -> dict[str, str]:
        yes, no = _("yes"), _("no")
        return {
            _("Title"): str(content.get("title", "")),
            _("What may be handed in"): media_words(content.get("media_allowed") or []),
            _("Minutes it takes"): str(content.get("minutes") or ""),
            _("Builds on an answer to"): titles.get(content.get("from_assignment_id") or 0, ""),
            _("Classmates to answer"): str(content.get("feedback_count") or ""),
            _("Needed to finish the class"): yes if content.get("is_required", True) else no,
            _("Takes new answers"): no if content.get("is_closed") else yes,
            _("Free for everyone"): yes if content.get("is_preview") else no,
        }

    before, after = shown(old), shown(new)
    return [(words, compare_words(before[words], after[words], budget)) for words in after if before[words] != after[words]]


def last_change(assignment: Assignment, own: Submission | None) -> dict[str, Any]:
    """What changed last in ``assignment``, and where one sees what changed since one answered it: for its page."""
    if assignment.version == 1:
        return {"change": None, "since": None}
    change, answered = changes.find_last_change(assignment, own)
    is_older = answered is not None and answered < assignment.version
    return {"change": change, "since": f"{item_url(assignment.project, assignment)}/changes?from={answered}" if is_older else None}
