"""The demo's pictures.

Each takes a random generator and the pictures that it builds on, and gives a
Pillow image. A remix really works on the picture of its parent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from classprojects.demo.media.paint import (
    Array,
    Point,
    Sheet,
    blend,
    bumpy,
    colour,
    covering,
    disc,
    grey,
    mask,
    moved,
    noise,
    polygons,
    ridge,
    scaled,
    soften,
    speckle,
    to_array,
    to_image,
    torn,
)

Rng = np.random.Generator
Images = Sequence[Image.Image]


def arch(x: float, y: float, width: float, height: float) -> list[Point]:
    """An arched opening standing on (x, y), its lower left corner."""
    radius = width / 2
    curve = [(x + radius + radius * math.cos(a), y - height + radius - radius * math.sin(a)) for a in np.linspace(math.pi, 0, 40)]
    return [(x, y), *curve, (x + width, y)]


def leaf(x: float, y: float, length: float, angle: float, fat: float) -> list[Point]:
    steps = np.linspace(0, 1, 14)
    side = np.sin(steps * math.pi) * fat * length
    ux, uy = math.cos(angle), math.sin(angle)
    left = [(x + ux * length * t - uy * s, y + uy * length * t + ux * s) for t, s in zip(steps, side, strict=True)]
    right = [(x + ux * length * t + uy * s, y + uy * length * t - ux * s) for t, s in zip(steps, side, strict=True)]
    return left + right[::-1]


def door(rng: Rng, sources: Images, *, paper: str, wall: str, leaf_ink: str, door_ink: str, shade: str, square: bool = False) -> Image.Image:
    """A street door in four inks, as from a stencil duplicator."""
    size = width, height = 1200, 1500
    sheet = Sheet(size, paper, rng)
    ground = height - 190
    x, door_width, door_height = 390, 420, 880
    opening: list[Point] = [(x, ground), (x, ground - door_height), (x + door_width, ground - door_height), (x + door_width, ground)]
    frame: list[Point] = [(x - 62, ground), (x - 62, ground - door_height - 62), (x + door_width + 62, ground - door_height - 62), (x + door_width + 62, ground)]
    if not square:
        opening, frame = arch(x, ground, door_width, door_height), arch(x - 62, ground, door_width + 124, door_height + 62)
    wall_area = polygons(size, [(0, 0), (width, 0), (width, ground), (0, ground)]) * (1 - polygons(size, frame))
    plaster = np.clip((noise(rng, size, 7) - 0.74) * 9, 0, 1) * polygons(size, [(0, 0), (width, 0), (width, 640), (0, 640)])
    sheet.ink(wall_area * (1 - plaster * 0.75), wall, patchy=0.3)

    dado = [[(left, ground - 150), (left + 60, ground - 40), (left + 120, ground - 150)] for left in range(-60, width, 120)]
    beside = 1 - polygons(size, frame)
    sheet.ink(polygons(size, *dado) * beside, shade, shift=(4, -3), strength=0.8)
    sheet.ink(polygons(size, [(0, ground - 172), (width, ground - 172), (width, ground - 158), (0, ground - 158)]) * beside, shade, strength=0.8)
    panel_gap = 46
    panels: list[list[Point]] = []
    for side in (0, 1):
        left = x + 44 + side * (door_width - 44) / 2
        wide = (door_width - 44) / 2 - 44
        for top, tall in ((ground - 560, 220), (ground - 300, 260)):
            panels.append([(left, top), (left + wide, top), (left + wide, top + tall - panel_gap), (left, top + tall - panel_gap)])
        panels.append(arch(left, ground - 600, wide, 150 if not square else 190))
    leaf_area = polygons(size, opening)
    sheet.ink(leaf_area, door_ink, shift=(-4, 5), patchy=0.18)
    sheet.ink(polygons(size, *panels), door_ink, shift=(3, 3), strength=0.7)
    sheet.ink(polygons(size, [(x + door_width / 2 - 3, ground), (x + door_width / 2 - 3, ground - door_height + 40), (x + door_width / 2 + 3, ground - door_height + 40), (x + door_width / 2 + 3, ground)]), shade)
    sheet.ink(disc(size, x + door_width / 2 + 30, ground - 390, 13), shade)
    step = polygons(size, [(x - 120, ground), (x + door_width + 120, ground), (x + door_width + 150, ground + 46), (x - 150, ground + 46)])
    sheet.ink(step, shade, strength=0.45)
    street = polygons(size, [(0, ground + 60), (width, ground + 44), (width, height), (0, height)])
    sheet.ink(street * (0.35 + 0.65 * (noise(rng, size, 30, 120) > 0.44)), wall, strength=0.6, shift=(6, 4))

    shadow = polygons(size, [(0, 0), (width * 0.62, 0), (0, height * 0.74)])
    sheet.ink(shadow, shade, strength=0.3, patchy=0.5)

    leaves, pots = [], []
    for pot_x, pot_size in ((170, 1.25), (1010, 1.0)):
        pots.append([(pot_x - 74 * pot_size, ground - 130 * pot_size), (pot_x + 74 * pot_size, ground - 130 * pot_size), (pot_x + 54 * pot_size, ground + 40), (pot_x - 54 * pot_size, ground + 40)])
        for _ in range(17):
            angle = -math.pi / 2 + rng.normal(0, 0.62)
            leaves.append(leaf(pot_x + rng.uniform(-34, 34), ground - 128 * pot_size, rng.uniform(150, 360) * pot_size, angle, rng.uniform(0.09, 0.15)))
    knocked_out = np.clip(polygons(size, *pots) + polygons(size, *leaves), 0, 1)
    sheet.picture += (colour(paper) - sheet.picture) * (knocked_out * 0.85)[..., None]
    sheet.ink(polygons(size, *leaves), leaf_ink, shift=(5, 2))
    sheet.ink(polygons(size, *leaves[::2]), leaf_ink, shift=(9, 6), strength=0.55)
    sheet.ink(polygons(size, *pots), door_ink, shift=(-3, 4))
    return framed(sheet, paper, 44)


def framed(sheet: Sheet, paper: str, border: int) -> Image.Image:
    """Leave an unprinted border, as a printer that cannot reach the edge."""
    width, height = sheet.size
    inside = polygons(sheet.size, [(border, border), (width - border, border), (width - border, height - border), (border, height - border)])
    blank = Sheet(sheet.size, paper, sheet.rng)
    blank.picture += (sheet.picture - blank.picture) * inside[..., None]
    return blank.done()


def two_doors(rng: Rng, sources: Images) -> Image.Image:
    """Two pictures of doors torn into strips and glued together as one, with the shape of a key left open."""
    size = width, height = 1200, 1500
    first, second = (to_array(image, size) for image in sources)
    sheet = Sheet(size, "#efe6d6", rng)
    sheet.picture = second.copy()
    edges = np.linspace(60, width + 20, 8)
    for index in range(0, 7, 2):
        left, right = edges[index], edges[index + 1] + rng.uniform(-16, 16)
        lean = rng.uniform(-26, 26)
        top, foot = rng.uniform(-10, 60), height - rng.uniform(-10, 60)
        outline = [(left + lean, top), (right + lean, top), (right - lean, foot), (left - lean, foot)]
        white = polygons(size, torn(rng, [(px + (10 if i in (1, 2) else -10), py) for i, (px, py) in enumerate(outline)], 9))
        sheet.glue(white, "#fbf6ea", lift=14)
        drift = int(rng.uniform(-40, 40))
        piece = np.roll(first, drift, axis=0)
        sheet.paste(polygons(size, torn(rng, outline, 5)), piece, lift=1, shade=0.0)

    def key(pen: ImageDraw.ImageDraw, k: int) -> None:
        cx, cy = 600, 520
        pen.ellipse(((cx - 130) * k, (cy - 130) * k, (cx + 130) * k, (cy + 130) * k), fill=255)
        pen.ellipse(((cx - 62) * k, (cy - 74) * k, (cx + 62) * k, (cy + 50) * k), fill=0)
        pen.rectangle(((cx - 30) * k, (cy + 110) * k, (cx + 30) * k, (cy + 600) * k), fill=255)
        pen.rectangle(((cx + 20) * k, (cy + 420) * k, (cx + 120) * k, (cy + 476) * k), fill=255)
        pen.rectangle(((cx + 20) * k, (cy + 530) * k, (cx + 150) * k, (cy + 600) * k), fill=255)

    sheet.glue(mask(size, key), "#f2b632", lift=18, fibre=0.05)
    return sheet.done()


Route = list[Point]


def stroke(rng: Rng, points: Sequence[Point], wobble: float) -> list[Point]:
    """The same line drawn by a hand that is not quite steady."""
    line = np.array(points, dtype=float)
    lengths = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0], np.cumsum(lengths)])
    count = max(3, int(along[-1] / 14))
    at = np.linspace(0, along[-1], count)
    xs, ys = np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])
    turns = max(2, count // 6)
    return list(zip((xs + bumpy(rng, count, turns) * wobble).tolist(), (ys + bumpy(rng, count, turns) * wobble).tolist(), strict=True))


def smooth(points: Sequence[Point]) -> list[Point]:
    """Corners rounded off by cutting them, three times over."""
    for _ in range(3):
        cut = [points[0]]
        for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
            cut += [(x0 * 0.75 + x1 * 0.25, y0 * 0.75 + y1 * 0.25), (x0 * 0.25 + x1 * 0.75, y0 * 0.25 + y1 * 0.75)]
        points = [*cut, points[-1]]
    return list(points)


def hand_map(rng: Rng, sources: Images, *, paper: str, ink: str, route: str, wash: str, hilly: bool = False) -> Image.Image:
    """The way home drawn from memory: pen, one wash and a red line."""
    size = width, height = 1600, 1200
    sheet = Sheet(size, paper, rng, tooth=0.026)
    if hilly:
        way = smooth([(170, 1040), (420, 980), (520, 800), (820, 830), (900, 640), (700, 520), (980, 420), (1240, 470), (1330, 250)])
        water = smooth([(52, 270), (300, 330), (440, 520), (350, 740), (160, 820), (52, 850)])
    else:
        way = smooth([(190, 200), (380, 330), (620, 300), (760, 480), (720, 690), (960, 760), (1180, 700), (1300, 860), (1420, 1020)])
        water = smooth([(1640, 160), (1360, 260), (1120, 240), (960, 420), (1010, 560), (860, 620), (560, 820), (420, 1240)])
    clear = np.array(way)

    def near_way(px: float, py: float, reach: float) -> bool:
        return bool((np.hypot(clear[:, 0] - px, clear[:, 1] - py) < reach).any())

    if hilly:
        lake = polygons(size, stroke(rng, water, 8))
    else:
        lake = mask(size, lambda pen, k: pen.line(scaled(stroke(rng, water, 7), k), fill=255, width=74 * k, joint="curve"))
    pooled = lake * (0.55 + 0.45 * np.clip((lake - soften(lake, 26)) * 3 + 0.4, 0, 1))
    sheet.ink(pooled, wash, patchy=0.45, strength=0.8)

    wet = soften(lake, 90) > 0.12
    cx, cy = (1420, 1010) if hilly else (200, 990)
    lines: list[tuple[list[Point], float]] = []
    fills: list[list[Point]] = []
    spots: list[tuple[float, float, float]] = [(cx, cy, 130)]

    def place(px: float, py: float, room: float) -> bool:
        if near_way(px, py, room + 30) or wet[int(py), int(px)] or any(math.hypot(px - a, py - b) < room + c for a, b, c in spots):
            return False
        spots.append((px, py, room))
        return True

    for _ in range(260):
        px, py = rng.uniform(130, width - 130), rng.uniform(140, height - 100)
        kind = rng.random()
        if kind < (0.42 if hilly else 0.12):
            tall = rng.uniform(70, 130)
            if place(px, py, tall * 0.8):
                slope = stroke(rng, [(px - tall, py + tall * 0.4), (px - tall * 0.2, py - tall * 0.5), (px + tall * 0.15, py - tall * 0.42), (px + tall, py + tall * 0.4)], 6)
                lines.append((slope, 4.4))
                for step in range(7):
                    sx = px + tall * (0.14 + step * 0.11)
                    sy = py - tall * (0.36 - step * 0.11)
                    lines.append((stroke(rng, [(sx, sy), (sx - tall * 0.12, sy + tall * (0.36 - step * 0.035))], 2), 2.6))
        elif kind < 0.62:
            side = rng.uniform(26, 46)
            if place(px, py, side * 1.3):
                lean = rng.uniform(-3, 3)
                body = [(px - side, py), (px - side + lean, py - side), (px + side + lean, py - side), (px + side, py), (px - side, py)]
                roof = [(px - side * 1.2 + lean, py - side * 0.96), (px - side * 0.1 + lean, py - side * 1.9), (px + side * 1.2 + lean, py - side * 0.96)]
                lines += [(stroke(rng, body, 2.2), 3.6), (stroke(rng, roof, 2.2), 3.6)]
                lines.append((stroke(rng, [(px - 6, py), (px - 6, py - side * 0.6), (px + 9, py - side * 0.6), (px + 9, py)], 1), 2.8))
                if rng.random() < 0.4:
                    fills.append([(a, b) for a, b in roof])
        else:
            tall = rng.uniform(22, 40)
            if place(px, py, tall):
                crown = [(px + math.cos(a) * tall * (0.72 + 0.12 * math.sin(a * 5)), py - tall + math.sin(a) * tall * 0.8) for a in np.linspace(0, 2 * math.pi, 26)]
                lines += [(stroke(rng, crown, 1.6), 3.2), (stroke(rng, [(px, py - tall * 0.3), (px + 1, py + tall * 0.5)], 1.5), 3.4)]
    for offset in (1, 2):
        border = 26 * offset
        lines.append((stroke(rng, [(border, border), (width - border, border), (width - border, height - border), (border, height - border), (border, border)], 3), 5.0 if offset == 1 else 2.4))
    for turn in range(8):
        angle = turn * math.pi / 4
        reach = 96 if turn % 2 == 0 else 52
        lines.append((stroke(rng, [(cx + math.cos(angle) * 14, cy + math.sin(angle) * 14), (cx + math.cos(angle) * reach, cy + math.sin(angle) * reach)], 1.5), 3.4))
    fills.append([(cx - 15, cy - 30), (cx, cy - 118), (cx + 15, cy - 30)])
    lines.append(([(cx + 60 * math.cos(a), cy + 60 * math.sin(a)) for a in np.linspace(0, 6.3, 60)], 3.0))

    def pen_lines(pen: ImageDraw.ImageDraw, k: int) -> None:
        for points, weight in lines:
            pen.line(scaled(points, k), fill=255, width=round(weight * k), joint="curve")
        for shape in fills:
            pen.polygon(scaled(shape, k), fill=255)
        if hilly:
            edge = stroke(rng, water, 5)
            pen.line(scaled(edge, k), fill=255, width=4 * k, joint="curve")
            for row in range(9):
                wx, wy = rng.uniform(70, 240), 380 + row * 44
                pen.line(scaled(stroke(rng, [(wx, wy), (wx + 26, wy - 9), (wx + 52, wy), (wx + 78, wy - 9)], 2), k), fill=255, width=3 * k)
        else:
            bank = np.array(water)
            normal = np.gradient(bank, axis=0)
            normal = np.stack([-normal[:, 1], normal[:, 0]], axis=1) / np.maximum(1, np.hypot(*normal.T))[:, None]
            for side in (-40, 40):
                pen.line(scaled(stroke(rng, (bank + normal * side).tolist(), 3), k), fill=255, width=4 * k, joint="curve")

    sheet.ink(mask(size, pen_lines), ink, patchy=0.35)
    walk = stroke(rng, way, 5)

    def dashes(pen: ImageDraw.ImageDraw, k: int) -> None:
        for index in range(0, len(walk) - 3, 4):
            pen.line(scaled(walk[index : index + 3], k), fill=255, width=13 * k, joint="curve")
        (sx, sy), (ex, ey) = walk[0], walk[-1]
        pen.ellipse(((sx - 26) * k, (sy - 26) * k, (sx + 26) * k, (sy + 26) * k), outline=255, width=10 * k)
        for turn in (1, -1):
            pen.line(scaled(stroke(rng, [(ex - 30, ey - 30 * turn), (ex + 30, ey + 30 * turn)], 3), k), fill=255, width=14 * k)

    sheet.ink(mask(size, dashes), route, patchy=0.3)
    stain = np.abs(np.hypot(*(np.indices((height, width))[::-1] - np.array([1330, 1080] if not hilly else [560, 190])[:, None, None])) - 120)
    sheet.ink(np.clip(1 - stain / 7, 0, 1) * noise(rng, size, 12), "#9a6a3a", strength=0.35)
    return sheet.done()


def ink_of(picture: Array) -> Array:
    """How much ink lies at each place of a drawing on pale paper."""
    light = np.minimum(np.minimum(picture[..., 0], picture[..., 1]), picture[..., 2])
    return np.clip((float(np.percentile(light[::7, ::7], 70)) - light) * 2.1, 0, 1)


def crossing(rng: Rng, sources: Images) -> Image.Image:
    """Two maps printed over each other, each in one ink, and the places where the ways meet."""
    size = width, height = 1600, 1200
    sheet = Sheet(size, "#f4eee2", rng)
    first = ink_of(to_array(sources[0], size))
    turned = sources[1].convert("RGB").rotate(-9, resample=Image.Resampling.BICUBIC, expand=False, fillcolor=(243, 236, 222))
    second = ink_of(to_array(turned, size))
    glow = [(720, 640, 150), (930, 470, 108), (1190, 700, 84), (410, 330, 64)]
    for x, y, radius in glow:
        sheet.ink(disc(size, x, y, radius), "#ffcf3f", strength=0.95, patchy=0.3)
        sheet.ink(np.clip(disc(size, x, y, radius + 26) - disc(size, x, y, radius + 18), 0, 1), "#ffb020")
    sheet.ink(first, "#e2402c", patchy=0.25)
    sheet.ink(second, "#1f4fc4", patchy=0.25, shift=(3, -2))
    return framed(sheet, "#f4eee2", 36)


def weave(rng: Rng, sources: Images, *, palette: Sequence[str], rows: int = 60, band_seed: int = 3) -> Image.Image:
    """A blanket: stepped diamonds and bands, thread by thread, with a fringe."""
    cell, columns = 24, 60
    width, height = columns * cell, rows * cell
    pick = np.random.default_rng(band_seed)
    grid = np.zeros((rows, columns), dtype=int)
    row = 0
    while row < rows:
        kind = pick.choice(["stripe", "diamond", "zigzag", "steps"], p=[0.34, 0.28, 0.2, 0.18])
        tall = {"stripe": int(pick.integers(1, 4)), "diamond": 13, "zigzag": 7, "steps": 8}[kind]
        ground, figure, heart = (int(c) for c in pick.permutation(len(palette))[:3])
        y, x = np.indices((tall, columns))
        if kind == "stripe":
            band = np.full((tall, columns), ground)
        elif kind == "diamond":
            d = np.abs(x % 12 - 6) + np.abs(y - 6)
            band = np.where(d <= 1, heart, np.where(d <= 3, ground, np.where(d <= 5, figure, np.where(d == 6, heart, ground))))
        elif kind == "zigzag":
            d = (np.abs(x % 10 - 5) + y) % 7
            band = np.where(d < 2, figure, np.where(d < 3, heart, ground))
        else:
            d = (np.abs(x % 20 - 10) // 2 + y) % 8
            band = np.where((d < 3) & (y % 8 < 6), figure, np.where(d == 3, heart, ground))
        end = min(rows, row + tall)
        grid[row:end] = band[: end - row]
        row = end
    table = np.stack([colour(c) for c in palette])
    uneven = 1 + rng.normal(0, 0.05, (rows, columns, 1))
    picture = np.repeat(np.repeat(table[grid] * uneven, cell, axis=0), cell, axis=1).astype(np.float32)
    y, x = np.indices((height, width))
    over = ((y // (cell // 2) + x // (cell // 2)) % 2).astype(np.float32)
    thread_y = np.sin((y % (cell // 2)) / (cell // 2) * math.pi)
    thread_x = np.sin((x % (cell // 2)) / (cell // 2) * math.pi)
    relief = 0.62 + 0.38 * np.where(over > 0, thread_y ** 0.6, thread_x ** 0.6 * 0.86)
    twist = 0.05 * np.sin((x + y) * 0.9)
    light = relief + twist + (noise(rng, (width, height), 4) - 0.5) * 0.22
    picture *= light[..., None].astype(np.float32)
    picture += (speckle(rng, (width, height)) * 0.02)[..., None]

    size = full_width, full_height = width + 160, height + 260
    sheet = Sheet(size, "#e9dfcf", rng)
    cloth = np.zeros((full_height, full_width, 3), dtype=np.float32)
    cloth[90 : 90 + height, 80 : 80 + width] = picture
    area = np.zeros((full_height, full_width), dtype=np.float32)
    area[90 : 90 + height, 80 : 80 + width] = 1
    tassels = [[(80 + i * 24 + 4, 90 + height - 6), (80 + i * 24 + 20, 90 + height - 6), (80 + i * 24 + 14 + rng.uniform(-10, 10), 90 + height + rng.uniform(74, 106)), (80 + i * 24 + 8 + rng.uniform(-10, 10), 90 + height + rng.uniform(74, 106))] for i in range(columns)]
    for kind in range(3):
        sheet.glue(polygons(size, *tassels[kind::3]), palette[kind], lift=6, fibre=0.1)
    sheet.paste(area, cloth, lift=16)
    return sheet.done()


def washed(rng: Rng, sources: Images) -> Image.Image:
    """The same cloth after sixty degrees: run colours, creases, a bleached corner."""
    source = to_array(sources[0])
    height, width = source.shape[:2]
    size = (width, height)
    y, x = np.indices((height, width)).astype(np.float32)
    push = 26
    sx = np.clip(x + (noise(rng, size, 3) - 0.5) * push * 2 + np.sin(y / 90) * 5, 0, width - 1).astype(np.int32)
    sy = np.clip(y + (noise(rng, size, 4) - 0.5) * push * 2 + np.sin(x / 130) * 6, 0, height - 1).astype(np.int32)
    cloth = source[sy, sx]
    small = to_image(cloth).resize((width // 5, height // 5), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(9))
    bleed = to_array(small.resize(size, Image.Resampling.BICUBIC))
    run = np.clip(noise(rng, size, 5) * 1.5 - 0.35, 0, 1)[..., None]
    cloth = cloth * (1 - 0.5 * run) + bleed * 0.5 * run
    dull = grey(cloth)[..., None]
    cloth = dull + (cloth - dull) * 0.72
    cloth = 0.16 + cloth * 0.84 * np.array([0.98, 0.95, 1.02], dtype=np.float32)
    sun = np.clip(1.1 - np.hypot(x - width * 0.94, y - height * 0.05) / (width * 0.95), 0, 1) ** 1.5
    cloth += (colour("#fff2cf") - cloth) * (sun * 0.75)[..., None]
    for at, across in ((width * 0.335, True), (width * 0.668, True), (height * 0.5, False)):
        wander = bumpy(rng, height if across else width, 7) * 9
        distance = (x - at - wander[:, None]) if across else (y - at - wander[None, :])
        fold = np.exp(-np.abs(distance) / 7) * 0.2 * np.sign(distance) + np.exp(-((distance / 60) ** 2)) * 0.05
        cloth *= (1 + fold)[..., None]
    cloth += (speckle(rng, size) * 0.02)[..., None]
    return to_image(cloth)


def storm(rng: Rng, sources: Images) -> Image.Image:
    """The colours of the picture torn off in strands by a wind."""
    size = width, height = 1600, 1200
    source = to_array(sources[0], size)
    dull = grey(source)[..., None]
    source = np.clip(dull + (source - dull) * 1.9 + 0.02, 0, 1)
    calm = sources[0].convert("RGB").resize((64, 48), Image.Resampling.BOX).resize(size, Image.Resampling.BICUBIC)
    under = to_array(calm) * 0.55 + colour("#1c2238") * 0.3
    canvas = to_image(under).resize((width, height))
    pen = ImageDraw.Draw(canvas, "RGB")
    count, steps = 5200, 22
    x = rng.uniform(-100, width, count)
    y = rng.uniform(0, height, count)
    order = np.argsort(y + rng.normal(0, 260, count))
    x, y = x[order], y[order]
    lift = 0.85 + rng.random(count) * 0.5
    tint = source[np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, width - 1).astype(int)] * lift[:, None]
    eye = np.array([1020.0, 520.0])
    path = np.empty((steps, count, 2))
    wind = noise(rng, size, 3) * 2.2 - 1.1
    for step in range(steps):
        path[step, :, 0], path[step, :, 1] = x, y
        dx, dy = x - eye[0], y - eye[1]
        far = np.hypot(dx, dy) + 1
        pull = np.exp(-far / 430)
        turn = np.arctan2(dx, -dy)
        local = wind[np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, width - 1).astype(int)]
        angle = turn * pull + (1 - pull) * (local * 1.1 + 0.1)
        x = x + np.cos(angle) * 13
        y = y + np.sin(angle) * 13
    weights = rng.choice([2, 3, 4, 6], count, p=[0.4, 0.35, 0.18, 0.07])
    for index in range(count):
        red, green, blue = (np.clip(tint[index], 0, 1) * 255).astype(int).tolist()
        pen.line([tuple(p) for p in path[:, index].tolist()], fill=(red, green, blue), width=int(weights[index]))
    picture = to_array(canvas)
    picture *= (1 - 0.35 * np.clip(np.hypot(*(np.indices((height, width))[::-1] - eye[:, None, None])) / 1300 - 0.3, 0, 1))[..., None].astype(np.float32)
    picture += (speckle(rng, size) * 0.025)[..., None]
    return to_image(picture)


DUSK = ("#12243f", "#27476b", "#6c6b8d", "#c9808a", "#f0a673", "#f7cf8d")


def dusk(rng: Rng, sources: Images) -> Image.Image:
    """A wet platform after sunset, photographed by nobody."""
    size = width, height = 1600, 1000
    horizon = 640
    y, x = np.indices((height, width)).astype(np.float32)
    sky = blend(DUSK, np.clip(y / horizon, 0, 1) ** 1.15)
    cloud = np.clip(noise(rng, size, 4, 16) * 0.65 + noise(rng, size, 11, 40) * 0.35 - 0.46, 0, 1) * 2.2
    cloud *= np.clip(1 - np.abs(y - 400) / 330, 0, 1)
    sky += (colour("#5b3f5f") - sky) * (np.clip(cloud, 0, 1) * 0.62)[..., None]
    edge = np.clip(moved(cloud, 0, -9) - cloud, 0, 1) * 2.4
    sky += (colour("#ffd7a0") - sky) * (np.clip(edge, 0, 1) * 0.5)[..., None]
    dark = "#151824"

    def things(pen: ImageDraw.ImageDraw, k: int) -> None:
        hills = ridge(rng, size, horizon - 34, 18, 9)
        pen.polygon(scaled(hills, k), fill=150)
        pen.polygon(scaled([(0, 300), (640, 392), (640, 412), (0, 342)], k), fill=255)
        pen.polygon(scaled([(60, 340), (92, 342), (92, horizon + 8), (60, horizon + 8)], k), fill=255)
        pen.polygon(scaled([(430, 390), (448, 390), (448, horizon + 4), (430, horizon + 4)], k), fill=255)
        for px, top in ((860, 240), (1090, 330), (1250, 392), (1360, 434), (1440, 462)):
            wide = (horizon - top) / 44
            pen.rectangle(((px - wide / 2) * k, top * k, (px + wide / 2) * k, horizon * k), fill=255)
            pen.rectangle(((px - wide * 9) * k, (top + wide * 3) * k, (px + wide) * k, (top + wide * 3 + max(2, wide * 0.6)) * k), fill=255)
        for lift in (0, 46, 60):
            pen.line(scaled([(-10, 40 + lift * 1.4), (786, 268 + lift * 0.9), (1040, 350 + lift * 0.5), (1215, 408 + lift * 0.3), (1440, 470), (1600, 500)], k), fill=230, width=int(2.2 * k))
        figure_x = 596
        pen.ellipse(((figure_x - 13) * k, (horizon - 150) * k, (figure_x + 13) * k, (horizon - 120) * k), fill=255)
        pen.polygon(scaled([(figure_x - 24, horizon + 6), (figure_x - 27, horizon - 90), (figure_x - 12, horizon - 122), (figure_x + 14, horizon - 122), (figure_x + 27, horizon - 86), (figure_x + 22, horizon + 6)], k), fill=255)
        pen.rectangle(((figure_x + 34) * k, (horizon - 44) * k, (figure_x + 76) * k, (horizon + 6) * k), fill=255)

    shapes = mask(size, things)
    picture = sky + (colour(dark) - sky) * shapes[..., None]
    for px, py, reach in ((250, 372, 150), (560, 404, 110), (1006, 372, 60), (1200, 420, 40)):
        glow = np.exp(-(((x - px) / reach) ** 2 + ((y - py) / reach) ** 2) * 2.2)
        picture += (colour("#ffc97a") * glow[..., None]) * 0.62
        picture += np.exp(-(((x - px) / 7) ** 2 + ((y - py) / 5) ** 2))[..., None]
    depth = y - horizon
    ripple = np.sin(depth * 0.5 + noise(rng, size, 12, 90) * 9) * (2 + depth * 0.05)
    source_y = np.clip(horizon - depth * 1.02 + ripple, 0, horizon - 1).astype(np.int32)
    source_x = np.clip(x + ripple * 0.8, 0, width - 1).astype(np.int32)
    mirror = picture[source_y, source_x]
    wet = np.clip(noise(rng, size, 7, 26) * 1.6 - 0.2, 0.12, 1) * np.clip(1 - depth / 560, 0.25, 1)
    floor = colour("#23242f") * (0.75 + 0.5 * noise(rng, size, 200, 160))[..., None]
    ground = floor + (mirror * 0.86 - floor) * wet[..., None]
    picture = np.where((y > horizon)[..., None], ground, picture)
    strip = np.clip(1 - np.abs(y - (horizon + 96 - (x - 300) * 0.03)) / 9, 0, 1) * (x < 1500)
    picture += (colour("#e9c46a") - picture) * (strip * 0.55 * (noise(rng, size, 120, 30) > 0.3))[..., None]
    return photographed(rng, picture)


def photographed(rng: Rng, picture: Array) -> Image.Image:
    """Film grain and a dark edge."""
    height, width = picture.shape[:2]
    y, x = np.indices((height, width)).astype(np.float32)
    edge = ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 0.7
    picture = picture * (1 - edge)[..., None]
    light = grey(picture)
    picture += (speckle(rng, (width, height)) * (0.045 * (1.1 - np.clip(light, 0, 1))))[..., None]
    return to_image(picture)


def dusk_train(rng: Rng, sources: Images) -> Image.Image:
    """The 23:40 put into somebody else's dusk, with its light on the wet ground."""
    size = width, height = 1600, 1000
    base = to_array(sources[0], size)
    horizon = 640
    base = base * np.array([0.82, 0.86, 0.98], dtype=np.float32)

    def body(pen: ImageDraw.ImageDraw, k: int) -> None:
        pen.polygon(scaled([(1600, 350), (1600, 628), (760, 604), (706, 590), (700, 560), (724, 520), (790, 490)], k), fill=255)

    def windows(pen: ImageDraw.ImageDraw, k: int) -> None:
        x = 800.0
        while x < 1590:
            t = (x - 790) / 810
            wide = 34 + 46 * t
            top = 506 - 110 * t
            tall = 34 + 56 * t
            pen.polygon(scaled([(x, top), (x + wide, top - wide * 0.135), (x + wide, top + tall - wide * 0.02), (x, top + tall)], k), fill=255)
            x += wide * 1.32
        pen.polygon(scaled([(722, 548), (742, 516), (772, 506), (772, 548)], k), fill=200)

    train, lit = mask(size, body), mask(size, windows)
    picture = base + (colour("#1b2030") - base) * (train * 0.97)[..., None]
    stripe = mask(size, lambda pen, k: pen.polygon(scaled([(704, 572), (1600, 520), (1600, 548), (704, 582)], k), fill=255))
    picture += (colour("#b3322a") - picture) * (stripe * train * 0.8)[..., None]
    smear = to_array(Image.fromarray((lit * 255).astype(np.uint8)).convert("RGB"))[..., 0]
    trail = sum(moved(smear, step, -int(step * 0.04)) * w for step, w in ((0, 0.6), (8, 0.25), (18, 0.2), (30, 0.15)))
    warm = blend(("#ff9d47", "#ffd98f", "#fff3cf"), np.clip(trail, 0, 1))
    picture += (warm - picture) * np.clip(trail, 0, 1)[..., None]
    halo = soften(lit, 60)
    picture += colour("#ffb45e") * (halo * 0.55)[..., None]
    lamp = disc(size, 716, 574, 7)
    picture += (1 - picture) * np.clip(lamp + soften(lamp, 22) * 5, 0, 1)[..., None]
    y, x = np.indices((height, width)).astype(np.float32)
    depth = y - horizon
    ripple = np.sin(depth * 0.42 + noise(rng, size, 14, 80) * 10) * (3 + depth * 0.09)
    source_y = np.clip(horizon - 12 - depth * 0.8 + ripple, 0, horizon - 1).astype(np.int32)
    source_x = np.clip(x + ripple * 1.5, 0, width - 1).astype(np.int32)
    shine = np.clip(trail + halo * 0.8, 0, 1)[source_y, source_x]
    streak = shine * np.clip(noise(rng, size, 9, 60) * 1.5, 0.1, 1) * (depth > 0) * np.clip(1.05 - depth / 420, 0, 1)
    picture += colour("#ffb761") * (streak * 0.75)[..., None]
    return photographed(rng, picture)


