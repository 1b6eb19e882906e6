"""What others download: every pixel and sample of the original, and nothing of its past."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from classprojects.gateways import transcoder
from classprojects.gateways.darkroom import clean_picture, clean_recording
from classprojects.gateways.darkroom.limits import Refusal
from tests.factories.media import GPS, animation, film_file, picture, picture_file, sound_file

# Files of every format are really written: left to the whole run.
pytestmark = pytest.mark.slow

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>telltale studio</x:xmpmeta>"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TRACES = (b"elltale", b"GPS", b"http://ns.adobe.com", b"+48.8577")
FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "heic": "HEIF", "avif": "AVIF"}


@pytest.fixture
def outdir(tmp_path: Path) -> Path:
    """An empty folder for what is made."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def clean(path: Path, outdir: Path) -> Path:
    """The clean copy of a picture."""
    outdir.mkdir(exist_ok=True)
    return outdir / clean_picture.clean(path, outdir, FORMATS[path.suffix[1:]])["file"]


def pixels(path: Path) -> list[bytes]:
    """All frames as they are stored, not turned upright."""
    with Image.open(path) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(image.convert("RGBA" if image.mode in ("RGBA", "P", "LA") else image.mode).tobytes())
        return frames


def assert_no_trace(path: Path) -> None:
    """Neither in its bytes nor for a reader of EXIF is there a place, a camera or a name."""
    data = path.read_bytes()
    for trace in TRACES:
        assert trace not in data, trace
    with Image.open(path) as image:
        exif = image.getexif()
        assert not exif.get_ifd(0x8825), "GPS"
        assert set(exif) <= {0x0112}
        assert not image.info.get("comment")
        assert not image.info.get("xmp")


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
@pytest.mark.parametrize("orientation", [None, 1, 3, 6, 8])
def test_place_gone_pixels_profile_and_orientation_kept(
    tmp_path: Path, outdir: Path, ending: str, orientation: int | None
) -> None:
    """The whole promise for the formats that people send."""
    more: dict[str, object] = {"icc_profile": PROFILE}
    if ending == "jpg":
        more |= {"comment": b"telltale comment", "xmp": XMP, "quality": 90, "progressive": orientation == 6}
    elif ending == "webp":
        more |= {"xmp": XMP, "quality": 80}
    else:
        more["pnginfo"] = info = PngInfo()
        info.add_text("Author", "Telltale Author")
        info.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    path = picture_file(tmp_path / f"a.{ending}", 333, 201, gps=True, orientation=orientation, **more)
    with Image.open(path) as original:
        assert original.getexif().get_ifd(0x8825)
    copy = clean(path, outdir)
    assert copy.suffix == path.suffix
    assert_no_trace(copy)
    assert pixels(copy) == pixels(path)
    assert copy.stat().st_size < path.stat().st_size
    with Image.open(copy) as image:
        assert image.info["icc_profile"] == PROFILE
        assert image.getexif().get(0x0112, 1) == (orientation or 1)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "gif"])
def test_a_file_without_a_past(tmp_path: Path, outdir: Path, ending: str) -> None:
    """Nothing to remove: the same bytes come out, and coming through twice changes nothing more."""
    path = picture_file(tmp_path / f"a.{ending}", 64, 48)
    copy = clean(path, outdir)
    assert copy.read_bytes() == path.read_bytes()
    assert clean(copy, tmp_path / "again").read_bytes() == copy.read_bytes()


@pytest.mark.parametrize(
    ("ending", "mode", "save"),
    [
        ("jpg", "CMYK", {}),
        ("jpg", "L", {"restart_marker_blocks": 2}),
        ("jpg", "RGB", {"quality": 100, "subsampling": 0, "dpi": (300, 300)}),
        ("png", "P", {}),
        ("png", "RGBA", {}),
        ("png", "LA", {}),
        ("png", "1", {}),
        ("webp", "RGBA", {"lossless": True}),
        ("gif", "P", {}),
    ],
)
def test_every_kind_of_colour(tmp_path: Path, outdir: Path, ending: str, mode: str, save: dict[str, object]) -> None:
    """Print colours, palettes, transparency: identical."""
    path = picture_file(tmp_path / f"a.{ending}", 120, 90, mode=mode, **save)
    copy = clean(path, outdir)
    assert copy.suffix == path.suffix
    assert pixels(copy) == pixels(path)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "gif"])
