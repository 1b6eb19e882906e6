"""Templates, styles and icons hold together: one name a component, values only as tokens, nothing drawn that is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
STYLES = TOP / "static" / "css"
TEMPLATES = TOP / "templates"

#: styles of the frame (layouts/base.html) and of what is only an element
WITHOUT_MACRO = {"copy-button", "live-status", "lineage-map", "site-header", "site-footer", "flash", "work-wall", "component-sample"}
#: macros that only put other components together
WITHOUT_STYLE = {"index"}

sheets = sorted(path for path in STYLES.rglob("*.css"))
components = sorted(path for path in (STYLES / "components").glob("*.css") if path.stem != "index")


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def test_component_has_one_name_in_templates_and_styles() -> None:
    macros = {path.stem for path in (TEMPLATES / "components").glob("*.html") if not path.stem.startswith("_")}
    styles = {path.stem for path in components}
    assert macros - styles <= WITHOUT_STYLE
    assert styles - macros <= WITHOUT_MACRO


@pytest.mark.parametrize("folder", ["components", "pages"])
def test_every_sheet_is_imported(folder: str) -> None:
    imported = set(re.findall(r'@import "([^"]+)"', (STYLES / folder / "index.css").read_text()))
    assert imported == {path.name for path in (STYLES / folder).glob("*.css")} - {"index.css"}


@pytest.mark.parametrize("path", sheets, ids=lambda path: str(path.relative_to(STYLES)))
def test_styles_name_only_tokens(path: Path) -> None:
    text = without_comments(path.read_text())
    known = set(re.findall(r"(--[\w-]+)\s*:", (STYLES / "tokens.css").read_text()))
    own = set(re.findall(r"(--[\w-]+)\s*:", text))
    layout = set(re.findall(r"(--[\w-]+)\s*:", (STYLES / "components" / "work-wall.css").read_text()))
    # A name with a fallback is a setting that a page may give.
    asked = set(re.findall(r"var\((--[\w-]+)\)", text))
    assert asked <= known | own | layout
    if path.name != "tokens.css":
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|\boklch\(", text)


@pytest.mark.parametrize("path", sheets, ids=lambda path: str(path.relative_to(STYLES)))
def test_styles_work_in_both_directions(path: Path) -> None:
    physical = r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right)|left|right)\s*:|text-align:\s*(?:left|right)"
    assert not re.findall(physical, without_comments(path.read_text()))


def test_icons_in_templates_are_in_the_sprite() -> None:
    listed = set((TOP / "static" / "icons.txt").read_text().split())
    used = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r"""(?:\bicon\(|icon=|icon_after=)\s*["']([a-z0-9-]+)["']""", path.read_text())
    }
    assert used <= listed
