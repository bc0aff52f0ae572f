"""Reading and checking the input tables of an office.

Owns the way from CSV and Excel cells to checked frames. All problems of all files are gathered and raised together; nothing is
repaired but what is listed here: Unicode is composed (NFC), non-breaking spaces become spaces, cells are trimmed.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from danvan_nb.errors import InputError, Issue, ParamsError
from danvan_nb.params import Indicator, Project, ReportParams
from danvan_nb.period import Period
from danvan_nb.schema import OBSERVATIONS, STATUSES, TABLES, ColumnSpec, TableSpec

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
        for spec, path, sheet, rows in _raw_tables(home, period, specs, project, issues):
            files.append(path)
            place = _Place(project.relative(path), sheet, spec, period, project.catalogue)
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
    folder, workbook = home / str(period), home / f"{period}.xlsx"
    if folder.is_dir() and workbook.is_file():
        raise InputError(
            Issue(
                "hai_nguon",
                f"Số liệu kỳ {period} có ở hai nơi",
                file=f"{home.name}/{period}/ và {home.name}/{period}.xlsx",
                todo="Giữ lại một nơi",
            )
        )
    return folder if folder.is_dir() else workbook if workbook.is_file() else None


def _raw_tables(
    home: Path, period: Period, specs: Iterable[TableSpec], project: Project, issues: list[Issue]
) -> Iterator[tuple[TableSpec, Path, str, list[list[Any]]]]:
    """Yield the raw rows of each table that exists, heading first; a missing required table becomes an issue."""
    source = _source(home, period)
    for other in {home / f"{period}.xlsx", home / f"{period}" / f"{OBSERVATIONS.name}.csv"}:
        if not other.is_file():  # once it is there, the report is another one
            project.reads[project.relative(other)] = None
    if source is None:
        return
    for spec in specs:
        path, sheet = (source / f"{spec.name}.csv", "") if source.is_dir() else (source, spec.sheet)
        try:
            rows = _sheet_rows(path, spec, project) if sheet else _csv_rows(path, project)
        except InputError as err:
            issues += err.issues
            if sheet:
                return  # one broken workbook is one problem
            continue
        if rows is not None:
            yield spec, path, sheet, rows
        elif spec.required:
            issues.append(
                Issue("thieu_bang", f"Thiếu bảng {spec.name} (“{spec.sheet}”)", file=project.relative(path), todo="Thêm bảng này")
            )


def _csv_rows(path: Path, project: Project) -> list[list[Any]] | None:
    try:
        text = project.read(path).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as err:
        message = f"Tệp không phải UTF-8 (byte thứ {err.start + 1})"
        todo = "Trong Excel hãy lưu dạng “CSV UTF-8”; tệp gõ bằng TCVN3 hoặc VNI phải chuyển mã trước"
        raise InputError(Issue("ma_ky_tu", message, file=project.relative(path), todo=todo)) from err
    except csv.Error as err:  # without strict, an unclosed quote would swallow the rows after it
        todo = "Tìm ô có dấu ngoặc kép mở mà không đóng"
        raise InputError(Issue("csv", f"Tệp CSV sai cú pháp: {err}", file=project.relative(path), todo=todo)) from err


def _sheet_rows(path: Path, spec: TableSpec, project: Project) -> list[list[Any]] | None:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(project.read(path)), read_only=True, data_only=True)
    except Exception as err:  # openpyxl raises many kinds for a broken file
        raise InputError(Issue("xlsx", f"Không mở được tệp Excel: {err}", file=project.relative(path))) from err
    with closing(book):
        name = next((name for name in book.sheetnames if name.strip().casefold() in (spec.sheet.casefold(), spec.name)), None)
        return [list(row) for row in book[name].iter_rows(values_only=True)] if name else None


@dataclass(frozen=True)
class _Place:
    file: str
    sheet: str
    spec: TableSpec
    period: Period
    catalogue: dict[str, Indicator]

    def issue(self, rule: str, message: str, row: int | None = None, column: ColumnSpec | None = None, **rest: str) -> Issue:
        heading = (column.heading if self.sheet else column.name) if column else ""
        return Issue(rule, message, file=self.file, sheet=self.sheet, row=row, column=heading, **rest)


def _check_table(rows: list[list[Any]], place: _Place) -> tuple[pd.DataFrame, list[Issue]]:
    """Turn raw rows into a checked frame; returns the frame and every problem found."""
    spec = place.spec
    if not rows:
        return _empty(spec), [place.issue("bang_trong", "Bảng trống, thiếu cả dòng tiêu đề", todo=_headings(place))]
    columns, issues = _match_heading([_clean(cell) for cell in rows[0]], place)
    if issues:
        return _empty(spec), issues
    records: list[dict[str, Any]] = []
    for number, raw in enumerate(rows[1:], start=2):
        cells = [_clean(cell) for cell in raw]
        if not any(cell != "" for cell in cells):
            continue
        if any(cell != "" for cell in cells[len(columns) :]):
            extra = next(str(cell) for cell in cells[len(columns) :] if cell != "")
            todo = "Ô có dấu phẩy phải đặt trong ngoặc kép" if not place.sheet else "Xóa ô thừa"
            issues.append(place.issue("thua_o", "Dòng có nhiều ô hơn tiêu đề", number, found=extra, todo=todo))
            continue
        record: dict[str, Any] = {"file": place.file, "sheet": place.sheet, "row": number}
        record |= {column.name: None for column in spec.columns if column not in columns}
        for column, cell in zip(columns, cells + [""] * (len(columns) - len(cells)), strict=False):
            try:
                record[column.name] = _value(cell, column, place)
            except _CellError as wrong:
                issues.append(
                    place.issue(
                        wrong.rule, wrong.message, number, column, found=str(cell), expected=wrong.expected, todo=wrong.todo
                    )
                )
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


def _headings(place: _Place) -> str:
    names = (column.heading if place.sheet else column.name for column in place.spec.columns)
    return "Các cột: " + ", ".join(names)


def _match_heading(cells: list[Any], place: _Place) -> tuple[list[ColumnSpec], list[Issue]]:
    while cells and cells[-1] == "":
        cells.pop()
    columns: list[ColumnSpec] = []
    issues: list[Issue] = []
    for cell in cells:
        column = place.spec.column(str(cell))
        if column is None:
            near = difflib.get_close_matches(str(cell).casefold(), [col.name for col in place.spec.columns], 1)
            todo = f"Có phải là “{near[0]}”?" if near else _headings(place)
            issues.append(place.issue("cot_la", "Cột lạ", 1, found=str(cell), todo=todo))
        elif column in columns:
            issues.append(place.issue("cot_trung", "Cột ghi hai lần", 1, column))
        else:
            columns.append(column)
    for column in place.spec.columns:
        if column not in columns and column.name != "period":  # only revised rows need a period
            issues.append(place.issue("thieu_cot", "Thiếu cột", 1, column, todo=_headings(place)))
    return columns, issues


def _clean(cell: Any) -> Any:
    if not isinstance(cell, str):
        return "" if cell is None else cell
    return unicodedata.normalize("NFC", cell).replace("\u00a0", " ").strip()


class _CellError(Exception):
    def __init__(self, rule: str, message: str, expected: str = "", todo: str = "") -> None:
        self.rule, self.message, self.expected, self.todo = (rule, message, expected, todo)


def _value(cell: Any, column: ColumnSpec, place: _Place) -> Any:
    """Read one cell by its column's kind; a blank optional cell is missing."""
    if cell == "":
        if column.required:
            raise _CellError("o_trong", "Ô bắt buộc còn trống", column.meaning)
        return "" if column.kind == "text" else None
    match column.kind:
        case "number" | "count":
            return _number(cell, whole=column.kind == "count")
        case "date":
            return _date(cell)
        case "period":
            try:
                return Period.parse(cell)
            except ParamsError as err:
                raise _CellError("ky_bao_cao", err.issues[0].message, err.issues[0].expected) from None
        case "status":
            return _one_of(str(cell), STATUSES, "loai_so_lieu", "Loại số liệu không đúng")
        case "indicator":
            if str(cell) not in place.catalogue:
                near = difflib.get_close_matches(str(cell), place.catalogue, 1)
                todo = f"Có phải là “{near[0]}”?" if near else "Xem các mã trong params/indicators.yml"
                raise _CellError("chi_tieu_la", "Không có chỉ tiêu này trong danh mục", todo=todo)
        case "id":
            if not re.fullmatch(r"[a-z][a-z0-9_]*", str(cell)):
                raise _CellError("ma", "Mã không đúng", "chữ thường không dấu, số, gạch dưới")
    return str(cell)


