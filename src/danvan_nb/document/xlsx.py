"""The workbook of a report: every figure with its origin, and the tables, as real numbers.

Owns what stands on which sheet and how sheets look. A text is never a formula, whatever it looks
like; the reader gives numbers as their formats show them.
"""

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from math import ceil
from typing import Any
from zipfile import ZipFile

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PrintPageSetup
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.writer.excel import ExcelWriter

from danvan_nb.document import layout, without_clock
from danvan_nb.nodes import Cell, Document, Inlines, Table, Text, Value, plain
from danvan_nb.wording import number_text

FIGURE_SHEET = "Số liệu"
FIGURE_COLUMNS = {
    **{"Mục": 9.0, "Chỉ tiêu": 10.0, "Trong báo cáo": 9.0, "Giá trị": 5.0, "Đơn vị tính": 5.0},
    **{"So sánh": 13.0, "Nguồn": 14.0, "Tệp": 10.0, "Dòng": 3.0, "Mã": 9.0},
}
"""The columns of the sheet of figures, and how wide they are, in ems of 12 points."""
COMPARED = re.compile(r"(Kế hoạch|Cùng kỳ|Thay đổi)\b")
PLAIN_NUMBER = re.compile(r"-?\d[\d.]*(?:,(\d+))?%?")
UNNAMEABLE = re.compile(r"[\[\]:*?/\\']")
LOCALE = "[$-42A]"  # where a program goes by it, decimals are written as in Vietnamese
EM = 2.0  # widths are counted in digits of the workbook's letters
LINE_HEIGHT = 16.0  # points of a line of 12 pt


def on_sheets(document: Document) -> dict[str, Table]:
    """Give the sheets of a report by name: all figures in reading order, then each table.

    The lines of a table's caption stand in rows of their own above it.
    """
    heads = (tuple(Cell(((Text(name),),), header=True) for name in FIGURE_COLUMNS),)
    parts = (document.subject, document.blocks, document.appendices)
    nodes = list(layout.placed(parts))
    rows = tuple(_figure_row(section, node) for section, node in nodes if isinstance(node, Value))
    title = f"Mọi số liệu trong báo cáo\n{document.title}"
    sheets = {FIGURE_SHEET: Table(title, len(FIGURE_COLUMNS), heads, rows)}
    for section, node in nodes:
        if isinstance(node, Table):
            name = node.caption.partition(".")[0]
            name = f"Bảng (trang {len(sheets) + 1})" if name in ("", *sheets) else name
            sheets[name] = replace(node, caption=f"{node.caption or section}\n{document.title}")
    return sheets


def _figure_row(section: str, figure: Value) -> tuple[Cell, ...]:
    told = dict(figure.details)
    compared = [f"{term}: {text}" for term, text in figure.details if COMPARED.match(term)]
    shown = PLAIN_NUMBER.search(figure.text)
    decimals = len(shown[1] or "") if shown else 2
    number = figure.value and number_text(Decimal(figure.value), decimals)
    before = (section, figure.label, figure.text)
    after = (figure.unit, "\n".join(compared), told.get("Nguồn", ""), figure.file, figure.row)
    exact = Cell(((Value(figure.id, number, figure.value),),), align="right")
    return (*map(_left, before), exact, *map(_left, (*after, figure.id)))


def _left(text: str) -> Cell:
    return Cell(tuple((Text(line),) for line in text.split("\n")), align="left")


def write_xlsx(document: Document) -> bytes:
    """Write the tables and figures of a report as a workbook, always the same bytes for the same.

    Raises
    ------
    RenderError
        If a table does not fill its columns.
    """
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in on_sheets(document).items():
        _fill(book.create_sheet(UNNAMEABLE.sub(" ", name)[:28]), table)
    about, day = book.properties, datetime.fromisoformat(document.head.date)
    about.creator, about.title = " ".join(document.head.issuer), document.title
    about.created = about.modified = day
    buffer = BytesIO()
    ExcelWriter(book, ZipFile(buffer, "w")).save()  # `book.save` writes the time of day into it
    return without_clock(buffer.getvalue())


