"""Adding up the tables of sub-offices to those of their superior, with the way back from each sum to the rows it was made of.

Owns two files of `data/<office>/<period>/`: the `observations.csv` that it made itself, and `observations.parts.csv` beside it,
one row per added number. What a person wrote or changed there is never overwritten.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from danvan_nb.errors import InputError, Issue, ParamsError
from danvan_nb.indicators import Origin, Parts
from danvan_nb.inputs import read_inputs
from danvan_nb.params import Indicator, Project, ReportParams
from danvan_nb.period import Period
from danvan_nb.schema import OBSERVATIONS

PARTS = ("indicator", "status", "as_of", "office", "value", "file", "sheet", "row")
PARTS_FILE = "observations.parts.csv"


def collect(project: Project, parent: str, period: Period) -> tuple[Path, list[Issue]]:
    """Add up the observations of every sub-office of a period; returns the file made and what was left out.

    Raises
    ------
    ParamsError
        If the office is unknown or has no sub-office in the period, or the file that stands there is a person's.
    InputError
        With every problem of every sub-office: not sent, wrong cells, a number that only some have.
    """
    offices = {
        name: office for name, office in project.offices.items() if office.parent == parent and office.valid_on(period.last_day)
    }
    if not offices:
        raise ParamsError(Issue("don_vi", "Không có đơn vị trực thuộc nào trong kỳ", "params/offices.yml", found=parent))
    issues: list[Issue] = []
    frames: dict[str, pd.DataFrame] = {}
    for name, office in offices.items():
        try:
            frame = read_inputs(project, ReportParams.model_construct(office=name, period=period)).observations
            frames[office.name] = frame[(frame["folder"] == period) & (frame["period"] == period)]
        except InputError as err:
            issues += err.issues
    rows, notices, gaps = consolidate(frames, project.catalogue)
    if issues or gaps:
        raise InputError([*issues, *gaps])
    folder = project.root / "data" / parent / str(period)
    _write(folder, rows, project)
    return folder / "observations.csv", notices


def consolidate(
    frames: Mapping[str, pd.DataFrame], catalogue: Mapping[str, Indicator]
) -> tuple[list[dict[str, Any]], list[Issue], list[Issue]]:
    """List the numbers that add up, those left out because they do not, and those that an office lacks.

    Notes
    -----
    Flows and stocks add up unless the catalogue's `aggregate` says otherwise; a formula is computed afterwards, over the sums.
    """
    numbers: dict[tuple[str, str, date], dict[str, Any]] = {}
    for office, frame in frames.items():
        known: Sequence[Any] = list(frame.itertuples(index=False))
        for row in known:
            if not pd.isna(row.value):
                numbers.setdefault((row.indicator, row.status, row.as_of), {})[office] = row
    rows, gaps = [], []
    left_out: set[str] = set()
    for (name, status, day), by_office in numbers.items():
        indicator = catalogue[name]
        if indicator.aggregate not in (None, "sum") or (indicator.measure == "rate" and indicator.aggregate is None):
            left_out.add(name)
            continue
        lacking = [office for office in frames if office not in by_office]
        if lacking:
            gaps.append(
                Issue(
                    "thieu_don_vi",
                    f"{indicator.label} ({name}, {status}, {day}): chưa đủ đơn vị để cộng",
                    found=", ".join(lacking),
                    todo="Các đơn vị này nhập số liệu, kể cả số 0",
                )
            )
        for office, row in by_office.items():
            value = f"{Decimal(repr(float(row.value))).normalize():f}"
            cells = (name, status, day.isoformat(), office, value, row.file, row.sheet, str(row.row))
            rows.append(dict(zip(PARTS, cells, strict=True)))
    notices = [
        Issue(
            "khong_tong_hop",
            f"{catalogue[name].label} ({name}) không cộng được từ các đơn vị",
            severity="notice",
            todo="Nhập riêng ở cấp trên, hoặc đặt công thức từ tử số và mẫu số",
        )
        for name in sorted(left_out)
    ]
    return rows, notices, gaps


def read_parts(project: Project, files: Sequence[Path]) -> tuple[Parts, tuple[Path, ...]]:
    """Read what the sums among some observation files were made of; returns the rows' origins and the files read."""
    parts: dict[tuple[str, str, str, date], list[Origin]] = {}
    found = tuple(path.with_name(PARTS_FILE) for path in files if path.name == "observations.csv")
    found = tuple(path for path in found if _own(path.parent))
    for path in found:
        home = project.relative(path.with_name("observations.csv"))
        for row in _read(path):
            key = (home, row["indicator"], row["status"], date.fromisoformat(row["as_of"]))
            parts.setdefault(key, []).append(
                Origin(row["file"], row["sheet"], int(row["row"]), f"{row['office']}: {row['value']}")
            )
    return {key: tuple(origins) for key, origins in parts.items()}, found


def _write(folder: Path, rows: list[dict[str, Any]], project: Project) -> None:
    target = folder / "observations.csv"
    taken = [path for path in (target, folder / PARTS_FILE, folder.with_name(f"{folder.name}.xlsx")) if path.exists()]
    if taken and not (_own(folder) and len(taken) == 2):
        raise ParamsError(
            Issue(
                "tep_nguoi_viet",
                "Tệp này không phải do lệnh tổng hợp làm ra, hoặc đã được sửa",
                file=", ".join(map(project.relative, taken)),
                todo="Chuyển tệp đi nơi khác rồi chạy lại",
            )
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in ((folder / PARTS_FILE, _csv(PARTS, rows)), (target, _sums(rows))):
        aside = path.with_name(f".{path.name}.new")
        aside.write_bytes(data)
        aside.replace(path)


def _own(folder: Path) -> bool:
    """Say whether the observations are still exactly what their parts add up to: then no person has touched them."""
    target, parts = folder / "observations.csv", folder / PARTS_FILE
    try:
        return target.is_file() and parts.is_file() and target.read_bytes() == _sums(_read(parts))
    except (ValueError, KeyError, ArithmeticError, csv.Error):  # a parts file that is not ours
        return False


def _sums(rows: list[dict[str, Any]]) -> bytes:
    sums: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        sums.setdefault((row["indicator"], row["status"], row["as_of"]), []).append(row)
    lines = []
    for (indicator, status, as_of), group in sums.items():
        value = sum((Decimal(row["value"]) for row in group), Decimal())
        source = f"tổng hợp từ {len(group)} đơn vị: " + ", ".join(row["office"] for row in group)
        lines.append({"indicator": indicator, "status": status, "as_of": as_of, "value": f"{value:f}", "source": source})
    return _csv([column.name for column in OBSERVATIONS.columns], lines)


def _csv(columns: Sequence[str], rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _read(path: Path) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
