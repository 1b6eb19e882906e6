"""Pictures as others download them: every pixel as it was, nothing else.

JPEG, PNG, WebP and GIF are taken apart into their segments, and only those that
make the picture are put together again: what nobody has heard of yet stays
behind as well. Colour profile and orientation stay, since without them the
picture would look different. Anything after a picture's end is cut off. Pictures
of other formats, and those that are not built as they should be, are encoded
again.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classprojects.gateways.darkroom import image
from classprojects.gateways.darkroom.limits import Refusal

Bytes = bytes | memoryview

# What a damaged file makes of reading it by hand.
BROKEN = (ValueError, IndexError, struct.error)


def clean(path: Path, outdir: Path, format_name: str) -> dict[str, Any]:
    """Write the clean copy; its type is the original's wherever no pixel had to be touched."""
    if format_name in PARTS:
        mime, extension = image.TYPES[format_name]
        target = outdir / f"original-clean.{extension}"
        try:
            with image.open_picture(path, format_name) as picture:
                orientation = image.orientation_of(picture)
                shape = (picture.size, picture.mode)
            with target.open("wb") as file:
                for part in PARTS[format_name](memoryview(path.read_bytes()), orientation):
                    file.write(part)
            with image.open_picture(target, format_name) as copy:
                image.load_picture(copy)
                if (copy.size, copy.mode) == shape:
                    return {"file": target.name, "mime": mime, "width": copy.width, "height": copy.height}
        except (*BROKEN, Refusal):
            # Not built by the book, though a decoder bears with it.
            target.unlink(missing_ok=True)
    return _encoded_again(path, outdir, format_name)


def _encoded_again(path: Path, outdir: Path, format_name: str) -> dict[str, Any]:
    with image.open_picture(path, format_name) as original:
        image.load_picture(original)
        profile = original.info.get("icc_profile")
        picture = image.upright(image.eight_bit(original))
        if picture.mode not in ("L", "RGB", "RGBA"):
            picture, profile = image.in_srgb(picture), None
        if profile and profile[16:20] != (b"GRAY" if picture.mode == "L" else b"RGB "):
            profile = None
        # Whatever the encoders would take over of their own accord.
        picture.info.clear()
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255):
        target, mime = outdir / "original-clean.png", "image/png"
        picture.save(target, "PNG", icc_profile=profile)
    else:
        target, mime = outdir / "original-clean.jpg", "image/jpeg"
        picture = picture if picture.mode != "RGBA" else picture.convert("RGB")
        picture.save(target, "JPEG", icc_profile=profile, quality=95, subsampling=0, optimize=True)
    return {"file": target.name, "mime": mime, "width": picture.width, "height": picture.height}


# JPEG (ITU-T T.81, annex B; JFIF: ITU-T T.871): segments by marker. Kept are
# the tables, frames and scans, JFIF's density, ICC profiles and Adobe's note
# about colours; not EXIF, XMP, IPTC, comments, thumbnails or further pictures.
JPEG_TABLES = {0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF} | (set(range(0xC0, 0xD0)) - {0xC8})
JPEG_APP0, JPEG_APP2, JPEG_APP14, JPEG_SOS, JPEG_EOI = 0xE0, 0xE2, 0xEE, 0xDA, 0xD9
JPEG_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _jpeg_parts(data: memoryview, orientation: int) -> Iterator[Bytes]:
    if data[:2] != b"\xff\xd8":
        raise ValueError
    yield data[:2]
    if orientation > 1:
        exif = b"Exif\x00\x00" + _exif(orientation)
        yield b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        if marker == JPEG_EOI:
            break
        (length,) = struct.unpack_from(">H", data, at + 1)
        body, end = data[at + 3 : at + 1 + length], at + 1 + length
        if length < 2 or end > len(data):
            raise ValueError
        if marker == JPEG_SOS:
            found = JPEG_SCAN_END.search(data, end)
            end = found.start() if found else len(data)
            yield b"\xff"
            yield data[at:end]
            if not found:
                break
        elif marker in JPEG_TABLES or (marker == JPEG_APP2 and body[:12] == b"ICC_PROFILE\x00"):
            yield b"\xff"
            yield data[at:end]
        elif marker == JPEG_APP0 and body[:5] == b"JFIF\x00":
            # Without its thumbnail, which may show what was cut away.
            yield b"\xff\xe0\x00\x10" + bytes(body[:12]).ljust(12, b"\x00") + b"\x00\x00"
        elif marker == JPEG_APP14 and body[:5] == b"Adobe":
            yield b"\xff\xee\x00\x0e" + bytes(body[:12]).ljust(12, b"\x00")
        at = end
    yield b"\xff\xd9"


