"""A whole season, as an office lives it: `new` from last year's report, made-up figures, a draft,
the final report."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from sample_document import USUAL_READERS
from sample_project import PARAMS, change, squeeze
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.commands.form import HEADING_ROW
from danvan_nb.commands.new import carry_over, judge, open_period
from danvan_nb.errors import CheckError, ParamsError
from danvan_nb.notebook.narrative import REVIEW_MARKS, Passage
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.report.report import load_report
from danvan_nb.run.pipeline import run_report

NEW = "params/mau/2024-H1.yml"
TEXT = "params/mau/2024-H1.md"


def test_a_season(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`new` makes three files; a draft is possible at once,
    a final report only when all is filled in and looked at."""
    monkeypatch.chdir(project)
    made = CliRunner().invoke(app, ["new", "2024-H1", "--office", "mau"])
    assert made.exit_code == 0, made.output
    assert "giua_ky: 2024-04-30" in (project / NEW).read_text("utf-8")

    draft = run_report(NEW, start=project, draft=True)
    for name, read in USUAL_READERS.items():
        assert squeeze("Chưa đủ số liệu: Thu ngân sách mẫu") in squeeze(
            read((project / draft.folder / f"report.{name}").read_bytes())
        )
    with pytest.raises(CheckError, match="bắt buộc"):
        run_report(NEW, start=project)

    book = project / "data/mau/2024-H1.xlsx"
    fill(book)
    with pytest.raises(CheckError) as raised:
        run_report(NEW, start=project)
    assert {issue.rule for issue in raised.value.issues} == {"chua_ra_soat"}

    text = (project / TEXT).read_text("utf-8")
    for mark in REVIEW_MARKS:
        text = text.replace(f', "{mark}"', "")
    (project / TEXT).write_text(
        text.replace("Hội {eval}", "6 tháng đầu năm 2023, hội {eval}"), "utf-8"
    )
    with pytest.raises(CheckError, match="kỳ cũ"):
        run_report(NEW, start=project)

    (project / TEXT).write_text(text, "utf-8")
    final = run_report(NEW, start=project)
    for name, read in USUAL_READERS.items():
        words = squeeze(read((project / final.folder / f"report.{name}").read_bytes()))
        assert (
            squeeze(
                "Thu ngân sách ước 333,000 tỷ đồng, đạt 66,60% kế hoạch, bằng 110,58% so với cùng"
                " kỳ năm 2023"
            )
            in words
        )
        assert squeeze("DỰ THẢO") not in words


def fill(book: Path) -> None:
    """Fill the form with made-up figures, marked as such."""
    plan, interim, actual, estimate = (
        "Kế hoạch năm 2024",
        "Thực hiện đến 30/4/2024",
        "Thực hiện",
        "Ước thực hiện",
    )
    figures = {
        "thu_mau": {plan: 500, interim: 210.5, estimate: 333},
        "vu_nhan": {actual: 30},
        "vu_thanh": {actual: 27},
        "vu_khong": {actual: 3},
    }
    opened = openpyxl.load_workbook(book)
    numbers = opened["Số liệu"]
    columns = {str(cell.value).split(" (")[0]: cell.column for cell in numbers[HEADING_ROW]}
    for row in range(HEADING_ROW + 1, numbers.max_row + 1):
        wanted = figures.pop(numbers.cell(row, 1).value, {})
        for heading, number in wanted.items():
            assert numbers.cell(row, columns[heading]).value is None
            numbers.cell(row, columns[heading], number)
            numbers.cell(row, columns["Nguồn"], "số liệu mẫu, không có thật")
        if wanted:
            assert numbers.cell(row, columns["Cùng kỳ năm 2023"]).value is not None
    assert not figures
    rows = {
        "Văn bản": (
            ("01/KH-MAU", "Kế hoạch", None, "Ủy ban mẫu", "công tác mẫu"),
            ("02/KH-MAU", "Kế hoạch", None, "Ủy ban mẫu", "việc mẫu"),
        ),
        "Sự kiện": (("hoi_mau", "Lễ hội mẫu lần hai", None, None, 50000, "số liệu mẫu"),),
    }
    for sheet, lines in rows.items():
        for down, line in enumerate(lines, HEADING_ROW + 1):
            for at, value in enumerate(line, 1):
                opened[sheet].cell(down, at, value)
    opened.save(book)


