"""Which files hold the data of an office, and reading all of them.

Owns where input tables stand. All problems of all files are gathered and raised together; no file is ever changed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from danvan_nb.errors import InputError, Issue
from danvan_nb.grids import FINDINGS, STAMP, UNREADABLE, WORKBOOKS, Grid, read_csv, read_workbook
from danvan_nb.params import Project, ReportParams, changed_files
from danvan_nb.period import Period
from danvan_nb.rows import Seen, Table, find_heading, frame, read_table
from danvan_nb.schema import COLLECTED, OBSERVATIONS, PROVENANCE, TABLES, TableSpec


@dataclass(frozen=True)
class Inputs:
    """Checked tables of a report.

    Attributes
    ----------
    observations : pandas.DataFrame
        One row per observation of this period, of the same period last year and of what lies between. `indicator`, `status`
        (str), `as_of` (datetime.date, filled in), `value` (Float64, missing allowed), `period` (Period that the row speaks of),
        `folder` (Period in whose folder it stands), `source`, `note`, `file`, `sheet` (str), `row` (int), `cell` (str).
    documents, events, models : pandas.DataFrame
        This period's tables with the columns of the schema and `file`, `sheet`, `row`, `cell`; empty when there is no such file.
    provenance : pandas.DataFrame
        One row per number of a sub-office that went into a collected one, of all periods read; empty where nothing was collected.
    files : tuple of pathlib.Path
        Every file that was read, and every file of a sub-office that was collected.
    notices : tuple of Issue
        What was passed over or read in spite of its looks.
    """

    observations: pd.DataFrame
    documents: pd.DataFrame
    events: pd.DataFrame
    models: pd.DataFrame
    provenance: pd.DataFrame
    files: tuple[Path, ...]
    notices: tuple[Issue, ...] = ()


@dataclass
class _Reading:
    """What is read so far, of all files."""

    project: Project
    office: str
    issues: list[Issue] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    tables: dict[str, list[pd.DataFrame]] = field(default_factory=lambda: {spec.name: [] for spec in TABLES})
    seen: Seen = field(default_factory=dict)

    def joined(self, spec: TableSpec) -> pd.DataFrame:
        """Give a table of all files together, unless anything is wrong with any of them."""
        errors = [issue for issue in self.issues if issue.severity == "error"]
        if errors:
            raise InputError(errors)
        tables = self.tables[spec.name]
        return pd.concat(tables, ignore_index=True) if tables else frame([], spec)


def read_inputs(project: Project, params: ReportParams) -> Inputs:
    """Read every table that a report needs.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    return read_office(project, params.office, params.period, params.data)


def read_office(project: Project, office: str, period: Period, data: str | None = None) -> Inputs:
    """Read an office's tables of a period, and its observations since the same period last year.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    home = project.path(data or f"data/{office}")
    reading = _Reading(project, office)
    if find_source(home, period, project) is None:
        message, place = f"Chưa có số liệu của kỳ {period}", project.relative(home / f"{period}")
        todo = "Hãy tạo thư mục này với observations.csv, hoặc tệp .xlsx cùng tên"
        raise InputError(Issue("thieu_tep", message, file=place, todo=todo))
    for folder in _periods(period):
        source = find_source(home, folder, project)
        if source:
            specs = TABLES if folder == period else (OBSERVATIONS, PROVENANCE)
            (_read_folder if source.is_dir() else _read_book)(reading, source, folder, specs)
    _check_collected(reading)
    joined = {spec.name: reading.joined(spec) for spec in TABLES}
    return Inputs(**joined, files=tuple(dict.fromkeys(reading.files)), notices=tuple(reading.issues))


def read_history(project: Project, office: str, period: Period) -> pd.DataFrame:
    """Read an office's observations from the same period last year up to before a period; empty where there are none.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    reading = _Reading(project, office)
    for folder in _periods(period):
        source = find_source(project.path(f"data/{office}"), folder, project) if folder < period else None
        if source:
            (_read_folder if source.is_dir() else _read_book)(reading, source, folder, (OBSERVATIONS,))
    return reading.joined(OBSERVATIONS)


def _periods(period: Period) -> Iterator[Period]:
    """Yield the folders that can hold a row for this report: from the same period last year to now."""
    current = period.same_period
    while current <= period:
        yield current
        current = current.next


def find_source(home: Path, period: Period, project: Project) -> Path | None:
    """Find the folder or workbook of a period; None where there is none.

    Raises
    ------
    InputError
        If there are two, or it is a workbook of a kind that can't be read.
    """
    found = [path for path in (home / f"{period}{ending}" for ending in ("", *WORKBOOKS, *UNREADABLE)) if path.exists()]
    for other in (home / f"{period}.xlsx", home / f"{period}" / f"{OBSERVATIONS.name}.csv"):
        if not other.is_file():  # once it is there, the report is another one
            project.reads[project.relative(other)] = None
    names = " và ".join(project.relative(path) for path in found)
    if len(found) > 1:
        raise InputError(Issue("hai_nguon", f"Số liệu kỳ {period} có ở hai nơi", file=names, todo="Giữ lại một nơi"))
    if found and found[0].suffix in UNREADABLE:
        raise InputError(Issue("xlsx", f"Không đọc được tệp {found[0].suffix}", file=names, todo="Lưu lại dạng .xlsx"))
    return found[0] if found else None


