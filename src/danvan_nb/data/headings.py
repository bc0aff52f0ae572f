"""Where the heading of a table stands and what each column is called.

Owns passing over titles, merged cells and headings of several rows; a row below is no concern here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeVar

from danvan_nb.data.cells import clean
from danvan_nb.data.schema import ColumnHeading, ColumnSpec, TableSpec
from danvan_nb.data.sheets import Grid

SEARCHED = 20
"""Rows in which a heading is looked for: titles and the form's own words stand above it."""
DEPTHS = (1, 2, 3)
"""Rows of a heading."""
_SERIAL = ("stt", "tt", "số tt")
T = TypeVar("T")


@dataclass(frozen=True)
class FoundHeading:
    """The row number of a heading's last line, and what stands over each column, known or not."""

    row: int
    columns: dict[int, ColumnHeading]
    unknown: dict[int, str]

    def missing(self, spec: TableSpec[Any]) -> list[ColumnSpec]:
        """List the columns that a table must have; a heading with a status stands for several."""
        present = {heading.column.name for heading in self.columns.values()}
        if any(heading.status for heading in self.columns.values()):
            present |= {"status", "as_of", "source", "note"}
        return [
            column for column in spec.columns if not column.optional and column.name not in present
        ]


@dataclass(frozen=True)
class _Line:
    """The texts of one row, and those that are known headings, by column."""

    texts: dict[int, str]
    known: dict[int, ColumnHeading]

    @classmethod
    def of(cls, row: Sequence[Any], spec: TableSpec[Any]) -> _Line:
        texts = {at: str(cell) for at, raw in enumerate(row) if (cell := clean(raw)) != ""}
        known = {at: heading for at, text in texts.items() if (heading := spec.heading(text))}
        return cls(texts, known)

    @property
    def only_names(self) -> bool:
        return all(at in self.known or _is_serial(text) for at, text in self.texts.items())


def find_heading(grid: Grid, spec: TableSpec[Any]) -> FoundHeading | None:
    """Find the rows that name the most columns; None where nothing is named."""
    lines = [_Line.of(row, spec) for row in grid.rows[:SEARCHED]]
    best, most = None, 0
    for depth in DEPTHS:
        for top in range(len(lines) - depth + 1):
            heading = lines[top : top + depth]
            if not all(line.only_names for line in heading[1:]):
                continue
            columns = _lowest(line.known for line in heading)
            named = len(set(columns.values()))
            if named > most:
                best, most = FoundHeading(top + depth, columns, _unknown(heading, columns)), named
    return best


def _unknown(heading: list[_Line], columns: dict[int, ColumnHeading]) -> dict[int, str]:
    texts = _lowest(line.texts for line in heading)
    return {at: text for at, text in texts.items() if at not in columns and not _is_serial(text)}


def _is_serial(text: str) -> bool:
    return text.casefold() in _SERIAL


def _lowest(lines: Iterable[dict[int, T]]) -> dict[int, T]:
    """Give what stands lowest in each column, by column."""
    return dict(sorted((pair for line in lines for pair in line.items()), key=itemgetter(0)))