def test_what_hides_behind_the_end_is_cut_off(tmp_path: Path, outdir: Path, ending: str) -> None:
    """A second file behind the picture (a polyglot, a motion photo) does not come along."""
    path = picture_file(tmp_path / f"a.{ending}", 64, 48)
    whole = path.read_bytes()
    path.write_bytes(whole + b"PK\x03\x04 telltale archive <script>alert(1)</script>")
    copy = clean(path, outdir)
    assert copy.read_bytes() == whole


def test_what_hides_inside_a_jpeg(tmp_path: Path, outdir: Path) -> None:
    """Thumbnails, further pictures, IPTC and unknown segments, also between two scans."""
    path = picture_file(tmp_path / "a.jpg", 200, 150, progressive=True)
    data = path.read_bytes()
    secret = [
        b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body
        for marker, body in (
            (0xE0, b"JFXX\x00\x10telltale thumbnail"),
            (0xE2, b"FPXR\x00telltale"),
            (0xED, b"Photoshop 3.0\x008BIM telltale"),
            (0xEF, b"telltale"),
            (0xFE, b"telltale"),
        )
    ]
    last_table = data.rindex(b"\xff\xc4")
    path.write_bytes(data[:2] + b"".join(secret) + data[2:last_table] + b"".join(secret) + data[last_table:])
    copy = clean(path, outdir)
    assert copy.read_bytes() == data
    jfif = data.index(b"JFIF\x00")
    thumbnail = (
        b"\xff\xd8\xff\xe0"
        + struct.pack(">H", 16 + 27)
        + data[jfif : jfif + 12]
        + b"\x03\x03"
        + b"elltale" * 3
        + b"123456"
    )
    path.write_bytes(thumbnail + data[jfif + 14 :])
    assert clean(path, tmp_path / "second").read_bytes() == data


def test_a_jpeg_of_several_pictures(tmp_path: Path, outdir: Path) -> None:
    """Telephones append depth, brightness and the moment before: only the picture itself comes along."""
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif.get_ifd(0x8825).update(GPS)
    first, second = picture(120, 90), picture(120, 90).rotate(180)
    first.save(path, "MPO", save_all=True, append_images=[second], exif=exif.tobytes())
    assert path.read_bytes().count(b"\xff\xd8\xff") == 2
    copy = clean(path, outdir)
    assert_no_trace(copy)
    assert copy.read_bytes().count(b"\xff\xd8\xff") == 1
    assert pixels(copy) == pixels(path)[:1]


def test_a_jpeg_without_an_end(tmp_path: Path, outdir: Path) -> None:
    """Some programs leave it out."""
    path = picture_file(tmp_path / "a.jpg", 64, 48)
    data = path.read_bytes()
    path.write_bytes(data[:-2])
    assert clean(path, outdir).read_bytes() == data


def test_a_png_with_private_chunks(tmp_path: Path, outdir: Path) -> None:
    """What nobody has heard of stays behind as well."""
    path = picture_file(tmp_path / "a.png", 64, 48)
    data = path.read_bytes()
    body = b"prVttelltale"
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    path.write_bytes(data[:33] + chunk + data[33:])
    assert clean(path, outdir).read_bytes() == data


