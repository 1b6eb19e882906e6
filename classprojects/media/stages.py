"""The stages that a file goes through while it is prepared, and what share of the time each takes."""

from __future__ import annotations

from classprojects.media.models import MediaKind

#: per cent of the whole, in order; measured on films and sounds of some minutes, on photos of 12 megapixels
SHARES: dict[MediaKind, dict[str, int]] = {
    MediaKind.IMAGE: {"checking": 5, "pictures": 75, "copy": 15, "storing": 5},
    MediaKind.AUDIO: {"checking": 3, "sound": 85, "copy": 8, "storing": 4},
    MediaKind.VIDEO: {"checking": 2, "film": 84, "poster": 5, "copy": 5, "storing": 4},
    MediaKind.DOCUMENT: {},
}
#: what comes first for a file that we make ourselves
MAKING = "making"
#: what a film that is ready goes through once more when its maker chose another poster
POSTER = "poster"


def stages_of(kind: MediaKind, *, is_made_here: bool = False) -> tuple[str, ...]:
    """The names of the stages in their order."""
    return ((MAKING,) if is_made_here else ()) + tuple(SHARES[kind])


def overall_progress(kind: MediaKind, stage: str, percent: int) -> int:
    """How far the whole is (0 to 99) when ``stage`` is so many per cent done; a stage of another kind counts as the begin."""
    done = 0
    for name, share in SHARES[kind].items():
        if name == stage:
            return min(99, done + share * max(0, min(100, percent)) // 100)
        done += share
    return 0
