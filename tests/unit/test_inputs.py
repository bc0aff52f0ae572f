"""Input tables: every mistake in every file is told at once, nothing is repaired silently."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import date, datetime
from pathlib import Path
from typing import get_args

import openpyxl
import pytest
from sample_project import OBSERVATIONS, TABLES, change, csv_text, load, rows, write

from danvan_nb.data.office_data import Inputs
from danvan_nb.data.records import Row
from danvan_nb.data.rows import CELL_READERS
from danvan_nb.data.schema import TABLES as SPECS
from danvan_nb.data.schema import ColumnSpec, Kind
from danvan_nb.errors import InputError, Issue

FOLDER = "data/mau/2023-H1"


def problems(root: Path) -> tuple[Issue, ...]:
    with pytest.raises(InputError) as caught:
        load(root)
    return caught.value.issues


def draw(root: Path, drawn: str, name: str = OBSERVATIONS) -> Path:
    write(root / name, csv_text(drawn))
    return root


def test_an_id_that_libreoffice_broke_is_put_together(project: Path) -> None:
    """It reads `_xa_` as a line break where a form was saved there before: the row counts."""
    change(project / "params/indicators.yml", "ho_mau:", "ho_xa_mau:")
    path = project / OBSERVATIONS
    rows = path.read_text(encoding="utf-8") + '"ho\nmau",actual,,50,,,\n'
    path.write_text(rows, encoding="utf-8")
    assert load(project).figures["ho_xa_mau"].value == 50


HEAD = "indicator | status | as_of | value | period | source | note\n"


@pytest.mark.parametrize(
    ("line", "rule", "column", "found"),
    [
        ("thu_mao | actual | | 1 | | |", "chi_tieu_la", "indicator", "thu_mao"),
        (" | actual | | 1 | | |", "o_trong", "indicator", ""),
        ("thu_mau | thực hiên | | 1 | | |", "loai_so_lieu", "status", "thực hiên"),
        ("thu_mau | actual | 6/30/2023 | 1 | | |", "ngay", "as_of", "6/30/2023"),
        ("thu_mau | actual | 2023-06-31 | 1 | | |", "ngay", "as_of", "2023-06-31"),
        ("thu_mau | actual | 2023-07-01 | 1 | | |", "ngay_ngoai_ky", "as_of", "2023-07-01"),
        ("thu_mau | actual | 2022-12-31 | 1 | | |", "ngay_ngoai_ky", "as_of", "2022-12-31"),
        ("thu_mau | actual | | nhiều | | |", "khong_phai_so", "value", "nhiều"),
        ("thu_mau | actual | | 1.234.5 | | |", "khong_phai_so", "value", "1.234.5"),
        ("thu_mau | actual | | 12 tỷ | | |", "khong_phai_so", "value", "12 tỷ"),
        ("thu_mau | actual | | nan | | |", "khong_phai_so", "value", "nan"),
        ("thu_mau | actual | | 1e5 | | |", "khong_phai_so", "value", "1e5"),
        (
            "thu_mau | actual | | 12345678901234567890123456789012 | | |",
            "so_lon",
            "value",
            "12345678901234567890123456789012",
        ),
        ("thu_mau | actual | | 301.1495 | | |", "so_le", "value", "301.149"),
        ("vu_nhan | actual | | 2.5 | | |", "so_le", "value", "2.5"),
        ("ty_le_thanh | actual | | 95 | | |", "so_tinh", "indicator", "ty_le_thanh"),
        ("thu_mau | actual | | 1 | 2023-H2 | |", "ky_sau", "period", "2023-H2"),
        ("thu_mau | actual | | 1 | 2023-H3 | |", "ky_bao_cao", "period", "2023-H3"),
        ("thu_mau | actual | | 1 | 2023 | |", "ky_sau", "period", "2023"),
        ("thu_mau | actual | | 1 | | | | thừa", "thua_o", "", "thừa"),
    ],
)
def test_wrong_row(project: Path, line: str, rule: str, column: str, found: str) -> None:
    """A wrong cell is named by file, row as the spreadsheet shows it, column,
    and what stands there."""
    issues = problems(draw(project, f"{HEAD}vu_thanh | actual | | 3 | | |\n{line}"))
    issue = next(issue for issue in issues if issue.rule == rule)
    assert (issue.file, issue.row, issue.column) == (OBSERVATIONS, 3, column)
    assert found in issue.found
    assert issue.expected or issue.todo


def test_ambiguous_number_is_not_guessed(project: Path) -> None:
    """`1.234,5` has one reading and is read; `1,234` has two and is refused."""
    head = "indicator,status,as_of,value,period,source,note\n"
    write(project / OBSERVATIONS, f'{head}thu_mau,actual,,"1.234,5",,,\n')
    assert load(project).figures["thu_mau"].text == "1.234,500 tỷ đồng"
    write(project / OBSERVATIONS, f'{head}thu_mau,actual,,"1,234",,,\n')
    (issue,) = problems(project)
    assert (issue.rule, issue.found, issue.cell) == ("so_hai_nghia", "1,234", "D2")


def test_unknown_indicator_gets_the_nearest(project: Path) -> None:
    """A misspelt id gets a suggestion."""
    (issue,) = problems(draw(project, f"{HEAD}thu_mao | actual | | 1 | | |"))
    assert issue.todo == "Có phải là “thu_mau”?"


@pytest.mark.parametrize(
    "line",
    [
        "thu_mau | actual | | 2 | | |",
        "thu_mau | actual | 2023-06-30 | 2 | | |",
        "thu_mau | actual | | 2 | 2023-H1 | |",
    ],
)
def test_duplicate_row(project: Path, line: str) -> None:
    """A second row of the same indicator, status and day is an error,
    also where blank means the last day."""
    (issue,) = problems(draw(project, f"{HEAD}thu_mau | actual | | 1 | | |\n{line}"))
    assert (issue.rule, issue.row, issue.message) == ("dong_trung", 3, "Trùng dòng 2")


def test_rows_that_differ_are_no_duplicates(project: Path) -> None:
    """Status, day and period tell rows apart; so do issuer and date of a document."""
    lines = (
        "thu_mau | actual | | 1 | | |\nthu_mau | estimate | | 1 | | |\nthu_mau | actual |"
        " 2023-04-30 | 1 | | |\nthu_mau | actual | | 1 | 2022-H1 | |"
    )
    assert len(load(draw(project, HEAD + lines)).inputs.observations) == 9


def test_missing_and_unknown_column(project: Path) -> None:
    """Every missing and unknown heading is named at once; a near one gets a suggestion."""
    issues = problems(
        draw(project, "indicator | status | as_of | valeu | note | ghi\nthu_mau | actual | | 1 | |")
    )
    assert {(issue.rule, issue.column or issue.found) for issue in issues} == {
        ("cot_la", "valeu"),
        ("cot_la", "ghi"),
        ("thieu_cot", "value"),
        ("thieu_cot", "source"),
    }
    assert any(issue.todo == "Có phải là “value”?" for issue in issues)


def test_doubled_column(project: Path) -> None:
    """A heading twice is an error, not the last one wins."""
    assert "cot_trung" in [
        issue.rule for issue in problems(draw(project, HEAD.replace("note", "value")))
    ]


def test_period_column_may_be_left_out(project: Path) -> None:
    """Only revised rows need it."""
    drawn = "indicator | status | as_of | value | source | note\nthu_mau | actual | | 7 | |"
    assert load(draw(project, drawn)).figures["thu_mau"].text == "7,000 tỷ đồng"


def test_revised_row_for_last_year(project: Path) -> None:
    """A later folder's row for an earlier period is what comparisons take."""
    drawn = f"{HEAD}thu_mau | actual | | 300 | | |\nthu_mau | actual | | 200 | 2022-H1 | |"
    figure = load(draw(project, drawn)).figures["thu_mau"]
    assert figure.same_period.text == "200,000 tỷ đồng"
    assert figure.same_period.file == OBSERVATIONS


