"""What the demo's sounds are made with: strings, tines, spoons, pads, voices, rain and a room.

Sounds are float arrays (samples, 2) at RATE, around -1 to 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import av
import av.container
import numpy as np

Array = np.ndarray
Rng = np.random.Generator

RATE = 32_000
CODECS = {".wav": "pcm_s16le", ".flac": "flac", ".mp3": "libmp3lame", ".ogg": "libopus"}


def note(name: str) -> float:
    """The frequency of a note such as A4 or F#3, in hertz."""
    steps = {"C": -9, "D": -7, "E": -5, "F": -4, "G": -2, "A": 0, "B": 2}[name[0]]
    steps += name.count("#") - name.count("b")
    return 440 * 2 ** (steps / 12 + int(name[-1]) - 4)


def clock(seconds: float) -> Array:
    return np.arange(round(seconds * RATE)) / RATE


def silence(seconds: float) -> Array:
    return np.zeros((round(seconds * RATE), 2))


def shaped(signal: Array, low: float, high: float, *, slope: float = 2.0) -> Array:
    """The signal with what lies under `low` and over `high` hertz softened away."""
    # In single precision and a length that halves evenly: a third of the time, and nobody hears it.
    count = signal.shape[0]
    size = 1 << (count - 1).bit_length()
    spectrum = np.fft.rfft(signal.astype(np.float32), size, axis=0)
    pitch = np.fft.rfftfreq(size, 1 / RATE).astype(np.float32)
    gain = 1 / np.sqrt(1 + (low / np.maximum(pitch, 1e-3)) ** (2 * slope)) / np.sqrt(1 + (pitch / high) ** (2 * slope))
    return np.fft.irfft(spectrum * (gain[:, None] if signal.ndim == 2 else gain), size, axis=0)[:count].astype(np.float64)


def place(track: Array, sound: Array, at: float, gain: float = 1.0, pan: float = 0.0) -> None:
    """Add a sound at a moment (seconds); pan is -1 left to 1 right."""
    start = round(at * RATE)
    if start >= track.shape[0] or start < 0:
        return
    if sound.ndim == 1:
        angle = (pan + 1) * np.pi / 4
        sound = np.stack([sound * np.cos(angle), sound * np.sin(angle)], axis=1)
    sound = sound[: track.shape[0] - start]
    track[start : start + sound.shape[0]] += sound * gain


def pluck(rng: Rng, frequency: float, seconds: float, *, bright: float = 0.6, damp: float = 0.996) -> Array:
    """A plucked string: Karplus and Strong's loop of noise that wears itself smooth (1983)."""
    period = max(2, round(RATE / frequency))
    burst = rng.uniform(-1, 1, period)
    for _ in range(int((1 - bright) * 8)):
        burst = (burst + np.roll(burst, 1)) / 2
    rounds = round(seconds * RATE) // period + 1
    out = np.empty((rounds, period))
    out[0] = burst - burst.mean()
    for index in range(1, rounds):
        before = out[index - 1]
        carried = out[index - 2, -1] if index > 1 else 0.0
        out[index] = damp * 0.5 * (before + np.concatenate([[carried], before[:-1]]))
    string = out.reshape(-1)[: round(seconds * RATE)]
    return tail(string / max(1e-9, np.abs(string).max()), 0.05)


def tail(signal: Array, seconds: float, attack: float = 0.002) -> Array:
    """No click at either end."""
    out = signal.copy()
    rise, fall = min(len(out), max(1, round(attack * RATE))), min(len(out), max(1, round(seconds * RATE)))
    up, down = np.linspace(0, 1, rise), np.linspace(1, 0, fall)
    out[:rise] *= up if out.ndim == 1 else up[:, None]
    out[-fall:] *= down if out.ndim == 1 else down[:, None]
    return out


def tine(frequency: float, seconds: float = 1.6) -> Array:
    """One tine of a kalimba: a sine, two crooked overtones and the thumb."""
    t = clock(seconds)
    tone = np.sin(2 * np.pi * frequency * t) * np.exp(-t * 3.1)
    tone += 0.28 * np.sin(2 * np.pi * frequency * 5.4 * t) * np.exp(-t * 16)
    tone += 0.12 * np.sin(2 * np.pi * frequency * 2.01 * t) * np.exp(-t * 6)
    tone += 0.2 * np.sin(2 * np.pi * 190 * t) * np.exp(-t * 60)
    return tail(tone * 0.7, 0.2)


