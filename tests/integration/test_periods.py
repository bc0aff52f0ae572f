"""Two halves and their year, run as an office does; every printed number is computed again from
the rows alone. The office and its numbers are made up (số liệu mẫu, không có thật)."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from sample_project import NARRATIVE, PARAMS, csv_text, write
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.commands.form import HEADING_ROW
from danvan_nb.outputs.freshness import why_run
from danvan_nb.project.project import Project
from danvan_nb.run.pipeline import run_report

HALVES = {
    "thu_mau": {2022: ("267.664", "180.336"), 2023: ("301.149", "198.851")},
    "vu_nhan": {2022: ("32", "28"), 2023: ("24", "40")},
    "vu_thanh": {2022: ("27", "20"), 2023: ("23", "30")},
    "vu_khong": {2022: ("5", "8"), 2023: ("1", "10")},
}
"""What came up in each half alone. Budget is typed cumulated, cases by the half."""
PLAN = Decimal("483.375")
PARTS = {"2023-H1": (0,), "2023-H2": (1,), "2023": (0, 1)}


@pytest.fixture
def office(project: Path) -> Path:
    """Give the sample office with both halves of two years."""
    (project / NARRATIVE).unlink()
    catalogue = project / "params/indicators.yml"
    first, cases, rest = catalogue.read_text("utf-8").partition("vu_nhan:")
    cases += rest.replace("counted: year", "counted: half", 3)
    catalogue.write_text(first + cases, "utf-8")
    text = (project / PARAMS).read_text("utf-8").partition("as_of:")[0] + "formats: [html]\n"
    for period in PARTS:
        write(project / f"params/mau/{period}.yml", text.replace("2023-H1", period))
    for year in (2022, 2023):
        lines = ["indicator | status | as_of | value | period | source | note"]
        for name, years in HALVES.items():
            first_half, second_half = map(Decimal, years[year])
            typed = first_half + second_half if name == "thu_mau" else second_half
            lines.append(f"{name} | actual | | {typed} | | số liệu mẫu | không có thật")
        write(project / f"data/mau/{year}-H2/observations.csv", csv_text("\n".join(lines)))
    return project


def amount(name: str, year: int, period: str, since_january: bool = False) -> Decimal:
    """Add up the halves that a period has, or that a number cumulated to its end has."""
    parts = range(PARTS[period][-1] + 1) if since_january else PARTS[period]
    return sum((Decimal(HALVES[name][year][part]) for part in parts), Decimal())


def expected(expression: str, period: str) -> Decimal:
    """Compute what an inline expression or a table's cell must say."""
    name, _, suffix = expression.partition(".")
    if name == "ty_le_thanh":
        now, before = (
            amount("vu_thanh", year, period) * 100 / amount("vu_nhan", year, period)
            for year in (2023, 2022)
        )
    else:
        now, before = (amount(name, year, period, name == "thu_mau") for year in (2023, 2022))
    values = {"": now, "same_period": before, "change": now - before, "number": now}
    values |= {"vs_same_period": now * 100 / before, "plan": PLAN, "vs_plan": now * 100 / PLAN}
    values |= {"growth": (now - before) * 100 / before}
    if suffix.startswith("part_of"):
        return now
    return before if suffix.startswith("same_period") else values[suffix]


@pytest.mark.parametrize("period", PARTS)
def test_every_number_follows_from_the_rows(office: Path, period: str) -> None:
    """Final reports of both halves and of the year, of which nothing was typed."""
    outcome = run_report(f"params/mau/{period}.yml", start=office)
    with (office / outcome.folder / "figures.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["indicator"] for row in rows} >= {"thu_mau.vs_plan", "ty_le_thanh"}
    for row in rows:
        if row["indicator"] == "ty_le_thanh.vs_plan" or row["indicator"] == "ty_le_thanh.plan":
            assert not row["value"]
            continue
        said = row["indicator"]
        if row["as_of"] < "2023" and ".same_period" not in said:  # last year's, beside this year's
            said = said.replace(".", ".same_period.", 1)
        difference = Decimal(row["value"]) - expected(said, period)
        assert abs(difference) < Decimal("1e-12"), row


def test_commands_know_the_year(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`check`, `form`, `due` and `index` take a year as they take a half."""
    monkeypatch.chdir(office)
    run = CliRunner().invoke
    assert run(app, ["check", "params/mau/2023.yml"]).exit_code == 0
    assert run(app, ["form", "mau", "2023"]).exit_code == 0
    page = openpyxl.load_workbook(office / "outputs/bieu-nhap/mau-2023.xlsx")["Số liệu"]
    heads = [str(cell.value) for cell in page[HEADING_ROW]]
    assert "Thực hiện (từ 01/01 đến 31/12/2023)" in heads
    explained = page.cell(HEADING_ROW + 1, heads.index("Cách hiểu") + 1).value
    assert "Đã có lũy kế 500,000 đến 31/12/2023 (data/mau/2023-H2/observations.csv" in str(
        explained
    )
    due = run(app, ["due", "--on", "2023-12-15", "--json"]).output
    assert '"2023"' in due and "no_params" not in due
    assert run(app, ["run", "params/mau/2023.yml"]).exit_code == 0
    assert run(app, ["index"]).exit_code == 0
    assert "năm 2023" in (office / "outputs/index.html").read_text("utf-8")


def test_a_form_of_two_ways_says_each(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the second half budget counts from January, cases from July: each row and cell says so."""
    monkeypatch.chdir(office)
    assert CliRunner().invoke(app, ["form", "mau", "2023-H2"]).exit_code == 0
    page = openpyxl.load_workbook(office / "outputs/bieu-nhap/mau-2023-H2.xlsx")["Số liệu"]
    heads = [str(cell.value) for cell in page[HEADING_ROW]]
    assert "Thực hiện (đến 31/12/2023)" in heads
    told = {
        page.cell(row, 1).value: page.cell(row, heads.index("Cách hiểu") + 1).value
        for row in range(HEADING_ROW + 1, page.max_row + 1)
    }
    assert str(told["thu_mau"]).startswith("Tính từ 01/01/2023.")
    assert str(told["vu_nhan"]).startswith("Tính từ 01/7/2023.")
    assert "Đã có lũy kế 301,149 đến 30/6/2023" in str(told["thu_mau"])
    prompts = {check.prompt for check in page.data_validations.dataValidation}
    assert {
        "Cộng dồn từ 01/01/2023 đến 31/12/2023",
        "Cộng dồn từ 01/7/2023 đến 31/12/2023",
        "Số tại ngày 31/12/2023",
        "Kế hoạch năm 2023, cả năm",
    } <= prompts


def test_a_changed_half_makes_the_year_again(office: Path) -> None:
    """The year's report depends on the folders of its halves, and on those that are not there."""
    year = "params/mau/2023.yml"
    project = Project(office)
    params = project.read_params(year)
    run_report(year, start=office)
    assert why_run(project, year, params, (), False) == ""
    half = office / "data/mau/2023-H2/observations.csv"
    text = half.read_text("utf-8")
    half.write_text(text.replace("số liệu mẫu", "mẫu"), "utf-8")
    assert "2023-H2" in why_run(project, year, params, (), False)
    half.write_text(text, "utf-8")
    quarter = "indicator,status,as_of,value,source,note\nho_mau,actual,,5,số liệu mẫu,\n"
    write(office / "data/mau/2023-Q1/observations.csv", quarter)
    assert "2023-Q1" in why_run(project, year, params, (), False)