def _fill(page: Any, table: Table) -> None:
    titles = table.caption.split("\n")
    for row, title in enumerate(titles, 1):
        _write(page.cell(row, 1), title)
        page.cell(row, 1).font = Font("Times New Roman", 13, bold=row == 1)
    first = len(titles) + 2
    is_list = page.title == FIGURE_SHEET
    widths = [*FIGURE_COLUMNS.values()] if is_list else layout.column_widths(table, layout.LINE)[1]
    for at, width in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(at)].width = round(EM * width, 1)
    for row, line in enumerate(layout.place_cells(table), first):
        for place in line:
            _draw(page, row, place.column + 1, place.cell, continued=place.continued)
        page.row_dimensions[row].height = LINE_HEIGHT * max(_lines(each, widths) for each in line)
    head = first + len(table.head)
    if is_list:
        page.auto_filter.ref = f"A{first}:{page.dimensions.partition(':')[2]}"
    page.freeze_panes = page.cell(head, 1)
    page.print_title_rows = f"{first}:{head - 1}"
    across = "landscape" if table.columns > 5 else "portrait"
    page.page_setup = PrintPageSetup(page, across, page.PAPERSIZE_A4, fitToHeight=0)
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.oddHeader.center.text = "&P"


def _lines(place: layout.GridCell, widths: list[float]) -> int:
    """Estimate how many lines a cell takes in each of its rows: no program fits heights itself."""
    cell = place.cell
    room = sum(widths[place.column : place.column + cell.colspan]) - layout.PADDING
    taken = sum(ceil(layout.text_width(plain(line)) / room) for line in cell.lines)
    return max(1, ceil(taken / cell.rowspan))


def _draw(page: Any, row: int, column: int, cell: Cell, *, continued: bool) -> None:
    """Write a cell of a table, with its look on each cell of the sheet that it covers."""
    if not continued:
        _put(page.cell(row, column), cell.lines)
        if cell.rowspan > 1 or cell.colspan > 1:
            last = {"end_row": row + cell.rowspan - 1, "end_column": column + cell.colspan - 1}
            page.merge_cells(start_row=row, start_column=column, **last)
    side = Side("thin")
    for at in range(column, column + cell.colspan):
        drawn = page.cell(row, at)
        drawn.font = Font("Times New Roman", 12, bold=cell.header)
        drawn.border = Border(side, side, side, side)
        across = "center" if cell.header else cell.align
        drawn.alignment = Alignment(across, "center" if cell.header else "top", wrap_text=True)
        if cell.header:
            drawn.fill = PatternFill("solid", "F1F3F5")


def _put(place: Any, lines: tuple[Inlines, ...]) -> None:
    """Write what a cell says: a figure that is a number alone as one, all else as text."""
    match lines:
        case ((Value(text=text, value=value),),) if value and PLAIN_NUMBER.fullmatch(text):
            decimals, number = len(text.rstrip("%").partition(",")[2]), Decimal(value)
            if "%" in text:
                number /= 100
            place.value = float(f"{number:.15g}")  # what a spreadsheet keeps
            places = f"0.{'0' * decimals}" if decimals else "0"
            place.number_format = f"{LOCALE}#,##{places}{'%' * text.endswith('%')}"
        case _:
            _write(place, "\n".join(map(plain, lines)))


def _write(place: Any, text: str) -> None:
    place.value, place.data_type = text or None, "s" if text else "n"


def read_xlsx(data: bytes) -> str:
    """Read the text of a workbook that `write_xlsx` made, row by row; numbers as they are shown."""
    book = openpyxl.load_workbook(BytesIO(data))
    cells = (cell for page in book for row in page.iter_rows() for cell in row)
    return "\n".join(map(_shown, cells))


def _shown(cell: Any) -> str:
    if not isinstance(cell.value, int | float):
        return str(cell.value or "")
    number, sign = Decimal(repr(cell.value)), "%" * cell.number_format.endswith("%")
    places = cell.number_format.removesuffix("%").partition(".")[2]
    return number_text(number * 100 if sign else number, len(places)) + sign