def test_nothing_is_overwritten(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second `new` is refused and names what is there; without an earlier report it says so."""
    found = Project.find(project)
    open_period(found, "mau", Period(2024, "H1"))
    (project / TEXT).write_text("của tôi", "utf-8")
    with pytest.raises(ParamsError, match="không ghi đè"):
        open_period(found, "mau", Period(2024, "H1"))
    monkeypatch.chdir(project)
    wrong = CliRunner().invoke(app, ["new", "2024-H3", "--office", "mau"])
    assert wrong.exit_code == 2 and "Kỳ báo cáo không đúng: có “2024-H3”" in wrong.output
    assert (project / TEXT).read_text("utf-8") == "của tôi"


PARAMS_BEFORE = """\
# Báo cáo 6 tháng đầu năm 2024, theo mẫu 6 tháng đầu năm.
office:   mau   # không đổi
period: '2024-H1'   # kỳ
number: 12   # số của kỳ cũ
date: 2024-06-20
to: [ "Sở Nội vụ",  Ban Mẫu ]
signatory: {authority: [CHỦ TỊCH], name: 'Ông "A"'}
drafting_unit: PNV
as_of: {giua_ky: 2024-04-30, thang_hai: "2024-02-29"} # hai mốc
# hạn do Tỉnh giao
due: 2024-06-20   # thứ năm

# chỉ của kỳ này
rules_off:
  tong_don: nhập chậm
    sang tháng sau
  # ghi thêm
  tong_vu: x   # y

# dòng cuối
formats: [html,
          pdf]
narrative: params/mau/rieng.md
"""
PARAMS_AFTER = """\
# Báo cáo 6 tháng đầu năm 2025, theo mẫu 6 tháng đầu năm.
office:   mau   # không đổi
period: '2025-H1'   # kỳ
number:   # số của kỳ cũ
date:
to: [ "Sở Nội vụ",  Ban Mẫu ]
signatory: {authority: [CHỦ TỊCH], name: 'Ông "A"'}
drafting_unit: PNV
as_of: {giua_ky: 2025-04-30, thang_hai: "2025-02-28"} # hai mốc
# hạn do Tỉnh giao
due: 2025-06-20   # thứ năm


# dòng cuối
formats: [html,
          pdf]
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_params_are_carried_over(project: Path, ending: str) -> None:
    """Dates move wherever they stand; what spoke of the old period goes, every other byte stays."""
    before = PARAMS_BEFORE.replace("\n", ending)
    (project / NEW).write_bytes(before.encode())
    (project / "params/mau/rieng.md").write_text("", encoding="utf-8")
    params = Project(project).read_params(NEW)
    assert carry_over(before, params, Period(2025, "H1")) == PARAMS_AFTER.replace("\n", ending)


def test_a_deadline_is_carried_over(project: Path) -> None:
    """The new report is not late at once: its deadline and interim days are in its own year."""
    change(project / PARAMS, "as_of:\n  giua_ky: 2023-04-30", "as_of: {giua_ky: 2023-04-30}")
    with (project / PARAMS).open("a", encoding="utf-8") as file:
        file.write("due: 2023-06-20 # hạn\n")
    open_period(Project.find(project), "mau", Period(2024, "H1"))
    params = Project(project).read_params(NEW)
    assert (params.due, params.as_of) == (date(2024, 6, 20), {"giua_ky": date(2024, 4, 30)})


@pytest.mark.parametrize(
    ("source", "mark"),
    [
        ("Chính quyền lắng nghe Nhân dân.", "giữ nguyên"),
        ("Trong {eval}`period.label`, an ninh ổn định.", "giữ nguyên"),
        ("Giai đoạn 2021 - 2025, thành phố phát triển.", "phải viết lại"),
        ("Thu đạt {eval}`thu_mau`.", "chỉ đổi số"),
        ("Thu năm 2023 đạt {eval}`thu_mau`.", "phải viết lại"),
        ("Ngày 30/4, lễ hội mở.", "phải viết lại"),
        ("Tết Quý Mão vui tươi.", "phải viết lại"),
        ('Hội {eval}`event("hoi_mau").name`.', "phải viết lại"),
        ("Có 12 mô hình.", "phải viết lại"),
    ],
)
def test_paragraphs_are_judged_by_content(project: Path, source: str, mark: str) -> None:
    """Dates, years, numbers, events and documents of the period must be written again;
    figures follow by themselves."""
    report = load_report("params/mau/2023-H1.yml", project)
    assert judge(Passage("thu", False, source, (), 1), report, Period(2024, "H1")) == mark


def test_the_real_office(real: Path, tmp_path: Path) -> None:
    """Sa Đéc's next report: every paragraph marked, its params moved by a year with their comments,
    the draft made."""
    root = Path(shutil.copytree(real, tmp_path / "du-an"))
    open_period(Project.find(root), "sa-dec", Period(2024, "H1"))
    narrative = (root / "params/sa-dec/2024-H1.md").read_text("utf-8")
    heads = re.findall(r"(?m)^\+\+\+ (.*)", narrative)
    assert len(heads) > 20 and all(any(mark in head for mark in REVIEW_MARKS) for head in heads)
    old, new = (
        (root / f"params/sa-dec/{period}.yml").read_text("utf-8")
        for period in ("2023-H1", "2024-H1")
    )
    assert new.count("#") == old.count("#") and "năm 2023" not in new
    outcome = run_report("params/sa-dec/2024-H1.yml", start=root, draft=True)
    assert outcome.matched["pdf"] == outcome.matched["html"]


def test_the_other_half(real: Path, tmp_path: Path) -> None:
    """The second half opens from the first: dates move by six months, words of the season are
    marked, documents, ids of events and models stand in the form, and a draft can be made."""
    root = Path(shutil.copytree(real, tmp_path / "du-an"))
    opened = open_period(Project.find(root), "sa-dec", Period(2023, "H2"))
    assert opened.source == "params/sa-dec/2023-H1.yml" and not opened.renew
    params = Project(root).read_params("params/sa-dec/2023-H2.yml")
    assert params.as_of == {"giua_ky": date(2023, 10, 31)}
    narrative = (root / "params/sa-dec/2023-H2.md").read_text("utf-8")
    for slot in ("tinh_hinh", "lanh_dao", "kiem_tra", "quy_hoach", "van_hoa", "an_sinh", "chi_so"):
        assert f'"narrative:{slot}", "{REVIEW_MARKS[2]}"' in narrative, slot
    book = openpyxl.load_workbook(root / "data/sa-dec/2023-H2.xlsx")
    first = HEADING_ROW + 1
    assert book["Văn bản"].cell(first, 1).value == "154/KH-UBND"
    assert book["Sự kiện"].cell(first, 1).value == "le_hoi_hoa_xuan"
    assert book["Sự kiện"].cell(first, 5).value is None
    assert book["Mô hình"].cell(first, 1).value == "ngay_thu_nam"
    explained = [cell.value for row in book["Số liệu"].iter_rows() for cell in row]
    assert any("Đã có lũy kế 301,149 đến 30/6/2023" in str(text) for text in explained)
    assert run_report("params/sa-dec/2023-H2.yml", start=root, draft=True, formats=("html",)).folder
    year = open_period(Project.find(root), "sa-dec", Period(2023))
    page = openpyxl.load_workbook(root / "data/sa-dec/2023.xlsx")["Văn bản"]
    assert page.cell(first, 1).value is None and not year.renew  # the year reads its halves
    assert len(load_report("params/sa-dec/2023.yml", root).inputs.events) == 6


def test_documents_of_one_year_are_to_be_renewed(real: Path, tmp_path: Path) -> None:
    """In next year's form a plan says its old number; a law does not."""
    root = Path(shutil.copytree(real, tmp_path / "du-an"))
    opened = open_period(Project.find(root), "sa-dec", Period(2024, "H1"))
    assert "03/KH-UBND" in opened.renew and "04/2015/NĐ-CP" not in opened.renew
    page = openpyxl.load_workbook(root / "data/sa-dec/2024-H1.xlsx")["Văn bản"]
    notes = {row[0].value: row[0].comment for row in page.iter_rows(min_row=HEADING_ROW + 1)}
    assert "03/KH-UBND" in notes["03/KH-UBND"].text and notes["04/2015/NĐ-CP"] is None


def test_a_first_report_comes_from_the_master(real: Path, tmp_path: Path) -> None:
    """An office without any report begins with the master's words; an unknown office is told."""
    root = Path(shutil.copytree(real, tmp_path / "du-an"))
    project = Project.find(root)
    opened = open_period(project, "phuong-sa-dec", Period(2025, "H2"))
    assert opened.source == "notebooks/bao_cao_dan_van.ipynb" and not opened.marks
    params = project.read_params("params/phuong-sa-dec/2025-H2.yml")
    assert params.to == ("Ủy ban nhân dân tỉnh Đồng Tháp",)
    with pytest.raises(ParamsError, match="sadec"):
        open_period(project, "sadec", Period(2025, "H2"))
