"""How far the child has come, for whoever waits: one line a step, and not too many."""

from __future__ import annotations

import time
from collections.abc import Callable

#: at most so often (seconds) within one stage
PACE = 0.5

_say: Callable[[str, int], None] | None = None
_last: tuple[str, int, float] = ("", -1, 0.0)


def report_to(say: Callable[[str, int], None]) -> None:
    """Have stages and percentages told to ``say``."""
    global _say
    _say = say


def tell(stage: str, part: float = 0.0) -> None:
    """Say that ``stage`` is so far done (0 to 1); costs next to nothing when it was said just now."""
    global _last
    if _say is None:
        return
    percent = min(100, max(0, int(part * 100)))
    now = time.monotonic()
    if stage == _last[0] and (percent <= _last[1] or now - _last[2] < PACE):
        return
    _last = (stage, percent, now)
    _say(stage, percent)
