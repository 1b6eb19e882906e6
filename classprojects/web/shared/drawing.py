"""Small drawings that templates put into the page as SVG."""

from __future__ import annotations

from collections.abc import Sequence

#: a silence still shows as a small bar, in hundredths of the height
LEAST = 2
LOUDEST = 46


def wave_path(peaks: Sequence[float] | None, bars: int) -> str:
    """The bars of a waveform as the ``d`` of an SVG path, 4 wide each, around the middle of a height of 100.

    ``peaks`` are the loudest points of a sound from 0 to 1; they are gathered into at most ``bars`` bars, each as high
    as its loudest.
    """
    peaks = peaks or ()
    count = min(bars, len(peaks))
    parts = []
    for number in range(count):
        loudest = max(peaks[number * len(peaks) // count : (number + 1) * len(peaks) // count])
        half = max(LEAST, round(min(1.0, loudest) * LOUDEST))
        parts.append(f"M{number * 4 + 2} {50 - half}v{half * 2}")
    return "".join(parts)
