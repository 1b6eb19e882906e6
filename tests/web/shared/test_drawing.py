"""Waveforms as SVG paths."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classprojects.web.shared.drawing import wave_path


def test_loud_and_silent_bars_stand_around_the_middle() -> None:
    assert wave_path([1.0, 0.0, 0.5], 3) == "M2 4v92M6 48v4M10 27v46"


def test_many_peaks_gather_into_their_loudest() -> None:
    assert wave_path([0.1, 1.0, 0.1, 0.5], 2) == "M2 4v92M6 27v46"


@pytest.mark.parametrize("peaks", [None, [], ()])
def test_nothing_to_draw(peaks: object) -> None:
    assert wave_path(peaks, 56) == ""  # type: ignore[arg-type]


@given(st.lists(st.floats(0, 2), min_size=1, max_size=900), st.integers(1, 200))
def test_bars_never_leave_the_drawing(peaks: list[float], bars: int) -> None:
    drawn = re.findall(r"M(\d+) (\d+)v(\d+)", wave_path(peaks, bars))
    assert len(drawn) == min(bars, len(peaks))
    assert all(int(top) >= 0 and int(top) + int(height) <= 100 for _x, top, height in drawn)
