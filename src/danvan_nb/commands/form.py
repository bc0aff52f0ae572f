"""The workbooks that go out to an office: the form to fill in, and its own workbook back with what is wrong marked.

Owns how they look. What a column means stands in the schema; what is wrong was found elsewhere.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from danvan_nb import __version__
from danvan_nb.data.office_data import read_history
from danvan_nb.data.schema import ENTERED, OBSERVATIONS, STATUSES, ColumnSpec
from danvan_nb.data.sheets import FINDINGS, STAMP, WORKBOOKS
from danvan_nb.errors import SEVERITIES, Issue, ParamsError, errors_among
from danvan_nb.figures.ledger import Ledger
from danvan_nb.project.period import Period
from danvan_nb.project.project import Indicator, Project
from danvan_nb.wording import short_date

HEADING_ROW = 5
BLANK_ROWS = 200
"""Rows to fill in on the sheets of documents, events and models; more than any report cited."""
COLOURS = {"error": "FFC7CE", "warning": "FFEB9C", "notice": "DDEBF7"}
_FILL_IN, _LOCKED, _HEAD = "FFFFE5", "F2F2F2", "D9E1F2"
_HELP = (
    "Chỉ nhập vào ô nền vàng. Để trống khi chưa có số liệu, ghi 0 khi bằng không. Không ghi đơn vị tính vào ô số.",
    "Không đổi mã chỉ tiêu, đơn vị tính và dòng tiêu đề; số cùng kỳ chỉ để đối chiếu.",
)


def write_form(project: Project, office: str, period: Period, interim: Mapping[str, date]) -> bytes:
    """Make the form of an office: an `.xlsx` with a sheet for each table to fill in, and a hidden one that says whose it is.

    A commune under another office is asked for what that one collects, any other for everything; `interim` names the days for
    which numbers are wanted besides the last.

    Raises
    ------
    ParamsError
        If the office is unknown or does not exist in the period.
    InputError
        If last year's data can't be read.
    """
    about = project.office(office)
    if not about.existed_in(period):
        message = f"Đơn vị không tồn tại trong kỳ {period}"
        raise ParamsError(
            Issue("don_vi", message, found=office, expected=", ".join(project.offices))
        )
    ledger = Ledger(read_history(project, office, period), project.catalogue)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for spec in ENTERED:
        page = book.create_sheet(spec.sheet)
        page["A1"].value, page["A2"].value = (
            f"BIỂU NHẬP SỐ LIỆU: {spec.sheet.upper()}",
            f"{about.name} - {period.label}",
        )
        page["A1"].font = Font(bold=True, size=13)
        page["A3"].value, page["A4"].value = _HELP
        if spec is OBSERVATIONS:
            collected = {
                name: one
                for name, one in project.catalogue.items()
                if one.aggregate in ("sum", "last")
            }
            asked = (
                collected
                if about.parent in project.offices and collected and about.level == "xa"
                else project.catalogue
            )
            _fill_numbers(
                page,
                {name: one for name, one in asked.items() if not one.formula},
                ledger,
                period,
                interim,
            )
        else:
            _write_head(page, [(column.heading, column) for column in spec.columns])
            for at, column in enumerate(spec.columns):
                _open_cells(page, at, column, range(HEADING_ROW + 1, HEADING_ROW + 1 + BLANK_ROWS))
        page.freeze_panes = page.cell(HEADING_ROW + 1, 3 if spec is OBSERVATIONS else 1)
        page.protection.sheet = (
            True  # without a password: it guards against slips, not against people
        )
        page.protection.formatColumns = page.protection.formatRows = False
        page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
        page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        page.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"
    stamp = book.create_sheet(STAMP)
    stamp.sheet_state = "hidden"
    for row in (("office", office), ("period", str(period)), ("danvan_nb", __version__)):
        stamp.append(row)
    return _saved(book)


def _fill_numbers(
    page: Any,
    indicators: Mapping[str, Indicator],
    ledger: Ledger,
    period: Period,
    interim: Mapping[str, date],
) -> None:
    """Lay out one row per indicator, last year's number and the plan beside the cells to fill in."""
    columns = {column.name: column for column in OBSERVATIONS.columns}
    value = columns["value"]
    heads = [(columns[name].heading, columns[name]) for name in ("indicator", "label", "unit")]
    heads += [
        (f"Cùng kỳ năm {period.year - 1}", columns["same_period"]),
        (f"Kế hoạch năm {period.year}", value),
    ]
    heads += [(f"Thực hiện đến {short_date(day)}", value) for day in sorted(set(interim.values()))]
    heads += [(STATUSES[status].capitalize(), value) for status in ("actual", "estimate")]
    heads += [
        (columns[name].heading, columns[name]) for name in ("source", "note", "definition", "basis")
    ]
    _write_head(page, heads)
    last = HEADING_ROW + len(indicators)
    for at, (_, column) in enumerate(heads):
        if column is not value and column.kind == "text":
            _open_cells(page, at, column, range(HEADING_ROW + 1, last + 1))
    numbers = [at for at, (_, column) in enumerate(heads) if column is value]
    for row, (name, indicator) in enumerate(indicators.items(), HEADING_ROW + 1):
        before = ledger.read(name, period.same_period)
        shown = {
            "indicator": name,
            "label": indicator.label,
            "unit": indicator.unit,
            "same_period": before.value,
        }
        shown |= {"definition": indicator.definition, "basis": indicator.source}
        for at, (_, column) in enumerate(heads):
            if column.name in shown:
                _style(page.cell(row, at + 1, shown[column.name]), _LOCKED, locked=True)
        plan = ledger.read_plan(name, period).value
        page.cell(row, numbers[0] + 1).value = plan
        for at in (3, *numbers):
            page.cell(row, at + 1).number_format = "#,##0" + (
                f".{'0' * indicator.decimals}" if indicator.decimals else ""
            )
    for whole in (True, False):
        rows = [
            row
            for row, one in enumerate(indicators.values(), HEADING_ROW + 1)
            if (not one.decimals) == whole
        ]
        for at in numbers:
            _open_cells(page, at, value, rows, whole=whole and at != numbers[0])


