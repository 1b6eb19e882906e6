"""What a file is: by its content, whatever its name says, and refused in words that help."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classprojects.gateways.transcoder import MediaRefused, identify
from tests.factories.media import animation, cut, film_file, picture_file, sound_file

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def refusal(path: Path) -> str:
    """The words that ``path`` is refused with."""
    with pytest.raises(MediaRefused) as caught:
        identify(path, path.name)
    assert caught.value.message.endswith(".")
    return caught.value.message


def write(path: Path, data: bytes) -> Path:
    """``data`` at ``path``."""
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.jpg", "image/jpeg"),
        ("a.png", "image/png"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.gif", "image/gif"),
    ],
)
def test_pictures(tmp_path: Path, name: str, mime: str) -> None:
    """Five formats by Pillow."""
    probe = identify(picture_file(tmp_path / name), name)
    assert (probe.kind, probe.mime, probe.extension) == ("image", mime, name[2:])
    assert (probe.width, probe.height, probe.duration_ms) == (640, 480, None)


def test_heic(tmp_path: Path) -> None:
    """What telephones save."""
    pillow_heif = pytest.importorskip("pillow_heif")
    source = picture_file(tmp_path / "a.png", 320, 200)
    pillow_heif.register_heif_opener()
    path = tmp_path / "a.heic"
    Image.open(source).save(path, "HEIF")
    probe = identify(path, "IMG_0001.HEIC")
    assert (probe.mime, probe.extension, probe.width, probe.height) == ("image/heic", "heic", 320, 200)


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.wav", "audio/wav"),
        ("a.mp3", "audio/mpeg"),
        ("a.flac", "audio/flac"),
        ("a.m4a", "audio/mp4"),
        ("a.ogg", "audio/ogg"),
        ("a.webm", "audio/webm"),
        ("a.aac", "audio/aac"),
    ],
)
def test_sounds(tmp_path: Path, name: str, mime: str) -> None:
    """Seven formats, with their length."""
    probe = identify(sound_file(tmp_path / name, 1.5), name)
    assert (probe.kind, probe.mime, probe.extension) == ("audio", mime, name.split(".")[1])
    assert probe.duration_ms == pytest.approx(1500, abs=80)
    assert probe.has_audio
    assert probe.width is None


@pytest.mark.parametrize(
    ("name", "mime", "codec"),
    [
        ("a.mp4", "video/mp4", "libx264"),
        ("a.mov", "video/quicktime", "libx264"),
        ("a.mkv", "video/x-matroska", "libx264"),
        ("a.webm", "video/webm", "libvpx-vp9"),
    ],
)
def test_films(tmp_path: Path, name: str, mime: str, codec: str) -> None:
    """Four containers, with size and length."""
    probe = identify(film_file(tmp_path / name, 1.0, codec=codec), name)
    assert (probe.kind, probe.mime, probe.extension) == ("video", mime, name.split(".")[1])
    assert (probe.width, probe.height) == (320, 240)
    assert probe.duration_ms == pytest.approx(1000, abs=60)
    assert probe.has_audio


def test_the_name_decides_nothing(tmp_path: Path) -> None:
    """A right file under a wrong name is what it is."""
    probe = identify(picture_file(tmp_path / "a.png").rename(tmp_path / "song.mp3"), "song.mp3")
    assert (probe.kind, probe.mime) == ("image", "image/png")


def test_a_silent_film_and_one_without_sound(tmp_path: Path) -> None:
    """No sound track is no mistake."""
    assert identify(film_file(tmp_path / "a.mp4", 1.0, sound=False)).has_audio is False


def test_a_picture_or_film_filmed_sideways_is_measured_upright(tmp_path: Path) -> None:
    """Width and height are those that people see."""
    probe = identify(picture_file(tmp_path / "a.jpg", 640, 480, orientation=6))
    assert (probe.width, probe.height) == (480, 640)
    probe = identify(film_file(tmp_path / "a.mp4", 1.0, rotation=90))
    assert (probe.width, probe.height) == (240, 320)


def test_what_browsers_record_has_a_length(tmp_path: Path) -> None:
    """A live stream states no duration: it is found by walking the packets."""
    probe = identify(sound_file(tmp_path / "a.webm", 1.5, live="1"))
    assert probe.duration_ms == pytest.approx(1500, abs=80)


def test_a_song_with_a_cover_is_a_sound(tmp_path: Path) -> None:
    """A cover picture makes no film of a song."""
    song = sound_file(tmp_path / "a.mp3", 1.0).read_bytes()
    cover = picture_file(tmp_path / "cover.jpg", 64, 64).read_bytes()
    body = b"\x00image/jpeg\x00\x03\x00" + cover
    frame = b"APIC" + struct.pack(">I", len(body)) + b"\x00\x00" + body
    size = len(frame)
    header = b"ID3\x03\x00\x00" + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    probe = identify(write(tmp_path / "b.mp3", header + frame + song[song.index(b"\xff\xfb") :]))
    assert (probe.kind, probe.mime) == ("audio", "audio/mpeg")


def test_empty(tmp_path: Path) -> None:
    """Nothing at all."""
    assert "empty" in refusal(write(tmp_path / "a.jpg", b""))


@pytest.mark.parametrize(
    "data",
    [
        HTML,
        SVG,
        b"\xef\xbb\xbf \n" + HTML,
        b"\xff\xfe" + HTML.decode().encode("utf-16-le"),
        b"<?xml version='1.0'?>" + SVG,
        b"<!--" + b"x" * 5000 + b"-->",
        b"<html>\xff\xd8\xff\xe0 a picture by its middle",
    ],
)
def test_code_that_calls_itself_a_picture(tmp_path: Path, data: bytes) -> None:
    """HTML and SVG are refused under any name."""
    assert "PNG or JPEG" in refusal(write(tmp_path / "holiday.jpg", data))


def test_programs_archives_and_playlists(tmp_path: Path) -> None:
    """Each is called what it is."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "x")
    assert "archive" in refusal(write(tmp_path / "a.png", archive.getvalue()))
    assert "program" in refusal(write(tmp_path / "a.png", b"MZ\x90\x00" + bytes(200)))
    assert "program" in refusal(write(tmp_path / "a.mp4", b"\x7fELF" + bytes(200)))
    assert "playlist" in refusal(write(tmp_path / "a.mp3", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"))
    assert "playlist" in refusal(write(tmp_path / "a.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"))


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        b"Just some words, many times over. " * 300,
        bytes(range(256)) * 40,
        b"\x00" * 20_000,
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"\x89PNG\r\n\x1a\n" + b"garbage" * 100,
        b"\xff\xd8\xff\xe0" + bytes(5000),
        b"GIF89a" + b"\xff" * 1000,
        b"\x00\x00\x00\x18ftypavif" + bytes(3000),
        b"\x00\x00\x00\x18ftypheic" + bytes(3000),
        b"\x00\x00\x00\x18ftypmp42" + bytes(3000),
        b"\x1aE\xdf\xa3" + bytes(3000),
        b"OggS" + bytes(3000),
        b"fLaC" + bytes(3000),
        b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(3000),
        b"\n",
        b"x",
    ],
)
def test_rubbish_is_refused_in_words(tmp_path: Path, data: bytes) -> None:
    """Whatever it begins like, no decoder's error reaches the person."""
    words = refusal(write(tmp_path / "a.bin", data))
    assert "Error" not in words
    assert "Traceback" not in words


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.avif"])
def test_cut_off_pictures(tmp_path: Path, name: str) -> None:
    """Half a picture is not taken, though its header is whole."""
    rng = np.random.default_rng(7)
    noise = Image.fromarray(rng.integers(0, 255, (400, 400, 3), dtype=np.uint8))
    noise.save(tmp_path / name)
    words = refusal(cut(tmp_path / name, 0.5))
    assert "cut off" in words or "damaged" in words


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.m4a", "a.webm", "b.mp3"])
def test_cut_off_sounds(tmp_path: Path, name: str) -> None:
    """A header that promises more than there is."""
    words = refusal(cut(sound_file(tmp_path / name, 6.0), 0.5))
    assert "cut off" in words or "cannot tell" in words or "damaged" in words or "looks like" in words