def paper_harbour(rng: Rng, sources: Images, *, sky: str, warm: str, deep: str) -> Image.Image:
    """A harbour in three papers and what lies between them."""
    size = width, height = 1600, 1200
    sheet = Sheet(size, sky, rng)
    sheet.glue(disc(size, 1130, 400, 210), warm, lift=12)
    far, near = mixed(sky, deep, 0.35), mixed(sky, deep, 0.6)
    sheet.glue(polygons(size, ridge(rng, size, 560, 70, 5)), far, lift=12)
    sheet.glue(polygons(size, ridge(rng, size, 640, 46, 7)), near, lift=12)
    houses = []
    x = 60.0
    while x < 620:
        wide, tall = rng.uniform(46, 84), rng.uniform(90, 190)
        houses.append([(x, 720), (x, 700 - tall), (x + wide / 2, 700 - tall - wide * 0.5), (x + wide, 700 - tall), (x + wide, 720)])
        x += wide + rng.uniform(-6, 10)
    sheet.glue(polygons(size, *houses), deep, lift=9)
    sheet.glue(polygons(size, *[[(h[0][0] + 16, 640), (h[0][0] + 30, 640), (h[0][0] + 30, 662), (h[0][0] + 16, 662)] for h in houses]), warm, lift=1)
    for row, level in enumerate((705, 800, 905, 1030)):
        tone = mixed(warm if row == 1 else sky, deep, 0.5 + row * 0.16)
        wave = np.linspace(-20, width + 20, 160)
        line = level + np.sin(wave / (70 + row * 26) + rng.uniform(0, 6)) * (12 + row * 5)
        sheet.glue(polygons(size, [(-20, height + 20), *zip(wave.tolist(), line.tolist(), strict=True), (width + 20, height + 20)]), tone, lift=12)
        for bx, tone in ((1010, "#fbf4e4"), (1370, warm)) if row == 0 else ((700, warm), (1200, "#fbf4e4")) if row == 1 else ((330, "#fbf4e4"),) if row == 2 else ():
            boat(sheet, bx + rng.uniform(-50, 50), level + 26 + row * 8, 0.75 + row * 0.42, tone, deep)
    return sheet.done()


