"""Which files hold the data of an office, and reading all of them.

Owns where input tables stand. All problems of all files are gathered and raised as one InputError; no file is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from danvan_nb.data.rows import Seen, Table, find_heading, frame, read_table
from danvan_nb.data.schema import COLLECTED, OBSERVATIONS, PROVENANCE, TABLES, TableSpec
from danvan_nb.data.sheets import (
    FINDINGS,
    STAMP,
    UNREADABLE,
    WORKBOOKS,
    Grid,
    read_csv,
    read_workbook,
)
from danvan_nb.errors import InputError, Issue, errors_among, nearest
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project, changed_files


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
    file : str
        The file in which this period's observations stand.
    notices : tuple of Issue
        What was passed over or read in spite of its looks.
    """

    observations: pd.DataFrame
    documents: pd.DataFrame
    events: pd.DataFrame
    models: pd.DataFrame
    provenance: pd.DataFrame
    file: str
    notices: tuple[Issue, ...] = ()


@dataclass
class _Reading:
    """Whose files are read, and what is wrong with them so far."""

    project: Project
    office: str
    issues: list[Issue] = field(default_factory=list)

    def add(self, rule: str, message: str, **rest: Any) -> None:
        self.issues.append(Issue(rule, message, **rest))


def read_office(project: Project, office: str, period: Period, data: str | None = None) -> Inputs:
    """Read an office's tables of a period, and its observations since last year's same period, from its folder or from `data`."""
    home = project.data_home(office, data)
    if find_source(home, period, project) is None:
        message, place = f"Chưa có số liệu của kỳ {period}", project.relative(home / f"{period}")
        todo = "Hãy tạo thư mục này với observations.csv, hoặc tệp .xlsx cùng tên"
        raise InputError(Issue("thieu_tep", message, file=place, todo=todo))
    earlier = (OBSERVATIONS, PROVENANCE)
    return _read(
        project,
        office,
        home,
        {period.same_period: earlier, period.previous: earlier, period: TABLES},
    )


def read_history(project: Project, office: str, period: Period) -> pd.DataFrame:
    """Read an office's observations from the same period last year up to before a period; empty where there are none."""
    before = dict.fromkeys((period.same_period, period.previous), (OBSERVATIONS,))
    return _read(project, office, project.data_home(office), before).observations


def _read(
    project: Project, office: str, home: Path, wanted: Mapping[Period, Sequence[TableSpec]]
) -> Inputs:
    """Read the tables that are wanted of each period; a period without a source has none."""
    reading = _Reading(project, office)
    records: dict[str, list[dict[str, Any]]] = {spec.name: [] for spec in TABLES}
    seen: Seen = {}
    observed: dict[Period, str] = {}
    for period, specs in wanted.items():
        source = find_source(home, period, project)
        if source is None:
            continue
        for spec, grid in (_folder_tables if source.is_dir() else _book_tables)(
            reading, source, period, specs
        ):
            table = Table(grid, spec, period, project.catalogue, seen)
            records[spec.name] += read_table(table)
            reading.issues += table.issues
            if spec is OBSERVATIONS:
                observed.setdefault(period, grid.file)
    _check_collected(reading, records[PROVENANCE.name])
    errors = errors_among(reading.issues)
    if errors:
        raise InputError(errors)
    tables = {spec.name: frame(records[spec.name], spec) for spec in TABLES}
    return Inputs(**tables, file=observed.get(max(wanted), ""), notices=tuple(reading.issues))


def find_source(home: Path, period: Period, project: Project) -> Path | None:
    """Find the folder or workbook of a period; None where there is none.

    Raises
    ------
    InputError
        If there are two, or it is a workbook of a kind that can't be read.
    """
    found = [
        path
        for path in (home / f"{period}{ending}" for ending in ("", *WORKBOOKS, *UNREADABLE))
        if path.exists()
    ]
    for other in (home / f"{period}.xlsx", home / f"{period}" / f"{OBSERVATIONS.name}.csv"):
        if not other.is_file():  # once it is there, the report is another one
            project.note_read(project.relative(other), None)
    names = " và ".join(project.relative(path) for path in found)
    if len(found) > 1:
        raise InputError(
            Issue(
                "hai_nguon", f"Số liệu kỳ {period} có ở hai nơi", file=names, todo="Giữ lại một nơi"
            )
        )
    if found and found[0].suffix in UNREADABLE:
        raise InputError(
            Issue(
                "xlsx",
                f"Không đọc được tệp {found[0].suffix}",
                file=names,
                todo="Lưu lại dạng .xlsx",
            )
        )
    return found[0] if found else None


