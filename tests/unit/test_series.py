"""Several years: what the newest number is among them, their table with curves, their chart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_project import change, csv_text, executed, load, markdown, shown, write

from danvan_nb.document import WRITERS
from danvan_nb.document.build import build_document
from danvan_nb.document.reconcile import reconcile
from danvan_nb.errors import NotebookError
from danvan_nb.figures.charts import ReportChart, trend_chart
from danvan_nb.figures.ledger import Reading
from danvan_nb.figures.series.history import history_table
from danvan_nb.figures.series.runs import known_run, record, streak
from danvan_nb.nodes import plain
from danvan_nb.report.leaders import leaders
from danvan_nb.report.report import Report

HEAD = "indicator | status | as_of | value | period | source | note\n"


def years(project: Path, **numbers: str) -> Report:
    """Give the report with one number of earlier years: `2022="250"`, or with its status."""
    for year, number in numbers.items():
        status, _, value = number.rpartition(" ")
        row = f"thu_mau | {status or 'actual'} | | {value} | | mẫu |"
        write(project / f"data/mau/{year[1:]}-H1/observations.csv", csv_text(HEAD + row))
    return load(project)


def rising(project: Path) -> Report:
    return years(project, y2019="280", y2020="240", y2021="250", y2022="267.664")


def test_the_highest_and_the_third_rise(project: Path) -> None:
    """The newest of five known years is said to be the highest, and to end three rises."""
    thu = rising(project).figures["thu_mau"]
    assert (thu.record.text, thu.streak.text) == (
        "cao nhất trong 5 năm",
        "tăng năm thứ ba liên tiếp",
    )
    assert dict(thu.record.details)["6 tháng đầu năm 2019"] == "280,000 tỷ đồng"


@pytest.mark.parametrize(
    "old",
    [
        {"y2021": "250", "y2022": "400"},  # neither highest nor lowest
        {"y2020": "250", "y2022": "260"},  # a year is not known
        {"y2021": "estimate 250", "y2022": "260"},  # a year was only estimated
        {"y2022": "260"},  # of two the change says all
    ],
)
def test_what_the_data_do_not_say_falls_away(project: Path, old: dict[str, str]) -> None:
    """A sentence loses the part that is not so, and no note speaks of it."""
    report = years(project, **({"y2021": "estimate 1"} | old))
    prose = markdown("Thu {eval}`thu_mau`, {eval}`thu_mau.record`; tốt.", "narrative:a")
    document = build_document(executed(report, prose))
    assert plain(document.blocks[0].content) == "Thu ước 301,149 tỷ đồng; tốt."
    assert report.figures["thu_mau"].record.node().missing == ""


def brute_record(run: list[Decimal]) -> str:
    ranks = sorted(run)
    if ranks.count(run[0]) > 1:
        return ""
    return {len(run) - 1: "cao nhất", 0: "thấp nhất"}.get(ranks.index(run[0]), "")


def brute_streak(run: list[Decimal]) -> int:
    for length in range(len(run) - 1, 1, -1):
        part = run[: length + 1]
        if part in (sorted(set(part)), sorted(set(part), reverse=True)):
            return length
    return 0


@given(st.lists(st.integers(0, 4).map(Decimal), min_size=3, max_size=6))
def test_runs_against_brute_force(run: list[Decimal]) -> None:
    """Highest, lowest and the length of a row are those that trying everything finds."""
    assert record(run)[1].removesuffix(f" trong {len(run)} năm") == brute_record(run)
    assert streak(run)[0] == brute_streak(run)


@given(st.lists(st.sampled_from(["known", "none", "former", "estimate"]), min_size=1, max_size=6))
def test_a_run_is_unbroken_and_alike(kinds: list[str]) -> None:
    """A run ends at the first year that is missing, estimated, or of former offices."""
    made = {
        "known": Reading(Decimal(1)),
        "none": Reading(),
        "former": Reading(Decimal(1), former=True),
        "estimate": Reading(Decimal(1), "estimate"),
    }
    run = known_run([made[kind] for kind in reversed(kinds)], 0)
    assert all(kind == "known" for kind in kinds[1 : len(run)])
    assert len(run) == len(kinds) or kinds[len(run)] != "known"


def test_table_of_years(project: Path) -> None:
    """A row has the numbers of all years, marked where they are to be read with care, and a curve
    whose words say how they went."""
    report = years(project, y2020="240", y2021="estimate 250")
    table = history_table("Qua các năm", [report.figures["thu_mau"], report.figures["don_mau"]])
    assert [plain(cell.lines[0]) for cell in table.head[0]][2:] == [
        *("2020", "2021", "2022", "2023", "Xu hướng")
    ]
    (row,) = table.body
    assert [" ".join(map(plain, cell.lines)) for cell in row][2:] == [
        *("240,000", "250,000 (số ước)", "267,664", "301,149 (số ước)"),
        "tăng, tăng, tăng",
    ]


def test_chart_of_years(project: Path) -> None:
    """Every number is drawn with its year and said in words; the title ranks the newest."""
    chart = trend_chart("Thu", [rising(project).figures["thu_mau"]])
    assert "tăng 12,51%, cao nhất trong 5 năm" in plain(chart.caption)
    for text in ("280,000", "2019", "301,149", "2023"):
        assert f">{text}<" in chart.svg and text in chart.alt
    assert trend_chart("Thu", [rising(project).figures["thu_mau"]]) == chart
    halves = trend_chart("Thu", [rising(project).figures["thu_mau"]], 2, consecutive=True)
    assert "6 tháng đầu năm 2022: 267,664" in halves.alt


def test_revised_and_former_numbers_are_marked(project: Path) -> None:
    """What a later folder changed is said beside the number, in chart and table."""
    years(project, y2021="250")
    late = HEAD + "thu_mau | actual | | 255 | 2021-H1 | mẫu |\nthu_mau | actual | | 260 | | mẫu |"
    write(project / "data/mau/2022-H1/observations.csv", csv_text(late))
    figures = [load(project).figures["thu_mau"]]
    assert "2021: 255,000 tỷ đồng (số liệu điều chỉnh)" in trend_chart("Thu", figures).alt
    assert "(số liệu điều chỉnh)" in [
        plain(line) for line in history_table("", figures).body[0][2].lines
    ]


@pytest.mark.parametrize("make", [trend_chart, history_table])
def test_nothing_known_is_left_out(report: Report, make: Callable[..., Any]) -> None:
    """An office without earlier years has no course: a report leaves it out."""
    made = make("Đơn", [report.figures["don_mau"]])
    assert not (made.svg if isinstance(made, ReportChart) else made.body)
    with pytest.raises(NotebookError, match="Một kỳ"):
        make("Đơn", [report.figures["don_mau"]], 0)


def test_mixed_units_are_told(project: Path) -> None:
    """Tỷ đồng and vụ have no scale in common."""
    figures = rising(project).figures
    write(
        project / "data/mau/2022-H1/observations.csv",
        csv_text(HEAD + "thu_mau | actual | | 2 | | |\nvu_nhan | actual | | 3 | | |"),
    )
    figures = load(project).figures
    with pytest.raises(NotebookError, match="đơn vị tính khác nhau"):
        trend_chart("", [figures["thu_mau"], figures["vu_nhan"]])


def test_all_files_show_curves(project: Path) -> None:
    """Table, chart and the cards for leaders come back from every file as the tree has them."""
    change(project / "params/indicators.yml", "  better: up\n", "  better: up\n  highlight: true\n")
    report = rising(project)
    figures = [report.figures["thu_mau"]]
    cells = (shown(history_table("Năm", figures)), shown(trend_chart("Thu", figures)))
    document = build_document(executed(report, markdown("# Báo cáo", "title"), *cells))
    document = replace(document, leaders=leaders(report, {"thu_mau"}, []))
    assert document.leaders and document.leaders.cards[0].trend
    for name, write_it in WRITERS.items():
        assert reconcile(document, f"report.{name}", write_it(document)) > 5
