"""Moving pictures: H.264 with AAC that every browser plays, in the sizes that make sense, with a poster and a preview."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from classprojects.gateways.darkroom import progress
from classprojects.gateways.darkroom.container import (
    audio_stream,
    check_streams,
    decode,
    open_media,
    packets_of,
    video_stream,
)
from classprojects.gateways.darkroom.limits import (
    MAX_VIDEO_MS,
    MAX_VIDEO_PIXELS,
    MAX_VIDEO_SIDE,
    Refusal,
)
from classprojects.gateways.darkroom.loudness import Ear
from classprojects.gateways.darkroom.moments import STILLS_ACROSS, still_moments
from classprojects.gateways.darkroom.sound import RATE, SteadySound, pull

#: the sizes that films are written in, named by their short side; the long side is at most 16/9 of it
RUNGS = (360, 720, 1080)
#: the poster comes from this rung at most: on a wall it is never shown larger
POSTER_RUNG = 720
POSTER_MOMENTS = (0.10, 0.15, 0.20, 0.25)
STILL_SIDE = 256


@dataclass(frozen=True)
class WrittenFilm:
    """One rung of the ladder, as it lies in the folder."""

    rung: int
    path: Path
    width: int
    height: int

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "name": f"h264-{self.rung}",
            "file": self.path.name,
            "mime": "video/mp4",
            "width": self.width,
            "height": self.height,
        }


def renditions(path: Path, outdir: Path, duration_ms: int, poster_ms: int | None = None) -> dict[str, Any]:
    """Write H.264 (yuv420p) with AAC at 360p, 720p and 1080p, as far as the original has them, and what stands for it.

    The index stands first (faststart), so that playing begins at once and
    seeking works by range requests. Turned films are turned upright, pixels
    made square, sizes even. Places, names of devices and other tags stay behind.
    What stands for it: a poster (at ``poster_ms``, where its maker chose), a
    sheet of stills to choose one from, and a few moving seconds.
    """
    from classprojects.gateways.darkroom import preview

    progress.tell("checking")
    films, loudness = write_films(path, outdir, duration_ms)
    progress.tell("poster")
    at_most = [film for film in films if film.rung <= POSTER_RUNG]
    found = poster(at_most[-1].path, outdir, poster_ms)
    progress.tell("poster", 0.4)
    moving = preview.of_film(films[0].path, outdir)
    progress.tell("poster", 0.7)
    made = [*(film.facts for film in films), *found["renditions"], *_stills(films[0].path, outdir, duration_ms)]
    return {
        **found,
        **loudness,
        "renditions": made + ([moving] if moving else []),
        "heights": [min(film.width, film.height) for film in films],
        "has_preview": moving is not None,
    }


def poster(film: Path, outdir: Path, at_ms: int | None = None) -> dict[str, Any]:
    """The poster of a film that we made: at ``at_ms``, or at a moment that shows something."""
    from classprojects.gateways.darkroom import image

    picture = poster_frame(film) if at_ms is None else frame_at(film, at_ms)
    return image.write_poster(picture, outdir)


def fitted_size(width: int, height: int, rung: int) -> tuple[int, int]:
    """The size to show a film at on this rung: even, never larger than it is."""
    scale = min(1.0, rung * 16 / 9 / max(width, height), rung / min(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def ladder_for(width: int, height: int, rungs: tuple[int, ...] = RUNGS) -> list[tuple[int, tuple[int, int]]]:
    """The rungs to fill from a film of this size, smallest first, each with its size.

    A rung that would be hardly larger than the one below is not worth a file of its own.
    """
    ladder: list[tuple[int, tuple[int, int]]] = []
    for rung in rungs:
        size = fitted_size(width, height, rung)
        if not ladder or max(size) > max(ladder[-1][1]) * 1.15:
            ladder.append((rung, size))
    return ladder


def poster_frame(film: Path) -> Any:
    """A picture from the first quarter that is neither black nor blank, else the best there is."""
    from PIL import ImageStat

    best, best_score = None, -1.0
    with open_media(film) as container:
        stream = container.streams.video[0]
        for part in POSTER_MOMENTS:
            if container.duration:
                container.seek(int(container.duration * part))
            frame = next(iter(container.decode(stream)), None)
            if frame is None:
                continue
            picture = frame.to_image()
            light = ImageStat.Stat(picture.convert("L"))
            if light.mean[0] > 24 and light.stddev[0] > 8:
                return picture
            score = light.mean[0] / 4 + light.stddev[0]
            if score > best_score:
                best, best_score = picture, score
    if best is None:
        raise Refusal("media_unreadable")
    return best


def frame_at(film: Path, at_ms: int) -> Any:
    """The picture that is seen at that moment; the last one after the end."""
    found = None
    with open_media(film) as container:
        stream = container.streams.video[0]
        container.seek(int(at_ms / 1000 * av.time_base))
        for frame in container.decode(stream):
            if found is not None and frame.time is not None and frame.time * 1000 > at_ms:
                break
            found = frame
        if found is None:
            raise Refusal("media_unreadable")
        return found.to_image()


def write_films(
    path: Path, outdir: Path, duration_ms: int, rungs: tuple[int, ...] = RUNGS
) -> tuple[list[WrittenFilm], dict[str, float | None]]:
    """Decode once, encode every rung; the films, and how loud they are."""
    failures, packets = [0], 0
    first = _first_frame(path)
    with ExitStack() as stack:
        source = stack.enter_context(open_media(path))
        check_streams(source)
        picture, sound = video_stream(source), audio_stream(source)
        if picture is None:
            raise Refusal("media_unreadable")
        picture.thread_type = "AUTO"
        # A recording cut out of a longer one counts on from there; ours begin at nought.
        begin = Fraction(max(0, source.start_time or 0), av.time_base)
        rate = _frame_rate(picture)
        upright = _Upright(picture, first, rungs[-1])
        ladder = ladder_for(*upright.shown, rungs)
        films = [WrittenFilm(rung, outdir / f"h264-{rung}.mp4", *size) for rung, size in ladder]
        spread = _Spread(upright.size, [size for _, size in ladder], rate, picture.time_base)
        options = {"movflags": "+faststart"}
        targets = [
            stack.enter_context(av.open(str(film.path), "w", format="mp4", container_options=options)) for film in films
        ]
        h264 = [_h264(target, film, rate) for target, film in zip(targets, films, strict=True)]
        aac: list[Any] = []
        hearing: tuple[SteadySound, Ear] | None = None
        if sound is not None:
            hearing = SteadySound(sound, "stereo"), Ear(RATE, "stereo")
            for target in targets:
                aac.append(target.add_stream("aac", rate=RATE, layout="stereo"))
                aac[-1].bit_rate = 128_000

        def use_pictures(frames: list[Any] | None) -> None:
            for place, ready in spread.through(frames):
                ready.pict_type = av.video.frame.PictureType.NONE
                targets[place].mux(h264[place].encode(ready))

        def use_sound(frame: Any) -> None:
            if hearing is None:
                return
            steady, ear = hearing
            for ready in steady.through(frame):
                ear.hear(ready)
                for target, stream in zip(targets, aac, strict=True):
                    target.mux(stream.encode(ready))

        for packet in packets_of(source, [s for s in (picture, sound) if s is not None]):
            packets += 1
            for frame in decode(packet, failures):
                if begin and frame.pts is not None:
                    frame.pts -= round(begin / frame.time_base)
                if frame.time is not None and frame.time * 1000 > MAX_VIDEO_MS * 1.02:
                    continue
                if packet.stream.type == "audio":
                    use_sound(frame)
                    continue
                progress.tell("film", (frame.time or 0) * 1000 / max(1, duration_ms))
                use_pictures(upright.through(frame))
        use_pictures(upright.through(None))
        use_pictures(None)
        use_sound(None)
        for target, *streams in zip(targets, h264, *([aac] if aac else []), strict=True):
            for stream in streams:
                target.mux(stream.encode(None))
    if failures[0] > packets // 4:
        raise Refusal("media_unreadable")
    return films, hearing[1].facts() if hearing else {}


def _h264(target: Any, film: WrittenFilm, rate: Fraction) -> Any:
    stream = target.add_stream("libx264", rate=rate)
    # Known before the first sound is written: writing opens all encoders.
    stream.width, stream.height = film.width, film.height
    stream.pix_fmt = "yuv420p"
    stream.options = {"preset": "veryfast", "crf": "23", "profile": "high"}
    # The rungs have their key frames at the same moments.
    stream.gop_size = max(1, round(rate * 2))
    return stream


class _Upright:
    """Turns frames upright and fits them into the largest size that is written.

    Some films change their size on the way (calls, screen recordings): then the graph is
    built anew, and what has another shape stands on black in the size of the first.
    """

    def __init__(self, stream: Any, first: Any, rung: int) -> None:
        self.tick = stream.time_base
        shape = stream.sample_aspect_ratio
        self.pixel_shape = shape if shape and Fraction(1, 4) <= shape <= 4 else Fraction(1)
        # `rotation` counts anticlockwise, as the display matrix does.
        self.turn = round(first.rotation / 90) % 4
        width, height = round(first.width * self.pixel_shape), first.height
        #: pixels of the film as it is seen
        self.shown = (height, width) if self.turn % 2 else (width, height)
        self.size = fitted_size(*self.shown, rung)
        self.form = self._form_of(first)
        self.graph = self._build()

    def through(self, frame: Any) -> list[Any]:
        """What comes out for this frame; for None, what was held back."""
        ready: list[Any] = []
        if frame is not None and self._form_of(frame) != self.form:
            if max(frame.width, frame.height) > MAX_VIDEO_SIDE or frame.width * frame.height > MAX_VIDEO_PIXELS:
                raise Refusal("video_too_large", width=frame.width, height=frame.height, side=MAX_VIDEO_SIDE)
            self.graph.push(None)
            ready += pull(self.graph)
            self.form = self._form_of(frame)
            self.graph = self._build()
        self.graph.push(frame)
        return ready + pull(self.graph)

    @staticmethod
    def _form_of(frame: Any) -> tuple[int, int, str]:
        return frame.width, frame.height, frame.format.name

    def _build(self) -> Any:
        graph = av.filter.Graph()
        width, height, pixels = self.form
        shape = self.pixel_shape
        chain = [
            graph.add(
                "buffer",
                f"video_size={width}x{height}:pix_fmt={pixels}"
                f":time_base={self.tick.numerator}/{self.tick.denominator}"
                f":pixel_aspect={shape.numerator}/{shape.denominator}",
            )
        ]
        if self.turn == 2:
            chain += [graph.add("hflip"), graph.add("vflip")]
        elif self.turn:
            chain.append(graph.add("transpose", "cclock" if self.turn == 1 else "clock"))
        seen = (round(width * shape), height)
        inside = _inside(seen[::-1] if self.turn % 2 else seen, self.size)
        chain.append(graph.add("scale", f"{inside[0]}:{inside[1]}:flags=bicubic:out_range=tv"))
        if inside != self.size:
            chain.append(graph.add("pad", f"{self.size[0]}:{self.size[1]}:-1:-1"))
        chain += [graph.add("setsar", "1"), graph.add("format", "yuv420p"), graph.add("buffersink")]
        graph.link_nodes(*chain).configure()
        return graph


class _Spread:
    """Spaces frames evenly and hands each out in every size, the smaller made from the larger."""

    def __init__(self, size: tuple[int, int], sizes: list[tuple[int, int]], rate: Fraction, tick: Fraction) -> None:
        self.graph = av.filter.Graph()
        source = self.graph.add(
            "buffer",
            f"video_size={size[0]}x{size[1]}:pix_fmt=yuv420p:time_base={tick.numerator}/{tick.denominator}:pixel_aspect=1/1",
        )
        last = self.graph.add("fps", f"{rate.numerator}/{rate.denominator}:start_time=0")
        source.link_to(last)
        output = 0
        self.sinks: list[tuple[int, Any]] = []
        for place in range(len(sizes) - 1, -1, -1):
            if sizes[place] != size:
                size = sizes[place]
                smaller = self.graph.add("scale", f"{size[0]}:{size[1]}:flags=bicubic")
                last.link_to(smaller, output)
                last, output = smaller, 0
            sink = self.graph.add("buffersink")
            if place:
                fork = self.graph.add("split", "2")
                last.link_to(fork, output)
                fork.link_to(sink, 0)
                last, output = fork, 1
            else:
                last.link_to(sink, output)
            self.sinks.append((place, sink))
        self.graph.configure()

    def through(self, frames: list[Any] | None) -> list[tuple[int, Any]]:
        """(place in the list of sizes, frame) for all that is ready; None: no more frames come."""
        ready: list[tuple[int, Any]] = []
        for frame in frames if frames is not None else [None]:
            self.graph.push(frame)
            for place, sink in self.sinks:
                ready += [(place, one) for one in pull(sink)]
        return ready


def _inside(seen: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """The size in which a picture fits into ``size``; ``size`` itself when it has its shape, but for a pixel."""
    scale = min(size[0] / seen[0], size[1] / seen[1])
    fitted = tuple(max(2, round(side * scale / 2) * 2) for side in seen)
    return size if all(abs(a - b) <= 2 for a, b in zip(fitted, size, strict=True)) else (fitted[0], fitted[1])


def _stills(film: Path, outdir: Path, duration_ms: int) -> list[dict[str, Any]]:
    """One sheet with stills from all over the film, for its maker to choose the poster from."""
    from PIL import Image

    from classprojects.gateways.darkroom import image

    pictures = [frame_at(film, moment) for moment in still_moments(duration_ms)]
    for picture in pictures:
        picture.thumbnail((STILL_SIDE, STILL_SIDE))
    wide, high = pictures[0].size
    sheet = Image.new("RGB", (wide * STILLS_ACROSS, high * (len(pictures) // STILLS_ACROSS)))
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (number % STILLS_ACROSS * wide, number // STILLS_ACROSS * high))
    return [image.write(sheet, outdir, "stills-webp", "webp")]


def _first_frame(path: Path) -> Any:
    """The first frame that decodes: it knows how the film is turned and stored."""
    with open_media(path) as source:
        check_streams(source)
        picture = video_stream(source)
        if picture is None:
            raise Refusal("media_unreadable")
        failures = [0]
        for packet in packets_of(source, picture):
            for frame in decode(packet, failures):
                return frame
    raise Refusal("media_unreadable")


def _frame_rate(stream: Any) -> Fraction:
    """Frames a second to write: as filmed up to 60; what browsers record names no rate."""
    for rate in (stream.guessed_rate, stream.average_rate):
        if rate and 1 <= rate <= 60:
            return Fraction(rate).limit_denominator(1001)
    return Fraction(30)
