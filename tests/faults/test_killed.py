"""kill -9 of web, worker and Valkey, one after the other, while people upload and Stripe calls: nothing that was
accepted is lost, and nothing happens twice."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.browser.site import Site, patiently
from tests.factories.media import film_file, picture_file
from tests.faults.person import Doing, Person
from tests.runner.processes import wait_for

pytestmark = pytest.mark.timeout(240)

LONG_AGO = "2020-01-01 00:00:00.000000"
KEY = "sk_test_sandbox1234567890"
#: the events that the product follows, see classprojects/webhooks/actions.py
FOLLOWED = ("checkout.session.", "customer.subscription.", "invoice.", "customer.updated", "customer.deleted")


@pytest.fixture
def people(broken_site: Site, cast: dict[str, Any]) -> Iterator[list[Person]]:
    """Everybody who may post, signed in."""
    people = [Person(broken_site, handle) for handle in cast["people"]]
    yield people
    for person in people:
        person.close()


def let_locks_lapse(site: Site) -> None:
    """As if some minutes had passed: what a dead process held is free again, and the clock comes round.

    A claim on a file lasts 90 seconds, one on an event five minutes, and the sweeps come once a minute; waiting for
    that would prove no more. The clock looks at everything when it starts.
    """
    with site.database() as database:
        database.execute(
            "UPDATE media_files SET locked_until = ?, woken_at = ? WHERE state IN ('uploaded', 'processing')",
            (LONG_AGO, LONG_AGO),
        )
        database.execute(
            "UPDATE received_events SET next_at = ?, received_at = ? WHERE state IN ('received', 'processing')",
            (LONG_AGO, LONG_AGO),
        )
    site.kill("clock")


def kill_web_workers(site: Site) -> None:
    """kill -9 of gunicorn's workers; the master, which stays, starts others."""
    old = list(site.below("web"))
    assert old
    for pid in old:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(set(site.below("web")) - set(old)) >= len(old), 30)
    wait_for(site.is_ready, 30)


def kill_one_after_the_other(site: Site) -> None:
    """Web workers, all of web, the worker, Valkey: each while the others go on."""
    kill_web_workers(site)
    time.sleep(1)
    site.kill("worker")
    time.sleep(1)
    site.kill("valkey")
    time.sleep(1)
    site.kill("web")
    time.sleep(1)


def test_every_accepted_upload_is_processed(broken_site: Site, people: list[Person], tmp_path: Path) -> None:
    """Three people post pictures and films all the while; what was answered with 303 is there, once, and gets ready."""
    site = broken_site
    files = [
        picture_file(tmp_path / "one.jpg", 900, 600),
        picture_file(tmp_path / "two.png", 400, 300),
        film_file(tmp_path / "three.mp4", 1.0),
    ]
    accepted: list[tuple[str, str]] = []

    def posting(person: Person, path: Path) -> Doing:
        def post(number: int) -> None:
            title = f"{person.handle} {number}"
            accepted.append((title, person.post_picture(path, title)))
            time.sleep(0.3)

        return Doing(post)

    doings = [posting(person, path) for person, path in zip(people, files, strict=False)]
    wait_for(lambda: len(accepted) >= 3, 60)
    kill_one_after_the_other(site)
    for doing in doings:
        doing.finish()
    assert len(accepted) >= 8

    let_locks_lapse(site)
    patiently(lambda: not site.ask("SELECT 1 FROM media_files WHERE state IN ('uploaded', 'processing') LIMIT 1"), 90)
    rows = site.ask(
        "SELECT works.id, versions.title, files.state FROM works JOIN work_versions AS versions ON versions.work_id = works.id "
        "JOIN media_files AS files ON files.id = versions.file_id"
    )
    assert {(title, f"/works/{number}") for number, title, _ in rows} >= set(accepted)
    titles = [title for _, title, _ in rows if title.startswith("uploader")]
    assert len(titles) == len(set(titles)), "something was posted twice"
    assert {state for _, _, state in rows} == {"ready"}
    # The pages show it.
    assert "Being prepared" not in people[0].get(accepted[0][1]).text


