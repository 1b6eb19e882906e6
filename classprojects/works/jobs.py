"""What happens to works by the clock."""

from __future__ import annotations

from classprojects.core.database import transaction
from classprojects.media import jobs as media
from classprojects.works import drafts


def sweep_drafts() -> int:
    """Throw away drafts that nobody has touched for a long time."""
    with transaction():
        return drafts.drop_old_drafts()


def sweep_files() -> int:
    """Delete uploads that no page uses and that no draft waits with."""
    return media.sweep_orphans(spared=drafts.is_drafted())
