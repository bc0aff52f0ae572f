"""The workbook: real numbers that read as printed, texts that are no formulas, pages to print."""

from __future__ import annotations

import io
import zipfile
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
    """What a table prints of a figure is its exact number, in a format; a dash stays a dash."""
    document = with_row(
        figure("thu", "301,149", "301.1494"),
        figure("ty_le", "95,83%", "95.83333333333333333"),
        figure("don", "-1.204", "-1204"),
        figure("don.change", "giảm 12 đơn", "-12"),
        Text("-"),
    )
    row = opened(document)["Bảng 9"][HEAD + 1]
    assert [one.value for one in row] == [301.1494, 0.958333333333333, -1204, -12, "-"]
    assert row[0].number_format.endswith("#,##0.000")
    assert row[1].number_format.endswith("#,##0.00%")
    said = read_xlsx(write_xlsx(document))
    assert "301,149 [301.1494]\n95,83% [0.958333333333333]\n-1.204 [-1204]\ngiảm 12 đơn" in said


@pytest.mark.parametrize(
    ("text", "value", "held", "format"),
    [
        ("ước 301,149 tỷ đồng", "301.1494", 301.1494, '"ước "#,##0.000" tỷ đồng"'),
        ("tăng 12,71 điểm %", "12.7083", 12.7083, '"tăng "#,##0.00" điểm %"'),
        ("giảm 12 đơn", "-12", -12, '#,##0;[$-42A]"giảm "#,##0" đơn"'),
        ("bằng 112,51% so với cùng kỳ", "112.5101", 1.125101, '"bằng "#,##0.00%" so với cùng kỳ"'),
        ("0,00", "-0.001", -0.001, "#,##0.00;[$-42A]#,##0.00"),
        ("không đổi", "0", "không đổi", None),
        ("1.234.567.890.123.456,789", "1234567890123456.789", "1.234.567.890.123.456,789", None),
        ('3 “bộ" hồ sơ', "3", '3 “bộ" hồ sơ', None),
        ("12", "12.9", "12", None),
    ],
)
def test_numbers_with_words_are_numbers(text: str, value: str, held: object, format: str) -> None:
    """A figure among its words is a number that shows them; what no spreadsheet would show as
    printed, more than 15 digits say, stays text."""
    document = with_row(figure("thu", text, value))
    data = write_xlsx(document)
    found = openpyxl.load_workbook(io.BytesIO(data))["Bảng 9"].cell(HEAD + 1, 1)
    assert found.value == held
    assert found.number_format == (f"[$-42A]{format}" if format else "General")
    reconcile(document, "report.xlsx", data)


def test_numbers_fit_their_cells() -> None:
    """A number that is wider than its column would be shown as ####, on each sheet."""
    text = "ước -1.234.567.890.123,12 tỷ đồng"
    book = opened(with_row(*[figure("thu", text, "-1234567890123.12")] * 9))
    assert book["Bảng 9"].column_dimensions["B"].width > len(text)
    assert book[FIGURE_SHEET].column_dimensions["D"].width > len("-1.234.567.890.123,12")


def test_sheets_have_names_that_excel_bears() -> None:
    """Names of sheets are short, without refused signs, none twice in whatever case."""
    captions = ["x" * 40 + "1", "X" * 40 + "2", ":/?*[]", "History", "số liệu", "Bảng 9. a"]
    captions += ["Bảng 9. b", "Một tên bảng dài hơn ba mươi mốt chữ cái", ""]
    document = sample_document()
    for caption in captions:
        table = Table(caption, 1, (), ((cell(Text("a")),),))
        document = replace(document, blocks=(*document.blocks, table))
    names = opened(document).sheetnames
    assert len({name.casefold() for name in (*names, "history")}) == len(names) + 1
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)
    assert "Bảng 9 (2)" in names and "Một tên bảng dài hơn ba" in names


def test_a_draft_says_so_on_every_page() -> None:
    """Each sheet of a draft is marked, on the screen and on paper; of a final report none is."""
    for draft in (True, False):
        for page in opened(sample_document(draft)):
            assert ("DỰ THẢO" in str(page["A2"].value)) is draft
            assert (page.oddHeader.left.text == "DỰ THẢO") is draft


def test_a_text_longer_than_a_cell_is_cut_in_the_list() -> None:
    """A cell holds 32,767 letters: an origin longer than that does not keep a report from being."""
    long = replace(figure("thu", "9 đơn", "9"), details=(("Nguồn", "dài " * 10_000),))
    document = replace(sample_document(), blocks=(Paragraph((long,)),))
    assert reconcile(document, "report.xlsx", write_xlsx(document))


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


@pytest.mark.parametrize("wrong", ["\x00", "\x0b", "\x1f", "\ufffe"])
def test_refuses_control_characters(wrong: str) -> None:
    """What no workbook can hold is named with the text before it, as for Word."""
    with pytest.raises(RenderError, match="sau “Thu ngân sách ”"):
        write_xlsx(with_row(Text(f"Thu ngân sách {wrong}9 tỷ")))


def test_a_changed_number_is_found() -> None:
    """A digit changed in a number, though none of those that it shows, fails the read-back."""
    document = with_row(figure("thu", "301,149", "301.14912"))
    book = opened(document)
    book["Bảng 9"].cell(HEAD + 1, 1).value = 301.14913
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(RenderError, match="số liệu khớp"):
        reconcile(document, "report.xlsx", out.getvalue())


def test_same_report_same_bytes() -> None:
    """Nothing in the file comes from the clock."""
    assert write_xlsx(sample_document()) == write_xlsx(sample_document())


def test_an_id_is_no_code_of_a_sign() -> None:
    """`_x000D_`, or `_xa_` in LibreOffice, would be read as a line break: the id is cut there in
    the file, and whole for whoever reads it."""
    document = with_row(Text("so_xa_phuong"), Text("a_x000D_b"), Text("xa_phuong"))
    data = write_xlsx(document)
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet3.xml").decode()
    assert "_xa_" not in sheet and "_x000D_" not in sheet and "xa_phuong" in sheet
    row = openpyxl.load_workbook(io.BytesIO(data))["Bảng 9"][HEAD + 1]
    assert [one.value for one in row] == ["so_xa_phuong", "a_x000D_b", "xa_phuong"]
    reconcile(document, "report.xlsx", data)
