"""How a sample project is broken: the form, a sheet, a cell, a file; and what it then gets.

The kinds stand in broken_inputs.py and, of workbooks, in broken_workbooks.py.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
from sample_project import NARRATIVE, OBSERVATIONS, PARAMS, change, make_project
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.commands.form import write_form
from danvan_nb.data.office_data import read_office
from danvan_nb.errors import InputError
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project

FOLDER = "data/mau/2023-H1"
BOOK = f"{FOLDER}.xlsx"
FILLED = {"E6": 483.375, "F6": 208.274, "H6": 301.149, "G7": 24, "G8": 23, "G9": 1}
SHEET = "Số liệu"


@cache
def blank_form() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        project = Project(make_project(Path(folder)))
        return write_form(project, "mau", Period(2023, "H1"), {"giua_ky": date(2023, 4, 30)})


def filled_form() -> Any:
    """Give the sample office's form, filled in with the sample's numbers."""
    book = openpyxl.load_workbook(io.BytesIO(blank_form()))
    for cell, value in FILLED.items():
        book[SHEET][cell] = value
    return book


def use_book(root: Path, book: Any, name: str = BOOK) -> None:
    shutil.rmtree(root / FOLDER)
    (root / NARRATIVE).unlink()  # it quotes tables that a form does not have
    book.save(root / name)


def form(edit: Callable[[Any], object], name: str = BOOK) -> Callable[[Path], None]:
    """Break a filled-in form by editing its workbook."""

    def make(root: Path) -> None:
        book = filled_form()
        edit(book)
        use_book(root, book, name)

    return make


def cell(
    place: str, value: Any, number_format: str = "", sheet: str = SHEET
) -> Callable[[Path], None]:
    """Break one cell of a form."""

    def edit(book: Any) -> None:
        book[sheet][place] = value
        if number_format:
            book[sheet][place].number_format = number_format

    return form(edit)


def line(old: str, new: str, name: str = "observations") -> Callable[[Path], None]:
    """Break a CSV file by changing a text that stands in it once."""
    return lambda root: change(root / f"{FOLDER}/{name}.csv", old, new)


def recoded(encode: Callable[[str], bytes], name: str = OBSERVATIONS) -> Callable[[Path], None]:
    """Break a CSV file's bytes."""

    def make(root: Path) -> None:
        text = (root / name).read_text("utf-8")
        (root / name).write_bytes(encode(text))

    return make


def raw(data: bytes, name: str = BOOK) -> Callable[[Path], None]:
    """Put bytes where the workbook should be."""

    def make(root: Path) -> None:
        shutil.rmtree(root / FOLDER)
        (root / name).write_bytes(data)

    return make


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        for name, text in files.items():
            parts.writestr(name, text)
    return out.getvalue()


def both_homes(root: Path) -> None:
    filled_form().save(root / BOOK)


def row_of(*cells: Any) -> Callable[[Any], object]:
    """Put a row under the form's last one."""

    def edit(book: Any) -> None:
        for at, value in enumerate(cells, 1):
            book[SHEET].cell(12, at).value = value

    return edit


def second_heading(book: Any) -> None:
    book[SHEET]["J5"] = "Thực hiện"


def copy_sheet(book: Any) -> None:
    book.copy_worksheet(book[SHEET])


def rename(book: Any) -> None:
    book[SHEET].title = "Sheet1"


def hide(book: Any) -> None:
    book[SHEET].sheet_state = "hidden"


def extra_sheet(book: Any) -> None:
    book.create_sheet("Nháp").append(["tính thử", 12])


def drop_sheet(book: Any) -> None:
    del book[SHEET]


def stamp(row: int, text: str) -> Callable[[Any], object]:
    return lambda book: book["_danvan"].__setitem__(f"B{row}", text)


def drop_column(book: Any) -> None:
    for row in range(1, 13):
        book[SHEET].cell(row, 1).value = None


def no_heading(book: Any) -> None:
    book[SHEET].delete_rows(1, 5)


def long_sheet(*rows: tuple[Any, ...]) -> Callable[[Path], None]:
    """Use a sheet with one row per number instead of the form's."""

    def make(root: Path) -> None:
        book = openpyxl.Workbook()
        book.active.title = SHEET
        book.active.append(
            ["Mã chỉ tiêu", "Loại số liệu", "Tính đến ngày", "Giá trị", "Kỳ", "Nguồn", "Ghi chú"]
        )
        book.active.append(["vu_nhan", "thực hiện", None, 24])
        book.active.append(["thu_mau", "ước", None, 301.149])
        for row in rows:
            book.active.append(list(row))
        use_book(root, book)

    return make


@dataclass(frozen=True)
class Case:
    """A kind of broken input: what is wrong, how it is made, and what it must get.

    `reads`: id of a row, what must be read there, and in which column if it isn't `value`.
    `by_reader`: the inputs alone are read, without the command line, which takes ten times as long.
    """

    kind: str
    make: Callable[[Path], None]
    rule: str
    cell: str = ""
    exit_code: int = 3
    reads: tuple[str, ...] = ()
    by_reader: bool = False


def files_of(root: Path) -> dict[str, bytes]:
    return {
        path.as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "outputs" not in path.parts
    }


@cache
def outcome(case: Case) -> tuple[int, list[dict[str, Any]]]:
    """Make a broken project, once, and check it by the command line."""
    with tempfile.TemporaryDirectory() as folder:
        return run(case, Path(folder) / "du-an")


def run(case: Case, root: Path) -> tuple[int, list[dict[str, Any]]]:
    """Check a broken project; its files must stay as they are."""
    make_project(root)
    case.make(root)
    before = files_of(root)
    if case.by_reader:
        answer = read(case, root)
        assert files_of(root) == before
        return answer
    here = Path.cwd()
    os.chdir(root)
    try:
        result = CliRunner().invoke(app, ["check", PARAMS, "--json"])
    finally:
        os.chdir(here)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert files_of(root) == before
    (answer,) = json.loads(result.stdout)
    return answer["exit_code"], answer["issues"]


def read(case: Case, root: Path) -> tuple[int, list[dict[str, Any]]]:
    """Read a broken project's inputs, and hold what is read to what the case says."""
    try:
        inputs = read_office(Project(root), "mau", Period(2023, "H1"))
    except InputError as err:
        return err.exit_code, [issue.as_dict() for issue in err.issues]
    for name, expected, *column in (case.reads,) if case.reads else ():
        tables = (inputs.observations, inputs.documents, inputs.events)
        found = [row for rows in tables for row in rows if name in row_ids(row)]
        told = {str(getattr(row, column[0] if column else "value")) for row in found}
        assert expected in told, (case.kind, told)
    return 0, [issue.as_dict() for issue in inputs.notices]


def row_ids(row: Any) -> set[str]:
    """Give what names a row of this period."""
    if "2022" in row.file:
        return set()
    return {getattr(row, name, "") for name in ("indicator", "number", "id")}


def issue_of(case: Case, issues: list[dict[str, Any]]) -> dict[str, Any]:
    return next((one for one in issues if one["rule"] == case.rule), {})
