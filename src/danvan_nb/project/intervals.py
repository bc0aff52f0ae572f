"""Amounts over days from amounts over other days: which known intervals join to a wanted one.

An interval is its first and its last day. Nothing is ever estimated: intervals join exactly or not
at all.
"""

from collections import deque
from collections.abc import Iterable
from datetime import date
from typing import TypeAlias

from danvan_nb.project.period import CALENDAR_DAY

Interval: TypeAlias = tuple[date, date]
Signed: TypeAlias = tuple[int, Interval]
"""A known interval with its sign."""


def join(
    start: date, end: date, known: Iterable[Interval], signs: tuple[int, ...] = (1, -1)
) -> tuple[Signed, ...]:
    """Find the fewest known intervals that add up to the days from `start` to `end`.

    A known interval leads from its first day to the day after its last, or subtracted, back. With
    `signs` of (1,) none is subtracted. Without a way there is no term.

    Examples
    --------
    >>> january, june, december = date(2023, 1, 1), date(2023, 6, 30), date(2023, 12, 31)
    >>> known = [(january, june), (january, december)]
    >>> [(sign, end.month) for sign, (_, end) in join(date(2023, 7, 1), december, known)]
    [(1, 12), (-1, 6)]
    """
    intervals = sorted(known)
    ways: dict[date, tuple[Signed, ...]] = {start: ()}
    todo = deque([start])
    while todo and end + CALENDAR_DAY not in ways:
        day = todo.popleft()
        for interval in intervals:
            first, after = interval[0], interval[1] + CALENDAR_DAY
            steps = {1: (first, after), -1: (after, first)}
            for sign in signs:
                here, there = steps[sign]
                if here == day and there not in ways:
                    ways[there] = (*ways[day], (sign, interval))
                    todo.append(there)
    return tuple(sorted(ways.get(end + CALENDAR_DAY, ()), key=lambda term: -term[0]))
