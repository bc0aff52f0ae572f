"""Sub-offices are added up into their parent, down to the cell;
offices and numbers that change over time are said."""

from __future__ import annotations

import hashlib
import io
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_project import OBSERVATIONS, PARAMS, change, load, write
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.commands.collect import ABSENT, EMPTY, SENT, WRONG, collect_returns, write_collection
from danvan_nb.commands.form import write_form
from danvan_nb.data.records import Observation
from danvan_nb.errors import CheckError, InputError, ParamsError
from danvan_nb.figures.consolidation import consolidate
from danvan_nb.figures.ledger import Ledger
from danvan_nb.figures.tables import breakdown_table
from danvan_nb.nodes import plain
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.report.letterhead import letterhead
from danvan_nb.report.report import load_report

H1 = Period(2023, "H1")
HEAD = "indicator,status,as_of,value,period,source,note\n"
COMMUNES = ("xa-mot", "xa-hai", "xa-ba")


def office(name: str, parent: str = "mau", more: str = "") -> str:
    return (
        f"{name}:\n  name: Ủy ban nhân dân {name}\n  short: Xã\n  locality: {name}\n  place: Mẫu\n"
        f"  symbol: UBND\n  level: xa\n{f'  parent: {parent}{chr(10)}' if parent else ''}{more}"
    )


def add_offices(root: Path, *texts: str) -> None:
    path = root / "params/offices.yml"
    write(path, path.read_text("utf-8").replace("  parent: mau\n", "") + "".join(texts))


@pytest.fixture
def province(project: Path) -> Path:
    """Give the sample's city with three communes; two sent CSV files, one a filled-in form."""
    add_offices(project, *(office(name) for name in COMMUNES))
    path = project / "params/indicators.yml"
    text = path.read_text("utf-8")
    for unit in ("vụ", "đơn"):
        text = text.replace(f"  unit: {unit}\n", f"  unit: {unit}\n  aggregate: sum\n")
    write(path, text.replace("  unit: hộ\n", "  unit: hộ\n  aggregate: last\n"))
    kept = [
        line
        for line in (project / OBSERVATIONS).read_text("utf-8").splitlines(True)
        if not line.startswith("vu_")
    ]
    write(project / OBSERVATIONS, "".join(kept))
    for name, received in zip(COMMUNES[:2], (10, 6), strict=True):
        rows = (
            f"vu_nhan,actual,,{received},,,\nvu_thanh,actual,,{received - 1},,,\n"
            "vu_khong,actual,,1,,,\nho_mau,actual,,50,,,\n"
        )
        write(project / f"data/{name}/2023-H1/observations.csv", HEAD + rows)
    book = openpyxl.load_workbook(io.BytesIO(write_form(Project(project), "xa-ba", H1, {})))
    page = book["Số liệu"]
    places = {page.cell(row, 1).value: row for row in range(6, page.max_row + 1)}
    for name, value in {"vu_nhan": 8, "vu_thanh": 7, "vu_khong": 1, "ho_mau": 50}.items():
        page.cell(places[name], 6).value = value
    (project / "data/xa-ba").mkdir()
    book.save(project / "data/xa-ba/2023-H1.xlsx")
    return project


def gather(root: Path, **options: bool) -> Any:
    project = Project(root)
    found = collect_returns(project, "mau", H1, **options)
    write_collection(found)
    return found


def test_totals_stand_in_the_parents_report_with_every_cell(province: Path) -> None:
    """The report of the parent shows the sum;
    its details lead to the cell of each commune's own file."""
    found = gather(province)
    assert set(found.states.values()) == {SENT}
    figure = load(province).figures["vu_nhan"]
    assert (figure.text, figure.file) == ("24 vụ", "data/mau/2023-H1/collected.csv")
    details = dict(figure.details)
    assert details["Gồm"] == "xa-mot: 10; xa-hai: 6; xa-ba: 8"
    assert "figures.csv" in details["Ô của từng đơn vị"]
    assert "Gồm" not in dict(figure.vs_same_period.details)
    part = figure.part("xa-ba")
    assert dict(part.details)["Nguồn"].endswith(", ô F6")
    assert figure.node().parts[2] == ("xa-ba", "8 (data/xa-ba/2023-H1.xlsx [Số liệu], ô F6)")
    assert figure.node().parts[0] == ("xa-mot", "10 (data/xa-mot/2023-H1/observations.csv, ô D2)")
    assert [office for office, _ in figure.vs_same_period.parts] == ["xa-mot", "xa-hai", "xa-ba"]
    assert load(province).figures["ho_mau"].text == "50 hộ"


