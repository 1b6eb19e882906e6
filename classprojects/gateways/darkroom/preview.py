"""A few moving seconds without sound: what a card shows while somebody points at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av

from classprojects.gateways.darkroom.container import open_media

NAME = "preview"
SIDE = 416
RATE = 12
SECONDS = 3
#: from so many moments of a film
MOMENTS = 4
#: bytes; what does not fit is written coarser, or not at all
LARGEST = 300_000
QUALITIES = ("30", "38")
#: an animated picture: so many frames, and all of them together so many pixels
MAX_FRAMES = 200
MAX_ALL_PIXELS = 120_000_000
#: milliseconds of an animated picture
LONGEST_MS = 6000


def of_film(film: Path, outdir: Path) -> dict[str, Any] | None:
    """Three seconds from four moments of a film that we made."""
    frames = [frame.reformat(*_small(frame.width, frame.height), "yuv420p") for frame in _film_frames(film)]
    return _write(frames, outdir)


def of_animation(picture: Any, outdir: Path) -> dict[str, Any] | None:
    """The first seconds of an animated picture, as fast as it runs; None when it does not move.

    ``picture``: as Pillow opened it. What is damaged after the first frame ends the preview, not the picture.
    """
    size = _small(*picture.size)
    made: dict[int, Any] = {}
    frames = []
    for number, flat in _animation_frames(picture):
        if number not in made:
            made[number] = av.VideoFrame.from_image(flat.resize(size)).reformat(format="yuv420p")
        frames.append(made[number])
    return _write(frames, outdir) if len(made) > 1 else None


def _small(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, SIDE / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _film_frames(film: Path) -> Iterator[Any]:
    with open_media(film) as container:
        stream = container.streams.video[0]
        duration = (container.duration or 0) / av.time_base
        whole = duration <= SECONDS * 1.5
        for number in range(1 if whole else MOMENTS):
            begin = 0.0 if whole else duration * (number + 0.5) / MOMENTS
            length = min(duration, SECONDS) if whole else SECONDS / MOMENTS
            container.seek(int(begin * av.time_base))
            yield from islice(_paced(container.decode(stream), begin), max(1, round(length * RATE)))


def _paced(frames: Iterable[Any], begin: float) -> Iterator[Any]:
    """Frames from ``begin`` on, so many a second."""
    wanted = begin
    for frame in frames:
        if frame.time is not None and frame.time >= wanted:
            yield frame
            wanted = max(wanted + 1 / RATE, frame.time)


def _animation_frames(picture: Any) -> Iterator[tuple[int, Any]]:
    """Its frames on white, each with its number and as often as its time wants."""
    from PIL import Image

    most = min(MAX_FRAMES, MAX_ALL_PIXELS // (picture.width * picture.height))
    wanted, moment = 0.0, 0.0
    for number in range(most):
        try:
            picture.seek(number)
            frame = picture.convert("RGBA")
        except Exception:
            # The end, or damage: each decoder raises what it likes.
            return
        ends = moment + max(20.0, float(picture.info.get("duration") or 100))
        flat = Image.new("RGB", frame.size, (255, 255, 255))
        flat.paste(frame, mask=frame.getchannel("A"))
        while wanted < min(ends, LONGEST_MS):
            yield number, flat
            wanted += 1000 / RATE
        moment = ends
        if moment >= LONGEST_MS:
            return


def _write(frames: list[Any], outdir: Path) -> dict[str, Any] | None:
    """H.264 without sound; None where nothing moves or it would be too heavy."""
    if len(frames) < 2:
        return None
    width, height = frames[0].width, frames[0].height
    path = outdir / f"{NAME}.mp4"
    for quality in QUALITIES:
        with av.open(str(path), "w", format="mp4", container_options={"movflags": "+faststart"}) as target:
            stream = target.add_stream("libx264", rate=RATE)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.options = {"preset": "veryfast", "crf": quality, "profile": "high"}
            for number, frame in enumerate(frames):
                frame.pts, frame.time_base = number, Fraction(1, RATE)
                frame.pict_type = av.video.frame.PictureType.NONE
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
        if path.stat().st_size <= LARGEST:
            return {"name": NAME, "file": path.name, "mime": "video/mp4", "width": width, "height": height}
    path.unlink()
    return None
