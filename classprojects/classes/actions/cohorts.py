"""Places in a cohort."""

from __future__ import annotations

import sqlalchemy as sa

from classprojects.classes.models import Enrollment, Season
from classprojects.core.database import db, lock_row


def free_place(enrollment: Enrollment) -> None:
    """Take somebody out of the season that they learn in, if any: its place is free for somebody else."""
    season_id, enrollment.season_id = enrollment.season_id, None
    if season_id is None:
        return
    locked = sa.select(Season).where(Season.id == season_id)
    season = db.session.scalars(lock_row(db.session(), locked)).one()
    season.learners_count = max(0, season.learners_count - 1)
    db.session.flush()
    db.session.expire(enrollment, ["season"])
