"""How loud a sound is: the test signals of the EBU (Tech 3341), and what goes into a file's facts."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from classprojects.gateways.darkroom.loudness import Ear
from classprojects.gateways.transcoder import audio_renditions, video_renditions
from tests.factories.media import film_file, sound_file

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

RATE = 48_000


def sine(seconds: float, decibels: float, frequency: float = 1000, phase: float = 0.0) -> np.ndarray:
    """One channel of a sine whose peak is that far below full scale."""
    moments = np.arange(int(seconds * RATE)) / RATE
    return (10 ** (decibels / 20) * np.sin(2 * np.pi * frequency * moments + phase)).astype(np.float32)


def measured(samples: np.ndarray, layout: str = "stereo") -> dict[str, float | None]:
    """What the ear says of the same samples on each channel."""
    ear = Ear(RATE, layout)
    channels = 2 if layout == "stereo" else 1
    for start in range(0, len(samples), 4096):
        part = np.ascontiguousarray(np.repeat(samples[None, start : start + 4096], channels, axis=0))
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        ear.hear(frame)
    return ear.facts()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(20, -23)], -23.0),  # test signal 1
        ([(20, -33)], -33.0),  # 2
        ([(10, -36), (60, -23), (10, -36)], -23.0),  # 3
        ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23.0),  # 4
        ([(20, -26), (20.1, -20), (20, -26)], -23.0),  # 5
    ],
)
def test_the_ebus_test_signals(parts: list[tuple[float, float]], expected: float) -> None:
    """Within 0.1 LU, as EBU Tech 3341 wants it of a meter; the gates leave the quiet parts out."""
    found = measured(np.concatenate([sine(seconds, level) for seconds, level in parts]))["loudness"]
    assert found == pytest.approx(expected, abs=0.1001)


def test_a_single_channel_comes_out_of_two_loudspeakers() -> None:
    """One channel sounds as loud as the same sound on both."""
    assert measured(sine(20, -23), "mono")["loudness"] == pytest.approx(-23.0, abs=0.1001)


@pytest.mark.parametrize(
    ("frequency", "phase"), [(12_000, 0.0), (12_000, np.pi / 4), (8_000, np.pi / 3), (6_000, np.pi / 8)]
)
def test_peaks_between_the_samples(frequency: float, phase: float) -> None:
    """EBU Tech 3341, test signals 15 to 18: a sine at half of full scale, wherever it is sampled: -6 dBTP, +0.2 -0.4."""
    fade = np.minimum(1, np.minimum(np.arange(2 * RATE), np.arange(2 * RATE)[::-1]) / (RATE / 10)).astype(np.float32)
    peak = measured(sine(2, 20 * np.log10(0.5), frequency, phase) * fade)["true_peak"]
    assert peak is not None
    assert -6.4 <= peak <= -5.8


@pytest.mark.parametrize("samples", [sine(5, -120), np.zeros(RATE * 5, dtype=np.float32), sine(0.1, -20)])
def test_silence_and_a_click_have_no_loudness(samples: np.ndarray) -> None:
    """Nothing to even out."""
    assert measured(samples) == {"loudness": None, "true_peak": None}


def test_of_files(tmp_path: Path) -> None:
    """Sounds and films with sound are measured, and not changed: evening out is for the player."""
    out = tmp_path / "out"
    out.mkdir()
    loud = audio_renditions(sound_file(tmp_path / "a.wav", 4.0), out, 4000)
    assert loud.loudness == pytest.approx(-3.0, abs=0.6)
    assert loud.true_peak == pytest.approx(20 * np.log10(0.8), abs=0.3)
    film = video_renditions(film_file(tmp_path / "a.mp4", 3.0), out, 3000)
    assert film.loudness is not None
    assert film.loudness < -1
    assert film.true_peak is not None
    silent = audio_renditions(sound_file(tmp_path / "b.wav", 2.0, shape="silence"), out, 2000)
    assert (silent.loudness, silent.true_peak) == (None, None)
    mute = video_renditions(film_file(tmp_path / "b.mp4", 1.0, sound=False), out, 1000)
    assert (mute.loudness, mute.true_peak) == (None, None)