def test_a_worker_killed_in_the_middle_of_a_film(broken_site: Site, people: list[Person], tmp_path: Path) -> None:
    """Worker and transcoder die while they encode; the next worker begins again and leaves one set of files."""
    site = broken_site
    url = people[0].post_picture(film_file(tmp_path / "long.mp4", 20.0, 1280, 720), "A long film")
    number = int(url.rpartition("/")[2])
    film = "SELECT files.state, files.attempts, files.id FROM media_files AS files JOIN work_versions ON file_id = files.id WHERE work_id = ?"

    def is_encoding() -> bool:
        return site.ask(film, number)[0][0] == "processing" and any(
            "darkroom" in command for command in site.below("worker").values()
        )

    patiently(is_encoding, 60, 0.05)
    site.kill("worker")
    state, attempts, file_id = site.ask(film, number)[0]
    assert (state, attempts) == ("processing", 1)
    let_locks_lapse(site)
    patiently(lambda: site.ask(film, number)[0][:2] == ("ready", 2), 90)
    names = [name for (name,) in site.ask("SELECT name FROM media_renditions WHERE file_id = ?", file_id)]
    assert sorted(names) == sorted(set(names))
    assert "h264-360" in names


def test_a_queue_that_forgot_everything(broken_site: Site, people: list[Person], tmp_path: Path) -> None:
    """Valkey is emptied while jobs wait in it: the rows in the database bring them back."""
    site = broken_site
    worker = [*site.heads("worker"), *site.below("worker")]
    for pid in worker:
        os.kill(pid, signal.SIGSTOP)
    try:
        people[0].post_picture(picture_file(tmp_path / "one.jpg", 900, 600), "Before the flood")
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(site.environment()["REDIS_URL"].removeprefix("unix://"))
            line.sendall(b"FLUSHALL\r\n")
            assert line.recv(16).startswith(b"+OK")
    finally:
        for pid in worker:
            os.kill(pid, signal.SIGCONT)
    time.sleep(1)
    waiting = "SELECT count(*) FROM media_files WHERE state IN ('uploaded', 'processing')"
    assert site.ask(waiting) == [(1,)], "nobody was told, and yet it was done"
    let_locks_lapse(site)
    patiently(lambda: site.ask(waiting) == [(0,)], 60)


def test_every_event_is_applied(broken_site: Site, people: list[Person]) -> None:
    """People subscribe, trials end and months renew while everything dies in turn: our books end as Stripe's."""
    site = broken_site
    people[0].subscribe()
    kill_web_workers(site)
    people[1].subscribe()
    site.kill("worker")
    people[2].subscribe()
    site.kill("valkey")
    people[3].subscribe()
    people[3].cancel()
    site.advance(days=7)
    site.kill("web")
    site.advance(seconds=3700)
    site.kill("worker")
    site.advance(days=31)
    kill_web_workers(site)
    site.advance(seconds=3700)

    patiently(lambda: not pending(site), 90)
    told = {event["id"]: event["type"] for event in sandbox_list(site, "events")}
    followed = {id_ for id_, type_ in told.items() if type_.startswith(FOLLOWED)}
    assert len(followed) > 20
    let_locks_lapse(site)
    unfinished = "SELECT event_id, state, error FROM received_events WHERE state NOT IN ('done', 'ignored')"
    patiently(lambda: not site.ask(unfinished), 60)
    kept = dict(site.ask("SELECT event_id, state FROM received_events"))
    assert {id_ for id_ in followed if kept.get(id_) != "done"} == set()

    theirs = {one["id"]: one["status"] for one in sandbox_list(site, "subscriptions", status="all")}
    ours = dict(site.ask("SELECT stripe_id, status FROM subscriptions"))
    assert len(theirs) == 4, "somebody subscribed twice"
    assert ours == theirs
    assert sorted(theirs.values()) == ["active", "active", "active", "canceled"]
    assert [person.is_member() for person in people] == [True, True, True, False]
    invoices = {one["id"]: one["status"] for one in sandbox_list(site, "invoices")}
    assert dict(site.ask("SELECT stripe_id, status FROM invoice_copies")) == invoices


def pending(site: Site) -> bool:
    """Whether the sandbox still has something to deliver."""
    with requests.get(
        f"{site.sandbox_url}/_sandbox/deliveries", headers={"Accept": "application/json"}, timeout=30
    ) as answer:
        return bool(answer.json()["counts"].get("pending"))


def sandbox_list(site: Site, kind: str, **wanted: str) -> list[dict[str, Any]]:
    """Everything of a kind that Stripe holds."""
    found: list[dict[str, Any]] = []
    while True:
        after = {"starting_after": found[-1]["id"]} if found else {}
        query = {"limit": "100", **wanted, **after}
        with requests.get(f"{site.sandbox_url}/v1/{kind}", params=query, auth=(KEY, ""), timeout=30) as answer:
            page = answer.json()
        found += page["data"]
        if not page["has_more"]:
            return found