def _read_folder(reading: _Reading, folder: Path, period: Period, specs: Iterable[TableSpec]) -> None:
    """Read a folder of CSV files; what `collect` wrote stands beside what people typed."""
    files = {f"{spec.name}.csv": spec for spec in TABLES} | {f"{COLLECTED}.csv": OBSERVATIONS}
    for name, spec in files.items():
        path = folder / name
        try:
            data = reading.project.read(path) if spec in specs else None
            if data is not None:
                _read_grid(reading, read_csv(data, reading.project.relative(path)), spec, period, path)
        except FileNotFoundError:
            continue
        except InputError as err:
            reading.issues += err.issues
    for path in sorted(folder.iterdir()) if specs is TABLES else ():
        if path.suffix.lower() in (".csv", *WORKBOOKS, *UNREADABLE) and path.name not in files:
            near = difflib.get_close_matches(path.name, files, 1)
            todo = f"Có phải là “{near[0]}”?" if near else "Các tệp được đọc: " + ", ".join(files)
            reading.issues.append(Issue("tep_la", "Tệp lạ, không được đọc", file=reading.project.relative(path), todo=todo))
    if not any((folder / name).is_file() for name, spec in files.items() if spec is OBSERVATIONS):
        _add_missing(reading, reading.project.relative(folder / f"{OBSERVATIONS.name}.csv"))


def _add_missing(reading: _Reading, file: str) -> None:
    message = f"Thiếu bảng {OBSERVATIONS.name} (“{OBSERVATIONS.sheet}”)"
    reading.issues.append(Issue("thieu_bang", message, file=file, todo="Thêm bảng này"))


def _read_book(reading: _Reading, path: Path, period: Period, specs: Iterable[TableSpec]) -> None:
    """Read a workbook, whatever its sheets are called now: a sheet is known by its name or by its headings."""
    file = reading.project.relative(path)
    try:
        grids = read_workbook(reading.project.read(path), file)
    except InputError as err:  # one broken workbook is one problem
        reading.issues += err.issues
        return
    reading.issues += [issue for grid in grids if grid.sheet == STAMP for issue in _check_stamp(grid, reading.office, period)]
    grids = [grid for grid in grids if grid.sheet not in (STAMP, FINDINGS) and any(any(row) for row in grid.rows)]
    used = set()
    for spec in TABLES:
        named = [grid for grid in grids if grid.sheet.strip().casefold() in (spec.sheet.casefold(), spec.name)]
        alike = [grid for grid in grids if grid not in named and (found := find_heading(grid, spec)) and not found.missing(spec)]
        used |= {grid.sheet for grid in named + alike}
        if len(named + alike) > 1:
            sheets = " và ".join(f"“{grid.sheet}”" for grid in named + alike)
            message = f"Nhiều trang tính cùng có bảng {spec.name} (“{spec.sheet}”): {sheets}"
            reading.issues.append(Issue("trang_tinh", message, file=file, todo="Giữ lại một trang"))
        for grid in (named + alike)[:1] if spec in specs else ():
            if alike:
                _add_notice(reading, grid, "trang_doi_ten", f"Đọc như trang “{spec.sheet}”")
            if grid.hidden:
                _add_notice(reading, grid, "trang_an", "Trang tính đang ẩn, vẫn được đọc")
            _read_grid(reading, grid, spec, period, path)
        if spec is OBSERVATIONS and not named + alike:
            _add_missing(reading, file)
    for grid in grids if specs is TABLES else ():
        if grid.sheet not in used:
            _add_notice(reading, grid, "trang_thua", "Trang tính này không được đọc")


def _add_notice(reading: _Reading, grid: Grid, rule: str, message: str) -> None:
    reading.issues.append(Issue(rule, message, file=grid.file, sheet=grid.sheet, severity="notice"))


def _check_stamp(grid: Grid, office: str, period: Period) -> Iterator[Issue]:
    """Refuse a form that was handed out for another office or period."""
    stamp = {str(row[0]): str(row[1]) for row in grid.rows if len(row) > 1}
    for name, wanted, words in (("office", office, "đơn vị khác"), ("period", str(period), "kỳ khác")):
        if stamp.get(name, wanted) != wanted:
            todo = "Đặt tệp vào đúng chỗ của nó"
            yield Issue("bieu_khac", f"Biểu nhập của {words}", file=grid.file, found=stamp[name], expected=wanted, todo=todo)


def _read_grid(reading: _Reading, grid: Grid, spec: TableSpec, period: Period, path: Path) -> None:
    table = Table(grid, spec, period, reading.project.catalogue, reading.seen)
    reading.files.append(path)
    reading.tables[spec.name].append(read_table(table))
    reading.issues += table.issues


def _check_collected(reading: _Reading) -> None:
    """Refuse a collected figure whose sub-office has changed its file since: the sum would be an old one."""
    columns = ["source_file", "office_name", "sha256"]
    rows = (row for table in reading.tables[PROVENANCE.name] for row in table[columns].itertuples(index=False))
    for file, office, sha256 in sorted({(str(row[0]), str(row[1]), str(row[2])) for row in rows}):
        path = reading.project.path(file)
        reading.project.reads[file] = sha256
        if changed_files(reading.project, {file: sha256}):
            message = f"Tệp của {office} đã đổi sau khi tổng hợp"
            reading.issues.append(Issue("tong_hop_cu", message, file=file, todo="Chạy lại danvan-nb collect"))
        reading.files.append(path)
