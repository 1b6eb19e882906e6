"""The demo's films: frames drawn one by one, and a sound under them.

Each takes a random generator and the paths of what it builds on, and gives a
:class:`Film`; frames are Pillow images of one size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from classprojects.demo.media import sound
from classprojects.demo.media.paint import (
    Sheet,
    bumpy,
    colour,
    covering,
    disc,
    grey,
    polygons,
    ridge,
    to_array,
    to_image,
)
from classprojects.demo.media.pictures import landscape, smooth
from classprojects.demo.media.pieces import quiet_bed
from classprojects.demo.media.slides import Slide

Rng = np.random.Generator
SIZE = (960, 540)
#: for films that are photographic, where size costs time and shows least
SMALL = (640, 360)

TYPEFACES = Path(__file__).resolve().parents[3] / "node_modules/@fontsource-variable/bricolage-grotesque/files"


@dataclass(frozen=True)
class Film:
    frames: Iterator[Image.Image]
    seconds: float
    rate: int
    sound: np.ndarray


@cache
def face(size: int, weight: int = 700) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The product's own typeface when the front end is installed, else the one that Pillow carries."""
    file = TYPEFACES / "bricolage-grotesque-latin-wght-normal.woff2"
    try:
        font = ImageFont.truetype(str(file), size)
        font.set_variation_by_axes([weight])
    except OSError:
        return ImageFont.load_default(size)
    return font


def save(film: Film, path: Path) -> None:
    """Write the film as MP4 (H.264, AAC) or WebM (VP9, Opus)."""
    web = path.suffix == ".webm"
    frames = iter(film.frames)
    first = next(frames)
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libvpx-vp9" if web else "libx264", rate=film.rate)
        picture.width, picture.height, picture.pix_fmt = *first.size, "yuv420p"
        picture.options = {"deadline": "realtime", "cpu-used": "8", "crf": "36", "b:v": "0"} if web else {"preset": "superfast", "crf": "28"}
        picture.thread_count = 1
        track = container.add_stream("libopus" if web else "aac", rate=48_000 if web else sound.RATE, layout="stereo")
        track.bit_rate = 96_000
        if not web:
            track.options = {"aac_coder": "fast"}
        for index, image in enumerate(chain([first], frames)):
            frame = av.VideoFrame.from_image(image)
            frame.pts = index
            for packet in picture.encode(frame):
                container.mux(packet)
        for packet in picture.encode(None):
            container.mux(packet)
        sound.write(container, track, sound.fitted(film.sound, film.seconds))


def frames_of(path: Path) -> Iterator[Image.Image]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_image()


def eased(t: float) -> float:
    t = min(1.0, max(0.0, t))
    return 1 - (1 - t) ** 3


