"""Reading and checking the input tables of an office.

Owns the way from files to checked frames; what one cell says is read in `cells`. All problems of all files are gathered and
raised together; nothing is repaired but what `cells.NORMALISATIONS` lists.
"""

from __future__ import annotations

import csv
import difflib
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl.utils import get_column_letter

from danvan_nb.cells import CellError, Percent, Uncalculated, check_readable, clean, day, legacy_encoding, number
from danvan_nb.errors import InputError, Issue, ParamsError
from danvan_nb.params import Indicator, Project, ReportParams
from danvan_nb.period import Period
from danvan_nb.schema import OBSERVATIONS, RUNNING_NUMBER, STATUSES, TABLES, ColumnSpec, TableSpec

ORIGIN = ("file", "sheet", "row")
"""Columns added to every frame: where a row stands, the row as a spreadsheet shows it."""


@dataclass(frozen=True)
class Inputs:
    """Checked tables of a report.

    Attributes
    ----------
    observations : pandas.DataFrame
        One row per observation of this period, of the same period last year and of what lies between. `indicator`, `status`
        (str), `as_of` (datetime.date, filled in), `value` (Float64, missing allowed), `period` (Period that the row speaks of),
        `folder` (Period in whose folder it stands), `source`, `note`, `file`, `sheet` (str), `row` (int).
    documents, events, models : pandas.DataFrame
        This period's tables with the columns of the schema and `file`, `sheet`, `row`; empty when there is no such file.
    files : tuple of pathlib.Path
        Every file that was read.
    """

    observations: pd.DataFrame
    documents: pd.DataFrame
    events: pd.DataFrame
    models: pd.DataFrame
    files: tuple[Path, ...]


