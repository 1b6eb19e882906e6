"""What the build of the front end hands to the application."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.runner

TOP = Path(__file__).resolve().parents[2]
DIST = TOP / "static" / "dist"


@pytest.fixture(scope="module")
def manifest() -> dict[str, object]:
    subprocess.run([TOP / "bin" / "setup"], check=True, capture_output=True, timeout=300)
    return json.loads((DIST / "manifest.json").read_text())


def test_every_name_has_its_file_with_the_hash_of_its_content(manifest: dict[str, object]) -> None:
    files = {name: built for name, built in manifest.items() if isinstance(built, str)}
    assert {"app.css", "app.js", "icons.svg"} <= set(files)
    for name, built in files.items():
        assert re.search(r"-[A-Z0-9]{8}\.\w+$", built), name
        assert (DIST / built).stat().st_size > 0, name


def test_fonts_are_ours_and_the_upright_latin_ones_are_preloaded(manifest: dict[str, object]) -> None:
    styles = (DIST / str(manifest["app.css"])).read_text()
    asked = re.findall(r"url\(\"?([^\")]+\.woff2)", styles)
    assert asked
    assert all((DIST / address).is_file() for address in asked)
    assert all(f"./{name}" in asked for name in manifest["preload"])  # type: ignore[attr-defined]
    assert len(manifest["preload"]) == 2  # type: ignore[arg-type]


def test_every_icon_that_is_named_is_in_the_sprite(manifest: dict[str, object]) -> None:
    lines = (TOP / "static" / "icons.txt").read_text().splitlines()
    names = {line.partition("#")[0].strip() for line in lines} - {""}
    assert set(re.findall(r'<symbol id="([^"]+)"', (DIST / str(manifest["icons.svg"])).read_text())) == names
