"""What is made of a file: sizes, types, and everything that must not come along."""

from __future__ import annotations

import itertools
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from classprojects.gateways.darkroom.image import WIDTHS, slots_for
from classprojects.gateways.darkroom.sound import waveform
from classprojects.gateways.darkroom.video import ladder_for
from classprojects.gateways.transcoder import (
    Made,
    MediaRefused,
    TranscoderFailed,
    audio_renditions,
    image_renditions,
    video_renditions,
)
from tests.factories.media import animation, film_file, picture, picture_file, sound_file

# Exhaustive: not for the fast checks.
pytestmark = pytest.mark.slow


@pytest.fixture
def outdir(tmp_path: Path) -> Path:
    """An empty folder for what is made."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def by_name(made: Made) -> dict[str, Path]:
    """The files that were made, by name."""
    return {one.name: one.path for one in made.renditions}


def is_near(pixel: object, colour: tuple[int, int, int], tolerance: int = 40) -> bool:
    """Whether a pixel is about that colour."""
    return all(abs(int(a) - b) <= tolerance for a, b in zip(np.asarray(pixel)[:3], colour, strict=True))


def test_three_widths_in_three_formats(tmp_path: Path, outdir: Path) -> None:
    """A large photo becomes nine files of the right types and sizes."""
    made = image_renditions(picture_file(tmp_path / "a.jpg", 3000, 2000), outdir)
    sizes = {one.name: (one.width, one.height, one.mime) for one in made.renditions}
    assert sizes == {
        "w480-avif": (480, 320, "image/avif"),
        "w480-webp": (480, 320, "image/webp"),
        "w480-jpeg": (480, 320, "image/jpeg"),
        "w960-avif": (960, 640, "image/avif"),
        "w960-webp": (960, 640, "image/webp"),
        "w1920-avif": (1920, 1280, "image/avif"),
        "w1920-webp": (1920, 1280, "image/webp"),
        "w1920-jpeg": (1920, 1280, "image/jpeg"),
        "fallback-jpeg": (960, 640, "image/jpeg"),
    }
    for one in made.renditions:
        with Image.open(one.path) as image:
            assert image.size == (one.width, one.height)
            assert f"image/{image.format.lower()}" == one.mime
            assert is_near(image.convert("RGB").getpixel((20, 20)), (220, 30, 30))
    assert made.widths == [480, 960, 1920]
    assert made.colour is not None
    assert len(made.colour) == 7


@pytest.mark.parametrize(
    ("width", "expected"), [(1, [1]), (300, [300]), (480, [480]), (700, [480, 700]), (1000, [480, 960])]
)
def test_never_larger_than_the_original(tmp_path: Path, outdir: Path, width: int, expected: list[int]) -> None:
    """A small picture stays small, and always has one rendition."""
    made = image_renditions(picture_file(tmp_path / "a.png", width, 50), outdir)
    assert made.widths == expected
    assert {one.name for one in made.renditions} >= {"w480-avif", "w480-webp", "fallback-jpeg"}


@given(st.integers(1, 12_000))
def test_slots(width: int) -> None:
    """At least the smallest slot, ascending, none that would only repeat the one below."""
    slots = slots_for(width)
    assert slots[0] == WIDTHS[0]
    assert slots == sorted(set(slots))
    assert all(width > below for below in slots[:-1])


def test_place_and_camera_are_gone(tmp_path: Path, outdir: Path) -> None:
    """EXIF with its GPS place, XMP, comments and profiles stay behind, in every file."""
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>secret-studio</x:xmpmeta>"
    path = picture_file(tmp_path / "a.jpg", 1200, 800, gps=True, comment=b"a telltale comment", xmp=xmp)
    with Image.open(path) as original:
        assert original.getexif().get_ifd(0x8825)
    assert b"Telltale" in path.read_bytes()
    assert b"secret-studio" in path.read_bytes()
    for name, file in by_name(image_renditions(path, outdir)).items():
        data = file.read_bytes()
        for trace in (b"Telltale", b"telltale", b"secret-studio", b"Exif", b"http://ns.adobe.com"):
            assert trace not in data, (name, trace)
        with Image.open(file) as image:
            assert not image.getexif()
            assert not image.info.get("xmp")
            assert not image.info.get("icc_profile")


def test_texts_inside_a_png_are_gone(tmp_path: Path, outdir: Path) -> None:
    """So are the texts that programs write into PNG."""
    info = PngInfo()
    info.add_text("Author", "Somebody Secret")
    picture(600, 400).save(tmp_path / "a.png", pnginfo=info)
    for file in by_name(image_renditions(tmp_path / "a.png", outdir)).values():
        assert b"Somebody" not in file.read_bytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_kept(tmp_path: Path, outdir: Path, orientation: int) -> None:
    """All eight EXIF orientations show as they did in the viewer."""
    upright = picture(600, 400)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.jpg", quality=95, exif=exif.tobytes())
    with Image.open(by_name(image_renditions(tmp_path / "a.jpg", outdir))["w480-webp"]) as image:
        assert image.size == (480, 320)
        assert is_near(image.getpixel((10, 10)), (220, 30, 30))
        assert not is_near(image.getpixel((470, 10)), (220, 30, 30))
        assert not is_near(image.getpixel((10, 310)), (220, 30, 30))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1", "I;16"])
def test_every_kind_of_colour(tmp_path: Path, outdir: Path, mode: str) -> None:
    """Grey, palettes, transparency, print colours and 16 bits all come out right."""
    if mode == "I;16":
        deep = (np.asarray(picture(600, 400, "L")).astype(np.uint16)) << 8
        Image.fromarray(deep).save(tmp_path / "a.png")
        expected = picture(600, 400, "L").getpixel((30, 30))
    else:
        name = "a.jpg" if mode == "CMYK" else "a.png"
        picture(600, 400).convert(mode).save(tmp_path / name)
        expected = None
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    made = by_name(image_renditions(path, outdir))
    with Image.open(made["fallback-jpeg"]) as image:
        assert image.mode == "RGB"
        if expected is not None:
            assert abs(image.convert("L").getpixel((30, 30)) - expected) < 8
        elif mode in ("P", "RGBA", "CMYK"):
            assert is_near(image.getpixel((30, 30)), (220, 30, 30), 60)


def test_transparency_stays_and_the_jpeg_is_on_white(tmp_path: Path, outdir: Path) -> None:
    """AVIF and WebP keep the holes; JPEG shows paper through them."""
    image = picture(600, 400, "RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 300, 400))
    image.save(tmp_path / "a.png")
    made = by_name(image_renditions(tmp_path / "a.png", outdir))
    for name in ("w480-avif", "w480-webp"):
        with Image.open(made[name]) as kept:
            assert kept.convert("RGBA").getpixel((20, 20))[3] < 10
    with Image.open(made["fallback-jpeg"]) as flat:
        assert is_near(flat.getpixel((20, 20)), (255, 255, 255), 6)


def test_other_colour_spaces_become_srgb(tmp_path: Path, outdir: Path) -> None:
    """A profile is applied, not dropped: LAB white balance moves the pixels; a broken one is ignored."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    picture(600, 400).save(tmp_path / "a.jpg", quality=95, icc_profile=profile.tobytes())
    made = by_name(image_renditions(tmp_path / "a.jpg", outdir))
    with Image.open(made["w480-webp"]) as image:
        assert is_near(image.getpixel((20, 20)), (220, 30, 30))
    picture(600, 400).save(tmp_path / "b.jpg", icc_profile=b"not a profile" * 30)
    assert image_renditions(tmp_path / "b.jpg", outdir).widths == [480, 600]


