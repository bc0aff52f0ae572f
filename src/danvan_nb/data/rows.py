"""From the cells of a sheet to a checked table.

Owns finding the heading, passing over what is no data, and the rules that a row keeps by itself. One row per number (`Giá trị`)
and one row per indicator (`Thực hiện`, `Kế hoạch năm 2023` …) are read by one way. Every problem is gathered with its cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import Any, TypeVar

import pandas as pd

from danvan_nb.data import cells
from danvan_nb.data.cells import CellError, clean
from danvan_nb.data.schema import OBSERVATIONS, STATUSES, ColumnSpec, Heading, TableSpec
from danvan_nb.data.sheets import Grid, address
from danvan_nb.errors import Issue, ParamsError, nearest
from danvan_nb.project.period import Period
from danvan_nb.project.project import Indicator

ORIGIN = ("file", "sheet", "row", "cell")
"""Columns added to every frame: where a row, and of an observation its number, stands as a spreadsheet shows it."""
SEARCHED = 20
"""Rows in which a heading is looked for: titles and the form's own words stand above it."""
DEPTHS = (1, 2, 3)
"""Rows of a heading."""
_TOTAL = re.compile(r"(tổng cộng|tổng số|tổng|cộng)[:.]?( [0-9].*)?", re.IGNORECASE)
_NUMBERING = re.compile(r"\(?([0-9]{1,2}|[A-ZĐ])\)?")
_SERIAL = ("stt", "tt", "số tt")

Seen = dict[tuple[Any, ...], int]
T = TypeVar("T")


@dataclass(frozen=True)
class Table:
    """A table being read: where it stands, what it means, and what was found wrong so far.

    `seen` holds the row of each key read, and may be shared by tables that must not repeat each other; `columns` holds the known
    headings by column (the first is 0) once they are found.
    """

    grid: Grid
    spec: TableSpec
    period: Period
    catalogue: Mapping[str, Indicator]
    seen: Seen = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    columns: dict[int, Heading] = field(default_factory=dict)

    def add(
        self, rule: str, message: str, row: int | None = None, at: int | None = None, **rest: str
    ) -> None:
        """Note an issue at a row and a column."""
        if row and at is not None:
            rest = {
                "column": self.columns[at].text if at in self.columns else "",
                "cell": address(row, at),
            } | rest
        self.issues.append(
            Issue(rule, message, file=self.grid.file, sheet=self.grid.sheet, row=row, **rest)
        )

    @property
    def headings(self) -> str:
        """Name the columns, for a message."""
        return "Các cột: " + ", ".join(
            self.name(column) for column in self.spec.columns if not column.optional
        )

    def name(self, column: ColumnSpec) -> str:
        """Name a column as this kind of file does."""
        return column.heading if self.grid.sheet else column.name


@dataclass(frozen=True)
class Found:
    """A heading that was found: the row number of its last line, and what stands over each column, known or not."""

    row: int
    columns: dict[int, Heading]
    unknown: dict[int, str]

    def missing(self, spec: TableSpec) -> list[ColumnSpec]:
        """List the columns that a table must have; a heading with a status of its own stands for status and day."""
        present = {heading.column.name for heading in self.columns.values()}
        if any(heading.status for heading in self.columns.values()):
            present |= {"status", "as_of", "source", "note"}
        return [
            column for column in spec.columns if not column.optional and column.name not in present
        ]


