"""The outline: what is copied, taken out, brought back and moved; and what each version of a lesson said."""

from __future__ import annotations

import random
from contextlib import nullcontext
from typing import Any

import pytest
from flask import Flask

from classprojects.classes import actions, queries
from classprojects.classes.actions import AssignmentDraft, LessonDraft, duplicating, resources
from classprojects.classes.actions.building import EditedMeanwhile
from classprojects.classes.actions.lessons import Chapter, check_chapters, edit_captions
from classprojects.classes.models import ClassProject, Lesson
from classprojects.classes.queries.outline import list_deleted_items
from classprojects.classes.queries.resources import list_resources
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose, MediaState
from classprojects.works.models import Medium
from tests.factories.classes import CAPTIONS, add_assignment, make_class, make_learner, submit
from tests.factories.people import Cast
from tests.factories.works import make_work


def stored(owner: Any, kind: MediaKind, purpose: MediaPurpose, duration_ms: int | None = None) -> MediaFile:
    """A file's row, as if it had been processed."""
    with transaction():
        number = db.session.query(MediaFile).count()
        file = MediaFile(
            owner_id=owner.id, purpose=purpose, kind=kind, mime="x/x", extension="x", size=9, sha256="0", original_name=f"{kind}.x",
            storage_key=f"originals/{number}", state=MediaState.READY, duration_ms=duration_ms, heights=[360],
        )  # fmt: skip
        db.session.add(file)
    return file


def order(project: ClassProject) -> list[tuple[str, int]]:
    """Kind and number of each item, in its place."""
    return [(item.kind, item.number) for item in queries.get_class(project.slug).outline]


def draft_of(lesson: Lesson, **changes: Any) -> LessonDraft:
    """What ``lesson`` says, with changes."""
    values = {"title": lesson.title, "body": lesson.body, "is_preview": lesson.is_preview, **changes}
    return LessonDraft(**values)


def test_a_copy_says_the_same_and_stands_right_below(context: Flask, cast: Cast) -> None:
    teacher = cast.instructor
    project = make_class(teacher, lessons=2, assignments=2)
    film, sheet = stored(teacher, MediaKind.VIDEO, MediaPurpose.LESSON, 60_000), stored(teacher, MediaKind.DOCUMENT, MediaPurpose.RESOURCE)
    seed = make_work(cast.free)
    add_assignment(project, teacher, title="Third", from_number=1, starter_ids=(seed.id,), feedback_count=2)
    submit(make_learner(project), project, 1)
    with transaction():
        lesson = queries.get_lesson(project.slug, 1)
        actions.edit_lesson(lesson.project, lesson, draft_of(lesson, file=film, captions=CAPTIONS, chapters=(Chapter(500, "In"),)), 1, teacher)
        resources.add_resource(lesson.project, lesson, sheet, "A sheet", teacher)
    with transaction():
        fresh = queries.get_class(project.slug)
        copy = duplicating.duplicate_item(fresh, fresh.lessons[0], teacher)
        assert (copy.number, copy.version, copy.is_preview, copy.title) == (3, 1, False, f"{lesson.title} (copy)")
    copy = queries.get_lesson(project.slug, 3)
    assert (copy.body, copy.file_id, copy.captions, copy.chapters) == (lesson.body, film.id, lesson.captions, [{"at": 0.5, "title": "In"}])
    assert [(one.file_id, one.title) for one in list_resources(copy)] == [(sheet.id, "A sheet")]
    assert order(project)[:3] == [("lesson", 1), ("lesson", 3), ("assignment", 1)]
    with transaction():
        fresh = queries.get_class(project.slug)
        answered = duplicating.duplicate_item(fresh, fresh.assignments[0], teacher)
        third = duplicating.duplicate_item(fresh, next(one for one in fresh.assignments if one.title == "Third"), teacher)
    # Answers stay with the first one; the rule and the works to start from come along.
    assert not queries.count_people_who_answered(queries.get_assignment(project.slug, answered.number))
    third = queries.get_assignment(project.slug, third.number)
    assert third.from_assignment_id == queries.get_assignment(project.slug, 1).id and third.feedback_count == 2
    assert [work.id for work in queries.list_starters(third)] == [seed.id]
    version = queries.find_version(third, 1)
    assert version is not None and version.content["brief"] == third.brief


