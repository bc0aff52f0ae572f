"""The marked copies of workbooks that go back to whoever sent them.

Owns how a wrong cell is shown. What is wrong was found elsewhere; the original stays as it is.
"""

import io
import warnings
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from danvan_nb.data.cells import is_executed
from danvan_nb.data.schema import FINDINGS_SHEET
from danvan_nb.data.sheets import WORKBOOKS
from danvan_nb.document.xlsx import LOOKS_CODED, uncoded
from danvan_nb.errors import SEVERITIES, Issue, errors_among
from danvan_nb.project.files import sha256
from danvan_nb.project.project import Project
from danvan_nb.project.saving.changes import write_all

FILLS = {"error": "FFC7CE", "warning": "FFEB9C", "notice": "DDEBF7"}
WIDTHS = {"A": 12, "B": 20, "C": 10, "D": 110}


def return_workbooks(project: Project, issues: Iterable[Issue]) -> list[Path]:
    """Write a marked copy of each workbook that an error stands in; returns where they are.

    A copy's name ends in the hash of the workbook and what is wrong, so that a copy which somebody
    has begun to correct is never written over.
    """
    by_file: dict[str, list[Issue]] = defaultdict(list)
    for issue in issues:
        by_file[issue.file].append(issue)
    made = []
    for file, found in by_file.items():
        path = project.root / file
        marked = any(issue.cell for issue in errors_among(found))
        if path.suffix.lower() not in WORKBOOKS or not path.is_file() or not marked:
            continue
        data = path.read_bytes()
        digest = sha256(data + repr(found).encode())[:8]
        folder = project.returns_folder(*project.office_and_period(path))
        target = folder / f"{path.stem}-{digest}{path.suffix}"
        if not target.exists():
            try:
                copy = mark_up(data, found, keep_vba=path.suffix.lower() == ".xlsm")
            except Exception:  # noqa: BLE001, S112 - openpyxl can't; the messages name the cells
                continue
            write_all(project.root, {target: copy}, "check")
        made.append(target)
    return made


def mark_up(data: bytes, issues: Iterable[Issue], keep_vba: bool = False) -> bytes:
    """Colour and comment each wrong cell of a workbook, and list all on a first sheet.

    Nothing else is changed, but openpyxl drops charts and pictures, which no form has.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it drops is said here, and in English there
        book = openpyxl.load_workbook(io.BytesIO(data), keep_vba=keep_vba)
    listed = book.create_sheet(FINDINGS_SHEET, 0)
    listed.append(("Mức", "Trang tính", "Ô", "Cần sửa"))
    for issue in issues:
        listed.append((SEVERITIES[issue.severity], issue.sheet, issue.cell, explain(issue)))
        if issue.sheet in book.sheetnames and issue.cell:
            _mark(book[issue.sheet], issue)
    for letter, width in WIDTHS.items():
        listed.column_dimensions[letter].width = width
    keep_texts(listed)
    book.active = 0
    return saved(book)


def _mark(page: Any, issue: Issue) -> None:
    merged = (area for area in page.merged_cells.ranges if issue.cell in area)
    cell = page[next((area.start_cell.coordinate for area in merged), issue.cell)]
    before = f"{cell.comment.text}\n" if cell.comment else ""
    cell.fill = PatternFill("solid", FILLS[issue.severity])
    cell.comment = Comment(before + explain(issue), "danvan-nb", width=320, height=120)


def explain(issue: Issue) -> str:
    """Word an issue for the one who stands before the cell."""
    expected = f" Cần: {issue.expected}." if issue.expected else ""
    todo = f" {issue.todo}." if issue.todo else ""
    return f"{issue.message}.{expected}{todo}".replace("?.", "?")


def keep_texts(page: Any) -> None:
    """Keep a sheet's texts text, also where a spreadsheet would take one for a formula."""
    for cell in (cell for row in page.iter_rows() for cell in row):
        if isinstance(cell.value, str) and is_executed(cell.value):
            cell.data_type, cell.quotePrefix = "s", True


def saved(book: Any) -> bytes:
    """Give a workbook as the bytes of its file."""
    for cell in (cell for page in book for row in page.iter_rows() for cell in row):
        if cell.data_type == "s" and LOOKS_CODED.search(str(cell.value)):
            cell.value = uncoded(str(cell.value))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
