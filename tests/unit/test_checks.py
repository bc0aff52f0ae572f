"""Rules that the data must keep."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sample_project import OBSERVATIONS, PARAMS, change, load, write

from danvan_nb.errors import InputError, Issue, ParamsError
from danvan_nb.figures.checks import RULES


def found(root: Path, rule: str) -> list[Issue]:
    return [issue for issue in load(root).issues if issue.rule == rule]


@pytest.mark.parametrize("line", ["vu_nhan,actual,,24,,số liệu mẫu,\n", ""])
def test_required_number(project: Path, line: str) -> None:
    """A required indicator without a value, or without a row, is an error that names it."""
    new = line.replace("24", "")
    change(project / OBSERVATIONS, "vu_nhan,actual,,24,,số liệu mẫu,\n", new)
    (issue,) = found(project, "thieu_so_lieu")
    assert (issue.severity, issue.file) == ("error", OBSERVATIONS)
    assert "vu_nhan" in issue.message


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (OBSERVATIONS, "vu_khong,actual,,1,", "vu_khong,actual,,2,"),
        ("data/mau/2022-H1/observations.csv", "vu_khong,actual,,5,", "vu_khong,actual,,6,"),
    ],
)
def test_whole_equals_its_parts(project: Path, name: str, old: str, new: str) -> None:
    """A whole that is not the sum of its parts is an error, this year and last,
    with both numbers and the row."""
    change(project / name, old, new)
    (issue,) = found(project, "tong_thanh_phan")
    assert (issue.file, issue.column, issue.severity) == (name, "vu_nhan", "error")
    assert (issue.found, issue.expected) in {("24", "25"), ("32", "33")}
    assert issue.row


def test_part_is_not_above_its_whole(project: Path) -> None:
    """at_most: more settled than received can't be; as many can."""
    change(project / OBSERVATIONS, "vu_thanh,actual,,23,", "vu_thanh,actual,,24,")
    assert found(project, "vuot_tong") == []
    change(project / OBSERVATIONS, "vu_thanh,actual,,24,", "vu_thanh,actual,,25,")
    (issue,) = found(project, "vuot_tong")
    assert (issue.column, issue.found, issue.expected) == ("vu_thanh", "25", "24")


def test_missing_part_is_not_compared(project: Path) -> None:
    """What is not known contradicts nothing."""
    change(project / OBSERVATIONS, "vu_khong,actual,,1,", "vu_khong,actual,,,")
    assert found(project, "tong_thanh_phan") == []


def test_interim_days_are_compared_too(project: Path) -> None:
    """An identity holds on every day that has numbers."""
    rows = (
        "vu_nhan,actual,2023-04-30,9,,,\nvu_thanh,actual,2023-04-30,8,,,\n"
        "vu_khong,actual,2023-04-30,2,,,\nho_mau"
    )
    change(
        project / OBSERVATIONS, "vu_khong,actual,,1,", f"{rows},actual,,3,,,\nvu_khong,actual,,1,"
    )
    (issue,) = found(project, "tong_thanh_phan")
    assert "30/4/2023" in issue.message


def test_document_after_the_report(project: Path) -> None:
    """No document is younger than the report; without a date of its own, than its period;
    the day itself is fine."""
    change(project / "data/mau/2023-H1/documents.csv", "2023-01-05", "2023-06-30")
    assert found(project, "van_ban_sau_ky") == []
    change(project / "data/mau/2023-H1/documents.csv", "2023-06-30", "2023-07-01")
    (issue,) = found(project, "van_ban_sau_ky")
    assert (issue.row, issue.found, issue.severity) == (2, "2023-07-01", "error")
    change(project / PARAMS, "\ndate:", "\ndate: 2023-07-03")
    assert found(project, "van_ban_sau_ky") == []


def test_usual_limit_is_a_notice(project: Path) -> None:
    """usually_at_most: more than usual is said, with both numbers, and stops nothing."""
    change(
        project / "params/indicators.yml",
        "  short: Hòa giải thành\n",
        "  short: Hòa giải thành\n  usually_at_most: vu_khong\n",
    )
    last, now = found(project, "thuong_vuot")
    assert (last.found, last.expected, now.found, now.expected) == ("27", "5", "23", "1")
    assert {last.severity, now.severity} == {"notice"}


