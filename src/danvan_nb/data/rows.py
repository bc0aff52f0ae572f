"""From the cells of a sheet to the typed rows of a table.

Owns passing over what is no data, and the rules that a row keeps by itself. One row per number
(`Giá trị`) and one row per indicator (`Thực hiện`, `Kế hoạch năm 2023` …) are read by one way.
Every problem is gathered with its cell.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic

from danvan_nb.data import cells
from danvan_nb.data.cells import CellError
from danvan_nb.data.headings import FoundHeading, find_heading, known_columns
from danvan_nb.data.schema import STATUSES, AnyRow, ColumnHeading, Kind, TableSpec
from danvan_nb.data.sheets import Grid, address
from danvan_nb.errors import Issue, ParamsError, errors_among, nearest
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period
from danvan_nb.project.texts import damage

_TOTAL = re.compile(r"(tổng cộng|tổng số|tổng|cộng)[:.]?( [0-9].*)?", re.IGNORECASE)
_NUMBERING = re.compile(r"\(?([0-9]{1,2}|[A-ZĐ])\)?")
NOISE = Decimal("1e-10")
"""What arithmetic in binary leaves behind the decimals that a sheet shows, as a share."""

Seen = dict[tuple[Any, ...], int]


@dataclass
class TableReader(Generic[AnyRow]):
    """Reads one table: `read` gives its rows, and `issues` holds what was found wrong on the way.

    `seen` holds the row of each key read, and is shared by tables that must not repeat each other.
    """

    grid: Grid
    spec: TableSpec[AnyRow]
    period: Period
    catalogue: Mapping[str, Indicator]
    seen: Seen = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list, init=False)
    columns: dict[int, ColumnHeading] = field(default_factory=dict, init=False)
    heading: FoundHeading = field(init=False)

    def read(self) -> list[AnyRow]:
        """Read the rows, of observations one per number; one with something wrong is left out."""
        if self._is_damaged():
            return []
        found = find_heading(self.grid, self.spec)
        if found is None:
            key = "bang_trong.tieu_de" if any(self.grid.rows) else "bang_trong"
            self._note(key, todo=known_columns(self.spec, self.grid))
            return []
        first = sorted(found.columns.items(), key=lambda pair: pair[1].column.kind != "indicator")
        self.columns = dict(first)  # units and numbers are read by their indicator
        self.heading = found
        self.issues += [*found.issues(self.spec, self.period), *found.looks()]
        rows: list[AnyRow] = []
        if not errors_among(self.issues):
            blank = [""] * (max(self.columns) + 1)
            for number, raw in enumerate(self.grid.rows[found.row :], start=found.row + 1):
                row = [cells.clean(cell) for cell in raw] + blank[len(raw) :]
                if self._is_data(number, row, first=number == found.row + 1):
                    rows += self._read_row(number, row)
        return rows

    def _note(
        self, key: str, row: int | None = None, at: int | None = None, /, **facts: Any
    ) -> None:
        """Note an issue at a row and a column."""
        if at in self.columns:
            facts = {"column": self.columns[at].text} | facts
        self.issues.append(self.grid.issue(key, row, at, **facts))

    def _is_damaged(self) -> bool:
        """Refuse a table of damaged letters or an old encoding, at its first such cell."""
        texts = [
            (number, at, cell)
            for number, row in enumerate(self.grid.rows, 1)
            for at, cell in enumerate(row)
            if isinstance(cell, str) and not (cell.isascii() and "?" not in cell)
        ]
        if not damage("\n".join(cell for _, _, cell in texts)):
            return False
        for number, at, cell in texts:
            if found := damage(cell, least=1):
                self._note(found.key, number, at, found=cell, **found.facts)
                break
        return True

    def _is_data(self, number: int, row: list[Any], first: bool) -> bool:
        """Pass over blank rows, the numbering below a heading, totals; refuse a stray cell."""
        filled = [at for at, cell in enumerate(row) if cell != ""]
        texts = [str(row[at]) for at in filled]
        if not filled or (first and len(filled) > 1 and all(map(_NUMBERING.fullmatch, texts))):
            return False
        if isinstance(row[filled[0]], str) and _TOTAL.fullmatch(row[filled[0]]):
            self._note("dong_tong", number, filled[0])
            return False
        over = [at for at in filled if at > max(self.columns) or at in self.heading.headless]
        if over:
            key = "thua_o.trang" if self.grid.sheet else "thua_o.csv"
            self._note(key, number, over[0], found=str(row[over[0]]))
        return not over

    def _read_row(self, number: int, row: list[Any]) -> list[AnyRow]:
        """Read one row: one typed row, or of observations one for each number in it."""
        wrong = len(self.issues)
        self.issues += self.heading.fill_merged(number, row)
        fields: dict[str, Any] = {"file": self.grid.file, "sheet": self.grid.sheet, "row": number}
        fields["cell"] = address(number, min(self.columns))
        fields |= {spec.name: "" if spec.kind == "text" else None for spec in self.spec.stored}
        numbers = []
        for at, heading in self.columns.items():
            if heading.column.kind == "number":
                numbers.append(at)
            elif heading.column.kind != "shown":
                self._read_cell(number, at, row, fields)
        found = [] if numbers else [fields]
        for at in numbers:
            heading = self.columns[at]
            if heading.status and row[at] == "":
                continue
            own = {**fields, "cell": address(number, at)}
            if heading.status:
                own |= {"status": heading.status, "as_of": heading.as_of}
            self._read_cell(number, at, row, own)
            if self.spec.wide and not errors_among(self.issues[wrong:]):
                self._complete(own)
                self._check_number(number, at, own)
            found.append(own)
        if errors_among(self.issues[wrong:]):
            return []
        rows = [self.spec.row(**one) for one in found]
        self._note_doubles(rows)
        return rows

    def _read_cell(self, number: int, at: int, row: list[Any], fields: dict[str, Any]) -> None:
        """Read one cell by its column's kind into `fields`; a blank optional cell is missing."""
        cell, column = row[at], self.columns[at].column
        indicator = self.catalogue.get(fields.get("indicator") or "")
        self._take_remarks(number, at, indicator)
        if column.kind == "text" and not column.required and cells.is_placeholder(cell):
            self._note("cho_trong", number, at, found=cell)
            cell = ""
        try:
            cells.check_readable(cell)
            if cell == "" and column.required:
                raise CellError("o_trong", expected=column.meaning)
            if column.kind == "text":
                cells.check_text(cell, column.required)
            if cell != "":
                value = CELL_READERS[column.kind](cell, self, indicator)
                if column.kind != "unit":
                    fields[column.name] = value
        except CellError as err:
            self._note(err.key, number, at, **({"found": _shown(cell)} | err.facts))

    def _take_remarks(self, number: int, at: int, indicator: Indicator | None) -> None:
        """Say what is odd about how a cell looks, unless its format only names its unit."""
        for key, found in self.grid.remarks.get((number, at), ()):
            unit = indicator.unit if indicator else self.columns[at].column.meaning
            if key != "dinh_dang.don_vi" or not cells.is_unit(found, unit):
                self._note(key, number, at, found=found)

    def _complete(self, fields: dict[str, Any]) -> None:
        """Fill in what a blank means: this period, its last day."""
        fields["folder"] = self.period
        fields["period"] = fields["period"] or self.period
        fields["as_of"] = fields["as_of"] or fields["period"].last_day

    def _check_number(self, number: int, at: int, fields: dict[str, Any]) -> None:
        """Check a number, at column `at`, against its indicator and its days."""
        indicator: Indicator = self.catalogue[fields["indicator"]]
        period, as_of, value = fields["period"], fields["as_of"], fields["value"]
        columns = {heading.column.name: column for column, heading in self.columns.items()}
        planned = fields["status"] == "plan"
        if period > self.period:
            column = columns["period"]
            self._note("ky_sau", number, column, found=str(period), folder=self.period)
        if not planned and not period.contains(as_of):
            column = columns.get("as_of", at)
            self._note("ngay_ngoai_ky", number, column, found=as_of.isoformat(), period=period)
        if indicator.formula:
            found, formula = fields["indicator"], indicator.formula
            self._note("so_tinh", number, columns["indicator"], found=found, formula=formula)
        amount = self.heading.amounts.get(at) or self.heading.amounts.get(-1)
        unit = indicator.unit
        if amount and unit.endswith("đồng") and not cells.is_unit(amount.found, unit):
            told = {"found": amount.found, "expected": unit, "name": fields["indicator"]}
            self._note("don_vi_tinh.tieu_de", amount.row, amount.at, **told)
            self.heading.amounts.clear()  # said once
        decimals = indicator.decimals
        if value is None or round(value, decimals) == value:
            return
        if abs(round(value, decimals) - value) < abs(value) * NOISE:
            fields["value"] = round(value, decimals).normalize() + 0
            self._note("so_le.nhieu", number, at, found=f"{value:f}", read=f"{fields['value']:f}")
        elif not planned:
            key = "so_le.thap_phan" if decimals else "so_le.nguyen"
            self._note(key, number, at, found=f"{value:f}", decimals=decimals)

    def _note_doubles(self, rows: Iterable[AnyRow]) -> None:
        for row in rows:
            key = tuple(getattr(row, name) for name in self.spec.key)
            known = (self.spec.name, self.period, *key)
            if known in self.seen:
                shown = ", ".join(str(part) for part in key if part is not None)
                first = self.seen[known]
                self._note("dong_trung", row.row, found=shown, cell=row.cell, first=first)
            self.seen.setdefault(known, row.row)


