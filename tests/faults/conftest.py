"""A site to break: bin/run of its own, and people who go on using it by HTTP while it breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.site import Site

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder breaks something."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="module")
def broken_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """bin/run with an empty site; what is killed in it comes back, and TERM still stops all of it."""
    # Nobody's patience is tested here: people post as fast as they can.
    site = Site(tmp_path_factory.mktemp("broken") / "data", RATE_LIMITS="0").start()
    yield site
    site.stop(tracebacks_allowed=True)


@pytest.fixture(scope="module")
def cast(broken_site: Site) -> dict[str, Any]:
    """Somebody to upload."""
    return broken_site.play("uploaders")
