"""The raw tables of a file: rows of cells with the row numbers that a spreadsheet shows.

Owns opening CSV files and Excel workbooks; it never runs a macro or a formula, and never writes. What the cells mean is decided
elsewhere.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from danvan_nb.data.cells import Percent, Uncalculated, legacy_encoding
from danvan_nb.errors import InputError, Issue

WORKBOOKS = (".xlsx", ".xlsm")
UNREADABLE = (".xls", ".xlsb", ".ods")
"""Workbooks that people send, but that must be saved as .xlsx first."""
STAMP = "_danvan"
"""The hidden sheet of a form that says whose form it is."""
FINDINGS = "Cần sửa"
"""The sheet that a returned workbook lists its errors on; read past."""


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
    """Read a CSV file in UTF-8, separated by commas, semicolons or tabs; InputError if it is no such file."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        old = "UTF-16" if wide else legacy_encoding(data.decode("cp1252", "ignore"))
        todo = "Trong Excel hãy lưu dạng “CSV UTF-8”" + (
            f"; chữ gõ bằng {old} phải chuyển mã trước" if old and not wide else ""
        )
        named = f" mà có vẻ là {old}" if old else ""
        line = data[: err.start].count(b"\n") + 1
        raise InputError(
            Issue("ma_ky_tu", f"Tệp không phải UTF-8{named}", file=file, row=line, todo=todo)
        ) from err
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows: list[list[Any]] = list(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        )
    except csv.Error as err:
        todo = "Mở tệp bằng Excel, lưu lại dạng “CSV UTF-8”; dấu ngoặc kép trong ô phải gõ hai lần"
        raise InputError(
            Issue("csv", f"Tệp CSV sai cấu trúc: {err}", file=file, todo=todo)
        ) from err
    return Grid(file, "", rows, dotted=delimiter == ",")


def read_workbook(data: bytes, file: str) -> list[Grid]:
    """Read every sheet of a workbook with the results that its formulas had when saved; InputError if it can't be opened."""
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
        old = (
            data[:4] == b"\xd0\xcf\x11\xe0"
        )  # the container of the old format: .xls, or an encrypted .xlsx
        message = (
            "Tệp đặt mật khẩu, hoặc là tệp .xls cũ đổi đuôi"
            if old
            else "Không mở được tệp Excel, tệp hỏng hoặc sai dạng"
        )
        todo = "Bỏ mật khẩu, lưu lại dạng .xlsx" if old else "Mở bằng Excel rồi lưu lại dạng .xlsx"
        raise InputError(Issue("xlsx", message, file=file, todo=todo)) from err


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
    return (
        Percent(value)
        if type(value) in (int, float) and "%" in (cell.number_format or "")
        else value
    )


def _formulas(data: bytes) -> dict[str, set[tuple[int, int]]]:
    """Find where formulas stand, sheet by sheet: one without a stored result must not be taken for a blank cell."""
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if not any(
            b"<f" in parts.read(name)
            for name in parts.namelist()
            if name.startswith("xl/worksheets/sheet")
        ):
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
    """Give the rows of a sheet whatever its dimensions: other programs often write them wrong, and rows would be lost."""
    sheet.reset_dimensions()
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows()
    return rows