def boat(sheet: Sheet, x: float, y: float, scale: float, sail: str, hull: str) -> None:
    sheet.glue(polygons(sheet.size, [(x + 4 * scale, y - 30 * scale), (x + 4 * scale, y - 210 * scale), (x + 120 * scale, y - 36 * scale)]), sail, lift=9)
    sheet.glue(polygons(sheet.size, [(x - 6 * scale, y - 30 * scale), (x - 6 * scale, y - 170 * scale), (x - 74 * scale, y - 36 * scale)]), sail, lift=7)
    sheet.glue(polygons(sheet.size, [(x - 96 * scale, y - 24 * scale), (x + 136 * scale, y - 24 * scale), (x + 92 * scale, y + 26 * scale), (x - 66 * scale, y + 26 * scale)]), hull, lift=9)


def mixed(first: str, second: str, amount: float) -> str:
    tone = colour(first) * (1 - amount) + colour(second) * amount
    return "#" + "".join(f"{int(v * 255 + 0.5):02x}" for v in np.clip(tone, 0, 1))


def paper_salt(rng: Rng, sources: Images, *, sky: str, warm: str, deep: str) -> Image.Image:
    """A salt flat: the ground cracks into cells that grow towards you."""
    size = width, height = 1600, 1200
    sheet = Sheet(size, sky, rng)
    horizon = 520
    for ring, tone in ((300, 0.25), (215, 0.55), (130, 1.0)):
        sheet.glue(disc(size, 520, horizon - 60, ring), mixed(sky, warm, tone), lift=9)
    sheet.glue(polygons(size, ridge(rng, size, horizon - 40, 62, 6, rough=5)), mixed(sky, deep, 0.7), lift=12)
    sheet.glue(polygons(size, ridge(rng, size, horizon - 8, 22, 8, rough=3)), deep, lift=12)
    sheet.glue(polygons(size, [(-9, horizon + 20), (width + 9, horizon + 20), (width + 9, height + 9), (-9, height + 9)]), mixed("#fffaf0", deep, 0.5), lift=10)
    pale: list[list[Point]] = []
    tinted: list[list[Point]] = []
    sunny: list[list[Point]] = []
    depth = 0
    near = 0.0
    while near < 1:
        top, foot = near, near + 0.035 + near * 0.2
        yt, yf = horizon + 26 + top * (height - horizon), horizon + 26 + foot * (height - horizon)
        wide = 60 + 420 * (top + foot) / 2
        shift = rng.uniform(0, wide)
        px = -wide + shift + (depth % 2) * wide / 2
        gap = 3 + near * 7
        while px < width + wide:
            jitter = rng.uniform(-0.08, 0.08, 6) * wide
            middle = (yt + yf) / 2
            cell = [(px + wide * 0.25 + jitter[0], yt + gap), (px + wide * 0.75 + jitter[1], yt + gap), (px + wide - gap + jitter[2] * 0.4, middle), (px + wide * 0.75 + jitter[3], yf - gap), (px + wide * 0.25 + jitter[4], yf - gap), (px + gap + jitter[5] * 0.4, middle)]
            pick = rng.random()
            sun_side = abs(px + wide / 2 - 520) < 240 * (0.5 + near)
            (sunny if sun_side and pick < 0.62 else tinted if pick < 0.3 else pale).append(cell)
            px += wide * 0.98
        near = foot
        depth += 1
    sheet.glue(polygons(size, *pale), "#fff8ea", lift=7)
    sheet.glue(polygons(size, *tinted), mixed("#fff8ea", sky, 0.6), lift=7)
    sheet.glue(polygons(size, *sunny), mixed("#fff8ea", warm, 0.75), lift=7)
    return sheet.done()


