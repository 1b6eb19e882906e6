"""Which moments of a film stand for it."""

from __future__ import annotations

#: so many stills to choose a poster from, in a sheet so many wide
STILLS = 6
STILLS_ACROSS = 3


def still_moments(duration_ms: int) -> list[int]:
    """The moments (ms) of the stills that a poster is chosen from: evenly spread, none at the very ends."""
    return [duration_ms * (2 * number + 1) // (2 * STILLS) for number in range(STILLS)]
