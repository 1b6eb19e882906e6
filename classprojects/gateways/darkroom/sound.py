"""Sound and moving pictures: what they are, and sound as Opus, AAC and a waveform."""

from __future__ import annotations

from contextlib import suppress
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
    MAX_AUDIO_MS,
    MAX_PACKETS,
    MAX_VIDEO_MS,
    MIN_DURATION_MS,
    WHOLE,
    Refusal,
)
from classprojects.gateways.darkroom.loudness import Ear

RATE = 48_000
BLOCK = RATE // 100  # a hundredth of a second: the finest the waveform is measured
PEAKS = 200

TYPES = {
    "wav": ("audio/wav", "wav"),
    "mp3": ("audio/mpeg", "mp3"),
    "flac": ("audio/flac", "flac"),
    "aac": ("audio/aac", "aac"),
    "aiff": ("audio/aiff", "aiff"),
}


def identify(path: Path, head: bytes) -> dict[str, Any]:
    """Facts of a sound or video file, after walking all packets and decoding some.

    Walking finds the true length, which recorders in browsers do not write, and
    a file that was cut off, whose header promises more than there is.
    """
    with open_media(path) as container:
        check_streams(container)
        video, audio = video_stream(container), audio_stream(container)
        if video is None and audio is None:
            raise Refusal("unknown")
        cap = MAX_VIDEO_MS if video is not None else MAX_AUDIO_MS
        if _stated_bytes(head) * WHOLE > path.stat().st_size:
            raise Refusal("truncated")
        stated_ms = _milliseconds(container.duration)
        if container.format.name.startswith("matroska"):
            # Matroska states where it ends, not how long it is.
            stated_ms -= min(stated_ms, _milliseconds(container.start_time))
        found_ms, decoded, turned = _walk(container, [s for s in (video, audio) if s is not None], cap)
        if max(found_ms, stated_ms) > cap:
            raise Refusal("too_long", minutes=cap // 60_000, kind="video" if video is not None else "audio")
        if video is not None and not decoded["video"]:
            raise Refusal("truncated" if stated_ms > found_ms else "media_unreadable")
        if video is None and not decoded["audio"]:
            raise Refusal("too_short" if found_ms < MIN_DURATION_MS else "media_unreadable")
        if stated_ms and found_ms < stated_ms * WHOLE and stated_ms - found_ms > 500:
            raise Refusal("truncated")
        if found_ms < MIN_DURATION_MS:
            raise Refusal("too_short")
        mime, extension = _type(container, head, video is not None)
        facts: dict[str, Any] = {
            "kind": "video" if video is not None else "audio",
            "mime": mime,
            "extension": extension,
            "duration_ms": found_ms,
            "has_audio": audio is not None and decoded["audio"] > 0,
        }
        if video is not None:
            width, height = _shown_size(video)
            facts |= {"width": height, "height": width} if turned else {"width": width, "height": height}
        return facts


def renditions(path: Path, outdir: Path, duration_ms: int) -> dict[str, Any]:
    """Write Opus (WebM) and AAC (M4A), and measure waveform and loudness, in one pass.

    Stereo at most, 48 kHz. Tags and cover pictures stay behind. ``duration_ms``, as
    found before, only tells how far it is.
    """
    import numpy as np

    progress.tell("checking")
    opus_path, aac_path = outdir / "opus.webm", outdir / "aac.m4a"
    failures, packets = [0], 0
    loudest: list[Any] = []
    left_over = np.zeros(0, dtype=np.float32)
    with (
        open_media(path) as source,
        av.open(str(opus_path), "w", format="webm") as opus_file,
        av.open(str(aac_path), "w", format="ipod", container_options={"movflags": "+faststart"}) as aac_file,
    ):
        check_streams(source)
        track = audio_stream(source)
        if track is None:
            raise Refusal("media_unreadable")
        layout = "mono" if track.codec_context.channels == 1 else "stereo"
        opus = opus_file.add_stream("libopus", rate=RATE, layout=layout)
        opus.bit_rate = 64_000 if layout == "mono" else 96_000
        aac = aac_file.add_stream("aac", rate=RATE, layout=layout)
        aac.bit_rate = 80_000 if layout == "mono" else 128_000
        steady, ear = SteadySound(track, layout), Ear(RATE, layout)
        heard = 0

        def use(frame: Any) -> None:
            nonlocal left_over, heard
            ear.hear(frame)
            for stream, target in ((opus, opus_file), (aac, aac_file)):
                target.mux(stream.encode(frame))
            heard += frame.samples
            progress.tell("sound", heard / RATE * 1000 / max(1, duration_ms))
            samples = np.abs(frame.to_ndarray()).max(axis=0)
            samples = np.concatenate([left_over, samples])
            whole = len(samples) // BLOCK * BLOCK
            if whole:
                loudest.append(samples[:whole].reshape(-1, BLOCK).max(axis=1))
            left_over = samples[whole:]

        begin = Fraction(max(0, source.start_time or 0), av.time_base)
        for packet in packets_of(source, track):
            packets += 1
            for frame in decode(packet, failures):
                if begin and frame.pts is not None:
                    frame.pts -= round(begin / frame.time_base)
                for converted in steady.through(frame):
                    use(converted)
        for converted in steady.through(None):
            use(converted)
        for stream, target in ((opus, opus_file), (aac, aac_file)):
            target.mux(stream.encode(None))
    if failures[0] > packets // 4:
        raise Refusal("media_unreadable")
    if len(left_over):
        loudest.append(np.array([left_over.max()], dtype=np.float32))
    if not loudest:
        raise Refusal("too_short")
    return {
        "renditions": [
            {"name": "opus", "file": opus_path.name, "mime": "audio/webm"},
            {"name": "aac", "file": aac_path.name, "mime": "audio/mp4"},
        ],
        "peaks": waveform(np.concatenate(loudest)),
        **ear.facts(),
    }


def waveform(loudest: Any) -> list[float]:
    """200 numbers from 0 to 1: the loudest sample of each stretch, relative to the loudest of all."""
    import numpy as np

    edges = np.arange(PEAKS) * len(loudest) // PEAKS
    peaks = np.maximum.reduceat(np.nan_to_num(loudest, nan=0.0, posinf=1.0, neginf=1.0), edges)
    top = float(peaks.max())
    return [round(float(peak) / top, 3) if top > 1e-4 else 0.0 for peak in peaks]


def sound_graph(track: Any, layout: str, first: Any = None) -> Any:
    """A filter that turns any track into planar floats at 48 kHz, holes filled with silence.

    ``first``: its first frame, which knows its form better than what the file says of the track.
    """
    graph = av.filter.Graph()
    if first is None:
        source = graph.add_abuffer(template=track)
    else:
        source = graph.add_abuffer(
            sample_rate=first.sample_rate, format=first.format.name, layout=first.layout.name, time_base=track.time_base
        )
    resample = graph.add("aresample", f"{RATE}:async=1000:first_pts=0")
    form = graph.add("aformat", f"sample_fmts=fltp:sample_rates={RATE}:channel_layouts={layout}")
    sink = graph.add("abuffersink")
    graph.link_nodes(source, resample, form, sink).configure()
    return graph


class SteadySound:
    """Any track as planar floats at 48 kHz, also one that changes its rate or channels on the way.

    What comes in another form than the first frame is brought into that form before.
    """

    def __init__(self, track: Any, layout: str) -> None:
        self.track, self.layout = track, layout
        self.form: tuple[str, str, int] | None = None
        self.graph: Any = None

    def through(self, frame: Any) -> list[Any]:
        """What comes out for this frame; for None, what was held back."""
        if frame is None:
            if self.graph is None:
                return []
            self.graph.push(None)
            return pull(self.graph)
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self.form is None:
            self.form = form
            self.graph = sound_graph(self.track, self.layout, first=frame)
        for one in [frame] if form == self.form else self._brought_into_form(frame):
            self.graph.push(one)
        return pull(self.graph)

    def _brought_into_form(self, frame: Any) -> list[Any]:
        assert self.form is not None
        moment, tick = frame.pts, frame.time_base
        resampler = av.AudioResampler(format=self.form[0], layout=self.form[1], rate=self.form[2])
        frames = [*resampler.resample(frame), *resampler.resample(None)]
        for number, one in enumerate(frames):
            # Where each begins follows from the one before.
            one.pts, one.time_base = moment if number == 0 else None, tick
        return frames


def pull(graph: Any) -> list[Any]:
    """All frames that a filter has ready."""
    frames = []
    while True:
        try:
            frames.append(graph.pull())
        except (av.BlockingIOError, EOFError):
            return frames


def _walk(container: Any, streams: list[Any], cap_ms: int) -> tuple[int, dict[str, int], bool]:
    """The end of the last packet in ms, how many frames decoded, whether it is filmed sideways."""
    end, begin, seen = 0.0, 0.0, 0
    if container.start_time:
        begin = container.start_time / av.time_base
    decoded = {"video": 0, "audio": 0}
    tried = {"video": 0, "audio": 0}
    turned = False
    try:
        for packet in container.demux(streams):
            if packet.size == 0:
                continue
            seen += 1
            stream = packet.stream
            moment = packet.pts if packet.pts is not None else packet.dts
            if moment is not None:
                last = (moment + (packet.duration or 0)) * stream.time_base
                end = max(end, float(last) - begin)
            if seen > MAX_PACKETS or end * 1000 > cap_ms * 1.01:
                break
            if tried[stream.type] < 60 and decoded[stream.type] < 3:
                tried[stream.type] += 1
                for frame in decode(packet, [0]):
                    decoded[stream.type] += 1
                    if stream.type == "video":
                        turned = frame.rotation % 180 != 0
    except av.FFmpegError:
        # The rest is not there or not readable: what was found decides.
        pass
    # Decoders that look ahead hold back the frames of very short files.
    for stream in streams:
        if not decoded[stream.type]:
            with suppress(av.FFmpegError, EOFError):
                decoded[stream.type] += len(stream.codec_context.decode(None))
    if seen > MAX_PACKETS:
        end = max(end, cap_ms * 1.01 / 1000 + 1)
    return round(end * 1000), decoded, turned


def _milliseconds(duration: int | None) -> int:
    return round(duration / av.time_base * 1000) if duration and duration > 0 else 0


def _stated_bytes(head: bytes) -> int:
    """How long a WAV or AIFF says it is; FFmpeg trusts what there is instead. 0 when it does not say."""
    if head[:4] == b"RIFF":
        stated = int.from_bytes(head[4:8], "little")
    elif head[:4] == b"FORM":
        stated = int.from_bytes(head[4:8], "big")
    else:
        return 0
    # What is written as a stream leaves the size at its largest.
    return 0 if stated >= 0xFFFF0000 or stated in (0x7FFFFFFF, 0x80000000) else stated + 8


def _shown_size(video: Any) -> tuple[int, int]:
    """Pixels as they are seen: some cameras store them narrower than they are shown."""
    width, height = video.codec_context.width, video.codec_context.height
    shape = video.sample_aspect_ratio
    if shape and 0.25 <= shape <= 4:
        width = round(width * shape)
    return width, height


def _type(container: Any, head: bytes, moving: bool) -> tuple[str, str]:
    name = container.format.name
    if name.startswith("mov,"):
        brand = container.metadata.get("major_brand", "")
        if not moving:
            return "audio/mp4", "m4a"
        if brand.startswith("qt"):
            return "video/quicktime", "mov"
        return ("video/3gpp", "3gp") if brand.startswith("3g") else ("video/mp4", "mp4")
    if name.startswith("matroska"):
        if b"webm" in head[:64]:
            return ("video/webm", "webm") if moving else ("audio/webm", "webm")
        return ("video/x-matroska", "mkv") if moving else ("audio/x-matroska", "mka")
    if name == "ogg":
        return ("video/ogg", "ogv") if moving else ("audio/ogg", "ogg")
    if name == "avi":
        return ("video/x-msvideo", "avi")
    if name in TYPES and not moving:
        return TYPES[name]
    raise Refusal("unknown")
