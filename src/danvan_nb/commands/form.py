"""`form`: the workbook that an office fills in.

Owns how it looks. What a column means stands in the schema.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from rich.markup import escape

from danvan_nb import __version__
from danvan_nb.commands import console
from danvan_nb.commands.returns import keep_texts, saved
from danvan_nb.data import office_data, schema
from danvan_nb.errors import InputError, Issue, ParamsError
from danvan_nb.figures.ledger import Ledger
from danvan_nb.nodes import plain
from danvan_nb.project.files import digest, read_table
from danvan_nb.project.models import Indicator, Office
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.project.saving.changes import write_all
from danvan_nb.report.dictionary import dictionary, latest_of
from danvan_nb.wording import number_text, short_date

LOOK = read_table("commands", "form")
HEADING_ROW: int = LOOK["heading_row"]
Carry: TypeAlias = Callable[[Any, schema.TableSpec[Any]], None]


def write_form(
    project: Project,
    office: str,
    period: Period,
    interim: Mapping[str, date],
    carry: Carry = lambda page, spec: None,
    *,
    reports: bool = False,
) -> bytes:
    """Make an office's form: its tables, what the indicators are, and, hidden, whose form it is.

    A commune that only sends its numbers to another office is asked for what that one collects, one
    that `reports`, as any that has params, for everything; `interim` names the days for which
    numbers are wanted besides the last; `carry` writes what is known already on the sheet of a
    table.

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
    for spec in (spec for spec in schema.TABLES if spec.entered):
        page = book.create_sheet(spec.sheet)
        page["A1"] = f"BIỂU NHẬP SỐ LIỆU: {spec.sheet.upper()}"
        page["A2"] = f"{about.name} - {period.label}"
        page["A3"], page["A4"] = LOOK["help"]
        if spec.wide:
            reports = reports or project.params_file(office, period).parent.is_dir()
            asked = _asked(project, about, reports)
            _fill_numbers(page, asked, ledger, period, interim)
        else:
            _write_head(page, [(column.heading, column) for column in spec.columns])
            first = HEADING_ROW + 1
            for at, column in enumerate(spec.columns):
                _open_cells(page, at, column, range(first, first + LOOK["blank_rows"]))
            carry(page, spec)
        _set_up(page, 2 if spec.wide else 0)
    _write_dictionary(book.create_sheet(schema.DICTIONARY_SHEET), project, ledger, period)
    stamp = book.create_sheet(schema.STAMP_SHEET)
    stamp.sheet_state = "hidden"
    for row in (("office", office), ("period", str(period)), ("danvan_nb", __version__)):
        stamp.append(row)
    return saved(book)


def _asked(project: Project, about: Office, reports: bool) -> dict[str, Indicator]:
    """Choose the indicators that an office is asked for."""
    typed = {name: one for name, one in project.catalogue.items() if not one.formula}
    collected = {name: one for name, one in typed.items() if one.aggregate in ("sum", "last")}
    sends = about.parent in project.offices and about.level == "xa" and not reports
    return collected if sends and collected else typed


