"""How a table lies on a page, the same in PDF and Word: the grid of its cells, its columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from danvan_nb.errors import Issue, RenderError
from danvan_nb.nodes import Cell, Table, plain

PADDING = 0.7  # ems of 12 points: what stands left and right of the text of a cell
HEADING_LINES = 3
NARROW = frozenset(" .,;:'’!|()[]/-ijlrtfIíìỉĩị")


@dataclass(frozen=True)
class GridCell:
    """A cell's column in one of its rows, and whether it continues a cell from above."""

    column: int
    cell: Cell
    continued: bool


def place_cells(table: Table) -> list[list[GridCell]]:
    """Lay the cells of a table on its grid, row by row.

    Raises
    ------
    RenderError
        If they do not fill it: Word would call the file damaged.
    """
    grid: list[list[GridCell]] = []
    above: dict[int, tuple[Cell, int]] = {}
    for row in (*table.head, *table.body):
        below: dict[int, tuple[Cell, int]] = {}
        waiting = list(row)
        line: list[GridCell] = []
        column = 0
        while column in above or (waiting and column < table.columns):
            continued = column in above
            if continued:
                cell, rows_left = above.pop(column)
            else:
                cell = waiting.pop(0)
                rows_left = cell.rowspan
            line.append(GridCell(column, cell, continued))
            if rows_left > 1:
                below[column] = (cell, rows_left - 1)
            column += cell.colspan
        if column != table.columns or above or waiting:
            about = {"table": table.caption, "line": len(grid) + 1, "columns": table.columns}
            raise RenderError(Issue.of("bang.cot", **about))
        grid.append(line)
        above = below
    if above:
        raise RenderError(Issue.of("bang.o_gop", table=table.caption))
    return grid


def column_widths(table: Table, room: float) -> tuple[float, list[float]]:
    """Choose how wide the columns of a table are.

    Parameters
    ----------
    table : Table
        The table.
    room : float
        What there is for all columns, in ems.

    Returns
    -------
    float
        What the columns need for their longest words, in ems.
    list of float
        The columns in ems: each gets its longest word; what is left goes by what the longest text
        still wants, but less than in proportion, else one long column takes it all. A heading may
        take three lines, and a cell over several columns wants nothing more of them.
    """
    least = [PADDING] * table.columns
    wanted = [PADDING] * table.columns
    for place in (place for row in place_cells(table) for place in row):
        span = place.cell.colspan
        for text in (plain(line, notes=False) for line in place.cell.lines):
            word = max(map(text_width, re.split(r"[ \n]", text))) / span + PADDING
            whole = 0.0
            if span == 1:
                whole = text_width(text) / (HEADING_LINES if place.cell.header else 1) + PADDING
            for column in range(place.column, place.column + span):
                least[column] = max(least[column], word)
                wanted[column] = max(wanted[column], whole)
    shares = [0.5 + max(high - low, 0) ** 0.7 for low, high in zip(least, wanted, strict=True)]
    spare = max(room - sum(least), 0) / sum(shares)
    return sum(least), [low + spare * share for low, share in zip(least, shares, strict=True)]


def text_width(text: str) -> float:
    """Estimate how wide a line of Times New Roman is, in ems; rather too wide than too narrow."""
    return sum(0.3 if char in NARROW else 0.72 if char.isupper() else 0.52 for char in text)
