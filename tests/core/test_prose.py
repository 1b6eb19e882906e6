"""Markdown in, clean HTML out."""

from __future__ import annotations

from classprojects.core.prose import excerpt, render_text


def test_headings_begin_below_the_pages_own_and_skip_no_level() -> None:
    """However deep somebody begins, a screen reader finds no gap."""
    assert render_text("## One\n\n#### Two\n\n## Three") == "<h2>One</h2>\n<h3>Two</h3>\n<h2>Three</h2>"
    assert render_text("# One\n\n## Two\n\n### Three\n\n#### Four") == "<h2>One</h2>\n<h3>Two</h3>\n<h4>Three</h4>\n<h4>Four</h4>"


def test_nothing_runs() -> None:
    """HTML is text, pictures from elsewhere are left out, and links lead to pages only."""
    html = render_text("<script>alert(1)</script> ![x](https://e.test/a.png) [a](javascript:alert(1)) [b](https://e.test)")
    assert "<script" not in html and "<img" not in html and 'href="javascript' not in html
    assert 'href="https://e.test"' in html


def test_the_first_lines_are_plain() -> None:
    """Stars and hashes are not for cards."""
    assert excerpt("# One\n\n*Two* three\nfour") == "One\nTwo three\nfour"
