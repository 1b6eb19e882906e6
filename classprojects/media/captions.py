"""Captions: read WebVTT or SubRip as people have it, written anew as plain WebVTT.

The grammar is the W3C's (https://www.w3.org/TR/webvtt1/). Only what a caption needs
survives: moments, text, and the tags for a voice and for stress. Styles, regions,
notes, settings and every other tag are left out, so that nothing in the file that we
serve could ever be more than words. What is read is written in one form, so that
writing it again changes nothing.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from classprojects.core.errors import DomainError

#: bytes, as sent and as written anew
LONGEST = 1_000_000
MOST_CUES = 5_000

_SIGNATURE = re.compile(r"WEBVTT(?:[ \t]|$)")
_TIMING = re.compile(
    r"^(?P<start>(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})[ \t]+-->[ \t]+(?P<end>(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})(?=[ \t]|$)",
    re.ASCII,
)
#: a tag, or a piece of text; a tag holds no other's beginning and is not endless, so that nothing is read twice
_PIECE = re.compile(r"<(?P<tag>[^<>]{0,200})>|[^<]+|<")
_VOICE = re.compile(r"v(?:\.[^ \t<>]*)?[ \t]{1,8}(?P<name>[^<>]{1,300})", re.IGNORECASE)
_STRESS = re.compile(r"(?P<name>[ibu])(?:[. \t].*)?", re.IGNORECASE)


class BadCaptions(DomainError):
    """What was given is no captions; says in which line."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="captions")


@dataclass(frozen=True)
class Cue:
    """Words shown from ``start`` to ``end`` (milliseconds), as safe WebVTT text."""

    start: int
    end: int
    text: str


def decode_captions(data: bytes) -> str:
    """The text of a captions file: UTF-8, or UTF-16 that says so. Raises BadCaptions."""
    if len(data) > LONGEST:
        raise BadCaptions(_too_long())
    try:
        encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        return data.decode(encoding).replace("\x00", "")
    except UnicodeDecodeError as error:
        raise BadCaptions(
            _("The captions file is not UTF-8 text. Save it as .vtt or .srt in UTF-8 and send it again.")
        ) from error


def clean_captions(text: str) -> str:
    """Captions as they are kept: WebVTT or SubRip read, checked, written anew; nothing stays nothing. Raises BadCaptions."""
    if not text.strip("\ufeff \t\r\n"):
        return ""
    written = write_captions(read_captions(text))
    if len(written.encode()) > LONGEST:
        raise BadCaptions(_too_long())
    return written


def read_captions(text: str) -> list[Cue]:
    """The cues of a WebVTT or SubRip file, in order of their beginnings; they may overlap. Raises BadCaptions."""
    if len(text) > LONGEST or len(text.encode("utf-8", "replace")) > LONGEST:
        raise BadCaptions(_too_long())
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].startswith("WEBVTT") and not _SIGNATURE.match(lines[0]):
        raise BadCaptions(_("The first line of WebVTT captions is the word WEBVTT alone, or with a space after it."))
    cues: list[Cue] = []
    at = 0
    while at < len(lines):
        timing = _TIMING.match(lines[at].strip())
        at += 1
        if timing is None:
            if "-->" in lines[at - 1]:
                raise BadCaptions(
                    _("Line %(line)s of the captions has a time that cannot be read. Write it as 00:01.000 --> 00:04.000.", line=at)
                )
            continue
        start, end = _milliseconds(timing["start"]), _milliseconds(timing["end"])
        if end <= start:
            raise BadCaptions(_("Line %(line)s of the captions ends before it begins.", line=at))
        words = []
        while at < len(lines) and lines[at].strip():
            words.append(lines[at])
            at += 1
        said = _clean("\n".join(words))
        if said:
            cues.append(Cue(start, end, said))
        if len(cues) > MOST_CUES:
            raise BadCaptions(_("Captions have at most %(most)d parts. Is it the right file?", most=MOST_CUES))
    if not cues:
        raise BadCaptions(
            _("There are no captions in this text. Each needs a line such as 00:01.000 --> 00:04.000 and words under it.")
        )
    return sorted(cues, key=lambda cue: (cue.start, cue.end))


def make_cue(start: int, end: int, words: str) -> Cue | None:
    """A cue out of words as somebody typed them; None where they say nothing. Raises BadCaptions."""
    if end <= start:
        raise BadCaptions(_("“%(words)s” ends before it begins.", words=_plain(words)[:60]))
    said = _clean(words.replace("\r\n", "\n").replace("\r", "\n"))
    return Cue(start, end, said) if said else None


