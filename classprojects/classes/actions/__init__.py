"""What people do with class projects: build and publish them, join, hand in, answer."""

from __future__ import annotations

from classprojects.classes.actions.assignments import (
    AssignmentDraft,
    add_assignment,
    delete_assignment,
    edit_assignment,
)
from classprojects.classes.actions.building import (
    ClassDraft,
    EditedMeanwhile,
    add_instructor,
    create_class,
    edit_class,
    edit_instructor_line,
)
from classprojects.classes.actions.feedback import FeedbackDraft, give_feedback
from classprojects.classes.actions.learning import finish_lesson, join_class, leave_class
from classprojects.classes.actions.lessons import LessonDraft, add_lesson, delete_lesson, edit_lesson
from classprojects.classes.actions.outline import move_item, reorder_outline, restore_item
from classprojects.classes.actions.publishing import (
    Check,
    Unfinished,
    archive_class,
    checklist,
    publish_class,
    unpublish_class,
)
from classprojects.classes.actions.submitting import (
    SubmissionsClosed,
    Unfitting,
    is_attempt,
    submit_work,
    withdraw_submission,
)

__all__ = [
    "AssignmentDraft",
    "Check",
    "ClassDraft",
    "EditedMeanwhile",
    "FeedbackDraft",
    "LessonDraft",
    "SubmissionsClosed",
    "Unfinished",
    "Unfitting",
    "add_assignment",
    "add_instructor",
    "add_lesson",
    "archive_class",
    "checklist",
    "create_class",
    "delete_assignment",
    "delete_lesson",
    "edit_assignment",
    "edit_class",
    "edit_instructor_line",
    "edit_lesson",
    "finish_lesson",
    "give_feedback",
    "is_attempt",
    "join_class",
    "leave_class",
    "move_item",
    "publish_class",
    "reorder_outline",
    "restore_item",
    "submit_work",
    "unpublish_class",
    "withdraw_submission",
]