def read_inputs(project: Project, params: ReportParams) -> Inputs:
    """Read every table that a report needs.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    home = project.path(params.data or f"data/{params.office}")
    issues: list[Issue] = []
    files: list[Path] = []
    tables: dict[str, list[pd.DataFrame]] = {spec.name: [] for spec in TABLES}
    if _source(home, params.period) is None:
        raise InputError(
            Issue(
                "thieu_tep",
                f"Chưa có số liệu của kỳ {params.period}",
                file=project.relative(home / f"{params.period}"),
                todo="Hãy tạo thư mục này với observations.csv, hoặc tệp .xlsx cùng tên",
            )
        )
    for period in _periods(params.period):
        specs = TABLES if period == params.period else (OBSERVATIONS,)
        for spec, path, sheet, rows, dotted in _raw_tables(home, period, specs, project, issues):
            files.append(path)
            place = _Place(project.relative(path), sheet, spec, period, project.catalogue, dotted)
            frame, found = _check_table(rows, place)
            issues += found
            tables[spec.name].append(frame)
    if issues:
        raise InputError(issues)
    joined = {
        spec.name: pd.concat(tables[spec.name], ignore_index=True) if tables[spec.name] else _empty(spec) for spec in TABLES
    }
    return Inputs(**joined, files=tuple(dict.fromkeys(files)))


def _periods(period: Period) -> Iterator[Period]:
    """Yield the folders that can hold a row for this report: from the same period last year to now."""
    current = period.same_period
    while current <= period:
        yield current
        current = current.next


def _source(home: Path, period: Period) -> Path | None:
    found = [path for path in (home / f"{period}{suffix}" for suffix in ("", ".xlsx", ".xlsm")) if path.exists()]
    if len(found) > 1:
        where = " và ".join(f"{home.name}/{path.name}{'' if path.suffix else '/'}" for path in found)
        raise InputError(Issue("hai_nguon", f"Số liệu kỳ {period} có ở hai nơi", file=where, todo="Giữ lại một nơi"))
    return found[0] if found else None


def _raw_tables(
    home: Path, period: Period, specs: Iterable[TableSpec], project: Project, issues: list[Issue]
) -> Iterator[tuple[TableSpec, Path, str, list[list[Any]], bool]]:
    """Yield the raw rows of each table that exists, and whether its decimal mark is the point; a missing one becomes an issue."""
    source = _source(home, period)
    for other in {home / f"{period}.xlsx", home / f"{period}" / f"{OBSERVATIONS.name}.csv"}:
        if not other.is_file():  # once it is there, the report is another one
            project.reads[project.relative(other)] = None
    if source is None:
        return
    try:
        sheets = {} if source.is_dir() else _workbook(source, project)
    except InputError as err:
        issues += err.issues
        return  # one broken workbook is one problem
    for spec in specs:
        path = source / f"{spec.name}.csv" if source.is_dir() else source
        try:
            if source.is_dir():
                found = _csv_rows(path, project)
                table = ("", *found) if found else None
            else:
                name = _find_sheet(sheets, spec, project.relative(path))
                table = (name, sheets[name], False) if name else None
        except InputError as err:
            issues += err.issues
            continue
        if table:
            yield spec, path, *table
        elif spec.required:
            issues.append(
                Issue("thieu_bang", f"Thiếu bảng {spec.name} (“{spec.sheet}”)", file=project.relative(path), todo="Thêm bảng này")
            )


def _csv_rows(path: Path, project: Project) -> tuple[list[list[Any]], bool] | None:
    try:
        content = project.read(path)
    except FileNotFoundError:
        return None
    try:
        text = content.decode("utf-8-sig")
        mark = max(",;\t", key=text.partition("\n")[0].count)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)), mark == ","
    except UnicodeDecodeError as err:
        legacy = legacy_encoding(content.decode("latin-1"))
        message = f"Tệp gõ bằng bảng mã {legacy}" if legacy else "Tệp không phải UTF-8"
        todo = "Trong Excel hãy lưu dạng “CSV UTF-8”; tệp gõ bằng TCVN3 hoặc VNI phải chuyển mã trước"
        issue = Issue("ma_ky_tu", f"{message} (byte thứ {err.start + 1})", file=project.relative(path), todo=todo)
        raise InputError(issue) from err
    except csv.Error as err:  # without strict, an unclosed quote would swallow the rows after it
        todo = "Tìm ô có dấu ngoặc kép mở mà không đóng"
        raise InputError(Issue("csv", f"Tệp CSV sai cú pháp: {err}", file=project.relative(path), todo=todo)) from err


def _workbook(path: Path, project: Project) -> dict[str, list[list[Any]]]:
    """Read the cells of every sheet, hidden or not; a macro stays text in the file."""
    import openpyxl

    try:
        content = project.read(path)
        with (
            closing(openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)) as values,
            closing(
                openpyxl.load_workbook(io.BytesIO(content), read_only=True)
            ) as formulas,  # a formula without result reads as blank above
        ):
            sheets = {}
            for sheet in values.worksheets:
                for view in (sheet, formulas[sheet.title]):
                    view.reset_dimensions()  # other programs store wrong ones
                pairs = zip(sheet.iter_rows(), formulas[sheet.title].iter_rows(values_only=True), strict=True)
                sheets[sheet.title] = [[_cell(*pair) for pair in zip(*rows, strict=True)] for rows in pairs]
            return sheets
    except Exception as err:  # openpyxl raises many kinds for a broken file
        raise InputError(Issue("xlsx", f"Không mở được tệp Excel: {err}", file=project.relative(path))) from err


def _cell(cell: Any, formula: Any) -> Any:
    if cell.value is None and formula is not None:
        return Uncalculated(formula)
    is_number = isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
    return Percent(cell.value) if is_number and "%" in (cell.number_format or "") else cell.value


def _find_sheet(sheets: dict[str, list[list[Any]]], spec: TableSpec, file: str) -> str | None:
    """Find a table's sheet by its name, else by its headings."""
    names = {clean(name).casefold(): name for name in sheets}
    if name := names.get(spec.sheet.casefold()) or names.get(spec.name):
        return name
    taken = {label for table in TABLES for label in (table.name, table.sheet.casefold())}
    needed = {column.name for column in spec.columns if column.required}
    found = []
    for label, name in names.items():
        cells = _heading(sheets[name], spec)[1] if label not in taken else []
        if needed <= {column.name for column in (spec.column(str(cell)) for cell in cells) if column}:
            found.append(name)
    if len(found) > 1:
        message = f"Nhiều trang tính có tiêu đề của bảng “{spec.sheet}”"
        raise InputError(
            Issue("trang_tinh", message, file=file, found="”, “".join(found), todo=f"Đặt tên “{spec.sheet}” cho trang tính đúng")
        )
    return found[0] if found else None