def _folder_tables(
    reading: _Reading, folder: Path, period: Period, specs: Sequence[TableSpec]
) -> Iterator[tuple[TableSpec, Grid]]:
    """Open a folder of CSV files; what `collect` wrote stands beside what people typed."""
    project = reading.project
    files = {f"{spec.name}.csv": spec for spec in TABLES} | {f"{COLLECTED}.csv": OBSERVATIONS}
    for name, spec in files.items():
        if spec in specs:
            try:
                grid = read_csv(project.read(folder / name), project.relative(folder / name))
            except FileNotFoundError:
                continue
            except InputError as err:
                reading.issues += err.issues
            else:
                yield spec, grid
    for path in sorted(folder.iterdir()) if specs is TABLES else ():
        if path.suffix.lower() in (".csv", *WORKBOOKS, *UNREADABLE) and path.name not in files:
            todo = nearest(path.name, files, "Các tệp được đọc: " + ", ".join(files))
            reading.add("tep_la", "Tệp lạ, không được đọc", file=project.relative(path), todo=todo)
    if not any((folder / name).is_file() for name, spec in files.items() if spec is OBSERVATIONS):
        _add_missing(reading, project.relative(folder / f"{OBSERVATIONS.name}.csv"))


def _add_missing(reading: _Reading, file: str) -> None:
    message = f"Thiếu bảng {OBSERVATIONS.name} (“{OBSERVATIONS.sheet}”)"
    reading.add("thieu_bang", message, file=file, todo="Thêm bảng này")


def _book_tables(
    reading: _Reading, path: Path, period: Period, specs: Sequence[TableSpec]
) -> Iterator[tuple[TableSpec, Grid]]:
    """Open a workbook, whatever its sheets are called now: a sheet is known by its name or by its headings."""
    file = reading.project.relative(path)
    try:
        grids = read_workbook(reading.project.read(path), file)
    except InputError as err:  # one broken workbook is one problem
        reading.issues += err.issues
        return
    for grid in grids:
        if grid.sheet == STAMP:
            _check_stamp(reading, grid, period)
    grids = [
        grid
        for grid in grids
        if grid.sheet not in (STAMP, FINDINGS) and any(any(row) for row in grid.rows)
    ]
    used = set()
    for spec in TABLES:
        named = [
            grid
            for grid in grids
            if grid.sheet.strip().casefold() in (spec.sheet.casefold(), spec.name)
        ]
        alike = [
            grid
            for grid in grids
            if grid not in named and (found := find_heading(grid, spec)) and not found.missing(spec)
        ]
        used |= {grid.sheet for grid in named + alike}
        if len(named + alike) > 1:
            sheets = " và ".join(f"“{grid.sheet}”" for grid in named + alike)
            message = f"Nhiều trang tính cùng có bảng {spec.name} (“{spec.sheet}”): {sheets}"
            reading.add("trang_tinh", message, file=file, todo="Giữ lại một trang")
        for grid in (named + alike)[:1] if spec in specs else ():
            if alike:
                reading.add(
                    "trang_doi_ten",
                    f"Đọc như trang “{spec.sheet}”",
                    file=file,
                    sheet=grid.sheet,
                    severity="notice",
                )
            if grid.hidden:
                message = "Trang tính đang ẩn, vẫn được đọc"
                reading.add("trang_an", message, file=file, sheet=grid.sheet, severity="notice")
            yield spec, grid
        if spec is OBSERVATIONS and not named + alike:
            _add_missing(reading, file)
    for grid in grids if specs is TABLES else ():
        if grid.sheet not in used:
            message = "Trang tính này không được đọc"
            reading.add("trang_thua", message, file=file, sheet=grid.sheet, severity="notice")


def _check_stamp(reading: _Reading, grid: Grid, period: Period) -> None:
    """Refuse a form that was handed out for another office or period."""
    stamp = {str(row[0]): str(row[1]) for row in grid.rows if len(row) > 1}
    for name, wanted, words in (
        ("office", reading.office, "đơn vị khác"),
        ("period", str(period), "kỳ khác"),
    ):
        if stamp.get(name, wanted) != wanted:
            todo = "Đặt tệp vào đúng chỗ của nó"
            reading.add(
                "bieu_khac",
                f"Biểu nhập của {words}",
                file=grid.file,
                found=stamp[name],
                expected=wanted,
                todo=todo,
            )


def _check_collected(reading: _Reading, shares: Iterable[dict[str, Any]]) -> None:
    """Refuse a collected figure whose sub-office has changed its file since: the sum would be an old one."""
    for file, office, sha256 in sorted(
        {(share["source_file"], share["office_name"], share["sha256"]) for share in shares}
    ):
        reading.project.path(file)  # a provenance file can't lead out of the project
        reading.project.note_read(file, sha256)
        if changed_files(reading.project, {file: sha256}):
            message = f"Tệp của {office} đã đổi sau khi tổng hợp"
            reading.add("tong_hop_cu", message, file=file, todo="Chạy lại danvan-nb collect")
