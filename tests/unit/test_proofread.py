"""Figures typed by hand and words that say the wrong direction are found; dates,
numbers of documents and years are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_project import NARRATIVE, change, load

from danvan_nb.errors import CheckError
from danvan_nb.notebook.narrative import Passage, ProseChange
from danvan_nb.notebook.proofread import (
    check_changed,
    check_narrative,
    check_passages,
    refuse_unfinished,
)
from danvan_nb.report.report import Report


def findings(report: Report, source: str) -> list[tuple[str, str]]:
    passage = Passage("thu", False, source, ("narrative:thu",), 9)
    return [(issue.rule, issue.found) for issue in check_passages([passage], report)]


@pytest.mark.parametrize(
    ("source", "rule", "found"),
    [
        ("Thu được 301,149 tỷ đồng.", "so_go_tay", "301,149"),
        ("đạt 62,30% kế hoạch", "so_go_tay", "62,30%"),
        ("đã nhận 24 vụ", "so_go_tay", "24"),
        ("so với 32 vụ cùng kỳ", "so_go_tay", "32"),
        ("đã nhận 25 vụ", "so_la", "25"),
        ("có 12.345 lượt", "so_la", "12.345"),
    ],
)
def test_typed_figures(report: Report, source: str, rule: str, found: str) -> None:
    """A typed figure is known to the data or to nothing."""
    assert findings(report, source) == [(rule, found)]


@pytest.mark.parametrize(
    "source",
    [
        "ngày 30 tháng 4 năm 2023",
        "30/4/2023, Kế hoạch số 98/KH-UBND, Nghị định 09/2019/NĐ-CP",
        "giai đoạn 2021 - 2025, trẻ 3 - 5 tuổi, COVID-19, 6 tháng đầu năm",
        "Điều 5, khoản 2, quý 2, Phường 3",
        "Thu {eval}`thu_mau`, {eval}`thu_mau.vs_plan`.",
        "1. Việc thứ nhất",
    ],
)
def test_numbers_that_are_no_figures(report: Report, source: str) -> None:
    """Dates, documents, terms, ages and expressions give no finding."""
    assert findings(report, source) == []


def test_the_expression_to_use_is_named(report: Report) -> None:
    """The advice is an expression that gives this very text."""
    passage = Passage("thu", False, "Thu 301,149 tỷ đồng.", (), 9)
    issue = check_passages([passage], report)[0]
    assert "{eval}`thu_mau`" in issue.todo and issue.severity == "warning" and issue.row == 9


@pytest.mark.parametrize(
    ("words", "rules"),
    [("tăng", ["trai_chieu"]), ("giảm", ["trai_chieu"]), ("Vụ việc", []), ("được", [])],
)
def test_words_against_the_sign(report: Report, words: str, rules: list[str]) -> None:
    """“tăng” before a fall says the wrong thing, “giảm” says it twice."""
    assert [
        rule for rule, _ in findings(report, f"Đã {words} {{eval}}`vu_nhan.change` so với cùng kỳ.")
    ] == rules


def test_only_new_ones_of_an_edit(report: Report) -> None:
    """What the old prose said too is not pointed out again."""
    change = ProseChange("thu", "Có 24 vụ.", "Có 24 vụ và 25 đơn.")
    assert [issue.found for issue in check_changed([change], report)] == ["25"]


def test_unclosed_expression_is_named(report: Report) -> None:
    """An unclosed {eval} is found before anything runs."""
    assert [rule for rule, _ in findings(report, "Thu {eval}`thu_mau.")] == ["thuyet_minh"]


def test_unfinished_narrative(project: Path) -> None:
    """A mark of `new` or this half of an earlier year stops a final report and names the line."""
    file = project / NARRATIVE
    change(
        file,
        '{"tags": ["narrative:tinh_hinh+"]}',
        '{"tags": ["narrative:tinh_hinh+", "phải viết lại"]}',
    )
    change(file, "Hội {eval}", "Trong 6 tháng đầu năm 2022, hội {eval}")
    report = load(project)
    assert [issue.rule for issue in check_narrative(report)] == ["chua_ra_soat", "ky_cu"]
    passage = Passage("thu", False, "Xong.", ("narrative:thu", "giữ nguyên"), 3)
    with pytest.raises(CheckError, match="giữ nguyên"):
        refuse_unfinished([passage], report)
