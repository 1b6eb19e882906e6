"""Where the boxes of a family tree stand, so that few lines cross and none runs through a box.

The method of Sugiyama, Tagawa and Toda (1981) in its four steps: columns; lines over more
than one column go through a place of their own in each; the order within columns by
barycentres, keeping the order with the fewest crossings; heights by least squares
against what each is tied to (pooling neighbours that would touch, as isotonic regression does).
Pure geometry: boxes are numbers, tied from left to right.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SWEEPS = 8
SETTLINGS = 6
#: more lines than this are ordered without counting crossings: there are hundreds whatever one does
MOST_COUNTED = 500
#: more places in between than this are not made: lines then run straight
MOST_BETWEEN = 900
#: how much room a line takes in a column that it runs through
LINE_HEIGHT = 14.0


@dataclass(frozen=True)
class Layout:
    """``y``: the middle of each box, from 0 down. ``bends``: (column, y) where a long line runs through columns."""

    y: Mapping[int, float]
    bends: Mapping[tuple[int, int], Sequence[tuple[int, float]]]


def lay_out(columns: Mapping[int, int], ties: Iterable[tuple[int, int]], heights: Mapping[int, float], gap: float) -> Layout:
    """Find the heights. ``columns``: each box's column; ``ties``: (left, right); ``heights``: each box's own."""
    ties = list(dict.fromkeys(ties))
    column_of, height_of = dict(columns), dict(heights)
    segments, between = _through_columns(ties, column_of, height_of)
    left: dict[int, list[int]] = defaultdict(list)
    right: dict[int, list[int]] = defaultdict(list)
    for one, two in segments:
        right[one].append(two)
        left[two].append(one)
    order = _order(_first_order(column_of, right, left), left, right, segments, column_of)
    y = _settle(order, left, right, height_of, gap)
    top = min((y[id] - height_of[id] / 2 for id in y), default=0.0)
    y = {id: value - top for id, value in y.items()}
    bends = {tie: [(column_of[id], y[id]) for id in places] for tie, places in between.items()}
    return Layout({id: y[id] for id in columns}, bends)


def _through_columns(
    ties: Sequence[tuple[int, int]], column_of: dict[int, int], height_of: dict[int, float]
) -> tuple[list[tuple[int, int]], dict[tuple[int, int], list[int]]]:
    """Lines cut at every column; ``between``: the places that were made for each long one."""
    wanted = sum(max(0, column_of[two] - column_of[one] - 1) for one, two in ties)
    if wanted > MOST_BETWEEN:
        return list(ties), {}
    next_id = max(column_of, default=0) + 1
    segments, between = [], {}
    for one, two in ties:
        at, places = one, []
        for column in range(column_of[one] + 1, column_of[two]):
            column_of[next_id], height_of[next_id] = column, LINE_HEIGHT
            segments.append((at, next_id))
            places.append(next_id)
            at, next_id = next_id, next_id + 1
        segments.append((at, two))
        if places:
            between[one, two] = places
    return segments, between


def _first_order(
    column_of: Mapping[int, int], right: Mapping[int, list[int]], left: Mapping[int, list[int]]
) -> dict[int, list[int]]:
    """Columns as they are met walking from each beginning to its ends: a tree has no crossings this way."""
    order: dict[int, list[int]] = {column: [] for column in sorted(set(column_of.values()))}
    met: set[int] = set()
    for start in column_of:
        if left.get(start):
            continue
        waiting = [start]
        while waiting:
            id = waiting.pop()
            if id in met:
                continue
            met.add(id)
            order[column_of[id]].append(id)
            waiting.extend(reversed(right.get(id, ())))
    return order


def _order(
    order: dict[int, list[int]],
    left: Mapping[int, list[int]],
    right: Mapping[int, list[int]],
    segments: Sequence[tuple[int, int]],
    column_of: Mapping[int, int],
) -> dict[int, list[int]]:
    """The best of some sweeps to and fro, in each of which boxes follow the middle of their neighbours."""
    place = {id: float(number) for column in order.values() for number, id in enumerate(column)}
    is_counted = len(segments) <= MOST_COUNTED
    by_column: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for one, two in segments:
        by_column[column_of[one]].append((one, two))
    best, fewest = {column: list(ids) for column, ids in order.items()}, _crossings(by_column, place) if is_counted else 1
    for sweep in range(SWEEPS if is_counted else SWEEPS // 2):
        if not fewest:
            break
        beside = left if sweep % 2 == 0 else right
        for column in sorted(order, reverse=sweep % 2 == 1):
            ids = order[column]
            wish = {id: _mean(place, beside[id]) if beside.get(id) else place[id] for id in ids}
            ids.sort(key=wish.__getitem__)
            place.update((id, float(number)) for number, id in enumerate(ids))
        found = _crossings(by_column, place) if is_counted else fewest
        if found < fewest or not is_counted:
            best, fewest = {column: list(ids) for column, ids in order.items()}, found
    return best


def _crossings(by_column: Mapping[int, Sequence[tuple[int, int]]], place: Mapping[int, float]) -> int:
    number = 0
    for lines in by_column.values():
        ends: list[float] = []
        for _start, end in sorted((place[one], place[two]) for one, two in lines):
            number += len(ends) - bisect_right(ends, end)
            insort(ends, end)
    return number


def _mean(of: Mapping[int, float], ids: Sequence[int]) -> float:
    return sum([of[id] for id in ids]) / len(ids)


def _settle(
    order: Mapping[int, Sequence[int]],
    left: Mapping[int, list[int]],
    right: Mapping[int, list[int]],
    height_of: Mapping[int, float],
    gap: float,
) -> dict[int, float]:
    """Heights for columns whose order is settled."""
    y: dict[int, float] = {}
    for ids in order.values():
        at = 0.0
        for id in ids:
            y[id] = at + height_of[id] / 2
            at += height_of[id] + gap
    for sweep in range(SETTLINGS):
        beside = left if sweep % 2 == 0 else right
        for column in sorted(order, reverse=sweep % 2 == 1):
            ids = order[column]
            wishes = [_mean(y, beside[id]) if beside.get(id) else y[id] for id in ids]
            y.update(zip(ids, _apart(wishes, [height_of[id] for id in ids], gap), strict=True))
    return y


def _apart(wishes: Sequence[float], heights: Sequence[float], gap: float) -> list[float]:
    """The places nearest to ``wishes`` (sum of squares) at which boxes of these heights do not touch."""
    offsets, at = [], 0.0
    for number, height in enumerate(heights):
        at += height / 2 if number else 0.0
        offsets.append(at)
        at += height / 2 + gap
    # Pool adjacent violators: neighbours that would overlap move as one, to the mean of what they wish.
    blocks: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        total, count = wish - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / count:
            before, number = blocks.pop()
            total, count = total + before, count + number
        blocks.append((total, count))
    base = [total / count for total, count in blocks for _ in range(count)]
    return [place + offset for place, offset in zip(base, offsets, strict=True)]
