"""Mixing several sounds into one: each from its own moment, at its own loudness, faded in and out.

The sum is reckoned in floating point, a second at a time, so that an hour of eight sounds takes no more memory
than a minute of two. Twice: first to find how loud it gets, then to write it. Where it would be louder than a
file can hold, the whole is turned down; nothing is ever clipped or squeezed.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import numpy as np

from classprojects.gateways.darkroom import progress
from classprojects.gateways.darkroom.container import audio_stream, check_streams, open_media
from classprojects.gateways.darkroom.cutting import samples, sound_frames
from classprojects.gateways.darkroom.limits import Refusal
from classprojects.gateways.darkroom.sound import RATE

BLOCK = RATE
#: how loud the loudest sample may be where the whole is turned down: one decibel below the top
CEILING = 10 ** (-1 / 20)


def mix(paths: list[Path], target: Path, tracks: list[dict[str, Any]]) -> None:
    """Write the sum of ``tracks`` (from_ms, to_ms, offset_ms, gain_db, fade_in_ms, fade_out_ms) as FLAC at 48 kHz."""
    layout = "mono" if all(_is_mono(path) for path in dict.fromkeys(paths)) else "stereo"
    total = max(samples(track["offset_ms"] + track["to_ms"] - track["from_ms"], RATE) for track in tracks)
    loudest, done = 0.0, 0
    for block in _blocks(paths, tracks, layout, total):
        loudest = max(loudest, float(np.abs(block).max()))
        done += block.shape[1]
        progress.tell("making", done / total / 2)
    scale = 1.0 if loudest <= 1.0 else CEILING / loudest
    with av.open(str(target), "w", format="flac") as out:
        stream: Any = out.add_stream("flac", rate=RATE, layout=layout)
        stream.format = "s16"
        written = 0
        for block in _blocks(paths, tracks, layout, total):
            whole = np.clip(np.rint(block * (scale * 32768)), -32768, 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(whole.T.reshape(1, -1)), format="s16", layout=layout)
            frame.sample_rate, frame.pts = RATE, written
            written += block.shape[1]
            progress.tell("making", 0.5 + written / total / 2)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _is_mono(path: Path) -> bool:
    with open_media(path) as source:
        check_streams(source)
        track = audio_stream(source)
        if track is None:
            raise Refusal("no_sound")
        return bool(track.codec_context.channels == 1)


def _blocks(paths: list[Path], tracks: list[dict[str, Any]], layout: str, total: int) -> Any:
    """The sum, (channels, n) at a time."""
    channels = 1 if layout == "mono" else 2
    with ExitStack() as stack:
        readers = [_Reader(stack.enter_context(open_media(path)), layout, track) for path, track in zip(paths, tracks, strict=True)]
        for at in range(0, total, BLOCK):
            count = min(BLOCK, total - at)
            block = np.zeros((channels, count), dtype=np.float64)
            for reader in readers:
                reader.add_to(block, at)
            yield block


class _Reader:
    """One sound of the mix: hands out its samples from where it begins."""

    def __init__(self, source: Any, layout: str, track: dict[str, Any]) -> None:
        check_streams(source)
        stream = audio_stream(source)
        if stream is None:
            raise Refusal("no_sound")
        begin, end = samples(track["from_ms"], RATE), samples(track["to_ms"], RATE)
        self.offset, self.length = samples(track["offset_ms"], RATE), end - begin
        self.gain = 10 ** (track["gain_db"] / 20)
        self.fade_in, self.fade_out = samples(track["fade_in_ms"], RATE), samples(track["fade_out_ms"], RATE)
        # A mono sound is heard on both sides as loud as it was; turning it into stereo first would make it quieter.
        own = "mono" if stream.codec_context.channels == 1 else layout
        self.frames = sound_frames(source, stream, RATE, own, "fltp", begin, end)
        self.rest: np.ndarray | None = None
        self.at = 0

    def add_to(self, block: np.ndarray, start: int) -> None:
        """Add what sounds in ``block``, which begins at sample ``start`` of the mix."""
        first = max(0, self.offset - start)
        count = min(block.shape[1] - first, self.length - self.at)
        while first < block.shape[1] and count > 0:
            if self.rest is None or not self.rest.shape[1]:
                frame = next(self.frames, None)
                if frame is None:
                    # Shorter than it said: the rest is silence.
                    self.at = self.length
                    return
                self.rest = frame.to_ndarray()
            part = self.rest[:, :count]
            taken = part.shape[1]
            block[:, first : first + taken] += part * self._loudness(taken)
            self.rest = self.rest[:, taken:]
            self.at, first, count = self.at + taken, first + taken, count - taken

    def _loudness(self, count: int) -> np.ndarray:
        """The factor of each of the next samples: gain, and straight lines in and out."""
        place = np.arange(self.at, self.at + count, dtype=np.float64)
        factor = np.full(count, self.gain)
        if self.fade_in:
            factor *= np.minimum(1.0, place / self.fade_in)
        if self.fade_out:
            factor *= np.minimum(1.0, (self.length - place) / self.fade_out)
        return factor
