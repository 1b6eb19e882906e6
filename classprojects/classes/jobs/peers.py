"""What happens by the clock to what classmates ask of one another."""

from __future__ import annotations

from collections import defaultdict

from classprojects.classes.actions import peers
from classprojects.classes.models import Assignment
from classprojects.classes.queries import peers as queries
from classprojects.core import clock
from classprojects.core.database import db, transaction

#: how many are looked at in one turn; the next turn takes the rest
BATCH = 500


def sweep_readers() -> int:
    """Give what was not answered in time to somebody else, something to answer to those who have too little, readers to
    those who lack some."""
    now = clock.now()
    due: dict[int, list[int]] = defaultdict(list)
    for assignment_id, review_id in queries.list_lapsing(now, BATCH):
        due[assignment_id].append(review_id)
    changed = 0
    for assignment_id, review_ids in sorted(due.items()):
        with transaction():
            assignment = db.session.get_one(Assignment, assignment_id)
            changed += peers.lapse_reviews(assignment, review_ids, now)
    for assignment in queries.list_ruled_assignments():
        with transaction():
            changed += peers.recount(assignment) + peers.fill_gaps(assignment) + peers.even_out(assignment)
    return changed