def struck(rng: Rng, partials: Sequence[float], seconds: float, decay: float, scrape: float = 0.2) -> Array:
    """A spoon, a lid, a glass: a few partials that do not agree, and a little noise."""
    t = clock(seconds)
    tone = sum(rng.uniform(0.4, 1) * np.sin(2 * np.pi * f * t + rng.uniform(0, 6)) * np.exp(-t * decay * (0.7 + 0.5 * i)) for i, f in enumerate(partials))
    tone = tone / len(partials) + rng.standard_normal(t.size) * np.exp(-t * 180) * scrape
    return tail(tone, 0.03, 0.0006)


def thump(low: float = 48, high: float = 130, seconds: float = 0.4) -> Array:
    t = clock(seconds)
    sweep = low + (high - low) * np.exp(-t * 26)
    return tail(np.sin(2 * np.pi * np.cumsum(sweep) / RATE) * np.exp(-t * 8.5), 0.05)


def brush(rng: Rng, seconds: float = 0.09, low: float = 3500, high: float = 12000) -> Array:
    t = clock(max(seconds * 3, 0.05))
    return tail(shaped(rng.standard_normal(t.size), low, high) * np.exp(-t / seconds * 2.2), 0.01)


def clap(rng: Rng) -> Array:
    t = clock(0.28)
    body = shaped(rng.standard_normal(t.size), 900, 2800)
    hits = sum(np.where(t >= lag, np.exp(-(t - lag) * 110), 0) for lag in (0, 0.011, 0.019)) + np.exp(-t * 22) * 0.35
    return tail(body * hits, 0.03)


def bass(frequency: float, seconds: float) -> Array:
    t = clock(seconds)
    tone = np.sin(2 * np.pi * frequency * t) + 0.32 * np.sin(4 * np.pi * frequency * t) + 0.12 * np.sin(6 * np.pi * frequency * t)
    return tail(np.tanh(tone * 1.3) * np.exp(-t * 1.6), 0.06, 0.008)


def harmonics(phase: Array, count: int) -> Iterator[Array]:
    """sin(phase), sin(2 phase), ... each from the two before it, which is faster than asking for sines."""
    twice = 2 * np.cos(phase)
    before, current = np.zeros_like(phase), np.sin(phase)
    for _ in range(count):
        yield current
        before, current = current, twice * current - before


def pad(frequencies: Sequence[float], seconds: float, *, attack: float = 1.2, release: float = 1.5, colour: float = 1800) -> Array:
    """Held chords: three slightly disagreeing voices a note, left and right."""
    t = clock(seconds)
    out = np.zeros((t.size, 2))
    for index, frequency in enumerate(frequencies):
        for drift, side in ((-0.003, 0.25), (0.0, 0.5), (0.0034, 0.75)):
            phase = 2 * np.pi * frequency * (1 + drift) * t + index * 1.7 + side * 5
            voice = sum(harmonic / k**1.6 for k, harmonic in enumerate(harmonics(phase, 5), start=1))
            out[:, 0] += voice * (1 - side)
            out[:, 1] += voice * side
    out = shaped(out / (len(frequencies) * 2.2), 60, colour, slope=1.2)
    return tail(out * (1 + 0.08 * np.sin(2 * np.pi * 0.23 * t))[:, None], release, attack)


VOWELS = {"m": ((240, 1.0, 70), (1050, 0.1, 200)), "o": ((430, 1.0, 80), (820, 0.55, 100), (2500, 0.08, 200)), "a": ((720, 1.0, 110), (1150, 0.6, 120), (2600, 0.14, 200)), "u": ((320, 1.0, 70), (700, 0.3, 100)), "e": ((450, 1.0, 90), (1900, 0.35, 150), (2600, 0.2, 200))}


