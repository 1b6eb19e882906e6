"""How far somebody is in a class, and the next thing to do: pure functions over loaded rows.

Progress counts what was made, never minutes watched.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from classprojects.classes.models import Assignment, ClassProject, Lesson, Submission, SubmissionState
from classprojects.classes.queries import Progress
from classprojects.classes.queries.opening import Opening
from classprojects.core import clock


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
    DRAFT = "draft"  # an answer was begun
    GIVE_FEEDBACK = "give_feedback"
    WAIT = "wait"  # what comes next opens later
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
    #: the submission that one is asked about first
    asked_id: int | None = None
    #: how far into the lesson's sound or film one is, in seconds
    at_seconds: int = 0
    #: when it opens
    opens_at: datetime | None = None


def step_state(submission: Submission | None, is_drafted: bool = False) -> StepState:
    """Where an assignment stands for the one whose ``submission`` (or None) it is; ``is_drafted``: they began an answer."""
    if submission is None or submission.is_withdrawn:
        return StepState.DRAFT if is_drafted else StepState.NOT_STARTED
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


def count_to_make(project: ClassProject, progress: Progress) -> int:
    """How many there are to make for this learner: what they made, and what is asked of them and still can be made.

    What is offered "if you like", and what was closed, counts once it is made and is owed
    by nobody. So the share that is made never falls by an edit of the class, unless the
    edit asks for something more to be made; and what was made stays made in any case.
    """
    return sum(
        is_made(progress.submissions.get(assignment.id)) or (assignment.is_required and not assignment.is_closed)
        for assignment in project.assignments
    )


def next_thing(project: ClassProject, progress: Progress, opening: Opening | None = None) -> NextThing:
    """What to do next: an answer that came back first, then the outline in its order, then one's classmates.

    What is not open to the learner yet is passed over; where nothing else is left, it
    says when it opens.
    """
    opening = opening or Opening(clock.now())
    for assignment in project.assignments:
        submission = progress.submissions.get(assignment.id)
        if submission is not None and submission.state is SubmissionState.RETURNED:
            return NextThing(NextKind.TRY_AGAIN, assignment=assignment, submission=submission)
    owed: NextThing | None = None
    closed_doors: list[Lesson | Assignment] = []
    for item in project.outline:
        if not opening.is_open(item):
            if isinstance(item, Lesson) or item.is_required:
                closed_doors.append(item)
            for key in opening.missing(item):
                if opening.is_open(key):
                    return _make(key, progress)
            continue
        if isinstance(item, Lesson):
            if item.id not in progress.finished and not _is_passed(project, item, progress):
                place = progress.places.get(item.id)
                return NextThing(NextKind.LESSON, lesson=item, at_seconds=place.at_seconds if place else 0)
            continue
        made = is_made(progress.submissions.get(item.id))
        takes = not (item.is_closed and not opening.has_more_time(item)) and not opening.is_shut(item)
        if not made and takes and (item.is_required or item.id in progress.drafted):
            return _make(item, progress)
        asked = progress.asked.get(item.id)
        left = asked.left if asked is not None else item.feedback_count - progress.given.get(item.id, 0)
        if made and left > 0 and owed is None:
            owed = NextThing(NextKind.GIVE_FEEDBACK, assignment=item, left=left, asked_id=asked.waiting[0] if asked else None)
    if owed is not None:
        return owed
    if closed_doors:
        return _wait_for(closed_doors, opening)
    if not project.outline:
        return NextThing(NextKind.NOTHING_YET)
    return NextThing(NextKind.COMPLETE)


def _make(assignment: Assignment, progress: Progress) -> NextThing:
    kind = NextKind.DRAFT if assignment.id in progress.drafted else NextKind.ASSIGNMENT
    return NextThing(kind, assignment=assignment)


def _wait_for(closed_doors: list[Lesson | Assignment], opening: Opening) -> NextThing:
    """The one that opens first; what has no date of its own comes after all that have one."""
    dated = [(moment, number) for number, item in enumerate(closed_doors) if (moment := opening.opens_at(item)) is not None]
    moment, number = min(dated, default=(None, 0))
    item = closed_doors[number]
    if isinstance(item, Lesson):
        return NextThing(NextKind.WAIT, lesson=item, opens_at=moment)
    return NextThing(NextKind.WAIT, assignment=item, opens_at=moment)


def _is_passed(project: ClassProject, lesson: Lesson, progress: Progress) -> bool:
    """Whether something later in the outline was made: nobody is sent back to what they did without."""
    return any(
        assignment.position > lesson.position and is_made(progress.submissions.get(assignment.id))
        for assignment in project.assignments
    )
