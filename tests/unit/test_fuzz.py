"""Random inputs: each is read, or refused in words; nothing of ours ends in any other way.

`make faults` runs the same with the profile `large`.
"""

from __future__ import annotations

import csv
import io
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from string import printable

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_document import sample_document
from sample_project import OBSERVATIONS, OFFICES, REPORT, TABLES, TEXT, rows, squeeze

from danvan_nb.data import cells
from danvan_nb.data.rows import TableReader
from danvan_nb.data.schema import OBSERVATIONS as SPEC
from danvan_nb.data.sheets import read_csv
from danvan_nb.data.workbooks import read_workbook
from danvan_nb.document import READERS, WRITERS
from danvan_nb.document.reconcile import reconcile
from danvan_nb.errors import DanvanError, InputError, ParamsError
from danvan_nb.nodes import Cell, Paragraph, Table, Text
from danvan_nb.notebook.narrative import parse_narrative
from danvan_nb.notebook.prose import ProseError, expressions, parse_prose, root_name
from danvan_nb.project.models import Offices, ReportParams
from danvan_nb.project.period import Period
from danvan_nb.project.seals import Seal
from danvan_nb.project.texts import read_text, tidy
from danvan_nb.project.yaml_files import read_yaml

MARKS = "#$@<>&*_`~^{}[]()|\\/%=+-\"'!?:;.,"
WRITTEN = "".join(sorted({*printable[:95], *"ăâđêôơưạảấầếềốờứĐĂÊỦ“”…–²°%"}))
anything = st.text(st.characters(exclude_categories=())) | st.text(MARKS + "a1 \n\t\0\x1b\u202e")
numbers = st.text("0123456789.,-+%− eE()đ", max_size=40)
days = st.text("0123456789/-. ngàytháăm:", max_size=30)
printed = st.text(WRITTEN, min_size=1, max_size=60).map(cells.clean).filter(bool)


@given(st.one_of(anything, numbers, days, st.floats(), st.integers(), st.dates(), st.none()))
def test_a_cell(cell: object) -> None:
    """A cell is a number and a day, or has the key of a message; it is clean when cleaned once."""
    known = cells.clean(cell)
    assert cells.clean(known) == known or known != known
    if isinstance(known, str):
        assert known.isprintable() or any(one >= "\ue000" or one > "\u0378" for one in known)
        assert not cells.is_executed(cells.inert(known))
        assert cells.clean(cells.inert(known)) == known
    for read in (cells.number, cells.day, lambda one: cells.number(one, percent=True, dotted=True)):
        with suppress(cells.CellError):
            assert isinstance(read(known), Decimal | date)


@given(st.decimals(-(10**12), 10**12, places=3))
def test_a_number_that_is_written_is_read(value: Decimal) -> None:
    """A number is read back from its Vietnamese writing, grouped and not."""
    text = f"{value:,.3f}".translate(str.maketrans(",.", ".,"))
    with suppress(cells.CellError):  # 1.234 alone has two readings
        assert cells.number(text) == value


@given(st.binary(max_size=400) | anything.map(lambda text: text.encode("utf-8", "replace")))
def test_files_of_any_bytes(data: bytes) -> None:
    """A CSV file, a workbook, params, offices, narrative and seal of any bytes."""
    with suppress(InputError):
        read_csv(data, "x.csv")
    with suppress(InputError):
        read_workbook(data, "x.xlsx")
    with suppress(ValueError):  # pydantic's own
        Seal.model_validate_json(data)
    with suppress(ParamsError):
        text = read_text(data, "x", ParamsError)
        for kind in (ReportParams, Offices):
            with suppress(ParamsError):
                read_yaml(kind, text, "x.yml")
        with suppress(DanvanError):
            parse_narrative(text, "x.md")


@given(st.lists(st.tuples(st.sampled_from(rows(TABLES[OBSERVATIONS])[1]), anything | numbers)))
def test_a_table_of_any_cells(drawn: list[tuple[str, str]]) -> None:
    """A table says of each cell what is wrong, and each of its issues can be told."""
    out = io.StringIO()
    lines = rows(TABLES[OBSERVATIONS])
    for at, (_, cell) in enumerate(drawn):
        lines.append([*lines[1 + at % 5]])
        lines[-1][at % len(lines[0])] = cell
    csv.writer(out).writerows(lines)
    with suppress(InputError):
        grid = read_csv(out.getvalue().encode("utf-8", "replace"), "x.csv")
        table = TableReader(grid, SPEC, Period.parse("2023-H1"), {})
        table.read()
        assert all(str(issue) and issue.as_dict() for issue in table.issues)


@cache
def workbook() -> bytes:
    made, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows(TABLES[OBSERVATIONS]):
        made.active.append(row)
    made.save(out)
    return out.getvalue()


@given(st.integers(0, 9), st.integers(0, 3000), st.binary(max_size=12), st.integers(0, 30))
def test_a_workbook_with_other_bytes(part: int, at: int, put: bytes, cut: int) -> None:
    """Bytes put into a part of a workbook, or cut from it: it is read, or one message."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(out, "w") as new:
        for number, name in enumerate(old.namelist()):
            data = old.read(name)
            place = at % len(data)
            changed = data[:place] + put + data[place + cut :]
            new.writestr(name, changed if number == part else data)
    with suppress(InputError):
        read_workbook(out.getvalue(), "x.xlsx")


@given(anything)
def test_a_narrative(text: str) -> None:
    """Prose is a document's, or is refused with its line; so is each of its expressions."""
    told = tidy(text)
    with suppress(ProseError, DanvanError):
        parse_prose(told)
        for expression in expressions(told):
            root_name(expression)
    with suppress(DanvanError):
        parse_narrative(f"{TEXT}\n{told}\n", "x.md")


@given(st.integers(0, 400), anything, st.integers(0, 9))
def test_params_with_other_letters(at: int, put: str, cut: int) -> None:
    """Letters put into params and offices."""
    for kind, text in ((ReportParams, REPORT), (Offices, OFFICES)):
        with suppress(ParamsError):
            read_yaml(kind, tidy(text[:at] + put + text[at + cut :]), "x.yml")


@settings(max_examples=settings.default.max_examples // 20)  # each makes a PDF
@given(st.lists(printed, min_size=1, max_size=12))
def test_a_document_says_its_texts(texts: list[str]) -> None:
    """Whatever letters a text has, every file says them all and is read back."""
    table = Table("", 1, (), tuple((Cell(((Text(text),),), align="left"),) for text in texts))
    blocks = (*(Paragraph((Text(text),)) for text in texts), table)
    document = replace(sample_document(), blocks=(*sample_document().blocks, *blocks))
    for name in ("html", "docx", "pdf"):
        data = WRITERS[name](document)
        reconcile(document, f"report.{name}", data)
        said = squeeze(READERS[name](data))
        assert all(squeeze(text) in said for text in texts), name
