"""Adding up the numbers of sub-offices to those of their parent, with the way back from each sum to the cells it was made of.

Owns consolidation by the catalogue's `aggregate`, and the files it writes beside what the parent itself typed. A blank is
missing, never 0: what one office lacks is not added up unless that is asked for, and then it is said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd

from danvan_nb.data.office_data import find_source, read_office
from danvan_nb.data.rows import TableReader
from danvan_nb.data.schema import COLLECTED, OBSERVATIONS, PROVENANCE
from danvan_nb.data.sheets import read_csv
from danvan_nb.errors import CheckError, InputError, Issue, ParamsError, errors_among
from danvan_nb.figures.checks import find_number_issues
from danvan_nb.figures.ledger import Ledger, Reading, add_up
from danvan_nb.project.period import Period, year_before
from danvan_nb.project.project import ROOT_MARK, Indicator, Office, Project, changed_files
from danvan_nb.wording import exact_text, number_text

SENT, EMPTY, WRONG, ABSENT = "đã gửi", "chưa nhập số liệu", "có lỗi, đã trả lại", "chưa gửi"
SEAL = f"{COLLECTED}.sha256"
"""What `collect` wrote, in the format of `sha256sum`: a file that a person changed since is not written over."""


@dataclass(frozen=True)
class Total:
    """A consolidated number: its key, the reading, and the readings of the offices it is made of."""

    indicator: str
    status: str
    as_of: date
    value: Decimal | None
    parts: Mapping[str, Reading]


@dataclass(frozen=True)
class Collection:
    """What collecting for an office found: the state of each sub-office, totals, issues, and whether each file could be read."""

    project: Project
    parent: str
    period: Period
    states: Mapping[str, str]
    totals: tuple[Total, ...]
    issues: tuple[Issue, ...]
    readable: bool


def consolidate(
    ledgers: Mapping[str, Ledger],
    period: Period,
    catalogue: Mapping[str, Indicator],
    partial: bool = False,
) -> tuple[list[Total], list[Issue]]:
    """Add up the numbers of offices, day by day, and the plans of the year.

    The catalogue's `aggregate` says how: `sum`; `last` takes the number of the latest day, on which all must agree; indicators
    with a formula are computed from the totals, by whoever reads them; others are not collected. A number that some office lacks
    is an issue, and without `partial` no total.
    """
    totals: list[Total] = []
    issues: list[Issue] = []
    for name, indicator in catalogue.items():
        if indicator.formula or indicator.aggregate not in ("sum", "last"):
            continue
        days = sorted(
            {day for ledger in ledgers.values() for day in ledger.days(name, period)}, reverse=True
        )
        found = [
            (day, {office: ledger.read(name, period, day) for office, ledger in ledgers.items()})
            for day in days
        ]
        if indicator.aggregate == "last":
            found = [
                (day, {office: one for office, one in parts.items() if one.value is not None})
                for day, parts in found[:1]
            ]
        plans = {office: ledger.read_plan(name, period) for office, ledger in ledgers.items()}
        if any(plan.value is not None for plan in plans.values()):
            found.append((period.last_day, plans))
        for day, parts in found:
            known = {office: part for office, part in parts.items() if part.value is not None}
            lacking = [office for office in parts if office not in known]
            if lacking:
                message = f"{indicator.label}: {len(lacking)}/{len(parts)} đơn vị chưa có số liệu đến {day:%d/%m/%Y}"
                todo = (
                    "Đã cộng phần có"
                    if partial
                    else "Không cộng; bổ sung số liệu, hoặc dùng --partial để cộng phần có"
                )
                absent = ", ".join(lacking)
                issues.append(
                    Issue(
                        "thieu_don_vi",
                        message,
                        column=name,
                        found=absent,
                        todo=todo,
                        severity="warning",
                    )
                )
            if lacking and not partial:
                continue
            total, numbers = add_up(list(known.values())), {part.value for part in known.values()}
            if indicator.aggregate == "last" and len(numbers) > 1:
                shown = ", ".join(
                    f"{office}: {number_text(one.value, indicator.decimals)}"
                    for office, one in known.items()
                )
                issues.append(
                    Issue(
                        "khac_nhau",
                        f"{indicator.label}: các đơn vị báo khác nhau",
                        column=name,
                        found=shown,
                    )
                )
                continue
            value = numbers.pop() if indicator.aggregate == "last" else total.value
            totals.append(Total(name, total.status, day, value, known))
    return totals, issues


def collect(project: Project, parent: str, period: Period, partial: bool = False) -> Collection:
    """Read, check and add up the files of all sub-offices.

    Raises
    ------
    ParamsError
        If the office is unknown, has no sub-office in the period, or keeps its own data in a workbook.
    """
    project.office(parent)
    offices = sub_offices(project, parent, period)
    if not offices:
        message = f"Kỳ {period} không có đơn vị nào ghi parent: {parent}"
        raise ParamsError(
            Issue("don_vi", message, file=ROOT_MARK, todo="Ghi parent cho các đơn vị cấp dưới")
        )
    source = find_source(project.root / "data" / parent, period, project)
    if source and source.is_file():
        todo = "Chuyển số liệu riêng sang thư mục CSV"
        raise ParamsError(
            Issue(
                "thu_muc",
                "Đơn vị tổng hợp cần thư mục số liệu",
                file=project.relative(source),
                todo=todo,
            )
        )
    states: dict[str, str] = {}
    ledgers: dict[str, Ledger] = {}
    issues: list[Issue] = []
    readable = True
    for name, office in offices.items():
        try:
            inputs = read_office(project, name, period)
        except InputError as err:
            absent = err.issues[0].rule == "thieu_tep"
            states[name] = ABSENT if absent else WRONG
            readable = readable and absent
            missing = Issue(
                "chua_gui", f"{office.name} chưa gửi", file=err.issues[0].file, severity="warning"
            )
            issues += [missing] if absent else err.issues
            continue
        ledger = Ledger(inputs.observations, project.catalogue)
        found = [*inputs.notices, *find_number_issues(ledger, period)]
        empty = not any(ledger.days(one, period) for one in project.catalogue)
        states[name] = EMPTY if empty else WRONG if errors_among(found) else SENT
        issues += found
        if not empty:
            ledgers[name] = ledger
    complete = len(ledgers) == len(offices)
    totals, lacking = (
        consolidate(ledgers, period, project.catalogue, partial)
        if partial or complete
        else ([], [])
    )
    issues += lacking
    issues += _against_own(project, parent, period, totals)
    issues += _against_last_year(project, parent, period, ledgers, totals)
    return Collection(project, parent, period, states, tuple(totals), tuple(issues), readable)


def sub_offices(project: Project, parent: str, period: Period) -> dict[str, Office]:
    """List the offices under another one that exist in a period."""
    return {
        name: one
        for name, one in project.offices.items()
        if one.parent == parent and one.existed_in(period)
    }


def _against_own(
    project: Project, parent: str, period: Period, totals: list[Total]
) -> Iterator[Issue]:
    """What the parent typed itself must not differ from the sum, nor stand beside it."""
    path = project.root / "data" / parent / str(period) / f"{OBSERVATIONS.name}.csv"
    if not path.is_file():
        return
    grid = read_csv(path.read_bytes(), project.relative(path))
    rows = TableReader(grid, OBSERVATIONS, period, project.catalogue).read()
    own = {
        (row.indicator, row.status, row.as_of): row
        for row in rows
        if row.period == period and row.value is not None
    }
    for total in totals:
        typed = own.get((total.indicator, total.status, total.as_of))
        if typed:
            indicator, value = project.catalogue[total.indicator], typed.value
            relation = "trùng với" if value == total.value else "khác"
            message = f"{indicator.label}: số tự nhập {relation} số tổng hợp từ các đơn vị"
            found, expected = (number_text(one, indicator.decimals) for one in (value, total.value))
            todo = "Xóa dòng tự nhập, hoặc sửa số của đơn vị"
            yield Issue.at(
                typed,
                "lech_tong",
                message,
                column=total.indicator,
                found=found,
                expected=expected,
                todo=todo,
            )


def _against_last_year(
    project: Project,
    parent: str,
    period: Period,
    ledgers: Mapping[str, Ledger],
    totals: list[Total],
) -> Iterator[Issue]:
    """The parent's number of last year equals the sum of its offices', so that changes add up too."""
    if find_source(project.root / "data" / parent, period.same_period, project) is None:
        return
    ledger = Ledger(
        read_office(project, parent, period.same_period).observations, project.catalogue
    )
    for total in totals:
        indicator, day = project.catalogue[total.indicator], year_before(total.as_of)
        before = ledger.read(total.indicator, period.same_period, day)
        parts = add_up(
            [
                ledgers[office].read(total.indicator, period.same_period, day)
                for office in total.parts
            ]
        )
        if (
            total.status == "plan"
            or indicator.aggregate != "sum"
            or before.value is None
            or parts.value is None
        ):
            continue
        if parts.value != before.value:
            said = f"{indicator.label}: cùng kỳ khác tổng cùng kỳ của các đơn vị, nên mức tăng giảm không cộng được"
            found, expected = (
                number_text(one, indicator.decimals) for one in (before.value, parts.value)
            )
            rest = {
                "column": total.indicator,
                "found": found,
                "expected": expected,
                "severity": "warning",
            }
            yield Issue.at(before.origins[0], "lech_cung_ky", said, **rest)


def write_collection(collection: Collection, force: bool = False) -> Path:
    """Write the parent's collected observations and where each came from; returns the folder.

    Raises
    ------
    CheckError
        If the numbers contradict each other; nothing is written.
    InputError
        If a file can't be read, or a person changed the files since they were last written, unless `force`.
    """
    errors = errors_among(collection.issues)
    if errors:
        raise (CheckError if collection.readable else InputError)(errors)
    project = collection.project
    folder = project.root / "data" / collection.parent / str(collection.period)
    files, seal = _files(collection), folder / SEAL
    lines = seal.read_text(encoding="utf-8").splitlines() if seal.is_file() else []
    sealed = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
    there = {
        project.relative(folder / name): sealed.get(name)
        for name in files
        if (folder / name).is_file()
    }
    edited = changed_files(project, there)
    if edited and not force:
        todo = "Chuyển phần sửa sang observations.csv hoặc tệp của đơn vị, rồi thêm --force"
        raise InputError(
            Issue("da_sua", "Tệp tổng hợp đã được sửa tay, không ghi đè", file=edited[0], todo=todo)
        )
    folder.mkdir(parents=True, exist_ok=True)
    files[SEAL] = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()
    ).encode()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def _files(collection: Collection) -> dict[str, bytes]:
    project = collection.project
    every = sub_offices(project, collection.parent, collection.period)
    rows, parts = [], []
    for total in collection.totals:
        absent = ", ".join(every[name].locality for name in every if name not in total.parts)
        source = f"tổng hợp từ {len(total.parts)}/{len(every)} đơn vị cấp dưới"
        note = (
            f"Chưa gồm số liệu của {absent}"
            if absent and project.catalogue[total.indicator].aggregate == "sum"
            else ""
        )
        rows.append(
            (
                total.indicator,
                total.status,
                total.as_of,
                exact_text(total.value),
                None,
                source,
                note,
            )
        )
        for name, part in total.parts.items():
            place = part.origins[0]
            where = (place.file, place.sheet, place.cell, project.reads[place.file])
            parts.append(
                (
                    total.indicator,
                    part.status,
                    total.as_of,
                    name,
                    every[name].locality,
                    exact_text(part.value),
                    *where,
                )
            )
    tables = ((COLLECTED, OBSERVATIONS, rows), (PROVENANCE.name, PROVENANCE, parts))
    return {
        f"{name}.csv": pd.DataFrame(lines, columns=[column.name for column in spec.stored])
        .to_csv(index=False, lineterminator="\n")
        .encode()
        for name, spec, lines in tables
    }
