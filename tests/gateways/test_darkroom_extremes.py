"""Files built to do harm or to be odd: bombs, crowds of streams, films that change on the way, full disks."""

from __future__ import annotations

import io
import struct
import time
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from classprojects.gateways import transcoder
from classprojects.gateways.darkroom.preview import LARGEST
from classprojects.gateways.transcoder import MediaRefused, TranscoderFailed, identify
from tests.factories.media import animation, film_file, picture, picture_file, sound_file

pytestmark = pytest.mark.slow


@pytest.fixture
def outdir(tmp_path: Path) -> Path:
    """An empty folder for what is made."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def refusal(path: Path) -> MediaRefused:
    """How ``path`` is refused: in words, within seconds."""
    begin = time.monotonic()
    with pytest.raises(MediaRefused) as caught:
        identify(path, path.name)
    assert caught.value.message.endswith(".")
    assert caught.value.code != "crashed"
    assert time.monotonic() - begin < 15
    return caught.value


# Bombs


def gif_of(frames: int, side: int = 8) -> bytes:
    """A GIF of so many tiny frames, written by hand: a frame costs 30 bytes."""
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes([0, 0, 0, 255, 255, 255])
    out = io.BytesIO()
    Image.new("P", (side, side), 1).save(out, "GIF")
    data = out.getvalue()
    image = data[data.rindex(b"\x2c\x00\x00\x00\x00") : -1]
    image = (
        image[:9] + bytes([image[9] & 0x7F]) + image[10 + (3 * 2 ** ((image[9] & 7) + 1) if image[9] & 0x80 else 0) :]
    )
    frame = b"\x21\xf9\x04\x00\x05\x00\x00\x00" + image
    return head + frame * frames + b"\x3b"


def test_a_gif_of_a_hundred_thousand_frames(tmp_path: Path, outdir: Path) -> None:
    """Taken in a moment, shown by its first frame; its preview ends after some seconds."""
    path = tmp_path / "a.gif"
    path.write_bytes(gif_of(100_000))
    begin = time.monotonic()
    assert identify(path).mime == "image/gif"
    made = transcoder.image_renditions(path, outdir)
    assert time.monotonic() - begin < 10
    assert made.widths == [8]


def test_an_animation_of_great_pictures(tmp_path: Path, outdir: Path) -> None:
    """Few of its frames are opened: what moves may cost no more than what stands still."""
    frames = [Image.new("P", (4000, 3000), number) for number in range(40)]
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=20)
    begin = time.monotonic()
    made = transcoder.image_renditions(path, outdir)
    assert made.widths == [480, 960, 1920]
    assert time.monotonic() - begin < 25


def test_a_webp_and_an_apng_move(tmp_path: Path, outdir: Path) -> None:
    """A preview that moves, small, without sound; a still picture has none."""
    frames = [picture(600, 400).rotate(20 * turn) for turn in range(8)]
    for name in ("a.webp", "a.png", "a.gif"):
        path = tmp_path / name
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, loop=0)
        made = transcoder.image_renditions(path, outdir)
        assert made.has_preview, name
        preview = next(one for one in made.renditions if one.name == "preview")
        assert (preview.mime, preview.width, preview.height) == ("video/mp4", 416, 278)
        assert preview.path.stat().st_size <= LARGEST
        with av.open(str(preview.path)) as container:
            assert not container.streams.audio
            assert container.duration / av.time_base == pytest.approx(0.8, abs=0.15)
    assert not transcoder.image_renditions(picture_file(tmp_path / "b.webp"), outdir).has_preview


def test_damage_after_the_first_frame_ends_the_preview_only(tmp_path: Path, outdir: Path) -> None:
    """The picture is shown all the same."""
    data = animation(30, 120)
    path = tmp_path / "a.gif"
    path.write_bytes(data[: len(data) * 2 // 3] + b"\xff" * 500)
    assert transcoder.image_renditions(path, outdir).widths == [120]


def test_an_animation_cut_off_anywhere(tmp_path: Path, outdir: Path) -> None:
    """Whatever its decoder says to the half of a second frame."""
    from classprojects.gateways.darkroom.image import _preview, open_picture

    data = animation(3, 24)
    for end in range(60, len(data), 7):
        path = tmp_path / "a.gif"
        path.write_bytes(data[:end])
        try:
            with open_picture(path, "GIF") as opened:
                opened.load()
                _preview(opened, outdir)
        except (OSError, IndexError, EOFError, ValueError):
            assert end < len(data) // 2, "the first frame is there"


@pytest.mark.parametrize(("name", "at"), [("a.png", 16), ("a.webp", 24), ("a.gif", 6)])
def test_headers_that_promise_too_many_pixels(tmp_path: Path, name: str, at: int) -> None:
    """A small file that says it is enormous takes no memory."""
    path = picture_file(
        tmp_path / name, 64, 64, **({"lossless": True, "exif": b"Exif\0\0II*\0"} if name == "a.webp" else {})
    )
    data = bytearray(path.read_bytes())
    if name == "a.png":
        data[at : at + 8] = struct.pack(">II", 60_000, 60_000)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif name == "a.gif":
        data[at : at + 4] = struct.pack("<HH", 60_000, 60_000)
    else:
        data[at : at + 6] = (65_000).to_bytes(3, "little") * 2
    path.write_bytes(bytes(data))
    assert refusal(path).code in ("too_many_pixels", "picture_unreadable", "truncated")


def test_a_film_that_says_it_lasts_for_years(tmp_path: Path) -> None:
    """The header is not believed: what is there counts."""
    path = film_file(tmp_path / "a.mp4", 1.0)
    data = path.read_bytes()
    for box in (b"mvhd", b"mdhd", b"tkhd"):
        at = data.index(box) + 4 + (20 if box == b"tkhd" else 16)
        data = data[:at] + struct.pack(">I", 0x7FFFFFFF) + data[at + 4 :]
    path.write_bytes(data)
    assert identify(path).duration_ms == pytest.approx(1000, abs=80)


# Streams


def test_five_hundred_streams(tmp_path: Path) -> None:
    """Counted and refused, not opened one by one."""
    path = tmp_path / "a.mka"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(500)]
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), dtype=np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
            container.mux(stream.encode(frame))
    assert refusal(path).code == "too_many_streams"


@pytest.mark.parametrize("rate", [0, 1, 300, 384_000, 4_000_000_000])
def test_absurd_sample_rates(tmp_path: Path, rate: int) -> None:
    """What nobody records at."""
    data = bytearray(sound_file(tmp_path / "a.wav", 1.0).read_bytes())
    at = data.index(b"fmt ") + 12
    data[at : at + 4] = struct.pack("<I", rate)
    path = tmp_path / "b.wav"
    path.write_bytes(bytes(data))
    assert refusal(path).code in ("sample_rate", "too_short", "media_unreadable", "unknown", "too_long", "truncated")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n" + b"#EXTINF:10,\nhttp://127.0.0.1:9/never.ts\n" * 5000),
        ("a.mp4", b"\xef\xbb\xbf \n#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
        ("b.mp4", b"ffconcat version 1.0\nfile 'concat:/etc/passwd|/etc/hostname'\n"),
        ("a.mp3", b"[playlist]\nFile1=http://127.0.0.1:9/\n"),
        ("c.mp4", b"data:video/mp4;base64,AAAA"),
        ("d.mp4", b"concat:/etc/passwd|/etc/hostname"),
        ("a.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n"),
        ("a.mpd", b'<?xml version="1.0"?><MPD><Period><BaseURL>file:///etc/passwd</BaseURL></Period></MPD>'),
    ],
)
def test_files_that_point_elsewhere(tmp_path: Path, name: str, data: bytes) -> None:
    """Lists, however they begin, are refused: nothing that they name is opened."""
    path = tmp_path / name
    path.write_bytes(data)
    assert refusal(path).code in ("playlist", "unknown", "markup")


def test_a_playlist_hidden_behind_a_films_beginning(tmp_path: Path) -> None:
    """Only the formats on our list are tried at all."""
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\x00\x00\x00\x08wide\n#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")
    refusal(path)


def test_a_film_inside_a_film(tmp_path: Path, outdir: Path) -> None:
    """Containers put into containers (attachments, boxes of rubbish) do not come along."""
    inner = film_file(tmp_path / "inner.mp4", 0.5).read_bytes()
    whole = film_file(tmp_path / "a.mp4", 1.0).read_bytes()
    nested = b""
    for _ in range(200):
        nested = struct.pack(">I", len(nested) + 8) + b"moov" + nested
    path = tmp_path / "b.mp4"
    path.write_bytes(whole + struct.pack(">I", len(inner) + 8) + b"free" + inner + nested)
    probe = identify(path)
    assert probe.duration_ms == pytest.approx(1000, abs=80)
    film = transcoder.video_renditions(path, outdir, 1000).renditions[0].path
    assert film.stat().st_size < len(whole) * 3


def film_that_grows(path: Path, sizes: list[tuple[int, int]], fps: int = 10) -> Path:
    """A film whose picture changes its size every half second, as calls do (H.264 in MPEG-TS, put into MKV)."""
    packets: list[tuple[bytes, int, bool]] = []
    number = 0
    for width, height in sizes:
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
        encoder.time_base = Fraction(1, fps)
        encoder.options = {"preset": "ultrafast", "tune": "zerolatency"}
        for _ in range(fps // 2):
            frame = av.VideoFrame.from_image(picture(width, height))
            frame.pts, frame.time_base = number, Fraction(1, fps)
            packets += [(bytes(packet), number, packet.is_keyframe) for packet in encoder.encode(frame)]
            number += 1
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = *sizes[0], "yuv420p"
        stream.time_base = Fraction(1, 1000)
        for data, place, is_key in packets:
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, fps)
            packet.pts = packet.dts = place
            packet.duration = 1
            packet.is_keyframe = is_key
            container.mux(packet)
    return path


def test_a_film_that_changes_its_size(tmp_path: Path, outdir: Path) -> None:
    """It stays one size, with what is narrower on black; nothing is lost or out of place."""
    path = film_that_grows(tmp_path / "a.mkv", [(320, 240), (640, 480), (240, 320), (320, 240)])
    probe = identify(path)
    made = transcoder.video_renditions(path, outdir, probe.duration_ms or 0)
    film = next(one for one in made.renditions if one.name == "h264-360")
    assert (film.width, film.height) == (320, 240)
    with av.open(str(film.path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == pytest.approx(20, abs=2)
    for frame in (frames[2], frames[7], frames[18]):
        assert frame.shape == (240, 320, 3)
        assert frame[20, 20, 0] > 150, "red in the corner"
    upright = frames[12]
    assert upright[20, 20].max() < 40, "black beside what is narrower"
    assert upright[20, 90, 0] > 150


def test_a_sound_that_changes_its_form(tmp_path: Path, outdir: Path) -> None:
    """Streams put behind each other, in another rate and number of channels: all of it is heard."""
    parts = [
        sound_file(tmp_path / "a.aac", 1.0, rate=48_000, channels=2),
        sound_file(tmp_path / "b.aac", 1.0, rate=44_100, channels=1),
        sound_file(tmp_path / "c.aac", 1.0, rate=48_000, channels=2),
    ]
    path = tmp_path / "d.aac"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert identify(path).kind == "audio"
    made = transcoder.audio_renditions(path, outdir, 3000)
    with av.open(str(made.renditions[0].path)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert samples / 48_000 == pytest.approx(3.0, abs=0.25)
    assert made.peaks is not None
    # Quiet, then loud, three times.
    assert [made.peaks[at] > 0.5 for at in (15, 50, 80, 115, 150, 185)] == [False, True] * 3


# Trouble of the machine


@pytest.mark.parametrize(
    ("kind", "name", "victim"),
    [
        ("image", "a.jpg", "w480-webp.webp"),
        ("image", "a.gif", "preview.mp4"),
        ("audio", "a.wav", "opus.webm"),
        ("audio", "a.wav", "aac.m4a"),
        ("video", "a.mp4", "h264-360.mp4"),
        ("video", "a.mp4", "h264-720.mp4"),
        ("video", "a.mp4", "poster-jpeg.jpeg"),
        ("clean", "a.jpg", "original-clean.jpg"),
        ("clean", "a.mp4", "original-clean.mp4"),
    ],
)
def test_a_disk_that_fills_up(tmp_path: Path, outdir: Path, kind: str, name: str, victim: str) -> None:
    """No fault of the file: it is not refused, but tried again later. (/dev/full takes not a byte.)"""
    path = tmp_path / name
    if name == "a.gif":
        path.write_bytes(animation(12))
    elif kind == "audio":
        sound_file(path, 2.0)
    elif name == "a.mp4":
        film_file(path, 1.0, 640, 480)
    else:
        picture_file(path, 640, 480)
    (outdir / victim).symlink_to("/dev/full")
    probe = identify(path)
    with pytest.raises(TranscoderFailed, match="status 1"):
        if kind == "image":
            transcoder.image_renditions(path, outdir)
        elif kind == "audio":
            transcoder.audio_renditions(path, outdir, 2000)
        elif kind == "video":
            transcoder.video_renditions(path, outdir, 1000)
        else:
            transcoder.clean_copy(path, outdir, probe.kind, probe.extension, probe.mime)


def test_a_child_that_babbles_or_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever a broken child says, the worker goes on: it failed, and may be tried again."""
    import subprocess
    import sys

    def child_saying(program: str) -> None:
        def start() -> subprocess.Popen[bytes]:
            pipe = subprocess.PIPE
            return subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, stderr=pipe)

        monkeypatch.setattr(transcoder, "start_child", start)

    out = tmp_path
    for program, why in (
        ("", "without an answer"),
        ("print('hello')", "no answer"),
        ("print('[1]')", "no answer"),
        ("while True: print('x' * 100000, end='')", "too much"),
        ("import os; os.kill(os.getpid(), 11)", "SIGSEGV"),
        (
            'import os; os.write(2, b\'e\' * 10_000_000); print(\'{"stage": "film", "progress": 400}\')',
            "without an answer",
        ),
    ):
        child_saying(program)
        with pytest.raises(TranscoderFailed, match=why):
            transcoder.image_renditions(tmp_path / "a.jpg", out)
    monkeypatch.setattr(transcoder, "IMAGE_SECONDS", 0.5)
    child_saying("import os, time; os.close(1); os.close(2); time.sleep(60)")
    begin = time.monotonic()
    with pytest.raises(TranscoderFailed, match="stopped"):
        transcoder.image_renditions(tmp_path / "a.jpg", out)
    assert time.monotonic() - begin < 5


def test_what_a_child_says_on_the_way(tmp_path: Path, outdir: Path) -> None:
    """Stages in their order, per cent that only rise."""
    said: list[tuple[str, int]] = []
    path = film_file(tmp_path / "a.mp4", 8.0, 1280, 720)
    transcoder.video_renditions(path, outdir, 8000, progress=lambda stage, percent: said.append((stage, percent)))
    stages = [stage for stage, _ in said]
    assert list(dict.fromkeys(stages)) == ["checking", "film", "poster"]
    film = [percent for stage, percent in said if stage == "film"]
    assert film == sorted(film)
    assert film[0] < 30 < film[-1] <= 100
    assert len(said) < 60
