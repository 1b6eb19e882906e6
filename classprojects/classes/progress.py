"""How far somebody is in a class, and the next thing to do: pure functions over loaded rows.

Progress counts what was made, never minutes watched.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from classprojects.classes.models import Assignment, ClassProject, Lesson, Submission, SubmissionState
from classprojects.classes.queries import Progress


class StepState(enum.StrEnum):
    """An assignment as a step on the way, as the progress rail names it."""

    NOT_STARTED = "not_started"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    FEEDBACK_WAITING = "feedback_waiting"
    DONE = "done"


class NextKind(enum.StrEnum):
    """What kind of thing comes next."""

    TRY_AGAIN = "try_again"  # the instructor suggests another attempt
    LESSON = "lesson"
    ASSIGNMENT = "assignment"
    GIVE_FEEDBACK = "give_feedback"
    COMPLETE = "complete"
    NOTHING_YET = "nothing_yet"  # the class has nothing to do in it


@dataclass(frozen=True)
class NextThing:
    """The one next thing to do, and what it is about."""

    kind: NextKind
    lesson: Lesson | None = None
    assignment: Assignment | None = None
    submission: Submission | None = None
    #: how many classmates still to answer
    left: int = 0


def step_state(submission: Submission | None) -> StepState:
    """Where an assignment stands for the one whose ``submission`` (or None) it is."""
    if submission is None or submission.is_withdrawn:
        return StepState.NOT_STARTED
    return {
        SubmissionState.DRAFT: StepState.DRAFT,
        SubmissionState.SUBMITTED: StepState.SUBMITTED,
        SubmissionState.RESUBMITTED: StepState.SUBMITTED,
        SubmissionState.RETURNED: StepState.FEEDBACK_WAITING,
        SubmissionState.REVIEWED: StepState.DONE,
    }[submission.state]


def is_made(submission: Submission | None) -> bool:
    """Whether an assignment counts as made."""
    return submission is not None and submission.is_handed_in


def count_made(project: ClassProject, progress: Progress) -> int:
    """How many assignments of the class one has made."""
    return sum(is_made(progress.submissions.get(assignment.id)) for assignment in project.assignments)


def next_thing(project: ClassProject, progress: Progress) -> NextThing:
    """What to do next: an answer that came back first, then the outline in its order, then one's classmates."""
    for assignment in project.assignments:
        submission = progress.submissions.get(assignment.id)
        if submission is not None and submission.state is SubmissionState.RETURNED:
            return NextThing(NextKind.TRY_AGAIN, assignment=assignment, submission=submission)
    owed: NextThing | None = None
    for item in project.outline:
        if isinstance(item, Lesson):
            if item.id not in progress.finished and not _is_passed(project, item, progress):
                return NextThing(NextKind.LESSON, lesson=item)
            continue
        made = is_made(progress.submissions.get(item.id))
        if not made and item.is_required and not item.is_closed:
            return NextThing(NextKind.ASSIGNMENT, assignment=item)
        left = item.feedback_count - progress.given.get(item.id, 0)
        if made and left > 0 and owed is None:
            owed = NextThing(NextKind.GIVE_FEEDBACK, assignment=item, left=left)
    if owed is not None:
        return owed
    if not project.outline:
        return NextThing(NextKind.NOTHING_YET)
    return NextThing(NextKind.COMPLETE)


def _is_passed(project: ClassProject, lesson: Lesson, progress: Progress) -> bool:
    """Whether something later in the outline was made: nobody is sent back to what they did without."""
    return any(
        assignment.position > lesson.position and is_made(progress.submissions.get(assignment.id))
        for assignment in project.assignments
    )
