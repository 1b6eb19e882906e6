"""The published formula of what instructors earn. Pure; ``/how-instructors-earn`` says it in words and computes its example here.

Amounts are integers in minor units. A month's pool is a share of what subscribers paid;
it is divided by points. Nothing in it asks how long anybody watched.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

#: which wording of the formula this is; kept with every month
FORMULA = 1
#: for an assignment that a member handed in for the first time; divides by 1 to 6
ASSIGNMENT_POINTS = 60
#: for a piece of feedback from somebody who leads the class
FEEDBACK_POINTS = 20
#: of what is said about one answer, the first so many pieces count, whoever says them
FEEDBACK_LIMIT = 2

Key = TypeVar("Key", bound=Hashable)


def pool_of(revenue: int, share: int) -> int:
    """``share`` thousandths of ``revenue``, rounded down."""
    return max(0, revenue) * share // 1000


def split_points(points: int, people: Sequence[int]) -> dict[int, int]:
    """``points`` of a class in equal parts among those who lead it (ids); what does not divide goes to the lowest ids."""
    each, rest = divmod(points, len(people)) if people else (0, 0)
    return {person: each + (place < rest) for place, person in enumerate(sorted(people))}


def divide(pool: int, points: Mapping[Key, int]) -> dict[Key, int]:
    """``pool`` by ``points``: integers that add up to it exactly, by largest remainders (Hamilton's method).

    Of equal remainders the one with the smaller key comes first, so that the order in
    which anybody asks changes nothing; and who has more points never gets less. Where
    there are no points nobody gets anything.
    """
    total = sum(points.values())
    if total <= 0:
        return dict.fromkeys(points, 0)
    parts = {key: divmod(pool * number, total) for key, number in points.items()}
    amounts = {key: whole for key, (whole, _rest) in parts.items()}
    left = pool - sum(amounts.values())
    order = sorted(parts, key=lambda key: (-parts[key][1], key))
    for key in order[:left]:
        amounts[key] += 1
    return amounts


@dataclass(frozen=True)
class Share:
    """One row of the worked example."""

    name: str
    assignments: int
    shared_by: int
    feedback: int
    points: int
    amount: int


def worked_example(share: int) -> tuple[int, int, int, list[Share]]:
    """Revenue, pool, points and rows of a small month, computed as a real one is."""
    revenue = 100_000
    pool = pool_of(revenue, share)
    # Two lead the first class together, with 20 assignments handed in; one leads the second, with 15.
    together = split_points(20 * ASSIGNMENT_POINTS, [1, 2])
    did = {
        "Ines": (20, 2, 18, together[1] + 18 * FEEDBACK_POINTS),
        "Jonas": (20, 2, 4, together[2] + 4 * FEEDBACK_POINTS),
        "Kofi": (15, 1, 21, 15 * ASSIGNMENT_POINTS + 21 * FEEDBACK_POINTS),
    }
    amounts = divide(pool, {name: facts[3] for name, facts in did.items()})
    rows = [Share(name, *facts, amounts[name]) for name, facts in did.items()]
    return revenue, pool, sum(row.points for row in rows), rows
