"""A comparison says aloud when its base is revised, or counted by other boundaries."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest
from sample_project import MASTER, OBSERVATIONS, PARAMS, change, code, load

from danvan_nb.document import READERS
from danvan_nb.errors import ParamsError
from danvan_nb.project.project import Project
from danvan_nb.report.letterhead import letterhead
from danvan_nb.run.pipeline import run_report

OFFICES = "params/offices.yml"


def html(root: Path) -> str:
    """Run the report, with the cell that the real master has, and give the words of its HTML."""
    nb = nbformat.read(root / MASTER, 4)
    nb.cells.insert(-2, code("report.comparison_notes()"))
    nb.cells[-3].id = "ghi-chu"
    nbformat.write(nb, root / MASTER)
    run_report(PARAMS, start=root, formats=("html",))
    return " ".join(
        READERS["html"]((root / "outputs/mau/2023-H1/report.html").read_bytes()).split()
    )


def began(root: Path, since: str, sources: str) -> None:
    """Let the sample's office begin on a day,
    and move its last year to two offices that came before it."""
    change(
        root / OFFICES,
        "  note: đơn vị mẫu, không có thật\n",
        "  note: đơn vị mẫu, không có thật\n"
        f"  valid_from: {since}\n  same_period_from: [{sources}]\n",
    )
    with (root / OFFICES).open("a", encoding="utf-8") as file:
        for name in ("cu-mot", "cu-hai"):
            file.write(
                f"{name}:\n  name: Ủy ban nhân dân xã {name} (không có thật)\n"
                f"  short: Xã\n  locality: xã {name}\n"
            )
            file.write(
                "  place: Mẫu\n  symbol: UBND\n  level: xa\n"
                "  valid_to: 2022-12-31\n  successors: [mau]\n"
            )
    for name in ("cu-mot", "cu-hai"):
        shutil.copytree(root / "data/mau/2022-H1", root / f"data/{name}/2022-H1")
    shutil.rmtree(root / "data/mau/2022-H1")


def test_revised_figure_is_said(project: Path) -> None:
    """A later folder's row about last year is compared with,
    and the report shows the number as it was and as it is."""
    change(
        project / OBSERVATIONS,
        "vu_khong,actual,,1,",
        "thu_mau,actual,2022-06-30,270.5,2022-H1,quyết toán mẫu,\nvu_khong,actual,,1,",
    )
    assert load(project).figures["thu_mau"].same_period.value == Decimal("270.5")
    text = html(project)
    assert "Số liệu điều chỉnh" in text
    assert "267,664 tỷ đồng" in text
    assert "270,500 tỷ đồng" in text
    assert "quyết toán mẫu" in text


def test_nothing_to_note(project: Path) -> None:
    """Without a revision or a change of boundaries the report has no such table."""
    assert "Số liệu so sánh" not in html(project)


def test_old_boundaries_by_mapping(project: Path) -> None:
    """The same period of an office that is new is the sum of its predecessors' numbers,
    and the report says so."""
    began(project, "2023-01-01", "cu-mot, cu-hai")
    report = load(project)
    vu_nhan, rate = report.figures["vu_nhan"], report.figures["ty_le_thanh"]
    assert vu_nhan.same_period.value == 64
    before = report.ledger.read_same_period("vu_nhan", vu_nhan.start, vu_nhan.as_of)
    assert [origin.file for origin in before.origins] == [
        "data/cu-mot/2022-H1/observations.csv",
        "data/cu-hai/2022-H1/observations.csv",
    ]
    assert rate.same_period.value == Decimal(54) / Decimal(64) * 100
    assert report.project.reads["data/cu-hai/2022-H1/observations.csv"]
    text = html(project)
    assert "theo địa giới cũ" in text
    assert "xã cu-hai (không có thật)" in text


def test_new_boundaries_and_no_mapping(project: Path) -> None:
    """Without a mapping nothing is compared,
    and the office's own recount of last year is called that."""
    began(project, "2023-01-01", "")
    report = load(project)
    assert report.figures["vu_nhan"].same_period.missing
    assert "không so sánh với 6 tháng đầu năm 2022" in str(report.comparison_notes())
    row = "vu_nhan,actual,2022-06-30,40,2022-H1,,\nvu_khong,actual,,1,"
    change(project / OBSERVATIONS, "vu_khong,actual,,1,", row)
    report = load(project)
    assert report.figures["vu_nhan"].same_period.value == 40
    assert "theo địa giới mới" in str(report.comparison_notes())


@pytest.mark.parametrize(("day", "fine"), [("2022-12-31", False), ("2023-01-01", True)])
def test_office_valid_on_the_report_date(project: Path, day: str, fine: bool) -> None:
    """An office reports while it exists; then the one that took over signs,
    unless it is not clear which: the error names them."""
    began(project, "2023-01-01", "cu-mot")
    change(project / PARAMS, "\ndate:", f"\ndate: {day}")
    if fine:
        assert Project(project).read_params(PARAMS).office == "mau"
        change(project / PARAMS, "office: mau", "office: cu-mot")
        (project / "params/mau").rename(project / "params/cu-mot")
        own = PARAMS.replace("/mau/", "/cu-mot/")
        params = Project(project).read_params(own)
        assert letterhead(Project(project), params).issuer == ("ỦY BAN NHÂN DÂN", "THÀNH PHỐ MẪU")
        offices = (
            (project / OFFICES)
            .read_text("utf-8")
            .replace("successors: [mau]", "successors: [mau, phong-mau]")
        )
        (project / OFFICES).write_text(offices, "utf-8")
        with pytest.raises(ParamsError, match=r"thành phố Mẫu \(mau\)"):
            Project(project).read_params(own)
    else:
        with pytest.raises(ParamsError, match="không tồn tại"):
            Project(project).read_params(PARAMS)


def test_offices_name_known_offices(project: Path) -> None:
    """A parent, successor or predecessor that isn't there is an error for each."""
    change(
        project / OFFICES,
        "  note: đơn vị mẫu, không có thật\n",
        "  successors: [khong-co]\n  same_period_from: [cung-khong]\n",
    )
    with pytest.raises(ParamsError) as caught:
        _ = Project(project).offices
    assert [issue.found for issue in caught.value.issues] == ["khong-co", "cung-khong"]
