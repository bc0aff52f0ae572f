"""The workbook of a report: every figure with its origin, and the tables, as real numbers.

Owns what stands on which sheet and how sheets look. A text is never a formula, whatever it looks
like; the reader gives numbers as their formats show them, and as they are.
"""

import re
import textwrap
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from itertools import chain, count
from math import ceil
from typing import Any, TypeAlias
from zipfile import ZipFile

import openpyxl
from openpyxl.cell.rich_text import CellRichText
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PrintPageSetup
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.writer.excel import ExcelWriter

from danvan_nb.document import layout, storable, without_clock
from danvan_nb.nodes import DRAFT, Cell, Document, Table, Text, Value, plain
from danvan_nb.wording import number_text

FIGURE_SHEET = "Số liệu"
FIGURE_COLUMNS = {
    **{"Mục": 9.0, "Chỉ tiêu": 10.0, "Trong báo cáo": 9.0, "Giá trị": 5.0, "Đơn vị tính": 5.0},
    **{"So sánh": 13.0, "Nguồn": 14.0, "Tệp": 10.0, "Dòng": 3.0, "Mã": 9.0},
}
"""The columns of the sheet of figures, and how wide they are, in ems of 12 points."""
CellNumber: TypeAlias = tuple[float, str]
"""A number as a cell holds it, and the format that shows it."""
COMPARED = re.compile(r"(Kế hoạch|Cùng kỳ|Thay đổi)\b")
SHOWN_NUMBER = re.compile(r"\d[\d.]*(?:,(\d+))?%?")
LOCALE = "[$-42A]"  # where a program goes by it, decimals are written as in Vietnamese
FORMAT = re.compile(r'\[\$-42A\](?:"([^"]*)")?#,##0(?:\.(0+))?(%?)(?:"([^"]*)")?')
MOST_FORMAT = 255  # letters of a number's format, as spreadsheets bear them
CELL_LETTERS = 32_000  # of a cell; spreadsheets bear some more
LOOKS_CODED = re.compile(r"(?<=_)(?=x[0-9A-Fa-f]{1,4}_)")
UNNAMEABLE = re.compile(r"[\[\]:*?/\\']")
NAME_LETTERS = 25  # of the 31 of a sheet's name, so that alike ones can be numbered
EM = 2.3  # widths are counted in digits of the workbook's letters, of 7 pixels; an em has 16
LINE_HEIGHT = 16.0  # points of a line of 12 pt


def on_sheets(document: Document) -> dict[str, Table]:
    """Give the sheets of a report by name: all figures in reading order, then each table.

    The lines of a table's caption stand in rows of their own above it.
    """
    heads = (tuple(Cell(((Text(name),),), header=True) for name in FIGURE_COLUMNS),)
    parts = (document.subject, document.blocks, document.appendices)
    nodes = list(layout.placed(parts))
    rows = tuple(_figure_row(section, node) for section, node in nodes if isinstance(node, Value))
    about = f"{DRAFT}. {document.title}" if document.draft else document.title
    title = f"Mọi số liệu trong báo cáo\n{about}"
    sheets = {FIGURE_SHEET: Table(title, len(FIGURE_COLUMNS), heads, rows)}
    for section, node in nodes:
        if isinstance(node, Table):
            name = _sheet_name(layout.label_of(node) or node.caption or section, sheets)
            sheets[name] = replace(node, caption=f"{node.caption or section}\n{about}")
    return sheets


def _sheet_name(wanted: str, taken: Collection[str]) -> str:
    """Give a name that a sheet can bear and no other has, in whatever case; Excel keeps one."""
    words = textwrap.wrap(UNNAMEABLE.sub(" ", wanted), NAME_LETTERS)
    name, used = words[0] if words else "Bảng", {each.casefold() for each in (*taken, "History")}
    names = chain([name], (f"{name} ({at})" for at in count(2)))
    return next(each for each in names if each.casefold() not in used)


def spoken(document: Document) -> tuple[Table, ...]:
    """Give what `read_xlsx` must find: the sheets, each real number followed by its exact value."""
    return _retold(tuple(on_sheets(document).values()), lambda text, kept: _said(*kept))


def _retold(node: Any, words: Callable[[str, CellNumber], str]) -> Any:
    """Put other words in each cell that is a real number; `words` makes them of text and number."""
    match node:
        case tuple():
            return tuple(_retold(part, words) for part in node)
        case Table():
            return replace(node, head=_retold(node.head, words), body=_retold(node.body, words))
        case Cell(lines=((Value() as figure,),)) if kept := _number(figure):
            return replace(node, lines=((replace(figure, text=words(figure.text, kept)),),))
    return node


