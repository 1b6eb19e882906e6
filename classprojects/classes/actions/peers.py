"""Classmates answer one another: whoever hands in is asked about some of the others' answers.

The rule of an assignment says how many, ``k``. What holds at every moment:

- nobody is asked about their own answer, nor twice about the same;
- nobody is asked about more than ``k``, or one more to stand in for somebody who stayed silent;
- nobody's answer is given to more than ``k + 1`` who are asked (readers of their own accord come on top);
- who has fewest readers comes first, and of those the newest; and who lacks some takes over those whom others have
  above ``k``, as long as they have not answered: at once among few, by the clock among many. So, before anybody has
  answered, everybody has as many readers as they were asked about (tests/classes/test_peers.py).

Nobody waits for anybody. Where too few are there yet, those who hand in later fill the gap. What was not
answered in time lapses and is given to somebody else; whoever let it lapse may still answer. Whoever leaves
or takes their answer back is let off, and so is everybody who was asked about it.

What is asked for one assignment changes one at a time (:func:`hold_readers`): take that hold before
changing a submission, since two that wait for each other would wait for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.classes.models import Assignment, ClassProject, Feedback, PeerReview, Submission
from classprojects.classes.queries import peers as queries
from classprojects.core import clock
from classprojects.core.database import Id, UTCDateTime, db, hold
from classprojects.notifications.actions import notify, notify_all
from classprojects.notifications.models import NotificationKind

#: how long somebody has before another classmate is asked instead
PATIENCE = timedelta(days=4)
#: ``readers_count`` of what nobody is asked about: taken back, gone, or its maker left the class
PARKED = -1


def hold_readers(*assignment_ids: int) -> None:
    """Let only one transaction at a time change who is asked in these assignments."""
    for id in sorted(set(assignment_ids)):
        hold(db.session, "readers", id)


def ask_classmates(submission: Submission, assignment: Assignment) -> None:
    """``submission`` was handed in, once more perhaps: its maker is asked about others' answers, and others about it."""
    hold_readers(assignment.id)
    count = 0
    if submission.attempts_count > 1:
        # Without a rule too, since there may be one later: what was taken back is there again.
        count = queries.count_readers(submission.id)
        _set_count(submission.id, count)
        db.session.expire(submission, ["readers_count"])
    if not assignment.feedback_count:
        return
    _ask_reader(assignment, submission.person_id)
    loads = queries.list_newest_loads(assignment.id)
    count += _find_readers(assignment, submission.id, submission.person_id, count, loads)
    if len(loads) < queries.WINDOW:
        # Among few, nobody may come after them. Among many somebody soon does, and the clock sees to the rest.
        _take_over_readers(assignment, submission.id, submission.person_id, assignment.feedback_count - count)
    db.session.expire(submission, ["readers_count"])


def _take_over_readers(assignment: Assignment, submission_id: int, maker_id: int, lacking: int) -> int:
    """Give a submission that lacks readers those whom others have above the rule, as long as they have not answered.

    So the last to hand in are read too, even if nobody comes after them. How many it is given.
    """
    spares = queries.list_spare_reviews(assignment.id, assignment.feedback_count) if lacking > 0 else []
    if not spares:
        return 0
    known = {maker_id, *queries.list_reader_ids(submission_id)}
    taken: dict[int, queries.Spare] = {}  # no submission has more than one above the rule
    for spare in spares:
        if len(taken) < lacking and spare.reviewer_id not in known and spare.submission_id not in taken:
            taken[spare.submission_id] = spare
            known.add(spare.reviewer_id)
    if not taken:
        return 0
    now = clock.now()
    db.session.connection().execute(
        _MOVE_REVIEWS, {"among": [one.id for one in taken.values()], "to": submission_id, "now": now, "until": now + PATIENCE}
    )
    _add_count(taken, -1)
    _add_count([submission_id], len(taken))
    readers = sa.select(Person.id).where(Person.id.in_([one.reviewer_id for one in taken.values()]))
    notify_all(readers, NotificationKind.FEEDBACK_ASKED, f"feedback_asked:{submission_id}", actor_id=None, path=f"/submissions/{submission_id}")
    return len(taken)


