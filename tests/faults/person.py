"""Somebody who uses the site by HTTP and does not give up when it breaks: presses the same button again."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import requests

from tests.browser.conftest import PASSWORD
from tests.browser.site import Site, patiently

MOST_TRIES = 60


class Person:
    """A browser without pages: cookies, forms, patience."""

    def __init__(self, site: Site, handle: str) -> None:
        self.site, self.handle = site, handle
        self.http = requests.Session()
        answer = self.press("/login", {"email": handle, "password": PASSWORD})
        assert answer.status_code == 303

    def get(self, address: str) -> requests.Response:
        return self._again(lambda: self.http.get(self.site.url + address, timeout=30))

    def press(
        self, address: str, fields: dict[str, str], file: Path | None = None, *, to: str = ""
    ) -> requests.Response:
        """Fills in the form of a page and sends it, to ``to`` if that is elsewhere; the same form until it is answered."""
        page = self.get(address).text
        hidden = dict(re.findall(r'<input[^>]*name="(csrf_token|once)"[^>]*value="([^"]*)"', page))

        def send() -> requests.Response:
            files = {"file": (file.name, file.read_bytes())} if file else None
            target = self.site.url + (to or address)
            return self.http.post(target, data={**hidden, **fields}, files=files, timeout=30, allow_redirects=False)

        return self._again(send)

    def post_picture(self, path: Path, title: str) -> str:
        """Posts a work; the path that the site answered with, which is its promise to have it."""
        medium = "video" if path.suffix == ".mp4" else "image"
        fields = {
            "medium": medium,
            "title": title,
            "alt_text": "Red and blue",
            "language": "en",
            "space": "open",
            "edge_kind": "built_on",
        }
        answer = self.press("/works/new", fields, path)
        assert answer.status_code == 303, answer.text[:3000]
        return urlsplit(answer.headers["Location"]).path

    def subscribe(self) -> None:
        """Through the hosted checkout, with a card that works."""
        answer = self.press("/pricing", {"plan": "monthly"}, to="/subscribe")
        assert answer.status_code == 303, answer.text[:3000]
        checkout = answer.headers["Location"]
        assert checkout.startswith(self.site.sandbox_url), checkout
        card = {"card_number": "4242 4242 4242 4242", "exp": "12/34", "cvc": "123", "name": self.handle}
        with requests.post(checkout, data=card, timeout=30, allow_redirects=False) as paid:
            assert paid.status_code == 303
            back = paid.headers["Location"].removeprefix(self.site.url)
        # The page of waiting loads itself again until our books know.
        patiently(lambda: "You are a member" in self.get(back).text, 40, 1)

    def cancel(self) -> None:
        answer = self.press("/account/membership", {}, to="/account/membership/cancellation")
        assert answer.status_code == 303

    def is_member(self) -> bool:
        return 'class="pill pill-members' in self.get("/account/membership").text

    def close(self) -> None:
        self.http.close()

    @staticmethod
    def _again(ask: Callable[[], requests.Response]) -> requests.Response:
        """Asks until there is an answer that is one."""
        for _ in range(MOST_TRIES):
            try:
                answer = ask()
            except requests.ConnectionError:
                time.sleep(0.25)
                continue
            if answer.status_code < 500:
                return answer
            answer.close()
            time.sleep(0.25)
        raise AssertionError("the site does not come back")


class Doing:
    """Something that goes on in a thread while the test breaks things; its failure is the test's."""

    def __init__(self, step: Callable[[int], None]) -> None:
        self._step, self._stop, self._failure = step, threading.Event(), None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        number = 0
        try:
            while not self._stop.is_set():
                self._step(number)
                number += 1
        except BaseException as failure:
            self._failure: BaseException | None = failure

    def finish(self, seconds: float = 60) -> None:
        self._stop.set()
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "somebody still waits for an answer"
        if self._failure is not None:
            raise self._failure
