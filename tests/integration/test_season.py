"""A whole season, as an office lives it: `new` from last year's report, made-up figures, a draft,
the final report."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from sample_project import squeeze
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.commands.form import HEADING_ROW
from danvan_nb.commands.new import judge, start_season
from danvan_nb.document.formats import READERS
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
    for name, read in READERS.items():
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
    for name, read in READERS.items():
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
    columns = {cell.value: cell.column for cell in numbers[HEADING_ROW]}
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


def test_nothing_is_overwritten(project: Path) -> None:
    """A second `new` is refused and names what is there; without an earlier report it says so."""
    found = Project.find(project)
    start_season(found, "mau", Period(2024, 1))
    (project / TEXT).write_text("của tôi", "utf-8")
    with pytest.raises(ParamsError, match="không ghi đè"):
        start_season(found, "mau", Period(2024, 1))
    assert (project / TEXT).read_text("utf-8") == "của tôi"
    with pytest.raises(ParamsError, match="cùng mùa"):
        start_season(found, "mau", Period(2024, 2))


@pytest.mark.parametrize(
    ("source", "mark"),
    [
        ("Chính quyền lắng nghe Nhân dân.", "giữ nguyên"),
        ("Trong {eval}`period.label`, an ninh ổn định.", "giữ nguyên"),
        ("Giai đoạn 2021 - 2025, thành phố phát triển.", "giữ nguyên"),
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
    assert judge(Passage("thu", False, source, (), 1), report) == mark


def test_the_real_office(real: Path, tmp_path: Path) -> None:
    """Sa Đéc's next report: every paragraph marked, its params moved by a year with their comments,
    the draft made."""
    root = Path(shutil.copytree(real, tmp_path / "du-an"))
    start_season(Project.find(root), "sa-dec", Period(2024, 1))
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