def _write_dictionary(page: Any, project: Project, ledger: Ledger, period: Period) -> None:
    """Say of each indicator what the page of indicators says of it."""
    page["A1"] = "TỪ ĐIỂN CHỈ TIÊU"
    told = dictionary(project, {name: latest_of(name, ledger, period) for name in ledger.catalogue})
    rows = [("Mã chỉ tiêu", "Chỉ tiêu", *next(iter(told.values()), ()))]
    for name, facts in told.items():
        rows.append((name, ledger.catalogue[name].label, *map(plain, facts.values())))
    for at, row in enumerate(rows, HEADING_ROW):
        most = 1  # lines: not every program makes a row as high as its texts
        for (letter, width), text in zip(LOOK["dictionary_widths"].items(), row, strict=False):
            page.column_dimensions[letter].width = width
            page[f"{letter}{at}"] = text
            _style(page[f"{letter}{at}"], "head" if at == HEADING_ROW else "locked")
            most = max(most, sum(len(line) // width + 1 for line in text.split("\n")))
        page.row_dimensions[at].height = LOOK["line_height"] * most
    _set_up(page, 2)


def _set_up(page: Any, kept: int) -> None:
    """Guard a sheet against slips, not people; `kept` columns stay in sight; print landscape."""
    page["A1"].font = Font(bold=True, size=13)
    keep_texts(page)
    page.freeze_panes = page.cell(HEADING_ROW + 1, kept + 1)
    page.protection.sheet = True
    page.protection.formatColumns = page.protection.formatRows = False
    page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"


@dataclass(frozen=True)
class _Head:
    """A column of the sheet of numbers; one for numbers of the period knows their last day."""

    text: str
    column: schema.ColumnSpec
    end: date | None = None


def _heads(period: Period, interim: Mapping[str, date], starts: set[date]) -> list[_Head]:
    """List the columns of the sheet of numbers; a day from which all count stands in headings."""
    columns = {column.name: column for column in schema.OBSERVATIONS.columns}
    headings = {name: column.heading for name, column in columns.items()}
    headings["same_period"] = f"Cùng kỳ năm {period.year - 1}"
    value, end = columns["value"], period.last_day
    since = f"từ {_day_month(min(starts))} " if len(starts) == 1 else ""
    days = f"({since}đến {short_date(end)})"
    interims = sorted(set(interim.values()))
    before = ("indicator", "label", "unit", "same_period")
    after = ("source", "note", "definition", "basis")
    return [
        *(_Head(headings[name], columns[name]) for name in before),
        _Head(f"Kế hoạch năm {period.year}", value),
        *(_Head(f"Thực hiện đến {short_date(day)}", value, day) for day in interims),
        _Head(f"{schema.STATUSES['actual'].capitalize()} {days}", value, end),
        _Head(f"{schema.STATUSES['estimate'].capitalize()} {days}", value, end),
        *(_Head(headings[name], columns[name]) for name in after),
    ]


def _day_month(day: date) -> str:
    return short_date(day).rpartition("/")[0]


def _explained(name: str, ledger: Ledger, period: Period) -> str:
    """Say how an indicator is to be understood: its definition, days, and what is known of it."""
    indicator, year = ledger.catalogue[name], Period(period.year)
    since = f"Tính từ {short_date(ledger.start(name, period))}." if indicator.counted else ""
    there = ""
    if days := ledger.days(name, year):
        known = ledger.read_over(name, year.first_day, days[0])
        number = f"{number_text(known.value, indicator.decimals)} đến {short_date(days[0])}"
        place, said = known.origins[-1].place, "lũy kế " if indicator.counted else ""
        remark = ", không nhập lại" if period.contains(days[0]) else ""
        there = f"Đã có {said}{number} ({place}){remark}."
    return " ".join(part for part in (since, indicator.definition, there) if part)


def _fill_numbers(
    page: Any,
    indicators: Mapping[str, Indicator],
    ledger: Ledger,
    period: Period,
    interim: Mapping[str, date],
) -> None:
    """Lay out a row per indicator: last year's number and the plan beside the cells to fill in."""
    starts = {name: ledger.start(name, period) for name, one in indicators.items() if one.counted}
    heads = _heads(period, interim, set(starts.values()))
    _write_head(page, [(head.text, head.column) for head in heads])
    first, last = HEADING_ROW + 1, HEADING_ROW + len(indicators)
    numbers = [at for at, head in enumerate(heads) if head.column.kind == "number"]
    for at, head in enumerate(heads):
        if head.column.kind == "text":
            _open_cells(page, at, head.column, range(first, last + 1))
    for row, (name, indicator) in enumerate(indicators.items(), first):
        shown = {
            "indicator": name,
            "label": indicator.label,
            "unit": indicator.unit,
            "same_period": ledger.read(name, period.same_period).value,
            "definition": _explained(name, ledger, period),
            "basis": indicator.source,
        }
        for at, head in enumerate(heads):
            if head.column.name in shown:
                _style(page.cell(row, at + 1, shown[head.column.name]), "locked")
        page.cell(row, numbers[0] + 1).value = ledger.read_plan(name, period).value
        places = f".{'0' * indicator.decimals}" if indicator.decimals else ""
        for at in (numbers[0] - 1, *numbers):
            page.cell(row, at + 1).number_format = "#,##0" + places
    _open_numbers(page, heads, indicators, starts)


def _open_numbers(
    page: Any, heads: list[_Head], indicators: Mapping[str, Indicator], starts: Mapping[str, date]
) -> None:
    """Open the cells of numbers; those that count alike are asked for in the same words."""
    alike: dict[tuple[bool, date | None], list[int]] = defaultdict(list)
    for row, (name, indicator) in enumerate(indicators.items(), HEADING_ROW + 1):
        alike[not indicator.decimals, starts.get(name)].append(row)
    for (whole, start), rows in alike.items():
        for at, head in enumerate(heads):
            if head.column.kind == "number":
                asked = replace(head.column, meaning=_meaning(head, start))
                _open_cells(page, at, asked, rows, whole=whole and head.end is not None)


def _meaning(head: _Head, start: date | None) -> str:
    """Say over which days a number is asked for."""
    if head.end is None:
        return f"{head.text}, cả năm"
    if start is None:
        return f"Số tại ngày {short_date(head.end)}"
    return f"Cộng dồn từ {short_date(start)} đến {short_date(head.end)}"


def _write_head(page: Any, heads: Iterable[tuple[str, schema.ColumnSpec]]) -> None:
    page.row_dimensions[HEADING_ROW].height = LOOK["heading_height"]
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
    there = None if not force else digest(path)
    kept = write_all(project.root, {path: data}, "form", expected={path: there})
    back = project.relative(project.data_home(office) / f"{half}.xlsx")
    made = escape(project.relative(path))
    console.out.print(f"Đã ghi {made}; khi đơn vị gửi lại, đặt vào {escape(back)}")
    console.show_issues(kept)