def test_an_animation_shows_its_first_frame(tmp_path: Path, outdir: Path) -> None:
    """The first of many frames, and no more."""
    (tmp_path / "a.gif").write_bytes(animation(20))
    with Image.open(by_name(image_renditions(tmp_path / "a.gif", outdir))["fallback-jpeg"]) as image:
        assert is_near(image.getpixel((30, 30)), (0, 200, 0))


def test_the_colour_is_the_one_that_covers_most(tmp_path: Path, outdir: Path) -> None:
    """Three quarters blue: blue."""
    image = Image.new("RGB", (400, 400), (20, 60, 200))
    image.paste((240, 220, 10), (0, 0, 200, 200))
    image.save(tmp_path / "a.png")
    colour = image_renditions(tmp_path / "a.png", outdir).colour
    assert colour is not None
    assert is_near(tuple(bytes.fromhex(colour[1:])), (20, 60, 200), 12)


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.m4a", "b.webm"])
def test_sound_becomes_opus_and_aac(tmp_path: Path, outdir: Path, name: str) -> None:
    """Both play, at 48 kHz, as long as the original."""
    made = audio_renditions(sound_file(tmp_path / name, 3.0), outdir, 3000)
    files = by_name(made)
    assert {one.name: one.mime for one in made.renditions} == {"opus": "audio/webm", "aac": "audio/mp4"}
    for rendition, codec in (("opus", "opus"), ("aac", "aac")):
        with av.open(str(files[rendition])) as container:
            stream = container.streams.audio[0]
            assert stream.codec_context.name.removeprefix("lib") == codec
            assert stream.codec_context.sample_rate == 48_000
            samples = sum(frame.samples for frame in container.decode(stream))
            assert samples / 48_000 == pytest.approx(3.0, abs=0.12)
            assert container.duration / av.time_base == pytest.approx(3.0, abs=0.12)
    assert_index_first(files["aac"])