@pytest.mark.parametrize("how", ["year", "half"])
def test_the_year_of_communes_that_sent_halves(province: Path, how: str) -> None:
    """A year that nobody entered is the halves' sum, with the cell of every file; a half that is
    changed since is found."""
    catalogue = province / "params/indicators.yml"
    write(catalogue, catalogue.read_text("utf-8").replace("counted: year", f"counted: {how}"))
    first = {"xa-mot": 10, "xa-hai": 6, "xa-ba": 8}
    for at, name in enumerate(COMMUNES):
        before = first[name] if how == "year" else 0
        rows = f"vu_nhan,actual,,{before + 20 + at},,,\nvu_thanh,actual,,{before + 18 + at},,,\n"
        write(province / f"data/{name}/2023-H2/observations.csv", HEAD + rows)
    found = collect_returns(Project(province), "mau", Period(2023))
    assert set(found.states.values()) == {SENT}
    write_collection(found)
    change(province / PARAMS, "period: 2023-H1", "period: 2023")
    (province / PARAMS).rename(province / "params/mau/2023.yml")
    change(province / "params/mau/2023.yml", "  giua_ky: 2023-04-30\n", "  giua_ky: 2023-10-31\n")
    figure = load_report("params/mau/2023.yml", province).figures["vu_nhan"]
    assert figure.value == 24 + 63
    assert figure.part("xa-hai").value == 6 + 21
    cells = [cell for name, cell in figure.node().parts if name == "xa-hai"]
    assert len(cells) == (1 if how == "year" else 2)
    change(
        province / "data/xa-hai/2023-H2/observations.csv", "vu_nhan,actual,", "vu_nhan,estimate,"
    )
    with pytest.raises(InputError, match="xa-hai"):
        load_report("params/mau/2023.yml", province)


def test_a_commune_without_its_second_half(province: Path) -> None:
    """The year is not added up of what some lack: it is said how many have no number to its end."""
    write(province / "data/xa-mot/2023-H2/observations.csv", HEAD + "vu_nhan,actual,,50,,,\n")
    found = collect_returns(Project(province), "mau", Period(2023))
    told = [one for one in found.issues if one.rule == "thieu_don_vi" and one.column == "vu_nhan"]
    assert [one.found for one in told] == ["xa-hai, xa-ba"] and "2/3" in told[0].message
    assert {one.as_of for one in found.totals if one.indicator == "vu_nhan"} == {date(2023, 6, 30)}


def test_rates_come_from_the_sums(province: Path) -> None:
    """A rate of the parent is that of its sums, not a mean of rates;
    the breakdown shows each commune's own."""
    gather(province)
    report = load(province)
    assert report.figures["ty_le_thanh"].text == "87,50%"
    table = breakdown_table("Theo xã", [report.figures["vu_nhan"], report.figures["ty_le_thanh"]])
    texts = [[plain(line) for cell in row for line in cell.lines] for row in table.body]
    assert texts == [
        ["xa-mot", "10", "90,00"],
        ["xa-hai", "6", "83,33"],
        ["xa-ba", "8", "87,50"],
        ["Toàn địa bàn", "24", "87,50"],
    ]


def test_without_collecting_there_is_no_breakdown(project: Path) -> None:
    """An office that collects nothing has no rows to show."""
    assert breakdown_table("Theo xã", [load(project).figures["vu_nhan"]]).body == ()


