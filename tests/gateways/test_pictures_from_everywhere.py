"""Pictures as telephones, scanners and studios write them: HEIC in all its ways, deep and print colours, blurred colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from classprojects.gateways.darkroom.image import blur_of
from classprojects.gateways.transcoder import Made, clean_copy, identify, image_renditions
from tests.factories.media import picture, picture_file

# Pictures of every kind are really made: left to the whole run.
pytestmark = pytest.mark.slow

RED, BLUE = (220, 30, 30), (0, 0, 160)


@pytest.fixture
def outdir(tmp_path: Path) -> Path:
    """An empty folder for what is made."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def shown(made: Made, name: str = "w480-webp") -> Image.Image:
    """One of the renditions, opened."""
    (path,) = [one.path for one in made.renditions if one.name == name]
    with Image.open(path) as image:
        return image.convert("RGB")


def is_near(pixel: object, colour: tuple[int, int, int], tolerance: int = 40) -> bool:
    """Whether a pixel is about that colour."""
    return all(abs(int(a) - b) <= tolerance for a, b in zip(np.asarray(pixel)[:3], colour, strict=True))


def heic(path: Path, *images: Image.Image, **options: object) -> Path:
    """A HEIC with these pictures."""
    file = pillow_heif.HeifFile()
    for image in images:
        file.add_from_pillow(image)
    file.save(str(path), quality=90, **options)
    return path


def test_heic_in_ten_bits(tmp_path: Path, outdir: Path) -> None:
    """What newer telephones write: more steps of each colour than are shown."""
    deep = np.asarray(picture(400, 300)).astype(np.uint16) * 257
    path = tmp_path / "a.heic"
    file = pillow_heif.from_bytes(mode="RGB;16", size=(400, 300), data=deep.tobytes())
    file.save(str(path), quality=90, bit_depth=10)
    assert pillow_heif.open_heif(str(path), convert_hdr_to_8bit=False).info["bit_depth"] == 10
    probe = identify(path)
    assert (probe.mime, probe.width, probe.height) == ("image/heic", 400, 300)
    made = image_renditions(path, outdir)
    assert is_near(shown(made).getpixel((20, 20)), RED)
    assert is_near(shown(made).getpixel((380, 20)), (0, 0, 219))
    copy = clean_copy(path, outdir, "image", "heic", "image/heic")
    with Image.open(copy.path) as image:
        assert (image.format, image.size) == ("JPEG", (400, 300))


@pytest.mark.parametrize(("orientation", "corner"), [(3, (380, 280)), (6, (280, 20)), (8, (20, 380))])
def test_heic_held_sideways(tmp_path: Path, outdir: Path, orientation: int, corner: tuple[int, int]) -> None:
    """Upright once, not twice: the container turns it, EXIF says so too."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    pillow_heif.register_heif_opener()
    path = tmp_path / "a.heic"
    picture(400, 300).save(path, "HEIF", quality=90, exif=exif.tobytes())
    assert b"irot" in path.read_bytes()
    probe = identify(path)
    size = (300, 400) if orientation > 4 else (400, 300)
    assert (probe.width, probe.height) == size
    made = image_renditions(path, outdir)
    assert shown(made).size == size
    assert is_near(shown(made).getpixel(corner), RED)


def test_a_burst_shows_the_picture_that_was_chosen(tmp_path: Path, outdir: Path) -> None:
    """Several pictures in one HEIC: the main one is shown, and it is no animation."""
    burst = [Image.new("RGB", (200, 150), colour) for colour in ((10, 200, 10), RED, (240, 240, 20))]
    path = heic(tmp_path / "a.heic", *burst, primary_index=1)
    made = image_renditions(path, outdir)
    assert is_near(shown(made).getpixel((100, 70)), RED)
    assert not made.has_preview


def test_a_jpeg_with_further_pictures_is_one_picture(tmp_path: Path, outdir: Path) -> None:
    """Telephones put depth maps and gain maps behind the picture (MPO)."""
    path = tmp_path / "a.jpg"
    picture(300, 200).save(path, "MPO", save_all=True, append_images=[Image.new("RGB", (300, 200), (9, 9, 9))])
    made = image_renditions(path, outdir)
    assert is_near(shown(made).getpixel((20, 20)), RED)
    assert not made.has_preview


def test_sixteen_bits_of_colour(tmp_path: Path, outdir: Path) -> None:
    """A PNG of 16 bits in each of three colours, written by hand, as scanners do."""
    import struct
    import zlib

    deep = np.asarray(picture(120, 90)).astype(">u2") * 257
    rows = b"".join(b"\x00" + row.tobytes() for row in deep)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 120, 90, 16, 2, 0, 0, 0)
    path = tmp_path / "a.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
    made = image_renditions(path, outdir)
    assert is_near(shown(made).getpixel((10, 10)), RED)
    assert is_near(shown(made).getpixel((110, 10)), (0, 0, 219))


def test_print_colours(tmp_path: Path, outdir: Path) -> None:
    """CMYK from a layout program: its colours, not their opposites."""
    made = image_renditions(picture_file(tmp_path / "a.jpg", 600, 400, mode="CMYK"), outdir)
    for name in ("w480-webp", "w480-avif", "w480-jpeg", "fallback-jpeg"):
        assert is_near(shown(made, name).getpixel((20, 20)), RED, 60), name


def test_a_few_colours_stand_for_the_picture(tmp_path: Path, outdir: Path) -> None:
    """Twelve, row by row, where they are in the picture; none for what can be seen through."""
    made = image_renditions(picture_file(tmp_path / "a.jpg", 600, 400), outdir)
    assert made.blur is not None
    assert (made.blur["columns"], made.blur["rows"]) == (4, 3)
    colours = [tuple(int(part, 16) * 17 for part in colour[1:]) for colour in made.blur["colours"]]
    assert len(colours) == 12
    assert is_near(colours[0], RED)
    assert is_near(colours[3], (0, 0, 200))
    assert is_near(colours[8], (0, 30, 170))
    clear = picture(100, 100, "RGBA")
    clear.putpixel((3, 3), (0, 0, 0, 0))
    clear.save(tmp_path / "b.png")
    made = image_renditions(tmp_path / "b.png", outdir)
    assert made.blur is not None
    assert made.blur["colours"] == []
    assert blur_of(Image.new("RGB", (1, 1), (255, 255, 255)))["colours"] == ["#fff"] * 12
