"""The words of the form around a report."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sample_project import PARAMS, change

from danvan_nb.nodes import Head
from danvan_nb.project.project import Project
from danvan_nb.report.letterhead import letterhead


def frame(root: Path, *changes: tuple[str, str]) -> Head:
    for old, new in changes:
        change(root / PARAMS, old, new)
    project = Project(root)
    return letterhead(project, project.read_params(PARAMS))


def test_blank_number_and_date(project: Path) -> None:
    """An unnumbered, undated report prints the form's blanks, in the appendix's reference too."""
    made = frame(project)
    assert made.number == "Số: ……/BC-UBND"
    assert made.place_date == "Mẫu, ngày …… tháng …… năm ……"
    assert (
        made.reference
        == "(Kèm theo Báo cáo số ……/BC-UBND ngày …… tháng …… năm …… của Ủy ban nhân dân thành phố"
        " Mẫu)"
    )
    assert made.date == "2023-06-30"  # files carry the period's last day, never the clock's


@pytest.mark.parametrize(
    ("written", "printed"), [("5", "05"), ("05", "05"), ("123", "123"), ('"7a"', "7a")]
)
def test_number_is_padded(project: Path, written: str, printed: str) -> None:
    """A number under 10 takes a zero."""
    made = frame(project, ("number:", f"number: {written}"), ("\ndate:", "\ndate: 2023-06-05"))
    assert made.number == f"Số: {printed}/BC-UBND"
    assert made.place_date == "Mẫu, ngày 05 tháng 6 năm 2023"
    assert made.date == "2023-06-05"


def test_addressees(project: Path) -> None:
    """One addressee stands alone; several are dashed lines."""
    assert frame(project).to == ("Sở Nội vụ tỉnh Mẫu",)
    several = frame(project, ("to: Sở Nội vụ tỉnh Mẫu", "to: [Sở Nội vụ tỉnh Mẫu, Ban Dân vận]"))
    assert several.to == ("- Sở Nội vụ tỉnh Mẫu;", "- Ban Dân vận.")


def test_recipients_end_with_the_archive(project: Path) -> None:
    """The archive line is added, with the drafting unit where there is one."""
    assert frame(project).recipients == ("- Như trên;", "- Phòng Nội vụ;", "- Lưu: VT, PNV.")
    assert frame(project, ("drafting_unit: PNV", "drafting_unit:")).recipients[-1] == "- Lưu: VT."


def test_committee_shows_no_superior(project: Path) -> None:
    """A Ủy ban nhân dân stands alone above its locality."""
    made = frame(project)
    assert (made.superior, made.issuer) == ("", ("ỦY BAN NHÂN DÂN", "THÀNH PHỐ MẪU"))


def test_other_office_shows_its_superior(project: Path) -> None:
    """Any other body shows the one above it."""
    change(project / PARAMS, "office: mau", "office: phong-mau")
    folder = (project / PARAMS).parent
    folder.rename(folder.with_name("phong-mau"))
    found = Project(project)
    made = letterhead(found, found.read_params("params/phong-mau/2023-H1.yml"))
    assert (made.superior, made.issuer) == (
        "ỦY BAN NHÂN DÂN THÀNH PHỐ MẪU",
        ("PHÒNG NỘI VỤ", "THÀNH PHỐ MẪU"),
    )
    assert made.number == "Số: ……/BC-PNV"


def test_document_date_is_the_reports_own(project: Path) -> None:
    """The date on the report goes before the period's last day."""
    change(project / PARAMS, "\ndate:", "\ndate: 2023-07-03")
    assert Project(project).read_params(PARAMS).document_date == date(2023, 7, 3)
