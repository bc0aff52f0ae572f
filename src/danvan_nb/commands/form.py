"""`form`: the workbook that an office fills in.

Owns how it looks. What a column means stands in the schema.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from rich.markup import escape

from danvan_nb import __version__, wording
from danvan_nb.commands import console
from danvan_nb.data import office_data, returns, schema
from danvan_nb.errors import InputError, Issue, ParamsError
from danvan_nb.figures.ledger import Ledger
from danvan_nb.project.files import write_file
from danvan_nb.project.models import Indicator, Office
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project

LOOK = console.read_table("form")
HEADING_ROW: int = LOOK["heading_row"]


def write_form(project: Project, office: str, period: Period, interim: Mapping[str, date]) -> bytes:
    """Make the form of an office: a sheet for each table, and a hidden one that says whose it is.

    A commune under another office is asked for what that one collects, any other for everything;
    `interim` names the days for which numbers are wanted besides the last.

    Raises
    ------
    ParamsError
        If the office is unknown or does not exist in the period.
    InputError
        If last year's data can't be read.
    """
    about = project.office(office)
    if not about.existed_in(period):
        known = ", ".join(project.offices)
        raise ParamsError(Issue.of("don_vi.ngoai_ky", found=office, expected=known, period=period))
    ledger = Ledger(office_data.read_history(project, office, period), project.catalogue)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for spec in schema.TABLES:
        if not spec.entered:
            continue
        page = book.create_sheet(spec.sheet)
        page["A1"] = f"BIỂU NHẬP SỐ LIỆU: {spec.sheet.upper()}"
        page["A1"].font = Font(bold=True, size=13)
        page["A2"] = f"{about.name} - {period.label}"
        page["A3"], page["A4"] = LOOK["help"]
        if spec.wide:
            _fill_numbers(page, _asked(project, about), ledger, period, interim)
        else:
            _write_head(page, [(column.heading, column) for column in spec.columns])
            first = HEADING_ROW + 1
            for at, column in enumerate(spec.columns):
                _open_cells(page, at, column, range(first, first + LOOK["blank_rows"]))
        page.freeze_panes = page.cell(HEADING_ROW + 1, 3 if spec.wide else 1)
        _set_up(page)
    stamp = book.create_sheet(schema.STAMP_SHEET)
    stamp.sheet_state = "hidden"
    for row in (("office", office), ("period", str(period)), ("danvan_nb", __version__)):
        stamp.append(row)
    return returns.saved(book)


def _asked(project: Project, about: Office) -> dict[str, Indicator]:
    """Choose the indicators that an office is asked for."""
    typed = {name: one for name, one in project.catalogue.items() if not one.formula}
    collected = {name: one for name, one in typed.items() if one.aggregate in ("sum", "last")}
    commune = about.parent in project.offices and about.level == "xa"
    return collected if commune and collected else typed


def _set_up(page: Any) -> None:
    """Protect a sheet without a password, against slips, not people; print it landscape."""
    page.protection.sheet = True
    page.protection.formatColumns = page.protection.formatRows = False
    page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"


def _heads(period: Period, interim: Mapping[str, date]) -> list[tuple[str, schema.ColumnSpec]]:
    """List the columns of the sheet of numbers, with their headings."""
    columns = {column.name: column for column in schema.OBSERVATIONS.columns}
    headings = {name: column.heading for name, column in columns.items()}
    headings["same_period"] = f"Cùng kỳ năm {period.year - 1}"
    values = [f"Kế hoạch năm {period.year}"]
    values += [f"Thực hiện đến {wording.short_date(day)}" for day in sorted(set(interim.values()))]
    values += [schema.STATUSES[status].capitalize() for status in ("actual", "estimate")]
    before = ("indicator", "label", "unit", "same_period")
    after = ("source", "note", "definition", "basis")
    return [
        *((headings[name], columns[name]) for name in before),
        *((heading, columns["value"]) for heading in values),
        *((headings[name], columns[name]) for name in after),
    ]


def _fill_numbers(
    page: Any,
    indicators: Mapping[str, Indicator],
    ledger: Ledger,
    period: Period,
    interim: Mapping[str, date],
) -> None:
    """Lay out a row per indicator: last year's number and the plan beside the cells to fill in."""
    heads = _heads(period, interim)
    _write_head(page, heads)
    first, last = HEADING_ROW + 1, HEADING_ROW + len(indicators)
    numbers = [at for at, (_, column) in enumerate(heads) if column.kind == "number"]
    for at, (_, column) in enumerate(heads):
        if column.kind == "text":
            _open_cells(page, at, column, range(first, last + 1))
    for row, (name, indicator) in enumerate(indicators.items(), first):
        shown = {
            "indicator": name,
            "label": indicator.label,
            "unit": indicator.unit,
            "same_period": ledger.read(name, period.same_period).value,
            "definition": indicator.definition,
            "basis": indicator.source,
        }
        for at, (_, column) in enumerate(heads):
            if column.name in shown:
                _style(page.cell(row, at + 1, shown[column.name]), "locked")
        page.cell(row, numbers[0] + 1).value = ledger.read_plan(name, period).value
        places = f".{'0' * indicator.decimals}" if indicator.decimals else ""
        for at in (numbers[0] - 1, *numbers):
            page.cell(row, at + 1).number_format = "#,##0" + places
    placed = [*enumerate(indicators.values(), first)]
    for whole in (True, False):
        rows = [row for row, one in placed if (not one.decimals) == whole]
        for at in numbers:
            _open_cells(page, at, heads[at][1], rows, whole=whole and at != numbers[0])