def find_heading(grid: Grid, spec: TableSpec) -> Found | None:
    """Find the rows that name the most columns, over merged cells and titles; None where nothing is named."""
    texts = [
        {at: str(cell) for at, raw in enumerate(row) if (cell := clean(raw)) != ""}
        for row in grid.rows[:SEARCHED]
    ]
    known = [
        {at: heading for at, text in row.items() if (heading := spec.heading(text))}
        for row in texts
    ]
    serial = [{at for at, text in row.items() if text.casefold() in _SERIAL} for row in texts]
    best = Found(0, {}, {})
    for depth in DEPTHS:
        for top in range(len(texts) - depth + 1):
            if all(
                texts[row].keys() <= known[row].keys() | serial[row]
                for row in range(top + 1, top + depth)
            ):
                columns = _lowest(known[top : top + depth])
                if len(set(columns.values())) > len(set(best.columns.values())):
                    others = _lowest(texts[top : top + depth]).items()
                    unknown = {
                        at: text
                        for at, text in others
                        if at not in columns and text.casefold() not in _SERIAL
                    }
                    best = Found(top + depth, columns, unknown)
    return best if best.columns else None


def _lowest(rows: list[dict[int, T]]) -> dict[int, T]:
    """Give what stands lowest in each column, by column."""
    return dict(sorted((pair for row in rows for pair in row.items()), key=itemgetter(0)))


def read_table(table: Table) -> list[dict[str, Any]]:
    """Read a table's records, of observations one per number; what is wrong goes to `table.issues`."""
    grid = table.grid
    if _is_legacy(table):
        return []
    found = find_heading(grid, table.spec)
    if found is None:
        message = (
            "Không tìm thấy dòng tiêu đề" if any(grid.rows) else "Bảng trống, thiếu cả dòng tiêu đề"
        )
        table.add("bang_trong", message, todo=table.headings)
        return []
    table.columns.update(found.columns)
    _check_heading(table, found)
    records: list[dict[str, Any]] = []
    for number, raw in (
        enumerate(grid.rows[found.row :], start=found.row + 1) if not table.issues else ()
    ):
        row = [clean(cell) for cell in raw]
        filled = [(column, cell) for column, cell in enumerate(row) if cell != ""]
        if not filled or (
            number == found.row + 1
            and len(filled) > 1
            and all(_NUMBERING.fullmatch(str(c)) for _, c in filled)
        ):
            continue
        if isinstance(filled[0][1], str) and _TOTAL.fullmatch(filled[0][1]):
            todo = "Không cần dòng này: chương trình tự cộng"
            table.add(
                "dong_tong",
                "Bỏ qua dòng tổng cộng",
                number,
                filled[0][0],
                severity="notice",
                todo=todo,
            )
            continue
        over = [column for column, _ in filled if column > max(table.columns)]
        if over:
            todo = "Xóa ô thừa" if grid.sheet else "Ô có dấu phẩy phải đặt trong ngoặc kép"
            table.add(
                "thua_o",
                "Dòng có nhiều ô hơn tiêu đề",
                number,
                over[0],
                found=str(row[over[0]]),
                todo=todo,
            )
            continue
        records += _records(table, number, row)
    return records


def frame(records: list[dict[str, Any]], spec: TableSpec) -> pd.DataFrame:
    """Make a frame of records: a row each, the columns of `TableSpec.stored`, for observations `folder`, and `ORIGIN`."""
    names = [column.name for column in spec.stored]
    made = pd.DataFrame(
        records, columns=[*names, *(["folder"] if spec is OBSERVATIONS else []), *ORIGIN]
    )
    for column in spec.stored:
        if column.kind in ("number", "count"):
            made[column.name] = made[column.name].astype(
                "Float64" if column.kind == "number" else "Int64"
            )
    return made


def _is_legacy(table: Table) -> bool:
    """Refuse a table typed in an old 8-bit encoding, at its first such cell."""
    texts = [
        (number, column, cell)
        for number, row in enumerate(table.grid.rows, 1)
        for column, cell in enumerate(row)
        if isinstance(cell, str) and not cell.isascii()
    ]
    encoding = cells.legacy_encoding("\n".join(cell for _, _, cell in texts))
    if encoding:
        number, column, cell = next(
            text for text in texts if cells.legacy_encoding(text[2], least=1)
        )
        todo = "Chuyển mã sang Unicode, ví dụ bằng UniKey Toolkit, rồi gửi lại"
        table.add(
            "ma_ky_tu",
            f"Chữ gõ bằng bảng mã {encoding}",
            number,
            column,
            found=cell,
            expected="Unicode",
            todo=todo,
        )
    return bool(encoding)