def test_who_has_not_sent(province: Path) -> None:
    """A commune that has not sent is named, and nothing is added up unless that is asked for;
    then it is said."""
    shutil.rmtree(province / "data/xa-hai")
    found = collect_returns(Project(province), "mau", H1)
    assert (found.states["xa-hai"], found.totals) == (ABSENT, ())
    assert "chua_gui" in [issue.rule for issue in found.issues]
    gather(province, partial=True)
    figure = load(province).figures["vu_nhan"]
    assert figure.text == "18 vụ"
    assert "2/3 đơn vị" in figure.reading.origins[0].source
    assert "xa-hai" in figure.reading.origins[0].note


def test_an_unfilled_form_counts_as_not_sent(province: Path) -> None:
    """A form that came back empty is no zero."""
    (province / "data/xa-ba/2023-H1.xlsx").write_bytes(
        write_form(Project(province), "xa-ba", H1, {})
    )
    assert collect_returns(Project(province), "mau", H1).states["xa-ba"] == EMPTY


def test_one_missing_number_is_not_added_up(province: Path) -> None:
    """Blank is missing, never 0: the sum of what two of three reported is no sum."""
    change(province / "data/xa-hai/2023-H1/observations.csv", "vu_khong,actual,,1,,,\n", "")
    found = collect_returns(Project(province), "mau", H1)
    assert "vu_khong" not in [total.indicator for total in found.totals]
    assert [
        (issue.rule, issue.found) for issue in found.issues if issue.rule == "thieu_don_vi"
    ] == [("thieu_don_vi", "xa-hai")]