def _ask_reader(assignment: Assignment, person_id: int, *, is_told: bool = False) -> int:
    """Ask somebody about as many answers as the rule still allows; how many there were."""
    known = queries.list_asked_ids(assignment.id, person_id)
    wanted = assignment.feedback_count - len(known)
    if wanted <= 0:
        return 0
    chosen = _pick(assignment, wanted, person_id, known)
    _ask([(assignment.id, id, person_id) for id in chosen])
    if is_told:
        for id in chosen:
            _tell(person_id, id)
    return len(chosen)


def _pick(assignment: Assignment, wanted: int, person_id: int, known: Collection[int]) -> list[int]:
    """Up to ``wanted`` submissions that somebody can be asked about: those with the fewest readers, the newest of them first."""
    while True:
        # Their own and what they know may be among them; so many more are looked at.
        found = queries.list_candidates(assignment.id, assignment.feedback_count + 1, wanted + len(known) + 1)
        gone = [one.id for one in found if not one.is_there]
        if not gone:
            fitting = [one.id for one in found if one.person_id != person_id and one.id not in known]
            return fitting[:wanted]
        # Whatever is met that is gone is met once.
        _set_count(gone, PARKED)


def _find_readers(
    assignment: Assignment,
    submission_id: int,
    maker_id: int,
    count: int,
    loads: Sequence[queries.Load],
    *,
    most: int | None = None,
    stand_ins: bool = False,
    without: int | None = None,
) -> int:
    """Ask those about a submission who were asked about too few; of ``stand_ins`` those too who answered all they were asked. How many."""
    room = assignment.feedback_count + 1 - count
    room = room if most is None else min(room, most)
    if room <= 0:
        return 0
    loads = [one for one in loads if one.person_id not in (maker_id, without)]
    short = [one for one in loads if one.asked < assignment.feedback_count]
    # Who waits longest for something to answer comes first.
    found = short[::-1]
    if stand_ins:
        found += sorted((one for one in loads if one.asked == assignment.feedback_count and not one.silent), key=lambda one: one.asked)
    if not found:
        return 0
    known = set(queries.list_reader_ids(submission_id))
    chosen = [one.person_id for one in found if one.person_id not in known][:room]
    _ask([(assignment.id, submission_id, person_id) for person_id in chosen])
    for person_id in chosen:
        _tell(person_id, submission_id)
    return len(chosen)


def _ask(asked: Sequence[tuple[int, int, int]]) -> None:
    """Write down (assignment, submission, reader), and count."""
    if not asked:
        return
    now = clock.now()
    db.session.connection().execute(
        _ADD_REVIEWS,
        [
            {"assignment_id": assignment, "submission_id": submission, "reviewer_id": reader, "asked_at": now, "open_until": now + PATIENCE}
            for assignment, submission, reader in asked
        ],
    )
    if len({submission for _, submission, _ in asked}) == len(asked):
        _add_count([submission for _, submission, _ in asked], 1)
    else:
        _add_count([asked[0][1]], len(asked))


def _tell(person_id: int, submission_id: int) -> None:
    """Somebody is asked while they do something else. Whose answer it is stands on its page, as far as they are told."""
    notify(
        person_id,
        NotificationKind.FEEDBACK_ASKED,
        f"feedback_asked:{submission_id}:{person_id}",
        actor_id=None,
        work_id=None,
        path=f"/submissions/{submission_id}",
    )


# Tables rather than objects: a hand-in writes a handful of rows that nobody looks at in the same breath.
_REVIEWS: sa.Table = PeerReview.__table__  # type: ignore[assignment]
_SUBMISSIONS: sa.Table = Submission.__table__  # type: ignore[assignment]