def harbour_on_salt(rng: Rng, sources: Images) -> Image.Image:
    """Boats torn from one picture, aground on the other."""
    size = width, height = 1600, 1200
    harbour, salt = (to_array(image, size) for image in sources)
    sheet = Sheet(size, "#efe7da", rng)
    sheet.picture = salt.copy()
    strip = [(-30, 640), (330, 560), (760, 660), (1180, 610), (1640, 690), (1640, 905), (1210, 960), (700, 930), (260, 985), (-30, 930)]
    sheet.glue(polygons(size, torn(rng, [(x, y + (14 if y > 740 else -14)) for x, y in strip], 12)), "#fdf8ee", lift=18)
    turned = np.roll(harbour, 40, axis=1)
    sheet.paste(polygons(size, torn(rng, strip, 6)), turned, lift=1, shade=0)
    top = [(900, 60), (1500, 30), (1540, 400), (1230, 470), (930, 420)]
    sheet.glue(polygons(size, torn(rng, [(x + (x - 1220) * 0.03, y + (y - 260) * 0.05) for x, y in top], 10)), "#fdf8ee", lift=16)
    flipped = harbour[::-1, ::-1]
    sheet.paste(polygons(size, torn(rng, top, 5)), np.roll(flipped, (-330, 400), axis=(0, 1)), lift=1, shade=0)
    return sheet.done()