def test_contradictions_of_a_commune_stop_collecting(
    province: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commune's own numbers are checked; its workbook goes back marked,
    and nothing is written."""
    path = province / "data/xa-ba/2023-H1.xlsx"
    book = openpyxl.load_workbook(path)
    book["Số liệu"]["F6"] = 9
    book.save(path)
    monkeypatch.chdir(province)
    result = CliRunner().invoke(app, ["collect", "2023-H1", "--office", "mau"])
    assert (result.exit_code, collect_returns(Project(province), "mau", H1).states["xa-ba"]) == (
        6,
        WRONG,
    )
    assert list((province / "outputs/xa-ba/2023-H1/tra-lai").glob("*.xlsx"))
    assert not (province / "data/mau/2023-H1/collected.csv").exists()
    book["Số liệu"]["F6"] = "chín"
    book.save(path)
    assert CliRunner().invoke(app, ["collect", "2023-H1", "--office", "mau"]).exit_code == 3


def test_command_writes_and_says(province: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command lists every sub-office and what was written, and gives the same to machines."""
    monkeypatch.chdir(province)
    result = CliRunner().invoke(app, ["collect", "2023-H1", "--office", "mau"])
    assert result.exit_code == 0, result.output
    assert result.output.count(SENT) == 3
    again = CliRunner().invoke(app, ["collect", "2023-H1", "--office", "mau", "--json"])
    assert '"xa-ba": "đã gửi"' in again.stdout


def test_a_number_typed_and_collected(province: Path) -> None:
    """What the parent typed itself and the sum stand against each other: typed once,
    never twice."""
    write(
        province / OBSERVATIONS,
        (province / OBSERVATIONS).read_text("utf-8") + "vu_nhan,actual,,25,,,\n",
    )
    with pytest.raises(CheckError) as caught:
        gather(province)
    (issue,) = caught.value.issues
    assert (issue.rule, issue.found, issue.expected, issue.file) == (
        "lech_tong",
        "25",
        "24",
        OBSERVATIONS,
    )


def test_offices_that_must_agree(province: Path) -> None:
    """`last` takes one number for all; two numbers of the same day are an error."""
    change(
        province / "data/xa-hai/2023-H1/observations.csv", "ho_mau,actual,,50", "ho_mau,actual,,51"
    )
    with pytest.raises(CheckError) as caught:
        gather(province)
    assert [issue.rule for issue in caught.value.issues] == ["khac_nhau"]


def test_last_years_sum_is_checked(province: Path) -> None:
    """If the parent's number of last year is not the sum of its communes', changes don't add up:
    told."""
    for name in COMMUNES:
        write(province / f"data/{name}/2022-H1/observations.csv", HEAD + "vu_nhan,actual,,10,,,\n")
    (issue,) = (
        one
        for one in collect_returns(Project(province), "mau", H1).issues
        if one.rule == "lech_cung_ky"
    )
    assert (issue.found, issue.expected, issue.severity) == ("32", "30", "warning")


def test_outliers_are_asked_about(province: Path) -> None:
    """A count more than doubled beyond chance is shown with its cell; one within chance is not."""
    write(
        province / "data/xa-mot/2022-H1/observations.csv",
        HEAD + "vu_nhan,actual,,100,,,\nvu_khong,actual,,3,,,\n",
    )
    found = [
        issue
        for issue in collect_returns(Project(province), "mau", H1).issues
        if issue.rule == "bien_dong_lon"
    ]
    assert [(issue.column, issue.cell) for issue in found] == [("vu_nhan", "D2")]


def test_a_changed_commune_file_stops_the_parents_report(province: Path) -> None:
    """An old sum is never printed: the parent's report asks to collect again."""
    gather(province)
    change(
        province / "data/xa-mot/2023-H1/observations.csv",
        "vu_nhan,actual,,10",
        "vu_nhan,actual,,11",
    )
    with pytest.raises(InputError) as caught:
        load(province)
    assert [issue.rule for issue in caught.value.issues] == ["tong_hop_cu"]


def test_a_collected_file_that_a_person_changed_is_kept(province: Path) -> None:
    """What somebody wrote into a collected file is not lost."""
    gather(province)
    path = province / "data/mau/2023-H1/collected.csv"
    write(path, path.read_text("utf-8") + "don_mau,actual,,3,,,\n")
    before = path.read_bytes()
    with pytest.raises(InputError, match="sửa tay"):
        gather(province)
    assert path.read_bytes() == before
    write_collection(collect_returns(Project(province), "mau", H1), force=True)
    assert path.read_bytes() != before


@pytest.mark.parametrize("name", ["collected.csv", "provenance.csv"])
def test_a_persons_file_stays(province: Path, name: str) -> None:
    """A file that collect did not write is a person's, whatever it is called."""
    write(province / f"data/mau/2023-H1/{name}", "của tôi")
    with pytest.raises(InputError, match="sửa tay"):
        gather(province)
    assert (province / f"data/mau/2023-H1/{name}").read_text("utf-8") == "của tôi"


def test_made_up_city_is_made_up() -> None:
    """The sample in data/ says in every row that it is made up,
    and its collected files are those of its forms."""
    root = Path(__file__).parents[2]
    report = load_report("params/mau/2023-H1.yml", root)
    typed = [row for row in report.inputs.observations if not row.file.endswith("collected.csv")]
    assert {row.source for row in typed} == {"số liệu mẫu, không có thật"}
    shares = report.figures["hoa_giai_thanh"].reading.shares
    assert len({share.office for share in shares}) == 9
    offices = [name for name in report.project.offices if name.startswith("mau")]
    assert all("không có thật" in report.project.offices[name].name for name in offices)
    assert not [issue for issue in report.issues if issue.severity == "error"]


def test_collecting_twice_gives_the_same_bytes(province: Path) -> None:
    """The same forms give the same files; the seal is one that sha256sum reads."""
    gather(province)
    folder = province / "data/mau/2023-H1"
    names = ("collected.csv", "provenance.csv", "collected.sha256")
    before = [(folder / name).read_bytes() for name in names]
    gather(province)
    assert [(folder / name).read_bytes() for name in names] == before
    assert hashlib.sha256(before[0]).hexdigest().encode() + b"  collected.csv\n" in before[2]


@pytest.mark.parametrize("parent", ["khong-co", "xa-mot"])
def test_nothing_to_collect(province: Path, parent: str) -> None:
    """An unknown office, or one with none below it, is told so."""
    with pytest.raises(ParamsError):
        collect_returns(Project(province), parent, H1)


CATALOGUE = {
    "a": Indicator(label="A", unit="vụ", measure="flow", counted="year", aggregate="sum"),
    "b": Indicator(
        label="B", unit="tỷ đồng", decimals=3, measure="flow", counted="year", aggregate="sum"
    ),
    "c": Indicator(label="C", unit="vụ", measure="flow", counted="year"),
    "r": Indicator(label="R", unit="%", measure="rate", formula="a / b * 100"),
}
ROW = st.tuples(
    st.sampled_from(["x", "y", "z"]),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["actual", "estimate", "plan"]),
    st.sampled_from([date(2023, 4, 30), date(2023, 6, 30)]),
    st.one_of(st.none(), st.integers(-9, 999)),
)