@pytest.mark.parametrize(
    ("name", "line", "rule", "column"),
    [
        ("documents", " | Kế hoạch | | Ủy ban |", "o_trong", "number"),
        ("documents", "01/KH | Kế hoạch | 5/2023 | Ủy ban |", "ngay", "date"),
        ("events", "Hội Mẫu | Hội | | | |", "ma", "id"),
        ("events", "hoi | Hội | | | 2.5 |", "so_nguyen", "visitors"),
        ("events", "hoi | Hội | | | đông |", "khong_phai_so", "visitors"),
        ("models", "hinh | | |", "o_trong", "name"),
    ],
)
def test_wrong_row_of_other_tables(
    project: Path, name: str, line: str, rule: str, column: str
) -> None:
    """Documents, events and models are checked by the same specification."""
    head = rows(TABLES[f"{FOLDER}/{name}.csv"])[0]
    (issue,) = problems(draw(project, " | ".join(head) + "\n" + line, f"{FOLDER}/{name}.csv"))
    assert (issue.rule, issue.column, issue.row) == (rule, column, 2)


def test_all_problems_of_all_files_at_once(project: Path) -> None:
    """Nobody has to run ten times to find ten mistakes."""
    draw(project, f"{HEAD}thu_mao | actual | | x | | |\nvu_nhan | actual | | 1.5 | | |")
    change(project / f"{FOLDER}/documents.csv", "2023-01-05", "hôm qua")
    change(
        project / "data/mau/2022-H1/observations.csv", "vu_nhan,actual,,32", "vu_nhan,actual,,ba"
    )
    found = {
        (Path(issue.file).parent.name, Path(issue.file).name, issue.row, issue.rule)
        for issue in problems(project)
    }
    assert found == {
        ("2023-H1", "observations.csv", 2, "chi_tieu_la"),
        ("2023-H1", "observations.csv", 2, "khong_phai_so"),
        ("2023-H1", "observations.csv", 3, "so_le"),
        ("2023-H1", "documents.csv", 2, "ngay"),
        ("2022-H1", "observations.csv", 4, "khong_phai_so"),
    }


