"""The form that goes out, and the marked workbook that goes back."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from breaking import BOOK, FILLED, FOLDER, SHEET, filled_form, use_book
from sample_project import OBSERVATIONS, PARAMS, change, load, write
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.commands.form import HEADING_ROW, write_form
from danvan_nb.commands.returns import return_workbooks
from danvan_nb.data.records import Observation
from danvan_nb.data.schema import DICTIONARY_SHEET, FINDINGS_SHEET, STAMP_SHEET, TABLES
from danvan_nb.errors import InputError, ParamsError
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project

H1 = Period(2023, "H1")
ENTERED = [spec for spec in TABLES if spec.entered]


def opened(project: Path, office: str = "mau", period: Period = H1) -> Any:
    return openpyxl.load_workbook(
        io.BytesIO(write_form(Project(project), office, period, {"giua_ky": date(2023, 4, 30)}))
    )


def test_form_has_every_table_with_the_headings_of_the_schema(project: Path) -> None:
    """One sheet per table that people fill in; each heading is one that the reader knows."""
    book = opened(project)
    assert book.sheetnames == [*(spec.sheet for spec in ENTERED), DICTIONARY_SHEET, STAMP_SHEET]
    assert book[STAMP_SHEET].sheet_state == "hidden"
    for spec in ENTERED:
        heads = [cell.value for cell in book[spec.sheet][HEADING_ROW] if cell.value]
        assert all(spec.heading(head) for head in heads)
        assert all(cell.protection.locked for cell in book[spec.sheet][HEADING_ROW])
        assert book[spec.sheet].protection.sheet


def test_the_form_says_what_each_indicator_is(project: Path) -> None:
    """Its last sheet tells unit, way of counting and formula, and is no table of data."""
    page = opened(project)[DICTIONARY_SHEET]
    heads, *rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=HEADING_ROW)]
    told = {row[0]: dict(zip(heads, row, strict=True)) for row in rows}
    catalogue = Project(project).catalogue
    assert told.keys() == catalogue.keys()
    for name, indicator in catalogue.items():
        assert told[name]["Đơn vị tính"] == indicator.unit
        assert bool(told[name]["Công thức"]) == bool(indicator.formula)
    assert "01/01" in told["thu_mau"]["Cách tính"]
    rate = told["ty_le_thanh"]
    assert rate["Công thức"] == "“Vụ việc hòa giải thành” / “Vụ việc đã nhận” × 100"
    assert "6 tháng đầu năm 2022: 267,664 tỷ đồng" in told["thu_mau"]["Số gần nhất"]
    heights = [page.row_dimensions[row].height for row in range(HEADING_ROW, page.max_row + 1)]
    assert all(heights) and max(heights) > min(heights)  # long texts are not cut


def test_last_year_and_plan_stand_beside_the_cells_to_fill(project: Path) -> None:
    """Last year's number is locked, the plan known from the first half is there,
    the cells to fill are open and checked."""
    page = opened(project)[SHEET]
    assert [page[cell].value for cell in ("A6", "C6", "D6", "G6")] == [
        "thu_mau",
        "tỷ đồng",
        267.664,
        None,
    ]
    assert (page["D6"].protection.locked, page["G6"].protection.locked) == (True, False)
    assert page["G6"].number_format == "#,##0.000"
    checked = {
        str(area) for check in page.data_validations.dataValidation for area in check.sqref.ranges
    }
    assert any("G7" in area or area.startswith("G") for area in checked)
    assert opened(project, period=Period(2023, "H2"))[SHEET]["E6"].value == 483.375


def test_choices_of_documents_are_a_drop_down(project: Path) -> None:
    """The type of a document is chosen; another may be typed."""
    checks = opened(project)["Văn bản"].data_validations.dataValidation
    (drop,) = (check for check in checks if check.type == "list")
    assert ("Kế hoạch" in drop.formula1, drop.errorStyle) == (True, "warning")


def said(rows: Iterable[Observation]) -> list[tuple[object, ...]]:
    """Give what rows say, wherever they stand."""
    return sorted((row.indicator, row.status, row.as_of, row.value, row.period) for row in rows)


def test_filled_form_reads_as_the_csv_did(project: Path) -> None:
    """Form, filled in, read: the same numbers, statuses and days as the sample's CSV;
    each with its cell."""
    before = load(project).inputs.observations
    use_book(project, filled_form())
    after = load(project).inputs.observations
    assert said(after) == said(before)
    assert set(FILLED) <= {row.cell for row in after}
    assert load(project).figures["vu_nhan"].reading.origins[0].place == f"{BOOK} [{SHEET}], ô G7"


@pytest.mark.parametrize("office", ["khong-co", "sap-co"])
def test_no_form_for_an_office_that_is_not_there(project: Path, office: str) -> None:
    """An unknown office, or one of another time, gets no form."""
    write(
        project / "params/offices.yml",
        (project / "params/offices.yml").read_text("utf-8")
        + "sap-co:\n  name: Xã Mẫu\n  short: Xã\n  locality: xã Mẫu\n  place: Mẫu\n  symbol: UBND\n"
        "  level: xa\n  valid_from: 2025-07-01\n",
    )
    with pytest.raises(ParamsError):
        write_form(Project(project), office, H1, {})


def test_form_is_not_written_over(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that is there may be filled in by now."""
    monkeypatch.chdir(project)
    assert CliRunner().invoke(app, ["form", "mau", "2023-H2"]).exit_code == 0
    path = project / "outputs/bieu-nhap/mau-2023-H2.xlsx"
    before = path.read_bytes()
    assert CliRunner().invoke(app, ["form", "mau", "2023-H2"]).exit_code == 3
    assert path.read_bytes() == before
    assert CliRunner().invoke(app, ["form", "mau", "2023-H2", "--force"]).exit_code == 0