# PNG (W3C PNG, third edition): chunks by name. Kept is what makes pixels,
# colours and the frames of an animation; not eXIf, texts, times or anything private.
PNG_CHUNKS = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI",
    b"sBIT", b"bKGD", b"pHYs", b"hIST", b"acTL", b"fcTL", b"fdAT",
}  # fmt: skip


def _png_parts(data: memoryview, orientation: int) -> Iterator[Bytes]:
    yield data[:8]
    at, name = 8, b""
    while name != b"IEND":
        (length,) = struct.unpack_from(">I", data, at)
        name, end = bytes(data[at + 4 : at + 8]), at + 12 + length
        if end > len(data):
            raise ValueError
        if name in PNG_CHUNKS:
            yield data[at:end]
        if name == b"IHDR" and orientation > 1:
            exif = b"eXIf" + _exif(orientation)
            yield struct.pack(">I", len(exif) - 4) + exif + struct.pack(">I", zlib.crc32(exif))
        at = end


# WebP (RFC 9649): a RIFF of chunks. EXIF, XMP and unknown ones stay behind.
WEBP_CHUNKS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
WEBP_EXIF, WEBP_XMP = 0x08, 0x04


def _webp_parts(data: memoryview, orientation: int) -> Iterator[Bytes]:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise ValueError
    (stated,) = struct.unpack_from("<I", data, 4)
    chunks = [_webp_chunk(name, body) for name, body in _webp_chunks(data[12 : 8 + stated]) if name in WEBP_CHUNKS]
    if chunks and bytes(chunks[0][:4]) == b"VP8X":
        extended = bytearray(chunks[0])
        extended[8] &= ~(WEBP_EXIF | WEBP_XMP)
        if orientation > 1:
            extended[8] |= WEBP_EXIF
            chunks.append(_webp_chunk(b"EXIF", _exif(orientation)))
        chunks[0] = bytes(extended)
    yield b"RIFF" + struct.pack("<I", 4 + sum(map(len, chunks))) + b"WEBP"
    yield from chunks


def _webp_chunks(data: memoryview) -> Iterator[tuple[bytes, Bytes]]:
    at = 0
    while at + 8 <= len(data):
        name, (length,) = bytes(data[at : at + 4]), struct.unpack_from("<I", data, at + 4)
        body: Bytes = data[at + 8 : at + 8 + length]
        if len(body) < length:
            raise ValueError
        if name == b"ANMF":
            # A frame of an animation: 16 bytes about it, then chunks of its own.
            inner = [_webp_chunk(n, b) for n, b in _webp_chunks(data[at + 24 : at + 8 + length]) if n in WEBP_CHUNKS]
            body = bytes(body[:16]) + b"".join(inner)
        yield name, body
        at += 8 + length + length % 2


def _webp_chunk(name: bytes, body: Bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2)


# GIF89a: blocks. Kept are pictures, their timing, repetition and colour
# profile; not comments, texts and what programs noted (XMP among it).
GIF_EXTENSION, GIF_IMAGE, GIF_END = 0x21, 0x2C, 0x3B
GIF_TIMING, GIF_APPLICATION = 0xF9, 0xFF
GIF_APPLICATIONS = {b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"}


def _gif_parts(data: memoryview, orientation: int) -> Iterator[Bytes]:
    at = 13 + _gif_colours(data[10])
    yield data[:at]
    while at < len(data) and data[at] != GIF_END:
        begin = at
        if data[at] == GIF_EXTENSION:
            label = data[at + 1]
            at = _gif_end_of_blocks(data, at + 2)
            if label == GIF_TIMING or (
                label == GIF_APPLICATION and bytes(data[begin + 3 : begin + 14]) in GIF_APPLICATIONS
            ):
                yield data[begin:at]
        elif data[at] == GIF_IMAGE:
            at = _gif_end_of_blocks(data, at + 11 + _gif_colours(data[at + 9]))
            yield data[begin:at]
        else:
            raise ValueError
    yield bytes([GIF_END])


def _gif_colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_end_of_blocks(data: memoryview, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


PARTS = {"JPEG": _jpeg_parts, "PNG": _png_parts, "WEBP": _webp_parts, "GIF": _gif_parts}


def _exif(orientation: int) -> bytes:
    """EXIF that says how the camera was held, and nothing else (TIFF 6.0: one directory of one entry)."""
    return b"II*\x00" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
