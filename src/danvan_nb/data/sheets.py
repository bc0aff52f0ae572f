"""The raw tables of a file: rows of cells with the row numbers that a spreadsheet shows.

Owns what a sheet is, whatever file it stands in, how its formats show numbers, and opening CSV
files; never writes. What the cells mean is decided elsewhere.
"""

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from itertools import islice
from typing import Any, NamedTuple, Self

from danvan_nb.data.cells import EPOCH, LAST_DAY, Percent, Refused, clean, may_be_turned
from danvan_nb.errors import InputError, Issue
from danvan_nb.project.texts import wrong_encoding

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""Of a sheet of Excel."""
WORKBOOKS = (".xlsx", ".xlsm")
UNREADABLE = (".xls", ".xlsb", ".ods")
"""Workbooks that people send, but that must be saved as .xlsx first."""
_NEXT_SECTION = re.compile(';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_ASIDE = re.compile(r'"([^"]*)"|\\(.)|[_*].|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]')
"""What a number format puts beside the number: words, a character, space, a currency, a colour."""
_DIVIDED = re.compile(r"[0#?](,+)(?![0#?,])")


class Remark(NamedTuple):
    """What is odd about a cell: the key of its message, and what was found."""

    key: str
    found: str


class Area(NamedTuple):
    """Merged cells, from one row and column to another; the first column is 0."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def of(cls, reference: str) -> Self:
        """Read an area as a spreadsheet writes it.

        Examples
        --------
        >>> Area.of("A6:C9"), Area.of("A6:C9").address
        (Area(top=6, left=0, bottom=9, right=2), 'A6:C9')
        """
        first, _, last = reference.partition(":")
        (left, top), (right, bottom) = (_place(end) for end in (first, last or first))
        return cls(top, left, bottom, right)

    @property
    def columns(self) -> range:
        """Give its columns."""
        return range(self.left, self.right + 1)

    @property
    def address(self) -> str:
        """Name the area as a spreadsheet does."""
        return f"{address(self.top, self.left)}:{address(self.bottom, self.right)}"


@dataclass(frozen=True)
class Grid:
    """One sheet, or one CSV file (then `sheet` is empty): rows of cells, the first is row 1.

    Attributes
    ----------
    dotted : bool
        Decimal numbers are written with a point, as comma-separated files have them.
    epoch : date
        Day 0 of the numbers that stand for days.
    remarks : dict
        What is odd about a cell, by row and column.
    merged, hidden_rows, hidden_columns : list
        How the sheet looks; the first column is 0.
    """

    file: str
    sheet: str
    rows: list[list[Any]]
    hidden: bool = False
    dotted: bool = False
    epoch: date = EPOCH
    remarks: dict[tuple[int, int], list[Remark]] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)

    @cached_property
    def areas(self) -> dict[int, list[Area]]:
        """Give the merged areas that each row crosses."""
        areas = defaultdict(list)
        for area in self.merged:
            for row in range(area.top, min(area.bottom, len(self.rows)) + 1):
                areas[row].append(area)
        return areas

    def at(self, row: int, column: int) -> Any:
        """Give a cell, cleaned."""
        cells = self.rows[row - 1]
        return clean(cells[column]) if column < len(cells) else ""

    def issue(
        self, key: str, row: int | None = None, at: int | None = None, /, **facts: Any
    ) -> Issue:
        """Make an issue about the sheet, or about its cell at a row and a column."""
        if row and at is not None:
            facts = {"cell": address(row, at)} | facts
        return Issue.of(key, file=self.file, sheet=self.sheet, row=row, **facts)


@cache
def column_number(letters: str) -> int:
    """Read the letters of a column; the first is 0.

    Examples
    --------
    >>> column_number("A"), column_number("AB")
    (0, 27)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _place(cell: str) -> tuple[int, int]:
    letters = cell.rstrip("0123456789")
    return column_number(letters), int(cell[len(letters) :])


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


def as_shown(value: float, code: str, epoch: date) -> tuple[Any, *tuple[Remark, ...]]:
    """Give what a number means as its format shows it (18.8.31), and what is odd about that.

    Examples
    --------
    >>> as_shown(301149000000, "#,##0.000,,,", EPOCH)
    (301.149, Remark(key='dinh_dang.chia', found='301149000000'))
    """
    places, words = _format(code, value < 0)
    if re.search("[dmyhs]", places):
        return _moment(value, places, epoch)
    divided = _DIVIDED.search(places)
    held = f"{value:.15g}"
    if not value:
        return (value,)  # however it is shown
    if not re.search("[0#?@]", places):
        return (Refused("dinh_dang.giau", held),)
    if re.search(r"\[[<>=]", code) and (divided or "%" in places + words):
        return (Refused("dinh_dang.dieu_kien", held),)
    remarks = []
    meant = value
    if divided:
        meant = value / 1000 ** len(divided[1])
        remarks.append(Remark("dinh_dang.chia", held))
    if "%" in places:
        meant = Percent(meant)
    elif "%" in words:
        meant = Percent(meant / 100)
        remarks.append(Remark("dinh_dang.phan_tram", held))
    if named := re.findall(r"[^\W_]+|[‰₫$€]", words + re.sub("[0-9]", "", places)):
        remarks.append(Remark("dinh_dang.don_vi", " ".join(named)))
    return meant, *remarks


@cache
def _format(code: str, negative: bool) -> tuple[str, str]:
    """Split a format into its places and its words; one with conditions is taken whole."""
    sections = _NEXT_SECTION.split(code)
    section = sections[1 if negative and len(sections) > 1 else 0]
    if re.search(r"\[[<>=]", code):
        section = " ".join(sections)
    elif negative and len(sections) > 1 and not re.search(r"(?<!₫)[-(]|(?i:\[red)", section):
        section = ""  # it hides that the number is negative
    words = "".join("".join(groups) for groups in _ASIDE.findall(section))
    return re.sub("general|e[+-]", "0", _ASIDE.sub("", section).lower()), words


def _moment(value: float, places: str, epoch: date) -> tuple[Any, *tuple[Remark, ...]]:
    """Give the day or the time that a number stands for; what Excel can't show is an error."""
    if not 0 <= value < LAST_DAY:
        return ("####",)
    moment = datetime.combine(epoch, time()) + timedelta(seconds=round(value * 86400))
    if value < 1:
        return (moment.time(),)
    if re.match("[^dmy]*mm?[^dmy]*d", places) and may_be_turned(moment):
        return moment, Remark("ngay_hai_nghia.dinh_dang", f"{moment:%m/%d/%Y}")
    return (moment,)


def read_csv(data: bytes, file: str) -> Grid:
    """Read a CSV file in UTF-8, separated by commas, semicolons or tabs; else an InputError."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise InputError(wrong_encoding(data, err.start, file, "csv")) from err
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    lines = io.StringIO(text, newline="")
    try:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        rows: list[list[Any]] = list(islice(reader, MOST_ROWS + 1))
    except csv.Error as err:
        raise InputError(Issue.of("csv", file=file, error=err)) from err
    if len(rows) > MOST_ROWS or any(len(row) > MOST_COLUMNS for row in rows):
        raise InputError(Issue.of("bang_lon", file=file))
    return Grid(file, "", rows, dotted=delimiter == ",")
