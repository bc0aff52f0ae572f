"""Indicators over several years, as a table with a small curve in each row.

Owns which years are shown, what must be known of their numbers, and the curve.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.inline import remark
from danvan_nb.figures.tables import Figures, ReportTable, chosen
from danvan_nb.nodes import Cell, Chart, Text
from danvan_nb.wording import DASH

Series: TypeAlias = tuple[IndicatorFigure, ...]
CURVE_WIDTH, CURVE_HEIGHT = 64, 16
"""In points: as high as a line of a table."""
STEPS = {1: "tăng", 0: "giữ nguyên", -1: "giảm"}


def known_series(figures: Figures, years: int, consecutive: bool) -> list[Series]:
    """Give the history of each indicator that has two numbers or more, from the first year known.

    Raises
    ------
    NotebookError
        If no earlier period is asked for: one point is no course.
    """
    if years < 1:
        raise NotebookError(Issue.of("hinh.mot_diem", found=str(years)))
    listed = [figure.history(years, consecutive=consecutive) for figure in chosen(figures)]
    kept = [each for each in listed if sum(one.value is not None for one in each) > 1]
    first = min((at for each in kept for at, one in enumerate(each) if not one.missing), default=0)
    return [each[first:] for each in kept]


def named(series: Series, consecutive: bool) -> list[tuple[str, str, IndicatorFigure]]:
    """Give each number with the name of its period and what must be known of it."""
    return [
        (one.period.label if consecutive else str(one.period.year), remark(one.reading), one)
        for one in series
    ]


def history_table(
    caption: str, figures: Figures, years: int = 5, consecutive: bool = False
) -> ReportTable:
    """Make the table of indicators over several years, each with a small curve.

    Parameters
    ----------
    caption : str
        The table's name.
    figures : iterable of IndicatorFigure, or rows of `Report.frame()`
        One row each; those with fewer than two numbers are left out.
    years : int
        How many earlier years, at most five.
    consecutive : bool
        Whether these are the periods just before, instead of the same period of earlier years.

    Raises
    ------
    NotebookError
        If no earlier period is asked for.
    """
    listed = [named(each, consecutive) for each in known_series(figures, years, consecutive)]
    periods = (name for each in listed[:1] for name, _, _ in each)
    heads = ("Chỉ tiêu", "Đơn vị tính", *periods, "Xu hướng")
    head = tuple(Cell(((Text(name),),), header=True) for name in heads)
    rows = []
    for each in listed:
        now = each[-1][2]
        cells = [Cell(((Text(now.label),),), align="left"), Cell(((Text(now.unit),),))]
        for _, said, one in each:
            number = Text(DASH) if one.value is None else one.number.node()
            lines = ((number,), (Text(f"({said})"),)) if said else ((number,),)
            cells.append(Cell(lines, align="right"))
        rows.append((*cells, Cell(((curve(tuple(one for _, _, one in each)),),))))
    return ReportTable(caption, len(head), (head,), tuple(rows))


def curve(series: Series) -> Chart:
    """Draw numbers as a small curve that stands in a line; its words say how they went."""
    places = [(at, float(one.value)) for at, one in enumerate(series) if one.value is not None]
    low, high = min(y for _, y in places), max(y for _, y in places)
    across, up = (CURVE_WIDTH - 6) / (len(series) - 1), (CURVE_HEIGHT - 6) / ((high - low) or 1)
    points = [f"{3 + at * across:.1f},{13 - (y - low) * up:.1f}" for at, y in places]
    x, y = points[-1].split(",")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CURVE_WIDTH} {CURVE_HEIGHT}"'
        f' width="{CURVE_WIDTH}pt" height="{CURVE_HEIGHT}pt"><polyline points="{" ".join(points)}"'
        ' fill="none" stroke="#1f4e79" stroke-width="1.4"/>'
        f'<circle cx="{x}" cy="{y}" r="2.2" fill="#1f4e79"/></svg>'
    )
    said = [STEPS[(two > one) - (two < one)] for (_, one), (_, two) in pairwise(places)]
    return Chart((), ", ".join(said), svg)
