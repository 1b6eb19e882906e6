"""What is cut out of files: the same samples, frames and pixels, so many as were asked for, and nothing besides."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from classprojects.gateways.transcoder import MediaRefused, identify, make_cut
from tests.factories.media import film_file, picture, picture_file, sound_file

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

RATE = 48_000


@pytest.fixture
def outdir(tmp_path: Path) -> Path:
    """An empty folder for what is made."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def cut(tool: str, paths: Path | list[Path], outdir: Path, extension: str, **values: Any) -> Path:
    """One cut, as the worker has it made."""
    inputs = [paths] if isinstance(paths, Path) else paths
    return make_cut(tool, inputs, outdir, extension, values, 60)


def heard(path: Path, layout: str = "mono") -> np.ndarray:
    """Every sample of a sound as floats, (channels, n)."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout=layout)
        parts = []
        for frame in container.decode(audio=0):
            parts += [one.to_ndarray() for one in resampler.resample(frame)]
        parts += [one.to_ndarray() for one in resampler.resample(None)]
    return np.concatenate(parts, axis=1)


def seen(path: Path) -> list[np.ndarray]:
    """Every frame of a film as pixels."""
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_image()) for frame in container.decode(video=0)]


def wave_file(path: Path, samples: np.ndarray, rate: int = RATE, codec: str = "pcm_s16le") -> Path:
    """Samples (channels, n), floats from -1 to 1, written as WAV."""
    layout = "mono" if samples.shape[0] == 1 else "stereo"
    whole = np.ascontiguousarray(np.clip(np.rint(samples * 32767), -32768, 32767).astype(np.int16).T.reshape(1, -1))
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def sine(seconds: float, frequency: float = 440, rate: int = RATE, loudness: float = 0.5) -> np.ndarray:
    """A tone, (1, n)."""
    return loudness * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)[None, :]


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000])
def test_trim_is_exact_to_the_sample(tmp_path: Path, outdir: Path, rate: int) -> None:
    """1.000 to 2.500 s of a tone: so many samples, the first one at the right place of the wave."""
    wave = sine(4.0, rate=rate)
    made = cut("sound", wave_file(tmp_path / "a.wav", wave, rate), outdir, "flac", from_ms=1000, to_ms=2500)
    found = heard(made)
    assert found.shape == (1, round(1.5 * rate))
    assert np.abs(found - wave[:, rate : rate + found.shape[1]]).max() < 2 / 32768
    probe = identify(made)
    assert (probe.kind, probe.mime, probe.extension, probe.duration_ms) == ("audio", "audio/flac", "flac", 1500)


def test_trim_of_stereo_and_of_deep_samples(tmp_path: Path, outdir: Path) -> None:
    """Both sides stay themselves; more than 16 bits stay more."""
    sides = np.concatenate([sine(1.0, 300), sine(1.0, 700, loudness=0.2)])
    made = cut("sound", wave_file(tmp_path / "a.wav", sides, codec="pcm_s24le"), outdir, "flac", from_ms=100, to_ms=300)
    assert np.abs(heard(made, "stereo") - sides[:, 4800:14400]).max() < 2 / 32768
    with av.open(str(made)) as container:
        assert container.streams.audio[0].codec_context.format.name == "s32"


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.webm", "a.ogg"])
def test_trim_of_compressed_sound(tmp_path: Path, outdir: Path, name: str) -> None:
    """As exact as the page plays it: the same place as in the whole, decoded from its start."""
    path = sound_file(tmp_path / name, 3.0)
    whole = heard(cut("sound", path, outdir, "flac", from_ms=0, to_ms=2900))
    part = heard(cut("sound", path, outdir, "flac", from_ms=1000, to_ms=2500))
    assert part.shape == (1, 72_000)
    assert np.array_equal(part, whole[:, RATE : RATE + 72_000])


def test_trim_of_a_sound_shorter_than_it_said(tmp_path: Path, outdir: Path) -> None:
    """Nothing there: said in words, not a file without sound."""
    path = wave_file(tmp_path / "a.wav", sine(1.0))
    with pytest.raises(MediaRefused, match="nothing at this place"):
        cut("sound", path, outdir, "flac", from_ms=5000, to_ms=6000)


def counting_film(path: Path, frames: int = 150, fps: int = 25, **options: Any) -> Path:
    """A film in which each frame's grey says which one it is."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "1", "g": "50", **options}
        for number in range(frames):
            pixels = np.full((48, 64, 3), 20 + number, dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def greys(frames: list[np.ndarray]) -> list[int]:
    """Which frames they are."""
    return [round(float(frame.mean())) - 20 for frame in frames]


@pytest.mark.parametrize(("from_ms", "to_ms"), [(0, 400), (1000, 2480), (5200, 5800), (5520, 6000)])
def test_film_is_exact_to_the_frame(tmp_path: Path, outdir: Path, from_ms: int, to_ms: int) -> None:
    """From a frame to a frame, wherever the key frames stand."""
    made = cut("film", counting_film(tmp_path / "a.mp4"), outdir, "mp4", from_ms=from_ms, to_ms=to_ms)
    wanted = list(range(from_ms // 40, to_ms // 40))
    found = greys(seen(made))
    assert len(found) == len(wanted)
    assert max(abs(a - b) for a, b in zip(found, wanted, strict=True)) <= 1
    assert identify(made).duration_ms == pytest.approx(to_ms - from_ms, abs=40)


def test_film_keeps_its_sound_in_step(tmp_path: Path, outdir: Path) -> None:
    """Picture and sound are of one length, and the sound is the one of that moment: quiet, then loud at 3 s."""
    path = film_file(tmp_path / "a.mp4", 6.0)
    made = cut("film", path, outdir, "mp4", from_ms=2500, to_ms=4000)
    probe = identify(made)
    assert (probe.width, probe.height, probe.has_audio, probe.mime) == (320, 240, True, "video/mp4")
    assert probe.duration_ms == pytest.approx(1500, abs=45)
    sound = np.abs(heard(made)[0])
    assert sound.shape[0] == pytest.approx(72_000, abs=2048)
    # As loud as it was: a mono sound is not made stereo.
    assert np.percentile(sound, 95) == pytest.approx(np.percentile(np.abs(heard(path)[0]), 95), rel=0.05)
    loud = int(np.argmax(sound > 0.3)) / RATE
    assert loud == pytest.approx(0.5, abs=0.03)


def test_film_turned_and_without_tags(tmp_path: Path, outdir: Path) -> None:
    """A film held sideways comes out upright, and does not tell where it was taken."""
    path = film_file(tmp_path / "a.mp4", 1.0, rotation=90, tags={"location": "+48.8584+002.2945/"})
    made = cut("film", path, outdir, "mp4", from_ms=0, to_ms=500)
    frame = seen(made)[0]
    assert frame.shape == (320, 240, 3)
    assert frame[10, 230, 0] > 150 > frame[10, 10, 0]
    assert b"48.8584" not in made.read_bytes()


def test_still_is_the_frame(tmp_path: Path, outdir: Path) -> None:
    """The very pixels of the frame that is shown at that moment."""
    path = counting_film(tmp_path / "a.mp4")
    frames = seen(path)
    for at_ms, number in ((0, 0), (38, 0), (40, 1), (2000, 50), (5530, 138), (6000, 149)):
        made = cut("still", path, outdir, "png", at_ms=at_ms)
        assert np.array_equal(np.asarray(Image.open(made)), frames[number]), at_ms


def test_still_of_a_turned_film_is_upright(tmp_path: Path, outdir: Path) -> None:
    """Like the film itself."""
    made = cut("still", film_file(tmp_path / "a.mp4", 1.0, rotation=90), outdir, "png", at_ms=200)
    image = Image.open(made)
    assert image.size == (240, 320)
    red = image.getpixel((230, 10))
    assert isinstance(red, tuple)
    assert red[0] > 150


def test_sound_of_a_film(tmp_path: Path, outdir: Path) -> None:
    """What is heard in the film from one moment to another."""
    made = cut("sound", film_file(tmp_path / "a.mp4", 2.0), outdir, "flac", from_ms=500, to_ms=1500)
    found = np.abs(heard(made)[0])
    assert found.shape == (RATE,)
    assert found[:20_000].max() < 0.2 < 0.6 < found[28_000:].max()


def test_silent_film_has_no_sound_to_take(tmp_path: Path, outdir: Path) -> None:
    """Refused in words."""
    with pytest.raises(MediaRefused, match="no sound in this film"):
        cut("sound", film_file(tmp_path / "a.mp4", 1.0, sound=False), outdir, "flac", from_ms=0, to_ms=500)


def track(**values: Any) -> dict[str, Any]:
    """One sound of a mix, as it is told."""
    plain = {"from_ms": 0, "to_ms": 1000, "offset_ms": 0, "gain_db": 0.0, "fade_in_ms": 0, "fade_out_ms": 0}
    return {**plain, **values}


def test_mix_is_the_sum(tmp_path: Path, outdir: Path) -> None:
    """Each from its place, at its time, as loud as asked for, faded: sample by sample what reckoning gives."""
    one, two, three = sine(2.0, 440, loudness=0.3), sine(2.0, 660, loudness=0.3), sine(1.0, 100, loudness=0.2)
    paths = [wave_file(tmp_path / f"{n}.wav", wave) for n, wave in enumerate((one, two, three))]
    tracks = [
        track(from_ms=0, to_ms=2000),
        track(from_ms=500, to_ms=2000, offset_ms=1250, gain_db=-6.0, fade_in_ms=200, fade_out_ms=300),
        track(from_ms=0, to_ms=1000, offset_ms=3001, gain_db=3.0),
    ]
    found = heard(cut("mix", paths, outdir, "flac", tracks=tracks))
    wanted = np.zeros((1, round(4.001 * RATE)))
    wanted[:, : 2 * RATE] += one
    place = np.arange(72_000)
    fade = np.minimum(1, place / 9600) * np.minimum(1, (72_000 - place) / 14_400)
    wanted[:, 60_000 : 60_000 + 72_000] += two[:, 24_000:] * 10 ** (-6 / 20) * fade
    wanted[:, 144_048 : 144_048 + 48_000] += three * 10 ** (3 / 20)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 4 / 32768


def test_mix_that_would_be_too_loud_is_turned_down(tmp_path: Path, outdir: Path) -> None:
    """Nothing is clipped: the whole is the same, only quieter."""
    path = wave_file(tmp_path / "a.wav", sine(1.0, 440, loudness=0.9))
    found = heard(cut("mix", [path, path], outdir, "flac", tracks=[track(), track(gain_db=6.0)]))
    assert np.abs(found).max() == pytest.approx(10 ** (-1 / 20), abs=0.001)
    shape = sine(1.0, 440, loudness=10 ** (-1 / 20))
    assert np.abs(found - shape).max() < 0.001


def test_mix_of_rates_and_sides(tmp_path: Path, outdir: Path) -> None:
    """A mono sound at 44.1 kHz and a stereo one: stereo at 48 kHz, the mono one in the middle."""
    mono = wave_file(tmp_path / "a.wav", sine(1.0, 440, 44_100, 0.3), 44_100)
    sides = wave_file(tmp_path / "b.wav", np.concatenate([sine(1.0, 300, loudness=0.3), sine(1.0, 300, loudness=0.0)]))
    found = heard(cut("mix", [mono, sides], outdir, "flac", tracks=[track(), track()]), "stereo")
    assert found.shape == (2, RATE)
    middle = sine(1.0, 440, loudness=0.3)[0]
    assert np.abs(found[1] - middle)[500:-500].max() < 0.01
    assert np.abs(found[0] - middle - sine(1.0, 300, loudness=0.3)[0])[500:-500].max() < 0.01


@pytest.mark.parametrize("orientation", [1, 6])
def test_crop_is_the_pixels(tmp_path: Path, outdir: Path, orientation: int) -> None:
    """The rectangle of the upright picture, pixel by pixel, without the camera's notes."""
    path = picture_file(tmp_path / "a.png", 300, 200, orientation=orientation, gps=True)
    upright = picture(300, 200)
    if orientation == 6:
        upright = upright.transpose(Image.Transpose.ROTATE_270)
    made = cut(
        "crop", path, outdir, "png", x=40, y=10, width=100, height=77, turn=0,
        full_width=upright.width, full_height=upright.height,
    )  # fmt: skip
    assert np.array_equal(np.asarray(Image.open(made)), np.asarray(upright.crop((40, 10, 140, 87))))
    assert b"Telltale" not in made.read_bytes()


def test_crop_turned(tmp_path: Path, outdir: Path) -> None:
    """By a quarter to the right: what was left is up."""
    made = cut(
        "crop", picture_file(tmp_path / "a.png", 300, 200), outdir, "png", x=0, y=0, width=300, height=200, turn=90,
        full_width=300, full_height=200,
    )  # fmt: skip
    assert np.array_equal(
        np.asarray(Image.open(made)), np.asarray(picture(300, 200).transpose(Image.Transpose.ROTATE_270))
    )


def test_crop_of_a_photo(tmp_path: Path, outdir: Path) -> None:
    """A JPEG stays one, so fine that nobody sees it."""
    path = picture_file(tmp_path / "a.jpg", 320, 240)
    made = cut(
        "crop", path, outdir, "jpg", x=16, y=16, width=160, height=160, turn=0, full_width=320, full_height=240
    )
    difference = np.asarray(Image.open(made), dtype=int) - np.asarray(Image.open(path).crop((16, 16, 176, 176)), dtype=int)
    assert np.abs(difference).mean() < 1.5


def test_crop_of_a_smaller_copy(tmp_path: Path, outdir: Path) -> None:
    """Where only half the size is to be had, the same part of it is taken."""
    path = picture_file(tmp_path / "a.png", 150, 100)
    made = cut("crop", path, outdir, "png", x=40, y=10, width=100, height=80, turn=0, full_width=300, full_height=200)
    assert np.array_equal(np.asarray(Image.open(made)), np.asarray(Image.open(path).crop((20, 5, 70, 45))))


def test_layer(tmp_path: Path, outdir: Path) -> None:
    """The upper picture lies where it was put, as wide and as clear as asked for; around it nothing changed."""
    lower, upper = tmp_path / "a.png", tmp_path / "b.png"
    picture(200, 100).save(lower)
    Image.new("RGBA", (50, 50), (0, 255, 0, 255)).save(upper)
    made = cut("layer", [lower, upper], outdir, "png", x=50.0, y=20.0, width=25.0, opacity=50.0)
    found, before = np.asarray(Image.open(made), dtype=int), np.asarray(Image.open(lower), dtype=int)
    inside = found[20:70, 100:150]
    assert np.abs(inside - (before[20:70, 100:150] + np.array([0, 255, 0])) // 2).max() <= 2
    found[20:70, 100:150] = before[20:70, 100:150]
    assert np.array_equal(found, before)


def test_layer_over_the_edge(tmp_path: Path, outdir: Path) -> None:
    """What hangs over is cut off."""
    lower, upper = tmp_path / "a.png", tmp_path / "b.png"
    picture(200, 100).save(lower)
    Image.new("RGB", (10, 10), (0, 255, 0)).save(upper)
    made = Image.open(cut("layer", [lower, upper], outdir, "png", x=-10.0, y=-10.0, width=20.0, opacity=100.0))
    assert made.size == (200, 100)
    assert made.getpixel((19, 29)) == (0, 255, 0)
    assert made.getpixel((20, 29)) != (0, 255, 0)