def breath(rng: Rng, sources: Images) -> Image.Image:
    """Ink lines drawn on one breath each, bending around something that is not drawn."""
    size = width, height = 1200, 1500
    sheet = Sheet(size, "#f6f1e7", rng, tooth=0.024)
    xs = np.linspace(70, width - 70, 240)
    shapes = []
    for index in range(44):
        base = 130 + index * 29
        bulge = np.zeros_like(xs)
        for cx, cy, radius, push in ((640, 700, 300, 150), (300, 1130, 150, 62)):
            dy = (base - cy) / radius
            bulge += push * np.sign(dy or 1) * np.exp(-(dy**2) * 0.7) * np.exp(-(((xs - cx) / radius) ** 2) * 1.1)
        line = base + bulge + bumpy(rng, xs.size, 5) * 7
        pressure = 1.6 + 5.2 * (bumpy(rng, xs.size, 6) * 0.5 + 0.5) * (0.5 + 0.5 * np.sin(np.linspace(0.2, 3.0, xs.size)))
        start, end = int(rng.uniform(0, 12)), xs.size - int(rng.uniform(0, 26))
        upper = list(zip(xs[start:end].tolist(), (line - pressure / 2)[start:end].tolist(), strict=True))
        lower = list(zip(xs[start:end].tolist(), (line + pressure / 2)[start:end].tolist(), strict=True))
        shapes.append(upper + lower[::-1])
    area = polygons(size, *shapes)
    dry = np.clip(noise(rng, size, 26, 300) * 1.7 - 0.1, 0.25, 1)
    sheet.ink(soften(area, 7) * 0.5, "#2b3140", strength=0.25)
    sheet.ink(area * dry, "#14161d", patchy=0.2)
    seal = polygons(size, torn(rng, [(1000, 1352), (1074, 1350), (1076, 1426), (1001, 1427)], 3, 6))
    cutout = polygons(size, [(1016, 1370), (1058, 1370), (1058, 1380), (1026, 1380), (1026, 1398), (1058, 1398), (1058, 1408), (1016, 1408)])
    sheet.ink(seal * (1 - cutout), "#c8321c")
    return sheet.done()


