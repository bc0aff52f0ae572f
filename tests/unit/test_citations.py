"""Citing official documents."""

from __future__ import annotations

import pytest

from danvan_nb.errors import NotebookError
from danvan_nb.report.report import Report


def test_full_and_short_form(report: Report) -> None:
    """First mention: type, number, date, issuer, subject; later: type and number."""
    document = report.library.cite("01/KH-MAU")
    assert (
        document.full
        == "Kế hoạch số 01/KH-MAU ngày 05 tháng 01 năm 2023 của Ủy ban mẫu về công tác mẫu"
    )
    assert document.short == "Kế hoạch số 01/KH-MAU"


def test_undated_document_has_no_date(report: Report) -> None:
    """What is not known is not printed, not even its words."""
    assert (
        report.library.cite("02/KH-MAU").text
        == "Kế hoạch số 02/KH-MAU của Ủy ban mẫu về việc chưa rõ ngày"
    )


def test_law_is_cited_by_name(report: Report) -> None:
    """A law has type and name alone, at every mention (Nghị định 30/2020, Phụ lục I)."""
    document = report.library.cite("13/L-MAU")
    assert document.full == document.short == "Luật Tiếp công dân"


def test_footnote_keeps_both_forms(report: Report) -> None:
    """A note shows the full form live, and carries both for the document tree."""
    note = report.library.footnote("01/KH-MAU")
    assert note.node().note
    assert (note.node().full, note.node().short) == (note.full, note.short)
    assert note.text == f" [{note.full}]"
    assert "documents.csv, dòng 2" in note.hover()


@pytest.mark.parametrize(
    "rest", [{"issuer": "Ban mẫu"}, {"year": 2022}, {"issuer": "Ban mẫu", "year": 2022}]
)
def test_same_number_is_told_apart(report: Report, rest: dict[str, object]) -> None:
    """A number is unique only within an issuer and a year;
    both documents have keys of their own."""
    cited = report.library.cite("09/KH-MAU", **rest)  # type: ignore[arg-type]
    assert cited.document.subject == "việc của Ban"
    assert cited.key != report.library.cite("09/KH-MAU", issuer="Ủy ban mẫu").key


@pytest.mark.parametrize("rest", [{}, {"issuer": "Sở mẫu"}, {"year": 2020}])
def test_ambiguous_number_lists_the_choices(report: Report, rest: dict[str, object]) -> None:
    """Two documents of one number, or none by that issuer or year:
    the error lists those of that number, and no others."""
    with pytest.raises(NotebookError) as caught:
        report.library.cite("09/KH-MAU", **rest)  # type: ignore[arg-type]
    todo = caught.value.issues[0].todo
    assert "Ủy ban mẫu, 2023; Ban mẫu, 2022" in todo
    assert "Quốc hội" not in todo


@pytest.mark.parametrize(
    ("number", "hint"), [("01/KH-MAO", "01/KH-MAU"), ("zzzzzzzzz", "Thêm văn bản")]
)
def test_unknown_number(report: Report, number: str, hint: str) -> None:
    """An unknown number gets the nearest, or what to do."""
    with pytest.raises(NotebookError, match=hint):
        report.library.cite(number)