def _check_heading(table: Table, found: Found) -> None:
    names = [table.name(column) for column in table.spec.columns]
    names += [
        label.capitalize()
        for label in STATUSES.values()
        if table.spec is OBSERVATIONS and table.grid.sheet
    ]
    for column, text in found.unknown.items():
        table.add(
            "cot_la",
            "Cột lạ",
            found.row,
            column,
            found=text,
            todo=nearest(text, names, table.headings),
        )
    seen = []
    for column, heading in found.columns.items():
        if heading in seen:
            table.add("cot_trung", "Cột ghi hai lần", found.row, column, todo="Giữ lại một cột")
        seen.append(heading)
        if heading.year not in (None, table.period.year):
            todo = f"Dùng biểu nhập của kỳ {table.period}"
            table.add(
                "cot_nam",
                "Cột của năm khác",
                found.row,
                column,
                expected=f"năm {table.period.year}",
                todo=todo,
            )
    for spec in found.missing(table.spec):
        table.add("thieu_cot", "Thiếu cột", found.row, column=table.name(spec), todo=table.headings)


def _records(table: Table, number: int, row: list[Any]) -> list[dict[str, Any]]:
    """Read one row: one record, or of observations one for each number in it."""
    record: dict[str, Any] = {"file": table.grid.file, "sheet": table.grid.sheet, "row": number}
    record["cell"] = address(number, min(table.columns))
    record |= {column.name: "" if column.kind == "text" else None for column in table.spec.stored}
    wrong = len(table.issues)
    numbers = []
    for column, heading in table.columns.items():
        cell = row[column] if column < len(row) else ""
        if heading.column.kind == "number":
            numbers.append((column, heading, cell))
        elif heading.column.kind != "shown":
            _read_cell(table, heading.column, number, column, cell, record)
    records = []
    for column, heading, cell in numbers:
        if heading.status and cell == "":
            continue
        own = {**record, "cell": address(number, column)}
        if heading.status:
            own |= {"status": heading.status, "as_of": heading.as_of}
        _read_cell(table, heading.column, number, column, cell, own)
        if len(table.issues) == wrong and table.spec is OBSERVATIONS:
            _complete(table, number, column, own)
        records.append(own)
    records = records if numbers else [record]
    if len(table.issues) == wrong:
        for own in records:
            _note_double(table, own)
    return records


def _read_cell(
    table: Table, spec: ColumnSpec, number: int, column: int, cell: Any, record: dict[str, Any]
) -> None:
    try:
        record[spec.name] = _value(cell, spec, table, record)
    except CellError as err:
        text = f"{cell:.15g}" if isinstance(cell, float) else str(cell)
        table.add(
            err.rule, err.message, number, column, found=text, expected=err.expected, todo=err.todo
        )