@pytest.mark.parametrize("ending", ["webp", "png", "gif"])
def test_animations_stay_whole(tmp_path: Path, outdir: Path, ending: str) -> None:
    """All frames, their times and how often they repeat."""
    path = tmp_path / f"a.{ending}"
    frames = [picture(40 + 0 * n, 30).point(lambda v, n=n: (v + 20 * n) % 256) for n in range(4)]
    exif = Image.Exif()
    exif.get_ifd(0x8825).update(GPS)
    more = {"comment": b"telltale"} if ending == "gif" else {"exif": exif.tobytes()}
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=70, loop=3, **more)
    copy = clean(path, outdir)
    assert_no_trace(copy)
    assert pixels(copy) == pixels(path)
    with Image.open(copy) as image, Image.open(path) as original:
        assert image.n_frames == 4
        assert image.info.get("loop") == original.info.get("loop")
        assert image.info.get("duration") == original.info.get("duration")


def test_a_gif_by_many_hands(tmp_path: Path, outdir: Path) -> None:
    """XMP in a GIF is an application's note; a GIF of ours comes through unchanged."""
    path = tmp_path / "a.gif"
    plain = animation(5)
    at = plain.index(b"\x21\xf9")
    xmp = b"\x21\xff\x0bXMP DataXMP\x09telltale!\x00"
    note = b"\x21\xfe\x08telltale\x00"
    path.write_bytes(plain[:at] + xmp + note + plain[at:])
    copy = clean(path, outdir)
    assert copy.read_bytes() == plain


@pytest.mark.parametrize(("ending", "expected"), [("heic", "jpg"), ("avif", "jpg")])
def test_rarer_formats_become_jpeg(tmp_path: Path, outdir: Path, ending: str, expected: str) -> None:
    """HEIC and AVIF: encoded again, upright, with their profile, without their place."""
    if ending == "heic":
        import pillow_heif

        pillow_heif.register_heif_opener()
    path = tmp_path / f"a.{ending}"
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Telltale Cameras"
    exif.get_ifd(0x8825).update(GPS)
    picture(320, 240).save(path, exif=exif.tobytes(), icc_profile=PROFILE)
    copy = clean(path, outdir)
    assert copy.suffix == f".{expected}"
    assert_no_trace(copy)
    with Image.open(copy) as image:
        assert image.format == "JPEG"
        assert image.size == (240, 320)
        assert image.info["icc_profile"] == PROFILE
        red, _, blue = image.getpixel((230, 10))
        assert red > 180 > blue


def test_transparency_of_a_rarer_format_stays(tmp_path: Path, outdir: Path) -> None:
    """JPEG has no holes: then it becomes a PNG."""
    image = picture(64, 48, "RGBA")
    image.putpixel((0, 0), (0, 0, 0, 0))
    image.paste((0, 0, 0, 0), (0, 0, 32, 48))
    image.save(tmp_path / "a.avif")
    copy = clean(tmp_path / "a.avif", outdir)
    assert copy.suffix == ".png"
    with Image.open(copy) as made:
        assert made.getpixel((4, 4))[3] < 10


def test_a_picture_not_built_by_the_book(tmp_path: Path, outdir: Path) -> None:
    """What a decoder bears with though its structure is wrong is encoded again, never passed on."""
    path = picture_file(tmp_path / "a.webp", 64, 48, gps=True, quality=80)
    data = bytearray(path.read_bytes())
    data[4:8] = struct.pack("<I", 10)
    path.write_bytes(data)
    try:
        copy = clean(path, outdir)
    except Refusal:
        return
    assert_no_trace(copy)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["jpg", "png", "webp", "gif"]), st.data())
