"""Where the heading of a table stands, what each column is called, and what looks say of columns.

Owns passing over titles and headings of several rows, merged and hidden cells; what stands in a
row below is no concern here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from danvan_nb.data.cells import EPOCH_1904, clean, is_late_day
from danvan_nb.data.schema import STATUSES, ColumnHeading, ColumnSpec, Kind, TableSpec
from danvan_nb.data.sheets import Grid
from danvan_nb.errors import Issue, nearest
from danvan_nb.project.period import Period

SEARCHED = 20
"""Rows in which a heading is looked for: titles and the form's own words stand above it."""
ONE_ROW: set[Kind] = {"indicator", "id", "number", "count"}
DEPTHS = (1, 2, 3)
"""Rows of a heading."""
_SERIAL = ("stt", "tt", "số tt")
_AMOUNT = re.compile(
    r"(?:\(|đơn vị(?: tính)?|đvt)[ :(]*((?:nghìn|ngàn|triệu|tỷ|tỉ)(?: ?(?:đồng|đ|vnđ))?"
    r"|(?:tr\.?|1[., ]?000)? ?(?:đồng|đ|vnđ))\b",
    re.IGNORECASE,
)
T = TypeVar("T")


class Amount(NamedTuple):
    """A cell above the rows that says what money is counted in."""

    row: int
    at: int
    found: str


@dataclass(frozen=True)
class FoundHeading:
    """The row number of a heading's last line, and what stands over each column, known or not."""

    grid: Grid
    row: int
    columns: dict[int, ColumnHeading]
    unknown: dict[int, str]

    @cached_property
    def headless(self) -> set[int]:
        """List the columns over which another's heading is merged, so that none is their own."""
        return {
            at
            for area in self.grid.merged
            if area.top <= self.row and area.left in self.columns
            for at in area.columns
            if at not in self.columns
        }

    @cached_property
    def amounts(self) -> dict[int, Amount]:
        """Find what money is counted in, by column; -1 is the whole sheet."""
        found = {}
        for number, row in enumerate(self.grid.rows[: self.row], 1):
            for at, cell in enumerate(row):
                if match := _AMOUNT.search(str(clean(cell))):
                    own = at in self.columns and self.columns[at].column.kind == "number"
                    found[at if own else -1] = Amount(number, at, match[1])
        return found

    def issues(self, spec: TableSpec[Any], period: Period) -> Iterator[Issue]:
        """Find what is wrong with the headings: unknown, twice, of another year, missing."""
        grid = self.grid
        names = [_name(column, grid) for column in spec.columns]
        if spec.wide and grid.sheet:
            names += [label.capitalize() for label in STATUSES.values()]
        for at, text in self.unknown.items():
            todo = nearest(text, names, known_columns(spec, grid))
            yield grid.issue("cot_la", self.row, at, found=text, todo=todo)
        seen = []
        for at, heading in self.columns.items():
            if heading in seen:
                yield grid.issue("cot_trung", self.row, at, column=heading.text)
            seen.append(heading)
            if heading.year not in (None, period.year):
                told = {"column": heading.text, "year": period.year, "period": period}
                yield grid.issue("cot_nam", self.row, at, **told)
        for column in self.missing(spec):
            told = {"column": _name(column, grid), "todo": known_columns(spec, grid)}
            yield grid.issue("thieu_cot", self.row, **told)

    def looks(self) -> Iterator[Issue]:
        """Say what is odd about the sheet that is read all the same: hidden parts, another day 0.

        Rows may be hidden by hand or by a filter.
        """
        grid = self.grid
        for key, odd in (("trang_an", grid.hidden), ("he_ngay_1904", grid.epoch == EPOCH_1904)):
            if odd:
                yield grid.issue(key)
        read = {at: one for at, one in self.columns.items() if one.column.kind != "shown"}
        columns = [read[at].text for at in read if at in grid.hidden_columns]
        rows = [str(number) for number in grid.hidden_rows if number > self.row]
        for key, found in (("an.cot", columns), ("an.dong", rows)):
            if found:
                yield grid.issue(key, found=", ".join(found[:20]), count=len(found))

    def fill_merged(self, number: int, row: list[Any]) -> Iterator[Issue]:
        """Put what is merged down over rows into one; an error where it could be meant otherwise.

        A code or a number speaks of one row; a day, a status, a source may stand for several.
        """
        for area in self.grid.areas.get(number, ()):
            columns = sorted(self.columns.keys() & area.columns)
            kinds = {self.columns[at].column.kind for at in columns} - {"shown"}
            value = self.grid.at(area.top, area.left)
            down = area.top < area.bottom
            others = row[area.left + (number == area.top) : area.right + 1]
            beneath = others != [""] * len(others)
            if not kinds or (value == "" and not beneath):
                continue
            unclear = beneath or columns != [area.left]
            if down and (area.top <= self.row or kinds & ONE_ROW):
                unclear = True
            if unclear or (down and number == area.top):
                heading = self.columns[columns[0]].text
                told = {"column": heading, "found": str(value), "area": area.address}
                key = "o_gop" if unclear else "o_gop.xuong"
                yield self.grid.issue(key, number, columns[0], **told)
            row[area.left] = value

    @cached_property
    def has_text_days(self) -> bool:
        """Tell if days stand as text that an Excel which takes the day first makes days of."""
        days = [at for at, heading in self.columns.items() if heading.column.kind == "date"]
        rows = range(self.row + 1, len(self.grid.rows) + 1) if days else ()
        return any(is_late_day(self.grid.at(row, at)) for row in rows for at in days)

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
                unknown = _unknown(heading, columns)
                best, most = FoundHeading(grid, top + depth, columns, unknown), named
    return best


def known_columns(spec: TableSpec[Any], grid: Grid) -> str:
    """Name the columns that a table must have, as this kind of file does."""
    names = (_name(column, grid) for column in spec.columns if not column.optional)
    return "Các cột: " + ", ".join(names)


def _name(column: ColumnSpec, grid: Grid) -> str:
    return column.heading if grid.sheet else column.name


def _unknown(heading: list[_Line], columns: dict[int, ColumnHeading]) -> dict[int, str]:
    texts = _lowest(line.texts for line in heading)
    return {at: text for at, text in texts.items() if at not in columns and not _is_serial(text)}


def _is_serial(text: str) -> bool:
    return text.casefold() in _SERIAL


def _lowest(lines: Iterable[dict[int, T]]) -> dict[int, T]:
    """Give what stands lowest in each column, by column."""
    return dict(sorted((pair for line in lines for pair in line.items()), key=itemgetter(0)))


def is_named(grid: Grid, spec: TableSpec[Any]) -> bool:
    """Say whether a sheet has the name of a table."""
    return clean(grid.sheet).casefold() in (spec.sheet.casefold(), spec.name)


def find_sheets(grids: Sequence[Grid], spec: TableSpec[Any]) -> list[Grid]:
    """List the sheets that hold a table: those of its name, then those with all its headings."""
    named = [grid for grid in grids if is_named(grid, spec)]
    others = (grid for grid in grids if not is_named(grid, spec))
    found = ((grid, find_heading(grid, spec)) for grid in others)
    return named + [grid for grid, heading in found if heading and not heading.missing(spec)]