def test_register_order(project: Path) -> None:
    """In one register a larger number isn't dated earlier;
    another issuer's or year's numbers say nothing."""
    file = project / "data/mau/2023-H1/documents.csv"
    assert found(project, "thu_tu_van_ban") == []
    change(file, "09/KH-MAU,Kế hoạch,2023-02-01", "09/KH-MAU,Kế hoạch,2023-01-04")
    (issue,) = found(project, "thu_tu_van_ban")
    assert (issue.row, issue.severity) == (4, "warning")
    assert "01/KH-MAU" in issue.message


def test_weekend_date(project: Path) -> None:
    """A document of a Saturday is noticed; of a Friday, not."""
    change(project / "data/mau/2023-H1/documents.csv", "2023-01-05", "2023-01-06")
    assert found(project, "ngay_nghi") == []
    change(project / "data/mau/2023-H1/documents.csv", "2023-01-06", "2023-01-07")
    (issue,) = found(project, "ngay_nghi")
    assert (issue.row, issue.severity) == (2, "notice")
    assert "thứ Bảy" in issue.message


@pytest.mark.parametrize(
    ("old", "new", "base"),
    [
        ("estimate,,301.149", "estimate,,301149", "cùng kỳ"),
        ("estimate,,301.149", "estimate,,0.301", "cùng kỳ"),
        ("estimate,,301.149", "estimate,,301149000", "cùng kỳ"),
        ("plan,,483.375", "plan,,483375", "kế hoạch năm"),
        ("2023-04-30,208.274", "2023-04-30,0.208", "số đến 30/4/2023"),
    ],
)
def test_another_unit(project: Path, old: str, new: str, base: str) -> None:
    """A number a thousand or a million times another of its own is asked about, whatever its
    note says."""
    assert found(project, "nghi_don_vi") == []
    change(project / OBSERVATIONS, old, new)
    (issue,) = found(project, "nghi_don_vi")
    assert (issue.severity, issue.column) == ("warning", "thu_mau")
    assert base in issue.message


def test_a_large_change_is_no_other_unit(project: Path) -> None:
    """Ten times as many is a change, not a unit."""
    change(project / OBSERVATIONS, "vu_thanh,actual,,23", "vu_thanh,actual,,2300")
    assert found(project, "nghi_don_vi") == []


def test_unexplained_jump(project: Path) -> None:
    """A number twice last year's is asked about unless its note explains it."""
    assert found(project, "bien_dong_lon") == []
    change(
        project / OBSERVATIONS,
        "vu_thanh,actual,,23,,số liệu mẫu,",
        "vu_thanh,actual,,13,,số liệu mẫu,",
    )
    (issue,) = found(project, "bien_dong_lon")
    assert (issue.found, issue.severity) == ("13", "notice")
    assert "27" in issue.expected
    change(
        project / OBSERVATIONS,
        "vu_thanh,actual,,13,,số liệu mẫu,",
        "vu_thanh,actual,,13,,số liệu mẫu,bớt một xã",
    )
    assert found(project, "bien_dong_lon") == []


def test_doubts_are_notices(project: Path) -> None:
    """A note in the data is repeated, and stops nothing;
    a formula does not repeat the notes of its parts."""
    change(
        project / OBSERVATIONS,
        "vu_thanh,actual,,23,,số liệu mẫu,",
        "vu_thanh,actual,,23,,số liệu mẫu,đếm lại",
    )
    issues = found(project, "can_xac_minh")
    assert [(issue.severity, issue.row) for issue in issues] == [("notice", 3), ("notice", 6)]


def test_rule_off_keeps_the_finding_as_a_notice(project: Path) -> None:
    """A rule that is off with a reason still says what it found, and why it does not count."""
    change(project / OBSERVATIONS, "vu_khong,actual,,1,", "vu_khong,actual,,2,")
    change(
        project / PARAMS,
        "drafting_unit: PNV",
        "drafting_unit: PNV\nrules_off:\n  tong_thanh_phan: một vụ đang xử lý",
    )
    (issue,) = found(project, "tong_thanh_phan")
    assert issue.severity == "notice"
    assert "một vụ đang xử lý" in issue.todo


