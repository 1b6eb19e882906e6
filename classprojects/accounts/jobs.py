"""What happens to accounts by the clock."""

from __future__ import annotations

from classprojects.accounts import actions
from classprojects.core.database import transaction


def sweep_ended_sessions() -> None:
    """Forget sessions that were ended so long ago that they would not work any more."""
    with transaction():
        actions.forget_ended_sessions()
