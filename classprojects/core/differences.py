"""What changed between two texts: which lines went and came, and in a line which words.

E. W. Myers, An O(ND) Difference Algorithm and Its Variations (Algorithmica 1, 1986),
forward, with a budget of steps for a whole comparison: two texts that have nothing in
common cost no more than two that nearly agree, they are only compared less finely.
"""

from __future__ import annotations

import enum
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

#: steps that one comparison may take: about a third of a second
BUDGET = 700_000
#: changes that are told apart in one go; each costs as many steps as there are changes already
MOST_CHANGES = 700
#: two lines that share less than this of the longer one are two lines, not one that changed
ALIKE = 0.25

# Words, the space between them, and signs one by one; a script without spaces between words is taken sign by sign.
_WORDS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\s+|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|[^\w\s]|.")


class Fate(enum.StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Piece:
    """Some words and what became of them."""

    fate: Fate
    text: str


@dataclass(frozen=True)
class Row:
    """A line before and after, in pieces; nothing (None) on the side where there is no such line."""

    old: tuple[Piece, ...] | None
    new: tuple[Piece, ...] | None

    @property
    def is_same(self) -> bool:
        """Whether the line stayed as it was."""
        return self.old == self.new


class Budget:
    """Steps that are left for a comparison."""

    def __init__(self, steps: int = BUDGET) -> None:
        self.left = steps

    def spend(self, steps: int) -> bool:
        """Take ``steps``; False when there are not so many left."""
        self.left -= steps
        return self.left >= 0


def compare_lines(old: str, new: str, budget: Budget | None = None) -> list[Row]:
    """Two texts line by line, side by side."""
    budget = budget or Budget()
    before, after = old.split("\n") if old else [], new.split("\n") if new else []
    rows: list[Row] = []
    for kind, (start, end), (begin, stop) in _runs(before, after, budget):
        if kind is Fate.SAME:
            rows.extend(_same(line) for line in before[start:end])
        else:
            rows.extend(_pairs(before[start:end], after[begin:stop], budget))
    return rows


def compare_words(old: str, new: str, budget: Budget | None = None) -> list[Piece]:
    """Two texts in one, word by word: what stayed, what went, what came."""
    budget = budget or Budget()
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    pieces: list[Piece] = []
    for kind, (start, end), (begin, stop) in _runs(before, after, budget):
        if kind is Fate.SAME:
            pieces.append(Piece(Fate.SAME, "".join(before[start:end])))
            continue
        if start < end:
            pieces.append(Piece(Fate.GONE, "".join(before[start:end])))
        if begin < stop:
            pieces.append(Piece(Fate.NEW, "".join(after[begin:stop])))
    return _without_chaff(pieces)


def _same(line: str) -> Row:
    pieces = (Piece(Fate.SAME, line),)
    return Row(pieces, pieces)


def _pairs(before: Sequence[str], after: Sequence[str], budget: Budget) -> list[Row]:
    """Lines that went and lines that came, one beside the other where one seems to have become the other."""
    rows: list[Row] = []
    for place in range(max(len(before), len(after))):
        old = before[place] if place < len(before) else None
        new = after[place] if place < len(after) else None
        if old is not None and new is not None:
            pieces = compare_words(old, new, budget)
            shared = sum(len(piece.text) for piece in pieces if piece.fate is Fate.SAME)
            if shared >= ALIKE * max(len(old), len(new)):
                rows.append(Row(_but(pieces, Fate.NEW), _but(pieces, Fate.GONE)))
                continue
        if old is not None:
            rows.append(Row((Piece(Fate.GONE, old),), None if new is None else (Piece(Fate.NEW, new),)))
        elif new is not None:
            rows.append(Row(None, (Piece(Fate.NEW, new),)))
    return rows


def _but(pieces: Sequence[Piece], fate: Fate) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if piece.fate is not fate)


def _without_chaff(pieces: list[Piece]) -> list[Piece]:
    """A space alone that stayed between words that changed is read as changed with them."""
    kept: list[Piece] = []
    gone, new = "", ""

    def close() -> None:
        nonlocal gone, new
        if gone:
            kept.append(Piece(Fate.GONE, gone))
        if new:
            kept.append(Piece(Fate.NEW, new))
        gone, new = "", ""

    for place, piece in enumerate(pieces):
        if piece.fate is Fate.GONE:
            gone += piece.text
        elif piece.fate is Fate.NEW:
            new += piece.text
        elif gone and new and not piece.text.strip() and place + 1 < len(pieces):
            gone, new = gone + piece.text, new + piece.text
        else:
            close()
            kept.append(piece)
    close()
    return kept


Run = tuple[Fate, tuple[int, int], tuple[int, int]]


def _runs(before: Sequence[str], after: Sequence[str], budget: Budget) -> list[Run]:
    """Stretches that stayed (SAME) and stretches that became others (GONE), in order, as ranges of both."""
    head = 0
    while head < len(before) and head < len(after) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    end, stop = len(before) - tail, len(after) - tail
    runs: list[Run] = []
    at, to = head, head
    if head:
        runs.append((Fate.SAME, (0, head), (0, head)))
    for old, new, length in _matches(before[head:end], after[head:stop], budget):
        old, new = old + head, new + head
        if (at, to) != (old, new):
            runs.append((Fate.GONE, (at, old), (to, new)))
        runs.append((Fate.SAME, (old, old + length), (new, new + length)))
        at, to = old + length, new + length
    if (at, to) != (end, stop):
        runs.append((Fate.GONE, (at, end), (to, stop)))
    if tail:
        runs.append((Fate.SAME, (end, len(before)), (stop, len(after))))
    return runs


def _matches(before: Sequence[str], after: Sequence[str], budget: Budget) -> list[tuple[int, int, int]]:
    """Where both agree: (place in one, place in the other, length), in order; none when looking would cost too much."""
    if not before or not after:
        return []
    most = min(len(before) + len(after), MOST_CHANGES)
    ends = array("l", [0]) * (2 * most + 3)
    middle = most + 1
    trace: list[array[int]] = []
    for changes in range(most + 1):
        trace.append(ends[middle - changes : middle + changes + 1])
        if not budget.spend(2 * changes + 1):
            return []
        for diagonal in range(-changes, changes + 1, 2):
            below, above = ends[middle + diagonal - 1], ends[middle + diagonal + 1]
            x = above if diagonal == -changes or (diagonal != changes and below < above) else below + 1
            begun, y = x, x - diagonal
            while x < len(before) and y < len(after) and before[x] == after[y]:
                x, y = x + 1, y + 1
            ends[middle + diagonal] = x
            if not budget.spend(x - begun):
                return []
            if x >= len(before) and y >= len(after):
                return _way_back(trace, len(before), len(after))
    return []


def _way_back(trace: list[array[int]], x: int, y: int) -> list[tuple[int, int, int]]:
    """The stretches that agree along the shortest way, from its end to its beginning, turned round."""
    found: list[tuple[int, int, int]] = []
    for changes in range(len(trace) - 1, -1, -1):
        ends, diagonal = trace[changes], x - y
        if changes == 0:
            if x:
                found.append((0, 0, x))
            break
        # ends: how far each diagonal from -changes to changes had come before this step.
        here = diagonal + changes
        down = diagonal == -changes or (diagonal != changes and ends[here - 1] < ends[here + 1])
        came = diagonal + 1 if down else diagonal - 1
        from_x = ends[came + changes]
        from_y = from_x - came
        start = from_x if down else from_x + 1
        if x > start:
            found.append((start, start - diagonal, x - start))
        x, y = from_x, from_y
    return found[::-1]