def test_wrong_encoding(project: Path) -> None:
    """A file that is not UTF-8 says where, and how to save it."""
    (project / OBSERVATIONS).write_bytes(
        (project / OBSERVATIONS).read_text("utf-8").replace("số liệu", "so lieu").encode("utf-16")
    )
    (issue,) = problems(project)
    assert (issue.rule, "CSV UTF-8" in issue.todo) == ("ma_ky_tu", True)


def test_unclosed_quote(project: Path) -> None:
    """A quote that is never closed would swallow the rows after it: an error,
    not a note of ten lines."""
    change(
        project / OBSERVATIONS,
        "vu_nhan,actual,,24,,số liệu mẫu,",
        'vu_nhan,actual,,24,,"số liệu mẫu,',
    )
    (issue,) = problems(project)
    assert (issue.rule, issue.file) == ("csv", OBSERVATIONS)


def test_semicolons(project: Path) -> None:
    """A CSV saved with semicolons and decimal commas, as Vietnamese Excel does,
    reads as the same numbers."""
    before = load(project).inputs.observations
    text = (project / OBSERVATIONS).read_text("utf-8").replace(",", ";")
    text = re.sub(r"([0-9])\.([0-9]+)", r"\1,\g<2>0", text)  # 208,274 alone would have two readings
    write(project / OBSERVATIONS, text)
    assert load(project).inputs.observations == before
    write(project / OBSERVATIONS, text + "vu_thanh;actual;30/4/2023;1.234;;;\n")
    assert [issue.rule for issue in problems(project)] == ["so_hai_nghia"]


@pytest.mark.parametrize("text", ["", "\n"])
def test_empty_table(project: Path, text: str) -> None:
    """A file without a heading is an error; a heading without rows is an empty table."""
    write(project / OBSERVATIONS, text)
    assert {issue.rule for issue in problems(project)} <= {"bang_trong", "thieu_cot"}
    draw(project, HEAD)
    assert load(project).figures["thu_mau"].missing


def test_harmless_differences(project: Path) -> None:
    """BOM, decomposed accents, non-breaking spaces, blank lines,
    Windows line ends and headings in capitals read the same."""
    before = load(project).inputs.observations
    text = (project / OBSERVATIONS).read_text("utf-8")
    text = unicodedata.normalize("NFD", text).replace(
        "số liệu mẫu".encode().decode(), "số\u00a0liệu mẫu"
    )
    text = (
        text.replace("thu_mau,plan", "\u00a0thu_mau , plan")
        .replace("indicator", "Indicator")
        .replace("\n", "\r\n")
    )
    (project / OBSERVATIONS).write_bytes(("\ufeff" + text + "\r\n,,,,,,\r\n").encode())
    assert load(project).inputs.observations == before


def test_missing_folder_and_table(project: Path) -> None:
    """No folder, or a folder without observations, says what to make."""
    (project / OBSERVATIONS).unlink()
    assert [issue.rule for issue in problems(project)] == ["thieu_bang"]
    (project / FOLDER).rename(project / "data/mau/cu")
    (issue,) = problems(project)
    assert (issue.rule, issue.file) == ("thieu_tep", FOLDER)