def _figure_row(section: str, figure: Value) -> tuple[Cell, ...]:
    told = dict(figure.details)
    compared = [f"{term}: {text}" for term, text in figure.details if COMPARED.match(term)]
    shown = SHOWN_NUMBER.search(figure.text)
    decimals = len(shown[1] or "") if shown else 2
    number = figure.value and number_text(Decimal(figure.value), decimals)
    before = (section, figure.label, figure.text)
    after = (figure.unit, "\n".join(compared), told.get("Nguồn", ""), figure.file, figure.row)
    exact = Cell(((Value(figure.id, number, figure.value),),), align="right")
    return (*map(_left, before), exact, *map(_left, (*after, figure.id)))


def _left(text: str) -> Cell:
    return Cell(tuple((Text(line),) for line in text[:CELL_LETTERS].split("\n")), align="left")


def write_xlsx(document: Document) -> bytes:
    """Write the tables and figures of a report as a workbook, always the same bytes for the same.

    Raises
    ------
    RenderError
        If a table does not fill its columns, or a text has a sign that no workbook can hold.
    """
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in on_sheets(document).items():
        page = book.create_sheet(name)
        _fill(page, table)
        page.oddHeader.left.text = DRAFT if document.draft else None
    about, day = book.properties, datetime.fromisoformat(document.head.date)
    about.creator, about.title = " ".join(document.head.issuer), document.title
    about.language = "vi"
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
    # A number is kept on one line with its words: a cell too narrow for it shows none of it.
    unbroken = _retold(table, lambda text, kept: text.replace(" ", "\xa0"))
    widths = layout.column_widths(unbroken, 0 if is_list else layout.LINE)[1]
    if is_list:
        least = {"Giá trị": widths[[*FIGURE_COLUMNS].index("Giá trị")]}
        widths = [max(width, least.get(name, 0)) for name, width in FIGURE_COLUMNS.items()]
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
        _put(page.cell(row, column), cell)
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


def _put(place: Any, cell: Cell) -> None:
    """Write what a cell says: a figure that stands alone as a number, all else as text."""
    match cell.lines:
        case ((Value() as figure,),) if kept := _number(figure):
            place.value, place.number_format = kept
        case lines:
            _write(place, "\n".join(map(plain, lines)))


def _number(figure: Value) -> CellNumber | None:
    """Give the number behind a figure, and the format that shows it as printed, words and all.

    None where a spreadsheet could not: it keeps 15 digits.
    """
    shown = SHOWN_NUMBER.search(figure.text)
    if not figure.value or not shown:
        return None
    digits = f"#,##0.{'0' * len(shown[1])}" if shown[1] else "#,##0"
    percent = "%" * shown[0].endswith("%")
    before, after = (
        f'"{words}"' if words else ""
        for words in (figure.text[: shown.start()], figure.text[shown.end() :])
    )
    bare, format = LOCALE + digits + percent, LOCALE + before + digits + percent + after
    number = float(f"{Decimal(figure.value) / (100 if percent else 1):.15g}")
    if number < 0:  # a second format is for what is less than 0, whose sign it leaves out
        format = bare if (before, after) == ('"-"', "") else f"{bare};{format}"
    fits = len(format) <= MOST_FORMAT and _printed(number, format) == figure.text
    return (number, format) if fits else None


def _printed(number: float, format: str) -> str:
    """Write a number as a spreadsheet shows it in one of our formats; empty for any other."""
    first, _, second = format.partition(";")
    found = FORMAT.fullmatch(second if second and number < 0 else first)
    if not found:
        return ""
    before, places, percent, after = (part or "" for part in found.groups())
    exact = Decimal(repr(number)) * (100 if percent else 1)
    shown = number_text(abs(exact) if second else exact, len(places))
    return f"{before}{shown}{percent}{after}"


def _said(number: float, format: str) -> str:
    return f"{_printed(number, format)} [{number:.15g}]"


def _write(place: Any, text: str) -> None:
    place.value, place.data_type = uncoded(storable(text)) or None, "s" if text else "n"


def uncoded(text: str) -> str | CellRichText:
    """Give what a cell holds of a text: runs, where `_x` would begin a code (22.4.2.4) in it.

    LibreOffice reads codes of fewer than four digits too: it would break `so_xa_phuong`.
    """
    return CellRichText(*LOOKS_CODED.split(text)) if LOOKS_CODED.search(text) else text


def read_xlsx(data: bytes) -> str:
    """Read the text of a workbook that `write_xlsx` made, row by row; numbers as they are shown."""
    book = openpyxl.load_workbook(BytesIO(data))
    cells = (cell for page in book for row in page.iter_rows() for cell in row)
    return "\n".join(map(_shown, cells))


def _shown(cell: Any) -> str:
    if isinstance(cell.value, int | float):
        return _said(float(cell.value), cell.number_format)
    return str(cell.value or "")