_ADD_REVIEWS = _REVIEWS.insert()
_AMONG = _SUBMISSIONS.c.id.in_(sa.bindparam("among", expanding=True))
# What is parked stays so, whoever answers it.
_ADD_COUNT = (
    sa.update(_SUBMISSIONS)
    .where(_AMONG, _SUBMISSIONS.c.readers_count > PARKED)
    .values(readers_count=_SUBMISSIONS.c.readers_count + sa.bindparam("step", type_=Id))
)
_MOVE_REVIEWS = (
    sa.update(_REVIEWS)
    .where(_REVIEWS.c.id.in_(sa.bindparam("among", expanding=True)))
    .values(submission_id=sa.bindparam("to", type_=Id), asked_at=sa.bindparam("now", type_=UTCDateTime()), open_until=sa.bindparam("until", type_=UTCDateTime()))
)
_SET_COUNT = sa.update(_SUBMISSIONS).where(_AMONG).values(readers_count=sa.bindparam("count", type_=Id))


def _add_count(submission_ids: Iterable[int], step: int) -> None:
    db.session.connection().execute(_ADD_COUNT, {"among": list(submission_ids), "step": step})


def _set_count(submission_ids: int | Iterable[int], count: int) -> None:
    ids = [submission_ids] if isinstance(submission_ids, int) else list(submission_ids)
    db.session.connection().execute(_SET_COUNT, {"among": ids, "count": count})


def record_feedback(feedback: Feedback, submission: Submission) -> None:
    """A classmate said something about ``submission`` (with its assignment), asked or of their own accord: it counts for both.

    Whoever has said enough of their own accord is let off what they were asked, and somebody else is.
    """
    author_id = feedback.author_id
    if feedback.by_instructor or author_id == submission.person_id:
        return
    hold_readers(submission.assignment_id)
    review = queries.find_review(submission.id, author_id)
    if review is not None:
        if review.done_at is None:
            if review.lapsed_at is not None:
                _add_count([submission.id], 1)
            review.done_at, review.lapsed_at = clock.now(), None
            db.session.flush()
        return
    now = clock.now()
    db.session.add(
        PeerReview(
            assignment_id=submission.assignment_id, submission_id=submission.id, reviewer_id=author_id, asked_at=now, open_until=now, done_at=now
        )
    )
    db.session.flush()
    _add_count([submission.id], 1)
    silent = queries.list_silent_reviews(submission.assignment_id, author_id)
    answered = len(queries.list_asked_ids(submission.assignment_id, author_id)) - len(silent)
    spare = answered + len(silent) - submission.assignment.feedback_count
    if spare > 0:
        _let_off(submission.assignment, [one for one in silent if one.lapsed_at is None][-spare:])


def _let_off(assignment: Assignment, reviews: Sequence[PeerReview]) -> None:
    """Take back what somebody was asked, and ask somebody else."""
    # What lapsed was given to somebody else already.
    counted = [one.submission_id for one in reviews if one.lapsed_at is None]
    _drop(reviews)
    _add_count(counted, -1)
    _give_on(assignment, counted, without=reviews[0].reviewer_id if reviews else None)


def _drop(reviews: Sequence[PeerReview]) -> None:
    for review in reviews:
        db.session.expunge(review)
    db.session.execute(sa.delete(_REVIEWS).where(_REVIEWS.c.id.in_([review.id for review in reviews])))


def _give_on(assignment: Assignment, submission_ids: Sequence[int], *, without: int | None = None) -> None:
    """Find one more reader for each of these, other than ``without``."""
    if not submission_ids or not assignment.feedback_count or assignment.deleted_at is not None:
        return
    columns = _SUBMISSIONS.c
    rows = db.session.execute(
        sa.select(columns.id, columns.person_id, columns.readers_count).where(columns.id.in_(submission_ids), columns.readers_count > PARKED)
    ).all()
    for id, maker_id, count in sorted(rows, key=lambda row: (row.readers_count, -row.id)):
        loads = queries.list_newest_loads(assignment.id)
        _find_readers(assignment, id, maker_id, count, loads, most=1, stand_ins=True, without=without)