HEADING_ROWS = 20
"""How far down a heading is looked for, under the names of office and table."""


def _heading(rows: list[list[Any]], spec: TableSpec) -> tuple[int, list[Any]]:
    """Find the heading (one row or two): the index of the first row after it, and its cells."""

    def score(cells: list[Any]) -> int:
        return len({column.name for column in (spec.column(str(cell)) for cell in cells) if column})

    cleaned = [[clean(cell) for cell in row] for row in rows[:HEADING_ROWS]]
    start = max(range(len(cleaned)), key=lambda index: (score(cleaned[index]), -index), default=0)
    if not cleaned:
        return 0, []
    if not score(cleaned[start]):
        start = next((index for index, row in enumerate(cleaned) if any(cell != "" for cell in row)), 0)
    after, cells = start + 1, cleaned[start]
    for near in (start - 1, start + 1):  # a heading of two rows, some cells merged downwards
        if 0 <= near < len(cleaned):
            both = [
                other if other != "" and spec.column(str(other)) and not spec.column(str(own)) else own
                for own, other in itertools.zip_longest(cells, cleaned[near], fillvalue="")
            ]
            if score(both) > score(cells):
                after, cells = max(after, near + 1), both
    return after, cells


@dataclass(frozen=True)
class _Place:
    file: str
    sheet: str
    spec: TableSpec
    period: Period
    catalogue: dict[str, Indicator]
    dotted: bool
    letters: dict[str, str] = field(default_factory=dict)

    def issue(self, rule: str, message: str, row: int | None = None, column: ColumnSpec | None = None, **rest: str) -> Issue:
        heading = (column.heading if self.sheet else column.name) if column else ""
        if self.sheet and row and column and column.name in self.letters:
            rest["cell"] = f"{self.letters[column.name]}{row}"
        return Issue(rule, message, file=self.file, sheet=self.sheet, row=row, column=heading, **rest)


def _check_table(rows: list[list[Any]], place: _Place) -> tuple[pd.DataFrame, list[Issue]]:
    """Turn raw rows into a checked frame; returns the frame and every problem found."""
    spec = place.spec
    if not rows:
        return _empty(spec), [place.issue("bang_trong", "Bảng trống, thiếu cả dòng tiêu đề", todo=_headings(place))]
    first, heading = _heading(rows, spec)
    columns, issues = _match_heading(heading, first, place)
    if issues:
        return _empty(spec), issues
    place = replace(place, letters={column.name: get_column_letter(i) for i, column in enumerate(columns, 1) if column})
    records: list[dict[str, Any]] = []
    for line, raw in enumerate(rows[first:], start=first + 1):
        cells = [clean(cell) for cell in raw]
        filled = [str(cell) for cell in cells if cell != ""]
        if _is_no_record(filled):
            continue
        untitled = [index >= len(columns) or (not columns[index] and heading[index] == "") for index in range(len(cells))]
        extra = next((str(cell) for cell, bare in zip(cells, untitled, strict=True) if bare and cell != ""), "")
        if extra:
            todo = "Ô có dấu phẩy phải đặt trong ngoặc kép" if not place.sheet else "Xóa ô thừa"
            issues.append(place.issue("thua_o", "Dòng có nhiều ô hơn tiêu đề", line, found=extra, todo=todo))
            continue
        record: dict[str, Any] = {"file": place.file, "sheet": place.sheet, "row": line}
        record |= {column.name: None for column in spec.columns if column not in columns}
        cells += [""] * (len(columns) - len(cells))
        given = {column: cell for column, cell in zip(columns, cells, strict=False) if column}
        indicator = place.catalogue.get(next((str(cell) for column, cell in given.items() if column.kind == "indicator"), ""))
        percent = indicator is not None and indicator.unit == "%"
        for column, cell in given.items():
            try:
                record[column.name] = _value(cell, column, place, percent=percent)
            except CellError as wrong:
                rest = {"expected": wrong.expected, "todo": wrong.todo}
                issues.append(place.issue(wrong.rule, wrong.message, line, column, found=str(cell), **rest))
        if spec is OBSERVATIONS and all(name in record for name in ("indicator", "status", "as_of", "value", "period")):
            issues += _complete_observation(record, place)
        records.append(record)
    issues += _doubles(records, place)
    names = [column.name for column in spec.columns]
    frame = pd.DataFrame(records, columns=[*names, *(["folder"] if spec is OBSERVATIONS else []), *ORIGIN])
    for column in spec.columns:
        if column.kind in ("number", "count"):
            frame[column.name] = frame[column.name].astype("Float64" if column.kind == "number" else "Int64")
    return frame, issues


