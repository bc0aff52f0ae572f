"""Sheets as offices leave them: headings over several rows, merged cells, titles, blank rows,
formulas, formats."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from breaking import BOOK, FOLDER, SHEET, filled_form, use_book
from sample_project import OBSERVATIONS, load, write

from danvan_nb.errors import InputError
from danvan_nb.report.report import Report


def read(project: Path, book: Any, name: str = BOOK) -> Report:
    use_book(project, book, name)
    return load(project)


def drawn(*rows: tuple[Any, ...]) -> Any:
    """Make a workbook whose one sheet holds these rows."""
    book = openpyxl.Workbook()
    book.active.title = SHEET
    for row in rows:
        book.active.append(row)
    return book


def test_merged_heading_of_two_rows(project: Path) -> None:
    """A group title over several columns, and headings merged over both rows, are one heading."""
    book = drawn(
        ("ỦY BAN NHÂN DÂN",),
        (),
        ("TT", "Mã chỉ tiêu", "Chỉ tiêu", "Đơn vị\ntính", "Năm 2023", None, None, "Nguồn"),
        (None, None, None, None, "Kế hoạch (*)", "THỰC HIỆN", "Ước\nthực hiện", None),
        ("(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"),
        (),
        (1, "vu_nhan", "Vụ việc", "vụ", 30, 24, None, "số liệu mẫu"),
        (2, "thu_mau", "Thu", "tỷ đồng", None, None, "301,1", None),
    )
    for area in ("B3:B4", "C3:C4", "D3:D4", "E3:G3", "H3:H4", "A1:H1"):
        book[SHEET].merge_cells(area)
    report = read(project, book)
    assert (report.figures["vu_nhan"].text, report.figures["thu_mau"].text) == (
        "24 vụ",
        "ước 301,100 tỷ đồng",
    )
    assert report.figures["vu_nhan"].plan.text == "30 vụ"
    assert report.figures["vu_nhan"].reading.origins[0].cell == "F7"


def test_a_value_under_the_heading_is_no_second_heading(project: Path) -> None:
    """`thực hiện` in the first row of data is a value, though it could be a heading."""
    book = drawn(
        ("Mã chỉ tiêu", "Loại số liệu", "Tính đến ngày", "Giá trị", "Nguồn", "Ghi chú"),
        ("vu_nhan", "Thực hiện", datetime(2023, 6, 30), 24),
        ("thu_mau", "ước", 45107, "301,1"),
        ("vu_thanh", "actual", "30/6/2023", 24),
    )
    report = read(project, book)
    assert [report.figures[name].text for name in ("vu_nhan", "thu_mau", "vu_thanh")] == [
        "24 vụ",
        "ước 301,100 tỷ đồng",
        "24 vụ",
    ]


def test_total_row_is_passed_over_and_told(project: Path) -> None:
    """A total below the rows is no row; that it was passed over is said."""
    book = filled_form()
    book[SHEET]["A12"], book[SHEET]["G12"] = "Tổng cộng", 48
    report = read(project, book)
    assert [(issue.rule, issue.cell) for issue in report.inputs.notices] == [("dong_tong", "A12")]
    assert "dong_tong" in [issue.rule for issue in report.issues]


def test_an_event_called_total_something_is_a_row(project: Path) -> None:
    """Only a total is a total: `Tổng kết năm` is an event."""
    write(project / f"{FOLDER}/models.csv", "name,id,owner,summary\nTổng kết mô hình,tong_ket,,\n")
    assert [model.name for model in load(project).inputs.models] == ["Tổng kết mô hình"]


def test_formulas_give_the_results_they_had(project: Path) -> None:
    """A formula with a stored result is that result, without calculating;
    without one it is an error, not a blank."""
    use_book(project, filled_form())
    path, sheet = project / BOOK, "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as parts:
        files = {name: parts.read(name) for name in parts.namelist()}
    stored = re.sub(rb'(<c r="G7"[^>]*>)<v>24</v>', rb"\1<f>G8+G9</f><v>24</v>", files[sheet])
    assert stored != files[sheet]
    rewrite(path, {**files, sheet: stored})
    assert load(project).figures["vu_nhan"].text == "24 vụ"
    rewrite(path, {**files, sheet: stored.replace(b"</f><v>24</v>", b"</f>")})
    with pytest.raises(InputError) as caught:
        load(project)
    assert [(issue.rule, issue.cell) for issue in caught.value.issues] == [
        ("cong_thuc_chua_tinh", "G7")
    ]


def rewrite(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as parts:
        for name, data in files.items():
            parts.writestr(name, data)


def test_shown_percentage_of_a_rate(project: Path) -> None:
    """95,83% in a cell formatted % is 95.83 for an indicator in %."""
    indicators = (project / "params/indicators.yml").read_text("utf-8")
    write(
        project / "params/indicators.yml",
        indicators
        + 'ty_le_mau:\n  label: Tỷ lệ mẫu\n  unit: "%"\n  decimals: 2\n  measure: rate\n',
    )
    book = drawn(("Mã chỉ tiêu", "Thực hiện"), ("vu_nhan", 24), ("ty_le_mau", 0.9583))
    book[SHEET]["B3"].number_format = "0.00%"
    assert read(project, book).figures["ty_le_mau"].text == "95,83%"


def test_one_indicator_in_both_layouts_is_a_double(project: Path) -> None:
    """A number typed twice is found, wherever the second one stands."""
    text = (project / OBSERVATIONS).read_text("utf-8")
    write(
        project / f"{FOLDER}/collected.csv",
        text.splitlines()[0] + "\nvu_nhan,actual,,24,,số liệu mẫu,\n",
    )
    with pytest.raises(InputError) as caught:
        load(project)
    assert [(issue.rule, Path(issue.file).name) for issue in caught.value.issues] == [
        ("dong_trung", "collected.csv")
    ]
