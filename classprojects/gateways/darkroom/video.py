"""Moving pictures: H.264 with AAC that every browser plays, and a poster."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from classprojects.gateways.darkroom.container import (
    audio_stream,
    check_streams,
    decode,
    open_media,
    video_stream,
)
from classprojects.gateways.darkroom.limits import MAX_VIDEO_MS, Refusal
from classprojects.gateways.darkroom.sound import RATE, pull, sound_graph

LONG_SIDE, SHORT_SIDE = 1280, 720
POSTER_MOMENTS = (0.10, 0.15, 0.20, 0.25)


def renditions(path: Path, outdir: Path) -> dict[str, Any]:
    """Write H.264 (yuv420p, at most 720p, never larger than the original) and a poster.

    The index stands first (faststart), so that playing begins at once and
    seeking works by range requests. Turned films are turned upright, pixels
    made square, sizes even. Places, names of devices and other tags stay behind.
    """
    film = outdir / "h264.mp4"
    width, height = _write_film(path, film)
    from classprojects.gateways.darkroom import image

    poster = image.write_poster(poster_frame(film), outdir)
    return {
        "renditions": [
            {"name": "h264", "file": film.name, "mime": "video/mp4", "width": width, "height": height},
            *poster["renditions"],
        ],
        "colour": poster["colour"],
    }


def fitted_size(width: int, height: int) -> tuple[int, int]:
    """The size to show a film at: within 1280 by 720 either way round, even, never larger."""
    scale = min(1.0, LONG_SIDE / max(width, height), SHORT_SIDE / min(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


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


def _write_film(path: Path, film: Path) -> tuple[int, int]:
    failures, packets = [0], 0
    first = _first_frame(path)
    with (
        open_media(path) as source,
        av.open(str(film), "w", format="mp4", container_options={"movflags": "+faststart"}) as target,
    ):
        check_streams(source)
        picture, sound = video_stream(source), audio_stream(source)
        if picture is None:
            raise Refusal("media_unreadable")
        picture.thread_type = "AUTO"
        # A recording cut out of a longer one counts on from there; ours begin at nought.
        begin = Fraction(max(0, source.start_time or 0), av.time_base)
        rate = _frame_rate(picture)
        h264 = target.add_stream("libx264", rate=rate)
        frames_graph, size = _frames_graph(picture, first, rate)
        # Known before the first sound is written: writing opens all encoders.
        h264.width, h264.height = size
        h264.pix_fmt = "yuv420p"
        h264.options = {"preset": "veryfast", "crf": "23", "profile": "high"}
        h264.gop_size = max(1, round(rate * 2))
        aac: Any = None
        sound_filter: Any = None
        if sound is not None:
            sound_filter = sound_graph(sound, "stereo")
            aac = target.add_stream("aac", rate=RATE, layout="stereo")
            aac.bit_rate = 128_000

        def use_pictures() -> None:
            for ready in pull(frames_graph):
                ready.pict_type = av.video.frame.PictureType.NONE
                target.mux(h264.encode(ready))

        def use_sound() -> None:
            for ready in pull(sound_filter):
                target.mux(aac.encode(ready))

        for packet in source.demux([s for s in (picture, sound) if s is not None]):
            packets += 1
            for frame in decode(packet, failures):
                if begin and frame.pts is not None:
                    frame.pts -= round(begin / frame.time_base)
                if frame.time is not None and frame.time * 1000 > MAX_VIDEO_MS * 1.02:
                    continue
                if packet.stream.type == "audio":
                    sound_filter.push(frame)
                    use_sound()
                    continue
                frames_graph.push(frame)
                use_pictures()
        frames_graph.push(None)
        use_pictures()
        target.mux(h264.encode(None))
        if sound_filter is not None:
            sound_filter.push(None)
            use_sound()
            target.mux(aac.encode(None))
    if failures[0] > packets // 4:
        raise Refusal("media_unreadable")
    return size


def _first_frame(path: Path) -> Any:
    """The first frame that decodes: it knows how the film is turned and stored."""
    with open_media(path) as source:
        check_streams(source)
        picture = video_stream(source)
        if picture is None:
            raise Refusal("media_unreadable")
        failures = [0]
        for packet in source.demux(picture):
            for frame in decode(packet, failures):
                return frame
    raise Refusal("media_unreadable")


def _frames_graph(stream: Any, first: Any, rate: Fraction) -> tuple[Any, tuple[int, int]]:
    """A filter that turns frames upright, fits them and spaces them evenly; and the size out."""
    graph = av.filter.Graph()
    width, height = first.width, first.height
    shape = stream.sample_aspect_ratio
    if not shape or not Fraction(1, 4) <= shape <= 4:
        shape = Fraction(1)
    width = round(width * shape)
    # `rotation` counts anticlockwise, as the display matrix does.
    turn = round(first.rotation / 90) % 4
    if turn % 2:
        width, height = height, width
    size = fitted_size(width, height)
    tick = stream.time_base
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
    """Frames a second to write: as filmed up to 60; what browsers record names no rate."""
    for rate in (stream.guessed_rate, stream.average_rate):
        if rate and 1 <= rate <= 60:
            return Fraction(rate).limit_denominator(1001)
    return Fraction(30)
