"""An office's first year and a half, from an empty folder on: forms filled in, final reports, and
every number in them computed again from what was typed, by nothing of this code.

The office and its numbers are made up (số liệu mẫu, không có thật).
"""

from __future__ import annotations

import csv
import random
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl
import pytest
import yaml
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.commands.form import HEADING_ROW
from danvan_nb.run.pipeline import run_report

Typed = dict[str, Decimal]

PLAN = {"thu_ngan_sach": Decimal("61.25"), "ty_le_nha_tre": Decimal("38.5")}
ESTIMATED = ("thu_ngan_sach", "chi_ngan_sach")


def half(chance: random.Random) -> Typed:
    """Draw what came up in a half, with every identity of the catalogue kept."""
    done, failed, open_cases = (chance.randint(3, 40) for _ in range(3))
    received = chance.randint(5, 12)
    competent, all_of_them = chance.randint(3, 5), received + chance.randint(0, 30)
    drawn = {
        "thu_ngan_sach": Decimal(chance.randint(20_000, 40_000)) / 1000,
        "chi_ngan_sach": Decimal(chance.randint(20_000, 40_000)) / 1000,
        "tiep_thuong_xuyen_luot": chance.randint(20, 60),
        "tiep_thuong_xuyen_nguoi": chance.randint(60, 90),
        "tiep_dinh_ky_luot": chance.randint(1, 9),
        "tiep_dinh_ky_nguoi": chance.randint(9, 19),
        "don_thu_tiep_nhan": all_of_them,
        "don_thu_giai_quyet": chance.randint(0, all_of_them),
        "don_tiep_nhan": received,
        "don_tham_quyen": competent,
        "don_giai_quyet": chance.randint(0, competent),
        "hoa_giai_tiep_nhan": done + failed + open_cases,
        "hoa_giai_dua_ra": done + failed,
        "hoa_giai_thanh": done,
        "hoa_giai_khong_thanh": failed,
        "hoa_giai_chua_xong": open_cases,
    }
    return {name: Decimal(number) for name, number in drawn.items()}


CHANCE = random.Random(30)  # noqa: S311 - numbers of a test
HALVES = {name: half(CHANCE) for name in ("2023-H1", "2023-H2", "2024-H1")}
ENROLLED = {"2023-H1": Decimal("33.68"), "2023-H2": Decimal("41.2"), "2024-H1": Decimal("39.9")}
SINCE = {"2023-H2": ("2023-H1", "2023-H2"), "2023": ("2023-H1", "2023-H2")}
"""The halves that a number since January adds up."""


def typed(period: str) -> Typed:
    """Give what the office types in the form: flows since January, a rate of the last day."""
    parts = SINCE.get(period, (period,))
    flows = {name: sum(HALVES[part][name] for part in parts) for name in HALVES[parts[0]]}
    return {**flows, "ty_le_nha_tre": ENROLLED[parts[-1]]}  # type: ignore[dict-item]


def fill(book: Path, period: str) -> None:
    """Type the numbers into the yellow cells of the form, and the plan where it is asked for."""
    opened = openpyxl.load_workbook(book)
    page = opened["Số liệu"]
    heads = {str(cell.value): cell.column for cell in page[HEADING_ROW]}
    at = {
        start: next(heads[head] for head in heads if head.startswith(start))
        for start in ("Kế hoạch", "Thực hiện (", "Ước")
    }
    lines = {page.cell(row, 1).value: row for row in range(HEADING_ROW + 1, page.max_row + 1)}
    for name, value in typed(period).items():
        column = at["Ước" if name in ESTIMATED else "Thực hiện ("]
        page.cell(lines[name], column, float(value))
        page.cell(lines[name], heads["Nguồn"], "số liệu mẫu, không có thật")
    for name, value in PLAN.items():
        known = page.cell(lines[name], at["Kế hoạch"])
        assert known.value in (None, float(value))  # the second half knows the plan already
        known.value = float(value)
    opened.save(book)


def expected(expression: str, period: str, formulas: dict[str, str]) -> Decimal:
    """Compute what a figure of the report must be, from what was typed alone."""

    def amount(name: str, numbers: Typed) -> Decimal:
        if name in formulas:
            names = {used: amount(used, numbers) for used in re.findall(r"[a-z_]+", formulas[name])}
            return Decimal(
                eval(formulas[name].replace("100", "Decimal(100)"), {"Decimal": Decimal}, names)
            )
        return numbers[name]

    name, _, suffix = expression.partition(".")
    now = amount(name, typed(period))
    if suffix in ("", "number") or suffix.startswith("part_of"):
        return now
    if suffix in ("plan", "vs_plan"):
        return PLAN[name] if suffix == "plan" else now * 100 / PLAN[name]
    before = amount(name, typed(f"{int(period[:4]) - 1}{period[4:]}"))
    if suffix.startswith("same_period"):
        return before
    return {
        "change": now - before,
        "growth": (now - before) * 100 / before,
        "vs_same_period": now * 100 / before,
    }[suffix]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an office that has lived from its first half to the next year's, by commands alone."""
    root = tmp_path_factory.mktemp("xã") / "du-an"
    options = ("--name", "xã Mẫu", "--parent", "tỉnh Mẫu", "--period", "2023-H1")
    with pytest.MonkeyPatch.context() as patch:
        for period in (*ENROLLED, "2023"):
            call = ["new", period, "--office", "xa-mau"]
            if period == "2023-H1":
                call = ["init", *options, "--folder", str(root)]
            made = CliRunner().invoke(app, call)
            assert made.exit_code == 0, made.output
            patch.chdir(root)
            if period != "2023":  # of the year nothing is typed
                fill(root / f"data/xa-mau/{period}.xlsx", period)
    return root


@pytest.mark.parametrize("period", [*ENROLLED, "2023"])
def test_every_figure_of_a_final_report(office: Path, period: str) -> None:
    """Both halves, their year and the next half: final, each figure as computed by hand; what is
    printed is that number, rounded."""
    catalogue = yaml.safe_load((office / "params/indicators.yml").read_text("utf-8"))
    formulas = {name: one["formula"] for name, one in catalogue.items() if "formula" in one}
    outcome = run_report(f"params/xa-mau/{period}.yml", start=office, formats=("html",))
    with (office / outcome.folder / "figures.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["value"]]
    compared = {row["indicator"] for row in rows if row["indicator"].endswith(".change")}
    assert len(rows) > 40 and bool(compared) == (period == "2024-H1")
    for row in rows:
        said = row["indicator"]
        if row["as_of"] < period[:4] and ".same_period" not in said:  # beside this year's
            said = f"{said.partition('.')[0]}.same_period"
        value = expected(said, period, formulas)
        assert abs(Decimal(row["value"]) - value) < Decimal("1e-9"), row
        shown = re.findall(r"[\d.]+(?:,\d+)?", row["text"])
        if "/" in row["text"] or not shown or "không đáng kể" in row["text"]:
            continue
        decimals = len(shown[0].partition(",")[2])
        rounded = abs(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        assert Decimal(shown[0].replace(".", "").replace(",", ".")) == rounded, row
        if "tăng" in row["text"] or "giảm" in row["text"]:
            assert ("tăng" in row["text"]) == (value > 0), row