def words_to_type(cue: Cue) -> str:
    """The words of ``cue`` as one would type them; read by `make_cue` they give the same cue again."""
    # A voice that speaks to the end need not be told where it ends.
    said = cue.text.removesuffix("</v>") if cue.text.count("</v>") == 1 else cue.text
    return re.sub(r"&amp;(?![#A-Za-z0-9])", "&", said)


def write_captions(cues: list[Cue]) -> str:
    """``cues`` as a WebVTT file."""
    blocks = [f"{_clock(cue.start)} --> {_clock(cue.end)}\n{cue.text}" for cue in cues]
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


@dataclass(frozen=True)
class Said:
    """What is said from ``start`` (milliseconds) on, as plain words; ``voice``: who says it, where that is told."""

    start: int
    voice: str
    words: str


def list_said(captions: str) -> list[Said]:
    """The cues of ``captions`` (as written by us) as plain words, in order: what one reads beside a player."""
    if not captions:
        return []
    return [Said(cue.start, _voice_of(cue.text), _plain(cue.text)) for cue in read_captions(captions)]


def spoken_words(captions: str) -> str:
    """What is said in ``captions`` (as written by us), as paragraphs: a transcript to begin with."""
    words = [said.words for said in list_said(captions)]
    return "\n\n".join(" ".join(words[number : number + 6]) for number in range(0, len(words), 6))


def _too_long() -> str:
    return _("Captions have at most %(most)d MB. Is it the right file?", most=LONGEST // 1_000_000)


def _milliseconds(stamp: str) -> int:
    whole, _dot, fraction = stamp.replace(",", ".").partition(".")
    parts = [int(part) for part in whole.split(":")]
    hours, minutes, seconds = [0, *parts] if len(parts) == 2 else parts
    if minutes > 59 or seconds > 59:
        raise BadCaptions(_("%(stamp)s is no time.", stamp=stamp))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(fraction.ljust(3, "0"))


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _clean(text: str) -> str:
    """The words of one cue: tags for voice and stress kept and closed, others left out, everything else written as text."""
    written: list[str] = []
    open_tags: list[str] = []
    for piece in _PIECE.finditer(text):
        if piece["tag"] is None:
            written.append(_as_text(piece[0]))
            continue
        tag, name = _tag(piece["tag"])
        if not name:
            continue
        if not tag:  # an end: it also ends what was begun inside
            while name in open_tags:
                last = open_tags.pop()
                written.append(f"</{last}>")
                if last == name:
                    break
        elif name not in open_tags:
            open_tags.append(name)
            written.append(tag)
    written.extend(f"</{name}>" for name in reversed(open_tags))
    lines = (" ".join(line.split()) for line in "".join(written).replace("--&gt;", "→").split("\n"))
    said = "\n".join(line for line in lines if line)
    return said if _plain(said) else ""


def _tag(inside: str) -> tuple[str, str]:
    """What is written for a tag, and its name; for an end nothing and its name; for what we do not know nothing at all."""
    if inside.startswith("/"):
        name = inside[1:].strip().lower()
        return "", name if name in {"v", "i", "b", "u"} else ""
    voice = _VOICE.fullmatch(inside)
    if voice:
        who = html.escape(" ".join(html.unescape(_as_text(voice["name"])).split())[:60].strip(), quote=False)
        return (f"<v {who}>", "v") if who else ("", "")
    stress = _STRESS.fullmatch(inside)
    return (f"<{stress['name'].lower()}>", stress["name"].lower()) if stress else ("", "")


def _as_text(piece: str) -> str:
    """A piece of text as WebVTT writes it: nothing in it can be a tag, an arrow, a control or the end of a cue."""
    kept: list[str] = []
    for line in piece.split("\n"):
        plain = "".join(c for c in html.unescape(line) if unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"} or c == "\t")
        kept.append(html.escape(plain.replace("-->", "→"), quote=False))
    return "\n".join(kept)


def _pieces(text: str) -> Iterator[str]:
    return (html.unescape(piece[0]) for piece in _PIECE.finditer(text) if piece["tag"] is None)


def _plain(text: str) -> str:
    return " ".join("".join(_pieces(text)).split())


def _voice_of(text: str) -> str:
    voice = re.match(r"<v ([^<>]{1,300})>", text)
    return html.unescape(voice[1]) if voice else ""