@pytest.mark.slow
def test_numbers_stay_whatever_is_done_to_the_outline(context: Flask, cast: Cast) -> None:
    """An address that a learner has open means the same lesson for ever, and progress hangs on the lesson, not its place."""
    project = make_class(cast.instructor, lessons=3, assignments=2)
    learner = make_learner(project)
    with transaction():
        lesson = queries.get_lesson(project.slug, 2)
        actions.finish_lesson(learner, lesson)
    titles = {(item.kind, item.number): item.title for item in project.outline}
    chance = random.Random(4)
    done: dict[str, int] = {}
    for _step in range(60):
        step, at = chance.choice(["up", "down", "out", "back", "back", "copy", "order"]), chance.randrange(10)
        try:
            with transaction():
                fresh = queries.get_class(project.slug)
                item = fresh.outline[at % len(fresh.outline)]
                gone = list_deleted_items(fresh)
                if step in ("up", "down"):
                    actions.move_item(fresh, item, step == "up")
                elif step == "copy" and len(fresh.outline) < 12:
                    duplicating.duplicate_item(fresh, item, cast.instructor)
                elif step == "out" and isinstance(item, Lesson):
                    actions.delete_lesson(fresh, item)
                elif step == "out":
                    actions.delete_assignment(fresh, item)  # type: ignore[arg-type]
                elif step == "back" and gone:
                    actions.restore_item(fresh, gone[at % len(gone)])
                elif step == "order":
                    named = [(one.kind, one.number) for one in fresh.outline]
                    chance.shuffle(named)
                    actions.reorder_outline(fresh, named)
            done[step] = done.get(step, 0) + 1
        except DomainError:
            pass
        fresh = queries.get_class(project.slug)
        names = [(one.kind, one.number) for one in fresh.outline]
        assert len(set(names)) == len(names)
        for one in fresh.outline:
            assert titles.setdefault((one.kind, one.number), one.title) == one.title
        assert (fresh.lessons_count, fresh.assignments_count) == (len(fresh.lessons), len(fresh.assignments))
        if ("lesson", 2) in names:
            assert lesson.id in queries.find_progress(learner, fresh).finished
    assert set(done) == {"up", "down", "out", "back", "copy", "order"}


def test_what_was_taken_out_comes_back_after_other_edits(context: Flask, cast: Cast) -> None:
    project = make_class(cast.instructor, lessons=3, assignments=2)
    add_assignment(project, cast.instructor, title="Builds", from_number=2)
    assert order(project) == [("lesson", 1), ("assignment", 1), ("lesson", 2), ("assignment", 2), ("lesson", 3), ("assignment", 3)]
    with transaction():
        fresh = queries.get_class(project.slug)
        actions.delete_assignment(fresh, fresh.assignments[2])
        actions.delete_lesson(fresh, queries.get_lesson(project.slug, 2))
    with transaction():
        actions.reorder_outline(queries.get_class(project.slug), [("lesson", 3), ("lesson", 1), ("assignment", 1), ("assignment", 2)])
    with transaction():
        fresh = queries.get_class(project.slug)
        actions.restore_item(fresh, queries.find_deleted_item(fresh, "lesson", 2))  # type: ignore[arg-type]
    with transaction():
        fresh = queries.get_class(project.slug)
        actions.delete_assignment(fresh, queries.get_assignment(project.slug, 2))
    with pytest.raises(DomainError, match="Bring that back first"), transaction():
        fresh = queries.get_class(project.slug)
        actions.restore_item(fresh, queries.find_deleted_item(fresh, "assignment", 3))  # type: ignore[arg-type]
    with transaction():
        fresh = queries.get_class(project.slug)
        actions.restore_item(fresh, queries.find_deleted_item(fresh, "assignment", 2))  # type: ignore[arg-type]
        # Moved to the very end meanwhile: what builds on it comes after it all the same.
        named = [one for one in order(project) if one != ("assignment", 2)]
        actions.reorder_outline(fresh, [*named, ("assignment", 2)])
        queries.get_assignment(project.slug, 2).position = 40
        actions.restore_item(fresh, queries.find_deleted_item(fresh, "assignment", 3))  # type: ignore[arg-type]
    assert order(project)[-2:] == [("assignment", 2), ("assignment", 3)]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda project, teacher: actions.delete_lesson(project, project.lessons[1]), "everybody may watch"),
        (
            lambda project, teacher: actions.edit_lesson(project, project.lessons[1], draft_of(project.lessons[1], is_preview=False), 1, teacher),
            "everybody may watch",
        ),
        (lambda project, teacher: actions.delete_assignment(project, project.assignments[1]), "only assignment"),
        (
            lambda project, teacher: actions.edit_assignment(project, project.assignments[1], building(), 1, teacher),
            "not in this class",
        ),
        (lambda project, teacher: actions.add_assignment(project, building(), teacher), "not in this class"),
        (lambda project, teacher: actions.delete_lesson(project, project.lessons[0]), None),
        (lambda project, teacher: actions.delete_assignment(project, project.assignments[0]), None),
    ],
)
def test_what_somebody_else_took_out_meanwhile_is_not_counted_on(context: Flask, cast: Cast, act: Any, words: str | None) -> None:
    """The outline that one looks at is from before: a published class keeps a free lesson and an assignment all the same."""
    project = make_class(cast.instructor, lessons=2, assignments=2)
    with transaction():
        queries.get_lesson(project.slug, 2).is_preview = True
    seen = queries.get_class_by_id(project.id)
    with context.app_context(), transaction():
        theirs = queries.get_class(project.slug)
        actions.delete_lesson(theirs, theirs.lessons[0])
        actions.delete_assignment(theirs, theirs.assignments[0])
    assert len(seen.lessons) == len(seen.assignments) == 2
    with pytest.raises(DomainError, match=words) if words else nullcontext(), transaction():
        act(seen, cast.instructor)
    assert order(project) == [("lesson", 2), ("assignment", 2)]


