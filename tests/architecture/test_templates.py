"""Every template compiles, and none carries what the content security policy forbids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PAGES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
# Mails are read in programs that take styles nowhere else.
SERVED = [name for name in PAGES if not name.startswith("email/")]


def test_every_template_compiles(app: Flask) -> None:
    for path in TEMPLATES.rglob("*.*"):
        app.jinja_env.get_template(path.relative_to(TEMPLATES).as_posix())


@pytest.mark.parametrize("name", SERVED)
def test_no_inline_style_script_or_handler(name: str) -> None:
    source = re.sub(r"\{#.*?#\}", "", (TEMPLATES / name).read_text(), flags=re.DOTALL)
    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", source, re.IGNORECASE)
    for script in re.findall(r"<script\b[^>]*>", source, re.IGNORECASE):
        assert "src=" in script or 'type="application/' in script, script