def test_only_observations_are_required(project: Path) -> None:
    """An office without documents, events, models or last year's numbers can report."""
    for name in ("documents", "events", "models"):
        (project / f"{FOLDER}/{name}.csv").unlink()
    (project / "data/mau/2022-H1/observations.csv").unlink()
    (project / "data/mau/2022-H1").rmdir()
    report = load(project)
    assert report.figures["thu_mau"].same_period.missing
    assert report.inputs.documents == ()
    read = [
        name for name, sha256 in report.project.reads.items() if sha256 and name.startswith("data/")
    ]
    assert read == [f"{FOLDER}/observations.csv"]


def cell(text: str, column: ColumnSpec) -> object:
    """Give a cell as Excel holds it: numbers as numbers, dates as dates."""
    if not text:
        return None
    if column.kind == "date":
        return datetime.combine(date.fromisoformat(text), datetime.min.time())
    return float(text) if column.kind in ("number", "count") else text


def to_workbook(root: Path, *, heading: str = "heading", sheet: str = "sheet") -> Path:
    """Move the sample's folder of CSV files into a workbook with Vietnamese sheets and headings."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for spec in SPECS:
        if not spec.entered:
            continue
        page = book.create_sheet(getattr(spec, sheet))
        head, *body = rows(TABLES[f"{FOLDER}/{spec.name}.csv"])
        columns = {column.name: column for column in spec.columns}
        page.append([getattr(columns[name], heading) for name in head])
        for line in body:
            page.append([cell(text, columns[name]) for name, text in zip(head, line, strict=True)])
        (root / f"{FOLDER}/{spec.name}.csv").unlink()
    (root / FOLDER).rmdir()
    path = root / f"{FOLDER}.xlsx"
    book.save(path)
    return path


def values(rows: Iterable[Row], *but: str) -> list[dict[str, object]]:
    """Give what rows say, but for where they stand."""
    return [{name: value for name, value in asdict(row).items() if name not in but} for row in rows]


def rows_of(inputs: Inputs) -> list[Row]:
    return [*inputs.observations, *inputs.documents, *inputs.events, *inputs.models]


@pytest.mark.parametrize(("heading", "sheet"), [("heading", "sheet"), ("name", "name")])
def test_workbook_equals_csv(project: Path, heading: str, sheet: str) -> None:
    """The same tables as sheets, under Vietnamese or English names, give the same frames;
    messages name the sheet."""
    before = values(rows_of(load(project).inputs), "file", "sheet")
    to_workbook(project, heading=heading, sheet=sheet)
    report = load(project)
    assert values(rows_of(report.inputs), "file", "sheet") == before
    told = dict(report.figures["thu_mau"].details)["Tệp"]
    assert told.startswith(
        f"{FOLDER}.xlsx [{'Số liệu' if sheet == 'sheet' else 'observations'}], ô D3"
    )


def test_wrong_cells_of_a_workbook(project: Path) -> None:
    """In a workbook too: sheet, cell, Vietnamese heading, what stands there."""
    path = to_workbook(project)
    book = openpyxl.load_workbook(path)
    book["Số liệu"]["D3"] = "301,149"
    book["Số liệu"]["D4"] = True
    book["Số liệu"]["C2"] = "30/4/2023"
    book["Số liệu"]["I2"] = "ô thừa"
    book["Văn bản"]["A2"] = None
    book.save(path)
    found = {(issue.sheet, issue.cell, issue.column, issue.rule) for issue in problems(project)}
    assert found == {
        ("Số liệu", "I2", "", "thua_o"),
        ("Số liệu", "D3", "Giá trị", "so_hai_nghia"),
        ("Số liệu", "D4", "Giá trị", "khong_phai_so"),
        ("Văn bản", "A2", "Số, ký hiệu", "o_trong"),
    }


def test_folder_and_workbook(project: Path) -> None:
    """Two homes for the same period are an error, whichever is newer."""
    openpyxl.Workbook().save(project / f"{FOLDER}.xlsx")
    assert [issue.rule for issue in problems(project)] == ["hai_nguon"]


def test_broken_workbook_and_missing_sheet(project: Path) -> None:
    """A workbook that can't be opened, or without observations, is told so;
    a renamed sheet is known by its headings."""
    path = to_workbook(project)
    book = openpyxl.load_workbook(path)
    book["Số liệu"].title = "Trang1"
    book.save(path)
    assert [issue.rule for issue in load(project).inputs.notices] == ["trang_doi_ten"]
    del book["Trang1"]
    book.save(path)
    assert [issue.rule for issue in problems(project)] == ["thieu_bang"]
    path.write_bytes(b"PK not a workbook")
    assert [issue.rule for issue in problems(project)] == ["xlsx"]


def test_rows_have_the_columns_of_the_schema(project: Path) -> None:
    """Each row type has the specified columns and its origin; a blank optional cell is missing."""
    for spec in SPECS:
        names = {each.name for each in fields(spec.row)}
        assert names >= {column.name for column in spec.stored} | {"file", "sheet", "row", "cell"}
    inputs = load(project).inputs
    assert [event.visitors for event in inputs.events] == [44237, None]
    assert all(type(row.as_of) is date for row in inputs.observations)
    assert inputs.file == f"{FOLDER}/observations.csv"


def test_columns_are_of_kinds_that_are_read() -> None:
    """Every kind of column is known, and read unless it is there for people only."""
    kinds = {column.kind for spec in SPECS for column in spec.columns}
    assert kinds <= set(get_args(Kind)) == CELL_READERS.keys() | {"shown"}


def test_numbers_are_what_was_written(project: Path) -> None:
    """From the cell on a number is exact: no binary fraction, no added zeros."""
    draw(project, f"{HEAD}thu_mau | actual | | 0.100 | | |\nvu_nhan | actual | | 17.0 | | |")
    numbers = {row.indicator: row.value for row in load(project).inputs.observations}
    assert (str(numbers["thu_mau"]), str(numbers["vu_nhan"])) == ("0.1", "17")


def test_unit_is_checked_wherever_its_column_stands(project: Path) -> None:
    """A unit before its indicator is compared with the catalogue as one behind it is."""
    drawn = "unit | indicator | status | as_of | value | source | note\n"
    (issue,) = problems(draw(project, drawn + "tỷ đồng | vu_nhan | actual | | 24 | |"))
    assert (issue.rule, issue.cell) == ("don_vi_tinh", "A2")


def test_workbook_as_offices_have_it(project: Path) -> None:
    """Titles above, a heading of two rows, STT, blank and total rows, a renamed hidden sheet,
    typed numbers and dates: same values."""
    path = to_workbook(project)
    before = load(project).inputs.observations
    book = openpyxl.load_workbook(path)
    page = book["Số liệu"]
    for row in page.iter_rows(min_row=2):
        for box in row:
            if isinstance(box.value, float):
                box.value = f"{box.value:.4f}".replace(".", ",") + "\u00a0"
            elif isinstance(box.value, datetime):
                box.value = f"{box.value:%d/%m/%Y}"
            elif isinstance(box.value, str):
                box.value = unicodedata.normalize("NFD", box.value)
    page.insert_cols(1)
    page.insert_rows(3)
    page["A1"] = "STT"
    page["A4"] = 1
    page.append([None, "Tổng cộng", None, None, "99,5"])
    page.insert_rows(2)
    page.insert_rows(1, 2)
    page["A1"] = "BIỂU SỐ LIỆU"
    page.merge_cells("A1:F1")
    page["E4"], page["E3"] = page["E3"].value, "Con số"
    page.title, page.sheet_state = "Trang1", "hidden"
    book.save(path.with_suffix(".xlsm"))
    path.unlink()
    after = load(project).inputs.observations
    places = ("file", "sheet", "row", "cell")
    assert values(after, *places) == values(before, *places)


@pytest.mark.parametrize(
    ("address", "typed", "rule"),
    [
        ("D3", "#REF!", "loi_excel"),
        ("D3", "=1+1", "cong_thuc_chua_tinh"),
        ("D3", "1.234", "so_hai_nghia"),
        ("D3", "95,8%", "phan_tram"),
        ("D3", "-", "khong_phai_so"),
        ("C3", "31/02/2023", "ngay"),
        ("F3", "Sè liÖu", "ma_ky_tu"),
        ("F3", "Soá lieäu, ñôn vò", "ma_ky_tu"),
    ],
)
def test_cell_that_is_not_guessed(project: Path, address: str, typed: str, rule: str) -> None:
    """Excel's errors, formulas never computed,
    two-way numbers and old fonts are refused by cell address; the file is untouched."""
    path = to_workbook(project)
    book = openpyxl.load_workbook(path)
    book["Số liệu"][address] = typed
    book.save(path)
    content = path.read_bytes()
    (issue,) = problems(project)
    assert (issue.rule, f"ô {address}" in str(issue)) == (rule, True)
    assert path.read_bytes() == content
