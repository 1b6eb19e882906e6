"""CPU seconds of writing a film at 720p, divided by those of the ffmpeg program for the same work.

    .venv/bin/python bench/transcode.py        # needs ffmpeg (Debian: apt-get install ffmpeg); else it says so

One clip, made on the spot, is written by each in turn, several times, in one run: same decoder, same
size, same frame rate, same settings of x264 and AAC, loudness measured on the way by the same filter,
index first. The medians are compared: figures of one machine mean little, ratios do.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "20"))
#: at most so many times the CPU of the ffmpeg program
WANTED = 1.15

OURS = """
import sys
from pathlib import Path
from classprojects.gateways.darkroom.video import write_films
write_films(Path(sys.argv[1]), Path(sys.argv[2]), {milliseconds}, rungs=(720,))
"""


def main() -> int:
    """Make the clip, write it by turns, print; 1 when ours is too dear."""
    program = shutil.which("ffmpeg")
    if program is None:
        print("Skipped: the ffmpeg program is not here (Debian: apt-get install ffmpeg).")
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        clip = _make_clip(folder / "clip.mp4")
        out = folder / "out"
        out.mkdir()
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(_cpu_of([sys.executable, "-c", OURS.format(milliseconds=round(SECONDS * 1000)), clip, out]))
            theirs.append(_cpu_of(_as_the_program(program, clip, folder / "theirs.mp4")))
        sizes = (out / "h264-720.mp4").stat().st_size, (folder / "theirs.mp4").stat().st_size
    print(f"A clip of {SECONDS:.0f} s at 1280 × 720 and 30 frames a second, {ROUNDS} rounds by turns; CPU seconds:")
    for who, times, size in (("the darkroom", ours, sizes[0]), ("ffmpeg", theirs, sizes[1])):
        each = ", ".join(f"{time:.2f}" for time in times)
        print(f"{who:<14}{statistics.median(times):>8.2f}   ({each}; {size / 1_000_000:.2f} MB written)")
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"ratio {ratio:.3f} (wanted: at most {WANTED})")
    return 1 if ratio > WANTED else 0


def _make_clip(path: Path) -> Path:
    """Something to chew on: shapes that move over noise that drifts, and a tone, as a camera would write it."""
    import av
    import numpy as np

    from tests.factories.media import tone, write_sound

    chance = np.random.default_rng(5)
    width, height, rate = 1280, 720, 30
    grain = chance.integers(0, 60, (height * 2, width * 2, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        film = container.add_stream("libx264", rate=rate)
        film.width, film.height, film.pix_fmt = width, height, "yuv420p"
        film.options = {"preset": "veryfast", "crf": "18"}
        sound = container.add_stream("aac", rate=48_000, layout="stereo")
        for number in range(round(SECONDS * rate)):
            picture = grain[number : number + height, 2 * number % width :][:, :width].copy()
            picture[100:400, (number * 7) % 900 :][:, :300] += 120
            picture[(number * 3) % 500 :, 600:][:200, :400, 1] += 90
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            container.mux(film.encode(frame))
        container.mux(film.encode(None))
        write_sound(container, sound, tone(SECONDS, channels=2), "stereo", 48_000)
    return path


def _as_the_program(program: str, clip: Path, target: Path) -> list[str | Path]:
    """What the darkroom does, in the program's words."""
    return [
        program, "-nostdin", "-y", "-loglevel", "error", "-i", clip, "-map", "0:v:0", "-map", "0:a:0",
        "-vf", "scale=1280:720:flags=bicubic:out_range=tv,setsar=1,format=yuv420p,fps=30:start_time=0",
        "-af", "aresample=48000:async=1000:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo,ebur128=peak=true:metadata=1",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high", "-g", "60",
        "-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", target,
    ]  # fmt: skip


def _cpu_of(command: list[str | Path]) -> float:
    """User and system seconds of one run of a program."""
    env = {**os.environ, "PYTHONPATH": str(TOP), "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen([str(part) for part in command], cwd=TOP, env=env)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(main())
