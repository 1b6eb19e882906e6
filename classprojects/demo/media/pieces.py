"""The demo's pieces of sound and music.

Each takes a random generator and what it builds on (sounds as arrays, pictures as
Pillow images), and gives a finished sound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from classprojects.demo.media.paint import covering
from classprojects.demo.media.sound import (
    RATE,
    Array,
    bass,
    brush,
    clap,
    clock,
    finished,
    fitted,
    hum,
    note,
    pad,
    place,
    pluck,
    rails,
    rain,
    room,
    shaped,
    silence,
    slowed,
    struck,
    tail,
    thump,
    tine,
)

Rng = np.random.Generator


def night_rain(rng: Rng, sources: Sequence) -> Array:
    """Rain on a carriage window, the rails, and once a far horn."""
    seconds = 20
    track = rain(rng, seconds) * 0.5
    track += rails(rng, seconds) * 0.9
    t = clock(2.6)
    horn = sum(np.sin(2 * np.pi * f * t) for f in (311, 370, 466)) * np.sin(np.linspace(0, math.pi, t.size)) ** 0.6
    place(track, shaped(horn, 250, 900), 12.5, 0.05, 0.5)
    return finished(room(track, 0.9, 0.15), fade_in=1.2, fade_out=2.0)


def platform_kalimba(rng: Rng, sources: Sequence[Array]) -> Array:
    """Eleven tines over somebody's rain."""
    seconds = 22
    track = fitted(shaped(sources[0], 30, 3000), seconds) * 0.24
    scale = [note(n) for n in ("D4", "F4", "G4", "A4", "C5", "D5", "F5", "A5")]
    pattern = [0, 3, 5, 4, 3, 1, 2, 3, 0, 4, 6, 5, 3, 2, 1, 0]
    beat = 0.33
    for index in range(56):
        at = 1.3 + index * beat + (0.03 if index % 2 else 0)
        if rng.random() < 0.14:
            continue
        pitch = scale[(pattern[index % 16] + (2 if index // 16 == 2 else 0)) % 8]
        place(track, tine(pitch), at, 0.3 * rng.uniform(0.7, 1.1), math.sin(index * 0.9) * 0.5)
        if index % 8 == 0:
            place(track, tine(pitch / 2, 2.2), at, 0.3, -0.2)
    return finished(room(track, 1.8, 0.25), fade_in=0.6, fade_out=2.0)


def hummed_seat(rng: Rng, sources: Sequence[Array]) -> Array:
    """A poem hummed line by line over the kalimba and its rain."""
    seconds = 24
    track = fitted(sources[0], seconds) * 0.6
    line = [("A3", 1.1, "m"), ("C4", 0.7, "m"), ("D4", 1.6, "o"), ("C4", 0.6, "m"), ("A3", 1.9, "u"), (None, 0.7, "m"),
            ("F3", 0.9, "m"), ("G3", 0.8, "o"), ("A3", 1.4, "a"), ("G3", 0.7, "m"), ("D3", 2.4, "u"), (None, 0.8, "m"),
            ("D4", 1.0, "a"), ("C4", 0.8, "o"), ("A3", 1.3, "m"), ("G3", 0.8, "m"), ("D3", 3.0, "m")]
    voice = hum(rng, [(note(n) if n else 0, s, v) for n, s, v in line])
    place(track, voice, 1.6, 0.42, -0.08)
    low = hum(rng, [(note("D3"), 4.2, "m"), (note("A2"), 4.2, "m"), (note("D3"), 6, "u")], vibrato=4.2)
    place(track, low, 7.9, 0.2, 0.35)
    return finished(room(track, 2.2, 0.28), fade_in=0.4, fade_out=1.6)


def kettle(rng: Rng, sources: Sequence) -> Array:
    """Two minutes of a kettle told in fourteen seconds; it stops a moment before it sings."""
    seconds = 14
    t = clock(seconds)
    rise = np.clip(t / 11.5, 0, 1)
    hiss = np.stack([shaped(rng.standard_normal(t.size), 500, 3800) for _ in range(2)], axis=1) * (0.015 + 0.14 * rise**2.4)[:, None]
    rumble = shaped(rng.standard_normal(t.size), 70, 240) * (0.1 + 0.7 * rise**1.5) * (0.75 + 0.25 * np.sin(2 * np.pi * (2 + 7 * rise) * t))
    track = hiss + rumble[:, None] * 0.5
    for _ in range(150):
        when = 11.4 * math.sqrt(rng.random())
        f = rng.uniform(240, 900)
        b = clock(0.06)
        place(track, tail(np.sin(2 * np.pi * f * b * (1 + b * 9)) * np.exp(-b * 60), 0.01), when, 0.12 * rng.uniform(0.4, 1), rng.uniform(-0.6, 0.6))
    wobble = 2 * np.pi * np.cumsum(1180 + 260 * np.clip((t - 9.4) / 2.4, 0, 1) + 9 * np.sin(2 * np.pi * 6 * t)) / RATE
    whistle = np.sin(wobble) * np.clip((t - 9.4) / 2.3, 0, 1) ** 2 * np.where(t < 12.1, 1, np.exp(-(t - 12.1) * 7))
    track += np.stack([whistle * 0.34, whistle * 0.3], axis=1)
    track *= np.where(t < 12.1, 1, np.exp(-(t - 12.1) * 2.2))[:, None]
    place(track, struck(rng, (690, 1270, 2210), 0.6, 14, 0.4), 12.12, 0.35)
    return finished(room(track, 0.6, 0.12), fade_in=0.5, fade_out=0.8)


SPOON = (2350, 3720, 5480, 7310)
LID = (412, 986, 1533, 2290)


def drawer(rng: Rng, sources: Sequence) -> Array:
    """Everything in one kitchen drawer, in seven-eight."""
    beat, seconds = 0.165, 17.0
    track = silence(seconds)
    for bar in range(14):
        start = 0.4 + bar * 7 * beat
        for step, what in enumerate("LsSLsSs" if bar % 4 != 3 else "LSSLsLS"):
            at = start + step * beat + rng.normal(0, 0.004)
            if what == "L":
                place(track, thump(70, 190, 0.3), at, 0.8)
                place(track, struck(rng, LID, 0.5, 13, 0.2), at, 0.5, -0.3)
            else:
                place(track, struck(rng, SPOON if what == "S" else [f * 1.12 for f in SPOON], 0.3, 24 if what == "S" else 46, 0.25), at, 0.5 if what == "S" else 0.28, 0.4 if what == "S" else 0.1)
            if bar >= 4 and step in (2, 5):
                place(track, brush(rng, 0.05), at + beat / 2, 0.22, -0.6)
        if bar >= 6:
            place(track, struck(rng, (880, 1320, 2640) if bar % 2 else (784, 1176, 2350), 1.2, 3.4, 0.02), start + 3 * beat, 0.22, 0.6)
    slide = brush(rng, 0.4, 500, 2400)
    place(track, slide, 16.3, 0.6)
    place(track, thump(80, 220, 0.2), 16.62, 0.9)
    return finished(room(track, 0.7, 0.16), fade_out=0.2)


def swung_drawer(rng: Rng, sources: Sequence[Array]) -> Array:
    """The drawer with a bass under it and a clap that is late on purpose."""
    seconds = 19
    beat = 0.165
    track = fitted(sources[0], seconds) * 0.8
    lines = (("D2", "D2", "F2"), ("G2", "G2", "A2"), ("D2", "C2", "D2"), ("F2", "G2", "A2"))
    for bar in range(15):
        start = 0.4 + bar * 7 * beat
        if bar >= 2:
            for (step, length), name in zip(((0, 2.6), (3, 1.7), (5, 1.8)), lines[bar % 4], strict=True):
                place(track, bass(note(name), length * beat), start + step * beat, 0.62)
            place(track, clap(rng), start + 3 * beat + 0.028, 0.5, 0.15)
        if bar >= 6:
            for step in (1, 4, 6):
                place(track, pluck(rng, note(("D4", "F4", "A4", "C5")[(bar + step) % 4]), 0.8, bright=0.5, damp=0.99), start + step * beat, 0.28, -0.45)
        for step in range(7):
            place(track, brush(rng, 0.03, 6000, 14000), start + step * beat + (0.02 if step % 2 else 0), 0.12, 0.5)
    return finished(room(track, 0.9, 0.14), fade_out=0.9)


def crossing(rng: Rng, sources: Sequence[Array]) -> Array:
    """The drawer waits at a level crossing; a train goes through it from left to right."""
    beat_track, train = sources
    seconds = 20
    track = fitted(beat_track, seconds) * 0.75
    passing = fitted(slowed(train, 0.8), seconds)
    t = clock(seconds)
    near = np.exp(-(((t - 10.5) / 4.2) ** 2))
    duck = 1 - 0.72 * near
    side = np.clip((t - 10.5) / 5, -1, 1)
    track *= duck[:, None]
    track += passing * (near * 1.15)[:, None] * np.stack([1 - 0.6 * side, 1 + 0.6 * side], axis=1)
    for index in range(14):
        at = 4.2 + index * 0.62
        place(track, struck(rng, (1046, 1568, 2093), 0.5, 9, 0.02), at, 0.2 * (0.5 + 0.5 * math.sin(index / 13 * math.pi)), -0.7 if index % 2 else 0.7)
    return finished(room(track, 1.1, 0.16), fade_out=1.0)


def four_strings(rng: Rng, sources: Sequence) -> Array:
    """Four strings and one right hand."""
    seconds = 20
    track = silence(seconds)
    chords = [("C3", "G3", "C4", "E4"), ("A2", "E3", "C4", "E4"), ("F2", "C3", "A3", "F4"), ("G2", "D3", "B3", "G4")]
    picking = [0, 2, 1, 3, 2, 1, 3, 2]
    beat = 0.29
    for index in range(60):
        chord = chords[index // 16 % 4] if index < 56 else chords[0]
        at = 0.3 + index * beat + rng.normal(0, 0.006) + (0.12 if index >= 56 else 0)
        string = picking[index % 8]
        place(track, pluck(rng, note(chord[string]), 2.2, bright=0.55 + 0.2 * rng.random()), at, 0.42 * rng.uniform(0.8, 1.1) * (1.15 if index % 8 == 0 else 1), (string - 1.5) * 0.25)
    for melody, at in (("E5", 9.58), ("D5", 10.16), ("C5", 10.74), ("G4", 11.9), ("A4", 14.22), ("C5", 15.1), ("B4", 16.0), ("C5", 17.7)):
        place(track, pluck(rng, note(melody), 2.0, bright=0.8), at, 0.4, 0.2)
    return finished(room(track, 1.4, 0.22), fade_out=1.4)


def slow_door(rng: Rng, sources: Sequence[Array]) -> Array:
    """Four strings at half speed, a pad that opens like a door, and the hinge."""
    seconds = 24
    track = fitted(slowed(sources[0], 1.5), seconds) * 0.7
    for index, chord in enumerate((("F2", "C3", "A3"), ("D2", "A2", "F3"), ("C2", "G2", "E3"), ("F2", "C3", "G3"))):
        place(track, pad([note(n) for n in chord], 8.5, attack=2.6, release=3.0, colour=900 + 500 * index), index * 5.2, 0.34)
    t = clock(3.2)
    creak = np.sin(2 * np.pi * np.cumsum(210 + 90 * np.sin(t * 2.2) + 40 * np.sign(np.sin(2 * np.pi * 23 * t))) / RATE) * np.abs(np.sin(2 * np.pi * 11.5 * t)) ** 6
    place(track, shaped(creak, 300, 2600) * np.sin(np.linspace(0, math.pi, t.size)), 2.2, 0.14, -0.6)
    return finished(room(track, 2.6, 0.3), fade_in=0.8, fade_out=2.6)


def salt(rng: Rng, sources: Sequence[Image.Image]) -> Array:
    """A salt flat as heard: glass for its cells, a low sun, a wind that was not in the picture."""
    seconds = 20
    track = pad([note(n) for n in ("E2", "B2", "F#3", "G#3")], seconds, attack=4, release=5, colour=1300) * 0.2
    light = np.asarray(covering(sources[0].convert("L"), (20, 10)), dtype=float)[5:] / 255
    scale = [note(n) for n in ("E5", "F#5", "G#5", "B5", "C#6", "E6", "F#6")]
    for column in range(20):
        for row in range(5):
            if light[row, column] > np.percentile(light, 62) and rng.random() < 0.75:
                at = 1 + column * 0.88 + row * 0.16
                place(track, struck(rng, [scale[(row * 2 + column) % 7] * k for k in (1, 2.76, 5.4)], 2.4, 2.2, 0.0), at, 0.4, -0.9 + row * 0.45)
    t = clock(seconds)
    wind = np.stack([shaped(rng.standard_normal(t.size), 260, 900, slope=1.5) for _ in range(2)], axis=1)
    track += wind * (0.02 + 0.02 * np.sin(2 * np.pi * t / 7.3))[:, None]
    return finished(room(track, 3.0, 0.4), fade_in=1.2, fade_out=3.0)


def storm_rows(rng: Rng, sources: Sequence[Image.Image]) -> Array:
    """A picture read from left to right: forty columns, height is pitch, brightness is loudness."""
    seconds = 18
    track = silence(seconds)
    picture = covering(sources[0].convert("RGB"), (40, 9))
    light = np.asarray(picture.convert("L"), dtype=float) / 255
    warm = np.asarray(picture, dtype=float)[..., 0] / 255 - np.asarray(picture, dtype=float)[..., 2] / 255
    scale = [note(n) for n in ("A5", "G5", "E5", "D5", "C5", "A4", "G4", "E4", "A3")]
    ease = (light - light.min()) / (light.max() - light.min())
    for column in range(40):
        at = 0.4 + column * 0.4
        strongest = np.argsort(ease[:, column])[-3:]
        for rank, row in enumerate(strongest):
            level = ease[row, column] ** 1.6 * min(1, (column + 2) / 8)
            sound = pluck(rng, scale[row], 1.6, bright=0.3 + 0.6 * ease[row, column]) if warm[row, column] > 0.06 else tine(scale[row], 1.5)
            place(track, sound, at + rank * 0.1, 0.4 * level, (column / 39 - 0.5) * 1.4)
        if column % 4 == 0:
            place(track, thump(50, 100, 0.5), at, 0.35 + 0.4 * (1 - light[:, column].mean()))
    t = clock(seconds)
    gust = np.interp(t, np.linspace(0.4, 16.4, 40), np.clip(np.abs(np.gradient(light.mean(axis=0))), 0, 0.06))
    wind = np.stack([shaped(rng.standard_normal(t.size), 180, 1400) for _ in range(2)], axis=1)
    track += wind * (0.01 + gust * 0.9)[:, None]
    return finished(room(track, 1.8, 0.25), fade_out=1.6)


QUEUE = (("A3", 0.8, "m"), ("B3", 0.4, "m"), ("C#4", 1.2, "m"), ("A3", 0.8, "u"), ("E3", 1.6, "m"), (None, 0.4, "m"), ("F#3", 0.8, "m"), ("G#3", 0.4, "m"), ("A3", 1.2, "o"), ("F#3", 0.8, "m"), ("E3", 2.0, "m"))


def queue_hum(rng: Rng, sources: Sequence) -> Array:
    """What one person hums while waiting for number 84."""
    seconds = 13.5
    track = silence(seconds)
    place(track, hum(rng, [(note(n) if n else 0, s, v) for n, s, v in QUEUE]), 1.4, 0.6, -0.05)
    murmur = np.stack([shaped(rng.standard_normal(round(seconds * RATE)), 180, 620) for _ in range(2)], axis=1)
    t = clock(seconds)
    track += murmur * (0.014 + 0.008 * np.sin(2 * np.pi * 0.9 * t + np.sin(t * 2.2)))[:, None]
    ding = clock(1.2)
    place(track, (np.sin(2 * np.pi * 988 * ding) + 0.4 * np.sin(2 * np.pi * 1976 * ding)) * np.exp(-ding * 4), 12.0, 0.22, 0.5)
    place(track, (np.sin(2 * np.pi * 784 * ding)) * np.exp(-ding * 4), 12.32, 0.2, 0.5)
    return finished(room(track, 1.2, 0.2), fade_in=0.3, fade_out=0.5)


def queue_thirds(rng: Rng, sources: Sequence[Array]) -> Array:
    """The same hum, and one by one the rest of the queue."""
    seconds = 19
    track = silence(seconds)
    place(track, sources[0], 0, 0.8)
    parts = ((1.26, 4.6, 0.55, 5.1), (0.75, 4.6, -0.6, 4.4), (1.5, 9.0, 0.3, 5.3), (0.5, 9.0, -0.2, 4.0))
    for ratio, at, side, vibrato in parts:
        line = [(note(n) * ratio if n else 0, s * 0.8 if at > 8 else s, v) for n, s, v in QUEUE]
        place(track, hum(rng, line, vibrato=vibrato), at, 0.3, side)
    for step in range(18):
        place(track, thump(60, 120, 0.25), 5.0 + step * 0.8, 0.25)
        place(track, brush(rng, 0.06, 2500, 8000), 5.4 + step * 0.8, 0.16, 0.2)
    return finished(room(track, 2.0, 0.26), fade_out=2.0)


def everybody(rng: Rng, sources: Sequence[Array]) -> Array:
    """Drawer, train, queue and strings in one room, let in one after the other."""
    drawers, voices, strings = sources
    seconds = 25
    track = fitted(drawers, seconds) * 0.6
    place(track, fitted(drawers, 8.08) * np.linspace(0.2, 0.6, round(8.08 * RATE))[:, None], 16.2)
    t = clock(seconds)
    track += fitted(strings, seconds) * (0.55 * np.clip((t - 3) / 4, 0, 1))[:, None]
    place(track, fitted(voices, 17) * 0.7, 7.0)
    for index in range(15):
        place(track, thump(), 9 + index * 1.155, 0.45)
    return finished(room(track, 1.6, 0.18), fade_in=0.1, fade_out=2.2)


def five_sounds(rng: Rng, sources: Sequence, *, things: str = "gltsd", gap: float = 1.7) -> Array:
    """Five things from a kitchen, one after the other: glass, lid, tap, spoon, drawer, whistle."""
    track = silence(len(things) * gap + 1.2)
    for index, thing in enumerate(things):
        kitchen_sound(rng, track, thing, 0.4 + index * gap)
    return finished(room(track, 0.6, 0.15), fade_out=0.5)


def kitchen_sound(rng: Rng, track: Array, thing: str, at: float, level: float = 0.6) -> None:
    side = rng.uniform(-0.5, 0.5)
    if thing == "g":
        place(track, struck(rng, (1180, 2890, 5240), 1.8, 3.0, 0.05), at, level, side)
        place(track, struck(rng, (1320, 3190, 5700), 1.6, 3.4, 0.05), at + 0.42, level * 0.8, side)
    elif thing == "l":
        for n in range(9):
            place(track, struck(rng, LID, 0.5, 11, 0.2), at + 0.9 * (1 - 0.82**n), level * 0.85**n, side)
    elif thing == "t":
        for n in range(6):
            b = clock(0.09)
            place(track, tail(np.sin(2 * np.pi * (600 + 80 * (n % 3)) * b * (1 + b * 12)) * np.exp(-b * 40), 0.02), at + n * 0.23, level * 0.8, side)
    elif thing == "s":
        for n in range(5):
            place(track, struck(rng, SPOON, 0.4, 18, 0.3), at + n * 0.16, level * (0.6 if n % 2 else 1), side)
    elif thing == "d":
        place(track, brush(rng, 0.45, 300, 1900), at, level * 1.2, side)
        place(track, thump(70, 200, 0.25), at + 0.5, level * 1.3, side)
    else:
        b = clock(1.3)
        tone = np.sin(2 * np.pi * np.cumsum(1500 + 380 * np.clip(b * 4, 0, 1) + 12 * np.sin(2 * np.pi * 7 * b)) / RATE)
        hiss = shaped(rng.standard_normal(b.size), 1500, 7000)
        place(track, tail((tone * 0.6 + hiss * 0.35) * np.sin(np.linspace(0.1, math.pi, b.size)) ** 0.5, 0.3), at, level * 0.7, side)


def kitchen_loop(rng: Rng, sources: Sequence, *, pattern: str = "d.s.l.s.", beat: float = 0.26, bars: int = 7, whistle: bool = False, tight: bool = True) -> Array:
    """A loop from kitchen sounds; not tight means with the silence left before each hit."""
    track = silence(bars * len(pattern) * beat + 1.2)
    for bar in range(bars):
        for step, thing in enumerate(pattern):
            if thing == ".":
                continue
            at = 0.3 + (bar * len(pattern) + step) * beat + (0 if tight else abs(rng.normal(0, 0.05)))
            if thing == "d":
                place(track, thump(60, 180, 0.3), at, 0.8)
            elif thing == "s":
                place(track, struck(rng, SPOON, 0.25, 34, 0.25), at, 0.4, 0.4)
            elif thing == "l":
                place(track, struck(rng, LID, 0.5, 12, 0.25), at, 0.5, -0.4)
            else:
                place(track, struck(rng, (1180 * (1 + 0.125 * (step % 3)), 2890), 1.0, 4, 0.03), at, 0.4, 0.1)
        if whistle and bar % 2:
            kitchen_sound(rng, track, "w", 0.3 + bar * len(pattern) * beat, 0.35)
    return finished(room(track, 0.8, 0.16), fade_out=0.6)


def neighbour_loop(rng: Rng, sources: Sequence[Array], *, pattern: str = "t.tt..t.") -> Array:
    """A classmate's recording laid under taps and a bass of one's own."""
    seconds = 15
    beat = 0.25
    track = silence(seconds)
    piece = sources[0]
    part = fitted(piece, 3.6)
    for index in range(4):
        place(track, part if index % 2 == 0 else part[::-1], 0.2 + index * 3.6, 0.6)
    for index in range(54):
        at = 1.2 + index * beat
        if pattern[index % len(pattern)] == "t":
            b = clock(0.09)
            place(track, tail(np.sin(2 * np.pi * (520 + 90 * (index % 4)) * b * (1 + b * 12)) * np.exp(-b * 36), 0.02), at, 0.5, math.sin(index))
        if index % 8 in (0, 3):
            place(track, bass(note(("C2", "F2", "G2", "C2")[index // 8 % 4]), 0.6), at, 0.5)
    return finished(room(track, 1.0, 0.18), fade_out=1.2)


def read_aloud(rng: Rng, sources: Sequence, *, root: str = "G2", lines: int = 5) -> Array:
    """A poem with its words taken out: the tune of the reading only."""
    track = silence(lines * 3.1 + 1.6)
    for line in range(lines):
        phrase: list[tuple[float, float, str]] = []
        for _ in range(int(rng.integers(5, 8))):
            phrase.append((note(root) * 2 ** (int(rng.integers(-2, 6)) / 12), float(rng.uniform(0.16, 0.42)), str(rng.choice(list("aoeum")))))
        phrase.append((note(root) * (0.94 if line < lines - 1 else 0.84), 0.6, "a"))
        place(track, hum(rng, phrase, vibrato=3.1), 0.5 + line * 3.1, 0.6)
    return finished(room(track, 0.7, 0.14), fade_out=0.8)


def lesson_listening(rng: Rng, sources: Sequence) -> Array:
    """The listening round: a held room tone with one thing at a time in it, then all of it as a loop."""
    track = silence(24)
    for index, thing in enumerate("gtlsd"):
        kitchen_sound(rng, track, thing, 1 + index * 2.1)
    for bar in range(5):
        for step, thing in enumerate("d.s.l.sg"):
            at = 12.6 + (bar * 8 + step) * 0.24
            if thing == "d":
                place(track, thump(60, 180, 0.3), at, 0.8)
            elif thing == "s":
                place(track, struck(rng, SPOON, 0.25, 34, 0.25), at, 0.4, 0.4)
            elif thing == "l":
                place(track, struck(rng, LID, 0.5, 12, 0.25), at, 0.5, -0.4)
            elif thing == "g":
                place(track, struck(rng, (1180, 2890), 1.0, 4, 0.03), at, 0.3)
    track += shaped(rng.standard_normal(track.shape), 60, 240) * 0.02
    return finished(room(track, 0.8, 0.18), fade_in=0.4, fade_out=1.2)


def lesson_rhythm(rng: Rng, sources: Sequence) -> Array:
    """One line said three ways: as the original falls, as a plain version limps, as the mended one walks."""
    track = silence(21)
    for version, (beats, root) in enumerate((((0, 0.5, 1.0, 1.75, 2.25, 3.0), "A2"), ((0, 0.3, 0.5, 0.7, 1.4, 1.6, 1.8, 2.0, 2.9, 3.1), "A2"), ((0, 0.45, 1.0, 1.6, 2.2, 2.6, 3.1), "A2"))):
        start = 1 + version * 6.6
        phrase = []
        for index, beat in enumerate(beats):
            long = (beats[index + 1] if index + 1 < len(beats) else beat + 0.9) - beat
            phrase.append((note(root) * 2 ** ((4 - index % 5) / 12), max(0.16, long * 1.25), "aoemu"[index % 5]))
            place(track, struck(rng, (300, 700), 0.2, 40, 0.1), start + beat * 1.25, 0.16, 0.3)
        place(track, hum(rng, phrase, vibrato=3), start, 0.6)
    return finished(room(track, 0.9, 0.16), fade_out=0.6)


def lesson_sound_first(rng: Rng, sources: Sequence) -> Array:
    """Ten seconds of sound with a hole where the picture will go."""
    track = silence(20)
    t = clock(20)
    track += np.stack([shaped(rng.standard_normal(t.size), 120, 500) for _ in range(2)], axis=1) * 0.03
    for start in (1.0, 11.0):
        for step in range(4):
            place(track, struck(rng, (520, 1240), 0.25, 26, 0.3), start + step * 0.55, 0.35, -0.6 + step * 0.3)
        place(track, brush(rng, 0.9, 400, 2200), start + 2.6, 0.7)
        place(track, thump(50, 150, 0.5), start + 4.1, 0.9)
        if start > 5:
            for step, n in enumerate(("E4", "G4", "B4", "E5")):
                place(track, tine(note(n), 2), start + 5 + step * 0.34, 0.4, -0.4 + step * 0.25)
    return finished(room(track, 1.0, 0.2), fade_in=0.3, fade_out=1.0)


def quiet_bed(rng: Rng, seconds: float, chords: Sequence[Sequence[str]], *, tines: bool = True) -> Array:
    """Soft music for a film: a pad, and a few tines."""
    track = silence(seconds)
    each = seconds / len(chords)
    for index, chord in enumerate(chords):
        place(track, pad([note(n) for n in chord], each + 1.4, attack=0.9, release=1.4), index * each, 0.32)
        if tines:
            for step in range(int(each / 0.5)):
                if rng.random() < 0.7:
                    pitch = note(chord[int(rng.integers(0, len(chord)))]) * 2
                    place(track, tine(pitch, 1.4), index * each + step * 0.5, 0.2, rng.uniform(-0.5, 0.5))
    return finished(room(track, 1.6, 0.25), fade_in=0.3, fade_out=1.0, peak=0.55)