def test_marked_workbook_goes_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wrong cells are coloured and commented in a copy, all is listed on a first sheet,
    and nothing else differs."""
    book = filled_form()
    book[SHEET]["G7"], book[SHEET]["I8"] = "mười hai", "giữ nguyên"
    use_book(project, book)
    original = (project / BOOK).read_bytes()
    monkeypatch.chdir(project)
    result = CliRunner().invoke(app, ["check", PARAMS])
    assert result.exit_code == 3
    (path,) = (project / "outputs/mau/2023-H1/tra-lai").glob("*.xlsx")
    assert path.name in result.output.replace("\n", "")
    assert (project / BOOK).read_bytes() == original
    back, sent = openpyxl.load_workbook(path), openpyxl.load_workbook(project / BOOK)
    assert back.sheetnames == [FINDINGS_SHEET, *sent.sheetnames]
    assert [cell.value for cell in back[FINDINGS_SHEET][2]][:3] == ["lỗi", SHEET, "G7"]
    cell = back[SHEET]["G7"]
    assert ("Không phải số" in cell.comment.text, cell.fill.fgColor.rgb) == (True, "00FFC7CE")
    for name in sent.sheetnames:
        assert back[name].sheet_state == sent[name].sheet_state
        assert len(back[name].data_validations.dataValidation) == len(
            sent[name].data_validations.dataValidation
        )
        for row in sent[name].iter_rows():
            for one in row:
                other = back[name][one.coordinate]
                assert other.value == one.value
                assert repr(other.protection) == repr(one.protection)
                assert (name, one.coordinate) == (SHEET, "G7") or (
                    repr(other.fill),
                    other.comment,
                ) == (repr(one.fill), one.comment)


def test_corrected_return_can_be_sent_again(project: Path) -> None:
    """A marked copy, corrected and sent back, is read;
    the list of findings in it is no table of data."""
    book = filled_form()
    book[SHEET]["G7"] = "mười hai"
    use_book(project, book)
    with pytest.raises(InputError) as caught:
        load(project)
    (path,) = return_workbooks(Project(project), caught.value.issues)
    assert return_workbooks(Project(project), caught.value.issues) == [path]
    back = openpyxl.load_workbook(path)
    back[SHEET]["G7"] = 24
    back.save(project / BOOK)
    assert load(project).figures["vu_nhan"].text == "24 vụ"
    assert load(project).inputs.notices == ()


def test_macros_are_kept_and_never_run(project: Path) -> None:
    """An .xlsm is read like an .xlsx."""
    use_book(project, filled_form(), f"{FOLDER}.xlsm")
    assert load(project).figures["vu_nhan"].text == "24 vụ"


def test_csv_gets_no_marked_copy(project: Path) -> None:
    """A CSV file has no colours; its message names the cell."""
    change(project / OBSERVATIONS, "vu_nhan,actual,,24", "vu_nhan,actual,,hai")
    with pytest.raises(InputError) as caught:
        load(project)
    assert caught.value.issues[0].cell == "D5"
    assert return_workbooks(Project(project), caught.value.issues) == []
