"""Tables of class projects, their outline, their people, submissions, feedback, seasons and talk."""

from __future__ import annotations

from classprojects.classes.models.board import Topic
from classprojects.classes.models.feedback import Feedback, FeedbackReport, PeerReview, SavedReply
from classprojects.classes.models.learning import AssignmentStart, Enrollment, LearnerNote, LessonFinish, LessonPlace
from classprojects.classes.models.outline import (
    Assignment,
    ClassImport,
    ClassInstructor,
    ClassProject,
    ClassReview,
    ClassState,
    ImportState,
    InstructorInvitation,
    InstructorRole,
    Lesson,
    LessonResource,
    Level,
    OutlineChange,
    Prerequisite,
    ReviewDecision,
    StarterWork,
)
from classprojects.classes.models.seasons import Extension, Season, SeasonDate, SeasonEvent, SeasonEventKind
from classprojects.classes.models.showcase import ShowcaseEntry
from classprojects.classes.models.submissions import HANDED_IN, WAITING, Attempt, Submission, SubmissionState

__all__ = [
    "Assignment",
    "AssignmentStart",
    "Attempt",
    "ClassImport",
    "ClassInstructor",
    "ClassProject",
    "ClassReview",
    "ClassState",
    "Enrollment",
    "Extension",
    "Feedback",
    "FeedbackReport",
    "HANDED_IN",
    "ImportState",
    "InstructorInvitation",
    "InstructorRole",
    "LearnerNote",
    "Lesson",
    "LessonFinish",
    "LessonPlace",
    "LessonResource",
    "Level",
    "OutlineChange",
    "PeerReview",
    "Prerequisite",
    "ReviewDecision",
    "SavedReply",
    "Season",
    "SeasonDate",
    "SeasonEvent",
    "SeasonEventKind",
    "ShowcaseEntry",
    "StarterWork",
    "Submission",
    "SubmissionState",
    "Topic",
    "WAITING",
]