def _value(cell: Any, column: ColumnSpec, table: Table, record: dict[str, Any]) -> Any:
    """Read one cell by its column's kind; a blank optional cell is missing."""
    cells.check_readable(cell)
    if cell == "":
        if column.required:
            raise CellError("o_trong", "Ô bắt buộc còn trống", column.meaning)
        return "" if column.kind == "text" else None
    indicator = table.catalogue.get(record.get("indicator") or "")
    match column.kind:
        case "number" | "count":
            percent = indicator is not None and indicator.unit == "%"
            value = cells.number(
                cell, percent=percent, dotted=table.grid.dotted, whole=column.kind == "count"
            )
            return int(value) if column.kind == "count" else value
        case "date":
            return cells.day(cell, serials=bool(table.grid.sheet))
        case "period":
            try:
                return Period.parse(cell)
            except ParamsError as err:
                raise CellError(
                    "ky_bao_cao", err.issues[0].message, err.issues[0].expected
                ) from None
        case "status":
            heading = table.spec.heading(str(cell))
            status = (
                str(cell).casefold()
                if str(cell).casefold() in STATUSES
                else heading.status
                if heading
                else ""
            )
            if not status:
                expected = " | ".join(f"{name} ({label})" for name, label in STATUSES.items())
                raise CellError("loai_so_lieu", "Loại số liệu không đúng", expected)
            return status
        case "indicator":
            if str(cell) not in table.catalogue:
                todo = nearest(str(cell), table.catalogue, "Xem các mã trong params/indicators.yml")
                raise CellError("chi_tieu_la", "Không có chỉ tiêu này trong danh mục", todo=todo)
        case "unit":
            if indicator and str(cell).casefold() != indicator.unit.casefold():
                todo = "Ghi lại số theo đơn vị tính của danh mục"
                raise CellError("don_vi_tinh", "Đơn vị tính khác danh mục", indicator.unit, todo)
        case "id":
            if not re.fullmatch(r"[a-z][a-z0-9_]*", str(cell)):
                raise CellError("ma", "Mã không đúng", "chữ thường không dấu, số, gạch dưới")
    return (
        f"{cell:%d/%m/%Y}"
        if isinstance(cell, datetime)
        else f"{cell:.15g}"
        if type(cell) is float
        else str(cell)
    )


def _complete(table: Table, number: int, at: int, record: dict[str, Any]) -> None:
    """Fill in what a blank means (period, last day) and check a number, at column `at`, against its indicator."""
    indicator, period = table.catalogue[record["indicator"]], record["period"] or table.period
    record |= {
        "folder": table.period,
        "period": period,
        "as_of": record["as_of"] or period.last_day,
    }
    columns = {heading.column.name: column for column, heading in table.columns.items()}
    if period > table.period:
        message = f"Kỳ sau kỳ của thư mục ({table.period})"
        table.add(
            "ky_sau",
            message,
            number,
            columns["period"],
            found=str(period),
            expected=f"đến {table.period}",
        )
    as_of: date = record["as_of"]
    if record["status"] != "plan" and not period.contains(as_of):
        expected = f"từ {period.first_day} đến {period.last_day}"
        day = columns.get("as_of", at)
        table.add(
            "ngay_ngoai_ky",
            f"Ngày không nằm trong kỳ {period}",
            number,
            day,
            found=as_of.isoformat(),
            expected=expected,
        )
    if indicator.formula:
        message = f"Chỉ tiêu này được tính ({indicator.formula}), không nhập tay"
        table.add(
            "so_tinh",
            message,
            number,
            columns["indicator"],
            found=record["indicator"],
            todo="Xóa dòng này",
        )
    value = record["value"]
    if (
        value is not None
        and record["status"] != "plan"
        and round(value, indicator.decimals) != value
    ):
        expected = (
            f"tối đa {indicator.decimals} chữ số thập phân" if indicator.decimals else "số nguyên"
        )
        todo = "Sửa số, hoặc sửa decimals của chỉ tiêu trong params/indicators.yml"
        table.add(
            "so_le",
            "Số lẻ hơn mức của chỉ tiêu",
            number,
            at,
            found=f"{value:.15g}",
            expected=expected,
            todo=todo,
        )


def _note_double(table: Table, record: dict[str, Any]) -> None:
    key = tuple(record.get(name) for name in table.spec.key)
    known = (table.spec.name, table.period, *key)
    if known in table.seen:
        shown, todo = (
            ", ".join(str(part) for part in key if part is not None),
            "Mỗi số liệu chỉ nhập một lần",
        )
        message = f"Trùng dòng {table.seen[known]}"
        table.add("dong_trung", message, record["row"], found=shown, todo=todo, cell=record["cell"])
    table.seen.setdefault(known, record["row"])