def test_the_waveform_is_that_of_the_sound(tmp_path: Path, outdir: Path) -> None:
    """Quiet for the first half, loud for the second: so are the peaks."""
    made = audio_renditions(sound_file(tmp_path / "a.wav", 4.0), outdir, 4000)
    assert made.peaks is not None
    peaks = np.array(made.peaks)
    assert len(peaks) == 200
    assert peaks.max() == 1.0
    assert np.allclose(peaks[2:98], 0.125, atol=0.02)
    assert np.allclose(peaks[102:198], 1.0, atol=0.02)


def test_silence_is_flat(tmp_path: Path, outdir: Path) -> None:
    """Silence is a sound, with a waveform of zeros."""
    made = audio_renditions(sound_file(tmp_path / "a.wav", 1.0, shape="silence"), outdir, 1000)
    assert made.peaks == [0.0] * 200


@given(st.lists(st.floats(0, 1), min_size=1, max_size=2000))
def test_waveform_of_anything(loudest: list[float]) -> None:
    """Always 200 numbers from 0 to 1, however short the sound."""
    peaks = waveform(np.array(loudest, dtype=np.float32))
    assert len(peaks) == 200
    assert all(0 <= peak <= 1 for peak in peaks)
    assert max(peaks) in (0.0, 1.0)


def test_waveform_of_damaged_floats() -> None:
    """What is not a number is no peak."""
    assert set(waveform(np.array([np.nan, np.inf, 0.5], dtype=np.float32))) <= {0.0, 0.5, 1.0}


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2), (96_000, 2), (48_000, 6)])
def test_any_rate_and_number_of_channels(tmp_path: Path, outdir: Path, rate: int, channels: int) -> None:
    """Telephone to studio: stereo at most, 48 kHz."""
    made = by_name(audio_renditions(sound_file(tmp_path / "a.wav", 1.0, rate=rate, channels=channels), outdir, 1000))
    with av.open(str(made["aac"])) as container:
        assert container.streams.audio[0].codec_context.sample_rate == 48_000
        assert container.streams.audio[0].codec_context.channels == min(channels, 2)


def test_tags_of_a_sound_are_gone(tmp_path: Path, outdir: Path) -> None:
    """Nor do a sound's tags come along."""
    path = tmp_path / "a.flac"
    sound_file(path, 1.0)
    tagged = tmp_path / "b.mka"
    with av.open(str(path)) as source, av.open(str(tagged), "w") as target:
        target.metadata["artist"] = "Somebody Secret"
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert b"Somebody" in tagged.read_bytes()
    for file in by_name(audio_renditions(tagged, outdir, 1000)).values():
        assert b"Somebody" not in file.read_bytes()