def observed(name: str, status: str, as_of: date, value: int | None) -> Observation:
    return Observation(
        file="f.csv",
        row=2,
        cell="D2",
        indicator=name,
        status=status,
        as_of=as_of,
        value=None if value is None else Decimal(value),
        period=H1,
        folder=H1,
    )


@settings(deadline=None)  # how long pandas takes says nothing of the sums
@given(st.lists(ROW, min_size=1, max_size=40, unique_by=lambda row: row[:4]))
def test_consolidation_equals_pandas(rows: list[tuple[str, str, str, date, int | None]]) -> None:
    """On any province, the totals are those of an independent group-by over the same rows."""
    rows = [row for row in rows if row[2] != "plan" or row[3] == H1.last_day]
    names = ["office", "indicator", "status", "as_of", "value"]
    table = pd.DataFrame(rows, columns=names).astype({"value": "Float64"})
    offices = sorted(set(table.office))
    ledgers = {
        name: Ledger([observed(*row) for office, *row in rows if office == name], CATALOGUE)
        for name in offices
    }
    totals, _ = consolidate(ledgers, H1, CATALOGUE)
    known = table[table.value.notna() & table.indicator.isin(["a", "b"])].copy()
    known["kind"] = known.status.map({"plan": "plan"}).fillna("done")
    best = (
        known.sort_values("status")
        .groupby(["indicator", "kind", "as_of", "office"], as_index=False)
        .first()
    )
    sums = best.groupby(["indicator", "kind", "as_of"], as_index=False).agg(
        value=("value", "sum"), count=("office", "size")
    )
    full = sums[sums["count"] == len(offices)]
    expected = {(row.indicator, row.kind, row.as_of): float(row.value) for row in full.itertuples()}
    assert {
        (one.indicator, "plan" if one.status == "plan" else "done", one.as_of): float(one.value)
        for one in totals
    } == expected


def test_head_block_follows_the_office_of_the_day(project: Path) -> None:
    """After an office has ended, its successor's name, symbol and authority stand in the head;
    without one it is an error."""
    path = project / "params/offices.yml"
    change(path, "  parent: tinh-mau\n  note", "  parent: tinh-mau\n  valid_to: 2023-06-30\n  note")
    change(project / PARAMS, "date:\n", "date: 2023-07-05\n")
    with pytest.raises(ParamsError, match="không tồn tại"):
        load(project)
    change(path, "  valid_to: 2023-06-30\n", "  valid_to: 2023-06-30\n  successors: phuong-moi\n")
    add_offices(
        project,
        office(
            "phuong-moi",
            "tinh-mau",
            "  valid_from: 2023-07-01\n  authority: [TM. ỦY BAN NHÂN DÂN PHƯỜNG, CHỦ TỊCH]\n",
        ),
    )
    report = load(project)
    head = letterhead(report.project, report.params)
    assert (head.issuer, head.authority[0]) == (
        ("ỦY BAN NHÂN DÂN", "PHUONG-MOI"),
        "TM. ỦY BAN NHÂN DÂN PHƯỜNG",
    )
    assert report.names()["office"].name.text == "Ủy ban nhân dân phuong-moi"


