"""The raw tables of a file: rows of cells with the row numbers that a spreadsheet shows.

Owns opening CSV files and Excel workbooks; it never runs a macro or a formula, and never writes.
What the cells mean is decided elsewhere.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from danvan_nb.data.cells import Percent, Uncalculated
from danvan_nb.errors import InputError, Issue
from danvan_nb.project.texts import legacy_encoding

WORKBOOKS = (".xlsx", ".xlsm")
_OLD_CONTAINER = b"\xd0\xcf\x11\xe0"
"""How an .xls begins, and an encrypted .xlsx."""
UNREADABLE = (".xls", ".xlsb", ".ods")
"""Workbooks that people send, but that must be saved as .xlsx first."""


@dataclass(frozen=True)
class Grid:
    """One sheet, or one CSV file (then `sheet` is empty): rows of cells, the first is row 1.

    `dotted`: decimal numbers are written with a point, as comma-separated files have them.
    """

    file: str
    sheet: str
    rows: list[list[Any]]
    hidden: bool = False
    dotted: bool = False


def address(row: int, column: int) -> str:
    """Name a cell as a spreadsheet does; the first column is 0.

    Not openpyxl's, whose import takes longer than a whole folder of CSV files.

    Examples
    --------
    >>> address(14, 5), address(1, 27)
    ('F14', 'AB1')
    """
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def read_csv(data: bytes, file: str) -> Grid:
    """Read a CSV file in UTF-8, separated by commas, semicolons or tabs; else an InputError."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise InputError(_wrong_encoding(data, err.start, file)) from err
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    lines = io.StringIO(text, newline="")
    try:
        rows: list[list[Any]] = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as err:
        raise InputError(Issue.of("csv", file=file, error=err)) from err
    return Grid(file, "", rows, dotted=delimiter == ",")


def _wrong_encoding(data: bytes, at: int, file: str) -> Issue:
    """Say which encoding a file has instead of UTF-8, as far as that can be told."""
    row = data[:at].count(b"\n") + 1
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Issue.of("ma_ky_tu.csv_utf16", file=file, row=row)
    old = legacy_encoding(data.decode("cp1252", "ignore"))
    return Issue.of("ma_ky_tu.csv_cu" if old else "ma_ky_tu.csv", file=file, row=row, encoding=old)


def read_workbook(data: bytes, file: str) -> list[Grid]:
    """Read every sheet of a workbook with the results that its formulas had when saved.

    Raises
    ------
    InputError
        If it can't be opened.
    """
    import openpyxl

    try:
        formulas = _formulas(data)
        with closing(
            openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        ) as book:
            return [
                Grid(
                    file,
                    sheet.title,
                    _rows(sheet, formulas.get(sheet.title, set())),
                    sheet.sheet_state != "visible",
                )
                for sheet in book.worksheets
            ]
    except Exception as err:  # openpyxl raises many kinds for a broken file
        locked = data.startswith(_OLD_CONTAINER)
        raise InputError(Issue.of("xlsx.mat_khau" if locked else "xlsx.hong", file=file)) from err


def _rows(sheet: Any, formulas: set[tuple[int, int]]) -> list[list[Any]]:
    rows = [[_cell(cell, formulas) for cell in cells] for cells in _cells(sheet)]
    while rows and not any(cell not in (None, "") for cell in rows[-1]):
        rows.pop()
    return rows


def _cell(cell: Any, formulas: set[tuple[int, int]]) -> Any:
    value = cell.value
    if value is None:
        place = (getattr(cell, "row", 0), getattr(cell, "column", 0))
        return Uncalculated("công thức") if place in formulas else None
    if type(value) in (int, float) and "%" in (cell.number_format or ""):
        return Percent(value)
    return value


def _formulas(data: bytes) -> dict[str, set[tuple[int, int]]]:
    """Find where formulas stand, sheet by sheet: without a stored result they would look blank."""
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        if not any(b"<f" in parts.read(name) for name in sheets):
            return {}  # the usual case, and a second reading of the workbook is saved
    with closing(openpyxl.load_workbook(io.BytesIO(data), read_only=True)) as book:
        return {
            sheet.title: {
                (cell.row, cell.column)
                for cells in _cells(sheet)
                for cell in cells
                if cell.data_type == "f"
            }
            for sheet in book.worksheets
        }


def _cells(sheet: Any) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a sheet whatever its dimensions: other programs often write them wrong."""
    sheet.reset_dimensions()
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows()
    return rows