def many_hands(rng: Rng, sources: Images) -> Image.Image:
    """The ink of one picture over the weather of another: four quarters, each turned towards a different reader."""
    size = width, height = 1400, 1400
    ink_picture, weather = sources
    drawing = covering(ink_picture.convert("RGB"), size)
    lines = np.zeros((height, width), dtype=np.float32)
    for turn, (left, top) in enumerate(((0, 0), (700, 0), (700, 700), (0, 700))):
        piece = ink_of(to_array(drawing.rotate(-90 * turn)))
        lines[top : top + 700, left : left + 700] = piece[350:1050, 350:1050]
    sheet = Sheet(size, "#f3ede2", rng)
    behind = to_array(weather, size)
    behind = np.clip(behind * 1.3 + 0.06, 0, 1)
    round_ = disc(size, 700, 700, 560)
    ragged = np.clip(round_ * (0.75 + 0.6 * noise(rng, size, 16)) * 1.2 - 0.12, 0, 1)
    sheet.picture *= 1 - ragged[..., None] * (1 - behind)
    sheet.ink(lines, "#14161d", patchy=0.15)
    hole = disc(size, 700, 700, 92)
    sheet.picture += (colour("#f3ede2") - sheet.picture) * (hole * 0.94)[..., None]
    return framed(sheet, "#f3ede2", 50)


def landscape(rng: Rng, sources: Images, *, papers: Sequence[str], sun: str, thing: str = "jetty", sun_at: Point | None = None, size: tuple[int, int] = (1400, 1050)) -> Image.Image:
    """A place you miss, in three papers and a sun."""
    width, height = size
    sheet = Sheet(size, papers[0], rng)
    sun_x, sun_y = sun_at or (rng.uniform(0.25, 0.75), 0.34)
    sheet.glue(disc(size, width * sun_x, height * sun_y, height * 0.13), sun, lift=10)
    for index, tint in enumerate(papers[1:]):
        level = height * (0.46 + 0.17 * index)
        sheet.glue(polygons(size, ridge(rng, size, level, height * (0.08 - 0.014 * index), 4 + index, rough=0 if thing != "hills" else 2)), tint, lift=14)
        if index == 0 and thing == "city":
            blocks = []
            for _ in range(34):
                x, tall, wide = rng.uniform(0, width), rng.uniform(30, 120), rng.uniform(36, 74)
                y = level + rng.uniform(-40, 100)
                blocks.append([(x, y + 120), (x + 3, y - tall), (x + wide, y - tall - 4), (x + wide - 2, y + 120)])
            sheet.glue(polygons(size, *blocks[::2]), mixed(tint, "#fff6e6", 0.45), lift=6)
            sheet.glue(polygons(size, *blocks[1::2]), mixed(tint, "#fff6e6", 0.2), lift=6)
    if thing == "jetty":
        y = height * 0.8
        sheet.glue(polygons(size, [(width * 0.1, height), (width * 0.46, y), (width * 0.5, y), (width * 0.3, height)]), "#2a2230", lift=8)
        sheet.glue(polygons(size, *[[(width * (0.12 + i * 0.075), height - i * 46), (width * (0.13 + i * 0.075), height - i * 46), (width * (0.13 + i * 0.075), height - i * 46 - 120 + i * 12), (width * (0.12 + i * 0.075), height - i * 46 - 120 + i * 12)] for i in range(5)]), "#2a2230", lift=6)
    if thing == "island":
        boat(sheet, width * 0.64, height * 0.8, 0.9, "#fff6e6", "#2a2230")
    if thing == "hills":
        trees = []
        for _ in range(26):
            x, y, t = rng.uniform(0, width), rng.uniform(height * 0.74, height * 0.97), rng.uniform(30, 76)
            trees.append([(x - t * 0.32, y), (x, y - t * 1.7), (x + t * 0.32, y)])
        sheet.glue(polygons(size, *trees), "#22303a", lift=7)
    return sheet.done()


def over_horizon(rng: Rng, sources: Images, *, paper: str, sun: str) -> Image.Image:
    """A classmate's horizon cut out, turned to night and given a window to be seen through."""
    size = width, height = 1400, 1050
    source = to_array(sources[0], size)
    sheet = Sheet(size, paper, rng)
    night = grey(source)[..., None] * colour("#7c8fd0") * 0.9 + source * np.array([0.18, 0.2, 0.3], dtype=np.float32)
    window = arch(330, 930, 740, 820)
    sheet.glue(polygons(size, arch(300, 960, 800, 880)), "#fbf3e3", lift=16)
    sheet.paste(polygons(size, window), night, lift=1, shade=0)
    sheet.glue(disc(size, 820, 330, 70), sun, lift=8)
    sheet.glue(disc(size, 790, 312, 62) * disc(size, 820, 330, 70), "#3b4470", lift=1, shade=0)
    sheet.glue(polygons(size, [(692, 110), (708, 110), (708, 930), (692, 930)], [(330, 560), (1070, 560), (1070, 576), (330, 576)]), "#fbf3e3", lift=7)
    sheet.glue(polygons(size, [(240, 930), (1160, 930), (1190, 984), (210, 984)]), "#c8321c", lift=12)
    leaves = [leaf(250 + rng.uniform(-10, 10), 920, rng.uniform(120, 260), -math.pi / 2 + rng.normal(0, 0.5), 0.13) for _ in range(9)]
    sheet.glue(polygons(size, *leaves), "#1c6b45", lift=7)
    return sheet.done()


