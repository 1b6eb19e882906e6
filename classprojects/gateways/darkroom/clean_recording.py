"""Sound and film as others download them: the very same packets in a new container without tags.

Telephones, drones and recorders write the place, the device and its owner into
tags, chapters, cover pictures and tracks of their own (timed metadata, flight
logs as subtitles). Only pictures and sounds are carried over, and how the film
is turned.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from classprojects.gateways.darkroom.container import audio_stream, check_streams, decode, open_media, video_stream
from classprojects.gateways.darkroom.limits import DISK_TROUBLE, Refusal

MUXERS = {
    "mp4": "mp4",
    "mov": "mov",
    "3gp": "3gp",
    "m4a": "ipod",
    "webm": "webm",
    "mkv": "matroska",
    "mka": "matroska",
    "ogg": "ogg",
    "ogv": "ogg",
    "wav": "wav",
    "mp3": "mp3",
    "flac": "flac",
    "aac": "adts",
    "aiff": "aiff",
    "avi": "avi",
}


def clean(path: Path, outdir: Path, extension: str, mime: str) -> dict[str, Any]:
    """Write pictures and sounds as they are, not encoded again; raises Refusal when that is not possible."""
    if extension not in MUXERS:
        raise Refusal("unknown")
    target = outdir / f"original-clean.{extension}"
    # Without bitexact the container says which program wrote it.
    options = {"fflags": "+bitexact"}
    if MUXERS[extension] in ("mp4", "mov", "3gp", "ipod"):
        options["movflags"] = "+faststart"
    try:
        with (
            open_media(path) as source,
            av.open(str(target), "w", format=MUXERS[extension], container_options=options) as out,
        ):
            check_streams(source)
            tracks = [stream for stream in (video_stream(source), *source.streams.audio) if stream is not None]
            copies = {}
            for stream in tracks:
                copy = copies[stream.index] = out.add_stream_from_template(stream, opaque=True)
                copy.metadata.clear()
                if "movflags" in options:
                    # Apple's players open HEVC called hvc1, not hev1; FFmpeg would choose the other name.
                    copy.codec_context.codec_tag = stream.codec_context.codec_tag
            for packet in _in_order(source.demux(tracks)):
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
    except (av.FFmpegError, ValueError) as error:
        if isinstance(error, OSError) and (error.errno in DISK_TROUBLE or not isinstance(error, av.FFmpegError)):
            raise
        raise Refusal("media_unreadable") from error
    if _looks(target) != _looks(path):
        raise Refusal("media_unreadable")
    return {"file": target.name, "mime": mime}


def _in_order(packets: Iterator[av.Packet]) -> Iterator[av.Packet]:
    """The packets, each with the moment to decode it: Matroska does not tell it of the first ones."""
    held: dict[int, list[av.Packet]] = {}
    for packet in packets:
        if not packet.size:
            continue
        early = held.setdefault(packet.stream.index, [])
        if packet.dts is None:
            early.append(packet)
            continue
        yield from _counted_back(early, packet.dts, packet.duration or 1)
        early.clear()
        yield packet
    for early in held.values():
        shown = [packet.pts for packet in early if packet.pts is not None]
        yield from _counted_back(early, min(shown, default=0), (early[0].duration or 1) if early else 1)


def _counted_back(early: list[av.Packet], moment: int, step: int) -> Iterator[av.Packet]:
    for place, packet in enumerate(early):
        packet.dts = moment - (len(early) - place) * step
        yield packet


def _looks(path: Path) -> tuple[Any, ...]:
    """What must be the same in both: codecs, size and turn of the first picture."""
    with open_media(path) as container:
        check_streams(container)
        video, audio = video_stream(container), audio_stream(container)
        looks: tuple[Any, ...] = (audio.codec_context.name if audio is not None else None,)
        if video is None:
            return looks
        failures = [0]
        for packet in container.demux(video):
            for frame in decode(packet, failures):
                return (*looks, video.codec_context.name, frame.width, frame.height, frame.rotation)
    raise Refusal("media_unreadable")