def building() -> AssignmentDraft:
    """An assignment whose answers build on those to the first."""
    return AssignmentDraft(title="Builds", brief="Go on from there.", media_allowed=(Medium.TEXT,), from_number=1)


def test_an_order_that_was_looked_at_too_long_ago_is_refused(context: Flask, cast: Cast) -> None:
    project = make_class(cast.instructor, lessons=3, assignments=1)
    seen = order(project)
    mine = [seen[2], seen[0], seen[1], seen[3]]
    with transaction():
        actions.move_item(queries.get_class(project.slug), queries.get_lesson(project.slug, 3), True)
    theirs = order(project)
    with pytest.raises(DomainError, match="nothing was moved"), transaction():
        actions.reorder_outline(queries.get_class(project.slug), mine, seen)
    assert order(project) == theirs
    with transaction():
        actions.reorder_outline(queries.get_class(project.slug), mine, theirs)
    assert order(project) == mine


LONG = [Chapter(number, "x") for number in range(101)]


@pytest.mark.parametrize(
    ("chapters", "words"),
    [
        ([Chapter(5000, "Two"), Chapter(1000, "One")], "order of time"),
        ([Chapter(1000, "One"), Chapter(1000, "Again")], "order of time"),
        ([Chapter(60_000, "After")], "over at 1:00"),
        ([Chapter(0, " ")], "no title"),
        ([Chapter(0, "x" * 121)], "more than 120"),
        (LONG, "At most 100"),
    ],
)
def test_chapters_that_fit_no_recording(context: Flask, chapters: list[Chapter], words: str) -> None:
    film = MediaFile(kind=MediaKind.VIDEO, duration_ms=60_000)
    with pytest.raises(DomainError, match=words):
        check_chapters(chapters, film)
    check_chapters(LONG[:100], film)
    with pytest.raises(DomainError, match="mark a sound or film"):
        check_chapters([Chapter(0, "x")], None)


def test_versions_hold_everything_that_a_lesson_says(context: Flask, cast: Cast) -> None:
    teacher = cast.instructor
    project = make_class(teacher)
    film, said = stored(teacher, MediaKind.VIDEO, MediaPurpose.LESSON, 60_000), stored(teacher, MediaKind.AUDIO, MediaPurpose.DESCRIPTION, 60_000)
    sheet = stored(teacher, MediaKind.DOCUMENT, MediaPurpose.RESOURCE)
    lesson = queries.get_lesson(project.slug, 1)
    with pytest.raises(DomainError, match="what is to be seen in a film"), transaction():
        actions.edit_lesson(lesson.project, lesson, draft_of(lesson, description=said), 1, teacher)
    with transaction():
        lesson = queries.get_lesson(project.slug, 1)
        actions.edit_lesson(lesson.project, lesson, draft_of(lesson, file=film, description=said, chapters=(Chapter(1000, "One"),)), 1, teacher)
        resources.add_resource(lesson.project, lesson, sheet, "A sheet", teacher)
        edit_captions(lesson.project, lesson, CAPTIONS, "de", 3, teacher)
    versions = [queries.find_version(lesson, number) for number in (2, 3, 4)]
    assert all(versions)
    second, third, fourth = (one.content for one in versions if one is not None)
    assert (second["file_id"], second["description_file_id"], second["chapters"]) == (film.id, said.id, [{"at": 1.0, "title": "One"}])
    assert second["resources"] == [] and third["resources"] == [{"file_id": sheet.id, "title": "A sheet"}]
    assert fourth["captions"].startswith("WEBVTT") and fourth["captions_language"] == "de"
    for act in (
        lambda: edit_captions(project, lesson, "", "de", 3, teacher),
        lambda: resources.change_resources(project, lesson, {}, 3, teacher),
    ):
        with pytest.raises(EditedMeanwhile), transaction():
            act()
    with pytest.raises(DomainError, match="At most 20"), transaction():
        for _number in range(20):
            resources.add_resource(project, lesson, sheet, "", teacher)
    with pytest.raises(DomainError, match="sent for something else"), transaction():
        resources.add_resource(project, lesson, film, "", teacher)
