"""Opening sound and video with FFmpeg's libraries, with the doors shut.

Only plain files in formats people record in are opened. Playlists, concat
lists and network addresses never are: a file that names other files could
otherwise read the server's own (https://ffmpeg.org/ffmpeg-protocols.html,
`protocol_whitelist` and `format_whitelist`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import av.stream

from classprojects.gateways.darkroom.limits import (
    MAX_CHANNELS,
    MAX_SAMPLE_RATE,
    MAX_STREAMS,
    MAX_VIDEO_PIXELS,
    MAX_VIDEO_SIDE,
    MIN_SAMPLE_RATE,
    Refusal,
)

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,wav,mp3,flac,aac,aiff,avi"
VIDEO_DECODERS = frozenset(
    {"h264", "hevc", "vp8", "vp9", "libdav1d", "av1", "mpeg4", "mjpeg", "prores", "h263", "theora"}
)
AUDIO_DECODERS = frozenset({"aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "flac", "alac", "amrnb", "amrwb"})

av.logging.set_level(av.logging.PANIC)


@contextmanager
def open_media(path: Path) -> Iterator[av.container.InputContainer]:
    """Open a local sound or video file; raises Refusal when it is none."""
    options = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    try:
        container = av.open(f"file:{path}", container_options=options, metadata_errors="replace")
    except (av.FFmpegError, ValueError, UnicodeError) as error:
        raise Refusal("unknown") from error
    with container:
        yield container


def video_stream(container: av.container.InputContainer) -> Any | None:
    """The first moving picture; a cover picture inside a song is none."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    return None


def audio_stream(container: av.container.InputContainer) -> Any | None:
    """The first sound track, or None."""
    return container.streams.audio[0] if container.streams.audio else None


def check_streams(container: av.container.InputContainer) -> None:
    """Refuse what is absurd or unknown before a single frame is decoded."""
    if len(container.streams) > MAX_STREAMS:
        raise Refusal("too_many_streams", count=len(container.streams))
    video, audio = video_stream(container), audio_stream(container)
    if video is not None:
        context = video.codec_context
        if context is None or context.name not in VIDEO_DECODERS:
            raise Refusal("codec", codec=_codec_name(video))
        width, height = context.width, context.height
        if not width or not height:
            raise Refusal("truncated")
        if max(width, height) > MAX_VIDEO_SIDE or width * height > MAX_VIDEO_PIXELS:
            raise Refusal("video_too_large", width=width, height=height, side=MAX_VIDEO_SIDE)
    if audio is not None:
        context = audio.codec_context
        if context is None or not (context.name in AUDIO_DECODERS or context.name.startswith("pcm_")):
            raise Refusal("codec", codec=_codec_name(audio))
        rate, channels = context.sample_rate, context.channels
        if not MIN_SAMPLE_RATE <= rate <= MAX_SAMPLE_RATE:
            raise Refusal("sample_rate", rate=rate)
        if not 1 <= channels <= MAX_CHANNELS:
            raise Refusal("channels", count=channels)


def packets_of(container: av.container.InputContainer, streams: Any) -> Iterator[av.Packet]:
    """The packets of these streams; a place where the file cannot be read further is its end."""
    try:
        yield from container.demux(streams)
    except (av.InvalidDataError, EOFError):
        return


def decode(packet: av.Packet, failures: list[int]) -> list[Any]:
    """The frames of one packet; a damaged packet counts as a failure and is skipped."""
    try:
        return list(packet.decode())
    except EOFError:
        return []
    except av.FFmpegError:
        # Mostly invalid data; damaged headers also make decoders say "not implemented" or "no such thing".
        failures[0] += 1
        return []


def _codec_name(stream: Any) -> str:
    return stream.codec_context.name if stream.codec_context is not None else "unknown"
