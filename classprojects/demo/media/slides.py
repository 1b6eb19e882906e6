"""What a lesson's film says, slide by slide."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Slide:
    """A few seconds of a lesson: a headline, and a line or more under it."""

    seconds: float
    headline: str
    line: str = ""