def _write_head(page: Any, heads: Iterable[tuple[str, schema.ColumnSpec]]) -> None:
    for at, (heading, column) in enumerate(heads, 1):
        cell = page.cell(HEADING_ROW, at, heading)
        _style(cell, "head")
        cell.font = Font(bold=True)
        page.column_dimensions[get_column_letter(at)].width = column.width


def _style(cell: Any, kind: str) -> None:
    side = Side("thin", "BFBFBF")
    cell.fill = PatternFill("solid", LOOK["colours"][kind])
    cell.border = Border(side, side, side, side)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.protection = Protection(locked=kind != "fill_in")


def _open_cells(
    page: Any, at: int, column: schema.ColumnSpec, rows: Iterable[int], whole: bool = True
) -> None:
    """Open the cells of a column to be filled in, with what Excel is to accept there."""
    rule = _rule(column, whole)
    told = {"showInputMessage": True, "showErrorMessage": True, "prompt": column.meaning[:250]}
    check = DataValidation(allow_blank=True, **told, **rule)
    for row in rows:
        cell = page.cell(row, at + 1)
        _style(cell, "fill_in")
        if column.kind == "date":
            cell.number_format = "dd/mm/yyyy"
        check.add(cell)
    if rule and check.sqref:
        page.add_data_validation(check)


def _rule(column: schema.ColumnSpec, whole: bool) -> dict[str, str]:
    """Say what Excel is to accept in a column; nothing where anything will do."""
    if column.choices:
        choices = ",".join(column.choices)
        return {"type": "list", "formula1": f'"{choices}"', "errorStyle": "warning"}
    kind = "count" if whole and column.kind == "number" else column.kind
    rule: dict[str, str] = LOOK["accepts"].get(kind, {})
    return rule


def form(
    office: console.OfficeName,
    period: console.PeriodName,
    output: Annotated[str, console.option("form.output", "-o", "--output")] = "",
    force: Annotated[bool, console.option("form.force", "--force")] = False,
) -> None:
    """Make the form of an office and say where it lies and where it belongs when it comes back."""
    project, half = Project.find(), Period.parse(period)
    path = Path(output) if output else project.form_file(office, half)
    if path.exists() and not force:
        raise InputError(Issue.of("da_co.bieu", file=str(path)))
    data = write_form(project, office, half, project.interim_days(office, half))
    write_file(path, data)
    back = project.relative(project.data_home(office) / f"{half}.xlsx")
    made = escape(project.relative(path))
    console.out.print(f"Đã ghi {made}; khi đơn vị gửi lại, đặt vào {escape(back)}")
