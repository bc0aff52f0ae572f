"""Inline expressions are checked before anything runs."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_notebook
from sample_project import code, markdown

from danvan_nb.errors import NotebookError
from danvan_nb.notebook.cells import CellMemory
from danvan_nb.notebook.values import check_expressions, store_values
from danvan_nb.report.report import Report


def check(report: Report, *cells: object) -> None:
    check_expressions(new_notebook(cells=[*cells]), report)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{eval}`thu_mao`", "Có phải là “thu_mau”?"),
        ("{eval}`zzzzzzz`", "tra_cuu"),
        ("{eval}`thu_mau + 1`", "danh mục"),
        ("{eval}`thu_mau.`", "sai cú pháp"),
        ("{eval}`thu_mau", "chưa đóng"),
        ("`x` {eval}`thu_mau`", "không dùng được"),
    ],
)
def test_wrong_expression_names_section_cell_and_slot(
    report: Report, source: str, words: str
) -> None:
    """The message leads to the place and on from there."""
    with pytest.raises(NotebookError) as caught:
        check(report, markdown("## MỤC MỘT"), markdown(source, "narrative:thu"))
    assert words in str(caught.value)
    assert "mục “MỤC MỘT”, ô 2, đoạn thu" in str(caught.value)


def test_name_bound_twice_is_refused(report: Report) -> None:
    """A name that a cell binds again would differ between live and headless."""
    with pytest.raises(NotebookError, match="nhiều lần"):
        check(report, code("thu_mau = 1"), markdown("{eval}`thu_mau`"))
    with pytest.raises(NotebookError, match="nhiều lần"):
        check(report, code("x = 1"), code("for x in (1, 2): pass"), markdown("{eval}`x`"))
    check(report, code("x = thu_mau.vs_plan"), markdown("{eval}`x` {eval}`thu_mau`"))
    check(report, code("thu_mau = 1"), markdown("không dùng"))


def test_needs_names_indicators(report: Report) -> None:
    """A misspelt needs: would never leave anything out."""
    with pytest.raises(NotebookError, match="don_mao"):
        check(report, markdown("x", "needs:don_mao"))


def test_all_wrong_expressions_at_once(report: Report) -> None:
    """Every wrong expression of every cell is told in one go."""
    with pytest.raises(NotebookError) as caught:
        check(report, markdown("{eval}`a` {eval}`b`"), markdown("{eval}`thu_mau + 1`"))
    assert len(caught.value.issues) == 3


def test_failed_expression_is_told(report: Report) -> None:
    """An expression that fails in the kernel names the cell, the expression and the cause."""
    nb = new_notebook(cells=[markdown('{eval}`event("x").name`')])
    answer = {
        'event("x").name': {
            "status": "error",
            "ename": "NotebookError",
            "evalue": "Bảng events không có mã này: có “x”. Thêm một dòng vào bảng events.",
        }
    }
    with pytest.raises(NotebookError, match="Bảng events không có mã này") as caught:
        store_values(nb, answer, report, draft=False)
    assert caught.value.issues[0].found == 'event("x").name'
    store_values(
        nb, answer, report, draft=True
    )  # a row that is not there yet is missing data like any other
    assert CellMemory.read(nb.cells[0]).boxed == ("Bảng events không có mã này: có “x”",)
    answer['event("x").name']["ename"] = "AttributeError"
    with pytest.raises(NotebookError):
        store_values(nb, answer, report, draft=True)