def _is_no_record(filled: list[str]) -> bool:
    """Tell a blank row, a total row and a row of column numbers from a record."""
    words = [text for text in filled if not text.isdigit()]
    total = bool(words) and re.fullmatch(r"(tổng )?cộng|tổng( số)?", words[0].rstrip(" :").casefold())
    return not filled or bool(total) or all(re.fullmatch(r"\([0-9]+\)", text) for text in filled)


def _headings(place: _Place) -> str:
    names = (column.heading if place.sheet else column.name for column in place.spec.columns)
    return "Các cột: " + ", ".join(names)


def _match_heading(cells: list[Any], row: int, place: _Place) -> tuple[list[ColumnSpec | None], list[Issue]]:
    """Give each cell of the heading its column; none for a blank one and for the running number."""
    while cells and cells[-1] == "":
        cells.pop()
    columns: list[ColumnSpec | None] = []
    issues: list[Issue] = []
    for index, cell in enumerate(cells, 1):
        column = place.spec.column(str(cell))
        where = f"{get_column_letter(index)}{row}" if place.sheet else ""
        if column is None and str(cell).casefold() not in ("", *RUNNING_NUMBER):
            near = difflib.get_close_matches(str(cell).casefold(), [col.name for col in place.spec.columns], 1)
            todo = f"Có phải là “{near[0]}”?" if near else _headings(place)
            if legacy := legacy_encoding(str(cell)):
                todo = f"Chữ gõ bằng bảng mã {legacy}: chuyển sang Unicode trước"
            issues.append(place.issue("cot_la", "Cột lạ", row, found=str(cell), todo=todo, cell=where))
        elif column and column in columns:
            issues.append(place.issue("cot_trung", "Cột ghi hai lần", row, column, cell=where))
        columns.append(column)
    for column in place.spec.columns:
        if column not in columns and column.name != "period":  # only revised rows need a period
            issues.append(place.issue("thieu_cot", "Thiếu cột", row, column, todo=_headings(place)))
    return columns, issues