def test_damage_is_refused_or_cleaned(tmp_path: Path, ending: str, data: st.DataObject) -> None:
    """Whatever bytes change: a copy without the place, or a refusal; never another exception."""
    path = picture_file(tmp_path / f"damaged.{ending}", 32, 24, gps=ending != "gif")
    original = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        original[data.draw(st.integers(0, len(original) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(original[: data.draw(st.integers(len(original) // 2, len(original)))])
    try:
        copy = clean(path, tmp_path / "damaged")
    except Refusal:
        return
    assert b"Telltale" not in copy.read_bytes()


# Sound and film


def played(path: Path) -> list[tuple[str, int, str]]:
    """Of each picture and sound track: how many frames, and what is in all of them."""
    tracks = []
    with av.open(str(path)) as container:
        numbers = [stream.index for stream in container.streams if stream.type in ("video", "audio")]
    for number in numbers:
        digest, count = hashlib.sha1(usedforsecurity=False), 0
        with av.open(str(path)) as container:
            for frame in container.decode(container.streams[number]):
                digest.update(frame.to_ndarray().tobytes())
                count += 1
            tracks.append((container.streams[number].type, count, digest.hexdigest()))
    assert all(count for _, count, _ in tracks)
    return tracks


def clean_recorded(path: Path, outdir: Path) -> Path:
    """The clean copy of a sound or film."""
    outdir.mkdir(exist_ok=True)
    return outdir / clean_recording.clean(path, outdir, path.suffix[1:], "video/mp4")["file"]


TAGS = {"location": "+48.8577+002.2950/", "comment": "telltale", "artist": "Telltale", "title": "Telltale"}


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.3gp", "a.mkv", "a.avi", "a.webm"])
def test_place_of_a_film_is_gone_and_its_frames_are_the_same(tmp_path: Path, outdir: Path, name: str) -> None:
    """No tag stays; not one frame or sample differs."""
    codec = "libvpx-vp9" if name.endswith("webm") else "libx264"
    path = film_file(tmp_path / name, 1.0, tags=TAGS, codec=codec)
    assert b"elltale" in path.read_bytes()
    copy = clean_recorded(path, outdir)
    data = copy.read_bytes()
    for trace in (b"elltale", b"+48.", b"loci", b"xyz"):
        assert trace not in data, trace
    assert played(copy) == played(path)
    with av.open(str(copy)) as container:
        assert not {"location", "comment", "artist", "title", "creation_time"} & set(container.metadata)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_film_stays_turned(tmp_path: Path, outdir: Path, rotation: int) -> None:
    """How it was held is no secret, and the film would lie on its side without."""
    path = film_file(tmp_path / "a.mov", 1.0, tags=TAGS, rotation=rotation)
    with av.open(str(clean_recorded(path, outdir))) as copy, av.open(str(path)) as original:
        assert next(copy.decode(video=0)).rotation == next(original.decode(video=0)).rotation != 0


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_frames_out_of_order(tmp_path: Path, outdir: Path, name: str) -> None:
    """Films whose frames are stored in another order than shown, as most are."""
    path = film10(tmp_path / name, codec="libx264", pixels="yuv420p")
    assert played(clean_recorded(path, outdir)) == played(path)


def test_tracks_that_are_neither_picture_nor_sound(tmp_path: Path, outdir: Path) -> None:
    """Drones write where they flew into subtitles: only picture and sound come along."""
    film, path = film_file(tmp_path / "film.mp4", 1.0), tmp_path / "a.mkv"
    flight = tmp_path / "flight.srt"
    flight.write_text("1\n00:00:00,000 --> 00:00:00,500\ntelltale GPS(2.29,48.85)\n\n")
    with av.open(str(film)) as source, av.open(str(flight)) as words, av.open(str(path), "w") as target:
        pairs = {stream: target.add_stream_from_template(stream) for stream in (*source.streams, *words.streams)}
        for packet in (*words.demux(), *source.demux()):
            if packet.dts is not None:
                packet.stream = pairs[packet.stream]
                target.mux(packet)
    assert b"telltale" in path.read_bytes()
    copy = clean_recorded(path, outdir)
    assert b"telltale" not in copy.read_bytes()
    with av.open(str(copy)) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.m4a", "a.ogg", "a.webm", "a.aac"])
def test_sounds_are_the_same_sample_by_sample(tmp_path: Path, outdir: Path, name: str) -> None:
    """All formats that we take."""
    path = sound_file(tmp_path / name, 1.0)
    copy = clean_recorded(path, outdir)
    assert played(copy) == played(path)


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.m4a", "a.ogg"])
def test_tags_and_cover_of_a_sound_are_gone(tmp_path: Path, outdir: Path, name: str) -> None:
    """Names, comments and cover pictures, which have a past of their own."""
    plain, path = sound_file(tmp_path / f"plain{name}", 1.0), tmp_path / name
    with av.open(str(plain)) as source, av.open(str(path), "w") as target:
        target.metadata.update(TAGS)
        stream = target.add_stream_from_template(source.streams.audio[0])
        stream.metadata.update(TAGS)
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert b"elltale" in path.read_bytes()
    copy = clean_recorded(path, outdir)
    assert b"elltale" not in copy.read_bytes()
    assert played(copy) == played(plain)


def film10(path: Path, codec: str = "libx265", pixels: str = "yuv420p10le", tag: str | None = None) -> Path:
    """A second of film as telephones record it in HDR: HEVC in 10 bits, HLG, frames out of order."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, pixels
        if tag:
            stream.codec_context.codec_tag = tag
        colours = "log-level=none:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
        stream.options = {"x265-params": colours} if codec == "libx265" else {}
        for number in range(25):
            image = np.full((240, 320, 3), (40, 90, 160), np.uint8)
            image[:120, :160] = (220, 30, 30)
            image[150:170, number * 4 : number * 4 + 20] = 255
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.skipif("libx265" not in av.codecs_available, reason="this build of FFmpeg cannot make HEVC")
@pytest.mark.parametrize("name", ["a.mov", "a.mp4", "a.mkv"])
def test_hdr_from_a_telephone(tmp_path: Path, outdir: Path, name: str) -> None:
    """HEVC in 10 bits: taken, shown as yuv420p that every browser plays, and clean under its own name."""
    path = film10(tmp_path / name, tag=None if name.endswith("mkv") else "hvc1")
    probe = transcoder.identify(path, path.name)
    assert (probe.kind, probe.width, probe.height) == ("video", 320, 240)
    made = {one.name: one for one in transcoder.video_renditions(path, outdir, 1000).renditions}
    with av.open(str(made["h264-360"].path)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 25
    assert np.abs(frames[5][40, 40].astype(int) - (220, 30, 30)).max() < 30
    copy = clean_recorded(path, outdir)
    assert played(copy) == played(path)
    if not name.endswith("mkv"):
        with av.open(str(copy)) as container:
            assert container.streams.video[0].codec_context.codec_tag == "hvc1", "Apple opens no other name"


def test_a_film_that_cannot_be_copied(tmp_path: Path, outdir: Path) -> None:
    """Refused; whoever asks has the renditions instead."""
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(100))
    with pytest.raises(Refusal):
        clean_recorded(path, outdir)
    with pytest.raises(Refusal):
        clean_recording.clean(path, outdir, "exe", "video/mp4")


def test_through_the_door(tmp_path: Path, outdir: Path) -> None:
    """The same in the child process, for one of each kind."""
    photo = picture_file(tmp_path / "a.jpg", gps=True)
    made = transcoder.clean_copy(photo, outdir, "image", "jpg", "image/jpeg")
    assert (made.name, made.mime, made.width, made.path.suffix) == ("original-clean", "image/jpeg", 640, ".jpg")
    assert_no_trace(made.path)
    film = film_file(tmp_path / "a.mov", 1.0, tags=TAGS)
    made = transcoder.clean_copy(film, outdir, "video", "mov", "video/quicktime")
    assert (made.mime, made.path.suffix) == ("video/quicktime", ".mov")
    assert b"elltale" not in made.path.read_bytes()
    with pytest.raises(transcoder.MediaRefused):
        broken = io.BytesIO(b"no picture")
        (tmp_path / "b.jpg").write_bytes(broken.getvalue())
        transcoder.clean_copy(tmp_path / "b.jpg", outdir, "image", "jpg", "image/jpeg")