def _write_head(page: Any, heads: Iterable[tuple[str, ColumnSpec]]) -> None:
    for at, (heading, column) in enumerate(heads, 1):
        cell = page.cell(HEADING_ROW, at, heading)
        _style(cell, _HEAD, locked=True)
        cell.font = Font(bold=True)
        page.column_dimensions[get_column_letter(at)].width = column.width


def _style(cell: Any, colour: str, *, locked: bool) -> None:
    side = Side("thin", "BFBFBF")
    cell.fill, cell.border = PatternFill("solid", colour), Border(side, side, side, side)
    cell.alignment, cell.protection = (
        Alignment(wrap_text=True, vertical="top"),
        Protection(locked=locked),
    )


def _open_cells(
    page: Any, at: int, column: ColumnSpec, rows: Iterable[int], whole: bool = True
) -> None:
    """Open the cells of a column to be filled in, with what Excel is to accept there."""
    rule: dict[str, Any] = {}
    if column.kind in ("number", "count"):
        rule = {
            "type": "whole" if whole else "decimal",
            "operator": "between",
            "formula1": "-1E+14",
            "formula2": "1E+14",
        }
        rule["error"] = "Chỉ ghi một số" + (" nguyên" if whole else "") + ", không ghi đơn vị tính."
    elif column.kind == "date":
        rule = {
            "type": "date",
            "operator": "greaterThan",
            "formula1": "18264",
            "error": "Ghi ngày, ví dụ 30/6/2023.",
        }
    elif column.choices:
        rule = {
            "type": "list",
            "formula1": f'"{",".join(column.choices)}"',
            "errorStyle": "warning",
        }
    check = DataValidation(
        allow_blank=True,
        prompt=column.meaning[:250],
        showInputMessage=True,
        showErrorMessage=True,
        **rule,
    )
    for row in rows:
        cell = page.cell(row, at + 1)
        _style(cell, _FILL_IN, locked=False)
        if column.kind == "date":
            cell.number_format = "dd/mm/yyyy"
        check.add(cell)
    if rule and check.sqref:
        page.add_data_validation(check)


def mark_up(data: bytes, issues: Iterable[Issue], keep_vba: bool = False) -> bytes:
    """Give a workbook back with each wrong cell coloured and commented, and a first sheet that lists everything.

    Nothing else is changed, but openpyxl drops charts and pictures, which no form has.
    """
    book = openpyxl.load_workbook(io.BytesIO(data), keep_vba=keep_vba)
    listed = book.create_sheet(FINDINGS, 0)
    listed.append(("Mức", "Trang tính", "Ô", "Cần sửa"))
    for issue in issues:
        listed.append((SEVERITIES[issue.severity], issue.sheet, issue.cell, explain(issue)))
        if issue.sheet in book.sheetnames and issue.cell:
            page = book[issue.sheet]
            merged = (area for area in page.merged_cells.ranges if issue.cell in area)
            cell = page[next((area.start_cell.coordinate for area in merged), issue.cell)]
            before = f"{cell.comment.text}\n" if cell.comment else ""
            cell.fill = PatternFill("solid", COLOURS[issue.severity])
            cell.comment = Comment(before + explain(issue), "danvan-nb", width=320, height=120)
    for letter, width in zip("ABCD", (12, 20, 10, 110), strict=True):
        listed.column_dimensions[letter].width = width
    book.active = 0
    return _saved(book)


def explain(issue: Issue) -> str:
    """Word an issue for the one who stands before the cell."""
    expected = f" Cần: {issue.expected}." if issue.expected else ""
    return f"{issue.message}.{expected}{f' {issue.todo}.' if issue.todo else ''}".replace("?.", "?")


def return_workbooks(project: Project, issues: Iterable[Issue]) -> list[Path]:
    """Write a marked copy of each workbook that an error stands in; the originals stay as they are.

    The copies are `outputs/<office>/<period>/tra-lai/<name>-<hash>.xlsx`; the hash is of the workbook and what is wrong, so that
    a copy which somebody has begun to correct is never written over.
    """
    by_file: dict[str, list[Issue]] = {}
    for issue in issues:
        by_file.setdefault(issue.file, []).append(issue)
    made = []
    for file, found in by_file.items():
        path = project.root / file
        if (
            path.suffix not in WORKBOOKS
            or not path.is_file()
            or not any(one.cell for one in errors_among(found))
        ):
            continue
        data = path.read_bytes()
        digest = hashlib.sha256(data + repr(found).encode()).hexdigest()[:8]
        target = (
            project.root
            / "outputs"
            / path.parent.name
            / path.stem
            / "tra-lai"
            / f"{path.stem}-{digest}{path.suffix}"
        )
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(mark_up(data, found, keep_vba=path.suffix == ".xlsm"))
        made.append(target)
    return made


def _saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