def _value(cell: Any, column: ColumnSpec, place: _Place, *, percent: bool) -> Any:
    """Read one cell by its column's kind; a blank optional cell is missing."""
    if cell == "":
        if column.required:
            raise CellError("o_trong", "Ô bắt buộc còn trống", column.meaning)
        return "" if column.kind == "text" else None
    check_readable(cell)
    if legacy := legacy_encoding(str(cell)):
        raise CellError("ma_ky_tu", f"Chữ gõ bằng bảng mã {legacy}", "Unicode", "Chuyển mã sang Unicode rồi gửi lại")
    match column.kind:
        case "number" | "count":
            value = number(cell, percent=percent, dotted=place.dotted, whole=column.kind == "count")
            if abs(value) >= 1e15:  # beyond what a spreadsheet keeps exactly
                raise CellError("so_lon", "Số quá lớn", "số có không quá 15 chữ số")
            return int(value) if column.kind == "count" else value
        case "date":
            return day(cell, serials=bool(place.sheet))
        case "period":
            try:
                return Period.parse(cell)
            except ParamsError as err:
                raise CellError("ky_bao_cao", err.issues[0].message, err.issues[0].expected) from None
        case "status":
            return _one_of(str(cell), STATUSES, "loai_so_lieu", "Loại số liệu không đúng")
        case "indicator":
            if str(cell) not in place.catalogue:
                near = difflib.get_close_matches(str(cell), place.catalogue, 1)
                todo = f"Có phải là “{near[0]}”?" if near else "Xem các mã trong params/indicators.yml"
                raise CellError("chi_tieu_la", "Không có chỉ tiêu này trong danh mục", todo=todo)
        case "id":
            if not re.fullmatch(r"[a-z][a-z0-9_]*", str(cell)):
                raise CellError("ma", "Mã không đúng", "chữ thường không dấu, số, gạch dưới")
    return str(cell)


def _one_of(cell: str, allowed: dict[str, str], rule: str, message: str) -> str:
    for name, label in allowed.items():
        if cell.casefold() in (name, label):
            return name
    raise CellError(rule, message, " | ".join(f"{name} ({label})" for name, label in allowed.items()))


def _complete_observation(record: dict[str, Any], place: _Place) -> list[Issue]:
    """Fill in what a blank means (period, last day) and check a row against its indicator."""
    column = {col.name: col for col in place.spec.columns}
    row, indicator = record["row"], place.catalogue[record["indicator"]]
    record["folder"] = place.period
    record["period"] = record["period"] or place.period
    record["as_of"] = record["as_of"] or record["period"].last_day
    issues = []
    period = record["period"]
    if period > place.period:
        message = f"Kỳ sau kỳ của thư mục ({place.period})"
        issues.append(place.issue("ky_sau", message, row, column["period"], found=str(period), expected=f"đến {place.period}"))
    if record["status"] != "plan" and not period.first_day <= record["as_of"] <= period.last_day:
        issues.append(
            place.issue(
                "ngay_ngoai_ky",
                f"Ngày không nằm trong kỳ {period}",
                row,
                column["as_of"],
                found=record["as_of"].isoformat(),
                expected=f"từ {period.first_day} đến {period.last_day}",
            )
        )
    if indicator.formula:
        issues.append(
            place.issue(
                "so_tinh",
                f"Chỉ tiêu này được tính ({indicator.formula}), không nhập tay",
                row,
                column["indicator"],
                found=record["indicator"],
                todo="Xóa dòng này",
            )
        )
    value = record["value"]
    if value is not None and record["status"] != "plan" and round(value, indicator.decimals) != value:
        expected = f"tối đa {indicator.decimals} chữ số thập phân" if indicator.decimals else "số nguyên"
        todo = "Sửa số, hoặc sửa decimals của chỉ tiêu trong params/indicators.yml"
        issues.append(
            place.issue(
                "so_le", "Số lẻ hơn mức của chỉ tiêu", row, column["value"], found=f"{value:g}", expected=expected, todo=todo
            )
        )
    return issues


def _doubles(records: list[dict[str, Any]], place: _Place) -> list[Issue]:
    seen: dict[tuple[Any, ...], int] = {}
    issues = []
    for record in records:
        if any(name not in record for name in place.spec.key if name != "period"):
            continue
        key = tuple(record.get(name) for name in place.spec.key)
        if key in seen:
            shown = ", ".join(str(part) for part in key if part is not None)
            issues.append(
                place.issue(
                    "dong_trung", f"Trùng dòng {seen[key]}", record["row"], found=shown, todo="Mỗi số liệu chỉ nhập một lần"
                )
            )
        seen.setdefault(key, record["row"])
    return issues


def _empty(spec: TableSpec) -> pd.DataFrame:
    return pd.DataFrame(columns=[*(column.name for column in spec.columns), *ORIGIN])
