"""Files sent by the official tus client while lines break and servers die: they arrive byte by byte as they were."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.factories.media import sound_file
from tests.faults.lines import BreakingLine
from tests.faults.receiving import TOP, Receiver, node
from tests.runner.processes import wait_for

pytestmark = pytest.mark.timeout(180)

CLIENT = TOP / "tests" / "faults" / "tus_client.mjs"
INTERRUPTIONS = 50


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    server = Receiver(tmp_path_factory.mktemp("receiver") / "data").start()
    yield server
    server.stop()


@pytest.fixture
def receiver(server: Receiver) -> Receiver:
    """The server, empty."""
    server.forget()
    return server


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight megabytes in which no two stretches are alike."""
    path = sound_file(tmp_path_factory.mktemp("song") / "song.wav", 42, channels=2)
    content = bytearray(path.read_bytes())
    content[1000:] = random.Random(7).randbytes(len(content) - 1000)  # noqa: S311 - noise is a sound too
    path.write_bytes(content)
    return path


def sending(order: dict[str, Any]) -> subprocess.Popen[str]:
    """The official client, at work."""
    command = [node(), str(CLIENT), json.dumps({"kind": "audio", "name": "song.wav", **order})]
    return subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told(client: subprocess.Popen[str], seconds: float = 90) -> dict[str, Any]:
    """What a client said at its end."""
    try:
        output, trouble = client.communicate(timeout=seconds)
    finally:
        client.kill()
    assert client.returncode == 0, output + trouble
    return dict(json.loads(output.splitlines()[-1]))


def assert_arrived(receiver: Receiver, path: Path) -> None:
    """One file, the very one, known to the database, and nothing left over."""
    # Its sender may have asked how far it is while the server still looks at it.
    wait_for(lambda: receiver.ask("SELECT state FROM uploads") != [("open",)], 40)
    (stored,) = receiver.originals()
    assert stored.read_bytes() == path.read_bytes()
    assert receiver.ask("SELECT state, received, length FROM uploads") == [("finished", path.stat().st_size, path.stat().st_size)]
    ((key, size),) = receiver.ask("SELECT storage_key, size FROM media_files")
    assert (key, size) == (f"originals/{stored.name}", path.stat().st_size)
    assert receiver.pieces() == []


@pytest.mark.parametrize("piece", [None, 300_000], ids=["in one piece", "in pieces"])
def test_interrupted_fifty_times(receiver: Receiver, song: Path, piece: int | None) -> None:
    """The line breaks at fifty random points, some of them after the bytes arrived and before their sender heard of it."""
    chance = random.Random(20261124)  # noqa: S311 - the same points each time
    cuts = [chance.randint(1_000, 150_000) for _ in range(INTERRUPTIONS)]
    if piece:
        # Now and then it is the answer that is lost.
        cuts = [-piece if number % 7 == 3 else cut for number, cut in enumerate(cuts)]
    line = BreakingLine(receiver.port, cuts)
    try:
        answer = told(sending(receiver.order(song, line.port, **({"piece": piece} if piece else {}))))
        assert line.broken == INTERRUPTIONS
        assert answer["tries"] >= INTERRUPTIONS
        # What had arrived was not sent again and again.
        assert line.passed < 2 * song.stat().st_size
    finally:
        line.close()
    assert_arrived(receiver, song)


def test_the_server_is_killed_in_the_middle_of_a_piece(receiver: Receiver, song: Path) -> None:
    """kill -9 of all who receive, three times: what was counted stays, and the next process goes on."""
    line = BreakingLine(receiver.port, rate=3_000_000)
    try:
        client = sending(receiver.order(song, line.port, piece=1_000_000, delay=100))
        counted = 0
        for number in range(3):
            least = 1_500_000 * (number + 1)
            wait_for(lambda: (receiver.ask("SELECT received FROM uploads") or [(0,)])[0][0] >= least, 40)  # noqa: B023
            time.sleep(0.1)
            receiver.kill_workers()
            receiver.let_locks_lapse()
            ((now,),) = receiver.ask("SELECT received FROM uploads")
            assert now >= counted
            counted = now
        told(client)
    finally:
        line.close()
    assert_arrived(receiver, song)


def test_two_tabs_send_the_same_file_to_one_address(receiver: Receiver, song: Path) -> None:
    """One at a time writes, the other waits; both hear that it is there."""
    line = BreakingLine(receiver.port, rate=4_000_000)
    try:
        first = sending(receiver.order(song, line.port, piece=500_000, delay=50))
        wait_for(lambda: receiver.ask("SELECT 1 FROM uploads WHERE received > 0"), 40)
        ((name,),) = receiver.ask("SELECT public_id FROM uploads")
        address = f"http://127.0.0.1:{line.port}/uploads/{name}"
        second = sending(receiver.order(song, line.port, piece=400_000, delay=50, address=address))
        assert told(first)["address"] == told(second)["address"] == address
    finally:
        line.close()
    assert_arrived(receiver, song)


def test_a_disk_that_takes_no_more(tmp_path: Path, song: Path) -> None:
    """The server may write five megabytes and no more: the client waits, and goes on as soon as there is room."""
    receiver = Receiver(tmp_path / "data")
    receiver.start(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000)))
    try:
        client = sending(receiver.order(song, delay=200))
        wait_for(lambda: receiver.ask("SELECT 1 FROM uploads WHERE received = 5000000"), 40)
        receiver.stop()
        receiver.start()
        assert told(client)["tries"] > 0
        assert_arrived(receiver, song)
    finally:
        receiver.stop()
