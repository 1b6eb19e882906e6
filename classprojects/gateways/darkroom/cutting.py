"""Cutting: one new original out of one or several files, exact to the sample, the frame or the pixel.

Sounds become FLAC at their own rate, films H.264 with AAC at their own size, stills PNG. Everything is encoded
again, so that nothing of what the files know about place, device and owner comes along.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from classprojects.gateways.darkroom import progress
from classprojects.gateways.darkroom.container import audio_stream, check_streams, decode, open_media, video_stream
from classprojects.gateways.darkroom.limits import Refusal
from classprojects.gateways.darkroom.sound import RATE, pull

#: rates that are kept; a sound of any other is brought to RATE
PLAIN_RATES = {8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000}
#: a moment that a browser names may be rounded: a frame that begins so soon after it is the one that was seen
ROUNDING = Fraction(1, 1000)
FIRST_SEEK_MS = 5_000


def cut_sound(path: Path, target: Path, from_ms: int, to_ms: int) -> None:
    """Write the sound between two moments as FLAC, sample by sample; of a film, its sound."""
    with open_media(path) as source, av.open(str(target), "w", format="flac") as out:
        check_streams(source)
        track = audio_stream(source)
        if track is None:
            raise Refusal("no_sound")
        context = track.codec_context
        rate = context.sample_rate if context.sample_rate in PLAIN_RATES else RATE
        layout = "mono" if context.channels == 1 else "stereo"
        # Recorders that keep more than 16 bits keep them here too; what was compressed never had them.
        form = "s32" if _is_deep(context) else "s16"
        stream: Any = out.add_stream("flac", rate=rate, layout=layout)
        stream.format = form
        begin, end, written = samples(from_ms, rate), samples(to_ms, rate), 0
        for frame in sound_frames(source, track, rate, layout, form, begin, end):
            written += frame.samples
            progress.tell("making", written / (end - begin))
            out.mux(stream.encode(frame))
        if not written:
            raise Refusal("out_of_range")
        out.mux(stream.encode(None))


def _is_deep(context: Any) -> bool:
    """Whether the file holds more than 16 bits a sample."""
    is_whole = context.name.startswith("pcm_") or context.name in ("flac", "alac")
    return is_whole and context.format.bytes > 2


def samples(milliseconds: int, rate: int) -> int:
    """How many samples of this rate so many milliseconds are."""
    return round(Fraction(milliseconds * rate, 1000))


def sound_frames(
    source: Any, track: Any, rate: int, layout: str, form: str, begin: int, end: int
) -> Iterator[Any]:
    """The frames of a track from sample ``begin`` up to ``end`` in the form asked for, counted from nought.

    Decoded from the start of the file: guessing where to begin is not exact in
    every format, and sound decodes a hundred times faster than it plays. Holes
    are filled with silence, as in what the page plays.
    """
    graph = av.filter.Graph()
    chain = [
        graph.add_abuffer(template=track),
        graph.add("aresample", f"{rate}:async=1:first_pts=0"),
        graph.add("aformat", f"sample_fmts={form}:sample_rates={rate}:channel_layouts={layout}"),
        graph.add("atrim", f"start_sample={begin}:end_sample={end}"),
        graph.add("asetpts", "N/SR/TB"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*chain).configure()
    start = Fraction(max(0, source.start_time or 0), av.time_base)
    failures, packets = [0], 0
    for packet in source.demux(track):
        packets += 1
        for frame in decode(packet, failures):
            if start and frame.pts is not None:
                frame.pts -= round(start / frame.time_base)
            try:
                graph.push(frame)
            except EOFError:
                # All that was wanted is through.
                yield from pull(graph)
                return
            yield from pull(graph)
    if failures[0] > packets // 4:
        raise Refusal("media_unreadable")
    try:
        graph.push(None)
    except EOFError:
        return
    yield from pull(graph)


def cut_film(path: Path, target: Path, from_ms: int, to_ms: int) -> None:
    """Write the film between two moments as MP4, frame by frame, upright and at its own size."""
    with open_media(path) as source, av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        check_streams(source)
        picture, sound = video_stream(source), audio_stream(source)
        if picture is None:
            raise Refusal("media_unreadable")
        picture.thread_type = "AUTO"
        writer = _FilmWriter(out, picture, sound, Fraction(to_ms - from_ms, 1000))
        start = Fraction(max(0, source.start_time or 0), av.time_base)
        begin, end = start + Fraction(from_ms, 1000), start + Fraction(to_ms, 1000)
        for frame in _frames_around(source, picture, sound, begin, from_ms):
            moment = _moment(frame)
            if moment is None:
                continue
            if isinstance(frame, av.AudioFrame):
                writer.take_sound(frame, moment - begin)
            else:
                writer.take_picture(frame, moment - begin)
                progress.tell("making", float((moment - begin) / (end - begin)))
            if writer.is_full or moment > end + 2:
                break
        writer.close()


def take_still(path: Path, target: Path, at_ms: int) -> None:
    """Write the frame that is shown at a moment as PNG, upright, pixel by pixel."""
    from PIL import Image

    with open_media(path) as source:
        check_streams(source)
        picture = video_stream(source)
        if picture is None:
            raise Refusal("media_unreadable")
        picture.thread_type = "AUTO"
        moment = Fraction(max(0, source.start_time or 0), av.time_base) + Fraction(at_ms, 1000) + ROUNDING
        shown: Any = None
        for frame in _frames_around(source, picture, None, moment, at_ms):
            when = _moment(frame)
            if shown is not None and when is not None and when >= moment:
                break
            shown = frame
        if shown is None:
            raise Refusal("out_of_range")
        image = shown.to_image()
        width, shape = image.width, _pixel_shape(picture)
        if shape != 1:
            image = image.resize((max(1, round(width * shape)), image.height), Image.Resampling.LANCZOS)
        turn = {
            1: Image.Transpose.ROTATE_90, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_270,
        }.get(round(shown.rotation / 90) % 4)  # fmt: skip
        if turn is not None:
            image = image.transpose(turn)
        image.save(target, "PNG")


def _frames_around(source: Any, picture: Any, sound: Any, moment: Fraction, from_ms: int) -> Iterator[Any]:
    """Frames from shortly before ``moment`` on: from the start of the file where jumping there does not work."""
    if from_ms >= FIRST_SEEK_MS:
        try:
            source.seek(int((moment - 1) * av.time_base))
        except av.FFmpegError:
            source.seek(0)
        frames = _decoded(source, picture, sound)
        held: list[Any] = []
        for frame in frames:
            held.append(frame)
            if isinstance(frame, av.VideoFrame):
                when = _moment(frame)
                if when is not None and when <= moment:
                    yield from held
                    yield from frames
                    return
                break
        source.seek(0)
    yield from _decoded(source, picture, sound)


def _decoded(source: Any, picture: Any, sound: Any) -> Iterator[Any]:
    failures, packets = [0], 0
    for packet in source.demux([stream for stream in (picture, sound) if stream is not None]):
        packets += 1
        yield from decode(packet, failures)
    if failures[0] > packets // 4:
        raise Refusal("media_unreadable")


def _moment(frame: Any) -> Fraction | None:
    return frame.pts * frame.time_base if frame.pts is not None else None


def _pixel_shape(picture: Any) -> Fraction:
    shape = picture.sample_aspect_ratio
    return Fraction(shape) if shape and Fraction(1, 4) <= shape <= 4 else Fraction(1)


class _FilmWriter:
    """Takes frames with their moment in the cut, and writes so many as fill its length."""

    def __init__(self, out: Any, picture: Any, sound: Any, length: Fraction) -> None:
        self.out = out
        self.length = length
        self.shape = _pixel_shape(picture)
        self.rate = _frame_rate(picture)
        self.pictures_left = max(1, round(length * self.rate))
        self.h264 = out.add_stream("libx264", rate=self.rate)
        self.graph: Any = None
        #: the last frame before the cut begins: what is seen in its first moment
        self.before: Any = None
        self.aac: Any = None
        self.is_sound_full = sound is None
        self.waiting: list[Any] = []
        if sound is not None:
            layout = "mono" if sound.codec_context.channels == 1 else "stereo"
            self.aac = out.add_stream("aac", rate=RATE, layout=layout)
            self.aac.bit_rate = 128_000 if layout == "mono" else 256_000
            self.sound_graph = _sound_graph(sound, layout, samples(round(length * 1000), RATE))

    @property
    def is_full(self) -> bool:
        """Whether nothing more is wanted."""
        return self.pictures_left == 0 and self.is_sound_full

    def take_picture(self, frame: Any, moment: Fraction) -> None:
        """A frame that is first seen at ``moment``."""
        if self.pictures_left == 0:
            return
        if moment <= 0:
            self.before = frame
            return
        self._begin()
        if moment >= self.length and self.graph is None:
            raise Refusal("out_of_range")
        self._push_picture(frame, moment)

    def take_sound(self, frame: Any, moment: Fraction) -> None:
        """Samples that are heard from ``moment`` on."""
        if self.is_sound_full or moment + Fraction(frame.samples, frame.sample_rate) <= 0:
            return
        frame.pts = round(moment / frame.time_base)
        try:
            self.sound_graph.push(frame)
        except EOFError:
            self.is_sound_full = True
        self._write_sound(pull(self.sound_graph))
        if moment >= self.length:
            self.is_sound_full = True

    def close(self) -> None:
        """Write what is still held."""
        self._begin()
        if self.graph is None:
            raise Refusal("out_of_range")
        if self.pictures_left:
            self.graph.push(None)
            self._write_pictures()
        self.out.mux(self.h264.encode(None))
        if self.aac is not None:
            # It may have been full before.
            with suppress(EOFError):
                self.sound_graph.push(None)
            self._write_sound(pull(self.sound_graph))
            self.out.mux(self.aac.encode(None))

    def _begin(self) -> None:
        if self.before is not None:
            frame, self.before = self.before, None
            self._push_picture(frame, Fraction(0))

    def _push_picture(self, frame: Any, moment: Fraction) -> None:
        if self.graph is None:
            self.graph, size = _frames_graph(frame, self.shape, self.rate)
            self.h264.width, self.h264.height = size
            self.h264.pix_fmt = "yuv420p"
            self.h264.options = {"preset": "veryfast", "crf": "16", "profile": "high"}
            self.h264.gop_size = max(1, round(self.rate * 2))
        frame.pts = round(moment / frame.time_base)
        self.graph.push(frame)
        self._write_pictures()

    def _write_pictures(self) -> None:
        for ready in pull(self.graph):
            if self.pictures_left == 0:
                return
            self.pictures_left -= 1
            ready.pict_type = av.video.frame.PictureType.NONE
            self.out.mux(self.h264.encode(ready))
        self._write_sound([])

    def _write_sound(self, frames: list[Any]) -> None:
        # Writing opens all encoders: sound waits until the size of the pictures is known.
        self.waiting += frames
        if self.graph is None:
            return
        for frame in self.waiting:
            self.out.mux(self.aac.encode(frame))
        self.waiting.clear()


def _sound_graph(track: Any, layout: str, most_samples: int) -> Any:
    graph = av.filter.Graph()
    chain = [
        graph.add_abuffer(template=track),
        graph.add("aresample", f"{RATE}:async=1:first_pts=0"),
        graph.add("aformat", f"sample_fmts=fltp:sample_rates={RATE}:channel_layouts={layout}"),
        graph.add("atrim", f"end_sample={most_samples}"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*chain).configure()
    return graph


def _frames_graph(first: Any, shape: Fraction, rate: Fraction) -> tuple[Any, tuple[int, int]]:
    """A filter that turns frames upright, makes pixels square and sizes even, and spaces them evenly; the size out."""
    graph = av.filter.Graph()
    width, height = round(first.width * shape), first.height
    turn = round(first.rotation / 90) % 4
    if turn % 2:
        width, height = height, width
    size = max(2, width // 2 * 2), max(2, height // 2 * 2)
    tick = first.time_base
    chain = [
        graph.add(
            "buffer",
            f"video_size={first.width}x{first.height}:pix_fmt={first.format.name}"
            f":time_base={tick.numerator}/{tick.denominator}:pixel_aspect={shape.numerator}/{shape.denominator}",
        )
    ]
    if turn == 2:
        chain += [graph.add("hflip"), graph.add("vflip")]
    elif turn:
        chain.append(graph.add("transpose", "cclock" if turn == 1 else "clock"))
    chain += [
        graph.add("scale", f"{size[0]}:{size[1]}:flags=bicubic:out_range=tv"),
        graph.add("setsar", "1"),
        graph.add("fps", f"{rate.numerator}/{rate.denominator}:start_time=0"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*chain).configure()
    return graph, size


def _frame_rate(stream: Any) -> Fraction:
    for rate in (stream.guessed_rate, stream.average_rate):
        if rate and 1 <= rate <= 60:
            return Fraction(rate).limit_denominator(1001)
    return Fraction(30)