def test_film_becomes_h264_that_starts_at_once(tmp_path: Path, outdir: Path) -> None:
    """H.264 in yuv420p with AAC at 360p, 720p and 1080p, the index before the pictures, the same film in each."""
    made = video_renditions(film_file(tmp_path / "a.mp4", 2.0, 1920, 1080), outdir, 2000)
    files = by_name(made)
    films = {one.name: (one.width, one.height, one.mime) for one in made.renditions if one.name.startswith("h264")}
    assert films == {
        "h264-360": (640, 360, "video/mp4"),
        "h264-720": (1280, 720, "video/mp4"),
        "h264-1080": (1920, 1080, "video/mp4"),
    }
    assert made.heights == [360, 720, 1080]
    keys = []
    for name, (width, height, _mime) in films.items():
        assert_index_first(files[name])
        with av.open(str(files[name])) as container:
            video, audio = container.streams.video[0], container.streams.audio[0]
            assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
            assert (video.codec_context.width, video.codec_context.height) == (width, height)
            assert audio.codec_context.name == "aac"
            assert float(video.average_rate) == pytest.approx(25, abs=0.6)
            assert container.duration / av.time_base == pytest.approx(2.0, abs=0.12)
            frames = list(container.decode(video))
            assert len(frames) == pytest.approx(50, abs=1)
            assert is_near(frames[25].to_ndarray(format="rgb24")[height // 14, width // 14], (220, 30, 30))
            keys.append([frame.pts for frame in frames if frame.key_frame][:1])
    assert keys[0] == keys[1] == keys[2]
    for name in ("poster-webp", "poster-jpeg"):
        with Image.open(files[name]) as poster:
            assert poster.size == (1280, 720)
            assert is_near(poster.convert("RGB").getpixel((50, 50)), (220, 30, 30))
    assert made.colour is not None


@pytest.mark.parametrize(
    ("width", "height", "heights"),
    [(176, 144, [144]), (640, 480, [360, 480]), (640, 360, [360]), (720, 1280, [360, 720]), (1440, 1080, [360, 720, 1080])],
)
def test_as_many_sizes_as_the_original_has(
    tmp_path: Path, outdir: Path, width: int, height: int, heights: list[int]
) -> None:
    """Never larger than it was filmed, and no size that repeats another."""
    made = video_renditions(film_file(tmp_path / "a.mp4", 0.4, width, height, sound=False), outdir, 400)
    assert made.heights == heights
    films = [one for one in made.renditions if one.name.startswith("h264")]
    assert [one.name for one in films] == ["h264-360", "h264-720", "h264-1080"][: len(heights)]
    assert all(one.width <= width and one.height <= height for one in films)


def assert_index_first(path: Path) -> None:
    """The `moov` box stands before `mdat` (ISO/IEC 14496-12)."""
    data, at, boxes = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        boxes.append(data[at + 4 : at + 8])
        at += size
    assert boxes.index(b"moov") < boxes.index(b"mdat"), boxes


@pytest.mark.parametrize(("rotation", "corner"), [(90, (-20, 20)), (180, (-20, -20)), (270, (20, -20))])
def test_rotation_of_a_film_is_kept(tmp_path: Path, outdir: Path, rotation: int, corner: tuple[int, int]) -> None:
    """A film held sideways plays upright: the red corner moves clockwise."""
    made = video_renditions(film_file(tmp_path / "a.mp4", 1.0, 320, 240, rotation=rotation), outdir, 1000)
    with Image.open(by_name(made)["poster-jpeg"]) as poster:
        assert poster.size == ((240, 320) if rotation % 180 else (320, 240))
        at = (corner[0] % poster.width, corner[1] % poster.height)
        assert is_near(poster.getpixel(at), (220, 30, 30)), at
        assert not is_near(poster.getpixel((20, 20)), (220, 30, 30))
    with av.open(str(by_name(made)["h264-360"])) as container:
        frame = next(container.decode(video=0))
        assert (frame.width, frame.height, frame.rotation) == (*poster.size, 0)


@given(st.integers(2, 8192), st.integers(2, 8192))
def test_film_sizes(width: int, height: int) -> None:
    """Even, never larger (but for one pixel of evenness), within 16:9 of the rung either way round, ascending."""
    ladder = ladder_for(width, height)
    assert ladder[0][0] == 360
    for rung, (w, h) in ladder:
        assert w % 2 == h % 2 == 0
        assert w <= max(2, width + 1)
        assert h <= max(2, height + 1)
        assert max(w, h) <= rung * 16 / 9
        assert min(w, h) <= rung
    longest = [max(size) for _, size in ladder]
    assert all(larger > smaller * 1.15 for smaller, larger in itertools.pairwise(longest))


def test_odd_sizes_and_no_sound(tmp_path: Path, outdir: Path) -> None:
    """Odd pixels are made even; a film without sound stays without."""
    made = video_renditions(
        film_file(tmp_path / "a.webm", 1.0, 322, 182, sound=False, codec="libvpx-vp9"), outdir, 1000
    )
    with av.open(str(by_name(made)["h264-360"])) as container:
        assert not container.streams.audio
        assert container.streams.video[0].codec_context.width % 2 == 0


def test_the_poster_is_not_black(tmp_path: Path, outdir: Path) -> None:
    """A film that begins in the dark has a poster from where there is light."""
    made = video_renditions(film_file(tmp_path / "a.mp4", 4.0, dark_until=0.55), outdir, 4000)
    with Image.open(by_name(made)["poster-webp"]) as poster:
        assert np.asarray(poster.convert("L")).mean() > 24
    dark = video_renditions(film_file(tmp_path / "b.mp4", 1.0, dark_until=9), outdir, 1000)
    assert {one.name for one in dark.renditions} == {"h264-360", "poster-webp", "poster-jpeg", "stills-webp", "preview"}


def test_the_place_of_a_film_is_gone(tmp_path: Path, outdir: Path) -> None:
    """Telephones write the place into the container: it stays behind."""
    path = film_file(tmp_path / "a.mp4", 1.0, tags={"location": "+48.8577+002.2950/", "comment": "telltale"})
    assert b"loci" in path.read_bytes()
    assert b"telltale" in path.read_bytes()
    for file in by_name(video_renditions(path, outdir, 1000)).values():
        data = file.read_bytes()
        assert b"loci" not in data
        assert b"ISO6709" not in data
        assert b"telltale" not in data


def test_refusals_and_crashes_are_told_apart(tmp_path: Path, outdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad file is refused for good; a child that was stopped may be tried again."""
    broken = tmp_path / "a.jpg"
    broken.write_bytes(b"\xff\xd8\xff" + bytes(100))
    with pytest.raises(MediaRefused):
        image_renditions(broken, outdir)
    with pytest.raises(MediaRefused):
        video_renditions(sound_file(tmp_path / "a.wav", 1.0), outdir, 1000)
    monkeypatch.setattr("classprojects.gateways.transcoder.IMAGE_SECONDS", 0.001)
    with pytest.raises(TranscoderFailed, match="stopped"):
        image_renditions(picture_file(tmp_path / "b.jpg"), outdir)


def test_the_child_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads strangers' bytes has none of our environment."""
    import subprocess

    seen: dict[str, str] = {}
    real = subprocess.Popen

    def spy(*args: object, **options: object) -> object:
        seen.update(options["env"])  # type: ignore[call-overload]
        return real(*args, **options)  # type: ignore[call-overload]

    monkeypatch.setenv("SECRET_KEY", "do not tell")
    monkeypatch.setattr(subprocess, "Popen", spy)
    out = tmp_path / "out"
    out.mkdir()
    image_renditions(picture_file(tmp_path / "a.jpg"), out)
    assert set(seen) == {"PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "OPENBLAS_NUM_THREADS"}