Reader = Callable[[Any, TableReader[Any], Indicator | None], Any]


def _shown(cell: Any) -> str:
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)


def _text(cell: Any) -> str:
    return f"{cell:%d/%m/%Y}" if isinstance(cell, datetime) else _shown(cell)


def _read_number(
    cell: Any, table: TableReader[Any], indicator: Indicator | None, whole: bool = False
) -> Decimal:
    percent = indicator is not None and indicator.unit == "%"
    return cells.number(cell, percent=percent, dotted=table.grid.dotted, whole=whole)


def _read_day(cell: Any, table: TableReader[Any], indicator: Indicator | None) -> date:
    found = cells.day(cell, epoch=table.grid.epoch if table.grid.sheet else None)
    if isinstance(cell, datetime) and table.heading.has_text_days and cells.may_be_turned(found):
        other = found.replace(month=found.day, day=found.month)
        raise CellError("ngay_hai_nghia.cot", one=f"{found:%d/%m/%Y}", other=f"{other:%d/%m/%Y}")
    return found


def _read_period(cell: Any, table: TableReader[Any], indicator: Indicator | None) -> Period:
    try:
        return Period.parse(cell)
    except ParamsError:
        raise CellError("ky_bao_cao") from None


def _read_status(cell: Any, table: TableReader[Any], indicator: Indicator | None) -> str:
    text = str(cell).casefold()
    heading = table.spec.heading(text)
    status = text if text in STATUSES else heading and heading.status
    if not status:
        known = (f"{name} ({label})" for name, label in STATUSES.items())
        raise CellError("loai_so_lieu", expected=" | ".join(known))
    return status


def _read_indicator(cell: Any, table: TableReader[Any], indicator: Indicator | None) -> str:
    name = _text(cell).replace(" ", "_xa_")  # which LibreOffice takes for the code of a new line
    if name not in table.catalogue:
        todo = nearest(_text(cell), table.catalogue, "Xem các mã trong params/indicators.yml")
        raise CellError("chi_tieu_la", todo=todo)
    return name


def _read_unit(cell: Any, table: TableReader[Any], indicator: Indicator | None) -> None:
    if indicator and cells.unit(str(cell)) != cells.unit(indicator.unit):
        raise CellError("don_vi_tinh", expected=indicator.unit)


def _read_id(cell: Any, table: TableReader[Any], indicator: Indicator | None) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", str(cell)):
        raise CellError("ma")
    return str(cell)


CELL_READERS: Mapping[Kind, Reader] = {
    "text": lambda cell, table, indicator: _text(cell),
    "id": _read_id,
    "indicator": _read_indicator,
    "status": _read_status,
    "number": _read_number,
    "count": lambda cell, table, indicator: int(_read_number(cell, table, None, whole=True)),
    "date": _read_day,
    "period": _read_period,
    "unit": _read_unit,
}
"""How a cell that is not blank is read, by the kind of its column."""