def _one_of(cell: str, allowed: dict[str, str], rule: str, message: str) -> str:
    for name, label in allowed.items():
        if cell.casefold() in (name, label):
            return name
    raise _CellError(rule, message, " | ".join(f"{name} ({label})" for name, label in allowed.items()))


def _number(cell: Any, *, whole: bool) -> float | int:
    if isinstance(cell, bool):
        raise _CellError("khong_phai_so", "Không phải số", "một số")
    if isinstance(cell, str):
        if not re.fullmatch(r"[-+]?\d+(\.\d+)?", cell):
            hint = "Dấu thập phân là dấu chấm, không ngăn cách hàng nghìn" if re.search(r"\d", cell) else ""
            raise _CellError("khong_phai_so", "Không phải số", "một số, ví dụ 1234.5", hint)
        cell = float(cell)
    if not isinstance(cell, (int, float)):
        raise _CellError("khong_phai_so", "Không phải số", "một số")
    if abs(cell) >= 1e15:  # beyond what a spreadsheet keeps exactly
        raise _CellError("so_lon", "Số quá lớn", "số có không quá 15 chữ số")
    if whole and cell != int(cell):
        raise _CellError("so_nguyen", "Không phải số nguyên", "số nguyên")
    return int(cell) if whole else float(cell)


def _date(cell: Any) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    try:
        return date.fromisoformat(str(cell))
    except ValueError:
        raise _CellError("ngay", "Ngày không đúng", "năm-tháng-ngày, ví dụ 2023-06-30") from None


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