def hum(rng: Rng, line: Sequence[tuple[float, float, str]], *, vibrato: float = 4.9) -> Array:
    """A voice without words: notes (hertz, seconds, vowel) sung on one breath."""
    total = sum(seconds for _, seconds, _ in line)
    t = clock(total)
    pitch = np.empty(t.size)
    open_ = np.empty(t.size)
    blends = {vowel: np.zeros(t.size) for vowel in VOWELS}
    at = 0
    for index, (frequency, seconds, vowel) in enumerate(line):
        end = t.size if index == len(line) - 1 else at + round(seconds * RATE)
        pitch[at:end] = frequency
        length = end - at
        swell = np.sin(np.linspace(0.25, np.pi - 0.2, length)) ** 0.7
        open_[at:end] = swell if frequency else 0
        blends[vowel][at:end] = 1
        at = end
    pitch = np.where(pitch > 0, pitch, 160)
    width = round(0.03 * RATE)

    def eased(curve: Array) -> Array:
        # Two running means make a soft corner, and cost two sums.
        for _ in range(2):
            padded = np.concatenate([np.full(width // 2 + 1, curve[0]), curve, np.full(width - width // 2 - 1, curve[-1])])
            total = np.concatenate([[0.0], np.cumsum(padded)])
            curve = (total[width:] - total[:-width])[: curve.size] / width
        return curve

    wobble = 1 + 0.006 * np.sin(2 * np.pi * vibrato * t) * np.clip(t * 0.7, 0, 1) + 0.002 * np.cumsum(rng.standard_normal(t.size)) / np.sqrt(t.size)
    phase = 2 * np.pi * np.cumsum(eased(pitch) * wobble) / RATE
    mean = float(pitch.mean())
    sung = {vowel: np.clip(eased(amount), 0, 1) for vowel, amount in blends.items() if amount.any()}
    sounds = {vowel: np.zeros(t.size) for vowel in sung}
    for k, harmonic in enumerate(harmonics(phase, 21), start=1):
        for vowel, sound in sounds.items():
            weight = sum(level / (1 + ((mean * k - centre) / spread) ** 2) for centre, level, spread in VOWELS[vowel]) + 0.02 / k
            sound += harmonic * (weight / k**0.35)
    voice = sum(sounds[vowel] * sung[vowel] for vowel in sung)
    breath = shaped(rng.standard_normal(t.size), 400, 2600) * 0.014
    voice = (voice / max(1e-9, np.abs(voice).max()) + breath) * np.clip(eased(open_), 0, 1)
    return tail(voice, 0.1, 0.03)


def rain(rng: Rng, seconds: float, *, heavy: float = 1.0) -> Array:
    """Rain on a window: a soft roar and single drops near you."""
    size = round(seconds * RATE)
    out = np.stack([shaped(rng.standard_normal(size), 260, 3400, slope=0.9) for _ in range(2)], axis=1) * 0.07
    sway = np.interp(np.arange(size), np.linspace(0, size, 12), rng.uniform(0.65, 1.1, 12))
    out *= sway[:, None]
    t = clock(0.05)
    for _ in range(int(seconds * 26 * heavy)):
        f = rng.uniform(900, 4200)
        drop = np.sin(2 * np.pi * f * t * (1 + t * 3)) * np.exp(-t * rng.uniform(90, 240))
        place(out, tail(drop, 0.01, 0.0008), rng.uniform(0, seconds - 0.06), rng.uniform(0.02, 0.13), rng.uniform(-0.9, 0.9))
    return out


def rails(rng: Rng, seconds: float, *, every: float = 1.32) -> Array:
    """A carriage heard from inside: rumble, and two axles over each joint."""
    size = round(seconds * RATE)
    rumble = shaped(rng.standard_normal((size, 2)), 32, 150, slope=1.4) * 0.75
    squeak = shaped(rng.standard_normal(size), 1800, 2300, slope=3) * (0.5 + 0.5 * np.sin(2 * np.pi * clock(seconds)[:size] / 5.1)) * 0.03
    out = rumble + squeak[:, None]
    at = 0.4
    while at < seconds - 0.6:
        for lag, level in ((0, 0.8), (0.13, 0.62), (0.42, 0.5), (0.55, 0.38)):
            knock = thump(62, 150, 0.22) + struck(rng, (310, 472, 835), 0.22, 30, 0.12) * 0.6
            place(out, knock, at + lag, level * rng.uniform(0.85, 1.1) * 0.6, rng.uniform(-0.3, 0.3))
        at += every
    return out


def room(sound: Array, seconds: float = 1.4, amount: float = 0.22, seed: int = 5) -> Array:
    """The sound in a room: convolved with noise that dies away."""
    rng = np.random.default_rng(seed)
    t = clock(seconds)
    echo = rng.standard_normal((t.size, 2)) * np.exp(-t * 5.2 / seconds)[:, None]
    echo = shaped(echo, 180, 5200, slope=1)
    echo[: round(0.012 * RATE)] = 0
    echo /= np.sqrt((echo**2).sum(axis=0))
    size = 1 << (sound.shape[0] + echo.shape[0] - 1).bit_length()
    dry, echo = sound.astype(np.float32), echo.astype(np.float32)
    wet = np.fft.irfft(np.fft.rfft(dry, size, axis=0) * np.fft.rfft(echo, size, axis=0), size, axis=0)[: sound.shape[0]]
    return sound * (1 - amount * 0.4) + wet * amount


def finished(sound: Array, *, fade_in: float = 0.02, fade_out: float = 0.6, peak: float = 0.66) -> Array:
    """Levelled and faded: loud enough, never clipped."""
    sound = sound - sound.mean(axis=0)
    loud = np.sqrt((sound**2).mean()) + 1e-9
    sound = np.tanh(sound / loud * 0.16 * 1.2)
    sound = sound / max(1e-9, np.abs(sound).max()) * peak
    return tail(sound, fade_out, fade_in)


def fitted(sound: Array, seconds: float) -> Array:
    """The sound cut, or followed by silence, so that it lasts `seconds`."""
    size = round(seconds * RATE)
    if sound.shape[0] >= size:
        return sound[:size]
    return np.concatenate([sound, np.zeros((size - sound.shape[0], 2))])


def slowed(sound: Array, factor: float) -> Array:
    """Played slower (factor over 1) and so lower, like a tape."""
    at = np.arange(0, sound.shape[0] - 1, 1 / factor)
    low = at.astype(int)
    part = (at - low)[:, None]
    return sound[low] * (1 - part) + sound[low + 1] * part


def load(path: Path) -> Array:
    """A sound file, or the sound of a film, as an array."""
    parts = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
        for frame in container.decode(audio=0):
            parts += [piece.to_ndarray() for piece in resampler.resample(frame)]
        parts += [piece.to_ndarray() for piece in resampler.resample(None)]
    return np.concatenate(parts, axis=1).T.astype(np.float64)


def save(sound: Array, path: Path) -> None:
    """Write the sound; the ending of the name says how. WAV is written with one channel, as small recorders do."""
    with av.open(str(path), "w") as container:
        stream = cast(av.AudioStream, container.add_stream(CODECS[path.suffix], rate=48_000 if path.suffix == ".ogg" else RATE, layout="mono" if path.suffix == ".wav" else "stereo"))
        if path.suffix in (".mp3", ".ogg"):
            stream.bit_rate = 96_000
        if path.suffix == ".ogg":
            stream.options = {"compression_level": "4"}
        write(container, stream, sound)


def write(container: av.container.OutputContainer, stream: av.AudioStream, sound: Array) -> None:
    """Encode a whole sound into one stream of an open file."""
    if stream.codec_context.format is not None and stream.codec_context.format.name.startswith("flt"):
        kind, data = "flt", sound.astype(np.float32)
    else:
        kind, data = "s16", (np.clip(sound, -1, 1) * 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data.reshape(1, -1)), format=kind, layout="stereo")
    frame.sample_rate = RATE
    frame.pts = 0
    resampler = av.AudioResampler(
        format=stream.codec_context.format or kind, layout=stream.codec_context.layout, rate=stream.codec_context.sample_rate, frame_size=stream.codec_context.frame_size or 4096
    )
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        for packet in stream.encode(piece):
            container.mux(packet)
    for packet in stream.encode(None):
        container.mux(packet)
