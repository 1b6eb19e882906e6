"""Parts of pictures, and pictures over pictures: each pixel as it was wherever the format allows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from classprojects.gateways.darkroom import image
from classprojects.gateways.darkroom.limits import Refusal

TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def crop(
    path: Path, target: Path, *, x: int, y: int, width: int, height: int, turn: int, full_width: int, full_height: int
) -> None:
    """Write a rectangle of the upright picture, then turned clockwise by ``turn`` degrees.

    The rectangle is meant in a picture of ``full_width`` by ``full_height``: where
    this one is smaller (a rendition), the same part of it is taken.
    """
    picture, profile = _open(path)
    across, down = picture.width / full_width, picture.height / full_height
    left, top = round(x * across), round(y * down)
    right, bottom = round((x + width) * across), round((y + height) * down)
    box = (left, top, min(max(right, left + 1), picture.width), min(max(bottom, top + 1), picture.height))
    if box[0] >= box[2] or box[1] >= box[3]:
        raise Refusal("out_of_range")
    part = picture.crop(box)
    if turn in TURNS:
        part = part.transpose(TURNS[turn])
    _write(part, target, profile)


def lay_over(
    path: Path, over: Path, target: Path, *, x: float, y: float, width: float, opacity: float
) -> None:
    """Write the picture with another one laid over it.

    ``x``, ``y``: where the left top corner of the other comes to lie, and ``width`` how wide it becomes, in
    hundredths of the picture's width (y: of its height); ``opacity`` from 0 to 100. What hangs over the edge is
    cut off.
    """
    base, profile = _open(path)
    base = image.in_srgb(_with_profile(base, profile))
    upper, upper_profile = _open(over)
    upper = image.in_srgb(_with_profile(upper, upper_profile)).convert("RGBA")
    new_width = max(1, round(base.width * width / 100))
    new_height = max(1, round(upper.height * new_width / upper.width))
    if new_height > 4 * image.MAX_SIDE:
        raise Refusal("out_of_range")
    if (new_width, new_height) != upper.size:
        upper = upper.resize((new_width, new_height), Image.Resampling.LANCZOS)
    if opacity < 100:
        upper.putalpha(upper.getchannel("A").point(lambda value: round(value * opacity / 100)))
    sheet = Image.new("RGBA", base.size)
    sheet.paste(upper, (round(base.width * x / 100), round(base.height * y / 100)))
    _write(Image.alpha_composite(base.convert("RGBA"), sheet), target, None)


def _open(path: Path) -> tuple[Image.Image, bytes | None]:
    """The picture upright with 8 bits a colour, and its colour profile."""
    with path.open("rb") as file:
        format_name = image.picture_format(file.read(4096))
    if format_name is None:
        raise Refusal("picture_unreadable")
    with image.open_picture(path, format_name) as original:
        image.load_picture(original)
        profile: bytes | None = original.info.get("icc_profile")
        picture = image.upright(image.eight_bit(original))
    if picture.mode not in ("L", "RGB", "RGBA"):
        picture, profile = image.in_srgb(picture), None
    if profile and profile[16:20] != (b"GRAY" if picture.mode == "L" else b"RGB "):
        profile = None
    picture.info.clear()
    return picture, profile


def _with_profile(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        picture.info["icc_profile"] = profile
    return picture


def _write(picture: Image.Image, target: Path, profile: bytes | None) -> None:
    options: dict[str, Any] = {"icc_profile": profile} if profile else {}
    picture.info.clear()
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    if target.suffix == ".png":
        picture.save(target, "PNG", **options)
        return
    if picture.mode == "RGBA":
        flat = Image.new("RGB", picture.size, image.PAPER)
        flat.paste(picture, mask=picture.getchannel("A"))
        picture = flat
    picture.save(target, "JPEG", quality=95, subsampling=0, optimize=True, **options)
