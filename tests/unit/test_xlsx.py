"""The workbook: real numbers that read as printed, texts that are no formulas, pages to print."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from sample_document import cell, figure, sample_document

from danvan_nb.document.reconcile import reconcile
from danvan_nb.document.xlsx import FIGURE_SHEET, read_xlsx, write_xlsx
from danvan_nb.errors import RenderError
from danvan_nb.nodes import Document, Paragraph, Table, Text

HEAD = 4
"""The row of headings, under the two lines of the title and a blank one."""


def with_row(*values: Any) -> Document:
    """Build the sample report with one more table of one row."""
    head = (tuple(cell(Text(f"Cột {at}"), header=True) for at, _ in enumerate(values)),)
    table = Table("Bảng 9. Thử", len(values), head, (tuple(map(cell, values)),))
    document = sample_document()
    return replace(document, blocks=(*document.blocks, table))


def opened(document: Document) -> Any:
    return openpyxl.load_workbook(io.BytesIO(write_xlsx(document)))


def test_numbers_are_numbers() -> None:
    """What a table prints as a number alone is one, exact, in its format; a dash stays a dash."""
    document = with_row(
        figure("thu", "301,149", "301.1494"),
        figure("ty_le", "95,83%", "95.83333333333333333"),
        figure("don", "-1.204", "-1204"),
        figure("don.change", "giảm 12 đơn", "-12"),
        Text("-"),
    )
    row = opened(document)["Bảng 9"][HEAD + 1]
    assert [one.value for one in row] == [301.1494, 0.958333333333333, -1204, "giảm 12 đơn", "-"]
    assert row[0].number_format.endswith("#,##0.000")
    assert row[1].number_format.endswith("#,##0.00%")
    assert "301,149\n95,83%\n-1.204\n" in read_xlsx(write_xlsx(document))


def test_every_figure_has_its_origin() -> None:
    """The first sheet lists the figures in reading order with value, comparison, file, row, id."""
    details = (("Số liệu", "9 đơn"), ("Cùng kỳ năm 2022", "6 đơn"), ("Nguồn", "Sổ theo dõi"))
    origin = {"unit": "đơn", "file": "data/a.csv", "row": "7", "details": details}
    first = replace(figure("don", "ước 9 đơn", "9"), **origin)
    document = sample_document()
    page = opened(replace(document, blocks=(Paragraph((first,)), *document.blocks)))[FIGURE_SHEET]
    assert [one.value for one in page[HEAD + 1]] == [
        *(None, "Chỉ tiêu mẫu", "ước 9 đơn", 9, "đơn"),
        *("Cùng kỳ năm 2022: 6 đơn", "Sổ theo dõi", "data/a.csv", "7", "don"),
    ]
    assert page.freeze_panes == f"A{HEAD + 1}"
    assert page.print_title_rows == f"${HEAD}:${HEAD}"


@pytest.mark.parametrize("text", ["=1+1", "+1", "@SUM(A1)", "-2+3", '=HYPERLINK("x")'])
def test_text_is_no_formula(text: str) -> None:
    """What looks like a formula is the text that it is, and reads back so."""
    document = with_row(Text(text))
    found = opened(document)["Bảng 9"].cell(HEAD + 1, 1)
    assert (found.value, found.data_type) == (text, "s")
    reconcile(document, "report.xlsx", write_xlsx(document))


def test_a_changed_number_is_found() -> None:
    """A digit changed in a number, not only in a text, fails the read-back."""
    document = with_row(figure("thu", "301,149", "301.149"))
    book = opened(document)
    book["Bảng 9"].cell(HEAD + 1, 1).value = 301.148
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(RenderError, match="số liệu khớp"):
        reconcile(document, "report.xlsx", out.getvalue())


def test_same_report_same_bytes() -> None:
    """Nothing in the file comes from the clock."""
    assert write_xlsx(sample_document()) == write_xlsx(sample_document())