def release(submission: Submission) -> None:
    """``submission`` (with its assignment) was taken back: nobody is asked about it, and its maker about nobody else's.

    Those who were asked about it are asked about another instead.
    """
    assignment = submission.assignment
    hold_readers(assignment.id)
    asked = queries.list_open_reviews(submission.id)
    readers = [one.reviewer_id for one in asked]
    _drop(asked)
    _set_count(submission.id, PARKED)
    _let_off(assignment, queries.list_silent_reviews(assignment.id, submission.person_id))
    if assignment.feedback_count and assignment.deleted_at is None:
        for person_id in readers:
            if queries.is_learner(submission.class_id, person_id):
                _ask_reader(assignment, person_id, is_told=True)
    db.session.expire(submission, ["readers_count"])


def release_all(person: Person, project_id: int) -> None:
    """``person`` left the class: as if they had taken everything back."""
    own = queries.list_own_in_class(project_id, person.id)
    hold_readers(*(one.assignment_id for one in own))
    for submission in own:
        release(submission)


def come_back(person: Person, project: ClassProject) -> None:
    """``person`` joined again: what they handed in is answered again, and they are asked again."""
    own = queries.list_own_in_class(project.id, person.id)
    hold_readers(*(one.assignment_id for one in own))
    for submission in own:
        _set_count(submission.id, queries.count_readers(submission.id))
        if submission.assignment.deleted_at is None and submission.assignment.feedback_count:
            _ask_reader(submission.assignment, person.id)
        db.session.expire(submission, ["readers_count"])


# By the clock


def lapse_reviews(assignment: Assignment, review_ids: Collection[int], now: datetime) -> int:
    """Stop waiting for these, as far as they are still open at ``now``, and ask somebody else. How many."""
    hold_readers(assignment.id)
    columns = _REVIEWS.c
    is_over = (columns.id.in_(list(review_ids)), columns.done_at.is_(None), columns.lapsed_at.is_(None), columns.open_until <= now)
    lapsed = db.session.execute(sa.update(_REVIEWS).where(*is_over).values(lapsed_at=now).returning(columns.submission_id)).all()
    for (submission_id,) in lapsed:
        _add_count([submission_id], -1)
    ids = sorted({row.submission_id for row in lapsed})
    gone = queries.list_gone(ids)
    if gone:
        # Deleted in the meantime: nobody was silent about it, and its readers can be asked about another.
        db.session.execute(sa.delete(_REVIEWS).where(columns.submission_id.in_(gone), columns.done_at.is_(None)))
        _set_count(gone, PARKED)
    _give_on(assignment, [id for id in ids if id not in gone])
    return len(lapsed)


def recount(assignment: Assignment, most: int = 100) -> int:
    """Count again what was parked and is there all the same, its work brought back perhaps. How many."""
    hold_readers(assignment.id)
    parked = queries.list_parked(assignment.id, most)
    for id in parked:
        _set_count(id, queries.count_readers(id))
    return len(parked)


def fill_gaps(assignment: Assignment, most: int = 100) -> int:
    """Ask those who were asked about too few, where there is something to answer by now. How many were asked."""
    hold_readers(assignment.id)
    return sum(_ask_reader(assignment, load.person_id, is_told=True) > 0 for load in queries.list_short_loads(assignment, most))


def even_out(assignment: Assignment, most: int = 100) -> int:
    """Let those who lack readers take over those whom others have above the rule. How many are taken over."""
    hold_readers(assignment.id)
    count = assignment.feedback_count
    lacking = queries.list_lacking(assignment.id, count, most)
    return sum(_take_over_readers(assignment, one.id, one.person_id, count - one.readers_count) for one in lacking)
