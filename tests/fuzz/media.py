"""Thousands of damaged pictures, sounds and films through the darkroom: each is processed, or refused in words.

    .venv/bin/python -m tests.fuzz.media --count 2000

Seeds in every format that we take are made on the spot and damaged as disks, networks and
ill will do it: bits flipped, blocks lost, doubled and overwritten, absurd numbers in headers,
ends cut off, the beginning of one file on the body of another. What is accepted goes on through
all renditions and the clean copy, as in the worker. The n-th file of a seed is always the same
one (``--only n --keep folder`` makes it again).

Each order has a process of its own with the product's own limits. It is forked from this
program, which has the decoders loaded, and not started from nothing: that is all that differs.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[2]

#: (name, how it is made): a function of tests.factories.media and what it is told
SEEDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("a.jpg", "picture", {"gps": True, "orientation": 6}),
    ("b.jpg", "picture", {"progressive": True}),
    ("c.jpg", "picture", {"mode": "CMYK"}),
    ("a.png", "picture", {}),
    ("b.png", "picture", {"mode": "P"}),
    ("c.png", "picture", {"mode": "I;16"}),
    ("d.png", "moving", {}),
    ("a.webp", "picture", {}),
    ("b.webp", "picture", {"lossless": True}),
    ("c.webp", "moving", {}),
    ("a.gif", "moving", {}),
    ("a.avif", "picture", {}),
    ("a.heic", "picture", {}),
    ("a.wav", "sound", {}),
    ("b.wav", "sound", {"codec": "pcm_s24le", "rate": 96_000, "channels": 2}),
    ("a.mp3", "sound", {}),
    ("a.flac", "sound", {}),
    ("a.m4a", "sound", {}),
    ("a.ogg", "sound", {}),
    ("a.webm", "sound", {}),
    ("a.aac", "sound", {}),
    ("a.aiff", "sound", {"codec": "pcm_s16be"}),
    ("a.mp4", "film", {}),
    ("b.mp4", "film", {"movflags": "+faststart", "rotation": 90}),
    ("c.mp4", "film", {"movflags": "+frag_keyframe+empty_moov", "sound": False}),
    ("a.mov", "film", {}),
    ("a.mkv", "film", {}),
    ("b.webm", "film", {"codec": "libvpx-vp9"}),
    ("c.webm", "film", {"codec": "libvpx"}),
    ("a.avi", "film", {"codec": "mpeg4"}),
)


def make_seeds(folder: Path) -> None:
    """Write every seed; a codec that this build lacks is left out, and said."""
    import av
    import numpy as np
    import pillow_heif
    from PIL import Image

    from tests.factories.media import film_file, picture, picture_file, sound_file

    pillow_heif.register_heif_opener()
    for name, kind, values in SEEDS:
        path = folder / name
        try:
            if values.get("mode") == "I;16":
                Image.fromarray(np.asarray(picture(96, 72, "L")).astype(np.uint16) << 8).save(path)
            elif kind == "picture":
                picture_file(path, 96, 72, **values)
            elif kind == "moving":
                frames = [picture(96, 72).rotate(30 * turn) for turn in range(6)]
                frames[0].save(path, save_all=True, append_images=frames[1:], duration=80, loop=0)
            elif kind == "sound":
                sound_file(path, 0.6, **values)
            else:
                film_file(path, 0.5, 96, 72, fps=12, **values)
        except (av.FFmpegError, ValueError, KeyError) as error:
            path.unlink(missing_ok=True)
            print(f"left out {name}: {error}", file=sys.stderr)


def damaged(number: int, seed: int, originals: dict[str, bytes]) -> tuple[str, bytes]:
    """The ``number``-th damaged file: what was done to it, in words, and its bytes."""
    chance = random.Random(f"{seed}:{number}")
    names = sorted(originals)
    name = names[number % len(names)]
    data = bytearray(originals[name])
    story = [name]
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3))):
        damage = chance.choice(DAMAGES)
        story.append(damage.__name__)
        damage(chance, data, originals)
    return " ".join(story), bytes(data)


def cut_off(originals: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Every seed with one to nine tenths of its bytes."""
    for name, data in sorted(originals.items()):
        for tenths in range(1, 10):
            yield f"{name} {tenths}/10", data[: len(data) * tenths // 10]


def flip_bits(chance: random.Random, data: bytearray, _others: dict[str, bytes]) -> None:
    reach = chance.choice((64, 1024, len(data)))
    for _ in range(chance.choice((1, 4, 32, 200))):
        if data:
            data[chance.randrange(min(reach, len(data)))] ^= 1 << chance.randrange(8)


def lose_a_block(chance: random.Random, data: bytearray, _others: dict[str, bytes]) -> None:
    begin, end = _stretch(chance, data)
    del data[begin:end]


def double_a_block(chance: random.Random, data: bytearray, _others: dict[str, bytes]) -> None:
    begin, end = _stretch(chance, data)
    data[end:end] = data[begin:end] * chance.choice((1, 1, 3, 40))


def overwrite_a_block(chance: random.Random, data: bytearray, _others: dict[str, bytes]) -> None:
    begin, end = _stretch(chance, data)
    data[begin:end] = chance.choice((bytes(end - begin), b"\xff" * (end - begin), chance.randbytes(end - begin)))


def write_absurd_numbers(chance: random.Random, data: bytearray, _others: dict[str, bytes]) -> None:
    for _ in range(chance.choice((1, 2, 6))):
        size = chance.choice((1, 2, 4, 4, 8))
        most = 256**size - 1
        number = chance.choice((0, 1, 2, most, most // 2, most // 2 + 1, most - 1, chance.randrange(most + 1)))
        at = chance.randrange(max(1, min(len(data), chance.choice((48, 512, 4096)))))
        data[at : at + size] = number.to_bytes(size, chance.choice(("big", "little")))


def cut_the_end(chance: random.Random, data: bytearray, _others: dict[str, bytes]) -> None:
    del data[chance.randrange(len(data) + 1) :]


def splice(chance: random.Random, data: bytearray, others: dict[str, bytes]) -> None:
    other = others[chance.choice(sorted(others))]
    keep = chance.choice((16, 64, chance.randrange(len(data) + 1)))
    data[keep:] = other[chance.randrange(len(other)) :]


def append_another(chance: random.Random, data: bytearray, others: dict[str, bytes]) -> None:
    data += others[chance.choice(sorted(others))]


DAMAGES = (
    flip_bits, flip_bits, lose_a_block, double_a_block, overwrite_a_block, write_absurd_numbers, write_absurd_numbers,
    cut_the_end, splice, append_another,
)  # fmt: skip


def _stretch(chance: random.Random, data: bytearray) -> tuple[int, int]:
    begin = chance.randrange(len(data) + 1)
    return begin, min(len(data), begin + chance.choice((1, 16, 188, 4096, len(data) // 4 + 1)))


class ForkedChild:
    """A child as `transcoder.start_child` gives it, forked from this program."""

    def __init__(self) -> None:
        pipes = [os.pipe() for _ in range(3)]
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            _be_the_darkroom(pipes[0][0], pipes[1][1], pipes[2][1])
        for end in (pipes[0][0], pipes[1][1], pipes[2][1]):
            os.close(end)
        self.stdin, self.stdout, self.stderr = (
            os.fdopen(pipes[0][1], "wb"), os.fdopen(pipes[1][0], "rb"), os.fdopen(pipes[2][0], "rb"),
        )  # fmt: skip

    def __enter__(self) -> ForkedChild:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self.stdin, self.stdout, self.stderr):
            pipe.close()
        self.wait()

    def kill(self) -> None:
        if self.returncode is None:
            os.kill(self.pid, 9)

    def wait(self, timeout: float = 10) -> int:
        end = time.monotonic() + timeout
        while self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                raise subprocess.TimeoutExpired("darkroom", timeout)
            else:
                time.sleep(0.002)
        return self.returncode


def _be_the_darkroom(stdin: int, stdout: int, stderr: int) -> None:
    status = 1
    try:
        for end, place in ((stdin, 0), (stdout, 1), (stderr, 2)):
            os.dup2(end, place)
        os.closerange(3, 256)
        sys.stdin, sys.stderr = os.fdopen(0), os.fdopen(2, "w")
        from classprojects.gateways.darkroom.__main__ import main

        status = main()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


@dataclass
class Tally:
    """What came of all files."""

    processed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    #: what surprised the darkroom, which it refused as damaged in an unusual way
    surprises: list[tuple[int, str, str]] = field(default_factory=list)
    #: children that died or were stopped: (number, story, act, why)
    died: list[tuple[int, str, str, str]] = field(default_factory=list)
    #: neither of these, which must not be
    wrong: list[tuple[int, str, str]] = field(default_factory=list)
    times: list[tuple[float, int, str]] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """How many files came to something that should not be."""
        return len(self.surprises) + len(self.died) + len(self.wrong)

    def as_json(self) -> dict[str, Any]:
        return {
            "files": len(self.times),
            "processed": dict(self.processed),
            "refused": dict(self.refused.most_common()),
            "surprises": self.surprises,
            "died": self.died,
            "wrong": self.wrong,
            "slowest": [
                {"seconds": round(seconds, 2), "number": number, "story": story}
                for seconds, number, story in sorted(self.times, reverse=True)[:5]
            ],
        }


def try_one(number: int, story: str, path: Path, tally: Tally) -> None:
    """One file through all that the product does with it."""
    from classprojects.gateways import transcoder

    begin = time.monotonic()
    act = "identify"
    try:
        probe = transcoder.identify(path, path.name)
        for act in (probe.kind, "clean"):
            out = path.parent / "out"
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            duration = probe.duration_ms or 0
            if act == "image":
                transcoder.image_renditions(path, out)
            elif act == "audio":
                transcoder.audio_renditions(path, out, duration)
            elif act == "video":
                transcoder.video_renditions(path, out, duration)
            else:
                transcoder.clean_copy(path, out, probe.kind, probe.extension, probe.mime)
        tally.processed[probe.kind] += 1
    except transcoder.MediaRefused as refusal:
        tally.refused[refusal.code if act == "identify" else f"{refusal.code} ({act})"] += 1
        if not refusal.message.endswith("."):
            tally.wrong.append((number, story, f"no words: {refusal.message!r}"))
        if isinstance(refusal.__cause__, transcoder.TranscoderFailed):
            tally.died.append((number, story, act, str(refusal.__cause__)))
    except transcoder.TranscoderFailed as error:
        tally.died.append((number, story, act, str(error)))
    except Exception:
        tally.wrong.append((number, story, traceback.format_exc()))
    tally.times.append((time.monotonic() - begin, number, story))


def main() -> int:
    """Damage, try, count, print; 1 when something came of a file that must not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=3600, help="stop beginning new files after so long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one file")
    parser.add_argument("--tenths", action="store_true", help="instead: every seed, cut off at every tenth")
    parser.add_argument("--keep", type=Path, help="a folder for files that came to something that should not be")
    parser.add_argument("--make-seeds", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.make_seeds:
        make_seeds(told.make_seeds)
        return 0
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        tally = _run(told, Path(name))
    print(json.dumps(tally.as_json(), indent=1))
    return 1 if tally.wrong else 0


def _run(told: argparse.Namespace, folder: Path) -> Tally:
    seeds = folder / "seeds"
    seeds.mkdir()
    # Encoders leave threads behind, which a process that forks must not have.
    subprocess.run(
        [sys.executable, "-m", "tests.fuzz.media", "--make-seeds", str(seeds)], cwd=TOP, check=True, timeout=120
    )
    originals = {path.name: path.read_bytes() for path in seeds.iterdir()}
    from classprojects.gateways import transcoder

    _load_decoders()
    transcoder.start_child = ForkedChild  # type: ignore[assignment]
    tally = Tally()
    number, story = 0, ""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == "darkroom gave up":
                last = str(getattr(record, "said", "")).strip().rpartition("\n")[2][:200]
                tally.surprises.append((number, story, last))

    log = logging.getLogger("classprojects.gateways.transcoder")
    log.addHandler(Listener())
    log.propagate = False
    end = time.monotonic() + told.seconds
    numbers = range(told.count) if told.only is None else [told.only]
    files = cut_off(originals) if told.tenths else (damaged(number, told.seed, originals) for number in numbers)
    for number, (story, data) in enumerate(files, start=numbers[0]):
        if time.monotonic() > end:
            break
        path = folder / f"file.{story.split()[0].rpartition('.')[2]}"
        path.write_bytes(data)
        before = tally.bad
        try_one(number, story, path, tally)
        if told.keep and (tally.bad > before or told.only is not None):
            told.keep.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, told.keep / f"{number}-{path.name}")
        path.unlink()
        if number % 100 == 99:
            print(f"{number + 1} files, {sum(tally.processed.values())} processed", file=sys.stderr, flush=True)
    return tally


def _load_decoders() -> None:
    import puremagic  # noqa: F401
    from PIL import Image

    import classprojects.gateways.darkroom.__main__  # noqa: F401
    from classprojects.gateways.darkroom import (  # noqa: F401
        clean_picture,
        clean_recording,
        identify,
        image,
        preview,
        sound,
        video,
    )

    Image.init()


if __name__ == "__main__":
    sys.exit(main())
