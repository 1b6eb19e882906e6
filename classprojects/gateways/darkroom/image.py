"""Pictures: read any of six formats, write AVIF, WebP and JPEG without their past."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms

from classprojects.gateways.darkroom import progress
from classprojects.gateways.darkroom.limits import DISK_TROUBLE, MAX_PIXELS, MAX_SIDE, MEGAPIXELS, Refusal

WIDTHS = (480, 960, 1920)
FALLBACK_WIDTH = 960
PAPER = (255, 255, 255)

# Sizes are checked by hand from the header; Pillow's own guard stands behind.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("ignore", Image.DecompressionBombWarning)

TYPES = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/webp", "webp"),
    "GIF": ("image/gif", "gif"),
    "AVIF": ("image/avif", "avif"),
    "HEIF": ("image/heic", "heic"),
}

ANIMATED = {"GIF", "PNG", "WEBP", "AVIF"}

# What turns a picture upright, by its EXIF orientation (CIPA DC-008, 4.6.5).
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# AVIF at speed 9 costs a quarter of speed 6 for the same bytes; WebP method 4
# costs twice method 2 and saves nothing at this quality.
ENCODERS: dict[str, dict[str, Any]] = {
    "avif": {"format": "AVIF", "quality": 58, "speed": 9, "max_threads": 2},
    "webp": {"format": "WEBP", "quality": 78, "method": 2},
    "jpeg": {"format": "JPEG", "quality": 82, "optimize": True, "progressive": True},
}


def picture_format(head: bytes) -> str | None:
    """Which of the six formats the first bytes announce, or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        # ISO/IEC 14496-12: major brand, version, then the compatible brands.
        end = min(int.from_bytes(head[:4], "big"), 256)
        brands = {head[8:12], *(head[i : i + 4] for i in range(16, end, 4))}
        if head[8:12] in (b"avif", b"avis") or (head[8:12] == b"mif1" and b"avif" in brands):
            return "AVIF"
        if head[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"):
            return "HEIF"
    return None


def identify(path: Path, format_name: str) -> dict[str, Any]:
    """Facts of a picture, after decoding the whole first frame once."""
    with open_picture(path, format_name) as picture:
        width, height = picture.size
        # JPEG decodes at an eighth here: a cut file still shows, eight times sooner.
        picture.draft("RGB", (max(1, picture.width // 8), max(1, picture.height // 8)))
        load_picture(picture)
        if orientation_of(picture) in (5, 6, 7, 8):
            width, height = height, width
    mime, extension = TYPES[format_name]
    return {
        "kind": "image",
        "mime": mime,
        "extension": extension,
        "width": width,
        "height": height,
    }


def renditions(path: Path, outdir: Path, format_name: str) -> dict[str, Any]:
    """Write three widths (never wider than the original) in AVIF, WebP and JPEG.

    Of an animation they show the first frame, and a preview moves. Orientation is
    applied, colours become sRGB, and EXIF, XMP, comments and profiles stay behind.
    """
    progress.tell("checking")
    with open_picture(path, format_name) as original:
        if format_name == "JPEG":
            _read_reduced(original)
        load_picture(original)
        picture = upright(original)
        progress.tell("pictures")
        moving = _preview(original, outdir)
    picture = _fit(eight_bit(picture), WIDTHS[-1])
    picture = in_srgb(picture)
    picture.info.clear()
    flat = _flatten(picture)
    made, widths = [], []
    slots = slots_for(picture.width)
    for number, slot in enumerate(slots):
        sized = _fit(picture, slot)
        widths.append(sized.width)
        made.append(write(sized, outdir, f"w{slot}-avif", "avif"))
        made.append(write(sized, outdir, f"w{slot}-webp", "webp"))
        if slot != FALLBACK_WIDTH:
            made.append(write(_fit(flat, slot), outdir, f"w{slot}-jpeg", "jpeg"))
        progress.tell("pictures", (number + 1) / (len(slots) + 1))
    made.append(write(_fit(flat, FALLBACK_WIDTH), outdir, "fallback-jpeg", "jpeg"))
    return {
        "renditions": made + ([moving] if moving else []),
        "widths": widths,
        "colour": dominant_colour(flat),
        # Behind what can be seen through, a blurred picture would be seen for good.
        "blur": blur_of(flat if flat is picture else None),
        "has_preview": moving is not None,
    }


def _preview(original: Image.Image, outdir: Path) -> dict[str, Any] | None:
    """The moving preview of an animation; what is wrong with it is no reason to refuse the picture."""
    # JPEG and HEIC hold further pictures too (bursts, depth), which are no animation.
    if original.format not in ANIMATED:
        return None
    from classprojects.gateways.darkroom import preview

    try:
        # Asking whether it is animated reads on, so that damage shows here already.
        return preview.of_animation(original, outdir) if getattr(original, "is_animated", False) else None
    except Exception as error:
        # Each decoder raises what it likes.
        if isinstance(error, OSError) and error.errno in DISK_TROUBLE:
            raise
        return None


def slots_for(width: int) -> list[int]:
    """The slots to fill from a picture so wide; the last holds it at its own width.

    A slot is the width that a rendition has at most. One that would be hardly
    wider than the slot below is not worth a file of its own.
    """
    return [slot for below, slot in zip((0, *WIDTHS), WIDTHS, strict=False) if width > below * 1.15]


def write_poster(picture: Image.Image, outdir: Path) -> dict[str, Any]:
    """Write a video's poster as WebP and JPEG."""
    made = [
        write(picture, outdir, "poster-webp", "webp"),
        write(picture, outdir, "poster-jpeg", "jpeg"),
    ]
    return {"renditions": made, "colour": dominant_colour(picture), "blur": blur_of(picture)}


#: the colours that stand, blurred, where a picture is not yet: so many across, so many down
BLUR_SIZE = (4, 3)


def blur_of(picture: Image.Image | None) -> dict[str, Any]:
    """A few colours of an RGB picture as ``#rgb``, row by row; none for a picture that can be seen through."""
    columns, rows = BLUR_SIZE
    if picture is None:
        return {"columns": columns, "rows": rows, "colours": []}
    small = picture.convert("RGB").resize(BLUR_SIZE, Image.Resampling.BOX)
    cells = (small.getpixel((x, y)) for y in range(rows) for x in range(columns))
    return {
        "columns": columns,
        "rows": rows,
        "colours": ["#" + "".join(f"{round(part / 17):x}" for part in cell) for cell in cells],  # type: ignore[union-attr]
    }


def dominant_colour(picture: Image.Image) -> str:
    """The colour that covers most of an RGB picture, as `#rrggbb`."""
    small = picture.resize((48, 48), Image.Resampling.BOX)
    few = small.quantize(6, Image.Quantize.MEDIANCUT)
    counts = few.getcolors() or [(1, 0)]
    index = max(counts)[1]
    assert isinstance(index, int)
    palette = few.getpalette() or [0, 0, 0]
    red, green, blue = palette[index * 3 : index * 3 + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def open_picture(path: Path, format_name: str) -> Image.Image:
    """The picture, its header read; raises Refusal for what is too large or none of this format."""
    if format_name == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    try:
        picture = Image.open(path, formats=[format_name])
    except Image.DecompressionBombError as error:
        raise Refusal("too_many_pixels", megapixels=MEGAPIXELS, side=MAX_SIDE) from error
    except Exception as error:
        # Each decoder raises what it likes; all of it means the same here.
        raise Refusal("picture_unreadable") from error
    width, height = picture.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        picture.close()
        raise Refusal("too_many_pixels", megapixels=MEGAPIXELS, side=MAX_SIDE)
    if width < 1 or height < 1:
        picture.close()
        raise Refusal("picture_unreadable")
    return picture


def _read_reduced(picture: Image.Image) -> None:
    """Have a JPEG decoded at a half, a quarter or an eighth, but never below the largest rendition."""
    width, height = picture.size
    shown = height if orientation_of(picture) in (5, 6, 7, 8) else width
    scale = min(1.0, WIDTHS[-1] / shown)
    picture.draft("RGB", (max(1, round(width * scale)), max(1, round(height * scale))))


def load_picture(picture: Image.Image) -> None:
    """Decode its pixels; raises Refusal when some are missing."""
    try:
        picture.load()
    except Exception as error:
        raise Refusal("truncated") from error


def orientation_of(picture: Image.Image) -> int:
    """How the camera was held, 1 to 8; 1 where it does not say, or says it unreadably."""
    try:
        return int(picture.getexif().get(0x0112, 1))
    except Exception:
        # Damaged EXIF is no reason to refuse the picture around it.
        return 1


def upright(picture: Image.Image) -> Image.Image:
    """A copy as it is meant to be seen."""
    turn = UPRIGHT.get(orientation_of(picture))
    return picture.copy() if turn is None else picture.transpose(turn)


def eight_bit(picture: Image.Image) -> Image.Image:
    """Any of Pillow's modes as L, RGB, RGBA or CMYK; transparency kept."""
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # Pillow clips 16 bits where it should scale them down.
        import numpy as np

        deep = np.asarray(picture).astype("uint32")
        return Image.fromarray((deep >> 8).clip(0, 255).astype("uint8"))
    if picture.mode in ("L", "RGB", "CMYK", "RGBA") and "transparency" not in picture.info:
        return picture
    icc = picture.info.get("icc_profile")
    clear = picture.mode in ("LA", "PA", "La", "RGBa", "RGBA") or "transparency" in picture.info
    picture = picture.convert("RGBA" if clear else "RGB")
    if icc:
        picture.info["icc_profile"] = icc
    return picture


def _fit(picture: Image.Image, width: int) -> Image.Image:
    if picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    smaller = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if profile := picture.info.get("icc_profile"):
        smaller.info["icc_profile"] = profile
    return smaller


def in_srgb(picture: Image.Image) -> Image.Image:
    """The picture in sRGB, by its own profile when it has one that makes sense."""
    profile = picture.info.get("icc_profile")
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile and picture.mode != "L":
        try:
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode=mode,
            )
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            # A damaged profile, or one for other colours than the picture has.
            pass
    return picture if picture.mode == mode else picture.convert(mode)


def _flatten(picture: Image.Image) -> Image.Image:
    """The picture without transparency, on white."""
    if picture.mode != "RGBA":
        return picture
    flat = Image.new("RGB", picture.size, PAPER)
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def write(picture: Image.Image, outdir: Path, name: str, encoder: str) -> dict[str, Any]:
    """Write one rendition; what the answer says of it."""
    path = outdir / f"{name}.{encoder}"
    picture.save(path, **ENCODERS[encoder])
    return {
        "name": name,
        "file": path.name,
        "mime": f"image/{encoder}",
        "width": picture.width,
        "height": picture.height,
    }