def kitchen(rng: Rng, sources: Images) -> Image.Image:
    """A shelf of things that ring: the cover of the kitchen class."""
    size = width, height = 1600, 1000
    sheet = Sheet(size, "#f8e9d2", rng)
    sheet.ink(polygons(size, [(0, 0), (width, 0), (width, 700), (0, 700)]), "#ffc247", patchy=0.3)
    for radius in range(520, 80, -60):
        ring = np.clip(disc(size, 470, 400, radius) - disc(size, 470, 400, radius - 16), 0, 1)
        sheet.ink(ring, "#f0562f", strength=0.9 - radius / 900)
    sheet.ink(polygons(size, [(0, 690), (width, 690), (width, 760), (0, 760)]), "#23408e")

    def pot(pen: ImageDraw.ImageDraw, k: int) -> None:
        pen.rounded_rectangle((270 * k, 430 * k, 700 * k, 692 * k), 40 * k, fill=255)
        pen.rectangle((210 * k, 470 * k, 280 * k, 500 * k), fill=255)
        pen.rectangle((690 * k, 470 * k, 760 * k, 500 * k), fill=255)
        pen.pieslice((270 * k, 320 * k, 700 * k, 520 * k), 180, 360, fill=255)
        pen.ellipse((460 * k, 276 * k, 510 * k, 330 * k), fill=255)

    def kettle(pen: ImageDraw.ImageDraw, k: int) -> None:
        pen.polygon(scaled([(860, 692), (910, 450), (1090, 450), (1140, 692)], k), fill=255)
        pen.polygon(scaled([(1100, 560), (1230, 440), (1262, 462), (1124, 640)], k), fill=255)
        pen.arc((900 * k, 300 * k, 1100 * k, 580 * k), 180, 360, fill=255, width=26 * k)
        pen.ellipse((980 * k, 404 * k, 1020 * k, 452 * k), fill=255)

    def glasses(pen: ImageDraw.ImageDraw, k: int) -> None:
        for x in (1270, 1380, 1490):
            pen.polygon(scaled([(x - 42, 692), (x - 26, 600), (x - 46, 520), (x + 46, 520), (x + 26, 600), (x + 42, 692)], k), fill=255)

    def spoons(pen: ImageDraw.ImageDraw, k: int) -> None:
        for i, x in enumerate((830, 930, 1350, 1450)):
            top = 90 + (i % 2) * 40
            pen.rectangle(((x - 9) * k, 0, (x + 9) * k, (top + 150) * k), fill=255)
            pen.ellipse(((x - 40) * k, (top + 120) * k, (x + 40) * k, (top + 240) * k), fill=255)

    sheet.ink(mask(size, pot), "#f0562f", shift=(-5, 4))
    sheet.ink(mask(size, lambda pen, k: pen.rectangle((270 * k, 520 * k, 700 * k, 560 * k), fill=255)), "#23408e", strength=0.8)
    sheet.ink(mask(size, kettle), "#23408e", shift=(4, 3))
    sheet.ink(mask(size, glasses), "#f0562f", strength=0.75)
    tea = [[(x - 40, 560), (x + 40, 560), (x + 40, 600), (x - 40, 600)] for x in (1270, 1380, 1490)]
    sheet.ink(polygons(size, *tea), "#23408e", strength=0.35)
    sheet.ink(mask(size, spoons), "#23408e", shift=(-3, 5))

    def cloth(pen: ImageDraw.ImageDraw, k: int) -> None:
        for column in range(26):
            for row in range(4):
                if (column + row) % 2:
                    pen.rectangle((column * 64 * k, (770 + row * 64) * k, (column * 64 + 64) * k, (834 + row * 64) * k), fill=255)

    sheet.ink(mask(size, cloth), "#f0562f", strength=0.8, shift=(3, 3))
    return framed(sheet, "#f8e9d2", 34)


def in_motion(rng: Rng, sources: Images) -> Image.Image:
    """One ball, eleven moments: the cover of the film class."""
    size = width, height = 1600, 1000
    sheet = Sheet(size, "#12203a", rng)
    sheet.glue(polygons(size, [(-9, 770), (width + 9, 750), (width + 9, height + 9), (-9, height + 9)]), "#1f3a5f", lift=14)
    sheet.glue(polygons(size, [(-9, 870), (width + 9, 880), (width + 9, height + 9), (-9, height + 9)]), "#e8573f", lift=14)
    tones = ("#1c3050", "#24436a", "#2f6690", "#3f8f9b", "#66b79b", "#a4d48e", "#f4e285", "#f6bd60", "#f79d54", "#f4793f", "#fbf3e3")
    for index, tint in enumerate(tones):
        t = index / 10
        x = 150 + t * 1290
        bounce = abs(math.sin(t * math.pi * 2.02 + 0.5)) * (1 - t * 0.32)
        sheet.glue(disc(size, x, 770 - bounce * 560, 58 + index * 5), tint, lift=8 + index)
    return sheet.done()


def letters(rng: Rng, sources: Images) -> Image.Image:
    """Envelopes crossing: the cover of the poem class."""
    size = width, height = 1600, 1000
    sheet = Sheet(size, "#e7dcc8", rng)
    sheet.glue(disc(size, 1180, 330, 250), "#2a4bd7", lift=14)
    sheet.glue(disc(size, 420, 760, 190), "#c8321c", lift=14)
    ways = [(330, 310, -12, "#fbf3e3", "#1c6b45"), (980, 560, 8, "#f7cf8d", "#c8321c"), (560, 690, -5, "#fbf3e3", "#2a4bd7"), (1240, 800, 14, "#f1b9a5", "#1b1612")]
    for x, y, angle, tint, stamp in ways:
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))

        def at(px: float, py: float, x: float = x, y: float = y, cos: float = cos, sin: float = sin) -> Point:
            return (x + px * cos - py * sin, y + px * sin + py * cos)

        sheet.glue(polygons(size, [at(-230, -150), at(230, -150), at(230, 150), at(-230, 150)]), tint, lift=16)
        sheet.glue(polygons(size, [at(-230, -150), at(230, -150), at(20, 30), at(-20, 30)]), mixed(tint, "#5b4636", 0.1), lift=7)
        sheet.glue(polygons(size, [at(140, 50), at(205, 50), at(205, 125), at(140, 125)]), stamp, lift=3)
        lines = [[at(-190, 70 + r * 22), at(-190 + 150 - r * 38, 70 + r * 22), at(-190 + 150 - r * 38, 76 + r * 22), at(-190, 76 + r * 22)] for r in range(3)]
        sheet.ink(polygons(size, *lines), "#1b1612", strength=0.7)
    return sheet.done()


def radio(rng: Rng, sources: Images) -> Image.Image:
    """One lit window and one mast: the cover of the radio class."""
    size = width, height = 1600, 1000
    sheet = Sheet(size, "#46508f", rng)
    for radius in range(760, 60, -70):
        sheet.ink(np.clip(disc(size, 1100, 300, radius) - disc(size, 1100, 300, radius - 30), 0, 1), "#27306b", strength=0.85 - radius / 1100)
    sheet.glue(polygons(size, [(1080, 1000), (1097, 300), (1103, 300), (1120, 1000)]), "#f3ede4", lift=8)
    sheet.glue(disc(size, 1100, 300, 26), "#ff7a5c", lift=6)
    blocks: list[list[Point]] = []
    x = -20.0
    while x < width:
        wide = rng.uniform(120, 230)
        blocks.append([(x, 1010), (x, rng.uniform(560, 760)), (x + wide, blocks[-1][1][1] if blocks and rng.random() < 0.3 else rng.uniform(580, 760)), (x + wide, 1010)])
        x += wide + 8
    sheet.glue(polygons(size, *blocks[::2]), "#1d2150", lift=14)
    sheet.glue(polygons(size, *blocks[1::2]), "#171a3d", lift=14)
    sheet.glue(polygons(size, [(395, 790), (455, 790), (455, 870), (395, 870)]), "#ffcf6b", lift=2)
    glow = soften(polygons(size, [(385, 780), (465, 780), (465, 880), (385, 880)]), 60)
    sheet.picture += colour("#ffb45e") * (glow * 0.5)[..., None]
    return sheet.done()