def test_cut_off_films(tmp_path: Path) -> None:
    """With the index at the end it is gone; with the index first half the frames are."""
    refusal(cut(film_file(tmp_path / "a.mp4", 4.0), 0.5))
    assert "cut off" in refusal(cut(film_file(tmp_path / "b.mp4", 4.0, movflags="+faststart"), 0.5))


def test_recordings_without_length(tmp_path: Path) -> None:
    """No samples, or so few that nobody hears them."""
    assert "no length" in refusal(sound_file(tmp_path / "b.wav", 0.02))
    assert "no length" in refusal(sound_file(tmp_path / "a.wav", 0.0))
    refusal(film_file(tmp_path / "a.mp4", 0.0))


def test_pictures_of_too_many_pixels(tmp_path: Path) -> None:
    """20,000 pixels a side, refused by the header, before any memory is taken."""
    begin = time.monotonic()
    assert "12000 pixels" in refusal(bomb(tmp_path / "a.png", 20_000, 20_000))
    assert "megapixels" in refusal(bomb(tmp_path / "b.png", 20_000, 10))
    assert "megapixels" in refusal(bomb(tmp_path / "c.png", 9_000, 9_000))
    assert time.monotonic() - begin < 5


def bomb(path: Path, width: int, height: int) -> Path:
    """A PNG of a few kilobytes whose header promises so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = packer.compress(bytes(1_000_000)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return write(path, data)


def test_a_gif_of_thousands_of_frames_costs_one(tmp_path: Path) -> None:
    """Only the first frame of an animation is ever decoded."""
    path = write(tmp_path / "a.gif", animation(3000))
    begin = time.monotonic()
    assert identify(path).mime == "image/gif"
    assert time.monotonic() - begin < 2


def test_absurd_sound(tmp_path: Path) -> None:
    """Sample rates that nobody records at."""
    data = bytearray(sound_file(tmp_path / "a.wav", 1.0).read_bytes())
    at = data.index(b"fmt ") + 12
    data[at : at + 4] = struct.pack("<I", 2_000_000_000)
    words = refusal(write(tmp_path / "b.wav", bytes(data)))
    assert "sample rate" in words or "damaged" in words or "no length" in words


def test_sound_of_hours(tmp_path: Path) -> None:
    """Longer than an hour, found without decoding it all."""
    path = sound_file(tmp_path / "a.wav", 1.0, rate=4000)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    seconds = 3700
    data[at : at + 4] = struct.pack("<I", 8000 * seconds)
    data[4:8] = struct.pack("<I", 8000 * seconds + 36)
    path.write_bytes(bytes(data) + bytes(8000 * seconds))
    assert "60 minutes" in refusal(path)


def test_damaged_exif_is_no_reason(tmp_path: Path) -> None:
    """The picture is whole: what its camera wrote about it may be rubbish."""
    data = picture_file(tmp_path / "a.jpg", orientation=6).read_bytes()
    at = data.index(b"Exif\x00\x00") + 6
    probe = identify(write(tmp_path / "b.jpg", data[:at] + b"\xff" * 8 + data[at + 8 :]))
    assert (probe.width, probe.height) == (640, 480)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.avif", "a.gif", "b.wav", "b.mp3", "b.mp4"])
def test_flipped_bytes(tmp_path: Path, name: str) -> None:
    """Damaged anywhere: taken or refused in words, never anything else."""
    make = picture_file if name.startswith("a") else sound_file if name != "b.mp4" else film_file
    data = make(tmp_path / name, *((80, 60) if name.startswith("a") else (0.5,))).read_bytes()
    random = np.random.default_rng(len(name) + len(data))
    answers = []
    for _ in range(4):
        flipped = bytearray(data)
        for place in random.integers(0, min(len(data), 600), 8):
            flipped[place] = int(random.integers(0, 256))
        try:
            answers.append(identify(write(tmp_path / "x", bytes(flipped))).kind)
        except MediaRefused as refused:
            answers.append(refused.message)
    assert not any("in an unusual way" in answer for answer in answers)


def test_two_things_at_once(tmp_path: Path) -> None:
    """A picture with an archive or a page behind it is a picture: only its pixels go on."""
    picture = picture_file(tmp_path / "a.jpg").read_bytes()
    assert identify(write(tmp_path / "b.jpg", picture + HTML)).mime == "image/jpeg"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.html", HTML)
    assert identify(write(tmp_path / "c.jpg", picture + archive.getvalue())).mime == "image/jpeg"


def test_a_decoder_that_dies_takes_only_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that is killed or runs out of time becomes words."""
    path = picture_file(tmp_path / "a.jpg")
    monkeypatch.setattr("classprojects.gateways.transcoder.IDENTIFY_SECONDS", 0.001)
    assert "could not be opened" in refusal(path)
