"""Commands for operators: ``flask --app wsgi <command>``."""

from __future__ import annotations

from flask import Flask


def register_commands(app: Flask) -> None:
    """Make every command known to ``flask``."""