def smooth_shape(size: tuple[int, int], shapes: Sequence[tuple[Sequence[tuple[float, float]], str | tuple[int, ...]]], base: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Draw polygons smoothly on a part of the picture: that part is drawn twice as large and reduced."""
    left, top, right, bottom = box
    part = base.crop(box).resize(((right - left) * 2, (bottom - top) * 2), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(part)
    for points, tint in shapes:
        pen.polygon([((x - left) * 2, (y - top) * 2) for x, y in points], fill=tint)
    base.paste(part.reduce(2), (left, top))
    return base


def curtain(rng: Rng, sources: Sequence[Path]) -> Film:
    """A room at noon. Only the curtain moves."""
    seconds, rate = 8, 10
    sheet = Sheet(SIZE, "#e9d7bd", rng)
    sheet.glue(polygons(SIZE, [(0, 420), (960, 420), (960, 540), (0, 540)]), "#b9825a", lift=6)
    sheet.glue(polygons(SIZE, [(300, 40), (660, 40), (660, 360), (300, 360)]), "#fbf6ea", lift=10)
    view = Sheet(SIZE, "#8cc7d6", rng)
    view.glue(disc(SIZE, 560, 140, 38), "#fff3c9", lift=4)
    view.glue(polygons(SIZE, ridge(rng, SIZE, 255, 26, 5)), "#5d9a8b", lift=8)
    view.glue(polygons(SIZE, ridge(rng, SIZE, 305, 18, 7)), "#2f6f63", lift=8)
    sheet.paste(polygons(SIZE, [(318, 58), (642, 58), (642, 342), (318, 342)]), view.picture, lift=2)
    sheet.glue(polygons(SIZE, [(474, 58), (486, 58), (486, 342), (474, 342)], [(318, 195), (642, 195), (642, 205), (318, 205)]), "#fbf6ea", lift=4)
    sheet.glue(polygons(SIZE, [(276, 360), (684, 360), (694, 382), (266, 382)]), "#fbf6ea", lift=8)
    sheet.glue(polygons(SIZE, [(96, 420), (110, 420), (118, 540), (104, 540)], [(236, 420), (222, 420), (214, 540), (228, 540)], [(80, 396), (252, 396), (252, 422), (80, 422)], [(86, 250), (102, 250), (102, 400), (86, 400)], [(86, 250), (246, 250), (246, 290), (86, 290)], [(230, 250), (246, 250), (246, 400), (230, 400)]), "#6b3f2a", lift=7)
    sheet.glue(polygons(SIZE, [(250, 26), (710, 26), (710, 34), (250, 34)]), "#3b2a26", lift=6)
    still = sheet.done()

    def frames() -> Iterator[Image.Image]:
        for index in range(seconds * rate):
            t = index / rate
            picture = still.copy()
            gust = 0.5 - 0.5 * math.cos(2 * math.pi * t / seconds)
            gust = gust**1.5 + 0.16 * math.sin(2 * math.pi * t / 2) * gust
            lit = Image.new("RGBA", SIZE)
            pen = ImageDraw.Draw(lit)
            reach = 90 + gust * 130
            pen.polygon([(400 + reach, 424), (560 + reach, 424), (640 + reach * 1.3, 540), (420 + reach * 1.2, 540)], fill=(255, 236, 190, 66))
            picture.paste(lit, (0, 0), lit)
            shapes = []
            folds = 9
            for fold in range(folds):
                a, b = fold / folds, (fold + 1) / folds

                def edge(u: float, t: float = t, gust: float = gust) -> list[tuple[float, float]]:
                    line = []
                    for step in range(13):
                        v = step / 12
                        swing = gust * v**1.6 * (150 + 60 * u) + math.sin(t * 3.1 - v * 3 + u * 5) * 7 * v * (0.3 + gust)
                        line.append((262 + u * 128 + swing + math.sin(u * 22) * 3, 34 + v * 372 - gust * v**2 * (40 + 70 * u)))
                    return line

                left, right = edge(a), edge(b)
                tone = 232 - 34 * (fold % 2) + int(8 * math.sin(fold))
                shapes.append((left + right[::-1], (tone, int(tone * 0.52), int(tone * 0.36))))
            yield smooth_shape(SIZE, shapes, picture, (240, 30, 760, 430))

    t = sound.clock(seconds)
    wind = np.stack([sound.shaped(rng.standard_normal(t.size), 140, 900) for _ in range(2)], axis=1) * (0.12 + (0.5 - 0.5 * np.cos(2 * np.pi * t / seconds)) ** 1.5)[:, None]
    for at in (1.9, 2.5, 6.6):
        call = sound.clock(0.22)
        chirp = np.sin(2 * np.pi * np.cumsum(2700 + 900 * np.sin(call * 60)) / sound.RATE) * np.exp(-call * 12)
        sound.place(wind, sound.tail(chirp, 0.05), at, 0.1, 0.6)
    return Film(frames(), seconds, rate, sound.finished(wind, fade_in=0.4, fade_out=0.5, peak=0.5))


def lift(rng: Rng, sources: Sequence[Path]) -> Film:
    """A block of flats cut open at night. Only the lift moves."""
    seconds, rate = 9, 10
    sheet = Sheet(SIZE, "#18213f", rng)
    sheet.glue(disc(SIZE, 806, 104, 46), "#f7e7b4", lift=5)
    sheet.glue(polygons(SIZE, [(0, 500), (960, 500), (960, 540), (0, 540)]), "#0d1326", lift=5)
    sheet.glue(polygons(SIZE, [(180, 40), (760, 40), (760, 506), (180, 506)]), "#c9684f", lift=14)
    floors = [62 + n * 110 for n in range(4)]
    rooms: list[list[tuple[int, int]]] = []
    dark: list[list[tuple[int, int]]] = []
    for row, top in enumerate(floors):
        for column, left in enumerate((204, 316, 536, 648)):
            box = [(left, top), (left + 94, top), (left + 94, top + 86), (left, top + 86)]
            (rooms if (row * 3 + column * 5) % 4 != 1 else dark).append(box)
    sheet.glue(polygons(SIZE, *rooms), "#ffd88a", lift=2)
    sheet.glue(polygons(SIZE, *dark), "#39304f", lift=2)
    insides: dict[str, list] = {"#7d4a3a": [], "#2b3b63": [], "#2f7f6b": []}
    for index, box in enumerate(rooms):
        x, y = box[0]
        foot = y + 86
        kind = index % 5
        if kind == 0:
            insides["#7d4a3a"] += [[(x + 14, foot - 34), (x + 64, foot - 34), (x + 64, foot - 28), (x + 14, foot - 28)], [(x + 20, foot - 28), (x + 24, foot - 28), (x + 24, foot), (x + 20, foot)], [(x + 54, foot - 28), (x + 58, foot - 28), (x + 58, foot), (x + 54, foot)]]
        elif kind == 1:
            insides["#2b3b63"] += [[(x + 40, foot), (x + 44, foot - 40), (x + 58, foot - 40), (x + 62, foot)], [(x + 45, foot - 58), (x + 57, foot - 58), (x + 57, foot - 42), (x + 45, foot - 42)]]
        elif kind == 2:
            insides["#2f7f6b"] += [[(x + 66, foot), (x + 60, foot - 22), (x + 84, foot - 22), (x + 78, foot)], [(x + 72, foot - 60), (x + 86, foot - 22), (x + 58, foot - 22)]]
        elif kind == 3:
            insides["#2b3b63"] += [[(x + 10, foot), (x + 10, foot - 28), (x + 70, foot - 28), (x + 70, foot)]]
        else:
            insides["#7d4a3a"] += [[(x + 30, y + 14), (x + 66, y + 14), (x + 66, y + 44), (x + 30, y + 44)]]
    for tint, shapes in insides.items():
        sheet.glue(polygons(SIZE, *shapes), tint, lift=2)
    sheet.glue(polygons(SIZE, [(428, 50), (520, 50), (520, 506), (428, 506)]), "#241a2c", lift=2)
    still = sheet.done()
    stops = [(0.0, 3), (1.4, 3), (3.2, 1), (4.2, 1), (5.4, 0), (6.4, 0), (8.2, 3), (9.0, 3)]

    def level(t: float) -> float:
        for (t0, f0), (t1, f1) in zip(stops, stops[1:], strict=False):
            if t <= t1:
                u = (t - t0) / (t1 - t0)
                return f0 + (f1 - f0) * (u * u * (3 - 2 * u))
        return 3.0

    def frames() -> Iterator[Image.Image]:
        for index in range(seconds * rate):
            picture = still.copy()
            pen = ImageDraw.Draw(picture)
            y = 62 + level(index / rate) * 110
            pen.line((474, 50, 474, y), fill="#8c7f9c", width=2)
            pen.rounded_rectangle((438, y, 510, y + 88), 5, fill="#f3ede4")
            pen.rectangle((446, y + 8, 502, y + 88), fill="#fff6d8")
            pen.rectangle((468, y + 46, 482, y + 86), fill="#c8321c")
            pen.ellipse((467, y + 28, 483, y + 46), fill="#5a3825")
            pen.rectangle((486, y + 66, 498, y + 86), fill="#2a4bd7")
            yield picture

    t = sound.clock(seconds)
    track = sound.silence(seconds)
    speed = np.abs(np.gradient([level(v) for v in np.linspace(0, seconds, 900)])) * 100
    speed = np.interp(t, np.linspace(0, seconds, 900), speed)
    motor = np.sin(2 * np.pi * np.cumsum(48 + 34 * speed) / sound.RATE) + 0.4 * np.sin(2 * np.pi * np.cumsum(96 + 68 * speed) / sound.RATE)
    track += (motor * speed * 0.3)[:, None]
    for at in (3.2, 5.4, 8.2):
        for lag, pitch in ((0, "E5"), (0.24, "C5")):
            sound.place(track, sound.tine(sound.note(pitch), 1.2), at + lag, 0.4, 0.2)
    return Film(frames(), seconds, rate, sound.finished(sound.room(track, 1.2, 0.25), peak=0.55))


def night_train(rng: Rng, sources: Sequence[Path]) -> Film:
    """Through the window of the train that the picture shows, with the hummed poem."""
    picture_path, sound_path = sources
    seconds, rate = 8, 10
    wide = covering(Image.open(picture_path).convert("RGB"), (1500, 938))
    long = Image.new("RGB", (3000, 938))
    long.paste(wide, (0, 0))
    long.paste(wide.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (1500, 0))
    frame = Image.new("RGBA", SIZE, (20, 17, 20, 255))
    pen = ImageDraw.Draw(frame)
    pen.rounded_rectangle((46, 34, 914, 470), 46, fill=(0, 0, 0, 0))
    pen.rectangle((0, 486, 960, 492), fill=(74, 60, 54, 255))
    pen.rounded_rectangle((392, 492, 568, 540), 8, fill=(52, 43, 42, 255))
    frame = frame.resize(SMALL, Image.Resampling.LANCZOS)
    drops = [(float(rng.uniform(60, 900)), float(rng.uniform(40, 460)), float(rng.uniform(1, 3)), float(rng.uniform(5, 40))) for _ in range(90)]
    streaks = [(float(rng.uniform(0, 10)), float(rng.uniform(0.7, 2.6))) for _ in range(15)]

    def frames() -> Iterator[Image.Image]:
        for index in range(seconds * rate):
            t = index / rate
            left = 120 + 120 * t
            shake = math.sin(t * 9.4) * 1.6 + (3.2 if index % 20 in (0, 2) else 0)
            view = long.resize(SMALL, Image.Resampling.BILINEAR, box=(left, 170 + shake, left + 1200, 845 + shake))
            pen = ImageDraw.Draw(view, "RGBA")
            for start, pace in streaks:
                x = 730 - ((t + start) * pace * 410) % 1730
                pen.rectangle((x, 0, x + 17, 360), fill=(10, 12, 22, 190))
                pen.rectangle((x + 17, 0, x + 40, 360), fill=(10, 12, 22, 70))
            for x, y, size, speed in drops:
                px, py = ((x - t * speed * 5) % 900 + 40) / 1.5, ((y + t * speed) % 450 + 30) / 1.5
                pen.ellipse((px - size, py - size, px + size, py + size * 1.3), fill=(190, 205, 235, 70))
                pen.ellipse((px - size * 0.4, py - size * 0.6, px, py - size * 0.1), fill=(255, 240, 215, 170))
            view.paste(frame, (0, 0), frame)
            yield view

    return Film(frames(), seconds, rate, sound.finished(sound.load(sound_path)[: seconds * sound.RATE], fade_out=1.2))


def lights_on(rng: Rng, sources: Sequence[Path]) -> Film:
    """The same film, graded warm, with the lamps of other trains passing through the carriage."""
    seconds, rate = 8, 10
    ramps = [(float(rng.uniform(0.3, 7.2)), float(rng.uniform(0.5, 0.9))) for _ in range(7)]
    veil = np.linspace(0, 1, SMALL[0], dtype=np.float32)[None, :, None]

    def frames() -> Iterator[Image.Image]:
        for index, image in enumerate(frames_of(sources[0])):
            t = index / rate
            picture = to_array(image)
            dull = grey(picture)[..., None]
            picture = dull + (picture - dull) * 1.35
            picture *= np.array([1.16, 0.98, 0.82], dtype=np.float32)
            for start, long in ramps:
                u = (t - start) / long
                if 0 < u < 1:
                    centre = 1.3 - 1.6 * u
                    beam = np.exp(-(((veil - centre) / 0.16) ** 2))
                    picture += beam * colour("#ffc069") * 0.34
            yield to_image(picture)

    track = sound.load(sources[0]) * 0.9
    for start, long in ramps:
        t = sound.clock(long)
        rush = sound.shaped(rng.standard_normal(t.size), 90, 800) * np.sin(np.linspace(0, math.pi, t.size)) ** 2
        sound.place(track, rush, start, 0.5, 0.0)
    return Film(frames(), seconds, rate, sound.finished(track, fade_out=1.0))


def falling_words(rng: Rng, sources: Sequence[Path], *, words: Sequence[str]) -> Film:
    """Words fall, one a beat, and stay where they land."""
    seconds, rate = 9, 10
    tints = ("#f6c453", "#ff7a5c", "#8fa6ff", "#6bd39b")
    paper = Sheet(SIZE, "#1b1612", rng).done()
    homes = []
    row, x = 0, 46.0
    for index, word in enumerate(words):
        font = face(58 if index % 3 else 72, 800)
        wide = font.getlength(word)
        if x + wide > 930:
            row, x = row + 1, 46.0 + 30 * ((row + 1) % 2)
        homes.append((word, font, x, 90.0 + row * 92, tints[index // 4 % 4], float(rng.uniform(-3, 3))))
        x += wide + 26
    every = (seconds - 2.4) / len(words)

    def frames() -> Iterator[Image.Image]:
        for index in range(seconds * rate):
            t = index / rate
            picture = paper.copy()
            pen = ImageDraw.Draw(picture)
            for place, (word, font, wx, wy, tint, lean) in enumerate(homes):
                u = (t - 0.2 - place * every) / 0.42
                if u <= 0:
                    continue
                fall = min(1.0, u) ** 2
                hop = math.sin(min(1, (u - 1) / 0.7) * math.pi) * 16 if 1 < u < 1.7 else 0
                y = -90 + (wy + 90) * fall - hop
                pen.text((wx + lean * (1 - fall) * 8, y), word, font=font, fill=tint, anchor="ls")
            yield picture

    track = sound.silence(seconds)
    scale = [sound.note(n) for n in ("D4", "F4", "G4", "A4", "C5", "D5", "F5", "G5")]
    for place in range(len(words)):
        at = 0.2 + place * every + 0.42
        sound.place(track, sound.tine(scale[(place * 3) % 8], 1.5), at, 0.5, (place % 4) * 0.3 - 0.45)
        sound.place(track, sound.thump(70, 150, 0.15), at, 0.35)
    return Film(frames(), seconds, rate, sound.finished(sound.room(track, 1.6, 0.25), fade_out=1.0, peak=0.6))


def weaving(rng: Rng, sources: Sequence[Path]) -> Film:
    """The blanket makes itself: bare warp, a shuttle, and then row after row of somebody's cloth."""
    seconds, rate = 9, 10
    cloth = covering(Image.open(sources[0]).convert("RGB").crop((80, 90, 1520, 1530)), (780, 780)).crop((0, 80, 780, 560))
    bare = Sheet(SIZE, "#d9c7a8", rng).done()
    pen = ImageDraw.Draw(bare)
    pen.rectangle((60, 0, 900, 22), fill="#5a3a28")
    for x in range(92, 870, 6):
        pen.line((x, 22, x, 540), fill="#f5ead4" if x % 12 == 8 else "#c5ad86", width=2)
    rows = 40

    def frames() -> Iterator[Image.Image]:
        for index in range(seconds * rate):
            t = index / rate
            done = min(rows, max(0.0, (t - 0.3) / (seconds - 1.5)) * rows)
            whole = int(done)
            part = done - whole
            picture = bare.copy()
            y = 24 + whole * 12
            if whole:
                picture.paste(cloth.crop((0, 0, 780, whole * 12)), (90, 24))
            pen = ImageDraw.Draw(picture)
            if whole < rows:
                right = whole % 2 == 0
                width = int(780 * part)
                if width > 1:
                    strip = cloth.crop((0, whole * 12, width, whole * 12 + 12)) if right else cloth.crop((780 - width, whole * 12, 780, whole * 12 + 12))
                    picture.paste(strip, (90 if right else 870 - width, y))
                x = 90 + width if right else 870 - width
                pen.polygon([(x - 58, y + 6), (x - 30, y - 5), (x + 30, y - 5), (x + 58, y + 6), (x + 30, y + 17), (x - 30, y + 17)], fill="#3b2418")
                pen.rounded_rectangle((x - 26, y, x + 26, y + 12), 5, fill="#e07a3f")
            pen.rectangle((50, min(y + 22, 520), 910, min(y + 34, 532)), fill="#7d5236")
            yield picture

    track = sound.silence(seconds)
    step = (seconds - 1.5) / rows
    for row in range(rows):
        at = 0.3 + row * step
        sound.place(track, sound.brush(rng, step * 0.9, 1500, 5200), at, 0.16, -0.5 if row % 2 else 0.5)
        sound.place(track, sound.struck(rng, (240, 560, 910), 0.2, 34, 0.4), at + step * 0.95, 0.6)
        if row % 5 == 0:
            sound.place(track, sound.pluck(rng, sound.note(("E3", "A3", "B3", "D4")[row // 5 % 4]), 1.6), at, 0.35)
    return Film(frames(), seconds, rate, sound.finished(sound.room(track, 0.8, 0.18), fade_out=0.9, peak=0.6))


def breathing(rng: Rng, sources: Sequence[Path]) -> Film:
    """The picture turns once in one breath; the ink arrives, and thins again."""
    picture_path, sound_path = sources
    seconds, rate = 8, 10
    source = Image.open(picture_path).convert("RGB").resize((480, 480), Image.Resampling.BICUBIC)
    y, x = np.indices((360, 640)).astype(np.float32)
    angle = (np.arctan2(y - 180, x - 320) / (2 * math.pi) + 0.25) % 1
    far = np.hypot(x - 320, y - 180)
    blank = np.ones((360, 640, 3), dtype=np.float32) * colour("#f3ede2")
    blank += (np.random.default_rng(4).standard_normal((360, 640, 1)) * 0.008).astype(np.float32)

    def frames() -> Iterator[Image.Image]:
        for index in range(seconds * rate):
            t = index / (seconds * rate)
            turned = source.rotate(-24 + 60 * t, resample=Image.Resampling.BILINEAR, fillcolor=(243, 237, 226))
            view = Image.new("RGB", SMALL, (243, 237, 226))
            zoom = 346 + int(40 * math.sin(t * math.pi))
            view.paste(turned.resize((zoom, zoom), Image.Resampling.BILINEAR), (320 - zoom // 2, 180 - zoom // 2))
            drawn = to_array(view)
            arrive = np.clip((t * 2.6 - angle - far / 1600) * 9, 0, 1)
            leave = np.clip(1 - (t - 0.86) * 8, 0, 1)
            amount = (arrive * leave * (far < 178))[..., None]
            yield to_image(blank + (drawn - blank) * amount)

    return Film(frames(), seconds, rate, sound.finished(sound.load(sound_path)[: seconds * sound.RATE], fade_in=0.5, fade_out=1.4))


ROUTE = ((190, 200), (380, 330), (620, 300), (760, 480), (720, 690), (960, 760), (1180, 700), (1300, 860), (1420, 1020))


def both_ways(rng: Rng, sources: Sequence[Path]) -> Film:
    """A walk over two maps at once: out along one way home, back along the other."""
    picture_path, sound_path = sources
    seconds, rate = 8, 10
    sheet = covering(Image.open(picture_path).convert("RGB"), (1600, 1200))
    way = np.array(smooth(ROUTE))
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])

    def at(u: float) -> tuple[float, float]:
        return float(np.interp(u * along[-1], along, way[:, 0])), float(np.interp(u * along[-1], along, way[:, 1]))

    def frames() -> Iterator[Image.Image]:
        for index in range(seconds * rate):
            t = index / (seconds * rate)
            u = eased(t * 2) if t < 0.5 else 1 - eased(t * 2 - 1)
            px, py = at(u)
            zoom = 0.62 + 0.38 * math.cos(t * 4 * math.pi) ** 2
            wide, tall = 960 * (0.75 + 0.7 * zoom), 540 * (0.75 + 0.7 * zoom)
            left = min(max(0, px - wide / 2), 1600 - wide)
            top = min(max(0, py - tall / 2), 1200 - tall)
            view = sheet.resize(SMALL, Image.Resampling.BILINEAR, box=(left, top, left + wide, top + tall))
            pen = ImageDraw.Draw(view, "RGBA")
            k = 640 / wide
            past = [at(v) for v in np.linspace(0, u, max(2, int(u * 60) + 2))]
            tint = (200, 50, 28, 230) if t < 0.5 else (42, 75, 215, 230)
            pen.line([((x - left) * k, (y - top) * k) for x, y in past], fill=tint, width=int(9 * k), joint="curve")
            cx, cy = (px - left) * k, (py - top) * k + math.sin(index * 1.2) * 2
            pen.ellipse((cx - 19 * k, cy - 19 * k, cx + 19 * k, cy + 19 * k), fill=(251, 243, 227, 255), outline=tint[:3], width=max(3, int(7 * k)))
            yield view

    return Film(frames(), seconds, rate, sound.finished(sound.load(sound_path)[: seconds * sound.RATE], fade_out=0.8))


def steam(rng: Rng, sources: Sequence[Path]) -> Film:
    """A cup by a window, and its steam."""
    seconds, rate = 7, 10
    sheet = Sheet(SIZE, "#27364a", rng)
    sheet.glue(polygons(SIZE, [(560, 0), (960, 0), (960, 330), (560, 330)]), "#f2b56b", lift=4)
    sheet.glue(polygons(SIZE, [(0, 400), (960, 384), (960, 540), (0, 540)]), "#7b4b34", lift=8)
    sheet.glue(polygons(SIZE, [(330, 300), (520, 300), (500, 440), (350, 440)]), "#f3ede4", lift=10)
    sheet.glue(polygons(SIZE, [(330, 300), (520, 300), (516, 326), (334, 326)]), "#c8321c", lift=2)
    sheet.glue(polygons(SIZE, [(296, 440), (554, 440), (530, 456), (320, 456)]), "#e0d3c0", lift=8)
    still = sheet.done()
    paths = [(float(rng.uniform(360, 490)), float(rng.uniform(0, 6)), float(rng.uniform(0.6, 1.3))) for _ in range(9)]

    def frames() -> Iterator[Image.Image]:
        for index in range(seconds * rate):
            t = index / rate
            cloud = Image.new("L", (480, 270))
            pen = ImageDraw.Draw(cloud)
            for x, phase, pace in paths:
                for puff in range(12):
                    u = (puff / 12 + t * pace * 0.16 + phase) % 1
                    px = x + math.sin(u * 5 + phase + t) * 46 * u + u * 60
                    py = 300 - u * 280
                    size = 8 + 34 * u
                    shade = int(150 * (1 - u) * min(1, u * 6))
                    pen.ellipse(((px - size) / 2, (py - size) / 2, (px + size) / 2, (py + size) / 2), fill=shade)
            cloud = cloud.filter(ImageFilter.GaussianBlur(8)).resize(SIZE, Image.Resampling.BILINEAR)
            picture = still.copy()
            picture.paste((255, 244, 226), (0, 0, *SIZE), cloud)
            yield picture.resize(SMALL, Image.Resampling.BILINEAR)

    track = np.stack([sound.shaped(rng.standard_normal(seconds * sound.RATE), 90, 700) for _ in range(2)], axis=1) * 0.1
    for step in range(14):
        sound.place(track, sound.struck(rng, (1900, 3100), 0.12, 60, 0.3), 0.25 + step * 0.5, 0.1 if step % 2 else 0.16, 0.4)
    return Film(frames(), seconds, rate, sound.finished(track, peak=0.45))


def fan(rng: Rng, sources: Sequence[Path]) -> Film:
    """A ceiling fan over an empty room in the heat."""
    seconds, rate = 6, 10
    sheet = Sheet(SIZE, "#dfe8d8", rng)
    sheet.glue(polygons(SIZE, [(0, 0), (960, 0), (960, 60), (0, 60)]), "#f6f1e3", lift=8)
    sheet.glue(polygons(SIZE, [(0, 440), (960, 440), (960, 540), (0, 540)]), "#3f7f78", lift=8)
    sheet.glue(polygons(SIZE, [(640, 160), (840, 160), (840, 440), (640, 440)]), "#f2b134", lift=6)
    sheet.glue(polygons(SIZE, [(120, 360), (420, 360), (440, 440), (100, 440)], [(120, 270), (420, 270), (420, 364), (120, 364)]), "#c8563c", lift=9)
    sheet.glue(polygons(SIZE, [(472, 0), (488, 0), (488, 120), (472, 120)]), "#3b2a26", lift=4)
    still = sheet.done()

    def frames() -> Iterator[Image.Image]:
        for index in range(seconds * rate):
            turn = index / rate * 2 * math.pi * 0.8
            shapes = []
            for blade in sorted(range(4), key=lambda b: math.sin(turn + b * math.pi / 2)):
                a = turn + blade * math.pi / 2
                ux, uy = math.cos(a), math.sin(a) * 0.24
                vx, vy = -math.sin(a) * 0.13, math.cos(a) * 0.05
                shapes.append(([(480 + 250 * (ux * r + vx * s), 132 + 250 * (uy * r + vy * s)) for r, s in ((0.1, -1), (1, -1.3), (1, 1.3), (0.1, 1))], (94 + int(24 * math.sin(a)), 62, 48)))
            shapes.append(([(480 + 30 * math.cos(b), 132 + 18 * math.sin(b)) for b in np.linspace(0, 6.28, 24)], (59, 42, 38)))
            yield smooth_shape(SIZE, shapes, still.copy(), (200, 40, 760, 220))

    t = sound.clock(seconds)
    track = np.stack([sound.shaped(rng.standard_normal(t.size), 80, 420) for _ in range(2)], axis=1) * (0.3 + 0.14 * np.sin(2 * np.pi * 3.2 * t))[:, None]
    for step in range(5):
        sound.place(track, sound.struck(rng, (1240, 2100), 0.2, 40, 0.2), 0.4 + step * 1.25, 0.2)
    return Film(frames(), seconds, rate, sound.finished(track, peak=0.5))


def backwards(rng: Rng, sources: Sequence[Path]) -> Film:
    """A classmate's film run backwards, blue, with its sound backwards too."""
    pictures = list(frames_of(sources[0]))[::-1]
    rate = 10

    def frames() -> Iterator[Image.Image]:
        for index, image in enumerate(pictures):
            picture = to_array(image)
            cold = grey(picture)[..., None] * np.array([0.8, 0.95, 1.3], dtype=np.float32)
            mix = 0.5 - 0.5 * math.cos(index / len(pictures) * 2 * math.pi)
            yield to_image(picture + (cold - picture) * mix)

    return Film(frames(), len(pictures) / rate, rate, sound.finished(sound.load(sources[0])[::-1], peak=0.5))


def lesson(rng: Rng, sources: Sequence[Path], *, slides: Sequence[Slide], drawing: str, papers: Sequence[str]) -> Film:
    """Big words on coloured paper, and a drawing that does what the words say."""
    rate = 8
    seconds = sum(slide.seconds for slide in slides)
    draw = {"rings": rings, "layers": layers, "ball": ball, "lines": lines}[drawing]
    grounds = [Sheet(SIZE, tint, np.random.default_rng(index), tooth=0.004).done() for index, tint in enumerate(papers)]

    def frames() -> Iterator[Image.Image]:
        start = 0.0
        for number, slide in enumerate(slides):
            ground = grounds[number % len(grounds)]
            light = float(np.asarray(ground.resize((1, 1))).mean()) > 130
            ink, soft = ("#1b1612", "#5e554b") if light else ("#fbf6ea", "#d9cfc0")
            for index in range(round(slide.seconds * rate)):
                t = index / rate
                picture = ground.copy()
                picture = draw(picture, number, t, start + t)
                pen = ImageDraw.Draw(picture)
                come = eased(t / 0.5)
                y = 84.0
                for row, words in enumerate(slide.headline.split("\n")):
                    pen.text((56 - (1 - eased((t - row * 0.12) / 0.5)) * 40, y), words, font=face(60, 800), fill=ink, anchor="lt")
                    y += 68
                if slide.line and t > 0.35:
                    for row, words in enumerate(slide.line.split("\n")):
                        pen.text((58, y + 18 + row * 34), words, font=face(26, 500), fill=soft, anchor="lt")
                pen.text((58, 40), f"{number + 1} / {len(slides)}", font=face(20, 600), fill=soft, anchor="lt")
                pen.rectangle((0, 530, 960 * (start + t) / seconds, 540), fill="#c8321c" if come else ink)
                yield picture
            start += slide.seconds

    chords = (("D3", "A3", "F4"), ("C3", "G3", "E4"), ("A2", "E3", "C4"), ("G2", "D3", "B3"))
    return Film(frames(), seconds, rate, quiet_bed(rng, seconds, chords))


def plates(rng: Rng, sources: Sequence[Path]) -> Film:
    """The same papers six times, and the sun in six places; nothing else changes."""
    rate, each = 10, 2.6
    suns = ((0.16, 0.46), (0.55, 0.3), (0.84, 0.16))
    rows = (
        (("#f6d7b0", "#d98b6a", "#8a4a52", "#43304a"), "#e8573f", 40),
        (("#bfd7d9", "#7ba7a6", "#3f6b73", "#20394a"), "#fbf3e3", 41),
    )
    y, x = np.indices((SMALL[1], SMALL[0])).astype(np.float32)
    pictures = []
    for papers, sun, seed in rows:
        for sun_at in suns:
            cut = landscape(np.random.default_rng(seed), (), papers=papers, sun=sun, thing="none", sun_at=sun_at, size=SMALL)
            far = np.hypot(x - SMALL[0] * sun_at[0], y - SMALL[1] * sun_at[1])
            pictures.append(to_image(to_array(cut) * (1.14 - np.clip(far / 730, 0, 0.55))[..., None]))

    def frames() -> Iterator[Image.Image]:
        for number, picture in enumerate(pictures):
            before = pictures[number - 1] if number else picture
            for index in range(round(each * rate)):
                yield Image.blend(before, picture, eased(index / rate / 0.8)) if index < rate else picture

    seconds = each * len(pictures)
    chords = (("D3", "A3", "F4"), ("F3", "C4", "A4"), ("G3", "D4", "B4"), ("A2", "E3", "C4"), ("C3", "G3", "E4"), ("E3", "B3", "G4"))
    return Film(frames(), seconds, rate, quiet_bed(rng, seconds, chords))


RED, BLUE, GOLD, GREEN, CREAM, NIGHT = "#e4572e", "#2a4bd7", "#f2b134", "#2f8f5b", "#fbf6ea", "#23304a"


def rings(picture: Image.Image, number: int, t: float, whole: float) -> Image.Image:
    """A glass, a lid, a drawer, a spoon; each rings when it is struck."""
    big = picture.crop((460, 150, 960, 530)).resize((1000, 760), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(big)
    cx, cy = 540, 400
    beat = whole % 1.0
    for ring in range(4):
        radius = 120 + ((beat + ring) / 4) * 420
        pen.ellipse((cx - radius, cy - radius * 0.8, cx + radius, cy + radius * 0.8), outline=(RED, BLUE, GREEN, GOLD)[(number + ring) % 4], width=max(2, int(16 * (1 - (beat + ring) / 4))))
    hit = math.exp(-beat * 9) * 14
    kind = number % 4
    if kind == 0:
        pen.polygon([(cx - 84, cy - 130 - hit), (cx + 84, cy - 130 - hit), (cx + 60, cy + 140 - hit), (cx - 60, cy + 140 - hit)], fill=CREAM, outline=NIGHT, width=8)
        pen.polygon([(cx - 72, cy + 10 - hit), (cx + 72, cy + 10 - hit), (cx + 60, cy + 140 - hit), (cx - 60, cy + 140 - hit)], fill="#7fb8c9")
    elif kind == 1:
        pen.pieslice((cx - 170, cy - 110 - hit, cx + 170, cy + 200 - hit), 180, 360, fill=RED)
        pen.ellipse((cx - 26, cy - 150 - hit, cx + 26, cy - 98 - hit), fill=NIGHT)
    elif kind == 2:
        pen.rectangle((cx - 170, cy - 90, cx + 170, cy + 120), fill=NIGHT)
        pen.rectangle((cx - 170, cy - 20 + hit * 3, cx + 170, cy + 90 + hit * 3), fill=GOLD)
        pen.ellipse((cx - 18, cy + 20 + hit * 3, cx + 18, cy + 56 + hit * 3), fill=NIGHT)
    else:
        pen.ellipse((cx - 62, cy - 170 - hit, cx + 62, cy - 10 - hit), fill=NIGHT)
        pen.rounded_rectangle((cx - 15, cy - 30 - hit, cx + 15, cy + 210 - hit), 12, fill=NIGHT)
    picture.paste(big.reduce(2), (460, 150))
    return picture


@cache
def paper_layer(index: int) -> Image.Image:
    rng = np.random.default_rng(70 + index)
    tint = ("#f2b56b", "#d9694a", "#8c3b4a", "#3b2540")[index]
    line = bumpy(rng, 200, 4 + index) * (34 - index * 4)
    layer = Image.new("RGBA", (1920, 900))
    pen = ImageDraw.Draw(layer)
    points = [(0, 900), *((x * 1920 / 199, 90 + 2 * v) for x, v in enumerate(line.tolist())), (1920, 900)]
    pen.polygon(points, fill=tint)
    shadow = Image.new("RGBA", (480, 225))
    ImageDraw.Draw(shadow).polygon([(x / 4, y / 4 - 3) for x, y in points], fill=(30, 15, 30, 90))
    shadow = shadow.filter(ImageFilter.GaussianBlur(2.5)).resize((960, 450), Image.Resampling.BILINEAR)
    shadow.alpha_composite(layer.reduce(2))
    return shadow


def layers(picture: Image.Image, number: int, t: float, whole: float) -> Image.Image:
    """Papers slide up, one more on each slide, and a sun takes its place."""
    pen = ImageDraw.Draw(picture)
    sun = eased(t / 0.9) if number == 1 else 1.0 if number > 1 else 0.0
    if sun:
        y = 470 - 250 * sun
        pen.ellipse((680, y, 830, y + 150), fill="#c8321c")
    for index in range(min(4, number + 1)):
        come = eased((t - 0.1) / 0.8) if index == number else 1.0
        layer = paper_layer(index)
        y = 300 + index * 58 + int(260 * (1 - come))
        if y < 540:
            part = layer.crop((0, 0, 960, min(450, 540 - y)))
            picture.paste(part, (0, y), part)
    return picture


def ball(picture: Image.Image, number: int, t: float, whole: float) -> Image.Image:
    """A ball that bounces, later with a shadow of where it has been."""
    big = picture.crop((420, 120, 960, 530)).resize((1080, 820), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(big)
    pen.rectangle((0, 740, 1080, 750), fill="#1b1612")

    def at(moment: float) -> tuple[float, float]:
        u = moment * 0.9 % 2
        x = 160 + 760 * (u if u < 1 else 2 - u)
        return x, 670 - abs(math.sin(moment * math.pi * 1.1)) * 430

    if number >= 2:
        for ghost in range(9, 0, -1):
            x, y = at(whole - ghost * 0.09)
            size = 20 + (9 - ghost) * 5
            pen.ellipse((x - size, y - size, x + size, y + size), outline="#f2b134", width=6)
    x, y = at(whole) if number else (540, 670)
    if number == 0:
        y = 670 - max(0, math.sin(t * 1.1 * math.pi)) * 260
    flat = 1 + 0.22 * max(0, (y - 620) / 50)
    pen.ellipse((x - 70 * flat, y - 70 / flat, x + 70 * flat, y + 70 / flat), fill=RED)
    picture.paste(big.reduce(2), (420, 120))
    return picture


def lines(picture: Image.Image, number: int, t: float, whole: float) -> Image.Image:
    """Lines of a poem cross from one page to the other; each lands a different length."""
    big = picture.crop((420, 230, 960, 530)).resize((1080, 600), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(big)
    pen.rectangle((40, 20, 480, 560), fill=CREAM)
    pen.rectangle((600, 20, 1040, 560), fill="#fff8e0")
    lengths = ((300, 220, 340, 160, 260), (250, 330, 200, 300, 180))
    for row in range(5):
        y = 90 + row * 92
        pen.rounded_rectangle((90, y, 90 + lengths[0][row], y + 26), 13, fill="#b7aca0")
        come = eased((t - 0.3 - row * 0.32) / 0.9) if number == 1 else 1.0 if number > 1 else 0.0
        if come > 0:
            wide = lengths[0][row] + (lengths[1][row] - lengths[0][row]) * come
            if number >= 3:
                wide = lengths[0][row] * 0.96
            x = 90 + 560 * come
            tone = BLUE if number != 2 or row not in (1, 3) else RED
            pen.rounded_rectangle((x, y, x + wide, y + 26), 13, fill=tone)
    picture.paste(big.reduce(2), (420, 230))
    return picture
