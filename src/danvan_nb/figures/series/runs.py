"""What a number is among those of the years before: highest, lowest, the end of a row of rises.

It is said only where each year of the run is known, on the same days and for the same territory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise, takewhile
from typing import Any, TypeAlias

from danvan_nb.figures.inline import Figure
from danvan_nb.figures.ledger import Reading
from danvan_nb.wording import DASH, ORDINALS, round_half_up

Years: TypeAlias = list[Decimal]
LEAST = 3
"""Of two years the change says all."""


def known_run(readings: Sequence[Reading], decimals: int) -> Years:
    """List the numbers of unbroken years as printed, newest first; only the newest may be a guess.

    Examples
    --------
    >>> known_run([Reading(Decimal(1)), Reading(), Reading(Decimal(2)), Reading(Decimal(3))], 0)
    [Decimal('3'), Decimal('2')]
    """
    run: Years = []
    for reading in reversed(readings):
        alike = not reading.former and (not run or reading.status != "estimate")
        if reading.value is None or not alike:
            break
        run.append(round_half_up(reading.value, decimals))
    return run


def record(run: Years) -> tuple[int, str]:
    """Say of how many years the newest is the highest or the lowest.

    Examples
    --------
    >>> record([Decimal(9), Decimal(7), Decimal(8)]), record([Decimal(9), Decimal(9), Decimal(8)])
    ((3, 'cao nhất trong 3 năm'), (0, ''))
    """
    now, *before = run
    best = "cao nhất" if now > max(before) else "thấp nhất" if now < min(before) else ""
    return (len(run), f"{best} trong {len(run)} năm") if best else (0, "")


def streak(run: Years) -> tuple[int, str]:
    """Say for how many years in a row the number rose or fell.

    Examples
    --------
    >>> streak([Decimal(9), Decimal(8), Decimal(7), Decimal(8)])
    (2, 'tăng năm thứ hai liên tiếp')
    """
    steps = [(now > before) - (now < before) for now, before in pairwise(run)]
    years = len(list(takewhile(lambda step: step and step == steps[0], steps)))
    words = f"{'tăng' if steps[0] > 0 else 'giảm'} năm thứ {ORDINALS[years]} liên tiếp"
    return (years, words) if years > 1 else (0, "")


def over_years(
    figure: Any, suffix: str, say: Callable[[Years], tuple[int, str]], history: Sequence[Any]
) -> Figure:
    """Give what is said of an indicator's figure over the years, with their numbers on hover.

    Where there is nothing to say it falls away like a comparison without its base.
    """
    run = known_run([one.reading for one in history], figure.indicator.decimals)
    years, text = say(run) if len(run) >= LEAST else (0, "")
    known: Figure = figure.derive(
        id=f"{figure.id}.{suffix}",
        text=text or DASH,
        value=Decimal(years) if years else None,
        unit="năm",
        details=tuple((one.period.label, one.text) for one in history[-len(run) :]),
        missing="" if years else figure.name,
        gap="" if years else figure.gap or "history" * bool(run),
    )
    return known