def portrait(rng: Rng, sources: Images, *, skin: str, hair: str, ground: str, coat: str, cut: str = "short", glasses: bool = False, beard: bool = False) -> Image.Image:
    """A face in cut paper."""
    size = width, height = 400, 400
    sheet = Sheet(size, ground, rng)
    sheet.glue(disc(size, 200 + rng.uniform(-60, 60), 150 + rng.uniform(-40, 40), 150), mixed(ground, "#ffffff", 0.35), lift=4)
    if cut == "long":
        sheet.glue(mask(size, lambda p, k: p.rounded_rectangle((108 * k, 92 * k, 292 * k, 330 * k), 90 * k, fill=255)), hair, lift=5)
    if cut == "scarf":
        sheet.glue(mask(size, lambda p, k: p.rounded_rectangle((102 * k, 70 * k, 298 * k, 340 * k), 96 * k, fill=255)), hair, lift=5)
    if cut == "curls":
        sheet.glue(np.clip(sum(disc(size, 200 + math.cos(a) * 84, 158 + math.sin(a) * 78, 40) for a in np.linspace(2.5, 6.9, 12)), 0, 1), hair, lift=5)
    if cut == "bun":
        sheet.glue(disc(size, 200, 78, 40), hair, lift=5)
    sheet.glue(mask(size, lambda p, k: p.rounded_rectangle((70 * k, 306 * k, 330 * k, 520 * k), 110 * k, fill=255)), coat, lift=6)
    sheet.glue(mask(size, lambda p, k: p.rounded_rectangle((170 * k, 250 * k, 230 * k, 336 * k), 28 * k, fill=255)), mixed(skin, "#2b1410", 0.16), lift=3)
    sheet.glue(mask(size, lambda p, k: p.ellipse((128 * k, 104 * k, 272 * k, 290 * k), fill=255)), skin, lift=5)
    if beard:
        sheet.glue(mask(size, lambda p, k: p.ellipse((128 * k, 104 * k, 272 * k, 292 * k), fill=255)) * polygons(size, [(0, 222), (160, 232), (200, 226), (240, 232), (400, 222), (400, 400), (0, 400)]), hair, lift=3)
    fringe = {
        "short": [(118, 190), (122, 100), (200, 72), (282, 104), (284, 192), (262, 140), (200, 128), (140, 142)],
        "bun": [(120, 196), (124, 116), (200, 84), (278, 116), (282, 196), (250, 130), (200, 138), (150, 130)],
        "long": [(118, 220), (116, 116), (200, 80), (286, 116), (284, 220), (262, 150), (214, 120), (146, 156)],
        "curls": [(124, 170), (134, 108), (200, 88), (266, 108), (276, 170), (250, 136), (200, 126), (150, 136)],
        "scarf": [(112, 210), (118, 106), (200, 74), (282, 106), (288, 210), (258, 140), (200, 120), (142, 140)],
    }.get(cut)
    if fringe:
        sheet.glue(polygons(size, smooth([*fringe, fringe[0]])), hair, lift=4)
    if cut == "scarf":
        sheet.glue(polygons(size, smooth([(116, 232), (200, 330), (284, 232), (300, 330), (200, 380), (100, 330), (116, 232)])), mixed(hair, "#ffffff", 0.12), lift=4)

    def features(pen: ImageDraw.ImageDraw, k: int) -> None:
        for x in (170, 230):
            pen.ellipse(((x - 7) * k, 187 * k, (x + 6) * k, 202 * k), fill=255)
            pen.arc(((x - 19) * k, 166 * k, (x + 19) * k, 196 * k), 205, 335, fill=230, width=4 * k)
        pen.line(scaled([(200, 196), (192, 228), (203, 231)], k), fill=150, width=4 * k, joint="curve")
        if glasses:
            for x in (168, 232):
                pen.ellipse(((x - 27) * k, 170 * k, (x + 27) * k, 222 * k), outline=255, width=5 * k)
            pen.line(scaled([(195, 192), (205, 192)], k), fill=255, width=5 * k)

    smile = mask(size, lambda pen, k: pen.arc((172 * k, 218 * k, 228 * k, 262 * k), 22, 158, fill=255, width=7 * k))
    dark_skin = float(colour(skin).mean()) < 0.42
    for area, tint in ((mask(size, features), mixed(skin, "#0b0605", 0.86)), (smile, "#e9a08f" if dark_skin or beard else "#7d2b24")):
        sheet.picture += (colour(tint) - sheet.picture) * (area * 0.92)[..., None]
    cheeks = soften(np.clip(disc(size, 152, 232, 16) + disc(size, 248, 232, 16), 0, 1), 8)
    sheet.picture += (colour("#e2402c") - sheet.picture) * (cheeks * 0.16)[..., None]
    return sheet.done()


def storyboard(rng: Rng, sources: Images) -> Image.Image:
    """A napkin with four frames of a drawer closing by itself: a plate for a lesson."""
    size = width, height = 1400, 1000
    sheet = Sheet(size, "#f5f1ea", rng, tooth=0.04)
    for x in range(0, width, 70):
        sheet.ink(np.clip(1 - np.abs(np.arange(width) - x) / 3, 0, 1)[None, :] * np.ones((height, 1), dtype=np.float32), "#cfc6b8", strength=0.3)

    def frames(pen: ImageDraw.ImageDraw, k: int) -> None:
        for index in range(4):
            left, top = 90 + (index % 2) * 630, 80 + (index // 2) * 440
            pen.line(scaled(stroke(rng, [(left, top), (left + 560, top), (left + 560, top + 360), (left, top + 360), (left, top)], 4), k), fill=255, width=6 * k, joint="curve")
            pen.line(scaled(stroke(rng, [(left + 30, top + 210), (left + 520, top + 205)], 4), k), fill=255, width=5 * k)
            out = (150, 96, 44, 0)[index]
            body = [(left + 150, top + 330), (left + 150, top + 90), (left + 410, top + 90), (left + 410, top + 330), (left + 150, top + 330)]
            pen.line(scaled(stroke(rng, body, 4), k), fill=255, width=6 * k, joint="curve")
            drawer = [(left + 150, top + 130), (left + 410, top + 130), (left + 410 + out, top + 150 + out * 0.3), (left + 150 + out, top + 150 + out * 0.3), (left + 150, top + 130)]
            pen.line(scaled(stroke(rng, drawer, 3), k), fill=255, width=6 * k, joint="curve")
            face = [(left + 150 + out, top + 150 + out * 0.3), (left + 410 + out, top + 150 + out * 0.3), (left + 410 + out, top + 210 + out * 0.3), (left + 150 + out, top + 210 + out * 0.3), (left + 150 + out, top + 150 + out * 0.3)]
            pen.line(scaled(stroke(rng, face, 3), k), fill=255, width=6 * k, joint="curve")
            pen.ellipse(((left + 270 + out) * k, (top + 168 + out * 0.3) * k, (left + 290 + out) * k, (top + 188 + out * 0.3) * k), outline=255, width=5 * k)

    sheet.ink(mask(size, frames), "#23408e", patchy=0.4)

    def arrows(pen: ImageDraw.ImageDraw, k: int) -> None:
        for left, top in ((460, 160), (1080, 160), (440, 600)):
            pen.line(scaled(smooth(stroke(rng, [(left + 130, top + 60), (left + 60, top + 20), (left, top + 30)], 2)), k), fill=255, width=8 * k, joint="curve")
            pen.polygon(scaled([(left - 14, top + 30), (left + 18, top + 12), (left + 20, top + 48)], k), fill=255)

    sheet.ink(mask(size, arrows), "#c8321c")
    return sheet.done()