def test_notices_of_the_reader_can_be_off(project: Path) -> None:
    """`dau_vao` switches off whatever the reader noticed, though each notice has an id of its own;
    what can't be read stays an error."""
    file = project / OBSERVATIONS
    file.write_text(file.read_text("utf-8") + "Tổng cộng,,,99,,,\n", "utf-8")
    change(
        project / PARAMS, "drafting_unit: PNV", "drafting_unit: PNV\nrules_off:\n  dau_vao: đã xem"
    )
    (issue,) = found(project, "dong_tong")
    assert (issue.severity, issue.todo) == ("notice", "Bỏ qua theo tham số: đã xem")
    (reported,) = found(project, "can_xac_minh")
    assert "Bỏ qua" not in reported.todo
    change(file, "vu_nhan,actual,,24,", "vu_nhan,actual,,hai tư,")
    with pytest.raises(InputError):
        load(project)


def test_unknown_rule_off(project: Path) -> None:
    """A rule that does not exist can't be off: the error lists the rules."""
    change(project / PARAMS, "drafting_unit: PNV", "drafting_unit: PNV\nrules_off:\n  tong: lý do")
    report = load(project)
    with pytest.raises(ParamsError, match="tong_thanh_phan"):
        _ = report.issues


def test_rule_ids_are_those_of_their_issues(project: Path) -> None:
    """What rules_off names is what the issues carry;
    only what the reader noticed keeps the reader's ids."""
    change(
        project / OBSERVATIONS, "thu_mau,actual,2023-04-30,208.274", "thu_mau,actual,2023-04-30,"
    )
    change(project / OBSERVATIONS, "thu_mau,estimate,,301.149", "thu_mau,estimate,,")
    change(
        project / OBSERVATIONS,
        "vu_thanh,actual,,23,,số liệu mẫu,",
        "vu_thanh,actual,,75,,số liệu mẫu,đếm lại",
    )
    change(project / OBSERVATIONS, "vu_nhan,actual,,24,", "vu_nhan,actual,,70,")
    change(
        project / "params/indicators.yml",
        "  unit: đơn\n",
        "  unit: đơn\n  aggregate: sum\n  usually_at_most: vu_khong\n",
    )
    change(
        project / OBSERVATIONS,
        "483.375,,số liệu mẫu,",
        "483.375,,suy ra từ tỷ lệ công bố: 100 / 50%,",
    )
    change(project / "data/mau/2023-H1/documents.csv", "2023-01-05", "2023-07-01")
    change(
        project / "data/mau/2023-H1/documents.csv",
        "02/KH-MAU,Kế hoạch,,",
        "02/KH-MAU,Kế hoạch,2023-03-03,",
    )
    change(project / "data/mau/2023-H1/events.csv", "2023-02-07", "2023-02-01")
    part = project / "data/phong-mau/2023-H1.csv"
    write(part, "số liệu mẫu\n")
    sha256 = hashlib.sha256(part.read_bytes()).hexdigest()
    write(
        project / "data/mau/2023-H1/collected.csv",
        "indicator,status,as_of,value,period,source,note\ndon_mau,actual,2023-06-30,5,,tổng hợp,\n",
    )
    heads = (
        "indicator,status,as_of,office,office_name,value,"
        "source_file,source_sheet,source_cell,sha256\n"
    )
    row = (
        f"don_mau,actual,2023-06-30,phong-mau,Phòng Mẫu,4,data/phong-mau/2023-H1.csv,,D2,{sha256}\n"
    )
    write(project / "data/mau/2023-H1/provenance.csv", heads + row)
    with (project / OBSERVATIONS).open("a", encoding="utf-8") as file:
        file.write("don_mau,actual,2023-04-30,9,,,\nvu_nhan,plan,,10,,,\nho_mau,plan,,8000,,,\n")
    quarter = project / "data/mau/2023-Q1/observations.csv"
    write(quarter, "indicator,status,as_of,value,source,note\nho_mau,actual,,8,,\n")
    report = load(project)
    for name, rule in RULES.items():
        if name != "dau_vao":
            issues = list(rule(report.facts))
            assert issues, name
            assert {issue.rule for issue in issues} == {name}


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("208,274 / 43,09%", True),
        ("208,274 / 43,09% và 301,149 / 62,30%", True),
        ("208,274 / 43,20%", False),
    ],
)
def test_derived_number_lies_where_rounding_allows(project: Path, source: str, holds: bool) -> None:
    """A plan derived from published percentages is checked against the intervals of their rounding,
    all of them together."""
    change(
        project / OBSERVATIONS,
        "483.375,,số liệu mẫu,",
        f'483.375,,"suy ra từ tỷ lệ công bố: {source}",',
    )
    assert (found(project, "suy_ra") == []) == holds
