"""Real pictures, sounds and films, made on the spot: small, and as wrong as asked."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

GPS = {1: "N", 2: (48.0, 51.0, 29.0), 3: "E", 4: (2.0, 17.0, 40.0)}


def picture(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """A picture with something to see: red in the left top quarter, blue elsewhere, a gradient over it."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[..., 2] = 160 + 60 * x // max(1, width)
    pixels[..., 1] = 40 * y // max(1, height)
    pixels[: height // 2, : width // 2] = (220, 30, 30)
    return Image.fromarray(pixels).convert(mode)


def picture_file(
    path: Path,
    width: int = 640,
    height: int = 480,
    *,
    mode: str = "RGB",
    orientation: int | None = None,
    gps: bool = False,
    **save: object,
) -> Path:
    """A picture written to ``path`` in the format that its name says."""
    image = picture(width, height, mode)
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    if gps:
        exif[0x010F] = "Telltale Cameras"
        exif.get_ifd(0x8825).update(GPS)
    if orientation or gps:
        save["exif"] = exif.tobytes()
    image.save(path, **save)
    return path


def tone(seconds: float, rate: int = 48_000, *, channels: int = 1, shape: str = "halves") -> np.ndarray:
    """Samples (channels, n) as int16: 'halves' is quiet then loud, 'silence' is silence."""
    moments = np.arange(int(seconds * rate)) / rate
    wave = np.sin(2 * np.pi * 440 * moments)
    if shape == "halves":
        wave *= np.where(moments < seconds / 2, 0.1, 0.8)
    elif shape == "silence":
        wave *= 0
    return np.repeat((wave * 32000).astype(np.int16)[None, :], channels, axis=0)


CODECS = {
    "wav": "pcm_s16le",
    "flac": "flac",
    "m4a": "aac",
    "mp3": "libmp3lame",
    "webm": "libopus",
    "ogg": "libopus",
    "aac": "aac",
}


def sound_file(
    path: Path,
    seconds: float = 2.0,
    *,
    rate: int = 48_000,
    channels: int = 1,
    shape: str = "halves",
    codec: str | None = None,
    **options: str,
) -> Path:
    """A tone written to ``path`` in the format that its name says."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    samples = tone(seconds, rate, channels=channels, shape=shape)
    with av.open(str(path), "w", container_options=options) as container:
        stream = container.add_stream(codec or CODECS[path.suffix[1:]], rate=rate, layout=layout)
        # A recording of no length has its head all the same.
        container.start_encoding()
        write_sound(container, stream, samples, layout, rate)
    return path


def film_file(
    path: Path,
    seconds: float = 2.0,
    width: int = 320,
    height: int = 240,
    *,
    fps: int = 25,
    sound: bool = True,
    dark_until: float = 0.0,
    rotation: int = 0,
    tags: dict[str, str] | None = None,
    codec: str = "libx264",
    **options: str,
) -> Path:
    """A film of a moving square, its left top corner red, written to ``path``."""
    with av.open(str(path), "w", container_options=options) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if codec == "libx264":
            stream.options = {"preset": "ultrafast"}
        audio = None
        if sound:
            audio = container.add_stream("libopus" if path.suffix == ".webm" else "aac", rate=48_000, layout="mono")
        container.start_encoding()
        for number in range(max(0, int(seconds * fps))):
            pixels = np.full((height, width, 3), (40, 90, 160), dtype=np.uint8)
            pixels[: height // 2, : width // 2] = (220, 30, 30)
            at = (number * 4) % max(1, width - 20)
            pixels[height // 2 : height // 2 + 20, at : at + 20] = 255
            if number / fps < dark_until:
                pixels[:] = 0
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None:
            write_sound(container, audio, tone(seconds), "mono", 48_000)
    if rotation:
        path.write_bytes(_turned(path.read_bytes(), rotation))
    return path


def _turned(data: bytes, degrees: int) -> bytes:
    """The film with a display matrix in its first track header (ISO/IEC 14496-12, 8.3.2): turned clockwise."""
    cos, sin = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    one = 1 << 16
    matrix = struct.pack(">9i", cos * one, sin * one, 0, -sin * one, cos * one, 0, 0, 0, 1 << 30)
    at = data.index(b"tkhd") + 4 + 40
    return data[:at] + matrix + data[at + 36 :]


def write_sound(container: object, stream: object, samples: np.ndarray, layout: str, rate: int) -> None:
    """Encode samples (channels, n; int16) into a track of an open container."""
    for start in range(0, samples.shape[1], 4800):
        part = np.ascontiguousarray(samples[:, start : start + 4800])
        interleaved = part.T.reshape(1, -1).copy()
        frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def cut(path: Path, part: float) -> Path:
    """The same file with only the first ``part`` of its bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    return path


def animation(frames: int = 12, size: int = 64) -> bytes:
    """A GIF of so many frames; only the first is green."""
    pictures = [Image.new("P", (size, size), 0) for _ in range(frames)]
    for number, image in enumerate(pictures):
        image.putpalette([0, 200, 0] if number == 0 else [200, 0, number % 255])
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=40, disposal=1)
    return out.getvalue()