def new_office(root: Path, more: str = "") -> None:
    """Let the sample's office be one that began this year, with two offices of before."""
    change(
        root / "params/offices.yml",
        "  parent: tinh-mau\n  note",
        f"  parent: tinh-mau\n  valid_from: 2023-01-01\n{more}  note",
    )
    add_offices(
        root,
        office("cu-mot", "", "  valid_to: 2022-12-31\n"),
        office("cu-hai", "", "  valid_to: 2022-12-31\n"),
    )
    path = root / "params/indicators.yml"
    write(path, path.read_text("utf-8").replace("  unit: vụ\n", "  unit: vụ\n  aggregate: sum\n"))
    shutil.move(root / "data/mau/2022-H1", root / "data/cu-mot/2022-H1")
    write(
        root / "data/cu-hai/2022-H1/observations.csv",
        HEAD + "vu_nhan,actual,,10,,,\nvu_thanh,actual,,8,,,\nvu_khong,actual,,2,,,\n",
    )


def test_across_a_boundary_without_a_mapping_nothing_is_compared(project: Path) -> None:
    """A new office has no same period unless somebody says whose: the report says so."""
    new_office(project)
    report = load(project)
    assert report.figures["vu_nhan"].vs_same_period.missing
    assert "không so sánh với" in table_text(report.comparison_notes())


def test_across_a_boundary_by_the_mapping(project: Path) -> None:
    """With a mapping, last year is the sum of the old offices,
    and every comparison says on which territory."""
    new_office(project, "  same_period_from: [cu-mot, cu-hai]\n")
    report = load(project)
    assert report.figures["vu_nhan"].same_period.value == 42
    assert report.figures["vu_nhan"].change.text == "giảm 18 vụ (theo địa giới cũ)"
    assert "Ủy ban nhân dân cu-mot, Ủy ban nhân dân cu-hai" in table_text(report.comparison_notes())
    assert report.figures["thu_mau"].vs_same_period.missing


def test_across_a_boundary_with_numbers_made_anew(project: Path) -> None:
    """Last year's numbers in the new office's own folder were counted again on the new territory:
    said in the report's notes."""
    new_office(project)
    write(project / "data/mau/2022-H1/observations.csv", HEAD + "vu_nhan,actual,,40,,,\n")
    report = load(project)
    assert report.figures["vu_nhan"].change.text == "giảm 16 vụ"
    assert "theo địa giới mới" in table_text(report.comparison_notes())


def table_text(table: Any) -> str:
    return " | ".join(
        getattr(part, "text", part)
        for row in table.body
        for cell in row
        for line in cell.lines
        for part in line
    )


def test_revised_number_is_used_and_said(project: Path) -> None:
    """A later folder's number for last year is compared with, marked in the words,
    and listed with what it was."""
    assert load(project).comparison_notes().body == ()
    write(
        project / OBSERVATIONS,
        (project / OBSERVATIONS).read_text("utf-8") + "vu_nhan,actual,,30,2022-H1,rà soát lại,\n",
    )
    report = load(project)
    assert report.figures["vu_nhan"].change.text == "giảm 6 vụ (số liệu điều chỉnh)"
    assert report.figures["vu_nhan"].vs_same_period.text.endswith("(số liệu điều chỉnh)")
    assert table_text(report.comparison_notes()).endswith(
        "Vụ việc đã nhận | 6 tháng đầu năm 2022 | 32 vụ | 30 vụ | rà soát lại"
    )


def test_estimate_of_last_year_that_still_stands(project: Path) -> None:
    """A base that is still an estimate is said to be one, wherever it is compared with."""
    change(project / "data/mau/2022-H1/observations.csv", "vu_nhan,actual", "vu_nhan,estimate")
    figure = load(project).figures["vu_nhan"]
    assert [
        one.text.endswith(" (số ước)")
        for one in (figure.change, figure.growth, figure.vs_same_period)
    ] == [True] * 3


def test_an_office_that_names_an_unknown_one(project: Path) -> None:
    """Parents, successors and mappings must exist."""
    change(
        project / "params/offices.yml",
        "  parent: tinh-mau\n  note",
        "  parent: tinh-mau\n  successors: [khong-co]\n  note",
    )
    with pytest.raises(ParamsError, match="khong-co"):
        load(project)
